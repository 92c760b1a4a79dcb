// SPDX-License-Identifier: GPL-2.0-only
/* resumption: FORGET, after each kind of end; and FAIL of a ticket. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <netlink/socket.h>
#include "kselftest_harness.h"

#include "selftests/handoff/lib/agent.h"
#include "selftests/handoff/lib/app.h"
#include "selftests/handoff/lib/peer.h"

#define NOTE	"what the agent knows"
#define TICKET	"\4\0\0\6ticket"

struct ends {
	struct agent agent;
	struct peer peer;
	uint64_t cookie;
	int listener, fd;
};

static int open_ends(struct ends *e, int server, const char *note)
{
	struct timeval patience = { .tv_sec = 3 };
	int raw;

	agent_start(&e->agent);
	raw = app_meet(server, &e->listener, &e->fd);
	setsockopt(e->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	peer_init(&e->peer, raw, server ? 'c' : 's', server ? 's' : 'c');
	return agent_serve(&e->agent, note, &e->cookie);
}

static int close_ends(struct ends *e)
{
	int left;

	close(e->peer.fd);
	close(e->fd);
	close(e->listener);
	left = agent_leftovers(&e->agent);
	agent_close(&e->agent);
	return left;
}

FIXTURE(ended) {
	struct ends ends;
};

FIXTURE_VARIANT(ended) {
	int server;
};

FIXTURE_VARIANT_ADD(ended, client) {};
FIXTURE_VARIANT_ADD(ended, server) { .server = 1 };

FIXTURE_SETUP(ended)
{
	ASSERT_EQ(0, open_ends(&self->ends, variant->server, NOTE));
}

FIXTURE_TEARDOWN(ended)
{
	EXPECT_EQ(0, close_ends(&self->ends));
}

/* That agent is told of this connection, once. */
#define EXPECT_FORGET(a) do {						\
	struct notice n_ = {};						\
	EXPECT_EQ(0, agent_notice(a, TLSUP_CMD_FORGET, &n_, 3000));	\
	EXPECT_EQ(self->ends.cookie, n_.cookie);			\
	EXPECT_EQ(strlen(NOTE), n_.session_len);			\
	EXPECT_EQ(0, memcmp(n_.session, NOTE, strlen(NOTE)));		\
	EXPECT_EQ(0, n_.message_len);					\
	EXPECT_NO_FORGET(a);						\
} while (0)

/* The statistics come behind it. */
#define EXPECT_NO_FORGET(a) do {					\
	EXPECT_EQ(0, agent_get_stats(a));				\
	EXPECT_EQ(-ETIMEDOUT, agent_notice(a, TLSUP_CMD_FORGET, NULL, 0)); \
} while (0)

TEST_F(ended, by_an_alert_of_the_peer)
{
	struct ends *e = &self->ends;
	char c;

	EXPECT_EQ(0, peer_send(&e->peer, ALERT, "\2\24", 2));
	EXPECT_EQ(-ECONNABORTED, app_read(e->fd, &c, 1));
	EXPECT_FORGET(&e->agent);
	/* Nor again, whatever else goes wrong. */
	EXPECT_EQ(0, peer_send(&e->peer, ALERT, "\2\24", 2));
	app_read(e->fd, &c, 1);
	close(e->fd);
	e->fd = -1;
	EXPECT_NO_FORGET(&e->agent);
}

TEST_F(ended, by_a_damaged_record)
{
	struct ends *e = &self->ends;
	char c;

	EXPECT_EQ(0, peer_send_damaged(&e->peer, DATA, "x", 1));
	EXPECT_EQ(-EBADMSG, app_read(e->fd, &c, 1));
	EXPECT_FORGET(&e->agent);
}

TEST_F(ended, by_a_breach)
{
	struct ends *e = &self->ends;
	char c;

	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, "\2\0\0\0", 4));
	EXPECT_EQ(-EPROTO, app_read(e->fd, &c, 1));
	EXPECT_FORGET(&e->agent);
}

