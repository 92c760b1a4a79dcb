// SPDX-License-Identifier: Apache-2.0
/* Values that nobody knows (RFC 8701): sent in every list, the same after a
 * retry, passed over by servers, refused when a server takes one. */
#include <string.h>

#include "daemon/engine/ext.h"
#include "edit.h"
#include "tap.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define EE HS_MT_ENCRYPTED_EXTENSIONS
#define CV HS_MT_CERTIFICATE_VERIFY
#define SUITE_AT 71		/* of a ServerHello with a session ID */

static bool is_grease(uint16_t v)
{
	return (v & 0x0f0f) == 0x0a0a && v >> 8 == (v & 0xff);
}

/* The first of a list of 16-bit values. */
static bool leads(struct hs_bytes body, size_t width)
{
	return body.len >= width + 2 &&
	       is_grease((uint16_t)(body.data[width] << 8 |
				    body.data[width + 1]));
}

static struct hs_bytes find(const struct hs_client_hello *m, uint16_t type)
{
	struct hs_bytes body;

	hs_ext_find(m->extensions, type, &body);
	return body;
}

/* The first extension, and the last before pre_shared_key: never two of the same
 * (RFC 8701 5). */
static bool around(struct hs_bytes extensions)
{
	struct hs_reader r = hs_reader(extensions);
	uint16_t type = hs_reader_u16(&r), first = type, last = 0;
	struct hs_bytes body = hs_reader_vec(&r, 2, 0), end = { 0 };
	bool empty = !body.len;

	while (r.len && !r.failed) {
		type = hs_reader_u16(&r);
		body = hs_reader_vec(&r, 2, 0);
		if (type == HS_EXT_PRE_SHARED_KEY)
			break;
		last = type;
		end = body;
	}
	return is_grease(first) && empty && is_grease(last) && end.len == 1 &&
	       first != last;
}

/* A second ClientHello comes behind the first. */
static void read_hello(const struct pair *p, bool again,
		       struct hs_client_hello *m)
{
	const uint8_t *f = p->client.flight;
	size_t len = (size_t)f[2] << 8 | f[3];

	if (again) {
		f += 4 + len;
		len = (size_t)f[2] << 8 | f[3];
	}
	tap_sub(!hs_client_hello_parse(m, hs_bytes(f + 4, len)), "the hello");
}

static void check_lists(const struct pair *p, bool again)
{
	struct hs_client_hello m;
	struct hs_bytes modes;

	read_hello(p, again, &m);
	tap_sub(leads(m.cipher_suites, 0), "suites");
	tap_sub(leads(find(&m, HS_EXT_SUPPORTED_VERSIONS), 1), "versions");
	tap_sub(leads(find(&m, HS_EXT_SUPPORTED_GROUPS), 2), "groups");
	tap_sub(leads(find(&m, HS_EXT_KEY_SHARE), 2) == !again, "shares");
	tap_sub(leads(find(&m, HS_EXT_SIGNATURE_ALGORITHMS), 2), "schemes");
	tap_sub(leads(find(&m, HS_EXT_ALPN), 3), "protocols");
	modes = find(&m, HS_EXT_PSK_KEY_EXCHANGE_MODES);
	tap_sub(modes.len == 3 && modes.data[1] % 31 == 0x0b, "modes");
	tap_sub(around(m.extensions), "extensions");
}

static void handshakes(void)
{
	static const unsigned int flags[] = {
		0, EDIT_RETRY, EDIT_RETRY | EDIT_COOKIE, EDIT_RESUME,
		EDIT_RESUME | EDIT_RETRY, EDIT_CLIENT_AUTH, EDIT_EXTRAS,
		EDIT_COMPRESS, EDIT_EARLY,
	};

	for (size_t i = 0; i < N(flags); i++)
		for (int n = 0; n < 20; n++) {
			struct pair p;

			edit_pair(&p, flags[i] | EDIT_ALPN);
			p.client.config.grease = true;
			pair_open(&p);
			tap_sub(pair_run(&p), "flags %x: %s", flags[i],
				hs_error(p.client.hs)->reason);
			check_lists(&p, false);
			if (flags[i] & EDIT_RETRY)
				check_lists(&p, true);
			pair_free(&p);
		}
	tap_sum("handshakes with unknown values in every list");
}

