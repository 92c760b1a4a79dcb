// SPDX-License-Identifier: Apache-2.0
/* TLS 1.2 (RFC 5246): what a server and a client refuse, each with the alert that
 * its RFC names; and what becomes of messages that are left out or come twice. */
#include <string.h>

#include "daemon/engine/ext.h"
#include "edit.h"
#include "tap.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define CH HS_MT_CLIENT_HELLO
#define SH HS_MT_SERVER_HELLO
#define CT HS_MT_CERTIFICATE
#define SKE HS_MT_SERVER_KEY_EXCHANGE
#define CR HS_MT_CERTIFICATE_REQUEST
#define SHD HS_MT_SERVER_HELLO_DONE
#define CKE HS_MT_CLIENT_KEY_EXCHANGE
#define CV HS_MT_CERTIFICATE_VERIFY
#define NST HS_MT_NEW_SESSION_TICKET
#define FIN HS_MT_FINISHED

/* What kind of handshake a row is about. */
enum { AUTH = 1, P256 = 2, DHE = 4, BOTH = 8 };

#define SMALL_POINT "\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define ILLEGAL HS_ALERT_ILLEGAL_PARAMETER
#define DECODE HS_ALERT_DECODE_ERROR
#define REFUSED HS_ALERT_HANDSHAKE_FAILURE
/* The hellos agree, the transcripts don't, so the keys differ: it was taken. */
#define TAKEN HS_ALERT_BAD_RECORD_MAC

