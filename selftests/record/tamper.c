// SPDX-License-Identifier: Apache-2.0
/* tamper.c: a peer that writes records by hand, good and bad ones, to a tlsup socket that reads. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib/pair.h"
#include "selftests/lib/delivered.h"

static uint8_t record[2 * RECORD_MAX], data[65536], back[65536];

FIXTURE(tamper)
{
	int fd[2];		/* [0] is plain TCP, [1] has the keys */
	struct sealer out, in;
};

FIXTURE_VARIANT(tamper)
{
	struct keys keys;
};

FIXTURE_VARIANT_ADD(tamper, v13_aes128)
{
	.keys = { TLS_1_3_VERSION, TLS_CIPHER_AES_GCM_128, 0x11 }
};
FIXTURE_VARIANT_ADD(tamper, v13_aes256)
{
	.keys = { TLS_1_3_VERSION, TLS_CIPHER_AES_GCM_256, 0x12 }
};
FIXTURE_VARIANT_ADD(tamper, v13_chacha)
{
	.keys = { TLS_1_3_VERSION, TLS_CIPHER_CHACHA20_POLY1305, 0x13 }
};
FIXTURE_VARIANT_ADD(tamper, v12_aes128)
{
	.keys = { TLS_1_2_VERSION, TLS_CIPHER_AES_GCM_128, 0x14 }
};
FIXTURE_VARIANT_ADD(tamper, v12_aes256)
{
	.keys = { TLS_1_2_VERSION, TLS_CIPHER_AES_GCM_256, 0x15 }
};
FIXTURE_VARIANT_ADD(tamper, v12_chacha)
{
	.keys = { TLS_1_2_VERSION, TLS_CIPHER_CHACHA20_POLY1305, 0x16 }
};

FIXTURE_SETUP(tamper)
{
	ASSERT_EQ(0, pair_open(self->fd, AF_INET));
	ASSERT_EQ(0, pair_ulp(self->fd[1], "tlsup"));
	ASSERT_EQ(0, pair_key(self->fd[1], TLS_TX, &variant->keys));
	ASSERT_EQ(0, pair_key(self->fd[1], TLS_RX, &variant->keys));
	self->out.keys = variant->keys;
	self->in.keys = variant->keys;
	stream_fill(data, sizeof(data), 0, 1);
	memset(back, 0, sizeof(back));
}

FIXTURE_TEARDOWN(tamper)
{
	pair_close(self->fd);
}

static bool is_13(const struct sealer *s)
{
	return s->keys.version == TLS_1_3_VERSION;
}

static void give(int fd, struct sealer *s, uint8_t type, size_t len, size_t pad)
{
	size_t n = seal(s, type, data, len, pad, record);

	if (!write_all(fd, record, n))
		abort();
}

TEST_F(tamper, good_record)
{
	static const size_t sizes[] = { 1, 15, 1024, 1025, 4096, 16383, 16384 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		give(self->fd[0], &self->out, TYPE_DATA, sizes[i], 0);
		ASSERT_EQ(sizes[i], recv(self->fd[1], back, sizeof(back), 0));
		ASSERT_EQ(0, memcmp(data, back, sizes[i]));
	}
}

TEST_F(tamper, what_is_sent_can_be_opened)
{
	static const size_t sizes[] = { 1, 100, 4095, 4096, 5000, 16384 };
	uint8_t type;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		ASSERT_EQ(sizes[i], send(self->fd[1], data, sizes[i], 0));
		ASSERT_TRUE(read_all(self->fd[0], record, 5));
		ASSERT_TRUE(read_all(self->fd[0], record + 5, record[3] << 8 | record[4]));
		ASSERT_EQ(sizes[i], unseal(&self->in, record, 5 + (record[3] << 8 | record[4]),
					   &type, back));
		ASSERT_EQ(TYPE_DATA, type);
		ASSERT_EQ(0, memcmp(data, back, sizes[i]));
	}
	ASSERT_EQ(2, send_type(self->fd[1], "\1\0", 2, 0, TYPE_ALERT));
	ASSERT_TRUE(read_all(self->fd[0], record, 5));
	ASSERT_TRUE(read_all(self->fd[0], record + 5, record[3] << 8 | record[4]));
	ASSERT_EQ(2, unseal(&self->in, record, 5 + (record[3] << 8 | record[4]), &type, back));
	ASSERT_EQ(TYPE_ALERT, type);
}

