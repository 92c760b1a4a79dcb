// SPDX-License-Identifier: Apache-2.0
/*
 * primitives: what libcrypto has to do in a handshake whoever asks it to, each
 * by the shortest way that its public interface has: algorithms are fetched
 * and contexts made once, where it is not a key of this handshake that they
 * are for. Messages, records and memory are not in it.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "handshake.h"

#define HASH 32		/* SHA-256 */
#define BLOCK 64
#define TICKET 100	/* bytes of a ticket's text */
/* A transcript's bytes but for the certificate: the hellos with a key share
 * each, EncryptedExtensions, CertificateVerify, two Finished. */
#define TRANSCRIPT 700

static const struct subject *subject;
static EVP_MD *sha256;
static EVP_MD_CTX *running, *scratch;
static EVP_CIPHER_CTX *sealing, *opening;
static EVP_PKEY_CTX *keygen_ctx, *sign_ctx;
static EVP_PKEY *own;
static X509_STORE *store;
static unsigned char zeros[4096], sealed[TICKET + 16];
static unsigned char share[32], digest[HASH], signature[512];
static size_t signature_len;

static bool do_random(void)
{
	unsigned char out[32];

	return RAND_bytes(out, sizeof(out)) == 1;
}

static bool do_keygen(void)
{
	unsigned char out[32];
	size_t len = sizeof(out);
	EVP_PKEY *key = NULL;
	bool ok = EVP_PKEY_keygen(keygen_ctx, &key) == 1 &&
		  EVP_PKEY_get_raw_public_key(key, out, &len) == 1;

	EVP_PKEY_free(key);
	return ok;
}

static bool do_derive(void)
{
	EVP_PKEY *peer = EVP_PKEY_new_raw_public_key_ex(NULL, "X25519", NULL,
							share, sizeof(share));
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
	unsigned char out[32];
	size_t len = sizeof(out);
	bool ok = peer && EVP_PKEY_derive_init(ctx) == 1 &&
		  EVP_PKEY_derive_set_peer(ctx, peer) == 1 &&
		  EVP_PKEY_derive(ctx, out, &len) == 1;

	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(peer);
	return ok;
}

static bool do_hash(void)
{
	return EVP_DigestInit_ex2(running, sha256, NULL) == 1 &&
	       EVP_DigestUpdate(running, zeros, subject->resumed ? TRANSCRIPT :
				TRANSCRIPT + subject->leaf.len) == 1;
}

static bool do_peek(void)
{
	unsigned char out[HASH];

	return EVP_MD_CTX_copy_ex(scratch, running) == 1 &&
	       EVP_DigestFinal_ex(scratch, out, NULL) == 1;
}

/* RFC 2104, of as much as fits one block, under a key that is new. */
static bool do_hmac(void)
{
	unsigned char out[HASH];

	return EVP_DigestInit_ex2(scratch, sha256, NULL) == 1 &&
	       EVP_DigestUpdate(scratch, zeros, BLOCK) == 1 &&
	       EVP_DigestUpdate(scratch, zeros, 54) == 1 &&
	       EVP_DigestFinal_ex(scratch, out, NULL) == 1 &&
	       EVP_DigestInit_ex2(scratch, sha256, NULL) == 1 &&
	       EVP_DigestUpdate(scratch, zeros, BLOCK) == 1 &&
	       EVP_DigestUpdate(scratch, out, HASH) == 1 &&
	       EVP_DigestFinal_ex(scratch, out, NULL) == 1;
}

static bool do_digest(unsigned char *out)
{
	return EVP_DigestInit_ex2(scratch, sha256, NULL) == 1 &&
	       EVP_DigestUpdate(scratch, zeros, 130) == 1 &&
	       EVP_DigestFinal_ex(scratch, out, NULL) == 1;
}

static bool do_sign(void)
{
	signature_len = sizeof(signature);
	return do_digest(digest) &&
	       EVP_PKEY_sign(sign_ctx, signature, &signature_len, digest,
			     HASH) == 1;
}

static bool is_rsa(void)
{
	return subject->key[0] == 'R';
}

static bool set_padding(EVP_PKEY_CTX *ctx)
{
	return EVP_PKEY_CTX_set_signature_md(ctx, sha256) == 1 &&
	       (!is_rsa() ||
		(EVP_PKEY_CTX_set_rsa_padding(ctx,
					      RSA_PKCS1_PSS_PADDING) == 1 &&
		 EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx,
					RSA_PSS_SALTLEN_DIGEST) == 1));
}

