// SPDX-License-Identifier: Apache-2.0
/* steady: randomness that is none, for fuzzers. */
#include <string.h>

#include <openssl/evp.h>

#include "daemon/crypto_kx.h"
#include "daemon/crypto_openssl.h"
#include "daemon/engine/suites.h"
#include "steady.h"

#define KEYS_MAX 3

/* One key for each group that was asked for, for ever. */
static struct {
	uint16_t	group;
	uint8_t		share[256];
	size_t		len;
	EVP_PKEY	*key;
} keys[KEYS_MAX];
static size_t keys_n;
static uint32_t state;

static int steady_random(uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		state = state * 1103515245u + 12345u;
		out[i] = (uint8_t)(state >> 16);
	}
	return 0;
}

static size_t key_of(uint16_t group)
{
	size_t i = 0;

	while (i < keys_n && keys[i].group != group)
		i++;
	return i;
}

static EVP_PKEY *make_dh(void)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
	EVP_PKEY *key = NULL;

	if (ctx && EVP_PKEY_keygen_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_group_name(ctx, "ffdhe2048") == 1)
		EVP_PKEY_generate(ctx, &key);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static EVP_PKEY *make(uint16_t group)
{
	if (group == HS_GROUP_X25519)
		return EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
	if (group == HS_GROUP_SECP256R1)
		return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	if (group == HS_GROUP_FFDHE2048)
		return make_dh();
	return NULL;
}

static void make_row(size_t i, uint16_t group)
{
	unsigned char *p = NULL;

	keys[i].key = make(group);
	if (!keys[i].key)
		return;
	keys[i].len = EVP_PKEY_get1_encoded_public_key(keys[i].key, &p);
	memcpy(keys[i].share, p, keys[i].len);
	OPENSSL_free(p);
	keys[i].group = group;
	keys_n++;
}

/* The groups of make(); of the others each key is a new one. */
static int steady_generate(uint16_t group, struct hs_kx **kx, uint8_t *share,
			   size_t *share_len)
{
	size_t i = key_of(group);

	if (i == keys_n && i < KEYS_MAX)
		make_row(i, group);
	if (i >= keys_n)
		return tlsup_kx_generate(group, kx, share, share_len);
	if (keys[i].len > *share_len)
		return HS_ALERT_INTERNAL_ERROR;
	memcpy(share, keys[i].share, keys[i].len);
	*share_len = keys[i].len;
	EVP_PKEY_up_ref(keys[i].key);
	*kx = tlsup_kx_of(group, keys[i].key);
	return *kx ? 0 : HS_ALERT_INTERNAL_ERROR;
}

static int steady_respond(uint16_t group, struct hs_bytes peer, uint8_t *share,
			  size_t *share_len, struct hs_shared *out)
{
	struct hs_kx *kx;
	int alert;

	if (group != HS_GROUP_X25519 && group != HS_GROUP_SECP256R1 &&
	    group != HS_GROUP_FFDHE2048)
		return tlsup_kx_respond(group, peer, share, share_len, out);
	alert = steady_generate(group, &kx, share, share_len);
	if (alert)
		return alert;
	alert = tlsup_kx_finish(kx, peer, out);
	tlsup_kx_free(kx);
	return alert;
}

const struct hs_crypto *steady_crypto(void)
{
	static struct hs_crypto crypto;

	crypto = *tlsup_crypto_openssl();
	crypto.random = steady_random;
	crypto.kx_generate = steady_generate;
	crypto.kx_respond = steady_respond;
	state = 1;
	return &crypto;
}
