// SPDX-License-Identifier: Apache-2.0
/*
 * host: owns what the engine leaves to its host: which certificate, is that
 * chain trusted, sign this, seal that ticket, what time is it.
 */
#include "daemon/host.h"

#include <errno.h>
#include <string.h>

#include "daemon/crypto_openssl.h"
#include "daemon/replay.h"
#include "daemon/server_sessions.h"
#include "daemon/tickets.h"

static uint64_t now_ms(void *arg)
{
	const struct tlsup_host *host = arg;

	return host->shared->now_ms();
}

static int select_certificate(void *arg, const struct hs_hello *hello,
			      const struct hs_certificate **out)
{
	struct tlsup_host *host = arg;
	bool client = host->request->role == HS_CLIENT;
	const struct tlsup_config_chains *chains =
		client ? &host->profile->client_chains : &host->profile->chains;
	const struct tlsup_credential *c;

	*out = NULL;
	if (client) {
		/* RFC 8446 4.4.2: a client that has none says so. */
		c = tlsup_credential_select_client(chains->loaded, chains->n,
						   hello);
		if (c)
			*out = tlsup_credential_certificate_at(c, now_ms(arg));
		return 0;
	}
	if (host->profile->strict_sni && hello->server_name.len &&
	    !tlsup_credential_has_name(chains->loaded, chains->n,
				       hello->server_name)) {
		host->cause = EPROTONOSUPPORT;
		return HS_ALERT_UNRECOGNIZED_NAME;
	}
	c = tlsup_credential_select(chains->loaded, chains->n, hello);
	if (!c) {
		host->cause = EPROTONOSUPPORT;
		return HS_ALERT_HANDSHAKE_FAILURE;
	}
	*out = tlsup_credential_certificate_at(c, now_ms(arg));
	return 0;
}

static int sign(void *arg, const struct hs_certificate *cert, uint16_t scheme,
		struct hs_bytes tbs, uint8_t *sig, size_t *sig_len)
{
	(void)arg;
	return tlsup_key_sign(cert->key, scheme, tbs, sig, sig_len);
}

static int verify_chain(void *arg, const struct hs_bytes *chain, size_t n,
			char *reason)
{
	struct tlsup_host *host = arg;
	const struct tlsup_request *request = host->request;
	struct tlsup_verify how = {
		.peer = request->role == HS_CLIENT ? HS_SERVER : HS_CLIENT,
		.now_ms = now_ms(arg),
		.uris = (const char * const *)host->profile->uris,
		.uris_n = host->profile->uris_len,
		.lax = host->profile->lax,
	};
	const struct tlsup_trust *trust = request->role == HS_CLIENT ?
		host->profile->trust : host->profile->client_trust;
	struct tlsup_verdict verdict;

	if (request->role == HS_CLIENT) {
		if (request->verify == TLSUP_VERIFY_INSECURE_NONE) {
			host->until_ms = UINT64_MAX;
			return 0;
		}
		if (request->verify == TLSUP_VERIFY_INSECURE_NO_NAME)
			how.uris_n = 0;
		else
			how.name = request->server_name;
		how.ocsp = hs_info(host->hs)->ocsp;
		how.ocsp_policy = host->profile->ocsp;
	}
	if (!trust) {
		host->cause = ENOKEY;
		strcpy(reason, "the profile has no client-trust");
		return HS_ALERT_UNKNOWN_CA;
	}
	if (!tlsup_x509_verify(trust, &how, chain, n, &verdict)) {
		host->until_ms = verdict.not_after_ms;
		return 0;
	}
	host->cause = verdict.error;
	memcpy(reason, verdict.reason, sizeof(verdict.reason));
	return verdict.alert;
}

static struct tlsup_ticket_binding binding(const struct tlsup_host *host)
{
	return (struct tlsup_ticket_binding){
		.profile = host->profile->name,
		.server_name = hs_info(host->hs)->server_name,
	};
}

static int ticket_seal(void *arg, struct hs_bytes plain, uint8_t *out,
		       size_t *out_len)
{
	struct tlsup_host *host = arg;
	struct tlsup_ticket_binding bound = binding(host);

	if (tlsup_ticket_seal(host->shared->tickets, &bound, now_ms(arg),
			      host->profile->engine.ticket_lifetime, plain, out,
			      out_len))
		return 0;
	return HS_ALERT_INTERNAL_ERROR;
}

static int ticket_open(void *arg, struct hs_bytes ticket, uint8_t *out,
		       size_t *out_len)
{
	struct tlsup_host *host = arg;
	struct tlsup_ticket_binding bound = binding(host);

	return !tlsup_ticket_open(host->shared->tickets, &bound, now_ms(arg),
				  ticket, out, out_len);
}

/* RFC 5246 F.1.4: a session under its ID lives for a day at most. */
#define SERVER_SESSION_MAX_MS	(24ull * 3600 * 1000)

static struct tlsup_server_session_key session_key(const struct tlsup_host *host,
						   struct hs_bytes id)
{
	return (struct tlsup_server_session_key){ host->profile->name, id };
}

static int session_put(void *arg, struct hs_bytes id, struct hs_bytes state)
{
	const struct tlsup_host *host = arg;
	struct tlsup_server_session_key key = session_key(host, id);
	uint64_t life_ms = host->profile->engine.ticket_lifetime * 1000ull;

	if (life_ms > SERVER_SESSION_MAX_MS)
		life_ms = SERVER_SESSION_MAX_MS;
	if (host->shared->server_sessions &&
	    tlsup_server_sessions_put(host->shared->server_sessions, &key,
				      state, now_ms(arg) + life_ms))
		return 0;
	return HS_ALERT_INTERNAL_ERROR;
}

static int session_get(void *arg, struct hs_bytes id, uint8_t *out,
		       size_t *out_len)
{
	const struct tlsup_host *host = arg;
	struct tlsup_server_session_key key = session_key(host, id);

	return !host->shared->server_sessions ||
	       !tlsup_server_sessions_get(host->shared->server_sessions, &key,
					  now_ms(arg), out, out_len);
}

static void session_drop(void *arg, struct hs_bytes id)
{
	const struct tlsup_host *host = arg;
	struct tlsup_server_session_key key = session_key(host, id);

	if (host->shared->server_sessions)
		tlsup_server_sessions_drop(host->shared->server_sessions, &key);
}

static int early_data_fresh(void *arg, const uint8_t id[32],
			    uint64_t expires_ms)
{
	const struct tlsup_host *host = arg;

	return !host->shared->replay ||
	       !tlsup_replay_fresh(host->shared->replay, id, now_ms(arg),
				   expires_ms);
}

static int psk_find(void *arg, struct hs_bytes identity, struct hs_psk *out)
{
	const struct tlsup_host *host = arg;
	const struct hs_psk *psk = tlsup_psks_find(host->profile->server_psks,
						   identity);

	if (!psk)
		return HS_ALERT_UNKNOWN_PSK_IDENTITY;
	*out = *psk;
	return 0;
}

const struct hs_host tlsup_host_functions = {
	.now_ms			= now_ms,
	.select_certificate	= select_certificate,
	.sign			= sign,
	.verify_chain		= verify_chain,
	.ticket_seal		= ticket_seal,
	.ticket_open		= ticket_open,
	.session_put		= session_put,
	.session_get		= session_get,
	.session_drop		= session_drop,
	.psk_find		= psk_find,
	.early_data_fresh	= early_data_fresh,
};
