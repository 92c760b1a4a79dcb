// SPDX-License-Identifier: GPL-2.0-only
/* accept: listeners, inherited options, both ends upgraded. */

#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include "kselftest_harness.h"

#include "selftests/handoff/lib/agent.h"
#include "selftests/handoff/lib/app.h"
#include "selftests/handoff/lib/peer.h"

FIXTURE(server) {
	struct agent agent;
	int listener;
	uint16_t port;
};

FIXTURE_SETUP(server)
{
	agent_start(&self->agent);
	self->listener = app_listen(&self->port);
	ASSERT_EQ(0, app_attach(self->listener));
	ASSERT_EQ(0, app_set(self->listener, TLSUP_PROFILE, "shop", 4));
}

FIXTURE_TEARDOWN(server)
{
	close(self->listener);
	EXPECT_EQ(0, agent_leftovers(&self->agent));
	agent_close(&self->agent);
}

static int plain_client(uint16_t port)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return app_connect(fd, port) ? -1 : fd;
}

TEST_F(server, accept_does_not_wait)
{
	int raw = plain_client(self->port), fd;
	struct app_task reader;
	struct request req;
	struct peer peer;

	EXPECT_EQ(TLSUP_STATE_ARMED, app_info(self->listener).state);
	fd = accept(self->listener, NULL, NULL);
	ASSERT_GE(fd, 0);
	EXPECT_EQ(TLSUP_STATE_PENDING, app_info(fd).state);
	EXPECT_EQ(0, app_poll(fd, 20));
	reader = (struct app_task){ .call = APP_READ, .fd = fd };
	app_begin(&reader);
	EXPECT_TRUE(app_waits(&reader, 50));

	ASSERT_EQ(0, agent_await(&self->agent, &req));
	EXPECT_EQ(TLSUP_ROLE_SERVER, req.role);
	EXPECT_STREQ("shop", req.profile);
	EXPECT_STREQ("", req.server_name);
	ASSERT_EQ(0, channel_secrets(&req));
	ASSERT_EQ(0, agent_done(&self->agent, req.cookie, NULL));
	close(req.channel);
	EXPECT_EQ(POLLOUT, app_poll(fd, 5000));
	EXPECT_TRUE(app_waits(&reader, 20));
	peer_init(&peer, raw, 'c', 's');
	EXPECT_EQ(0, peer_send(&peer, DATA, "order", 5));
	EXPECT_EQ(5, app_end(&reader));
	EXPECT_EQ(0, memcmp(reader.buf, "order", 5));
	close(fd);
	close(raw);
}

TEST_F(server, failed_child_leaves_the_listener)
{
	int raw = plain_client(self->port), fd;
	struct request req;

	fd = accept(self->listener, NULL, NULL);
	ASSERT_EQ(0, agent_await(&self->agent, &req));
	EXPECT_EQ(0, agent_fail(&self->agent, req.cookie, EPROTONOSUPPORT, NULL));
	close(req.channel);
	EXPECT_EQ(-EPROTONOSUPPORT, app_read(fd, &(char){ 0 }, 1));
	EXPECT_EQ(0, recv(raw, &(char){ 0 }, 1, 0));
	close(fd);
	close(raw);
	raw = plain_client(self->port);
	fd = accept(self->listener, NULL, NULL);
	EXPECT_EQ(TLSUP_STATE_PENDING, app_info(fd).state);
	close(fd);
	close(raw);
}

TEST_F(server, child_that_nobody_accepts)
{
	int raw = plain_client(self->port), other = plain_client(self->port);

	close(raw);
	usleep(20000);
	close(self->listener);
	close(other);
}

