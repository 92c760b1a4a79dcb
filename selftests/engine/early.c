// SPDX-License-Identifier: Apache-2.0
/* 0-RTT (RFC 8446 2.3, 4.2.10, 4.5, 8): early data that is taken, that is
 * passed over, in each way, and what may not be done with it. */
#include <stdlib.h>
#include <string.h>

#include "daemon/engine/ext.h"
#include "early_pair.h"
#include "edit.h"
#include "tap.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define WINDOW 10000

static uint8_t plenty[40000];

static const uint16_t chacha = HS_TLS_CHACHA20_POLY1305_SHA256;
static const uint16_t aes256 = HS_TLS_AES_256_GCM_SHA384;
static const uint16_t x25519 = HS_GROUP_X25519, p256 = HS_GROUP_SECP256R1;

/* The ClientHello, this much early data in records of this length, the rest. */
static bool run(struct pair *p, size_t len, size_t record)
{
	hs_start(p->client.hs);
	pair_drain(p, &p->client);
	for (size_t at = 0; at < len; at += record)
		pair_send(&p->client, HS_APPLICATION_DATA, plenty + at,
			  len - at < record ? len - at : record);
	while (pair_step(p))
		;
	return hs_state(p->client.hs) == HS_DONE &&
	       hs_state(p->server.hs) == HS_DONE;
}

static bool same(const struct hs_secret *a, const struct hs_secret *b)
{
	return a->len && a->len == b->len && !memcmp(a->bytes, b->bytes, a->len);
}

static bool agreed(struct pair *p)
{
	return same(&p->client.tx, &p->server.rx) &&
	       same(&p->server.tx, &p->client.rx) &&
	       same(&p->client.hs_tx, &p->server.hs_rx) &&
	       same(&p->client.hs_rx, &p->server.hs_tx);
}

static bool same_early_exporter(struct pair *p)
{
	uint8_t a[40], b[40];
	struct hs_bytes context = hs_bytes("c", 1);

	return !hs_export_early(p->client.hs, "EXPORTER-t", context, a, 40) &&
	       !hs_export_early(p->server.hs, "EXPORTER-t", context, b, 40) &&
	       !memcmp(a, b, 40);
}

static bool no_early_exporter(struct pair *p)
{
	uint8_t out[8];

	return hs_export_early(p->client.hs, "x", hs_bytes("", 0), out, 8) &&
	       hs_export_early(p->server.hs, "x", hs_bytes("", 0), out, 8);
}

static void accepted(void)
{
	static const struct {
		size_t	len, record, split;
	} rows[] = {
		{ 5, 5, 0 }, { 0, 1, 0 }, { EARLY_LIMIT, 100, 0 }, { EARLY_LIMIT, 1, 0 },
		{ EARLY_LIMIT, EARLY_LIMIT, 0 }, { 7, 3, 1 }, { 7, 3, 5 },
	};

	for (size_t i = 0; i < N(rows); i++) {
		const struct hs_info *c, *s;
		struct pair p;
		bool done;

		early_pair(&p);
		p.split = rows[i].split;
		pair_open(&p);
		done = run(&p, rows[i].len, rows[i].record);
		c = hs_info(p.client.hs);
		s = hs_info(p.server.hs);
		tap_sub(done && agreed(&p) && c->early_data && s->early_data &&
			c->early_offered && c->max_early_data == EARLY_LIMIT &&
			c->resumed && !p.client.rejected,
			"row %zu: %s", i, hs_error(p.server.hs)->reason);
		tap_sub(p.server.early.len == rows[i].len && (!rows[i].len ||
			!memcmp(p.server.early.data, plenty, rows[i].len)),
			"row %zu: the data", i);
		tap_sub(same(&p.client.early_tx, &p.server.early_rx) &&
			!same(&p.client.early_tx, &p.client.hs_tx) &&
			same_early_exporter(&p) && p.client.ccs == 1,
			"row %zu: the early secrets", i);
		pair_free(&p);
	}
	tap_sum("early data is taken; both ends have the same early secrets");
}