static const struct edit client_hello[] = {
	{ "SSL 2", "RFC 5246 E.2", CH, EDIT_SET, 4, B("\0\2"),
	  HS_ALERT_PROTOCOL_VERSION, 0, 0 },
	{ "SSL 3", "RFC 7568", CH, EDIT_SET, 4, B("\3\0"),
	  HS_ALERT_PROTOCOL_VERSION, 0, 0 },
	{ "TLS 1.0", "RFC 8996", CH, EDIT_SET, 4, B("\3\1"),
	  HS_ALERT_PROTOCOL_VERSION, 0, 0 },
	{ "TLS 1.1", "RFC 8996", CH, EDIT_SET, 4, B("\3\2"),
	  HS_ALERT_PROTOCOL_VERSION, 0, 0 },
	{ "a newer legacy_version", "RFC 8446 4.2.1", CH, EDIT_SET, 4, B("\3\4"),
	  TAKEN, 0, 0 },
	{ "session ID of 33 bytes", "RFC 5246 7.4.1.2", CH, EDIT_SESSION_ID, 0,
	  B("123456789012345678901234567890123"), DECODE, 0, 0 },
	{ "no cipher suite", "RFC 5246 7.4.1.2", CH, EDIT_SUITES, 0, B(""), DECODE,
	  0, 0 },
	{ "half a cipher suite", "RFC 5246 7.4.1.2", CH, EDIT_SUITES, 0,
	  B("\xc0\x2b\xc0"), DECODE, 0, 0 },
	{ "RC4", "RFC 7465 2", CH, EDIT_SUITES, 0, B("\0\5\xc0\7\xc0\x11"), REFUSED,
	  0, 0 },
	{ "static RSA", "RFC 9325 4.1", CH, EDIT_SUITES, 0,
	  B("\0\x9c\0\x9d\0\x2f\0\x35"), REFUSED, 0, 0 },
	{ "export suites", "RFC 4346 A.5", CH, EDIT_SUITES, 0, B("\0\3\0\6\0\x8"),
	  REFUSED, 0, 0 },
	{ "anonymous suites", "RFC 5246 F.1.1.1", CH, EDIT_SUITES, 0,
	  B("\xc0\x18\0\x6c\0\xa6"), REFUSED, 0, 0 },
	{ "suites without encryption", "RFC 9325 4.1", CH, EDIT_SUITES, 0,
	  B("\xc0\6\0\2\0\x3b"), REFUSED, 0, 0 },
	{ "3DES", "RFC 9325 4.1", CH, EDIT_SUITES, 0, B("\0\x0a\xc0\x08\xc0\x12"),
	  REFUSED, 0, 0 },
	{ "suites of TLS 1.3 alone", "RFC 8446 4.1.1", CH, EDIT_SUITES, 0,
	  B("\x13\1\x13\2"), REFUSED, 0, 0 },
	{ "a suite for another kind of key", "RFC 8422 2.2", CH, EDIT_SUITES, 0,
	  B("\xc0\x2f\xc0\x30"), REFUSED, 0, 0 },
	{ "a suite that nobody listed", "RFC 9325 4.2", CH, EDIT_SUITES, 0,
	  B("\xc0\x09\xc0\x23\xc0\xac"), REFUSED, 0, 0 },
	{ "a fallback that there was no need for", "RFC 7507 3", CH, EDIT_SUITES, 0,
	  B("\xc0\x2b\x56\0"), HS_ALERT_INAPPROPRIATE_FALLBACK, 0, 0 },
	{ "no compression method", "RFC 5246 7.4.1.2", CH, EDIT_COMPRESSION, 0,
	  B(""), DECODE, 0, 0 },
	{ "DEFLATE alone", "RFC 5246 7.4.1.2", CH, EDIT_COMPRESSION, 0, B("\1"),
	  ILLEGAL, 0, 0 },
	{ "DEFLATE too", "RFC 5246 7.4.1.2", CH, EDIT_COMPRESSION, 0, B("\1\0"),
	  TAKEN, 0, 0 },
	{ "bytes after the extensions", "RFC 5246 7.4.1.2", CH, EDIT_TAIL, 0,
	  B("\0"), DECODE, 0, 0 },
	{ "a byte too few", "RFC 5246 7.4.1.2", CH, EDIT_CUT, 1, B(""), DECODE, 0,
	  0 },
	{ "no signature_algorithms means SHA-1", "RFC 5246 7.4.1.4.1", CH,
	  EDIT_NO_EXT, HS_EXT_SIGNATURE_ALGORITHMS, B(""), REFUSED, 0, 0 },
	{ "SHA-1 alone", "RFC 9155 3", CH, EDIT_EXT, HS_EXT_SIGNATURE_ALGORITHMS,
	  B("\0\4\2\3\2\1"), REFUSED, 0, 0 },
	{ "half a scheme", "RFC 5246 7.4.1.4.1", CH, EDIT_EXT,
	  HS_EXT_SIGNATURE_ALGORITHMS, B("\0\3\4\3\5"), DECODE, 0, 0 },
	{ "no group in common", "RFC 8422 4", CH, EDIT_EXT, HS_EXT_SUPPORTED_GROUPS,
	  B("\0\2\0\x0a"), REFUSED, 0, 0 },
	{ "no groups at all", "RFC 8422 4", CH, EDIT_NO_EXT, HS_EXT_SUPPORTED_GROUPS,
	  B(""), TAKEN, 0, 0 },
	{ "point formats without the uncompressed", "RFC 8422 5.1.2", CH, EDIT_EXT,
	  HS_EXT_EC_POINT_FORMATS, B("\1\1"), ILLEGAL, 0, 0 },
	{ "no point format in the list", "RFC 8422 5.1.2", CH, EDIT_EXT,
	  HS_EXT_EC_POINT_FORMATS, B("\0"), DECODE, 0, 0 },
	{ "no point formats", "RFC 8422 5.1.2", CH, EDIT_NO_EXT,
	  HS_EXT_EC_POINT_FORMATS, B(""), TAKEN, 0, 0 },
	{ "no extended_master_secret", "RFC 7627 5.2", CH, EDIT_NO_EXT,
	  HS_EXT_EXTENDED_MASTER_SECRET, B(""), REFUSED, 0, 0 },
	{ "extended_master_secret with a content", "RFC 7627 5.1", CH, EDIT_EXT,
	  HS_EXT_EXTENDED_MASTER_SECRET, B("x"), DECODE, 0, 0 },
	{ "extended_master_secret twice", "RFC 5246 7.4.1.4", CH, EDIT_DUP,
	  HS_EXT_EXTENDED_MASTER_SECRET, B(""), ILLEGAL, 0, 0 },
	{ "encrypt_then_mac with a content", "RFC 7366 2", CH, EDIT_EXT,
	  HS_EXT_ENCRYPT_THEN_MAC, B("x"), DECODE, 0, 0 },
	{ "no renegotiation_info", "RFC 5746 4.3", CH, EDIT_NO_EXT,
	  HS_EXT_RENEGOTIATION_INFO, B(""), REFUSED, 0, 0 },
	{ "renegotiation_info with a content", "RFC 5746 3.6", CH, EDIT_EXT,
	  HS_EXT_RENEGOTIATION_INFO, B("\1x"), REFUSED, 0, 0 },
	{ "renegotiation_info that is too short", "RFC 5746 3.2", CH, EDIT_EXT,
	  HS_EXT_RENEGOTIATION_INFO, B("\2x"), DECODE, 0, 0 },
	{ "the SCSV beside it", "RFC 5746 3.6", CH, EDIT_SUITES, 0,
	  B("\xc0\x2b\0\xff"), TAKEN, 0, 0 },
	{ "an extension that nobody knows", "RFC 5246 7.4.1.4", CH, EDIT_EXT,
	  0x7a7a, B("x"), TAKEN, 0, 0 },
};

