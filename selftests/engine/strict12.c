// SPDX-License-Identifier: Apache-2.0
/* TLS 1.2 (RFC 5246), rule by rule, where no message is edited: records and
 * change_cipher_spec, what a master secret hangs on, what is asked for and what
 * is not. */
#include <string.h>

#include "daemon/engine/ext.h"
#include "edit.h"
#include "tap.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define R(literal) literal, sizeof(literal) - 1
#define UNEXPECTED HS_ALERT_UNEXPECTED_MESSAGE

static void setup(struct pair *p)
{
	pair_init(p);
	p->per_message = true;
	p->client.config.max_version = HS_TLS12;
}

/* Both are there at once: the server when it waits for the client's, the client
 * when all of its own is sent. */
static void to_ccs(struct pair *p, struct pair_side *s)
{
	setup(p);
	pair_open(p);
	pair_start(p);
	while (s->hs->state != HS_ST_WAIT_CCS && pair_step(p))
		;
}

/* 7.1: "a single byte of value 1"; 6.2.1: no empty fragments of anything but
 * application data, and none of that in a handshake. */
static void records(void)
{
	static const struct {
		uint8_t		type;
		const char	*data;
		size_t		len;
		int		alert;
	} rows[] = {
		{ HS_CHANGE_CIPHER_SPEC, R("\0"), HS_ALERT_ILLEGAL_PARAMETER },
		{ HS_CHANGE_CIPHER_SPEC, R("\2"), HS_ALERT_ILLEGAL_PARAMETER },
		{ HS_CHANGE_CIPHER_SPEC, R("\1\1"), HS_ALERT_DECODE_ERROR },
		{ HS_CHANGE_CIPHER_SPEC, R(""), UNEXPECTED },
		{ HS_ALERT, R(""), UNEXPECTED },
		{ HS_HANDSHAKE, R(""), UNEXPECTED },
		{ HS_APPLICATION_DATA, R(""), UNEXPECTED },
		{ HS_APPLICATION_DATA, R("x"), UNEXPECTED },
	};

	for (size_t i = 0; i < 2 * N(rows); i++) {
		struct pair p;
		struct pair_side *s = i % 2 ? &p.client : &p.server;

		to_ccs(&p, s);
		tap_sub(s->hs->state == HS_ST_WAIT_CCS, "row %zu: there", i / 2);
		tap_sub(pair_inject(&p, s, rows[i / 2].type, rows[i / 2].data,
				    rows[i / 2].len) == rows[i / 2].alert &&
			pair_alert(s) == rows[i / 2].alert &&
			!s->rx_keys.key_len, "row %zu: %d", i / 2,
			pair_alert(s));
		pair_free(&p);
	}
	tap_sum("records that can't be in a change_cipher_spec's place (7.1, 6.2.1)");
}

/* 6.1: each direction has its state, and its keys come in with that direction's
 * change_cipher_spec, once. */
static void directions(void)
{
	struct pair p;

	to_ccs(&p, &p.server);
	tap_sub(!p.server.rx_keys.key_len && !p.server.tx_keys.key_len,
		"neither at first");
	pair_step(&p);
	tap_sub(p.server.rx_keys.key_len && !p.server.tx_keys.key_len,
		"to read alone, with the client's");
	while (pair_step(&p))
		;
	tap_sub(p.server.tx_keys.key_len && hs_state(p.server.hs) == HS_DONE,
		"to write, with our own");
	pair_free(&p);
	tap_sum("keys come in for each direction at its change_cipher_spec (6.1)");
}

/* 7.2.1: a close_notify ends a handshake, and is not answered by an alert. */
static void closed(void)
{
	struct pair p;

	to_ccs(&p, &p.server);
	tap_ok(pair_inject(&p, &p.server, HS_ALERT, "\1\0", 2) ==
		       HS_ALERT_NONE &&
	       hs_state(p.server.hs) == HS_FAILED &&
	       pair_alert(&p.server) == HS_ALERT_NONE &&
	       hs_error(p.server.hs)->alert_received == HS_ALERT_CLOSE_NOTIFY,
	       "a close_notify in the middle of the handshake is its end (7.2.1)");
	pair_free(&p);
}

static bool no_ems(struct pair *p, struct pair_side *from, uint8_t *message,
		   size_t *len, size_t room)
{
	static const struct edit without = {
		.op = EDIT_NO_EXT, .arg = HS_EXT_EXTENDED_MASTER_SECRET,
	};

	(void)p;
	(void)from;
	(void)room;
	if (message[0] <= HS_MT_SERVER_HELLO)
		edit_apply(&without, message, len);
	return true;
}

static bool other_name(struct pair *p, struct pair_side *from,
		       uint8_t *message, size_t *len, size_t room)
{
	bool hello = message[0] <= HS_MT_SERVER_HELLO;

	if (message[0] == HS_MT_CERTIFICATE_REQUEST)
		message[*len - 1] ^= 1;
	return p->tamper_arg && hello ? no_ems(p, from, message, len, room) :
					true;
}

/* RFC 7627 3: the session hash is of all messages up to ClientKeyExchange. So one
 * that nobody signs makes other keys where it was altered, and the next record
 * does not open; in the old way the keys are the same, and only Finished tells
 * (RFC 5246 8.1). */
static void session_hash(void)
{
	for (int ems = 0; ems < 2; ems++) {
		struct pair p;

		setup(&p);
		p.client.config.ems_optional = true;
		p.server.config.ems_optional = true;
		p.server.config.client_auth = HS_CLIENT_AUTH_REQUEST;
		p.server.config.authorities = hs_bytes("\0\1x", 3);
		p.tamper = other_name;
		p.tamper_arg = ems ? NULL : "";
		pair_open(&p);
		pair_run(&p);
		tap_sub(pair_alert(&p.server) ==
			(ems ? HS_ALERT_BAD_RECORD_MAC :
			       HS_ALERT_DECRYPT_ERROR), "%d: %d", ems,
			pair_alert(&p.server));
		pair_free(&p);
	}
	tap_sum("the extended master secret hangs on every message (RFC 7627 3)");
}

