/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints: /sys/kernel/tracing/events/tlsup. Sockets are told by their
 * index in the namespace's table and their ports, never by an address. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM tlsup

#if !defined(TLSUP_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define TLSUP_TRACE_H

#include <linux/tracepoint.h>
#include <net/inet_sock.h>
#include <net/sock.h>
#include <linux/tlsup_netlink.h>

#include "context.h"

DECLARE_EVENT_CLASS(tlsup_socket,

	TP_PROTO(const struct sock *sk, const struct tlsup_context *ctx),

	TP_ARGS(sk, ctx),

	TP_STRUCT__entry(
		__field(u32, id)
		__field(u16, sport)
		__field(u16, dport)
		__field(u8, mode)
		__field(u8, state)
	),

	TP_fast_assign(
		__entry->id = ctx->id;
		__entry->sport = ntohs(inet_sk(sk)->inet_sport);
		__entry->dport = ntohs(inet_sk(sk)->inet_dport);
		__entry->mode = ctx->mode;
		__entry->state = ctx->state;
	),

	TP_printk("id=%u sport=%u dport=%u mode=%u state=%u", __entry->id,
		  __entry->sport, __entry->dport, __entry->mode, __entry->state)
);

DEFINE_EVENT(tlsup_socket, tlsup_attach,
	TP_PROTO(const struct sock *sk, const struct tlsup_context *ctx),
	TP_ARGS(sk, ctx)
);

DEFINE_EVENT(tlsup_socket, tlsup_detach,
	TP_PROTO(const struct sock *sk, const struct tlsup_context *ctx),
	TP_ARGS(sk, ctx)
);

DECLARE_EVENT_CLASS(tlsup_direction,

	TP_PROTO(const struct tlsup_context *ctx, bool tx),

	TP_ARGS(ctx, tx),

	TP_STRUCT__entry(
		__field(u32, id)
		__field(bool, tx)
		__field(u16, version)
		__field(u8, epoch)
	),

	TP_fast_assign(
		const struct tlsup_state *st = tx ? &ctx->tx : &ctx->rx;

		__entry->id = ctx->id;
		__entry->tx = tx;
		__entry->version = st->version;
		__entry->epoch = st->epoch;
	),

	TP_printk("id=%u direction=%s version=%#x epoch=%u", __entry->id,
		  __entry->tx ? "tx" : "rx", __entry->version, __entry->epoch)
);

DEFINE_EVENT(tlsup_direction, tlsup_state_installed,
	TP_PROTO(const struct tlsup_context *ctx, bool tx),
	TP_ARGS(ctx, tx)
);

DEFINE_EVENT(tlsup_direction, tlsup_key_update,
	TP_PROTO(const struct tlsup_context *ctx, bool tx),
	TP_ARGS(ctx, tx)
);

TRACE_EVENT(tlsup_alert,

	TP_PROTO(const struct tlsup_context *ctx, bool sent, u8 level,
		 u8 description),

	TP_ARGS(ctx, sent, level, description),

	TP_STRUCT__entry(
		__field(u32, id)
		__field(bool, sent)
		__field(u8, level)
		__field(u8, description)
	),

	TP_fast_assign(
		__entry->id = ctx->id;
		__entry->sent = sent;
		__entry->level = level;
		__entry->description = description;
	),

	TP_printk("id=%u %s level=%u description=%u", __entry->id,
		  __entry->sent ? "sent" : "received", __entry->level,
		  __entry->description)
);

TRACE_EVENT(tlsup_bad_record,

	TP_PROTO(const struct tlsup_context *ctx, int error),

	TP_ARGS(ctx, error),

	TP_STRUCT__entry(
		__field(u32, id)
		__field(int, error)
		__field(u64, seq)
	),

	TP_fast_assign(
		__entry->id = ctx->id;
		__entry->error = error;
		__entry->seq = ctx->rx.seq;
	),

	TP_printk("id=%u error=%d seq=%llu", __entry->id, __entry->error,
		  __entry->seq)
);

TRACE_EVENT(tlsup_request_submitted,

	TP_PROTO(const struct tlsup_context *ctx, u64 cookie),

	TP_ARGS(ctx, cookie),

	TP_STRUCT__entry(
		__field(u32, id)
		__field(u64, cookie)
		__field(u8, role)
	),

	TP_fast_assign(
		__entry->id = ctx->id;
		__entry->cookie = cookie;
		__entry->role = ctx->role;
	),

	TP_printk("id=%u cookie=%llu role=%u", __entry->id, __entry->cookie,
		  __entry->role)
);

TRACE_EVENT(tlsup_request_completed,

	TP_PROTO(const struct tlsup_context *ctx, u64 cookie, u32 agent),

	TP_ARGS(ctx, cookie, agent),

	TP_STRUCT__entry(
		__field(u32, id)
		__field(u64, cookie)
		__field(u32, agent)
	),

	TP_fast_assign(
		__entry->id = ctx->id;
		__entry->cookie = cookie;
		__entry->agent = agent;
	),

	TP_printk("id=%u cookie=%llu agent=%u", __entry->id, __entry->cookie,
		  __entry->agent)
);

#endif /* TLSUP_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
