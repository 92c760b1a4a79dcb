// SPDX-License-Identifier: Apache-2.0
/*
 * spliced: splice() from a file to a TLS socket and from there to a file, by
 * pipes; no byte passes through this program.
 *
 *	spliced PORT <FILE >FILE	with an echo server
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "selftests/e2e/upgraded.h"

#define CHUNK 65536

static void carry(int from, int to, const char *what)
{
	int ends[2];
	ssize_t n, m;

	if (pipe(ends))
		upgraded_die("pipe");
	while ((n = splice(from, NULL, ends[1], NULL, CHUNK, 0)) > 0) {
		for (; n; n -= m) {
			m = splice(ends[0], NULL, to, NULL, (size_t)n, 0);
			if (m <= 0)
				upgraded_die(what);
		}
	}
	if (n < 0)
		upgraded_die(what);
}

int main(int argc, char **argv)
{
	int fd, status = 1;

	if (argc != 2)
		return 2;
	fd = upgraded_client(argv[1]);
	if (!fork()) {
		carry(0, fd, "splice to the socket");
		_exit(shutdown(fd, SHUT_WR) ? 1 : 0);
	}
	carry(fd, 1, "splice from the socket");
	wait(&status);
	return status != 0;
}
