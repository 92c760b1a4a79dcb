/* SPDX-License-Identifier: GPL-2.0-only */
/* The ciphers: one const row each, and the rows' numbers in each registry. */
#ifndef TLSUP_CIPHER_H
#define TLSUP_CIPHER_H

#include <linux/types.h>

#define TLSUP_TAG_SIZE		16	/* of every cipher here */
#define TLSUP_NONCE_SIZE	12
#define TLSUP_KEY_MAX		32

struct tlsup_cipher {
	const char *alg;	/* name for crypto_alloc_aead() */
	const char *hash;	/* of the suite, also of TLS 1.2's PRF */
	const char *hmac;
	u16 type;		/* TLS_CIPHER_* of <linux/tls.h> */
	u16 suite;		/* TLS 1.3 cipher suite */
	u8 key_size;
	u8 salt_size;		/* TLS 1.2: implicit part of the nonce */
	u8 explicit_size;	/* TLS 1.2: part sent in each record */
	u8 hash_size;
	u16 info_size;		/* of the struct for TLS_TX and TLS_RX */
	u64 limit;		/* records under one key (RFC 8446 5.5) */
};

/* NULL: no such cipher. */
const struct tlsup_cipher *tlsup_cipher_by_type(u16 type);
/* version: TLSUP_VERSION_*; any AEAD suite of TLS 1.2 that we can protect. */
const struct tlsup_cipher *tlsup_cipher_by_suite(u16 version, u16 suite);

#endif /* TLSUP_CIPHER_H */
