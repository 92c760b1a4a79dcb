// SPDX-License-Identifier: GPL-2.0-only
/* channel: records and secrets through a channel, and when DONE is refused. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <linux/tls.h>
#include "kselftest_harness.h"

#include "selftests/handoff/lib/agent.h"
#include "selftests/handoff/lib/app.h"
#include "selftests/handoff/lib/peer.h"
#include "selftests/lib/delivered.h"

#ifndef SOL_TLS
#define SOL_TLS 282
#endif

FIXTURE(channel) {
	struct agent agent;
	struct request req;
	struct peer peer;
	int listener, fd;
};

FIXTURE_SETUP(channel)
{
	uint16_t port;

	agent_start(&self->agent);
	self->listener = app_listen(&port);
	self->fd = app_socket();
	ASSERT_EQ(0, app_name(self->fd, "a.example"));
	app_nonblock(self->fd);
	ASSERT_EQ(-EINPROGRESS, app_connect(self->fd, port));
	peer_init(&self->peer, accept(self->listener, NULL, NULL), 's', 'c');
	ASSERT_EQ(0, agent_await(&self->agent, &self->req));
}

FIXTURE_TEARDOWN(channel)
{
	close(self->fd);
	close(self->listener);
	close(self->req.channel);
	EXPECT_EQ(0, agent_leftovers(&self->agent));
	agent_close(&self->agent);
}

TEST_F(channel, is_nonblocking_and_closed_on_exec)
{
	EXPECT_NE(0, fcntl(self->req.channel, F_GETFL) & O_NONBLOCK);
	EXPECT_EQ(FD_CLOEXEC, fcntl(self->req.channel, F_GETFD));
}

TEST_F(channel, records_in_the_clear_first)
{
	uint8_t type, buf[64];

	EXPECT_EQ(-EAGAIN, channel_recv(self->req.channel, &type, buf, sizeof(buf)));
	EXPECT_EQ(POLLOUT, app_poll(self->req.channel, 0));
	send(self->peer.fd, "\26\3\3\0\5hel", 8, 0);
	EXPECT_EQ(POLLOUT, app_poll(self->req.channel, 20));
	EXPECT_EQ(-EAGAIN, channel_recv(self->req.channel, &type, buf, sizeof(buf)));
	send(self->peer.fd, "lo\24\3\3\0\1\1", 8, 0);
	delivered(self->peer.fd);
	EXPECT_EQ(POLLIN | POLLOUT, app_poll(self->req.channel, 0));
	EXPECT_EQ(-EMSGSIZE, channel_recv(self->req.channel, &type, buf, 4));
	EXPECT_EQ(5, channel_recv(self->req.channel, &type, buf, sizeof(buf)));
	EXPECT_EQ(HANDSHAKE, type);
	EXPECT_EQ(0, memcmp(buf, "hello", 5));
	EXPECT_EQ(1, channel_recv(self->req.channel, &type, buf, sizeof(buf)));
	EXPECT_EQ(CCS, type);
	EXPECT_EQ(-EAGAIN, channel_recv(self->req.channel, &type, buf, sizeof(buf)));
}

TEST_F(channel, long_messages_are_cut)
{
	static uint8_t out[20000], in[20010];

	memset(out, 'x', sizeof(out));
	EXPECT_EQ(0, channel_send(self->req.channel, HANDSHAKE, out, sizeof(out)));
	EXPECT_EQ(20010, recv(self->peer.fd, in, sizeof(in), MSG_WAITALL));
	EXPECT_EQ(0, memcmp(in, "\26\3\1\100\0", 5));
	EXPECT_EQ(0, memcmp(in + 5 + 16384, "\26\3\3\16\40", 5));
}

TEST_F(channel, wrong_use)
{
	static uint8_t big[65537];
	uint8_t buf[8];
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr bare = { .msg_iov = &iov, .msg_iovlen = 1 };

	EXPECT_EQ(-EINVAL, channel_send(self->req.channel, DATA, "x", 1));
	EXPECT_EQ(-EINVAL, channel_send(self->req.channel, 24, "x", 1));
	EXPECT_EQ(-EINVAL, channel_send(self->req.channel, HANDSHAKE, big, 0));
	EXPECT_EQ(-EINVAL, channel_send(self->req.channel, HANDSHAKE, big, sizeof(big)));
	EXPECT_EQ(-1, sendmsg(self->req.channel, &bare, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, recvmsg(self->req.channel, &bare, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, recv(self->req.channel, buf, 1, MSG_PEEK));
	EXPECT_EQ(-1, listen(self->req.channel, 1));
	EXPECT_EQ(-1, accept(self->req.channel, NULL, NULL));
	EXPECT_EQ(-1, shutdown(self->req.channel, SHUT_RDWR));
	EXPECT_EQ(-1, setsockopt(self->req.channel, SOL_TCP, 31, "tlsup", 6));
	/* Nothing of it counts as use. */
	close(self->req.channel);
	ASSERT_EQ(0, agent_await(&self->agent, &self->req));
}

