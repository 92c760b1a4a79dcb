/* SPDX-License-Identifier: Apache-2.0 */
/* crypto_kx: hs_crypto's key exchange, on libcrypto. */
#ifndef TLSUP_CRYPTO_KX_H
#define TLSUP_CRYPTO_KX_H

#include "engine/hs_crypto.h"

/* Once, before all others; false without memory. A group that libcrypto lacks
 * is then not supported. */
bool tlsup_kx_fetch(void);

/* As in struct hs_crypto. */
bool tlsup_kx_supported(uint16_t group);
int tlsup_kx_generate(uint16_t group, struct hs_kx **kx, uint8_t *share,
		      size_t *share_len);
int tlsup_kx_finish(struct hs_kx *kx, struct hs_bytes peer,
		    struct hs_shared *out);
int tlsup_kx_respond(uint16_t group, struct hs_bytes peer, uint8_t *share,
		     size_t *share_len, struct hs_shared *out);
void tlsup_kx_free(struct hs_kx *kx);
int tlsup_kx_dh_params(uint16_t group, struct hs_bytes *p, struct hs_bytes *g);
/* An EVP_PKEY for that group as a key of ours, which takes it over; NULL if
 * there is no key or no such group. */
struct hs_kx *tlsup_kx_of(uint16_t group, void *evp_pkey);

#endif /* TLSUP_CRYPTO_KX_H */
