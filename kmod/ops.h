/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The calls that reach a socket with our ULP: copies of the base struct proto
 * and struct proto_ops with some entries replaced, one pair per address family.
 * Nothing is registered and nothing global is patched.
 */
#ifndef TLSUP_OPS_H
#define TLSUP_OPS_H

#include <linux/net.h>
#include <net/sock.h>

struct tlsup_family {
	struct proto prot;
	struct proto_ops ops;
	struct proto *base;		/* NULL until the first socket */
	const struct proto_ops *base_ops;
};

/* Built when the first socket of a family comes. -EBUSY: somebody else has
 * already overridden this socket. Process context. */
struct tlsup_family *tlsup_ops_family(struct sock *sk);
/* TCP's own, for any socket, also one without a context. */
struct proto *tlsup_ops_base_prot(const struct sock *sk);

/* Callbacks of TCP: any context, socket locked by BH or user. */
void tlsup_ops_data_ready(struct sock *sk);
void tlsup_ops_write_space(struct sock *sk);
void tlsup_ops_state_change(struct sock *sk);

#endif /* TLSUP_OPS_H */
