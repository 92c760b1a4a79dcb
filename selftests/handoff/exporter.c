// SPDX-License-Identifier: GPL-2.0-only
/* exporter: key material as RFC 8446 7.5 and RFC 5705 say, against libcrypto's
 * HKDF and PRF; who gets none; what may be asked for. */

#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include "kselftest_harness.h"

#include "selftests/handoff/lib/app.h"
#include "selftests/handoff/lib/peer12.h"

FIXTURE(exporter) {
	struct agent agent;
	struct request req;
	struct app_task task;
	uint8_t secret[112];
	size_t size;
	int listener, fd, raw;
};

FIXTURE_VARIANT(exporter) {
	int version;
};

FIXTURE_VARIANT_ADD(exporter, tls13) { .version = TLSUP_VERSION_1_3 };
FIXTURE_VARIANT_ADD(exporter, tls12) { .version = TLSUP_VERSION_1_2 };

FIXTURE_SETUP(exporter)
{
	uint16_t port;
	size_t i;

	agent_start(&self->agent);
	self->listener = app_listen(&port);
	self->fd = app_socket();
	ASSERT_EQ(0, app_name(self->fd, "a.example"));
	self->task = (struct app_task){
		.call = APP_CONNECT, .fd = self->fd, .port = port,
	};
	app_begin(&self->task);
	self->raw = accept(self->listener, NULL, NULL);
	ASSERT_EQ(0, agent_await(&self->agent, &self->req));
	self->size = variant->version == TLSUP_VERSION_1_3 ? 32 : 112;
	for (i = 0; i < sizeof(self->secret); i++)
		self->secret[i] = 3 * i + 1;
	if (variant->version == TLSUP_VERSION_1_3) {
		ASSERT_EQ(0, channel_secrets(&self->req));
	} else {
		ASSERT_EQ(0, channel_keys12(self->req.channel, TLSUP_CHANNEL_TX_KEYS, 'c'));
		ASSERT_EQ(0, channel_keys12(self->req.channel, TLSUP_CHANNEL_RX_KEYS, 's'));
	}
}

FIXTURE_TEARDOWN(exporter)
{
	close(self->raw);
	close(self->fd);
	close(self->listener);
	EXPECT_EQ(0, agent_leftovers(&self->agent));
	agent_close(&self->agent);
}

static int done(struct agent *a, uint64_t cookie, int version,
		const uint8_t *secret, size_t size)
{
	struct nl_msg *msg = agent_message(a, TLSUP_CMD_DONE);
	int is_13 = version == TLSUP_VERSION_1_3;

	nla_put_u64(msg, TLSUP_A_COOKIE, cookie);
	nla_put_u16(msg, TLSUP_A_VERSION, version);
	nla_put_u16(msg, TLSUP_A_CIPHER_SUITE, is_13 ? 0x1301 : SUITE12);
	nla_put_u32(msg, TLSUP_A_FLAGS, 0);
	if (size)
		nla_put(msg, TLSUP_A_EXPORTER, size, secret);
	return agent_command(a, msg);
}

#define FINISH(size_) do {						\
	ASSERT_EQ(0, done(&self->agent, self->req.cookie, variant->version, \
			  self->secret, size_));			\
	close(self->req.channel);					\
	ASSERT_EQ(0, app_end(&self->task));				\
} while (0)

/* The label and, unless it is NULL, the context; len bytes to out. */
static int ask(int fd, const char *label, const void *context, size_t context_len,
	       uint8_t *out, size_t len)
{
	size_t label_len = strlen(label);
	size_t size = sizeof(struct tlsup_exporter) + label_len + context_len;
	size_t room = size > len ? size : len;
	struct tlsup_exporter *e = calloc(1, room);
	int err;

	e->length = len;
	e->label_length = label_len;
	e->context_length = context_len;
	e->flags = context ? TLSUP_EXPORTER_CONTEXT : 0;
	memcpy(e->bytes, label, label_len);
	if (context)
		memcpy(e->bytes + label_len, context, context_len);
	err = app_get(fd, TLSUP_EXPORTER, e, &room);
	if (!err && room == len)
		memcpy(out, e, len);
	else if (!err)
		err = -ERANGE;
	free(e);
	return err;
}

