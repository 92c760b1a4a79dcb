// SPDX-License-Identifier: GPL-2.0-only
/* Sealing records into buffers, and pushing sealed bytes to TCP. */
#include <net/tcp.h>

#include "compat.h"
#include "context.h"
#include "seal.h"

#define RETRY	max(HZ / 20, 1)

static void vec_add(struct tlsup_send *tx, struct page *page,
		    unsigned int offset, unsigned int len)
{
	struct bio_vec *vec = &tx->vec[tx->vec_first + tx->vec_nr - 1];

	if (tx->vec_nr && vec->bv_page == page &&
	    vec->bv_offset + vec->bv_len == offset) {
		vec->bv_len += len;
	} else {
		if (!tx->vec_nr)
			tx->vec_first = 0;
		vec = &tx->vec[tx->vec_first + tx->vec_nr++];
		bvec_set_page(vec, page, len, offset);
	}
	tx->pending += len;
}

static void vec_advance(struct tlsup_send *tx, size_t len)
{
	tx->pending -= len;
	while (len) {
		struct bio_vec *vec = &tx->vec[tx->vec_first];

		if (len < vec->bv_len) {
			vec->bv_offset += len;
			vec->bv_len -= len;
			return;
		}
		len -= vec->bv_len;
		tx->vec_first++;
		tx->vec_nr--;
	}
}

int tlsup_seal_push(struct sock *sk, struct tlsup_context *ctx, int flags)
{
	struct tlsup_send *tx = ctx->send;
	int ret;

	/* TCP may flush its backlog while it sends, and so call sk_write_space
	 * and come here again. */
	if (!tx->pending || tx->pushing)
		return 0;
	tx->pushing = true;
	ret = tlsup_tcp_push(sk, &tx->vec[tx->vec_first], tx->vec_nr,
			     tx->pending,
			     flags | MSG_DONTWAIT | MSG_NOSIGNAL);
	tx->pushing = false;
	if (ret < 0 && ret != -EAGAIN)
		return ret;
	if (ret > 0)
		vec_advance(tx, ret);
	if (!tx->pending)
		tlsup_buffer_pushed(&tx->buf);
	else if (sk_stream_memory_free(sk))
		/* Memory was short, not room: no acknowledgement will come to
		 * call sk_write_space. */
		sk_reset_timer(sk, &ctx->send_retry, jiffies + RETRY);
	return 0;
}

/* A record whose number may have been used is never sealed again. */
static int seal_failed(struct sock *sk, struct tlsup_context *ctx)
{
	ctx->send->error = -EBADMSG;
	tlsup_context_fail(sk, -EBADMSG);
	return -EBADMSG;
}

int tlsup_seal_begin(struct tlsup_context *ctx, size_t size)
{
	struct tlsup_send *tx = ctx->send;
	struct page *page;
	unsigned int offset;

	tx->open = tlsup_buffer_dense(&tx->buf, size + TLSUP_HEADER_SIZE +
				      tlsup_record_lead(&ctx->tx) +
				      tlsup_record_trail(&ctx->tx),
				      &page, &offset);
	tx->open_len = 0;
	tx->open_size = size;
	return tx->open ? 0 : -ENOMEM;
}

/* RFC 8446 5.1: the first record of a client may, for the sake of old servers,
 * say TLS 1.0. */
static void put_header_plain(struct tlsup_context *ctx, u8 type, size_t len,
			     u8 *wire)
{
	tlsup_record_put_header(&ctx->tx, type, len, wire);
	if (ctx->role == TLSUP_ROLE_CLIENT && !ctx->tx.seq &&
	    type == TLSUP_TYPE_HANDSHAKE)
		put_unaligned_be16(0x0301, wire + 1);
	tlsup_record_count(&ctx->tx);
}

static int seal_dense(struct tlsup_context *ctx, u8 type, u8 *wire, size_t len)
{
	struct tlsup_send *tx = ctx->send;
	struct tlsup_state *st = &ctx->tx;
	struct scatterlist *sg = tx->src;
	unsigned int lead = tlsup_record_lead(st);

	if (!st->cipher) {
		put_header_plain(ctx, type, len, wire);
		return 0;
	}
	tlsup_record_put_header(st, type, len, wire);
	if (tlsup_state_is_13(st)) {
		/* The header is the additional data, and stands in front. */
		wire[TLSUP_HEADER_SIZE + len] = type;
		sg_init_one(sg, wire,
			    TLSUP_HEADER_SIZE + len + 1 + TLSUP_TAG_SIZE);
		return tlsup_record_seal(st, sg, sg, len + 1);
	}
	tlsup_record_put_aad_12(st, type, len, tx->aad);
	sg_init_table(sg, 2);
	sg_set_buf(&sg[0], tx->aad, sizeof(tx->aad));
	sg_set_buf(&sg[1], wire + TLSUP_HEADER_SIZE + lead,
		   len + TLSUP_TAG_SIZE);
	return tlsup_record_seal(st, sg, sg, len);
}

