// SPDX-License-Identifier: Apache-2.0
/* client13: the client's state machine, RFC 8446 A.1. */
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "ext.h"

static void drop_session(struct hs *hs)
{
	hs_session_free(hs->session);
	hs->session = NULL;
}

/* As long as it is: there is room for the longest only here. */
static int make_share(struct hs *hs, uint16_t group)
{
	struct hs_own_share *s = &hs->shares[hs->shares_len];
	uint8_t room[HS_SHARE_MAX];
	size_t len = sizeof(room);
	int alert = hs->crypto->kx_generate(group, &s->kx, room, &len);

	if (alert)
		return alert;
	hs->shares_len++;
	s->group = group;
	s->len = len;
	s->share = malloc(len);
	if (!s->share)
		return HS_ALERT_INTERNAL_ERROR;
	memcpy(s->share, room, len);
	return 0;
}

void hs_shares_free(struct hs *hs)
{
	for (size_t i = 0; i < hs->shares_len; i++) {
		hs->crypto->kx_free(hs->shares[i].kx);
		free(hs->shares[i].share);
	}
	hs->shares_len = 0;
}

static int make_shares(struct hs *hs)
{
	int alert = 0;

	for (size_t i = 0; i < hs->policy.shares.n && i < HS_SHARES_MAX &&
	     !alert; i++)
		alert = make_share(hs, hs->policy.shares.id[i]);
	return alert;
}

/* RFC 7507 4: not by who offers all it has, nor beside a session of the version
 * that is offered. */
static bool signals_fallback(const struct hs *hs)
{
	return hs->config->fallback_scsv && !hs_hello_offers(hs, HS_TLS13) &&
	       !hs->session12;
}

/* Those of the versions that are offered, and the signal. */
static void write_suites(const struct hs *hs, struct hs_buf *b)
{
	hs_grease_put(hs, HS_GREASE_SUITE, b);
	for (size_t i = 0; i < hs->policy.suites.n; i++)
		if (hs_hello_offers(hs, hs_suite(hs->policy.suites.id[i])->version))
			hs_buf_u16(b, hs->policy.suites.id[i]);
	if (signals_fallback(hs))
		hs_buf_u16(b, HS_FALLBACK_SCSV);
}

static enum hs_place hello_places(const struct hs *hs)
{
	unsigned int places = 0;

	if (hs_hello_offers(hs, HS_TLS13))
		places |= HS_IN_CH;
	if (hs_hello_offers(hs, HS_TLS12))
		places |= HS_IN_CH12;
	return (enum hs_place)places;
}

static int send_client_hello(struct hs *hs)
{
	static const uint8_t null_compression;
	uint8_t room[2 * (HS_LIST_MAX + 2)];
	struct hs_buf suites = hs_buf_fixed(room, sizeof(room));
	struct hs_client_hello m = {
		.legacy_version	= HS_TLS12,
		.random		= hs_bytes(hs->client_random, HS_RANDOM),
		.session_id	= hs_bytes(hs->session_id, hs->session_id_len),
		.compression	= hs_bytes(&null_compression, 1),
	};
	struct hs_buf *b = hs_send_open(hs, HS_MT_CLIENT_HELLO);
	struct hs_bytes message;
	int alert;

	write_suites(hs, &suites);
	m.cipher_suites = hs_buf_bytes(&suites);
	hs_client_hello_build(b, &m);
	hs_ext_build(hs, hello_places(hs), b);
	message = hs_send_patch(hs);
	if (!message.len)
		return HS_ALERT_INTERNAL_ERROR;
	alert = hs->psk_offered ? hs_psk_bind(hs, message) : 0;
	hs_buf_set(&hs->hello, message);
	if (alert || hs->hello.failed)
		return HS_ALERT_INTERNAL_ERROR;
	hs->hello_seen = true;
	return hs_send_close(hs);
}

/* D.4: a session ID makes it look like a resumption of TLS 1.2. */
int hs_client_begin(struct hs *hs, struct hs_bytes body)
{
	bool v13 = hs_hello_offers(hs, HS_TLS13);
	int alert = hs->crypto->random(hs->client_random, HS_RANDOM);

	(void)body;
	if (!alert)
		alert = hs_party_mark(hs);
	if (!alert)
		alert = hs_grease_draw(hs);
	if (!alert && v13 && !hs->config->no_compat_mode) {
		hs->session_id_len = sizeof(hs->session_id);
		alert = hs->crypto->random(hs->session_id, hs->session_id_len);
	}
	if (!alert)
		alert = hs_resume12_offer(hs);
	if (!alert && v13)
		alert = make_shares(hs);
	if (hs->session && !hs_psk_usable(hs, hs->session))
		drop_session(hs);
	if (!alert)
		alert = send_client_hello(hs);
	if (!alert && hs->info.early_offered)
		alert = hs_early_start(hs);
	return alert ? alert : hs_goto(hs, HS_ST_WAIT_SH);
}

