// SPDX-License-Identifier: Apache-2.0
/* Carries bytes between a socket and two files. Nothing here knows of TLS but
 * the key update: an upgraded socket is read and written like any other. */
#include "daemon/ctl/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/ctl/upgrade.h"

#define BUFFER_SIZE (64 * 1024)

/* One direction: what was read and is not yet written is [start, end). */
struct direction {
	char *buffer;
	size_t start;
	size_t end;
	bool source_ended;
	bool done;	/* and the end was passed on */
};

struct relay {
	const struct tlsup_relay *want;
	struct direction up;	/* in -> socket */
	struct direction down;	/* socket -> out */
	uint64_t sent_since_update;
	bool file_failed;
};

static bool empty(const struct direction *d)
{
	return d->start == d->end;
}

/* 0, or errno; EAGAIN is 0 with nothing read. */
static int fill(struct direction *d, int fd)
{
	ssize_t n = read(fd, d->buffer, BUFFER_SIZE);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : errno;
	d->source_ended = n == 0;
	d->start = 0;
	d->end = (size_t)n;
	return 0;
}

static int flush(struct direction *d, int fd)
{
	ssize_t n;

	if (fd < 0) {
		d->start = d->end;
		return 0;
	}
	n = write(fd, d->buffer + d->start, d->end - d->start);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : errno;
	d->start += (size_t)n;
	return 0;
}

static int update_keys(struct relay *r, uint64_t sent)
{
	uint64_t every = r->want->key_update_every;
	int err;

	r->sent_since_update += sent;
	if (!every || r->sent_since_update < every)
		return 0;
	err = tlsup_upgrade_key_update(r->want->socket);
	if (err == EAGAIN)
		return 0;	/* the queue is full: at the next write */
	r->sent_since_update = 0;
	return err;
}

/* The file's side of `up' and the socket's side of `up'. */
static int pump_up(struct relay *r, short in, short socket)
{
	struct direction *d = &r->up;
	size_t start;
	int err;

	if (in && empty(d) && !d->source_ended) {
		err = fill(d, r->want->in);
		r->file_failed = err;
		if (err)
			return err;
	}
	if (!empty(d) && (socket & (POLLOUT | POLLERR | POLLHUP))) {
		start = d->start;
		err = flush(d, r->want->socket);
		if (!err)
			err = update_keys(r, d->start - start);
		if (err)
			return err;
	}
	if (d->source_ended && empty(d) && !d->done) {
		d->done = true;
		/* A peer that is gone by now has told read() so, or will. */
		if (shutdown(r->want->socket, SHUT_WR) && errno != ENOTCONN)
			return errno;
	}
	return 0;
}

static int pump_down(struct relay *r, short socket)
{
	struct direction *d = &r->down;
	int err;

	if (empty(d) && !d->source_ended &&
	    (socket & (POLLIN | POLLERR | POLLHUP))) {
		err = fill(d, r->want->socket);
		if (err)
			return err;
	}
	while (!empty(d)) {
		err = flush(d, r->want->out);
		r->file_failed = err;
		if (err)
			return err;
	}
	d->done = d->source_ended;
	return 0;
}

static bool over(const struct relay *r)
{
	if (!r->down.done)
		return false;
	return r->up.done || (r->want->end_with_peer && empty(&r->up));
}

static int step(struct relay *r)
{
	struct pollfd fds[] = {
		{ .fd = r->want->socket },
		{ .fd = -1, .events = POLLIN },
	};
	int err;

	if (!r->down.source_ended)
		fds[0].events |= POLLIN;
	if (!empty(&r->up))
		fds[0].events |= POLLOUT;
	else if (!r->up.source_ended)
		fds[1].fd = r->want->in;
	if (poll(fds, 2, -1) < 0)
		return errno == EINTR ? 0 : errno;
	err = pump_down(r, fds[0].revents);
	return err ? err : pump_up(r, fds[1].revents, fds[0].revents);
}

int tlsup_relay_run(const struct tlsup_relay *want, bool *file_failed)
{
	struct relay r = { .want = want };
	int err = 0;

	r.up.buffer = malloc(BUFFER_SIZE);
	r.down.buffer = malloc(BUFFER_SIZE);
	if (!r.up.buffer || !r.down.buffer)
		err = ENOMEM;
	if (want->in < 0)
		r.up.done = r.up.source_ended = true;
	fcntl(want->socket, F_SETFL,
	      fcntl(want->socket, F_GETFL) | O_NONBLOCK);
	while (!err && !over(&r))
		err = step(&r);
	free(r.up.buffer);
	free(r.down.buffer);
	*file_failed = r.file_failed;
	return err;
}

int tlsup_relay_drain(int socket)
{
	static char scrap[BUFFER_SIZE];
	ssize_t n;

	do
		n = read(socket, scrap, sizeof(scrap));
	while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? errno : 0;
}

int tlsup_relay_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;
	ssize_t n;

	while (len) {
		n = write(fd, p, len);
		if (n < 0 && errno != EINTR)
			return errno;
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
	return 0;
}
