// SPDX-License-Identifier: Apache-2.0
/* shares: key shares that are none, made from the numbers of each group (RFC 7748 6,
 * RFC 7919, RFC 8446 4.2.8). */
#include "shares.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include "daemon/crypto_openssl.h"
#include "daemon/engine/engine.h"
#include "tap.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static struct share *bad;
static size_t bad_n;

/* data may be NULL: zeros. */
static uint8_t *add(uint16_t group, const char *what, const uint8_t *data,
		    size_t len)
{
	uint8_t copy[SHARE_ROOM] = { 0 };
	struct share *b;

	/* It may be another row's, which moves. */
	if (data)
		memcpy(copy, data, len);
	bad = realloc(bad, (bad_n + 1) * sizeof(*bad));
	b = &bad[bad_n++];
	b->group = group;
	b->whose = SHARE_ANYBODY;
	b->what = what;
	b->len = len;
	memcpy(b->bytes, copy, sizeof(copy));
	return b->bytes;
}

/* RFC 7748 5: little-endian. The points whose order divides 8: 0, 1, -1, two
 * of order 8, and the numbers that are the same modulo p; bit 255 is masked. */
static const uint8_t order_8[2][32] = {
	{ 0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3,
	  0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32,
	  0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00 },
	{ 0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1,
	  0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c,
	  0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57 },
};

void shares_near_p(uint8_t *out, uint16_t group, int small)
{
	bool x25519 = group == HS_GROUP_X25519;
	BIGNUM *n = BN_new();

	BN_set_bit(n, x25519 ? 255 : 448);
	if (x25519) {
		BN_sub_word(n, 19);
	} else {
		BIGNUM *m = BN_new();

		BN_set_bit(m, 224);
		BN_sub(n, n, m);
		BN_sub_word(n, 1);
		BN_free(m);
	}
	if (small < 0)
		BN_sub_word(n, (BN_ULONG)-small);
	else
		BN_add_word(n, (BN_ULONG)small);
	BN_bn2lebinpad(n, out, x25519 ? 32 : 56);
	BN_free(n);
}

static void montgomery(uint16_t group)
{
	size_t len = hs_group(group)->client_share;

	add(group, "0", NULL, len);
	*add(group, "1", NULL, len) = 1;
	shares_near_p(add(group, "p - 1", NULL, len), group, -1);
	shares_near_p(add(group, "p", NULL, len), group, 0);
	shares_near_p(add(group, "p + 1", NULL, len), group, 1);
	if (group == HS_GROUP_X25519)
		for (int i = 0; i < 2; i++)
			add(group, "order 8", order_8[i], len);
	*add(group, "a byte too short", NULL, len - 1) = 9;
	*add(group, "a byte too long", NULL, len + 1) = 9;
	*add(group, "one byte", NULL, 1) = 9;
	add(group, "nothing", NULL, 0);
}

static void masked_bits(void)
{
	size_t n = bad_n;

	for (size_t i = 0; i < n; i++)
		if (bad[i].group == HS_GROUP_X25519 && bad[i].len == 32)
			add(HS_GROUP_X25519, "with bit 255", bad[i].bytes,
			    32)[31] |= 0x80;
}

/* A curve's numbers. */
struct curve {
	uint16_t	group;
	int		nid;
	EC_GROUP	*ec;
	BIGNUM		*p, *gx, *gy;	/* the generator's */
	BIGNUM		*sx, *sy;	/* of a point whose x is small */
	int		width;
};

static void curve_open(struct curve *c)
{
	EC_POINT *point;

	c->ec = EC_GROUP_new_by_curve_name(c->nid);
	c->p = BN_new();
	c->gx = BN_new();
	c->gy = BN_new();
	c->sx = BN_new();
	c->sy = BN_new();
	c->width = (EC_GROUP_get_degree(c->ec) + 7) / 8;
	EC_GROUP_get_curve(c->ec, c->p, NULL, NULL, NULL);
	EC_POINT_get_affine_coordinates(c->ec, EC_GROUP_get0_generator(c->ec),
					c->gx, c->gy, NULL);
	point = EC_POINT_new(c->ec);
	do
		BN_add_word(c->sx, 1);
	while (EC_POINT_set_compressed_coordinates(c->ec, point, c->sx, 0,
						   NULL) != 1);
	EC_POINT_get_affine_coordinates(c->ec, point, c->sx, c->sy, NULL);
	EC_POINT_free(point);
}

static void curve_close(struct curve *c)
{
	EC_GROUP_free(c->ec);
	BN_free(c->p);
	BN_free(c->gx);
	BN_free(c->gy);
	BN_free(c->sx);
	BN_free(c->sy);
}

