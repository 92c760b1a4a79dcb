// SPDX-License-Identifier: Apache-2.0
/* TLS 1.2: two engines in memory: every suite, group, key type and client
 * certificate, under every split of messages over records; and what the version
 * of a handshake hangs on. */
#include <string.h>

#include "daemon/engine/ext.h"
#include "edit.h"
#include "tap.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const uint16_t groups[] = {
	HS_GROUP_X25519, HS_GROUP_SECP256R1, HS_GROUP_SECP384R1,
	HS_GROUP_SECP521R1, HS_GROUP_X448,
	HS_GROUP_FFDHE2048, HS_GROUP_FFDHE3072,
};
static const char *const kinds[] = {
	"P-256", "P-384", "P-521", "RSA", "RSA-PSS", "ED25519", "ED448",
};

static bool same_keys(const struct hs_key_block *a, const struct hs_key_block *b)
{
	return a->key_len && !memcmp(a, b, sizeof(*a));
}

static bool agreed(const struct pair *p)
{
	const struct hs_info *c = hs_info(p->client.hs);
	const struct hs_info *s = hs_info(p->server.hs);

	return same_keys(&p->client.tx_keys, &p->server.rx_keys) &&
	       same_keys(&p->server.tx_keys, &p->client.rx_keys) &&
	       !same_keys(&p->client.tx_keys, &p->client.rx_keys) &&
	       c->version == HS_TLS12 && s->version == HS_TLS12 &&
	       c->cipher_suite == s->cipher_suite && c->group == s->group &&
	       c->signature_scheme == s->signature_scheme &&
	       c->resumed == s->resumed &&
	       c->extended_master_secret == s->extended_master_secret &&
	       c->encrypt_then_mac == s->encrypt_then_mac &&
	       hs_bytes_equal(c->alpn, s->alpn) &&
	       hs_bytes_equal(c->server_name, s->server_name);
}

static bool same_exporter(struct pair *p)
{
	static const struct hs_bytes contexts[] = {
		{ NULL, 0 }, { (const uint8_t *)"", 0 },
		{ (const uint8_t *)"context", 7 },
	};
	uint8_t a[N(contexts)][64], b[64];

	for (size_t i = 0; i < N(contexts); i++)
		if (hs_export(p->client.hs, "EXPORTER-test", contexts[i], a[i],
			      64) ||
		    hs_export(p->server.hs, "EXPORTER-test", contexts[i], b,
			      64) || memcmp(a[i], b, 64))
			return false;
	/* RFC 5705 4: no context and an empty one differ. */
	return memcmp(a[0], a[1], 64) && memcmp(a[1], a[2], 64);
}

static void why(const struct pair *p)
{
	tap_note("client: %s (%s); server: %s (%s)",
		 hs_error(p->client.hs)->reason, hs_state_name(p->client.hs),
		 hs_error(p->server.hs)->reason, hs_state_name(p->server.hs));
}

static bool handshake(struct pair *p)
{
	bool good = pair_open(p) && pair_run(p) && agreed(p) &&
		    hs_info(p->client.hs)->extended_master_secret &&
		    same_exporter(p) && p->client.ccs == 1 &&
		    p->server.ccs == 1;

	if (!good)
		why(p);
	return good;
}

static void only12(struct pair *p)
{
	pair_init(p);
	p->client.config.max_version = HS_TLS12;
}

/* Both list it, for most are not in the default. */
static void set_suite(struct pair *p, const uint16_t *suite)
{
	bool rsa = hs_suite(*suite)->auth == HS_AUTH_RSA;

	p->client.config.cipher_suites = suite;
	p->client.config.cipher_suites_len = 1;
	p->server.config.cipher_suites = suite;
	p->server.config.cipher_suites_len = 1;
	p->server.host.identity = host_identity(rsa ? "RSA" : "P-256");
}

static void set_group(struct pair *p, const uint16_t *group)
{
	p->server.config.groups = group;
	p->server.config.groups_len = 1;
	p->client.config.groups = groups;
	p->client.config.groups_len = N(groups);
}

