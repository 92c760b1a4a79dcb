// SPDX-License-Identifier: Apache-2.0
/*
 * crypto_openssl: hs_crypto on libcrypto's EVP interface. Signatures are here;
 * hashes in crypto_hash.c, key exchange in crypto_kx.c.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "crypto_cert.h"
#include "crypto_hash.h"
#include "crypto_kx.h"
#include "crypto_openssl.h"
#include "engine/suites.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const struct scheme_row {
	uint16_t	scheme;
	const char	*type, *curve, *md;
	bool		pss;
	int		min_bits;	/* RFC 8017 9.1.1: 2 hLen + 2 bytes */
} scheme_rows[] = {
	{ HS_ECDSA_SECP256R1_SHA256, "EC", "prime256v1", "SHA256", 0, 0 },
	{ HS_ECDSA_SECP384R1_SHA384, "EC", "secp384r1", "SHA384", 0, 0 },
	{ HS_ECDSA_SECP521R1_SHA512, "EC", "secp521r1", "SHA512", 0, 0 },
	{ HS_ED25519, "ED25519", NULL, NULL, 0, 0 },
	{ HS_ED448, "ED448", NULL, NULL, 0, 0 },
	{ HS_RSA_PSS_RSAE_SHA256, "RSA", NULL, "SHA256", 1, 8 * 66 },
	{ HS_RSA_PSS_RSAE_SHA384, "RSA", NULL, "SHA384", 1, 8 * 98 },
	{ HS_RSA_PSS_RSAE_SHA512, "RSA", NULL, "SHA512", 1, 8 * 130 },
	{ HS_RSA_PSS_PSS_SHA256, "RSA-PSS", NULL, "SHA256", 1, 8 * 66 },
	{ HS_RSA_PSS_PSS_SHA384, "RSA-PSS", NULL, "SHA384", 1, 8 * 98 },
	{ HS_RSA_PSS_PSS_SHA512, "RSA-PSS", NULL, "SHA512", 1, 8 * 130 },
	/* TLS 1.2's messages, and the chain's certificates, alone; RFC 8017
	 * 9.2: tLen + 11 bytes. */
	{ HS_RSA_PKCS1_SHA256, "RSA", NULL, "SHA256", 0, 8 * 62 },
	{ HS_RSA_PKCS1_SHA384, "RSA", NULL, "SHA384", 0, 8 * 78 },
	{ HS_RSA_PKCS1_SHA512, "RSA", NULL, "SHA512", 0, 8 * 94 },
};

static int random_bytes(uint8_t *out, size_t len)
{
	return RAND_bytes(out, (int)len) == 1 ? 0 : HS_ALERT_INTERNAL_ERROR;
}

/* Signatures. */

static const struct scheme_row *scheme_row(uint16_t scheme)
{
	for (size_t i = 0; i < N(scheme_rows); i++)
		if (scheme_rows[i].scheme == scheme)
			return &scheme_rows[i];
	return NULL;
}

static bool scheme_supported(uint16_t scheme)
{
	return scheme_row(scheme) != NULL;
}

/* RFC 8446 4.2.3: the key's type and curve must be the scheme's. So is what
 * we sign, in either version. */
static bool scheme_fits(const struct scheme_row *row, EVP_PKEY *key,
			uint16_t version)
{
	char curve[32];
	size_t len;

	if (!EVP_PKEY_is_a(key, row->type) ||
	    EVP_PKEY_get_bits(key) < row->min_bits)
		return false;
	/* RFC 5246 7.4.1.4.1: there it names hash and algorithm alone. */
	if (version == HS_TLS12)
		return true;
	return !row->curve ||
	       (EVP_PKEY_get_group_name(key, curve, sizeof(curve), &len) == 1 &&
		!strcmp(curve, row->curve));
}

/* RFC 8446 4.2.3: MGF1 with the same hash, a salt as long as the digest. */
static bool set_padding(const struct scheme_row *row, EVP_PKEY_CTX *ctx)
{
	return !row->pss ||
	       (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
		EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx,
						 RSA_PSS_SALTLEN_DIGEST) == 1);
}

static int verify_by(const struct scheme_row *row, EVP_PKEY *key,
		     struct hs_bytes tbs, struct hs_bytes sig)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;
	int alert = HS_ALERT_ILLEGAL_PARAMETER;

	/* An RSA-PSS key may be bound to another hash: not its scheme. */
	if (ctx && EVP_DigestVerifyInit_ex(ctx, &pctx, row->md, NULL, NULL,
					   key, NULL) == 1 &&
	    set_padding(row, pctx))
		alert = EVP_DigestVerify(ctx, sig.data, sig.len, tbs.data,
					 tbs.len) == 1 ?
				0 : HS_ALERT_DECRYPT_ERROR;
	EVP_MD_CTX_free(ctx);
	return alert;
}

