// SPDX-License-Identifier: Apache-2.0
/* keys12: the steps of TLS 1.2 that both roles take: master secret and keys,
 * change_cipher_spec, Finished, exporters. */
#include <string.h>

#include "engine.h"
#include "schedule12.h"

/* Fixed, so that what was derived can't be derived again in another way. */
static int make_master(struct hs *hs, const struct hs_shared *premaster)
{
	enum hs_hash_alg alg = hs->suite->hash;
	uint8_t hash[HS_HASH_MAX];
	int alert;

	if (hs->master.len)
		return HS_ALERT_INTERNAL_ERROR;
	if (!hs->info.extended_master_secret)
		return hs_master_plain(hs->crypto, alg, premaster,
				       hs->client_random, hs->server_random,
				       &hs->master);
	alert = hs_transcript_hash(&hs->transcript, hash);
	return alert ? alert : hs_master_extended(hs->crypto, alg, premaster,
						  hash, &hs->master);
}

int hs_keys12_expand(struct hs *hs)
{
	int alert;

	/* RFC 7366 3.1: a later handshake may not take it back. */
	if (hs->etm_before && hs_suite_cbc(hs->suite) &&
	    !hs->info.encrypt_then_mac)
		return hs_fail(hs, HS_ALERT_HANDSHAKE_FAILURE,
			       "a renegotiation without encrypt_then_mac");
	alert = hs_key_expansion(hs->crypto, hs->suite, &hs->master,
				 hs->client_random, hs->server_random,
				 &hs->client_keys, &hs->server_keys);

	hs->client_keys.encrypt_then_mac = hs->info.encrypt_then_mac;
	hs->server_keys.encrypt_then_mac = hs->info.encrypt_then_mac;
	return alert;
}

struct hs_bytes hs_number(struct hs_bytes n)
{
	while (n.len && !n.data[0])
		n = hs_bytes(n.data + 1, n.len - 1);
	return n;
}

/* RFC 5246 8.1.2: a finite field's secret goes without zeros in front; a curve's
 * keeps them (RFC 8422 5.10). It is of one handshake alone, so that how long this
 * takes tells nothing of another. */
static void strip_zeros(struct hs_shared *s)
{
	struct hs_bytes n = hs_number(hs_bytes(s->bytes, s->len));

	memmove(s->bytes, n.data, n.len);
	s->len = n.len;
}

/* Is n less than p - 1? p is odd, so that takes a bit off its last byte. */
static bool below_last(struct hs_bytes n, struct hs_bytes p)
{
	int order = n.len < p.len ? -1 : 1;

	if (n.len == p.len)
		order = memcmp(n.data, p.data, n.len - 1);
	return order < 0 || (!order && n.data[n.len - 1] < p.data[n.len - 1] - 1);
}

/* RFC 7919 3, 4, 5.1: 1 < Y < p - 1, or handshake_failure. */
int hs_keys12_check_public(struct hs *hs, struct hs_bytes share)
{
	struct hs_bytes y = hs_number(share), p, g;
	int alert = hs->crypto->dh_params(hs->info.group, &p, &g);

	if (alert)
		return alert;
	if (share.len <= p.len && y.len && !(y.len == 1 && y.data[0] == 1) &&
	    below_last(y, p))
		return 0;
	return hs_fail(hs, HS_ALERT_HANDSHAKE_FAILURE,
		       "the peer's public value is out of the field's range");
}

/* RFC 7627 3: the transcript ends with ClientKeyExchange. */
int hs_keys12_master(struct hs *hs, struct hs_shared *premaster)
{
	int alert = hs_keys_shared(premaster);

	if (hs->suite->kx == HS_KX_DHE)
		strip_zeros(premaster);
	if (!alert)
		alert = make_master(hs, premaster);
	if (!alert)
		alert = hs_keys12_expand(hs);
	hs_wipe(premaster, sizeof(*premaster));
	return alert;
}

