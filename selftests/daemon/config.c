// SPDX-License-Identifier: Apache-2.0
/* config: what a good file says, and by what two profiles are told apart. */
#include "daemon/config.h"
#include "daemon/engine/hs_crypto.h"

#include "selftests/daemon/tap.h"
#include "selftests/daemon/world.h"

#define KEY16	"00112233445566778899aabbccddeeff"
#define KEY32	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define PIN	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static const char good_text[] =
	"# a comment\n"
	"; another\n"
	"[tlsupd]\n"
	"workers = 3\n"
	"  log-level=debug   ; why not\n"
	"max-handshakes : 17\n"
	"session-cache = 0\n"
	"ticket-key-interval = 2h\n"
	"shutdown-timeout = 1500ms\n"
	"\r\n"
	"[profile web.site-1_x] # the site\n"
	"certificate = below.chain.pem\n"
	"key = below.key\n"
	"certificate = rsa.pem\n"
	"key = rsa.key\n"
	"users = root, 4711\n"
	"users = 4712\n"
	"trust = root.pem\n"
	"trust = other.pem\n"
	"trust = system\n"
	"alpn = h2, http/1.1\n"
	"alpn = foo\n"
	"alpn-required = yes\n"
	"min-version = 1.3\n"
	"max-version = TLS 1.3\n"
	"cipher-suites = TLS_CHACHA20_POLY1305_SHA256,tls_aes_128_gcm_sha256\n"
	"groups = P-384 x25519\n"
	"resumption = no\n"
	"tickets = 1\n"
	"ticket-lifetime = 7d\n"
	"handshake-timeout = 2\n"
	"x509-strict = no\n"
	"compatibility-mode = no\n"
	"cookie = yes\n"
	"[profile empty]";

static void test_good(void)
{
	struct tlsup_config *c = world_load(good_text);
	const struct tlsup_profile *p;

	if (!ok(c && !world_diag.errors, "a file with everything in it")) {
		note("%s", world_all_said);
		return;
	}
	ok(c->workers == 3 && c->max_handshakes == 17 && c->session_cache == 0 &&
	   c->log_level == TLSUP_LOG_DEBUG && !c->keylog, "global numbers");
	ok(c->ticket_key_interval == 7200 && c->shutdown_timeout_ms == 1500,
	   "global times");
	p = tlsup_config_profile(c, "web.site-1_x", 12);
	ok(p && p->chains.n == 2 && p->chains.loaded[0] && p->chains.loaded[1],
	   "certificates and keys in pairs");
	ok(p->server.alpn.len == 16 &&
	   !memcmp(p->server.alpn.data, "\2h2\10http/1.1\3foo", 16),
	   "protocols in the form of RFC 7301");
	ok(p->client.cipher_suites_len == 2 &&
	   p->client.cipher_suites[0] == 0x1303 &&
	   p->client.cipher_suites[1] == 0x1301, "suites in order");
	ok(p->client.groups_len == 2 && p->client.groups[0] == 0x18 &&
	   p->client.groups[1] == 0x1d, "groups in order");
	ok(p->client.alpn_required && p->client.no_resumption &&
	   p->client.no_compat_mode && p->server.server_cookie && p->lax,
	   "what is yes and what is no");
	ok(p->users_len == 3 && tlsup_profile_allows(p, 0) &&
	   tlsup_profile_allows(p, 4712) && !tlsup_profile_allows(p, 1),
	   "users by name and number");
	ok(p->server.tickets == 1 && p->server.ticket_lifetime == 604800 &&
	   p->handshake_timeout_ms == 2000, "tickets and times");
	ok(p->client.role == HS_CLIENT && p->server.role == HS_SERVER, "roles");
	p = tlsup_config_profile(c, "empty", 5);
	ok(p && tlsup_profile_allows(p, 4713), "for everybody without them");
	ok(p && !p->chains.n && p->trust && p->client.tickets == 2, "a section without a key is a profile");
	p = tlsup_config_profile(c, "default", 7);
	ok(p && p == tlsup_config_profile(c, "", 0), "there is always a default");
	ok(!tlsup_config_profile(c, "empt", 4) &&
	   !tlsup_config_profile(c, "empty2", 6), "names are whole names");
	tlsup_config_put(tlsup_config_get(c));
	tlsup_config_put(c);
}

