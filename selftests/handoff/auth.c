// SPDX-License-Identifier: GPL-2.0-only
/* auth: post-handshake authentication by upcall (RFC 8446 4.6.2), both roles;
 * and whoever dies, closes or says nothing in the middle of it. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include "kselftest_harness.h"

#include "selftests/handoff/lib/agent.h"
#include "selftests/handoff/lib/app.h"
#include "selftests/handoff/lib/peer.h"

/* Messages: a type, and a body that only the agent would understand. */
#define REQUEST		"\15\0\0\3REQ"
#define CERTIFICATE	"\13\0\0\4CERT"
#define COMPRESSED	"\31\0\0\6PACKED"
#define VERIFY		"\17\0\0\3SIG"
#define FINISHED	"\24\0\0\3FIN"
#define FLIGHT		CERTIFICATE VERIFY FINISHED
#define LEN(text)	(sizeof(text) - 1)

static const uint8_t key_update[] = { 24, 0, 0, 1, 0 };
static const uint8_t key_update_please[] = { 24, 0, 0, 1, 1 };

struct ends {
	struct agent agent;
	struct request req;
	struct peer peer;
	int listener, fd;
};

static int done(struct agent *a, uint64_t cookie, int keep)
{
	struct nl_msg *msg = agent_message(a, TLSUP_CMD_DONE);

	nla_put_u64(msg, TLSUP_A_COOKIE, cookie);
	nla_put_u16(msg, TLSUP_A_VERSION, TLSUP_VERSION_1_3);
	nla_put_u16(msg, TLSUP_A_CIPHER_SUITE, 0x1301);
	nla_put_u32(msg, TLSUP_A_FLAGS, 0);
	if (keep)
		nla_put_flag(msg, TLSUP_A_KEEP);
	return agent_command(a, msg);
}

static int answer(struct agent *a, uint64_t cookie, uint32_t number,
		  const char *message, size_t len)
{
	struct nl_msg *msg = agent_message(a, TLSUP_CMD_ANSWER);

	nla_put_u64(msg, TLSUP_A_COOKIE, cookie);
	nla_put_u32(msg, TLSUP_A_NUMBER, number);
	if (message)
		nla_put(msg, TLSUP_A_MESSAGE, len, message);
	return agent_command(a, msg);
}

static int verdict(struct agent *a, uint64_t cookie, uint32_t number, const char *der)
{
	struct nl_msg *msg = agent_message(a, TLSUP_CMD_ANSWER);
	uint8_t chain[64];
	uint32_t len = der ? strlen(der) : 0;

	nla_put_u64(msg, TLSUP_A_COOKIE, cookie);
	nla_put_u32(msg, TLSUP_A_NUMBER, number);
	if (der) {
		memcpy(chain, &len, sizeof(len));
		memcpy(chain + sizeof(len), der, len);
		nla_put_u32(msg, TLSUP_A_FLAGS, TLSUP_F_PEER_VERIFIED);
		nla_put(msg, TLSUP_A_PEER_CHAIN, sizeof(len) + len, chain);
	}
	return agent_command(a, msg);
}

static int open_ends(struct ends *e, int server, int keep)
{
	int raw, err;

	agent_start(&e->agent);
	raw = app_meet(server, &e->listener, &e->fd);
	peer_init(&e->peer, raw, server ? 'c' : 's', server ? 's' : 'c');
	err = agent_await(&e->agent, &e->req);
	if (!err)
		err = channel_secrets(&e->req);
	if (!err)
		err = done(&e->agent, e->req.cookie, keep);
	close(e->req.channel);
	return err;
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

/* The next record has that type and that content. */
#define EXPECT_RECORD(type_, text) do {					\
	uint8_t t_ = 0;							\
	char b_[64] = {};						\
	EXPECT_EQ((int)LEN(text),					\
		  peer_recv(&e->peer, &t_, b_, sizeof(b_)));		\
	EXPECT_EQ(type_, t_);						\
	EXPECT_EQ(0, memcmp(text, b_, LEN(text)));			\
} while (0)

