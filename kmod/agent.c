// SPDX-License-Identifier: GPL-2.0-only
/* agent: owns who is registered to make handshakes, and what its death means. */

#include <linux/netlink.h>
#include <linux/notifier.h>
#include <linux/slab.h>

#include "auth.h"
#include "netlink.h"
#include "request.h"
#include "stats.h"

static void bury(struct work_struct *work);

struct tlsup_agent *tlsup_agent_find(struct tlsup_queue *q, u32 portid)
{
	struct tlsup_agent *agent;

	lockdep_assert_held(&q->lock);
	list_for_each_entry(agent, &q->agents, list)
		if (agent->portid == portid)
			return agent;
	return NULL;
}

int tlsup_agent_register(struct net *net, u32 portid)
{
	struct tlsup_queue *q = tlsup_request_queue(net);
	struct tlsup_agent *agent = kzalloc(sizeof(*agent), GFP_KERNEL_ACCOUNT);
	bool pending;

	if (!agent)
		return -ENOMEM;
	INIT_LIST_HEAD(&agent->requests);
	INIT_WORK(&agent->death, bury);
	agent->portid = portid;
	agent->net = get_net(net);

	spin_lock_bh(&q->lock);
	if (tlsup_agent_find(q, portid)) {
		spin_unlock_bh(&q->lock);
		put_net(net);
		kfree(agent);
		return -EALREADY;
	}
	agent->turn = ++q->turns;
	list_add(&agent->list, &q->agents);
	pending = !list_empty(&q->pending);
	spin_unlock_bh(&q->lock);

	tlsup_stats_add(net, TLSUP_STAT_AGENTS, 1);
	if (pending)
		tlsup_netlink_ready(net, portid);
	return 0;
}

bool tlsup_agent_registered(struct net *net, u32 portid)
{
	struct tlsup_queue *q = tlsup_request_queue(net);
	bool found;

	spin_lock_bh(&q->lock);
	found = tlsup_agent_find(q, portid);
	spin_unlock_bh(&q->lock);
	return found;
}

/* Without the lock in between, since netlink is sent to them: they may come and
 * go, but stay in order. */
u32 tlsup_agent_next(struct net *net, u64 *turn)
{
	struct tlsup_queue *q = tlsup_request_queue(net);
	struct tlsup_agent *agent;
	u32 portid = 0;

	spin_lock_bh(&q->lock);
	list_for_each_entry(agent, &q->agents, list) {
		if (*turn && agent->turn >= *turn)
			continue;
		*turn = agent->turn;
		portid = agent->portid;
		break;
	}
	spin_unlock_bh(&q->lock);
	return portid;
}

u32 tlsup_agent_newest(struct net *net)
{
	u64 turn = 0;

	return tlsup_agent_next(net, &turn);
}

static struct tlsup_request *newest_request(struct tlsup_queue *q,
					    struct tlsup_agent *agent)
{
	struct tlsup_request *req = NULL;

	spin_lock_bh(&q->lock);
	if (!list_empty(&agent->requests)) {
		req = list_last_entry(&agent->requests, struct tlsup_request, list);
		tlsup_request_get(req);
	}
	spin_unlock_bh(&q->lock);
	return req;
}

/*
 * The dead agent is off the queue's list, so its own list only shrinks: each
 * turn takes one off it, here or by whoever held the socket lock before. From
 * the newest on, so that those given back end up in their old order.
 */
static void bury(struct work_struct *work)
{
	struct tlsup_agent *agent = container_of(work, struct tlsup_agent, death);
	struct net *net = agent->net;
	struct tlsup_queue *q = tlsup_request_queue(net);
	struct tlsup_request *req;

	tlsup_auth_orphan(net, agent->portid);
	while ((req = newest_request(q, agent))) {
		lock_sock(req->sk);
		/* The agent changes only under the socket lock, but for the
		 * first time: and it is dead, nobody accepts for it. */
		if (tlsup_request_current(req) && READ_ONCE(req->agent) == agent)
			tlsup_request_orphaned(req);
		release_sock(req->sk);
		tlsup_request_put(req);
	}
	spin_lock_bh(&q->lock);
	if (list_empty(&q->pending))
		agent = NULL;
	spin_unlock_bh(&q->lock);
	if (agent)
		tlsup_netlink_ready(net, tlsup_agent_newest(net));
	kfree(container_of(work, struct tlsup_agent, death));
	put_net(net);
}

/* The sender of every later message with this port id is somebody else, so it
 * comes off the list here, and the rest is done where it may wait. */
static int released(struct notifier_block *nb, unsigned long event, void *data)
{
	struct netlink_notify *notify = data;
	struct tlsup_agent *agent;
	struct tlsup_queue *q;

	if (event != NETLINK_URELEASE || notify->protocol != NETLINK_GENERIC)
		return NOTIFY_DONE;
	q = tlsup_request_queue(notify->net);
	spin_lock_bh(&q->lock);
	agent = tlsup_agent_find(q, notify->portid);
	if (agent)
		list_del(&agent->list);
	spin_unlock_bh(&q->lock);
	if (agent) {
		tlsup_stats_add(notify->net, TLSUP_STAT_AGENTS, -1);
		queue_work(tlsup_workqueue, &agent->death);
	}
	return NOTIFY_DONE;
}

static struct notifier_block notifier = {
	.notifier_call = released,
};

/* The module ends: no socket is left, so no request either. */
void tlsup_agent_free_all(struct tlsup_queue *q)
{
	struct tlsup_agent *agent, *next;

	list_for_each_entry_safe(agent, next, &q->agents, list) {
		list_del(&agent->list);
		put_net(agent->net);
		kfree(agent);
	}
}

int tlsup_agent_init(void)
{
	return netlink_register_notifier(&notifier);
}

void tlsup_agent_exit(void)
{
	netlink_unregister_notifier(&notifier);
}
