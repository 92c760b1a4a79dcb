/* SPDX-License-Identifier: GPL-2.0-only */
/* The generic netlink family: what the kernel says by itself. */
#ifndef TLSUP_NETLINK_H
#define TLSUP_NETLINK_H

#include <linux/types.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include <linux/tlsup_netlink.h>

struct tlsup_bytes;

/* Unicasts to an agent; losing one is no error. Process context. */
void tlsup_netlink_ready(struct net *net, u32 portid);
void tlsup_netlink_cancel(struct net *net, u32 portid, u64 cookie);
/* 0, or a negative errno: nobody got it. */
int tlsup_netlink_post(struct net *net, u32 portid, u64 cookie,
		       const struct tlsup_bytes *message,
		       const struct tlsup_bytes *session);

/* There is memory for it, whatever it takes. */
void tlsup_netlink_forget(struct net *net, u32 portid, u64 cookie,
			  const struct tlsup_bytes *session);

/* 0, or a negative errno; message->len 0: none. */
int tlsup_netlink_ask(struct net *net, u32 portid, u64 cookie, u32 number,
		      u32 key_updates, const struct tlsup_bytes *message);
void tlsup_netlink_gone(struct net *net, u32 portid, u64 cookie);

/* Multicast about a socket in upgrade mode, if anybody listens. Locked. */
void tlsup_netlink_event(struct sock *sk, enum tlsup_event event);

int tlsup_netlink_init(void);
void tlsup_netlink_exit(void);

#endif /* TLSUP_NETLINK_H */
