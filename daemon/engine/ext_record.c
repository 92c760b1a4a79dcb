// SPDX-License-Identifier: Apache-2.0
/* ext_record: record_size_limit, RFC 8449. The record layer cuts and measures;
 * here the two sides tell each other, and hs_info() the record layer. */
#include "ext.h"

#define LIMIT_MIN	64
#define CONTENT_MAX	16384

/* RFC 8449 4: in TLS 1.3 the limit counts the byte of the content type too. */
static uint16_t limit_max(uint16_t version)
{
	return version == HS_TLS13 ? CONTENT_MAX + 1 : CONTENT_MAX;
}

/* A limit that changes nothing is told as none. */
static uint16_t content_limit(uint16_t version, uint16_t limit)
{
	if (limit >= limit_max(version))
		return 0;
	return version == HS_TLS13 ? limit - 1 : limit;
}

static uint16_t own_limit(const struct hs *hs, uint16_t version)
{
	uint16_t limit = hs->config->record_size_limit;

	if (!limit || limit > limit_max(version))
		return limit_max(version);
	return limit < LIMIT_MIN ? LIMIT_MIN : limit;
}

bool hs_record_limit_offer(struct hs *hs, struct hs_buf *b)
{
	if (!hs->config->record_size_limit)
		return false;
	hs_buf_u16(b, own_limit(hs, HS_TLS13));
	return true;
}

/* More than the protocol's own limit may be meant for a version that we don't
 * know: a server takes it (RFC 8449 4). */
int hs_record_limit_accept(struct hs *hs, struct hs_reader *r)
{
	hs->seen.record_limit = hs_reader_u16(r);
	return hs->seen.record_limit < LIMIT_MIN ? HS_ALERT_ILLEGAL_PARAMETER :
						   0;
}

/* Both limits hold from here on. */
static void agree(struct hs *hs, uint16_t peer)
{
	uint16_t version = hs->info.version;

	hs->info.peer_record_limit = content_limit(version, peer);
	hs->info.record_limit = content_limit(version, own_limit(hs, version));
}

bool hs_record_limit_answer(struct hs *hs, enum hs_place place,
			    struct hs_buf *b)
{
	(void)place;
	if (!hs->config->record_size_limit)
		return false;
	hs_buf_u16(b, own_limit(hs, hs->info.version));
	agree(hs, hs->seen.record_limit);
	return true;
}

/* RFC 8449 4: a client may refuse more than the version allows. */
int hs_record_limit_receive(struct hs *hs, enum hs_place place,
			    struct hs_reader *r)
{
	uint16_t limit = hs_reader_u16(r);

	(void)place;
	if (limit < LIMIT_MIN || limit > limit_max(hs->info.version))
		return HS_ALERT_ILLEGAL_PARAMETER;
	agree(hs, limit);
	return 0;
}

/* RFC 8449 5: "A client MUST treat receipt of both" as an error. */
int hs_record_limit_check(struct hs *hs, enum hs_place place, bool present)
{
	if (present && !(place & HS_IN_REQUEST) &&
	    hs_ext_present(hs, HS_EXT_MAX_FRAGMENT_LENGTH))
		return HS_ALERT_ILLEGAL_PARAMETER;
	return 0;
}
