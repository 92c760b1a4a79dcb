// SPDX-License-Identifier: Apache-2.0
/* The socket API as this program uses it: two setsockopt() calls, and frills. */
#include "daemon/ctl/upgrade.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>

#include "daemon/ctl/out.h"

#ifndef TCP_ULP
#define TCP_ULP 31
#endif

static int set(int fd, int option, const void *value, size_t len)
{
	return setsockopt(fd, SOL_TLSUP, option, value, len) ? errno : 0;
}

static int set_text(int fd, int option, const char *text)
{
	return text ? set(fd, option, text, strlen(text)) : 0;
}

int tlsup_upgrade_alpn_list(const char *names,
			    unsigned char list[TLSUP_ALPN_MAX])
{
	size_t at = 0;

	for (;;) {
		size_t len = strcspn(names, ",");

		if (len < 1 || len > 255 || at + 1 + len > TLSUP_ALPN_MAX)
			return -1;
		list[at++] = (unsigned char)len;
		memcpy(list + at, names, len);
		at += len;
		if (!names[len])
			return (int)at;
		names += len + 1;
	}
}

static int set_alpn(int fd, const char *names)
{
	unsigned char list[TLSUP_ALPN_MAX];
	int len;

	if (!names)
		return 0;
	len = tlsup_upgrade_alpn_list(names, list);
	return len < 0 ? EINVAL : set(fd, TLSUP_ALPN, list, len);
}

/* Only to have another deadline than the module's: connect() and accept()
 * start by themselves. */
static int set_timeout(int fd, uint32_t role, uint32_t timeout_ms)
{
	struct tlsup_start start = { .role = role, .timeout_ms = timeout_ms };

	return timeout_ms ? set(fd, TLSUP_START, &start, sizeof(start)) : 0;
}

int tlsup_upgrade_attach(int fd)
{
	return setsockopt(fd, SOL_TCP, TCP_ULP, TLSUP_ULP_NAME,
			  sizeof(TLSUP_ULP_NAME)) ? errno : 0;
}

int tlsup_upgrade_client(int fd, const struct tlsup_wishes *wishes)
{
	uint32_t early = TLSUP_EARLY_DATA_MAX;
	int err = tlsup_upgrade_attach(fd);

	if (!err)
		err = set_text(fd, TLSUP_SERVER_NAME, wishes->name);
	if (!err)
		err = set_alpn(fd, wishes->alpn);
	if (!err)
		err = set_text(fd, TLSUP_PROFILE, wishes->profile);
	if (!err && wishes->verify)
		err = set(fd, TLSUP_VERIFY, &wishes->verify,
			  sizeof(wishes->verify));
	if (!err && wishes->early_data)
		err = set(fd, TLSUP_EARLY_DATA, &early, sizeof(early));
	if (!err)
		err = set_timeout(fd, TLSUP_ROLE_CLIENT, wishes->timeout_ms);
	return err;
}

int tlsup_upgrade_listener(int fd, const struct tlsup_wishes *wishes)
{
	int err = tlsup_upgrade_attach(fd);

	if (!err)
		err = set_text(fd, TLSUP_PROFILE, wishes->profile ?
						wishes->profile : "default");
	if (!err)
		err = set_alpn(fd, wishes->alpn);
	if (!err)
		err = set_timeout(fd, TLSUP_ROLE_SERVER, wishes->timeout_ms);
	return err;
}

int tlsup_upgrade_wait(int fd, uint32_t role)
{
	struct tlsup_start start = { .role = role };
	int err;

	do
		err = set(fd, TLSUP_START, &start, sizeof(start));
	while (err == EINTR);
	return err == EISCONN ? 0 : err;
}

int tlsup_upgrade_key_update(int fd)
{
	uint32_t request = TLSUP_KEY_UPDATE_REQUESTED;

	return set(fd, TLSUP_KEY_UPDATE, &request, sizeof(request));
}

int tlsup_upgrade_export(int fd, const char *label, unsigned char *out,
			 size_t len)
{
	size_t label_len = strlen(label);
	union {
		struct tlsup_exporter e;
		char room[sizeof(struct tlsup_exporter) +
			  TLSUP_EXPORTER_LABEL_MAX + TLSUP_EXPORTER_MAX];
	} buffer = { .e = { .length = (uint16_t)len,
			    .label_length = (uint16_t)label_len } };
	socklen_t size = sizeof(buffer.e) + label_len;

	if (label_len > TLSUP_EXPORTER_LABEL_MAX || len > TLSUP_EXPORTER_MAX)
		return EINVAL;
	memcpy(buffer.e.bytes, label, label_len);
	if (size < len)
		size = len;
	if (getsockopt(fd, SOL_TLSUP, TLSUP_EXPORTER, &buffer, &size))
		return errno;
	memcpy(out, &buffer, len);
	explicit_bzero(&buffer, sizeof(buffer));
	return 0;
}

int tlsup_upgrade_ask_certificate(int fd)
{
	uint32_t none = 0;

	return set(fd, TLSUP_REQUEST_CERTIFICATE, &none, sizeof(none));
}

int tlsup_upgrade_await_certificate(int fd, int timeout_ms)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLPRI };
	socklen_t len = sizeof(int);
	int n, err = 0;

	do
		n = poll(&pollfd, 1, timeout_ms);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n ? errno : ETIMEDOUT;
	if (pollfd.revents & POLLPRI)
		return 0;
	/* The connection has ended before. */
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len))
		return errno;
	return err ? err : ECONNRESET;
}

int tlsup_upgrade_certificate_state(int fd, uint32_t *state)
{
	socklen_t len = sizeof(*state);

	return getsockopt(fd, SOL_TLSUP, TLSUP_REQUEST_CERTIFICATE, state,
			  &len) ? errno : 0;
}

int tlsup_upgrade_get_info(int fd, struct tlsup_info *info)
{
	socklen_t len = sizeof(*info);

	memset(info, 0, sizeof(*info));
	info->alert_sent = TLSUP_ALERT_NONE;
	info->alert_received = TLSUP_ALERT_NONE;
	if (getsockopt(fd, SOL_TLSUP, TLSUP_INFO, info, &len))
		return errno;
	info->reason[sizeof(info->reason) - 1] = '\0';
	return 0;
}

void tlsup_upgrade_get_text(int fd, int option, char *text, size_t size)
{
	char bytes[TLSUP_ALPN_MAX + 1];
	socklen_t len = sizeof(bytes);

	*text = '\0';
	if (!getsockopt(fd, SOL_TLSUP, option, bytes, &len))
		tlsup_out_escape(text, size, bytes, strnlen(bytes, len));
}
