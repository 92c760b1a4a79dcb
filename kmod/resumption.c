// SPDX-License-Identifier: GPL-2.0-only
/* resumption: owns what agents are told of a connection's session: tickets, and
 * its end by a fatal alert; and what they say to a ticket. */

#include <linux/slab.h>
#include <net/sock.h>

#include "context.h"
#include "netlink.h"
#include "outcome.h"
#include "request.h"
#include "resumption.h"
#include "session.h"
#include "stats.h"

/* Before the ticket is sent: the answer may be quick. */
static void enlist(struct tlsup_upgrade *u)
{
	struct tlsup_queue *q = tlsup_request_queue(sock_net(u->sk));

	if (!hlist_unhashed(&u->ticketed))
		return;
	spin_lock_bh(&q->lock);
	hash_add(q->ticketed, &u->ticketed, u->cookie);
	spin_unlock_bh(&q->lock);
}

/* Tickets are a convenience: one that reaches nobody is counted, no more. */
void tlsup_resumption_ticket(struct sock *sk, const u8 *message, size_t len)
{
	struct tlsup_upgrade *u = tlsup_session(sk);
	struct tlsup_bytes session = { u->session, u->session_len };
	struct tlsup_bytes bytes = { message, len };
	struct net *net = sock_net(sk);
	u32 portid = tlsup_agent_newest(net);
	int err = -ESRCH;

	sock_owned_by_me(sk);
	if (portid) {
		enlist(u);
		err = tlsup_netlink_post(net, portid, u->cookie, &bytes, &session);
	}
	tlsup_stats_add(net, err ? TLSUP_STAT_POST_DROPPED : TLSUP_STAT_POST_SENT,
			1);
}

void tlsup_resumption_forget(struct sock *sk)
{
	struct tlsup_upgrade *u = tlsup_session(sk);
	struct tlsup_bytes session = { u->session, u->session_len };
	struct net *net = sock_net(sk);
	u64 turn = 0;
	u32 portid;

	sock_owned_by_me(sk);
	if (!session.len)
		return;
	/* Sessions may be with any of them: who made the handshake need not be
	 * who got the tickets. */
	while ((portid = tlsup_agent_next(net, &turn)))
		tlsup_netlink_forget(net, portid, u->cookie, &session);
	kvfree_sensitive(u->session, u->session_len);
	u->session = NULL;
	u->session_len = 0;
}

void tlsup_resumption_end(struct sock *sk)
{
	struct tlsup_queue *q = tlsup_request_queue(sock_net(sk));
	struct tlsup_upgrade *u = tlsup_session(sk);

	sock_owned_by_me(sk);
	if (hlist_unhashed(&u->ticketed))
		return;
	spin_lock_bh(&q->lock);
	hash_del(&u->ticketed);
	spin_unlock_bh(&q->lock);
}

/* The socket, with a reference, or NULL. */
static struct sock *find_ticketed(struct net *net, u64 cookie)
{
	struct tlsup_queue *q = tlsup_request_queue(net);
	struct tlsup_upgrade *u;
	struct sock *sk = NULL;

	spin_lock_bh(&q->lock);
	hash_for_each_possible(q->ticketed, u, ticketed, cookie) {
		if (u->cookie != cookie)
			continue;
		sk = u->sk;
		sock_hold(sk);
		break;
	}
	spin_unlock_bh(&q->lock);
	return sk;
}

int tlsup_resumption_fail(struct net *net, u32 portid, u64 cookie,
			  const struct tlsup_fail *fail)
{
	const struct tlsup_upgrade *u;
	int err = -ENOENT;
	struct sock *sk;

	/* A ticket may have gone to an agent that was the newest then. */
	if (!tlsup_agent_registered(net, portid))
		return err;
	sk = find_ticketed(net, cookie);
	if (!sk)
		return err;
	lock_sock(sk);
	u = tlsup_session(sk);
	if (u && !hlist_unhashed(&u->ticketed)) {
		tlsup_outcome_fail_open(sk, fail);
		err = 0;
	}
	release_sock(sk);
	sock_put(sk);
	return err;
}
