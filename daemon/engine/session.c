// SPDX-License-Identifier: Apache-2.0
/* session: a client's sessions, packed and live, and a server's tickets. */
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "ext.h"

/* The first byte of each packed form; a change of the form changes it, and
 * what an older daemon kept is then simply not used. */
enum { FORM_SESSION = 0x61, FORM_RESUMPTION = 0x52, FORM_TICKET = 0x64 };

static void put_secret(struct hs_buf *b, const struct hs_secret *s)
{
	hs_buf_vec(b, 1, hs_bytes(s->bytes, s->len));
}

/* A secret's length is that of the suite's hash, or something is wrong. */
static bool get_secret(struct hs_reader *r, uint16_t suite,
		       struct hs_secret *s)
{
	struct hs_bytes b = hs_reader_vec(r, 1, 1);
	const struct hs_suite *row = hs_suite(suite);

	if (r->failed || !row || row->version != HS_TLS13 ||
	    b.len != hs_hash_len(row->hash))
		return false;
	s->len = (uint8_t)b.len;
	memcpy(s->bytes, b.data, b.len);
	return true;
}

static bool get_name(struct hs_reader *r, char *out)
{
	struct hs_bytes b = hs_reader_vec(r, 1, 0);

	if (r->failed || (b.len && memchr(b.data, 0, b.len)))
		return false;
	if (b.len)
		memcpy(out, b.data, b.len);
	out[b.len] = 0;
	return true;
}

static bool get_alpn(struct hs_reader *r, struct hs_session *s)
{
	struct hs_bytes b = hs_reader_vec(r, 1, 0);

	if (b.len)
		memcpy(s->alpn, b.data, b.len);
	s->alpn_len = (uint8_t)b.len;
	return !r->failed;
}

static bool get_ticket(struct hs_session *s, struct hs_bytes ticket)
{
	if (!ticket.len || ticket.len > sizeof(s->ticket))
		return false;
	memcpy(s->ticket, ticket.data, ticket.len);
	s->ticket_len = ticket.len;
	return true;
}

size_t hs_session_pack(const struct hs_session *s, uint8_t *out, size_t cap)
{
	size_t len = 1 + 2 + 1 + s->psk.len + 4 + 4 + 4 + 8 + 1 +
		     strlen(s->server_name) + 1 + s->alpn_len + 2 +
		     s->ticket_len;
	struct hs_buf b = hs_buf_fixed(out, cap);

	if (s->version == HS_TLS12)
		return hs_session12_pack(s, out, cap);
	if (len > cap)
		return len;
	hs_buf_u8(&b, FORM_SESSION);
	hs_buf_u16(&b, s->cipher_suite);
	put_secret(&b, &s->psk);
	hs_buf_u32(&b, s->lifetime);
	hs_buf_u32(&b, s->age_add);
	hs_buf_u32(&b, s->max_early_data);
	hs_buf_u64(&b, s->received_ms);
	hs_buf_vec(&b, 1, hs_bytes(s->server_name, strlen(s->server_name)));
	hs_buf_vec(&b, 1, hs_bytes(s->alpn, s->alpn_len));
	hs_buf_vec(&b, 2, hs_bytes(s->ticket, s->ticket_len));
	return len;
}

static bool unpack(struct hs_session *s, struct hs_bytes packed)
{
	struct hs_reader r = hs_reader(packed);
	bool ok = hs_reader_u8(&r) == FORM_SESSION;

	s->version = HS_TLS13;
	s->cipher_suite = hs_reader_u16(&r);
	ok = ok && get_secret(&r, s->cipher_suite, &s->psk);
	s->lifetime = hs_reader_u32(&r);
	s->age_add = hs_reader_u32(&r);
	s->max_early_data = hs_reader_u32(&r);
	s->received_ms = hs_reader_u64(&r);
	ok = ok && get_name(&r, s->server_name) && get_alpn(&r, s) &&
	     get_ticket(s, hs_reader_vec(&r, 2, 1)) && hs_reader_done(&r);
	return ok && s->lifetime && s->lifetime <= HS_LIFETIME_MAX;
}

struct hs_session *hs_session_unpack(struct hs_bytes packed)
{
	struct hs_session *s = calloc(1, sizeof(*s));

	if (s && (packed.len && packed.data[0] == HS_FORM_SESSION12 ?
			  hs_session12_unpack(s, packed) :
			  unpack(s, packed)))
		return s;
	hs_session_free(s);
	return NULL;
}

uint16_t hs_session_version(const struct hs_session *s)
{
	return s->version;
}

uint64_t hs_session_expires(const struct hs_session *s)
{
	return s->received_ms + (uint64_t)s->lifetime * 1000;
}

uint32_t hs_session_age(const struct hs_session *s, uint64_t now_ms)
{
	return (uint32_t)(now_ms - s->received_ms) + s->age_add;
}

struct hs_bytes hs_session_alpn(const struct hs_session *s)
{
	return hs_bytes(s->alpn, s->alpn_len);
}

static size_t used(const struct hs_session *s)
{
	return offsetof(struct hs_session, ticket) + s->ticket_len;
}

struct hs_session *hs_session_copy(const struct hs_session *s)
{
	struct hs_session *copy = malloc(used(s));

	if (copy)
		memcpy(copy, s, used(s));
	return copy;
}

void hs_session_free(struct hs_session *s)
{
	if (!s)
		return;
	hs_wipe(s, used(s));
	free(s);
}

