/* SPDX-License-Identifier: Apache-2.0 */
/* x509_local: what the files x509*.c share, and nobody else sees. */
#ifndef TLSUP_X509_LOCAL_H
#define TLSUP_X509_LOCAL_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <stdatomic.h>

#include "daemon/x509.h"

/* Read-only once it is filled. */
struct tlsup_trust {
	atomic_uint		refs;
	X509_STORE		*store;
	EVP_MD_CTX		*digest;	/* running, over what was added */
	bool			usable;

	uint8_t			pins[TLSUP_PINS_MAX][TLSUP_PIN];
	size_t			pins_n;
	bool			pins_alone;

	STACK_OF(X509_CRL)	*crls;		/* NULL: none are asked for */
	bool			crls_leaf_only;
};

/* x509_verdict.c. Fills v; returns its alert. */
__attribute__((format(printf, 4, 5)))
int tlsup_x509_refuse(struct tlsup_verdict *v, int alert, int error,
		      const char *format, ...);
/* "the certificate", or an issuer's. */
const char *tlsup_x509_which(int depth);
/* ... for a name that the leaf is not for, and for an error of libcrypto's. */
int tlsup_x509_refuse_name(struct tlsup_verdict *v, X509 *leaf,
			   const char *name);
int tlsup_x509_refuse_error(struct tlsup_verdict *v, X509_STORE_CTX *ctx,
			    const char *name);
/* Since the epoch; 0 for what is no date, or before. */
uint64_t tlsup_x509_time_ms(const ASN1_TIME *t);

/* x509_name.c. The names that a certificate is for, as a list in words. */
void tlsup_x509_names(X509 *cert, char *out, size_t room);
/* Are the names of the chain's certificates, and what constrains them, text?
 * Returns v->alert. */
int tlsup_x509_check_text(struct stack_st_X509 *chain, struct tlsup_verdict *v);
/* Is one of the n URIs the leaf's? */
bool tlsup_x509_has_uri(X509 *leaf, const char * const *uris, size_t n);
/* Tells libcrypto which DNS name or address to check. */
bool tlsup_x509_set_name(X509_VERIFY_PARAM *param, const char *name);

/* x509_pin.c */
bool tlsup_x509_is_pinned(const struct tlsup_trust *trust, X509 *cert);
/* Is a key of the chain among the pins? True without pins. */
bool tlsup_x509_has_pin(const struct tlsup_trust *trust,
			struct stack_st_X509 *chain);

/* x509_ocsp.c: what a response says of leaf; NULL, or what is wrong with the
 * response, to go on from "the OCSP response ". */
struct tlsup_ocsp_says {
	bool		revoked;
	uint64_t	until_ms;
};
const char *tlsup_x509_judge_ocsp(struct hs_bytes der, X509 *leaf,
				  X509 *issuer, uint64_t now_ms,
				  struct tlsup_ocsp_says *says);
/* Does the certificate say that it comes with a response (RFC 7633)? */
bool tlsup_x509_must_staple(X509 *leaf);
/* What follows from the response, or its absence, for a chain that is good.
 * Returns v->alert. */
int tlsup_x509_check_ocsp(const struct tlsup_verify *how,
			  struct stack_st_X509 *chain, struct tlsup_verdict *v);

#endif
