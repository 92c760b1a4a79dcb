// SPDX-License-Identifier: Apache-2.0
/* config: what a good file says, and how a bad one is complained of. */
#include "daemon/config.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/keylog.h"
#include "selftests/daemon/tap.h"
#include "selftests/daemon/world.h"

#define G "[tlsupd]\n"
#define P "[profile p]\n"
#define PIN "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static char said[8192];
static unsigned int lines_said;

static void say(void *arg, bool error, const char *text)
{
	size_t used = strlen(said);

	(void)arg;
	lines_said++;
	snprintf(said + used, sizeof(said) - used, "%s%s\n",
		 error ? "" : "warning: ", text);
}

static struct tlsup_config *load(const void *text, size_t len,
				 struct tlsup_diag *diag)
{
	FILE *file = fopen(world_at("test.conf"), "w");

	if (!file || fwrite(text, 1, len, file) != len || fclose(file))
		exit(2);
	*diag = (struct tlsup_diag){ .say = say };
	said[0] = 0;
	lines_said = 0;
	return tlsup_config_load(world_at("test.conf"), diag);
}

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
	struct tlsup_diag diag;
	struct tlsup_config *c = load(good_text, strlen(good_text), &diag);
	const struct tlsup_profile *p;

	if (!ok(c && !diag.errors, "a file with everything in it")) {
		note("%s", said);
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
	struct tlsup_diag diag;
	struct tlsup_config *c = load(engine_text, strlen(engine_text), &diag);

	if (!ok(c && !diag.errors, "everything that the engine offers")) {
		note("%s", said);
		return;
	}
	ok(c->reload_interval_ms == 3000 && c->server_session_cache == 5 && c->replay_cache == 6, "caches");
	engine_terms(c);
	engine_certificates(c);
	engine_names_and_keys(c);
	engine_defaults(c);
	tlsup_config_put(c);
}

static void write_file(const char *name, const char *text, mode_t mode)
{
	FILE *file = fopen(world_at(name), "w");

	if (!file || fputs(text, file) < 0 || fclose(file) ||
	    chmod(world_at(name), mode) < 0)
		exit(2);
}

#define KEY16 "00112233445566778899aabbccddeeff"

static void write_psks(void)
{
	write_file("psk", "# ours\n\none:" KEY16 "\ntwo:too:" KEY16 KEY16 ":sha384\r\n", 0600);
	write_file("psk-other", "three:" KEY16 ":sha256", 0640);
	write_file("psk-readable", "one:" KEY16 "\n", 0644);
	write_file("psk-short", "one:" KEY16 "\nshort:0011\n", 0600);
	write_file("psk-hash", "one:" KEY16 ":md5\n" KEY16 ":two\n", 0600);
	write_file("psk-twice", "one:" KEY16 "\none:" KEY16 "\n", 0600);
	write_file("psk-none", "# nothing\n", 0600);
	write_file("psk-bare", KEY16 "\n", 0600);
	write_file("psk-anonymous", ":" KEY16 "\n", 0600);
}

static void test_fingerprints(void)
{
	static const char text[] =
		"[profile a]\ntrust = root.pem\n"
		"[profile b]\ntrust = root.pem\n"
		"[profile c]\ntrust = other.pem\n"
		"[profile d]\ntrust = root.pem\nx509-strict = no\n";
	struct tlsup_diag diag;
	struct tlsup_config *one = load(text, strlen(text), &diag);
	struct tlsup_config *two = load(text, strlen(text), &diag);
	const uint8_t *a = tlsup_config_profile(one, "a", 1)->fingerprint;

	ok(!memcmp(a, tlsup_config_profile(two, "a", 1)->fingerprint, 32),
	   "the same profile read again has the same fingerprint");
	ok(memcmp(a, tlsup_config_profile(one, "b", 1)->fingerprint, 32) &&
	   memcmp(tlsup_config_profile(one, "c", 1)->fingerprint,
		  tlsup_config_profile(one, "d", 1)->fingerprint, 32),
	   "another has another");
	tlsup_config_put(two);
	two = load("[profile a]\ntrust = root.pem\nverify-uri = a://b\n", 47, &diag);
	ok(memcmp(a, tlsup_config_profile(two, "a", 1)->fingerprint, 32),
	   "and so has one that asks for another name");
	tlsup_config_put(two);
	two = load("[profile a]\ntrust = root.pem\npin-sha256 = " PIN "\n", 86, &diag);
	ok(memcmp(a, tlsup_config_profile(two, "a", 1)->fingerprint, 32),
	   "or for a key");
	tlsup_config_put(two);
	two = load("[profile a]\ntrust = root.pem\nclient-certificate = good.pem\nclient-key = good.key\n", 81, &diag);
	ok(two && memcmp(a, tlsup_config_profile(two, "a", 1)->fingerprint, 32),
	   "or shows a certificate of its own");
	tlsup_config_put(two);
	two = load("[profile a]\ntrust = other.pem\n", 30, &diag);
	ok(memcmp(a, tlsup_config_profile(two, "a", 1)->fingerprint, 32),
	   "and so has one whose trust changed");
	tlsup_config_put(one);
	tlsup_config_put(two);
}

