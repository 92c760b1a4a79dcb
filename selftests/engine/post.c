// SPDX-License-Identifier: Apache-2.0
/* After the handshake (RFC 8446 4.6): a server asks for certificates, a client
 * answers; tickets pass by; what may not come. */
#include <stdlib.h>
#include <string.h>

#include "daemon/compress.h"
#include "daemon/engine/ext.h"
#include "edit.h"
#include "tap.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static void prepare(struct pair *p, const char *kind)
{
	pair_init(p);
	p->keep = true;
	p->client.config.post_handshake_auth = true;
	p->client.host.identity = kind ? host_identity(kind) : NULL;
	p->server.config.client_auth = HS_CLIENT_AUTH_NONE;
}

static void settle(struct pair *p)
{
	while (pair_step(p))
		;
}

static bool open_pair(struct pair *p)
{
	bool done = pair_open(p) && pair_run(p);

	p->server.host.verified = 0;
	return done;
}

static uint32_t ask(struct pair *p)
{
	uint32_t context = 0;

	if (hs_request_certificate(p->server.hs, &context))
		context = 0;
	pair_drain(p, &p->server);
	return context;
}

static bool shows(const struct pair *p, const char *kind)
{
	const struct hs_info *i = hs_info(p->server.hs);

	return kind ? i->peer_chain_len == 1 &&
			      hs_bytes_equal(i->peer_chain[0],
					     host_identity(kind)->chain[0]) :
		      !i->peer_chain_len;
}

static bool alive(const struct pair *p)
{
	return hs_state(p->client.hs) == HS_DONE &&
	       hs_state(p->server.hs) == HS_DONE;
}

static void one(void)
{
	static const char *const kinds[] = { "P-256", "RSA", "ED25519", NULL };

	for (size_t i = 0; i < N(kinds) * 3; i++) {
		const char *kind = kinds[i / 3];
		struct pair p;
		uint32_t id;

		prepare(&p, kind);
		p.split = i % 3 == 1 ? 3 : 0;
		p.per_message = i % 3 == 2;
		open_pair(&p);
		tap_sub(shows(&p, NULL), "nobody before");
		id = ask(&p);
		tap_sub(p.server.hs->state == HS_ST_POST_CERT, "waiting");
		settle(&p);
		tap_sub(id && alive(&p) && p.server.authenticated_n == 1 &&
			p.server.authenticated[0] == id && shows(&p, kind) &&
			p.server.host.verified == !!kind &&
			p.server.hs->state == HS_ST_CONNECTED,
			"row %zu: %s; %s", i, hs_error(p.client.hs)->reason,
			hs_error(p.server.hs)->reason);
		pair_free(&p);
	}
	tap_sum("a client shows its certificate after the handshake, or none");
}

/* The handshake's own certificate, sessions, keys, 0-RTT, a retry before. */
static void after_any(void)
{
	static const uint16_t p256 = HS_GROUP_SECP256R1;
	static const char *const names[] = {
		"with a certificate in it", "retried", "SHA-384", "resumed",
		"with early data",
	};

	for (int i = 0; i < 5; i++) {
		struct pair p;
		bool done;

		edit_pair(&p, i == 1 ? EDIT_RETRY : i == 2 ? EDIT_SHA384 :
			      i == 3 ? EDIT_RESUME : i == 4 ? EDIT_EARLY : 0);
		p.keep = true;
		p.client.config.post_handshake_auth = true;
		p.client.host.identity = host_identity("P-384");
		if (!i)
			p.server.config.client_auth = HS_CLIENT_AUTH_REQUIRE;
		if (!i)
			p.client.config.groups = &p256;
		if (!i)
			p.client.config.groups_len = 1;
		if (!i)
			p.server.config.groups = &p256;
		done = open_pair(&p);
		p.client.host.identity = host_identity("ED448");
		tap_sub(done && ask(&p), "%s: asked", names[i]);
		settle(&p);
		tap_sub(alive(&p) && shows(&p, "ED448") &&
			hs_info(p.server.hs)->resumed == (i > 2) &&
			hs_info(p.server.hs)->early_data == (i == 4),
			"%s: %s; %s", names[i], hs_error(p.client.hs)->reason,
			hs_error(p.server.hs)->reason);
		pair_free(&p);
	}
	tap_sum("after handshakes of every kind");
}

