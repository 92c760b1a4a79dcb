// SPDX-License-Identifier: Apache-2.0
/* resume12: resumption in TLS 1.2, by session ID (RFC 5246 7.3, F.1.4) and by
 * ticket (RFC 5077): what a client offers and keeps, what a server takes and
 * gives. */
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "ext.h"
#include "msg12.h"

/* RFC 7627 5.3, 5.4: a session without an extended master secret is worth
 * nothing to who insists on it. */
static bool usable(const struct hs *hs, const struct hs_session *s)
{
	uint64_t now = hs->host->now_ms(hs->host_arg);

	return !hs->config->no_resumption &&
	       !strcmp(s->server_name, hs->server_name) &&
	       now >= s->received_ms && now < hs_session_expires(s) &&
	       hs_policy_suite(&hs->policy, s->cipher_suite, HS_TLS12) &&
	       (s->extended_master_secret || hs->config->ems_optional);
}

static void drop_session(struct hs *hs)
{
	hs_session_free(hs->session12);
	hs->session12 = NULL;
}

/* RFC 5077 3.4: beside a ticket the session ID is the client's own, so that the
 * server can say by it whether it resumes. */
int hs_resume12_offer(struct hs *hs)
{
	const struct hs_session *s = hs->session12;

	if (s && !usable(hs, s)) {
		drop_session(hs);
		s = NULL;
	}
	if (!s)
		return 0;
	if (!s->ticket_len) {
		hs->session_id_len = s->id_len;
		memcpy(hs->session_id, s->id, s->id_len);
		return 0;
	}
	hs->session_id_len = sizeof(hs->session_id);
	return hs->crypto->random(hs->session_id, sizeof(hs->session_id));
}

/* RFC 5246 7.4.1.3, RFC 7627 5.3: what a resumed session keeps. */
static int check_resumed(struct hs *hs)
{
	const struct hs_session *s = hs->session12;

	if (!s)
		return hs_fail(hs, HS_ALERT_ILLEGAL_PARAMETER,
			       "the server resumes a session that we don't have");
	if (s->cipher_suite != hs->suite->id)
		return hs_fail(hs, HS_ALERT_ILLEGAL_PARAMETER,
			       "the server resumes with another cipher suite");
	if (s->extended_master_secret != hs->info.extended_master_secret)
		return hs_fail(hs, HS_ALERT_HANDSHAKE_FAILURE,
			       "the server resumes with another kind of master secret");
	return 0;
}

int hs_resume12_answered(struct hs *hs, struct hs_bytes session_id)
{
	bool same = session_id.len &&
		    hs_bytes_equal(session_id, hs_bytes(hs->session_id,
							hs->session_id_len));
	int alert;

	hs->session_id_len = (uint8_t)session_id.len;
	if (session_id.len)
		memcpy(hs->session_id, session_id.data, session_id.len);
	if (!same) {
		drop_session(hs);
		return 0;
	}
	alert = check_resumed(hs);
	if (alert)
		return alert;
	hs->info.resumed = true;
	/* What a server says all the same is said. */
	if (!hs_ext_present(hs, HS_EXT_MAX_FRAGMENT_LENGTH))
		hs_fragment_keep(hs, hs->session12->fragment);
	hs->master = hs->session12->psk;
	return hs_keys12_expand(hs);
}

/* RFC 5077 3.2: empty, it asks for one. */
bool hs_session_ticket_offer(struct hs *hs, struct hs_buf *b)
{
	if (hs->config->no_resumption)
		return false;
	if (hs->session12)
		hs_buf_add(b, hs->session12->ticket, hs->session12->ticket_len);
	return true;
}

int hs_session_ticket_accept(struct hs *hs, struct hs_reader *r)
{
	hs->seen.ticket = hs_reader_bytes(r, r->len);
	return 0;
}

bool hs_session_ticket_answer(struct hs *hs, enum hs_place place,
			      struct hs_buf *b)
{
	(void)place;
	(void)b;
	return hs->ticket_follows;
}

int hs_session_ticket_receive(struct hs *hs, enum hs_place place,
			      struct hs_reader *r)
{
	(void)place;
	(void)r;
	hs->ticket_follows = true;
	return 0;
}

/* RFC 5077 3.3: "If the server determines that it does not want to include a ticket
 * after it has included the SessionTicket extension", it is an empty one. */
int hs_resume12_recv_ticket(struct hs *hs, struct hs_bytes body)
{
	struct hs_new_session_ticket12 m;
	int alert = hs_new_session_ticket12_parse(&m, body);

	if (alert)
		return alert;
	if (m.ticket.len && m.ticket.len <= HS_TICKET_MAX) {
		hs->ticket_lifetime = m.lifetime_hint;
		hs_buf_set(&hs->ticket, m.ticket);
	}
	return hs->ticket.failed ? HS_ALERT_INTERNAL_ERROR :
				   hs_goto(hs, HS_ST_WAIT_CCS);
}

