// SPDX-License-Identifier: Apache-2.0
/* machine: runs the state tables, puts messages together and takes them apart,
 * and is the one place where a handshake fails. */
#include <stdio.h>
#include <string.h>

#include "engine.h"

static const char *const st_names[] = {
	[HS_ST_START]		= "START",
	[HS_ST_WAIT_SH]		= "WAIT_SH",
	[HS_ST_WAIT_EE]		= "WAIT_EE",
	[HS_ST_WAIT_CERT_CR]	= "WAIT_CERT_CR",
	[HS_ST_WAIT_CERT]	= "WAIT_CERT",
	[HS_ST_WAIT_CV]		= "WAIT_CV",
	[HS_ST_WAIT_FINISHED]	= "WAIT_FINISHED",
	[HS_ST_WAIT_CERT_STATUS] = "WAIT_CERT_STATUS",
	[HS_ST_WAIT_SKE]	= "WAIT_SKE",
	[HS_ST_WAIT_CR_SHD]	= "WAIT_CR_SHD",
	[HS_ST_WAIT_SHD]	= "WAIT_SHD",
	[HS_ST_WAIT_SD_CERT]	= "WAIT_SD_CERT",
	[HS_ST_WAIT_SD_CKE]	= "WAIT_SD_CKE",
	[HS_ST_WAIT_CKE]	= "WAIT_CKE",
	[HS_ST_WAIT_NST]	= "WAIT_NST",
	[HS_ST_WAIT_CCS]	= "WAIT_CCS",
	[HS_ST_WAIT_EOED]	= "WAIT_EOED",
	[HS_ST_CONNECTED]	= "CONNECTED",
	[HS_ST_POST_CERT]	= "POST_CERT",
	[HS_ST_POST_CV]	= "POST_CV",
	[HS_ST_POST_FINISHED] = "POST_FINISHED",
};

const char *hs_st_name(enum hs_st st)
{
	return st < HS_ST_COUNT ? st_names[st] : "?";
}

static bool is_warning(int alert)
{
	return alert == HS_ALERT_CLOSE_NOTIFY ||
	       alert == HS_ALERT_USER_CANCELED ||
	       alert == HS_ALERT_NO_RENEGOTIATION;
}

static void queue_alert(struct hs *hs, int alert)
{
	struct hs_buf *b = hs_queue_bytes(&hs->queue);
	size_t at = b->len;

	hs_buf_u8(b, is_warning(alert) ? 1 : 2);
	hs_buf_u8(b, (uint8_t)alert);
	if (!b->failed)
		hs_queue_record(&hs->queue, HS_ALERT, at);
}

void hs_warn(struct hs *hs, int alert)
{
	queue_alert(hs, alert);
}

/* RFC 5246 7.2.2: by a fatal alert, sent or received; a close_notify is none, and
 * what was agreed on is as good as before (RFC 5246 7.2.1). */
static bool ends_session(const struct hs *hs, int sent)
{
	uint8_t received = hs->error.alert_received;

	if (sent != HS_ALERT_NONE)
		return !is_warning(sent);
	return received != HS_ALERT_NONE &&
	       (hs->error.level == 2 || !is_warning(received));
}

int hs_fail(struct hs *hs, int alert, const char *reason)
{
	if (hs->failure)
		return hs->failure;
	/* close_notify is 0, which would read as success. */
	hs->failure = alert ? alert : HS_ALERT_NONE;
	hs->run = HS_FAILED;
	snprintf(hs->reason, sizeof(hs->reason), "%s", reason);
	hs->error.alert_sent = (uint8_t)alert;
	hs->error.version = hs->info.version;
	if (alert != HS_ALERT_NONE)
		hs->error.level = is_warning(alert) ? 1 : 2;
	hs_queue_clear(&hs->queue);
	hs_schedule_wipe(&hs->schedule);
	if (ends_session(hs, alert))
		hs_resume12_drop(hs);
	if (alert != HS_ALERT_NONE)
		queue_alert(hs, alert);
	/* RFC 8446 6.1: user_canceled is followed by a close_notify. */
	if (alert == HS_ALERT_USER_CANCELED)
		queue_alert(hs, HS_ALERT_CLOSE_NOTIFY);
	hs_queue_event(&hs->queue, HS_OUT_FAILED);
	return hs->failure;
}

