// SPDX-License-Identifier: Apache-2.0
/* cause: every alert, both ways, and host errors become an errno of the table. */
#include "daemon/cause.h"

#include <errno.h>
#include <unistd.h>

#include "daemon/engine/hs.h"
#include "daemon/names.h"
#include "daemon/report.h"
#include "selftests/daemon/tap.h"

/* <linux/tlsup.h>, "while the handshake is made"; written down once more. */
static const int table[] = {
	ESRCH, ETIMEDOUT, EDQUOT, EDESTADDRREQ, ENOKEY, EKEYREJECTED,
	EKEYEXPIRED, EKEYREVOKED, EREMCHG, EACCES, EPROTONOSUPPORT, EPROTO,
	EBADMSG, ECONNRESET, ECONNABORTED,
};

static const struct {
	uint8_t	alert;
	int	sent, received;
} alerts[] = {
	{ HS_ALERT_CLOSE_NOTIFY, EPROTO, ECONNRESET },
	{ HS_ALERT_UNEXPECTED_MESSAGE, EPROTO, EPROTO },
	{ HS_ALERT_BAD_RECORD_MAC, EBADMSG, EPROTO },
	{ HS_ALERT_RECORD_OVERFLOW, EPROTO, EPROTO },
	{ HS_ALERT_HANDSHAKE_FAILURE, EPROTONOSUPPORT, EPROTONOSUPPORT },
	{ HS_ALERT_BAD_CERTIFICATE, EKEYREJECTED, EACCES },
	{ HS_ALERT_UNSUPPORTED_CERTIFICATE, EKEYREJECTED, EACCES },
	{ HS_ALERT_CERTIFICATE_REVOKED, EKEYREVOKED, EACCES },
	{ HS_ALERT_CERTIFICATE_EXPIRED, EKEYEXPIRED, EACCES },
	{ HS_ALERT_CERTIFICATE_UNKNOWN, EKEYREJECTED, EACCES },
	{ HS_ALERT_ILLEGAL_PARAMETER, EPROTO, EPROTO },
	{ HS_ALERT_UNKNOWN_CA, EKEYREJECTED, EACCES },
	{ HS_ALERT_ACCESS_DENIED, EKEYREJECTED, EACCES },
	{ HS_ALERT_DECODE_ERROR, EPROTO, EPROTO },
	{ HS_ALERT_DECRYPT_ERROR, EPROTO, EPROTO },
	{ HS_ALERT_PROTOCOL_VERSION, EPROTONOSUPPORT, EPROTONOSUPPORT },
	{ HS_ALERT_INSUFFICIENT_SECURITY, EPROTONOSUPPORT, EPROTONOSUPPORT },
	{ HS_ALERT_INTERNAL_ERROR, ECONNABORTED, EPROTO },
	{ HS_ALERT_INAPPROPRIATE_FALLBACK, EPROTO, EPROTO },
	{ HS_ALERT_USER_CANCELED, ECONNABORTED, ECONNRESET },
	{ HS_ALERT_NO_RENEGOTIATION, EPROTO, EPROTO },
	{ HS_ALERT_MISSING_EXTENSION, EPROTO, EPROTO },
	{ HS_ALERT_UNSUPPORTED_EXTENSION, EPROTO, EPROTO },
	{ HS_ALERT_UNRECOGNIZED_NAME, EPROTONOSUPPORT, EPROTONOSUPPORT },
	{ HS_ALERT_BAD_CERTIFICATE_STATUS_RESPONSE, EKEYREJECTED, EACCES },
	{ HS_ALERT_UNKNOWN_PSK_IDENTITY, EPROTO, EPROTO },
	{ HS_ALERT_CERTIFICATE_REQUIRED, EKEYREJECTED, EACCES },
	{ HS_ALERT_NO_APPLICATION_PROTOCOL, EPROTONOSUPPORT, EPROTONOSUPPORT },
};

