// SPDX-License-Identifier: Apache-2.0
/* TLS 1.2: what becomes of a session when a connection of it fails or is closed
 * (RFC 5246 7.2.1, 7.2.2, RFC 5077 5.1). */
#include "session12.h"
#include "tap.h"

static bool flip_finished(struct pair *p, struct pair_side *from,
			  uint8_t *message, size_t *len, size_t room)
{
	(void)room;
	if (from == p->tamper_arg && message[0] == HS_MT_FINISHED)
		message[*len - 1] ^= 1;
	return true;
}

/* RFC 5246 7.2.2: sent or received, a fatal alert is the session's end. */
static void fatal_alert(bool sent)
{
	struct pair p;

	session12_setup(&p, SESSION12_BY_ID);
	tap_sub(session12_handshake(&p, false) && host_sessions() == 1, "the first");
	p.tamper = flip_finished;
	p.tamper_arg = sent ? &p.client : &p.server;
	pair_open(&p);
	tap_sub(!pair_run(&p) &&
		pair_alert(sent ? &p.server : &p.client) ==
			HS_ALERT_DECRYPT_ERROR && !host_sessions() &&
		!hs_session_made(p.client.hs), "gone");
	pair_close(&p);
	p.tamper = NULL;
	tap_sub(session12_handshake(&p, false), "and not resumed");
	pair_free(&p);
	tap_sum("a fatal alert that was %s ends the session",
		sent ? "sent" : "received");
}

/* One after the handshake, from whoever keeps the handle. */
static void later_alert(void)
{
	static const uint8_t alert[] = { 2, HS_ALERT_BAD_RECORD_MAC };
	struct pair p;

	session12_setup(&p, SESSION12_BY_ID);
	pair_open(&p);
	pair_run(&p);
	tap_sub(host_sessions() == 1, "kept");
	hs_record(p.server.hs, HS_ALERT, alert, sizeof(alert));
	tap_sub(!host_sessions(), "gone");
	tap_sub(hs_error(p.server.hs)->level == 2 &&
		hs_error(p.server.hs)->version == HS_TLS12 &&
		hs_error(p.server.hs)->alert_received ==
			HS_ALERT_BAD_RECORD_MAC, "hs_error() tells");
	pair_free(&p);
	tap_sum("a fatal alert after the handshake ends the session");
}

/* RFC 5246 7.2.1: a close_notify is an orderly end, and no end of the session. */
static void closed(void)
{
	static const uint8_t close_notify[] = { 1, HS_ALERT_CLOSE_NOTIFY };
	struct pair p;

	session12_setup(&p, SESSION12_BY_ID);
	pair_open(&p);
	pair_run(&p);
	session12_keep(&p);
	tap_sub(hs_record(p.server.hs, HS_ALERT, close_notify, 2) ==
			HS_ALERT_NONE &&
		hs_error(p.server.hs)->alert_received ==
			HS_ALERT_CLOSE_NOTIFY, "told");
	tap_sub(host_sessions() == 1, "the session is there");
	pair_close(&p);
	tap_sub(session12_handshake(&p, true), "and resumed");
	pair_free(&p);
	tap_sum("a close_notify after the handshake leaves the session");
}

/* RFC 5077 5.1: a server can't forget a ticket, so the client does: of a handshake
 * that failed, or a connection that ended in a fatal alert, there is no session. */
static void no_session_of_a_failure(enum session12_form form)
{
	static const uint8_t fatal[] = { 2, HS_ALERT_BAD_RECORD_MAC };
	struct pair p;

	session12_setup(&p, form);
	p.tamper = flip_finished;
	p.tamper_arg = &p.server;
	pair_open(&p);
	tap_sub(!pair_run(&p) && !hs_session_made(p.client.hs), "failed");
	pair_close(&p);
	p.tamper = NULL;
	pair_open(&p);
	tap_sub(pair_run(&p), "done");
	hs_record(p.client.hs, HS_ALERT, fatal, sizeof(fatal));
	tap_sub(!hs_session_made(p.client.hs), "and ended");
	pair_free(&p);
	tap_sum("%s: no session comes of a fatal alert", session12_forms[form]);
}

int main(void)
{
	for (enum session12_form f = SESSION12_BY_TICKET; f <= SESSION12_BY_ID; f++)
		no_session_of_a_failure(f);
	fatal_alert(true);
	fatal_alert(false);
	later_alert();
	closed();
	host_exit();
	return tap_done();
}
