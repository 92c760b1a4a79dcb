// SPDX-License-Identifier: Apache-2.0
/*
 * x509: owns trust: the anchors, and the verdict on a peer's chain and name
 * (RFC 5280, RFC 9525), reached by libcrypto.
 */
#include "daemon/x509.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/crypto_cert.h"
#include "daemon/pem.h"

/* 112 bits: RSA from 2048 bits, no SHA-1 signatures; Debian's own default. */
#define SECURITY_LEVEL	2

struct tlsup_trust {
	atomic_uint	refs;
	X509_STORE	*store;
	EVP_MD_CTX	*digest;	/* running, over what was added */
	bool		usable;
};

struct tlsup_trust *tlsup_trust_new(void)
{
	struct tlsup_trust *trust = calloc(1, sizeof(*trust));

	if (!trust)
		return NULL;
	trust->refs = 1;
	trust->store = X509_STORE_new();
	trust->digest = EVP_MD_CTX_new();
	if (!trust->store || !trust->digest ||
	    EVP_DigestInit_ex(trust->digest, EVP_sha256(), NULL) != 1) {
		tlsup_trust_put(trust);
		return NULL;
	}
	return trust;
}

struct tlsup_trust *tlsup_trust_get(struct tlsup_trust *trust)
{
	atomic_fetch_add(&trust->refs, 1);
	return trust;
}

void tlsup_trust_put(struct tlsup_trust *trust)
{
	if (!trust || atomic_fetch_sub(&trust->refs, 1) != 1)
		return;
	X509_STORE_free(trust->store);
	EVP_MD_CTX_free(trust->digest);
	free(trust);
}

bool tlsup_trust_usable(const struct tlsup_trust *trust)
{
	return trust->usable;
}

void tlsup_trust_digest(const struct tlsup_trust *trust, uint8_t digest[32])
{
	EVP_MD_CTX *copy = EVP_MD_CTX_new();

	memset(digest, 0, 32);
	if (copy && EVP_MD_CTX_copy_ex(copy, trust->digest) == 1)
		EVP_DigestFinal_ex(copy, digest, NULL);
	EVP_MD_CTX_free(copy);
}

/* libcrypto reads its hashed directory only when asked for an issuer, so
 * whether there is anything to find is looked up here. */
static bool system_has_anchors(void)
{
	const char *path = getenv(X509_get_default_cert_file_env());
	struct dirent *entry;
	bool found = false;
	FILE *file;
	DIR *dir;

	file = fopen(path ? path : X509_get_default_cert_file(), "re");
	if (file) {
		fclose(file);
		return true;
	}
	path = getenv(X509_get_default_cert_dir_env());
	dir = opendir(path ? path : X509_get_default_cert_dir());
	if (!dir)
		return false;
	while (!found && (entry = readdir(dir)))
		found = entry->d_name[0] != '.';
	closedir(dir);
	return found;
}

int tlsup_trust_add_system(struct tlsup_trust *trust, const char *file,
			   unsigned int line, struct tlsup_diag *d)
{
	static const char tag[] = "system";

	if (X509_STORE_set_default_paths(trust->store) != 1) {
		ERR_clear_error();
		tlsup_diag_error(d, file, line,
				 "the system's trust store cannot be opened");
		return -1;
	}
	EVP_DigestUpdate(trust->digest, tag, sizeof(tag));
	if (system_has_anchors())
		trust->usable = true;
	else
		tlsup_diag_warning(d, file, line,
				   "the system has no trust anchors in %s; is ca-certificates installed?",
				   X509_get_default_cert_dir());
	return 0;
}

static int add_anchor(struct tlsup_trust *trust, const char *path,
		      const struct tlsup_pem_block *block,
		      struct tlsup_diag *d)
{
	unsigned char *der = NULL;
	X509 *cert = NULL;
	int len, ret = -1;
	BIO *bio;

	bio = BIO_new_mem_buf(block->text, block->len);
	if (bio)
		cert = PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL);
	if (!cert) {
		tlsup_diag_error(d, path, block->line,
				 "not a valid certificate");
		goto out;
	}
	len = i2d_X509(cert, &der);
	if (len < 0 || X509_STORE_add_cert(trust->store, cert) != 1) {
		tlsup_diag_error(d, path, block->line,
				 "this certificate cannot be added");
		goto out;
	}
	EVP_DigestUpdate(trust->digest, der, len);
	trust->usable = true;
	ret = 0;
out:
	ERR_clear_error();
	OPENSSL_free(der);
	X509_free(cert);
	BIO_free(bio);
	return ret;
}

