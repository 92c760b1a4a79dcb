// SPDX-License-Identifier: Apache-2.0
/*
 * Every byte of every message of a handshake is changed, in several ways, and
 * every message cut at every length: both sides never end up done, and
 * whoever fails says so with an alert. Under the sanitisers this is also the
 * first fuzzer.
 */
#include <stdlib.h>
#include <string.h>

#include "edit.h"
#include "tap.h"

enum how { FLIP_LOW, FLIP_HIGH, ZERO, ONES, CUT, CUT_FIXED, DROP, REPEAT };

struct change {
	unsigned int	message;	/* the nth of the handshake */
	size_t		at;
	enum how	how;
	unsigned int	seen;
	size_t		len;		/* that message's; 0: never came */
	bool		changed;
};

static void fix_length(uint8_t *m, size_t len)
{
	m[1] = (uint8_t)((len - 4) >> 16);
	m[2] = (uint8_t)((len - 4) >> 8);
	m[3] = (uint8_t)(len - 4);
}

static void change_byte(struct change *c, uint8_t *byte)
{
	uint8_t old = *byte;

	if (c->how == FLIP_LOW)
		*byte ^= 1;
	if (c->how == FLIP_HIGH)
		*byte ^= 0x80;
	if (c->how == ZERO)
		*byte = 0;
	if (c->how == ONES)
		*byte = 0xff;
	c->changed = *byte != old;
}

static bool tamper(struct pair *pair, struct pair_side *from, uint8_t *m,
		   size_t *len, size_t room)
{
	struct change *c = pair->tamper_arg;

	(void)from;
	(void)room;
	if (m[0] == HS_MT_NEW_SESSION_TICKET || c->seen++ != c->message)
		return true;
	c->len = *len;
	if (c->at >= *len)
		return true;
	c->changed = true;
	switch (c->how) {
	case CUT:
	case CUT_FIXED:
		*len = c->at;
		if (c->how == CUT_FIXED && *len >= 4)
			fix_length(m, *len);
		break;
	case REPEAT:
		memcpy(m + *len, m, *len);
		*len *= 2;
		break;
	case DROP:
		return false;
	default:
		change_byte(c, m + c->at);
	}
	return true;
}

/* Making a session takes as long as the handshake: it is kept. */
static struct pair p;
static unsigned int have = ~0u;

/* Returns the length of the message that was changed, 0 when there is no such
 * message. */
static size_t one(unsigned int flags, unsigned int message, size_t at,
		  enum how how)
{
	struct change c = { .message = message, .at = at, .how = how };
	struct hs_session *session;
	bool done, failed;

	if (have != flags) {
		hs_session_free(p.session);
		edit_pair(&p, flags);
		have = flags;
	}
	session = p.session ? hs_session_copy(p.session) : NULL;
	p.tamper = tamper;
	p.tamper_arg = &c;
	pair_open(&p);
	done = pair_run(&p);
	failed = pair_alert(&p.client) != HS_ALERT_NONE ||
		 pair_alert(&p.server) != HS_ALERT_NONE;
	/* A message that claims to be longer than it is, or is not there, makes
	 * both wait: nobody has an alert to send, and nobody is done. */
	if (c.changed)
		tap_sub(!done && (failed || at < 4 || how == CUT ||
				  how == DROP),
			"message %u, byte %zu, way %d: done %d", message, at,
			(int)how, done);
	pair_close(&p);
	hs_session_free(p.session);
	p.session = session;
	if (!session)
		p.tickets = 0;
	return c.len;
}

static void all(unsigned int flags, enum how how, const char *what)
{
	unsigned int m = 0;
	size_t len;

	for (; (len = one(flags, m, 0, how)); m++)
		for (size_t at = 1; at < len && how != DROP && how != REPEAT;
		     at++)
			one(flags, m, at, how);
	tap_sum("%s, %u messages: %s", flags & EDIT_RESUME ? "resumed" :
		flags & EDIT_EARLY ? "early data" : flags & EDIT_RETRY ? "retried" : "full", m, what);
}

/* In a second ClientHello it may be seen first that it is not the same one. */
static bool refused(const struct edit *e)
{
	int alert = edit_run(e);

	return alert == HS_ALERT_DECODE_ERROR ||
	       (e->message == HS_MT_CLIENT_HELLO && e->nth == 1 &&
		alert == HS_ALERT_ILLEGAL_PARAMETER);
}

/* Every extension of every message a byte shorter, and a byte longer: all of
 * them say how long they are, so it is a decode_error each time. */
static void extensions(void)
{
	static const struct {
		enum hs_mt	message;
		unsigned int	flags;
		int		nth;
		unsigned int	n;	/* extensions in it */
	} rows[] = {
		{ HS_MT_CLIENT_HELLO, EDIT_RESUME | EDIT_ALPN, 0, 9 },
		{ HS_MT_CLIENT_HELLO, EDIT_RETRY | EDIT_COOKIE, 1, 8 },
		{ HS_MT_SERVER_HELLO, EDIT_RESUME, 0, 3 },
		{ HS_MT_HELLO_RETRY_REQUEST, EDIT_RETRY | EDIT_COOKIE, 0, 3 },
		{ HS_MT_ENCRYPTED_EXTENSIONS, EDIT_ALPN, 0, 2 },
		{ HS_MT_CERTIFICATE_REQUEST, EDIT_CLIENT_AUTH, 0, 2 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct edit e = { .what = "", .section = "4.2",
				  .message = rows[i].message,
				  .flags = rows[i].flags, .nth = rows[i].nth };

		for (e.arg = 0; e.arg < rows[i].n; e.arg++) {
			bool empty = rows[i].message ==
				     HS_MT_ENCRYPTED_EXTENSIONS && !e.arg;

			e.op = EDIT_SHORTER;
			tap_sub(empty || refused(&e), "%s, extension %u shorter",
				hs_mt_name(e.message), e.arg);
			e.op = EDIT_LONGER;
			tap_sub(refused(&e), "%s, extension %u longer",
				hs_mt_name(e.message), e.arg);
		}
		tap_sub(edit_run(&e) == 0, "%s has %u extensions",
			hs_mt_name(e.message), rows[i].n);
	}
	tap_sum("each extension a byte shorter and a byte longer: decode_error");
}

int main(void)
{
	static const struct {
		enum how	how;
		const char	*what;
	} ways[] = {
		{ FLIP_LOW, "the lowest bit of each byte flipped" },
		{ FLIP_HIGH, "the highest bit of each byte flipped" },
		{ ZERO, "each byte zeroed" },
		{ ONES, "each byte 0xff" },
		{ CUT, "cut short" },
		{ CUT_FIXED, "cut short, the length put right" },
		{ DROP, "left out" },
		{ REPEAT, "sent twice" },
	};
	static const unsigned int kinds[] = {
		0, EDIT_RESUME, EDIT_RETRY | EDIT_COOKIE, EDIT_EARLY,
	};
	bool quick = getenv("TLSUP_QUICK") != NULL;

	extensions();
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
			if (!quick || ways[i].how != FLIP_HIGH)
				all(kinds[k] | EDIT_ALPN, ways[i].how,
				    ways[i].what);
	pair_free(&p);
	host_exit();
	return tap_done();
}
