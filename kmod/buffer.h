/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that sealed records are written to: blocks of eight pages, lent to
 * TCP page by page and used again when TCP has dropped its last reference (the
 * peer has acknowledged the bytes). Nothing is allocated or zeroed per record.
 */
#ifndef TLSUP_BUFFER_H
#define TLSUP_BUFFER_H

#include <linux/list.h>
#include <linux/mm.h>
#include <linux/types.h>

#define TLSUP_BLOCK_ORDER	3
#define TLSUP_BLOCK_PAGES	BIT(TLSUP_BLOCK_ORDER)
#define TLSUP_BLOCK_SIZE	(PAGE_SIZE << TLSUP_BLOCK_ORDER)
/* A sender keeps so many; what is in flight beyond them is not used again. */
#define TLSUP_BLOCKS_MAX	32

struct tlsup_block;

struct tlsup_buffer {
	struct list_head ring;		/* least recently taken first */
	unsigned int count;
	unsigned int batch;		/* see tlsup_buffer_pushed() */
	struct tlsup_block *dense;	/* small records, byte after byte */
	unsigned int dense_at;
	struct tlsup_block *paged;	/* bulk, page after page */
	unsigned int paged_at;
};

void tlsup_buffer_init(struct tlsup_buffer *buf);
void tlsup_buffer_free(struct tlsup_buffer *buf);

/* len contiguous bytes (at most a block), not yet taken: NULL without memory.
 * The same bytes are returned until tlsup_buffer_dense_take(). */
u8 *tlsup_buffer_dense(struct tlsup_buffer *buf, size_t len,
		       struct page **page, unsigned int *offset);
void tlsup_buffer_dense_take(struct tlsup_buffer *buf, size_t len);
/* The next whole page, or NULL. */
struct page *tlsup_buffer_page(struct tlsup_buffer *buf);

/* TCP has taken a reference to all that was written so far. Until then a block
 * looks unused by its count, but isn't. */
static inline void tlsup_buffer_pushed(struct tlsup_buffer *buf)
{
	buf->batch++;
}

#endif /* TLSUP_BUFFER_H */
