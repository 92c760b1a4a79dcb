// SPDX-License-Identifier: Apache-2.0
/*
 * client12: the client's state machine of TLS 1.2, RFC 5246 7.3. The RFC draws
 * a flow and names no states; a state is named here for what it waits for. The
 * ClientHello is client13's, whose table hands over when the server's hello
 * chooses TLS 1.2.
 */
#include <string.h>

#include "engine.h"
#include "ext.h"
#include "msg12.h"

/* RFC 8446 4.1.3: no way on to TLS 1.3 by a renegotiation, and none back by
 * somebody else; and what may not have come by before TLS 1.2 was chosen: a
 * change_cipher_spec that 1.3 passes over. */
static int check_version(struct hs *hs, const struct hs_server_hello *m)
{
	struct hs_bytes versions;
	int alert = hs_ext_find(m->extensions, HS_EXT_SUPPORTED_VERSIONS,
				&versions);

	if (alert)
		return alert;
	hs->info.version = HS_TLS12;
	if (m->legacy_version != HS_TLS12 ||
	    (hs->renegotiating && versions.data))
		return hs_fail(hs, HS_ALERT_PROTOCOL_VERSION,
			       "no protocol version in common with the server");
	if (hs_hello_offers(hs, HS_TLS13) && hs_downgraded(m->random))
		return hs_fail(hs, HS_ALERT_ILLEGAL_PARAMETER,
			       "somebody lowered the protocol version");
	if (hs->ccs_passed)
		return hs_fail(hs, HS_ALERT_UNEXPECTED_MESSAGE,
			       "a change_cipher_spec before the ServerHello");
	return 0;
}

static int read_server_hello(struct hs *hs, struct hs_bytes body)
{
	struct hs_server_hello m;
	int alert = hs_server_hello_parse(&m, body);

	if (!alert)
		alert = check_version(hs, &m);
	if (alert)
		return alert;
	hs->suite = hs_policy_suite(&hs->policy, m.cipher_suite, HS_TLS12);
	if (!hs->suite)
		return hs_fail(hs, HS_ALERT_ILLEGAL_PARAMETER,
			       "the server selected a suite that was not offered");
	if (m.compression)
		return hs_fail(hs, HS_ALERT_ILLEGAL_PARAMETER,
			       "the server selected a compression method");
	hs->info.cipher_suite = m.cipher_suite;
	memcpy(hs->server_random, m.random.data, HS_RANDOM);
	alert = hs_ext_parse(hs, HS_IN_SH12, m.extensions);
	hs->status_announced = hs_ext_present(hs, HS_EXT_STATUS_REQUEST);
	return alert ? alert : hs_resume12_answered(hs, m.session_id);
}

/* What was offered to a server with TLS 1.3. */
static void free_offers13(struct hs *hs)
{
	hs_shares_free(hs);
	hs_session_free(hs->session);
	hs->session = NULL;
}

/* Nobody will sign the messages any more. */
static void stop_logging(struct hs *hs)
{
	hs->logging = false;
	hs_buf_free(&hs->log);
}

/* What is left for the server to say, when it does not wait for us: a ticket
 * comes in front of its change_cipher_spec (RFC 5077 3.1). */
static enum hs_st after_hello_done(const struct hs *hs)
{
	return hs->ticket_follows ? HS_ST_WAIT_NST : HS_ST_WAIT_CCS;
}

static int recv_server_hello(struct hs *hs, struct hs_bytes body)
{
	int alert = read_server_hello(hs, body);

	free_offers13(hs);
	if (!alert)
		alert = hs_transcript_start(&hs->transcript, hs->crypto,
					    hs->suite->hash);
	hs->logging = true;
	if (!alert)
		alert = hs_transcript_put(hs, hs_buf_bytes(&hs->hello));
	if (!alert)
		alert = hs_transcript_put(hs, hs->message);
	hs_buf_free(&hs->hello);
	if (alert)
		return alert;
	if (hs->info.resumed)
		stop_logging(hs);
	return hs_goto(hs, hs->info.resumed ? after_hello_done(hs) :
					      HS_ST_WAIT_CERT);
}

