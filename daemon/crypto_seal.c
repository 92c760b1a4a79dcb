// SPDX-License-Identifier: Apache-2.0
/*
 * crypto_seal: owns the daemon's own uses of libcrypto: AES-256-GCM for
 * tickets, SHA-256 for fingerprints and cache keys.
 */
#include "daemon/crypto_seal.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>
#include <sys/random.h>

/* Fetched once: to look it up takes as long as to seal a ticket by it. */
static EVP_CIPHER *gcm;

static void fetch_gcm(void)
{
	gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
}

static EVP_CIPHER_CTX *gcm_ctx(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, fetch_gcm);
	return gcm ? EVP_CIPHER_CTX_new() : NULL;
}

bool tlsup_seal(const uint8_t key[TLSUP_SEAL_KEY],
		const uint8_t iv[TLSUP_SEAL_IV], struct hs_bytes aad,
		struct hs_bytes in, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = gcm_ctx();
	int n;
	bool ok;

	ok = ctx && in.len <= INT_MAX && aad.len <= INT_MAX &&
	     EVP_EncryptInit_ex2(ctx, gcm, key, iv, NULL) == 1 &&
	     EVP_EncryptUpdate(ctx, NULL, &n, aad.data, aad.len) == 1 &&
	     EVP_EncryptUpdate(ctx, out, &n, in.data, in.len) == 1 &&
	     EVP_EncryptFinal_ex(ctx, out + in.len, &n) == 1 &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TLSUP_SEAL_TAG,
				 out + in.len) == 1;
	EVP_CIPHER_CTX_free(ctx);
	ERR_clear_error();
	return ok;
}

bool tlsup_unseal(const uint8_t key[TLSUP_SEAL_KEY],
		  const uint8_t iv[TLSUP_SEAL_IV], struct hs_bytes aad,
		  struct hs_bytes in, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx;
	size_t len;
	bool ok;
	int n;

	if (in.len < TLSUP_SEAL_TAG || in.len > INT_MAX || aad.len > INT_MAX)
		return false;
	len = in.len - TLSUP_SEAL_TAG;
	ctx = gcm_ctx();
	ok = ctx &&
	     EVP_DecryptInit_ex2(ctx, gcm, key, iv, NULL) == 1 &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TLSUP_SEAL_TAG,
				 (void *)(in.data + len)) == 1 &&
	     EVP_DecryptUpdate(ctx, NULL, &n, aad.data, aad.len) == 1 &&
	     EVP_DecryptUpdate(ctx, out, &n, in.data, len) == 1 &&
	     EVP_DecryptFinal_ex(ctx, out + len, &n) == 1;
	EVP_CIPHER_CTX_free(ctx);
	ERR_clear_error();
	if (!ok)
		explicit_bzero(out, len);
	return ok;
}

bool tlsup_digest(const struct hs_bytes *parts, size_t n,
		  uint8_t digest[TLSUP_DIGEST])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint64_t len;
	size_t i;
	bool ok;

	ok = ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1;
	for (i = 0; ok && i < n; i++) {
		len = parts[i].len;
		ok = EVP_DigestUpdate(ctx, &len, sizeof(len)) == 1 &&
		     EVP_DigestUpdate(ctx, parts[i].data, parts[i].len) == 1;
	}
	ok = ok && EVP_DigestFinal_ex(ctx, digest, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return ok;
}

bool tlsup_random(void *out, size_t len)
{
	uint8_t *p = out;
	ssize_t n;

	while (len) {
		n = getrandom(p, len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		p += n;
		len -= n;
	}
	return true;
}
