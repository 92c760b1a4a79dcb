/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What agents hear of a connection that may be resumed later: the tickets that
 * its peer sends, and that nothing of it is to be resumed any more.
 *
 * Lifetime. From its first ticket on, a session is on the queue's list of those
 * whom an agent may fail. Whoever finds it there takes a reference to its socket
 * before the queue's lock is dropped; close() and every failure take it off, by
 * tlsup_resumption_end(), under the socket lock.
 */
#ifndef TLSUP_RESUMPTION_H
#define TLSUP_RESUMPTION_H

#include <linux/types.h>
#include <net/sock.h>

struct tlsup_fail;

/* A client's NewSessionTicket, with its header, goes to the newest agent. Socket
 * locked, as in all that do not say otherwise. */
void tlsup_resumption_ticket(struct sock *sk, const u8 *message, size_t len);
/* A fatal alert ended it: all agents are told to forget. Nothing the second
 * time, or if the agent left no note. */
void tlsup_resumption_forget(struct sock *sk);
/* The connection has ended; idempotent. */
void tlsup_resumption_end(struct sock *sk);

/* FAIL of a ticket, from that port; takes the socket lock. 0, or -ENOENT. */
int tlsup_resumption_fail(struct net *net, u32 portid, u64 cookie,
			  const struct tlsup_fail *fail);

#endif /* TLSUP_RESUMPTION_H */
