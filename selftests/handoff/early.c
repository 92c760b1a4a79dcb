// SPDX-License-Identifier: GPL-2.0-only
/* early: 0-RTT: a client's writes before its handshake is over, once each and
 * in order whatever the server does; a server's, taken or passed over. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include "kselftest_harness.h"

#include "selftests/handoff/lib/app.h"
#include "selftests/handoff/lib/peer12.h"

static int set_number(int channel, int optname, uint32_t value)
{
	return setsockopt(channel, SOL_TLSUP, optname, &value, sizeof(value)) ? -errno : 0;
}

static int allow(int fd, uint32_t bytes)
{
	return app_set(fd, TLSUP_EARLY_DATA, &bytes, sizeof(bytes));
}

static int done(struct agent *a, uint64_t cookie, uint32_t flags,
		const void *data, size_t len)
{
	struct nl_msg *msg = agent_message(a, TLSUP_CMD_DONE);

	nla_put_u64(msg, TLSUP_A_COOKIE, cookie);
	nla_put_u16(msg, TLSUP_A_VERSION, TLSUP_VERSION_1_3);
	nla_put_u16(msg, TLSUP_A_CIPHER_SUITE, 0x1301);
	nla_put_u32(msg, TLSUP_A_FLAGS, flags);
	if (len)
		nla_put(msg, TLSUP_A_EARLY_DATA, len, data);
	return agent_command(a, msg);
}

/* --- the client --- */

FIXTURE(client) {
	struct agent agent;
	struct request req;
	struct peer peer;
	struct peer12 plain;
	int listener, fd;
};

FIXTURE_SETUP(client)
{
	uint16_t port;
	int raw;

	agent_start(&self->agent);
	self->listener = app_listen(&port);
	self->fd = app_socket();
	ASSERT_EQ(0, app_name(self->fd, "a.example"));
	ASSERT_EQ(0, allow(self->fd, 20));
	app_nonblock(self->fd);
	ASSERT_EQ(-EINPROGRESS, app_connect(self->fd, port));
	raw = accept(self->listener, NULL, NULL);
	peer_init(&self->peer, raw, 's', 'e');
	peer12_init(&self->plain, raw, 0, 0);
	ASSERT_EQ(0, agent_await(&self->agent, &self->req));
	ASSERT_EQ(20, self->req.early_data_max);
}

FIXTURE_TEARDOWN(client)
{
	close(self->req.channel);
	close(self->peer.fd);
	close(self->fd);
	close(self->listener);
	EXPECT_EQ(0, agent_leftovers(&self->agent));
	agent_close(&self->agent);
}

/* The next record has that type and that content. */
#define EXPECT_RECORD(type_, text) do {					\
	uint8_t t_ = 0;							\
	char b_[64] = {};						\
	EXPECT_EQ((int)sizeof(text) - 1,				\
		  peer_recv(&self->peer, &t_, b_, sizeof(b_)));		\
	EXPECT_EQ(type_, t_);						\
	EXPECT_STREQ(text, b_);						\
} while (0)

#define EXPECT_PLAIN(text) do {						\
	uint8_t t_ = 0;							\
	char b_[512] = {};						\
	EXPECT_EQ((int)sizeof(text) - 1,				\
		  peer12_recv_plain(&self->plain, &t_, b_));		\
	EXPECT_EQ(HANDSHAKE, t_);					\
	EXPECT_STREQ(text, b_);						\
} while (0)

#define EXPECT_SILENCE() do {						\
	char c_;							\
	usleep(30000);							\
	EXPECT_EQ(-1, recv(self->peer.fd, &c_, 1, MSG_DONTWAIT));	\
} while (0)

#define SECRET(epoch, fill)						\
	ASSERT_EQ(0, channel_secret(self->req.channel,			\
				    TLSUP_CHANNEL_TX_SECRET, epoch, fill))

