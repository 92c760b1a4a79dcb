// SPDX-License-Identifier: Apache-2.0
/* policy: names of all kinds, pins, revocation lists and OCSP responses, with
 * certificates made for the purpose. */
#include "daemon/x509.h"

#include <errno.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/ui.h>
#include <time.h>

#include "daemon/credential.h"
#include "selftests/daemon/tap.h"
#include "selftests/daemon/world.h"

static char said[1024];

static void say(void *arg, bool error, const char *text)
{
	(void)arg;
	snprintf(said, sizeof(said), "%s%s", error ? "" : "warning: ", text);
}

static struct tlsup_diag diag = { .say = say };

static uint64_t now_ms(void)
{
	return time(NULL) * 1000ull;
}

static struct tlsup_trust *trust_root(void)
{
	struct tlsup_trust *trust = tlsup_trust_new();

	if (!trust || tlsup_trust_add_path(trust, world_at("root.pem"), &diag))
		exit(2);
	return trust;
}

static size_t slurp(const char *name, uint8_t *out, size_t room)
{
	FILE *file = fopen(world_at(name), "r");
	size_t n;

	if (!file) {
		perror(name);
		exit(2);
	}
	n = fread(out, 1, room, file);
	fclose(file);
	return n;
}

static struct tlsup_verdict verdict;

/* The verdict on NAME.chain.pem. */
static int verify(const struct tlsup_trust *trust, const char *chain,
		  struct tlsup_verify *how)
{
	char file[64], key[64];
	const struct hs_certificate *cert;
	struct tlsup_credential *c;

	snprintf(file, sizeof(file), "%s.chain.pem", chain);
	snprintf(key, sizeof(key), "%s.key", chain);
	c = tlsup_credential_load(world_at(file), world_at(key), &diag);
	if (!c) {
		printf("# %s\n", said);
		exit(2);
	}
	cert = tlsup_credential_certificate(c);
	if (!how->peer)
		how->peer = HS_SERVER;
	if (!how->now_ms)
		how->now_ms = now_ms();
	tlsup_x509_verify(trust, how, cert->chain, cert->chain_len, &verdict);
	tlsup_credential_free(c);
	return verdict.alert;
}

static void is_verdict(int alert, int error, const char *reason,
		       const char *what)
{
	if (!ok(verdict.alert == alert && verdict.error == error &&
		strstr(verdict.reason, reason), "%s", what))
		note("alert %d, %s: '%s'", verdict.alert,
		     strerror(verdict.error), verdict.reason);
}

/* --- Names --- */

