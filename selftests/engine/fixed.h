/* SPDX-License-Identifier: Apache-2.0 */
/* fixed: an hs_crypto whose random bytes and ephemeral keys are given. */
#ifndef FIXED_H
#define FIXED_H

#include "daemon/engine/hs_crypto.h"

/* The libcrypto provider, with what follows in its place. */
const struct hs_crypto *fixed_crypto(void);
void fixed_reset(void);
/* The next result of random(); after the last, they are real. */
void fixed_random(struct hs_bytes value);
/* The next ephemeral key for this group. */
void fixed_key(uint16_t group, struct hs_bytes private_key,
	       struct hs_bytes public_key);

#endif /* FIXED_H */
