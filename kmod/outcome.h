/* SPDX-License-Identifier: GPL-2.0-only */
/* How a handshake ends. All with the socket locked unless they say otherwise. */
#ifndef TLSUP_OUTCOME_H
#define TLSUP_OUTCOME_H

#include <linux/types.h>
#include <net/sock.h>

struct tlsup_request;

struct tlsup_bytes {
	const u8 *data;
	size_t len;
};

/* What an agent says in DONE; the bytes stay the caller's. */
struct tlsup_done {
	u16 version;
	u16 cipher_suite;
	u16 group;
	u16 signature_scheme;
	u32 flags;
	struct tlsup_bytes alpn;
	struct tlsup_bytes server_name;
	struct tlsup_bytes peer_chain;
	struct tlsup_bytes session;
	struct tlsup_bytes exporter;
	struct tlsup_bytes early_data;	/* a server's */
	bool keep;
};

/* What it says in FAIL. */
struct tlsup_fail {
	u32 error;		/* positive errno */
	u16 version;		/* agreed on by then, or 0 */
	u8 alert_sent;		/* or TLSUP_ALERT_NONE */
	u8 alert_received;
	struct tlsup_bytes reason;
};

/*
 * DONE and FAIL of an accepted request, which the caller holds; they take the
 * socket lock. 0; -ENOENT: it is over. DONE also: -EINVAL: *why says what is
 * wrong; -EAGAIN: handshake bytes are unsent; -ENOMEM; the request then goes on.
 */
int tlsup_outcome_done(struct tlsup_request *req, const struct tlsup_done *done,
		       const char **why);
int tlsup_outcome_fail(struct tlsup_request *req, const struct tlsup_fail *fail);

/* FAIL of an open connection: sends the alert that it names. Socket locked. */
void tlsup_outcome_fail_open(struct sock *sk, const struct tlsup_fail *fail);

/* Is it as TLSUP_PEER_CERTIFICATE gives it out? */
bool tlsup_outcome_chain_valid(const u8 *chain, size_t len);

/* The kernel ends it: the request, if one is under way, and the connection, of
 * which nothing is resumed then. reason NULL: the errno's own. Idempotent: the
 * first one counts. */
void tlsup_outcome_abort(struct sock *sk, int err, const char *reason);
/* The peer ended an open one without close_notify; what came of it is still
 * good. */
void tlsup_outcome_truncated(struct sock *sk);
/* The application closed first. */
void tlsup_outcome_cancel(struct sock *sk);

#endif /* TLSUP_OUTCOME_H */
