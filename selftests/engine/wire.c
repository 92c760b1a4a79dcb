// SPDX-License-Identifier: Apache-2.0
/* The presentation language of RFC 8446 3: numbers (3.3) and vectors (3.4), read
 * and written, at their limits; and what a cursor says after it failed. */
#include <string.h>

#include "daemon/engine/wire.h"
#include "tap.h"

static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8 };

static uint64_t number(struct hs_reader *r, int width)
{
	return width == 1 ? hs_reader_u8(r) : width == 2 ? hs_reader_u16(r) :
	       width == 3 ? hs_reader_u24(r) : width == 4 ? hs_reader_u32(r) :
							    hs_reader_u64(r);
}

/* 3.3: "All values ... are stored in network byte (big-endian) order." */
static void numbers(void)
{
	static const uint64_t want[] = {
		0, 1, 0x102, 0x10203, 0x1020304, 0, 0, 0, 0x102030405060708,
	};
	static const int widths[] = { 1, 2, 3, 4, 8 };

	for (size_t i = 0; i < 5; i++) {
		int width = widths[i];
		struct hs_reader r = hs_reader(hs_bytes(bytes, (size_t)width));

		tap_sub(number(&r, width) == want[width] && hs_reader_done(&r),
			"%d bytes", width);
		r = hs_reader(hs_bytes(bytes, (size_t)width - 1));
		tap_sub(!number(&r, width) && r.failed, "one too few for %d",
			width);
	}
	tap_sum("numbers are big-endian, and whole");
}

static void written(void)
{
	uint8_t room[1 + 2 + 4 + 8];
	struct hs_buf b = hs_buf_fixed(room, sizeof(room));

	hs_buf_u8(&b, 1);
	hs_buf_u16(&b, 0x102);
	hs_buf_u32(&b, 0x1020304);
	hs_buf_u64(&b, 0x102030405060708);
	tap_ok(!b.failed && b.len == sizeof(room) && room[0] == 1 &&
	       !memcmp(room + 1, bytes, 2) && !memcmp(room + 3, bytes, 4) &&
	       !memcmp(room + 7, bytes, 8), "and so they are written");
	hs_buf_u8(&b, 9);
	tap_ok(b.failed && b.len == sizeof(room), "a byte more finds no room");
}

/* 3.4: the length comes first, in as many bytes as the ceiling needs; neither
 * floor nor end is passed. */
static void vectors(void)
{
	uint8_t in[3 + 4] = { 0 };

	for (int width = 1; width <= 3; width++)
		for (size_t len = 0; len <= 5; len++) {
			struct hs_bytes v;
			struct hs_reader r =
				hs_reader(hs_bytes(in, (size_t)width + 4));

			memset(in, 0, sizeof(in));
			in[width - 1] = (uint8_t)len;
			v = hs_reader_vec(&r, width, 2);
			tap_sub(r.failed == (len < 2 || len > 4) &&
				v.len == (r.failed ? 0 : len) &&
				(r.failed || v.data == in + width),
				"%zu bytes, length of %d", len, width);
		}
	tap_sum("vectors: not under their floor, not over the end");
}

static void closed_vectors(void)
{
	static uint8_t room[65536 + 3];

	for (int width = 1; width <= 2; width++)
		for (int over = 0; over < 2; over++) {
			struct hs_buf b = hs_buf_fixed(room, sizeof(room));
			size_t len = ((size_t)1 << 8 * width) - 1 +
				     (size_t)over;
			size_t mark = hs_buf_open(&b, width);

			hs_buf_room(&b, len);
			hs_buf_close(&b, width, mark);
			tap_sub(b.failed == over &&
				(over || (room[0] == 0xff &&
					  room[width - 1] == 0xff)),
				"%zu bytes, length of %d", len, width);
		}
	tap_sum("a vector that its length can't say is not written");
}

static void sticky(void)
{
	struct hs_reader r = hs_reader(hs_bytes(bytes, sizeof(bytes)));

	hs_reader_bytes(&r, 9);
	tap_ok(r.failed && !hs_reader_u8(&r) && !hs_reader_bytes(&r, 1).data &&
	       !hs_reader_vec(&r, 1, 0).data && !hs_reader_done(&r),
	       "after a failure there is nothing to read any more");
}

int main(void)
{
	numbers();
	written();
	vectors();
	closed_vectors();
	sticky();
	return tap_done();
}
