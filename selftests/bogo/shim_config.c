// SPDX-License-Identifier: Apache-2.0
/* shim_config: owns the engine's configuration for one of BoGo's connections:
 * what BoringSSL's shim does unless it is told otherwise, where the engine can. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/engine/suites.h"
#include "shim.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* The server's own limit of BoringSSL's, which the tests count on. */
#define EARLY_MAX 14336

/* --- Callbacks: host_ops', and what the flags want of them --- */

/* "hex,hex": DER names; each gets its two length bytes (RFC 8446 4.2.4). */
static size_t names(const char *hex, uint8_t *out)
{
	size_t n = 0;

	while (*hex && *hex != '<') {
		size_t len = strcspn(hex, ",") / 2;
		unsigned int byte;

		out[n++] = (uint8_t)(len >> 8);
		out[n++] = (uint8_t)len;
		for (; len; len--, hex += 2) {
			sscanf(hex, "%2x", &byte);
			out[n++] = (uint8_t)byte;
		}
		hex += *hex == ',';
	}
	return n;
}

static bool same_authorities(const struct shim_config *f,
			     const struct hs_hello *hello)
{
	uint8_t want[1024];

	return hs_bytes_equal(hs_bytes(want, names(f->expect_client_ca_list,
						   want)),
			      hello->authorities);
}

static bool same_schemes(const struct shim_list *want,
			 const struct hs_hello *hello)
{
	return hello->schemes_len == want->n &&
	       !memcmp(hello->schemes, want->v, want->n * sizeof(want->v[0]));
}

static int select_certificate(void *arg, const struct hs_hello *hello,
			      const struct hs_certificate **out)
{
	struct shim_side *s = arg;
	const struct shim_config *f = s->flags;

	if (f->expect_client_ca_list && !same_authorities(f, hello))
		s->wrong = "other authorities than expected";
	if (f->expect_peer_verify_pref.n &&
	    !same_schemes(&f->expect_peer_verify_pref, hello))
		s->wrong = "other schemes than expected";
	if (f->fail_cert_callback)
		return HS_ALERT_INTERNAL_ERROR;
	*out = s->identity ? &s->identity->cert : NULL;
	return *out || !f->server ? 0 : HS_ALERT_HANDSHAKE_FAILURE;
}

/* The alerts of BoringSSL's two ways to say no. */
static int verify_chain(void *arg, const struct hs_bytes *chain, size_t n,
			char *reason)
{
	const struct shim_config *f = ((struct shim_side *)arg)->flags;

	(void)chain;
	(void)n;
	if (!f->verify_fail ||
	    !(f->verify_peer || f->require_any_client_certificate ||
	      f->use_custom_verify_callback))
		return 0;
	snprintf(reason, HS_REASON_MAX, "the test says no");
	return f->use_custom_verify_callback ? HS_ALERT_CERTIFICATE_UNKNOWN :
					       HS_ALERT_HANDSHAKE_FAILURE;
}

/* --- The algorithms that BoGo's certificate compression tests define --- */

static int expand(struct hs_bytes in, uint8_t *out, size_t *out_len)
{
	static const uint8_t front[] = { 1, 2, 3, 4 };

	if (*out_len < in.len + sizeof(front))
		return -1;
	memcpy(out, front, sizeof(front));
	memcpy(out + sizeof(front), in.data, in.len);
	*out_len = in.len + sizeof(front);
	return 0;
}

static int unexpand(struct hs_bytes in, uint8_t *out, size_t *out_len)
{
	if (in.len < 4 || memcmp(in.data, "\1\2\3\4", 4) || *out_len < in.len - 4)
		return -1;
	*out_len = in.len - 4;
	memcpy(out, in.data + 4, *out_len);
	return 0;
}

static int shrink(struct hs_bytes in, uint8_t *out, size_t *out_len)
{
	if (in.len < 2 || in.data[0] || in.data[1] || *out_len < in.len - 2)
		return -1;
	*out_len = in.len - 2;
	memcpy(out, in.data + 2, *out_len);
	return 0;
}

static int unshrink(struct hs_bytes in, uint8_t *out, size_t *out_len)
{
	if (*out_len < in.len + 2)
		return -1;
	*out_len = in.len + 2;
	out[0] = out[1] = 0;
	memcpy(out + 2, in.data, in.len);
	return 0;
}

static int randomize(struct hs_bytes in, uint8_t *out, size_t *out_len)
{
	if (*out_len < in.len + 1 || tlsup_crypto_openssl()->random(out, 1))
		return -1;
	*out_len = in.len + 1;
	memcpy(out + 1, in.data, in.len);
	return 0;
}

