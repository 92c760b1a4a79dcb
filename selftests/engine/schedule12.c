// SPDX-License-Identifier: Apache-2.0
/* TLS 1.2's PRF (RFC 5246 5) and what is made with it, against vectors that are
 * public and against libcrypto's own. */
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>

#include "daemon/crypto_openssl.h"
#include "daemon/engine/schedule12.h"
#include "daemon/engine/wire.h"
#include "tap.h"

static const char *const digests[] = {
	[HS_SHA256] = "SHA256", [HS_SHA384] = "SHA384",
};

static size_t unhex(const char *hex, uint8_t *out)
{
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n; i++) {
		char byte[] = { hex[2 * i], hex[2 * i + 1], 0 };

		out[i] = (uint8_t)strtoul(byte, NULL, 16);
	}
	return n;
}

/* "TLS 1.2 PRF test vectors", posted to the IETF's TLS list in 2009. */
static const struct {
	enum hs_hash_alg alg;
	const char	*secret, *seed, *out;
} posted[] = {
	{ HS_SHA256, "9bbe436ba940f017b17652849a71db35",
	  "a0ba9f936cda311827a6f796ffd5198c",
	  "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a"
	  "6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab"
	  "4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701"
	  "87347b66" },
	{ HS_SHA384, "b80b733d6ceefcdc71566ea48e5567df",
	  "cd665cf6a8447dd6ff8b27555edb7465",
	  "7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cd"
	  "e9ca0faa60be9fe34f82b1233c9146a0e534cb400fed2700884f9dc236f80edd"
	  "8bfa961144c9e8d792eca722a7b32fc3d416d473ebc2c5fd4abfdad05d918425"
	  "9b5bf8cd4d90fa0d31e2dec479e4f1a26066f2eea9a69236a3e52655c9e9aee6"
	  "91c8f3a26854308d5eaa3be85e0990703d73e56f" },
};

static void posted_vectors(void)
{
	const struct hs_crypto *crypto = tlsup_crypto_openssl();

	for (size_t i = 0; i < 2; i++) {
		uint8_t secret[64], seed[64], want[200], got[200];
		struct hs_bytes s = hs_bytes(seed, unhex(posted[i].seed, seed));
		size_t n = unhex(posted[i].out, want);
		struct hs_bytes k = hs_bytes(secret, unhex(posted[i].secret,
							   secret));

		for (size_t len = 0; len <= n; len++) {
			memset(got, 0xee, sizeof(got));
			tap_sub(!hs_prf(crypto, posted[i].alg, k, "test label",
					&s, 1, got, len) &&
				!memcmp(got, want, len) && got[len] == 0xee,
				"%zu bytes", len);
		}
	}
	tap_sum("P_SHA256 and P_SHA384, cut at every length");
}

/* NIST's component test for SP 800-135, TLS 1.2 with SHA-256, the first; its key
 * block is as long as that of AES-256-CBC with SHA-256. */
