// SPDX-License-Identifier: Apache-2.0
/*
 * credential: owns our certificate chains and private keys: loading them from
 * files, with complaints that name the line.
 */
#include "daemon/credential_local.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>

#include "daemon/crypto_openssl.h"
#include "daemon/pem.h"

#define NAME_TEXT_MAX	200

void tlsup_credential_free(struct tlsup_credential *c)
{
	size_t i;

	if (!c)
		return;
	for (i = 0; i < c->n; i++) {
		X509_free(c->certs[i]);
		OPENSSL_free((void *)c->der[i].data);
	}
	GENERAL_NAMES_free(c->names);
	tlsup_key_free(c->certificate.key);
	EVP_PKEY_free(c->key);
	free(c->ocsp);
	free(c->sct);
	free(c);
}

const struct hs_certificate *
tlsup_credential_certificate(const struct tlsup_credential *c)
{
	return &c->certificate;
}

/* --- Reading --- */

static bool is_key_label(const char *label)
{
	return strstr(label, "PRIVATE KEY") != NULL;
}

static int take_certificate(struct tlsup_credential *c,
			    const struct tlsup_pem_block *block,
			    struct tlsup_diag *d)
{
	unsigned char *der = NULL;
	BIO *bio;
	int len;

	if (c->n == HS_CHAIN_MAX) {
		tlsup_diag_error(d, c->cert_path, block->line,
				 "more than %d certificates", HS_CHAIN_MAX);
		return -1;
	}
	bio = BIO_new_mem_buf(block->text, block->len);
	c->certs[c->n] = bio ? PEM_read_bio_X509(bio, NULL,
						 tlsup_pem_no_passphrase,
						 NULL) : NULL;
	BIO_free(bio);
	ERR_clear_error();
	if (!c->certs[c->n]) {
		tlsup_diag_error(d, c->cert_path, block->line,
				 "not a valid certificate");
		return -1;
	}
	len = i2d_X509(c->certs[c->n], &der);
	if (len < 0)
		der = NULL;
	c->der[c->n] = (struct hs_bytes){ der, len < 0 ? 0 : len };
	c->lines[c->n++] = block->line;
	return der ? 0 : -1;
}

static bool is_encrypted(const struct tlsup_pem_block *block)
{
	return strcmp(block->label, "ENCRYPTED PRIVATE KEY") == 0 ||
	       memmem(block->text, block->len, "Proc-Type: 4,ENCRYPTED", 22);
}

static int take_key(struct tlsup_credential *c,
		    const struct tlsup_pem_block *block, struct tlsup_diag *d)
{
	BIO *bio;

	if (c->key) {
		tlsup_diag_error(d, c->key_path, block->line,
				 "a second private key; the first is at line %u",
				 c->key_line);
		return -1;
	}
	if (is_encrypted(block)) {
		tlsup_diag_error(d, c->key_path, block->line,
				 "the private key is encrypted, and there is nobody to ask for a passphrase");
		return -1;
	}
	bio = BIO_new_mem_buf(block->text, block->len);
	c->key = bio ? PEM_read_bio_PrivateKey(bio, NULL,
					       tlsup_pem_no_passphrase, NULL) :
		       NULL;
	BIO_free(bio);
	ERR_clear_error();
	c->key_line = block->line;
	if (c->key)
		return 0;
	tlsup_diag_error(d, c->key_path, block->line,
			 "not a valid private key");
	return -1;
}

/* What to do with one block of a file that may hold the one, the other, or
 * both: what is where it does not belong is an error, not skipped. */
static int take_block(struct tlsup_credential *c, const char *path,
		      const struct tlsup_pem_block *block, bool certs,
		      bool keys, struct tlsup_diag *d)
{
	if (strcmp(block->label, "CERTIFICATE") == 0) {
		if (certs)
			return take_certificate(c, block, d);
		tlsup_diag_error(d, path, block->line,
				 "a certificate in the file of a private key");
		return -1;
	}
	if (is_key_label(block->label)) {
		if (keys)
			return take_key(c, block, d);
		tlsup_diag_error(d, path, block->line,
				 "a private key in the file of a certificate chain; name the file as key, too, if it is meant");
		return -1;
	}
	if (strcmp(block->label, "EC PARAMETERS") == 0 ||
	    strcmp(block->label, "DH PARAMETERS") == 0)
		return 0;
	tlsup_diag_error(d, path, block->line, "a block of kind %s", block->label);
	return -1;
}

