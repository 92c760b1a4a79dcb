/* SPDX-License-Identifier: Apache-2.0 */
/* crypto_hash: hs_crypto's running hashes and HMAC, on libcrypto. */
#ifndef TLSUP_CRYPTO_HASH_H
#define TLSUP_CRYPTO_HASH_H

#include "engine/hs_crypto.h"

/* Once, before all others; false if libcrypto lacks one of them. */
bool tlsup_hash_fetch(void);

/* As in struct hs_crypto. */
struct hs_hash *tlsup_hash_new(enum hs_hash_alg alg);
struct hs_hash *tlsup_hash_copy(const struct hs_hash *h);
int tlsup_hash_update(struct hs_hash *h, const uint8_t *data, size_t len);
int tlsup_hash_peek(const struct hs_hash *h, uint8_t *out);
void tlsup_hash_free(struct hs_hash *h);
int tlsup_hmac(enum hs_hash_alg alg, struct hs_bytes key,
	       const struct hs_bytes *parts, size_t n, uint8_t *out);

#endif /* TLSUP_CRYPTO_HASH_H */
