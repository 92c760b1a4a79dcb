// SPDX-License-Identifier: Apache-2.0
/* ocsp: what an OCSP response says of a chain, and who may say it (RFC 6960). */
#include <errno.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>

#include "selftests/daemon/tap.h"
#include "selftests/daemon/verdict.h"
#include "selftests/daemon/world.h"

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
	{ "rsa", "unknown.ocsp", TLSUP_OCSP_REQUIRE, 113, EKEYREJECTED,
	  "the OCSP response says that the authority does not know the certificate", 0 },
	{ "rsa", "unknown.ocsp", TLSUP_OCSP_REQUEST, 0, 0, "", 0 },
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
	struct tlsup_trust *trust = verdict_root();
	static uint8_t der[16384];
	char what[128];
	size_t i;

	for (i = 0; i < sizeof(responses) / sizeof(responses[0]); i++) {
		struct tlsup_verify how = {
			.name = "good.example",
			.now_ms = world_now_ms() + responses[i].days * 86400000ll,
			.ocsp_policy = responses[i].policy,
		};

		if (responses[i].response) {
			how.ocsp.data = der;
			how.ocsp.len = world_read(responses[i].response, der,
						  sizeof(der));
		}
		verdict_of(trust, responses[i].chain, &how);
		snprintf(what, sizeof(what), "%s with %s, %s, in %d days: %s",
			 responses[i].chain, responses[i].response ?
			 responses[i].response : "no response",
			 responses[i].policy == TLSUP_OCSP_REQUIRE ? "required" :
			 responses[i].policy == TLSUP_OCSP_REQUEST ? "requested" : "ignored",
			 responses[i].days, responses[i].error ?
			 strerror(responses[i].error) : "trusted");
		verdict_is(responses[i].alert, responses[i].error,
			   responses[i].reason, what);
	}
	tlsup_trust_put(trust);
}

static void test_altered(void)
{
	struct tlsup_trust *trust = verdict_root();
	static uint8_t der[16384];
	size_t len = world_read("good.ocsp", der, sizeof(der)), i;
	struct tlsup_verify how = {
		.name = "good.example", .ocsp = { der, len },
		.ocsp_policy = TLSUP_OCSP_REQUIRE,
	};
	unsigned int good = 0;

	verdict_of(trust, "good", &how);
	ok(!verdict.alert && verdict.not_after_ms < world_now_ms() + 3 * 86400000ull,
	   "a response that is required bounds how long the verdict lasts");
	/* The certificates that were sent along are not signed: whoever wants
	 * can send others. What is before them is. */
	for (i = 0; i < 300; i++) {
		der[i] ^= 1;
		good += !verdict_of(trust, "good", &how);
		der[i] ^= 1;
	}
	is_int(good, 0, "no response with an altered byte is good");
	how.ocsp.len = len - 1;
	verdict_of(trust, "good", &how);
	verdict_is(113, EKEYREJECTED, "not valid DER", "nor a shorter one");
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
	size_t len = world_read("responder.ocsp", der, room);
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
	struct tlsup_trust *trust = verdict_root();
	static uint8_t der[32768];
	struct tlsup_verify how = {
		.name = "good.example", .ocsp.data = der,
		.ocsp_policy = TLSUP_OCSP_REQUIRE,
	};

	how.ocsp.len = crowd(7, der, sizeof(der));
	verdict_of(trust, "good", &how);
	verdict_is(0, 0, "", "a response with certificates that are of no use");
	how.ocsp.len = crowd(8, der, sizeof(der));
	verdict_of(trust, "good", &how);
	verdict_is(113, EKEYREJECTED, "not signed by who may",
		   "... and with more than anybody looks at");
	tlsup_trust_put(trust);
}

int main(void)
{
	world_begin("revocation");
	test_responses();
	test_altered();
	test_crowd();
	return finish();
}
