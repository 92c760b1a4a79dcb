// SPDX-License-Identifier: Apache-2.0
/* What goes beside the handshake proper: stapled responses and timestamps,
 * names of authorities, record limits; the values, and what is refused. */
#include <string.h>

#include "daemon/engine/ext.h"
#include "edit.h"
#include "tap.h"

#define CH HS_MT_CLIENT_HELLO
#define EE HS_MT_ENCRYPTED_EXTENSIONS
#define CT HS_MT_CERTIFICATE
#define CR HS_MT_CERTIFICATE_REQUEST
#define N(a) (sizeof(a) / sizeof((a)[0]))

/* What was changed on its way and is nevertheless taken shows by keys that
 * differ: at the next record after a hello, at Finished later. */
#define TAKEN HS_ALERT_BAD_RECORD_MAC
#define TAKEN_LATER HS_ALERT_DECRYPT_ERROR

#define EXTRA(what, section, message, type, body, alert) \
	{ what, section, message, EDIT_EXT, type, B(body), alert, EDIT_EXTRAS, 0 }

static const struct edit to_server[] = {
	EXTRA("status_request without a type", "RFC 6066 8", CH, 5, "",
	      HS_ALERT_DECODE_ERROR),
	EXTRA("status_request of another type", "RFC 6066 8", CH, 5,
	      "\2what it wants", TAKEN),
	EXTRA("status_request without extensions", "RFC 6066 8", CH, 5,
	      "\1\0\0", HS_ALERT_DECODE_ERROR),
	EXTRA("a responder longer than the list", "RFC 6066 8", CH, 5,
	      "\1\0\3\0\2x\0\0", HS_ALERT_DECODE_ERROR),
	EXTRA("a responder of no bytes", "RFC 6066 8", CH, 5, "\1\0\2\0\0\0\0",
	      HS_ALERT_DECODE_ERROR),
	EXTRA("a responder and an extension", "RFC 6066 8", CH, 5,
	      "\1\0\3\0\1x\0\1y", TAKEN),
	EXTRA("bytes after status_request", "RFC 6066 8", CH, 5, "\1\0\0\0\0x",
	      HS_ALERT_DECODE_ERROR),
	EXTRA("signed_certificate_timestamp with a body", "RFC 6962 3.3.1", CH,
	      18, "x", HS_ALERT_DECODE_ERROR),
	EXTRA("no authorities", "4.2.4", CH, 47, "\0\0", HS_ALERT_DECODE_ERROR),
	EXTRA("an authority of no bytes", "4.2.4", CH, 47, "\0\5\0\1x\0\0",
	      HS_ALERT_DECODE_ERROR),
	EXTRA("an authority longer than the list", "4.2.4", CH, 47,
	      "\0\4\0\3xx", HS_ALERT_DECODE_ERROR),
	EXTRA("two authorities", "4.2.4", CH, 47, "\0\6\0\1x\0\1y",
	      TAKEN),
	EXTRA("record_size_limit 63", "RFC 8449 4", CH, 28, "\0\x3f",
	      HS_ALERT_ILLEGAL_PARAMETER),
	EXTRA("record_size_limit 0", "RFC 8449 4", CH, 28, "\0\0",
	      HS_ALERT_ILLEGAL_PARAMETER),
	EXTRA("record_size_limit of a byte", "RFC 8449 4", CH, 28, "\1",
	      HS_ALERT_DECODE_ERROR),
	EXTRA("record_size_limit of three bytes", "RFC 8449 4", CH, 28,
	      "\1\0\0", HS_ALERT_DECODE_ERROR),
	EXTRA("record_size_limit beyond the protocol's", "RFC 8449 4", CH, 28,
	      "\xff\xff", TAKEN),
};

