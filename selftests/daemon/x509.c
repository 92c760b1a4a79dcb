// SPDX-License-Identifier: Apache-2.0
/* x509: the verdict on chains and names, and the choice of our own chain. */
#include "daemon/x509.h"

#include <errno.h>
#include <time.h>

#include "daemon/credential.h"
#include "selftests/daemon/tap.h"
#include "selftests/daemon/world.h"

static struct tlsup_trust *trust;
static struct tlsup_diag diag;
static char said[1024];

static void say(void *arg, bool error, const char *text)
{
	(void)arg;
	snprintf(said, sizeof(said), "%s%s", error ? "" : "warning: ", text);
}

static uint64_t now_ms(void)
{
	return time(NULL) * 1000ull;
}

/* The chain of NAME.chain.pem, by way of the loader that the daemon uses. */
static struct tlsup_credential *chain_of(const char *name)
{
	char file[64], key[64];

	snprintf(file, sizeof(file), "%s.chain.pem", name);
	snprintf(key, sizeof(key), "%s.key", name);
	return tlsup_credential_load(world_at(file), world_at(key), &diag);
}

struct row {
	const char	*chain, *name;
	int		error, alert;
	const char	*reason;	/* some of it */
	enum hs_role	peer;		/* 0: a server */
	int		days;		/* from now */
	size_t		only;		/* certificates sent; 0: all */
	const char	*extra;		/* whose certificate is sent, too */
};

/* RFC 8446 C.2: nothing of a chain is taken on trust: who issued it, its time, its
 * use, its strength, and its names by RFC 9525 6.3. */
static const struct row rows[] = {
	{ "good", "good.example", 0, 0, "", 0, 0, 0, NULL },
	{ "good", "also.example", 0, 0, "", 0, 0, 0, NULL },
	{ "good", "GOOD.Example", 0, 0, "", 0, 0, 0, NULL },
	{ "good", NULL, 0, 0, "", 0, 0, 0, NULL },
	{ "below", "good.example", 0, 0, "", 0, 0, 0, NULL },
	{ "rsa", "good.example", 0, 0, "", 0, 0, 0, NULL },
	{ "ed25519", "good.example", 0, 0, "", 0, 0, 0, NULL },
	{ "serveronly", "good.example", 0, 0, "", 0, 0, 0, NULL },
	{ "clientonly", NULL, 0, 0, "", HS_CLIENT, 0, 0, NULL },

	/* Names, RFC 9525. */
	{ "good", "bad.example", EREMCHG, 42,
	  "not for bad.example but for good.example, also.example", 0, 0, 0, NULL },
	{ "good", "good.example.org", EREMCHG, 42, "good.example.org", 0, 0, 0, NULL },
	{ "good", "example", EREMCHG, 42, "", 0, 0, 0, NULL },
	{ "good", "a.good.example", EREMCHG, 42, "", 0, 0, 0, NULL },
	{ "good", "192.0.2.1", EREMCHG, 42, "192.0.2.1", 0, 0, 0, NULL },
	{ "nosan", "nosan", EREMCHG, 42, "no name at all", 0, 0, 0, NULL },
	{ "wild", "a.wild.example", 0, 0, "", 0, 0, 0, NULL },
	{ "wild", "wild.example", EREMCHG, 42, "*.wild.example", 0, 0, 0, NULL },
	{ "wild", "a.b.wild.example", EREMCHG, 42, "", 0, 0, 0, NULL },
	{ "good", ".example", EREMCHG, 42, "", 0, 0, 0, NULL },
	{ "good", "", EREMCHG, 42, "", 0, 0, 0, NULL },
	{ "wild", ".wild.example", EREMCHG, 42, "", 0, 0, 0, NULL },
	{ "partial", "foo.wild.example", EREMCHG, 42, "", 0, 0, 0, NULL },
	{ "partial", "a.b.deep.example", EREMCHG, 42, "", 0, 0, 0, NULL },
	{ "address", "192.0.2.1", 0, 0, "", 0, 0, 0, NULL },
	{ "address", "2001:db8::1", 0, 0, "", 0, 0, 0, NULL },
	{ "address", "2001:DB8:0::1", 0, 0, "", 0, 0, 0, NULL },
	{ "address", "192.0.2.2", EREMCHG, 42, "192.0.2.1, 2001:db8::1", 0, 0, 0, NULL },
	{ "address", "good.example", EREMCHG, 42, "", 0, 0, 0, NULL },

	/* Time. */
	{ "expired", "good.example", EKEYEXPIRED, 45, "expired on 20", 0, 0, 0, NULL },
	{ "good", "good.example", EKEYEXPIRED, 45, "expired on 20", 0, 31, 0, NULL },
	{ "good", "good.example", EKEYEXPIRED, 45, "not valid before 20", 0, -2, 0, NULL },
	{ "below", "good.example", EKEYEXPIRED, 45, "expired", 0, 61, 0, NULL },

	/* Trust. */
	{ "untrusted", "good.example", EKEYREJECTED, 48, "no issuer", 0, 0, 0, NULL },
	{ "untrusted", "bad.example", EKEYREJECTED, 48, "no issuer", 0, 0, 0, NULL },
	{ "below", "good.example", EKEYREJECTED, 48, "no issuer", 0, 0, 1, NULL },
	{ "bynotca", "good.example", EKEYREJECTED, 48, "CA", 0, 0, 0,
	  "notca" },

	/* Use and strength. */
	{ "clientonly", "good.example", EKEYREJECTED, 43, "may not be used", 0, 0, 0, NULL },
	{ "serveronly", NULL, EKEYREJECTED, 43, "may not be used", HS_CLIENT, 0, 0, NULL },
	{ "weak", "good.example", EKEYREJECTED, 42, "key too weak", 0, 0, 0, NULL },
};

