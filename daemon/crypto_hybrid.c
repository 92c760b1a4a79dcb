// SPDX-License-Identifier: Apache-2.0
/*
 * crypto_hybrid: owns the hybrids of ML-KEM-768 (FIPS 203) and a curve: two shares in
 * a row, and two secrets. A key of ML-KEM is nine kilobytes once libcrypto has
 * unpacked it, and a client would keep it while it waits; so it keeps the 64 bytes
 * that the key comes of, and makes it twice.
 */
#include "crypto_hybrid.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "crypto_kx.h"
#include "engine/suites.h"

#define SEED		64	/* d and z, FIPS 203 7.1 */
#define KEM_KEY		1184	/* FIPS 203 8 */
#define KEM_CIPHERTEXT	1088
#define KEM_SECRET	32
/* OSSL_PKEY_PARAM_ML_KEM_SEED, which libcrypto 3.0 has no name for. */
#define SEED_PARAM	"seed"

/* Which half comes first is as the draft has it. */
static const struct row {
	uint16_t	group, curve;
	size_t		curve_share;
	bool		curve_first;
} rows[] = {
	{ HS_GROUP_X25519MLKEM768, HS_GROUP_X25519, 32, false },
	{ HS_GROUP_SECP256R1MLKEM768, HS_GROUP_SECP256R1, 65, true },
};

struct tlsup_hybrid {
	const struct row	*row;
	struct hs_kx		*curve;
	uint8_t			seed[SEED];
};

/* Keys are made like this one, and peers' read. */
static EVP_PKEY *template;

static const struct row *row_of(uint16_t group)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].group == group && template)
			return &rows[i];
	return NULL;
}

bool tlsup_hybrid_is(uint16_t group)
{
	return row_of(group) != NULL;
}

void tlsup_hybrid_fetch(void)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "ML-KEM-768", NULL);

	if (ctx && EVP_PKEY_keygen_init(ctx) == 1)
		EVP_PKEY_generate(ctx, &template);
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
}

/* --- Both halves in one string --- */

struct halves {
	struct hs_bytes	kem, curve;
};

/* false if it has not the length of both. */
static bool split(const struct row *row, struct hs_bytes both, size_t kem_len,
		  struct halves *h)
{
	size_t at = row->curve_first ? row->curve_share : 0;

	if (both.len != kem_len + row->curve_share)
		return false;
	h->kem = (struct hs_bytes){ both.data + at, kem_len };
	h->curve = (struct hs_bytes){ both.data + (at ? 0 : kem_len),
				      row->curve_share };
	return true;
}

static uint8_t *kem_place(const struct row *row, uint8_t *share)
{
	return share + (row->curve_first ? row->curve_share : 0);
}

static uint8_t *curve_place(const struct row *row, uint8_t *share,
			    size_t kem_len)
{
	return share + (row->curve_first ? 0 : kem_len);
}

/* curve_secret is wiped. */
static void join_secrets(const struct row *row, const uint8_t *kem,
			 struct hs_shared *curve_secret, struct hs_shared *out)
{
	size_t at = row->curve_first ? curve_secret->len : 0;

	out->len = KEM_SECRET + curve_secret->len;
	memcpy(out->bytes + at, kem, KEM_SECRET);
	memcpy(out->bytes + (at ? 0 : KEM_SECRET), curve_secret->bytes,
	       curve_secret->len);
	OPENSSL_cleanse(curve_secret, sizeof(*curve_secret));
}

/* --- ML-KEM --- */

/* A context of this seed's own: it would keep it for the next key. */
static EVP_PKEY *kem_key(const uint8_t seed[SEED])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, template, NULL);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(SEED_PARAM,
						  (void *)(uintptr_t)seed,
						  SEED),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY *key = NULL;

	if (ctx && EVP_PKEY_keygen_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_params(ctx, params) == 1)
		EVP_PKEY_generate(ctx, &key);
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return key;
}

static bool kem_share(const uint8_t seed[SEED], uint8_t *share)
{
	EVP_PKEY *key = kem_key(seed);
	unsigned char *p = NULL;
	bool good = key &&
		    EVP_PKEY_get1_encoded_public_key(key, &p) == KEM_KEY;

	if (good)
		memcpy(share, p, KEM_KEY);
	OPENSSL_free(p);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return good;
}

/* An altered ciphertext gives a secret that nobody else has (FIPS 203 6.3). */
static int decapsulate(const uint8_t seed[SEED], struct hs_bytes ciphertext,
		       uint8_t secret[KEM_SECRET])
{
	EVP_PKEY *key = kem_key(seed);
	EVP_PKEY_CTX *ctx = key ? EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL) :
				  NULL;
	size_t len = KEM_SECRET;
	bool good = ctx && EVP_PKEY_decapsulate_init(ctx, NULL) == 1 &&
		    EVP_PKEY_decapsulate(ctx, secret, &len, ciphertext.data,
					 ciphertext.len) == 1;

	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return good ? 0 : HS_ALERT_INTERNAL_ERROR;
}

