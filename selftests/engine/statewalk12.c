// SPDX-License-Identifier: Apache-2.0
/*
 * The state walk of TLS 1.2. The test has its own copy of the flows in RFC 5246
 * 7.3, with what RFC 5077 3.1, RFC 6066 8 and RFC 5246 7.4.1.1 add to them; the
 * tables have to have just these edges. Then each state is reached by a real
 * handshake and given each of the 256 message types, a change_cipher_spec and
 * application data: what has no edge is unexpected_message.
 */
#include <stdlib.h>
#include <string.h>

#include "edit.h"
#include "graph.h"
#include "tap.h"

#define CCS HS_MT_CHANGE_CIPHER_SPEC

/* A flow as the RFC draws it, seen by one side: what it waits for, and in which
 * state. "[]" of the drawing is a step of its own here; a message in "*" may be
 * left out, so there are several flows. The last state stands behind the last
 * message. */
struct flow {
	const char	*name;
	struct {
		enum hs_st	state;
		enum hs_mt	message;
	} step[12];
};

#define F(st, mt) { HS_ST_##st, HS_MT_##mt }
#define END(st) { HS_ST_##st, HS_MT_MESSAGE_HASH }

static const struct flow client_flows[] = {
	{ "full", { F(START, BEGIN), F(WAIT_SH, SERVER_HELLO),
		    F(WAIT_CERT, CERTIFICATE),
		    F(WAIT_SKE, SERVER_KEY_EXCHANGE),
		    F(WAIT_CR_SHD, SERVER_HELLO_DONE),
		    F(WAIT_CCS, CHANGE_CIPHER_SPEC), F(WAIT_FINISHED, FINISHED),
		    END(CONNECTED) } },
	{ "with a client's certificate",
	  { F(WAIT_CR_SHD, CERTIFICATE_REQUEST), F(WAIT_SHD, SERVER_HELLO_DONE),
	    END(WAIT_CCS) } },
	{ "with a ticket at the end (RFC 5077)",
	  { F(WAIT_CR_SHD, SERVER_HELLO_DONE), F(WAIT_NST, NEW_SESSION_TICKET),
	    END(WAIT_CCS) } },
	{ "with a stapled response (RFC 6066)",
	  { F(WAIT_CERT, CERTIFICATE), F(WAIT_CERT_STATUS, CERTIFICATE_STATUS),
	    F(WAIT_SKE, SERVER_KEY_EXCHANGE), END(WAIT_CR_SHD) } },
	{ "announced, and then none",
	  { F(WAIT_CERT_STATUS, SERVER_KEY_EXCHANGE), END(WAIT_CR_SHD) } },
	{ "with both", { F(WAIT_SHD, SERVER_HELLO_DONE), END(WAIT_NST) } },
	{ "abbreviated", { F(WAIT_SH, SERVER_HELLO), END(WAIT_CCS) } },
	{ "abbreviated, with a ticket (RFC 5077)",
	  { F(WAIT_SH, SERVER_HELLO), END(WAIT_NST) } },
	{ "asked to begin again", { F(CONNECTED, HELLO_REQUEST), END(WAIT_SH) } },
	{ "refused to", { F(CONNECTED, HELLO_REQUEST), END(CONNECTED) } },
	{ "begun again", { F(CONNECTED, BEGIN), END(WAIT_SH) } },
	{ "HelloRequest in WAIT_SH", { F(WAIT_SH, HELLO_REQUEST), END(WAIT_SH) } },
	{ "... in WAIT_CERT", { F(WAIT_CERT, HELLO_REQUEST), END(WAIT_CERT) } },
	{ "... in WAIT_CERT_STATUS",
	  { F(WAIT_CERT_STATUS, HELLO_REQUEST), END(WAIT_CERT_STATUS) } },
	{ "... in WAIT_SKE", { F(WAIT_SKE, HELLO_REQUEST), END(WAIT_SKE) } },
	{ "... in WAIT_CR_SHD",
	  { F(WAIT_CR_SHD, HELLO_REQUEST), END(WAIT_CR_SHD) } },
	{ "... in WAIT_SHD", { F(WAIT_SHD, HELLO_REQUEST), END(WAIT_SHD) } },
	{ "... in WAIT_NST", { F(WAIT_NST, HELLO_REQUEST), END(WAIT_NST) } },
	{ "... in WAIT_CCS", { F(WAIT_CCS, HELLO_REQUEST), END(WAIT_CCS) } },
	{ "... in WAIT_FINISHED",
	  { F(WAIT_FINISHED, HELLO_REQUEST), END(WAIT_FINISHED) } },
};

