// SPDX-License-Identifier: Apache-2.0
/*
 * connection: two of the daemon's connections make handshakes with each other
 * over channels in memory. The channels behave as the kernel's grammar says:
 * a record opens only under the secret that it was sealed under, sending is all
 * or nothing, and faults happen where a test asks for them.
 */
#include "daemon/connection.h"

#include <errno.h>
#include <time.h>

#include "daemon/crypto_openssl.h"
#include "daemon/kept.h"
#include "daemon/log.h"
#include "daemon/resume.h"
#include "daemon/server_sessions.h"
#include "daemon/sessions.h"
#include "daemon/tickets.h"
#include "selftests/daemon/tap.h"
#include "selftests/daemon/world.h"

#define QUEUE	64
#define TURNS	1000
#define CONTENT_MAX	16384	/* of a record */

struct record {
	uint8_t			type;
	uint8_t			*data;
	size_t			len;
	struct hs_secret	secret;
};

struct fake {
	struct tlsup_channel	base;
	struct fake		*peer;
	struct record		queue[QUEUE];	/* on its way to this end */
	unsigned int		head, tail;
	bool			closed;		/* by the other end */
	struct hs_secret	tx, rx;
	enum hs_epoch		tx_epoch, rx_epoch;
	uint16_t		tx_limit, rx_limit;
	uint32_t		early_limit, skip;

	/* Faults. */
	bool			grudging;	/* every other call: later */
	bool			grudge;
	int			receive_error, send_error, install_error;
	unsigned int		receive_error_at;	/* which record */
	unsigned int		sends_left;		/* with send_error */
	int			done_error;
	int			tamper;		/* byte of what is sent, or -1 */

	/* What was told. */
	unsigned int		received;
	unsigned int		done_calls, fail_calls;
	struct tlsup_done	done;
	uint8_t			alpn[256], server_name[256], chain[65536];
	uint8_t			session[1024], early_data[16384];
	uint8_t			exporter[HS_EXPORTER_MAX];
	struct tlsup_fail	fail;
	char			reason[HS_REASON_MAX];
	bool			is_closed;
};

static struct fake *fake_of(struct tlsup_channel *ch)
{
	return (struct fake *)ch;
}

static bool grudges(struct fake *f)
{
	f->grudge = !f->grudge;
	return f->grudging && f->grudge;
}

static bool same_secret(const struct hs_secret *a, const struct hs_secret *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

static int fake_receive(struct tlsup_channel *ch, uint8_t *type, uint8_t *buf,
			size_t room, size_t *len)
{
	struct fake *f = fake_of(ch);
	struct record *r = &f->queue[f->head % QUEUE];

	if (f->receive_error && f->received == f->receive_error_at)
		return -f->receive_error;
	if (f->head == f->tail)
		return f->closed ? 0 : -EAGAIN;
	if (r->len > room)
		return -EMSGSIZE;
	/* change_cipher_spec is never protected, RFC 8446 5. */
	if (r->type != 20 && !same_secret(&r->secret, &f->rx))
		return -EBADMSG;
	*type = r->type;
	*len = r->len;
	memcpy(buf, r->data, r->len);
	free(r->data);
	f->head++;
	f->received++;
	return 1;
}

static void push(struct fake *to, uint8_t type, const uint8_t *data, size_t len,
		 const struct hs_secret *secret)
{
	struct record *r = &to->queue[to->tail++ % QUEUE];

	if (to->tail - to->head > QUEUE)
		abort();
	*r = (struct record){ .type = type, .len = len, .secret = *secret };
	r->data = malloc(len + 1);
	memcpy(r->data, data, len);
}

static int fake_send(struct tlsup_channel *ch, uint8_t type,
		     const uint8_t *data, size_t len)
{
	struct fake *f = fake_of(ch);
	size_t part, at;

	if (grudges(f))
		return -EAGAIN;
	if (f->send_error && !f->sends_left)
		return -f->send_error;
	if (f->sends_left)
		f->sends_left--;
	if (!len || len > TLSUP_CHANNEL_SEND_MAX || type == 23)
		return -EINVAL;
	/* The kernel would protect it under a secret, and no peer takes that. */
	if (type == 20 && f->tx.len)
		return -EINVAL;
	for (at = 0; at < len; at += part) {
		part = len - at < CONTENT_MAX ? len - at : CONTENT_MAX;
		push(f->peer, type, data + at, part, &f->tx);
	}
	if (f->tamper >= 0 && type == 22) {
		struct record *r = &f->peer->queue[(f->peer->tail - 1) % QUEUE];

		if ((size_t)f->tamper < r->len) {
			r->data[f->tamper] ^= 0x10;
			f->tamper = -1;
		} else {
			f->tamper -= r->len;
		}
	}
	return 0;
}

static int fake_install(struct tlsup_channel *ch, bool tx, enum hs_epoch epoch,
			uint16_t cipher_suite, const struct hs_secret *secret)
{
	struct fake *f = fake_of(ch);
	enum hs_epoch *current = tx ? &f->tx_epoch : &f->rx_epoch;

	if (grudges(f))
		return -EBUSY;
	if (f->install_error)
		return -f->install_error;
	/* In the clear again: a HelloRetryRequest behind early data. */
	if (tx && epoch == HS_EPOCH_INITIAL && *current == HS_EPOCH_EARLY &&
	    !secret->len)
		*current = HS_EPOCH_INITIAL;
	else if (epoch <= *current || cipher_suite >> 8 != 0x13 || !secret->len)
		return -EINVAL;
	*current = epoch;
	*(tx ? &f->tx : &f->rx) = *secret;
	return 0;
}

/* A key block stands for a secret: who has the same opens the record. */
static int fake_install_keys(struct tlsup_channel *ch, bool tx,
			     uint16_t cipher_suite,
			     const struct hs_key_block *keys)
{
	struct fake *f = fake_of(ch);
	struct hs_secret *s = tx ? &f->tx : &f->rx;

	if (grudges(f))
		return -EBUSY;
	if (f->install_error)
		return -f->install_error;
	if (keys->mac_len || !keys->key_len || s->len ||
	    cipher_suite >> 8 == 0x13)
		return -EINVAL;
	s->len = keys->key_len + keys->iv_len;
	memcpy(s->bytes, keys->key, keys->key_len);
	memcpy(s->bytes + keys->key_len, keys->iv, keys->iv_len);
	*(tx ? &f->tx_epoch : &f->rx_epoch) = HS_EPOCH_APPLICATION;
	return 0;
}

static int fake_set_limits(struct tlsup_channel *ch, uint16_t tx, uint16_t rx)
{
	fake_of(ch)->tx_limit = tx;
	fake_of(ch)->rx_limit = rx;
	return 0;
}

static int fake_set_early_limit(struct tlsup_channel *ch, uint32_t bytes)
{
	fake_of(ch)->early_limit = bytes;
	return 0;
}

static int fake_set_skip(struct tlsup_channel *ch, uint32_t bytes)
{
	fake_of(ch)->skip = bytes;
	return 0;
}

static void keep(struct hs_bytes *b, uint8_t *room)
{
	if (b->len)
		memcpy(room, b->data, b->len);
	b->data = room;
}

static int fake_done(struct tlsup_channel *ch, const struct tlsup_done *done)
{
	struct fake *f = fake_of(ch);

	f->done_calls++;
	if (grudges(f))
		return -EAGAIN;
	if (f->done_error)
		return -f->done_error;
	if (f->tx_epoch != HS_EPOCH_APPLICATION ||
	    f->rx_epoch != HS_EPOCH_APPLICATION)
		return -EINVAL;
	f->done = *done;
	keep(&f->done.alpn, f->alpn);
	keep(&f->done.server_name, f->server_name);
	keep(&f->done.peer_chain, f->chain);
	keep(&f->done.session, f->session);
	keep(&f->done.early_data, f->early_data);
	keep(&f->done.exporter, f->exporter);
	return 0;
}

static int fake_fail(struct tlsup_channel *ch, const struct tlsup_fail *fail)
{
	struct fake *f = fake_of(ch);

	f->fail_calls++;
	f->fail = *fail;
	snprintf(f->reason, sizeof(f->reason), "%s", fail->reason);
	f->fail.reason = f->reason;
	return 0;
}

static void fake_close(struct tlsup_channel *ch)
{
	fake_of(ch)->is_closed = true;
}

static const struct tlsup_channel_ops fake_ops = {
	.receive = fake_receive,
	.send = fake_send,
	.install = fake_install,
	.install_keys = fake_install_keys,
	.set_limits = fake_set_limits,
	.set_early_limit = fake_set_early_limit,
	.set_skip = fake_set_skip,
	.done = fake_done,
	.fail = fake_fail,
	.close = fake_close,
};

/* --- The world of a test --- */

static struct tlsup_shared shared[2];	/* of the client's daemon, the server's */
static struct tlsup_config *config;
static uint64_t clock_skew_ms;

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * 1000ull + t.tv_nsec / 1000000 + clock_skew_ms;
}