static bool no_group(struct pair *p, struct pair_side *from, uint8_t *message,
		     size_t *len, size_t room)
{
	static const struct edit key_share = {
		.op = EDIT_NO_EXT, .arg = HS_EXT_KEY_SHARE,
	};

	(void)p;
	(void)room;
	if (from == &p->server && message[0] == HS_MT_SERVER_HELLO)
		edit_apply(&key_share, message, len);
	return true;
}

/* RFC 8446 4.1.2: a retry for the cookie's sake changes none of the shares. (The
 * server asked for one, and does not go on.) */
static void cookie_alone(void)
{
	struct hs_client_hello first, second;
	struct pair p;

	edit_pair(&p, EDIT_RETRY | EDIT_COOKIE);
	p.client.config.grease = true;
	p.tamper = no_group;
	pair_open(&p);
	pair_run(&p);
	read_hello(&p, false, &first);
	read_hello(&p, true, &second);
	tap_sub(find(&second, HS_EXT_COOKIE).len == 2 + 32, "the cookie");
	tap_sub(hs_bytes_equal(find(&first, HS_EXT_KEY_SHARE),
			       find(&second, HS_EXT_KEY_SHARE)), "the shares");
	pair_free(&p);
	tap_sum("a retry that has but a cookie leaves the shares alone (4.1.2)");
}

static void older_version(void)
{
	struct pair p;

	pair_init(&p);
	p.client.config.grease = true;
	p.server.config.max_version = HS_TLS12;
	pair_open(&p);
	tap_ok(pair_run(&p) && hs_info(p.client.hs)->version == HS_TLS12,
	       "a server of TLS 1.2 passes over them too");
	pair_free(&p);
}

/* A server that takes what it does not know. The row's bytes follow the value,
 * or (front) stand before it. */
struct take {
	const char		*what;
	enum hs_mt		message;
	enum edit_op		op;
	unsigned int		arg;
	enum hs_grease_list	list;
	const char		*front;
	size_t			front_len;
	const char		*back;
	size_t			back_len;
	int			alert;
	unsigned int		flags;
};

static const struct take takes[] = {
	{ "a suite", HS_MT_SERVER_HELLO, EDIT_SET, SUITE_AT, HS_GREASE_SUITE,
	  B(""), B(""), HS_ALERT_ILLEGAL_PARAMETER, 0 },
	{ "a version", HS_MT_SERVER_HELLO, EDIT_EXT, HS_EXT_SUPPORTED_VERSIONS,
	  HS_GREASE_VERSION, B(""), B(""), HS_ALERT_ILLEGAL_PARAMETER, 0 },
	{ "a share", HS_MT_SERVER_HELLO, EDIT_EXT, HS_EXT_KEY_SHARE,
	  HS_GREASE_GROUP, B(""), B("\0\1x"), HS_ALERT_ILLEGAL_PARAMETER, 0 },
	{ "a group to retry with", HS_MT_HELLO_RETRY_REQUEST, EDIT_EXT,
	  HS_EXT_KEY_SHARE, HS_GREASE_GROUP, B(""), B(""),
	  HS_ALERT_ILLEGAL_PARAMETER, EDIT_RETRY },
	{ "a protocol", EE, EDIT_EXT, HS_EXT_ALPN, HS_GREASE_ALPN,
	  B("\0\3\2"), B(""), HS_ALERT_ILLEGAL_PARAMETER, EDIT_ALPN },
	{ "a scheme", CV, EDIT_SET, 4, HS_GREASE_SCHEME, B(""), B(""),
	  HS_ALERT_ILLEGAL_PARAMETER, 0 },
};

struct taking {
	const struct take	*row;
	int			last;	/* an extension instead: the last? */
	bool			seen;
};

static bool take(struct pair *p, struct pair_side *from, uint8_t *message,
		 size_t *len, size_t room)
{
	struct taking *t = p->tamper_arg;
	uint8_t body[16];
	struct hs_buf b = hs_buf_fixed(body, sizeof(body));
	struct edit e = { .op = t->row->op, .arg = t->row->arg,
			  .body = (char *)body };

	(void)from;
	(void)room;
	if (hs_mt_of(message[0], hs_bytes(message + 4, *len - 4)) !=
	    t->row->message)
		return true;
	t->seen = true;
	hs_buf_add(&b, (const uint8_t *)t->row->front, t->row->front_len);
	hs_grease_put(p->client.hs, t->row->list, &b);
	hs_buf_add(&b, (const uint8_t *)t->row->back, t->row->back_len);
	if (t->row->op == EDIT_LAST) {
		e.arg = hs_grease(p->client.hs, t->row->list);
		b.len = 0;
	}
	e.len = b.len;
	edit_apply(&e, message, len);
	return true;
}

