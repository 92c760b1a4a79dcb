// SPDX-License-Identifier: Apache-2.0
/* record: owns records on a socket for tests: framing, protection and limits
 * of TLS 1.3 (RFC 8446 5) and TLS 1.2 (RFC 5246 6). */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "daemon/crypto_openssl.h"
#include "daemon/engine/schedule.h"
#include "daemon/engine/suites.h"
#include "daemon/engine/wire.h"
#include "record.h"
#include "record_cbc.h"

#define HEADER		5
#define BLOCK		16		/* of AES: CBC's IV and padding */
#define AAD_MAX		13
#define MAC_MAX		48
#define ALERT_BASE	0x100

enum kind { GCM, CCM, CHACHA, CBC };

/* How a suite protects a record: a row of one kind, key length and tag. */
struct record_row {
	enum kind	kind;
	size_t		key_len, tag_len;
	const char	*cipher;
	uint16_t	suite[12];	/* a 0 ends it */
};

static const struct record_row rows[] = {
	{ GCM, 16, 16, "AES-128-GCM", { 0x1301, 0xc02b, 0xc02f, 0x009e } },
	{ GCM, 32, 16, "AES-256-GCM", { 0x1302, 0xc02c, 0xc030, 0x009f } },
	{ CHACHA, 32, 16, "ChaCha20-Poly1305",
	  { 0x1303, 0xcca8, 0xcca9, 0xccaa } },
	{ CCM, 16, 16, "AES-128-CCM", { 0x1304, 0xc0ac, 0xc09e } },
	{ CCM, 16, 8, "AES-128-CCM", { 0x1305, 0xc0ae, 0xc0a2 } },
	{ CCM, 32, 16, "AES-256-CCM", { 0xc0ad, 0xc09f } },
	{ CCM, 32, 8, "AES-256-CCM", { 0xc0af, 0xc0a3 } },
	{ CBC, 16, 0, "AES-128-CBC",
	  { 0xc009, 0xc013, 0x0033, 0xc023, 0xc027, 0x0067 } },
	{ CBC, 32, 0, "AES-256-CBC",
	  { 0xc00a, 0xc014, 0x0039, 0xc024, 0xc028, 0x006b } },
};

static const struct record_row *row_of(uint16_t suite)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (const uint16_t *s = rows[i].suite; *s; s++)
			if (*s == suite)
				return &rows[i];
	return NULL;
}

static int refuse(int alert)
{
	return -(ALERT_BASE + alert);
}

int record_alert(int n)
{
	return n <= -ALERT_BASE ? -n - ALERT_BASE : 0;
}

void record_init(struct record *r, int fd)
{
	memset(r, 0, sizeof(*r));
	r->fd = fd;
	r->rx.reads = true;
	r->version = 0x0303;
}

/* --- Keys --- */

static void clear(struct record_state *s)
{
	struct record_state kept = { .reads = s->reads, .limit = s->limit };

	EVP_CIPHER_CTX_free(s->cipher);
	EVP_MAC_CTX_free(s->mac);
	record_hmac_free(s->hmac);
	hs_wipe(s, sizeof(*s));
	*s = kept;
}

void record_free(struct record *r)
{
	clear(&r->tx);
	clear(&r->rx);
	hs_wipe(r, sizeof(*r));
}

/* The key goes into the context for good; a record sets the nonce alone. */
static int set_cipher(struct record_state *s, const uint8_t *key)
{
	EVP_CIPHER *c = EVP_CIPHER_fetch(NULL, s->row->cipher, NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int ok, encrypt = !s->reads;

	s->cipher = ctx;
	ok = c && ctx && EVP_CipherInit_ex2(ctx, c, NULL, NULL, encrypt, NULL);
	if (ok && s->row->kind == CCM)
		ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, 12,
					 NULL) &&
		     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG,
					 (int)s->row->tag_len, NULL);
	if (ok)
		ok = EVP_CipherInit_ex2(ctx, NULL, key, NULL, encrypt, NULL) &&
		     EVP_CIPHER_CTX_set_padding(ctx, 0);
	EVP_CIPHER_free(c);
	return ok ? 0 : -1;
}

