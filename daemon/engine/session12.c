// SPDX-License-Identifier: Apache-2.0
/* session12: TLS 1.2's sessions as bytes: a client's, and a server's in a ticket
 * or under a session ID. */
#include <string.h>

#include "schedule12.h"
#include "session.h"
#include "wire.h"

enum { FORM_STATE12 = 0x74 };

/* ASKED: a server's alone. The bits above are max_fragment_length's code. */
enum { FLAG_EMS = 1, FLAG_ASKED = 2, FRAGMENT = 4, FRAGMENT_MAX = 4 };

/* The fields that both begin with. */
static void put_head(struct hs_buf *b, uint8_t form, uint16_t suite, int flags,
		     const struct hs_secret *master)
{
	hs_buf_u8(b, form);
	hs_buf_u16(b, suite);
	hs_buf_u8(b, (uint8_t)flags);
	hs_buf_add(b, master->bytes, HS_MASTER_LEN);
}

static bool get_head(struct hs_reader *r, uint8_t form, uint16_t *suite,
		     uint8_t *flags, struct hs_secret *master)
{
	bool ok = hs_reader_u8(r) == form;
	const struct hs_suite *row;
	struct hs_bytes secret;

	*suite = hs_reader_u16(r);
	*flags = hs_reader_u8(r);
	secret = hs_reader_bytes(r, HS_MASTER_LEN);
	row = hs_suite(*suite);
	if (!ok || r->failed || !row || row->version != HS_TLS12)
		return false;
	master->len = HS_MASTER_LEN;
	memcpy(master->bytes, secret.data, HS_MASTER_LEN);
	return true;
}

size_t hs_session12_pack(const struct hs_session *s, uint8_t *out, size_t cap)
{
	size_t name = strlen(s->server_name);
	size_t len = 1 + 2 + 1 + HS_MASTER_LEN + 4 + 8 + 1 + name + 1 +
		     s->alpn_len + 1 + s->id_len + 2 + s->ticket_len;
	struct hs_buf b = hs_buf_fixed(out, cap);

	if (len > cap)
		return len;
	put_head(&b, HS_FORM_SESSION12, s->cipher_suite,
		 (s->extended_master_secret ? FLAG_EMS : 0) |
		 s->fragment * FRAGMENT, &s->psk);
	hs_buf_u32(&b, s->lifetime);
	hs_buf_u64(&b, s->received_ms);
	hs_buf_vec(&b, 1, hs_bytes(s->server_name, name));
	hs_buf_vec(&b, 1, hs_bytes(s->alpn, s->alpn_len));
	hs_buf_vec(&b, 1, hs_bytes(s->id, s->id_len));
	hs_buf_vec(&b, 2, hs_bytes(s->ticket, s->ticket_len));
	return len;
}

/* A vector of one byte's length into room. */
static size_t get_short(struct hs_reader *r, void *room, size_t cap)
{
	struct hs_bytes b = hs_reader_vec(r, 1, 0);

	if (b.len > cap)
		r->failed = true;
	if (r->failed || !b.len)
		return 0;
	memcpy(room, b.data, b.len);
	return b.len;
}

bool hs_session12_unpack(struct hs_session *s, struct hs_bytes packed)
{
	struct hs_reader r = hs_reader(packed);
	struct hs_bytes ticket;
	uint8_t flags;
	size_t name;

	s->version = HS_TLS12;
	if (!get_head(&r, HS_FORM_SESSION12, &s->cipher_suite, &flags,
		      &s->psk) || flags & FLAG_ASKED ||
	    flags / FRAGMENT > FRAGMENT_MAX)
		return false;
	s->fragment = flags / FRAGMENT;
	s->extended_master_secret = flags & FLAG_EMS;
	s->lifetime = hs_reader_u32(&r);
	s->received_ms = hs_reader_u64(&r);
	name = get_short(&r, s->server_name, HS_NAME_MAX);
	s->alpn_len = (uint8_t)get_short(&r, s->alpn, sizeof(s->alpn));
	s->id_len = (uint8_t)get_short(&r, s->id, sizeof(s->id));
	ticket = hs_reader_vec(&r, 2, 0);
	if (!hs_reader_done(&r) || strlen(s->server_name) != name ||
	    ticket.len > sizeof(s->ticket) || (!ticket.len && !s->id_len) ||
	    !s->lifetime || s->lifetime > HS_LIFETIME_MAX)
		return false;
	if (ticket.len)
		memcpy(s->ticket, ticket.data, ticket.len);
	s->ticket_len = ticket.len;
	return true;
}

size_t hs_state12_pack(const struct hs_state12 *s, uint8_t *out, size_t cap)
{
	struct hs_buf b = hs_buf_fixed(out, cap);

	put_head(&b, FORM_STATE12, s->cipher_suite,
		 (s->extended_master_secret ? FLAG_EMS : 0) |
		 (s->asked ? FLAG_ASKED : 0) | s->fragment * FRAGMENT,
		 &s->master);
	hs_buf_u32(&b, s->lifetime);
	hs_buf_u64(&b, s->issued_ms);
	hs_buf_vec(&b, 1, s->server_name);
	hs_buf_vec(&b, 2, s->chain);
	return b.failed ? 0 : b.len;
}

bool hs_state12_unpack(struct hs_state12 *s, struct hs_bytes packed)
{
	struct hs_reader r = hs_reader(packed);
	uint8_t flags;

	if (!get_head(&r, FORM_STATE12, &s->cipher_suite, &flags,
		      &s->master) || flags / FRAGMENT > FRAGMENT_MAX)
		return false;
	s->fragment = flags / FRAGMENT;
	s->extended_master_secret = flags & FLAG_EMS;
	s->asked = flags & FLAG_ASKED;
	s->lifetime = hs_reader_u32(&r);
	s->issued_ms = hs_reader_u64(&r);
	s->server_name = hs_reader_vec(&r, 1, 0);
	s->chain = hs_reader_vec(&r, 2, 0);
	return hs_reader_done(&r);
}
