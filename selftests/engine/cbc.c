// SPDX-License-Identifier: Apache-2.0
/*
 * The CBC records of record.c (RFC 5246 6.2.3.2, RFC 7366): every padding, every byte
 * of it altered, against a MAC that libcrypto makes. Under valgrind (secrets.sh)
 * what was decrypted is undefined, until the one answer is there; each branch and
 * each place in memory that hangs on it before is then an error.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <valgrind/memcheck.h>

#include "daemon/engine/wire.h"
#include "record.h"
#include "record_cbc.h"
#include "tap.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define ROOM 2048

/* --- What is secret, and what not any more; linked with --wrap --- */

uint8_t __real_record_cbc_check(const struct record_hmac *h,
				const uint8_t head[RECORD_CBC_HEAD],
				const uint8_t *body, size_t len, size_t *n);
uint8_t __real_record_cbc_unpad(const uint8_t *body, size_t len, size_t *n);
bool __real_hs_secret_equal(const uint8_t *a, const uint8_t *b, size_t len);
uint8_t __wrap_record_cbc_check(const struct record_hmac *h,
				const uint8_t head[RECORD_CBC_HEAD],
				const uint8_t *body, size_t len, size_t *n);
uint8_t __wrap_record_cbc_unpad(const uint8_t *body, size_t len, size_t *n);
bool __wrap_hs_secret_equal(const uint8_t *a, const uint8_t *b, size_t len);

static unsigned int answers;

static void public(const void *p, size_t len)
{
	(void)VALGRIND_MAKE_MEM_DEFINED(p, len);
}

static void secret(const void *p, size_t len)
{
	(void)VALGRIND_MAKE_MEM_UNDEFINED(p, len);
}

/* The answer is told; where the data ends, only if it is a good one. */
static uint8_t answer(uint8_t good, size_t *n)
{
	answers++;
	public(&good, sizeof(good));
	if (good)
		public(n, sizeof(*n));
	return good;
}

uint8_t __wrap_record_cbc_check(const struct record_hmac *h,
				const uint8_t head[RECORD_CBC_HEAD],
				const uint8_t *body, size_t len, size_t *n)
{
	secret(body, len);
	return answer(__real_record_cbc_check(h, head, body, len, n), n);
}

uint8_t __wrap_record_cbc_unpad(const uint8_t *body, size_t len, size_t *n)
{
	secret(body, len);
	return answer(__real_record_cbc_unpad(body, len, n), n);
}

/* RFC 7366 3: that the MAC of a ciphertext is wrong is no secret. */
bool __wrap_hs_secret_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
	bool equal = __real_hs_secret_equal(a, b, len);

	public(&equal, sizeof(equal));
	return equal;
}

/* --- Bodies: data, MAC, pad bytes and the length byte --- */

static const uint8_t key[48] = { 1, 2, 3, 4 };
static uint8_t data[ROOM];

static const EVP_MD *hash_of(size_t mac_len)
{
	return mac_len == 20 ? EVP_sha1() : mac_len == 32 ? EVP_sha256() :
							    EVP_sha384();
}

static void head_of(uint8_t head[RECORD_CBC_HEAD], size_t len)
{
	memcpy(head, "\0\0\0\0\0\0\1\2\x17\3\3", 11);
	head[11] = (uint8_t)(len >> 8);
	head[12] = (uint8_t)len;
}

static size_t body_of(uint8_t *body, size_t mac_len, size_t len, size_t pad)
{
	uint8_t input[ROOM + RECORD_CBC_HEAD];
	unsigned int n;

	head_of(input, len);
	memcpy(input + RECORD_CBC_HEAD, data, len);
	memcpy(body, data, len);
	HMAC(hash_of(mac_len), key, (int)mac_len, input, RECORD_CBC_HEAD + len,
	     body + len, &n);
	memset(body + len + n, (int)pad, pad + 1);
	return len + n + pad + 1;
}

/* The body was taken for `want` bytes of data, or (-1) refused. */
static bool says(const struct record_hmac *h, uint8_t *body, size_t len, long want)
{
	uint8_t head[RECORD_CBC_HEAD], good;
	size_t n = 0;

	head_of(head, 0xffff);
	good = record_cbc_check(h, head, body, len, &n);
	public(body, len);
	return want < 0 ? !good : good == 0xff && n == (size_t)want;
}

static size_t step(void)
{
	return RUNNING_ON_VALGRIND ? 37 : 1;
}

/* Lengths of data around the ends of the hashes' blocks. */
static void paddings(size_t mac_len)
{
	static const size_t lens[] = { 0, 1, 33, 41, 42, 43, 50, 51, 52, 97, 98,
				       99, 100, 114, 115, 116, 120, 256, 1000 };
	struct record_hmac *h = record_hmac_new(key, mac_len);
	uint8_t body[ROOM];

	for (size_t i = 0; i < N(lens); i++)
		for (size_t pad = 0; pad < 256; pad += step()) {
			size_t len = body_of(body, mac_len, lens[i], pad);

			tap_sub(says(h, body, len, (long)lens[i]),
				"%zu bytes, padding of %zu", lens[i], pad);
		}
	tap_sum("a MAC of %zu: every padding, data of %zu lengths", mac_len,
		N(lens));
	record_hmac_free(h);
}

