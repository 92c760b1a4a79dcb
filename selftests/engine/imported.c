// SPDX-License-Identifier: Apache-2.0
/* Imported pre-shared keys (RFC 9258): what is derived, and that nothing but the
 * same import at the other end fits. */
#include <stdlib.h>
#include <string.h>

#include "daemon/engine/ext.h"
#include "pair.h"
#include "tap.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define BYTES(text) { (const uint8_t *)(text), sizeof(text) - 1 }

/* An external key, its bytes 0, 1, 2, ... */
static struct hs_psk external(uint8_t hash)
{
	struct hs_psk psk = { .identity = BYTES("alice"), .key.len = 32,
			      .hash = hash };

	for (uint8_t i = 0; i < 32; i++)
		psk.key.bytes[i] = i;
	return psk;
}

static const struct hs_bytes none, context = BYTES("\1\2\3"), other = BYTES("\3");

static uint8_t rooms[8][HS_TICKET_MAX];
static size_t used;

/* Its room lasts until used is 0 again. */
static struct hs_psk import(uint8_t hash, struct hs_bytes with, uint8_t target)
{
	const struct hs_psk from = external(hash);
	struct hs_psk psk = { 0 };

	if (hs_psk_import(tlsup_crypto_openssl(), &from, with, target,
			  rooms[used++], &psk))
		tap_note("an import failed");
	return psk;
}

/* --- What is derived --- */

#define ALICE "\0\5alice"

/* 5.1. The keys are of Python's hmac and hashlib, written down from the RFC
 * without this code in sight. */
static void derivation(void)
{
	static const struct {
		uint8_t		hash, target;
		bool		context;
		struct hs_bytes	identity, key;
	} rows[] = {
		{ HS_SHA256, HS_SHA256, false, BYTES(ALICE "\0\0\3\4\0\1"),
		  BYTES("\x86\x0f\xfd\xc7\xfa\xf0\x64\x15\x2c\xd6\x6d\x46\x6c\xcb\x0d\xb0"
			"\x62\x8d\x2e\x3d\xc1\x9c\x28\x61\xcb\x35\x8a\x3e\xcb\x0e\x54\xf2") },
		{ HS_SHA256, HS_SHA256, true, BYTES(ALICE "\0\3\1\2\3\3\4\0\1"),
		  BYTES("\x37\x00\x88\x7f\x05\xc7\xa7\x6f\x6f\x4b\x1c\xf6\x36\x17\x0e\x89"
			"\x97\x3a\xf1\x08\xfd\xf0\x37\x05\x28\x71\x43\x64\x44\x4a\x43\xa4") },
		{ HS_SHA256, HS_SHA384, true, BYTES(ALICE "\0\3\1\2\3\3\4\0\2"),
		  BYTES("\x10\x66\x98\xf7\x44\x8d\x5d\x50\x06\x63\x8b\xe2\x1d\x05\xa4\x60"
			"\x13\x66\xad\x47\x85\x0b\x8b\x85\x92\x9d\xa7\x6b\xed\x0d\x73\x85"
			"\x75\xf0\xcc\x56\x62\xb1\xdf\x58\xc6\x7b\x8e\x30\x12\xdd\x3a\xae") },
		{ HS_SHA384, HS_SHA256, false, BYTES(ALICE "\0\0\3\4\0\1"),
		  BYTES("\xbb\x7f\xee\x8e\x17\xfb\x03\x7d\xfa\x40\x80\x6f\xc2\xda\xa7\x24"
			"\xe2\x41\x2e\x3b\x2b\xe4\x22\x42\x8c\x2d\x8c\x26\xbf\xc6\xcc\xe0") },
		{ HS_SHA384, HS_SHA384, true, BYTES(ALICE "\0\3\1\2\3\3\4\0\2"),
		  BYTES("\xf9\x52\x37\xaa\x6b\xa3\xd4\xde\xb6\xec\x37\x76\xfb\x29\x7c\x44"
			"\x75\xd9\xd6\x67\x28\x30\xaa\xbe\xdc\x32\x2f\xeb\x60\xe4\xe5\x0a"
			"\xed\xef\x0d\xaa\x1c\x9d\x78\x8c\xef\xaf\xcc\xb9\xae\x9c\x29\xe7") },
	};

	for (size_t i = 0; i < N(rows); i++) {
		struct hs_psk psk = import(rows[i].hash,
					   rows[i].context ? context : none,
					   rows[i].target);

		tap_sub(psk.imported && psk.hash == rows[i].target &&
			hs_bytes_equal(psk.identity, rows[i].identity) &&
			psk.key.len == rows[i].key.len &&
			!memcmp(psk.key.bytes, rows[i].key.data, psk.key.len),
			"row %zu", i);
		used = 0;
	}
	tap_sum("identity and key of an import (5.1)");
}

static void refused(void)
{
	const struct hs_crypto *crypto = tlsup_crypto_openssl();
	struct hs_psk bad[6], out = { 0 };
	struct hs_bytes with[6] = { 0 };
	uint8_t target[6];
	static uint8_t longest[HS_TICKET_MAX];

	for (size_t i = 0; i < N(bad); i++) {
		bad[i] = external(HS_SHA256);
		target[i] = HS_SHA256;
	}
	bad[0].identity.len = 0;
	bad[1].key.len = 0;
	bad[2].hash = 7;
	bad[3] = import(HS_SHA256, none, HS_SHA256);
	target[4] = HS_HASH_NONE;
	with[5] = hs_bytes(longest, HS_TICKET_MAX - HS_IMPORT_MORE - 5 + 1);
	for (size_t i = 0; i < N(bad); i++)
		tap_sub(hs_psk_import(crypto, &bad[i], with[i], target[i],
				      rooms[1], &out) && !out.identity.data,
			"row %zu", i);
	with[5].len--;
	tap_sub(!hs_psk_import(crypto, &bad[5], with[5], target[5], rooms[1],
			       &out) && out.identity.len == HS_TICKET_MAX,
		"the longest there can be");
	used = 0;
	tap_sum("no import of what is ill-formed, too long, or an import itself (4, 5.1)");
}

