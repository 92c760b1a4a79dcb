// SPDX-License-Identifier: GPL-2.0-only
/* faults: the n-th allocation of a step fails, for every n until none is left;
 * then the step says so, can be made again, and nothing is left over. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include "kselftest_harness.h"

#include "selftests/handoff/lib/agent.h"
#include "selftests/handoff/lib/app.h"
#include "selftests/handoff/lib/peer.h"

#define ROUNDS 200

static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	int good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return good;
}

static int prepare(void)
{
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	put("/sys/kernel/debug/fail_page_alloc/min-order", "0");
	put("/sys/kernel/debug/failslab/verbose", "0");
	put("/sys/kernel/debug/fail_page_alloc/verbose", "0");
	return put("/sys/kernel/debug/failslab/ignore-gfp-wait", "N") &&
	       put("/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N") &&
	       put("/proc/self/fail-nth", "0");
}

static int nth = -1, armed, was_hit;

/* A fault that is still armed may hit these calls themselves. */
static void arm(int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", n), tries = 0;

	armed = n;
	if (nth < 0)
		nth = open("/proc/thread-self/fail-nth", O_RDWR);
	while (pwrite(nth, text, len, 0) != len)
		if (++tries == 10)
			abort();
}

/* Was it hit? Disarms. */
static int disarm(void)
{
	char text[16] = "";

	if (armed)
		was_hit = pread(nth, text, sizeof(text) - 1, 0) > 0 &&
			  atoi(text) == 0;
	arm(0);
	return was_hit;
}

/* The agent's commands are done when they are sent; that an answer cannot be
 * read is nobody's fault here. */
static void command_sent(void)
{
	disarm();
}

/* A fault, as opposed to a wrong answer. */
static int is_fault(int ret)
{
	return ret == -ENOMEM || ret == -ENOBUFS || ret == -EFAULT;
}

FIXTURE(faults) {
	struct agent agent;
	int listener, fd, raw;
	uint16_t port;
};

FIXTURE_SETUP(faults)
{
	if (!prepare())
		SKIP(return, "no fault injection");
	agent_start(&self->agent);
	self->agent.sent = command_sent;
	self->listener = app_listen(&self->port);
}

FIXTURE_TEARDOWN(faults)
{
	close(self->listener);
	EXPECT_EQ(0, agent_leftovers(&self->agent));
	agent_close(&self->agent);
}

/* A request that is pending, and its client in fd. */
static void new_client(int listener, uint16_t port, int *fd, int *raw)
{
	*fd = app_socket();
	app_name(*fd, "a.example");
	app_nonblock(*fd);
	app_connect(*fd, port);
	*raw = accept(listener, NULL, NULL);
}

static void end_client(int fd, int raw)
{
	close(fd);
	close(raw);
}

TEST_F_TIMEOUT(faults, options_and_start, 120)
{
	int n, ret, hit = 1, hits = 0, fd;
	struct tlsup_info info;

	for (n = 1; n < ROUNDS && hit; n++) {
		fd = socket(AF_INET, SOCK_STREAM, 0);
		ASSERT_EQ(0, app_connect(fd, self->port));
		self->raw = accept(self->listener, NULL, NULL);
		ASSERT_EQ(0, app_attach(fd));
		app_nonblock(fd);
		arm(n);
		ret = app_name(fd, "a.example");
		if (!ret)
			ret = app_start(fd, TLSUP_ROLE_CLIENT, 0);
		hit = disarm();
		hits += hit;
		EXPECT_TRUE(ret == -EINPROGRESS || (hit && is_fault(ret)));
		/* Either it goes on, or nothing more can be written. */
		info = app_info(fd);
		ret = info.error;
		if (info.state == TLSUP_STATE_PENDING)
			ret = agent_serve(&self->agent, NULL, NULL);
		EXPECT_EQ(info.state == TLSUP_STATE_FAILED ? ENOMEM : 0, ret);
		end_client(fd, self->raw);
	}
	EXPECT_LT(n, ROUNDS);
	EXPECT_LT(1, hits);
}

