// SPDX-License-Identifier: GPL-2.0-only
/* What every call that reads does: enter, wait, open the next record. */
#include <linux/slab.h>
#include <net/tcp.h>

#include "context.h"
#include "post.h"
#include "reader.h"
#include "receive.h"
#include "stats.h"
#include "trace.h"
#include "upgrade.h"

int tlsup_receive_start(struct sock *sk)
{
	struct tlsup_context *ctx = tlsup_context(sk);
	struct tlsup_receive *rx;

	if (ctx->receive)
		return 0;
	rx = kzalloc(sizeof(*rx), GFP_KERNEL_ACCOUNT);
	if (!rx)
		return -ENOMEM;
	tlsup_framer_start(sk, &rx->framer);
	/* The softirq looks at it as soon as it sees it. */
	smp_store_release(&ctx->receive, rx);
	return 0;
}

void tlsup_receive_free(struct tlsup_context *ctx)
{
	if (!ctx->receive)
		return;
	tlsup_framer_free(&ctx->receive->framer);
	tlsup_opened_free(&ctx->receive->opened);
	kfree(ctx->receive);
	WRITE_ONCE(ctx->receive, NULL);
}

/* As in net/tls, the other direction of a kTLS socket goes on. */
static void report_error(struct sock *sk, int err)
{
	WRITE_ONCE(sk->sk_err, -err);
	smp_wmb();	/* pairs with the read barrier in tcp_poll() */
	sk_error_report(sk);
}

int tlsup_reader_failed(struct tlsup_reader *r, int err)
{
	struct sock *sk = r->sk;

	if (err == -ENOMEM)
		return err;
	trace_tlsup_bad_record(r->ctx, err);
	WRITE_ONCE(r->rx->failed, err);
	if (err == -EBADMSG)
		tlsup_stats_add(sock_net(sk), TLSUP_STAT_DECRYPT_ERRORS, 1);
	if (r->ctx->mode == TLSUP_MODE_UPGRADE) {
		tlsup_post_receive_error(sk, err);
		r->rx->framer.skb = NULL;
		return r->ctx->error ? r->ctx->error : err;
	}
	report_error(sk, err);
	return err;
}

int tlsup_reader_enter(struct tlsup_reader *r, struct sock *sk, int flags)
{
	int err;

	r->sk = sk;
	r->ctx = tlsup_context(sk);
	r->flushed = 0;
	if (!r->ctx)
		return -ENOTCONN;
	if (r->ctx->mode == TLSUP_MODE_UPGRADE) {
		err = tlsup_upgrade_gate(sk, flags, false);
		if (err)
			return err;
	}
	if (!tlsup_context_receives(r->ctx))
		return -ENOENT;
	err = tlsup_receive_start(sk);
	if (err)
		return err;
	r->rx = r->ctx->receive;
	r->rx->framer.skb = NULL;
	r->timeo = sock_rcvtimeo(sk, flags & MSG_DONTWAIT);
	/*
	 * Somebody else took bytes: a read() that had been asleep in TCP since
	 * before the keys were set. The stream cannot be followed any more.
	 */
	if (unlikely(r->rx->framer.seq != tcp_sk(sk)->copied_seq &&
		     !r->rx->failed))
		return tlsup_reader_failed(r, -EBADMSG);
	return 0;
}

int tlsup_reader_poll(struct tlsup_reader *r)
{
	struct tlsup_framer *fr = &r->rx->framer;

	if (r->rx->failed)
		return r->rx->failed;
	/* It failed while we waited: what may have come is nobody's now. */
	if (r->ctx->error && r->ctx->mode == TLSUP_MODE_UPGRADE)
		return r->ctx->error;
	if (r->rx->rekey)
		return -EKEYEXPIRED;
	if (r->ctx->held)
		return 0;
	if (!tlsup_framer_update(r->sk, r->ctx, fr))
		return 0;
	if (!fr->error)
		return 1;
	if (r->ctx->mode == TLSUP_MODE_UPGRADE)
		return tlsup_reader_failed(r, fr->error);
	/* net/tls says so once, by sk_err, and has nothing to read then. */
	WRITE_ONCE(fr->told, true);
	report_error(r->sk, fr->error);
	return 0;
}

/*
 * TCP's buffer is full, or as good as, and holds no whole record: nothing would
 * ever come. What there is makes room.
 */
