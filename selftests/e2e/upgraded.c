// SPDX-License-Identifier: Apache-2.0
/* What the programs here share: a socket to 127.0.0.1 that asks for TLS. */
#include "selftests/e2e/upgraded.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/tlsup.h>

void upgraded_die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, upgraded_errno(errno));
	exit(1);
}

const char *upgraded_errno(int err)
{
	return err ? strerrorname_np(err) : "ok";
}

int upgraded_socket(bool nonblocking)
{
	int fd = socket(AF_INET,
			SOCK_STREAM | (nonblocking ? SOCK_NONBLOCK : 0), 0);

	if (fd < 0)
		upgraded_die("socket");
	return fd;
}

void upgraded_attach(int fd)
{
	if (setsockopt(fd, IPPROTO_TCP, TCP_ULP, TLSUP_ULP_NAME,
		       sizeof(TLSUP_ULP_NAME)))
		upgraded_die("TCP_ULP");
	if (setsockopt(fd, SOL_TLSUP, TLSUP_SERVER_NAME, "localhost", 9))
		upgraded_die("TLSUP_SERVER_NAME");
}

int upgraded_connect(int fd, const char *port)
{
	struct sockaddr_in peer = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(port)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	return connect(fd, (struct sockaddr *)&peer, sizeof(peer)) ? errno : 0;
}

int upgraded_start(int fd, unsigned int timeout_ms)
{
	struct tlsup_start start = { .role = TLSUP_ROLE_CLIENT,
				     .timeout_ms = timeout_ms };

	return setsockopt(fd, SOL_TLSUP, TLSUP_START, &start, sizeof(start)) ?
		       errno : 0;
}

int upgraded_client(const char *port)
{
	int fd = upgraded_socket(false), err;

	upgraded_attach(fd);
	err = upgraded_connect(fd, port);
	if (err) {
		fprintf(stderr, "connect: %s: %s\n", upgraded_errno(err),
			upgraded_reason(fd));
		exit(1);
	}
	return fd;
}

static const struct tlsup_info *get_info(int fd)
{
	static struct tlsup_info info;
	socklen_t len = sizeof(info);

	memset(&info, 0, sizeof(info));
	getsockopt(fd, SOL_TLSUP, TLSUP_INFO, &info, &len);
	return &info;
}

const char *upgraded_reason(int fd)
{
	return get_info(fd)->reason;
}

unsigned int upgraded_state(int fd)
{
	return get_info(fd)->state;
}

int upgraded_so_error(int fd)
{
	socklen_t len = sizeof(int);
	int err = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len))
		return errno;
	return err;
}

void upgraded_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;
	ssize_t n;

	while (len) {
		n = write(fd, p, len);
		if (n < 0)
			upgraded_die("write");
		p += n;
		len -= (size_t)n;
	}
}
