/* SPDX-License-Identifier: Apache-2.0 */
/* tap: the output of a test program, TAP with the plan at the end. */
#ifndef TAP_H
#define TAP_H

#include <stdbool.h>

/* One line; returns good. */
bool tap_ok(bool good, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void tap_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Many checks under one line: tap_sub() counts, tap_sum() prints. */
void tap_sub(bool good, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void tap_sum(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A line for what can't be looked at here. */
void tap_skip(const char *what, const char *why);
/* Prints the plan; what main() returns. */
int tap_done(void);

#endif /* TAP_H */
