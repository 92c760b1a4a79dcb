// SPDX-License-Identifier: GPL-2.0-only
/* Reading otherwise: poll, splice, users in the kernel, and the channel. */
#include <linux/fs.h>
#include <linux/pipe_fs_i.h>
#include <linux/splice.h>
#include <linux/tls.h>
#include <net/tcp.h>

#include "compat.h"
#include "context.h"
#include "post.h"
#include "reader.h"
#include "receive.h"

/* Records up to this size are opened to tell poll() whether they are data. */
#define LOOK_MAX	4096

/* --- what is there ------------------------------------------------------- */

/* Without the lock. */
static struct tlsup_receive *receive_of(const struct tlsup_context *ctx)
{
	/* Pairs with tlsup_receive_start(). */
	return smp_load_acquire(&ctx->receive);
}

bool tlsup_receive_ready(const struct sock *sk)
{
	const struct tlsup_context *ctx = tlsup_context(sk);
	const struct tlsup_receive *rx;

	if (!ctx)
		return true;
	if (READ_ONCE(sk->sk_err) || READ_ONCE(ctx->error) ||
	    READ_ONCE(sk->sk_shutdown) & RCV_SHUTDOWN)
		return true;
	rx = receive_of(ctx);
	if (!rx)	/* not looked at yet: let the reader do so */
		return READ_ONCE(tcp_sk(sk)->rcv_nxt) !=
		       READ_ONCE(tcp_sk(sk)->copied_seq);
	if (READ_ONCE(rx->opened.valid) || READ_ONCE(rx->failed))
		return true;
	return !READ_ONCE(rx->rekey) && tlsup_framer_ready(sk, &rx->framer);
}

bool tlsup_receive_announce(struct sock *sk)
{
	struct tlsup_context *ctx = tlsup_context(sk);
	struct tlsup_receive *rx = receive_of(ctx);
	bool ready;

	if (!rx)
		return true;
	/* A call that reads is in the middle of it, and has let TCP run its
	 * backlog: what it had found on the queue may have moved. */
	rx->framer.skb = NULL;
	ready = tlsup_framer_update(sk, ctx, &rx->framer) && !rx->rekey;
	rx->framer.skb = NULL;
	/* tcp_epollin_ready(): there will be no more until somebody reads. */
	return ready || tcp_epollin_ready(sk, INT_MAX) ||
	       tlsup_receive_ready(sk);
}

/* Opens what stands in front of the data, in upgrade mode: true when read()
 * has something to say. */
static bool look(struct tlsup_reader *r)
{
	struct tlsup_framer *fr = &r->rx->framer;
	bool answer = true;
	int ret;

	while (!r->rx->opened.valid && !r->ctx->eof && !r->ctx->error) {
		ret = tlsup_reader_poll(r);
		answer = ret && ret != -EKEYEXPIRED;
		if (ret <= 0 || r->ctx->mode != TLSUP_MODE_UPGRADE ||
		    tlsup_framer_size(fr) > LOOK_MAX)
			break;
		answer = true;
		if (tlsup_reader_open(r))
			break;
	}
	tlsup_framer_done(r->sk, fr);
	return answer;
}

static bool look_locked(struct sock *sk, struct tlsup_reader *r)
{
	int ret = tlsup_reader_enter(r, sk, MSG_DONTWAIT);
	bool answer;

	/* The gate's "not yet" is no news, its errors are. */
	if (ret)
		return ret != -EAGAIN;
	answer = look(r);
	if (!answer) {
		/* A full buffer without a whole record: make room. */
		r->timeo = 0;
		ret = tlsup_reader_wait(r);
		answer = ret == 1 ? look(r) : ret != -EAGAIN;
	}
	return answer;
}

bool tlsup_receive_readable(struct sock *sk)
{
	const struct tlsup_context *ctx = tlsup_context(sk);
	const struct tlsup_receive *rx = receive_of(ctx);
	struct tlsup_reader r;
	bool answer;

	if (rx && READ_ONCE(rx->opened.valid))
		return true;
	if (!tlsup_receive_ready(sk)) {
		if (!tcp_epollin_ready(sk, INT_MAX))
			return false;
	} else if (READ_ONCE(ctx->mode) != TLSUP_MODE_UPGRADE && rx &&
		   tlsup_framer_ready(sk, &rx->framer) > 0) {
		return true;
	}
	lock_sock(sk);
	answer = look_locked(sk, &r);
	release_sock(sk);
	return answer;
}

int tlsup_receive_inq(struct sock *sk)
{
	struct tlsup_reader r;
	int answer = 0;

	lock_sock(sk);
	if (!tlsup_reader_enter(&r, sk, MSG_DONTWAIT)) {
		look(&r);
		if (r.rx->opened.valid)
			answer = r.rx->opened.len - r.rx->opened.off;
		else if (tlsup_reader_poll(&r) > 0)
			answer = tlsup_open_content_max(r.ctx, &r.rx->framer);
		tlsup_framer_done(sk, &r.rx->framer);
	}
	release_sock(sk);
	return answer;
}

