// SPDX-License-Identifier: GPL-2.0-only
/* upgrade: owns the application's side: arming, starting, waiting, the gate. */

#include <linux/file.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <net/inet_common.h>
#include <net/tcp.h>

#include "auth.h"
#include "channel.h"
#include "context.h"
#include "early.h"
#include "netlink.h"
#include "outcome.h"
#include "post.h"
#include "request.h"
#include "resumption.h"
#include "session.h"
#include "stats.h"
#include "upgrade.h"

#define TCPF_UNCONNECTED (TCPF_CLOSE | TCPF_LISTEN | TCPF_SYN_SENT | TCPF_SYN_RECV)
#define TCPF_CONNECTED	 (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT)

static bool tcp_in(const struct sock *sk, int states)
{
	return (1 << READ_ONCE(sk->sk_state)) & states;
}

static void look_after(struct work_struct *work);

static struct tlsup_upgrade *new_session(gfp_t gfp)
{
	struct tlsup_upgrade *u = kzalloc(sizeof(*u), gfp | __GFP_ACCOUNT);

	if (!u)
		return NULL;
	refcount_set(&u->refs, 1);
	INIT_WORK(&u->work, look_after);
	u->verify = TLSUP_VERIFY_FULL;
	u->alert_sent = TLSUP_ALERT_NONE;
	u->alert_received = TLSUP_ALERT_NONE;
	return u;
}

/* Wake-ups read u->request under RCU, hence kfree_rcu(). */
static void put_session(struct tlsup_upgrade *u)
{
	if (refcount_dec_and_test(&u->refs))
		kfree_rcu(u, rcu);
}

void tlsup_upgrade_free(struct tlsup_context *ctx)
{
	struct tlsup_upgrade *u = ctx->upgrade;

	if (!u)
		return;
	tlsup_early_free(&u->early);
	kvfree(u->peer_chain);
	u->peer_chain = NULL;
	if (u->session)
		kvfree_sensitive(u->session, u->session_len);
	u->session = NULL;
	if (u->exporter)
		kvfree_sensitive(u->exporter, u->exporter_len);
	u->exporter = NULL;
	kvfree(u->message);
	u->message = NULL;
	WRITE_ONCE(ctx->upgrade, NULL);
	put_session(u);
}

int tlsup_upgrade_choose(struct sock *sk)
{
	struct tlsup_context *ctx = tlsup_context(sk);
	struct tlsup_upgrade *u;

	sock_owned_by_me(sk);
	if (ctx->mode == TLSUP_MODE_KTLS)
		return -EBUSY;
	if (tlsup_under_way(ctx->state))
		return -EALREADY;
	if (ctx->state > TLSUP_STATE_ARMED)
		return -EISCONN;
	/* Asleep in TCP, such a call would go on in the clear later. */
	if (ctx->state == TLSUP_STATE_IDLE && ctx->plain_calls)
		return -EBUSY;
	if (ctx->mode == TLSUP_MODE_NONE) {
		u = new_session(GFP_KERNEL);
		if (!u)
			return -ENOMEM;
		u->sk = sk;
		/* Readers without the lock see a whole session or none. */
		smp_store_release(&ctx->upgrade, u);
		WRITE_ONCE(ctx->mode, TLSUP_MODE_UPGRADE);
	}
	if (ctx->state == TLSUP_STATE_IDLE && tcp_in(sk, TCPF_UNCONNECTED)) {
		ctx->upgrade->connecting = !tcp_in(sk, TCPF_CLOSE | TCPF_LISTEN);
		WRITE_ONCE(ctx->state, TLSUP_STATE_ARMED);
	}
	return 0;
}

/* From here on the socket carries TLS or nothing: whatever keeps the handshake
 * from starting fails the connection, and an application that overlooks the
 * error cannot send in the clear. */
