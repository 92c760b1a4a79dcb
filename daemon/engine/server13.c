// SPDX-License-Identifier: Apache-2.0
/*
 * server13: the server's state machine, RFC 8446 A.2. RECVD_CH and NEGOTIATED
 * are passed within one ClientHello, for no message is waited for there; the
 * answer goes out as one flight, after which the state is WAIT_CERT or
 * WAIT_FINISHED (WAIT_FLIGHT2 is left at once too).
 */
#include <string.h>

#include "engine.h"
#include "ext.h"

#define COOKIE_LEN 32

static int check_version(struct hs *hs, const struct hs_client_hello *m)
{
	uint16_t version;
	int alert = hs_version_choose(hs, m, &version);

	if (alert)
		return alert;
	hs->info.version = version;
	if (version == HS_TLS13)
		return 0;
	return hs_fail(hs, HS_ALERT_PROTOCOL_VERSION,
		       "no protocol version in common with the client");
}

/* 4.1.2: "exactly one byte, set to zero". */
static int check_compression(const struct hs_client_hello *m)
{
	return m->compression.len == 1 && !m->compression.data[0] ?
		       0 : HS_ALERT_ILLEGAL_PARAMETER;
}

/* 4.1.2: what a client may change after a HelloRetryRequest. */
static bool may_change(uint16_t type)
{
	return type == HS_EXT_KEY_SHARE || type == HS_EXT_EARLY_DATA ||
	       type == HS_EXT_COOKIE || type == HS_EXT_PRE_SHARED_KEY ||
	       type == HS_EXT_PADDING;
}

/* The next extension that may not change; false at the end. */
static bool next_fixed(struct hs_reader *r, uint16_t *type,
		       struct hs_bytes *body)
{
	while (r->len && !r->failed) {
		*type = hs_reader_u16(r);
		*body = hs_reader_vec(r, 2, 0);
		if (!may_change(*type))
			return true;
	}
	return false;
}

static bool same_extensions(struct hs_bytes a, struct hs_bytes b)
{
	struct hs_reader ra = hs_reader(a), rb = hs_reader(b);
	struct hs_bytes body_a, body_b;
	uint16_t type_a, type_b;
	bool more_a, more_b;

	for (;;) {
		more_a = next_fixed(&ra, &type_a, &body_a);
		more_b = next_fixed(&rb, &type_b, &body_b);
		if (!more_a || !more_b)
			return more_a == more_b;
		if (type_a != type_b || !hs_bytes_equal(body_a, body_b))
			return false;
	}
}

static int check_same_hello(struct hs *hs, const struct hs_client_hello *m)
{
	struct hs_client_hello first;
	int alert = hs_client_hello_parse(&first,
			hs_bytes(hs->hello.data + HS_HEADER,
				 hs->hello.len - HS_HEADER));

	if (alert)
		return HS_ALERT_INTERNAL_ERROR;
	if (first.legacy_version == m->legacy_version &&
	    hs_bytes_equal(first.random, m->random) &&
	    hs_bytes_equal(first.session_id, m->session_id) &&
	    hs_bytes_equal(first.cipher_suites, m->cipher_suites) &&
	    hs_bytes_equal(first.compression, m->compression) &&
	    same_extensions(first.extensions, m->extensions))
		return 0;
	return hs_fail(hs, HS_ALERT_ILLEGAL_PARAMETER,
		       "the second ClientHello is not the first one");
}

/* After a retry the suite stays. */
static bool suite_fits(const struct hs *hs, uint16_t id, enum hs_hash_alg alg)
{
	if (hs->info.retried && id != hs->suite->id)
		return false;
	return hs_suite(id)->version == HS_TLS13 &&
	       hs_u16_in(hs->seen.suites, id) &&
	       (alg == HS_HASH_NONE || hs_suite(id)->hash == alg);
}

/* Our order. */
uint16_t hs_server_suite(const struct hs *hs, enum hs_hash_alg alg)
{
	for (size_t i = 0; i < hs->policy.suites.n; i++)
		if (suite_fits(hs, hs->policy.suites.id[i], alg))
			return hs->policy.suites.id[i];
	return 0;
}

/* 4.2.11: a pre-shared key and the suite have to fit each other; the key
 * comes first, for it is the rarer one. */
