// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ULP: attaching to a socket and leaving it. What is called through the
 * socket afterwards is in ops.c.
 */
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <linux/skmsg.h>
#include <linux/tls.h>
#include <net/tcp.h>
#include <net/tls.h>
#include <net/transp_v6.h>
#include <uapi/linux/inet_diag.h>

#include "cipher.h"
#include "compat.h"
#include "context.h"
#include "ops.h"
#include "send.h"
#include "sockopt.h"
#include "trace.h"
#include "ulp.h"
#include "upgrade.h"

static char *ulp = TLSUP_ULP_NAME;
module_param(ulp, charp, 0444);
MODULE_PARM_DESC(ulp, "name for TCP_ULP: tlsup, or tls to stand in for the kernel's own");

static bool ulp_stands_in;	/* for net/tls: established sockets only */

/* Take over the calls of a socket whose context is ready. */
static void ulp_attach(struct sock *sk, struct tlsup_context *ctx,
		       struct tlsup_family *family)
{
	ctx->base_prot = family->base;
	ctx->base_ops = family->base_ops;
	ctx->base_data_ready = sk->sk_data_ready;
	ctx->base_write_space = sk->sk_write_space;
	ctx->base_state_change = sk->sk_state_change;

	write_lock_bh(&sk->sk_callback_lock);
	rcu_assign_pointer(inet_csk(sk)->icsk_ulp_data, ctx);
	sk->sk_data_ready = tlsup_ops_data_ready;
	sk->sk_write_space = tlsup_ops_write_space;
	sk->sk_state_change = tlsup_ops_state_change;
	/* Calls read sk_prot without the lock (net/ipv4/af_inet.c). */
	WRITE_ONCE(sk->sk_prot, &family->prot);
	WRITE_ONCE(sk->sk_socket->ops, &family->ops);
	write_unlock_bh(&sk->sk_callback_lock);
}

/* Whoever put a callback over ours in the meantime keeps it. */
static void ulp_restore_callbacks(struct sock *sk,
				  const struct tlsup_context *ctx)
{
	if (sk->sk_data_ready == tlsup_ops_data_ready)
		sk->sk_data_ready = ctx->base_data_ready;
	if (sk->sk_write_space == tlsup_ops_write_space)
		sk->sk_write_space = ctx->base_write_space;
	if (sk->sk_state_change == tlsup_ops_state_change)
		sk->sk_state_change = ctx->base_state_change;
}

void tlsup_ulp_detach(struct sock *sk, struct tlsup_context *ctx)
{
	trace_tlsup_detach(sk, ctx);
	write_lock_bh(&sk->sk_callback_lock);
	ulp_restore_callbacks(sk, ctx);
	WRITE_ONCE(sk->sk_prot, ctx->base_prot);
	if (sk->sk_socket)
		WRITE_ONCE(sk->sk_socket->ops, ctx->base_ops);
	rcu_assign_pointer(inet_csk(sk)->icsk_ulp_data, NULL);
	write_unlock_bh(&sk->sk_callback_lock);
}

void tlsup_ulp_end(struct sock *sk, struct tlsup_context *ctx)
{
	/* A timer or the softirq can only leave the FIN to close(). */
	if (!in_task() || !sock_owned_by_user_nocheck(sk) ||
	    sk->sk_shutdown & SEND_SHUTDOWN ||
	    !((1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT)))
		return;
	tlsup_send_finish(sk);
	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | SEND_SHUTDOWN);
	ctx->base_prot->shutdown(sk, SEND_SHUTDOWN);
}

/* sockmap has the socket: it and a ULP are mutually exclusive both ways (see
 * sk_psock_init()). */
static bool ulp_has_psock(struct sock *sk)
{
	bool has;

	rcu_read_lock();
	has = sk_psock(sk);
	rcu_read_unlock();
	return has;
}

/* setsockopt(TCP_ULP): process context, locked, in any TCP state. */
static int ulp_init(struct sock *sk)
{
	struct tlsup_family *family;
	struct tlsup_context *ctx;

	if (ulp_stands_in && sk->sk_state != TCP_ESTABLISHED)
		return -ENOTCONN;
	if (!sk->sk_socket || ulp_has_psock(sk) || tcp_sk(sk)->repair)
		return -EINVAL;
	family = tlsup_ops_family(sk);
	if (IS_ERR(family))
		return PTR_ERR(family);
	ctx = tlsup_context_new(sk, GFP_KERNEL);
	if (!ctx)
		return -ENOMEM;
	ulp_attach(sk, ctx, family);
	trace_tlsup_attach(sk, ctx);
	return 0;
}

/*
 * A child of a listener, made by a bitwise copy: its icsk_ulp_data is the
 * listener's, its sk_prot and callbacks are ours. Softirq; the listener is not
 * locked and may be on its way to death, but its context outlives this RCU
 * section. TCP will module_put() for the child in tcp_cleanup_ulp() whatever
 * happens here.
 */
