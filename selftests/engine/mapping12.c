// SPDX-License-Identifier: Apache-2.0
/* User mapping (RFC 4681) by SupplementalData (RFC 4680), in TLS 1.2. */
#include <string.h>

#include "daemon/engine/ext.h"
#include "edit.h"
#include "tap.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define SD HS_MT_SUPPLEMENTAL_DATA
#define DECODE HS_ALERT_DECODE_ERROR
#define ILLEGAL HS_ALERT_ILLEGAL_PARAMETER
#define UNEXPECTED HS_ALERT_UNEXPECTED_MESSAGE
/* It was taken: then the transcripts, and so the keys, differ. */
#define TAKEN HS_ALERT_BAD_RECORD_MAC

static void setup(struct pair *p)
{
	pair_init(p);
	p->per_message = true;
	p->client.config.max_version = HS_TLS12;
	p->client.config.user_mapping = true;
	p->server.config.user_mapping = true;
	p->client.config.user_principal = hs_bytes("j\xc3\xb6rg@example", 13);
	p->client.config.user_domain = hs_bytes("EXAMPLE", 7);
}

static void ask_certificate(struct pair *p)
{
	p->server.config.client_auth = HS_CLIENT_AUTH_REQUIRE;
	p->client.host.identity = host_identity("P-256");
}

static bool told(const struct pair *p)
{
	const struct hs_info *i = hs_info(p->server.hs);

	return i->user_principal.len == 13 && i->user_domain.len == 7 &&
	       !memcmp(i->user_principal.data, "j\xc3\xb6rg@example", 13) &&
	       !memcmp(i->user_domain.data, "EXAMPLE", 7);
}

/* RFC 4681 4: in front of the client's Certificate, where both hellos have the
 * extension; nobody else sees SupplementalData. */
static void both_want_it(void)
{
	for (int who = 0; who < 4; who++)
		for (int auth = 0; auth < 2; auth++) {
			struct pair p;

			setup(&p);
			p.client.config.user_mapping = who & 1;
			p.server.config.user_mapping = who & 2;
			if (auth)
				ask_certificate(&p);
			pair_open(&p);
			tap_sub(pair_run(&p) && told(&p) == (who == 3) &&
				hs_info(p.server.hs)->peer_chain_len ==
					(size_t)auth, "%d, %d: %s", who, auth,
				hs_error(p.server.hs)->reason);
			pair_free(&p);
		}
	tap_sum("who wants it, with and without a certificate");
}

/* RFC 4681 4: a server that asked takes it well when the client says nothing. */
static void nothing_to_say(void)
{
	for (int auth = 0; auth < 2; auth++) {
		struct pair p;

		setup(&p);
		p.client.config.user_principal = hs_bytes(NULL, 0);
		p.client.config.user_domain = hs_bytes(NULL, 0);
		if (auth)
			ask_certificate(&p);
		pair_open(&p);
		tap_sub(pair_run(&p) &&
			!hs_info(p.server.hs)->user_principal.len &&
			hs_info(p.server.hs)->peer_chain_len == (size_t)auth,
			"%d: %s", auth, hs_error(p.server.hs)->reason);
		pair_free(&p);
	}
	tap_sum("a client that has nothing to say");
}

/* A resumed session goes without, and so does TLS 1.3. */
static void without(void)
{
	struct pair p;

	setup(&p);
	pair_open(&p);
	tap_sub(pair_run(&p) && told(&p), "first");
	p.session = hs_session_made(p.client.hs);
	pair_close(&p);
	pair_open(&p);
	tap_sub(pair_run(&p) && hs_info(p.server.hs)->resumed && !told(&p),
		"resumed");
	pair_close(&p);
	p.client.config.max_version = 0;
	pair_open(&p);
	tap_sub(pair_run(&p) && hs_info(p.server.hs)->version == HS_TLS13,
		"TLS 1.3");
	pair_free(&p);
	tap_sum("resumed, and in TLS 1.3, there is none");
}

static bool see_supplemental(struct pair *p, struct pair_side *from,
			     uint8_t *message, size_t *len, size_t room)
{
	bool *hidden = p->tamper_arg;

	(void)len;
	(void)room;
	if (message[0] == SD)
		*hidden = from->tx.len != 0;
	return true;
}

/* RFC 4680 4, RFC 4681 5: the way to hide it is a second handshake within the
 * first. */
static void renegotiated(void)
{
	bool hidden = false;
	struct pair p;

	setup(&p);
	p.tamper = see_supplemental;
	p.tamper_arg = &hidden;
	p.client.config.user_mapping = false;
	p.client.config.renegotiation = HS_RENEGOTIATION_ALLOW;
	p.server.config.renegotiation = HS_RENEGOTIATION_ALLOW;
	pair_open(&p);
	tap_sub(pair_run(&p) && !told(&p), "not in the first");
	p.client.config.user_mapping = true;
	hs_renegotiate(p.client.hs);
	pair_drain(&p, &p.client);
	while (pair_step(&p))
		;
	tap_sub(hs_state(p.server.hs) == HS_DONE && told(&p) && hidden,
		"in the second");
	pair_free(&p);
	tap_sum("in a second handshake");
}

