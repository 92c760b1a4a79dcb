// SPDX-License-Identifier: Apache-2.0
/*
 * storm: many handshakes at once, without blocking.
 *
 *	storm PORT COUNT SECONDS
 *
 * Each connection that opens sends a line to an echo server and compares. Prints
 * a line for each way in which connections ended, with their number, and
 * fails only if one had not ended in time or had the wrong bytes.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "selftests/e2e/upgraded.h"

#define COUNT_MAX	1000
#define ERRNO_MAX	200

enum stage { CONNECTING, ASKED, ENDED };

struct connection {
	enum stage stage;
	char line[40];
	size_t got;
};

static struct connection connections[COUNT_MAX];
static struct pollfd fds[COUNT_MAX];
static unsigned int ended_with[ERRNO_MAX + 1];
static unsigned int live;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void end(int i, int err)
{
	connections[i].stage = ENDED;
	close(fds[i].fd);
	fds[i].fd = -1;
	ended_with[err < ERRNO_MAX ? err : ERRNO_MAX]++;
	live--;
}

static void begin(int i, const char *port)
{
	int err;

	fds[i].fd = upgraded_socket(true);
	fds[i].events = POLLOUT;
	live++;
	upgraded_attach(fds[i].fd);
	err = upgraded_connect(fds[i].fd, port);
	if (err && err != EINPROGRESS)
		end(i, err);
}

static void opened(int i)
{
	struct connection *c = &connections[i];
	int err = upgraded_so_error(fds[i].fd);
	ssize_t n;

	if (err) {
		end(i, err);
		return;
	}
	snprintf(c->line, sizeof(c->line), "connection %05d was here\n", i);
	n = write(fds[i].fd, c->line, strlen(c->line));
	if (n < 0 && errno != EAGAIN) {
		end(i, errno);
	} else if (n > 0) {
		shutdown(fds[i].fd, SHUT_WR);
		c->stage = ASKED;
		fds[i].events = POLLIN;
	}
}

static void answered(int i)
{
	struct connection *c = &connections[i];
	char buffer[100];
	ssize_t n = read(fds[i].fd, buffer, sizeof(buffer));

	if (n < 0) {
		if (errno != EAGAIN)
			end(i, errno);
		return;
	}
	if (n > 0 && (c->got + (size_t)n > strlen(c->line) ||
		      memcmp(c->line + c->got, buffer, (size_t)n))) {
		puts("wrong bytes");
		exit(1);
	}
	c->got += (size_t)n;
	if (!n)
		end(i, c->got == strlen(c->line) ? 0 : ENODATA);
}

static void report(int count, double took)
{
	int err;

	for (err = 0; err <= ERRNO_MAX; err++)
		if (ended_with[err])
			printf("%s %u\n", err < ERRNO_MAX ? upgraded_errno(err) :
			       "other", ended_with[err]);
	printf("# %d connections in %.2f s\n", count, took);
	if (live)
		printf("unfinished %u\n", live);
}

int main(int argc, char **argv)
{
	double began = now(), limit;
	int i, count;

	if (argc != 4)
		return 2;
	count = atoi(argv[2]);
	if (count > COUNT_MAX)
		return 2;
	limit = began + atof(argv[3]);
	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < count; i++)
		begin(i, argv[1]);
	while (live && now() < limit) {
		poll(fds, (nfds_t)count, 100);
		for (i = 0; i < count; i++) {
			if (fds[i].fd < 0 || !fds[i].revents)
				continue;
			if (connections[i].stage == CONNECTING)
				opened(i);
			else
				answered(i);
		}
	}
	report(count, now() - began);
	return live != 0;
}
