/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shares: key shares that no exchange may be fed: points of small order, off the
 * curve, in another form or length, numbers out of range.
 */
#ifndef SHARES_H
#define SHARES_H

#include "daemon/engine/hs_crypto.h"

#define SHARE_ROOM	(HS_SHARE_MAX + 8)
#define SHARES_FIELDS	5
#define SHARES_HYBRIDS	2

/* A KEM's shares differ: whose this one would be. */
enum share_whose { SHARE_ANYBODY, SHARE_CLIENTS, SHARE_SERVERS };

struct share {
	uint16_t		group;
	enum share_whose	whose;
	const char		*what;
	size_t			len;
	uint8_t			bytes[SHARE_ROOM];
};

/* The groups of RFC 7919, and ML-KEM's. */
extern const uint16_t shares_fields[SHARES_FIELDS];
extern const uint16_t shares_hybrids[SHARES_HYBRIDS];

/* Makes them all, with a TAP line for what they are made of. */
void shares_collect(void);
size_t shares_count(void);
const struct share *shares_at(size_t i);
void shares_free(void);

/* p + small of X25519 or X448. */
void shares_near_p(uint8_t *out, uint16_t group, int small);

#endif /* SHARES_H */