static void test_row(const struct row *row)
{
	struct tlsup_credential *c = chain_of(row->chain), *extra = NULL;
	const struct hs_certificate *cert;
	struct hs_bytes chain[HS_CHAIN_MAX];
	struct tlsup_verdict v;
	size_t n;
	struct tlsup_verify how = {
		.peer = row->peer ? row->peer : HS_SERVER,
		.name = row->name,
		.now_ms = now_ms() + row->days * 86400000ll,
	};

	if (!c) {
		ok(false, "%s: %s", row->chain, said);
		return;
	}
	cert = tlsup_credential_certificate(c);
	n = row->only ? row->only : cert->chain_len;
	memcpy(chain, cert->chain, n * sizeof(chain[0]));
	if (row->extra) {
		extra = chain_of(row->extra);
		chain[n++] = tlsup_credential_certificate(extra)->chain[0];
	}
	tlsup_x509_verify(trust, &how, chain, n, &v);
	if (!ok(v.error == row->error && v.alert == row->alert &&
		strstr(v.reason, row->reason) && !v.reason[0] == !row->error,
		"%s as %s: %s", row->chain, row->name ? row->name : "anybody",
		row->error ? strerror(row->error) : "trusted"))
		note("%s, alert %d: '%s'", strerror(v.error), v.alert, v.reason);
	if (!row->error)
		ok(v.not_after_ms > now_ms() + 28 * 86400000ull &&
		   v.not_after_ms < now_ms() + 31 * 86400000ull,
		   "... until the leaf ends");
	tlsup_credential_free(extra);
	tlsup_credential_free(c);
}

