// SPDX-License-Identifier: GPL-2.0-only
/* post12: TLS 1.2 after the handshake: renegotiation, warnings, no KeyUpdate;
 * with TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 records made here (RFC 5288). */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <openssl/evp.h>
#include "kselftest_harness.h"

#include "selftests/handoff/lib/agent.h"
#include "selftests/handoff/lib/app.h"
#include "selftests/handoff/lib/peer.h"

#define SUITE 0xc02f

FIXTURE(post12) {
	struct agent agent;
	int listener, fd, raw;
	uint64_t sent, received;	/* sequence numbers of the peer */
};

static int install(int channel, int optname, uint8_t fill)
{
	struct tlsup_key_block kb = {
		.version = TLSUP_VERSION_1_2, .cipher_suite = SUITE,
		.key_length = 16, .iv_length = 4,
	};

	memset(kb.key, fill, 16);
	memset(kb.iv, fill, 4);
	return setsockopt(channel, SOL_TLSUP, optname, &kb, sizeof(kb));
}

static int done12(struct agent *a, uint64_t cookie, int version)
{
	struct nl_msg *msg = agent_message(a, TLSUP_CMD_DONE);

	nla_put_u64(msg, TLSUP_A_COOKIE, cookie);
	nla_put_u16(msg, TLSUP_A_VERSION, version);
	nla_put_u16(msg, TLSUP_A_CIPHER_SUITE, SUITE);
	nla_put_u32(msg, TLSUP_A_FLAGS, 0);
	return agent_command(a, msg);
}

/* 16 equal bytes are the key, 4 of them the salt. */
static int crypt12(int seal, uint8_t fill, uint64_t seq, uint8_t type,
		   const uint8_t *text, size_t len, uint8_t *out, uint8_t *wire)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t key[16], nonce[12], aad[13] = {};
	int n, ok, i;

	memset(key, fill, sizeof(key));
	memset(nonce, fill, 4);
	memcpy(nonce + 4, wire + 5, 8);
	for (i = 0; i < 8; i++)
		aad[7 - i] = seq >> (8 * i);
	aad[8] = type;
	aad[9] = 3;
	aad[10] = 3;
	aad[11] = len >> 8;
	aad[12] = len;
	ok = EVP_CipherInit_ex(ctx, EVP_aes_128_gcm(), NULL, key, nonce, seal) &&
	     (seal || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, 16,
					  wire + 13 + len)) &&
	     EVP_CipherUpdate(ctx, NULL, &n, aad, sizeof(aad)) &&
	     EVP_CipherUpdate(ctx, out, &n, text, len) &&
	     EVP_CipherFinal_ex(ctx, out + n, &n) > 0 &&
	     (!seal || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, 16,
					   wire + 13 + len));
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

static int send12(int fd, uint64_t *seq, uint8_t type, const void *data, size_t len)
{
	uint8_t wire[512] = { type, 3, 3, 0, len + 24 };

	memcpy(wire + 5, seq, 8);	/* unique is enough */
	return crypt12(1, 's', (*seq)++, type, data, len, wire + 13, wire) &&
	       send(fd, wire, len + 29, MSG_NOSIGNAL) == (ssize_t)len + 29;
}

static int recv12(int fd, uint64_t *seq, uint8_t *type, uint8_t *buf)
{
	uint8_t wire[512];
	int len;

	if (recv(fd, wire, 5, MSG_WAITALL) != 5 || wire[3] || wire[4] < 24)
		return -1;
	len = wire[4];
	if (recv(fd, wire + 5, len, MSG_WAITALL) != len)
		return -1;
	len -= 24;
	*type = wire[0];
	return crypt12(0, 'c', (*seq)++, *type, wire + 13, len, buf, wire) ? len : -1;
}

