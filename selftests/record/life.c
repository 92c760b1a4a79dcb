// SPDX-License-Identifier: Apache-2.0
/* life.c: attaching, listening, closing and dying at inconvenient moments. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib/pair.h"

static const struct keys keys_13 = { TLS_1_3_VERSION, TLS_CIPHER_AES_GCM_128, 0x21 };
static uint8_t data[1 << 20], back[1 << 20];

static int listen_on(int family, struct sockaddr_storage *addr, socklen_t *len)
{
	struct sockaddr_in *in = (void *)addr;
	struct sockaddr_in6 *in6 = (void *)addr;
	int fd = socket(family, SOCK_STREAM, 0);

	memset(addr, 0, sizeof(*addr));
	addr->ss_family = family;
	*len = family == AF_INET ? sizeof(*in) : sizeof(*in6);
	if (family == AF_INET)
		in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		in6->sin6_addr = in6addr_loopback;
	if (bind(fd, (void *)addr, *len) || listen(fd, 64) || getsockname(fd, (void *)addr, len))
		return -1;
	return fd;
}

static int dial(const struct sockaddr_storage *addr, socklen_t len)
{
	int fd = socket(addr->ss_family, SOCK_STREAM, 0);

	return connect(fd, (void *)addr, len) ? -1 : fd;
}

static int references(void)
{
	FILE *file = fopen("/sys/module/tlsup/refcnt", "r");
	int n = -1;

	if (file) {
		if (fscanf(file, "%d", &n) != 1)
			n = -1;
		fclose(file);
	}
	return n;
}

FIXTURE(life)
{
	int fd[2];
};

FIXTURE_VARIANT(life)
{
	int family;
};

FIXTURE_VARIANT_ADD(life, v4) { .family = AF_INET };
FIXTURE_VARIANT_ADD(life, v6) { .family = AF_INET6 };

FIXTURE_SETUP(life)
{
	ASSERT_EQ(0, pair_open(self->fd, variant->family));
	stream_fill(data, sizeof(data), 0, 9);
}

FIXTURE_TEARDOWN(life)
{
	pair_close(self->fd);
}

TEST_F(life, plain_until_told_otherwise)
{
	char name[16] = "";
	socklen_t len = sizeof(name);

	ASSERT_EQ(0, pair_ulp(self->fd[0], "tlsup"));
	EXPECT_EQ(-1, pair_ulp(self->fd[0], "tlsup"));
	EXPECT_EQ(EEXIST, errno);
	ASSERT_EQ(0, getsockopt(self->fd[0], IPPROTO_TCP, TCP_ULP, name, &len));
	EXPECT_STREQ("tlsup", name);
	ASSERT_EQ(0, pair_ulp(self->fd[1], "tlsup"));
	ASSERT_EQ(5, send(self->fd[0], "hello", 5, 0));
	ASSERT_EQ(5, recv(self->fd[1], back, 10, MSG_PEEK));
	ASSERT_EQ(5, recv(self->fd[1], back, 10, 0));
	EXPECT_EQ(0, memcmp("hello", back, 5));
	ASSERT_EQ(-1, recv(self->fd[1], back, 10, MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
	ASSERT_EQ(0, shutdown(self->fd[0], SHUT_WR));
	ASSERT_EQ(0, recv(self->fd[1], back, 10, 0));
}

TEST_F(life, one_direction)
{
	ASSERT_EQ(0, pair_ulp(self->fd[0], "tlsup"));
	ASSERT_EQ(0, pair_ulp(self->fd[1], "tlsup"));
	ASSERT_EQ(0, pair_key(self->fd[0], TLS_TX, &keys_13));
	ASSERT_EQ(0, pair_key(self->fd[1], TLS_RX, &keys_13));
	ASSERT_EQ(4, send(self->fd[0], "data", 4, 0));
	ASSERT_EQ(4, recv(self->fd[1], back, 10, 0));
	ASSERT_EQ(5, send(self->fd[1], "plain", 5, 0));
	ASSERT_TRUE(poll_in(self->fd[0], 1000));
	ASSERT_EQ(5, recv(self->fd[0], back, 10, 0));
	EXPECT_EQ(0, memcmp("plain", back, 5));
}

TEST_F(life, keys_need_a_connection)
{
	struct sockaddr_storage addr;
	socklen_t len;
	int fresh = socket(variant->family, SOCK_STREAM, 0), listener;

	ASSERT_EQ(0, pair_ulp(fresh, "tlsup"));
	EXPECT_EQ(-1, pair_key(fresh, TLS_TX, &keys_13));
	EXPECT_EQ(ENOTCONN, errno);
	close(fresh);
	listener = listen_on(variant->family, &addr, &len);
	ASSERT_EQ(0, pair_ulp(listener, "tlsup"));
	EXPECT_EQ(-1, pair_key(listener, TLS_RX, &keys_13));
	EXPECT_EQ(ENOTCONN, errno);
	close(listener);
}

TEST_F(life, before_connect)
{
	struct sockaddr_storage addr;
	socklen_t len;
	int listener = listen_on(variant->family, &addr, &len);
	int fd = socket(variant->family, SOCK_STREAM, 0), peer;

	ASSERT_EQ(0, pair_ulp(fd, "tlsup"));
	ASSERT_EQ(0, connect(fd, (void *)&addr, len));
	peer = accept(listener, NULL, NULL);
	ASSERT_EQ(0, pair_ulp(peer, "tlsup"));
	ASSERT_EQ(0, pair_key(fd, TLS_TX, &keys_13));
	ASSERT_EQ(0, pair_key(peer, TLS_RX, &keys_13));
	ASSERT_EQ(4, send(fd, "data", 4, 0));
	ASSERT_EQ(4, recv(peer, back, 10, 0));
	close(fd);
	close(peer);
	/* Nobody listens: the socket is as good as new afterwards. */
	close(listener);
	fd = socket(variant->family, SOCK_STREAM, 0);
	ASSERT_EQ(0, pair_ulp(fd, "tlsup"));
	ASSERT_EQ(-1, connect(fd, (void *)&addr, len));
	ASSERT_EQ(ECONNREFUSED, errno);
	listener = listen_on(variant->family, &addr, &len);
	ASSERT_EQ(0, connect(fd, (void *)&addr, len));
	close(fd);
	close(listener);
}