static bool is_certificate(const char *label)
{
	return strcmp(label, "CERTIFICATE") == 0 ||
	       strcmp(label, "X509 CERTIFICATE") == 0 ||
	       strcmp(label, "TRUSTED CERTIFICATE") == 0;
}

static int add_file(struct tlsup_trust *trust, const char *path,
		    struct tlsup_diag *d)
{
	struct tlsup_pem_block block;
	struct tlsup_pem pem;
	int n = 0, r;

	if (tlsup_pem_open(&pem, path, d) < 0)
		return -1;
	while ((r = tlsup_pem_next(&pem, &block, d)) == 1) {
		if (strstr(block.label, "PRIVATE KEY")) {
			tlsup_diag_error(d, path, block.line,
					 "a private key among trust anchors");
			r = -1;
			break;
		}
		if (!is_certificate(block.label))
			continue;
		r = add_anchor(trust, path, &block, d);
		if (r < 0)
			break;
		n++;
	}
	if (r == 0 && n == 0) {
		tlsup_diag_error(d, path, 0, "holds no certificate");
		r = -1;
	}
	tlsup_pem_close(&pem);
	return r;
}

static int is_anchor_file(const struct dirent *entry)
{
	static const char * const endings[] = { ".pem", ".crt", ".cer" };
	const char *dot = strrchr(entry->d_name, '.');
	size_t i;

	if (!dot || entry->d_name[0] == '.')
		return 0;
	for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (strcmp(dot, endings[i]) == 0)
			return 1;
	return 0;
}

static int add_directory(struct tlsup_trust *trust, const char *path,
			 struct dirent **entries, int n, struct tlsup_diag *d)
{
	char file[PATH_MAX];
	int i, ret = 0;

	for (i = 0; i < n; i++) {
		snprintf(file, sizeof(file), "%s/%s", path,
			 entries[i]->d_name);
		if (add_file(trust, file, d) < 0)
			ret = -1;
	}
	if (n == 0) {
		tlsup_diag_error(d, path, 0,
				 "holds no file named *.pem, *.crt or *.cer");
		ret = -1;
	}
	return ret;
}

int tlsup_trust_add_path(struct tlsup_trust *trust, const char *path,
			 struct tlsup_diag *d)
{
	struct dirent **entries;
	int i, n, ret;

	/* Sorted, so that the digest does not depend on the directory. */
	n = scandir(path, &entries, is_anchor_file, alphasort);
	if (n < 0 && errno == ENOTDIR)
		return add_file(trust, path, d);
	if (n < 0) {
		tlsup_diag_error(d, path, 0, "%s", strerror(errno));
		return -1;
	}
	ret = add_directory(trust, path, entries, n, d);
	for (i = 0; i < n; i++)
		free(entries[i]);
	free(entries);
	return ret;
}

bool tlsup_name_is_address(const char *name)
{
	unsigned char buf[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, name, buf) == 1 ||
	       inet_pton(AF_INET6, name, buf) == 1;
}

/* --- The verdict --- */

__attribute__((format(printf, 4, 5)))
static int refuse(struct tlsup_verdict *v, int alert, int error,
		  const char *format, ...)
{
	va_list ap;
	char *p;

	v->alert = alert;
	v->error = error;
	va_start(ap, format);
	vsnprintf(v->reason, sizeof(v->reason), format, ap);
	va_end(ap);
	/* Names out of a certificate are the peer's text. */
	for (p = v->reason; *p; p++)
		if (*p < 0x20 || *p > 0x7e)
			*p = '?';
	return alert;
}

static void append(char *out, size_t room, const char *text, size_t len)
{
	size_t used = strlen(out);

	snprintf(out + used, room - used, "%s%.*s", used ? ", " : "",
		 (int)len, text);
}

static void append_address(char *out, size_t room,
			   const ASN1_OCTET_STRING *ip)
{
	int len = ASN1_STRING_length(ip);
	char text[INET6_ADDRSTRLEN];

	if ((len == 4 || len == 16) &&
	    inet_ntop(len == 4 ? AF_INET : AF_INET6,
		      ASN1_STRING_get0_data(ip), text, sizeof(text)))
		append(out, room, text, strlen(text));
}

/* The names that a certificate is for, as a list in words. */
static void names_of(X509 *cert, char *out, size_t room)
{
	GENERAL_NAMES *names;
	int i;

	out[0] = 0;
	names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	for (i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);

		if (g->type == GEN_DNS)
			append(out, room,
			       (const char *)ASN1_STRING_get0_data(g->d.dNSName),
			       ASN1_STRING_length(g->d.dNSName));
		else if (g->type == GEN_IPADD)
			append_address(out, room, g->d.iPAddress);
	}
	GENERAL_NAMES_free(names);
	if (!out[0])
		append(out, room, "no name at all", 14);
}

