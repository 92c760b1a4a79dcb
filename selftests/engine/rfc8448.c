// SPDX-License-Identifier: Apache-2.0
/*
 * RFC 8448's traces: the engines are driven through them with the RFC's random
 * values and keys. Our ClientHello does not have NSS's extensions, so the RFC's
 * takes its place in the client's memory; from there on each byte has to be the
 * RFC's. The derivations one by one are schedule13's.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/engine/engine.h"
#include "daemon/engine/ext.h"
#include "fixed.h"
#include "host.h"
#include "tap.h"
#include "vectors.h"

static const struct hs_crypto *crypto;

/* What an engine put out: messages joined, secrets by direction and epoch. */
struct seen {
	struct hs_buf		flight;
	struct hs_secret	tx[4], rx[4];
	unsigned int		ccs;
	bool			done;
};

static void collect(struct hs *hs, struct seen *seen)
{
	struct hs_output o;

	seen->flight.max = 1 << 20;
	while (hs_next(hs, &o)) {
		if (o.kind == HS_OUT_RECORD && o.type == HS_HANDSHAKE)
			hs_buf_add(&seen->flight, o.data, o.len);
		seen->ccs += o.kind == HS_OUT_RECORD &&
			     o.type == HS_CHANGE_CIPHER_SPEC;
		if (o.kind == HS_OUT_TX_SECRET)
			seen->tx[o.epoch] = o.secret;
		if (o.kind == HS_OUT_RX_SECRET)
			seen->rx[o.epoch] = o.secret;
		seen->done |= o.kind == HS_OUT_DONE;
	}
}

static bool is(const struct hs_secret *s, int section, const char *step)
{
	return hs_bytes_equal(hs_bytes(s->bytes, s->len),
			      vector(section, step, "expanded", 0));
}

static struct hs_bytes sub(struct hs_bytes b, size_t at, size_t len)
{
	return hs_bytes(b.data + at, len);
}

static const uint16_t groups[] = { HS_GROUP_X25519, HS_GROUP_SECP256R1,
				   HS_GROUP_SECP384R1 };
static const uint16_t suite = HS_TLS_AES_128_GCM_SHA256;

static struct hs_config config_for(enum hs_role role)
{
	return (struct hs_config){
		.min_version = HS_TLS13,
		.role = role,
		.crypto = fixed_crypto(),
		.host = &host_ops,
		.cipher_suites = &suite,
		.cipher_suites_len = 1,
		.groups = groups,
		.groups_len = 3,
	};
}

/* The chain and the signature of a trace, in place of a key that section 2
 * does have but that a randomised signature would not help. */
static void identity(struct host_identity *id, struct host *host,
		     struct hs_bytes certificate, struct hs_bytes verify)
{
	memset(id, 0, sizeof(*id));
	id->chain[0] = sub(certificate, 4 + 1 + 3 + 3, certificate.len - 13);
	id->cert.chain = id->chain;
	id->cert.chain_len = 1;
	id->schemes[0] = (uint16_t)(verify.data[4] << 8 | verify.data[5]);
	id->cert.schemes = id->schemes;
	id->cert.schemes_len = 1;
	host->identity = id;
	host->fixed_signature = sub(verify, 8, verify.len - 8);
}

/* The server of sections 3, 6 and 7: ServerHello, secrets, Certificate and
 * CertificateVerify; EncryptedExtensions is NSS's own affair, and so are the
 * hashes after it. */
static void server(int section)
{
	struct hs_config config = config_for(HS_SERVER);
	struct hs_bytes ch = vector(section, "ClientHello", "ClientHello", 0);
	struct hs_bytes sh = vector(section, "ServerHello", "ServerHello", 0);
	struct hs_bytes cert = vector(section, "server: construct a Certificate ",
				      "Certificate", 0);
	struct hs_bytes cv = vector(section,
				    "server: construct a CertificateVerify",
				    "CertificateVerify", 0);
	struct host_identity id;
	struct host host = { 0 };
	struct seen seen = { 0 };
	struct hs *hs;

	fixed_reset();
	fixed_random(sub(sh, 6, 32));
	fixed_key(HS_GROUP_X25519,
		  vector(section, "server: create", "private key", 0),
		  vector(section, "server: create", "public key", 0));
	identity(&id, &host, cert, cv);
	hs = hs_new(&config, &host);
	tap_sub(!hs_record(hs, HS_HANDSHAKE, ch.data, ch.len), "%d", section);
	collect(hs, &seen);
	tap_sub(seen.flight.len > sh.len &&
		hs_bytes_equal(sub(hs_buf_bytes(&seen.flight), 0, sh.len), sh),
		"%d: ServerHello", section);
	tap_sub(is(&seen.tx[HS_EPOCH_HANDSHAKE], section, "s hs traffic") &&
		is(&seen.rx[HS_EPOCH_HANDSHAKE], section, "c hs traffic"),
		"%d: handshake secrets", section);
	tap_sub(memmem(seen.flight.data, seen.flight.len, cert.data, cert.len) &&
		memmem(seen.flight.data, seen.flight.len, cv.data, cv.len),
		"%d: Certificate and CertificateVerify", section);
	tap_sub(seen.ccs == (section == 7), "%d: change_cipher_spec", section);
	hs_free(hs);
	hs_buf_free(&seen.flight);
}