static int choose_suite(struct hs *hs)
{
	uint16_t id = hs_server_suite(hs, hs->choice.found ? hs->choice.hash :
							     HS_HASH_NONE);

	if (!id)
		return hs_fail(hs, HS_ALERT_HANDSHAKE_FAILURE,
			       "no cipher suite in common with the client");
	hs->suite = hs_suite(id);
	hs->info.cipher_suite = id;
	return 0;
}

static int read_client_hello(struct hs *hs, struct hs_bytes body)
{
	struct hs_client_hello m;
	int alert = hs_client_hello_parse(&m, body);

	if (!alert)
		alert = check_version(hs, &m);
	if (!alert)
		alert = check_compression(&m);
	if (!alert && hs->info.retried)
		alert = check_same_hello(hs, &m);
	if (!alert)
		alert = hs_ext_parse(hs, HS_IN_CH, m.extensions);
	if (alert)
		return alert;
	hs->seen.suites = m.cipher_suites;
	hs->requested = hs->seen.present;
	memcpy(hs->client_random, m.random.data, HS_RANDOM);
	hs->session_id_len = (uint8_t)m.session_id.len;
	if (m.session_id.len)
		memcpy(hs->session_id, m.session_id.data, m.session_id.len);
	if (hs->seen.server_name.len) {
		memcpy(hs->server_name, hs->seen.server_name.data,
		       hs->seen.server_name.len);
		hs->server_name[hs->seen.server_name.len] = 0;
	}
	hs->info.server_name = hs_bytes(hs->server_name,
					hs->seen.server_name.len);
	return 0;
}

/* A group that the client sent a share for comes before one that costs a
 * retry; within each, our order. */
static uint16_t choose_group(const struct hs *hs, bool *retry)
{
	struct hs_bytes share;
	uint16_t wanted = 0;

	*retry = false;
	for (size_t i = 0; i < hs->policy.groups.n; i++) {
		uint16_t id = hs->policy.groups.id[i];

		if (hs_share_find(hs->seen.shares, id, &share))
			return id;
		if (!wanted && hs_u16_in(hs->seen.groups, id))
			wanted = id;
	}
	*retry = wanted != 0;
	return wanted;
}

/* 4.1.2: after a retry there is one share, for the group that was asked for. */
static int check_retried_share(struct hs *hs)
{
	struct hs_reader list = hs_reader(hs->seen.shares);
	uint16_t group = hs_reader_u16(&list);

	hs_reader_vec(&list, 2, 1);
	if (hs_reader_done(&list) && group == hs->retry_group)
		return 0;
	return hs_fail(hs, HS_ALERT_ILLEGAL_PARAMETER,
		       "the share after HelloRetryRequest is not the one asked for");
}

static int send_hello(struct hs *hs, const uint8_t *random, enum hs_place place)
{
	const struct hs_server_hello m = {
		.legacy_version	= HS_TLS12,
		.random		= hs_bytes(random, HS_RANDOM),
		.session_id	= hs_bytes(hs->session_id, hs->session_id_len),
		.cipher_suite	= hs->suite->id,
	};
	struct hs_buf *b = hs_send_open(hs, HS_MT_SERVER_HELLO);

	hs_server_hello_build(b, &m);
	hs_ext_build(hs, place, b);
	return hs_send_close(hs);
}

static int make_cookie(struct hs *hs)
{
	uint8_t cookie[COOKIE_LEN];
	int alert;

	if (!hs->config->server_cookie)
		return 0;
	alert = hs->crypto->random(cookie, sizeof(cookie));
	hs_buf_set(&hs->cookie, hs_bytes(cookie, sizeof(cookie)));
	return hs->cookie.failed ? HS_ALERT_INTERNAL_ERROR : alert;
}

static int send_retry(struct hs *hs)
{
	int alert = make_cookie(hs);

	hs->info.retried = true;
	hs->retry_group = hs->info.group;
	hs->skip_early = hs_ext_present(hs, HS_EXT_EARLY_DATA);
	hs->early_left = hs_early_skip(hs);
	hs_buf_set(&hs->hello, hs->message);
	if (hs->hello.failed)
		return HS_ALERT_INTERNAL_ERROR;
	if (!alert)
		alert = hs_transcript_restart(&hs->transcript, hs->crypto,
					      hs->suite->hash, hs->message);
	if (!alert)
		alert = send_hello(hs, hs_retry_random, HS_IN_HRR);
	if (!alert)
		alert = hs_send_ccs(hs);
	return alert ? alert : hs_goto(hs, HS_ST_START);
}

