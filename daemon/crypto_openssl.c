// SPDX-License-Identifier: Apache-2.0
/*
 * crypto_openssl: hs_crypto on libcrypto's EVP interface: key exchange and
 * signatures (hashes: crypto_hash.c). Algorithms are fetched once; what threads
 * share is only read.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/dh.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "crypto_hash.h"
#include "crypto_openssl.h"
#include "engine/suites.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* A group's key type; name is NULL where the type says it all. A template
 * holds the parameters, which keys are made from. */
static struct kx_row {
	uint16_t	group;
	const char	*type, *name;
	EVP_PKEY	*template;
	struct hs_bytes	p, g;		/* of a finite field */
} kx_rows[] = {
	{ .group = HS_GROUP_X25519, .type = "X25519" },
	{ .group = HS_GROUP_SECP256R1, .type = "EC", .name = "P-256" },
	{ .group = HS_GROUP_SECP384R1, .type = "EC", .name = "P-384" },
	{ .group = HS_GROUP_SECP521R1, .type = "EC", .name = "P-521" },
	{ .group = HS_GROUP_X448, .type = "X448" },
	{ .group = HS_GROUP_FFDHE2048, .type = "DH", .name = "ffdhe2048" },
	{ .group = HS_GROUP_FFDHE3072, .type = "DH", .name = "ffdhe3072" },
	{ .group = HS_GROUP_FFDHE4096, .type = "DH", .name = "ffdhe4096" },
	{ .group = HS_GROUP_FFDHE6144, .type = "DH", .name = "ffdhe6144" },
	{ .group = HS_GROUP_FFDHE8192, .type = "DH", .name = "ffdhe8192" },
	{ .group = HS_GROUP_X25519MLKEM768, .type = "X25519MLKEM768" },
	{ .group = HS_GROUP_SECP256R1MLKEM768, .type = "SecP256r1MLKEM768" },
};

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

/* Key exchange: struct hs_kx is an EVP_PKEY. */

static const struct kx_row *kx_row(uint16_t group)
{
	for (size_t i = 0; i < N(kx_rows); i++)
		if (kx_rows[i].group == group && kx_rows[i].template)
			return &kx_rows[i];
	return NULL;
}

static bool group_supported(uint16_t group)
{
	return kx_row(group) != NULL;
}

