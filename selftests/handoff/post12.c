// SPDX-License-Identifier: GPL-2.0-only
/* post12: TLS 1.2 by channel: the handshake with its change_cipher_specs, and
 * after it renegotiation, warnings, no KeyUpdate; both roles. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include "kselftest_harness.h"

#include "selftests/handoff/lib/app.h"
#include "selftests/handoff/lib/peer12.h"

FIXTURE(post12) {
	struct agent agent;
	struct peer12 peer;
	struct request req;
	int listener, fd;
};

FIXTURE_VARIANT(post12) {
	int server;
};

FIXTURE_VARIANT_ADD(post12, client) {};
FIXTURE_VARIANT_ADD(post12, server) { .server = 1 };

/* The fd is a client's, or a server's accepted socket; peer the other end. */
static void connect_ends(FIXTURE_DATA(post12) *self, int server)
{
	uint16_t port;
	int raw;

	self->listener = app_listen(&port);
	if (server) {
		app_attach(self->listener);
		app_set(self->listener, TLSUP_PROFILE, "shop", 4);
		raw = socket(AF_INET, SOCK_STREAM, 0);
		app_connect(raw, port);
		self->fd = accept(self->listener, NULL, NULL);
		app_nonblock(self->fd);
	} else {
		self->fd = app_socket();
		app_name(self->fd, "a.example");
		app_nonblock(self->fd);
		app_connect(self->fd, port);
		raw = accept(self->listener, NULL, NULL);
	}
	peer12_init(&self->peer, raw, server ? 'c' : 's', server ? 's' : 'c');
}

/* An abbreviated handshake's end, which is the hard one: the peer's
 * change_cipher_spec and Finished come in one segment, before the agent has read
 * the first. */
