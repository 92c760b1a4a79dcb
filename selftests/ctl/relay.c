// SPDX-License-Identifier: Apache-2.0
/* How connect and serve carry bytes: over a socket pair, without TLS. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/ctl/relay.h"

#define BIG (1 << 20)

static int tests, failures;

static void ok(bool good, const char *name)
{
	printf("%sok %d - %s\n", good ? "" : "not ", ++tests, name);
	failures += !good;
}

/* A relay in a process of its own, and our ends of it. */
struct bench {
	int peer;	/* the other end of its socket */
	int in;		/* what we write here is its input */
	int out;	/* what it puts out */
	pid_t pid;
};

static void start(struct bench *b, bool end_with_peer)
{
	int sv[2], in[2], out[2];
	bool file_failed;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv) || pipe(in) || pipe(out))
		exit(1);
	fflush(stdout);
	b->pid = fork();
	if (!b->pid) {
		struct tlsup_relay relay = {
			.socket = sv[0],
			.in = in[0],
			.out = out[1],
			.end_with_peer = end_with_peer,
		};

		close(sv[1]);
		close(in[1]);
		close(out[0]);
		alarm(20);
		_exit(tlsup_relay_run(&relay, &file_failed));
	}
	close(sv[0]);
	close(in[0]);
	close(out[1]);
	b->peer = sv[1];
	b->in = in[1];
	b->out = out[0];
}

/* 0: ended well; an errno; or -1: a signal (alarm: it never ended). */
static int finish(struct bench *b)
{
	int status;

	waitpid(b->pid, &status, 0);
	if (b->in >= 0)
		close(b->in);
	if (b->peer >= 0)
		close(b->peer);
	close(b->out);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool reads(int fd, const char *want)
{
	char got[100];
	size_t len = strlen(want);
	ssize_t n = read(fd, got, sizeof(got));

	return n == (ssize_t)len && !memcmp(got, want, len);
}

static bool ended(int fd)
{
	char byte;

	return read(fd, &byte, 1) == 0;
}

/* Nothing comes for a while. */
static bool quiet(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 100) == 0;
}

static void close_end(int *fd)
{
	close(*fd);
	*fd = -1;
}

static void test_half_close(void)
{
	struct bench b;

	start(&b, true);
	ok(write(b.in, "up", 2) == 2 && reads(b.peer, "up"), "up");
	ok(write(b.peer, "down", 4) == 4 && reads(b.out, "down"), "down");
	close_end(&b.in);
	ok(ended(b.peer), "the input's end is passed on");
	ok(write(b.peer, "still", 5) == 5 && reads(b.out, "still"),
	   "the other direction is open still");
	close_end(&b.peer);
	ok(finish(&b) == 0, "the peer's end ends it");
}

static void test_peer_first(void)
{
	struct bench b;

	start(&b, true);
	shutdown(b.peer, SHUT_WR);
	ok(finish(&b) == 0, "connect: the peer's end alone ends it");
	start(&b, false);
	shutdown(b.peer, SHUT_WR);
	ok(quiet(b.out), "serve: the peer's end alone does not");
	ok(write(b.in, "late", 4) == 4 && reads(b.peer, "late"),
	   "serve: what comes later still goes up");
	close_end(&b.in);
	ok(finish(&b) == 0, "serve: both ends do");
}

static void test_gone(void)
{
	struct bench b;

	start(&b, true);
	close_end(&b.out);
	b.out = dup(b.peer);
	ok(write(b.peer, "x", 1) == 1 && finish(&b) == EPIPE,
	   "an output that is gone is an error");
}

/* More in both directions than fits any buffer, the reader of one being the
 * writer of the other. */
static void test_big(void)
{
	static char data[BIG];
	size_t got = 0, i;
	struct bench b;
	bool same = true;
	pid_t echo, feeder;
	ssize_t n;

	start(&b, true);
	feeder = fork();
	if (!feeder) {
		for (i = 0; i < BIG; i++)
			data[i] = (char)(i * 7 + (i >> 12));
		_exit(tlsup_relay_write_all(b.in, data, BIG));
	}
	echo = fork();
	if (!echo) {
		close(b.in);
		while ((n = read(b.peer, data, sizeof(data))) > 0)
			tlsup_relay_write_all(b.peer, data, (size_t)n);
		_exit(0);
	}
	close_end(&b.in);
	close_end(&b.peer);
	while ((n = read(b.out, data, sizeof(data))) > 0)
		for (i = 0; i < (size_t)n; i++, got++)
			same = same && data[i] == (char)(got * 7 + (got >> 12));
	waitpid(feeder, NULL, 0);
	waitpid(echo, NULL, 0);
	ok(same && got == BIG, "a megabyte up and down at once");
	ok(finish(&b) == 0, "and the end");
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	puts("TAP version 13");
	test_half_close();
	test_peer_first();
	test_gone();
	test_big();
	printf("1..%d\n", tests);
	return failures ? 1 : 0;
}
