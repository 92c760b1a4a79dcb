// SPDX-License-Identifier: GPL-2.0-only
/* channel: owns the agent's socket, its only way to a request's connection. */

#include <linux/file.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/tls.h>
#include <linux/uio.h>
#include <net/sock.h>

#include "channel.h"
#include "context.h"
#include "receive.h"
#include "record.h"
#include "request.h"
#include "send.h"
#include "session.h"
#include "trace.h"

#define SEND_MAX 65536

/*
 * Locking: a channel's own socket lock is never taken. What there is to guard
 * belongs to the connection, and its socket lock guards it; req and generation
 * are constant for the channel's life.
 */
struct tlsup_channel {
	struct sock sk;
	struct tlsup_request *req;	/* a reference */
	u32 generation;
};

static struct proto channel_prot = {
	.name = "TLSUP-CHANNEL",
	.owner = THIS_MODULE,
	.obj_size = sizeof(struct tlsup_channel),
};

static struct tlsup_channel *channel_of(const struct socket *sock)
{
	return container_of(sock->sk, struct tlsup_channel, sk);
}

static bool is_current(const struct tlsup_channel *ch)
{
	return tlsup_request_current(ch->req) &&
	       ch->req->generation == ch->generation;
}

/* The connection's socket, locked, or an ERR_PTR. */
static struct sock *enter(const struct tlsup_channel *ch)
{
	struct sock *sk = ch->req->sk;

	lock_sock(sk);
	if (is_current(ch))
		return sk;
	release_sock(sk);
	return ERR_PTR(-ESTALE);
}

static void leave(struct sock *sk)
{
	release_sock(sk);
}

/* For INFO. Alerts are two bytes (RFC 8446 6). */
static void note_alert(struct tlsup_upgrade *u, u8 type, const u8 *data,
		       size_t len, bool sent)
{
	if (type != TLSUP_TYPE_ALERT || len != 2)
		return;
	if (sent) {
		u->alert_sent_level = data[0];
		u->alert_sent = data[1];
	} else {
		u->alert_received_level = data[0];
		u->alert_received = data[1];
	}
}

static bool may_send(u8 type)
{
	return type == TLSUP_TYPE_CCS || type == TLSUP_TYPE_ALERT ||
	       type == TLSUP_TYPE_HANDSHAKE;
}

static int record_type(struct msghdr *msg, u8 *type)
{
	struct cmsghdr *cmsg;
	int err = -EINVAL;

	for_each_cmsghdr(cmsg, msg) {
		if (!CMSG_OK(msg, cmsg) || cmsg->cmsg_level != SOL_TLS ||
		    cmsg->cmsg_type != TLS_SET_RECORD_TYPE ||
		    cmsg->cmsg_len < CMSG_LEN(sizeof(*type)))
			return -EINVAL;
		*type = *(u8 *)CMSG_DATA(cmsg);
		err = may_send(*type) ? 0 : -EINVAL;
	}
	return err;
}

/* write_space comes only to those who said that they miss it. */
static void want_space(struct sock *sk)
{
	if (sk->sk_socket)
		set_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
}

/* What the agent sends under the early secret, and whatever it installs next,
 * stands behind all early data. */
static void end_early_data(struct sock *sk)
{
	const struct tlsup_context *ctx = tlsup_context(sk);

	if (ctx->tx.cipher && ctx->tx.epoch == TLSUP_EPOCH_EARLY)
		tlsup_early_end(sk);
}

