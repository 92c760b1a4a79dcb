// SPDX-License-Identifier: GPL-2.0-only
/* recvmsg(): records to the reader's memory, and waiting for them. */
#include <linux/slab.h>
#include <linux/tls.h>
#include <net/tcp.h>

#include "compat.h"
#include "context.h"
#include "ops.h"
#include "post.h"
#include "reader.h"
#include "receive.h"
#include "stats.h"
#include "trace.h"
#include "upgrade.h"

/* Measured: from here on opening into the reader's pages beats copying. */
#define DIRECT_MIN	1024
#define WINDOW_MAX	65536
#define FLUSH_BYTES	131072

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

/* --- what every reading call does ---------------------------------------- */

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

	if (!fr->known || !tcp_epollin_ready(r->sk, INT_MAX))
		return 0;
	ret = tlsup_framer_stash(r->sk, fr);
	if (ret > 0)
		tlsup_framer_done(r->sk, fr);
	return ret;
}

static bool wait_over(struct sock *sk, const struct tlsup_context *ctx,
		      u32 rcv_nxt)
{
	return READ_ONCE(tcp_sk(sk)->rcv_nxt) != rcv_nxt ||
	       READ_ONCE(sk->sk_err) || READ_ONCE(ctx->error) ||
	       READ_ONCE(ctx->eof) ||
	       READ_ONCE(sk->sk_shutdown) & RCV_SHUTDOWN;
}

int tlsup_reader_wait(struct tlsup_reader *r)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	struct sock *sk = r->sk;
	u32 rcv_nxt;
	int err;

	tlsup_framer_done(sk, &r->rx->framer);
	if (reader_relieve(r) > 0)
		return 1;
	if (sk->sk_err)
		return sock_error(sk);
	if (sock_flag(sk, SOCK_DONE))
		return r->ctx->mode == TLSUP_MODE_UPGRADE && !r->ctx->eof ?
		       tlsup_post_truncated(sk) : 0;
	if (sk->sk_shutdown & RCV_SHUTDOWN)
		return 0;
	if (sk->sk_state == TCP_CLOSE)
		return -ENOTCONN;
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
	err = sk_wait_event(sk, &r->timeo, wait_over(sk, r->ctx, rcv_nxt),
			    &wait);
	sk_clear_bit(SOCKWQ_ASYNC_WAITDATA, sk);
	remove_wait_queue(sk_sleep(sk), &wait);
	r->rx->framer.skb = NULL;
	return err < 0 ? err : 1;
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

/* --- recvmsg ------------------------------------------------------------- */

struct receiver {
	struct tlsup_reader r;
	struct msghdr *msg;
	int flags;
	u8 type;			/* of what this call returns, 0: open */
	size_t left, copied;
	struct tlsup_window window;
	bool no_window;
};

static void window_drop(struct receiver *v)
{
	struct tlsup_window *w = &v->window;
	unsigned int i;

	iov_iter_revert(&v->msg->msg_iter, w->len);
	if (w->refs) {
		for (i = 0; i < w->nr; i++) {
			/* A shared file mapping may have been cleaned since
			 * its pages were looked up. */
			if (!PageAnon(w->pages[i]))
				set_page_dirty_lock(w->pages[i]);
			put_page(w->pages[i]);
		}
	}
	w->nr = 0;
	w->len = 0;
}

/* Pages for len bytes at once; those for the next records come with them. */
static bool window_get(struct receiver *v, size_t len)
{
	struct tlsup_window *w = &v->window;
	ssize_t got;

	if (v->no_window || v->left < len)
		return false;
	if (w->len >= len)
		return true;
	window_drop(v);
	got = tlsup_iter_pages(&v->msg->msg_iter, w->pages,
			       min_t(size_t, v->left, WINDOW_MAX),
			       ARRAY_SIZE(w->pages), &w->at, &w->refs);
	if (got <= 0) {
		v->no_window = true;
		return false;
	}
	w->nr = PAGE_ALIGN(w->at + got) >> PAGE_SHIFT;
	w->len = got;
	return w->len >= len;
}

static void received(struct receiver *v, size_t len)
{
	v->copied += len;
	v->left -= len;
	v->r.flushed += len;
}

