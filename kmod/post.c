// SPDX-License-Identifier: GPL-2.0-only
/* post: owns what is not application data after the handshake: KeyUpdate,
 * tickets, alerts, close_notify. */

#include <linux/slab.h>
#include <net/sock.h>

#include "auth.h"
#include "compat.h"
#include "context.h"
#include "outcome.h"
#include "post.h"
#include "record.h"
#include "resumption.h"
#include "send.h"
#include "session.h"
#include "stats.h"
#include "trace.h"

/* RFC 8446 4 and 6; RFC 5246 7.2 and 7.4. */
enum handshake_type {
	HELLO_REQUEST = 0,
	CLIENT_HELLO = 1,
	NEW_SESSION_TICKET = 4,
	KEY_UPDATE = 24,
};

enum alert_level { WARNING = 1, FATAL = 2 };

enum alert {
	CLOSE_NOTIFY = 0,
	UNEXPECTED_MESSAGE = 10,
	BAD_RECORD_MAC = 20,
	RECORD_OVERFLOW = 22,
	ILLEGAL_PARAMETER = 47,
	DECODE_ERROR = 50,
	PROTOCOL_VERSION = 70,
	INTERNAL_ERROR = 80,
	USER_CANCELED = 90,
	NO_RENEGOTIATION = 100,
};

#define MESSAGE_HEAD		4
#define MESSAGE_MAX		32768
/* Messages and warnings in a row, without a byte of application data between:
 * no honest peer comes near it. */
#define IDLE_MESSAGES_MAX	32

void tlsup_post_alert(struct sock *sk, u8 level, u8 description)
{
	u8 alert[2] = { level, description };

	if (tlsup_send_message(sk, TLSUP_TYPE_ALERT, alert, sizeof(alert)))
		return;
	tlsup_session(sk)->alert_sent = description;
	tlsup_session(sk)->alert_sent_level = level;
	trace_tlsup_alert(tlsup_context(sk), true, level, description);
}

void tlsup_post_fatal_alert(struct sock *sk, u8 description)
{
	if (description == TLSUP_ALERT_NONE)
		description = INTERNAL_ERROR;
	tlsup_post_alert(sk, FATAL, description);
}

/* The peer broke the protocol: says so to it, and fails the connection. */
static int reject(struct sock *sk, enum alert alert, const char *reason)
{
	tlsup_post_alert(sk, FATAL, alert);
	tlsup_outcome_abort(sk, -EPROTO, reason);
	return -EPROTO;
}

static bool too_many(struct tlsup_context *ctx)
{
	struct tlsup_upgrade *u = ctx->upgrade;

	if (ctx->rx_bytes != u->seen_bytes)
		u->idle_messages = 0;
	u->seen_bytes = ctx->rx_bytes;
	return ++u->idle_messages > IDLE_MESSAGES_MAX;
}

int tlsup_post_key_update(struct sock *sk, u8 request)
{
	const u8 message[] = { KEY_UPDATE, 0, 0, 1, request };
	struct tlsup_context *ctx = tlsup_context(sk);
	struct tlsup_state next;
	int err;

	if (tlsup_auth_pins_key(sk))
		return -EAGAIN;
	/* Whatever may fail comes before the message that cannot be undone. */
	err = tlsup_state_next(&next, &ctx->tx);
	if (err)
		return err;
	err = tlsup_send_message(sk, TLSUP_TYPE_HANDSHAKE, message,
				 sizeof(message));
	if (err) {
		tlsup_state_wipe(&next);
		return err;
	}
	tlsup_state_replace(&ctx->tx, &next);
	ctx->tx_key_updates++;
	trace_tlsup_key_update(ctx, true);
	tlsup_stats_add(sock_net(sk), TLSUP_STAT_TX_KEY_UPDATES, 1);
	if (request == TLSUP_KEY_UPDATE_REQUESTED && ctx->upgrade)
		ctx->upgrade->asked_key_update = true;
	return 0;
}

/* One answer does for all requests that came since the last (RFC 8446 4.6.3:
 * who gets several while it is silent is to "respond with a single update"). */
static void retry_key_update(struct sock *sk, struct tlsup_upgrade *u)
{
	int err;

	tlsup_send_flush(sk);
	err = tlsup_post_key_update(sk, TLSUP_KEY_UPDATE_NOT_REQUESTED);
	if (err != -EAGAIN)
		WRITE_ONCE(u->owes_key_update, false);
	else if (sk->sk_socket)
		set_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
}

void tlsup_post_retry(struct sock *sk)
{
	struct tlsup_context *ctx = tlsup_context(sk);
	struct tlsup_upgrade *u = ctx->upgrade;

	if (likely(!u->owes_key_update && !u->owes_answer))
		return;
	if (ctx->state != TLSUP_STATE_OPEN || u->flags & TLSUP_F_CLOSE_SENT) {
		WRITE_ONCE(u->owes_key_update, false);
		WRITE_ONCE(u->owes_answer, false);
		return;
	}
	if (u->owes_answer)
		tlsup_auth_retry(sk);
	if (u->owes_key_update)
		retry_key_update(sk, u);
}

