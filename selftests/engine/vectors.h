/* SPDX-License-Identifier: Apache-2.0 */
/* vectors: the values of RFC 8448, read from rfc8448.json beside this file. */
#ifndef VECTORS_H
#define VECTORS_H

#include "daemon/engine/hs.h"

struct vector {
	const char	*section;	/* "3 Simple 1-RTT Handshake" */
	const char	*step, *label;
	struct hs_bytes	value;
};

/* Exits with a line on stderr if the file is not there. */
void vectors_load(const char *file);
void vectors_free(void);
size_t vectors_count(void);
const struct vector *vectors_at(size_t i);
/* The nth (from 0) with this section's number, in whose step `step` is found,
 * with this label; exits if there is none. */
struct hs_bytes vector(int section, const char *step, const char *label,
		       int nth);

/* The same as a secret. */
struct hs_secret vector_secret(struct hs_bytes value);

#endif /* VECTORS_H */
