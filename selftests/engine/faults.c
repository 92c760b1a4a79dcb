// SPDX-License-Identifier: Apache-2.0
/*
 * Everything that the engine calls fails once: each allocation, each call of
 * the provider, each call of the host, one after the other. The handshake then
 * fails with internal_error on that side, or the call says so; nothing crashes
 * and (under the sanitisers) nothing leaks. Linked with --wrap, so that only
 * what the engine asks for can fail.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/engine/engine.h"
#include "host.h"
#include "tap.h"

void *__real_malloc(size_t len);
void *__real_calloc(size_t n, size_t len);
void *__real_realloc(void *p, size_t len);
void *__wrap_malloc(size_t len);
void *__wrap_calloc(size_t n, size_t len);
void *__wrap_realloc(void *p, size_t len);

static bool armed;		/* the engine is at work */
static long countdown;		/* calls until one fails */
static bool fired;
static const char *what;	/* that failed */

static bool fails(const char *name)
{
	if (!armed || fired || countdown--)
		return false;
	fired = true;
	what = name;
	return true;
}

void *__wrap_malloc(size_t len)
{
	return fails("malloc") ? NULL : __real_malloc(len);
}

void *__wrap_calloc(size_t n, size_t len)
{
	return fails("calloc") ? NULL : __real_calloc(n, len);
}

void *__wrap_realloc(void *p, size_t len)
{
	return fails("realloc") ? NULL : __real_realloc(p, len);
}

static const struct hs_crypto *real;

static int f_random(uint8_t *out, size_t len)
{
	return fails("random") ? HS_ALERT_INTERNAL_ERROR : real->random(out, len);
}

static struct hs_hash *f_hash_new(enum hs_hash_alg alg)
{
	return fails("hash_new") ? NULL : real->hash_new(alg);
}

static struct hs_hash *f_hash_copy(const struct hs_hash *h)
{
	return fails("hash_copy") ? NULL : real->hash_copy(h);
}

static int f_hash_update(struct hs_hash *h, const uint8_t *data, size_t len)
{
	return fails("hash_update") ? HS_ALERT_INTERNAL_ERROR :
				      real->hash_update(h, data, len);
}

static int f_hash_peek(const struct hs_hash *h, uint8_t *out)
{
	return fails("hash_peek") ? HS_ALERT_INTERNAL_ERROR :
				    real->hash_peek(h, out);
}

static int f_hmac(enum hs_hash_alg alg, struct hs_bytes key,
		  const struct hs_bytes *parts, size_t n, uint8_t *out)
{
	return fails("hmac") ? HS_ALERT_INTERNAL_ERROR :
			       real->hmac(alg, key, parts, n, out);
}

static int f_kx_generate(uint16_t group, struct hs_kx **kx, uint8_t *share,
			 size_t *share_len)
{
	return fails("kx_generate") ? HS_ALERT_INTERNAL_ERROR :
			real->kx_generate(group, kx, share, share_len);
}

static int f_kx_finish(struct hs_kx *kx, struct hs_bytes peer,
		       struct hs_shared *out)
{
	return fails("kx_finish") ? HS_ALERT_INTERNAL_ERROR :
				    real->kx_finish(kx, peer, out);
}

static int f_kx_respond(uint16_t group, struct hs_bytes peer, uint8_t *share,
			size_t *share_len, struct hs_shared *out)
{
	return fails("kx_respond") ? HS_ALERT_INTERNAL_ERROR :
			real->kx_respond(group, peer, share, share_len, out);
}

static int f_verify(uint16_t version, uint16_t scheme, struct hs_bytes leaf,
		    struct hs_bytes tbs,
		    struct hs_bytes sig)
{
	return fails("verify") ? HS_ALERT_INTERNAL_ERROR :
				 real->verify(version, scheme, leaf, tbs, sig);
}

static int f_select(void *arg, const struct hs_hello *hello,
		    const struct hs_certificate **out)
{
	return fails("select_certificate") ? HS_ALERT_INTERNAL_ERROR :
			host_ops.select_certificate(arg, hello, out);
}

static int f_sign(void *arg, const struct hs_certificate *cert, uint16_t scheme,
		  struct hs_bytes tbs, uint8_t *sig, size_t *sig_len)
{
	return fails("sign") ? HS_ALERT_INTERNAL_ERROR :
			host_ops.sign(arg, cert, scheme, tbs, sig, sig_len);
}

static int f_verify_chain(void *arg, const struct hs_bytes *chain, size_t n,
			  char *reason)
{
	return fails("verify_chain") ? HS_ALERT_INTERNAL_ERROR :
			host_ops.verify_chain(arg, chain, n, reason);
}

