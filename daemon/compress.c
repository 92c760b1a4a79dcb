// SPDX-License-Identifier: Apache-2.0
/* compress: zlib, brotli and zstd for certificates (RFC 8879). Each call gets
 * all of its input and all of its room, and a stream that would go on beyond
 * either is an error; what a library needs of memory is bounded here too. */
#include <stdlib.h>

#include <brotli/decode.h>
#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include "compress.h"

/* A message has 64 KiB at most: a window beyond that is of no use, and a
 * stream's own wish for one no reason to give it memory. */
#define WINDOW_LOG	17
#define BROTLI_QUALITY	5
#define ZSTD_LEVEL	9

static int zlib_pack(struct hs_bytes in, uint8_t *out, size_t *out_len)
{
	uLongf len = *out_len;

	if (compress2(out, &len, in.data, in.len, Z_BEST_COMPRESSION) != Z_OK)
		return -1;
	*out_len = len;
	return 0;
}

/* RFC 1950; uncompress() would pass over bytes behind the stream. */
static int zlib_unpack(struct hs_bytes in, uint8_t *out, size_t *out_len)
{
	uLongf len = *out_len;
	uLong used = in.len;

	if (uncompress2(out, &len, in.data, &used) != Z_OK || used != in.len)
		return -1;
	*out_len = len;
	return 0;
}

static int brotli_pack(struct hs_bytes in, uint8_t *out, size_t *out_len)
{
	return BrotliEncoderCompress(BROTLI_QUALITY, WINDOW_LOG,
				     BROTLI_MODE_GENERIC, in.len, in.data,
				     out_len, out) == BROTLI_TRUE ? 0 : -1;
}

/* The stream says how large a window it wants, up to 16 MiB, and libbrotli
 * would get it before it saw that our room is less. */
#define BROTLI_MEMORY (1u << 20)

static void *brotli_alloc(void *budget, size_t len)
{
	size_t *left = budget;

	if (len > *left)
		return NULL;
	*left -= len;
	return malloc(len);
}

static void brotli_free(void *budget, void *p)
{
	(void)budget;
	free(p);
}

static int brotli_unpack(struct hs_bytes in, uint8_t *out, size_t *out_len)
{
	size_t budget = BROTLI_MEMORY, in_left = in.len, left = *out_len;
	BrotliDecoderState *s = BrotliDecoderCreateInstance(brotli_alloc,
							    brotli_free,
							    &budget);
	const uint8_t *p = in.data;
	bool done;

	if (!s)
		return -1;
	done = BrotliDecoderDecompressStream(s, &in_left, &p, &left, &out,
					     NULL) ==
	       BROTLI_DECODER_RESULT_SUCCESS;
	BrotliDecoderDestroyInstance(s);
	if (!done || in_left)
		return -1;
	*out_len -= left;
	return 0;
}

static int zstd_pack(struct hs_bytes in, uint8_t *out, size_t *out_len)
{
	size_t n = ZSTD_compress(out, *out_len, in.data, in.len, ZSTD_LEVEL);

	if (ZSTD_isError(n))
		return -1;
	*out_len = n;
	return 0;
}

/* RFC 8879 4: one message, so one frame; ZSTD_decompress() would take
 * several, and those that are to be skipped. */
static int zstd_unpack(struct hs_bytes in, uint8_t *out, size_t *out_len)
{
	size_t frame = ZSTD_findFrameCompressedSize(in.data, in.len), n;

	if (ZSTD_isError(frame) || frame != in.len)
		return -1;
	n = ZSTD_decompress(out, *out_len, in.data, in.len);
	if (ZSTD_isError(n) || !n)
		return -1;
	*out_len = n;
	return 0;
}

const struct hs_compression tlsup_compressions[] = {
	{ 2, brotli_pack, brotli_unpack },
	{ 3, zstd_pack, zstd_unpack },
	{ 1, zlib_pack, zlib_unpack },
};
const size_t tlsup_compressions_len =
	sizeof(tlsup_compressions) / sizeof(tlsup_compressions[0]);

const struct hs_compression *tlsup_compression(uint16_t alg)
{
	for (size_t i = 0; i < tlsup_compressions_len; i++)
		if (tlsup_compressions[i].alg == alg)
			return &tlsup_compressions[i];
	return NULL;
}
