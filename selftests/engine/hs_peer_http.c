// SPDX-License-Identifier: Apache-2.0
/* hs_peer_http: owns the server's side of HTTP/1.0: a request, and the reply
 * that its path asks for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/engine/msg.h"
#include "daemon/engine/suites.h"
#include "hs_peer.h"

#define REQUEST_MAX 8192

struct request {
	struct peer	*p;
	char		text[REQUEST_MAX + 1];	/* as much as was read */
	size_t		len, head;		/* head: without the body */
	struct hs_bytes	rest;			/* of the record, did not fit */
};

static int reply(struct peer_host *h, const char *body, size_t len)
{
	static const char ok[] = "HTTP/1.0 200 OK\r\n"
				 "Content-Type: text/plain\r\n\r\n";

	return peer_write(&h->peer, ok, strlen(ok)) ||
	       peer_write(&h->peer, body, len) ? -1 : 0;
}

static int parameters(struct peer_host *h, struct request *r)
{
	char text[4096];

	(void)r;
	return reply(h, text, hs_peer_describe(h, text, sizeof(text)));
}

static int bytes(struct peer_host *h, struct request *r)
{
	unsigned long n = strtoul(r->text + strlen("GET /bytes/"), NULL, 10);
	uint8_t block[16384];
	int err;

	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = (uint8_t)(i * 7);
	err = reply(h, NULL, 0);
	for (size_t m; n && !err; n -= m) {
		m = n < sizeof(block) ? n : sizeof(block);
		err = peer_write(&h->peer, block, m);
	}
	return err;
}

/* The sum is Adler's: a and b modulo 65521. */
static void add(uint32_t sum[2], const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		sum[0] = (sum[0] + data[i]) % 65521;
		sum[1] = (sum[1] + sum[0]) % 65521;
	}
}

static int upload(struct peer_host *h, struct request *r)
{
	unsigned long want = strtoul(r->text + strlen("POST /upload/"), NULL, 10);
	unsigned long came = r->len - r->head + r->rest.len;
	uint32_t sum[2] = { 1, 0 };
	const uint8_t *data;
	char text[80];
	int n = 1;

	add(sum, (uint8_t *)r->text + r->head, r->len - r->head);
	add(sum, r->rest.data, r->rest.len);
	while (came < want && (n = peer_read(&h->peer, &data)) > 0) {
		add(sum, data, (size_t)n);
		came += (unsigned long)n;
	}
	n = snprintf(text, sizeof(text), "%lu bytes, adler32 %08x\n", came,
		     (unsigned int)(sum[1] << 16 | sum[0]));
	return came < want ? -1 : reply(h, text, (size_t)n);
}

static int keyupdate(struct peer_host *h, struct request *r)
{
	return peer_key_update(&h->peer, true) ? -1 : parameters(h, r);
}

/* A NewSessionTicket with a byte behind its end (RFC 8446 4.6.1), and no reply:
 * the client has to end the connection. */
static int badticket(struct peer_host *h, struct request *r)
{
	static const uint8_t ticket[] = {
		HS_MT_NEW_SESSION_TICKET, 0, 0, 17, 0, 0, 0, 60, 1, 2, 3, 4,
		1, 7, 0, 2, 'a', 'b', 0, 0, 0,
	};
	const uint8_t *data;

	(void)r;
	if (hs_info(h->peer.hs)->version != HS_TLS13 ||
	    record_send(&h->peer.record, HS_HANDSHAKE, ticket, sizeof(ticket)))
		return -1;
	while (peer_read(&h->peer, &data) > 0)
		;
	return -1;
}

static int authenticate(struct peer_host *h, struct request *r)
{
	if (peer_authenticate(&h->peer))
		fputs("no post-handshake authentication\n", stderr);
	return parameters(h, r);
}

static int renegotiate(struct peer_host *h, struct request *r)
{
	if (peer_renegotiate(&h->peer))
		fputs("no renegotiation\n", stderr);
	return parameters(h, r);
}

static int not_found(struct peer_host *h, struct request *r)
{
	static const char no[] = "HTTP/1.0 404 Not Found\r\n\r\nnot here\n";

	(void)r;
	return peer_write(&h->peer, no, strlen(no));
}

static const struct {
	const char	*start;
	int		(*answer)(struct peer_host *h, struct request *r);
} paths[] = {
	{ "GET /bytes/", bytes },
	{ "POST /upload/", upload },
	{ "GET /keyupdate", keyupdate },
	{ "GET /auth", authenticate },
	{ "GET /badticket", badticket },
	{ "GET /renegotiate", renegotiate },
	{ "GET / ", parameters },
	{ "GET /\r", parameters },
	{ "GET /\n", parameters },
	{ "GET ", not_found },
	{ "", parameters },	/* no HTTP: say who we are all the same */
};

/* A whole head, or a whole line if it is not HTTP. */
static bool complete(struct request *r)
{
	const char *end;

	r->text[r->len] = 0;
	if (strncmp(r->text, "GET ", 4) && strncmp(r->text, "POST ", 5)) {
		r->head = r->len;
		return strchr(r->text, '\n') || r->len == REQUEST_MAX;
	}
	end = strstr(r->text, "\r\n\r\n");
	r->head = end ? (size_t)(end + 4 - r->text) : r->len;
	/* HTTP/0.9, as typed by hand: a line. */
	if (!end && strchr(r->text, '\n') && !strstr(r->text, " HTTP/"))
		return true;
	return end || r->len == REQUEST_MAX;
}

/* 1 for a request, 0 for none, -1. The last record may bring more than the
 * head. */
static int receive(struct request *r)
{
	const uint8_t *data;
	size_t room, n;
	int got;

	while (!complete(r)) {
		got = peer_read(r->p, &data);
		if (got <= 0)
			return r->len ? 1 : got;
		room = REQUEST_MAX - r->len;
		n = (size_t)got < room ? (size_t)got : room;
		memcpy(r->text + r->len, data, n);
		r->len += n;
		r->rest = hs_bytes(data + n, (size_t)got - n);
	}
	return 1;
}

int hs_peer_answer(struct peer_host *h)
{
	struct request r = { .p = &h->peer };
	int got = receive(&r);

	if (got <= 0)
		return got;
	if (peer_settle(&h->peer))
		return -1;
	for (size_t i = 0;; i++)
		if (!strncmp(r.text, paths[i].start, strlen(paths[i].start)))
			return paths[i].answer(h, &r);
}
