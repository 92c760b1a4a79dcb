// SPDX-License-Identifier: Apache-2.0
/*
 * fuzz: a libFuzzer target for all that a peer can send. The first byte says
 * which handshake and how far it has come; the rest are records, each with a
 * type and a length, given to one side; then to the functions that read
 * tickets, sessions and resumption states. "make fuzz-engine" builds and runs
 * it.
 */
#include <stdlib.h>
#include <string.h>

#include "edit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const unsigned int kinds[] = { 0, EDIT_RESUME | EDIT_ALPN,
				      EDIT_RETRY | EDIT_COOKIE, EDIT_ALPN };

static void records(struct pair *p, struct pair_side *side, struct hs_reader *r)
{
	while (r->len && !r->failed) {
		uint8_t type = hs_reader_u8(r) & 7;
		size_t n = hs_reader_u16(r);
		struct hs_bytes b = hs_reader_bytes(r, n < r->len ? n : r->len);

		/* Mostly handshake. */
		hs_record(side->hs, type < 4 ? 20 + type : HS_HANDSHAKE, b.data,
			  b.len);
		pair_drain(p, side);
	}
}

static void stored(struct pair *p, struct hs_bytes b)
{
	uint8_t packed[HS_RESUMPTION_MAX];
	size_t len = hs_resumption_pack(p->client.hs, packed, sizeof(packed));
	struct hs_session *s = hs_session_unpack(b);
	struct hs_ticket t;
	int alert;

	hs_session_free(s);
	hs_ticket_unpack(&t, b);
	s = hs_ticket_session(p->client.config.crypto, hs_bytes(packed, len), b,
			      1, &alert);
	hs_session_free(s);
	s = hs_ticket_session(p->client.config.crypto, b, b, 1, &alert);
	hs_session_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct hs_reader r = hs_reader(hs_bytes(data, len));
	uint8_t how = hs_reader_u8(&r), steps = how >> 3 & 15;
	static struct hs_session *sessions[4];
	struct pair p;

	edit_pair(&p, kinds[how & 3] & ~(unsigned int)EDIT_RESUME);
	if (kinds[how & 3] & EDIT_RESUME) {
		if (!sessions[how & 3])
			edit_pair(&p, kinds[how & 3]);
		if (!sessions[how & 3])
			sessions[how & 3] = p.session;
		p.session = hs_session_copy(sessions[how & 3]);
	}
	pair_open(&p);
	pair_start(&p);
	while (steps-- && pair_step(&p))
		;
	stored(&p, hs_bytes(r.p, r.len));
	records(&p, how & 4 ? &p.client : &p.server, &r);
	pair_free(&p);
	return 0;
}