TEST_F_TIMEOUT(faults, accept, 120)
{
	struct request req;
	int n, ret, hit = 1, hits = 0;

	for (n = 1; n < ROUNDS && hit; n++) {
		new_client(self->listener, self->port, &self->fd, &self->raw);
		while (app_info(self->fd).state != TLSUP_STATE_PENDING)
			usleep(1000);
		memset(&req, 0, sizeof(req));
		arm(n);
		ret = agent_accept(&self->agent, &req);
		hit = disarm();
		hits += hit;
		EXPECT_TRUE(!ret || hit);
		/* It is first in line again; or it came, only its acknowledgement
		 * did not, and then it is read here and nothing is pending. */
		if (!req.cookie) {
			ret = agent_accept(&self->agent, &req);
			EXPECT_TRUE(!ret || ret == -EAGAIN);
		}
		ASSERT_NE(0, req.cookie);
		EXPECT_EQ(0, channel_secrets(&req));
		EXPECT_EQ(0, agent_done(&self->agent, req.cookie, NULL));
		close(req.channel);
		end_client(self->fd, self->raw);
	}
	EXPECT_LT(n, ROUNDS);
	EXPECT_LT(4, hits);
}

TEST_F_TIMEOUT(faults, channel, 120)
{
	static uint8_t hello[3000];
	struct request req;
	int n, ret, hit = 1, hits = 0;

	for (n = 1; n < ROUNDS && hit; n++) {
		new_client(self->listener, self->port, &self->fd, &self->raw);
		ASSERT_EQ(0, agent_await(&self->agent, &req));
		arm(n);
		ret = channel_send(req.channel, HANDSHAKE, hello, sizeof(hello));
		if (!ret)
			ret = channel_secrets(&req);
		hit = disarm();
		hits += hit;
		EXPECT_TRUE(!ret || (hit && is_fault(ret)));
		/* What is installed already is refused, no more. */
		channel_secret(req.channel, TLSUP_CHANNEL_TX_SECRET,
			       TLSUP_EPOCH_APPLICATION, 'c');
		channel_secret(req.channel, TLSUP_CHANNEL_RX_SECRET,
			       TLSUP_EPOCH_APPLICATION, 's');
		do
			ret = agent_done(&self->agent, req.cookie, NULL);
		while (ret == -EAGAIN && !usleep(1000));
		EXPECT_EQ(0, ret);
		close(req.channel);
		EXPECT_EQ(TLSUP_STATE_OPEN, app_info(self->fd).state);
		end_client(self->fd, self->raw);
	}
	EXPECT_LT(n, ROUNDS);
	EXPECT_LT(4, hits);
}

TEST_F_TIMEOUT(faults, done, 120)
{
	struct request req;
	int n, ret, hit = 1, hits = 0;

	for (n = 1; n < ROUNDS && hit; n++) {
		new_client(self->listener, self->port, &self->fd, &self->raw);
		ASSERT_EQ(0, agent_await(&self->agent, &req));
		ASSERT_EQ(0, channel_secrets(&req));
		arm(n);
		ret = agent_done(&self->agent, req.cookie, "a note");
		hit = disarm();
		hits += hit;
		EXPECT_TRUE(!ret || hit);
		if (app_info(self->fd).state != TLSUP_STATE_OPEN)
			ret = agent_done(&self->agent, req.cookie, "a note");
		else
			ret = 0;
		EXPECT_EQ(0, ret);
		close(req.channel);
		EXPECT_EQ(TLSUP_STATE_OPEN, app_info(self->fd).state);
		end_client(self->fd, self->raw);
	}
	EXPECT_LT(n, ROUNDS);
	EXPECT_LT(2, hits);
}

TEST_F_TIMEOUT(faults, after_the_handshake, 120)
{
	static const uint8_t ticket[] = "\4\0\0\2ab\4\0\0\2cd\30\0\0\1\1";
	uint32_t please = TLSUP_KEY_UPDATE_REQUESTED;
	int n, ret, hit = 1, hits = 0;
	struct peer peer;
	char c;

	for (n = 1; n < ROUNDS && hit; n++) {
		new_client(self->listener, self->port, &self->fd, &self->raw);
		ASSERT_EQ(0, agent_serve(&self->agent, "a note", NULL));
		peer_init(&peer, self->raw, 's', 'c');
		EXPECT_EQ(0, peer_send(&peer, HANDSHAKE, ticket, 3));
		EXPECT_EQ(0, peer_send(&peer, HANDSHAKE, ticket + 3, 14));
		arm(n);
		app_set(self->fd, TLSUP_KEY_UPDATE, &please, 4);
		ret = app_read(self->fd, &c, 1);
		hit = disarm();
		hits += hit;
		EXPECT_TRUE(ret == -EAGAIN || (hit && is_fault(ret)));
		end_client(self->fd, self->raw);
	}
	EXPECT_LT(n, ROUNDS);
	EXPECT_LT(4, hits);
}

