// SPDX-License-Identifier: Apache-2.0
/*
 * halfclose: reads to the server's end first, and only then sends: the other
 * direction has to be open still.
 *
 *	halfclose PORT WORDS	prints what came
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "selftests/e2e/upgraded.h"

int main(int argc, char **argv)
{
	char buffer[4096];
	ssize_t n;
	int fd;

	if (argc != 3)
		return 2;
	fd = upgraded_client(argv[1]);
	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		upgraded_write_all(1, buffer, (size_t)n);
	if (n < 0)
		upgraded_die("read");
	upgraded_write_all(fd, argv[2], strlen(argv[2]));
	return close(fd);
}