static void nist(void)
{
	const struct hs_crypto *crypto = tlsup_crypto_openssl();
	const struct hs_suite *suite =
		hs_suite(HS_DHE_RSA_AES_256_CBC_SHA256);
	uint8_t client[32], server[32], want[128], block[128];
	struct hs_key_block c, s;
	struct hs_shared premaster;
	struct hs_secret master;

	premaster.len = unhex(
		"f8938ecc9edebc5030c0c6a441e213cd24e6f770a50dda07876f8d55da062bca"
		"db386b411fd4fe4313a604fce6c17fbc", premaster.bytes);
	unhex("36c129d01a3200894b9179faac589d9835d58775f9b5ea3587cb8fd0364cae8c",
	      client);
	unhex("f6c9575ed7ddd73e1f7d16eca115415812a43c2b747daaaae043abfb50053fce",
	      server);
	unhex("202c88c00f84a17a20027079604787461176455539e705be730890602c289a50"
	      "01e34eeb3a043e5d52a65e66125188bf", want);
	tap_ok(!hs_master_plain(crypto, HS_SHA256, &premaster, client, server,
				&master) && master.len == 48 &&
	       !memcmp(master.bytes, want, 48), "NIST's master secret");
	unhex("62e1fd91f23f558a605f28478c58cf72637b89784d959df7e946d3f07bd1b616",
	      client);
	unhex("ae6c806f8ad4d80784549dff28a4b58fd837681a51d928c3e30ee5ff14f39868",
	      server);
	unhex("d06139889fffac1e3a71865f504aa5d0d2a2e89506c6f2279b670c3e1b74f531"
	      "016a2530c51a3a0f7e1d6590d0f0566b2f387f8d11fd4f731cdd572d2eae927f"
	      "6f2f81410b25e6960be68985add6c38445ad9f8c64bf8068bf9a6679485d966f"
	      "1ad6f68b43495b10a683755ea2b858d70ccac7ec8b053c6bd41ca299d4e51928",
	      want);
	tap_sub(!hs_key_expansion(crypto, suite, &master, client, server, &c,
				  &s), "expanded");
	memcpy(block, c.mac, 32);
	memcpy(block + 32, s.mac, 32);
	memcpy(block + 64, c.key, 32);
	memcpy(block + 96, s.key, 32);
	tap_sub(!memcmp(block, want, 128), "and cut");
	tap_sum("NIST's key block, as RFC 5246 6.3 cuts it");
}

static void reference(enum hs_hash_alg alg, struct hs_bytes secret,
		      struct hs_bytes seed, uint8_t *out, size_t len)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
			(char *)(uintptr_t)digests[alg], 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET,
			(void *)(uintptr_t)secret.data, secret.len),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED,
			(void *)(uintptr_t)seed.data, seed.len),
		OSSL_PARAM_construct_end(),
	};

	tap_sub(EVP_KDF_derive(ctx, out, len, params) == 1, "libcrypto");
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
}

/* Label and seed, as one. */
static struct hs_bytes join(uint8_t *room, const char *label, struct hs_bytes a,
			    struct hs_bytes b, struct hs_bytes c)
{
	struct hs_buf buf = hs_buf_fixed(room, 512);

	hs_buf_add(&buf, (const uint8_t *)label, strlen(label));
	hs_buf_add(&buf, a.data, a.len);
	hs_buf_add(&buf, b.data, b.len);
	hs_buf_add(&buf, c.data, c.len);
	return hs_buf_bytes(&buf);
}

struct inputs {
	uint8_t			client[32], server[32], hash[48];
	struct hs_shared	premaster;
	struct hs_secret	master;
	struct hs_bytes		none, c, s, h, key;
};

static void random_inputs(struct inputs *in, enum hs_hash_alg alg)
{
	RAND_bytes(in->client, 32);
	RAND_bytes(in->server, 32);
	RAND_bytes(in->hash, 48);
	in->premaster.len = 32;
	RAND_bytes(in->premaster.bytes, 32);
	in->master.len = 48;
	RAND_bytes(in->master.bytes, 48);
	in->none = hs_bytes(NULL, 0);
	in->c = hs_bytes(in->client, 32);
	in->s = hs_bytes(in->server, 32);
	in->h = hs_bytes(in->hash, hs_hash_len(alg));
	in->key = hs_bytes(in->master.bytes, 48);
}

/* RFC 7627 4, RFC 5246 8.1: over the hash of the messages, or over both randoms. */
static void masters(enum hs_hash_alg alg, struct inputs *in)
{
	const struct hs_crypto *crypto = tlsup_crypto_openssl();
	struct hs_bytes premaster = hs_bytes(in->premaster.bytes, 32);
	uint8_t room[512], want[48];
	struct hs_secret got;

	reference(alg, premaster, join(room, "extended master secret", in->h,
				       in->none, in->none), want, 48);
	tap_sub(!hs_master_extended(crypto, alg, &in->premaster, in->hash,
				    &got) && !memcmp(got.bytes, want, 48),
		"extended master secret");
	reference(alg, premaster, join(room, "master secret", in->c, in->s,
				       in->none), want, 48);
	tap_sub(!hs_master_plain(crypto, alg, &in->premaster, in->client,
				 in->server, &got) &&
		!memcmp(got.bytes, want, 48), "master secret");
}