static void test_der(void)
{
	struct tlsup_credential *c = chain_of("good");
	struct hs_bytes der = tlsup_credential_certificate(c)->chain[0];
	struct tlsup_verify how = { .peer = HS_SERVER, .name = "good.example",
				    .now_ms = now_ms() };
	struct tlsup_verdict v;
	uint8_t *copy = malloc(der.len + 1);
	struct hs_bytes altered = { copy, der.len };
	unsigned int trusted = 0;
	size_t i;

	memcpy(copy, der.data, der.len);
	for (i = 0; i < der.len; i++) {
		copy[i] ^= 0x04;
		trusted += !tlsup_x509_verify(trust, &how, &altered, 1, &v);
		copy[i] ^= 0x04;
	}
	is_int(trusted, 0, "no certificate with an altered byte is trusted");
	copy[der.len] = 0;
	altered.len = der.len + 1;
	tlsup_x509_verify(trust, &how, &altered, 1, &v);
	ok(v.error == EKEYREJECTED && v.alert == 42 &&
	   strstr(v.reason, "not valid DER"), "nor one with a byte after it");
	altered.len = 0;
	tlsup_x509_verify(trust, &how, &altered, 1, &v);
	is_int(v.error, EKEYREJECTED, "nor an empty one");
	tlsup_x509_verify(trust, &how, &altered, 0, &v);
	is_int(v.error, ECONNABORTED, "nor an empty chain");
	free(copy);
	tlsup_credential_free(c);
}

static void test_trust(void)
{
	struct tlsup_trust *pinned = tlsup_trust_new();
	struct tlsup_trust *dir = tlsup_trust_new();
	struct tlsup_credential *c = chain_of("untrusted");
	const struct hs_certificate *cert = tlsup_credential_certificate(c);
	struct tlsup_verify how = { .peer = HS_SERVER, .name = "good.example",
				    .now_ms = now_ms() };
	uint8_t a[32], b[32], zero[32] = { 0 };
	struct tlsup_verdict v;

	ok(!tlsup_trust_usable(pinned), "an empty set is not usable");
	ok(tlsup_trust_add_path(pinned, world_at("untrusted.pem"), &diag) == 0 &&
	   tlsup_trust_usable(pinned), "a leaf may be an anchor");
	ok(!tlsup_x509_verify(pinned, &how, cert->chain, 1, &v),
	   "and is then trusted as it is");
	how.name = "bad.example";
	ok(tlsup_x509_verify(pinned, &how, cert->chain, 1, &v) &&
	   v.error == EREMCHG, "but for its names only");
	tlsup_trust_digest(trust, a);
	tlsup_trust_digest(pinned, b);
	ok(memcmp(a, b, 32) && memcmp(a, zero, 32),
	   "what is trusted has a digest");
	tlsup_trust_digest(trust, b);
	ok(!memcmp(a, b, 32), "always the same");
	ok(tlsup_trust_add_path(dir, world_at("garbled.pem"), &diag) < 0 &&
	   strstr(said, "garbled.pem:1: not a valid certificate"),
	   "an anchor that is none: file and line");
	ok(tlsup_trust_add_path(dir, world_at("good.key"), &diag) < 0 &&
	   strstr(said, "good.key:1: a private key"), "a key is no anchor");
	ok(tlsup_trust_add_path(dir, world_at("empty.pem"), &diag) < 0 &&
	   strstr(said, "holds no certificate"), "an empty file");
	ok(tlsup_trust_add_path(dir, world_at("nowhere.pem"), &diag) < 0 &&
	   strstr(said, "nowhere.pem: No such file"), "a missing file");
	how.name = "good.example";
	ok(tlsup_trust_add_path(dir, world_at("anchors"), &diag) == 0 &&
	   !tlsup_x509_verify(dir, &how, cert->chain, 1, &v), "a directory");
	ok(tlsup_trust_add_path(dir, world_at("no-anchors"), &diag) < 0 &&
	   strstr(said, "holds no file named"), "an empty directory");
	tlsup_credential_free(c);
	tlsup_trust_put(pinned);
	tlsup_trust_put(dir);
}