static const struct {
	const char	*chain, *name, *uri;
	int		alert, error;
	const char	*reason;
} names[] = {
	{ "uri", "spiffe://good.example/ns/web", NULL, 0, 0, "" },
	{ "uri", "spiffe://good.example/ns/we", NULL, 42, EREMCHG,
	  "not for spiffe://good.example/ns/we but for spiffe://good.example/ns/web" },
	{ "uri", "spiffe://good.example/ns/webs", NULL, 42, EREMCHG, "" },
	{ "uri", "spiffe://good.example/ns/WEB", NULL, 42, EREMCHG, "" },
	{ "uri", "spiffe://good.example", NULL, 42, EREMCHG, "" },
	{ "uri", "good.example", NULL, 42, EREMCHG, "" },
	{ "good", "spiffe://good.example/ns/web", NULL, 42, EREMCHG,
	  "but for good.example" },
	{ "uris", "spiffe://good.example/ns/web", NULL, 42, EREMCHG, "" },
	{ "urica", "spiffe://good.example/ns/web", NULL, 42, EREMCHG, "" },
	{ "weburi", "https://other.example/", NULL, 0, 0, "" },
	/* Those of a profile stand for the name. */
	{ "uri", "any.example", "spiffe://good.example/ns/web", 0, 0, "" },
	{ "uri", NULL, "spiffe://good.example/*", 0, 0, "" },
	{ "uri", NULL, "spiffe://good.example/ns/*", 0, 0, "" },
	{ "uri", NULL, "spiffe://good.example/ns/web/*", 42, EREMCHG, "" },
	{ "uri", NULL, "spiffe://good.exampl/*", 42, EREMCHG, "" },
	{ "uridots", NULL, "spiffe://good.example/ns/*", 42, EREMCHG, "" },
	{ "good", "good.example", "spiffe://good.example/*", 42, EREMCHG, "" },

	/* A-labels are letters like others. */
	{ "idn", "xn--bcher-kva.example", NULL, 0, 0, "" },
	{ "idn", "XN--Bcher-KVA.example", NULL, 0, 0, "" },
	{ "idn", "xn--shop-1na.xn--bcher-kva.example", NULL, 0, 0, "" },
	{ "idn", "b\303\274cher.example", NULL, 42, EREMCHG, "b??cher.example" },

	/* What is no text. */
	{ "nul", "good.example", NULL, 42, EREMCHG, "" },
	{ "nul", NULL, NULL, 42, EKEYREJECTED,
	  "the certificate has a name with bytes that are no text" },
	{ "latin", "good.example", NULL, 42, EKEYREJECTED,
	  "the certificate has a name with bytes that are no text" },
	{ "bynulca", "good.example", NULL, 42, EKEYREJECTED,
	  "an issuer's certificate has a name constraint with bytes that are no text" },
	{ "inside", "good.example", NULL, 0, 0, "" },
	{ "outside", "good.example", NULL, 42, EKEYREJECTED,
	  "permitted subtree violation" },

	/* Use. */
	{ "encipher", "good.example", NULL, 43, EKEYREJECTED,
	  "the certificate's key may not sign" },
	{ "anyeku", "good.example", NULL, 43, EKEYREJECTED, "may not be used" },
};

static void test_names(void)
{
	struct tlsup_trust *trust = trust_root();
	char what[128];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct tlsup_verify how = {
			.name = names[i].name, .uris = &names[i].uri,
			.uris_n = names[i].uri ? 1 : 0,
		};

		verify(trust, names[i].chain, &how);
		snprintf(what, sizeof(what), "%s as %s%s%s: %s", names[i].chain,
			 names[i].name ? names[i].name : "anybody",
			 names[i].uri ? " by " : "",
			 names[i].uri ? names[i].uri : "",
			 names[i].error ? strerror(names[i].error) : "trusted");
		is_verdict(names[i].alert, names[i].error, names[i].reason, what);
	}
	tlsup_trust_put(trust);
}

static void test_problems(void)
{
	static const struct {
		const char	*name, *want;	/* NULL: it is good */
	} rows[] = {
		{ "good.example", NULL }, { "a", NULL }, { "_srv._tcp.example", NULL },
		{ "xn--bcher-kva.example", NULL }, { "192.0.2.1", NULL },
		{ "2001:db8::1", NULL }, { "spiffe://good.example/ns/web", NULL },
		{ "b\303\274cher.example",
		  "the name to verify is not ASCII: an A-label (xn--...) is meant" },
		{ "good.example ", "the name to verify has blanks or control characters" },
		{ "good\x01.example", "the name to verify has blanks or control characters" },
		{ "good..example", "a label of the name to verify is not 1 to 63 letters long" },
		{ ".example", "a label of the name to verify is not 1 to 63 letters long" },
		{ "", "a label of the name to verify is not 1 to 63 letters long" },
		{ "0123456789012345678901234567890123456789012345678901234567890123.example",
		  "a label of the name to verify is not 1 to 63 letters long" },
		{ "good.example:443", "the name to verify is no host name" },
		{ "*.example", "a label of the name to verify is not 1 to 63 letters long" },
		{ "good.example/x", "the name to verify is no host name" },
	};
	const char *got;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		got = tlsup_name_problem(rows[i].name);
		if (!ok(rows[i].want ? got && !strcmp(got, rows[i].want) : !got,
			"'%s': %s", rows[i].name,
			rows[i].want ? rows[i].want : "a name"))
			note("%s", got ? got : "no problem");
		ok(!got || strlen(got) < HS_REASON_MAX, "... is short enough");
	}
}

