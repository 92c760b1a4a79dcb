// SPDX-License-Identifier: Apache-2.0
/* verdict: asks for the verdict on a chain of the world's, and looks at it. */
#include "selftests/daemon/verdict.h"

#include "daemon/credential.h"
#include "selftests/daemon/tap.h"
#include "selftests/daemon/world.h"

struct tlsup_verdict verdict;

struct tlsup_trust *verdict_root(void)
{
	struct tlsup_trust *trust = tlsup_trust_new();

	if (!trust ||
	    tlsup_trust_add_path(trust, world_at("root.pem"), &world_diag))
		exit(2);
	return trust;
}

int verdict_of(const struct tlsup_trust *trust, const char *chain,
	       struct tlsup_verify *how)
{
	struct tlsup_credential *c = world_chain(chain);
	const struct hs_certificate *cert = tlsup_credential_certificate(c);

	if (!how->peer)
		how->peer = HS_SERVER;
	if (!how->now_ms)
		how->now_ms = world_now_ms();
	tlsup_x509_verify(trust, how, cert->chain, cert->chain_len, &verdict);
	tlsup_credential_free(c);
	return verdict.alert;
}

void verdict_is(int alert, int error, const char *reason, const char *what)
{
	if (!ok(verdict.alert == alert && verdict.error == error &&
		strstr(verdict.reason, reason), "%s", what))
		note("alert %d, %s: '%s'", verdict.alert,
		     strerror(verdict.error), verdict.reason);
}
