// SPDX-License-Identifier: Apache-2.0
/* schedule: the key schedule of RFC 8446 7.1, and what hangs on it. */
#include <string.h>

#include "schedule.h"
#include "suites.h"
#include "wire.h"

#define LABEL_MAX 255		/* HkdfLabel.label, RFC 8446 7.1 */

static const struct {
	const char	*label;
	enum hs_stage	stage;
} derivations[] = {
	[HS_EXT_BINDER]		= { "ext binder", HS_STAGE_EARLY },
	[HS_RES_BINDER]		= { "res binder", HS_STAGE_EARLY },
	[HS_C_E_TRAFFIC]	= { "c e traffic", HS_STAGE_EARLY },
	[HS_E_EXP_MASTER]	= { "e exp master", HS_STAGE_EARLY },
	[HS_C_HS_TRAFFIC]	= { "c hs traffic", HS_STAGE_HANDSHAKE },
	[HS_S_HS_TRAFFIC]	= { "s hs traffic", HS_STAGE_HANDSHAKE },
	[HS_C_AP_TRAFFIC]	= { "c ap traffic", HS_STAGE_MASTER },
	[HS_S_AP_TRAFFIC]	= { "s ap traffic", HS_STAGE_MASTER },
	[HS_EXP_MASTER]		= { "exp master", HS_STAGE_MASTER },
	[HS_RES_MASTER]		= { "res master", HS_STAGE_MASTER },
};

/* RFC 5869 2.3, with an info of three parts. */
static int expand(const struct hs_crypto *crypto, enum hs_hash_alg alg,
		  const struct hs_secret *prk, struct hs_bytes info,
		  uint8_t *out, size_t len)
{
	size_t hash_len = hs_hash_len(alg), prev = 0;
	uint8_t block[HS_HASH_MAX], counter = 0;
	int alert = 0;

	if (len > 255 * hash_len)
		return HS_ALERT_INTERNAL_ERROR;
	while (len && !alert) {
		size_t n = len < hash_len ? len : hash_len;
		struct hs_bytes parts[] = {
			{ block, prev }, info, { &counter, 1 },
		};

		counter++;
		alert = crypto->hmac(alg, hs_bytes(prk->bytes, prk->len),
				     parts, 3, block);
		if (alert)
			break;
		memcpy(out, block, n);
		prev = hash_len;
		out += n;
		len -= n;
	}
	hs_wipe(block, sizeof(block));
	return alert;
}

int hs_expand_label(const struct hs_crypto *crypto, enum hs_hash_alg alg,
		    const struct hs_secret *secret, const char *label,
		    struct hs_bytes context, uint8_t *out, size_t len)
{
	uint8_t room[2 + 1 + LABEL_MAX + 1 + 255];
	struct hs_buf info = hs_buf_fixed(room, sizeof(room));
	size_t mark;

	hs_buf_u16(&info, (uint16_t)len);
	mark = hs_buf_open(&info, 1);
	hs_buf_add(&info, (const uint8_t *)"tls13 ", 6);
	hs_buf_add(&info, (const uint8_t *)label, strlen(label));
	hs_buf_close(&info, 1, mark);
	hs_buf_vec(&info, 1, context);
	if (info.failed || len > 0xffff)
		return HS_ALERT_INTERNAL_ERROR;
	return expand(crypto, alg, secret, hs_buf_bytes(&info), out, len);
}

int hs_digest(const struct hs_crypto *crypto, enum hs_hash_alg alg,
	      struct hs_bytes data, uint8_t *out)
{
	struct hs_hash *h = crypto->hash_new(alg);
	int alert = HS_ALERT_INTERNAL_ERROR;

	if (!h)
		return alert;
	alert = crypto->hash_update(h, data.data, data.len);
	if (!alert)
		alert = crypto->hash_peek(h, out);
	crypto->hash_free(h);
	return alert;
}

static int extract(struct hs_schedule *s, struct hs_bytes salt,
		   struct hs_bytes ikm)
{
	s->secret.len = (uint8_t)hs_hash_len(s->alg);
	return s->crypto->hmac(s->alg, salt, &ikm, 1, s->secret.bytes);
}

int hs_schedule_early(struct hs_schedule *s, const struct hs_crypto *crypto,
		      enum hs_hash_alg alg, const struct hs_secret *psk)
{
	static const uint8_t zeros[HS_HASH_MAX];
	size_t len = hs_hash_len(alg);

