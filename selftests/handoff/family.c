// SPDX-License-Identifier: GPL-2.0-only
/* family: what observers see, and the module's comings and goings. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include "kselftest_harness.h"

#include "selftests/handoff/lib/agent.h"
#include "selftests/handoff/lib/app.h"
#include "selftests/handoff/lib/peer.h"

FIXTURE(family) {
	struct agent agent;
	int listener;
	uint16_t port;
};

FIXTURE_SETUP(family)
{
	agent_start(&self->agent);
	self->listener = app_listen(&self->port);
}

FIXTURE_TEARDOWN(family)
{
	close(self->listener);
	EXPECT_EQ(0, agent_leftovers(&self->agent));
	agent_close(&self->agent);
}

static int open_client(struct agent *agent, uint16_t port)
{
	struct app_task task = {
		.call = APP_CONNECT, .fd = app_socket(), .port = port,
	};

	app_name(task.fd, "a.example");
	app_begin(&task);
	agent_serve(agent, NULL, NULL);
	return app_end(&task) ? -1 : task.fd;
}

TEST_F(family, dump)
{
	int fds[300], i;

	for (i = 0; i < 300; i++) {
		fds[i] = app_socket();
		ASSERT_EQ(0, app_name(fds[i], "a.example"));
	}
	ASSERT_EQ(0, agent_dump(&self->agent));
	EXPECT_EQ(300, self->agent.sockets);
	for (i = 0; i < 300; i++)
		close(fds[i]);
	ASSERT_EQ(0, agent_dump(&self->agent));
	EXPECT_EQ(0, self->agent.sockets);
}

TEST_F(family, events)
{
	struct agent watcher;
	struct notice event;
	struct request req;
	int fd;

	ASSERT_EQ(0, agent_open(&watcher));
	ASSERT_EQ(0, agent_join_events(&watcher));
	fd = open_client(&self->agent, self->port);
	ASSERT_GE(fd, 0);
	ASSERT_EQ(0, agent_notice(&watcher, TLSUP_CMD_EVENT, &event, 5000));
	EXPECT_EQ(TLSUP_EVENT_OPEN, event.event);
	EXPECT_EQ(TLSUP_STATE_OPEN, event.info.state);
	EXPECT_EQ(5, app_write(fd, "12345", 5));
	close(fd);
	ASSERT_EQ(0, agent_notice(&watcher, TLSUP_CMD_EVENT, &event, 5000));
	EXPECT_EQ(TLSUP_EVENT_CLOSED, event.event);
	EXPECT_EQ(5, event.info.tx_bytes);

	fd = app_socket();
	app_name(fd, "b.example");
	app_nonblock(fd);
	app_connect(fd, self->port);
	ASSERT_EQ(0, agent_await(&self->agent, &req));
	EXPECT_EQ(0, agent_fail(&self->agent, req.cookie, EACCES, "go away\33[2J"));
	close(req.channel);
	ASSERT_EQ(0, agent_notice(&watcher, TLSUP_CMD_EVENT, &event, 5000));
	EXPECT_EQ(TLSUP_EVENT_FAILED, event.event);
	EXPECT_EQ(EACCES, event.info.error);
	EXPECT_STREQ("go away?[2J", event.info.reason);
	close(fd);
	agent_close(&watcher);
}

TEST_F(family, counters)
{
	uint64_t before[TLSUP_STAT_MAX + 1];
	int fd;

	agent_get_stats(&self->agent);
	memcpy(before, self->agent.stats, sizeof(before));
	fd = open_client(&self->agent, self->port);
	EXPECT_EQ(4, app_write(fd, "1234", 4));
	agent_get_stats(&self->agent);
	EXPECT_EQ(before[TLSUP_STAT_ATTACHED] + 1,
		  self->agent.stats[TLSUP_STAT_ATTACHED]);
	EXPECT_EQ(before[TLSUP_STAT_REQUESTS] + 1,
		  self->agent.stats[TLSUP_STAT_REQUESTS]);
	EXPECT_EQ(before[TLSUP_STAT_DONE] + 1, self->agent.stats[TLSUP_STAT_DONE]);
	EXPECT_EQ(1, self->agent.stats[TLSUP_STAT_SOCKETS]);
	EXPECT_EQ(0, self->agent.stats[TLSUP_STAT_PENDING]);
	EXPECT_EQ(1, self->agent.stats[TLSUP_STAT_AGENTS]);
	close(fd);
	EXPECT_EQ(0, agent_leftovers(&self->agent));
	agent_get_stats(&self->agent);
	EXPECT_EQ(before[TLSUP_STAT_TX_BYTES] + 4,
		  self->agent.stats[TLSUP_STAT_TX_BYTES]);
}

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));

	close(fd);
	return n < 0 ? -1 : 0;
}

#define TRACING "/sys/kernel/tracing/"

TEST_F(family, tracepoints)
{
	static const char *const events[] = {
		"tlsup_attach", "tlsup_request_submitted", "tlsup_state_installed",
		"tlsup_request_completed", "tlsup_key_update", "tlsup_alert",
		"tlsup_detach",
	};
	uint32_t request = TLSUP_KEY_UPDATE_NOT_REQUESTED;
	static char text[1 << 16];
	int fd, log;
	size_t i;

	mount("tracefs", TRACING, "tracefs", 0, NULL);
	if (write_text(TRACING "events/tlsup/enable", "1"))
		SKIP(return, "no tracefs");
	write_text(TRACING "trace", "");
	fd = open_client(&self->agent, self->port);
	EXPECT_EQ(0, app_set(fd, TLSUP_KEY_UPDATE, &request, 4));
	close(fd);
	write_text(TRACING "events/tlsup/enable", "0");
	log = open(TRACING "trace", O_RDONLY);
	EXPECT_LT(0, read(log, text, sizeof(text) - 1));
	close(log);
	for (i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		EXPECT_NE(NULL, strstr(text, events[i])) {
			TH_LOG("event %zu", i);
		}
}

static int unload(void)
{
	return syscall(SYS_delete_module, "tlsup", O_NONBLOCK) ? -errno : 0;
}

static int load(void)
{
	const char *path = getenv("TLSUP_KO");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1, err;

	if (fd < 0)
		return -ENOENT;
	err = syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;
	close(fd);
	return err;
}

/* TCP lets go of the module a little after close(). */
static int unload_soon(void)
{
	int i, err = -EAGAIN;

	for (i = 0; i < 300 && err; i++) {
		err = unload();
		if (err)
			usleep(10000);
	}
	return err;
}