static uint64_t time_ms(const ASN1_TIME *t)
{
	struct tm tm;
	time_t s;

	if (ASN1_TIME_to_tm(t, &tm) != 1)
		return 0;
	s = timegm(&tm);
	return s < 0 ? 0 : (uint64_t)s * 1000;
}

static void date_of(const ASN1_TIME *t, char *out, size_t room)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(t, &tm) != 1 ||
	    !strftime(out, room, "%Y-%m-%d %H:%M:%S UTC", &tm))
		snprintf(out, room, "an unreadable date");
}

static const char *which(int depth)
{
	return depth == 0 ? "the certificate" : "an issuer's certificate";
}

static int refuse_name(struct tlsup_verdict *v, X509 *leaf, const char *name)
{
	char names[HS_REASON_MAX];

	names_of(leaf, names, sizeof(names));
	/* The wanted name first: the list may be cut off. */
	return refuse(v, HS_ALERT_BAD_CERTIFICATE, EREMCHG,
		      "the certificate is not for %s but for %s", name, names);
}

static int refuse_time(struct tlsup_verdict *v, X509 *cert, int depth,
		       bool expired)
{
	char date[64];

	date_of(expired ? X509_get0_notAfter(cert) : X509_get0_notBefore(cert),
		date, sizeof(date));
	return refuse(v, HS_ALERT_CERTIFICATE_EXPIRED, EKEYEXPIRED,
		      expired ? "%s expired on %s" :
				"%s is not valid before %s",
		      which(depth), date);
}

/* X509_V_ERR_* to alert (RFC 8446 6.2), errno and sentence. */
static int refuse_error(struct tlsup_verdict *v, X509_STORE_CTX *ctx,
			const char *name)
{
	int error = X509_STORE_CTX_get_error(ctx);
	int depth = X509_STORE_CTX_get_error_depth(ctx);
	X509 *cert = X509_STORE_CTX_get_current_cert(ctx);

	if (!cert)
		cert = X509_STORE_CTX_get0_cert(ctx);
	switch (error) {
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return refuse_name(v, X509_STORE_CTX_get0_cert(ctx), name);
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return refuse_time(v, cert, depth, true);
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return refuse_time(v, cert, depth, false);
	case X509_V_ERR_CERT_REVOKED:
		return refuse(v, HS_ALERT_CERTIFICATE_REVOKED, EKEYREVOKED,
			      "%s has been revoked", which(depth));
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		return refuse(v, HS_ALERT_UNKNOWN_CA, EKEYREJECTED,
			      "%s has no issuer among those sent or trusted",
			      which(depth));
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		return refuse(v, HS_ALERT_UNKNOWN_CA, EKEYREJECTED,
			      "the certificate is self-signed and not trusted");
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		return refuse(v, HS_ALERT_UNKNOWN_CA, EKEYREJECTED,
			      "the chain ends in a root that is not trusted");
	case X509_V_ERR_INVALID_CA:
	case X509_V_ERR_PATH_LENGTH_EXCEEDED:
	case X509_V_ERR_CERT_CHAIN_TOO_LONG:
	case X509_V_ERR_CERT_UNTRUSTED:
	case X509_V_ERR_CERT_REJECTED:
		return refuse(v, HS_ALERT_UNKNOWN_CA, EKEYREJECTED,
			      "the chain is not trusted: %s (certificate %d)",
			      X509_verify_cert_error_string(error), depth + 1);
	case X509_V_ERR_INVALID_PURPOSE:
		return refuse(v, HS_ALERT_UNSUPPORTED_CERTIFICATE,
			      EKEYREJECTED,
			      "%s may not be used for this side of TLS (key usage)",
			      which(depth));
	case X509_V_ERR_OUT_OF_MEM:
		return refuse(v, HS_ALERT_INTERNAL_ERROR, ECONNABORTED,
			      "out of memory");
	}
	return refuse(v, HS_ALERT_BAD_CERTIFICATE, EKEYREJECTED,
		      "the chain is not valid: %s (certificate %d)",
		      X509_verify_cert_error_string(error), depth + 1);
}

