// SPDX-License-Identifier: Apache-2.0
/*
 * The state walk. The test has its own copy of the diagrams in RFC 8446
 * Appendix A; the tables have to have just these edges. Then each state is
 * reached by a real handshake and given each of the 256 message types (and a
 * HelloRetryRequest): what has no edge is unexpected_message.
 */
#include <stdlib.h>
#include <string.h>

#include "edit.h"
#include "graph.h"
#include "pair.h"
#include "tap.h"

struct edge {
	enum hs_st	from;
	enum hs_mt	message;
	enum hs_st	to;
};

/* RFC 8446 A.1: a HelloRetryRequest leads to START, which sends the second ClientHello
 * and is left at once; "begin" is the first one. 0-RTT adds no state: what is
 * sent in WAIT_SH is not waited for. */
static const struct edge a1[] = {
	{ HS_ST_START, HS_MT_BEGIN, HS_ST_WAIT_SH },
	{ HS_ST_WAIT_SH, HS_MT_HELLO_RETRY_REQUEST, HS_ST_WAIT_SH },
	{ HS_ST_WAIT_SH, HS_MT_SERVER_HELLO, HS_ST_WAIT_EE },
	{ HS_ST_WAIT_EE, HS_MT_ENCRYPTED_EXTENSIONS, HS_ST_WAIT_FINISHED },
	{ HS_ST_WAIT_EE, HS_MT_ENCRYPTED_EXTENSIONS, HS_ST_WAIT_CERT_CR },
	{ HS_ST_WAIT_CERT_CR, HS_MT_CERTIFICATE, HS_ST_WAIT_CV },
	{ HS_ST_WAIT_CERT_CR, HS_MT_CERTIFICATE_REQUEST, HS_ST_WAIT_CERT },
	{ HS_ST_WAIT_CERT, HS_MT_CERTIFICATE, HS_ST_WAIT_CV },
	/* RFC 8879 4: in place of a Certificate. */
	{ HS_ST_WAIT_CERT_CR, HS_MT_COMPRESSED_CERTIFICATE, HS_ST_WAIT_CV },
	{ HS_ST_WAIT_CERT, HS_MT_COMPRESSED_CERTIFICATE, HS_ST_WAIT_CV },
	{ HS_ST_WAIT_CV, HS_MT_CERTIFICATE_VERIFY, HS_ST_WAIT_FINISHED },
	{ HS_ST_WAIT_FINISHED, HS_MT_FINISHED, HS_ST_CONNECTED },
	/* 4.6, which the diagrams leave out. */
	{ HS_ST_CONNECTED, HS_MT_NEW_SESSION_TICKET, HS_ST_CONNECTED },
	{ HS_ST_CONNECTED, HS_MT_CERTIFICATE_REQUEST, HS_ST_CONNECTED },
};

/* RFC 8446 A.2: RECVD_CH, NEGOTIATED and WAIT_FLIGHT2 wait for nothing; with 0-RTT
 * there is a pre-shared key, so no certificate behind WAIT_EOED. A retry leads
 * back to START. */
static const struct edge a2[] = {
	{ HS_ST_START, HS_MT_CLIENT_HELLO, HS_ST_START },
	{ HS_ST_START, HS_MT_CLIENT_HELLO, HS_ST_WAIT_FINISHED },
	{ HS_ST_START, HS_MT_CLIENT_HELLO, HS_ST_WAIT_CERT },
	{ HS_ST_START, HS_MT_CLIENT_HELLO, HS_ST_WAIT_EOED },
	{ HS_ST_WAIT_EOED, HS_MT_END_OF_EARLY_DATA, HS_ST_WAIT_FINISHED },
	{ HS_ST_WAIT_CERT, HS_MT_CERTIFICATE, HS_ST_WAIT_FINISHED },
	{ HS_ST_WAIT_CERT, HS_MT_CERTIFICATE, HS_ST_WAIT_CV },
	{ HS_ST_WAIT_CERT, HS_MT_COMPRESSED_CERTIFICATE, HS_ST_WAIT_FINISHED },
	{ HS_ST_WAIT_CERT, HS_MT_COMPRESSED_CERTIFICATE, HS_ST_WAIT_CV },
	{ HS_ST_WAIT_CV, HS_MT_CERTIFICATE_VERIFY, HS_ST_WAIT_FINISHED },
	{ HS_ST_WAIT_FINISHED, HS_MT_FINISHED, HS_ST_CONNECTED },
	/* 4.6.2: once a request is out. */
	{ HS_ST_POST_CERT, HS_MT_CERTIFICATE, HS_ST_POST_CV },
	{ HS_ST_POST_CERT, HS_MT_CERTIFICATE, HS_ST_POST_FINISHED },
	{ HS_ST_POST_CERT, HS_MT_COMPRESSED_CERTIFICATE, HS_ST_POST_CV },
	{ HS_ST_POST_CERT, HS_MT_COMPRESSED_CERTIFICATE, HS_ST_POST_FINISHED },
	{ HS_ST_POST_CV, HS_MT_CERTIFICATE_VERIFY, HS_ST_POST_FINISHED },
	{ HS_ST_POST_FINISHED, HS_MT_FINISHED, HS_ST_POST_CERT },
	{ HS_ST_POST_FINISHED, HS_MT_FINISHED, HS_ST_CONNECTED },
};

