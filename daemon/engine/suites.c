// SPDX-License-Identifier: Apache-2.0
/* suites: which algorithms there are, and in which order they are offered. */
#include <string.h>

#include "suites.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

#define TLS13(id, hash, listed) \
	{ id, hash, #id + 3, HS_TLS13, HS_KX_ANY, HS_AUTH_ANY, 0, 0, 0, listed }

/* RFC 8446 9.1 asks for the first three; CCM is for small machines, and a tag
 * of eight bytes for those that know what they give up (B.4). */
static const struct hs_suite suites[] = {
	TLS13(HS_TLS_AES_128_GCM_SHA256, HS_SHA256, false),
	TLS13(HS_TLS_AES_256_GCM_SHA384, HS_SHA384, false),
	TLS13(HS_TLS_CHACHA20_POLY1305_SHA256, HS_SHA256, false),
	TLS13(HS_TLS_AES_128_CCM_SHA256, HS_SHA256, true),
	TLS13(HS_TLS_AES_128_CCM_8_SHA256, HS_SHA256, true),
};

/* Lengths of KeyShareEntry.key_exchange, RFC 8446 4.2.8.1 and 4.2.8.2; an
 * ML-KEM-768 key has 1184 bytes, its ciphertext 1088 (FIPS 203 8). The hybrids
 * come first, for what is recorded today may be read by a machine of tomorrow.
 * The finite fields cost ten times as much as a curve for the same strength, so
 * nobody gets them unasked. */
static const struct hs_group groups[] = {
	{ HS_GROUP_X25519MLKEM768, HS_KIND_HYBRID, false, 1184 + 32, 1088 + 32,
	  "x25519mlkem768" },
	{ HS_GROUP_SECP256R1MLKEM768, HS_KIND_HYBRID, false, 65 + 1184,
	  65 + 1088, "secp256r1mlkem768" },
	{ HS_GROUP_X25519, HS_KIND_EC, false, 32, 32, "x25519" },
	{ HS_GROUP_SECP256R1, HS_KIND_EC, false, 65, 65, "secp256r1" },
	{ HS_GROUP_SECP384R1, HS_KIND_EC, false, 97, 97, "secp384r1" },
	{ HS_GROUP_SECP521R1, HS_KIND_EC, false, 133, 133, "secp521r1" },
	{ HS_GROUP_X448, HS_KIND_EC, false, 56, 56, "x448" },
	{ HS_GROUP_FFDHE2048, HS_KIND_FF, true, 256, 256, "ffdhe2048" },
	{ HS_GROUP_FFDHE3072, HS_KIND_FF, true, 384, 384, "ffdhe3072" },
	{ HS_GROUP_FFDHE4096, HS_KIND_FF, true, 512, 512, "ffdhe4096" },
	{ HS_GROUP_FFDHE6144, HS_KIND_FF, true, 768, 768, "ffdhe6144" },
	{ HS_GROUP_FFDHE8192, HS_KIND_FF, true, 1024, 1024, "ffdhe8192" },
};

/* RFC 8446 4.2.3: RSASSA-PKCS1-v1_5 refers solely to signatures in
 * certificates and is not defined for signed handshake messages. SHA-1 is
 * nowhere. */
static const struct hs_scheme schemes[] = {
	{ HS_ECDSA_SECP256R1_SHA256, true, "ecdsa_secp256r1_sha256" },
	{ HS_ED25519, true, "ed25519" },
	{ HS_ECDSA_SECP384R1_SHA384, true, "ecdsa_secp384r1_sha384" },
	{ HS_ECDSA_SECP521R1_SHA512, true, "ecdsa_secp521r1_sha512" },
	{ HS_ED448, true, "ed448" },
	{ HS_RSA_PSS_RSAE_SHA256, true, "rsa_pss_rsae_sha256" },
	{ HS_RSA_PSS_RSAE_SHA384, true, "rsa_pss_rsae_sha384" },
	{ HS_RSA_PSS_RSAE_SHA512, true, "rsa_pss_rsae_sha512" },
	{ HS_RSA_PSS_PSS_SHA256, true, "rsa_pss_pss_sha256" },
	{ HS_RSA_PSS_PSS_SHA384, true, "rsa_pss_pss_sha384" },
	{ HS_RSA_PSS_PSS_SHA512, true, "rsa_pss_pss_sha512" },
	{ HS_RSA_PKCS1_SHA256, false, "rsa_pkcs1_sha256" },
	{ HS_RSA_PKCS1_SHA384, false, "rsa_pkcs1_sha384" },
	{ HS_RSA_PKCS1_SHA512, false, "rsa_pkcs1_sha512" },
};

const struct hs_suite *hs_suite(uint16_t id)
{
	for (size_t i = 0; i < N(suites); i++)
		if (suites[i].id == id)
			return &suites[i];
	for (size_t i = 0; i < hs_suites12_len; i++)
		if (hs_suites12[i].id == id)
			return &hs_suites12[i];
	return NULL;
}

const struct hs_group *hs_group(uint16_t id)
{
	for (size_t i = 0; i < N(groups); i++)
		if (groups[i].id == id)
			return &groups[i];
	return NULL;
}

const struct hs_scheme *hs_scheme(uint16_t id)
{
	for (size_t i = 0; i < N(schemes); i++)
		if (schemes[i].id == id)
			return &schemes[i];
	return NULL;
}

enum hs_suite_auth hs_scheme_auth(uint16_t id)
{
	switch (id) {
	case HS_ECDSA_SECP256R1_SHA256:
	case HS_ECDSA_SECP384R1_SHA384:
	case HS_ECDSA_SECP521R1_SHA512:
	case HS_ED25519:
	case HS_ED448:
		return HS_AUTH_ECDSA;
	default:
		return HS_AUTH_RSA;
	}
}

uint16_t hs_scheme_curve(uint16_t id)
{
	switch (id) {
	case HS_ECDSA_SECP256R1_SHA256:
		return HS_GROUP_SECP256R1;
	case HS_ECDSA_SECP384R1_SHA384:
		return HS_GROUP_SECP384R1;
	case HS_ECDSA_SECP521R1_SHA512:
		return HS_GROUP_SECP521R1;
	default:
		return 0;
	}
}

bool hs_policy_version(const struct hs_policy *p, uint16_t version)
{
	return version >= p->min_version && version <= p->max_version;
}

const struct hs_suite *hs_policy_suite(const struct hs_policy *p, uint16_t id,
				       uint16_t version)
{
	const struct hs_suite *s = hs_list_has(&p->suites, id) ? hs_suite(id) :
								 NULL;

	return s && s->version == version ? s : NULL;
}

size_t hs_hash_len(enum hs_hash_alg alg)
{
	return alg == HS_SHA384 ? 48 : alg == HS_SHA256 ? 32 : 0;
}

bool hs_list_has(const struct hs_list *l, uint16_t id)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->id[i] == id)
			return true;
	return false;
}

