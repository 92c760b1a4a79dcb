/* SPDX-License-Identifier: Apache-2.0 */
/* crypto_cert: certificates as libcrypto sees them, decoded once. */
#ifndef TLSUP_CRYPTO_CERT_H
#define TLSUP_CRYPTO_CERT_H

#include "daemon/engine/hs.h"

/* An X509 of these bytes, a reference for the caller (X509_free); NULL if they
 * are not exactly one certificate. It may be shared with other threads: to be
 * read alone. Safe for many threads. */
void *tlsup_cert_decode(struct hs_bytes der);

/* Nothing is kept any more. */
void tlsup_cert_forget(void);

#endif
