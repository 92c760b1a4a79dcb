// SPDX-License-Identifier: Apache-2.0
/*
 * polled: a non-blocking client, as an event loop has it: connect(), POLLOUT,
 * SO_ERROR, then write and read by poll() alone.
 *
 *	polled PORT BYTES	sends BYTES to an echo server, compares what returns
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "selftests/e2e/upgraded.h"

static unsigned char pattern(size_t at)
{
	return (unsigned char)(at * 31 + (at >> 8));
}

static void open_by_poll(int fd, const char *port)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	char byte;
	int err;

	upgraded_attach(fd);
	err = upgraded_connect(fd, port);
	if (err != EINPROGRESS) {
		printf("connect: %s, not EINPROGRESS\n", upgraded_errno(err));
		exit(1);
	}
	if (poll(&p, 1, 20000) != 1) {
		puts("no POLLOUT in 20 s");
		exit(1);
	}
	err = upgraded_so_error(fd);
	if (err) {
		printf("SO_ERROR: %s: %s\n", upgraded_errno(err),
		       upgraded_reason(fd));
		exit(1);
	}
	/* Open, and nothing to read: tickets are not application data. */
	usleep(300000);
	p.events = POLLIN;
	if (poll(&p, 1, 0) || read(fd, &byte, 1) != -1 || errno != EAGAIN) {
		puts("readable without application data");
		exit(1);
	}
}

static size_t send_some(int fd, size_t at, size_t total)
{
	unsigned char buffer[10000];
	size_t i, len = total - at < sizeof(buffer) ? total - at :
						      sizeof(buffer);
	ssize_t n;

	for (i = 0; i < len; i++)
		buffer[i] = pattern(at + i);
	n = write(fd, buffer, len);
	if (n < 0 && errno != EAGAIN)
		upgraded_die("write");
	return n < 0 ? 0 : (size_t)n;
}

/* Returns what came; *eof at the end. POLLIN said that there is something. */
static size_t receive_some(int fd, size_t at, bool *eof)
{
	unsigned char buffer[7777];
	ssize_t i, n = read(fd, buffer, sizeof(buffer));

	if (n < 0) {
		printf("read after POLLIN: %s\n", upgraded_errno(errno));
		exit(1);
	}
	for (i = 0; i < n; i++) {
		if (buffer[i] == pattern(at + (size_t)i))
			continue;
		printf("byte %zu differs\n", at + (size_t)i);
		exit(1);
	}
	*eof = !n;
	return (size_t)n;
}

int main(int argc, char **argv)
{
	size_t sent = 0, received = 0, total;
	struct pollfd p = { .fd = upgraded_socket(true) };
	bool eof = false;

	if (argc != 3)
		return 2;
	total = strtoul(argv[2], NULL, 10);
	open_by_poll(p.fd, argv[1]);
	while (!eof) {
		p.events = POLLIN | (sent < total ? POLLOUT : 0);
		if (poll(&p, 1, 20000) < 1) {
			printf("nothing in 20 s, %zu sent, %zu received\n", sent,
			       received);
			return 1;
		}
		if (p.revents & POLLOUT) {
			sent += send_some(p.fd, sent, total);
			if (sent == total)
				shutdown(p.fd, SHUT_WR);
		}
		if (p.revents & ~POLLOUT)
			received += receive_some(p.fd, received, &eof);
	}
	printf("%zu sent, %zu received\n", sent, received);
	return received != total;
}
