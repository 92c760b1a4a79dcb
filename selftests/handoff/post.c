// SPDX-License-Identifier: GPL-2.0-only
/* post: KeyUpdate, tickets, alerts, close_notify, truncation: against records
 * that are not the kernel's. */

#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include "kselftest_harness.h"

#include "selftests/handoff/lib/agent.h"
#include "selftests/handoff/lib/app.h"
#include "selftests/handoff/lib/peer.h"
#include "selftests/lib/delivered.h"

FIXTURE(post) {
	struct agent agent;
	struct peer peer;
	int listener, fd;
	uint64_t cookie;
};

FIXTURE_SETUP(post)
{
	uint16_t port;
	struct app_task task;

	agent_start(&self->agent);
	self->listener = app_listen(&port);
	self->fd = app_socket();
	ASSERT_EQ(0, app_name(self->fd, "a.example"));
	task = (struct app_task){
		.call = APP_CONNECT, .fd = self->fd, .port = port,
	};
	app_begin(&task);
	peer_init(&self->peer, accept(self->listener, NULL, NULL), 's', 'c');
	ASSERT_EQ(0, agent_serve(&self->agent, "session note", &self->cookie));
	ASSERT_EQ(0, app_end(&task));
}

FIXTURE_TEARDOWN(post)
{
	close(self->peer.fd);
	close(self->fd);
	close(self->listener);
	EXPECT_EQ(0, agent_leftovers(&self->agent));
	agent_close(&self->agent);
}

static const uint8_t key_update[] = { 24, 0, 0, 1, 0 };
static const uint8_t key_update_please[] = { 24, 0, 0, 1, 1 };

/* What the peer gets is one fatal alert, and then the end; the number. */
static int fatal_alert(struct peer *peer)
{
	uint8_t type = 0, buf[16] = {}, more;

	if (peer_recv(peer, &type, buf, sizeof(buf)) != 2 || type != ALERT ||
	    buf[0] != 2)
		return -1;
	return recv(peer->fd, &more, 1, 0) <= 0 ? buf[1] : -2;
}

/* The kernel takes it for a breach: says alert, fails with error. */
#define EXPECT_BREACH(alert, error_) do {				\
	char c_;							\
	EXPECT_EQ(-(error_), app_read(self->fd, &c_, 1));		\
	EXPECT_EQ(alert, fatal_alert(&self->peer));			\
	EXPECT_EQ(error_, app_info(self->fd).error);			\
	EXPECT_EQ(alert, app_info(self->fd).alert_sent);		\
	EXPECT_EQ(-EPIPE, app_write(self->fd, "x", 1));			\
} while (0)

/* Data still goes both ways. */
#define EXPECT_ALIVE() do {						\
	uint8_t t_ = 0;							\
	char b_[16];							\
	EXPECT_EQ(0, peer_send(&self->peer, DATA, "ping", 4));		\
	EXPECT_EQ(4, app_read(self->fd, b_, sizeof(b_)));		\
	EXPECT_EQ(4, app_write(self->fd, "pong", 4));			\
	EXPECT_EQ(4, peer_recv(&self->peer, &t_, b_, sizeof(b_)));	\
	EXPECT_EQ(DATA, t_);						\
} while (0)

TEST_F(post, key_update_from_the_peer)
{
	EXPECT_EQ(0, peer_send(&self->peer, HANDSHAKE, key_update, 5));
	peer_update(&self->peer.tx);
	EXPECT_ALIVE();
	EXPECT_EQ(1, app_info(self->fd).rx_key_updates);
	EXPECT_EQ(0, app_info(self->fd).tx_key_updates);
}

static int module_parameter(const char *name, const char *value)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/module/tlsup/parameters/%s", name);
	f = fopen(path, "w");
	if (!f)
		return -errno;
	fputs(value, f);
	return fclose(f) ? -errno : 0;
}

/* RFC 8446 5.5, with a limit that a test can reach: five records under each key,
 * and the KeyUpdate is the sixth. */
