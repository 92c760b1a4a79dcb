// SPDX-License-Identifier: Apache-2.0
/*
 * refusals: a handshake that one of two connections ends by a verdict of its own:
 * the errno and the alert on either side, and how far it went.
 */
#include <errno.h>

#include "selftests/daemon/pair.h"
#include "selftests/daemon/tap.h"

static void test_verdicts(void)
{
	struct pair *p;

	p = pair_with("bad.example", "default", "default", 0);
	pair_fail(p, EREMCHG, EACCES, "another name is EREMCHG, and EACCES there");
	ok(p->c.fail.alert_sent == HS_ALERT_BAD_CERTIFICATE,
	   "... with bad_certificate");
	has_text(p->c.reason, "bad.example", "... names what was wanted");
	has_text(p->c.reason, "good.example", "... and what there is");
	pair_end(p);
	p = pair_with("good.example", "strangers", "default", 0);
	pair_fail(p, EKEYREJECTED, EACCES, "an unknown authority is EKEYREJECTED");
	ok(p->c.fail.alert_sent == HS_ALERT_UNKNOWN_CA, "... with unknown_ca");
	pair_end(p);
	daemons_skew_ms = 40ull * 86400 * 1000;
	p = pair_with("good.example", "default", "default", 0);
	pair_fail(p, EKEYEXPIRED, EACCES, "an expired certificate is EKEYEXPIRED");
	ok(p->c.fail.alert_sent == HS_ALERT_CERTIFICATE_EXPIRED,
	   "... with certificate_expired");
	daemons_skew_ms = 0;
	pair_end(p);
	p = pair_with("bad.example", "default", "default",
		      TLSUP_VERIFY_INSECURE_NO_NAME);
	ok(pair_full(p), "INSECURE_NO_NAME takes another name");
	pair_end(p);
	p = pair_with("good.example", "strangers", "default",
		      TLSUP_VERIFY_INSECURE_NO_NAME);
	pair_fail(p, EKEYREJECTED, EACCES, "... but not another authority");
	pair_end(p);
	p = pair_with("bad.example", "strangers", "default",
		      TLSUP_VERIFY_INSECURE_NONE);
	ok(pair_full(p), "INSECURE_NONE takes anything");
	pair_end(p);
	p = pair_with("", "default", "default", TLSUP_VERIFY_INSECURE_NONE);
	ok(pair_full(p), "... also without a name");
	pair_end(p);
	daemons_flush();
}

static void test_refusals(void)
{
	struct pair *p;

	p = pair_with("good.example", "nobody", "default", 0);
	pair_fail(p, ENOKEY, 0, "a profile that there is not is ENOKEY");
	ok(p->s.received == 0, "... before a byte is sent");
	pair_end(p);
	p = pair_with("", "default", "default", 0);
	pair_fail(p, EDESTADDRREQ, 0, "no name to verify is EDESTADDRREQ");
	ok(p->s.received == 0, "... before a byte is sent");
	pair_end(p);
	p = pair_with("no good", "default", "default", 0);
	pair_fail(p, EDESTADDRREQ, 0, "a name that is none is EDESTADDRREQ");
	pair_end(p);
	p = pair_with("good.example", "default", "nocert", 0);
	pair_fail(p, EPROTO, ENOKEY, "a server without certificate is ENOKEY");
	ok(p->s.fail.alert_sent == HS_ALERT_INTERNAL_ERROR,
	   "... and its client is told that none will answer");
	pair_end(p);
	p = pair_with("good.example", "default", "private", 0);
	pair_fail(p, EPROTO, ENOKEY, "another user's profile is ENOKEY");
	pair_end(p);
	p = pair_begin();
	strcpy(p->server.profile, "private");
	p->server.uid = 4711;
	pair_run(p);
	ok(pair_done(p), "... and its own user may use it");
	pair_end(p);
	daemons_flush();
	p = pair_with("good.example", "chacha", "aes256", 0);
	pair_fail(p, EPROTONOSUPPORT, EPROTONOSUPPORT, "no suite in common");
	pair_end(p);
	p = pair_begin();
	strcpy(p->server.profile, "h2");
	memcpy(p->client.alpn, "\3foo", 4);
	p->client.alpn_len = 4;
	pair_run(p);
	pair_fail(p, EPROTONOSUPPORT, EPROTONOSUPPORT, "no protocol in common");
	ok(p->s.fail.alert_sent == HS_ALERT_NO_APPLICATION_PROTOCOL,
	   "... with no_application_protocol");
	pair_end(p);
}

int main(void)
{
	daemons_open();
	test_verdicts();
	test_refusals();
	daemons_close();
	return finish();
}
