/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto_hybrid: the key exchanges of ML-KEM-768 beside a curve
 * (draft-ietf-tls-ecdhe-mlkem), for crypto_kx alone: what a curve's half takes is
 * asked of it again. As in struct hs_crypto.
 */
#ifndef TLSUP_CRYPTO_HYBRID_H
#define TLSUP_CRYPTO_HYBRID_H

#include "engine/hs_crypto.h"

struct tlsup_hybrid;

/* Once; libcrypto may have no ML-KEM, and then no group is one. */
void tlsup_hybrid_fetch(void);
bool tlsup_hybrid_is(uint16_t group);

int tlsup_hybrid_generate(uint16_t group, struct tlsup_hybrid **hybrid,
			  uint8_t *share, size_t *share_len);
int tlsup_hybrid_finish(const struct tlsup_hybrid *hybrid, struct hs_bytes peer,
			struct hs_shared *out);
int tlsup_hybrid_respond(uint16_t group, struct hs_bytes peer, uint8_t *share,
			 size_t *share_len, struct hs_shared *out);
/* Wipes. */
void tlsup_hybrid_free(struct tlsup_hybrid *hybrid);

#endif /* TLSUP_CRYPTO_HYBRID_H */
