// SPDX-License-Identifier: Apache-2.0
/* scene: the handshakes that the fuzzers begin with. */
#include <string.h>

#include "daemon/compress.h"
#include "scene.h"
#include "steady.h"

enum {
	TLS12 = 1, SESSION = 2, BY_ID = 4, RETRY = 8, CLIENT_AUTH = 16,
	EARLY = 32, PSK = 64, ALL_EXTENSIONS = 128, RENEGOTIATE = 256,
	POST = 512, BY_CLIENT = 1024, FIELD = 2048, PARTY = 4096,
	REQUIRE = 8192, SERVER12 = 16384, NO_GROUP = 32768,
	NO_CERTIFICATE = 65536,
};

static const unsigned int scenes[SCENES] = {
	0, SESSION, RETRY, CLIENT_AUTH | ALL_EXTENSIONS, SESSION | EARLY,
	PSK, PSK | SESSION | RETRY,
	TLS12, TLS12 | SESSION, TLS12 | SESSION | BY_ID,
	TLS12 | CLIENT_AUTH | ALL_EXTENSIONS, TLS12 | RENEGOTIATE, POST,
	TLS12 | RENEGOTIATE | BY_CLIENT | CLIENT_AUTH, TLS12 | FIELD,
	SESSION | EARLY | RETRY, PSK | PARTY, PSK | FIELD, REQUIRE,
	POST | ALL_EXTENSIONS, SERVER12, SESSION | ALL_EXTENSIONS | CLIENT_AUTH,
	PSK | NO_GROUP, PSK | NO_CERTIFICATE,
};

static const struct hs_psk psk = {
	.identity = { (const uint8_t *)"somebody", 8 }, .key = { 32, { 1, 2, 3 } },
};

static int psk_find(void *arg, struct hs_bytes identity, struct hs_psk *out)
{
	(void)arg;
	*out = psk;
	return identity.len == psk.identity.len ? 0 : -1;
}

/* A response and a list of timestamps that nobody looks into. */
static const struct host_identity *stapled(const char *kind)
{
	static struct host_identity id;

	id = *host_identity(kind);
	id.cert.chain = id.chain;
	id.cert.schemes = id.schemes;
	id.cert.ocsp = hs_bytes("\60\3\12\1\1", 5);
	id.cert.sct = hs_bytes("\0\5\0\3abc", 7);
	return &id;
}

/* The groups and suites that make TLS 1.2's other messages, and its MACs. */
static void finite_field(struct hs_config *c)
{
	static const uint16_t group = HS_GROUP_FFDHE2048;
	static const uint16_t suites[] = { 0x0067, 0x009e, 0x1301 };

	c->groups = &group;
	c->groups_len = 1;
	c->cipher_suites = suites;
	c->cipher_suites_len = 3;
	c->ems_optional = true;
	c->psk_ke = true;
	c->max_fragment_length = 512;
}

/* Kept for all runs: a handshake to get one would cost more than the run. */
static struct hs_session *sessions[SCENES];
static bool asked;	/* for a renegotiation, in this run */

static void all_extensions(struct hs_config *c)
{
	c->record_size_limit = 1000;
	c->ocsp = true;
	c->sct = true;
	c->grease = true;
	c->post_handshake_auth = true;
	c->max_fragment_length = 512;
	c->user_mapping = true;
	c->user_principal = hs_bytes("me@example", 10);
	c->psk_ke = true;
	c->compressions = tlsup_compressions;
	c->compressions_len = tlsup_compressions_len;
}

static void configure_more(struct pair *p, unsigned int what)
{
	static const uint16_t p384 = HS_GROUP_SECP384R1;
	static const uint8_t party[2][32] = { { 1 }, { 2 } };

	if (what & FIELD) {
		finite_field(&p->client.config);
		finite_field(&p->server.config);
		p->server.host.identity = host_identity("RSA");
	}
	if (what & PARTY) {
		p->client.config.party = party[0];
		p->server.config.party = party[1];
	}
	if (what & REQUIRE)
		p->server.config.client_auth = HS_CLIENT_AUTH_REQUIRE;
	if (what & SERVER12)
		p->server.config.max_version = HS_TLS12;
	if (what & NO_GROUP) {
		p->server.config.groups = &p384;
		p->client.config.psk_ke = p->server.config.psk_ke = true;
	}
	if (what & NO_CERTIFICATE)
		p->server.host.identity = NULL;
}

