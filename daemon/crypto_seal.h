/* SPDX-License-Identifier: Apache-2.0 */
/* crypto_seal: the little cryptography that is the daemon's own: sealing
 * tickets, and fingerprints. */
#ifndef TLSUP_CRYPTO_SEAL_H
#define TLSUP_CRYPTO_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/engine/hs.h"

#define TLSUP_SEAL_KEY	32
#define TLSUP_SEAL_IV	12
#define TLSUP_SEAL_TAG	16
#define TLSUP_DIGEST	32

/* AES-256-GCM. out gets in.len bytes and the tag. */
bool tlsup_seal(const uint8_t key[TLSUP_SEAL_KEY],
		const uint8_t iv[TLSUP_SEAL_IV], struct hs_bytes aad,
		struct hs_bytes in, uint8_t *out);
/* The reverse; in ends with the tag, out gets in.len - TLSUP_SEAL_TAG bytes.
 * False, and out wiped, for what was not sealed so. */
bool tlsup_unseal(const uint8_t key[TLSUP_SEAL_KEY],
		  const uint8_t iv[TLSUP_SEAL_IV], struct hs_bytes aad,
		  struct hs_bytes in, uint8_t *out);

/* SHA-256 of n parts, each preceded by its length, so that two lists of parts
 * have one digest only if they are the same. */
bool tlsup_digest(const struct hs_bytes *parts, size_t n,
		  uint8_t digest[TLSUP_DIGEST]);

/* From the kernel; false only if it has none. */
bool tlsup_random(void *out, size_t len);

#endif
