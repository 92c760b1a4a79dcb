// SPDX-License-Identifier: Apache-2.0
/* file: a fuzzer's input as a file with a path. */
#include "file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

const char *file_put(int n, struct hs_bytes content)
{
	static char path[2][64];
	static int fd[2] = { -1, -1 };

	if (fd[n] < 0) {
		fd[n] = memfd_create("fuzz", MFD_CLOEXEC);
		if (fd[n] < 0 || fchmod(fd[n], 0600))
			abort();
		snprintf(path[n], sizeof(path[n]), "/proc/self/fd/%d", fd[n]);
	}
	if (ftruncate(fd[n], 0) ||
	    pwrite(fd[n], content.data, content.len, 0) != (ssize_t)content.len)
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