static void write_config(void)
{
	static const char text[] =
		"[tlsupd]\nsession-cache = 100\n"
		"[profile default]\ntrust = root.pem\n"
		"certificate = below.chain.pem\nkey = below.key\n"
		"[profile other]\ntrust = root.pem\n"
		"certificate = good.pem\nkey = good.key\n"
		"[profile nocert]\ntrust = root.pem\n"
		"[profile strangers]\ntrust = other.pem\n"
		"[profile rsa]\ntrust = root.pem\ncertificate = rsa.pem\nkey = rsa.key\n"
		"[profile h2]\ntrust = root.pem\nalpn = h2\nalpn-required = yes\n"
		"certificate = good.pem\nkey = good.key\n"
		"[profile aes256]\ntrust = root.pem\ncipher-suites = TLS_AES_256_GCM_SHA384\n"
		"certificate = good.pem\nkey = good.key\n"
		"[profile chacha]\ntrust = root.pem\ncipher-suites = TLS_CHACHA20_POLY1305_SHA256\n"
		"[profile p384]\ntrust = root.pem\ngroups = secp384r1\n"
		"certificate = good.pem\nkey = good.key\n"
		"[profile field]\ntrust = root.pem\ngroups = ffdhe2048\n"
		"[profile fields]\n"
		"cipher-suites = TLS_AES_128_GCM_SHA256 TLS_DHE_RSA_WITH_AES_128_GCM_SHA256\n"
		"certificate = good.pem\nkey = good.key\n"
		"[profile once]\ntrust = root.pem\nresumption = no\n"
		"certificate = good.pem\nkey = good.key\n"
		"[profile private]\nusers = 4711\n"
		"certificate = good.pem\nkey = good.key\n"
		"[profile v12]\ntrust = root.pem\nmax-version = 1.2\n"
		"certificate = below.chain.pem\nkey = below.key\n"
		"[profile byid]\ntrust = root.pem\ntickets = 0\n"
		"certificate = good.pem\nkey = good.key\n"
		"[profile known]\ntrust = root.pem\nmax-version = 1.2\n"
		"client-certificate = good.pem\nclient-key = good.key\n"
		"[profile asks]\nclient-auth = require\nclient-trust = root.pem\n"
		"certificate = good.pem\nkey = good.key\n"
		"[profile asksbyid]\nclient-auth = require\nclient-trust = root.pem\n"
		"certificate = good.pem\nkey = good.key\ntickets = 0\n"
		"[profile pha]\ntrust = root.pem\npost-handshake-auth = yes\n"
		"client-certificate = good.pem\nclient-key = good.key\n"
		"[profile phanone]\ntrust = root.pem\npost-handshake-auth = yes\n"
		"[profile phastranger]\ntrust = root.pem\npost-handshake-auth = yes\n"
		"client-certificate = untrusted.pem\nclient-key = untrusted.key\n"
		"[profile phaserver]\npost-handshake-auth = yes\nclient-trust = root.pem\n"
		"certificate = good.pem\nkey = good.key\n"
		"[profile mixed]\ntrust = root.pem\n"
		"certificate = good.pem\nkey = good.key\n"
		"certificate = wild.pem\nkey = wild.key\n";

	config = world_config(text);
}

static void open_world(void)
{
	int i;

	world_begin("few");
	write_config();
	for (i = 0; i < 2; i++) {
		shared[i].crypto = tlsup_crypto_openssl();
		shared[i].tickets = tlsup_tickets_new(3600);
		shared[i].sessions = tlsup_sessions_new(100);
		shared[i].server_sessions = tlsup_server_sessions_new(100);
		shared[i].kept = tlsup_kept_new(2);
		shared[i].now_ms = now_ms;
	}
}

