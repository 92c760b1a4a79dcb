// SPDX-License-Identifier: Apache-2.0
/* ext_cert: what comes with a certificate, and what may be asked of one:
 * status_request, signed_certificate_timestamp, certificate_authorities,
 * oid_filters (RFC 8446 4.2.4, 4.2.5, 4.4.2.1; RFC 6066 8; RFC 6962 3.3). */
#include "ext.h"
#include "msg12.h"

#define STATUS_OCSP 1

/* No particular responders, no extensions of the request: a server that
 * staples has but one response (RFC 6066 8). A CertificateRequest has an
 * empty one (RFC 8446 4.4.2.1). */
bool hs_status_offer(struct hs *hs, struct hs_buf *b)
{
	if (!hs->config->ocsp || hs->config->role == HS_SERVER)
		return hs->config->ocsp;
	hs_buf_u8(b, STATUS_OCSP);
	hs_buf_u16(b, 0);
	hs_buf_u16(b, 0);
	return true;
}

static int read_responders(struct hs_bytes list)
{
	struct hs_reader r = hs_reader(list);

	while (r.len && !r.failed)
		hs_reader_vec(&r, 2, 1);
	return r.failed ? HS_ALERT_DECODE_ERROR : 0;
}

/* What another type asks for is unknown, its form too: as if it had not been
 * asked. */
int hs_status_accept(struct hs *hs, struct hs_reader *r)
{
	struct hs_bytes responders;

	hs->ocsp_asked = hs->config->role == HS_CLIENT;
	if (hs->ocsp_asked)
		return 0;
	if (hs_reader_u8(r) != STATUS_OCSP) {
		hs_reader_bytes(r, r->len);
		return 0;
	}
	responders = hs_reader_vec(r, 2, 0);
	hs_reader_vec(r, 2, 0);
	hs->ocsp_asked = true;
	return read_responders(responders);
}

bool hs_status_answer(struct hs *hs, enum hs_place place, struct hs_buf *b)
{
	const struct hs_certificate *cert = hs->sending;

	/* TLS 1.2 announces a message of its own (RFC 6066 8). */
	if (!hs->ocsp_asked || !cert || !cert->ocsp.len)
		return false;
	if (place == HS_IN_CT)
		hs_certificate_status_build(b, cert->ocsp);
	return true;
}

/* The leaf's is kept; an authority's is read and left alone. */
int hs_status_receive(struct hs *hs, enum hs_place place, struct hs_reader *r)
{
	struct hs_bytes response;
	int alert;

	if (place != HS_IN_CT)
		return 0;
	alert = hs_certificate_status_parse(&response,
					    hs_reader_bytes(r, r->len));
	if (!alert && !hs->info.peer_chain_len)
		hs->info.ocsp = response;
	return alert;
}

/* RFC 6066 9 has an alert for a response that is not valid; none at all, where
 * there has to be one, is told by the same. */
int hs_status_required(struct hs *hs)
{
	if (!hs->config->ocsp || !hs->config->ocsp_required || hs->info.ocsp.len)
		return 0;
	return hs_fail(hs, HS_ALERT_BAD_CERTIFICATE_STATUS_RESPONSE,
		       "the peer's certificate came without an OCSP response");
}

bool hs_sct_offer(struct hs *hs, struct hs_buf *b)
{
	(void)b;
	return hs->config->sct;
}

/* RFC 6962 3.3.1: a request has nothing to say. */
int hs_sct_accept(struct hs *hs, struct hs_reader *r)
{
	(void)r;
	hs->sct_asked = true;
	return 0;
}

bool hs_sct_answer(struct hs *hs, enum hs_place place, struct hs_buf *b)
{
	(void)place;
	if (!hs->sct_asked || !hs->sending || !hs->sending->sct.len)
		return false;
	hs_buf_add(b, hs->sending->sct.data, hs->sending->sct.len);
	return true;
}

/* A list of timestamps, of which none is empty; what they say is the host's to
 * judge. */
int hs_sct_receive(struct hs *hs, enum hs_place place, struct hs_reader *r)
{
	struct hs_bytes all = hs_bytes(r->p, r->len);
	struct hs_reader list = hs_reader(hs_reader_vec(r, 2, 1));

	while (list.len && !list.failed)
		hs_reader_vec(&list, 2, 1);
	if (list.failed)
		return HS_ALERT_DECODE_ERROR;
	/* TLS 1.2 has it in the hello, which is gone when the chain is there. */
	if (place != HS_IN_CT) {
		hs_buf_set(&hs->sct, all);
		hs->info.sct = hs_buf_bytes(&hs->sct);
		return hs->sct.failed ? HS_ALERT_INTERNAL_ERROR : 0;
	}
	if (!hs->info.peer_chain_len)
		hs->info.sct = all;
	return 0;
}

bool hs_authorities_offer(struct hs *hs, struct hs_buf *b)
{
	if (!hs->config->authorities.len)
		return false;
	hs_buf_vec(b, 2, hs->config->authorities);
	return true;
}

/* RFC 8446 4.2.4: at least one name, none of them empty. */
int hs_authorities_accept(struct hs *hs, struct hs_reader *r)
{
	struct hs_reader list;

	hs->seen.authorities = hs_reader_vec(r, 2, 3);
	list = hs_reader(hs->seen.authorities);
	while (list.len && !list.failed)
		hs_reader_vec(&list, 2, 1);
	return list.failed ? HS_ALERT_DECODE_ERROR : 0;
}

/* RFC 8446 4.2.5: a filter on an extension that a client does not know is passed
 * over; this one knows none, and leaves the choice to the names of authorities.
 * The form is looked at all the same. */
int hs_oid_filters_accept(struct hs *hs, struct hs_reader *r)
{
	struct hs_reader list = hs_reader(hs_reader_vec(r, 2, 0));

	(void)hs;
	while (list.len && !list.failed) {
		hs_reader_vec(&list, 1, 1);
		hs_reader_vec(&list, 2, 0);
	}
	return list.failed ? HS_ALERT_DECODE_ERROR : 0;
}