static struct hs_crypto crypto;
static struct hs_host host;

static void set_up(void)
{
	real = tlsup_crypto_openssl();
	crypto = *real;
	crypto.random = f_random;
	crypto.hash_new = f_hash_new;
	crypto.hash_copy = f_hash_copy;
	crypto.hash_update = f_hash_update;
	crypto.hash_peek = f_hash_peek;
	crypto.hmac = f_hmac;
	crypto.kx_generate = f_kx_generate;
	crypto.kx_finish = f_kx_finish;
	crypto.kx_respond = f_kx_respond;
	crypto.verify = f_verify;
	host = host_ops;
	host.select_certificate = f_select;
	host.sign = f_sign;
	host.verify_chain = f_verify_chain;
}

/* One of the two; what it sent waits in out. */
struct end {
	struct hs_config	config;
	struct host		host;
	struct hs		*hs;
	uint8_t			out[32768];
	struct {
		uint8_t		type;
		size_t		at, len;
	} record[64];
	size_t			n, first, len;
};

static struct hs_session *session;
static bool reported;		/* a call other than hs_record() said so */

static void drain(struct end *e)
{
	struct hs_output o;

	while (hs_next(e->hs, &o)) {
		if (o.kind != HS_OUT_RECORD)
			continue;
		memcpy(e->out + e->len, o.data, o.len);
		e->record[e->n].type = o.type;
		e->record[e->n].at = e->len;
		e->record[e->n++].len = o.len;
		e->len += o.len;
	}
}

static void take_ticket(struct end *client, const uint8_t *data, size_t len)
{
	uint8_t packed[HS_RESUMPTION_MAX];
	size_t n = hs_resumption_pack(client->hs, packed, sizeof(packed));
	struct hs_session *s;
	int alert;

	armed = true;
	s = hs_ticket_session(&crypto, hs_bytes(packed, n), hs_bytes(data, len),
			      1, &alert);
	armed = false;
	reported |= alert == HS_ALERT_INTERNAL_ERROR && !s;
	hs_session_free(s);
}

static bool move(struct end *from, struct end *to)
{
	const uint8_t *data = from->out + from->record[from->first].at;
	size_t len = from->record[from->first].len;

	if (from->first == from->n)
		return false;
	if (hs_state(to->hs) == HS_DONE && data[0] == HS_MT_NEW_SESSION_TICKET) {
		take_ticket(to, data, len);
	} else {
		armed = true;
		hs_record(to->hs, from->record[from->first].type, data, len);
		armed = false;
		drain(to);
	}
	from->first++;
	return true;
}

static void open_end(struct end *e, enum hs_role role)
{
	e->config = (struct hs_config){
		.role = role, .crypto = &crypto, .host = &host,
		.tickets = 1, .ticket_lifetime = 7200,
		.client_auth = e->config.client_auth,
		.groups = e->config.groups,
		.groups_len = e->config.groups_len,
		.psks = e->config.psks,
		.psks_len = e->config.psks ? 1 : 0,
		.party = e->config.party,
		.early_data = e->config.early_data,
		.max_early_data = 100,
		.post_handshake_auth = e->config.post_handshake_auth,
		.max_version = e->config.max_version,
		.ocsp = true,
		.user_mapping = true,
		.user_principal = hs_bytes("user@example", 12),
	};
	armed = true;
	e->hs = hs_new(&e->config, &e->host);
	if (e->hs && role == HS_CLIENT) {
		hs_set_server_name(e->hs, "server", 6);
		reported |= hs_set_alpn(e->hs, (const uint8_t *)"\2h2", 3) != 0;
		if (session)
			reported |= hs_set_session(e->hs, session) != 0;
	}
	armed = false;
	reported |= !e->hs;
}

static const uint16_t p256 = HS_GROUP_SECP256R1;

enum {
	RETRY = 1, AUTH = 2, EXTERNAL = 4, EARLY = 8, POST = 16, OLD = 32,
};

static const struct hs_psk external = {
	.identity = { (const uint8_t *)"key", 3 }, .key = { 32, { 1 } },
};

static int psk_find(void *arg, struct hs_bytes identity, struct hs_psk *out)
{
	(void)arg;
	*out = external;
	return !hs_bytes_equal(identity, external.identity);
}

static struct end client, server;

