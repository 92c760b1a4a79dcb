// SPDX-License-Identifier: Apache-2.0
/*
 * server12: the server's state machine of TLS 1.2, RFC 5246 7.3. The RFC draws
 * a flow and names no states; a state is named here for what it waits for.
 */
#include <string.h>

#include "engine.h"
#include "ext.h"
#include "msg12.h"

/* What the ClientHello agrees on. */
struct choice {
	struct hs_bytes			suites, session_id;	/* offered */
	struct hs_list			schemes;
	uint16_t			curve, field;	/* in common, or 0 */
	const struct hs_certificate	*cert;
	uint16_t			scheme;
};

/* RFC 7507 3: the signal says that the client could do better than its hello
 * says; then so can we, if this is not our best. */
static int check_version(struct hs *hs, const struct hs_client_hello *m)
{
	uint16_t version;
	int alert = hs_version_choose(hs, m, &version);

	if (alert)
		return alert;
	hs->info.version = version;
	if (version != HS_TLS12)
		return hs_fail(hs, HS_ALERT_PROTOCOL_VERSION,
			       "no protocol version in common with the client");
	if (hs_policy_version(&hs->policy, HS_TLS13) &&
	    hs_u16_in(m->cipher_suites, HS_FALLBACK_SCSV))
		return hs_fail(hs, HS_ALERT_INAPPROPRIATE_FALLBACK,
			       "the client fell back to TLS 1.2 without need");
	return 0;
}

/* RFC 5246 7.4.1.2: the null method has to be among them. */
static int check_compression(struct hs *hs, struct hs_bytes methods)
{
	for (size_t i = 0; i < methods.len; i++)
		if (!methods.data[i])
			return 0;
	return hs_fail(hs, HS_ALERT_ILLEGAL_PARAMETER,
		       "the client does not offer the null compression method");
}

static void keep_hello(struct hs *hs, const struct hs_client_hello *m)
{
	memcpy(hs->client_random, m->random.data, HS_RANDOM);
	if (hs->seen.server_name.len) {
		memcpy(hs->server_name, hs->seen.server_name.data,
		       hs->seen.server_name.len);
		hs->server_name[hs->seen.server_name.len] = 0;
	}
	hs->info.server_name = hs_bytes(hs->server_name,
					hs->seen.server_name.len);
}

static int read_client_hello(struct hs *hs, struct hs_bytes body,
			     struct choice *c)
{
	struct hs_client_hello m;
	int alert = hs_client_hello_parse(&m, body);

	if (!alert)
		alert = check_version(hs, &m);
	if (!alert)
		alert = check_compression(hs, m.compression);
	if (alert)
		return alert;
	hs->scsv = hs_u16_in(m.cipher_suites, HS_EMPTY_RENEGOTIATION_INFO_SCSV);
	alert = hs_ext_parse(hs, HS_IN_CH12, m.extensions);
	hs->requested = hs->seen.present;
	if (hs->scsv)
		hs_ext_request(hs, HS_EXT_RENEGOTIATION_INFO);
	if (alert)
		return alert;
	c->suites = m.cipher_suites;
	c->session_id = m.session_id;
	c->schemes = hs_auth_schemes(hs->seen.schemes);
	keep_hello(hs, &m);
	return 0;
}

/* RFC 7919 2: the numbers that stand for finite fields, known or not. */
static bool lists_fields(struct hs_bytes groups)
{
	for (size_t i = 0; i < hs_u16s(groups); i++)
		if (hs_u16_at(groups, i) >> 8 == 1)
			return true;
	return false;
}

/* RFC 8422 4: a client without supported_groups takes any curve; there is one
 * that everybody has. RFC 7919 4: a client that names no field takes ours. */
static uint16_t choose_group(const struct hs *hs, enum hs_group_kind kind)
{
	bool listed = hs_ext_present(hs, HS_EXT_SUPPORTED_GROUPS);
	bool fields = lists_fields(hs->seen.groups);

	for (size_t i = 0; i < hs->policy.groups.n; i++) {
		uint16_t id = hs->policy.groups.id[i];

		if (hs_group(id)->kind != kind)
			continue;
		if (hs_u16_in(hs->seen.groups, id) ||
		    (kind == HS_KIND_FF && !fields) ||
		    (kind == HS_KIND_EC && !listed && id == HS_GROUP_SECP256R1))
			return id;
	}
	return 0;
}