static int verify(uint16_t version, uint16_t scheme, struct hs_bytes leaf,
		  struct hs_bytes tbs, struct hs_bytes sig)
{
	const struct scheme_row *row = scheme_row(scheme);
	X509 *cert = tlsup_cert_decode(leaf);
	EVP_PKEY *key = cert ? X509_get0_pubkey(cert) : NULL;
	int alert = HS_ALERT_ILLEGAL_PARAMETER;

	if (!key)
		alert = HS_ALERT_BAD_CERTIFICATE;
	else if (row && scheme_fits(row, key, version))
		alert = verify_by(row, key, tbs, sig);
	X509_free(cert);
	ERR_clear_error();
	return alert;
}

static uint16_t key_group(EVP_PKEY *key)
{
	char curve[32] = "";
	size_t len;

	if (!EVP_PKEY_is_a(key, "EC"))
		return 0;
	EVP_PKEY_get_group_name(key, curve, sizeof(curve), &len);
	for (size_t i = 0; i < N(scheme_rows); i++)
		if (scheme_rows[i].curve && !strcmp(scheme_rows[i].curve, curve))
			return hs_scheme_curve(scheme_rows[i].scheme);
	return HS_GROUP_OTHER;
}

static uint16_t leaf_group(struct hs_bytes leaf)
{
	X509 *cert = tlsup_cert_decode(leaf);
	EVP_PKEY *key = cert ? X509_get0_pubkey(cert) : NULL;
	uint16_t group = key ? key_group(key) : 0;

	X509_free(cert);
	ERR_clear_error();
	return group;
}

/* What libcrypto has to look up and check before it signs by a scheme, done
 * once; each signature is made in a copy, for many threads sign by one key. The
 * copies hold the key. */
struct tlsup_key {
	size_t	n;
	struct way {
		uint16_t	scheme;
		EVP_MD_CTX	*begun;
	} ways[N(scheme_rows)];
};

/* NULL if that is no scheme for the key. An RSA-PSS key may be bound to one
 * hash; libcrypto knows. */
static EVP_MD_CTX *begin(const struct scheme_row *row, EVP_PKEY *key)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;

	if (ctx && scheme_fits(row, key, HS_TLS13) &&
	    EVP_DigestSignInit_ex(ctx, &pctx, row->md, NULL, NULL, key,
				  NULL) == 1 &&
	    set_padding(row, pctx))
		return ctx;
	EVP_MD_CTX_free(ctx);
	return NULL;
}

struct tlsup_key *tlsup_key_new(void *evp_pkey)
{
	struct tlsup_key *key = calloc(1, sizeof(*key));

	for (size_t i = 0; key && i < N(scheme_rows); i++) {
		struct way *way = &key->ways[key->n];

		way->scheme = scheme_rows[i].scheme;
		way->begun = begin(&scheme_rows[i], evp_pkey);
		key->n += way->begun != NULL;
	}
	ERR_clear_error();
	return key;
}

void tlsup_key_free(struct tlsup_key *key)
{
	for (size_t i = 0; key && i < key->n; i++)
		EVP_MD_CTX_free(key->ways[i].begun);
	free(key);
}

size_t tlsup_key_schemes(const struct tlsup_key *key, uint16_t *schemes,
			 size_t cap)
{
	size_t n = 0;

	for (; n < key->n && n < cap; n++)
		schemes[n] = key->ways[n].scheme;
	return n;
}

static const struct way *way_of(const struct tlsup_key *key, uint16_t scheme)
{
	for (size_t i = 0; i < key->n; i++)
		if (key->ways[i].scheme == scheme)
			return &key->ways[i];
	return NULL;
}

int tlsup_key_sign(const struct tlsup_key *key, uint16_t scheme,
		   struct hs_bytes tbs, uint8_t *sig, size_t *sig_len)
{
	const struct way *way = way_of(key, scheme);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int alert = HS_ALERT_INTERNAL_ERROR;

	if (ctx && way && EVP_MD_CTX_copy_ex(ctx, way->begun) == 1 &&
	    EVP_DigestSign(ctx, sig, sig_len, tbs.data, tbs.len) == 1)
		alert = 0;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return alert;
}

static bool ready;

static void fetch_all(void)
{
	ready = tlsup_hash_fetch() && tlsup_kx_fetch();
}

const struct hs_crypto *tlsup_crypto_openssl(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	static const struct hs_crypto crypto = {
		.random			= random_bytes,
		.hash_new		= tlsup_hash_new,
		.hash_copy		= tlsup_hash_copy,
		.hash_update		= tlsup_hash_update,
		.hash_peek		= tlsup_hash_peek,
		.hash_free		= tlsup_hash_free,
		.hmac			= tlsup_hmac,
		.group_supported	= tlsup_kx_supported,
		.kx_generate		= tlsup_kx_generate,
		.kx_finish		= tlsup_kx_finish,
		.kx_respond		= tlsup_kx_respond,
		.kx_free		= tlsup_kx_free,
		.dh_params		= tlsup_kx_dh_params,
		.scheme_supported	= scheme_supported,
		.verify			= verify,
		.leaf_group		= leaf_group,
	};

	pthread_once(&once, fetch_all);
	return ready ? &crypto : NULL;
}
