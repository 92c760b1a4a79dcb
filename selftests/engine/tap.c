// SPDX-License-Identifier: Apache-2.0
/* tap: the output of a test program. */
#include <stdarg.h>
#include <stdio.h>

#include "tap.h"

#define NOTES_MAX 20	/* of failures under one line; the rest is counted */

static int tests, failures;
static int sub_tests, sub_failures;

static void line(const char *prefix, const char *format, va_list args)
{
	fputs(prefix, stdout);
	vprintf(format, args);
	putchar('\n');
	fflush(stdout);
}

bool tap_ok(bool good, const char *format, ...)
{
	char prefix[64];
	va_list args;

	snprintf(prefix, sizeof(prefix), "%sok %d - ", good ? "" : "not ",
		 ++tests);
	failures += !good;
	va_start(args, format);
	line(prefix, format, args);
	va_end(args);
	return good;
}

void tap_note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line("# ", format, args);
	va_end(args);
}

void tap_sub(bool good, const char *format, ...)
{
	va_list args;

	sub_tests++;
	if (good || ++sub_failures > NOTES_MAX)
		return;
	va_start(args, format);
	line("# failed: ", format, args);
	va_end(args);
}

void tap_sum(const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	/* No check at all is a failure too: nothing was looked at. */
	tap_ok(sub_tests && !sub_failures, "%s (%d of %d)", text,
	       sub_tests - sub_failures, sub_tests);
	sub_tests = 0;
	sub_failures = 0;
}

void tap_skip(const char *what, const char *why)
{
	printf("ok %d - %s # SKIP %s\n", ++tests, what, why);
}

int tap_done(void)
{
	printf("1..%d\n", tests);
	return failures != 0;
}
