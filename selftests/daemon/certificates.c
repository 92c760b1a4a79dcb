// SPDX-License-Identifier: Apache-2.0
/* certificates: decoded once, shared by threads, and never mistaken for
 * another; and a key that many threads sign by. */
#include <pthread.h>
#include <stdlib.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "daemon/crypto_cert.h"
#include "daemon/crypto_openssl.h"

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
	X509_sign(cert, key, EVP_PKEY_is_a(key, "ED25519") ? NULL :
							    EVP_sha256());
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

struct signer {
	struct tlsup_key	*key;
	uint16_t		scheme;
	struct hs_bytes		leaf;
	size_t			wrong;
};

static void *sign_and_verify(void *arg)
{
	const struct hs_crypto *crypto = tlsup_crypto_openssl();
	struct signer *s = arg;
	uint8_t sig[HS_SIGNATURE_MAX];
	int i;

	for (i = 0; i < 20; i++) {
		struct hs_bytes tbs = { (const uint8_t *)&i, sizeof(i) };
		size_t len = sizeof(sig);

		s->wrong += tlsup_key_sign(s->key, s->scheme, tbs, sig, &len) ||
			    crypto->verify(0x0304, s->scheme, s->leaf, tbs,
					   (struct hs_bytes){ sig, len });
		sig[len / 2] ^= 1;
		s->wrong += !crypto->verify(0x0304, s->scheme, s->leaf, tbs,
					    (struct hs_bytes){ sig, len });
	}
	return NULL;
}

/* The key's handle outlives the EVP_PKEY that it was made from. */
static void test_signing(EVP_PKEY *pkey, const char *what)
{
	struct signer s[THREADS] = { { .key = tlsup_key_new(pkey) } };
	pthread_t threads[THREADS];
	size_t wrong = 0;
	int i;

	tlsup_key_schemes(s[0].key, &s[0].scheme, 1);
	EVP_PKEY_free(key);
	key = pkey;
	s[0].leaf = make(1);
	key = NULL;
	EVP_PKEY_free(pkey);
	for (i = 1; i < THREADS; i++)
		s[i] = s[0];
	for (i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, sign_and_verify, &s[i]);
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		wrong += s[i].wrong;
	}
	ok(wrong == 0, "%d threads sign by one %s key: %zu wrong", THREADS, what,
	   wrong);
	tlsup_key_free(s[0].key);
	OPENSSL_free((void *)(uintptr_t)s[0].leaf.data);
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
	test_signing(EVP_EC_gen("P-256"), "P-256");
	test_signing(EVP_RSA_gen(2048), "RSA");
	test_signing(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), "Ed25519");
	tlsup_cert_forget();
	return finish();
}
