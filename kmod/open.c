// SPDX-License-Identifier: GPL-2.0-only
/* Opening one record. */
#include <linux/slab.h>

#include "context.h"
#include "open.h"

#define SHY_RECORDS	32

unsigned int tlsup_open_content_max(const struct tlsup_context *ctx,
				    const struct tlsup_framer *fr)
{
	if (tlsup_framer_is_plain(ctx, &fr->hdr))
		return fr->hdr.length;
	return fr->hdr.length - tlsup_record_lead(&ctx->rx) -
	       tlsup_record_trail(&ctx->rx);
}

void tlsup_opened_free(struct tlsup_opened *opened)
{
	kfree_sensitive(opened->data);
	memset(opened, 0, sizeof(*opened));
}

static int opened_grow(struct tlsup_opened *opened, unsigned int size)
{
	if (opened->size >= size)
		return 0;
	size = roundup_pow_of_two(max(size, 2048U));
	tlsup_opened_free(opened);
	opened->data = kmalloc(size, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!opened->data)
		return -ENOMEM;
	opened->size = size;
	return 0;
}

int tlsup_opened_set(struct tlsup_opened *opened, const u8 *data, size_t len)
{
	int err = opened_grow(opened, len);

	if (err)
		return err;
	memcpy(opened->data, data, len);
	opened->off = 0;
	opened->len = len;
	opened->type = TLSUP_TYPE_DATA;
	opened->valid = true;
	return 0;
}

/* The tables are set up once; only the end mark moves. */
static void sg_end_at(struct scatterlist **end, struct scatterlist *sg)
{
	if (*end)
		sg_unmark_end(*end);
	sg_mark_end(sg);
	*end = sg;
}

static void sg_prepare(struct tlsup_receive *rx)
{
	if (likely(rx->src_end))
		return;
	sg_init_table(rx->src, ARRAY_SIZE(rx->src));
	sg_init_table(rx->dst, ARRAY_SIZE(rx->dst));
	rx->src_end = &rx->src[ARRAY_SIZE(rx->src) - 1];
	rx->dst_end = &rx->dst[ARRAY_SIZE(rx->dst) - 1];
}

/* Additional data and ciphertext as one list. */
static int map_source(struct sock *sk, struct tlsup_context *ctx, u8 *explicit)
{
	struct tlsup_receive *rx = ctx->receive;
	struct tlsup_framer *fr = &rx->framer;
	unsigned int lead = tlsup_record_lead(&ctx->rx);
	int n;

	if (tlsup_state_is_13(&ctx->rx)) {
		n = tlsup_framer_map(sk, fr, 0, tlsup_framer_size(fr), rx->src,
				     ARRAY_SIZE(rx->src));
		if (n < 0)
			return n;
		goto end;
	}
	if (lead)
		tlsup_framer_copy(sk, fr, TLSUP_HEADER_SIZE, explicit, lead);
	tlsup_record_put_aad_12(&ctx->rx, fr->hdr.type,
				fr->hdr.length - lead - TLSUP_TAG_SIZE,
				rx->aad);
	sg_set_buf(&rx->src[0], rx->aad, TLSUP_AAD_12_SIZE);
	n = tlsup_framer_map(sk, fr, TLSUP_HEADER_SIZE + lead,
			     fr->hdr.length - lead, &rx->src[1],
			     ARRAY_SIZE(rx->src) - 1);
	if (n < 0)
		return n;
	n++;
end:
	sg_end_at(&rx->src_end, &rx->src[n - 1]);
	return 0;
}

/* A record in too many pieces, or partly stashed already, is made one piece. */
static int open_source(struct sock *sk, struct tlsup_context *ctx,
		       u8 *explicit, bool may_stash)
{
	struct tlsup_framer *fr = &ctx->receive->framer;
	int err = -EMSGSIZE;

	sg_prepare(ctx->receive);
	if (!fr->stash_len)
		err = map_source(sk, ctx, explicit);
	if (err != -EMSGSIZE || !may_stash)
		return err;
	err = tlsup_framer_stash(sk, fr);
	if (err < 0)
		return err;
	return map_source(sk, ctx, explicit);
}

static int open_crypt(struct tlsup_context *ctx, const u8 *explicit)
{
	struct tlsup_receive *rx = ctx->receive;
	int err;

	err = tlsup_record_open(&ctx->rx, rx->src, rx->dst,
				rx->framer.hdr.length -
				tlsup_record_lead(&ctx->rx), explicit);
	if (err && err != -ENOMEM)
		err = -EBADMSG;
	return err;
}

static void open_accept(struct sock *sk, struct tlsup_context *ctx)
{
	tlsup_record_count(&ctx->rx);
	tlsup_framer_skip(sk, &ctx->receive->framer);
	if (ctx->rx.cipher)
		ctx->rx_records++;
}