/* ClientHello and the early secret, whose ticket allows limit bytes. */
#define HELLO(limit) do {						\
	ASSERT_EQ(0, channel_send(self->req.channel, HANDSHAKE, "CH", 2)); \
	EXPECT_PLAIN("CH");						\
	ASSERT_EQ(0, set_number(self->req.channel,			\
				TLSUP_CHANNEL_EARLY_LIMIT, limit));	\
	SECRET(TLSUP_EPOCH_EARLY, 'e');					\
} while (0)

#define FINISH(flags) do {						\
	ASSERT_EQ(0, channel_secrets(&self->req));			\
	ASSERT_EQ(0, done(&self->agent, self->req.cookie, flags, NULL, 0)); \
	peer_init(&self->peer, self->peer.fd, 's', 'c');		\
} while (0)

TEST_F(client, taken)
{
	EXPECT_EQ(4, app_write(self->fd, "GET ", 4));
	EXPECT_SILENCE();
	HELLO(100);
	EXPECT_RECORD(DATA, "GET ");
	EXPECT_EQ(1, app_write(self->fd, "/", 1));
	EXPECT_RECORD(DATA, "/");
	ASSERT_EQ(0, channel_send(self->req.channel, HANDSHAKE, "EOED", 4));
	EXPECT_EQ(5, app_write(self->fd, " then", 5));
	EXPECT_RECORD(HANDSHAKE, "EOED");
	EXPECT_SILENCE();
	SECRET(TLSUP_EPOCH_HANDSHAKE, 'h');
	peer_init(&self->peer, self->peer.fd, 's', 'h');
	ASSERT_EQ(0, channel_send(self->req.channel, HANDSHAKE, "FIN", 3));
	EXPECT_RECORD(HANDSHAKE, "FIN");
	FINISH(TLSUP_F_EARLY_DATA);
	EXPECT_RECORD(DATA, " then");
	EXPECT_EQ(5, app_write(self->fd, "later", 5));
	EXPECT_RECORD(DATA, "later");
	EXPECT_EQ(TLSUP_F_EARLY_DATA, app_info(self->fd).flags);
	EXPECT_EQ(5, app_info(self->fd).early_bytes);
	EXPECT_EQ(15, app_info(self->fd).tx_bytes);
}

TEST_F(client, passed_over)
{
	EXPECT_EQ(4, app_write(self->fd, "GET ", 4));
	HELLO(100);
	EXPECT_RECORD(DATA, "GET ");
	SECRET(TLSUP_EPOCH_HANDSHAKE, 'h');
	EXPECT_EQ(1, app_write(self->fd, "/", 1));
	EXPECT_SILENCE();
	FINISH(0);
	EXPECT_RECORD(DATA, "GET /");
	EXPECT_EQ(5, app_write(self->fd, "later", 5));
	EXPECT_RECORD(DATA, "later");
	EXPECT_EQ(0, app_info(self->fd).flags);
	EXPECT_EQ(0, app_info(self->fd).early_bytes);
	EXPECT_EQ(10, app_info(self->fd).tx_bytes);
}

/* No ticket: it leaves when the handshake is over, and never in the clear. */
TEST_F(client, no_early_secret)
{
	EXPECT_EQ(5, app_write(self->fd, "GET /", 5));
	ASSERT_EQ(0, channel_send(self->req.channel, HANDSHAKE, "CH", 2));
	EXPECT_PLAIN("CH");
	EXPECT_SILENCE();
	FINISH(0);
	EXPECT_RECORD(DATA, "GET /");
}

TEST_F(client, no_more_than_the_ticket_allows)
{
	EXPECT_EQ(8, app_write(self->fd, "12345678", 8));
	HELLO(6);
	EXPECT_RECORD(DATA, "123456");
	EXPECT_EQ(2, app_write(self->fd, "90", 2));
	EXPECT_SILENCE();
	FINISH(TLSUP_F_EARLY_DATA);
	EXPECT_RECORD(DATA, "7890");
	EXPECT_EQ(6, app_info(self->fd).early_bytes);
}

TEST_F(client, a_secret_without_a_limit)
{
	EXPECT_EQ(4, app_write(self->fd, "1234", 4));
	SECRET(TLSUP_EPOCH_EARLY, 'e');
	EXPECT_SILENCE();
	FINISH(0);
	EXPECT_RECORD(DATA, "1234");
}