static const struct edit client_flight[] = {
	{ "an empty ClientKeyExchange", "RFC 5246 7.4.7", CKE, EDIT_BODY, 0, B(""),
	  DECODE, 0, 0 },
	{ "no point", "RFC 8422 5.7", CKE, EDIT_BODY, 0, B("\0"), DECODE, 0, 0 },
	{ "a point that is too short", "RFC 8422 5.7", CKE, EDIT_BODY, 0, B("\1x"),
	  ILLEGAL, 0, 0 },
	{ "a byte after it", "RFC 8422 5.7", CKE, EDIT_TAIL, 0, B("x"), DECODE, 0,
	  0 },
	{ "a point of small order", "RFC 7748 6.1", CKE, EDIT_BODY, 0,
	  B(SMALL_POINT), ILLEGAL, 0, 0 },
	{ "a point that is not on the curve", "RFC 8422 5.11", CKE, EDIT_FLIP, 0,
	  B(""), ILLEGAL, P256, 0 },
	{ "a hybrid point", "RFC 8422 5.4.1", CKE, EDIT_SET, 5, B("\6"), ILLEGAL,
	  P256, 0 },
	{ "no Yc", "RFC 5246 7.4.7.2", CKE, EDIT_BODY, 0, B("\0\0"), DECODE, DHE,
	  0 },
	{ "no certificate where there has to be one", "RFC 5246 7.4.6", CT,
	  EDIT_BODY, 0, B("\0\0\0"), REFUSED, AUTH, 1 },
	{ "an empty certificate", "RFC 5246 7.4.2", CT, EDIT_BODY, 0,
	  B("\0\0\3\0\0\0"), DECODE, AUTH, 1 },
	{ "a certificate that is none", "RFC 5246 7.4.8", CT, EDIT_BODY, 0,
	  B("\0\0\4\0\0\1x"), HS_ALERT_BAD_CERTIFICATE, AUTH, 1 },
	{ "a list longer than its message", "RFC 5246 7.4.2", CT, EDIT_SET, 6,
	  B("\xff"), DECODE, AUTH, 1 },
	{ "a wrong CertificateVerify", "RFC 5246 7.4.8", CV, EDIT_FLIP, 0, B(""),
	  HS_ALERT_DECRYPT_ERROR, AUTH, 0 },
	{ "CertificateVerify by SHA-1", "RFC 9155 3", CV, EDIT_SET, 4, B("\2\3"),
	  ILLEGAL, AUTH, 0 },
	{ "CertificateVerify for another kind of key", "RFC 8422 5.8", CV,
	  EDIT_SET, 4, B("\x08\4"), ILLEGAL, AUTH, 0 },
	{ "CertificateVerify by another hash", "RFC 5246 7.4.8", CV, EDIT_SET, 4,
	  B("\5\3"), HS_ALERT_DECRYPT_ERROR, AUTH, 0 },
	{ "a byte after CertificateVerify", "RFC 5246 7.4.8", CV, EDIT_TAIL, 0,
	  B("x"), DECODE, AUTH, 0 },
	{ "a wrong Finished", "RFC 5246 7.4.9", FIN, EDIT_FLIP, 0, B(""),
	  HS_ALERT_DECRYPT_ERROR, 0, 0 },
	{ "a Finished of 11 bytes", "RFC 5246 7.4.9", FIN, EDIT_CUT, 1, B(""),
	  DECODE, 0, 0 },
	{ "a Finished of 13 bytes", "RFC 5246 7.4.9", FIN, EDIT_TAIL, 0, B("x"),
	  DECODE, 0, 0 },
	{ "a Finished of none", "RFC 5246 7.4.9", FIN, EDIT_BODY, 0, B(""), DECODE,
	  0, 0 },
};

