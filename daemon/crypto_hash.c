// SPDX-License-Identifier: Apache-2.0
/*
 * crypto_hash: hs_crypto's running hashes and HMAC. A handshake makes some
 * twenty HMACs of a few bytes, for which libcrypto's EVP_MAC allocates more
 * than it computes: so they are made here, by RFC 2104, in a hash context that
 * each thread keeps.
 */
#include <pthread.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "crypto_hash.h"
#include "engine/suites.h"

#define BLOCK_MAX 128
#define SHORT_MAX 256
#define N(a) (sizeof(a) / sizeof((a)[0]))

static struct row {
	const char	*name;
	size_t		block;
	EVP_MD		*md;
} rows[] = {
	[HS_SHA256] = { .name = "SHA256", .block = 64 },
	[HS_SHA384] = { .name = "SHA384", .block = 128 },
};

/* What a thread keeps: between two uses a context is as after its init, so that
 * nothing stays in it. The destructor runs in the thread that ends. */
static __thread EVP_MD_CTX *kept[N(rows)];
static pthread_key_t kept_key;

static void free_kept(void *arg)
{
	EVP_MD_CTX **ctx = arg;

	for (size_t i = 0; i < N(rows); i++) {
		EVP_MD_CTX_free(ctx[i]);
		ctx[i] = NULL;
	}
}

static EVP_MD_CTX *ctx_new(enum hs_hash_alg alg)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (ctx && EVP_DigestInit_ex2(ctx, rows[alg].md, NULL) == 1)
		return ctx;
	EVP_MD_CTX_free(ctx);
	return NULL;
}

static EVP_MD_CTX *kept_ctx(enum hs_hash_alg alg)
{
	if (kept[alg])
		return kept[alg];
	kept[alg] = ctx_new(alg);
	pthread_setspecific(kept_key, kept);
	return kept[alg];
}

/* The digest, and the context as it was before. After a failure, which leaves
 * it in no state that is known, there will be a new one. */
static bool finish(EVP_MD_CTX *ctx, enum hs_hash_alg alg, bool ok, uint8_t *out)
{
	ok = ok && EVP_DigestFinal_ex(ctx, out, NULL) == 1;
	if (EVP_DigestInit_ex2(ctx, rows[alg].md, NULL) == 1 && ok)
		return true;
	EVP_MD_CTX_free(ctx);
	kept[alg] = NULL;
	return false;
}

/* struct hs_hash is an EVP_MD_CTX. */

static EVP_MD_CTX *md_ctx(const struct hs_hash *h)
{
	return (EVP_MD_CTX *)(uintptr_t)h;
}

struct hs_hash *tlsup_hash_new(enum hs_hash_alg alg)
{
	return (struct hs_hash *)ctx_new(alg);
}

struct hs_hash *tlsup_hash_copy(const struct hs_hash *h)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (ctx && EVP_MD_CTX_copy_ex(ctx, md_ctx(h)) == 1)
		return (struct hs_hash *)ctx;
	EVP_MD_CTX_free(ctx);
	return NULL;
}

int tlsup_hash_update(struct hs_hash *h, const uint8_t *data, size_t len)
{
	return EVP_DigestUpdate(md_ctx(h), data, len) == 1 ?
		       0 : HS_ALERT_INTERNAL_ERROR;
}

static enum hs_hash_alg alg_of(const EVP_MD_CTX *ctx)
{
	return EVP_MD_CTX_get0_md(ctx) == rows[HS_SHA384].md ? HS_SHA384 :
							       HS_SHA256;
}

int tlsup_hash_peek(const struct hs_hash *h, uint8_t *out)
{
	enum hs_hash_alg alg = alg_of(md_ctx(h));
	EVP_MD_CTX *ctx = kept_ctx(alg);

	return ctx && finish(ctx, alg, EVP_MD_CTX_copy_ex(ctx, md_ctx(h)) == 1,
			     out) ?
		       0 : HS_ALERT_INTERNAL_ERROR;
}

void tlsup_hash_free(struct hs_hash *h)
{
	EVP_MD_CTX_free(md_ctx(h));
}

/* Puts what fits of block and parts into room, for one call to hash: that is
 * all of it for HKDF's labels. Returns the bytes, *n the parts. */
static size_t gather(uint8_t *room, size_t block, const struct hs_bytes *parts,
		     size_t *n)
{
	size_t len = block, i;

	for (i = 0; i < *n && parts[i].len <= BLOCK_MAX + SHORT_MAX - len; i++) {
		if (parts[i].len)
			memcpy(room + len, parts[i].data, parts[i].len);
		len += parts[i].len;
	}
	*n = i;
	return len;
}

/* H(block | parts), where room begins with the block, 0 bytes or one, and is
 * longer by SHORT_MAX. */
static bool digest(EVP_MD_CTX *ctx, enum hs_hash_alg alg, uint8_t *room,
		   size_t block, const struct hs_bytes *parts, size_t n,
		   uint8_t *out)
{
	size_t done = n;
	size_t len = gather(room, block, parts, &done);
	bool ok = EVP_DigestUpdate(ctx, room, len) == 1;

	for (; ok && done < n; done++)
		ok = EVP_DigestUpdate(ctx, parts[done].data,
				      parts[done].len) == 1;
	return finish(ctx, alg, ok, out);
}

static void flip(uint8_t *block, size_t len, uint8_t with)
{
	for (size_t i = 0; i < len; i++)
		block[i] ^= with;
}

/* RFC 2104 2: H(K ^ opad, H(K ^ ipad, text)), where a key longer than a block
 * is hashed first. */
int tlsup_hmac(enum hs_hash_alg alg, struct hs_bytes key,
	       const struct hs_bytes *parts, size_t n, uint8_t *out)
{
	uint8_t room[BLOCK_MAX + SHORT_MAX], hashed[HS_HASH_MAX];
	struct hs_bytes inner = { hashed, hs_hash_len(alg) };
	EVP_MD_CTX *ctx = kept_ctx(alg);
	size_t len = rows[alg].block;
	bool ok = ctx != NULL;

	if (key.len > len) {
		ok = ok && digest(ctx, alg, room, 0, &key, 1, hashed);
		key = inner;
	}
	memset(room, 0, len);
	if (key.len)
		memcpy(room, key.data, key.len);
	flip(room, len, 0x36);
	ok = ok && digest(ctx, alg, room, len, parts, n, hashed);
	flip(room, len, 0x36 ^ 0x5c);
	ok = ok && digest(ctx, alg, room, len, &inner, 1, out);
	OPENSSL_cleanse(room, sizeof(room));
	OPENSSL_cleanse(hashed, sizeof(hashed));
	return ok ? 0 : HS_ALERT_INTERNAL_ERROR;
}

bool tlsup_hash_fetch(void)
{
	bool ok = pthread_key_create(&kept_key, free_kept) == 0;

	for (size_t i = HS_SHA256; i < N(rows); i++) {
		rows[i].md = EVP_MD_fetch(NULL, rows[i].name, NULL);
		ok = ok && rows[i].md;
	}
	return ok;
}