static void close_world(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		tlsup_kept_free(shared[i].kept);
		tlsup_tickets_free(shared[i].tickets);
		tlsup_sessions_free(shared[i].sessions);
	}
	tlsup_config_put(config);
}

/* One handshake: set up by pair_begin(), adjusted, run, looked at, ended. */
struct pair {
	struct fake			c, s;
	struct tlsup_request		client, server;
	struct tlsup_connection		*cc, *sc;
};

static void request_begin(struct tlsup_request *r, enum hs_role role)
{
	struct sockaddr_storage *ss = &r->peer;

	memset(r, 0, sizeof(*r));
	r->role = role;
	r->deadline_ms = 10000;
	strcpy(r->profile, "default");
	ss->ss_family = AF_INET6;
	((uint8_t *)ss)[3] = 0x77;	/* the port */
}

static struct pair *pair_begin(void)
{
	struct pair *p = calloc(1, sizeof(*p));

	p->c.base.ops = p->s.base.ops = &fake_ops;
	p->c.peer = &p->s;
	p->s.peer = &p->c;
	p->c.tamper = p->s.tamper = -1;
	request_begin(&p->client, HS_CLIENT);
	request_begin(&p->server, HS_SERVER);
	strcpy(p->client.server_name, "good.example");
	return p;
}

/* Runs one end; what it says when it is over. */
static bool turn(struct tlsup_connection **c, struct fake *f)
{
	static uint8_t buf[TLSUP_RECORD_MAX];

	if (!*c || tlsup_connection_run(*c, buf) != TLSUP_OVER)
		return false;
	tlsup_connection_free(*c);
	*c = NULL;
	/* What fails is closed by the kernel. */
	if (f->fail_calls)
		f->peer->closed = true;
	return true;
}

static void pair_start(struct pair *p)
{
	p->cc = tlsup_connection_new(&shared[0], config, &p->client, &p->c.base);
	p->sc = tlsup_connection_new(&shared[1], config, &p->server, &p->s.base);
}

static void pair_run(struct pair *p)
{
	int i;

	pair_start(p);
	for (i = 0; i < TURNS && (p->cc || p->sc); i++) {
		turn(&p->cc, &p->c);
		turn(&p->sc, &p->s);
	}
}

/* The kernel's part after DONE: each NewSessionTicket goes to the daemon. */
static unsigned int post_tickets(struct pair *p)
{
	uint8_t buf[TLSUP_RECORD_MAX], type;
	unsigned int n = 0;
	size_t len, at, one;

	while (fake_receive(&p->c.base, &type, buf, sizeof(buf), &len) == 1) {
		if (type != 22)
			continue;
		for (at = 0; at + 4 <= len; at += one) {
			one = 4 + (buf[at + 1] << 16 | buf[at + 2] << 8 |
				   buf[at + 3]);
			tlsup_resume_post(&shared[0],
				(struct hs_bytes){ buf + at, one },
				p->c.done.session);
			n++;
		}
	}
	return n;
}

static void queue_free(struct fake *f)
{
	for (; f->head != f->tail; f->head++)
		free(f->queue[f->head % QUEUE].data);
}

static void pair_end(struct pair *p)
{
	if (p->cc)
		tlsup_connection_free(p->cc);
	if (p->sc)
		tlsup_connection_free(p->sc);
	queue_free(&p->c);
	queue_free(&p->s);
	free(p);
}

static bool both_done(const struct pair *p)
{
	return !p->cc && !p->sc && p->c.done.version && p->s.done.version &&
	       !p->c.fail_calls && !p->s.fail_calls;
}

/* The client ends with client, the server with server (0: not looked at). */
static void both_fail(struct pair *p, int client, int server, const char *what)
{
	bool good = !p->cc && !p->sc && !p->c.done.version &&
		    p->c.fail_calls == 1 && p->c.fail.error == client &&
		    (!server || (p->s.fail_calls == 1 &&
				 p->s.fail.error == server)) &&
		    p->c.reason[0];

	if (!ok(good, "%s", what))
		note("client %s (%d): %s; server %s (%d): %s",
		     strerror(p->c.fail.error), p->c.fail_calls, p->c.reason,
		     strerror(p->s.fail.error), p->s.fail_calls, p->s.reason);
}

static void flush_sessions(void)
{
	tlsup_sessions_set_max(shared[0].sessions, 0);
	tlsup_sessions_set_max(shared[0].sessions, 100);
}

/* --- What goes well --- */

static bool same_exporter(const struct pair *p)
{
	return p->c.done.exporter.len &&
	       p->c.done.exporter.len == p->s.done.exporter.len &&
	       !memcmp(p->c.exporter, p->s.exporter, p->c.done.exporter.len);
}

static void test_full(void)
{
	struct pair *p = pair_begin();
	uint32_t first;

	memcpy(p->client.alpn, "\2h2\10http/1.1", 12);
	p->client.alpn_len = 12;
	memcpy(p->server.alpn, "\10http/1.1", 9);
	p->server.alpn_len = 9;
	pair_run(p);
	if (!ok(both_done(p), "a full handshake"))
		note("%s / %s", p->c.reason, p->s.reason);
	ok(same_secret(&p->c.tx, &p->s.rx) && same_secret(&p->c.rx, &p->s.tx),
	   "both have the same application secrets");
	ok(p->c.done.flags == TLSUP_F_PEER_VERIFIED && p->s.done.flags == 0,
	   "the client verified, the server did not");
	ok(p->c.done.version == 0x0304 && p->c.done.cipher_suite ==
	   p->s.done.cipher_suite && p->c.done.group && p->c.done.signature_scheme,
	   "version, suite, group and scheme are told");
	ok(p->c.done.alpn.len == 8 && !memcmp(p->c.alpn, "http/1.1", 8) &&
	   p->s.done.alpn.len == 8, "the protocol agreed on is told");
	ok(p->s.done.server_name.len == 12 &&
	   !memcmp(p->s.server_name, "good.example", 12),
	   "the server tells the name");
	memcpy(&first, p->c.chain, sizeof(first));
	ok(p->c.done.peer_chain.len > first + 8 && p->c.chain[4] == 0x30,
	   "the client tells the chain, more than the leaf");
	ok(p->c.done.session.len && !p->s.done.session.len,
	   "the client leaves a note");
	is_int(post_tickets(p), 2, "two tickets come after the handshake");
	is_int(tlsup_sessions_count(shared[0].sessions), 2, "both are kept");
	ok(p->c.is_closed && p->s.is_closed, "the channels were closed");
	ok(same_exporter(p), "both can export the same");
	pair_end(p);
}

