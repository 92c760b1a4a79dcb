// SPDX-License-Identifier: Apache-2.0
/* TLS 1.2: stapled responses (CertificateStatus), timestamps, and the limits of
 * records: max_fragment_length and record_size_limit. */
#include <string.h>

#include "daemon/engine/ext.h"
#include "edit.h"
#include "tap.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define SH HS_MT_SERVER_HELLO
#define CS HS_MT_CERTIFICATE_STATUS
#define ILLEGAL HS_ALERT_ILLEGAL_PARAMETER

static void setup(struct pair *p)
{
	pair_init(p);
	p->per_message = true;
	p->client.config.max_version = HS_TLS12;
}

static void stapling(void)
{
	for (int asked = 0; asked < 2; asked++)
		for (int has = 0; has < 2; has++) {
			const struct hs_info *i;
			struct pair p;

			setup(&p);
			p.client.config.ocsp = p.client.config.sct = asked;
			if (has)
				p.server.host.identity = edit_stapled();
			pair_open(&p);
			tap_sub(pair_run(&p), "%d, %d: done", asked, has);
			i = hs_info(p.client.hs);
			tap_sub(i->ocsp.len == (asked && has ? 10u : 0u) &&
				i->sct.len == (asked && has ? 8u : 0u),
				"%d, %d: what is known", asked, has);
			tap_sub(!i->ocsp.len ||
				!memcmp(i->ocsp.data, "a response", 10), "it");
			pair_free(&p);
		}
	tap_sum("responses and timestamps, asked for and there");
}

/* RFC 6066 9: bad_certificate_status_response, and before the chain is judged. */
static void required(void)
{
	for (int has = 0; has < 2; has++) {
		struct pair p;

		setup(&p);
		p.client.config.ocsp = p.client.config.ocsp_required = true;
		if (has)
			p.server.host.identity = edit_stapled();
		pair_open(&p);
		tap_sub(pair_run(&p) == has &&
			pair_alert(&p.client) ==
				(has ? HS_ALERT_NONE :
				 HS_ALERT_BAD_CERTIFICATE_STATUS_RESPONSE) &&
			p.client.host.verified == (unsigned int)has, "%d", has);
		pair_free(&p);
	}
	tap_sum("a response that is required");
}

static bool tamper(struct pair *p, struct pair_side *from, uint8_t *message,
		   size_t *len, size_t room)
{
	const struct edit *e = p->tamper_arg;

	(void)from;
	(void)room;
	if (message[0] == e->message)
		edit_apply(e, message, len);
	return true;
}

/* Flags of a row: what the two want. */
enum { STAPLED = 1, ASKED = 2, FRAGMENT = 4, LIMIT = 8, REQUIRED = 16 };

static const struct edit rows[] = {
	{ "a response of another type", "RFC 6066 8", CS, EDIT_BODY, 0,
	  B("\2\0\0\1x"), ILLEGAL, STAPLED | ASKED, 0 },
	{ "no response", "RFC 6066 8", CS, EDIT_BODY, 0, B("\1\0\0\0"),
	  HS_ALERT_DECODE_ERROR, STAPLED | ASKED, 0 },
	{ "a byte after it", "RFC 6066 8", CS, EDIT_TAIL, 0, B("x"),
	  HS_ALERT_DECODE_ERROR, STAPLED | ASKED, 0 },
	{ "another response than the one that counts", "RFC 5246 7.4.9", CS,
	  EDIT_FLIP, 0, B(""), HS_ALERT_BAD_RECORD_MAC, STAPLED | ASKED, 0 },
	{ "a response that was not announced", "RFC 6066 8",
	  HS_MT_SERVER_KEY_EXCHANGE, EDIT_INSERT, 0, B("\x16\0\0\5\1\0\0\1x"),
	  HS_ALERT_UNEXPECTED_MESSAGE, ASKED, 0 },
	{ "announced with a content", "RFC 6066 8", SH, EDIT_EXT, 5, B("x"),
	  HS_ALERT_DECODE_ERROR, ASKED, 0 },
	{ "announced, and then none, where there has to be one", "RFC 6066 8", SH,
	  EDIT_EXT, 5, B(""), HS_ALERT_BAD_CERTIFICATE_STATUS_RESPONSE,
	  ASKED | REQUIRED, 0 },
	{ "announced, and then none", "RFC 6066 8", SH, EDIT_EXT, 5, B(""),
	  HS_ALERT_BAD_RECORD_MAC, ASKED, 0 },
	{ "a length without a code", "RFC 6066 4", HS_MT_CLIENT_HELLO, EDIT_EXT, 1,
	  B("\5"), ILLEGAL, FRAGMENT, 0 },
	{ "length 0", "RFC 6066 4", HS_MT_CLIENT_HELLO, EDIT_EXT, 1, B("\0"),
	  ILLEGAL, FRAGMENT, 0 },
	{ "two codes", "RFC 6066 4", HS_MT_CLIENT_HELLO, EDIT_EXT, 1, B("\1\1"),
	  HS_ALERT_DECODE_ERROR, FRAGMENT, 0 },
	{ "another length than the one asked for", "RFC 6066 4", SH, EDIT_EXT, 1,
	  B("\1"), ILLEGAL, FRAGMENT, 0 },
	{ "a length that was not asked for", "RFC 6066 4", SH, EDIT_EXT, 1, B("\1"),
	  HS_ALERT_UNSUPPORTED_EXTENSION, 0, 0 },
	{ "both limits", "RFC 8449 5", SH, EDIT_EXT, 1, B("\2"), ILLEGAL,
	  FRAGMENT | LIMIT, 0 },
	{ "record_size_limit over the protocol's", "RFC 8449 4", SH, EDIT_EXT, 28,
	  B("\x40\1"), ILLEGAL, LIMIT, 0 },
};

