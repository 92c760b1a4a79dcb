// SPDX-License-Identifier: GPL-2.0-only
/* agents: two of them, their death at each stage, strangers. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include "kselftest_harness.h"

#include "selftests/handoff/lib/agent.h"
#include "selftests/handoff/lib/app.h"
#include "selftests/handoff/lib/peer.h"

/* How far an agent in a process of its own gets before it is killed. */
enum stage { REGISTERED, ACCEPTED, READ, SENT, KEYED, CLOSED_CHANNEL, CLOSED_AFTER_USE };

static void agent_main(enum stage stage, int ready)
{
	struct request req;
	struct agent agent;
	uint8_t type, buf[64];

	agent_start(&agent);
	if (stage > REGISTERED) {
		if (write(ready, "", 1) != 1 || agent_await(&agent, &req))
			_exit(1);
		if (stage == READ)
			while (channel_recv(req.channel, &type, buf, sizeof(buf)) < 0)
				usleep(1000);
		if (stage == SENT || stage == CLOSED_AFTER_USE)
			channel_send(req.channel, HANDSHAKE, "\1\0\0\0", 4);
		if (stage == KEYED)
			channel_secrets(&req);
		if (stage >= CLOSED_CHANNEL)
			close(req.channel);
	}
	if (write(ready, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

struct process {
	pid_t pid;
	int ready;
};

static struct process agent_process(enum stage stage)
{
	struct process p;
	int pipes[2];

	if (pipe(pipes))
		exit(1);
	p.pid = fork();
	if (!p.pid)
		agent_main(stage, pipes[1]);
	p.ready = pipes[0];
	close(pipes[1]);
	return p;
}

static int process_is_ready(struct process *p)
{
	char c;

	return read(p->ready, &c, 1) == 1;
}

static void process_kill(struct process *p)
{
	kill(p->pid, SIGKILL);
	waitpid(p->pid, NULL, 0);
	close(p->ready);
}

FIXTURE(agents) {
	struct agent watcher;		/* never registered */
	int listener, fd, raw;
	uint16_t port;
};

FIXTURE_SETUP(agents)
{
	ASSERT_EQ(0, agent_open(&self->watcher));
	self->listener = app_listen(&self->port);
	self->fd = app_socket();
	self->raw = -1;
	ASSERT_EQ(0, app_name(self->fd, "a.example"));
	app_nonblock(self->fd);
}

FIXTURE_TEARDOWN(agents)
{
	close(self->fd);
	close(self->raw);
	close(self->listener);
	EXPECT_EQ(0, agent_leftovers(&self->watcher));
	agent_get_stats(&self->watcher);
	EXPECT_EQ(0, self->watcher.stats[TLSUP_STAT_AGENTS]);
	agent_close(&self->watcher);
}

static void begin_handshake(int fd, uint16_t port, int listener, int *raw)
{
	app_connect(fd, port);
	*raw = accept(listener, NULL, NULL);
	while (app_info(fd).state == TLSUP_STATE_ARMED)
		usleep(1000);
}

static void wait_for_state(int fd, uint32_t state)
{
	int i;

	for (i = 0; i < 20000 && app_info(fd).state != state; i++)
		usleep(1000);
}

TEST_F(agents, register_twice)
{
	struct agent agent;

	agent_start(&agent);
	EXPECT_EQ(-EALREADY, agent_register(&agent));
	agent_get_stats(&agent);
	EXPECT_EQ(1, agent.stats[TLSUP_STAT_AGENTS]);
	agent_close(&agent);
}

TEST_F(agents, strangers_may_not)
{
	struct agent agent, other;
	struct request req;

	agent_start(&agent);
	begin_handshake(self->fd, self->port, self->listener, &self->raw);
	EXPECT_EQ(-EPERM, agent_accept(&self->watcher, &req));
	ASSERT_EQ(0, agent_await(&agent, &req));
	EXPECT_EQ(-ENOENT, agent_done(&self->watcher, req.cookie, NULL));
	EXPECT_EQ(-ENOENT, agent_fail(&self->watcher, req.cookie, EPROTO, NULL));
	agent_start(&other);
	EXPECT_EQ(-ENOENT, agent_done(&other, req.cookie, NULL));
	EXPECT_EQ(-ENOENT, agent_fail(&other, req.cookie, EPROTO, NULL));
	EXPECT_EQ(TLSUP_STATE_HANDSHAKE, app_info(self->fd).state);
	close(req.channel);
	agent_close(&other);
	agent_close(&agent);
}

static void set_parameter(const char *name, const char *value)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/sys/module/tlsup/parameters/%s", name);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		perror(path);
	close(fd);
}

TEST_F(agents, the_newest_is_told)
{
	struct agent old, new;
	struct request req;

	set_parameter("ready_again_ms", "0");
	agent_start(&old);
	agent_start(&new);
	begin_handshake(self->fd, self->port, self->listener, &self->raw);
	EXPECT_EQ(0, agent_notice(&new, TLSUP_CMD_READY, NULL, 5000));
	EXPECT_EQ(-ETIMEDOUT, agent_notice(&old, TLSUP_CMD_READY, NULL, 50));
	/* The newest leaves, and the other hears of what is left. */
	agent_close(&new);
	EXPECT_EQ(0, agent_notice(&old, TLSUP_CMD_READY, NULL, 5000));
	ASSERT_EQ(0, agent_accept(&old, &req));
	EXPECT_EQ(0, channel_secrets(&req));
	EXPECT_EQ(0, agent_done(&old, req.cookie, NULL));
	close(req.channel);
	agent_close(&old);
	/* No agent is left, and the connection does not care. */
	EXPECT_EQ(1, app_write(self->fd, "x", 1));
	set_parameter("ready_again_ms", "500");
}

/* The newest is there and does nothing, as if it were stopped. */
TEST_F(agents, the_others_are_told_later)
{
	struct agent oldest, old, new;
	struct request req;
	int i;

	set_parameter("ready_again_ms", "50");
	agent_start(&oldest);
	agent_start(&old);
	agent_start(&new);
	begin_handshake(self->fd, self->port, self->listener, &self->raw);
	/* And again, as long as nobody takes it. */
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, agent_notice(&old, TLSUP_CMD_READY, NULL, 3000));
		EXPECT_EQ(0, agent_notice(&oldest, TLSUP_CMD_READY, NULL, 3000));
		EXPECT_EQ(0, agent_notice(&new, TLSUP_CMD_READY, NULL, 3000));
	}
	ASSERT_EQ(0, agent_accept(&oldest, &req));
	EXPECT_EQ(-EAGAIN, agent_accept(&old, &req));
	EXPECT_EQ(-EAGAIN, agent_accept(&new, &req));
	EXPECT_EQ(-ENOENT, agent_done(&new, req.cookie, NULL));
	/* What is taken nobody is told of. */
	usleep(200000);
	while (!agent_notice(&old, TLSUP_CMD_READY, NULL, 0))
		;
	usleep(200000);
	EXPECT_EQ(-ETIMEDOUT, agent_notice(&old, TLSUP_CMD_READY, NULL, 0));
	EXPECT_EQ(0, channel_secrets(&req));
	EXPECT_EQ(0, agent_done(&oldest, req.cookie, NULL));
	close(req.channel);
	EXPECT_EQ(TLSUP_STATE_OPEN, app_info(self->fd).state);
	set_parameter("ready_again_ms", "500");
	agent_close(&new);
	agent_close(&old);
	agent_close(&oldest);
}