static const struct edit to_client[] = {
	EXTRA("record_size_limit 63", "RFC 8449 4", EE, 28, "\0\x3f",
	      HS_ALERT_ILLEGAL_PARAMETER),
	EXTRA("record_size_limit 16386", "RFC 8449 4", EE, 28, "\x40\2",
	      HS_ALERT_ILLEGAL_PARAMETER),
	EXTRA("record_size_limit 16385", "RFC 8449 4", EE, 28, "\x40\1",
	      TAKEN_LATER),
	EXTRA("record_size_limit of a byte", "RFC 8449 4", EE, 28, "\1",
	      HS_ALERT_DECODE_ERROR),
	{ "record_size_limit that was not offered", "4.2", EE, EDIT_EXT, 28,
	  B("\x40\1"), HS_ALERT_UNSUPPORTED_EXTENSION, 0, 0 },
	EXTRA("status_request in EncryptedExtensions", "4.2", EE, 5, "",
	      HS_ALERT_ILLEGAL_PARAMETER),
	EXTRA("timestamps in EncryptedExtensions", "4.2", EE, 18,
	      "\0\3\0\1x", HS_ALERT_ILLEGAL_PARAMETER),
	EXTRA("authorities in EncryptedExtensions", "4.2.4", EE, 47,
	      "\0\3\0\1x", HS_ALERT_ILLEGAL_PARAMETER),
	EXTRA("a status of another type", "RFC 6066 8", CT, 5, "\2\0\0\1x",
	      HS_ALERT_ILLEGAL_PARAMETER),
	EXTRA("a response of no bytes", "RFC 6066 8", CT, 5, "\1\0\0\0",
	      HS_ALERT_DECODE_ERROR),
	EXTRA("a response longer than the extension", "RFC 6066 8", CT, 5,
	      "\1\0\0\2x", HS_ALERT_DECODE_ERROR),
	EXTRA("bytes after the response", "RFC 6066 8", CT, 5, "\1\0\0\1xy",
	      HS_ALERT_DECODE_ERROR),
	EXTRA("an empty status_request", "RFC 6066 8", CT, 5, "",
	      HS_ALERT_DECODE_ERROR),
	EXTRA("no timestamps", "RFC 6962 3.3", CT, 18, "\0\0",
	      HS_ALERT_DECODE_ERROR),
	EXTRA("a timestamp of no bytes", "RFC 6962 3.3", CT, 18, "\0\2\0\0",
	      HS_ALERT_DECODE_ERROR),
	EXTRA("a timestamp longer than the list", "RFC 6962 3.3", CT, 18,
	      "\0\3\0\2x", HS_ALERT_DECODE_ERROR),
	EXTRA("bytes after the timestamps", "RFC 6962 3.3", CT, 18,
	      "\0\3\0\1xy", HS_ALERT_DECODE_ERROR),
	{ "timestamps that were not asked for", "4.4.2", CT, EDIT_EXT, 18,
	  B("\0\3\0\1x"), HS_ALERT_UNSUPPORTED_EXTENSION, 0, 0 },
};

#define AUTH(what, section, message, type, body, alert, flags, nth) \
	{ what, section, message, EDIT_EXT, type, B(body), alert, \
	  EDIT_CLIENT_AUTH | (flags), nth }

static const struct edit client_auth[] = {
	AUTH("status_request with a body", "4.4.2.1", CR, 5, "\1\0\0\0\0",
	     HS_ALERT_DECODE_ERROR, EDIT_EXTRAS, 0),
	AUTH("status_request that is answered", "4.4.2.1", CR, 5, "", 0,
	     EDIT_EXTRAS, 0),
	AUTH("timestamps in the request", "4.4.2", CR, 18, "\0\3\0\1x",
	     HS_ALERT_DECODE_ERROR, EDIT_EXTRAS, 0),
	AUTH("no authorities", "4.2.4", CR, 47, "\0\0", HS_ALERT_DECODE_ERROR,
	     0, 0),
	AUTH("no filters", "RFC 8446 4.2.5", CR, 48, "\0\0", TAKEN_LATER, 0, 0),
	AUTH("a filter on an extension", "RFC 8446 4.2.5", CR, 48,
	     "\0\x08\3\x55\x1d\x25\0\2xx", TAKEN_LATER, 0, 0),
	AUTH("a filter on nothing", "RFC 8446 4.2.5", CR, 48, "\0\3\0\0\0",
	     HS_ALERT_DECODE_ERROR, 0, 0),
	AUTH("a filter's values beyond the list", "RFC 8446 4.2.5", CR, 48,
	     "\0\7\3\x55\x1d\x25\0\2x", HS_ALERT_DECODE_ERROR, 0, 0),
	AUTH("bytes after the filters", "RFC 8446 4.2.5", CR, 48, "\0\0x",
	     HS_ALERT_DECODE_ERROR, 0, 0),
	AUTH("a client's response that was not asked for", "4.4.2", CT, 5,
	     "\1\0\0\1x", HS_ALERT_UNSUPPORTED_EXTENSION, 0, 1),
	AUTH("a client's timestamps that were not asked for", "4.4.2", CT, 18,
	     "\0\3\0\1x", HS_ALERT_UNSUPPORTED_EXTENSION, 0, 1),
	AUTH("a client's response of another type", "4.4.2.1", CT, 5,
	     "\2\0\0\1x", HS_ALERT_ILLEGAL_PARAMETER, EDIT_EXTRAS, 1),
};

/* What the host is told, at the time when it is asked. */
static struct pair *current;
static struct hs_bytes seen_ocsp, seen_sct, seen_authorities;
static uint16_t seen_version;

