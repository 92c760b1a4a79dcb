/* SPDX-License-Identifier: Apache-2.0 */
/*
 * suites: the policy tables. Which cipher suites, groups and signature schemes
 * there are, what each is good for, and what is offered when a configuration
 * does not say. A new algorithm is a row here and one in the crypto provider.
 */
#ifndef HS_SUITES_H
#define HS_SUITES_H

#include "hs_crypto.h"

#define HS_TLS12	0x0303
#define HS_TLS13	0x0304

/* RFC 8446 B.4 */
enum {
	HS_TLS_AES_128_GCM_SHA256	= 0x1301,
	HS_TLS_AES_256_GCM_SHA384	= 0x1302,
	HS_TLS_CHACHA20_POLY1305_SHA256	= 0x1303,
	HS_TLS_AES_128_CCM_SHA256	= 0x1304,
	HS_TLS_AES_128_CCM_8_SHA256	= 0x1305,
};

/* TLS 1.2: GCM by RFC 5288 and 5289, ChaCha20-Poly1305 by RFC 7905, CCM by RFC
 * 6655 and 7251, CBC by RFC 5246, 5289 and 8422. */
enum {
	HS_ECDHE_ECDSA_AES_128_GCM_SHA256	= 0xc02b,
	HS_ECDHE_RSA_AES_128_GCM_SHA256		= 0xc02f,
	HS_ECDHE_ECDSA_AES_256_GCM_SHA384	= 0xc02c,
	HS_ECDHE_RSA_AES_256_GCM_SHA384		= 0xc030,
	HS_ECDHE_ECDSA_CHACHA20_POLY1305	= 0xcca9,
	HS_ECDHE_RSA_CHACHA20_POLY1305		= 0xcca8,
	HS_ECDHE_ECDSA_AES_128_CCM		= 0xc0ac,
	HS_ECDHE_ECDSA_AES_256_CCM		= 0xc0ad,
	HS_ECDHE_ECDSA_AES_128_CCM_8		= 0xc0ae,
	HS_ECDHE_ECDSA_AES_256_CCM_8		= 0xc0af,
	HS_ECDHE_ECDSA_AES_128_CBC_SHA256	= 0xc023,
	HS_ECDHE_RSA_AES_128_CBC_SHA256		= 0xc027,
	HS_ECDHE_ECDSA_AES_256_CBC_SHA384	= 0xc024,
	HS_ECDHE_RSA_AES_256_CBC_SHA384		= 0xc028,
	HS_ECDHE_ECDSA_AES_128_CBC_SHA		= 0xc009,
	HS_ECDHE_RSA_AES_128_CBC_SHA		= 0xc013,
	HS_ECDHE_ECDSA_AES_256_CBC_SHA		= 0xc00a,
	HS_ECDHE_RSA_AES_256_CBC_SHA		= 0xc014,
	HS_DHE_RSA_AES_128_GCM_SHA256		= 0x009e,
	HS_DHE_RSA_AES_256_GCM_SHA384		= 0x009f,
	HS_DHE_RSA_CHACHA20_POLY1305		= 0xccaa,
	HS_DHE_RSA_AES_128_CCM			= 0xc09e,
	HS_DHE_RSA_AES_256_CCM			= 0xc09f,
	HS_DHE_RSA_AES_128_CCM_8		= 0xc0a2,
	HS_DHE_RSA_AES_256_CCM_8		= 0xc0a3,
	HS_DHE_RSA_AES_128_CBC_SHA256		= 0x0067,
	HS_DHE_RSA_AES_256_CBC_SHA256		= 0x006b,
	HS_DHE_RSA_AES_128_CBC_SHA		= 0x0033,
	HS_DHE_RSA_AES_256_CBC_SHA		= 0x0039,
};

/* What is no cipher suite, in their list: RFC 5746 3.3, RFC 7507. */
#define HS_EMPTY_RENEGOTIATION_INFO_SCSV	0x00ff
#define HS_FALLBACK_SCSV			0x5600

/* RFC 8446 4.2.7 */
enum {
	HS_GROUP_SECP256R1	= 0x0017,
	HS_GROUP_SECP384R1	= 0x0018,
	HS_GROUP_SECP521R1	= 0x0019,
	HS_GROUP_X25519		= 0x001d,
	HS_GROUP_X448		= 0x001e,
	HS_GROUP_FFDHE2048	= 0x0100,
	HS_GROUP_FFDHE3072	= 0x0101,
	HS_GROUP_FFDHE4096	= 0x0102,
	HS_GROUP_FFDHE6144	= 0x0103,
	HS_GROUP_FFDHE8192	= 0x0104,
	/* draft-ietf-tls-ecdhe-mlkem */
	HS_GROUP_SECP256R1MLKEM768	= 0x11eb,
	HS_GROUP_X25519MLKEM768		= 0x11ec,
};

