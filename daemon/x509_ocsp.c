// SPDX-License-Identifier: Apache-2.0
/*
 * x509_ocsp: owns stapled OCSP responses (RFC 6960): whether one is about this
 * certificate, signed by who may, in time, and what it says.
 */
#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "daemon/x509_local.h"

/* Clocks differ. */
#define SKEW_MS		(5 * 60 * 1000)
/* Without nextUpdate there is newer information all the time. */
#define NO_NEXT_MAX_MS	(24 * 3600 * 1000)
/* RFC 7633 4: the feature is named by its TLS extension. */
#define FEATURE_STATUS_REQUEST	5
/* Certificates of a response that are looked at: each may cost a signature, and
 * a peer could send hundreds. */
#define SIGNERS_MAX	8

/* --- Who signed --- */

static bool is_in_time(X509 *cert, uint64_t now_ms)
{
	return tlsup_x509_time_ms(X509_get0_notBefore(cert)) <= now_ms &&
	       tlsup_x509_time_ms(X509_get0_notAfter(cert)) >= now_ms;
}

/* RFC 6960 4.2.2.2: issued by the very authority, for this purpose. */
static bool may_answer(X509 *signer, X509 *issuer, uint64_t now_ms)
{
	EVP_PKEY *key = X509_get0_pubkey(issuer);

	return X509_check_issued(issuer, signer) == X509_V_OK && key &&
	       X509_verify(signer, key) == 1 &&
	       (X509_get_extension_flags(signer) & EXFLAG_XKUSAGE) &&
	       (X509_get_extended_key_usage(signer) & XKU_OCSP_SIGN) &&
	       is_in_time(signer, now_ms);
}

static bool signed_by(OCSP_BASICRESP *basic, X509 *signer)
{
	STACK_OF(X509) *one = sk_X509_new_null();
	bool good;

	good = one && sk_X509_push(one, signer) &&
	       OCSP_basic_verify(basic, one, NULL,
				 OCSP_NOVERIFY | OCSP_NOINTERN) == 1;
	sk_X509_free(one);
	ERR_clear_error();
	return good;
}

/* What libcrypto checks in chains by its level: no SHA-1, no MD5. */
static bool is_strong(const OCSP_BASICRESP *basic)
{
	const ASN1_OBJECT *algorithm;
	int digest = NID_undef;

	X509_ALGOR_get0(&algorithm, NULL, NULL,
			OCSP_resp_get0_tbs_sigalg(basic));
	OBJ_find_sigid_algs(OBJ_obj2nid(algorithm), &digest, NULL);
	return digest != NID_sha1 && digest != NID_md5;
}

static bool is_signed(OCSP_BASICRESP *basic, X509 *issuer, uint64_t now_ms)
{
	const STACK_OF(X509) *sent = OCSP_resp_get0_certs(basic);
	int i;

	if (!is_strong(basic))
		return false;
	if (signed_by(basic, issuer))
		return true;
	for (i = 0; i < sk_X509_num(sent) && i < SIGNERS_MAX; i++) {
		X509 *signer = sk_X509_value(sent, i);

		if (may_answer(signer, issuer, now_ms) &&
		    signed_by(basic, signer))
			return true;
	}
	return false;
}

/* --- What it says --- */

static bool is_about(OCSP_SINGLERESP *single, X509 *leaf, X509 *issuer)
{
	OCSP_CERTID *theirs = (void *)OCSP_SINGLERESP_get0_id(single), *mine;
	const EVP_MD *md;
	ASN1_OBJECT *oid;
	bool same;

	OCSP_id_get0_info(NULL, &oid, NULL, NULL, theirs);
	md = EVP_get_digestbyobj(oid);
	mine = md ? OCSP_cert_to_id(md, leaf, issuer) : NULL;
	same = mine && OCSP_id_cmp(mine, theirs) == 0;
	OCSP_CERTID_free(mine);
	return same;
}

static OCSP_SINGLERESP *find_single(OCSP_BASICRESP *basic, X509 *leaf,
				    X509 *issuer)
{
	int i;

	for (i = 0; i < OCSP_resp_count(basic); i++) {
		OCSP_SINGLERESP *single = OCSP_resp_get0(basic, i);

		if (is_about(single, leaf, issuer))
			return single;
	}
	return NULL;
}

