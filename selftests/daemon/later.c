// SPDX-License-Identifier: Apache-2.0
/*
 * later: connections whose client is asked for its certificate after the handshake:
 * who is kept for that, the three steps of a question, and how it ends.
 */
#include "daemon/kept.h"

#include <errno.h>

#include "selftests/daemon/pair.h"
#include "selftests/daemon/tap.h"

static struct pair *later_pair(const char *client, uint64_t cookie)
{
	struct pair *p = pair_begin();

	strcpy(p->client.profile, client);
	strcpy(p->server.profile, "phaserver");
	p->client.cookie = p->server.cookie = cookie;
	pair_run(p);
	if (!ok(pair_done(p), "%s: a handshake", client))
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
	return tlsup_kept_ask(daemons[side].kept, &a, answer);
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
		tlsup_kept_gone(daemons[0].kept, cookie);
		tlsup_kept_gone(daemons[1].kept, cookie);
	}
	is_int(tlsup_kept_count(daemons[0].kept) +
	       tlsup_kept_count(daemons[1].kept), 0, "GONE: nothing is kept");
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
	is_int(tlsup_kept_count(daemons[1].kept), 0, "... is the end of it");
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
	is_int(tlsup_kept_count(daemons[1].kept), 0, "... is not followed");
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
	is_int(tlsup_kept_count(daemons[1].kept), 2, "two are kept, no more");
	is_int(ask(1, 0, NULL, &answer), ECONNABORTED, "the oldest went");
	tlsup_answer_free(&answer);
	kept_flush();
}

int main(void)
{
	daemons_open();
	test_later();
	test_later_refused();
	test_kept_bound();
	daemons_close();
	return finish();
}
