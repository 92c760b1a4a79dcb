// SPDX-License-Identifier: Apache-2.0
/*
 * forgetting: what is left to resume by when a connection fails, in its handshake or
 * later (RFC 8446 6.2, RFC 5246 7.2.2): nothing that came of it, and all else.
 */
#include "daemon/resume.h"
#include "daemon/server_sessions.h"
#include "selftests/daemon/pair.h"
#include "selftests/daemon/tap.h"

/* What ends in a fatal alert is not resumed, nor is what the peer gave before;
 * the end of the transport says nothing about it. */
static void test_forgetting(void)
{
	struct pair *p;
	int alert;

	for (alert = 0; alert < 2; alert++) {
		daemons_flush();
		p = pair_with("good.example", "default", "default", 0);
		is_int(pair_tickets(p), 2, "two tickets");
		pair_end(p);
		p = pair_begin();
		if (alert)
			p->s.tamper = 10;
		pair_start(p);
		pair_turn(p, HS_CLIENT);
		p->c.closed = true;
		if (alert)
			pair_turn(p, HS_SERVER);
		pair_turn(p, HS_CLIENT);
		ok(p->c.fail_calls == 1 &&
		   (p->c.fail.alert_sent != HS_ALERT_NONE) == alert,
		   "the connection fails, %s an alert",
		   alert ? "with" : "without");
		is_int(daemons_sessions(), !alert,
		       alert ? "nothing is left to resume" :
			       "the ticket that was not used is left");
		pair_end(p);
	}
}

/* FORGET, as the kernel says it to both daemons. */
static void failed_later(const struct pair *p)
{
	tlsup_resume_end(&daemons[0], p->c.done.session);
	tlsup_resume_end(&daemons[1], p->s.done.session);
}

static struct pair *again(const char *client, unsigned int tickets)
{
	struct pair *p = pair_with("good.example", client, "default", 0);

	is_int(pair_tickets(p), tickets, "its tickets");
	return p;
}

/* A connection that fails takes its own tickets and those of the one before it;
 * what came from another stays. */
static void test_failed_later(void)
{
	struct pair *p[3], *other;
	int i;

	daemons_flush();
	other = pair_with("also.example", "default", "other", 0);
	is_int(pair_tickets(other), 2, "two tickets of another server");
	p[0] = again("default", 2);
	failed_later(p[0]);
	is_int(daemons_sessions(), 2, "a fatal alert: its tickets are gone");
	pair_end(p[0]);
	for (i = 0; i < 3; i++)
		p[i] = again("default", 2);
	ok(pair_full(p[0]) && pair_resumed(p[1]) && pair_resumed(p[2]),
	   "not resumed; then three, one from the other");
	is_int(daemons_sessions(), 2 + 1 + 1 + 2, "a ticket each is used");
	failed_later(p[2]);
	is_int(daemons_sessions(), 2 + 1, "the third fails: the first one's is left");
	failed_later(p[2]);
	failed_later(p[1]);
	is_int(daemons_sessions(), 2, "the second: nothing of them is");
	failed_later(other);
	is_int(daemons_sessions(), 0, "and the other server's in its turn");
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
		daemons_flush();
		p[0] = again("v12", 0);
		p[1] = again("v12", 0);
		ok(pair_full(p[0]) && pair_resumed(p[1]) && daemons_sessions() == 1,
		   "TLS 1.2: a session, and resumed");
		failed_later(p[!first]);
		is_int(daemons_sessions(), 0, "one of them fails: it is gone");
		for (i = 0; i < 2; i++)
			pair_end(p[i]);
	}
	p[0] = again("v12", 0);
	q = pair_begin();
	strcpy(q->client.profile, "v12");
	pair_start(q);
	pair_turn(q, HS_CLIENT);
	is_int(daemons_sessions(), 0, "it is out while a connection begins by it");
	failed_later(p[0]);
	pair_finish(q);
	ok(pair_resumed(q), "the first fails meanwhile: too late for that one");
	is_int(daemons_sessions(), 0, "but it does not come back");
	pair_end(q);
	pair_end(p[0]);
}

static size_t ids_kept(void)
{
	return tlsup_server_sessions_count(daemons[1].server_sessions);
}

/* The server has the session, under an ID. */
static void test_failed_later_by_id(void)
{
	struct pair *p[2];
	int which;

	for (which = 0; which < 2; which++) {
		daemons_flush();
		p[0] = pair_with("good.example", "v12", "byid", 0);
		p[1] = pair_with("good.example", "v12", "byid", 0);
		ok(pair_full(p[0]) && pair_resumed(p[1]) && ids_kept() == 1,
		   "a session by ID, and resumed");
		ok(p[0]->s.done.session.len && p[1]->s.done.session.len,
		   "the server leaves notes");
		tlsup_resume_end(&daemons[1], p[which]->s.done.session);
		is_int(ids_kept(), 0, "one of them fails: it is gone");
		pair_end(p[0]);
		pair_end(p[1]);
		p[0] = pair_with("good.example", "v12", "byid", 0);
		ok(pair_full(p[0]), "the client offers it in vain");
		is_int(ids_kept(), 1, "a new one is kept");
		tlsup_resume_end_all(&daemons[1]);
		tlsup_resume_end_all(&daemons[0]);
		ok(!ids_kept() && !daemons_sessions(), "all is forgotten");
		pair_end(p[0]);
	}
}

int main(void)
{
	daemons_open();
	test_forgetting();
	test_failed_later();
	test_failed_later_12();
	test_failed_later_by_id();
	daemons_close();
	return finish();
}