struct diagram {
	const struct hs_machine	*machine;
	const struct edge	*edges;
	size_t			n;
	enum hs_role		role;
};

static const struct diagram diagrams[] = {
	{ &hs_client13, a1, sizeof(a1) / sizeof(a1[0]), HS_CLIENT },
	{ &hs_server13, a2, sizeof(a2) / sizeof(a2[0]), HS_SERVER },
};

static bool in_diagram(const struct diagram *d, enum hs_st from,
		       enum hs_mt message, enum hs_st to)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->edges[i].from == from && d->edges[i].message == message &&
		    (to == HS_ST_COUNT || d->edges[i].to == to))
			return true;
	return false;
}

static bool in_table(const struct diagram *d, const struct edge *e)
{
	for (size_t i = 0; i < d->machine->n; i++) {
		const struct hs_step *s = &d->machine->steps[i];

		if (s->state == e->from && s->message == e->message)
			return s->next >> e->to & 1;
	}
	return false;
}

static void edges(const struct diagram *d)
{
	for (size_t i = 0; i < d->n; i++)
		tap_sub(in_table(d, &d->edges[i]), "%s: %s of the RFC is missing",
			hs_st_name(d->edges[i].from),
			hs_mt_name(d->edges[i].message));
	for (size_t i = 0; i < d->machine->n; i++)
		for (int to = 0; to < HS_ST_COUNT; to++) {
			const struct hs_step *s = &d->machine->steps[i];

			if (!(s->next >> to & 1))
				continue;
			tap_sub(in_diagram(d, s->state, s->message,
					   (enum hs_st)to),
				"%s: %s is not in the RFC",
				hs_st_name(s->state), hs_mt_name(s->message));
		}
	tap_sum("%s has the edges of RFC 8446 Appendix A and 4.6, and no others",
		d->machine->name);
}

/* 5.1: ClientHello, EndOfEarlyData, ServerHello (and its retry), Finished. */
static void boundaries(const struct diagram *d)
{
	for (size_t i = 0; i < d->machine->n; i++) {
		const struct hs_step *s = &d->machine->steps[i];
		bool want = s->message == HS_MT_CLIENT_HELLO ||
			    s->message == HS_MT_SERVER_HELLO ||
			    s->message == HS_MT_HELLO_RETRY_REQUEST ||
			    s->message == HS_MT_END_OF_EARLY_DATA ||
			    s->message == HS_MT_FINISHED;

		tap_sub(!(s->flags & HS_BOUNDARY) == !want, "%s",
			hs_mt_name(s->message));
	}
	tap_sum("%s: which messages have to end their record (5.1)",
		d->machine->name);
}

static struct pair_side *side_of(struct pair *p, const struct diagram *d)
{
	return d->role == HS_CLIENT ? &p->client : &p->server;
}

static bool is_post(enum hs_st state)
{
	return state == HS_ST_POST_CERT || state == HS_ST_POST_CV ||
	       state == HS_ST_POST_FINISHED;
}

