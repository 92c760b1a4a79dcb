/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Post-handshake authentication (RFC 8446 4.6.2): what the agent that made the
 * handshake is asked, and what its answers do. <linux/tlsup_netlink.h> has the
 * grammar.
 *
 * Lifetime. A kept connection has one struct tlsup_auth. References: the
 * session's pointer and the deadline's work. While it is on the queue's list of
 * kept connections, its socket has not been through tlsup_auth_end(), which
 * close() calls; who finds it there takes a reference to the socket before it
 * drops the queue's lock, and asks again under the socket lock.
 */
#ifndef TLSUP_AUTH_H
#define TLSUP_AUTH_H

#include <linux/types.h>
#include <net/sock.h>

struct tlsup_auth;
struct tlsup_bytes;
struct tlsup_fail;
struct tlsup_upgrade;

/* What an agent says in ANSWER; the bytes stay the caller's. */
struct tlsup_answer {
	u64 cookie;
	u32 number;
	u32 flags;
	const u8 *message, *peer_chain;
	size_t message_len, peer_chain_len;
};

/* Not yet anybody's; kfree() or tlsup_auth_keep(). May sleep. */
struct tlsup_auth *tlsup_auth_new(void);
/* DONE said KEEP: portid is asked from now on. Takes auth over. Locked. */
void tlsup_auth_keep(struct sock *sk, struct tlsup_auth *auth, u32 portid);
/* The connection has ended: nobody is asked any more. Locked; idempotent. */
void tlsup_auth_end(struct sock *sk);

/* Is this post-handshake message for us? Locked, as is all that follows. */
bool tlsup_auth_expects(const struct sock *sk, u8 type);
/* Takes one that is: 0, or -EPROTO: the peer broke the protocol, -ECONNABORTED:
 * nobody can be asked, -ENOMEM; the caller ends the connection. */
int tlsup_auth_message(struct sock *sk, const u8 *message, size_t len);
/* A client's Finished is going to be made with the sending key as it is. */
bool tlsup_auth_pins_key(const struct sock *sk);
/* Answers that found no room are sent. */
void tlsup_auth_retry(struct sock *sk);
/* TLSUP_REQUEST_CERTIFICATE: 0 or a negative errno of its. */
int tlsup_auth_request(struct sock *sk);

/* ANSWER and FAIL from that port; they take the socket lock. 0, -ENOENT,
 * -EINVAL and *why, -ENOMEM, or the connection's error. */
int tlsup_auth_answer(struct net *net, u32 portid,
		      const struct tlsup_answer *answer, const char **why);
int tlsup_auth_fail(struct net *net, u32 portid, u64 cookie,
		    const struct tlsup_fail *fail);
/* That agent died. Process context, no lock. */
void tlsup_auth_orphan(struct net *net, u32 portid);

#endif /* TLSUP_AUTH_H */
