/* SPDX-License-Identifier: Apache-2.0 */
/* credential: our own certificate chain with its private key. */
#ifndef TLSUP_CREDENTIAL_H
#define TLSUP_CREDENTIAL_H

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
void tlsup_credential_free(struct tlsup_credential *credential);

/* For the engine; lives as long as the credential. */
const struct hs_certificate *
tlsup_credential_certificate(const struct tlsup_credential *credential);

/*
 * The best of n for what the client said (RFC 8446 4.4.2.2): its key can sign
 * by a scheme of the client's, and the exact name is better than a wildcard,
 * which is better than the first of the list. NULL: no key fits.
 */
const struct tlsup_credential *
tlsup_credential_select(struct tlsup_credential * const *list, size_t n,
			const struct hs_hello *hello);

#endif
