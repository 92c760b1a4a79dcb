// SPDX-License-Identifier: Apache-2.0
/* version: which of TLS 1.3 and 1.2 a handshake is about, and so which state
 * table (RFC 8446 4.2.1, 4.1.3, D). */
#include "engine.h"
#include "ext.h"

/* A ClientHello offers what the configuration allows, and the same after a
 * retry; what a server says is about the version that it chose. */
bool hs_hello_offers(const struct hs *hs, uint16_t version)
{
	if (hs->renegotiating ||
	    (hs->config->role == HS_SERVER && hs->info.version))
		return version == hs->info.version;
	return hs_policy_version(&hs->policy, version);
}

/* 4.1.2: a renegotiation keeps the version. */
static bool may_choose(const struct hs *hs, uint16_t version)
{
	return hs->renegotiating ? version == HS_TLS12 :
				   hs_policy_version(&hs->policy, version);
}

static uint16_t newest(const struct hs *hs, struct hs_bytes offered)
{
	for (uint16_t v = HS_TLS13; v >= HS_TLS12; v--)
		if (hs_u16_in(offered, v) && may_choose(hs, v))
			return v;
	return 0;
}

/* RFC 8446 D.5: no SSL 3, and nothing of SSL 2 (RFC 5246 E.2). 4.2.1: with
 * supported_versions the legacy_version has no say, without it the client has
 * nothing newer than TLS 1.2 (D.2: then that is what it gets). */
int hs_version_choose(const struct hs *hs, const struct hs_client_hello *m,
		      uint16_t *version)
{
	struct hs_reader r;
	struct hs_bytes body, list;
	int alert = hs_ext_find(m->extensions, HS_EXT_SUPPORTED_VERSIONS,
				&body);

	*version = 0;
	if (alert || m->legacy_version <= 0x0300)
		return alert;
	if (!body.data) {
		if (m->legacy_version >= HS_TLS12 &&
		    may_choose(hs, HS_TLS12))
			*version = HS_TLS12;
		return 0;
	}
	r = hs_reader(body);
	list = hs_reader_vec(&r, 1, 2);
	if (!hs_reader_done(&r) || list.len % 2)
		return HS_ALERT_DECODE_ERROR;
	*version = newest(hs, list);
	return 0;
}

/* After a HelloRetryRequest there is no way back to TLS 1.2; what can't be read
 * is refused by the handler. */
const struct hs_machine *hs_server_hand_over(const struct hs *hs,
					     enum hs_mt message,
					     struct hs_bytes body)
{
	struct hs_client_hello m;
	uint16_t version;

	if (message == HS_MT_CLIENT_HELLO && hs->state == HS_ST_START &&
	    !hs->info.retried && !hs_client_hello_parse(&m, body) &&
	    !hs_version_choose(hs, &m, &version) && version == HS_TLS12)
		return &hs_server12;
	return hs->machine;
}

/* RFC 8446 4.2.1, D.1: a server that chooses TLS 1.2 says so without the
 * extension. D.3: with early data on its way there is no going back. */
const struct hs_machine *hs_client_hand_over(const struct hs *hs,
					     enum hs_mt message,
					     struct hs_bytes body)
{
	struct hs_server_hello m;
	struct hs_bytes versions;

	if (message == HS_MT_SERVER_HELLO && hs->state == HS_ST_WAIT_SH &&
	    !hs->info.retried && !hs->info.early_offered &&
	    hs_policy_version(&hs->policy, HS_TLS12) &&
	    !hs_server_hello_parse(&m, body) &&
	    !hs_ext_find(m.extensions, HS_EXT_SUPPORTED_VERSIONS, &versions) &&
	    !versions.data && m.legacy_version == HS_TLS12)
		return &hs_client12;
	return hs->machine;
}