/* Our half of the key exchange, into room. */
static int respond(struct hs *hs, uint8_t *room, size_t len,
		   struct hs_shared *shared)
{
	uint16_t group = hs->info.group;
	struct hs_bytes share;
	int alert;

	if (hs->info.psk_ke) {
		hs_keys_no_exchange(hs, shared);
		return 0;
	}
	if (!hs_share_find(hs->seen.shares, group, &share))
		return HS_ALERT_INTERNAL_ERROR;
	if (share.len != hs_group(group)->client_share)
		return hs_fail(hs, HS_ALERT_ILLEGAL_PARAMETER,
			       "the client's share has the wrong length");
	alert = hs->crypto->kx_respond(group, share, room, &len, shared);
	hs->server_share = hs_bytes(room, len);
	return alert ? alert : hs_keys_shared(shared);
}

/* ServerHello, and all keys of the handshake. */
static int send_server_hello(struct hs *hs)
{
	uint8_t room[HS_SHARE_MAX];
	struct hs_shared shared;
	int alert = respond(hs, room, sizeof(room), &shared);

	if (!alert)
		alert = hs->crypto->random(hs->server_random, HS_RANDOM);
	if (!alert)
		alert = send_hello(hs, hs->server_random, HS_IN_SH);
	hs->server_share = hs_bytes(NULL, 0);
	if (!alert)
		alert = hs_send_ccs(hs);
	if (!alert)
		alert = hs_keys_handshake(hs, hs_psk_used(hs) ?
					      &hs->choice.key : NULL,
					  &shared);
	if (!alert)
		hs_queue_secret(&hs->queue, HS_OUT_TX_SECRET,
				HS_EPOCH_HANDSHAKE, hs->suite->id,
				&hs->server_hs);
	hs_wipe(&shared, sizeof(shared));
	hs_secret_wipe(&hs->choice.key);
	return alert;
}

static int send_encrypted_extensions(struct hs *hs)
{
	hs_ext_build(hs, HS_IN_EE, hs_send_open(hs, HS_MT_ENCRYPTED_EXTENSIONS));
	return hs_send_close(hs);
}

/* 4.3.2: not with a pre-shared key. What we'd accept is what a client offers. */
static bool wants_certificate(const struct hs *hs)
{
	return hs->config->client_auth != HS_CLIENT_AUTH_NONE &&
	       !hs_psk_used(hs);
}

static int send_certificate_request(struct hs *hs)
{
	struct hs_buf *b = hs_send_open(hs, HS_MT_CERTIFICATE_REQUEST);

	hs_certificate_request_build(b, hs_bytes(NULL, 0));
	hs_ext_build(hs, HS_IN_CR, b);
	return hs_send_close(hs);
}

/* RFC 8446 6.2: who offers keys to a server of keys, and has none that is known
 * there, is told so. That tells who asks which identities there are, as the
 * server's going on with a certificate would (RFC 8446 E.6). */
static int no_certificate(struct hs *hs, int alert, const char *reason)
{
	if (hs->host->psk_find && hs_ext_present(hs, HS_EXT_PRE_SHARED_KEY))
		return hs_fail(hs, HS_ALERT_UNKNOWN_PSK_IDENTITY,
			       "no pre-shared key that the client offers is known");
	return hs_fail(hs, alert, reason);
}

/* 4.2.3: without signature_algorithms there is no certificate (which can only
 * be so if a pre-shared key was offered that we don't take). */
static int select_certificate(struct hs *hs, const struct hs_certificate **cert,
			      uint16_t *scheme)
{
	struct hs_list schemes = hs_auth_schemes(hs->seen.schemes);
	struct hs_list cert_schemes = hs_auth_schemes(hs->seen.cert_schemes);
	struct hs_hello hello = {
		.server_name = hs->seen.server_name,
		.schemes = schemes.id,
		.schemes_len = schemes.n,
		.cert_schemes = cert_schemes.n ? cert_schemes.id : schemes.id,
		.cert_schemes_len = cert_schemes.n ? cert_schemes.n : schemes.n,
		.version = HS_TLS13,
		.authorities = hs->seen.authorities,
	};
	int alert;

	*cert = NULL;
	if (!hs_ext_present(hs, HS_EXT_SIGNATURE_ALGORITHMS))
		return no_certificate(hs, HS_ALERT_MISSING_EXTENSION,
				      "ClientHello lacks signature_algorithms");
	alert = hs->host->select_certificate(hs->host_arg, &hello, cert);
	if (!alert && !*cert)
		alert = HS_ALERT_HANDSHAKE_FAILURE;
	if (alert == HS_ALERT_HANDSHAKE_FAILURE)
		return no_certificate(hs, alert, "no certificate for this client");
	if (alert)
		return hs_fail(hs, alert, "no certificate for this client");
	*scheme = hs_auth_scheme(*cert, &schemes);
	if (!*scheme)
		return hs_fail(hs, HS_ALERT_HANDSHAKE_FAILURE,
			       "no signature scheme in common with the client");
	hs->info.signature_scheme = *scheme;
	return 0;
}

