// SPDX-License-Identifier: Apache-2.0
/* TLS 1.2: what comes of a HelloRequest or a ClientHello after the handshake:
 * refused by default, performed where a configuration allows it, and bound to the
 * handshake before (RFC 5746). */
#include <string.h>

#include "daemon/engine/ext.h"
#include "edit.h"
#include "tap.h"

static const uint8_t hello_request[] = { HS_MT_HELLO_REQUEST, 0, 0, 0 };

static bool setup(struct pair *p, enum hs_renegotiation client,
		  enum hs_renegotiation server)
{
	pair_init(p);
	p->client.config.max_version = HS_TLS12;
	p->client.config.renegotiation = client;
	p->server.config.renegotiation = server;
	return pair_open(p) && pair_run(p);
}

static bool done(const struct pair *p)
{
	return hs_state(p->client.hs) == HS_DONE &&
	       hs_state(p->server.hs) == HS_DONE;
}

static void run(struct pair *p)
{
	pair_drain(p, &p->client);
	pair_drain(p, &p->server);
	while (pair_step(p))
		;
}

static bool same_keys(const struct pair *p)
{
	return !memcmp(&p->client.tx_keys, &p->server.rx_keys,
		       sizeof(p->client.tx_keys)) &&
	       !memcmp(&p->server.tx_keys, &p->client.rx_keys,
		       sizeof(p->client.tx_keys));
}

/* The record that a side sent, in the clear of this test. */
static bool warned(struct pair_side *s)
{
	struct hs_output o;

	return hs_next(s->hs, &o) && o.kind == HS_OUT_RECORD &&
	       o.type == HS_ALERT && o.len == 2 && o.data[0] == 1 &&
	       o.data[1] == HS_ALERT_NO_RENEGOTIATION && !hs_next(s->hs, &o);
}

static void refused(void)
{
	uint8_t before[32], after[32];
	struct pair p;

	setup(&p, HS_RENEGOTIATION_REFUSE, HS_RENEGOTIATION_REFUSE);
	hs_export(p.client.hs, "EXPORTER-x", hs_bytes(NULL, 0), before, 32);
	tap_sub(!hs_record(p.client.hs, HS_HANDSHAKE, hello_request, 4) &&
		warned(&p.client), "HelloRequest");
	/* Its own first flight will do for a ClientHello. */
	tap_sub(!hs_record(p.server.hs, HS_HANDSHAKE, p.client.flight,
			   4 + ((size_t)p.client.flight[2] << 8 |
				p.client.flight[3])) &&
		warned(&p.server), "ClientHello");
	tap_sub(done(&p) && !hs_export(p.client.hs, "EXPORTER-x",
				       hs_bytes(NULL, 0), after, 32) &&
		!memcmp(before, after, 32), "and all is as it was");
	tap_sub(hs_renegotiate(p.client.hs) == HS_ALERT_INTERNAL_ERROR &&
		hs_renegotiate(p.server.hs) == HS_ALERT_INTERNAL_ERROR &&
		done(&p), "hs_renegotiate()");
	pair_free(&p);
	tap_sum("refused by default, with a warning");

	pair_init(&p);
	p.client.config.renegotiation = HS_RENEGOTIATION_ALLOW;
	pair_open(&p);
	pair_run(&p);
	tap_ok(hs_renegotiate(p.client.hs) == HS_ALERT_INTERNAL_ERROR &&
	       done(&p), "TLS 1.3 has none");
	pair_free(&p);
}

static void flood(void)
{
	struct pair p;
	int n = 0;

	setup(&p, HS_RENEGOTIATION_REFUSE, HS_RENEGOTIATION_REFUSE);
	while (n < 1000 &&
	       !hs_record(p.client.hs, HS_HANDSHAKE, hello_request, 4) &&
	       warned(&p.client))
		n++;
	tap_ok(n > 10 && n < 100 && hs_error(p.client.hs)->alert_sent ==
				  HS_ALERT_UNEXPECTED_MESSAGE,
	       "too many HelloRequests (%d) end the connection", n);
	pair_free(&p);
}

