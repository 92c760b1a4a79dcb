// SPDX-License-Identifier: Apache-2.0
/* Compressed certificates, RFC 8879: the algorithms with their bounds, and the
 * message with its rules. */
#include <stdlib.h>
#include <string.h>

#include <brotli/encode.h>

#include "daemon/compress.h"
#include "daemon/engine/ext.h"
#include "edit.h"
#include "tap.h"

#define CH HS_MT_CLIENT_HELLO
#define CC HS_MT_COMPRESSED_CERTIFICATE
#define N(a) (sizeof(a) / sizeof((a)[0]))
#define LONG 65536

static const uint16_t algs[] = { 1, 2, 3 };

/* Bytes that pack well, or (odd kinds) not at all. */
static void fill(uint8_t *out, size_t len, int kind)
{
	uint32_t x = 1;

	for (size_t i = 0; i < len; i++) {
		x = x * 1664525 + 1013904223;
		out[i] = kind & 1 ? (uint8_t)(x >> 24) :
			 kind & 2 ? (uint8_t)((x >> 24) % 5) : 0;
	}
}

static void round_trip(const struct hs_compression *c, size_t len, int kind)
{
	static uint8_t in[LONG], packed[2 * LONG], out[LONG + 1];
	size_t n = sizeof(packed), m = len, less = len - 1;
	struct hs_bytes b = { in, len };

	fill(in, len, kind);
	tap_sub(!c->compress(b, packed, &n), "%d: %zu bytes", c->alg, len);
	b = hs_bytes(packed, n);
	tap_sub(!c->decompress(b, out, &m) && m == len && !memcmp(in, out, len),
		"%d: %zu bytes back", c->alg, len);
	tap_sub(len == 1 || c->decompress(b, out, &less),
		"%d: %zu bytes into less room", c->alg, len);
	m = len + 1;
	tap_sub(!c->decompress(b, out, &m) && m == len,
		"%d: %zu bytes into more room", c->alg, len);
	m = len;
	packed[n] = 0;
	tap_sub(c->decompress(hs_bytes(packed, n + 1), out, &m),
		"%d: %zu bytes and one behind", c->alg, len);
	/* Each cut; of the long ones some. */
	for (size_t cut = 0; cut < n; cut += n < 500 ? 1 : n / 50) {
		uint8_t *copy = malloc(cut ? cut : 1);

		memcpy(copy, packed, cut);
		m = len;
		tap_sub(c->decompress(hs_bytes(copy, cut), out, &m) || m != len,
			"%d: %zu of %zu bytes", c->alg, cut, n);
		free(copy);
	}
}

static void algorithms(void)
{
	static const size_t lens[] = { 1, 2, 100, 4000, 16384, LONG };

	for (size_t i = 0; i < N(algs); i++)
		for (size_t j = 0; j < N(lens); j++)
			for (int kind = 0; kind < 3; kind++)
				round_trip(tlsup_compression(algs[i]), lens[j],
					   kind);
	tap_sum("zlib, brotli, zstd: there and back, cut, longer, into less room");
	tap_ok(!tlsup_compression(0) && !tlsup_compression(4) &&
	       tlsup_compressions_len == N(algs), "no others");
}

/* RFC 8879 5: a little that becomes very much. */
static void bombs(void)
{
	const size_t much = 64 << 20;
	uint8_t *zeros = calloc(1, much), *packed = malloc(1 << 20);
	uint8_t *out = malloc(LONG);

	for (size_t i = 0; i < N(algs); i++) {
		const struct hs_compression *c = tlsup_compression(algs[i]);
		size_t n = 1 << 20, m = LONG;

		tap_sub(!c->compress(hs_bytes(zeros, much), packed, &n) &&
			c->decompress(hs_bytes(packed, n), out, &m),
			"%d: 64 MiB in %zu bytes", c->alg, n);
	}
	free(zeros);
	free(packed);
	free(out);
	tap_sum("64 MiB that would come out of little are refused");
}

