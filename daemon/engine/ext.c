// SPDX-License-Identifier: Apache-2.0
/* ext: the table of extensions, and the rules that hold for all (RFC 8446 4.2). */
#include <string.h>

#include "ext.h"

/*
 * In the order in which a block is written; pre_shared_key is the last
 * (4.2.11). Rows without functions are known by their place alone, so that an
 * extension in the wrong message is told from an unknown one.
 */
const struct hs_ext hs_ext_table[] = {
	{ HS_EXT_SERVER_NAME, "server_name", HS_IN_HELLO | HS_IN_EE | HS_IN_SH12,
	  hs_sni_offer, hs_sni_accept, hs_sni_answer, hs_empty_receive, NULL },
	{ HS_EXT_MAX_FRAGMENT_LENGTH, "max_fragment_length",
	  HS_IN_HELLO | HS_IN_EE | HS_IN_SH12,
	  hs_fragment_offer, hs_fragment_accept, hs_fragment_answer,
	  hs_fragment_receive, NULL },
	{ HS_EXT_STATUS_REQUEST, "status_request",
	  HS_IN_HELLO | HS_IN_SH12 | HS_IN_CR | HS_IN_CT,
	  hs_status_offer, hs_status_accept, hs_status_answer,
	  hs_status_receive, NULL },
	{ HS_EXT_SUPPORTED_GROUPS, "supported_groups", HS_IN_HELLO | HS_IN_EE,
	  hs_groups_offer, hs_groups_accept, NULL, hs_groups_receive,
	  hs_groups_check },
	{ HS_EXT_SIGNATURE_ALGORITHMS, "signature_algorithms",
	  HS_IN_HELLO | HS_IN_CR,
	  hs_schemes_offer, hs_schemes_accept, NULL, NULL, hs_schemes_check },
	{ HS_EXT_SIGNATURE_ALGORITHMS_CERT, "signature_algorithms_cert",
	  HS_IN_HELLO | HS_IN_CR,
	  hs_cert_schemes_offer, hs_cert_schemes_accept, NULL, NULL, NULL },
	{ 14, "use_srtp", HS_IN_CH | HS_IN_EE, NULL, NULL, NULL, NULL, NULL },
	{ 15, "heartbeat", HS_IN_CH | HS_IN_EE, NULL, NULL, NULL, NULL, NULL },
	{ HS_EXT_ALPN, "application_layer_protocol_negotiation",
	  HS_IN_HELLO | HS_IN_EE | HS_IN_SH12,
	  hs_alpn_offer, hs_alpn_accept, hs_alpn_answer, hs_alpn_receive,
	  hs_alpn_check },
	{ HS_EXT_SCT, "signed_certificate_timestamp",
	  HS_IN_HELLO | HS_IN_SH12 | HS_IN_CR | HS_IN_CT,
	  hs_sct_offer, hs_sct_accept, hs_sct_answer, hs_sct_receive, NULL },
	{ 19, "client_certificate_type", HS_IN_CH | HS_IN_EE,
	  NULL, NULL, NULL, NULL, NULL },
	{ 20, "server_certificate_type", HS_IN_CH | HS_IN_EE,
	  NULL, NULL, NULL, NULL, NULL },
	{ HS_EXT_PADDING, "padding", HS_IN_HELLO, NULL, NULL, NULL, NULL, NULL },
	{ HS_EXT_USER_MAPPING, "user_mapping", HS_IN_CH12 | HS_IN_SH12,
	  hs_mapping_offer, hs_mapping_accept, hs_mapping_answer,
	  hs_mapping_receive, NULL },
	{ HS_EXT_EC_POINT_FORMATS, "ec_point_formats", HS_IN_CH12 | HS_IN_SH12,
	  hs_point_formats_offer, hs_point_formats_accept,
	  hs_point_formats_answer, hs_point_formats_receive, NULL },
	{ HS_EXT_ENCRYPT_THEN_MAC, "encrypt_then_mac", HS_IN_CH12 | HS_IN_SH12,
	  hs_etm_offer, hs_etm_accept, hs_etm_answer, hs_etm_receive, NULL },
	{ HS_EXT_EXTENDED_MASTER_SECRET, "extended_master_secret",
	  HS_IN_CH12 | HS_IN_SH12,
	  hs_ems_offer, hs_ems_accept, hs_ems_answer, hs_empty_receive,
	  hs_ems_check },
	{ HS_EXT_SESSION_TICKET, "session_ticket", HS_IN_CH12 | HS_IN_SH12,
	  hs_session_ticket_offer, hs_session_ticket_accept,
	  hs_session_ticket_answer, hs_session_ticket_receive, NULL },
	{ HS_EXT_RENEGOTIATION_INFO, "renegotiation_info",
	  HS_IN_CH12 | HS_IN_SH12,
	  hs_renegotiation_offer, hs_renegotiation_accept,
	  hs_renegotiation_answer, hs_renegotiation_receive,
	  hs_renegotiation_check },
	{ HS_EXT_COMPRESS_CERTIFICATE, "compress_certificate",
	  HS_IN_CH | HS_IN_CR,
	  hs_compress_offer, hs_compress_accept, NULL, NULL, NULL },
	{ HS_EXT_RECORD_SIZE_LIMIT, "record_size_limit",
	  HS_IN_HELLO | HS_IN_EE | HS_IN_SH12,
	  hs_record_limit_offer, hs_record_limit_accept,
	  hs_record_limit_answer, hs_record_limit_receive,
	  hs_record_limit_check },
	{ HS_EXT_EARLY_DATA, "early_data", HS_IN_CH | HS_IN_EE | HS_IN_NST,
	  hs_early_data_offer, hs_early_data_accept, hs_early_data_answer,
	  hs_empty_receive, hs_early_data_check },
	{ HS_EXT_CERTIFICATE_AUTHORITIES, "certificate_authorities",
	  HS_IN_CH | HS_IN_CR,
	  hs_authorities_offer, hs_authorities_accept, NULL, NULL, NULL },
	{ HS_EXT_OID_FILTERS, "oid_filters", HS_IN_CR,
	  NULL, hs_oid_filters_accept, NULL, NULL, NULL },
	{ HS_EXT_POST_HANDSHAKE_AUTH, "post_handshake_auth", HS_IN_CH,
	  hs_post_auth_offer, hs_post_auth_accept, NULL, NULL, NULL },
	{ HS_EXT_KEY_SHARE, "key_share", HS_IN_CH | HS_IN_SH | HS_IN_HRR,
	  hs_share_offer, hs_share_accept, hs_share_answer, hs_share_receive,
	  hs_share_check },
	{ HS_EXT_COOKIE, "cookie", HS_IN_CH | HS_IN_HRR,
	  hs_cookie_offer, hs_cookie_accept, hs_cookie_answer,
	  hs_cookie_receive, hs_cookie_check },
	{ HS_EXT_SUPPORTED_VERSIONS, "supported_versions",
	  HS_IN_CH | HS_IN_SH | HS_IN_HRR,
	  hs_versions_offer, hs_versions_accept, hs_versions_answer,
	  hs_versions_receive, NULL },
	{ HS_EXT_PSK_KEY_EXCHANGE_MODES, "psk_key_exchange_modes", HS_IN_CH,
	  hs_psk_modes_offer, hs_psk_modes_accept, NULL, NULL, NULL },
	{ HS_EXT_PRE_SHARED_KEY, "pre_shared_key", HS_IN_CH | HS_IN_SH,
	  hs_psk_offer, hs_psk_accept, hs_psk_answer, hs_psk_receive,
	  hs_psk_check },
};
const size_t hs_ext_table_len = sizeof(hs_ext_table) / sizeof(hs_ext_table[0]);