/* What an agent takes and cannot keep is the others' again. */
TEST_F(agents, what_is_given_back_is_told_later)
{
	struct agent old, new;
	struct request req;

	set_parameter("ready_again_ms", "50");
	agent_start(&old);
	agent_start(&new);
	begin_handshake(self->fd, self->port, self->listener, &self->raw);
	ASSERT_EQ(0, agent_await(&new, &req));
	/* The reminder finds nothing, and ends. */
	usleep(200000);
	while (!agent_notice(&old, TLSUP_CMD_READY, NULL, 0))
		;
	close(req.channel);
	EXPECT_EQ(0, agent_notice(&old, TLSUP_CMD_READY, NULL, 3000));
	EXPECT_EQ(0, agent_serve(&old, NULL, NULL));
	EXPECT_EQ(TLSUP_STATE_OPEN, app_info(self->fd).state);
	set_parameter("ready_again_ms", "500");
	agent_close(&new);
	agent_close(&old);
}

/* The next pending one, from ACCEPT to DONE; not 0: there is none. */
static int agent_serve_now(struct agent *a)
{
	struct request req;
	int err = agent_accept(a, &req);

	if (err)
		return err;
	err = channel_secrets(&req);
	if (!err)
		err = agent_done(a, req.cookie, NULL);
	close(req.channel);
	return err;
}

