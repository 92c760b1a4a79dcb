// SPDX-License-Identifier: Apache-2.0
/* TLS 1.2: what a session stands for when it is resumed: the client's certificate, and
 * the extended master secret (RFC 7627 5.3, 5.4). */
#include "daemon/engine/ext.h"
#include "edit.h"
#include "session12.h"
#include "tap.h"

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
	session12_keep(p);
	pair_close(p);
	return good;
}

/* A session has the client's chain, which is verified again each time. */
static void client_certificate(enum session12_form form)
{
	struct pair p;

	session12_setup(&p, form);
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
	tap_sum("%s: a client with a certificate", session12_forms[form]);
}

/* Who had none resumes as nobody, and not where one is required by now. */
static void no_certificate(enum session12_form form)
{
	struct pair p;

	session12_setup(&p, form);
	ask(&p, HS_CLIENT_AUTH_REQUEST, NULL);
	tap_sub(known(&p, false, NULL) && known(&p, true, NULL), "as nobody");
	ask(&p, HS_CLIENT_AUTH_REQUIRE, "P-256");
	tap_sub(known(&p, false, "P-256"), "a certificate is required");
	pair_free(&p);
	tap_sum("%s: a client that was asked and had no certificate",
		session12_forms[form]);
}

/* ... that is too long for a session: the next handshake is a full one. */
static void long_chain(enum session12_form form)
{
	struct host_identity heavy = *host_identity("RSA");
	struct pair p;

	for (size_t i = 1; i < HOST_CHAIN_MAX; i++)
		heavy.chain[i] = heavy.chain[0];
	heavy.cert.chain = heavy.chain;
	heavy.cert.chain_len = HOST_CHAIN_MAX;
	session12_setup(&p, form);
	ask(&p, HS_CLIENT_AUTH_REQUIRE, NULL);
	p.client.host.identity = &heavy;
	tap_sub(session12_handshake(&p, false), "the first");
	tap_sub(!host_sessions() && (form == SESSION12_BY_ID || !p.session), "not kept");
	tap_sub(session12_handshake(&p, false), "nor resumed");
	pair_free(&p);
	tap_sum("%s: a chain that is too long", session12_forms[form]);
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

/* RFC 7627 5.4: none for a client with a certificate without the extended master
 * secret. */
static void certificate_without_ems(void)
{
	for (int asked = 0; asked < 2; asked++) {
		struct pair p;

		session12_setup(&p, SESSION12_BY_ID);
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

/* RFC 7627 5.3: a session with it is never resumed without, by either side. */
static void ems_lost(enum session12_form form, bool server)
{
	struct pair p;

	session12_setup(&p, form);
	p.client.config.ems_optional = p.server.config.ems_optional = true;
	tap_sub(session12_handshake(&p, false), "the first");
	p.tamper = drop_ems;
	p.tamper_arg = server ? &p.client : &p.server;
	pair_open(&p);
	pair_run(&p);
	tap_sub(pair_alert(server ? &p.server : &p.client) ==
			HS_ALERT_HANDSHAKE_FAILURE, "refused");
	pair_free(&p);
	tap_sum("%s: a session with extended_master_secret, a %s without",
		session12_forms[form], server ? "ClientHello" : "ServerHello");
}

/* A session from before: not for who insists, and made anew otherwise. */
static void ems_gained(bool optional)
{
	struct pair p;

	session12_setup(&p, SESSION12_BY_ID);
	p.client.config.ems_optional = p.server.config.ems_optional = optional;
	tap_sub(session12_handshake(&p, false), "the first");
	p.session->extended_master_secret = false;
	((uint8_t *)(uintptr_t)host_session_state().data)[3] = 0;
	tap_sub(session12_handshake(&p, false) && p.session->extended_master_secret,
		"a full handshake, with it");
	pair_free(&p);
	tap_sum("a session without extended_master_secret, %s",
		optional ? "optional" : "required");
}

int main(void)
{
	for (enum session12_form f = SESSION12_BY_TICKET; f <= SESSION12_BY_ID; f++) {
		ems_lost(f, true);
		ems_lost(f, false);
		client_certificate(f);
		no_certificate(f);
		long_chain(f);
	}
	certificate_without_ems();
	ems_gained(true);
	ems_gained(false);
	host_exit();
	return tap_done();
}