static void performed(bool by_client, enum hs_client_auth auth)
{
	struct hs_key_block before;
	struct pair p;

	tap_sub(setup(&p, HS_RENEGOTIATION_ALLOW, HS_RENEGOTIATION_ALLOW),
		"the first");
	/* The classic use: a certificate is asked for later. */
	p.server.config.client_auth = auth;
	p.client.host.identity = host_identity("RSA");
	for (int i = 0; i < 3; i++) {
		before = p.client.tx_keys;
		tap_sub(!hs_renegotiate(by_client ? p.client.hs : p.server.hs),
			"begun");
		run(&p);
		tap_sub(done(&p) && same_keys(&p) &&
			memcmp(&before, &p.client.tx_keys, sizeof(before)),
			"done, with other keys: %s, %s",
			hs_error(p.client.hs)->reason,
			hs_error(p.server.hs)->reason);
		tap_sub(hs_info(p.server.hs)->peer_chain_len ==
			(auth != HS_CLIENT_AUTH_NONE), "who the client is");
		tap_sub(hs_info(p.client.hs)->version == HS_TLS12 &&
			hs_info(p.client.hs)->extended_master_secret, "as before");
	}
	pair_free(&p);
	tap_sum("three times, begun by the %s, client_auth %d",
		by_client ? "client" : "server", auth);
}

/* A client that could have TLS 1.3 keeps what there is. */
static void same_version(void)
{
	struct pair p;

	pair_init(&p);
	p.server.config.max_version = HS_TLS12;
	p.client.config.renegotiation = HS_RENEGOTIATION_ALLOW;
	p.server.config.renegotiation = HS_RENEGOTIATION_ALLOW;
	pair_open(&p);
	pair_run(&p);
	tap_sub(!hs_renegotiate(p.client.hs), "begun");
	run(&p);
	tap_sub(done(&p) && hs_info(p.client.hs)->version == HS_TLS12, "done");
	pair_free(&p);
	tap_sum("a renegotiation keeps the version");
}

/* RFC 8446 4.1.3: a ServerHello of TLS 1.3 is no answer to a renegotiation. */
static bool newer(struct pair *p, struct pair_side *from, uint8_t *message,
		  size_t *len, size_t room)
{
	static const struct edit version = {
		.op = EDIT_EXT, .arg = HS_EXT_SUPPORTED_VERSIONS,
		.body = "\3\4", .len = 2,
	};

	(void)p;
	(void)from;
	(void)room;
	if (message[0] == HS_MT_SERVER_HELLO)
		edit_apply(&version, message, len);
	return true;
}

static void newer_version(void)
{
	struct pair p;

	setup(&p, HS_RENEGOTIATION_ALLOW, HS_RENEGOTIATION_ALLOW);
	p.tamper = newer;
	hs_renegotiate(p.client.hs);
	run(&p);
	tap_ok(pair_alert(&p.client) == HS_ALERT_PROTOCOL_VERSION,
	       "a server that answers it with TLS 1.3 (RFC 8446 4.1.3)");
	pair_free(&p);
}

static void one_sided(void)
{
	struct pair p;

	setup(&p, HS_RENEGOTIATION_REFUSE, HS_RENEGOTIATION_ALLOW);
	tap_sub(!hs_renegotiate(p.server.hs), "begun");
	run(&p);
	tap_sub(done(&p), "a client that does not want to");
	pair_free(&p);
	setup(&p, HS_RENEGOTIATION_ALLOW, HS_RENEGOTIATION_REFUSE);
	tap_sub(!hs_renegotiate(p.client.hs), "begun");
	run(&p);
	tap_sub(hs_state(p.client.hs) == HS_FAILED &&
		hs_error(p.client.hs)->alert_received ==
			HS_ALERT_NO_RENEGOTIATION &&
		hs_error(p.client.hs)->level == 1, "a server that does not");
	pair_free(&p);
	tap_sum("when one side does not want to");
}

static bool apply(struct pair *p, struct pair_side *from, uint8_t *message,
		  size_t *len, size_t room)
{
	const struct edit *e = p->tamper_arg;

	(void)from;
	(void)room;
	if (message[0] == e->message)
		edit_apply(e, message, len);
	return true;
}

/* RFC 5746 3.1, 3.5, 3.7: what was kept of the first handshake is what the second
 * hellos have to say. */