/* Every byte of a record counts; the socket says so, and goes on saying so. */
TEST_F(tamper, flipped_bytes)
{
	static const size_t sizes[] = { 30, 2000 };

	for (size_t i = 0; i < 2; i++) {
		size_t len = seal(&self->out, TYPE_DATA, data, sizes[i], 0, record);
		/* Not the length: that is another test. */
		size_t steps[] = { 5, 6, 20, len / 2, len - 17, len - 16, len - 1 };

		for (size_t k = 0; k < sizeof(steps) / sizeof(*steps); k++) {
			int fd[2];

			ASSERT_EQ(0, pair_open(fd, AF_INET));
			ASSERT_EQ(0, pair_ulp(fd[1], "tlsup"));
			ASSERT_EQ(0, pair_key(fd[1], TLS_RX, &variant->keys));
			self->out.seq = 0;
			len = seal(&self->out, TYPE_DATA, data, sizes[i], 0, record);
			record[steps[k]] ^= 0x40;
			ASSERT_TRUE(write_all(fd[0], record, len));
			EXPECT_EQ(-1, recv(fd[1], back, sizeof(back), 0));
			EXPECT_EQ(EBADMSG, errno);
			EXPECT_EQ(-1, recv(fd[1], back, sizeof(back), 0));
			EXPECT_EQ(EBADMSG, errno);
			pair_close(fd);
		}
	}
}

TEST_F(tamper, replay_and_reorder)
{
	size_t len = seal(&self->out, TYPE_DATA, data, 100, 0, record);

	ASSERT_TRUE(write_all(self->fd[0], record, len));
	ASSERT_TRUE(write_all(self->fd[0], record, len));
	ASSERT_EQ(100, recv(self->fd[1], back, 100, 0));
	EXPECT_EQ(-1, recv(self->fd[1], back, 100, 0));
	EXPECT_EQ(EBADMSG, errno);
}

/* Data before the bad record is given first, in one call or in two. */
TEST_F(tamper, good_then_bad)
{
	size_t len;

	give(self->fd[0], &self->out, TYPE_DATA, 5000, 0);
	len = seal(&self->out, TYPE_DATA, data, 5000, 0, record);
	record[len - 1] ^= 1;
	ASSERT_TRUE(write_all(self->fd[0], record, len));
	delivered(self->fd[0]);
	EXPECT_EQ(5000, recv(self->fd[1], back, sizeof(back), 0));
	EXPECT_EQ(0, memcmp(data, back, 5000));
	EXPECT_EQ(-1, recv(self->fd[1], back, sizeof(back), 0));
	EXPECT_EQ(EBADMSG, errno);
}

