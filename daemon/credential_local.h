/* SPDX-License-Identifier: Apache-2.0 */
/* credential_local: what the files credential*.c share, and nobody else sees. */
#ifndef TLSUP_CREDENTIAL_LOCAL_H
#define TLSUP_CREDENTIAL_LOCAL_H

#include <openssl/x509v3.h>

#include "daemon/credential.h"

#define TLSUP_SCHEMES_MAX	16

struct tlsup_credential {
	const char		*cert_path;	/* while loading only */
	const char		*key_path;
	X509			*certs[HS_CHAIN_MAX];
	unsigned int		lines[HS_CHAIN_MAX];
	size_t			n;
	EVP_PKEY		*key;
	unsigned int		key_line;
	GENERAL_NAMES		*names;		/* of the leaf */
	struct hs_bytes		der[HS_CHAIN_MAX];
	uint16_t		schemes[TLSUP_SCHEMES_MAX];
	uint8_t			*ocsp, *sct;	/* what certificate points to */
	uint64_t		ocsp_until_ms;
	struct hs_certificate	certificate;
	struct hs_certificate	plain;		/* the same without ocsp */
};

#endif
