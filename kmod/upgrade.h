/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Upgrade mode as the application sees it: what it asked for, the gate that
 * holds its reads and writes until the handshake is over, and how it ended.
 */
#ifndef TLSUP_UPGRADE_H
#define TLSUP_UPGRADE_H

#include <linux/types.h>
#include <net/sock.h>
#include <linux/tlsup.h>

struct tlsup_context;
struct tlsup_request;

/*
 * The gate: 0 when application data may flow, else what the call returns:
 * waits for the handshake unless flags has MSG_DONTWAIT (-EAGAIN), -EINTR or
 * -ERESTARTSYS by signal, the final error, or -ENOTCONN before a connection.
 * Only for ctx->mode == TLSUP_MODE_UPGRADE. Socket locked; the lock is dropped
 * while waiting.
 */
int tlsup_upgrade_gate(struct sock *sk, int flags, bool sending);

/* proto_ops entries that upgrade mode needs; they call the base ones. */
int tlsup_upgrade_connected(struct sock *sk, int flags, int base_result);
int tlsup_upgrade_accepted(struct sock *listener, struct sock *child);

/* ->clone of an armed listener: the child inherits names and profile, -ENOMEM
 * leaves it failed. Softirq. */
int tlsup_upgrade_clone(struct tlsup_context *child,
			const struct tlsup_context *listener, gfp_t gfp);
/* From sk_state_change: a non-blocking connect() came through, or the
 * connection died while a handshake was under way. Any context. */
void tlsup_upgrade_state_change(struct sock *sk);
/* From sk_data_ready and sk_write_space: wake the channel. Any context. */
void tlsup_upgrade_wake_channel(struct sock *sk);
/* close(): cancel the request, say close_notify. Socket locked. */
void tlsup_upgrade_close(struct sock *sk);
void tlsup_upgrade_free(struct tlsup_context *ctx);

/* SOL_TLSUP; they take the socket lock. options.c */
int tlsup_options_set(struct sock *sk, int optname, sockptr_t optval,
		      unsigned int optlen);
int tlsup_options_get(struct sock *sk, int optname, char __user *optval,
		      int __user *optlen);
/* Fills what INFO tells; locked. */
void tlsup_upgrade_info(const struct sock *sk, struct tlsup_info *info);

#endif /* TLSUP_UPGRADE_H */