int hs_goto(struct hs *hs, enum hs_st next)
{
	hs->state = next;
	return 0;
}

static const struct hs_step *find(const struct hs *hs, enum hs_mt message)
{
	for (size_t i = 0; i < hs->machine->n; i++) {
		const struct hs_step *s = &hs->machine->steps[i];

		if (s->state == hs->state && s->message == message)
			return s;
	}
	return NULL;
}

static int unexpected(struct hs *hs, enum hs_mt message)
{
	char reason[HS_REASON_MAX];

	snprintf(reason, sizeof(reason), "unexpected message: %s in state %s",
		 hs_mt_name(message), hs_st_name(hs->state));
	return hs_fail(hs, HS_ALERT_UNEXPECTED_MESSAGE, reason);
}

/* The words for an alert that came back from a parser, without its own. */
static int refused(struct hs *hs, enum hs_mt message, int alert)
{
	static const struct {
		int		alert;
		const char	*what;
	} words[] = {
		{ HS_ALERT_DECODE_ERROR, "can't be parsed" },
		{ HS_ALERT_ILLEGAL_PARAMETER, "has a value that is not allowed" },
		{ HS_ALERT_MISSING_EXTENSION, "lacks an extension" },
		{ HS_ALERT_UNSUPPORTED_EXTENSION,
		  "has an extension that was not asked for" },
		{ HS_ALERT_NO_APPLICATION_PROTOCOL,
		  "has no application protocol in common with us" },
		{ HS_ALERT_INTERNAL_ERROR, "met an internal error" },
	};
	const char *what = "was refused";
	char reason[HS_REASON_MAX];

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].alert == alert)
			what = words[i].what;
	snprintf(reason, sizeof(reason), "%s %s", hs_mt_name(message), what);
	return hs_fail(hs, alert, reason);
}

int hs_transcript_put(struct hs *hs, struct hs_bytes message)
{
	if (hs->logging)
		hs_buf_add(&hs->log, message.data, message.len);
	if (hs->log.failed)
		return HS_ALERT_INTERNAL_ERROR;
	return hs_transcript_add(&hs->transcript, message);
}

/* RFC 8446 4.4.1: every message, in its order. */
static int enter_transcript(struct hs *hs, const struct hs_step *step)
{
	int alert = 0;

	if (step->flags & HS_OWN_HASH || !hs_mt_on_wire(step->message))
		return 0;
	if (step->flags & HS_HASH_BEFORE)
		alert = hs_transcript_hash(&hs->transcript, hs->hash_before);
	return alert ? alert : hs_transcript_put(hs, hs->message);
}

int hs_machine_run(struct hs *hs, enum hs_mt message, struct hs_bytes body,
		   bool at_boundary)
{
	const struct hs_step *step;
	int alert;

	if (hs->machine->hand_over)
		hs->machine = hs->machine->hand_over(hs, message, body);
	step = find(hs, message);
	if (!step)
		return unexpected(hs, message);
	/* 5.1: keys change after it, so nothing may follow in its record. */
	if (step->flags & HS_BOUNDARY && !at_boundary)
		return hs_fail(hs, HS_ALERT_UNEXPECTED_MESSAGE,
			       "a message crosses a change of keys");
	alert = enter_transcript(hs, step);
	if (!alert)
		alert = step->handle(hs, body);
	memset(&hs->seen, 0, sizeof(hs->seen));
	if (hs->failure)
		return hs->failure;
	if (alert)
		return refused(hs, message, alert);
	if (!(step->next >> hs->state & 1) || hs->queue.failed ||
	    hs->queue.bytes.failed)
		return hs_fail(hs, HS_ALERT_INTERNAL_ERROR,
			       "internal error after a message");
	return 0;
}

/* Is there a message of this type byte that could come now? Asked before the
 * body is there, so that nobody makes us keep what we'd refuse. */
static bool expected(const struct hs *hs, uint8_t type)
{
	for (size_t i = 0; i < hs->machine->n; i++) {
		const struct hs_step *s = &hs->machine->steps[i];

		if (s->state == hs->state && hs_mt_on_wire(s->message) &&
		    (s->message & 0xff) == type)
			return true;
	}
	return false;
}

