// SPDX-License-Identifier: Apache-2.0
/* layer: record.c against itself, for every suite it knows: sizes, limits,
 * alterations, padding, early data that is passed over, key updates. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "daemon/engine/suites.h"
#include "daemon/engine/wire.h"
#include "record.h"
#include "tap.h"

#define WIRE_MAX (5 + RECORD_CIPHER_MAX)

struct way {
	uint16_t	suite;
	uint8_t		mac_len, key_len, iv_len;
	bool		etm;
	const char	*name;
};

static const struct way ways12[] = {
	{ 0xc02b, 0, 16, 4, false, "AES-128-GCM" },
	{ 0xc030, 0, 32, 4, false, "AES-256-GCM" },
	{ 0xcca8, 0, 32, 12, false, "ChaCha20-Poly1305" },
	{ 0xc0ac, 0, 16, 4, false, "AES-128-CCM" },
	{ 0xc0ad, 0, 32, 4, false, "AES-256-CCM" },
	{ 0xc0ae, 0, 16, 4, false, "AES-128-CCM_8" },
	{ 0xc0af, 0, 32, 4, false, "AES-256-CCM_8" },
	{ 0xc013, 20, 16, 0, false, "AES-128-CBC-SHA" },
	{ 0xc014, 20, 32, 0, false, "AES-256-CBC-SHA" },
	{ 0xc027, 32, 16, 0, false, "AES-128-CBC-SHA256" },
	{ 0xc028, 48, 32, 0, false, "AES-256-CBC-SHA384" },
	{ 0xc013, 20, 16, 0, true, "AES-128-CBC-SHA, encrypt-then-MAC" },
	{ 0xc027, 32, 16, 0, true, "AES-128-CBC-SHA256, encrypt-then-MAC" },
	{ 0xc028, 48, 32, 0, true, "AES-256-CBC-SHA384, encrypt-then-MAC" },
};

static const uint16_t suites13[] = { 0x1301, 0x1302, 0x1303 };

static int ends[2];		/* what a writes, the test reads, and changes */
static struct record a, b;
static uint8_t wire[WIRE_MAX], data[RECORD_PLAIN_MAX * 2];

static void start(void)
{
	socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
	record_init(&a, ends[0]);
	record_init(&b, ends[1]);
}

static void stop(void)
{
	record_free(&a);
	record_free(&b);
	close(ends[0]);
	close(ends[1]);
}

static bool start12(const struct way *w)
{
	struct hs_key_block keys = { w->mac_len, w->key_len, w->iv_len, w->etm,
				     { 1 }, { 2 }, { 3 } };

	start();
	return !record_set_keys(&a.tx, w->suite, &keys) &&
	       !record_set_keys(&b.rx, w->suite, &keys);
}

static bool start13(uint16_t suite)
{
	struct hs_secret secret = {
		.len = (uint8_t)hs_hash_len(hs_suite(suite)->hash), .bytes = { 7 }
	};

	start();
	return !record_set_secret(&a.tx, suite, &secret) &&
	       !record_set_secret(&b.rx, suite, &secret);
}

/* One record of len bytes arrives as it was sent. */
static bool passes(uint8_t type, size_t len)
{
	const uint8_t *got;
	uint8_t got_type = 0;
	int n;

	if (record_send(&a, type, data, len))
		return false;
	n = record_recv(&b, &got_type, &got);
	return n == (int)len && got_type == type && !memcmp(got, data, len);
}

