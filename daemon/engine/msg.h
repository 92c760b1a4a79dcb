/* SPDX-License-Identifier: Apache-2.0 */
/*
 * msg: the syntax of the handshake messages, RFC 8446 4. Parse functions give
 * views into the body and return 0 or the alert; build functions write the
 * body. What the fields mean together is for the state machines.
 */
#ifndef HS_MSG_H
#define HS_MSG_H

#include "hs_crypto.h"
#include "wire.h"

/* HandshakeType, RFC 8446 B.3. Numbers above a byte are the engine's own: a
 * HelloRetryRequest is a ServerHello on the wire, "begin" is hs_start(), and
 * TLS 1.2's change_cipher_spec is no handshake message but a step. */
enum hs_mt {
	HS_MT_HELLO_REQUEST		= 0,
	HS_MT_CLIENT_HELLO		= 1,
	HS_MT_SERVER_HELLO		= 2,
	HS_MT_NEW_SESSION_TICKET	= 4,
	HS_MT_END_OF_EARLY_DATA		= 5,
	HS_MT_ENCRYPTED_EXTENSIONS	= 8,
	HS_MT_CERTIFICATE		= 11,
	HS_MT_SERVER_KEY_EXCHANGE	= 12,
	HS_MT_CERTIFICATE_REQUEST	= 13,
	HS_MT_SERVER_HELLO_DONE		= 14,
	HS_MT_CERTIFICATE_VERIFY	= 15,
	HS_MT_CLIENT_KEY_EXCHANGE	= 16,
	HS_MT_FINISHED			= 20,
	HS_MT_CERTIFICATE_STATUS	= 22,
	HS_MT_SUPPLEMENTAL_DATA		= 23,
	HS_MT_KEY_UPDATE		= 24,
	HS_MT_COMPRESSED_CERTIFICATE	= 25,	/* RFC 8879 */
	HS_MT_MESSAGE_HASH		= 254,
	HS_MT_HELLO_RETRY_REQUEST	= 0x100 | HS_MT_SERVER_HELLO,
	HS_MT_BEGIN			= 0x200,
	HS_MT_CHANGE_CIPHER_SPEC	= 0x201,
};

/* Is it one that comes with a type byte? */
static inline bool hs_mt_on_wire(enum hs_mt mt)
{
	return mt < HS_MT_BEGIN;
}

#define HS_HEADER 4		/* msg_type and length */
#define HS_RANDOM 32

/* "ClientHello"; never NULL. */
const char *hs_mt_name(unsigned int mt);
/* Of a whole message's type byte and body. */
enum hs_mt hs_mt_of(uint8_t type, struct hs_bytes body);

extern const uint8_t hs_retry_random[HS_RANDOM];

struct hs_client_hello {
	uint16_t	legacy_version;
	struct hs_bytes	random, session_id, cipher_suites, compression;
	struct hs_bytes	extensions;
};

int hs_client_hello_parse(struct hs_client_hello *m, struct hs_bytes body);
/* All but the extensions, which follow. */
void hs_client_hello_build(struct hs_buf *b, const struct hs_client_hello *m);

struct hs_server_hello {
	uint16_t	legacy_version;
	struct hs_bytes	random, session_id;
	uint16_t	cipher_suite;
	uint8_t		compression;
	struct hs_bytes	extensions;
};

int hs_server_hello_parse(struct hs_server_hello *m, struct hs_bytes body);
void hs_server_hello_build(struct hs_buf *b, const struct hs_server_hello *m);

/* EncryptedExtensions is nothing but a block of extensions. */
int hs_extensions_parse(struct hs_bytes *extensions, struct hs_bytes body);

struct hs_certificate_request {
	struct hs_bytes	context, extensions;
};

int hs_certificate_request_parse(struct hs_certificate_request *m,
				 struct hs_bytes body);
/* All but the extensions, which follow. */
void hs_certificate_request_build(struct hs_buf *b, struct hs_bytes context);

struct hs_certificate_msg {
	struct hs_bytes	context, list;
};

int hs_certificate_parse(struct hs_certificate_msg *m, struct hs_bytes body);
/* The next CertificateEntry of a list. */
int hs_certificate_entry(struct hs_reader *list, struct hs_bytes *der,
			 struct hs_bytes *extensions);

struct hs_certificate_verify {
	uint16_t	scheme;
	struct hs_bytes	signature;
};

int hs_certificate_verify_parse(struct hs_certificate_verify *m,
				struct hs_bytes body);
void hs_certificate_verify_build(struct hs_buf *b,
				 const struct hs_certificate_verify *m);
/* What is signed, RFC 8446 4.4.3; room has HS_TBS_MAX bytes. */
#define HS_TBS_MAX (64 + 34 + HS_HASH_MAX)
struct hs_bytes hs_certificate_verify_tbs(uint8_t *room, enum hs_role signer,
					  struct hs_bytes hash);

struct hs_new_session_ticket {
	uint32_t	lifetime, age_add;
	struct hs_bytes	nonce, ticket, extensions;
};

int hs_new_session_ticket_parse(struct hs_new_session_ticket *m,
				struct hs_bytes body);
/* All but the extensions, which follow. */
void hs_new_session_ticket_build(struct hs_buf *b,
				 const struct hs_new_session_ticket *m);

#endif /* HS_MSG_H */
