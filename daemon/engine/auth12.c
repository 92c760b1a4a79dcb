// SPDX-License-Identifier: Apache-2.0
/* auth12: Certificate, and what is signed, in TLS 1.2: ServerKeyExchange and
 * CertificateVerify, sent and received (RFC 5246 7.4.2, 7.4.3, 7.4.8). */
#include <string.h>

#include "engine.h"
#include "msg12.h"

/* Both randoms and ServerDHParams of an 8192-bit group. */
#define PARAMS_MAX 4096

int hs_auth12_send_certificate(struct hs *hs, const struct hs_certificate *cert)
{
	hs_certificate12_build(hs_send_open(hs, HS_MT_CERTIFICATE), cert);
	return hs_send_close(hs);
}

/* The list is copied, for it outlives the message; the chain is views into
 * the copy. */
static int keep_chain(struct hs *hs, struct hs_bytes list)
{
	struct hs_reader r;

	hs_buf_set(&hs->peer, list);
	if (hs->peer.failed)
		return HS_ALERT_INTERNAL_ERROR;
	r = hs_reader(hs_buf_bytes(&hs->peer));
	hs->info.peer_chain = hs->peer_chain;
	hs->info.peer_chain_len = 0;
	while (r.len) {
		struct hs_bytes der = hs_reader_vec(&r, 3, 1);

		if (r.failed)
			return HS_ALERT_DECODE_ERROR;
		if (hs->info.peer_chain_len == HS_CHAIN_MAX)
			return hs_fail(hs, HS_ALERT_BAD_CERTIFICATE,
				       "the peer's certificate chain is too long");
		hs->peer_chain[hs->info.peer_chain_len++] = der;
	}
	return 0;
}

int hs_auth12_recv_certificate(struct hs *hs, struct hs_bytes body)
{
	struct hs_bytes list;
	int alert = hs_certificate12_parse(&list, body);

	return alert ? alert : keep_chain(hs, list);
}

int hs_auth12_trust(struct hs *hs)
{
	char reason[HS_REASON_MAX] = "the peer's certificate is not trusted";
	int alert = hs->host->verify_chain(hs->host_arg, hs->info.peer_chain,
					   hs->info.peer_chain_len, reason);

	if (!alert)
		return 0;
	reason[sizeof(reason) - 1] = 0;
	return hs_fail(hs, alert, reason);
}

uint16_t hs_auth12_scheme(const struct hs_certificate *cert,
			  const struct hs_list *peer, enum hs_suite_auth auth)
{
	/* What the host gave is no chain: as good as none. */
	if (!cert->chain_len || cert->chain_len > HS_CHAIN_MAX)
		return 0;
	for (size_t i = 0; i < cert->schemes_len; i++) {
		uint16_t id = cert->schemes[i];

		if (hs_list_has(peer, id) &&
		    (auth == HS_AUTH_ANY || hs_scheme_auth(id) == auth))
			return id;
	}
	return 0;
}

/* 7.4.3: both randoms, then the params. */
static struct hs_bytes params_tbs(const struct hs *hs, struct hs_bytes params,
				  uint8_t *room)
{
	struct hs_buf b = hs_buf_fixed(room, PARAMS_MAX);

	hs_buf_add(&b, hs->client_random, HS_RANDOM);
	hs_buf_add(&b, hs->server_random, HS_RANDOM);
	hs_buf_add(&b, params.data, params.len);
	return b.failed ? hs_bytes(NULL, 0) : hs_buf_bytes(&b);
}

int hs_auth12_sign_params(struct hs *hs, const struct hs_certificate *cert,
			  uint16_t scheme, struct hs_bytes params, uint8_t *sig,
			  size_t *sig_len)
{
	uint8_t room[PARAMS_MAX];
	struct hs_bytes tbs = params_tbs(hs, params, room);
	int alert = tbs.len ? hs->host->sign(hs->host_arg, cert, scheme, tbs,
					     sig, sig_len) :
			      HS_ALERT_INTERNAL_ERROR;

	return alert ? hs_fail(hs, alert, "our key could not sign") : 0;
}

/* RFC 5246 7.4.3, 7.4.8, RFC 8422 5.1.3, 5.8: by a scheme that was offered, and
 * for the suite's kind of key (RFC 8422 2.1, 2.2). */
static int check_scheme(struct hs *hs, uint16_t scheme, enum hs_suite_auth auth)
{
	if (hs_list_has(&hs->policy.cert_schemes, scheme) &&
	    (auth == HS_AUTH_ANY || hs_scheme_auth(scheme) == auth))
		return 0;
	return hs_fail(hs, HS_ALERT_ILLEGAL_PARAMETER,
		       "a signature by a scheme that was not offered");
}

int hs_auth12_verify_params(struct hs *hs, uint16_t scheme,
			    struct hs_bytes params, struct hs_bytes sig)
{
	uint8_t room[PARAMS_MAX];
	struct hs_bytes tbs = params_tbs(hs, params, room);
	int alert = check_scheme(hs, scheme, hs->suite->auth);

	if (alert)
		return alert;
	if (!tbs.len)
		return HS_ALERT_DECODE_ERROR;
	alert = hs->crypto->verify(HS_TLS12, scheme, hs->peer_chain[0], tbs,
				   sig);
	if (alert)
		return hs_fail(hs, alert,
			       "the signature of ServerKeyExchange is wrong");
	hs->info.signature_scheme = scheme;
	return 0;
}

int hs_auth12_send_verify(struct hs *hs, const struct hs_certificate *cert,
			  uint16_t scheme)
{
	uint8_t sig[HS_SIGNATURE_MAX];
	size_t sig_len = sizeof(sig);
	struct hs_certificate_verify m = { .scheme = scheme };
	int alert = hs->host->sign(hs->host_arg, cert, scheme,
				   hs_buf_bytes(&hs->log), sig, &sig_len);

	if (alert)
		return hs_fail(hs, alert, "our key could not sign");
	m.signature = hs_bytes(sig, sig_len);
	hs_certificate_verify_build(hs_send_open(hs, HS_MT_CERTIFICATE_VERIFY),
				    &m);
	return hs_send_close(hs);
}

/* 7.4.8: over all messages before it; the log has this one too. */
int hs_auth12_recv_verify(struct hs *hs, struct hs_bytes body)
{
	struct hs_certificate_verify m;
	struct hs_bytes tbs = hs_bytes(hs->log.data,
				       hs->log.len - hs->message.len);
	int alert = hs_certificate_verify_parse(&m, body);

	if (!alert)
		alert = check_scheme(hs, m.scheme, HS_AUTH_ANY);
	if (alert)
		return alert;
	alert = hs->crypto->verify(HS_TLS12, m.scheme, hs->peer_chain[0], tbs,
				   m.signature);
	if (alert)
		return hs_fail(hs, alert,
			       "the signature of CertificateVerify is wrong");
	hs->logging = false;
	hs_buf_free(&hs->log);
	return hs_goto(hs, HS_ST_WAIT_CCS);
}
