// SPDX-License-Identifier: GPL-2.0-only
/* meddler LISTEN TO: passes TCP connections, one after the other, from port
 * LISTEN on to port TO of 127.0.0.1; on a signal a record that no key fits is
 * put into the one that is open: SIGUSR1 towards the client, SIGUSR2 towards
 * the server. */

#include <arpa/inet.h>
#include <err.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLIENT, SERVER };

static const uint8_t record[5 + 40] = { 23, 3, 3, 0, 40 };
static volatile sig_atomic_t meddle[2];

static void on_signal(int number)
{
	meddle[number == SIGUSR1 ? CLIENT : SERVER] = 1;
}

static struct sockaddr_in loopback(const char *port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons(atoi(port)),
	};
}

static int listen_at(const char *port)
{
	struct sockaddr_in sin = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    bind(fd, (struct sockaddr *)&sin, sizeof(sin)) || listen(fd, 8))
		err(1, "port %s", port);
	return fd;
}

static int connect_to(const char *port)
{
	struct sockaddr_in sin = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&sin, sizeof(sin)))
		err(1, "port %s", port);
	return fd;
}

/* False: that direction is over, and its sink knows. */
static bool forward(int source, int sink)
{
	static uint8_t data[65536];
	ssize_t n = recv(source, data, sizeof(data), 0);

	if (n > 0 && send(sink, data, n, MSG_NOSIGNAL) == n)
		return true;
	shutdown(sink, SHUT_WR);
	return false;
}

static void put_records(const int *ends)
{
	int i;

	for (i = CLIENT; i <= SERVER; i++) {
		if (!meddle[i])
			continue;
		meddle[i] = 0;
		send(ends[i], record, sizeof(record), MSG_NOSIGNAL);
	}
}

/* Signals come only while it waits. */
static void pass_on(const int *ends, const sigset_t *mask)
{
	struct pollfd fds[2] = {
		{ .fd = ends[CLIENT], .events = POLLIN },
		{ .fd = ends[SERVER], .events = POLLIN },
	};
	int i;

	while (fds[CLIENT].fd >= 0 || fds[SERVER].fd >= 0) {
		if (ppoll(fds, 2, NULL, mask) < 0) {
			put_records(ends);
			continue;
		}
		for (i = CLIENT; i <= SERVER; i++)
			if (fds[i].fd >= 0 && fds[i].revents &&
			    !forward(ends[i], ends[!i]))
				fds[i].fd = -1;
	}
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_signal };
	sigset_t blocked, before;
	int listener, ends[2];

	if (argc != 3)
		errx(2, "meddler LISTEN TO");
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigaddset(&blocked, SIGUSR2);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGUSR2, &sa, NULL);
	listener = listen_at(argv[1]);
	for (;;) {
		ends[CLIENT] = accept(listener, NULL, NULL);
		if (ends[CLIENT] < 0)
			err(1, "accept");
		ends[SERVER] = connect_to(argv[2]);
		pass_on(ends, &before);
		close(ends[CLIENT]);
		close(ends[SERVER]);
	}
}