/* No more than the application allowed; what doesn't fit waits, and follows. */
TEST_F(client, no_more_than_was_allowed)
{
	struct app_task writer = {
		.call = APP_WRITE, .fd = self->fd, .data = "efghijklmn", .len = 10,
	};

	EXPECT_EQ(14, app_write(self->fd, "0123456789abcd", 14));
	fcntl(self->fd, F_SETFL, 0);
	app_begin(&writer);
	EXPECT_TRUE(app_waits(&writer, 50));
	app_nonblock(self->fd);
	EXPECT_EQ(-EAGAIN, app_write(self->fd, "x", 1));
	FINISH(0);
	EXPECT_RECORD(DATA, "0123456789abcdefghij");
	EXPECT_RECORD(DATA, "klmn");
	EXPECT_EQ(10, app_end(&writer));
}

TEST_F(client, a_part_of_a_write)
{
	EXPECT_EQ(20, app_write(self->fd, "0123456789abcdefghijklmn", 24));
	EXPECT_EQ(-EAGAIN, app_write(self->fd, "x", 1));
	FINISH(0);
	EXPECT_RECORD(DATA, "0123456789abcdefghij");
	EXPECT_EQ(1, app_write(self->fd, "x", 1));
	EXPECT_RECORD(DATA, "x");
}

/* A HelloRetryRequest: the second ClientHello in the clear, said to be TLS 1.2. */
TEST_F(client, retry)
{
	struct tlsup_secret none = { .version = TLSUP_VERSION_1_3 };
	uint8_t wire[5 + 3];

	EXPECT_EQ(-1, setsockopt(self->req.channel, SOL_TLSUP,
				 TLSUP_CHANNEL_TX_SECRET, &none, sizeof(none)));
	EXPECT_EQ(4, app_write(self->fd, "GET ", 4));
	HELLO(100);
	EXPECT_RECORD(DATA, "GET ");
	ASSERT_EQ(0, setsockopt(self->req.channel, SOL_TLSUP,
				TLSUP_CHANNEL_TX_SECRET, &none, sizeof(none)));
	EXPECT_EQ(-1, setsockopt(self->req.channel, SOL_TLSUP,
				 TLSUP_CHANNEL_TX_SECRET, &none, sizeof(none)));
	EXPECT_EQ(1, app_write(self->fd, "/", 1));
	ASSERT_EQ(0, channel_send(self->req.channel, HANDSHAKE, "CH2", 3));
	EXPECT_EQ(8, recv(self->peer.fd, wire, sizeof(wire), MSG_WAITALL));
	EXPECT_EQ(0, memcmp(wire, "\x16\3\3\0\3CH2", 8));
	EXPECT_SILENCE();
	SECRET(TLSUP_EPOCH_HANDSHAKE, 'h');
	FINISH(0);
	EXPECT_RECORD(DATA, "GET /");
}

/* The end says nothing to the peer that it could read. */
TEST_F(client, failure)
{
	char c;

	EXPECT_EQ(4, app_write(self->fd, "GET ", 4));
	ASSERT_EQ(0, agent_fail(&self->agent, self->req.cookie, EKEYREJECTED, NULL));
	EXPECT_EQ(-EKEYREJECTED, app_write(self->fd, "x", 1));
	EXPECT_EQ(-EPIPE, app_write(self->fd, "x", 1));
	close(self->fd);
	self->fd = -1;
	EXPECT_GE(0, recv(self->peer.fd, &c, 1, 0));
}

TEST_F(client, closed_too_early)
{
	char c;

	EXPECT_EQ(4, app_write(self->fd, "GET ", 4));
	close(self->fd);
	self->fd = -1;
	EXPECT_GE(0, recv(self->peer.fd, &c, 1, 0));
}

TEST_F(client, tells_no_early_data_from_a_server)
{
	ASSERT_EQ(0, channel_secrets(&self->req));
	EXPECT_EQ(-EINVAL, done(&self->agent, self->req.cookie,
				TLSUP_F_EARLY_DATA, "x", 1));
}