static X509 *parse(struct hs_bytes der)
{
	const unsigned char *p = der.data;

	return d2i_X509(NULL, &p, (long)der.len);
}

/* The peer's certificate: read, checked, its key used, forgotten. */
static bool do_verify(void)
{
	X509 *leaf = parse(subject->leaf);
	X509_STORE_CTX *chain = X509_STORE_CTX_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL,
					X509_get0_pubkey(leaf), NULL);
	bool ok = X509_STORE_CTX_init(chain, store, leaf, NULL) == 1 &&
		  X509_VERIFY_PARAM_set1_host(
			X509_STORE_CTX_get0_param(chain), SERVER_NAME, 0) == 1 &&
		  X509_STORE_CTX_set_default(chain, "ssl_server") == 1 &&
		  X509_verify_cert(chain) == 1 && do_digest(digest) &&
		  EVP_PKEY_verify_init(ctx) == 1 && set_padding(ctx) &&
		  EVP_PKEY_verify(ctx, signature, signature_len, digest,
				  HASH) == 1;

	EVP_PKEY_CTX_free(ctx);
	X509_STORE_CTX_free(chain);
	X509_free(leaf);
	return ok;
}

static bool do_seal(void)
{
	int n;

	return EVP_EncryptInit_ex2(sealing, NULL, NULL, zeros, NULL) == 1 &&
	       EVP_EncryptUpdate(sealing, sealed, &n, zeros, TICKET) == 1 &&
	       EVP_EncryptFinal_ex(sealing, sealed + TICKET, &n) == 1 &&
	       EVP_CIPHER_CTX_ctrl(sealing, EVP_CTRL_AEAD_GET_TAG, 16,
				   sealed + TICKET) == 1;
}

static bool do_open(void)
{
	unsigned char out[TICKET];
	int n;

	return EVP_DecryptInit_ex2(opening, NULL, NULL, zeros, NULL) == 1 &&
	       EVP_CIPHER_CTX_ctrl(opening, EVP_CTRL_AEAD_SET_TAG, 16,
				   sealed + TICKET) == 1 &&
	       EVP_DecryptUpdate(opening, out, &n, sealed, TICKET) == 1 &&
	       EVP_DecryptFinal_ex(opening, out + TICKET, &n) == 1;
}

/*
 * How often in a handshake: full, resumed; client, server. TLS 1.3: HMACs of
 * RFC 8446 7.1 and 4.4.4 without those that are the same in every handshake
 * (an early secret of zeros): two extractions, "derived" once more, five
 * traffic and exporter secrets, two Finished with a key each, the resumption
 * secret: 13. With a session four for the binder with its extraction, and one
 * "derived". A ticket that is sent needs one, an IV and its sealing. Peeks at
 * the transcript: the hellos, before CertificateVerify (resumed: the binder),
 * before and behind the server's Finished, behind the client's.
 *
 * TLS 1.2 (RFC 5246 5, 8.1): each 32 bytes of the PRF need two HMACs: the
 * master secret (48 bytes) four, the key block (40) four, each Finished (12)
 * two. Peeks: for the master secret (RFC 7627), for each Finished. One ticket,
 * and none anew when it was resumed by one.
 */
static const struct step {
	const char	*name;
	bool		(*run)(void);
	struct times {
		unsigned int	full[2], resumed[2];
	} v13, v12;
} steps[] = {
	{ "32 random bytes", do_random,
	  { { 2, 3 }, { 2, 2 } }, { { 1, 2 }, { 1, 1 } } },
	{ "X25519: a key", do_keygen,
	  { { 1, 1 }, { 1, 1 } }, { { 1, 1 }, { 0, 0 } } },
	{ "X25519: the secret", do_derive,
	  { { 1, 1 }, { 1, 1 } }, { { 1, 1 }, { 0, 0 } } },
	{ "SHA-256 of the messages", do_hash,
	  { { 1, 1 }, { 1, 1 } }, { { 1, 1 }, { 1, 1 } } },
	{ "SHA-256 so far", do_peek,
	  { { 5, 5 }, { 5, 5 } }, { { 3, 3 }, { 2, 2 } } },
	{ "HMAC-SHA-256", do_hmac,
	  { { 13, 15 }, { 18, 19 } }, { { 12, 12 }, { 8, 8 } } },
	{ "the signature", do_sign,
	  { { 0, 1 }, { 0, 0 } }, { { 0, 1 }, { 0, 0 } } },
	{ "chain and signature", do_verify,
	  { { 1, 0 }, { 0, 0 } }, { { 1, 0 }, { 0, 0 } } },
	{ "AES-256-GCM: seal a ticket", do_seal,
	  { { 0, 2 }, { 0, 1 } }, { { 0, 1 }, { 0, 0 } } },
	{ "AES-256-GCM: open a ticket", do_open,
	  { { 0, 0 }, { 0, 1 } }, { { 0, 0 }, { 0, 1 } } },
};
#define STEPS (sizeof(steps) / sizeof(steps[0]))

