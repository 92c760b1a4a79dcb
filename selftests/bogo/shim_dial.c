// SPDX-License-Identifier: Apache-2.0
/* shim_dial: the connection to BoGo's runner, which listens on one loopback
 * address or the other. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shim.h"

int shim_dial(uint16_t port)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6,
				    .sin6_port = htons(port),
				    .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in four = { .sin_family = AF_INET,
				    .sin_port = htons(port),
				    .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET6, SOCK_STREAM, 0);

	if (fd >= 0 && !connect(fd, (struct sockaddr *)&six, sizeof(six)))
		return fd;
	close(fd);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (!connect(fd, (struct sockaddr *)&four, sizeof(four)))
		return fd;
	perror("connect");
	exit(1);
}