static int unrandomize(struct hs_bytes in, uint8_t *out, size_t *out_len)
{
	if (!in.len || *out_len < in.len - 1)
		return -1;
	*out_len = in.len - 1;
	memcpy(out, in.data + 1, *out_len);
	return 0;
}

static void set_compressions(struct shim_side *s)
{
	static const struct hs_compression all[] = {
		{ 0xff02, expand, unexpand },
		{ 0xff01, shrink, unshrink },
		{ 0xff03, randomize, unrandomize },
	};
	uint16_t one = s->flags->install_one_cert_compression_alg;
	size_t n = 0;

	for (size_t i = 0; i < N(all); i++)
		if (s->flags->install_cert_compression_algs || one == all[i].alg)
			s->compressions[n++] = all[i];
	if (one && !n)
		shim_unimplemented("a compression algorithm");
	s->config.compressions = s->compressions;
	s->config.compressions_len = n;
}

/* --- Lists --- */

/* All that the engine has but the finite fields and CCM, which BoringSSL has
 * not; where TLS 1.2 alone is spoken, none of 1.3. */
static void set_suites(struct shim_side *s)
{
	static const uint16_t all[] = {
		HS_TLS_AES_128_GCM_SHA256, HS_TLS_AES_256_GCM_SHA384,
		HS_TLS_CHACHA20_POLY1305_SHA256,
		HS_ECDHE_ECDSA_AES_128_GCM_SHA256, HS_ECDHE_RSA_AES_128_GCM_SHA256,
		HS_ECDHE_ECDSA_AES_256_GCM_SHA384, HS_ECDHE_RSA_AES_256_GCM_SHA384,
		HS_ECDHE_ECDSA_CHACHA20_POLY1305, HS_ECDHE_RSA_CHACHA20_POLY1305,
		HS_ECDHE_RSA_AES_128_CBC_SHA256,
		HS_ECDHE_ECDSA_AES_128_CBC_SHA, HS_ECDHE_RSA_AES_128_CBC_SHA,
		HS_ECDHE_ECDSA_AES_256_CBC_SHA, HS_ECDHE_RSA_AES_256_CBC_SHA,
	};
	const char *one = s->flags->cipher;
	bool found = !one;
	size_t n = 0;

	for (size_t i = 0; i < N(all); i++) {
		const struct hs_suite *suite = hs_suite(all[i]);
		bool named = one && !strcmp(suite->name, one);

		found |= named;
		if (!one || named || suite->version == HS_TLS13)
			s->suites[n++] = all[i];
	}
	if (!found)
		shim_unimplemented(one);
	s->config.cipher_suites = s->suites;
	s->config.cipher_suites_len = n;
}

static void set_groups(struct shim_side *s)
{
	static const uint16_t usual[] = {
		HS_GROUP_X25519, HS_GROUP_SECP256R1, HS_GROUP_SECP384R1,
	};
	const struct shim_list *l = &s->flags->curves;

	s->config.groups = l->n ? l->v : usual;
	s->config.groups_len = l->n ? l->n : N(usual);
	s->config.key_share_groups = s->config.groups;
	s->config.key_share_groups_len = 1;
	for (size_t i = 0; i < l->n; i++)
		if (!hs_group(l->v[i]))
			shim_unimplemented("a group");
}

static void set_schemes(struct shim_side *s)
{
	static const uint16_t usual[] = {
		HS_ECDSA_SECP256R1_SHA256, HS_RSA_PSS_RSAE_SHA256,
		HS_RSA_PKCS1_SHA256, HS_ECDSA_SECP384R1_SHA384,
		HS_RSA_PSS_RSAE_SHA384, HS_RSA_PKCS1_SHA384,
		HS_RSA_PSS_RSAE_SHA512, HS_RSA_PKCS1_SHA512,
	};
	const struct shim_list *l = &s->flags->verify_prefs;

	s->config.schemes = l->n ? l->v : usual;
	s->config.schemes_len = l->n ? l->n : N(usual);
	for (size_t i = 0; i < l->n; i++)
		if (!hs_scheme(l->v[i]))
			shim_unimplemented("a scheme");
}

static void set_alpn(struct shim_side *s)
{
	const struct shim_config *f = s->flags;
	const char *one = f->reject_alpn ? "none of yours" : f->select_alpn;

	if (f->advertise_alpn) {
		s->config.alpn = hs_bytes(f->advertise_alpn,
					  strlen(f->advertise_alpn));
	} else if (one) {
		s->alpn[0] = (uint8_t)strlen(one);
		memcpy(s->alpn + 1, one, s->alpn[0]);
		s->config.alpn = hs_bytes(s->alpn, 1u + s->alpn[0]);
	}
}

