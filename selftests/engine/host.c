// SPDX-License-Identifier: Apache-2.0
/* host: an hs_host for tests. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "daemon/engine/wire.h"
#include "host.h"

static uint64_t now_ms(void *arg)
{
	struct host *h = arg;
	struct timespec ts;

	if (h->now_ms)
		return h->now_ms;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static int select_certificate(void *arg, const struct hs_hello *hello,
			      const struct hs_certificate **out)
{
	struct host *h = arg;

	(void)hello;
	h->selected++;
	*out = h->identity ? &h->identity->cert : NULL;
	return 0;
}

static int sign(void *arg, const struct hs_certificate *cert, uint16_t scheme,
		struct hs_bytes tbs, uint8_t *sig, size_t *sig_len)
{
	struct host *h = arg;

	h->signed_++;
	if (!h->fixed_signature.len)
		return tlsup_key_sign(cert->key, scheme, tbs, sig, sig_len);
	memcpy(sig, h->fixed_signature.data, h->fixed_signature.len);
	*sig_len = h->fixed_signature.len;
	return 0;
}

static X509 *parse(struct hs_bytes der)
{
	const unsigned char *p = der.data;

	return d2i_X509(NULL, &p, (long)der.len);
}

static int verify_store(struct host *h, const struct hs_bytes *chain, size_t n,
			char *reason)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	STACK_OF(X509) *rest = sk_X509_new_null();
	X509 *leaf = parse(chain[0]);
	X509_VERIFY_PARAM *param;
	int alert = HS_ALERT_UNKNOWN_CA;

	for (size_t i = 1; i < n; i++)
		sk_X509_push(rest, parse(chain[i]));
	X509_STORE_load_file(store, h->ca_file);
	X509_STORE_CTX_init(ctx, store, leaf, rest);
	X509_STORE_CTX_set_default(ctx, h->server ? "ssl_client" :
						    "ssl_server");
	param = X509_STORE_CTX_get0_param(ctx);
	if (h->name && !h->server)
		X509_VERIFY_PARAM_set1_host(param, h->name, 0);
	if (leaf && X509_verify_cert(ctx) == 1)
		alert = 0;
	else
		snprintf(reason, HS_REASON_MAX, "%s",
			 X509_verify_cert_error_string(
				 X509_STORE_CTX_get_error(ctx)));
	sk_X509_pop_free(rest, X509_free);
	X509_free(leaf);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	ERR_clear_error();
	return alert;
}

static int verify_chain(void *arg, const struct hs_bytes *chain, size_t n,
			char *reason)
{
	struct host *h = arg;

	h->verified++;
	if (h->chain_alert)
		snprintf(reason, HS_REASON_MAX, "the test says no");
	return h->ca_file ? verify_store(h, chain, n, reason) : h->chain_alert;
}

static unsigned char sealing_key[32];
static bool sealing_key_made;

void host_ticket_key(const uint8_t *key)
{
	memcpy(sealing_key, key, sizeof(sealing_key));
	sealing_key_made = true;
}

static const unsigned char *ticket_key(void)
{
	if (!sealing_key_made)
		RAND_bytes(sealing_key, sizeof(sealing_key));
	sealing_key_made = true;
	return sealing_key;
}

/* A ticket: 12 bytes of nonce, the text, 16 of tag. */
static int ticket_seal(void *arg, struct hs_bytes plain, uint8_t *out,
		       size_t *out_len)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n;

	(void)arg;
	if (*out_len < plain.len + 28)
		return HS_ALERT_INTERNAL_ERROR;
	RAND_bytes(out, 12);
	EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, ticket_key(), out);
	EVP_EncryptUpdate(ctx, out + 12, &n, plain.data, (int)plain.len);
	EVP_EncryptFinal_ex(ctx, out + 12 + plain.len, &n);
	EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16,
			    out + 12 + plain.len);
	EVP_CIPHER_CTX_free(ctx);
	*out_len = plain.len + 28;
	return 0;
}

