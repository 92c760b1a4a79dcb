/* SPDX-License-Identifier: GPL-2.0-only */
/* Sending: plaintext to records on the TCP write queue. */
#ifndef TLSUP_SEND_H
#define TLSUP_SEND_H

#include <linux/types.h>
#include <net/sock.h>

struct tlsup_context;

/* proto and proto_ops entries; they take the socket lock. */
int tlsup_sendmsg(struct sock *sk, struct msghdr *msg, size_t size);
void tlsup_splice_eof(struct socket *sock);

/* With the context's birth, and when it is off the socket. */
void tlsup_send_init(struct sock *sk, struct tlsup_context *ctx);
void tlsup_send_stop(struct sock *sk, struct tlsup_context *ctx);

/* Makes ctx->send, if it isn't there: 0 or -ENOMEM. Process context, locked. */
int tlsup_send_start(struct sock *sk);

/*
 * One message of a type other than application data, cut into records under
 * the current write state (also the NULL state) and queued whole: 0, or
 * -EAGAIN with nothing queued if unsent bytes are still waiting for room, or
 * the connection's error. Never waits; what TCP doesn't take now leaves as
 * room opens. An open record (MSG_MORE) is closed and goes before. Socket
 * locked, process context; len at most 65536.
 */
int tlsup_send_message(struct sock *sk, u8 type, const void *data, size_t len);

/* Sealed bytes that TCP has not taken yet? The write state may change only
 * after records are sealed, so this matters for closing alone. Locked. */
bool tlsup_send_pending(const struct tlsup_context *ctx);
/* May the application write without waiting? For poll; takes the lock. */
bool tlsup_send_writable(struct sock *sk);
/* The same with the lock held: the channel's poll. */
bool tlsup_send_writable_locked(struct sock *sk);

/* Called from sk_write_space, socket lock held by BH or user; calls the base
 * callback when there is room for more than what waits. */
void tlsup_send_write_space(struct sock *sk);
/* Push what is open or pending as far as it goes without waiting; locked,
 * process context. */
void tlsup_send_flush(struct sock *sk);
/* The same, over SO_SNDBUF: nothing more will be sent. */
void tlsup_send_finish(struct sock *sk);
void tlsup_send_free(struct tlsup_context *ctx);

#endif /* TLSUP_SEND_H */
