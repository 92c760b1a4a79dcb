/* SPDX-License-Identifier: Apache-2.0 */
/* tap: how a C test of the daemon says what it found (TAP). One file a test. */
#ifndef TAP_H
#define TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned int tap_count, tap_failed;

/* Returns what was found, so that a test can stop where the rest is moot. */
__attribute__((format(printf, 2, 3), unused))
static bool ok(bool good, const char *format, ...)
{
	va_list ap;

	printf("%sok %u ", good ? "" : "not ", ++tap_count);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	tap_failed += !good;
	return good;
}

__attribute__((format(printf, 1, 2), unused))
static void note(const char *format, ...)
{
	va_list ap;

	printf("# ");
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
}

__attribute__((unused))
static void is_int(long got, long want, const char *what)
{
	if (!ok(got == want, "%s", what))
		note("got %ld, want %ld", got, want);
}

/* got contains want. */
__attribute__((unused))
static void has_text(const char *got, const char *want, const char *what)
{
	if (!ok(strstr(got, want) != NULL, "%s", what))
		note("got '%s', want '%s' in it", got, want);
}

__attribute__((unused))
static int finish(void)
{
	printf("1..%u\n", tap_count);
	return tap_failed ? 1 : 0;
}

/* A directory of its own with the certificates of certs; removed at exit. */
static char world[64];

__attribute__((unused))
static void world_end(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", world);
	if (system(command))
		note("%s is left", world);
}

__attribute__((unused))
static void world_begin_with(const char *more)
{
	char command[256];

	strcpy(world, "/tmp/tlsupd-test.XXXXXX");
	if (!mkdtemp(world)) {
		perror(world);
		exit(2);
	}
	atexit(world_end);
	snprintf(command, sizeof(command), "selftests/daemon/certs %s %s", world, more);
	if (system(command)) {
		fprintf(stderr, "certs failed\n");
		exit(2);
	}
}

__attribute__((unused))
static void world_begin(void)
{
	world_begin_with("");
}

__attribute__((unused))
static const char *in_world(const char *name)
{
	static char paths[8][128];
	static unsigned int n;
	char *path = paths[n++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", world, name);
	return path;
}

#endif
