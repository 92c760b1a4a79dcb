// SPDX-License-Identifier: Apache-2.0
/*
 * stream.c: pseudo-random bytes through a socket pair, in every way that bytes go in and come out,
 * compared at the other end; between tlsup and tlsup, and between tlsup and the kernel's own tls.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib/pair.h"

#define CHUNK_MAX 200000

enum { WRITE, MORE, VECTOR, FILE_, SPLICE, NONBLOCK, WRITERS };
enum { READ, SHORT, PEEK, WAITALL, POLL, SPLICE_OUT, READERS };

static uint8_t out_buffer[CHUNK_MAX + 64], in_buffer[CHUNK_MAX + 64];
static volatile sig_atomic_t ticks;
static uint64_t total;
static bool poll_is_true;

static void tick(int sig)
{
	(void)sig;
	ticks++;
}

static bool send_nonblock(int fd, const uint8_t *data, size_t len)
{
	while (len) {
		ssize_t n = send(fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN) {
			struct pollfd p = { .fd = fd, .events = POLLOUT };

			if (poll(&p, 1, 10000) != 1)
				return false;
			continue;
		}
		if (n <= 0)
			return false;
		data += n;
		len -= n;
	}
	return true;
}

static bool send_vector(int fd, const uint8_t *data, size_t len, uint32_t *state)
{
	while (len) {
		struct iovec iov[7];
		size_t at = 0;
		int n = 0;
		ssize_t sent;

		while (n < 7 && at < len) {
			size_t part = next_random(state) % 9000;

			part = part < len - at ? part : len - at;
			iov[n++] = (struct iovec){ (void *)(data + at), part };
			at += part;
		}
		sent = writev(fd, iov, n);
		if (sent < 0)
			return false;
		data += sent;
		len -= sent;
	}
	return true;
}

static bool send_file(int fd, const uint8_t *data, size_t len, uint32_t *state)
{
	static int file = -1;
	off_t at = next_random(state) % 5000, end = at + len;

	if (file < 0)
		file = memfd_create("stream", 0);
	if (pwrite(file, data, len, at) != (ssize_t)len)
		return false;
	while (at < end)
		if (sendfile(fd, file, &at, end - at) <= 0)
			return false;
	return true;
}

/* Not MORE at the very end: in-tree tls loses an open record at shutdown(). */
static bool send_splice(int fd, const uint8_t *data, size_t len, bool last)
{
	int pipes[2];
	bool good = true;

	if (pipe(pipes))
		return false;
	while (len && good) {
		ssize_t n = write(pipes[1], data, len < 60000 ? len : 60000);

		good = n > 0 && splice(pipes[0], NULL, fd, NULL, n,
				       len % 2 && !last ? SPLICE_F_MORE : 0) == n;
		data += n;
		len -= n;
	}
	close(pipes[0]);
	close(pipes[1]);
	return good;
}

static bool send_some(int fd, int how, const uint8_t *data, size_t len, bool last, uint32_t *state)
{
	switch (how) {
	case MORE:
		while (len) {
			ssize_t n = send(fd, data, len,
					 MSG_NOSIGNAL |
					 (last || next_random(state) % 8 == 0 ? 0 : MSG_MORE));

			if (n <= 0)
				return false;
			data += n;
			len -= n;
		}
		return true;
	case VECTOR:
		return send_vector(fd, data, len, state);
	case FILE_:
		return send_file(fd, data, len, state);
	case SPLICE:
		return send_splice(fd, data, len, last);
	case NONBLOCK:
		return send_nonblock(fd, data, len);
	default:
		return write_all(fd, data, len);
	}
}

static int sender(int fd, int how, uint32_t seed)
{
	uint64_t at = 0;
	uint32_t state = seed;

	while (at < total) {
		/* Small ones and large ones, at any alignment. */
		size_t len = 1 + next_random(&state) % (next_random(&state) % 3 ? 900 : CHUNK_MAX);
		uint8_t *data = out_buffer + next_random(&state) % 64;

		len = len < total - at ? len : total - at;
		stream_fill(data, len, at, seed);
		if (!send_some(fd, how, data, len, at + len == total, &state)) {
			perror("send");
			return 1;
		}
		at += len;
	}
	return 0;
}