/* --- Pins --- */

static void pin(struct tlsup_trust *trust, const char *name)
{
	uint8_t text[64] = "", sum[TLSUP_PIN];
	size_t n = slurp(name, text, sizeof(text) - 1);

	text[n - 1] = 0;
	if (!tlsup_pin_parse((char *)text, sum) ||
	    !tlsup_trust_add_pin(trust, sum))
		exit(2);
}

static void test_pins(void)
{
	struct tlsup_trust *leaf = trust_root(), *root = trust_root();
	struct tlsup_trust *other = trust_root(), *alone = tlsup_trust_new();
	struct tlsup_verify how = { .name = "good.example" };
	uint8_t sum[TLSUP_PIN], a[32], b[32];

	pin(leaf, "other.pin");
	pin(leaf, "good.pin");
	pin(root, "root.pin");
	pin(other, "other.pin");
	pin(alone, "good.pin");
	ok(!tlsup_trust_usable(alone), "pins alone are not usable");
	tlsup_trust_set_pins_alone(alone);
	ok(tlsup_trust_usable(alone), "unless they are meant to be");
	verify(leaf, "good", &how);
	is_verdict(0, 0, "", "the leaf's key is one of those pinned");
	verify(root, "below", &how);
	is_verdict(0, 0, "", "an authority's key is");
	verify(other, "good", &how);
	is_verdict(46, EKEYREJECTED, "the chain is good, but none of its keys is pinned",
		   "none is");
	verify(other, "untrusted", &how);
	is_verdict(48, EKEYREJECTED, "no issuer", "a pin does not make a chain good");
	verify(alone, "good", &how);
	is_verdict(0, 0, "", "a key that is pinned for itself needs no authority");
	verify(alone, "rsa", &how);
	is_verdict(46, EKEYREJECTED, "the certificate's key is not pinned",
		   "another key does not do");
	how.name = "bad.example";
	verify(alone, "good", &how);
	is_verdict(42, EREMCHG, "not for bad.example", "its name still counts");
	how.name = "good.example";
	how.now_ms = now_ms() + 31 * 86400000ull;
	verify(alone, "good", &how);
	is_verdict(45, EKEYEXPIRED, "expired", "and its time");
	how.now_ms = 0;
	how.peer = HS_CLIENT;
	verify(alone, "good", &how);
	is_verdict(0, 0, "", "and a client can be pinned");
	tlsup_trust_digest(leaf, a);
	tlsup_trust_digest(root, b);
	ok(memcmp(a, b, sizeof(a)), "pins are part of what is trusted");
	ok(!tlsup_pin_parse("", sum) && !tlsup_pin_parse("AAAA", sum) &&
	   !tlsup_pin_parse("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA-", sum) &&
	   !tlsup_pin_parse("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA-=", sum) &&
	   !tlsup_pin_parse("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=", sum) &&
	   tlsup_pin_parse("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", sum),
	   "what is the base64 of 32 bytes, and what is not");
	tlsup_trust_put(leaf);
	tlsup_trust_put(root);
	tlsup_trust_put(other);
	tlsup_trust_put(alone);
}

/* --- Revocation lists --- */

static struct tlsup_trust *with_crls(const char *path)
{
	struct tlsup_trust *trust = trust_root();

	if (tlsup_trust_add_crls(trust, world_at(path), &diag)) {
		printf("# %s\n", said);
		exit(2);
	}
	return trust;
}