/* With every suite; and a session by client certificate says who it was. */
static void suites(void)
{
	static const uint16_t all[] = { HS_TLS_AES_128_GCM_SHA256, 0x1302,
					0x1303 };
	struct pair p;

	for (size_t i = 0; i < N(all); i++) {
		pair_init(&p);
		p.server.config.max_early_data = UINT32_MAX;
		p.server.config.cipher_suites = &all[i];
		p.server.config.cipher_suites_len = 1;
		p.client.config.early_data = true;
		pair_open(&p);
		tap_sub(run(&p, 0, 1) && !hs_info(p.client.hs)->early_offered,
			"%x: the first has no session", all[i]);
		pair_close(&p);
		pair_open(&p);
		tap_sub(run(&p, 9000, 3000) && agreed(&p) &&
			p.server.early.len == 9000, "%x", all[i]);
		pair_free(&p);
	}
	pair_init(&p);
	p.server.config.max_early_data = EARLY_LIMIT;
	p.server.config.client_auth = HS_CLIENT_AUTH_REQUIRE;
	p.client.host.identity = host_identity("P-256");
	p.client.config.early_data = true;
	pair_open(&p);
	run(&p, 0, 1);
	pair_close(&p);
	pair_open(&p);
	tap_sub(run(&p, 10, 10) && p.server.early.len == 10 &&
		hs_info(p.server.hs)->peer_chain_len == 1,
		"early data by a client with a certificate");
	pair_free(&p);
	tap_sum("early data with each suite, and of a client with a certificate");
}

static void no_limit(struct pair *p) { p->server.config.max_early_data = 0; }
static void lower(struct pair *p) { p->server.config.max_early_data = EARLY_LIMIT - 1; }
static void replayed(struct pair *p) { p->server.host.never_fresh = true; }
static void slow(struct pair *p) { p->server.host.now_ms += WINDOW + 1; }

static struct hs_host forgetful;

static void no_memory(struct pair *p)
{
	forgetful = host_ops;
	forgetful.early_data_fresh = NULL;
	p->server.config.host = &forgetful;
}

static void no_ticket(struct pair *p)
{
	p->session->ticket[20] ^= 1;
}

static void other_alpn(struct pair *p)
{
	p->server.config.alpn = hs_bytes("\2h3", 3);
}

static void no_alpn(struct pair *p)
{
	p->server.config.alpn = hs_bytes(NULL, 0);
}

static void other_suite(struct pair *p)
{
	p->server.config.cipher_suites = &chacha;
	p->server.config.cipher_suites_len = 1;
}

static void other_hash(struct pair *p)
{
	p->server.config.cipher_suites = &aes256;
	p->server.config.cipher_suites_len = 1;
}

static void old_ticket(struct pair *p)
{
	p->server.host.now_ms += 7200ull * 1000;
}

/* The session is not known, but an external key behind it is. */
static const struct hs_psk external = {
	.identity = { (const uint8_t *)"key", 3 }, .key = { 32, { 1 } },
};

static int psk_find(void *arg, struct hs_bytes identity, struct hs_psk *out)
{
	(void)arg;
	*out = external;
	return !hs_bytes_equal(identity, external.identity);
}

static void second_key(struct pair *p)
{
	forgetful = host_ops;
	forgetful.ticket_open = NULL;
	forgetful.psk_find = psk_find;
	p->server.config.host = &forgetful;
	p->client.config.psks = &external;
	p->client.config.psks_len = 1;
}

static const struct reason {
	const char	*what, *section;
	void (*set)(struct pair *p);
	bool		resumed;
} reasons[] = {
	{ "the server takes none any more", "4.2.10", no_limit, true },
	{ "the server takes less than the ticket said", "4.6.1", lower, true },
	{ "the server does not remember", "8.2", no_memory, true },
	{ "the server has seen it", "8.2", replayed, true },
	{ "it comes too late", "8.3", slow, true },
	{ "the server picks another protocol", "4.2.10", other_alpn, true },
	{ "the server picks no protocol", "4.2.10", no_alpn, true },
	{ "the server picks another suite", "4.2.10", other_suite, true },
	{ "the server picks another hash", "4.2.11", other_hash, false },
	{ "the server does not know the ticket", "4.2.10", no_ticket, false },
	{ "the ticket has expired", "4.6.1", old_ticket, false },
	{ "the server picks the second key", "4.2.10", second_key, false },
};