/* RFC 5289 3.1, 3.2: a MAC's key or an AEAD's part of the nonce, as long as the
 * suite has it. */
static bool right_keys(const struct hs_key_block *k, const struct hs_suite *s)
{
	return k->mac_len == s->mac_len && k->key_len == s->key_len &&
	       k->iv_len == s->iv_len && k->encrypt_then_mac == !!s->mac_len;
}

static void one_suite(const struct hs_suite *s, const uint16_t *group)
{
	struct pair p;

	pair_init(&p);
	set_suite(&p, &s->id);
	set_group(&p, group);
	tap_sub(handshake(&p) && hs_info(p.client.hs)->cipher_suite == s->id &&
		hs_info(p.client.hs)->group == *group &&
		right_keys(&p.client.tx_keys, s), "%s, %s", s->name,
		hs_group(*group)->name);
	pair_free(&p);
}

static void suites_and_groups(void)
{
	size_t n = 0;

	for (size_t i = 0; i < hs_suites12_len; i++)
		for (size_t j = 0; j < N(groups); j++) {
			const struct hs_suite *s = &hs_suites12[i];

			if ((hs_group(groups[j])->kind == HS_KIND_FF) !=
			    (s->kx == HS_KX_DHE))
				continue;
			one_suite(s, &groups[j]);
			n++;
		}
	tap_sum("%zu suites x their groups", hs_suites12_len);
	tap_ok(n > 100, "%zu pairs of them", n);
}

/* The default list: ECDHE with AEAD, and only that. */
static void defaults(void)
{
	struct pair p;

	only12(&p);
	tap_sub(pair_open(&p), "open");
	for (size_t i = 0; i < p.client.hs->policy.suites.n; i++) {
		const struct hs_suite *s =
			hs_suite(p.client.hs->policy.suites.id[i]);

		tap_sub(s->kx == HS_KX_ECDHE && !s->mac_len &&
			!strstr(s->name, "CCM"), "%s", s->name);
	}
	tap_sub(p.client.hs->policy.suites.n == 6, "six of them");
	pair_free(&p);
	tap_sum("suites that nobody listed");
}

/* RFC 7366: both have to want it, and it is for CBC. */
static void encrypt_then_mac(void)
{
	static const uint16_t cbc = HS_ECDHE_ECDSA_AES_128_CBC_SHA256;

	for (int off = 0; off < 4; off++) {
		struct pair p;

		pair_init(&p);
		set_suite(&p, &cbc);
		p.client.config.no_encrypt_then_mac = off & 1;
		p.server.config.no_encrypt_then_mac = off & 2;
		tap_sub(handshake(&p) &&
			hs_info(p.client.hs)->encrypt_then_mac == !off &&
			p.client.tx_keys.encrypt_then_mac == !off &&
			p.server.tx_keys.encrypt_then_mac == !off, "%d", off);
		pair_free(&p);
	}
	tap_sum("encrypt_then_mac");
}

/* RFC 7919 4: a client whose fields are none of ours. */
static void other_fields(void)
{
	static const uint16_t dhe = HS_DHE_RSA_AES_128_GCM_SHA256;
	static const uint16_t theirs = HS_GROUP_FFDHE4096;
	static const uint16_t ours = HS_GROUP_FFDHE2048;
	static const uint16_t ecdhe[] = {
		HS_DHE_RSA_AES_128_GCM_SHA256,
		HS_ECDHE_RSA_AES_128_GCM_SHA256,
	};
	static const uint16_t both[] = { HS_GROUP_FFDHE4096, HS_GROUP_X25519 };
	struct pair p;

	pair_init(&p);
	set_suite(&p, &dhe);
	p.client.config.groups = &theirs;
	p.client.config.groups_len = 1;
	p.server.config.groups = &ours;
	p.server.config.groups_len = 1;
	pair_open(&p);
	tap_ok(!pair_run(&p) &&
	       pair_alert(&p.server) == HS_ALERT_INSUFFICIENT_SECURITY,
	       "no finite field in common");
	pair_close(&p);
	p.client.config.cipher_suites = p.server.config.cipher_suites = ecdhe;
	p.client.config.cipher_suites_len = 2;
	p.server.config.cipher_suites_len = 2;
	p.client.config.groups = both;
	p.client.config.groups_len = 2;
	p.server.config.groups = groups;
	p.server.config.groups_len = N(groups);
	tap_ok(handshake(&p) && hs_info(p.client.hs)->group == HS_GROUP_X25519,
	       "... but a curve");
	pair_free(&p);
}

