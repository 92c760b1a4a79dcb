// SPDX-License-Identifier: Apache-2.0
/* auth: Certificate, CertificateVerify and Finished, sent and received, for
 * either role (RFC 8446 4.4). */
#include <string.h>

#include "engine.h"
#include "ext.h"

struct hs_list hs_auth_schemes(struct hs_bytes wire)
{
	struct hs_list l = { 0 };

	for (size_t i = 0; i < hs_u16s(wire) && l.n < HS_LIST_MAX; i++) {
		uint16_t id = hs_u16_at(wire, i);

		if (hs_scheme(id) && !hs_list_has(&l, id))
			l.id[l.n++] = id;
	}
	return l;
}

uint16_t hs_auth_scheme(const struct hs_certificate *cert,
			const struct hs_list *peer)
{
	/* What the host gave is no chain: as good as none. */
	if (!cert->chain_len || cert->chain_len > HS_CHAIN_MAX)
		return 0;
	for (size_t i = 0; i < cert->schemes_len; i++) {
		const struct hs_scheme *s = hs_scheme(cert->schemes[i]);

		if (s && s->handshake && hs_list_has(peer, s->id))
			return s->id;
	}
	return 0;
}

/* 4.4.2: extensions go with the leaf alone; no RFC has any for the others that
 * we could know. cert may be NULL: an empty list. */
static void build_certificate(struct hs *hs, struct hs_buf *b,
			      struct hs_bytes context,
			      const struct hs_certificate *cert)
{
	size_t list;

	hs->sending = cert;
	hs_buf_vec(b, 1, context);
	list = hs_buf_open(b, 3);
	for (size_t i = 0; cert && i < cert->chain_len; i++) {
		hs_buf_vec(b, 3, cert->chain[i]);
		if (i)
			hs_buf_u16(b, 0);
		else
			hs_ext_build(hs, HS_IN_CT, b);
	}
	hs_buf_close(b, 3, list);
	hs->sending = NULL;
}

int hs_auth_send_certificate(struct hs *hs, const struct hs_certificate *cert)
{
	struct hs_buf *b = hs_send_open(hs, HS_MT_CERTIFICATE);

	build_certificate(hs, b, hs->auth_context, cert);
	if (cert)
		hs_compress_message(hs, b, hs->send_at);
	return hs_send_close(hs);
}

int hs_auth_send_verify(struct hs *hs, const struct hs_certificate *cert,
			uint16_t scheme)
{
	uint8_t hash[HS_HASH_MAX], room[HS_TBS_MAX], sig[HS_SIGNATURE_MAX];
	size_t sig_len = sizeof(sig);
	struct hs_certificate_verify m = { .scheme = scheme };
	int alert = hs_transcript_hash(&hs->transcript, hash);

	if (!alert)
		alert = hs->host->sign(hs->host_arg, cert, scheme,
			hs_certificate_verify_tbs(room, hs->config->role,
				hs_bytes(hash, hs_hash_len(hs->suite->hash))),
			sig, &sig_len);
	if (alert)
		return hs_fail(hs, alert, "our key could not sign");
	m.signature = hs_bytes(sig, sig_len);
	hs_certificate_verify_build(hs_send_open(hs, HS_MT_CERTIFICATE_VERIFY),
				    &m);
	return hs_send_close(hs);
}

int hs_auth_send_finished(struct hs *hs, const struct hs_secret *base)
{
	uint8_t hash[HS_HASH_MAX], mac[HS_HASH_MAX];
	int alert = hs_transcript_hash(&hs->transcript, hash);

	if (!alert)
		alert = hs_finished_mac(hs->crypto, hs->suite->hash, base,
					hash, mac);
	if (alert)
		return alert;
	hs_buf_add(hs_send_open(hs, HS_MT_FINISHED), mac,
		   hs_hash_len(hs->suite->hash));
	return hs_send_close(hs);
}

/* The list is copied, for it outlives the message; the chain is views into
 * the copy. */
static int keep_chain(struct hs *hs, struct hs_bytes list)
{
	struct hs_reader r;
	int alert = 0;

	hs_buf_set(&hs->peer, list);
	if (hs->peer.failed)
		return HS_ALERT_INTERNAL_ERROR;
	r = hs_reader(hs_buf_bytes(&hs->peer));
	hs->info.peer_chain = hs->peer_chain;
	hs->info.peer_chain_len = 0;
	hs->info.ocsp = hs->info.sct = hs_bytes(NULL, 0);
	while (r.len && !alert) {
		struct hs_bytes der, extensions;

		alert = hs_certificate_entry(&r, &der, &extensions);
		if (!alert)
			alert = hs_ext_parse(hs, HS_IN_CT, extensions);
		if (!alert && hs->info.peer_chain_len == HS_CHAIN_MAX)
			return hs_fail(hs, HS_ALERT_BAD_CERTIFICATE,
				       "the peer's certificate chain is too long");
		if (!alert)
			hs->peer_chain[hs->info.peer_chain_len++] = der;
	}
	return alert;
}

