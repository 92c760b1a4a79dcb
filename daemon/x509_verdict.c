// SPDX-License-Identifier: Apache-2.0
/*
 * x509_verdict: owns what a refusal is called: libcrypto's errors as alert
 * (RFC 8446 6.2), errno of <linux/tlsup.h>, and a sentence.
 */
#include <errno.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "daemon/x509_local.h"

int tlsup_x509_refuse(struct tlsup_verdict *v, int alert, int error,
		      const char *format, ...)
{
	va_list ap;
	char *p;

	v->alert = alert;
	v->error = error;
	va_start(ap, format);
	vsnprintf(v->reason, sizeof(v->reason), format, ap);
	va_end(ap);
	/* Names out of a certificate are the peer's text. */
	for (p = v->reason; *p; p++)
		if (*p < 0x20 || *p > 0x7e)
			*p = '?';
	return alert;
}

uint64_t tlsup_x509_time_ms(const ASN1_TIME *t)
{
	struct tm tm;
	time_t s;

	if (ASN1_TIME_to_tm(t, &tm) != 1)
		return 0;
	s = timegm(&tm);
	return s < 0 ? 0 : (uint64_t)s * 1000;
}

static void date_of(const ASN1_TIME *t, char *out, size_t room)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(t, &tm) != 1 ||
	    !strftime(out, room, "%Y-%m-%d %H:%M:%S UTC", &tm))
		snprintf(out, room, "an unreadable date");
}

const char *tlsup_x509_which(int depth)
{
	return depth == 0 ? "the certificate" : "an issuer's certificate";
}

int tlsup_x509_refuse_name(struct tlsup_verdict *v, X509 *leaf,
			   const char *name)
{
	char names[HS_REASON_MAX];

	tlsup_x509_names(leaf, names, sizeof(names));
	/* The wanted name first: the list may be cut off. */
	return tlsup_x509_refuse(v, HS_ALERT_BAD_CERTIFICATE, EREMCHG,
				 "the certificate is not for %s but for %s",
				 name, names);
}

static int refuse_time(struct tlsup_verdict *v, X509 *cert, int depth,
		       bool expired)
{
	char date[64];

	date_of(expired ? X509_get0_notAfter(cert) : X509_get0_notBefore(cert),
		date, sizeof(date));
	return tlsup_x509_refuse(v, HS_ALERT_CERTIFICATE_EXPIRED, EKEYEXPIRED,
				 expired ? "%s expired on %s" :
					   "%s is not valid before %s",
				 tlsup_x509_which(depth), date);
}

static const struct row {
	int		error;
	uint8_t		alert;
	int		cause;
	bool		which;		/* begins with whose fault it is */
	const char	*text;
} rows[] = {
	{ X509_V_ERR_CERT_REVOKED, HS_ALERT_CERTIFICATE_REVOKED, EKEYREVOKED,
	  true, "has been revoked" },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, HS_ALERT_UNKNOWN_CA,
	  EKEYREJECTED, true, "has no issuer among those sent or trusted" },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, HS_ALERT_UNKNOWN_CA,
	  EKEYREJECTED, true, "has no issuer among those sent or trusted" },
	{ X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, HS_ALERT_UNKNOWN_CA,
	  EKEYREJECTED, true, "has no issuer among those sent or trusted" },
	{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, HS_ALERT_UNKNOWN_CA,
	  EKEYREJECTED, false, "the certificate is self-signed and not trusted" },
	{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, HS_ALERT_UNKNOWN_CA,
	  EKEYREJECTED, false, "the chain ends in a root that is not trusted" },
	{ X509_V_ERR_INVALID_PURPOSE, HS_ALERT_UNSUPPORTED_CERTIFICATE,
	  EKEYREJECTED, true, "may not be used for this side of TLS (key usage)" },
	{ X509_V_ERR_UNABLE_TO_GET_CRL, HS_ALERT_CERTIFICATE_UNKNOWN,
	  EKEYREJECTED, true, "is in the reach of no revocation list" },
	{ X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER, HS_ALERT_CERTIFICATE_UNKNOWN,
	  EKEYREJECTED, true, "is in the reach of no revocation list" },
	{ X509_V_ERR_DIFFERENT_CRL_SCOPE, HS_ALERT_CERTIFICATE_UNKNOWN,
	  EKEYREJECTED, true, "is in the reach of no revocation list" },
	{ X509_V_ERR_CRL_HAS_EXPIRED, HS_ALERT_CERTIFICATE_UNKNOWN,
	  EKEYREJECTED, true, "cannot be judged: its revocation list has expired" },
	{ X509_V_ERR_CRL_NOT_YET_VALID, HS_ALERT_CERTIFICATE_UNKNOWN,
	  EKEYREJECTED, true, "cannot be judged: its revocation list is not valid yet" },
	{ X509_V_ERR_CRL_SIGNATURE_FAILURE, HS_ALERT_CERTIFICATE_UNKNOWN,
	  EKEYREJECTED, true, "cannot be judged: its revocation list has a wrong signature" },
	{ X509_V_ERR_OUT_OF_MEM, HS_ALERT_INTERNAL_ERROR, ECONNABORTED, false,
	  "out of memory" },
};

static bool is_untrusted(int error)
{
	return error == X509_V_ERR_INVALID_CA ||
	       error == X509_V_ERR_PATH_LENGTH_EXCEEDED ||
	       error == X509_V_ERR_CERT_CHAIN_TOO_LONG ||
	       error == X509_V_ERR_CERT_UNTRUSTED ||
	       error == X509_V_ERR_CERT_REJECTED;
}

/* What libcrypto's own words say well enough. */
static int refuse_other(struct tlsup_verdict *v, int error, int depth)
{
	bool untrusted = is_untrusted(error);

	return tlsup_x509_refuse(v, untrusted ? HS_ALERT_UNKNOWN_CA :
						HS_ALERT_BAD_CERTIFICATE,
				 EKEYREJECTED,
				 "the chain is not %s: %s (certificate %d)",
				 untrusted ? "trusted" : "valid",
				 X509_verify_cert_error_string(error),
				 depth + 1);
}

int tlsup_x509_refuse_error(struct tlsup_verdict *v, X509_STORE_CTX *ctx,
			    const char *name)
{
	int error = X509_STORE_CTX_get_error(ctx);
	int depth = X509_STORE_CTX_get_error_depth(ctx);
	X509 *leaf = X509_STORE_CTX_get0_cert(ctx);
	X509 *cert = X509_STORE_CTX_get_current_cert(ctx);
	const struct row *row;

	if (error == X509_V_ERR_HOSTNAME_MISMATCH ||
	    error == X509_V_ERR_IP_ADDRESS_MISMATCH)
		return tlsup_x509_refuse_name(v, leaf, name);
	if (error == X509_V_ERR_CERT_HAS_EXPIRED ||
	    error == X509_V_ERR_CERT_NOT_YET_VALID)
		return refuse_time(v, cert ? cert : leaf, depth,
				   error == X509_V_ERR_CERT_HAS_EXPIRED);
	for (row = rows; row < rows + sizeof(rows) / sizeof(rows[0]); row++)
		if (row->error == error)
			return tlsup_x509_refuse(v, row->alert, row->cause,
						 "%s%s%s",
						 row->which ? tlsup_x509_which(depth) : "",
						 row->which ? " " : "",
						 row->text);
	return refuse_other(v, error, depth);
}
