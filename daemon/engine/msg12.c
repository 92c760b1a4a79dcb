// SPDX-License-Identifier: Apache-2.0
/* msg12: messages of TLS 1.2, parse beside build. */
#include "msg12.h"

#define NAMED_CURVE 3		/* ECCurveType, RFC 8422 5.4 */
#define STATUS_OCSP 1		/* CertificateStatusType, RFC 6066 8 */

static int verdict(const struct hs_reader *r)
{
	return hs_reader_done(r) ? 0 : HS_ALERT_DECODE_ERROR;
}

int hs_certificate12_parse(struct hs_bytes *list, struct hs_bytes body)
{
	struct hs_reader r = hs_reader(body);

	*list = hs_reader_vec(&r, 3, 0);
	return verdict(&r);
}

void hs_certificate12_build(struct hs_buf *b, const struct hs_certificate *cert)
{
	size_t list = hs_buf_open(b, 3);

	for (size_t i = 0; cert && i < cert->chain_len; i++)
		hs_buf_vec(b, 3, cert->chain[i]);
	hs_buf_close(b, 3, list);
}

static void read_curve(struct hs_server_key_exchange *m, struct hs_reader *r)
{
	/* RFC 8422 5.4: explicit curves are no more. Without a name the group
	 * stays 0, which nobody offered. */
	bool named = hs_reader_u8(r) == NAMED_CURVE;
	uint16_t group = hs_reader_u16(r);

	m->group = named ? group : 0;
	m->share = hs_reader_vec(r, 1, 1);
}

static void read_field(struct hs_server_key_exchange *m, struct hs_reader *r)
{
	m->p = hs_reader_vec(r, 2, 1);
	m->g = hs_reader_vec(r, 2, 1);
	m->share = hs_reader_vec(r, 2, 1);
}

int hs_server_key_exchange_parse(struct hs_server_key_exchange *m, bool field,
				 struct hs_bytes body)
{
	struct hs_reader r = hs_reader(body);

	*m = (struct hs_server_key_exchange){ 0 };
	if (field)
		read_field(m, &r);
	else
		read_curve(m, &r);
	m->params = hs_bytes(body.data, body.len - r.len);
	m->scheme = hs_reader_u16(&r);
	m->signature = hs_reader_vec(&r, 2, 0);
	return verdict(&r);
}

void hs_server_params_build(struct hs_buf *b,
			    const struct hs_server_key_exchange *m)
{
	if (m->p.len) {
		hs_buf_vec(b, 2, m->p);
		hs_buf_vec(b, 2, m->g);
		hs_buf_vec(b, 2, m->share);
		return;
	}
	hs_buf_u8(b, NAMED_CURVE);
	hs_buf_u16(b, m->group);
	hs_buf_vec(b, 1, m->share);
}

int hs_client_key_exchange_parse(struct hs_bytes *share, bool field,
				 struct hs_bytes body)
{
	struct hs_reader r = hs_reader(body);

	*share = hs_reader_vec(&r, field ? 2 : 1, 1);
	return verdict(&r);
}

void hs_client_key_exchange_build(struct hs_buf *b, bool field,
				  struct hs_bytes share)
{
	hs_buf_vec(b, field ? 2 : 1, share);
}

int hs_certificate_request12_parse(struct hs_certificate_request12 *m,
				   struct hs_bytes body)
{
	struct hs_reader r = hs_reader(body), names;

	m->types = hs_reader_vec(&r, 1, 1);
	m->schemes = hs_reader_vec(&r, 2, 2);
	m->authorities = hs_reader_vec(&r, 2, 0);
	names = hs_reader(m->authorities);
	while (names.len && !names.failed)
		hs_reader_vec(&names, 2, 1);
	if (names.failed || m->schemes.len % 2)
		return HS_ALERT_DECODE_ERROR;
	return verdict(&r);
}

void hs_certificate_request12_build(struct hs_buf *b,
				    const struct hs_certificate_request12 *m)
{
	hs_buf_vec(b, 1, m->types);
	hs_buf_vec(b, 2, m->schemes);
	hs_buf_vec(b, 2, m->authorities);
}

int hs_new_session_ticket12_parse(struct hs_new_session_ticket12 *m,
				  struct hs_bytes body)
{
	struct hs_reader r = hs_reader(body);

	m->lifetime_hint = hs_reader_u32(&r);
	m->ticket = hs_reader_vec(&r, 2, 0);
	return verdict(&r);
}

void hs_new_session_ticket12_build(struct hs_buf *b,
				   const struct hs_new_session_ticket12 *m)
{
	hs_buf_u32(b, m->lifetime_hint);
	hs_buf_vec(b, 2, m->ticket);
}

int hs_certificate_status_parse(struct hs_bytes *ocsp, struct hs_bytes body)
{
	struct hs_reader r = hs_reader(body);
	uint8_t type = hs_reader_u8(&r);

	*ocsp = hs_reader_vec(&r, 3, 1);
	if (!hs_reader_done(&r))
		return HS_ALERT_DECODE_ERROR;
	return type == STATUS_OCSP ? 0 : HS_ALERT_ILLEGAL_PARAMETER;
}

void hs_certificate_status_build(struct hs_buf *b, struct hs_bytes ocsp)
{
	hs_buf_u8(b, STATUS_OCSP);
	hs_buf_vec(b, 3, ocsp);
}
