// SPDX-License-Identifier: Apache-2.0
/* What a key exchange takes, though it looks odd: numbers that are not reduced, zeros in
 * front (RFC 7748 5, RFC 8446 7.4); and the groups that need more than a curve: finite
 * fields and the hybrids of ML-KEM. */
#include <string.h>

#include "pair.h"
#include "shares.h"
#include "tap.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* Against the group's base, the shared secret is one's own public value. */
static bool with_base(uint16_t group, const uint8_t *base, size_t base_len,
		      uint8_t *share, struct hs_shared *shared)
{
	const struct hs_crypto *crypto = tlsup_crypto_openssl();
	size_t len = HS_SHARE_MAX;
	struct hs_kx *kx = NULL;
	int alert = crypto->kx_generate(group, &kx, share, &len);

	if (!alert)
		alert = crypto->kx_finish(kx, (struct hs_bytes){ base, base_len },
					  shared);
	crypto->kx_free(kx);
	return !alert && len == hs_group(group)->client_share;
}

/* RFC 7748 5: numbers of p and more, and bit 255 set, are valid. */
static void not_canonical(void)
{
	uint8_t base[56] = { 0 }, share[HS_SHARE_MAX];
	struct hs_shared shared;

	for (int i = 0; i < 3; i++) {
		memset(base, 0, sizeof(base));
		base[0] = 9;
		if (i == 1)
			base[31] = 0x80;
		if (i == 2)
			shares_near_p(base, HS_GROUP_X25519, 9);
		tap_sub(with_base(HS_GROUP_X25519, base, 32, share, &shared) &&
			shared.len == 32 && !memcmp(share, shared.bytes, 32),
			"x25519: 9, form %d", i);
	}
	for (int i = 0; i < 2; i++) {
		memset(base, 0, sizeof(base));
		base[0] = 5;
		if (i == 1)
			shares_near_p(base, HS_GROUP_X448, 5);
		tap_sub(with_base(HS_GROUP_X448, base, 56, share, &shared) &&
			shared.len == 56 && !memcmp(share, shared.bytes, 56),
			"x448: 5, form %d", i);
	}
	tap_sum("u-coordinates that are not reduced are accepted (RFC 7748 5)");
}

/* RFC 8446 4.2.8.1, 7.4.1: as long as the prime. Leading zeros come about once
 * in 256 times; what is stripped then only fails then (and in TLS 1.2 it tells
 * about the secret: the Raccoon attack). */
static void leading_zeros(void)
{
	uint8_t two[256] = { 0 }, share[HS_SHARE_MAX];
	struct hs_shared shared;
	bool seen = false, good = true;

	two[255] = 2;
	for (int i = 0; i < 8000 && good && !seen; i++) {
		good = with_base(HS_GROUP_FFDHE2048, two, sizeof(two), share,
				 &shared) &&
		       shared.len == 256 && !memcmp(share, shared.bytes, 256);
		seen = good && !share[0];
	}
	tap_ok(good && seen,
	       "a share and a shared secret with a zero in front keep it (7.4.1)");
}

static void field_handshakes(void)
{
	for (size_t i = 0; i < SHARES_FIELDS; i++)
		for (int retried = 0; retried < 2; retried++) {
			struct pair p;

			pair_init(&p);
			p.client.config.groups = shares_fields;
			p.client.config.groups_len = SHARES_FIELDS;
			p.client.config.key_share_groups = &shares_fields[i];
			p.client.config.key_share_groups_len = !retried;
			p.server.config.groups = &shares_fields[i];
			p.server.config.groups_len = 1;
			pair_open(&p);
			tap_sub(pair_run(&p) &&
				hs_info(p.client.hs)->group == shares_fields[i] &&
				hs_info(p.server.hs)->group == shares_fields[i] &&
				hs_info(p.client.hs)->retried == retried,
				"%s, retried: %d", hs_group(shares_fields[i])->name,
				retried);
			pair_free(&p);
		}
	tap_sum("handshakes over the fields of RFC 7919");
}

