/* SPDX-License-Identifier: Apache-2.0 */
/* server_sessions: a server's TLS 1.2 sessions under their session IDs. */
#ifndef TLSUP_SERVER_SESSIONS_H
#define TLSUP_SERVER_SESSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/crypto_seal.h"
#include "daemon/engine/hs.h"

struct tlsup_server_sessions;

/* At most max sessions; the oldest go first. 0 keeps none. Safe for many
 * threads. NULL without memory. */
struct tlsup_server_sessions *tlsup_server_sessions_new(size_t max);
void tlsup_server_sessions_free(struct tlsup_server_sessions *sessions);
void tlsup_server_sessions_set_max(struct tlsup_server_sessions *sessions,
				   size_t max);
size_t tlsup_server_sessions_count(struct tlsup_server_sessions *sessions);

/* Whose session it is: found again only by the same profile. Whether the
 * server name is the same, the engine looks at. */
struct tlsup_server_session_key {
	const char	*profile;
	struct hs_bytes	id;		/* 1 to 32 bytes */
};

/* Keeps a copy of state (at most HS_STATE_MAX bytes, secret), in place of one
 * under the same key. False if it is not kept. */
bool tlsup_server_sessions_put(struct tlsup_server_sessions *sessions,
			       const struct tlsup_server_session_key *key,
			       struct hs_bytes state, uint64_t until_ms);
/* False for what is not there or has ended. *out_len is the room, then the
 * length; the caller wipes. */
bool tlsup_server_sessions_get(struct tlsup_server_sessions *sessions,
			       const struct tlsup_server_session_key *key,
			       uint64_t now_ms, uint8_t *out, size_t *out_len);
/* RFC 5246 7.2.2: after a fatal alert a session must not be resumed. */
void tlsup_server_sessions_drop(struct tlsup_server_sessions *sessions,
				const struct tlsup_server_session_key *key);

/* A key in a form that can be kept elsewhere, to drop by; false: it is none. */
bool tlsup_server_session_digest(const struct tlsup_server_session_key *key,
				 uint8_t digest[TLSUP_DIGEST]);
void tlsup_server_sessions_forget(struct tlsup_server_sessions *sessions,
				  const uint8_t digest[TLSUP_DIGEST]);
/* All that there is. */
void tlsup_server_sessions_clear(struct tlsup_server_sessions *sessions);

#endif