/* Several frames, and frames that are to be skipped, are no certificate. */
static void frames(void)
{
	static const uint8_t skip[] = { 0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 7 };
	const struct hs_compression *c = tlsup_compression(3);
	uint8_t packed[200], out[200];
	size_t n = 100, m = 200;

	c->compress(hs_bytes("abc", 3), packed, &n);
	memcpy(packed + n, packed, n);
	tap_sub(c->decompress(hs_bytes(packed, 2 * n), out, &m), "two frames");
	memmove(packed + sizeof(skip), packed, n);
	memcpy(packed, skip, sizeof(skip));
	m = 200;
	tap_sub(c->decompress(hs_bytes(packed, sizeof(skip) + n), out, &m),
		"a frame to skip");
	m = 200;
	tap_sub(c->decompress(hs_bytes(skip, sizeof(skip)), out, &m) || m,
		"nothing but that");
	tap_sum("zstd: one frame and nothing else");
}

/* What a stream says of its window is no reason to get as much memory. */
static void windows(void)
{
	const size_t much = 8 << 20;
	uint8_t *in = malloc(much), *packed = malloc(much), *out = malloc(much);
	size_t n = much, m = much;

	fill(in, much, 2);
	tap_ok(BrotliEncoderCompress(1, 24, BROTLI_MODE_GENERIC, much, in, &n,
				     packed) == BROTLI_TRUE &&
	       tlsup_compression(2)->decompress(hs_bytes(packed, n), out, &m),
	       "brotli: a window of 16 MiB gets no memory");
	free(in);
	free(packed);
	free(out);
}

#define ROW(what, section, op, arg, body, alert) \
	{ what, section, CC, op, arg, B(body), alert, EDIT_COMPRESS, 0 }
#define CLIENTS(what, section, op, arg, body, alert) \
	{ what, section, CC, op, arg, B(body), alert, \
	  EDIT_COMPRESS | EDIT_CLIENT_AUTH, 1 }

