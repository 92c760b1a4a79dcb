// SPDX-License-Identifier: Apache-2.0
/*
 * log: owns the daemon's only way to speak: lines on standard error.
 */
#include "daemon/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES	1024

static atomic_int threshold = TLSUP_LOG_INFO;
static atomic_bool journal_prefix;

static const struct {
	const char		*name;
	enum tlsup_log_level	level;
} levels[] = {
	{ "error", TLSUP_LOG_ERROR },
	{ "warning", TLSUP_LOG_WARNING },
	{ "notice", TLSUP_LOG_NOTICE },
	{ "info", TLSUP_LOG_INFO },
	{ "debug", TLSUP_LOG_DEBUG },
};

void tlsup_log_set_level(enum tlsup_log_level level)
{
	threshold = level;
}

void tlsup_log_set_journal(bool journal)
{
	journal_prefix = journal;
}

bool tlsup_log_level_by_name(const char *name, enum tlsup_log_level *level)
{
	size_t i;

	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (strcmp(levels[i].name, name) == 0) {
			*level = levels[i].level;
			return true;
		}
	}
	return false;
}

static void make_printable(char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (s[i] < 0x20 || s[i] > 0x7e)
			s[i] = '?';
}

void tlsup_log(enum tlsup_log_level level, const char *format, ...)
{
	char line[LINE_MAX_BYTES];
	int prefix, body;
	va_list ap;
	size_t len;

	if ((int)level > threshold)
		return;
	if (journal_prefix)
		prefix = snprintf(line, sizeof(line), "<%d>", level);
	else
		prefix = snprintf(line, sizeof(line), "tlsupd: ");
	va_start(ap, format);
	body = vsnprintf(line + prefix, sizeof(line) - prefix, format, ap);
	va_end(ap);
	if (body < 0)
		return;
	len = prefix + body;
	if (len > sizeof(line) - 1)
		len = sizeof(line) - 1;
	make_printable(line + prefix, len - prefix);
	line[len++] = '\n';
	/* A log that cannot be written has nobody to tell. */
	if (write(STDERR_FILENO, line, len) < 0)
		return;
}