static int send_flight(struct hs *hs, const struct hs_certificate *cert,
		       uint16_t scheme)
{
	struct hs_secret server_ap = { 0 };
	int alert = send_server_hello(hs);

	if (!alert)
		alert = send_encrypted_extensions(hs);
	if (!alert && wants_certificate(hs))
		alert = send_certificate_request(hs);
	if (!alert && cert)
		alert = hs_auth_send_certificate(hs, cert);
	if (!alert && cert)
		alert = hs_auth_send_verify(hs, cert, scheme);
	if (!alert)
		alert = hs_auth_send_finished(hs, &hs->server_hs);
	if (!alert)
		alert = hs_keys_application(hs, &hs->client_ap, &server_ap);
	if (!alert)
		hs_queue_secret(&hs->queue, HS_OUT_TX_SECRET,
				HS_EPOCH_APPLICATION, hs->suite->id,
				&server_ap);
	hs_secret_wipe(&server_ap);
	return alert;
}

static void read_handshake(struct hs *hs)
{
	hs_queue_secret(&hs->queue, HS_OUT_RX_SECRET, HS_EPOCH_HANDSHAKE,
			hs->suite->id, &hs->client_hs);
}

/* A.2: what the client sends next comes under one of two keys. The flight is
 * out by now, whether early data is there or not: a client may wait for it
 * before it ends (RFC 8446 4.2.11.3). Early data that was offered and not taken
 * comes under a third, which we don't have. */
static int read_on(struct hs *hs)
{
	if (hs->info.early_data) {
		hs_queue_secret(&hs->queue, HS_OUT_RX_SECRET, HS_EPOCH_EARLY,
				hs->suite->id, &hs->client_early);
		hs_secret_wipe(&hs->client_early);
		return hs_goto(hs, HS_ST_WAIT_EOED);
	}
	read_handshake(hs);
	if (hs_ext_present(hs, HS_EXT_EARLY_DATA))
		hs_queue_skip(&hs->queue, hs_early_skip(hs));
	return hs_goto(hs, wants_certificate(hs) ? HS_ST_WAIT_CERT :
						   HS_ST_WAIT_FINISHED);
}

/* 4.5: with a pre-shared key there is no certificate to wait for. */
static int recv_end_of_early_data(struct hs *hs, struct hs_bytes body)
{
	if (body.len)
		return HS_ALERT_DECODE_ERROR;
	read_handshake(hs);
	return hs_goto(hs, HS_ST_WAIT_FINISHED);
}

/* A key exchange wherever there can be one, with a retry if it takes that;
 * a pre-shared key alone only where the client does not have it otherwise. */
static int choose_exchange(struct hs *hs, bool *retry)
{
	bool alone = hs->choice.found && hs->psk_ke && hs->config->psk_ke;

	*retry = false;
	hs->info.group = hs->choice.found && !hs->psk_dhe_ke ?
				 0 : choose_group(hs, retry);
	hs->info.psk_ke = !hs->info.group && alone;
	if (!hs->info.group && !alone)
		return hs_fail(hs, HS_ALERT_HANDSHAKE_FAILURE,
			       "no group in common with the client");
	return 0;
}

/* What the ClientHello agrees on (RFC 8446 4.1.1); *retry if it has to come once
 * more. */
static int negotiate(struct hs *hs, bool *retry)
{
	int alert = hs->info.retried ? check_retried_share(hs) : 0;

	if (!alert)
		alert = hs_psk_find(hs);
	if (!alert)
		alert = choose_suite(hs);
	if (!alert)
		alert = choose_exchange(hs, retry);
	if (alert)
		return alert;
	if (!*retry)
		return hs_psk_take(hs);
	hs_psk_forget(hs);
	return 0;
}