static const struct {
	int	host, want;
} hosts[] = {
	{ EPIPE, ECONNRESET }, { ECONNRESET, ECONNRESET },
	{ EHOSTUNREACH, ECONNRESET }, { ENETDOWN, ECONNRESET },
	{ ETIMEDOUT, ETIMEDOUT }, { EBADMSG, EBADMSG }, { EMSGSIZE, EPROTO },
	{ ENOMEM, ECONNABORTED }, { EINVAL, ECONNABORTED },
	{ EREMCHG, EREMCHG }, { EKEYREVOKED, EKEYREVOKED },
};

static bool in_table(int error)
{
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i] == error)
			return true;
	return false;
}

/* What the log has of it; standard error meanwhile goes to a pipe. */
static const char *line_of(const struct tlsup_outcome *outcome)
{
	static char line[1024];
	int ends[2], was = dup(STDERR_FILENO);
	ssize_t n;

	if (was < 0 || pipe(ends) < 0 || dup2(ends[1], STDERR_FILENO) < 0)
		exit(2);
	tlsup_report(outcome);
	n = read(ends[0], line, sizeof(line) - 1);
	line[n < 0 ? 0 : n] = 0;
	dup2(was, STDERR_FILENO);
	close(was);
	close(ends[0]);
	close(ends[1]);
	return line;
}

static void test_report(void)
{
	static const char forged[] = "a: TLSv1.3\n<3>tlsupd: b";
	struct tlsup_request request = {
		.role = HS_CLIENT, .profile = "default",
		.peer.ss_family = AF_INET,
	};
	struct hs_info info = {
		.version = 0x0304, .cipher_suite = 0x1301, .group = 0x1d,
		.alpn = { (const uint8_t *)"h 2", 3 },
	};
	struct tlsup_outcome outcome = {
		.request = &request, .ms = 1.5, .error = EPROTO,
		.alert_sent = 40, .alert_received = HS_ALERT_NONE,
		.reason = "no\nreason",
	};

	strcpy(request.server_name, forged);
	has_text(line_of(&outcome),
		 "client 0.0.0.0:0 a:?TLSv1.3?<3>tlsupd:?b: failed: no?reason (EPROTO, alert sent handshake_failure), profile default, 1.5 ms\n",
		 "a name has no blanks in the log, and a line no other line");
	outcome.error = 0;
	outcome.info = &info;
	has_text(line_of(&outcome), " x25519 alpn h?2, profile default, 1.5 ms\n",
		 "nor has a protocol");
	strcpy(request.server_name, "good.example");
	info.alpn.len = 0;
	has_text(line_of(&outcome),
		 "client 0.0.0.0:0 good.example: TLSv1.3 TLS_AES_128_GCM_SHA256 x25519, profile default",
		 "what a good line looks like");
}

int main(void)
{
	unsigned int outside = 0, a, b;
	size_t i;

	for (i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++) {
		const char *name = tlsup_alert_name(alerts[i].alert);

		ok(tlsup_cause_errno(0, alerts[i].alert, HS_ALERT_NONE) ==
		   alerts[i].sent, "%s sent", name);
		ok(tlsup_cause_errno(0, HS_ALERT_NONE, alerts[i].alert) ==
		   alerts[i].received, "%s received", name);
		ok(strncmp(name, "0x", 2), "%s has a name", name);
	}
	for (i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		ok(tlsup_cause_errno(hosts[i].host, HS_ALERT_BAD_CERTIFICATE,
				     HS_ALERT_NONE) == hosts[i].want,
		   "%s counts before an alert", strerror(hosts[i].host));
	is_int(tlsup_cause_errno(0, HS_ALERT_INTERNAL_ERROR,
				 HS_ALERT_UNKNOWN_CA), EACCES,
	       "the peer's alert counts before ours");
	for (a = 0; a < 256; a++)
		for (b = 0; b < 256; b++)
			outside += !in_table(tlsup_cause_errno(0, a, b));
	for (a = 1; a < 200; a++)
		outside += !in_table(tlsup_cause_errno(a, HS_ALERT_NONE,
						       HS_ALERT_NONE));
	is_int(outside, 0, "nothing but the table's errno is ever told");
	test_report();
	return finish();
}
