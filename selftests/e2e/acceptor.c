// SPDX-License-Identifier: Apache-2.0
/*
 * acceptor: a server that writes a marker as soon as accept() has returned,
 * whatever the client does, and tells how that ended; one connection.
 *
 *	acceptor PORT MARKER TIMEOUT_MS
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/tlsup.h>

#include "selftests/e2e/upgraded.h"

static int listen_at(const char *port, const char *timeout_ms)
{
	struct tlsup_start start = {
		.role = TLSUP_ROLE_SERVER,
		.timeout_ms = (unsigned int)atoi(timeout_ms),
	};
	struct sockaddr_in here = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(port)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = upgraded_socket(false), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (setsockopt(fd, IPPROTO_TCP, TCP_ULP, TLSUP_ULP_NAME,
		       sizeof(TLSUP_ULP_NAME)) ||
	    setsockopt(fd, SOL_TLSUP, TLSUP_PROFILE, "default", 7) ||
	    setsockopt(fd, SOL_TLSUP, TLSUP_START, &start, sizeof(start)) ||
	    bind(fd, (struct sockaddr *)&here, sizeof(here)) || listen(fd, 8))
		upgraded_die("listener");
	return fd;
}

int main(int argc, char **argv)
{
	int listener, fd;
	ssize_t n;

	if (argc != 4)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	listener = listen_at(argv[1], argv[3]);
	fd = accept(listener, NULL, NULL);
	if (fd < 0)
		upgraded_die("accept");
	n = write(fd, argv[2], strlen(argv[2]));
	printf("write: %s: %s\n", upgraded_errno(n < 0 ? errno : 0),
	       upgraded_reason(fd));
	return 0;
}