static int set_mac(struct record_state *s, const struct hs_key_block *keys)
{
	const char *digest = keys->mac_len == 20 ? "SHA1" :
			     keys->mac_len == 32 ? "SHA256" : "SHA384";
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
						 (char *)(uintptr_t)digest, 0),
		OSSL_PARAM_construct_end(),
	};
	int ok;

	s->mac = mac ? EVP_MAC_CTX_new(mac) : NULL;
	s->mac_len = keys->mac_len;
	ok = s->mac && EVP_MAC_init(s->mac, keys->mac, keys->mac_len, params);
	EVP_MAC_free(mac);
	if (!s->reads || s->encrypt_then_mac)
		return ok ? 0 : -1;
	s->hmac = record_hmac_new(keys->mac, keys->mac_len);
	return ok && s->hmac ? 0 : -1;
}

int record_set_secret(struct record_state *s, uint16_t suite,
		      const struct hs_secret *secret)
{
	const struct hs_crypto *crypto = tlsup_crypto_openssl();
	const struct hs_suite *known = hs_suite(suite);
	struct hs_secret copy = *secret;
	struct hs_bytes none = { 0 };
	uint8_t key[32];
	int err = -1;

	clear(s);
	if (!copy.len)
		return 0;
	s->row = row_of(suite);
	if (!known || !s->row)
		goto out;
	s->suite = suite;
	s->tls13 = true;
	s->secret = copy;
	s->iv_len = 12;
	if (!hs_expand_label(crypto, known->hash, &copy, "key", none, key,
			     s->row->key_len) &&
	    !hs_expand_label(crypto, known->hash, &copy, "iv", none, s->iv, 12))
		err = set_cipher(s, key);
out:
	hs_secret_wipe(&copy);
	hs_wipe(key, sizeof(key));
	return err;
}

int record_set_keys(struct record_state *s, uint16_t suite,
		    const struct hs_key_block *keys)
{
	clear(s);
	s->row = row_of(suite);
	if (!s->row || keys->key_len != s->row->key_len ||
	    keys->iv_len > sizeof(s->iv))
		return -1;
	s->suite = suite;
	s->iv_len = keys->iv_len;
	s->encrypt_then_mac = keys->encrypt_then_mac;
	memcpy(s->iv, keys->iv, keys->iv_len);
	if (s->row->kind == CBC && set_mac(s, keys))
		return -1;
	return set_cipher(s, keys->key);
}

int record_update(struct record_state *s)
{
	struct hs_secret next = { .len = s->secret.len };
	struct hs_bytes none = { 0 };
	int err = hs_expand_label(tlsup_crypto_openssl(),
				  hs_suite(s->suite)->hash, &s->secret,
				  "traffic upd", none, next.bytes, next.len);

	if (!err)
		err = record_set_secret(s, s->suite, &next);
	hs_secret_wipe(&next);
	return err ? -1 : 0;
}

/* --- What is authenticated --- */

static void put_header(uint8_t *out, uint8_t type, uint16_t version, size_t len)
{
	out[0] = type;
	out[1] = (uint8_t)(version >> 8);
	out[2] = (uint8_t)version;
	out[3] = (uint8_t)(len >> 8);
	out[4] = (uint8_t)len;
}

static void put_seq(uint8_t *out, uint64_t seq)
{
	for (int i = 0; i < 8; i++)
		out[i] = (uint8_t)(seq >> (56 - 8 * i));
}

/* TLS 1.3: the header itself; TLS 1.2: number, type, version, length of the
 * plaintext (RFC 5246 6.2.3.3). */
static size_t put_aad(const struct record_state *s, uint8_t *out, uint8_t type,
		      size_t len)
{
	if (s->tls13) {
		put_header(out, HS_APPLICATION_DATA, 0x0303,
			   len + s->row->tag_len);
		return HEADER;
	}
	put_seq(out, s->seq);
	put_header(out + 8, type, 0x0303, len);
	return AAD_MAX;
}

/* Bytes of the nonce that stand in front of a TLS 1.2 record. */
static size_t explicit_len(const struct record_state *s)
{
	if (s->row->kind == CBC)
		return BLOCK;
	return s->iv_len == 12 ? 0 : 12 - s->iv_len;
}

