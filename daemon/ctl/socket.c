// SPDX-License-Identifier: Apache-2.0
/* A TLS socket as the kernel tells of it. */
#include "daemon/ctl/socket.h"

#include <stdio.h>
#include <string.h>

#include <netlink/attr.h>

#include <linux/tlsup_netlink.h>

#include "daemon/ctl/names.h"
#include "daemon/ctl/out.h"
#include "daemon/names.h"

static uint32_t get_u32(const struct nlattr *attr)
{
	return attr && nla_len(attr) >= 4 ? nla_get_u32(attr) : 0;
}

static uint64_t get_u64(const struct nlattr *attr)
{
	return attr && nla_len(attr) >= 8 ? nla_get_u64(attr) : 0;
}

static void get_text(char *text, size_t size, const struct nlattr *attr)
{
	*text = '\0';
	if (attr)
		tlsup_out_escape(text, size, nla_data(attr),
				 (size_t)nla_len(attr));
}

static void get_address(union tlsup_address *address, const struct nlattr *attr)
{
	if (attr)
		tlsup_address_set(address, nla_data(attr),
				  (size_t)nla_len(attr));
}

/* An older kernel's struct is shorter, a newer one's longer. */
static void get_info(struct tlsup_info *info, const struct nlattr *attr)
{
	size_t len = attr ? (size_t)nla_len(attr) : 0;

	info->alert_sent = TLSUP_ALERT_NONE;
	info->alert_received = TLSUP_ALERT_NONE;
	if (len)
		memcpy(info, nla_data(attr),
		       len < sizeof(*info) ? len : sizeof(*info));
	info->reason[sizeof(info->reason) - 1] = '\0';
}

void tlsup_socket_parse(struct tlsup_socket *socket, struct nlattr **tb)
{
	memset(socket, 0, sizeof(*socket));
	socket->cookie = get_u64(tb[TLSUP_A_SOCK_COOKIE]);
	socket->state = get_u32(tb[TLSUP_A_STATE]);
	socket->role = get_u32(tb[TLSUP_A_ROLE]);
	socket->uid = get_u32(tb[TLSUP_A_UID]);
	get_address(&socket->local, tb[TLSUP_A_LOCAL_ADDR]);
	get_address(&socket->peer, tb[TLSUP_A_PEER_ADDR]);
	get_info(&socket->info, tb[TLSUP_A_INFO]);
	get_text(socket->name, sizeof(socket->name), tb[TLSUP_A_SERVER_NAME]);
	get_text(socket->alpn, sizeof(socket->alpn), tb[TLSUP_A_ALPN]);
	get_text(socket->profile, sizeof(socket->profile), tb[TLSUP_A_PROFILE]);
}

/* Zero and "none" are no news. */
static void describe_number(struct tlsup_out *out, const char *key,
			    const char *(*name)(uint16_t), uint16_t number)
{
	tlsup_out_string(out, key, number ? name(number) : NULL);
}

static void describe_alert(struct tlsup_out *out, const char *key,
			   uint8_t alert)
{
	tlsup_out_string(out, key,
			 alert != TLSUP_ALERT_NONE ?
				 tlsup_alert_name(alert) : NULL);
}

void tlsup_socket_describe_info(struct tlsup_out *out,
				const struct tlsup_info *info,
				const char *name, const char *alpn)
{
	char reason[4 * TLSUP_REASON_MAX + 1];

	tlsup_out_escape(reason, sizeof(reason), info->reason,
			 strnlen(info->reason, sizeof(info->reason) - 1));
	describe_number(out, "version", tlsup_version_name, info->version);
	describe_number(out, "suite", tlsup_suite_name, info->cipher_suite);
	describe_number(out, "group", tlsup_group_name, info->group);
	describe_number(out, "signature", tlsup_scheme_name,
			info->signature_scheme);
	tlsup_out_string(out, "name", name);
	tlsup_out_string(out, "alpn", alpn);
	tlsup_out_flag(out, "resumed", info->flags & TLSUP_F_RESUMED);
	tlsup_out_flag(out, "verified", info->flags & TLSUP_F_PEER_VERIFIED);
	tlsup_out_bytes(out, "sent", info->tx_bytes);
	tlsup_out_bytes(out, "received", info->rx_bytes);
	tlsup_out_number(out, "records_sent", info->tx_records);
	tlsup_out_number(out, "records_received", info->rx_records);
	tlsup_out_number(out, "key_updates_sent", info->tx_key_updates);
	tlsup_out_number(out, "key_updates_received", info->rx_key_updates);
	describe_alert(out, "alert_sent", info->alert_sent);
	describe_alert(out, "alert_received", info->alert_received);
	tlsup_out_string(out, "error",
			 info->error ? strerrorname_np(info->error) : NULL);
	tlsup_out_string(out, "reason", reason);
}

static void describe_level(struct tlsup_out *out, const char *key,
			   uint8_t level)
{
	static const char *const names[] = { NULL, "warning", "fatal" };

	tlsup_out_hidden_string(out, key,
				level < 3 ? names[level] : "unknown");
}

/* 16384 is the protocol's own, and no news to people. */
static void describe_limit(struct tlsup_out *out, const char *key,
			   uint16_t limit)
{
	if (limit == 16384)
		tlsup_out_hidden_number(out, key, limit);
	else
		tlsup_out_number(out, key, limit);
}

void tlsup_socket_describe_more(struct tlsup_out *out,
				const struct tlsup_info *info)
{
	tlsup_out_flag(out, "early", info->flags & TLSUP_F_EARLY_DATA);
	tlsup_out_bytes(out, "early_bytes", info->early_bytes);
	describe_limit(out, "record_limit_sent", info->tx_record_limit);
	describe_limit(out, "record_limit_received", info->rx_record_limit);
	describe_level(out, "alert_sent_level", info->alert_sent_level);
	describe_level(out, "alert_received_level",
		       info->alert_received_level);
}

static void describe_heading(struct tlsup_out *out,
			     const struct tlsup_socket *socket,
			     const char *local, const char *peer)
{
	const char *role = tlsup_role_name(socket->role);
	char text[2 * TLSUP_ADDRESS_TEXT + 32];

	snprintf(text, sizeof(text), "%s%s%s (%s)", local,
		 *peer ? " -> " : "", peer,
		 tlsup_state_name(socket->state));
	tlsup_out_heading(out, socket->role ? role : "socket", text);
}

void tlsup_socket_describe(struct tlsup_out *out,
			   const struct tlsup_socket *socket)
{
	char local[TLSUP_ADDRESS_TEXT], peer[TLSUP_ADDRESS_TEXT];

	tlsup_address_text(&socket->local, local);
	tlsup_address_text(&socket->peer, peer);
	describe_heading(out, socket, local, peer);
	tlsup_out_hidden_number(out, "cookie", socket->cookie);
	tlsup_out_hidden_string(out, "role",
				tlsup_role_name(socket->role));
	tlsup_out_hidden_string(out, "state",
				tlsup_state_name(socket->state));
	tlsup_out_hidden_string(out, "local", local);
	tlsup_out_hidden_string(out, "peer", peer);
	tlsup_socket_describe_info(out, &socket->info, socket->name,
				   socket->alpn);
	tlsup_out_string(out, "profile", socket->profile);
	tlsup_out_hidden_number(out, "uid", socket->uid);
	tlsup_out_number(out, "pid", (uint64_t)socket->pid);
	tlsup_out_string(out, "process", socket->process);
	tlsup_socket_describe_more(out, &socket->info);
}
