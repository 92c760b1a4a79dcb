// SPDX-License-Identifier: Apache-2.0
/* hs_peer_load: owns the files that the command line names: certificates with
 * what is stapled to them, trust, external keys, ticket key, early data. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/pem.h>
#include <openssl/x509.h>

#include "daemon/engine/wire.h"
#include "hs_peer.h"

static void say(void *arg, bool error, const char *text)
{
	(void)arg;
	/* What a peer may accept all the same is the tester's business. */
	if (error)
		fprintf(stderr, "hs-peer: %s\n", text);
}

static struct tlsup_diag diag = { .say = say };

/* Up to max bytes; the caller frees. */
static uint8_t *slurp(const char *file, size_t max, size_t *len)
{
	uint8_t *data = malloc(max);
	FILE *f = fopen(file, "r");

	*len = f && data ? fread(data, 1, max, f) : 0;
	if (f) {
		fclose(f);
		return data;
	}
	fprintf(stderr, "hs-peer: %s: %s\n", file, strerror(errno));
	free(data);
	return NULL;
}

static int staple(const char *file, struct hs_bytes *out)
{
	if (!file)
		return 0;
	out->data = slurp(file, 1 << 16, &out->len);
	return out->data ? 0 : -1;
}

static int load_identity(struct identity *id)
{
	id->credential = tlsup_credential_load(id->cert,
					       id->key ? id->key : id->cert,
					       &diag);
	if (!id->credential)
		return -1;
	id->certificate = *tlsup_credential_certificate(id->credential);
	return staple(id->ocsp, &id->certificate.ocsp) ||
	       staple(id->sct, &id->certificate.sct) ? -1 : 0;
}

static int load_trust(struct options *o)
{
	if (!o->ca)
		return 0;
	o->trust = tlsup_trust_new();
	return o->trust ? tlsup_trust_add_path(o->trust, o->ca, &diag) : -1;
}

/* RFC 8446 4.2.4: the subject of each certificate in --ca. */
static int load_authorities(struct options *o)
{
	struct hs_buf b = hs_buf_fixed(o->authorities, sizeof(o->authorities));
	FILE *f;
	X509 *cert;

	if (!o->send_authorities)
		return 0;
	f = o->ca ? fopen(o->ca, "r") : NULL;
	if (!f) {
		fputs("hs-peer: --authorities wants --ca FILE\n", stderr);
		return -1;
	}
	while ((cert = PEM_read_X509(f, NULL, NULL, NULL))) {
		unsigned char *der = NULL;
		int n = i2d_X509_NAME(X509_get_subject_name(cert), &der);

		if (n > 0)
			hs_buf_vec(&b, 2, hs_bytes(der, (size_t)n));
		OPENSSL_free(der);
		X509_free(cert);
	}
	fclose(f);
	o->config.authorities = hs_buf_bytes(&b);
	return b.failed ? -1 : 0;
}

static int load_psks(struct options *o)
{
	if (!o->psk_file)
		return 0;
	o->psks_loaded = tlsup_psks_load(o->psk_file, &diag);
	if (!o->psks_loaded)
		return -1;
	o->config.psks = o->psks_loaded->list;
	o->config.psks_len = o->psks_loaded->n;
	return 0;
}

static int load_early(struct options *o)
{
	uint8_t *data;

	if (!o->early_file)
		return 0;
	data = slurp(o->early_file, sizeof(o->early), &o->early_len);
	if (!data)
		return -1;
	memcpy(o->early, data, o->early_len);
	free(data);
	return 0;
}

static void choose_host(struct options *o)
{
	o->host_ops = hs_peer_host;
	if (o->no_tickets) {
		o->host_ops.ticket_seal = NULL;
		o->host_ops.ticket_open = NULL;
	}
	if (o->no_session_ids) {
		o->host_ops.session_put = NULL;
		o->host_ops.session_get = NULL;
		o->host_ops.session_drop = NULL;
	}
	if (!o->config.max_early_data)
		o->host_ops.early_data_fresh = NULL;
	o->config.host = &o->host_ops;
}

int hs_peer_load(struct options *o)
{
	for (size_t i = 0; i < o->ids_len; i++)
		if (load_identity(&o->ids[i]))
			return -1;
	if (load_psks(o))
		return -1;
	if (o->role == HS_SERVER && !o->ids_len && !o->config.psks_len) {
		fputs("hs-peer: a server needs --cert and --key\n", stderr);
		return -1;
	}
	choose_host(o);
	if (load_trust(o) || load_authorities(o) || load_early(o))
		return -1;
	return hs_peer_ticket_key(o->ticket_key);
}

void hs_peer_unload(struct options *o)
{
	for (size_t i = 0; i < o->ids_len; i++) {
		tlsup_credential_free(o->ids[i].credential);
		free((void *)(uintptr_t)o->ids[i].certificate.ocsp.data);
		free((void *)(uintptr_t)o->ids[i].certificate.sct.data);
	}
	if (o->trust)
		tlsup_trust_put(o->trust);
	tlsup_psks_free(o->psks_loaded);
	hs_wipe(o->psks, sizeof(o->psks));
}
