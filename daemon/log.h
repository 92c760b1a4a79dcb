/* SPDX-License-Identifier: Apache-2.0 */
/* log: one line per event on standard error; nothing secret, ever. */
#ifndef TLSUP_LOG_H
#define TLSUP_LOG_H

#include <stdbool.h>

/* syslog(3) severities, as sd-daemon(3) prefixes spell them. */
enum tlsup_log_level {
	TLSUP_LOG_ERROR		= 3,
	TLSUP_LOG_WARNING	= 4,
	TLSUP_LOG_NOTICE	= 5,
	TLSUP_LOG_INFO		= 6,
	TLSUP_LOG_DEBUG		= 7,
};

/* Lines less urgent than level are dropped. Default: TLSUP_LOG_INFO. */
void tlsup_log_set_level(enum tlsup_log_level level);
/* Prefix lines with "<N>" for the journal, instead of "tlsupd: ". */
void tlsup_log_set_journal(bool journal);

bool tlsup_log_level_by_name(const char *name, enum tlsup_log_level *level);

/* One line, written by one write(2), so threads do not mix. Bytes that are not
 * printable ASCII (a peer may have chosen them) are shown as '?'. */
void tlsup_log(enum tlsup_log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