static const struct {
	const char	*text;
	const char	*want;		/* after "test.conf" */
} bad[] = {
	{ "workers = 1\n", ":1: 'workers' stands before any section" },
	{ G "wrokers = 1\n", ":2: unknown key 'wrokers' in [tlsupd]" },
	{ P "workers = 1\n", ":2: unknown key 'workers' in a profile" },
	{ G "alpn = h2\n", ":2: unknown key 'alpn' in [tlsupd]" },
	{ G "workers\n", ":2: neither 'key = value' nor '[section]'" },
	{ G "\n\n  nonsense here\n", ":4: neither 'key = value'" },
	{ "[tlsupd\n", ":1: neither 'key = value' nor '[section]'" },
	{ "[tlsupd] workers = 1\n", ":1: text after the section's ']'" },
	{ "[tlsupd]x\n", ":1: text after the section's ']'" },
	{ "[server]\n", ":1: unknown section [server]" },
	{ "[profile]\n", ":1: unknown section [profile]" },
	{ "[profile ]\n", ":1: '' is no name for a profile" },
	{ "[profile a b]\n", ":1: 'a b' is no name for a profile" },
	{ "[profile a/b]\n", ":1: 'a/b' is no name" },
	{ "[profile 0123456789012345678901234567890123456789012345678901234567890123]\n",
	  "is no name for a profile" },
	{ P G P, ":3: profile 'p' is already at line 1" },
	{ G P G, ":3: [tlsupd] is already at line 1" },
	{ G "workers = 0\n", ":2: '0' is not a number from 1 to 256" },
	{ G "workers = 257\n", ":2: '257' is not a number from 1 to 256" },
	{ G "workers = -1\n", ":2: '-1' is not a number" },
	{ G "workers = 1x\n", ":2: '1x' is not a number" },
	{ G "workers = 99999999999999999999999\n", "is not a number" },
	{ G "workers =\n", ":2: '' is not a number" },
	{ G "workers = 1\nworkers = 2\n", ":3: 'workers' is given twice" },
	{ G "log-level = loud\n", ":2: 'loud' is none of error, warning" },
	{ G "ticket-key-interval = 1m\n", ":2: '1m' is outside 600 to 604800 seconds" },
	{ G "ticket-key-interval = 8d\n", ":2: '8d' is outside" },
	{ G "ticket-key-interval = soon\n", ":2: 'soon' is not a time such as" },
	{ G "ticket-key-interval = 1y\n", ":2: '1y' is not a time" },
	{ G "ticket-key-interval = 4294967296\n", "is not a time" },
	{ P "resumption = maybe\n", ":2: 'maybe' is neither yes nor no" },
	{ P "resumption = yes\nresumption = yes\n", ":3: 'resumption' is given twice" },
	{ P "tickets = 9\n", ":2: '9' is not a number from 0 to 8" },
	{ P "max-version = 1.1\n", ":2: '1.1' is none of 1.2, 1.3" },
	{ P "min-version = 1.3\nmax-version = 1.2\n", ":1: min-version is above max-version" },
	{ P "min-version = 1.3\ncipher-suites = TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\n",
	  ":1: no cipher suite of the list is for the versions" },
	{ P "max-version = 1.2\ncipher-suites = TLS_AES_128_GCM_SHA256\n",
	  ":1: no cipher suite of the list is for the versions" },
	{ P "cipher-suites = TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA\n",
	  ":2: TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA is not for kernel sockets: there are AES-GCM and ChaCha20-Poly1305" },
	{ P "cipher-suites = TLS_AES_128_GCM_SHA256 TLS_AES_128_CCM_SHA256\n",
	  ":2: TLS_AES_128_CCM_SHA256 is not for kernel sockets" },
	{ P "cipher-suites = TLS_NULL\n", ":2: 'TLS_NULL' is no cipher suite" },
	{ P "cipher-suites =\n", ":2: the list is empty" },
	{ P "cipher-suites = TLS_AES_128_GCM_SHA256 TLS_AES_128_GCM_SHA256\n",
	  ":2: TLS_AES_128_GCM_SHA256 is named twice" },
	{ P "groups = x25519 sect571r1\n", ":2: 'sect571r1' is no group" },
	{ P "key-shares = P-255\n", ":2: 'P-255' is no group" },
	{ P "groups = x25519\nkey-shares = P-256\n",
	  ":1: secp256r1 is in key-shares, but not in groups" },
	{ P "signature-schemes = rsa_pkcs1_sha1\n",
	  ":2: 'rsa_pkcs1_sha1' is no signature scheme" },
	{ P "signature-schemes = rsa_pkcs1_sha256\nmin-version = 1.3\n",
	  ":1: nothing can be negotiated: libcrypto and the lists" },
	{ P "fallback-scsv = 1\n", ":2: '1' is neither yes nor no" },
	{ P "extended-master-secret = no\n", ":2: 'no' is none of required, optional" },
	{ P "encrypt-then-mac = maybe\n", ":2: 'maybe' is neither yes nor no" },
	{ P "renegotiation = yes\n",
	  ":2: renegotiation is refused on kernel sockets: 'no' is all there is" },
	{ P "record-size-limit = 63\n", ":2: '63' is not a number from 64 to 16385" },
	{ P "record-size-limit = 16386\n", ":2: '16386' is not a number from 64" },
	{ P "max-fragment-length = 8192\n", ":2: '8192' is none of 512, 1024, 2048, 4096" },
	{ P "grease = no thanks\n", ":2: 'no thanks' is neither yes nor no" },
	{ P "pin-sha256 = abc\n", ":2: 'abc' is not the base64 of 32 bytes" },
	{ P "pin-sha256 =\n", ":2: the list is empty" },
	{ P "pin-policy = key\n", ":1: pin-policy = key needs a pin-sha256" },
	{ P "pin-policy = leaf\n", ":2: 'leaf' is none of chain, key" },
	{ P "pin-policy = key\npin-sha256 = " PIN "\ntrust = root.pem\n",
	  ":1: pin-policy = key trusts the pinned keys alone" },
	{ P "crl = nowhere\n", "/nowhere: No such file" },
	{ P "crl = good.pem\n", "/good.pem:1: a block of kind CERTIFICATE among revocation lists" },
	{ P "crl-check = all\n", ":2: 'all' is none of chain, leaf" },
	{ P "crl-check = leaf\n", ":1: crl-check says something of lists that no crl names" },
	{ P "verify-uri = example.org\n", ":2: 'example.org' is not a URI such as" },
	{ P "verify-uri = spiffe://*/x\n", ":2: 'spiffe://*/x' is not a URI such as" },
	{ P "verify-uri = spiffe://a/b*\n", ":2: 'spiffe://a/b*' is not a URI such as" },
	{ P "ocsp = staple\n", ":2: 'staple' is none of no, request, require" },
	{ P "sct = 2\n", ":2: '2' is neither yes nor no" },
	{ P "client-auth = yes\n", ":2: 'yes' is none of none, request, require" },
	{ P "client-auth = require\n",
	  ":1: client-auth needs client-trust: whose client certificates are good?" },
	{ P "client-trust = nowhere\n", "/nowhere: No such file" },
	{ P "client-key = good.key\n", ":2: a key belongs to the certificate before it" },
	{ P "client-certificate = good.pem\n",
	  ":2: a certificate without its key: 'client-key = FILE' is missing after it" },
	{ P "ocsp-file = x\n", ":2: an ocsp-file belongs to the certificate before it" },
	{ P "certificate = good.pem\nkey = good.key\nocsp-file = nowhere\n", "/nowhere: No such file" },
	{ P "certificate = good.pem\nsct-file = good.pem\nkey = good.key\n",
	  "/good.pem: not a SignedCertificateTimestampList" },
	{ P "certificate = good.pem\nsct-file = a\nsct-file = b\nkey = good.key\n",
	  ":4: a second sct-file for the certificate of line 2" },
	{ P "strict-sni = x\n", ":2: 'x' is neither yes nor no" },
	{ P "send-authorities = x\n", ":2: 'x' is neither yes nor no" },
	{ P "certificate-compression = lzma\n", ":2: 'lzma' is no compression" },
	{ P "certificate-compression = zlib zlib\n", ":2: zlib is named twice" },
	{ G "reload-interval = 2h\n", ":2: '2h' is outside 0 to 3600 seconds" },
	{ P "early-data = 1\n", ":2: '1' is neither yes nor no" },
	{ P "max-early-data = 16777217\n", ":2: '16777217' is not a number from 0 to 16777216" },
	{ P "early-data-window = 2m\n", ":2: '2m' is outside 1 to 60 seconds" },
	{ P "psk-ke = x\n", ":2: 'x' is neither yes nor no" },
	{ P "post-handshake-auth = x\n", ":2: 'x' is neither yes nor no" },
	{ P "user-mapping = x\n", ":2: 'x' is neither yes nor no" },
	{ P "user-domain = example\n",
	  ":1: user-principal and user-domain are for user-mapping = yes" },
	{ P "client-psk-file = nowhere\n", "/nowhere: No such file" },
	{ P "client-psk-file = psk\nclient-psk-file = psk\n",
	  ":3: 'client-psk-file' is given twice" },
	{ P "client-psk-file = psk\nserver-psk-file = psk\n",
	  ":3: the identity 'one' is in client-psk-file, too" },
	{ P "server-psk-file = psk-readable\n",
	  "/psk-readable: keys that everybody may read (mode 644)" },
	{ P "server-psk-file = psk-short\n",
	  "/psk-short:2: the key is not 16 to 64 bytes in hexadecimal" },
	{ P "server-psk-file = psk-twice\n",
	  "/psk-twice:2: the identity 'one' is there already" },
	{ P "server-psk-file = psk-none\n", "/psk-none: holds no key" },
	{ P "server-psk-file = psk-bare\n",
	  "/psk-bare:1: a line is IDENTITY:KEY or IDENTITY:KEY:HASH" },
	{ P "server-psk-file = psk-anonymous\n",
	  "/psk-anonymous:1: an identity has 1 to 4096 bytes" },
	{ G "server-session-cache = many\n", ":2: 'many' is not a number from 0 to 1000000" },
	{ G "replay-cache = 10000001\n", ":2: '10000001' is not a number from 0 to 10000000" },
	{ P "groups = P-256, secp256r1\n", ":2: secp256r1 is named twice" },
	{ P "alpn =\n", ":2: the list is empty" },
	{ P "users =\n", ":2: the list is empty" },
	{ P "users = ,\n", ":2: the list is empty" },
	{ P "alpn = , ,\n", ":2: the list is empty" },
	{ P "pin-sha256 = ,,\n", ":2: the list is empty" },
	{ P "cipher-suites = ,\n", ":2: the list is empty" },
	{ P "users = root, no body\n", ":2: there is no user 'no'" },
	{ P "users = 4294967295\n", ":2: there is no user" },
	{ P "users = -1\n", ":2: there is no user" },
	{ P "key = good.key\n", ":2: a key belongs to the certificate before it" },
	{ P "certificate = good.pem\n", ":2: a certificate without its key" },
	{ P "certificate = good.pem\nkey = good.key\nkey = rsa.key\n",
	  ":4: a second key for the certificate of line 2" },
	{ P "certificate =\n", ":2: no file is named" },
	{ P "certificate = good.pem\nkey = nowhere\n", "/nowhere: No such file" },
	{ P "certificate = good.pem\nkey = rsa.key\n", "/rsa.key:1: the key does not match" },
	{ P "trust = nowhere\n", "/nowhere: No such file" },
	{ P "trust = no-anchors\n", "/no-anchors: holds no file named" },
	{ P "alpn = "
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
	  "alpn = "
	  "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n",
	  ":3: the protocol names are longer than 256 bytes" },
};

