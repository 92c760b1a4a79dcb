// SPDX-License-Identifier: Apache-2.0
/* ext12: extensions of TLS 1.2's hellos alone: max_fragment_length (RFC 6066 4,
 * which a server of TLS 1.3 leaves alone), ec_point_formats (RFC 8422 5.1.2),
 * encrypt_then_mac (RFC 7366) and extended_master_secret (RFC 7627). */
#include "ext.h"

#define UNCOMPRESSED 0

/* RFC 6066 4: 2^9 to 2^12; 0 for what is no such length, or has no code. */
static uint16_t fragment_len(uint8_t code)
{
	return code >= 1 && code <= 4 ? (uint16_t)(256u << code) : 0;
}

static uint8_t fragment_code(uint16_t len)
{
	uint8_t code = 4;

	while (code && fragment_len(code) != len)
		code--;
	return code;
}

bool hs_fragment_offer(struct hs *hs, struct hs_buf *b)
{
	uint8_t code = fragment_code(hs->config->max_fragment_length);

	hs_buf_u8(b, code);
	return code;
}

int hs_fragment_accept(struct hs *hs, struct hs_reader *r)
{
	hs->seen.fragment = hs_reader_u8(r);
	return fragment_len(hs->seen.fragment) ? 0 : HS_ALERT_ILLEGAL_PARAMETER;
}

/* It holds in both directions. */
static void limit_fragments(struct hs *hs, uint8_t code)
{
	hs->fragment = code;
	hs->info.record_limit = fragment_len(code);
	hs->info.peer_record_limit = fragment_len(code);
}

/* Who knows record_size_limit, and is told one, ignores this: RFC 8449 5. */
static bool newer_limit(const struct hs *hs)
{
	return hs->config->record_size_limit &&
	       hs_ext_present(hs, HS_EXT_RECORD_SIZE_LIMIT);
}

/* RFC 6066 1.1: a resumed session keeps what was agreed on, in silence. */
void hs_fragment_keep(struct hs *hs, uint8_t code)
{
	if (code && !newer_limit(hs))
		limit_fragments(hs, code);
	hs->fragment = code;
}

bool hs_fragment_answer(struct hs *hs, enum hs_place place, struct hs_buf *b)
{
	if (place != HS_IN_SH12 || hs->info.resumed || newer_limit(hs))
		return false;
	hs_buf_u8(b, hs->seen.fragment);
	limit_fragments(hs, hs->seen.fragment);
	return true;
}

/* "If a client receives a maximum fragment length negotiation response that
 * differs from the length it requested, it MUST also abort". */
int hs_fragment_receive(struct hs *hs, enum hs_place place, struct hs_reader *r)
{
	uint8_t code = hs_reader_u8(r);

	(void)place;
	if (code != fragment_code(hs->config->max_fragment_length))
		return HS_ALERT_ILLEGAL_PARAMETER;
	limit_fragments(hs, code);
	return 0;
}

static void put_point_formats(struct hs_buf *b)
{
	hs_buf_u8(b, 1);
	hs_buf_u8(b, UNCOMPRESSED);
}

/* RFC 8422 4: not by who offers no suite with curves. */
bool hs_point_formats_offer(struct hs *hs, struct hs_buf *b)
{
	put_point_formats(b);
	for (size_t i = 0; i < hs->policy.suites.n; i++)
		if (hs_suite(hs->policy.suites.id[i])->kx == HS_KX_ECDHE)
			return true;
	return false;
}

/* RFC 8422 5.1.2: a list without the uncompressed form is illegal_parameter;
 * other forms don't concern us. */
int hs_point_formats_accept(struct hs *hs, struct hs_reader *r)
{
	struct hs_bytes list = hs_reader_vec(r, 1, 1);

	(void)hs;
	for (size_t i = 0; i < list.len; i++)
		if (list.data[i] == UNCOMPRESSED)
			return 0;
	return HS_ALERT_ILLEGAL_PARAMETER;
}

bool hs_point_formats_answer(struct hs *hs, enum hs_place place,
			     struct hs_buf *b)
{
	(void)place;
	put_point_formats(b);
	return hs->suite->kx == HS_KX_ECDHE;
}

/* RFC 8422 5.2: as the client's. */
int hs_point_formats_receive(struct hs *hs, enum hs_place place,
			     struct hs_reader *r)
{
	(void)place;
	return hs_point_formats_accept(hs, r);
}

/* RFC 7366 2: empty; only with a suite that it is good for. */
bool hs_etm_offer(struct hs *hs, struct hs_buf *b)
{
	(void)b;
	for (size_t i = 0; i < hs->policy.suites.n; i++)
		if (hs_suite_cbc(hs_suite(hs->policy.suites.id[i])))
			return !hs->config->no_encrypt_then_mac;
	return false;
}

int hs_etm_accept(struct hs *hs, struct hs_reader *r)
{
	(void)r;
	hs->seen.etm = true;
	return 0;
}

/* RFC 7366 3: never with a suite that has no MAC of its own. */
bool hs_etm_answer(struct hs *hs, enum hs_place place, struct hs_buf *b)
{
	(void)place;
	(void)b;
	hs->info.encrypt_then_mac = hs_suite_cbc(hs->suite) &&
				    !hs->config->no_encrypt_then_mac;
	return hs->info.encrypt_then_mac;
}

int hs_etm_receive(struct hs *hs, enum hs_place place, struct hs_reader *r)
{
	(void)place;
	(void)r;
	if (!hs_suite_cbc(hs->suite))
		return hs_fail(hs, HS_ALERT_ILLEGAL_PARAMETER,
			       "encrypt_then_mac for a suite without a MAC");
	hs->info.encrypt_then_mac = true;
	return 0;
}

/* RFC 7627 5.1: empty, always. */
bool hs_ems_offer(struct hs *hs, struct hs_buf *b)
{
	(void)hs;
	(void)b;
	return true;
}

int hs_ems_accept(struct hs *hs, struct hs_reader *r)
{
	(void)hs;
	(void)r;
	return 0;
}

bool hs_ems_answer(struct hs *hs, enum hs_place place, struct hs_buf *b)
{
	(void)place;
	(void)b;
	return hs->info.extended_master_secret;
}

/* RFC 7627 5.2: who insists on it ends the handshake without; here that is the
 * default. */
int hs_ems_check(struct hs *hs, enum hs_place place, bool present)
{
	bool before = hs->info.extended_master_secret;

	(void)place;
	/* What the handshake before had, a renegotiation has too. */
	if (hs->renegotiating && present != before)
		return hs_fail(hs, HS_ALERT_HANDSHAKE_FAILURE,
			       "a renegotiation changes extended_master_secret");
	hs->info.extended_master_secret = present;
	if (present || hs->config->ems_optional)
		return 0;
	return hs_fail(hs, HS_ALERT_HANDSHAKE_FAILURE,
		       "the peer does not speak extended_master_secret");
}