static void test_crls(void)
{
	struct tlsup_trust *both = with_crls("both.crl");
	struct tlsup_trust *dir = with_crls("crls");
	struct tlsup_trust *root = with_crls("root.crl");
	struct tlsup_trust *other = with_crls("other.crl");
	struct tlsup_trust *leaf = with_crls("leaf.crl");
	struct tlsup_verify how = { .name = "good.example" };

	tlsup_trust_set_crls_leaf_only(leaf);
	verify(both, "good", &how);
	is_verdict(0, 0, "", "a list that does not name it");
	verify(both, "below", &how);
	is_verdict(0, 0, "", "one for each authority");
	verify(dir, "below", &how);
	is_verdict(0, 0, "", "from a directory, one in PEM and one in DER");
	verify(both, "revoked", &how);
	is_verdict(44, EKEYREVOKED, "the certificate has been revoked", "a list that does");
	verify(dir, "belowrevoked", &how);
	is_verdict(44, EKEYREVOKED, "the certificate has been revoked",
		   "the list of an authority in between");
	verify(both, "byrevoked", &how);
	is_verdict(44, EKEYREVOKED, "an issuer's certificate has been revoked",
		   "an authority that was revoked");
	verify(leaf, "byrevoked", &how);
	is_verdict(0, 0, "", "of the leaf alone, that is not looked at");
	verify(root, "below", &how);
	is_verdict(46, EKEYREJECTED, "is in the reach of no revocation list",
		   "without a list of its authority it is refused");
	verify(other, "good", &how);
	is_verdict(46, EKEYREJECTED, "is in the reach of no revocation list",
		   "somebody else's list does not count");
	verify(leaf, "below", &how);
	is_verdict(0, 0, "", "of the leaf alone, its authority's list is enough");
	verify(leaf, "belowrevoked", &how);
	is_verdict(44, EKEYREVOKED, "the certificate has been revoked",
		   "... and counts");
	how.now_ms = now_ms() + 21 * 86400000ull;
	verify(both, "good", &how);
	is_verdict(46, EKEYREJECTED, "its revocation list has expired",
		   "a list that has expired says nothing any more");
	tlsup_trust_put(both);
	tlsup_trust_put(dir);
	tlsup_trust_put(root);
	tlsup_trust_put(other);
	tlsup_trust_put(leaf);
}

/* Only the chain up to a certificate that is trusted as it is. */
static void test_partial(void)
{
	struct tlsup_trust *middle = tlsup_trust_new();
	struct tlsup_verify how = { .name = "good.example" };

	if (tlsup_trust_add_path(middle, world_at("middle.pem"), &diag) ||
	    tlsup_trust_add_crls(middle, world_at("middle.crl"), &diag))
		exit(2);
	verify(middle, "below", &how);
	is_verdict(0, 0, "", "an anchor needs no list that names it");
	verify(middle, "belowrevoked", &how);
	is_verdict(44, EKEYREVOKED, "the certificate has been revoked",
		   "what is below it does");
	tlsup_trust_put(middle);
}

static void test_crl_files(void)
{
	static const struct {
		const char	*path, *want;
	} rows[] = {
		{ "nowhere.crl", "nowhere.crl: No such file" },
		{ "no-crls", "no-crls: holds no file named *.crl or *.pem" },
		{ "cut.crl", "cut.crl: not a valid certificate revocation list" },
		{ "empty.pem", "empty.pem: holds no revocation list" },
		{ "mixed.crl", ": a block of kind CERTIFICATE among revocation lists" },
		{ "good.key", "good.key:1: a block of kind PRIVATE KEY among revocation lists" },
	};
	struct tlsup_trust *trust = tlsup_trust_new();
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!ok(tlsup_trust_add_crls(trust, world_at(rows[i].path), &diag) < 0 &&
			strstr(said, rows[i].want), "%s", rows[i].want))
			note("%s", said);
	tlsup_trust_put(trust);
}

/* --- Encrypted files --- */

static unsigned int asked;

/* Who is at the terminal, and would know. */
static int answer(UI *ui, UI_STRING *question)
{
	asked++;
	return UI_set_result(ui, question, "secret") == 0;
}

