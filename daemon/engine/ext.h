/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ext: extensions, RFC 8446 4.2. One row of the table in ext.c for each; the
 * loops over a block are here, what an extension says is in ext_*.c.
 */
#ifndef HS_EXT_H
#define HS_EXT_H

#include "engine.h"

/* ExtensionType, RFC 8446 4.2. */
enum {
	HS_EXT_SERVER_NAME		= 0,
	HS_EXT_MAX_FRAGMENT_LENGTH	= 1,
	HS_EXT_STATUS_REQUEST		= 5,
	HS_EXT_USER_MAPPING		= 6,	/* RFC 4681 */
	HS_EXT_SUPPORTED_GROUPS		= 10,
	HS_EXT_EC_POINT_FORMATS		= 11,	/* RFC 8422 */
	HS_EXT_SIGNATURE_ALGORITHMS	= 13,
	HS_EXT_ALPN			= 16,
	HS_EXT_SCT			= 18,	/* RFC 6962 */
	HS_EXT_PADDING			= 21,
	HS_EXT_ENCRYPT_THEN_MAC		= 22,	/* RFC 7366 */
	HS_EXT_EXTENDED_MASTER_SECRET	= 23,	/* RFC 7627 */
	HS_EXT_COMPRESS_CERTIFICATE	= 27,
	HS_EXT_RECORD_SIZE_LIMIT	= 28,
	HS_EXT_SESSION_TICKET		= 35,	/* RFC 5077 */
	HS_EXT_PRE_SHARED_KEY		= 41,
	HS_EXT_EARLY_DATA		= 42,
	HS_EXT_SUPPORTED_VERSIONS	= 43,
	HS_EXT_COOKIE			= 44,
	HS_EXT_PSK_KEY_EXCHANGE_MODES	= 45,
	HS_EXT_CERTIFICATE_AUTHORITIES	= 47,
	HS_EXT_OID_FILTERS		= 48,
	HS_EXT_POST_HANDSHAKE_AUTH	= 49,
	HS_EXT_SIGNATURE_ALGORITHMS_CERT = 50,
	HS_EXT_KEY_SHARE		= 51,
	HS_EXT_RENEGOTIATION_INFO	= 0xff01, /* RFC 5746 */
};

/* The messages of 4.2's table, and TLS 1.2's hellos (RFC 5246 7.4.1.4). Four
 * ask; the others answer, and may only carry what was asked for. A ClientHello
 * that offers both versions is written with HS_IN_CH | HS_IN_CH12, and read,
 * once the version is known, as one or the other: what only the other one
 * knows is then passed over. */
enum hs_place {
	HS_IN_CH = 1, HS_IN_CR = 2, HS_IN_NST = 4,
	HS_IN_SH = 8, HS_IN_HRR = 16, HS_IN_EE = 32, HS_IN_CT = 64,
	HS_IN_CH12 = 128, HS_IN_SH12 = 256,
};
#define HS_IN_HELLO (HS_IN_CH | HS_IN_CH12)
#define HS_IN_REQUEST (HS_IN_HELLO | HS_IN_CR | HS_IN_NST)

/*
 * offer and answer write the body and return true, or false for "not sent";
 * accept and receive read it, and return 0 or an alert; what is left over, or
 * was not there, is a decode_error without their doing. check comes when the
 * whole block was read. NULL: nothing to write; read without a look.
 */
struct hs_ext {
	uint16_t	type;
	const char	*name;
	unsigned int	places;
	bool (*offer)(struct hs *hs, struct hs_buf *b);
	int (*accept)(struct hs *hs, struct hs_reader *r);
	bool (*answer)(struct hs *hs, enum hs_place place, struct hs_buf *b);
	int (*receive)(struct hs *hs, enum hs_place place, struct hs_reader *r);
	int (*check)(struct hs *hs, enum hs_place place, bool present);
};

extern const struct hs_ext hs_ext_table[];
extern const size_t hs_ext_table_len;

/* Writes the block with its length; in TLS 1.2's ServerHello an empty block is
 * none at all. */
void hs_ext_build(struct hs *hs, enum hs_place place, struct hs_buf *b);
/* Reads and checks a block; hs->seen has what it said. hs may be NULL for a
 * NewSessionTicket. */
int hs_ext_parse(struct hs *hs, enum hs_place place, struct hs_bytes block);
/* The body of one extension (no data: it is not there) without any check but
 * that of the block's form, for what has to be known before the rules are: the
 * version. */