struct server {
	struct agent *agent;
	pthread_t thread;
	volatile int stop, served;
};

static void *serve_all(void *arg)
{
	struct server *s = arg;

	while (!s->stop)
		if (!agent_notice(s->agent, TLSUP_CMD_READY, NULL, 10))
			while (!agent_serve_now(s->agent))
				s->served++;
	return NULL;
}

/* Each is accepted once, whoever is told. */
TEST_F(agents, two_at_once)
{
	struct agent agents[2];
	struct server servers[2] = {};
	int fds[40], i, open = 0;

	set_parameter("ready_again_ms", "1");
	for (i = 0; i < 2; i++) {
		agent_start(&agents[i]);
		servers[i].agent = &agents[i];
		pthread_create(&servers[i].thread, NULL, serve_all, &servers[i]);
	}
	for (i = 0; i < 40; i++) {
		fds[i] = app_socket();
		app_name(fds[i], "a.example");
		app_nonblock(fds[i]);
		app_connect(fds[i], self->port);
	}
	for (i = 0; i < 40; i++) {
		wait_for_state(fds[i], TLSUP_STATE_OPEN);
		open += app_info(fds[i]).state == TLSUP_STATE_OPEN;
		close(fds[i]);
	}
	for (i = 0; i < 2; i++) {
		servers[i].stop = 1;
		pthread_join(servers[i].thread, NULL);
		agent_close(&agents[i]);
	}
	EXPECT_EQ(40, open);
	EXPECT_EQ(40, servers[0].served + servers[1].served);
	set_parameter("ready_again_ms", "500");
}

TEST_F(agents, pending_waits_for_a_new_one)
{
	struct process dead = agent_process(REGISTERED);
	struct agent agent;

	ASSERT_TRUE(process_is_ready(&dead));
	begin_handshake(self->fd, self->port, self->listener, &self->raw);
	process_kill(&dead);
	EXPECT_EQ(TLSUP_STATE_PENDING, app_info(self->fd).state);
	agent_start(&agent);
	EXPECT_EQ(0, agent_notice(&agent, TLSUP_CMD_READY, NULL, 5000));
	EXPECT_EQ(0, agent_serve(&agent, NULL, NULL));
	EXPECT_EQ(TLSUP_STATE_OPEN, app_info(self->fd).state);
	agent_close(&agent);
}

TEST_F(agents, killed_before_a_byte)
{
	struct process dead = agent_process(ACCEPTED);
	struct agent agent;

	ASSERT_TRUE(process_is_ready(&dead));
	begin_handshake(self->fd, self->port, self->listener, &self->raw);
	ASSERT_TRUE(process_is_ready(&dead));
	EXPECT_EQ(TLSUP_STATE_HANDSHAKE, app_info(self->fd).state);
	agent_start(&agent);
	process_kill(&dead);
	EXPECT_EQ(0, agent_notice(&agent, TLSUP_CMD_READY, NULL, 5000));
	EXPECT_EQ(0, agent_serve(&agent, NULL, NULL));
	EXPECT_EQ(TLSUP_STATE_OPEN, app_info(self->fd).state);
	agent_close(&agent);
}

FIXTURE(death) {
	struct agent watcher;
};

FIXTURE_SETUP(death)
{
	ASSERT_EQ(0, agent_open(&self->watcher));
}

FIXTURE_TEARDOWN(death)
{
	EXPECT_EQ(0, agent_leftovers(&self->watcher));
	agent_close(&self->watcher);
}

/* What an agent has begun and leaves behind fails, and nobody goes on. */
static void begun_then_failed(struct __test_metadata *_metadata,
			      enum stage stage, int dies)
{
	struct process agent = agent_process(stage);
	char buf[64];
	uint16_t port;
	int listener = app_listen(&port), fd = app_socket(), raw;
	ssize_t n;