static int update_read_key(struct sock *sk, const u8 *body, size_t len,
			   bool at_end)
{
	struct tlsup_context *ctx = tlsup_context(sk);
	struct tlsup_upgrade *u = ctx->upgrade;
	struct tlsup_state next;
	int err;

	if (len != 1)
		return reject(sk, DECODE_ERROR, "malformed KeyUpdate");
	if (body[0] > TLSUP_KEY_UPDATE_REQUESTED)
		return reject(sk, ILLEGAL_PARAMETER, "malformed KeyUpdate");
	/* RFC 8446 5.1: a key change aligns with a record boundary. */
	if (!at_end)
		return reject(sk, UNEXPECTED_MESSAGE,
			      "KeyUpdate is not the last of its record");
	err = tlsup_state_next(&next, &ctx->rx);
	if (err) {
		tlsup_post_alert(sk, FATAL, INTERNAL_ERROR);
		tlsup_outcome_abort(sk, err, "no memory for a KeyUpdate");
		return err;
	}
	tlsup_state_replace(&ctx->rx, &next);
	ctx->rx_key_updates++;
	trace_tlsup_key_update(ctx, false);
	tlsup_stats_add(sock_net(sk), TLSUP_STAT_RX_KEY_UPDATES, 1);
	if (u->asked_key_update)
		u->idle_messages = 0;
	u->asked_key_update = false;
	if (body[0] == TLSUP_KEY_UPDATE_REQUESTED) {
		WRITE_ONCE(u->owes_key_update, true);
		tlsup_post_retry(sk);
	}
	return 0;
}

/* RFC 5246 7.2.2: a warning, and the connection goes on under the old keys. */
static int refuse_renegotiation(struct sock *sk)
{
	tlsup_post_alert(sk, WARNING, NO_RENEGOTIATION);
	return 0;
}

static int authenticate(struct sock *sk, const u8 *message, size_t len)
{
	int err = tlsup_auth_message(sk, message, len);

	if (err == -EPROTO)
		return reject(sk, UNEXPECTED_MESSAGE,
			      "more of an authentication than can be");
	if (err) {
		tlsup_post_alert(sk, FATAL, INTERNAL_ERROR);
		tlsup_outcome_abort(sk, err, "tlsupd can't be asked");
	}
	return err;
}

/* A whole message with its header; is it the last in its record? */
static int handle_message(struct sock *sk, const u8 *message, size_t len,
			  bool at_end)
{
	struct tlsup_context *ctx = tlsup_context(sk);
	bool client = ctx->role == TLSUP_ROLE_CLIENT;
	bool v13 = ctx->upgrade->version == TLSUP_VERSION_1_3;

	if (too_many(ctx))
		return reject(sk, UNEXPECTED_MESSAGE,
			      "too many messages and no data");
	if (tlsup_auth_expects(sk, message[0]))
		return authenticate(sk, message, len);
	if (ctx->upgrade->answering)
		return reject(sk, UNEXPECTED_MESSAGE,
			      "something else inside the client's answer");
	if (v13 && client && message[0] == NEW_SESSION_TICKET) {
		tlsup_resumption_ticket(sk, message, len);
		return 0;
	}
	if (v13 && message[0] == KEY_UPDATE)
		return update_read_key(sk, message + MESSAGE_HEAD,
				       len - MESSAGE_HEAD, at_end);
	if (!v13 && message[0] == (client ? HELLO_REQUEST : CLIENT_HELLO))
		return client && len > MESSAGE_HEAD ?
		       reject(sk, DECODE_ERROR, "malformed HelloRequest") :
		       refuse_renegotiation(sk);
	return reject(sk, UNEXPECTED_MESSAGE,
		      "an unexpected handshake message after the handshake");
}

static void forget_message(struct tlsup_upgrade *u)
{
	kvfree(u->message);
	u->message = NULL;
	u->message_len = 0;
	u->message_size = 0;
}

/* The header is whole: room for the rest. */
static int start_message(struct sock *sk, struct tlsup_upgrade *u)
{
	u->message_size = MESSAGE_HEAD + get_unaligned_be24(u->message_head + 1);
	if (u->message_size > MESSAGE_MAX)
		return reject(sk, ILLEGAL_PARAMETER, "a handshake message is too long");
	u->message = kvmalloc(u->message_size, GFP_KERNEL_ACCOUNT);
	if (!u->message) {
		tlsup_post_alert(sk, FATAL, INTERNAL_ERROR);
		tlsup_outcome_abort(sk, -ENOMEM, "no memory for a message");
		return -ENOMEM;
	}
	memcpy(u->message, u->message_head, MESSAGE_HEAD);
	return 0;
}

