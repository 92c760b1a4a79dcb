// SPDX-License-Identifier: Apache-2.0
/* TLS 1.2: resumption by session ID and by ticket: that it works, what it hangs
 * on, and what becomes of a session when something goes wrong. */
#include <stdlib.h>
#include <string.h>

#include "daemon/engine/ext.h"
#include "edit.h"
#include "tap.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

enum form { BY_TICKET, BY_ID };

static const char *const form_names[] = { "by ticket", "by session ID" };

static const uint16_t aes256 = HS_ECDHE_ECDSA_AES_256_GCM_SHA384;

static void setup(struct pair *p, enum form form)
{
	pair_init(p);
	host_sessions_clear();
	p->client.config.max_version = HS_TLS12;
	p->server.config.tickets = form == BY_TICKET ? 2 : 0;
}

static void keep(struct pair *p)
{
	struct hs_session *s = hs_session_made(p->client.hs);

	hs_session_free(p->session);
	p->session = s;
}

/* A handshake; the session that comes of it is for the next one. */
static bool handshake(struct pair *p, bool resumed)
{
	bool good = pair_open(p) && pair_run(p) &&
		    hs_info(p->client.hs)->resumed == resumed &&
		    hs_info(p->server.hs)->resumed == resumed &&
		    hs_info(p->client.hs)->peer_chain_len == !resumed &&
		    !memcmp(&p->client.tx_keys, &p->server.rx_keys,
			    sizeof(p->client.tx_keys)) &&
		    !memcmp(&p->server.tx_keys, &p->client.rx_keys,
			    sizeof(p->client.tx_keys));

	if (!good)
		tap_note("client: %s (%s); server: %s (%s)",
			 hs_error(p->client.hs)->reason,
			 hs_state_name(p->client.hs),
			 hs_error(p->server.hs)->reason,
			 hs_state_name(p->server.hs));
	keep(p);
	pair_close(p);
	return good;
}

static void again_and_again(enum form form)
{
	struct hs_key_block before, after;
	struct pair p;

	setup(&p, form);
	tap_sub(handshake(&p, false), "the first");
	for (int i = 0; i < 3; i++) {
		before = p.client.tx_keys;
		tap_sub(p.session && hs_session_version(p.session) == HS_TLS12,
			"a session");
		tap_sub(handshake(&p, true), "resumed, %d", i);
		after = p.client.tx_keys;
		tap_sub(memcmp(&before, &after, sizeof(before)),
			"new keys each time");
	}
	tap_sub(host_sessions() == (form == BY_ID), "%zu in the cache",
		host_sessions());
	pair_free(&p);
	tap_sum("resumed three times %s", form_names[form]);
}

static void ask(struct pair *p, enum hs_client_auth auth, const char *kind)
{
	p->server.config.client_auth = auth;
	p->client.host.identity = kind ? host_identity(kind) : NULL;
	p->server.host.verified = 0;
}

/* Done as wanted, and the server knows the client by this certificate. */
static bool known(struct pair *p, bool resumed, const char *kind)
{
	const struct hs_info *i;
	bool good;

	p->server.host.verified = 0;
	pair_open(p);
	good = pair_run(p);
	i = hs_info(p->server.hs);
	good = good && i->resumed == resumed &&
	       hs_info(p->client.hs)->resumed == resumed &&
	       i->peer_chain_len == (kind ? 1 : 0) &&
	       p->server.host.verified == i->peer_chain_len &&
	       (!kind || hs_bytes_equal(i->peer_chain[0],
					host_identity(kind)->chain[0]));
	if (!good)
		tap_note("server: %s, resumed: %d, chain of %zu",
			 hs_error(p->server.hs)->reason, i->resumed,
			 i->peer_chain_len);
	keep(p);
	pair_close(p);
	return good;
}

/* A session has the client's chain, which is verified again each time. */
static void client_certificate(enum form form)
{
	struct pair p;

	setup(&p, form);
	ask(&p, HS_CLIENT_AUTH_REQUIRE, "P-256");
	tap_sub(known(&p, false, "P-256"), "shown");
	ask(&p, HS_CLIENT_AUTH_REQUIRE, NULL);
	tap_sub(known(&p, true, "P-256") && known(&p, true, "P-256"),
		"resumed, without being shown again");
	p.server.config.client_auth = HS_CLIENT_AUTH_REQUEST;
	tap_sub(known(&p, true, "P-256"), "where it is only asked for");
	p.server.host.chain_alert = HS_ALERT_CERTIFICATE_REVOKED;
	p.client.host.identity = host_identity("RSA");
	pair_open(&p);
	tap_sub(!pair_run(&p) && !hs_info(p.server.hs)->resumed &&
		pair_alert(&p.server) == HS_ALERT_CERTIFICATE_REVOKED &&
		p.server.host.verified >= 2, "trusted no more");
	pair_close(&p);
	p.server.host.chain_alert = 0;
	ask(&p, HS_CLIENT_AUTH_NONE, NULL);
	tap_sub(known(&p, false, NULL), "nobody is asked");
	ask(&p, HS_CLIENT_AUTH_REQUEST, "RSA");
	tap_sub(known(&p, false, "RSA"), "who was not asked is now");
	pair_free(&p);
	tap_sum("%s: a client with a certificate", form_names[form]);
}

