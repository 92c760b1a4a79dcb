// SPDX-License-Identifier: Apache-2.0
/*
 * shared: several processes write lines through one TLS socket that they
 * inherited; each line is one write().
 *
 *	shared PORT PROCESSES LINES
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "selftests/e2e/upgraded.h"

static void write_lines(int fd, int process, int lines)
{
	char line[80];
	int i, len;

	for (i = 0; i < lines; i++) {
		len = snprintf(line, sizeof(line),
			       "process %03d line %06d ................\n",
			       process, i);
		if (write(fd, line, (size_t)len) != len)
			upgraded_die("write");
	}
	_exit(0);
}

int main(int argc, char **argv)
{
	int fd, i, status, bad = 0;

	if (argc != 4)
		return 2;
	fd = upgraded_client(argv[1]);
	for (i = 0; i < atoi(argv[2]); i++)
		if (!fork())
			write_lines(fd, i, atoi(argv[3]));
	while (wait(&status) > 0)
		bad |= status;
	return bad != 0;
}