/* RFC 8446 5.3 and RFC 7905 2: the number xored in; RFC 5288 3: behind. */
static void put_nonce(const struct record_state *s, const uint8_t *explicit,
		      uint8_t nonce[12])
{
	uint8_t seq[8];

	memcpy(nonce, s->iv, s->iv_len);
	if (s->iv_len < 12) {
		memcpy(nonce + s->iv_len, explicit, 12 - s->iv_len);
		return;
	}
	put_seq(seq, s->seq);
	for (int i = 0; i < 8; i++)
		nonce[4 + i] ^= seq[i];
}

/* --- AEAD: data[len] in place; the tag behind it --- */

static int aead(struct record_state *s, uint8_t type, const uint8_t *explicit,
		uint8_t *data, size_t len)
{
	bool encrypt = !s->reads;
	EVP_CIPHER_CTX *ctx = s->cipher;
	uint8_t nonce[12], aad[AAD_MAX];
	size_t aad_len = put_aad(s, aad, type, len), tag = s->row->tag_len;
	int n, ok;

	put_nonce(s, explicit, nonce);
	ok = EVP_CipherInit_ex2(ctx, NULL, NULL, nonce, encrypt, NULL);
	if (ok && !encrypt)
		ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, (int)tag,
					 data + len);
	if (ok && s->row->kind == CCM)
		ok = EVP_CipherUpdate(ctx, NULL, &n, NULL, (int)len);
	if (ok)
		ok = EVP_CipherUpdate(ctx, NULL, &n, aad, (int)aad_len) &&
		     EVP_CipherUpdate(ctx, data, &n, data, (int)len);
	/* CCM has judged by now, and has no last step when it opens. */
	if (ok && (encrypt || s->row->kind != CCM))
		ok = EVP_CipherFinal_ex(ctx, data + len, &n) == 1;
	if (ok && encrypt)
		ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, (int)tag,
					 data + len);
	return ok ? 0 : -1;
}

/* --- CBC, RFC 5246 6.2.3.2, and RFC 7366 --- */

static int cbc(struct record_state *s, const uint8_t *iv, uint8_t *data,
	       size_t len)
{
	int n;

	return EVP_CipherInit_ex2(s->cipher, NULL, NULL, iv, !s->reads, NULL) &&
	       EVP_CipherUpdate(s->cipher, data, &n, data, (int)len) ? 0 : -1;
}

/* MAC over number, type, version, length and data; the length that counts
 * may be another one than that of the data (RFC 7366 3). */
static int mac(struct record_state *s, uint8_t type, const uint8_t *data,
	       size_t len, uint8_t *out)
{
	uint8_t aad[AAD_MAX];
	size_t n = put_aad(s, aad, type, len);

	return EVP_MAC_init(s->mac, NULL, 0, NULL) &&
	       EVP_MAC_update(s->mac, aad, n) &&
	       EVP_MAC_update(s->mac, data, len) &&
	       EVP_MAC_final(s->mac, out, &n, MAC_MAX) ? 0 : -1;
}

/* out: IV, data, MAC and padding, or IV, data, padding and MAC. */
static size_t cbc_seal(struct record_state *s, uint8_t type, uint8_t *out,
		       size_t len)
{
	uint8_t *body = out + BLOCK;
	size_t pad;

	if (tlsup_crypto_openssl()->random(out, BLOCK))
		return 0;
	if (!s->encrypt_then_mac) {
		if (mac(s, type, body, len, body + len))
			return 0;
		len += s->mac_len;
	}
	pad = BLOCK - len % BLOCK;
	memset(body + len, (int)pad - 1, pad);
	len += pad;
	if (cbc(s, out, body, len))
		return 0;
	if (!s->encrypt_then_mac)
		return BLOCK + len;
	if (mac(s, type, out, BLOCK + len, body + len))
		return 0;
	return BLOCK + len + s->mac_len;
}

/* Decrypted: data and padding, with the MAC between them or in front of all
 * that was looked at. RFC 5246 6.2.3.2: there is one answer for whatever is wrong. */
