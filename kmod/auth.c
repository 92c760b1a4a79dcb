// SPDX-License-Identifier: GPL-2.0-only
/* auth: owns post-handshake authentication: the questions that are open, and
 * what their answers do. */

#include <linux/jiffies.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <net/sock.h>

#include "auth.h"
#include "context.h"
#include "netlink.h"
#include "outcome.h"
#include "post.h"
#include "record.h"
#include "request.h"
#include "send.h"
#include "session.h"

#define OPEN_MAX	8	/* CertificateRequests that a server may have in
				 * flight; more is nobody's use */
#define FLIGHT_MAX	61440	/* Certificate, CertificateVerify, Finished */

enum handshake_type {
	CERTIFICATE = 11,
	CERTIFICATE_REQUEST = 13,
	CERTIFICATE_VERIFY = 15,
	FINISHED = 20,
	COMPRESSED_CERTIFICATE = 25,	/* RFC 8879 */
};

enum alert { INTERNAL_ERROR = 80 };

enum ask_kind {
	ASK_FREE,
	ASK_CLIENT,	/* a client is asked for its certificate */
	ASK_SERVER,	/* a server's application wants one */
	ASK_VERDICT,	/* a client has answered */
};

struct ask {
	u8 kind;		/* enum ask_kind */
	u32 number;
	u8 *answer;		/* to send, as soon as there is room */
	u32 answer_len;
};

struct tlsup_auth {
	refcount_t refs;
	struct delayed_work expiry;
	struct rcu_head rcu;

	/* The queue's lock. */
	struct hlist_node node;		/* by cookie, among the kept */
	u32 portid;			/* 0: the agent died */

	/* Constant while on the list. */
	u64 cookie;
	struct sock *sk;

	/* Socket lock. */
	struct ask asks[OPEN_MAX];
	u32 last;			/* number */
	unsigned long deadline;		/* jiffies, of the newest question */
	bool waiting;			/* a question is open; read unlocked */
	bool requested;			/* server: the client has to answer */
	u8 *flight;			/* of what it has answered so far */
	u32 flight_len;
};

static void auth_put(struct tlsup_auth *auth)
{
	if (refcount_dec_and_test(&auth->refs))
		kfree_rcu(auth, rcu);
}

static bool is_open(const struct ask *ask)
{
	return ask->kind != ASK_FREE && !ask->answer;
}

static void count_open(struct tlsup_auth *auth)
{
	bool waiting = false;
	int i;

	for (i = 0; i < OPEN_MAX; i++)
		waiting |= is_open(&auth->asks[i]);
	WRITE_ONCE(auth->waiting, waiting);
}

static void free_ask(struct tlsup_auth *auth, struct ask *ask)
{
	kvfree(ask->answer);
	memset(ask, 0, sizeof(*ask));
	count_open(auth);
}

/* Nobody can or will answer. */
static void give_up(struct sock *sk, int err, const char *reason)
{
	tlsup_post_alert(sk, 2, INTERNAL_ERROR);
	tlsup_outcome_abort(sk, err, reason);
}

/* The deadline of some question passed; a newer one may have moved it. The
 * work's references end here, or when it is queued once more. */
static void expire(struct work_struct *work)
{
	struct tlsup_auth *auth = container_of(to_delayed_work(work),
					       struct tlsup_auth, expiry);
	struct sock *sk = auth->sk;
	bool again = false;

	lock_sock(sk);
	if (tlsup_session(sk) && tlsup_session(sk)->auth == auth &&
	    auth->waiting) {
		/* False also if it has been queued again, with references of
		 * its own, since this began. */
		if (time_before(jiffies, auth->deadline))
			again = queue_delayed_work(tlsup_workqueue, &auth->expiry,
						   auth->deadline - jiffies);
		else
			give_up(sk, -ETIMEDOUT, "tlsupd did not answer");
	}
	release_sock(sk);
	if (again)
		return;
	auth_put(auth);
	sock_put(sk);
}

struct tlsup_auth *tlsup_auth_new(void)
{
	struct tlsup_auth *auth = kzalloc(sizeof(*auth), GFP_KERNEL_ACCOUNT);

	if (auth) {
		refcount_set(&auth->refs, 1);
		INIT_DELAYED_WORK(&auth->expiry, expire);
	}
	return auth;
}

void tlsup_auth_keep(struct sock *sk, struct tlsup_auth *auth, u32 portid)
{
	struct tlsup_queue *q = tlsup_request_queue(sock_net(sk));
	struct tlsup_upgrade *u = tlsup_session(sk);

	auth->sk = sk;
	auth->cookie = u->cookie;
	auth->portid = portid;
	u->auth = auth;
	spin_lock_bh(&q->lock);
	hash_add(q->kept, &auth->node, auth->cookie);
	spin_unlock_bh(&q->lock);
}

