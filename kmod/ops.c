// SPDX-License-Identifier: GPL-2.0-only
/* The calls that reach a socket with our ULP, and where each goes. */
#include <linux/mutex.h>
#include <linux/sockios.h>
#include <net/inet_common.h>
#include <net/tcp.h>
#include <net/transp_v6.h>
#include <asm/ioctls.h>

#include "compat.h"
#include "context.h"
#include "ops.h"
#include "post.h"
#include "receive.h"
#include "send.h"
#include "session.h"
#include "sockopt.h"
#include "ulp.h"
#include "upgrade.h"

enum { FAMILY_V4, FAMILY_V6, FAMILIES };

static struct tlsup_family families[FAMILIES];
static DEFINE_MUTEX(families_lock);

struct proto *tlsup_ops_base_prot(const struct sock *sk)
{
	struct proto *prot = READ_ONCE(sk->sk_prot);
	int i;

	for (i = 0; i < FAMILIES; i++)
		if (prot == &families[i].prot)
			return families[i].base;
	return prot;
}

static const struct proto_ops *base_ops(const struct socket *sock)
{
	return container_of(READ_ONCE(sock->ops), struct tlsup_family,
				  ops)->base_ops;
}

static bool is_listener(const struct sock *sk)
{
	return inet_sk_state_load(sk) == TCP_LISTEN;
}

/* --- struct proto -------------------------------------------------------- */

static void ops_close(struct sock *sk, long timeout)
{
	struct proto *base = tlsup_ops_base_prot(sk);
	struct tlsup_context *ctx;

	lock_sock(sk);
	ctx = tlsup_context(sk);
	if (ctx) {
		if (ctx->mode == TLSUP_MODE_UPGRADE) {
			tlsup_upgrade_close(sk);
			tlsup_receive_drain(sk);
		}
		tlsup_send_finish(sk);
		tlsup_ulp_detach(sk, ctx);
		tlsup_send_stop(sk, ctx);
		tlsup_context_wipe(ctx);
		tlsup_context_free(sk, ctx);
	}
	WRITE_ONCE(sk->sk_prot, base);
	release_sock(sk);
	base->close(sk, timeout);
}

/*
 * connect(AF_UNSPEC), a connect() that failed, and (for a child that nobody
 * accepted, which has no struct socket) inet_child_forget(). Only a socket that
 * carries records must not start over with its keys and its queue.
 */
static int ops_disconnect(struct sock *sk, int flags)
{
	const struct tlsup_context *ctx = tlsup_context(sk);

	if (sk->sk_socket) {
		if (!ctx)
			return -EOPNOTSUPP;
		if (ctx->mode == TLSUP_MODE_KTLS)
			return -EOPNOTSUPP;
		if (ctx->mode == TLSUP_MODE_UPGRADE &&
		    ctx->state != TLSUP_STATE_IDLE &&
		    ctx->state != TLSUP_STATE_ARMED)
			return -EOPNOTSUPP;
	}
	return tlsup_ops_base_prot(sk)->disconnect(sk, flags);
}

/* What is queued in TCP is ciphertext; applications size buffers by this. */
static int ops_ioctl(struct sock *sk, int cmd, TLSUP_IOCTL_PARAM)
{
	const struct tlsup_context *ctx = tlsup_context(sk);

	if (ctx && !is_listener(sk) && tlsup_context_receives(ctx)) {
		if (cmd == SIOCINQ)
			return tlsup_ioctl_answer(tlsup_receive_inq(sk));
		if (cmd == SIOCATMARK)
			return tlsup_ioctl_answer(0);
	}
	return tlsup_ops_base_prot(sk)->ioctl(sk, cmd, TLSUP_IOCTL_ARG);
}

#ifdef TLSUP_HAVE_SENDPAGE
static int ops_sendpage(struct sock *sk, struct page *page, int offset,
			size_t size, int flags)
{
	struct bio_vec vec = {
		.bv_page = page, .bv_offset = offset, .bv_len = size,
	};
	struct msghdr msg = { .msg_flags = flags & ~MSG_SENDPAGE_NOTLAST };

	if (flags & MSG_SENDPAGE_NOTLAST)
		msg.msg_flags |= MSG_MORE;
	iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, &vec, 1, size);
	return tlsup_sendmsg(sk, &msg, size);
}

