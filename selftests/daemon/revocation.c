// SPDX-License-Identifier: Apache-2.0
/*
 * revocation: what a revocation list says of a chain, which lists are read and which
 * files are none; among them those that are encrypted, like an anchor's.
 */
#include <errno.h>
#include <openssl/pem.h>
#include <openssl/ui.h>

#include "selftests/daemon/tap.h"
#include "selftests/daemon/verdict.h"
#include "selftests/daemon/world.h"

static struct tlsup_trust *with_crls(const char *path)
{
	struct tlsup_trust *trust = verdict_root();

	if (tlsup_trust_add_crls(trust, world_at(path), &world_diag)) {
		note("%s", world_said);
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
	verdict_of(both, "good", &how);
	verdict_is(0, 0, "", "a list that does not name it");
	verdict_of(both, "below", &how);
	verdict_is(0, 0, "", "one for each authority");
	verdict_of(dir, "below", &how);
	verdict_is(0, 0, "", "from a directory, one in PEM and one in DER");
	verdict_of(both, "revoked", &how);
	verdict_is(44, EKEYREVOKED, "the certificate has been revoked", "a list that does");
	verdict_of(dir, "belowrevoked", &how);
	verdict_is(44, EKEYREVOKED, "the certificate has been revoked",
		   "the list of an authority in between");
	verdict_of(both, "byrevoked", &how);
	verdict_is(44, EKEYREVOKED, "an issuer's certificate has been revoked",
		   "an authority that was revoked");
	verdict_of(leaf, "byrevoked", &how);
	verdict_is(0, 0, "", "of the leaf alone, that is not looked at");
	verdict_of(root, "below", &how);
	verdict_is(46, EKEYREJECTED, "is in the reach of no revocation list",
		   "without a list of its authority it is refused");
	verdict_of(other, "good", &how);
	verdict_is(46, EKEYREJECTED, "is in the reach of no revocation list",
		   "somebody else's list does not count");
	verdict_of(leaf, "below", &how);
	verdict_is(0, 0, "", "of the leaf alone, its authority's list is enough");
	verdict_of(leaf, "belowrevoked", &how);
	verdict_is(44, EKEYREVOKED, "the certificate has been revoked",
		   "... and counts");
	how.now_ms = world_now_ms() + 21 * 86400000ull;
	verdict_of(both, "good", &how);
	verdict_is(46, EKEYREJECTED, "its revocation list has expired",
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

	if (tlsup_trust_add_path(middle, world_at("middle.pem"), &world_diag) ||
	    tlsup_trust_add_crls(middle, world_at("middle.crl"), &world_diag))
		exit(2);
	verdict_of(middle, "below", &how);
	verdict_is(0, 0, "", "an anchor needs no list that names it");
	verdict_of(middle, "belowrevoked", &how);
	verdict_is(44, EKEYREVOKED, "the certificate has been revoked",
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
		if (!ok(tlsup_trust_add_crls(trust, world_at(rows[i].path), &world_diag) < 0 &&
			strstr(world_said, rows[i].want), "%s", rows[i].want))
			note("%s", world_said);
	tlsup_trust_put(trust);
}

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
	struct tlsup_trust *trust = verdict_root();

	UI_method_set_reader(method, answer);
	UI_set_default_method(method);
	encrypt("root.pem", "secret.pem", false);
	encrypt("root.crl", "secret.crl", true);
	ok(tlsup_trust_add_path(trust, world_at("secret.pem"), &world_diag) < 0 &&
	   strstr(world_said, "secret.pem:1: not a valid certificate"),
	   "an encrypted anchor");
	ok(tlsup_trust_add_crls(trust, world_at("secret.crl"), &world_diag) < 0 &&
	   strstr(world_said, "secret.crl:1: not a valid certificate revocation list"),
	   "an encrypted revocation list");
	is_int(asked, 0, "nobody is asked for a passphrase");
	UI_set_default_method(NULL);
	UI_destroy_method(method);
	tlsup_trust_put(trust);
}

int main(void)
{
	world_begin("revocation");
	test_crls();
	test_partial();
	test_crl_files();
	test_encrypted();
	return finish();
}