	ASSERT_EQ(0, app_name(fd, "a.example"));
	app_nonblock(fd);
	ASSERT_TRUE(process_is_ready(&agent));
	begin_handshake(fd, port, listener, &raw);
	send(raw, "\26\3\3\0\4\2\0\0\0", 9, 0);
	ASSERT_TRUE(process_is_ready(&agent));
	if (dies)
		process_kill(&agent);
	wait_for_state(fd, TLSUP_STATE_FAILED);
	EXPECT_EQ(ECONNABORTED, app_so_error(fd));
	EXPECT_EQ(-EPIPE, app_write(fd, "private", 7));
	/* At most the agent's record, then the end. */
	n = recv(raw, buf, sizeof(buf), MSG_WAITALL);
	EXPECT_TRUE(n <= 0 || (n == 9 && !memcmp(buf, "\26\3\1", 3)));
	close(fd);
	close(raw);
	close(listener);
	if (!dies)
		process_kill(&agent);
}

TEST_F(death, after_reading)
{
	begun_then_failed(_metadata, READ, 1);
}

TEST_F(death, after_sending)
{
	begun_then_failed(_metadata, SENT, 1);
}

TEST_F(death, after_a_secret)
{
	begun_then_failed(_metadata, KEYED, 1);
}

TEST_F(death, of_a_used_channel_alone)
{
	begun_then_failed(_metadata, CLOSED_AFTER_USE, 0);
}

TEST_F(agents, channel_closed_unused_is_given_back)
{
	struct request req;
	struct agent agent;
	int i;

	agent_start(&agent);
	begin_handshake(self->fd, self->port, self->listener, &self->raw);
	/* Not for ever. */
	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, agent_await(&agent, &req));
		close(req.channel);
	}
	wait_for_state(self->fd, TLSUP_STATE_FAILED);
	EXPECT_EQ(ECONNABORTED, app_so_error(self->fd));
	EXPECT_EQ(-EAGAIN, agent_accept(&agent, &req));
	agent_close(&agent);
}

TEST_F(agents, an_old_channel_stays_stale)
{
	struct agent dying, agent;
	struct request old, new;
	uint8_t type;

	agent_start(&agent);
	agent_start(&dying);
	begin_handshake(self->fd, self->port, self->listener, &self->raw);
	ASSERT_EQ(0, agent_await(&dying, &old));
	agent_close(&dying);
	ASSERT_EQ(0, agent_await(&agent, &new));
	EXPECT_EQ(old.cookie, new.cookie);
	EXPECT_EQ(-ESTALE, channel_send(old.channel, HANDSHAKE, "x", 1));
	EXPECT_EQ(-ESTALE, channel_recv(old.channel, &type, &type, 1));
	EXPECT_EQ(-ESTALE, channel_secrets(&old));
	EXPECT_EQ(POLLHUP | POLLIN, app_poll(old.channel, 0));
	close(old.channel);
	EXPECT_EQ(0, channel_secrets(&new));
	EXPECT_EQ(0, agent_done(&agent, new.cookie, NULL));
	close(new.channel);
	agent_close(&agent);
}

TEST_F(agents, application_killed_while_it_waits)
{
	struct agent agent;
	struct request req;
	struct notice cancel;
	pid_t pid;

	agent_start(&agent);
	pid = fork();
	if (!pid) {
		int fd = app_socket();

		app_name(fd, "b.example");
		app_connect(fd, self->port);
		_exit(0);
	}
	ASSERT_EQ(0, agent_await(&agent, &req));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	EXPECT_EQ(0, agent_notice(&agent, TLSUP_CMD_CANCEL, &cancel, 3000));
	EXPECT_EQ(req.cookie, cancel.cookie);
	close(req.channel);
	agent_close(&agent);
}

TEST_F(agents, no_descriptor_left)
{
	struct agent agent;
	struct request req;
	int fds[1100], n = 0, fd;

	agent_start(&agent);
	begin_handshake(self->fd, self->port, self->listener, &self->raw);
	while (n < 1100 && (fd = dup(0)) >= 0)
		fds[n++] = fd;
	EXPECT_EQ(-EMFILE, agent_accept(&agent, &req));
	EXPECT_EQ(-EMFILE, agent_accept(&agent, &req));
	while (n)
		close(fds[--n]);
	EXPECT_EQ(TLSUP_STATE_PENDING, app_info(self->fd).state);
	EXPECT_EQ(0, agent_serve(&agent, NULL, NULL));
	agent_close(&agent);
}