static int recv_client_hello(struct hs *hs, struct hs_bytes body)
{
	const struct hs_certificate *cert = NULL;
	uint16_t scheme = 0;
	bool retry = false;
	int alert = read_client_hello(hs, body);

	hs->hello_seen = true;
	if (!alert)
		alert = negotiate(hs, &retry);
	if (alert)
		return alert;
	if (retry)
		return send_retry(hs);
	if (!hs_psk_used(hs))
		alert = select_certificate(hs, &cert, &scheme);
	if (!alert && !hs->info.retried)
		alert = hs_transcript_start(&hs->transcript, hs->crypto,
					    hs->suite->hash);
	if (!alert)
		alert = hs_transcript_add(&hs->transcript, hs->message);
	if (!alert)
		alert = hs_early_expect(hs);
	if (!alert)
		alert = send_flight(hs, cert, scheme);
	hs->skip_early = false;
	hs_buf_free(&hs->hello);
	return alert ? alert : read_on(hs);
}

static int recv_finished(struct hs *hs, struct hs_bytes body)
{
	int alert = hs_auth_recv_finished(hs, body, &hs->client_hs);

	if (!alert)
		alert = hs_post_begin(hs, &hs->client_ap);
	if (!alert)
		alert = hs_keys_resumption(hs);
	if (alert)
		return alert;
	hs_queue_secret(&hs->queue, HS_OUT_RX_SECRET, HS_EPOCH_APPLICATION,
			hs->suite->id, &hs->client_ap);
	hs_secret_wipe(&hs->client_ap);
	alert = hs_ticket_send_all(hs);
	if (alert)
		return alert;
	hs_queue_event(&hs->queue, HS_OUT_DONE);
	hs->run = HS_DONE;
	return hs_goto(hs, HS_ST_CONNECTED);
}

static const struct hs_step steps[] = {
	{ HS_ST_START, HS_MT_CLIENT_HELLO, recv_client_hello,
	  HS_TO(START) | HS_TO(WAIT_CERT) | HS_TO(WAIT_FINISHED) |
	  HS_TO(WAIT_EOED), HS_BOUNDARY | HS_OWN_HASH },
	{ HS_ST_WAIT_EOED, HS_MT_END_OF_EARLY_DATA, recv_end_of_early_data,
	  HS_TO(WAIT_FINISHED), HS_BOUNDARY },
	{ HS_ST_WAIT_CERT, HS_MT_CERTIFICATE, hs_auth_recv_certificate,
	  HS_TO(WAIT_CV) | HS_TO(WAIT_FINISHED), 0 },
	{ HS_ST_WAIT_CERT, HS_MT_COMPRESSED_CERTIFICATE,
	  hs_auth_recv_compressed,
	  HS_TO(WAIT_CV) | HS_TO(WAIT_FINISHED), 0 },
	{ HS_ST_WAIT_CV, HS_MT_CERTIFICATE_VERIFY, hs_auth_recv_verify,
	  HS_TO(WAIT_FINISHED), HS_HASH_BEFORE },
	{ HS_ST_WAIT_FINISHED, HS_MT_FINISHED, recv_finished,
	  HS_TO(CONNECTED), HS_BOUNDARY | HS_HASH_BEFORE },
	{ HS_ST_POST_CERT, HS_MT_CERTIFICATE, hs_post_recv_certificate,
	  HS_TO(POST_CV) | HS_TO(POST_FINISHED), HS_OWN_HASH },
	{ HS_ST_POST_CERT, HS_MT_COMPRESSED_CERTIFICATE,
	  hs_post_recv_compressed, HS_TO(POST_CV) | HS_TO(POST_FINISHED),
	  HS_OWN_HASH },
	{ HS_ST_POST_CV, HS_MT_CERTIFICATE_VERIFY, hs_post_recv_verify,
	  HS_TO(POST_FINISHED), HS_HASH_BEFORE },
	{ HS_ST_POST_FINISHED, HS_MT_FINISHED, hs_post_recv_finished,
	  HS_TO(POST_CERT) | HS_TO(CONNECTED),
	  HS_BOUNDARY | HS_HASH_BEFORE },
};

const struct hs_machine hs_server13 = {
	"server13", steps, sizeof(steps) / sizeof(steps[0]),
	hs_server_hand_over,
};