static int begin(struct sock *sk, struct tlsup_context *ctx, u8 role)
{
	struct tlsup_upgrade *u = ctx->upgrade;
	int err;

	u->sk = sk;
	if (ctx->role == TLSUP_ROLE_UNSPEC)
		ctx->role = role;
	if (!tcp_in(sk, TCPF_CONNECTED))
		err = -ECONNRESET;
	else if (ctx->role == TLSUP_ROLE_CLIENT &&
		 u->verify == TLSUP_VERIFY_FULL && !u->server_name.len)
		err = -EDESTADDRREQ;
	else
		err = tlsup_request_submit(sk, u->timeout_ms);
	if (err)
		tlsup_outcome_abort(sk, err, NULL);
	else
		WRITE_ONCE(ctx->state, TLSUP_STATE_PENDING);
	return err;
}

static bool has_changed(const struct sock *sk, const struct tlsup_context *ctx,
			u8 state, u8 tcp_state)
{
	return READ_ONCE(ctx->state) != state ||
	       READ_ONCE(sk->sk_state) != tcp_state;
}

/* Waits while the socket stays as it is. 0, or what ends the wait early. */
static int wait_for_change(struct sock *sk, long *timeo)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	struct tlsup_context *ctx = tlsup_context(sk);
	u8 state = ctx->state, tcp_state = sk->sk_state;

	if (!*timeo)
		return -EAGAIN;
	if (signal_pending(current))
		return sock_intr_errno(*timeo);
	add_wait_queue(sk_sleep(sk), &wait);
	sk_wait_event(sk, timeo, has_changed(sk, ctx, state, tcp_state), &wait);
	remove_wait_queue(sk_sleep(sk), &wait);
	return 0;
}

/* The handshake's end: 0 or its error; or that of waiting. */
static int wait_for_outcome(struct sock *sk, long timeo)
{
	const struct tlsup_context *ctx = tlsup_context(sk);
	int err;

	while (tlsup_under_way(ctx->state)) {
		err = wait_for_change(sk, &timeo);
		if (err)
			return err;
	}
	if (!ctx->error)
		return 0;
	sock_error(sk);
	return ctx->error;
}

/* After a failure reads go on to say so; a write says it once, then EPIPE. */
static int failed(struct sock *sk, const struct tlsup_context *ctx, bool sending)
{
	int err = sock_error(sk);

	return sending && !err ? -EPIPE : ctx->error;
}

/* RFC 8446 4.6.3: the answer to a KeyUpdate goes before the next data. */
static int pay_key_update(struct sock *sk, struct tlsup_upgrade *u, long *timeo)
{
	int err = 0;

	while (!err && u->owes_key_update) {
		tlsup_post_retry(sk);
		if (u->owes_key_update)
			err = sk_stream_wait_memory(sk, timeo);
	}
	return err;
}

int tlsup_upgrade_gate(struct sock *sk, int flags, bool sending)
{
	struct tlsup_context *ctx = tlsup_context(sk);
	long timeo = sending ? sock_sndtimeo(sk, flags & MSG_DONTWAIT) :
			       sock_rcvtimeo(sk, flags & MSG_DONTWAIT);
	int err = 0;

	while (!err) {
		if (ctx->state == TLSUP_STATE_FAILED)
			return failed(sk, ctx, sending);
		if (ctx->state == TLSUP_STATE_ARMED &&
		    tcp_in(sk, TCPF_CONNECTED)) {
			begin(sk, ctx, TLSUP_ROLE_CLIENT);
			continue;
		}
		if (ctx->state == TLSUP_STATE_ARMED &&
		    !tcp_in(sk, TCPF_SYN_SENT | TCPF_SYN_RECV))
			return sock_error(sk) ?: -ENOTCONN;
		if (ctx->state != TLSUP_STATE_ARMED &&
		    !tlsup_under_way(ctx->state))
			return sending && ctx->upgrade->owes_key_update ?
			       pay_key_update(sk, ctx->upgrade, &timeo) : 0;
		err = wait_for_change(sk, &timeo);
	}
	return err;
}