static const struct edit server_hello[] = {
	{ "TLS 1.1", "RFC 8996", SH, EDIT_SET, 4, B("\3\2"),
	  HS_ALERT_PROTOCOL_VERSION, 0, 0 },
	{ "TLS 1.0", "RFC 8996", SH, EDIT_SET, 4, B("\3\1"),
	  HS_ALERT_PROTOCOL_VERSION, 0, 0 },
	{ "SSL 3", "RFC 7568", SH, EDIT_SET, 4, B("\3\0"),
	  HS_ALERT_PROTOCOL_VERSION, 0, 0 },
	{ "SSL 3 to who offered TLS 1.3", "RFC 7568", SH, EDIT_SET, 4, B("\3\0"),
	  HS_ALERT_PROTOCOL_VERSION, BOTH, 0 },
	{ "TLS 1.1 to who offered TLS 1.3", "RFC 8446 4.1.3", SH, EDIT_SET, 4,
	  B("\3\2"), HS_ALERT_PROTOCOL_VERSION, BOTH, 0 },
	{ "a newer version", "RFC 5246 7.4.1.3", SH, EDIT_SET, 4, B("\3\4"),
	  HS_ALERT_PROTOCOL_VERSION, 0, 0 },
	{ "TLS 1.2 by supported_versions", "RFC 8446 4.2.1", SH, EDIT_EXT,
	  HS_EXT_SUPPORTED_VERSIONS, B("\3\3"), ILLEGAL, BOTH, 0 },
	{ "static RSA", "RFC 5246 7.4.1.3", SH, EDIT_SET, 39, B("\0\x9c"), ILLEGAL,
	  0, 0 },
	{ "RC4", "RFC 7465 2", SH, EDIT_SET, 39, B("\xc0\7"), ILLEGAL, 0, 0 },
	{ "an anonymous suite", "RFC 5246 7.4.1.3", SH, EDIT_SET, 39, B("\xc0\x18"),
	  ILLEGAL, 0, 0 },
	{ "a suite that was not offered", "RFC 5246 7.4.1.3", SH, EDIT_SET, 39,
	  B("\xc0\x09"), ILLEGAL, 0, 0 },
	{ "a suite of TLS 1.3", "RFC 8446 4.1.3", SH, EDIT_SET, 39, B("\x13\1"),
	  ILLEGAL, BOTH, 0 },
	{ "the SCSV as a suite", "RFC 5746 3.3", SH, EDIT_SET, 39, B("\0\xff"),
	  ILLEGAL, 0, 0 },
	{ "DEFLATE", "RFC 5246 7.4.1.3", SH, EDIT_SET, 41, B("\1"), ILLEGAL, 0, 0 },
	{ "an extension that was not asked for", "RFC 5246 7.4.1.4", SH, EDIT_EXT,
	  0x7a7a, B(""), HS_ALERT_UNSUPPORTED_EXTENSION, 0, 0 },
	{ "status_request that was not asked for", "RFC 5246 7.4.1.4", SH, EDIT_EXT,
	  5, B(""), HS_ALERT_UNSUPPORTED_EXTENSION, 0, 0 },
	{ "heartbeat", "RFC 6520 2", SH, EDIT_EXT, 15, B("\1"), ILLEGAL, 0, 0 },
	{ "key_share", "RFC 8446 4.2", SH, EDIT_EXT, HS_EXT_KEY_SHARE,
	  B("\0\x1d\0\1x"), ILLEGAL, BOTH, 0 },
	{ "no extended_master_secret", "RFC 7627 5.2", SH, EDIT_NO_EXT,
	  HS_EXT_EXTENDED_MASTER_SECRET, B(""), REFUSED, 0, 0 },
	{ "extended_master_secret with a content", "RFC 7627 5.1", SH, EDIT_EXT,
	  HS_EXT_EXTENDED_MASTER_SECRET, B("x"), DECODE, 0, 0 },
	{ "extended_master_secret twice", "RFC 5246 7.4.1.4", SH, EDIT_DUP,
	  HS_EXT_EXTENDED_MASTER_SECRET, B(""), ILLEGAL, 0, 0 },
	{ "encrypt_then_mac that was not asked for", "RFC 7366 2", SH, EDIT_EXT,
	  HS_EXT_ENCRYPT_THEN_MAC, B(""), HS_ALERT_UNSUPPORTED_EXTENSION, 0,
	  0 },
	{ "encrypt_then_mac for an AEAD", "RFC 7366 3", SH, EDIT_EXT,
	  HS_EXT_ENCRYPT_THEN_MAC, B(""), ILLEGAL, DHE, 0 },
	{ "no renegotiation_info", "RFC 5746 4.1", SH, EDIT_NO_EXT,
	  HS_EXT_RENEGOTIATION_INFO, B(""), REFUSED, 0, 0 },
	{ "renegotiation_info with a content", "RFC 5746 3.4", SH, EDIT_EXT,
	  HS_EXT_RENEGOTIATION_INFO, B("\1x"), REFUSED, 0, 0 },
	{ "point formats without the uncompressed", "RFC 8422 5.2", SH, EDIT_EXT,
	  HS_EXT_EC_POINT_FORMATS, B("\1\1"), ILLEGAL, 0, 0 },
	{ "session_ticket with a content", "RFC 5077 3.2", SH, EDIT_EXT,
	  HS_EXT_SESSION_TICKET, B("x"), DECODE, 0, 0 },
	{ "a byte too few", "RFC 5246 7.4.1.3", SH, EDIT_CUT, 1, B(""), DECODE, 0,
	  0 },
	{ "bytes after the extensions", "RFC 5246 7.4.1.3", SH, EDIT_TAIL, 0,
	  B("\0"), DECODE, 0, 0 },
};

