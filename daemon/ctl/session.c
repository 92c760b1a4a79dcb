// SPDX-License-Identifier: Apache-2.0
/* What connect and serve share: arguments, diagnoses, the closing line. */
#include "daemon/ctl/session.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/ctl/ctl.h"
#include "daemon/ctl/error.h"
#include "daemon/ctl/names.h"
#include "daemon/ctl/out.h"
#include "daemon/ctl/socket.h"
#include "daemon/ctl/upgrade.h"

int tlsup_session_check_alpn(const char *names)
{
	unsigned char list[TLSUP_ALPN_MAX];

	if (tlsup_upgrade_alpn_list(names, list) > 0)
		return 0;
	tlsup_error("--alpn: names of 1 to 255 bytes with commas between, "
		    "please, not '%s'", names);
	return TLSUP_EXIT_USAGE;
}

int tlsup_session_timeout(const char *seconds, uint32_t *milliseconds)
{
	char *end;
	double value = strtod(seconds, &end);

	if (*seconds && !*end && value > 0 &&
	    value * 1000 <= TLSUP_TIMEOUT_MAX_MS) {
		*milliseconds = (uint32_t)(value * 1000);
		if (*milliseconds)
			return 0;
	}
	tlsup_error("--timeout: seconds, at most %d, please, not '%s'",
		    TLSUP_TIMEOUT_MAX_MS / 1000, seconds);
	return TLSUP_EXIT_USAGE;
}

int tlsup_session_count(const char *text, uint64_t *count)
{
	uint64_t value;
	char *end;

	*count = 0;
	if (!text)
		return 0;
	value = strtoull(text, &end, 10);
	if (*end == 'K' || *end == 'M')
		value <<= *end++ == 'K' ? 10 : 20;
	if (value && !*end && *text != '-') {
		*count = value;
		return 0;
	}
	tlsup_error("a number of bytes (K, M), please, not '%s'", text);
	return TLSUP_EXIT_USAGE;
}

int tlsup_session_setup_failed(const char *whom, int err)
{
	if (err == ENOENT) {
		tlsup_error("%s: the kernel module tlsup is not loaded", whom);
		return TLSUP_EXIT_NO_SERVICE;
	}
	return tlsup_error_system(err, "%s: setsockopt", whom);
}

bool tlsup_session_handshake_began(int fd)
{
	struct tlsup_info info;

	return !tlsup_upgrade_get_info(fd, &info) &&
	       info.state == TLSUP_STATE_FAILED;
}

int tlsup_session_print_export(int fd, const char *label)
{
	unsigned char key[32];
	size_t i;
	int err = tlsup_upgrade_export(fd, label, key, sizeof(key));

	if (err)
		return tlsup_error_system(err, "exporter %s", label);
	fprintf(stderr, "tlsup: exporter %s: ", label);
	for (i = 0; i < sizeof(key); i++)
		fprintf(stderr, "%02x", key[i]);
	putc('\n', stderr);
	return TLSUP_EXIT_OK;
}

void tlsup_session_print_info(int fd, bool json)
{
	char name[4 * TLSUP_SERVER_NAME_MAX + 1], alpn[4 * TLSUP_ALPN_MAX + 1];
	struct tlsup_info info;
	struct tlsup_out out;

	if (tlsup_upgrade_get_info(fd, &info))
		return;
	tlsup_upgrade_get_text(fd, TLSUP_SERVER_NAME, name, sizeof(name));
	tlsup_upgrade_get_text(fd, TLSUP_ALPN, alpn, sizeof(alpn));
	tlsup_out_init(&out, json ? TLSUP_OUT_JSON : TLSUP_OUT_LINE, stderr);
	tlsup_out_begin(&out);
	tlsup_out_heading(&out, "tlsup:",
			  tlsup_role_name(info.role));
	tlsup_socket_describe_info(&out, &info, name, alpn);
	tlsup_socket_describe_more(&out, &info);
	tlsup_out_end(&out);
}