static unsigned int times(const struct step *s, enum role role)
{
	const struct times *t = subject->version == 0x0304 ? &s->v13 : &s->v12;

	return subject->resumed ? t->resumed[role] : t->full[role];
}

static bool prepare_kx(void)
{
	size_t len = sizeof(share);

	keygen_ctx = EVP_PKEY_CTX_new_from_name(NULL, "X25519", NULL);
	return EVP_PKEY_keygen_init(keygen_ctx) == 1 &&
	       EVP_PKEY_keygen(keygen_ctx, &own) == 1 &&
	       EVP_PKEY_get_raw_public_key(own, share, &len) == 1;
}

static bool prepare_tickets(void)
{
	EVP_CIPHER *gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	bool ok;

	sealing = EVP_CIPHER_CTX_new();
	opening = EVP_CIPHER_CTX_new();
	ok = EVP_EncryptInit_ex2(sealing, gcm, zeros, zeros, NULL) == 1 &&
	     EVP_DecryptInit_ex2(opening, gcm, zeros, zeros, NULL) == 1;
	EVP_CIPHER_free(gcm);
	return ok && do_seal() && do_open();
}

static bool prepare_auth(void)
{
	X509 *root = parse(subject->root);
	bool ok;

	store = X509_STORE_new();
	ok = X509_STORE_add_cert(store, root) == 1;
	X509_free(root);
	sign_ctx = EVP_PKEY_CTX_new_from_pkey(NULL, subject->leaf_key, NULL);
	return ok && EVP_PKEY_sign_init(sign_ctx) == 1 &&
	       set_padding(sign_ctx) && do_sign() && do_verify();
}

bool primitives_prepare(const struct subject *s)
{
	subject = s;
	if (sha256)
		return true;
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	running = EVP_MD_CTX_new();
	scratch = EVP_MD_CTX_new();
	return sha256 && do_hash() && prepare_kx() && prepare_tickets() &&
	       prepare_auth();
}

/* One handshake after the other, as a server does them. */
uint64_t primitives_batch(enum role role)
{
	uint64_t start = cpu_ns();

	for (int i = 0; i < BATCH; i++)
		for (size_t n = 0; n < STEPS; n++)
			for (unsigned int k = times(&steps[n], role); k; k--)
				if (!steps[n].run())
					return 0;
	return cpu_ns() - start;
}

void primitives_list(enum role role)
{
	for (size_t n = 0; n < STEPS; n++) {
		uint64_t start = cpu_ns();
		int loops = 200;

		if (!times(&steps[n], role))
			continue;
		for (int i = 0; i < loops; i++)
			steps[n].run();
		printf("    %2u x %8.3f us  %s\n", times(&steps[n], role),
		       (double)(cpu_ns() - start) / loops / 1e3,
		       steps[n].name);
	}
}

void primitives_forget(void)
{
	X509_STORE_free(store);
	EVP_PKEY_CTX_free(sign_ctx);
	EVP_PKEY_CTX_free(keygen_ctx);
	EVP_PKEY_free(own);
	EVP_CIPHER_CTX_free(sealing);
	EVP_CIPHER_CTX_free(opening);
	EVP_MD_CTX_free(running);
	EVP_MD_CTX_free(scratch);
	EVP_MD_free(sha256);
	store = NULL;
	sign_ctx = keygen_ctx = NULL;
	own = NULL;
	sealing = opening = NULL;
	running = scratch = NULL;
	sha256 = NULL;
}