static void expect_header_error(struct __test_metadata *_metadata, int fd[2], int expected)
{
	EXPECT_TRUE(poll_in(fd[1], 1000));
	EXPECT_EQ(-1, recv(fd[1], back, sizeof(back), MSG_DONTWAIT));
	EXPECT_EQ(expected, errno);
	EXPECT_EQ(-1, recv(fd[1], back, sizeof(back), MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
	/* A blocking reader is not left to wait for ever. */
	EXPECT_EQ(-1, recv(fd[1], back, sizeof(back), 0));
	EXPECT_EQ(expected, errno);
}

TEST_F(tamper, too_long)
{
	size_t most = is_13(&self->out) ? 16384 + 17 :
		variant->keys.cipher == TLS_CIPHER_CHACHA20_POLY1305 ? 16384 + 16 : 16384 + 24;
	uint8_t header[5] = { 23, 3, 3, (most + 1) >> 8, (most + 1) };

	ASSERT_TRUE(write_all(self->fd[0], header, 5));
	expect_header_error(_metadata, self->fd, EMSGSIZE);
}

/* A reader that asks on after the error, with more behind the header than any record holds: what
 * is too long must not be made room for.  KASAN sees it if it is. */
TEST_F(tamper, too_long_and_no_room)
{
	uint8_t header[5] = { 23, 3, 3, 255, 255 };
	int n, sent = 0;

	fcntl(self->fd[0], F_SETFL, O_NONBLOCK);
	ASSERT_TRUE(write_all(self->fd[0], header, 5));
	for (n = 0; n < 100; n++) {
		while (write(self->fd[0], data, sizeof(data)) > 0)
			sent++;
		usleep(1000);
	}
	EXPECT_LT(0, sent);
	EXPECT_EQ(-1, recv(self->fd[1], back, sizeof(back), 0));
	EXPECT_EQ(EMSGSIZE, errno);
	for (n = 0; n < 3; n++)
		EXPECT_EQ(-1, recv(self->fd[1], back, sizeof(back), MSG_DONTWAIT));
}

TEST_F(tamper, too_short)
{
	uint8_t header[5] = { 23, 3, 3, 0, 15 };

	ASSERT_TRUE(write_all(self->fd[0], header, 5));
	expect_header_error(_metadata, self->fd, EBADMSG);
}

TEST_F(tamper, wrong_version)
{
	uint8_t header[5] = { 23, 3, 4, 0, 100 };

	ASSERT_TRUE(write_all(self->fd[0], header, 5));
	expect_header_error(_metadata, self->fd, EINVAL);
}

TEST_F(tamper, padding)
{
	static const size_t sizes[] = { 0, 1, 100, 3000, 16384 };
	uint8_t type;

	if (!is_13(&self->out))
		SKIP(return, "TLS 1.3");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		size_t pad = 16384 - sizes[i] < 500 ? 16384 - sizes[i] : 500;

		give(self->fd[0], &self->out, TYPE_DATA, sizes[i], pad);
		give(self->fd[0], &self->out, TYPE_DATA, 7, 0);
		delivered(self->fd[0]);
		ASSERT_EQ(sizes[i] + 7, recv(self->fd[1], back, sizeof(back), 0));
		ASSERT_EQ(0, memcmp(data, back, sizes[i]));
		ASSERT_EQ(0, memcmp(data, back + sizes[i], 7));
	}
	give(self->fd[0], &self->out, TYPE_ALERT, 2, 3000);
	ASSERT_EQ(2, recv_type(self->fd[1], back, sizeof(back), 0, &type));
	ASSERT_EQ(TYPE_ALERT, type);
}

/* Nothing but zeros: no content type at all (RFC 8446 5.4). */
TEST_F(tamper, all_padding)
{
	if (!is_13(&self->out))
		SKIP(return, "TLS 1.3");
	for (int large = 0; large < 2; large++) {
		int fd[2];

		ASSERT_EQ(0, pair_open(fd, AF_INET));
		ASSERT_EQ(0, pair_ulp(fd[1], "tlsup"));
		ASSERT_EQ(0, pair_key(fd[1], TLS_RX, &variant->keys));
		self->out.seq = 0;
		give(fd[0], &self->out, 0, 0, large ? 9000 : 20);
		EXPECT_EQ(-1, recv(fd[1], back, sizeof(back), 0));
		EXPECT_EQ(EBADMSG, errno);
		pair_close(fd);
	}
}

TEST_F(tamper, empty_data)
{
	uint8_t type;

	for (int i = 0; i < 5; i++)
		give(self->fd[0], &self->out, TYPE_DATA, 0, 0);
	delivered(self->fd[0]);
	EXPECT_EQ(-1, recv(self->fd[1], back, 10, MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(-1, recv(self->fd[1], back, 10, MSG_DONTWAIT | MSG_PEEK));
	EXPECT_EQ(EAGAIN, errno);
	give(self->fd[0], &self->out, TYPE_DATA, 0, 0);
	give(self->fd[0], &self->out, TYPE_DATA, 10, 0);
	EXPECT_EQ(10, recv(self->fd[1], back, 10, 0));
	give(self->fd[0], &self->out, TYPE_ALERT, 0, 0);
	give(self->fd[0], &self->out, TYPE_DATA, 3, 0);
	EXPECT_EQ(0, recv_type(self->fd[1], back, 10, 0, &type));
	EXPECT_EQ(TYPE_ALERT, type);
	EXPECT_EQ(3, recv(self->fd[1], back, 10, 0));
}

/* Control records between data: one call never mixes them, and large ones do
 * not leave their bytes in what the reader is told. */
TEST_F(tamper, control_between_data)
{
	static const size_t sizes[] = { 10, 1500, 6000 };
	uint8_t type;

	for (size_t i = 0; i < 3; i++) {
		give(self->fd[0], &self->out, TYPE_DATA, sizes[i], 0);
		give(self->fd[0], &self->out, TYPE_HANDSHAKE, sizes[i], 0);
		give(self->fd[0], &self->out, TYPE_DATA, sizes[i], 0);
		delivered(self->fd[0]);
		ASSERT_EQ(sizes[i], recv_type(self->fd[1], back, sizeof(back), MSG_PEEK, &type));
		ASSERT_EQ(TYPE_DATA, type);
		ASSERT_EQ(sizes[i], recv_type(self->fd[1], back, sizeof(back), 0, &type));
		ASSERT_EQ(TYPE_DATA, type);
		/* No room for its type: it stays. */
		ASSERT_EQ(-1, recv(self->fd[1], back, sizeof(back), 0));
		ASSERT_EQ(EIO, errno);
		ASSERT_EQ(4, recv_type(self->fd[1], back, 4, 0, &type));
		ASSERT_EQ(TYPE_HANDSHAKE, type);
		ASSERT_EQ(sizes[i] - 4, recv_type(self->fd[1], back + 4, sizeof(back) - 4, 0, &type));
		ASSERT_EQ(TYPE_HANDSHAKE, type);
		ASSERT_EQ(0, memcmp(data, back, sizes[i]));
		ASSERT_EQ(sizes[i], recv_type(self->fd[1], back, sizeof(back), 0, &type));
		ASSERT_EQ(TYPE_DATA, type);
		ASSERT_EQ(0, memcmp(data, back, sizes[i]));
	}
}

/* Readable only when a whole record is there, byte by byte. */
TEST_F(tamper, byte_by_byte)
{
	size_t len = seal(&self->out, TYPE_DATA, data, 40, 0, record);
	int one = 1, queued = -1;

	setsockopt(self->fd[0], IPPROTO_TCP, 1 /* TCP_NODELAY */, &one, sizeof(one));
	for (size_t i = 0; i < len; i++) {
		ASSERT_FALSE(poll_in(self->fd[1], 0));
		ASSERT_EQ(-1, recv(self->fd[1], back, 10, MSG_DONTWAIT));
		ASSERT_EQ(EAGAIN, errno);
		ASSERT_TRUE(write_all(self->fd[0], record + i, 1));
	}
	ASSERT_TRUE(poll_in(self->fd[1], 1000));
	ASSERT_EQ(0, ioctl(self->fd[1], FIONREAD, &queued));
	ASSERT_EQ(40, queued);
	ASSERT_EQ(40, recv(self->fd[1], back, 50, 0));
	ASSERT_EQ(0, memcmp(data, back, 40));
}

/* A full record in segments of one byte has more pieces than the cipher's list
 * has places. */
TEST_F(tamper, many_pieces)
{
	size_t len = seal(&self->out, TYPE_DATA, data, 3000, 0, record);
	int one = 1;

	setsockopt(self->fd[0], IPPROTO_TCP, 1 /* TCP_NODELAY */, &one, sizeof(one));
	for (size_t i = 0; i < len; i++)
		ASSERT_TRUE(write_all(self->fd[0], record + i, 1));
	give(self->fd[0], &self->out, TYPE_DATA, 3000, 0);
	ASSERT_EQ(6000, recv(self->fd[1], back, 6000, MSG_WAITALL));
	ASSERT_EQ(0, memcmp(data, back, 3000));
	ASSERT_EQ(0, memcmp(data, back + 3000, 3000));
}

TEST_F(tamper, truncated)
{
	size_t len = seal(&self->out, TYPE_DATA, data, 100, 0, record);

	ASSERT_TRUE(write_all(self->fd[0], record, len - 1));
	ASSERT_FALSE(poll_in(self->fd[1], 10));
	ASSERT_EQ(0, shutdown(self->fd[0], SHUT_WR));
	ASSERT_TRUE(poll_in(self->fd[1], 1000));
	EXPECT_EQ(0, recv(self->fd[1], back, 100, 0));
}

/* Urgent data is one more byte in the middle of a record, or beside it. */
TEST_F(tamper, urgent)
{
	size_t len = seal(&self->out, TYPE_DATA, data, 100, 0, record);

	ASSERT_TRUE(write_all(self->fd[0], record, len / 2));
	ASSERT_EQ(1, send(self->fd[0], "!", 1, MSG_OOB));
	ASSERT_TRUE(write_all(self->fd[0], record + len / 2, len - len / 2));
	/* It must not be taken for a record; which error is TCP's affair. */
	EXPECT_EQ(-1, recv(self->fd[1], back, 100, 0));
}

/* The whole file of a sendfile() stays as it was: records are not sealed in place. */
TEST_F(tamper, source_untouched)
{
	int file = memfd_create("source", 0);
	off_t at = 100;

	ASSERT_EQ(sizeof(data), pwrite(file, data, sizeof(data), 0));
	ASSERT_EQ(60000, sendfile(self->fd[1], file, &at, 60000));
	ASSERT_EQ(sizeof(back), pread(file, back, sizeof(back), 0));
	EXPECT_EQ(0, memcmp(data, back, sizeof(data)));
	close(file);
}

TEST_HARNESS_MAIN
