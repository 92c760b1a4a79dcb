// SPDX-License-Identifier: Apache-2.0
/* renegotiate12: what TLS 1.2 does with a HelloRequest or a ClientHello after the
 * handshake: a no_renegotiation warning, or the handshake once more under the
 * same handle, bound to the one before (RFC 5246 7.2.2, 7.4.1.1; RFC 5746). */
#include <string.h>

#include "engine.h"
#include "ext.h"
#include "schedule12.h"

/* RFC 7627 5.4: not in a session that was resumed without an extended master
 * secret, whose verify_data may be another connection's too. */
static bool may_renegotiate(const struct hs *hs)
{
	return hs->config->renegotiation == HS_RENEGOTIATION_ALLOW &&
	       (hs->info.extended_master_secret || !hs->info.resumed);
}

static void forget_messages(struct hs *hs)
{
	hs_buf_free(&hs->log);
	hs_buf_free(&hs->hello);
	hs_buf_free(&hs->peer_share);
	hs_buf_free(&hs->ticket);
	hs_buf_free(&hs->ocsp);
	hs->logging = false;
	hs->ticket_follows = false;
	hs->cert_requested = false;
	hs->session_id_len = 0;
}

/* A server that shows another certificate could be somebody else, to whom the
 * connection was handed on (the triple handshake); so the chain stays. */
static int keep_peer(struct hs *hs)
{
	if (hs->config->role == HS_CLIENT)
		hs_buf_set(&hs->first_chain, hs_buf_bytes(&hs->peer));
	return hs->first_chain.failed ? HS_ALERT_INTERNAL_ERROR : 0;
}

/* Back to the beginning; the version, the names and what binds the next
 * handshake to this one stay. Keys stay where they are in use: in the record
 * layer. */
static int restart(struct hs *hs)
{
	int alert = keep_peer(hs);

	hs->run = HS_RUNNING;
	hs->renegotiating = true;
	hs->etm_before = hs->info.encrypt_then_mac;
	hs_secret_wipe(&hs->master);
	hs_session_free(hs->session12);
	hs->session12 = NULL;
	forget_messages(hs);
	hs->info.resumed = false;
	hs->info.encrypt_then_mac = false;
	hs->info.alpn = hs->info.ocsp = hs->info.sct = hs_bytes(NULL, 0);
	hs->info.user_principal = hs->info.user_domain = hs->info.alpn;
	hs->ocsp_asked = hs->sct_asked = hs->mapping = false;
	if (hs->config->role == HS_SERVER)
		hs->info.peer_chain_len = 0;
	return alert;
}

static int refuse(struct hs *hs)
{
	int alert = hs_ignore(hs);

	if (!alert)
		hs_warn(hs, HS_ALERT_NO_RENEGOTIATION);
	return alert ? alert : hs_goto(hs, HS_ST_CONNECTED);
}

/* 7.4.1.1: during a handshake it says nothing. */
int hs_pass_hello_request(struct hs *hs, struct hs_bytes body)
{
	return body.len ? HS_ALERT_DECODE_ERROR : hs_ignore(hs);
}

int hs_recv_hello_request(struct hs *hs, struct hs_bytes body)
{
	if (body.len)
		return HS_ALERT_DECODE_ERROR;
	return may_renegotiate(hs) ? hs_client_again(hs, body) : refuse(hs);
}

int hs_client_again(struct hs *hs, struct hs_bytes body)
{
	int alert = restart(hs);

	return alert ? alert : hs_client_begin(hs, body);
}

int hs_server_again(struct hs *hs, struct hs_bytes body)
{
	int alert;

	if (!may_renegotiate(hs))
		return refuse(hs);
	alert = restart(hs);
	return alert ? alert : hs_server12_hello(hs, body);
}

/* It is not in the transcript: there is none between two handshakes. */
int hs_send_hello_request(struct hs *hs, struct hs_bytes body)
{
	(void)body;
	hs_send_open(hs, HS_MT_HELLO_REQUEST);
	return hs_send_close(hs);
}

int hs_renegotiate(struct hs *hs)
{
	if (hs->run != HS_DONE || hs->info.version != HS_TLS12 ||
	    !may_renegotiate(hs))
		return HS_ALERT_INTERNAL_ERROR;
	return hs_machine_run(hs, HS_MT_BEGIN, hs_bytes(NULL, 0), true);
}

/* What binds it: RFC 5746 3.1, 3.2. */
static struct hs_bytes verify_data(const struct hs *hs, bool both)
{
	return hs_bytes(hs->verify_data, !hs->renegotiating ? 0 :
			both ? 2 * HS_VERIFY_DATA_LEN : HS_VERIFY_DATA_LEN);
}

bool hs_renegotiation_offer(struct hs *hs, struct hs_buf *b)
{
	hs_buf_vec(b, 1, verify_data(hs, false));
	return true;
}

int hs_renegotiation_accept(struct hs *hs, struct hs_reader *r)
{
	hs->seen.renegotiated = hs_reader_vec(r, 1, 0);
	return 0;
}

bool hs_renegotiation_answer(struct hs *hs, enum hs_place place,
			     struct hs_buf *b)
{
	(void)place;
	hs_buf_vec(b, 1, verify_data(hs, true));
	return true;
}

int hs_renegotiation_receive(struct hs *hs, enum hs_place place,
			     struct hs_reader *r)
{
	(void)place;
	return hs_renegotiation_accept(hs, r);
}

/* RFC 5746 3.4, 3.5, 3.6, 3.7: with another content, handshake_failure; without
 * it too, for nobody could tell then what came before (RFC 5746 4.1, 4.3). In
 * a connection's first ClientHello the SCSV is as good as an empty one, in a
 * later one it is wrong. */
int hs_renegotiation_check(struct hs *hs, enum hs_place place, bool present)
{
	struct hs_bytes want = verify_data(hs, place == HS_IN_SH12);
	struct hs_bytes got = hs->seen.renegotiated;
	bool scsv = place == HS_IN_CH12 && hs->scsv;

	if (scsv && hs->renegotiating)
		return hs_fail(hs, HS_ALERT_HANDSHAKE_FAILURE,
			       "the SCSV of a first handshake in a later one");
	if (!present && !scsv)
		return hs_fail(hs, HS_ALERT_HANDSHAKE_FAILURE,
			       "the peer does not speak secure renegotiation");
	if (got.len != want.len ||
	    !hs_secret_equal(got.data, want.data, want.len))
		return hs_fail(hs, HS_ALERT_HANDSHAKE_FAILURE,
			       "renegotiation_info of another handshake");
	return 0;
}
