// SPDX-License-Identifier: Apache-2.0
/* ticket: the tickets that a server sends (RFC 8446 4.6.1). */
#include <string.h>

#include "engine.h"
#include "ext.h"

/* When a connection's tickets are issued, and for how long they are good: the clock
 * is read once. */
struct term {
	uint64_t	now_ms, began_ms;
	uint32_t	lifetime;
};

/* 4.6.1 recommends "limits on the total lifetime of such keying material": tickets
 * for tickets end seven days after the handshake that they go back to. */
static struct term term(const struct hs *hs)
{
	uint64_t now = hs->host->now_ms(hs->host_arg);
	uint64_t began = hs->info.resumed ? hs->choice.began_ms : now;
	uint64_t age = now > began ? (now - began) / 1000 : 0;
	uint64_t left = age < HS_LIFETIME_MAX ? HS_LIFETIME_MAX - age : 0;
	uint32_t seconds = hs->config->ticket_lifetime;

	return (struct term){
		.now_ms = now, .began_ms = began,
		.lifetime = seconds < left ? seconds : (uint32_t)left,
	};
}

/* A chain or an identity may be too much for a ticket: then there is none. */
static size_t pack(struct hs *hs, struct hs_ticket *t, uint8_t *plain,
		   size_t cap)
{
	uint8_t chain[HS_TICKET_PLAIN_MAX];
	struct hs_buf b = hs_buf_fixed(chain, sizeof(chain));

	for (size_t i = 0; i < hs->info.peer_chain_len; i++)
		hs_buf_vec(&b, 3, hs->info.peer_chain[i]);
	t->chain = hs_buf_bytes(&b);
	return b.failed ? 0 : hs_ticket_pack(t, plain, cap);
}

static int seal(struct hs *hs, const struct term *term,
		struct hs_new_session_ticket *m, uint8_t *out, size_t *out_len)
{
	struct hs_ticket t = {
		.cipher_suite	= hs->suite->id,
		.lifetime	= m->lifetime,
		.age_add	= m->age_add,
		.issued_ms	= term->now_ms,
		.began_ms	= term->began_ms,
		.server_name	= hs->info.server_name,
		.alpn		= hs->info.alpn,
		.psk_identity	= hs->info.psk_identity,
		.max_early_data	= hs_early_announced(hs) ?
					  hs->config->max_early_data : 0,
		.asked		= hs->config->client_auth != HS_CLIENT_AUTH_NONE,
	};
	uint8_t plain[HS_TICKET_PLAIN_MAX];
	size_t len = 0;
	int alert = hs_ticket_psk(hs->crypto, hs->suite->id, &hs->resumption,
				  m->nonce, &t.psk);

	if (!alert)
		len = pack(hs, &t, plain, sizeof(plain));
	/* A connection without a ticket is still a good one. */
	if (!len || hs->host->ticket_seal(hs->host_arg, hs_bytes(plain, len),
					  out, out_len))
		*out_len = 0;
	hs_wipe(plain, sizeof(plain));
	hs_wipe(&t, sizeof(t));
	return alert;
}

/* The nonce makes each ticket's key its own; the number in the connection is
 * enough for that. */
static int send_ticket(struct hs *hs, const struct term *term, uint8_t number)
{
	uint8_t ticket[HS_TICKET_MAX], add[4];
	size_t len = sizeof(ticket);
	struct hs_new_session_ticket m = {
		.lifetime	= term->lifetime,
		.nonce		= hs_bytes(&number, 1),
	};
	struct hs_reader r = hs_reader(hs_bytes(add, sizeof(add)));
	struct hs_buf *b;
	int alert = hs->crypto->random(add, sizeof(add));

	m.age_add = hs_reader_u32(&r);
	if (!alert)
		alert = seal(hs, term, &m, ticket, &len);
	if (alert || !len)
		return alert;
	m.ticket = hs_bytes(ticket, len);
	b = hs_send_open(hs, HS_MT_NEW_SESSION_TICKET);
	hs_new_session_ticket_build(b, &m);
	hs_ext_build(hs, HS_IN_NST, b);
	return hs_send_close(hs);
}

int hs_ticket_send_all(struct hs *hs)
{
	unsigned int n = hs->config->tickets;
	struct term t;
	int alert = 0;

	if (!hs->host->ticket_seal || hs->config->no_resumption ||
	    !hs_psk_mode_common(hs))
		return 0;
	t = term(hs);
	if (!t.lifetime)
		return 0;
	for (unsigned int i = 0; i < n && i < 255 && !alert; i++)
		alert = send_ticket(hs, &t, (uint8_t)i);
	return alert;
}