static const struct edit server_flight[] = {
	{ "no certificate", "RFC 5246 7.4.2", CT, EDIT_BODY, 0, B("\0\0\0"), DECODE,
	  0, 0 },
	{ "an empty certificate", "RFC 5246 7.4.2", CT, EDIT_BODY, 0,
	  B("\0\0\3\0\0\0"), DECODE, 0, 0 },
	{ "a byte after the list", "RFC 5246 7.4.2", CT, EDIT_TAIL, 0, B("x"),
	  DECODE, 0, 0 },
	{ "an explicit curve", "RFC 8422 5.4", SKE, EDIT_SET, 4, B("\1"), ILLEGAL,
	  0, 0 },
	{ "a curve that was not offered", "RFC 8422 5.4", SKE, EDIT_SET, 5,
	  B("\0\x0a"), ILLEGAL, 0, 0 },
	{ "a field in a curve's place", "RFC 8422 5.4", SKE, EDIT_SET, 5, B("\1\0"),
	  ILLEGAL, 0, 0 },
	{ "another curve than the point's", "RFC 8422 5.4", SKE, EDIT_SET, 5,
	  B("\0\x17"), ILLEGAL, 0, 0 },
	{ "another point than the signed one", "RFC 5246 7.4.3", SKE, EDIT_SET, 10,
	  B("xxxx"), HS_ALERT_DECRYPT_ERROR, 0, 0 },
	{ "a wrong signature", "RFC 5246 7.4.3", SKE, EDIT_FLIP, 0, B(""),
	  HS_ALERT_DECRYPT_ERROR, 0, 0 },
	{ "a signature by SHA-1", "RFC 9155 4", SKE, EDIT_SET, 40, B("\2\3"),
	  ILLEGAL, 0, 0 },
	{ "a signature by MD5", "RFC 9155 4", SKE, EDIT_SET, 40, B("\1\3"), ILLEGAL,
	  0, 0 },
	{ "a signature for another kind of key", "RFC 8422 2.1", SKE, EDIT_SET,
	  40, B("\x08\4"), ILLEGAL, 0, 0 },
	{ "a signature by another hash", "RFC 5246 7.4.3", SKE, EDIT_SET, 40,
	  B("\5\3"), HS_ALERT_DECRYPT_ERROR, 0, 0 },
	{ "a byte after it", "RFC 5246 7.4.3", SKE, EDIT_TAIL, 0, B("x"), DECODE, 0,
	  0 },
	{ "nothing in it", "RFC 5246 7.4.3", SKE, EDIT_BODY, 0, B(""), DECODE, 0,
	  0 },
	{ "another prime", "RFC 7919 3", SKE, EDIT_SET, 100, B("x"),
	  HS_ALERT_INSUFFICIENT_SECURITY, DHE, 0 },
	{ "another generator", "RFC 7919 3", SKE, EDIT_SET, 4 + 2 + 256 + 2, B("\5"),
	  HS_ALERT_INSUFFICIENT_SECURITY, DHE, 0 },
	{ "another Ys than the signed one", "RFC 5246 7.4.3", SKE, EDIT_SET, 400,
	  B("another"), HS_ALERT_DECRYPT_ERROR, DHE, 0 },
	{ "no types in CertificateRequest", "RFC 5246 7.4.4", CR, EDIT_BODY, 0,
	  B("\0\0\2\4\3\0\0"), DECODE, AUTH, 0 },
	{ "no schemes in it", "RFC 5246 7.4.4", CR, EDIT_BODY, 0,
	  B("\1\x40\0\0\0\0"), DECODE, AUTH, 0 },
	{ "half a scheme in it", "RFC 5246 7.4.4", CR, EDIT_BODY, 0,
	  B("\1\x40\0\3\4\3\4\0\0"), DECODE, AUTH, 0 },
	{ "a name that is too long in it", "RFC 5246 7.4.4", CR, EDIT_BODY, 0,
	  B("\1\x40\0\2\4\3\0\3\0\5x"), DECODE, AUTH, 0 },
	{ "something in ServerHelloDone", "RFC 5246 7.4.5", SHD, EDIT_TAIL, 0,
	  B("x"), DECODE, 0, 0 },
	{ "half a NewSessionTicket", "RFC 5077 3.3", NST, EDIT_CUT, 1, B(""),
	  DECODE, 0, 0 },
	{ "a byte after it", "RFC 5077 3.3", NST, EDIT_TAIL, 0, B("x"), DECODE, 0,
	  0 },
	{ "another ticket than the one that counts", "RFC 5077 3.3", NST, EDIT_FLIP,
	  0, B(""), HS_ALERT_DECRYPT_ERROR, 0, 0 },
	{ "a wrong Finished", "RFC 5246 7.4.9", FIN, EDIT_FLIP, 0, B(""),
	  HS_ALERT_DECRYPT_ERROR, 0, 1 },
	{ "a Finished of 11 bytes", "RFC 5246 7.4.9", FIN, EDIT_CUT, 1, B(""),
	  DECODE, 0, 1 },
};

static const uint16_t dhe[] = {
	HS_DHE_RSA_AES_128_GCM_SHA256, HS_DHE_RSA_AES_128_CBC_SHA,
};
static const uint16_t ffdhe = HS_GROUP_FFDHE2048, p256 = HS_GROUP_SECP256R1;