/* Whatever fails, an agent hears of a session that must not be resumed. */
TEST_F_TIMEOUT(faults, forget, 120)
{
	struct notice forget = {};
	int n, hit = 1, hits = 0;
	struct peer peer;
	uint64_t cookie;
	char c;

	for (n = 1; n < ROUNDS && hit; n++) {
		new_client(self->listener, self->port, &self->fd, &self->raw);
		ASSERT_EQ(0, agent_serve(&self->agent, "a note", &cookie));
		peer_init(&peer, self->raw, 's', 'c');
		EXPECT_EQ(0, peer_send(&peer, ALERT, "\2\24", 2));
		arm(n);
		EXPECT_GT(0, app_read(self->fd, &c, 1));
		hit = disarm();
		hits += hit;
		/* The alert itself may not have been opened yet. */
		app_read(self->fd, &c, 1);
		ASSERT_EQ(0, agent_notice(&self->agent, TLSUP_CMD_FORGET, &forget, 3000));
		EXPECT_EQ(cookie, forget.cookie);
		EXPECT_EQ(6, forget.session_len);
		end_client(self->fd, self->raw);
	}
	EXPECT_LT(n, ROUNDS);
	EXPECT_LT(0, hits);
}

/* A write before the handshake is over is taken or not, and what was taken is
 * sent once under the application's key, whatever became of it before. */
TEST_F_TIMEOUT(faults, early_data, 120)
{
	uint32_t allowed = 100;
	int n, ret, hit = 1, hits = 0;
	struct request req;
	long written;

	for (n = 1; n < ROUNDS && hit; n++) {
		self->fd = app_socket();
		app_name(self->fd, "a.example");
		ASSERT_EQ(0, app_set(self->fd, TLSUP_EARLY_DATA, &allowed, 4));
		app_nonblock(self->fd);
		app_connect(self->fd, self->port);
		self->raw = accept(self->listener, NULL, NULL);
		ASSERT_EQ(0, agent_await(&self->agent, &req));
		ASSERT_EQ(0, setsockopt(req.channel, SOL_TLSUP,
					TLSUP_CHANNEL_EARLY_LIMIT, &allowed, 4));
		arm(n);
		written = app_write(self->fd, "GET", 3);
		ret = channel_secret(req.channel, TLSUP_CHANNEL_TX_SECRET,
				     TLSUP_EPOCH_EARLY, 'e');
		hit = disarm();
		hits += hit;
		EXPECT_TRUE((written == 3 && !ret) ||
			    (hit && (is_fault(written) || is_fault(ret))));
		ASSERT_EQ(0, channel_secrets(&req));
		do
			ret = agent_done(&self->agent, req.cookie, NULL);
		while (ret == -EAGAIN && !usleep(1000));
		EXPECT_EQ(0, ret);
		close(req.channel);
		EXPECT_EQ(TLSUP_STATE_OPEN, app_info(self->fd).state);
		EXPECT_EQ(written == 3 ? 3 : 0, app_info(self->fd).tx_bytes);
		end_client(self->fd, self->raw);
	}
	EXPECT_LT(n, ROUNDS);
	EXPECT_LT(3, hits);
}

static int done_all(struct agent *a, uint64_t cookie)
{
	struct nl_msg *msg = agent_message(a, TLSUP_CMD_DONE);
	uint8_t secret[32] = { 1 };

	nla_put_u64(msg, TLSUP_A_COOKIE, cookie);
	nla_put_u16(msg, TLSUP_A_VERSION, TLSUP_VERSION_1_3);
	nla_put_u16(msg, TLSUP_A_CIPHER_SUITE, 0x1301);
	nla_put_u32(msg, TLSUP_A_FLAGS, 0);
	nla_put(msg, TLSUP_A_SESSION, 4, "note");
	nla_put(msg, TLSUP_A_EXPORTER, sizeof(secret), secret);
	nla_put_flag(msg, TLSUP_A_KEEP);
	return agent_command(a, msg);
}

static int serve_all(struct agent *a, struct request *req)
{
	int err = agent_await(a, req);

	if (!err)
		err = channel_secrets(req);
	if (!err)
		err = done_all(a, req->cookie);
	close(req->channel);
	return err;
}

