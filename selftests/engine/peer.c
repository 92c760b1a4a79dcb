// SPDX-License-Identifier: Apache-2.0
/* peer: owns the way between an engine and a socket. */
#include <string.h>

#include "daemon/engine/msg.h"
#include "daemon/engine/suites.h"
#include "peer.h"

#define HELD_MAX	(1 << 20)
#define POST_MAX	(4 + HS_MESSAGE_MAX)

void peer_init(struct peer *p, int fd, const struct hs_config *config,
	       void *host_arg)
{
	memset(p, 0, sizeof(*p));
	p->config = config;
	p->host_arg = host_arg;
	p->post.max = POST_MAX;
	p->held.max = HELD_MAX;
	record_init(&p->record, fd);
	/* RFC 8446 5.1: an initial ClientHello, and nothing else, may say so. */
	if (config->role == HS_CLIENT)
		p->record.version = 0x0301;
}

bool peer_open(struct peer *p)
{
	p->hs = hs_new(p->config, p->host_arg);
	return p->hs != NULL;
}

static bool is_tls13(const struct peer *p)
{
	return hs_info(p->hs)->version == HS_TLS13;
}

/* --- The key log, in the format of NSS's SSLKEYLOGFILE --- */

static void put_hex(FILE *f, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		fprintf(f, "%02x", data[i]);
}

static void log_secret(struct peer *p, const char *label, const uint8_t *secret,
		       size_t len)
{
	struct hs_bytes random = hs_info(p->hs)->client_random;

	if (!p->keylog)
		return;
	fprintf(p->keylog, "%s ", label);
	put_hex(p->keylog, random.data, random.len);
	fputc(' ', p->keylog);
	put_hex(p->keylog, secret, len);
	fputc('\n', p->keylog);
	fflush(p->keylog);
}

static void log_traffic_secret(struct peer *p, const struct hs_output *out)
{
	static const char *const labels[][2] = {
		[HS_EPOCH_EARLY] = { "CLIENT_EARLY_TRAFFIC_SECRET", "" },
		[HS_EPOCH_HANDSHAKE] = { "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
					 "SERVER_HANDSHAKE_TRAFFIC_SECRET" },
		[HS_EPOCH_APPLICATION] = { "CLIENT_TRAFFIC_SECRET_0",
					   "SERVER_TRAFFIC_SECRET_0" },
	};
	bool server = (out->kind == HS_OUT_TX_SECRET) ==
		      (p->config->role == HS_SERVER);

	log_secret(p, labels[out->epoch][server], out->secret.bytes,
		   out->secret.len);
}

static void log_exporter(struct peer *p)
{
	uint8_t secret[HS_EXPORTER_MAX];
	size_t len = 0;

	if (p->keylog && is_tls13(p))
		len = hs_exporter_pack(p->hs, secret, sizeof(secret));
	if (len)
		log_secret(p, "EXPORTER_SECRET", secret, len);
	hs_wipe(secret, sizeof(secret));
}

/* --- What the engine wants done --- */

static void hold(struct peer *p, const uint8_t *data, size_t len)
{
	hs_buf_add(&p->held, data, len);
}

/* A session is kept as soon as there is one: TLS 1.2 has it now. */
static void handshake_over(struct peer *p)
{
	struct hs_session *made = NULL;

	p->handshakes++;
	log_exporter(p);
	if (hs_info(p->hs)->early_data)
		p->early_taken = p->early.len;
	if (is_tls13(p))
		p->resumption_len = hs_resumption_pack(p->hs, p->resumption,
						       sizeof(p->resumption));
	else if (p->config->role == HS_CLIENT)
		made = hs_session_made(p->hs);
	if (!made)
		return;
	hs_session_free(p->session);
	p->session = made;
}

static int install_secret(struct peer *p, struct hs_output *out)
{
	bool tx = out->kind == HS_OUT_TX_SECRET;
	int err = record_set_secret(tx ? &p->record.tx : &p->record.rx,
				    out->cipher_suite, &out->secret);

	if (tx)
		p->early_keys = out->epoch == HS_EPOCH_EARLY;
	else
		p->record.skip = out->skip;
	if (out->secret.len)
		log_traffic_secret(p, out);
	hs_secret_wipe(&out->secret);
	return err;
}

