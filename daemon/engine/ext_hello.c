// SPDX-License-Identifier: Apache-2.0
/* ext_hello: what the two hellos agree on: supported_versions,
 * supported_groups, key_share and cookie (RFC 8446 4.2.1, 4.2.2, 4.2.7, 4.2.8). */
#include "ext.h"

bool hs_versions_offer(struct hs *hs, struct hs_buf *b)
{
	size_t list = hs_buf_open(b, 1);

	hs_grease_put(hs, HS_GREASE_VERSION, b);
	for (uint16_t v = HS_TLS13; v >= HS_TLS12; v--)
		if (hs_hello_offers(hs, v))
			hs_buf_u16(b, v);
	hs_buf_close(b, 1, list);
	return true;
}

int hs_versions_accept(struct hs *hs, struct hs_reader *r)
{
	hs->seen.versions = hs_reader_vec(r, 1, 2);
	return hs->seen.versions.len % 2 ? HS_ALERT_DECODE_ERROR : 0;
}

bool hs_versions_answer(struct hs *hs, enum hs_place place, struct hs_buf *b)
{
	(void)hs;
	(void)place;
	hs_buf_u16(b, HS_TLS13);
	return true;
}

int hs_versions_receive(struct hs *hs, enum hs_place place,
			struct hs_reader *r)
{
	(void)place;
	hs->seen.version = hs_reader_u16(r);
	return 0;
}

bool hs_groups_offer(struct hs *hs, struct hs_buf *b)
{
	size_t list = hs_buf_open(b, 2);

	hs_grease_put(hs, HS_GREASE_GROUP, b);
	for (size_t i = 0; i < hs->policy.groups.n; i++)
		hs_buf_u16(b, hs->policy.groups.id[i]);
	hs_buf_close(b, 2, list);
	return true;
}

int hs_groups_accept(struct hs *hs, struct hs_reader *r)
{
	hs->seen.groups = hs_reader_vec(r, 2, 2);
	return hs->seen.groups.len % 2 ? HS_ALERT_DECODE_ERROR : 0;
}

/* 4.2.7: a hint for later connections, and "clients MUST NOT act upon" it
 * before the handshake is over. We never do. */
int hs_groups_receive(struct hs *hs, enum hs_place place, struct hs_reader *r)
{
	(void)hs;
	(void)place;
	return hs_reader_vec(r, 2, 2).len % 2 ? HS_ALERT_DECODE_ERROR : 0;
}

/* 9.2: without pre_shared_key, both signature_algorithms and supported_groups;
 * and supported_groups if and only if key_share. */
int hs_groups_check(struct hs *hs, enum hs_place place, bool present)
{
	if (place != HS_IN_CH)
		return 0;
	if (!present && !hs_ext_present(hs, HS_EXT_PRE_SHARED_KEY))
		return HS_ALERT_MISSING_EXTENSION;
	return present == hs_ext_present(hs, HS_EXT_KEY_SHARE) ?
		       0 : HS_ALERT_MISSING_EXTENSION;
}

bool hs_share_offer(struct hs *hs, struct hs_buf *b)
{
	size_t list = hs_buf_open(b, 2);

	hs_grease_share(hs, b);
	for (size_t i = 0; i < hs->shares_len; i++) {
		hs_buf_u16(b, hs->shares[i].group);
		hs_buf_vec(b, 2, hs_bytes(hs->shares[i].share,
					  hs->shares[i].len));
	}
	hs_buf_close(b, 2, list);
	return true;
}

/* An empty list is legal: the client waits for a HelloRetryRequest. */
int hs_share_accept(struct hs *hs, struct hs_reader *r)
{
	struct hs_reader list;

	hs->seen.shares = hs_reader_vec(r, 2, 0);
	list = hs_reader(hs->seen.shares);
	while (list.len && !list.failed) {
		hs_reader_u16(&list);
		hs_reader_vec(&list, 2, 1);
	}
	return list.failed ? HS_ALERT_DECODE_ERROR : 0;
}

/* 4.2.8: one share for a group, each group one of supported_groups, in the
 * same order: one walk over both lists sees all three. */
int hs_share_check(struct hs *hs, enum hs_place place, bool present)
{
	struct hs_reader list = hs_reader(hs->seen.shares);
	size_t i = 0, n = hs_u16s(hs->seen.groups);

	if (place != HS_IN_CH || !present)
		return 0;
	while (list.len) {
		uint16_t group = hs_reader_u16(&list);

		hs_reader_vec(&list, 2, 1);
		while (i < n && hs_u16_at(hs->seen.groups, i) != group)
			i++;
		if (i++ >= n)
			return HS_ALERT_ILLEGAL_PARAMETER;
	}
	return 0;
}

bool hs_share_find(struct hs_bytes shares, uint16_t group,
		   struct hs_bytes *share)
{
	struct hs_reader list = hs_reader(shares);

	while (list.len && !list.failed) {
		uint16_t g = hs_reader_u16(&list);

		*share = hs_reader_vec(&list, 2, 1);
		if (!list.failed && g == group)
			return true;
	}
	return false;
}

/* 4.2.8: a HelloRetryRequest names the group, a ServerHello has the share. */
bool hs_share_answer(struct hs *hs, enum hs_place place, struct hs_buf *b)
{
	if (!hs->server_share.len && place == HS_IN_SH)
		return false;
	hs_buf_u16(b, hs->info.group);
	if (place == HS_IN_SH)
		hs_buf_vec(b, 2, hs->server_share);
	return true;
}

int hs_share_receive(struct hs *hs, enum hs_place place, struct hs_reader *r)
{
	hs->seen.share_group = hs_reader_u16(r);
	if (place == HS_IN_SH)
		hs->seen.share = hs_reader_vec(r, 2, 1);
	return 0;
}

/* The cookie is the one extension that the server begins and the client
 * repeats: 4.2.2. */
bool hs_cookie_offer(struct hs *hs, struct hs_buf *b)
{
	if (!hs->cookie.len)
		return false;
	hs_buf_vec(b, 2, hs_buf_bytes(&hs->cookie));
	return true;
}

int hs_cookie_accept(struct hs *hs, struct hs_reader *r)
{
	hs->seen.cookie = hs_reader_vec(r, 2, 1);
	return 0;
}

bool hs_cookie_answer(struct hs *hs, enum hs_place place, struct hs_buf *b)
{
	(void)place;
	return hs_cookie_offer(hs, b);
}

int hs_cookie_receive(struct hs *hs, enum hs_place place, struct hs_reader *r)
{
	(void)place;
	return hs_cookie_accept(hs, r);
}

/* Ours must come back, unchanged; and one that we never sent is out of place,
 * for "clients MUST NOT use cookies in their initial ClientHello". */
int hs_cookie_check(struct hs *hs, enum hs_place place, bool present)
{
	if (place != HS_IN_CH)
		return 0;
	if (!present)
		return hs->cookie.len ? HS_ALERT_MISSING_EXTENSION : 0;
	if (hs->seen.cookie.len != hs->cookie.len ||
	    !hs_secret_equal(hs->seen.cookie.data, hs->cookie.data,
			     hs->cookie.len))
		return HS_ALERT_ILLEGAL_PARAMETER;
	return 0;
}