static bool other_prime(struct pair *p, struct pair_side *from,
			uint8_t *message, size_t *len, size_t room)
{
	(void)p;
	(void)from;
	(void)len;
	(void)room;
	if (message[0] == HS_MT_SERVER_KEY_EXCHANGE)
		message[4 + 2 + 100] ^= 1;
	return true;
}

static void unknown_prime(void)
{
	static const uint16_t dhe = HS_DHE_RSA_AES_128_GCM_SHA256;
	struct pair p;

	pair_init(&p);
	set_suite(&p, &dhe);
	p.tamper = other_prime;
	pair_open(&p);
	tap_ok(!pair_run(&p) &&
	       pair_alert(&p.client) == HS_ALERT_INSUFFICIENT_SECURITY,
	       "a prime that is none of RFC 7919");
	pair_free(&p);
}

/* A secret with two more zeros in front, on one side. */
static int zeros_first(uint16_t group, struct hs_bytes peer, uint8_t *share,
		       size_t *share_len, struct hs_shared *out)
{
	int alert = tlsup_crypto_openssl()->kx_respond(group, peer, share,
						       share_len, out);

	memmove(out->bytes + 2, out->bytes, out->len);
	out->bytes[0] = out->bytes[1] = 0;
	out->len += 2;
	return alert;
}

/* RFC 5246 8.1.2: a field's secret is a number and goes without zeros in front;
 * RFC 8422 5.10: a curve's is a string of bytes and keeps them. */
static void leading_zeros(void)
{
	static const uint16_t suite[] = {
		HS_DHE_RSA_AES_128_GCM_SHA256, HS_ECDHE_RSA_AES_128_GCM_SHA256,
	};
	struct hs_crypto crypto = *tlsup_crypto_openssl();

	crypto.kx_respond = zeros_first;
	for (size_t i = 0; i < N(suite); i++) {
		struct pair p;

		pair_init(&p);
		set_suite(&p, &suite[i]);
		p.client.config.crypto = &crypto;
		pair_open(&p);
		tap_ok(pair_run(&p) == !i, "zeros in front of a secret, %s",
		       hs_suite(suite[i])->name);
		pair_free(&p);
	}
}

/* Each side is held to TLS 1.2 once, and both: RFC 8446 D.1, D.2. */
static void held_back(void)
{
	for (int held = 0; held < 3; held++) {
		struct pair p;

		pair_init(&p);
		if (held != 1)
			p.client.config.max_version = HS_TLS12;
		if (held != 0)
			p.server.config.max_version = HS_TLS12;
		tap_sub(handshake(&p), "%d", held);
		pair_free(&p);
	}
	tap_sum("who can do no better than TLS 1.2");
}

static void key_types(void)
{
	for (size_t i = 0; i < N(kinds); i++)
		for (size_t j = 0; j < N(kinds); j++)
			for (int auth = HS_CLIENT_AUTH_NONE;
			     auth <= HS_CLIENT_AUTH_REQUIRE; auth++) {
				struct pair p;
				size_t chain = auth != HS_CLIENT_AUTH_NONE;

				only12(&p);
				p.server.host.identity =
					host_identity(kinds[i]);
				p.server.config.client_auth =
					(enum hs_client_auth)auth;
				p.client.host.identity =
					host_identity(kinds[j]);
				tap_sub(handshake(&p) &&
					hs_info(p.server.hs)->peer_chain_len ==
						chain &&
					p.server.host.verified == chain,
					"%s, client %s, %d", kinds[i], kinds[j],
					auth);
				pair_free(&p);
			}
	tap_sum("key types of server x client x client_auth");
}