static int open_plain(struct sock *sk, struct tlsup_context *ctx,
		      struct tlsup_opened *to)
{
	struct tlsup_framer *fr = &ctx->receive->framer;
	u32 part = fr->stash_len ? tlsup_framer_stash(sk, fr) : 0;

	if ((int)part < 0)
		return part;
	tlsup_framer_copy(sk, fr, TLSUP_HEADER_SIZE, to->data, fr->hdr.length);
	to->len = fr->hdr.length;
	to->type = fr->hdr.type;
	if (ctx->rx.cipher)	/* what comes in the clear has no number */
		tlsup_framer_skip(sk, fr);
	else
		open_accept(sk, ctx);
	return 0;
}

/*
 * RFC 8446 5.4: what has no content type is unexpected_message; net/tls says
 * EBADMSG. And a change_cipher_spec is never protected (5): whoever makes the
 * handshake would take it for one in the clear, which is passed over.
 */
static int open_inner(const struct tlsup_context *ctx, struct tlsup_opened *to,
		      size_t len)
{
	int n = tlsup_record_unpad(to->data, len, &to->type);

	if (ctx->mode != TLSUP_MODE_UPGRADE)
		return n;
	if (n < 0 || (to->type == TLSUP_TYPE_CCS &&
		      ctx->state < TLSUP_STATE_OPEN))
		return -EPROTO;
	return n;
}

int tlsup_open(struct sock *sk, struct tlsup_context *ctx,
	       struct tlsup_opened *to, bool may_stash)
{
	struct tlsup_receive *rx = ctx->receive;
	const struct tlsup_header *hdr = &rx->framer.hdr;
	bool is_13 = tlsup_state_is_13(&ctx->rx);
	u8 explicit[8];
	int err, len;

	to->off = 0;
	err = opened_grow(to, max_t(unsigned int, hdr->length, 1));
	if (err)
		return err;
	if (!ctx->rx.cipher || tlsup_framer_is_plain(ctx, hdr))
		return open_plain(sk, ctx, to);

	err = open_source(sk, ctx, explicit, may_stash);
	if (err)
		return err;
	len = hdr->length - tlsup_record_lead(&ctx->rx) - TLSUP_TAG_SIZE;
	/* The cipher skips the additional data in dst, without writing. */
	sg_set_buf(&rx->dst[0], rx->aad, tlsup_record_aad_size(&ctx->rx));
	sg_set_buf(&rx->dst[1], to->data, max(len, 1));
	sg_end_at(&rx->dst_end, &rx->dst[1]);
	err = open_crypt(ctx, explicit);
	if (err)
		return err;
	to->type = hdr->type;
	if (is_13) {
		len = open_inner(ctx, to, len);
		if (len < 0)
			return len;
	}
	to->len = len;
	open_accept(sk, ctx);
	return 0;
}

static unsigned int map_window(struct scatterlist *sg,
			       const struct tlsup_window *window, size_t len)
{
	size_t at = window->at;
	unsigned int n = 0;

	while (len) {
		size_t part = min(len, PAGE_SIZE - offset_in_page(at));

		sg_set_page(&sg[n++], window->pages[at >> PAGE_SHIFT], part,
			    offset_in_page(at));
		at += part;
		len -= part;
	}
	return n;
}

/*
 * In TLS 1.3 only the last byte of the plaintext tells what it is: it goes into
 * a place of its own, not behind the reader's data. If it is not "application
 * data", the record is opened once more, elsewhere; what stands in the reader's
 * pages then is beyond what the call reports. A peer that pads or sends control
 * records costs us that second opening only now and then.
 */
int tlsup_open_direct(struct sock *sk, struct tlsup_context *ctx,
		      struct tlsup_window *window)
{
	struct tlsup_receive *rx = ctx->receive;
	bool is_13 = tlsup_state_is_13(&ctx->rx);
	unsigned int len, n;
	u8 explicit[8];
	int err;

	if (rx->shy) {
		rx->shy--;
		return -EAGAIN;
	}
	if (!is_13 && rx->framer.hdr.type != TLSUP_TYPE_DATA)
		return -EAGAIN;
	err = open_source(sk, ctx, explicit, true);
	if (err)
		return err;

	len = tlsup_open_content_max(ctx, &rx->framer);
	sg_set_buf(&rx->dst[0], rx->aad, tlsup_record_aad_size(&ctx->rx));
	n = 1 + map_window(&rx->dst[1], window, len);
	if (is_13)
		sg_set_buf(&rx->dst[n++], &rx->type, 1);
	sg_end_at(&rx->dst_end, &rx->dst[n - 1]);
	err = open_crypt(ctx, explicit);
	if (err)
		return err;
	if (is_13 && rx->type != TLSUP_TYPE_DATA) {
		rx->shy = SHY_RECORDS;
		return -EAGAIN;
	}
	open_accept(sk, ctx);
	window->at += len;
	window->len -= len;
	return len;
}