static const struct flow server_flows[] = {
	{ "full", { F(START, CLIENT_HELLO), F(WAIT_CKE, CLIENT_KEY_EXCHANGE),
		    F(WAIT_CCS, CHANGE_CIPHER_SPEC), F(WAIT_FINISHED, FINISHED),
		    END(CONNECTED) } },
	{ "with a client's certificate",
	  { F(START, CLIENT_HELLO), F(WAIT_CERT, CERTIFICATE),
	    F(WAIT_CKE, CLIENT_KEY_EXCHANGE), F(WAIT_CV, CERTIFICATE_VERIFY),
	    END(WAIT_CCS) } },
	{ "with SupplementalData (RFC 4680)",
	  { F(START, CLIENT_HELLO), F(WAIT_SD_CKE, SUPPLEMENTAL_DATA),
	    END(WAIT_CKE) } },
	{ "... and a certificate",
	  { F(START, CLIENT_HELLO), F(WAIT_SD_CERT, SUPPLEMENTAL_DATA),
	    END(WAIT_CERT) } },
	{ "... and the client has none of it (RFC 4681 4)",
	  { F(WAIT_SD_CERT, CERTIFICATE), END(WAIT_CKE) } },
	{ "... nor a certificate to send",
	  { F(WAIT_SD_CKE, CLIENT_KEY_EXCHANGE), END(WAIT_CCS) } },
	{ "abbreviated", { F(START, CLIENT_HELLO), END(WAIT_CCS) } },
	{ "begun again", { F(CONNECTED, CLIENT_HELLO), END(WAIT_CKE) } },
	{ "... with a client's certificate",
	  { F(CONNECTED, CLIENT_HELLO), END(WAIT_CERT) } },
	{ "... with SupplementalData",
	  { F(CONNECTED, CLIENT_HELLO), END(WAIT_SD_CKE) } },
	{ "... and a certificate",
	  { F(CONNECTED, CLIENT_HELLO), END(WAIT_SD_CERT) } },
	{ "refused to", { F(CONNECTED, CLIENT_HELLO), END(CONNECTED) } },
	{ "asking to begin again", { F(CONNECTED, BEGIN), END(CONNECTED) } },
};

struct diagram {
	const struct hs_machine	*machine;
	const struct flow	*flows;
	size_t			n;
	enum hs_role		role;
};

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const struct diagram diagrams[] = {
	{ &hs_client12, client_flows, N(client_flows), HS_CLIENT },
	{ &hs_server12, server_flows, N(server_flows), HS_SERVER },
};

static bool in_flow(const struct flow *f, enum hs_st from, enum hs_mt message,
		    enum hs_st to)
{
	for (size_t i = 0; f->step[i].message != HS_MT_MESSAGE_HASH; i++)
		if (f->step[i].state == from && f->step[i].message == message &&
		    (to == HS_ST_COUNT || f->step[i + 1].state == to))
			return true;
	return false;
}

static bool in_flows(const struct diagram *d, enum hs_st from,
		     enum hs_mt message, enum hs_st to)
{
	for (size_t i = 0; i < d->n; i++)
		if (in_flow(&d->flows[i], from, message, to))
			return true;
	return false;
}

static const struct hs_step *row(const struct diagram *d, enum hs_st from,
				 enum hs_mt message)
{
	const struct hs_step *found = NULL;

