// SPDX-License-Identifier: Apache-2.0
/* Records that are not as RFC 8446 5 and 6 want them: empty, too long, in the
 * wrong place, of the wrong type; change_cipher_spec; alerts; the end. */
#include <stdlib.h>
#include <string.h>

#include "daemon/engine/ext.h"
#include "edit.h"
#include "tap.h"

/* Where the handshake stands when the record comes. */
enum stand {
	FRESH,		/* nothing was sent or received */
	MIDDLE,		/* client: WAIT_EE; server: WAIT_FINISHED */
	PART,		/* as MIDDLE, with a part of a message there */
	DONE,
};

struct row {
	const char	*what, *section;
	enum hs_role	role;
	enum stand	stand;
	uint8_t		type;
	const char	*data;
	size_t		len;
	int		result;		/* of hs_record() */
};

#define R(literal) literal, sizeof(literal) - 1
#define UNEXPECTED HS_ALERT_UNEXPECTED_MESSAGE

static const struct row rows[] = {
	{ "an empty handshake record", "5.4", HS_SERVER, FRESH, 22, R(""),
	  UNEXPECTED },
	{ "an empty handshake record", "5.4", HS_CLIENT, MIDDLE, 22, R(""),
	  UNEXPECTED },
	{ "an empty alert", "5.4", HS_CLIENT, MIDDLE, 21, R(""), UNEXPECTED },
	{ "an empty change_cipher_spec", "5", HS_CLIENT, MIDDLE, 20, R(""),
	  UNEXPECTED },
	{ "application data in the handshake", "5", HS_CLIENT, MIDDLE, 23,
	  R("x"), UNEXPECTED },
	{ "application data in the handshake", "5", HS_SERVER, MIDDLE, 23,
	  R("x"), UNEXPECTED },
	{ "empty application data in the handshake", "5", HS_SERVER, MIDDLE,
	  23, R(""), UNEXPECTED },
	{ "application data before the ClientHello", "5", HS_SERVER, FRESH,
	  23, R("x"), UNEXPECTED },
	{ "heartbeat", "5", HS_CLIENT, MIDDLE, 24, R("x"), UNEXPECTED },
	{ "content type 0", "5", HS_CLIENT, MIDDLE, 0, R("x"), UNEXPECTED },
	{ "content type 255", "5", HS_SERVER, FRESH, 255, R("x"), UNEXPECTED },
	{ "change_cipher_spec before the ClientHello", "5", HS_SERVER, FRESH,
	  20, R("\1"), UNEXPECTED },
	{ "change_cipher_spec after Finished", "5", HS_SERVER, DONE, 20,
	  R("\1"), UNEXPECTED },
	{ "change_cipher_spec after Finished", "5", HS_CLIENT, DONE, 20,
	  R("\1"), UNEXPECTED },
	{ "change_cipher_spec of 2", "5", HS_CLIENT, MIDDLE, 20, R("\2"),
	  UNEXPECTED },
	{ "change_cipher_spec of 0", "5", HS_SERVER, MIDDLE, 20, R("\0"),
	  UNEXPECTED },
	{ "change_cipher_spec of two bytes", "5", HS_CLIENT, MIDDLE, 20,
	  R("\1\1"), UNEXPECTED },
	{ "change_cipher_spec in a message", "5.1", HS_CLIENT, PART, 20,
	  R("\1"), UNEXPECTED },
	{ "application data in a message", "5.1", HS_SERVER, PART, 23, R("x"),
	  UNEXPECTED },
	{ "change_cipher_spec in its place", "D.4", HS_CLIENT, MIDDLE, 20,
	  R("\1"), 0 },
	{ "change_cipher_spec in its place", "D.4", HS_SERVER, MIDDLE, 20,
	  R("\1"), 0 },
	{ "half an alert", "6", HS_CLIENT, MIDDLE, 21, R("\2"),
	  HS_ALERT_DECODE_ERROR },
	{ "two alerts in a record", "5.1", HS_SERVER, MIDDLE, 21,
	  R("\2\x28\2\x28"), HS_ALERT_DECODE_ERROR },
	{ "a message of 65537 bytes", "4", HS_SERVER, FRESH, 22,
	  R("\1\1\0\1"), HS_ALERT_DECODE_ERROR },
	{ "a message of 16 MiB", "4", HS_CLIENT, MIDDLE, 22,
	  R("\x08\xff\xff\xff"), HS_ALERT_DECODE_ERROR },
	{ "a Finished of 65 bytes", "4.4.4", HS_SERVER, MIDDLE, 22,
	  R("\x14\0\0\x41"), HS_ALERT_DECODE_ERROR },
	{ "a record after the handshake", "4.6", HS_CLIENT, DONE, 22,
	  R("\x08\0\0\2\0\0"), UNEXPECTED },
};

