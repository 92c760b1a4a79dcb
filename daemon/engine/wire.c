// SPDX-License-Identifier: Apache-2.0
/* wire: cursors over the presentation language of RFC 8446 3, and wiping. */
#include <stdlib.h>
#include <string.h>

#include "wire.h"

struct hs_reader hs_reader(struct hs_bytes b)
{
	return (struct hs_reader){ .p = b.data, .len = b.len };
}

struct hs_bytes hs_reader_bytes(struct hs_reader *r, size_t len)
{
	struct hs_bytes b;

	if (r->failed || len > r->len) {
		r->failed = true;
		return hs_bytes(NULL, 0);
	}
	b = hs_bytes(r->p, len);
	if (len)
		r->p += len;
	r->len -= len;
	return b;
}

static uint64_t number(struct hs_reader *r, size_t width)
{
	struct hs_bytes b = hs_reader_bytes(r, width);
	uint64_t v = 0;

	for (size_t i = 0; i < b.len; i++)
		v = v << 8 | b.data[i];
	return v;
}

uint8_t hs_reader_u8(struct hs_reader *r)
{
	return (uint8_t)number(r, 1);
}

uint16_t hs_reader_u16(struct hs_reader *r)
{
	return (uint16_t)number(r, 2);
}

uint32_t hs_reader_u24(struct hs_reader *r)
{
	return (uint32_t)number(r, 3);
}

uint32_t hs_reader_u32(struct hs_reader *r)
{
	return (uint32_t)number(r, 4);
}

uint64_t hs_reader_u64(struct hs_reader *r)
{
	return number(r, 8);
}

struct hs_bytes hs_reader_vec(struct hs_reader *r, int width, size_t min)
{
	struct hs_bytes b = hs_reader_bytes(r, number(r, (size_t)width));

	if (b.len < min)
		r->failed = true;
	return r->failed ? hs_bytes(NULL, 0) : b;
}

bool hs_reader_done(const struct hs_reader *r)
{
	return !r->failed && !r->len;
}

struct hs_buf hs_buf_fixed(uint8_t *room, size_t len)
{
	return (struct hs_buf){ .data = room, .cap = len, .max = len,
				.fixed = true };
}

static bool grow(struct hs_buf *b, size_t need)
{
	size_t cap = b->cap ? b->cap : 256;
	uint8_t *data;

	if (b->fixed || need > b->max)
		return false;
	while (cap < need)
		cap *= 2;
	if (cap > b->max)
		cap = b->max;
	data = realloc(b->data, cap);
	if (!data)
		return false;
	b->data = data;
	b->cap = cap;
	return true;
}

uint8_t *hs_buf_room(struct hs_buf *b, size_t len)
{
	if (b->failed || len > b->max - b->len ||
	    (b->len + len > b->cap && !grow(b, b->len + len))) {
		b->failed = true;
		return NULL;
	}
	b->len += len;
	/* Nothing in an empty buffer has no place. */
	return len ? b->data + b->len - len : b->data;
}

static void put(struct hs_buf *b, uint64_t v, int width)
{
	uint8_t *p = hs_buf_room(b, (size_t)width);

	for (int i = width - 1; p && i >= 0; i--, v >>= 8)
		p[i] = (uint8_t)v;
}

void hs_buf_u8(struct hs_buf *b, uint8_t v)
{
	put(b, v, 1);
}

void hs_buf_u16(struct hs_buf *b, uint16_t v)
{
	put(b, v, 2);
}

void hs_buf_u32(struct hs_buf *b, uint32_t v)
{
	put(b, v, 4);
}

void hs_buf_u64(struct hs_buf *b, uint64_t v)
{
	put(b, v, 8);
}

void hs_buf_add(struct hs_buf *b, const uint8_t *data, size_t len)
{
	/* Nothing into a buffer that has no memory yet is nothing to do. */
	uint8_t *p = len ? hs_buf_room(b, len) : NULL;

	if (p)
		memcpy(p, data, len);
}

void hs_buf_vec(struct hs_buf *b, int width, struct hs_bytes v)
{
	size_t mark = hs_buf_open(b, width);

	hs_buf_add(b, v.data, v.len);
	hs_buf_close(b, width, mark);
}

size_t hs_buf_open(struct hs_buf *b, int width)
{
	put(b, 0, width);
	return b->len;
}

void hs_buf_close(struct hs_buf *b, int width, size_t mark)
{
	size_t len = b->len - mark;

	if (b->failed)
		return;
	if (len >> (8 * width)) {
		b->failed = true;
		return;
	}
	for (int i = 1; i <= width; i++, len >>= 8)
		b->data[mark - (size_t)i] = (uint8_t)len;
}

void hs_buf_drop(struct hs_buf *b, size_t len)
{
	if (!len)
		return;
	b->len -= len;
	memmove(b->data, b->data + len, b->len);
}

void hs_buf_set(struct hs_buf *b, struct hs_bytes v)
{
	b->len = 0;
	hs_buf_add(b, v.data, v.len);
}

void hs_buf_free(struct hs_buf *b)
{
	if (b->data && !b->fixed) {
		hs_wipe(b->data, b->cap);
		free(b->data);
		b->data = NULL;
		b->cap = 0;
	}
	b->len = 0;
}

bool hs_bytes_equal(struct hs_bytes a, struct hs_bytes b)
{
	return a.len == b.len && (!a.len || !memcmp(a.data, b.data, a.len));
}

bool hs_u16_in(struct hs_bytes list, uint16_t v)
{
	for (size_t i = 0; i < hs_u16s(list); i++)
		if (hs_u16_at(list, i) == v)
			return true;
	return false;
}

void hs_wipe(void *p, size_t len)
{
	/* The asm makes the store something that the compiler can't drop. */
	memset(p, 0, len);
	__asm__ __volatile__("" : : "r"(p) : "memory");
}

void hs_secret_wipe(struct hs_secret *s)
{
	hs_wipe(s, sizeof(*s));
}

bool hs_secret_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
	uint8_t diff = 0;

	for (size_t i = 0; i < len; i++)
		diff |= a[i] ^ b[i];
	return !diff;
}
