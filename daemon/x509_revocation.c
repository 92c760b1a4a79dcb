// SPDX-License-Identifier: Apache-2.0
/*
 * x509_revocation: owns certificate revocation lists (RFC 5280 5): reading them
 * from files and directories, PEM or DER, into what is trusted.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/pem.h"
#include "daemon/x509_local.h"

void tlsup_trust_set_crls_leaf_only(struct tlsup_trust *trust)
{
	static const char tag[] = "crl: leaf";

	trust->crls_leaf_only = true;
	EVP_DigestUpdate(trust->digest, tag, sizeof(tag));
}

static int add_crl(struct tlsup_trust *trust, const char *path,
		   unsigned int line, X509_CRL *crl, struct tlsup_diag *d)
{
	unsigned char *der = NULL;
	int len;

	ERR_clear_error();
	if (!crl) {
		tlsup_diag_error(d, path, line,
				 "not a valid certificate revocation list");
		return -1;
	}
	len = i2d_X509_CRL(crl, &der);
	if (len < 0 || !sk_X509_CRL_push(trust->crls, crl)) {
		tlsup_diag_error(d, path, line, "out of memory");
		X509_CRL_free(crl);
		OPENSSL_free(der);
		return -1;
	}
	EVP_DigestUpdate(trust->digest, der, len);
	OPENSSL_free(der);
	if (X509_CRL_get0_nextUpdate(crl) &&
	    X509_cmp_current_time(X509_CRL_get0_nextUpdate(crl)) < 0)
		tlsup_diag_warning(d, path, line,
				   "the revocation list has expired: what it is about will be refused");
	return 0;
}

static int add_pem(struct tlsup_trust *trust, struct tlsup_pem *pem,
		   struct tlsup_diag *d)
{
	struct tlsup_pem_block block;
	BIO *bio;
	int n = 0, r;

	while ((r = tlsup_pem_next(pem, &block, d)) == 1) {
		if (strcmp(block.label, "X509 CRL")) {
			tlsup_diag_error(d, pem->path, block.line,
					 "a block of kind %s among revocation lists",
					 block.label);
			return -1;
		}
		bio = BIO_new_mem_buf(block.text, block.len);
		r = add_crl(trust, pem->path, block.line,
			    bio ? PEM_read_bio_X509_CRL(bio, NULL,
						      tlsup_pem_no_passphrase,
						      NULL) : NULL, d);
		BIO_free(bio);
		if (r < 0)
			return -1;
		n++;
	}
	if (r == 0 && n == 0)
		tlsup_diag_error(d, pem->path, 0, "holds no revocation list");
	return r == 0 && n ? 0 : -1;
}

static int add_der(struct tlsup_trust *trust, struct tlsup_pem *file,
		   struct tlsup_diag *d)
{
	const unsigned char *p = (const unsigned char *)file->text;
	const unsigned char *end = p + file->len;
	X509_CRL *crl = d2i_X509_CRL(NULL, &p, file->len);

	if (crl && p != end) {
		X509_CRL_free(crl);
		crl = NULL;
	}
	return add_crl(trust, file->path, 0, crl, d);
}

static int add_file(struct tlsup_trust *trust, const char *path,
		    struct tlsup_diag *d)
{
	struct tlsup_pem file;
	int r;

	if (tlsup_pem_open(&file, path, d) < 0)
		return -1;
	/* A list in DER is a SEQUENCE; text begins otherwise. */
	if (file.len && file.text[0] == 0x30)
		r = add_der(trust, &file, d);
	else
		r = add_pem(trust, &file, d);
	tlsup_pem_close(&file);
	return r;
}

static int is_crl_file(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && entry->d_name[0] != '.' &&
	       (strcmp(dot, ".crl") == 0 || strcmp(dot, ".pem") == 0);
}

int tlsup_trust_add_crls(struct tlsup_trust *trust, const char *path,
			 struct tlsup_diag *d)
{
	struct dirent **entries;
	char file[PATH_MAX];
	int i, n, ret = 0;

	if (!trust->crls)
		trust->crls = sk_X509_CRL_new_null();
	if (!trust->crls) {
		tlsup_diag_error(d, path, 0, "out of memory");
		return -1;
	}
	n = scandir(path, &entries, is_crl_file, alphasort);
	if (n < 0 && errno == ENOTDIR)
		return add_file(trust, path, d);
	if (n < 0) {
		tlsup_diag_error(d, path, 0, "%s", strerror(errno));
		return -1;
	}
	for (i = 0; i < n; i++) {
		snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
		if (add_file(trust, file, d) < 0)
			ret = -1;
		free(entries[i]);
	}
	free(entries);
	if (n == 0) {
		tlsup_diag_error(d, path, 0, "holds no file named *.crl or *.pem");
		ret = -1;
	}
	return ret;
}
