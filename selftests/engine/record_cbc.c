// SPDX-License-Identifier: Apache-2.0
/*
 * record_cbc: owns the padding and the MAC of CBC records that were decrypted
 * (RFC 5246 6.2.3.2). Where the data ends is a secret until all is known to be
 * good, so each byte that could be data, padding of the hash or MAC is looked at
 * under a mask, and the hash runs over as many blocks as the longest data would
 * take.
 */
#define OPENSSL_SUPPRESS_DEPRECATED	/* a hash's single blocks */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "daemon/engine/wire.h"
#include "record_cbc.h"

#define BLOCK_MAX	128
#define MAC_MAX		48
#define PAD_MAX		256	/* the length byte too */

union state {
	SHA_CTX		sha1;
	SHA256_CTX	sha256;
	SHA512_CTX	sha512;
};

/* A hash by its blocks. shift: of the block's length; size: bytes of the length
 * that ends the last one. */
struct alg {
	size_t	mac_len, block, shift, size;
	void	(*init)(union state *s);
	void	(*add)(union state *s, const uint8_t *block);
	void	(*out)(const union state *s, uint8_t *digest);
};

struct record_hmac {
	const struct alg	*alg;
	union state		inner, outer;	/* with the key in them */
};

/* --- Masks: all ones or nothing. Numbers are below 2^32. --- */

/* The compiler is not to know what is in x: it would find the branch that a mask
 * stands for, and count a loop by the secret that it is compared with. */
static size_t hide(size_t x)
{
	__asm__("" : "+r"(x));
	return x;
}

static size_t below(size_t a, size_t b)
{
	return hide(0 - ((hide(a) - hide(b)) >> (8 * sizeof(a) - 1)));
}

static size_t same(size_t a, size_t b)
{
	return ~(below(a, b) | below(b, a));
}

/* --- The hashes --- */

static void put32(uint8_t *out, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		out[i] = (uint8_t)(v >> (24 - 8 * i));
}

static void init1(union state *s)
{
	SHA1_Init(&s->sha1);
}

static void add1(union state *s, const uint8_t *block)
{
	SHA1_Transform(&s->sha1, block);
}

static void out1(const union state *s, uint8_t *digest)
{
	const uint32_t h[] = { s->sha1.h0, s->sha1.h1, s->sha1.h2, s->sha1.h3,
			       s->sha1.h4 };

	for (int i = 0; i < 5; i++)
		put32(digest + 4 * i, h[i]);
}

static void init256(union state *s)
{
	SHA256_Init(&s->sha256);
}

static void add256(union state *s, const uint8_t *block)
{
	SHA256_Transform(&s->sha256, block);
}

static void out256(const union state *s, uint8_t *digest)
{
	for (int i = 0; i < 8; i++)
		put32(digest + 4 * i, s->sha256.h[i]);
}

static void init384(union state *s)
{
	SHA384_Init(&s->sha512);
}

static void add384(union state *s, const uint8_t *block)
{
	SHA512_Transform(&s->sha512, block);
}

static void out384(const union state *s, uint8_t *digest)
{
	for (int i = 0; i < 6; i++) {
		put32(digest + 8 * i, (uint32_t)(s->sha512.h[i] >> 32));
		put32(digest + 8 * i + 4, (uint32_t)s->sha512.h[i]);
	}
}

static const struct alg algs[] = {
	{ 20, 64, 6, 8, init1, add1, out1 },
	{ 32, 64, 6, 8, init256, add256, out256 },
	{ 48, 128, 7, 16, init384, add384, out384 },
};

/* --- HMAC, RFC 2104; a key here is shorter than a block --- */

static void start(const struct alg *a, union state *s, const uint8_t *key,
		  uint8_t pad)
{
	uint8_t block[BLOCK_MAX];

	memset(block, pad, sizeof(block));
	for (size_t i = 0; i < a->mac_len; i++)
		block[i] ^= key[i];
	a->init(s);
	a->add(s, block);
	hs_wipe(block, sizeof(block));
}

struct record_hmac *record_hmac_new(const uint8_t *key, size_t len)
{
	struct record_hmac *h = calloc(1, sizeof(*h));

	for (size_t i = 0; h && i < sizeof(algs) / sizeof(algs[0]); i++)
		if (algs[i].mac_len == len)
			h->alg = &algs[i];
	if (!h || !h->alg) {
		free(h);
		return NULL;
	}
	start(h->alg, &h->inner, key, 0x36);
	start(h->alg, &h->outer, key, 0x5c);
	return h;
}

void record_hmac_free(struct record_hmac *h)
{
	if (!h)
		return;
	hs_wipe(h, sizeof(*h));
	free(h);
}

/* The hash's own length, in bits, at the end of a block; the key's block in it. */
static void put_bits(const struct alg *a, uint8_t *block, size_t len)
{
	uint64_t bits = 8 * (uint64_t)(a->block + len);

	for (size_t i = 0; i < 8; i++)
		block[a->block - 1 - i] |= (uint8_t)(bits >> 8 * i);
}