static uint16_t group_for(const struct choice *c, const struct hs_suite *s)
{
	return s->kx == HS_KX_DHE ? c->field : c->curve;
}

/* Our most wanted suite that both have, with a group, for this kind of key;
 * ANY: for any. */
static const struct hs_suite *choose_suite(const struct hs *hs,
					   const struct choice *c,
					   enum hs_suite_auth auth)
{
	for (size_t i = 0; i < hs->policy.suites.n; i++) {
		const struct hs_suite *s = hs_suite(hs->policy.suites.id[i]);

		if (s->version == HS_TLS12 && hs_u16_in(c->suites, s->id) &&
		    group_for(c, s) && (auth == HS_AUTH_ANY || s->auth == auth))
			return s;
	}
	return NULL;
}

/* Is it for the want of a group alone that there is no suite? RFC 7919 4 has an
 * alert for a client whose fields are none of ours. */
static int no_suite(struct hs *hs, const struct choice *c)
{
	const struct choice any = {
		.suites = c->suites, .curve = 1, .field = 1,
	};
	const struct hs_suite *s = choose_suite(hs, &any, HS_AUTH_ANY);

	if (!s)
		return hs_fail(hs, HS_ALERT_HANDSHAKE_FAILURE,
			       "no cipher suite in common with the client");
	return hs_fail(hs, s->kx == HS_KX_DHE ? HS_ALERT_INSUFFICIENT_SECURITY :
						HS_ALERT_HANDSHAKE_FAILURE,
		       "no group in common with the client");
}

/* RFC 8422 5.1, 5.1.1, 5.3: a client's supported_groups are for the key of the
 * certificate too, and a scheme that we sign by has but one curve. EdDSA's keys
 * are on none of that list: signature_algorithms alone says who takes them
 * (RFC 8422 5.1.3). */
static bool takes_curve(const struct hs *hs, uint16_t scheme)
{
	uint16_t curve = hs_scheme_curve(scheme);

	return !curve || !hs_ext_present(hs, HS_EXT_SUPPORTED_GROUPS) ||
	       hs_u16_in(hs->seen.groups, curve);
}

/* The schemes for which there are a suite in common and a key that the client
 * can take. */
static struct hs_list signing_schemes(const struct hs *hs,
				      const struct choice *c)
{
	struct hs_list schemes = { 0 };

	for (size_t i = 0; i < c->schemes.n; i++) {
		uint16_t id = c->schemes.id[i];

		if (choose_suite(hs, c, hs_scheme_auth(id)) &&
		    takes_curve(hs, id))
			schemes.id[schemes.n++] = id;
	}
	return schemes;
}

/* The host is asked for a certificate that goes with these: others are not
 * shown. */
static int select_certificate(struct hs *hs, struct choice *c)
{
	struct hs_list schemes = signing_schemes(hs, c), cert_schemes;
	struct hs_hello hello = {
		.server_name = hs->seen.server_name,
		.schemes = schemes.id,
		.schemes_len = schemes.n,
		.version = HS_TLS12,
	};
	int alert;

	cert_schemes = hs_ext_present(hs, HS_EXT_SIGNATURE_ALGORITHMS_CERT) ?
		hs_auth_schemes(hs->seen.cert_schemes) : c->schemes;
	hello.cert_schemes = cert_schemes.id;
	hello.cert_schemes_len = cert_schemes.n;
	alert = hs->host->select_certificate(hs->host_arg, &hello, &c->cert);
	if (alert)
		return hs_fail(hs, alert, "no certificate for this client");
	c->scheme = c->cert ? hs_auth12_scheme(c->cert, &schemes, HS_AUTH_ANY) :
			      0;
	if (!c->scheme)
		return hs_fail(hs, HS_ALERT_HANDSHAKE_FAILURE,
			       "no signature scheme in common with the client");
	hs->info.signature_scheme = c->scheme;
	return 0;
}