#define EXPECT_ALIVE() do {						\
	char b_[16];							\
	EXPECT_EQ(0, peer_send(&e->peer, DATA, "ping", 4));		\
	EXPECT_EQ(4, app_read(e->fd, b_, sizeof(b_)));			\
	EXPECT_EQ(4, app_write(e->fd, "pong", 4));			\
	EXPECT_RECORD(DATA, "pong");					\
} while (0)

#define EXPECT_ENDED(error_, alert_) do {				\
	char c_;							\
	uint8_t t_ = 0, b_[16] = {};					\
	EXPECT_EQ(-(error_), app_read(e->fd, &c_, 1));			\
	EXPECT_EQ(2, peer_recv(&e->peer, &t_, b_, sizeof(b_)));		\
	EXPECT_EQ(ALERT, t_);						\
	EXPECT_EQ(2, b_[0]);						\
	EXPECT_EQ(alert_, b_[1]);					\
} while (0)

/* What the kernel asks; the message's text, or "" for none. */
#define EXPECT_ASK(n_, number_, updates_, text) do {			\
	ASSERT_EQ(0, agent_notice(&e->agent, TLSUP_CMD_ASK, &(n_), 3000)); \
	EXPECT_EQ(e->req.cookie, (n_).cookie);				\
	EXPECT_EQ(number_, (n_).number);					\
	EXPECT_EQ(updates_, (n_).key_updates);				\
	EXPECT_EQ(LEN(text), (n_).message_len);				\
	EXPECT_EQ(0, memcmp((n_).message, text, LEN(text)));		\
} while (0)

/* Lets the kernel look at what has come. */
static void look(int fd)
{
	app_poll(fd, 0);
}

/* --- the client --- */

FIXTURE(client) {
	struct ends ends;
};

FIXTURE_SETUP(client)
{
	ASSERT_EQ(0, open_ends(&self->ends, 0, 1));
}

FIXTURE_TEARDOWN(client)
{
	EXPECT_EQ(0, close_ends(&self->ends));
}

TEST_F(client, answers)
{
	struct ends *e = &self->ends;
	struct notice n;

	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, REQUEST, LEN(REQUEST)));
	/* Data both ways goes on while the agent thinks. */
	EXPECT_ALIVE();
	EXPECT_ASK(n, 1, 0, REQUEST);
	EXPECT_EQ(0, answer(&e->agent, n.cookie, 1, FLIGHT, LEN(FLIGHT)));
	EXPECT_RECORD(HANDSHAKE, FLIGHT);
	EXPECT_EQ(-ENOENT, answer(&e->agent, n.cookie, 1, FLIGHT, LEN(FLIGHT)));
	EXPECT_ALIVE();
	close(e->fd);
	e->fd = -1;
	EXPECT_EQ(0, agent_notice(&e->agent, TLSUP_CMD_GONE, &n, 3000));
	EXPECT_EQ(e->req.cookie, n.cookie);
}

TEST_F(client, what_is_no_answer)
{
	struct ends *e = &self->ends;
	struct notice n;

	EXPECT_EQ(-ENOENT, answer(&e->agent, e->req.cookie, 1, FLIGHT, LEN(FLIGHT)));
	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, REQUEST, LEN(REQUEST)));
	look(e->fd);
	EXPECT_ASK(n, 1, 0, REQUEST);
	EXPECT_EQ(-ENOENT, answer(&e->agent, n.cookie, 2, FLIGHT, LEN(FLIGHT)));
	EXPECT_EQ(-ENOENT, answer(&e->agent, n.cookie + 1, 1, FLIGHT, LEN(FLIGHT)));
	EXPECT_EQ(-EINVAL, answer(&e->agent, n.cookie, 1, NULL, 0));
	EXPECT_EQ(-EINVAL, verdict(&e->agent, n.cookie, 1, "der"));
	EXPECT_EQ(0, answer(&e->agent, n.cookie, 1, FLIGHT, LEN(FLIGHT)));
	EXPECT_RECORD(HANDSHAKE, FLIGHT);
}