static int set_name(X509_VERIFY_PARAM *param, const char *name)
{
	X509_VERIFY_PARAM_set_hostflags(param,
					X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
					X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	if (tlsup_name_is_address(name))
		return X509_VERIFY_PARAM_set1_ip_asc(param, name);
	return X509_VERIFY_PARAM_set1_host(param, name, strlen(name));
}

/*
 * Strictness is for what a peer sends. An anchor is trusted because the
 * administrator says so, and RFC 5280 6.1.1 (d) takes of it a name and a key: a
 * root made by "openssl req -x509" has no keyUsage.
 */
static int forgive_anchor(int ok, X509_STORE_CTX *ctx)
{
	int top = sk_X509_num(X509_STORE_CTX_get0_chain(ctx)) - 1;

	if (ok || X509_STORE_CTX_get_error_depth(ctx) != top)
		return ok;
	switch (X509_STORE_CTX_get_error(ctx)) {
	case X509_V_ERR_CA_BCONS_NOT_CRITICAL:
	case X509_V_ERR_CA_CERT_MISSING_KEY_USAGE:
	case X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER:
	case X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER:
		return 1;
	}
	return 0;
}

static bool set_up(X509_STORE_CTX *ctx, const struct tlsup_trust *trust,
		   const struct tlsup_verify *how, X509 *leaf,
		   STACK_OF(X509) *others)
{
	/* A certificate that was put among the anchors is trusted as it is,
	 * root or not: the administrator said so. */
	unsigned long flags = X509_V_FLAG_TRUSTED_FIRST |
			      X509_V_FLAG_PARTIAL_CHAIN;
	X509_VERIFY_PARAM *param;

	if (X509_STORE_CTX_init(ctx, trust->store, leaf, others) != 1)
		return false;
	if (!how->lax)
		flags |= X509_V_FLAG_X509_STRICT;
	X509_STORE_CTX_set_verify_cb(ctx, forgive_anchor);
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_time(param, how->now_ms / 1000);
	X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
	return X509_VERIFY_PARAM_set_flags(param, flags) == 1 &&
	       X509_STORE_CTX_set_purpose(ctx, how->peer == HS_SERVER ?
					  X509_PURPOSE_SSL_SERVER :
					  X509_PURPOSE_SSL_CLIENT) == 1 &&
	       (!how->name || set_name(param, how->name) == 1);
}

static uint64_t chain_not_after(X509_STORE_CTX *ctx)
{
	STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
	uint64_t least = UINT64_MAX, t;
	int i;

	for (i = 0; i < sk_X509_num(chain); i++) {
		t = time_ms(X509_get0_notAfter(sk_X509_value(chain, i)));
		if (t < least)
			least = t;
	}
	return least;
}

static int verify_parsed(const struct tlsup_trust *trust,
			 const struct tlsup_verify *how,
			 STACK_OF(X509) *certs, struct tlsup_verdict *v)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509 *leaf = sk_X509_value(certs, 0);

	/* To libcrypto no name is any name, and one that begins with a dot is
	 * any name below it. */
	if (how->name && (!how->name[0] || how->name[0] == '.'))
		refuse_name(v, leaf, how->name);
	else if (!ctx || !set_up(ctx, trust, how, leaf, certs))
		refuse(v, HS_ALERT_INTERNAL_ERROR, ECONNABORTED,
		       "the chain cannot be checked: libcrypto refused");
	else if (X509_verify_cert(ctx) != 1)
		refuse_error(v, ctx, how->name);
	else
		v->not_after_ms = chain_not_after(ctx);
	X509_STORE_CTX_free(ctx);
	return v->alert;
}

int tlsup_x509_verify(const struct tlsup_trust *trust,
		      const struct tlsup_verify *how,
		      const struct hs_bytes *chain, size_t n,
		      struct tlsup_verdict *v)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	X509 *cert;
	size_t i;

	memset(v, 0, sizeof(*v));
	if (!certs || !n) {
		refuse(v, HS_ALERT_INTERNAL_ERROR, ECONNABORTED,
		       "there is no chain to check");
		goto out;
	}
	for (i = 0; i < n; i++) {
		cert = tlsup_cert_decode(chain[i]);
		if (!cert) {
			refuse(v, HS_ALERT_BAD_CERTIFICATE, EKEYREJECTED,
			       "certificate %zu of the chain is not valid DER",
			       i + 1);
			goto out;
		}
		if (!sk_X509_push(certs, cert)) {
			X509_free(cert);
			refuse(v, HS_ALERT_INTERNAL_ERROR, ECONNABORTED,
			       "out of memory");
			goto out;
		}
	}
	verify_parsed(trust, how, certs, v);
out:
	/* Nothing of this thread's error queue may colour a later call. */
	ERR_clear_error();
	sk_X509_pop_free(certs, X509_free);
	return v->alert;
}