void tlsup_auth_end(struct sock *sk)
{
	struct tlsup_queue *q = tlsup_request_queue(sock_net(sk));
	struct tlsup_upgrade *u = tlsup_session(sk);
	struct tlsup_auth *auth = u->auth;
	u32 portid;
	int i;

	sock_owned_by_me(sk);
	if (!auth)
		return;
	spin_lock_bh(&q->lock);
	hash_del(&auth->node);
	portid = auth->portid;
	spin_unlock_bh(&q->lock);
	if (portid)
		tlsup_netlink_gone(sock_net(sk), portid, auth->cookie);
	for (i = 0; i < OPEN_MAX; i++)
		free_ask(auth, &auth->asks[i]);
	kvfree(auth->flight);
	auth->flight = NULL;
	u->auth = NULL;
	u->answering = false;
	WRITE_ONCE(u->owes_answer, false);
	/* ctx->held stays: without a verdict nothing is read, not even by a
	 * reader that wakes up to the failure.
	 * The work, if it runs, waits for the lock that we hold, and finds
	 * nothing. */
	if (cancel_delayed_work(&auth->expiry)) {
		auth_put(auth);
		sock_put(sk);
	}
	auth_put(auth);
}

/* --- asking --- */

static struct ask *new_ask(struct tlsup_auth *auth, u8 kind)
{
	int i;

	for (i = 0; i < OPEN_MAX; i++) {
		if (auth->asks[i].kind != ASK_FREE)
			continue;
		auth->asks[i].kind = kind;
		auth->asks[i].number = ++auth->last;
		WRITE_ONCE(auth->waiting, true);
		return &auth->asks[i];
	}
	return NULL;
}

static void set_deadline(struct tlsup_auth *auth)
{
	unsigned long delay = msecs_to_jiffies(tlsup_request_timeout_ms());

	auth->deadline = jiffies + delay;
	if (delayed_work_pending(&auth->expiry))
		return;
	refcount_inc(&auth->refs);
	sock_hold(auth->sk);
	if (!queue_delayed_work(tlsup_workqueue, &auth->expiry, delay)) {
		sock_put(auth->sk);
		auth_put(auth);
	}
}

/* 0, -EPROTO: too many are open, -ECONNABORTED: the agent can't be reached. */
static int ask(struct sock *sk, u8 kind, const u8 *message, size_t len)
{
	const struct tlsup_context *ctx = tlsup_context(sk);
	struct tlsup_auth *auth = ctx->upgrade->auth;
	struct tlsup_bytes bytes = { message, len };
	u32 updates = ctx->role == TLSUP_ROLE_CLIENT ? ctx->tx_key_updates :
		      ctx->rx_key_updates;
	u32 portid = READ_ONCE(auth->portid);
	struct ask *a = new_ask(auth, kind);
	int err = -ESRCH;

	if (!a)
		return -EPROTO;
	/* A port that was given to somebody else is not told of it. */
	if (portid && tlsup_agent_registered(sock_net(sk), portid))
		err = tlsup_netlink_ask(sock_net(sk), portid, auth->cookie,
					a->number, updates, &bytes);
	if (err) {
		free_ask(auth, a);
		return -ECONNABORTED;
	}
	set_deadline(auth);
	return 0;
}

bool tlsup_auth_expects(const struct sock *sk, u8 type)
{
	const struct tlsup_context *ctx = tlsup_context(sk);
	const struct tlsup_auth *auth = ctx->upgrade->auth;

	if (!auth)
		return false;
	if (ctx->role == TLSUP_ROLE_CLIENT)
		return type == CERTIFICATE_REQUEST;
	if (!auth->flight_len)
		return auth->requested && (type == CERTIFICATE ||
					   type == COMPRESSED_CERTIFICATE);
	return type == CERTIFICATE_VERIFY || type == FINISHED;
}

/* A client's answer comes in one piece (RFC 8446 4.6.2), and is judged whole;
 * what stands behind it waits for the verdict. */
static int collect(struct sock *sk, const u8 *message, size_t len)
{
	struct tlsup_context *ctx = tlsup_context(sk);
	struct tlsup_auth *auth = ctx->upgrade->auth;
	int err;

	if (auth->flight_len + len > FLIGHT_MAX)
		return -EPROTO;
	if (!auth->flight)
		auth->flight = kvmalloc(FLIGHT_MAX, GFP_KERNEL_ACCOUNT);
	if (!auth->flight)
		return -ENOMEM;
	memcpy(auth->flight + auth->flight_len, message, len);
	auth->flight_len += len;
	ctx->upgrade->answering = message[0] != FINISHED;
	if (ctx->upgrade->answering)
		return 0;
	err = ask(sk, ASK_VERDICT, auth->flight, auth->flight_len);
	kvfree(auth->flight);
	auth->flight = NULL;
	auth->flight_len = 0;
	auth->requested = false;
	WRITE_ONCE(ctx->held, !err);
	return err;
}

