// SPDX-License-Identifier: GPL-2.0-only
/* Sending that is not an application's write: messages from inside, and sealed
 * bytes that had to wait. */
#include <net/tcp.h>

#include "context.h"
#include "seal.h"
#include "send.h"

#define MESSAGE_MAX	65536

int tlsup_send_message(struct sock *sk, u8 type, const void *data, size_t len)
{
	struct tlsup_context *ctx = tlsup_context(sk);
	const void *start = data;
	struct tlsup_send *tx;
	int err;

	if (!ctx || len > MESSAGE_MAX)
		return -EINVAL;
	err = tlsup_send_start(sk);
	if (err)
		return err;
	tx = ctx->send;
	if (tx->error)
		return tx->error;
	if (tlsup_send_dead(sk))
		return -EPIPE;
	err = tlsup_seal_push(sk, ctx, 0);
	if (err)
		return err;
	if (tx->pending)
		return -EAGAIN;

	if (tx->open)
		err = tlsup_seal_open(sk, ctx, TLSUP_TYPE_DATA);
	while (!err && len) {
		size_t part = min_t(size_t, len, ctx->tx_limit);

		err = tlsup_seal_begin(ctx, part);
		if (err)
			break;
		memcpy(tx->open + TLSUP_HEADER_SIZE +
		       tlsup_record_lead(&ctx->tx), data, part);
		tx->open_len = part;
		err = tlsup_seal_open(sk, ctx, type);
		data += part;
		len -= part;
	}
	/* A message of which a part is sealed can't be begun again. */
	if (err == -ENOMEM && data != start) {
		tx->error = err;
		tlsup_context_fail(sk, err);
	}
	return err ? err : tlsup_seal_push(sk, ctx, 0);
}

void tlsup_send_flush(struct sock *sk)
{
	struct tlsup_context *ctx = tlsup_context(sk);
	struct tlsup_send *tx = ctx ? ctx->send : NULL;

	if (!tx || tx->error)
		return;
	if (tx->open && tlsup_seal_open(sk, ctx, TLSUP_TYPE_DATA))
		return;
	tlsup_seal_push(sk, ctx, 0);
}

/*
 * TCP keeps on sending what is in its queue after close() and shutdown(), and
 * neither waits for room in it. The few sealed bytes (a batch at most) that are
 * not there yet are let in over the limit.
 */
void tlsup_send_finish(struct sock *sk)
{
	struct tlsup_context *ctx = tlsup_context(sk);
	struct tcp_sock *tp = tcp_sk(sk);
	int sndbuf = sk->sk_sndbuf;
	u32 lowat = tp->notsent_lowat;

	tlsup_send_flush(sk);
	if (!ctx || !tlsup_send_pending(ctx) || tlsup_send_dead(sk))
		return;
	WRITE_ONCE(sk->sk_sndbuf, INT_MAX / 2);
	WRITE_ONCE(tp->notsent_lowat, UINT_MAX);
	tlsup_seal_push(sk, ctx, 0);
	WRITE_ONCE(tp->notsent_lowat, lowat);
	WRITE_ONCE(sk->sk_sndbuf, min(sndbuf, sk->sk_sndbuf));
}

/*
 * Room has opened: sealed bytes go first. This may be the softirq, so that no
 * worker is needed, which close() would have to wait for: TCP's sendmsg does
 * not wait with MSG_DONTWAIT, and takes pages by reference; the segments it
 * makes for them must be allocated without sleeping (net/tls/tls_device.c
 * sends from here in the same way). The writer is told when all has gone.
 */
void tlsup_send_write_space(struct sock *sk)
{
	struct tlsup_context *ctx = tlsup_context(sk);
	struct tlsup_send *tx = ctx->send;
	gfp_t allocation = sk->sk_allocation;

	if (tx->pending && !tx->pushing && sk->sk_socket && !tlsup_send_dead(sk)) {
		sk->sk_allocation = GFP_ATOMIC;
		tlsup_seal_push(sk, ctx, 0);
		sk->sk_allocation = allocation;
		if (tx->pending && !tlsup_send_dead(sk))
			return;
	}
	ctx->base_write_space(sk);
}

/*
 * Sealed bytes wait for room, and sk_write_space will come, because TCP has set
 * SOCK_NOSPACE. Unless it was memory that lacked, and not room: then nothing
 * wakes anybody up, and poll tries again.
 */
bool tlsup_send_writable_locked(struct sock *sk)
{
	struct tlsup_context *ctx = tlsup_context(sk);
	const struct tlsup_send *tx = ctx->send;

	if (tx && tx->pending && sk_stream_memory_free(sk))
		tlsup_seal_push(sk, ctx, 0);
	return !tx || !tx->pending;
}

bool tlsup_send_writable(struct sock *sk)
{
	const struct tlsup_send *tx = READ_ONCE(tlsup_context(sk)->send);
	bool writable;

	if (!tx || !READ_ONCE(tx->pending))
		return true;
	if (!sk_stream_memory_free(sk))
		return false;
	lock_sock(sk);
	writable = tlsup_send_writable_locked(sk);
	release_sock(sk);
	return writable;
}

/*
 * Softirq. The timer holds a reference to the socket; the context, in which it
 * lives, outlives this handler, because it is freed after a grace period.
 */
static void send_retry(struct timer_list *timer)
{
	struct tlsup_context *ctx =
		container_of(timer, struct tlsup_context, send_retry);
	struct sock *sk = ctx->sk;

	bh_lock_sock(sk);
	if (tlsup_context(sk) != ctx)
		;	/* closed meanwhile */
	else if (sock_owned_by_user(sk))
		sk_reset_timer(sk, timer, jiffies + 1);
	else if (ctx->send)
		tlsup_send_write_space(sk);
	bh_unlock_sock(sk);
	sock_put(sk);
}

void tlsup_send_init(struct sock *sk, struct tlsup_context *ctx)
{
	ctx->sk = sk;
	timer_setup(&ctx->send_retry, send_retry, 0);
}

void tlsup_send_stop(struct sock *sk, struct tlsup_context *ctx)
{
	/* A handler that still saw the context has set the timer by now; those
	 * to come see that it is gone. */
	spin_lock_bh(&sk->sk_lock.slock);
	spin_unlock_bh(&sk->sk_lock.slock);
	sk_stop_timer(sk, &ctx->send_retry);
}