/* A UserMappingData with the domain "a", of eight bytes. */
#define HINT "\x40\0\5\0\0\0\1a"

static const struct edit rows[] = {
	{ "another type", "RFC 4681 2", HS_MT_CLIENT_HELLO, EDIT_EXT, 6,
	  B("\1\7"), HS_ALERT_BAD_RECORD_MAC, 0, 0 },
	{ "no type", "RFC 4681 2", HS_MT_CLIENT_HELLO, EDIT_EXT, 6, B("\0"), DECODE,
	  0, 0 },
	{ "a type that was not offered", "RFC 4681 2", HS_MT_SERVER_HELLO, EDIT_EXT,
	  6, B("\1\7"), ILLEGAL, 0, 0 },
	{ "two types", "RFC 4681 2", HS_MT_SERVER_HELLO, EDIT_EXT, 6,
	  B("\2\x40\x41"), ILLEGAL, 0, 0 },
	{ "nothing in it", "RFC 4680 2", SD, EDIT_BODY, 0, B("\0\0\0"), DECODE, 0,
	  0 },
	{ "half an entry", "RFC 4680 2", SD, EDIT_BODY, 0, B("\0\0\3\0\0\0"), DECODE,
	  0, 0 },
	{ "an entry that is too long", "RFC 4680 2", SD, EDIT_BODY, 0,
	  B("\0\0\5\0\0\0\x9x"), DECODE, 0, 0 },
	{ "a byte after it", "RFC 4680 2", SD, EDIT_TAIL, 0, B("x"), DECODE, 0, 0 },
	{ "only an entry of another type", "RFC 4680 2", SD, EDIT_BODY, 0,
	  B("\0\0\5\0\7\0\1x"), ILLEGAL, 0, 0 },
	{ "an entry of another type too", "RFC 4680 2", SD, EDIT_BODY, 0,
	  B("\0\0\x13\0\7\0\1x\0\0\0\x0a\0\x8" HINT), ILLEGAL, 0, 0 },
	{ "a list without a hint", "RFC 4681 3", SD, EDIT_BODY, 0,
	  B("\0\0\6\0\0\0\2\0\0"), DECODE, 0, 0 },
	{ "a hint of another kind", "RFC 4681 3", SD, EDIT_BODY, 0,
	  B("\0\0\x0a\0\0\0\6\0\4\x41\0\1x"), ILLEGAL, 0, 0 },
	{ "a hint of another kind too", "RFC 4681 3", SD, EDIT_BODY, 0,
	  B("\0\0\x12\0\0\0\x0e\0\x0c\x41\0\1x" HINT), TAKEN, 0, 0 },
	{ "two hints", "RFC 4681 3", SD, EDIT_BODY, 0,
	  B("\0\0\x16\0\0\0\x12\0\x10" HINT HINT), TAKEN, 0, 0 },
	{ "a hint that is longer than its list", "RFC 4681 3", SD, EDIT_BODY, 0,
	  B("\0\0\x0e\0\0\0\x0a\0\x8\x40\0\6\0\0\0\1a"), DECODE, 0, 0 },
	{ "a byte after the list", "RFC 4681 3", SD, EDIT_BODY, 0,
	  B("\0\0\x0f\0\0\0\x0b\0\x8" HINT "x"), DECODE, 0, 0 },
	{ "a hint that is too short", "RFC 4681 6", SD, EDIT_BODY, 0,
	  B("\0\0\x0c\0\0\0\x8\0\6\x40\0\3\0\0\0"), DECODE, 0, 0 },
	{ "a byte after the domain", "RFC 4681 6", SD, EDIT_BODY, 0,
	  B("\0\0\x0f\0\0\0\x0b\0\x9\x40\0\6\0\0\0\1ax"), DECODE, 0, 0 },
	{ "a Certificate that nobody asked for", "RFC 4681 4", SD, EDIT_INSERT, 0,
	  B("\x0b\0\0\3\0\0\0"), UNEXPECTED, 0, 0 },
	{ "neither hint nor Certificate", "RFC 4681 4", SD, EDIT_INSERT, 0,
	  B("\x10\0\0\2\1x"), UNEXPECTED, EDIT_CLIENT_AUTH, 0 },
	{ "a second SupplementalData", "RFC 4680 2", HS_MT_CLIENT_KEY_EXCHANGE,
	  EDIT_INSERT, 0, B("\x17\0\0\1x"), UNEXPECTED, 0, 0 },
	{ "SupplementalData behind the Certificate", "RFC 4680 3",
	  HS_MT_CLIENT_KEY_EXCHANGE, EDIT_INSERT, 0, B("\x17\0\0\1x"),
	  UNEXPECTED, EDIT_CLIENT_AUTH, 0 },
	{ "SupplementalData of the server", "RFC 4680 2", HS_MT_CERTIFICATE,
	  EDIT_INSERT, 0, B("\x17\0\0\1x"), UNEXPECTED, 0, 0 },
};

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

