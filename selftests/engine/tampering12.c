// SPDX-License-Identifier: Apache-2.0
/* TLS 1.2: each byte of each message changed, each message cut at every length
 * and made longer: whatever it is, both sides are never done. */
#include <string.h>

#include "pair.h"
#include "tap.h"

enum how { FLIP, CUT, GROW };

/* What is done to which byte, counted over all messages of a handshake. */
struct damage {
	enum how	how;
	size_t		at, passed;
	bool		done;
	uint8_t		type;
};

static void set_len(uint8_t *message, size_t len)
{
	size_t body = len - 4;

	message[1] = (uint8_t)(body >> 16);
	message[2] = (uint8_t)(body >> 8);
	message[3] = (uint8_t)body;
}

static bool tamper(struct pair *p, struct pair_side *from, uint8_t *message,
		   size_t *len, size_t room)
{
	struct damage *d = p->tamper_arg;
	size_t at = d->at - d->passed;

	(void)from;
	(void)room;
	if (d->at < d->passed || at >= *len) {
		d->passed += *len;
		return true;
	}
	d->passed += *len;
	d->type = message[0];
	d->done = true;
	if (d->how == FLIP) {
		message[at] ^= (uint8_t)(1u << d->at % 8);
	} else if (d->how == CUT && at >= 4) {
		*len = at;
		set_len(message, at);
	} else if (d->how == GROW && !at) {
		message[*len] = 0;
		set_len(message, ++*len);
	} else {
		d->done = false;	/* another byte's turn */
	}
	return true;
}

enum { AUTH = 1, DHE = 2, ID = 4, RESUME = 8 };

static const uint16_t dhe = HS_DHE_RSA_AES_128_GCM_SHA256;
static const uint16_t ffdhe = HS_GROUP_FFDHE2048;

static void setup(struct pair *p, unsigned int flags)
{
	pair_init(p);
	host_sessions_clear();
	p->client.config.max_version = HS_TLS12;
	if (flags & AUTH) {
		p->server.config.client_auth = HS_CLIENT_AUTH_REQUIRE;
		p->client.host.identity = host_identity("ED25519");
	}
	if (flags & DHE) {
		p->client.config.cipher_suites = &dhe;
		p->client.config.cipher_suites_len = 1;
		p->server.config.cipher_suites = &dhe;
		p->server.config.cipher_suites_len = 1;
		p->client.config.groups = p->server.config.groups = &ffdhe;
		p->client.config.groups_len = p->server.config.groups_len = 1;
		p->server.host.identity = host_identity("RSA");
	}
	if (flags & ID)
		p->server.config.tickets = 0;
}

/* A session ID is forgotten after an alert, so each run has a session of its
 * own; the host's cache keeps it until then. */
static void prepare(struct pair *p, unsigned int flags)
{
	struct hs_session *s = NULL;

	setup(p, flags);
	if (flags & RESUME) {
		pair_open(p);
		pair_run(p);
		s = hs_session_made(p->client.hs);
		pair_close(p);
	}
	p->session = s;
}

/* False once there are no more bytes. */
static bool damaged(unsigned int flags, enum how how, size_t at)
{
	struct damage d = { .how = how, .at = at };
	struct pair p;
	bool both;

	prepare(&p, flags);
	p.tamper = tamper;
	p.tamper_arg = &d;
	pair_open(&p);
	both = pair_run(&p);
	pair_free(&p);
	if (d.done)
		tap_sub(!both, "byte %zu, in %s", at, hs_mt_name(d.type));
	return at < d.passed;
}

static void sweep(unsigned int flags, const char *what)
{
	/* Keys are slow: there not every byte. */
	size_t step = flags & (DHE | RESUME) ? 3 : 1, n = 0;

	for (int how = FLIP; how <= GROW; how++)
		for (size_t at = 0; damaged(flags, (enum how)how, at);
		     at += step)
			n++;
	tap_sub(n > 200, "%zu bytes", n);
	tap_sum("%s: a byte changed, a message cut, a message longer", what);
}

/* The test's own tools: without damage all is well. */
static void unharmed(unsigned int flags, const char *what)
{
	struct pair p;

	prepare(&p, flags);
	pair_open(&p);
	tap_ok(pair_run(&p) &&
	       hs_info(p.client.hs)->resumed == !!(flags & RESUME), "%s", what);
	pair_free(&p);
}

int main(void)
{
	static const struct {
		unsigned int	flags;
		const char	*what;
	} kinds[] = {
		{ 0, "full" }, { AUTH, "with the client's certificate" },
		{ DHE, "DHE" }, { RESUME, "resumed by ticket" },
		{ RESUME | ID, "resumed by session ID" },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		unharmed(kinds[i].flags, kinds[i].what);
		sweep(kinds[i].flags, kinds[i].what);
	}
	host_exit();
	return tap_done();
}
