/* SPDX-License-Identifier: Apache-2.0 */
/* Errors: one line on stderr each, in words, and what they mean to a caller. */
#ifndef TLSUP_CTL_ERROR_H
#define TLSUP_CTL_ERROR_H

#include <stdbool.h>

/* "tlsup: " and the message. */
void tlsup_error(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/*
 * The same, then ": what err means (ENAME)". err is positive. As an exit
 * status it returns TLSUP_EXIT_SYSTEM.
 */
int tlsup_error_system(int err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * A socket failed with err: writes "tlsup: whom: meaning (ENAME): reason",
 * with the alert and the sentence of TLSUP_INFO. during_handshake chooses
 * the column of the table in <linux/tlsup.h>. Returns the exit status.
 */
int tlsup_error_socket(const char *whom, int fd, int err,
		       bool during_handshake);

/* The meaning of err and the exit status; for the tests too. */
const char *tlsup_error_meaning(int err, bool during_handshake, int *status);

#endif /* TLSUP_CTL_ERROR_H */
