/* SPDX-License-Identifier: Apache-2.0 */
/* transcript: the hash over the handshake messages, RFC 8446 4.4.1. */
#ifndef HS_TRANSCRIPT_H
#define HS_TRANSCRIPT_H

#include "hs_crypto.h"

struct hs_transcript {
	const struct hs_crypto	*crypto;
	enum hs_hash_alg	alg;
	struct hs_hash		*hash;	/* NULL until the suite is known */
};

int hs_transcript_start(struct hs_transcript *t, const struct hs_crypto *crypto,
			enum hs_hash_alg alg);
/* A whole message, its four header bytes included. */
int hs_transcript_add(struct hs_transcript *t, struct hs_bytes message);
int hs_transcript_hash(const struct hs_transcript *t, uint8_t *out);
/* The hash as if `more` had been added; an unstarted transcript counts as an
 * empty one under alg. For the binders, which are computed over a part of the
 * ClientHello (4.2.11.2). */
int hs_transcript_hash_with(const struct hs_transcript *t,
			    const struct hs_crypto *crypto,
			    enum hs_hash_alg alg, struct hs_bytes more,
			    uint8_t *out);
/* After a HelloRetryRequest, ClientHello1 counts as message_hash. */
int hs_transcript_restart(struct hs_transcript *t,
			  const struct hs_crypto *crypto,
			  enum hs_hash_alg alg, struct hs_bytes client_hello1);
void hs_transcript_free(struct hs_transcript *t);

#endif /* HS_TRANSCRIPT_H */