/* connect() on a socket whose TCP connection stands. */
static int connected(struct sock *sk, struct tlsup_context *ctx, int flags,
		     int base_result)
{
	bool nonblock = flags & O_NONBLOCK, begun = false;
	struct tlsup_upgrade *u = ctx->upgrade;
	int err;

	if (ctx->state == TLSUP_STATE_ARMED) {
		begin(sk, ctx, TLSUP_ROLE_CLIENT);
		begun = true;
	}
	err = wait_for_outcome(sk, sock_sndtimeo(sk, nonblock));
	if (tlsup_under_way(ctx->state)) {
		u->unreported = true;
		if (err == -EAGAIN)
			err = begun || !nonblock ? -EINPROGRESS : -EALREADY;
		return err;
	}
	/* As after a connect() without TLS: the first one that finds it up
	 * says 0. */
	if (!err && !begun && !u->unreported)
		err = base_result;
	u->unreported = false;
	return err;
}

/* What connect() left behind, when the handshake is still to begin: perhaps it
 * goes on without us; perhaps it has come through since the base looked. */
static void still_armed(struct sock *sk, struct tlsup_upgrade *u)
{
	u->connecting = tcp_in(sk, TCPF_SYN_SENT | TCPF_SYN_RECV);
	u->unreported = true;
	if (tcp_in(sk, TCPF_CONNECTED))
		begin(sk, tlsup_context(sk), TLSUP_ROLE_CLIENT);
	else if (!u->connecting)
		tlsup_early_forget(&u->early);
}

int tlsup_upgrade_connected(struct sock *sk, int flags, int base_result)
{
	struct tlsup_context *ctx;
	int err = base_result;

	lock_sock(sk);
	ctx = tlsup_context(sk);
	if (!ctx || ctx->mode != TLSUP_MODE_UPGRADE ||
	    ctx->state == TLSUP_STATE_IDLE)
		goto out;
	if (ctx->state == TLSUP_STATE_FAILED) {
		sock_error(sk);
		err = ctx->error;
	} else if ((!base_result || base_result == -EISCONN) &&
		   (ctx->state != TLSUP_STATE_ARMED || tcp_in(sk, TCPF_CONNECTED))) {
		err = connected(sk, ctx, flags, base_result);
	} else if (ctx->state == TLSUP_STATE_ARMED) {
		still_armed(sk, ctx->upgrade);
	}
out:
	release_sock(sk);
	return err;
}

/*
 * The lock is held from the first look at the socket until TCP has taken the
 * address, so that of two such calls one makes the connection and the other
 * takes nothing. What was taken is said even if the wait was ended by a signal:
 * the connection goes on being made, and the call must not be made again.
 */
int tlsup_upgrade_connect_write(struct sock *sk, struct msghdr *msg)
{
	int flags = msg->msg_flags & MSG_DONTWAIT ? O_NONBLOCK : 0;
	struct tlsup_context *ctx = tlsup_context(sk);
	struct sockaddr *addr = msg->msg_name;
	int taken, err;

	if (ctx->state == TLSUP_STATE_IDLE)
		return 0;
	if (!addr || msg->msg_namelen < (int)sizeof(addr->sa_family))
		return -EDESTADDRREQ;
	if (addr->sa_family == AF_UNSPEC || ctx->role == TLSUP_ROLE_SERVER)
		return -EOPNOTSUPP;
	if (ctx->state != TLSUP_STATE_ARMED || !tcp_in(sk, TCPF_CLOSE))
		return ctx->state == TLSUP_STATE_FAILED ? failed(sk, ctx, true) :
							  -EISCONN;
	taken = tlsup_early_first(sk, msg);
	if (taken < 0)
		return taken;
	ctx->upgrade->connecting = true;
	err = __inet_stream_connect(sk->sk_socket, addr, msg->msg_namelen,
				    flags, 0);
	/* The lock was dropped if that waited. */
	if (ctx->state == TLSUP_STATE_ARMED)
		still_armed(sk, ctx->upgrade);
	if (err && ctx->state == TLSUP_STATE_ARMED && !ctx->upgrade->connecting)
		return err;
	return taken ?: err;
}