static const uint16_t shares_none;

static void stand(struct pair *p, enum hs_role role, enum stand stand)
{
	struct pair_side *s = role == HS_CLIENT ? &p->client : &p->server;

	pair_init(p);
	p->per_message = true;
	pair_open(p);
	if (stand == FRESH)
		return;
	pair_start(p);
	if (stand == DONE)
		while (pair_step(p))
			;
	else
		while (s->hs->state != (role == HS_CLIENT ? HS_ST_WAIT_EE :
							    HS_ST_WAIT_FINISHED))
			pair_step(p);
	if (stand == PART)
		pair_inject(p, s, HS_HANDSHAKE,
			    role == HS_CLIENT ? "\x08\0" : "\x14\0", 2);
}

static void table(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		struct pair_side *s;
		struct pair p;
		int got;

		stand(&p, r->role, r->stand);
		s = r->role == HS_CLIENT ? &p.client : &p.server;
		got = pair_inject(&p, s, r->type, r->data, r->len);
		tap_sub(got == r->result && pair_alert(s) ==
				(r->result ? r->result : HS_ALERT_NONE),
			"%s (%s): %d, not %d", r->what, r->section, got,
			r->result);
		pair_free(&p);
	}
	tap_sum("records that are not as they have to be");
}

/* 6: what an alert from the peer means; none is answered. */
static void alerts(void)
{
	for (int level = 0; level < 3; level++)
		for (int a = 0; a < 256; a++) {
			uint8_t data[2] = { (uint8_t)level, (uint8_t)a };
			const struct hs_error *e;
			struct pair p;
			int got;

			stand(&p, HS_CLIENT, MIDDLE);
			got = hs_record(p.client.hs, HS_ALERT, data, 2);
			e = hs_error(p.client.hs);
			if (a == HS_ALERT_USER_CANCELED)
				tap_sub(!got && hs_state(p.client.hs) ==
						HS_RUNNING, "user_canceled");
			else
				tap_sub(got == HS_ALERT_NONE &&
					e->alert_sent == HS_ALERT_NONE &&
					e->alert_received == a &&
					hs_state(p.client.hs) == HS_FAILED,
					"level %d, alert %d", level, a);
			pair_free(&p);
		}
	tap_sum("alerts of every level and number (6)");
}

/* An alert may come in the middle of a message, from a peer that gave up. */
static void alert_in_message(void)
{
	struct pair p;

	stand(&p, HS_CLIENT, PART);
	hs_record(p.client.hs, HS_ALERT, (const uint8_t *)"\2\x28", 2);
	tap_ok(hs_error(p.client.hs)->alert_received ==
	       HS_ALERT_HANDSHAKE_FAILURE, "an alert in the middle of a message");
	pair_free(&p);
}

static void too_many(void)
{
	struct pair p;
	int i, alert = 0;

	stand(&p, HS_SERVER, MIDDLE);
	for (i = 0; i < 1000 && !alert; i++)
		alert = hs_record(p.server.hs, HS_CHANGE_CIPHER_SPEC,
				  (const uint8_t *)"\1", 1);
	tap_ok(alert == UNEXPECTED && i > 2 && i < 100,
	       "change_cipher_spec without end is unexpected_message");
	pair_free(&p);
}

