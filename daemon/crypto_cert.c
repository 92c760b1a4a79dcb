// SPDX-License-Identifier: Apache-2.0
/*
 * crypto_cert: owns the certificates that were decoded lately. Decoding one
 * costs libcrypto 3 about as much as verifying a signature, and a handshake
 * needs its leaf twice: for the chain, and for the peer's signature; and the
 * next connection to the same place has the same chain. What is kept is the
 * decoded form and no verdict: a hit means the same bytes, all of them.
 */
#include "daemon/crypto_cert.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>

/* At most half a megabyte of other people's bytes, and what they decode to. */
#define SLOTS 64
#define KEEP_MAX 8192

static struct slot {
	X509	*cert;
	size_t	len;
	uint8_t	*der;
} slots[SLOTS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* guards slots */

/* A certificate ends in its signature, which is as good as random. Who makes
 * many that end alike only loses by it. */
static struct slot *slot_of(struct hs_bytes der)
{
	size_t n = 0;

	for (size_t i = der.len > 8 ? der.len - 8 : 0; i < der.len; i++)
		n = 31 * n + der.data[i];
	return &slots[n % SLOTS];
}

static void empty(struct slot *s)
{
	X509_free(s->cert);
	free(s->der);
	memset(s, 0, sizeof(*s));
}

static X509 *find(struct hs_bytes der)
{
	struct slot *s = slot_of(der);
	X509 *cert = NULL;

	pthread_mutex_lock(&lock);
	if (s->cert && s->len == der.len && !memcmp(s->der, der.data, der.len) &&
	    X509_up_ref(s->cert) == 1)
		cert = s->cert;
	pthread_mutex_unlock(&lock);
	return cert;
}

static void keep(struct hs_bytes der, X509 *cert)
{
	struct slot *s = slot_of(der);
	uint8_t *copy = der.len <= KEEP_MAX ? malloc(der.len) : NULL;

	if (!copy || X509_up_ref(cert) != 1) {
		free(copy);
		return;
	}
	memcpy(copy, der.data, der.len);
	pthread_mutex_lock(&lock);
	empty(s);
	*s = (struct slot){ cert, der.len, copy };
	pthread_mutex_unlock(&lock);
}

static X509 *decode(struct hs_bytes der)
{
	const unsigned char *p = der.data;
	X509 *cert = der.len <= LONG_MAX ? d2i_X509(NULL, &p, (long)der.len) :
					   NULL;

	if (cert && p == der.data + der.len)
		return cert;
	X509_free(cert);
	ERR_clear_error();
	return NULL;
}

void *tlsup_cert_decode(struct hs_bytes der)
{
	X509 *cert = find(der);

	if (cert)
		return cert;
	cert = decode(der);
	if (cert)
		keep(der, cert);
	return cert;
}

void tlsup_cert_forget(void)
{
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < SLOTS; i++)
		empty(&slots[i]);
	pthread_mutex_unlock(&lock);
}
