/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests: handshakes that are asked for and not over. And agents: those who
 * make them. Both belong to a network namespace, under one spinlock.
 *
 * Exactly once. A request is current while its socket points at it
 * (tlsup_session()->request). Whoever ends it, whether DONE, FAIL, close(),
 * deadline or the agent's death, does so in process context: takes the socket
 * lock, asks tlsup_request_current(), calls tlsup_request_end(). The socket
 * lock makes the first one the only one; the spinlock, inside it, keeps lists.
 *
 * Lifetime. References: the socket's pointer, the deadline's work, each
 * channel, and whoever found it on a list (lists hold none: a request leaves
 * them before the socket's pointer is dropped). It holds its socket, which
 * holds its namespace; so a namespace never ends with requests in it.
 */
#ifndef TLSUP_REQUEST_H
#define TLSUP_REQUEST_H

#include <linux/hashtable.h>
#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/uidgid.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>
#include <net/sock.h>

enum tlsup_request_state {
	TLSUP_REQUEST_PENDING,
	TLSUP_REQUEST_ACCEPTED,
	TLSUP_REQUEST_OVER,
};

struct tlsup_owner;

struct tlsup_request {
	refcount_t refs;
	struct sock *sk;		/* held */
	u64 cookie;
	unsigned long deadline;		/* jiffies */
	unsigned long since;		/* jiffies, when it was asked for */
	wait_queue_head_t wait;		/* poll() of the channel */
	struct delayed_work expiry;
	struct rcu_head rcu;

	/* The queue's lock. */
	u8 state;			/* enum tlsup_request_state */
	u8 attempts;			/* how often it was accepted */
	struct tlsup_agent *agent;	/* of an ACCEPTED one */
	struct list_head list;		/* pending, or the agent's requests */
	struct hlist_node node;		/* by cookie, ACCEPTED only */
	struct tlsup_owner *owner;

	/* Socket lock. */
	bool used;			/* a record or secret went through */
	u32 generation;			/* of channels; older ones are stale */
};

struct tlsup_agent {
	struct list_head list;		/* the queue's agents */
	struct list_head requests;	/* accepted by it, oldest first */
	u64 turn;			/* in which they registered */
	u32 portid;
	struct net *net;		/* held: death may outlast the socket */
	struct work_struct death;
};

struct tlsup_queue {
	spinlock_t lock;		/* innermost; taken with BH off */
	struct list_head pending;	/* oldest first */
	struct list_head agents;	/* newest first */
	u64 turns;			/* how many have registered */
	unsigned int count;		/* requests, pending and accepted */
	struct delayed_work reminder;	/* while something is pending */
	struct net *net;		/* the one that this is part of */
	DECLARE_HASHTABLE(accepted, 8);
	DECLARE_HASHTABLE(kept, 8);	/* auth.c */
	DECLARE_HASHTABLE(ticketed, 8);	/* resumption.c */
	DECLARE_HASHTABLE(owners, 6);
};

extern struct workqueue_struct *tlsup_workqueue;

struct tlsup_queue *tlsup_request_queue(const struct net *net);

static inline void tlsup_request_get(struct tlsup_request *req)
{
	refcount_inc(&req->refs);
}

/* Any context. */
void tlsup_request_put(struct tlsup_request *req);

/* Socket locked. */
bool tlsup_request_current(const struct tlsup_request *req);

/*
 * A new pending request becomes the socket's own, and the newest agent is
 * told. 0, -ESRCH: no agent; -EDQUOT; -ENOMEM. Socket locked, may sleep.
 */
int __must_check tlsup_request_submit(struct sock *sk, u32 timeout_ms);

/* Ends the current request: off the lists and off the socket, channels are
 * woken. Returns the port id of the agent that had accepted it, or 0. */
u32 tlsup_request_end(struct tlsup_request *req);

/* The oldest pending one is now that agent's. NULL: none. The caller's
 * reference. No lock held. */
struct tlsup_request *tlsup_request_accept(struct net *net, u32 portid);

/* That agent's accepted request, with a reference, or NULL. */
struct tlsup_request *tlsup_request_find(struct net *net, u32 portid, u64 cookie);

/* An accepted request has lost its agent or its channel: given back if nothing
 * went through the channel yet, else failed. Socket locked. */
void tlsup_request_orphaned(struct tlsup_request *req);

/* Its agent could not be given it: pending again, first in line, and nobody is
 * told at once, or an agent without free descriptors would spin. Takes the socket lock;
 * nothing if it is over or has changed hands. */
void tlsup_request_unaccept(struct tlsup_request *req, u32 generation);

/* How long an agent has, unless the application says otherwise. */
u32 tlsup_request_timeout_ms(void);
u32 tlsup_request_time_left_ms(const struct tlsup_request *req);

int tlsup_request_init(void);
void tlsup_request_exit(void);

/* agent.c: 0, -EALREADY, -ENOMEM. */
int tlsup_agent_register(struct net *net, u32 portid);
/* Queue locked; NULL: no such agent. */
struct tlsup_agent *tlsup_agent_find(struct tlsup_queue *q, u32 portid);
bool tlsup_agent_registered(struct net *net, u32 portid);
/* The port id of the newest agent, 0: none. */
u32 tlsup_agent_newest(struct net *net);
/* One agent after the other, the newest first: *turn is 0 before the first and
 * belongs to this function. 0: that was all. Who registers meanwhile is not among
 * them. */
u32 tlsup_agent_next(struct net *net, u64 *turn);
void tlsup_agent_free_all(struct tlsup_queue *q);
int tlsup_agent_init(void);
void tlsup_agent_exit(void);

#endif /* TLSUP_REQUEST_H */
