// SPDX-License-Identifier: GPL-2.0-only
/* Finding records on the TCP receive queue by sequence numbers. */
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/tcp.h>

#include "context.h"
#include "framer.h"

void tlsup_framer_start(struct sock *sk, struct tlsup_framer *fr)
{
	WRITE_ONCE(fr->seq, tcp_sk(sk)->copied_seq);
	WRITE_ONCE(fr->need, TLSUP_HEADER_SIZE);
}

void tlsup_framer_free(struct tlsup_framer *fr)
{
	kfree_sensitive(fr->stash);
	fr->stash = NULL;
}

/* Bytes from seq on; TCP counts the FIN as one. */
static u32 framer_queued(const struct sock *sk, const struct tlsup_framer *fr)
{
	u32 queued = tcp_sk(sk)->rcv_nxt - fr->seq;

	if (queued && sock_flag(sk, SOCK_DONE))
		queued--;
	return queued;
}

/*
 * The skb that has the byte at seq. Skbs may overlap, and the first ones may
 * have been skipped but not yet given back. tcp_recv_skb() drops nothing here
 * that is not before copied_seq.
 */
static struct sk_buff *framer_skb(struct sock *sk, struct tlsup_framer *fr)
{
	struct sk_buff *skb = fr->skb;
	u32 offset = 0;

	if (!skb)
		skb = tcp_recv_skb(sk, tcp_sk(sk)->copied_seq, &offset);
	while (skb) {
		offset = fr->seq - TCP_SKB_CB(skb)->seq;
		if (offset < skb->len)
			break;
		skb = skb_queue_is_last(&sk->sk_receive_queue, skb) ? NULL :
		      skb_queue_next(&sk->sk_receive_queue, skb);
	}
	fr->skb = skb;
	return skb;
}

/* From skb and offset to those of len bytes later, the next piece in between:
 * returns the piece's length. */
static unsigned int framer_step(struct sock *sk, u32 seq, struct sk_buff **skb,
				u32 *offset)
{
	*offset = seq - TCP_SKB_CB(*skb)->seq;
	while (*offset >= (*skb)->len) {
		*skb = skb_queue_next(&sk->sk_receive_queue, *skb);
		*offset = seq - TCP_SKB_CB(*skb)->seq;
	}
	return (*skb)->len - *offset;
}

static void queue_copy(struct sock *sk, struct tlsup_framer *fr,
		       unsigned int at, u8 *to, unsigned int len)
{
	struct sk_buff *skb = framer_skb(sk, fr);
	u32 seq = fr->seq + at, offset;

	while (len) {
		unsigned int part = min(framer_step(sk, seq, &skb, &offset),
					len);

		/* Within skb->len it cannot fail. */
		if (WARN_ON_ONCE(skb_copy_bits(skb, offset, to, part)))
			memset(to, 0, part);
		seq += part;
		to += part;
		len -= part;
	}
}

void tlsup_framer_copy(struct sock *sk, struct tlsup_framer *fr,
		       unsigned int at, u8 *to, unsigned int len)
{
	if (fr->stash_len)
		memcpy(to, fr->stash + at, len);
	else
		queue_copy(sk, fr, at, to, len);
}

/*
 * Before the handshake is over, TLS 1.3 peers send an unprotected
 * change_cipher_spec to please middleboxes (RFC 8446 D.4); and a client that
 * refuses the server's flight may say so in the clear, if it never came to
 * change its sending key (OpenSSL). Who forges that alert could as well forge a
 * reset.
 */
bool tlsup_framer_is_plain(const struct tlsup_context *ctx,
			   const struct tlsup_header *hdr)
{
	if (!tlsup_state_is_13(&ctx->rx) || ctx->mode != TLSUP_MODE_UPGRADE ||
	    ctx->state >= TLSUP_STATE_OPEN)
		return false;
	if (hdr->type == TLSUP_TYPE_CCS)
		return hdr->length <= 1;
	return hdr->type == TLSUP_TYPE_ALERT && hdr->length == 2 &&
	       ctx->rx.epoch == TLSUP_EPOCH_HANDSHAKE && !ctx->rx.seq;
}

/* RFC 8449 4: the limit that we have told binds what is protected, and 0-RTT,
 * which is sent before it was heard, is not bound. */
static unsigned int framer_max(const struct tlsup_context *ctx,
			       const struct tlsup_header *hdr)
{
	if (!ctx->rx.cipher)
		return hdr->type == TLSUP_TYPE_DATA &&
		       ctx->role == TLSUP_ROLE_SERVER ?
		       TLSUP_CIPHERTEXT_MAX : TLSUP_PAYLOAD_MAX;
	if (ctx->rx.epoch <= TLSUP_EPOCH_EARLY)
		return TLSUP_PAYLOAD_MAX;
	return ctx->rx_limit;
}

bool tlsup_framer_passes_over(const struct tlsup_context *ctx,
			      const struct tlsup_header *hdr)
{
	return ctx->rx_skip && ctx->rx.epoch == TLSUP_EPOCH_HANDSHAKE &&
	       !ctx->rx.seq && hdr->type == TLSUP_TYPE_DATA;
}

