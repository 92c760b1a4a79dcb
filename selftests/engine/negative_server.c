// SPDX-License-Identifier: Apache-2.0
/* What a server refuses in a ClientHello, each with the alert that RFC 8446
 * names, and what it must not refuse. */
#include "daemon/engine/ext.h"
#include "edit.h"
#include "tap.h"

#define CH HS_MT_CLIENT_HELLO
#define N(a) (sizeof(a) / sizeof((a)[0]))

static const struct edit fields[] = {
	{ "legacy_version 0x0300", "D.5", CH, EDIT_SET, 4, B("\3\0"),
	  HS_ALERT_PROTOCOL_VERSION, 0, 0 },
	{ "legacy_version 0x0200", "D.5", CH, EDIT_SET, 4, B("\2\0"),
	  HS_ALERT_PROTOCOL_VERSION, 0, 0 },
	{ "session ID of 33 bytes", "4.1.2", CH, EDIT_SESSION_ID, 0,
	  B("123456789012345678901234567890123"), HS_ALERT_DECODE_ERROR, 0, 0 },
	{ "no cipher suite", "4.1.2", CH, EDIT_SUITES, 0, B(""),
	  HS_ALERT_DECODE_ERROR, 0, 0 },
	{ "half a cipher suite", "4.1.2", CH, EDIT_SUITES, 0, B("\x13\1\x13"),
	  HS_ALERT_DECODE_ERROR, 0, 0 },
	{ "unknown cipher suites", "4.1.1", CH, EDIT_SUITES, 0,
	  B("\x13\4\xc0\x2f"), HS_ALERT_HANDSHAKE_FAILURE, 0, 0 },
	{ "no compression method", "4.1.2", CH, EDIT_COMPRESSION, 0, B(""),
	  HS_ALERT_DECODE_ERROR, 0, 0 },
	{ "compression method 1", "4.1.2", CH, EDIT_COMPRESSION, 0, B("\1"),
	  HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	{ "compression methods 0 and 1", "4.1.2", CH, EDIT_COMPRESSION, 0,
	  B("\0\1"), HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	{ "bytes after the extensions", "4", CH, EDIT_TAIL, 0, B("\0"),
	  HS_ALERT_DECODE_ERROR, 0, 0 },
	{ "a byte too few", "4", CH, EDIT_CUT, 1, B(""), HS_ALERT_DECODE_ERROR,
	  0, 0 },
	{ "an empty body", "4", CH, EDIT_BODY, 0, B(""), HS_ALERT_DECODE_ERROR,
	  0, 0 },
	{ "an extension longer than the block", "4.2", CH, EDIT_SET, 85,
	  B("\xff\xff"), HS_ALERT_DECODE_ERROR, 0, 0 },
	{ "signature_algorithms twice", "4.2", CH, EDIT_DUP,
	  HS_EXT_SIGNATURE_ALGORITHMS, B(""), HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	{ "key_share twice", "4.2", CH, EDIT_DUP, HS_EXT_KEY_SHARE, B(""),
	  HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	{ "oid_filters in a ClientHello", "4.2.5", CH, EDIT_EXT, 48, B("\0\0"),
	  HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	{ "no supported_versions", "4.2.1", CH, EDIT_NO_EXT,
	  HS_EXT_SUPPORTED_VERSIONS, B(""), HS_ALERT_PROTOCOL_VERSION, 0, 0 },
	{ "TLS 1.2 alone", "4.2.1", CH, EDIT_EXT, HS_EXT_SUPPORTED_VERSIONS,
	  B("\2\3\3"), HS_ALERT_PROTOCOL_VERSION, 0, 0 },
	{ "no version in the list", "4.2.1", CH, EDIT_EXT,
	  HS_EXT_SUPPORTED_VERSIONS, B("\0"), HS_ALERT_DECODE_ERROR, 0, 0 },
	{ "half a version", "4.2.1", CH, EDIT_EXT, HS_EXT_SUPPORTED_VERSIONS,
	  B("\3\3\4\3"), HS_ALERT_DECODE_ERROR, 0, 0 },
	{ "no signature_algorithms", "9.2", CH, EDIT_NO_EXT,
	  HS_EXT_SIGNATURE_ALGORITHMS, B(""), HS_ALERT_MISSING_EXTENSION, 0, 0 },
	{ "no supported_groups", "9.2", CH, EDIT_NO_EXT, HS_EXT_SUPPORTED_GROUPS,
	  B(""), HS_ALERT_MISSING_EXTENSION, 0, 0 },
	{ "no key_share", "9.2", CH, EDIT_NO_EXT, HS_EXT_KEY_SHARE, B(""),
	  HS_ALERT_MISSING_EXTENSION, 0, 0 },
	{ "neither supported_groups nor key_share", "9.2", CH, EDIT_NO_EXT,
	  HS_EXT_SUPPORTED_GROUPS << 16 | HS_EXT_KEY_SHARE, B(""),
	  HS_ALERT_MISSING_EXTENSION, 0, 0 },
	{ "no supported_groups, but a PSK", "9.2", CH, EDIT_NO_EXT,
	  HS_EXT_SUPPORTED_GROUPS, B(""), HS_ALERT_MISSING_EXTENSION,
	  EDIT_RESUME, 0 },
	{ "neither of the two, but a PSK: psk_ke is not spoken", "4.2.9", CH,
	  EDIT_NO_EXT, HS_EXT_SUPPORTED_GROUPS << 16 | HS_EXT_KEY_SHARE, B(""),
	  HS_ALERT_HANDSHAKE_FAILURE, EDIT_RESUME, 0 },
	{ "a PSK that is not taken, and no signature_algorithms", "4.2.3", CH,
	  EDIT_NO_EXT, HS_EXT_SIGNATURE_ALGORITHMS, B(""),
	  HS_ALERT_MISSING_EXTENSION, EDIT_RESUME | EDIT_SHA384, 0 },
	{ "no group in common", "4.1.1", CH, EDIT_EXT, HS_EXT_SUPPORTED_GROUPS,
	  B("\0\4\0\x18\0\x1d"), HS_ALERT_HANDSHAKE_FAILURE,
	  EDIT_RETRY, 0 },
	{ "an empty list of schemes", "4.2.3", CH, EDIT_EXT,
	  HS_EXT_SIGNATURE_ALGORITHMS, B("\0\0"), HS_ALERT_DECODE_ERROR, 0, 0 },
	{ "schemes that nobody has", "4.2.3", CH, EDIT_EXT,
	  HS_EXT_SIGNATURE_ALGORITHMS, B("\0\2\2\1"),
	  HS_ALERT_HANDSHAKE_FAILURE, 0, 0 },
	{ "RSASSA-PKCS1-v1_5 alone", "4.2.3", CH, EDIT_EXT,
	  HS_EXT_SIGNATURE_ALGORITHMS, B("\0\2\4\1"),
	  HS_ALERT_HANDSHAKE_FAILURE, 0, 0 },
	{ "an empty list of groups", "4.2.7", CH, EDIT_EXT,
	  HS_EXT_SUPPORTED_GROUPS, B("\0\0"), HS_ALERT_DECODE_ERROR, 0, 0 },
	{ "half a group", "4.2.7", CH, EDIT_EXT, HS_EXT_SUPPORTED_GROUPS,
	  B("\0\3\0\x1d\0"), HS_ALERT_DECODE_ERROR, 0, 0 },
	{ "half a scheme", "4.2.3", CH, EDIT_EXT, HS_EXT_SIGNATURE_ALGORITHMS,
	  B("\0\3\4\3\4"), HS_ALERT_DECODE_ERROR, 0, 0 },
	{ "half a scheme for certificates", "4.2.3", CH, EDIT_EXT,
	  HS_EXT_SIGNATURE_ALGORITHMS_CERT, B("\0\3\4\3\4"),
	  HS_ALERT_DECODE_ERROR, 0, 0 },
	{ "a cookie that nobody sent", "4.2.2", CH, EDIT_EXT, HS_EXT_COOKIE,
	  B("\0\1c"), HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	{ "early_data with a body", "4.2.10", CH, EDIT_EXT, HS_EXT_EARLY_DATA,
	  B("\0"), HS_ALERT_DECODE_ERROR, 0, 0 },
};

#define X25519_ZERO "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
/* Of small order, RFC 7748 6.1: 1, the order-8 point of twisted curves, p. */
#define X25519_ONE "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define X25519_EIGHT "\xe0\xeb\x7a\x7c\x3b\x41\xb8\xae\x16\x56\xe3\xfa\xf1\x9f\xc4\x6a\xda\x09\x8d\xeb\x9c\x32\xb1\xfd\x86\x62\x05\x16\x5f\x49\xb8\x00"
#define X25519_P "\xed\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"
/* A good one: the base point. */
#define X25519_NINE "\x09\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define ZERO32 X25519_ZERO
/* secp256r1's generator, and its y. */
#define P256_GX "\x6b\x17\xd1\xf2\xe1\x2c\x42\x47\xf8\xbc\xe6\xe5\x63\xa4\x40\xf2\x77\x03\x7d\x81\x2d\xeb\x33\xa0\xf4\xa1\x39\x45\xd8\x98\xc2\x96"
#define P256_P "\xff\xff\xff\xff\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"

#define SHARE(what, section, body, alert) \
	{ what, section, CH, EDIT_EXT, HS_EXT_KEY_SHARE, B(body), alert, 0, 0 }
#define SHARE_P256(what, section, body) \
	{ what, section, CH, EDIT_EXT, HS_EXT_KEY_SHARE, \
	  B("\0\x45\0\x17\0\x41" body), HS_ALERT_ILLEGAL_PARAMETER, EDIT_P256, 0 }

static const struct edit shares[] = {
	SHARE("a share of nothing", "4.2.8", "\0\4\0\x1d\0\0",
	      HS_ALERT_DECODE_ERROR),
	SHARE("a list longer than the extension", "4.2.8", "\0\7\0\x1d\0\1x",
	      HS_ALERT_DECODE_ERROR),
	SHARE("a share for a group that was not offered", "4.2.8",
	      "\0\x29\0\x18\0\1x\0\x1d\0\x20" X25519_NINE,
	      HS_ALERT_ILLEGAL_PARAMETER),
	SHARE("two shares for a group", "4.2.8",
	      "\0\x48\0\x1d\0\x20" X25519_NINE "\0\x1d\0\x20" X25519_NINE,
	      HS_ALERT_ILLEGAL_PARAMETER),
	SHARE("shares in another order than groups", "4.2.8",
	      "\0\x29\0\x17\0\1x\0\x1d\0\x20" X25519_NINE,
	      HS_ALERT_ILLEGAL_PARAMETER),
	SHARE("an x25519 share of 31 bytes", "4.2.8.2",
	      "\0\x23\0\x1d\0\x1fx123456789012345678901234567890",
	      HS_ALERT_ILLEGAL_PARAMETER),
	SHARE("an x25519 share of 33 bytes", "4.2.8.2",
	      "\0\x25\0\x1d\0\x21x12345678901234567890123456789012",
	      HS_ALERT_ILLEGAL_PARAMETER),
	SHARE("x25519: 0", "7.4.2", "\0\x24\0\x1d\0\x20" X25519_ZERO,
	      HS_ALERT_ILLEGAL_PARAMETER),
	SHARE("x25519: 1", "7.4.2", "\0\x24\0\x1d\0\x20" X25519_ONE,
	      HS_ALERT_ILLEGAL_PARAMETER),
	SHARE("x25519: order 8", "7.4.2", "\0\x24\0\x1d\0\x20" X25519_EIGHT,
	      HS_ALERT_ILLEGAL_PARAMETER),
	SHARE("x25519: p", "7.4.2", "\0\x24\0\x1d\0\x20" X25519_P,
	      HS_ALERT_ILLEGAL_PARAMETER),
	SHARE_P256("secp256r1: not on the curve", "4.2.8.2",
		   "\4" P256_GX P256_GX),
	SHARE_P256("secp256r1: zeros", "4.2.8.2", "\4" ZERO32 ZERO32),
	SHARE_P256("secp256r1: a coordinate is p", "4.2.8.2",
		   "\4" P256_P P256_GX),
	SHARE_P256("secp256r1: hybrid form", "4.2.8.2", "\6" P256_GX P256_GX),
	SHARE_P256("secp256r1: form 0", "4.2.8.2", "\0" P256_GX P256_GX),
	{ "secp256r1: compressed", "4.2.8.2", CH, EDIT_EXT, HS_EXT_KEY_SHARE,
	  B("\0\x25\0\x17\0\x21\3" P256_GX), HS_ALERT_ILLEGAL_PARAMETER,
	  EDIT_P256, 0 },
	{ "secp256r1: infinity", "4.2.8.2", CH, EDIT_EXT, HS_EXT_KEY_SHARE,
	  B("\0\5\0\x17\0\1\0"), HS_ALERT_ILLEGAL_PARAMETER, EDIT_P256, 0 },
};

static const struct edit names[] = {
	{ "an empty server_name", "RFC 6066 3", CH, EDIT_EXT,
	  HS_EXT_SERVER_NAME, B(""), HS_ALERT_DECODE_ERROR, 0, 0 },
	{ "an empty list of names", "RFC 6066 3", CH, EDIT_EXT,
	  HS_EXT_SERVER_NAME, B("\0\0"), HS_ALERT_DECODE_ERROR, 0, 0 },
	{ "a name of no bytes", "RFC 6066 3", CH, EDIT_EXT,
	  HS_EXT_SERVER_NAME, B("\0\3\0\0\0"), HS_ALERT_DECODE_ERROR, 0, 0 },
	{ "two names", "RFC 6066 3", CH, EDIT_EXT, HS_EXT_SERVER_NAME,
	  B("\0\x08\0\0\1a\0\0\1b"), HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	{ "a name with a zero byte", "RFC 6066 3", CH, EDIT_EXT,
	  HS_EXT_SERVER_NAME, B("\0\6\0\0\3a\0b"), HS_ALERT_ILLEGAL_PARAMETER,
	  0, 0 },
	{ "a name of another type", "RFC 6066 3", CH, EDIT_EXT,
	  HS_EXT_SERVER_NAME, B("\0\4\1\0\1a"), HS_ALERT_ILLEGAL_PARAMETER, 0,
	  0 },
	{ "bytes after the list of names", "RFC 6066 3", CH, EDIT_EXT,
	  HS_EXT_SERVER_NAME, B("\0\4\0\0\1ax"), HS_ALERT_DECODE_ERROR, 0, 0 },
	{ "an empty protocol", "RFC 7301 3.1", CH, EDIT_EXT, HS_EXT_ALPN,
	  B("\0\4\2h2\0"), HS_ALERT_DECODE_ERROR, EDIT_ALPN, 0 },
	{ "no protocol", "RFC 7301 3.1", CH, EDIT_EXT, HS_EXT_ALPN, B("\0\0"),
	  HS_ALERT_DECODE_ERROR, EDIT_ALPN, 0 },
	{ "a protocol longer than the list", "RFC 7301 3.1", CH, EDIT_EXT,
	  HS_EXT_ALPN, B("\0\3\3h2"), HS_ALERT_DECODE_ERROR, EDIT_ALPN, 0 },
	{ "another protocol", "RFC 7301 3.2", CH, EDIT_EXT, HS_EXT_ALPN,
	  B("\0\3\2h3"), HS_ALERT_NO_APPLICATION_PROTOCOL, EDIT_ALPN, 0 },
};

static const struct edit psk[] = {
	{ "a wrong binder", "4.2.11", CH, EDIT_FLIP, 0, B(""),
	  HS_ALERT_DECRYPT_ERROR, EDIT_RESUME, 0 },
	{ "a hello that the binder does not cover", "4.2.11.2", CH, EDIT_SET, 6,
	  B("xxxxxxxx"), HS_ALERT_DECRYPT_ERROR, EDIT_RESUME, 0 },
	{ "a wrong binder after a retry", "4.2.11", CH, EDIT_FLIP, 0, B(""),
	  HS_ALERT_DECRYPT_ERROR, EDIT_RESUME | EDIT_RETRY, 1 },
	{ "pre_shared_key is not the last", "4.2.11", CH, EDIT_LAST, 0x7777,
	  B(""), HS_ALERT_ILLEGAL_PARAMETER, EDIT_RESUME, 0 },
	{ "no psk_key_exchange_modes", "4.2.9", CH, EDIT_NO_EXT,
	  HS_EXT_PSK_KEY_EXCHANGE_MODES, B(""), HS_ALERT_MISSING_EXTENSION,
	  EDIT_RESUME, 0 },
	{ "an empty list of modes", "4.2.9", CH, EDIT_EXT,
	  HS_EXT_PSK_KEY_EXCHANGE_MODES, B("\0"), HS_ALERT_DECODE_ERROR, 0, 0 },
	{ "no identity", "4.2.11", CH, EDIT_EXT, HS_EXT_PRE_SHARED_KEY,
	  B("\0\0\0\x21\x20" ZERO32), HS_ALERT_DECODE_ERROR, EDIT_RESUME, 0 },
	{ "an identity of no bytes", "4.2.11", CH, EDIT_EXT,
	  HS_EXT_PRE_SHARED_KEY, B("\0\7\0\0\0\0\0\0x\0\x21\x20" ZERO32),
	  HS_ALERT_DECODE_ERROR, EDIT_RESUME, 0 },
	{ "more binders than identities", "4.2.11", CH, EDIT_EXT,
	  HS_EXT_PRE_SHARED_KEY,
	  B("\0\7\0\1x\0\0\0\0\0\x42\x20" ZERO32 "\x20" ZERO32),
	  HS_ALERT_ILLEGAL_PARAMETER, EDIT_RESUME, 0 },
	{ "more identities than binders", "4.2.11", CH, EDIT_EXT,
	  HS_EXT_PRE_SHARED_KEY,
	  B("\0\x0e\0\1x\0\0\0\0\0\1y\0\0\0\0\0\x21\x20" ZERO32),
	  HS_ALERT_ILLEGAL_PARAMETER, EDIT_RESUME, 0 },
	{ "a binder of 31 bytes", "4.2.11", CH, EDIT_EXT, HS_EXT_PRE_SHARED_KEY,
	  B("\0\x08\0\2xx\0\0\0\0\0\x21\x1f" ZERO32), HS_ALERT_DECODE_ERROR,
	  EDIT_RESUME, 0 },
};

static const struct edit retry[] = {
	{ "another random", "4.1.2", CH, EDIT_SET, 6, B("xxxxxxxx"),
	  HS_ALERT_ILLEGAL_PARAMETER, EDIT_RETRY, 1 },
	{ "another legacy_version", "4.1.2", CH, EDIT_SET, 4, B("\3\2"),
	  HS_ALERT_ILLEGAL_PARAMETER, EDIT_RETRY, 1 },
	{ "another session ID", "4.1.2", CH, EDIT_SESSION_ID, 0, B("x"),
	  HS_ALERT_ILLEGAL_PARAMETER, EDIT_RETRY, 1 },
	{ "other suites", "4.1.2", CH, EDIT_SUITES, 0, B("\x13\1"),
	  HS_ALERT_ILLEGAL_PARAMETER, EDIT_RETRY, 1 },
	{ "another name", "4.1.2", CH, EDIT_EXT, HS_EXT_SERVER_NAME,
	  B("\0\4\0\0\1x"), HS_ALERT_ILLEGAL_PARAMETER, EDIT_RETRY, 1 },
	{ "no name any more", "4.1.2", CH, EDIT_NO_EXT, HS_EXT_SERVER_NAME,
	  B(""), HS_ALERT_ILLEGAL_PARAMETER, EDIT_RETRY, 1 },
	{ "a new extension", "4.1.2", CH, EDIT_EXT, 0x7777, B("x"),
	  HS_ALERT_ILLEGAL_PARAMETER, EDIT_RETRY, 1 },
	{ "an extension twice", "4.1.2", CH, EDIT_DUP, HS_EXT_SERVER_NAME,
	  B(""), HS_ALERT_ILLEGAL_PARAMETER, EDIT_RETRY, 1 },
	{ "early_data", "4.1.2", CH, EDIT_EXT, HS_EXT_EARLY_DATA, B(""),
	  HS_ALERT_ILLEGAL_PARAMETER, EDIT_RETRY | EDIT_RESUME, 1 },
	{ "the share of the first", "4.1.2", CH, EDIT_EXT, HS_EXT_KEY_SHARE,
	  B("\0\x24\0\x1d\0\x20" X25519_P), HS_ALERT_ILLEGAL_PARAMETER,
	  EDIT_RETRY, 1 },
	{ "no share", "4.1.2", CH, EDIT_EXT, HS_EXT_KEY_SHARE, B("\0\0"),
	  HS_ALERT_ILLEGAL_PARAMETER, EDIT_RETRY, 1 },
	{ "no cookie", "4.2.2", CH, EDIT_NO_EXT, HS_EXT_COOKIE, B(""),
	  HS_ALERT_MISSING_EXTENSION, EDIT_RETRY | EDIT_COOKIE, 1 },
	{ "another cookie", "4.2.2", CH, EDIT_EXT, HS_EXT_COOKIE,
	  B("\0\x20" X25519_ONE), HS_ALERT_ILLEGAL_PARAMETER,
	  EDIT_RETRY | EDIT_COOKIE, 1 },
	{ "an empty cookie", "4.2.2", CH, EDIT_EXT, HS_EXT_COOKIE, B("\0\0"),
	  HS_ALERT_DECODE_ERROR, EDIT_RETRY | EDIT_COOKIE, 1 },
	{ "a cookie that was not asked for", "4.2.2", CH, EDIT_EXT,
	  HS_EXT_COOKIE, B("\0\1x"), HS_ALERT_ILLEGAL_PARAMETER, EDIT_RETRY, 1 },
};

static const struct edit finished[] = {
	{ "a wrong Finished", "4.4.4", HS_MT_FINISHED, EDIT_FLIP, 0, B(""),
	  HS_ALERT_DECRYPT_ERROR, 0, 1 },
	{ "a Finished of 31 bytes", "4.4.4", HS_MT_FINISHED, EDIT_CUT, 1, B(""),
	  HS_ALERT_DECODE_ERROR, 0, 1 },
	{ "a Finished of 33 bytes", "4.4.4", HS_MT_FINISHED, EDIT_TAIL, 0,
	  B("x"), HS_ALERT_DECODE_ERROR, 0, 1 },
	{ "an empty Finished", "4.4.4", HS_MT_FINISHED, EDIT_BODY, 0, B(""),
	  HS_ALERT_DECODE_ERROR, 0, 1 },
	{ "KeyUpdate before Finished", "4.6.3", HS_MT_FINISHED, EDIT_INSERT, 0,
	  B("\x18\0\0\1\0"), HS_ALERT_UNEXPECTED_MESSAGE, 0, 1 },
	{ "EndOfEarlyData where there is none", "4.5", HS_MT_FINISHED,
	  EDIT_INSERT, 0, B("\5\0\0\0"), HS_ALERT_UNEXPECTED_MESSAGE, 0, 1 },
	{ "a second ClientHello", "4.1.2", HS_MT_FINISHED, EDIT_INSERT, 0,
	  B("\1\0\0\1x"), HS_ALERT_UNEXPECTED_MESSAGE, 0, 1 },
	{ "a Finished of SHA-256's length under SHA-384", "4.4.4",
	  HS_MT_FINISHED, EDIT_CUT, 16, B(""), HS_ALERT_DECODE_ERROR,
	  EDIT_SHA384, 1 },
};

#define CT HS_MT_CERTIFICATE
#define CV HS_MT_CERTIFICATE_VERIFY
#define AUTH EDIT_CLIENT_AUTH

/* The second Certificate and CertificateVerify are the client's. */
static const struct edit auth[] = {
	{ "no certificate", "4.4.2.4", CT, EDIT_BODY, 0, B("\0\0\0\0"),
	  HS_ALERT_CERTIFICATE_REQUIRED, AUTH, 1 },
	{ "a certificate of no bytes", "4.4.2", CT, EDIT_BODY, 0,
	  B("\0\0\0\5\0\0\0\0\0"), HS_ALERT_DECODE_ERROR, AUTH, 1 },
	{ "a context that we did not send", "4.4.2", CT, EDIT_BODY, 0,
	  B("\1x\0\0\6\0\0\1x\0\0"), HS_ALERT_ILLEGAL_PARAMETER, AUTH, 1 },
	{ "status_request that was not asked for", "4.2", CT, EDIT_EXT, 5,
	  B("\1\0\0\1x"), HS_ALERT_UNSUPPORTED_EXTENSION, AUTH, 1 },
	{ "an extension that does not fit", "4.2", CT, EDIT_BODY, 0,
	  B("\0\0\0\x0b\0\0\1x\0\5\x77\x77\0\2x"), HS_ALERT_DECODE_ERROR,
	  AUTH, 1 },
	{ "a scheme that was not offered", "4.4.3", CV, EDIT_SET, 4, B("\2\3"),
	  HS_ALERT_ILLEGAL_PARAMETER, AUTH, 1 },
	{ "a scheme of another key", "4.4.3", CV, EDIT_SET, 4, B("\x08\7"),
	  HS_ALERT_ILLEGAL_PARAMETER, AUTH, 1 },
	{ "a wrong signature", "4.4.3", CV, EDIT_FLIP, 0, B(""),
	  HS_ALERT_DECRYPT_ERROR, AUTH, 1 },
	{ "no CertificateVerify", "4.4.3", CV, EDIT_BODY, 0, B(""),
	  HS_ALERT_DECODE_ERROR, AUTH, 1 },
	{ "Finished before CertificateVerify", "A.2", CV, EDIT_INSERT, 0,
	  B("\x14\0\0\1x"), HS_ALERT_UNEXPECTED_MESSAGE, AUTH, 1 },
	{ "a wrong Finished", "4.4.4", HS_MT_FINISHED, EDIT_FLIP, 0, B(""),
	  HS_ALERT_DECRYPT_ERROR, AUTH, 1 },
};

/* RFC 8701's reserved values, and other things that have to be passed over.
 * The transcripts then differ, so the handshake ends later; but the server
 * has answered and waits for Finished. */
static const struct edit tolerated[] = {
	{ "another good share", "4.2.8", CH, EDIT_EXT, HS_EXT_KEY_SHARE,
	  B("\0\x24\0\x1d\0\x20" X25519_NINE), 0, 0, 0 },
	{ "a share that we can't read, for a group of theirs", "4.2.8", CH,
	  EDIT_EXT, HS_EXT_KEY_SHARE,
	  B("\0\x29\0\x1d\0\x20" X25519_NINE "\0\x17\0\1x"), 0, 0, 0 },
	{ "GREASE: an extension", "4.2", CH, EDIT_EXT, 0x7a7a, B("x"), 0, 0, 0 },
	{ "GREASE: suites", "4.1.2", CH, EDIT_SUITES, 0, B("\x1a\x1a\x13\1"), 0,
	  0, 0 },
	{ "GREASE: groups", "4.2.7", CH, EDIT_EXT, HS_EXT_SUPPORTED_GROUPS,
	  B("\0\6\x2a\x2a\0\x1d\0\x17"), 0, 0, 0 },
	{ "GREASE: versions", "4.2.1", CH, EDIT_EXT, HS_EXT_SUPPORTED_VERSIONS,
	  B("\6\x3a\x3a\3\4\3\3"), 0, 0, 0 },
	{ "GREASE: schemes", "4.2.3", CH, EDIT_EXT, HS_EXT_SIGNATURE_ALGORITHMS,
	  B("\0\4\x4a\x4a\4\3"), 0, 0, 0 },
	{ "GREASE: modes", "4.2.9", CH, EDIT_EXT, HS_EXT_PSK_KEY_EXCHANGE_MODES,
	  B("\2\x2a\1"), 0, 0, 0 },
	{ "GREASE: a protocol", "RFC 7301", CH, EDIT_EXT, HS_EXT_ALPN,
	  B("\0\6\2\x5a\x5a\2h2"), 0, EDIT_ALPN, 0 },
	{ "status_request_v2", "4.4.2.1", CH, EDIT_EXT, 17,
	  B("\0\7\2\0\4\0\0\0\0"), 0, 0, 0 },
	{ "padding", "4.2", CH, EDIT_EXT, HS_EXT_PADDING, B("\0\0\0\0"), 0, 0, 0 },
	{ "padding that comes after a retry", "4.1.2", CH, EDIT_EXT,
	  HS_EXT_PADDING, B("\0\0"), 0, EDIT_RETRY, 1 },
	{ "legacy_version 0x0301", "4.2.1", CH, EDIT_SET, 4, B("\3\1"), 0, 0, 0 },
	{ "legacy_version 0x0304", "4.2.1", CH, EDIT_SET, 4, B("\3\4"), 0, 0, 0 },
	{ "a session ID of 7 bytes", "4.1.2", CH, EDIT_SESSION_ID, 0,
	  B("1234567"), 0, 0, 0 },
};

int main(void)
{
	edit_table(fields, N(fields), "ClientHello: fields and extensions");
	edit_table(shares, N(shares), "ClientHello: key shares");
	edit_table(names, N(names), "ClientHello: server_name and ALPN");
	edit_table(psk, N(psk), "ClientHello: pre-shared keys");
	edit_table(retry, N(retry),
		   "the second ClientHello: no changes but those of 4.1.2");
	edit_table(finished, N(finished), "the client's Finished");
	edit_table(auth, N(auth), "the client's certificate");
	for (size_t i = 0; i < N(tolerated); i++)
		tap_sub(edit_state(&tolerated[i]) == HS_ST_WAIT_FINISHED,
			"%s (%s)", tolerated[i].what, tolerated[i].section);
	tap_sum("ClientHello: what has to be passed over");
	host_exit();
	return tap_done();
}