/* --- Handshakes --- */

static struct hs_host finder;
static struct hs_psk known;

static int psk_find(void *arg, struct hs_bytes identity, struct hs_psk *out)
{
	(void)arg;
	if (!hs_bytes_equal(known.identity, identity))
		return -1;
	*out = known;
	return 0;
}

/* The client offers these, the server knows that one and has no certificate. */
static void prepare(struct pair *p, const struct hs_psk *offered, size_t n,
		    const struct hs_psk *knows)
{
	pair_init(p);
	finder = host_ops;
	finder.psk_find = psk_find;
	known = *knows;
	p->server.config.host = &finder;
	p->server.host.identity = NULL;
	p->client.config.psks = offered;
	p->client.config.psks_len = n;
}

static bool runs(struct pair *p)
{
	return pair_open(p) && pair_run(p);
}

static bool by_key(struct pair *p, const struct hs_psk *psk)
{
	const struct hs_info *c = hs_info(p->client.hs);
	const struct hs_info *s = hs_info(p->server.hs);

	return c->psk && s->psk && !c->resumed && !s->resumed &&
	       hs_bytes_equal(c->psk_identity, psk->identity) &&
	       hs_bytes_equal(s->psk_identity, psk->identity) &&
	       hs_suite(s->cipher_suite)->hash == psk->hash;
}

/* For both hashes, at once and after a HelloRetryRequest. */
static void taken(void)
{
	static const uint16_t x25519 = HS_GROUP_X25519;
	struct hs_psk both[2];
	struct pair p;

	both[0] = import(HS_SHA256, context, HS_SHA256);
	both[1] = import(HS_SHA256, context, HS_SHA384);
	for (size_t i = 0; i < 4; i++) {
		const struct hs_psk *psk = &both[i % 2];

		prepare(&p, both, 2, psk);
		if (i >= 2) {
			p.client.config.key_share_groups = &x25519;
			p.client.config.key_share_groups_len = 0;
		}
		tap_sub(runs(&p) && by_key(&p, psk) &&
			hs_info(p.client.hs)->retried == (i >= 2), "row %zu", i);
		pair_free(&p);
	}
	used = 0;
	tap_sum("an imported key is taken, for each hash, and after a retry");
}

/* 5.2: "if and only if (a) both endpoints import the PSK or (b) neither endpoint
 * imports the PSK". The same bytes under the same identity, but for the label. */
static void confusion(void)
{
	const struct hs_psk imported = import(HS_SHA256, none, HS_SHA256);
	struct hs_psk plain = imported;

	plain.imported = false;
	for (int server = 0; server < 2; server++) {
		struct pair p;

		prepare(&p, server ? &plain : &imported, 1,
			server ? &imported : &plain);
		tap_sub(!runs(&p) &&
			pair_alert(&p.server) == HS_ALERT_DECRYPT_ERROR,
			"one end imports, the server: %d", server);
		pair_free(&p);
	}
	used = 0;
	tap_sum("an imported key and one that is not: decrypt_error (5.2)");
}

/* Neither a context nor the external key itself is another one's. */
static void strangers(void)
{
	const struct hs_psk mine = import(HS_SHA256, context, HS_SHA256);
	const struct hs_psk theirs[] = {
		import(HS_SHA256, other, HS_SHA256),
		import(HS_SHA256, none, HS_SHA256),
		external(HS_SHA256),
	};

	for (size_t i = 0; i < N(theirs); i++) {
		struct pair p;

		prepare(&p, &mine, 1, &theirs[i]);
		tap_sub(!runs(&p) &&
			pair_alert(&p.server) == HS_ALERT_UNKNOWN_PSK_IDENTITY,
			"row %zu", i);
		pair_free(&p);
	}
	used = 0;
	tap_sum("another context, or none, or no import: unknown_psk_identity");
}

/* The base key has another hash: the same identity, another key. */
static void other_hash(void)
{
	const struct hs_psk mine = import(HS_SHA256, context, HS_SHA256);
	const struct hs_psk theirs = import(HS_SHA384, context, HS_SHA256);
	struct pair p;

	prepare(&p, &mine, 1, &theirs);
	tap_ok(!runs(&p) && pair_alert(&p.server) == HS_ALERT_DECRYPT_ERROR,
	       "imported with another hash at the other end: decrypt_error");
	pair_free(&p);
	used = 0;
}

/* A session goes back to the key, and ends with it. */
static void resumed(void)
{
	const struct hs_psk psk = import(HS_SHA256, context, HS_SHA256);
	struct pair p;

	prepare(&p, &psk, 1, &psk);
	runs(&p);
	pair_close(&p);
	p.client.config.psks_len = 0;
	tap_ok(p.tickets == 2 && runs(&p) && hs_info(p.server.hs)->resumed &&
	       hs_bytes_equal(hs_info(p.server.hs)->psk_identity, psk.identity),
	       "a session by an imported key is resumed, and names it");
	pair_close(&p);
	known.identity.len = 0;
	tap_ok(!runs(&p) && !hs_info(p.server.hs)->resumed,
	       "once the key is gone, so is the session");
	pair_free(&p);
	used = 0;
}

int main(void)
{
	derivation();
	refused();
	taken();
	confusion();
	strangers();
	other_hash();
	resumed();
	host_exit();
	return tap_done();
}