static void drop_to_nobody(void)
{
	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		_exit(99);
}

/* Runs try_it in a child and returns what it exits with. */
static int in_child(int (*try_it)(void))
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(try_it());
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

static int nobody_asks(void)
{
	struct agent agent;
	struct request req;

	drop_to_nobody();
	if (agent_open(&agent))
		return 1;
	if (agent_register(&agent) != -EPERM)
		return 2;
	if (agent_accept(&agent, &req) != -EPERM)
		return 3;
	if (agent_done(&agent, 1, NULL) != -EPERM)
		return 4;
	if (agent_fail(&agent, 1, EPROTO, NULL) != -EPERM)
		return 5;
	if (agent_get_stats(&agent) != -EPERM)
		return 6;
	if (agent_dump(&agent) != -EPERM)
		return 7;
	return agent_join_events(&agent) == 0 ? 8 : 0;
}

TEST_F(agents, without_privilege)
{
	EXPECT_EQ(0, in_child(nobody_asks));
}

/* Root of a user namespace that owns its network namespace may serve that. */
static int own_namespace(void)
{
	struct ifreq up = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	struct agent agent;
	uint16_t port;
	int listener, fd;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return errno == EPERM || errno == ENOSYS || errno == EINVAL ? 0 : 1;
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (ioctl(fd, SIOCSIFFLAGS, &up))
		return 2;
	close(fd);
	agent_start(&agent);
	listener = app_listen(&port);
	fd = app_socket();
	app_name(fd, "a.example");
	app_nonblock(fd);
	app_connect(fd, port);
	if (agent_serve(&agent, NULL, NULL))
		return 3;
	agent_dump(&agent);
	if (agent.sockets != 1)
		return 4;
	close(listener);
	return app_info(fd).state == TLSUP_STATE_OPEN ? 0 : 5;
}

TEST_F(agents, namespace_of_ones_own)
{
	struct agent agent;
	struct request req;

	agent_start(&agent);
	EXPECT_EQ(0, in_child(own_namespace));
	/* It was not asked. */
	EXPECT_EQ(-ETIMEDOUT, agent_notice(&agent, TLSUP_CMD_READY, NULL, 10));
	EXPECT_EQ(-EAGAIN, agent_accept(&agent, &req));
	agent_close(&agent);
}

static int other_namespace(void)
{
	struct ifreq up = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	uint16_t port;
	int fd, listener;

	if (unshare(CLONE_NEWNET))
		return 1;
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (ioctl(fd, SIOCSIFFLAGS, &up))
		return 2;
	listener = app_listen(&port);
	fd = app_socket();
	app_name(fd, "a.example");
	return listener >= 0 && app_connect(fd, port) == -ESRCH ? 0 : 3;
}

TEST_F(agents, not_asked_for_another_namespace)
{
	struct agent agent;

	agent_start(&agent);
	EXPECT_EQ(0, in_child(other_namespace));
	agent_close(&agent);
}

static int many(uint16_t port, int *fds, int n)
{
	int i, refused = 0;

	for (i = 0; i < n; i++) {
		fds[i] = app_socket();
		app_name(fds[i], "a.example");
		app_nonblock(fds[i]);
		app_connect(fds[i], port);
	}
	for (i = 0; i < n; i++) {
		while (app_info(fds[i]).state == TLSUP_STATE_ARMED)
			usleep(1000);
		refused += app_info(fds[i]).error == EDQUOT;
	}
	return refused;
}

TEST_F(agents, caps)
{
	struct agent agent;
	int fds[20], i;

	agent_start(&agent);
	set_parameter("max_requests_per_user", "5");
	EXPECT_EQ(15, many(self->port, fds, 20));
	for (i = 0; i < 20; i++)
		close(fds[i]);
	set_parameter("max_requests_per_user", "1024");
	set_parameter("max_requests", "7");
	EXPECT_EQ(13, many(self->port, fds, 20));
	for (i = 0; i < 20; i++)
		close(fds[i]);
	set_parameter("max_requests", "4096");
	EXPECT_EQ(0, many(self->port, fds, 20));
	for (i = 0; i < 20; i++)
		close(fds[i]);
	agent_close(&agent);
}

TEST_HARNESS_MAIN