static struct pair *resume_with(const char *name, const char *client,
				const char *server, uint32_t verify)
{
	struct pair *p = pair_begin();

	strcpy(p->client.server_name, name);
	strcpy(p->client.profile, client);
	strcpy(p->server.profile, server);
	p->client.verify = verify;
	pair_run(p);
	return p;
}

static bool resumed(const struct pair *p)
{
	return both_done(p) && (p->c.done.flags & TLSUP_F_RESUMED) &&
	       (p->s.done.flags & TLSUP_F_RESUMED);
}

static bool full(const struct pair *p)
{
	return both_done(p) && !(p->c.done.flags & TLSUP_F_RESUMED) &&
	       !(p->s.done.flags & TLSUP_F_RESUMED);
}

static void test_resumption(void)
{
	struct pair *p;
	int i;

	flush_sessions();
	p = resume_with("good.example", "default", "default", 0);
	ok(full(p), "the first connection is not resumed");
	post_tickets(p);
	pair_end(p);
	for (i = 0; i < 3; i++) {
		p = resume_with("good.example", "default", "default", 0);
		ok(resumed(p), "connection %d is resumed", i + 2);
		ok(p->c.done.flags & TLSUP_F_PEER_VERIFIED &&
		   !p->c.done.peer_chain.len,
		   "... verified, and without a chain");
		post_tickets(p);
		pair_end(p);
	}
	p = resume_with("also.example", "other", "other", 0);
	ok(full(p), "another name is not resumed");
	post_tickets(p);
	pair_end(p);
	p = resume_with("good.example", "other", "default", 0);
	ok(full(p), "another profile of the client's is not resumed");
	pair_end(p);
	p = resume_with("good.example", "default", "default",
			TLSUP_VERIFY_INSECURE_NONE);
	ok(full(p), "another level of verification is not resumed");
	ok(!(p->c.done.flags & TLSUP_F_PEER_VERIFIED),
	   "... and says that nothing was verified");
	pair_end(p);
	p = resume_with("good.example", "default", "other", 0);
	ok(full(p), "a ticket is not taken in another profile of the server's");
	pair_end(p);
}

static void test_tls12(void)
{
	struct pair *p;
	int i;

	flush_sessions();
	for (i = 0; i < 3; i++) {
		p = resume_with("good.example", "v12", "default", 0);
		ok(i ? resumed(p) : full(p), "TLS 1.2, connection %d: %s", i,
		   i ? "resumed" : "full");
		ok(p->c.done.version == TLSUP_VERSION_1_2 &&
		   p->s.done.version == TLSUP_VERSION_1_2 &&
		   p->c.done.cipher_suite >> 8 != 0x13, "... its version");
		ok(same_secret(&p->c.tx, &p->s.rx) &&
		   same_secret(&p->c.rx, &p->s.tx), "... its keys");
		ok(p->c.done.flags & TLSUP_F_PEER_VERIFIED, "... verified");
		ok(same_exporter(p), "... both export the same");
		ok(p->c.done.session.len && !p->s.done.session.len,
		   "... its client leaves a note, to be forgotten by");
		is_int(tlsup_sessions_count(shared[0].sessions), 1,
		       "one session is kept, for the next and those after");
		pair_end(p);
	}
	p = resume_with("good.example", "v12", "nocert", 0);
	ok(p->c.fail.error && p->c.fail.alert_sent == HS_ALERT_NONE,
	   "a connection that the peer refuses");
	is_int(tlsup_sessions_count(shared[0].sessions), 0,
	       "... takes the session with it");
	pair_end(p);
}

/* A client's certificate is shown once; the server knows it each time. */
static void test_tls12_client(const char *server)
{
	struct pair *p;
	int i;

	flush_sessions();
	for (i = 0; i < 3; i++) {
		p = resume_with("good.example", "known", server, 0);
		ok(i ? resumed(p) : full(p), "TLS 1.2, %s, connection %d: %s",
		   server, i, i ? "resumed" : "full");
		ok(p->s.done.flags & TLSUP_F_PEER_VERIFIED &&
		   p->s.done.peer_chain.len > 100, "... its certificate");
		pair_end(p);
	}
	p = resume_with("good.example", "v12", server, 0);
	ok(p->s.fail.alert_sent == HS_ALERT_HANDSHAKE_FAILURE,
	   "... and is refused without");
	pair_end(p);
}

static void test_resumption_ends(void)
{
	struct pair *p;
	unsigned int before;

	flush_sessions();
	p = resume_with("good.example", "once", "default", 0);
	post_tickets(p);
	is_int(tlsup_sessions_count(shared[0].sessions), 0,
	       "resumption = no keeps no ticket");
	pair_end(p);
	p = resume_with("good.example", "default", "once", 0);
	is_int(post_tickets(p), 0, "resumption = no sends no ticket");
	pair_end(p);

	p = resume_with("good.example", "default", "default", 0);
	post_tickets(p);
	pair_end(p);
	before = tlsup_sessions_count(shared[0].sessions);
	p = resume_with("good.example", "default", "default", 0);
	is_int(tlsup_sessions_count(shared[0].sessions), before - 1,
	       "a ticket is used once");
	pair_end(p);
	clock_skew_ms = 25ull * 3600 * 1000;
	p = resume_with("good.example", "default", "default", 0);
	ok(full(p), "a ticket that has expired is not used");
	clock_skew_ms = 0;
	pair_end(p);

	/* A server that was started again. */
	flush_sessions();
	p = resume_with("good.example", "default", "default", 0);
	post_tickets(p);
	pair_end(p);
	tlsup_tickets_free(shared[1].tickets);
	shared[1].tickets = tlsup_tickets_new(3600);
	p = resume_with("good.example", "default", "default", 0);
	ok(full(p), "a server with new keys makes a full handshake");
	pair_end(p);
	flush_sessions();
}

