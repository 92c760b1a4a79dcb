/* SPDX-License-Identifier: Apache-2.0 */
/* x509: whom to trust, and is this chain trusted for this peer; all that others
 * see of the files x509*.c. */
#ifndef TLSUP_X509_H
#define TLSUP_X509_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/diag.h"
#include "daemon/engine/hs.h"

/* A set of trust anchors. Read-only once filled, then shared by threads. */
struct tlsup_trust;

struct tlsup_trust *tlsup_trust_new(void);
/* References: a set may be shared by profiles. */
struct tlsup_trust *tlsup_trust_get(struct tlsup_trust *trust);
void tlsup_trust_put(struct tlsup_trust *trust);
/* Each returns 0, or -1 after telling d. A directory gives every *.pem, *.crt
 * and *.cer in it. The system's anchors may be none: that is a warning. */
int tlsup_trust_add_system(struct tlsup_trust *trust, const char *file,
			   unsigned int line, struct tlsup_diag *d);
/* Where those are: a file and a directory, which may both be missing. */
void tlsup_trust_system_paths(const char **file, const char **directory);
int tlsup_trust_add_path(struct tlsup_trust *trust, const char *path,
			 struct tlsup_diag *d);

/* Pinned keys: SHA-256 of a SubjectPublicKeyInfo. With pins a chain has to have
 * one of them, besides being good; false: there are too many. */
#define TLSUP_PIN	32
#define TLSUP_PINS_MAX	32
bool tlsup_pin_parse(const char *text, uint8_t pin[TLSUP_PIN]);
bool tlsup_trust_add_pin(struct tlsup_trust *trust,
			 const uint8_t pin[TLSUP_PIN]);
/* ... or instead: a peer whose own key is pinned needs no authority. */
void tlsup_trust_set_pins_alone(struct tlsup_trust *trust);

/* Revocation lists, from a file or of a directory's *.crl and *.pem: each
 * certificate of a chain below its anchor, or the leaf alone, must then be under
 * one that has not expired. 0, or -1 after telling d. */
int tlsup_trust_add_crls(struct tlsup_trust *trust, const char *path,
			 struct tlsup_diag *d);
void tlsup_trust_set_crls_leaf_only(struct tlsup_trust *trust);

/* The anchors' names as certificate_authorities has them (RFC 8446 4.2.4), for
 * the caller to free; false: no memory, or longer than the extension can be. The
 * system's are not among them. */
bool tlsup_trust_names(const struct tlsup_trust *trust, struct hs_bytes *names);

/* Is there anything in it? */
bool tlsup_trust_usable(const struct tlsup_trust *trust);
/* SHA-256 over all of it in the order it was added: two sets with the same
 * digest trust the same. */
void tlsup_trust_digest(const struct tlsup_trust *trust, uint8_t digest[32]);

/* What is asked of a peer's stapled OCSP response (RFC 6066 8): nothing; that it
 * does not say "revoked"; that it is there, and says "good". A certificate that
 * says so itself (RFC 7633) makes REQUIRE of REQUEST. */
enum tlsup_ocsp { TLSUP_OCSP_NO, TLSUP_OCSP_REQUEST, TLSUP_OCSP_REQUIRE };

struct tlsup_verify {
	enum hs_role	peer;		/* decides the purpose: a server's
					 * certificate, or a client's */
	const char	*name;		/* DNS name, address in text, or URI;
					 * NULL: any name will do */
	const char * const *uris;	/* if there are any: one of them, and not
					 * the name. The end "/" "*" is all below */
	size_t		uris_n;
	uint64_t	now_ms;
	struct hs_bytes	ocsp;		/* the response; empty: there is none */
	enum tlsup_ocsp	ocsp_policy;
	bool		lax;		/* accept what RFC 5280 says a CA should
					 * not have issued */
};

struct tlsup_verdict {
	int		alert;		/* 0: trusted */
	int		error;		/* positive errno of <linux/tlsup.h> */
	uint64_t	not_after_ms;	/* trusted: until here, of all the chain */
	char		reason[HS_REASON_MAX];
};

/*
 * Chain, time, purpose and name, by libcrypto with its strict checks. chain is
 * DER as the peer sent it, leaf first. Returns verdict->alert.
 */
int tlsup_x509_verify(const struct tlsup_trust *trust,
		      const struct tlsup_verify *how,
		      const struct hs_bytes *chain, size_t n,
		      struct tlsup_verdict *verdict);

/* NULL, or why nobody can be verified by this name, in a sentence. */
const char *tlsup_name_problem(const char *name);
/* "scheme://..." */
bool tlsup_name_is_uri(const char *name);
/* Is this an IPv4 or IPv6 address in text? Such a name is not sent as SNI. */
bool tlsup_name_is_address(const char *name);

#endif
