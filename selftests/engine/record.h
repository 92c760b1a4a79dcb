/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record: a record layer in user space for TLS 1.3 (RFC 8446 5) and TLS 1.2
 * (RFC 5246 6), for tests only; the product's is in the kernel. It frames,
 * seals and opens over a connected, blocking socket. Link record.c with
 * libhs.a, daemon/crypto_openssl.c and libcrypto, and there is a TLS program:
 *
 *	struct record r;
 *	record_init(&r, fd);
 *	HS_OUT_RECORD		record_send(&r, out.type, out.data, out.len);
 *	HS_OUT_TX_SECRET	record_set_secret(&r.tx, out.cipher_suite, &out.secret);
 *	HS_OUT_RX_SECRET	the same with r.rx, and r.skip = out.skip;
 *	HS_OUT_TX_KEYS		record_set_keys(&r.tx, out.cipher_suite, &out.keys);
 *	HS_OUT_RX_KEYS		the same with r.rx
 *	n = record_recv(&r, &type, &data);
 *	n >= 0			hs_record(hs, type, data, n);
 *	n == RECORD_EOF, _ERROR	hs_eof(hs);
 *	else			hs_abort(hs, record_alert(n), "...");
 *	record_free(&r);
 *
 * peer.c is such a program with everything that comes after the handshake.
 * Whatever is wrong with a CBC record is bad_record_mac, and record_cbc.c (link it
 * too) takes care that time does not tell more.
 */
#ifndef RECORD_H
#define RECORD_H

#include "daemon/engine/hs.h"

#define RECORD_PLAIN_MAX	16384
/* RFC 5246 6.2.3; TLS 1.3 allows 256 (RFC 8446 5.2). */
#define RECORD_CIPHER_MAX	(RECORD_PLAIN_MAX + 2048)

/* One direction's connection state; no protection at first. */
struct record_state {
	uint16_t		suite;		/* 0: no protection */
	bool			reads;
	bool			tls13;
	bool			encrypt_then_mac;
	size_t			limit;		/* most plaintext bytes in a protected
						 * record, TLS 1.3's type byte not
						 * counted; 0: RECORD_PLAIN_MAX */
	uint64_t		seq;
	struct hs_secret	secret;		/* TLS 1.3, for the next generation */
	uint8_t			iv[12];
	size_t			iv_len;
	const struct record_row	*row;		/* of the suite */
	void			*cipher;	/* EVP_CIPHER_CTX with its key */
	void			*mac;		/* EVP_MAC_CTX with its key; CBC */
	struct record_hmac	*hmac;		/* ... that reads MAC-then-encrypt */
	size_t			mac_len;
};

struct record {
	int			fd;
	struct record_state	tx, rx;
	uint16_t		version;	/* of the next plaintext record: 0x0303, or
						 * by its user's wish for one record
						 * another (RFC 8446 5.1) */
	size_t			skip;		/* hs_output.skip: what may yet be
						 * dropped; 0 once a record opens */
	uint8_t			in[5 + RECORD_CIPHER_MAX];	/* the last one read */
};

void record_init(struct record *r, int fd);
/* Wipes; leaves the socket. */
void record_free(struct record *r);

/* Install a traffic secret (RFC 8446 7.3; one of length 0 is the clear), or one
 * direction's keys of a TLS 1.2 key block. Either replaces what was there and
 * starts at record 0; the limit stays. 0 or -1. */
int record_set_secret(struct record_state *s, uint16_t suite,
		      const struct hs_secret *secret);
int record_set_keys(struct record_state *s, uint16_t suite,
		    const struct hs_key_block *keys);
/* RFC 8446 7.2: the next generation. */
int record_update(struct record_state *s);

/* Any length: as many records as it takes, one empty one for nothing. 0 or -1. */
int record_send(struct record *r, uint8_t type, const uint8_t *data,
		size_t len);

enum {
	RECORD_EOF	= -1,	/* the stream ended between two records */
	RECORD_ERROR	= -2,	/* ... within one, or the socket failed */
};
/* One record: its length with *type and *data (into r->in, for the caller to
 * use until the next call), one of the above, or a refusal. */
int record_recv(struct record *r, uint8_t *type, const uint8_t **data);
/* The alert of a refusal; 0: it is none. */
int record_alert(int n);

#endif /* RECORD_H */
