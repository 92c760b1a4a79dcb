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
	[HS_IMP_BINDER]		= { "imp binder", HS_STAGE_EARLY },
	[HS_C_E_TRAFFIC]	= { "c e traffic", HS_STAGE_EARLY },
	[HS_E_EXP_MASTER]	= { "e exp master", HS_STAGE_EARLY },
	[HS_C_HS_TRAFFIC]	= { "c hs traffic", HS_STAGE_HANDSHAKE },
	[HS_S_HS_TRAFFIC]	= { "s hs traffic", HS_STAGE_HANDSHAKE },
	[HS_C_AP_TRAFFIC]	= { "c ap traffic", HS_STAGE_MASTER },
	[HS_S_AP_TRAFFIC]	= { "s ap traffic", HS_STAGE_MASTER },
	[HS_EXP_MASTER]		= { "exp master", HS_STAGE_MASTER },
	[HS_RES_MASTER]		= { "res master", HS_STAGE_MASTER },
};

/*
 * What is the same in every handshake: the hash of nothing; and, where there is
 * no PSK and zeros take its place, the early secret and the salt that is derived
 * from it for the handshake secret.
 */
static const struct {
	uint8_t empty[HS_HASH_MAX], early[HS_HASH_MAX], salt[HS_HASH_MAX];
} constants[] = {
	[HS_SHA256] = {
		.empty = {
			0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb,
			0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4,
			0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52,
			0xb8, 0x55,
		},
		.early = {
			0x33, 0xad, 0x0a, 0x1c, 0x60, 0x7e, 0xc0, 0x3b, 0x09, 0xe6,
			0xcd, 0x98, 0x93, 0x68, 0x0c, 0xe2, 0x10, 0xad, 0xf3, 0x00,
			0xaa, 0x1f, 0x26, 0x60, 0xe1, 0xb2, 0x2e, 0x10, 0xf1, 0x70,
			0xf9, 0x2a,
		},
		.salt = {
			0x6f, 0x26, 0x15, 0xa1, 0x08, 0xc7, 0x02, 0xc5, 0x67, 0x8f,
			0x54, 0xfc, 0x9d, 0xba, 0xb6, 0x97, 0x16, 0xc0, 0x76, 0x18,
			0x9c, 0x48, 0x25, 0x0c, 0xeb, 0xea, 0xc3, 0x57, 0x6c, 0x36,
			0x11, 0xba,
		},
	},
	[HS_SHA384] = {
		.empty = {
			0x38, 0xb0, 0x60, 0xa7, 0x51, 0xac, 0x96, 0x38, 0x4c, 0xd9,
			0x32, 0x7e, 0xb1, 0xb1, 0xe3, 0x6a, 0x21, 0xfd, 0xb7, 0x11,
			0x14, 0xbe, 0x07, 0x43, 0x4c, 0x0c, 0xc7, 0xbf, 0x63, 0xf6,
			0xe1, 0xda, 0x27, 0x4e, 0xde, 0xbf, 0xe7, 0x6f, 0x65, 0xfb,
			0xd5, 0x1a, 0xd2, 0xf1, 0x48, 0x98, 0xb9, 0x5b,
		},
		.early = {
			0x7e, 0xe8, 0x20, 0x6f, 0x55, 0x70, 0x02, 0x3e, 0x6d, 0xc7,
			0x51, 0x9e, 0xb1, 0x07, 0x3b, 0xc4, 0xe7, 0x91, 0xad, 0x37,
			0xb5, 0xc3, 0x82, 0xaa, 0x10, 0xba, 0x18, 0xe2, 0x35, 0x7e,
			0x71, 0x69, 0x71, 0xf9, 0x36, 0x2f, 0x2c, 0x2f, 0xe2, 0xa7,
			0x6b, 0xfd, 0x78, 0xdf, 0xec, 0x4e, 0xa9, 0xb5,
		},
		.salt = {
			0x15, 0x91, 0xda, 0xc5, 0xcb, 0xbf, 0x03, 0x30, 0xa4, 0xa8,
			0x4d, 0xe9, 0xc7, 0x53, 0x33, 0x0e, 0x92, 0xd0, 0x1f, 0x0a,
			0x88, 0x21, 0x4b, 0x44, 0x64, 0x97, 0x2f, 0xd6, 0x68, 0x04,
			0x9e, 0x93, 0xe5, 0x2f, 0x2b, 0x16, 0xfa, 0xd9, 0x22, 0xfd,
			0xc0, 0x58, 0x44, 0x78, 0x42, 0x8f, 0x28, 0x2b,
		},
	},
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
	s->psk = psk;
	if (psk)
		return extract(s, hs_bytes(zeros, len),
			       hs_bytes(psk->bytes, psk->len));
	s->secret.len = (uint8_t)len;
	memcpy(s->secret.bytes, constants[alg].early, len);
	return 0;
}

/* The next extraction's salt is Derive-Secret(., "derived", ""). */
static int advance(struct hs_schedule *s, enum hs_stage from, struct hs_bytes ikm)
{
	struct hs_secret salt = { .len = (uint8_t)hs_hash_len(s->alg) };
	int alert = 0;

	if (s->stage != from)
		return HS_ALERT_INTERNAL_ERROR;
	if (from == HS_STAGE_EARLY && !s->psk)
		memcpy(salt.bytes, constants[s->alg].salt, salt.len);
	else
		alert = hs_expand_label(s->crypto, s->alg, &s->secret, "derived",
					hs_bytes(constants[s->alg].empty,
						 salt.len),
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
	size_t len = hs_hash_len(s->alg);

	if (s->stage != derivations[which].stage ||
	    s->derived & (1u << which))
		return HS_ALERT_INTERNAL_ERROR;
	if (!hash)
		hash = constants[s->alg].empty;
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
	int alert = hs_expand_label(crypto, alg, exporter_master_secret, label,
				    hs_bytes(constants[alg].empty, secret.len),
				    secret.bytes, secret.len);

	if (!alert)
		alert = hs_digest(crypto, alg, context, hash);
	if (!alert)
		alert = hs_expand_label(crypto, alg, &secret, "exporter",
					hs_bytes(hash, secret.len), out, len);
	hs_secret_wipe(&secret);
	return alert;
}