/* Passed over: nothing of it is seen, and all else goes well. */
static void passed_over(void)
{
	for (size_t i = 0; i < N(reasons); i++) {
		const struct hs_info *c, *s;
		struct pair p;
		bool done;

		early_pair(&p);
		reasons[i].set(&p);
		pair_open(&p);
		done = run(&p, EARLY_LIMIT, 90);
		c = hs_info(p.client.hs);
		s = hs_info(p.server.hs);
		tap_sub(done && agreed(&p) && c->early_offered &&
			!c->early_data && !s->early_data &&
			!p.server.early.len && p.client.rejected == 1 &&
			c->resumed == reasons[i].resumed && p.client.ccs == 1 &&
			no_early_exporter(&p), "%s (%s): %s; %s",
			reasons[i].what, reasons[i].section,
			hs_error(p.client.hs)->reason,
			hs_error(p.server.hs)->reason);
		pair_free(&p);
	}
	tap_sum("early data that is passed over: the handshake goes on");
}

/* The hello of a client that puts another identity before its ticket, with the
 * ticket's binder made anew over that; the other one's is never looked at. */
static bool second_ticket(struct pair *p, struct pair_side *from,
			  uint8_t *message, size_t *len, size_t room)
{
	struct edit psk = { .op = EDIT_EXT, .arg = HS_EXT_PRE_SHARED_KEY };
	const struct hs_crypto *crypto = tlsup_crypto_openssl();
	struct hs_bytes ticket = hs_bytes(p->session->ticket,
					  p->session->ticket_len);
	struct hs_schedule s = { 0 };
	struct hs_secret key;
	uint8_t body[1024], hash[32];
	struct hs_buf b = hs_buf_fixed(body, sizeof(body));

	(void)room;
	if (from != &p->client || message[0] != HS_MT_CLIENT_HELLO)
		return true;
	hs_buf_u16(&b, (uint16_t)(2 + 1 + 4 + 2 + ticket.len + 4));
	hs_buf_vec(&b, 2, hs_bytes("x", 1));
	hs_buf_u32(&b, 0);
	hs_buf_vec(&b, 2, ticket);
	hs_buf_u32(&b, hs_session_age(p->session, EARLY_START));
	hs_buf_u16(&b, 66);
	for (int i = 0; i < 2; i++)
		hs_buf_vec(&b, 1, hs_bytes(plenty, 32));
	psk.body = (const char *)body;
	psk.len = b.len;
	edit_apply(&psk, message, len);
	hs_digest(crypto, HS_SHA256, hs_bytes(message, *len - 68), hash);
	hs_schedule_early(&s, crypto, HS_SHA256, &p->session->psk);
	hs_schedule_derive(&s, HS_RES_BINDER, NULL, &key);
	hs_finished_mac(crypto, HS_SHA256, &key, hash, message + *len - 32);
	return true;
}

/* 4.2.10: only with the first identity. */
static void first_identity(void)
{
	struct pair p;

	early_pair(&p);
	p.tamper = second_ticket;
	pair_open(&p);
	pair_start(&p);
	pair_step(&p);
	pair_step(&p);
	tap_ok(hs_info(p.server.hs)->resumed && p.server.hs->choice.index == 1 &&
	       !hs_info(p.server.hs)->early_data && p.server.skip &&
	       p.server.hs->state == HS_ST_WAIT_FINISHED,
	       "early data is not taken with the second ticket (4.2.10)");
	pair_free(&p);
}

static bool claim_early(struct pair *p, struct pair_side *from, uint8_t *message,
			size_t *len, size_t room)
{
	static const struct edit early = { .op = EDIT_EXT,
					   .arg = HS_EXT_EARLY_DATA,
					   .body = "" };

	(void)room;
	if (from == &p->client && message[0] == HS_MT_CLIENT_HELLO)
		edit_apply(&early, message, len);
	return true;
}

/* 4.2.10: a server "MUST behave in one of three ways", none of which is an
 * alert, also where there is no key for what comes. */
static void without_key(void)
{
	struct pair p;

	early_pair(&p);
	hs_session_free(p.session);
	p.session = NULL;
	p.tamper = claim_early;
	pair_open(&p);
	pair_start(&p);
	pair_send(&p.client, HS_APPLICATION_DATA, plenty, 100);
	while (pair_step(&p) && p.server.hs->state == HS_ST_START)
		;
	tap_ok(p.server.hs->state == HS_ST_WAIT_FINISHED && p.server.skip &&
	       !hs_info(p.server.hs)->early_data && !p.server.early.len,
	       "early data without a pre-shared key is passed over (4.2.10)");
	pair_free(&p);
}

