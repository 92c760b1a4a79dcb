// SPDX-License-Identifier: GPL-2.0-only
/* The arithmetic of one record: header, nonce, additional data, padding. */
#include <crypto/aead.h>
#include <linux/crypto.h>
#include <linux/string.h>

#include "compat.h"
#include "record.h"

void tlsup_record_parse(const u8 *wire, struct tlsup_header *hdr)
{
	hdr->type = wire[0];
	hdr->version = get_unaligned_be16(wire + 1);
	hdr->length = get_unaligned_be16(wire + 3);
}

int tlsup_record_check(const struct tlsup_state *st,
		       const struct tlsup_header *hdr, unsigned int max)
{
	unsigned int least, most;

	if (!st->cipher) {
		/* RFC 8446 5.1 wants legacy_record_version ignored, RFC 5246
		 * E.1 all but its major number; what has another is no TLS. */
		if (hdr->version >> 8 != 3)
			return -EINVAL;
		return hdr->length > max ? -EMSGSIZE : 0;
	}

	least = tlsup_record_lead(st) + TLSUP_TAG_SIZE;
	most = max + tlsup_record_lead(st) + tlsup_record_trail(st);
	if (hdr->length > most)
		return -EMSGSIZE;
	if (hdr->length < least)
		return -EBADMSG;
	return hdr->version == TLSUP_VERSION_1_2 ? 0 : -EINVAL;
}

void tlsup_record_put_header(const struct tlsup_state *st, u8 type, size_t len,
			     u8 *wire)
{
	/* RFC 8446 5.2: the outer type of a protected record is 23. */
	wire[0] = tlsup_state_is_13(st) ? TLSUP_TYPE_DATA : type;
	put_unaligned_be16(TLSUP_VERSION_1_2, wire + 1);
	put_unaligned_be16(tlsup_record_lead(st) + len + tlsup_record_trail(st),
			   wire + 3);
	if (tlsup_record_lead(st))
		memcpy(wire + TLSUP_HEADER_SIZE,
		       st->iv + st->cipher->salt_size,
		       st->cipher->explicit_size);
}

void tlsup_record_put_aad_12(const struct tlsup_state *st, u8 type, size_t len,
			     u8 *aad)
{
	put_unaligned_be64(st->seq, aad);
	aad[8] = type;
	put_unaligned_be16(TLSUP_VERSION_1_2, aad + 9);
	put_unaligned_be16(len, aad + 11);
}

/* RFC 8446 5.3 and RFC 7905 2: the sequence number xor the iv; RFC 5288 3:
 * salt and explicit nonce. */
static void record_nonce(const struct tlsup_state *st, const u8 *explicit,
			 u8 *nonce)
{
	__be64 seq = cpu_to_be64(st->seq);

	memcpy(nonce, st->iv, TLSUP_NONCE_SIZE);
	if (!tlsup_record_lead(st))
		put_unaligned(get_unaligned((__be64 *)(nonce + 4)) ^ seq,
			      (__be64 *)(nonce + 4));
	else if (explicit)
		memcpy(nonce + st->cipher->salt_size, explicit,
		       st->cipher->explicit_size);
}

/*
 * An asynchronous driver (or cryptd, when the vector unit is taken) is waited
 * for here, with the socket lock held: the request and the buffers then have
 * no life outside this call, and close() has nothing to wait for.
 */
static int record_crypt(struct tlsup_state *st, struct scatterlist *src,
			struct scatterlist *dst, size_t len,
			const u8 *explicit, bool seal)
{
	struct aead_request *req = st->req;
	u8 nonce[TLSUP_NONCE_SIZE];
	DECLARE_CRYPTO_WAIT(wait);

	/* The last number is never used, so that the count cannot wrap. */
	if (unlikely(st->seq == U64_MAX))
		return -EBADMSG;

	record_nonce(st, explicit, nonce);
	aead_request_set_callback(req, CRYPTO_TFM_REQ_MAY_BACKLOG |
				  CRYPTO_TFM_REQ_MAY_SLEEP,
				  crypto_req_done, &wait);
	aead_request_set_ad(req, tlsup_record_aad_size(st));
	aead_request_set_crypt(req, src, dst, len, nonce);
	return crypto_wait_req(seal ? crypto_aead_encrypt(req) :
			       crypto_aead_decrypt(req), &wait);
}

void tlsup_record_count(struct tlsup_state *st)
{
	u8 *explicit;
	int i;

	st->seq++;
	if (!tlsup_record_lead(st))
		return;
	/* Big-endian; receiving, it only shows in getsockopt(TLS_RX). */
	explicit = st->iv + st->cipher->salt_size;
	for (i = st->cipher->explicit_size - 1; i >= 0; i--)
		if (++explicit[i])
			break;
}

int tlsup_record_seal(struct tlsup_state *st, struct scatterlist *src,
		      struct scatterlist *dst, size_t len)
{
	int err = record_crypt(st, src, dst, len, NULL, true);

	if (!err)
		tlsup_record_count(st);
	return err;
}

int tlsup_record_open(struct tlsup_state *st, struct scatterlist *src,
		      struct scatterlist *dst, size_t len, const u8 *explicit)
{
	return record_crypt(st, src, dst, len, explicit, false);
}

int tlsup_record_unpad(const u8 *inner, size_t len, u8 *type)
{
	while (len--) {
		if (inner[len]) {
			*type = inner[len];
			return len;
		}
	}
	return -EBADMSG;
}