	for (size_t i = 0; i < d->machine->n; i++) {
		const struct hs_step *s = &d->machine->steps[i];

		if (s->state != from || s->message != message)
			continue;
		tap_sub(!found, "one row for %s in %s", hs_mt_name(message),
			hs_st_name(from));
		found = s;
	}
	return found;
}

static void edges(const struct diagram *d)
{
	for (size_t i = 0; i < d->n; i++)
		for (size_t j = 0; d->flows[i].step[j].message !=
				   HS_MT_MESSAGE_HASH; j++) {
			enum hs_st from = d->flows[i].step[j].state;
			enum hs_mt message = d->flows[i].step[j].message;
			const struct hs_step *s = row(d, from, message);

			tap_sub(s && s->next >> d->flows[i].step[j + 1].state & 1,
				"%s: %s in %s is missing", d->flows[i].name,
				hs_mt_name(message), hs_st_name(from));
		}
	for (size_t i = 0; i < d->machine->n; i++)
		for (int to = 0; to < HS_ST_COUNT; to++) {
			const struct hs_step *s = &d->machine->steps[i];

			if (s->next >> to & 1)
				tap_sub(in_flows(d, s->state, s->message,
						 (enum hs_st)to),
					"%s in %s is in no flow",
					hs_mt_name(s->message),
					hs_st_name(s->state));
		}
	tap_sum("%s has the edges of RFC 5246 7.3, and no others",
		d->machine->name);
}

/* What ends a flight or changes keys ends its record. */
static void boundaries(const struct diagram *d)
{
	for (size_t i = 0; i < d->machine->n; i++) {
		const struct hs_step *s = &d->machine->steps[i];
		bool want = s->message == HS_MT_CLIENT_HELLO ||
			    s->message == HS_MT_SERVER_HELLO_DONE ||
			    s->message == CCS || s->message == HS_MT_FINISHED;

		tap_sub(!(s->flags & HS_BOUNDARY) == !want, "%s",
			hs_mt_name(s->message));
	}
	tap_sum("%s: which messages have to end their record", d->machine->name);
}

static struct pair_side *side_of(struct pair *p, const struct diagram *d)
{
	return d->role == HS_CLIENT ? &p->client : &p->server;
}

static void setup(struct pair *p, enum hs_st state)
{
	pair_init(p);
	p->per_message = true;
	p->client.config.max_version = HS_TLS12;
	p->server.config.max_version = HS_TLS12;
	p->client.config.renegotiation = HS_RENEGOTIATION_ALLOW;
	p->server.config.renegotiation = HS_RENEGOTIATION_ALLOW;
	if (state == HS_ST_WAIT_CERT_STATUS) {
		p->client.config.ocsp = true;
		p->server.host.identity = edit_stapled();
	}
	p->client.config.user_mapping = state == HS_ST_WAIT_SD_CERT ||
					state == HS_ST_WAIT_SD_CKE;
	p->server.config.user_mapping = p->client.config.user_mapping;
	p->client.config.user_domain = hs_bytes("EXAMPLE", 7);
	if (state == HS_ST_WAIT_CERT || state == HS_ST_WAIT_CV ||
	    state == HS_ST_WAIT_SHD || state == HS_ST_WAIT_SD_CERT) {
		p->server.config.client_auth = HS_CLIENT_AUTH_REQUIRE;
		p->client.host.identity = host_identity("P-256");
	}
}

/* A handshake, run until this side is in this state. */
static bool reach(struct pair *p, const struct diagram *d, enum hs_st state)
{
	struct pair_side *side = side_of(p, d);

	setup(p, state);
	if (!pair_open(p))
		return false;
	if (state == HS_ST_START)
		return true;
	pair_start(p);
	while (side->hs->state != state)
		if (!pair_step(p))
			return false;
	return true;
}

/* The type of record and content for one try: a message whose body is long
 * enough to be told from others and too short to be right; or no message. */