int tlsup_auth_message(struct sock *sk, const u8 *message, size_t len)
{
	sock_owned_by_me(sk);
	return tlsup_context(sk)->role == TLSUP_ROLE_CLIENT ?
	       ask(sk, ASK_CLIENT, message, len) : collect(sk, message, len);
}

int tlsup_auth_request(struct sock *sk)
{
	struct tlsup_context *ctx = tlsup_context(sk);
	struct tlsup_upgrade *u = ctx->upgrade;
	int err;

	if (!u->auth || ctx->role != TLSUP_ROLE_SERVER)
		return -EOPNOTSUPP;
	if (u->auth_status == TLSUP_AUTH_PENDING)
		return -EALREADY;
	err = ask(sk, ASK_SERVER, NULL, 0);
	if (err)
		return err;
	u->auth_status = TLSUP_AUTH_PENDING;
	WRITE_ONCE(u->auth_news, false);
	return 0;
}

bool tlsup_auth_pins_key(const struct sock *sk)
{
	const struct tlsup_context *ctx = tlsup_context(sk);
	const struct tlsup_auth *auth = ctx->upgrade ? ctx->upgrade->auth : NULL;
	int i;

	if (!auth || ctx->role != TLSUP_ROLE_CLIENT)
		return false;
	for (i = 0; i < OPEN_MAX; i++)
		if (auth->asks[i].kind != ASK_FREE)
			return true;
	return false;
}

/* --- answers --- */

/* 0: sent; -EAGAIN: no room, it stays; with other errors it is lost. */
static int send_answer(struct sock *sk, struct ask *a)
{
	struct tlsup_auth *auth = tlsup_session(sk)->auth;
	int err;

	err = tlsup_send_message(sk, TLSUP_TYPE_HANDSHAKE, a->answer,
				 a->answer_len);
	if (err == -EAGAIN)
		return err;
	if (!err && a->kind == ASK_SERVER)
		auth->requested = true;
	free_ask(auth, a);
	return err;
}

void tlsup_auth_retry(struct sock *sk)
{
	struct tlsup_upgrade *u = tlsup_session(sk);
	struct tlsup_auth *auth = u->auth;
	int i, err = 0;

	if (!auth || !u->owes_answer)
		return;
	tlsup_send_flush(sk);
	for (i = 0; i < OPEN_MAX && !err; i++)
		if (auth->asks[i].answer)
			err = send_answer(sk, &auth->asks[i]);
	if (err == -EAGAIN) {
		if (sk->sk_socket)
			set_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
		return;
	}
	WRITE_ONCE(u->owes_answer, false);
	/* -EPIPE: it has ended already. */
	if (err && err != -EPIPE)
		give_up(sk, err, "an answer can't be sent");
}

static void wake_application(struct sock *sk)
{
	struct tlsup_context *ctx = tlsup_context(sk);

	ctx->base_data_ready(sk);
	sk->sk_state_change(sk);
}

/* *chain becomes what is to be freed. */
static void settle_verdict(struct sock *sk, struct ask *a, u8 **chain,
			   const struct tlsup_answer *answer)
{
	struct tlsup_context *ctx = tlsup_context(sk);
	struct tlsup_upgrade *u = ctx->upgrade;

	if (*chain) {
		swap(u->peer_chain, *chain);
		u->peer_chain_len = answer->peer_chain_len;
		u->flags &= ~TLSUP_F_PEER_VERIFIED;
		u->flags |= answer->flags & TLSUP_F_PEER_VERIFIED;
	}
	u->auth_status = answer->peer_chain_len ? TLSUP_AUTH_DONE :
						  TLSUP_AUTH_EMPTY;
	WRITE_ONCE(u->auth_news, true);
	WRITE_ONCE(ctx->held, 0);
	free_ask(u->auth, a);
	wake_application(sk);
}

static void settle_message(struct sock *sk, struct ask *a, u8 **message,
			   size_t len)
{
	swap(a->answer, *message);
	a->answer_len = len;
	count_open(tlsup_session(sk)->auth);
	WRITE_ONCE(tlsup_session(sk)->owes_answer, true);
	/* And the KeyUpdate that may have waited for it. */
	tlsup_post_retry(sk);
	wake_application(sk);
}

