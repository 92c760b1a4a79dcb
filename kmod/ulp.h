/* SPDX-License-Identifier: GPL-2.0-only */
/* The ULP: attaching to a socket, leaving it. */
#ifndef TLSUP_ULP_H
#define TLSUP_ULP_H

#include <net/sock.h>

struct tlsup_context;

int tlsup_ulp_init(void);
void tlsup_ulp_exit(void);

/* Gives the calls back to TCP, and takes the context off the socket. */
void tlsup_ulp_detach(struct sock *sk, struct tlsup_context *ctx);
/* What a child has from its listener. */
void tlsup_ulp_inherit(struct tlsup_context *child,
		       const struct tlsup_context *listener, gfp_t gfp);
/* The connection has failed: no more data leaves, and the peer gets a FIN
 * behind what was sent. Socket locked. */
void tlsup_ulp_end(struct sock *sk, struct tlsup_context *ctx);

#endif /* TLSUP_ULP_H */