/* The handshake, and a request behind it. */
static void request(struct pair *p)
{
	uint32_t context;

	while (pair_step(p))
		;
	hs_request_certificate(p->server.hs, &context);
	pair_drain(p, &p->server);
}

/* A handshake, run until this side is in this state. */
static bool reach(struct pair *p, const struct diagram *d, enum hs_st state)
{
	struct pair_side *side = side_of(p, d);

	edit_pair(p, state == HS_ST_WAIT_EOED ? EDIT_EARLY : 0);
	p->per_message = true;
	p->keep = true;
	p->client.config.post_handshake_auth = true;
	if (is_post(state))
		p->client.host.identity = host_identity("P-256");
	if (state == HS_ST_WAIT_CERT || state == HS_ST_WAIT_CV) {
		p->server.config.client_auth = HS_CLIENT_AUTH_REQUIRE;
		p->client.host.identity = host_identity("P-256");
	}
	if (!pair_open(p))
		return false;
	if (state == HS_ST_START)
		return true;
	pair_start(p);
	if (is_post(state))
		request(p);
	while (side->hs->state != state)
		if (!pair_step(p))
			return false;
	return true;
}

/* A message with a body that is long enough to be told from others and too
 * short to be right. */
static size_t message(uint8_t *out, unsigned int type)
{
	bool retry = type == HS_MT_HELLO_RETRY_REQUEST;
	size_t body = retry ? 2 + HS_RANDOM : 1;

	memset(out, 0, 4 + body);
	out[0] = (uint8_t)type;
	out[3] = (uint8_t)body;
	if (retry)
		memcpy(out + 6, hs_retry_random, HS_RANDOM);
	return 4 + body;
}

static int try(const struct diagram *d, enum hs_st state, unsigned int type,
	       bool type_byte_only)
{
	uint8_t m[64];
	size_t len = message(m, type);
	struct pair p;
	int alert = -1;

	if (reach(&p, d, state))
		alert = pair_inject(&p, side_of(&p, d), HS_HANDSHAKE, m,
				    type_byte_only ? 1 : len);
	if (alert > 0)
		tap_sub(pair_alert(side_of(&p, d)) == alert &&
			hs_record(side_of(&p, d)->hs, HS_HANDSHAKE, m, len) ==
				alert, "%s: the failure of %s stays",
			hs_st_name(state), hs_mt_name(type));
	pair_free(&p);
	return alert;
}

static void walk(const struct diagram *d, enum hs_st state)
{
	unsigned int legal = 0;

	for (unsigned int t = 0; t <= 256; t++) {
		unsigned int type = t < 256 ? t : HS_MT_HELLO_RETRY_REQUEST;
		bool edge = in_diagram(d, state, (enum hs_mt)type, HS_ST_COUNT);
		/* A type byte tells no ServerHello from its retry. */
		bool whole = (type & 0xff) == HS_MT_SERVER_HELLO;
		int alert = try(d, state, type, false);

		legal += edge;
		tap_sub(edge ? alert == HS_ALERT_DECODE_ERROR :
			       alert == HS_ALERT_UNEXPECTED_MESSAGE,
			"%s in %s: alert %d", hs_mt_name(type),
			hs_st_name(state), alert);
		if (t < 256 && !whole)
			tap_sub(try(d, state, type, true) ==
				(edge ? 0 : HS_ALERT_UNEXPECTED_MESSAGE),
				"the type byte of %s in %s", hs_mt_name(type),
				hs_st_name(state));
	}
	tap_sum("%s in %s: 257 messages, %u legal", d->machine->name,
		hs_st_name(state), legal);
}

/* The states that the diagram names. */
static bool has_state(const struct diagram *d, enum hs_st state)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->edges[i].from == state || d->edges[i].to == state)
			return true;
	return false;
}

int main(void)
{
	for (size_t i = 0; i < 2; i++) {
		edges(&diagrams[i]);
		boundaries(&diagrams[i]);
		for (int s = 0; s < HS_ST_COUNT; s++)
			if (has_state(&diagrams[i], (enum hs_st)s))
				walk(&diagrams[i], (enum hs_st)s);
	}
	tap_ok(graph_is_in_readme(&hs_client13, &hs_server13),
	       "daemon/engine/README.md has the graph that hs-graph prints");
	host_exit();
	return tap_done();
}