TEST_F(channel, application_data_is_not_given_out)
{
	uint8_t type, buf[64] = "";

	ASSERT_EQ(0, channel_secrets(&self->req));
	EXPECT_EQ(0, peer_send(&self->peer, DATA, "secret", 6));
	delivered(self->peer.fd);
	EXPECT_EQ(-EPROTO, channel_recv(self->req.channel, &type, buf, sizeof(buf)));
	EXPECT_EQ('\0', buf[0]);
}

TEST_F(channel, damaged_record)
{
	uint8_t type, buf[64];

	ASSERT_EQ(0, channel_secrets(&self->req));
	EXPECT_EQ(0, peer_send_damaged(&self->peer, HANDSHAKE, "finished", 8));
	delivered(self->peer.fd);
	EXPECT_EQ(-EBADMSG, channel_recv(self->req.channel, &type, buf, sizeof(buf)));
	EXPECT_EQ(0, channel_send(self->req.channel, ALERT, "\2\24", 2));
	EXPECT_EQ(2, peer_recv(&self->peer, &type, buf, sizeof(buf)));
	EXPECT_EQ(ALERT, type);
	EXPECT_EQ(0, agent_fail(&self->agent, self->req.cookie, EBADMSG, NULL));
	EXPECT_EQ(EBADMSG, app_so_error(self->fd));
	EXPECT_EQ(42, app_info(self->fd).alert_sent);
}

/* RFC 8446 5: in the clear it is passed over, but never when it is protected. */
TEST_F(channel, protected_change_cipher_spec)
{
	uint8_t type, buf[64];

	ASSERT_EQ(0, channel_secrets(&self->req));
	EXPECT_EQ(6, send(self->peer.fd, "\24\3\3\0\1\1", 6, 0));
	EXPECT_EQ(0, peer_send(&self->peer, CCS, "\1", 1));
	delivered(self->peer.fd);
	EXPECT_EQ(1, channel_recv(self->req.channel, &type, buf, sizeof(buf)));
	EXPECT_EQ(CCS, type);
	EXPECT_EQ(-EPROTO, channel_recv(self->req.channel, &type, buf, sizeof(buf)));
}

/* RFC 8446 5.4: no content type at all is unexpected_message, and not a record
 * that does not authenticate. */
TEST_F(channel, record_of_zeros)
{
	uint8_t type, buf[64];

	ASSERT_EQ(0, channel_secrets(&self->req));
	EXPECT_EQ(0, peer_send(&self->peer, 0, "", 0));
	delivered(self->peer.fd);
	EXPECT_EQ(-EPROTO, channel_recv(self->req.channel, &type, buf, sizeof(buf)));
}

/* RFC 8446 5.1, D.2 and RFC 5246 E.1: in the clear any minor version is as good
 * as another. */
