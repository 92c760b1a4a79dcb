// SPDX-License-Identifier: GPL-2.0-only
/* The table of ciphers. */
#include <linux/kernel.h>
#include <linux/tls.h>
#include <linux/tlsup.h>

#include "cipher.h"

/*
 * Limits: RFC 8446 5.5 allows 2^24.5 full-size records under AES-GCM before a
 * key update; 2^24 keeps a margin. ChaCha20-Poly1305 is bound by the sequence
 * number alone.
 */
static const struct tlsup_cipher ciphers[] = {
	{
		.alg = "gcm(aes)", .hash = "sha256", .hmac = "hmac(sha256)",
		.type = TLS_CIPHER_AES_GCM_128, .suite = 0x1301,
		.key_size = 16, .salt_size = 4, .explicit_size = 8,
		.hash_size = 32, .limit = 1ULL << 24,
		.info_size = sizeof(struct tls12_crypto_info_aes_gcm_128),
	}, {
		.alg = "gcm(aes)", .hash = "sha384", .hmac = "hmac(sha384)",
		.type = TLS_CIPHER_AES_GCM_256, .suite = 0x1302,
		.key_size = 32, .salt_size = 4, .explicit_size = 8,
		.hash_size = 48, .limit = 1ULL << 24,
		.info_size = sizeof(struct tls12_crypto_info_aes_gcm_256),
	}, {
		.alg = "rfc7539(chacha20,poly1305)",
		.hash = "sha256", .hmac = "hmac(sha256)",
		.type = TLS_CIPHER_CHACHA20_POLY1305, .suite = 0x1303,
		.key_size = 32, .salt_size = 12, .explicit_size = 0,
		.hash_size = 32, .limit = U64_MAX - 1,
		.info_size = sizeof(struct tls12_crypto_info_chacha20_poly1305),
	},
};

/* RFC 5288, 5289 and 7905, the suites that name one of our ciphers. */
static const struct {
	u16 suite;
	u16 type;
} suites_12[] = {
	{ 0x009c, TLS_CIPHER_AES_GCM_128 },	/* RSA */
	{ 0x009d, TLS_CIPHER_AES_GCM_256 },
	{ 0x009e, TLS_CIPHER_AES_GCM_128 },	/* DHE_RSA */
	{ 0x009f, TLS_CIPHER_AES_GCM_256 },
	{ 0xc02b, TLS_CIPHER_AES_GCM_128 },	/* ECDHE_ECDSA */
	{ 0xc02c, TLS_CIPHER_AES_GCM_256 },
	{ 0xc02f, TLS_CIPHER_AES_GCM_128 },	/* ECDHE_RSA */
	{ 0xc030, TLS_CIPHER_AES_GCM_256 },
	{ 0xcca8, TLS_CIPHER_CHACHA20_POLY1305 }, /* ECDHE_RSA */
	{ 0xcca9, TLS_CIPHER_CHACHA20_POLY1305 }, /* ECDHE_ECDSA */
	{ 0xccaa, TLS_CIPHER_CHACHA20_POLY1305 }, /* DHE_RSA */
};

const struct tlsup_cipher *tlsup_cipher_by_type(u16 type)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ciphers); i++)
		if (ciphers[i].type == type)
			return &ciphers[i];
	return NULL;
}

const struct tlsup_cipher *tlsup_cipher_by_suite(u16 version, u16 suite)
{
	size_t i;

	if (version == TLSUP_VERSION_1_3) {
		for (i = 0; i < ARRAY_SIZE(ciphers); i++)
			if (ciphers[i].suite == suite)
				return &ciphers[i];
		return NULL;
	}
	for (i = 0; i < ARRAY_SIZE(suites_12); i++)
		if (suites_12[i].suite == suite)
			return tlsup_cipher_by_type(suites_12[i].type);
	return NULL;
}