/* Our HelloRetryRequest asks for the same, with a cookie of our own; the RFC's
 * then takes its place, and ClientHello2 is answered as there. */
static void retry_as_the_rfc(struct hs *hs, struct hs_bytes ch1,
			     struct hs_bytes hrr, struct seen *seen)
{
	struct hs_server_hello m;
	struct hs_bytes cookie, share;

	collect(hs, seen);
	hs_server_hello_parse(&m, sub(hrr, 4, hrr.len - 4));
	hs_ext_find(m.extensions, HS_EXT_COOKIE, &cookie);
	hs_ext_find(m.extensions, HS_EXT_KEY_SHARE, &share);
	hs_server_hello_parse(&m, sub(hs_buf_bytes(&seen->flight), 4,
				      seen->flight.len - 4));
	hs_ext_find(m.extensions, HS_EXT_KEY_SHARE, &hrr);
	tap_sub(hs_info(hs)->retried && hs_bytes_equal(share, hrr),
		"5: our HelloRetryRequest");
	hs_buf_set(&hs->cookie, sub(cookie, 2, cookie.len - 2));
	hs_transcript_free(&hs->transcript);
	hs_transcript_restart(&hs->transcript, crypto, HS_SHA256, ch1);
	hs_transcript_add(&hs->transcript,
			  vector(5, "ServerHello", "ServerHello", 0));
	hs_buf_free(&seen->flight);
}

/* RFC 8446 4.4.1: the first ClientHello is in the transcript by its hash; so each
 * secret says. */
static void server_with_retry(void)
{
	static const uint16_t p256 = HS_GROUP_SECP256R1;
	struct hs_config config = config_for(HS_SERVER);
	struct hs_bytes ch1 = vector(5, "ClientHello", "ClientHello", 0);
	struct hs_bytes ch2 = vector(5, "ClientHello", "ClientHello", 1);
	struct hs_bytes sh = vector(5, "ServerHello", "ServerHello", 1);
	struct host_identity id;
	struct host host = { 0 };
	struct seen seen = { 0 };
	struct hs *hs;

	config.groups = &p256;
	config.groups_len = 1;
	config.server_cookie = true;
	fixed_reset();
	fixed_random(sub(ch1, 6, 32));	/* for our cookie; any will do */
	fixed_random(sub(sh, 6, 32));
	fixed_key(HS_GROUP_SECP256R1,
		  vector(5, "server: create", "private key", 0),
		  vector(5, "server: create", "public key", 0));
	identity(&id, &host,
		 vector(5, "server: construct a Certificate ", "Certificate", 0),
		 vector(5, "server: construct a CertificateVerify",
			"CertificateVerify", 0));
	hs = hs_new(&config, &host);
	tap_sub(!hs_record(hs, HS_HANDSHAKE, ch1.data, ch1.len),
		"5: ClientHello1");
	retry_as_the_rfc(hs, ch1, vector(5, "ServerHello", "ServerHello", 0),
			 &seen);
	tap_sub(!hs_record(hs, HS_HANDSHAKE, ch2.data, ch2.len),
		"5: ClientHello2: %s", hs_error(hs)->reason);
	collect(hs, &seen);
	tap_sub(seen.flight.len > sh.len &&
		hs_bytes_equal(sub(hs_buf_bytes(&seen.flight), 0, sh.len), sh),
		"5: ServerHello");
	tap_sub(is(&seen.tx[HS_EPOCH_HANDSHAKE], 5, "s hs traffic") &&
		is(&seen.rx[HS_EPOCH_HANDSHAKE], 5, "c hs traffic"),
		"5: handshake secrets");
	tap_sum("our server in section 5, HelloRetryRequest");
	hs_free(hs);
	hs_buf_free(&seen.flight);
}