/* Three in flight; the answers come in this order. */
static void several(void)
{
	static const unsigned int orders[][3] = {
		{ 0, 1, 2 }, { 2, 1, 0 }, { 1, 2, 0 }, { 0, 2, 1 },
	};
	static const char *const kinds[] = { "P-256", "P-384", "ED25519" };

	for (size_t o = 0; o < N(orders); o++) {
		struct pair_record answers[3];
		uint32_t id[3];
		struct pair p;

		prepare(&p, NULL);
		p.server.config.tickets = 0;
		open_pair(&p);
		for (int i = 0; i < 3; i++)
			id[i] = ask(&p);
		/* All requests are there before the first answer goes. */
		for (int i = 0; i < 3; i++) {
			p.client.host.identity = host_identity(kinds[i]);
			while (p.server.first < p.server.n &&
			       p.client.n - p.client.first == (size_t)i) {
				struct pair_record *r =
					&p.server.queue[p.server.first++];

				pair_inject(&p, &p.client, r->type, r->data,
					    r->len);
				free(r->data);
			}
		}
		tap_sub(p.client.n - p.client.first == 3, "three answers");
		memcpy(answers, &p.client.queue[p.client.first],
		       sizeof(answers));
		for (int i = 0; i < 3; i++)
			p.client.queue[p.client.first + (size_t)i] =
				answers[orders[o][i]];
		for (int i = 0; i < 3; i++) {
			tap_sub(p.server.hs->state == HS_ST_POST_CERT,
				"still waiting");
			pair_step(&p);
			tap_sub(p.server.authenticated_n == (size_t)i + 1 &&
				p.server.authenticated[i] == id[orders[o][i]] &&
				shows(&p, kinds[orders[o][i]]),
				"order %zu, answer %d", o, i);
		}
		tap_sub(alive(&p) && p.server.hs->state == HS_ST_CONNECTED,
			"order %zu", o);
		pair_free(&p);
	}
	tap_sum("several requests, answered in any order (4.6.2)");
}

/* Requests that share a record: each answer ends its own (5.1). */
static void joined(void)
{
	struct pair p;
	uint32_t a, b;
	size_t before;

	prepare(&p, "P-256");
	open_pair(&p);
	hs_request_certificate(p.server.hs, &a);
	hs_request_certificate(p.server.hs, &b);
	pair_drain(&p, &p.server);
	before = p.client.n;
	settle(&p);
	tap_ok(a != b && alive(&p) && p.server.authenticated_n == 2 &&
	       p.server.authenticated[0] == a &&
	       p.server.authenticated[1] == b && p.client.n == before + 2,
	       "two requests in a record are two answers in two records (5.1)");
	pair_free(&p);
}

static void full(void)
{
	struct pair p;
	uint32_t context;
	int i = 0;

	prepare(&p, "P-256");
	open_pair(&p);
	while (ask(&p))
		i++;
	tap_sub(i == 8 && hs_request_certificate(p.server.hs, &context) ==
			HS_ALERT_INTERNAL_ERROR && alive(&p),
		"the ninth is refused");
	settle(&p);
	tap_sub(p.server.authenticated_n == 8 && alive(&p) && ask(&p) == 9,
		"eight answers; then there is room again");
	settle(&p);
	tap_sub(p.server.authenticated_n == 9 && alive(&p), "and the ninth");
	pair_free(&p);
	tap_sum("eight requests at a time, and no more");
}

static void not_possible(void)
{
	uint32_t context;
	struct pair p;

	prepare(&p, "P-256");
	p.client.config.post_handshake_auth = false;
	open_pair(&p);
	tap_ok(hs_request_certificate(p.server.hs, &context) ==
	       HS_ALERT_INTERNAL_ERROR && alive(&p),
	       "a client that does not offer it is not asked (4.2.6)");
	tap_ok(hs_request_certificate(p.client.hs, &context) ==
	       HS_ALERT_INTERNAL_ERROR && alive(&p), "nor is a server");
	pair_free(&p);
	prepare(&p, "P-256");
	pair_open(&p);
	tap_ok(hs_request_certificate(p.server.hs, &context) ==
	       HS_ALERT_INTERNAL_ERROR && hs_state(p.server.hs) == HS_RUNNING,
	       "nor anybody before the handshake is over");
	pair_free(&p);
}

