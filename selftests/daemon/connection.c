// SPDX-License-Identifier: Apache-2.0
/*
 * connection: two of the daemon's connections make a handshake with each other:
 * what both then tell the kernel, what they choose between them, and that nothing
 * is lost where a channel is not ready.
 */
#include <errno.h>

#include "selftests/daemon/pair.h"
#include "selftests/daemon/tap.h"

static void test_full(void)
{
	struct pair *p = pair_begin();
	uint32_t first;

	memcpy(p->client.alpn, "\2h2\10http/1.1", 12);
	p->client.alpn_len = 12;
	memcpy(p->server.alpn, "\10http/1.1", 9);
	p->server.alpn_len = 9;
	pair_run(p);
	if (!ok(pair_done(p), "a full handshake"))
		note("%s / %s", p->c.reason, p->s.reason);
	ok(pair_same_keys(p), "both have the same application secrets");
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
	is_int(pair_tickets(p), 2, "two tickets come after the handshake");
	is_int(daemons_sessions(), 2, "both are kept");
	ok(p->c.is_closed && p->s.is_closed, "the channels were closed");
	ok(pair_same_exporter(p), "both can export the same");
	pair_end(p);
}

static void test_retry_and_choice(void)
{
	struct pair *p;

	p = pair_with("good.example", "default", "p384", 0);
	ok(pair_full(p) && p->c.done.group == 0x18, "HelloRetryRequest to secp384r1");
	pair_end(p);
	p = pair_with("good.example", "default", "aes256", 0);
	ok(pair_full(p) && p->c.done.cipher_suite == 0x1302, "the server's suite");
	pair_end(p);
	p = pair_with("good.example", "default", "rsa", 0);
	ok(pair_full(p) && p->c.done.signature_scheme >> 8 == 8,
	   "an RSA certificate signs by PSS");
	pair_end(p);
	p = pair_with("a.wild.example", "default", "mixed", 0);
	ok(pair_full(p), "the certificate is chosen by name");
	pair_end(p);
	p = pair_with("good.example.", "default", "default", 0);
	ok(pair_full(p) && p->s.done.server_name.len == 12,
	   "the last dot of a name is not sent");
	pair_end(p);
	daemons_flush();
}

/* They cost a server many times what they cost a client. */
static void test_fields(void)
{
	struct pair *p = pair_begin();

	strcpy(p->client.profile, "field");
	pair_run(p);
	pair_fail(p, EPROTONOSUPPORT, EPROTONOSUPPORT,
		  "nobody gets a finite field unasked");
	pair_end(p);
	p = pair_begin();
	strcpy(p->client.profile, "field");
	strcpy(p->server.profile, "fields");
	pair_run(p);
	ok(pair_done(p) && p->s.done.group == 0x0100,
	   "... but who names a suite for them does");
	pair_end(p);
}

static void test_grudging(void)
{
	struct pair *p = pair_begin();

	p->c.grudging = p->s.grudging = true;
	pair_run(p);
	ok(pair_done(p),
	   "every send, install and DONE is refused once and repeated");
	pair_end(p);
	daemons_flush();
}

int main(void)
{
	daemons_open();
	test_full();
	test_retry_and_choice();
	test_fields();
	test_grudging();
	daemons_close();
	return finish();
}
