/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netlink: the agent's side of the generic netlink family "tlsup". It parses
 * and prints; what to do is decided elsewhere.
 */
#ifndef TLSUP_NETLINK_H
#define TLSUP_NETLINK_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/channel.h"
#include "daemon/later.h"
#include "daemon/shared.h"

struct tlsup_netlink;

/* What the kernel says of its own accord. Called by tlsup_netlink_read(). */
struct tlsup_netlink_events {
	void (*ready)(void *arg);
	/* The note may be empty. */
	void (*post)(void *arg, uint64_t cookie, struct hs_bytes message,
		     struct hs_bytes note);
	void (*forget)(void *arg, struct hs_bytes note);
	/* Of a connection that was kept. */
	void (*ask)(void *arg, const struct tlsup_ask *ask);
	void (*gone)(void *arg, uint64_t cookie);
	/* The kernel's module came, or went. */
	void (*family)(void *arg, bool present);
};

/* NULL with errno. One socket, so one agent, for all threads. */
struct tlsup_netlink *tlsup_netlink_new(const struct tlsup_netlink_events *events,
					void *arg);
void tlsup_netlink_free(struct tlsup_netlink *nl);

/* For epoll, EPOLLIN. */
int tlsup_netlink_fd(const struct tlsup_netlink *nl);
/* The same for what came while a thread waited for an answer to its own. */
int tlsup_netlink_backlog_fd(const struct tlsup_netlink *nl);
/* Reads all there is and calls the events. 0, or -ENOBUFS: something was lost,
 * so accept until -EAGAIN, and forget all sessions. One thread only. */
int tlsup_netlink_read(struct tlsup_netlink *nl);

/*
 * Each sends one command and has its answer when it returns: 0 or -errno.
 * Any thread. -ENOENT from register: the module is not loaded. *why, if given,
 * is the kernel's own sentence, or empty.
 */
int tlsup_netlink_register(struct tlsup_netlink *nl);
/* 0, request and *fd (the caller closes it); -EAGAIN: nothing is pending. */
int tlsup_netlink_accept(struct tlsup_netlink *nl,
			 struct tlsup_request *request, int *fd);
int tlsup_netlink_done(struct tlsup_netlink *nl, uint64_t cookie,
		       const struct tlsup_done *done);
int tlsup_netlink_fail(struct tlsup_netlink *nl, uint64_t cookie,
		       const struct tlsup_fail *fail);
int tlsup_netlink_answer(struct tlsup_netlink *nl, const struct tlsup_ask *ask,
			 const struct tlsup_answer *answer);

#endif
