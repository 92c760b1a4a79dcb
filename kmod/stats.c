// SPDX-License-Identifier: GPL-2.0-only
/* stats: owns the counters of each network namespace. */

#include <linux/percpu.h>
#include <net/netns/generic.h>

#include "stats.h"

struct counters {
	u64 value[TLSUP_STAT_MAX + 1];
};

struct stats_net {
	struct counters __percpu *counters;
};

static unsigned int stats_net_id __read_mostly;

/* A gauge goes up on one CPU and down on another: only the sum has a meaning. */
void tlsup_stats_add(struct net *net, enum tlsup_stat stat, s64 n)
{
	struct stats_net *sn = net_generic(net, stats_net_id);

	this_cpu_add(sn->counters->value[stat], n);
}

u64 tlsup_stats_read(struct net *net, enum tlsup_stat stat)
{
	struct stats_net *sn = net_generic(net, stats_net_id);
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(sn->counters, cpu)->value[stat]);
	return sum;
}

static int __net_init stats_init_net(struct net *net)
{
	struct stats_net *sn = net_generic(net, stats_net_id);

	sn->counters = alloc_percpu(struct counters);
	return sn->counters ? 0 : -ENOMEM;
}

static void __net_exit stats_exit_net(struct net *net)
{
	struct stats_net *sn = net_generic(net, stats_net_id);

	free_percpu(sn->counters);
}

static struct pernet_operations stats_net_ops = {
	.init = stats_init_net,
	.exit = stats_exit_net,
	.id = &stats_net_id,
	.size = sizeof(struct stats_net),
};

int tlsup_stats_init(void)
{
	return register_pernet_subsys(&stats_net_ops);
}

void tlsup_stats_exit(void)
{
	unregister_pernet_subsys(&stats_net_ops);
}
