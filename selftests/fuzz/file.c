// SPDX-License-Identifier: Apache-2.0
/* file: a fuzzer's input as files with a path. */
#include "file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_FD	100

const char *file_put(int n, struct hs_bytes content)
{
	static char path[FILE_NUMBERS][64];
	int fd = FIRST_FD + n, made;

	if (!path[n][0]) {
		made = memfd_create("fuzz", 0);
		if (made < 0 || dup2(made, fd) < 0 || fchmod(fd, 0600))
			abort();
		close(made);
		snprintf(path[n], sizeof(path[n]), "/proc/self/fd/%d", fd);
	}
	if (ftruncate(fd, 0) ||
	    pwrite(fd, content.data, content.len, 0) != (ssize_t)content.len)
		abort();
	return path[n];
}

static void say(void *arg, bool error, const char *text)
{
	(void)arg;
	(void)error;
	if (!*text || strlen(text) > 4096)
		abort();
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			abort();
}

struct tlsup_diag file_diag(void)
{
	return (struct tlsup_diag){ .say = say };
}