/* RFC 8446 4.6.2: several in flight, answered in any order. */
TEST_F(client, several)
{
	struct ends *e = &self->ends;
	struct notice n;
	int i;

	for (i = 0; i < 3; i++)
		EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, REQUEST, LEN(REQUEST)));
	look(e->fd);
	for (i = 1; i <= 3; i++)
		EXPECT_ASK(n, i, 0, REQUEST);
	EXPECT_EQ(0, answer(&e->agent, n.cookie, 3, "\24\0\0\1c", 5));
	EXPECT_EQ(0, answer(&e->agent, n.cookie, 1, "\24\0\0\1a", 5));
	EXPECT_EQ(0, answer(&e->agent, n.cookie, 2, "\24\0\0\1b", 5));
	EXPECT_RECORD(HANDSHAKE, "\24\0\0\1c");
	EXPECT_RECORD(HANDSHAKE, "\24\0\0\1a");
	EXPECT_RECORD(HANDSHAKE, "\24\0\0\1b");
	EXPECT_ALIVE();
}

TEST_F(client, too_many)
{
	struct ends *e = &self->ends;
	int i;

	for (i = 0; i < 9; i++)
		EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, REQUEST, LEN(REQUEST)));
	EXPECT_ENDED(EPROTO, 10);
}

/* The Finished is made with the key of the moment of asking: a KeyUpdate that
 * was asked for waits, and so does what must not go before it. */
TEST_F(client, the_key_stays)
{
	struct ends *e = &self->ends;
	uint32_t not_requested = 0;
	struct notice n;

	EXPECT_EQ(0, app_set(e->fd, TLSUP_KEY_UPDATE, &not_requested, 4));
	EXPECT_RECORD(HANDSHAKE, "\30\0\0\1\0");
	peer_update(&e->peer.rx);
	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, REQUEST, LEN(REQUEST)));
	look(e->fd);
	EXPECT_ASK(n, 1, 1, REQUEST);
	EXPECT_EQ(-EAGAIN, app_set(e->fd, TLSUP_KEY_UPDATE, &not_requested, 4));
	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, key_update_please, 5));
	peer_update(&e->peer.tx);
	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, key_update, 5));
	peer_update(&e->peer.tx);
	look(e->fd);
	EXPECT_EQ(2, app_info(e->fd).rx_key_updates);
	EXPECT_EQ(0, app_poll(e->fd, 20));
	app_nonblock(e->fd);
	EXPECT_EQ(-EAGAIN, app_write(e->fd, "x", 1));
	EXPECT_EQ(0, answer(&e->agent, n.cookie, 1, FLIGHT, LEN(FLIGHT)));
	EXPECT_EQ(POLLOUT, app_poll(e->fd, 5000));
	EXPECT_EQ(1, app_write(e->fd, "x", 1));
	EXPECT_RECORD(HANDSHAKE, FLIGHT);
	EXPECT_RECORD(HANDSHAKE, "\30\0\0\1\0");
	peer_update(&e->peer.rx);
	EXPECT_RECORD(DATA, "x");
}

/* A writer that waits for the KeyUpdate goes on after the answer. */
TEST_F(client, a_writer_waits_for_the_key)
{
	struct ends *e = &self->ends;
	struct app_task writer = {
		.call = APP_WRITE, .fd = e->fd, .data = "x", .len = 1,
	};
	struct notice n;

	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, REQUEST, LEN(REQUEST)));
	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, key_update_please, 5));
	look(e->fd);
	app_begin(&writer);
	EXPECT_TRUE(app_waits(&writer, 50));
	EXPECT_ASK(n, 1, 0, REQUEST);
	EXPECT_EQ(0, answer(&e->agent, n.cookie, 1, FLIGHT, LEN(FLIGHT)));
	EXPECT_EQ(1, app_end(&writer));
	EXPECT_RECORD(HANDSHAKE, FLIGHT);
	EXPECT_RECORD(HANDSHAKE, "\30\0\0\1\0");
	peer_update(&e->peer.rx);
	EXPECT_RECORD(DATA, "x");
}