static int negotiate(struct hs *hs, struct choice *c)
{
	int alert;

	c->curve = choose_group(hs, HS_KIND_EC);
	c->field = choose_group(hs, HS_KIND_FF);
	if (!choose_suite(hs, c, HS_AUTH_ANY))
		return no_suite(hs, c);
	alert = select_certificate(hs, c);
	if (alert)
		return alert;
	hs->suite = choose_suite(hs, c, hs_scheme_auth(c->scheme));
	hs->info.cipher_suite = hs->suite->id;
	hs->info.group = group_for(c, hs->suite);
	return 0;
}

/* RFC 8446 4.1.3: who could have spoken TLS 1.3 says so where nobody can
 * change it without being seen. */
static int make_random(struct hs *hs)
{
	static const uint8_t sentinel[] = { 'D', 'O', 'W', 'N', 'G', 'R', 'D', 1 };
	int alert = hs->crypto->random(hs->server_random, HS_RANDOM);

	if (hs_policy_version(&hs->policy, HS_TLS13))
		memcpy(hs->server_random + HS_RANDOM - sizeof(sentinel),
		       sentinel, sizeof(sentinel));
	return alert;
}

static int send_server_hello(struct hs *hs)
{
	int alert = make_random(hs);
	const struct hs_server_hello m = {
		.legacy_version	= HS_TLS12,
		.random		= hs_bytes(hs->server_random, HS_RANDOM),
		.session_id	= hs_bytes(hs->session_id, hs->session_id_len),
		.cipher_suite	= hs->suite->id,
	};
	struct hs_buf *b;

	if (alert)
		return alert;
	b = hs_send_open(hs, HS_MT_SERVER_HELLO);
	hs_server_hello_build(b, &m);
	hs_ext_build(hs, HS_IN_SH12, b);
	return hs_send_close(hs);
}

static int send_key_exchange(struct hs *hs, const struct choice *c)
{
	uint8_t share[HS_SHARE_MAX], sig[HS_SIGNATURE_MAX];
	size_t len = sizeof(share), sig_len = sizeof(sig);
	struct hs_server_key_exchange m = { .group = hs->info.group };
	int alert = hs->crypto->kx_generate(m.group, &hs->kx, share, &len);
	struct hs_bytes params;
	struct hs_buf *b;
	size_t at;

	m.share = hs_bytes(share, len);
	if (!alert && hs->suite->kx == HS_KX_DHE)
		alert = hs->crypto->dh_params(m.group, &m.p, &m.g);
	if (alert)
		return alert;
	b = hs_send_open(hs, HS_MT_SERVER_KEY_EXCHANGE);
	at = b->len;
	hs_server_params_build(b, &m);
	if (b->failed)
		return HS_ALERT_INTERNAL_ERROR;
	params = hs_bytes(b->data + at, b->len - at);
	alert = hs_auth12_sign_params(hs, c->cert, c->scheme, params, sig,
				      &sig_len);
	if (alert)
		return alert;
	hs_certificate_verify_build(b, &(struct hs_certificate_verify){
		.scheme = c->scheme, .signature = hs_bytes(sig, sig_len) });
	return hs_send_close(hs);
}

static bool wants_certificate(const struct hs *hs)
{
	return hs->config->client_auth != HS_CLIENT_AUTH_NONE;
}

static int send_certificate_request(struct hs *hs)
{
	static const uint8_t types[] = { HS_CERT_ECDSA_SIGN, HS_CERT_RSA_SIGN };
	uint8_t room[2 * HS_LIST_MAX];
	struct hs_buf schemes = hs_buf_fixed(room, sizeof(room));
	struct hs_certificate_request12 m = {
		.types = hs_bytes(types, sizeof(types)),
		.authorities = hs->config->authorities,
	};

	for (size_t i = 0; i < hs->policy.cert_schemes.n; i++)
		hs_buf_u16(&schemes, hs->policy.cert_schemes.id[i]);
	m.schemes = hs_buf_bytes(&schemes);
	hs_certificate_request12_build(hs_send_open(hs,
						    HS_MT_CERTIFICATE_REQUEST),
				       &m);
	return hs_send_close(hs);
}