static int reader_relieve(struct tlsup_reader *r)
{
	struct tlsup_framer *fr = &r->rx->framer;
	int ret;

	/* After an error there is no record to make room for. */
	if (!fr->known || fr->error || !tcp_epollin_ready(r->sk, INT_MAX))
		return 0;
	ret = tlsup_framer_stash(r->sk, fr);
	if (ret > 0)
		tlsup_framer_done(r->sk, fr);
	return ret;
}

/* Held: what has come, the end included, is not looked at before the verdict. */
static bool wait_over(struct sock *sk, const struct tlsup_context *ctx,
		      u32 rcv_nxt, bool held)
{
	if (READ_ONCE(sk->sk_err) || READ_ONCE(ctx->error))
		return true;
	if (held)
		return !READ_ONCE(ctx->held);
	return READ_ONCE(tcp_sk(sk)->rcv_nxt) != rcv_nxt ||
	       READ_ONCE(ctx->eof) ||
	       READ_ONCE(sk->sk_shutdown) & RCV_SHUTDOWN;
}

/* Is the end of the stream here? 1: no; else what the call returns. */
static int reader_end(struct tlsup_reader *r)
{
	struct sock *sk = r->sk;

	if (sock_flag(sk, SOCK_DONE))
		return r->ctx->mode == TLSUP_MODE_UPGRADE && !r->ctx->eof ?
		       tlsup_post_truncated(sk) : 0;
	if (sk->sk_shutdown & RCV_SHUTDOWN)
		return 0;
	return sk->sk_state == TCP_CLOSE ? -ENOTCONN : 1;
}

int tlsup_reader_wait(struct tlsup_reader *r)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	struct sock *sk = r->sk;
	bool held = r->ctx->held;
	u32 rcv_nxt;
	int err;

	tlsup_framer_done(sk, &r->rx->framer);
	err = held ? 0 : reader_relieve(r);
	if (err)
		return err < 0 ? err : 1;
	if (sk->sk_err)
		return sock_error(sk);
	if (r->ctx->error)	/* and somebody else has been told by sk_err */
		return r->ctx->error;
	err = held ? 1 : reader_end(r);
	if (err <= 0)
		return err;
	if (!r->timeo)
		return -EAGAIN;
	if (r->rx->framer.error)	/* there is nothing to wait for */
		return r->rx->framer.error;
	if (signal_pending(current))
		return sock_intr_errno(r->timeo);

	/* Not sk_wait_data(): it waits for another tail skb, and TCP may add
	 * to the one that is there. */
	rcv_nxt = tcp_sk(sk)->rcv_nxt;
	add_wait_queue(sk_sleep(sk), &wait);
	sk_set_bit(SOCKWQ_ASYNC_WAITDATA, sk);
	err = sk_wait_event(sk, &r->timeo,
			    wait_over(sk, r->ctx, rcv_nxt, held), &wait);
	sk_clear_bit(SOCKWQ_ASYNC_WAITDATA, sk);
	remove_wait_queue(sk_sleep(sk), &wait);
	r->rx->framer.skb = NULL;
	return err < 0 ? err : 1;
}

/* Who has installed the keys installs the next ones, too: what follows is not
 * opened before (as in Linux 6.14). */
static bool is_key_update(const struct tlsup_context *ctx,
			  const struct tlsup_opened *o)
{
	return tlsup_state_is_13(&ctx->rx) && o->type == TLSUP_TYPE_HANDSHAKE &&
	       o->len && o->data[0] == TLSUP_MESSAGE_KEY_UPDATE;
}

void tlsup_receive_rekeyed(struct tlsup_context *ctx)
{
	WRITE_ONCE(ctx->receive->rekey, false);
}

int tlsup_reader_open(struct tlsup_reader *r)
{
	struct tlsup_opened *o = &r->rx->opened;
	int err;

	err = tlsup_open(r->sk, r->ctx, o, true);
	if (err)
		return tlsup_reader_failed(r, err);
	if (r->ctx->mode != TLSUP_MODE_UPGRADE) {
		o->valid = o->len || o->type != TLSUP_TYPE_DATA;
		if (is_key_update(r->ctx, o))
			WRITE_ONCE(r->rx->rekey, true);
		return 0;
	}
	if (o->type == TLSUP_TYPE_DATA) {
		o->valid = o->len;
		return tlsup_post_data(r->sk);
	}
	err = tlsup_post_record(r->sk, o->type, o->data, o->len);
	/* It may have sent something, and TCP have run its backlog. */
	r->rx->framer.skb = NULL;
	return err;
}
