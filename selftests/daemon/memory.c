// SPDX-License-Identifier: Apache-2.0
/*
 * memory: what one of tlsupd's connections keeps while it waits for its peer:
 * the daemon's part, the engine's and libcrypto's; and what is left of one that
 * is kept for later questions. Each handshake is made twice, for what is
 * allocated once; the second counts.
 */
#include "daemon/connection.h"

#include <errno.h>

#include "daemon/crypto_openssl.h"
#include "daemon/kept.h"
#include "daemon/log.h"
#include "daemon/replay.h"
#include "daemon/resume.h"
#include "daemon/server_sessions.h"
#include "daemon/sessions.h"
#include "daemon/tickets.h"
#include "selftests/daemon/tap.h"
#include "selftests/daemon/world.h"
#include "selftests/engine/heap.h"

/* And the peer's chain. Half a kibibyte is for what pool.c and channel.c keep
 * of a connection, which are not here. */
#define RESTING_MAX	(16384 - 512)
/* For a moment, and the peer's chain three times. With one RSA key in ten,
 * libcrypto's part is 28 or 34 KB, all the time; else 17. */
#define HIGHEST_MAX	40960
#define KEPT_MAX	14336	/* and the peer's chain */
#define QUEUE		256
#define EARLY		0x5a	/* each byte of early data */

struct record {
	uint8_t	type;
	uint8_t	*data;
	size_t	len;
};

struct end {
	struct tlsup_channel	base;
	struct end		*peer;
	struct heap_count	heap;
	struct tlsup_connection	*connection;
	struct tlsup_request	request;
	struct record		queue[QUEUE];	/* on its way to this end */
	size_t			first, n;
	bool			done, kept, early;
	size_t			chain;		/* bytes, the peer's */
	uint8_t			session[1024];
	size_t			session_len;
};

static struct tlsup_shared shared;
static struct tlsup_config *config;

/* --- Channels: nobody's memory, and no protection --- */

static int receive(struct tlsup_channel *ch, uint8_t *type, uint8_t *buf,
		   size_t room, size_t *len)
{
	struct end *e = (struct end *)ch;
	struct record *r = &e->queue[e->first];

	if (e->first == e->n)
		return -EAGAIN;
	if (r->len > room)
		return -EMSGSIZE;
	*type = r->type;
	*len = r->len;
	memcpy(buf, r->data, r->len);
	free(r->data);
	e->first++;
	return 1;
}

static int send_record(struct tlsup_channel *ch, uint8_t type,
		       const uint8_t *data, size_t len)
{
	struct end *to = ((struct end *)ch)->peer;
	struct heap_count *was = heap_owner(NULL);
	struct record *r = &to->queue[to->n++];

	if (to->n == QUEUE)
		abort();
	*r = (struct record){ type, malloc(len), len };
	memcpy(r->data, data, len);
	heap_owner(was);
	return 0;
}

static int install(struct tlsup_channel *ch, bool tx, enum hs_epoch epoch,
		   uint16_t cipher_suite, const struct hs_secret *secret)
{
	static uint8_t early[TLSUP_EARLY_DATA_MAX];

	(void)cipher_suite;
	(void)secret;
	memset(early, EARLY, sizeof(early));
	if (tx && epoch == HS_EPOCH_EARLY)
		send_record(ch, HS_APPLICATION_DATA, early, sizeof(early));
	return 0;
}

static int install_keys(struct tlsup_channel *ch, bool tx,
			uint16_t cipher_suite, const struct hs_key_block *keys)
{
	(void)ch;
	(void)tx;
	(void)cipher_suite;
	(void)keys;
	return 0;
}

static int set_limits(struct tlsup_channel *ch, uint16_t tx, uint16_t rx)
{
	(void)ch;
	(void)tx;
	(void)rx;
	return 0;
}

static int set_number(struct tlsup_channel *ch, uint32_t bytes)
{
	(void)ch;
	(void)bytes;
	return 0;
}

static int done(struct tlsup_channel *ch, const struct tlsup_done *d)
{
	struct end *e = (struct end *)ch;

	e->done = true;
	e->kept = d->keep;
	e->early = d->early_data.len > 0;
	e->chain = d->peer_chain.len;
	e->session_len = d->session.len;
	if (d->session.len)
		memcpy(e->session, d->session.data, d->session.len);
	return 0;
}

static int fail(struct tlsup_channel *ch, const struct tlsup_fail *f)
{
	(void)ch;
	note("%s", f->reason);
	return 0;
}

static void close_channel(struct tlsup_channel *ch)
{
	(void)ch;
}

static const struct tlsup_channel_ops ops = {
	.receive = receive, .send = send_record, .install = install,
	.install_keys = install_keys, .set_limits = set_limits,
	.set_early_limit = set_number, .set_skip = set_number,
	.done = done, .fail = fail, .close = close_channel,
};

/* --- A handshake --- */

static void begin(struct end *e, struct end *peer, enum hs_role role,
		  const char *profile)
{
	memset(e, 0, sizeof(*e));
	e->base.ops = &ops;
	e->peer = peer;
	e->request.role = role;
	e->request.deadline_ms = 10000;
	e->request.cookie = role;
	e->request.early_data_max = TLSUP_EARLY_DATA_MAX;
	strcpy(e->request.profile, profile);
	e->request.peer.ss_family = AF_INET;
	if (role == HS_CLIENT)
		strcpy(e->request.server_name, "good.example");
	heap_owner(&e->heap);
	e->connection = tlsup_connection_new(&shared, config, &e->request,
					     &e->base);
	heap_owner(NULL);
}