static int judge(const struct record_state *s, uint8_t type, const uint8_t *body,
		 size_t len)
{
	uint8_t head[AAD_MAX], good;
	size_t n = 0;

	put_aad(s, head, type, 0);
	good = s->encrypt_then_mac ?
		       record_cbc_unpad(body, len, &n) :
		       record_cbc_check(s->hmac, head, body, len, &n);
	return good ? (int)n : -1;
}

static int cbc_open(struct record_state *s, uint8_t type, uint8_t *in,
		    size_t len, uint8_t **out)
{
	size_t whole = len;
	uint8_t want[MAC_MAX];

	*out = in + BLOCK;
	if (s->encrypt_then_mac) {
		if (len < 2 * BLOCK + s->mac_len)
			return -1;
		whole = len - s->mac_len;
		if (mac(s, type, in, whole, want) ||
		    !hs_secret_equal(want, in + whole, s->mac_len))
			return -1;
	}
	if (whole % BLOCK || whole < 2 * BLOCK ||
	    whole < BLOCK + s->mac_len * !s->encrypt_then_mac + 1 ||
	    cbc(s, in, *out, whole - BLOCK))
		return -1;
	return judge(s, type, *out, whole - BLOCK);
}

/* --- Whole records --- */

/* out has the plaintext where it belongs: behind header and explicit nonce.
 * Returns the record's length, 0 if it can't be sealed. */
static size_t seal(struct record_state *s, uint8_t type, uint8_t *out,
		   size_t len)
{
	size_t before = s->tls13 ? 0 : explicit_len(s), n = 0;
	uint8_t *body = out + HEADER, seq[8];

	if (s->seq == UINT64_MAX)
		return 0;
	if (s->tls13) {
		body[len++] = type;	/* no padding */
		type = HS_APPLICATION_DATA;
	}
	if (s->row->kind == CBC) {
		n = cbc_seal(s, type, body, len);
	} else {
		put_seq(seq, s->seq);
		memcpy(body, seq, before);
		if (!aead(s, type, body, body + before, len))
			n = before + len + s->row->tag_len;
	}
	put_header(out, type, 0x0303, n);
	s->seq++;
	return n ? HEADER + n : 0;
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

/* Is this record protected? RFC 8446 5: change_cipher_spec never is. */
static bool sealed(const struct record_state *s, uint8_t type)
{
	return s->suite && !(s->tls13 && type == HS_CHANGE_CIPHER_SPEC);
}

static size_t limit_of(const struct record_state *s)
{
	return s->limit ? s->limit : RECORD_PLAIN_MAX;
}

int record_send(struct record *r, uint8_t type, const uint8_t *data, size_t len)
{
	uint8_t out[HEADER + RECORD_CIPHER_MAX];

	do {
		bool protect = sealed(&r->tx, type);
		size_t max = limit_of(&r->tx), n = len < max ? len : max;
		size_t total = HEADER + n, at = HEADER;

		if (protect && !r->tx.tls13)
			at += explicit_len(&r->tx);
		if (n)
			memcpy(out + at, data, n);
		if (protect)
			total = seal(&r->tx, type, out, n);
		else
			put_header(out, type, r->version, n);
		r->version = 0x0303;
		if (!total || write_all(r->fd, out, total))
			return -1;
		data += n;
		len -= n;
	} while (len);
	return 0;
}

/* TLSInnerPlaintext, RFC 8446 5.4: without a type it is no record. The limit
 * of RFC 8449 4 counts the padding. */
static int open_inner(const struct record_state *s, const uint8_t *body,
		      size_t len, uint8_t *type)
{
	if (len > limit_of(s) + 1)
		return refuse(HS_ALERT_RECORD_OVERFLOW);
	while (len && !body[len - 1])
		len--;
	if (!len || body[len - 1] == HS_CHANGE_CIPHER_SPEC)
		return refuse(HS_ALERT_UNEXPECTED_MESSAGE);
	*type = body[len - 1];
	return (int)len - 1;
}

static int open_record(struct record *r, size_t len, uint8_t *type,
		       const uint8_t **data)
{
	struct record_state *s = &r->rx;
	uint8_t *body = r->in + HEADER;
	size_t before = s->tls13 ? 0 : explicit_len(s);
	size_t overhead = before + s->row->tag_len;
	int n = -1;

	*data = body + before;
	if (s->row->kind == CBC) {
		n = cbc_open(s, *type, body, len, &body);
	} else if (len >= overhead) {
		n = (int)(len - overhead);
		if (aead(s, *type, body, body + before, (size_t)n))
			n = -1;
	}
	if (n < 0)
		return refuse(HS_ALERT_BAD_RECORD_MAC);
	s->seq++;
	r->skip = 0;
	if (s->tls13)
		return open_inner(s, body, (size_t)n, type);
	if ((size_t)n > limit_of(s))
		return refuse(HS_ALERT_RECORD_OVERFLOW);
	return n;
}

/* 1 for all of it, 0 for the end before the first byte. */
static int read_all(int fd, uint8_t *data, size_t len)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = read(fd, data + got, len - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return RECORD_ERROR;
		if (!n)
			return got ? RECORD_ERROR : 0;
		got += (size_t)n;
	}
	return 1;
}