/* What RFC 5280 asks of a CA is asked of those that the peer sends. */
static void test_strict(void)
{
	struct tlsup_trust *plain = tlsup_trust_new();
	struct tlsup_credential *c[] = {
		chain_of("byplain"), chain_of("bysloppy"), chain_of("self"),
	};
	struct tlsup_verify how = { .peer = HS_SERVER, .name = "good.example",
				    .now_ms = now_ms() };
	const struct hs_certificate *cert;
	struct tlsup_verdict v;
	int i;

	if (tlsup_trust_add_path(plain, world_at("plain.pem"), &diag) < 0 ||
	    tlsup_trust_add_path(plain, world_at("self.pem"), &diag) < 0 ||
	    !c[0] || !c[1] || !c[2])
		exit(2);
	cert = tlsup_credential_certificate(c[0]);
	if (!ok(!tlsup_x509_verify(plain, &how, cert->chain, 1, &v),
		"an anchor without keyUsage is taken as it is"))
		note("%s", v.reason);
	ok(tlsup_x509_verify(trust, &how, cert->chain, 1, &v) &&
	   v.error == EKEYREJECTED, "where it is one");
	cert = tlsup_credential_certificate(c[1]);
	ok(tlsup_x509_verify(trust, &how, cert->chain, 2, &v) == 42 &&
	   v.error == EKEYREJECTED && strstr(v.reason, "key usage"),
	   "an authority in between without keyUsage is not");
	how.lax = true;
	ok(!tlsup_x509_verify(trust, &how, cert->chain, 2, &v),
	   "unless the profile is not strict");
	how.lax = false;
	how.name = "self.example";
	cert = tlsup_credential_certificate(c[2]);
	ok(!tlsup_x509_verify(plain, &how, cert->chain, 1, &v),
	   "a self-signed certificate that is an anchor");
	ok(tlsup_x509_verify(trust, &how, cert->chain, 1, &v) == 48 &&
	   v.error == EKEYREJECTED && strstr(v.reason, "self-signed"),
	   "and where it is none");
	how.now_ms += 90 * 86400000ull;
	ok(tlsup_x509_verify(plain, &how, cert->chain, 1, &v) == 45,
	   "nothing else is forgiven to an anchor");
	for (i = 0; i < 3; i++)
		tlsup_credential_free(c[i]);
	tlsup_trust_put(plain);
}

/* RFC 8446 4.4.2.2: by name and by what the client can verify. The names are
 * matched as RFC 9525 6.3 has it. */
static void test_choice(void)
{
	static const uint16_t ecdsa[] = { 0x0403 }, pss[] = { 0x0804 },
			      both[] = { 0x0804, 0x0403 }, ed448[] = { 0x0808 };
	struct tlsup_credential *list[] = {
		chain_of("good"), chain_of("wild"), chain_of("rsa"),
		chain_of("below"),
	};
	struct hs_hello hello = { .schemes = both, .schemes_len = 2 };
	size_t n = sizeof(list) / sizeof(list[0]), i;

#define CHOOSE(text) \
	(hello.server_name = (struct hs_bytes){ (const uint8_t *)(text), \
						strlen(text) }, \
	 tlsup_credential_select(list, n, &hello))
	ok(CHOOSE("") == list[0], "without a name, the first");
	ok(CHOOSE("good.example") == list[0], "by name, the first that has it");
	ok(CHOOSE("GOOD.example") == list[0], "names have no case");
	ok(CHOOSE("x.wild.example") == list[1], "by wildcard");
	ok(CHOOSE("wild.example") == list[0], "a wildcard needs its label");
	ok(CHOOSE("x.y.wild.example") == list[0], "and no more than one");
	ok(CHOOSE("unknown.example") == list[0], "for an unknown name, the first");
	hello.schemes = pss;
	hello.schemes_len = 1;
	ok(CHOOSE("good.example") == list[2], "by what the client can verify");
	ok(CHOOSE("x.wild.example") == list[2], "which is more than the name");
	hello.schemes = ecdsa;
	ok(CHOOSE("") == list[0], "ECDSA");
	hello.schemes = ed448;
	ok(!CHOOSE("good.example"), "none that fits");
#undef CHOOSE
	for (i = 0; i < n; i++)
		tlsup_credential_free(list[i]);
}

/* Chains for one name, and what a client can verify; a client's own, for a server
 * that names authorities (RFC 8446 4.4.2.3). */