/* One call returns data, from any number of records, or one record of another
 * type. 1: go on; 0: this record is for the next call. */
static int receive_type(struct receiver *v, u8 type)
{
	struct msghdr *msg = v->msg;
	int err = 0;

	if (v->type)
		return v->type == type && type == TLSUP_TYPE_DATA;
	if (v->r.ctx->mode == TLSUP_MODE_KTLS &&
	    (msg->msg_controllen || type != TLSUP_TYPE_DATA)) {
		err = put_cmsg(msg, SOL_TLS, TLS_GET_RECORD_TYPE, sizeof(type),
			       &type);
		if (type != TLSUP_TYPE_DATA &&
		    (err || msg->msg_flags & MSG_CTRUNC))
			return -EIO;
	}
	v->type = type;
	return 1;
}

static int receive_copy(struct receiver *v, const struct tlsup_opened *o)
{
	size_t part = min_t(size_t, v->left, o->len - o->off);

	if (copy_to_iter(o->data + o->off, part, &v->msg->msg_iter) != part)
		return -EFAULT;
	received(v, part);
	return part;
}

/* From the record that is open: 1: go on, 0: enough, or errno. */
static int receive_opened(struct receiver *v)
{
	struct tlsup_opened *o = &v->r.rx->opened;
	int ret;

	ret = receive_type(v, o->type);
	if (ret <= 0)
		return ret;
	window_drop(v);
	ret = receive_copy(v, o);
	if (ret < 0)
		return ret;
	if (v->flags & MSG_PEEK)
		return o->type == TLSUP_TYPE_DATA && ret == o->len - o->off;
	o->off += ret;
	if (o->off < o->len)
		return 0;
	o->valid = false;
	if (v->r.ctx->mode == TLSUP_MODE_KTLS)
		v->msg->msg_flags |= MSG_EOR;
	return o->type == TLSUP_TYPE_DATA;
}

/* The record at the framer, straight into the reader's pages if it fits: 1: go
 * on, or errno. */
static int receive_record(struct receiver *v)
{
	struct tlsup_reader *r = &v->r;
	unsigned int len = tlsup_open_content_max(r->ctx, &r->rx->framer);
	int ret;

	if (len < DIRECT_MIN || v->flags & MSG_PEEK || !r->ctx->rx.cipher ||
	    (v->type && v->type != TLSUP_TYPE_DATA) || !window_get(v, len))
		goto opened;
	ret = tlsup_open_direct(r->sk, r->ctx, &v->window);
	if (ret == -EAGAIN)
		goto opened;
	if (ret < 0)
		return tlsup_reader_failed(r, ret);
	received(v, ret);
	if (r->ctx->mode == TLSUP_MODE_KTLS)
		v->msg->msg_flags |= MSG_EOR;
	else if (tlsup_post_data(r->sk))
		return r->ctx->error;
	/* It fits: data has no way to fail here. */
	receive_type(v, TLSUP_TYPE_DATA);
	return 1;

opened:
	ret = tlsup_reader_open(r);
	return ret ? ret : 1;
}

/*
 * MSG_PEEK beyond the first record: records are opened, copied and forgotten.
 * Framer and read state go back to where they were, so that peeking takes
 * nothing off TCP's queue, and no memory for more than one record.
 */
static int peek_on(struct receiver *v)
{
	struct tlsup_reader *r = &v->r;
	struct tlsup_context *ctx = r->ctx;
	struct tlsup_framer framer = r->rx->framer;
	struct tlsup_opened ahead = {};
	u64 seq = ctx->rx.seq, records = ctx->rx_records;
	u8 iv[TLSUP_NONCE_SIZE];
	int err = 0;

	memcpy(iv, ctx->rx.iv, sizeof(iv));
	while (v->left && tlsup_framer_update(r->sk, ctx, &r->rx->framer)) {
		if (r->rx->framer.error || r->rx->framer.stash_len ||
		    tlsup_open(r->sk, ctx, &ahead, false) ||
		    ahead.type != TLSUP_TYPE_DATA)
			break;
		err = receive_copy(v, &ahead);
		if (err < 0)
			break;
	}
	framer.stash = r->rx->framer.stash;
	r->rx->framer = framer;
	ctx->rx.seq = seq;
	ctx->rx_records = records;
	memcpy(ctx->rx.iv, iv, sizeof(iv));
	tlsup_opened_free(&ahead);
	return err < 0 ? err : 0;
}

