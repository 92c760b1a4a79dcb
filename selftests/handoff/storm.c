// SPDX-License-Identifier: GPL-2.0-only
/* storm: agents that die and applications that close, at random and at once;
 * what is wanted is that nothing is left over, and that the kernel is silent. */

#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include "kselftest_harness.h"

#include "selftests/handoff/lib/agent.h"
#include "selftests/handoff/lib/app.h"

#define WORKERS 4
#define AGENTS 2
#define SECONDS_MIN 6
#define SECONDS_MAX 60
#define OPENED_MIN 40

struct tally {
	int opened, failed, echoed, authenticated;
};

/* Slow machines take longer for as much. */
static int is_over(const struct tally *tally, time_t began)
{
	time_t passed = time(NULL) - began;

	return passed >= SECONDS_MAX ||
	       (passed >= SECONDS_MIN && tally->opened >= OPENED_MIN);
}

static void pick_nap(unsigned int *seed, int most_us)
{
	usleep(rand_r(seed) % most_us);
}

static void done_and_keep(struct agent *a, uint64_t cookie)
{
	struct nl_msg *msg = agent_message(a, TLSUP_CMD_DONE);

	nla_put_u64(msg, TLSUP_A_COOKIE, cookie);
	nla_put_u16(msg, TLSUP_A_VERSION, TLSUP_VERSION_1_3);
	nla_put_u16(msg, TLSUP_A_CIPHER_SUITE, 0x1301);
	nla_put_u32(msg, TLSUP_A_FLAGS, 0);
	nla_put_flag(msg, TLSUP_A_KEEP);
	agent_command(a, msg);
}

/* Both ends are ours, so that what one agent answers reaches the other end's as
 * a question: a request, an answer in three messages, the verdict. */
static void answer(struct agent *a, const struct notice *ask)
{
	struct nl_msg *msg = agent_message(a, TLSUP_CMD_ANSWER);

	nla_put_u64(msg, TLSUP_A_COOKIE, ask->cookie);
	nla_put_u32(msg, TLSUP_A_NUMBER, ask->number);
	if (!ask->message_len)
		nla_put(msg, TLSUP_A_MESSAGE, 5, "\15\0\0\1r");
	else if (ask->message[0] == 13)
		nla_put(msg, TLSUP_A_MESSAGE, 14, "\13\0\0\0\17\0\0\1s\24\0\0\1f");
	agent_command(a, msg);
}

static void answer_all(struct agent *a, unsigned int *seed)
{
	struct notice ask;

	while (!agent_notice(a, TLSUP_CMD_ASK, &ask, 1)) {
		if (rand_r(seed) % 16 == 0)
			agent_fail(a, ask.cookie, EPROTO, "at random");
		else if (rand_r(seed) % 16)
			answer(a, &ask);
	}
	while (!agent_notice(a, TLSUP_CMD_CANCEL, NULL, 0) ||
	       !agent_notice(a, TLSUP_CMD_READY, NULL, 0) ||
	       !agent_notice(a, TLSUP_CMD_GONE, NULL, 0))
		;
}

/* A client's early data has a secret but no ticket that allows any: what was
 * written leaves with DONE. */
static void secrets(const struct request *req)
{
	if (req->early_data_max)
		channel_secret(req->channel, TLSUP_CHANNEL_TX_SECRET,
			       TLSUP_EPOCH_EARLY, 'e');
	channel_secrets(req);
}

/* Serves, mostly; now and then does the wrong thing at some stage. */
static void agent_loop(unsigned int seed)
{
	struct request req;
	struct agent agent;

	agent_start(&agent);
	for (;;) {
		answer_all(&agent, &seed);
		if (agent_accept(&agent, &req))
			continue;
		if (rand_r(&seed) % 8 == 0)
			channel_send(req.channel, 22, "\1\0\0\0", 4);
		if (rand_r(&seed) % 16 == 0) {
			close(req.channel);
			continue;
		}
		secrets(&req);
		if (rand_r(&seed) % 16 == 0)
			agent_fail(&agent, req.cookie, EPROTO, "at random");
		else
			done_and_keep(&agent, req.cookie);
		if (rand_r(&seed) % 4 == 0)
			agent_done(&agent, req.cookie, NULL);
		close(req.channel);
	}
}

static pid_t spawn_agent(unsigned int seed)
{
	pid_t pid = fork();

	if (!pid)
		agent_loop(seed);
	return pid;
}

static int is_authenticated(int server)
{
	uint32_t status = TLSUP_AUTH_NONE;
	size_t len = sizeof(status);

	app_get(server, TLSUP_REQUEST_CERTIFICATE, &status, &len);
	return status == TLSUP_AUTH_EMPTY;
}

