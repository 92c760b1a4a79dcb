// SPDX-License-Identifier: Apache-2.0
/* hs_peer_describe: owns how a connection's parameters, and failures, read. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/x509.h>

#include "daemon/engine/suites.h"
#include "hs_peer.h"

struct text {
	char	*p;
	size_t	n, room;
};

static void put(struct text *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void put(struct text *t, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(t->p + t->n, t->room - t->n, format, args);
	va_end(args);
	if (n > 0)
		t->n += (size_t)n;
	if (t->n >= t->room)
		t->n = t->room - 1;
}

/* What a peer chose is printed so that it stays one word. */
static void put_bytes(struct text *t, const char *name, struct hs_bytes b)
{
	put(t, " %s=", name);
	for (size_t i = 0; i < b.len; i++)
		put(t, b.data[i] > ' ' && b.data[i] <= '~' ? "%c" : "\\x%02x",
		    b.data[i]);
}

static const char *yes(bool b)
{
	return b ? "yes" : "no";
}

static void put_subject(struct text *t, const struct hs_info *i)
{
	const unsigned char *der = i->peer_chain_len ? i->peer_chain[0].data :
						       NULL;
	X509 *cert = der ? d2i_X509(NULL, &der, (long)i->peer_chain[0].len) :
			   NULL;
	BIO *bio = BIO_new(BIO_s_mem());
	char name[200];
	int n = 0;

	if (cert && bio &&
	    X509_NAME_print_ex(bio, X509_get_subject_name(cert), 0,
			       XN_FLAG_RFC2253) >= 0)
		n = BIO_read(bio, name, sizeof(name));
	put_bytes(t, "subject", hs_bytes(name, n > 0 ? (size_t)n : 0));
	BIO_free(bio);
	X509_free(cert);
}

static const char *early(const struct peer_host *h, const struct hs_info *i)
{
	if (i->early_data)
		return "accepted";
	if (i->early_offered || h->peer.early_rejected)
		return "rejected";
	return "no";
}

static void put_names(struct text *t, const struct hs_info *i)
{
	const struct hs_suite *suite = hs_suite(i->cipher_suite);
	const struct hs_group *group = hs_group(i->group);
	const struct hs_scheme *scheme = hs_scheme(i->signature_scheme);

	put(t, "version=%s", i->version == HS_TLS13 ? "TLSv1.3" :
			     i->version == HS_TLS12 ? "TLSv1.2" : "none");
	put(t, " suite=%s", suite ? suite->name : "-");
	put(t, " group=%s", group ? group->name : "-");
	put(t, " signature=%s", scheme ? scheme->name : "-");
}

size_t hs_peer_describe(struct peer_host *h, char *out, size_t room)
{
	const struct hs_info *i = hs_info(h->peer.hs);
	struct text t = { out, 0, room };

	put_names(&t, i);
	put(&t, " resumed=%s retried=%s peer_certificates=%zu",
	    yes(i->resumed), yes(i->retried), i->peer_chain_len);
	put_bytes(&t, "alpn", i->alpn);
	put_bytes(&t, "name", i->server_name);
	put_subject(&t, i);
	put(&t, " early=%s early_bytes=%zu psk=%s", early(h, i),
	    h->peer.early_came + h->peer.early_taken,
	    !i->psk ? "no" : i->psk_ke ? "ke" : "dhe");
	put_bytes(&t, "identity", i->psk_identity);
	put(&t, " ems=%s etm=%s", yes(i->extended_master_secret),
	    yes(i->encrypt_then_mac));
	put(&t, " limit=%u peer_limit=%u ocsp=%zu sct=%zu", i->record_limit,
	    i->peer_record_limit, i->ocsp.len, i->sct.len);
	put(&t, " key_updates=%u handshakes=%u authenticated=%u",
	    h->peer.key_updates, h->peer.handshakes, h->peer.authenticated);
	put_bytes(&t, "user", i->user_principal);
	put_bytes(&t, "domain", i->user_domain);
	put(&t, "\n");
	return t.n;
}

int hs_peer_failed(const struct peer_host *h)
{
	const struct hs_error *e = hs_error(h->peer.hs);

	fprintf(stderr, "failed: %s (alert sent %d, received %d)\n", e->reason,
		e->alert_sent == HS_ALERT_NONE ? -1 : e->alert_sent,
		e->alert_received == HS_ALERT_NONE ? -1 : e->alert_received);
	return 1;
}

static void print_key(const char *what, const uint8_t *key, size_t len)
{
	fprintf(stderr, "%s ", what);
	for (size_t i = 0; i < len; i++)
		fprintf(stderr, "%02x", key[i]);
	fputc('\n', stderr);
}

void hs_peer_report(struct peer_host *h)
{
	const struct options *o = h->o;
	uint8_t key[32];
	char text[4096];

	hs_peer_describe(h, text, sizeof(text));
	fputs(text, stderr);
	if (o->export && !hs_export(h->peer.hs, o->export, hs_bytes(NULL, 0),
				    key, sizeof(key)))
		print_key("exported", key, sizeof(key));
	if (o->export_early &&
	    !hs_export_early(h->peer.hs, o->export_early, hs_bytes(NULL, 0),
			     key, sizeof(key)))
		print_key("exported_early", key, sizeof(key));
	hs_wipe(key, sizeof(key));
}