static ssize_t receive_splice(int fd, uint8_t *data, size_t len)
{
	static int pipes[2] = { -1, -1 };
	ssize_t n;

	if (pipes[0] < 0 && pipe(pipes))
		return -1;
	n = splice(fd, NULL, pipes[1], NULL, len < 60000 ? len : 60000, 0);
	if (n > 0 && read(pipes[0], data, n) != n)
		return -1;
	return n;
}

static ssize_t receive_some(int fd, int how, uint8_t *data, size_t len)
{
	ssize_t n, m;

	switch (how) {
	case SHORT:
		return recv(fd, data, len % 40 + 1, 0);
	case PEEK:
		n = recv(fd, data, len, MSG_PEEK);
		if (n <= 0)
			return n;
		memset(in_buffer, 0, sizeof(in_buffer));
		m = recv(fd, data, n, 0);
		return m > 0 && m <= n ? m : -1;
	case WAITALL:
		return recv(fd, data, len % 60000 + 1, MSG_WAITALL);
	case POLL:
		/* True readiness: after POLLIN there is no EAGAIN. In-tree tls of
		 * 6.1 has no poll() of its own. */
		do {
			if (!poll_in(fd, 10000))
				return -1;
			n = recv(fd, data, len, MSG_DONTWAIT);
		} while (n < 0 && errno == EAGAIN && !poll_is_true);
		return n;
	case SPLICE_OUT:
		return receive_splice(fd, data, len);
	default:
		return recv(fd, data, len, 0);
	}
}

static bool receiver(int fd, int how, uint32_t seed)
{
	uint64_t at = 0;
	uint32_t state = seed * 7 + 1;

	for (;;) {
		size_t len = 1 + next_random(&state) % (next_random(&state) % 3 ? 5000 : CHUNK_MAX);
		uint8_t *data = in_buffer + next_random(&state) % 64;
		ssize_t n = receive_some(fd, how, data, len), bad;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			perror("receive");
			return false;
		}
		if (!n)
			break;
		bad = stream_check(data, n, at, seed);
		if (bad >= 0) {
			fprintf(stderr, "byte %llu differs\n", (unsigned long long)(at + bad));
			return false;
		}
		at += n;
	}
	if (at != total)
		fprintf(stderr, "end after %llu\n", (unsigned long long)at);
	return at == total;
}

FIXTURE(stream)
{
	int fd[2];
};

FIXTURE_VARIANT(stream)
{
	const char *from, *to;
	struct keys keys;
	int family;
};

#define VARIANT(name, a, b, v, c, f) \
FIXTURE_VARIANT_ADD(stream, name) \
{ .from = a, .to = b, .keys = { v, c, 0x42 }, .family = f, }

VARIANT(v13_aes128, "tlsup", "tlsup", TLS_1_3_VERSION, TLS_CIPHER_AES_GCM_128, AF_INET);
VARIANT(v12_aes128, "tlsup", "tlsup", TLS_1_2_VERSION, TLS_CIPHER_AES_GCM_128, AF_INET6);
VARIANT(v13_chacha, "tlsup", "tlsup", TLS_1_3_VERSION, TLS_CIPHER_CHACHA20_POLY1305, AF_INET6);
VARIANT(v13_to_tls, "tlsup", "tls", TLS_1_3_VERSION, TLS_CIPHER_AES_GCM_256, AF_INET);
VARIANT(v13_from_tls, "tls", "tlsup", TLS_1_3_VERSION, TLS_CIPHER_AES_GCM_256, AF_INET);
VARIANT(v12_to_tls, "tlsup", "tls", TLS_1_2_VERSION, TLS_CIPHER_AES_GCM_256, AF_INET);
VARIANT(v12_from_tls, "tls", "tlsup", TLS_1_2_VERSION, TLS_CIPHER_CHACHA20_POLY1305, AF_INET);

