// SPDX-License-Identifier: Apache-2.0
/* hs: the engine's public face: a handle's life, records in, outputs out. */
#include <stdlib.h>
#include <string.h>

#include "engine.h"

#define RECORD_MAX	16384	/* RFC 8446 5.1, RFC 5246 6.2.1 */
#define SEALED_MAX	(RECORD_MAX + 256)	/* 5.2 */
#define QUEUE_BYTES_MAX	(1u << 20)
#define LOG_MAX		(4 * HS_MESSAGE_MAX)
/* change_cipher_spec, user_canceled, skipped early data: dropped by rule, and
 * one of each is enough for any peer that means well. */
#define IGNORED_MAX	64

static bool valid_psks(const struct hs_config *config)
{
	for (size_t i = 0; i < config->psks_len; i++)
		if (!hs_psk_valid(&config->psks[i]))
			return false;
	return true;
}

/* The peer's hello may lead on to the older version's. */
static const struct hs_machine *first_machine(const struct hs *hs)
{
	bool v13 = hs_policy_version(&hs->policy, HS_TLS13);

	if (hs->config->role == HS_CLIENT)
		return v13 ? &hs_client13 : &hs_client12;
	return v13 ? &hs_server13 : &hs_server12;
}

struct hs *hs_new(const struct hs_config *config, void *host_arg)
{
	struct hs *hs = calloc(1, sizeof(*hs));

	if (!hs)
		return NULL;
	hs->config = config;
	hs->crypto = config->crypto;
	hs->host = config->host;
	hs->host_arg = host_arg;
	hs->error.alert_sent = HS_ALERT_NONE;
	hs->error.alert_received = HS_ALERT_NONE;
	hs->error.reason = hs->reason;
	strcpy(hs->reason, "no error");
	hs->info.client_random = hs_bytes(hs->client_random,
					  sizeof(hs->client_random));
	hs->in.max = HS_HEADER + HS_MESSAGE_MAX + RECORD_MAX;
	hs->queue.bytes.max = QUEUE_BYTES_MAX;
	hs->hello.max = HS_HEADER + HS_MESSAGE_MAX;
	hs->cookie.max = HS_MESSAGE_MAX;
	hs->alpn.max = HS_MESSAGE_MAX;
	hs->peer.max = HS_MESSAGE_MAX;
	hs->log.max = LOG_MAX;
	hs->peer_share.max = HS_SHARE_MAX;
	hs->ticket.max = HS_TICKET_MAX;
	hs->sct.max = HS_MESSAGE_MAX;
	hs->authorities.max = HS_MESSAGE_MAX;
	hs->first_chain.max = HS_MESSAGE_MAX;
	hs->ocsp.max = HS_MESSAGE_MAX;
	hs->user.max = HS_MESSAGE_MAX;
	hs->psk_identity.max = HS_TICKET_MAX;
	if (!hs_policy(&hs->policy, config) || !valid_psks(config) ||
	    !hs_mapping_valid(config->user_principal, config->user_domain)) {
		hs_free(hs);
		return NULL;
	}
	hs->machine = first_machine(hs);
	return hs;
}

void hs_free(struct hs *hs)
{
	if (!hs)
		return;
	hs_shares_free(hs);
	hs_session_free(hs->session);
	hs_post_free(hs);
	hs_transcript_free(&hs->transcript);
	hs_buf_free(&hs->in);
	hs_buf_free(&hs->queue.bytes);
	hs_buf_free(&hs->hello);
	hs_buf_free(&hs->cookie);
	hs_buf_free(&hs->alpn);
	hs_buf_free(&hs->peer);
	hs_buf_free(&hs->psk_identity);
	hs_buf_free(&hs->log);
	hs_buf_free(&hs->peer_share);
	hs_buf_free(&hs->ticket);
	hs_buf_free(&hs->first_chain);
	hs_buf_free(&hs->ocsp);
	hs_buf_free(&hs->user);
	hs_session_free(hs->session12);
	hs->crypto->kx_free(hs->kx);
	hs_buf_free(&hs->sct);
	hs_buf_free(&hs->authorities);
	hs_wipe(hs, sizeof(*hs));
	free(hs);
}

int hs_set_server_name(struct hs *hs, const char *name, size_t len)
{
	/* RFC 6066 3: "without a trailing dot". */
	if (len && name[len - 1] == '.')
		len--;
	if (!len || len > HS_NAME_MAX)
		return HS_ALERT_ILLEGAL_PARAMETER;
	for (size_t i = 0; i < len; i++)
		if (name[i] <= ' ' || name[i] > '~')
			return HS_ALERT_ILLEGAL_PARAMETER;
	memcpy(hs->server_name, name, len);
	hs->server_name[len] = 0;
	hs->info.server_name = hs_bytes(hs->server_name, len);
	return 0;
}

