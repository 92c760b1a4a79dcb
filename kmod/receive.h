/* SPDX-License-Identifier: GPL-2.0-only */
/* Receiving: records on the TCP receive queue to plaintext. */
#ifndef TLSUP_RECEIVE_H
#define TLSUP_RECEIVE_H

#include <linux/types.h>
#include <net/sock.h>

struct tlsup_context;

/*
 * One record for the channel, under the current read state (also the NULL
 * state), without waiting: its content goes to msg, its type to *type; returns
 * the length (0 for an empty record, which is legal for none but type 23),
 * -EAGAIN: no whole record; -EPIPE: FIN, nothing left; -EMSGSIZE: msg is
 * shorter, and the record stays; other errors are final. Socket locked.
 */
int tlsup_receive_record(struct sock *sk, struct msghdr *msg, size_t len,
			 u8 *type);

/* Is a whole record, FIN or an error there? No lock needed; for poll of the
 * channel and for the callbacks. */
bool tlsup_receive_ready(const struct sock *sk);

/*
 * Upgrade mode, for poll: opens small records at the head of the queue far
 * enough to know whether read() has something to say (data, EOF, error);
 * handshake records and alerts are handled on the way. Takes the socket lock.
 */
bool tlsup_receive_readable(struct sock *sk);

void tlsup_receive_free(struct tlsup_context *ctx);

#endif /* TLSUP_RECEIVE_H */