/* One byte of the MAC, of the padding or of the data is another one. */
static void altered(size_t mac_len)
{
	static const size_t pads[] = { 0, 1, 15, 16, 63, 64, 127, 128, 254, 255 };
	struct record_hmac *h = record_hmac_new(key, mac_len);
	uint8_t body[ROOM];

	for (size_t i = 0; i < N(pads); i++) {
		size_t len = body_of(body, mac_len, 90, pads[i]);

		for (size_t at = 0; at < len; at += step()) {
			body[at] ^= 0x80;
			tap_sub(says(h, body, len, -1), "padding of %zu, byte %zu",
				pads[i], at);
			body[at] ^= 0x80;
		}
	}
	tap_sum("a MAC of %zu: every byte altered", mac_len);
	/* The MAC is right, and so it would be a byte further to the front. */
	for (size_t pad = 1; pad < 256; pad += step()) {
		size_t len = body_of(body, mac_len, 90, pad);

		tap_sub(says(h, body, len - 1, -1), "cut at %zu", pad);
	}
	tap_sum("a MAC of %zu: a byte of padding too few", mac_len);
	record_hmac_free(h);
}

/* Padding that is longer than what there is, and no data at all. */
static void short_ones(size_t mac_len)
{
	struct record_hmac *h = record_hmac_new(key, mac_len);
	uint8_t body[ROOM];

	for (size_t pad = 0; pad < 256; pad += step()) {
		size_t len = mac_len + 1 + pad / 16 * 16;

		memset(body, (int)pad, sizeof(body));
		tap_sub(says(h, body, len, -1), "%zu bytes of %zu", len, pad);
	}
	tap_sum("a MAC of %zu: more padding than record", mac_len);
	record_hmac_free(h);
}

static void unpadded(void)
{
	uint8_t body[512];

	for (size_t pad = 0; pad < 256; pad += step()) {
		size_t n = 0, len = 20 + pad + 1;
		uint8_t good;

		memset(body, (int)pad, sizeof(body));
		good = record_cbc_unpad(body, len, &n);
		public(body, len);
		tap_sub(good == 0xff && n == 20, "padding of %zu", pad);
		body[len - 1 - pad] ^= 1;
		good = record_cbc_unpad(body, len, &n);
		public(body, len);
		tap_sub(!good, "its first byte is another");
		body[len - 1 - pad] ^= 1;
		good = record_cbc_unpad(body + len - pad - 1, pad, &n);
		public(body, len);
		tap_sub(!pad || !good, "more than there is");
	}
	tap_sum("encrypt-then-MAC: every padding");
}

/* --- Through the record layer, where the keys are secret as well --- */

static bool through(uint16_t suite, uint8_t mac_len, bool etm)
{
	struct hs_key_block keys = { mac_len, 16, 0, etm, { 1 }, { 2 }, { 3 } };
	unsigned int before = answers;
	const uint8_t *got;
	struct record a, b;
	uint8_t type;
	bool good;
	int ends[2], n;

	socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
	record_init(&a, ends[0]);
	record_init(&b, ends[1]);
	good = !record_set_keys(&a.tx, suite, &keys);
	secret(keys.mac, mac_len);
	secret(keys.key, 16);
	good = good && !record_set_keys(&b.rx, suite, &keys);
	for (size_t len = 0; good && len < 500; len += RUNNING_ON_VALGRIND ? 77 : 7) {
		record_send(&a, HS_APPLICATION_DATA, data, len);
		n = record_recv(&b, &type, &got);
		good = n == (int)len;
		if (good)
			public(got, len);
		good = good && !memcmp(got, data, len);
	}
	/* One that was sealed for another place in the order. */
	a.tx.seq++;
	record_send(&a, HS_APPLICATION_DATA, data, 100);
	good = good && record_alert(record_recv(&b, &type, &got)) ==
			       HS_ALERT_BAD_RECORD_MAC;
	record_free(&a);
	record_free(&b);
	close(ends[0]);
	close(ends[1]);
	return good && answers > before;
}

int main(void)
{
	static const struct {
		uint16_t suite;
		uint8_t	 mac_len;
	} ways[] = { { 0xc013, 20 }, { 0xc027, 32 } };

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 11);
	for (size_t mac_len = 20; mac_len <= 48; mac_len += mac_len == 20 ? 12 : 16) {
		paddings(mac_len);
		altered(mac_len);
		short_ones(mac_len);
	}
	unpadded();
	for (size_t i = 0; i < 2 * N(ways); i++)
		tap_ok(through(ways[i / 2].suite, ways[i / 2].mac_len, i % 2),
		       "records with a MAC of %d%s", ways[i / 2].mac_len,
		       i % 2 ? ", encrypt-then-MAC" : "");
	return tap_done();
}