static int open_rfc_ticket(void *arg, struct hs_bytes ticket, uint8_t *out,
			   size_t *out_len)
{
	struct hs_new_session_ticket m;
	struct hs_bytes nst = vector(3, "NewSessionTicket", "NewSessionTicket",
				     0);
	struct hs_ticket t = {
		.cipher_suite = suite, .lifetime = 30,
		.issued_ms = ((struct host *)arg)->now_ms - 1000,
		.began_ms = ((struct host *)arg)->now_ms - 1000,
		.psk = vector_secret(vector(4, "\"early\"", "IKM", 0)),
		.age_add = 0xfad6aac5, .max_early_data = 1024,
		.server_name = hs_bytes("server", 6),
	};

	hs_new_session_ticket_parse(&m, sub(nst, 4, nst.len - 4));
	if (!hs_bytes_equal(m.ticket, ticket))
		return -1;
	*out_len = hs_ticket_pack(&t, out, *out_len);
	return 0;
}

static int always_fresh(void *arg, const uint8_t id[32], uint64_t expires_ms)
{
	(void)arg;
	(void)expires_ms;
	return memcmp(id, vector(4, "PSK binder", "finished", 0).data, 32);
}

static struct hs_host resuming_ops;

static struct hs *resuming_server(struct hs_config *config, struct host *host)
{
	struct hs_bytes sh = vector(4, "ServerHello", "ServerHello", 0);

	resuming_ops = host_ops;
	resuming_ops.ticket_open = open_rfc_ticket;
	resuming_ops.early_data_fresh = always_fresh;
	config->host = &resuming_ops;
	config->max_early_data = 1024;
	config->early_data_window_ms = UINT32_MAX;
	fixed_reset();
	fixed_random(sub(sh, 6, 32));
	fixed_key(HS_GROUP_X25519,
		  vector(4, "server: create", "private key", 0),
		  vector(4, "server: create", "public key", 0));
	return hs_new(config, host);
}

/* One flipped bit of the binder in section 4's ClientHello. */
static void wrong_binder(void)
{
	struct hs_config config = config_for(HS_SERVER);
	struct host host = { .now_ms = 100000 };
	struct hs *hs = resuming_server(&config, &host);
	struct hs_bytes sent = vector(4, "client: send handshake", "payload", 0);
	uint8_t ch[512];

	memcpy(ch, sent.data, sizeof(ch));
	ch[511] ^= 1;
	tap_ok(hs_record(hs, HS_HANDSHAKE, ch, sizeof(ch)) ==
	       HS_ALERT_DECRYPT_ERROR && !hs_info(hs)->resumed,
	       "section 4's ClientHello with a wrong binder: decrypt_error (4.2.11)");
	hs_free(hs);
}

/* The same but for the order of its extensions, which is NSS's own. */
static bool same_hello(struct hs_bytes got, struct hs_bytes want)
{
	static const uint16_t types[] = {
		HS_EXT_PRE_SHARED_KEY, HS_EXT_KEY_SHARE,
		HS_EXT_SUPPORTED_VERSIONS,
	};
	struct hs_server_hello a, b;
	struct hs_bytes x, y;

	if (got.len != want.len || memcmp(got.data, want.data, 4) ||
	    hs_server_hello_parse(&a, sub(got, 4, got.len - 4)) ||
	    hs_server_hello_parse(&b, sub(want, 4, want.len - 4)) ||
	    !hs_bytes_equal(a.random, b.random) || a.session_id.len ||
	    a.cipher_suite != b.cipher_suite)
		return false;
	for (size_t i = 0; i < 3; i++)
		if (hs_ext_find(a.extensions, types[i], &x) ||
		    hs_ext_find(b.extensions, types[i], &y) || !x.data ||
		    !hs_bytes_equal(x, y))
			return false;
	return true;
}

/* Section 4's ClientHello to our server: the session is resumed, the early
 * data is taken under the RFC's key, and ServerHello says the same. */