static int ops_sendpage_locked(struct sock *sk, struct page *page, int offset,
			       size_t size, int flags)
{
	return -EOPNOTSUPP;
}
#endif

/* --- struct proto_ops ---------------------------------------------------- */

static int ops_connect(struct socket *sock, struct sockaddr *addr, int len,
		       int flags)
{
	struct sock *sk = sock->sk;
	int ret = base_ops(sock)->connect(sock, addr, len, flags);

	return tlsup_context(sk) ? tlsup_upgrade_connected(sk, flags, ret) : ret;
}

/*
 * A connection that was made before the listener took the ULP, or before it
 * was armed, waits in the backlog without what it should have inherited. It
 * must not come out of an armed listener as plain TCP.
 */
static int accept_inherit(struct sock *listener, struct socket *newsock)
{
	struct sock *sk = newsock->sk;
	struct tlsup_context *from, *ctx;
	const struct proto_ops *base = base_ops(newsock);
	int err;

	if (!inet_csk(sk)->icsk_ulp_ops) {
		WRITE_ONCE(newsock->ops, base);
		if (!tlsup_context_sends(tlsup_context(listener)))
			return 0;
		err = base->setsockopt(newsock, SOL_TCP, TCP_ULP,
				       KERNEL_SOCKPTR(TLSUP_ULP_NAME),
				       sizeof(TLSUP_ULP_NAME));
		if (err)
			return err;
	}
	ctx = tlsup_context(sk);
	if (!ctx)
		return -ENOMEM;
	if (ctx->mode != TLSUP_MODE_NONE)
		return 0;
	lock_sock(listener);
	from = tlsup_context(listener);
	if (from)
		tlsup_ulp_inherit(ctx, from, GFP_KERNEL);
	release_sock(listener);
	return 0;
}

static int ops_accept(struct socket *sock, struct socket *newsock,
		      TLSUP_ACCEPT_PARAMS)
{
	int err = base_ops(sock)->accept(sock, newsock, TLSUP_ACCEPT_ARGS);

	if (err)
		return err;
	/* On failure the core closes newsock, and with it the connection. */
	err = accept_inherit(sock->sk, newsock);
	if (!err && tlsup_context(newsock->sk))
		tlsup_upgrade_accepted(newsock->sk);
	return err;
}

/* Inside inet_shutdown() it would be too late: sk_shutdown is set first. */
static int ops_shutdown(struct socket *sock, int how)
{
	struct sock *sk = sock->sk;
	struct tlsup_context *ctx;

	if ((how == SHUT_WR || how == SHUT_RDWR) && !is_listener(sk)) {
		lock_sock(sk);
		ctx = tlsup_context(sk);
		if (ctx && tlsup_context_sends(ctx)) {
			tlsup_send_finish(sk);
			if (ctx->mode == TLSUP_MODE_UPGRADE) {
				tlsup_post_close_notify(sk);
				tlsup_send_finish(sk);
			}
		}
		release_sock(sk);
	}
	return base_ops(sock)->shutdown(sock, how);
}

static const __poll_t poll_in = EPOLLIN | EPOLLRDNORM;
static const __poll_t poll_out = EPOLLOUT | EPOLLWRNORM;

static __poll_t poll_upgrade(struct sock *sk, struct tlsup_context *ctx,
			     __poll_t mask)
{
	int state = inet_sk_state_load(sk);

	switch (READ_ONCE(ctx->state)) {
	case TLSUP_STATE_ARMED:
		if (state == TCP_CLOSE || state == TCP_SYN_SENT)
			return mask;
		fallthrough;
	case TLSUP_STATE_PENDING:
	case TLSUP_STATE_HANDSHAKE:
		return mask & ~(poll_in | poll_out | EPOLLRDHUP);
	case TLSUP_STATE_FAILED:
		return mask | poll_in | poll_out | EPOLLRDHUP | EPOLLHUP;
	}
	if (READ_ONCE(ctx->eof))
		return mask | poll_in | EPOLLRDHUP;
	if (READ_ONCE(ctx->held))
		return mask & ~(poll_in | EPOLLRDHUP);
	/* RCV_SHUTDOWN: the end can be read, whatever is before it. */
	if (mask & EPOLLRDHUP || tlsup_receive_readable(sk))
		return mask | poll_in;
	return mask & ~poll_in;
}