TEST_F(client, takes_none)
{
	uint8_t type, buf[16];

	ASSERT_EQ(0, peer12_send_plain(&self->plain, DATA, "x", 1));
	ASSERT_EQ(0, channel_wait(self->req.channel));
	EXPECT_EQ(-EPROTO, channel_recv(self->req.channel, &type, buf, sizeof(buf)));
}

TEST(option)
{
	int fd = app_socket();
	uint32_t value = 7;
	size_t len = sizeof(value);

	EXPECT_EQ(-ENOTCONN, app_get(fd, TLSUP_EARLY_DATA, &value, &len));
	EXPECT_EQ(-EINVAL, allow(fd, TLSUP_EARLY_DATA_MAX + 1));
	EXPECT_EQ(0, allow(fd, TLSUP_EARLY_DATA_MAX));
	EXPECT_EQ(0, app_get(fd, TLSUP_EARLY_DATA, &value, &len));
	EXPECT_EQ(TLSUP_EARLY_DATA_MAX, value);
	EXPECT_EQ(-ENOTCONN, app_write(fd, "x", 1));
	listen(fd, 1);
	EXPECT_EQ(-EINVAL, allow(fd, 1));
	close(fd);
}

/* --- the client, connecting and writing in one call --- */

FIXTURE(first) {
	struct agent agent;
	struct request req;
	struct peer peer;
	struct peer12 plain;
	int listener, fd;
	uint16_t port;
};

FIXTURE_SETUP(first)
{
	agent_start(&self->agent);
	self->listener = app_listen(&self->port);
	self->fd = app_socket();
	ASSERT_EQ(0, app_name(self->fd, "a.example"));
	ASSERT_EQ(0, allow(self->fd, 20));
	self->peer.fd = -1;
	self->req.channel = -1;
}

FIXTURE_TEARDOWN(first)
{
	close(self->req.channel);
	close(self->peer.fd);
	close(self->fd);
	close(self->listener);
	EXPECT_EQ(0, agent_leftovers(&self->agent));
	agent_close(&self->agent);
}

#define ACCEPT() do {							\
	int raw_ = accept(self->listener, NULL, NULL);			\
	peer_init(&self->peer, raw_, 's', 'e');				\
	peer12_init(&self->plain, raw_, 0, 0);				\
	ASSERT_EQ(0, agent_await(&self->agent, &self->req));		\
} while (0)

/* The handshake has not begun when the bytes are there. */
TEST_F(first, is_there_before_the_handshake)
{
	ASSERT_EQ(5, app_send_first(self->fd, self->port, "GET /", 5));
	ACCEPT();
	EXPECT_SILENCE();
	HELLO(100);
	EXPECT_RECORD(DATA, "GET /");
	EXPECT_EQ(2, app_write(self->fd, " t", 2));
	EXPECT_RECORD(DATA, " t");
	FINISH(TLSUP_F_EARLY_DATA);
	EXPECT_EQ(0, app_start(self->fd, TLSUP_ROLE_CLIENT, 0));
	EXPECT_EQ(7, app_info(self->fd).early_bytes);
}

TEST_F(first, without_waiting)
{
	app_nonblock(self->fd);
	ASSERT_EQ(5, app_send_first(self->fd, self->port, "GET /", 5));
	EXPECT_EQ(-EISCONN, app_send_first(self->fd, self->port, "again", 5));
	ACCEPT();
	HELLO(100);
	EXPECT_RECORD(DATA, "GET /");
	FINISH(0);
	EXPECT_RECORD(DATA, "GET /");
	EXPECT_EQ(-EISCONN, app_send_first(self->fd, self->port, "again", 5));
}

/* What the option does not cover waits for the handshake's end, in that call. */
TEST_F(first, more_than_was_allowed)
{
	struct app_task writer = {
		.call = APP_SEND_FIRST, .fd = self->fd, .port = self->port,
		.data = "0123456789abcdefghijklmn", .len = 24,
	};

	app_begin(&writer);
	ACCEPT();
	EXPECT_TRUE(app_waits(&writer, 50));
	HELLO(100);
	EXPECT_RECORD(DATA, "0123456789abcdefghij");
	FINISH(TLSUP_F_EARLY_DATA);
	EXPECT_RECORD(DATA, "klmn");
	EXPECT_EQ(24, app_end(&writer));
}