static void hash(const void *data, size_t len, uint8_t *out)
{
	EVP_Digest(data, len, out, NULL, EVP_sha256(), NULL);
}

/* RFC 8446 7.1, in libcrypto's words. */
static int expand(const uint8_t *secret, const char *label,
		  const uint8_t *context, uint8_t *out, size_t len)
{
	int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY, ok;
	uint8_t info[400] = { len >> 8, len, 6 + strlen(label) };
	size_t n = 3;
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);

	n += sprintf((char *)info + n, "tls13 %s", label);
	info[n++] = 32;
	memcpy(info + n, context, 32);
	n += 32;

	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, "SHA256", 0),
		OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)secret, 32),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, n),
		OSSL_PARAM_construct_end(),
	};

	ok = EVP_KDF_derive(ctx, out, len, params) > 0;
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return ok;
}

static int expect13(const uint8_t *secret, const char *label, const void *context,
		    size_t context_len, uint8_t *out, size_t len)
{
	uint8_t digest[32], derived[32];

	hash("", 0, digest);
	if (!expand(secret, label, digest, derived, 32))
		return 0;
	hash(context ? context : "", context_len, digest);
	return expand(derived, "exporter", digest, out, len);
}

static int expect12(const uint8_t *secret, const char *label, const void *context,
		    size_t context_len, uint8_t *out, size_t len)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
	uint8_t seed[8192];
	size_t n = 64;
	int ok;

	memcpy(seed, secret + 48, 64);
	if (context) {
		seed[n++] = context_len >> 8;
		seed[n++] = context_len;
		memcpy(seed + n, context, context_len);
		n += context_len;
	}

	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, "SHA256", 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, (void *)secret, 48),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, (void *)label,
						  strlen(label)),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, seed, n),
		OSSL_PARAM_construct_end(),
	};

	ok = EVP_KDF_derive(ctx, out, len, params) > 0;
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return ok;
}

#define EXPECT_EXPORT(label_, context_, context_len_, len_) do {	\
	static uint8_t got_[8160], want_[8160];				\
	int (*expect_)(const uint8_t *, const char *, const void *,	\
		       size_t, uint8_t *, size_t) =			\
		variant->version == TLSUP_VERSION_1_3 ? expect13 : expect12; \
	EXPECT_EQ(0, ask(self->fd, label_, context_, context_len_, got_, len_)); \
	EXPECT_TRUE(expect_(self->secret, label_, context_, context_len_, \
			    want_, len_));				\
	EXPECT_EQ(0, memcmp(got_, want_, len_));			\
} while (0)

TEST_F(exporter, values)
{
	static uint8_t context[TLSUP_EXPORTER_CONTEXT_MAX];
	char label[TLSUP_EXPORTER_LABEL_MAX + 1] = {};

	memset(context, 'x', sizeof(context));
	memset(label, 'l', sizeof(label) - 1);
	FINISH(self->size);
	EXPECT_EXPORT("EXPORTER-Channel-Binding", NULL, 0, 32);
	EXPECT_EXPORT("EXPORTER-Channel-Binding", "", 0, 32);
	EXPECT_EXPORT("EXPERIMENTAL something", "context", 7, 1);
	/* As much as libcrypto's PRF takes; and as much as we do. */
	EXPECT_EXPORT("EXPERIMENTAL something", context, 900, 100);
	EXPECT_EQ(0, ask(self->fd, "big", context, sizeof(context), context, 32));
	EXPECT_EXPORT(label, "context", 7, 33);
	EXPECT_EXPORT("all", NULL, 0, TLSUP_EXPORTER_MAX);
}