int hs_ext_find(struct hs_bytes block, uint16_t type, struct hs_bytes *body);
bool hs_ext_present(const struct hs *hs, uint16_t type);
/* The extension counts as asked for (RFC 5746 3.6: by its SCSV). */
void hs_ext_request(struct hs *hs, uint16_t type);
/* The peer's share for a group among client_shares. */
bool hs_share_find(struct hs_bytes shares, uint16_t group,
		   struct hs_bytes *share);

/* ext_name.c */
bool hs_sni_offer(struct hs *hs, struct hs_buf *b);
int hs_sni_accept(struct hs *hs, struct hs_reader *r);
bool hs_sni_answer(struct hs *hs, enum hs_place place, struct hs_buf *b);
int hs_empty_receive(struct hs *hs, enum hs_place place, struct hs_reader *r);
/* Is this protocol on our list? */
bool hs_alpn_has(const struct hs *hs, struct hs_bytes name);
bool hs_alpn_offer(struct hs *hs, struct hs_buf *b);
int hs_alpn_accept(struct hs *hs, struct hs_reader *r);
bool hs_alpn_answer(struct hs *hs, enum hs_place place, struct hs_buf *b);
int hs_alpn_receive(struct hs *hs, enum hs_place place, struct hs_reader *r);
int hs_alpn_check(struct hs *hs, enum hs_place place, bool present);

/* ext_hello.c */
bool hs_versions_offer(struct hs *hs, struct hs_buf *b);
int hs_versions_accept(struct hs *hs, struct hs_reader *r);
bool hs_versions_answer(struct hs *hs, enum hs_place place, struct hs_buf *b);
int hs_versions_receive(struct hs *hs, enum hs_place place,
			struct hs_reader *r);
bool hs_groups_offer(struct hs *hs, struct hs_buf *b);
int hs_groups_accept(struct hs *hs, struct hs_reader *r);
int hs_groups_receive(struct hs *hs, enum hs_place place, struct hs_reader *r);
int hs_groups_check(struct hs *hs, enum hs_place place, bool present);
bool hs_share_offer(struct hs *hs, struct hs_buf *b);
int hs_share_accept(struct hs *hs, struct hs_reader *r);
bool hs_share_answer(struct hs *hs, enum hs_place place, struct hs_buf *b);
int hs_share_receive(struct hs *hs, enum hs_place place, struct hs_reader *r);
int hs_share_check(struct hs *hs, enum hs_place place, bool present);
bool hs_cookie_offer(struct hs *hs, struct hs_buf *b);
int hs_cookie_accept(struct hs *hs, struct hs_reader *r);
bool hs_cookie_answer(struct hs *hs, enum hs_place place, struct hs_buf *b);
int hs_cookie_receive(struct hs *hs, enum hs_place place, struct hs_reader *r);
int hs_cookie_check(struct hs *hs, enum hs_place place, bool present);

/* ext_auth.c */
bool hs_schemes_offer(struct hs *hs, struct hs_buf *b);
int hs_schemes_accept(struct hs *hs, struct hs_reader *r);
int hs_schemes_check(struct hs *hs, enum hs_place place, bool present);
bool hs_cert_schemes_offer(struct hs *hs, struct hs_buf *b);
int hs_cert_schemes_accept(struct hs *hs, struct hs_reader *r);
bool hs_psk_modes_offer(struct hs *hs, struct hs_buf *b);
int hs_psk_modes_accept(struct hs *hs, struct hs_reader *r);
bool hs_psk_offer(struct hs *hs, struct hs_buf *b);
int hs_psk_accept(struct hs *hs, struct hs_reader *r);
bool hs_psk_answer(struct hs *hs, enum hs_place place, struct hs_buf *b);
int hs_psk_receive(struct hs *hs, enum hs_place place, struct hs_reader *r);
int hs_psk_check(struct hs *hs, enum hs_place place, bool present);
bool hs_post_auth_offer(struct hs *hs, struct hs_buf *b);
int hs_post_auth_accept(struct hs *hs, struct hs_reader *r);
bool hs_early_data_offer(struct hs *hs, struct hs_buf *b);
bool hs_early_data_answer(struct hs *hs, enum hs_place place,
			  struct hs_buf *b);
int hs_early_data_accept(struct hs *hs, struct hs_reader *r);
int hs_early_data_check(struct hs *hs, enum hs_place place, bool present);

/* resume12.c */
bool hs_session_ticket_offer(struct hs *hs, struct hs_buf *b);
int hs_session_ticket_accept(struct hs *hs, struct hs_reader *r);
bool hs_session_ticket_answer(struct hs *hs, enum hs_place place,
			      struct hs_buf *b);