TEST_F_TIMEOUT(faults, done_that_keeps, 120)
{
	struct request req;
	int n, hit = 1, hits = 0;

	for (n = 1; n < ROUNDS && hit; n++) {
		new_client(self->listener, self->port, &self->fd, &self->raw);
		ASSERT_EQ(0, agent_await(&self->agent, &req));
		ASSERT_EQ(0, channel_secrets(&req));
		arm(n);
		EXPECT_TRUE(!done_all(&self->agent, req.cookie) || disarm());
		hit = disarm();
		hits += hit;
		if (app_info(self->fd).state != TLSUP_STATE_OPEN)
			EXPECT_EQ(0, done_all(&self->agent, req.cookie));
		close(req.channel);
		EXPECT_EQ(TLSUP_STATE_OPEN, app_info(self->fd).state);
		end_client(self->fd, self->raw);
		while (!agent_notice(&self->agent, TLSUP_CMD_GONE, NULL, 0))
			;
	}
	EXPECT_LT(n, ROUNDS);
	EXPECT_LT(4, hits);
}

TEST_F_TIMEOUT(faults, exporter, 120)
{
	struct tlsup_exporter question = { .length = 8, .label_length = 5 };
	int n, ret, hit = 1, hits = 0;
	struct request req;
	uint8_t buf[16];
	size_t len;

	new_client(self->listener, self->port, &self->fd, &self->raw);
	ASSERT_EQ(0, serve_all(&self->agent, &req));
	for (n = 1; n < ROUNDS && hit; n++) {
		memcpy(buf, &question, sizeof(question));
		memcpy(buf + sizeof(question), "label", 5);
		len = sizeof(buf);
		arm(n);
		ret = app_get(self->fd, TLSUP_EXPORTER, buf, &len);
		hit = disarm();
		hits += hit;
		EXPECT_TRUE(!ret || (hit && is_fault(ret)));
	}
	EXPECT_LT(n, ROUNDS);
	EXPECT_LT(3, hits);
	end_client(self->fd, self->raw);
}

static int answer_all(struct agent *a, uint64_t cookie)
{
	struct nl_msg *msg = agent_message(a, TLSUP_CMD_ANSWER);

	nla_put_u64(msg, TLSUP_A_COOKIE, cookie);
	nla_put_u32(msg, TLSUP_A_NUMBER, 1);
	nla_put(msg, TLSUP_A_MESSAGE, 5, "\24\0\0\1f");
	return agent_command(a, msg);
}

/* The question comes or the connection ends; so with the answer. */
TEST_F_TIMEOUT(faults, authentication, 120)
{
	int n, ret, hit = 1, hits = 0;
	struct request req;
	struct peer peer;
	uint8_t buf[16], type;
	char c;

	for (n = 1; n < ROUNDS && hit; n++) {
		new_client(self->listener, self->port, &self->fd, &self->raw);
		ASSERT_EQ(0, serve_all(&self->agent, &req));
		peer_init(&peer, self->raw, 's', 'c');
		EXPECT_EQ(0, peer_send(&peer, HANDSHAKE, "\15\0\0\1r", 5));
		arm(n);
		ret = app_read(self->fd, &c, 1);
		if (ret == -EAGAIN)
			ret = answer_all(&self->agent, req.cookie);
		hit = disarm();
		hits += hit;
		EXPECT_TRUE(!ret || hit);
		if (app_info(self->fd).state == TLSUP_STATE_OPEN) {
			app_read(self->fd, &c, 1);
			answer_all(&self->agent, req.cookie);
			EXPECT_EQ(5, peer_recv(&peer, &type, buf, sizeof(buf)));
			EXPECT_EQ(HANDSHAKE, type);
		}
		end_client(self->fd, self->raw);
		while (!agent_notice(&self->agent, TLSUP_CMD_GONE, NULL, 0))
			;
	}
	EXPECT_LT(n, ROUNDS);
	EXPECT_LT(6, hits);
}

TEST_F_TIMEOUT(faults, observers, 120)
{
	int n, ret, hit = 1, hits = 0;

	new_client(self->listener, self->port, &self->fd, &self->raw);
	ASSERT_EQ(0, agent_serve(&self->agent, NULL, NULL));
	for (n = 1; n < ROUNDS && hit; n++) {
		arm(n);
		ret = agent_dump(&self->agent);
		if (!ret)
			ret = agent_get_stats(&self->agent);
		hit = disarm();
		hits += hit;
		EXPECT_TRUE(!ret || hit);
		agent_close(&self->agent);
		ASSERT_EQ(0, agent_open(&self->agent));
		self->agent.sent = command_sent;
	}
	EXPECT_LT(n, ROUNDS);
	EXPECT_LT(4, hits);
	end_client(self->fd, self->raw);
}

TEST_HARNESS_MAIN
