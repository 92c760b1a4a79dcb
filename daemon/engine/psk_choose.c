// SPDX-License-Identifier: Apache-2.0
/* psk_choose: which of the pre-shared keys that a client offers the server
 * takes, a ticket's or an external one (RFC 8446 4.2.11). */
#include <string.h>

#include "engine.h"
#include "ext.h"

/* How many identities a server looks up; a client has no reason for more. */
#define IDENTITIES_MAX 8

/* 4.2.9: "servers MUST NOT select a key exchange mode that is not listed by
 * the client". */
bool hs_psk_mode_common(const struct hs *hs)
{
	return hs->psk_dhe_ke || (hs->psk_ke && hs->config->psk_ke);
}

static bool find_external(struct hs *hs, struct hs_bytes identity,
			  struct hs_choice *c)
{
	struct hs_psk psk = { 0 };
	bool found = hs->host->psk_find &&
		     identity.len <= HS_TICKET_MAX &&
		     !hs->host->psk_find(hs->host_arg, identity, &psk);

	psk.identity = identity;
	found = found && hs_psk_valid(&psk) &&
		hs_server_suite(hs, hs_psk_hash(&psk));
	if (found) {
		c->external = true;
		c->imported = psk.imported;
		c->hash = hs_psk_hash(&psk);
		c->key = psk.key;
		hs_buf_set(&hs->psk_identity, identity);
	}
	hs_wipe(&psk, sizeof(psk));
	return found;
}

/* 4.2.11: the hash has to be one that a common suite has. The name has to be the
 * same, as 4.6.1 lets a server have it. ALPN is negotiated afresh: only early
 * data binds it. */
static bool ticket_fits(const struct hs *hs, const struct hs_ticket *t)
{
	uint64_t now = hs->host->now_ms(hs->host_arg);

	return hs_server_suite(hs, hs_suite(t->cipher_suite)->hash) &&
	       hs_bytes_equal(t->server_name, hs->seen.server_name) &&
	       t->lifetime <= HS_LIFETIME_MAX && now >= t->issued_ms &&
	       now - t->issued_ms < (uint64_t)t->lifetime * 1000;
}

/* Is the external key that began it all still good? */
static bool identity_stands(struct hs *hs, struct hs_bytes identity)
{
	struct hs_choice c = { 0 };
	bool stands = find_external(hs, identity, &c);

	hs_wipe(&c, sizeof(c));
	return stands;
}

/* A session stands for what was verified when it began, so it counts only for
 * as much as that does now: the external key is still known, or else what the
 * client showed. */
static bool client_stands(struct hs *hs, const struct hs_ticket *t)
{
	return t->psk_identity.len ? identity_stands(hs, t->psk_identity) :
				     hs_auth_client_stands(hs, t->asked,
							   t->chain);
}

static bool find_ticket(struct hs *hs, struct hs_bytes identity,
			struct hs_choice *c)
{
	uint8_t plain[HS_TICKET_PLAIN_MAX];
	size_t len = sizeof(plain);
	struct hs_ticket t = { 0 };
	bool found = hs->host->ticket_open && !hs->config->no_resumption &&
		     identity.len <= HS_TICKET_MAX &&
		     !hs->host->ticket_open(hs->host_arg, identity, plain,
					    &len) &&
		     hs_ticket_unpack(&t, hs_bytes(plain, len)) &&
		     ticket_fits(hs, &t) && client_stands(hs, &t);

	if (found) {
		c->hash = hs_suite(t.cipher_suite)->hash;
		c->key = t.psk;
		c->cipher_suite = t.cipher_suite;
		c->age_add = t.age_add;
		c->max_early_data = t.max_early_data;
		c->issued_ms = t.issued_ms;
		c->began_ms = t.began_ms;
		c->same_alpn = hs_bytes_equal(t.alpn, hs->info.alpn);
	}
	hs_wipe(plain, sizeof(plain));
	hs_wipe(&t, sizeof(t));
	return found;
}

int hs_psk_find(struct hs *hs)
{
	struct hs_reader ids = hs_reader(hs->seen.identities);
	struct hs_reader binders = hs_reader(hs->seen.binders);
	struct hs_choice *c = &hs->choice;

	hs_psk_forget(hs);
	if (!hs_psk_mode_common(hs))
		return 0;
	for (uint16_t i = 0; i < IDENTITIES_MAX && ids.len; i++) {
		struct hs_bytes identity = hs_reader_vec(&ids, 2, 1);

		c->index = i;
		c->binder = hs_reader_vec(&binders, 1, 32);
		c->age = hs_reader_u32(&ids);
		c->found = find_external(hs, identity, c) ||
			   find_ticket(hs, identity, c);
		if (c->found)
			break;
	}
	return c->found && c->external ? hs_party_check(hs) : 0;
}

/* 4.2.11: "prior to accepting PSK key establishment, the server MUST validate
 * the corresponding binder value"; only the selected one's. */
int hs_psk_take(struct hs *hs)
{
	struct hs_choice *c = &hs->choice;
	int alert;

	if (!c->found)
		return 0;
	alert = hs_psk_check_binder(hs, c);
	if (alert)
		return alert;
	if (hs->psk_identity.failed)
		return HS_ALERT_INTERNAL_ERROR;
	hs->info.resumed = !c->external;
	hs->info.psk = c->external;
	hs->info.psk_identity = hs_buf_bytes(&hs->psk_identity);
	hs_early_decide(hs, c);
	return 0;
}

void hs_psk_forget(struct hs *hs)
{
	hs_wipe(&hs->choice, sizeof(hs->choice));
	hs->psk_identity.len = 0;
	hs->info.peer_chain_len = 0;
}
