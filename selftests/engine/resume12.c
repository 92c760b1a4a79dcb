// SPDX-License-Identifier: Apache-2.0
/* TLS 1.2: resumption by session ID and by ticket: that it works, for whom, how long,
 * and which of the two goes first (RFC 5246 7.3, RFC 5077 3). */
#include <string.h>

#include "daemon/engine/ext.h"
#include "edit.h"
#include "session12.h"
#include "tap.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const uint16_t aes256 = HS_ECDHE_ECDSA_AES_256_GCM_SHA384;

static void again_and_again(enum session12_form form)
{
	struct hs_key_block before, after;
	struct pair p;

	session12_setup(&p, form);
	tap_sub(session12_handshake(&p, false), "the first");
	for (int i = 0; i < 3; i++) {
		before = p.client.tx_keys;
		tap_sub(p.session && hs_session_version(p.session) == HS_TLS12,
			"a session");
		tap_sub(session12_handshake(&p, true), "resumed, %d", i);
		after = p.client.tx_keys;
		tap_sub(memcmp(&before, &after, sizeof(before)),
			"new keys each time");
	}
	tap_sub(host_sessions() == (form == SESSION12_BY_ID), "%zu in the cache",
		host_sessions());
	pair_free(&p);
	tap_sum("resumed three times %s", session12_forms[form]);
}

/* What makes a full handshake of it, without harm. */
static void no_more(struct pair *p, int reason)
{
	static const struct hs_bytes none = { NULL, 0 };

	switch (reason) {
	case 0:
		p->server.config.no_resumption = true;
		break;
	case 1:
		p->client.config.no_resumption = true;
		break;
	case 2:
		p->server.config.client_auth = HS_CLIENT_AUTH_REQUEST;
		break;
	case 3:
		p->server.host.now_ms += 7200 * 1000;
		break;
	case 4:
		p->client.host.now_ms += 86400 * 1000;
		break;
	case 5:
		p->client.config.cipher_suites = &aes256;
		p->client.config.cipher_suites_len = 1;
		break;
	case 6:
		p->server.config.cipher_suites = &aes256;
		p->server.config.cipher_suites_len = 1;
		break;
	case 7:
		p->server.host.now_ms -= 1;
		break;
	default:
		p->client.config.alpn = none;
	}
}

static void full_again(enum session12_form form)
{
	for (int reason = 0; reason <= 8; reason++) {
		struct pair p;

		session12_setup(&p, form);
		p.client.host.now_ms = p.server.host.now_ms = 1000000;
		p.client.config.cipher_suites = NULL;
		tap_sub(session12_handshake(&p, false), "the first");
		no_more(&p, reason);
		tap_sub(session12_handshake(&p, reason == 8), "reason %d", reason);
		pair_free(&p);
	}
	tap_sum("%s: what makes a full handshake of it", session12_forms[form]);
}

/* For another server name a session is not offered, and not taken. */
static void other_name(enum session12_form form)
{
	struct pair p;

	session12_setup(&p, form);
	tap_sub(session12_handshake(&p, false), "the first");
	strcpy(p.session->server_name, "other");
	tap_sub(session12_handshake(&p, false), "the client's is for another name");
	pair_free(&p);

	session12_setup(&p, form);
	tap_sub(session12_handshake(&p, false), "the first");
	pair_open(&p);
	hs_set_server_name(p.client.hs, "other", 5);
	strcpy(p.client.hs->session12->server_name, "other");
	tap_sub(pair_run(&p) && !hs_info(p.server.hs)->resumed,
		"the server's is for another name");
	pair_free(&p);
	tap_sum("%s: for one server name", session12_forms[form]);
}

static void altered_ticket(void)
{
	struct pair p;

	session12_setup(&p, SESSION12_BY_TICKET);
	tap_sub(session12_handshake(&p, false), "the first");
	for (size_t at = 0; at < 3; at++) {
		struct hs_session *good = hs_session_copy(p.session);
		size_t where[] = { 0, p.session->ticket_len / 2,
				   p.session->ticket_len - 1 };

		p.session->ticket[where[at]] ^= 1;
		tap_sub(session12_handshake(&p, false), "byte %zu", where[at]);
		hs_session_free(p.session);
		p.session = good;
	}
	tap_sub(session12_handshake(&p, true), "unaltered");
	pair_free(&p);
	tap_sum("an altered ticket makes a full handshake");
}

/* RFC 5077 3.3: a ticket was promised, and then could not be sealed. */
static int no_seal(void *arg, struct hs_bytes plain, uint8_t *out, size_t *len)
{
	(void)arg;
	(void)plain;
	(void)out;
	(void)len;
	return -1;
}