static int install_keys(struct peer *p, struct hs_output *out)
{
	bool tx = out->kind == HS_OUT_TX_KEYS;
	int err = record_set_keys(tx ? &p->record.tx : &p->record.rx,
				  out->cipher_suite, &out->keys);

	if (tx)
		log_secret(p, "CLIENT_RANDOM", out->secret.bytes,
			   out->secret.len);
	hs_secret_wipe(&out->secret);
	hs_wipe(&out->keys, sizeof(out->keys));
	return err;
}

/* RFC 8449, RFC 6066 4: as soon as the engine knows. */
static void take_limits(struct peer *p)
{
	p->record.tx.limit = hs_info(p->hs)->peer_record_limit;
	p->record.rx.limit = hs_info(p->hs)->record_limit;
}

static int perform(struct peer *p, struct hs_output *out)
{
	take_limits(p);
	switch (out->kind) {
	case HS_OUT_RECORD:
		return record_send(&p->record, out->type, out->data, out->len);
	case HS_OUT_TX_SECRET:
	case HS_OUT_RX_SECRET:
		return install_secret(p, out);
	case HS_OUT_TX_KEYS:
	case HS_OUT_RX_KEYS:
		return install_keys(p, out);
	case HS_OUT_EARLY_DATA:
		p->early_came += out->len;
		if (p->on_early)
			p->on_early(p, out->data, out->len);
		else
			hold(p, out->data, out->len);
		break;
	case HS_OUT_EARLY_REJECTED:
		p->early_rejected = true;
		break;
	case HS_OUT_AUTHENTICATED:
		p->authenticated++;
		break;
	case HS_OUT_DONE:
		handshake_over(p);
		break;
	case HS_OUT_FAILED:
		break;
	}
	return 0;
}

static void drain(struct peer *p)
{
	struct hs_output out;

	while (hs_next(p->hs, &out))
		if (perform(p, &out) && hs_state(p->hs) != HS_FAILED)
			hs_eof(p->hs);
	take_limits(p);
}

/* --- The handshake --- */

/* What came instead of a record, told to the engine. */
static int broken(struct peer *p, int n)
{
	static const char *const words[] = {
		[HS_ALERT_BAD_RECORD_MAC] = "a record that does not open",
		[HS_ALERT_RECORD_OVERFLOW] = "a record that is too long",
	};
	int alert = record_alert(n);
	const char *why = "a record that is none";

	if (alert && alert <= HS_ALERT_RECORD_OVERFLOW && words[alert])
		why = words[alert];
	if (alert)
		hs_abort(p->hs, alert, why);
	else
		hs_eof(p->hs);
	drain(p);
	return -1;
}

static void send_early(struct peer *p)
{
	size_t max = hs_info(p->hs)->max_early_data;

	if (p->early.len > max)
		p->early.len = max;
	if (p->early.len &&
	    record_send(&p->record, HS_APPLICATION_DATA, p->early.data,
			p->early.len))
		hs_eof(p->hs);
}

int peer_handshake(struct peer *p)
{
	const uint8_t *data;
	bool sent = false;
	uint8_t type;
	int n;

	hs_start(p->hs);
	for (;;) {
		drain(p);
		if (hs_state(p->hs) != HS_RUNNING)
			break;
		if (p->early_keys && !sent) {
			sent = true;
			send_early(p);
		}
		n = record_recv(&p->record, &type, &data);
		if (n < 0)
			broken(p, n);
		else
			hs_record(p->hs, type, data, (size_t)n);
	}
	return hs_state(p->hs) == HS_DONE ? 0 : -1;
}

/* --- Afterwards --- */

/* RFC 8446 4.6.3: goes before the next application data at the latest; one answers
 * however many have come by then. */
static int answer_key_update(struct peer *p)
{
	bool owed = p->owes_key_update;

	p->owes_key_update = false;
	return owed ? peer_key_update(p, false) : 0;
}