static void binding(void)
{
	static const struct edit rows[] = {
		{ "a ClientHello of a first handshake", "RFC 5746 3.7",
		  HS_MT_CLIENT_HELLO, EDIT_EXT, HS_EXT_RENEGOTIATION_INFO,
		  B("\0"), HS_ALERT_HANDSHAKE_FAILURE, 0, 0 },
		{ "a ClientHello of another one", "RFC 5746 3.7", HS_MT_CLIENT_HELLO,
		  EDIT_EXT, HS_EXT_RENEGOTIATION_INFO, B("\14abcdefghijkl"),
		  HS_ALERT_HANDSHAKE_FAILURE, 0, 0 },
		{ "a ClientHello without it", "RFC 5746 3.7", HS_MT_CLIENT_HELLO,
		  EDIT_NO_EXT, HS_EXT_RENEGOTIATION_INFO, B(""),
		  HS_ALERT_HANDSHAKE_FAILURE, 0, 0 },
		{ "the SCSV", "RFC 5746 3.7", HS_MT_CLIENT_HELLO, EDIT_SUITES, 0,
		  B("\xc0\x2b\0\xff"), HS_ALERT_HANDSHAKE_FAILURE, 0, 0 },
		{ "a ServerHello of a first handshake", "RFC 5746 3.5",
		  HS_MT_SERVER_HELLO, EDIT_EXT, HS_EXT_RENEGOTIATION_INFO,
		  B("\0"), HS_ALERT_HANDSHAKE_FAILURE, 0, 0 },
		{ "a ServerHello of another one", "RFC 5746 3.5", HS_MT_SERVER_HELLO,
		  EDIT_EXT, HS_EXT_RENEGOTIATION_INFO,
		  B("\30abcdefghijklmnopqrstuvwx"),
		  HS_ALERT_HANDSHAKE_FAILURE, 0, 0 },
		{ "a ServerHello without it", "RFC 5746 3.5", HS_MT_SERVER_HELLO,
		  EDIT_NO_EXT, HS_EXT_RENEGOTIATION_INFO, B(""),
		  HS_ALERT_HANDSHAKE_FAILURE, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool client = rows[i].message == HS_MT_CLIENT_HELLO;
		struct pair p;

		setup(&p, HS_RENEGOTIATION_ALLOW, HS_RENEGOTIATION_ALLOW);
		p.tamper = apply;
		p.tamper_arg = (void *)(uintptr_t)&rows[i];
		hs_renegotiate(p.client.hs);
		run(&p);
		tap_sub(pair_alert(client ? &p.server : &p.client) ==
				rows[i].alert, "%s (%s): %d", rows[i].what,
			rows[i].section,
			pair_alert(client ? &p.server : &p.client));
		pair_free(&p);
	}
	tap_sum("bound to the handshake before");
}

/* The attack of 2009: a victim's first ClientHello is passed on as a second one
 * of the attacker's. */
static void spliced(void)
{
	struct pair attacker, victim;

	setup(&attacker, HS_RENEGOTIATION_ALLOW, HS_RENEGOTIATION_ALLOW);
	pair_init(&victim);
	victim.client.config.max_version = HS_TLS12;
	pair_open(&victim);
	pair_start(&victim);
	tap_ok(hs_record(attacker.server.hs, HS_HANDSHAKE,
			 victim.client.queue[0].data,
			 victim.client.queue[0].len) ==
		       HS_ALERT_HANDSHAKE_FAILURE,
	       "a victim's ClientHello spliced into a connection");
	pair_free(&attacker);
	pair_free(&victim);
}

static void other_certificate(void)
{
	struct pair p;

	setup(&p, HS_RENEGOTIATION_ALLOW, HS_RENEGOTIATION_ALLOW);
	p.server.host.identity = host_identity("P-384");
	hs_renegotiate(p.client.hs);
	run(&p);
	tap_ok(pair_alert(&p.client) == HS_ALERT_ILLEGAL_PARAMETER,
	       "a server that shows another certificate");
	pair_free(&p);
}

/* RFC 7366 3.1. */
static void etm_lost(void)
{
	static const uint16_t cbc = HS_ECDHE_ECDSA_AES_128_CBC_SHA;
	struct pair p;

	pair_init(&p);
	p.client.config.cipher_suites = p.server.config.cipher_suites = &cbc;
	p.client.config.cipher_suites_len = 1;
	p.server.config.cipher_suites_len = 1;
	p.client.config.renegotiation = HS_RENEGOTIATION_ALLOW;
	p.server.config.renegotiation = HS_RENEGOTIATION_ALLOW;
	pair_open(&p);
	tap_sub(pair_run(&p) && hs_info(p.client.hs)->encrypt_then_mac, "first");
	p.client.config.no_encrypt_then_mac = true;
	hs_renegotiate(p.client.hs);
	run(&p);
	tap_sub(pair_alert(&p.client) == HS_ALERT_HANDSHAKE_FAILURE, "refused");
	pair_free(&p);
	tap_sum("encrypt_then_mac is not taken back");
}

static void ems_lost(void)
{
	static const struct edit rows[] = {
		{ "a ClientHello without it", "", HS_MT_CLIENT_HELLO, EDIT_NO_EXT,
		  HS_EXT_EXTENDED_MASTER_SECRET, B(""),
		  HS_ALERT_HANDSHAKE_FAILURE, 0, 0 },
		{ "a ServerHello without it", "", HS_MT_SERVER_HELLO,
		  EDIT_NO_EXT, HS_EXT_EXTENDED_MASTER_SECRET, B(""),
		  HS_ALERT_HANDSHAKE_FAILURE, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool client = rows[i].message == HS_MT_CLIENT_HELLO;
		struct pair p;

		setup(&p, HS_RENEGOTIATION_ALLOW, HS_RENEGOTIATION_ALLOW);
		p.client.config.ems_optional = true;
		p.server.config.ems_optional = true;
		p.tamper = apply;
		p.tamper_arg = (void *)(uintptr_t)&rows[i];
		hs_renegotiate(p.client.hs);
		run(&p);
		tap_sub(pair_alert(client ? &p.server : &p.client) ==
				rows[i].alert, "%s", rows[i].what);
		pair_free(&p);
	}
	tap_sum("extended_master_secret is not taken back, where it is optional");
}

/* Who resumed has seen no certificate yet. */
static void behind_resumption(void)
{
	struct pair p;

	setup(&p, HS_RENEGOTIATION_ALLOW, HS_RENEGOTIATION_ALLOW);
	p.session = hs_session_made(p.client.hs);
	pair_close(&p);
	tap_sub(pair_open(&p) && pair_run(&p) &&
		hs_info(p.client.hs)->resumed, "resumed");
	hs_renegotiate(p.client.hs);
	p.client.host.verified = 0;
	run(&p);
	tap_sub(done(&p) && same_keys(&p) && !hs_info(p.client.hs)->resumed &&
		hs_info(p.client.hs)->peer_chain_len == 1 &&
		p.client.host.verified == 1, "and then a full handshake: %s",
		hs_error(p.client.hs)->reason);
	hs_renegotiate(p.client.hs);
	p.server.host.identity = host_identity("P-384");
	run(&p);
	tap_sub(pair_alert(&p.client) == HS_ALERT_ILLEGAL_PARAMETER,
		"whose certificate stays");
	pair_free(&p);
	tap_sum("behind a resumption");
}

/* RFC 7627 5.4: a session that is resumed without an extended master secret could be
 * two peers' at once. */
static void behind_weak_resumption(void)
{
	struct pair p;

	setup(&p, HS_RENEGOTIATION_ALLOW, HS_RENEGOTIATION_ALLOW);
	p.session = hs_session_made(p.client.hs);
	pair_close(&p);
	tap_sub(pair_open(&p) && pair_run(&p) &&
		hs_info(p.client.hs)->resumed, "resumed");
	p.client.hs->info.extended_master_secret = false;
	p.server.hs->info.extended_master_secret = false;
	tap_sub(hs_renegotiate(p.client.hs) == HS_ALERT_INTERNAL_ERROR &&
		hs_renegotiate(p.server.hs) == HS_ALERT_INTERNAL_ERROR,
		"not begun");
	tap_sub(!hs_record(p.client.hs, HS_HANDSHAKE, hello_request, 4) &&
		warned(&p.client), "and refused");
	tap_sub(done(&p), "the connection goes on");
	pair_free(&p);
	tap_sum("behind a resumption without extended_master_secret there is none");
}

/* Before the handshake is over a HelloRequest says nothing, and is in no
 * transcript: RFC 5246 7.4.1.1. */
static bool request_first(struct pair *p, struct pair_side *from,
			  uint8_t *message, size_t *len, size_t room)
{
	(void)room;
	if (from == &p->client || message[0] == HS_MT_SERVER_HELLO)
		return true;
	memmove(message + 4, message, *len);
	memcpy(message, hello_request, 4);
	*len += 4;
	return true;
}

static void passed_over(void)
{
	struct pair p;

	pair_init(&p);
	p.client.config.max_version = HS_TLS12;
	p.tamper = request_first;
	pair_open(&p);
	tap_ok(pair_run(&p), "HelloRequests in the middle of a handshake");
	pair_free(&p);
}

int main(void)
{
	refused();
	flood();
	performed(true, HS_CLIENT_AUTH_NONE);
	performed(false, HS_CLIENT_AUTH_NONE);
	performed(false, HS_CLIENT_AUTH_REQUIRE);
	same_version();
	newer_version();
	one_sided();
	binding();
	spliced();
	other_certificate();
	etm_lost();
	ems_lost();
	behind_resumption();
	behind_weak_resumption();
	passed_over();
	host_exit();
	return tap_done();
}
