// SPDX-License-Identifier: GPL-2.0-only
/* request: owns pending handshakes: submit, accept, end exactly once. */

#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <net/netns/generic.h>
#include <net/tcp.h>

#include "netlink.h"
#include "outcome.h"
#include "request.h"
#include "session.h"
#include "stats.h"
#include "trace.h"

/* How often a request may be accepted before it fails, so that an agent that
 * dies of a request does not die of it for ever. */
#define ATTEMPTS_MAX 4

static unsigned int max_requests __read_mostly = 4096;
module_param(max_requests, uint, 0644);
MODULE_PARM_DESC(max_requests, "handshakes under way in a network namespace");

static unsigned int max_requests_per_user __read_mostly = 1024;
module_param(max_requests_per_user, uint, 0644);
MODULE_PARM_DESC(max_requests_per_user, "of these for one user");

static unsigned int handshake_timeout_ms __read_mostly = 30000;
module_param(handshake_timeout_ms, uint, 0644);
MODULE_PARM_DESC(handshake_timeout_ms, "deadline of a handshake that sets none");

static unsigned int ready_again_ms __read_mostly = 500;
module_param(ready_again_ms, uint, 0644);
MODULE_PARM_DESC(ready_again_ms, "when all agents are told what the newest leaves pending; 0: never");

/* Requests of one user in one namespace, for the cap. */
struct tlsup_owner {
	struct hlist_node node;
	kuid_t uid;
	unsigned int count;
};

struct workqueue_struct *tlsup_workqueue;
static unsigned int queue_net_id __read_mostly;
static atomic64_t last_cookie = ATOMIC64_INIT(0);

struct tlsup_queue *tlsup_request_queue(const struct net *net)
{
	return net_generic(net, queue_net_id);
}

static struct tlsup_queue *queue_of(const struct tlsup_request *req)
{
	return tlsup_request_queue(sock_net(req->sk));
}

/* Wake-ups look at req->wait under RCU, hence kfree_rcu(). */
void tlsup_request_put(struct tlsup_request *req)
{
	if (!refcount_dec_and_test(&req->refs))
		return;
	sock_put(req->sk);
	kfree_rcu(req, rcu);
}

bool tlsup_request_current(const struct tlsup_request *req)
{
	const struct tlsup_upgrade *u = tlsup_session(req->sk);

	return u && rcu_access_pointer(u->request) == req;
}

u32 tlsup_request_timeout_ms(void)
{
	return READ_ONCE(handshake_timeout_ms);
}

u32 tlsup_request_time_left_ms(const struct tlsup_request *req)
{
	long left = (long)(req->deadline - jiffies);

	return left > 0 ? jiffies_to_msecs(left) : 0;
}

/* The deadline passed. The work's reference ends here; when the request ends
 * first, tlsup_request_end() takes it back together with the work. */
static void expire(struct work_struct *work)
{
	struct tlsup_request *req = container_of(to_delayed_work(work),
						 struct tlsup_request, expiry);

	lock_sock(req->sk);
	if (tlsup_request_current(req))
		tlsup_outcome_abort(req->sk, -ETIMEDOUT, NULL);
	release_sock(req->sk);
	tlsup_request_put(req);
}

/* Something became pending: nothing if the reminder is set already. Queue
 * locked. */
static void set_reminder(struct tlsup_queue *q)
{
	unsigned int interval = READ_ONCE(ready_again_ms);

	lockdep_assert_held(&q->lock);
	if (interval)
		schedule_delayed_work(&q->reminder, msecs_to_jiffies(interval));
}

static void tell_all(struct net *net)
{
	u64 turn = 0;
	u32 portid;

	while ((portid = tlsup_agent_next(net, &turn)))
		tlsup_netlink_ready(net, portid);
}

/*
 * The newest agent is told of what is pending and has it for itself at first, so
 * that sessions stay with one agent. But it may be stopped, or have enough to do.
 * One reminder is for all that is pending; it ends when nothing is, and its
 * namespace lasts at least until then (request_exit_net()).
 */
static void remind(struct work_struct *work)
{
	struct tlsup_queue *q = container_of(to_delayed_work(work),
					     struct tlsup_queue, reminder);
	unsigned long interval = msecs_to_jiffies(READ_ONCE(ready_again_ms));
	const struct tlsup_request *oldest;
	long left = 0;

	spin_lock_bh(&q->lock);
	oldest = list_first_entry_or_null(&q->pending, struct tlsup_request, list);
	if (oldest)
		left = (long)(oldest->since + interval - jiffies);
	spin_unlock_bh(&q->lock);
	if (!oldest || !interval)
		return;
	if (left <= 0)
		tell_all(q->net);
	schedule_delayed_work(&q->reminder, left > 0 ? left : interval);
}

static struct tlsup_owner *find_owner(struct tlsup_queue *q, kuid_t uid)
{
	struct tlsup_owner *owner;

