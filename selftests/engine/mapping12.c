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
			p.server.config.client_auth = auth ?
				HS_CLIENT_AUTH_REQUIRE : HS_CLIENT_AUTH_NONE;
			p.client.host.identity = host_identity("P-256");
			pair_open(&p);
			tap_sub(pair_run(&p) && told(&p) == (who == 3) &&
				hs_info(p.server.hs)->peer_chain_len ==
					(size_t)auth, "%d, %d: %s", who, auth,
				hs_error(p.server.hs)->reason);
			pair_free(&p);
		}
	tap_sum("who wants it, with and without a certificate");
}

static void empty_names(void)
{
	struct pair p;

	setup(&p);
	p.client.config.user_principal = hs_bytes(NULL, 0);
	p.client.config.user_domain = hs_bytes(NULL, 0);
	pair_open(&p);
	tap_ok(pair_run(&p) && !hs_info(p.server.hs)->user_principal.len,
	       "names that are empty");
	pair_free(&p);
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
	  B("\0\0\x10\0\7\0\1x\0\0\0\7\0\5\x40\0\0\0\0"), TAKEN, 0, 0 },
	{ "a hint of another kind", "RFC 4681 3", SD, EDIT_BODY, 0,
	  B("\0\0\x0b\0\0\0\7\0\5\x41\0\0\0\0"), ILLEGAL, 0, 0 },
	{ "two hints", "RFC 4681 3", SD, EDIT_BODY, 0,
	  B("\0\0\x16\0\0\0\7\0\5\x40\0\0\0\0\0\0\0\7\0\5\x40\0\0\0\0"),
	  ILLEGAL, 0, 0 },
	{ "a hint that is too short", "RFC 4681 6", SD, EDIT_BODY, 0,
	  B("\0\0\x0a\0\0\0\6\0\4\x40\0\0\0"), DECODE, 0, 0 },
	{ "a byte after the domain", "RFC 4681 6", SD, EDIT_BODY, 0,
	  B("\0\0\x0c\0\0\0\x8\0\6\x40\0\0\0\0x"), DECODE, 0, 0 },
	{ "a name with a zero in it", "RFC 3629", SD, EDIT_BODY, 0,
	  B("\0\0\x0e\0\0\0\x0a\0\x8\x40\0\3a\0b\0\0"), ILLEGAL, 0, 0 },
	{ "a name that is no UTF-8", "RFC 3629 3", SD, EDIT_BODY, 0,
	  B("\0\0\x0d\0\0\0\x9\0\7\x40\0\2\xff\xff\0\0"), ILLEGAL, 0, 0 },
	{ "a slash in two bytes", "RFC 3629 10", SD, EDIT_BODY, 0,
	  B("\0\0\x0d\0\0\0\x9\0\7\x40\0\2\xc0\xaf\0\0"), ILLEGAL, 0, 0 },
	{ "a surrogate", "RFC 3629 3", SD, EDIT_BODY, 0,
	  B("\0\0\x0e\0\0\0\x0a\0\x8\x40\0\3\xed\xa0\x80\0\0"), ILLEGAL, 0, 0 },
	{ "half a character", "RFC 3629 4", SD, EDIT_BODY, 0,
	  B("\0\0\x0c\0\0\0\x8\0\6\x40\0\1\xc3\0\0"), ILLEGAL, 0, 0 },
	{ "a second SupplementalData", "RFC 4680 3", HS_MT_CLIENT_KEY_EXCHANGE,
	  EDIT_INSERT, 0, B("\x17\0\0\1x"), HS_ALERT_UNEXPECTED_MESSAGE, 0, 0 },
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

int main(void)
{
	both_want_it();
	empty_names();
	without();
	renegotiated();
	refusals();
	host_exit();
	return tap_done();
}