/* 4.1.3: the last bytes of the random of a server that could have done better. */
bool hs_downgraded(struct hs_bytes random)
{
	static const uint8_t sentinel[] = { 'D', 'O', 'W', 'N', 'G', 'R', 'D' };
	const uint8_t *end = random.data + HS_RANDOM - 8;

	return !memcmp(end, sentinel, sizeof(sentinel)) && end[7] <= 1;
}

/* Of what we don't speak; the sentinel only tells why. */
static int refuse_old_version(struct hs *hs, struct hs_bytes random)
{
	if (hs_downgraded(random))
		return hs_fail(hs, HS_ALERT_ILLEGAL_PARAMETER,
			       "somebody lowered the protocol version");
	return hs_fail(hs, HS_ALERT_PROTOCOL_VERSION,
		       "no protocol version in common with the server");
}

/* The version comes first: the other rules are those of TLS 1.3. D.5 for
 * 0x0300; 4.2.1 for a selected version that was not offered. */
static int check_version(struct hs *hs, const struct hs_server_hello *m,
			 enum hs_place place)
{
	struct hs_reader r;
	struct hs_bytes body;
	uint16_t version;
	int alert;

	if (m->legacy_version <= 0x0300)
		return hs_fail(hs, HS_ALERT_PROTOCOL_VERSION,
			       "the server speaks SSL 3");
	alert = hs_ext_find(m->extensions, HS_EXT_SUPPORTED_VERSIONS, &body);
	if (alert)
		return alert;
	/* 4.1.4: the version of the HelloRetryRequest stays. */
	if (!body.data && hs->info.retried)
		return hs_fail(hs, HS_ALERT_ILLEGAL_PARAMETER,
			       "the server changed the version after its retry");
	if (!body.data)
		return place == HS_IN_HRR ? HS_ALERT_MISSING_EXTENSION :
					    refuse_old_version(hs, m->random);
	r = hs_reader(body);
	version = hs_reader_u16(&r);
	if (!hs_reader_done(&r))
		return HS_ALERT_DECODE_ERROR;
	if (version != HS_TLS13)
		return hs_fail(hs, HS_ALERT_ILLEGAL_PARAMETER,
			       "the server selected a version that was not offered");
	hs->info.version = version;
	return 0;
}

/* 4.1.3, 4.1.4: what ServerHello and HelloRetryRequest have in common. The
 * legacy_version has no say in the version (4.2.1), but one value all the same. */
static int check_hello(struct hs *hs, struct hs_bytes body, enum hs_place place)
{
	struct hs_server_hello m;
	int alert = hs_server_hello_parse(&m, body);

	if (!alert)
		alert = check_version(hs, &m, place);
	if (alert)
		return alert;
	if (m.legacy_version != HS_TLS12 || m.compression ||
	    !hs_bytes_equal(m.session_id,
			    hs_bytes(hs->session_id, hs->session_id_len)))
		return HS_ALERT_ILLEGAL_PARAMETER;
	if (!hs_policy_suite(&hs->policy, m.cipher_suite, HS_TLS13))
		return hs_fail(hs, HS_ALERT_ILLEGAL_PARAMETER,
			       "the server selected a suite that was not offered");
	/* 4.1.4: the suite of the HelloRetryRequest stays. */
	if (hs->suite && hs->suite->id != m.cipher_suite)
		return hs_fail(hs, HS_ALERT_ILLEGAL_PARAMETER,
			       "the server changed the suite after its retry");
	memcpy(hs->server_random, m.random.data, HS_RANDOM);
	hs->suite = hs_suite(m.cipher_suite);
	hs->info.cipher_suite = m.cipher_suite;
	return hs_ext_parse(hs, place, m.extensions);
}

static const struct hs_own_share *own_share(const struct hs *hs, uint16_t group)
{
	for (size_t i = 0; i < hs->shares_len; i++)
		if (hs->shares[i].group == group)
			return &hs->shares[i];
	return NULL;
}

