/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One struct per socket that has taken the ULP: birth, references, death.
 *
 * Birth: ->init (setsockopt TCP_ULP, process context, socket locked) or
 * ->clone (a listener's child, softirq). Found through icsk_ulp_data.
 * Death: close() (process context, socket locked) ends the connection, frees
 * ciphers and buffers, wipes secrets, takes the struct off the socket and frees
 * it after a grace period. A child that nobody accepted is never closed: for it
 * ->release does so (any context; it has no ciphers yet).
 * Whoever keeps a struct sock pointer keeps a sock_hold() with it, takes the
 * socket lock and asks tlsup_context() again: NULL means it is gone. A child
 * for which there was no memory has NULL from birth, and every call on it fails.
 */
#ifndef TLSUP_CONTEXT_H
#define TLSUP_CONTEXT_H

#include <linux/types.h>
#include <linux/rcupdate.h>
#include <linux/timer.h>
#include <net/inet_connection_sock.h>
#include <net/sock.h>
#include <linux/tlsup.h>

#include "state.h"

struct tlsup_send;	/* send.c: buffers, the open record, unsent bytes */
struct tlsup_receive;	/* receive.c: cursor, bounce, opened plaintext */
struct tlsup_upgrade;	/* upgrade.c: only in upgrade mode */
struct tlsup_ktls;	/* sockopt.c: what TLS_TX and TLS_RX were set to */

enum tlsup_mode { TLSUP_MODE_NONE, TLSUP_MODE_KTLS, TLSUP_MODE_UPGRADE };

struct tlsup_context {
	/* include/net/tls.h casts any ULP's data to struct tls_context in
	 * tls_sw_has_ctx_tx(); these bytes must read as "none". */
	u8 tls_context_shadow[0x40];

	struct proto *base_prot;		/* set at birth, never changed */
	const struct proto_ops *base_ops;	/* likewise */
	void (*base_data_ready)(struct sock *sk);
	void (*base_write_space)(struct sock *sk);
	void (*base_state_change)(struct sock *sk);

	/* All below: socket lock. mode, state, role, error and closed may be
	 * read without it (READ_ONCE) by poll and the callbacks. */
	u8 mode;				/* enum tlsup_mode */
	u8 state;				/* TLSUP_STATE_* */
	u8 role;				/* TLSUP_ROLE_* */
	u8 eof;					/* close_notify was received */
	u8 held;				/* reads wait for tlsup_auth */
	u8 ktls_tx, ktls_rx;			/* mode KTLS: keys are set */
	int error;				/* 0 or negative errno, final */
	u32 plain_calls;			/* asleep in plain TCP, perhaps */

	struct tlsup_state tx;			/* write state, initially NULL */
	struct tlsup_state rx;			/* read state, initially NULL */
	struct tlsup_send *send;		/* NULL until first needed */
	struct tlsup_receive *receive;		/* likewise */
	struct tlsup_ktls *ktls;		/* mode KTLS only */
	struct tlsup_upgrade *upgrade;		/* mode UPGRADE only */

	u16 tx_limit, rx_limit;			/* plaintext in a record */
	u32 rx_skip;				/* early data still passed over */
	u64 tx_bytes, rx_bytes, tx_records, rx_records;
	u32 tx_key_updates, rx_key_updates;

	struct sock *sk;			/* for the timer, which holds it */
	struct timer_list send_retry;		/* send.c */
	u32 id;					/* index in the netns' table */
	struct rcu_head rcu;
};

static inline struct tlsup_context *tlsup_context(const struct sock *sk)
{
	return rcu_dereference_raw(inet_csk(sk)->icsk_ulp_data);
}

/* Does TLS stand between the application and TCP in this direction? No lock
 * needed for poll and the callbacks; otherwise locked. */
bool tlsup_context_sends(const struct tlsup_context *ctx);
bool tlsup_context_receives(const struct tlsup_context *ctx);

/* A context in the table of the socket's namespace, not yet seen from sk. */
struct tlsup_context *tlsup_context_new(struct sock *sk, gfp_t gfp);
/* Frees ciphers, buffers, secrets: process context, locked. */
void tlsup_context_wipe(struct tlsup_context *ctx);
/* Takes it off the table, and frees it after a grace period. Any context; sk
 * doesn't point to it any more. */
void tlsup_context_free(struct sock *sk, struct tlsup_context *ctx);

int tlsup_context_init(void);
void tlsup_context_exit(void);

/*
 * End the connection with an errno (negative) that sticks: INFO, SO_ERROR and
 * later calls tell it; waiters wake up. Idempotent: the first one counts.
 * Socket locked.
 */
void tlsup_context_fail(struct sock *sk, int err);

/* The netns' live sockets, for the netlink dump: calls fn for each id >= from,
 * in order, under a reference and without a lock, until it returns non-zero;
 * *from is then the id to go on with. */
int tlsup_context_walk(struct net *net, u32 *from,
		       int (*fn)(struct sock *sk, void *arg), void *arg);

#endif /* TLSUP_CONTEXT_H */