/* What the count of hs.h lets pass, and not a byte more. */
static void skip_limit(void)
{
	for (int more = 0; more < 2; more++) {
		struct pair p;
		bool done;

		early_pair(&p);
		replayed(&p);
		pair_open(&p);
		done = run(&p, EARLY_LIMIT + 16384 + (size_t)more, 1000);
		tap_sub(done == !more && (done || pair_alert(&p.server) ==
						  HS_ALERT_BAD_RECORD_MAC),
			"%d more", more);
		pair_free(&p);
	}
	tap_sum("no more is passed over than the limit and a record");
}

static void retry(struct pair *p)
{
	static const uint16_t both[] = { HS_GROUP_X25519, HS_GROUP_SECP256R1 };

	p->client.config.groups = both;
	p->client.config.groups_len = 2;
	p->client.config.key_share_groups = &x25519;
	p->client.config.key_share_groups_len = 1;
	p->server.config.groups = &p256;
	p->server.config.groups_len = 1;
}

/* 4.2.10: a retry means no, and the second hello is in the clear. */
static void retried(void)
{
	for (int cookie = 0; cookie < 2; cookie++) {
		struct pair p;

		early_pair(&p);
		retry(&p);
		p.server.config.server_cookie = cookie;
		pair_open(&p);
		tap_sub(run(&p, EARLY_LIMIT, 90) && agreed(&p) &&
			hs_info(p.client.hs)->retried && p.client.ccs == 1 &&
			hs_info(p.client.hs)->resumed &&
			!hs_info(p.client.hs)->early_data &&
			!p.server.early.len && p.client.rejected == 1 &&
			no_early_exporter(&p), "cookie %d: %s; %s", cookie,
			hs_error(p.client.hs)->reason,
			hs_error(p.server.hs)->reason);
		pair_free(&p);
	}
	for (int more = 0; more < 2; more++) {
		struct pair p;
		bool done;

		early_pair(&p);
		retry(&p);
		pair_open(&p);
		done = run(&p, EARLY_LIMIT + 16384 + (size_t)more, 16384);
		tap_sub(done == !more && (done || pair_alert(&p.server) ==
						  HS_ALERT_UNEXPECTED_MESSAGE),
			"%d more: %s", more, hs_error(p.server.hs)->reason);
		pair_free(&p);
	}
	tap_sum("early data before a HelloRetryRequest is passed over (4.2.10)");
}

/* Who never offered early data can't have it passed over. */
static void unasked(void)
{
	struct pair p;

	edit_pair(&p, EDIT_RETRY);
	pair_open(&p);
	pair_start(&p);
	pair_step(&p);
	tap_ok(pair_inject(&p, &p.server, HS_APPLICATION_DATA, "x", 1) ==
	       HS_ALERT_UNEXPECTED_MESSAGE,
	       "application data after a retry, and none was offered: unexpected_message");
	pair_free(&p);
	early_pair(&p);
	p.client.config.early_data = false;
	pair_open(&p);
	pair_start(&p);
	pair_step(&p);
	tap_ok(!p.server.skip && p.server.rx.len,
	       "nothing is to be passed over where nothing was offered");
	pair_free(&p);
}

static void over_limit(void)
{
	struct pair p;

	early_pair(&p);
	pair_open(&p);
	tap_ok(!run(&p, EARLY_LIMIT + 1, 100) && pair_alert(&p.server) ==
	       HS_ALERT_UNEXPECTED_MESSAGE && p.server.early.len == EARLY_LIMIT,
	       "a byte more than the ticket allows: unexpected_message (4.6.1)");
	pair_free(&p);
}

/* 8.3: both ways, and the obfuscation. */
static void window(void)
{
	static const struct {
		int	client, server;		/* ms later */
		int	window;			/* 0: the default */
		bool	taken;
	} rows[] = {
		{ 0, 0, 0, true }, { 500000, 500000, 0, true },
		{ 1000, 1000 + WINDOW, 0, true },
		{ 1000, 1001 + WINDOW, 0, false },
		{ 1000 + WINDOW, 1000, 0, true },
		{ 1001 + WINDOW, 1000, 0, false },
		{ 1000, 1200, 200, true }, { 1000, 1201, 200, false },
	};

	for (size_t i = 0; i < N(rows); i++) {
		struct pair p;

		early_pair(&p);
		p.client.host.now_ms += (uint64_t)rows[i].client;
		p.server.host.now_ms += (uint64_t)rows[i].server;
		p.server.config.early_data_window_ms = (uint32_t)rows[i].window;
		pair_open(&p);
		tap_sub(run(&p, 10, 10) && hs_info(p.client.hs)->early_data ==
			rows[i].taken, "row %zu", i);
		pair_free(&p);
	}
	tap_sum("the ticket's age is right within the window (8.3)");
}

