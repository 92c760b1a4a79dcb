// SPDX-License-Identifier: Apache-2.0
/*
 * notify: owns the datagrams to $NOTIFY_SOCKET. The protocol is stable and a
 * screenful; libsystemd would be the daemon's largest dependency.
 */
#include "daemon/notify.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void tlsup_notify(const char *format, ...)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	char text[512];
	va_list ap;
	size_t len;
	int fd, n;

	if (!path)
		return;
	len = strlen(path);
	if ((path[0] != '/' && path[0] != '@') || len >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, path, len);
	if (path[0] == '@')
		to.sun_path[0] = 0;	/* the abstract namespace */
	va_start(ap, format);
	n = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (n > 0 && (size_t)n < sizeof(text) &&
	    sendto(fd, text, n, MSG_NOSIGNAL, (struct sockaddr *)&to,
		   offsetof(struct sockaddr_un, sun_path) + len) < 0)
		fprintf(stderr, "tlsupd: %s: cannot be notified\n", path);
	close(fd);
}