int hs_session_ticket_receive(struct hs *hs, enum hs_place place,
			      struct hs_reader *r);

/* mapping12.c */
bool hs_mapping_offer(struct hs *hs, struct hs_buf *b);
int hs_mapping_accept(struct hs *hs, struct hs_reader *r);
bool hs_mapping_answer(struct hs *hs, enum hs_place place, struct hs_buf *b);
int hs_mapping_receive(struct hs *hs, enum hs_place place,
		       struct hs_reader *r);

/* ext12.c: TLS 1.2 */
/* code: of the session that is resumed, or 0. */
void hs_fragment_keep(struct hs *hs, uint8_t code);
bool hs_fragment_offer(struct hs *hs, struct hs_buf *b);
int hs_fragment_accept(struct hs *hs, struct hs_reader *r);
bool hs_fragment_answer(struct hs *hs, enum hs_place place, struct hs_buf *b);
int hs_fragment_receive(struct hs *hs, enum hs_place place,
			struct hs_reader *r);
bool hs_point_formats_offer(struct hs *hs, struct hs_buf *b);
int hs_point_formats_accept(struct hs *hs, struct hs_reader *r);
bool hs_point_formats_answer(struct hs *hs, enum hs_place place,
			     struct hs_buf *b);
int hs_point_formats_receive(struct hs *hs, enum hs_place place,
			     struct hs_reader *r);
bool hs_etm_offer(struct hs *hs, struct hs_buf *b);
int hs_etm_accept(struct hs *hs, struct hs_reader *r);
bool hs_etm_answer(struct hs *hs, enum hs_place place, struct hs_buf *b);
int hs_etm_receive(struct hs *hs, enum hs_place place, struct hs_reader *r);
bool hs_ems_offer(struct hs *hs, struct hs_buf *b);
int hs_ems_accept(struct hs *hs, struct hs_reader *r);
bool hs_ems_answer(struct hs *hs, enum hs_place place, struct hs_buf *b);
int hs_ems_check(struct hs *hs, enum hs_place place, bool present);
/* renegotiate12.c */
bool hs_renegotiation_offer(struct hs *hs, struct hs_buf *b);
int hs_renegotiation_accept(struct hs *hs, struct hs_reader *r);
bool hs_renegotiation_answer(struct hs *hs, enum hs_place place,
			     struct hs_buf *b);
int hs_renegotiation_receive(struct hs *hs, enum hs_place place,
			     struct hs_reader *r);
int hs_renegotiation_check(struct hs *hs, enum hs_place place, bool present);
/* ext_cert.c */
bool hs_status_offer(struct hs *hs, struct hs_buf *b);
int hs_status_accept(struct hs *hs, struct hs_reader *r);
bool hs_status_answer(struct hs *hs, enum hs_place place, struct hs_buf *b);
int hs_status_receive(struct hs *hs, enum hs_place place, struct hs_reader *r);
/* Does the configuration want a response, and there is none? */
int hs_status_required(struct hs *hs);
bool hs_sct_offer(struct hs *hs, struct hs_buf *b);
int hs_sct_accept(struct hs *hs, struct hs_reader *r);
bool hs_sct_answer(struct hs *hs, enum hs_place place, struct hs_buf *b);
int hs_sct_receive(struct hs *hs, enum hs_place place, struct hs_reader *r);
int hs_oid_filters_accept(struct hs *hs, struct hs_reader *r);
bool hs_authorities_offer(struct hs *hs, struct hs_buf *b);
int hs_authorities_accept(struct hs *hs, struct hs_reader *r);

/* cert_compress.c */
bool hs_compress_offer(struct hs *hs, struct hs_buf *b);
int hs_compress_accept(struct hs *hs, struct hs_reader *r);
/* The Certificate that begins at `at` becomes a CompressedCertificate, if the
 * peer takes that and it gets shorter. */
void hs_compress_message(struct hs *hs, struct hs_buf *b, size_t at);

/* ext_record.c */
bool hs_record_limit_offer(struct hs *hs, struct hs_buf *b);
int hs_record_limit_accept(struct hs *hs, struct hs_reader *r);
bool hs_record_limit_answer(struct hs *hs, enum hs_place place,
			    struct hs_buf *b);
int hs_record_limit_receive(struct hs *hs, enum hs_place place,
			    struct hs_reader *r);
int hs_record_limit_check(struct hs *hs, enum hs_place place, bool present);

#endif /* HS_EXT_H */