TEST_F(post, key_update_before_the_limit)
{
	static const int kinds[] = {
		DATA, DATA, DATA, DATA, DATA, HANDSHAKE,
		DATA, DATA, DATA, DATA, DATA, HANDSHAKE, DATA, DATA,
	};
	uint8_t type, buf[16];
	size_t i;

	ASSERT_EQ(0, module_parameter("key_update_records", "5"));
	for (i = 0; i < 12; i++)
		EXPECT_EQ(4, app_write(self->fd, "data", 4));
	EXPECT_EQ(0, module_parameter("key_update_records", "0"));
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		type = 0;
		EXPECT_LT(0, peer_recv(&self->peer, &type, buf, sizeof(buf)));
		EXPECT_EQ(kinds[i], type);
		if (type != HANDSHAKE)
			continue;
		EXPECT_EQ(0, memcmp(buf, key_update, 5));
		peer_update(&self->peer.rx);
	}
	EXPECT_EQ(2, app_info(self->fd).tx_key_updates);
	EXPECT_ALIVE();
}

TEST_F(post, key_update_that_wants_an_answer)
{
	uint8_t type, buf[16];

	EXPECT_EQ(0, peer_send(&self->peer, HANDSHAKE, key_update_please, 5));
	peer_update(&self->peer.tx);
	EXPECT_EQ(0, peer_send(&self->peer, DATA, "ping", 4));
	EXPECT_EQ(4, app_read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(5, peer_recv(&self->peer, &type, buf, sizeof(buf)));
	EXPECT_EQ(HANDSHAKE, type);
	EXPECT_EQ(0, memcmp(buf, key_update, 5));
	peer_update(&self->peer.rx);
	EXPECT_ALIVE();
	EXPECT_EQ(1, app_info(self->fd).tx_key_updates);
}

TEST_F(post, key_update_by_poll_alone)
{
	uint8_t type, buf[16];

	EXPECT_EQ(0, peer_send(&self->peer, HANDSHAKE, key_update_please, 5));
	peer_update(&self->peer.tx);
	delivered(self->peer.fd);
	EXPECT_EQ(POLLOUT, app_poll(self->fd, 0));
	EXPECT_EQ(5, peer_recv(&self->peer, &type, buf, sizeof(buf)));
	peer_update(&self->peer.rx);
	EXPECT_ALIVE();
}

TEST_F(post, key_update_by_the_application)
{
	uint32_t request = TLSUP_KEY_UPDATE_REQUESTED;
	uint8_t type, buf[16];

	EXPECT_EQ(0, app_set(self->fd, TLSUP_KEY_UPDATE, &request, 4));
	EXPECT_EQ(5, peer_recv(&self->peer, &type, buf, sizeof(buf)));
	EXPECT_EQ(HANDSHAKE, type);
	EXPECT_EQ(0, memcmp(buf, key_update_please, 5));
	peer_update(&self->peer.rx);
	EXPECT_ALIVE();
	EXPECT_EQ(0, peer_send(&self->peer, HANDSHAKE, key_update, 5));
	peer_update(&self->peer.tx);
	EXPECT_ALIVE();
	request = TLSUP_KEY_UPDATE_NOT_REQUESTED;
	EXPECT_EQ(0, app_set(self->fd, TLSUP_KEY_UPDATE, &request, 4));
	EXPECT_EQ(5, peer_recv(&self->peer, &type, buf, sizeof(buf)));
	EXPECT_EQ(0, memcmp(buf, key_update, 5));
	peer_update(&self->peer.rx);
	EXPECT_ALIVE();
	EXPECT_EQ(2, app_info(self->fd).tx_key_updates);
	EXPECT_EQ(1, app_info(self->fd).rx_key_updates);
}

TEST_F(post, key_updates_with_data_between)
{
	int i;

	for (i = 0; i < 100; i++) {
		ASSERT_EQ(0, peer_send(&self->peer, HANDSHAKE, key_update, 5));
		peer_update(&self->peer.tx);
		EXPECT_ALIVE();
	}
	EXPECT_EQ(100, app_info(self->fd).rx_key_updates);
}

TEST_F(post, key_update_flood)
{
	int i;

	for (i = 0; i < 33; i++) {
		peer_send(&self->peer, HANDSHAKE, key_update, 5);
		peer_update(&self->peer.tx);
	}
	EXPECT_BREACH(10, EPROTO);
}

TEST_F(post, key_update_not_at_the_end)
{
	EXPECT_EQ(0, peer_send(&self->peer, HANDSHAKE, "\30\0\0\1\0\4", 6));
	EXPECT_BREACH(10, EPROTO);
}

TEST_F(post, key_update_of_no_meaning)
{
	EXPECT_EQ(0, peer_send(&self->peer, HANDSHAKE, "\30\0\0\1\2", 5));
	EXPECT_BREACH(47, EPROTO);
}

TEST_F(post, key_update_of_wrong_length)
{
	EXPECT_EQ(0, peer_send(&self->peer, HANDSHAKE, "\30\0\0\2\0\0", 6));
	EXPECT_BREACH(50, EPROTO);
}

TEST_F(post, old_key_after_key_update)
{
	EXPECT_EQ(0, peer_send(&self->peer, HANDSHAKE, key_update, 5));
	EXPECT_EQ(0, peer_send(&self->peer, DATA, "old", 3));
	EXPECT_BREACH(20, EBADMSG);
}

TEST_F(post, ticket)
{
	static const char ticket[] = "\4\0\0\6ticket";
	struct notice post;

	EXPECT_EQ(0, peer_send(&self->peer, HANDSHAKE, ticket, 10));
	EXPECT_ALIVE();
	ASSERT_EQ(0, agent_notice(&self->agent, TLSUP_CMD_POST, &post, 5000));
	EXPECT_EQ(self->cookie, post.cookie);
	EXPECT_EQ(10, post.message_len);
	EXPECT_EQ(0, memcmp(post.message, ticket, 10));
	EXPECT_EQ(12, post.session_len);
	EXPECT_EQ(0, memcmp(post.session, "session note", 12));
}

TEST_F(post, tickets_coalesced_and_cut)
{
	static const char two[] = "\4\0\0\3one\4\0\0\5three\4\0\0\4";
	struct notice post;

	EXPECT_EQ(0, peer_send(&self->peer, HANDSHAKE, two, 2));
	EXPECT_EQ(0, peer_send(&self->peer, HANDSHAKE, two + 2, 6));
	EXPECT_EQ(0, peer_send(&self->peer, HANDSHAKE, two + 8, 12));
	EXPECT_EQ(0, peer_send(&self->peer, HANDSHAKE, "last", 4));
	EXPECT_ALIVE();
	ASSERT_EQ(0, agent_notice(&self->agent, TLSUP_CMD_POST, &post, 5000));
	EXPECT_EQ(7, post.message_len);
	ASSERT_EQ(0, agent_notice(&self->agent, TLSUP_CMD_POST, &post, 5000));
	EXPECT_EQ(9, post.message_len);
	ASSERT_EQ(0, agent_notice(&self->agent, TLSUP_CMD_POST, &post, 5000));
	EXPECT_EQ(8, post.message_len);
	EXPECT_EQ(0, memcmp(post.message, "\4\0\0\4last", 8));
}

TEST_F(post, ticket_for_nobody)
{
	uint64_t before;
	struct agent watcher;

	ASSERT_EQ(0, agent_open(&watcher));
	agent_close(&self->agent);
	agent_get_stats(&watcher);
	before = watcher.stats[TLSUP_STAT_POST_DROPPED];
	EXPECT_EQ(0, peer_send(&self->peer, HANDSHAKE, "\4\0\0\1x", 5));
	EXPECT_ALIVE();
	agent_get_stats(&watcher);
	EXPECT_EQ(before + 1, watcher.stats[TLSUP_STAT_POST_DROPPED]);
	agent_close(&watcher);
	ASSERT_EQ(0, agent_open(&self->agent));
}

TEST_F(post, data_inside_a_message)
{
	EXPECT_EQ(0, peer_send(&self->peer, HANDSHAKE, "\4\0\0\6tic", 7));
	EXPECT_EQ(0, peer_send(&self->peer, DATA, "data", 4));
	EXPECT_BREACH(10, EPROTO);
}

TEST_F(post, endless_message)
{
	EXPECT_EQ(0, peer_send(&self->peer, HANDSHAKE, "\4\377\377\377", 4));
	EXPECT_BREACH(47, EPROTO);
}

TEST_F(post, message_nobody_expects)
{
	EXPECT_EQ(0, peer_send(&self->peer, HANDSHAKE, "\2\0\0\0", 4));
	EXPECT_BREACH(10, EPROTO);
}

TEST_F(post, empty_handshake_record)
{
	EXPECT_EQ(0, peer_send(&self->peer, HANDSHAKE, "", 0));
	EXPECT_BREACH(10, EPROTO);
}

/* RFC 8446 5.4: it has no content type. */
TEST_F(post, record_of_zeros)
{
	static const uint8_t zeros[5000];

	EXPECT_EQ(0, peer_send(&self->peer, 0, zeros, sizeof(zeros)));
	EXPECT_BREACH(10, EPROTO);
}

TEST_F(post, change_cipher_spec)
{
	EXPECT_EQ(0, peer_send(&self->peer, CCS, "\1", 1));
	EXPECT_BREACH(10, EPROTO);
}

TEST_F(post, unprotected_change_cipher_spec)
{
	EXPECT_EQ(6, send(self->peer.fd, "\24\3\3\0\1\1", 6, 0));
	EXPECT_BREACH(10, EPROTO);
}

TEST_F(post, unknown_type)
{
	EXPECT_EQ(0, peer_send(&self->peer, 99, "x", 1));
	EXPECT_BREACH(10, EPROTO);
}

TEST_F(post, damaged_record)
{
	EXPECT_EQ(0, peer_send_damaged(&self->peer, DATA, "x", 1));
	EXPECT_BREACH(20, EBADMSG);
}

TEST_F(post, record_too_long)
{
	EXPECT_EQ(5, send(self->peer.fd, "\27\3\3\101\1", 5, 0));
	EXPECT_BREACH(22, EMSGSIZE);
}

TEST_F(post, malformed_alert)
{
	EXPECT_EQ(0, peer_send(&self->peer, ALERT, "\2\50\0", 3));
	EXPECT_BREACH(50, EPROTO);
}

TEST_F(post, fatal_alert)
{
	char c;

	EXPECT_EQ(0, peer_send(&self->peer, ALERT, "\2\120", 2));
	EXPECT_EQ(-ECONNABORTED, app_read(self->fd, &c, 1));
	EXPECT_EQ(-EPIPE, app_write(self->fd, &c, 1));
	EXPECT_EQ(80, app_info(self->fd).alert_received);
	EXPECT_EQ(2, app_info(self->fd).alert_received_level);
	EXPECT_EQ(TLSUP_ALERT_NONE, app_info(self->fd).alert_sent);
	EXPECT_EQ(ECONNABORTED, app_info(self->fd).error);
}

TEST_F(post, warning_is_fatal_in_1_3)
{
	EXPECT_EQ(0, peer_send(&self->peer, ALERT, "\1\120", 2));
	EXPECT_EQ(-ECONNABORTED, app_read(self->fd, &(char){ 0 }, 1));
}

TEST_F(post, user_canceled_is_not)
{
	EXPECT_EQ(0, peer_send(&self->peer, ALERT, "\1\132", 2));
	EXPECT_ALIVE();
	EXPECT_EQ(90, app_info(self->fd).alert_received);
}

TEST_F(post, close_notify_from_the_peer)
{
	uint8_t type, buf[16];

	EXPECT_EQ(0, peer_send(&self->peer, DATA, "last", 4));
	EXPECT_EQ(0, peer_send(&self->peer, ALERT, "\1\0", 2));
	EXPECT_EQ(4, app_read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(0, app_read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(0, app_read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(TLSUP_F_CLOSE_RECEIVED | TLSUP_F_PEER_VERIFIED,
		  app_info(self->fd).flags);
	/* Half closed: our direction goes on. */
	EXPECT_EQ(5, app_write(self->fd, "still", 5));
	EXPECT_EQ(5, peer_recv(&self->peer, &type, buf, sizeof(buf)));
	EXPECT_EQ(TLSUP_STATE_OPEN, app_info(self->fd).state);
	shutdown(self->fd, SHUT_WR);
	EXPECT_EQ(2, peer_recv(&self->peer, &type, buf, sizeof(buf)));
	EXPECT_EQ(ALERT, type);
	EXPECT_EQ(0, memcmp(buf, "\1\0", 2));
	EXPECT_EQ(0, peer_recv(&self->peer, &type, buf, sizeof(buf)));
	EXPECT_EQ(TLSUP_STATE_CLOSED, app_info(self->fd).state);
}

TEST_F(post, close_notify_at_close)
{
	uint8_t type, buf[16];

	EXPECT_EQ(3, app_write(self->fd, "bye", 3));
	close(self->fd);
	self->fd = -1;
	EXPECT_EQ(3, peer_recv(&self->peer, &type, buf, sizeof(buf)));
	EXPECT_EQ(2, peer_recv(&self->peer, &type, buf, sizeof(buf)));
	EXPECT_EQ(ALERT, type);
	EXPECT_EQ(0, memcmp(buf, "\1\0", 2));
	EXPECT_EQ(0, peer_recv(&self->peer, &type, buf, sizeof(buf)));
}

TEST_F(post, data_after_close_notify_is_ignored)
{
	char buf[16];

	EXPECT_EQ(0, peer_send(&self->peer, ALERT, "\1\0", 2));
	EXPECT_EQ(0, peer_send(&self->peer, DATA, "late", 4));
	EXPECT_EQ(0, app_read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(0, app_read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(0, app_info(self->fd).error);
}

TEST_F(post, truncation)
{
	char buf[16];

	EXPECT_EQ(0, peer_send(&self->peer, DATA, "part", 4));
	shutdown(self->peer.fd, SHUT_WR);
	EXPECT_EQ(4, app_read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(-ECONNRESET, app_read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(ECONNRESET, app_info(self->fd).error);
	agent_get_stats(&self->agent);
	EXPECT_LT(0, self->agent.stats[TLSUP_STAT_TRUNCATED]);
}

TEST_F(post, truncation_inside_a_record)
{
	char buf[16];

	EXPECT_EQ(5, send(self->peer.fd, "\27\3\3\0\50", 5, 0));
	shutdown(self->peer.fd, SHUT_WR);
	EXPECT_EQ(-ECONNRESET, app_read(self->fd, buf, sizeof(buf)));
}

TEST_F(post, answer_to_key_update_waits_for_room)
{
	static char block[65536];
	uint8_t type = 0, buf[16384];
	int n, updates = 0;

	app_nonblock(self->fd);
	while (app_write(self->fd, block, sizeof(block)) > 0)
		;
	EXPECT_EQ(0, peer_send(&self->peer, HANDSHAKE, key_update_please, 5));
	peer_update(&self->peer.tx);
	delivered(self->peer.fd);
	EXPECT_EQ(-EAGAIN, app_read(self->fd, buf, sizeof(buf)));
	while (!updates) {
		n = peer_recv(&self->peer, &type, buf, sizeof(buf));
		ASSERT_GT(n, 0);
		updates += type == HANDSHAKE && n == 5;
	}
	peer_update(&self->peer.rx);
	EXPECT_ALIVE();
	EXPECT_EQ(1, app_info(self->fd).tx_key_updates);
}

TEST_HARNESS_MAIN