/* No room at the moment of the answer: it goes whole, once, between records. */
TEST_F(client, an_answer_waits_for_room)
{
	struct ends *e = &self->ends;
	static char data[1 << 20], got[16384];
	long written = 0, read = 0, n;
	struct notice ask;
	int answers = 0;
	uint8_t type;

	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, REQUEST, LEN(REQUEST)));
	look(e->fd);
	EXPECT_ASK(ask, 1, 0, REQUEST);
	app_nonblock(e->fd);
	while ((n = app_write(e->fd, data, sizeof(data))) > 0)
		written += n;
	EXPECT_EQ(-EAGAIN, n);
	EXPECT_EQ(0, answer(&e->agent, ask.cookie, 1, FLIGHT, LEN(FLIGHT)));
	while (read < written || !answers) {
		n = peer_recv(&e->peer, &type, got, sizeof(got));
		ASSERT_GT(n, 0);
		if (type == DATA)
			read += n;
		else if (type == HANDSHAKE && n == LEN(FLIGHT) &&
			 !memcmp(got, FLIGHT, n))
			answers++;
	}
	EXPECT_EQ(written, read);
	EXPECT_EQ(1, answers);
	fcntl(e->fd, F_SETFL, 0);
	EXPECT_ALIVE();
}

TEST_F(client, the_agent_refuses)
{
	struct ends *e = &self->ends;
	struct notice n;

	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, REQUEST, LEN(REQUEST)));
	look(e->fd);
	EXPECT_ASK(n, 1, 0, REQUEST);
	EXPECT_EQ(0, agent_fail(&e->agent, n.cookie, EPROTO, "what is this"));
	EXPECT_STREQ("what is this", app_info(e->fd).reason);
	EXPECT_ENDED(EPROTO, 42);
	EXPECT_EQ(0, agent_notice(&e->agent, TLSUP_CMD_GONE, NULL, 3000));
	EXPECT_EQ(-ENOENT, agent_fail(&e->agent, n.cookie, EPROTO, NULL));
	EXPECT_EQ(-ENOENT, answer(&e->agent, n.cookie, 1, FLIGHT, LEN(FLIGHT)));
}

TEST_F(client, the_agent_dies_when_asked)
{
	struct ends *e = &self->ends;
	struct notice n;

	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, REQUEST, LEN(REQUEST)));
	look(e->fd);
	EXPECT_ASK(n, 1, 0, REQUEST);
	agent_close(&e->agent);
	agent_start(&e->agent);
	EXPECT_ENDED(ECONNABORTED, 80);
	EXPECT_EQ(-ENOENT, answer(&e->agent, n.cookie, 1, FLIGHT, LEN(FLIGHT)));
}

/* Established connections survive their agent, until they need it. */
TEST_F(client, the_agent_dies_before)
{
	struct ends *e = &self->ends;

	agent_close(&e->agent);
	agent_start(&e->agent);
	EXPECT_ALIVE();
	EXPECT_EQ(-ENOENT, agent_fail(&e->agent, e->req.cookie, EPROTO, NULL));
	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, REQUEST, LEN(REQUEST)));
	EXPECT_ENDED(ECONNABORTED, 80);
}

