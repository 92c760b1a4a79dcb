// SPDX-License-Identifier: Apache-2.0
/*
 * What a handshake keeps in memory: everything that the engine and libcrypto
 * allocate on behalf of one connection, counted in bytes of the heap, while it
 * waits for its peer and at its highest. Linked with --wrap, so that every
 * allocation is seen and the engine's calls say whose it is.
 */
#include <string.h>

#include "heap.h"
#include "pair.h"
#include "tap.h"

#define RESTING_MAX 16384	/* and the peer's chain */
#define CHAIN 4			/* certificates of a chain that is no test's */

static struct heap_count counts[HS_SERVER + 1];

/* The engine's functions that pair.c calls. */

struct hs *__real_hs_new(const struct hs_config *config, void *host_arg);
int __real_hs_set_session(struct hs *hs, const struct hs_session *session);
int __real_hs_start(struct hs *hs);
int __real_hs_record(struct hs *hs, uint8_t type, const uint8_t *data,
		     size_t len);
int __real_hs_next(struct hs *hs, struct hs_output *out);
void __real_hs_free(struct hs *hs);
struct hs *__wrap_hs_new(const struct hs_config *config, void *host_arg);
int __wrap_hs_set_session(struct hs *hs, const struct hs_session *session);
int __wrap_hs_start(struct hs *hs);
int __wrap_hs_record(struct hs *hs, uint8_t type, const uint8_t *data,
		     size_t len);
int __wrap_hs_next(struct hs *hs, struct hs_output *out);
void __wrap_hs_free(struct hs *hs);

static void enter(const struct hs_config *config)
{
	heap_owner(&counts[config->role]);
}

/* It waits only once all has been taken from it: see __wrap_hs_next(). */
static int leave(int result)
{
	heap_owner(NULL);
	return result;
}

struct hs *__wrap_hs_new(const struct hs_config *config, void *host_arg)
{
	struct hs *hs;

	enter(config);
	hs = __real_hs_new(config, host_arg);
	leave(0);
	return hs;
}

int __wrap_hs_set_session(struct hs *hs, const struct hs_session *session)
{
	enter(hs->config);
	return leave(__real_hs_set_session(hs, session));
}

int __wrap_hs_start(struct hs *hs)
{
	enter(hs->config);
	return leave(__real_hs_start(hs));
}

int __wrap_hs_record(struct hs *hs, uint8_t type, const uint8_t *data,
		     size_t len)
{
	enter(hs->config);
	return leave(__real_hs_record(hs, type, data, len));
}

int __wrap_hs_next(struct hs *hs, struct hs_output *out)
{
	int more;

	enter(hs->config);
	more = __real_hs_next(hs, out);
	if (!more)
		heap_rest(&counts[hs->config->role]);
	return leave(more);
}

void __wrap_hs_free(struct hs *hs)
{
	if (hs)
		enter(hs->config);
	__real_hs_free(hs);
	leave(0);
}

/* As long a chain as one meets. */
static const struct host_identity *long_chain(const char *kind)
{
	static struct host_identity id;

	id = *host_identity(kind);
	for (size_t i = 1; i < CHAIN; i++)
		id.chain[i] = id.chain[0];
	id.cert.chain = id.chain;
	id.cert.chain_len = CHAIN;
	return &id;
}

static long chain_len(const struct hs *hs)
{
	const struct hs_info *info = hs_info(hs);
	long len = 0;

	for (size_t i = 0; i < info->peer_chain_len; i++)
		len += (long)info->peer_chain[i].len;
	return len;
}

static void judge(const struct pair_side *s, const char *side, const char *what)
{
	struct heap_count *c = &counts[s->config.role];
	long chain = chain_len(s->hs);

	tap_ok(c->resting && c->resting <= RESTING_MAX + chain,
	       "%s, %s: %ld bytes while it waits, %ld at most; the peer's chain has %ld",
	       what, side, c->resting, c->highest, chain);
}

static bool run(struct pair *p)
{
	memset(counts, 0, sizeof(counts));
	return pair_open(p) && pair_run(p);
}

/* The first handshake is for what libcrypto and the threads keep, and for the
 * session. */
static void measure(struct pair *p, const char *what, bool resumed)
{
	run(p);
	if (hs_info(p->client.hs)->version == HS_TLS12)
		p->session = hs_session_made(p->client.hs);
	pair_close(p);
	if (!resumed) {
		hs_session_free(p->session);
		p->session = NULL;
	}
	if (tap_ok(run(p) && hs_info(p->client.hs)->resumed == resumed, "%s",
		   what)) {
		judge(&p->client, "client", what);
		judge(&p->server, "server", what);
	}
	pair_close(p);
	/* A number that a thread keeps (crypto_kx.c) may be a word longer than
	 * the last. */
	tap_ok(counts[HS_CLIENT].live < 256 && counts[HS_SERVER].live < 256,
	       "%s: then nothing is left (%ld, %ld)", what,
	       counts[HS_CLIENT].live, counts[HS_SERVER].live);
}

static void plain(uint16_t version, bool resumed, const char *name)
{
	struct pair p;

	pair_init(&p);
	p.server.host.identity = long_chain("RSA");
	p.client.config.max_version = version;
	measure(&p, name, resumed);
	pair_free(&p);
}

static void retried(void)
{
	static const uint16_t group = HS_GROUP_SECP521R1;
	struct pair p;

	pair_init(&p);
	p.server.host.identity = long_chain("RSA");
	p.server.config.groups = &group;
	p.server.config.groups_len = 1;
	p.server.config.server_cookie = true;
	measure(&p, "TLS 1.3 after a HelloRetryRequest", false);
	pair_free(&p);
}

static void mutual(uint16_t version, const char *name)
{
	struct pair p;

	pair_init(&p);
	p.client.host.identity = p.server.host.identity = long_chain("RSA");
	p.server.config.client_auth = HS_CLIENT_AUTH_REQUIRE;
	p.client.config.max_version = version;
	measure(&p, name, false);
	pair_free(&p);
}

int main(void)
{
	if (!heap_begin())
		return 2;
	plain(HS_TLS13, false, "TLS 1.3");
	plain(HS_TLS13, true, "TLS 1.3 resumed");
	retried();
	mutual(HS_TLS13, "TLS 1.3 with the client's certificate");
	plain(HS_TLS12, false, "TLS 1.2");
	plain(HS_TLS12, true, "TLS 1.2 resumed");
	mutual(HS_TLS12, "TLS 1.2 with the client's certificate");
	host_exit();
	return tap_done();
}
