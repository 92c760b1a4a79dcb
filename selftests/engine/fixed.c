// SPDX-License-Identifier: Apache-2.0
/* fixed: an hs_crypto whose random bytes and ephemeral keys are given. */
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "daemon/crypto_kx.h"
#include "daemon/crypto_openssl.h"
#include "daemon/engine/suites.h"
#include "fixed.h"

#define MAX 8

static struct hs_crypto crypto;
static struct hs_bytes randoms[MAX];
static struct {
	uint16_t	group;
	EVP_PKEY	*key;
	struct hs_bytes	share;
} keys[MAX];
static size_t randoms_n, randoms_at, keys_n;

static int fixed_random_bytes(uint8_t *out, size_t len)
{
	if (randoms_at == randoms_n)
		return tlsup_crypto_openssl()->random(out, len);
	if (randoms[randoms_at].len != len)
		return HS_ALERT_INTERNAL_ERROR;
	memcpy(out, randoms[randoms_at++].data, len);
	return 0;
}

static int generate(uint16_t group, struct hs_kx **kx, uint8_t *share,
		    size_t *share_len)
{
	for (size_t i = 0; i < keys_n; i++) {
		if (keys[i].group != group || !keys[i].key)
			continue;
		*kx = tlsup_kx_of(group, keys[i].key);
		keys[i].key = NULL;
		memcpy(share, keys[i].share.data, keys[i].share.len);
		*share_len = keys[i].share.len;
		return 0;
	}
	return tlsup_crypto_openssl()->kx_generate(group, kx, share, share_len);
}

static int respond(uint16_t group, struct hs_bytes peer, uint8_t *share,
		   size_t *share_len, struct hs_shared *out)
{
	struct hs_kx *kx = NULL;
	int alert = generate(group, &kx, share, share_len);

	if (!alert)
		alert = crypto.kx_finish(kx, peer, out);
	crypto.kx_free(kx);
	return alert;
}

const struct hs_crypto *fixed_crypto(void)
{
	crypto = *tlsup_crypto_openssl();
	crypto.random = fixed_random_bytes;
	crypto.kx_generate = generate;
	crypto.kx_respond = respond;
	return &crypto;
}

void fixed_reset(void)
{
	for (size_t i = 0; i < keys_n; i++)
		EVP_PKEY_free(keys[i].key);
	randoms_n = randoms_at = keys_n = 0;
}

void fixed_random(struct hs_bytes value)
{
	randoms[randoms_n++] = value;
}

static EVP_PKEY *p256(struct hs_bytes private_key, struct hs_bytes public_key)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	BIGNUM *d = BN_bin2bn(private_key.data, (int)private_key.len, NULL);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;
	OSSL_PARAM *params;

	OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME,
					"P-256", 0);
	OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY, d);
	OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY,
					 public_key.data, public_key.len);
	params = OSSL_PARAM_BLD_to_param(bld);
	EVP_PKEY_fromdata_init(ctx);
	EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	BN_free(d);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

void fixed_key(uint16_t group, struct hs_bytes private_key,
	       struct hs_bytes public_key)
{
	keys[keys_n].group = group;
	keys[keys_n].share = public_key;
	keys[keys_n++].key = group == HS_GROUP_X25519 ?
		EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL,
					     private_key.data,
					     private_key.len) :
		p256(private_key, public_key);
}