/* That the numbers of a peer's key are reduced (FIPS 203 7.2), libcrypto checks
 * when the key gets its value. */
static EVP_PKEY *peer_key(struct hs_bytes peer)
{
	EVP_PKEY *key = EVP_PKEY_new();

	if (key && EVP_PKEY_copy_parameters(key, template) == 1 &&
	    EVP_PKEY_set1_encoded_public_key(key, peer.data, peer.len) == 1)
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

static int encapsulate(struct hs_bytes peer, uint8_t *ciphertext,
		       uint8_t secret[KEM_SECRET])
{
	EVP_PKEY *key = peer_key(peer);
	EVP_PKEY_CTX *ctx = key ? EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL) :
				  NULL;
	size_t secret_len = KEM_SECRET, len = KEM_CIPHERTEXT;
	bool good = ctx && EVP_PKEY_encapsulate_init(ctx, NULL) == 1 &&
		    EVP_PKEY_encapsulate(ctx, ciphertext, &len, secret,
					 &secret_len) == 1;

	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return good ? 0 : HS_ALERT_ILLEGAL_PARAMETER;
}

/* --- The exchange --- */

static int make(struct tlsup_hybrid *h, uint8_t *share)
{
	size_t len = h->row->curve_share;

	if (RAND_priv_bytes(h->seed, SEED) != 1 ||
	    !kem_share(h->seed, kem_place(h->row, share)))
		return HS_ALERT_INTERNAL_ERROR;
	return tlsup_kx_generate(h->row->curve, &h->curve,
				 curve_place(h->row, share, KEM_KEY), &len);
}

int tlsup_hybrid_generate(uint16_t group, struct tlsup_hybrid **hybrid,
			  uint8_t *share, size_t *share_len)
{
	const struct row *row = row_of(group);
	struct tlsup_hybrid *h = NULL;
	int alert = HS_ALERT_INTERNAL_ERROR;

	if (row && *share_len >= KEM_KEY + row->curve_share)
		h = calloc(1, sizeof(*h));
	if (h) {
		h->row = row;
		*share_len = KEM_KEY + row->curve_share;
		alert = make(h, share);
	}
	if (alert) {
		tlsup_hybrid_free(h);
		h = NULL;
	}
	*hybrid = h;
	return alert;
}

int tlsup_hybrid_finish(const struct tlsup_hybrid *h, struct hs_bytes peer,
			struct hs_shared *out)
{
	uint8_t kem[KEM_SECRET];
	struct hs_shared curve;
	struct halves halves;
	int alert;

	if (!split(h->row, peer, KEM_CIPHERTEXT, &halves))
		return HS_ALERT_ILLEGAL_PARAMETER;
	alert = tlsup_kx_finish(h->curve, halves.curve, &curve);
	if (!alert)
		alert = decapsulate(h->seed, halves.kem, kem);
	if (!alert)
		join_secrets(h->row, kem, &curve, out);
	OPENSSL_cleanse(&curve, sizeof(curve));
	OPENSSL_cleanse(kem, sizeof(kem));
	return alert;
}

int tlsup_hybrid_respond(uint16_t group, struct hs_bytes peer, uint8_t *share,
			 size_t *share_len, struct hs_shared *out)
{
	const struct row *row = row_of(group);
	uint8_t kem[KEM_SECRET];
	struct hs_shared curve;
	struct halves halves;
	size_t len;
	int alert;

	if (!row || *share_len < KEM_CIPHERTEXT + row->curve_share)
		return HS_ALERT_INTERNAL_ERROR;
	if (!split(row, peer, KEM_KEY, &halves))
		return HS_ALERT_ILLEGAL_PARAMETER;
	len = row->curve_share;
	alert = tlsup_kx_respond(row->curve, halves.curve,
				 curve_place(row, share, KEM_CIPHERTEXT), &len,
				 &curve);
	if (!alert)
		alert = encapsulate(halves.kem, kem_place(row, share), kem);
	if (!alert)
		join_secrets(row, kem, &curve, out);
	*share_len = KEM_CIPHERTEXT + row->curve_share;
	OPENSSL_cleanse(&curve, sizeof(curve));
	OPENSSL_cleanse(kem, sizeof(kem));
	return alert;
}

void tlsup_hybrid_free(struct tlsup_hybrid *h)
{
	if (!h)
		return;
	tlsup_kx_free(h->curve);
	OPENSSL_cleanse(h, sizeof(*h));
	free(h);
}