static void test_retry_and_choice(void)
{
	struct pair *p;

	p = resume_with("good.example", "default", "p384", 0);
	ok(full(p) && p->c.done.group == 0x18, "HelloRetryRequest to secp384r1");
	pair_end(p);
	p = resume_with("good.example", "default", "aes256", 0);
	ok(full(p) && p->c.done.cipher_suite == 0x1302, "the server's suite");
	pair_end(p);
	p = resume_with("good.example", "default", "rsa", 0);
	ok(full(p) && p->c.done.signature_scheme >> 8 == 8,
	   "an RSA certificate signs by PSS");
	pair_end(p);
	p = resume_with("a.wild.example", "default", "mixed", 0);
	ok(full(p), "the certificate is chosen by name");
	pair_end(p);
	p = resume_with("good.example.", "default", "default", 0);
	ok(full(p) && p->s.done.server_name.len == 12,
	   "the last dot of a name is not sent");
	pair_end(p);
	flush_sessions();
}

/* They cost a server many times what they cost a client. */
static void test_fields(void)
{
	struct pair *p = pair_begin();

	strcpy(p->client.profile, "field");
	pair_run(p);
	both_fail(p, EPROTONOSUPPORT, EPROTONOSUPPORT,
		  "nobody gets a finite field unasked");
	pair_end(p);
	p = pair_begin();
	strcpy(p->client.profile, "field");
	strcpy(p->server.profile, "fields");
	pair_run(p);
	ok(both_done(p) && p->s.done.group == 0x0100,
	   "... but who names a suite for them does");
	pair_end(p);
}

static void test_grudging(void)
{
	struct pair *p = pair_begin();

	p->c.grudging = p->s.grudging = true;
	pair_run(p);
	ok(both_done(p),
	   "every send, install and DONE is refused once and repeated");
	pair_end(p);
	flush_sessions();
}

/* --- What does not --- */

static void test_verdicts(void)
{
	struct pair *p;

	p = resume_with("bad.example", "default", "default", 0);
	both_fail(p, EREMCHG, EACCES, "another name is EREMCHG, and EACCES there");
	ok(p->c.fail.alert_sent == HS_ALERT_BAD_CERTIFICATE,
	   "... with bad_certificate");
	has_text(p->c.reason, "bad.example", "... names what was wanted");
	has_text(p->c.reason, "good.example", "... and what there is");
	pair_end(p);
	p = resume_with("good.example", "strangers", "default", 0);
	both_fail(p, EKEYREJECTED, EACCES, "an unknown authority is EKEYREJECTED");
	ok(p->c.fail.alert_sent == HS_ALERT_UNKNOWN_CA, "... with unknown_ca");
	pair_end(p);
	clock_skew_ms = 40ull * 86400 * 1000;
	p = resume_with("good.example", "default", "default", 0);
	both_fail(p, EKEYEXPIRED, EACCES, "an expired certificate is EKEYEXPIRED");
	ok(p->c.fail.alert_sent == HS_ALERT_CERTIFICATE_EXPIRED,
	   "... with certificate_expired");
	clock_skew_ms = 0;
	pair_end(p);
	p = resume_with("bad.example", "default", "default",
			TLSUP_VERIFY_INSECURE_NO_NAME);
	ok(full(p), "INSECURE_NO_NAME takes another name");
	pair_end(p);
	p = resume_with("good.example", "strangers", "default",
			TLSUP_VERIFY_INSECURE_NO_NAME);
	both_fail(p, EKEYREJECTED, EACCES, "... but not another authority");
	pair_end(p);
	p = resume_with("bad.example", "strangers", "default",
			TLSUP_VERIFY_INSECURE_NONE);
	ok(full(p), "INSECURE_NONE takes anything");
	pair_end(p);
	p = resume_with("", "default", "default", TLSUP_VERIFY_INSECURE_NONE);
	ok(full(p), "... also without a name");
	pair_end(p);
	flush_sessions();
}

static void test_refusals(void)
{
	struct pair *p;

	p = resume_with("good.example", "nobody", "default", 0);
	both_fail(p, ENOKEY, 0, "a profile that there is not is ENOKEY");
	ok(p->s.received == 0, "... before a byte is sent");
	pair_end(p);
	p = resume_with("", "default", "default", 0);
	both_fail(p, EDESTADDRREQ, 0, "no name to verify is EDESTADDRREQ");
	ok(p->s.received == 0, "... before a byte is sent");
	pair_end(p);
	p = resume_with("no good", "default", "default", 0);
	both_fail(p, EDESTADDRREQ, 0, "a name that is none is EDESTADDRREQ");
	pair_end(p);
	p = resume_with("good.example", "default", "nocert", 0);
	both_fail(p, EPROTO, ENOKEY, "a server without certificate is ENOKEY");
	ok(p->s.fail.alert_sent == HS_ALERT_INTERNAL_ERROR,
	   "... and its client is told that none will answer");
	pair_end(p);
	p = resume_with("good.example", "default", "private", 0);
	both_fail(p, EPROTO, ENOKEY, "another user's profile is ENOKEY");
	pair_end(p);
	p = pair_begin();
	strcpy(p->server.profile, "private");
	p->server.uid = 4711;
	pair_run(p);
	ok(both_done(p), "... and its own user may use it");
	pair_end(p);
	flush_sessions();
	p = resume_with("good.example", "chacha", "aes256", 0);
	both_fail(p, EPROTONOSUPPORT, EPROTONOSUPPORT, "no suite in common");
	pair_end(p);
	p = pair_begin();
	strcpy(p->server.profile, "h2");
	memcpy(p->client.alpn, "\3foo", 4);
	p->client.alpn_len = 4;
	pair_run(p);
	both_fail(p, EPROTONOSUPPORT, EPROTONOSUPPORT, "no protocol in common");
	ok(p->s.fail.alert_sent == HS_ALERT_NO_APPLICATION_PROTOCOL,
	   "... with no_application_protocol");
	pair_end(p);
}

