// SPDX-License-Identifier: Apache-2.0
/*
 * host: owns what the engine leaves to its host: which certificate, is that
 * chain trusted, sign this, seal that ticket, what time is it.
 */
#include "daemon/host.h"

#include <errno.h>
#include <string.h>

#include "daemon/crypto_openssl.h"
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
	c = tlsup_credential_select(chains->loaded, chains->n, hello);
	/* RFC 8446 4.4.2: a client that has none says so. */
	if (!c && client)
		return 0;
	if (!c) {
		host->cause = EPROTONOSUPPORT;
		return HS_ALERT_HANDSHAKE_FAILURE;
	}
	*out = tlsup_credential_certificate(c);
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
		if (request->verify != TLSUP_VERIFY_INSECURE_NO_NAME)
			how.name = request->server_name;
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
	.psk_find		= psk_find,
};
