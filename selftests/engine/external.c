// SPDX-License-Identifier: Apache-2.0
/* External pre-shared keys (RFC 8446 4.2.9, 4.2.11): which one is taken, in
 * which mode, and what is refused. */
#include <stdlib.h>
#include <string.h>

#include "daemon/engine/ext.h"
#include "edit.h"
#include "tap.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define KEY(name, byte, alg) \
	{ .identity = { (const uint8_t *)(name), sizeof(name) - 1 }, \
	  .key = { 32, { byte, 1, 2, 3 } }, .hash = alg }

static const struct hs_psk one = KEY("one", 1, 0);
static const struct hs_psk two = KEY("two", 2, HS_SHA256);
static const struct hs_psk big = KEY("big", 3, HS_SHA384);
static const struct hs_psk one_wrong = KEY("one", 9, 0);
static const struct hs_psk all[] = { KEY("one", 1, 0), KEY("big", 3, HS_SHA384),
				     KEY("two", 2, 0) };
static const struct hs_psk *known[4];	/* to the server */

static int psk_find(void *arg, struct hs_bytes identity, struct hs_psk *out)
{
	(void)arg;
	for (size_t i = 0; i < N(known); i++)
		if (known[i] && hs_bytes_equal(known[i]->identity, identity)) {
			*out = *known[i];
			return 0;
		}
	return -1;
}

static struct hs_host finder;

/* The client offers n keys of this list, the server knows this one. */
static void prepare(struct pair *p, const struct hs_psk *offered, size_t n,
		    const struct hs_psk *knows)
{
	pair_init(p);
	finder = host_ops;
	finder.psk_find = psk_find;
	p->server.config.host = &finder;
	p->client.config.psks = offered;
	p->client.config.psks_len = n;
	memset(known, 0, sizeof(known));
	known[0] = knows;
}

static bool same(const struct hs_secret *a, const struct hs_secret *b)
{
	return a->len && a->len == b->len && !memcmp(a->bytes, b->bytes, a->len);
}

/* Both ends hold the same secrets, and no certificate was there. */
static bool by_key(struct pair *p, const struct hs_psk *psk, bool alone)
{
	const struct hs_info *c = hs_info(p->client.hs);
	const struct hs_info *s = hs_info(p->server.hs);
	uint8_t a[32], b[32];

	return same(&p->client.tx, &p->server.rx) &&
	       same(&p->server.tx, &p->client.rx) && c->psk && s->psk &&
	       !c->resumed && !s->resumed && c->psk_ke == alone &&
	       s->psk_ke == alone && !c->group == alone && !s->group == alone &&
	       hs_bytes_equal(c->psk_identity, psk->identity) &&
	       hs_bytes_equal(s->psk_identity, psk->identity) &&
	       !c->peer_chain_len && !p->client.host.verified &&
	       !p->server.host.signed_ &&
	       !hs_export(p->client.hs, "x", hs_bytes("", 0), a, 32) &&
	       !hs_export(p->server.hs, "x", hs_bytes("", 0), b, 32) &&
	       !memcmp(a, b, 32);
}

static bool runs(struct pair *p)
{
	bool done = pair_open(p) && pair_run(p);

	if (!done && p->client.hs && p->server.hs)
		tap_note("client: %s; server: %s", hs_error(p->client.hs)->reason,
			 hs_error(p->server.hs)->reason);
	return done;
}

static const uint16_t x25519 = HS_GROUP_X25519, p256 = HS_GROUP_SECP256R1;
static const uint16_t aes256 = HS_TLS_AES_256_GCM_SHA384;

static void groups(struct pair *p, const uint16_t *client,
		   const uint16_t *server)
{
	p->client.config.groups = client;
	p->client.config.groups_len = 1;
	p->server.config.groups = server;
	p->server.config.groups_len = 1;
}

