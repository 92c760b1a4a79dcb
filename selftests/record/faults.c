// SPDX-License-Identifier: Apache-2.0
/*
 * faults.c: the n-th allocation (or copy from or to the user) of a call fails, for every n until
 * none is left. What the call says must be true: nothing is lost, nothing is sent twice, and the
 * next call works.
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
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib/pair.h"

#define ROUNDS 300

static uint8_t data[80000], back[80000];

static bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return good;
}

/* false: this kernel has no fault injection. */
static bool faults_prepare(void)
{
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	put("/sys/kernel/debug/fail_page_alloc/min-order", "0");
	put("/sys/kernel/debug/failslab/verbose", "0");
	put("/sys/kernel/debug/fail_page_alloc/verbose", "0");
	put("/sys/kernel/debug/fail_usercopy/verbose", "0");
	return put("/sys/kernel/debug/failslab/ignore-gfp-wait", "N") &&
	       put("/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N") &&
	       put("/proc/self/fail-nth", "0");
}

static int nth_fd(void)
{
	static int fd = -1;
	char path[64];

	if (fd < 0) {
		snprintf(path, sizeof(path), "/proc/self/task/%ld/fail-nth", syscall(SYS_gettid));
		fd = open(path, O_RDWR);
	}
	return fd;
}

/* A fault that is still armed may hit these calls themselves. */
static void fault_arm(int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", n), tries = 0;

	while (pwrite(nth_fd(), text, len, 0) != len)
		if (++tries == 10)
			abort();
}

/* Did the fault happen in between? Disarms. */
static bool fault_happened(void)
{
	char text[16] = "";
	bool happened = pread(nth_fd(), text, sizeof(text) - 1, 0) > 0 && atoi(text) == 0;

	fault_arm(0);
	return happened;
}

static bool is_fault(int err)
{
	return err == ENOMEM || err == EFAULT || err == ENOBUFS;
}

FIXTURE(faults)
{
	int fd[2];
	struct keys keys;
};

FIXTURE_VARIANT(faults)
{
	struct keys keys;
};

FIXTURE_VARIANT_ADD(faults, v13_aes)
{
	.keys = { TLS_1_3_VERSION, TLS_CIPHER_AES_GCM_128, 0x31 }
};
FIXTURE_VARIANT_ADD(faults, v12_chacha)
{
	.keys = { TLS_1_2_VERSION, TLS_CIPHER_CHACHA20_POLY1305, 0x32 }
};

FIXTURE_SETUP(faults)
{
	self->fd[0] = -1;
	self->fd[1] = -1;
	if (!faults_prepare())
		SKIP(return, "no fault injection");
	signal(SIGPIPE, SIG_IGN);
	stream_fill(data, sizeof(data), 0, 13);
	ASSERT_EQ(0, pair_open(self->fd, AF_INET));
}

FIXTURE_TEARDOWN(faults)
{
	pair_close(self->fd);
}

TEST_F_TIMEOUT(faults, attach, 120)
{
	int n, ret, faults = 0;

	for (n = 1; n < ROUNDS; n++) {
		int fd[2];
		bool happened;

		ASSERT_EQ(0, pair_open(fd, AF_INET));
		fault_arm(n);
		ret = pair_ulp(fd[0], "tlsup");
		happened = fault_happened();
		if (ret) {
			ASSERT_TRUE(is_fault(errno));
			ASSERT_EQ(0, pair_ulp(fd[0], "tlsup"));
		}
		pair_close(fd);
		if (!happened)
			break;
		faults++;
	}
	EXPECT_LT(n, ROUNDS);
	EXPECT_GT(faults, 1);
}

TEST_F_TIMEOUT(faults, keys, 120)
{
	int which, n, faults = 0;

	for (which = TLS_TX; which <= TLS_RX; which++) {
		for (n = 1; n < ROUNDS; n++) {
			bool happened;
			int fd[2], ret;

			ASSERT_EQ(0, pair_open(fd, AF_INET));
			ASSERT_EQ(0, pair_ulp(fd[0], "tlsup"));
			fault_arm(n);
			ret = pair_key(fd[0], which, &variant->keys);
			happened = fault_happened();
			if (ret)
				ASSERT_TRUE(is_fault(errno) || errno == ENOENT);
			if (ret)
				ASSERT_EQ(0, pair_key(fd[0], which, &variant->keys));
			pair_close(fd);
			if (!happened)
				break;
			faults++;
		}
		EXPECT_LT(n, ROUNDS);
	}
	EXPECT_GT(faults, 5);
}