/* Without the option the call connects, and its bytes follow the handshake. */
TEST_F(first, nothing_allowed)
{
	struct app_task writer = {
		.call = APP_SEND_FIRST, .fd = self->fd, .port = self->port,
		.data = "GET /", .len = 5,
	};

	ASSERT_EQ(0, allow(self->fd, 0));
	app_begin(&writer);
	ACCEPT();
	EXPECT_TRUE(app_waits(&writer, 50));
	EXPECT_SILENCE();
	FINISH(0);
	EXPECT_EQ(5, app_end(&writer));
	EXPECT_RECORD(DATA, "GET /");
}

TEST_F(first, nothing_allowed_without_waiting)
{
	ASSERT_EQ(0, allow(self->fd, 0));
	app_nonblock(self->fd);
	EXPECT_EQ(-EINPROGRESS, app_send_first(self->fd, self->port, "x", 1));
	ACCEPT();
	EXPECT_EQ(-EAGAIN, app_write(self->fd, "x", 1));
}

/* The application writes again to the next address: once each. */
TEST_F(first, nobody_answers)
{
	uint16_t nobody;
	int gone = app_listen(&nobody);

	close(gone);
	EXPECT_EQ(-ECONNREFUSED, app_send_first(self->fd, nobody, "GET /", 5));
	ASSERT_EQ(5, app_send_first(self->fd, self->port, "GET /", 5));
	ACCEPT();
	HELLO(100);
	EXPECT_RECORD(DATA, "GET /");
	EXPECT_SILENCE();
}

TEST_F(first, nowhere_to_go)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	EXPECT_EQ(-1, send(self->fd, "x", 1, MSG_FASTOPEN));
	EXPECT_EQ(EDESTADDRREQ, errno);
	EXPECT_EQ(-1, sendto(self->fd, "x", 1, MSG_FASTOPEN, &none, sizeof(none)));
	EXPECT_EQ(EOPNOTSUPP, errno);
	EXPECT_EQ(-ENOTCONN, app_write(self->fd, "x", 1));
}

/* --- the server --- */

FIXTURE(server) {
	struct agent agent;
	struct request req;
	struct peer peer;
	struct peer12 plain;
	int listener, fd;
};

FIXTURE_SETUP(server)
{
	uint16_t port;
	int raw;

	agent_start(&self->agent);
	self->listener = app_listen(&port);
	ASSERT_EQ(0, app_attach(self->listener));
	ASSERT_EQ(0, app_set(self->listener, TLSUP_PROFILE, "shop", 4));
	raw = socket(AF_INET, SOCK_STREAM, 0);
	ASSERT_EQ(0, app_connect(raw, port));
	self->fd = accept(self->listener, NULL, NULL);
	peer_init(&self->peer, raw, 'e', 's');
	peer12_init(&self->plain, raw, 0, 0);
	ASSERT_EQ(0, agent_await(&self->agent, &self->req));
}

FIXTURE_TEARDOWN(server)
{
	close(self->req.channel);
	close(self->peer.fd);
	close(self->fd);
	close(self->listener);
	EXPECT_EQ(0, agent_leftovers(&self->agent));
	agent_close(&self->agent);
}

static int take(int channel, uint8_t *type, void *buf, size_t size)
{
	int err = channel_wait(channel);

	return err ? err : channel_recv(channel, type, buf, size);
}

#define RX_SECRET(epoch, fill)						\
	ASSERT_EQ(0, channel_secret(self->req.channel,			\
				    TLSUP_CHANNEL_RX_SECRET, epoch, fill))