TEST_F(life, children_inherit)
{
	struct sockaddr_storage addr;
	socklen_t len, name_len;
	int listener = listen_on(variant->family, &addr, &len), fd[2];
	char name[16];
	int early = dial(&addr, len);

	ASSERT_EQ(0, pair_ulp(listener, "tlsup"));
	/* In the backlog since before: comes out as the TCP socket it is. */
	fd[1] = accept(listener, NULL, NULL);
	name_len = sizeof(name);
	ASSERT_EQ(0, getsockopt(fd[1], IPPROTO_TCP, TCP_ULP, name, &name_len));
	EXPECT_EQ(0, name_len);
	ASSERT_EQ(2, send(early, "hi", 2, 0));
	ASSERT_EQ(2, recv(fd[1], back, 10, 0));
	close(early);
	close(fd[1]);

	for (int i = 0; i < 20; i++) {
		fd[0] = dial(&addr, len);
		fd[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		name_len = sizeof(name);
		ASSERT_EQ(0, getsockopt(fd[1], IPPROTO_TCP, TCP_ULP, name, &name_len));
		ASSERT_STREQ("tlsup", name);
		ASSERT_EQ(0, pair_ulp(fd[0], "tlsup"));
		ASSERT_EQ(0, pair_key(fd[0], TLS_TX, &keys_13));
		ASSERT_EQ(0, pair_key(fd[1], TLS_RX, &keys_13));
		ASSERT_EQ(4, send(fd[0], "data", 4, 0));
		ASSERT_EQ(4, recv(fd[1], back, 10, 0));
		pair_close(fd);
	}
	/* Children that nobody accepted go with the listener. */
	for (int i = 0; i < 20; i++)
		early = dial(&addr, len);
	close(listener);
	ASSERT_EQ(0, recv(early, back, 1, 0) > 0);
}

TEST_F(life, disconnect)
{
	struct sockaddr unspec = { .sa_family = AF_UNSPEC };

	ASSERT_EQ(0, pair_ulp(self->fd[0], "tlsup"));
	ASSERT_EQ(0, pair_ulp(self->fd[1], "tlsup"));
	/* Plain TCP still: it may. */
	ASSERT_EQ(0, connect(self->fd[0], &unspec, sizeof(unspec)));
	ASSERT_EQ(0, pair_key(self->fd[1], TLS_RX, &keys_13) && errno != ENOTCONN);
	pair_close(self->fd);
	ASSERT_EQ(0, pair_open(self->fd, variant->family));
	ASSERT_EQ(0, pair_tls(self->fd, "tlsup", "tlsup", &keys_13));
	EXPECT_EQ(-1, connect(self->fd[0], &unspec, sizeof(unspec)));
	EXPECT_EQ(EOPNOTSUPP, errno);
}

TEST_F(life, ways_around_are_closed)
{
	int one = 1, inet = AF_INET;
	char buffer[64] = "";
	socklen_t len = 64;

	ASSERT_EQ(0, pair_tls(self->fd, "tlsup", "tlsup", &keys_13));
	EXPECT_EQ(-1, setsockopt(self->fd[0], IPPROTO_TCP, TCP_REPAIR, &one, sizeof(one)));
	EXPECT_EQ(EOPNOTSUPP, errno);
	EXPECT_EQ(-1, getsockopt(self->fd[1], IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE, buffer, &len));
	EXPECT_EQ(EOPNOTSUPP, errno);
	if (variant->family == AF_INET6)
		EXPECT_EQ(-1, setsockopt(self->fd[0], IPPROTO_IPV6, 1 /* IPV6_ADDRFORM */,
					 &inet, sizeof(inet)));
	EXPECT_EQ(-1, send(self->fd[0], data, 10, MSG_OOB));
	EXPECT_EQ(EOPNOTSUPP, errno);
	EXPECT_EQ(-1, send(self->fd[0], data, 10, MSG_ZEROCOPY));
	EXPECT_EQ(EOPNOTSUPP, errno);
	EXPECT_EQ(-1, recv(self->fd[1], back, 10, MSG_OOB));
	ASSERT_EQ(4, send(self->fd[0], "data", 4, 0));
	ASSERT_EQ(4, recv(self->fd[1], back, 10, 0));
}

struct blocked {
	int fd;
	volatile pid_t tid;
	ssize_t got;
	int err;
	uint8_t data[64];
};

static void *blocked_reader(void *arg)
{
	struct blocked *b = arg;

	b->tid = gettid();
	b->got = recv(b->fd, b->data, sizeof(b->data), 0);
	b->err = errno;
	return NULL;
}

/* Until the thread is asleep, which it has no other reason to be. */
static void wait_asleep(const struct blocked *b)
{
	char path[64], state = 0;
	FILE *f;

	while (state != 'S') {
		usleep(1000);
		snprintf(path, sizeof(path), "/proc/self/task/%d/stat", b->tid);
		f = fopen(path, "r");
		if (!f)
			continue;
		if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
			state = 0;
		fclose(f);
	}
}

/* A read() asleep in TCP since before the keys takes bytes away (CVE-2025-38616). */
TEST_F(life, reader_from_before)
{
	struct blocked b = { .fd = self->fd[1] };
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, blocked_reader, &b));
	wait_asleep(&b);
	ASSERT_EQ(0, pair_tls(self->fd, "tlsup", "tlsup", &keys_13));
	ASSERT_EQ(30000, send(self->fd[0], data, 30000, 0));
	pthread_join(thread, NULL);
	if (b.got > 0) {
		EXPECT_EQ(-1, recv(self->fd[1], back, sizeof(back), 0));
		EXPECT_EQ(EBADMSG, errno);
		EXPECT_EQ(-1, recv(self->fd[1], back, sizeof(back), 0));
	} else {
		EXPECT_EQ(30000, recv(self->fd[1], back, 30000, MSG_WAITALL));
	}
}

