// SPDX-License-Identifier: GPL-2.0-only
/* outcome: owns how a handshake ends: DONE, FAIL, abort, cancel; and INFO. */

#include <linux/slab.h>
#include <net/tcp.h>

#include "auth.h"
#include "context.h"
#include "kdf.h"
#include "netlink.h"
#include "open.h"
#include "outcome.h"
#include "post.h"
#include "receive.h"
#include "request.h"
#include "resumption.h"
#include "send.h"
#include "session.h"
#include "stats.h"
#include "upgrade.h"

/* The handshake's table of <linux/tlsup.h>, with what the kernel has to say
 * where the agent said nothing. */
static const struct {
	int error;
	const char *reason;
} causes[] = {
	{ ESRCH,	"no tlsupd is registered in this network namespace" },
	{ ETIMEDOUT,	"the handshake's deadline passed" },
	{ EDQUOT,	"too many handshakes are under way" },
	{ EDESTADDRREQ,	"there is no name to verify the peer by" },
	{ ENOKEY,	"the profile has no certificate or trust anchor" },
	{ EKEYREJECTED,	"the peer's certificate is not trusted" },
	{ EKEYEXPIRED,	"the peer's certificate is out of its time" },
	{ EKEYREVOKED,	"the peer's certificate has been revoked" },
	{ EREMCHG,	"the peer's certificate is for another name" },
	{ EACCES,	"the peer refuses our certificate" },
	{ EPROTONOSUPPORT, "nothing in common with the peer" },
	{ EPROTO,	"the peer broke the protocol" },
	{ EBADMSG,	"a record does not authenticate" },
	{ ECONNRESET,	"the peer closed the connection" },
	{ ECONNABORTED,	"tlsupd gave up or died" },
	{ EMSGSIZE,	"a record is too long" },
};

static const char *cause(int error)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(causes); i++)
		if (causes[i].error == error)
			return causes[i].reason;
	return NULL;
}

/* The first failure's sentence stays. Control characters have no place in
 * what an administrator's terminal shows. */
static void set_reason(struct tlsup_upgrade *u, const char *text, size_t len)
{
	size_t i;

	if (u->reason[0])
		return;
	len = min_t(size_t, len, TLSUP_REASON_MAX);
	for (i = 0; i < len && text[i]; i++)
		u->reason[i] = (u8)text[i] < ' ' || text[i] == 0x7f ? '?' : text[i];
	u->reason[i] = '\0';
}

static void count_failure(struct sock *sk, int err)
{
	tlsup_stats_add(sock_net(sk), TLSUP_STAT_FAILED, 1);
	if (err == -ETIMEDOUT)
		tlsup_stats_add(sock_net(sk), TLSUP_STAT_TIMED_OUT, 1);
}

static void fail_connection(struct sock *sk, int err, const char *reason)
{
	struct tlsup_upgrade *u = tlsup_session(sk);

	if (!u->done)
		count_failure(sk, err);
	tlsup_auth_end(sk);
	tlsup_resumption_end(sk);
	if (!reason)
		reason = cause(-err) ?: "";
	set_reason(u, reason, strlen(reason));
	tlsup_context_fail(sk, err);
	sk->sk_state_change(sk);
	tlsup_netlink_event(sk, TLSUP_EVENT_FAILED);
}

static struct tlsup_request *current_request(const struct sock *sk)
{
	return rcu_dereference_protected(tlsup_session(sk)->request,
					 lockdep_sock_is_held(sk));
}

/* Ends the request, if there is one, and tells the agent that has it. */
static bool drop_request(struct sock *sk)
{
	struct tlsup_request *req = current_request(sk);
	u64 cookie;
	u32 portid;

	if (!req)
		return false;
	cookie = req->cookie;
	portid = tlsup_request_end(req);
	if (portid)
		tlsup_netlink_cancel(sock_net(sk), portid, cookie);
	return true;
}

/* The record path may have failed the connection while a request was under
 * way: then the request is what is left to end. */
void tlsup_outcome_abort(struct sock *sk, int err, const char *reason)
{
	sock_owned_by_me(sk);
	/* Whatever ends an open connection so is a fatal alert's cause, or one. */
	tlsup_resumption_forget(sk);
	if (drop_request(sk) || tlsup_context(sk)->state != TLSUP_STATE_FAILED)
		fail_connection(sk, err, reason);
}

/* RFC 5246 7.2.1: that is no reason against resuming. */
void tlsup_outcome_truncated(struct sock *sk)
{
	sock_owned_by_me(sk);
	if (tlsup_context(sk)->state != TLSUP_STATE_FAILED)
		fail_connection(sk, -ECONNRESET,
				"the connection ended without close_notify");
}

void tlsup_outcome_cancel(struct sock *sk)
{
	if (drop_request(sk))
		tlsup_stats_add(sock_net(sk), TLSUP_STAT_CANCELLED, 1);
}

