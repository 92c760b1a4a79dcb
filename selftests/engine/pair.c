// SPDX-License-Identifier: Apache-2.0
/* pair: a client and a server engine that talk in memory. */
#include <stdlib.h>
#include <string.h>

#include "pair.h"

#define ROOM 4096	/* that a tampering test may add to a message */

void pair_init(struct pair *p)
{
	memset(p, 0, sizeof(*p));
	p->client.config.role = HS_CLIENT;
	p->server.config.role = HS_SERVER;
	p->client.config.crypto = tlsup_crypto_openssl();
	p->server.config.crypto = tlsup_crypto_openssl();
	p->client.config.host = &host_ops;
	p->server.config.host = &host_ops;
	p->server.config.tickets = 2;
	p->server.config.ticket_lifetime = 7200;
	p->server.host.identity = host_identity("P-256");
}

bool pair_open(struct pair *p)
{
	memset(&p->client.tx_keys, 0, sizeof(p->client.tx_keys));
	memset(&p->server.tx_keys, 0, sizeof(p->server.tx_keys));
	p->client.hs = hs_new(&p->client.config, &p->client.host);
	p->server.hs = hs_new(&p->server.config, &p->server.host);
	if (!p->client.hs || !p->server.hs)
		return false;
	hs_set_server_name(p->client.hs, "server", 6);
	if (p->session)
		hs_set_session(p->client.hs, p->session);
	return true;
}

static void enqueue(struct pair_side *s, uint8_t type, const uint8_t *data,
		    size_t len)
{
	struct pair_record *r;

	if (s->n == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 64;
		s->queue = realloc(s->queue, s->cap * sizeof(*s->queue));
	}
	r = &s->queue[s->n++];
	r->type = type;
	r->len = len;
	r->data = malloc(len ? len : 1);
	if (len)
		memcpy(r->data, data, len);
	/* TLS 1.3 has no protected one; TLS 1.2 has, when it renegotiates. */
	r->secret = type == HS_CHANGE_CIPHER_SPEC && !s->tx_keys.key_len ?
			    (struct hs_secret){ 0 } : s->tx;
	s->ccs += type == HS_CHANGE_CIPHER_SPEC;
	if (r->secret.len && len > s->longest)
		s->longest = len;
}

static void remember(struct pair_side *s, const uint8_t *data, size_t len)
{
	while (s->flight_len + len > s->flight_cap) {
		s->flight_cap = s->flight_cap ? 2 * s->flight_cap : 4096;
		s->flight = realloc(s->flight, s->flight_cap);
	}
	if (len)
		memcpy(s->flight + s->flight_len, data, len);
	s->flight_len += len;
}

static size_t message_len(const uint8_t *m)
{
	return 4 + ((size_t)m[1] << 16 | (size_t)m[2] << 8 | m[3]);
}

/* Each message through the test's hands, joined again. */
static size_t tamper(struct pair *p, struct pair_side *s, const uint8_t *data,
		     size_t len, uint8_t *out, size_t *lens, size_t *n)
{
	size_t at = 0, total = 0;

	for (*n = 0; at < len; (*n)++) {
		size_t m = message_len(data + at), now = m;

		memcpy(out + total, data + at, m);
		if (p->tamper && !p->tamper(p, s, out + total, &now, m + ROOM))
			now = 0;
		lens[*n] = now;
		total += now;
		at += m;
	}
	return total;
}

static void send_handshake(struct pair *p, struct pair_side *s,
			   const uint8_t *data, size_t len)
{
	uint8_t *out = malloc(len + 16 * ROOM);
	size_t lens[300], n, at = 0;
	size_t total = tamper(p, s, data, len, out, lens, &n);
	size_t limit = s->tx.len ? hs_info(s->hs)->peer_record_limit : 0;

	if (!limit)
		limit = 16384;
	remember(s, out, total);
	for (size_t i = 0; p->per_message && i < n; at += lens[i++])
		enqueue(s, HS_HANDSHAKE, out + at, lens[i]);
	while (!p->per_message && at < total) {
		size_t rest = total - at, m = p->split && p->split < rest ?
						      p->split : rest;

		if (m > limit)
			m = limit;
		enqueue(s, HS_HANDSHAKE, out + at, m);
		at += m;
	}
	free(out);
}