/* 4.2.8: a group that was offered, and without a share so far. */
static int retry_share(struct hs *hs)
{
	uint16_t group = hs->seen.share_group;

	if (!hs_list_has(&hs->policy.groups, group) || own_share(hs, group))
		return hs_fail(hs, HS_ALERT_ILLEGAL_PARAMETER,
			       "HelloRetryRequest for a group that was not "
			       "offered or has its share");
	hs_shares_free(hs);
	hs->retry_group = group;
	return make_share(hs, group);
}

/* 4.1.2: "removing any PSKs which are incompatible with the server's
 * indicated cipher suite", by their hash. */
static void retry_session(struct hs *hs)
{
	if (hs->session &&
	    hs_suite(hs->session->cipher_suite)->hash != hs->suite->hash)
		drop_session(hs);
}

static int recv_retry(struct hs *hs, struct hs_bytes body)
{
	int alert;

	/* 4.1.4: "If a client receives a second HelloRetryRequest in the same
	 * connection ..., it MUST abort the handshake with an
	 * "unexpected_message" alert." */
	if (hs->info.retried)
		return hs_fail(hs, HS_ALERT_UNEXPECTED_MESSAGE,
			       "a second HelloRetryRequest");
	alert = check_hello(hs, body, HS_IN_HRR);
	if (alert)
		return alert;
	/* 4.1.4: a retry that changes nothing would go on for ever. */
	if (!hs_ext_present(hs, HS_EXT_KEY_SHARE) && !hs->seen.cookie.len)
		return hs_fail(hs, HS_ALERT_ILLEGAL_PARAMETER,
			       "a HelloRetryRequest that changes nothing");
	hs->info.retried = true;
	alert = hs_transcript_restart(&hs->transcript, hs->crypto,
				      hs->suite->hash,
				      hs_buf_bytes(&hs->hello));
	if (!alert)
		alert = hs_transcript_add(&hs->transcript, hs->message);
	hs_buf_set(&hs->cookie, hs->seen.cookie);
	if (!alert && hs_ext_present(hs, HS_EXT_KEY_SHARE))
		alert = retry_share(hs);
	retry_session(hs);
	hs_early_retried(hs);
	if (!alert)
		alert = hs_send_ccs(hs);
	if (!alert)
		alert = send_client_hello(hs);
	return alert ? alert : hs_goto(hs, HS_ST_WAIT_SH);
}

/* 4.2.11: one of those offered, for the suite's hash. */
static int check_psk(struct hs *hs)
{
	struct hs_offer o;

	if (!hs_ext_present(hs, HS_EXT_PRE_SHARED_KEY))
		return 0;
	if (!hs_psk_offered(hs, hs->seen.psk_index, &o) ||
	    o.hash != hs->suite->hash)
		return hs_fail(hs, HS_ALERT_ILLEGAL_PARAMETER,
			       "the server selected a pre-shared key that was "
			       "not offered");
	hs->psk = *o.key;
	hs->info.psk = o.external;
	hs->info.resumed = !o.external;
	if (o.external)
		hs->info.psk_identity = o.identity;
	return 0;
}

/* 4.2.9: psk_ke, if that was offered; 4.2.11: "if these values are not
 * consistent", illegal_parameter. */
static int agree_on_nothing(struct hs *hs, struct hs_shared *shared)
{
	if (!hs_psk_used(hs))
		return HS_ALERT_MISSING_EXTENSION;
	if (!hs->config->psk_ke)
		return hs_fail(hs, HS_ALERT_ILLEGAL_PARAMETER,
			       "the server has no key share, and psk_ke was not "
			       "offered");
	hs->info.psk_ke = true;
	hs_keys_no_exchange(hs, shared);
	return 0;
}

/* 4.2.8: the share is for a group of ours; after a retry there is but one. */
static int agree(struct hs *hs, struct hs_shared *shared)
{
	const struct hs_own_share *own = own_share(hs, hs->seen.share_group);
	int alert;

	if (!hs_ext_present(hs, HS_EXT_KEY_SHARE))
		return agree_on_nothing(hs, shared);
	if (!own)
		return hs_fail(hs, HS_ALERT_ILLEGAL_PARAMETER,
			       "the server's share is for another group");
	hs->info.group = own->group;
	if (hs->seen.share.len != hs_group(own->group)->server_share)
		return HS_ALERT_ILLEGAL_PARAMETER;
	alert = hs->crypto->kx_finish(own->kx, hs->seen.share, shared);
	return alert ? alert : hs_keys_shared(shared);
}