static void empty_ticket(void)
{
	struct hs_host host = host_ops;
	struct pair p;

	session12_setup(&p, SESSION12_BY_TICKET);
	host.ticket_seal = no_seal;
	p.server.config.host = &host;
	tap_ok(session12_handshake(&p, false) && !p.session,
	       "a ticket that can't be sealed is an empty one");
	pair_free(&p);
}

/* RFC 5077 5.6: the hint is for how long the server takes the ticket, and by
 * RFC 5246 F.1.4 that is a day at most. A resumption makes it no longer. */
static void lifetimes(enum session12_form form)
{
	static const uint64_t rows[][2] = {
		{ 60, 60 }, { 86400, 86400 }, { 604800, 86400 },
	};

	for (size_t i = 0; i < N(rows); i++) {
		struct pair p;

		session12_setup(&p, form);
		p.client.host.now_ms = p.server.host.now_ms = 1000000;
		p.server.config.ticket_lifetime = (uint32_t)rows[i][0];
		tap_sub(session12_handshake(&p, false), "row %zu: the first", i);
		tap_sub(form == SESSION12_BY_ID || p.session->lifetime == rows[i][1],
			"row %zu: the hint", i);
		p.client.host.now_ms += rows[i][1] * 1000 - 1;
		p.server.host.now_ms += rows[i][1] * 1000 - 1;
		tap_sub(session12_handshake(&p, true), "row %zu: to the last moment", i);
		/* The client's clock is late. */
		p.server.host.now_ms += 1;
		tap_sub(session12_handshake(&p, false), "row %zu: and no longer", i);
		pair_free(&p);
	}
	tap_sum("%s: as long as the server says, and a day at most",
		session12_forms[form]);
}

static struct hs_bytes hello_id(const struct pair_side *s)
{
	const uint8_t *body = s->flight + HS_HEADER;
	struct hs_reader r = hs_reader(hs_bytes(body, s->flight_len -
							     HS_HEADER));

	hs_reader_u16(&r);
	hs_reader_bytes(&r, HS_RANDOM);
	return hs_reader_vec(&r, 1, 0);
}

/* RFC 5077 3.4: a client that has a ticket makes up an ID, by which the server
 * says whether it takes it. */
static void id_beside_ticket(void)
{
	uint8_t before[32] = { 0 };
	struct pair p;

	session12_setup(&p, SESSION12_BY_TICKET);
	tap_sub(session12_handshake(&p, false), "the first");
	for (int altered = 0; altered < 3; altered++) {
		struct hs_bytes c, s;

		p.session->ticket[0] ^= altered == 2;
		pair_open(&p);
		tap_sub(pair_run(&p), "%d", altered);
		c = hello_id(&p.client);
		s = hello_id(&p.server);
		tap_sub(c.len == 32 && memcmp(c.data, before, 32), "a new one");
		tap_sub(hs_bytes_equal(c, s) == (altered < 2), "its answer");
		if (c.len == 32)
			memcpy(before, c.data, 32);
		pair_close(&p);
	}
	pair_free(&p);
	tap_sum("beside a ticket there is a session ID of the client's own");
}

static bool set_id(struct pair *p, struct pair_side *from, uint8_t *message,
		   size_t *len, size_t room)
{
	(void)from;
	(void)room;
	if (message[0] == HS_MT_CLIENT_HELLO)
		edit_apply(p->tamper_arg, message, len);
	return true;
}

/* ... and the server must not resume by the ID then, though it knows that. */
static void ticket_goes_first(void)
{
	struct edit id = { .op = EDIT_SESSION_ID, .len = 32 };
	uint8_t known[32];
	struct pair p;

	session12_setup(&p, SESSION12_BY_ID);
	tap_sub(session12_handshake(&p, false) && p.session->id_len == 32, "the first");
	memcpy(known, p.session->id, sizeof(known));
	id.body = (const char *)known;
	for (int ticket = 0; ticket < 2; ticket++) {
		p.session->ticket_len = ticket ? 7 : 0;
		memcpy(p.session->ticket, "garbage", 7);
		p.tamper = set_id;
		p.tamper_arg = &id;
		p.server.host.opened = 0;
		pair_open(&p);
		pair_start(&p);
		pair_step(&p);
		tap_sub(hs_info(p.server.hs)->resumed == !ticket &&
			p.server.host.opened == (unsigned int)ticket,
			"ticket: %d", ticket);
		pair_close(&p);
	}
	pair_free(&p);
	tap_sum("where there is a ticket the session ID is not looked at");
}

/* RFC 5077 3.4: a client may have a ticket and no ID; the server resumes and has none
 * either. */