/* Both ends have their turn until the verdict is there, or for a while. */
static void authenticate(int client, int server, struct tally *tally)
{
	uint32_t zero = 0;
	char buf[512];
	int turns = 30;

	app_poll(server, 1000);
	if (app_set(server, TLSUP_REQUEST_CERTIFICATE, &zero, sizeof(zero)))
		return;
	while (turns-- && !is_authenticated(server)) {
		app_read(client, buf, sizeof(buf));
		app_read(server, buf, sizeof(buf));
		usleep(4000);
	}
	if (turns >= 0)
		__atomic_fetch_add(&tally->authenticated, 1, __ATOMIC_RELAXED);
}

/* One connection through its life, or part of it. */
static void converse(int client, int server, unsigned int *seed, struct tally *tally)
{
	uint32_t please = rand_r(seed) % 2;
	char buf[512] = "some text";
	int turns = rand_r(seed) % 6;

	if (rand_r(seed) % 4 == 0) {
		pick_nap(seed, 3000);
		return;
	}
	if (!(app_poll(client, 6000) & POLLOUT) || app_so_error(client)) {
		__atomic_fetch_add(&tally->failed, 1, __ATOMIC_RELAXED);
		return;
	}
	__atomic_fetch_add(&tally->opened, 1, __ATOMIC_RELAXED);
	while (turns--) {
		app_write(client, buf, rand_r(seed) % sizeof(buf));
		if (rand_r(seed) % 3 == 0)
			app_set(client, TLSUP_KEY_UPDATE, &please, 4);
		app_poll(server, 1);
		if (app_read(server, buf, sizeof(buf)) > 0)
			__atomic_fetch_add(&tally->echoed, 1, __ATOMIC_RELAXED);
		app_write(server, buf, sizeof(buf));
		app_read(client, buf, sizeof(buf));
	}
	if (rand_r(seed) % 2)
		authenticate(client, server, tally);
	if (rand_r(seed) % 2)
		shutdown(client, SHUT_WR);
}

static void worker_loop(unsigned int seed, struct tally *tally)
{
	time_t began = time(NULL);
	struct linger now = { .l_onoff = 1 };
	int listener, client, server;
	uint32_t allowed = 100;
	uint16_t port;

	listener = app_listen(&port);
	app_attach(listener);
	app_set(listener, TLSUP_PROFILE, "storm", 5);
	while (!is_over(tally, began)) {
		client = app_socket();
		app_name(client, "storm.example");
		app_start(client, 0, 5000);
		app_nonblock(client);
		if (rand_r(&seed) % 2)
			app_set(client, TLSUP_EARLY_DATA, &allowed, 4);
		app_connect(client, port);
		app_write(client, "early", 5);
		server = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
		converse(client, server, &seed, tally);
		if (rand_r(&seed) % 4 == 0)
			setsockopt(client, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		close(rand_r(&seed) % 2 ? client : server);
		close(client);
		close(server);
	}
	close(listener);
	exit(0);
}

FIXTURE(storm) {
	struct agent watcher;
	struct tally *tally;
};

FIXTURE_SETUP(storm)
{
	ASSERT_EQ(0, agent_open(&self->watcher));
	self->tally = mmap(NULL, sizeof(*self->tally), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->tally);
}

FIXTURE_TEARDOWN(storm)
{
	EXPECT_EQ(0, agent_leftovers(&self->watcher));
	agent_get_stats(&self->watcher);
	EXPECT_EQ(0, self->watcher.stats[TLSUP_STAT_AGENTS]);
	TH_LOG("%d opened, %d failed, %d read, %d authenticated",
	       self->tally->opened, self->tally->failed, self->tally->echoed,
	       self->tally->authenticated);
	EXPECT_LT(0, self->tally->authenticated);
	EXPECT_LT(0, self->tally->opened);
	EXPECT_LT(0, self->tally->echoed);
	agent_close(&self->watcher);
}

TEST_F_TIMEOUT(storm, agents_die_and_applications_close, 120)
{
	pid_t agents[AGENTS], workers[WORKERS];
	time_t began = time(NULL);
	unsigned int seed = 1;
	int i, opened = 0;

	for (i = 0; i < AGENTS; i++)
		agents[i] = spawn_agent(seed++);
	usleep(100000);
	for (i = 0; i < WORKERS; i++) {
		workers[i] = fork();
		if (!workers[i])
			worker_loop(seed + i, self->tally);
	}
	while (!is_over(self->tally, began)) {
		pick_nap(&seed, 200000);
		/* It must have had a chance to do some work. */
		if (self->tally->opened == opened)
			continue;
		opened = self->tally->opened;
		i = rand_r(&seed) % AGENTS;
		kill(agents[i], SIGKILL);
		waitpid(agents[i], NULL, 0);
		agents[i] = spawn_agent(seed++);
	}
	/* Two workers are killed in the middle of whatever it is. */
	kill(workers[0], SIGKILL);
	kill(workers[1], SIGKILL);
	for (i = 0; i < WORKERS; i++)
		waitpid(workers[i], NULL, 0);
	for (i = 0; i < AGENTS; i++) {
		kill(agents[i], SIGKILL);
		waitpid(agents[i], NULL, 0);
	}
}

TEST_HARNESS_MAIN
