/* SPDX-License-Identifier: GPL-2.0-only */
/* What netlink.c and notify.c share: the family, and the answers to commands. */
#ifndef TLSUP_NOTIFY_H
#define TLSUP_NOTIFY_H

#include <linux/types.h>
#include <net/genetlink.h>
#include <net/sock.h>

struct tlsup_request;

enum { TLSUP_GROUP_EVENTS };

extern struct genl_family tlsup_genl_family;

/* Each sends or adds one message; 0 or a negative errno. They take the socket
 * lock. -ESTALE: that turn of the request is over. */
int tlsup_notify_accepted(struct genl_info *info, struct user_namespace *ns,
			  struct tlsup_request *req, u32 generation, int fd);
int tlsup_notify_stats(struct genl_info *info);
int tlsup_notify_dump(struct sk_buff *skb, struct netlink_callback *cb,
		      struct sock *sk);

#endif /* TLSUP_NOTIFY_H */