static bool all_sizes(bool empty)
{
	static const size_t sizes[] = { 1, 15, 16, 17, 31, 32, 33, 255, 256,
					257, 1000, 16383, 16384 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		if (!passes(HS_APPLICATION_DATA, sizes[i]) ||
		    !passes(HS_HANDSHAKE, sizes[i]))
			return false;
	return !empty || passes(HS_APPLICATION_DATA, 0);
}

/* A record as it is on the wire; back to the reader with put(). */
static size_t fetch(size_t len)
{
	ssize_t n;

	record_send(&a, HS_APPLICATION_DATA, data, len);
	n = recv(ends[1], wire, sizeof(wire), 0);
	return n > 0 ? (size_t)n : 0;
}

static int put(size_t len)
{
	const uint8_t *got;
	uint8_t type;

	wire[3] = (uint8_t)((len - 5) >> 8);
	wire[4] = (uint8_t)(len - 5);
	send(ends[0], wire, len, 0);
	return record_alert(record_recv(&b, &type, &got));
}

/* Each byte of the body altered, and the type: one answer for all. */
static bool tampered(size_t size)
{
	size_t n = fetch(size);

	for (size_t i = 5; i < n; i++) {
		wire[i] ^= 0x40;
		if (put(n) != HS_ALERT_BAD_RECORD_MAC)
			return false;
		wire[i] ^= 0x40;
	}
	wire[0] = HS_HANDSHAKE;
	if (put(n) != (b.rx.tls13 ? HS_ALERT_UNEXPECTED_MESSAGE :
				    HS_ALERT_BAD_RECORD_MAC))
		return false;
	wire[0] = HS_APPLICATION_DATA;
	return !put(n);
}

/* Cut anywhere it is refused, and twice it is not itself. */
static bool cut_and_replayed(size_t size)
{
	size_t n = fetch(size);

	for (size_t len = 5; len < n; len++)
		if (put(len) != HS_ALERT_BAD_RECORD_MAC)
			return false;
	return !put(n) && put(n) == HS_ALERT_BAD_RECORD_MAC;
}

static bool too_long(void)
{
	const uint8_t *got;
	uint8_t type;
	int n;

	a.tx.limit = 0;
	b.rx.limit = 100;
	if (!passes(HS_APPLICATION_DATA, 100))
		return false;
	record_send(&a, HS_APPLICATION_DATA, data, 101);
	n = record_recv(&b, &type, &got);
	return record_alert(n) == HS_ALERT_RECORD_OVERFLOW;
}

/* 1000 bytes at most 64 in a record. */
static bool fragmented(void)
{
	size_t left = 1000;
	const uint8_t *got;
	uint8_t type;
	int n = 1;

	a.tx.limit = 64;
	b.rx.limit = 64;
	if (record_send(&a, HS_APPLICATION_DATA, data, left))
		return false;
	while (left && n > 0) {
		n = record_recv(&b, &type, &got);
		left -= n > 0 && n <= 64 ? (size_t)n : 0;
	}
	return !left;
}

/* RFC 5246 6.2.3.2, RFC 8449 4.1: padding as short as it can be, limit or not, and
 * with the MAC inside or (RFC 7366 3) behind. */
static bool shortest(const struct way *w)
{
	size_t inside = w->etm ? 0 : w->mac_len, behind = w->mac_len - inside;

	for (size_t len = 0; len <= 64; len++)
		if (fetch(len) != 5 + 16 + (len + inside + 16) / 16 * 16 +
				  behind)
			return false;
	return true;
}

static void test12(const struct way *w)
{
	bool ok = start12(w);

	tap_ok(ok && all_sizes(true), "1.2, %s: all sizes", w->name);
	stop();
	ok = start12(w);
	tap_ok(ok && tampered(50) && tampered(1) && tampered(0), "1.2, %s: every byte altered", w->name);
	stop();
	ok = start12(w);
	tap_ok(ok && cut_and_replayed(200), "1.2, %s: cut, and replayed", w->name);
	stop();
	ok = start12(w);
	tap_ok(ok && too_long(), "1.2, %s: longer than the limit", w->name);
	stop();
	ok = start12(w);
	tap_ok(ok && fragmented(), "1.2, %s: cut to the limit", w->name);
	stop();
	if (!w->mac_len)
		return;
	ok = start12(w);
	a.tx.limit = b.rx.limit = 64;
	tap_ok(ok && shortest(w), "1.2, %s: the shortest padding", w->name);
	stop();
}

/* A MAC-then-encrypt record put together here, so that its padding can be
 * anything: pad bytes and the length byte behind the MAC; wrong says which byte
 * of them, counted from the end, is altered (0: none). */
static size_t craft(const struct way *w, size_t len, size_t pad, size_t wrong)
{
	uint8_t key[32] = { 2 }, mac_key[48] = { 1 }, *body = wire + 5 + 16;
	uint8_t aad[13] = { [8] = HS_APPLICATION_DATA, 3, 3 }, input[2048];
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	size_t n = len;
	unsigned int mac_len;
	int out;

	aad[11] = (uint8_t)(len >> 8);
	aad[12] = (uint8_t)len;
	memcpy(input, aad, sizeof(aad));
	memcpy(input + sizeof(aad), data, len);
	memcpy(body, data, len);
	HMAC(w->mac_len == 20 ? EVP_sha1() : w->mac_len == 32 ? EVP_sha256() : EVP_sha384(),
	     mac_key, w->mac_len, input, sizeof(aad) + len, body + n, &mac_len);
	n += mac_len;
	memset(body + n, (int)pad, pad + 1);
	n += pad + 1;
	body[n - wrong] ^= wrong ? 1 : 0;
	memset(wire, 0, 5 + 16);
	memcpy(wire, (uint8_t[]){ HS_APPLICATION_DATA, 3, 3 }, 3);
	EVP_EncryptInit_ex(ctx, w->key_len == 16 ? EVP_aes_128_cbc() : EVP_aes_256_cbc(), NULL,
			   key, wire + 5);
	EVP_CIPHER_CTX_set_padding(ctx, 0);
	EVP_EncryptUpdate(ctx, body, &out, body, (int)n);
	EVP_CIPHER_CTX_free(ctx);
	return 5 + 16 + n;
}

/* Any padding that RFC 5246 6.2.3.2 allows opens; one that is wrong anywhere is
 * bad_record_mac, as a wrong MAC is. */
static void test_padding(const struct way *w)
{
	size_t len = 100, first = 15 - (len + w->mac_len) % 16;
	bool good = true, bad = true;

	for (size_t pad = first; pad < 256; pad += 16) {
		start12(w);
		good &= !put(craft(w, len, pad, 0));
		stop();
		for (size_t wrong = 1; wrong <= pad + 1; wrong++) {
			start12(w);
			bad &= put(craft(w, len, pad, wrong)) == HS_ALERT_BAD_RECORD_MAC;
			stop();
		}
	}
	/* More padding than there is record. */
	start12(w);
	bad &= put(craft(w, 0, 255 - 15 + first, 255 - 15 + first + 1)) ==
	       HS_ALERT_BAD_RECORD_MAC;
	stop();
	tap_ok(good, "1.2, %s: every length of padding", w->name);
	tap_ok(bad, "1.2, %s: every byte of the padding altered", w->name);
}

static bool updated(void)
{
	for (int i = 0; i < 3; i++)
		if (record_update(&a.tx) || record_update(&b.rx) ||
		    !passes(HS_APPLICATION_DATA, 10))
			return false;
	record_update(&a.tx);
	return !passes(HS_APPLICATION_DATA, 10);
}

/* hs.h, "Early data": two records of 100 cost 200; the third is one too many,
 * unless one opened before. */
static bool passed_over(uint16_t suite, uint32_t skip, int records, bool opens)
{
	struct hs_secret other = {
		.len = (uint8_t)hs_hash_len(hs_suite(suite)->hash), .bytes = { 9 }
	};
	const uint8_t *got;
	uint8_t type;
	int n;

	if (!start13(suite))
		return false;
	b.skip = skip;
	for (int i = 0; i < records; i++)
		record_send(&a, HS_APPLICATION_DATA, data, 100);
	record_set_secret(&a.tx, suite, &other);
	record_set_secret(&b.rx, suite, &other);
	record_send(&a, HS_HANDSHAKE, data, 5);
	n = record_recv(&b, &type, &got);
	if (!opens)
		return record_alert(n) == HS_ALERT_BAD_RECORD_MAC;
	return n == 5 && type == HS_HANDSHAKE && !b.skip;
}

static void test13(uint16_t suite)
{
	const char *name = hs_suite(suite)->name;
	bool ok = start13(suite);

	tap_ok(ok && all_sizes(false), "%s: all sizes", name);
	stop();
	ok = start13(suite);
	tap_ok(ok && tampered(50), "%s: every byte altered", name);
	stop();
	ok = start13(suite);
	tap_ok(ok && cut_and_replayed(200), "%s: cut, and replayed", name);
	stop();
	ok = start13(suite);
	tap_ok(ok && too_long(), "%s: longer than the limit", name);
	stop();
	ok = start13(suite);
	tap_ok(ok && fragmented(), "%s: cut to the limit", name);
	stop();
	ok = start13(suite);
	tap_ok(ok && updated(), "%s: key updates", name);
	stop();
	tap_ok(passed_over(suite, 200, 2, true), "%s: early data is passed over", name);
	stop();
	tap_ok(passed_over(suite, 299, 3, false), "%s: too much early data is not", name);
	stop();
}

/* What a header alone says. */
static int header(uint8_t type, uint8_t major, uint8_t minor, size_t len)
{
	const uint8_t h[5] = { type, major, minor, (uint8_t)(len >> 8),
			       (uint8_t)len };
	const uint8_t *got;
	uint8_t got_type;
	int n;

	send(ends[0], h, sizeof(h), 0);
	n = record_recv(&b, &got_type, &got);
	stop();
	return record_alert(n);
}

static void test_headers(void)
{
	start();
	tap_ok(header('G', 'E', 'T', 1) == HS_ALERT_UNEXPECTED_MESSAGE,
	       "a record of no type");
	start();
	tap_ok(header(HS_HANDSHAKE, 2, 0, 1) == HS_ALERT_PROTOCOL_VERSION,
	       "a record of no version");
	start();
	tap_ok(header(HS_HANDSHAKE, 3, 3, 16385) == HS_ALERT_RECORD_OVERFLOW,
	       "a record that is too long, in the clear");
	start13(0x1301);
	tap_ok(header(HS_APPLICATION_DATA, 3, 3, 16384 + 257) ==
	       HS_ALERT_RECORD_OVERFLOW, "a record that is too long, 1.3");
	start13(0x1301);
	tap_ok(header(HS_HANDSHAKE, 3, 3, 0) == HS_ALERT_UNEXPECTED_MESSAGE,
	       "a record in the clear where there are keys");
	start12(&ways12[0]);
	tap_ok(header(HS_APPLICATION_DATA, 3, 3, 16384 + 2049) ==
	       HS_ALERT_RECORD_OVERFLOW, "a record that is too long, 1.2");
	start12(&ways12[0]);
	tap_ok(header(HS_APPLICATION_DATA, 3, 1, 40) == HS_ALERT_PROTOCOL_VERSION,
	       "a protected record of another version, 1.2");
}

int main(void)
{
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 11);
	for (size_t i = 0; i < sizeof(suites13) / sizeof(suites13[0]); i++)
		test13(suites13[i]);
	for (size_t i = 0; i < sizeof(ways12) / sizeof(ways12[0]); i++)
		test12(&ways12[i]);
	for (size_t i = 0; i < sizeof(ways12) / sizeof(ways12[0]); i++)
		if (ways12[i].mac_len && !ways12[i].etm)
			test_padding(&ways12[i]);
	test_headers();
	return tap_done();
}