/* The alert is of whoever sends one. */
static void refusals(void)
{
	for (size_t i = 0; i < N(rows); i++) {
		struct pair p;
		int alert;

		setup(&p);
		if (rows[i].flags & EDIT_CLIENT_AUTH)
			ask_certificate(&p);
		p.tamper = tamper;
		p.tamper_arg = (void *)(uintptr_t)&rows[i];
		pair_open(&p);
		tap_sub(!pair_run(&p), "%s: not done", rows[i].what);
		alert = pair_alert(&p.client) != HS_ALERT_NONE ?
				pair_alert(&p.client) : pair_alert(&p.server);
		tap_sub(alert == rows[i].alert, "%s (%s): %d, not %d: %s",
			rows[i].what, rows[i].section, alert, rows[i].alert,
			hs_error(p.server.hs)->reason);
		pair_free(&p);
	}
	tap_sum("what is refused of it");
}

/* RFC 4681 6, and RFC 3629 where it says what UTF-8 is. */
static const struct name {
	const char	*what, *principal;
	size_t		len;
	const char	*domain;
	int		alert;
} names[] = {
	{ "both", B("j\xc3\xb6rg@a.example"), "EXAMPLE", TAKEN },
	{ "a domain alone", B(""), "a-1.2b", TAKEN },
	{ "a principal alone", B("\xf0\x9f\x90\xa7@a"), "", TAKEN },
	{ "neither", B(""), "", ILLEGAL },
	{ "no @", B("joe"), "", ILLEGAL },
	{ "two @", B("joe@a@b"), "", ILLEGAL },
	{ "no user", B("@a"), "", ILLEGAL },
	{ "no domain behind the @", B("joe@"), "", ILLEGAL },
	{ "a principal's domain of two dots", B("joe@a..b"), "", ILLEGAL },
	{ "an empty label", B(""), "a..b", ILLEGAL },
	{ "a dot in front", B(""), ".a", ILLEGAL },
	{ "a dot behind", B(""), "a.", ILLEGAL },
	{ "a hyphen in front", B(""), "a.-b", ILLEGAL },
	{ "a hyphen behind", B(""), "a-.b", ILLEGAL },
	{ "a blank", B(""), "a b", ILLEGAL },
	{ "a domain beyond ASCII", B(""), "\xc3\xb6", ILLEGAL },
	{ "a zero", B("a\0b@c"), "", ILLEGAL },
	{ "no UTF-8", B("\xff\xff@c"), "", ILLEGAL },
	{ "a slash in two bytes", B("\xc0\xaf@c"), "", ILLEGAL },
	{ "a surrogate", B("\xed\xa0\x80@c"), "", ILLEGAL },
	{ "half a character", B("\xc3@c"), "", ILLEGAL },
};

static bool put_names(struct pair *p, struct pair_side *from, uint8_t *message,
		      size_t *len, size_t room)
{
	const struct name *n = p->tamper_arg;
	size_t domain = strlen(n->domain), all = n->len + domain;
	const uint8_t head[] = {
		SD, 0, 0, (uint8_t)(all + 16), 0, 0, (uint8_t)(all + 13),
		0, 0, 0, (uint8_t)(all + 9), 0, (uint8_t)(all + 7),
		0x40, 0, (uint8_t)(all + 4), 0, (uint8_t)n->len,
	};

	(void)from;
	if (message[0] != SD || room < sizeof(head) + all + 2)
		return true;
	memcpy(message, head, sizeof(head));
	memcpy(message + sizeof(head), n->principal, n->len);
	message += sizeof(head) + n->len;
	message[0] = 0;
	message[1] = (uint8_t)domain;
	memcpy(message + 2, n->domain, domain);
	*len = sizeof(head) + all + 2;
	return true;
}

/* What a server refuses, our own client is not to be configured with. */
static void forms(void)
{
	for (size_t i = 0; i < N(names); i++) {
		const struct name *n = &names[i];
		bool good = n->alert == TAKEN;
		struct pair p;

		setup(&p);
		p.tamper = put_names;
		p.tamper_arg = (void *)(uintptr_t)n;
		pair_open(&p);
		tap_sub(!pair_run(&p) &&
			pair_alert(&p.server) == n->alert, "%s: %d, not %d",
			n->what, pair_alert(&p.server), n->alert);
		pair_close(&p);
		p.client.config.user_principal =
			hs_bytes(n->principal, n->len);
		p.client.config.user_domain =
			hs_bytes(n->domain, strlen(n->domain));
		tap_sub(pair_open(&p) == (good || (!n->len && !n->domain[0])),
			"%s: configured", n->what);
		pair_free(&p);
	}
	tap_sum("the form of the names");
}

int main(void)
{
	both_want_it();
	nothing_to_say();
	without();
	renegotiated();
	refusals();
	forms();
	host_exit();
	return tap_done();
}