static void taken(void)
{
	struct pair p;

	for (int identity = 0; identity < 2; identity++) {
		prepare(&p, &one, 1, &one);
		if (!identity)
			p.server.host.identity = NULL;
		tap_sub(runs(&p) && by_key(&p, &one, false),
			"psk_dhe_ke, certificate: %d", identity);
		pair_free(&p);
	}
	for (int alone = 0; alone < 2; alone++) {
		prepare(&p, &one, 1, &one);
		groups(&p, &x25519, alone ? &p256 : &x25519);
		p.client.config.psk_ke = true;
		p.server.config.psk_ke = true;
		tap_sub(runs(&p) && by_key(&p, &one, alone),
			"psk_ke where there is no group: %d", alone);
		pair_free(&p);
	}
	for (size_t i = 0; i < N(all); i++) {
		prepare(&p, all, N(all), &all[i]);
		tap_sub(runs(&p) && by_key(&p, &all[i], false) &&
			p.server.hs->choice.index == i &&
			hs_suite(hs_info(p.client.hs)->cipher_suite)->hash ==
				hs_psk_hash(&all[i]),
			"the %zuth of several; its hash decides the suite", i);
		pair_free(&p);
	}
	tap_sum("external keys: psk_dhe_ke, psk_ke, one of several");
}

/* A retry, after which only keys of the suite's hash are offered. */
static void retried(void)
{
	struct pair p;

	for (int i = 0; i < 2; i++) {
		const struct hs_psk *key = i ? &big : &one;

		prepare(&p, all, N(all), key);
		p.client.config.key_share_groups = &x25519;
		p.client.config.key_share_groups_len = 0;
		tap_sub(runs(&p) && by_key(&p, key, false) &&
			hs_info(p.client.hs)->retried &&
			p.server.hs->choice.index == 0, "retry with key %d", i);
		pair_free(&p);
	}
	prepare(&p, all, N(all), &two);
	p.client.config.key_share_groups = &x25519;
	p.client.config.key_share_groups_len = 0;
	tap_sub(runs(&p) && by_key(&p, &two, false) &&
		p.server.hs->choice.index == 1,
		"the key of the other hash is gone: the third is the second");
	pair_free(&p);
	tap_sum("external keys after a HelloRetryRequest (4.1.2)");
}

/* A session comes first, external keys behind it. */
static void behind_a_session(void)
{
	struct hs_host no_tickets;
	struct pair p;

	pair_init(&p);
	runs(&p);
	pair_close(&p);
	finder = host_ops;
	finder.psk_find = psk_find;
	memset(known, 0, sizeof(known));
	known[0] = &two;
	p.server.config.host = &finder;
	p.client.config.psks = all;
	p.client.config.psks_len = N(all);
	tap_ok(runs(&p) && hs_info(p.client.hs)->resumed &&
	       !hs_info(p.client.hs)->psk && p.server.hs->choice.index == 0,
	       "a session is offered before external keys, and resumed");
	pair_close(&p);
	no_tickets = finder;
	no_tickets.ticket_open = NULL;
	p.server.config.host = &no_tickets;
	p.client.host.verified = p.server.host.signed_ = 0;
	tap_ok(runs(&p) && by_key(&p, &two, false) &&
	       p.server.hs->choice.index == 3,
	       "a server that has no such session takes a key behind it");
	pair_free(&p);
}

static void unknown(void)
{
	struct pair p;
	bool done;

	prepare(&p, &one, 1, &two);
	tap_ok(runs(&p) && !hs_info(p.client.hs)->psk && p.client.host.verified,
	       "a key that the server does not know: its certificate");
	pair_free(&p);

	prepare(&p, &one, 1, &two);
	p.server.host.identity = NULL;
	pair_open(&p);
	done = pair_run(&p);
	tap_ok(!done && pair_alert(&p.server) == HS_ALERT_UNKNOWN_PSK_IDENTITY,
	       "... and without a certificate: unknown_psk_identity (6.2, E.6)");
	pair_free(&p);

	prepare(&p, &one_wrong, 1, &one);
	pair_open(&p);
	done = pair_run(&p);
	tap_ok(!done && pair_alert(&p.server) == HS_ALERT_DECRYPT_ERROR,
	       "another key under the same identity: decrypt_error (4.2.11)");
	pair_free(&p);

	prepare(&p, &one, 1, &one);
	groups(&p, &x25519, &p256);
	p.server.config.psk_ke = true;
	pair_open(&p);
	done = pair_run(&p);
	tap_ok(!done && pair_alert(&p.server) == HS_ALERT_HANDSHAKE_FAILURE,
	       "no group in common, and psk_ke is not listed: handshake_failure");
	pair_free(&p);

	prepare(&p, &one, 1, &one);
	p.client.config.cipher_suites = &aes256;
	p.client.config.cipher_suites_len = 1;
	tap_ok(runs(&p) && !hs_info(p.server.hs)->psk &&
	       p.server.hs->requested && !p.client.hs->psk_offered,
	       "a key whose hash no suite has is not offered (4.2.11)");
	pair_free(&p);

	prepare(&p, &one, 1, &one);
	p.server.config.cipher_suites = &aes256;
	p.server.config.cipher_suites_len = 1;
	tap_ok(runs(&p) && !hs_info(p.server.hs)->psk && p.client.hs->psk_offered,
	       "a key whose hash the server's suites don't have is not taken");
	pair_free(&p);
}