static void hybrid_handshakes(void)
{
	for (size_t i = 0; i < SHARES_HYBRIDS; i++)
		for (int retried = 0; retried < 2; retried++) {
			struct pair p;

			pair_init(&p);
			p.client.config.key_share_groups = &shares_hybrids[i];
			p.client.config.key_share_groups_len = !retried;
			p.server.config.groups = &shares_hybrids[i];
			p.server.config.groups_len = 1;
			pair_open(&p);
			tap_sub(pair_run(&p) &&
				hs_info(p.client.hs)->group == shares_hybrids[i] &&
				hs_info(p.client.hs)->retried == retried,
				"%s, retried: %d", hs_group(shares_hybrids[i])->name,
				retried);
			pair_free(&p);
		}
	tap_sum("handshakes over the hybrids of ML-KEM");
}

/* Without any configuration: a hybrid where both have it, and no retry with a
 * server that has but the curves. */
static void hybrid_first(void)
{
	static const uint16_t rows[][2] = {
		{ 0, HS_GROUP_X25519MLKEM768 },
		{ HS_GROUP_X25519, HS_GROUP_X25519 },
		{ HS_GROUP_SECP256R1MLKEM768, HS_GROUP_SECP256R1MLKEM768 },
	};

	for (size_t i = 0; i < N(rows); i++) {
		struct pair p;

		pair_init(&p);
		p.server.config.groups = rows[i][0] ? rows[i] : NULL;
		p.server.config.groups_len = 1;
		pair_open(&p);
		tap_sub(pair_run(&p) &&
			hs_info(p.client.hs)->group == rows[i][1] &&
			hs_info(p.client.hs)->retried == (i == 2),
			"row %zu", i);
		pair_free(&p);
	}
	tap_sum("x25519mlkem768 is the first choice, and x25519 has its share too");
}

/* FIPS 203 6.3: a ciphertext that was changed gives some other secret. */
static void changed_ciphertext(void)
{
	const struct hs_crypto *crypto = tlsup_crypto_openssl();

	for (size_t i = 0; i < SHARES_HYBRIDS; i++) {
		uint8_t client[HS_SHARE_MAX], server[HS_SHARE_MAX];
		size_t client_len = sizeof(client), server_len = sizeof(server);
		struct hs_shared a, b, c;
		struct hs_kx *kx = NULL;
		struct hs_bytes peer;

		crypto->kx_generate(shares_hybrids[i], &kx, client, &client_len);
		peer = hs_bytes(client, client_len);
		crypto->kx_respond(shares_hybrids[i], peer, server, &server_len, &a);
		peer = hs_bytes(server, server_len);
		tap_sub(!crypto->kx_finish(kx, peer, &b) && a.len == 64 &&
			b.len == 64 && !memcmp(a.bytes, b.bytes, 64),
			"%s: the same secret", hs_group(shares_hybrids[i])->name);
		server[100] ^= 1;
		tap_sub(!crypto->kx_finish(kx, peer, &c) && c.len == 64 &&
			memcmp(a.bytes, c.bytes, 64), "%s: another secret",
			hs_group(shares_hybrids[i])->name);
		crypto->kx_free(kx);
	}
	tap_sum("a changed ciphertext gives another secret, without an error");
}

static void mlkem(void)
{
	if (!tlsup_crypto_openssl()->group_supported(HS_GROUP_X25519MLKEM768)) {
		tap_skip("hybrids of ML-KEM", "this libcrypto has none");
		return;
	}
	hybrid_handshakes();
	hybrid_first();
	changed_ciphertext();
}

/* A field costs much: nobody gets one who did not ask for it. */
static void fields_by_name(void)
{
	struct pair p;

	pair_init(&p);
	p.client.config.groups = shares_fields;
	p.client.config.groups_len = SHARES_FIELDS;
	pair_open(&p);
	pair_run(&p);
	tap_ok(pair_alert(&p.server) == HS_ALERT_HANDSHAKE_FAILURE,
	       "a server's own choice of groups has no finite field");
	pair_free(&p);
}

int main(void)
{
	not_canonical();
	leading_zeros();
	field_handshakes();
	fields_by_name();
	mlkem();
	host_exit();
	return tap_done();
}