/* News of TLSUP_REQUEST_CERTIFICATE; and a write that would have to wait, for
 * a KeyUpdate that waits for the answer to a CertificateRequest. */
static __poll_t poll_session(const struct tlsup_context *ctx, __poll_t mask)
{
	const struct tlsup_upgrade *u = READ_ONCE(ctx->upgrade);

	if (!u)
		return mask;
	if (READ_ONCE(u->auth_news))
		mask |= EPOLLPRI;
	return READ_ONCE(u->owes_key_update) ? mask & ~poll_out : mask;
}

static __poll_t ops_poll(struct file *file, struct socket *sock,
			 struct poll_table_struct *wait)
{
	struct sock *sk = sock->sk;
	struct tlsup_context *ctx;
	__poll_t mask = base_ops(sock)->poll(file, sock, wait);

	if (is_listener(sk))
		return mask;
	ctx = tlsup_context(sk);
	if (!ctx)
		return mask | EPOLLERR;
	if (ctx->mode == TLSUP_MODE_UPGRADE && tlsup_context_receives(ctx)) {
		mask = poll_session(ctx, poll_upgrade(sk, ctx, mask));
	} else if (tlsup_context_receives(ctx) &&
		   inet_sk_state_load(sk) == TCP_ESTABLISHED &&
		   !(READ_ONCE(sk->sk_shutdown) & RCV_SHUTDOWN)) {
		if (tlsup_receive_readable(sk))
			mask |= poll_in;
		else
			mask &= ~poll_in;
	}
	if (mask & poll_out && tlsup_context_sends(ctx) &&
	    !tlsup_send_writable(sk))
		mask &= ~poll_out;
	return mask;
}

static ssize_t ops_splice_read(struct socket *sock, loff_t *ppos,
			       struct pipe_inode_info *pipe, size_t len,
			       unsigned int flags)
{
	struct sock *sk = sock->sk;
	struct tlsup_context *ctx;
	bool plain = false;
	ssize_t ret;

	lock_sock(sk);
	ctx = tlsup_context(sk);
	if (ctx && !tlsup_context_receives(ctx)) {
		plain = true;
		ctx->plain_calls++;
	}
	release_sock(sk);
	if (!ctx)
		return -ENOTCONN;
	if (!plain)
		return tlsup_splice_read(sock, ppos, pipe, len, flags);
	ret = base_ops(sock)->splice_read(sock, ppos, pipe, len, flags);
	lock_sock(sk);
	ctx->plain_calls--;
	release_sock(sk);
	return ret;
}

/* For users inside the kernel; they hold the socket lock. */
static int ops_read_sock(struct sock *sk, read_descriptor_t *desc,
			 sk_read_actor_t actor)
{
	const struct tlsup_context *ctx = tlsup_context(sk);

	if (!ctx)
		return -ENOTCONN;
	if (tlsup_context_receives(ctx))
		return tlsup_read_sock(sk, desc, actor);
	return ctx->base_ops->read_sock(sk, desc, actor);
}

/* sockmap's way to take segments: never under records. */
static int ops_read_skb(struct sock *sk, skb_read_actor_t actor)
{
	return -EOPNOTSUPP;
}

static int ops_sendmsg_locked(struct sock *sk, struct msghdr *msg, size_t size)
{
	const struct tlsup_context *ctx = tlsup_context(sk);

	if (!ctx || tlsup_context_sends(ctx))
		return -EOPNOTSUPP;
	return ctx->base_ops->sendmsg_locked(sk, msg, size);
}

static int ops_peek_len(struct socket *sock)
{
	const struct tlsup_context *ctx = tlsup_context(sock->sk);

	if (ctx && tlsup_context_receives(ctx))
		return tlsup_receive_inq(sock->sk);
	return base_ops(sock)->peek_len(sock);
}