static enum hs_role peer_role(const struct hs *hs)
{
	return hs->config->role == HS_CLIENT ? HS_SERVER : HS_CLIENT;
}

/* Each direction's keys leave once; a key block that is gone is no key. */
static int install(struct hs *hs, enum hs_output_kind kind, enum hs_role sender)
{
	struct hs_key_block *keys = sender == HS_CLIENT ? &hs->client_keys :
							  &hs->server_keys;

	if (!keys->key_len)
		return HS_ALERT_INTERNAL_ERROR;
	hs_queue_keys(&hs->queue, kind, hs->suite->id, keys, &hs->master);
	hs_wipe(keys, sizeof(*keys));
	return 0;
}

int hs_send_ccs12(struct hs *hs)
{
	struct hs_buf *b = hs_queue_bytes(&hs->queue);
	size_t at = b->len;

	hs_buf_u8(b, 1);
	hs_queue_record(&hs->queue, HS_CHANGE_CIPHER_SPEC, at);
	return install(hs, HS_OUT_TX_KEYS, hs->config->role);
}

/* RFC 5246 7.1: "a single byte of value 1". */
int hs_recv_ccs12(struct hs *hs, struct hs_bytes body)
{
	int alert;

	if (body.len != 1)
		return HS_ALERT_DECODE_ERROR;
	if (body.data[0] != 1)
		return HS_ALERT_ILLEGAL_PARAMETER;
	alert = install(hs, HS_OUT_RX_KEYS, peer_role(hs));
	return alert ? alert : hs_goto(hs, HS_ST_WAIT_FINISHED);
}

/* For the handshake that may follow in this connection. */
static void keep_verify_data(struct hs *hs, enum hs_role signer,
			     const uint8_t *data)
{
	memcpy(hs->verify_data + (signer == HS_CLIENT ? 0 : HS_VERIFY_DATA_LEN),
	       data, HS_VERIFY_DATA_LEN);
}

int hs_send_finished12(struct hs *hs)
{
	uint8_t hash[HS_HASH_MAX], data[HS_VERIFY_DATA_LEN];
	int alert = hs_transcript_hash(&hs->transcript, hash);

	if (!alert)
		alert = hs_verify_data(hs->crypto, hs->suite->hash, &hs->master,
				       hs->config->role, hash, data);
	if (alert)
		return alert;
	keep_verify_data(hs, hs->config->role, data);
	hs_buf_add(hs_send_open(hs, HS_MT_FINISHED), data, sizeof(data));
	return hs_send_close(hs);
}

int hs_recv_finished12(struct hs *hs, struct hs_bytes body)
{
	uint8_t data[HS_VERIFY_DATA_LEN];
	int alert = hs_verify_data(hs->crypto, hs->suite->hash, &hs->master,
				   peer_role(hs), hs->hash_before, data);

	if (alert)
		return alert;
	if (body.len != sizeof(data))
		return HS_ALERT_DECODE_ERROR;
	if (!hs_secret_equal(body.data, data, sizeof(data)))
		return hs_fail(hs, HS_ALERT_DECRYPT_ERROR,
			       "the peer's Finished is wrong");
	keep_verify_data(hs, peer_role(hs), data);
	return 0;
}

int hs_done12(struct hs *hs)
{
	hs_transcript_free(&hs->transcript);
	hs_queue_event(&hs->queue, HS_OUT_DONE);
	hs->run = HS_DONE;
	return hs_goto(hs, HS_ST_CONNECTED);
}

/* RFC 7627 5.4: without an extended master secret an exporter's value does not
 * belong to one connection alone. */
int hs_export12(const struct hs *hs, const char *label, struct hs_bytes context,
		uint8_t *out, size_t len)
{
	if (!hs->info.extended_master_secret)
		return HS_ALERT_INTERNAL_ERROR;
	return hs_exporter12(hs->crypto, hs->suite->hash, &hs->master,
			     hs->client_random, hs->server_random, label,
			     context, out, len);
}