/* What only the engine looks at arrives there. */
static const char engine_text[] =
	"[tlsupd]\n"
	"server-session-cache = 5\n"
	"reload-interval = 3\n"
	"replay-cache = 6\n"
	"[profile full]\n"
	"min-version = 1.2\n"
	"max-version = 1.3\n"
	"cipher-suites = TLS_AES_128_GCM_SHA256 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\n"
	"groups = x448 P-521 ffdhe2048 x25519\n"
	"key-shares = x25519 x448\n"
	"signature-schemes = ed448 rsa_pss_rsae_sha256\n"
	"fallback-scsv = yes\n"
	"extended-master-secret = optional\n"
	"encrypt-then-mac = no\n"
	"renegotiation = no\n"
	"record-size-limit = 1000\n"
	"max-fragment-length = 2048\n"
	"grease = yes\n"
	"ocsp = require\n"
	"sct = yes\n"
	"client-auth = request\n"
	"client-trust = other.pem\n"
	"send-authorities = yes\n"
	"strict-sni = yes\n"
	"certificate-compression = zstd, zlib\n"
	"client-certificate = clientonly.pem\n"
	"client-key = clientonly.key\n"
	"verify-uri = spiffe://good.example/a\n"
	"verify-uri = spiffe://good.example/b/*\n"
	"pin-sha256 = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	"pin-policy = chain\n"
	"client-psk-file = psk\n"
	"server-psk-file = psk-other\n"
	"psk-ke = yes\n"
	"early-data = yes\n"
	"max-early-data = 8192\n"
	"early-data-window = 5s\n"
	"post-handshake-auth = yes\n"
	"user-mapping = yes\n"
	"user-principal = me@example\n"
	"user-domain = EXAMPLE\n"
	"[profile imports]\n"
	"client-psk-file = psk-imports\n"
	"server-psk-file = psk-imported\n"
	"[profile pinned]\n"
	"pin-policy = key\n"
	"pin-sha256 = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	"client-auth = require\n"
	"[profile plain]\n"
	"[profile only12]\n"
	"max-version = 1.2\n"
	"[profile only13]\n"
	"cipher-suites = TLS_AES_128_GCM_SHA256\n";

static void engine_terms(struct tlsup_config *c)
{
	const struct tlsup_profile *p = tlsup_config_profile(c, "full", 4);
	const struct hs_config *e = &p->client;

	ok(e->min_version == 0x0303 && e->max_version == 0x0304, "versions");
	ok(e->cipher_suites_len == 2 && e->cipher_suites[1] == 0xc02f &&
	   e->groups_len == 4 && e->groups[0] == 0x1e && e->groups[2] == 0x100 &&
	   e->key_share_groups_len == 2 && e->key_share_groups[1] == 0x1e &&
	   e->schemes_len == 2 && e->schemes[0] == 0x0808, "lists");
	ok(e->fallback_scsv && e->ems_optional && e->no_encrypt_then_mac &&
	   e->renegotiation == HS_RENEGOTIATION_REFUSE && e->grease &&
	   e->record_size_limit == 1000 && e->max_fragment_length == 2048,
	   "terms of TLS 1.2 and of records");
	ok(e->compressions_len == 2 && e->compressions[0].alg == 3 &&
	   p->server.compressions[1].alg == 1, "compression");
	ok(e->psk_ke && e->early_data && p->server.max_early_data == 8192 &&
	   p->server.early_data_window_ms == 5000 && e->post_handshake_auth,
	   "terms of TLS 1.3");
}