static void encrypt(const char *from, const char *to, bool crl)
{
	FILE *in = fopen(world_at(from), "r"), *out = fopen(world_at(to), "w");
	unsigned char pass[] = "secret";
	void *what = crl ? (void *)PEM_read_X509_CRL(in, NULL, NULL, NULL) :
			   (void *)PEM_read_X509(in, NULL, NULL, NULL);

	if (!what ||
	    PEM_ASN1_write(crl ? (i2d_of_void *)i2d_X509_CRL :
				 (i2d_of_void *)i2d_X509,
			   crl ? "X509 CRL" : "CERTIFICATE", out, what,
			   EVP_aes_128_cbc(), pass, sizeof(pass) - 1, NULL,
			   NULL) != 1)
		exit(2);
	if (crl)
		X509_CRL_free(what);
	else
		X509_free(what);
	fclose(in);
	fclose(out);
}

/* RFC 1421's encryption goes with a block of any kind. */
static void test_encrypted(void)
{
	UI_METHOD *method = UI_create_method("a person");
	struct tlsup_trust *trust = trust_root();

	UI_method_set_reader(method, answer);
	UI_set_default_method(method);
	encrypt("root.pem", "secret.pem", false);
	encrypt("root.crl", "secret.crl", true);
	ok(tlsup_trust_add_path(trust, world_at("secret.pem"), &diag) < 0 &&
	   strstr(said, "secret.pem:1: not a valid certificate"),
	   "an encrypted anchor");
	ok(tlsup_trust_add_crls(trust, world_at("secret.crl"), &diag) < 0 &&
	   strstr(said, "secret.crl:1: not a valid certificate revocation list"),
	   "an encrypted revocation list");
	is_int(asked, 0, "nobody is asked for a passphrase");
	UI_set_default_method(NULL);
	UI_destroy_method(method);
	tlsup_trust_put(trust);
}

/* --- OCSP --- */

static const struct {
	const char	*chain, *response;
	enum tlsup_ocsp	policy;
	int		alert, error;
	const char	*reason;
	int		days;		/* from now */
} responses[] = {
	{ "good", NULL, TLSUP_OCSP_NO, 0, 0, "", 0 },
	{ "good", NULL, TLSUP_OCSP_REQUEST, 0, 0, "", 0 },
	{ "good", NULL, TLSUP_OCSP_REQUIRE, 113, EKEYREJECTED,
	  "the OCSP response is missing, and the profile requires one", 0 },
	{ "good", "good.ocsp", TLSUP_OCSP_REQUIRE, 0, 0, "", 0 },
	{ "good", "sha1.ocsp", TLSUP_OCSP_REQUIRE, 113, EKEYREJECTED,
	  "the OCSP response is not signed by who may", 0 },
	{ "good", "responder.ocsp", TLSUP_OCSP_REQUIRE, 0, 0, "", 0 },
	{ "good", "noresponder.ocsp", TLSUP_OCSP_REQUIRE, 113, EKEYREJECTED,
	  "the OCSP response is not signed by who may", 0 },
	{ "good", "farresponder.ocsp", TLSUP_OCSP_REQUIRE, 113, EKEYREJECTED,
	  "the OCSP response is not signed by who may", 0 },
	{ "good", "other.ocsp", TLSUP_OCSP_REQUIRE, 113, EKEYREJECTED,
	  "the OCSP response is not signed by who may", 0 },
	{ "good", "staple.ocsp", TLSUP_OCSP_REQUIRE, 113, EKEYREJECTED,
	  "the OCSP response is about another certificate", 0 },
	{ "good", "good.pem", TLSUP_OCSP_REQUIRE, 113, EKEYREJECTED,
	  "the OCSP response is not valid DER", 0 },
	{ "good", "good.ocsp", TLSUP_OCSP_REQUIRE, 113, EKEYREJECTED,
	  "the OCSP response is out of date", 3 },
	{ "good", "good.ocsp", TLSUP_OCSP_REQUEST, 0, 0, "", 3 },
	{ "good", "nonext.ocsp", TLSUP_OCSP_REQUIRE, 0, 0, "", 0 },
	{ "good", "nonext.ocsp", TLSUP_OCSP_REQUIRE, 113, EKEYREJECTED,
	  "the OCSP response is out of date", 2 },
	{ "revoked", "revoked.ocsp", TLSUP_OCSP_REQUEST, 44, EKEYREVOKED,
	  "the certificate has been revoked, says its OCSP response", 0 },
	{ "revoked", "revoked.ocsp", TLSUP_OCSP_REQUIRE, 44, EKEYREVOKED,
	  "the certificate has been revoked, says its OCSP response", 0 },
	{ "revoked", "revoked.ocsp", TLSUP_OCSP_NO, 0, 0, "", 0 },
	/* RFC 7633 4: it says itself that it comes with a response. */
	{ "staple", "staple.ocsp", TLSUP_OCSP_REQUEST, 0, 0, "", 0 },
	{ "staple", NULL, TLSUP_OCSP_REQUEST, 113, EKEYREJECTED,
	  "the OCSP response is missing, and the certificate requires one", 0 },
	{ "staple", "staple.ocsp", TLSUP_OCSP_REQUEST, 113, EKEYREJECTED,
	  "the OCSP response is out of date, and the certificate requires one", 3 },
	{ "staple", NULL, TLSUP_OCSP_NO, 0, 0, "", 0 },
};