/* The application only polls, and is told what it says of it later. */
TEST_F(ended, seen_by_poll)
{
	struct ends *e = &self->ends;

	EXPECT_EQ(0, peer_send_damaged(&e->peer, DATA, "x", 1));
	while (!(app_poll(e->fd, 100) & (POLLIN | POLLERR)))
		;
	EXPECT_EQ(-EBADMSG, app_read(e->fd, &(char){ 0 }, 1));
	EXPECT_FORGET(&e->agent);
}

/* The peer reads nothing, so whether the alert gets out is open. */
TEST_F(ended, with_writes_that_wait)
{
	static char block[65536];
	struct ends *e = &self->ends;
	char c;

	app_nonblock(e->fd);
	while (app_write(e->fd, block, sizeof(block)) > 0)
		;
	EXPECT_EQ(0, peer_send_damaged(&e->peer, DATA, "x", 1));
	while (app_read(e->fd, &c, 1) == -EAGAIN)
		usleep(1000);
	EXPECT_EQ(EBADMSG, app_info(e->fd).error);
	EXPECT_FORGET(&e->agent);
}

TEST_F(ended, well)
{
	struct ends *e = &self->ends;
	char c;

	EXPECT_EQ(0, peer_send(&e->peer, ALERT, "\1\0", 2));
	EXPECT_EQ(0, app_read(e->fd, &c, 1));
	close(e->fd);
	e->fd = -1;
	EXPECT_NO_FORGET(&e->agent);
}

TEST_F(ended, without_close_notify)
{
	struct ends *e = &self->ends;
	char c;

	shutdown(e->peer.fd, SHUT_WR);
	EXPECT_EQ(-ECONNRESET, app_read(e->fd, &c, 1));
	close(e->fd);
	e->fd = -1;
	EXPECT_NO_FORGET(&e->agent);
}

TEST_F(ended, by_a_reset)
{
	struct linger now = { .l_onoff = 1 };
	struct ends *e = &self->ends;
	char c;

	setsockopt(e->peer.fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(e->peer.fd);
	e->peer.fd = -1;
	EXPECT_EQ(-ECONNRESET, app_read(e->fd, &c, 1));
	close(e->fd);
	e->fd = -1;
	EXPECT_NO_FORGET(&e->agent);
}

TEST_F(ended, all_agents_are_told)
{
	struct ends *e = &self->ends;
	struct agent second, third;

	agent_start(&second);
	agent_start(&third);
	agent_close(&second);
	agent_start(&second);
	EXPECT_EQ(0, peer_send_damaged(&e->peer, DATA, "x", 1));
	EXPECT_EQ(-EBADMSG, app_read(e->fd, &(char){ 0 }, 1));
	EXPECT_FORGET(&e->agent);
	EXPECT_FORGET(&second);
	EXPECT_FORGET(&third);
	agent_close(&second);
	agent_close(&third);
}

/* Nobody is there, and who comes has nothing to forget. */
TEST_F(ended, without_an_agent)
{
	struct ends *e = &self->ends;

	agent_close(&e->agent);
	EXPECT_EQ(0, peer_send_damaged(&e->peer, DATA, "x", 1));
	EXPECT_EQ(-EBADMSG, app_read(e->fd, &(char){ 0 }, 1));
	EXPECT_EQ(20, app_info(e->fd).alert_sent);
	agent_start(&e->agent);
	EXPECT_NO_FORGET(&e->agent);
}

TEST_F(ended, after_the_agent_began_anew)
{
	struct ends *e = &self->ends;

	agent_close(&e->agent);
	agent_start(&e->agent);
	EXPECT_EQ(0, peer_send_damaged(&e->peer, DATA, "x", 1));
	EXPECT_EQ(-EBADMSG, app_read(e->fd, &(char){ 0 }, 1));
	EXPECT_FORGET(&e->agent);
}

/* An agent that doesn't read loses it, and learns that it did. */
TEST_F(ended, when_the_agent_is_full)
{
	struct agent stopped;
	struct ends more;
	int i, lost = 0, room = 4096;
	char buf[65536];
	ssize_t n;

	agent_start(&stopped);
	setsockopt(nl_socket_get_fd(stopped.nl), SOL_SOCKET, SO_RCVBUF, &room,
		   sizeof(room));
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, open_ends(&more, variant->server, NOTE));
		EXPECT_EQ(0, peer_send_damaged(&more.peer, DATA, "x", 1));
		EXPECT_EQ(-EBADMSG, app_read(more.fd, &(char){ 0 }, 1));
		close(more.peer.fd);
		close(more.fd);
		close(more.listener);
		agent_close(&more.agent);
	}
	do {
		n = recv(nl_socket_get_fd(stopped.nl), buf, sizeof(buf), MSG_DONTWAIT);
		lost += n < 0 && errno == ENOBUFS;
	} while (n >= 0 || errno == ENOBUFS);
	EXPECT_LT(0, lost);
	agent_close(&stopped);
}