static EVP_PKEY *generate(const struct kx_row *row)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, row->template,
						       NULL);
	EVP_PKEY *key = NULL;

	if (!ctx || EVP_PKEY_keygen_init(ctx) != 1 ||
	    EVP_PKEY_keygen(ctx, &key) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static int share_of(EVP_PKEY *key, uint8_t *share, size_t *share_len)
{
	unsigned char *p = NULL;
	size_t len = EVP_PKEY_get1_encoded_public_key(key, &p);
	int alert = HS_ALERT_INTERNAL_ERROR;

	if (len && len <= *share_len) {
		memcpy(share, p, len);
		*share_len = len;
		alert = 0;
	}
	OPENSSL_free(p);
	return alert;
}

static int kx_generate(uint16_t group, struct hs_kx **kx, uint8_t *share,
		       size_t *share_len)
{
	const struct kx_row *row = kx_row(group);
	EVP_PKEY *key = row ? generate(row) : NULL;

	if (!key || share_of(key, share, share_len)) {
		EVP_PKEY_free(key);
		ERR_clear_error();
		return HS_ALERT_INTERNAL_ERROR;
	}
	*kx = (struct hs_kx *)key;
	return 0;
}

static bool is_hybrid(const EVP_PKEY *key)
{
	return EVP_PKEY_is_a(key, "X25519MLKEM768") ||
	       EVP_PKEY_is_a(key, "SecP256r1MLKEM768");
}

/* RFC 8446 4.2.8.2: an uncompressed point. libcrypto would take a compressed
 * or mixed form too. */
static bool point_form(const EVP_PKEY *own, struct hs_bytes peer)
{
	bool ec = EVP_PKEY_is_a(own, "EC") ||
		  EVP_PKEY_is_a(own, "SecP256r1MLKEM768");

	return peer.len && (!ec || peer.data[0] == 4);
}

/* That a point is on its curve, and the numbers of an ML-KEM key reduced (FIPS
 * 203 7.2), libcrypto checks when the key is made. */
static EVP_PKEY *peer_key(EVP_PKEY *own, struct hs_bytes peer)
{
	EVP_PKEY *key;

	if (!point_form(own, peer))
		return NULL;
	key = EVP_PKEY_new();
	if (key && EVP_PKEY_copy_parameters(key, own) == 1 &&
	    EVP_PKEY_set1_encoded_public_key(key, peer.data, peer.len) == 1)
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

/* For a finite field the range of the peer's value was looked at when its key
 * was made (RFC 8446 4.2.8.1: 1 < Y < p - 1). That is enough for a safe prime
 * and a key that is used once; libcrypto's full check would exponentiate once
 * more. RFC 8446 7.4.1 wants the result's leading zeros kept. */
static bool set_peer(EVP_PKEY_CTX *ctx, EVP_PKEY *own, EVP_PKEY *peer)
{
	bool ff = EVP_PKEY_is_a(own, "DH");

	return EVP_PKEY_derive_set_peer_ex(ctx, peer, !ff) == 1 &&
	       (!ff || EVP_PKEY_CTX_set_dh_pad(ctx, 1) == 1);
}

/* What fails from here on, fails because of the peer's value: RFC 7748 6
 * wants an all-zero result refused, and libcrypto does. */
static int derive(EVP_PKEY *own, struct hs_bytes peer, struct hs_shared *out)
{
	EVP_PKEY *key = peer_key(own, peer);
	EVP_PKEY_CTX *ctx = NULL;
	int alert = HS_ALERT_ILLEGAL_PARAMETER;

	if (!key)
		goto out;
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
	out->len = sizeof(out->bytes);
	if (ctx && EVP_PKEY_derive_init(ctx) == 1 &&
	    set_peer(ctx, own, key) &&
	    EVP_PKEY_derive(ctx, out->bytes, &out->len) == 1)
		alert = 0;
out:
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return alert;
}

/* A KEM's client: an altered ciphertext of the right length gives a secret that
 * nobody else has (FIPS 203 6.3), so what fails is the length or the curve. */
static int decapsulate(EVP_PKEY *own, struct hs_bytes peer,
		       struct hs_shared *out)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
	int alert = HS_ALERT_ILLEGAL_PARAMETER;

	out->len = sizeof(out->bytes);
	if (ctx && point_form(own, peer) &&
	    EVP_PKEY_decapsulate_init(ctx, NULL) == 1 &&
	    EVP_PKEY_decapsulate(ctx, out->bytes, &out->len, peer.data,
				 peer.len) == 1)
		alert = 0;
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return alert;
}

/* A KEM's server, whose share is the ciphertext. */
static int encapsulate(const struct kx_row *row, struct hs_bytes peer,
		       uint8_t *share, size_t *share_len, struct hs_shared *out)
{
	EVP_PKEY *key = peer_key(row->template, peer);
	EVP_PKEY_CTX *ctx = key ? EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL) :
				  NULL;
	int alert = HS_ALERT_ILLEGAL_PARAMETER;

	out->len = sizeof(out->bytes);
	if (ctx && EVP_PKEY_encapsulate_init(ctx, NULL) == 1 &&
	    EVP_PKEY_encapsulate(ctx, share, share_len, out->bytes,
				 &out->len) == 1)
		alert = 0;
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return alert;
}

static int kx_finish(struct hs_kx *kx, struct hs_bytes peer,
		     struct hs_shared *out)
{
	EVP_PKEY *own = (EVP_PKEY *)kx;

	return is_hybrid(own) ? decapsulate(own, peer, out) :
				derive(own, peer, out);
}

static void kx_free(struct hs_kx *kx)
{
	EVP_PKEY_free((EVP_PKEY *)kx);
}

static int kx_respond(uint16_t group, struct hs_bytes peer, uint8_t *share,
		      size_t *share_len, struct hs_shared *out)
{
	const struct kx_row *row = kx_row(group);
	struct hs_kx *kx = NULL;
	int alert;

	if (row && is_hybrid(row->template))
		return encapsulate(row, peer, share, share_len, out);
	alert = kx_generate(group, &kx, share, share_len);
	if (!alert)
		alert = kx_finish(kx, peer, out);
	kx_free(kx);
	return alert;
}

