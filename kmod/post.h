/* SPDX-License-Identifier: GPL-2.0-only */
/* After the handshake, in upgrade mode: KeyUpdate, tickets, alerts, close. */
#ifndef TLSUP_POST_H
#define TLSUP_POST_H

#include <linux/types.h>
#include <net/sock.h>

/*
 * A record that is not application data was opened in state OPEN: 0: go on
 * reading (the read state may have changed); negative: the connection failed,
 * and what had to be sent was sent. close_notify sets ctx->eof. data is
 * readable and writable for the length of the call. Socket locked.
 */
int tlsup_post_record(struct sock *sk, u8 type, const u8 *data, size_t len);

/* The receive path failed (negative errno): send the alert that says so, and
 * fail the connection. Socket locked. */
void tlsup_post_receive_error(struct sock *sk, int err);

/* FIN came where close_notify should have been. Socket locked; returns what
 * recv() returns. */
int tlsup_post_truncated(struct sock *sk);

/* shutdown(SHUT_WR) or close(): close_notify, once. Socket locked. */
void tlsup_post_close_notify(struct sock *sk);

/* TLSUP_KEY_UPDATE, and before the AEAD limit (RFC 8446 5.5). Locked. */
int tlsup_post_key_update(struct sock *sk, u8 request);

#endif /* TLSUP_POST_H */
