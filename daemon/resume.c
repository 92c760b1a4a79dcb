// SPDX-License-Identifier: Apache-2.0
/*
 * resume: owns a client connection's dealings with the session cache: under
 * which key, what is offered, what is kept, and what is forgotten.
 */
#include "daemon/resume.h"

#include <string.h>

#include "daemon/report.h"

static bool make_key(struct tlsup_session_key *key,
		     const struct tlsup_host *host, struct hs_bytes alpn)
{
	const struct tlsup_request *request = host->request;
	char address[TLSUP_ADDRESS_TEXT];
	const char *name = request->server_name;
	struct tlsup_session_terms terms = {
		.alpn = alpn,
		.profile = host->profile->name,
		.fingerprint = { host->profile->fingerprint,
				 sizeof(host->profile->fingerprint) },
		.verify = request->verify,
	};

	terms.port = tlsup_address_parts(&request->peer, address);
	if (!*name)
		name = address;
	terms.name = (struct hs_bytes){ (const uint8_t *)name, strlen(name) };
	return tlsup_session_key_make(key, &terms);
}

void tlsup_resume_offer(struct tlsup_resume *r, struct tlsup_host *host,
			struct hs *hs, struct hs_bytes alpn)
{
	const struct tlsup_shared *shared = host->shared;
	struct hs_session *session;

	r->on = make_key(&r->key, host, alpn);
	if (!r->on)
		return;
	/* If it is taken up, no chain is seen: that of then counts. Otherwise
	 * verify_chain() says anew. */
	session = tlsup_sessions_take(shared->sessions, &r->key,
				      shared->now_ms(), &host->until_ms);
	if (!session)
		return;
	hs_set_session(hs, session);
	hs_session_free(session);
}

void tlsup_resume_keep(const struct tlsup_resume *r,
		       const struct tlsup_host *host, const struct hs *hs)
{
	struct hs_session *session;

	if (!r->on || hs_info(hs)->version != TLSUP_VERSION_1_2)
		return;
	/* Also what it was resumed by, which is good for more than one
	 * connection: it left the cache until this one was known to be well. */
	session = hs_session_made(hs);
	if (session)
		tlsup_sessions_put(host->shared->sessions, &r->key, session,
				   host->until_ms);
}

size_t tlsup_resume_note(const struct tlsup_resume *r,
			 const struct tlsup_host *host, const struct hs *hs,
			 uint8_t out[TLSUP_NOTE_MAX])
{
	if (!r->on || hs_info(hs)->version != TLSUP_VERSION_1_3)
		return 0;
	return tlsup_note_pack(&r->key, host->until_ms, hs, out);
}

void tlsup_resume_forget(const struct tlsup_resume *r,
			 const struct tlsup_host *host)
{
	if (r->on)
		tlsup_sessions_drop(host->shared->sessions, &r->key);
}
