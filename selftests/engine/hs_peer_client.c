// SPDX-License-Identifier: Apache-2.0
/* hs_peer_client: owns hs-peer as a client. */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hs_peer.h"

#define PACKED_MAX 16384

static int tcp_connect(const char *host, const char *port)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	int fd = -1;

	if (getaddrinfo(host, port, &hints, &list)) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	for (struct addrinfo *a = list; a && fd < 0; a = a->ai_next) {
		fd = socket(a->ai_family, SOCK_STREAM, 0);
		if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen)) {
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(list);
	return fd;
}

/* --- Sessions --- */

static struct hs_session *load_session(const char *file)
{
	uint8_t packed[PACKED_MAX];
	FILE *f = fopen(file, "r");
	size_t n = f ? fread(packed, 1, sizeof(packed), f) : 0;
	struct hs_session *s = hs_session_unpack(hs_bytes(packed, n));

	if (f)
		fclose(f);
	hs_wipe(packed, sizeof(packed));
	return s;
}

static void save_session(const struct hs_session *s, const char *file)
{
	uint8_t packed[PACKED_MAX];
	FILE *f = s ? fopen(file, "w") : NULL;

	if (!f)
		return;
	fwrite(packed, 1, hs_session_pack(s, packed, sizeof(packed)), f);
	fclose(f);
	hs_wipe(packed, sizeof(packed));
}

/* A copy, for the next connection. */
static struct hs_session *keep(const struct hs_session *s)
{
	uint8_t packed[PACKED_MAX];
	struct hs_session *copy = NULL;

	if (s)
		copy = hs_session_unpack(hs_bytes(packed,
				hs_session_pack(s, packed, sizeof(packed))));
	hs_wipe(packed, sizeof(packed));
	return copy;
}

/* --- What is said --- */

/* Early data that was not taken, or not all of it, is said now. */
static int say_early(struct peer *p, const struct options *o)
{
	size_t taken = p->early_taken;

	return peer_write(p, o->early + taken, o->early_len - taken);
}

static int say(struct peer *p, const struct options *o)
{
	char buf[8192];
	int n = 0;

	if (o->get)
		n = snprintf(buf, sizeof(buf), "GET %s HTTP/1.0\r\n\r\n", o->get);
	else if (o->send)
		n = snprintf(buf, sizeof(buf), "%s\n", o->send);
	return peer_write(p, buf, (size_t)n);
}

/* What standard input has now; false at its end. */
static bool say_more(struct peer *p, int *err)
{
	char buf[16384];
	ssize_t n = read(0, buf, sizeof(buf));

	if (n > 0)
		*err = peer_write(p, buf, (size_t)n);
	return n > 0 && !*err;
}

/* Has the text come? It may lie across two records: what is looked through
 * keeps the end of what was there before. */
static bool came(const char *text, const uint8_t *data, size_t len)
{
	static char window[8192];
	static size_t n;
	size_t old;

	if (!text)
		return false;
	while (len) {
		size_t part = len < sizeof(window) / 2 ? len : sizeof(window) / 2;

		old = n < sizeof(window) / 2 ? n : sizeof(window) / 2;
		memmove(window, window + n - old, old);
		memcpy(window + old, data, part);
		n = old + part;
		data += part;
		len -= part;
		if (memmem(window, n, text, strlen(text)))
			return true;
	}
	return false;
}

/* One record of the server's: 1 to go on, 0 when it has said enough, -1. */
static int hear(struct peer_host *h)
{
	unsigned int before = h->peer.handshakes;
	const uint8_t *data;
	int n = peer_read_once(&h->peer, &data);

	if (h->peer.handshakes != before)
		hs_peer_report(h);
	if (n == PEER_NOTHING)
		return 1;
	if (n == PEER_TRUNCATED)
		fputs("truncated: no close_notify\n", stderr);
	if (n <= 0)
		return n ? -1 : 0;
	fwrite(data, 1, (size_t)n, stdout);
	fflush(stdout);
	return !came(h->o->until, data, (size_t)n);
}

/* Both ways at a time, until the server has said all. */
static int converse(struct peer_host *h, bool interactive)
{
	struct pollfd fds[2] = {
		{ .fd = h->peer.record.fd, .events = POLLIN },
		{ .fd = interactive ? 0 : -1, .events = POLLIN },
	};
	int r = 1, err = 0;

	while (r > 0 && !err) {
		if (poll(fds, 2, (int)h->o->timeout * 1000) <= 0)
			return -1;
		if (fds[1].revents && !say_more(&h->peer, &err))
			fds[1].fd = -1;
		if (fds[0].revents)
			r = hear(h);
	}
	return err || r < 0 ? -1 : 0;
}

static int talk(struct peer_host *h)
{
	const struct options *o = h->o;
	struct peer *p = &h->peer;
	int err = 0;

	if (o->renegotiate) {
		err = peer_renegotiate(p);
		hs_peer_report(h);
	}
	if (!err && o->key_update)
		err = peer_key_update(p, true);
	if (!err)
		err = say_early(p, o) || say(p, o);
	return err || converse(h, !o->get && !o->send && !o->early_len) ? 1 : 0;
}

static int handshake(struct peer_host *h, const char *name,
		     const struct hs_session *resume)
{
	const struct options *o = h->o;
	struct hs *hs = h->peer.hs;

	if (!o->no_name && hs_set_server_name(hs, name, strlen(name)))
		hs_peer_usage("%s is no server name", name);
	if (resume)
		hs_set_session(hs, resume);
	h->peer.early = hs_bytes(o->early, o->early_len);
	return peer_handshake(&h->peer);
}

/* *session: to be resumed, and afterwards the newest. */
static int connect_once(const struct options *o, struct hs_session **session)
{
	int fd = tcp_connect(o->host, o->port), err;
	struct peer_host h;

	if (fd < 0) {
		fprintf(stderr, "hs-peer: %s %s: %s\n", o->host, o->port,
			strerror(errno));
		return 1;
	}
	if (!hs_peer_begin(&h, o, fd))
		return 1;
	err = handshake(&h, o->name, *session) ? -1 : 0;
	if (!err) {
		hs_peer_report(&h);
		err = talk(&h);
	}
	if (hs_state(h.peer.hs) == HS_FAILED)
		err = hs_peer_failed(&h);
	else if (h.peer.key_updates)
		hs_peer_report(&h);
	hs_session_free(*session);
	*session = err ? NULL : keep(h.peer.session);
	if (o->session_out)
		save_session(*session, o->session_out);
	hs_peer_end(&h);
	return err ? 1 : 0;
}

int hs_peer_client(struct options *o)
{
	struct hs_session *session = NULL;
	int err = 0;

	if (!o->name)
		o->name = o->host;
	if (o->session_in)
		session = load_session(o->session_in);
	for (uint32_t i = 0; i <= o->reconnect && !err; i++)
		err = connect_once(o, &session);
	hs_session_free(session);
	return err;
}