static int send_hello_done(struct hs *hs)
{
	hs_send_open(hs, HS_MT_SERVER_HELLO_DONE);
	return hs_send_close(hs);
}

static int start_transcript(struct hs *hs)
{
	int alert = hs_transcript_start(&hs->transcript, hs->crypto,
					hs->suite->hash);

	/* A client's CertificateVerify signs the messages themselves. */
	hs->logging = wants_certificate(hs) && !hs->info.resumed;
	return alert ? alert : hs_transcript_put(hs, hs->message);
}

/* RFC 6066 8: as the ServerHello announced. */
static int send_certificate_status(struct hs *hs,
				   const struct hs_certificate *cert)
{
	hs_certificate_status_build(hs_send_open(hs, HS_MT_CERTIFICATE_STATUS),
				    cert->ocsp);
	return hs_send_close(hs);
}

static int send_flight(struct hs *hs, const struct choice *c)
{
	int alert;

	hs->sending = c->cert;
	alert = send_server_hello(hs);
	hs->sending = NULL;
	if (!alert)
		alert = hs_auth12_send_certificate(hs, c->cert);
	if (!alert && hs->ocsp_asked && c->cert->ocsp.len)
		alert = send_certificate_status(hs, c->cert);
	if (!alert)
		alert = send_key_exchange(hs, c);
	if (!alert && wants_certificate(hs))
		alert = send_certificate_request(hs);
	if (!alert)
		alert = send_hello_done(hs);
	return alert;
}

/* 7.3, the abbreviated handshake: the server is the first to say Finished. */
static int send_resumed(struct hs *hs)
{
	int alert = send_server_hello(hs);

	if (!alert)
		alert = hs_keys12_expand(hs);
	if (!alert)
		alert = hs_send_ccs12(hs);
	if (!alert)
		alert = hs_send_finished12(hs);
	return alert ? alert : hs_goto(hs, HS_ST_WAIT_CCS);
}

int hs_server12_hello(struct hs *hs, struct hs_bytes body)
{
	struct choice c = { 0 };
	int alert = read_client_hello(hs, body, &c);

	hs->hello_seen = true;
	if (!alert)
		alert = hs_resume12_choose(hs, c.session_id, c.suites);
	if (!alert && !hs->info.resumed)
		alert = negotiate(hs, &c);
	if (!alert)
		alert = start_transcript(hs);
	if (!alert && hs->info.resumed)
		return send_resumed(hs);
	if (!alert)
		alert = hs_resume12_promise(hs);
	if (!alert)
		alert = send_flight(hs, &c);
	if (alert)
		return alert;
	if (!hs->mapping)
		return hs_server12_after_hello(hs);
	return hs_goto(hs, wants_certificate(hs) ? HS_ST_WAIT_SD_CERT :
						   HS_ST_WAIT_SD_CKE);
}

int hs_server12_after_hello(struct hs *hs)
{
	return hs_goto(hs, wants_certificate(hs) ? HS_ST_WAIT_CERT :
						   HS_ST_WAIT_CKE);
}

/* 7.4.6: whether a client may have none is policy; handshake_failure says that
 * it may not. */
static int recv_certificate(struct hs *hs, struct hs_bytes body)
{
	int alert = hs_auth12_recv_certificate(hs, body);

	if (!alert && hs->info.peer_chain_len)
		alert = hs_auth12_trust(hs);
	else if (!alert && hs->config->client_auth == HS_CLIENT_AUTH_REQUIRE)
		return hs_fail(hs, HS_ALERT_HANDSHAKE_FAILURE,
			       "the client has no certificate");
	return alert ? alert : hs_goto(hs, HS_ST_WAIT_CKE);
}

/* RFC 5246 7.4.7.2, RFC 8422 5.7; what is no point of the curve (RFC 8422 5.11)
 * the provider refuses. */
