// SPDX-License-Identifier: Apache-2.0
/* psk_import: an external key made into one for TLS 1.3, a hash and a context
 * (RFC 9258). */
#include <string.h>

#include "engine.h"

/* RFC 9258 10, "TLS KDF Identifiers". */
static const uint16_t kdf[] = { [HS_SHA256] = 1, [HS_SHA384] = 2 };

/* RFC 9258 5.1, ImportedIdentity. */
static void put_identity(struct hs_buf *b, struct hs_bytes external,
			 struct hs_bytes context, uint8_t target)
{
	hs_buf_vec(b, 2, external);
	hs_buf_vec(b, 2, context);
	hs_buf_u16(b, HS_TLS13);
	hs_buf_u16(b, kdf[target]);
}

/* RFC 9258 5.1: Extract and Expand have the external key's own hash, the length
 * is the target's. */
static int derive(const struct hs_crypto *crypto, const struct hs_psk *external,
		  struct hs_bytes identity, uint8_t target,
		  struct hs_secret *out)
{
	enum hs_hash_alg alg = hs_psk_hash(external);
	struct hs_schedule s = { 0 };
	uint8_t hash[HS_HASH_MAX];
	int alert = hs_digest(crypto, alg, identity, hash);

	if (!alert)
		alert = hs_schedule_early(&s, crypto, alg, &external->key);
	out->len = (uint8_t)hs_hash_len(target);
	if (!alert)
		alert = hs_expand_label(crypto, alg, &s.secret, "derived psk",
					hs_bytes(hash, hs_hash_len(alg)),
					out->bytes, out->len);
	hs_schedule_wipe(&s);
	return alert;
}

int hs_psk_import(const struct hs_crypto *crypto, const struct hs_psk *external,
		  struct hs_bytes context, uint8_t target, uint8_t *room,
		  struct hs_psk *out)
{
	size_t len = HS_IMPORT_MORE + external->identity.len + context.len;
	struct hs_psk psk = { .hash = target, .imported = true };
	struct hs_buf identity = hs_buf_fixed(room, len);
	int alert;

	if (!hs_psk_valid(external) || external->imported ||
	    !hs_hash_len(target) || context.len > HS_TICKET_MAX ||
	    len > HS_TICKET_MAX)
		return HS_ALERT_INTERNAL_ERROR;
	put_identity(&identity, external->identity, context, target);
	psk.identity = hs_buf_bytes(&identity);
	alert = identity.failed ? HS_ALERT_INTERNAL_ERROR :
		derive(crypto, external, psk.identity, target, &psk.key);
	if (!alert)
		*out = psk;
	hs_secret_wipe(&psk.key);
	return alert;
}