static void server_with_early_data(void)
{
	struct hs_config config = config_for(HS_SERVER);
	struct host host = { .now_ms = 100000 };
	struct hs *hs = resuming_server(&config, &host);
	struct hs_bytes ch = vector(4, "client: send handshake", "payload", 0);
	struct hs_bytes sh = vector(4, "ServerHello", "ServerHello", 0);
	struct hs_bytes end = vector(4, "EndOfEarlyData", "EndOfEarlyData", 0);
	struct seen seen = { 0 };

	tap_sub(!hs_record(hs, HS_HANDSHAKE, ch.data, ch.len) &&
		hs_info(hs)->resumed && hs_info(hs)->early_data, "taken: %s",
		hs_error(hs)->reason);
	collect(hs, &seen);
	tap_sub(seen.flight.len > sh.len &&
		same_hello(sub(hs_buf_bytes(&seen.flight), 0, sh.len), sh),
		"ServerHello");
	tap_sub(is(&seen.rx[HS_EPOCH_EARLY], 4, "c e traffic") &&
		is(&hs->early_exporter, 4, "e exp master"), "secrets");
	tap_sub(!hs_record(hs, HS_HANDSHAKE, end.data, end.len),
		"EndOfEarlyData");
	collect(hs, &seen);
	tap_sub(hs->state == HS_ST_WAIT_FINISHED &&
		seen.rx[HS_EPOCH_HANDSHAKE].len == 32, "and what is behind it");
	tap_sum("our server resumes section 4's session, with its early data");
	hs_free(hs);
	hs_buf_free(&seen.flight);
}

static int row_of(uint16_t type)
{
	for (size_t i = 0; i < hs_ext_table_len; i++)
		if (hs_ext_table[i].type == type)
			return (int)i;
	return -1;
}

/* NSS asked for this; so did we, as far as the client now remembers. */
static void ask(struct hs *hs, uint16_t type)
{
	hs->requested |= 1ull << row_of(type);
}

static struct hs *client_for(int section, const struct hs_config *config,
			     struct host *host, struct hs_bytes hello)
{
	struct hs *hs;

	fixed_reset();
	fixed_random(sub(hello, 6, 32));
	if (!config->no_compat_mode)
		fixed_random(sub(hello, 39, 32));
	fixed_key(HS_GROUP_X25519,
		  vector(section, "client: create an ephemeral x25519",
			 "private key", 0),
		  vector(section, "client: create an ephemeral x25519",
			 "public key", 0));
	if (section == 5)
		fixed_key(HS_GROUP_SECP256R1,
			  vector(5, "client: create an ephemeral P-256",
				 "private key", 0),
			  vector(5, "client: create an ephemeral P-256",
				 "public key", 0));
	hs = hs_new(config, host);
	hs_set_server_name(hs, "server", 6);
	return hs;
}

static bool feed(struct hs *hs, struct hs_bytes message)
{
	return !hs_record(hs, HS_HANDSHAKE, message.data, message.len);
}

/* From ServerHello to the end. */
static void finish_client(struct hs *hs, struct seen *seen, int section)
{
	struct hs_bytes sh = vector(section, "ServerHello", "ServerHello",
				    section == 5);
	struct hs_bytes flight = vector(section, "server: send handshake",
					"payload", section == 5 ? 2 : 1);

	ask(hs, HS_EXT_RECORD_SIZE_LIMIT);
	tap_sub(feed(hs, sh), "%d: ServerHello", section);
	hs_buf_free(&seen->flight);
	collect(hs, seen);
	tap_sub(is(&seen->rx[HS_EPOCH_HANDSHAKE], section, "s hs traffic"),
		"%d: the server's handshake secret", section);
	tap_sub(feed(hs, flight), "%d: the server's flight: %s", section,
		hs_error(hs)->reason);
	collect(hs, seen);
	tap_sub(is(&seen->tx[HS_EPOCH_HANDSHAKE], section, "c hs traffic"),
		"%d: the client's handshake secret", section);
	tap_sub(seen->done && is(&seen->rx[HS_EPOCH_APPLICATION], section,
				 "s ap traffic") &&
		is(&seen->tx[HS_EPOCH_APPLICATION], section, "c ap traffic"),
		"%d: application secrets", section);
	tap_sub(is(&hs->exporter, section, "tls13 exp master"), "%d: exporter",
		section);
}

/* Section 4's is EndOfEarlyData and, under another key, Finished. */
static void check_last_flight(struct hs *hs, struct seen *seen, int section)
{
	struct hs_bytes got = hs_buf_bytes(&seen->flight);
	struct hs_bytes want = vector(section, "client: send handshake",
				      "payload", section == 5 ? 2 : 1);

	if (section == 4) {
		tap_sub(got.len > want.len && hs_bytes_equal(sub(got, 0, want.len), want),
			"4: EndOfEarlyData");
		got = sub(got, want.len, got.len - want.len);
		want = vector(4, "client: send handshake", "payload", 2);
	}
	tap_sub(hs_bytes_equal(got, want), "%d: the client's last flight", section);
	tap_sub(is(&hs->resumption, section, "res master"), "%d: resumption",
		section);
	tap_sub(seen->ccs == (section == 7), "%d: change_cipher_spec", section);
}

/* The early secrets of the RFC's ClientHello, which took the place of ours. */
static void early_secrets(struct hs *hs, const struct hs_session *s,
			  struct hs_bytes ch)
{
	uint8_t hash[32];