TEST_F(channel, versions_of_records_in_the_clear)
{
	uint8_t type, buf[64];

	EXPECT_EQ(18, send(self->peer.fd, "\26\3\0\0\1a\26\3\4\0\1b\26\3\377\0\1c",
			   18, 0));
	delivered(self->peer.fd);
	for (char c = 'a'; c <= 'c'; c++) {
		EXPECT_EQ(1, channel_recv(self->req.channel, &type, buf, sizeof(buf)));
		EXPECT_EQ(c, buf[0]);
	}
	EXPECT_EQ(6, send(self->peer.fd, "\26\2\3\0\1d", 6, 0));
	delivered(self->peer.fd);
	EXPECT_EQ(-EPROTO, channel_recv(self->req.channel, &type, buf, sizeof(buf)));
}

TEST_F(channel, state_changes_between_records)
{
	uint8_t type, buf[64];

	EXPECT_EQ(0, channel_send(self->req.channel, HANDSHAKE, "hello", 5));
	EXPECT_EQ(10, recv(self->peer.fd, buf, 10, MSG_WAITALL));
	EXPECT_EQ(0, channel_secret(self->req.channel, TLSUP_CHANNEL_TX_SECRET,
				    TLSUP_EPOCH_HANDSHAKE, 'h'));
	EXPECT_EQ(0, channel_send(self->req.channel, HANDSHAKE, "finished", 8));
	EXPECT_EQ(0, channel_secret(self->req.channel, TLSUP_CHANNEL_TX_SECRET,
				    TLSUP_EPOCH_APPLICATION, 'c'));
	peer_init(&self->peer, self->peer.fd, 's', 'h');
	EXPECT_EQ(8, peer_recv(&self->peer, &type, buf, sizeof(buf)));
	EXPECT_EQ(HANDSHAKE, type);
	EXPECT_EQ(-EINVAL, channel_secret(self->req.channel, TLSUP_CHANNEL_TX_SECRET,
					  TLSUP_EPOCH_HANDSHAKE, 'h'));
	EXPECT_EQ(-EINVAL, channel_secret(self->req.channel, TLSUP_CHANNEL_TX_SECRET,
					  TLSUP_EPOCH_APPLICATION, 'h'));

	/* Both records are there before the second state is. */
	EXPECT_EQ(0, channel_secret(self->req.channel, TLSUP_CHANNEL_RX_SECRET,
				    TLSUP_EPOCH_HANDSHAKE, 'H'));
	peer_init(&self->peer, self->peer.fd, 'H', 'c');
	EXPECT_EQ(0, peer_send(&self->peer, HANDSHAKE, "one", 3));
	peer_init(&self->peer, self->peer.fd, 's', 'c');
	EXPECT_EQ(0, peer_send(&self->peer, DATA, "two", 3));
	delivered(self->peer.fd);
	EXPECT_EQ(3, channel_recv(self->req.channel, &type, buf, sizeof(buf)));
	EXPECT_EQ(HANDSHAKE, type);
	EXPECT_EQ(0, channel_secret(self->req.channel, TLSUP_CHANNEL_RX_SECRET,
				    TLSUP_EPOCH_APPLICATION, 's'));
	EXPECT_EQ(0, agent_done(&self->agent, self->req.cookie, NULL));
	EXPECT_EQ(POLLIN | POLLOUT, app_poll(self->fd, 0));
	EXPECT_EQ(3, app_read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(0, memcmp(buf, "two", 3));
}

TEST_F(channel, secrets_that_are_refused)
{
	struct tlsup_secret secret = {
		.version = TLSUP_VERSION_1_3, .cipher_suite = 0x1301,
		.epoch = TLSUP_EPOCH_HANDSHAKE, .length = 32,
	};
	struct tlsup_secret bad[6];
	int fd = self->req.channel;
	size_t i;

	for (i = 0; i < 6; i++)
		bad[i] = secret;
	bad[0].version = TLSUP_VERSION_1_2;
	bad[1].cipher_suite = 0x1399;
	bad[2].epoch = 4;
	bad[3].epoch = TLSUP_EPOCH_INITIAL;
	bad[4].length = 31;
	bad[5].reserved[1] = 1;
	for (i = 0; i < 6; i++)
		EXPECT_EQ(-1, setsockopt(fd, SOL_TLSUP, TLSUP_CHANNEL_TX_SECRET,
					 &bad[i], sizeof(secret))) {
			TH_LOG("case %zu", i);
		}
	EXPECT_EQ(-1, setsockopt(fd, SOL_TLSUP, TLSUP_CHANNEL_TX_SECRET, &secret, 71));
	EXPECT_EQ(-1, setsockopt(fd, SOL_TLSUP, 105, &secret, sizeof(secret)));
	EXPECT_EQ(-1, setsockopt(fd, SOL_TLSUP, TLSUP_CHANNEL_TX_SECRET,
				 (void *)8, sizeof(secret)));
	EXPECT_EQ(EFAULT, errno);
}

TEST_F(channel, done_needs_both_secrets)
{
	EXPECT_EQ(-EINVAL, agent_done(&self->agent, self->req.cookie, NULL));
	EXPECT_EQ(0, channel_secret(self->req.channel, TLSUP_CHANNEL_TX_SECRET,
				    TLSUP_EPOCH_APPLICATION, 'c'));
	EXPECT_EQ(-EINVAL, agent_done(&self->agent, self->req.cookie, NULL));
	EXPECT_EQ(0, channel_secret(self->req.channel, TLSUP_CHANNEL_RX_SECRET,
				    TLSUP_EPOCH_HANDSHAKE, 's'));
	EXPECT_EQ(-EINVAL, agent_done(&self->agent, self->req.cookie, NULL));
	EXPECT_EQ(0, channel_secret(self->req.channel, TLSUP_CHANNEL_RX_SECRET,
				    TLSUP_EPOCH_APPLICATION, 's'));
	EXPECT_EQ(0, agent_done(&self->agent, self->req.cookie, NULL));
	EXPECT_EQ(-ENOENT, agent_done(&self->agent, self->req.cookie, NULL));
	EXPECT_EQ(-ENOENT, agent_fail(&self->agent, self->req.cookie, EPROTO, NULL));
	EXPECT_EQ(-ESTALE, channel_send(self->req.channel, HANDSHAKE, "x", 1));
	EXPECT_EQ(POLLHUP | POLLIN, app_poll(self->req.channel, 0));
	EXPECT_EQ(1, app_write(self->fd, "x", 1));
}

TEST_F(channel, foreign_cookie)
{
	EXPECT_EQ(-ENOENT, agent_done(&self->agent, self->req.cookie + 1, NULL));
	EXPECT_EQ(-ENOENT, agent_done(&self->agent, 0, NULL));
	EXPECT_EQ(-ENOENT, agent_fail(&self->agent, ~0ULL, EPROTO, NULL));
	EXPECT_EQ(TLSUP_STATE_HANDSHAKE, app_info(self->fd).state);
}

static int done_with_chain(struct agent *a, uint64_t cookie, const void *chain,
			   int len)
{
	struct nl_msg *msg = agent_message(a, TLSUP_CMD_DONE);

	nla_put_u64(msg, TLSUP_A_COOKIE, cookie);
	nla_put_u16(msg, TLSUP_A_VERSION, TLSUP_VERSION_1_3);
	nla_put_u16(msg, TLSUP_A_CIPHER_SUITE, 0x1301);
	nla_put_u32(msg, TLSUP_A_FLAGS, 0);
	nla_put(msg, TLSUP_A_PEER_CHAIN, len, chain);
	return agent_command(a, msg);
}

TEST_F(channel, peer_certificate)
{
	static uint8_t chain[65531], got[65536];
	uint32_t first = 60000, second = 65531 - 60000 - 8;
	size_t len = 100;

	memset(chain, 0x30, sizeof(chain));
	memcpy(chain, &first, 4);
	memcpy(chain + 60004, &second, 4);
	ASSERT_EQ(0, channel_secrets(&self->req));
	EXPECT_EQ(-EINVAL, done_with_chain(&self->agent, self->req.cookie, chain, 60008));
	EXPECT_EQ(-EINVAL, done_with_chain(&self->agent, self->req.cookie, chain, 60003));
	EXPECT_EQ(-ENOTCONN, app_get(self->fd, TLSUP_PEER_CERTIFICATE, got, &len));
	ASSERT_EQ(0, done_with_chain(&self->agent, self->req.cookie, chain, sizeof(chain)));
	EXPECT_EQ(-EMSGSIZE, app_get(self->fd, TLSUP_PEER_CERTIFICATE, got, &len));
	EXPECT_EQ(sizeof(chain), len);
	len = sizeof(got);
	EXPECT_EQ(0, app_get(self->fd, TLSUP_PEER_CERTIFICATE, got, &len));
	EXPECT_EQ(sizeof(chain), len);
	EXPECT_EQ(0, memcmp(chain, got, sizeof(chain)));
}

TEST_F(channel, no_certificate)
{
	uint8_t buf[16];
	size_t len = sizeof(buf);

	ASSERT_EQ(0, channel_secrets(&self->req));
	ASSERT_EQ(0, agent_done(&self->agent, self->req.cookie, NULL));
	EXPECT_EQ(-ENODATA, app_get(self->fd, TLSUP_PEER_CERTIFICATE, buf, &len));
}

TEST_F(channel, malformed_commands)
{
	struct nl_msg *msg;

	msg = agent_message(&self->agent, TLSUP_CMD_DONE);
	EXPECT_EQ(-EINVAL, agent_command(&self->agent, msg));
	msg = agent_message(&self->agent, TLSUP_CMD_FAIL);
	nla_put_u64(msg, TLSUP_A_COOKIE, self->req.cookie);
	EXPECT_EQ(-EINVAL, agent_command(&self->agent, msg));
	msg = agent_message(&self->agent, TLSUP_CMD_FAIL);
	nla_put_u64(msg, TLSUP_A_COOKIE, self->req.cookie);
	nla_put_u32(msg, TLSUP_A_ERRNO, 0);
	EXPECT_EQ(-ERANGE, agent_command(&self->agent, msg));
	/* An attribute that FAIL does not know, and one that nobody knows. */
	msg = agent_message(&self->agent, TLSUP_CMD_FAIL);
	nla_put_u64(msg, TLSUP_A_COOKIE, self->req.cookie);
	nla_put_u32(msg, TLSUP_A_ERRNO, EPROTO);
	nla_put_u32(msg, TLSUP_A_ROLE, 1);
	EXPECT_EQ(-EINVAL, agent_command(&self->agent, msg));
	msg = agent_message(&self->agent, TLSUP_CMD_FAIL);
	nla_put_u64(msg, TLSUP_A_COOKIE, self->req.cookie);
	nla_put_u32(msg, TLSUP_A_ERRNO, EPROTO);
	nla_put_u32(msg, TLSUP_A_MAX + 1, 1);
	EXPECT_EQ(-EINVAL, agent_command(&self->agent, msg));
	msg = agent_message(&self->agent, TLSUP_CMD_ACCEPT);
	nla_put_u64(msg, TLSUP_A_COOKIE, 1);
	EXPECT_EQ(-EINVAL, agent_command(&self->agent, msg));
	EXPECT_EQ(TLSUP_STATE_HANDSHAKE, app_info(self->fd).state);
}

TEST_F(channel, survives_its_connection)
{
	uint8_t type;

	close(self->fd);
	self->fd = -1;
	EXPECT_EQ(0, agent_leftovers(&self->agent));
	EXPECT_EQ(-ESTALE, channel_recv(self->req.channel, &type, &type, 1));
}

TEST_HARNESS_MAIN