static void ticket_without_id(void)
{
	static const struct edit none = { .op = EDIT_SESSION_ID };
	struct pair p;

	session12_setup(&p, SESSION12_BY_TICKET);
	tap_sub(session12_handshake(&p, false), "the first");
	p.tamper = set_id;
	p.tamper_arg = (void *)(uintptr_t)&none;
	pair_open(&p);
	pair_start(&p);
	pair_step(&p);
	tap_sub(hs_info(p.server.hs)->resumed && !hello_id(&p.server).len,
		"resumed");
	pair_free(&p);
	tap_sum("a ticket without a session ID");
}

/* Who answers for an open connection knows which session to drop. */
static void names_its_session(enum session12_form form)
{
	uint8_t first[32] = { 0 };
	struct hs_bytes id;
	struct pair p;

	session12_setup(&p, form);
	for (int i = 0; i < 2; i++) {
		tap_sub(pair_open(&p) && pair_run(&p) &&
			hs_info(p.server.hs)->resumed == (i == 1), "%d", i);
		id = hs_session_id(p.server.hs);
		tap_sub(id.len == (form == SESSION12_BY_ID ? sizeof(first) : 0),
			"%zu bytes", id.len);
		if (i == 0 && id.len == sizeof(first))
			memcpy(first, id.data, id.len);
		tap_sub(!id.len || !memcmp(id.data, first, id.len), "the same");
		tap_sub(!hs_session_id(p.client.hs).len, "none at the client");
		session12_keep(&p);
		pair_close(&p);
	}
	pair_free(&p);
	tap_sum("%s: what session_put has of a connection", session12_forms[form]);
}

static void packed(enum session12_form form)
{
	uint8_t a[8192], b[8192];
	struct hs_session *copy;
	struct pair p;
	size_t len;

	session12_setup(&p, form);
	p.client.config.alpn = p.server.config.alpn = hs_bytes("\2h2", 3);
	tap_sub(session12_handshake(&p, false), "the first");
	len = hs_session_pack(p.session, a, sizeof(a));
	tap_sub(hs_session_pack(p.session, b, len - 1) == len, "its length");
	for (size_t n = 0; n < len; n++) {
		copy = hs_session_unpack(hs_bytes(a, n));
		tap_sub(!copy, "%zu of %zu bytes", n, len);
		hs_session_free(copy);
	}
	copy = hs_session_unpack(hs_bytes(a, len));
	tap_sub(copy && hs_session_pack(copy, b, sizeof(b)) == len &&
		!memcmp(a, b, len) && hs_session_alpn(copy).len == 2 &&
		hs_session_expires(copy) == hs_session_expires(p.session),
		"there and back");
	hs_session_free(p.session);
	p.session = copy;
	tap_sub(copy && session12_handshake(&p, true), "resumed with it");
	pair_free(&p);
	tap_sum("%s: a session packed and unpacked", session12_forms[form]);
}

/* A server that has TLS 1.3 as well: the session is not for that. */
static void newer_version(enum session12_form form)
{
	struct pair p;

	session12_setup(&p, form);
	tap_sub(session12_handshake(&p, false), "with TLS 1.2");
	p.client.config.max_version = 0;
	pair_open(&p);
	tap_sub(pair_run(&p) && hs_info(p.client.hs)->version == HS_TLS13 &&
		!hs_info(p.client.hs)->resumed && !hs_session_made(p.client.hs),
		"with TLS 1.3");
	pair_close(&p);
	p.server.config.max_version = HS_TLS12;
	tap_sub(pair_open(&p) && pair_run(&p) &&
		hs_info(p.client.hs)->version == HS_TLS12,
		"with either, the server no newer");
	pair_free(&p);
	tap_sum("%s: offered beside TLS 1.3", session12_forms[form]);
}

/* Offered by a client of both versions, taken by a server of one. */
static void both_versions(enum session12_form form)
{
	struct pair p;

	session12_setup(&p, form);
	p.client.config.max_version = 0;
	p.server.config.max_version = HS_TLS12;
	tap_ok(session12_handshake(&p, false) && session12_handshake(&p, true),
	       "%s: by a client that offers TLS 1.3 too", session12_forms[form]);
	pair_free(&p);
}

int main(void)
{
	for (enum session12_form f = SESSION12_BY_TICKET; f <= SESSION12_BY_ID; f++) {
		again_and_again(f);
		full_again(f);
		other_name(f);
		packed(f);
		lifetimes(f);
		newer_version(f);
		both_versions(f);
		names_its_session(f);
	}
	altered_ticket();
	empty_ticket();
	id_beside_ticket();
	ticket_goes_first();
	ticket_without_id();
	host_exit();
	return tap_done();
}