/* Who had none resumes as nobody, and not where one is required by now. */
static void no_certificate(enum form form)
{
	struct pair p;

	setup(&p, form);
	ask(&p, HS_CLIENT_AUTH_REQUEST, NULL);
	tap_sub(known(&p, false, NULL) && known(&p, true, NULL), "as nobody");
	ask(&p, HS_CLIENT_AUTH_REQUIRE, "P-256");
	tap_sub(known(&p, false, "P-256"), "a certificate is required");
	pair_free(&p);
	tap_sum("%s: a client that was asked and had no certificate",
		form_names[form]);
}

/* ... that is too long for a session: the next handshake is a full one. */
static void long_chain(enum form form)
{
	struct host_identity heavy = *host_identity("RSA");
	struct pair p;

	for (size_t i = 1; i < HOST_CHAIN_MAX; i++)
		heavy.chain[i] = heavy.chain[0];
	heavy.cert.chain = heavy.chain;
	heavy.cert.chain_len = HOST_CHAIN_MAX;
	setup(&p, form);
	ask(&p, HS_CLIENT_AUTH_REQUIRE, NULL);
	p.client.host.identity = &heavy;
	tap_sub(handshake(&p, false), "the first");
	tap_sub(!host_sessions() && (form == BY_ID || !p.session), "not kept");
	tap_sub(handshake(&p, false), "nor resumed");
	pair_free(&p);
	tap_sum("%s: a chain that is too long", form_names[form]);
}

static bool drop_ems(struct pair *p, struct pair_side *from, uint8_t *message,
		     size_t *len, size_t room);

/* RFC 7627 5.4: none for a client with a certificate without the extended master
 * secret. */
static void certificate_without_ems(void)
{
	for (int asked = 0; asked < 2; asked++) {
		struct pair p;

		setup(&p, BY_ID);
		p.client.config.ems_optional = true;
		p.server.config.ems_optional = true;
		ask(&p, asked ? HS_CLIENT_AUTH_REQUEST : HS_CLIENT_AUTH_NONE,
		    NULL);
		p.tamper = drop_ems;
		p.tamper_arg = &p.client;
		pair_open(&p);
		pair_start(&p);
		pair_step(&p);
		tap_sub(p.server.hs->session_id_len == (asked ? 0 : 32), "%d",
			asked);
		pair_free(&p);
	}
	tap_sum("a certificate without extended_master_secret makes no session");
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

static void full_again(enum form form)
{
	for (int reason = 0; reason <= 8; reason++) {
		struct pair p;

		setup(&p, form);
		p.client.host.now_ms = p.server.host.now_ms = 1000000;
		p.client.config.cipher_suites = NULL;
		tap_sub(handshake(&p, false), "the first");
		no_more(&p, reason);
		tap_sub(handshake(&p, reason == 8), "reason %d", reason);
		pair_free(&p);
	}
	tap_sum("%s: what makes a full handshake of it", form_names[form]);
}

/* For another server name a session is not offered, and not taken. */
static void other_name(enum form form)
{
	struct pair p;

	setup(&p, form);
	tap_sub(handshake(&p, false), "the first");
	strcpy(p.session->server_name, "other");
	tap_sub(handshake(&p, false), "the client's is for another name");
	pair_free(&p);

	setup(&p, form);
	tap_sub(handshake(&p, false), "the first");
	pair_open(&p);
	hs_set_server_name(p.client.hs, "other", 5);
	strcpy(p.client.hs->session12->server_name, "other");
	tap_sub(pair_run(&p) && !hs_info(p.server.hs)->resumed,
		"the server's is for another name");
	pair_free(&p);
	tap_sum("%s: for one server name", form_names[form]);
}

static void altered_ticket(void)
{
	struct pair p;

	setup(&p, BY_TICKET);
	tap_sub(handshake(&p, false), "the first");
	for (size_t at = 0; at < 3; at++) {
		struct hs_session *good = hs_session_copy(p.session);
		size_t where[] = { 0, p.session->ticket_len / 2,
				   p.session->ticket_len - 1 };

		p.session->ticket[where[at]] ^= 1;
		tap_sub(handshake(&p, false), "byte %zu", where[at]);
		hs_session_free(p.session);
		p.session = good;
	}
	tap_sub(handshake(&p, true), "unaltered");
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

	setup(&p, BY_TICKET);
	host.ticket_seal = no_seal;
	p.server.config.host = &host;
	tap_ok(handshake(&p, false) && !p.session,
	       "a ticket that can't be sealed is an empty one");
	pair_free(&p);
}

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

	setup(&p, BY_ID);
	tap_sub(handshake(&p, false) && host_sessions() == 1, "the first");
	p.tamper = flip_finished;
	p.tamper_arg = sent ? &p.client : &p.server;
	pair_open(&p);
	tap_sub(!pair_run(&p) &&
		pair_alert(sent ? &p.server : &p.client) ==
			HS_ALERT_DECRYPT_ERROR && !host_sessions() &&
		!hs_session_made(p.client.hs), "gone");
	pair_close(&p);
	p.tamper = NULL;
	tap_sub(handshake(&p, false), "and not resumed");
	pair_free(&p);
	tap_sum("a fatal alert that was %s ends the session",
		sent ? "sent" : "received");
}