static uint64_t kept_until;

static int keep(void *arg, const uint8_t id[32], uint64_t expires_ms)
{
	kept_until = expires_ms;
	return host_ops.early_data_fresh(arg, id, expires_ms);
}

/* RFC 8446 4.2.11.3: a client may go on with early data until it has the server's
 * Finished, so a server that takes some does not wait for its end. */
static void flight_first(void)
{
	uint8_t last = 0;
	struct pair p;

	early_pair(&p);
	pair_open(&p);
	pair_start(&p);
	while (p.server.hs->state != HS_ST_WAIT_EOED && pair_step(&p))
		;
	for (size_t at = 0; at < p.server.flight_len;
	     at += HS_HEADER + ((size_t)p.server.flight[at + 2] << 8 |
				p.server.flight[at + 3]))
		last = p.server.flight[at];
	tap_ok(hs_info(p.server.hs)->early_data && last == HS_MT_FINISHED &&
	       !p.server.early.len,
	       "the server's flight is out before any early data is there");
	pair_free(&p);
}

/* RFC 8446 E.5: the whole first flight once more, to another server with the same
 * memory. */
static void replay(void)
{
	struct hs_host keeps = host_ops;
	struct hs *again;
	struct pair p;
	struct hs_output o;
	uint8_t *hello;
	size_t len;

	keeps.early_data_fresh = keep;
	early_pair(&p);
	p.server.config.host = &keeps;
	pair_open(&p);
	hs_start(p.client.hs);
	pair_drain(&p, &p.client);
	len = p.client.flight_len;
	hello = memcpy(malloc(len), p.client.flight, len);
	pair_send(&p.client, HS_APPLICATION_DATA, "pay", 3);
	while (pair_step(&p))
		;
	tap_ok(p.server.early.len == 3 && kept_until == EARLY_START + WINDOW + 1,
	       "the first time it is taken, and kept for as long as it could be");
	again = hs_new(&p.server.config, &p.server.host);
	hs_record(again, HS_HANDSHAKE, hello, len);
	tap_ok(hs_state(again) == HS_RUNNING && hs_info(again)->resumed &&
	       !hs_info(again)->early_data && again->state == HS_ST_WAIT_FINISHED,
	       "the second time the handshake goes on without it (8.2)");
	while (hs_next(again, &o))
		hs_secret_wipe(&o.secret);
	hs_free(again);
	p.server.host.now_ms = kept_until;
	again = hs_new(&p.server.config, &p.server.host);
	p.server.host.asked_fresh = 0;
	hs_record(again, HS_HANDSHAKE, hello, len);
	tap_ok(!hs_info(again)->early_data && !p.server.host.asked_fresh,
	       "once it is forgotten it is out of time (8.3)");
	while (hs_next(again, &o))
		hs_secret_wipe(&o.secret);
	hs_free(again);
	free(hello);
	pair_free(&p);
}

/* Only a hello with a right binder takes room in the server's memory. */
static void cheap(void)
{
	struct pair p;

	early_pair(&p);
	p.session->psk.bytes[0] ^= 1;
	pair_open(&p);
	tap_ok(!run(&p, 10, 10) && !p.server.host.asked_fresh &&
	       pair_alert(&p.server) == HS_ALERT_DECRYPT_ERROR,
	       "a wrong binder: decrypt_error, and nothing is remembered");
	pair_free(&p);
}

