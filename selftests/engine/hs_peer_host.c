// SPDX-License-Identifier: Apache-2.0
/* hs_peer_host: owns hs-peer's answers to the engine, on the daemon's own
 * certificates, trust and sealing. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "daemon/crypto_openssl.h"
#include "daemon/crypto_seal.h"
#include "hs_peer.h"

static uint8_t ticket_key[TLSUP_SEAL_KEY];

int hs_peer_ticket_key(const char *file)
{
	FILE *f = file ? fopen(file, "r") : NULL;
	bool whole = f && fread(ticket_key, sizeof(ticket_key), 1, f) == 1;

	if (f)
		fclose(f);
	if (whole)
		return 0;
	if (!tlsup_random(ticket_key, sizeof(ticket_key)))
		return -1;
	if (!file)
		return 0;
	f = fopen(file, "w");
	whole = f && fwrite(ticket_key, sizeof(ticket_key), 1, f) == 1;
	if (!f || fclose(f) || !whole) {
		fprintf(stderr, "hs-peer: %s: %s\n", file, strerror(errno));
		return -1;
	}
	return 0;
}

static uint64_t now_ms(void *arg)
{
	struct timespec ts;

	(void)arg;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* --- Certificates --- */

static bool name_is(const char *pattern, struct hs_bytes name)
{
	const uint8_t *dot;
	size_t len = strlen(pattern);

	if (!name.len)
		return false;
	if (name.len == len && !strncasecmp(pattern, (char *)name.data, len))
		return true;
	dot = memchr(name.data, '.', name.len);
	return !strncmp(pattern, "*.", 2) && dot &&
	       name.len - (size_t)(dot - name.data) == len - 1 &&
	       !strncasecmp(pattern + 1, (char *)dot, len - 1);
}

/* The best of those identities that are for this --sni NAME, or for none. */
static const struct identity *pick(const struct options *o, const char *name,
				   const struct hs_hello *hello)
{
	struct tlsup_credential *list[CERTS_MAX];
	const struct tlsup_credential *best;
	size_t n = 0;

	for (size_t i = 0; i < o->ids_len; i++)
		if (name ? o->ids[i].name && !strcmp(o->ids[i].name, name) :
			   !o->ids[i].name)
			list[n++] = o->ids[i].credential;
	best = tlsup_credential_select(list, n, hello);
	for (size_t i = 0; best && i < o->ids_len; i++)
		if (o->ids[i].credential == best)
			return &o->ids[i];
	return NULL;
}

static int select_certificate(void *arg, const struct hs_hello *hello,
			      const struct hs_certificate **out)
{
	const struct options *o = ((struct peer_host *)arg)->o;
	const struct identity *id;
	const char *name = NULL;

	*out = NULL;
	for (size_t i = 0; i < o->ids_len && o->role == HS_SERVER; i++)
		if (o->ids[i].name && name_is(o->ids[i].name, hello->server_name))
			name = o->ids[i].name;
	if (!name && o->sni_strict)
		return HS_ALERT_UNRECOGNIZED_NAME;
	id = pick(o, name, hello);
	if (id)
		*out = &id->certificate;
	return id || o->role == HS_CLIENT ? 0 : HS_ALERT_HANDSHAKE_FAILURE;
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
	const struct options *o = ((struct peer_host *)arg)->o;
	struct tlsup_verify how = {
		.peer = o->role == HS_CLIENT ? HS_SERVER : HS_CLIENT,
		.name = o->role == HS_CLIENT ? o->name : NULL,
		.now_ms = now_ms(arg),
		.lax = o->lax,
	};
	struct tlsup_verdict verdict;

	if (!o->trust)
		return 0;
	if (tlsup_x509_verify(o->trust, &how, chain, n, &verdict))
		memcpy(reason, verdict.reason, sizeof(verdict.reason));
	return verdict.alert;
}

/* --- Sessions --- */

/* A ticket: the nonce, what it says, the tag. */
static int ticket_seal(void *arg, struct hs_bytes plain, uint8_t *out,
		       size_t *out_len)
{
	size_t need = TLSUP_SEAL_IV + plain.len + TLSUP_SEAL_TAG;

	(void)arg;
	if (*out_len < need || !tlsup_random(out, TLSUP_SEAL_IV) ||
	    !tlsup_seal(ticket_key, out, hs_bytes(NULL, 0), plain,
			out + TLSUP_SEAL_IV))
		return HS_ALERT_INTERNAL_ERROR;
	*out_len = need;
	return 0;
}

static int ticket_open(void *arg, struct hs_bytes ticket, uint8_t *out,
		       size_t *out_len)
{
	size_t over = TLSUP_SEAL_IV + TLSUP_SEAL_TAG;

	(void)arg;
	if (ticket.len < over || *out_len < ticket.len - over ||
	    !tlsup_unseal(ticket_key, ticket.data, hs_bytes(NULL, 0),
			  hs_bytes(ticket.data + TLSUP_SEAL_IV,
				   ticket.len - TLSUP_SEAL_IV),
			  out))
		return -1;
	*out_len = ticket.len - over;
	return 0;
}

static int session_put(void *arg, struct hs_bytes id, struct hs_bytes state)
{
	(void)arg;
	return hs_peer_cache_put(id, state);
}

static int session_get(void *arg, struct hs_bytes id, uint8_t *out,
		       size_t *out_len)
{
	(void)arg;
	return hs_peer_cache_get(id, out, out_len);
}

static void session_drop(void *arg, struct hs_bytes id)
{
	(void)arg;
	hs_peer_cache_drop(id);
}

static int psk_find(void *arg, struct hs_bytes identity, struct hs_psk *out)
{
	const struct options *o = ((struct peer_host *)arg)->o;

	for (size_t i = 0; i < o->config.psks_len; i++) {
		if (!hs_bytes_equal(o->config.psks[i].identity, identity))
			continue;
		*out = o->config.psks[i];
		return 0;
	}
	return -1;
}

static int early_data_fresh(void *arg, const uint8_t id[32], uint64_t expires_ms)
{
	if (((struct peer_host *)arg)->o->refuse_early)
		return -1;
	return hs_peer_cache_fresh(id, expires_ms, now_ms(arg));
}

const struct hs_host hs_peer_host = {
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