int hs_set_alpn(struct hs *hs, const uint8_t *list, size_t len)
{
	struct hs_reader r = hs_reader(hs_bytes(list, len));

	while (r.len && !r.failed)
		hs_reader_vec(&r, 1, 1);
	if (r.failed)
		return HS_ALERT_ILLEGAL_PARAMETER;
	hs_buf_set(&hs->alpn, hs_bytes(list, len));
	return hs->alpn.failed ? HS_ALERT_INTERNAL_ERROR : 0;
}

int hs_set_session(struct hs *hs, const struct hs_session *session)
{
	struct hs_session **mine = session->version == HS_TLS12 ?
					   &hs->session12 : &hs->session;

	hs_session_free(*mine);
	*mine = hs_session_copy(session);
	return *mine ? 0 : HS_ALERT_INTERNAL_ERROR;
}

int hs_start(struct hs *hs)
{
	if (hs->failure)
		return hs->failure;
	if (hs->config->role == HS_SERVER)
		return 0;
	return hs_machine_run(hs, HS_MT_BEGIN, hs_bytes(NULL, 0), true);
}

int hs_ignore(struct hs *hs)
{
	if (++hs->ignored <= IGNORED_MAX)
		return 0;
	return hs_fail(hs, HS_ALERT_UNEXPECTED_MESSAGE,
		       "too many records that say nothing");
}

static bool speaks12(const struct hs *hs)
{
	return hs->machine == &hs_client12 || hs->machine == &hs_server12;
}

/* RFC 8446 5: a single byte 1, between the first ClientHello and the peer's
 * Finished, is dropped; anything else is unexpected. In TLS 1.2 it is a step. */
static int recv_ccs(struct hs *hs, const uint8_t *data, size_t len)
{
	if (speaks12(hs))
		return hs_machine_run(hs, HS_MT_CHANGE_CIPHER_SPEC,
				      hs_bytes(data, len), true);
	if (hs->run == HS_RUNNING && hs->hello_seen && len == 1 &&
	    data[0] == 1) {
		hs->ccs_passed = true;
		return hs_ignore(hs);
	}
	return hs_fail(hs, HS_ALERT_UNEXPECTED_MESSAGE,
		       "a change_cipher_spec that is not allowed");
}

/* RFC 5246 7.2.2: after a warning "generally the connection can continue
 * normally"; a server's unrecognized_name (RFC 6066 3) comes before anybody
 * knows the version. */
static bool passing_warning(const struct hs *hs, const uint8_t *data)
{
	if (data[0] != 1 || data[1] == HS_ALERT_CLOSE_NOTIFY)
		return false;
	/* A ClientHello that is not answered leaves nothing to go on with. */
	if (data[1] == HS_ALERT_NO_RENEGOTIATION && hs->renegotiating &&
	    hs->run == HS_RUNNING)
		return false;
	return speaks12(hs) || (hs->state == HS_ST_WAIT_SH &&
				hs_hello_offers(hs, HS_TLS12) &&
				data[1] == HS_ALERT_UNRECOGNIZED_NAME);
}

/* RFC 8446 6: the level is ignored; all but close_notify and user_canceled
 * are errors, unknown ones too. Each record has exactly one (5.1). */
static int recv_alert(struct hs *hs, const uint8_t *data, size_t len)
{
	if (len != 2)
		return hs_fail(hs, HS_ALERT_DECODE_ERROR,
			       "an alert record that is no alert");
	if (data[1] == HS_ALERT_USER_CANCELED || passing_warning(hs, data))
		return hs_ignore(hs);
	hs->error.alert_received = data[1];
	hs->error.level = data[0];
	return hs_fail(hs, HS_ALERT_NONE,
		       hs->run == HS_DONE ?
			       "the peer ended the connection with an alert" :
		       data[1] == HS_ALERT_CLOSE_NOTIFY ?
			       "the peer closed during the handshake" :
			       "the peer ended the handshake with an alert");
}

/* RFC 8449 4: who "receives a record larger than its advertised limit"
 * answers record_overflow. What is in the clear has no limit: a server's
 * begins with its answer, a client's with the first record that is protected,
 * which may be the very one that agrees on it. (In TLS 1.2 all but Finished is
 * in the clear.) */
static int check_limit(struct hs *hs, size_t len, bool sealed)
{
	if (!sealed || !hs->info.record_limit || len <= hs->info.record_limit ||
	    hs->info.version != HS_TLS13)
		return 0;
	return hs_fail(hs, HS_ALERT_RECORD_OVERFLOW,
		       "a record that is over the limit that we told");
}

static int recv_handshake(struct hs *hs, const uint8_t *data, size_t len)
{
	bool sealed = hs->config->role == HS_CLIENT ?
			      hs->state != HS_ST_WAIT_SH :
			      hs->info.record_limit != 0;
	int alert;

	alert = hs_machine_feed(hs, hs_bytes(data, len));
	return alert ? alert : check_limit(hs, len, sealed);
}