static void test_transport(void)
{
	struct pair *p;
	int i;

	for (i = 0; i < 3; i++) {
		p = pair_begin();
		p->c.receive_error = ECONNRESET;
		p->c.receive_error_at = i;
		pair_run(p);
		both_fail(p, ECONNRESET, 0, "a reset is ECONNRESET");
		pair_end(p);
	}
	p = pair_begin();
	pair_start(p);
	turn(&p->cc, &p->c);
	p->c.closed = true;
	turn(&p->cc, &p->c);
	ok(!p->cc && p->c.fail.error == ECONNRESET, "the end is ECONNRESET");
	pair_end(p);

	p = pair_begin();
	p->c.receive_error = EBADMSG;
	p->c.receive_error_at = 1;
	pair_run(p);
	both_fail(p, EBADMSG, 0, "a record that does not open is EBADMSG");
	ok(p->c.fail.alert_sent == HS_ALERT_BAD_RECORD_MAC,
	   "... with bad_record_mac");
	pair_end(p);
	p = pair_begin();
	p->s.receive_error = EMSGSIZE;
	pair_run(p);
	both_fail(p, EPROTO, EPROTO, "a record that is too long is EPROTO");
	ok(p->s.fail.alert_sent == HS_ALERT_RECORD_OVERFLOW,
	   "... with record_overflow");
	pair_end(p);
	p = pair_begin();
	p->s.receive_error = EPROTO;
	pair_run(p);
	both_fail(p, EPROTO, EPROTO, "what is no record is EPROTO");
	pair_end(p);
	p = pair_begin();
	p->c.install_error = EINVAL;
	pair_run(p);
	both_fail(p, ECONNABORTED, 0, "a refused secret is ECONNABORTED");
	pair_end(p);
}

static void test_alert_behind_reset(void)
{
	static const uint8_t alert[] = { 2, HS_ALERT_UNKNOWN_CA };
	static const struct hs_secret none;
	struct pair *p = pair_begin();

	/* The peer closed after its alert, before our first byte. */
	p->c.send_error = EPIPE;
	push(&p->c, 21, alert, sizeof(alert), &none);
	pair_start(p);
	turn(&p->cc, &p->c);
	ok(!p->cc && p->c.fail.error == EACCES,
	   "a peer's alert is read though nothing can be sent");
	pair_end(p);
	p = pair_begin();
	p->c.send_error = EPIPE;
	pair_start(p);
	turn(&p->cc, &p->c);
	ok(!p->cc && p->c.fail.error == ECONNRESET, "and without one it is a reset");
	pair_end(p);
}

static void test_cancelled(void)
{
	struct pair *p;

	p = pair_begin();
	p->c.receive_error = ESTALE;
	pair_run(p);
	ok(!p->cc && !p->c.fail_calls && !p->c.done_calls,
	   "a revoked channel ends without a word (receive)");
	pair_end(p);
	p = pair_begin();
	p->c.send_error = ESTALE;
	pair_run(p);
	ok(!p->cc && !p->c.fail_calls, "... (send)");
	pair_end(p);
	p = pair_begin();
	p->c.install_error = ESTALE;
	pair_run(p);
	ok(!p->cc && !p->c.fail_calls, "... (install)");
	pair_end(p);
	p = pair_begin();
	p->c.done_error = ENOENT;
	pair_run(p);
	ok(!p->cc && p->c.done_calls == 1 && !p->c.fail_calls, "... (DONE)");
	pair_end(p);
	p = pair_begin();
	p->c.done_error = EINVAL;
	pair_run(p);
	ok(!p->cc && p->c.fail_calls == 1 && p->c.fail.error == ECONNABORTED,
	   "a DONE that is refused is a FAIL");
	pair_end(p);
}

static bool last_is_alert(const struct fake *f, uint8_t alert)
{
	const struct record *r = &f->queue[(f->tail - 1) % QUEUE];

	return f->head != f->tail && r->type == HS_ALERT && r->len == 2 &&
	       r->data[0] == 2 && r->data[1] == alert;
}

static void test_give_up(void)
{
	struct pair *p = pair_begin();

	pair_start(p);
	turn(&p->cc, &p->c);
	tlsup_connection_give_up(p->cc, ETIMEDOUT, "too slow");
	is_int(p->c.fail.error, ETIMEDOUT, "giving up is told");
	has_text(p->c.reason, "too slow (WAIT_SH)", "... with the state");
	tlsup_connection_give_up(p->cc, ETIMEDOUT, "too slow");
	is_int(p->c.fail_calls, 1, "... once");
	is_int(p->c.fail.alert_sent, HS_ALERT_INTERNAL_ERROR,
	       "... with the alert");
	ok(last_is_alert(&p->s, HS_ALERT_INTERNAL_ERROR),
	   "... which was sent to the peer");
	is_int(tlsup_connection_limit_ms(p->cc), 9800,
	       "it may take a little less than the kernel's limit");
	pair_end(p);

	p = pair_begin();
	pair_start(p);
	turn(&p->cc, &p->c);
	p->c.send_error = EAGAIN;
	tlsup_connection_give_up(p->cc, ECONNABORTED, "no room");
	ok(p->c.fail_calls == 1 && p->c.fail.error == ECONNABORTED &&
	   p->c.fail.alert_sent == HS_ALERT_NONE,
	   "without room for the alert it is told without one");
	pair_end(p);

	p = pair_begin();
	pair_start(p);
	tlsup_connection_give_up(p->cc, ECONNABORTED, "early");
	has_text(p->c.reason, "early (not begun)", "before it has begun");
	pair_end(p);

	p = pair_begin();
	p->client.deadline_ms = 600000;
	pair_start(p);
	is_int(tlsup_connection_limit_ms(p->cc), 30000, "or the profile's");
	pair_end(p);
}

/* Whatever byte is altered on its way, never do both end well. (An end may wait
 * for the rest of a message whose length was altered: here nothing authenticates
 * a record, and that is what deadlines are for.) */
static void test_tamper(void)
{
	unsigned int accepted = 0, runs = 0;
	struct pair *p;
	int side, at, left;

	for (side = 0; side < 2; side++) {
		/* Until the byte is beyond the end of all that was sent. */
		for (at = 0, left = -1; left == -1; at += 7) {
			p = pair_begin();
			*(side ? &p->s.tamper : &p->c.tamper) = at;
			strcpy(p->client.profile, "once");
			pair_run(p);
			left = side ? p->s.tamper : p->c.tamper;
			if (left == -1)
				accepted += both_done(p);
			runs++;
			pair_end(p);
		}
	}
	ok(runs > 100, "%u handshakes with an altered byte", runs);
	is_int(accepted, 0, "none is accepted");
}

static void test_post_garbage(void)
{
	uint8_t junk[1024];
	struct pair *p;
	size_t i, before;

	flush_sessions();
	p = resume_with("good.example", "default", "default", 0);
	memcpy(junk, p->c.session, p->c.done.session.len);
	for (i = 0; i < sizeof(junk); i++)
		tlsup_resume_post(&shared[0], (struct hs_bytes){ junk, i },
				  (struct hs_bytes){ junk, i });
	is_int(tlsup_sessions_count(shared[0].sessions), 0,
	       "what is no ticket is not kept");
	post_tickets(p);
	before = tlsup_sessions_count(shared[0].sessions);
	is_int(before, 2, "and tickets are");
	pair_end(p);
}

