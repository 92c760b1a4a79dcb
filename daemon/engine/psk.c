// SPDX-License-Identifier: Apache-2.0
/* psk: resumption by pre-shared key: binders of both sides, the server's
 * choice, and its tickets (RFC 8446 4.2.11, 4.6.1). */
#include <string.h>

#include "engine.h"
#include "ext.h"

/* How many identities a server opens; a client has no reason for more. */
#define IDENTITIES_MAX 8

/* The ClientHello up to the binders, which are its last bytes. */
static struct hs_bytes truncated(struct hs_bytes message, size_t binders)
{
	return hs_bytes(message.data, message.len - binders - 2);
}

/* 4.2.11.2: a Finished over the truncated ClientHello, under binder_key. */
static int binder(struct hs *hs, enum hs_hash_alg alg,
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
		alert = hs_schedule_derive(&s, HS_RES_BINDER, NULL, &key);
	if (!alert)
		alert = hs_finished_mac(hs->crypto, alg, &key, hash, out);
	hs_secret_wipe(&key);
	hs_schedule_wipe(&s);
	return alert;
}

/* 4.6.1: for this name only; the suite may differ, its hash may not; and
 * until the lifetime is over. */
bool hs_psk_usable(const struct hs *hs, const struct hs_session *s)
{
	enum hs_hash_alg alg = hs_suite(s->cipher_suite)->hash;
	uint64_t now = hs->host->now_ms(hs->host_arg);

	if (hs->config->no_resumption || strcmp(s->server_name, hs->server_name))
		return false;
	if (now < s->received_ms || now >= hs_session_expires(s))
		return false;
	for (size_t i = 0; i < hs->policy.suites.n; i++)
		if (hs_suite(hs->policy.suites.id[i])->hash == alg)
			return true;
	return false;
}

int hs_psk_bind(struct hs *hs, struct hs_bytes message)
{
	const struct hs_session *s = hs->session;
	enum hs_hash_alg alg = hs_suite(s->cipher_suite)->hash;
	size_t len = hs_hash_len(alg);
	uint8_t mac[HS_HASH_MAX];
	int alert = binder(hs, alg, &s->psk, truncated(message, 1 + len), mac);

	/* The message lies in our own queue, so it may be written. */
	if (!alert)
		memcpy(hs->queue.bytes.data + hs->queue.bytes.len - len, mac,
		       len);
	return alert;
}

/* A ticket says nothing about who the client was. */
static bool tickets_allowed(const struct hs *hs)
{
	return !hs->config->no_resumption && hs->psk_dhe_ke &&
	       hs->config->client_auth == HS_CLIENT_AUTH_NONE;
}

/* Opens a ticket and says whether it is good for this connection. */
static bool open_ticket(struct hs *hs, struct hs_bytes identity,
			uint8_t *plain, size_t plain_len, struct hs_ticket *t)
{
	uint64_t now = hs->host->now_ms(hs->host_arg);
	const struct hs_suite *suite;

	if (identity.len > HS_TICKET_MAX ||
	    hs->host->ticket_open(hs->host_arg, identity, plain, &plain_len) ||
	    !hs_ticket_unpack(t, hs_bytes(plain, plain_len)))
		return false;
	/* 4.2.11: the hash has to be the same; RFC 6066 3, 8446 4.6.1: and
	 * the name. ALPN is negotiated afresh: only early data binds it. */
	suite = hs_suite(t->cipher_suite);
	if (suite->hash != hs->suite->hash ||
	    !hs_bytes_equal(t->server_name, hs->seen.server_name))
		return false;
	return t->lifetime <= HS_LIFETIME_MAX && now >= t->issued_ms &&
	       now - t->issued_ms < (uint64_t)t->lifetime * 1000;
}

static int check_binder(struct hs *hs, const struct hs_ticket *t,
			struct hs_bytes sent)
{
	size_t len = hs_hash_len(hs->suite->hash);
	uint8_t mac[HS_HASH_MAX];
	int alert = binder(hs, hs->suite->hash, &t->psk,
			   truncated(hs->message, hs->seen.binders.len), mac);