static int see_chain(void *arg, const struct hs_bytes *chain, size_t n,
		     char *reason)
{
	struct host *h = arg;
	const struct hs_info *i = hs_info(h->server ? current->server.hs :
						      current->client.hs);

	(void)chain;
	(void)n;
	(void)reason;
	seen_ocsp = i->ocsp;
	seen_sct = i->sct;
	return 0;
}

static int see_hello(void *arg, const struct hs_hello *hello,
		     const struct hs_certificate **out)
{
	static uint8_t copy[64];

	seen_version = hello->version;
	seen_authorities = hello->authorities;
	if (hello->authorities.len <= sizeof(copy) && hello->authorities.len) {
		memcpy(copy, hello->authorities.data, hello->authorities.len);
		seen_authorities.data = copy;
	}
	return host_ops.select_certificate(arg, hello, out);
}

static void watch(struct pair *p, struct hs_host *ops, unsigned int flags)
{
	edit_pair(p, flags);
	*ops = host_ops;
	ops->verify_chain = see_chain;
	ops->select_certificate = see_hello;
	p->client.config.host = p->server.config.host = ops;
	p->server.host.server = true;
	current = p;
	seen_version = 0;
	seen_ocsp = seen_sct = seen_authorities = hs_bytes(NULL, 0);
}

static bool both_seen(const struct hs_info *i)
{
	const struct hs_certificate *c = &edit_stapled()->cert;

	return hs_bytes_equal(seen_ocsp, c->ocsp) &&
	       hs_bytes_equal(seen_sct, c->sct) &&
	       hs_bytes_equal(i->ocsp, c->ocsp) &&
	       hs_bytes_equal(i->sct, c->sct);
}

static void stapling(void)
{
	struct hs_host ops;
	struct pair p;

	watch(&p, &ops, EDIT_EXTRAS);
	p.client.config.ocsp_required = true;
	pair_open(&p);
	tap_ok(pair_run(&p) && both_seen(hs_info(p.client.hs)),
	       "a server's response and timestamps are there for verify_chain()");
	pair_free(&p);

	watch(&p, &ops, EDIT_EXTRAS | EDIT_CLIENT_AUTH);
	pair_open(&p);
	tap_ok(pair_run(&p) && both_seen(hs_info(p.server.hs)),
	       "a client's too, where the server asks for them (4.4.2.1)");
	pair_free(&p);

	watch(&p, &ops, EDIT_EXTRAS);
	p.client.config.ocsp = p.client.config.sct = false;
	pair_open(&p);
	tap_ok(pair_run(&p) && !seen_ocsp.len && !seen_sct.len,
	       "nothing is stapled that was not asked for");
	pair_free(&p);

	for (int required = 0; required < 2; required++) {
		edit_pair(&p, EDIT_EXTRAS);
		p.server.host.identity = host_identity("P-256");
		p.client.config.ocsp_required = required;
		pair_open(&p);
		tap_sub(pair_run(&p) == !required &&
			pair_alert(&p.client) == (required ?
				HS_ALERT_BAD_CERTIFICATE_STATUS_RESPONSE :
				HS_ALERT_NONE) &&
			p.client.host.verified == !required,
			"required: %d", required);
		pair_free(&p);
	}
	tap_sum("a response that is required and missing: bad_certificate_status_response");
}

static bool staple(struct pair *p, struct pair_side *from, uint8_t *message,
		   size_t *len, size_t room)
{
	static const struct edit status = {
		.op = EDIT_EXT, .arg = 5, .body = "\1\0\0\1x", .len = 5,
	};

	(void)room;
	if (from == &p->client && message[0] == CT)
		edit_apply(&status, message, len);
	return true;
}

/* What the client asked of the server is no leave for the client. */
static void not_asked_back(void)
{
	for (int forced = 0; forced < 2; forced++) {
		struct pair p;

		edit_pair(&p, EDIT_EXTRAS | EDIT_CLIENT_AUTH);
		p.server.config.ocsp = p.server.config.sct = false;
		p.tamper = forced ? staple : NULL;
		pair_open(&p);
		tap_sub(pair_run(&p) == !forced &&
			!hs_info(p.server.hs)->ocsp.len &&
			!hs_info(p.server.hs)->sct.len, "forced: %d", forced);
		tap_sub(pair_alert(&p.server) ==
			(forced ? HS_ALERT_UNSUPPORTED_EXTENSION :
				  HS_ALERT_NONE), "forced: %d: alert", forced);
		pair_free(&p);
	}
	tap_sum("a client's certificate answers the CertificateRequest, not its own hello");
}

