/* SPDX-License-Identifier: GPL-2.0-only */
/* After the handshake, in upgrade mode: KeyUpdate, tickets, alerts, close. */
#ifndef TLSUP_POST_H
#define TLSUP_POST_H

#include <linux/types.h>
#include <net/sock.h>

struct tlsup_context;

/*
 * A record that is not application data was opened in state OPEN: 0: go on
 * reading (the read state may have changed); negative: the connection failed,
 * and what had to be sent was sent. close_notify sets ctx->eof. data is
 * readable and writable for the length of the call. Socket locked.
 */
int tlsup_post_record(struct sock *sk, u8 type, const u8 *data, size_t len);

/*
 * A record of application data was opened in state OPEN: 0, or negative when
 * it stands inside a handshake message (RFC 8446 5.1), as above. Cheap: call
 * it for each. Socket locked.
 */
int tlsup_post_data(struct sock *sk);

/* The receive path failed (negative errno): send the alert that says so, and
 * fail the connection. Socket locked. */
void tlsup_post_receive_error(struct sock *sk, int err);

/* FIN came where close_notify should have been. Socket locked; returns what
 * recv() returns. */
int tlsup_post_truncated(struct sock *sk);

/* shutdown(SHUT_WR) or close(): close_notify, once. Flush before; if bytes
 * are still unsent then, it is lost. Nothing but in state OPEN. Locked. */
void tlsup_post_close_notify(struct sock *sk);

/* TLSUP_KEY_UPDATE, and before the AEAD limit (RFC 8446 5.5): 0, -EAGAIN:
 * unsent bytes wait for room, or the connection's error. Locked. */
int tlsup_post_key_update(struct sock *sk, u8 request);

/* What could not be sent for want of room (KeyUpdate) is tried again. Process
 * context, socket locked. */
void tlsup_post_retry(struct sock *sk);

/* Sends an alert, as far as there is room, and remembers it. Locked. */
void tlsup_post_alert(struct sock *sk, u8 level, u8 description);
/* The same for the one that an agent names; TLSUP_ALERT_NONE: internal_error. */
void tlsup_post_fatal_alert(struct sock *sk, u8 description);

#endif /* TLSUP_POST_H */
