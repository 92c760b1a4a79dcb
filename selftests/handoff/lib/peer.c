// SPDX-License-Identifier: GPL-2.0-only
/* peer: owns TLS 1.3 records outside the kernel. */

#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/core_names.h>

#include "selftests/handoff/lib/peer.h"

#define RECORD_MAX (5 + 16384 + 256)

/* RFC 8446 7.1, with an empty context. */
static void expand_label(const uint8_t *secret, const char *label, uint8_t *out,
			 size_t len)
{
	int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
	uint8_t info[64] = { len >> 8, len, 6 + strlen(label) };
	size_t n = 3;
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);

	memcpy(info + n, "tls13 ", 6);
	memcpy(info + n + 6, label, strlen(label));
	n += 6 + strlen(label);
	info[n++] = 0;

	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, "SHA256", 0),
		OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)secret, 32),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, n),
		OSSL_PARAM_construct_end(),
	};

	EVP_KDF_derive(ctx, out, len, params);
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
}

static void derive(struct peer_keys *keys)
{
	expand_label(keys->secret, "key", keys->key, sizeof(keys->key));
	expand_label(keys->secret, "iv", keys->iv, sizeof(keys->iv));
	keys->seq = 0;
}

void peer_init(struct peer *p, int fd, uint8_t tx, uint8_t rx)
{
	struct timeval patience = { .tv_sec = 20 };

	p->fd = fd;
	memset(p->tx.secret, tx, sizeof(p->tx.secret));
	memset(p->rx.secret, rx, sizeof(p->rx.secret));
	derive(&p->tx);
	derive(&p->rx);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

void peer_update(struct peer_keys *keys)
{
	uint8_t next[32];

	expand_label(keys->secret, "traffic upd", next, sizeof(next));
	memcpy(keys->secret, next, sizeof(next));
	derive(keys);
}

static void nonce_of(const struct peer_keys *keys, uint8_t *nonce)
{
	int i;

	memcpy(nonce, keys->iv, 12);
	for (i = 0; i < 8; i++)
		nonce[11 - i] ^= keys->seq >> (8 * i);
}

/* text (len bytes) to out, and the tag made or checked; 0 or -1. */
static int crypt_record(struct peer_keys *keys, int seal, const uint8_t *header,
			const uint8_t *text, size_t len, uint8_t *out, uint8_t *tag)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t nonce[12];
	int n, ok;

	nonce_of(keys, nonce);
	ok = EVP_CipherInit_ex(ctx, EVP_aes_128_gcm(), NULL, keys->key, nonce, seal);
	if (ok && !seal)
		ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, 16, tag);
	ok = ok && EVP_CipherUpdate(ctx, NULL, &n, header, 5) &&
	     EVP_CipherUpdate(ctx, out, &n, text, len) &&
	     EVP_CipherFinal_ex(ctx, out + n, &n) > 0;
	if (ok && seal)
		ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, 16, tag);
	EVP_CIPHER_CTX_free(ctx);
	keys->seq++;
	return ok ? 0 : -1;
}

static int send_record(struct peer *p, uint8_t type, const void *data,
		       size_t len, uint8_t damage)
{
	uint8_t inner[16385], wire[RECORD_MAX] = { DATA, 3, 3 };
	size_t total = 5 + len + 1 + 16;

	memcpy(inner, data, len);
	inner[len] = type;
	wire[3] = (len + 17) >> 8;
	wire[4] = len + 17;
	if (crypt_record(&p->tx, 1, wire, inner, len + 1, wire + 5, wire + 5 + len + 1))
		return -1;
	wire[total - 1] ^= damage;
	return send(p->fd, wire, total, MSG_NOSIGNAL) == (ssize_t)total ? 0 : -1;
}

int peer_send(struct peer *p, uint8_t type, const void *data, size_t len)
{
	return send_record(p, type, data, len, 0);
}

int peer_send_damaged(struct peer *p, uint8_t type, const void *data, size_t len)
{
	return send_record(p, type, data, len, 1);
}

static int take(int fd, uint8_t *to, size_t len)
{
	return len ? recv(fd, to, len, MSG_WAITALL) : 0;
}

int peer_recv(struct peer *p, uint8_t *type, void *buf, size_t size)
{
	uint8_t header[5], wire[RECORD_MAX], inner[RECORD_MAX];
	int n = take(p->fd, header, sizeof(header)), len;

	if (n <= 0)
		return n;
	len = header[3] << 8 | header[4];
	if (n != 5 || header[0] != DATA || header[1] != 3 || header[2] != 3 ||
	    len < 17 || len > 16384 + 256 || take(p->fd, wire, len) != len)
		return -1;
	len -= 16;
	if (crypt_record(&p->rx, 0, header, wire, len, inner, wire + len))
		return -1;
	while (len && !inner[len - 1])
		len--;
	if (!len || (size_t)(len - 1) > size)
		return -1;
	*type = inner[--len];
	memcpy(buf, inner, len);
	return len;
}