static void list_add(struct hs_list *l, uint16_t id)
{
	if (l->n < HS_LIST_MAX && !hs_list_has(l, id))
		l->id[l->n++] = id;
}

/* The configuration's list, or the table's order for a NULL one. */
static size_t length(const uint16_t *list, size_t n, size_t table)
{
	return list ? n : table;
}

/* In the default order: the newer version's first. */
static const struct hs_suite *suite_at(size_t i)
{
	return i < N(suites) ? &suites[i] : &hs_suites12[i - N(suites)];
}

/* TLS 1.2's suites say by what kind of group. */
static bool has_group(const struct hs_policy *p, const struct hs_suite *s)
{
	enum hs_group_kind kind = s->kx == HS_KX_DHE ? HS_KIND_FF : HS_KIND_EC;

	for (size_t i = 0; i < p->groups.n; i++)
		if (s->kx == HS_KX_ANY || hs_group(p->groups.id[i])->kind == kind)
			return true;
	return false;
}

static void policy_suites(struct hs_policy *p, const struct hs_config *c)
{
	size_t n = length(c->cipher_suites, c->cipher_suites_len,
			  N(suites) + hs_suites12_len);

	for (size_t i = 0; i < n; i++) {
		const struct hs_suite *s = c->cipher_suites ?
			hs_suite(c->cipher_suites[i]) : suite_at(i);

		if (s && hs_policy_version(p, s->version) && has_group(p, s) &&
		    (c->cipher_suites || !s->listed))
			list_add(&p->suites, s->id);
	}
}

