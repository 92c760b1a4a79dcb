// SPDX-License-Identifier: Apache-2.0
/* party_hs: our engine with what the daemon puts around it: libcrypto's
 * algorithms, keys, certificates and tickets. Its records are counted apart. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/pem.h>

#include "daemon/crypto_cert.h"
#include "daemon/crypto_openssl.h"
#include "daemon/engine/suites.h"
#include "daemon/engine/wire.h"
#include "daemon/tickets.h"
#include "daemon/x509.h"
#include "handshake.h"

#define TODO_MAX 24

/* What the engine wanted, until the records' turn comes. */
struct todo {
	struct hs_output	out;
	size_t			at;	/* RECORD: in bytes */
};

struct conn {
	struct hs	*hs;
	struct line	rx, tx;
	bool		got;		/* one record, here: */
	uint8_t		type;
	size_t		len;
	uint8_t		record[FLOW_MAX];
	struct todo	todo[TODO_MAX];
	size_t		todos, bytes_len;
	uint8_t		bytes[FLOW_MAX];
};

static struct hs_side {
	struct hs_config		config;
	struct hs_certificate		cert;
	uint16_t			schemes[16];
	struct hs_bytes			chain;
	struct tlsup_trust		*trust;
	bool				known;
	struct tlsup_tickets		*tickets;
	struct hs_session		*session[SESSIONS];
	struct conn			conn[BATCH];
} sides[2];