/* Messages may be cut and coalesced as the peer likes (RFC 8446 5.1). */
static int handshake(struct sock *sk, const u8 *data, size_t len)
{
	struct tlsup_upgrade *u = tlsup_session(sk);
	int err = 0;
	size_t n;

	while (len && !err) {
		if (!u->message) {
			n = min_t(size_t, len, MESSAGE_HEAD - u->message_len);
			memcpy(u->message_head + u->message_len, data, n);
		} else {
			n = min_t(size_t, len, u->message_size - u->message_len);
			memcpy(u->message + u->message_len, data, n);
		}
		u->message_len += n;
		data += n;
		len -= n;
		if (!u->message && u->message_len == MESSAGE_HEAD)
			err = start_message(sk, u);
		if (!err && u->message && u->message_len == u->message_size) {
			err = handle_message(sk, u->message, u->message_size, !len);
			forget_message(u);
		}
	}
	return err;
}

static int close_notify(struct sock *sk, struct tlsup_context *ctx)
{
	ctx->eof = 1;
	ctx->upgrade->flags |= TLSUP_F_CLOSE_RECEIVED;
	if (ctx->upgrade->flags & TLSUP_F_CLOSE_SENT)
		WRITE_ONCE(ctx->state, TLSUP_STATE_CLOSED);
	return 0;
}

/* RFC 8446 6: in TLS 1.3 all but two are fatal, whatever their level. */
static bool is_ignored(const struct tlsup_upgrade *u, u8 level, u8 description)
{
	if (u->version == TLSUP_VERSION_1_3)
		return description == USER_CANCELED;
	return level == WARNING;
}

static int alert(struct sock *sk, const u8 *data, size_t len)
{
	struct tlsup_context *ctx = tlsup_context(sk);
	struct tlsup_upgrade *u = ctx->upgrade;

	if (len != 2)
		return reject(sk, DECODE_ERROR, "malformed alert");
	u->alert_received = data[1];
	u->alert_received_level = data[0];
	trace_tlsup_alert(ctx, false, data[0], data[1]);
	if (data[1] == CLOSE_NOTIFY)
		return close_notify(sk, ctx);
	if (is_ignored(u, data[0], data[1]))
		return too_many(ctx) ? reject(sk, UNEXPECTED_MESSAGE,
					      "too many warnings and no data") : 0;
	tlsup_outcome_abort(sk, -ECONNABORTED, "the peer sent a fatal alert");
	return -ECONNABORTED;
}

int tlsup_post_data(struct sock *sk)
{
	const struct tlsup_upgrade *u = tlsup_session(sk);

	if (likely(!u->message_len && !u->answering))
		return 0;
	return reject(sk, UNEXPECTED_MESSAGE,
		      "application data inside a handshake message");
}

static int alert_record(struct sock *sk, const u8 *data, size_t len)
{
	if (tlsup_session(sk)->message_len)
		return reject(sk, UNEXPECTED_MESSAGE,
			      "an alert inside a handshake message");
	return alert(sk, data, len);
}

int tlsup_post_record(struct sock *sk, u8 type, const u8 *data, size_t len)
{
	sock_owned_by_me(sk);
	if (!len)
		return reject(sk, UNEXPECTED_MESSAGE, "an empty record");
	switch (type) {
	case TLSUP_TYPE_ALERT:
		return alert_record(sk, data, len);
	case TLSUP_TYPE_HANDSHAKE:
		return handshake(sk, data, len);
	default:
		return reject(sk, UNEXPECTED_MESSAGE, "a record of an unexpected type");
	}
}

static enum alert alert_for(int err)
{
	switch (err) {
	case -EBADMSG:
		return BAD_RECORD_MAC;
	case -EMSGSIZE:
		return RECORD_OVERFLOW;
	case -EPROTO:
		return UNEXPECTED_MESSAGE;
	case -EINVAL:
		return PROTOCOL_VERSION;
	default:
		return INTERNAL_ERROR;
	}
}

void tlsup_post_receive_error(struct sock *sk, int err)
{
	struct tlsup_context *ctx = tlsup_context(sk);

	if (ctx->state != TLSUP_STATE_OPEN)
		return;
	tlsup_post_alert(sk, FATAL, alert_for(err));
	tlsup_outcome_abort(sk, err == -EINVAL ? -EPROTO : err, NULL);
}

int tlsup_post_truncated(struct sock *sk)
{
	struct tlsup_context *ctx = tlsup_context(sk);

	if (!ctx->error) {
		tlsup_stats_add(sock_net(sk), TLSUP_STAT_TRUNCATED, 1);
		tlsup_outcome_truncated(sk);
	}
	return ctx->error;
}

void tlsup_post_close_notify(struct sock *sk)
{
	struct tlsup_context *ctx = tlsup_context(sk);
	struct tlsup_upgrade *u = ctx->upgrade;

	if (!u || ctx->state != TLSUP_STATE_OPEN ||
	    u->flags & TLSUP_F_CLOSE_SENT)
		return;
	/* With bytes waiting for room the alert would find none either, and
	 * the peer take the end for a truncation. */
	tlsup_send_finish(sk);
	tlsup_post_alert(sk, WARNING, CLOSE_NOTIFY);
	u->flags |= TLSUP_F_CLOSE_SENT;
	if (ctx->eof)
		WRITE_ONCE(ctx->state, TLSUP_STATE_CLOSED);
}
