// SPDX-License-Identifier: GPL-2.0-only
/* limits: how much plaintext a record may hold (RFC 8449), both directions, in
 * the handshake and after it. */

#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include "kselftest_harness.h"

#include "selftests/handoff/lib/agent.h"
#include "selftests/handoff/lib/app.h"
#include "selftests/handoff/lib/peer.h"

FIXTURE(limits) {
	struct agent agent;
	struct request req;
	struct peer peer;
	struct app_task task;
	int listener, fd;
};

FIXTURE_SETUP(limits)
{
	uint16_t port;

	agent_start(&self->agent);
	self->listener = app_listen(&port);
	self->fd = app_socket();
	ASSERT_EQ(0, app_name(self->fd, "a.example"));
	self->task = (struct app_task){
		.call = APP_CONNECT, .fd = self->fd, .port = port,
	};
	app_begin(&self->task);
	peer_init(&self->peer, accept(self->listener, NULL, NULL), 's', 'c');
	ASSERT_EQ(0, agent_await(&self->agent, &self->req));
}

FIXTURE_TEARDOWN(limits)
{
	close(self->peer.fd);
	close(self->fd);
	close(self->listener);
	EXPECT_EQ(0, agent_leftovers(&self->agent));
	agent_close(&self->agent);
}

static int set_limits(int channel, uint16_t tx, uint16_t rx)
{
	struct tlsup_record_limits limits = { .tx = tx, .rx = rx };

	return setsockopt(channel, SOL_TLSUP, TLSUP_CHANNEL_RECORD_LIMITS,
			  &limits, sizeof(limits)) ? -errno : 0;
}

#define FINISH() do {							\
	ASSERT_EQ(0, channel_secrets(&self->req));			\
	ASSERT_EQ(0, agent_done(&self->agent, self->req.cookie, NULL));	\
	close(self->req.channel);					\
	ASSERT_EQ(0, app_end(&self->task));				\
} while (0)

TEST_F(limits, values)
{
	int channel = self->req.channel;

	EXPECT_EQ(-EINVAL, set_limits(channel, 62, 0));
	EXPECT_EQ(-EINVAL, set_limits(channel, 0, 62));
	EXPECT_EQ(-EINVAL, set_limits(channel, 16385, 0));
	EXPECT_EQ(-EINVAL, set_limits(channel, 0, 16385));
	EXPECT_EQ(0, set_limits(channel, 63, 16384));
	EXPECT_EQ(63, app_info(self->fd).tx_record_limit);
	EXPECT_EQ(0, set_limits(channel, 0, 0));
	EXPECT_EQ(16384, app_info(self->fd).tx_record_limit);
	EXPECT_EQ(16384, app_info(self->fd).rx_record_limit);
	ASSERT_EQ(0, channel_secrets(&self->req));
	ASSERT_EQ(0, agent_done(&self->agent, self->req.cookie, NULL));
	EXPECT_EQ(-ESTALE, set_limits(channel, 63, 63));
	close(channel);
	ASSERT_EQ(0, app_end(&self->task));
}

/* Takes len bytes of one type, and no record longer than limit; 0 or -1. */
static int take(struct peer *peer, uint8_t type, const uint8_t *data, size_t len,
		int limit)
{
	static uint8_t buf[16384];
	uint8_t got;
	int n, full = 0;

	while (len) {
		n = peer_recv(peer, &got, buf, sizeof(buf));
		if (n <= 0 || got != type || n > limit || memcmp(buf, data, n))
			return -1;
		full |= n == limit;
		data += n;
		len -= n;
	}
	return full ? 0 : -1;
}

static uint8_t big[100000];

