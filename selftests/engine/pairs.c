// SPDX-License-Identifier: Apache-2.0
/* Two engines in memory: every suite, group, key type, retry and resumption,
 * under every split of messages over records. */
#include <string.h>

#include "pair.h"
#include "tap.h"

static const uint16_t suites[] = {
	HS_TLS_AES_128_GCM_SHA256, HS_TLS_AES_256_GCM_SHA384,
	HS_TLS_CHACHA20_POLY1305_SHA256,
};
static const uint16_t groups[] = {
	HS_GROUP_X25519, HS_GROUP_SECP256R1, HS_GROUP_SECP384R1,
	HS_GROUP_SECP521R1, HS_GROUP_X448,
};
static const char *const kinds[] = {
	"P-256", "P-384", "P-521", "RSA", "RSA-PSS", "ED25519", "ED448",
};
#define N(a) (sizeof(a) / sizeof((a)[0]))

static bool same(const struct hs_secret *a, const struct hs_secret *b)
{
	return a->len && a->len == b->len && !memcmp(a->bytes, b->bytes, a->len);
}

static bool agreed(const struct pair *p)
{
	const struct hs_info *c = hs_info(p->client.hs);
	const struct hs_info *s = hs_info(p->server.hs);

	return same(&p->client.tx, &p->server.rx) &&
	       same(&p->server.tx, &p->client.rx) &&
	       !same(&p->client.tx, &p->client.rx) &&
	       c->version == HS_TLS13 && s->version == HS_TLS13 &&
	       c->cipher_suite == s->cipher_suite && c->group == s->group &&
	       c->signature_scheme == s->signature_scheme &&
	       c->resumed == s->resumed && c->retried == s->retried &&
	       hs_bytes_equal(c->alpn, s->alpn) &&
	       hs_bytes_equal(c->server_name, s->server_name);
}

static bool same_exporter(struct pair *p)
{
	uint8_t a[100], b[100];
	struct hs_bytes context = hs_bytes("context", 7);

	return !hs_export(p->client.hs, "EXPORTER-test", context, a, 100) &&
	       !hs_export(p->server.hs, "EXPORTER-test", context, b, 100) &&
	       !memcmp(a, b, 100);
}

static bool handshake(struct pair *p, bool resumed, bool retried)
{
	bool good = pair_open(p) && pair_run(p) && agreed(p) &&
		    same_exporter(p) &&
		    hs_info(p->client.hs)->resumed == resumed &&
		    hs_info(p->client.hs)->retried == retried &&
		    p->client.ccs == 1 && p->server.ccs == 1 &&
		    hs_info(p->client.hs)->peer_chain_len == !resumed &&
		    p->client.host.verified == !resumed;

	if (!good)
		tap_note("client: %s (%s); server: %s (%s)",
			 hs_error(p->client.hs)->reason,
			 hs_state_name(p->client.hs),
			 hs_error(p->server.hs)->reason,
			 hs_state_name(p->server.hs));
	return good;
}

/* A full handshake and one that resumes it. */
static void twice(struct pair *p, bool retried, const char *what)
{
	tap_sub(handshake(p, false, retried) && p->tickets == 2, "%s", what);
	pair_close(p);
	p->client.host.verified = 0;
	tap_sub(handshake(p, true, retried), "%s, resumed", what);
	pair_free(p);
}

static void suites_and_groups(void)
{
	for (size_t i = 0; i < N(suites); i++)
		for (size_t j = 0; j < N(groups); j++)
			for (int retry = 0; retry < 4; retry++) {
				struct pair p;

				pair_init(&p);
				p.server.config.cipher_suites = &suites[i];
				p.server.config.cipher_suites_len = 1;
				p.server.config.groups = &groups[j];
				p.server.config.groups_len = 1;
				/* 0: the right share; 1: none; 2: others;
				 * 3: others, with a cookie. */
				p.client.config.key_share_groups =
					retry < 2 ? &groups[j] : groups;
				p.client.config.key_share_groups_len =
					retry == 0 ? 1 : retry == 1 ? 0 : j;
				p.server.config.server_cookie = retry == 3;
				twice(&p, retry > 0,
				      hs_group(groups[j])->name);
			}
	tap_sum("suites x groups x retries, full and resumed");
}