FIXTURE_SETUP(stream)
{
	poll_is_true = !strcmp(variant->to, "tlsup");
	total = getenv("TLSUP_QUICK") ? 1000000 : 3000000;
	if (strcmp(variant->from, "tlsup") || strcmp(variant->to, "tlsup"))
		if (system("modprobe tls 2>/dev/null"))
			SKIP(return, "no tls module");
	ASSERT_EQ(0, pair_open(self->fd, variant->family));
	ASSERT_EQ(0, pair_tls(self->fd, variant->from, variant->to, &variant->keys));
}

FIXTURE_TEARDOWN(stream)
{
	pair_close(self->fd);
}

static void run(struct __test_metadata *_metadata, int fd[2], int out, int in, uint32_t seed)
{
	int status;
	pid_t pid = fork();

	ASSERT_GE(pid, 0);
	if (!pid) {
		close(fd[1]);
		status = sender(fd[0], out, seed);
		shutdown(fd[0], SHUT_WR);
		_exit(status);
	}
	close(fd[0]);
	fd[0] = -1;
	EXPECT_TRUE(receiver(fd[1], in, seed));
	close(fd[1]);
	fd[1] = -1;
	/* The timer of signals may strike here as well. */
	while (waitpid(pid, &status, 0) != pid)
		ASSERT_EQ(EINTR, errno);
	EXPECT_EQ(0, status);
}

#define STREAM(name, out, in) \
TEST_F_TIMEOUT(stream, name, 120) \
{ \
	run(_metadata, self->fd, out, in, 11 + __LINE__); \
}

STREAM(write_read, WRITE, READ)
STREAM(write_short, WRITE, SHORT)
STREAM(write_peek, WRITE, PEEK)
STREAM(write_waitall, WRITE, WAITALL)
STREAM(write_poll, WRITE, POLL)
STREAM(write_splice, WRITE, SPLICE_OUT)
STREAM(more_read, MORE, READ)
STREAM(vector_read, VECTOR, READ)
STREAM(file_read, FILE_, READ)
STREAM(splice_splice, SPLICE, SPLICE_OUT)
STREAM(nonblock_read, NONBLOCK, READ)
STREAM(nonblock_poll, NONBLOCK, POLL)

TEST_F_TIMEOUT(stream, small_buffers, 120)
{
	int size = 1;

	/* The least that the kernel allows: no record ever fits. */
	ASSERT_EQ(0, setsockopt(self->fd[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)));
	ASSERT_EQ(0, setsockopt(self->fd[1], SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)));
	/* TCP itself is slow then: a segment for each delayed acknowledgement. */
	total = 50000;
	run(_metadata, self->fd, NONBLOCK, POLL, 5);
}

TEST_F_TIMEOUT(stream, signals, 120)
{
	struct sigaction action = { .sa_handler = tick };
	struct itimerval timer = { { 0, 3000 }, { 0, 3000 } };

	/* Without SA_RESTART: every call may end early, and loses nothing. */
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	run(_metadata, self->fd, WRITE, WAITALL, 6);
	EXPECT_GT(ticks, 0);
	timer = (struct itimerval){ 0 };
	setitimer(ITIMER_REAL, &timer, NULL);
}

TEST_F(stream, both_ways_at_once)
{
	int status;
	pid_t pid = fork();

	ASSERT_GE(pid, 0);
	if (!pid)
		_exit(sender(self->fd[0], WRITE, 3) || !receiver(self->fd[0], READ, 4));
	close(self->fd[0]);
	self->fd[0] = -1;
	pid = fork();
	if (!pid) {
		status = sender(self->fd[1], WRITE, 4);
		shutdown(self->fd[1], SHUT_WR);
		_exit(status);
	}
	/* The peer keeps its end open until it has read all: count, don't wait for the end. */
	uint64_t at = 0;

	while (at < total) {
		ssize_t n = recv(self->fd[1], in_buffer, CHUNK_MAX, 0);

		ASSERT_GT(n, 0);
		ASSERT_EQ(-1, stream_check(in_buffer, n, at, 3));
		at += n;
	}
	for (int i = 0; i < 2; i++) {
		wait(&status);
		EXPECT_EQ(0, status);
	}
}

TEST_HARNESS_MAIN