static u32 known_error(u32 error)
{
	return error <= INT_MAX && cause(error) ? error : EPROTO;
}

void tlsup_outcome_fail_open(struct sock *sk, const struct tlsup_fail *fail)
{
	tlsup_post_fatal_alert(sk, fail->alert_sent);
	set_reason(tlsup_session(sk), fail->reason.data, fail->reason.len);
	tlsup_outcome_abort(sk, -(int)known_error(fail->error), NULL);
}

int tlsup_outcome_fail(struct tlsup_request *req, const struct tlsup_fail *fail)
{
	struct sock *sk = req->sk;
	struct tlsup_upgrade *u;
	int err = -ENOENT;

	lock_sock(sk);
	if (tlsup_request_current(req)) {
		u = tlsup_session(sk);
		if (fail->alert_sent != TLSUP_ALERT_NONE)
			u->alert_sent = fail->alert_sent;
		if (fail->alert_received != TLSUP_ALERT_NONE)
			u->alert_received = fail->alert_received;
		u->version = fail->version;
		set_reason(u, fail->reason.data, fail->reason.len);
		/* The agent knows that it is over: no CANCEL. */
		tlsup_request_end(req);
		fail_connection(sk, -(int)known_error(fail->error), NULL);
		err = 0;
	}
	release_sock(sk);
	return err;
}

static bool keyed(const struct tlsup_state *st, u16 version)
{
	if (!st->cipher || st->version != version)
		return false;
	return version == TLSUP_VERSION_1_2 ||
	       st->epoch == TLSUP_EPOCH_APPLICATION;
}

bool tlsup_outcome_chain_valid(const u8 *chain, size_t len)
{
	size_t at = 0;
	u32 part;

	while (at < len) {
		if (len - at < sizeof(part))
			return false;
		memcpy(&part, chain + at, sizeof(part));
		at += sizeof(part);
		if (!part || len - at < part)
			return false;
		at += part;
	}
	return true;
}

static bool early_data_fits(const struct tlsup_context *ctx,
			    const struct tlsup_done *done)
{
	return ctx->role == TLSUP_ROLE_SERVER &&
	       done->version == TLSUP_VERSION_1_3 &&
	       done->flags & TLSUP_F_EARLY_DATA;
}

static int check_done(struct sock *sk, const struct tlsup_done *done,
		      const char **why)
{
	const struct tlsup_context *ctx = tlsup_context(sk);
	int err = -EINVAL;

	if (ctx->error)
		err = -ENOENT;
	else if (!keyed(&ctx->tx, done->version))
		*why = "no application secret to send with";
	else if (!keyed(&ctx->rx, done->version))
		*why = "no application secret to receive with";
	else if (ctx->receive && ctx->receive->opened.valid)
		*why = "a record was not taken";
	else if (!tlsup_outcome_chain_valid(done->peer_chain.data,
					    done->peer_chain.len))
		*why = "malformed certificate chain";
	else if (done->exporter.len &&
		 done->exporter.len != tlsup_kdf_export_size(ctx->tx.cipher,
							     done->version))
		*why = "an exporter secret of a wrong length";
	else if (done->keep && done->version != TLSUP_VERSION_1_3)
		*why = "nothing is asked after a TLS 1.2 handshake";
	else if (done->early_data.len && !early_data_fits(ctx, done))
		*why = "early data where there can be none";
	else if (tlsup_send_pending(ctx))
		err = -EAGAIN;
	else
		err = 0;
	return err;
}

static void set_text(struct tlsup_text *text, const struct tlsup_bytes *bytes)
{
	text->len = min_t(size_t, bytes->len, sizeof(text->bytes));
	memcpy(text->bytes, bytes->data, text->len);
}

/* What was asked for gives way to what was agreed. */
static void settle(struct tlsup_upgrade *u, u8 role, const struct tlsup_done *done)
{
	u->version = done->version;
	u->cipher_suite = done->cipher_suite;
	u->group = done->group;
	u->signature_scheme = done->signature_scheme;
	u->flags |= done->flags;
	u->done = true;
	set_text(&u->alpn, &done->alpn);
	if (role == TLSUP_ROLE_SERVER)
		set_text(&u->server_name, &done->server_name);
}

static void open_up(struct sock *sk, struct tlsup_context *ctx)
{
	struct net *net = sock_net(sk);

	/* Pairs with the readers of state that go on to ctx->tx and rx without
	 * the socket lock: none but poll, which looks at neither. */
	WRITE_ONCE(ctx->state, TLSUP_STATE_OPEN);
	tlsup_stats_add(net, TLSUP_STAT_DONE, 1);
	if (ctx->upgrade->flags & TLSUP_F_RESUMED)
		tlsup_stats_add(net, TLSUP_STAT_RESUMED, 1);
	sk->sk_state_change(sk);
	sk_wake_async(sk, SOCK_WAKE_IO, POLL_OUT);
	tlsup_netlink_event(sk, TLSUP_EVENT_OPEN);
}