int tlsup_seal_open(struct sock *sk, struct tlsup_context *ctx, u8 type)
{
	struct tlsup_send *tx = ctx->send;
	size_t total = TLSUP_HEADER_SIZE + tlsup_record_lead(&ctx->tx) +
		       tx->open_len + tlsup_record_trail(&ctx->tx);
	unsigned int offset;
	struct page *page;
	u8 *wire = tx->open;

	/* The same bytes as at tlsup_seal_begin(): nothing dense was taken. */
	WARN_ON_ONCE(tlsup_buffer_dense(&tx->buf, total, &page, &offset) !=
		     wire);
	tx->open = NULL;
	if (seal_dense(ctx, type, wire, tx->open_len))
		return seal_failed(sk, ctx);
	tlsup_buffer_dense_take(&tx->buf, total);
	vec_add(tx, page, offset, total);
	ctx->tx_records++;
	return 0;
}

/* One record of seal_pages(): where its pieces are. */
struct paged {
	const struct tlsup_source *source;
	struct page *const *to;		/* pages at the source's offsets */
	size_t at;			/* from the start of the first page */
	size_t len;
	u8 *header, *trailer;
};

static unsigned int paged_map(struct scatterlist *sg,
			      struct page *const *pages, size_t at, size_t len)
{
	unsigned int n = 0;

	while (len) {
		size_t offset = offset_in_page(at);
		size_t part = min(len, PAGE_SIZE - offset);

		sg_set_page(&sg[n++], pages[at >> PAGE_SHIFT], part, offset);
		at += part;
		len -= part;
	}
	return n;
}

/*
 * Source and destination pages are walked in step, because both start at the
 * same offset within a page: the cipher then works in whole pages, and never
 * in 16-byte bounces. Header and trailer stand elsewhere, beside.
 */
static int seal_paged(struct tlsup_context *ctx, const struct paged *rec)
{
	struct tlsup_send *tx = ctx->send;
	struct tlsup_state *st = &ctx->tx;
	bool is_13 = tlsup_state_is_13(st);
	u8 *aad = is_13 ? rec->header : tx->aad;
	unsigned int n, aad_size = tlsup_record_aad_size(st);

	tlsup_record_put_header(st, TLSUP_TYPE_DATA, rec->len, rec->header);
	if (!is_13)
		tlsup_record_put_aad_12(st, TLSUP_TYPE_DATA, rec->len, aad);
	sg_init_table(tx->src, ARRAY_SIZE(tx->src));
	sg_init_table(tx->dst, ARRAY_SIZE(tx->dst));
	sg_set_buf(&tx->src[0], aad, aad_size);
	sg_set_buf(&tx->dst[0], aad, aad_size);
	n = 1 + paged_map(&tx->src[1], rec->source->pages, rec->at, rec->len);
	paged_map(&tx->dst[1], rec->to, rec->at, rec->len);
	sg_set_buf(&tx->dst[n], rec->trailer, tlsup_record_trail(st));
	sg_mark_end(&tx->dst[n]);
	if (is_13) {
		tx->type = TLSUP_TYPE_DATA;
		sg_set_buf(&tx->src[n++], &tx->type, 1);
	}
	sg_mark_end(&tx->src[n - 1]);
	return tlsup_record_seal(st, tx->src, tx->dst, rec->len + is_13);
}

/* Tail pages of one block are neighbours, and leave as one vector. */
static void vec_add_pages(struct tlsup_send *tx, struct page *const *pages,
			  size_t at, size_t len)
{
	while (len) {
		size_t offset = offset_in_page(at);
		size_t part = min(len, PAGE_SIZE - offset);
		struct page *page = pages[at >> PAGE_SHIFT];
		struct page *head = compound_head(page);

		vec_add(tx, head, ((page - head) << PAGE_SHIFT) + offset, part);
		at += part;
		len -= part;
	}
}

int tlsup_seal_pages(struct sock *sk, struct tlsup_context *ctx,
		     const struct tlsup_source *source, size_t len, size_t max)
{
	struct tlsup_send *tx = ctx->send;
	unsigned int before = TLSUP_HEADER_SIZE + tlsup_record_lead(&ctx->tx);
	unsigned int after = tlsup_record_trail(&ctx->tx);
	unsigned int nr = PAGE_ALIGN(source->offset + len) >> PAGE_SHIFT;
	unsigned int i, side_at, beside;
	struct page *to[TLSUP_BATCH_PAGES], *side;
	struct paged rec = { .source = source, .to = to, .at = source->offset };
	u8 *wire;

	/* All memory first: after it only the cipher can fail. */
	beside = DIV_ROUND_UP(len, max) * (before + after);
	wire = tlsup_buffer_dense(&tx->buf, beside, &side, &side_at);
	if (!wire)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		to[i] = tlsup_buffer_page(&tx->buf);
		if (!to[i])
			return -ENOMEM;
	}
	tlsup_buffer_dense_take(&tx->buf, beside);

	while (len) {
		rec.len = min(len, max);
		rec.header = wire;
		rec.trailer = wire + before;
		if (seal_paged(ctx, &rec))
			return seal_failed(sk, ctx);
		/* The trailer and the next header are one vector. */
		vec_add(tx, side, side_at, before);
		vec_add_pages(tx, to, rec.at, rec.len);
		vec_add(tx, side, side_at + before, after);
		ctx->tx_records++;
		wire += before + after;
		side_at += before + after;
		rec.at += rec.len;
		len -= rec.len;
	}
	return 0;
}
