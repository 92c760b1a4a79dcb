// SPDX-License-Identifier: Apache-2.0
/*
 * x509: owns the verdict on a peer's chain (RFC 5280; RFC 8446 C.2): libcrypto
 * builds it and checks it strictly, and what libcrypto does not look at is looked
 * at after.
 */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "daemon/crypto_cert.h"
#include "daemon/x509_local.h"

/* 112 bits: RSA from 2048 bits, no SHA-1 signatures; Debian's own default. */
#define SECURITY_LEVEL	2

/*
 * Strictness is for what a peer sends. An anchor is trusted because the
 * administrator says so, and RFC 5280 6.1.1 (d) takes of it a name and a key: a
 * root made by "openssl req -x509" has no keyUsage.
 */
static bool forgive_anchor(int error)
{
	return error == X509_V_ERR_CA_BCONS_NOT_CRITICAL ||
	       error == X509_V_ERR_CA_CERT_MISSING_KEY_USAGE ||
	       error == X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER ||
	       error == X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER;
}

/* ... nor does it need a revocation list: nobody is above it. */
static bool is_missing_crl(int error)
{
	return error == X509_V_ERR_UNABLE_TO_GET_CRL ||
	       error == X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER;
}

static int forgive(int ok, X509_STORE_CTX *ctx)
{
	int top = sk_X509_num(X509_STORE_CTX_get0_chain(ctx)) - 1;

	if (ok || X509_STORE_CTX_get_error_depth(ctx) != top)
		return ok;
	return is_missing_crl(X509_STORE_CTX_get_error(ctx)) ||
	       forgive_anchor(X509_STORE_CTX_get_error(ctx));
}

static unsigned long flags_of(const struct tlsup_trust *trust,
			      const struct tlsup_verify *how)
{
	/* A certificate that was put among the anchors is trusted as it is,
	 * root or not: the administrator said so. */
	unsigned long flags = X509_V_FLAG_TRUSTED_FIRST |
			      X509_V_FLAG_PARTIAL_CHAIN;

	if (!how->lax)
		flags |= X509_V_FLAG_X509_STRICT;
	if (trust->crls)
		flags |= X509_V_FLAG_CRL_CHECK;
	if (trust->crls && !trust->crls_leaf_only)
		flags |= X509_V_FLAG_CRL_CHECK_ALL;
	return flags;
}

static bool set_up(X509_STORE_CTX *ctx, const struct tlsup_trust *trust,
		   const struct tlsup_verify *how, STACK_OF(X509) *certs,
		   STACK_OF(X509) *self)
{
	X509_VERIFY_PARAM *param;
	bool by_name = how->name && !how->uris_n &&
		       !tlsup_name_is_uri(how->name);

	if (!ctx || !self || !sk_X509_push(self, sk_X509_value(certs, 0)) ||
	    X509_STORE_CTX_init(ctx, trust->store, sk_X509_value(certs, 0),
				certs) != 1)
		return false;
	/* A key that is pinned for itself is its own anchor. */
	if (trust->pins_alone)
		X509_STORE_CTX_set0_trusted_stack(ctx, self);
	X509_STORE_CTX_set_verify_cb(ctx, forgive);
	X509_STORE_CTX_set0_crls(ctx, trust->crls);
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_time(param, how->now_ms / 1000);
	X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
	return X509_VERIFY_PARAM_set_flags(param, flags_of(trust, how)) == 1 &&
	       X509_STORE_CTX_set_purpose(ctx, how->peer == HS_SERVER ?
					  X509_PURPOSE_SSL_SERVER :
					  X509_PURPOSE_SSL_CLIENT) == 1 &&
	       (!by_name || tlsup_x509_set_name(param, how->name));
}

static uint64_t chain_not_after(X509_STORE_CTX *ctx)
{
	STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
	uint64_t least = UINT64_MAX, t;
	int i;

	for (i = 0; i < sk_X509_num(chain); i++) {
		t = tlsup_x509_time_ms(X509_get0_notAfter(sk_X509_value(chain, i)));
		if (t < least)
			least = t;
	}
	return least;
}

/* RFC 8446 4.4.2.2, and in TLS 1.2 what is ephemeral: the leaf signs. */
static int check_usage(X509 *leaf, struct tlsup_verdict *v)
{
	if (X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE)
		return 0;
	return tlsup_x509_refuse(v, HS_ALERT_UNSUPPORTED_CERTIFICATE,
				 EKEYREJECTED,
				 "the certificate's key may not sign (key usage)");
}