TEST_F(limits, the_handshake_obeys)
{
	size_t i;

	for (i = 0; i < sizeof(big); i++)
		big[i] = i * 7;
	ASSERT_EQ(0, channel_secret(self->req.channel, TLSUP_CHANNEL_TX_SECRET,
				    TLSUP_EPOCH_HANDSHAKE, 'c'));
	ASSERT_EQ(0, set_limits(self->req.channel, 100, 0));
	ASSERT_EQ(0, channel_send(self->req.channel, HANDSHAKE, big, 250));
	EXPECT_EQ(0, take(&self->peer, HANDSHAKE, big, 250, 100));
	FINISH();
}

static void write_all(struct __test_metadata *_metadata, FIXTURE_DATA(limits) *self,
		      int limit)
{
	struct app_task writer = {
		.call = APP_WRITE, .fd = self->fd, .data = big, .len = sizeof(big),
	};
	size_t i;

	for (i = 0; i < sizeof(big); i++)
		big[i] = i * 7 + limit;
	ASSERT_EQ(0, set_limits(self->req.channel, limit, 0));
	FINISH();
	app_begin(&writer);
	EXPECT_EQ(0, take(&self->peer, DATA, big, sizeof(big), limit));
	EXPECT_EQ((long)sizeof(big), app_end(&writer));
	EXPECT_EQ(limit, app_info(self->fd).tx_record_limit);
}

/* Copied, sealed from the user's pages, and at both ends of the range. */
TEST_F(limits, data_smallest)
{
	write_all(_metadata, self, 63);
}

TEST_F(limits, data_copied)
{
	write_all(_metadata, self, 1000);
}

TEST_F(limits, data_by_pages)
{
	write_all(_metadata, self, 5001);
}

TEST_F(limits, data_largest)
{
	write_all(_metadata, self, 16384);
}

TEST_F(limits, with_msg_more)
{
	ASSERT_EQ(0, set_limits(self->req.channel, 70, 0));
	FINISH();
	EXPECT_EQ(60, send(self->fd, big, 60, MSG_MORE));
	EXPECT_EQ(60, send(self->fd, big + 60, 60, 0));
	EXPECT_EQ(0, take(&self->peer, DATA, big, 120, 70));
}

TEST_F(limits, receiving)
{
	uint8_t type, buf[512];

	ASSERT_EQ(0, set_limits(self->req.channel, 0, 200));
	FINISH();
	EXPECT_EQ(200, app_info(self->fd).rx_record_limit);
	EXPECT_EQ(0, peer_send(&self->peer, DATA, big, 200));
	EXPECT_EQ(200, app_read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(0, peer_send(&self->peer, DATA, big, 201));
	EXPECT_EQ(-EMSGSIZE, app_read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(2, peer_recv(&self->peer, &type, buf, sizeof(buf)));
	EXPECT_EQ(ALERT, type);
	EXPECT_EQ(0, memcmp(buf, "\2\26", 2));
}

TEST_F(limits, receiving_in_the_handshake)
{
	uint8_t type, buf[512];

	ASSERT_EQ(0, set_limits(self->req.channel, 0, 200));
	ASSERT_EQ(0, channel_secret(self->req.channel, TLSUP_CHANNEL_RX_SECRET,
				    TLSUP_EPOCH_HANDSHAKE, 's'));
	ASSERT_EQ(0, peer_send(&self->peer, HANDSHAKE, big, 200));
	ASSERT_EQ(0, channel_wait(self->req.channel));
	EXPECT_EQ(200, channel_recv(self->req.channel, &type, buf, sizeof(buf)));
	ASSERT_EQ(0, peer_send(&self->peer, HANDSHAKE, big, 201));
	ASSERT_EQ(0, channel_wait(self->req.channel));
	EXPECT_EQ(-EMSGSIZE, channel_recv(self->req.channel, &type, buf, sizeof(buf)));
	EXPECT_EQ(0, agent_fail(&self->agent, self->req.cookie, EPROTO, NULL));
	close(self->req.channel);
	EXPECT_EQ(-EPROTO, app_end(&self->task));
}

TEST_HARNESS_MAIN