	if (alert)
		return alert;
	if (sent.len != len || !hs_secret_equal(sent.data, mac, len))
		return hs_fail(hs, HS_ALERT_DECRYPT_ERROR,
			       "the binder of the pre-shared key is wrong");
	return 0;
}

/* 4.2.11: "prior to accepting PSK key establishment, the server MUST validate
 * the corresponding binder value"; only the selected one's. */
int hs_psk_choose(struct hs *hs)
{
	struct hs_reader ids = hs_reader(hs->seen.identities);
	struct hs_reader binders = hs_reader(hs->seen.binders);
	uint8_t plain[HS_TICKET_PLAIN_MAX];
	struct hs_ticket t = { 0 };
	int alert = 0;

	if (!hs->host->ticket_open || !tickets_allowed(hs))
		return 0;
	for (uint16_t i = 0; i < IDENTITIES_MAX && ids.len; i++) {
		struct hs_bytes identity = hs_reader_vec(&ids, 2, 1);
		struct hs_bytes sent = hs_reader_vec(&binders, 1, 32);

		hs_reader_u32(&ids);
		if (!open_ticket(hs, identity, plain, sizeof(plain), &t))
			continue;
		alert = check_binder(hs, &t, sent);
		hs->psk = t.psk;
		hs->psk_selected = i;
		hs->info.resumed = !alert;
		break;
	}
	hs_wipe(plain, sizeof(plain));
	hs_wipe(&t, sizeof(t));
	return alert;
}

static uint32_t lifetime(const struct hs *hs)
{
	uint32_t seconds = hs->config->ticket_lifetime;

	return seconds < HS_LIFETIME_MAX ? seconds : HS_LIFETIME_MAX;
}

static int seal_ticket(struct hs *hs, struct hs_bytes nonce,
		       uint8_t *out, size_t *out_len)
{
	struct hs_ticket t = {
		.cipher_suite	= hs->suite->id,
		.lifetime	= lifetime(hs),
		.issued_ms	= hs->host->now_ms(hs->host_arg),
		.server_name	= hs->info.server_name,
		.alpn		= hs->info.alpn,
	};
	uint8_t plain[HS_TICKET_PLAIN_MAX];
	size_t len = 0;
	int alert = hs_ticket_psk(hs->crypto, hs->suite->id, &hs->resumption,
				  nonce, &t.psk);

	if (!alert)
		len = hs_ticket_pack(&t, plain, sizeof(plain));
	if (!alert && !len)
		alert = HS_ALERT_INTERNAL_ERROR;
	/* A connection without a ticket is still a good one. */
	if (alert || hs->host->ticket_seal(hs->host_arg, hs_bytes(plain, len),
					   out, out_len))
		*out_len = 0;
	hs_wipe(plain, sizeof(plain));
	hs_wipe(&t, sizeof(t));
	return alert;
}

/* The nonce makes each ticket's key its own; the number in the connection is
 * enough for that. */
static int send_ticket(struct hs *hs, uint8_t number)
{
	uint8_t ticket[HS_TICKET_MAX], add[4];
	size_t len = sizeof(ticket);
	struct hs_new_session_ticket m = {
		.lifetime	= lifetime(hs),
		.nonce		= hs_bytes(&number, 1),
	};
	struct hs_reader r = hs_reader(hs_bytes(add, sizeof(add)));
	int alert = hs->crypto->random(add, sizeof(add));

	if (!alert)
		alert = seal_ticket(hs, m.nonce, ticket, &len);
	if (alert || !len)
		return alert;
	m.age_add = hs_reader_u32(&r);
	m.ticket = hs_bytes(ticket, len);
	hs_new_session_ticket_build(hs_send_open(hs, HS_MT_NEW_SESSION_TICKET),
				    &m);
	return hs_send_close(hs);
}

int hs_psk_send_tickets(struct hs *hs)
{
	unsigned int n = hs->config->tickets;
	int alert = 0;

	if (!hs->host->ticket_seal || !tickets_allowed(hs) || !lifetime(hs))
		return 0;
	for (unsigned int i = 0; i < n && i < 255 && !alert; i++)
		alert = send_ticket(hs, (uint8_t)i);
	return alert;
}