static void setup(struct pair *p, unsigned int flags)
{
	pair_init(p);
	p->per_message = true;
	if (!(flags & BOTH))
		p->client.config.max_version = HS_TLS12;
	else
		p->server.config.max_version = HS_TLS12;
	if (flags & AUTH) {
		p->server.config.client_auth = HS_CLIENT_AUTH_REQUIRE;
		p->client.host.identity = host_identity("P-256");
	}
	if (flags & P256) {
		p->server.config.groups = &p256;
		p->server.config.groups_len = 1;
	}
	if (!(flags & DHE))
		return;
	p->server.host.identity = host_identity("RSA");
	p->client.config.cipher_suites = p->server.config.cipher_suites = dhe;
	p->client.config.cipher_suites_len = 2;
	p->server.config.cipher_suites_len = 2;
	p->client.config.groups = p->server.config.groups = &ffdhe;
	p->client.config.groups_len = p->server.config.groups_len = 1;
}

struct run {
	const struct edit	*edit;
	int			seen;
	enum hs_role		from;
};

static bool tamper(struct pair *p, struct pair_side *from, uint8_t *message,
		   size_t *len, size_t room)
{
	struct run *r = p->tamper_arg;

	(void)room;
	if (message[0] != r->edit->message || r->seen++ != r->edit->nth)
		return true;
	r->from = from->config.role;
	edit_apply(r->edit, message, len);
	return true;
}

static void table(const struct edit *rows, size_t n, const char *what)
{
	for (size_t i = 0; i < n; i++) {
		struct run r = { .edit = &rows[i] };
		struct pair_side *to;
		struct pair p;

		setup(&p, rows[i].flags);
		p.tamper = tamper;
		p.tamper_arg = &r;
		pair_open(&p);
		tap_sub(!pair_run(&p), "%s: not done", rows[i].what);
		to = r.from == HS_CLIENT ? &p.server : &p.client;
		tap_sub(r.from && pair_alert(to) == rows[i].alert,
			"%s (%s): alert %d, not %d: %s", rows[i].what,
			rows[i].section, pair_alert(to), rows[i].alert,
			hs_error(to->hs)->reason);
		pair_free(&p);
	}
	tap_sum("%s", what);
}

/* The nth message of a side is lost, or comes twice. */
struct loss {
	enum hs_role	from;
	int		nth, seen;
	bool		twice;
	uint8_t		type;
};

static bool lose(struct pair *p, struct pair_side *from, uint8_t *message,
		 size_t *len, size_t room)
{
	struct loss *l = p->tamper_arg;

	if (from->config.role != l->from || l->seen++ != l->nth)
		return true;
	l->type = message[0];
	if (!l->twice || *len > room - *len)
		return false;
	memcpy(message + *len, message, *len);
	*len *= 2;
	return true;
}

/* RFC 5246 7.4: in another order than that of 7.3 is a fatal error; what was to
 * come after a message that is lost is unexpected, or waits for ever. */
static void losses(enum hs_role from, bool twice, unsigned int flags)
{
	for (int nth = 0; ; nth++) {
		struct loss l = { .from = from, .nth = nth, .twice = twice };
		struct pair_side *to;
		bool reached;
		struct pair p;

		setup(&p, flags);
		p.tamper = lose;
		p.tamper_arg = &l;
		to = from == HS_CLIENT ? &p.server : &p.client;
		pair_open(&p);
		pair_run(&p);
		reached = l.seen > nth;
		if (reached)
			tap_sub(hs_state(to->hs) != HS_DONE ||
				(twice && l.type == FIN), "%s: %s",
				hs_mt_name(l.type), hs_state_name(to->hs));
		if (reached && twice)
			tap_sub(pair_alert(to) == HS_ALERT_UNEXPECTED_MESSAGE,
				"%s: %s", hs_mt_name(l.type),
				hs_error(to->hs)->reason);
		pair_free(&p);
		if (!reached)
			break;
	}
	tap_sum("each message of the %s %s, flags %u",
		from == HS_CLIENT ? "client" : "server",
		twice ? "twice" : "left out", flags);
}

/* RFC 8446 4.1.3, both ways. */
static bool set_tail(struct pair *p, struct pair_side *from, uint8_t *message,
		     size_t *len, size_t room)
{
	(void)from;
	(void)len;
	(void)room;
	if (message[0] == SH)
		memcpy(message + 6 + HS_RANDOM - 8, p->tamper_arg, 8);
	return true;
}