static void splits(void)
{
	for (size_t split = 0; split < 40; split++) {
		struct pair p;

		only12(&p);
		p.split = split;
		p.per_message = split == 39;
		p.server.config.client_auth = HS_CLIENT_AUTH_REQUIRE;
		p.client.host.identity = host_identity("RSA");
		tap_sub(handshake(&p), "%zu bytes a record", split);
		pair_free(&p);
	}
	tap_sum("messages split over records of 1 to 38 bytes");
}

/* Without a certificate: fine if only asked for. */
static void no_certificate(void)
{
	struct pair p;

	only12(&p);
	p.server.config.client_auth = HS_CLIENT_AUTH_REQUEST;
	tap_ok(handshake(&p) && !hs_info(p.server.hs)->peer_chain_len,
	       "a client without a certificate that is asked for one");
	pair_free(&p);
	only12(&p);
	p.server.config.client_auth = HS_CLIENT_AUTH_REQUIRE;
	pair_open(&p);
	tap_ok(!pair_run(&p) &&
	       pair_alert(&p.server) == HS_ALERT_HANDSHAKE_FAILURE,
	       "a client without a certificate that has to have one");
	pair_free(&p);
}

/* A host with several chains: the first that signs by what the peer takes; and
 * where there is none, a careless one's first. */
static const char *const *chains;

static int choose_chain(void *arg, const struct hs_hello *hello,
			const struct hs_certificate **out)
{
	(void)arg;
	*out = &host_identity(chains[0])->cert;
	for (const char *const *kind = chains; *kind; kind++) {
		const struct hs_certificate *cert = &host_identity(*kind)->cert;

		for (size_t i = 0; i < hello->schemes_len; i++)
			if (hello->schemes[i] == cert->schemes[0]) {
				*out = cert;
				return 0;
			}
	}
	return 0;
}

/* RFC 8422 5.1, 5.1.1, 5.3: supported_groups hold for the certificate's key too, if
 * it is on a curve of that kind: EdDSA's is not (5.1.3). The server falls back
 * on another chain, of RSA as well (2.2), or refuses. */
static void curve_of_certificate(void)
{
	static const struct {
		uint16_t	groups[2];
		const char	*chains[3];
		uint16_t	scheme;		/* 0: handshake_failure */
	} rows[] = {
		{ { HS_GROUP_X25519 }, { "P-256" }, 0 },
		{ { HS_GROUP_X25519, HS_GROUP_SECP384R1 }, { "P-256", "P-521" },
		  0 },
		{ { HS_GROUP_X25519, HS_GROUP_SECP256R1 }, { "P-256" },
		  HS_ECDSA_SECP256R1_SHA256 },
		{ { HS_GROUP_X25519, HS_GROUP_SECP384R1 }, { "P-256", "P-384" },
		  HS_ECDSA_SECP384R1_SHA384 },
		{ { HS_GROUP_SECP521R1 }, { "P-384", "P-521" },
		  HS_ECDSA_SECP521R1_SHA512 },
		{ { HS_GROUP_X25519 }, { "P-256", "RSA" },
		  HS_RSA_PSS_RSAE_SHA256 },
		{ { HS_GROUP_X25519 }, { "ED25519" }, HS_ED25519 },
		{ { HS_GROUP_SECP256R1 }, { "ED448" }, HS_ED448 },
		{ { HS_GROUP_X448 }, { "P-521", "ED448" }, HS_ED448 },
	};
	struct hs_host host = host_ops;

	host.select_certificate = choose_chain;
	for (size_t i = 0; i < N(rows); i++) {
		uint16_t scheme = rows[i].scheme;
		struct pair p;

		only12(&p);
		chains = rows[i].chains;
		p.server.config.host = &host;
		p.client.config.groups = rows[i].groups;
		p.client.config.groups_len = 1 + !!rows[i].groups[1];
		pair_open(&p);
		tap_sub(pair_run(&p) == !!scheme &&
			pair_alert(&p.server) ==
				(scheme ? HS_ALERT_NONE :
					  HS_ALERT_HANDSHAKE_FAILURE) &&
			hs_info(p.client.hs)->signature_scheme == scheme,
			"row %zu: %s", i, hs_error(p.server.hs)->reason);
		pair_free(&p);
	}
	tap_sum("a certificate on a curve that the client lists, or another one");
}