/* RFC 7627 5.4: exporters are refused where they would not be of one connection
 * alone. */
static void exporter(void)
{
	uint8_t out[32], packed[256];
	struct pair p;

	setup(&p);
	pair_open(&p);
	tap_sub(pair_run(&p) && !hs_export(p.client.hs, "EXPORTER-x",
					   hs_bytes("", 0), out, 32) &&
		hs_exporter_pack(p.client.hs, packed, sizeof(packed)),
		"with it");
	p.client.hs->info.extended_master_secret = false;
	tap_sub(hs_export(p.client.hs, "EXPORTER-x", hs_bytes("", 0), out, 32) &&
		!hs_exporter_pack(p.client.hs, packed, sizeof(packed)),
		"without");
	pair_free(&p);
	tap_sum("no exporter without extended_master_secret (RFC 7627 5.4)");
}

static struct hs_client_hello client_hello(const struct pair_side *s)
{
	struct hs_client_hello m = { 0 };
	size_t len = (size_t)s->flight[2] << 8 | s->flight[3];

	hs_client_hello_parse(&m, hs_bytes(s->flight + HS_HEADER, len));
	return m;
}

/* RFC 7507 4: the signal is sent when the host says that it falls back, and not
 * otherwise: not with the highest version there is; RFC 5746 3.4: the client says in
 * each hello that it is safe. */
static void signals(void)
{
	for (int fallback = 0; fallback < 2; fallback++)
		for (uint16_t max = HS_TLS12; max <= HS_TLS13; max++) {
			struct hs_client_hello m;
			struct hs_bytes info;
			struct pair p;

			pair_init(&p);
			p.client.config.max_version = max;
			p.client.config.fallback_scsv = fallback;
			pair_open(&p);
			pair_start(&p);
			m = client_hello(&p.client);
			tap_sub(m.cipher_suites.len &&
				(fallback && max == HS_TLS12) == hs_u16_in(m.cipher_suites, HS_FALLBACK_SCSV),
				"%d, %x", fallback, max);
			tap_sub(!hs_ext_find(m.extensions,
					     HS_EXT_RENEGOTIATION_INFO, &info) &&
				info.len == 1, "renegotiation_info");
			pair_free(&p);
		}
	tap_sum("what a client signals: a fallback where it is one (RFC 7507 4)");
}

/* ... nor beside a session of that version. */
static void no_signal_with_session(void)
{
	struct hs_client_hello m;
	struct pair p;

	setup(&p);
	p.server.config.max_version = HS_TLS12;
	pair_open(&p);
	tap_sub(pair_run(&p), "the first");
	p.session = hs_session_made(p.client.hs);
	pair_close(&p);
	p.client.config.fallback_scsv = true;
	pair_open(&p);
	pair_start(&p);
	m = client_hello(&p.client);
	tap_sub(m.cipher_suites.len &&
		!hs_u16_in(m.cipher_suites, HS_FALLBACK_SCSV), "again");
	pair_free(&p);
	tap_sum("no fallback is signalled with a session (RFC 7507 4)");
}

/* RFC 8422 4: point formats belong to suites with curves. */
static void point_formats(void)
{
	static const uint16_t suites[] = {
		HS_DHE_RSA_AES_128_GCM_SHA256, HS_ECDHE_RSA_AES_128_GCM_SHA256,
	};

	for (size_t n = 1; n <= N(suites); n++) {
		struct hs_bytes formats;
		struct pair p;

		setup(&p);
		p.client.config.cipher_suites = suites;
		p.client.config.cipher_suites_len = n;
		pair_open(&p);
		pair_start(&p);
		hs_ext_find(client_hello(&p.client).extensions,
			    HS_EXT_EC_POINT_FORMATS, &formats);
		tap_sub((formats.len == 2) == (n == 2), "%zu", n);
		pair_free(&p);
	}
	tap_sum("point formats are offered with ECDHE alone (RFC 8422 4)");
}

/* RFC 8422 5.1.3: who does not list EdDSA is not shown a key of it; 2.1, 2.2: nor
 * a key for which there is no suite. */
static void key_without_taker(void)
{
	static const uint16_t ecdsa = HS_ECDSA_SECP256R1_SHA256;
	static const uint16_t rsa = HS_ECDHE_RSA_AES_128_GCM_SHA256;
	static const char *const kinds[] = { "ED25519", "ED448", "P-256" };

	for (size_t i = 0; i < N(kinds); i++) {
		struct pair p;

		setup(&p);
		p.server.host.identity = host_identity(kinds[i]);
		if (i < 2) {
			p.client.config.schemes = &ecdsa;
			p.client.config.schemes_len = 1;
		} else {
			p.client.config.cipher_suites = &rsa;
			p.client.config.cipher_suites_len = 1;
		}
		pair_open(&p);
		tap_sub(!pair_run(&p) && pair_alert(&p.server) ==
				HS_ALERT_HANDSHAKE_FAILURE &&
			!p.server.host.signed_, "%s", kinds[i]);
		pair_free(&p);
	}
	tap_sum("a key that the client can't take signs nothing (RFC 8422 5.1.3, 2.1)");
}

int main(void)
{
	records();
	directions();
	closed();
	session_hash();
	exporter();
	signals();
	no_signal_with_session();
	point_formats();
	key_without_taker();
	host_exit();
	return tap_done();
}
