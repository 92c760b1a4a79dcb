// SPDX-License-Identifier: Apache-2.0
/*
 * credential: our own chains: what is read from files and what is complained of, which
 * one is taken, and what is sent along with it.
 */
#include "daemon/credential.h"

#include "selftests/daemon/tap.h"
#include "selftests/daemon/world.h"

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
		world_hush();
		c = tlsup_credential_load(world_at(loads[i].cert),
					  world_at(loads[i].key), &world_diag);
		if (!ok(!!c == !*loads[i].want &&
			world_diag.errors == (*loads[i].want ? 1 : 0) &&
			world_diag.warnings == (*loads[i].warning ? 1 : 0) &&
			strstr(world_said, loads[i].want) &&
			strstr(world_said, loads[i].warning),
			"%s with %s: %s%s", loads[i].cert, loads[i].key,
			*loads[i].want ? "refused" : "taken",
			*loads[i].warning ? ", with a warning" : ""))
			note("%u errors, %u warnings: %s", world_diag.errors,
			     world_diag.warnings, world_said);
		tlsup_credential_free(c);
	}
}

static void test_client_load(void)
{
	struct tlsup_credential *c;

	world_hush();
	c = tlsup_credential_load_client(world_at("clientonly.pem"),
					 world_at("clientonly.key"), &world_diag);
	ok(c && !world_diag.warnings, "a client's certificate, for a client");
	tlsup_credential_free(c);
	c = tlsup_credential_load_client(world_at("serveronly.pem"),
					 world_at("serveronly.key"), &world_diag);
	ok(c && world_diag.warnings == 1 && strstr(world_said, "not for a TLS client"),
	   "a server's is warned of there");
	tlsup_credential_free(c);
}

/* RFC 8446 4.4.2.2: by name and by what the client can verify. The names are
 * matched as RFC 9525 6.3 has it. */
static void test_choice(void)
{
	static const uint16_t ecdsa[] = { 0x0403 }, pss[] = { 0x0804 },
			      both[] = { 0x0804, 0x0403 }, ed448[] = { 0x0808 };
	struct tlsup_credential *list[] = {
		world_chain("good"), world_chain("wild"), world_chain("rsa"),
		world_chain("below"),
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
		world_chain("rsa"), world_chain("good"), world_chain("ed25519"),
	};
	struct hs_hello hello = {
		.schemes = all, .schemes_len = 3, .cert_schemes = all,
		.cert_schemes_len = 3,
		.server_name = { (const uint8_t *)"good.example", 12 },
	};
	struct tlsup_credential *mixed[] = { list[0], world_chain("untrusted") };
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

static const struct {
	const char	*response;
	bool		taken, sent;
	const char	*world_said;
} staples[] = {
	{ "good.ocsp", true, true, "" },
	{ "responder.ocsp", true, true, "" },
	{ "staple.ocsp", true, false,
	  "warning: staple.ocsp: is not sent: the OCSP response is about another certificate" },
	{ "other.ocsp", true, false,
	  "warning: other.ocsp: is not sent: the OCSP response is not signed by who may" },
	{ "good.pem", true, false, "warning: good.pem: is not sent: the OCSP response is not valid DER" },
	{ "empty.pem", false, false, "empty.pem: has 0 bytes, not 1 to 16384" },
	{ "nowhere.ocsp", false, false, "nowhere.ocsp: No such file" },
};

/* The message without the directory. */
static bool says(const char *want)
{
	const char *slash = strrchr(world_said, '/');
	bool warning = strncmp(world_said, "warning: ", 9) == 0;

	if (!*want || !slash)
		return !*want && !slash;
	if (strncmp(want, "warning: ", 9) == 0)
		want += 9;
	else if (warning)
		return false;
	return strncmp(slash + 1, want, strlen(want)) == 0;
}

static void test_staples(void)
{
	struct tlsup_credential *c;
	size_t i;
	int r;

	for (i = 0; i < sizeof(staples) / sizeof(staples[0]); i++) {
		/* With its issuer, or nobody could say who may sign. */
		c = tlsup_credential_load(world_at("rooted.pem"),
					  world_at("good.key"), &world_diag);
		if (!c)
			exit(2);
		world_hush();
		r = tlsup_credential_add_ocsp(c, world_at(staples[i].response),
					      &world_diag);
		if (!ok(!r == staples[i].taken &&
			!!tlsup_credential_certificate_at(c, world_now_ms())->ocsp.len ==
			staples[i].sent &&
			!tlsup_credential_certificate_at(c, world_now_ms() + 3 * 86400000ull)->ocsp.len && says(staples[i].world_said),
			"%s: %s", staples[i].response,
			staples[i].sent ? "sent" : "not sent"))
			note("%s", world_said);
		tlsup_credential_free(c);
	}
	c = world_chain("good");
	ok(!tlsup_credential_add_ocsp(c, world_at("good.ocsp"), &world_diag) &&
	   !tlsup_credential_certificate(c)->ocsp.len &&
	   says("warning: good.ocsp: is not sent: the OCSP response cannot be checked: the chain has no issuer"),
	   "without its issuer in the chain nobody knows");
	tlsup_credential_free(c);
}

static void test_timestamps(void)
{
	struct tlsup_credential *c = world_chain("good");

	ok(tlsup_credential_add_sct(c, world_at("bad.sct"), &world_diag) < 0 &&
	   says("bad.sct: not a SignedCertificateTimestampList (RFC 6962 3.3)"),
	   "no list of timestamps");
	tlsup_credential_free(c);
	c = world_chain("good");
	ok(tlsup_credential_add_sct(c, world_at("long.sct"), &world_diag) < 0 &&
	   says("long.sct: has 17000 bytes, not 1 to 16384"), "nor what is too long");
	tlsup_credential_free(c);
	c = world_chain("good");
	ok(tlsup_credential_add_sct(c, world_at("good.sct"), &world_diag) == 0 &&
	   tlsup_credential_certificate(c)->sct.len == 10, "a list of timestamps");
	tlsup_credential_free(c);
}

int main(void)
{
	world_begin("chains revocation");
	test_loads();
	test_client_load();
	test_choice();
	test_choice_of_chain();
	test_staples();
	test_timestamps();
	return finish();
}