/* RFC 5077 3.3: a hint of zero says nothing about how long. */
static uint32_t client_lifetime(uint32_t hint)
{
	return hint && hint < HS_LIFETIME12_MAX ? hint : HS_LIFETIME12_MAX;
}

static struct hs_session *make_session(const struct hs *hs)
{
	struct hs_session *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->version = HS_TLS12;
	s->cipher_suite = hs->suite->id;
	s->psk = hs->master;
	s->extended_master_secret = hs->info.extended_master_secret;
	s->fragment = hs->fragment;
	s->received_ms = hs->host->now_ms(hs->host_arg);
	s->lifetime = client_lifetime(hs->ticket.len ? hs->ticket_lifetime : 0);
	strcpy(s->server_name, hs->server_name);
	s->alpn_len = (uint8_t)hs->info.alpn.len;
	if (s->alpn_len)
		memcpy(s->alpn, hs->info.alpn.data, s->alpn_len);
	s->ticket_len = hs->ticket.len;
	if (s->ticket_len) {
		memcpy(s->ticket, hs->ticket.data, s->ticket_len);
		return s;
	}
	s->id_len = hs->session_id_len;
	memcpy(s->id, hs->session_id, s->id_len);
	return s;
}

/* A resumed session goes on as it was, unless there is a new ticket. */
struct hs_session *hs_session_made(const struct hs *hs)
{
	if (hs->run != HS_DONE || hs->info.version != HS_TLS12 ||
	    hs->config->role != HS_CLIENT || hs->config->no_resumption)
		return NULL;
	if (hs->info.resumed && !hs->ticket.len)
		return hs_session_copy(hs->session12);
	return hs->ticket.len || hs->session_id_len ? make_session(hs) : NULL;
}

static bool asks(const struct hs *hs)
{
	return hs->config->client_auth != HS_CLIENT_AUTH_NONE;
}

/* RFC 7627 5.4: without an extended master secret a session could be handed on to
 * another server, so it says nothing of who the client is. */
static bool allowed(const struct hs *hs)
{
	return !hs->config->no_resumption && !hs->renegotiating &&
	       (hs->info.extended_master_secret || !asks(hs));
}

static void note_kept(struct hs *hs, struct hs_bytes id)
{
	hs->kept_id_len = (uint8_t)id.len;
	memcpy(hs->kept_id, id.data, id.len);
}

/* RFC 5077 3.4: a client with a ticket means no session ID. */
static bool find(struct hs *hs, struct hs_bytes session_id, uint8_t *plain,
		 size_t cap, struct hs_state12 *s)
{
	const struct hs_host *host = hs->host;

	if (hs->seen.ticket.len) {
		if (!host->ticket_open || hs->seen.ticket.len > HS_TICKET_MAX ||
		    host->ticket_open(hs->host_arg, hs->seen.ticket, plain,
				      &cap))
			return false;
		return hs_state12_unpack(s, hs_bytes(plain, cap));
	}
	if (!host->session_get || !session_id.len ||
	    host->session_get(hs->host_arg, session_id, plain, &cap))
		return false;
	return hs_state12_unpack(s, hs_bytes(plain, cap));
}

/* For this name, in time, and with a suite that both still want. */
static bool fits(const struct hs *hs, const struct hs_state12 *s,
		 struct hs_bytes suites)
{
	uint64_t now = hs->host->now_ms(hs->host_arg);

	return hs_policy_suite(&hs->policy, s->cipher_suite, HS_TLS12) &&
	       hs_u16_in(suites, s->cipher_suite) &&
	       hs_bytes_equal(s->server_name, hs->seen.server_name) &&
	       s->lifetime <= HS_LIFETIME_MAX && now >= s->issued_ms &&
	       now - s->issued_ms < (uint64_t)s->lifetime * 1000;
}

/* RFC 7627 5.3: a client that had it and has it no more is not the same; one
 * that has it now gets a new session. */
static int resume(struct hs *hs, const struct hs_state12 *s)
{
	bool now = hs->info.extended_master_secret;

	if (s->extended_master_secret && !now)
		return hs_fail(hs, HS_ALERT_HANDSHAKE_FAILURE,
			       "a session is resumed without its extended_master_secret");
	if (s->extended_master_secret != now ||
	    !hs_auth_client_stands(hs, s->asked, s->chain))
		return 0;
	hs->info.resumed = true;
	hs_fragment_keep(hs, s->fragment);
	hs->suite = hs_suite(s->cipher_suite);
	hs->info.cipher_suite = s->cipher_suite;
	hs->master = s->master;
	return 0;
}

