// SPDX-License-Identifier: Apache-2.0
/* What a client refuses in a server's messages, each with the alert that RFC
 * 8446 names. */
#include <string.h>

#include "daemon/engine/ext.h"
#include "edit.h"
#include "tap.h"

#define SH HS_MT_SERVER_HELLO
#define HRR HS_MT_HELLO_RETRY_REQUEST
#define EE HS_MT_ENCRYPTED_EXTENSIONS
#define CT HS_MT_CERTIFICATE
#define CV HS_MT_CERTIFICATE_VERIFY
#define N(a) (sizeof(a) / sizeof((a)[0]))

/* With a session ID of 32 bytes. */
#define SUITE_AT 71
#define COMPRESSION_AT 73

#define X25519_ZERO "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

static const struct edit hello[] = {
	{ "legacy_version 0x0300", "D.5", SH, EDIT_SET, 4, B("\3\0"),
	  HS_ALERT_PROTOCOL_VERSION, 0, 0 },
	{ "legacy_version 0x0302", "4.1.3", SH, EDIT_SET, 4, B("\3\2"),
	  HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	{ "legacy_version 0x0304", "4.1.3", SH, EDIT_SET, 4, B("\3\4"),
	  HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	{ "no supported_versions", "4.2.1", SH, EDIT_NO_EXT,
	  HS_EXT_SUPPORTED_VERSIONS, B(""), HS_ALERT_PROTOCOL_VERSION, 0, 0 },
	{ "TLS 1.2 selected", "4.2.1", SH, EDIT_EXT, HS_EXT_SUPPORTED_VERSIONS,
	  B("\3\3"), HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	{ "TLS 1.4 selected", "4.2.1", SH, EDIT_EXT, HS_EXT_SUPPORTED_VERSIONS,
	  B("\3\5"), HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	{ "half a version", "4.2.1", SH, EDIT_EXT, HS_EXT_SUPPORTED_VERSIONS,
	  B("\3"), HS_ALERT_DECODE_ERROR, 0, 0 },
	{ "a session ID that is not ours", "4.1.3", SH, EDIT_SET, 39, B("xyz"),
	  HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	{ "a suite that was not offered", "4.1.3", SH, EDIT_SET, SUITE_AT,
	  B("\x13\4"), HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	{ "a suite of TLS 1.2", "4.1.3", SH, EDIT_SET, SUITE_AT, B("\xc0\x2f"),
	  HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	{ "compression method 1", "4.1.3", SH, EDIT_SET, COMPRESSION_AT, B("\1"),
	  HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	{ "bytes after the extensions", "4", SH, EDIT_TAIL, 0, B("x"),
	  HS_ALERT_DECODE_ERROR, 0, 0 },
	{ "an empty body", "4", SH, EDIT_BODY, 0, B(""), HS_ALERT_DECODE_ERROR,
	  0, 0 },
	{ "an extension longer than the block", "4.2", SH, EDIT_SET, 78,
	  B("\xff\xff"), HS_ALERT_DECODE_ERROR, 0, 0 },
	{ "an unknown extension", "4.2", SH, EDIT_EXT, 0x7777, B("x"),
	  HS_ALERT_UNSUPPORTED_EXTENSION, 0, 0 },
	{ "ALPN in the ServerHello", "4.2", SH, EDIT_EXT, HS_EXT_ALPN,
	  B("\0\3\2h2"), HS_ALERT_ILLEGAL_PARAMETER, EDIT_ALPN, 0 },
	{ "a cookie in the ServerHello", "4.2", SH, EDIT_EXT, HS_EXT_COOKIE,
	  B("\0\1x"), HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	{ "key_share twice", "4.2", SH, EDIT_DUP, HS_EXT_KEY_SHARE, B(""),
	  HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	{ "no key_share", "4.1.3", SH, EDIT_NO_EXT, HS_EXT_KEY_SHARE, B(""),
	  HS_ALERT_MISSING_EXTENSION, 0, 0 },
	{ "no key_share, but a PSK: psk_ke was not offered", "4.2.11", SH,
	  EDIT_NO_EXT, HS_EXT_KEY_SHARE, B(""), HS_ALERT_ILLEGAL_PARAMETER,
	  EDIT_RESUME, 0 },
	{ "a share for a group without ours", "4.2.8", SH, EDIT_EXT,
	  HS_EXT_KEY_SHARE, B("\0\x17\0\1x"), HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	{ "a share of nothing", "4.2.8", SH, EDIT_EXT, HS_EXT_KEY_SHARE,
	  B("\0\x1d\0\0"), HS_ALERT_DECODE_ERROR, 0, 0 },
	{ "a share of 31 bytes", "4.2.8.2", SH, EDIT_EXT, HS_EXT_KEY_SHARE,
	  B("\0\x1d\0\x1fx123456789012345678901234567890"),
	  HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	{ "a share of zeros", "7.4.2", SH, EDIT_EXT, HS_EXT_KEY_SHARE,
	  B("\0\x1d\0\x20" X25519_ZERO), HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	{ "a group alone, as in a retry", "4.2.8", SH, EDIT_EXT,
	  HS_EXT_KEY_SHARE, B("\0\x1d"), HS_ALERT_DECODE_ERROR, 0, 0 },
	{ "a PSK that was not offered", "4.2.11", SH, EDIT_EXT,
	  HS_EXT_PRE_SHARED_KEY, B("\0\0"), HS_ALERT_UNSUPPORTED_EXTENSION, 0,
	  0 },
	{ "the second PSK of one", "4.2.11", SH, EDIT_EXT, HS_EXT_PRE_SHARED_KEY,
	  B("\0\1"), HS_ALERT_ILLEGAL_PARAMETER, EDIT_RESUME, 0 },
	{ "a suite of another hash than the PSK's", "4.2.11", SH, EDIT_SET,
	  SUITE_AT, B("\x13\2"), HS_ALERT_ILLEGAL_PARAMETER, EDIT_RESUME, 0 },
	{ "another suite after a retry", "4.1.4", SH, EDIT_SET, SUITE_AT,
	  B("\x13\3"), HS_ALERT_ILLEGAL_PARAMETER, EDIT_RETRY, 0 },
	{ "no supported_versions after a retry", "4.1.4", SH, EDIT_NO_EXT,
	  HS_EXT_SUPPORTED_VERSIONS, B(""), HS_ALERT_ILLEGAL_PARAMETER,
	  EDIT_RETRY, 0 },
	{ "another group after a retry", "4.2.8", SH, EDIT_EXT,
	  HS_EXT_KEY_SHARE, B("\0\x1d\0\x20" X25519_ZERO),
	  HS_ALERT_ILLEGAL_PARAMETER, EDIT_RETRY, 0 },
};

/* 4.1.3: the random that makes a ServerHello a retry. */
#define RETRY_RANDOM "\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c"

static const struct edit retry[] = {
	{ "a second one", "4.1.4", SH, EDIT_SET, 6, B(RETRY_RANDOM),
	  HS_ALERT_UNEXPECTED_MESSAGE, EDIT_RETRY, 0 },
	{ "nothing to change", "4.1.4", HRR, EDIT_NO_EXT, HS_EXT_KEY_SHARE,
	  B(""), HS_ALERT_ILLEGAL_PARAMETER, EDIT_RETRY, 0 },
	{ "no supported_versions", "4.1.4", HRR, EDIT_NO_EXT,
	  HS_EXT_SUPPORTED_VERSIONS, B(""), HS_ALERT_MISSING_EXTENSION,
	  EDIT_RETRY, 0 },
	{ "TLS 1.2 selected", "4.2.1", HRR, EDIT_EXT, HS_EXT_SUPPORTED_VERSIONS,
	  B("\3\3"), HS_ALERT_ILLEGAL_PARAMETER, EDIT_RETRY, 0 },
	{ "a group that was not offered", "4.2.8", HRR, EDIT_EXT,
	  HS_EXT_KEY_SHARE, B("\0\x18"), HS_ALERT_ILLEGAL_PARAMETER,
	  EDIT_RETRY, 0 },
	{ "a group whose share is there", "4.2.8", HRR, EDIT_EXT,
	  HS_EXT_KEY_SHARE, B("\0\x1d"), HS_ALERT_ILLEGAL_PARAMETER,
	  EDIT_RETRY, 0 },
	{ "a share in a retry", "4.2.8", HRR, EDIT_EXT, HS_EXT_KEY_SHARE,
	  B("\0\x17\0\1x"), HS_ALERT_DECODE_ERROR, EDIT_RETRY, 0 },
	{ "an empty cookie", "4.2.2", HRR, EDIT_EXT, HS_EXT_COOKIE, B("\0\0"),
	  HS_ALERT_DECODE_ERROR, EDIT_RETRY, 0 },
	{ "an unknown extension", "4.1.4", HRR, EDIT_EXT, 0x7777, B(""),
	  HS_ALERT_UNSUPPORTED_EXTENSION, EDIT_RETRY, 0 },
	{ "pre_shared_key in a retry", "4.2", HRR, EDIT_EXT,
	  HS_EXT_PRE_SHARED_KEY, B("\0\0"), HS_ALERT_ILLEGAL_PARAMETER,
	  EDIT_RETRY | EDIT_RESUME, 0 },
	{ "a suite that was not offered", "4.1.4", HRR, EDIT_SET, SUITE_AT,
	  B("\x13\4"), HS_ALERT_ILLEGAL_PARAMETER, EDIT_RETRY, 0 },
	{ "a session ID that is not ours", "4.1.4", HRR, EDIT_SET, 39, B("xyz"),
	  HS_ALERT_ILLEGAL_PARAMETER, EDIT_RETRY, 0 },
	{ "legacy_version 0x0302", "4.1.4", HRR, EDIT_SET, 4, B("\3\2"),
	  HS_ALERT_ILLEGAL_PARAMETER, EDIT_RETRY, 0 },
	{ "compression method 1", "4.1.4", HRR, EDIT_SET, COMPRESSION_AT,
	  B("\1"), HS_ALERT_ILLEGAL_PARAMETER, EDIT_RETRY, 0 },
	{ "legacy_version 0x0300", "D.5", HRR, EDIT_SET, 4, B("\3\0"),
	  HS_ALERT_PROTOCOL_VERSION, EDIT_RETRY, 0 },
};

#define CERT_REQ(body) B("\x0d\0\0" body)

static const struct edit extensions[] = {
	{ "an unknown extension", "4.2", EE, EDIT_EXT, 0x7777, B("x"),
	  HS_ALERT_UNSUPPORTED_EXTENSION, 0, 0 },
	{ "GREASE in an answer", "RFC 8701 3", EE, EDIT_EXT, 0x1a1a, B(""),
	  HS_ALERT_UNSUPPORTED_EXTENSION, 0, 0 },
	{ "server_name with a body", "RFC 6066 3", EE, EDIT_EXT,
	  HS_EXT_SERVER_NAME, B("x"), HS_ALERT_DECODE_ERROR, 0, 0 },
	{ "server_name twice", "4.2", EE, EDIT_DUP, HS_EXT_SERVER_NAME, B(""),
	  HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	{ "ALPN that was not asked for", "4.2", EE, EDIT_EXT, HS_EXT_ALPN,
	  B("\0\3\2h2"), HS_ALERT_UNSUPPORTED_EXTENSION, 0, 0 },
	{ "a protocol that was not offered", "RFC 7301 3.2", EE, EDIT_EXT,
	  HS_EXT_ALPN, B("\0\3\2h3"), HS_ALERT_ILLEGAL_PARAMETER, EDIT_ALPN, 0 },
	{ "two protocols", "RFC 7301 3.1", EE, EDIT_EXT, HS_EXT_ALPN,
	  B("\0\6\2h2\2h2"), HS_ALERT_DECODE_ERROR, EDIT_ALPN, 0 },
	{ "no protocol", "RFC 7301 3.1", EE, EDIT_EXT, HS_EXT_ALPN, B("\0\0"),
	  HS_ALERT_DECODE_ERROR, EDIT_ALPN, 0 },
	{ "key_share", "4.3.1", EE, EDIT_EXT, HS_EXT_KEY_SHARE, B("\0\x1d"),
	  HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	{ "supported_versions", "4.3.1", EE, EDIT_EXT, HS_EXT_SUPPORTED_VERSIONS,
	  B("\3\4"), HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	{ "signature_algorithms", "4.3.1", EE, EDIT_EXT,
	  HS_EXT_SIGNATURE_ALGORITHMS, B("\0\2\4\3"),
	  HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	{ "post_handshake_auth", "4.2.6", EE, EDIT_EXT,
	  HS_EXT_POST_HANDSHAKE_AUTH, B(""), HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	{ "psk_key_exchange_modes", "4.2.9", EE, EDIT_EXT,
	  HS_EXT_PSK_KEY_EXCHANGE_MODES, B("\1\1"),
	  HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	{ "status_request", "4.3.1", EE, EDIT_EXT, HS_EXT_STATUS_REQUEST,
	  B(""), HS_ALERT_ILLEGAL_PARAMETER, EDIT_EXTRAS, 0 },
	{ "early_data that was not offered", "4.2.10", EE, EDIT_EXT,
	  HS_EXT_EARLY_DATA, B(""), HS_ALERT_UNSUPPORTED_EXTENSION, 0, 0 },
	{ "max_fragment_length that was not offered", "4.2", EE, EDIT_EXT, 1,
	  B("\1"), HS_ALERT_UNSUPPORTED_EXTENSION, 0, 0 },
	{ "supported_groups of three bytes", "4.2.7", EE, EDIT_EXT,
	  HS_EXT_SUPPORTED_GROUPS, B("\0\3\0\x1d\0"), HS_ALERT_DECODE_ERROR, 0,
	  0 },
	{ "bytes after the extensions", "4", EE, EDIT_TAIL, 0, B("x"),
	  HS_ALERT_DECODE_ERROR, 0, 0 },
	{ "an empty body", "4", EE, EDIT_BODY, 0, B(""), HS_ALERT_DECODE_ERROR,
	  0, 0 },
	{ "half an extension", "4.2", EE, EDIT_BODY, 0, B("\0\1\0"),
	  HS_ALERT_DECODE_ERROR, 0, 0 },
	{ "an extension that does not fit", "4.2", EE, EDIT_BODY, 0,
	  B("\0\4\0\0\0\1"), HS_ALERT_DECODE_ERROR, 0, 0 },
	{ "CertificateRequest with a context", "4.3.2", CT, EDIT_INSERT, 0,
	  CERT_REQ("\x0c\1x\0\x08\0\x0d\0\4\0\2\4\3"),
	  HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	{ "CertificateRequest without signature_algorithms", "4.3.2", CT,
	  EDIT_INSERT, 0, CERT_REQ("\x07\0\0\4\x77\x77\0\0"),
	  HS_ALERT_MISSING_EXTENSION, 0, 0 },
	{ "CertificateRequest without extensions", "4.3.2", CT, EDIT_INSERT, 0,
	  CERT_REQ("\x03\0\0\0"), HS_ALERT_DECODE_ERROR, 0, 0 },
	{ "CertificateRequest with key_share", "4.2", CT, EDIT_INSERT, 0,
	  CERT_REQ("\x11\0\0\x0e\0\x0d\0\4\0\2\4\3\0\x33\0\2\0\x1d"),
	  HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	{ "CertificateRequest when resuming", "4.3.2", HS_MT_FINISHED,
	  EDIT_INSERT, 0, CERT_REQ("\x0b\0\0\x08\0\x0d\0\4\0\2\4\3"),
	  HS_ALERT_UNEXPECTED_MESSAGE, EDIT_RESUME, 0 },
};

#define ENTRY "\0\0\1x\0\0"

static const struct edit auth[] = {
	{ "no certificate", "4.4.2.4", CT, EDIT_BODY, 0, B("\0\0\0\0"),
	  HS_ALERT_DECODE_ERROR, 0, 0 },
	{ "a certificate of no bytes", "4.4.2", CT, EDIT_BODY, 0,
	  B("\0\0\0\5\0\0\0\0\0"), HS_ALERT_DECODE_ERROR, 0, 0 },
	{ "a context", "4.4.2", CT, EDIT_BODY, 0, B("\1x\0\0\6" ENTRY),
	  HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	{ "a list longer than the message", "4.4.2", CT, EDIT_BODY, 0,
	  B("\0\0\0\7" ENTRY), HS_ALERT_DECODE_ERROR, 0, 0 },
	{ "status_request that was not asked for", "4.2", CT, EDIT_EXT, 5,
	  B("\1\0\0\1x"), HS_ALERT_UNSUPPORTED_EXTENSION, 0, 0 },
	{ "an unknown extension", "4.4.2", CT, EDIT_EXT, 0x7777, B(""),
	  HS_ALERT_UNSUPPORTED_EXTENSION, 0, 0 },
	{ "server_name in a Certificate", "4.2", CT, EDIT_EXT,
	  HS_EXT_SERVER_NAME, B(""), HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	{ "eleven certificates", "-", CT, EDIT_BODY, 0,
	  B("\0\0\0\x42" ENTRY ENTRY ENTRY ENTRY ENTRY ENTRY ENTRY ENTRY ENTRY
	    ENTRY ENTRY), HS_ALERT_BAD_CERTIFICATE, 0, 0 },
	{ "a certificate that is none", "4.4.2.4", CT, EDIT_BODY, 0,
	  B("\0\0\0\6" ENTRY), HS_ALERT_BAD_CERTIFICATE, 0, 0 },
	{ "a scheme that was not offered", "4.4.3", CV, EDIT_SET, 4,
	  B("\2\3"), HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	{ "RSASSA-PKCS1-v1_5", "4.4.3", CV, EDIT_SET, 4, B("\4\1"),
	  HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	{ "a scheme of another curve", "4.2.3", CV, EDIT_SET, 4, B("\5\3"),
	  HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	{ "a scheme of another key type", "4.2.3", CV, EDIT_SET, 4,
	  B("\x08\4"), HS_ALERT_ILLEGAL_PARAMETER, 0, 0 },
	{ "a wrong signature", "4.4.3", CV, EDIT_FLIP, 0, B(""),
	  HS_ALERT_DECRYPT_ERROR, 0, 0 },
	{ "no signature", "4.4.3", CV, EDIT_BODY, 0, B("\4\3\0\0"),
	  HS_ALERT_DECRYPT_ERROR, 0, 0 },
	{ "bytes after the signature", "4.4.3", CV, EDIT_TAIL, 0, B("x"),
	  HS_ALERT_DECODE_ERROR, 0, 0 },
	{ "a wrong Finished", "4.4.4", HS_MT_FINISHED, EDIT_FLIP, 0, B(""),
	  HS_ALERT_DECRYPT_ERROR, 0, 0 },
	{ "a wrong Finished, resumed", "4.4.4", HS_MT_FINISHED, EDIT_FLIP, 0,
	  B(""), HS_ALERT_DECRYPT_ERROR, EDIT_RESUME, 0 },
	{ "a Finished of 31 bytes", "4.4.4", HS_MT_FINISHED, EDIT_CUT, 1, B(""),
	  HS_ALERT_DECODE_ERROR, 0, 0 },
	{ "a Finished of 33 bytes", "4.4.4", HS_MT_FINISHED, EDIT_TAIL, 0,
	  B("x"), HS_ALERT_DECODE_ERROR, 0, 0 },
	{ "KeyUpdate before Finished", "4.6.3", HS_MT_FINISHED, EDIT_INSERT, 0,
	  B("\x18\0\0\1\0"), HS_ALERT_UNEXPECTED_MESSAGE, 0, 0 },
	{ "EndOfEarlyData from a server", "4.5", HS_MT_FINISHED, EDIT_INSERT, 0,
	  B("\5\0\0\0"), HS_ALERT_UNEXPECTED_MESSAGE, 0, 0 },
	{ "NewSessionTicket before Finished", "4.6.1", HS_MT_FINISHED,
	  EDIT_INSERT, 0, B("\4\0\0\1x"), HS_ALERT_UNEXPECTED_MESSAGE, 0, 0 },
	{ "CertificateVerify twice", "4.4.3", HS_MT_FINISHED, EDIT_INSERT, 0,
	  B("\x0f\0\0\1x"), HS_ALERT_UNEXPECTED_MESSAGE, 0, 0 },
};

/* Two changes at once: a server that "negotiated" TLS 1.2 or less. */
static bool downgrade(struct pair *p, struct pair_side *from, uint8_t *message,
		      size_t *len, size_t room)
{
	static const struct edit no_version = {
		.op = EDIT_NO_EXT, .arg = HS_EXT_SUPPORTED_VERSIONS,
	};

	(void)from;
	(void)room;
	if (message[0] != SH)
		return true;
	edit_apply(&no_version, message, len);
	memcpy(message + 6 + HS_RANDOM - 8, p->tamper_arg, 8);
	return true;
}

static void sentinels(void)
{
	static const struct {
		char	tail[9];
		int	alert;
	} rows[] = {
		{ "DOWNGRD\1", HS_ALERT_ILLEGAL_PARAMETER },
		{ "DOWNGRD\0", HS_ALERT_ILLEGAL_PARAMETER },
		{ "DOWNGRD\2", HS_ALERT_PROTOCOL_VERSION },
		{ "downgrd\1", HS_ALERT_PROTOCOL_VERSION },
	};

	for (size_t i = 0; i < N(rows); i++) {
		struct pair p;

		edit_pair(&p, 0);
		p.tamper = downgrade;
		p.tamper_arg = (void *)(uintptr_t)rows[i].tail;
		pair_open(&p);
		pair_run(&p);
		tap_sub(pair_alert(&p.client) == rows[i].alert, "sentinel %zu",
			i);
		pair_free(&p);
	}
	tap_sum("the downgrade sentinel (4.1.3)");
}

static bool other_scheme(struct pair *p, struct pair_side *from,
			 uint8_t *message, size_t *len, size_t room)
{
	(void)p;
	(void)from;
	(void)len;
	(void)room;
	if (message[0] == CV)
		message[5] = HS_RSA_PSS_RSAE_SHA384 & 0xff;
	return true;
}

/* 4.4.3: a scheme that the key could well sign, but that was not offered. */
static void unoffered_scheme(void)
{
	static const uint16_t offered = HS_RSA_PSS_RSAE_SHA256;
	struct pair p;

	edit_pair(&p, 0);
	p.client.config.schemes = &offered;
	p.client.config.schemes_len = 1;
	p.server.host.identity = host_identity("RSA");
	p.tamper = other_scheme;
	pair_open(&p);
	pair_run(&p);
	tap_ok(pair_alert(&p.client) == HS_ALERT_ILLEGAL_PARAMETER,
	       "a scheme that fits the key and was not offered: illegal_parameter (4.4.3)");
	pair_free(&p);
}

static int zero_finish(struct hs_kx *kx, struct hs_bytes peer,
		       struct hs_shared *out)
{
	(void)kx;
	(void)peer;
	out->len = 32;
	memset(out->bytes, 0, out->len);
	return 0;
}

static int zero_respond(uint16_t group, struct hs_bytes peer, uint8_t *share,
			size_t *share_len, struct hs_shared *out)
{
	int alert = tlsup_crypto_openssl()->kx_respond(group, peer, share,
						       share_len, out);

	return alert ? alert : zero_finish(NULL, peer, out);
}

/* 7.4.2: also with a provider that does not look. */
static void zero_secret(void)
{
	struct hs_crypto careless = *tlsup_crypto_openssl();

	careless.kx_finish = zero_finish;
	careless.kx_respond = zero_respond;
	for (int client = 0; client < 2; client++) {
		struct pair_side *s;
		struct pair p;

		edit_pair(&p, 0);
		s = client ? &p.client : &p.server;
		s->config.crypto = &careless;
		pair_open(&p);
		pair_run(&p);
		tap_sub(pair_alert(s) == HS_ALERT_ILLEGAL_PARAMETER,
			"client: %d", client);
		pair_free(&p);
	}
	tap_sum("a shared secret of zeros from a careless provider (7.4.2)");
}

/* What the host says is what is sent. */
static void host_says_no(void)
{
	static const int alerts[] = {
		HS_ALERT_UNKNOWN_CA, HS_ALERT_CERTIFICATE_EXPIRED,
		HS_ALERT_BAD_CERTIFICATE, HS_ALERT_CERTIFICATE_REVOKED,
	};
	struct pair p;

	for (size_t i = 0; i < N(alerts); i++) {
		edit_pair(&p, 0);
		p.client.host.chain_alert = alerts[i];
		pair_open(&p);
		pair_run(&p);
		tap_sub(pair_alert(&p.client) == alerts[i] &&
			!strcmp(hs_error(p.client.hs)->reason,
				"the test says no") &&
			hs_error(p.server.hs)->alert_received == alerts[i],
			"alert %d", alerts[i]);
		pair_free(&p);
	}
	tap_sum("an untrusted chain: the host's alert and its reason, seen by the server");

	edit_pair(&p, 0);
	p.server.host.identity = NULL;
	pair_open(&p);
	pair_run(&p);
	tap_ok(pair_alert(&p.server) == HS_ALERT_HANDSHAKE_FAILURE &&
	       hs_error(p.client.hs)->alert_received ==
		       HS_ALERT_HANDSHAKE_FAILURE,
	       "a server without a certificate: handshake_failure");
	pair_free(&p);
}

int main(void)
{
	edit_table(hello, N(hello), "ServerHello");
	edit_table(retry, N(retry), "HelloRetryRequest");
	edit_table(extensions, N(extensions),
		   "EncryptedExtensions and CertificateRequest");
	edit_table(auth, N(auth), "Certificate, CertificateVerify, Finished");
	sentinels();
	unoffered_scheme();
	zero_secret();
	host_says_no();
	host_exit();
	return tap_done();
}