/* A host that gives something else than a chain has given none. */
static void no_chain(void)
{
	for (uint16_t version = HS_TLS12; version <= HS_TLS13; version++)
		for (int len = 0; len < 2; len++) {
			struct host_identity none = *edit_stapled();
			struct pair p;

			pair_init(&p);
			none.cert.chain_len = len ? HS_CHAIN_MAX + 1 : 0;
			p.client.config.max_version = version;
			p.server.host.identity = &none;
			pair_open(&p);
			tap_sub(!pair_run(&p) && pair_alert(&p.server) ==
				HS_ALERT_HANDSHAKE_FAILURE, "version %x, %d",
				version, len);
			pair_free(&p);
		}
	tap_sum("a chain of no certificate, or too many, from the host is none");
}

static void authorities(void)
{
	struct hs_bytes names = hs_bytes("\0\1x\0\2yy", 7);
	struct hs_host ops;
	struct pair p;

	watch(&p, &ops, 0);
	p.client.config.authorities = names;
	pair_open(&p);
	tap_ok(pair_run(&p) && seen_version == HS_TLS13 &&
	       hs_bytes_equal(seen_authorities, names),
	       "a server's choice of certificate knows the client's authorities");
	pair_free(&p);

	watch(&p, &ops, EDIT_CLIENT_AUTH);
	p.server.config.authorities = names;
	pair_open(&p);
	tap_ok(pair_run(&p) && seen_version == HS_TLS13 &&
	       hs_bytes_equal(seen_authorities, names),
	       "... and a client's the server's (4.2.4)");
	pair_free(&p);

	watch(&p, &ops, EDIT_CLIENT_AUTH);
	p.client.config.min_version = p.server.config.min_version = HS_TLS12;
	p.server.config.max_version = HS_TLS12;
	p.server.config.authorities = names;
	pair_open(&p);
	tap_ok(pair_run(&p) && seen_version == HS_TLS12 &&
	       hs_bytes_equal(seen_authorities, names),
	       "... and in TLS 1.2 (RFC 5246 7.4.4)");
	pair_free(&p);
}

/* RFC 8449: the numbers, and records that keep to them. */
static void record_limits(void)
{
	static const struct {
		uint16_t	client, server;		/* configured */
		uint16_t	to_client, to_server;	/* most content */
	} rows[] = {
		{ 64, 64, 63, 63 },
		{ 100, 201, 99, 200 },
		{ 16385, 16384, 0, 16383 },
		{ 16385, 16385, 0, 0 },
		{ 65535, 1, 0, 63 },
		{ 0, 100, 0, 0 },
		{ 100, 0, 0, 0 },
	};

	for (size_t i = 0; i < N(rows); i++) {
		const struct hs_info *c, *s;
		struct pair p;

		edit_pair(&p, EDIT_CLIENT_AUTH);
		p.per_message = false;
		p.client.config.record_size_limit = rows[i].client;
		p.server.config.record_size_limit = rows[i].server;
		pair_open(&p);
		tap_sub(pair_run(&p), "row %zu", i);
		c = hs_info(p.client.hs);
		s = hs_info(p.server.hs);
		tap_sub(c->record_limit == rows[i].to_client &&
			s->peer_record_limit == rows[i].to_client &&
			s->record_limit == rows[i].to_server &&
			c->peer_record_limit == rows[i].to_server,
			"row %zu: the numbers", i);
		tap_sub((!rows[i].to_client ||
			 p.server.longest == rows[i].to_client) &&
			(!rows[i].to_server || rows[i].to_server > 1000 ||
			 p.client.longest == rows[i].to_server),
			"row %zu: the records", i);
		pair_free(&p);
	}
	tap_sum("record limits, and handshake records that keep to them (RFC 8449)");
}

/* Records that don't: whole messages that are longer. */
static void over_the_limit(void)
{
	for (int client = 0; client < 2; client++) {
		struct pair_side *s;
		struct pair p;

		edit_pair(&p, EDIT_CLIENT_AUTH);
		s = client ? &p.client : &p.server;
		s->config.record_size_limit = 64;
		(client ? &p.server : &p.client)->config.record_size_limit =
			16385;
		pair_open(&p);
		pair_run(&p);
		tap_sub(pair_alert(s) == HS_ALERT_RECORD_OVERFLOW,
			"client: %d", client);
		pair_free(&p);
	}
	tap_sum("a record over the limit that was told: record_overflow (RFC 8449 4)");
}

int main(void)
{
	edit_table(to_server, N(to_server), "a ClientHello's extensions");
	edit_table(to_client, N(to_client),
		   "EncryptedExtensions and the server's Certificate");
	edit_table(client_auth, N(client_auth),
		   "CertificateRequest and the client's Certificate");
	stapling();
	not_asked_back();
	no_chain();
	authorities();
	record_limits();
	over_the_limit();
	host_exit();
	return tap_done();
}
