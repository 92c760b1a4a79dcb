// SPDX-License-Identifier: Apache-2.0
/*
 * x509_trust: owns whom to trust: a set of anchors, from the system, files and
 * directories, with the pins and revocation lists that go with it.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/pem.h"
#include "daemon/x509_local.h"

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
	sk_X509_CRL_pop_free(trust->crls, X509_CRL_free);
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

void tlsup_trust_system_paths(const char **file, const char **directory)
{
	*file = getenv(X509_get_default_cert_file_env());
	if (!*file)
		*file = X509_get_default_cert_file();
	*directory = getenv(X509_get_default_cert_dir_env());
	if (!*directory)
		*directory = X509_get_default_cert_dir();
}

/* libcrypto reads its hashed directory only when asked for an issuer, so
 * whether there is anything to find is looked up here. */
static bool system_has_anchors(void)
{
	const char *path, *directory;
	struct dirent *entry;
	bool found = false;
	FILE *file;
	DIR *dir;

	tlsup_trust_system_paths(&path, &directory);
	file = fopen(path, "re");
	if (file) {
		fclose(file);
		return true;
	}
	dir = opendir(directory);
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
		cert = PEM_read_bio_X509_AUX(bio, NULL,
					     tlsup_pem_no_passphrase, NULL);
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

/* --- Names --- */

/* Half of what a CertificateRequest holds. */
#define NAMES_MAX	32768

static bool add_name(X509 *cert, uint8_t *out, size_t *len)
{
	unsigned char *p = out + *len + 2;
	int n = i2d_X509_NAME(X509_get_subject_name(cert), NULL);

	if (n <= 0 || *len + 2 + n > NAMES_MAX)
		return false;
	out[*len] = n >> 8;
	out[*len + 1] = n;
	i2d_X509_NAME(X509_get_subject_name(cert), &p);
	*len += 2 + n;
	return true;
}

bool tlsup_trust_names(const struct tlsup_trust *trust, struct hs_bytes *names)
{
	STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(trust->store);
	uint8_t *out = malloc(NAMES_MAX);
	bool fits = out;
	size_t len = 0;
	X509 *cert;
	int i;

	for (i = 0; fits && i < sk_X509_OBJECT_num(objects); i++) {
		cert = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));
		if (cert)
			fits = add_name(cert, out, &len);
	}
	ERR_clear_error();
	if (!fits) {
		free(out);
		return false;
	}
	*names = (struct hs_bytes){ out, len };
	return true;
}