/* One after the handshake, from whoever keeps the handle. */
static void later_alert(void)
{
	static const uint8_t alert[] = { 2, HS_ALERT_BAD_RECORD_MAC };
	struct pair p;

	setup(&p, BY_ID);
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

	setup(&p, BY_ID);
	pair_open(&p);
	pair_run(&p);
	keep(&p);
	tap_sub(hs_record(p.server.hs, HS_ALERT, close_notify, 2) ==
			HS_ALERT_NONE &&
		hs_error(p.server.hs)->alert_received ==
			HS_ALERT_CLOSE_NOTIFY, "told");
	tap_sub(host_sessions() == 1, "the session is there");
	pair_close(&p);
	tap_sub(handshake(&p, true), "and resumed");
	pair_free(&p);
	tap_sum("a close_notify after the handshake leaves the session");
}

/* RFC 5077 5.1: a server can't forget a ticket, so the client does: of a handshake
 * that failed, or a connection that ended in a fatal alert, there is no session. */
static void no_session_of_a_failure(enum form form)
{
	static const uint8_t fatal[] = { 2, HS_ALERT_BAD_RECORD_MAC };
	struct pair p;

	setup(&p, form);
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
	tap_sum("%s: no session comes of a fatal alert", form_names[form]);
}

/* RFC 5077 5.6: the hint is for how long the server takes the ticket, and by
 * RFC 5246 F.1.4 that is a day at most. A resumption makes it no longer. */