TEST_F(server, peer_gone_before_accept)
{
	struct linger now = { .l_onoff = 1 };
	int raw = plain_client(self->port), fd;

	setsockopt(raw, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(raw);
	usleep(10000);
	fd = accept(self->listener, NULL, NULL);
	ASSERT_GE(fd, 0);
	EXPECT_EQ(-ECONNRESET, app_read(fd, &(char){ 0 }, 1));
	close(fd);
}

TEST_F(server, bytes_before_accept_are_the_handshakes)
{
	int raw = plain_client(self->port), fd;
	uint8_t type, buf[64];
	struct request req;

	EXPECT_EQ(9, send(raw, "\26\3\1\0\4\1\0\0\0", 9, 0));
	fd = accept(self->listener, NULL, NULL);
	ASSERT_EQ(0, agent_await(&self->agent, &req));
	EXPECT_EQ(0, channel_wait(req.channel));
	EXPECT_EQ(4, channel_recv(req.channel, &type, buf, sizeof(buf)));
	EXPECT_EQ(HANDSHAKE, type);
	EXPECT_EQ(-EAGAIN, channel_recv(req.channel, &type, buf, sizeof(buf)));
	close(raw);
	EXPECT_EQ(0, channel_wait(req.channel));
	EXPECT_EQ(0, channel_recv(req.channel, &type, buf, sizeof(buf)));
	EXPECT_EQ(0, agent_fail(&self->agent, req.cookie, ECONNRESET, NULL));
	close(req.channel);
	EXPECT_EQ(-ECONNRESET, app_read(fd, buf, 1));
	close(fd);
}

TEST_F(server, both_ends)
{
	static const char text[] = "forty-two";
	int client = app_socket(), fd;
	struct app_task task = {
		.call = APP_CONNECT, .fd = client, .port = self->port,
	};
	char buf[64];

	ASSERT_EQ(0, app_name(client, "shop.example"));
	app_begin(&task);
	fd = accept(self->listener, NULL, NULL);
	ASSERT_EQ(0, agent_serve(&self->agent, NULL, NULL));
	ASSERT_EQ(0, agent_serve(&self->agent, NULL, NULL));
	EXPECT_EQ(0, app_end(&task));
	EXPECT_EQ(sizeof(text), app_write(client, text, sizeof(text)));
	EXPECT_EQ(sizeof(text), app_read(fd, buf, sizeof(buf)));
	EXPECT_EQ(sizeof(text), app_write(fd, text, sizeof(text)));
	EXPECT_EQ(sizeof(text), app_read(client, buf, sizeof(buf)));
	shutdown(client, SHUT_WR);
	EXPECT_EQ(0, app_read(fd, buf, sizeof(buf)));
	EXPECT_EQ(sizeof(text), app_write(fd, text, sizeof(text)));
	EXPECT_EQ(sizeof(text), app_read(client, buf, sizeof(buf)));
	shutdown(fd, SHUT_WR);
	EXPECT_EQ(0, app_read(client, buf, sizeof(buf)));
	EXPECT_EQ(TLSUP_STATE_CLOSED, app_info(client).state);
	EXPECT_EQ(TLSUP_STATE_CLOSED, app_info(fd).state);
	close(client);
	close(fd);
}

TEST_F(server, verify_is_not_for_servers)
{
	uint32_t verify = TLSUP_VERIFY_INSECURE_NONE;

	EXPECT_EQ(-EINVAL, app_set(self->listener, TLSUP_VERIFY, &verify, 4));
	EXPECT_EQ(-EISCONN, app_connect(self->listener, self->port));
	EXPECT_EQ(TLSUP_STATE_ARMED, app_info(self->listener).state);
}

TEST_F(server, two_hundred_at_once)
{
	int raw[200], fd[200], i;

	for (i = 0; i < 200; i++) {
		raw[i] = plain_client(self->port);
		fd[i] = accept(self->listener, NULL, NULL);
		ASSERT_GE(fd[i], 0);
	}
	for (i = 0; i < 100; i++)
		ASSERT_EQ(0, agent_serve(&self->agent, NULL, NULL));
	for (i = 0; i < 200; i++) {
		EXPECT_EQ(i < 100 ? TLSUP_STATE_OPEN : TLSUP_STATE_PENDING,
			  app_info(fd[i]).state);
		close(fd[i]);
		close(raw[i]);
	}
}

TEST_HARNESS_MAIN
