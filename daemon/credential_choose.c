// SPDX-License-Identifier: Apache-2.0
/*
 * credential_choose: owns the choice of a chain for what the peer said: its
 * server name, what it can verify, and the authorities that it trusts.
 */
#include <openssl/err.h>
#include <string.h>
#include <strings.h>

#include "daemon/credential_local.h"
#include "daemon/engine/wire.h"

/* --- The name --- */

/* 2: this very name, 1: by wildcard (RFC 9525 6.3: the whole first label). */
static int match_one(const char *name, size_t len, const char *pattern,
		     size_t pattern_len)
{
	const char *dot;

	if (pattern_len == len && strncasecmp(name, pattern, len) == 0)
		return 2;
	if (pattern_len < 3 || pattern[0] != '*' || pattern[1] != '.')
		return 0;
	dot = memchr(name, '.', len);
	if (!dot || dot == name)
		return 0;
	len -= dot - name;
	return len == pattern_len - 1 &&
	       strncasecmp(dot, pattern + 1, len) == 0;
}

static int match(const struct tlsup_credential *c, struct hs_bytes name)
{
	int i, r, best = 0;

	for (i = 0; name.len && i < sk_GENERAL_NAME_num(c->names); i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(c->names, i);

		if (g->type != GEN_DNS)
			continue;
		r = match_one((const char *)name.data, name.len,
			      (const char *)ASN1_STRING_get0_data(g->d.dNSName),
			      ASN1_STRING_length(g->d.dNSName));
		if (r > best)
			best = r;
	}
	return best;
}

bool tlsup_credential_has_name(struct tlsup_credential * const *list, size_t n,
			       struct hs_bytes name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (match(list[i], name))
			return true;
	return false;
}

/* --- What can be verified --- */

static bool has(const uint16_t *list, size_t n, uint16_t id)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (list[i] == id)
			return true;
	return false;
}

static bool can_sign(const struct tlsup_credential *c,
		     const struct hs_hello *hello)
{
	size_t i;

	for (i = 0; i < c->certificate.schemes_len; i++)
		if (has(hello->schemes, hello->schemes_len, c->schemes[i]))
			return true;
	return false;
}

/* The schemes that a certificate's own signature may be called by. */
static const struct {
	int		key, digest;	/* NID_*; digest 0: no choice */
	uint16_t	scheme, other;
} signatures[] = {
	{ EVP_PKEY_EC, NID_sha256, 0x0403, 0 },
	{ EVP_PKEY_EC, NID_sha384, 0x0503, 0 },
	{ EVP_PKEY_EC, NID_sha512, 0x0603, 0 },
	{ EVP_PKEY_RSA, NID_sha256, 0x0401, 0 },
	{ EVP_PKEY_RSA, NID_sha384, 0x0501, 0 },
	{ EVP_PKEY_RSA, NID_sha512, 0x0601, 0 },
	{ EVP_PKEY_RSA_PSS, NID_sha256, 0x0804, 0x0809 },
	{ EVP_PKEY_RSA_PSS, NID_sha384, 0x0805, 0x080a },
	{ EVP_PKEY_RSA_PSS, NID_sha512, 0x0806, 0x080b },
	{ EVP_PKEY_ED25519, 0, 0x0807, 0 },
	{ EVP_PKEY_ED448, 0, 0x0808, 0 },
};

static bool signature_fits(X509 *cert, const struct hs_hello *hello)
{
	int digest = 0, key = 0;
	size_t i;

	X509_get_signature_info(cert, &digest, &key, NULL, NULL);
	for (i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++) {
		if (signatures[i].key != key ||
		    (signatures[i].digest && signatures[i].digest != digest))
			continue;
		return has(hello->cert_schemes, hello->cert_schemes_len,
			   signatures[i].scheme) ||
		       (signatures[i].other &&
			has(hello->cert_schemes, hello->cert_schemes_len,
			    signatures[i].other));
	}
	return false;
}

/* RFC 8446 4.4.2.2: all signatures of the chain, except a root's own. */
static bool chain_fits(const struct tlsup_credential *c,
		       const struct hs_hello *hello)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (!(X509_get_extension_flags(c->certs[i]) & EXFLAG_SS) &&
		    !signature_fits(c->certs[i], hello))
			return false;
	return true;
}

/* --- Authorities --- */

static bool is_named(X509 *cert, struct hs_bytes authorities)
{
	struct hs_reader list = hs_reader(authorities);
	unsigned char *der = NULL;
	struct hs_bytes name;
	bool found = false;
	int n;

	n = i2d_X509_NAME(X509_get_issuer_name(cert), &der);
	while (n > 0 && !found && list.len && !list.failed) {
		name = hs_reader_vec(&list, 2, 0);
		found = name.len == (size_t)n && memcmp(name.data, der, n) == 0;
	}
	OPENSSL_free(der);
	return found;
}

/* RFC 8446 4.4.2.2, 4.4.2.3: one of the chain's issuers is among those named. */
static bool authority_fits(const struct tlsup_credential *c,
			   const struct hs_hello *hello)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (is_named(c->certs[i], hello->authorities))
			return true;
	return hello->authorities.len == 0;
}

/* --- The choice --- */

const struct tlsup_credential *
tlsup_credential_select(struct tlsup_credential * const *list, size_t n,
			const struct hs_hello *hello)
{
	const struct tlsup_credential *best = NULL;
	int r, best_rank = -1;
	size_t i;

	for (i = 0; i < n; i++) {
		if (!can_sign(list[i], hello))
			continue;
		/* The name says which service; the rest, by which chain. */
		r = 4 * match(list[i], hello->server_name) +
		    2 * chain_fits(list[i], hello) +
		    authority_fits(list[i], hello);
		if (r > best_rank) {
			best_rank = r;
			best = list[i];
		}
	}
	return best;
}

const struct tlsup_credential *
tlsup_credential_select_client(struct tlsup_credential * const *list, size_t n,
			       const struct hs_hello *hello)
{
	const struct tlsup_credential *best = NULL;
	size_t i;

	for (i = 0; i < n; i++) {
		if (!can_sign(list[i], hello) ||
		    !authority_fits(list[i], hello))
			continue;
		if (chain_fits(list[i], hello))
			return list[i];
		if (!best)
			best = list[i];
	}
	return best;
}