/* Sends all of it; where a call fails, again. -1: the connection has failed. */
static ssize_t send_with_fault(int fd, const uint8_t *from, size_t len, int n, bool *happened)
{
	ssize_t ret;
	int err;

	fault_arm(n);
	ret = send(fd, from, len, MSG_DONTWAIT);
	err = errno;
	*happened = fault_happened();
	errno = err;
	return ret;
}

static size_t drain(int fd, size_t at, size_t upto, struct __test_metadata *_metadata)
{
	while (at < upto && poll_in(fd, 1000)) {
		ssize_t n = recv(fd, back, sizeof(back), MSG_DONTWAIT);

		if (n < 0 && errno == EAGAIN)
			continue;
		if (n <= 0)
			break;
		EXPECT_EQ(0, memcmp(back, data + at, n));
		at += n;
	}
	return at;
}

/* In the stream each call's bytes are those of its place, so that what is lost
 * or sent twice shows. */
static void send_faults(struct __test_metadata *_metadata, const struct keys *keys, size_t len)
{
	int n, faults = 0, dead = 0;

	for (n = 1; n < ROUNDS; n++) {
		size_t sent = 0, got;
		bool happened;
		int fd[2], tries = 0;
		ssize_t ret;

		ASSERT_EQ(0, pair_open(fd, AF_INET));
		ASSERT_EQ(0, pair_tls(fd, "tlsup", "tlsup", keys));
		ret = send_with_fault(fd[0], data, len, n, &happened);
		if (ret > 0)
			sent = ret;
		else if (errno != EBADMSG && errno != EAGAIN)
			ASSERT_TRUE(is_fault(errno));
		while (sent < len && tries++ < 100) {
			ret = send(fd[0], data + sent, len - sent, MSG_DONTWAIT);
			if (ret > 0)
				sent += ret;
			else if (errno == EAGAIN)
				usleep(1000);
			else
				break;
		}
		/* Only a cipher that failed in the middle is final. */
		if (sent < len) {
			EXPECT_EQ(EBADMSG, errno);
			dead++;
		}
		got = drain(fd[1], 0, sent, _metadata);
		if (sent == len)
			EXPECT_EQ(sent, got);
		pair_close(fd);
		if (!happened)
			break;
		faults++;
	}
	EXPECT_LT(n, ROUNDS);
	EXPECT_GT(faults, 1);
	EXPECT_LT(dead, faults);
}

TEST_F_TIMEOUT(faults, send_small, 120)
{
	send_faults(_metadata, &variant->keys, 100);
}

TEST_F_TIMEOUT(faults, send_large, 120)
{
	send_faults(_metadata, &variant->keys, 70000);
}

static void receive_faults(struct __test_metadata *_metadata, const struct keys *keys,
			   size_t record, size_t count, int flags)
{
	int n, faults = 0;

	for (n = 1; n < ROUNDS; n++) {
		size_t at = 0, total = record * count;
		bool happened;
		int fd[2], err;
		ssize_t ret;

		ASSERT_EQ(0, pair_open(fd, AF_INET));
		ASSERT_EQ(0, pair_tls(fd, "tlsup", "tlsup", keys));
		for (size_t i = 0; i < count; i++)
			ASSERT_TRUE(write_all(fd[0], data + i * record, record));
		ASSERT_TRUE(poll_in(fd[1], 1000));
		fault_arm(n);
		ret = recv(fd[1], back, total, flags | MSG_DONTWAIT);
		err = errno;
		happened = fault_happened();
		if (ret < 0 && err != EAGAIN)
			ASSERT_TRUE(is_fault(err));
		if (ret > 0)
			ASSERT_EQ(0, memcmp(back, data, ret));
		if (ret > 0 && !(flags & MSG_PEEK))
			at = ret;
		while (at < total) {
			ASSERT_TRUE(poll_in(fd[1], 1000));
			ret = recv(fd[1], back, total - at, MSG_DONTWAIT);
			ASSERT_GT(ret, 0);
			ASSERT_EQ(0, memcmp(back, data + at, ret));
			at += ret;
		}
		pair_close(fd);
		if (!happened)
			break;
		faults++;
	}
	EXPECT_LT(n, ROUNDS);
	/* Few: a long read allocates nothing. */
	EXPECT_GT(faults, 0);
}

TEST_F_TIMEOUT(faults, receive_small, 120)
{
	receive_faults(_metadata, &variant->keys, 100, 5, 0);
}

TEST_F_TIMEOUT(faults, receive_large, 120)
{
	receive_faults(_metadata, &variant->keys, 16384, 3, 0);
}

TEST_F_TIMEOUT(faults, peek, 120)
{
	receive_faults(_metadata, &variant->keys, 3000, 4, MSG_PEEK);
}

TEST_HARNESS_MAIN