/* RFC 8422 5.3: the key "MUST respect the client's choice of elliptic curves". */
static int check_leaf(struct hs *hs)
{
	uint16_t group = hs->suite->auth != HS_AUTH_ECDSA ? 0 :
			 hs->crypto->leaf_group(hs->peer_chain[0]);

	if (!group || hs_list_has(&hs->policy.groups, group))
		return 0;
	return hs_fail(hs, HS_ALERT_ILLEGAL_PARAMETER,
		       "the server's certificate is on a curve that was not offered");
}

static int trust(struct hs *hs)
{
	int alert = hs_status_required(hs);

	if (!alert)
		alert = check_leaf(hs);
	if (!alert)
		alert = hs_auth12_trust(hs);
	return alert ? alert : hs_goto(hs, HS_ST_WAIT_SKE);
}

/* A session that was resumed has no chain to compare with. Its extended master
 * secret says that nobody stood in between when it was made, so who has it may show
 * what is good for the name; without, it could be the triple handshake. */
static bool same_server(const struct hs *hs)
{
	if (!hs->first_chain.len)
		return hs->info.extended_master_secret;
	return hs_bytes_equal(hs_buf_bytes(&hs->first_chain),
			      hs_buf_bytes(&hs->peer));
}

static int recv_certificate(struct hs *hs, struct hs_bytes body)
{
	int alert = hs_auth12_recv_certificate(hs, body);

	if (alert)
		return alert;
	/* 7.4.2: a server's has to be there. */
	if (!hs->info.peer_chain_len)
		return HS_ALERT_DECODE_ERROR;
	if (hs->renegotiating && !same_server(hs))
		return hs_fail(hs, HS_ALERT_ILLEGAL_PARAMETER,
			       "the server renegotiates with another certificate");
	/* What is said about the chain is to be there when it is judged. */
	if (hs->status_announced)
		return hs_goto(hs, HS_ST_WAIT_CERT_STATUS);
	return trust(hs);
}

static int recv_certificate_status(struct hs *hs, struct hs_bytes body)
{
	struct hs_bytes response;
	int alert = hs_certificate_status_parse(&response, body);

	if (alert)
		return alert;
	hs_buf_set(&hs->ocsp, response);
	hs->info.ocsp = hs_buf_bytes(&hs->ocsp);
	return hs->ocsp.failed ? HS_ALERT_INTERNAL_ERROR : trust(hs);
}

/* A curve that was offered, and a point of its length: RFC 8422 5.4. */
static int check_curve(struct hs *hs, const struct hs_server_key_exchange *m)
{
	if (!hs_list_has(&hs->policy.groups, m->group) ||
	    hs_group(m->group)->kind != HS_KIND_EC)
		return hs_fail(hs, HS_ALERT_ILLEGAL_PARAMETER,
			       "the server selected a group that was not offered");
	if (m->share.len != hs_group(m->group)->server_share)
		return hs_fail(hs, HS_ALERT_ILLEGAL_PARAMETER,
			       "the server's share has the wrong length");
	hs->info.group = m->group;
	return 0;
}

/* RFC 7919 3, 4: a group is known by its prime and generator; any other could be
 * one that is weak on purpose, and who sends it has nothing better. */
static int check_field(struct hs *hs, const struct hs_server_key_exchange *m)
{
	for (size_t i = 0; i < hs->policy.groups.n; i++) {
		uint16_t id = hs->policy.groups.id[i];
		struct hs_bytes p, g;

		if (hs_group(id)->kind != HS_KIND_FF ||
		    hs->crypto->dh_params(id, &p, &g) ||
		    !hs_bytes_equal(p, hs_number(m->p)) ||
		    !hs_bytes_equal(g, hs_number(m->g)))
			continue;
		hs->info.group = id;
		return hs_keys12_check_public(hs, m->share);
	}
	return hs_fail(hs, HS_ALERT_INSUFFICIENT_SECURITY,
		       "the server's finite field is none of RFC 7919 that was offered");
}

static int recv_server_key_exchange(struct hs *hs, struct hs_bytes body)
{
	bool field = hs->suite->kx == HS_KX_DHE;
	struct hs_server_key_exchange m;
	int alert = hs_server_key_exchange_parse(&m, field, body);

	if (!alert)
		alert = field ? check_field(hs, &m) : check_curve(hs, &m);
	if (!alert)
		alert = hs_auth12_verify_params(hs, m.scheme, m.params,
						m.signature);
	if (alert)
		return alert;
	hs_buf_set(&hs->peer_share, m.share);
	return hs->peer_share.failed ? HS_ALERT_INTERNAL_ERROR :
				       hs_goto(hs, HS_ST_WAIT_CR_SHD);
}