TEST_F(client, closes_meanwhile)
{
	struct ends *e = &self->ends;
	struct notice n;

	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, REQUEST, LEN(REQUEST)));
	look(e->fd);
	EXPECT_ASK(n, 1, 0, REQUEST);
	close(e->fd);
	e->fd = -1;
	EXPECT_EQ(-ENOENT, answer(&e->agent, n.cookie, 1, FLIGHT, LEN(FLIGHT)));
	EXPECT_EQ(0, agent_notice(&e->agent, TLSUP_CMD_GONE, NULL, 3000));
}

TEST_F(client, another_agent_may_not_answer)
{
	struct ends *e = &self->ends;
	struct agent other;
	struct notice n;

	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, REQUEST, LEN(REQUEST)));
	look(e->fd);
	EXPECT_ASK(n, 1, 0, REQUEST);
	agent_start(&other);
	EXPECT_EQ(-ENOENT, answer(&other, n.cookie, 1, FLIGHT, LEN(FLIGHT)));
	EXPECT_EQ(-ENOENT, agent_fail(&other, n.cookie, EPROTO, NULL));
	agent_close(&other);
	EXPECT_EQ(0, answer(&e->agent, n.cookie, 1, FLIGHT, LEN(FLIGHT)));
	EXPECT_RECORD(HANDSHAKE, FLIGHT);
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

TEST_F(client, nobody_answers)
{
	struct ends *e = &self->ends;
	struct notice n;

	ASSERT_EQ(0, module_parameter("handshake_timeout_ms", "200"));
	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, REQUEST, LEN(REQUEST)));
	look(e->fd);
	EXPECT_EQ(0, module_parameter("handshake_timeout_ms", "30000"));
	EXPECT_ASK(n, 1, 0, REQUEST);
	EXPECT_ENDED(ETIMEDOUT, 80);
}

/* --- the server --- */

FIXTURE(server) {
	struct ends ends;
};

FIXTURE_SETUP(server)
{
	ASSERT_EQ(0, open_ends(&self->ends, 1, 1));
}

FIXTURE_TEARDOWN(server)
{
	EXPECT_EQ(0, close_ends(&self->ends));
}

static int request(int fd)
{
	uint32_t zero = 0;

	return app_set(fd, TLSUP_REQUEST_CERTIFICATE, &zero, sizeof(zero));
}

static int status(int fd)
{
	uint32_t value = 99;
	size_t len = sizeof(value);

	return app_get(fd, TLSUP_REQUEST_CERTIFICATE, &value, &len) ?: (int)value;
}

/* Is there news of it? */
static int news(int fd, int timeout_ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLPRI };

	return poll(&pfd, 1, timeout_ms) == 1 && pfd.revents & POLLPRI;
}

/* Up to the CertificateRequest. */
#define REQUESTED() do {						\
	struct notice n_;						\
	EXPECT_EQ(TLSUP_AUTH_NONE, status(e->fd));			\
	ASSERT_EQ(0, request(e->fd));					\
	EXPECT_ASK(n_, 1, 0, "");					\
	EXPECT_EQ(TLSUP_AUTH_PENDING, status(e->fd));			\
	EXPECT_EQ(0, answer(&e->agent, n_.cookie, 1, REQUEST, LEN(REQUEST))); \
	EXPECT_RECORD(HANDSHAKE, REQUEST);				\
} while (0)

static int queued(int fd)
{
	int n = -1;

	return ioctl(fd, FIONREAD, &n) ? -errno : n;
}