/* Copies of what DONE says, made without the socket lock; what was not taken
 * over by the session is freed. */
struct copies {
	u8 *chain, *session, *exporter;
	struct tlsup_auth *auth;
};

static int copy(u8 **to, const struct tlsup_bytes *bytes)
{
	*to = NULL;
	if (!bytes->len)
		return 0;
	*to = kvmalloc(bytes->len, GFP_KERNEL_ACCOUNT);
	if (!*to)
		return -ENOMEM;
	memcpy(*to, bytes->data, bytes->len);
	return 0;
}

static void copies_free(struct copies *c, const struct tlsup_done *done)
{
	kvfree(c->chain);
	if (c->session)
		kvfree_sensitive(c->session, done->session.len);
	if (c->exporter)
		kvfree_sensitive(c->exporter, done->exporter.len);
	kfree(c->auth);
}

/* A server's early data is what its first read gives. */
static int deliver_early(struct sock *sk, const struct tlsup_bytes *data)
{
	struct tlsup_context *ctx = tlsup_context(sk);
	int err;

	if (!data->len)
		return 0;
	err = tlsup_receive_start(sk);
	if (err)
		return err;
	ctx->upgrade->early.bytes = data->len;
	return tlsup_opened_set(&ctx->receive->opened, data->data, data->len);
}

static int settle_request(struct tlsup_request *req,
			  const struct tlsup_done *done, struct copies *c,
			  const char **why)
{
	struct sock *sk = req->sk;
	struct tlsup_context *ctx;
	struct tlsup_upgrade *u;
	u32 portid;
	int err;

	if (!tlsup_request_current(req))
		return -ENOENT;
	err = check_done(sk, done, why);
	if (err)
		return err;
	ctx = tlsup_context(sk);
	u = ctx->upgrade;
	err = deliver_early(sk, &done->early_data);
	if (err)
		return err;
	portid = tlsup_request_end(req);
	settle(u, ctx->role, done);
	swap(u->peer_chain, c->chain);
	u->peer_chain_len = done->peer_chain.len;
	swap(u->session, c->session);
	u->session_len = done->session.len;
	swap(u->exporter, c->exporter);
	u->exporter_len = done->exporter.len;
	if (c->auth) {
		tlsup_auth_keep(sk, c->auth, portid);
		c->auth = NULL;
	}
	open_up(sk, ctx);
	/* Before any write that has waited: the socket lock is ours. */
	if (ctx->role == TLSUP_ROLE_CLIENT) {
		err = tlsup_early_finish(sk, done->flags & TLSUP_F_EARLY_DATA);
		if (err)
			tlsup_outcome_abort(sk, err, "what was written early can't be sent");
	}
	return 0;
}

int tlsup_outcome_done(struct tlsup_request *req, const struct tlsup_done *done,
		       const char **why)
{
	struct copies c = {};
	int err;

	err = copy(&c.chain, &done->peer_chain) ?:
	      copy(&c.session, &done->session) ?:
	      copy(&c.exporter, &done->exporter);
	if (!err && done->keep) {
		c.auth = tlsup_auth_new();
		err = c.auth ? 0 : -ENOMEM;
	}
	if (!err) {
		lock_sock(req->sk);
		err = settle_request(req, done, &c, why);
		release_sock(req->sk);
	}
	copies_free(&c, done);
	return err;
}

void tlsup_upgrade_info(const struct sock *sk, struct tlsup_info *info)
{
	const struct tlsup_context *ctx = tlsup_context(sk);
	const struct tlsup_upgrade *u = ctx->upgrade;

	memset(info, 0, sizeof(*info));
	info->state = ctx->state;
	info->role = ctx->role;
	info->error = -ctx->error;
	info->version = ctx->tx.version;
	info->alert_sent = TLSUP_ALERT_NONE;
	info->alert_received = TLSUP_ALERT_NONE;
	info->tx_record_limit = ctx->tx_limit;
	info->rx_record_limit = ctx->rx_limit;
	info->tx_bytes = ctx->tx_bytes;
	info->rx_bytes = ctx->rx_bytes;
	info->tx_records = ctx->tx_records;
	info->rx_records = ctx->rx_records;
	info->tx_key_updates = ctx->tx_key_updates;
	info->rx_key_updates = ctx->rx_key_updates;
	if (!u)
		return;
	info->flags = u->flags;
	info->version = u->version;
	info->cipher_suite = u->cipher_suite;
	info->group = u->group;
	info->signature_scheme = u->signature_scheme;
	info->early_bytes = u->early.bytes;
	info->alert_sent = u->alert_sent;
	info->alert_received = u->alert_received;
	info->alert_sent_level = u->alert_sent_level;
	info->alert_received_level = u->alert_received_level;
	memcpy(info->reason, u->reason, sizeof(info->reason));
}