static void ulp_clone(const struct request_sock *req, struct sock *sk,
		      const gfp_t priority)
{
	const struct tlsup_context *listener = tlsup_context(sk);
	struct tlsup_context *ctx;

	__module_get(THIS_MODULE);
	/* sk_clone_lock() remembers our copy as the child's creator, which is
	 * read when the last reference goes, maybe after the module has. */
	sk->sk_prot_creator = tlsup_ops_base_prot(sk);
	rcu_assign_pointer(inet_csk(sk)->icsk_ulp_data, NULL);

	/* The listener was closed between copy and here. */
	if (!listener)
		return;
	ctx = tlsup_context_new(sk, priority);
	if (!ctx) {
		/* Never becomes plain TCP: sk_prot stays ours. */
		ulp_restore_callbacks(sk, listener);
		return;
	}
	ctx->base_prot = listener->base_prot;
	ctx->base_ops = listener->base_ops;
	ctx->base_data_ready = listener->base_data_ready;
	ctx->base_write_space = listener->base_write_space;
	ctx->base_state_change = listener->base_state_change;
	tlsup_ulp_inherit(ctx, listener, priority);
	rcu_assign_pointer(inet_csk(sk)->icsk_ulp_data, ctx);
}

void tlsup_ulp_inherit(struct tlsup_context *child,
		       const struct tlsup_context *listener, gfp_t gfp)
{
	if (READ_ONCE(listener->mode) == TLSUP_MODE_UPGRADE)
		tlsup_upgrade_clone(child, listener, gfp);
}

/* TCP is done with the socket, any context. close() has left nothing to do
 * here, but a child that nobody accepted was never closed. */
static void ulp_release(struct sock *sk)
{
	struct tlsup_context *ctx = tlsup_context(sk);

	if (ctx) {
		tlsup_ulp_detach(sk, ctx);
		tlsup_context_free(sk, ctx);
	}
	/* Also for a child without context: TCP still uses sk_prot. */
	WRITE_ONCE(sk->sk_prot, tlsup_ops_base_prot(sk));
}

static u16 ulp_conf(bool on)
{
	return on ? TLS_CONF_SW : TLS_CONF_BASE;
}

static int ulp_put_info(struct sk_buff *skb, const struct tlsup_context *ctx)
{
	u16 version = READ_ONCE(ctx->tx.version) ?: READ_ONCE(ctx->rx.version);
	const struct tlsup_cipher *cipher =
		READ_ONCE(ctx->tx.cipher) ?: READ_ONCE(ctx->rx.cipher);

	if (version && nla_put_u16(skb, TLS_INFO_VERSION, version))
		return -EMSGSIZE;
	if (cipher && nla_put_u16(skb, TLS_INFO_CIPHER, cipher->type))
		return -EMSGSIZE;
	if (nla_put_u16(skb, TLS_INFO_TXCONF,
			ulp_conf(tlsup_context_sends(ctx))) ||
	    nla_put_u16(skb, TLS_INFO_RXCONF,
			ulp_conf(tlsup_context_receives(ctx))))
		return -EMSGSIZE;
	if (tlsup_sockopt_no_pad(ctx) &&
	    nla_put_flag(skb, TLS_INFO_RX_NO_PAD))
		return -EMSGSIZE;
	return 0;
}

/* inet_diag: what ss -ti shows, in the words of net/tls. */
static int ulp_get_info(struct sock *sk, struct sk_buff *skb)
{
	const struct tlsup_context *ctx;
	struct nlattr *start;
	int err = 0;

	start = nla_nest_start_noflag(skb, INET_ULP_INFO_TLS);
	if (!start)
		return -EMSGSIZE;
	rcu_read_lock();
	ctx = tlsup_context(sk);
	if (ctx)
		err = ulp_put_info(skb, ctx);
	rcu_read_unlock();
	if (err || !ctx)
		nla_nest_cancel(skb, start);
	else
		nla_nest_end(skb, start);
	return err;
}

static size_t ulp_get_info_size(const struct sock *sk)
{
	return nla_total_size(0) + 4 * nla_total_size(sizeof(u16)) +
	       nla_total_size(0);
}

static struct tcp_ulp_ops ulp_ops __read_mostly = {
	.name = TLSUP_ULP_NAME,
	.owner = THIS_MODULE,
	.init = ulp_init,
	.clone = ulp_clone,
	.release = ulp_release,
	.get_info = ulp_get_info,
	.get_info_size = ulp_get_info_size,
};

int tlsup_ulp_init(void)
{
	if (!strcmp(ulp, "tls")) {
		ulp_stands_in = true;
		strscpy(ulp_ops.name, "tls", sizeof(ulp_ops.name));
	} else if (strcmp(ulp, TLSUP_ULP_NAME)) {
		pr_err("tlsup: ulp= is tlsup or tls\n");
		return -EINVAL;
	}
	return tcp_register_ulp(&ulp_ops);
}

void tlsup_ulp_exit(void)
{
	tcp_unregister_ulp(&ulp_ops);
}
