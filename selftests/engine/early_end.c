// SPDX-License-Identifier: Apache-2.0
/* The end of early data (RFC 8446 4.5): what a server takes until then, and in
 * which order. */
#include "early_pair.h"
#include "edit.h"
#include "tap.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* The server waits for the end of early data. */
static void waiting(struct pair *p)
{
	early_pair(p);
	pair_open(p);
	hs_start(p->client.hs);
	pair_drain(p, &p->client);
	while (p->server.hs->state != HS_ST_WAIT_EOED)
		pair_step(p);
}

static void the_end(void)
{
	static const struct {
		const char	*what;
		uint8_t		type;
		const char	*data;
		size_t		len;
		int		alert;
	} rows[] = {
		{ "EndOfEarlyData", HS_HANDSHAKE, B("\5\0\0\0"), 0 },
		{ "with a body", HS_HANDSHAKE, B("\5\0\0\1x"),
		  HS_ALERT_DECODE_ERROR },
		{ "with Finished behind it", HS_HANDSHAKE,
		  B("\5\0\0\0\x14\0\0\1x"), HS_ALERT_UNEXPECTED_MESSAGE },
		{ "Finished without it", HS_HANDSHAKE, B("\x14\0\0\1x"),
		  HS_ALERT_UNEXPECTED_MESSAGE },
		{ "a Certificate", HS_HANDSHAKE, B("\x0b\0\0\1x"),
		  HS_ALERT_UNEXPECTED_MESSAGE },
		{ "KeyUpdate", HS_HANDSHAKE, B("\x18\0\0\1\0"),
		  HS_ALERT_UNEXPECTED_MESSAGE },
		{ "no bytes of early data", HS_APPLICATION_DATA, B(""), 0 },
		{ "early data", HS_APPLICATION_DATA, B("x"), 0 },
		{ "an alert", HS_ALERT, B("\2\x28"), HS_ALERT_NONE },
		{ "the compatible change_cipher_spec", HS_CHANGE_CIPHER_SPEC,
		  B("\1"), 0 },
		{ "a record of no known type", 24, B("x"),
		  HS_ALERT_UNEXPECTED_MESSAGE },
	};

	for (size_t i = 0; i < N(rows); i++) {
		struct pair p;

		waiting(&p);
		tap_sub(pair_inject(&p, &p.server, rows[i].type, rows[i].data,
				    rows[i].len) == rows[i].alert, "%s",
			rows[i].what);
		pair_free(&p);
	}
	tap_sum("in WAIT_EOED: early data, or EndOfEarlyData that ends its record (4.5)");
}

static void order(void)
{
	struct pair p;
	int alert = 0, i;

	waiting(&p);
	pair_inject(&p, &p.server, HS_HANDSHAKE, "\5\0", 2);
	tap_ok(pair_inject(&p, &p.server, HS_APPLICATION_DATA, "x", 1) ==
	       HS_ALERT_UNEXPECTED_MESSAGE,
	       "early data in the middle of EndOfEarlyData: unexpected_message (5.1)");
	pair_free(&p);
	waiting(&p);
	pair_inject(&p, &p.server, HS_HANDSHAKE, "\5\0\0\0", 4);
	tap_ok(pair_inject(&p, &p.server, HS_APPLICATION_DATA, "x", 1) ==
	       HS_ALERT_UNEXPECTED_MESSAGE && !p.server.early.len,
	       "application data behind EndOfEarlyData: unexpected_message");
	pair_free(&p);
	waiting(&p);
	for (i = 0; i < 1000 && !alert; i++)
		alert = pair_inject(&p, &p.server, HS_APPLICATION_DATA, "", 0);
	tap_ok(alert == HS_ALERT_UNEXPECTED_MESSAGE && i < 100,
	       "early data of no bytes, without end: unexpected_message");
	pair_free(&p);
}

int main(void)
{
	the_end();
	order();
	host_exit();
	return tap_done();
}