static void test_responses(void)
{
	struct tlsup_trust *trust = trust_root();
	static uint8_t der[16384];
	char what[128];
	size_t i;

	for (i = 0; i < sizeof(responses) / sizeof(responses[0]); i++) {
		struct tlsup_verify how = {
			.name = "good.example",
			.now_ms = now_ms() + responses[i].days * 86400000ll,
			.ocsp_policy = responses[i].policy,
		};

		if (responses[i].response) {
			how.ocsp.data = der;
			how.ocsp.len = slurp(responses[i].response, der,
					     sizeof(der));
		}
		verify(trust, responses[i].chain, &how);
		snprintf(what, sizeof(what), "%s with %s, %s, in %d days: %s",
			 responses[i].chain, responses[i].response ?
			 responses[i].response : "no response",
			 responses[i].policy == TLSUP_OCSP_REQUIRE ? "required" :
			 responses[i].policy == TLSUP_OCSP_REQUEST ? "requested" : "ignored",
			 responses[i].days, responses[i].error ?
			 strerror(responses[i].error) : "trusted");
		is_verdict(responses[i].alert, responses[i].error,
			   responses[i].reason, what);
	}
	tlsup_trust_put(trust);
}

static void test_altered(void)
{
	struct tlsup_trust *trust = trust_root();
	static uint8_t der[16384];
	size_t len = slurp("good.ocsp", der, sizeof(der)), i;
	struct tlsup_verify how = {
		.name = "good.example", .ocsp = { der, len },
		.ocsp_policy = TLSUP_OCSP_REQUIRE,
	};
	unsigned int good = 0;

	verify(trust, "good", &how);
	ok(!verdict.alert && verdict.not_after_ms < now_ms() + 3 * 86400000ull,
	   "a response that is required bounds how long the verdict lasts");
	/* The certificates that were sent along are not signed: whoever wants
	 * can send others. What is before them is. */
	for (i = 0; i < 300; i++) {
		der[i] ^= 1;
		good += !verify(trust, "good", &how);
		der[i] ^= 1;
	}
	is_int(good, 0, "no response with an altered byte is good");
	how.ocsp.len = len - 1;
	verify(trust, "good", &how);
	is_verdict(113, EKEYREJECTED, "not valid DER", "nor a shorter one");
	tlsup_trust_put(trust);
}

static X509 *read_cert(const char *name)
{
	FILE *file = fopen(world_at(name), "r");
	X509 *cert = file ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;

	if (!cert)
		exit(2);
	fclose(file);
	return cert;
}

/* responder.ocsp with n certificates in front of the responder's: they are not
 * under its signature. */