/* A point in the form that `form` says, whether it is one or not. */
static size_t encode(const struct curve *c, uint8_t form, const BIGNUM *x,
		     const BIGNUM *y, uint8_t *out)
{
	size_t n = (size_t)c->width;

	out[0] = form;
	BN_bn2binpad(x, out + 1, c->width);
	if (form == 2 || form == 3)
		return 1 + n;
	BN_bn2binpad(y, out + 1 + n, c->width);
	return 1 + 2 * n;
}

static void add_point(const struct curve *c, uint8_t form, const BIGNUM *x,
		      const BIGNUM *y, const char *what)
{
	uint8_t room[SHARE_ROOM];
	size_t len = encode(c, form, x, y, room);

	add(c->group, what, room, len);
}

static void weierstrass_points(const struct curve *c)
{
	BIGNUM *n = BN_new(), *zero = BN_new();
	uint8_t odd = (uint8_t)BN_is_odd(c->gy);

	BN_zero(zero);
	add_point(c, 4, c->gx, c->gx, "not on the curve");
	BN_copy(n, c->gy);
	BN_add_word(n, 1);
	add_point(c, 4, c->gx, n, "just off the curve");
	add_point(c, 4, c->gy, c->gx, "the coordinates exchanged");
	add_point(c, 4, zero, zero, "zeros");
	add_point(c, 4, c->gx, zero, "y is 0");
	add_point(c, 4, zero, c->gy, "x is 0");
	add_point(c, 4, c->p, c->gy, "x is p");
	add_point(c, 4, c->gx, c->p, "y is p");
	/* The same point modulo p: but a coordinate is less than p. */
	BN_add(n, c->p, c->sx);
	add_point(c, 4, n, c->sy, "p too much in x");
	add_point(c, (uint8_t)(2 + odd), c->gx, c->gy, "compressed");
	add_point(c, (uint8_t)(3 - odd), c->gx, c->gy, "compressed, -y");
	add_point(c, (uint8_t)(6 + odd), c->gx, c->gy, "hybrid");
	add_point(c, (uint8_t)(7 - odd), c->gx, c->gy, "hybrid, other sign");
	add_point(c, 0, zero, zero, "infinity, padded");
	add_point(c, 0, c->gx, c->gy, "form 0");
	add_point(c, 1, c->gx, c->gy, "form 1");
	add_point(c, 5, c->gx, c->gy, "form 5");
	add_point(c, 0x84, c->gx, c->gy, "form 0x84");
	BN_free(n);
	BN_free(zero);
}

static void weierstrass(struct curve *c)
{
	uint8_t room[SHARE_ROOM] = { 0 };
	size_t len;

	curve_open(c);
	weierstrass_points(c);
	len = encode(c, 4, c->gx, c->gy, room);
	add(c->group, "a byte too short", room, len - 1);
	add(c->group, "a byte too long", room, len + 1);
	add(c->group, "without its form", room + 1, len - 1);
	/* More bits than the field has: only P-521 has room for them. */
	if (c->group == HS_GROUP_SECP521R1)
		add(c->group, "a bit above the field", room, len)[1] |= 0x02;
	add(c->group, "infinity", NULL, 1);
	*add(c->group, "one byte", NULL, 1) = 4;
	add(c->group, "nothing", NULL, 0);
	curve_close(c);
}

/* RFC 7919 5.1: numbers that are no public value. */
static void finite_field(uint16_t group)
{
	const struct hs_crypto *crypto = tlsup_crypto_openssl();
	size_t len = hs_group(group)->client_share;
	struct hs_bytes p = { 0 }, g = { 0 };
	uint8_t *s;

	tap_sub(!crypto->dh_params(group, &p, &g) && p.len == len &&
		g.len == 1 && g.data[0] == 2, "%s: prime and generator",
		hs_group(group)->name);
	add(group, "0", NULL, len);
	add(group, "1", NULL, len)[len - 1] = 1;
	/* The prime ends in ones: nothing is borrowed. */
	add(group, "p - 1", p.data, len)[len - 1] -= 1;
	add(group, "p", p.data, len);
	s = add(group, "more than p", p.data, len);
	for (size_t i = len; i-- && !++s[i];)
		;
	memset(add(group, "all ones", NULL, len), 0xff, len);
	add(group, "a byte too short", NULL, len - 1)[len - 2] = 2;
	add(group, "a byte too long", NULL, len + 1)[len] = 2;
	*add(group, "one byte", NULL, 1) = 2;
	add(group, "nothing", NULL, 0);
}

const uint16_t shares_fields[] = {
	HS_GROUP_FFDHE2048, HS_GROUP_FFDHE3072, HS_GROUP_FFDHE4096,
	HS_GROUP_FFDHE6144, HS_GROUP_FFDHE8192,
};

