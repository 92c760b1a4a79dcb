/* SPDX-License-Identifier: Apache-2.0 */
/* early_pair: a pair that can speak 0-RTT (RFC 8446 2.3). */
#ifndef EARLY_PAIR_H
#define EARLY_PAIR_H

#include "pair.h"

#define EARLY_LIMIT 1000		/* max_early_data_size */
#define EARLY_START 1700000000000ull	/* the time at both ends, in ms */

/* Its client has a session that allows early data, and is to use it. */
void early_pair(struct pair *p);

#endif /* EARLY_PAIR_H */