TEST_F(server, asks)
{
	struct ends *e = &self->ends;
	uint8_t chain[64];
	size_t len = sizeof(chain);
	struct notice n;
	char buf[16];

	REQUESTED();
	EXPECT_EQ(-EALREADY, request(e->fd));
	EXPECT_ALIVE();
	EXPECT_EQ(0, peer_send(&e->peer, DATA, "before", 6));
	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, CERTIFICATE, LEN(CERTIFICATE)));
	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, VERIFY FINISHED, LEN(VERIFY FINISHED)));
	EXPECT_EQ(0, peer_send(&e->peer, DATA, "behind", 6));
	shutdown(e->peer.fd, SHUT_WR);
	EXPECT_EQ(6, app_read(e->fd, buf, sizeof(buf)));
	EXPECT_EQ(0, memcmp(buf, "before", 6));
	look(e->fd);
	EXPECT_ASK(n, 2, 0, FLIGHT);

	/* What is behind is held, the end included. */
	EXPECT_EQ(POLLOUT, app_poll(e->fd, 20));
	EXPECT_EQ(0, queued(e->fd));
	EXPECT_EQ(-EAGAIN, recv(e->fd, buf, 6, MSG_DONTWAIT) < 0 ? -errno : 0);
	EXPECT_EQ(-EAGAIN, recv(e->fd, buf, 6, MSG_DONTWAIT | MSG_PEEK) < 0 ? -errno : 0);
	EXPECT_FALSE(news(e->fd, 0));
	EXPECT_EQ(TLSUP_AUTH_PENDING, status(e->fd));
	EXPECT_EQ(4, app_write(e->fd, "wait", 4));

	EXPECT_EQ(-EINVAL, answer(&e->agent, n.cookie, 2, "\0\0\0\0", 4));
	EXPECT_EQ(0, verdict(&e->agent, n.cookie, 2, "the client"));
	EXPECT_TRUE(news(e->fd, 1000));
	EXPECT_EQ(TLSUP_AUTH_DONE, status(e->fd));
	EXPECT_FALSE(news(e->fd, 0));
	EXPECT_EQ(0, app_get(e->fd, TLSUP_PEER_CERTIFICATE, chain, &len));
	EXPECT_EQ(14, len);
	EXPECT_EQ(0, memcmp(chain + 4, "the client", 10));
	EXPECT_EQ(TLSUP_F_PEER_VERIFIED, app_info(e->fd).flags);
	EXPECT_EQ(6, app_read(e->fd, buf, sizeof(buf)));
	EXPECT_EQ(0, memcmp(buf, "behind", 6));
	EXPECT_EQ(-ECONNRESET, app_read(e->fd, buf, sizeof(buf)));
}

TEST_F(server, a_reader_waits_for_the_verdict)
{
	struct ends *e = &self->ends;
	struct app_task reader = { .call = APP_READ, .fd = e->fd };
	struct notice n;

	REQUESTED();
	app_begin(&reader);
	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, FLIGHT, LEN(FLIGHT)));
	EXPECT_ASK(n, 2, 0, FLIGHT);
	EXPECT_EQ(0, peer_send(&e->peer, DATA, "behind", 6));
	EXPECT_TRUE(app_waits(&reader, 100));
	EXPECT_EQ(0, verdict(&e->agent, n.cookie, 2, "the client"));
	EXPECT_EQ(6, app_end(&reader));
}

TEST_F(server, once_more)
{
	struct ends *e = &self->ends;
	struct notice n;

	REQUESTED();
	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, key_update, 5));
	peer_update(&e->peer.tx);
	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, CERTIFICATE FINISHED,
			       LEN(CERTIFICATE FINISHED)));
	look(e->fd);
	EXPECT_ASK(n, 2, 1, CERTIFICATE FINISHED);
	EXPECT_EQ(0, verdict(&e->agent, n.cookie, 2, NULL));
	EXPECT_EQ(TLSUP_AUTH_EMPTY, status(e->fd));
	EXPECT_EQ(0, app_info(e->fd).flags);
	EXPECT_ALIVE();
	EXPECT_EQ(0, request(e->fd));
	EXPECT_ASK(n, 3, 1, "");
	EXPECT_EQ(0, answer(&e->agent, n.cookie, 3, REQUEST, LEN(REQUEST)));
	EXPECT_RECORD(HANDSHAKE, REQUEST);
	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, FLIGHT, LEN(FLIGHT)));
	look(e->fd);
	EXPECT_ASK(n, 4, 1, FLIGHT);
	EXPECT_EQ(0, verdict(&e->agent, n.cookie, 4, "the client"));
	EXPECT_EQ(TLSUP_AUTH_DONE, status(e->fd));
}

