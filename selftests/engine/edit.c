// SPDX-License-Identifier: Apache-2.0
/* edit: changes to handshake messages on their way. */
#include <stdlib.h>
#include <string.h>

#include "daemon/compress.h"
#include "daemon/engine/ext.h"
#include "edit.h"
#include "tap.h"

static size_t get(const uint8_t *p, int width)
{
	size_t v = 0;

	while (width--)
		v = v << 8 | *p++;
	return v;
}

static void put(uint8_t *p, int width, size_t v)
{
	while (width--) {
		p[width] = (uint8_t)v;
		v >>= 8;
	}
}

static void add(uint8_t *p, int width, long diff)
{
	put(p, width, (size_t)((long)get(p, width) + diff));
}

static size_t past_vec(const uint8_t *m, size_t at, int width)
{
	return at + (size_t)width + get(m + at, width);
}

/* Where the block of extensions begins, at its length. */
static size_t block(const uint8_t *m)
{
	size_t at = 4;

	switch (m[0]) {
	case HS_MT_CLIENT_HELLO:
		at = past_vec(m, 4 + 2 + HS_RANDOM, 1);
		at = past_vec(m, at, 2);
		return past_vec(m, at, 1);
	case HS_MT_SERVER_HELLO:
		return past_vec(m, 4 + 2 + HS_RANDOM, 1) + 3;
	case HS_MT_CERTIFICATE_REQUEST:
		return past_vec(m, at, 1);
	case HS_MT_CERTIFICATE:		/* of the first entry */
		return past_vec(m, past_vec(m, at, 1) + 3, 3);
	case HS_MT_NEW_SESSION_TICKET:
		return past_vec(m, past_vec(m, at + 8, 1), 2);
	}
	return at;
}

/* Replaces `old` bytes at `at`; the message's own length is put right. */
static void splice(uint8_t *m, size_t *len, size_t at, size_t old,
		   const void *data, size_t n)
{
	memmove(m + at + n, m + at + old, *len - at - old);
	if (n)
		memcpy(m + at, data, n);
	*len = *len + n - old;
	add(m + 1, 3, (long)n - (long)old);
}

static void splice_ext(uint8_t *m, size_t *len, size_t at, size_t old,
		       const void *data, size_t n)
{
	size_t b = block(m);

	splice(m, len, at, old, data, n);
	add(m + b, 2, (long)n - (long)old);
	if (m[0] == HS_MT_CERTIFICATE)
		add(m + past_vec(m, 4, 1), 3, (long)n - (long)old);
}

/* The offset of an extension, or of the end of the block. */
static size_t find(const uint8_t *m, unsigned int type, size_t *n)
{
	size_t b = block(m), at = b + 2, end = at + get(m + b, 2);

	for (; at < end; at += *n) {
		*n = 4 + get(m + at + 2, 2);
		if (get(m + at, 2) == type)
			return at;
	}
	*n = 0;
	return end;
}

/* Additions come before pre_shared_key, which is the last in a ClientHello. */
static size_t place(const uint8_t *m)
{
	size_t n;

	return find(m, HS_EXT_PRE_SHARED_KEY, &n);
}

static void put_ext(uint8_t *m, size_t *len, const struct edit *e)
{
	uint8_t ext[4096];
	size_t n, at = find(m, e->arg, &n);

	put(ext, 2, e->arg);
	put(ext + 2, 2, e->len);
	memcpy(ext + 4, e->body, e->len);
	if (!n && e->op != EDIT_LAST)
		at = place(m);
	splice_ext(m, len, at, n, ext, 4 + e->len);
}

static void dup_ext(uint8_t *m, size_t *len, unsigned int type)
{
	uint8_t copy[4096];
	size_t n, at = find(m, type, &n);

	memcpy(copy, m + at, n);
	splice_ext(m, len, at, 0, copy, n);
}

static void resize_ext(uint8_t *m, size_t *len, const struct edit *e)
{
	size_t b = block(m), at = b + 2, end = at + get(m + b, 2), n;

	for (unsigned int i = 0; at < end && i < e->arg; i++)
		at += 4 + get(m + at + 2, 2);
	if (at >= end)
		return;
	n = get(m + at + 2, 2);
	if (e->op == EDIT_SHORTER && n) {
		splice_ext(m, len, at + 4 + n - 1, 1, NULL, 0);
		put(m + at + 2, 2, n - 1);
	}
	if (e->op == EDIT_LONGER) {
		splice_ext(m, len, at + 4 + n, 0, "", 1);
		put(m + at + 2, 2, n + 1);
	}
}

/* A vector of the ClientHello, length and all. */
static void put_field(uint8_t *m, size_t *len, const struct edit *e)
{
	size_t at = 4 + 2 + HS_RANDOM;
	int width = 1;
	uint8_t field[600];

	if (e->op != EDIT_SESSION_ID) {
		at = past_vec(m, at, 1);
		width = 2;
	}
	if (e->op == EDIT_COMPRESSION) {
		at = past_vec(m, at, 2);
		width = 1;
	}
	put(field, width, e->len);
	if (e->len)
		memcpy(field + width, e->body, e->len);
	splice(m, len, at, past_vec(m, at, width) - at, field,
	       (size_t)width + e->len);
}