static void required(void)
{
	struct pair p;

	prepare(&p, "P-256");
	p.server.config.client_auth = HS_CLIENT_AUTH_REQUIRE;
	open_pair(&p);
	p.client.host.identity = NULL;
	ask(&p);
	settle(&p);
	tap_ok(pair_alert(&p.server) == HS_ALERT_CERTIFICATE_REQUIRED &&
	       hs_error(p.client.hs)->alert_received ==
		       HS_ALERT_CERTIFICATE_REQUIRED && !p.server.authenticated_n,
	       "none where one is required: certificate_required (4.4.2.4)");
	pair_free(&p);
	prepare(&p, "P-256");
	open_pair(&p);
	p.server.host.chain_alert = HS_ALERT_UNKNOWN_CA;
	ask(&p);
	settle(&p);
	tap_ok(pair_alert(&p.server) == HS_ALERT_UNKNOWN_CA &&
	       !p.server.authenticated_n && shows(&p, NULL),
	       "a chain that is not trusted ends the connection, and is not shown");
	pair_free(&p);
}

/* Context and signature_algorithms, as the client gets them. */
#define CR(body) B("\x0d\0\0" body)
#define SCHEMES "\0\x08\0\x0d\0\4\0\2\4\3"

static void client_refuses(void)
{
	static const struct {
		const char	*what;
		const char	*data;
		size_t		len;
		int		alert;
		bool		twice, unoffered;
	} rows[] = {
		{ "a good one", CR("\x0c\1x" SCHEMES), 0, false, false },
		{ "not offered", CR("\x0c\1x" SCHEMES),
		  HS_ALERT_UNEXPECTED_MESSAGE, false, true },
		{ "an empty context", CR("\x0b\0" SCHEMES),
		  HS_ALERT_ILLEGAL_PARAMETER, false, false },
		{ "a context once more", CR("\x0c\1x" SCHEMES),
		  HS_ALERT_ILLEGAL_PARAMETER, true, false },
		{ "no signature_algorithms", CR("\x08\1x\0\4\x77\x77\0\0"),
		  HS_ALERT_MISSING_EXTENSION, false, false },
		{ "no extensions", CR("\4\1x\0\0"), HS_ALERT_DECODE_ERROR, false,
		  false },
		{ "key_share", CR("\x12\1x\0\x0e\0\x0d\0\4\0\2\4\3\0\x33\0\2\0\x1d"),
		  HS_ALERT_ILLEGAL_PARAMETER, false, false },
		{ "KeyUpdate", B("\x18\0\0\1\0"), HS_ALERT_UNEXPECTED_MESSAGE,
		  false, false },
		{ "a Certificate", B("\x0b\0\0\4\0\0\0\0"),
		  HS_ALERT_UNEXPECTED_MESSAGE, false, false },
		{ "HelloRequest", B("\0\0\0\0"), HS_ALERT_UNEXPECTED_MESSAGE,
		  false, false },
		{ "a ticket", B("\4\0\0\x0f\0\0\x1c\x20\1\2\3\4\1n\0\1t\0\0"), 0,
		  false, false },
		{ "a ticket without a ticket",
		  B("\4\0\0\x0e\0\0\x1c\x20\1\2\3\4\1n\0\0\0\0"),
		  HS_ALERT_DECODE_ERROR, false, false },
		{ "a ticket with key_share",
		  B("\4\0\0\x13\0\0\x1c\x20\1\2\3\4\1n\0\1t\0\4\0\x33\0\0"),
		  HS_ALERT_ILLEGAL_PARAMETER, false, false },
	};

	for (size_t i = 0; i < N(rows); i++) {
		struct pair p;
		int alert;

		prepare(&p, "P-256");
		p.client.config.post_handshake_auth = !rows[i].unoffered;
		open_pair(&p);
		if (rows[i].twice)
			pair_inject(&p, &p.client, HS_HANDSHAKE, rows[i].data,
				    rows[i].len);
		alert = pair_inject(&p, &p.client, HS_HANDSHAKE, rows[i].data,
				    rows[i].len);
		tap_sub(alert == rows[i].alert, "%s: %d, not %d", rows[i].what,
			alert, rows[i].alert);
		pair_free(&p);
	}
	tap_sum("what a client takes and refuses after the handshake");
}

/* A change to the client's answer, which is its second Finished and so on. */
struct change {
	struct edit	edit;
	int		seen;
};

static bool change(struct pair *p, struct pair_side *from, uint8_t *message,
		   size_t *len, size_t room)
{
	struct change *c = p->tamper_arg;

	(void)room;
	if (from == &p->client && hs_state(p->client.hs) == HS_DONE &&
	    p->server.hs->post && message[0] == c->edit.message && !c->seen++)
		edit_apply(&c->edit, message, len);
	return true;
}

