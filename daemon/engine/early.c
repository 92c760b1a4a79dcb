// SPDX-License-Identifier: Apache-2.0
/* early: 0-RTT. A client's offer and what becomes of it, a server's decision,
 * and the data (RFC 8446 2.3, 4.2.10, 8). */
#include <string.h>

#include "engine.h"
#include "ext.h"

#define WINDOW_MS	10000	/* 8.3, where the configuration does not say */
#define ID_LEN		32
#define RECORD_CONTENT	16384	/* 5.1 */
#define SEALING		17	/* bytes: a tag and the inner type, 5.2 */

/*
 * The session is the first that is offered, as 4.2.11 wants it; its suite and
 * its protocol are those of the early data, so they have to be on our lists.
 * Never in a second ClientHello (4.1.2).
 */
bool hs_early_wanted(const struct hs *hs)
{
	const struct hs_session *s = hs->session;

	return hs->config->early_data && s && s->max_early_data &&
	       !hs->info.retried &&
	       hs_list_has(&hs->policy.suites, s->cipher_suite) &&
	       (!s->alpn_len || hs_alpn_has(hs, hs_session_alpn(s)));
}

/* 7.1: the hash over the ClientHello alone. */
int hs_early_start(struct hs *hs)
{
	const struct hs_session *s = hs->session;
	enum hs_hash_alg alg = hs_suite(s->cipher_suite)->hash;
	uint8_t hash[HS_HASH_MAX];
	int alert = hs_digest(hs->crypto, alg, hs_buf_bytes(&hs->hello), hash);

	if (!alert)
		alert = hs_keys_early(hs, alg, &s->psk, hash);
	/* D.4: "the record is placed immediately after the first ClientHello". */
	if (!alert)
		alert = hs_send_ccs(hs);
	if (alert)
		return alert;
	hs->early_pending = true;
	hs->info.max_early_data = s->max_early_data;
	hs_queue_secret(&hs->queue, HS_OUT_TX_SECRET, HS_EPOCH_EARLY,
			s->cipher_suite, &hs->client_early);
	hs_secret_wipe(&hs->client_early);
	return 0;
}

/* What was sent is lost; so is what was exported with it. */
static void rejected(struct hs *hs)
{
	hs->early_pending = false;
	hs_secret_wipe(&hs->early_exporter);
	hs_queue_event(&hs->queue, HS_OUT_EARLY_REJECTED);
}

void hs_early_retried(struct hs *hs)
{
	static const struct hs_secret none;

	if (!hs->early_pending)
		return;
	rejected(hs);
	hs_queue_secret(&hs->queue, HS_OUT_TX_SECRET, HS_EPOCH_INITIAL, 0,
			&none);
}

/* 4.2.10: early data is taken with the first key, under its suite and for its
 * protocol, or not at all. */
static int accepted(struct hs *hs)
{
	const struct hs_session *s = hs->session;

	if (!hs->info.resumed || s->cipher_suite != hs->suite->id ||
	    !hs_bytes_equal(hs_session_alpn(s), hs->info.alpn))
		return hs_fail(hs, HS_ALERT_ILLEGAL_PARAMETER,
			       "the server took early data that it can't have read");
	hs->info.early_data = true;
	return 0;
}

int hs_early_settle(struct hs *hs)
{
	if (hs_ext_present(hs, HS_EXT_EARLY_DATA))
		return accepted(hs);
	if (!hs->early_pending)
		return 0;
	rejected(hs);
	hs_queue_secret(&hs->queue, HS_OUT_TX_SECRET, HS_EPOCH_HANDSHAKE,
			hs->suite->id, &hs->client_hs);
	return 0;
}

/* 4.5: the last thing under the early key. */
int hs_early_end(struct hs *hs)
{
	int alert;

	if (!hs->info.early_data)
		return 0;
	hs->early_pending = false;
	hs_send_open(hs, HS_MT_END_OF_EARLY_DATA);
	alert = hs_send_close(hs);
	hs_queue_secret(&hs->queue, HS_OUT_TX_SECRET, HS_EPOCH_HANDSHAKE,
			hs->suite->id, &hs->client_hs);
	return alert;
}

