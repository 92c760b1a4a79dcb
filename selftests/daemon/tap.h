/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tap: the short words in which a C test of the daemon says what it found
 * (TAP); the lines are those of the engine's tests.
 */
#ifndef DAEMON_TAP_H
#define DAEMON_TAP_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "selftests/engine/tap.h"

/* Returns what was found, so that a test can stop where the rest is moot. */
#define ok(...)		tap_ok(__VA_ARGS__)
#define note(...)	tap_note(__VA_ARGS__)
#define finish()	tap_done()

static inline void is_int(long got, long want, const char *what)
{
	if (!ok(got == want, "%s", what))
		note("got %ld, want %ld", got, want);
}

/* got contains want. */
static inline void has_text(const char *got, const char *want, const char *what)
{
	if (!ok(strstr(got, want) != NULL, "%s", what))
		note("got '%s', want '%s' in it", got, want);
}

#endif /* DAEMON_TAP_H */