static void test_choice_of_chain(void)
{
	static const uint16_t all[] = { 0x0403, 0x0804, 0x0807 };
	static const uint16_t ed25519[] = { 0x0807 }, rsa_certs[] = { 0x0401 };
	struct tlsup_credential *list[] = {
		chain_of("rsa"), chain_of("good"), chain_of("ed25519"),
	};
	struct hs_hello hello = {
		.schemes = all, .schemes_len = 3, .cert_schemes = all,
		.cert_schemes_len = 3,
		.server_name = { (const uint8_t *)"good.example", 12 },
	};
	struct tlsup_credential *mixed[] = { list[0], chain_of("untrusted") };
	uint8_t other[32];
	size_t i;

	ok(tlsup_credential_select(list, 3, &hello) == list[0],
	   "of chains that are alike the first");
	hello.schemes = ed25519;
	hello.schemes_len = 1;
	ok(tlsup_credential_select(list, 3, &hello) == list[2],
	   "the one whose key can sign");
	hello.schemes = all;
	hello.schemes_len = 3;
	hello.cert_schemes = rsa_certs;
	hello.cert_schemes_len = 1;
	ok(tlsup_credential_select(list, 3, &hello) == list[0],
	   "if no chain can be verified, still the first");
	ok(tlsup_credential_has_name(list, 3, hello.server_name) &&
	   !tlsup_credential_has_name(list, 3, (struct hs_bytes){
		   (const uint8_t *)"bad.example", 11 }),
	   "a name that there is a chain for, and one that there is not");

	/* The authorities that were named: "CN=test other" as DER. */
	memcpy(other, "\0\027\060\025\061\023\060\021\006\003\125\004\003\014\012test other", 25);
	hello.cert_schemes = all;
	hello.cert_schemes_len = 3;
	hello.authorities = (struct hs_bytes){ other, 25 };
	ok(tlsup_credential_select(mixed, 2, &hello) == mixed[1],
	   "a client's authorities decide between chains");
	ok(tlsup_credential_select_client(mixed, 2, &hello) == mixed[1] &&
	   !tlsup_credential_select_client(list, 3, &hello),
	   "a client shows only what the server's authorities issued");
	other[24] = 'x';
	ok(!tlsup_credential_select_client(mixed, 2, &hello),
	   "or nothing");
	other[1] = 99;
	ok(!tlsup_credential_select_client(mixed, 2, &hello),
	   "a list that is cut short names nobody");
	hello.authorities.len = 0;
	ok(tlsup_credential_select_client(mixed, 2, &hello) == mixed[0],
	   "without authorities, the first whose key can sign");
	hello.schemes_len = 0;
	ok(!tlsup_credential_select_client(mixed, 2, &hello), "if one can");
	for (i = 0; i < 3; i++)
		tlsup_credential_free(list[i]);
	tlsup_credential_free(mixed[1]);
}

static void test_names_of_anchors(void)
{
	struct tlsup_trust *set = tlsup_trust_new();
	struct hs_bytes names = { NULL, 0 };

	if (tlsup_trust_add_path(set, world_at("other.pem"), &diag) < 0)
		exit(2);
	ok(tlsup_trust_names(set, &names) && names.len == 25 &&
	   !memcmp(names.data + 15, "test other", 10), "the names of anchors");
	free((void *)names.data);
	tlsup_trust_put(set);
}