size_t hs_ticket_pack(const struct hs_ticket *t, uint8_t *out, size_t cap)
{
	struct hs_buf b = hs_buf_fixed(out, cap);

	hs_buf_u8(&b, FORM_TICKET);
	hs_buf_u16(&b, t->cipher_suite);
	put_secret(&b, &t->psk);
	hs_buf_u32(&b, t->lifetime);
	hs_buf_u32(&b, t->age_add);
	hs_buf_u32(&b, t->max_early_data);
	hs_buf_u64(&b, t->issued_ms);
	hs_buf_u64(&b, t->began_ms);
	hs_buf_vec(&b, 1, t->server_name);
	hs_buf_vec(&b, 1, t->alpn);
	hs_buf_vec(&b, 2, t->psk_identity);
	hs_buf_u8(&b, t->asked);
	hs_buf_vec(&b, 2, t->chain);
	return b.failed ? 0 : b.len;
}

bool hs_ticket_unpack(struct hs_ticket *t, struct hs_bytes plain)
{
	struct hs_reader r = hs_reader(plain);

	if (hs_reader_u8(&r) != FORM_TICKET)
		return false;
	t->cipher_suite = hs_reader_u16(&r);
	if (!get_secret(&r, t->cipher_suite, &t->psk))
		return false;
	t->lifetime = hs_reader_u32(&r);
	t->age_add = hs_reader_u32(&r);
	t->max_early_data = hs_reader_u32(&r);
	t->issued_ms = hs_reader_u64(&r);
	t->began_ms = hs_reader_u64(&r);
	t->server_name = hs_reader_vec(&r, 1, 0);
	t->alpn = hs_reader_vec(&r, 1, 0);
	t->psk_identity = hs_reader_vec(&r, 2, 0);
	t->asked = hs_reader_u8(&r);
	t->chain = hs_reader_vec(&r, 2, 0);
	return hs_reader_done(&r);
}

int hs_ticket_psk(const struct hs_crypto *crypto, uint16_t cipher_suite,
		  const struct hs_secret *resumption_master_secret,
		  struct hs_bytes nonce, struct hs_secret *psk)
{
	enum hs_hash_alg alg = hs_suite(cipher_suite)->hash;

	psk->len = (uint8_t)hs_hash_len(alg);
	return hs_expand_label(crypto, alg, resumption_master_secret,
			       "resumption", nonce, psk->bytes, psk->len);
}

size_t hs_resumption_pack(const struct hs *hs, uint8_t *out, size_t cap)
{
	struct hs_buf b = hs_buf_fixed(out, cap);

	if (hs->run != HS_DONE || hs->info.version != HS_TLS13 ||
	    hs->config->role != HS_CLIENT ||
	    hs->config->no_resumption)
		return 0;
	hs_buf_u8(&b, FORM_RESUMPTION);
	hs_buf_u16(&b, hs->suite->id);
	put_secret(&b, &hs->resumption);
	hs_buf_vec(&b, 1, hs_bytes(hs->server_name, strlen(hs->server_name)));
	hs_buf_vec(&b, 1, hs->info.alpn);
	return b.failed ? 0 : b.len;
}

static bool unpack_resumption(struct hs_session *s, struct hs_secret *master,
			      struct hs_bytes packed)
{
	struct hs_reader r = hs_reader(packed);

	if (hs_reader_u8(&r) != FORM_RESUMPTION)
		return false;
	s->version = HS_TLS13;
	s->cipher_suite = hs_reader_u16(&r);
	return get_secret(&r, s->cipher_suite, master) &&
	       get_name(&r, s->server_name) && get_alpn(&r, s) &&
	       hs_reader_done(&r);
}

/* The message with its header, as the transport's record layer put it
 * together. */
static int parse_ticket(struct hs_new_session_ticket *m, struct hs_bytes message)
{
	struct hs_reader r = hs_reader(message);
	uint8_t type = hs_reader_u8(&r);
	struct hs_bytes body = hs_reader_vec(&r, 3, 0);
	int alert;

	if (!hs_reader_done(&r))
		return HS_ALERT_DECODE_ERROR;
	if (type != HS_MT_NEW_SESSION_TICKET)
		return HS_ALERT_UNEXPECTED_MESSAGE;
	alert = hs_new_session_ticket_parse(m, body);
	return alert ? alert : hs_ext_parse(NULL, HS_IN_NST, m->extensions);
}

static bool fill(struct hs_session *s, const struct hs_new_session_ticket *m,
		 uint64_t now_ms)
{
	struct hs_bytes early;
	struct hs_reader r;

	hs_ext_find(m->extensions, HS_EXT_EARLY_DATA, &early);
	r = hs_reader(early);
	s->max_early_data = early.data ? hs_reader_u32(&r) : 0;
	s->lifetime = m->lifetime;
	s->age_add = m->age_add;
	s->received_ms = now_ms;
	/* 4.6.1: zero is to be thrown away at once, and nothing may be kept
	 * for more than seven days. */
	return m->lifetime && m->lifetime <= HS_LIFETIME_MAX &&
	       get_ticket(s, m->ticket);
}

struct hs_session *hs_ticket_session(const struct hs_crypto *crypto,
				     struct hs_bytes resumption,
				     struct hs_bytes message, uint64_t now_ms,
				     int *alert)
{
	struct hs_session *s = calloc(1, sizeof(*s));
	struct hs_secret master = { 0 };
	struct hs_new_session_ticket m;
	bool usable = false;

	*alert = s ? parse_ticket(&m, message) : HS_ALERT_INTERNAL_ERROR;
	if (*alert)
		goto out;
	if (!unpack_resumption(s, &master, resumption)) {
		*alert = HS_ALERT_INTERNAL_ERROR;
		goto out;
	}
	usable = fill(s, &m, now_ms);
	if (usable)
		*alert = hs_ticket_psk(crypto, s->cipher_suite, &master,
				       m.nonce, &s->psk);
out:
	hs_secret_wipe(&master);
	if (usable && !*alert)
		return s;
	hs_session_free(s);
	return NULL;
}
