// SPDX-License-Identifier: Apache-2.0
/* msg_auth: the messages of authentication (RFC 8446 4.3.2, 4.4) and the
 * ticket (4.6.1). */
#include <string.h>

#include "msg.h"

static int verdict(const struct hs_reader *r)
{
	return hs_reader_done(r) ? 0 : HS_ALERT_DECODE_ERROR;
}

int hs_certificate_request_parse(struct hs_certificate_request *m,
				 struct hs_bytes body)
{
	struct hs_reader r = hs_reader(body);

	m->context = hs_reader_vec(&r, 1, 0);
	m->extensions = hs_reader_vec(&r, 2, 2);
	return verdict(&r);
}

void hs_certificate_request_build(struct hs_buf *b, struct hs_bytes context)
{
	hs_buf_vec(b, 1, context);
}

int hs_certificate_parse(struct hs_certificate_msg *m, struct hs_bytes body)
{
	struct hs_reader r = hs_reader(body);

	m->context = hs_reader_vec(&r, 1, 0);
	m->list = hs_reader_vec(&r, 3, 0);
	return verdict(&r);
}

int hs_certificate_entry(struct hs_reader *list, struct hs_bytes *der,
			 struct hs_bytes *extensions)
{
	*der = hs_reader_vec(list, 3, 1);
	*extensions = hs_reader_vec(list, 2, 0);
	return list->failed ? HS_ALERT_DECODE_ERROR : 0;
}

int hs_certificate_verify_parse(struct hs_certificate_verify *m,
				struct hs_bytes body)
{
	struct hs_reader r = hs_reader(body);

	m->scheme = hs_reader_u16(&r);
	m->signature = hs_reader_vec(&r, 2, 0);
	return verdict(&r);
}

void hs_certificate_verify_build(struct hs_buf *b,
				 const struct hs_certificate_verify *m)
{
	hs_buf_u16(b, m->scheme);
	hs_buf_vec(b, 2, m->signature);
}

struct hs_bytes hs_certificate_verify_tbs(uint8_t *room, enum hs_role signer,
					  struct hs_bytes hash)
{
	/* The terminating zero is the separator that 4.4.3 asks for. */
	static const char server[] = "TLS 1.3, server CertificateVerify";
	static const char client[] = "TLS 1.3, client CertificateVerify";
	struct hs_buf b = hs_buf_fixed(room, HS_TBS_MAX);

	_Static_assert(sizeof(server) == 34 && sizeof(client) == 34, "tbs");
	memset(hs_buf_room(&b, 64), 0x20, 64);
	hs_buf_add(&b, (const uint8_t *)(signer == HS_SERVER ? server : client),
		   sizeof(server));
	hs_buf_add(&b, hash.data, hash.len);
	return hs_buf_bytes(&b);
}

int hs_new_session_ticket_parse(struct hs_new_session_ticket *m,
				struct hs_bytes body)
{
	struct hs_reader r = hs_reader(body);

	m->lifetime = hs_reader_u32(&r);
	m->age_add = hs_reader_u32(&r);
	m->nonce = hs_reader_vec(&r, 1, 0);
	m->ticket = hs_reader_vec(&r, 2, 1);
	m->extensions = hs_reader_vec(&r, 2, 0);
	return verdict(&r);
}

void hs_new_session_ticket_build(struct hs_buf *b,
				 const struct hs_new_session_ticket *m)
{
	hs_buf_u32(b, m->lifetime);
	hs_buf_u32(b, m->age_add);
	hs_buf_vec(b, 1, m->nonce);
	hs_buf_vec(b, 2, m->ticket);
}