FIXTURE_SETUP(post12)
{
	struct timeval patience = { .tv_sec = 3 };
	uint8_t type = 0, buf[512], flight[6 + 4] = { CCS, 3, 3, 0, 1, 1 };
	struct request *req = &self->req;
	uint8_t tx = variant->server ? 's' : 'c', rx = variant->server ? 'c' : 's';
	int one = 1;

	agent_start(&self->agent);
	connect_ends(self, variant->server);
	ASSERT_EQ(0, agent_await(&self->agent, req));
	ASSERT_EQ(0, channel_send(req->channel, HANDSHAKE, "\1\0\0\0", 4));
	ASSERT_EQ(4, peer12_recv_plain(&self->peer, &type, buf));
	ASSERT_EQ(HANDSHAKE, type);

	setsockopt(self->peer.fd, SOL_TCP, TCP_CORK, &one, sizeof(one));
	ASSERT_EQ(0, peer12_send_plain(&self->peer, HANDSHAKE, "\2\0\0\0", 4));
	ASSERT_EQ(6, send(self->peer.fd, flight, 6, 0));
	ASSERT_EQ(0, peer12_send(&self->peer, HANDSHAKE, "\24\0\0\0", 4));
	one = 0;
	setsockopt(self->peer.fd, SOL_TCP, TCP_CORK, &one, sizeof(one));
	ASSERT_EQ(0, channel_wait(req->channel));
	ASSERT_EQ(4, channel_recv(req->channel, &type, buf, sizeof(buf)));
	ASSERT_EQ(HANDSHAKE, type);
	ASSERT_EQ(1, channel_recv(req->channel, &type, buf, sizeof(buf)));
	ASSERT_EQ(CCS, type);
	ASSERT_EQ(0, channel_keys12(req->channel, TLSUP_CHANNEL_RX_KEYS, rx));
	ASSERT_EQ(4, channel_recv(req->channel, &type, buf, sizeof(buf)));
	ASSERT_EQ(HANDSHAKE, type);
	ASSERT_EQ(0, memcmp(buf, "\24\0\0\0", 4));

	EXPECT_EQ(-EINVAL, agent_done12(&self->agent, req->cookie, TLSUP_VERSION_1_2));
	ASSERT_EQ(0, channel_send(req->channel, CCS, "\1", 1));
	ASSERT_EQ(0, channel_keys12(req->channel, TLSUP_CHANNEL_TX_KEYS, tx));
	EXPECT_EQ(-EINVAL, channel_keys12(req->channel, TLSUP_CHANNEL_TX_KEYS, tx));
	EXPECT_EQ(-EINVAL, agent_done12(&self->agent, req->cookie, TLSUP_VERSION_1_3));
	ASSERT_EQ(0, channel_send(req->channel, HANDSHAKE, "\24\0\0\0", 4));
	ASSERT_EQ(1, peer12_recv_plain(&self->peer, &type, buf));
	ASSERT_EQ(CCS, type);
	/* Finished went under these keys, and had the number 0. */
	ASSERT_EQ(4, peer12_recv(&self->peer, &type, buf));
	ASSERT_EQ(HANDSHAKE, type);
	ASSERT_EQ(0, agent_done12(&self->agent, req->cookie, TLSUP_VERSION_1_2));
	close(req->channel);
	fcntl(self->fd, F_SETFL, 0);
	setsockopt(self->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

FIXTURE_TEARDOWN(post12)
{
	close(self->fd);
	close(self->peer.fd);
	close(self->listener);
	EXPECT_EQ(0, agent_leftovers(&self->agent));
	agent_close(&self->agent);
}

/* Data both ways. */
#define EXPECT_ALIVE() do {						\
	uint8_t t_, b_[512];						\
	EXPECT_EQ(0, peer12_send(&self->peer, DATA, "ping", 4));	\
	EXPECT_EQ(4, app_read(self->fd, b_, sizeof(b_)));		\
	EXPECT_EQ(4, app_write(self->fd, "pong", 4));			\
	EXPECT_EQ(4, peer12_recv(&self->peer, &t_, b_));	\
	EXPECT_EQ(DATA, t_);						\
} while (0)

TEST_F(post12, both_ways)
{
	EXPECT_ALIVE();
	EXPECT_EQ(TLSUP_VERSION_1_2, app_info(self->fd).version);
}

TEST_F(post12, renegotiation_is_refused)
{
	uint8_t type, buf[512];

	EXPECT_EQ(0, peer12_send(&self->peer, HANDSHAKE,
				 variant->server ? "\1\0\0\2ch" : "\0\0\0\0",
				 variant->server ? 6 : 4));
	EXPECT_EQ(0, peer12_send(&self->peer, DATA, "on", 2));
	EXPECT_EQ(2, app_read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(2, peer12_recv(&self->peer, &type, buf));
	EXPECT_EQ(ALERT, type);
	EXPECT_EQ(0, memcmp(buf, "\1\144", 2));
	EXPECT_ALIVE();
}

/* What the peer gets is a fatal alert of that number. */
#define EXPECT_BREACH(alert_) do {					\
	uint8_t t_ = 0, b_[512] = {};					\
	EXPECT_EQ(-EPROTO, app_read(self->fd, b_, sizeof(b_)));	\
	EXPECT_EQ(2, peer12_recv(&self->peer, &t_, b_));		\
	EXPECT_EQ(ALERT, t_);						\
	EXPECT_EQ(2, b_[0]);						\
	EXPECT_EQ(alert_, b_[1]);					\
} while (0)

/* The other role's message, and one that is malformed. */
TEST_F(post12, renegotiation_the_wrong_way_round)
{
	EXPECT_EQ(0, peer12_send(&self->peer, HANDSHAKE,
				 variant->server ? "\0\0\0\0" : "\1\0\0\0", 4));
	EXPECT_BREACH(10);
}

TEST_F(post12, hello_request_has_no_body)
{
	EXPECT_EQ(0, peer12_send(&self->peer, HANDSHAKE, "\0\0\0\1x", 5));
	EXPECT_BREACH(variant->server ? 10 : 50);
}

/* RFC 5077 3.3: it belongs to the handshake. */
TEST_F(post12, a_ticket_is_too_late)
{
	EXPECT_EQ(0, peer12_send(&self->peer, HANDSHAKE, "\4\0\0\0", 4));
	EXPECT_BREACH(10);
	EXPECT_EQ(-ETIMEDOUT, agent_notice(&self->agent, TLSUP_CMD_POST, NULL, 50));
}

TEST_F(post12, change_cipher_spec_is_too_late)
{
	EXPECT_EQ(0, peer12_send(&self->peer, CCS, "\1", 1));
	EXPECT_BREACH(10);
}

/* POODLE's and others' first try: what is not under the keys is not opened. */
TEST_F(post12, nothing_in_the_clear)
{
	uint8_t buf[16];

	EXPECT_EQ(0, peer12_send_plain(&self->peer, ALERT, "\1\0", 2));
	EXPECT_EQ(-EBADMSG, app_read(self->fd, buf, sizeof(buf)));
}

TEST_F(post12, a_fatal_alert_ends_it)
{
	uint8_t buf[16];

	EXPECT_EQ(0, peer12_send(&self->peer, ALERT, "\2\120", 2));
	EXPECT_EQ(-ECONNABORTED, app_read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(80, app_info(self->fd).alert_received);
}

TEST_F(post12, truncation)
{
	uint8_t buf[16];

	EXPECT_EQ(0, peer12_send(&self->peer, DATA, "half", 4));
	shutdown(self->peer.fd, SHUT_WR);
	EXPECT_EQ(4, app_read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(-ECONNRESET, app_read(self->fd, buf, sizeof(buf)));
}

TEST_F(post12, warnings_do_not_end_it)
{
	EXPECT_EQ(0, peer12_send(&self->peer, ALERT, "\1\132", 2));
	EXPECT_ALIVE();
}

TEST_F(post12, but_a_flood_of_them_does)
{
	uint8_t buf[16];
	int i;

	for (i = 0; i < 33; i++)
		peer12_send(&self->peer, ALERT, "\1\132", 2);
	EXPECT_EQ(-EPROTO, app_read(self->fd, buf, sizeof(buf)));
}

TEST_F(post12, there_is_no_key_update)
{
	uint32_t request = TLSUP_KEY_UPDATE_NOT_REQUESTED;
	uint8_t type, buf[512];

	EXPECT_EQ(-EINVAL, app_set(self->fd, TLSUP_KEY_UPDATE, &request, 4));
	EXPECT_EQ(0, peer12_send(&self->peer, HANDSHAKE, "\30\0\0\1\0", 5));
	EXPECT_EQ(-EPROTO, app_read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(2, peer12_recv(&self->peer, &type, buf));
	EXPECT_EQ(0, memcmp(buf, "\2\12", 2));
}

TEST_F(post12, close_notify)
{
	uint8_t type, buf[512];

	EXPECT_EQ(0, peer12_send(&self->peer, ALERT, "\1\0", 2));
	EXPECT_EQ(0, app_read(self->fd, buf, sizeof(buf)));
	close(self->fd);
	self->fd = -1;
	EXPECT_EQ(2, peer12_recv(&self->peer, &type, buf));
	EXPECT_EQ(ALERT, type);
	EXPECT_EQ(0, memcmp(buf, "\1\0", 2));
}

TEST_HARNESS_MAIN