/* RFC 8446 B.4: a tag of eight bytes is not for all; what has to be named nobody
 * gets who did not. */
static void suites_by_name(void)
{
	static const uint16_t named[] = {
		HS_TLS_AES_128_CCM_SHA256, HS_TLS_AES_128_CCM_8_SHA256,
	};

	for (size_t i = 0; i < N(named); i++) {
		struct pair p;

		pair_init(&p);
		p.client.config.cipher_suites = &named[i];
		p.client.config.cipher_suites_len = 1;
		pair_open(&p);
		tap_sub(!pair_run(&p) && pair_alert(&p.server) ==
			HS_ALERT_HANDSHAKE_FAILURE, "%s, not named by the server",
			hs_suite(named[i])->name);
		pair_free(&p);
		p.server.config.cipher_suites = &named[i];
		p.server.config.cipher_suites_len = 1;
		twice(&p, false, hs_suite(named[i])->name);
	}
	tap_sum("suites of CCM, where both name them");
}

static void key_types(void)
{
	for (size_t i = 0; i < N(kinds); i++)
		for (size_t j = 0; j < 3; j++) {
			struct pair p;

			pair_init(&p);
			p.server.config.cipher_suites = &suites[j];
			p.server.config.cipher_suites_len = 1;
			p.server.host.identity = host_identity(kinds[i]);
			twice(&p, false, kinds[i]);
		}
	tap_sum("certificates' key types x suites");
}

/* RFC 8446 5.1: messages may be split and joined in any way. */
static void splits(void)
{
	for (size_t split = 0; split <= 1100; split += split < 40 ? 1 : 97)
		for (int retried = 0; retried < 2; retried++) {
			struct pair p;

			pair_init(&p);
			p.split = split;
			p.client.config.key_share_groups = groups;
			p.client.config.key_share_groups_len = !retried;
			twice(&p, retried, "split");
		}
	tap_sum("records of 1 to 1000 bytes");
	for (int retried = 0; retried < 2; retried++) {
		struct pair p;

		pair_init(&p);
		p.per_message = true;
		p.client.config.key_share_groups = groups;
		p.client.config.key_share_groups_len = !retried;
		twice(&p, retried, "one message each");
	}
	tap_sum("a record for each message");
}

/* Each scheme alone on the client's list decides by which one is signed. */
static void schemes(void)
{
	static const struct {
		uint16_t	scheme;
		const char	*kind;
	} rows[] = {
		{ HS_ECDSA_SECP256R1_SHA256, "P-256" },
		{ HS_ECDSA_SECP384R1_SHA384, "P-384" },
		{ HS_ECDSA_SECP521R1_SHA512, "P-521" },
		{ HS_RSA_PSS_RSAE_SHA256, "RSA" },
		{ HS_RSA_PSS_RSAE_SHA384, "RSA" },
		{ HS_RSA_PSS_RSAE_SHA512, "RSA" },
		{ HS_RSA_PSS_PSS_SHA256, "RSA-PSS" },
		{ HS_RSA_PSS_PSS_SHA384, "RSA-PSS" },
		{ HS_RSA_PSS_PSS_SHA512, "RSA-PSS" },
		{ HS_ED25519, "ED25519" }, { HS_ED448, "ED448" },
	};

	for (size_t i = 0; i < N(rows); i++)
		for (size_t j = 0; j < N(kinds); j++) {
			bool fits = !strcmp(rows[i].kind, kinds[j]), done;
			struct pair p;

			pair_init(&p);
			p.client.config.schemes = &rows[i].scheme;
			p.client.config.schemes_len = 1;
			p.server.host.identity = host_identity(kinds[j]);
			pair_open(&p);
			done = pair_run(&p);
			tap_sub(done == fits, "%s with a %s key",
				hs_scheme(rows[i].scheme)->name, kinds[j]);
			tap_sub(fits ? hs_info(p.client.hs)->signature_scheme ==
					       rows[i].scheme :
				       pair_alert(&p.server) ==
					       HS_ALERT_HANDSHAKE_FAILURE,
				"%s with a %s key: the scheme or the alert",
				hs_scheme(rows[i].scheme)->name, kinds[j]);
			pair_free(&p);
		}
	tap_sum("signature schemes x keys; handshake_failure without a common one (4.2.3)");
}