_Static_assert(sizeof(hs_ext_table) / sizeof(hs_ext_table[0]) <= 64,
	       "a bit per row in struct hs");

/* The row's index, or -1. */
static int row_of(uint16_t type)
{
	for (size_t i = 0; i < hs_ext_table_len; i++)
		if (hs_ext_table[i].type == type)
			return (int)i;
	return -1;
}

static bool bit(uint64_t set, int row)
{
	return row >= 0 && set >> row & 1;
}

bool hs_ext_present(const struct hs *hs, uint16_t type)
{
	return bit(hs->seen.present, row_of(type));
}

void hs_ext_request(struct hs *hs, uint16_t type)
{
	hs->requested |= 1ull << row_of(type);
}

/* 4.2: an answer only to what was asked for, save the cookie. A certificate
 * answers to the message of the other side that asks: a server's to the
 * ClientHello, a client's to the CertificateRequest (4.4.2). */
static bool may_answer(const struct hs *hs, enum hs_place place, int row,
		       bool writing)
{
	if (place & HS_IN_REQUEST)
		return true;
	if (place == HS_IN_HRR &&
	    hs_ext_table[row].type == HS_EXT_COOKIE)
		return true;
	if (place == HS_IN_CT && (hs->config->role == HS_CLIENT) == writing)
		return bit(hs->requested_cert, row);
	return bit(hs->requested, row);
}

static bool write_row(struct hs *hs, enum hs_place place, int row,
		      struct hs_buf *b)
{
	const struct hs_ext *e = &hs_ext_table[row];

	if (place & HS_IN_REQUEST)
		return e->offer && e->offer(hs, b);
	return e->answer && may_answer(hs, place, row, true) &&
	       e->answer(hs, place, b);
}