static struct ask *find_ask(struct tlsup_auth *auth, u32 number)
{
	int i;

	for (i = 0; i < OPEN_MAX; i++)
		if (is_open(&auth->asks[i]) && auth->asks[i].number == number)
			return &auth->asks[i];
	return NULL;
}

static int settle(struct sock *sk, const struct tlsup_answer *answer, u8 **chain,
		  u8 **message, const char **why)
{
	const struct tlsup_upgrade *u = tlsup_session(sk);
	struct ask *a;

	/* The cookie, since the agent that was found may have died since. */
	if (!u || !u->auth || u->auth->cookie != answer->cookie)
		return -ENOENT;
	a = find_ask(u->auth, answer->number);
	if (!a)
		return -ENOENT;
	if (a->kind == ASK_VERDICT ? answer->message_len :
	    !answer->message_len || answer->peer_chain_len) {
		*why = "not an answer to this question";
		return -EINVAL;
	}
	if (a->kind == ASK_VERDICT)
		settle_verdict(sk, a, chain, answer);
	else
		settle_message(sk, a, message, answer->message_len);
	return 0;
}

/* The kept connection's socket, with a reference, or NULL. */
static struct sock *find_kept(struct net *net, u32 portid, u64 cookie)
{
	struct tlsup_queue *q = tlsup_request_queue(net);
	struct tlsup_auth *auth;
	struct sock *sk = NULL;

	spin_lock_bh(&q->lock);
	hash_for_each_possible(q->kept, auth, node, cookie) {
		if (auth->cookie != cookie || auth->portid != portid)
			continue;
		sk = auth->sk;
		sock_hold(sk);
		break;
	}
	spin_unlock_bh(&q->lock);
	return sk;
}

static int copy(u8 **to, const u8 *from, size_t len)
{
	*to = NULL;
	if (!len)
		return 0;
	*to = kvmalloc(len, GFP_KERNEL_ACCOUNT);
	if (!*to)
		return -ENOMEM;
	memcpy(*to, from, len);
	return 0;
}

int tlsup_auth_answer(struct net *net, u32 portid,
		      const struct tlsup_answer *answer, const char **why)
{
	u8 *chain = NULL, *message = NULL;
	struct sock *sk;
	int err;

	if (!tlsup_outcome_chain_valid(answer->peer_chain, answer->peer_chain_len)) {
		*why = "malformed certificate chain";
		return -EINVAL;
	}
	sk = find_kept(net, portid, answer->cookie);
	if (!sk)
		return -ENOENT;
	err = copy(&chain, answer->peer_chain, answer->peer_chain_len) ?:
	      copy(&message, answer->message, answer->message_len);
	if (!err) {
		lock_sock(sk);
		err = settle(sk, answer, &chain, &message, why);
		release_sock(sk);
	}
	sock_put(sk);
	kvfree(chain);
	kvfree(message);
	return err;
}

int tlsup_auth_fail(struct net *net, u32 portid, u64 cookie,
		    const struct tlsup_fail *fail)
{
	struct sock *sk = find_kept(net, portid, cookie);
	const struct tlsup_upgrade *u;
	int err = -ENOENT;

	if (!sk)
		return err;
	lock_sock(sk);
	u = tlsup_session(sk);
	if (u && u->auth && u->auth->cookie == cookie) {
		tlsup_outcome_fail_open(sk, fail);
		err = 0;
	}
	release_sock(sk);
	sock_put(sk);
	return err;
}

/*
 * That agent's connections are nobody's from now on. The next one with an open
 * question, with a reference. Who asks at the same time, on another processor,
 * and is missed here has the deadline.
 */
static struct sock *disown(struct tlsup_queue *q, u32 portid)
{
	struct sock *sk = NULL;
	struct tlsup_auth *auth;
	int bucket;

	spin_lock_bh(&q->lock);
	hash_for_each(q->kept, bucket, auth, node) {
		if (auth->portid != portid)
			continue;
		WRITE_ONCE(auth->portid, 0);
		if (!READ_ONCE(auth->waiting))
			continue;
		sk = auth->sk;
		sock_hold(sk);
		break;
	}
	spin_unlock_bh(&q->lock);
	return sk;
}

void tlsup_auth_orphan(struct net *net, u32 portid)
{
	struct tlsup_queue *q = tlsup_request_queue(net);
	const struct tlsup_upgrade *u;
	struct sock *sk;

	while ((sk = disown(q, portid))) {
		lock_sock(sk);
		u = tlsup_session(sk);
		if (u && u->auth && u->auth->waiting)
			give_up(sk, -ECONNABORTED, "tlsupd died when it was asked");
		release_sock(sk);
		sock_put(sk);
		cond_resched();
	}
}
