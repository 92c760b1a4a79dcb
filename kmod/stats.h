/* SPDX-License-Identifier: GPL-2.0-only */
/* Counters of a network namespace, TLSUP_STAT_* of <linux/tlsup_netlink.h>. */
#ifndef TLSUP_STATS_H
#define TLSUP_STATS_H

#include <net/net_namespace.h>
#include <linux/tlsup_netlink.h>

/* Any context. */
void tlsup_stats_add(struct net *net, enum tlsup_stat stat, s64 n);
u64 tlsup_stats_read(struct net *net, enum tlsup_stat stat);

int tlsup_stats_init(void);
void tlsup_stats_exit(void);

#endif /* TLSUP_STATS_H */
