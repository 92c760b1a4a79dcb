// SPDX-License-Identifier: Apache-2.0
/* When a session is resumed and when not (RFC 8446 4.6.1, 4.2.11), and what
 * a client makes of a NewSessionTicket. */
#include <stdlib.h>
#include <string.h>

#include "daemon/engine/ext.h"
#include "edit.h"
#include "tap.h"

#define START 1700000000000ull
#define LIFETIME 7200

/* A pair with a session made at START, not yet opened again. */
static void prepare(struct pair *p)
{
	pair_init(p);
	p->client.host.now_ms = START;
	p->server.host.now_ms = START;
	pair_open(p);
	pair_run(p);
	pair_close(p);
	p->server.host.opened = 0;
	p->server.host.selected = 0;
}

/* Is it resumed, and if not, is the handshake a full one that goes well? */
static bool resumes(struct pair *p)
{
	bool done = pair_open(p) && pair_run(p);
	bool resumed = done && hs_info(p->client.hs)->resumed;

	tap_sub(done && hs_info(p->server.hs)->resumed == resumed &&
		p->server.host.selected == !resumed,
		"the handshake goes well, either way");
	return resumed;
}

static void times(void)
{
	static const struct {
		int64_t	client, server;	/* seconds later */
		bool	offered, resumed;
	} rows[] = {
		{ 0, 0, true, true },
		{ LIFETIME - 1, LIFETIME - 1, true, true },
		{ LIFETIME, LIFETIME, false, false },	/* over for both */
		{ LIFETIME + 1, 0, false, false },
		{ 0, LIFETIME, true, false },	/* the server's clock decides */
		{ 0, LIFETIME + 1, true, false },
		{ 0, -1, true, false },		/* issued in the future */
		{ -1, 0, false, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pair p;

		prepare(&p);
		p.client.host.now_ms = START + (uint64_t)(rows[i].client * 1000);
		p.server.host.now_ms = START + (uint64_t)(rows[i].server * 1000);
		tap_sub(resumes(&p) == rows[i].resumed, "row %zu: resumed", i);
		tap_sub(p.server.host.opened == rows[i].offered,
			"row %zu: offered", i);
		pair_free(&p);
	}
	tap_sum("a ticket's lifetime is obeyed by client and server (4.6.1)");
}

/* A ticket that comes of a ticket lives no longer than what is left of seven
 * days; it is used on days 2, 4 and 6, and then no more. */
static void total_lifetime(void)
{
	struct pair p;

	pair_init(&p);
	p.server.config.ticket_lifetime = HS_LIFETIME_MAX;
	for (uint64_t day = 0; day <= 8; day += 2) {
		uint32_t left = (uint32_t)(7 - day % 8) * 86400;

		p.client.host.now_ms = START + day * 86400000;
		p.server.host.now_ms = p.client.host.now_ms;
		p.server.host.selected = 0;
		tap_sub(resumes(&p) == (day && day < 8), "day %d",
			(int)day);
		tap_sub(p.session->lifetime == left, "day %d: %u", (int)day,
			p.session->lifetime);
		pair_close(&p);
	}
	pair_free(&p);
	tap_sum("tickets for tickets end after seven days (4.6.1)");
}

static uint64_t later_each_time(void *arg)
{
	struct host *h = arg;

	return h->now_ms += 1500;
}

/* A clock does not stand still while a ticket is made. */
static void clock_goes_on(void)
{
	struct hs_host ops = host_ops;
	struct pair p;

	ops.now_ms = later_each_time;
	pair_init(&p);
	p.server.config.host = &ops;
	p.server.config.ticket_lifetime = LIFETIME;
	tap_ok(!resumes(&p) && p.session && p.session->lifetime == LIFETIME,
	       "a ticket's lifetime where the clock goes on");
	pair_free(&p);
}

static void names(void)
{
	struct pair p;
	bool done;

	prepare(&p);
	pair_open(&p);
	hs_set_server_name(p.client.hs, "another", 7);
	done = pair_run(&p);
	tap_ok(done && !hs_info(p.client.hs)->resumed && !p.server.host.opened,
	       "a client does not offer a session of another name (4.6.1)");
	pair_free(&p);

	prepare(&p);
	strcpy(p.session->server_name, "another");
	pair_open(&p);
	hs_set_server_name(p.client.hs, "another", 7);
	done = pair_run(&p);
	tap_ok(done && !hs_info(p.client.hs)->resumed && p.server.host.opened,
	       "a server does not take a ticket of another name (4.6.1)");
	pair_free(&p);
}

static void hashes(void)
{
	static const uint16_t aes256 = HS_TLS_AES_256_GCM_SHA384;
	static const uint16_t chacha = HS_TLS_CHACHA20_POLY1305_SHA256;
	struct pair p;

	prepare(&p);
	p.server.config.cipher_suites = &aes256;
	p.server.config.cipher_suites_len = 1;
	tap_ok(!resumes(&p) && p.server.host.opened == 1,
	       "a ticket of SHA-256 is not taken under SHA-384 (4.2.11)");
	pair_free(&p);

	prepare(&p);
	p.server.config.cipher_suites = &chacha;
	p.server.config.cipher_suites_len = 1;
	tap_ok(resumes(&p) && hs_info(p.client.hs)->cipher_suite == chacha,
	       "another suite of the same hash resumes (4.6.1)");
	pair_free(&p);

	prepare(&p);
	p.client.config.cipher_suites = &aes256;
	p.client.config.cipher_suites_len = 1;
	tap_ok(!resumes(&p) && !p.server.host.opened,
	       "a session whose hash is not offered is not either");
	pair_free(&p);

	/* A retry settles the suite: 4.1.2 has the client drop what no longer
	 * fits. */
	prepare(&p);
	p.server.config.cipher_suites = &aes256;
	p.server.config.cipher_suites_len = 1;
	p.client.config.key_share_groups = &aes256;
	p.client.config.key_share_groups_len = 0;
	tap_ok(!resumes(&p) && hs_info(p.client.hs)->retried &&
	       p.server.host.opened == 1,
	       "a session of another hash is dropped after a retry (4.1.2)");
	pair_free(&p);
	tap_sum("and the handshakes go on");
}

static void bytes(void)
{
	struct pair p;

	prepare(&p);
	for (size_t i = 0; i < p.session->ticket_len; i++) {
		struct hs_session *s = hs_session_copy(p.session);

		p.session->ticket[i] ^= 1;
		tap_sub(!resumes(&p), "byte %zu", i);
		pair_close(&p);
		p.server.host.selected = 0;
		hs_session_free(p.session);
		p.session = s;
	}
	tap_sum("a ticket that was altered leads to a full handshake");
	pair_free(&p);

	prepare(&p);
	p.session->psk.bytes[0] ^= 1;
	pair_open(&p);
	pair_run(&p);
	tap_ok(pair_alert(&p.server) == HS_ALERT_DECRYPT_ERROR,
	       "a stolen ticket without its key: decrypt_error (4.2.11)");
	pair_free(&p);
}

static int no_seal(void *arg, struct hs_bytes plain, uint8_t *out,
		   size_t *out_len)
{
	(void)arg;
	(void)plain;
	(void)out;
	(void)out_len;
	return HS_ALERT_INTERNAL_ERROR;
}

static void policies(void)
{
	struct hs_host seals_nothing = host_ops;
	struct hs_host no_tickets = host_ops;
	struct pair p;

	seals_nothing.ticket_seal = no_seal;
	prepare(&p);
	p.server.config.host = &seals_nothing;
	p.came = 0;
	tap_ok(resumes(&p) && !p.came,
	       "a host that can't seal a ticket: none is sent, and all is well");
	pair_free(&p);
	no_tickets.ticket_open = NULL;
	no_tickets.ticket_seal = NULL;
	prepare(&p);
	p.server.config.host = &no_tickets;
	tap_ok(!resumes(&p) && !p.server.host.opened,
	       "a host without tickets: full handshakes");
	pair_free(&p);
	prepare(&p);
	p.server.config.no_resumption = true;
	tap_ok(!resumes(&p) && !p.server.host.opened,
	       "a server with no_resumption does not open tickets");
	pair_free(&p);
	prepare(&p);
	p.client.config.no_resumption = true;
	tap_ok(!resumes(&p) && !p.server.host.opened,
	       "a client with no_resumption does not offer its session");
	pair_free(&p);
	tap_sum("and the handshakes go on");
}

/* The binder for the last identity of a hello, computed here once more. */
static void rebind(const struct hs_session *session, uint8_t *m, size_t len,
		   size_t binders)
{
	const struct hs_crypto *crypto = tlsup_crypto_openssl();
	struct hs_schedule s = { 0 };
	struct hs_secret key;
	uint8_t hash[32];

	hs_digest(crypto, HS_SHA256, hs_bytes(m, len - binders), hash);
	hs_schedule_early(&s, crypto, HS_SHA256, &session->psk);
	hs_schedule_derive(&s, HS_RES_BINDER, NULL, &key);
	hs_finished_mac(crypto, HS_SHA256, &key, hash, m + len - 32);
}

/* An identity that nobody knows goes before the one that we issued. */
static bool two_identities(struct pair *p, struct pair_side *from,
			   uint8_t *message, size_t *len, size_t room)
{
	struct edit psk = { .op = EDIT_EXT, .arg = HS_EXT_PRE_SHARED_KEY };
	uint8_t body[512];
	struct hs_buf b = hs_buf_fixed(body, sizeof(body));
	uint8_t zeros[33] = { 32 };
	size_t mark;

	(void)from;
	(void)room;
	if (message[0] != HS_MT_CLIENT_HELLO)
		return true;
	mark = hs_buf_open(&b, 2);
	hs_buf_vec(&b, 2, hs_bytes("somebody else's", 15));
	hs_buf_u32(&b, 1);
	hs_buf_vec(&b, 2, hs_bytes(p->session->ticket, p->session->ticket_len));
	hs_buf_u32(&b, 2);
	hs_buf_close(&b, 2, mark);
	mark = hs_buf_open(&b, 2);
	hs_buf_add(&b, zeros, 33);
	hs_buf_add(&b, zeros, 33);
	hs_buf_close(&b, 2, mark);
	psk.body = (const char *)body;
	psk.len = b.len;
	edit_apply(&psk, message, len);
	rebind(p->session, message, *len, 2 + 66);
	return true;
}

static void second_identity(void)
{
	struct pair p;

	prepare(&p);
	p.tamper = two_identities;
	pair_open(&p);
	pair_start(&p);
	pair_step(&p);
	tap_ok(hs_info(p.server.hs)->resumed && p.server.hs->choice.index == 1 &&
	       p.server.host.opened == 2,
	       "the first identity that can be opened is taken, by its own binder (4.2.11)");
	pair_free(&p);
}

/* 4.6.1: each ticket has a key and an age_add of its own. */
static void distinct(void)
{
	struct hs_session *first;
	struct pair p;

	pair_init(&p);
	p.server.config.tickets = 1;
	pair_open(&p);
	pair_run(&p);
	first = hs_session_copy(p.session);
	pair_close(&p);
	p.server.host.selected = 0;
	tap_ok(resumes(&p) && p.tickets == 2 &&
	       memcmp(first->psk.bytes, p.session->psk.bytes, 32) &&
	       first->age_add != p.session->age_add &&
	       (first->ticket_len != p.session->ticket_len ||
		memcmp(first->ticket, p.session->ticket, first->ticket_len)),
	       "a resumed connection gets a new ticket with a new key");
	hs_session_free(first);
	pair_free(&p);
	tap_sum("and the handshake goes on");
}

/* 4.2.11.1: what is on the wire is the age plus age_add, modulo 2^32. */
static void ages(void)
{
	struct hs_session s = { .received_ms = START, .age_add = 0xfffffff0 };

	tap_ok(hs_session_age(&s, START) == 0xfffffff0 &&
	       hs_session_age(&s, START + 16) == 0 &&
	       hs_session_age(&s, START + 1016) == 1000,
	       "the age of a ticket is obfuscated modulo 2^32 (4.2.11.1)");
}

/* With the four bytes of lifetime, of age_add, nonce, ticket, extensions. */
#define NST(len, body) "\4\0\0" len "\0\0\x1c\x20\1\2\3\4\1n" body

static const struct {
	const char	*what;
	const char	*data;
	size_t		len;
	int		alert;
	bool		usable;
} new_tickets[] = {
	{ "a good one", B(NST("\x0f", "\0\1t\0\0")), 0, true },
	{ "an unknown extension", B(NST("\x14", "\0\1t\0\5\x1a\x1a\0\1x")),
	  0, true },
	{ "early_data", B(NST("\x17", "\0\1t\0\x08\0\x2a\0\4\0\0\1\0")), 0,
	  true },
	{ "lifetime 0",
	  B("\4\0\0\x0f\0\0\0\0\1\2\3\4\1n\0\1t\0\0"), 0, false },
	{ "lifetime of seven days",
	  B("\4\0\0\x0f\0\x09\x3a\x80\1\2\3\4\1n\0\1t\0\0"), 0, true },
	{ "lifetime of seven days and a second",
	  B("\4\0\0\x0f\0\x09\x3a\x81\1\2\3\4\1n\0\1t\0\0"), 0, false },
	{ "no ticket", B(NST("\x0e", "\0\0\0\0")),
	  HS_ALERT_DECODE_ERROR, false },
	{ "bytes behind it", B(NST("\x10", "\0\1t\0\0x")),
	  HS_ALERT_DECODE_ERROR, false },
	{ "no extensions", B(NST("\x0d", "\0\1t")),
	  HS_ALERT_DECODE_ERROR, false },
	{ "a wrong length", B(NST("\x0e", "\0\1t\0\0")),
	  HS_ALERT_DECODE_ERROR, false },
	{ "bytes after the message", B(NST("\x0f", "\0\1t\0\0x")),
	  HS_ALERT_DECODE_ERROR, false },
	{ "early_data of three bytes",
	  B(NST("\x16", "\0\1t\0\7\0\x2a\0\3\0\0\1")),
	  HS_ALERT_DECODE_ERROR, false },
	{ "an extension twice",
	  B(NST("\x17", "\0\1t\0\x08\x1a\x1a\0\0\x1a\x1a\0\0")),
	  HS_ALERT_ILLEGAL_PARAMETER, false },
	{ "key_share", B(NST("\x13", "\0\1t\0\4\0\x33\0\0")),
	  HS_ALERT_ILLEGAL_PARAMETER, false },
	{ "another message", B("\x18\0\0\1\0"),
	  HS_ALERT_UNEXPECTED_MESSAGE, false },
};

static void messages(void)
{
	uint8_t packed[HS_RESUMPTION_MAX];
	struct hs_session *s;
	struct pair p;
	size_t len;
	int alert;

	pair_init(&p);
	pair_open(&p);
	pair_run(&p);
	len = hs_resumption_pack(p.client.hs, packed, sizeof(packed));
	for (size_t i = 0; i < sizeof(new_tickets) / sizeof(new_tickets[0]); i++) {
		s = hs_ticket_session(p.client.config.crypto,
				      hs_bytes(packed, len),
				      hs_bytes(new_tickets[i].data, new_tickets[i].len), START,
				      &alert);
		tap_sub(alert == new_tickets[i].alert && !s == !new_tickets[i].usable,
			"%s: alert %d", new_tickets[i].what, alert);
		hs_session_free(s);
	}
	tap_sum("NewSessionTicket: what is kept, passed over, refused (4.6.1)");
	pair_free(&p);
}

static void resumption_states(void)
{
	static const char good[] = NST("\x0f", "\0\1t\0\0");
	uint8_t packed[HS_RESUMPTION_MAX];
	struct hs_session *s;
	struct pair p;
	size_t len;
	int alert;

	pair_init(&p);
	pair_open(&p);
	pair_run(&p);
	len = hs_resumption_pack(p.client.hs, packed, sizeof(packed));
	for (size_t i = 0; i < len; i++) {
		s = hs_ticket_session(p.client.config.crypto,
				      hs_bytes(packed, i),
				      hs_bytes(good, sizeof(good) - 1), START,
				      &alert);
		tap_sub(!s && alert == HS_ALERT_INTERNAL_ERROR, "%zu bytes", i);
		hs_session_free(s);
	}
	tap_sum("a resumption state that was cut is not used");
	tap_ok(!hs_resumption_pack(p.server.hs, packed, sizeof(packed)) &&
	       !hs_resumption_pack(p.client.hs, packed, 10),
	       "a server has none, and it is not cut to fit");
	pair_free(&p);
}

int main(void)
{
	times();
	total_lifetime();
	clock_goes_on();
	names();
	hashes();
	bytes();
	policies();
	second_identity();
	distinct();
	ages();
	messages();
	resumption_states();
	host_exit();
	return tap_done();
}