/* What was peeked is not enough: from the beginning again when there is more. */
static int peek_again(struct receiver *v)
{
	int ret = tlsup_reader_wait(&v->r);

	if (ret <= 0)
		return ret;
	iov_iter_revert(&v->msg->msg_iter, v->copied);
	v->left += v->copied;
	v->copied = 0;
	return 1;
}

static int receive_peek(struct receiver *v, size_t target)
{
	struct tlsup_reader *r = &v->r;
	int ret;

	for (;;) {
		ret = 1;
		if (!r->rx->opened.valid) {
			ret = tlsup_reader_poll(r);
			if (ret > 0)
				ret = receive_record(v);
			if (ret < 0)
				return ret;
		}
		if (r->rx->opened.valid) {
			ret = receive_opened(v);
			if (ret > 0)
				ret = peek_on(v);
			if (ret < 0 || r->rx->opened.type != TLSUP_TYPE_DATA)
				return ret;
		} else if (ret) {
			continue;	/* dealt with, or empty */
		}
		if (v->copied >= target || !v->left || r->ctx->eof)
			return 0;
		ret = peek_again(v);
		if (ret <= 0)
			return ret;
	}
}

/* A long read lets TCP have its turn now and then: give back the room, and
 * take in what came meanwhile. */
static void receive_flush(struct receiver *v)
{
	struct tlsup_reader *r = &v->r;

	if (r->flushed < FLUSH_BYTES)
		return;
	r->flushed = 0;
	tlsup_framer_done(r->sk, &r->rx->framer);
	sk_flush_backlog(r->sk);
}

static int receive_loop(struct receiver *v, size_t target)
{
	struct tlsup_reader *r = &v->r;
	int ret;

	while (v->left) {
		if (r->rx->opened.valid) {
			ret = receive_opened(v);
			if (ret <= 0)
				return ret;
			continue;
		}
		if (r->ctx->eof)
			return 0;
		ret = tlsup_reader_poll(r);
		if (ret > 0)
			ret = receive_record(v);
		if (ret < 0)
			return ret;
		if (ret) {
			receive_flush(v);
			continue;
		}
		if (v->copied >= target)
			return 0;
		/* The lock goes, and the pages should not be held that long. */
		window_drop(v);
		ret = tlsup_reader_wait(r);
		if (ret <= 0)
			return ret;
	}
	return 0;
}

static int receive_records(struct receiver *v)
{
	size_t target = sock_rcvlowat(v->r.sk, v->flags & MSG_WAITALL, v->left);
	int ret;

	if (v->flags & MSG_PEEK)
		ret = receive_peek(v, target);
	else
		ret = receive_loop(v, target);
	window_drop(v);
	if (!(v->flags & MSG_PEEK))
		v->r.ctx->rx_bytes += v->copied;
	tlsup_framer_done(v->r.sk, &v->r.rx->framer);
	return v->copied ? v->copied : ret;
}

int tlsup_recvmsg(struct sock *sk, struct msghdr *msg, size_t len, int flags,
		  int *addr_len)
{
	struct proto *base = tlsup_ops_base_prot(sk);
	struct receiver v = {
		.msg = msg, .flags = flags, .left = len,
	};
	int ret;

	if (unlikely(flags & MSG_ERRQUEUE))
		return base->recvmsg(sk, msg, len, flags, addr_len);
	lock_sock(sk);
	ret = tlsup_reader_enter(&v.r, sk, flags);
	if (!ret)
		ret = flags & MSG_OOB ? -EINVAL : receive_records(&v);
	/* Told here, so not once more by the next write(). */
	if (ret < 0 && v.r.ctx && v.r.ctx->error == ret)
		sock_error(sk);
	if (ret == -ENOENT)
		v.r.ctx->plain_calls++;
	release_sock(sk);
	if (ret != -ENOENT)
		return ret;
	ret = base->recvmsg(sk, msg, len, flags, addr_len);
	lock_sock(sk);
	v.r.ctx->plain_calls--;
	release_sock(sk);
	return ret;
}