static void engine_certificates(struct tlsup_config *c)
{
	const struct tlsup_profile *p = tlsup_config_profile(c, "full", 4);
	const struct hs_config *e = &p->client;

	ok(e->ocsp && e->ocsp_required && e->sct && !p->server.ocsp &&
	   !p->server.ocsp_required && !p->server.sct, "what a client asks for");
	ok(p->server.client_auth == HS_CLIENT_AUTH_REQUEST && p->client_trust &&
	   p->client_trust != p->trust && p->client_chains.loaded[0],
	   "client certificates");
	ok(p->server.authorities.len == 25 && !e->authorities.len &&
	   p->strict_sni, "authorities are named to clients");
	ok(p->uris_len == 2 && !strcmp(p->uris[1], "spiffe://good.example/b/*") &&
	   p->pins_len == 1 && !p->pins_alone, "names and pins");
	p = tlsup_config_profile(c, "pinned", 6);
	ok(p->pins_alone && tlsup_trust_usable(p->trust) &&
	   p->client_trust == p->trust, "pins in place of authorities");
}

#define ALICE	"\0\5alice\0\3\1\2\3\3\4\0"

/* An imported key is there for each hash, under its own identity (RFC 9258). */
static void imported_keys(struct tlsup_config *c)
{
	const struct tlsup_psks *mine =
		tlsup_config_profile(c, "imports", 7)->client_psks;
	const struct tlsup_psks *theirs =
		tlsup_config_profile(c, "imports", 7)->server_psks;
	const struct hs_psk *psk;
	struct hs_bytes name;
	uint8_t hash;

	ok(mine->n == 5 && theirs->n == 2 && !mine->list[4].imported,
	   "imported keys, and one that is not");
	for (hash = HS_SHA256; hash <= HS_SHA384; hash++) {
		char identity[] = ALICE "\1";

		identity[sizeof(identity) - 2] = (char)hash;
		psk = tlsup_psks_find(mine, (struct hs_bytes){ (uint8_t *)identity,
							       sizeof(identity) - 1 });
		name = psk ? tlsup_psk_name(psk) : (struct hs_bytes){ 0 };
		ok(psk && psk->imported && psk->hash == hash &&
		   psk->key.len == (hash == HS_SHA256 ? 32 : 48) &&
		   name.len == 5 && !memcmp(name.data, "alice", 5),
		   "an imported key for hash %d", hash);
	}
	ok(!tlsup_psks_find(mine, (struct hs_bytes){ (uint8_t *)"alice", 5 }),
	   "the key itself is not there");
	/* The first, of the engine's test selftests/engine/imported.c. */
	ok(mine->list[0].key.bytes[0] == 0x37 && mine->list[0].key.bytes[1] == 0x00 &&
	   mine->list[0].key.bytes[31] == 0xa4, "the key is derived");
}

static void engine_names_and_keys(struct tlsup_config *c)
{
	const struct tlsup_profile *p = tlsup_config_profile(c, "full", 4);
	const struct hs_config *e = &p->client;

	ok(e->psks_len == 2 && e->psks[0].identity.len == 3 &&
	   !memcmp(e->psks[0].identity.data, "one", 3) &&
	   e->psks[0].key.len == 16 && e->psks[0].key.bytes[15] == 0xff &&
	   e->psks[0].hash == 1 && e->psks[1].identity.len == 7 &&
	   e->psks[1].key.len == 32 && e->psks[1].hash == 2 &&
	   !p->server.psks, "keys that a client offers");
	ok(tlsup_psks_find(p->server_psks,
			   (struct hs_bytes){ (uint8_t *)"three", 5 }) &&
	   !tlsup_psks_find(p->server_psks,
			    (struct hs_bytes){ (uint8_t *)"one", 3 }),
	   "keys that a server takes");
	ok(e->user_mapping && e->user_principal.len == 10 &&
	   e->user_domain.len == 7 && !memcmp(e->user_domain.data, "EXAMPLE", 7),
	   "user mapping");
}

