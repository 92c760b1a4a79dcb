/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One record: header, nonce, additional data, padding, limits. Knows neither
 * sockets nor buffers: callers bring scatterlists.
 */
#ifndef TLSUP_RECORD_H
#define TLSUP_RECORD_H

#include <linux/scatterlist.h>
#include <linux/types.h>
#include <linux/tlsup.h>

#include "cipher.h"
#include "state.h"

#define TLSUP_HEADER_SIZE	5
#define TLSUP_AAD_12_SIZE	13
#define TLSUP_PAYLOAD_MAX	16384
#define TLSUP_PAYLOAD_MIN	63	/* RFC 8449 4: 64, with the type byte */
/* RFC 8446 5.1: TLSPlaintext; 5.2: TLSCiphertext. With our ciphers nothing
 * comes near it but what is to be passed over. */
#define TLSUP_CIPHERTEXT_MAX	(TLSUP_PAYLOAD_MAX + 256)
#define TLSUP_RECORD_MAX	(TLSUP_HEADER_SIZE + TLSUP_CIPHERTEXT_MAX)

enum {
	TLSUP_TYPE_CCS		= 20,
	TLSUP_TYPE_ALERT	= 21,
	TLSUP_TYPE_HANDSHAKE	= 22,
	TLSUP_TYPE_DATA		= 23,
};

#define TLSUP_MESSAGE_KEY_UPDATE	24	/* RFC 8446 4 */

struct tlsup_header {
	u8 type;
	u16 version;
	u16 length;		/* of what follows the five bytes */
};

static inline bool tlsup_state_is_13(const struct tlsup_state *st)
{
	return st->version == TLSUP_VERSION_1_3;
}

/* Bytes between header and payload, and behind the payload. */
static inline unsigned int tlsup_record_lead(const struct tlsup_state *st)
{
	return st->version == TLSUP_VERSION_1_2 ? st->cipher->explicit_size : 0;
}

static inline unsigned int tlsup_record_trail(const struct tlsup_state *st)
{
	if (!st->cipher)
		return 0;
	return TLSUP_TAG_SIZE + tlsup_state_is_13(st);
}

/* Additional data: TLS 1.3 takes the header as it is on the wire. */
static inline unsigned int tlsup_record_aad_size(const struct tlsup_state *st)
{
	return tlsup_state_is_13(st) ? TLSUP_HEADER_SIZE : TLSUP_AAD_12_SIZE;
}

void tlsup_record_parse(const u8 *wire, struct tlsup_header *hdr);

/* 0, or: -EINVAL the version, -EMSGSIZE too long for max bytes of plaintext,
 * -EBADMSG too short to be a record of this state. */
int tlsup_record_check(const struct tlsup_state *st,
		       const struct tlsup_header *hdr, unsigned int max);

/* Five bytes, and the explicit nonce of TLS 1.2. The plaintext is len long. */
void tlsup_record_put_header(const struct tlsup_state *st, u8 type, size_t len,
			     u8 *wire);
/* The 13 bytes of RFC 5246 6.2.3.3. */
void tlsup_record_put_aad_12(const struct tlsup_state *st, u8 type, size_t len,
			     u8 *aad);

/*
 * Seal or open what src and dst hold: additional data first (skipped in dst),
 * then len bytes of text. explicit is the received explicit nonce, NULL when
 * sealing. Waits for the cipher, so that nothing runs on
 * after the call: 0, -EBADMSG (authentication, or the count is used up), or
 * the cipher's own errno.
 */
int __must_check tlsup_record_seal(struct tlsup_state *st,
				   struct scatterlist *src,
				   struct scatterlist *dst, size_t len);
int __must_check tlsup_record_open(struct tlsup_state *st,
				   struct scatterlist *src,
				   struct scatterlist *dst, size_t len,
				   const u8 *explicit);
/* Sealing counts by itself; a record that was opened is counted when it is
 * accepted, because it may be opened twice (into another place). */
void tlsup_record_count(struct tlsup_state *st);

/* The content type at the end of an inner plaintext, behind zeros (RFC 8446
 * 5.4): returns the content's length, or -EBADMSG if there is none. */
int tlsup_record_unpad(const u8 *inner, size_t len, u8 *type);

#endif /* TLSUP_RECORD_H */