void hs_ext_build(struct hs *hs, enum hs_place place, struct hs_buf *b)
{
	size_t block = hs_buf_open(b, 2);

	if (place & HS_IN_HELLO)
		hs->requested = 0;
	if (place == HS_IN_CR)
		hs->requested_cert = 0;
	if (place & HS_IN_HELLO)
		hs_grease_ext(hs, false, b);
	for (int i = 0; i < (int)hs_ext_table_len; i++) {
		size_t start, mark;

		/* 4.2.11: nothing comes behind pre_shared_key. */
		if (place & HS_IN_HELLO && i == (int)hs_ext_table_len - 1)
			hs_grease_ext(hs, true, b);
		if (!(hs_ext_table[i].places & place))
			continue;
		start = b->len;
		hs_buf_u16(b, hs_ext_table[i].type);
		mark = hs_buf_open(b, 2);
		if (!write_row(hs, place, i, b)) {
			b->len = b->failed ? b->len : start;
			continue;
		}
		hs_buf_close(b, 2, mark);
		if (place & HS_IN_HELLO)
			hs->requested |= 1ull << i;
		if (place == HS_IN_CR)
			hs->requested_cert |= 1ull << i;
	}
	if (place == HS_IN_SH12 && b->len == block && !b->failed)
		b->len -= 2;
	else
		hs_buf_close(b, 2, block);
}

/* A bit for each of the 65536 types: 4.2 forbids a second one of any type,
 * known or not, and a block may hold sixteen thousand. */
struct types {
	uint8_t bits[65536 / 8];
};

static bool seen_twice(struct types *t, uint16_t type)
{
	bool twice = t->bits[type / 8] >> type % 8 & 1;

	t->bits[type / 8] |= (uint8_t)(1u << type % 8);
	return twice;
}

static int read_row(struct hs *hs, enum hs_place place, int row,
		    struct hs_bytes body)
{
	const struct hs_ext *e = &hs_ext_table[row];
	struct hs_reader r = hs_reader(body);
	int alert;

	if (place & HS_IN_REQUEST ? !e->accept : !e->receive)
		return 0;
	alert = place & HS_IN_REQUEST ? e->accept(hs, &r) :
					e->receive(hs, place, &r);
	/* What can't be read comes before what it would have meant. */
	if (r.failed || (!alert && r.len))
		return HS_ALERT_DECODE_ERROR;
	return alert;
}

static int read_one(struct hs *hs, enum hs_place place, uint16_t type,
		    struct hs_bytes body)
{
	int row = row_of(type);

	/* RFC 8446 9.3: requests may hold what we don't know (GREASE too, a
	 * client's and a server's, RFC 8701 3, 4); an answer to what was never
	 * asked may not. */
	if (row < 0)
		return place & HS_IN_REQUEST ? 0 :
					       HS_ALERT_UNSUPPORTED_EXTENSION;
	if (!(hs_ext_table[row].places & place))
		return place & HS_IN_HELLO &&
				       hs_ext_table[row].places & HS_IN_HELLO ?
			       0 : HS_ALERT_ILLEGAL_PARAMETER;
	if (!may_answer(hs, place, row, false))
		return HS_ALERT_UNSUPPORTED_EXTENSION;
	if (hs)
		hs->seen.present |= 1ull << row;
	return read_row(hs, place, row, body);
}

static int check_all(struct hs *hs, enum hs_place place)
{
	int alert = 0;

	for (size_t i = 0; i < hs_ext_table_len && !alert; i++) {
		const struct hs_ext *e = &hs_ext_table[i];

		if (e->check && e->places & place)
			alert = e->check(hs, place,
					 hs->seen.present >> i & 1);
	}
	return alert;
}

int hs_ext_parse(struct hs *hs, enum hs_place place, struct hs_bytes block)
{
	struct hs_reader r = hs_reader(block);
	struct types types;
	int alert = 0;

	memset(&types, 0, sizeof(types));
	while (r.len && !alert) {
		uint16_t type = hs_reader_u16(&r);
		struct hs_bytes body = hs_reader_vec(&r, 2, 0);

		if (r.failed)
			return HS_ALERT_DECODE_ERROR;
		if (seen_twice(&types, type))
			return HS_ALERT_ILLEGAL_PARAMETER;
		/* RFC 8446 4.2.11: it is the last, for the binders' sake. */
		if (place == HS_IN_CH && type == HS_EXT_PRE_SHARED_KEY && r.len)
			return HS_ALERT_ILLEGAL_PARAMETER;
		alert = read_one(hs, place, type, body);
	}
	if (!alert && hs)
		alert = check_all(hs, place);
	return alert;
}

int hs_ext_find(struct hs_bytes block, uint16_t type, struct hs_bytes *body)
{
	struct hs_reader r = hs_reader(block);

	*body = hs_bytes(NULL, 0);
	while (r.len && !r.failed) {
		uint16_t t = hs_reader_u16(&r);
		struct hs_bytes b = hs_reader_vec(&r, 2, 0);

		if (t == type && !body->data)
			*body = b;
	}
	return r.failed ? HS_ALERT_DECODE_ERROR : 0;
}