void edit_apply(const struct edit *e, uint8_t *m, size_t *len)
{
	size_t n, at;

	switch (e->op) {
	case EDIT_SET:
		memcpy(m + e->arg, e->body, e->len);
		break;
	case EDIT_EXT:
	case EDIT_LAST:
		put_ext(m, len, e);
		break;
	case EDIT_NO_EXT:
		at = find(m, e->arg & 0xffff, &n);
		splice_ext(m, len, at, n, NULL, 0);
		at = find(m, e->arg >> 16 ? e->arg >> 16 : ~0u, &n);
		splice_ext(m, len, at, n, NULL, 0);
		break;
	case EDIT_DUP:
		dup_ext(m, len, e->arg);
		break;
	case EDIT_SESSION_ID:
	case EDIT_SUITES:
	case EDIT_COMPRESSION:
		put_field(m, len, e);
		break;
	case EDIT_TAIL:
		splice(m, len, *len, 0, e->body, e->len);
		break;
	case EDIT_BODY:
		splice(m, len, 4, *len - 4, e->body, e->len);
		break;
	case EDIT_FLIP:
		m[*len - 1] ^= 1;
		break;
	case EDIT_CUT:
		splice(m, len, *len - e->arg, e->arg, NULL, 0);
		break;
	case EDIT_INSERT:
		memmove(m + e->len, m, *len);
		memcpy(m, e->body, e->len);
		*len += e->len;
		break;
	case EDIT_SHORTER:
	case EDIT_LONGER:
		resize_ext(m, len, e);
		break;
	}
}

struct run {
	const struct edit	*edit;
	int			seen;
	enum hs_role		from;
};

static bool tamper(struct pair *p, struct pair_side *from, uint8_t *message,
		   size_t *len, size_t room)
{
	struct run *r = p->tamper_arg;

	(void)room;
	if (hs_mt_of(message[0], hs_bytes(message + 4, *len - 4)) !=
	    r->edit->message || r->seen++ != r->edit->nth)
		return true;
	r->from = from->config.role;
	edit_apply(r->edit, message, len);
	return true;
}

static const uint16_t x25519 = HS_GROUP_X25519, p256 = HS_GROUP_SECP256R1;
static const uint16_t both[] = { HS_GROUP_X25519, HS_GROUP_SECP256R1 };
static const uint16_t aes256 = HS_TLS_AES_256_GCM_SHA384;

static void get_session(struct pair *p)
{
	if (pair_open(p))
		pair_run(p);
	pair_close(p);
}

const struct host_identity *edit_stapled(void)
{
	static struct host_identity stapled;

	if (!stapled.cert.chain_len) {
		stapled = *host_identity("P-256");
		stapled.cert.chain = stapled.chain;
		stapled.cert.schemes = stapled.schemes;
		stapled.cert.ocsp = hs_bytes("a response", 10);
		stapled.cert.sct = hs_bytes("\0\6\0\1a\0\1b", 8);
	}
	return &stapled;
}

static void extras(struct pair_side *s)
{
	s->config.ocsp = true;
	s->config.sct = true;
	s->config.record_size_limit = 1025;
	if (s->host.identity)
		s->host.identity = edit_stapled();
}

void edit_pair(struct pair *p, unsigned int flags)
{
	pair_init(p);
	p->per_message = !(flags & EDIT_JOIN);
	p->client.config.min_version = HS_TLS13;
	p->server.config.min_version = HS_TLS13;
	if (flags & EDIT_EARLY) {
		p->server.config.max_early_data = 1000;
		p->client.config.early_data = true;
	}
	if (flags & (EDIT_RESUME | EDIT_EARLY))
		get_session(p);
	p->client.config.groups = both;
	p->client.config.groups_len = 2;
	p->server.config.groups = flags & (EDIT_RETRY | EDIT_P256) ? &p256 :
								     &x25519;
	p->server.config.groups_len = 1;
	p->server.config.server_cookie = flags & EDIT_COOKIE;
	if (flags & EDIT_P256) {
		p->client.config.key_share_groups = &p256;
		p->client.config.key_share_groups_len = 1;
	}
	if (flags & EDIT_ALPN) {
		p->client.config.alpn = hs_bytes("\2h2", 3);
		p->server.config.alpn = hs_bytes("\2h2", 3);
	}
	if (flags & EDIT_CLIENT_AUTH) {
		p->server.config.client_auth = HS_CLIENT_AUTH_REQUIRE;
		p->client.host.identity = host_identity("P-256");
	}
	if (flags & EDIT_EXTRAS) {
		extras(&p->client);
		extras(&p->server);
	}
	if (flags & EDIT_COMPRESS) {
		p->client.config.compressions = tlsup_compression(1);
		p->server.config.compressions = tlsup_compression(1);
		p->client.config.compressions_len = 1;
		p->server.config.compressions_len = 1;
	}
	if (flags & EDIT_SHA384) {
		p->server.config.cipher_suites = &aes256;
		p->server.config.cipher_suites_len = 1;
	}
}

static int run(const struct edit *e, enum hs_st *state)
{
	struct run r = { .edit = e };
	struct pair_side *to;
	struct pair p;
	bool done;
	int alert;

	edit_pair(&p, e->flags);
	p.tamper = tamper;
	p.tamper_arg = &r;
	pair_open(&p);
	done = pair_run(&p);
	to = r.from == HS_CLIENT ? &p.server : &p.client;
	alert = done ? 0 : pair_alert(to);
	if (r.seen <= e->nth)
		alert = -1;
	*state = to->hs->state;
	pair_free(&p);
	return alert;
}

int edit_run(const struct edit *e)
{
	enum hs_st state;

	return run(e, &state);
}

enum hs_st edit_state(const struct edit *e)
{
	enum hs_st state;

	return run(e, &state) == -1 ? HS_ST_COUNT : state;
}

void edit_table(const struct edit *rows, size_t n, const char *what)
{
	for (size_t i = 0; i < n; i++) {
		int alert = edit_run(&rows[i]);

		tap_sub(alert == rows[i].alert, "%s (%s): alert %d, not %d",
			rows[i].what, rows[i].section, alert, rows[i].alert);
	}
	tap_sum("%s", what);
}