bool hs_early_announced(const struct hs *hs)
{
	return hs->config->max_early_data && hs->host->early_data_fresh;
}

static uint64_t window_ms(const struct hs *hs)
{
	return hs->config->early_data_window_ms ?
		       hs->config->early_data_window_ms : WINDOW_MS;
}

/* 8.3: the client's view of the ticket's age against ours. */
static bool in_time(const struct hs *hs, const struct hs_choice *c,
		    uint64_t *expires_ms)
{
	uint64_t age = (uint32_t)(c->age - c->age_add);
	uint64_t ours = hs->host->now_ms(hs->host_arg) - c->issued_ms;
	uint64_t off = ours > age ? ours - age : age - ours;

	/* From then on the same hello is out of time by itself. */
	*expires_ms = c->issued_ms + age + window_ms(hs) + 1;
	return off <= window_ms(hs);
}

/*
 * RFC 8446 4.2.10, 8.2, E.5: a hello that was recorded and comes once more gets
 * its early data nowhere where this memory is shared. The ticket said how much
 * may come; where less is taken by now, nothing is. The one who remembers is
 * asked last, so that only a hello with a right binder takes up room there; and
 * by the binder, which covers the whole hello and which nobody can vary who does
 * not have the key.
 */
static bool acceptable(struct hs *hs, const struct hs_choice *c)
{
	uint64_t expires_ms;

	return hs_early_announced(hs) && !hs->info.retried && c->index == 0 &&
	       c->max_early_data &&
	       c->max_early_data <= hs->config->max_early_data &&
	       c->cipher_suite == hs->suite->id && c->same_alpn &&
	       in_time(hs, c, &expires_ms) && c->binder.len >= ID_LEN &&
	       !hs->host->early_data_fresh(hs->host_arg, c->binder.data,
					   expires_ms);
}

void hs_early_decide(struct hs *hs, const struct hs_choice *c)
{
	if (!hs_ext_present(hs, HS_EXT_EARLY_DATA) || !acceptable(hs, c))
		return;
	hs->info.early_data = true;
	hs->early_left = c->max_early_data;
}

int hs_early_expect(struct hs *hs)
{
	uint8_t hash[HS_HASH_MAX];
	int alert;

	if (!hs->info.early_data)
		return 0;
	alert = hs_transcript_hash(&hs->transcript, hash);
	return alert ? alert : hs_keys_early(hs, hs->suite->hash,
					     &hs->choice.key, hash);
}

/* The limit counts content without padding (4.6.1), which can't be seen of
 * what can't be opened: a record's worth more makes up for that. */
uint32_t hs_early_skip(const struct hs *hs)
{
	uint32_t limit = hs->config->max_early_data;

	return limit < UINT32_MAX - RECORD_CONTENT ? limit + RECORD_CONTENT :
						     UINT32_MAX;
}

int hs_early_skip_record(struct hs *hs, size_t len)
{
	size_t cost = len > SEALING ? len - SEALING : 1;

	if (cost > hs->early_left)
		return hs_fail(hs, HS_ALERT_UNEXPECTED_MESSAGE,
			       "more early data than can be passed over");
	hs->early_left -= (uint32_t)cost;
	return 0;
}

int hs_early_recv(struct hs *hs, const uint8_t *data, size_t len)
{
	struct hs_buf *b = hs_queue_bytes(&hs->queue);
	size_t at = b->len;

	/* 4.6.1: "A server receiving more than max_early_data_size bytes of
	 * 0-RTT data SHOULD terminate the connection with an
	 * "unexpected_message" alert." */
	if (len > hs->early_left)
		return hs_fail(hs, HS_ALERT_UNEXPECTED_MESSAGE,
			       "more early data than the ticket allows");
	hs->early_left -= (uint32_t)len;
	hs_buf_add(b, data, len);
	hs_queue_early_data(&hs->queue, at);
	if (b->failed || hs->queue.failed)
		return hs_fail(hs, HS_ALERT_INTERNAL_ERROR,
			       "early data that nobody takes out");
	return 0;
}