static int check_uri(const struct tlsup_verify *how, X509 *leaf,
		     struct tlsup_verdict *v)
{
	const char * const *uris = how->uris;
	size_t n = how->uris_n;

	if (!n && how->name && tlsup_name_is_uri(how->name)) {
		uris = &how->name;
		n = 1;
	}
	if (!n || tlsup_x509_has_uri(leaf, uris, n))
		return 0;
	return tlsup_x509_refuse_name(v, leaf, uris[0]);
}

static int check_pins(const struct tlsup_trust *trust, STACK_OF(X509) *chain,
		      struct tlsup_verdict *v)
{
	if (tlsup_x509_has_pin(trust, chain))
		return 0;
	return tlsup_x509_refuse(v, HS_ALERT_CERTIFICATE_UNKNOWN, EKEYREJECTED,
				 "the chain is good, but none of its keys is pinned");
}

/* What libcrypto does not look at, of a chain that it finds good. */
static int check_rest(const struct tlsup_trust *trust,
		      const struct tlsup_verify *how, X509_STORE_CTX *ctx,
		      struct tlsup_verdict *v)
{
	STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
	X509 *leaf = sk_X509_value(chain, 0);

	v->not_after_ms = chain_not_after(ctx);
	if (tlsup_x509_check_text(chain, v) || check_usage(leaf, v) ||
	    check_uri(how, leaf, v) || check_pins(trust, chain, v))
		return v->alert;
	return tlsup_x509_check_ocsp(how, chain, v);
}

static int verify_with(X509_STORE_CTX *ctx, const struct tlsup_trust *trust,
		       const struct tlsup_verify *how, STACK_OF(X509) *certs,
		       struct tlsup_verdict *v)
{
	X509 *leaf = sk_X509_value(certs, 0);

	/* To libcrypto no name is any name, and one that begins with a dot is
	 * any name below it. */
	if (!how->uris_n && how->name &&
	    (!how->name[0] || how->name[0] == '.'))
		return tlsup_x509_refuse_name(v, leaf, how->name);
	if (trust->pins_alone && !tlsup_x509_is_pinned(trust, leaf))
		return tlsup_x509_refuse(v, HS_ALERT_CERTIFICATE_UNKNOWN,
					 EKEYREJECTED,
					 "the certificate's key is not pinned");
	if (X509_verify_cert(ctx) != 1)
		return tlsup_x509_refuse_error(v, ctx, how->name);
	return check_rest(trust, how, ctx, v);
}

/* NULL after filling v. */
static STACK_OF(X509) *parse_chain(const struct hs_bytes *chain, size_t n,
				   struct tlsup_verdict *v)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	X509 *cert;
	size_t i;

	for (i = 0; certs && i < n; i++) {
		cert = tlsup_cert_decode(chain[i]);
		if (cert && sk_X509_push(certs, cert))
			continue;
		if (cert)
			tlsup_x509_refuse(v, HS_ALERT_INTERNAL_ERROR,
					  ECONNABORTED, "out of memory");
		else
			tlsup_x509_refuse(v, HS_ALERT_BAD_CERTIFICATE,
					  EKEYREJECTED,
					  "certificate %zu of the chain is not valid DER",
					  i + 1);
		X509_free(cert);
		sk_X509_pop_free(certs, X509_free);
		return NULL;
	}
	if (certs && n)
		return certs;
	sk_X509_free(certs);
	tlsup_x509_refuse(v, HS_ALERT_INTERNAL_ERROR, ECONNABORTED,
			  "there is no chain to check");
	return NULL;
}

int tlsup_x509_verify(const struct tlsup_trust *trust,
		      const struct tlsup_verify *how,
		      const struct hs_bytes *chain, size_t n,
		      struct tlsup_verdict *v)
{
	STACK_OF(X509) *certs, *self = sk_X509_new_null();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();

	memset(v, 0, sizeof(*v));
	certs = parse_chain(chain, n, v);
	if (certs && set_up(ctx, trust, how, certs, self))
		verify_with(ctx, trust, how, certs, v);
	else if (certs)
		tlsup_x509_refuse(v, HS_ALERT_INTERNAL_ERROR, ECONNABORTED,
				  "the chain cannot be checked: libcrypto refused");
	X509_STORE_CTX_free(ctx);
	/* Nothing of this thread's error queue may colour a later call. */
	ERR_clear_error();
	sk_X509_free(self);
	sk_X509_pop_free(certs, X509_free);
	return v->alert;
}