/* The header alone: is there any point in reading on? */
static int check_header(const struct record *r, size_t len)
{
	/* In the clear, early data that is passed over may come; the engine
	 * looks at the rest. */
	size_t max = RECORD_PLAIN_MAX +
		     (r->in[0] == HS_APPLICATION_DATA ? 256 : 0);

	if (r->in[0] < HS_CHANGE_CIPHER_SPEC || r->in[0] > HS_APPLICATION_DATA)
		return refuse(HS_ALERT_UNEXPECTED_MESSAGE);
	/* RFC 5246 E.1: the major version is 3; RFC 8446 5.1 has us ignore the
	 * rest, and 5.2 authenticates it as 0x0303. */
	if (r->in[1] != 3 || (r->rx.suite && !r->rx.tls13 && r->in[2] != 3))
		return refuse(HS_ALERT_PROTOCOL_VERSION);
	if (r->rx.tls13 && r->in[0] == HS_APPLICATION_DATA && r->in[2] != 3)
		return refuse(HS_ALERT_BAD_RECORD_MAC);
	if (r->rx.suite)
		max = r->rx.tls13 ? RECORD_PLAIN_MAX + 256 : RECORD_CIPHER_MAX;
	return len > max ? refuse(HS_ALERT_RECORD_OVERFLOW) : 0;
}

/* An alert in the clear of a peer that had no keys when it gave up: it ends
 * the handshake, as anybody can who is on the way. */
static bool early_alert(const struct record *r, uint8_t type, size_t len)
{
	return type == HS_ALERT && len == 2 && r->rx.tls13 && !r->rx.seq;
}

static int recv_one(struct record *r, uint8_t *type, const uint8_t **data)
{
	int got = read_all(r->fd, r->in, HEADER), err;
	size_t len = (size_t)r->in[3] << 8 | r->in[4];

	if (got <= 0)
		return got ? got : RECORD_EOF;
	err = check_header(r, len);
	if (err)
		return err;
	if (len && read_all(r->fd, r->in + HEADER, len) != 1)
		return RECORD_ERROR;
	*type = r->in[0];
	*data = r->in + HEADER;
	if (!r->rx.suite || early_alert(r, *type, len) ||
	    (r->rx.tls13 && *type == HS_CHANGE_CIPHER_SPEC && len == 1))
		return (int)len;
	if (r->rx.tls13 && *type != HS_APPLICATION_DATA)
		return refuse(HS_ALERT_UNEXPECTED_MESSAGE);
	return open_record(r, len, type, data);
}

/* hs.h, "Early data": a record that does not open costs what could be in it. */
static bool passed_over(struct record *r)
{
	size_t len = (size_t)r->in[3] << 8 | r->in[4];
	size_t cost = len > 17 ? len - 17 : 1;

	if (!r->rx.tls13 || r->in[0] != HS_APPLICATION_DATA || cost > r->skip)
		return false;
	r->skip -= cost;
	return true;
}

int record_recv(struct record *r, uint8_t *type, const uint8_t **data)
{
	int n;

	do
		n = recv_one(r, type, data);
	while (record_alert(n) == HS_ALERT_BAD_RECORD_MAC && passed_over(r));
	return n;
}