/* Nor does a client offer it where it could not be taken. */
static void not_offered(void)
{
	for (int i = 0; i < 6; i++) {
		struct pair p;

		early_pair(&p);
		p.client.config.early_data = i != 1;
		if (i == 2)
			p.session->max_early_data = 0;
		if (i == 3)
			p.client.config.alpn = hs_bytes("\2h3", 3);
		if (i == 3)
			p.server.config.alpn = hs_bytes("\2h3", 3);
		if (i == 4) {
			p.client.config.cipher_suites = &chacha;
			p.client.config.cipher_suites_len = 1;
		}
		if (i == 5)
			p.client.host.now_ms += 7200ull * 1000;
		pair_open(&p);
		tap_sub(run(&p, 0, 1) && hs_info(p.client.hs)->early_offered ==
			!i && !p.client.early_tx.len == (i != 0),
			"row %d", i);
		memset(&p.client.early_tx, 0, sizeof(p.client.early_tx));
		pair_free(&p);
	}
	tap_sum("early data is offered for a session, suite and protocol of ours alone");
}

static bool answer(struct pair *p, struct pair_side *from, uint8_t *message,
		   size_t *len, size_t room)
{
	static const struct edit yes = { .op = EDIT_EXT,
					 .arg = HS_EXT_EARLY_DATA, .body = "" };

	(void)p;
	(void)from;
	(void)room;
	if (message[0] == HS_MT_ENCRYPTED_EXTENSIONS)
		edit_apply(&yes, message, len);
	return true;
}

/* 4.2.10, the client's part: a server that can't have read it. */
static void lies(void)
{
	static const struct {
		const char	*what;
		void (*set)(struct pair *p);
		int		alert;
	} rows[] = {
		{ "with another suite", other_suite, HS_ALERT_ILLEGAL_PARAMETER },
		{ "with another protocol", other_alpn,
		  HS_ALERT_ILLEGAL_PARAMETER },
		{ "with no protocol", no_alpn, HS_ALERT_ILLEGAL_PARAMETER },
		{ "without the session", no_ticket, HS_ALERT_ILLEGAL_PARAMETER },
		{ "with the second key", second_key,
		  HS_ALERT_ILLEGAL_PARAMETER },
		{ "after a retry", retry, HS_ALERT_UNSUPPORTED_EXTENSION },
		/* It fits, but the server's transcript is another one. */
		{ "where it did not", replayed, HS_ALERT_DECRYPT_ERROR },
	};

	for (size_t i = 0; i < N(rows); i++) {
		struct pair p;

		early_pair(&p);
		rows[i].set(&p);
		p.tamper = answer;
		pair_open(&p);
		tap_sub(!run(&p, 10, 10) &&
			pair_alert(&p.client) == rows[i].alert,
			"%s: %d", rows[i].what, pair_alert(&p.client));
		pair_free(&p);
	}
	tap_sum("a server that says it took early data (4.2.10)");
}

static bool downgrade(struct pair *p, struct pair_side *from, uint8_t *message,
		      size_t *len, size_t room)
{
	static const struct edit no_version = {
		.op = EDIT_NO_EXT, .arg = HS_EXT_SUPPORTED_VERSIONS,
	};

	(void)p;
	(void)from;
	(void)room;
	if (message[0] == HS_MT_SERVER_HELLO)
		edit_apply(&no_version, message, len);
	return true;
}

/* D.3: "A client that attempts to send 0-RTT data MUST fail a connection if it
 * receives a ServerHello with TLS 1.2 or older." */
static void older(void)
{
	struct pair p;

	early_pair(&p);
	p.tamper = downgrade;
	pair_open(&p);
	tap_ok(!run(&p, 10, 10) &&
	       pair_alert(&p.client) == HS_ALERT_PROTOCOL_VERSION,
	       "TLS 1.2 as an answer to early data: protocol_version (D.3)");
	pair_free(&p);
}

static void packed(void)
{
	uint8_t bytes[8192];
	struct hs_session *s;
	struct pair p;
	size_t len;

	early_pair(&p);
	len = hs_session_pack(p.session, bytes, sizeof(bytes));
	s = hs_session_unpack(hs_bytes(bytes, len));
	tap_ok(s && s->max_early_data == EARLY_LIMIT,
	       "a session remembers max_early_data_size");
	hs_session_free(s);
	pair_free(&p);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(plenty); i++)
		plenty[i] = (uint8_t)(i * 7);
	accepted();
	suites();
	passed_over();
	first_identity();
	without_key();
	skip_limit();
	retried();
	unasked();
	over_limit();
	window();
	flight_first();
	replay();
	cheap();
	not_offered();
	lies();
	older();
	packed();
	host_exit();
	return tap_done();
}
