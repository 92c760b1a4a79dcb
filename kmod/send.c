// SPDX-License-Identifier: GPL-2.0-only
/* Sending: what an application's write becomes, and who waits for what. */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/tls.h>
#include <net/tcp.h>

#include "compat.h"
#include "context.h"
#include "early.h"
#include "ops.h"
#include "post.h"
#include "seal.h"
#include "send.h"
#include "upgrade.h"

/* Measured: below, copying is cheaper than finding the user's pages. */
#define PAGED_MIN	4096
#define BATCH_MAX	(TLSUP_BATCH_RECORDS * TLSUP_PAYLOAD_MAX)

#define SEND_FLAGS (MSG_MORE | MSG_DONTWAIT | MSG_NOSIGNAL | MSG_EOR |	\
		    MSG_CMSG_COMPAT | MSG_SPLICE_PAGES | MSG_SENDPAGE_NOPOLICY)

static_assert(BATCH_MAX + PAGE_SIZE <= TLSUP_BATCH_PAGES * PAGE_SIZE);

static unsigned long key_update_records __read_mostly;
module_param(key_update_records, ulong, 0644);
MODULE_PARM_DESC(key_update_records,
		 "records under one sending key of TLS 1.3, before a KeyUpdate; 0: as many as the cipher allows");

int tlsup_send_start(struct sock *sk)
{
	struct tlsup_context *ctx = tlsup_context(sk);
	struct tlsup_send *tx;

	if (ctx->send)
		return 0;
	tx = kzalloc(sizeof(*tx), GFP_KERNEL_ACCOUNT);
	if (!tx)
		return -ENOMEM;
	tlsup_buffer_init(&tx->buf);
	init_waitqueue_head(&tx->idle);
	WRITE_ONCE(ctx->send, tx);
	return 0;
}

void tlsup_send_free(struct tlsup_context *ctx)
{
	if (!ctx->send)
		return;
	tlsup_buffer_free(&ctx->send->buf);
	kfree(ctx->send);
	WRITE_ONCE(ctx->send, NULL);
}

bool tlsup_send_pending(const struct tlsup_context *ctx)
{
	return ctx->send && ctx->send->pending;
}

struct writer {
	struct sock *sk;
	struct tlsup_context *ctx;
	struct msghdr *msg;
	int flags;
	u8 type;
	long timeo;
};

/* Two writers' records may not mix within their calls: the lock is dropped
 * while one waits for room. */
static int writer_enter(struct sock *sk, struct tlsup_send *tx, long *timeo)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	int err = 0;

	if (likely(!tx->busy))
		goto enter;
	add_wait_queue(&tx->idle, &wait);
	while (tx->busy) {
		err = -EAGAIN;
		if (!*timeo)
			break;
		err = sock_intr_errno(*timeo);
		if (signal_pending(current))
			break;
		err = 0;
		sk_wait_event(sk, timeo, !READ_ONCE(tx->busy), &wait);
	}
	remove_wait_queue(&tx->idle, &wait);
	if (err)
		return err;
enter:
	tx->busy = true;
	return 0;
}

static void writer_leave(struct tlsup_send *tx)
{
	tx->busy = false;
	if (wq_has_sleeper(&tx->idle))
		wake_up(&tx->idle);
}

/* Until nothing sealed is left and TCP has room: what is sealed afterwards is
 * taken whole, but for tiny buffers. */
static int wait_room(struct writer *w)
{
	struct sock *sk = w->sk;
	struct tlsup_send *tx = w->ctx->send;
	int err;

	for (;;) {
		if (tx->error)
			return tx->error;
		if (tlsup_send_dead(sk))
			return -EPIPE;
		if (tx->pending) {
			err = tlsup_seal_push(sk, w->ctx, 0);
			if (err)
				return err;
		}
		if (!tx->pending && sk_stream_memory_free(sk))
			return 0;
		/* Sets SOCK_NOSPACE before it says EAGAIN. */
		err = sk_stream_wait_memory(sk, &w->timeo);
		if (err)
			return err;
	}
}

static u64 records_max(const struct tlsup_state *st)
{
	unsigned long max = READ_ONCE(key_update_records);

	return max ? min_t(u64, max, st->cipher->limit) : st->cipher->limit;
}

/* RFC 8446 5.5, and what post.c had no room for before. */
static int send_post(struct writer *w)
{
	const struct tlsup_state *st = &w->ctx->tx;
	int err;

	if (w->ctx->mode != TLSUP_MODE_UPGRADE)
		return 0;
	tlsup_post_retry(w->sk);
	if (likely(!st->secret_len || st->seq < records_max(st)))
		return 0;
	err = tlsup_post_key_update(w->sk, TLSUP_KEY_UPDATE_NOT_REQUESTED);
	return err == -EAGAIN ? 0 : err;
}

static void source_put(struct tlsup_source *source)
{
	unsigned int i;

	if (source->refs)
		for (i = 0; i < source->nr; i++)
			put_page(source->pages[i]);
}