static void taken(const struct take *row)
{
	struct taking t = { .row = row };
	struct pair p;

	edit_pair(&p, row->flags);
	p.client.config.grease = true;
	p.tamper = take;
	p.tamper_arg = &t;
	pair_open(&p);
	pair_run(&p);
	tap_sub(t.seen && pair_alert(&p.client) == row->alert,
		"%s: alert %d, not %d", row->what, pair_alert(&p.client),
		row->alert);
	pair_free(&p);
}

/* An extension that we did send, and nobody can answer. */
static void servers_that_take(void)
{
	struct take ext = {
		"an extension", EE, EDIT_LAST, 0, HS_GREASE_EXT, B(""), B(""),
		HS_ALERT_UNSUPPORTED_EXTENSION, 0,
	};

	for (size_t i = 0; i < N(takes); i++)
		taken(&takes[i]);
	taken(&ext);
	ext.list = HS_GREASE_EXT_LAST;
	taken(&ext);
	ext.message = HS_MT_CERTIFICATE;
	taken(&ext);
	tap_sum("a server that takes one of them is refused (RFC 8701 3)");
}

/* Other people's: what we don't know must not matter. The keys differ then,
 * because the message was changed. */
#define TAKEN HS_ALERT_BAD_RECORD_MAC
#define HELLO(what, section, type, body) \
	{ what, section, HS_MT_CLIENT_HELLO, EDIT_EXT, type, B(body), TAKEN, \
	  EDIT_ALPN, 0 }

static const struct edit others[] = {
	HELLO("an encrypted ClientHello of noise", "RFC 9849 6.2", 0xfe0d,
	      "\0\0\1\0\1\x37\0\x20"
	      "01234567890123456789012345678901\0\x10"
	      "0123456789012345"),
	HELLO("an encrypted ClientHello that can't be one", "RFC 9849 6.2",
	      0xfe0d, "\xff"),
	HELLO("an extension", "RFC 8446 9.3", 0x2a2a, ""),
	HELLO("an extension with a body", "RFC 8701 3", 0x3a3a, "\0"),
	HELLO("versions", "RFC 8701 3", HS_EXT_SUPPORTED_VERSIONS,
	      "\6\x5a\x5a\3\4\3\3"),
	HELLO("schemes", "RFC 8701 3", HS_EXT_SIGNATURE_ALGORITHMS,
	      "\0\4\x6a\x6a\4\3"),
	HELLO("groups", "RFC 8701 3", HS_EXT_SUPPORTED_GROUPS,
	      "\0\4\x7a\x7a\0\x1d"),
	HELLO("protocols", "RFC 8701 3", HS_EXT_ALPN, "\0\6\2\x8a\x8a\2h2"),
	HELLO("modes", "RFC 8701 3", HS_EXT_PSK_KEY_EXCHANGE_MODES,
	      "\2\x2a\1"),
	{ "suites", "RFC 8446 9.3", HS_MT_CLIENT_HELLO, EDIT_SUITES, 0,
	  B("\x9a\x9a\x13\1"), TAKEN, 0, 0 },
	{ "an extension of CertificateRequest", "RFC 8701 4",
	  HS_MT_CERTIFICATE_REQUEST, EDIT_EXT, 0xaaaa, B("x"),
	  HS_ALERT_DECRYPT_ERROR, EDIT_CLIENT_AUTH, 0 },
	{ "schemes of CertificateRequest", "RFC 8701 4",
	  HS_MT_CERTIFICATE_REQUEST, EDIT_EXT, HS_EXT_SIGNATURE_ALGORITHMS,
	  B("\0\4\xba\xba\4\3"), HS_ALERT_DECRYPT_ERROR, EDIT_CLIENT_AUTH, 0 },
};

int main(void)
{
	handshakes();
	cookie_alone();
	older_version();
	servers_that_take();
	edit_table(others, N(others), "what others send of the kind is passed over");
	host_exit();
	return tap_done();
}
