// SPDX-License-Identifier: Apache-2.0
/* mapping12: user mapping (RFC 4681) by SupplementalData (RFC 4680): a client
 * tells, in the clear (RFC 4680 4, RFC 4681 4), by which name a directory knows
 * its user. What it says is a hint for the application, and no proof. */
#include <string.h>

#include "engine.h"
#include "ext.h"

#define UPN_DOMAIN_HINT 64	/* UserMappingType */
#define USER_MAPPING_DATA 0	/* SupplementalDataType */

bool hs_mapping_offer(struct hs *hs, struct hs_buf *b)
{
	hs_buf_u8(b, 1);
	hs_buf_u8(b, UPN_DOMAIN_HINT);
	return hs->config->user_mapping;
}

int hs_mapping_accept(struct hs *hs, struct hs_reader *r)
{
	struct hs_bytes types = hs_reader_vec(r, 1, 1);

	for (size_t i = 0; i < types.len; i++)
		if (types.data[i] == UPN_DOMAIN_HINT)
			hs->seen.mapping = true;
	return 0;
}

/* A resumed session has no SupplementalData: RFC 4680 3. */
bool hs_mapping_answer(struct hs *hs, enum hs_place place, struct hs_buf *b)
{
	(void)place;
	hs->mapping = hs->config->user_mapping && hs->seen.mapping &&
		      !hs->info.resumed;
	return hs->mapping && hs_mapping_offer(hs, b);
}

/* RFC 4681 2: of what was offered; there was but one. */
int hs_mapping_receive(struct hs *hs, enum hs_place place, struct hs_reader *r)
{
	struct hs_bytes types = hs_reader_vec(r, 1, 1);

	(void)place;
	if (types.len && (types.len != 1 || types.data[0] != UPN_DOMAIN_HINT))
		return HS_ALERT_ILLEGAL_PARAMETER;
	hs->mapping = true;
	return 0;
}

/* RFC 4680 2: entries, each with a type and a length; RFC 4681 3 and 6: one
 * mapping, with a name and a domain that may both be empty. */
int hs_mapping_send(struct hs *hs)
{
	struct hs_buf *b = hs_send_open(hs, HS_MT_SUPPLEMENTAL_DATA);
	size_t all = hs_buf_open(b, 3), entry, list;

	hs_buf_u16(b, USER_MAPPING_DATA);
	entry = hs_buf_open(b, 2);
	list = hs_buf_open(b, 2);
	hs_buf_u8(b, UPN_DOMAIN_HINT);
	hs_buf_vec(b, 2, hs->config->user_principal);
	hs_buf_vec(b, 2, hs->config->user_domain);
	hs_buf_close(b, 2, list);
	hs_buf_close(b, 2, entry);
	hs_buf_close(b, 3, all);
	return hs_send_close(hs);
}

/* RFC 3629 4, in short: lengths and continuations, no code point in two ways, no
 * surrogate, none beyond the last; and no zero, where a C string would end. */
static bool is_utf8(struct hs_bytes s)
{
	static const uint32_t least[] = { 1, 0x80, 0x800, 0x10000 };

	for (size_t i = 0; i < s.len;) {
		uint8_t c = s.data[i++];
		int more = c < 0x80 ? 0 : c >> 5 == 6 ? 1 : c >> 4 == 14 ? 2 :
			   c >> 3 == 30 ? 3 : -1;
		uint32_t code = more < 1 ? c : c & (0x3fu >> more);

		for (int n = 0; n < more; n++) {
			if (i == s.len || s.data[i] >> 6 != 2)
				return false;
			code = code << 6 | (s.data[i++] & 0x3f);
		}
		if (more < 0 || code < least[more] || code > 0x10ffff ||
		    (code >= 0xd800 && code < 0xe000))
			return false;
	}
	return true;
}

/* The names are kept as they came, behind one another. */
static int read_hint(struct hs *hs, struct hs_bytes entry)
{
	struct hs_reader r = hs_reader(entry), list;
	struct hs_bytes principal, domain;
	uint8_t type;

	list = hs_reader(hs_reader_vec(&r, 2, 1));
	type = hs_reader_u8(&list);
	principal = hs_reader_vec(&list, 2, 0);
	domain = hs_reader_vec(&list, 2, 0);
	if (type != UPN_DOMAIN_HINT || hs->user.len)
		return HS_ALERT_ILLEGAL_PARAMETER;
	if (!hs_reader_done(&list) || !hs_reader_done(&r))
		return HS_ALERT_DECODE_ERROR;
	if (!is_utf8(principal) || !is_utf8(domain))
		return HS_ALERT_ILLEGAL_PARAMETER;
	hs_buf_u8(&hs->user, 0);
	hs_buf_add(&hs->user, principal.data, principal.len);
	hs_buf_add(&hs->user, domain.data, domain.len);
	if (hs->user.failed)
		return HS_ALERT_INTERNAL_ERROR;
	hs->info.user_principal = hs_bytes(hs->user.data + 1, principal.len);
	hs->info.user_domain = hs_bytes(hs->user.data + 1 + principal.len,
					domain.len);
	return 0;
}

/* RFC 4680 2: an entry of a type that was not agreed on is passed over; one that
 * was has to be there, for the client agreed. */
int hs_mapping_recv(struct hs *hs, struct hs_bytes body)
{
	struct hs_reader r = hs_reader(body), list;
	int alert = 0;

	list = hs_reader(hs_reader_vec(&r, 3, 1));
	hs->user.len = 0;
	while (!alert && list.len && !list.failed) {
		uint16_t type = hs_reader_u16(&list);
		struct hs_bytes entry = hs_reader_vec(&list, 2, 0);

		if (!list.failed && type == USER_MAPPING_DATA)
			alert = read_hint(hs, entry);
	}
	if (list.failed || !hs_reader_done(&r))
		return HS_ALERT_DECODE_ERROR;
	if (!alert && !hs->user.len)
		alert = HS_ALERT_ILLEGAL_PARAMETER;
	return alert ? alert : hs_server12_after_hello(hs);
}
