// SPDX-License-Identifier: Apache-2.0
/*
 * inherit: makes a TLS connection its standard input and output, and becomes
 * another program, which knows nothing of it.
 *
 *	inherit PORT COMMAND [ARGUMENT]...
 */
#include <stdio.h>
#include <unistd.h>

#include "selftests/e2e/upgraded.h"

int main(int argc, char **argv)
{
	int fd;

	if (argc < 3)
		return 2;
	fd = upgraded_client(argv[1]);
	if (dup2(fd, 0) < 0 || dup2(fd, 1) < 0)
		upgraded_die("dup2");
	close(fd);
	execvp(argv[2], argv + 2);
	upgraded_die(argv[2]);
}
