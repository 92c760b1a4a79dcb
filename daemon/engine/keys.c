// SPDX-License-Identifier: Apache-2.0
/* keys: the steps of the key schedule that both roles take at the same places
 * of the transcript (RFC 8446 7.1). */
#include "engine.h"

/* RFC 8446 7.4.2, RFC 7748 6: an all-zero result means a point of small order, for
 * every group; the provider looks too, but this does not hang on it. */
int hs_keys_shared(const struct hs_shared *shared)
{
	uint8_t any = 0;

	for (size_t i = 0; i < shared->len; i++)
		any |= shared->bytes[i];
	return any ? 0 : HS_ALERT_ILLEGAL_PARAMETER;
}

/* A schedule of its own: whether this key goes on into the handshake's is not
 * known yet on the client. */
int hs_keys_early(struct hs *hs, enum hs_hash_alg alg,
		  const struct hs_secret *psk, const uint8_t *hash)
{
	struct hs_schedule s = { 0 };
	int alert = hs_schedule_early(&s, hs->crypto, alg, psk);

	if (!alert)
		alert = hs_schedule_derive(&s, HS_C_E_TRAFFIC, hash,
					   &hs->client_early);
	if (!alert)
		alert = hs_schedule_derive(&s, HS_E_EXP_MASTER, hash,
					   &hs->early_exporter);
	hs->early_hash = alg;
	hs_schedule_wipe(&s);
	return alert;
}

void hs_keys_no_exchange(const struct hs *hs, struct hs_shared *shared)
{
	shared->len = hs_hash_len(hs->suite->hash);
	hs_wipe(shared->bytes, shared->len);
}

int hs_keys_handshake(struct hs *hs, const struct hs_secret *psk,
		      const struct hs_shared *shared)
{
	uint8_t hash[HS_HASH_MAX];
	int alert = hs_transcript_hash(&hs->transcript, hash);

	if (!alert)
		alert = hs_schedule_early(&hs->schedule, hs->crypto,
					  hs->suite->hash, psk);
	if (!alert)
		alert = hs_schedule_handshake(&hs->schedule, shared);
	if (!alert)
		alert = hs_schedule_derive(&hs->schedule, HS_C_HS_TRAFFIC,
					   hash, &hs->client_hs);
	if (!alert)
		alert = hs_schedule_derive(&hs->schedule, HS_S_HS_TRAFFIC,
					   hash, &hs->server_hs);
	return alert;
}

/* The transcript ends with the server's Finished. */
int hs_keys_application(struct hs *hs, struct hs_secret *client_ap,
			struct hs_secret *server_ap)
{
	uint8_t hash[HS_HASH_MAX];
	int alert = hs_transcript_hash(&hs->transcript, hash);

	if (!alert)
		alert = hs_schedule_master(&hs->schedule);
	if (!alert)
		alert = hs_schedule_derive(&hs->schedule, HS_C_AP_TRAFFIC,
					   hash, client_ap);
	if (!alert)
		alert = hs_schedule_derive(&hs->schedule, HS_S_AP_TRAFFIC,
					   hash, server_ap);
	if (!alert)
		alert = hs_schedule_derive(&hs->schedule, HS_EXP_MASTER,
					   hash, &hs->exporter);
	return alert;
}

/* ... and with the client's. Nothing is derived after this. */
int hs_keys_resumption(struct hs *hs)
{
	uint8_t hash[HS_HASH_MAX];
	int alert = hs_transcript_hash(&hs->transcript, hash);

	if (!alert)
		alert = hs_schedule_derive(&hs->schedule, HS_RES_MASTER, hash,
					   &hs->resumption);
	hs_transcript_free(&hs->transcript);
	hs_schedule_wipe(&hs->schedule);
	hs_secret_wipe(&hs->client_hs);
	hs_secret_wipe(&hs->server_hs);
	return alert;
}