static void configure(struct pair *p, unsigned int what)
{
	static const uint16_t x25519 = HS_GROUP_X25519, p256 = HS_GROUP_SECP256R1;
	static const uint16_t both[] = { HS_GROUP_X25519, HS_GROUP_SECP256R1 };
	static struct hs_host host;

	host = host_ops;
	host.psk_find = psk_find;
	p->client.config.host = &host;
	p->server.config.host = &host;
	p->client.config.crypto = steady_crypto();
	p->server.config.crypto = p->client.config.crypto;
	p->client.host.now_ms = p->server.host.now_ms = 1700000000000;
	p->client.config.groups = both;
	p->client.config.groups_len = 2;
	p->server.config.groups = what & RETRY ? &p256 : &x25519;
	p->server.config.groups_len = 1;
	p->client.config.alpn = hs_bytes("\2h2\3foo", 7);
	p->server.config.alpn = hs_bytes("\3foo\3bar", 8);
	p->server.config.server_cookie = true;
	if (what & TLS12)
		p->client.config.max_version = HS_TLS12;
	if (what & BY_ID)
		p->server.config.tickets = 0;
	if (what & EARLY) {
		p->server.config.max_early_data = 1000;
		p->client.config.early_data = true;
	}
	if (what & PSK) {
		p->client.config.psks = &psk;
		p->client.config.psks_len = 1;
	}
	if (what & CLIENT_AUTH) {
		p->server.config.client_auth = HS_CLIENT_AUTH_REQUEST;
		p->client.host.identity = host_identity("P-256");
	}
	if (what & POST) {
		p->keep = true;
		p->client.config.post_handshake_auth = true;
		p->client.host.identity = host_identity("P-256");
	}
	if (what & RENEGOTIATE) {
		p->client.config.renegotiation = HS_RENEGOTIATION_ALLOW;
		p->server.config.renegotiation = HS_RENEGOTIATION_ALLOW;
	}
	if (what & ALL_EXTENSIONS) {
		all_extensions(&p->client.config);
		all_extensions(&p->server.config);
		p->server.config.authorities = hs_bytes("\0\2\60\0", 4);
		p->server.host.identity = stapled("P-256");
	}
	configure_more(p, what);
}

static void get_session(struct pair *p, unsigned int scene)
{
	if (pair_open(p))
		pair_run(p);
	sessions[scene] = p->session;
	if (scenes[scene] & TLS12)
		sessions[scene] = hs_session_made(p->client.hs);
	p->session = NULL;
	pair_close(p);
}

void scene_open(struct pair *p, unsigned int scene)
{
	pair_init(p);
	p->per_message = true;
	configure(p, scenes[scene]);
	if (scenes[scene] & SESSION && !sessions[scene])
		get_session(p, scene);
	if (sessions[scene])
		p->session = hs_session_copy(sessions[scene]);
	pair_open(p);
}

void scene_start(struct pair *p, unsigned int scene)
{
	asked = false;
	pair_start(p);
	if (scenes[scene] & EARLY && p->client.early_tx.len)
		pair_send(&p->client, HS_APPLICATION_DATA, "early", 5);
}

/* Once: a peer that renegotiates may be asked to do it again for ever. */
static bool renegotiate(struct pair *p, unsigned int scene)
{
	struct pair_side *side = scenes[scene] & BY_CLIENT ? &p->client :
							     &p->server;

	if (asked || hs_renegotiate(side->hs))
		return false;
	asked = true;
	pair_drain(p, side);
	return true;
}

static bool request_certificate(struct pair *p)
{
	uint32_t context;

	if (p->server.authenticated_n ||
	    p->server.hs->state != HS_ST_CONNECTED ||
	    hs_request_certificate(p->server.hs, &context))
		return false;
	pair_drain(p, &p->server);
	return true;
}

bool scene_ask(struct pair *p, unsigned int scene)
{
	if (scenes[scene] & POST)
		return request_certificate(p);
	return scenes[scene] & RENEGOTIATE && renegotiate(p, scene);
}

void scene_close(struct pair *p)
{
	pair_free(p);
}