/* RFC 5705 4 tells no context from an empty one; RFC 8446 7.5 doesn't. */
TEST_F(exporter, no_context)
{
	uint8_t none[32], empty[32];

	FINISH(self->size);
	EXPECT_EQ(0, ask(self->fd, "label", NULL, 0, none, 32));
	EXPECT_EQ(0, ask(self->fd, "label", "", 0, empty, 32));
	EXPECT_EQ(variant->version == TLSUP_VERSION_1_3, !memcmp(none, empty, 32));
}

TEST_F(exporter, what_may_be_asked)
{
	struct tlsup_exporter *e;
	uint8_t buf[512] = {};
	size_t len;

	FINISH(self->size);
	EXPECT_EQ(-EINVAL, ask(self->fd, "", NULL, 0, buf, 32));
	EXPECT_EQ(-EINVAL, ask(self->fd, "la\tbel", NULL, 0, buf, 32));
	EXPECT_EQ(-EINVAL, ask(self->fd, "lab\303\244l", NULL, 0, buf, 32));
	EXPECT_EQ(-EINVAL, ask(self->fd, "key expansion", NULL, 0, buf, 32));
	EXPECT_EQ(-EINVAL, ask(self->fd, "master secret", NULL, 0, buf, 32));
	EXPECT_EQ(0, ask(self->fd, "key expansions", NULL, 0, buf, 32));
	EXPECT_EQ(-EINVAL, ask(self->fd, "label", NULL, 0, buf, 0));

	/* A buffer too small for the answer, for the question, for its head;
	 * an unknown flag; a context without its flag. */
	e = (struct tlsup_exporter *)buf;
	*e = (struct tlsup_exporter){ .length = 32, .label_length = 1 };
	e->bytes[0] = 'l';
	len = 31;
	EXPECT_EQ(-EINVAL, app_get(self->fd, TLSUP_EXPORTER, buf, &len));
	e->length = 1;
	len = 8;
	EXPECT_EQ(-EINVAL, app_get(self->fd, TLSUP_EXPORTER, buf, &len));
	len = 7;
	EXPECT_EQ(-EINVAL, app_get(self->fd, TLSUP_EXPORTER, buf, &len));
	e->flags = 2;
	len = sizeof(buf);
	EXPECT_EQ(-EINVAL, app_get(self->fd, TLSUP_EXPORTER, buf, &len));
	e->flags = 0;
	e->context_length = 1;
	EXPECT_EQ(-EINVAL, app_get(self->fd, TLSUP_EXPORTER, buf, &len));
	e->context_length = 0;
	EXPECT_EQ(0, app_get(self->fd, TLSUP_EXPORTER, buf, &len));
	EXPECT_EQ(1, len);
}

TEST_F(exporter, not_before_the_end)
{
	uint8_t out[32];

	EXPECT_EQ(-ENOTCONN, ask(self->fd, "label", NULL, 0, out, 32));
	FINISH(self->size);
	EXPECT_EQ(0, ask(self->fd, "label", NULL, 0, out, 32));
}

TEST_F(exporter, not_without_a_secret)
{
	uint8_t out[32];

	FINISH(0);
	EXPECT_EQ(-ENODATA, ask(self->fd, "label", NULL, 0, out, 32));
}

TEST_F(exporter, not_after_a_failure)
{
	uint8_t out[32];
	char c;

	FINISH(self->size);
	shutdown(self->raw, SHUT_WR);
	EXPECT_EQ(-ECONNRESET, app_read(self->fd, &c, 1));
	EXPECT_EQ(-ECONNRESET, ask(self->fd, "label", NULL, 0, out, 32));
}

TEST_F(exporter, a_secret_of_the_right_length)
{
	EXPECT_EQ(-EINVAL, done(&self->agent, self->req.cookie, variant->version,
				self->secret, self->size - 1));
	FINISH(self->size);
}

TEST_HARNESS_MAIN
