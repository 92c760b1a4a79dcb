// SPDX-License-Identifier: GPL-2.0-only
/* connect: connect() and START, blocking and not, against a raw TCP peer. */

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

static const char secret_text[] = "GET /private HTTP/1.0\r\n\r\n";

FIXTURE(client) {
	struct agent agent;
	struct peer peer;
	int listener, fd;
	uint16_t port;
};

FIXTURE_SETUP(client)
{
	agent_start(&self->agent);
	self->listener = app_listen(&self->port);
	self->fd = app_socket();
	ASSERT_EQ(0, app_name(self->fd, "peer.example"));
}

FIXTURE_TEARDOWN(client)
{
	close(self->fd);
	close(self->listener);
	EXPECT_EQ(0, agent_leftovers(&self->agent));
	agent_close(&self->agent);
}

/* The connection's other end; never a byte in the clear came to it. */
static void take_peer(struct peer *peer, int listener)
{
	peer_init(peer, accept(listener, NULL, NULL), 's', 'c');
}

static struct app_task connecting(int fd, uint16_t port)
{
	return (struct app_task){ .call = APP_CONNECT, .fd = fd, .port = port };
}

TEST_F(client, blocking)
{
	struct app_task task = connecting(self->fd, self->port);
	uint8_t type, buf[256];

	app_begin(&task);
	take_peer(&self->peer, self->listener);
	EXPECT_TRUE(app_waits(&task, 50));
	ASSERT_EQ(0, agent_serve(&self->agent, NULL, NULL));
	EXPECT_EQ(0, app_end(&task));
	EXPECT_EQ(TLSUP_STATE_OPEN, app_info(self->fd).state);
	EXPECT_EQ(-EISCONN, app_connect(self->fd, self->port));

	EXPECT_EQ(sizeof(secret_text),
		  app_write(self->fd, secret_text, sizeof(secret_text)));
	EXPECT_EQ(sizeof(secret_text),
		  peer_recv(&self->peer, &type, buf, sizeof(buf)));
	EXPECT_EQ(DATA, type);
	EXPECT_EQ(0, memcmp(buf, secret_text, sizeof(secret_text)));
	EXPECT_EQ(0, peer_send(&self->peer, DATA, "hello", 5));
	EXPECT_EQ(5, app_read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(0, memcmp(buf, "hello", 5));
}

TEST_F(client, info_tells_what_done_said)
{
	struct app_task task = connecting(self->fd, self->port);
	struct tlsup_info info;
	char alpn[16] = "";
	size_t len = sizeof(alpn);

	app_begin(&task);
	ASSERT_EQ(0, agent_serve(&self->agent, NULL, NULL));
	ASSERT_EQ(0, app_end(&task));
	info = app_info(self->fd);
	EXPECT_EQ(TLSUP_ROLE_CLIENT, info.role);
	EXPECT_EQ(TLSUP_VERSION_1_3, info.version);
	EXPECT_EQ(0x1301, info.cipher_suite);
	EXPECT_EQ(29, info.group);
	EXPECT_EQ(TLSUP_F_PEER_VERIFIED, info.flags);
	EXPECT_EQ(0, info.error);
	EXPECT_EQ(TLSUP_ALERT_NONE, info.alert_sent);
	EXPECT_EQ(0, app_get(self->fd, TLSUP_ALPN, alpn, &len));
	EXPECT_EQ(2, len);
	EXPECT_EQ(0, memcmp(alpn, "h2", 2));
}

TEST_F(client, request_says_what_was_asked_for)
{
	struct app_task task = connecting(self->fd, self->port);
	struct request req;

	ASSERT_EQ(0, app_set(self->fd, TLSUP_PROFILE, "web", 3));
	ASSERT_EQ(0, app_set(self->fd, TLSUP_ALPN, "\2h2", 3));
	app_begin(&task);
	ASSERT_EQ(0, agent_await(&self->agent, &req));
	EXPECT_STREQ("peer.example", req.server_name);
	EXPECT_STREQ("web", req.profile);
	EXPECT_EQ(3, req.alpn_len);
	EXPECT_EQ(TLSUP_ROLE_CLIENT, req.role);
	EXPECT_EQ(TLSUP_VERIFY_FULL, req.verify);
	EXPECT_EQ(self->port, req.peer_port);
	EXPECT_EQ(getuid(), req.uid);
	EXPECT_GT(req.deadline_ms, 1000);
	EXPECT_EQ(TLSUP_STATE_HANDSHAKE, app_info(self->fd).state);
	EXPECT_EQ(0, agent_fail(&self->agent, req.cookie, ENOKEY, "no such profile"));
	close(req.channel);
	EXPECT_EQ(-ENOKEY, app_end(&task));
}

TEST_F(client, failure_is_final)
{
	struct app_task task = connecting(self->fd, self->port);
	struct tlsup_info info;
	struct request req;
	char buf[16];

	app_begin(&task);
	take_peer(&self->peer, self->listener);
	ASSERT_EQ(0, agent_await(&self->agent, &req));
	EXPECT_EQ(0, channel_send(req.channel, ALERT, "\2\52", 2));
	EXPECT_EQ(0, agent_fail(&self->agent, req.cookie, EKEYREJECTED, "bad chain"));
	EXPECT_EQ(-EKEYREJECTED, app_end(&task));
	EXPECT_EQ(-ENOENT, agent_fail(&self->agent, req.cookie, EPROTO, NULL));
	EXPECT_EQ(-EPIPE, app_write(self->fd, buf, 1));
	EXPECT_EQ(-EKEYREJECTED, app_read(self->fd, buf, 1));
	EXPECT_EQ(-EKEYREJECTED, app_start(self->fd, TLSUP_ROLE_CLIENT, 0));
	info = app_info(self->fd);
	EXPECT_EQ(TLSUP_STATE_FAILED, info.state);
	EXPECT_EQ(EKEYREJECTED, info.error);
	EXPECT_EQ(42, info.alert_sent);
	EXPECT_EQ(2, info.alert_sent_level);
	EXPECT_EQ(0, info.alert_received_level);
	EXPECT_EQ(TLSUP_VERSION_1_3, info.version);
	EXPECT_STREQ("bad chain", info.reason);
	EXPECT_NE(0, app_poll(self->fd, 0) & POLLHUP);
	/* The alert, then FIN, and nothing else. */
	EXPECT_EQ(7, recv(self->peer.fd, buf, sizeof(buf), MSG_WAITALL));
	EXPECT_EQ(0, memcmp(buf, "\25\3\3\0\2\2\52", 7));
	EXPECT_EQ(0, recv(self->peer.fd, buf, 1, 0));
	close(req.channel);
}

TEST_F(client, unknown_errno_becomes_eproto)
{
	struct app_task task = connecting(self->fd, self->port);
	struct request req;

	app_begin(&task);
	ASSERT_EQ(0, agent_await(&self->agent, &req));
	EXPECT_EQ(0, agent_fail(&self->agent, req.cookie, ENOENT, NULL));
	EXPECT_EQ(-EPROTO, app_end(&task));
	close(req.channel);
}

TEST_F(client, nonblocking)
{
	struct request req;

	app_nonblock(self->fd);
	EXPECT_EQ(-EINPROGRESS, app_connect(self->fd, self->port));
	take_peer(&self->peer, self->listener);
	ASSERT_EQ(0, agent_await(&self->agent, &req));
	EXPECT_EQ(0, app_poll(self->fd, 20));
	EXPECT_EQ(-EALREADY, app_connect(self->fd, self->port));
	EXPECT_EQ(-EAGAIN, app_write(self->fd, "x", 1));
	EXPECT_EQ(-EAGAIN, app_read(self->fd, &(char){ 0 }, 1));
	ASSERT_EQ(0, channel_secrets(&req));
	EXPECT_EQ(0, app_poll(self->fd, 20));
	ASSERT_EQ(0, agent_done(&self->agent, req.cookie, NULL));
	close(req.channel);
	EXPECT_EQ(POLLOUT, app_poll(self->fd, 3000));
	EXPECT_EQ(0, app_so_error(self->fd));
	EXPECT_EQ(0, app_connect(self->fd, self->port));
	EXPECT_EQ(-EISCONN, app_connect(self->fd, self->port));
	EXPECT_EQ(1, app_write(self->fd, "x", 1));
}

TEST_F(client, nonblocking_failure)
{
	struct request req;

	app_nonblock(self->fd);
	EXPECT_EQ(-EINPROGRESS, app_connect(self->fd, self->port));
	ASSERT_EQ(0, agent_await(&self->agent, &req));
	EXPECT_EQ(0, agent_fail(&self->agent, req.cookie, EREMCHG, NULL));
	close(req.channel);
	EXPECT_NE(0, app_poll(self->fd, 3000) & POLLERR);
	EXPECT_EQ(EREMCHG, app_so_error(self->fd));
	EXPECT_EQ(0, app_so_error(self->fd));
	EXPECT_EQ(-EPIPE, app_write(self->fd, "x", 1));
	EXPECT_EQ(EREMCHG, app_info(self->fd).error);
}

TEST_F(client, signal_then_wait_again)
{
	struct timeval patience = { .tv_sec = 60 };
	struct app_task task = connecting(self->fd, self->port);

	/* With a time limit the call is not restarted by the kernel. */
	setsockopt(self->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	app_begin(&task);
	take_peer(&self->peer, self->listener);
	while (app_info(self->fd).state != TLSUP_STATE_PENDING)
		usleep(1000);
	usleep(20000);
	app_interrupt(&task);
	EXPECT_EQ(-EINTR, app_end(&task));
	EXPECT_EQ(TLSUP_STATE_PENDING, app_info(self->fd).state);

	app_begin(&task);
	EXPECT_TRUE(app_waits(&task, 50));
	ASSERT_EQ(0, agent_serve(&self->agent, NULL, NULL));
	EXPECT_EQ(0, app_end(&task));
	EXPECT_EQ(-EISCONN, app_connect(self->fd, self->port));
}

TEST_F(client, writes_are_held)
{
	struct app_task task = connecting(self->fd, self->port);
	struct app_task writer = {
		.call = APP_WRITE, .fd = self->fd,
		.data = secret_text, .len = sizeof(secret_text),
	};
	struct request req;
	uint8_t type, buf[256];

	app_begin(&task);
	take_peer(&self->peer, self->listener);
	ASSERT_EQ(0, agent_await(&self->agent, &req));
	app_begin(&writer);
	EXPECT_TRUE(app_waits(&writer, 50));
	EXPECT_EQ(-1, recv(self->peer.fd, buf, 1, MSG_DONTWAIT));
	EXPECT_EQ(0, channel_send(req.channel, HANDSHAKE, "\1\0\0\0", 4));
	EXPECT_EQ(9, recv(self->peer.fd, buf, sizeof(buf), 0));
	EXPECT_EQ(0, memcmp(buf, "\26\3\1\0\4\1\0\0\0", 9));
	ASSERT_EQ(0, channel_secrets(&req));
	EXPECT_TRUE(app_waits(&writer, 50));
	EXPECT_EQ(-1, recv(self->peer.fd, buf, 1, MSG_DONTWAIT));
	ASSERT_EQ(0, agent_done(&self->agent, req.cookie, NULL));
	EXPECT_EQ(sizeof(secret_text), app_end(&writer));
	EXPECT_EQ(0, app_end(&task));
	EXPECT_EQ(sizeof(secret_text),
		  peer_recv(&self->peer, &type, buf, sizeof(buf)));
	close(req.channel);
}

TEST_F(client, deadline)
{
	struct app_task task = connecting(self->fd, self->port);
	struct request req;
	struct notice cancel;
	uint8_t type;

	ASSERT_EQ(0, app_start(self->fd, 0, 300));
	app_begin(&task);
	ASSERT_EQ(0, agent_await(&self->agent, &req));
	EXPECT_LE(req.deadline_ms, 300);
	EXPECT_EQ(-ETIMEDOUT, app_end(&task));
	EXPECT_EQ(0, agent_notice(&self->agent, TLSUP_CMD_CANCEL, &cancel, 5000));
	EXPECT_EQ(req.cookie, cancel.cookie);
	EXPECT_EQ(-ESTALE, channel_recv(req.channel, &type, &type, 1));
	EXPECT_EQ(-ENOENT, agent_done(&self->agent, req.cookie, NULL));
	close(req.channel);
	agent_get_stats(&self->agent);
}

TEST_F(client, deadline_while_pending)
{
	ASSERT_EQ(0, app_start(self->fd, 0, 100));
	EXPECT_EQ(-ETIMEDOUT, app_connect(self->fd, self->port));
	EXPECT_EQ(ETIMEDOUT, app_info(self->fd).error);
}

TEST_F(client, starttls)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct app_task task = {
		.call = APP_START, .fd = fd, .role = TLSUP_ROLE_CLIENT,
	};
	uint8_t type, buf[64];

	ASSERT_EQ(0, app_connect(fd, self->port));
	take_peer(&self->peer, self->listener);
	EXPECT_EQ(8, send(self->peer.fd, "220 go\r\n", 8, 0));
	ASSERT_EQ(0, app_attach(fd));
	ASSERT_EQ(0, app_name(fd, "mail.example"));
	/* Notes only: still plain. */
	EXPECT_EQ(TLSUP_STATE_IDLE, app_info(fd).state);
	EXPECT_EQ(8, app_read(fd, buf, sizeof(buf)));
	EXPECT_EQ(10, app_write(fd, "STARTTLS\r\n", 10));
	EXPECT_EQ(10, recv(self->peer.fd, buf, 10, MSG_WAITALL));
	EXPECT_EQ(-EINVAL, app_start(fd, TLSUP_ROLE_UNSPEC, 0));

	app_begin(&task);
	EXPECT_TRUE(app_waits(&task, 50));
	ASSERT_EQ(0, agent_serve(&self->agent, NULL, NULL));
	EXPECT_EQ(0, app_end(&task));
	EXPECT_EQ(0, app_start(fd, TLSUP_ROLE_CLIENT, 0));
	EXPECT_EQ(4, app_write(fd, "EHLO", 4));
	EXPECT_EQ(4, peer_recv(&self->peer, &type, buf, sizeof(buf)));
	EXPECT_EQ(DATA, type);
	close(fd);
}

TEST_F(client, starttls_nonblocking)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ASSERT_EQ(0, app_connect(fd, self->port));
	ASSERT_EQ(0, app_attach(fd));
	ASSERT_EQ(0, app_name(fd, "mail.example"));
	app_nonblock(fd);
	EXPECT_EQ(-EINPROGRESS, app_start(fd, TLSUP_ROLE_CLIENT, 0));
	EXPECT_EQ(-EALREADY, app_start(fd, TLSUP_ROLE_CLIENT, 0));
	EXPECT_EQ(0, app_poll(fd, 10));
	ASSERT_EQ(0, agent_serve(&self->agent, NULL, NULL));
	EXPECT_EQ(POLLOUT, app_poll(fd, 3000));
	EXPECT_EQ(0, app_start(fd, TLSUP_ROLE_CLIENT, 0));
	close(fd);
}