static void want(struct pair *p, unsigned int flags)
{
	p->client.config.ocsp = flags & ASKED;
	p->client.config.ocsp_required = flags & REQUIRED;
	p->client.config.max_fragment_length = flags & FRAGMENT ? 1024 : 0;
	p->client.config.record_size_limit = flags & LIMIT ? 2000 : 0;
	p->server.config.record_size_limit = flags & LIMIT ? 3000 : 0;
	if (flags & STAPLED)
		p->server.host.identity = edit_stapled();
}

/* The alert is of whoever sends one. */
static void refusals(void)
{
	for (size_t i = 0; i < N(rows); i++) {
		int alert;
		struct pair p;

		setup(&p);
		want(&p, rows[i].flags);
		p.tamper = tamper;
		p.tamper_arg = (void *)(uintptr_t)&rows[i];
		pair_open(&p);
		tap_sub(!pair_run(&p), "%s: not done", rows[i].what);
		alert = pair_alert(&p.client) != HS_ALERT_NONE ?
				pair_alert(&p.client) : pair_alert(&p.server);
		tap_sub(alert == rows[i].alert, "%s (%s): %d, not %d: %s",
			rows[i].what, rows[i].section, alert, rows[i].alert,
			hs_error(p.client.hs)->reason);
		/* It went on to judge the chain all the same. */
		if (rows[i].alert == HS_ALERT_BAD_RECORD_MAC)
			tap_sub(p.client.host.verified == 1, "verified");
		pair_free(&p);
	}
	tap_sum("what is refused of them");
}

static bool limits(const struct pair *p, uint16_t to_client, uint16_t to_server)
{
	const struct hs_info *c = hs_info(p->client.hs);
	const struct hs_info *s = hs_info(p->server.hs);

	return c->record_limit == to_client &&
	       s->peer_record_limit == to_client &&
	       s->record_limit == to_server &&
	       c->peer_record_limit == to_server;
}

static void fragments(void)
{
	static const struct {
		uint16_t fragment, client, server, to_client, to_server;
	} cases[] = {
		{ 512, 0, 0, 512, 512 }, { 1024, 0, 0, 1024, 1024 },
		{ 2048, 0, 0, 2048, 2048 }, { 4096, 0, 0, 4096, 4096 },
		{ 0, 0, 0, 0, 0 }, { 1000, 0, 0, 0, 0 },
		{ 0, 2000, 3000, 2000, 3000 }, { 512, 2000, 3000, 2000, 3000 },
		/* A server that does not know the newer one. */
		{ 512, 2000, 0, 512, 512 },
		{ 0, 2000, 0, 0, 0 }, { 0, 16385, 64, 0, 64 },
	};

	for (size_t i = 0; i < N(cases); i++) {
		struct pair p;

		setup(&p);
		p.client.config.max_fragment_length = cases[i].fragment;
		p.client.config.record_size_limit = cases[i].client;
		p.server.config.record_size_limit = cases[i].server;
		pair_open(&p);
		tap_sub(pair_run(&p) && limits(&p, cases[i].to_client,
					       cases[i].to_server),
			"case %zu: %u, %u", i,
			hs_info(p.client.hs)->record_limit,
			hs_info(p.client.hs)->peer_record_limit);
		pair_free(&p);
	}
	tap_sum("max_fragment_length and record_size_limit");
}

static bool see_hello(struct pair *p, struct pair_side *from, uint8_t *message,
		      size_t *len, size_t room)
{
	struct hs_bytes name, fragment;
	struct hs_server_hello m;
	int *seen = p->tamper_arg;

	(void)from;
	(void)room;
	if (message[0] != SH)
		return true;
	hs_server_hello_parse(&m, hs_bytes(message + 4, *len - 4));
	hs_ext_find(m.extensions, HS_EXT_SERVER_NAME, &name);
	hs_ext_find(m.extensions, HS_EXT_MAX_FRAGMENT_LENGTH, &fragment);
	*seen = !!name.data + !!fragment.data;
	return true;
}

/* RFC 6066 1.1, 3, 4: a ServerHello that resumes has none of its extensions; what
 * was agreed on in the first handshake holds. */
static void resumed(void)
{
	for (int again = 0; again < 2; again++) {
		struct pair p;
		int seen = -1;

		setup(&p);
		p.client.config.max_fragment_length = 1024;
		p.tamper = see_hello;
		p.tamper_arg = &seen;
		pair_open(&p);
		tap_sub(pair_run(&p) && seen == 2 && limits(&p, 1024, 1024),
			"%d: the first", again);
		p.session = hs_session_made(p.client.hs);
		pair_close(&p);
		/* Whatever the client asks for by now. */
		p.client.config.max_fragment_length = again ? 0 : 1024;
		pair_open(&p);
		tap_sub(pair_run(&p) && hs_info(p.client.hs)->resumed &&
			!seen && limits(&p, 1024, 1024), "%d: resumed", again);
		pair_close(&p);
		p.client.config.record_size_limit = 2000;
		p.server.config.record_size_limit = 3000;
		pair_open(&p);
		tap_sub(pair_run(&p) && hs_info(p.client.hs)->resumed &&
			limits(&p, 2000, 3000), "%d: the newer limit", again);
		pair_free(&p);
	}
	tap_sum("what a resumed session keeps of RFC 6066");
}

int main(void)
{
	stapling();
	required();
	refusals();
	fragments();
	resumed();
	host_exit();
	return tap_done();
}
