// SPDX-License-Identifier: GPL-2.0-only
/* recvmsg(): records to the reader's memory, and waiting for them. */
#include <linux/tls.h>
#include <net/tcp.h>

#include "compat.h"
#include "context.h"
#include "ops.h"
#include "post.h"
#include "reader.h"
#include "receive.h"

/* Measured: from here on opening into the reader's pages beats copying. */
#define DIRECT_MIN	1024
#define WINDOW_MAX	65536
#define FLUSH_BYTES	131072

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