static void test_bad(void)
{
	struct tlsup_config *c;
	struct tlsup_diag diag;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		c = load(bad[i].text, strlen(bad[i].text), &diag);
		if (!ok(!c && diag.errors && strstr(said, bad[i].want) &&
			strstr(said, world_at("")), "refused: %s",
			bad[i].want))
			note("said: %s", said);
		if (c)
			tlsup_config_put(c);
	}
}

/* A line that is wrong has a secret in it, wherever that is. */
static void test_secrets(void)
{
	static const char text[] = P "server-psk-file = psk-hash\n";
	struct tlsup_diag diag;

	ok(!load(text, strlen(text), &diag) && diag.errors == 2 &&
	   strstr(said, "psk-hash:2: the key is not") && !strstr(said, KEY16),
	   "no complaint repeats a key");
}

static void test_odd_files(void)
{
	char line[4096], *text = line;
	struct tlsup_diag diag;
	struct tlsup_config *c;

	c = load("", 0, &diag);
	ok(c && !diag.errors, "an empty file is the default");
	tlsup_config_put(c);
	c = tlsup_config_load(NULL, &diag);
	ok(c && tlsup_config_profile(c, "", 0), "and so is none");
	tlsup_config_put(c);
	ok(!load("[tlsupd]\nworkers = 1\0\n", 22, &diag) &&
	   strstr(said, "test.conf:2: a NUL byte"), "a NUL byte");
	text += sprintf(text, "[tlsupd]\nlog-level = ");
	memset(text, 'x', 2000);
	strcpy(text + 2000, "\nbogus = 1\n");
	ok(!load(line, strlen(line), &diag) &&
	   strstr(said, "test.conf:2: longer than ") &&
	   strstr(said, "test.conf:3: unknown key 'bogus'"),
	   "a line that is too long does not shift the others");
	ok(!load("[tlsupd]\nworkers = 0\nbogus = 1\n[profile p]\ntickets = x\n",
		 55, &diag) && diag.errors == 3 && lines_said == 3,
	   "every error is told");
	diag = (struct tlsup_diag){ .say = say };
	said[0] = 0;
	ok(!tlsup_config_load("/nowhere/tlsupd.conf", &diag) &&
	   strstr(said, "/nowhere/tlsupd.conf: No such file"),
	   "a file that is missing");
	c = load("[tlsupd]\nkeylog = keys\n", 23, &diag);
	ok(c && diag.warnings && strstr(said, "test.conf:2: the secrets of every"),
	   "a key log is warned of");
	ok(c && c->keylog && strstr(c->keylog, world_at("")),
	   "a path is relative to the file that names it");
	tlsup_config_put(c);
}

