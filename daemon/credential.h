/* SPDX-License-Identifier: Apache-2.0 */
/* credential: our own certificate chain with its private key. */
#ifndef TLSUP_CREDENTIAL_H
#define TLSUP_CREDENTIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/diag.h"
#include "daemon/engine/hs.h"

struct tlsup_credential;

/*
 * Loads and checks a chain (PEM, leaf first) and its key (PEM; the same path
 * is allowed). NULL after telling d what is wrong, with file and line. What a
 * peer may still accept (expired, readable by others, ...) is a warning.
 */
struct tlsup_credential *tlsup_credential_load(const char *certificate,
					       const char *key,
					       struct tlsup_diag *d);
/* The same for a client's own, of which other things are expected. */
struct tlsup_credential *tlsup_credential_load_client(const char *certificate,
						      const char *key,
						      struct tlsup_diag *d);
void tlsup_credential_free(struct tlsup_credential *credential);

/* For the engine; lives as long as the credential. */
const struct hs_certificate *
tlsup_credential_certificate(const struct tlsup_credential *credential);
/* The same; without the OCSP response once that is out of date. */
const struct hs_certificate *
tlsup_credential_certificate_at(const struct tlsup_credential *credential,
				uint64_t now_ms);

/*
 * What is sent along with the certificate: an OCSP response (DER; one that is not
 * about it, not good or out of date is warned of, and not sent), and a list of
 * timestamps in the form of RFC 6962 3.3. 0, or -1 after telling d.
 */
int tlsup_credential_add_ocsp(struct tlsup_credential *credential,
			      const char *path, struct tlsup_diag *d);
int tlsup_credential_add_sct(struct tlsup_credential *credential,
			     const char *path, struct tlsup_diag *d);

/*
 * The best of n for what a client said (RFC 8446 4.4.2.2): its key can sign by a
 * scheme of the client's; the exact name is better than a wildcard, which is
 * better than none; then a chain whose signatures the client can verify; then an
 * authority that the client named; then the first. NULL: no key fits.
 */
const struct tlsup_credential *
tlsup_credential_select(struct tlsup_credential * const *list, size_t n,
			const struct hs_hello *hello);
/* The same for what a server asked for: one of the authorities that it named, if
 * it named any, or NULL. */
const struct tlsup_credential *
tlsup_credential_select_client(struct tlsup_credential * const *list, size_t n,
			       const struct hs_hello *hello);
/* Is any of them for this name? */
bool tlsup_credential_has_name(struct tlsup_credential * const *list, size_t n,
			       struct hs_bytes name);

#endif