static uint8_t buf[TLSUP_RECORD_MAX];	/* a worker's */

static void turn(struct end *e)
{
	enum tlsup_wait wait;

	if (!e->connection)
		return;
	heap_owner(&e->heap);
	wait = tlsup_connection_run(e->connection, buf);
	if (wait == TLSUP_OVER) {
		tlsup_connection_free(e->connection);
		e->connection = NULL;
	} else {
		heap_rest(&e->heap);
	}
	heap_owner(NULL);
}

/* The kernel's part: a client's tickets go to the daemon, each a message. */
static void post_tickets(struct end *client)
{
	const struct hs_bytes note = { client->session, client->session_len };
	struct record *r;
	size_t at, one;

	for (; client->first < client->n; client->first++) {
		r = &client->queue[client->first];
		for (at = 0; r->type == HS_HANDSHAKE && at + 4 <= r->len; at += one) {
			one = 4 + (r->data[at + 1] << 16 | r->data[at + 2] << 8 |
				   r->data[at + 3]);
			tlsup_resume_post(&shared,
				(struct hs_bytes){ r->data + at, one }, note);
		}
		free(r->data);
	}
}

static void handshake(struct end *c, struct end *s, const char *profile)
{
	begin(c, s, HS_CLIENT, profile);
	begin(s, c, HS_SERVER, profile);
	for (int i = 0; i < 100 && (c->connection || s->connection); i++) {
		turn(c);
		turn(s);
	}
	post_tickets(c);
}

static void judge(const struct end *e, const char *side, const char *what)
{
	ok(e->done && e->heap.resting &&
	   e->heap.resting <= RESTING_MAX + (long)e->chain &&
	   e->heap.highest <= HIGHEST_MAX + 3 * (long)e->chain,
	   "%s, %s: %ld bytes while it waits, %ld at most; the peer's chain has %zu",
	   what, side, e->heap.resting, e->heap.highest, e->chain);
}

static void measure(const char *profile, bool resumed, const char *what)
{
	static struct end c, s;

	if (!resumed)
		tlsup_sessions_set_max(shared.sessions, 0);
	handshake(&c, &s, profile);
	handshake(&c, &s, profile);
	tlsup_sessions_set_max(shared.sessions, 10);
	judge(&c, "client", what);
	judge(&s, "server", what);
}

static void is_kept(const char *profile, const char *what)
{
	static struct end c, s;

	for (int i = 0; i < 2; i++) {
		tlsup_kept_gone(shared.kept, HS_CLIENT);
		tlsup_kept_gone(shared.kept, HS_SERVER);
		handshake(&c, &s, profile);
	}
	ok(c.kept && s.kept && s.early, "%s: both ends are kept", what);
	ok(c.heap.live <= KEPT_MAX + (long)c.chain &&
	   s.heap.live <= KEPT_MAX + (long)s.chain,
	   "... with %ld bytes, chain and all, and %ld", c.heap.live,
	   s.heap.live);
	ok(buf[sizeof(buf) / 2] != EARLY,
	   "... and early data is not left in the worker's buffer");
	tlsup_kept_gone(shared.kept, HS_CLIENT);
	tlsup_kept_gone(shared.kept, HS_SERVER);
}

/* --- --- */

static void open_world(void)
{
	static const char text[] =
		"[profile one]\ntrust = root.pem\n"
		"certificate = below.chain.pem\nkey = below.key\n"
		"[profile old]\ntrust = root.pem\nmax-version = 1.2\n"
		"certificate = below.chain.pem\nkey = below.key\n"
		"[profile mutual]\ntrust = root.pem\n"
		"certificate = below.chain.pem\nkey = below.key\n"
		"client-certificate = rsa.pem\nclient-key = rsa.key\n"
		"client-trust = root.pem\nclient-auth = require\n"
		"[profile later]\ntrust = root.pem\nearly-data = yes\n"
		"max-early-data = 16384\npost-handshake-auth = yes\n"
		"certificate = below.chain.pem\nkey = below.key\n"
		"client-certificate = good.pem\nclient-key = good.key\n"
		"client-trust = root.pem\n";

	world_begin("");
	config = world_config(text);
	shared = (struct tlsup_shared){
		.crypto = tlsup_crypto_openssl(),
		.tickets = tlsup_tickets_new(3600),
		.sessions = tlsup_sessions_new(10),
		.server_sessions = tlsup_server_sessions_new(10),
		.replay = tlsup_replay_new(10),
		.kept = tlsup_kept_new(10),
		.now_ms = world_now_ms,
	};
}

static void close_world(void)
{
	tlsup_kept_free(shared.kept);
	tlsup_replay_free(shared.replay);
	tlsup_server_sessions_free(shared.server_sessions);
	tlsup_sessions_free(shared.sessions);
	tlsup_tickets_free(shared.tickets);
	tlsup_config_put(config);
}

int main(void)
{
	if (!heap_begin())
		return 2;
	tlsup_log_set_level(TLSUP_LOG_ERROR);
	open_world();
	measure("one", false, "TLS 1.3");
	measure("one", true, "TLS 1.3 resumed");
	measure("mutual", false, "TLS 1.3 with the client's certificate");
	measure("old", false, "TLS 1.2");
	measure("old", true, "TLS 1.2 resumed");
	is_kept("later", "TLS 1.3 that is asked later");
	close_world();
	return finish();
}