static bool selected(struct pair *p, const char *want)
{
	return hs_bytes_equal(hs_info(p->client.hs)->alpn,
			      hs_bytes(want, strlen(want)));
}

static void alpn(void)
{
	static const struct {
		const char	*client, *server, *want;
		bool		required;
		int		alert;
	} rows[] = {
		{ "\2h2\10http/1.1", "\10http/1.1\2h2", "http/1.1", 0, 0 },
		{ "\2h2", "\10http/1.1\2h2", "h2", 0, 0 },
		{ "", "\2h2", "", 0, 0 },
		{ "\2h2", "", "", 0, 0 },
		{ "\2h2", "\2h3", "", 0, HS_ALERT_NO_APPLICATION_PROTOCOL },
		{ "", "\2h3", "", 1, HS_ALERT_NO_APPLICATION_PROTOCOL },
	};

	for (size_t i = 0; i < N(rows); i++) {
		struct pair p;
		bool done;

		pair_init(&p);
		p.client.config.alpn = hs_bytes(rows[i].client,
						strlen(rows[i].client));
		p.server.config.alpn_required = rows[i].required;
		pair_open(&p);
		hs_set_alpn(p.server.hs, (const uint8_t *)rows[i].server,
			    strlen(rows[i].server));
		done = pair_run(&p);
		tap_sub(rows[i].alert ? pair_alert(&p.server) == rows[i].alert :
					done && agreed(&p) &&
						selected(&p, rows[i].want),
			"ALPN row %zu", i);
		pair_free(&p);
	}
	tap_sum("ALPN: the server's order, and no_application_protocol (RFC 7301 3.2)");
}

/* 4.3.2, 4.4.2: the certificate that a server asks for. */
static void client_certificates(void)
{
	static const struct {
		enum hs_client_auth	auth;
		const char		*kind;
		int			chain_alert, alert;
	} rows[] = {
		{ HS_CLIENT_AUTH_REQUEST, "P-256", 0, 0 },
		{ HS_CLIENT_AUTH_REQUEST, "RSA", 0, 0 },
		{ HS_CLIENT_AUTH_REQUEST, "ED25519", 0, 0 },
		{ HS_CLIENT_AUTH_REQUEST, NULL, 0, 0 },
		{ HS_CLIENT_AUTH_REQUIRE, "P-384", 0, 0 },
		{ HS_CLIENT_AUTH_REQUIRE, NULL, 0,
		  HS_ALERT_CERTIFICATE_REQUIRED },
		{ HS_CLIENT_AUTH_REQUEST, "P-256", HS_ALERT_UNKNOWN_CA,
		  HS_ALERT_UNKNOWN_CA },
		{ HS_CLIENT_AUTH_NONE, "P-256", 0, 0 },
	};

	for (size_t i = 0; i < N(rows) * 2; i++) {
		size_t row = i / 2;
		bool asked = rows[row].auth != HS_CLIENT_AUTH_NONE;
		bool sent = asked && rows[row].kind;
		struct pair p;

		pair_init(&p);
		p.split = i % 2 ? 7 : 0;
		p.server.config.client_auth = rows[row].auth;
		p.server.host.chain_alert = rows[row].chain_alert;
		p.client.host.identity = rows[row].kind ?
			host_identity(rows[row].kind) : NULL;
		pair_open(&p);
		tap_sub(pair_run(&p) == !rows[row].alert, "row %zu", row);
		tap_sub(rows[row].alert ?
			pair_alert(&p.server) == rows[row].alert :
			agreed(&p) && same_exporter(&p) &&
			hs_info(p.server.hs)->peer_chain_len == sent &&
			p.client.host.selected == asked &&
			p.server.host.verified == sent &&
			p.tickets == 2, "row %zu: what was said",
			row);
		pair_free(&p);
	}
	tap_sum("certificates of clients: wished for, required, refused (4.3.2)");
}

/* RFC 8446 9.1: what everybody has to have is there unasked, so that who has no
 * more is understood; both ways, signed by each of the keys that it names. */
