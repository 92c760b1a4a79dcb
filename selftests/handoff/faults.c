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
		/* The answer may have come and only its acknowledgement not. */
		if (!req.cookie)
			agent_await(&self->agent, &req);
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