static void sentinels(void)
{
	static const struct {
		const char	tail[9];
		unsigned int	flags;
		int		alert;
	} rows[] = {
		{ "DOWNGRD\1", BOTH, ILLEGAL }, { "DOWNGRD\0", BOTH, ILLEGAL },
		{ "DOWNGRD\2", BOTH, HS_ALERT_DECRYPT_ERROR },
		{ "DOWNGRD\1", 0, HS_ALERT_NONE },
	};
	struct pair p;

	for (size_t i = 0; i < N(rows); i++) {
		setup(&p, rows[i].flags);
		p.tamper = set_tail;
		p.tamper_arg = (void *)(uintptr_t)rows[i].tail;
		pair_open(&p);
		pair_run(&p);
		/* Where it does not count, the signature is wrong; or, in the
		 * last row, it is what a server with TLS 1.3 says anyway. */
		tap_sub(pair_alert(&p.client) == rows[i].alert, "%zu: %d", i,
			pair_alert(&p.client));
		pair_free(&p);
	}
	for (int newer = 0; newer < 2; newer++) {
		setup(&p, 0);
		p.server.config.max_version = newer ? 0 : HS_TLS12;
		pair_open(&p);
		tap_sub(pair_run(&p) &&
			(memcmp(p.server.hs->server_random + 24,
				"DOWNGRD\1", 8) == 0) == newer, "sent: %d", newer);
		pair_free(&p);
	}
	tap_sum("the downgrade sentinel, sent and looked at");
}

static bool rsa_only(struct pair *p, struct pair_side *from, uint8_t *message,
		     size_t *len, size_t room)
{
	(void)p;
	(void)from;
	(void)len;
	(void)room;
	if (message[0] == CR)
		message[5] = message[6] = 1;
	return true;
}

/* RFC 5246 7.4.6, RFC 8422 5.5, 5.6: a certificate of a type that is wanted, or
 * none. */
static void unwanted_type(void)
{
	struct pair p;

	setup(&p, AUTH);
	p.tamper = rsa_only;
	pair_open(&p);
	pair_run(&p);
	tap_ok(pair_alert(&p.server) == REFUSED &&
	       !hs_info(p.server.hs)->peer_chain_len,
	       "a client has no certificate of the type that is wanted");
	pair_free(&p);
}

static bool other_scheme(struct pair *p, struct pair_side *from,
			 uint8_t *message, size_t *len, size_t room)
{
	(void)p;
	(void)from;
	(void)len;
	(void)room;
	if (message[0] == SKE)
		message[40] = HS_ECDSA_SECP384R1_SHA384 >> 8;
	return true;
}

/* 7.4.3: one that the key could well sign, but that was not offered. */
static void unoffered_scheme(void)
{
	static const uint16_t offered = HS_ECDSA_SECP256R1_SHA256;
	struct pair p;

	setup(&p, 0);
	p.client.config.schemes = &offered;
	p.client.config.schemes_len = 1;
	p.tamper = other_scheme;
	pair_open(&p);
	pair_run(&p);
	tap_ok(pair_alert(&p.client) == ILLEGAL,
	       "a signature by a scheme that was not offered");
	pair_free(&p);
}

/* A server that answers with our session ID resumes something that is not
 * there. */
static bool echo(struct pair *p, struct pair_side *from, uint8_t *message,
		 size_t *len, size_t room)
{
	(void)from;
	(void)room;
	if (message[0] != SH)
		return true;
	memmove(message + 39 + 32, message + 39, *len - 39);
	message[38] = 32;
	memcpy(message + 39, p->client.hs->session_id, 32);
	message[3] += 32;
	*len += 32;
	return true;
}

static void no_such_session(void)
{
	struct pair p;

	setup(&p, BOTH);
	p.tamper = echo;
	pair_open(&p);
	tap_ok(!pair_run(&p) && pair_alert(&p.client) == ILLEGAL,
	       "a server that resumes a session that there is not");
	pair_free(&p);
}

struct public_value {
	enum hs_mt	message;
	bool		from_above;	/* p - n */
	uint8_t		n;
	int		alert;
};

/* ffdhe2048's Ys or Yc, at its full length. */
static bool set_public(struct pair *p, struct pair_side *from, uint8_t *message,
		       size_t *len, size_t room)
{
	const struct public_value *v = p->tamper_arg;
	size_t at = v->message == SKE ? 4 + 2 + 256 + 2 + 1 : 4;
	struct hs_bytes prime, g;
	uint8_t *y = message + at + 2;

	(void)from;
	(void)room;
	if (message[0] != v->message ||
	    p->client.config.crypto->dh_params(ffdhe, &prime, &g))
		return true;
	if (v->message == CKE) {
		*len = 4 + 2 + 256;
		memcpy(message + 1, "\0\1\2\1\0", 5);
	}
	memset(y, 0, 256);
	if (v->from_above)
		memcpy(y, prime.data, 256);
	y[255] = v->from_above ? (uint8_t)(y[255] - v->n) : v->n;
	return true;
}

/* RFC 7919 3, 4, 5.1: 1 < Y < p - 1, and handshake_failure for what is not. Within
 * the range it is the signature that is wrong, or the keys. */