void tlsup_receive_drain(struct sock *sk)
{
	struct tlsup_context *ctx = tlsup_context(sk);
	struct tlsup_receive *rx = ctx->receive;
	int budget = 64;

	if (!rx || ctx->rx.epoch != TLSUP_EPOCH_APPLICATION ||
	    rx->framer.seq != tcp_sk(sk)->copied_seq)
		return;
	rx->framer.skb = NULL;
	while (budget-- && !rx->framer.error &&
	       tlsup_framer_update(sk, ctx, &rx->framer) &&
	       !rx->framer.error) {
		if (tlsup_open(sk, ctx, &rx->opened, true))
			break;
		/* Application data that nobody read: TCP's reset is right. */
		if (rx->opened.type == TLSUP_TYPE_DATA && rx->opened.len) {
			rx->framer.skb = NULL;
			return;
		}
	}
	tlsup_framer_done(sk, &rx->framer);
}

/* --- splice and users in the kernel -------------------------------------- */

/* Waits until data is open: 1, 0: the end, or an errno. */
static int read_fetch(struct tlsup_reader *r)
{
	int ret;

	while (!r->rx->opened.valid) {
		if (r->ctx->eof)
			return 0;
		ret = tlsup_reader_poll(r);
		if (ret > 0)
			ret = tlsup_reader_open(r) ?: 1;
		else if (!ret)
			ret = tlsup_reader_wait(r);
		if (ret <= 0)
			return ret;
	}
	/* Only recvmsg() can say of what type a record is. */
	return r->rx->opened.type == TLSUP_TYPE_DATA ? 1 : -EINVAL;
}

static void read_took(struct tlsup_reader *r, size_t len)
{
	struct tlsup_opened *o = &r->rx->opened;

	o->off += len;
	if (o->off == o->len)
		o->valid = false;
	r->ctx->rx_bytes += len;
}

static void splice_put_page(struct splice_pipe_desc *spd, unsigned int i)
{
	put_page(spd->pages[i]);
}

/* A pipe owns its pages: they are new for each call. */
static ssize_t splice_opened(struct tlsup_reader *r,
			     struct pipe_inode_info *pipe, size_t len)
{
	const struct tlsup_opened *o = &r->rx->opened;
	struct partial_page partial[TLSUP_WINDOW_PAGES];
	struct page *pages[TLSUP_WINDOW_PAGES];
	struct splice_pipe_desc spd = {
		.pages = pages, .partial = partial,
		.nr_pages_max = ARRAY_SIZE(pages),
		.ops = &nosteal_pipe_buf_ops,
		.spd_release = splice_put_page,
	};
	size_t done = 0;
	ssize_t ret;

	len = min_t(size_t, len, o->len - o->off);
	while (done < len && spd.nr_pages < (int)ARRAY_SIZE(pages)) {
		size_t part = min_t(size_t, len - done, PAGE_SIZE);
		struct page *page = alloc_page(GFP_KERNEL_ACCOUNT);

		if (!page)
			break;
		memcpy(page_address(page), o->data + o->off + done, part);
		pages[spd.nr_pages] = page;
		partial[spd.nr_pages].offset = 0;
		partial[spd.nr_pages].len = part;
		spd.nr_pages++;
		done += part;
	}
	if (!done)
		return -ENOMEM;
	ret = splice_to_pipe(pipe, &spd);
	if (ret > 0)
		read_took(r, ret);
	return ret;
}

ssize_t tlsup_splice_read(struct socket *sock, loff_t *ppos,
			  struct pipe_inode_info *pipe, size_t len,
			  unsigned int flags)
{
	struct sock *sk = sock->sk;
	struct tlsup_reader r;
	bool nonblock = flags & SPLICE_F_NONBLOCK ||
			(sock->file && sock->file->f_flags & O_NONBLOCK);
	ssize_t ret;

	if (!len)
		return 0;
	lock_sock(sk);
	ret = tlsup_reader_enter(&r, sk, nonblock ? MSG_DONTWAIT : 0);
	if (!ret) {
		ret = read_fetch(&r);
		if (ret > 0)
			ret = splice_opened(&r, pipe, len);
		tlsup_framer_done(sk, &r.rx->framer);
	}
	release_sock(sk);
	return ret == -ENOENT ? -EAGAIN : ret;
}

/* The actor may keep what it is given: a new skb for each record. */
static struct sk_buff *read_skb(const struct tlsup_opened *o)
{
	unsigned int len = o->len - o->off;
	struct sk_buff *skb;
	int err;