int peer_write(struct peer *p, const void *data, size_t len)
{
	if (!len)
		return 0;
	if (answer_key_update(p))
		return -1;
	return record_send(&p->record, HS_APPLICATION_DATA, data, len);
}

/* RFC 8446 4.4: a later Finished of the client's is made with the key that is
 * current then. */
static void client_key_moved(struct peer *p, enum hs_role mover)
{
	if (mover == HS_CLIENT)
		hs_client_key_updated(p->hs);
}

int peer_key_update(struct peer *p, bool request)
{
	const uint8_t m[] = { HS_MT_KEY_UPDATE, 0, 0, 1, request };

	if (!is_tls13(p) ||
	    record_send(&p->record, HS_HANDSHAKE, m, sizeof(m)) ||
	    record_update(&p->record.tx))
		return -1;
	client_key_moved(p, p->config->role);
	return 0;
}

static int abort_with(struct peer *p, int alert, const char *reason)
{
	hs_abort(p->hs, alert, reason);
	drain(p);
	return -1;
}

/* RFC 8446 4.6.3. */
static int take_key_update(struct peer *p, struct hs_bytes body, bool boundary)
{
	if (body.len != 1)
		return abort_with(p, HS_ALERT_DECODE_ERROR,
				  "a KeyUpdate of a wrong length");
	if (body.data[0] > 1)
		return abort_with(p, HS_ALERT_ILLEGAL_PARAMETER,
				  "a KeyUpdate that asks for nothing known");
	if (!boundary)
		return abort_with(p, HS_ALERT_UNEXPECTED_MESSAGE,
				  "a KeyUpdate with something behind it");
	p->key_updates++;
	if (record_update(&p->record.rx))
		return -1;
	client_key_moved(p, p->config->role == HS_CLIENT ? HS_SERVER :
							   HS_CLIENT);
	p->owes_key_update |= body.data[0];
	return p->silent ? 0 : answer_key_update(p);
}

/* RFC 8446 4.6.1. */
static int take_ticket(struct peer *p, struct hs_bytes message)
{
	struct hs_session *s;
	int alert = 0;

	if (p->config->role == HS_SERVER)
		return abort_with(p, HS_ALERT_UNEXPECTED_MESSAGE,
				  "a ticket from a client");
	s = hs_ticket_session(p->config->crypto,
			      hs_bytes(p->resumption, p->resumption_len),
			      message, p->config->host->now_ms(p->host_arg),
			      &alert);
	if (alert)
		return abort_with(p, alert, "a ticket that can't be parsed");
	if (!s)
		return 0;
	p->tickets++;
	hs_session_free(p->session);
	p->session = s;
	return 0;
}

static int to_engine(struct peer *p, uint8_t type, const uint8_t *data,
		     size_t len)
{
	hs_record(p->hs, type, data, len);
	drain(p);
	return hs_state(p->hs) == HS_FAILED ? -1 : 0;
}

static int take_message(struct peer *p, struct hs_bytes message, bool boundary)
{
	struct hs_bytes body = hs_bytes(message.data + HS_HEADER,
					message.len - HS_HEADER);

	if (message.data[0] == HS_MT_KEY_UPDATE)
		return take_key_update(p, body, boundary);
	if (message.data[0] == HS_MT_NEW_SESSION_TICKET)
		return take_ticket(p, message);
	return to_engine(p, HS_HANDSHAKE, message.data, message.len);
}

/* TLS 1.3: whole messages out of records. */
static int take_handshake(struct peer *p, const uint8_t *data, size_t len)
{
	size_t at = 0;
	int err = 0;

	if (!len)
		return abort_with(p, HS_ALERT_UNEXPECTED_MESSAGE,
				  "an empty record");
	hs_buf_add(&p->post, data, len);
	if (p->post.failed)
		return abort_with(p, HS_ALERT_DECODE_ERROR,
				  "a message that is too long");
	while (!err && p->post.len - at >= HS_HEADER) {
		const uint8_t *m = p->post.data + at;
		size_t n = HS_HEADER +
			   ((size_t)m[1] << 16 | (size_t)m[2] << 8 | m[3]);

		if (n > POST_MAX)
			return abort_with(p, HS_ALERT_DECODE_ERROR,
					  "a message that is too long");
		if (n > p->post.len - at)
			break;
		at += n;
		err = take_message(p, hs_bytes(m, n), at == p->post.len);
	}
	hs_buf_drop(&p->post, at);
	return err;
}

