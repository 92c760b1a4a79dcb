// SPDX-License-Identifier: Apache-2.0
/* certificates: decoded once, shared by threads, and never mistaken for
 * another. */
#include <pthread.h>
#include <stdlib.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "daemon/crypto_cert.h"

#include "selftests/daemon/tap.h"

#define CERTS	80	/* more than are kept */
#define THREADS	4

static struct hs_bytes der[CERTS];
static EVP_PKEY *key;

static struct hs_bytes make(int serial)
{
	X509 *cert = X509_new();
	unsigned char *out = NULL;
	int len;

	ASN1_INTEGER_set(X509_get_serialNumber(cert), serial);
	X509_gmtime_adj(X509_getm_notBefore(cert), 0);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_set_pubkey(cert, key);
	X509_sign(cert, key, EVP_sha256());
	len = i2d_X509(cert, &out);
	X509_free(cert);
	return (struct hs_bytes){ out, (size_t)len };
}

static bool is(X509 *cert, int serial)
{
	return cert && ASN1_INTEGER_get(X509_get0_serialNumber(cert)) == serial;
}

static void test_kept(void)
{
	X509 *first = tlsup_cert_decode(der[0]);
	X509 *again = tlsup_cert_decode(der[0]);

	ok(is(first, 0) && first == again, "decoded once");
	X509_free(first);
	X509_free(again);
}

/* A certificate that differs in one byte is another one, or none; the last
 * bytes are the same, so it belongs where the first is kept. */
static void test_altered(void)
{
	uint8_t *copy = malloc(der[0].len + 1);
	size_t i, mistaken = 0;
	X509 *kept, *cert;

	for (i = 0; i < der[0].len; i++) {
		kept = tlsup_cert_decode(der[0]);
		memcpy(copy, der[0].data, der[0].len);
		copy[i] ^= 1;
		cert = tlsup_cert_decode((struct hs_bytes){ copy, der[0].len });
		mistaken += cert == kept;
		X509_free(cert);
		X509_free(kept);
	}
	ok(mistaken == 0, "each byte altered: %zu mistaken", mistaken);
	memcpy(copy, der[0].data, der[0].len);
	copy[der[0].len] = 0;
	cert = tlsup_cert_decode((struct hs_bytes){ copy, der[0].len + 1 });
	ok(!cert, "a byte too many");
	cert = tlsup_cert_decode((struct hs_bytes){ copy, der[0].len - 1 });
	ok(!cert, "a byte too few");
	cert = tlsup_cert_decode((struct hs_bytes){ copy, 0 });
	ok(!cert, "nothing");
	free(copy);
}

/* All of them, in and out of the cache, by several threads. */
static void *worker(void *arg)
{
	size_t *wrong = arg;
	int i, round;

	for (round = 0; round < 6; round++)
		for (i = 0; i < CERTS; i++) {
			X509 *cert = tlsup_cert_decode(der[i]);

			*wrong += !is(cert, i) || !X509_get0_pubkey(cert) ||
				  X509_verify(cert, key) != 1;
			X509_free(cert);
			if (i == round)
				tlsup_cert_forget();
		}
	return NULL;
}

static void test_threads(void)
{
	size_t wrong[THREADS] = { 0 }, sum = 0;
	pthread_t threads[THREADS];
	int i;

	for (i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, worker, &wrong[i]);
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		sum += wrong[i];
	}
	ok(sum == 0, "%d threads, %d certificates: %zu wrong", THREADS, CERTS,
	   sum);
}

int main(void)
{
	int i;

	key = EVP_EC_gen("P-256");
	for (i = 0; i < CERTS; i++)
		der[i] = make(i);
	test_kept();
	test_altered();
	test_threads();
	tlsup_cert_forget();
	for (i = 0; i < CERTS; i++)
		OPENSSL_free((void *)(uintptr_t)der[i].data);
	EVP_PKEY_free(key);
	return finish();
}