static void public_values(void)
{
	static const struct public_value rows[] = {
		{ SKE, false, 0, REFUSED }, { SKE, false, 1, REFUSED },
		{ SKE, true, 0, REFUSED }, { SKE, true, 1, REFUSED },
		{ SKE, false, 2, HS_ALERT_DECRYPT_ERROR },
		{ SKE, true, 2, HS_ALERT_DECRYPT_ERROR },
		{ CKE, false, 0, REFUSED }, { CKE, false, 1, REFUSED },
		{ CKE, true, 0, REFUSED }, { CKE, true, 1, REFUSED },
		{ CKE, false, 2, TAKEN }, { CKE, true, 2, TAKEN },
	};

	for (size_t i = 0; i < N(rows); i++) {
		struct pair_side *to;
		struct pair p;

		setup(&p, DHE);
		to = rows[i].message == SKE ? &p.client : &p.server;
		p.tamper = set_public;
		p.tamper_arg = (void *)(uintptr_t)&rows[i];
		pair_open(&p);
		tap_sub(!pair_run(&p) && pair_alert(to) == rows[i].alert,
			"row %zu: %d", i, pair_alert(to));
		pair_free(&p);
	}
	tap_sum("a public value that is not within its field (RFC 7919 5.1)");
}

/* RFC 5746 3.6: the SCSV in place of the extension. */
static bool by_scsv(struct pair *p, struct pair_side *from, uint8_t *message,
		    size_t *len, size_t room)
{
	static const struct edit edits[] = {
		{ .op = EDIT_NO_EXT, .arg = HS_EXT_RENEGOTIATION_INFO },
		{ .op = EDIT_SUITES, .body = "\xc0\x2b\0\xff", .len = 4 },
	};

	(void)p;
	(void)from;
	(void)room;
	if (message[0] != CH)
		return true;
	edit_apply(&edits[0], message, len);
	edit_apply(&edits[1], message, len);
	return true;
}

static void scsv(void)
{
	struct pair p;

	setup(&p, 0);
	p.tamper = by_scsv;
	pair_open(&p);
	pair_run(&p);
	tap_ok(pair_alert(&p.server) == TAKEN &&
	       p.server.hs->requested & 1,
	       "the SCSV is as good as renegotiation_info");
	pair_free(&p);
}

/* RFC 8446 5 has a change_cipher_spec passed over; if TLS 1.2 is chosen then, it
 * was out of its place. */
static void early_ccs(void)
{
	static const uint8_t one = 1;
	struct pair p;

	setup(&p, BOTH);
	pair_open(&p);
	pair_start(&p);
	pair_inject(&p, &p.client, HS_CHANGE_CIPHER_SPEC, &one, 1);
	while (pair_step(&p))
		;
	tap_ok(pair_alert(&p.client) == HS_ALERT_UNEXPECTED_MESSAGE,
	       "a change_cipher_spec before the ServerHello");
	pair_free(&p);
}

/* RFC 5246 7.2, 7.2.2: after a warning things go on, and RFC 6066 3 has a server warn
 * that it does not know the name; after a fatal alert nothing does. */
static void warnings(void)
{
	static const uint8_t name[] = { 1, HS_ALERT_UNRECOGNIZED_NAME };
	static const uint8_t other[] = { 1, HS_ALERT_CERTIFICATE_EXPIRED };
	static const uint8_t fatal[] = { 2, HS_ALERT_UNRECOGNIZED_NAME };
	struct pair p;

	setup(&p, BOTH);
	pair_open(&p);
	pair_start(&p);
	tap_sub(!pair_inject(&p, &p.client, HS_ALERT, name, 2), "the name");
	while (pair_step(&p))
		;
	tap_sub(hs_state(p.client.hs) == HS_DONE, "goes on");
	tap_sub(!hs_record(p.client.hs, HS_ALERT, other, 2) &&
		hs_state(p.client.hs) == HS_DONE, "another one later");
	tap_sub(hs_record(p.client.hs, HS_ALERT, fatal, 2) &&
		hs_error(p.client.hs)->level == 2 &&
		hs_error(p.client.hs)->version == HS_TLS12, "a fatal one");
	pair_free(&p);
	tap_sum("warnings");
}

int main(void)
{
	table(client_hello, N(client_hello), "what a server refuses in a hello");
	table(client_flight, N(client_flight), "... and in what follows");
	table(server_hello, N(server_hello), "what a client refuses in a hello");
	table(server_flight, N(server_flight), "... and in what follows");
	for (int from = HS_CLIENT; from <= HS_SERVER; from++)
		for (int twice = 0; twice < 2; twice++)
			for (int flags = 0; flags <= AUTH; flags++)
				losses((enum hs_role)from, twice,
				       (unsigned int)flags);
	sentinels();
	unoffered_scheme();
	unwanted_type();
	no_such_session();
	public_values();
	scsv();
	early_ccs();
	warnings();
	host_exit();
	return tap_done();
}
