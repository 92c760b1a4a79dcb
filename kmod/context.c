// SPDX-License-Identifier: GPL-2.0-only
/* One context per socket: the table of them, birth, failure and death. */
#include <linux/slab.h>
#include <linux/tls.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <net/tcp.h>
#include <net/tls.h>

#include "context.h"
#include "receive.h"
#include "record.h"
#include "send.h"
#include "sockopt.h"
#include "stats.h"
#include "ulp.h"
#include "upgrade.h"

/* tls_sw_has_ctx_tx() and _rx() (include/net/tls.h) look for these two in any
 * ULP's data; zeros are "none". */
static_assert(offsetof(struct tlsup_context, tls_context_shadow) == 0);
static_assert(offsetofend(struct tls_context, priv_ctx_tx) <=
	      sizeof_field(struct tlsup_context, tls_context_shadow));
static_assert(offsetofend(struct tls_context, priv_ctx_rx) <=
	      sizeof_field(struct tlsup_context, tls_context_shadow));

struct context_net {
	struct xarray sockets;	/* struct sock *, from context_new to _free */
};

static unsigned int context_net_id;

static struct xarray *context_table(const struct sock *sk)
{
	struct context_net *cn = net_generic(sock_net(sk), context_net_id);

	return &cn->sockets;
}

bool tlsup_context_sends(const struct tlsup_context *ctx)
{
	switch (READ_ONCE(ctx->mode)) {
	case TLSUP_MODE_KTLS:
		return READ_ONCE(ctx->ktls_tx);
	case TLSUP_MODE_UPGRADE:
		return READ_ONCE(ctx->state) != TLSUP_STATE_IDLE;
	default:
		return false;
	}
}

bool tlsup_context_receives(const struct tlsup_context *ctx)
{
	switch (READ_ONCE(ctx->mode)) {
	case TLSUP_MODE_KTLS:
		return READ_ONCE(ctx->ktls_rx);
	case TLSUP_MODE_UPGRADE:
		return READ_ONCE(ctx->state) != TLSUP_STATE_IDLE;
	default:
		return false;
	}
}

struct tlsup_context *tlsup_context_new(struct sock *sk, gfp_t gfp)
{
	struct tlsup_context *ctx = kzalloc(sizeof(*ctx), gfp);

	if (!ctx)
		return NULL;
	if (xa_alloc_bh(context_table(sk), &ctx->id, sk, xa_limit_32b, gfp)) {
		kfree(ctx);
		return NULL;
	}
	ctx->tx_limit = TLSUP_PAYLOAD_MAX;
	ctx->rx_limit = TLSUP_PAYLOAD_MAX;
	tlsup_send_init(sk, ctx);
	tlsup_stats_add(sock_net(sk), TLSUP_STAT_ATTACHED, 1);
	tlsup_stats_add(sock_net(sk), TLSUP_STAT_SOCKETS, 1);
	return ctx;
}

void tlsup_context_wipe(struct tlsup_context *ctx)
{
	tlsup_send_free(ctx);
	tlsup_receive_free(ctx);
	tlsup_sockopt_free(ctx);
	tlsup_state_wipe(&ctx->tx);
	tlsup_state_wipe(&ctx->rx);
}

static void context_free_rcu(struct rcu_head *rcu)
{
	struct tlsup_context *ctx = container_of(rcu, struct tlsup_context, rcu);

	/* After the grace period because ->clone reads a listener's names
	 * without its lock. */
	tlsup_upgrade_free(ctx);
	kfree_sensitive(ctx);
}

void tlsup_context_free(struct sock *sk, struct tlsup_context *ctx)
{
	struct net *net = sock_net(sk);

	xa_erase_bh(context_table(sk), ctx->id);
	tlsup_stats_add(net, TLSUP_STAT_SOCKETS, -1);
	tlsup_stats_add(net, TLSUP_STAT_TX_RECORDS, ctx->tx_records);
	tlsup_stats_add(net, TLSUP_STAT_RX_RECORDS, ctx->rx_records);
	tlsup_stats_add(net, TLSUP_STAT_TX_BYTES, ctx->tx_bytes);
	tlsup_stats_add(net, TLSUP_STAT_RX_BYTES, ctx->rx_bytes);
	call_rcu(&ctx->rcu, context_free_rcu);
}

void tlsup_context_fail(struct sock *sk, int err)
{
	struct tlsup_context *ctx = tlsup_context(sk);

	if (!ctx || ctx->error)
		return;
	WRITE_ONCE(ctx->error, err);
	if (ctx->mode == TLSUP_MODE_UPGRADE) {
		WRITE_ONCE(ctx->state, TLSUP_STATE_FAILED);
		tlsup_ulp_end(sk, ctx);
	}
	/* As tcp_reset() does: what it was is told once by SO_ERROR, by the
	 * next call, and to everybody who waits. */
	WRITE_ONCE(sk->sk_err, -err);
	smp_wmb();	/* pairs with the read barrier in tcp_poll() */
	if (!sock_flag(sk, SOCK_DEAD))
		sk_error_report(sk);
}

/*
 * A socket in the table has not been through context_free yet, which runs
 * while TCP holds a reference (close(), or ->release before the last
 * sock_put()); the table's lock keeps it from getting there before our
 * reference is taken.
 */
int tlsup_context_walk(struct net *net, u32 *from,
		       int (*fn)(struct sock *sk, void *arg), void *arg)
{
	struct context_net *cn = net_generic(net, context_net_id);
	unsigned long id = *from;
	struct sock *sk;
	int ret = 0;

	while (!ret) {
		xa_lock_bh(&cn->sockets);
		sk = xa_find(&cn->sockets, &id, ULONG_MAX, XA_PRESENT);
		if (sk)
			sock_hold(sk);
		xa_unlock_bh(&cn->sockets);
		if (!sk)
			break;
		ret = fn(sk, arg);
		sock_put(sk);
		if (!ret)
			id++;
	}
	*from = id;
	return ret;
}

static int __net_init context_init_net(struct net *net)
{
	struct context_net *cn = net_generic(net, context_net_id);

	xa_init_flags(&cn->sockets, XA_FLAGS_ALLOC | XA_FLAGS_LOCK_BH);
	return 0;
}

static void __net_exit context_exit_net(struct net *net)
{
	struct context_net *cn = net_generic(net, context_net_id);

	/* Sockets pin the module and (but for the kernel's own) the netns. */
	WARN_ON_ONCE(!xa_empty(&cn->sockets));
	xa_destroy(&cn->sockets);
}

static struct pernet_operations context_net_ops = {
	.init = context_init_net,
	.exit = context_exit_net,
	.id = &context_net_id,
	.size = sizeof(struct context_net),
};

int tlsup_context_init(void)
{
	return register_pernet_subsys(&context_net_ops);
}

void tlsup_context_exit(void)
{
	rcu_barrier();	/* context_free_rcu() is our code */
	unregister_pernet_subsys(&context_net_ops);
}