static void server_refuses(void)
{
	static const struct edit rows[] = {
		{ "another context", "4.4.2", HS_MT_CERTIFICATE, EDIT_SET, 6,
		  B("\xff"), HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
		{ "no context", "4.4.2", HS_MT_CERTIFICATE, EDIT_BODY, 0,
		  B("\0\0\0\0"), HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
		{ "half a certificate", "4.4.2", HS_MT_CERTIFICATE, EDIT_CUT, 1,
		  B(""), HS_ALERT_DECODE_ERROR, 0, 0 },
		{ "an extension", "4.4.2", HS_MT_CERTIFICATE, EDIT_TAIL, 0,
		  B("x"), HS_ALERT_DECODE_ERROR, 0, 0 },
		{ "a wrong signature", "4.4.3", HS_MT_CERTIFICATE_VERIFY,
		  EDIT_FLIP, 0, B(""), HS_ALERT_DECRYPT_ERROR, 0, 0 },
		{ "a scheme that was not offered", "4.4.3",
		  HS_MT_CERTIFICATE_VERIFY, EDIT_SET, 4, B("\2\3"),
		  HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
		{ "a Certificate in between", "4.6.2", HS_MT_CERTIFICATE_VERIFY,
		  EDIT_INSERT, 0, B("\x0b\0\0\4\0\0\0\0"),
		  HS_ALERT_UNEXPECTED_MESSAGE, 0, 0 },
		{ "a KeyUpdate in between", "4.6.2", HS_MT_FINISHED, EDIT_INSERT,
		  0, B("\x18\0\0\1\0"), HS_ALERT_UNEXPECTED_MESSAGE, 0, 0 },
		{ "a wrong Finished", "4.4.4", HS_MT_FINISHED, EDIT_FLIP, 0,
		  B(""), HS_ALERT_DECRYPT_ERROR, 0, 0 },
		{ "a Finished that does not end its record", "5.1",
		  HS_MT_FINISHED, EDIT_INSERT, 0, B("\x14\0\0\0"),
		  HS_ALERT_UNEXPECTED_MESSAGE, 0, 0 },
	};

	for (size_t i = 0; i < N(rows); i++) {
		struct change c = { .edit = rows[i] };
		struct pair p;

		prepare(&p, "P-256");
		open_pair(&p);
		p.tamper = change;
		p.tamper_arg = &c;
		ask(&p);
		settle(&p);
		tap_sub(c.seen && pair_alert(&p.server) == rows[i].alert &&
			!p.server.authenticated_n && shows(&p, NULL),
			"%s (%s): %d, not %d", rows[i].what, rows[i].section,
			pair_alert(&p.server), rows[i].alert);
		pair_free(&p);
	}
	tap_sum("a client's answer that is not as it has to be");
}

/* An answer without a question, and one that comes twice. */
static void replayed(void)
{
	struct pair_record *r;
	struct pair p;
	uint8_t *data;
	size_t len;

	for (int open = 0; open < 2; open++) {
		prepare(&p, "P-256");
		p.server.config.tickets = 0;
		open_pair(&p);
		ask(&p);
		while (p.client.first == p.client.n)
			pair_step(&p);
		r = &p.client.queue[p.client.first];
		len = r->len;
		data = memcpy(malloc(len), r->data, len);
		settle(&p);
		if (open)
			hs_request_certificate(p.server.hs, &(uint32_t){ 0 });
		tap_sub(p.server.authenticated_n == 1 &&
			pair_inject(&p, &p.server, HS_HANDSHAKE, data, len) ==
				(open ? HS_ALERT_ILLEGAL_PARAMETER :
					HS_ALERT_UNEXPECTED_MESSAGE) &&
			p.server.authenticated_n == 1, "open: %d", open);
		free(data);
		pair_free(&p);
	}
	prepare(&p, "P-256");
	open_pair(&p);
	tap_sub(pair_inject(&p, &p.server, HS_HANDSHAKE, "\x0b", 1) ==
			HS_ALERT_UNEXPECTED_MESSAGE,
		"unasked: refused by its type byte");
	pair_free(&p);
	prepare(&p, "P-256");
	open_pair(&p);
	tap_sub(pair_inject(&p, &p.server, HS_HANDSHAKE,
			    "\4\0\0\x0f\0\0\x1c\x20\1\2\3\4\1n\0\1t\0\0", 19) ==
			HS_ALERT_UNEXPECTED_MESSAGE, "a client's ticket");
	pair_free(&p);
	tap_sum("an answer that nobody asked for, and one that comes again");
}

/* 4.4: the Finished is made with client_application_traffic_secret_N. */
static void key_updates(void)
{
	for (int client = 0; client < 4; client++)
		for (int server = 0; server < 4; server++) {
			struct pair p;

			prepare(&p, "P-256");
			open_pair(&p);
			for (int i = 0; i < client; i++)
				hs_client_key_updated(p.client.hs);
			for (int i = 0; i < server; i++)
				hs_client_key_updated(p.server.hs);
			ask(&p);
			settle(&p);
			tap_sub(client == server ?
				alive(&p) && shows(&p, "P-256") :
				pair_alert(&p.server) == HS_ALERT_DECRYPT_ERROR,
				"client %d, server %d", client, server);
			pair_free(&p);
		}
	tap_sum("a Finished goes with the client's key of the day (4.4)");
}

/* 7.2, in the RFC's words. */
static void next_secret(void)
{
	const struct hs_crypto *crypto = tlsup_crypto_openssl();
	struct hs_secret s = { 32, { 1, 2, 3 } };
	uint8_t want[32];

	hs_expand_label(crypto, HS_SHA256, &s, "traffic upd",
			hs_bytes(NULL, 0), want, 32);
	tap_ok(!hs_secret_update(crypto, HS_SHA256, &s) &&
	       !memcmp(s.bytes, want, 32), "application_traffic_secret_N+1 (7.2)");
}

/* RFC 8879 goes with these certificates as well. */
static void compressed(void)
{
	struct pair p;

	prepare(&p, "RSA");
	p.server.config.compressions = tlsup_compressions;
	p.server.config.compressions_len = tlsup_compressions_len;
	p.client.config.compressions = tlsup_compressions;
	p.client.config.compressions_len = tlsup_compressions_len;
	open_pair(&p);
	ask(&p);
	ask(&p);
	while (p.client.first == p.client.n)
		pair_step(&p);
	tap_sub(p.client.queue[p.client.first].data[0] ==
		HS_MT_COMPRESSED_CERTIFICATE, "it is compressed");
	settle(&p);
	tap_sub(alive(&p) && p.server.authenticated_n == 2 && shows(&p, "RSA"),
		"%s; %s", hs_error(p.client.hs)->reason,
		hs_error(p.server.hs)->reason);
	pair_free(&p);
	tap_sum("a compressed certificate after the handshake");
}

/* Until the Finished the chain is nobody's. */
static void in_between(void)
{
	struct pair p;

	prepare(&p, "P-256");
	p.per_message = true;
	p.server.config.client_auth = HS_CLIENT_AUTH_REQUEST;
	p.server.config.tickets = 0;
	open_pair(&p);
	p.client.host.identity = host_identity("P-521");
	tap_sub(shows(&p, "P-256"), "the handshake's");
	ask(&p);
	pair_step(&p);
	tap_sub(shows(&p, "P-256"), "asked");
	pair_step(&p);
	tap_sub(p.server.hs->state == HS_ST_POST_CV && shows(&p, NULL),
		"Certificate");
	/* A request in the middle of an answer is no part of it. */
	ask(&p);
	tap_sub(p.server.hs->state == HS_ST_POST_CV, "another request");
	pair_step(&p);
	tap_sub(p.server.hs->state == HS_ST_POST_FINISHED &&
		shows(&p, NULL), "CertificateVerify");
	pair_step(&p);
	tap_sub(shows(&p, "P-521") && p.server.authenticated_n == 1 &&
		p.server.hs->state == HS_ST_POST_CERT, "Finished");
	settle(&p);
	tap_sub(alive(&p) && p.server.authenticated_n == 2, "the other one");
	pair_free(&p);
	tap_sum("a chain is shown once its Finished is right");
}

/* 4.6.2: the context can't be known beforehand. */
static void unpredictable(void)
{
	uint8_t contexts[2][20] = { { 0 } };
	struct pair p;

	for (int i = 0; i < 2; i++) {
		prepare(&p, "P-256");
		p.server.config.tickets = 0;
		open_pair(&p);
		ask(&p);
		memcpy(contexts[i], p.server.queue[p.server.n - 1].data + 5, 20);
		tap_sub(p.server.queue[p.server.n - 1].data[4] == 20, "length");
		pair_free(&p);
	}
	tap_sub(memcmp(contexts[0] + 4, contexts[1] + 4, 16), "two connections");
	tap_sum("a request's context has 16 random bytes");
}

int main(void)
{
	one();
	after_any();
	several();
	joined();
	full();
	not_possible();
	required();
	client_refuses();
	server_refuses();
	replayed();
	key_updates();
	next_secret();
	compressed();
	in_between();
	unpredictable();
	host_exit();
	return tap_done();
}