	skb = alloc_skb_with_frags(0, len, 3, &err, GFP_KERNEL);
	if (!skb)
		return NULL;
	skb->data_len = len;
	skb->len = len;
	if (skb_store_bits(skb, 0, o->data + o->off, len)) {
		kfree_skb(skb);
		return NULL;
	}
	return skb;
}

int tlsup_read_sock(struct sock *sk, read_descriptor_t *desc,
		    sk_read_actor_t actor)
{
	struct tlsup_reader r;
	struct sk_buff *skb;
	int copied = 0, ret, used;

	/* strparser calls from the softirq, where nothing can be opened. */
	if (!in_task())
		return -EOPNOTSUPP;
	ret = tlsup_reader_enter(&r, sk, MSG_DONTWAIT);
	if (ret)
		return ret == -ENOENT ? -EINVAL : ret;
	do {
		ret = read_fetch(&r);
		if (ret <= 0)
			break;
		ret = -ENOMEM;
		skb = read_skb(&r.rx->opened);
		if (!skb)
			break;
		used = actor(desc, skb, 0, skb->len);
		consume_skb(skb);
		ret = used;
		if (used <= 0)
			break;
		read_took(&r, used);
		copied += used;
	} while (desc->count);
	tlsup_framer_done(sk, &r.rx->framer);
	return copied ? copied : ret;
}

/* --- the channel --------------------------------------------------------- */

/* Until a whole record is at the framer: 0, or -EAGAIN, -EPIPE, its error. */
static int record_ready(struct tlsup_reader *r)
{
	struct tlsup_framer *fr = &r->rx->framer;
	struct sock *sk = r->sk;

	if (tlsup_framer_update(sk, r->ctx, fr))
		return fr->error;
	tlsup_framer_done(sk, fr);
	if (sk->sk_err)
		return -sk->sk_err;
	if (sk->sk_shutdown & RCV_SHUTDOWN)
		return -EPIPE;
	if (!tcp_epollin_ready(sk, INT_MAX) || tlsup_framer_stash(sk, fr) <= 0 ||
	    !tlsup_framer_update(sk, r->ctx, fr)) {
		tlsup_framer_done(sk, fr);
		return -EAGAIN;
	}
	return fr->error;
}

/* The record at the framer, which the cipher would not have: is it of the early
 * data that is to be passed over? It costs what its plaintext may have been. */
static bool pass_over(struct tlsup_reader *r)
{
	const struct tlsup_header *hdr = &r->rx->framer.hdr;
	u32 cost = max(hdr->length - (1 + TLSUP_TAG_SIZE), 1);

	if (!tlsup_framer_passes_over(r->ctx, hdr))
		return false;
	if (cost > r->ctx->rx_skip) {
		r->ctx->rx_skip = 0;
		return false;
	}
	r->ctx->rx_skip -= cost;
	tlsup_framer_skip(r->sk, &r->rx->framer);
	return true;
}

/* What is too short or too long to be a record of ours isn't tried. */
static int record_open(struct tlsup_reader *r)
{
	struct tlsup_context *ctx = r->ctx;
	const struct tlsup_header *hdr = &r->rx->framer.hdr;
	int err;

	if (tlsup_framer_passes_over(ctx, hdr)) {
		err = tlsup_record_check(&ctx->rx, hdr, ctx->rx_limit);
		if (err)
			return -EBADMSG;
	}
	return tlsup_open(r->sk, ctx, &r->rx->opened, true);
}

static int record_fetch(struct tlsup_reader *r)
{
	int ret;

	if (r->rx->opened.valid)
		return 0;
	if (r->rx->failed)
		return r->rx->failed;
	do {
		ret = record_ready(r);
		if (ret)
			return ret;
		ret = record_open(r);
	} while (ret == -EBADMSG && pass_over(r));
	if (ret && ret != -ENOMEM)
		r->rx->failed = ret;
	r->rx->opened.valid = !ret;
	tlsup_framer_done(r->sk, &r->rx->framer);
	return ret;
}

int tlsup_receive_record(struct sock *sk, struct msghdr *msg, size_t len,
			 u8 *type)
{
	struct tlsup_reader r = { .sk = sk, .ctx = tlsup_context(sk) };
	struct tlsup_opened *o;
	int ret;

	if (!r.ctx)
		return -ENOTCONN;
	ret = tlsup_receive_start(sk);
	if (ret)
		return ret;
	r.rx = r.ctx->receive;
	r.rx->framer.skb = NULL;
	if (r.rx->framer.seq != tcp_sk(sk)->copied_seq)
		return -EBADMSG;
	ret = record_fetch(&r);
	if (ret)
		return ret;
	o = &r.rx->opened;
	*type = o->type;
	if (o->len > len)
		return -EMSGSIZE;
	if (copy_to_iter(o->data, o->len, &msg->msg_iter) != o->len)
		return -EFAULT;
	o->valid = false;
	return o->len;
}