/* 4.2.11.2: "res binder" and "ext binder" are not one another. */
static void confusion(void)
{
	struct hs_psk stolen = { 0 };
	struct pair p;
	bool done;

	pair_init(&p);
	runs(&p);
	pair_close(&p);
	finder = host_ops;
	finder.psk_find = psk_find;
	stolen.identity = hs_bytes(p.session->ticket, p.session->ticket_len);
	stolen.key = p.session->psk;
	p.server.config.host = &finder;
	known[0] = &stolen;
	pair_open(&p);
	done = pair_run(&p);
	tap_ok(!done && pair_alert(&p.server) == HS_ALERT_DECRYPT_ERROR,
	       "a ticket's key taken for an external one: decrypt_error");
	pair_close(&p);
	known[0] = NULL;
	p.client.config.psks = &stolen;
	p.client.config.psks_len = 1;
	p.client.config.no_resumption = true;
	pair_open(&p);
	done = pair_run(&p);
	tap_ok(!done && pair_alert(&p.server) == HS_ALERT_DECRYPT_ERROR,
	       "a ticket that is offered as an external key: decrypt_error");
	pair_free(&p);
}

/* The Selfie attack: a client's hello goes back to its own party. */
static void selfie(void)
{
	static const uint8_t ours[32] = "ours", theirs[32] = "theirs";
	static const struct {
		const uint8_t	*client, *server;
		int		alert;
	} rows[] = {
		{ ours, ours, HS_ALERT_ILLEGAL_PARAMETER },
		{ ours, theirs, 0 }, { ours, NULL, 0 }, { NULL, ours, 0 },
	};

	for (size_t i = 0; i < N(rows) * 2; i++) {
		struct pair p;
		bool done;

		prepare(&p, &one, 1, &one);
		p.client.config.party = rows[i / 2].client;
		p.server.config.party = rows[i / 2].server;
		groups(&p, &x25519, i % 2 ? &p256 : &x25519);
		p.client.config.psk_ke = p.server.config.psk_ke = true;
		pair_open(&p);
		done = pair_run(&p);
		tap_sub(done == !rows[i / 2].alert && (done ||
			(pair_alert(&p.server) == rows[i / 2].alert &&
			 !p.server.flight_len)), "row %zu", i);
		pair_free(&p);
	}
	tap_sum("a party's own ClientHello is refused when it comes back (RFC 9257 4.1)");
}

/* Both ends have the same key, so the client's own records could come back:
 * they are not what it waits for. */
static void reflection(void)
{
	struct pair p;

	prepare(&p, &one, 1, &one);
	pair_open(&p);
	pair_start(&p);
	tap_ok(pair_inject(&p, &p.client, HS_HANDSHAKE, p.client.flight,
			   p.client.flight_len) == HS_ALERT_UNEXPECTED_MESSAGE,
	       "a client's own ClientHello is no answer to it");
	pair_free(&p);
}

/* The binder of a single identity, made anew after a change to the hello. */
static void rebind(const struct hs_psk *psk, uint8_t *m, size_t len)
{
	const struct hs_crypto *crypto = tlsup_crypto_openssl();
	struct hs_schedule s = { 0 };
	struct hs_secret key;
	uint8_t hash[32];

	hs_digest(crypto, HS_SHA256, hs_bytes(m, len - 35), hash);
	hs_schedule_early(&s, crypto, HS_SHA256, &psk->key);
	hs_schedule_derive(&s, HS_EXT_BINDER, NULL, &key);
	hs_finished_mac(crypto, HS_SHA256, &key, hash, m + len - 32);
}

