// SPDX-License-Identifier: Apache-2.0
/* record13: a TLS 1.3 record layer for tests, RFC 8446 5. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "daemon/crypto_openssl.h"
#include "daemon/engine/schedule.h"
#include "daemon/engine/suites.h"
#include "daemon/engine/wire.h"
#include "record13.h"

#define TAG 16
#define FRAGMENT_MAX 16384

static const struct {
	uint16_t	suite;
	size_t		key_len;
	const char	*cipher;
} rows[] = {
	{ HS_TLS_AES_128_GCM_SHA256, 16, "AES-128-GCM" },
	{ HS_TLS_AES_256_GCM_SHA384, 32, "AES-256-GCM" },
	{ HS_TLS_CHACHA20_POLY1305_SHA256, 32, "ChaCha20-Poly1305" },
};

static size_t row_of(uint16_t suite)
{
	size_t i = 0;

	while (i < 2 && rows[i].suite != suite)
		i++;
	return i;
}

void record13_init(struct record13 *r, int fd)
{
	memset(r, 0, sizeof(*r));
	r->fd = fd;
	/* 5.1: an initial ClientHello may say 0x0301. */
	r->version = 0x0301;
}

int record13_set(struct record13_state *s, uint16_t suite,
		 const struct hs_secret *secret)
{
	const struct hs_crypto *crypto = tlsup_crypto_openssl();
	enum hs_hash_alg alg = hs_suite(suite)->hash;
	struct hs_bytes none = { 0 };

	s->suite = suite;
	s->secret = *secret;
	s->seq = 0;
	return hs_expand_label(crypto, alg, secret, "key", none, s->key,
			       rows[row_of(suite)].key_len) ||
	       hs_expand_label(crypto, alg, secret, "iv", none, s->iv, 12) ?
		       -1 : 0;
}

int record13_update(struct record13_state *s)
{
	struct hs_secret next = { .len = s->secret.len };
	struct hs_bytes none = { 0 };

	if (hs_expand_label(tlsup_crypto_openssl(), hs_suite(s->suite)->hash,
			    &s->secret, "traffic upd", none, next.bytes,
			    next.len))
		return -1;
	return record13_set(s, s->suite, &next);
}

static EVP_CIPHER_CTX *cipher(struct record13_state *s, int encrypt)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	EVP_CIPHER *c = EVP_CIPHER_fetch(NULL, rows[row_of(s->suite)].cipher,
					 NULL);
	uint8_t nonce[12];

	memcpy(nonce, s->iv, 12);
	for (int i = 0; i < 8; i++)
		nonce[11 - i] ^= (uint8_t)(s->seq >> 8 * i);
	s->seq++;
	EVP_CipherInit_ex2(ctx, c, s->key, nonce, encrypt, NULL);
	EVP_CIPHER_free(c);
	return ctx;
}

static int write_all(int fd, const uint8_t *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static int read_all(int fd, uint8_t *data, size_t len)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = read(fd, data + got, len - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (!n)
			return got ? -1 : 0;
		got += (size_t)n;
	}
	return 1;
}

static void header(uint8_t *out, uint8_t type, uint16_t version, size_t len)
{
	out[0] = type;
	out[1] = (uint8_t)(version >> 8);
	out[2] = (uint8_t)version;
	out[3] = (uint8_t)(len >> 8);
	out[4] = (uint8_t)len;
}

/* TLSInnerPlaintext without padding; out has room for 5 + len + 1 + TAG. */
static size_t seal(struct record13_state *s, uint8_t type, const uint8_t *data,
		   size_t len, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = cipher(s, 1);
	int n;

	header(out, HS_APPLICATION_DATA, 0x0303, len + 1 + TAG);
	EVP_CipherUpdate(ctx, NULL, &n, out, 5);
	EVP_CipherUpdate(ctx, out + 5, &n, data, (int)len);
	EVP_CipherUpdate(ctx, out + 5 + len, &n, &type, 1);
	EVP_CipherFinal_ex(ctx, out + 5 + len + 1, &n);
	EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG,
			    out + 5 + len + 1);
	EVP_CIPHER_CTX_free(ctx);
	return 5 + len + 1 + TAG;
}

int record13_send(struct record13 *r, uint8_t type, const uint8_t *data,
		  size_t len)
{
	uint8_t out[5 + FRAGMENT_MAX + 1 + TAG];

	do {
		size_t n = len < FRAGMENT_MAX ? len : FRAGMENT_MAX, total;

		if (r->tx.suite && type != HS_CHANGE_CIPHER_SPEC) {
			total = seal(&r->tx, type, data, n, out);
		} else {
			header(out, type, r->version, n);
			memcpy(out + 5, data, n);
			total = 5 + n;
		}
		r->version = 0x0303;
		if (write_all(r->fd, out, total))
			return -1;
		data += n;
		len -= n;
	} while (len);
	return 0;
}

static int refuse(int alert)
{
	return -1 - alert;
}

static int open_record(struct record13 *r, size_t len, uint8_t *type)
{
	EVP_CIPHER_CTX *ctx;
	uint8_t *body = r->in + 5;
	int n, ok;

	if (len < TAG + 1)
		return refuse(HS_ALERT_BAD_RECORD_MAC);
	ctx = cipher(&r->rx, 0);
	len -= TAG;
	EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG, body + len);
	EVP_CipherUpdate(ctx, NULL, &n, r->in, 5);
	EVP_CipherUpdate(ctx, body, &n, body, (int)len);
	ok = EVP_CipherFinal_ex(ctx, body + len, &n) == 1;
	EVP_CIPHER_CTX_free(ctx);
	if (!ok)
		return refuse(HS_ALERT_BAD_RECORD_MAC);
	/* 5.4: padding away; without a type it is no record. */
	while (len && !body[len - 1])
		len--;
	if (!len || body[len - 1] == HS_CHANGE_CIPHER_SPEC)
		return refuse(HS_ALERT_UNEXPECTED_MESSAGE);
	*type = body[len - 1];
	return (int)len - 1 > FRAGMENT_MAX ? refuse(HS_ALERT_RECORD_OVERFLOW) :
					     (int)len - 1;
}

int record13_recv(struct record13 *r, uint8_t *type, const uint8_t **data)
{
	int got = read_all(r->fd, r->in, 5);
	size_t len = (size_t)r->in[3] << 8 | r->in[4];

	if (got <= 0)
		return got ? -1 : 0;
	if (len > RECORD13_MAX)
		return refuse(HS_ALERT_RECORD_OVERFLOW);
	if (len && read_all(r->fd, r->in + 5, len) != 1)
		return -1;
	*type = r->in[0];
	*data = r->in + 5;
	if (!r->rx.suite || (*type == HS_CHANGE_CIPHER_SPEC && len == 1))
		return len ? (int)len : refuse(HS_ALERT_UNEXPECTED_MESSAGE);
	if (*type != HS_APPLICATION_DATA)
		return refuse(HS_ALERT_UNEXPECTED_MESSAGE);
	return open_record(r, len, type);
}