/* --- Everything else --- */

static void set_versions(struct shim_side *s)
{
	const struct shim_config *f = s->flags;
	uint16_t min = f->min_version, max = f->max_version;

	if ((max && max < HS_TLS12) || (f->no_tls12 && f->no_tls13))
		shim_unimplemented("TLS 1.1 and less");
	s->config.max_version = max && max < HS_TLS13 ? max : HS_TLS13;
	s->config.min_version = min > HS_TLS12 ? min : HS_TLS12;
	/* RFC 7507 4: who offers all it has does not say that it falls back. */
	if (f->no_tls13 || f->fallback_scsv)
		s->config.max_version = HS_TLS12;
	if (f->no_tls12)
		s->config.min_version = HS_TLS13;
}

/* What its key can do and the flags list, in their order. */
static void prefer(struct host_identity *id, const struct shim_list *l)
{
	uint16_t can[16];
	size_t n = id->cert.schemes_len, left = 0;

	memcpy(can, id->schemes, sizeof(can));
	for (size_t i = 0; i < l->n; i++)
		for (size_t j = 0; j < n; j++)
			if (can[j] == l->v[i])
				id->schemes[left++] = can[j];
	id->cert.schemes_len = left;
}

static void set_identity(struct shim_side *s)
{
	const struct shim_config *f = s->flags;

	if (!f->cert_file)
		return;
	s->identity = host_load(f->cert_file, f->key_file ? f->key_file :
							    f->cert_file);
	if (!s->identity)
		shim_unimplemented("that certificate");
	if (f->signing_prefs.n)
		prefer(s->identity, &f->signing_prefs);
	if (!f->decline_ocsp_callback)
		s->identity->cert.ocsp = hs_bytes(f->ocsp_response.data,
						  f->ocsp_response.len);
	s->identity->cert.sct = hs_bytes(f->signed_cert_timestamps.data,
					 f->signed_cert_timestamps.len);
}

static void set_host(struct shim_side *s, uint64_t now_ms)
{
	const struct shim_config *f = s->flags;

	s->host.now_ms = now_ms;
	s->host.server = f->server;
	s->ops = host_ops;
	s->ops.select_certificate = select_certificate;
	s->ops.verify_chain = verify_chain;
	if (f->no_ticket && !f->server)
		shim_unimplemented("a client without tickets alone");
	if (f->reverify_on_resume && !f->server)
		shim_unimplemented("a client's session with the server's chain");
	if (f->no_ticket) {
		s->ops.ticket_seal = NULL;
		s->ops.ticket_open = NULL;
	}
}

static void set_authentication(struct shim_side *s)
{
	const struct shim_config *f = s->flags;

	if (f->require_any_client_certificate)
		s->config.client_auth = HS_CLIENT_AUTH_REQUIRE;
	else if (f->verify_peer && f->server)
		s->config.client_auth = HS_CLIENT_AUTH_REQUEST;
	if (f->use_client_ca_list)
		s->config.authorities =
			hs_bytes(s->authorities,
				 names(f->use_client_ca_list, s->authorities));
}

void shim_side_init(struct shim_side *s, const struct shim_config *flags,
		    uint64_t now_ms)
{
	memset(s, 0, sizeof(*s));
	s->flags = flags;
	s->config = (struct hs_config){
		.role = flags->server ? HS_SERVER : HS_CLIENT,
		.crypto = tlsup_crypto_openssl(),
		.host = &s->ops,
		.ems_optional = true,
		.tickets = 2,
		.ticket_lifetime = 7200,
		.fallback_scsv = flags->fallback_scsv,
		.grease = flags->enable_grease,
		.early_data = flags->enable_early_data,
		.max_early_data = flags->enable_early_data ? EARLY_MAX : 0,
		.early_data_window_ms = 60000,
		/* A server could ask for them too (RFC 8446 4.4.2.1). */
		.ocsp = flags->enable_ocsp_stapling && !flags->server,
		.sct = flags->enable_signed_cert_timestamps && !flags->server,
		.renegotiation = flags->renegotiate_freely ?
					 HS_RENEGOTIATION_ALLOW :
					 HS_RENEGOTIATION_REFUSE,
	};
	set_host(s, now_ms);
	set_versions(s);
	set_suites(s);
	set_groups(s);
	set_schemes(s);
	set_alpn(s);
	set_compressions(s);
	set_authentication(s);
	set_identity(s);
}

void shim_side_free(struct shim_side *s)
{
	host_free(s->identity);
}
