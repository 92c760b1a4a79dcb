/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire: reading and writing the presentation language of RFC 8446 3, through
 * cursors whose error is sticky: read all fields, check once, then act.
 */
#ifndef HS_WIRE_H
#define HS_WIRE_H

#include "hs.h"

/* After a failure every read gives 0 or empty bytes. */
struct hs_reader {
	const uint8_t	*p;
	size_t		len;
	bool		failed;
};

struct hs_reader hs_reader(struct hs_bytes b);
/* RFC 8446 3.3: big-endian. */
uint8_t hs_reader_u8(struct hs_reader *r);
uint16_t hs_reader_u16(struct hs_reader *r);
uint32_t hs_reader_u24(struct hs_reader *r);
uint32_t hs_reader_u32(struct hs_reader *r);
uint64_t hs_reader_u64(struct hs_reader *r);
struct hs_bytes hs_reader_bytes(struct hs_reader *r, size_t len);
/* RFC 8446 3.4: a vector with a length of `width` bytes and at least `min` bytes
 * in it. */
struct hs_bytes hs_reader_vec(struct hs_reader *r, int width, size_t min);
/* All read and nothing went wrong. */
bool hs_reader_done(const struct hs_reader *r);

/* A growing buffer, or (hs_buf_fixed) a writer into room that is given.
 * Never longer than max; after a failure every write does nothing. */
struct hs_buf {
	uint8_t	*data;
	size_t	len, cap, max;
	bool	failed, fixed;
};

struct hs_buf hs_buf_fixed(uint8_t *room, size_t len);
void hs_buf_u8(struct hs_buf *b, uint8_t v);
void hs_buf_u16(struct hs_buf *b, uint16_t v);
void hs_buf_u32(struct hs_buf *b, uint32_t v);
void hs_buf_u64(struct hs_buf *b, uint64_t v);
void hs_buf_add(struct hs_buf *b, const uint8_t *data, size_t len);
void hs_buf_vec(struct hs_buf *b, int width, struct hs_bytes v);
/* Room for len bytes at the end, counted in; NULL on failure. */
uint8_t *hs_buf_room(struct hs_buf *b, size_t len);
/* A vector whose length is known when it is closed. */
size_t hs_buf_open(struct hs_buf *b, int width);
void hs_buf_close(struct hs_buf *b, int width, size_t mark);
/* Drops the first len bytes. */
void hs_buf_drop(struct hs_buf *b, size_t len);
void hs_buf_set(struct hs_buf *b, struct hs_bytes v);
/* Wipes and frees; max stays. */
void hs_buf_free(struct hs_buf *b);

static inline struct hs_bytes hs_bytes(const void *data, size_t len)
{
	return (struct hs_bytes){ data, len };
}

static inline struct hs_bytes hs_buf_bytes(const struct hs_buf *b)
{
	return (struct hs_bytes){ b->data, b->len };
}

/* Of public bytes; secrets are compared by hs_secret_equal(). */
bool hs_bytes_equal(struct hs_bytes a, struct hs_bytes b);

/* A list of uint16 on the wire: how many, the i-th, is v in it. */
static inline size_t hs_u16s(struct hs_bytes list)
{
	return list.len / 2;
}

static inline uint16_t hs_u16_at(struct hs_bytes list, size_t i)
{
	return (uint16_t)(list.data[2 * i] << 8 | list.data[2 * i + 1]);
}

bool hs_u16_in(struct hs_bytes list, uint16_t v);

/* Secrets: the one place that wipes, and the one that compares. */
void hs_wipe(void *p, size_t len);
bool hs_secret_equal(const uint8_t *a, const uint8_t *b, size_t len);

#endif /* HS_WIRE_H */
