// SPDX-License-Identifier: Apache-2.0
/* schedule12: the PRF of RFC 5246 5, and what is made with it. */
#include <string.h>

#include "msg.h"
#include "schedule12.h"
#include "wire.h"

#define SEED_PARTS 4		/* the label too */
#define BLOCK_MAX (2 * (HS_MAC_KEY_MAX + 32 + 12))

/* RFC 5246 5: P_hash, whose A(i) goes in front of each block's seed. */
static int p_hash(const struct hs_crypto *crypto, enum hs_hash_alg alg,
		  struct hs_bytes secret, struct hs_bytes *parts, size_t n,
		  uint8_t *out, size_t len)
{
	uint8_t a[HS_HASH_MAX], block[HS_HASH_MAX];
	size_t hash_len = hs_hash_len(alg);
	int alert = crypto->hmac(alg, secret, parts + 1, n, a);

	parts[0] = hs_bytes(a, hash_len);
	while (len && !alert) {
		size_t m = len < hash_len ? len : hash_len;

		alert = crypto->hmac(alg, secret, parts, n + 1, block);
		if (alert)
			break;
		memcpy(out, block, m);
		out += m;
		len -= m;
		if (len)
			alert = crypto->hmac(alg, secret, parts, 1, block);
		memcpy(a, block, hash_len);
	}
	hs_wipe(a, sizeof(a));
	hs_wipe(block, sizeof(block));
	return alert;
}

int hs_prf(const struct hs_crypto *crypto, enum hs_hash_alg alg,
	   struct hs_bytes secret, const char *label,
	   const struct hs_bytes *seed, size_t n, uint8_t *out, size_t len)
{
	struct hs_bytes parts[1 + SEED_PARTS];

	if (n >= SEED_PARTS)
		return HS_ALERT_INTERNAL_ERROR;
	parts[1] = hs_bytes(label, strlen(label));
	for (size_t i = 0; i < n; i++)
		parts[2 + i] = seed[i];
	return p_hash(crypto, alg, secret, parts, n + 1, out, len);
}

static struct hs_bytes secret_bytes(const struct hs_secret *s)
{
	return hs_bytes(s->bytes, s->len);
}

int hs_master_extended(const struct hs_crypto *crypto, enum hs_hash_alg alg,
		       const struct hs_shared *premaster, const uint8_t *hash,
		       struct hs_secret *master)
{
	const struct hs_bytes seed = hs_bytes(hash, hs_hash_len(alg));

	master->len = HS_MASTER_LEN;
	return hs_prf(crypto, alg, hs_bytes(premaster->bytes, premaster->len),
		      "extended master secret", &seed, 1, master->bytes,
		      HS_MASTER_LEN);
}

int hs_master_plain(const struct hs_crypto *crypto, enum hs_hash_alg alg,
		    const struct hs_shared *premaster,
		    const uint8_t *client_random, const uint8_t *server_random,
		    struct hs_secret *master)
{
	const struct hs_bytes seed[] = {
		hs_bytes(client_random, HS_RANDOM),
		hs_bytes(server_random, HS_RANDOM),
	};

	master->len = HS_MASTER_LEN;
	return hs_prf(crypto, alg, hs_bytes(premaster->bytes, premaster->len),
		      "master secret", seed, 2, master->bytes, HS_MASTER_LEN);
}

static void split(const struct hs_suite *suite, uint8_t *block,
		  struct hs_key_block *client, struct hs_key_block *server)
{
	struct hs_key_block *const both[] = { client, server };

	for (int i = 0; i < 2; i++, block += suite->mac_len)
		memcpy(both[i]->mac, block, suite->mac_len);
	for (int i = 0; i < 2; i++, block += suite->key_len)
		memcpy(both[i]->key, block, suite->key_len);
	for (int i = 0; i < 2; i++, block += suite->iv_len)
		memcpy(both[i]->iv, block, suite->iv_len);
	for (int i = 0; i < 2; i++) {
		both[i]->mac_len = suite->mac_len;
		both[i]->key_len = suite->key_len;
		both[i]->iv_len = suite->iv_len;
	}
}

/* 6.3: the server's random comes first here. */
int hs_key_expansion(const struct hs_crypto *crypto,
		     const struct hs_suite *suite,
		     const struct hs_secret *master,
		     const uint8_t *client_random, const uint8_t *server_random,
		     struct hs_key_block *client, struct hs_key_block *server)
{
	const struct hs_bytes seed[] = {
		hs_bytes(server_random, HS_RANDOM),
		hs_bytes(client_random, HS_RANDOM),
	};
	uint8_t block[BLOCK_MAX];
	size_t len = 2u * (suite->mac_len + suite->key_len + suite->iv_len);
	int alert = hs_prf(crypto, suite->hash, secret_bytes(master),
			   "key expansion", seed, 2, block, len);

	if (!alert)
		split(suite, block, client, server);
	hs_wipe(block, sizeof(block));
	return alert;
}

int hs_verify_data(const struct hs_crypto *crypto, enum hs_hash_alg alg,
		   const struct hs_secret *master, enum hs_role signer,
		   const uint8_t *hash, uint8_t *out)
{
	const struct hs_bytes seed = hs_bytes(hash, hs_hash_len(alg));

	return hs_prf(crypto, alg, secret_bytes(master),
		      signer == HS_CLIENT ? "client finished" :
					    "server finished",
		      &seed, 1, out, HS_VERIFY_DATA_LEN);
}

int hs_exporter12(const struct hs_crypto *crypto, enum hs_hash_alg alg,
		  const struct hs_secret *master, const uint8_t *client_random,
		  const uint8_t *server_random, const char *label,
		  struct hs_bytes context, uint8_t *out, size_t len)
{
	uint8_t randoms[2 * HS_RANDOM] = { 0 }, context_len[2] = { 0 };
	struct hs_bytes seed[] = {
		hs_bytes(randoms, sizeof(randoms)),
		hs_bytes(context_len, sizeof(context_len)),
		context,
	};

	if (context.len > 0xffff)
		return HS_ALERT_INTERNAL_ERROR;
	memcpy(randoms, client_random, HS_RANDOM);
	memcpy(randoms + HS_RANDOM, server_random, HS_RANDOM);
	context_len[0] = (uint8_t)(context.len >> 8);
	context_len[1] = (uint8_t)context.len;
	return hs_prf(crypto, alg, secret_bytes(master), label, seed,
		      context.data ? 3 : 1, out, len);
}