static int enter_handshake(struct hs *hs)
{
	struct hs_shared shared;
	int alert = agree(hs, &shared);

	/* A ClientHello after a retry is in the transcript already. */
	if (!alert && !hs->info.retried)
		alert = hs_transcript_start(&hs->transcript, hs->crypto,
					    hs->suite->hash);
	if (!alert && !hs->info.retried)
		alert = hs_transcript_add(&hs->transcript,
					  hs_buf_bytes(&hs->hello));
	if (!alert)
		alert = hs_transcript_add(&hs->transcript, hs->message);
	if (!alert)
		alert = hs_keys_handshake(hs, hs_psk_used(hs) ? &hs->psk : NULL,
					  &shared);
	hs_wipe(&shared, sizeof(shared));
	hs_secret_wipe(&hs->psk);
	return alert;
}

static int recv_server_hello(struct hs *hs, struct hs_bytes body)
{
	int alert = check_hello(hs, body, HS_IN_SH);

	if (!alert)
		alert = check_psk(hs);
	if (!alert)
		alert = enter_handshake(hs);
	if (!hs->early_pending)
		drop_session(hs);
	hs_shares_free(hs);
	hs_buf_free(&hs->hello);
	if (alert)
		return alert;
	hs_queue_secret(&hs->queue, HS_OUT_RX_SECRET, HS_EPOCH_HANDSHAKE,
			hs->suite->id, &hs->server_hs);
	hs_send_ccs(hs);
	/* Early data goes on until it is clear what became of it. */
	if (!hs->early_pending)
		hs_queue_secret(&hs->queue, HS_OUT_TX_SECRET,
				HS_EPOCH_HANDSHAKE, hs->suite->id,
				&hs->client_hs);
	return hs_goto(hs, HS_ST_WAIT_EE);
}

/* RFC 8446 4.3.1: right behind the ServerHello; an extension of another message
 * is illegal_parameter, by the table in ext.c. */
static int recv_encrypted_extensions(struct hs *hs, struct hs_bytes body)
{
	struct hs_bytes extensions;
	int alert = hs_extensions_parse(&extensions, body);

	if (!alert)
		alert = hs_ext_parse(hs, HS_IN_EE, extensions);
	if (!alert)
		alert = hs_early_settle(hs);
	drop_session(hs);
	if (alert)
		return alert;
	return hs_goto(hs, hs_psk_used(hs) ? HS_ST_WAIT_FINISHED :
					     HS_ST_WAIT_CERT_CR);
}

int hs_client_read_request(struct hs *hs,
			   const struct hs_certificate_request *m)
{
	int alert;

	/* What another request wanted is nothing to this one. */
	hs->compression = NULL;
	hs->ocsp_asked = hs->sct_asked = false;
	alert = hs_ext_parse(hs, HS_IN_CR, m->extensions);
	if (alert)
		return alert;
	hs->requested_cert = hs->seen.present;
	hs_buf_set(&hs->authorities, hs->seen.authorities);
	if (hs->authorities.failed)
		return HS_ALERT_INTERNAL_ERROR;
	hs->peer_schemes = hs_auth_schemes(hs->seen.schemes);
	hs->peer_cert_schemes = hs_ext_present(hs,
			HS_EXT_SIGNATURE_ALGORITHMS_CERT) ?
		hs_auth_schemes(hs->seen.cert_schemes) : hs->peer_schemes;
	return 0;
}

/* 4.3.2: the context is empty but after the handshake. */
static int recv_certificate_request(struct hs *hs, struct hs_bytes body)
{
	struct hs_certificate_request m;
	int alert = hs_certificate_request_parse(&m, body);

	if (!alert && m.context.len)
		alert = HS_ALERT_ILLEGAL_PARAMETER;
	if (!alert)
		alert = hs_client_read_request(hs, &m);
	if (alert)
		return alert;
	hs->cert_requested = true;
	return hs_goto(hs, HS_ST_WAIT_CERT);
}

/* 4.4.2: "If no suitable certificate is available", an empty one and no
 * CertificateVerify. */
int hs_client_send_certificate(struct hs *hs)
{
	const struct hs_hello hello = {
		.schemes = hs->peer_schemes.id,
		.schemes_len = hs->peer_schemes.n,
		.cert_schemes = hs->peer_cert_schemes.id,
		.cert_schemes_len = hs->peer_cert_schemes.n,
		.version = HS_TLS13,
		.authorities = hs_buf_bytes(&hs->authorities),
	};
	const struct hs_certificate *cert = NULL;
	uint16_t scheme = 0;
	int alert = hs->host->select_certificate(hs->host_arg, &hello, &cert);

	if (alert)
		return hs_fail(hs, alert, "no certificate could be selected");
	if (cert)
		scheme = hs_auth_scheme(cert, &hs->peer_schemes);
	alert = hs_auth_send_certificate(hs, scheme ? cert : NULL);
	if (!alert && scheme)
		alert = hs_auth_send_verify(hs, cert, scheme);
	return alert;
}

