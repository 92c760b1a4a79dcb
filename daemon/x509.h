/* SPDX-License-Identifier: Apache-2.0 */
/* x509: whom to trust, and is this chain trusted for this peer. */
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
int tlsup_trust_add_path(struct tlsup_trust *trust, const char *path,
			 struct tlsup_diag *d);
/* Is there anything in it? */
bool tlsup_trust_usable(const struct tlsup_trust *trust);
/* SHA-256 over the anchors in the order they were added: two sets with the
 * same digest trust the same. */
void tlsup_trust_digest(const struct tlsup_trust *trust, uint8_t digest[32]);

struct tlsup_verify {
	enum hs_role	peer;		/* decides the purpose: a server's
					 * certificate, or a client's */
	const char	*name;		/* DNS name or address in text; NULL:
					 * any name will do */
	uint64_t	now_ms;
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

/* Is this an IPv4 or IPv6 address in text? Such a name is not sent as SNI. */
bool tlsup_name_is_address(const char *name);

#endif