static int ticket_open(void *arg, struct hs_bytes ticket, uint8_t *out,
		       size_t *out_len)
{
	EVP_CIPHER_CTX *ctx;
	size_t len = ticket.len - 28;
	struct host *h = arg;
	int n, ok;

	h->opened++;
	if (ticket.len < 28 || *out_len < len)
		return -1;
	ctx = EVP_CIPHER_CTX_new();
	EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, ticket_key(),
			   ticket.data);
	EVP_DecryptUpdate(ctx, out, &n, ticket.data + 12, (int)len);
	EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, 16,
			    (void *)(uintptr_t)(ticket.data + 12 + len));
	ok = EVP_DecryptFinal_ex(ctx, out + len, &n);
	EVP_CIPHER_CTX_free(ctx);
	*out_len = len;
	return ok == 1 ? 0 : -1;
}

/* RFC 8446 8.2: one memory for all servers of the process, far longer than
 * any test needs it. */
static int early_data_fresh(void *arg, const uint8_t id[32],
			    uint64_t expires_ms)
{
	static uint8_t seen[512][32];
	static size_t n;
	struct host *h = arg;

	h->asked_fresh++;
	if (h->never_fresh || expires_ms <= now_ms(arg))
		return -1;
	for (size_t i = 0; i < n && i < 512; i++)
		if (!memcmp(seen[i], id, 32))
			return -1;
	memcpy(seen[n++ % 512], id, 32);
	return 0;
}

/* A cache of sessions by ID; a full one forgets the oldest. */
#define SESSIONS_MAX 8

static struct {
	uint8_t	id[32], state[HS_STATE_MAX];
	size_t	id_len, len;
} sessions[SESSIONS_MAX];
static size_t sessions_n;

static size_t find_session(struct hs_bytes id)
{
	size_t i = 0;

	while (i < sessions_n && (sessions[i].id_len != id.len ||
				  memcmp(sessions[i].id, id.data, id.len)))
		i++;
	return i;
}

static void session_drop(void *arg, struct hs_bytes id)
{
	size_t i = find_session(id);

	(void)arg;
	if (i == sessions_n)
		return;
	memmove(&sessions[i], &sessions[i + 1],
		(--sessions_n - i) * sizeof(sessions[0]));
}

static int session_put(void *arg, struct hs_bytes id, struct hs_bytes state)
{
	if (id.len > sizeof(sessions[0].id) || state.len > HS_STATE_MAX)
		return -1;
	if (sessions_n == SESSIONS_MAX)
		session_drop(arg, hs_bytes(sessions[0].id, sessions[0].id_len));
	memcpy(sessions[sessions_n].id, id.data, id.len);
	memcpy(sessions[sessions_n].state, state.data, state.len);
	sessions[sessions_n].id_len = id.len;
	sessions[sessions_n++].len = state.len;
	return 0;
}

static int session_get(void *arg, struct hs_bytes id, uint8_t *out,
		       size_t *out_len)
{
	size_t i = find_session(id);

	(void)arg;
	if (i == sessions_n || sessions[i].len > *out_len)
		return -1;
	memcpy(out, sessions[i].state, sessions[i].len);
	*out_len = sessions[i].len;
	return 0;
}

size_t host_sessions(void)
{
	return sessions_n;
}

struct hs_bytes host_session_state(void)
{
	return hs_bytes(sessions[sessions_n - 1].state,
			sessions[sessions_n - 1].len);
}

void host_sessions_clear(void)
{
	sessions_n = 0;
}

const struct hs_host host_ops = {
	.now_ms			= now_ms,
	.select_certificate	= select_certificate,
	.sign			= sign,
	.verify_chain		= verify_chain,
	.ticket_seal		= ticket_seal,
	.ticket_open		= ticket_open,
	.early_data_fresh	= early_data_fresh,
	.session_put		= session_put,
	.session_get		= session_get,
	.session_drop		= session_drop,
};