static void lifetimes(enum form form)
{
	static const uint64_t rows[][2] = {
		{ 60, 60 }, { 86400, 86400 }, { 604800, 86400 },
	};

	for (size_t i = 0; i < N(rows); i++) {
		struct pair p;

		setup(&p, form);
		p.client.host.now_ms = p.server.host.now_ms = 1000000;
		p.server.config.ticket_lifetime = (uint32_t)rows[i][0];
		tap_sub(handshake(&p, false), "row %zu: the first", i);
		tap_sub(form == BY_ID || p.session->lifetime == rows[i][1],
			"row %zu: the hint", i);
		p.client.host.now_ms += rows[i][1] * 1000 - 1;
		p.server.host.now_ms += rows[i][1] * 1000 - 1;
		tap_sub(handshake(&p, true), "row %zu: to the last moment", i);
		/* The client's clock is late. */
		p.server.host.now_ms += 1;
		tap_sub(handshake(&p, false), "row %zu: and no longer", i);
		pair_free(&p);
	}
	tap_sum("%s: as long as the server says, and a day at most",
		form_names[form]);
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

	setup(&p, BY_TICKET);
	tap_sub(handshake(&p, false), "the first");
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

	setup(&p, BY_ID);
	tap_sub(handshake(&p, false) && p.session->id_len == 32, "the first");
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

/* Who answers for an open connection knows which session to drop. */
static void names_its_session(enum form form)
{
	uint8_t first[32] = { 0 };
	struct hs_bytes id;
	struct pair p;

	setup(&p, form);
	for (int i = 0; i < 2; i++) {
		tap_sub(pair_open(&p) && pair_run(&p) &&
			hs_info(p.server.hs)->resumed == (i == 1), "%d", i);
		id = hs_session_id(p.server.hs);
		tap_sub(id.len == (form == BY_ID ? sizeof(first) : 0),
			"%zu bytes", id.len);
		if (i == 0 && id.len == sizeof(first))
			memcpy(first, id.data, id.len);
		tap_sub(!id.len || !memcmp(id.data, first, id.len), "the same");
		tap_sub(!hs_session_id(p.client.hs).len, "none at the client");
		keep(&p);
		pair_close(&p);
	}
	pair_free(&p);
	tap_sum("%s: what session_put has of a connection", form_names[form]);
}

static bool drop_ems(struct pair *p, struct pair_side *from, uint8_t *message,
		     size_t *len, size_t room)
{
	static const struct edit without = {
		.op = EDIT_NO_EXT, .arg = HS_EXT_EXTENDED_MASTER_SECRET,
	};

	(void)room;
	if (from == p->tamper_arg && message[0] <= HS_MT_SERVER_HELLO)
		edit_apply(&without, message, len);
	return true;
}

/* RFC 7627 5.3: a session with it is never resumed without, by either side. */
static void ems_lost(enum form form, bool server)
{
	struct pair p;

	setup(&p, form);
	p.client.config.ems_optional = p.server.config.ems_optional = true;
	tap_sub(handshake(&p, false), "the first");
	p.tamper = drop_ems;
	p.tamper_arg = server ? &p.client : &p.server;
	pair_open(&p);
	pair_run(&p);
	tap_sub(pair_alert(server ? &p.server : &p.client) ==
			HS_ALERT_HANDSHAKE_FAILURE, "refused");
	pair_free(&p);
	tap_sum("%s: a session with extended_master_secret, a %s without",
		form_names[form], server ? "ClientHello" : "ServerHello");
}

/* A session from before: not for who insists, and made anew otherwise. */
static void ems_gained(bool optional)
{
	struct pair p;

	setup(&p, BY_ID);
	p.client.config.ems_optional = p.server.config.ems_optional = optional;
	tap_sub(handshake(&p, false), "the first");
	p.session->extended_master_secret = false;
	((uint8_t *)(uintptr_t)host_session_state().data)[3] = 0;
	tap_sub(handshake(&p, false) && p.session->extended_master_secret,
		"a full handshake, with it");
	pair_free(&p);
	tap_sum("a session without extended_master_secret, %s",
		optional ? "optional" : "required");
}

static void packed(enum form form)
{
	uint8_t a[8192], b[8192];
	struct hs_session *copy;
	struct pair p;
	size_t len;

	setup(&p, form);
	p.client.config.alpn = p.server.config.alpn = hs_bytes("\2h2", 3);
	tap_sub(handshake(&p, false), "the first");
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
	tap_sub(copy && handshake(&p, true), "resumed with it");
	pair_free(&p);
	tap_sum("%s: a session packed and unpacked", form_names[form]);
}

/* A server that has TLS 1.3 as well: the session is not for that. */
static void newer_version(enum form form)
{
	struct pair p;

	setup(&p, form);
	tap_sub(handshake(&p, false), "with TLS 1.2");
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
	tap_sum("%s: offered beside TLS 1.3", form_names[form]);
}

/* Offered by a client of both versions, taken by a server of one. */
static void both_versions(enum form form)
{
	struct pair p;

	setup(&p, form);
	p.client.config.max_version = 0;
	p.server.config.max_version = HS_TLS12;
	tap_ok(handshake(&p, false) && handshake(&p, true),
	       "%s: by a client that offers TLS 1.3 too", form_names[form]);
	pair_free(&p);
}

int main(void)
{
	for (int form = BY_TICKET; form <= BY_ID; form++) {
		again_and_again((enum form)form);
		full_again((enum form)form);
		other_name((enum form)form);
		ems_lost((enum form)form, true);
		ems_lost((enum form)form, false);
		packed((enum form)form);
		no_session_of_a_failure((enum form)form);
		lifetimes((enum form)form);
		client_certificate((enum form)form);
		no_certificate((enum form)form);
		long_chain((enum form)form);
		newer_version((enum form)form);
		both_versions((enum form)form);
		names_its_session((enum form)form);
	}
	altered_ticket();
	empty_ticket();
	fatal_alert(true);
	fatal_alert(false);
	later_alert();
	closed();
	certificate_without_ems();
	id_beside_ticket();
	ticket_goes_first();
	ems_gained(true);
	ems_gained(false);
	host_exit();
	return tap_done();
}
