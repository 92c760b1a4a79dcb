// SPDX-License-Identifier: Apache-2.0
/* party_ssl: libssl, which the product does not use: the one to compare with,
 * and everybody's peer. Its time has its records in it. */
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "handshake.h"

static struct ssl_side {
	SSL_CTX		*ctx;
	BIO_METHOD	*method;
	SSL_SESSION	*session[SESSIONS];
	SSL		*ssl[BATCH];
	struct ends {
		struct flow	*in, *out;
	} ends[BATCH];
} sides[2];

/* A BIO without a copy of its own, so that libssl is not slower than it would
 * be on a socket. */

static int bio_write(BIO *b, const char *data, int len)
{
	struct flow *out = ((struct ends *)BIO_get_data(b))->out;

	if (out->len + (size_t)len > FLOW_MAX)
		return -1;
	memcpy(out->data + out->len, data, (size_t)len);
	out->len += (size_t)len;
	return len;
}

static int bio_read(BIO *b, char *data, int len)
{
	struct flow *in = ((struct ends *)BIO_get_data(b))->in;
	size_t n = in->len - in->at;

	BIO_clear_retry_flags(b);
	if (!n) {
		BIO_set_retry_read(b);
		return -1;
	}
	if (n > (size_t)len)
		n = (size_t)len;
	memcpy(data, in->data + in->at, n);
	in->at += n;
	return (int)n;
}

static long bio_ctrl(BIO *b, int cmd, long num, void *ptr)
{
	(void)b;
	(void)num;
	(void)ptr;
	return cmd == BIO_CTRL_FLUSH;
}

static BIO_METHOD *method(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_TYPE_SOURCE_SINK | 0x70, "flow");

	BIO_meth_set_write(m, bio_write);
	BIO_meth_set_read(m, bio_read);
	BIO_meth_set_ctrl(m, bio_ctrl);
	return m;
}

static X509 *parse(struct hs_bytes der)
{
	const unsigned char *p = der.data;

	return d2i_X509(NULL, &p, (long)der.len);
}

static bool server_options(SSL_CTX *ctx, const struct subject *subject)
{
	X509 *leaf = parse(subject->leaf);
	bool ok = SSL_CTX_use_certificate(ctx, leaf) == 1 &&
		  SSL_CTX_use_PrivateKey(ctx, subject->leaf_key) == 1;

	X509_free(leaf);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	return ok && SSL_CTX_set_num_tickets(ctx, TICKETS(subject)) == 1;
}

static bool client_options(SSL_CTX *ctx, const struct subject *subject)
{
	X509 *root = parse(subject->root);
	bool ok = X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), root) == 1;

	X509_free(root);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	/* As ours does. */
	X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ctx),
				    X509_V_FLAG_X509_STRICT |
					    X509_V_FLAG_TRUSTED_FIRST);
	return ok;
}

/* P-256 is listed for TLS 1.2, where certificates' curves are meant too. */
static bool common_options(SSL_CTX *ctx, uint16_t version)
{
	SSL_CTX_set_quiet_shutdown(ctx, 1);
	SSL_CTX_set_security_level(ctx, 2);
	return SSL_CTX_set_min_proto_version(ctx, version) == 1 &&
	       SSL_CTX_set_max_proto_version(ctx, version) == 1 &&
	       SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256") == 1 &&
	       SSL_CTX_set_cipher_list(ctx, "ECDHE+AES128+AESGCM") == 1 &&
	       SSL_CTX_set1_groups_list(ctx, "X25519:P-256") == 1;
}

static bool prepare(enum role role, const struct subject *subject)
{
	struct ssl_side *s = &sides[role];

	if (s->ctx)
		return SSL_CTX_set_num_tickets(s->ctx, TICKETS(subject)) == 1;
	s->ctx = SSL_CTX_new(role == SERVER ? TLS_server_method() :
					      TLS_client_method());
	s->method = method();
	return common_options(s->ctx, subject->version) &&
	       (role == SERVER ? server_options(s->ctx, subject) :
				 client_options(s->ctx, subject));
}

static bool open_one(struct ssl_side *s, enum role role, int i, int session)
{
	SSL *ssl = SSL_new(s->ctx);
	BIO *bio = BIO_new(s->method);

	if (!ssl || !bio)
		return false;
	BIO_set_init(bio, 1);
	BIO_set_data(bio, &s->ends[i]);
	SSL_set_bio(ssl, bio, bio);
	s->ssl[i] = ssl;
	if (role == SERVER) {
		SSL_set_accept_state(ssl);
		return true;
	}
	SSL_set_connect_state(ssl);
	return SSL_set_tlsext_host_name(ssl, SERVER_NAME) == 1 &&
	       SSL_set1_host(ssl, SERVER_NAME) == 1 &&
	       (session < 0 ||
		SSL_set_session(ssl, s->session[session]) == 1);
}

static bool open_batch(enum role role, int session)
{
	bool ok = true;

	for (int i = 0; i < BATCH; i++)
		ok = open_one(&sides[role], role, i, session) && ok;
	return ok;
}

static bool work(enum role role, struct flow *in, struct flow *out,
		 struct cost *cost)
{
	struct ssl_side *s = &sides[role];
	uint64_t start = cpu_ns();
	bool moved = false;

	for (int i = 0; i < BATCH; i++) {
		size_t before = in[i].at + out[i].len;

		s->ends[i] = (struct ends){ &in[i], &out[i] };
		if (!SSL_is_init_finished(s->ssl[i]))
			SSL_do_handshake(s->ssl[i]);
		moved = moved || before != in[i].at + out[i].len;
	}
	cost->handshake += cpu_ns() - start;
	return moved;
}

static bool done(enum role role)
{
	for (int i = 0; i < BATCH; i++)
		if (!SSL_is_init_finished(sides[role].ssl[i])) {
			fprintf(stderr, "libssl: %s\n",
				SSL_state_string_long(sides[role].ssl[i]));
			ERR_print_errors_fp(stderr);
			return false;
		}
	return true;
}

/* Shut down quietly: libssl would forget the session otherwise. */
static void close_batch(enum role role)
{
	struct ssl_side *s = &sides[role];

	for (int i = 0; i < BATCH; i++) {
		SSL_shutdown(s->ssl[i]);
		SSL_free(s->ssl[i]);
		s->ssl[i] = NULL;
	}
}

static bool keep_session(struct flow *in, int session)
{
	struct ssl_side *s = &sides[CLIENT];
	char c;

	s->ends[0].in = in;
	SSL_read(s->ssl[0], &c, 1);
	SSL_SESSION_free(s->session[session]);
	s->session[session] = SSL_get1_session(s->ssl[0]);
	return SSL_SESSION_is_resumable(s->session[session]);
}

static void forget(enum role role)
{
	struct ssl_side *s = &sides[role];

	for (int i = 0; i < SESSIONS; i++)
		SSL_SESSION_free(s->session[i]);
	SSL_CTX_free(s->ctx);
	BIO_meth_free(s->method);
	memset(s, 0, sizeof(*s));
}

const struct party party_ssl = {
	.name		= "libssl",
	.prepare	= prepare,
	.open_batch	= open_batch,
	.work		= work,
	.done		= done,
	.close_batch	= close_batch,
	.keep_session	= keep_session,
	.forget		= forget,
};
