// SPDX-License-Identifier: Apache-2.0
/* transcript: the hash over the handshake messages, RFC 8446 4.4.1. */
#include "suites.h"
#include "transcript.h"

#define MESSAGE_HASH 254	/* HandshakeType, RFC 8446 4.4.1 */

int hs_transcript_start(struct hs_transcript *t, const struct hs_crypto *crypto,
			enum hs_hash_alg alg)
{
	if (t->hash)
		return HS_ALERT_INTERNAL_ERROR;
	t->crypto = crypto;
	t->alg = alg;
	t->hash = crypto->hash_new(alg);
	return t->hash ? 0 : HS_ALERT_INTERNAL_ERROR;
}

int hs_transcript_add(struct hs_transcript *t, struct hs_bytes message)
{
	if (!t->hash)
		return HS_ALERT_INTERNAL_ERROR;
	return t->crypto->hash_update(t->hash, message.data, message.len);
}

int hs_transcript_hash(const struct hs_transcript *t, uint8_t *out)
{
	if (!t->hash)
		return HS_ALERT_INTERNAL_ERROR;
	return t->crypto->hash_peek(t->hash, out);
}

int hs_transcript_hash_with(const struct hs_transcript *t,
			    const struct hs_crypto *crypto,
			    enum hs_hash_alg alg, struct hs_bytes more,
			    uint8_t *out)
{
	struct hs_hash *h;
	int alert = HS_ALERT_INTERNAL_ERROR;

	if (t->hash && t->alg != alg)
		return alert;
	h = t->hash ? crypto->hash_copy(t->hash) : crypto->hash_new(alg);
	if (!h)
		return alert;
	alert = crypto->hash_update(h, more.data, more.len);
	if (!alert)
		alert = crypto->hash_peek(h, out);
	crypto->hash_free(h);
	return alert;
}

int hs_transcript_restart(struct hs_transcript *t,
			  const struct hs_crypto *crypto,
			  enum hs_hash_alg alg, struct hs_bytes client_hello1)
{
	uint8_t m[4 + HS_HASH_MAX] = { MESSAGE_HASH, 0, 0 };
	int alert = hs_transcript_hash_with(t, crypto, alg, client_hello1,
					    m + 4);

	m[3] = (uint8_t)hs_hash_len(alg);
	if (!alert)
		alert = hs_transcript_start(t, crypto, alg);
	if (!alert)
		alert = hs_transcript_add(t, (struct hs_bytes){ m, 4u + m[3] });
	return alert;
}

void hs_transcript_free(struct hs_transcript *t)
{
	if (t->hash)
		t->crypto->hash_free(t->hash);
	t->hash = NULL;
}
