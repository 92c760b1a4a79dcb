// SPDX-License-Identifier: Apache-2.0
/* line: records for the bench's own side of a connection: AES-128-GCM, as TLS
 * 1.3 (RFC 8446 5.2) and TLS 1.2 (RFC 5288) have it, with contexts that are
 * kept. What it costs is counted apart. */
#include <string.h>

#include "daemon/crypto_openssl.h"
#include "daemon/engine/schedule.h"
#include "daemon/engine/wire.h"
#include "handshake.h"

#define HEADER 5
#define TAG 16
#define EXPLICIT 8	/* RFC 5288 3 */

static bool set_key(struct line *l, const uint8_t *key, bool seal)
{
	static EVP_CIPHER *gcm;

	if (!gcm)
		gcm = EVP_CIPHER_fetch(NULL, "AES-128-GCM", NULL);
	if (!l->ctx)
		l->ctx = EVP_CIPHER_CTX_new();
	l->sealed = true;
	l->seq = 0;
	return EVP_CipherInit_ex2(l->ctx, gcm, key, NULL, seal, NULL) == 1;
}

bool line_secret(struct line *l, const struct hs_secret *secret, bool seal)
{
	const struct hs_crypto *crypto = tlsup_crypto_openssl();
	uint8_t key[16];

	l->old = false;
	return !hs_expand_label(crypto, HS_SHA256, secret, "key",
				hs_bytes(NULL, 0), key, sizeof(key)) &&
	       !hs_expand_label(crypto, HS_SHA256, secret, "iv",
				hs_bytes(NULL, 0), l->iv, sizeof(l->iv)) &&
	       set_key(l, key, seal);
}

bool line_keys(struct line *l, const struct hs_key_block *keys, bool seal)
{
	l->old = true;
	memcpy(l->iv, keys->iv, 4);
	return set_key(l, keys->key, seal);
}

void line_reset(struct line *l)
{
	l->sealed = false;
	l->seq = 0;
}

static void put_number(uint8_t *out, uint64_t v)
{
	for (int i = 7; i >= 0; i--, v >>= 8)
		out[i] = (uint8_t)v;
}

static void header(uint8_t *out, uint8_t type, size_t len)
{
	out[0] = type;
	out[1] = 3;
	out[2] = 3;
	out[3] = (uint8_t)(len >> 8);
	out[4] = (uint8_t)len;
}

/* Nonce and associated data; len is the plaintext's in TLS 1.2, the record's
 * in TLS 1.3. explicit: the part of the nonce that a record of TLS 1.2 has. */
static bool begin(struct line *l, uint8_t type, const uint8_t *explicit,
		  size_t len, bool seal)
{
	uint8_t nonce[12], aad[13];
	size_t aad_len = HEADER;
	int n;

	memcpy(nonce, l->iv, 12);
	if (l->old) {
		memcpy(nonce + 4, explicit, EXPLICIT);
		put_number(aad, l->seq);
		header(aad + 8, type, len);
		aad_len = 13;
	} else {
		header(aad, HS_APPLICATION_DATA, len);
		for (int i = 0; i < 8; i++)
			nonce[11 - i] ^= (uint8_t)(l->seq >> 8 * i);
	}
	l->seq++;
	return EVP_CipherInit_ex2(l->ctx, NULL, NULL, nonce, seal, NULL) == 1 &&
	       EVP_CipherUpdate(l->ctx, NULL, &n, aad, (int)aad_len) == 1;
}

bool line_put(struct line *l, struct flow *out, uint8_t type,
	      const uint8_t *data, size_t len)
{
	bool sealed = l->sealed && (l->old || type != HS_CHANGE_CIPHER_SPEC);
	size_t extra = !sealed ? 0 : l->old ? EXPLICIT + TAG : 1 + TAG;
	uint8_t *p = out->data + out->len;
	int n;

	if (out->len + HEADER + len + extra > FLOW_MAX)
		return false;
	out->len += HEADER + len + extra;
	header(p, sealed && !l->old ? HS_APPLICATION_DATA : type, len + extra);
	p += HEADER;
	if (!sealed) {
		memcpy(p, data, len);
		return true;
	}
	if (l->old) {
		put_number(p, l->seq);
		p += EXPLICIT;
	}
	if (!begin(l, type, p - EXPLICIT, l->old ? len : len + extra, true) ||
	    EVP_CipherUpdate(l->ctx, p, &n, data, (int)len) != 1)
		return false;
	p += len;
	if (!l->old && EVP_CipherUpdate(l->ctx, p++, &n, &type, 1) != 1)
		return false;
	return EVP_CipherFinal_ex(l->ctx, p, &n) == 1 &&
	       EVP_CIPHER_CTX_ctrl(l->ctx, EVP_CTRL_AEAD_GET_TAG, TAG, p) == 1;
}

static bool unseal(struct line *l, const uint8_t *p, uint8_t *type,
		   uint8_t *data, size_t *len)
{
	size_t body = *len, skip = l->old ? EXPLICIT : 0;
	int n;

	if (body < skip + TAG + 1)
		return false;
	body -= skip + TAG;
	p += skip;
	if (!begin(l, *type, p - EXPLICIT, l->old ? body : *len, false) ||
	    EVP_CIPHER_CTX_ctrl(l->ctx, EVP_CTRL_AEAD_SET_TAG, TAG,
				(void *)(uintptr_t)(p + body)) != 1 ||
	    EVP_CipherUpdate(l->ctx, data, &n, p, (int)body) != 1 ||
	    EVP_CipherFinal_ex(l->ctx, data + body, &n) != 1)
		return false;
	if (!l->old)
		*type = data[--body];
	*len = body;
	return true;
}

int line_get(struct line *l, struct flow *in, uint8_t *type, uint8_t *data,
	     size_t *len)
{
	const uint8_t *p = in->data + in->at;

	if (in->len - in->at < HEADER)
		return 0;
	*type = p[0];
	*len = (size_t)p[3] << 8 | p[4];
	in->at += HEADER + *len;
	p += HEADER;
	if (l->sealed && (l->old || *type != HS_CHANGE_CIPHER_SPEC))
		return unseal(l, p, type, data, len) ? 1 : -1;
	memcpy(data, p, *len);
	return 1;
}