static int read_file(struct tlsup_credential *c, const char *path, bool certs,
		     bool keys, struct tlsup_diag *d)
{
	struct tlsup_pem_block block;
	struct tlsup_pem pem;
	int r;

	if (tlsup_pem_open(&pem, path, d) < 0)
		return -1;
	while ((r = tlsup_pem_next(&pem, &block, d)) == 1) {
		r = take_block(c, path, &block, certs, keys, d);
		if (r < 0)
			break;
	}
	if (keys && (pem.mode & S_IRWXO))
		tlsup_diag_warning(d, path, 0,
				   "a private key that everybody may read (mode %03o)",
				   (unsigned int)pem.mode & 0777);
	tlsup_pem_close(&pem);
	return r;
}

static int read_files(struct tlsup_credential *c, struct tlsup_diag *d)
{
	bool both = strcmp(c->cert_path, c->key_path) == 0;

	if (read_file(c, c->cert_path, true, both, d) < 0)
		return -1;
	if (!both && read_file(c, c->key_path, false, true, d) < 0)
		return -1;
	if (!c->n) {
		tlsup_diag_error(d, c->cert_path, 0, "holds no certificate");
		return -1;
	}
	if (!c->key) {
		tlsup_diag_error(d, c->key_path, 0, "holds no private key");
		return -1;
	}
	return 0;
}

/* --- Checking --- */

static const char *subject(X509 *cert, char *out, size_t room)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int n = 0;

	if (bio && X509_NAME_print_ex(bio, X509_get_subject_name(cert), 0,
				      XN_FLAG_RFC2253) >= 0)
		n = BIO_read(bio, out, room - 1);
	out[n > 0 ? n : 0] = 0;
	BIO_free(bio);
	return out;
}

static bool key_fits(const struct tlsup_credential *c, size_t i)
{
	bool fits = X509_check_private_key(c->certs[i], c->key) == 1;

	ERR_clear_error();
	return fits;
}

static int check_key(const struct tlsup_credential *c, struct tlsup_diag *d)
{
	size_t i, cas = 0;

	if (key_fits(c, 0))
		return 0;
	for (i = 1; i < c->n; i++) {
		if (!key_fits(c, i))
			continue;
		tlsup_diag_error(d, c->cert_path, c->lines[i],
				 "the leaf must come first: the key belongs to this certificate, not to that of line %u",
				 c->lines[0]);
		return -1;
	}
	for (i = 0; i < c->n; i++)
		cas += X509_check_ca(c->certs[i]) == 1;
	if (cas == c->n)
		tlsup_diag_error(d, c->cert_path, c->lines[0],
				 "no leaf: every certificate is that of a CA, and none has the key of %s",
				 c->key_path);
	else
		tlsup_diag_error(d, c->key_path, c->key_line,
				 "the key does not match the certificate at %s:%u",
				 c->cert_path, c->lines[0]);
	return -1;
}

/* Why the certificate of number i does not belong there. */
static void complain_of_order(const struct tlsup_credential *c, size_t i,
			      int why, struct tlsup_diag *d)
{
	char name[NAME_TEXT_MAX], below[NAME_TEXT_MAX];

	subject(c->certs[i], name, sizeof(name));
	subject(c->certs[i - 1], below, sizeof(below));
	if (X509_cmp(c->certs[i], c->certs[i - 1]) == 0)
		tlsup_diag_error(d, c->cert_path, c->lines[i],
				 "'%s' is here for the second time", name);
	else if (X509_check_ca(c->certs[i]) == 0)
		tlsup_diag_error(d, c->cert_path, c->lines[i],
				 "a second leaf: '%s' is no authority, and the leaf of this chain is at line %u",
				 name, c->lines[0]);
	else
		tlsup_diag_error(d, c->cert_path, c->lines[i],
				 "'%s' did not issue the certificate before it, '%s' of line %u: %s",
				 name, below, c->lines[i - 1],
				 X509_verify_cert_error_string(why));
}

static int check_order(const struct tlsup_credential *c, struct tlsup_diag *d)
{
	size_t i;
	int r;

	for (i = 1; i < c->n; i++) {
		r = X509_check_issued(c->certs[i], c->certs[i - 1]);
		if (r == X509_V_OK)
			continue;
		complain_of_order(c, i, r, d);
		return -1;
	}
	return 0;
}

