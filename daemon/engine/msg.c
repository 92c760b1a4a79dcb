// SPDX-License-Identifier: Apache-2.0
/* msg: names of messages, and the two hellos (RFC 8446 4.1). */
#include <string.h>

#include "msg.h"

/* SHA-256 of "HelloRetryRequest", RFC 8446 4.1.3. */
const uint8_t hs_retry_random[HS_RANDOM] = {
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11,
	0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
	0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e,
	0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

static const struct {
	unsigned int	mt;
	const char	*name;
} names[] = {
	{ HS_MT_BEGIN, "hs_start()" },
	{ HS_MT_CHANGE_CIPHER_SPEC, "change_cipher_spec" },
	{ HS_MT_HELLO_REQUEST, "HelloRequest" },
	{ HS_MT_CLIENT_HELLO, "ClientHello" },
	{ HS_MT_SERVER_HELLO, "ServerHello" },
	{ HS_MT_HELLO_RETRY_REQUEST, "HelloRetryRequest" },
	{ HS_MT_NEW_SESSION_TICKET, "NewSessionTicket" },
	{ HS_MT_END_OF_EARLY_DATA, "EndOfEarlyData" },
	{ HS_MT_ENCRYPTED_EXTENSIONS, "EncryptedExtensions" },
	{ HS_MT_CERTIFICATE, "Certificate" },
	{ HS_MT_SERVER_KEY_EXCHANGE, "ServerKeyExchange" },
	{ HS_MT_CERTIFICATE_REQUEST, "CertificateRequest" },
	{ HS_MT_SERVER_HELLO_DONE, "ServerHelloDone" },
	{ HS_MT_CERTIFICATE_VERIFY, "CertificateVerify" },
	{ HS_MT_CLIENT_KEY_EXCHANGE, "ClientKeyExchange" },
	{ HS_MT_FINISHED, "Finished" },
	{ HS_MT_CERTIFICATE_STATUS, "CertificateStatus" },
	{ HS_MT_SUPPLEMENTAL_DATA, "SupplementalData" },
	{ HS_MT_KEY_UPDATE, "KeyUpdate" },
	{ HS_MT_COMPRESSED_CERTIFICATE, "CompressedCertificate" },
	{ HS_MT_MESSAGE_HASH, "message_hash" },
};

const char *hs_mt_name(unsigned int mt)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].mt == mt)
			return names[i].name;
	return "unknown message";
}

enum hs_mt hs_mt_of(uint8_t type, struct hs_bytes body)
{
	if (type == HS_MT_SERVER_HELLO && body.len >= 2 + HS_RANDOM &&
	    !memcmp(body.data + 2, hs_retry_random, HS_RANDOM))
		return HS_MT_HELLO_RETRY_REQUEST;
	return (enum hs_mt)type;
}

static int verdict(const struct hs_reader *r)
{
	return hs_reader_done(r) ? 0 : HS_ALERT_DECODE_ERROR;
}

int hs_client_hello_parse(struct hs_client_hello *m, struct hs_bytes body)
{
	struct hs_reader r = hs_reader(body);

	m->legacy_version = hs_reader_u16(&r);
	m->random = hs_reader_bytes(&r, HS_RANDOM);
	m->session_id = hs_reader_vec(&r, 1, 0);
	m->cipher_suites = hs_reader_vec(&r, 2, 2);
	m->compression = hs_reader_vec(&r, 1, 1);
	/* Before TLS 1.3 the extensions could be absent: RFC 5246 7.4.1.2. */
	m->extensions = r.len ? hs_reader_vec(&r, 2, 0) : hs_bytes(NULL, 0);
	if (m->session_id.len > 32 || m->cipher_suites.len % 2)
		return HS_ALERT_DECODE_ERROR;
	return verdict(&r);
}

void hs_client_hello_build(struct hs_buf *b, const struct hs_client_hello *m)
{
	hs_buf_u16(b, m->legacy_version);
	hs_buf_add(b, m->random.data, m->random.len);
	hs_buf_vec(b, 1, m->session_id);
	hs_buf_vec(b, 2, m->cipher_suites);
	hs_buf_vec(b, 1, m->compression);
}

int hs_server_hello_parse(struct hs_server_hello *m, struct hs_bytes body)
{
	struct hs_reader r = hs_reader(body);

	m->legacy_version = hs_reader_u16(&r);
	m->random = hs_reader_bytes(&r, HS_RANDOM);
	m->session_id = hs_reader_vec(&r, 1, 0);
	m->cipher_suite = hs_reader_u16(&r);
	m->compression = hs_reader_u8(&r);
	m->extensions = r.len ? hs_reader_vec(&r, 2, 0) : hs_bytes(NULL, 0);
	if (m->session_id.len > 32)
		return HS_ALERT_DECODE_ERROR;
	return verdict(&r);
}

void hs_server_hello_build(struct hs_buf *b, const struct hs_server_hello *m)
{
	hs_buf_u16(b, m->legacy_version);
	hs_buf_add(b, m->random.data, m->random.len);
	hs_buf_vec(b, 1, m->session_id);
	hs_buf_u16(b, m->cipher_suite);
	hs_buf_u8(b, m->compression);
}

int hs_extensions_parse(struct hs_bytes *extensions, struct hs_bytes body)
{
	struct hs_reader r = hs_reader(body);

	*extensions = hs_reader_vec(&r, 2, 0);
	return verdict(&r);
}