/* Bodies begin with the algorithm and the length in three bytes. */
static const struct edit messages[] = {
	ROW("an algorithm that was not offered", "RFC 8879 4", EDIT_SET, 4,
	    "\0\2", HS_ALERT_ILLEGAL_PARAMETER),
	ROW("an unknown algorithm", "RFC 8879 4", EDIT_SET, 4, "\xff\1",
	    HS_ALERT_ILLEGAL_PARAMETER),
	ROW("a length of 0", "RFC 8879 4", EDIT_SET, 6, "\0\0\0",
	    HS_ALERT_BAD_CERTIFICATE),
	ROW("a length of 1", "RFC 8879 4", EDIT_SET, 6, "\0\0\1",
	    HS_ALERT_BAD_CERTIFICATE),
	ROW("a longer length", "RFC 8879 4", EDIT_SET, 6, "\0\xf0\0",
	    HS_ALERT_BAD_CERTIFICATE),
	ROW("a length of 65537", "RFC 8879 4", EDIT_SET, 6, "\1\0\1",
	    HS_ALERT_BAD_CERTIFICATE),
	ROW("a length of 16777215", "RFC 8879 4", EDIT_SET, 6, "\xff\xff\xff",
	    HS_ALERT_BAD_CERTIFICATE),
	ROW("a checksum that is wrong", "RFC 8879 4", EDIT_FLIP, 0, "",
	    HS_ALERT_BAD_CERTIFICATE),
	ROW("no stream", "RFC 8879 4", EDIT_BODY, 0, "\0\1\0\0\1\0\0\0",
	    HS_ALERT_DECODE_ERROR),
	ROW("no stream of that algorithm", "RFC 8879 4", EDIT_BODY, 0,
	    "\0\1\0\0\1\0\0\3xyz", HS_ALERT_BAD_CERTIFICATE),
	ROW("an empty body", "RFC 8879 4", EDIT_BODY, 0, "",
	    HS_ALERT_DECODE_ERROR),
	ROW("bytes behind it", "RFC 8879 4", EDIT_TAIL, 0, "x",
	    HS_ALERT_DECODE_ERROR),
	ROW("a byte too few", "RFC 8879 4", EDIT_CUT, 1, "",
	    HS_ALERT_DECODE_ERROR),
	/* zlib's "no compression": five bytes 0, an empty list. */
	ROW("a Certificate without one", "4.4.2.4", EDIT_BODY, 0,
	    "\0\1\0\0\4\0\0\x0f\x78\1\1\4\0\xfb\xff\0\0\0\0\0\4\0\1",
	    HS_ALERT_DECODE_ERROR),
	ROW("a Certificate that can't be parsed", "4.4.2", EDIT_BODY, 0,
	    "\0\1\0\0\3\0\0\x0e\x78\1\1\3\0\xfc\xff\0\0\0\0\3\0\1",
	    HS_ALERT_DECODE_ERROR),
	{ "one that was not asked for", "RFC 8879 4", HS_MT_CERTIFICATE,
	  EDIT_INSERT, 0, B("\x19\0\0\x09\0\1\0\0\1\0\0\1x"),
	  HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	CLIENTS("a client's algorithm that was not offered", "RFC 8879 4",
		EDIT_SET, 4, "\0\3", HS_ALERT_ILLEGAL_PARAMETER),
	CLIENTS("a client's checksum that is wrong", "RFC 8879 4", EDIT_FLIP, 0,
		"", HS_ALERT_BAD_CERTIFICATE),
};

#define HELLO(what, op, type, body, alert) \
	{ what, "RFC 8879 3", CH, op, type, B(body), alert, EDIT_COMPRESS, 0 }

static const struct edit offers[] = {
	HELLO("no algorithm", EDIT_EXT, 27, "\0", HS_ALERT_DECODE_ERROR),
	HELLO("nothing", EDIT_EXT, 27, "", HS_ALERT_DECODE_ERROR),
	HELLO("half an algorithm", EDIT_EXT, 27, "\3\0\1\0",
	      HS_ALERT_DECODE_ERROR),
	HELLO("a byte behind the list", EDIT_EXT, 27, "\2\0\1x",
	      HS_ALERT_DECODE_ERROR),
	{ "compress_certificate in EncryptedExtensions", "RFC 8879 3",
	  HS_MT_ENCRYPTED_EXTENSIONS, EDIT_EXT, 27, B("\2\0\1"),
	  HS_ALERT_ILLEGAL_PARAMETER, EDIT_COMPRESS, 0 },
	{ "compress_certificate beside the certificate", "RFC 8879 3",
	  HS_MT_CERTIFICATE, EDIT_EXT, 27, B("\2\0\1"),
	  HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
};

static size_t count(const struct pair_side *s, uint8_t type)
{
	size_t n = 0;

	for (size_t at = 0; at + 4 <= s->flight_len;
	     at += 4 + ((size_t)s->flight[at + 2] << 8 | s->flight[at + 3]))
		n += s->flight[at] == type;
	return n;
}

/* Both certificates go compressed, and come out as they were. */
static void handshakes(void)
{
	for (size_t i = 0; i < N(algs); i++) {
		const struct hs_compression *c = tlsup_compression(algs[i]);
		struct pair p;

		edit_pair(&p, EDIT_CLIENT_AUTH | EDIT_EXTRAS);
		p.client.config.compressions = tlsup_compressions;
		p.client.config.compressions_len = tlsup_compressions_len;
		p.server.config.compressions = c;
		p.server.config.compressions_len = 1;
		p.client.config.record_size_limit = 0;
		pair_open(&p);
		tap_sub(pair_run(&p) && count(&p.server, CC) == 1 &&
			count(&p.client, CC) == 1 &&
			!count(&p.server, HS_MT_CERTIFICATE) &&
			!count(&p.client, HS_MT_CERTIFICATE) &&
			hs_info(p.client.hs)->peer_chain_len == 1 &&
			hs_info(p.client.hs)->ocsp.len &&
			hs_bytes_equal(hs_info(p.client.hs)->peer_chain[0],
				       edit_stapled()->chain[0]) &&
			hs_bytes_equal(hs_info(p.server.hs)->peer_chain[0],
				       edit_stapled()->chain[0]),
			"algorithm %d", algs[i]);
		pair_free(&p);
	}
	tap_sum("certificates of both sides, compressed by each algorithm");
}

static int no_shorter(struct hs_bytes in, uint8_t *out, size_t *out_len)
{
	memcpy(out, in.data, in.len);
	*out_len = in.len;
	return 0;
}

static int fails(struct hs_bytes in, uint8_t *out, size_t *out_len)
{
	(void)in;
	(void)out;
	(void)out_len;
	return -1;
}

/* Where it is of no use, or nobody asks, the Certificate goes as it is. */
static void plain(void)
{
	const struct hs_compression *z = tlsup_compression(1);
	const struct {
		struct hs_compression	server;
		bool			client;
	} rows[] = {
		{ { 1, no_shorter, z->decompress }, true },
		{ { 1, fails, z->decompress }, true },
		{ { 1, NULL, z->decompress }, true },
		{ { 2, z->compress, z->decompress }, true },
		{ *z, false },
	};

	for (size_t i = 0; i < N(rows); i++) {
		struct pair p;

		edit_pair(&p, 0);
		p.client.config.compressions = z;
		p.client.config.compressions_len = rows[i].client;
		p.server.config.compressions = &rows[i].server;
		p.server.config.compressions_len = 1;
		pair_open(&p);
		tap_sub(pair_run(&p) && !count(&p.server, CC) &&
			count(&p.server, HS_MT_CERTIFICATE) == 1, "row %zu", i);
		pair_free(&p);
	}
	tap_sum("a plain Certificate where compression is of no use or unwanted");
}

static size_t most_room;

static int note_room(struct hs_bytes in, uint8_t *out, size_t *out_len)
{
	if (*out_len > most_room)
		most_room = *out_len;
	return tlsup_compression(1)->decompress(in, out, out_len);
}

static bool say_more(struct pair *p, struct pair_side *from, uint8_t *message,
		     size_t *len, size_t room)
{
	(void)from;
	(void)len;
	(void)room;
	if (message[0] == CC)
		memcpy(message + 6, p->tamper_arg, 3);
	return true;
}

/* Nothing is unpacked, nor room made, for more than a message may hold. */
static void room(void)
{
	static const struct {
		char	said[4];
		size_t	room;
	} rows[] = {
		{ "\0\xff\xff", 65535 }, { "\1\0\0", 65536 },
		{ "\1\0\1", 0 }, { "\xff\xff\xff", 0 },
	};
	struct hs_compression c = *tlsup_compression(1);

	c.decompress = note_room;
	for (size_t i = 0; i < N(rows); i++) {
		struct pair p;

		edit_pair(&p, EDIT_COMPRESS);
		p.client.config.compressions = &c;
		p.tamper = say_more;
		p.tamper_arg = (void *)(uintptr_t)rows[i].said;
		most_room = 0;
		pair_open(&p);
		pair_run(&p);
		tap_sub(pair_alert(&p.client) == HS_ALERT_BAD_CERTIFICATE &&
			most_room == rows[i].room, "row %zu: %zu bytes", i,
			most_room);
		pair_free(&p);
	}
	tap_sum("room for 65536 bytes at most (RFC 8879 5)");
}

int main(void)
{
	algorithms();
	bombs();
	frames();
	windows();
	edit_table(messages, N(messages), "CompressedCertificate");
	edit_table(offers, N(offers), "compress_certificate");
	handshakes();
	room();
	plain();
	host_exit();
	return tap_done();
}
