// SPDX-License-Identifier: Apache-2.0
/*
 * failures: a handshake that is ended from outside: by the transport, the kernel,
 * the clock, or a byte that was altered on its way.
 */
#include <errno.h>

#include "selftests/daemon/pair.h"
#include "selftests/daemon/tap.h"

static void test_transport(void)
{
	struct pair *p;
	int i;

	for (i = 0; i < 3; i++) {
		p = pair_begin();
		p->c.receive_error = ECONNRESET;
		p->c.receive_error_at = i;
		pair_run(p);
		pair_fail(p, ECONNRESET, 0, "a reset is ECONNRESET");
		pair_end(p);
	}
	p = pair_begin();
	pair_start(p);
	pair_turn(p, HS_CLIENT);
	p->c.closed = true;
	pair_turn(p, HS_CLIENT);
	ok(!p->cc && p->c.fail.error == ECONNRESET, "the end is ECONNRESET");
	pair_end(p);

	p = pair_begin();
	p->c.receive_error = EBADMSG;
	p->c.receive_error_at = 1;
	pair_run(p);
	pair_fail(p, EBADMSG, 0, "a record that does not open is EBADMSG");
	ok(p->c.fail.alert_sent == HS_ALERT_BAD_RECORD_MAC,
	   "... with bad_record_mac");
	pair_end(p);
	p = pair_begin();
	p->s.receive_error = EMSGSIZE;
	pair_run(p);
	pair_fail(p, EPROTO, EPROTO, "a record that is too long is EPROTO");
	ok(p->s.fail.alert_sent == HS_ALERT_RECORD_OVERFLOW,
	   "... with record_overflow");
	pair_end(p);
	p = pair_begin();
	p->s.receive_error = EPROTO;
	pair_run(p);
	pair_fail(p, EPROTO, EPROTO, "what is no record is EPROTO");
	pair_end(p);
	p = pair_begin();
	p->c.install_error = EINVAL;
	pair_run(p);
	pair_fail(p, ECONNABORTED, 0, "a refused secret is ECONNABORTED");
	pair_end(p);
}

static void test_alert_behind_reset(void)
{
	static const uint8_t alert[] = { 2, HS_ALERT_UNKNOWN_CA };
	static const struct hs_secret none;
	struct pair *p = pair_begin();

	/* The peer closed after its alert, before our first byte. */
	p->c.send_error = EPIPE;
	channel_push(&p->c, 21, alert, sizeof(alert), &none);
	pair_start(p);
	pair_turn(p, HS_CLIENT);
	ok(!p->cc && p->c.fail.error == EACCES,
	   "a peer's alert is read though nothing can be sent");
	pair_end(p);
	p = pair_begin();
	p->c.send_error = EPIPE;
	pair_start(p);
	pair_turn(p, HS_CLIENT);
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

static bool last_is_alert(const struct channel *f, uint8_t alert)
{
	const struct channel_record *r = &f->queue[(f->tail - 1) % CHANNEL_QUEUE];

	return f->head != f->tail && r->type == HS_ALERT && r->len == 2 &&
	       r->data[0] == 2 && r->data[1] == alert;
}

static void test_give_up(void)
{
	struct pair *p = pair_begin();

	pair_start(p);
	pair_turn(p, HS_CLIENT);
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
	pair_turn(p, HS_CLIENT);
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
				accepted += pair_done(p);
			runs++;
			pair_end(p);
		}
	}
	ok(runs > 100, "%u handshakes with an altered byte", runs);
	is_int(accepted, 0, "none is accepted");
}

int main(void)
{
	daemons_open();
	test_transport();
	test_alert_behind_reset();
	test_cancelled();
	test_give_up();
	test_tamper();
	daemons_close();
	return finish();
}
