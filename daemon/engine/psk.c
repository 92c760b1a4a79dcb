// SPDX-License-Identifier: Apache-2.0
/* psk: the pre-shared keys that a client offers, and the binders of both sides
 * (RFC 8446 4.2.11). */
#include <string.h>

#include "engine.h"
#include "ext.h"

enum hs_hash_alg hs_psk_hash(const struct hs_psk *psk)
{
	return psk->hash ? (enum hs_hash_alg)psk->hash : HS_SHA256;
}

bool hs_psk_valid(const struct hs_psk *psk)
{
	return psk->identity.len && psk->identity.len <= HS_TICKET_MAX &&
	       psk->key.len && psk->key.len <= HS_SECRET_MAX &&
	       hs_hash_len(hs_psk_hash(psk));
}

/* After a retry only what fits the server's suite (4.1.2). */
static bool hash_offered(const struct hs *hs, enum hs_hash_alg alg)
{
	if (hs->info.retried)
		return hs->suite->hash == alg;
	for (size_t i = 0; i < hs->policy.suites.n; i++) {
		const struct hs_suite *suite = hs_suite(hs->policy.suites.id[i]);

		if (suite->version == HS_TLS13 && suite->hash == alg)
			return true;
	}
	return false;
}

/* 4.6.1: for this name only; the suite may differ, its hash may not; and
 * until the lifetime is over. */
bool hs_psk_usable(const struct hs *hs, const struct hs_session *s)
{
	uint64_t now = hs->host->now_ms(hs->host_arg);

	if (hs->config->no_resumption || strcmp(s->server_name, hs->server_name))
		return false;
	if (now < s->received_ms || now >= hs_session_expires(s))
		return false;
	return hash_offered(hs, hs_suite(s->cipher_suite)->hash);
}

static bool session_offer(const struct hs *hs, struct hs_offer *out)
{
	const struct hs_session *s = hs->session;

	if (!s)
		return false;
	*out = (struct hs_offer){
		.identity = hs_bytes(s->ticket, s->ticket_len),
		.age = hs_session_age(s, hs->host->now_ms(hs->host_arg)),
		.key = &s->psk,
		.hash = hs_suite(s->cipher_suite)->hash,
	};
	return true;
}

/* 4.2.11: "For identities established externally, an obfuscated_ticket_age of
 * 0 SHOULD be used". */
bool hs_psk_offered(const struct hs *hs, size_t index, struct hs_offer *out)
{
	if (hs->session && !index--)
		return session_offer(hs, out);
	for (size_t i = 0; i < hs->config->psks_len; i++) {
		const struct hs_psk *psk = &hs->config->psks[i];

		if (!hash_offered(hs, hs_psk_hash(psk)) || index--)
			continue;
		*out = (struct hs_offer){
			.identity = psk->identity,
			.key = &psk->key,
			.hash = hs_psk_hash(psk),
			.external = true,
			.imported = psk->imported,
		};
		return true;
	}
	return false;
}

/* 4.2.11.2, and RFC 9258 5.2: the labels keep a ticket's key, an external one
 * and an imported one from being passed off as one another. */
static enum hs_derivation binder_key(bool external, bool imported)
{
	if (imported)
		return HS_IMP_BINDER;
	return external ? HS_EXT_BINDER : HS_RES_BINDER;
}

/* 4.2.11.2: a Finished over the truncated ClientHello, under binder_key. */
static int binder(struct hs *hs, enum hs_hash_alg alg, enum hs_derivation label,
		  const struct hs_secret *psk, struct hs_bytes part,
		  uint8_t *out)
{
	struct hs_schedule s = { 0 };
	struct hs_secret key = { 0 };
	uint8_t hash[HS_HASH_MAX];
	int alert = hs_transcript_hash_with(&hs->transcript, hs->crypto, alg,
					    part, hash);

	if (!alert)
		alert = hs_schedule_early(&s, hs->crypto, alg, psk);
	if (!alert)
		alert = hs_schedule_derive(&s, label, NULL, &key);
	if (!alert)
		alert = hs_finished_mac(hs->crypto, alg, &key, hash, out);
	hs_secret_wipe(&key);
	hs_schedule_wipe(&s);
	return alert;
}

/* The binders are the message's last bytes, with two of length before them;
 * it lies in our own queue, so it may be written. */
int hs_psk_bind(struct hs *hs, struct hs_bytes message)
{
	uint8_t *end = hs->queue.bytes.data + hs->queue.bytes.len;
	struct hs_bytes part = message;
	struct hs_offer o;
	size_t all = 0;
	int alert = 0;

	for (size_t i = 0; hs_psk_offered(hs, i, &o); i++)
		all += 1 + hs_hash_len(o.hash);
	part.len -= all + 2;
	for (size_t i = 0; !alert && hs_psk_offered(hs, i, &o); i++) {
		uint8_t mac[HS_HASH_MAX];
		size_t len = hs_hash_len(o.hash);

		alert = binder(hs, o.hash,
			       binder_key(o.external, o.imported), o.key, part,
			       mac);
		if (!alert)
			memcpy(end - all + 1, mac, len);
		all -= 1 + len;
	}
	return alert;
}

int hs_psk_check_binder(struct hs *hs, const struct hs_choice *c)
{
	size_t len = hs_hash_len(c->hash);
	struct hs_bytes part = hs->message;
	uint8_t mac[HS_HASH_MAX];
	int alert;

	part.len -= hs->seen.binders.len + 2;
	alert = binder(hs, c->hash, binder_key(c->external, c->imported),
		       &c->key, part, mac);
	if (alert)
		return alert;
	if (c->binder.len != len || !hs_secret_equal(c->binder.data, mac, len))
		return hs_fail(hs, HS_ALERT_DECRYPT_ERROR,
			       "the binder of the pre-shared key is wrong");
	return 0;
}
