// SPDX-License-Identifier: Apache-2.0
/*
 * agent: owns the daemon's standing with the kernel: registering, accepting
 * until there is no more, holding back when enough is under way, and stopping.
 */
#include "daemon/agent.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/kept.h"
#include "daemon/log.h"
#include "daemon/names.h"
#include "daemon/netlink.h"
#include "daemon/notify.h"
#include "daemon/resume.h"

#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

/* The controller says when the module comes; this is for what it cannot say,
 * such as a registration refused while another mistake was being mended. */
#define RETRY_FIRST_MS	1000
#define RETRY_MAX_MS	60000

struct tlsup_agent {
	struct tlsup_loop		*loop;
	const struct tlsup_shared	*shared;
	struct tlsup_config		*config;
	struct tlsup_pool		*pool;
	struct tlsup_netlink		*netlink;
	struct tlsup_watch		socket, backlog;
	struct tlsup_timer		retry;
	uint32_t			retry_ms;
	bool				registered;

	struct tlsup_timer		patience;
	bool				draining;
	void				(*drained)(void *arg);
	void				*drained_arg;
};

static void retry_later(struct tlsup_agent *agent)
{
	tlsup_loop_set_timer(agent->loop, &agent->retry, agent->retry_ms);
	agent->retry_ms *= 2;
	if (agent->retry_ms > RETRY_MAX_MS)
		agent->retry_ms = RETRY_MAX_MS;
}

static void accept_all(struct tlsup_agent *agent)
{
	struct tlsup_request request;
	int fd, r;

	while (agent->registered && !agent->draining &&
	       tlsup_pool_await(agent->pool, agent->config->max_handshakes)) {
		r = tlsup_netlink_accept(agent->netlink, &request, &fd);
		if (r == -EAGAIN)
			return;
		if (r < 0) {
			/* ENOENT, EPERM: no agent any more; a notice was lost.
			 * EMFILE, ENOMEM: what is pending waits. */
			if (r == -ENOENT || r == -EPERM)
				agent->registered = false;
			tlsup_log(TLSUP_LOG_WARNING,
				  "a request cannot be accepted: %s",
				  strerror(-r));
			retry_later(agent);
			return;
		}
		agent->retry_ms = RETRY_FIRST_MS;
		if (tlsup_pool_add(agent->pool, agent->config, agent->netlink,
				   &request, fd) < 0)
			tlsup_log(TLSUP_LOG_ERROR,
				  "out of memory: a request was dropped");
	}
}

static void on_ready(void *arg)
{
	accept_all(arg);
}

/* A ticket that breaks the protocol ends its connection (RFC 8446 6.2). The kernel
 * tells all agents to forget it then; but if it has ended already, nobody does. */
static void on_post(void *arg, uint64_t cookie, struct hs_bytes message,
		    struct hs_bytes note)
{
	struct tlsup_agent *agent = arg;
	int r, alert = tlsup_resume_post(agent->shared, message, note);
	const struct tlsup_fail fail = {
		.error = EPROTO,
		.alert_sent = alert,
		.reason = "the server's ticket is malformed",
	};

	if (!alert)
		return;
	tlsup_log(TLSUP_LOG_NOTICE, "a server's ticket is malformed (%s)",
		  tlsup_alert_name(alert));
	tlsup_resume_end(agent->shared, note);
	r = tlsup_netlink_fail(agent->netlink, cookie, &fail);
	if (r < 0 && r != -ENOENT)
		tlsup_log(TLSUP_LOG_WARNING, "a connection cannot be ended: %s",
			  strerror(-r));
}

static void on_forget(void *arg, struct hs_bytes note)
{
	struct tlsup_agent *agent = arg;

	tlsup_resume_end(agent->shared, note);
}

/* In this thread: a certificate is asked for seldom. */
static void on_ask(void *arg, const struct tlsup_ask *ask)
{
	struct tlsup_agent *agent = arg;
	struct tlsup_answer answer;
	int r;

	if (tlsup_kept_ask(agent->shared->kept, ask, &answer) == 0)
		r = tlsup_netlink_answer(agent->netlink, ask, &answer);
	else
		r = tlsup_netlink_fail(agent->netlink, ask->cookie,
				       &answer.fail);
	if (answer.fail.error)
		tlsup_log(TLSUP_LOG_NOTICE,
			  "a certificate that was asked for later: %s",
			  answer.reason);
	/* ENOENT: the connection ended meanwhile. */
	if (r < 0 && r != -ENOENT)
		tlsup_log(TLSUP_LOG_WARNING, "an answer was not taken: %s",
			  strerror(-r));
	tlsup_answer_free(&answer);
}

static void on_gone(void *arg, uint64_t cookie)
{
	struct tlsup_agent *agent = arg;

	tlsup_kept_gone(agent->shared->kept, cookie);
}

static int register_now(struct tlsup_agent *agent)
{
	int r = tlsup_netlink_register(agent->netlink);

	/* A newer registration of ours may have come before a notice. */
	if (r == -EALREADY)
		r = 0;
	agent->registered = r == 0;
	if (r < 0) {
		retry_later(agent);
		return r;
	}
	agent->retry_ms = RETRY_FIRST_MS;
	tlsup_loop_clear_timer(agent->loop, &agent->retry);
	tlsup_log(TLSUP_LOG_NOTICE, "registered with the kernel");
	tlsup_notify("STATUS=Serving the kernel's requests.");
	accept_all(agent);
	return 0;
}