TEST_F(client, no_name_is_an_error)
{
	int fd = app_socket();

	ASSERT_EQ(0, app_start(fd, TLSUP_ROLE_CLIENT, 0));
	EXPECT_EQ(-EDESTADDRREQ, app_connect(fd, self->port));
	EXPECT_EQ(EDESTADDRREQ, app_info(fd).error);
	EXPECT_EQ(-EPIPE, app_write(fd, secret_text, sizeof(secret_text)));
	close(fd);
	take_peer(&self->peer, self->listener);
	EXPECT_EQ(0, recv(self->peer.fd, &(char){ 0 }, 1, 0));
}

TEST_F(client, refused_connection_leaves_it_armed)
{
	struct app_task task = connecting(self->fd, self->port);
	uint16_t port;

	close(app_listen(&port));
	EXPECT_EQ(-ECONNREFUSED, app_connect(self->fd, port));
	EXPECT_EQ(-ENOTCONN, app_read(self->fd, &(char){ 0 }, 1));
	app_begin(&task);
	ASSERT_EQ(0, agent_serve(&self->agent, NULL, NULL));
	EXPECT_EQ(0, app_end(&task));
}

TEST_F(client, peer_resets_while_pending)
{
	struct linger now = { .l_onoff = 1 };
	struct app_task task = connecting(self->fd, self->port);
	int fd;

	app_begin(&task);
	fd = accept(self->listener, NULL, NULL);
	EXPECT_TRUE(app_waits(&task, 20));
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
	EXPECT_EQ(-ECONNRESET, app_end(&task));
}

