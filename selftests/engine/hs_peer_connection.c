// SPDX-License-Identifier: Apache-2.0
/* hs_peer_connection: owns the beginning and the end of one connection. */
#include <stdio.h>
#include <string.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "hs_peer.h"

static void set_socket(int fd, uint32_t seconds)
{
	struct timeval tv = { .tv_sec = seconds };
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
}

bool hs_peer_begin(struct peer_host *h, const struct options *o, int fd)
{
	memset(h, 0, sizeof(*h));
	h->o = o;
	set_socket(fd, o->timeout);
	peer_init(&h->peer, fd, &o->config, h);
	if (o->key_log)
		h->peer.keylog = fopen(o->key_log, "a");
	if (peer_open(&h->peer))
		return true;
	fputs("hs-peer: nothing that is asked for is there\n", stderr);
	hs_peer_end(h);
	return false;
}

/* Reads to the end first, or a reset could overtake what was sent. */
void hs_peer_end(struct peer_host *h)
{
	struct timeval patience = { .tv_sec = 2 };
	int fd = h->peer.record.fd;
	char rest[4096];

	if (h->peer.keylog)
		fclose(h->peer.keylog);
	peer_close(&h->peer);
	shutdown(fd, SHUT_WR);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	while (read(fd, rest, sizeof(rest)) > 0)
		;
	close(fd);
}