static int recv_finished(struct hs *hs, struct hs_bytes body)
{
	struct hs_secret client_ap = { 0 }, server_ap = { 0 };
	int alert = hs_auth_recv_finished(hs, body, &hs->server_hs);

	if (!alert)
		alert = hs_keys_application(hs, &client_ap, &server_ap);
	if (!alert)
		alert = hs_early_end(hs);
	if (!alert && hs->cert_requested)
		alert = hs_client_send_certificate(hs);
	if (!alert)
		alert = hs_auth_send_finished(hs, &hs->client_hs);
	if (!alert)
		alert = hs_post_begin(hs, &client_ap);
	if (!alert)
		alert = hs_keys_resumption(hs);
	if (alert)
		goto out;
	hs_queue_secret(&hs->queue, HS_OUT_TX_SECRET, HS_EPOCH_APPLICATION,
			hs->suite->id, &client_ap);
	hs_queue_secret(&hs->queue, HS_OUT_RX_SECRET, HS_EPOCH_APPLICATION,
			hs->suite->id, &server_ap);
	hs_queue_event(&hs->queue, HS_OUT_DONE);
	hs->run = HS_DONE;
	hs_goto(hs, HS_ST_CONNECTED);
out:
	hs_secret_wipe(&client_ap);
	hs_secret_wipe(&server_ap);
	return alert;
}

static const struct hs_step steps[] = {
	{ HS_ST_START, HS_MT_BEGIN, hs_client_begin, HS_TO(WAIT_SH), 0 },
	{ HS_ST_WAIT_SH, HS_MT_HELLO_RETRY_REQUEST, recv_retry,
	  HS_TO(WAIT_SH), HS_BOUNDARY | HS_OWN_HASH },
	{ HS_ST_WAIT_SH, HS_MT_SERVER_HELLO, recv_server_hello,
	  HS_TO(WAIT_EE), HS_BOUNDARY | HS_OWN_HASH },
	{ HS_ST_WAIT_EE, HS_MT_ENCRYPTED_EXTENSIONS, recv_encrypted_extensions,
	  HS_TO(WAIT_CERT_CR) | HS_TO(WAIT_FINISHED), 0 },
	{ HS_ST_WAIT_CERT_CR, HS_MT_CERTIFICATE_REQUEST,
	  recv_certificate_request, HS_TO(WAIT_CERT), 0 },
	{ HS_ST_WAIT_CERT_CR, HS_MT_CERTIFICATE, hs_auth_recv_certificate,
	  HS_TO(WAIT_CV), 0 },
	{ HS_ST_WAIT_CERT_CR, HS_MT_COMPRESSED_CERTIFICATE,
	  hs_auth_recv_compressed, HS_TO(WAIT_CV), 0 },
	{ HS_ST_WAIT_CERT, HS_MT_CERTIFICATE, hs_auth_recv_certificate,
	  HS_TO(WAIT_CV), 0 },
	{ HS_ST_WAIT_CERT, HS_MT_COMPRESSED_CERTIFICATE,
	  hs_auth_recv_compressed, HS_TO(WAIT_CV), 0 },
	{ HS_ST_WAIT_CV, HS_MT_CERTIFICATE_VERIFY, hs_auth_recv_verify,
	  HS_TO(WAIT_FINISHED), HS_HASH_BEFORE },
	{ HS_ST_WAIT_FINISHED, HS_MT_FINISHED, recv_finished,
	  HS_TO(CONNECTED), HS_BOUNDARY | HS_HASH_BEFORE },
	{ HS_ST_CONNECTED, HS_MT_NEW_SESSION_TICKET, hs_post_recv_ticket,
	  HS_TO(CONNECTED), HS_OWN_HASH },
	{ HS_ST_CONNECTED, HS_MT_CERTIFICATE_REQUEST, hs_post_recv_request,
	  HS_TO(CONNECTED), HS_OWN_HASH },
};

const struct hs_machine hs_client13 = {
	"client13", steps, sizeof(steps) / sizeof(steps[0]),
	hs_client_hand_over,
};