static void on_family(void *arg, bool present)
{
	struct tlsup_agent *agent = arg;

	if (agent->draining)
		return;
	if (present && !agent->registered) {
		agent->retry_ms = RETRY_FIRST_MS;
		register_now(agent);
	} else if (!present) {
		agent->registered = false;
		tlsup_log(TLSUP_LOG_WARNING,
			  "the kernel module tlsup was unloaded; waiting for it");
		tlsup_notify("STATUS=Waiting for the kernel module tlsup.");
	}
}

static const struct tlsup_netlink_events events = {
	.ready	= on_ready,
	.post	= on_post,
	.forget	= on_forget,
	.ask	= on_ask,
	.gone	= on_gone,
	.family	= on_family,
};

static void read_netlink(struct tlsup_agent *agent)
{
	if (tlsup_netlink_read(agent->netlink) != -ENOBUFS)
		return;
	/* A FORGET may be among what was lost, of whatever session; and a READY,
	 * which may have been the last. */
	tlsup_resume_end_all(agent->shared);
	accept_all(agent);
}

static void on_socket(struct tlsup_watch *watch, uint32_t bits)
{
	(void)bits;
	read_netlink(container_of(watch, struct tlsup_agent, socket));
}

static void on_backlog(struct tlsup_watch *watch, uint32_t bits)
{
	(void)bits;
	read_netlink(container_of(watch, struct tlsup_agent, backlog));
}

static void on_retry(struct tlsup_timer *timer)
{
	struct tlsup_agent *agent = container_of(timer, struct tlsup_agent,
						 retry);

	if (agent->draining)
		return;
	if (agent->registered)
		accept_all(agent);
	else
		register_now(agent);
}

/* --- Stopping --- */

static void on_room(void *arg)
{
	struct tlsup_agent *agent = arg;

	if (!agent->draining) {
		accept_all(agent);
		return;
	}
	if (tlsup_pool_await(agent->pool, 1))
		agent->drained(agent->drained_arg);
}

static void on_patience_lost(struct tlsup_timer *timer)
{
	struct tlsup_agent *agent = container_of(timer, struct tlsup_agent,
						 patience);

	tlsup_log(TLSUP_LOG_NOTICE, "%u handshakes did not end in time",
		  tlsup_pool_count(agent->pool));
	tlsup_pool_give_up(agent->pool, ECONNABORTED, "tlsupd ends");
}

void tlsup_agent_drain(struct tlsup_agent *agent, uint32_t limit_ms,
		       void (*drained)(void *arg), void *arg)
{
	agent->draining = true;
	agent->drained = drained;
	agent->drained_arg = arg;
	if (tlsup_pool_await(agent->pool, 1))
		drained(arg);
	else
		tlsup_loop_set_timer(agent->loop, &agent->patience, limit_ms);
}

/* --- Life --- */

struct tlsup_agent *tlsup_agent_new(struct tlsup_loop *loop,
				    const struct tlsup_shared *shared,
				    struct tlsup_config *config)
{
	struct tlsup_agent *agent = calloc(1, sizeof(*agent));
	int error;

	if (!agent)
		return NULL;
	agent->loop = loop;
	agent->shared = shared;
	agent->config = tlsup_config_get(config);
	agent->retry_ms = RETRY_FIRST_MS;
	agent->retry.fire = on_retry;
	agent->patience.fire = on_patience_lost;
	agent->socket.ready = on_socket;
	agent->backlog.ready = on_backlog;
	agent->netlink = tlsup_netlink_new(&events, agent);
	if (!agent->netlink)
		goto fail;
	agent->socket.fd = tlsup_netlink_fd(agent->netlink);
	agent->backlog.fd = tlsup_netlink_backlog_fd(agent->netlink);
	agent->pool = tlsup_pool_new(shared, config->workers, loop, on_room,
				     agent);
	if (!agent->pool)
		goto fail;
	errno = -tlsup_loop_watch(loop, &agent->socket, EPOLLIN);
	if (errno)
		goto fail;
	errno = -tlsup_loop_watch(loop, &agent->backlog, EPOLLIN);
	if (errno)
		goto fail;
	return agent;

fail:
	error = errno;
	tlsup_agent_free(agent);
	errno = error;
	return NULL;
}

/* The workers end first: they use the socket until then. The loop is not run
 * any more. */
void tlsup_agent_free(struct tlsup_agent *agent)
{
	if (!agent)
		return;
	tlsup_pool_free(agent->pool);
	tlsup_netlink_free(agent->netlink);
	tlsup_config_put(agent->config);
	free(agent);
}

int tlsup_agent_start(struct tlsup_agent *agent)
{
	return register_now(agent);
}

void tlsup_agent_set_config(struct tlsup_agent *agent,
			    struct tlsup_config *config)
{
	tlsup_config_put(agent->config);
	agent->config = tlsup_config_get(config);
	/* The limit may have been raised. */
	accept_all(agent);
}