static void engine_defaults(struct tlsup_config *c)
{
	const struct tlsup_profile *p = tlsup_config_profile(c, "plain", 5);
	const struct hs_config *e = &p->client;
	size_t i;

	ok(e->min_version == 0x0303 && e->max_version == 0x0304 && !e->groups &&
	   !e->key_share_groups && !e->schemes && !e->grease && !e->psks &&
	   !e->early_data && !p->server.max_early_data && !e->ems_optional &&
	   !p->client_trust && e->ocsp && !e->ocsp_required &&
	   p->server.client_auth == HS_CLIENT_AUTH_NONE,
	   "defaults");
	for (i = 0; i < e->cipher_suites_len; i++)
		if (e->cipher_suites[i] == 0xc013 || e->cipher_suites[i] == 0x1304)
			break;
	ok(i == e->cipher_suites_len && i > 3,
	   "by default, suites of both versions that the module protects");
	e = &tlsup_config_profile(c, "only12", 6)->server;
	ok(e->min_version == 0x0303 && e->max_version == 0x0303, "1.2 alone");
	e = &tlsup_config_profile(c, "only13", 6)->server;
	ok(e->min_version == 0x0304 && e->max_version == 0x0304,
	   "without a suite of it no TLS 1.2");
}

static void test_engine(void)
{
	struct tlsup_config *c = world_load(engine_text);

	if (!ok(c && !world_diag.errors, "everything that the engine offers")) {
		note("%s", world_all_said);
		return;
	}
	ok(c->reload_interval_ms == 3000 && c->server_session_cache == 5 && c->replay_cache == 6, "caches");
	engine_terms(c);
	engine_certificates(c);
	engine_names_and_keys(c);
	imported_keys(c);
	engine_defaults(c);
	tlsup_config_put(c);
}

static void test_fingerprints(void)
{
	static const char text[] =
		"[profile a]\ntrust = root.pem\n"
		"[profile b]\ntrust = root.pem\n"
		"[profile c]\ntrust = other.pem\n"
		"[profile d]\ntrust = root.pem\nx509-strict = no\n";
	struct tlsup_config *one = world_load(text);
	struct tlsup_config *two = world_load(text);
	const uint8_t *a = tlsup_config_profile(one, "a", 1)->fingerprint;

	ok(!memcmp(a, tlsup_config_profile(two, "a", 1)->fingerprint, 32),
	   "the same profile read again has the same fingerprint");
	ok(memcmp(a, tlsup_config_profile(one, "b", 1)->fingerprint, 32) &&
	   memcmp(tlsup_config_profile(one, "c", 1)->fingerprint,
		  tlsup_config_profile(one, "d", 1)->fingerprint, 32),
	   "another has another");
	tlsup_config_put(two);
	two = world_load("[profile a]\ntrust = root.pem\nverify-uri = a://b\n");
	ok(memcmp(a, tlsup_config_profile(two, "a", 1)->fingerprint, 32),
	   "and so has one that asks for another name");
	tlsup_config_put(two);
	two = world_load("[profile a]\ntrust = root.pem\npin-sha256 = " PIN "\n");
	ok(memcmp(a, tlsup_config_profile(two, "a", 1)->fingerprint, 32),
	   "or for a key");
	tlsup_config_put(two);
	two = world_load("[profile a]\ntrust = root.pem\n"
			 "client-certificate = good.pem\nclient-key = good.key\n");
	ok(two && memcmp(a, tlsup_config_profile(two, "a", 1)->fingerprint, 32),
	   "or shows a certificate of its own");
	tlsup_config_put(two);
	two = world_load("[profile a]\ntrust = other.pem\n");
	ok(memcmp(a, tlsup_config_profile(two, "a", 1)->fingerprint, 32),
	   "and so has one whose trust changed");
	tlsup_config_put(one);
	tlsup_config_put(two);
}

int main(void)
{
	world_begin("chains");
	world_write("psk", "# ours\n\none:" KEY16 "\ntwo:too:" KEY16 KEY16 ":sha384\r\n", 0600);
	world_write("psk-imports",
		    "alice:" KEY32 ":import=010203\n"
		    "bob:" KEY32 ":sha256:import\n"
		    "carol:" KEY16 ":sha384\n", 0600);
	world_write("psk-imported", "alice:" KEY32 ":import=030201\n", 0600);
	world_write("psk-other", "three:" KEY16 ":sha256", 0640);
	test_good();
	test_engine();
	test_fingerprints();
	return finish();
}