/* head and the first n bytes of body, where n is not to be seen. */
struct message {
	const uint8_t	*head, *body;
	size_t		len;		/* of body: n is no more */
	size_t		end;		/* secret: head and n */
};

/* Block k as it is if the message goes on, ends in it, or has ended before. */
static void masked_block(const struct alg *a, const struct message *m, size_t k,
			 size_t last, uint8_t *block)
{
	uint8_t bits[BLOCK_MAX] = { 0 };
	uint8_t is_last = (uint8_t)same(k, last);

	put_bits(a, bits, m->end);
	for (size_t i = 0; i < a->block; i++) {
		size_t at = (k << a->shift) + i;
		uint8_t byte = at < RECORD_CBC_HEAD ? m->head[at] :
			       at - RECORD_CBC_HEAD < m->len ?
				       m->body[at - RECORD_CBC_HEAD] : 0;

		byte &= (uint8_t)below(at, m->end);
		byte |= (uint8_t)(0x80 & same(at, m->end));
		block[i] = byte | (bits[i] & is_last);
	}
}

/* The inner hash, in the same number of steps whatever m->end is. */
static void inner_hash(const struct record_hmac *h, const struct message *m,
		       size_t longest, uint8_t *digest)
{
	const struct alg *a = h->alg;
	size_t last = (m->end + a->size) >> a->shift;
	size_t n = ((longest + a->size) >> a->shift) + 1;
	uint8_t block[BLOCK_MAX], now[MAC_MAX];
	union state s = h->inner;

	memset(digest, 0, a->mac_len);
	for (size_t k = 0; k < n; k++) {
		masked_block(a, m, k, last, block);
		a->add(&s, block);
		a->out(&s, now);
		for (size_t i = 0; i < a->mac_len; i++)
			digest[i] |= now[i] & (uint8_t)same(k, last);
	}
	hs_wipe(&s, sizeof(s));
	hs_wipe(block, sizeof(block));
	hs_wipe(now, sizeof(now));
}

/* digest becomes the MAC: one block for all three hashes. */
static void outer_hash(const struct record_hmac *h, uint8_t *digest)
{
	const struct alg *a = h->alg;
	uint8_t block[BLOCK_MAX] = { 0 };
	union state s = h->outer;

	memcpy(block, digest, a->mac_len);
	block[a->mac_len] = 0x80;
	put_bits(a, block, a->mac_len);
	a->add(&s, block);
	a->out(&s, digest);
	hs_wipe(&s, sizeof(s));
	hs_wipe(block, sizeof(block));
}

/* --- Records --- */

/* The padding at the end of body[len], with `behind` bytes at least in front of it:
 * all ones if it is well-formed, and its length (the length byte too); else
 * nothing, and 1. Looks at as many bytes whatever it says. */
static size_t padding(const uint8_t *body, size_t len, size_t behind,
		      size_t *pad)
{
	size_t last = body[len - 1];
	size_t good = ~below(len, last + 1 + behind);
	size_t look = len < PAD_MAX ? len : PAD_MAX;

	for (size_t i = 0; i < look; i++)
		good &= same(body[len - 1 - i], last) | below(last, i);
	*pad = (last & good) + 1;
	return good;
}

/* Is mac at body[at], where at is not to be seen? It is `span` bytes from the end
 * at most. */
static size_t mac_is_at(const uint8_t *body, size_t len, size_t span, size_t at,
			const uint8_t *mac, size_t mac_len)
{
	size_t first = len < span ? 0 : len - span;
	uint8_t diff = 0;

	for (size_t j = 0; j < mac_len; j++) {
		uint8_t byte = 0;

		for (size_t i = first; i < len; i++)
			byte |= body[i] & (uint8_t)same(i, at + hide(j));
		diff |= byte ^ mac[j];
	}
	return same(diff, 0);
}

uint8_t record_cbc_check(const struct record_hmac *h,
			 const uint8_t head[RECORD_CBC_HEAD],
			 const uint8_t *body, size_t len, size_t *n)
{
	size_t mac_len = h->alg->mac_len, longest = len - mac_len - 1, pad;
	uint8_t front[RECORD_CBC_HEAD], mac[MAC_MAX];
	size_t good = padding(body, len, mac_len, &pad);
	struct message m = { .head = front, .body = body, .len = len };

	*n = len - mac_len - pad;
	m.end = sizeof(front) + *n;
	memcpy(front, head, sizeof(front));
	front[11] = (uint8_t)(*n >> 8);
	front[12] = (uint8_t)*n;
	inner_hash(h, &m, sizeof(front) + longest, mac);
	outer_hash(h, mac);
	good &= mac_is_at(body, len, PAD_MAX + mac_len, *n, mac, mac_len);
	hs_wipe(mac, sizeof(mac));
	return (uint8_t)good;
}

uint8_t record_cbc_unpad(const uint8_t *body, size_t len, size_t *n)
{
	size_t pad, good = padding(body, len, 0, &pad);

	*n = len - pad;
	return (uint8_t)good;
}