TEST(nothing_was_left)
{
	struct ends e;

	ASSERT_EQ(0, open_ends(&e, 0, NULL));
	EXPECT_EQ(0, peer_send_damaged(&e.peer, DATA, "x", 1));
	EXPECT_EQ(-EBADMSG, app_read(e.fd, &(char){ 0 }, 1));
	EXPECT_NO_FORGET(&e.agent);
	EXPECT_EQ(0, close_ends(&e));
}

/* --- FAIL of a ticket --- */

FIXTURE(ticket) {
	struct ends ends;
};

FIXTURE_SETUP(ticket)
{
	ASSERT_EQ(0, open_ends(&self->ends, 0, NOTE));
}

FIXTURE_TEARDOWN(ticket)
{
	EXPECT_EQ(0, close_ends(&self->ends));
}

/* The peer gives a ticket, and a word behind it that is read. */
#define GIVE_TICKET() do {						\
	char b_[16];							\
	EXPECT_EQ(0, peer_send(&self->ends.peer, HANDSHAKE, TICKET, 10)); \
	EXPECT_EQ(0, peer_send(&self->ends.peer, DATA, "word", 4));	\
	EXPECT_EQ(4, app_read(self->ends.fd, b_, sizeof(b_)));		\
} while (0)

/* The connection has failed by FAIL, the peer was told why. */
#define EXPECT_REFUSED() do {						\
	struct ends *e_ = &self->ends;					\
	uint8_t type_ = 0, b_[16] = {};					\
	EXPECT_EQ(-EPROTO, app_read(e_->fd, b_, 1));			\
	EXPECT_EQ(-EPIPE, app_write(e_->fd, "x", 1));			\
	EXPECT_EQ(EPROTO, app_info(e_->fd).error);			\
	EXPECT_EQ(42, app_info(e_->fd).alert_sent);			\
	EXPECT_EQ(2, app_info(e_->fd).alert_sent_level);		\
	EXPECT_EQ(0, strcmp("a bad ticket", app_info(e_->fd).reason));	\
	EXPECT_EQ(2, peer_recv(&e_->peer, &type_, b_, sizeof(b_)));	\
	EXPECT_EQ(ALERT, type_);					\
	EXPECT_EQ(0, memcmp(b_, "\2\52", 2));				\
	EXPECT_EQ(0, peer_recv(&e_->peer, &type_, b_, sizeof(b_)));	\
} while (0)

static int refuse(struct agent *a, uint64_t cookie)
{
	return agent_fail(a, cookie, EPROTO, "a bad ticket");
}

TEST_F(ticket, refused)
{
	struct ends *e = &self->ends;

	GIVE_TICKET();
	EXPECT_EQ(0, agent_notice(&e->agent, TLSUP_CMD_POST, NULL, 3000));
	EXPECT_EQ(0, refuse(&e->agent, e->cookie));
	EXPECT_REFUSED();
	EXPECT_FORGET(&e->agent);
	EXPECT_EQ(-ENOENT, refuse(&e->agent, e->cookie));
}

TEST_F(ticket, refused_while_the_application_waits)
{
	struct ends *e = &self->ends;
	struct app_task task = { .call = APP_READ, .fd = e->fd };

	GIVE_TICKET();
	app_begin(&task);
	EXPECT_TRUE(app_waits(&task, 20));
	EXPECT_EQ(0, refuse(&e->agent, e->cookie));
	EXPECT_EQ(-EPROTO, app_end(&task));
	EXPECT_REFUSED();
}