static bool has_version(const struct hs_policy *p, uint16_t version)
{
	for (size_t i = 0; i < p->suites.n; i++)
		if (hs_suite(p->suites.id[i])->version == version)
			return true;
	return false;
}

/* A version without a suite in the list is not spoken. */
static void policy_versions(struct hs_policy *p)
{
	if (!has_version(p, HS_TLS13) && p->max_version == HS_TLS13)
		p->max_version = HS_TLS12;
	if (!has_version(p, HS_TLS12) && p->min_version == HS_TLS12)
		p->min_version = HS_TLS13;
}

/* Who lists a suite for finite fields wants them. */
static bool wants_fields(const struct hs_config *c)
{
	for (size_t i = 0; i < c->cipher_suites_len; i++) {
		const struct hs_suite *s = hs_suite(c->cipher_suites[i]);

		if (s && s->kx == HS_KX_DHE)
			return true;
	}
	return false;
}

static void policy_groups(struct hs_policy *p, const struct hs_config *c)
{
	size_t n = length(c->groups, c->groups_len, N(groups));
	bool fields = wants_fields(c);

	for (size_t i = 0; i < n; i++) {
		const struct hs_group *g = c->groups ? hs_group(c->groups[i]) :
						       &groups[i];

		if (!c->groups && g->by_name &&
		    !(fields && g->kind == HS_KIND_FF))
			continue;
		if (g && c->crypto->group_supported(g->id))
			list_add(&p->groups, g->id);
	}
}

/* The most wanted group, and the first that servers without ML-KEM can answer
 * with: most of those that are out there, which would else cost a retry. */
static void default_shares(struct hs_policy *p)
{
	bool hybrid = true;

	for (size_t i = 0; i < p->groups.n && hybrid; i++) {
		hybrid = hs_group(p->groups.id[i])->kind == HS_KIND_HYBRID;
		if (!i || !hybrid)
			list_add(&p->shares, p->groups.id[i]);
	}
}

/* RFC 8446 4.2.8: each share's group is one of supported_groups, in the same
 * order. */
static void policy_shares(struct hs_policy *p, const struct hs_config *c)
{
	for (size_t i = 0; i < p->groups.n; i++)
		for (size_t j = 0; j < c->key_share_groups_len; j++)
			if (p->groups.id[i] == c->key_share_groups[j])
				list_add(&p->shares, p->groups.id[i]);
	if (!c->key_share_groups)
		default_shares(p);
}

static void policy_schemes(struct hs_policy *p, const struct hs_config *c)
{
	size_t n = length(c->schemes, c->schemes_len, N(schemes));

	for (size_t i = 0; i < n; i++) {
		uint16_t id = c->schemes ? c->schemes[i] : schemes[i].id;
		const struct hs_scheme *s = hs_scheme(id);

		if (!s || !c->crypto->scheme_supported(id))
			continue;
		list_add(&p->cert_schemes, id);
		if (s->handshake)
			list_add(&p->schemes, id);
	}
}

bool hs_policy(struct hs_policy *p, const struct hs_config *config)
{
	memset(p, 0, sizeof(*p));
	p->min_version = config->min_version > HS_TLS12 ? config->min_version :
							  HS_TLS12;
	p->max_version = config->max_version ? config->max_version : HS_TLS13;
	policy_groups(p, config);
	policy_suites(p, config);
	policy_versions(p);
	policy_shares(p, config);
	policy_schemes(p, config);
	return p->suites.n && p->groups.n &&
	       (p->max_version == HS_TLS12 ? p->cert_schemes.n : p->schemes.n);
}