/* TLS 1.2's keys stand for the secret that they don't have here. */
static struct hs_secret keys_secret(const struct hs_key_block *k)
{
	struct hs_secret s = { .len = (uint8_t)(k->key_len + k->iv_len) };

	memcpy(s.bytes, k->key, k->key_len);
	memcpy(s.bytes + k->key_len, k->iv, k->iv_len);
	return s;
}

static void take_keys(struct pair_side *s, const struct hs_output *o)
{
	if (o->kind == HS_OUT_TX_KEYS) {
		s->tx = keys_secret(&o->keys);
		s->tx_keys = o->keys;
	}
	if (o->kind == HS_OUT_RX_KEYS) {
		s->rx = keys_secret(&o->keys);
		s->rx_keys = o->keys;
	}
}

void pair_drain(struct pair *p, struct pair_side *s)
{
	struct hs_output o;

	s->early.max = 1 << 20;
	while (hs_next(s->hs, &o)) {
		if (o.kind == HS_OUT_EARLY_DATA)
			hs_buf_add(&s->early, o.data, o.len);
		s->rejected += o.kind == HS_OUT_EARLY_REJECTED;
		if (o.kind == HS_OUT_AUTHENTICATED)
			s->authenticated[s->authenticated_n++ % 16] =
				hs_authenticated(s->hs);
		if (o.kind == HS_OUT_RX_SECRET)
			s->skip = o.skip;
		if (o.kind == HS_OUT_TX_SECRET && o.epoch == HS_EPOCH_EARLY)
			s->early_tx = o.secret;
		if (o.kind == HS_OUT_RX_SECRET && o.epoch == HS_EPOCH_EARLY)
			s->early_rx = o.secret;
		if (o.kind == HS_OUT_RECORD && o.type == HS_HANDSHAKE)
			send_handshake(p, s, o.data, o.len);
		else if (o.kind == HS_OUT_RECORD)
			enqueue(s, o.type, o.data, o.len);
		take_keys(s, &o);
		if (o.kind == HS_OUT_TX_SECRET)
			s->tx = o.secret;
		if (o.kind == HS_OUT_RX_SECRET)
			s->rx = o.secret;
		if (o.kind == HS_OUT_TX_SECRET && o.epoch == HS_EPOCH_HANDSHAKE)
			s->hs_tx = o.secret;
		if (o.kind == HS_OUT_RX_SECRET && o.epoch == HS_EPOCH_HANDSHAKE)
			s->hs_rx = o.secret;
	}
}

static bool same_secret(const struct hs_secret *a, const struct hs_secret *b)
{
	return a->len == b->len && !memcmp(a->bytes, b->bytes, a->len);
}

static void take_ticket(struct pair *p, struct hs_bytes message)
{
	uint8_t packed[HS_RESUMPTION_MAX];
	size_t len = hs_resumption_pack(p->client.hs, packed, sizeof(packed));
	int alert;
	struct hs_session *s = hs_ticket_session(p->client.config.crypto,
				hs_bytes(packed, len), message,
				host_ops.now_ms(&p->client.host), &alert);

	if (!s)
		return;
	p->tickets++;
	hs_session_free(p->session);
	p->session = s;
}

/* After its handshake a client's tickets go to hs_ticket_session(), put
 * together as the kernel does. */