/* A server that takes a list for a longer one than it is. */
static bool list_more(struct pair *p, struct pair_side *from, uint8_t *message,
		      size_t *len, size_t room)
{
	static const struct edit more = {
		.op = EDIT_EXT, .arg = HS_EXT_SUPPORTED_GROUPS,
		.body = "\0\4\0\x1d\0\x17", .len = 6,
	};

	(void)room;
	if (from == &p->client && message[0] == HS_MT_CLIENT_HELLO)
		edit_apply(&more, message, len);
	return true;
}

static void curve_not_listed(void)
{
	static const uint16_t x25519 = HS_GROUP_X25519;
	struct pair p;

	only12(&p);
	p.client.config.groups = &x25519;
	p.client.config.groups_len = 1;
	p.tamper = list_more;
	pair_open(&p);
	pair_run(&p);
	tap_ok(pair_alert(&p.client) == HS_ALERT_ILLEGAL_PARAMETER &&
	       !p.client.host.verified,
	       "a certificate on a curve that the client did not list: illegal_parameter");
	pair_free(&p);
}

/* The newest version that both have, or protocol_version. */
static void versions(void)
{
	static const uint16_t range[][2] = {
		{ 0, 0 }, { HS_TLS12, HS_TLS12 }, { HS_TLS13, HS_TLS13 },
	};

	for (size_t i = 0; i < N(range); i++)
		for (size_t j = 0; j < N(range); j++) {
			bool none = i && j && i != j;
			uint16_t want = i == 1 || j == 1 ? HS_TLS12 : HS_TLS13;
			struct pair p;

			pair_init(&p);
			p.client.config.min_version = range[i][0];
			p.client.config.max_version = range[i][1];
			p.server.config.min_version = range[j][0];
			p.server.config.max_version = range[j][1];
			pair_open(&p);
			tap_sub(pair_run(&p) == !none &&
				(none ? pair_alert(&p.server) ==
					HS_ALERT_PROTOCOL_VERSION :
					hs_info(p.client.hs)->version == want),
				"%zu, %zu", i, j);
			pair_free(&p);
		}
	tap_sum("ranges of versions");
}

/* RFC 7507: a client that falls back without need is told. */
static void fallback(void)
{
	for (int v = 0; v < 2; v++) {
		struct pair p;

		only12(&p);
		p.client.config.fallback_scsv = true;
		p.server.config.max_version = v ? HS_TLS12 : 0;
		pair_open(&p);
		tap_ok(pair_run(&p) == v &&
		       pair_alert(&p.server) ==
			       (v ? HS_ALERT_NONE :
				    HS_ALERT_INAPPROPRIATE_FALLBACK),
		       "a fallback to TLS 1.2 from a server that has %s",
		       v ? "no more" : "1.3");
		pair_free(&p);
	}
}

static void alpn(void)
{
	struct pair p;

	only12(&p);
	p.client.config.alpn = hs_bytes("\2h2\10http/1.1", 12);
	p.server.config.alpn = hs_bytes("\10http/1.1", 9);
	tap_ok(handshake(&p) && hs_info(p.client.hs)->alpn.len == 8, "ALPN");
	pair_free(&p);
}

int main(void)
{
	suites_and_groups();
	defaults();
	encrypt_then_mac();
	other_fields();
	unknown_prime();
	leading_zeros();
	held_back();
	key_types();
	splits();
	no_certificate();
	curve_of_certificate();
	curve_not_listed();
	versions();
	fallback();
	alpn();
	host_exit();
	return tap_done();
}