const uint16_t shares_hybrids[] = {
	HS_GROUP_X25519MLKEM768, HS_GROUP_SECP256R1MLKEM768,
};

static uint8_t *add_hybrid(uint16_t group, enum share_whose whose, const char *what,
			   const uint8_t *good, size_t len)
{
	uint8_t *share = add(group, what, good, len);

	bad[bad_n - 1].whose = whose;
	return share;
}

/* draft-ietf-tls-ecdhe-mlkem 4.1: ML-KEM's part comes first beside X25519, and
 * last beside secp256r1. */
static void bad_halves(uint16_t group, enum share_whose whose, const uint8_t *good,
		       size_t len)
{
	bool p256 = group == HS_GROUP_SECP256R1MLKEM768;

	add_hybrid(group, whose, "a byte too short", good, len - 1);
	add_hybrid(group, whose, "a byte too long", good, len + 1);
	add_hybrid(group, whose, "the curve's share alone",
		   good + (p256 ? 0 : len - 32), p256 ? 65 : 32);
	add_hybrid(group, whose, "nothing", NULL, 0);
	if (!p256) {
		memset(add_hybrid(group, whose, "x25519: 0", good, len) + len -
		       32, 0, 32);
		memcpy(add_hybrid(group, whose, "x25519: order 8", good, len) +
		       len - 32, order_8[0], 32);
		return;
	}
	add_hybrid(group, whose, "secp256r1: not on the curve", good,
		   len)[64] ^= 1;
	memset(add_hybrid(group, whose, "secp256r1: zeros", good, len) + 1, 0,
	       64);
	*add_hybrid(group, whose, "secp256r1: hybrid form", good, len) =
		6 | (good[64] & 1);
	*add_hybrid(group, whose, "secp256r1: form 0", good, len) = 0;
}

/* FIPS 203 7.2: numbers of 12 bits, each less than 3329. */
static void not_reduced(uint16_t group, const uint8_t *good, size_t len)
{
	size_t first = group == HS_GROUP_X25519MLKEM768 ? 0 : 65;
	uint8_t *s;

	s = add_hybrid(group, SHARE_CLIENTS, "ML-KEM: 3329", good, len) + first;
	s[0] = 0x01;
	s[1] = (s[1] & 0xf0) | 0x0d;
	s = add_hybrid(group, SHARE_CLIENTS, "ML-KEM: 4095", good, len) + first;
	s[0] = 0xff;
	s[1] |= 0x0f;
	/* The last of its 768 numbers; a seed of 32 bytes follows. */
	s = add_hybrid(group, SHARE_CLIENTS, "ML-KEM: 3329 at the end", good, len) +
	    first + 1150;
	s[0] = (s[0] & 0x0f) | 0x10;
	s[1] = 0xd0;
}

static void hybrid(uint16_t group)
{
	const struct hs_crypto *crypto = tlsup_crypto_openssl();
	uint8_t client[HS_SHARE_MAX], server[HS_SHARE_MAX];
	size_t client_len = sizeof(client), server_len = sizeof(server);
	struct hs_shared shared;
	struct hs_kx *kx = NULL;

	if (!crypto->group_supported(group))
		return;
	crypto->kx_generate(group, &kx, client, &client_len);
	crypto->kx_respond(group, (struct hs_bytes){ client, client_len },
			   server, &server_len, &shared);
	tap_sub(client_len == hs_group(group)->client_share &&
		server_len == hs_group(group)->server_share,
		"%s: lengths", hs_group(group)->name);
	crypto->kx_free(kx);
	bad_halves(group, SHARE_CLIENTS, client, client_len);
	not_reduced(group, client, client_len);
	bad_halves(group, SHARE_SERVERS, server, server_len);
}

void shares_collect(void)
{
	struct curve curves[] = {
		{ .group = HS_GROUP_SECP256R1, .nid = NID_X9_62_prime256v1 },
		{ .group = HS_GROUP_SECP384R1, .nid = NID_secp384r1 },
		{ .group = HS_GROUP_SECP521R1, .nid = NID_secp521r1 },
	};

	montgomery(HS_GROUP_X25519);
	masked_bits();
	montgomery(HS_GROUP_X448);
	for (size_t i = 0; i < N(curves); i++)
		weierstrass(&curves[i]);
	for (size_t i = 0; i < N(shares_fields); i++)
		finite_field(shares_fields[i]);
	for (size_t i = 0; i < N(shares_hybrids); i++)
		hybrid(shares_hybrids[i]);
	tap_sum("the fields' primes and generators, and shares to spoil");
}

size_t shares_count(void)
{
	return bad_n;
}

const struct share *shares_at(size_t i)
{
	return &bad[i];
}

void shares_free(void)
{
	free(bad);
}