static int dh_params(uint16_t group, struct hs_bytes *p, struct hs_bytes *g)
{
	const struct kx_row *row = kx_row(group);

	if (!row || !row->p.len)
		return HS_ALERT_INTERNAL_ERROR;
	*p = row->p;
	*g = row->g;
	return 0;
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
	const unsigned char *p = leaf.data;
	X509 *cert = d2i_X509(NULL, &p, (long)leaf.len);
	EVP_PKEY *key = cert ? X509_get0_pubkey(cert) : NULL;
	int alert = HS_ALERT_ILLEGAL_PARAMETER;

	if (!key || p != leaf.data + leaf.len)
		alert = HS_ALERT_BAD_CERTIFICATE;
	else if (row && scheme_fits(row, key, version))
		alert = verify_by(row, key, tbs, sig);
	X509_free(cert);
	ERR_clear_error();
	return alert;
}

/* An RSA-PSS key may be bound to one hash; libcrypto knows. */
static bool can_sign(const struct scheme_row *row, EVP_PKEY *key)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;
	bool ok = ctx && scheme_fits(row, key, HS_TLS13) &&
		  EVP_DigestSignInit_ex(ctx, &pctx, row->md, NULL, NULL, key,
					NULL) == 1 &&
		  set_padding(row, pctx);

	EVP_MD_CTX_free(ctx);
	return ok;
}

size_t tlsup_key_schemes(void *evp_pkey, uint16_t *schemes, size_t cap)
{
	size_t n = 0;

	for (size_t i = 0; i < N(scheme_rows) && n < cap; i++)
		if (can_sign(&scheme_rows[i], evp_pkey))
			schemes[n++] = scheme_rows[i].scheme;
	ERR_clear_error();
	return n;
}

int tlsup_key_sign(void *evp_pkey, uint16_t scheme, struct hs_bytes tbs,
		   uint8_t *sig, size_t *sig_len)
{
	const struct scheme_row *row = scheme_row(scheme);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;
	int alert = HS_ALERT_INTERNAL_ERROR;

	if (ctx && row && scheme_fits(row, evp_pkey, HS_TLS13) &&
	    EVP_DigestSignInit_ex(ctx, &pctx, row->md, NULL, NULL, evp_pkey,
				  NULL) == 1 &&
	    set_padding(row, pctx) &&
	    EVP_DigestSign(ctx, sig, sig_len, tbs.data, tbs.len) == 1)
		alert = 0;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return alert;
}

/* Fetching. */

/* Parameters where the type has some; a key where it has none. */
static EVP_PKEY *group_template(const struct kx_row *row)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, row->type, NULL);
	EVP_PKEY *key = NULL;

	if (!ctx)
		return NULL;
	if (!row->name && EVP_PKEY_keygen_init(ctx) == 1)
		EVP_PKEY_generate(ctx, &key);
	else if (row->name && EVP_PKEY_paramgen_init(ctx) == 1 &&
		 EVP_PKEY_CTX_set_group_name(ctx, row->name) == 1)
		EVP_PKEY_generate(ctx, &key);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static struct hs_bytes number(const EVP_PKEY *key, const char *param)
{
	struct hs_bytes b = { 0 };
	BIGNUM *n = NULL;
	uint8_t *room;

	if (EVP_PKEY_get_bn_param(key, param, &n) != 1)
		return b;
	room = malloc((size_t)BN_num_bytes(n));
	if (room)
		b = (struct hs_bytes){ room, (size_t)BN_bn2bin(n, room) };
	BN_free(n);
	return b;
}

static void fetch_group(struct kx_row *row)
{
	row->template = group_template(row);
	if (!row->template || strcmp(row->type, "DH"))
		return;
	row->p = number(row->template, OSSL_PKEY_PARAM_FFC_P);
	row->g = number(row->template, OSSL_PKEY_PARAM_FFC_G);
	if (row->p.len && row->g.len)
		return;
	EVP_PKEY_free(row->template);
	row->template = NULL;
}

static bool hashes_ready;

static void fetch_all(void)
{
	hashes_ready = tlsup_hash_fetch();
	for (size_t i = 0; i < N(kx_rows); i++)
		fetch_group(&kx_rows[i]);
	ERR_clear_error();
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
		.group_supported	= group_supported,
		.kx_generate		= kx_generate,
		.kx_finish		= kx_finish,
		.kx_respond		= kx_respond,
		.kx_free		= kx_free,
		.dh_params		= dh_params,
		.scheme_supported	= scheme_supported,
		.verify			= verify,
	};

	pthread_once(&once, fetch_all);
	return hashes_ready ? &crypto : NULL;
}