	tap_sub(hs_info(hs)->early_offered &&
		hs_info(hs)->max_early_data == 1024, "4: early data is offered");
	tap_sub(!hs_digest(crypto, HS_SHA256, ch, hash) &&
		!hs_keys_early(hs, HS_SHA256, &s->psk, hash) &&
		is(&hs->client_early, 4, "c e traffic") &&
		is(&hs->early_exporter, 4, "e exp master"),
		"4: the early secrets");
}

static void client(int section)
{
	struct hs_config config = config_for(HS_CLIENT);
	struct hs_bytes ch = vector(section, "client: send handshake",
				    "payload", 0);
	struct host_identity id;
	struct host host = { .now_ms = 100000 };
	struct seen seen = { 0 };
	struct hs_session session = {
		.cipher_suite = suite, .lifetime = 30, .received_ms = 99000,
		.server_name = "server", .ticket_len = 1,
		.max_early_data = 1024,
	};
	struct hs *hs;

	config.early_data = section == 4;
	config.no_compat_mode = section != 7;
	if (section == 6)
		identity(&id, &host,
			 vector(6, "client: construct a Certificate ",
				"Certificate", 0),
			 vector(6, "client: construct a CertificateVerify",
				"CertificateVerify", 0));
	hs = client_for(section, &config, &host, ch);
	if (section == 4) {
		session.psk = vector_secret(vector(4, "\"early\"", "IKM", 0));
		hs_set_session(hs, &session);
	}
	hs_start(hs);
	collect(hs, &seen);
	hs_buf_set(&hs->hello, ch);
	if (section == 4)
		early_secrets(hs, &session, ch);
	if (section == 5) {
		tap_sub(feed(hs, vector(5, "ServerHello", "ServerHello", 0)),
			"5: HelloRetryRequest");
		tap_sub(hs->cookie.len == 0x72 &&
			hs->retry_group == HS_GROUP_SECP256R1, "5: its words");
		collect(hs, &seen);
		hs_transcript_free(&hs->transcript);
		hs_transcript_restart(&hs->transcript, crypto, HS_SHA256, ch);
		hs_transcript_add(&hs->transcript,
				  vector(5, "ServerHello", "ServerHello", 0));
		hs_transcript_add(&hs->transcript,
				  vector(5, "client: send handshake",
					 "payload", 1));
	}
	finish_client(hs, &seen, section);
	check_last_flight(hs, &seen, section);
	hs_free(hs);
	hs_buf_free(&seen.flight);
}

/* Section 3's ticket gives section 4's PSK. */
static void ticket(void)
{
	struct hs_bytes nst = vector(3, "NewSessionTicket", "NewSessionTicket",
				     0);
	struct hs_bytes master = vector(3, "res master", "expanded", 0);
	uint8_t room[128];
	struct hs_buf b = hs_buf_fixed(room, sizeof(room));
	struct hs_session *s;
	int alert;

	hs_buf_u8(&b, 0x52);
	hs_buf_u16(&b, suite);
	hs_buf_vec(&b, 1, master);
	hs_buf_vec(&b, 1, hs_bytes("server", 6));
	hs_buf_u8(&b, 0);
	s = hs_ticket_session(crypto, hs_buf_bytes(&b), nst, 1000, &alert);
	tap_ok(s && hs_bytes_equal(hs_bytes(s->psk.bytes, s->psk.len),
				   vector(4, "\"early\"", "IKM", 0)) &&
	       s->lifetime == 30 && s->max_early_data == 1024 &&
	       s->age_add == 0xfad6aac5 &&
	       hs_session_expires(s) == 31000 && s->ticket_len == 178,
	       "section 3's NewSessionTicket gives section 4's PSK (4.6.1)");
	hs_session_free(s);
}

int main(void)
{
	vectors_load("selftests/engine/rfc8448.json");
	crypto = tlsup_crypto_openssl();
	server(3);
	server(6);
	server(7);
	tap_sum("our server in sections 3, 6, 7");
	server_with_retry();
	server_with_early_data();
	wrong_binder();
	client(3);
	tap_sum("our client in section 3, simple 1-RTT");
	client(4);
	tap_sum("our client in section 4, resumed 0-RTT handshake");
	client(5);
	tap_sum("our client in section 5, HelloRetryRequest");
	client(6);
	tap_sum("our client in section 6, client authentication");
	client(7);
	tap_sum("our client in section 7, compatibility mode");
	ticket();
	fixed_reset();
	vectors_free();
	host_exit();
	return tap_done();
}
