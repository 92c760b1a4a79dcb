/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A client's early data (RFC 8446 2.3): what the application writes before the
 * handshake is over. It waits here; leaves as 0-RTT while the agent lets it,
 * and when the handshake is over what the server has not got. All with the
 * socket locked.
 */
#ifndef TLSUP_EARLY_H
#define TLSUP_EARLY_H

#include <linux/types.h>
#include <net/sock.h>

struct msghdr;

struct tlsup_early {
	u32 max;		/* TLSUP_EARLY_DATA; 0: none */
	u32 limit;		/* the ticket's: what may leave as 0-RTT */
	u32 len;		/* written so far; data has room for max */
	u32 sent;		/* of these, as 0-RTT */
	u32 bytes;		/* for INFO, when all is over */
	bool closed;		/* no more leaves as 0-RTT */
	u8 *data;
};

/* A write while the handshake is made: the number of bytes taken, 0: it has to
 * wait, or -ENOMEM, -EFAULT. */
int tlsup_early_write(struct sock *sk, struct msghdr *msg);
/* The same of a write that makes the connection. */
int tlsup_early_first(struct sock *sk, struct msghdr *msg);
/* The connection was not made, nothing has left: another may be tried, for
 * which the application writes again. */
void tlsup_early_forget(struct tlsup_early *e);
/* Under the early secret: what may leave leaves, as far as there is room. */
void tlsup_early_push(struct sock *sk);
/* From here on nothing does. */
void tlsup_early_end(struct sock *sk);
/* The handshake is over, keys are in place, nothing unsent waits: what the
 * server has not got (accepted or not) leaves. 0, or an error that ends the
 * connection. */
int tlsup_early_finish(struct sock *sk, bool accepted);
void tlsup_early_free(struct tlsup_early *e);

#endif /* TLSUP_EARLY_H */
