// SPDX-License-Identifier: Apache-2.0
/*
 * resume: owns a connection's dealings with the session caches: a client's key,
 * what is offered, what is kept; and, of both roles, what is forgotten.
 */
#include "daemon/resume.h"

#include <string.h>

#include "daemon/engine/hs_crypto.h"
#include "daemon/report.h"
#include "daemon/server_sessions.h"

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

	r->on = make_key(&r->key, host, alpn) &&
		!shared->crypto->random((uint8_t *)&r->origin,
					sizeof(r->origin));
	if (!r->on)
		return;
	session = tlsup_sessions_take(shared->sessions, &r->key,
				      shared->now_ms(), &r->offered);
	if (!session)
		return;
	/* If it is taken up, no chain is seen: that of then counts. Otherwise
	 * verify_chain() says anew. */
	host->until_ms = r->offered.until_ms;
	hs_set_session(hs, session);
	hs_session_free(session);
}

void tlsup_resume_keep(struct tlsup_resume *r, const struct tlsup_host *host,
		       const struct hs *hs)
{
	struct tlsup_session_base base = { host->until_ms, r->origin, 0 };
	struct hs_session *session;

	if (!r->on || r->kept || hs_info(hs)->version != TLSUP_VERSION_1_2)
		return;
	r->kept = true;
	session = hs_session_made(hs);
	if (!session)
		return;
	/* What it was resumed by, with a new ticket or the old, is good for more
	 * than one connection: it left the cache until this one was known to
	 * be well, and stays the session that it was. */
	if (hs_info(hs)->resumed)
		tlsup_sessions_put_back(host->shared->sessions, &r->key,
					session, &r->offered);
	else
		tlsup_sessions_put(host->shared->sessions, &r->key, session,
				   &base);
}

/* A server has something to forget where TLS 1.2 has put it in the cache. RFC 5077
 * 5.1: a ticket that fails nobody need not be. */
static size_t server_note(const struct tlsup_host *host, const struct hs *hs,
			  uint8_t *out)
{
	struct tlsup_server_session_key key = { host->profile->name,
						hs_session_id(hs) };
	uint8_t digest[TLSUP_DIGEST];

	if (!key.id.len || !tlsup_server_session_digest(&key, digest))
		return 0;
	return tlsup_note_pack_server(digest, out);
}

size_t tlsup_resume_note(const struct tlsup_resume *r,
			 const struct tlsup_host *host, const struct hs *hs,
			 uint8_t out[TLSUP_NOTE_MAX])
{
	const struct hs_info *info = hs_info(hs);
	struct tlsup_client_note client = {
		.key = r->key,
		.origin = r->origin,
		.before = info->resumed ? r->offered.origin : r->origin,
		.until_ms = host->until_ms,
	};

	if (host->request->role == HS_SERVER)
		return server_note(host, hs, out);
	return r->on ? tlsup_note_pack(&client, hs, out) : 0;
}

void tlsup_resume_forget(const struct tlsup_resume *r,
			 const struct tlsup_host *host)
{
	if (r->on)
		tlsup_sessions_drop(host->shared->sessions, &r->key);
}

/* --- After the handshake --- */

int tlsup_resume_post(const struct tlsup_shared *shared,
		      struct hs_bytes message, struct hs_bytes bytes)
{
	struct tlsup_session_base base = { 0 };
	struct hs_session *session;
	struct tlsup_note note;
	int alert = 0;

	/* Another agent may have left it, or an older version of this one, or
	 * the profile wants no resumption: the message is looked at all the same. */
	if (!tlsup_note_parse(bytes, &note))
		note.resumption = (struct hs_bytes){ NULL, 0 };
	session = hs_ticket_session(shared->crypto, note.resumption, message,
				    shared->now_ms(), &alert);
	base.until_ms = note.client.until_ms;
	base.origin = note.client.origin;
	if (session)
		tlsup_sessions_put(shared->sessions, &note.client.key, session,
				   &base);
	/* Our own trouble, or no secret: then there is no ticket, and that is
	 * nobody's fault. */
	return alert == HS_ALERT_INTERNAL_ERROR ? 0 : alert;
}

void tlsup_resume_end(const struct tlsup_shared *shared, struct hs_bytes bytes)
{
	struct tlsup_sessions *sessions = shared->sessions;
	struct tlsup_note note;

	if (!tlsup_note_parse(bytes, &note))
		return;
	if (!note.server) {
		tlsup_sessions_forget(sessions, &note.client.key,
				      note.client.origin);
		tlsup_sessions_forget(sessions, &note.client.key,
				      note.client.before);
	} else if (shared->server_sessions) {
		tlsup_server_sessions_forget(shared->server_sessions,
					     note.digest);
	}
}

void tlsup_resume_end_all(const struct tlsup_shared *shared)
{
	tlsup_sessions_clear(shared->sessions);
	if (shared->server_sessions)
		tlsup_server_sessions_clear(shared->server_sessions);
}
