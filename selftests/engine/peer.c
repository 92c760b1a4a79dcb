// SPDX-License-Identifier: Apache-2.0
/* peer: an engine on a socket through record13. */
#include <string.h>
#include <unistd.h>

#include "daemon/engine/msg.h"
#include "daemon/engine/wire.h"
#include "peer.h"

void peer_init(struct peer *p, enum hs_role role, int fd)
{
	memset(p, 0, sizeof(*p));
	p->config.role = role;
	p->config.crypto = tlsup_crypto_openssl();
	p->config.host = &host_ops;
	p->config.tickets = 2;
	p->config.ticket_lifetime = 7200;
	p->host.server = role == HS_SERVER;
	record13_init(&p->record, fd);
}

bool peer_open(struct peer *p)
{
	p->hs = hs_new(&p->config, &p->host);
	return p->hs != NULL;
}

static void put_hex(FILE *f, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		fprintf(f, "%02x", data[i]);
}

/* The format of NSS's SSLKEYLOGFILE. */
static void log_secret(struct peer *p, const struct hs_output *out)
{
	bool client = (out->kind == HS_OUT_TX_SECRET) ==
		      (p->config.role == HS_CLIENT);
	bool application = out->epoch == HS_EPOCH_APPLICATION;
	struct hs_bytes random = hs_info(p->hs)->client_random;

	if (!p->keylog)
		return;
	fprintf(p->keylog, "%s_%s ", client ? "CLIENT" : "SERVER",
		application ? "TRAFFIC_SECRET_0" : "HANDSHAKE_TRAFFIC_SECRET");
	put_hex(p->keylog, random.data, random.len);
	fputc(' ', p->keylog);
	put_hex(p->keylog, out->secret.bytes, out->secret.len);
	fputc('\n', p->keylog);
	fflush(p->keylog);
}

static int perform(struct peer *p, struct hs_output *out)
{
	int err = 0;

	switch (out->kind) {
	case HS_OUT_RECORD:
		err = record13_send(&p->record, out->type, out->data, out->len);
		break;
	case HS_OUT_TX_SECRET:
	case HS_OUT_RX_SECRET:
		log_secret(p, out);
		err = record13_set(out->kind == HS_OUT_TX_SECRET ?
					   &p->record.tx : &p->record.rx,
				   out->cipher_suite, &out->secret);
		hs_secret_wipe(&out->secret);
		break;
	default:
		break;
	}
	return err;
}

static void drain(struct peer *p)
{
	struct hs_output out;

	while (hs_next(p->hs, &out))
		if (perform(p, &out) && hs_state(p->hs) != HS_FAILED)
			hs_eof(p->hs);
}

int peer_handshake(struct peer *p)
{
	const uint8_t *data;
	uint8_t type;
	int n;

	hs_start(p->hs);
	for (;;) {
		drain(p);
		if (hs_state(p->hs) != HS_RUNNING)
			break;
		n = record13_recv(&p->record, &type, &data);
		if (n < -1)
			hs_abort(p->hs, -1 - n, "a record that was refused");
		else if (n < 0 || (!n && !p->record.rx.suite))
			hs_eof(p->hs);
		else
			hs_record(p->hs, type, data, (size_t)n);
	}
	p->resumption_len = hs_resumption_pack(p->hs, p->resumption,
					       sizeof(p->resumption));
	return hs_state(p->hs) == HS_DONE ? 0 : -1;
}

int peer_write(struct peer *p, const void *data, size_t len)
{
	return record13_send(&p->record, HS_APPLICATION_DATA, data, len);
}

int peer_key_update(struct peer *p, bool request)
{
	const uint8_t m[] = { HS_MT_KEY_UPDATE, 0, 0, 1, request };

	return record13_send(&p->record, HS_HANDSHAKE, m, sizeof(m)) ||
	       record13_update(&p->record.tx) ? -1 : 0;
}

/* RFC 8446 4.6; one message in one record is enough for the peers here. */
static int post_handshake(struct peer *p, const uint8_t *data, size_t len)
{
	struct hs_session *s;
	int alert = 0;

	if (len == 5 && data[0] == HS_MT_KEY_UPDATE) {
		p->key_updates++;
		if (record13_update(&p->record.rx))
			return -1;
		return data[4] ? peer_key_update(p, false) : 0;
	}
	while (len >= 4 && data[0] == HS_MT_NEW_SESSION_TICKET) {
		size_t n = 4 + ((size_t)data[1] << 16 | data[2] << 8 | data[3]);

		if (n > len)
			return -1;
		s = hs_ticket_session(p->config.crypto,
				      hs_bytes(p->resumption,
					       p->resumption_len),
				      hs_bytes(data, n),
				      host_ops.now_ms(&p->host), &alert);
		p->tickets++;
		if (s) {
			hs_session_free(p->session);
			p->session = s;
		}
		data += n;
		len -= n;
	}
	return alert || len ? -1 : 0;
}

int peer_read(struct peer *p, const uint8_t **data)
{
	uint8_t type;
	int n;

	for (;;) {
		n = record13_recv(&p->record, &type, data);
		if (n < 0 || (!n && type != HS_APPLICATION_DATA))
			return n;
		if (type == HS_ALERT)
			return n == 2 && !(*data)[1] ? 0 : -1;
		if (type == HS_APPLICATION_DATA && n)
			return n;
		if (type == HS_HANDSHAKE &&
		    post_handshake(p, *data, (size_t)n))
			return -1;
	}
}

void peer_close(struct peer *p)
{
	static const uint8_t close_notify[] = { 1, HS_ALERT_CLOSE_NOTIFY };

	if (p->hs && hs_state(p->hs) == HS_DONE)
		record13_send(&p->record, HS_ALERT, close_notify, 2);
	hs_free(p->hs);
	hs_session_free(p->session);
	hs_wipe(&p->record, sizeof(p->record));
}