static int framer_check(const struct tlsup_context *ctx,
			const struct tlsup_header *hdr)
{
	int err;

	if (tlsup_framer_is_plain(ctx, hdr))
		return 0;
	if (tlsup_framer_passes_over(ctx, hdr))
		return hdr->length > TLSUP_CIPHERTEXT_MAX ? -EMSGSIZE : 0;
	err = tlsup_record_check(&ctx->rx, hdr, framer_max(ctx, hdr));
	if (ctx->mode != TLSUP_MODE_UPGRADE)
		return err;
	if (tlsup_state_is_13(&ctx->rx) && hdr->type != TLSUP_TYPE_DATA)
		err = -EPROTO;
	return err == -EINVAL ? -EPROTO : err;
}

bool tlsup_framer_update(struct sock *sk, struct tlsup_context *ctx,
			 struct tlsup_framer *fr)
{
	u8 wire[TLSUP_HEADER_SIZE];

	if (fr->error)
		return !fr->told;
	if (!fr->known) {
		if (framer_queued(sk, fr) < sizeof(wire))
			return false;
		queue_copy(sk, fr, 0, wire, sizeof(wire));
		tlsup_record_parse(wire, &fr->hdr);
		fr->known = true;
		WRITE_ONCE(fr->need, tlsup_framer_size(fr));
	}
	/* Again each time: the read state may have changed since. */
	fr->error = framer_check(ctx, &fr->hdr);
	if (fr->error)
		return true;
	return fr->stash_len + framer_queued(sk, fr) >= fr->need;
}

int tlsup_framer_ready(const struct sock *sk, const struct tlsup_framer *fr)
{
	u32 queued = READ_ONCE(tcp_sk(sk)->rcv_nxt) - READ_ONCE(fr->seq);
	u32 need = READ_ONCE(fr->need);

	if (READ_ONCE(fr->error))
		return !READ_ONCE(fr->told);
	if (READ_ONCE(fr->stash_len) + queued < need)
		return 0;
	/* TCP has the bytes already, but sk_data_ready is still to come. */
	return need == TLSUP_HEADER_SIZE ? -1 : 1;
}

/* The page fragments of one skb, from offset on. */
static int map_skb(struct sk_buff *skb, u32 offset, unsigned int len,
		   struct scatterlist *sg, unsigned int max)
{
	unsigned int n = 0, i, part;

	if (offset < skb_headlen(skb)) {
		part = min(len, skb_headlen(skb) - offset);
		if (!max)
			return -EMSGSIZE;
		sg_set_buf(&sg[n++], skb->data + offset, part);
		offset += part;
		len -= part;
	}
	offset -= skb_headlen(skb);
	for (i = 0; len && i < skb_shinfo(skb)->nr_frags; i++) {
		const skb_frag_t *frag = &skb_shinfo(skb)->frags[i];

		if (offset >= skb_frag_size(frag)) {
			offset -= skb_frag_size(frag);
			continue;
		}
		if (n == max)
			return -EMSGSIZE;
		part = min(len, skb_frag_size(frag) - offset);
		sg_set_page(&sg[n++], skb_frag_page(frag), part,
			    skb_frag_off(frag) + offset);
		offset = 0;
		len -= part;
	}
	return len ? -EMSGSIZE : n;
}

int tlsup_framer_map(struct sock *sk, struct tlsup_framer *fr, unsigned int at,
		     unsigned int len, struct scatterlist *sg, unsigned int max)
{
	struct sk_buff *skb;
	u32 seq, offset;
	int total = 0, n;

	if (fr->stash_len) {
		sg_set_buf(sg, fr->stash + at, len);
		return 1;
	}
	skb = framer_skb(sk, fr);
	seq = fr->seq + at;
	while (len) {
		unsigned int part = min(framer_step(sk, seq, &skb, &offset),
					len);

		n = map_skb(skb, offset, part, sg + total, max - total);
		if (n < 0)
			return n;
		total += n;
		seq += part;
		len -= part;
	}
	return total;
}

int tlsup_framer_stash(struct sock *sk, struct tlsup_framer *fr)
{
	u32 part = min(framer_queued(sk, fr), fr->need - fr->stash_len);

	/* A length that nobody has checked. */
	if (WARN_ON_ONCE(fr->need > TLSUP_RECORD_MAX))
		return -EMSGSIZE;
	if (!fr->stash) {
		fr->stash = kmalloc(TLSUP_RECORD_MAX,
				    GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
		if (!fr->stash)
			return -ENOMEM;
	}
	if (!part)
		return 0;
	queue_copy(sk, fr, 0, fr->stash + fr->stash_len, part);
	WRITE_ONCE(fr->stash_len, fr->stash_len + part);
	WRITE_ONCE(fr->seq, fr->seq + part);
	return part;
}

void tlsup_framer_skip(struct sock *sk, struct tlsup_framer *fr)
{
	WRITE_ONCE(fr->seq, fr->seq + fr->need - fr->stash_len);
	WRITE_ONCE(fr->stash_len, 0);
	WRITE_ONCE(fr->need, TLSUP_HEADER_SIZE);
	fr->known = false;
}

void tlsup_framer_done(struct sock *sk, struct tlsup_framer *fr)
{
	u32 skipped = fr->seq - tcp_sk(sk)->copied_seq;

	fr->skb = NULL;
	/* Negative: somebody else has read (see tlsup_reader_enter()). */
	if ((s32)skipped <= 0)
		return;
	tcp_read_done(sk, skipped);
	/* A FIN in the last skb goes with it, and has a number of its own. */
	WRITE_ONCE(fr->seq, tcp_sk(sk)->copied_seq);
}