void tlsup_upgrade_accepted(struct sock *child)
{
	struct tlsup_context *ctx;

	lock_sock(child);
	ctx = tlsup_context(child);
	if (!ctx || ctx->mode != TLSUP_MODE_UPGRADE ||
	    ctx->state != TLSUP_STATE_ARMED)
		goto out;
	if (ctx->role == TLSUP_ROLE_UNSPEC)
		ctx->role = TLSUP_ROLE_SERVER;
	ctx->upgrade->sk = child;
	/* TCP Fast Open hands out what is not established yet. */
	WRITE_ONCE(ctx->upgrade->connecting, child->sk_state == TCP_SYN_RECV);
	if (!ctx->upgrade->connecting)
		begin(child, ctx, TLSUP_ROLE_SERVER);
out:
	release_sock(child);
}

static bool nonblocking(const struct sock *sk)
{
	const struct socket *sock = sk->sk_socket;

	return sock && sock->file && sock->file->f_flags & O_NONBLOCK;
}

int tlsup_upgrade_start(struct sock *sk, const struct tlsup_start *start)
{
	struct tlsup_context *ctx = tlsup_context(sk);
	bool begun = false;
	int err;

	err = tlsup_upgrade_choose(sk);
	if (err == -EBUSY || err == -ENOMEM)
		return err;
	if (!err) {
		if (ctx->state == TLSUP_STATE_IDLE && !tcp_in(sk, TCPF_CONNECTED))
			return -ENOTCONN;
		if (ctx->state == TLSUP_STATE_IDLE && !start->role)
			return -EINVAL;
		if (start->role)
			ctx->role = start->role;
		ctx->upgrade->timeout_ms = start->timeout_ms;
		if (ctx->state == TLSUP_STATE_ARMED)
			return 0;
		begin(sk, ctx, start->role);
		begun = true;
	}
	err = wait_for_outcome(sk, sock_sndtimeo(sk, nonblocking(sk)));
	if (err == -EAGAIN && tlsup_under_way(ctx->state))
		err = begun || !nonblocking(sk) ? -EINPROGRESS : -EALREADY;
	return err;
}

void tlsup_upgrade_clone(struct tlsup_context *child,
			 const struct tlsup_context *listener, gfp_t gfp)
{
	const struct tlsup_upgrade *from = READ_ONCE(listener->upgrade);
	struct tlsup_upgrade *u;

	child->mode = TLSUP_MODE_UPGRADE;
	child->state = TLSUP_STATE_FAILED;
	child->error = -ENOMEM;
	child->role = listener->role;
	child->upgrade = NULL;
	u = from ? new_session(gfp) : NULL;
	if (!u)
		return;
	/* An option may be set on the listener meanwhile: the child gets the
	 * old one, the new one or a mixture, and tlsupd refuses nonsense. */
	u->server_name = from->server_name;
	u->alpn = from->alpn;
	u->profile = from->profile;
	u->verify = from->verify;
	u->timeout_ms = from->timeout_ms;
	child->upgrade = u;
	child->error = 0;
	child->state = TLSUP_STATE_ARMED;
}

/* A reference to both for the work, unless it is queued already. */
void tlsup_upgrade_kick(struct tlsup_upgrade *u)
{
	if (!refcount_inc_not_zero(&u->refs))
		return;
	sock_hold(u->sk);
	if (!queue_work(tlsup_workqueue, &u->work)) {
		sock_put(u->sk);
		put_session(u);
	}
}

/* Why TCP's connection is gone. A reset behind a FIN is EPIPE to TCP, which here
 * would be about a write of the application's. */
static int lost(const struct sock *sk)
{
	return !sk->sk_err || sk->sk_err == EPIPE ? -ECONNRESET : -sk->sk_err;
}

