// SPDX-License-Identifier: Apache-2.0
/*
 * diag: owns the form of a complaint about a file: FILE:LINE: cause.
 */
#include "daemon/diag.h"

#include <stdarg.h>
#include <stdio.h>

#define TEXT_MAX	768

/* What a file says is repeated in logs and on terminals: no control characters. */
static void make_printable(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

static void say(struct tlsup_diag *d, bool error, const char *file,
		unsigned int line, const char *format, va_list ap)
{
	char text[TEXT_MAX];
	int n;

	if (line)
		n = snprintf(text, sizeof(text), "%s:%u: ", file, line);
	else
		n = snprintf(text, sizeof(text), "%s: ", file);
	if (n > 0 && (size_t)n < sizeof(text))
		vsnprintf(text + n, sizeof(text) - n, format, ap);
	make_printable(text);
	d->say(d->arg, error, text);
}

void tlsup_diag_error(struct tlsup_diag *d, const char *file,
		      unsigned int line, const char *format, ...)
{
	va_list ap;

	d->errors++;
	va_start(ap, format);
	say(d, true, file, line, format, ap);
	va_end(ap);
}

void tlsup_diag_warning(struct tlsup_diag *d, const char *file,
			unsigned int line, const char *format, ...)
{
	va_list ap;

	d->warnings++;
	va_start(ap, format);
	say(d, false, file, line, format, ap);
	va_end(ap);
}
