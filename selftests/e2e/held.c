// SPDX-License-Identifier: Apache-2.0
/*
 * held: writes a marker at every moment that it can, from the moment on that
 * the socket is to be TLS, until a write succeeds or fails for good.
 *
 *	held armed|start block|poll PORT MARKER TIMEOUT_MS
 *
 * armed: TLS is asked for before connect(); start: after it. block: a child
 * writes while the parent waits; poll: non-blocking, the marker is tried again
 * and again. Prints how the handshake and how the write ended.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/tlsup.h>

#include "selftests/e2e/upgraded.h"

static const char *marker;
static unsigned int timeout_ms;

static int attach_and_connect(int fd, bool armed, const char *port)
{
	int err;

	if (armed) {
		upgraded_attach(fd);
		upgraded_start(fd, timeout_ms);
		return upgraded_connect(fd, port);
	}
	err = upgraded_connect(fd, port);
	if (err == EINPROGRESS) {
		poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, -1);
		err = 0;
	}
	if (err)
		return err;
	upgraded_attach(fd);
	return upgraded_start(fd, timeout_ms);
}

/* Another process, so that nothing holds this back but the kernel; from the
 * moment on that the socket is to be TLS. */
static void write_from_child(int fd)
{
	ssize_t n;

	if (fork())
		return;
	alarm(60);
	while (upgraded_state(fd) == TLSUP_STATE_IDLE)
		usleep(100);
	do
		n = write(fd, marker, strlen(marker));
	while (n < 0 && errno == ENOTCONN && !usleep(100));
	printf("write: %s\n", upgraded_errno(n < 0 ? errno : 0));
	fflush(stdout);
	_exit(0);
}

static void blocking(bool armed, const char *port)
{
	int fd = upgraded_socket(false), err;

	if (armed) {
		upgraded_attach(fd);
		upgraded_start(fd, timeout_ms);
	} else {
		err = upgraded_connect(fd, port);
		if (err)
			upgraded_die("connect");
		upgraded_attach(fd);
	}
	signal(SIGPIPE, SIG_IGN);
	write_from_child(fd);
	err = armed ? upgraded_connect(fd, port) :
		      upgraded_start(fd, timeout_ms);
	printf("handshake: %s: %s\n", upgraded_errno(err), upgraded_reason(fd));
	fflush(stdout);
	wait(NULL);
}

static void polled(bool armed, const char *port)
{
	struct pollfd p = { .events = POLLOUT };
	int fd = upgraded_socket(true), err;
	ssize_t n;

	p.fd = fd;
	signal(SIGPIPE, SIG_IGN);
	err = attach_and_connect(fd, armed, port);
	if (err && err != EINPROGRESS) {
		printf("handshake: %s: %s\n", upgraded_errno(err),
		       upgraded_reason(fd));
		n = write(fd, marker, strlen(marker));
		printf("write: %s\n", upgraded_errno(n < 0 ? errno : 0));
		return;
	}
	do {
		n = write(fd, marker, strlen(marker));
		err = n < 0 ? errno : 0;
		poll(&p, 1, 10);
	} while (err == EAGAIN || (err == ENOTCONN && !(p.revents & POLLERR)));
	printf("write: %s: %s\n", upgraded_errno(err), upgraded_reason(fd));
	printf("SO_ERROR: %s\n", upgraded_errno(upgraded_so_error(fd)));
	/* So that what may have been queued can leave. */
	usleep(200000);
}

int main(int argc, char **argv)
{
	bool armed;

	if (argc != 6)
		return 2;
	armed = !strcmp(argv[1], "armed");
	marker = argv[4];
	timeout_ms = (unsigned int)atoi(argv[5]);
	if (!strcmp(argv[2], "poll"))
		polled(armed, argv[3]);
	else
		blocking(armed, argv[3]);
	return 0;
}