static const struct {
	const char	*cert, *key;
	const char	*want;		/* of the error, or "" for none */
	const char	*warning;
} loads[] = {
	{ "good.pem", "good.key", "", "" },
	{ "combined.pem", "combined.pem", "", "" },
	{ "good.pem", "readable.key", "",
	  "readable.key: a private key that everybody may read (mode 644)" },
	{ "expired.pem", "expired.key", "",
	  "expired.pem:1: the certificate has expired" },
	{ "nosan.pem", "nosan.key", "", "no subjectAltName" },
	{ "clientonly.pem", "clientonly.key", "", "not for a TLS server" },
	{ "weak.pem", "weak.key", "", "weak.key:1: an RSA key of 1024 bits" },
	{ "good.pem", "rsa.key",
	  "rsa.key:1: the key does not match the certificate at ", "" },
	{ "good.pem", "nowhere.key", "nowhere.key: No such file", "" },
	{ "nowhere.pem", "good.key", "nowhere.pem: No such file", "" },
	{ "empty.pem", "good.key", "empty.pem: holds no certificate", "" },
	{ "good.pem", "empty.pem", "empty.pem: holds no private key", "" },
	{ "good.pem", "below.pem",
	  "below.pem:1: a certificate in the file of a private key", "" },
	{ "combined.pem", "good.key",
	  ": a private key in the file of a certificate chain", "" },
	{ "good.pem", "twokeys.key", ": a second private key", "" },
	{ "good.pem", "encrypted.key", "encrypted.key:1: the private key is encrypted", "" },
	{ "foreign.pem", "good.key", "'CN=test other' did not issue", "" },
	{ "twoleaves.pem", "good.key",
	  "a second leaf: 'CN=address' is no authority, and the leaf of this chain is at line 1", "" },
	{ "doubled.pem", "good.key", "'CN=good' is here for the second time", "" },
	{ "byaged.chain.pem", "byaged.key", "", "an issuer's certificate has expired" },
	{ "reversed.pem", "below.key", "the leaf must come first", "" },
	{ "noleaf.pem", "good.key", "noleaf.pem:1: no leaf", "" },
	{ "cut.pem", "good.key", "cut.pem:1: BEGIN CERTIFICATE without its END", "" },
	{ "garbled.pem", "good.key", "garbled.pem:1: not a valid certificate", "" },
	{ "mismatch.pem", "good.key", "END PRIVATE KEY closes BEGIN CERTIFICATE of line 1", "" },
	{ "good.pem", "x25519.key", "x25519.key:1: the key does not match", "" },
	{ "good.pem", ".", ": not a regular file", "" },
};

static void test_loads(void)
{
	struct tlsup_credential *c;
	size_t i;

	for (i = 0; i < sizeof(loads) / sizeof(loads[0]); i++) {
		said[0] = 0;
		memset(&diag, 0, sizeof(diag));
		diag.say = say;
		c = tlsup_credential_load(world_at(loads[i].cert),
					  world_at(loads[i].key), &diag);
		if (!ok(!!c == !*loads[i].want &&
			diag.errors == (*loads[i].want ? 1 : 0) &&
			diag.warnings == (*loads[i].warning ? 1 : 0) &&
			strstr(said, loads[i].want) &&
			strstr(said, loads[i].warning),
			"%s with %s: %s%s", loads[i].cert, loads[i].key,
			*loads[i].want ? "refused" : "taken",
			*loads[i].warning ? ", with a warning" : ""))
			note("%u errors, %u warnings: %s", diag.errors,
			     diag.warnings, said);
		tlsup_credential_free(c);
	}
}

static void test_client_load(void)
{
	struct tlsup_credential *c;

	memset(&diag, 0, sizeof(diag));
	diag.say = say;
	c = tlsup_credential_load_client(world_at("clientonly.pem"),
					 world_at("clientonly.key"), &diag);
	ok(c && !diag.warnings, "a client's certificate, for a client");
	tlsup_credential_free(c);
	c = tlsup_credential_load_client(world_at("serveronly.pem"),
					 world_at("serveronly.key"), &diag);
	ok(c && diag.warnings == 1 && strstr(said, "not for a TLS client"),
	   "a server's is warned of there");
	tlsup_credential_free(c);
}

int main(void)
{
	size_t i;

	world_begin("");
	diag.say = say;
	trust = tlsup_trust_new();
	if (tlsup_trust_add_path(trust, world_at("root.pem"), &diag) < 0)
		exit(2);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		test_row(&rows[i]);
	test_der();
	test_trust();
	test_strict();
	test_choice();
	test_choice_of_chain();
	test_names_of_anchors();
	test_loads();
	test_client_load();
	tlsup_trust_put(trust);
	return finish();
}
