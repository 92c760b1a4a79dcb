/* SPDX-License-Identifier: Apache-2.0 */
/* The observer's side of the generic netlink family: asks, and hands over. */
#ifndef TLSUP_CTL_NETLINK_H
#define TLSUP_CTL_NETLINK_H

#include <stdbool.h>

struct nlattr;
struct tlsup_netlink;

/* One message of the family; tb has TLSUP_A_MAX + 1 entries. */
typedef void (*tlsup_netlink_handler)(int command, struct nlattr **tb,
				      void *data);

/*
 * Prints what went wrong and returns NULL (no module, no memory). Everything
 * else returns an exit status and has printed the reason unless it is 0.
 */
struct tlsup_netlink *tlsup_netlink_open(void);
void tlsup_netlink_close(struct tlsup_netlink *nl);

/* A request and all its answers. With dump, a dump that changed under the
 * reader is asked for again: the handler sees command 0 first, each time. */
int tlsup_netlink_ask(struct tlsup_netlink *nl, int command, bool dump,
		      tlsup_netlink_handler handler, void *data);

/* Joins "events"; then waits for events forever, or until an error. */
int tlsup_netlink_join(struct tlsup_netlink *nl);
int tlsup_netlink_listen(struct tlsup_netlink *nl,
			 tlsup_netlink_handler handler, void *data);

#endif /* TLSUP_CTL_NETLINK_H */