bool hs_auth_restore_chain(struct hs *hs, struct hs_bytes packed)
{
	struct hs_reader r;
	size_t n = 0;

	hs_buf_set(&hs->peer, packed);
	r = hs_reader(hs_buf_bytes(&hs->peer));
	while (r.len && n < HS_CHAIN_MAX)
		hs->peer_chain[n++] = hs_reader_vec(&r, 3, 1);
	hs->info.peer_chain = hs->peer_chain;
	hs->info.peer_chain_len = hs_reader_done(&r) ? n : 0;
	return !hs->peer.failed && hs->info.peer_chain_len;
}

bool hs_auth_client_stands(struct hs *hs, bool asked, struct hs_bytes chain)
{
	char reason[HS_REASON_MAX];

	if (asked != (hs->config->client_auth != HS_CLIENT_AUTH_NONE))
		return false;
	if (!chain.len)
		return hs->config->client_auth != HS_CLIENT_AUTH_REQUIRE;
	if (hs_auth_restore_chain(hs, chain) &&
	    !hs->host->verify_chain(hs->host_arg, hs->info.peer_chain,
				    hs->info.peer_chain_len, reason))
		return true;
	hs->info.peer_chain_len = 0;
	return false;
}

/* 4.4.2.4: a server's has to be there: decode_error; whether a client's has,
 * is policy. */
static int no_certificate(struct hs *hs)
{
	if (hs->config->role == HS_CLIENT)
		return HS_ALERT_DECODE_ERROR;
	if (hs->config->client_auth == HS_CLIENT_AUTH_REQUIRE)
		return hs_fail(hs, HS_ALERT_CERTIFICATE_REQUIRED,
			       "the client has no certificate");
	return hs_goto(hs, HS_ST_WAIT_FINISHED);
}

/* 4.4.2: the context is that of the CertificateRequest, which is empty in the
 * handshake, and empty for server authentication. */
static int check_context(struct hs *hs, struct hs_bytes context)
{
	if (hs->run == HS_DONE)
		return hs_post_match(hs, context);
	return context.len ? HS_ALERT_ILLEGAL_PARAMETER : 0;
}

int hs_auth_recv_certificate(struct hs *hs, struct hs_bytes body)
{
	char reason[HS_REASON_MAX] = "the peer's certificate is not trusted";
	struct hs_certificate_msg m;
	int alert = hs_certificate_parse(&m, body);

	if (!alert)
		alert = check_context(hs, m.context);
	if (!alert)
		alert = keep_chain(hs, m.list);
	if (alert)
		return alert;
	if (!hs->info.peer_chain_len)
		return no_certificate(hs);
	alert = hs_status_required(hs);
	if (alert)
		return alert;
	alert = hs->host->verify_chain(hs->host_arg, hs->info.peer_chain,
				       hs->info.peer_chain_len, reason);
	if (!alert)
		return hs_goto(hs, HS_ST_WAIT_CV);
	reason[sizeof(reason) - 1] = 0;
	return hs_fail(hs, alert, reason);
}

int hs_auth_recv_verify(struct hs *hs, struct hs_bytes body)
{
	enum hs_role signer = hs->config->role == HS_CLIENT ? HS_SERVER :
							      HS_CLIENT;
	struct hs_certificate_verify m;
	uint8_t room[HS_TBS_MAX];
	int alert = hs_certificate_verify_parse(&m, body);

	if (alert)
		return alert;
	/* 4.4.3: one of those that we offered; that list has none that may
	 * not sign a handshake. */
	if (!hs_list_has(&hs->policy.schemes, m.scheme))
		return hs_fail(hs, HS_ALERT_ILLEGAL_PARAMETER,
			       "CertificateVerify by a scheme that was not offered");
	alert = hs->crypto->verify(HS_TLS13, m.scheme, hs->peer_chain[0],
		hs_certificate_verify_tbs(room, signer,
			hs_bytes(hs->hash_before,
				 hs_hash_len(hs->suite->hash))),
		m.signature);
	if (alert)
		return hs_fail(hs, alert,
			       "the signature of CertificateVerify is wrong");
	/* It is the server's that is told of. */
	if (signer == HS_SERVER)
		hs->info.signature_scheme = m.scheme;
	return hs_goto(hs, HS_ST_WAIT_FINISHED);
}

int hs_auth_recv_finished(struct hs *hs, struct hs_bytes body,
			  const struct hs_secret *base)
{
	uint8_t mac[HS_HASH_MAX];
	size_t len = hs_hash_len(hs->suite->hash);
	int alert = hs_finished_mac(hs->crypto, hs->suite->hash, base,
				    hs->hash_before, mac);

	if (alert)
		return alert;
	if (body.len != len)
		return HS_ALERT_DECODE_ERROR;
	if (!hs_secret_equal(body.data, mac, len))
		return hs_fail(hs, HS_ALERT_DECRYPT_ERROR,
			       "the peer's Finished is wrong");
	return 0;
}