FIXTURE_SETUP(post12)
{
	struct timeval patience = { .tv_sec = 3 };
	struct request req;
	uint16_t port;

	agent_start(&self->agent);
	self->listener = app_listen(&port);
	self->fd = app_socket();
	ASSERT_EQ(0, app_name(self->fd, "a.example"));
	app_nonblock(self->fd);
	app_connect(self->fd, port);
	self->raw = accept(self->listener, NULL, NULL);
	setsockopt(self->raw, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	ASSERT_EQ(0, agent_await(&self->agent, &req));
	ASSERT_EQ(0, install(req.channel, TLSUP_CHANNEL_TX_KEYS, 'c'));
	EXPECT_EQ(-EINVAL, done12(&self->agent, req.cookie, TLSUP_VERSION_1_2));
	ASSERT_EQ(0, install(req.channel, TLSUP_CHANNEL_RX_KEYS, 's'));
	EXPECT_EQ(-EINVAL, done12(&self->agent, req.cookie, TLSUP_VERSION_1_3));
	/* Finished went under these keys, and had the number 0. */
	ASSERT_EQ(0, channel_send(req.channel, HANDSHAKE, "\24\0\0\0", 4));
	ASSERT_EQ(0, done12(&self->agent, req.cookie, TLSUP_VERSION_1_2));
	close(req.channel);
	fcntl(self->fd, F_SETFL, 0);
	setsockopt(self->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	self->sent = 0;
	self->received = 0;
}

FIXTURE_TEARDOWN(post12)
{
	close(self->fd);
	close(self->raw);
	close(self->listener);
	EXPECT_EQ(0, agent_leftovers(&self->agent));
	agent_close(&self->agent);
}

/* Finished, and then data both ways. */
#define EXPECT_ALIVE() do {						\
	uint8_t t_, b_[512];						\
	EXPECT_EQ(1, send12(self->raw, &self->sent, DATA, "ping", 4));	\
	EXPECT_EQ(4, app_read(self->fd, b_, sizeof(b_)));		\
	EXPECT_EQ(4, app_write(self->fd, "pong", 4));			\
	EXPECT_EQ(4, recv12(self->raw, &self->received, &t_, b_));	\
	EXPECT_EQ(DATA, t_);						\
} while (0)

#define EXPECT_FINISHED() do {						\
	uint8_t t_, b_[512];						\
	EXPECT_EQ(4, recv12(self->raw, &self->received, &t_, b_));	\
	EXPECT_EQ(HANDSHAKE, t_);					\
} while (0)

TEST_F(post12, both_ways)
{
	EXPECT_FINISHED();
	EXPECT_ALIVE();
	EXPECT_EQ(TLSUP_VERSION_1_2, app_info(self->fd).version);
}

TEST_F(post12, renegotiation_is_refused)
{
	uint8_t type, buf[512];

	EXPECT_FINISHED();
	EXPECT_EQ(1, send12(self->raw, &self->sent, HANDSHAKE, "\0\0\0\0", 4));
	EXPECT_EQ(1, send12(self->raw, &self->sent, DATA, "on", 2));
	EXPECT_EQ(2, app_read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(2, recv12(self->raw, &self->received, &type, buf));
	EXPECT_EQ(ALERT, type);
	EXPECT_EQ(0, memcmp(buf, "\1\144", 2));
	EXPECT_ALIVE();
}

TEST_F(post12, warnings_do_not_end_it)
{
	EXPECT_FINISHED();
	EXPECT_EQ(1, send12(self->raw, &self->sent, ALERT, "\1\132", 2));
	EXPECT_ALIVE();
}

TEST_F(post12, but_a_flood_of_them_does)
{
	uint8_t buf[16];
	int i;

	EXPECT_FINISHED();
	for (i = 0; i < 33; i++)
		send12(self->raw, &self->sent, ALERT, "\1\132", 2);
	EXPECT_EQ(-EPROTO, app_read(self->fd, buf, sizeof(buf)));
}

TEST_F(post12, there_is_no_key_update)
{
	uint32_t request = TLSUP_KEY_UPDATE_NOT_REQUESTED;
	uint8_t type, buf[512];

	EXPECT_FINISHED();
	EXPECT_EQ(-EINVAL, app_set(self->fd, TLSUP_KEY_UPDATE, &request, 4));
	EXPECT_EQ(1, send12(self->raw, &self->sent, HANDSHAKE, "\30\0\0\1\0", 5));
	EXPECT_EQ(-EPROTO, app_read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(2, recv12(self->raw, &self->received, &type, buf));
	EXPECT_EQ(0, memcmp(buf, "\2\12", 2));
}

TEST_F(post12, close_notify)
{
	uint8_t type, buf[512];

	EXPECT_FINISHED();
	EXPECT_EQ(1, send12(self->raw, &self->sent, ALERT, "\1\0", 2));
	EXPECT_EQ(0, app_read(self->fd, buf, sizeof(buf)));
	close(self->fd);
	self->fd = -1;
	EXPECT_EQ(2, recv12(self->raw, &self->received, &type, buf));
	EXPECT_EQ(ALERT, type);
	EXPECT_EQ(0, memcmp(buf, "\1\0", 2));
}

TEST_HARNESS_MAIN