static int try(const struct diagram *d, enum hs_st state, unsigned int type,
	       size_t len)
{
	uint8_t m[] = { (uint8_t)type, 0, 0, 1, 0xff };
	uint8_t record = HS_HANDSHAKE;
	struct pair p;
	int alert = -1;

	if (type == CCS) {
		record = HS_CHANGE_CIPHER_SPEC;
		m[0] = 2;
		len = 1;
	}
	if (type == HS_MT_BEGIN) {
		record = HS_APPLICATION_DATA;
		len = 1;
	}
	if (reach(&p, d, state))
		alert = pair_inject(&p, side_of(&p, d), record, m, len);
	if (alert > 0)
		tap_sub(pair_alert(side_of(&p, d)) == alert &&
			hs_record(side_of(&p, d)->hs, record, m, len) == alert,
			"%s: the failure of %s stays", hs_st_name(state),
			hs_mt_name(type));
	pair_free(&p);
	return alert;
}

/* What the RFC says of a malformed one, where it has its place. */
static int malformed(unsigned int type)
{
	return type == CCS ? HS_ALERT_ILLEGAL_PARAMETER : HS_ALERT_DECODE_ERROR;
}

static void walk(const struct diagram *d, enum hs_st state)
{
	unsigned int legal = 0;

	for (unsigned int t = 0; t <= 257; t++) {
		unsigned int type = t < 256 ? t : t == 256 ? CCS : HS_MT_BEGIN;
		bool edge = type != HS_MT_BEGIN &&
			    in_flows(d, state, (enum hs_mt)type, HS_ST_COUNT);
		int alert = try(d, state, type, 5);

		legal += edge;
		tap_sub(alert == (edge ? malformed(type) :
					 HS_ALERT_UNEXPECTED_MESSAGE),
			"%s in %s: alert %d", hs_mt_name(type),
			hs_st_name(state), alert);
		if (t < 256)
			tap_sub(try(d, state, type, 1) ==
				(edge ? 0 : HS_ALERT_UNEXPECTED_MESSAGE),
				"the type byte of %s in %s", hs_mt_name(type),
				hs_st_name(state));
	}
	tap_sum("%s in %s: 258 inputs, %u legal", d->machine->name,
		hs_st_name(state), legal);
}

static bool has_state(const struct diagram *d, enum hs_st state)
{
	for (size_t i = 0; i < d->machine->n; i++)
		if (d->machine->steps[i].state == state)
			return true;
	return false;
}

/* A change_cipher_spec that is well-formed, at any other time: the injection of
 * 2014 (CVE-2014-0224). */
static void injected(const struct diagram *d)
{
	static const uint8_t one = 1;

	for (int s = 0; s < HS_ST_COUNT; s++) {
		struct pair p;

		if (!has_state(d, (enum hs_st)s))
			continue;
		reach(&p, d, (enum hs_st)s);
		tap_sub(pair_inject(&p, side_of(&p, d), HS_CHANGE_CIPHER_SPEC,
				    &one, 1) ==
				(s == HS_ST_WAIT_CCS ? 0 :
				 HS_ALERT_UNEXPECTED_MESSAGE),
			"in %s", hs_st_name((enum hs_st)s));
		if (s == HS_ST_WAIT_CCS)
			tap_sub(pair_inject(&p, side_of(&p, d),
					    HS_CHANGE_CIPHER_SPEC, &one, 1) ==
					HS_ALERT_UNEXPECTED_MESSAGE, "twice");
		pair_free(&p);
	}
	tap_sum("%s: a change_cipher_spec has one place", d->machine->name);
}

int main(void)
{
	for (size_t i = 0; i < N(diagrams); i++) {
		edges(&diagrams[i]);
		boundaries(&diagrams[i]);
		injected(&diagrams[i]);
		for (int s = 0; s < HS_ST_COUNT; s++)
			if (has_state(&diagrams[i], (enum hs_st)s))
				walk(&diagrams[i], (enum hs_st)s);
	}
	tap_ok(graph_is_in_readme(&hs_client12, &hs_server12),
	       "daemon/engine/README.md has the graph that hs-graph prints");
	host_exit();
	return tap_done();
}
