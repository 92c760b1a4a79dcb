// SPDX-License-Identifier: GPL-2.0-only
/* Blocks of pages for sealed records, and their reuse. */
#include <linux/gfp.h>
#include <linux/slab.h>

#include "buffer.h"

struct tlsup_block {
	struct list_head list;
	struct page *page;	/* head of a compound page; one reference ours */
	unsigned int batch;	/* when it was last written to */
};

void tlsup_buffer_init(struct tlsup_buffer *buf)
{
	memset(buf, 0, sizeof(*buf));
	INIT_LIST_HEAD(&buf->ring);
}

void tlsup_buffer_free(struct tlsup_buffer *buf)
{
	struct tlsup_block *block, *next;

	/* Pages that are still in TCP's queues live on there. */
	list_for_each_entry_safe(block, next, &buf->ring, list) {
		put_page(block->page);
		kfree(block);
	}
	tlsup_buffer_init(buf);
}

static struct page *block_page_new(void)
{
	return alloc_pages(GFP_KERNEL_ACCOUNT | __GFP_COMP | __GFP_NOWARN,
			   TLSUP_BLOCK_ORDER);
}

static struct tlsup_block *block_new(struct tlsup_buffer *buf)
{
	struct tlsup_block *block = kmalloc(sizeof(*block), GFP_KERNEL_ACCOUNT);

	if (!block)
		return NULL;
	block->page = block_page_new();
	if (!block->page) {
		kfree(block);
		return NULL;
	}
	list_add_tail(&block->list, &buf->ring);
	buf->count++;
	return block;
}

/* References are counted on the head page, also those to other pages of the
 * block, and a count of one says that TCP has none; the batch says whether it
 * is still to take some. */
static bool block_unused(const struct tlsup_buffer *buf,
			 const struct tlsup_block *block)
{
	return page_ref_count(block->page) == 1 && block->batch != buf->batch;
}

/* The block that was taken longest ago, but for those that are being written
 * to: they may be old and are never unused. */
static struct tlsup_block *block_oldest(const struct tlsup_buffer *buf)
{
	struct tlsup_block *block;

	list_for_each_entry(block, &buf->ring, list)
		if (block->batch != buf->batch && block != buf->dense &&
		    block != buf->paged)
			return block;
	return NULL;
}

/* All in flight: leave the oldest pages to TCP. */
static struct tlsup_block *block_renew(struct tlsup_block *block)
{
	struct page *page = block ? block_page_new() : NULL;

	if (!page)
		return NULL;
	put_page(block->page);
	block->page = page;
	return block;
}

static struct tlsup_block *block_take(struct tlsup_buffer *buf)
{
	struct tlsup_block *block = block_oldest(buf);

	if (!block || !block_unused(buf, block)) {
		if (buf->count < TLSUP_BLOCKS_MAX)
			block = block_new(buf);
		else
			block = block_renew(block);
	}
	if (!block)
		return NULL;
	list_move_tail(&block->list, &buf->ring);
	block->batch = buf->batch;
	return block;
}

u8 *tlsup_buffer_dense(struct tlsup_buffer *buf, size_t len,
		       struct page **page, unsigned int *offset)
{
	if (!buf->dense || TLSUP_BLOCK_SIZE - buf->dense_at < len) {
		struct tlsup_block *block = block_take(buf);

		if (!block)
			return NULL;
		buf->dense = block;
		buf->dense_at = 0;
	}
	buf->dense->batch = buf->batch;
	*page = buf->dense->page;
	*offset = buf->dense_at;
	return (u8 *)page_address(buf->dense->page) + buf->dense_at;
}

void tlsup_buffer_dense_take(struct tlsup_buffer *buf, size_t len)
{
	buf->dense_at += len;
}

struct page *tlsup_buffer_page(struct tlsup_buffer *buf)
{
	if (!buf->paged || buf->paged_at == TLSUP_BLOCK_PAGES) {
		struct tlsup_block *block = block_take(buf);

		if (!block)
			return NULL;
		buf->paged = block;
		buf->paged_at = 0;
	}
	buf->paged->batch = buf->batch;
	return buf->paged->page + buf->paged_at++;
}