/* What ends in a fatal alert is not resumed, nor is what the peer gave before;
 * the end of the transport says nothing about it. */
static void test_forgetting(void)
{
	struct pair *p;
	int alert;

	for (alert = 0; alert < 2; alert++) {
		flush_sessions();
		p = resume_with("good.example", "default", "default", 0);
		is_int(post_tickets(p), 2, "two tickets");
		pair_end(p);
		p = pair_begin();
		if (alert)
			p->s.tamper = 10;
		pair_start(p);
		turn(&p->cc, &p->c);
		p->c.closed = true;
		if (alert)
			turn(&p->sc, &p->s);
		turn(&p->cc, &p->c);
		ok(p->c.fail_calls == 1 &&
		   (p->c.fail.alert_sent != HS_ALERT_NONE) == alert,
		   "the connection fails, %s an alert",
		   alert ? "with" : "without");
		is_int(tlsup_sessions_count(shared[0].sessions), !alert,
		       alert ? "nothing is left to resume" :
			       "the ticket that was not used is left");
		pair_end(p);
	}
}

/* FORGET, as the kernel says it to both daemons. */
static void failed_later(const struct pair *p)
{
	tlsup_resume_end(&shared[0], p->c.done.session);
	tlsup_resume_end(&shared[1], p->s.done.session);
}

static struct pair *again(const char *client, unsigned int tickets)
{
	struct pair *p = resume_with("good.example", client, "default", 0);

	is_int(post_tickets(p), tickets, "its tickets");
	return p;
}

static size_t sessions_kept(void)
{
	return tlsup_sessions_count(shared[0].sessions);
}

/* A connection that fails takes its own tickets and those of the one before it;
 * what came from another stays. */
static void test_failed_later(void)
{
	struct pair *p[3], *other;
	int i;

	flush_sessions();
	other = resume_with("also.example", "default", "other", 0);
	is_int(post_tickets(other), 2, "two tickets of another server");
	p[0] = again("default", 2);
	failed_later(p[0]);
	is_int(sessions_kept(), 2, "a fatal alert: its tickets are gone");
	pair_end(p[0]);
	for (i = 0; i < 3; i++)
		p[i] = again("default", 2);
	ok(full(p[0]) && resumed(p[1]) && resumed(p[2]),
	   "not resumed; then three, one from the other");
	is_int(sessions_kept(), 2 + 1 + 1 + 2, "a ticket each is used");
	failed_later(p[2]);
	is_int(sessions_kept(), 2 + 1, "the third fails: the first one's is left");
	failed_later(p[2]);
	failed_later(p[1]);
	is_int(sessions_kept(), 2, "the second: nothing of them is");
	failed_later(other);
	is_int(sessions_kept(), 0, "and the other server's in its turn");
	for (i = 0; i < 3; i++)
		pair_end(p[i]);
	pair_end(other);
}

/* In TLS 1.2 all resumed connections are one session. */
static void test_failed_later_12(void)
{
	struct pair *p[2], *q;
	int first, i;

	for (first = 0; first < 2; first++) {
		flush_sessions();
		p[0] = again("v12", 0);
		p[1] = again("v12", 0);
		ok(full(p[0]) && resumed(p[1]) && sessions_kept() == 1,
		   "TLS 1.2: a session, and resumed");
		failed_later(p[!first]);
		is_int(sessions_kept(), 0, "one of them fails: it is gone");
		for (i = 0; i < 2; i++)
			pair_end(p[i]);
	}
	p[0] = again("v12", 0);
	q = pair_begin();
	strcpy(q->client.profile, "v12");
	pair_start(q);
	turn(&q->cc, &q->c);
	is_int(sessions_kept(), 0, "it is out while a connection begins by it");
	failed_later(p[0]);
	for (i = 0; i < TURNS && (q->cc || q->sc); i++) {
		turn(&q->cc, &q->c);
		turn(&q->sc, &q->s);
	}
	ok(resumed(q), "the first fails meanwhile: too late for that one");
	is_int(sessions_kept(), 0, "but it does not come back");
	pair_end(q);
	pair_end(p[0]);
}

static size_t ids_kept(void)
{
	return tlsup_server_sessions_count(shared[1].server_sessions);
}

/* The server has the session, under an ID. */
static void test_failed_later_by_id(void)
{
	struct pair *p[2];
	int which;

	for (which = 0; which < 2; which++) {
		flush_sessions();
		p[0] = resume_with("good.example", "v12", "byid", 0);
		p[1] = resume_with("good.example", "v12", "byid", 0);
		ok(full(p[0]) && resumed(p[1]) && ids_kept() == 1,
		   "a session by ID, and resumed");
		ok(p[0]->s.done.session.len && p[1]->s.done.session.len,
		   "the server leaves notes");
		tlsup_resume_end(&shared[1], p[which]->s.done.session);
		is_int(ids_kept(), 0, "one of them fails: it is gone");
		pair_end(p[0]);
		pair_end(p[1]);
		p[0] = resume_with("good.example", "v12", "byid", 0);
		ok(full(p[0]), "the client offers it in vain");
		is_int(ids_kept(), 1, "a new one is kept");
		tlsup_resume_end_all(&shared[1]);
		tlsup_resume_end_all(&shared[0]);
		ok(!ids_kept() && !sessions_kept(), "all is forgotten");
		pair_end(p[0]);
	}
}

