// SPDX-License-Identifier: Apache-2.0
/*
 * resumption: a connection that goes on where an earlier one was: by a ticket, by
 * a TLS 1.2 session, under which conditions, and what a ticket must be to be kept.
 */
#include "daemon/resume.h"
#include "daemon/tickets.h"
#include "selftests/daemon/pair.h"
#include "selftests/daemon/tap.h"

static void test_resumption(void)
{
	struct pair *p;
	int i;

	daemons_flush();
	p = pair_with("good.example", "default", "default", 0);
	ok(pair_full(p), "the first connection is not resumed");
	pair_tickets(p);
	pair_end(p);
	for (i = 0; i < 3; i++) {
		p = pair_with("good.example", "default", "default", 0);
		ok(pair_resumed(p), "connection %d is resumed", i + 2);
		ok(p->c.done.flags & TLSUP_F_PEER_VERIFIED &&
		   !p->c.done.peer_chain.len,
		   "... verified, and without a chain");
		pair_tickets(p);
		pair_end(p);
	}
	p = pair_with("also.example", "other", "other", 0);
	ok(pair_full(p), "another name is not resumed");
	pair_tickets(p);
	pair_end(p);
	p = pair_with("good.example", "other", "default", 0);
	ok(pair_full(p), "another profile of the client's is not resumed");
	pair_end(p);
	p = pair_with("good.example", "default", "default",
		      TLSUP_VERIFY_INSECURE_NONE);
	ok(pair_full(p), "another level of verification is not resumed");
	ok(!(p->c.done.flags & TLSUP_F_PEER_VERIFIED),
	   "... and says that nothing was verified");
	pair_end(p);
	p = pair_with("good.example", "default", "other", 0);
	ok(pair_full(p), "a ticket is not taken in another profile of the server's");
	pair_end(p);
}

static void test_resumption_ends(void)
{
	struct pair *p;
	unsigned int before;

	daemons_flush();
	p = pair_with("good.example", "once", "default", 0);
	pair_tickets(p);
	is_int(daemons_sessions(), 0, "resumption = no keeps no ticket");
	pair_end(p);
	p = pair_with("good.example", "default", "once", 0);
	is_int(pair_tickets(p), 0, "resumption = no sends no ticket");
	pair_end(p);

	p = pair_with("good.example", "default", "default", 0);
	pair_tickets(p);
	pair_end(p);
	before = daemons_sessions();
	p = pair_with("good.example", "default", "default", 0);
	is_int(daemons_sessions(), before - 1, "a ticket is used once");
	pair_end(p);
	daemons_skew_ms = 25ull * 3600 * 1000;
	p = pair_with("good.example", "default", "default", 0);
	ok(pair_full(p), "a ticket that has expired is not used");
	daemons_skew_ms = 0;
	pair_end(p);

	/* A server that was started again. */
	daemons_flush();
	p = pair_with("good.example", "default", "default", 0);
	pair_tickets(p);
	pair_end(p);
	tlsup_tickets_free(daemons[1].tickets);
	daemons[1].tickets = tlsup_tickets_new(3600);
	p = pair_with("good.example", "default", "default", 0);
	ok(pair_full(p), "a server with new keys makes a full handshake");
	pair_end(p);
	daemons_flush();
}

static void test_tls12(void)
{
	struct pair *p;
	int i;

	daemons_flush();
	for (i = 0; i < 3; i++) {
		p = pair_with("good.example", "v12", "default", 0);
		ok(i ? pair_resumed(p) : pair_full(p),
		   "TLS 1.2, connection %d: %s", i, i ? "resumed" : "full");
		ok(p->c.done.version == TLSUP_VERSION_1_2 &&
		   p->s.done.version == TLSUP_VERSION_1_2 &&
		   p->c.done.cipher_suite >> 8 != 0x13, "... its version");
		ok(pair_same_keys(p), "... its keys");
		ok(p->c.done.flags & TLSUP_F_PEER_VERIFIED, "... verified");
		ok(pair_same_exporter(p), "... both export the same");
		ok(p->c.done.session.len && !p->s.done.session.len,
		   "... its client leaves a note, to be forgotten by");
		is_int(daemons_sessions(), 1,
		       "one session is kept, for the next and those after");
		pair_end(p);
	}
	p = pair_with("good.example", "v12", "nocert", 0);
	ok(p->c.fail.error && p->c.fail.alert_sent == HS_ALERT_NONE,
	   "a connection that the peer refuses");
	is_int(daemons_sessions(), 0, "... takes the session with it");
	pair_end(p);
}

/* A client's certificate is shown once; the server knows it each time. */
static void test_tls12_client(const char *server)
{
	struct pair *p;
	int i;

	daemons_flush();
	for (i = 0; i < 3; i++) {
		p = pair_with("good.example", "known", server, 0);
		ok(i ? pair_resumed(p) : pair_full(p),
		   "TLS 1.2, %s, connection %d: %s", server, i,
		   i ? "resumed" : "full");
		ok(p->s.done.flags & TLSUP_F_PEER_VERIFIED &&
		   p->s.done.peer_chain.len > 100, "... its certificate");
		pair_end(p);
	}
	p = pair_with("good.example", "v12", server, 0);
	ok(p->s.fail.alert_sent == HS_ALERT_HANDSHAKE_FAILURE,
	   "... and is refused without");
	pair_end(p);
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

	daemons_flush();
	p = pair_with("good.example", "default", "default", 0);
	is_int(tlsup_resume_post(&daemons[0], message, none), 0,
	       "a ticket, and no note");
	is_int(daemons_sessions(), 0, "... is no use");
	is_int(tlsup_resume_post(&daemons[0], message, p->c.done.session), 0,
	       "a ticket");
	is_int(daemons_sessions(), 1, "... is kept");
	memcpy(bad, good, sizeof(good));
	bad[sizeof(bad) - 1] = 1;
	is_int(tlsup_resume_post(&daemons[0], wrong, p->c.done.session),
	       HS_ALERT_DECODE_ERROR, "extensions that are too long");
	is_int(tlsup_resume_post(&daemons[0], wrong, none),
	       HS_ALERT_DECODE_ERROR, "also without a note");
	memcpy(bad, good, sizeof(good));
	bad[15] = 0;
	wrong.len -= 2;
	bad[3] -= 2;
	is_int(tlsup_resume_post(&daemons[0], wrong, p->c.done.session),
	       HS_ALERT_DECODE_ERROR, "a ticket of no bytes");
	is_int(daemons_sessions(), 1, "none of them is kept");
	pair_end(p);
}

static void test_post_garbage(void)
{
	uint8_t junk[1024];
	struct pair *p;
	size_t i;

	daemons_flush();
	p = pair_with("good.example", "default", "default", 0);
	memcpy(junk, p->c.session, p->c.done.session.len);
	for (i = 0; i < sizeof(junk); i++)
		tlsup_resume_post(&daemons[0], (struct hs_bytes){ junk, i },
				  (struct hs_bytes){ junk, i });
	is_int(daemons_sessions(), 0, "what is no ticket is not kept");
	pair_tickets(p);
	is_int(daemons_sessions(), 2, "and tickets are");
	pair_end(p);
}

int main(void)
{
	daemons_open();
	test_resumption();
	test_resumption_ends();
	test_tls12();
	test_tls12_client("asks");
	test_tls12_client("asksbyid");
	test_bad_tickets();
	test_post_garbage();
	daemons_close();
	return finish();
}