TEST_F(life, reader_from_after)
{
	struct blocked b = { .fd = self->fd[1] };
	pthread_t thread;

	ASSERT_EQ(0, pair_tls(self->fd, "tlsup", "tlsup", &keys_13));
	ASSERT_EQ(0, pthread_create(&thread, NULL, blocked_reader, &b));
	wait_asleep(&b);
	ASSERT_EQ(4, send(self->fd[0], "data", 4, 0));
	pthread_join(thread, NULL);
	EXPECT_EQ(4, b.got);
	EXPECT_EQ(0, memcmp("data", b.data, 4));
}

#define WRITTEN 300000

static void *blocked_writer(void *arg)
{
	struct blocked *b = arg;

	b->got = send(b->fd, data, WRITTEN, MSG_NOSIGNAL);
	b->err = errno;
	return NULL;
}

/* A write() asleep in TCP would go on in plaintext. */
TEST_F_TIMEOUT(life, writer_from_before, 120)
{
	struct blocked b = { .fd = self->fd[0] };
	int size = 30000;
	pthread_t thread;

	setsockopt(self->fd[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	ASSERT_EQ(0, pair_ulp(self->fd[0], "tlsup"));
	ASSERT_EQ(0, pthread_create(&thread, NULL, blocked_writer, &b));
	/* Until there is no room any more, and some. */
	while (poll_out(self->fd[0], 0))
		usleep(10000);
	usleep(200000);
	EXPECT_EQ(-1, pair_key(self->fd[0], TLS_TX, &keys_13));
	EXPECT_EQ(EBUSY, errno);
	ASSERT_TRUE(read_all(self->fd[1], back, WRITTEN));
	pthread_join(thread, NULL);
	EXPECT_EQ(WRITTEN, b.got);
	EXPECT_EQ(-1, stream_check(back, WRITTEN, 0, 9));
}

TEST_F(life, time_limits)
{
	struct timeval limit = { 0, 30000 };
	size_t sent = 0;
	ssize_t n;

	ASSERT_EQ(0, pair_tls(self->fd, "tlsup", "tlsup", &keys_13));
	setsockopt(self->fd[0], SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	setsockopt(self->fd[1], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	EXPECT_EQ(-1, recv(self->fd[1], back, 10, 0));
	EXPECT_EQ(EAGAIN, errno);
	while ((n = send(self->fd[0], data, 100000, 0)) > 0)
		sent += n;
	EXPECT_EQ(EAGAIN, errno);
	while (sent && (n = recv(self->fd[1], back, sizeof(back), 0)) > 0)
		sent -= n;
	EXPECT_EQ(0, sent);
}

/* What a non-blocking send() took is sent, also behind close(). */
TEST_F(life, close_loses_nothing)
{
	int size = 1;
	size_t sent = 0, at = 0;
	ssize_t n;

	ASSERT_EQ(0, pair_tls(self->fd, "tlsup", "tlsup", &keys_13));
	setsockopt(self->fd[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	while (sent < sizeof(data) && (n = send(self->fd[0], data + sent, 50000, MSG_DONTWAIT)) > 0)
		sent += n;
	ASSERT_GT(sent, 0);
	close(self->fd[0]);
	self->fd[0] = -1;
	while ((n = recv(self->fd[1], back, sizeof(back), 0)) > 0) {
		ASSERT_EQ(-1, stream_check(back, n, at, 9));
		at += n;
	}
	EXPECT_EQ(sent, at);
}

TEST_F(life, shutdown_sends_the_open_record)
{
	ASSERT_EQ(0, pair_tls(self->fd, "tlsup", "tlsup", &keys_13));
	ASSERT_EQ(100, send(self->fd[0], data, 100, MSG_MORE));
	ASSERT_EQ(0, shutdown(self->fd[0], SHUT_WR));
	EXPECT_EQ(100, recv(self->fd[1], back, 200, MSG_WAITALL));
	EXPECT_EQ(-1, send(self->fd[0], data, 100, MSG_NOSIGNAL));
	EXPECT_EQ(EPIPE, errno);
	EXPECT_EQ(5, send(self->fd[1], "other", 5, 0));
	EXPECT_EQ(5, recv(self->fd[0], back, 200, 0));
}

/* TLS 1.3: TLS_TX and TLS_RX again are a key update. */
TEST_F(life, rekey)
{
	struct keys next = keys_13;

	ASSERT_EQ(0, pair_tls(self->fd, "tlsup", "tlsup", &keys_13));
	ASSERT_EQ(4, send(self->fd[0], "one ", 4, 0));
	ASSERT_EQ(4, recv(self->fd[1], back, 4, 0));
	next.fill = 0x77;
	ASSERT_EQ(0, pair_key(self->fd[0], TLS_TX, &next));
	ASSERT_EQ(0, pair_key(self->fd[1], TLS_RX, &next));
	ASSERT_EQ(4, send(self->fd[0], "two ", 4, 0));
	ASSERT_EQ(4, recv(self->fd[1], back, 4, 0));
	next.cipher = TLS_CIPHER_AES_GCM_256;
	EXPECT_EQ(-1, pair_key(self->fd[0], TLS_TX, &next));
	EXPECT_EQ(EINVAL, errno);
}

static int storm_child(int fd, bool sends, uint32_t state)
{
	static uint8_t buffer[70000];
	int size = 1;

	if (next_random(&state) % 2)
		setsockopt(fd, SOL_SOCKET, sends ? SO_SNDBUF : SO_RCVBUF, &size, sizeof(size));
	signal(SIGPIPE, SIG_IGN);
	for (;;) {
		size_t len = 1 + next_random(&state) % sizeof(buffer);
		ssize_t n = sends ? send(fd, buffer, len, next_random(&state) % 3 ? 0 : MSG_MORE) :
			    recv(fd, buffer, len, next_random(&state) % 3 ? 0 : MSG_PEEK);

		if (n <= 0)
			return 0;
	}
}

/* Writers and readers are killed in the middle, several to a socket. */
#ifndef TLS_TX_MAX_PAYLOAD_LEN
#define TLS_TX_MAX_PAYLOAD_LEN 5
#endif

static int max_payload(int fd, uint16_t value)
{
	return setsockopt(fd, SOL_TLS, TLS_TX_MAX_PAYLOAD_LEN, &value, sizeof(value)) ? errno : 0;
}

/* RFC 8449, the kernel's TLS_TX_MAX_PAYLOAD_LEN: 64 with TLS 1.3's type byte is the least. */
TEST_F(life, max_payload)
{
	uint8_t wire[RECORD_MAX], data[300];
	struct sealer opener = { .keys = keys_13 };
	uint16_t value = 0;
	socklen_t len = sizeof(value);
	uint8_t type;
	int i;

	ASSERT_EQ(0, pair_ulp(self->fd[0], "tlsup"));
	ASSERT_EQ(0, pair_key(self->fd[0], TLS_TX, &keys_13));
	EXPECT_EQ(EINVAL, max_payload(self->fd[0], 62));
	EXPECT_EQ(EINVAL, max_payload(self->fd[0], 16385));
	EXPECT_EQ(5, send(self->fd[0], "first", 5, MSG_MORE));
	EXPECT_EQ(EBUSY, max_payload(self->fd[0], 100));
	EXPECT_EQ(1, send(self->fd[0], "!", 1, 0));
	ASSERT_EQ(5 + 6 + 17, recv(self->fd[1], wire, 5 + 6 + 17, MSG_WAITALL));
	EXPECT_EQ(6, unseal(&opener, wire, 5 + 6 + 17, &type, data));
	EXPECT_EQ(0, max_payload(self->fd[0], 100));
	EXPECT_EQ(0, getsockopt(self->fd[0], SOL_TLS, TLS_TX_MAX_PAYLOAD_LEN, &value, &len));
	EXPECT_EQ(100, value);
	stream_fill(data, sizeof(data), 0, 1);
	ASSERT_TRUE(write_all(self->fd[0], data, sizeof(data)));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(122, recv(self->fd[1], wire, 122, MSG_WAITALL));
		EXPECT_EQ(100, unseal(&opener, wire, 122, &type, data));
		EXPECT_EQ(-1, stream_check(data, 100, 100 * i, 1));
	}
}

TEST_F_TIMEOUT(life, killed_in_the_middle, 120)
{
	uint32_t state = 77;
	pid_t pid[4];

	for (int round = 0; round < 60; round++) {
		int fd[2];

		ASSERT_EQ(0, pair_open(fd, variant->family));
		ASSERT_EQ(0, pair_tls(fd, "tlsup", "tlsup", &keys_13));
		for (int i = 0; i < 4; i++) {
			next_random(&state);
			pid[i] = fork();
			if (!pid[i]) {
				close(fd[i % 2]);
				_exit(storm_child(fd[!(i % 2)], i % 2, state));
			}
		}
		pair_close(fd);
		usleep(next_random(&state) % 8000);
		for (int i = 0; i < 4; i++) {
			kill(pid[next_random(&state) % 4], SIGKILL);
			usleep(next_random(&state) % 500);
		}
		for (int i = 0; i < 4; i++)
			kill(pid[i], SIGKILL);
		for (int i = 0; i < 4; i++)
			waitpid(pid[i], NULL, 0);
	}
}

static void *attach_loop(void *arg)
{
	int fd = *(int *)arg;

	for (int i = 0; i < 50; i++) {
		uint8_t buffer[64];
		socklen_t len = sizeof(buffer);

		pair_key(fd, i % 2 ? TLS_TX : TLS_RX, &keys_13);
		getsockopt(fd, SOL_TLS, i % 2 ? TLS_TX : TLS_RX, buffer, &len);
	}
	return NULL;
}

static void *use_loop(void *arg)
{
	uint8_t buffer[3000] = { 0 };
	int fd = *(int *)arg;

	for (int i = 0; i < 50; i++) {
		send(fd, buffer, sizeof(buffer), MSG_DONTWAIT | MSG_NOSIGNAL);
		recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
		poll_in(fd, 0);
	}
	return NULL;
}

TEST_F(life, keys_and_use_race)
{
	for (int round = 0; round < 20; round++) {
		pthread_t thread[4];
		int fd[2];

		ASSERT_EQ(0, pair_open(fd, variant->family));
		ASSERT_EQ(0, pair_ulp(fd[0], "tlsup"));
		ASSERT_EQ(0, pair_ulp(fd[1], "tlsup"));
		pthread_create(&thread[0], NULL, attach_loop, &fd[0]);
		pthread_create(&thread[1], NULL, attach_loop, &fd[1]);
		pthread_create(&thread[2], NULL, use_loop, &fd[0]);
		pthread_create(&thread[3], NULL, use_loop, &fd[1]);
		for (int i = 0; i < 4; i++)
			pthread_join(thread[i], NULL);
		pair_close(fd);
	}
}

/* Every socket gives its module reference back, however it ended. */
TEST_F(life, references_return)
{
	struct sockaddr_storage addr;
	socklen_t len;
	int before = references(), listener;

	if (before < 0)
		SKIP(return, "no /sys/module/tlsup");
	listener = listen_on(variant->family, &addr, &len);
	ASSERT_EQ(0, pair_ulp(listener, "tlsup"));
	for (int i = 0; i < 30; i++) {
		int fd = dial(&addr, len);

		if (i % 3 == 0)
			close(accept(listener, NULL, NULL));
		close(fd);
	}
	EXPECT_GT(references(), before);
	close(listener);
	for (int i = 0; i < 50 && references() > before; i++)
		usleep(100000);
	EXPECT_EQ(before, references());
}

TEST_HARNESS_MAIN