	hash_for_each_possible(q->owners, owner, node, __kuid_val(uid))
		if (uid_eq(owner->uid, uid))
			return owner;
	return NULL;
}

/* *fresh becomes NULL if it is used. Queue locked. */
static int admit(struct tlsup_queue *q, struct tlsup_request *req,
		 struct tlsup_owner **fresh)
{
	struct tlsup_owner *owner;

	lockdep_assert_held(&q->lock);
	if (list_empty(&q->agents))
		return -ESRCH;
	if (q->count >= READ_ONCE(max_requests))
		return -EDQUOT;
	owner = find_owner(q, (*fresh)->uid);
	if (owner && owner->count >= READ_ONCE(max_requests_per_user))
		return -EDQUOT;
	if (!owner) {
		owner = *fresh;
		*fresh = NULL;
		hash_add(q->owners, &owner->node, __kuid_val(owner->uid));
	}
	owner->count++;
	q->count++;
	req->owner = owner;
	list_add_tail(&req->list, &q->pending);
	set_reminder(q);
	return 0;
}

static void disown(struct tlsup_queue *q, struct tlsup_request *req)
{
	lockdep_assert_held(&q->lock);
	q->count--;
	if (!--req->owner->count) {
		hash_del(&req->owner->node);
		kfree(req->owner);
	}
	req->owner = NULL;
}

static struct tlsup_request *new_request(struct sock *sk, u32 timeout_ms)
{
	struct tlsup_request *req = kzalloc(sizeof(*req), GFP_KERNEL_ACCOUNT);

	if (!req)
		return NULL;
	if (!timeout_ms)
		timeout_ms = tlsup_request_timeout_ms();
	refcount_set(&req->refs, 1);
	sock_hold(sk);
	req->sk = sk;
	req->cookie = atomic64_inc_return(&last_cookie);
	req->since = jiffies;
	req->deadline = jiffies + msecs_to_jiffies(timeout_ms);
	init_waitqueue_head(&req->wait);
	INIT_DELAYED_WORK(&req->expiry, expire);
	return req;
}

/*
 * The socket lock is held until the socket points at the request and the
 * deadline runs, so nobody who finds it on the list can end it before that.
 */
int tlsup_request_submit(struct sock *sk, u32 timeout_ms)
{
	struct tlsup_queue *q = tlsup_request_queue(sock_net(sk));
	struct tlsup_upgrade *u = tlsup_session(sk);
	struct tlsup_request *req = new_request(sk, timeout_ms);
	struct tlsup_owner *owner = kzalloc(sizeof(*owner), GFP_KERNEL_ACCOUNT);
	int err = -ENOMEM;

	sock_owned_by_me(sk);
	if (req && owner) {
		owner->uid = sock_i_uid(sk);
		spin_lock_bh(&q->lock);
		err = admit(q, req, &owner);
		spin_unlock_bh(&q->lock);
	}
	kfree(owner);
	if (err) {
		if (req)
			tlsup_request_put(req);
		return err;
	}
	u->cookie = req->cookie;
	rcu_assign_pointer(u->request, req);
	tlsup_request_get(req);
	queue_delayed_work(tlsup_workqueue, &req->expiry,
			   max(0L, (long)(req->deadline - jiffies)));
	trace_tlsup_request_submitted(tlsup_context(sk), req->cookie);
	tlsup_stats_add(sock_net(sk), TLSUP_STAT_REQUESTS, 1);
	tlsup_stats_add(sock_net(sk), TLSUP_STAT_PENDING, 1);
	tlsup_netlink_ready(sock_net(sk), tlsup_agent_newest(sock_net(sk)));
	return 0;
}

/* Leaves the agent that has it. Queue locked; returns the agent's port id. */
static u32 unassign(struct tlsup_request *req)
{
	u32 portid = req->agent->portid;

	hash_del(&req->node);
	req->agent = NULL;
	return portid;
}

static void wake_channel(struct tlsup_request *req)
{
	wake_up_interruptible_poll(&req->wait, EPOLLHUP | EPOLLIN | EPOLLRDNORM);
}

u32 tlsup_request_end(struct tlsup_request *req)
{
	struct tlsup_upgrade *u = tlsup_session(req->sk);
	struct tlsup_queue *q = queue_of(req);
	u32 portid = 0;

	sock_owned_by_me(req->sk);
	WARN_ON_ONCE(!tlsup_request_current(req));
	spin_lock_bh(&q->lock);
	if (req->state == TLSUP_REQUEST_ACCEPTED)
		portid = unassign(req);
	list_del_init(&req->list);
	req->state = TLSUP_REQUEST_OVER;
	disown(q, req);
	spin_unlock_bh(&q->lock);

	RCU_INIT_POINTER(u->request, NULL);
	trace_tlsup_request_completed(tlsup_context(req->sk), req->cookie, portid);
	if (cancel_delayed_work(&req->expiry))
		tlsup_request_put(req);
	tlsup_stats_add(sock_net(req->sk), TLSUP_STAT_PENDING, -1);
	wake_channel(req);
	tlsup_request_put(req);
	return portid;
}