TEST_F(server, taken)
{
	char buf[64] = {};
	uint8_t type = 0;

	RX_SECRET(TLSUP_EPOCH_EARLY, 'e');
	ASSERT_EQ(0, peer_send(&self->peer, DATA, "GET ", 4));
	ASSERT_EQ(0, peer_send(&self->peer, DATA, "/", 1));
	ASSERT_EQ(0, peer_send(&self->peer, HANDSHAKE, "EOED", 4));
	EXPECT_EQ(4, take(self->req.channel, &type, buf, sizeof(buf)));
	EXPECT_EQ(DATA, type);
	EXPECT_EQ(0, memcmp(buf, "GET ", 4));
	EXPECT_EQ(1, take(self->req.channel, &type, buf, sizeof(buf)));
	EXPECT_EQ(DATA, type);
	EXPECT_EQ(4, take(self->req.channel, &type, buf, sizeof(buf)));
	EXPECT_EQ(HANDSHAKE, type);
	ASSERT_EQ(0, channel_secrets(&self->req));
	EXPECT_EQ(-EINVAL, done(&self->agent, self->req.cookie, 0, "GET /", 5));
	ASSERT_EQ(0, done(&self->agent, self->req.cookie, TLSUP_F_EARLY_DATA,
			  "GET /", 5));
	EXPECT_NE(0, app_poll(self->fd, 1000) & 1);
	EXPECT_EQ(5, app_info(self->fd).early_bytes);
	EXPECT_EQ(3, app_read(self->fd, buf, 3));
	EXPECT_EQ(0, memcmp(buf, "GET", 3));
	peer_init(&self->peer, self->peer.fd, 'c', 's');
	ASSERT_EQ(0, peer_send(&self->peer, DATA, "!", 1));
	EXPECT_EQ(3, recv(self->fd, buf, 3, MSG_WAITALL));
	EXPECT_EQ(0, memcmp(buf, " /!", 3));
}

TEST_F(server, the_most_there_can_be)
{
	static char sent[TLSUP_EARLY_DATA_MAX], got[TLSUP_EARLY_DATA_MAX + 1];
	size_t i;

	for (i = 0; i < sizeof(sent); i++)
		sent[i] = i * 13;
	ASSERT_EQ(0, channel_secrets(&self->req));
	EXPECT_EQ(-ERANGE, done(&self->agent, self->req.cookie,
				TLSUP_F_EARLY_DATA, got, sizeof(got)));
	ASSERT_EQ(0, done(&self->agent, self->req.cookie, TLSUP_F_EARLY_DATA,
			  sent, sizeof(sent)));
	EXPECT_EQ((long)sizeof(sent), app_read(self->fd, got, sizeof(got)));
	EXPECT_EQ(0, memcmp(sent, got, sizeof(sent)));
}

/* Two records of early data, of 3 and 0 bytes, and the first of the handshake. */
TEST_F(server, passed_over)
{
	uint8_t type = 0, buf[64];

	ASSERT_EQ(0, set_number(self->req.channel, TLSUP_CHANNEL_RX_SKIP, 4));
	RX_SECRET(TLSUP_EPOCH_HANDSHAKE, 'h');
	ASSERT_EQ(0, peer_send(&self->peer, DATA, "GET", 3));
	ASSERT_EQ(0, peer_send(&self->peer, DATA, "", 0));
	peer_init(&self->peer, self->peer.fd, 'h', 's');
	ASSERT_EQ(0, peer_send(&self->peer, HANDSHAKE, "FIN", 3));
	EXPECT_EQ(3, take(self->req.channel, &type, buf, sizeof(buf)));
	EXPECT_EQ(HANDSHAKE, type);
	EXPECT_EQ(0, memcmp(buf, "FIN", 3));
	/* That was the first that opens. */
	ASSERT_EQ(0, set_number(self->req.channel, TLSUP_CHANNEL_RX_SKIP, 100));
	ASSERT_EQ(0, peer_send_damaged(&self->peer, HANDSHAKE, "FIN", 3));
	EXPECT_EQ(-EBADMSG, take(self->req.channel, &type, buf, sizeof(buf)));
}

