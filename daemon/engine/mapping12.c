// SPDX-License-Identifier: Apache-2.0
/* mapping12: user mapping (RFC 4681) by SupplementalData (RFC 4680): a client
 * tells, in the clear (RFC 4680 4, RFC 4681 5), by which name a directory knows
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

/* RFC 4680 3 draws it in a full handshake alone. */
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

static bool is_alnum(uint8_t c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* RFC 4681 6: labels with dots between them, each beginning and ending with a
 * letter or a digit. */
static bool is_domain(struct hs_bytes s)
{
	for (size_t i = 0; i < s.len; i++) {
		bool first = !i || s.data[i - 1] == '.';
		bool last = i + 1 == s.len || s.data[i + 1] == '.';

		if (is_alnum(s.data[i]))
			continue;
		if (first || last || (s.data[i] != '-' && s.data[i] != '.'))
			return false;
	}
	return s.len;
}

/* RFC 4681 6: a user in whose name there is no @, an @, and a domain. */
static bool is_principal(struct hs_bytes s)
{
	const uint8_t *at = s.len ? memchr(s.data, '@', s.len) : NULL;
	size_t user = at ? (size_t)(at - s.data) : 0;

	return user && is_utf8(hs_bytes(s.data, user)) &&
	       is_domain(hs_bytes(at + 1, s.len - user - 1));
}

/* RFC 4681 6: one of the two at least. */
static bool is_hint(struct hs_bytes principal, struct hs_bytes domain)
{
	return (principal.len || domain.len) &&
	       (!principal.len || is_principal(principal)) &&
	       (!domain.len || is_domain(domain));
}

bool hs_mapping_valid(struct hs_bytes principal, struct hs_bytes domain)
{
	return (!principal.len && !domain.len) || is_hint(principal, domain);
}

/* RFC 4680 2: entries, each with a type and a length; RFC 4681 3 and 6: a list of
 * mappings, each with both too, of which there is one. A client with nothing to
 * say sends nothing (RFC 4681 4). */
int hs_mapping_send(struct hs *hs)
{
	struct hs_bytes principal = hs->config->user_principal;
	struct hs_bytes domain = hs->config->user_domain;
	size_t all, entry, list, hint;
	struct hs_buf *b;

	if (!principal.len && !domain.len)
		return 0;
	b = hs_send_open(hs, HS_MT_SUPPLEMENTAL_DATA);
	all = hs_buf_open(b, 3);
	hs_buf_u16(b, USER_MAPPING_DATA);
	entry = hs_buf_open(b, 2);
	list = hs_buf_open(b, 2);
	hs_buf_u8(b, UPN_DOMAIN_HINT);
	hint = hs_buf_open(b, 2);
	hs_buf_vec(b, 2, principal);
	hs_buf_vec(b, 2, domain);
	hs_buf_close(b, 2, hint);
	hs_buf_close(b, 2, list);
	hs_buf_close(b, 2, entry);
	hs_buf_close(b, 3, all);
	return hs_send_close(hs);
}

/* The names are kept as they came, behind one another; the first hint stands. */
static int keep_hint(struct hs *hs, struct hs_bytes principal,
		     struct hs_bytes domain)
{
	if (hs->user.len)
		return 0;
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

static int read_hint(struct hs *hs, struct hs_bytes hint)
{
	struct hs_reader r = hs_reader(hint);
	struct hs_bytes principal = hs_reader_vec(&r, 2, 0);
	struct hs_bytes domain = hs_reader_vec(&r, 2, 0);

	if (!hs_reader_done(&r))
		return HS_ALERT_DECODE_ERROR;
	if (!is_hint(principal, domain))
		return HS_ALERT_ILLEGAL_PARAMETER;
	return keep_hint(hs, principal, domain);
}

/* RFC 4681 3: of many hints the one that is of use, in whatever order. */
static int read_hints(struct hs *hs, struct hs_bytes entry)
{
	struct hs_reader r = hs_reader(entry), list;
	int alert = 0;

	list = hs_reader(hs_reader_vec(&r, 2, 1));
	while (!alert && list.len && !list.failed) {
		uint8_t type = hs_reader_u8(&list);
		struct hs_bytes hint = hs_reader_vec(&list, 2, 0);

		if (!list.failed && type == UPN_DOMAIN_HINT)
			alert = read_hint(hs, hint);
	}
	if (list.failed || !hs_reader_done(&r))
		return HS_ALERT_DECODE_ERROR;
	return alert;
}

/* RFC 4680 2: each type of entry has to be agreed on by an extension, and there
 * is but one that could be; a client that agreed and sends the message has to
 * say something in it. */
int hs_mapping_recv(struct hs *hs, struct hs_bytes body)
{
	struct hs_reader r = hs_reader(body), list;
	int alert = 0;

	list = hs_reader(hs_reader_vec(&r, 3, 1));
	hs->user.len = 0;
	while (!alert && list.len && !list.failed) {
		uint16_t type = hs_reader_u16(&list);
		struct hs_bytes entry = hs_reader_vec(&list, 2, 0);

		if (!list.failed)
			alert = type == USER_MAPPING_DATA ?
					read_hints(hs, entry) :
					HS_ALERT_ILLEGAL_PARAMETER;
	}
	if (list.failed || !hs_reader_done(&r))
		return HS_ALERT_DECODE_ERROR;
	if (!alert && !hs->user.len)
		alert = HS_ALERT_ILLEGAL_PARAMETER;
	return alert ? alert : hs_server12_after_hello(hs);
}
