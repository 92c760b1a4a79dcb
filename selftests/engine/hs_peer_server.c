// SPDX-License-Identifier: Apache-2.0
/* hs_peer_server: owns hs-peer as a server: it listens, and serves one
 * connection after the other, or each in a process of its own. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hs_peer.h"

static int echo(struct peer *p)
{
	const uint8_t *data;
	int n, err = 0;

	while (!err && (n = peer_read(p, &data)) > 0)
		err = peer_write(p, data, (size_t)n);
	return err || n < 0 ? -1 : 0;
}

static int talk(struct peer_host *h)
{
	if (h->o->auth && peer_authenticate(&h->peer))
		return -1;
	return h->o->echo ? echo(&h->peer) : hs_peer_answer(h);
}

/* Exit status: 0 or 1. */
static int serve(const struct options *o, int fd)
{
	struct peer_host h;
	int err;

	if (!hs_peer_begin(&h, o, fd))
		return 1;
	err = peer_handshake(&h.peer);
	if (!err) {
		hs_peer_report(&h);
		err = talk(&h);
	}
	if (hs_state(h.peer.hs) == HS_FAILED)
		hs_peer_failed(&h);
	else if (err)
		fputs("the connection broke\n", stderr);
	hs_peer_end(&h);
	return err ? 1 : 0;
}

static int tcp_listen(const char *port)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
					.ai_family = AF_INET6,
					.ai_flags = AI_PASSIVE };
	struct addrinfo *a = NULL;
	int fd, one = 1;

	if (getaddrinfo(NULL, port, &hints, &a))
		return -1;
	fd = socket(a->ai_family, SOCK_STREAM, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, a->ai_addr, a->ai_addrlen) || listen(fd, 64)) {
		close(fd);
		fd = -1;
	}
	freeaddrinfo(a);
	return fd;
}

static void say_where(int fd)
{
	struct sockaddr_in6 addr = { 0 };
	socklen_t len = sizeof(addr);

	getsockname(fd, (struct sockaddr *)&addr, &len);
	fprintf(stderr, "listening on %u\n", ntohs(addr.sin6_port));
}

/* In a child that nobody waits for until the end. */
static int serve_forked(const struct options *o, int listener, int fd)
{
	pid_t pid = fork();

	if (!pid) {
		close(listener);
		_exit(serve(o, fd));
	}
	close(fd);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	return pid < 0;
}

int hs_peer_server(const struct options *o)
{
	int fd = tcp_listen(o->port), err = 0, status;

	if (fd < 0 || hs_peer_cache_init()) {
		fprintf(stderr, "hs-peer: %s: %s\n", o->port, strerror(errno));
		return 1;
	}
	say_where(fd);
	for (uint32_t n = 0; !o->accept || n < o->accept;) {
		int c = accept(fd, NULL, NULL);

		if (c < 0)
			continue;
		n++;
		err = o->fork ? serve_forked(o, fd, c) : serve(o, c);
	}
	close(fd);
	while (waitpid(-1, &status, 0) > 0)
		err |= status != 0;
	return err;
}