static void after(struct pair *p, struct pair_side *to,
		  const struct pair_record *r)
{
	struct hs_buf *b = &to->post;

	if (to != &p->client || r->type != HS_HANDSHAKE)
		return;
	b->max = 1 << 20;
	hs_buf_add(b, r->data, r->len);
	while (b->len >= 4 && b->len >= message_len(b->data)) {
		size_t n = message_len(b->data);

		p->came++;
		take_ticket(p, hs_bytes(b->data, n));
		hs_buf_drop(b, n);
	}
}

#define SEALING 17	/* a tag and the inner type, which pairs don't have */

/* A record that can't be opened: dropped, or handed on while nothing is
 * protected, or the end. */
static void not_opened(struct pair_side *to, const struct pair_record *r)
{
	size_t cost = r->len ? r->len : 1;
	uint8_t *sealed;

	if (!to->rx.len) {
		sealed = calloc(1, r->len + SEALING);
		hs_record(to->hs, HS_APPLICATION_DATA, sealed,
			  r->len + SEALING);
		free(sealed);
	} else if (cost <= to->skip) {
		to->skip -= (uint32_t)cost;
	} else {
		hs_abort(to->hs, HS_ALERT_BAD_RECORD_MAC, "another key");
	}
}

static void open_record(struct pair_side *to, const struct pair_record *r)
{
	if (r->secret.len)
		to->skip = 0;
	hs_record(to->hs, r->type, r->data, r->len);
}

void pair_send(struct pair_side *from, uint8_t type, const void *data,
	       size_t len)
{
	enqueue(from, type, data, len);
}

static void deliver(struct pair *p, struct pair_side *to,
		    const struct pair_record *r)
{
	bool clear = r->type == HS_CHANGE_CIPHER_SPEC && !r->secret.len;

	if (hs_state(to->hs) == HS_DONE && r->type != HS_ALERT && !p->keep &&
	    hs_info(to->hs)->version == HS_TLS13)
		after(p, to, r);
	else if (!clear && !same_secret(&r->secret, &to->rx))
		not_opened(to, r);
	else
		open_record(to, r);
	pair_drain(p, to);
}

static bool move(struct pair *p, struct pair_side *from, struct pair_side *to)
{
	struct pair_record r;

	if (from->first == from->n)
		return false;
	r = from->queue[from->first++];
	deliver(p, to, &r);
	free(r.data);
	return true;
}

void pair_start(struct pair *p)
{
	hs_start(p->server.hs);
	hs_start(p->client.hs);
	pair_drain(p, &p->client);
}

bool pair_step(struct pair *p)
{
	return move(p, &p->client, &p->server) ||
	       move(p, &p->server, &p->client);
}

bool pair_run(struct pair *p)
{
	pair_start(p);
	while (pair_step(p))
		;
	return hs_state(p->client.hs) == HS_DONE &&
	       hs_state(p->server.hs) == HS_DONE;
}

int pair_inject(struct pair *p, struct pair_side *to, uint8_t type,
		const void *data, size_t len)
{
	int alert = hs_record(to->hs, type, data, len);

	pair_drain(p, to);
	return alert;
}

static void close_side(struct pair_side *s)
{
	while (s->first < s->n)
		free(s->queue[s->first++].data);
	free(s->queue);
	free(s->flight);
	hs_buf_free(&s->post);
	hs_buf_free(&s->early);
	hs_free(s->hs);
	s->queue = NULL;
	s->flight = NULL;
	s->hs = NULL;
	s->first = s->n = s->cap = s->flight_len = s->flight_cap = 0;
	s->ccs = s->rejected = s->skip = 0;
	s->longest = 0;
	s->authenticated_n = 0;
	memset(&s->tx, 0, sizeof(s->tx));
	memset(&s->rx, 0, sizeof(s->rx));
}

void pair_close(struct pair *p)
{
	close_side(&p->client);
	close_side(&p->server);
}

void pair_free(struct pair *p)
{
	pair_close(p);
	hs_session_free(p->session);
	p->session = NULL;
}

int pair_alert(const struct pair_side *s)
{
	return hs_error(s->hs)->alert_sent;
}
