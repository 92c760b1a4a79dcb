// SPDX-License-Identifier: Apache-2.0
/*
 * later: owns post-handshake authentication (RFC 8446 4.6.2) between the
 * kernel's questions and the engine, in either role.
 */
#include "daemon/later.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/cause.h"
#include "daemon/ending.h"
#include "daemon/report.h"

/* An engine's record. */
#define CONTENT_MAX	16384
/* So many updates since the last question are no work; but a peer may send them
 * as fast as it likes, for days, and others wait meanwhile. */
#define KEY_UPDATES_MAX	65536

int tlsup_later_fail(struct tlsup_answer *answer, int error, uint8_t alert,
		     const char *reason)
{
	snprintf(answer->reason, sizeof(answer->reason), "%s", reason);
	answer->fail = (struct tlsup_fail){
		.error = error,
		.alert_sent = alert,
		.reason = answer->reason,
	};
	return error;
}

static int internal_error(struct tlsup_answer *answer, const char *reason)
{
	return tlsup_later_fail(answer, ECONNABORTED, HS_ALERT_INTERNAL_ERROR,
				reason);
}

static int engine_failed(const struct tlsup_later *later,
			 struct tlsup_answer *answer)
{
	const struct hs_error *e = hs_error(later->hs);

	return tlsup_later_fail(answer,
				tlsup_cause_errno(later->host->cause,
						  e->alert_sent,
						  e->alert_received),
				e->alert_sent, e->reason);
}

static bool append(struct tlsup_answer *answer, const struct hs_output *out)
{
	uint8_t *more = realloc(answer->message, answer->message_len + out->len);

	if (!more)
		return false;
	memcpy(more + answer->message_len, out->data, out->len);
	answer->message = more;
	answer->message_len += out->len;
	return true;
}

/* What the engine wants sent; a fatal alert is the kernel's to send. */
static bool collect(struct tlsup_later *later, struct tlsup_answer *answer,
		    bool *authenticated)
{
	struct hs_output out;
	bool good = true;

	while (hs_next(later->hs, &out)) {
		if (out.kind == HS_OUT_RECORD && out.type == HS_HANDSHAKE)
			good = good && append(answer, &out);
		if (out.kind == HS_OUT_AUTHENTICATED)
			*authenticated = true;
		hs_secret_wipe(&out.secret);
	}
	return good;
}

static void feed(struct hs *hs, struct hs_bytes message)
{
	size_t at, part;

	for (at = 0; at < message.len; at += part) {
		part = message.len - at;
		if (part > CONTENT_MAX)
			part = CONTENT_MAX;
		if (hs_record(hs, HS_HANDSHAKE, message.data + at, part))
			return;
	}
}

/* The client's Finished is made with the secret of that moment (4.4). */
static bool follow_keys(struct tlsup_later *later, uint32_t key_updates)
{
	if (key_updates - later->key_updates > KEY_UPDATES_MAX)
		return false;
	for (; later->key_updates != key_updates; later->key_updates++)
		if (hs_client_key_updated(later->hs))
			break;
	return true;
}

/* The client has answered, and is believed. */
static void give_verdict(struct tlsup_later *later, struct tlsup_answer *answer)
{
	const struct hs_info *info = hs_info(later->hs);

	answer->chain = tlsup_ending_chain(info, &answer->chain_len);
	if (info->peer_chain_len)
		answer->flags = TLSUP_F_PEER_VERIFIED;
	tlsup_report_later(later->host->request, info);
}

int tlsup_later_ask(struct tlsup_later *later, const struct tlsup_ask *ask,
		    struct tlsup_answer *answer)
{
	bool server = later->host->request->role == HS_SERVER;
	bool authenticated = false;
	uint32_t context;

	memset(answer, 0, sizeof(*answer));
	later->host->cause = 0;
	if (!follow_keys(later, ask->key_updates))
		return internal_error(answer, "the keys were updated too often");
	if (ask->message.len)
		feed(later->hs, ask->message);
	else if (hs_request_certificate(later->hs, &context))
		return internal_error(answer, "the client cannot be asked for a certificate");
	if (!collect(later, answer, &authenticated))
		return internal_error(answer, "out of memory");
	if (hs_state(later->hs) == HS_FAILED)
		return engine_failed(later, answer);
	if (authenticated)
		give_verdict(later, answer);
	else if (!answer->message_len || (server && ask->message.len))
		return internal_error(answer, "the peer's messages are no answer");
	return 0;
}

void tlsup_answer_free(struct tlsup_answer *answer)
{
	free(answer->message);
	free(answer->chain);
}