/* RFC 8446 4.2.3 */
enum {
	HS_RSA_PKCS1_SHA256		= 0x0401,
	HS_RSA_PKCS1_SHA384		= 0x0501,
	HS_RSA_PKCS1_SHA512		= 0x0601,
	HS_ECDSA_SECP256R1_SHA256	= 0x0403,
	HS_ECDSA_SECP384R1_SHA384	= 0x0503,
	HS_ECDSA_SECP521R1_SHA512	= 0x0603,
	HS_RSA_PSS_RSAE_SHA256		= 0x0804,
	HS_RSA_PSS_RSAE_SHA384		= 0x0805,
	HS_RSA_PSS_RSAE_SHA512		= 0x0806,
	HS_ED25519			= 0x0807,
	HS_ED448			= 0x0808,
	HS_RSA_PSS_PSS_SHA256		= 0x0809,
	HS_RSA_PSS_PSS_SHA384		= 0x080a,
	HS_RSA_PSS_PSS_SHA512		= 0x080b,
};

/* TLS 1.3's have only a hash; TLS 1.2's say all. */
enum hs_suite_kx { HS_KX_ANY, HS_KX_ECDHE, HS_KX_DHE };
enum hs_suite_auth { HS_AUTH_ANY, HS_AUTH_ECDSA, HS_AUTH_RSA };

struct hs_suite {
	uint16_t		id;
	enum hs_hash_alg	hash;		/* of the schedule or the PRF */
	const char		*name;
	uint16_t		version;
	enum hs_suite_kx	kx;
	enum hs_suite_auth	auth;
	uint8_t			mac_len, key_len, iv_len;	/* key block */
	bool			listed;		/* not in the default list */
};

static inline bool hs_suite_cbc(const struct hs_suite *s)
{
	return s->mac_len != 0;
}

/* How a group comes to a shared secret; TLS 1.2 has a kind of suite for each of
 * the first two, and nothing for the third. */
enum hs_group_kind { HS_KIND_EC, HS_KIND_FF, HS_KIND_HYBRID };

struct hs_group {
	uint16_t		id;
	enum hs_group_kind	kind;
	bool			by_name;	/* offered only where a
						 * configuration names it */
	uint16_t		client_share, server_share; /* bytes; a KEM's differ */
	const char		*name;
};

struct hs_scheme {
	uint16_t	id;
	bool		handshake;	/* may sign CertificateVerify in 1.3 */
	const char	*name;
};

/* A list of a configuration: those rows of it that exist here and in the
 * provider, in its order. */
#define HS_LIST_MAX 48
struct hs_list {
	size_t		n;
	uint16_t	id[HS_LIST_MAX];
};

/* suites12.c: TLS 1.2's rows, in the order in which they are offered. */
extern const struct hs_suite hs_suites12[];
extern const size_t hs_suites12_len;

const struct hs_suite *hs_suite(uint16_t id);
const struct hs_group *hs_group(uint16_t id);
const struct hs_scheme *hs_scheme(uint16_t id);

/* Whose key signs by it in TLS 1.2: ECDSA takes EdDSA in (RFC 8422 2.1). */
enum hs_suite_auth hs_scheme_auth(uint16_t id);
/* The curve of the key that signs by it, for an ECDSA scheme of ours (RFC 8446
 * 4.2.3); 0: of none that is in supported_groups. */
uint16_t hs_scheme_curve(uint16_t id);

size_t hs_hash_len(enum hs_hash_alg alg);

/* The policy of a configuration; false if one of the lists comes out empty. */
struct hs_policy {
	uint16_t	min_version, max_version; /* that have a suite here */
	struct hs_list	suites, groups, shares;
	struct hs_list	schemes;	/* for CertificateVerify in 1.3 */
	struct hs_list	cert_schemes;	/* in the chain, and in 1.2's messages;
					 * schemes among them */
};
bool hs_policy(struct hs_policy *p, const struct hs_config *config);
bool hs_list_has(const struct hs_list *l, uint16_t id);
/* The suite, if it is one of ours for this version; or NULL. */
const struct hs_suite *hs_policy_suite(const struct hs_policy *p, uint16_t id,
				       uint16_t version);
bool hs_policy_version(const struct hs_policy *p, uint16_t version);

#endif /* HS_SUITES_H */
