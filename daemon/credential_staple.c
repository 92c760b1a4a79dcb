// SPDX-License-Identifier: Apache-2.0
/*
 * credential_staple: owns what is sent along with our certificate: an OCSP
 * response (RFC 6066 8) and a list of timestamps (RFC 6962 3.3), from files.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/credential_local.h"
#include "daemon/pem.h"
#include "daemon/x509_local.h"

/* What a TLS extension, and a message of ours, hold. */
#define STAPLE_MAX	16384

static uint8_t *read_binary(const char *path, size_t *len, struct tlsup_diag *d)
{
	struct tlsup_pem file;
	uint8_t *copy = NULL;

	if (tlsup_pem_open(&file, path, d) < 0)
		return NULL;
	*len = file.len;
	if (!file.len || file.len > STAPLE_MAX) {
		tlsup_diag_error(d, path, 0, "has %zu bytes, not 1 to %d",
				 file.len, STAPLE_MAX);
	} else {
		copy = malloc(file.len);
		if (copy)
			memcpy(copy, file.text, file.len);
		else
			tlsup_diag_error(d, path, 0, "out of memory");
	}
	tlsup_pem_close(&file);
	return copy;
}

/* The response of a day that is over must not keep a server from starting;
 * but it is not sent, and it is said. */
static void take_response(struct tlsup_credential *c, const char *path,
			  struct hs_bytes der, struct tlsup_diag *d)
{
	struct tlsup_ocsp_says says;
	const char *problem;

	problem = tlsup_x509_judge_ocsp(der, c->certs[0],
					c->certs[c->n > 1 ? 1 : 0],
					time(NULL) * 1000ull, &says);
	if (c->n == 1)
		problem = "cannot be checked: the chain has no issuer";
	if (problem) {
		tlsup_diag_warning(d, path, 0,
				   "is not sent: the OCSP response %s",
				   problem);
		return;
	}
	if (says.revoked)
		tlsup_diag_warning(d, path, 0,
				   "says that the certificate has been revoked");
	c->certificate.ocsp = der;
	c->ocsp_until_ms = says.until_ms;
}

const struct hs_certificate *
tlsup_credential_certificate_at(const struct tlsup_credential *c,
				uint64_t now_ms)
{
	return now_ms < c->ocsp_until_ms ? &c->certificate : &c->plain;
}

int tlsup_credential_add_ocsp(struct tlsup_credential *c, const char *path,
			      struct tlsup_diag *d)
{
	size_t len;

	c->ocsp = read_binary(path, &len, d);
	if (!c->ocsp)
		return -1;
	take_response(c, path, (struct hs_bytes){ c->ocsp, len }, d);
	return 0;
}

/* opaque SerializedSCT<1..2^16-1>; SerializedSCT sct_list<1..2^16-1>; */
static bool is_sct_list(const uint8_t *p, size_t len)
{
	size_t n;

	if (len < 2 || (size_t)(p[0] << 8 | p[1]) != len - 2)
		return false;
	for (p += 2, len -= 2; len >= 2; p += 2 + n, len -= 2 + n) {
		n = p[0] << 8 | p[1];
		if (!n || n > len - 2)
			return false;
		if (n == len - 2)
			return true;
	}
	return false;
}

int tlsup_credential_add_sct(struct tlsup_credential *c, const char *path,
			     struct tlsup_diag *d)
{
	size_t len;

	c->sct = read_binary(path, &len, d);
	if (!c->sct)
		return -1;
	if (!is_sct_list(c->sct, len)) {
		tlsup_diag_error(d, path, 0,
				 "not a SignedCertificateTimestampList (RFC 6962 3.3)");
		return -1;
	}
	c->certificate.sct = (struct hs_bytes){ c->sct, len };
	c->plain.sct = c->certificate.sct;
	return 0;
}
