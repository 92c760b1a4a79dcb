/* SPDX-License-Identifier: Apache-2.0 */
/* sessions: a client's cache of tickets, each usable once. */
#ifndef TLSUP_SESSIONS_H
#define TLSUP_SESSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/crypto_seal.h"
#include "daemon/engine/hs.h"

/* Tickets kept for one and the same peer; servers send one to four. */
#define TLSUP_SESSIONS_PER_KEY	4

/* Whom a session was made with, and under which terms. */
struct tlsup_session_key {
	uint8_t	digest[TLSUP_DIGEST];
};

/* All that must be the same for a session to be resumed: what was verified
 * (name, profile, level, and the profile's anchors by its fingerprint) holds
 * for the resumed connection only then. */
struct tlsup_session_terms {
	struct hs_bytes	name;		/* or address, as text */
	uint16_t	port;
	struct hs_bytes	alpn;		/* the list offered */
	const char	*profile;
	struct hs_bytes	fingerprint;	/* of the profile */
	uint32_t	verify;		/* TLSUP_VERIFY_* */
};
bool tlsup_session_key_make(struct tlsup_session_key *key,
			    const struct tlsup_session_terms *terms);

/* What a session rests on. */
struct tlsup_session_base {
	uint64_t	until_ms;	/* when the chain ends; not used after */
	uint64_t	origin;		/* the connection that it came from */
	uint32_t	forgets;	/* take() to put_back(): theirs */
};

struct tlsup_sessions;

/* At most max sessions; the longest unused go first. 0 keeps none. Safe for
 * many threads. */
struct tlsup_sessions *tlsup_sessions_new(size_t max);
void tlsup_sessions_free(struct tlsup_sessions *sessions);
void tlsup_sessions_set_max(struct tlsup_sessions *sessions, size_t max);
size_t tlsup_sessions_count(struct tlsup_sessions *sessions);

/* The cache owns session afterwards, kept or not. */
void tlsup_sessions_put(struct tlsup_sessions *sessions,
			const struct tlsup_session_key *key,
			struct hs_session *session,
			const struct tlsup_session_base *base);
/* The newest that is still good (the ticket's own end counts too), and what it
 * rests on; or NULL. It leaves the cache: a ticket is used once, so that
 * connections cannot be linked (RFC 8446 C.4). The caller frees. */
struct hs_session *tlsup_sessions_take(struct tlsup_sessions *sessions,
				       const struct tlsup_session_key *key,
				       uint64_t now_ms,
				       struct tlsup_session_base *base);
/* As put, of one that was taken: unless it may have been forgotten meanwhile. */
void tlsup_sessions_put_back(struct tlsup_sessions *sessions,
			     const struct tlsup_session_key *key,
			     struct hs_session *session,
			     const struct tlsup_session_base *base);
/* What came from that connection. */
void tlsup_sessions_forget(struct tlsup_sessions *sessions,
			   const struct tlsup_session_key *key,
			   uint64_t origin);
/* All that there is under the key; all that there is. */
void tlsup_sessions_drop(struct tlsup_sessions *sessions,
			 const struct tlsup_session_key *key);
void tlsup_sessions_clear(struct tlsup_sessions *sessions);

#endif
