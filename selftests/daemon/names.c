// SPDX-License-Identifier: Apache-2.0
/*
 * names: whom a certificate is for: names of all kinds and what an issuer allows of
 * them, what its key may be used for, and keys that are pinned.
 */
#include <errno.h>

#include "selftests/daemon/tap.h"
#include "selftests/daemon/verdict.h"
#include "selftests/daemon/world.h"

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
	struct tlsup_trust *trust = verdict_root();
	char what[128];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct tlsup_verify how = {
			.name = names[i].name, .uris = &names[i].uri,
			.uris_n = names[i].uri ? 1 : 0,
		};

		verdict_of(trust, names[i].chain, &how);
		snprintf(what, sizeof(what), "%s as %s%s%s: %s", names[i].chain,
			 names[i].name ? names[i].name : "anybody",
			 names[i].uri ? " by " : "",
			 names[i].uri ? names[i].uri : "",
			 names[i].error ? strerror(names[i].error) : "trusted");
		verdict_is(names[i].alert, names[i].error, names[i].reason, what);
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

static void pin(struct tlsup_trust *trust, const char *name)
{
	uint8_t text[64] = "", sum[TLSUP_PIN];
	size_t n = world_read(name, text, sizeof(text) - 1);

	text[n - 1] = 0;
	if (!tlsup_pin_parse((char *)text, sum) ||
	    !tlsup_trust_add_pin(trust, sum))
		exit(2);
}

static void test_pins(void)
{
	struct tlsup_trust *leaf = verdict_root(), *root = verdict_root();
	struct tlsup_trust *other = verdict_root(), *alone = tlsup_trust_new();
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
	verdict_of(leaf, "good", &how);
	verdict_is(0, 0, "", "the leaf's key is one of those pinned");
	verdict_of(root, "below", &how);
	verdict_is(0, 0, "", "an authority's key is");
	verdict_of(other, "good", &how);
	verdict_is(46, EKEYREJECTED, "the chain is good, but none of its keys is pinned",
		   "none is");
	verdict_of(other, "untrusted", &how);
	verdict_is(48, EKEYREJECTED, "no issuer", "a pin does not make a chain good");
	verdict_of(alone, "good", &how);
	verdict_is(0, 0, "", "a key that is pinned for itself needs no authority");
	verdict_of(alone, "rsa", &how);
	verdict_is(46, EKEYREJECTED, "the certificate's key is not pinned",
		   "another key does not do");
	how.name = "bad.example";
	verdict_of(alone, "good", &how);
	verdict_is(42, EREMCHG, "not for bad.example", "its name still counts");
	how.name = "good.example";
	how.now_ms = world_now_ms() + 31 * 86400000ull;
	verdict_of(alone, "good", &how);
	verdict_is(45, EKEYEXPIRED, "expired", "and its time");
	how.now_ms = 0;
	how.peer = HS_CLIENT;
	verdict_of(alone, "good", &how);
	verdict_is(0, 0, "", "and a client can be pinned");
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

int main(void)
{
	world_begin("names");
	test_names();
	test_problems();
	test_pins();
	return finish();
}