TEST_F(server, passed_over_no_further)
{
	uint8_t type = 0, buf[64];

	ASSERT_EQ(0, set_number(self->req.channel, TLSUP_CHANNEL_RX_SKIP, 3));
	RX_SECRET(TLSUP_EPOCH_HANDSHAKE, 'h');
	ASSERT_EQ(0, peer_send(&self->peer, DATA, "GET", 3));
	ASSERT_EQ(0, peer_send(&self->peer, DATA, "", 0));
	EXPECT_EQ(-EBADMSG, take(self->req.channel, &type, buf, sizeof(buf)));
}

/* Too short to be a record of this state, and longer than our limit. */
TEST_F(server, passed_over_whatever_its_length)
{
	struct tlsup_record_limits limits = { .rx = 64 };
	static uint8_t wire[5 + 16640] = { DATA, 3, 3, 65, 0 };
	uint8_t type = 0, buf[64];

	ASSERT_EQ(0, setsockopt(self->req.channel, SOL_TLSUP, TLSUP_CHANNEL_RECORD_LIMITS,
				&limits, sizeof(limits)));
	ASSERT_EQ(0, set_number(self->req.channel, TLSUP_CHANNEL_RX_SKIP, 20000));
	RX_SECRET(TLSUP_EPOCH_HANDSHAKE, 'h');
	ASSERT_EQ(0, peer12_send_plain(&self->plain, DATA, "12345", 5));
	ASSERT_EQ((int)sizeof(wire), send(self->peer.fd, wire, sizeof(wire), 0));
	peer_init(&self->peer, self->peer.fd, 'h', 's');
	ASSERT_EQ(0, peer_send(&self->peer, HANDSHAKE, "FIN", 3));
	EXPECT_EQ(3, take(self->req.channel, &type, buf, sizeof(buf)));
	EXPECT_EQ(HANDSHAKE, type);
}

TEST_F(server, nothing_passed_over_unasked)
{
	uint8_t type = 0, buf[64];

	RX_SECRET(TLSUP_EPOCH_HANDSHAKE, 'h');
	ASSERT_EQ(0, peer_send(&self->peer, DATA, "GET", 3));
	EXPECT_EQ(-EBADMSG, take(self->req.channel, &type, buf, sizeof(buf)));
}

/* After a HelloRetryRequest: the agent's to pass over. */
TEST_F(server, in_the_null_state)
{
	static uint8_t wire[5 + 16640] = { DATA, 3, 3, 65, 0 }, buf[16640];
	uint8_t type = 0;

	ASSERT_EQ((int)sizeof(wire), send(self->peer.fd, wire, sizeof(wire), 0));
	ASSERT_EQ(0, peer12_send_plain(&self->plain, HANDSHAKE, "CH2", 3));
	EXPECT_EQ(-EMSGSIZE, take(self->req.channel, &type, buf, 16384));
	EXPECT_EQ(16640, take(self->req.channel, &type, buf, sizeof(buf)));
	EXPECT_EQ(DATA, type);
	EXPECT_EQ(3, take(self->req.channel, &type, buf, sizeof(buf)));
	EXPECT_EQ(HANDSHAKE, type);
	wire[0] = HANDSHAKE;
	ASSERT_EQ((int)sizeof(wire), send(self->peer.fd, wire, sizeof(wire), 0));
	EXPECT_EQ(-EMSGSIZE, take(self->req.channel, &type, buf, sizeof(buf)));
}

/* A record that DONE would leave to read(), of whatever type. */
TEST_F(server, nothing_is_left_behind)
{
	uint8_t type = 0, buf[16];

	ASSERT_EQ(0, peer12_send_plain(&self->plain, HANDSHAKE, "CH", 2));
	EXPECT_EQ(-EMSGSIZE, take(self->req.channel, &type, buf, 1));
	ASSERT_EQ(0, channel_secrets(&self->req));
	EXPECT_EQ(-EINVAL, done(&self->agent, self->req.cookie, 0, NULL, 0));
	EXPECT_EQ(2, take(self->req.channel, &type, buf, sizeof(buf)));
	EXPECT_EQ(0, done(&self->agent, self->req.cookie, 0, NULL, 0));
}

TEST_HARNESS_MAIN