static void finished(enum hs_hash_alg alg, struct inputs *in)
{
	const struct hs_crypto *crypto = tlsup_crypto_openssl();
	uint8_t room[512], want[12], got[12];

	reference(alg, in->key, join(room, "client finished", in->h, in->none,
				     in->none), want, 12);
	tap_sub(!hs_verify_data(crypto, alg, &in->master, HS_CLIENT, in->hash,
				got) && !memcmp(got, want, 12), "client");
	reference(alg, in->key, join(room, "server finished", in->h, in->none,
				     in->none), want, 12);
	tap_sub(!hs_verify_data(crypto, alg, &in->master, HS_SERVER, in->hash,
				got) && !memcmp(got, want, 12), "server");
}

static void exporters(enum hs_hash_alg alg, struct inputs *in)
{
	static const uint8_t len[] = { 0, 3 };
	const struct hs_crypto *crypto = tlsup_crypto_openssl();
	uint8_t room[512], with[2 + 3], want[70], got[70];

	reference(alg, in->key, join(room, "EXPORTER-x", in->c, in->s, in->none),
		  want, 70);
	tap_sub(!hs_exporter12(crypto, alg, &in->master, in->client, in->server,
			       "EXPORTER-x", in->none, got, 70) &&
		!memcmp(got, want, 70), "no context");
	memcpy(with, len, 2);
	memcpy(with + 2, "abc", 3);
	reference(alg, in->key, join(room, "EXPORTER-x", in->c, in->s,
				     hs_bytes(with, 5)), want, 70);
	tap_sub(!hs_exporter12(crypto, alg, &in->master, in->client, in->server,
			       "EXPORTER-x", hs_bytes("abc", 3), got, 70) &&
		!memcmp(got, want, 70), "a context");
}

/* RFC 5246 6.3, with the lengths of RFC 5289 3.1 (a MAC key as long as its hash)
 * and 3.2 (four bytes of the nonce). */
static void expansions(struct inputs *in)
{
	const struct hs_crypto *crypto = tlsup_crypto_openssl();

	for (size_t i = 0; i < hs_suites12_len; i++) {
		const struct hs_suite *s = &hs_suites12[i];
		size_t n = 2u * (s->mac_len + s->key_len + s->iv_len);
		uint8_t room[512], want[512], *p = want;
		struct hs_key_block c, v;

		reference(s->hash, in->key, join(room, "key expansion", in->s,
						 in->c, in->none), want, n);
		tap_sub(!hs_key_expansion(crypto, s, &in->master, in->client,
					  in->server, &c, &v), "%s", s->name);
		tap_sub(!memcmp(c.mac, p, s->mac_len) &&
			!memcmp(v.mac, p + s->mac_len, s->mac_len), "MAC keys");
		p += 2 * s->mac_len;
		tap_sub(!memcmp(c.key, p, s->key_len) &&
			!memcmp(v.key, p + s->key_len, s->key_len), "keys");
		p += 2 * s->key_len;
		tap_sub(!memcmp(c.iv, p, s->iv_len) &&
			!memcmp(v.iv, p + s->iv_len, s->iv_len), "IVs");
	}
	tap_sum("every suite's key block");
}

int main(void)
{
	struct inputs in;

	posted_vectors();
	nist();
	for (int alg = HS_SHA256; alg <= HS_SHA384; alg++) {
		for (int i = 0; i < 20; i++) {
			random_inputs(&in, (enum hs_hash_alg)alg);
			masters((enum hs_hash_alg)alg, &in);
			finished((enum hs_hash_alg)alg, &in);
			exporters((enum hs_hash_alg)alg, &in);
		}
		tap_sum("%s: secrets, verify_data and exporters as libcrypto's",
			digests[alg]);
	}
	expansions(&in);
	return tap_done();
}
