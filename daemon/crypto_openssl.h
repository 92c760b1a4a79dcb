/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto_openssl: the engine's algorithms on libcrypto (3.0 or later), and
 * what the daemon needs of private keys. This header names no OpenSSL type:
 * an EVP_PKEY is passed as void *.
 */
#ifndef TLSUP_CRYPTO_OPENSSL_H
#define TLSUP_CRYPTO_OPENSSL_H

#include "daemon/engine/hs_crypto.h"

/* The provider; algorithms are fetched at the first call. NULL if libcrypto
 * lacks one that can't be done without (SHA-256, SHA-384, HMAC). */
const struct hs_crypto *tlsup_crypto_openssl(void);

/* A private key that signs, by many threads at once; takes a reference of its
 * own to the EVP_PKEY. NULL without memory. */
struct tlsup_key;
struct tlsup_key *tlsup_key_new(void *evp_pkey);
void tlsup_key_free(struct tlsup_key *key);

/* The signature schemes of RFC 8446 4.2.3 that this key can sign a handshake
 * with, most wanted first; returns how many (never more than cap). */
size_t tlsup_key_schemes(const struct tlsup_key *key, uint16_t *schemes,
			 size_t cap);

/* Signs tbs; *sig_len is the room, then the length. 0 or an alert; the shape
 * of hs_host.sign. */
int tlsup_key_sign(const struct tlsup_key *key, uint16_t scheme,
		   struct hs_bytes tbs, uint8_t *sig, size_t *sig_len);

#endif /* TLSUP_CRYPTO_OPENSSL_H */
