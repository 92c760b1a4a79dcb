// SPDX-License-Identifier: Apache-2.0
/* The names of tlsup's own numbers; those of TLS are in daemon/names.c. */
#include "daemon/ctl/names.h"

#include <linux/tlsup.h>
#include <linux/tlsup_netlink.h>

#include "daemon/names.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const struct tlsup_name roles[] = {
	{ TLSUP_ROLE_UNSPEC, "none" },
	{ TLSUP_ROLE_CLIENT, "client" },
	{ TLSUP_ROLE_SERVER, "server" },
};

static const struct tlsup_name states[] = {
	{ TLSUP_STATE_IDLE, "idle" },
	{ TLSUP_STATE_KTLS, "ktls" },
	{ TLSUP_STATE_ARMED, "armed" },
	{ TLSUP_STATE_PENDING, "pending" },
	{ TLSUP_STATE_HANDSHAKE, "handshake" },
	{ TLSUP_STATE_OPEN, "open" },
	{ TLSUP_STATE_CLOSED, "closed" },
	{ TLSUP_STATE_FAILED, "failed" },
};

static const struct tlsup_name events[] = {
	{ TLSUP_EVENT_OPEN, "open" },
	{ TLSUP_EVENT_FAILED, "failed" },
	{ TLSUP_EVENT_CLOSED, "closed" },
};

static const struct tlsup_name stats[] = {
	{ TLSUP_STAT_ATTACHED, "attached" },
	{ TLSUP_STAT_SOCKETS, "sockets" },
	{ TLSUP_STAT_PENDING, "pending" },
	{ TLSUP_STAT_AGENTS, "agents" },
	{ TLSUP_STAT_REQUESTS, "requests" },
	{ TLSUP_STAT_DONE, "done" },
	{ TLSUP_STAT_FAILED, "failed" },
	{ TLSUP_STAT_CANCELLED, "cancelled" },
	{ TLSUP_STAT_TIMED_OUT, "timed_out" },
	{ TLSUP_STAT_RESUMED, "resumed" },
	{ TLSUP_STAT_TX_RECORDS, "tx_records" },
	{ TLSUP_STAT_RX_RECORDS, "rx_records" },
	{ TLSUP_STAT_TX_BYTES, "tx_bytes" },
	{ TLSUP_STAT_RX_BYTES, "rx_bytes" },
	{ TLSUP_STAT_DECRYPT_ERRORS, "decrypt_errors" },
	{ TLSUP_STAT_TX_KEY_UPDATES, "tx_key_updates" },
	{ TLSUP_STAT_RX_KEY_UPDATES, "rx_key_updates" },
	{ TLSUP_STAT_POST_SENT, "post_sent" },
	{ TLSUP_STAT_POST_DROPPED, "post_dropped" },
	{ TLSUP_STAT_TRUNCATED, "truncated" },
};

const char *tlsup_role_name(unsigned int role)
{
	return tlsup_name_text(roles, ARRAY_SIZE(roles), role);
}

const char *tlsup_state_name(unsigned int state)
{
	return tlsup_name_text(states, ARRAY_SIZE(states), state);
}

const char *tlsup_event_name(unsigned int event)
{
	return tlsup_name_text(events, ARRAY_SIZE(events), event);
}

const char *tlsup_stat_name(unsigned int stat)
{
	return tlsup_name_text(stats, ARRAY_SIZE(stats), stat);
}
