// SPDX-License-Identifier: Apache-2.0
/* config: what a good file says, and how a bad one is complained of. */
#include "daemon/config.h"

#include "selftests/daemon/tap.h"

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
	FILE *file = fopen(in_world("test.conf"), "w");

	if (!file || fwrite(text, 1, len, file) != len || fclose(file))
		exit(2);
	*diag = (struct tlsup_diag){ .say = say };
	said[0] = 0;
	lines_said = 0;
	return tlsup_config_load(in_world("test.conf"), diag);
}

static void test_good(void)
{
	static const char text[] =
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
	struct tlsup_diag diag;
	struct tlsup_config *c = load(text, strlen(text), &diag);
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
	ok(p && p->certificates == 2 && p->credentials[0] && p->credentials[1],
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
	ok(p && !p->certificates && p->trust && p->client.tickets == 2 &&
	   !p->client.cipher_suites, "a section without a key is a profile");
	p = tlsup_config_profile(c, "default", 7);
	ok(p && p == tlsup_config_profile(c, "", 0), "there is always a default");
	ok(!tlsup_config_profile(c, "empt", 4) &&
	   !tlsup_config_profile(c, "empty2", 6), "names are whole names");
	tlsup_config_put(tlsup_config_get(c));
	tlsup_config_put(c);
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
	two = load("[profile a]\ntrust = other.pem\n", 30, &diag);
	ok(memcmp(a, tlsup_config_profile(two, "a", 1)->fingerprint, 32),
	   "and so has one whose trust changed");
	tlsup_config_put(one);
	tlsup_config_put(two);
}

#define G "[tlsupd]\n"
#define P "[profile p]\n"

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
	{ P "min-version = 1.2\n", ":2: TLS 1.2 is not spoken" },
	{ P "max-version = 1.1\n", ":2: '1.1' is no version of TLS" },
	{ P "cipher-suites = TLS_NULL\n", ":2: 'TLS_NULL' is no cipher suite" },
	{ P "cipher-suites =\n", ":2: the list is empty" },
	{ P "cipher-suites = TLS_AES_128_GCM_SHA256 TLS_AES_128_GCM_SHA256\n",
	  ":2: TLS_AES_128_GCM_SHA256 is named twice" },
	{ P "groups = x25519 x449\n", ":2: 'x449' is no group" },
	{ P "groups = P-256, secp256r1\n", ":2: secp256r1 is named twice" },
	{ P "alpn =\n", ":2: the list is empty" },
	{ P "users =\n", ":2: the list is empty" },
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
			strstr(said, world), "refused: %s",
			bad[i].want))
			note("said: %s", said);
		if (c)
			tlsup_config_put(c);
	}
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
	ok(c && c->keylog && strstr(c->keylog, world),
	   "a path is relative to the file that names it");
	tlsup_config_put(c);
}

int main(void)
{
	world_begin();
	test_good();
	test_fingerprints();
	test_bad();
	test_odd_files();
	return finish();
}