/* A record that is not part of the message that has begun. */
static int recv_other(struct hs *hs, uint8_t type, const uint8_t *data,
		      size_t len)
{
	/* An alert ends the handshake whatever came before; what it says is
	 * more than what was wrong about its place. */
	if (type == HS_ALERT)
		return recv_alert(hs, data, len);
	/* 5.1: "Handshake messages MUST NOT be interleaved with other record
	 * types." */
	if (hs->in.len)
		return hs_fail(hs, HS_ALERT_UNEXPECTED_MESSAGE,
			       "a record in the middle of a handshake message");
	if (type == HS_CHANGE_CIPHER_SPEC)
		return recv_ccs(hs, data, len);
	if (type == HS_APPLICATION_DATA && hs->skip_early)
		return hs_early_skip_record(hs, len);
	if (type == HS_APPLICATION_DATA && hs->state == HS_ST_WAIT_EOED)
		return len ? hs_early_recv(hs, data, len) : hs_ignore(hs);
	return hs_fail(hs, HS_ALERT_UNEXPECTED_MESSAGE,
		       "a record of a type that is not expected");
}

int hs_record(struct hs *hs, uint8_t type, const uint8_t *data, size_t len)
{
	if (hs->failure)
		return hs->failure;
	if (len > (type == HS_APPLICATION_DATA && hs->skip_early ?
			   SEALED_MAX : RECORD_MAX))
		return hs_fail(hs, HS_ALERT_RECORD_OVERFLOW,
			       "a record that is too long");
	if (type != HS_HANDSHAKE && (len || type == HS_APPLICATION_DATA))
		return recv_other(hs, type, data, len);
	/* RFC 8446 5.4, RFC 5246 6.2.1: no empty handshake or alert records. */
	if (!len)
		return hs_fail(hs, HS_ALERT_UNEXPECTED_MESSAGE,
			       "an empty record");
	return recv_handshake(hs, data, len);
}

int hs_eof(struct hs *hs)
{
	if (hs->run == HS_RUNNING)
		return hs_fail(hs, HS_ALERT_NONE,
			       "the connection ended during the handshake");
	return hs->failure;
}

int hs_abort(struct hs *hs, int alert, const char *reason)
{
	return hs_fail(hs, alert, reason);
}

/* A handle that is kept after the handshake keeps what it may need: see hs.h. */
static void shed(struct hs *hs)
{
	hs_buf_free(&hs->queue.bytes);
	hs_buf_free(&hs->hello);
	hs_buf_free(&hs->cookie);
	if (!hs->in.len)
		hs_buf_free(&hs->in);
}

int hs_next(struct hs *hs, struct hs_output *out)
{
	if (hs_queue_take(&hs->queue, out))
		return 1;
	if (hs->run == HS_DONE)
		shed(hs);
	return 0;
}

enum hs_run hs_state(const struct hs *hs)
{
	return hs->run;
}

const char *hs_state_name(const struct hs *hs)
{
	return hs_st_name(hs->state);
}

const struct hs_error *hs_error(const struct hs *hs)
{
	return &hs->error;
}

const struct hs_info *hs_info(const struct hs *hs)
{
	return &hs->info;
}

size_t hs_exporter_pack(const struct hs *hs, uint8_t *out, size_t cap)
{
	struct hs_buf b = hs_buf_fixed(out, cap);

	if (hs->run != HS_DONE)
		return 0;
	if (!speaks12(hs)) {
		hs_buf_add(&b, hs->exporter.bytes, hs->exporter.len);
	} else if (hs->info.extended_master_secret) {
		hs_buf_add(&b, hs->master.bytes, hs->master.len);
		hs_buf_add(&b, hs->client_random, HS_RANDOM);
		hs_buf_add(&b, hs->server_random, HS_RANDOM);
	}
	return b.failed ? 0 : b.len;
}

int hs_export(struct hs *hs, const char *label, struct hs_bytes context,
	      uint8_t *out, size_t len)
{
	if (hs->run != HS_DONE)
		return HS_ALERT_INTERNAL_ERROR;
	if (speaks12(hs))
		return hs_export12(hs, label, context, out, len);
	return hs_exporter(hs->crypto, hs->suite->hash, &hs->exporter, label,
			   context, out, len);
}

int hs_export_early(struct hs *hs, const char *label, struct hs_bytes context,
		    uint8_t *out, size_t len)
{
	if (!hs->early_exporter.len || hs->failure)
		return HS_ALERT_INTERNAL_ERROR;
	return hs_exporter(hs->crypto, hs->early_hash, &hs->early_exporter,
			   label, context, out, len);
}
