/* SPDX-License-Identifier: Apache-2.0 */
/* compress: the algorithms of RFC 8879 for the engine, from zlib, brotli and
 * zstd. */
#ifndef TLSUP_COMPRESS_H
#define TLSUP_COMPRESS_H

#include "engine/hs.h"

/* Of this number (RFC 8879 7.3: 1 zlib, 2 brotli, 3 zstd), or NULL. */
const struct hs_compression *tlsup_compression(uint16_t alg);
/* All of them, in the order in which they are best offered. */
extern const struct hs_compression tlsup_compressions[];
extern const size_t tlsup_compressions_len;

#endif /* TLSUP_COMPRESS_H */