static bool modes(struct pair *p, struct pair_side *from, uint8_t *message,
		  size_t *len, size_t room)
{
	(void)from;
	(void)room;
	if (message[0] == HS_MT_CLIENT_HELLO) {
		edit_apply(p->tamper_arg, message, len);
		rebind(&one, message, *len);
	}
	return true;
}

/* 4.2.9: no mode that is not listed. How far the server gets, and with what. */
static void only_listed(void)
{
	static const struct {
		const char	*what;
		struct edit	edit;
		bool		server_ke;
		bool		psk, alone;
		int		alert;
	} rows[] = {
		{ "psk_ke alone is listed, and taken",
		  { .op = EDIT_EXT, .arg = HS_EXT_PSK_KEY_EXCHANGE_MODES,
		    .body = "\1\0", .len = 2 }, true, true, true, 0 },
		{ "psk_ke alone is listed, and not taken: the certificate",
		  { .op = EDIT_EXT, .arg = HS_EXT_PSK_KEY_EXCHANGE_MODES,
		    .body = "\1\0", .len = 2 }, false, false, false, 0 },
		{ "psk_dhe_ke alone is listed",
		  { .op = EDIT_EXT, .arg = HS_EXT_PSK_KEY_EXCHANGE_MODES,
		    .body = "\1\1", .len = 2 }, true, true, false, 0 },
		{ "no group and no share, psk_ke listed",
		  { .op = EDIT_NO_EXT, .arg = HS_EXT_SUPPORTED_GROUPS << 16 |
		    HS_EXT_KEY_SHARE }, true, true, true, 0 },
		{ "no group and no share, psk_ke not taken",
		  { .op = EDIT_NO_EXT, .arg = HS_EXT_SUPPORTED_GROUPS << 16 |
		    HS_EXT_KEY_SHARE }, false, false, false,
		  HS_ALERT_HANDSHAKE_FAILURE },
		{ "neither mode is one that exists",
		  { .op = EDIT_EXT, .arg = HS_EXT_PSK_KEY_EXCHANGE_MODES,
		    .body = "\2\7\x1a", .len = 3 }, true, false, false, 0 },
	};

	for (size_t i = 0; i < N(rows); i++) {
		struct edit e = rows[i].edit;
		const struct hs_info *info;
		struct pair p;

		prepare(&p, &one, 1, &one);
		p.per_message = true;
		p.client.config.psk_ke = true;
		p.server.config.psk_ke = rows[i].server_ke;
		p.tamper = modes;
		p.tamper_arg = &e;
		pair_open(&p);
		pair_start(&p);
		pair_step(&p);
		info = hs_info(p.server.hs);
		if (rows[i].alert)
			tap_sub(pair_alert(&p.server) == rows[i].alert, "%s",
				rows[i].what);
		else
			tap_sub(p.server.hs->state == HS_ST_WAIT_FINISHED &&
				info->psk == rows[i].psk &&
				info->psk_ke == rows[i].alone,
				"%s: %s", rows[i].what,
				hs_error(p.server.hs)->reason);
		pair_free(&p);
	}
	tap_sum("a mode that the client does not list is not taken (4.2.9)");
}

static bool answer(struct pair *p, struct pair_side *from, uint8_t *message,
		   size_t *len, size_t room)
{
	(void)from;
	(void)room;
	if (message[0] == HS_MT_SERVER_HELLO)
		edit_apply(p->tamper_arg, message, len);
	return true;
}

