// SPDX-License-Identifier: Apache-2.0
/* A fuzz target: tickets and what is in them. The input is a ticket from a
 * stranger, a ticket's and a session's plaintext, a NewSessionTicket; and it is
 * sealed, altered and opened. */
#include <stdlib.h>
#include <string.h>

#include "daemon/crypto_openssl.h"
#include "daemon/engine/engine.h"
#include "daemon/tickets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define NOW 1700000000000u

static const struct tlsup_ticket_binding mine = { "p", { NULL, 0 } };
static const struct tlsup_ticket_binding other = { "q", { NULL, 0 } };

static void seal_and_open(struct tlsup_tickets *tickets, struct hs_bytes plain,
			  size_t flip)
{
	uint8_t sealed[8192], out[8192];
	size_t sealed_len = sizeof(sealed), out_len = sizeof(out);

	if (plain.len > 4096 || !tlsup_ticket_seal(tickets, &mine, NOW, 60,
						   plain, sealed, &sealed_len))
		return;
	if (!tlsup_ticket_open(tickets, &mine, NOW, hs_bytes(sealed, sealed_len),
			       out, &out_len) ||
	    out_len != plain.len || (out_len && memcmp(out, plain.data, out_len)))
		abort();
	out_len = sizeof(out);
	if (tlsup_ticket_open(tickets, &other, NOW, hs_bytes(sealed, sealed_len),
			      out, &out_len))
		abort();
	sealed[flip % sealed_len] ^= 1;
	out_len = sizeof(out);
	if (tlsup_ticket_open(tickets, &mine, NOW, hs_bytes(sealed, sealed_len),
			      out, &out_len))
		abort();
}

/* TLS 1.2's, where what was read is written as it was. */
static void parse_state(struct hs_bytes b)
{
	uint8_t packed[16384];
	struct hs_state12 s;

	if (b.len > sizeof(packed) || !hs_state12_unpack(&s, b))
		return;
	if (hs_state12_pack(&s, packed, sizeof(packed)) != b.len ||
	    memcmp(packed, b.data, b.len))
		abort();
}

static void parse(struct hs_bytes b)
{
	struct hs_session *s = hs_session_unpack(b);
	uint8_t packed[16384];
	struct hs_ticket t;
	int alert;

	if (s && hs_session_pack(s, packed, sizeof(packed)) > sizeof(packed))
		abort();
	hs_session_free(s);
	hs_ticket_unpack(&t, b);
	parse_state(b);
	for (size_t cut = 0; cut < 2; cut++) {
		size_t first = cut && b.len > 120 ? 120 : b.len / 2;

		s = hs_ticket_session(tlsup_crypto_openssl(),
				      hs_bytes(b.data, first),
				      hs_bytes(b.data + first, b.len - first),
				      NOW, &alert);
		hs_session_free(s);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct tlsup_tickets *tickets;
	uint8_t out[8192];
	size_t out_len = sizeof(out);

	if (!tickets)
		tickets = tlsup_tickets_new(3600);
	if (len < 2)
		return 0;
	if (tlsup_ticket_open(tickets, &mine, NOW, hs_bytes(data, len), out,
			      &out_len))
		abort();
	parse(hs_bytes(data, len));
	seal_and_open(tickets, hs_bytes(data + 2, len - 2),
		      (size_t)data[0] << 8 | data[1]);
	return 0;
}
