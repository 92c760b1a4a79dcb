// SPDX-License-Identifier: Apache-2.0
/* x509: the verdict on chains, and who is trusted to issue them. */
#include "daemon/x509.h"

#include <errno.h>

#include "daemon/credential.h"
#include "selftests/daemon/tap.h"
#include "selftests/daemon/verdict.h"
#include "selftests/daemon/world.h"

static struct tlsup_trust *trust;

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
	/* RFC 8446 4.4.2.4: bad_certificate. */
	{ "bymd5", "good.example", EKEYREJECTED, 42, "digest", 0, 0, 0, NULL },
	{ "bysha1", "good.example", EKEYREJECTED, 42, "digest", 0, 0, 0, NULL },
};

static void test_row(const struct row *row)
{
	struct tlsup_credential *c = world_chain(row->chain), *extra = NULL;
	const struct hs_certificate *cert;
	struct hs_bytes chain[HS_CHAIN_MAX];
	struct tlsup_verdict v;
	size_t n;
	struct tlsup_verify how = {
		.peer = row->peer ? row->peer : HS_SERVER,
		.name = row->name,
		.now_ms = world_now_ms() + row->days * 86400000ll,
	};

	cert = tlsup_credential_certificate(c);
	n = row->only ? row->only : cert->chain_len;
	memcpy(chain, cert->chain, n * sizeof(chain[0]));
	if (row->extra) {
		extra = world_chain(row->extra);
		chain[n++] = tlsup_credential_certificate(extra)->chain[0];
	}
	tlsup_x509_verify(trust, &how, chain, n, &v);
	if (!ok(v.error == row->error && v.alert == row->alert &&
		strstr(v.reason, row->reason) && !v.reason[0] == !row->error,
		"%s as %s: %s", row->chain, row->name ? row->name : "anybody",
		row->error ? strerror(row->error) : "trusted"))
		note("%s, alert %d: '%s'", strerror(v.error), v.alert, v.reason);
	if (!row->error)
		ok(v.not_after_ms > world_now_ms() + 28 * 86400000ull &&
		   v.not_after_ms < world_now_ms() + 31 * 86400000ull,
		   "... until the leaf ends");
	tlsup_credential_free(extra);
	tlsup_credential_free(c);
}

static void test_der(void)
{
	struct tlsup_credential *c = world_chain("good");
	struct hs_bytes der = tlsup_credential_certificate(c)->chain[0];
	struct tlsup_verify how = { .peer = HS_SERVER, .name = "good.example",
				    .now_ms = world_now_ms() };
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
	struct tlsup_credential *c = world_chain("untrusted");
	const struct hs_certificate *cert = tlsup_credential_certificate(c);
	struct tlsup_verify how = { .peer = HS_SERVER, .name = "good.example",
				    .now_ms = world_now_ms() };
	uint8_t a[32], b[32], zero[32] = { 0 };
	struct tlsup_verdict v;

	ok(!tlsup_trust_usable(pinned), "an empty set is not usable");
	ok(tlsup_trust_add_path(pinned, world_at("untrusted.pem"), &world_diag) == 0 &&
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
	ok(tlsup_trust_add_path(dir, world_at("garbled.pem"), &world_diag) < 0 &&
	   strstr(world_said, "garbled.pem:1: not a valid certificate"),
	   "an anchor that is none: file and line");
	ok(tlsup_trust_add_path(dir, world_at("good.key"), &world_diag) < 0 &&
	   strstr(world_said, "good.key:1: a private key"), "a key is no anchor");
	ok(tlsup_trust_add_path(dir, world_at("empty.pem"), &world_diag) < 0 &&
	   strstr(world_said, "holds no certificate"), "an empty file");
	ok(tlsup_trust_add_path(dir, world_at("nowhere.pem"), &world_diag) < 0 &&
	   strstr(world_said, "nowhere.pem: No such file"), "a missing file");
	how.name = "good.example";
	ok(tlsup_trust_add_path(dir, world_at("anchors"), &world_diag) == 0 &&
	   !tlsup_x509_verify(dir, &how, cert->chain, 1, &v), "a directory");
	ok(tlsup_trust_add_path(dir, world_at("no-anchors"), &world_diag) < 0 &&
	   strstr(world_said, "holds no file named"), "an empty directory");
	tlsup_credential_free(c);
	tlsup_trust_put(pinned);
	tlsup_trust_put(dir);
}

/* What RFC 5280 asks of a CA is asked of those that the peer sends. */
static void test_strict(void)
{
	struct tlsup_trust *plain = tlsup_trust_new();
	struct tlsup_credential *c[] = {
		world_chain("byplain"), world_chain("bysloppy"), world_chain("self"),
	};
	struct tlsup_verify how = { .peer = HS_SERVER, .name = "good.example",
				    .now_ms = world_now_ms() };
	const struct hs_certificate *cert;
	struct tlsup_verdict v;
	int i;

	if (tlsup_trust_add_path(plain, world_at("plain.pem"), &world_diag) < 0 ||
	    tlsup_trust_add_path(plain, world_at("self.pem"), &world_diag) < 0)
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

static void test_names_of_anchors(void)
{
	struct tlsup_trust *set = tlsup_trust_new();
	struct hs_bytes names = { NULL, 0 };

	if (tlsup_trust_add_path(set, world_at("other.pem"), &world_diag) < 0)
		exit(2);
	ok(tlsup_trust_names(set, &names) && names.len == 25 &&
	   !memcmp(names.data + 15, "test other", 10), "the names of anchors");
	free((void *)names.data);
	tlsup_trust_put(set);
}

int main(void)
{
	size_t i;

	world_begin("chains");
	trust = verdict_root();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		test_row(&rows[i]);
	test_der();
	test_trust();
	test_strict();
	test_names_of_anchors();
	tlsup_trust_put(trust);
	return finish();
}
