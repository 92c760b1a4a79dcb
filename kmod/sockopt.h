/* SPDX-License-Identifier: GPL-2.0-only */
/* Socket options: SOL_TLS here, SOL_TLSUP in options.c, TCP's that would go
 * around the record layer refused. */
#ifndef TLSUP_SOCKOPT_H
#define TLSUP_SOCKOPT_H

#include <net/sock.h>

struct tlsup_context;

int tlsup_setsockopt(struct sock *sk, int level, int optname, sockptr_t optval,
		     unsigned int optlen);
int tlsup_getsockopt(struct sock *sk, int level, int optname,
		     char __user *optval, int __user *optlen);

/* TLS_RX_EXPECT_NO_PAD, for get_info. */
bool tlsup_sockopt_no_pad(const struct tlsup_context *ctx);
/* Wipes and frees the copies of keys. */
void tlsup_sockopt_free(struct tlsup_context *ctx);

#endif /* TLSUP_SOCKOPT_H */