	if (s->stage != HS_STAGE_NONE)
		return HS_ALERT_INTERNAL_ERROR;
	s->crypto = crypto;
	s->alg = alg;
	s->stage = HS_STAGE_EARLY;
	return extract(s, hs_bytes(zeros, len),
		       psk ? hs_bytes(psk->bytes, psk->len) :
			     hs_bytes(zeros, len));
}

/* The next extraction's salt is Derive-Secret(., "derived", ""). */
static int advance(struct hs_schedule *s, enum hs_stage from, struct hs_bytes ikm)
{
	struct hs_secret salt = { .len = (uint8_t)hs_hash_len(s->alg) };
	uint8_t empty[HS_HASH_MAX];
	int alert;

	if (s->stage != from)
		return HS_ALERT_INTERNAL_ERROR;
	alert = hs_digest(s->crypto, s->alg, hs_bytes(NULL, 0), empty);
	if (!alert)
		alert = hs_expand_label(s->crypto, s->alg, &s->secret,
					"derived", hs_bytes(empty, salt.len),
					salt.bytes, salt.len);
	if (!alert)
		alert = extract(s, hs_bytes(salt.bytes, salt.len), ikm);
	s->stage = from + 1;
	hs_secret_wipe(&salt);
	return alert;
}

int hs_schedule_handshake(struct hs_schedule *s, const struct hs_shared *shared)
{
	return advance(s, HS_STAGE_EARLY,
		       hs_bytes(shared->bytes, shared->len));
}

int hs_schedule_master(struct hs_schedule *s)
{
	static const uint8_t zeros[HS_HASH_MAX];

	return advance(s, HS_STAGE_HANDSHAKE,
		       hs_bytes(zeros, hs_hash_len(s->alg)));
}

int hs_schedule_derive(struct hs_schedule *s, enum hs_derivation which,
		       const uint8_t *hash, struct hs_secret *out)
{
	uint8_t empty[HS_HASH_MAX];
	size_t len = hs_hash_len(s->alg);
	int alert;

	if (s->stage != derivations[which].stage ||
	    s->derived & (1u << which))
		return HS_ALERT_INTERNAL_ERROR;
	if (!hash) {
		alert = hs_digest(s->crypto, s->alg, hs_bytes(NULL, 0), empty);
		if (alert)
			return alert;
		hash = empty;
	}
	s->derived |= 1u << which;
	out->len = (uint8_t)len;
	return hs_expand_label(s->crypto, s->alg, &s->secret,
			       derivations[which].label, hs_bytes(hash, len),
			       out->bytes, len);
}

void hs_schedule_wipe(struct hs_schedule *s)
{
	hs_wipe(s, sizeof(*s));
}

int hs_secret_update(const struct hs_crypto *crypto, enum hs_hash_alg alg,
		     struct hs_secret *secret)
{
	struct hs_secret next = { .len = secret->len };
	int alert = hs_expand_label(crypto, alg, secret, "traffic upd",
				    hs_bytes(NULL, 0), next.bytes, next.len);

	if (!alert)
		*secret = next;
	hs_secret_wipe(&next);
	return alert;
}

int hs_finished_mac(const struct hs_crypto *crypto, enum hs_hash_alg alg,
		    const struct hs_secret *base, const uint8_t *hash,
		    uint8_t *out)
{
	struct hs_secret key = { .len = (uint8_t)hs_hash_len(alg) };
	struct hs_bytes part = hs_bytes(hash, key.len);
	int alert = hs_expand_label(crypto, alg, base, "finished",
				    hs_bytes(NULL, 0), key.bytes, key.len);

	if (!alert)
		alert = crypto->hmac(alg, hs_bytes(key.bytes, key.len), &part,
				     1, out);
	hs_secret_wipe(&key);
	return alert;
}

int hs_exporter(const struct hs_crypto *crypto, enum hs_hash_alg alg,
		const struct hs_secret *exporter_master_secret,
		const char *label, struct hs_bytes context,
		uint8_t *out, size_t len)
{
	struct hs_secret secret = { .len = (uint8_t)hs_hash_len(alg) };
	uint8_t hash[HS_HASH_MAX];
	int alert = hs_digest(crypto, alg, hs_bytes(NULL, 0), hash);

	if (!alert)
		alert = hs_expand_label(crypto, alg, exporter_master_secret,
					label, hs_bytes(hash, secret.len),
					secret.bytes, secret.len);
	if (!alert)
		alert = hs_digest(crypto, alg, context, hash);
	if (!alert)
		alert = hs_expand_label(crypto, alg, &secret, "exporter",
					hs_bytes(hash, secret.len), out, len);
	hs_secret_wipe(&secret);
	return alert;
}