static void warn_of_issuers(const struct tlsup_credential *c,
			    struct tlsup_diag *d)
{
	time_t now = time(NULL);
	size_t i;

	for (i = 1; i < c->n; i++)
		if (X509_cmp_time(X509_get0_notAfter(c->certs[i]), &now) < 0)
			tlsup_diag_warning(d, c->cert_path, c->lines[i],
					   "an issuer's certificate has expired");
}

/* What a client will say of a server's certificate. */
static void warn_of_server(const struct tlsup_credential *c,
			   struct tlsup_diag *d)
{
	if (!c->names)
		tlsup_diag_warning(d, c->cert_path, c->lines[0],
				   "the certificate has no subjectAltName: no client will find its name in it");
	if (X509_check_purpose(c->certs[0], X509_PURPOSE_SSL_SERVER, 0) != 1)
		tlsup_diag_warning(d, c->cert_path, c->lines[0],
				   "the certificate is not for a TLS server (key usage)");
}

static void warn_of_client(const struct tlsup_credential *c,
			   struct tlsup_diag *d)
{
	if (X509_check_purpose(c->certs[0], X509_PURPOSE_SSL_CLIENT, 0) != 1)
		tlsup_diag_warning(d, c->cert_path, c->lines[0],
				   "the certificate is not for a TLS client (key usage)");
}

static void warn_of_leaf(const struct tlsup_credential *c, struct tlsup_diag *d)
{
	X509 *leaf = c->certs[0];
	unsigned int line = c->lines[0];
	time_t now = time(NULL);

	if (X509_cmp_time(X509_get0_notAfter(leaf), &now) < 0)
		tlsup_diag_warning(d, c->cert_path, line,
				   "the certificate has expired");
	if (X509_cmp_time(X509_get0_notBefore(leaf), &now) > 0)
		tlsup_diag_warning(d, c->cert_path, line,
				   "the certificate is not valid yet");
	if (EVP_PKEY_get_base_id(c->key) == EVP_PKEY_RSA &&
	    EVP_PKEY_get_bits(c->key) < 2048)
		tlsup_diag_warning(d, c->key_path, c->key_line,
				   "an RSA key of %d bits; clients want 2048",
				   EVP_PKEY_get_bits(c->key));
	ERR_clear_error();
}

static int check(struct tlsup_credential *c, struct tlsup_diag *d)
{
	if (check_key(c, d) < 0 || check_order(c, d) < 0)
		return -1;
	c->names = X509_get_ext_d2i(c->certs[0], NID_subject_alt_name, NULL,
				    NULL);
	c->certificate.key = tlsup_key_new(c->key);
	if (c->certificate.key)
		c->certificate.schemes_len =
			tlsup_key_schemes(c->certificate.key, c->schemes,
					  TLSUP_SCHEMES_MAX);
	if (!c->certificate.schemes_len) {
		tlsup_diag_error(d, c->key_path, c->key_line,
				 "a kind of key that TLS 1.3 has no signature scheme for");
		return -1;
	}
	warn_of_leaf(c, d);
	warn_of_issuers(c, d);
	return 0;
}

static struct tlsup_credential *load(const char *certificate, const char *key,
				     bool client, struct tlsup_diag *d)
{
	struct tlsup_credential *c = calloc(1, sizeof(*c));

	if (!c) {
		tlsup_diag_error(d, certificate, 0, "out of memory");
		return NULL;
	}
	c->cert_path = certificate;
	c->key_path = key;
	if (read_files(c, d) < 0 || check(c, d) < 0) {
		tlsup_credential_free(c);
		return NULL;
	}
	if (client)
		warn_of_client(c, d);
	else
		warn_of_server(c, d);
	c->certificate.chain = c->der;
	c->certificate.chain_len = c->n;
	c->certificate.schemes = c->schemes;
	c->plain = c->certificate;
	c->cert_path = NULL;
	c->key_path = NULL;
	return c;
}

struct tlsup_credential *tlsup_credential_load(const char *certificate,
					       const char *key,
					       struct tlsup_diag *d)
{
	return load(certificate, key, false, d);
}

struct tlsup_credential *tlsup_credential_load_client(const char *certificate,
						      const char *key,
						      struct tlsup_diag *d)
{
	return load(certificate, key, true, d);
}
