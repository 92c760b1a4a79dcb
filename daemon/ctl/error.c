// SPDX-License-Identifier: Apache-2.0
/* Errors in words: the table of <linux/tlsup.h>, and one way to print them. */
#include "daemon/ctl/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/tlsup.h>

#include "daemon/ctl/ctl.h"
#include "daemon/ctl/out.h"
#include "daemon/ctl/upgrade.h"
#include "daemon/names.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

struct meaning {
	int err;
	int status;
	const char *text;
};

static const struct meaning handshake[] = {
	{ ESRCH, TLSUP_EXIT_NO_SERVICE,
	  "no tlsupd is running in this network namespace" },
	{ ETIMEDOUT, TLSUP_EXIT_HANDSHAKE, "the handshake took too long" },
	{ EDQUOT, TLSUP_EXIT_NO_SERVICE, "too many handshakes are under way" },
	{ EDESTADDRREQ, TLSUP_EXIT_HANDSHAKE,
	  "there is no name to verify the peer by" },
	{ ENOKEY, TLSUP_EXIT_NO_SERVICE,
	  "tlsupd has no such profile, or it lacks a certificate or trust" },
	{ EKEYREJECTED, TLSUP_EXIT_CERTIFICATE,
	  "the peer's certificate is not trusted" },
	{ EKEYEXPIRED, TLSUP_EXIT_CERTIFICATE,
	  "the peer's certificate has expired or is not yet valid" },
	{ EKEYREVOKED, TLSUP_EXIT_CERTIFICATE,
	  "the peer's certificate has been revoked" },
	{ EREMCHG, TLSUP_EXIT_CERTIFICATE,
	  "the peer's certificate is for another name" },
	{ EACCES, TLSUP_EXIT_HANDSHAKE,
	  "the peer refused our certificate, or asks for one" },
	{ EPROTONOSUPPORT, TLSUP_EXIT_HANDSHAKE,
	  "the two sides have no common ground" },
	{ EPROTO, TLSUP_EXIT_HANDSHAKE, "the handshake broke the protocol" },
	{ EBADMSG, TLSUP_EXIT_HANDSHAKE, "a record did not authenticate" },
	{ ECONNRESET, TLSUP_EXIT_HANDSHAKE,
	  "the peer closed the connection during the handshake" },
	{ ECONNABORTED, TLSUP_EXIT_HANDSHAKE,
	  "tlsupd gave up, or died, during the handshake" },
};

static const struct meaning afterwards[] = {
	{ EBADMSG, TLSUP_EXIT_CONNECTION, "a record did not authenticate" },
	{ EMSGSIZE, TLSUP_EXIT_CONNECTION, "the peer sent too long a record" },
	{ EPROTO, TLSUP_EXIT_CONNECTION, "the peer broke the protocol" },
	{ ECONNABORTED, TLSUP_EXIT_CONNECTION, "the peer sent a fatal alert" },
	{ ECONNRESET, TLSUP_EXIT_CONNECTION,
	  "the connection ended without close_notify: data may be missing" },
	{ EPIPE, TLSUP_EXIT_CONNECTION, "the connection is closed" },
};

static const struct meaning *find(const struct meaning *table, size_t count,
				  int err)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (table[i].err == err)
			return &table[i];
	return NULL;
}

const char *tlsup_error_meaning(int err, bool during_handshake, int *status)
{
	const struct meaning *m;

	m = during_handshake ?
		    find(handshake, ARRAY_SIZE(handshake), err) :
		    find(afterwards, ARRAY_SIZE(afterwards), err);
	*status = m ? m->status : TLSUP_EXIT_SYSTEM;
	return m ? m->text : strerror(err);
}

static const char *errno_name(int err)
{
	const char *name = strerrorname_np(err);

	return name ? name : "unknown error";
}

void tlsup_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("tlsup: ", stderr);
	vfprintf(stderr, format, args);
	putc('\n', stderr);
	va_end(args);
}

int tlsup_error_system(int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("tlsup: ", stderr);
	vfprintf(stderr, format, args);
	fprintf(stderr, ": %s (%s)\n", strerror(err), errno_name(err));
	va_end(args);
	return TLSUP_EXIT_SYSTEM;
}

static bool tells(uint8_t alert)
{
	return alert != TLSUP_ALERT_NONE && alert != 0;
}

static void print_alert(const char *what, uint8_t alert, uint8_t level)
{
	if (tells(alert))
		fprintf(stderr, "; alert %s: %s%s", what,
			tlsup_alert_name(alert),
			level == 2 ? " (fatal)" :
			level == 1 ? " (warning)" : "");
}

/* ": reason; TLSv1.3; alert sent: X (fatal)": what INFO knows beyond errno. */
static void print_info(int fd)
{
	char reason[4 * TLSUP_REASON_MAX + 1];
	struct tlsup_info info;

	if (tlsup_upgrade_get_info(fd, &info))
		return;
	tlsup_out_escape(reason, sizeof(reason), info.reason,
			 strnlen(info.reason, sizeof(info.reason)));
	if (*reason)
		fprintf(stderr, ": %s", reason);
	if (info.version)
		fprintf(stderr, "; %s", tlsup_version_name(info.version));
	print_alert("received", info.alert_received, info.alert_received_level);
	print_alert("sent", info.alert_sent, info.alert_sent_level);
}

int tlsup_error_socket(const char *whom, int fd, int err, bool during_handshake)
{
	int status;
	const char *text = tlsup_error_meaning(err, during_handshake, &status);

	fprintf(stderr, "tlsup: %s: %s (%s)", whom, text, errno_name(err));
	print_info(fd);
	putc('\n', stderr);
	return status;
}