/* RFC 6066 8: who announced a CertificateStatus may do without one. */
static int recv_without_status(struct hs *hs, struct hs_bytes body)
{
	int alert = trust(hs);

	return alert ? alert : recv_server_key_exchange(hs, body);
}

/* 7.4.4: a scheme goes with a type of certificate; ecdsa_sign stands for EdDSA
 * too (RFC 8422 5.5). */
static struct hs_list wanted_schemes(const struct hs_certificate_request12 *m)
{
	struct hs_list all = hs_auth_schemes(m->schemes), wanted = { 0 };

	for (size_t i = 0; i < all.n; i++) {
		int type = hs_scheme_auth(all.id[i]) == HS_AUTH_RSA ?
				   HS_CERT_RSA_SIGN : HS_CERT_ECDSA_SIGN;

		if (memchr(m->types.data, type, m->types.len))
			wanted.id[wanted.n++] = all.id[i];
	}
	return wanted;
}

static int recv_certificate_request(struct hs *hs, struct hs_bytes body)
{
	struct hs_certificate_request12 m;
	int alert = hs_certificate_request12_parse(&m, body);

	if (alert)
		return alert;
	hs->cert_requested = true;
	hs->peer_schemes = wanted_schemes(&m);
	hs_buf_set(&hs->authorities, m.authorities);
	if (hs->authorities.failed)
		return HS_ALERT_INTERNAL_ERROR;
	return hs_goto(hs, HS_ST_WAIT_SHD);
}

/* RFC 5246 7.4.6, RFC 8422 5.6: without a suitable one, an empty list. */
static int send_certificate(struct hs *hs, const struct hs_certificate **cert,
			    uint16_t *scheme)
{
	const struct hs_hello hello = {
		.schemes = hs->peer_schemes.id,
		.schemes_len = hs->peer_schemes.n,
		.cert_schemes = hs->peer_schemes.id,
		.cert_schemes_len = hs->peer_schemes.n,
		.version = HS_TLS12,
		.authorities = hs_buf_bytes(&hs->authorities),
	};
	int alert = hs->host->select_certificate(hs->host_arg, &hello, cert);

	if (alert)
		return hs_fail(hs, alert, "no certificate for this server");
	*scheme = *cert ? hs_auth12_scheme(*cert, &hs->peer_schemes,
					   HS_AUTH_ANY) : 0;
	if (!*scheme)
		*cert = NULL;
	return hs_auth12_send_certificate(hs, *cert);
}

/* RFC 5246 7.4.7, RFC 8422 5.7: our half; the provider looks at theirs (RFC 8422
 * 5.11). */
static int send_key_exchange(struct hs *hs)
{
	uint8_t share[HS_SHARE_MAX];
	size_t len = sizeof(share);
	struct hs_shared premaster;
	int alert = hs->crypto->kx_respond(hs->info.group,
					   hs_buf_bytes(&hs->peer_share),
					   share, &len, &premaster);

	if (!alert) {
		struct hs_buf *b = hs_send_open(hs,
						HS_MT_CLIENT_KEY_EXCHANGE);

		hs_client_key_exchange_build(b, hs->suite->kx == HS_KX_DHE,
					     hs_bytes(share, len));
		alert = hs_send_close(hs);
	}
	if (!alert)
		alert = hs_keys12_master(hs, &premaster);
	hs_wipe(&premaster, sizeof(premaster));
	hs_buf_free(&hs->peer_share);
	return alert;
}

/* RFC 5246 7.4.5: empty; 7.3: and then it is our turn. */
static int recv_server_hello_done(struct hs *hs, struct hs_bytes body)
{
	const struct hs_certificate *cert = NULL;
	uint16_t scheme = 0;
	int alert = body.len ? HS_ALERT_DECODE_ERROR : 0;

	if (!alert && hs->mapping)
		alert = hs_mapping_send(hs);
	if (!alert && hs->cert_requested)
		alert = send_certificate(hs, &cert, &scheme);
	if (!alert)
		alert = send_key_exchange(hs);
	if (!alert && cert)
		alert = hs_auth12_send_verify(hs, cert, scheme);
	stop_logging(hs);
	if (!alert)
		alert = hs_send_ccs12(hs);
	if (!alert)
		alert = hs_send_finished12(hs);
	return alert ? alert : hs_goto(hs, after_hello_done(hs));
}