static int recv_client_key_exchange(struct hs *hs, struct hs_bytes body)
{
	bool field = hs->suite->kx == HS_KX_DHE;
	struct hs_shared premaster;
	struct hs_bytes share;
	int alert = hs_client_key_exchange_parse(&share, field, body);

	if (!alert && field)
		alert = hs_keys12_check_public(hs, share);
	if (alert)
		return alert;
	if (!field && share.len != hs_group(hs->info.group)->client_share)
		return hs_fail(hs, HS_ALERT_ILLEGAL_PARAMETER,
			       "the client's share has the wrong length");
	alert = hs->crypto->kx_finish(hs->kx, share, &premaster);
	if (!alert)
		alert = hs_keys12_master(hs, &premaster);
	hs_wipe(&premaster, sizeof(premaster));
	hs->crypto->kx_free(hs->kx);
	hs->kx = NULL;
	if (alert)
		return alert;
	return hs_goto(hs, hs->info.peer_chain_len ? HS_ST_WAIT_CV :
						     HS_ST_WAIT_CCS);
}

static int recv_finished(struct hs *hs, struct hs_bytes body)
{
	int alert = hs_recv_finished12(hs, body);

	if (!alert)
		alert = hs_resume12_keep(hs);
	if (!alert && !hs->info.resumed)
		alert = hs_send_ccs12(hs);
	if (!alert && !hs->info.resumed)
		alert = hs_send_finished12(hs);
	return alert ? alert : hs_done12(hs);
}

static const struct hs_step steps[] = {
	{ HS_ST_START, HS_MT_CLIENT_HELLO, hs_server12_hello,
	  HS_TO(WAIT_SD_CERT) | HS_TO(WAIT_SD_CKE) | HS_TO(WAIT_CERT) |
	  HS_TO(WAIT_CKE) | HS_TO(WAIT_CCS), HS_BOUNDARY | HS_OWN_HASH },
	/* RFC 4681 4: a client that agreed on SupplementalData may do without. */
	{ HS_ST_WAIT_SD_CERT, HS_MT_SUPPLEMENTAL_DATA, hs_mapping_recv,
	  HS_TO(WAIT_CERT), 0 },
	{ HS_ST_WAIT_SD_CERT, HS_MT_CERTIFICATE, recv_certificate,
	  HS_TO(WAIT_CKE), 0 },
	{ HS_ST_WAIT_SD_CKE, HS_MT_SUPPLEMENTAL_DATA, hs_mapping_recv,
	  HS_TO(WAIT_CKE), 0 },
	{ HS_ST_WAIT_SD_CKE, HS_MT_CLIENT_KEY_EXCHANGE,
	  recv_client_key_exchange, HS_TO(WAIT_CCS), 0 },
	{ HS_ST_WAIT_CERT, HS_MT_CERTIFICATE, recv_certificate,
	  HS_TO(WAIT_CKE), 0 },
	{ HS_ST_WAIT_CKE, HS_MT_CLIENT_KEY_EXCHANGE, recv_client_key_exchange,
	  HS_TO(WAIT_CV) | HS_TO(WAIT_CCS), 0 },
	{ HS_ST_WAIT_CV, HS_MT_CERTIFICATE_VERIFY, hs_auth12_recv_verify,
	  HS_TO(WAIT_CCS), 0 },
	{ HS_ST_WAIT_CCS, HS_MT_CHANGE_CIPHER_SPEC, hs_recv_ccs12,
	  HS_TO(WAIT_FINISHED), HS_BOUNDARY },
	{ HS_ST_WAIT_FINISHED, HS_MT_FINISHED, recv_finished,
	  HS_TO(CONNECTED), HS_BOUNDARY | HS_HASH_BEFORE },
	{ HS_ST_CONNECTED, HS_MT_CLIENT_HELLO, hs_server_again,
	  HS_TO(CONNECTED) | HS_TO(WAIT_SD_CERT) | HS_TO(WAIT_SD_CKE) |
	  HS_TO(WAIT_CERT) | HS_TO(WAIT_CKE), HS_BOUNDARY | HS_OWN_HASH },
	{ HS_ST_CONNECTED, HS_MT_BEGIN, hs_send_hello_request,
	  HS_TO(CONNECTED), 0 },
};

const struct hs_machine hs_server12 = {
	"server12", steps, sizeof(steps) / sizeof(steps[0]), NULL,
};