/*
 * The next pages of the message that follow on each other without a gap: a
 * user's buffer, or the page cache's pages one by one. The iterator is
 * advanced by source->len.
 */
static void source_get(struct tlsup_source *source, struct iov_iter *iter,
		       size_t want)
{
	source->nr = 0;
	source->len = 0;
	source->offset = 0;
	source->refs = true;
	while (source->len < want && source->nr < TLSUP_BATCH_PAGES) {
		size_t offset;
		ssize_t got = tlsup_iter_pages(iter,
					       source->pages + source->nr,
					       want - source->len,
					       TLSUP_BATCH_PAGES - source->nr,
					       &offset, &source->refs);
		unsigned int nr = got <= 0 ? 0 :
			PAGE_ALIGN(offset + got) >> PAGE_SHIFT;

		if (got <= 0)
			return;
		if (source->nr && offset) {
			iov_iter_revert(iter, got);
			while (source->refs && nr--)
				put_page(source->pages[source->nr + nr]);
			return;
		}
		if (!source->nr)
			source->offset = offset;
		source->nr += nr;
		source->len += got;
		if (offset_in_page(source->offset + source->len))
			return;
	}
}

/* Is it worth looking for pages? Full records, or all that there is. */
static bool want_pages(const struct writer *w)
{
	const struct iov_iter *iter = &w->msg->msg_iter;
	size_t left = msg_data_left(w->msg), max = w->ctx->tx_limit;

	if (min(left, max) < PAGED_MIN || w->ctx->send->open ||
	    !w->ctx->tx.cipher || w->type != TLSUP_TYPE_DATA)
		return false;
	if (w->flags & MSG_MORE && left < max)
		return false;
	return iov_iter_is_bvec(iter) ||
	       iov_iter_single_seg_count(iter) >= min(left, max);
}

/* Returns bytes sealed, 0 if it is not worth it, or an error. */
static int send_pages(struct writer *w)
{
	struct iov_iter *iter = &w->msg->msg_iter;
	size_t left = msg_data_left(w->msg), max = w->ctx->tx_limit, take;
	struct tlsup_source source;
	int err;

	source_get(&source, iter, min(left, TLSUP_BATCH_RECORDS * max));
	take = source.len;
	/* A rest stays for the next call, unless it is the end. */
	if (take < left || w->flags & MSG_MORE)
		take = rounddown(take, max);
	iov_iter_revert(iter, source.len - take);
	err = 0;
	if (take)
		err = tlsup_seal_pages(w->sk, w->ctx, &source, take, max);
	source_put(&source);
	if (err) {
		/* -ENOMEM: nothing was sealed. Otherwise nobody cares. */
		iov_iter_revert(iter, take);
		return err;
	}
	return take;
}

/* Copies into the open record, which is sealed when it is full or when the
 * call ends without MSG_MORE. */
static int send_copy(struct writer *w)
{
	struct tlsup_send *tx = w->ctx->send;
	size_t left = msg_data_left(w->msg), max = w->ctx->tx_limit, part;
	u8 *payload;
	int err;

	if (!tx->open) {
		part = w->flags & MSG_MORE ? max : min(left, max);
		err = tlsup_seal_begin(w->ctx, part);
		if (err)
			return err;
	}
	part = min_t(size_t, left, tx->open_size - tx->open_len);
	payload = tx->open + TLSUP_HEADER_SIZE +
		  tlsup_record_lead(&w->ctx->tx) + tx->open_len;
	if (!copy_from_iter_full(payload, part, &w->msg->msg_iter)) {
		if (!tx->open_len)
			tx->open = NULL;
		return -EFAULT;
	}
	tx->open_len += part;
	if (tx->open_len == tx->open_size ||
	    (part == left && !(w->flags & MSG_MORE))) {
		err = tlsup_seal_open(w->sk, w->ctx, w->type);
		if (err)
			return err;
	}
	return part;
}

static int send_batch(struct writer *w)
{
	int ret = 0;

	if (want_pages(w))
		ret = send_pages(w);
	if (!ret)
		ret = send_copy(w);
	return ret;
}

/*
 * MSG_MORE between the batches of one call, so that TCP builds full segments;
 * not when the call is going to wait (TCP would hold back the end of this batch
 * until its probe timer), and not at its end unless the caller says so.
 */
static int push_flags(const struct writer *w)
{
	const struct sock *sk = w->sk;

	if (!msg_data_left(w->msg))
		return w->flags & (MSG_MORE | MSG_EOR);
	if (w->ctx->send->pending + BATCH_MAX + sk->sk_wmem_queued >=
	    READ_ONCE(sk->sk_sndbuf) ||
	    tcp_notsent_lowat(tcp_sk(sk)) != UINT_MAX)
		return 0;
	return MSG_MORE;
}

