/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fuzz target: all that a peer can send to the engine, as client or as server
 * (FUZZ_ROLE). The input: a byte for the scene, a byte for how far the handshake
 * goes by itself, a byte for the number of edits, the edits (which message,
 * where, what byte) to what the peer sends on the way, and then records, each
 * with a type and a length, as if they had come from the peer.
 */
#include <stdlib.h>
#include <string.h>

#include "scene.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define EDITS_MAX 16

struct edits {
	struct {
		uint8_t		message, value;
		uint16_t	at;
	}		edit[EDITS_MAX];
	size_t		n;
	uint8_t		sent;		/* messages of the peer so far */
};

static void read_edits(struct edits *e, struct hs_reader *r)
{
	memset(e, 0, sizeof(*e));
	for (size_t n = hs_reader_u8(r) % (EDITS_MAX + 1); n; n--) {
		e->edit[e->n].message = hs_reader_u8(r) & 15;
		e->edit[e->n].at = hs_reader_u16(r);
		e->edit[e->n++].value = hs_reader_u8(r);
	}
}

/* The header's length stays what it is: the message is one, and its fields lie. */
static bool tamper(struct pair *p, struct pair_side *from, uint8_t *message,
		   size_t *len, size_t room)
{
	struct edits *e = p->tamper_arg;

	(void)room;
	if (from->config.role == FUZZ_ROLE)
		return true;
	for (size_t i = 0; i < e->n; i++)
		if (e->edit[i].message == e->sent && *len > 4)
			message[4 + e->edit[i].at % (*len - 4)] =
				e->edit[i].value;
	e->sent++;
	return true;
}

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

/* What is kept of a handshake that is over. */
static void pack(struct hs *hs)
{
	uint8_t out[HS_RESUMPTION_MAX];
	struct hs_session *session = hs_session_made(hs);

	hs_exporter_pack(hs, out, sizeof(out));
	hs_export(hs, "label", hs_bytes("context", 7), out, 32);
	hs_export_early(hs, "label", hs_bytes(NULL, 0), out, 32);
	if (hs_resumption_pack(hs, out, sizeof(out)) > sizeof(out))
		abort();
	hs_session_free(session);
	hs_client_key_updated(hs);
}

/* A failed handle stays failed; one that is over has keys. */
static void check(struct pair_side *side)
{
	if (side->hs->failure && hs_state(side->hs) != HS_FAILED)
		abort();
	if (hs_state(side->hs) == HS_DONE && (!side->tx.len || !side->rx.len))
		abort();
	if (!hs_error(side->hs)->reason[0])
		abort();
	if (hs_state(side->hs) == HS_DONE)
		pack(side->hs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct hs_reader r = hs_reader(hs_bytes(data, len));
	unsigned int scene = hs_reader_u8(&r) % SCENES;
	uint8_t steps = hs_reader_u8(&r) & 63;
	struct edits edits;
	struct pair p;
	struct pair_side *side = FUZZ_ROLE == HS_CLIENT ? &p.client : &p.server;

	read_edits(&edits, &r);
	scene_open(&p, scene);
	p.tamper = tamper;
	p.tamper_arg = &edits;
	scene_start(&p, scene);
	while (steps-- && (pair_step(&p) || scene_ask(&p, scene)))
		;
	if (!r.failed)
		records(&p, side, &r);
	check(side);
	scene_close(&p);
	return 0;
}
