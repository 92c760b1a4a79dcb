// SPDX-License-Identifier: GPL-2.0-only
/* early: owns what a client writes before its handshake is over. */

#include <linux/slab.h>
#include <linux/uio.h>

#include "context.h"
#include "early.h"
#include "record.h"
#include "send.h"
#include "session.h"

/* One record, so that it is sealed whole or not at all. */
static_assert(TLSUP_EARLY_DATA_MAX <= TLSUP_PAYLOAD_MAX);

/* connecting: before the handshake has begun, but it is going to. */
static bool may_write(const struct tlsup_context *ctx)
{
	return ctx->upgrade->early.max && ctx->role != TLSUP_ROLE_SERVER &&
	       (tlsup_under_way(ctx->state) ||
		(ctx->state == TLSUP_STATE_ARMED && ctx->upgrade->connecting));
}

/* As much as there is room for; 0, where there is none. */
static int take(struct tlsup_early *e, struct msghdr *msg)
{
	size_t part = min_t(size_t, msg_data_left(msg), e->max - e->len);

	if (!part)
		return 0;
	if (!e->data)
		e->data = kvmalloc(e->max, GFP_KERNEL_ACCOUNT);
	if (!e->data)
		return -ENOMEM;
	part = copy_from_iter(e->data + e->len, part, &msg->msg_iter);
	if (!part)
		return -EFAULT;
	e->len += part;
	return part;
}

int tlsup_early_write(struct sock *sk, struct msghdr *msg)
{
	struct tlsup_context *ctx = tlsup_context(sk);
	int ret;

	if (!ctx->upgrade || !may_write(ctx))
		return 0;
	ret = take(&ctx->upgrade->early, msg);
	if (ret > 0)
		tlsup_early_push(sk);
	return ret;
}

int tlsup_early_first(struct sock *sk, struct msghdr *msg)
{
	return take(&tlsup_context(sk)->upgrade->early, msg);
}

void tlsup_early_forget(struct tlsup_early *e)
{
	tlsup_early_free(e);
	e->closed = false;
}

void tlsup_early_push(struct sock *sk)
{
	struct tlsup_context *ctx = tlsup_context(sk);
	struct tlsup_early *e = &ctx->upgrade->early;
	u32 end = min(e->len, e->limit);

	if (e->closed || !ctx->tx.cipher ||
	    ctx->tx.epoch != TLSUP_EPOCH_EARLY || e->sent >= end)
		return;
	/* What finds no room or memory now is not lost: tlsup_early_finish(). */
	if (!tlsup_send_message(sk, TLSUP_TYPE_DATA, e->data + e->sent,
				end - e->sent))
		e->sent = end;
}

void tlsup_early_end(struct sock *sk)
{
	tlsup_session(sk)->early.closed = true;
}

int tlsup_early_finish(struct sock *sk, bool accepted)
{
	struct tlsup_context *ctx = tlsup_context(sk);
	struct tlsup_early *e = &ctx->upgrade->early;
	u32 from = accepted ? e->sent : 0;
	int err = 0;

	if (e->len > from)
		err = tlsup_send_message(sk, TLSUP_TYPE_DATA, e->data + from,
					 e->len - from);
	ctx->tx_bytes += e->len;
	e->bytes = from;
	tlsup_early_free(e);
	return err;
}

void tlsup_early_free(struct tlsup_early *e)
{
	if (e->data)
		kvfree_sensitive(e->data, e->max);
	e->data = NULL;
	e->len = 0;
	e->closed = true;
}