/* TCP calls it EPIPE then, for whoever writes; here nobody has written. */
TEST_F(client, peer_resets_behind_its_fin)
{
	struct linger now = { .l_onoff = 1 };
	struct app_task task = connecting(self->fd, self->port);
	int fd;

	app_begin(&task);
	fd = accept(self->listener, NULL, NULL);
	EXPECT_TRUE(app_waits(&task, 20));
	shutdown(fd, SHUT_WR);
	EXPECT_TRUE(app_waits(&task, 20));
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
	EXPECT_EQ(-ECONNRESET, app_end(&task));
	EXPECT_EQ(ECONNRESET, app_info(self->fd).error);
}

TEST_F(client, closed_at_each_stage)
{
	struct notice cancel;
	struct request req;
	uint8_t type;

	/* armed */
	close(self->fd);
	/* pending */
	self->fd = app_socket();
	app_name(self->fd, "a.example");
	app_nonblock(self->fd);
	EXPECT_EQ(-EINPROGRESS, app_connect(self->fd, self->port));
	while (app_info(self->fd).state != TLSUP_STATE_PENDING)
		usleep(1000);
	close(self->fd);
	EXPECT_EQ(-EAGAIN, agent_accept(&self->agent, &req));
	/* accepted */
	self->fd = app_socket();
	app_name(self->fd, "b.example");
	app_nonblock(self->fd);
	EXPECT_EQ(-EINPROGRESS, app_connect(self->fd, self->port));
	ASSERT_EQ(0, agent_await(&self->agent, &req));
	close(self->fd);
	self->fd = -1;
	EXPECT_EQ(0, agent_notice(&self->agent, TLSUP_CMD_CANCEL, &cancel, 5000));
	EXPECT_EQ(req.cookie, cancel.cookie);
	EXPECT_EQ(POLLHUP | POLLIN, app_poll(req.channel, 5000));
	EXPECT_EQ(-ESTALE, channel_recv(req.channel, &type, &type, 1));
	EXPECT_EQ(-ESTALE, channel_send(req.channel, HANDSHAKE, "x", 1));
	EXPECT_EQ(-ESTALE, channel_secrets(&req));
	EXPECT_EQ(-ENOENT, agent_done(&self->agent, req.cookie, NULL));
	EXPECT_EQ(-ENOENT, agent_fail(&self->agent, req.cookie, EPROTO, NULL));
	close(req.channel);
}

TEST(without_an_agent)
{
	struct agent watcher;
	uint16_t port;
	int listener = app_listen(&port), fd = app_socket();

	app_name(fd, "a.example");
	EXPECT_EQ(-ESRCH, app_connect(fd, port));
	EXPECT_EQ(ESRCH, app_info(fd).error);
	EXPECT_NE('\0', app_info(fd).reason[0]);
	EXPECT_EQ(-EPIPE, app_write(fd, secret_text, sizeof(secret_text)));
	close(fd);

	fd = app_socket();
	app_name(fd, "a.example");
	app_nonblock(fd);
	EXPECT_EQ(-EINPROGRESS, app_connect(fd, port));
	EXPECT_NE(0, app_poll(fd, 3000) & POLLERR);
	EXPECT_EQ(ESRCH, app_so_error(fd));
	close(fd);
	close(listener);
	ASSERT_EQ(0, agent_open(&watcher));
	EXPECT_EQ(0, agent_leftovers(&watcher));
	agent_close(&watcher);
}

TEST_HARNESS_MAIN
