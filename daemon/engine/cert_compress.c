// SPDX-License-Identifier: Apache-2.0
/* cert_compress: CompressedCertificate and the extension that asks for it, RFC
 * 8879. The algorithms are the configuration's; here are the rules and the
 * bounds: nothing that a peer sends makes us unpack more than one message may
 * hold, or more than it said. */
#include <stdlib.h>

#include "ext.h"

static const struct hs_compression *find(const struct hs *hs, uint16_t alg)
{
	for (size_t i = 0; i < hs->config->compressions_len; i++)
		if (hs->config->compressions[i].alg == alg)
			return &hs->config->compressions[i];
	return NULL;
}

/* RFC 8879 3: those that we can unpack. */
bool hs_compress_offer(struct hs *hs, struct hs_buf *b)
{
	size_t list;

	if (!hs->config->compressions_len)
		return false;
	list = hs_buf_open(b, 1);
	for (size_t i = 0; i < hs->config->compressions_len; i++)
		hs_buf_u16(b, hs->config->compressions[i].alg);
	hs_buf_close(b, 1, list);
	return true;
}

/* Ours are in our order; the peer's list has none. */
int hs_compress_accept(struct hs *hs, struct hs_reader *r)
{
	struct hs_bytes algs = hs_reader_vec(r, 1, 2);

	hs->compression = NULL;
	if (algs.len % 2)
		return HS_ALERT_DECODE_ERROR;
	for (size_t i = 0; i < hs->config->compressions_len; i++) {
		const struct hs_compression *c = &hs->config->compressions[i];

		if (!hs->compression && c->compress && hs_u16_in(algs, c->alg))
			hs->compression = c;
	}
	return 0;
}

/* Packs the Certificate's body behind `body` of the buffer; false if that can't
 * be, or saves nothing. */
static bool pack(const struct hs_compression *c, struct hs_bytes body,
		 uint8_t *out, size_t *out_len)
{
	*out_len = body.len;
	return !c->compress(body, out, out_len) && *out_len < body.len;
}

/* The message has been opened as a Certificate, and written. Its type and body
 * are replaced. */
void hs_compress_message(struct hs *hs, struct hs_buf *b, size_t at)
{
	const struct hs_compression *c = hs->compression;
	struct hs_bytes body = hs_bytes(b->data + at + HS_HEADER,
					b->len - at - HS_HEADER);
	uint8_t *packed;
	size_t len;

	if (!c || b->failed || body.len > HS_MESSAGE_MAX)
		return;
	packed = malloc(body.len);
	if (packed && pack(c, body, packed, &len)) {
		size_t unpacked = body.len;

		b->data[at] = HS_MT_COMPRESSED_CERTIFICATE;
		b->len = at + HS_HEADER;
		hs_buf_u16(b, c->alg);
		hs_buf_u8(b, (uint8_t)(unpacked >> 16));
		hs_buf_u16(b, (uint16_t)unpacked);
		hs_buf_vec(b, 3, hs_bytes(packed, len));
	}
	free(packed);
}

/* RFC 8879 4: what can't be unpacked, or has another length than it said, is
 * bad_certificate. The room is what it said, so a stream that goes on ends
 * there (RFC 8879 5). */
static int unpack(struct hs *hs, const struct hs_compression *c,
		  struct hs_bytes in, size_t said, uint8_t *out)
{
	size_t len = said;

	if (c->decompress(in, out, &len) || len != said)
		return hs_fail(hs, HS_ALERT_BAD_CERTIFICATE,
			       "the peer's compressed certificate can't be "
			       "unpacked");
	return hs_auth_recv_certificate(hs, hs_bytes(out, len));
}

int hs_auth_recv_compressed(struct hs *hs, struct hs_bytes body)
{
	struct hs_reader r = hs_reader(body);
	const struct hs_compression *c = find(hs, hs_reader_u16(&r));
	size_t said = hs_reader_u24(&r);
	struct hs_bytes in = hs_reader_vec(&r, 3, 1);
	uint8_t *out;
	int alert;

	if (!hs_reader_done(&r))
		return HS_ALERT_DECODE_ERROR;
	if (!c)
		return hs_fail(hs, HS_ALERT_ILLEGAL_PARAMETER,
			       "a certificate compressed in a way that was not "
			       "offered");
	if (!said || said > HS_MESSAGE_MAX)
		return hs_fail(hs, HS_ALERT_BAD_CERTIFICATE,
			       "the peer's compressed certificate is too long");
	out = malloc(said);
	if (!out)
		return HS_ALERT_INTERNAL_ERROR;
	alert = unpack(hs, c, in, said, out);
	free(out);
	return alert;
}
