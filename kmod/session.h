/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a socket in upgrade mode knows: what the application asked for, the
 * request under way, how it ended, and what came after. All of it under the
 * socket lock unless a field says otherwise.
 *
 * Lifetime: made by the first option or by ->clone, freed when the context's
 * reference (tlsup_upgrade_free) and that of the queued work are both gone.
 */
#ifndef TLSUP_SESSION_H
#define TLSUP_SESSION_H

#include <linux/refcount.h>
#include <linux/workqueue.h>
#include <net/sock.h>
#include <linux/tlsup.h>
#include <linux/tlsup_netlink.h>

#include "context.h"
#include "early.h"

struct tlsup_auth;
struct tlsup_request;

struct tlsup_text {
	u16 len;
	u8 bytes[TLSUP_ALPN_MAX];
};

struct tlsup_upgrade {
	refcount_t refs;
	struct sock *sk;
	struct work_struct work;	/* upgrade.c: what a softirq noticed */
	struct rcu_head rcu;

	struct tlsup_early early;	/* a client's */

	/* Asked for; fixed once the handshake has begun, and from then on
	 * server_name and alpn are what was agreed. */
	struct tlsup_text server_name;
	struct tlsup_text alpn;
	struct tlsup_text profile;
	u32 verify;
	u32 timeout_ms;

	bool connecting;	/* written locked; connect() came back early */
	bool unreported;	/* connect() has not told the outcome yet */

	/* Written locked, read under RCU by the wake-ups. */
	struct tlsup_request __rcu *request;
	u64 cookie;		/* the request's, for POST */
	struct hlist_node ticketed; /* resumption.c; the queue's lock */

	/* The outcome. */
	u16 version;
	u16 cipher_suite;
	u16 group;
	u16 signature_scheme;
	u32 flags;		/* TLSUP_F_* */
	u8 alert_sent;
	u8 alert_received;
	u8 alert_sent_level;	/* 0: none */
	u8 alert_received_level;
	bool done;		/* the handshake succeeded once */
	char reason[TLSUP_REASON_MAX + 1];
	u8 *peer_chain;
	u8 *session;
	u8 *exporter;		/* secret, as its attribute; NULL: none */
	u32 peer_chain_len;
	u32 session_len;
	u32 exporter_len;

	/* After the handshake (post.c). */
	u8 *message;		/* a handshake message that is not whole yet, */
	u8 message_head[4];	/* NULL until its header is */
	u32 message_len;
	u32 message_size;
	u64 seen_bytes;		/* ctx->rx_bytes at the last one */
	u16 idle_messages;	/* messages since application data came */
	bool asked_key_update;	/* of the peer, and not answered yet */
	bool owes_key_update;	/* an answer that found no room */
	struct tlsup_auth *auth; /* NULL: nobody can be asked */
	u8 auth_status;		/* TLSUP_AUTH_*, of a server */
	bool auth_news;		/* ... and nobody has looked yet; POLLPRI */
	bool answering;		/* the peer is in the middle of an answer */
	bool owes_answer;	/* of ours, that found no room */
};

static inline struct tlsup_upgrade *tlsup_session(const struct sock *sk)
{
	const struct tlsup_context *ctx = tlsup_context(sk);

	return ctx ? READ_ONCE(ctx->upgrade) : NULL;
}

static inline bool tlsup_under_way(u8 state)
{
	return state == TLSUP_STATE_PENDING || state == TLSUP_STATE_HANDSHAKE;
}

/* upgrade.c, for options.c: chooses upgrade mode or says why it is too late;
 * START. Socket locked. */
int tlsup_upgrade_choose(struct sock *sk);
int tlsup_upgrade_start(struct sock *sk, const struct tlsup_start *start);
/* Queues the work that looks after what a softirq or a full queue left. Any
 * context. */
void tlsup_upgrade_kick(struct tlsup_upgrade *u);

#endif /* TLSUP_SESSION_H */