/* 7.3: who resumes is the second to say Finished. */
static int recv_finished(struct hs *hs, struct hs_bytes body)
{
	int alert = hs_recv_finished12(hs, body);

	if (!alert && hs->info.resumed)
		alert = hs_send_ccs12(hs);
	if (!alert && hs->info.resumed)
		alert = hs_send_finished12(hs);
	return alert ? alert : hs_done12(hs);
}

/* A HelloRequest that comes too late to mean anything, and is not in the
 * transcript: RFC 5246 7.4.1.1. */
#define PASS(st) \
	{ HS_ST_##st, HS_MT_HELLO_REQUEST, hs_pass_hello_request, \
	  HS_TO(st), HS_OWN_HASH }

static const struct hs_step steps[] = {
	{ HS_ST_START, HS_MT_BEGIN, hs_client_begin, HS_TO(WAIT_SH), 0 },
	PASS(WAIT_SH),
	{ HS_ST_WAIT_SH, HS_MT_SERVER_HELLO, recv_server_hello,
	  HS_TO(WAIT_CERT) | HS_TO(WAIT_NST) | HS_TO(WAIT_CCS), HS_OWN_HASH },
	PASS(WAIT_CERT),
	{ HS_ST_WAIT_CERT, HS_MT_CERTIFICATE, recv_certificate,
	  HS_TO(WAIT_CERT_STATUS) | HS_TO(WAIT_SKE), 0 },
	PASS(WAIT_CERT_STATUS),
	{ HS_ST_WAIT_CERT_STATUS, HS_MT_CERTIFICATE_STATUS,
	  recv_certificate_status, HS_TO(WAIT_SKE), 0 },
	{ HS_ST_WAIT_CERT_STATUS, HS_MT_SERVER_KEY_EXCHANGE,
	  recv_without_status, HS_TO(WAIT_CR_SHD), 0 },
	PASS(WAIT_SKE),
	{ HS_ST_WAIT_SKE, HS_MT_SERVER_KEY_EXCHANGE, recv_server_key_exchange,
	  HS_TO(WAIT_CR_SHD), 0 },
	PASS(WAIT_CR_SHD),
	{ HS_ST_WAIT_CR_SHD, HS_MT_CERTIFICATE_REQUEST,
	  recv_certificate_request, HS_TO(WAIT_SHD), 0 },
	{ HS_ST_WAIT_CR_SHD, HS_MT_SERVER_HELLO_DONE, recv_server_hello_done,
	  HS_TO(WAIT_NST) | HS_TO(WAIT_CCS), HS_BOUNDARY },
	PASS(WAIT_SHD),
	{ HS_ST_WAIT_SHD, HS_MT_SERVER_HELLO_DONE, recv_server_hello_done,
	  HS_TO(WAIT_NST) | HS_TO(WAIT_CCS), HS_BOUNDARY },
	PASS(WAIT_NST),
	{ HS_ST_WAIT_NST, HS_MT_NEW_SESSION_TICKET, hs_resume12_recv_ticket,
	  HS_TO(WAIT_CCS), 0 },
	PASS(WAIT_CCS),
	{ HS_ST_WAIT_CCS, HS_MT_CHANGE_CIPHER_SPEC, hs_recv_ccs12,
	  HS_TO(WAIT_FINISHED), HS_BOUNDARY },
	PASS(WAIT_FINISHED),
	{ HS_ST_WAIT_FINISHED, HS_MT_FINISHED, recv_finished,
	  HS_TO(CONNECTED), HS_BOUNDARY | HS_HASH_BEFORE },
	{ HS_ST_CONNECTED, HS_MT_HELLO_REQUEST, hs_recv_hello_request,
	  HS_TO(CONNECTED) | HS_TO(WAIT_SH), HS_OWN_HASH },
	{ HS_ST_CONNECTED, HS_MT_BEGIN, hs_client_again, HS_TO(WAIT_SH), 0 },
};

const struct hs_machine hs_client12 = {
	"client12", steps, sizeof(steps) / sizeof(steps[0]), NULL,
};
