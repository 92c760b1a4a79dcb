// SPDX-License-Identifier: Apache-2.0
/* ext_name: server_name (RFC 6066 3) and ALPN (RFC 7301). */
#include <string.h>

#include "ext.h"

#define HOST_NAME 0

/* RFC 6066 3: "Literal IPv4 and IPv6 addresses are not permitted": a last
 * label of digits can be no top-level domain, and no name has a colon. */
static bool is_address(const char *name)
{
	const char *last = strrchr(name, '.');

	last = last ? last + 1 : name;
	return strchr(name, ':') || strspn(last, "0123456789") == strlen(last);
}

bool hs_sni_offer(struct hs *hs, struct hs_buf *b)
{
	size_t list, len = strlen(hs->server_name);

	if (!len || is_address(hs->server_name))
		return false;
	list = hs_buf_open(b, 2);
	hs_buf_u8(b, HOST_NAME);
	hs_buf_vec(b, 2, hs_bytes(hs->server_name, len));
	hs_buf_close(b, 2, list);
	return true;
}

static bool is_host_name(struct hs_bytes name)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.data[i] <= ' ' || name.data[i] > '~')
			return false;
	return name.len <= HS_NAME_MAX;
}

/* One host_name: RFC 6066 3 forbids two of a type and no other type was ever
 * defined. A zero byte or anything else that is no letter of a name would
 * later be compared with a certificate's, so it ends here. */
int hs_sni_accept(struct hs *hs, struct hs_reader *r)
{
	struct hs_reader list = hs_reader(hs_reader_vec(r, 2, 1));
	uint8_t type = hs_reader_u8(&list);
	struct hs_bytes name = hs_reader_vec(&list, 2, 1);

	if (list.failed)
		return HS_ALERT_DECODE_ERROR;
	if (list.len || type != HOST_NAME || !is_host_name(name))
		return HS_ALERT_ILLEGAL_PARAMETER;
	hs->seen.server_name = name;
	return 0;
}

/* RFC 6066 3: an empty one tells that the name was used; a ServerHello that resumes
 * must not have it. */
bool hs_sni_answer(struct hs *hs, enum hs_place place, struct hs_buf *b)
{
	(void)b;
	return place != HS_IN_SH12 || !hs->info.resumed;
}

/* It has no body, which the loop over the block sees to. */
int hs_empty_receive(struct hs *hs, enum hs_place place, struct hs_reader *r)
{
	(void)hs;
	(void)place;
	(void)r;
	return 0;
}

static struct hs_bytes own_protocols(const struct hs *hs)
{
	return hs->alpn.len ? hs_buf_bytes(&hs->alpn) : hs->config->alpn;
}

bool hs_alpn_offer(struct hs *hs, struct hs_buf *b)
{
	struct hs_bytes own = own_protocols(hs);
	size_t list;

	if (!own.len)
		return false;
	list = hs_buf_open(b, 2);
	hs_grease_protocol(hs, b);
	hs_buf_add(b, own.data, own.len);
	hs_buf_close(b, 2, list);
	return true;
}

/* Every name of the list has at least a byte; is `wanted` among them? */
static int find_protocol(struct hs_bytes names, struct hs_bytes wanted,
			 bool *found)
{
	struct hs_reader list = hs_reader(names);

	*found = false;
	while (list.len && !list.failed)
		if (hs_bytes_equal(hs_reader_vec(&list, 1, 1), wanted))
			*found = true;
	return list.failed ? HS_ALERT_DECODE_ERROR : 0;
}

bool hs_alpn_has(const struct hs *hs, struct hs_bytes name)
{
	bool found;

	return !find_protocol(own_protocols(hs), name, &found) && found;
}

int hs_alpn_accept(struct hs *hs, struct hs_reader *r)
{
	bool found;

	hs->seen.alpn = hs_reader_vec(r, 2, 2);
	return find_protocol(hs->seen.alpn, hs_bytes(NULL, 0), &found);
}

static void select_protocol(struct hs *hs, struct hs_bytes name)
{
	memcpy(hs->alpn_selected, name.data, name.len);
	hs->info.alpn = hs_bytes(hs->alpn_selected, name.len);
}

/* The server's order decides. RFC 7301 3.2: none in common is an error. A
 * server that has no list takes no part. */
static int choose(struct hs *hs, bool offered)
{
	struct hs_bytes own = own_protocols(hs);
	struct hs_reader list = hs_reader(own);
	bool found = false;

	while (offered && list.len && !list.failed && !found) {
		struct hs_bytes name = hs_reader_vec(&list, 1, 1);
		int alert = find_protocol(hs->seen.alpn, name, &found);

		if (alert)
			return alert;
		if (found)
			select_protocol(hs, name);
	}
	if (found || (!offered && !hs->config->alpn_required) || !own.len)
		return 0;
	return HS_ALERT_NO_APPLICATION_PROTOCOL;
}

int hs_alpn_check(struct hs *hs, enum hs_place place, bool present)
{
	if (place & HS_IN_HELLO)
		return choose(hs, present);
	return !present && hs->config->alpn_required ?
		       HS_ALERT_NO_APPLICATION_PROTOCOL : 0;
}

bool hs_alpn_answer(struct hs *hs, enum hs_place place, struct hs_buf *b)
{
	size_t list;

	(void)place;
	if (!hs->info.alpn.len)
		return false;
	list = hs_buf_open(b, 2);
	hs_buf_vec(b, 1, hs->info.alpn);
	hs_buf_close(b, 2, list);
	return true;
}

/* RFC 7301 3.1: exactly one name, and one that we offered. */
int hs_alpn_receive(struct hs *hs, enum hs_place place, struct hs_reader *r)
{
	struct hs_reader list = hs_reader(hs_reader_vec(r, 2, 2));
	struct hs_bytes name = hs_reader_vec(&list, 1, 1);
	bool found;
	int alert;

	(void)place;
	if (!hs_reader_done(&list))
		return HS_ALERT_DECODE_ERROR;
	alert = find_protocol(own_protocols(hs), name, &found);
	if (alert || !found)
		return HS_ALERT_ILLEGAL_PARAMETER;
	select_protocol(hs, name);
	return 0;
}