/* 1: application data; 0: dealt with, read on; or what peer_read() returns,
 * less one for close_notify. */
enum { TAKEN, DATA, CLOSED };

static int take_record(struct peer *p, uint8_t type, const uint8_t *data,
		       size_t len)
{
	if (type == HS_ALERT && len == 2 && data[1] == HS_ALERT_CLOSE_NOTIFY)
		return CLOSED;
	p->alerts += type == HS_ALERT;
	if (type != HS_HANDSHAKE && p->post.len && is_tls13(p))
		return abort_with(p, HS_ALERT_UNEXPECTED_MESSAGE,
				  "a record in the middle of a message");
	if (type == HS_APPLICATION_DATA)
		return len ? DATA : TAKEN;
	if (type == HS_HANDSHAKE && is_tls13(p))
		return take_handshake(p, data, len);
	return to_engine(p, type, data, len);
}

static int receive(struct peer *p, const uint8_t **data, size_t *len)
{
	uint8_t type;
	int n = record_recv(&p->record, &type, data);

	if (n == RECORD_EOF || n == RECORD_ERROR)
		return PEER_TRUNCATED;
	if (n < 0)
		return broken(p, n);
	*len = (size_t)n;
	return take_record(p, type, *data, (size_t)n);
}

int peer_read_once(struct peer *p, const uint8_t **data)
{
	size_t len;
	int r;

	if (p->held_at < p->held.len) {
		*data = p->held.data + p->held_at;
		len = p->held.len - p->held_at;
		p->held_at = p->held.len;
		return (int)len;
	}
	r = receive(p, data, &len);
	if (r == TAKEN)
		return PEER_NOTHING;
	if (r == CLOSED)
		return 0;
	return r == DATA ? (int)len : r;
}

int peer_read(struct peer *p, const uint8_t **data)
{
	int n;

	do
		n = peer_read_once(p, data);
	while (n == PEER_NOTHING);
	return n;
}

/* One record; data that it brings is kept. */
static int wait_record(struct peer *p)
{
	const uint8_t *data;
	size_t len;
	int r = receive(p, &data, &len);

	if (r == DATA)
		hold(p, data, len);
	return (r != DATA && r != TAKEN) || hs_state(p->hs) == HS_FAILED ? -1 : 0;
}

/* Until *counter moves. */
static int wait_for(struct peer *p, const unsigned int *counter)
{
	unsigned int before = *counter;
	int err = 0;

	while (*counter == before && !err)
		err = wait_record(p);
	return err;
}

int peer_settle(struct peer *p)
{
	int err = 0;

	while (hs_state(p->hs) == HS_RUNNING && !err)
		err = wait_record(p);
	return err;
}

int peer_authenticate(struct peer *p)
{
	uint32_t context;

	if (hs_request_certificate(p->hs, &context))
		return -1;
	drain(p);
	return wait_for(p, &p->authenticated);
}

int peer_renegotiate(struct peer *p)
{
	unsigned int before = p->handshakes, alerts = p->alerts;
	int err = 0;

	if (hs_renegotiate(p->hs))
		return -1;
	drain(p);
	while (p->handshakes == before && p->alerts == alerts && !err)
		err = wait_record(p);
	return err;
}

void peer_close(struct peer *p)
{
	static const uint8_t close_notify[] = { 1, HS_ALERT_CLOSE_NOTIFY };

	if (p->hs && hs_state(p->hs) == HS_DONE)
		record_send(&p->record, HS_ALERT, close_notify, 2);
	peer_free(p);
}

void peer_free(struct peer *p)
{
	hs_free(p->hs);
	hs_session_free(p->session);
	hs_buf_free(&p->post);
	hs_buf_free(&p->held);
	hs_wipe(p->resumption, sizeof(p->resumption));
	record_free(&p->record);
}