/* 5.1: 2^14 bytes, and not one more. */
static void lengths(void)
{
	uint8_t *data = calloc(1, 16385);
	struct pair p;

	stand(&p, HS_SERVER, FRESH);
	tap_ok(hs_record(p.server.hs, HS_HANDSHAKE, data, 16385) ==
	       HS_ALERT_RECORD_OVERFLOW, "a record of 16385 bytes (5.1)");
	pair_free(&p);
	stand(&p, HS_SERVER, FRESH);
	memcpy(data, "\1\0\xff\xff", 4);
	tap_ok(hs_record(p.server.hs, HS_HANDSHAKE, data, 16384) == 0,
	       "a record of 16384 bytes");
	pair_free(&p);
	free(data);
}

/* 5.1: a message behind one after which keys change. */
static bool append(struct pair *p, struct pair_side *from, uint8_t *message,
		   size_t *len, size_t room)
{
	const char *after = p->tamper_arg;

	(void)from;
	(void)room;
	if (message[0] != after[0])
		return true;
	memcpy(message + *len, "\x08\0\0\2\0\0", 6);
	*len += 6;
	p->tamper_arg = "\xff";
	return true;
}

static void boundaries(void)
{
	static const struct {
		const char	*message;
		bool		server_fails, retry;
		const char	*state;	/* it stays there: the message that
					 * fills its record badly is not read */
	} cases[] = {
		{ "\1", true, false, "START" },
		{ "\2", false, false, "WAIT_SH" },
		{ "\2", false, true, "WAIT_SH" },
		{ "\x14", false, false, "WAIT_FINISHED" },
	};

	for (size_t i = 0; i < 4; i++) {
		struct pair_side *s;
		struct pair p;

		pair_init(&p);
		p.per_message = true;
		if (cases[i].retry) {
			p.client.config.key_share_groups = &shares_none;
			p.client.config.key_share_groups_len = 0;
		}
		p.tamper = append;
		p.tamper_arg = (void *)(uintptr_t)cases[i].message;
		pair_open(&p);
		pair_run(&p);
		s = cases[i].server_fails ? &p.server : &p.client;
		tap_sub(pair_alert(s) == UNEXPECTED &&
			!strcmp(hs_state_name(s->hs), cases[i].state),
			"message type %d: %s", cases[i].message[0],
			hs_state_name(s->hs));
		pair_free(&p);
	}
	tap_sum("a message behind ClientHello, ServerHello, its retry, Finished (5.1)");
}

/* 4.2.10: early data that was sent in spite of the retry comes in the clear,
 * as far as the engine sees, and is passed over until the second ClientHello;
 * without the extension in the first it is what it always is. */
static bool offer_early_data(struct pair *p, struct pair_side *from,
			     uint8_t *message, size_t *len, size_t room)
{
	static const struct edit early_data = {
		.op = EDIT_EXT, .arg = HS_EXT_EARLY_DATA, .body = "",
	};

	(void)from;
	(void)room;
	if (p->tamper_arg && message[0] == HS_MT_CLIENT_HELLO)
		edit_apply(&early_data, message, len);
	return true;
}

static void early_data(void)
{
	for (int offered = 0; offered < 2; offered++) {
		struct pair p;
		int alert;

		edit_pair(&p, EDIT_RETRY | EDIT_RESUME);
		p.tamper = offer_early_data;
		p.tamper_arg = offered ? "" : NULL;
		pair_open(&p);
		pair_start(&p);
		pair_step(&p);
		tap_sub(hs_info(p.server.hs)->retried, "a retry");
		alert = pair_inject(&p, &p.server, HS_APPLICATION_DATA, "x", 1);
		tap_sub(alert == (offered ? 0 : UNEXPECTED), "offered: %d",
			offered);
		pair_free(&p);
	}
	tap_sum("early data after a retry is passed over, if it was offered (4.2.10)");
}

