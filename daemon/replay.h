/* SPDX-License-Identifier: Apache-2.0 */
/* replay: which early data servers have seen (RFC 8446 8.2). */
#ifndef TLSUP_REPLAY_H
#define TLSUP_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TLSUP_REPLAY_ID	32

struct tlsup_replay;

/* Room for max identifiers at once; all memory is taken here. Safe for many
 * threads. NULL without memory. */
struct tlsup_replay *tlsup_replay_new(size_t max);
void tlsup_replay_free(struct tlsup_replay *replay);

/*
 * True if this identifier has not been seen; it is then remembered until
 * expires_ms. False if it has, if expires_ms has passed, and if there is no
 * room: what can't be remembered is not let in. What was remembered is never
 * given up before its time.
 */
bool tlsup_replay_fresh(struct tlsup_replay *replay,
			const uint8_t id[TLSUP_REPLAY_ID], uint64_t now_ms,
			uint64_t expires_ms);

#endif