/* 4.2.11, the client's part. */
static void refused(void)
{
	static const struct {
		const char	*what;
		struct edit	edit;
		bool		psk_ke;
		int		alert;
	} rows[] = {
		{ "the fourth of three",
		  { .op = EDIT_EXT, .arg = HS_EXT_PRE_SHARED_KEY,
		    .body = "\0\3", .len = 2 }, false,
		  HS_ALERT_ILLEGAL_PARAMETER },
		{ "one of another hash than the suite's",
		  { .op = EDIT_EXT, .arg = HS_EXT_PRE_SHARED_KEY,
		    .body = "\0\1", .len = 2 }, false,
		  HS_ALERT_ILLEGAL_PARAMETER },
		{ "65535", { .op = EDIT_EXT, .arg = HS_EXT_PRE_SHARED_KEY,
			     .body = "\xff\xff", .len = 2 }, false,
		  HS_ALERT_ILLEGAL_PARAMETER },
		{ "a number of one byte",
		  { .op = EDIT_EXT, .arg = HS_EXT_PRE_SHARED_KEY, .body = "\0",
		    .len = 1 }, false, HS_ALERT_DECODE_ERROR },
		{ "no key_share, and psk_ke was not offered",
		  { .op = EDIT_NO_EXT, .arg = HS_EXT_KEY_SHARE }, false,
		  HS_ALERT_ILLEGAL_PARAMETER },
		{ "neither a key nor a share",
		  { .op = EDIT_NO_EXT, .arg = HS_EXT_KEY_SHARE << 16 |
		    HS_EXT_PRE_SHARED_KEY }, true,
		  HS_ALERT_MISSING_EXTENSION },
	};

	for (size_t i = 0; i < N(rows); i++) {
		struct edit e = rows[i].edit;
		struct pair p;

		prepare(&p, all, N(all), &one);
		p.per_message = true;
		p.client.config.psk_ke = rows[i].psk_ke;
		p.tamper = answer;
		p.tamper_arg = &e;
		pair_open(&p);
		pair_run(&p);
		tap_sub(pair_alert(&p.client) == rows[i].alert, "%s: %d",
			rows[i].what, pair_alert(&p.client));
		pair_free(&p);
	}
	tap_sum("a key that was not offered, or not so (4.2.11)");
}

static void ill_formed(void)
{
	static struct hs_psk bad[4];
	uint8_t *longest = calloc(1, HS_TICKET_MAX + 1);

	for (int i = 0; i < 4; i++)
		bad[i] = one;
	bad[0].identity.len = 0;
	bad[1].identity = hs_bytes(longest, HS_TICKET_MAX + 1);
	bad[2].key.len = 0;
	bad[3].hash = 7;
	for (int i = 0; i < 4; i++) {
		struct pair p;

		prepare(&p, &bad[i], 1, NULL);
		tap_sub(!pair_open(&p), "row %d", i);
		pair_free(&p);
		prepare(&p, &one, 1, &bad[i]);
		bad[i].identity = one.identity;
		/* A server's host that answers so has no key. */
		if (i > 1)
			tap_sub(runs(&p) && !hs_info(p.server.hs)->psk,
				"server: row %d", i);
		pair_free(&p);
	}
	free(longest);
	tap_sum("external keys that are none");
}

static bool age_is_zero;

static bool look(struct pair *p, struct pair_side *from, uint8_t *message,
		 size_t *len, size_t room)
{
	/* identities: 2 of length, 2, "one", age 4; binders: 2 + 33. */
	const uint8_t *age = message + *len - 35 - 4;

	(void)p;
	(void)room;
	if (from == &p->client && message[0] == HS_MT_CLIENT_HELLO)
		age_is_zero = !memcmp(age, "\0\0\0\0", 4) &&
			      !memcmp(age - 3, "one", 3);
	return true;
}

static void age(void)
{
	struct pair p;

	prepare(&p, &one, 1, &one);
	p.tamper = look;
	tap_ok(runs(&p) && age_is_zero,
	       "an external key's obfuscated_ticket_age is 0 (4.2.11)");
	pair_free(&p);
}

/* The session of a connection by external key goes back to that key. */
static void resumed(void)
{
	struct pair p;

	prepare(&p, &one, 1, &one);
	runs(&p);
	pair_close(&p);
	p.client.config.psks_len = 0;
	tap_ok(p.tickets == 2 && runs(&p) && hs_info(p.server.hs)->resumed &&
	       hs_bytes_equal(hs_info(p.server.hs)->psk_identity, one.identity),
	       "a session by external key is resumed, and names it");
	pair_close(&p);
	tap_ok(runs(&p) && hs_info(p.server.hs)->resumed &&
	       hs_bytes_equal(hs_info(p.server.hs)->psk_identity, one.identity),
	       "... so does the session of that session");
	pair_close(&p);
	known[0] = NULL;
	tap_ok(runs(&p) && !hs_info(p.server.hs)->resumed,
	       "once the key is forgotten, so are its sessions");
	pair_free(&p);
}

int main(void)
{
	taken();
	retried();
	behind_a_session();
	unknown();
	confusion();
	selfie();
	reflection();
	only_listed();
	refused();
	ill_formed();
	age();
	resumed();
	host_exit();
	return tap_done();
}
