// SPDX-License-Identifier: Apache-2.0
/* pair: runs one handshake between two daemons' connections, and looks at its end. */
#include "selftests/daemon/pair.h"

#include "daemon/resume.h"
#include "selftests/daemon/tap.h"

#define TURNS	1000

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

struct pair *pair_begin(void)
{
	struct pair *p = calloc(1, sizeof(*p));

	channel_join(&p->c, &p->s);
	request_begin(&p->client, HS_CLIENT);
	request_begin(&p->server, HS_SERVER);
	strcpy(p->client.server_name, "good.example");
	return p;
}

void pair_start(struct pair *p)
{
	p->cc = tlsup_connection_new(&daemons[0], daemons_config, &p->client,
				     &p->c.base);
	p->sc = tlsup_connection_new(&daemons[1], daemons_config, &p->server,
				     &p->s.base);
}

static void turn(struct tlsup_connection **c, struct channel *f)
{
	static uint8_t buf[TLSUP_RECORD_MAX];

	if (!*c || tlsup_connection_run(*c, buf) != TLSUP_OVER)
		return;
	tlsup_connection_free(*c);
	*c = NULL;
	/* What fails is closed by the kernel. */
	if (f->fail_calls)
		f->peer->closed = true;
}

void pair_turn(struct pair *p, enum hs_role role)
{
	if (role == HS_CLIENT)
		turn(&p->cc, &p->c);
	else
		turn(&p->sc, &p->s);
}

void pair_finish(struct pair *p)
{
	int i;

	for (i = 0; i < TURNS && (p->cc || p->sc); i++) {
		pair_turn(p, HS_CLIENT);
		pair_turn(p, HS_SERVER);
	}
}

void pair_run(struct pair *p)
{
	pair_start(p);
	pair_finish(p);
}

struct pair *pair_with(const char *name, const char *client,
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

/* The handshake messages of one record, one by one. */
static unsigned int post(const struct pair *p, const uint8_t *buf, size_t len)
{
	unsigned int n = 0;
	size_t at, one;

	for (at = 0; at + 4 <= len; at += one, n++) {
		one = 4 + (buf[at + 1] << 16 | buf[at + 2] << 8 | buf[at + 3]);
		tlsup_resume_post(&daemons[0],
				  (struct hs_bytes){ buf + at, one },
				  p->c.done.session);
	}
	return n;
}

unsigned int pair_tickets(struct pair *p)
{
	struct tlsup_channel *ch = &p->c.base;
	uint8_t buf[TLSUP_RECORD_MAX], type;
	unsigned int n = 0;
	size_t len;

	while (ch->ops->receive(ch, &type, buf, sizeof(buf), &len) == 1) {
		if (type == 22)
			n += post(p, buf, len);
	}
	return n;
}

void pair_end(struct pair *p)
{
	if (p->cc)
		tlsup_connection_free(p->cc);
	if (p->sc)
		tlsup_connection_free(p->sc);
	channel_drop(&p->c);
	channel_drop(&p->s);
	free(p);
}

bool pair_done(const struct pair *p)
{
	return !p->cc && !p->sc && p->c.done.version && p->s.done.version &&
	       !p->c.fail_calls && !p->s.fail_calls;
}

void pair_fail(struct pair *p, int client, int server, const char *what)
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

bool pair_same_keys(const struct pair *p)
{
	return channel_same_secret(&p->c.tx, &p->s.rx) &&
	       channel_same_secret(&p->c.rx, &p->s.tx);
}

bool pair_same_exporter(const struct pair *p)
{
	return p->c.done.exporter.len &&
	       p->c.done.exporter.len == p->s.done.exporter.len &&
	       !memcmp(p->c.exporter, p->s.exporter, p->c.done.exporter.len);
}

bool pair_resumed(const struct pair *p)
{
	return pair_done(p) && (p->c.done.flags & TLSUP_F_RESUMED) &&
	       (p->s.done.flags & TLSUP_F_RESUMED);
}

bool pair_full(const struct pair *p)
{
	return pair_done(p) && !(p->c.done.flags & TLSUP_F_RESUMED) &&
	       !(p->s.done.flags & TLSUP_F_RESUMED);
}