static void test_keylog(void)
{
	struct tlsup_keylog *k = tlsup_keylog_open(world_at("keys"));
	struct stat st;

	ok(k && !stat(world_at("keys"), &st) && (st.st_mode & 0777) == 0600,
	   "a key log is its owner's alone");
	tlsup_keylog_close(k);
	ok(!mkfifo(world_at("fifo"), 0600) && !tlsup_keylog_open(world_at("fifo")),
	   "what is no file is none, and is not waited for");
	write_file("theirs", "", 0600);
	ok(!chown(world_at("theirs"), 4711, 4711) &&
	   !tlsup_keylog_open(world_at("theirs")) && errno == EPERM,
	   "nor is a file that somebody else put there");
}

/* Is the digest of the files another one? Then it is the one to compare with. */
static bool changed(struct tlsup_config *c, uint8_t last[TLSUP_DIGEST])
{
	uint8_t now[TLSUP_DIGEST];
	bool other;

	tlsup_config_files(c, world_at("test.conf"), now);
	other = memcmp(now, last, sizeof(now)) != 0;
	memcpy(last, now, sizeof(now));
	return other;
}

static void test_files(void)
{
	static const char text[] =
		"[profile web]\n"
		"certificate = good.pem\nkey = good.key\n"
		"trust = anchors\ntrust = root.pem\ntrust = system\n"
		"client-psk-file = psk\n";
	struct tlsup_diag diag;
	struct tlsup_config *c = load(text, strlen(text), &diag);
	uint8_t last[TLSUP_DIGEST] = { 0 };
	char was[512], is[512];

	ok(changed(c, last) && !changed(c, last),
	   "files that nobody touched are the same");
	write_file("test.conf", "# x\n", 0600);
	ok(changed(c, last) && !changed(c, last), "the configuration itself");
	write_file("anchors/new.crt", "", 0600);
	ok(changed(c, last) && !changed(c, last), "one more in a directory");
	write_file("psk", "two:" KEY16, 0600);
	ok(changed(c, last) && !changed(c, last), "a file of keys");
	strcpy(was, world_at("good.key"));
	strcpy(is, world_at("moved.key"));
	ok(!rename(was, is) && changed(c, last) && !changed(c, last),
	   "a file that is gone");
	ok(!symlink(is, was) && changed(c, last) && !changed(c, last),
	   "one behind a link");
	ok(!chmod(is, 0640) && changed(c, last), "its mode");
	write_file("elsewhere", "", 0600);
	ok(!changed(c, last), "others do not count");
	tlsup_config_put(c);
}

int main(void)
{
	world_begin("");
	write_psks();
	test_good();
	test_engine();
	test_fingerprints();
	test_bad();
	test_secrets();
	test_odd_files();
	test_keylog();
	test_files();
	return finish();
}
