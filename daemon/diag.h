/* SPDX-License-Identifier: Apache-2.0 */
/* diag: what is wrong with a configuration, as FILE:LINE: cause. */
#ifndef TLSUP_DIAG_H
#define TLSUP_DIAG_H

#include <stdbool.h>

struct tlsup_diag {
	/* Takes one finished sentence; error is false for a warning. */
	void		(*say)(void *arg, bool error, const char *text);
	void		*arg;
	unsigned int	errors;
	unsigned int	warnings;
};

/* line 0: the file as a whole. */
void tlsup_diag_error(struct tlsup_diag *d, const char *file,
		      unsigned int line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void tlsup_diag_warning(struct tlsup_diag *d, const char *file,
			unsigned int line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#endif
