// SPDX-License-Identifier: Apache-2.0
/*
 * resume13: what a session of TLS 1.3 says about its client when it is resumed
 * (RFC 8446 2.2): the certificate that was shown, or that none was; and that it goes
 * without a key exchange.
 */
#include <string.h>

#include "pair.h"
#include "tap.h"

static bool runs(struct pair *p)
{
	return pair_open(p) && pair_run(p);
}

/* A session goes without a key exchange too, if both like it so. */
static void resumed_alone(void)
{
	static const uint16_t x25519 = HS_GROUP_X25519, p256 = HS_GROUP_SECP256R1;
	const struct hs_secret *tx, *rx;
	struct pair p;

	pair_init(&p);
	runs(&p);
	pair_close(&p);
	tx = &p.client.tx;
	rx = &p.server.rx;
	p.client.config.groups = &x25519;
	p.server.config.groups = &p256;
	p.client.config.groups_len = p.server.config.groups_len = 1;
	p.client.config.psk_ke = p.server.config.psk_ke = true;
	tap_ok(runs(&p) && hs_info(p.client.hs)->resumed &&
	       hs_info(p.client.hs)->psk_ke && hs_info(p.server.hs)->psk_ke &&
	       !hs_info(p.server.hs)->group &&
	       tx->len && tx->len == rx->len &&
	       !memcmp(tx->bytes, rx->bytes, tx->len),
	       "a session is resumed without a key exchange (4.2.9)");
	pair_free(&p);
}

static void ask(struct pair *p, enum hs_client_auth auth, const char *kind)
{
	pair_init(p);
	p->server.config.client_auth = auth;
	p->client.host.identity = kind ? host_identity(kind) : NULL;
}

static bool again(struct pair *p)
{
	pair_close(p);
	p->server.host.verified = p->client.host.selected = 0;
	return runs(p);
}

static bool shows(struct pair *p, const char *kind)
{
	const struct hs_info *i = hs_info(p->server.hs);

	return i->peer_chain_len == 1 &&
	       hs_bytes_equal(i->peer_chain[0], host_identity(kind)->chain[0]);
}

/* What a ticket says about the client. */
static void client_auth(void)
{
	struct pair p;

	ask(&p, HS_CLIENT_AUTH_REQUIRE, "P-256");
	tap_ok(runs(&p) && again(&p) && hs_info(p.server.hs)->resumed &&
	       shows(&p, "P-256") && p.server.host.verified == 1 &&
	       !p.client.host.selected && !hs_info(p.client.hs)->peer_chain_len,
	       "a client with a certificate resumes; the server verifies the chain again");
	tap_ok(again(&p) && hs_info(p.server.hs)->resumed && shows(&p, "P-256"),
	       "... and the session of that session has it too");
	p.server.host.chain_alert = HS_ALERT_CERTIFICATE_EXPIRED;
	pair_close(&p);
	pair_open(&p);
	pair_run(&p);
	tap_ok(!hs_info(p.server.hs)->resumed &&
	       pair_alert(&p.server) == HS_ALERT_CERTIFICATE_EXPIRED,
	       "a chain that is not trusted any more: a full handshake, which says so");
	pair_free(&p);

	ask(&p, HS_CLIENT_AUTH_REQUEST, NULL);
	tap_ok(runs(&p) && again(&p) && hs_info(p.server.hs)->resumed &&
	       !hs_info(p.server.hs)->peer_chain_len,
	       "a client that was asked and had none resumes as nobody");
	p.server.config.client_auth = HS_CLIENT_AUTH_REQUIRE;
	p.client.host.identity = host_identity("P-256");
	tap_ok(again(&p) && !hs_info(p.server.hs)->resumed && shows(&p, "P-256"),
	       "... but not where a certificate is required by now");
	p.server.config.client_auth = HS_CLIENT_AUTH_NONE;
	tap_ok(again(&p) && !hs_info(p.server.hs)->resumed &&
	       !hs_info(p.server.hs)->peer_chain_len,
	       "who was asked does not resume where nobody is asked");
	p.server.config.client_auth = HS_CLIENT_AUTH_REQUEST;
	tap_ok(again(&p) && !hs_info(p.server.hs)->resumed && shows(&p, "P-256"),
	       "who was not asked does not resume where everybody is asked");
	pair_free(&p);
}

static void too_long(void)
{
	static struct host_identity heavy;
	struct pair p;

	heavy = *host_identity("RSA");
	for (size_t i = 1; i < HOST_CHAIN_MAX; i++)
		heavy.chain[i] = heavy.chain[0];
	heavy.cert.chain = heavy.chain;
	heavy.cert.chain_len = HOST_CHAIN_MAX;
	ask(&p, HS_CLIENT_AUTH_REQUIRE, NULL);
	p.client.host.identity = &heavy;
	tap_ok(runs(&p) && !p.tickets && again(&p) &&
	       !hs_info(p.server.hs)->resumed,
	       "a chain that is too long for a ticket: none is sent");
	pair_free(&p);
}

int main(void)
{
	resumed_alone();
	client_auth();
	too_long();
	host_exit();
	return tap_done();
}