/* What a user of hs_error() reads, and calls out of order. */
static void words(void)
{
	struct pair p;

	stand(&p, HS_SERVER, FRESH);
	hs_record(p.server.hs, HS_HANDSHAKE, (const uint8_t *)"\1\0\0\0", 4);
	tap_ok(!strcmp(hs_error(p.server.hs)->reason,
		       "ClientHello can't be parsed"),
	       "the reason says which message and what is wrong with it");
	pair_free(&p);
	stand(&p, HS_SERVER, FRESH);
	hs_record(p.server.hs, HS_HANDSHAKE, (const uint8_t *)"\x14", 1);
	tap_ok(!strcmp(hs_error(p.server.hs)->reason,
		       "unexpected message: Finished in state START"),
	       "the reason names message and state");
	pair_free(&p);
	stand(&p, HS_CLIENT, MIDDLE);
	tap_ok(hs_start(p.client.hs) == UNEXPECTED,
	       "hs_start() twice is an error");
	pair_free(&p);
	stand(&p, HS_CLIENT, MIDDLE);
	tap_ok(hs_export(p.client.hs, "label", hs_bytes(NULL, 0),
			 (uint8_t[32]){ 0 }, 32),
	       "no exporter before the handshake is over (7.5)");
	pair_free(&p);
}

static void ends(void)
{
	struct pair p;

	stand(&p, HS_CLIENT, MIDDLE);
	tap_ok(hs_eof(p.client.hs) == HS_ALERT_NONE &&
	       hs_state(p.client.hs) == HS_FAILED &&
	       pair_alert(&p.client) == HS_ALERT_NONE,
	       "the end of the transport in the handshake is a failure without an alert");
	pair_free(&p);
	stand(&p, HS_CLIENT, DONE);
	tap_ok(!hs_eof(p.client.hs) && hs_state(p.client.hs) == HS_DONE,
	       "after it, it is none");
	pair_free(&p);
}

/* What comes out of a failed handle, from hs_abort() on. */
static void aborts(void)
{
	struct hs_output o;
	struct pair p;
	int records = 0;

	stand(&p, HS_SERVER, MIDDLE);
	tap_ok(hs_abort(p.server.hs, HS_ALERT_INTERNAL_ERROR, "because") ==
	       HS_ALERT_INTERNAL_ERROR && hs_next(p.server.hs, &o) &&
	       o.kind == HS_OUT_RECORD && o.type == HS_ALERT && o.len == 2 &&
	       o.data[0] == 2 && o.data[1] == HS_ALERT_INTERNAL_ERROR &&
	       hs_next(p.server.hs, &o) && o.kind == HS_OUT_FAILED &&
	       !hs_next(p.server.hs, &o) &&
	       !strcmp(hs_error(p.server.hs)->reason, "because"),
	       "hs_abort(): one fatal alert, then FAILED, then nothing");
	tap_ok(hs_abort(p.server.hs, HS_ALERT_BAD_CERTIFICATE, "later") ==
	       HS_ALERT_INTERNAL_ERROR &&
	       hs_record(p.server.hs, 22, (const uint8_t *)"x", 1) ==
	       HS_ALERT_INTERNAL_ERROR && hs_eof(p.server.hs) ==
	       HS_ALERT_INTERNAL_ERROR && !hs_next(p.server.hs, &o) &&
	       !strcmp(hs_error(p.server.hs)->reason, "because"),
	       "the first failure stays");
	pair_free(&p);

	stand(&p, HS_SERVER, MIDDLE);
	hs_abort(p.server.hs, HS_ALERT_USER_CANCELED, "because");
	while (hs_next(p.server.hs, &o))
		if (o.kind == HS_OUT_RECORD && o.data[0] == 1 &&
		    o.data[1] == (records ? HS_ALERT_CLOSE_NOTIFY :
					    HS_ALERT_USER_CANCELED))
			records++;
	tap_ok(records == 2, "user_canceled is followed by close_notify (6.1)");
	pair_free(&p);
}

int main(void)
{
	table();
	alerts();
	alert_in_message();
	too_many();
	lengths();
	boundaries();
	early_data();
	words();
	ends();
	aborts();
	host_exit();
	return tap_done();
}