static void add_der(struct host_identity *id, X509 *cert)
{
	unsigned char *der = NULL;
	int len = i2d_X509(cert, &der);

	id->chain[id->cert.chain_len++] =
		(struct hs_bytes){ der, (size_t)len };
}

static void set_key(struct host_identity *id, EVP_PKEY *key)
{
	id->cert.chain = id->chain;
	id->cert.key = tlsup_key_new(key);
	id->cert.schemes = id->schemes;
	id->cert.schemes_len = tlsup_key_schemes(id->cert.key, id->schemes, 16);
	EVP_PKEY_free(key);
}

static EVP_PKEY *make_key(const char *kind)
{
	if (!strncmp(kind, "P-", 2))
		return EVP_PKEY_Q_keygen(NULL, NULL, "EC", kind);
	if (!strncmp(kind, "RSA", 3)) {
		EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
		EVP_PKEY *key = NULL;

		EVP_PKEY_keygen_init(ctx);
		EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, 2048);
		EVP_PKEY_keygen(ctx, &key);
		EVP_PKEY_CTX_free(ctx);
		return key;
	}
	return EVP_PKEY_Q_keygen(NULL, NULL, kind);
}

static X509 *make_cert(EVP_PKEY *key, bool digest)
{
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);

	X509_set_version(cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), -60);
	X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
				   (const unsigned char *)"server", -1, -1, 0);
	X509_set_issuer_name(cert, name);
	X509_set_pubkey(cert, key);
	X509_sign(cert, key, digest ? EVP_sha256() : NULL);
	return cert;
}

static const struct host_identity *made[8];

const struct host_identity *host_identity(const char *kind)
{
	static const char *const kinds[8] = {
		"P-256", "P-384", "P-521", "RSA", "RSA-PSS", "ED25519", "ED448",
	};
	struct host_identity *id;
	EVP_PKEY *key;
	X509 *cert;
	size_t i = 0;

	while (kinds[i] && strcmp(kinds[i], kind))
		i++;
	if (!kinds[i] || made[i])
		return made[i];
	id = calloc(1, sizeof(*id));
	key = make_key(kind);
	cert = make_cert(key, strncmp(kind, "ED", 2));
	add_der(id, cert);
	X509_free(cert);
	set_key(id, key);
	made[i] = id;
	return id;
}

struct host_identity *host_load_chain(const char *file)
{
	struct host_identity *id = calloc(1, sizeof(*id));
	FILE *f = fopen(file, "r");
	X509 *cert;

	while (f && id->cert.chain_len < HOST_CHAIN_MAX &&
	       (cert = PEM_read_X509(f, NULL, NULL, NULL))) {
		add_der(id, cert);
		X509_free(cert);
	}
	if (f)
		fclose(f);
	ERR_clear_error();
	id->cert.chain = id->chain;
	if (id->cert.chain_len)
		return id;
	host_free(id);
	return NULL;
}

struct host_identity *host_load(const char *chain_file, const char *key_file)
{
	struct host_identity *id = host_load_chain(chain_file);
	FILE *f = fopen(key_file, "r");
	EVP_PKEY *key = f ? PEM_read_PrivateKey(f, NULL, NULL, NULL) : NULL;

	if (f)
		fclose(f);
	ERR_clear_error();
	if (key && id) {
		set_key(id, key);
		return id;
	}
	fprintf(stderr, "%s, %s: no certificate with its key there\n",
		chain_file, key_file);
	EVP_PKEY_free(key);
	host_free(id);
	return NULL;
}

void host_free(struct host_identity *id)
{
	if (!id)
		return;
	for (size_t i = 0; i < id->cert.chain_len; i++)
		OPENSSL_free((void *)(uintptr_t)id->chain[i].data);
	tlsup_key_free(id->cert.key);
	free(id);
}

void host_exit(void)
{
	for (size_t i = 0; i < 8; i++) {
		host_free((struct host_identity *)(uintptr_t)made[i]);
		made[i] = NULL;
	}
}