static int ops_set_peek_off(struct sock *sk, int val)
{
	const struct tlsup_context *ctx = tlsup_context(sk);

	if (!ctx || tlsup_context_receives(ctx))
		return -EOPNOTSUPP;
	return ctx->base_ops->set_peek_off(sk, val);
}

/* --- callbacks ----------------------------------------------------------- */

void tlsup_ops_data_ready(struct sock *sk)
{
	struct tlsup_context *ctx = tlsup_context(sk);

	/* Gone: close() has restored the callback that the caller had read. */
	if (!ctx)
		return;
	if (is_listener(sk) || !tlsup_context_receives(ctx)) {
		ctx->base_data_ready(sk);
		return;
	}
	if (ctx->mode == TLSUP_MODE_UPGRADE &&
	    (ctx->state == TLSUP_STATE_PENDING ||
	     ctx->state == TLSUP_STATE_HANDSHAKE)) {
		tlsup_upgrade_wake_channel(sk);
		return;
	}
	/* Not yet a whole record: nobody can do anything with it. */
	if (tlsup_receive_announce(sk))
		ctx->base_data_ready(sk);
}

void tlsup_ops_write_space(struct sock *sk)
{
	struct tlsup_context *ctx = tlsup_context(sk);

	if (!ctx)
		return;
	if (ctx->send)
		tlsup_send_write_space(sk);
	else
		ctx->base_write_space(sk);
	if (ctx->mode == TLSUP_MODE_UPGRADE)
		tlsup_upgrade_wake_channel(sk);
}

void tlsup_ops_state_change(struct sock *sk)
{
	struct tlsup_context *ctx = tlsup_context(sk);

	if (!ctx)
		return;
	ctx->base_state_change(sk);
	if (ctx->mode == TLSUP_MODE_UPGRADE)
		tlsup_upgrade_state_change(sk);
}

/* --- building ------------------------------------------------------------ */

static void build_prot(struct proto *prot, const struct proto *base)
{
	*prot = *base;
	prot->close = ops_close;
	prot->disconnect = ops_disconnect;
	prot->ioctl = ops_ioctl;
	prot->setsockopt = tlsup_setsockopt;
	prot->getsockopt = tlsup_getsockopt;
	prot->sendmsg = tlsup_sendmsg;
	prot->recvmsg = tlsup_recvmsg;
	prot->splice_eof = tlsup_splice_eof;
#ifdef TLSUP_HAVE_SENDPAGE
	prot->sendpage = ops_sendpage;
#endif
}

static void build_ops(struct proto_ops *ops, const struct proto_ops *base)
{
	*ops = *base;
	ops->connect = ops_connect;
	ops->accept = ops_accept;
	ops->shutdown = ops_shutdown;
	ops->poll = ops_poll;
	ops->splice_read = ops_splice_read;
	ops->read_sock = ops_read_sock;
	ops->read_skb = ops_read_skb;
	ops->sendmsg_locked = ops_sendmsg_locked;
	ops->peek_len = ops_peek_len;
	if (base->set_peek_off)
		ops->set_peek_off = ops_set_peek_off;
#ifdef TLSUP_HAVE_SENDPAGE
	ops->sendpage_locked = ops_sendpage_locked;
#endif
}

static struct proto *family_base(const struct sock *sk)
{
	if (sk->sk_family == AF_INET)
		return &tcp_prot;
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6)
		return &tcpv6_prot;
#endif
	return NULL;
}

/* inet6_stream_ops is not exported: the first socket tells where it is. */
struct tlsup_family *tlsup_ops_family(struct sock *sk)
{
	struct tlsup_family *family =
		&families[sk->sk_family == AF_INET ? FAMILY_V4 : FAMILY_V6];
	const struct proto_ops *ops = READ_ONCE(sk->sk_socket->ops);
	struct proto *base = READ_ONCE(sk->sk_prot);

	if (base != family_base(sk))
		return ERR_PTR(-EBUSY);
	mutex_lock(&families_lock);
	if (!family->base) {
		build_prot(&family->prot, base);
		build_ops(&family->ops, ops);
		family->base_ops = ops;
		family->base = base;
	}
	mutex_unlock(&families_lock);
	return family->base_ops == ops ? family : ERR_PTR(-EBUSY);
}