static uint64_t now_ms(void *arg)
{
	struct timespec ts;

	(void)arg;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static int select_certificate(void *arg, const struct hs_hello *hello,
			      const struct hs_certificate **out)
{
	(void)arg;
	(void)hello;
	*out = &sides[SERVER].cert;
	return 0;
}

static int sign(void *arg, const struct hs_certificate *cert, uint16_t scheme,
		struct hs_bytes tbs, uint8_t *sig, size_t *sig_len)
{
	(void)arg;
	return tlsup_key_sign(cert->key, scheme, tbs, sig, sig_len);
}

static int verify_chain(void *arg, const struct hs_bytes *chain, size_t n,
			char *reason)
{
	const struct tlsup_verify how = {
		.peer = HS_SERVER, .name = SERVER_NAME, .now_ms = now_ms(arg),
	};
	struct tlsup_verdict verdict;

	if (!sides[CLIENT].known)
		tlsup_cert_forget();
	if (tlsup_x509_verify(sides[CLIENT].trust, &how, chain, n, &verdict))
		memcpy(reason, verdict.reason, sizeof(verdict.reason));
	return verdict.alert;
}

static const struct tlsup_ticket_binding binding = {
	.profile = "default",
	.server_name = { (const uint8_t *)SERVER_NAME, sizeof(SERVER_NAME) - 1 },
};

static int ticket_seal(void *arg, struct hs_bytes plain, uint8_t *out,
		       size_t *out_len)
{
	return !tlsup_ticket_seal(sides[SERVER].tickets, &binding, now_ms(arg),
				  7200, plain, out, out_len);
}

static int ticket_open(void *arg, struct hs_bytes ticket, uint8_t *out,
		       size_t *out_len)
{
	return !tlsup_ticket_open(sides[SERVER].tickets, &binding, now_ms(arg),
				  ticket, out, out_len);
}

static const struct hs_host host = {
	.now_ms			= now_ms,
	.select_certificate	= select_certificate,
	.sign			= sign,
	.verify_chain		= verify_chain,
	.ticket_seal		= ticket_seal,
	.ticket_open		= ticket_open,
};

/* The daemon reads anchors from files. */
static struct tlsup_trust *trust_of(struct hs_bytes root)
{
	char path[] = "/tmp/bench-handshake.XXXXXX";
	FILE *file = fdopen(mkstemp(path), "w");
	const unsigned char *p = root.data;
	X509 *cert = d2i_X509(NULL, &p, (long)root.len);
	struct tlsup_trust *trust = tlsup_trust_new();
	struct tlsup_diag diag = { 0 };

	PEM_write_X509(file, cert);
	fclose(file);
	X509_free(cert);
	if (tlsup_trust_add_path(trust, path, &diag) < 0) {
		tlsup_trust_put(trust);
		trust = NULL;
	}
	unlink(path);
	return trust;
}

static bool prepare(enum role role, const struct subject *subject)
{
	static const uint16_t suites[] = { 0x1301, 0xc02b, 0xc02f };
	/* The second is for the certificate's curve in TLS 1.2 (RFC 8422 4). */
	static const uint16_t groups[] = { HS_GROUP_X25519, HS_GROUP_SECP256R1 };
	struct hs_side *s = &sides[role];

	s->config = (struct hs_config){
		.role = role == SERVER ? HS_SERVER : HS_CLIENT,
		.crypto = tlsup_crypto_openssl(), .host = &host,
		.cipher_suites = suites, .cipher_suites_len = 3,
		.groups = groups, .groups_len = 2,
		.key_share_groups = groups, .key_share_groups_len = 1,
		.tickets = TICKETS(subject), .ticket_lifetime = 7200,
		.min_version = subject->version,
		.max_version = subject->version,
	};
	if (role == CLIENT) {
		s->known = subject->known;
		if (!s->trust)
			s->trust = trust_of(subject->root);
		return s->trust;
	}
	if (!s->tickets)
		s->tickets = tlsup_tickets_new(3600);
	s->chain = subject->leaf;
	tlsup_key_free(s->cert.key);
	s->cert = (struct hs_certificate){
		.chain = &s->chain, .chain_len = 1,
		.schemes = s->schemes, .key = tlsup_key_new(subject->leaf_key),
	};
	s->cert.schemes_len = tlsup_key_schemes(s->cert.key, s->schemes, 16);
	return s->tickets && s->cert.schemes_len;
}

static bool open_batch(enum role role, int session)
{
	struct hs_side *s = &sides[role];

	for (int i = 0; i < BATCH; i++) {
		struct conn *c = &s->conn[i];

		c->hs = hs_new(&s->config, c);
		if (!c->hs)
			return false;
		line_reset(&c->rx);
		line_reset(&c->tx);
		if (role == CLIENT)
			hs_set_server_name(c->hs, SERVER_NAME,
					   strlen(SERVER_NAME));
		if (role == CLIENT && session >= 0)
			hs_set_session(c->hs, s->session[session]);
		hs_start(c->hs);
	}
	return true;
}

static bool read_records(struct conn *c, struct flow *in)
{
	bool any = false;

	for (int i = 0; i < BATCH; i++, c++, in++) {
		c->got = hs_state(c->hs) == HS_RUNNING &&
			 line_get(&c->rx, in, &c->type, c->record, &c->len) > 0;
		any = any || c->got;
	}
	return any;
}

/* What hs_next() points to is gone at the next call. */
static void take(struct conn *c)
{
	struct todo *t = &c->todo[c->todos];

	while (hs_next(c->hs, &t->out)) {
		t->at = c->bytes_len;
		if (t->out.kind == HS_OUT_RECORD) {
			memcpy(c->bytes + t->at, t->out.data, t->out.len);
			c->bytes_len += t->out.len;
		}
		t = &c->todo[++c->todos];
	}
}

static bool think(struct conn *c)
{
	bool any = false;

	for (int i = 0; i < BATCH; i++, c++) {
		if (c->got)
			hs_record(c->hs, c->type, c->record, c->len);
		take(c);
		any = any || c->todos;
	}
	return any;
}

static void carry_out(struct conn *c, const struct todo *t, struct flow *out)
{
	const struct hs_output *o = &t->out;

	if (o->kind == HS_OUT_RECORD)
		line_put(&c->tx, out, o->type, c->bytes + t->at, o->len);
	else if (o->kind == HS_OUT_TX_SECRET)
		line_secret(&c->tx, &o->secret, true);
	else if (o->kind == HS_OUT_RX_SECRET)
		line_secret(&c->rx, &o->secret, false);
	else if (o->kind == HS_OUT_TX_KEYS)
		line_keys(&c->tx, &o->keys, true);
	else if (o->kind == HS_OUT_RX_KEYS)
		line_keys(&c->rx, &o->keys, false);
}

static void write_records(struct conn *c, struct flow *out)
{
	for (int i = 0; i < BATCH; i++, c++, out++) {
		for (size_t n = 0; n < c->todos; n++)
			carry_out(c, &c->todo[n], out);
		c->todos = 0;
		c->bytes_len = 0;
	}
}

/* A record of each connection at a time: the next may need the keys that
 * come out of this one. */
static bool work(enum role role, struct flow *in, struct flow *out,
		 struct cost *cost)
{
	struct conn *c = sides[role].conn;
	bool moved = false, any;
	uint64_t t[4];

	do {
		t[0] = cpu_ns();
		any = read_records(c, in);
		t[1] = cpu_ns();
		moved = think(c) || moved || any;
		t[2] = cpu_ns();
		write_records(c, out);
		t[3] = cpu_ns();
		cost->handshake += t[2] - t[1];
		cost->records += t[1] - t[0] + t[3] - t[2];
	} while (any);
	return moved;
}

static bool done(enum role role)
{
	for (int i = 0; i < BATCH; i++) {
		const struct hs *hs = sides[role].conn[i].hs;

		if (hs_state(hs) == HS_DONE)
			continue;
		fprintf(stderr, "our %s: %s: %s\n",
			role == CLIENT ? "client" : "server",
			hs_state_name(hs), hs_error(hs)->reason);
		return false;
	}
	return true;
}

static void close_batch(enum role role)
{
	for (int i = 0; i < BATCH; i++) {
		hs_free(sides[role].conn[i].hs);
		sides[role].conn[i].hs = NULL;
	}
}

static bool keep_session(struct flow *in, int session)
{
	struct hs_side *s = &sides[CLIENT];
	struct conn *c = &s->conn[0];
	uint8_t packed[HS_RESUMPTION_MAX];
	size_t n = hs_resumption_pack(c->hs, packed, sizeof(packed));
	int alert;

	hs_session_free(s->session[session]);
	s->session[session] = NULL;
	if (hs_info(c->hs)->version == HS_TLS12)
		s->session[session] = hs_session_made(c->hs);
	else if (line_get(&c->rx, in, &c->type, c->record, &c->len) == 1)
		s->session[session] = hs_ticket_session(s->config.crypto,
				hs_bytes(packed, n),
				hs_bytes(c->record,
					 4 + ((size_t)c->record[2] << 8 |
					      c->record[3])),
				now_ms(NULL), &alert);
	return s->session[session];
}

static void forget(enum role role)
{
	struct hs_side *s = &sides[role];

	for (int i = 0; i < SESSIONS; i++) {
		hs_session_free(s->session[i]);
		s->session[i] = NULL;
	}
	tlsup_trust_put(s->trust);
	tlsup_tickets_free(s->tickets);
	tlsup_key_free(s->cert.key);
	s->cert.key = NULL;
	s->trust = NULL;
	s->tickets = NULL;
}

const struct party party_hs = {
	.name		= "tlsup",
	.prepare	= prepare,
	.open_batch	= open_batch,
	.work		= work,
	.done		= done,
	.close_batch	= close_batch,
	.keep_session	= keep_session,
	.forget		= forget,
};