/* Returns what was taken, or, if nothing, the error. */
static int send_loop(struct writer *w)
{
	int copied = 0, ret, err;

	while (msg_data_left(w->msg)) {
		err = wait_room(w);
		if (!err)
			err = send_post(w);
		if (err)
			return copied ? copied : err;
		ret = send_batch(w);
		if (ret < 0)
			return copied ? copied : ret;
		err = tlsup_seal_push(w->sk, w->ctx, push_flags(w));
		if (err) {
			if (!copied)
				return err;
			/* For the next call: TCP has told it only to us. */
			if (err != -EPIPE)
				WRITE_ONCE(w->sk->sk_err, -err);
			return copied;
		}
		copied += ret;
		w->ctx->tx_bytes += ret;
	}
	return copied;
}

/* TLS_SET_RECORD_TYPE, for kTLS mode. */
static int send_cmsg(struct writer *w)
{
	struct cmsghdr *cmsg;
	int err;

	for_each_cmsghdr(cmsg, w->msg) {
		if (!CMSG_OK(w->msg, cmsg))
			return -EINVAL;
		if (cmsg->cmsg_level != SOL_TLS)
			continue;
		if (cmsg->cmsg_type != TLS_SET_RECORD_TYPE ||
		    cmsg->cmsg_len < CMSG_LEN(sizeof(u8)) ||
		    w->flags & MSG_MORE ||
		    w->ctx->mode == TLSUP_MODE_UPGRADE)
			return -EINVAL;
		if (w->ctx->send->open) {
			err = tlsup_seal_open(w->sk, w->ctx, TLSUP_TYPE_DATA);
			if (!err)
				err = tlsup_seal_push(w->sk, w->ctx, 0);
			if (err)
				return err;
		}
		w->type = *(u8 *)CMSG_DATA(cmsg);
	}
	return 0;
}

static int send_records(struct writer *w)
{
	struct tlsup_send *tx;
	int ret;

	if (w->flags & ~SEND_FLAGS)
		return -EOPNOTSUPP;
	if ((w->flags & (MSG_MORE | MSG_EOR)) == (MSG_MORE | MSG_EOR))
		return -EINVAL;
	ret = tlsup_send_start(w->sk);
	if (ret)
		return ret;
	tx = w->ctx->send;
	w->timeo = sock_sndtimeo(w->sk, w->flags & MSG_DONTWAIT);
	ret = writer_enter(w->sk, tx, &w->timeo);
	if (ret)
		return ret;
	if (w->msg->msg_controllen)
		ret = send_cmsg(w);
	if (!ret)
		ret = send_loop(w);
	writer_leave(tx);
	return ret;
}

/*
 * In upgrade mode, what comes before the records: 0: go on; otherwise the
 * call's result. What was taken as early data is added to *early.
 */
static int send_gate(struct writer *w, size_t size, int *early)
{
	struct msghdr *msg = w->msg;
	struct sock *sk = w->sk;
	int ret = 0;

	if (!(msg->msg_flags & ~(SEND_FLAGS | MSG_FASTOPEN)) && !msg->msg_controllen)
		ret = msg->msg_flags & MSG_FASTOPEN ?
			      tlsup_upgrade_connect_write(sk, msg) :
			      tlsup_early_write(sk, msg);
	w->flags &= ~MSG_FASTOPEN;
	if (ret < 0)
		return ret;
	*early = ret;
	if (ret && ret == size)
		return ret;
	ret = tlsup_upgrade_gate(sk, msg->msg_flags, true);
	return ret && *early ? *early : ret;
}

int tlsup_sendmsg(struct sock *sk, struct msghdr *msg, size_t size)
{
	struct writer w = {
		.sk = sk, .msg = msg, .flags = msg->msg_flags,
		.type = TLSUP_TYPE_DATA,
	};
	int ret = 0, early = 0;

	lock_sock(sk);
	w.ctx = tlsup_context(sk);
	if (!w.ctx) {
		ret = -ENOTCONN;
		goto unlock;
	}
	if (w.ctx->mode == TLSUP_MODE_UPGRADE) {
		ret = send_gate(&w, size, &early);
		if (ret)
			goto unlock;
	}
	/* Under the lock all along: from the moment that keys are set or START
	 * has returned, no plaintext leaves. */
	if (!tlsup_context_sends(w.ctx)) {
		w.ctx->plain_calls++;
		ret = tcp_sendmsg_locked(sk, msg, size);
		w.ctx->plain_calls--;
	} else {
		ret = send_records(&w);
	}
	if (early)
		ret = early + max(ret, 0);
	if (ret == -EPIPE)
		ret = sk_stream_error(sk, msg->msg_flags, ret);
unlock:
	release_sock(sk);
	return ret;
}

void tlsup_splice_eof(struct socket *sock)
{
	struct sock *sk = sock->sk;
	struct tlsup_context *ctx;
	struct proto *base = tlsup_ops_base_prot(sk);

	lock_sock(sk);
	ctx = tlsup_context(sk);
	if (ctx && tlsup_context_sends(ctx)) {
		tlsup_send_flush(sk);
		ctx = NULL;
		base = NULL;
	}
	release_sock(sk);
	if (base && base->splice_eof)
		base->splice_eof(sock);
}