/* RFC 8879 4: the certificate may come in another form. */
TEST_F(server, compressed)
{
	struct ends *e = &self->ends;
	struct notice n;

	REQUESTED();
	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, COMPRESSED VERIFY FINISHED,
			       LEN(COMPRESSED VERIFY FINISHED)));
	look(e->fd);
	EXPECT_ASK(n, 2, 0, COMPRESSED VERIFY FINISHED);
	EXPECT_EQ(0, verdict(&e->agent, n.cookie, 2, "the client"));
	EXPECT_EQ(TLSUP_AUTH_DONE, status(e->fd));
	EXPECT_ALIVE();
}

TEST_F(server, refuses_the_client)
{
	struct ends *e = &self->ends;
	struct notice n;

	REQUESTED();
	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, FLIGHT, LEN(FLIGHT)));
	EXPECT_EQ(0, peer_send(&e->peer, DATA, "behind", 6));
	look(e->fd);
	EXPECT_ASK(n, 2, 0, FLIGHT);
	EXPECT_EQ(0, agent_fail(&e->agent, n.cookie, EKEYREJECTED, "not you"));
	EXPECT_ENDED(EKEYREJECTED, 42);
}

TEST_F(server, the_agent_dies_before_the_verdict)
{
	struct ends *e = &self->ends;
	struct notice n;

	REQUESTED();
	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, FLIGHT, LEN(FLIGHT)));
	EXPECT_EQ(0, peer_send(&e->peer, DATA, "behind", 6));
	look(e->fd);
	EXPECT_ASK(n, 2, 0, FLIGHT);
	agent_close(&e->agent);
	agent_start(&e->agent);
	EXPECT_ENDED(ECONNABORTED, 80);
}

TEST_F(server, nobody_can_be_asked)
{
	struct ends *e = &self->ends;

	agent_close(&e->agent);
	agent_start(&e->agent);
	EXPECT_ALIVE();
	usleep(50000);
	EXPECT_EQ(-ECONNABORTED, request(e->fd));
	EXPECT_EQ(TLSUP_AUTH_NONE, status(e->fd));
	EXPECT_ALIVE();
}

TEST_F(server, closes_before_the_verdict)
{
	struct ends *e = &self->ends;
	struct notice n;

	REQUESTED();
	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, FLIGHT, LEN(FLIGHT)));
	look(e->fd);
	EXPECT_ASK(n, 2, 0, FLIGHT);
	close(e->fd);
	e->fd = -1;
	EXPECT_EQ(-ENOENT, verdict(&e->agent, n.cookie, 2, "the client"));
	EXPECT_EQ(0, agent_notice(&e->agent, TLSUP_CMD_GONE, NULL, 3000));
}

TEST_F(server, closes_in_the_middle_of_an_answer)
{
	struct ends *e = &self->ends;

	REQUESTED();
	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, CERTIFICATE, LEN(CERTIFICATE)));
	look(e->fd);
}

TEST_F(server, the_client_dies_in_the_middle)
{
	struct ends *e = &self->ends;
	char c;

	REQUESTED();
	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, CERTIFICATE, LEN(CERTIFICATE)));
	shutdown(e->peer.fd, SHUT_RDWR);
	EXPECT_EQ(-ECONNRESET, app_read(e->fd, &c, 1));
}

/* RFC 8446 4.6.2: an answer that nobody asked for; and one that is not in one
 * piece. */
TEST_F(server, unasked)
{
	struct ends *e = &self->ends;

	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, CERTIFICATE, LEN(CERTIFICATE)));
	EXPECT_ENDED(EPROTO, 10);
}

TEST_F(server, asked_but_not_yet_told)
{
	struct ends *e = &self->ends;

	EXPECT_EQ(0, request(e->fd));
	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, FLIGHT, LEN(FLIGHT)));
	EXPECT_ENDED(EPROTO, 10);
}