static void set(unsigned int flags)
{
	memset(&client, 0, sizeof(client));
	memset(&server, 0, sizeof(server));
	reported = false;
	server.host.identity = host_identity("P-256");
	client.host.identity = flags & (AUTH | POST) ? host_identity("P-256") :
						       NULL;
	server.config.client_auth = flags & AUTH ? HS_CLIENT_AUTH_REQUIRE :
						   HS_CLIENT_AUTH_NONE;
	server.config.groups = flags & RETRY ? &p256 : NULL;
	server.config.groups_len = 1;
	client.config.psks = flags & EXTERNAL ? &external : NULL;
	client.config.party = (const uint8_t *)"0123456789abcdef0123456789abcdef";
	server.config.party = (const uint8_t *)"another party's 32 secret bytes.";
	client.config.early_data = flags & EARLY;
	client.config.post_handshake_auth = flags & POST;
	client.config.max_version = flags & OLD ? HS_TLS12 : 0;
	host.psk_find = flags & EXTERNAL ? psk_find : NULL;
}

static bool both_done(void)
{
	return hs_state(client.hs) == HS_DONE && hs_state(server.hs) == HS_DONE;
}

static void settle(void)
{
	while (move(&client, &server) || move(&server, &client))
		;
}

static void ask(void)
{
	uint32_t context;

	armed = true;
	reported |= hs_request_certificate(server.hs, &context) != 0;
	armed = false;
	drain(&server);
	settle();
}

static void send_early_data(void)
{
	client.out[client.len] = 'x';
	client.record[client.n].type = HS_APPLICATION_DATA;
	client.record[client.n].at = client.len++;
	client.record[client.n++].len = 1;
}

/* True if both are done. */
static bool handshake(unsigned int flags)
{
	set(flags);
	open_end(&client, HS_CLIENT);
	open_end(&server, HS_SERVER);
	if (!client.hs || !server.hs)
		return false;
	armed = true;
	hs_start(client.hs);
	armed = false;
	drain(&client);
	if (flags & EARLY && hs_state(client.hs) == HS_RUNNING)
		send_early_data();
	settle();
	if (flags & POST && both_done())
		ask();
	return both_done() && hs_info(server.hs)->early_data ==
		!!(flags & EARLY) && (!(flags & POST) ||
				      hs_info(server.hs)->peer_chain_len);
}

static bool internal(const struct end *e)
{
	return e->hs && hs_error(e->hs)->alert_sent == HS_ALERT_INTERNAL_ERROR;
}

static void close_ends(void)
{
	hs_free(client.hs);
	hs_free(server.hs);
}

static void all(unsigned int flags, const char *name)
{
	long n = 0;

	for (fired = true; fired; n++) {
		bool done;

		countdown = n;
		fired = false;
		what = "nothing";
		done = handshake(flags);
		tap_sub(fired ? reported || internal(&client) ||
					internal(&server) :
				done,
			"%s: call %ld (%s) fails: done %d", name, n, what, done);
		close_ends();
	}
	tap_sum("%s: each of %ld calls fails once", name, n - 1);
}

/* A session for the resumed run, from a handshake in which nothing fails. */
static void get_session(void)
{
	uint8_t packed[HS_RESUMPTION_MAX];
	size_t len;
	int alert;

	countdown = -1;
	fired = true;
	handshake(0);
	len = hs_resumption_pack(client.hs, packed, sizeof(packed));
	session = hs_ticket_session(real, hs_bytes(packed, len),
				    hs_bytes(server.out +
					     server.record[server.n - 1].at,
					     server.record[server.n - 1].len),
				    host_ops.now_ms(&client.host), &alert);
	close_ends();
}

/* ... and of TLS 1.2. */
static void get_session12(void)
{
	hs_session_free(session);
	session = NULL;
	countdown = -1;
	fired = true;
	handshake(OLD);
	session = hs_session_made(client.hs);
	close_ends();
}

int main(void)
{
	set_up();
	all(0, "full");
	all(RETRY, "retried");
	all(AUTH, "with the client's certificate");
	all(EXTERNAL, "by external key");
	all(EXTERNAL | RETRY, "by external key, retried");
	all(POST, "with the client's certificate afterwards");
	get_session();
	tap_ok(session != NULL, "a session to resume");
	all(0, "resumed");
	all(RETRY, "resumed and retried");
	all(EARLY, "with early data");
	get_session12();
	tap_ok(session != NULL, "a session of TLS 1.2");
	all(OLD, "resumed in TLS 1.2");
	hs_session_free(session);
	session = NULL;
	all(OLD, "in TLS 1.2");
	all(OLD | AUTH, "in TLS 1.2, with the client's certificate");
	hs_session_free(session);
	host_exit();
	return tap_done();
}
