/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Upgrade mode as the application sees it: what it asked for, the gate that
 * holds its reads and writes until the handshake is over, and how it ended.
 *
 * A socket whose state is TLSUP_STATE_IDLE is plain TCP, whatever its mode:
 * options on a connected socket are only notes until START.
 */
#ifndef TLSUP_UPGRADE_H
#define TLSUP_UPGRADE_H

#include <linux/types.h>
#include <net/sock.h>
#include <linux/tlsup.h>

struct tlsup_context;

/* The whole hand-off (counters, requests, channels, netlink), before the ULP
 * is registered and after it is unregistered. */
int tlsup_upgrade_init(void);
void tlsup_upgrade_exit(void);

/*
 * The gate: 0 when application data may flow, else what the call returns:
 * waits for the handshake unless flags has MSG_DONTWAIT (-EAGAIN), -EINTR or
 * -ERESTARTSYS by signal, the final error, or -ENOTCONN before a connection.
 * Only for ctx->mode == TLSUP_MODE_UPGRADE; 0 in state IDLE, too. Socket
 * locked; the lock is dropped while waiting.
 */
int tlsup_upgrade_gate(struct sock *sk, int flags, bool sending);

/*
 * sendto(MSG_FASTOPEN), before the gate: connects to msg's address, after it has
 * taken as early data what the application allowed. The number of bytes taken;
 * 0: the gate goes on (it waits for the handshake; in state IDLE the call is
 * TCP's); or an error, with nothing taken: connect()'s, -EISCONN, -EDESTADDRREQ
 * or -EOPNOTSUPP. Nothing leaves with the SYN. Socket locked; the lock is
 * dropped while waiting.
 */
int tlsup_upgrade_connect_write(struct sock *sk, struct msghdr *msg);

/*
 * After the base proto_ops.connect: flags and its result in, the call's result
 * out. After the base accept: starts the child's handshake, never waits. Both
 * take the socket lock, and do nothing outside upgrade mode.
 */
int tlsup_upgrade_connected(struct sock *sk, int flags, int base_result);
void tlsup_upgrade_accepted(struct sock *child);

/* ->clone of an armed listener: the child inherits names and profile; without
 * memory it is born failed. Softirq. */
void tlsup_upgrade_clone(struct tlsup_context *child,
			 const struct tlsup_context *listener, gfp_t gfp);
/* From sk_state_change: a non-blocking connect() came through, or the
 * connection died while a handshake was under way. Any context. */
void tlsup_upgrade_state_change(struct sock *sk);
/* From sk_data_ready and sk_write_space: wake the channel. Any context. */
void tlsup_upgrade_wake_channel(struct sock *sk);
/* close(): cancel the request, say close_notify. Socket locked. */
void tlsup_upgrade_close(struct sock *sk);
/* With the context's struct, in any context. */
void tlsup_upgrade_free(struct tlsup_context *ctx);

/* SOL_TLSUP; they take the socket lock. options.c */
int tlsup_options_set(struct sock *sk, int optname, sockptr_t optval,
		      unsigned int optlen);
int tlsup_options_get(struct sock *sk, int optname, char __user *optval,
		      int __user *optlen);
/* Fills what INFO tells, in either mode; locked. outcome.c */
void tlsup_upgrade_info(const struct sock *sk, struct tlsup_info *info);

#endif /* TLSUP_UPGRADE_H */