TEST_F(family, no_unloading_while_in_use)
{
	struct request req;
	int fd = app_socket();

	EXPECT_EQ(-EAGAIN, unload());
	app_name(fd, "a.example");
	app_nonblock(fd);
	app_connect(fd, self->port);
	ASSERT_EQ(0, agent_await(&self->agent, &req));
	close(fd);
	EXPECT_EQ(0, agent_leftovers(&self->agent));
	/* The channel alone keeps it. */
	EXPECT_EQ(-EAGAIN, unload());
	close(req.channel);
}

FIXTURE(module) {
	int nothing;
};

FIXTURE_SETUP(module)
{
}

FIXTURE_TEARDOWN(module)
{
}

/* synchronize_rcu_tasks() and an emulated machine are slow. */
TEST_F_TIMEOUT(module, load_and_unload, 200)
{
	struct agent agent;
	int i, fd, listener;
	uint16_t port;

	if (!getenv("TLSUP_KO"))
		SKIP(return, "TLSUP_KO does not say where the module is");
	listener = app_listen(&port);
	for (i = 0; i < 50; i++) {
		/* Each time something was alive just before. */
		agent_start(&agent);
		fd = open_client(&agent, port);
		EXPECT_GE(fd, 0);
		close(fd);
		if (i & 1)
			agent_close(&agent);
		ASSERT_EQ(0, unload_soon()) {
			TH_LOG("unload, round %d", i);
		}
		if (!(i & 1))
			agent_close(&agent);
		ASSERT_EQ(0, load());
	}
	close(listener);
}

TEST_HARNESS_MAIN