/* NULL if it is of now; *until_ms: until when it will be. */
static const char *time_problem(const ASN1_TIME *this_update,
				const ASN1_TIME *next_update, uint64_t now_ms,
				uint64_t *until_ms)
{
	uint64_t from = tlsup_x509_time_ms(this_update);

	*until_ms = next_update ? tlsup_x509_time_ms(next_update) :
				  from + NO_NEXT_MAX_MS;
	if (!from || from > now_ms + SKEW_MS)
		return "is not valid yet";
	if (*until_ms + SKEW_MS < now_ms)
		return "is out of date";
	return NULL;
}

static const char *judge_basic(OCSP_BASICRESP *basic, X509 *leaf, X509 *issuer,
			       uint64_t now_ms, struct tlsup_ocsp_says *says)
{
	ASN1_GENERALIZEDTIME *this_update = NULL, *next_update = NULL;
	OCSP_SINGLERESP *single = find_single(basic, leaf, issuer);
	const char *problem;
	int status;

	if (!single)
		return "is about another certificate";
	if (!is_signed(basic, issuer, now_ms))
		return "is not signed by who may";
	status = OCSP_single_get0_status(single, NULL, NULL, &this_update,
					 &next_update);
	problem = time_problem(this_update, next_update, now_ms,
			       &says->until_ms);
	if (problem)
		return problem;
	says->revoked = status == V_OCSP_CERTSTATUS_REVOKED;
	return status == V_OCSP_CERTSTATUS_UNKNOWN ?
	       "says that the authority does not know the certificate" : NULL;
}

const char *tlsup_x509_judge_ocsp(struct hs_bytes der, X509 *leaf,
				  X509 *issuer, uint64_t now_ms,
				  struct tlsup_ocsp_says *says)
{
	const unsigned char *p = der.data;
	OCSP_BASICRESP *basic = NULL;
	const char *problem = NULL;
	OCSP_RESPONSE *response;

	memset(says, 0, sizeof(*says));
	response = der.len <= LONG_MAX ?
		   d2i_OCSP_RESPONSE(NULL, &p, der.len) : NULL;
	if (!response || p != der.data + der.len)
		problem = "is not valid DER";
	else if (OCSP_response_status(response) !=
		 OCSP_RESPONSE_STATUS_SUCCESSFUL)
		problem = "says that the responder failed";
	else
		basic = OCSP_response_get1_basic(response);
	if (!problem && !basic)
		problem = "is of an unknown kind";
	if (!problem)
		problem = judge_basic(basic, leaf, issuer, now_ms, says);
	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(response);
	ERR_clear_error();
	return problem;
}

/* --- What follows from it --- */

bool tlsup_x509_must_staple(X509 *leaf)
{
	TLS_FEATURE *features;
	bool must = false;
	int i;

	features = X509_get_ext_d2i(leaf, NID_tlsfeature, NULL, NULL);
	for (i = 0; i < sk_ASN1_INTEGER_num(features); i++)
		must |= ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features, i)) ==
			FEATURE_STATUS_REQUEST;
	TLS_FEATURE_free(features);
	return must;
}

int tlsup_x509_check_ocsp(const struct tlsup_verify *how,
			  STACK_OF(X509) *chain, struct tlsup_verdict *v)
{
	X509 *leaf = sk_X509_value(chain, 0);
	X509 *issuer = sk_X509_value(chain, sk_X509_num(chain) > 1);
	bool required = how->ocsp_policy == TLSUP_OCSP_REQUIRE;
	const char *problem = "is missing";
	struct tlsup_ocsp_says says;

	if (how->ocsp_policy == TLSUP_OCSP_NO)
		return 0;
	if (how->ocsp.len)
		problem = tlsup_x509_judge_ocsp(how->ocsp, leaf, issuer,
						how->now_ms, &says);
	if (!problem && says.revoked)
		return tlsup_x509_refuse(v, HS_ALERT_CERTIFICATE_REVOKED,
					 EKEYREVOKED,
					 "the certificate has been revoked, says its OCSP response");
	if (!problem && required && says.until_ms < v->not_after_ms)
		v->not_after_ms = says.until_ms;
	if (!problem || (!required && !tlsup_x509_must_staple(leaf)))
		return 0;
	return tlsup_x509_refuse(v, HS_ALERT_BAD_CERTIFICATE_STATUS_RESPONSE,
				 EKEYREJECTED,
				 "the OCSP response %s, and %s", problem,
				 required ? "the profile requires one" :
					    "the certificate requires one");
}