static void look_after(struct work_struct *work)
{
	struct tlsup_upgrade *u = container_of(work, struct tlsup_upgrade, work);
	struct sock *sk = u->sk;
	struct tlsup_context *ctx;

	lock_sock(sk);
	ctx = tlsup_context(sk);
	if (!ctx || ctx->upgrade != u)
		goto out;
	if (ctx->state == TLSUP_STATE_ARMED && u->connecting &&
	    tcp_in(sk, TCPF_CONNECTED))
		begin(sk, ctx, TLSUP_ROLE_CLIENT);
	else if (tlsup_under_way(ctx->state) && tcp_in(sk, TCPF_CLOSE))
		tlsup_outcome_abort(sk, lost(sk), NULL);
	else if (ctx->state == TLSUP_STATE_OPEN)
		tlsup_post_retry(sk);
out:
	release_sock(sk);
	sock_put(sk);
	put_session(u);
}

void tlsup_upgrade_state_change(struct sock *sk)
{
	struct tlsup_context *ctx;
	struct tlsup_upgrade *u;
	u8 state;

	rcu_read_lock();
	ctx = tlsup_context(sk);
	u = tlsup_session(sk);
	if (u) {
		state = READ_ONCE(ctx->state);
		if ((state == TLSUP_STATE_ARMED && READ_ONCE(u->connecting) &&
		     tcp_in(sk, TCPF_CONNECTED)) ||
		    (tlsup_under_way(state) && tcp_in(sk, TCPF_CLOSE)))
			tlsup_upgrade_kick(u);
		tlsup_upgrade_wake_channel(sk);
	}
	rcu_read_unlock();
}

void tlsup_upgrade_wake_channel(struct sock *sk)
{
	struct tlsup_request *req;
	struct tlsup_upgrade *u;

	rcu_read_lock();
	u = tlsup_session(sk);
	req = u ? rcu_dereference(u->request) : NULL;
	if (req)
		wake_up_interruptible_poll(&req->wait, EPOLLIN | EPOLLRDNORM |
						       EPOLLOUT | EPOLLWRNORM);
	else if (u && (READ_ONCE(u->owes_key_update) || READ_ONCE(u->owes_answer)))
		tlsup_upgrade_kick(u);
	rcu_read_unlock();
}

void tlsup_upgrade_close(struct sock *sk)
{
	struct tlsup_context *ctx = tlsup_context(sk);
	struct tlsup_upgrade *u = ctx->upgrade;

	if (!u)
		return;
	tlsup_outcome_cancel(sk);
	tlsup_auth_end(sk);
	tlsup_resumption_end(sk);
	tlsup_early_free(&u->early);
	if (ctx->state == TLSUP_STATE_OPEN)
		tlsup_post_close_notify(sk);
	if (ctx->state != TLSUP_STATE_FAILED) {
		if (u->done)
			tlsup_netlink_event(sk, TLSUP_EVENT_CLOSED);
		WRITE_ONCE(ctx->state, TLSUP_STATE_CLOSED);
	}
	u->owes_key_update = false;
	if (cancel_work(&u->work)) {
		sock_put(sk);
		put_session(u);
	}
}

int tlsup_upgrade_init(void)
{
	int err;

	err = tlsup_stats_init();
	if (err)
		return err;
	err = tlsup_request_init();
	if (err)
		goto err_stats;
	err = tlsup_channel_init();
	if (err)
		goto err_request;
	err = tlsup_netlink_init();
	if (err)
		goto err_channel;
	return 0;

err_channel:
	tlsup_channel_exit();
err_request:
	tlsup_request_exit();
err_stats:
	tlsup_stats_exit();
	return err;
}

void tlsup_upgrade_exit(void)
{
	tlsup_netlink_exit();
	tlsup_request_exit();
	tlsup_channel_exit();
	tlsup_stats_exit();
}