static void mandatory(void)
{
	static const uint16_t suite = HS_TLS_AES_128_GCM_SHA256;
	static const uint16_t group = HS_GROUP_SECP256R1;
	static const uint16_t least[] = {
		HS_RSA_PKCS1_SHA256, HS_RSA_PSS_RSAE_SHA256,
		HS_ECDSA_SECP256R1_SHA256,
	};
	static const char *const keys[] = { "RSA", "P-256" };

	for (size_t i = 0; i < 4; i++) {
		struct pair p;
		struct hs_config *c = i % 2 ? &p.client.config :
					      &p.server.config;

		pair_init(&p);
		c->min_version = HS_TLS13;
		c->cipher_suites = &suite;
		c->groups = &group;
		c->schemes = least;
		c->cipher_suites_len = c->groups_len = 1;
		c->schemes_len = N(least);
		p.server.config.client_auth = HS_CLIENT_AUTH_REQUIRE;
		p.server.host.identity = host_identity(keys[i / 2]);
		p.client.host.identity = host_identity(keys[i / 2]);
		pair_open(&p);
		tap_sub(pair_run(&p) && agreed(&p) &&
			hs_info(p.server.hs)->peer_chain_len == 1, "%s, %s",
			i % 2 ? "client" : "server", keys[i / 2]);
		for (size_t j = 0; j < N(least); j++)
			tap_sub(hs_list_has(&p.client.hs->policy.cert_schemes,
					    least[j]) &&
				hs_list_has(&p.server.hs->policy.cert_schemes,
					    least[j]), "scheme %04x", least[j]);
		pair_free(&p);
	}
	tap_sum("who has what is mandatory and no more (9.1)");
}

/* The modes that change what is on the wire. */
static void modes(void)
{
	struct pair p;

	pair_init(&p);
	p.client.config.no_compat_mode = true;
	pair_open(&p);
	tap_ok(pair_run(&p) && agreed(&p) && !p.client.ccs && !p.server.ccs,
	       "without compatibility mode there is no change_cipher_spec (D.4)");
	pair_free(&p);

	pair_init(&p);
	p.server.config.no_compat_mode = true;
	pair_open(&p);
	tap_ok(pair_run(&p) && agreed(&p) && p.client.ccs == 1 &&
	       p.server.ccs == 1,
	       "... but a client with a session ID gets the server's (D.4)");
	pair_free(&p);

	pair_init(&p);
	p.client.config.no_resumption = true;
	pair_open(&p);
	tap_ok(pair_run(&p) && !p.session && !p.came,
	       "no tickets for a client without psk_key_exchange_modes (4.2.9)");
	pair_free(&p);

	pair_init(&p);
	p.server.config.tickets = 9;
	pair_open(&p);
	tap_ok(pair_run(&p) && p.tickets == 9, "nine tickets for a connection");
	pair_free(&p);

	pair_init(&p);
	p.server.config.ticket_lifetime = UINT32_MAX;
	pair_open(&p);
	tap_ok(pair_run(&p) && p.tickets == 2 &&
	       p.session->lifetime == HS_LIFETIME_MAX,
	       "a ticket's lifetime is at most seven days (4.6.1)");
	pair_free(&p);
}

/* RFC 6066 3: a name, not an address, and without its last dot. */
static void server_names(void)
{
	static const struct {
		const char	*set, *seen;
	} rows[] = {
		{ "example.org", "example.org" },
		{ "example.org.", "example.org" },
		{ "a-1.2.example", "a-1.2.example" },
		{ "192.0.2.1", "" },
		{ "2001:db8::1", "" },
		{ "::ffff:192.0.2.1", "" },
	};
	char longest[HS_NAME_MAX + 2];

	for (size_t i = 0; i < N(rows); i++) {
		struct pair p;

		pair_init(&p);
		pair_open(&p);
		hs_set_server_name(p.client.hs, rows[i].set,
				   strlen(rows[i].set));
		tap_sub(pair_run(&p) &&
			hs_bytes_equal(hs_info(p.server.hs)->server_name,
				       hs_bytes(rows[i].seen,
						strlen(rows[i].seen))),
			"%s", rows[i].set);
		pair_free(&p);
	}
	memset(longest, 'a', sizeof(longest));
	for (size_t len = 0; len <= HS_NAME_MAX + 1; len++) {
		struct pair p;

		pair_init(&p);
		pair_open(&p);
		tap_sub(!hs_set_server_name(p.client.hs, longest, len) ==
			(len && len <= HS_NAME_MAX), "%zu bytes", len);
		tap_sub(hs_set_server_name(p.client.hs, "a\0b", 3) &&
			hs_set_server_name(p.client.hs, "a b", 3) &&
			hs_set_server_name(p.client.hs, "\xc3\xa4", 2),
			"not a name");
		pair_free(&p);
	}
	tap_sum("server names: sent, not sent, refused");
}