static size_t crowd(int n, uint8_t *der, size_t room)
{
	const unsigned char *p = der;
	unsigned char *to = der;
	size_t len = slurp("responder.ocsp", der, room);
	OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &p, (long)len);
	OCSP_BASICRESP *basic = OCSP_response_get1_basic(response);
	STACK_OF(X509) *certs = (void *)(uintptr_t)OCSP_resp_get0_certs(basic);

	while (n--)
		sk_X509_unshift(certs, read_cert("root.pem"));
	OCSP_RESPONSE_free(response);
	response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
	len = (size_t)i2d_OCSP_RESPONSE(response, &to);
	OCSP_RESPONSE_free(response);
	OCSP_BASICRESP_free(basic);
	return len;
}

static void test_crowd(void)
{
	struct tlsup_trust *trust = trust_root();
	static uint8_t der[32768];
	struct tlsup_verify how = {
		.name = "good.example", .ocsp.data = der,
		.ocsp_policy = TLSUP_OCSP_REQUIRE,
	};

	how.ocsp.len = crowd(7, der, sizeof(der));
	verify(trust, "good", &how);
	is_verdict(0, 0, "", "a response with certificates that are of no use");
	how.ocsp.len = crowd(8, der, sizeof(der));
	verify(trust, "good", &how);
	is_verdict(113, EKEYREJECTED, "not signed by who may",
		   "... and with more than anybody looks at");
	tlsup_trust_put(trust);
}

/* --- What is sent along --- */

static struct tlsup_credential *load(const char *name)
{
	char file[64], key[64];
	struct tlsup_credential *c;

	snprintf(file, sizeof(file), "%s.chain.pem", name);
	snprintf(key, sizeof(key), "%s.key", name);
	c = tlsup_credential_load(world_at(file), world_at(key), &diag);
	if (!c)
		exit(2);
	said[0] = 0;
	return c;
}

static const struct {
	const char	*response;
	bool		taken, sent;
	const char	*said;
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
	const char *slash = strrchr(said, '/');
	bool warning = strncmp(said, "warning: ", 9) == 0;

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
					  world_at("good.key"), &diag);
		if (!c)
			exit(2);
		said[0] = 0;
		r = tlsup_credential_add_ocsp(c, world_at(staples[i].response),
					      &diag);
		if (!ok(!r == staples[i].taken &&
			!!tlsup_credential_certificate_at(c, now_ms())->ocsp.len ==
			staples[i].sent &&
			!tlsup_credential_certificate_at(c, now_ms() + 3 * 86400000ull)->ocsp.len && says(staples[i].said),
			"%s: %s", staples[i].response,
			staples[i].sent ? "sent" : "not sent"))
			note("%s", said);
		tlsup_credential_free(c);
	}
	c = load("good");
	ok(!tlsup_credential_add_ocsp(c, world_at("good.ocsp"), &diag) &&
	   !tlsup_credential_certificate(c)->ocsp.len &&
	   says("warning: good.ocsp: is not sent: the OCSP response cannot be checked: the chain has no issuer"),
	   "without its issuer in the chain nobody knows");
	tlsup_credential_free(c);
}

static void test_timestamps(void)
{
	struct tlsup_credential *c = load("good");

	ok(tlsup_credential_add_sct(c, world_at("bad.sct"), &diag) < 0 &&
	   says("bad.sct: not a SignedCertificateTimestampList (RFC 6962 3.3)"),
	   "no list of timestamps");
	tlsup_credential_free(c);
	c = load("good");
	ok(tlsup_credential_add_sct(c, world_at("long.sct"), &diag) < 0 &&
	   says("long.sct: has 17000 bytes, not 1 to 16384"), "nor what is too long");
	tlsup_credential_free(c);
	c = load("good");
	ok(tlsup_credential_add_sct(c, world_at("good.sct"), &diag) == 0 &&
	   tlsup_credential_certificate(c)->sct.len == 10, "a list of timestamps");
	tlsup_credential_free(c);
}

int main(void)
{
	world_begin("more");
	test_names();
	test_problems();
	test_pins();
	test_crls();
	test_partial();
	test_crl_files();
	test_encrypted();
	test_responses();
	test_altered();
	test_crowd();
	test_staples();
	test_timestamps();
	return finish();
}