/* It may have been the newest when the ticket came. */
TEST_F(ticket, refused_by_another_agent)
{
	struct agent newer, watcher;

	ASSERT_EQ(0, agent_open(&watcher));
	GIVE_TICKET();
	agent_start(&newer);
	EXPECT_EQ(-ENOENT, refuse(&watcher, self->ends.cookie));
	EXPECT_EQ(0, refuse(&newer, self->ends.cookie));
	EXPECT_REFUSED();
	EXPECT_FORGET(&newer);
	EXPECT_FORGET(&self->ends.agent);
	agent_close(&newer);
	agent_close(&watcher);
}

TEST_F(ticket, none_was_given)
{
	struct ends *e = &self->ends;

	EXPECT_EQ(-ENOENT, refuse(&e->agent, e->cookie));
	EXPECT_EQ(-ENOENT, refuse(&e->agent, e->cookie + 1000));
	GIVE_TICKET();
	EXPECT_EQ(-ENOENT, refuse(&e->agent, e->cookie + 1000));
	EXPECT_EQ(0, app_info(e->fd).error);
	EXPECT_NO_FORGET(&e->agent);
}

TEST_F(ticket, refused_too_late)
{
	struct ends *e = &self->ends;

	GIVE_TICKET();
	close(e->fd);
	e->fd = -1;
	EXPECT_EQ(-ENOENT, refuse(&e->agent, e->cookie));
	EXPECT_NO_FORGET(&e->agent);
}

TEST_F(ticket, refused_after_a_failure)
{
	struct ends *e = &self->ends;

	GIVE_TICKET();
	EXPECT_EQ(0, peer_send_damaged(&e->peer, DATA, "x", 1));
	EXPECT_EQ(-EBADMSG, app_read(e->fd, &(char){ 0 }, 1));
	EXPECT_EQ(-ENOENT, refuse(&e->agent, e->cookie));
	EXPECT_EQ(EBADMSG, app_info(e->fd).error);
	EXPECT_EQ(20, app_info(e->fd).alert_sent);
}

/* Our close_notify is out, so no alert; but nothing more is read. */
TEST_F(ticket, refused_when_half_closed)
{
	struct ends *e = &self->ends;
	uint8_t type, buf[16];

	GIVE_TICKET();
	shutdown(e->fd, SHUT_WR);
	EXPECT_EQ(2, peer_recv(&e->peer, &type, buf, sizeof(buf)));
	EXPECT_EQ(0, refuse(&e->agent, e->cookie));
	EXPECT_EQ(-EPROTO, app_read(e->fd, buf, sizeof(buf)));
	EXPECT_FORGET(&e->agent);
	EXPECT_EQ(0, peer_recv(&e->peer, &type, buf, sizeof(buf)));
}

/* Agents refuse, applications close: one of them is first. */
TEST(ticket_race)
{
	struct app_task task;
	struct ends e;
	int i, err;

	for (i = 0; i < 100; i++) {
		ASSERT_EQ(0, open_ends(&e, 0, NOTE));
		EXPECT_EQ(0, peer_send(&e.peer, HANDSHAKE, TICKET, 10));
		EXPECT_EQ(0, peer_send_damaged(&e.peer, DATA, "x", 1));
		task = (struct app_task){ .call = APP_READ, .fd = e.fd };
		app_begin(&task);
		do
			err = refuse(&e.agent, e.cookie);
		while (err && app_info(e.fd).state == TLSUP_STATE_OPEN);
		app_end(&task);
		EXPECT_EQ(TLSUP_STATE_FAILED, app_info(e.fd).state);
		EXPECT_EQ(0, agent_notice(&e.agent, TLSUP_CMD_FORGET, NULL, 3000));
		EXPECT_NO_FORGET(&e.agent);
		EXPECT_EQ(err ? EBADMSG : EPROTO, app_info(e.fd).error);
		ASSERT_EQ(0, close_ends(&e));
	}
}

TEST_HARNESS_MAIN