TEST_F(server, answered_twice)
{
	struct ends *e = &self->ends;
	struct notice n;

	REQUESTED();
	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, FLIGHT, LEN(FLIGHT)));
	look(e->fd);
	EXPECT_ASK(n, 2, 0, FLIGHT);
	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, FLIGHT, LEN(FLIGHT)));
	EXPECT_EQ(0, verdict(&e->agent, n.cookie, 2, "the client"));
	EXPECT_ENDED(EPROTO, 10);
}

TEST_F(server, finished_without_a_certificate)
{
	struct ends *e = &self->ends;

	REQUESTED();
	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, FINISHED, LEN(FINISHED)));
	EXPECT_ENDED(EPROTO, 10);
}

TEST_F(server, data_inside_an_answer)
{
	struct ends *e = &self->ends;

	REQUESTED();
	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, CERTIFICATE, LEN(CERTIFICATE)));
	EXPECT_EQ(0, peer_send(&e->peer, DATA, "x", 1));
	EXPECT_ENDED(EPROTO, 10);
}

TEST_F(server, key_update_inside_an_answer)
{
	struct ends *e = &self->ends;

	REQUESTED();
	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, CERTIFICATE, LEN(CERTIFICATE)));
	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, key_update, 5));
	EXPECT_ENDED(EPROTO, 10);
}

TEST_F(server, an_alert_inside_an_answer)
{
	struct ends *e = &self->ends;
	char c;

	REQUESTED();
	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, CERTIFICATE, LEN(CERTIFICATE)));
	EXPECT_EQ(0, peer_send(&e->peer, ALERT, "\2\120", 2));
	EXPECT_EQ(-ECONNABORTED, app_read(e->fd, &c, 1));
	EXPECT_EQ(80, app_info(e->fd).alert_received);
}

TEST_F(server, an_answer_without_end)
{
	struct ends *e = &self->ends;
	static uint8_t message[4 + 16000] = { 15, 0, 16000 >> 8, 16000 & 255 };
	int i;

	REQUESTED();
	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, CERTIFICATE, LEN(CERTIFICATE)));
	for (i = 0; i < 4; i++)
		EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, message, sizeof(message)));
	EXPECT_ENDED(EPROTO, 10);
}

/* --- neither --- */

FIXTURE(unkept) {
	struct ends ends;
};

FIXTURE_VARIANT(unkept) {
	int server;
};

FIXTURE_VARIANT_ADD(unkept, client) {};
FIXTURE_VARIANT_ADD(unkept, server) { .server = 1 };

FIXTURE_SETUP(unkept)
{
	ASSERT_EQ(0, open_ends(&self->ends, variant->server, 0));
}

FIXTURE_TEARDOWN(unkept)
{
	EXPECT_EQ(0, close_ends(&self->ends));
}

TEST_F(unkept, is_not_asked)
{
	struct ends *e = &self->ends;

	EXPECT_EQ(-EOPNOTSUPP, request(e->fd));
	EXPECT_EQ(-ENOENT, agent_fail(&e->agent, e->req.cookie, EPROTO, NULL));
	EXPECT_EQ(0, peer_send(&e->peer, HANDSHAKE, REQUEST, LEN(REQUEST)));
	EXPECT_ENDED(EPROTO, 10);
	EXPECT_EQ(-ETIMEDOUT, agent_notice(&e->agent, TLSUP_CMD_GONE, NULL, 20));
}

TEST(option)
{
	int fd = app_socket();
	uint32_t one = 1;

	EXPECT_EQ(-ENOTCONN, status(fd));
	EXPECT_EQ(-ENOTCONN, request(fd));
	EXPECT_EQ(-EINVAL, app_set(fd, TLSUP_REQUEST_CERTIFICATE, &one, 4));
	close(fd);
}

TEST_HARNESS_MAIN