/* The next whole message in data; *len is 0 if it is not all there. */
static int next_message(struct hs *hs, struct hs_bytes data, size_t *len)
{
	struct hs_reader r = hs_reader(data);
	uint8_t type = hs_reader_u8(&r);
	size_t body = hs_reader_u24(&r);

	*len = 0;
	if (data.len && !expected(hs, type))
		return unexpected(hs, (enum hs_mt)type);
	if (r.failed)
		return 0;
	if (body > HS_MESSAGE_MAX ||
	    (type == HS_MT_FINISHED && body > HS_SECRET_MAX))
		return hs_fail(hs, HS_ALERT_DECODE_ERROR,
			       "a handshake message is too long");
	if (r.len >= body)
		*len = HS_HEADER + body;
	return 0;
}

/* All whole messages in data; *used are their bytes. */
static int run_whole(struct hs *hs, struct hs_bytes data, size_t *used)
{
	size_t len;
	struct hs_bytes body;
	int alert;

	for (*used = 0; *used < data.len; ) {
		alert = next_message(hs, hs_bytes(data.data + *used,
						  data.len - *used), &len);
		if (alert)
			return alert;
		if (!len)
			break;
		hs->message = hs_bytes(data.data + *used, len);
		*used += len;
		body = hs_bytes(hs->message.data + HS_HEADER, len - HS_HEADER);
		alert = hs_machine_run(hs, hs_mt_of(hs->message.data[0], body),
				       body, *used == data.len);
		hs->message = hs_bytes(NULL, 0);
		if (alert)
			return alert;
	}
	return 0;
}

/* What is whole in a record is handled where it lies; what is not, is kept
 * until the rest has come, and no longer. */
int hs_machine_feed(struct hs *hs, struct hs_bytes data)
{
	bool begun = hs->in.len != 0;
	size_t used = 0;
	int alert;

	if (begun) {
		hs_buf_add(&hs->in, data.data, data.len);
		data = hs_buf_bytes(&hs->in);
	}
	alert = hs->in.failed ? 0 : run_whole(hs, data, &used);
	if (alert)
		return alert;
	if (!begun && used < data.len)
		hs_buf_add(&hs->in, data.data + used, data.len - used);
	if (hs->in.failed)
		return hs_fail(hs, HS_ALERT_INTERNAL_ERROR, "out of memory");
	if (begun)
		hs_buf_drop(&hs->in, used);
	if (!hs->in.len)
		hs_buf_free(&hs->in);
	return 0;
}

struct hs_buf *hs_send_open(struct hs *hs, enum hs_mt type)
{
	struct hs_buf *b = hs_queue_bytes(&hs->queue);

	hs->send_at = b->len;
	hs_buf_u8(b, (uint8_t)type);
	hs_buf_open(b, 3);
	return b;
}

struct hs_bytes hs_send_patch(struct hs *hs)
{
	struct hs_buf *b = &hs->queue.bytes;

	hs_buf_close(b, 3, hs->send_at + HS_HEADER);
	if (b->failed)
		return hs_bytes(NULL, 0);
	return hs_bytes(b->data + hs->send_at, b->len - hs->send_at);
}

int hs_send_close(struct hs *hs)
{
	struct hs_bytes message = hs_send_patch(hs);

	if (!message.len)
		return HS_ALERT_INTERNAL_ERROR;
	hs_queue_record(&hs->queue, HS_HANDSHAKE, hs->send_at);
	return hs->transcript.hash ? hs_transcript_put(hs, message) : 0;
}

/* RFC 8446 D.4: it is the client that has the choice; "if the client sends a
 * non-empty session ID, the server MUST send the change_cipher_spec". */
int hs_send_ccs(struct hs *hs)
{
	struct hs_buf *b = hs_queue_bytes(&hs->queue);
	size_t at = b->len;

	if (hs->ccs_sent || !hs->session_id_len ||
	    (hs->config->no_compat_mode && hs->config->role == HS_CLIENT))
		return 0;
	hs->ccs_sent = true;
	hs_buf_u8(b, 1);
	hs_queue_record(&hs->queue, HS_CHANGE_CIPHER_SPEC, at);
	return 0;
}