static void give_back(struct tlsup_request *req)
{
	struct tlsup_queue *q = queue_of(req);

	sock_owned_by_me(req->sk);
	spin_lock_bh(&q->lock);
	unassign(req);
	req->state = TLSUP_REQUEST_PENDING;
	list_move(&req->list, &q->pending);
	set_reminder(q);
	spin_unlock_bh(&q->lock);

	req->generation++;
	WRITE_ONCE(tlsup_context(req->sk)->state, TLSUP_STATE_PENDING);
	wake_channel(req);
}

void tlsup_request_orphaned(struct tlsup_request *req)
{
	struct net *net = sock_net(req->sk);

	if (req->used || req->attempts >= ATTEMPTS_MAX) {
		tlsup_outcome_abort(req->sk, -ECONNABORTED, NULL);
		return;
	}
	give_back(req);
	tlsup_netlink_ready(net, tlsup_agent_newest(net));
}

void tlsup_request_unaccept(struct tlsup_request *req, u32 generation)
{
	lock_sock(req->sk);
	if (tlsup_request_current(req) && req->generation == generation) {
		req->attempts--;
		give_back(req);
	}
	release_sock(req->sk);
}

struct tlsup_request *tlsup_request_accept(struct net *net, u32 portid)
{
	struct tlsup_queue *q = tlsup_request_queue(net);
	struct tlsup_request *req = NULL;
	struct tlsup_agent *agent;

	spin_lock_bh(&q->lock);
	agent = tlsup_agent_find(q, portid);
	if (agent)
		req = list_first_entry_or_null(&q->pending, struct tlsup_request,
					       list);
	if (req) {
		tlsup_request_get(req);
		req->state = TLSUP_REQUEST_ACCEPTED;
		req->attempts++;
		req->agent = agent;
		list_move_tail(&req->list, &agent->requests);
		hash_add(q->accepted, &req->node, req->cookie);
	}
	spin_unlock_bh(&q->lock);
	return req;
}

struct tlsup_request *tlsup_request_find(struct net *net, u32 portid, u64 cookie)
{
	struct tlsup_queue *q = tlsup_request_queue(net);
	struct tlsup_request *req;

	spin_lock_bh(&q->lock);
	hash_for_each_possible(q->accepted, req, node, cookie) {
		if (req->cookie != cookie || req->agent->portid != portid)
			continue;
		tlsup_request_get(req);
		spin_unlock_bh(&q->lock);
		return req;
	}
	spin_unlock_bh(&q->lock);
	return NULL;
}

static int __net_init request_init_net(struct net *net)
{
	struct tlsup_queue *q = tlsup_request_queue(net);

	spin_lock_init(&q->lock);
	INIT_DELAYED_WORK(&q->reminder, remind);
	q->net = net;
	INIT_LIST_HEAD(&q->pending);
	INIT_LIST_HEAD(&q->agents);
	hash_init(q->accepted);
	hash_init(q->kept);
	hash_init(q->ticketed);
	hash_init(q->owners);
	return 0;
}

/*
 * A request holds a socket and an agent holds its namespace, so when a
 * namespace ends both are gone; when the module ends, there is no socket, but
 * agents may still be registered.
 */
static void __net_exit request_exit_net(struct net *net)
{
	struct tlsup_queue *q = tlsup_request_queue(net);

	WARN_ON_ONCE(q->count);
	cancel_delayed_work_sync(&q->reminder);
	tlsup_agent_free_all(q);
}

static struct pernet_operations request_net_ops = {
	.init = request_init_net,
	.exit = request_exit_net,
	.id = &queue_net_id,
	.size = sizeof(struct tlsup_queue),
};

int tlsup_request_init(void)
{
	int err;

	tlsup_workqueue = alloc_workqueue("tlsup", WQ_UNBOUND, 0);
	if (!tlsup_workqueue)
		return -ENOMEM;
	err = register_pernet_subsys(&request_net_ops);
	if (err)
		goto err_workqueue;
	err = tlsup_agent_init();
	if (err)
		goto err_pernet;
	return 0;

err_pernet:
	unregister_pernet_subsys(&request_net_ops);
err_workqueue:
	destroy_workqueue(tlsup_workqueue);
	return err;
}

/* Works may still be queued after the last socket is gone, and they use the
 * namespaces' queues. */
void tlsup_request_exit(void)
{
	tlsup_agent_exit();
	destroy_workqueue(tlsup_workqueue);
	unregister_pernet_subsys(&request_net_ops);
}
