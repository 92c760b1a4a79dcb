// SPDX-License-Identifier: Apache-2.0
/* tlsup stats: the counters of this network namespace. */
#include <stdbool.h>
#include <string.h>

#include <netlink/attr.h>

#include <linux/tlsup_netlink.h>

#include "daemon/ctl/ctl.h"
#include "daemon/ctl/error.h"
#include "daemon/ctl/names.h"
#include "daemon/ctl/netlink.h"
#include "daemon/ctl/out.h"

struct counters {
	uint64_t value[TLSUP_STAT_MAX + 1];
	bool known[TLSUP_STAT_MAX + 1];
};

static void collect(int command, struct nlattr **tb, void *data)
{
	struct nlattr *stats[TLSUP_STAT_MAX + 1];
	struct counters *counters = data;
	int i;

	if (command != TLSUP_CMD_GET_STATS || !tb[TLSUP_A_STATS] ||
	    nla_parse_nested(stats, TLSUP_STAT_MAX, tb[TLSUP_A_STATS], NULL))
		return;
	for (i = 1; i <= TLSUP_STAT_MAX; i++) {
		counters->known[i] = stats[i] && nla_len(stats[i]) >= 8;
		if (counters->known[i])
			counters->value[i] = nla_get_u64(stats[i]);
	}
}

static bool in_bytes(int stat)
{
	return stat == TLSUP_STAT_TX_BYTES || stat == TLSUP_STAT_RX_BYTES;
}

static void print(struct tlsup_out *out, const struct counters *counters)
{
	const char *key;
	int i;

	tlsup_out_begin(out);
	for (i = 1; i <= TLSUP_STAT_MAX; i++) {
		key = tlsup_stat_name((unsigned int)i);
		if (!counters->known[i])
			continue;
		if (in_bytes(i))
			tlsup_out_bytes(out, key, counters->value[i]);
		else
			tlsup_out_number(out, key, counters->value[i]);
	}
	tlsup_out_end(out);
	tlsup_out_finish(out);
}

int tlsup_command_stats(int argc, char **argv, const struct tlsup_options *opt)
{
	struct counters counters = { 0 };
	struct tlsup_netlink *nl;
	struct tlsup_out out;
	int status;

	if (argc > 2) {
		tlsup_error("stats: one counter at most");
		return TLSUP_EXIT_USAGE;
	}
	nl = tlsup_netlink_open();
	if (!nl)
		return TLSUP_EXIT_NO_SERVICE;
	status = tlsup_netlink_ask(nl, TLSUP_CMD_GET_STATS, false, collect,
				   &counters);
	tlsup_netlink_close(nl);
	if (status)
		return status;
	tlsup_out_init(&out, opt->json ? TLSUP_OUT_JSON :
		       argc == 2       ? TLSUP_OUT_BARE :
					 TLSUP_OUT_TABLE, stdout);
	out.only = argc == 2 ? argv[1] : NULL;
	print(&out, &counters);
	return 0;
}