static int channel_sendmsg(struct socket *sock, struct msghdr *msg, size_t len)
{
	struct tlsup_channel *ch = channel_of(sock);
	struct sock *sk;
	u8 *data, type;
	int err;

	if (msg->msg_flags & ~(MSG_DONTWAIT | MSG_NOSIGNAL | MSG_CMSG_COMPAT))
		return -EOPNOTSUPP;
	err = record_type(msg, &type);
	if (err)
		return err;
	if (!len || len > SEND_MAX)
		return -EINVAL;
	data = kvmalloc(len, GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	err = -EFAULT;
	if (!copy_from_iter_full(data, len, &msg->msg_iter))
		goto out;
	sk = enter(ch);
	err = PTR_ERR_OR_ZERO(sk);
	if (err)
		goto out;
	end_early_data(sk);
	err = tlsup_send_message(sk, type, data, len);
	if (err == -EAGAIN)
		want_space(sk);
	if (!err) {
		ch->req->used = true;
		note_alert(tlsup_session(sk), type, data, len, true);
	}
	leave(sk);
out:
	kvfree(data);
	return err ?: len;
}

/* A server's early data: accepted, or not yet known what it is. */
static bool may_receive(const struct tlsup_context *ctx, u8 type)
{
	return type != TLSUP_TYPE_DATA ||
	       (ctx->role == TLSUP_ROLE_SERVER &&
		(!ctx->rx.cipher || ctx->rx.epoch == TLSUP_EPOCH_EARLY));
}

/* One record's content to data; its length, or as tlsup_receive_record(). */
static int take_record(struct tlsup_channel *ch, u8 *data, size_t size, u8 *type)
{
	struct kvec vec = { .iov_base = data, .iov_len = size };
	struct msghdr msg = {};
	struct sock *sk = enter(ch);
	int len;

	if (IS_ERR(sk))
		return PTR_ERR(sk);
	iov_iter_kvec(&msg.msg_iter, ITER_DEST, &vec, 1, size);
	len = tlsup_receive_record(sk, &msg, size, type);
	if (len >= 0) {
		ch->req->used = true;
		note_alert(tlsup_session(sk), *type, data, len, false);
		if (!may_receive(tlsup_context(sk), *type))
			len = -EPROTO;
	}
	leave(sk);
	return len;
}

/*
 * By way of a buffer of the kernel's: application data must not come out here,
 * and a page fault must not hold the application's socket lock.
 */
static int channel_recvmsg(struct socket *sock, struct msghdr *msg, size_t size,
			   int flags)
{
	size_t room = min_t(size_t, size, TLSUP_CIPHERTEXT_MAX);
	u8 *data, type = 0;
	int len;

	if (flags & ~(MSG_DONTWAIT | MSG_CMSG_CLOEXEC | MSG_CMSG_COMPAT | MSG_NOSIGNAL))
		return -EOPNOTSUPP;
	if (!msg->msg_control || msg->msg_controllen < sizeof(struct cmsghdr))
		return -EINVAL;
	data = kvmalloc(max_t(size_t, room, 1), GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	len = take_record(channel_of(sock), data, room, &type);
	if (len == -EPIPE) {
		len = 0;
	} else if (len >= 0) {
		if (copy_to_iter(data, len, &msg->msg_iter) != len)
			len = -EFAULT;
		else if (put_cmsg(msg, SOL_TLS, TLS_GET_RECORD_TYPE,
				  sizeof(type), &type))
			len = -EINVAL;
		msg->msg_flags |= MSG_EOR;
	}
	kvfree_sensitive(data, max_t(size_t, room, 1));
	return len;
}

/*
 * The socket lock, because the connection may be closed at any time, and
 * closing frees what is looked at.
 */
static __poll_t channel_poll(struct file *file, struct socket *sock,
			     struct poll_table_struct *wait)
{
	struct tlsup_channel *ch = channel_of(sock);
	__poll_t mask = 0;
	struct sock *sk;

	poll_wait(file, &ch->req->wait, wait);
	sk = enter(ch);
	if (IS_ERR(sk))
		return EPOLLHUP | EPOLLIN | EPOLLRDNORM;
	/* Looks anew: while it is a channel's, nobody follows the stream. */
	if (tlsup_receive_start(sk) || tlsup_receive_announce(sk))
		mask |= EPOLLIN | EPOLLRDNORM;
	want_space(sk);
	if (tlsup_send_writable_locked(sk))
		mask |= EPOLLOUT | EPOLLWRNORM;
	leave(sk);
	return mask;
}

static int check_epoch(const struct tlsup_state *old, const struct tlsup_state *new)
{
	return !old->cipher || new->epoch > old->epoch ? 0 : -EINVAL;
}

static int install(struct tlsup_channel *ch, struct tlsup_state *st, bool tx)
{
	struct sock *sk = enter(ch);
	struct tlsup_context *ctx;
	struct tlsup_state *old;
	int err;

	if (IS_ERR(sk))
		return PTR_ERR(sk);
	ctx = tlsup_context(sk);
	old = tx ? &ctx->tx : &ctx->rx;
	err = ctx->error ?: check_epoch(old, st);
	if (!err) {
		if (tx)
			end_early_data(sk);
		tlsup_state_replace(old, st);
		trace_tlsup_state_installed(ctx, tx);
		ch->req->used = true;
		if (tx)
			tlsup_early_push(sk);
	}
	leave(sk);
	return err;
}

/* A HelloRetryRequest came when early data was on its way: the second
 * ClientHello goes in the clear, and is not the first record (RFC 8446 5.1). */
static int uninstall(struct tlsup_channel *ch)
{
	struct sock *sk = enter(ch);
	struct tlsup_context *ctx;
	int err = -EINVAL;

	if (IS_ERR(sk))
		return PTR_ERR(sk);
	ctx = tlsup_context(sk);
	if (ctx->tx.cipher && ctx->tx.epoch == TLSUP_EPOCH_EARLY) {
		end_early_data(sk);
		tlsup_state_wipe(&ctx->tx);
		ctx->tx.seq = 1;
		err = 0;
	}
	leave(sk);
	return err;
}

static bool is_no_secret(const struct tlsup_secret *secret)
{
	const struct tlsup_secret none = {
		.version = TLSUP_VERSION_1_3, .epoch = TLSUP_EPOCH_INITIAL,
	};

	return !memcmp(secret, &none, offsetof(struct tlsup_secret, secret));
}

static int set_secret(struct tlsup_channel *ch, sockptr_t optval,
		      unsigned int optlen, bool tx)
{
	struct tlsup_secret secret;
	struct tlsup_state st;
	int err = -EINVAL;

	if (optlen != sizeof(secret))
		return -EINVAL;
	if (copy_from_sockptr(&secret, optval, sizeof(secret))) {
		err = -EFAULT;
	} else if (tx && is_no_secret(&secret)) {
		err = uninstall(ch);
	} else if (secret.version == TLSUP_VERSION_1_3 &&
		   secret.epoch > TLSUP_EPOCH_INITIAL &&
		   secret.epoch <= TLSUP_EPOCH_APPLICATION &&
		   secret.length <= TLSUP_SECRET_MAX &&
		   !memchr_inv(secret.reserved, 0, sizeof(secret.reserved))) {
		err = tlsup_state_from_secret(&st, &secret);
		if (!err) {
			err = install(ch, &st, tx);
			if (err)
				tlsup_state_wipe(&st);
		}
	}
	memzero_explicit(&secret, sizeof(secret));
	return err;
}

static int set_keys(struct tlsup_channel *ch, sockptr_t optval,
		    unsigned int optlen, bool tx)
{
	struct tlsup_key_block kb;
	struct tlsup_state st;
	int err = -EINVAL;

	if (optlen != sizeof(kb))
		return -EINVAL;
	if (copy_from_sockptr(&kb, optval, sizeof(kb))) {
		err = -EFAULT;
	} else if (kb.version == TLSUP_VERSION_1_2 &&
		   kb.key_length <= sizeof(kb.key) &&
		   kb.iv_length <= sizeof(kb.iv) &&
		   !memchr_inv(kb.reserved, 0, sizeof(kb.reserved)) &&
		   !memchr_inv(kb.pad, 0, sizeof(kb.pad))) {
		err = tlsup_state_from_key_block(&st, &kb);
		if (!err) {
			err = install(ch, &st, tx);
			if (err)
				tlsup_state_wipe(&st);
		}
	}
	memzero_explicit(&kb, sizeof(kb));
	return err;
}

static bool valid_limit(u16 limit)
{
	return !limit || (limit >= TLSUP_PAYLOAD_MIN && limit <= TLSUP_PAYLOAD_MAX);
}

static int set_limits(struct tlsup_channel *ch, sockptr_t optval,
		      unsigned int optlen)
{
	struct tlsup_record_limits limits;
	struct tlsup_context *ctx;
	struct sock *sk;

	if (optlen != sizeof(limits))
		return -EINVAL;
	if (copy_from_sockptr(&limits, optval, sizeof(limits)))
		return -EFAULT;
	if (!valid_limit(limits.tx) || !valid_limit(limits.rx))
		return -EINVAL;
	sk = enter(ch);
	if (IS_ERR(sk))
		return PTR_ERR(sk);
	ctx = tlsup_context(sk);
	ctx->tx_limit = limits.tx ?: TLSUP_PAYLOAD_MAX;
	ctx->rx_limit = limits.rx ?: TLSUP_PAYLOAD_MAX;
	leave(sk);
	return 0;
}

static int set_early(struct tlsup_channel *ch, int optname, sockptr_t optval,
		     unsigned int optlen)
{
	struct sock *sk;
	u32 bytes;

	if (optlen != sizeof(bytes))
		return -EINVAL;
	if (copy_from_sockptr(&bytes, optval, sizeof(bytes)))
		return -EFAULT;
	sk = enter(ch);
	if (IS_ERR(sk))
		return PTR_ERR(sk);
	if (optname == TLSUP_CHANNEL_RX_SKIP)
		tlsup_context(sk)->rx_skip = bytes;
	else
		tlsup_session(sk)->early.limit = bytes;
	leave(sk);
	return 0;
}

static int channel_setsockopt(struct socket *sock, int level, int optname,
			      sockptr_t optval, unsigned int optlen)
{
	struct tlsup_channel *ch = channel_of(sock);

	if (level != SOL_TLSUP)
		return -ENOPROTOOPT;
	switch (optname) {
	case TLSUP_CHANNEL_TX_SECRET:
		return set_secret(ch, optval, optlen, true);
	case TLSUP_CHANNEL_RX_SECRET:
		return set_secret(ch, optval, optlen, false);
	case TLSUP_CHANNEL_TX_KEYS:
		return set_keys(ch, optval, optlen, true);
	case TLSUP_CHANNEL_RX_KEYS:
		return set_keys(ch, optval, optlen, false);
	case TLSUP_CHANNEL_RECORD_LIMITS:
		return set_limits(ch, optval, optlen);
	case TLSUP_CHANNEL_EARLY_LIMIT:
	case TLSUP_CHANNEL_RX_SKIP:
		return set_early(ch, optname, optval, optlen);
	default:
		return -ENOPROTOOPT;
	}
}

/* Also called when tlsup_channel_open() fails half-way. */
static int channel_release(struct socket *sock)
{
	struct tlsup_channel *ch;
	struct sock *sk;

	if (!sock->sk)
		return 0;
	ch = channel_of(sock);
	sk = enter(ch);
	if (!IS_ERR(sk)) {
		tlsup_request_orphaned(ch->req);
		leave(sk);
	}
	tlsup_request_put(ch->req);
	sk = sock->sk;
	sock_orphan(sk);
	sock->sk = NULL;
	sock_put(sk);
	return 0;
}

static const struct proto_ops channel_ops = {
	.family = PF_UNSPEC,
	.owner = THIS_MODULE,
	.release = channel_release,
	.bind = sock_no_bind,
	.connect = sock_no_connect,
	.socketpair = sock_no_socketpair,
	.accept = sock_no_accept,
	.getname = sock_no_getname,
	.poll = channel_poll,
	.ioctl = sock_no_ioctl,
	.listen = sock_no_listen,
	.shutdown = sock_no_shutdown,
	.setsockopt = channel_setsockopt,
	.sendmsg = channel_sendmsg,
	.recvmsg = channel_recvmsg,
	.mmap = sock_no_mmap,
};

struct file *tlsup_channel_open(struct tlsup_request *req, u32 generation)
{
	struct tlsup_channel *ch;
	struct socket *sock;
	struct sock *sk;

	sock = sock_alloc();
	if (!sock)
		return ERR_PTR(-ENFILE);
	sock->type = SOCK_SEQPACKET;
	sock->ops = &channel_ops;
	__module_get(channel_ops.owner);	/* sock_release() puts it */

	sk = sk_alloc(sock_net(req->sk), PF_UNSPEC, GFP_KERNEL, &channel_prot, 0);
	if (!sk) {
		sock_release(sock);
		return ERR_PTR(-ENOMEM);
	}
	sock_init_data(sock, sk);
	ch = container_of(sk, struct tlsup_channel, sk);
	tlsup_request_get(req);
	ch->req = req;
	ch->generation = generation;
	return sock_alloc_file(sock, O_NONBLOCK, channel_prot.name);
}

int tlsup_channel_init(void)
{
	return proto_register(&channel_prot, 1);
}

void tlsup_channel_exit(void)
{
	proto_unregister(&channel_prot);
}