/* A configuration's own list of protocols may be wrong: no harm. */
static void bad_list(void)
{
	struct pair p;

	pair_init(&p);
	p.client.config.alpn = hs_bytes("\2h2", 3);
	p.server.config.alpn = hs_bytes("\x09h2", 3);
	pair_open(&p);
	tap_ok(!pair_run(&p) && hs_set_alpn(p.client.hs,
					    (const uint8_t *)"\0", 1) &&
	       hs_set_alpn(p.client.hs, (const uint8_t *)"\3h2", 3),
	       "an ill-formed list of our own protocols ends the handshake");
	pair_free(&p);
}

/* What a packed session may not say; each row changes one field. */
static void wrong_sessions(const struct hs_session *good)
{
	for (int i = 0; i < 8; i++) {
		struct hs_session *s = hs_session_copy(good), *again;
		uint8_t packed[8192];
		size_t len;

		s->cipher_suite = i == 1 ? 0x1306 : s->cipher_suite;
		s->psk.len = i == 2 ? 48 : i == 3 ? 31 : s->psk.len;
		s->lifetime = i == 4 ? 0 : i == 5 ? HS_LIFETIME_MAX + 1 :
						    s->lifetime;
		s->ticket_len = i == 6 ? 0 : s->ticket_len;
		len = hs_session_pack(s, packed, sizeof(packed));
		/* The name begins after form, suite, secret and times. */
		if (i == 7)
			packed[1 + 2 + 33 + 20 + 1] = 0;
		again = hs_session_unpack(hs_bytes(packed, len));
		tap_sub(!again == (i != 0), "field %d", i);
		hs_session_free(again);
		hs_session_free(s);
	}
	tap_sum("a packed session with a wrong field is refused");
}

/* Sessions survive packing; what was packed wrongly is not taken. */
static void packing(void)
{
	uint8_t packed[8192], again[8192];
	struct hs_session *s;
	struct pair p;
	size_t len;

	pair_init(&p);
	p.client.config.alpn = p.server.config.alpn = hs_bytes("\2h2", 3);
	pair_open(&p);
	pair_run(&p);
	len = hs_session_pack(p.session, packed, sizeof(packed));
	s = hs_session_unpack(hs_bytes(packed, len));
	tap_ok(s && hs_session_pack(s, again, sizeof(again)) == len &&
	       !memcmp(packed, again, len) &&
	       hs_session_expires(s) == s->received_ms + 7200 * 1000 &&
	       hs_bytes_equal(hs_session_alpn(s), hs_bytes("h2", 2)),
	       "a session is the same after packing and unpacking");
	tap_ok(hs_session_pack(p.session, again, len - 1) == len,
	       "packing says how much room it needs");
	hs_session_free(s);
	for (size_t i = 0; i < len; i++) {
		s = hs_session_unpack(hs_bytes(packed, i));
		tap_sub(!s, "unpack of the first %zu bytes", i);
		hs_session_free(s);
	}
	s = hs_session_unpack(hs_bytes(packed, len + 1));
	tap_sub(!s, "unpack with a byte too many");
	hs_session_free(s);
	tap_sum("a truncated packed session is refused");
	wrong_sessions(p.session);
	pair_free(&p);
}

int main(void)
{
	suites_and_groups();
	suites_by_name();
	key_types();
	splits();
	schemes();
	mandatory();
	alpn();
	client_certificates();
	modes();
	server_names();
	bad_list();
	packing();
	host_exit();
	return tap_done();
}