/* Nothing is kept that was refused; and who has no note is looked at too. */
static void test_bad_tickets(void)
{
	static const struct hs_bytes none = { NULL, 0 };
	static const uint8_t good[] = {
		4, 0, 0, 16, 0, 0, 0, 60, 1, 2, 3, 4, 1, 7, 0, 2, 'a', 'b',
		0, 0,
	};
	uint8_t bad[sizeof(good)];
	struct hs_bytes message = { good, sizeof(good) };
	struct hs_bytes wrong = { bad, sizeof(bad) };
	struct pair *p;

	flush_sessions();
	p = resume_with("good.example", "default", "default", 0);
	is_int(tlsup_resume_post(&shared[0], message, none), 0,
	       "a ticket, and no note");
	is_int(sessions_kept(), 0, "... is no use");
	is_int(tlsup_resume_post(&shared[0], message, p->c.done.session), 0,
	       "a ticket");
	is_int(sessions_kept(), 1, "... is kept");
	memcpy(bad, good, sizeof(good));
	bad[sizeof(bad) - 1] = 1;
	is_int(tlsup_resume_post(&shared[0], wrong, p->c.done.session),
	       HS_ALERT_DECODE_ERROR, "extensions that are too long");
	is_int(tlsup_resume_post(&shared[0], wrong, none),
	       HS_ALERT_DECODE_ERROR, "also without a note");
	memcpy(bad, good, sizeof(good));
	bad[15] = 0;
	wrong.len -= 2;
	bad[3] -= 2;
	is_int(tlsup_resume_post(&shared[0], wrong, p->c.done.session),
	       HS_ALERT_DECODE_ERROR, "a ticket of no bytes");
	is_int(sessions_kept(), 1, "none of them is kept");
	pair_end(p);
}

/* --- Certificates that are asked for later --- */

static struct pair *later_pair(const char *client, uint64_t cookie)
{
	struct pair *p = pair_begin();

	strcpy(p->client.profile, client);
	strcpy(p->server.profile, "phaserver");
	p->client.cookie = p->server.cookie = cookie;
	pair_run(p);
	if (!ok(both_done(p), "%s: a handshake", client))
		note("%s / %s", p->c.reason, p->s.reason);
	return p;
}

/* Asks side (0: the client) about connection 1. */
static int ask(int side, uint32_t key_updates, const struct tlsup_answer *message,
	       struct tlsup_answer *answer)
{
	struct tlsup_ask a = {
		.cookie = 1, .number = 1, .key_updates = key_updates,
	};

	if (message)
		a.message = (struct hs_bytes){ message->message,
					       message->message_len };
	return tlsup_kept_ask(shared[side].kept, &a, answer);
}

/* The application's wish, the client's answer, the verdict. */
static int ask_round(uint32_t key_updates, uint32_t server_updates,
		     struct tlsup_answer *verdict)
{
	struct tlsup_answer request = { 0 }, flight = { 0 };
	int error;

	memset(verdict, 0, sizeof(*verdict));
	error = ask(1, server_updates, NULL, &request);
	if (!error)
		error = ask(0, key_updates, &request, &flight);
	if (!error)
		error = ask(1, server_updates, &flight, verdict);
	tlsup_answer_free(&request);
	tlsup_answer_free(&flight);
	return error;
}

static void kept_flush(void)
{
	uint64_t cookie;

	for (cookie = 0; cookie < 10; cookie++) {
		tlsup_kept_gone(shared[0].kept, cookie);
		tlsup_kept_gone(shared[1].kept, cookie);
	}
	is_int(tlsup_kept_count(shared[0].kept) +
	       tlsup_kept_count(shared[1].kept), 0, "GONE: nothing is kept");
}

static void test_later(void)
{
	struct tlsup_answer verdict;
	struct pair *p = later_pair("pha", 1);
	uint32_t i;

	ok(p->c.done.keep && p->s.done.keep, "both ends say KEEP");
	ok(p->c.is_closed && p->s.is_closed, "their channels are closed");
	for (i = 0; i < 3; i++) {
		ok(!ask_round(i, i, &verdict), "asked, %u key updates", i);
		ok(verdict.chain_len && verdict.flags == TLSUP_F_PEER_VERIFIED &&
		   !verdict.message, "... the chain is known and verified");
		tlsup_answer_free(&verdict);
	}
	is_int(ask_round(3, 4, &verdict), EPROTO, "keys that do not agree");
	is_int(verdict.fail.alert_sent, HS_ALERT_DECRYPT_ERROR,
	       "... and the alert for that");
	tlsup_answer_free(&verdict);
	is_int(tlsup_kept_count(shared[1].kept), 0, "... is the end of it");
	is_int(ask_round(3, 3, &verdict), ECONNABORTED,
	       "a connection that is not known");
	pair_end(p);
	kept_flush();
}

static void test_later_refused(void)
{
	struct tlsup_answer verdict;
	struct pair *p;

	p = later_pair("pha", 1);
	is_int(ask_round(3, 3 + 65537, &verdict), ECONNABORTED,
	       "a client that updated its keys without end");
	tlsup_answer_free(&verdict);
	is_int(tlsup_kept_count(shared[1].kept), 0, "... is not followed");
	pair_end(p);
	kept_flush();

	p = later_pair("phanone", 1);
	is_int(ask_round(0, 0, &verdict), 0, "a client without a certificate");
	ok(!verdict.chain && !verdict.flags, "... has no chain, and may go on");
	tlsup_answer_free(&verdict);
	pair_end(p);
	kept_flush();

	p = later_pair("phastranger", 1);
	is_int(ask_round(0, 0, &verdict), EKEYREJECTED,
	       "a certificate that is not trusted");
	ok(verdict.fail.alert_sent == HS_ALERT_UNKNOWN_CA && verdict.reason[0],
	   "... has an alert and a reason");
	tlsup_answer_free(&verdict);
	pair_end(p);
	kept_flush();

	p = later_pair("default", 1);
	ok(!p->c.done.keep && !p->s.done.keep,
	   "nobody is kept if the client does not offer it");
	pair_end(p);
}

static void test_kept_bound(void)
{
	struct tlsup_answer answer;
	uint64_t cookie;

	for (cookie = 1; cookie < 5; cookie++)
		pair_end(later_pair("pha", cookie));
	is_int(tlsup_kept_count(shared[1].kept), 2, "two are kept, no more");
	is_int(ask(1, 0, NULL, &answer), ECONNABORTED, "the oldest went");
	tlsup_answer_free(&answer);
	kept_flush();
}

int main(void)
{
	tlsup_log_set_level(TLSUP_LOG_ERROR);
	open_world();
	test_full();
	test_resumption();
	test_resumption_ends();
	test_tls12();
	test_retry_and_choice();
	test_fields();
	test_grudging();
	test_verdicts();
	test_refusals();
	test_transport();
	test_alert_behind_reset();
	test_cancelled();
	test_give_up();
	test_forgetting();
	test_failed_later();
	test_failed_later_12();
	test_failed_later_by_id();
	test_tls12_client("asks");
	test_tls12_client("asksbyid");
	test_bad_tickets();
	test_later();
	test_later_refused();
	test_kept_bound();
	test_tamper();
	test_post_garbage();
	close_world();
	return finish();
}