int hs_resume12_choose(struct hs *hs, struct hs_bytes session_id,
		       struct hs_bytes suites)
{
	uint8_t plain[HS_TICKET_PLAIN_MAX];
	struct hs_state12 s = { 0 };
	int alert = 0;

	if (!allowed(hs))
		return 0;
	if (find(hs, session_id, plain, sizeof(plain), &s) &&
	    fits(hs, &s, suites))
		alert = resume(hs, &s);
	if (!hs->info.resumed)
		goto out;
	/* The ID that comes back says that it is resumed. */
	hs->session_id_len = (uint8_t)session_id.len;
	if (session_id.len)
		memcpy(hs->session_id, session_id.data, session_id.len);
	if (!hs->seen.ticket.len)
		note_kept(hs, session_id);
out:
	hs_wipe(plain, sizeof(plain));
	hs_wipe(&s, sizeof(s));
	return alert;
}

/* RFC 5077 5.6: the hint is how long the ticket is good for, RFC 5246 F.1.4: a
 * day at most. */
static uint32_t server_lifetime(const struct hs *hs)
{
	uint32_t seconds = hs->config->ticket_lifetime;

	return seconds < HS_LIFETIME12_MAX ? seconds : HS_LIFETIME12_MAX;
}

/* A ticket, if the client has room for one (RFC 5077 3.2); else an ID. */
int hs_resume12_promise(struct hs *hs)
{
	if (!allowed(hs) || !server_lifetime(hs))
		return 0;
	hs->ticket_follows = hs_ext_present(hs, HS_EXT_SESSION_TICKET) &&
			     hs->host->ticket_seal && hs->config->tickets;
	if (hs->ticket_follows || !hs->host->session_put)
		return 0;
	hs->session_id_len = sizeof(hs->session_id);
	return hs->crypto->random(hs->session_id, sizeof(hs->session_id));
}

static size_t pack_state(const struct hs *hs, uint8_t *plain, size_t cap)
{
	struct hs_state12 s = {
		.cipher_suite = hs->suite->id,
		.extended_master_secret = hs->info.extended_master_secret,
		.fragment = hs->fragment,
		.master = hs->master,
		.lifetime = server_lifetime(hs),
		.issued_ms = hs->host->now_ms(hs->host_arg),
		.server_name = hs->info.server_name,
		.asked = asks(hs),
		.chain = hs_buf_bytes(&hs->peer),
	};
	size_t len = hs_state12_pack(&s, plain, cap);

	hs_wipe(&s, sizeof(s));
	return len;
}

static int send_ticket(struct hs *hs, struct hs_bytes plain)
{
	uint8_t ticket[HS_TICKET_MAX];
	size_t len = sizeof(ticket);
	struct hs_new_session_ticket12 m = { .lifetime_hint =
						     server_lifetime(hs) };

	if (!plain.len ||
	    hs->host->ticket_seal(hs->host_arg, plain, ticket, &len))
		len = 0;
	m.ticket = hs_bytes(ticket, len);
	hs_new_session_ticket12_build(hs_send_open(hs,
						   HS_MT_NEW_SESSION_TICKET),
				      &m);
	return hs_send_close(hs);
}

/* The client's Finished is there, so the session is a good one. Not to be able to
 * keep it is no failure. */
int hs_resume12_keep(struct hs *hs)
{
	struct hs_bytes id = hs_bytes(hs->session_id, hs->session_id_len);
	uint8_t plain[HS_STATE_MAX];
	int alert = 0;
	size_t len;

	if (hs->info.resumed || (!hs->ticket_follows && !hs->session_id_len))
		return 0;
	len = pack_state(hs, plain, sizeof(plain));
	if (hs->ticket_follows)
		alert = send_ticket(hs, hs_bytes(plain, len));
	else if (len && !hs->host->session_put(hs->host_arg, id,
					       hs_bytes(plain, len)))
		note_kept(hs, id);
	hs_wipe(plain, sizeof(plain));
	return alert;
}

struct hs_bytes hs_session_id(const struct hs *hs)
{
	return hs_bytes(hs->kept_id, hs->kept_id_len);
}

/* RFC 5246 7.2, RFC 5077 5.1: after a fatal alert "the session identifier MUST be
 * invalidated". */
void hs_resume12_drop(struct hs *hs)
{
	if (hs->kept_id_len && hs->host->session_drop)
		hs->host->session_drop(hs->host_arg,
				       hs_bytes(hs->kept_id, hs->kept_id_len));
	hs->kept_id_len = 0;
}
