// SPDX-License-Identifier: Apache-2.0
/*
 * names: owns the text of protocol numbers (IANA "TLS Parameters"), for the
 * log and for the configuration.
 */
#include "daemon/names.h"

#include <stddef.h>
#include <strings.h>

#include "daemon/engine/hs.h"

struct name {
	uint16_t	id;
	const char	*name;
};

static const struct name suites[] = {
	{ 0x1301, "TLS_AES_128_GCM_SHA256" },
	{ 0x1302, "TLS_AES_256_GCM_SHA384" },
	{ 0x1303, "TLS_CHACHA20_POLY1305_SHA256" },
	{ 0, NULL },
};

static const struct name groups[] = {
	{ 0x001d, "x25519" },
	{ 0x0017, "secp256r1" },
	{ 0x0018, "secp384r1" },
	/* The names that openssl(1) users know; after IANA's, so that the log
	 * shows those. */
	{ 0x0017, "P-256" },
	{ 0x0018, "P-384" },
	{ 0, NULL },
};

static const struct name schemes[] = {
	{ 0x0403, "ecdsa_secp256r1_sha256" },
	{ 0x0503, "ecdsa_secp384r1_sha384" },
	{ 0x0603, "ecdsa_secp521r1_sha512" },
	{ 0x0804, "rsa_pss_rsae_sha256" },
	{ 0x0805, "rsa_pss_rsae_sha384" },
	{ 0x0806, "rsa_pss_rsae_sha512" },
	{ 0x0807, "ed25519" },
	{ 0x0808, "ed448" },
	{ 0x0809, "rsa_pss_pss_sha256" },
	{ 0x080a, "rsa_pss_pss_sha384" },
	{ 0x080b, "rsa_pss_pss_sha512" },
	{ 0, NULL },
};

static const struct name versions[] = {
	{ 0x0303, "TLS 1.2" },
	{ 0x0304, "TLS 1.3" },
	{ 0, NULL },
};

static const struct name alerts[] = {
	{ HS_ALERT_CLOSE_NOTIFY, "close_notify" },
	{ HS_ALERT_UNEXPECTED_MESSAGE, "unexpected_message" },
	{ HS_ALERT_BAD_RECORD_MAC, "bad_record_mac" },
	{ HS_ALERT_RECORD_OVERFLOW, "record_overflow" },
	{ HS_ALERT_HANDSHAKE_FAILURE, "handshake_failure" },
	{ HS_ALERT_BAD_CERTIFICATE, "bad_certificate" },
	{ HS_ALERT_UNSUPPORTED_CERTIFICATE, "unsupported_certificate" },
	{ HS_ALERT_CERTIFICATE_REVOKED, "certificate_revoked" },
	{ HS_ALERT_CERTIFICATE_EXPIRED, "certificate_expired" },
	{ HS_ALERT_CERTIFICATE_UNKNOWN, "certificate_unknown" },
	{ HS_ALERT_ILLEGAL_PARAMETER, "illegal_parameter" },
	{ HS_ALERT_UNKNOWN_CA, "unknown_ca" },
	{ HS_ALERT_ACCESS_DENIED, "access_denied" },
	{ HS_ALERT_DECODE_ERROR, "decode_error" },
	{ HS_ALERT_DECRYPT_ERROR, "decrypt_error" },
	{ HS_ALERT_PROTOCOL_VERSION, "protocol_version" },
	{ HS_ALERT_INSUFFICIENT_SECURITY, "insufficient_security" },
	{ HS_ALERT_INTERNAL_ERROR, "internal_error" },
	{ HS_ALERT_INAPPROPRIATE_FALLBACK, "inappropriate_fallback" },
	{ HS_ALERT_USER_CANCELED, "user_canceled" },
	{ HS_ALERT_NO_RENEGOTIATION, "no_renegotiation" },
	{ HS_ALERT_MISSING_EXTENSION, "missing_extension" },
	{ HS_ALERT_UNSUPPORTED_EXTENSION, "unsupported_extension" },
	{ HS_ALERT_UNRECOGNIZED_NAME, "unrecognized_name" },
	{ HS_ALERT_BAD_CERTIFICATE_STATUS_RESPONSE,
	  "bad_certificate_status_response" },
	{ HS_ALERT_UNKNOWN_PSK_IDENTITY, "unknown_psk_identity" },
	{ HS_ALERT_CERTIFICATE_REQUIRED, "certificate_required" },
	{ HS_ALERT_NO_APPLICATION_PROTOCOL, "no_application_protocol" },
	{ 0, NULL },
};

static const char *name_of(const struct name *table, uint16_t id)
{
	for (; table->name; table++)
		if (table->id == id)
			return table->name;
	return "unknown";
}

static bool id_of(const struct name *table, const char *name, uint16_t *id)
{
	for (; table->name; table++) {
		if (strcasecmp(table->name, name) == 0) {
			*id = table->id;
			return true;
		}
	}
	return false;
}

const char *tlsup_suite_name(uint16_t id)
{
	return name_of(suites, id);
}

const char *tlsup_group_name(uint16_t id)
{
	return name_of(groups, id);
}

const char *tlsup_scheme_name(uint16_t id)
{
	return name_of(schemes, id);
}

const char *tlsup_version_name(uint16_t id)
{
	return name_of(versions, id);
}

const char *tlsup_alert_name(uint8_t id)
{
	return name_of(alerts, id);
}

bool tlsup_suite_by_name(const char *name, uint16_t *id)
{
	return id_of(suites, name, id);
}

bool tlsup_group_by_name(const char *name, uint16_t *id)
{
	return id_of(groups, name, id);
}
