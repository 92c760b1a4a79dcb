/* SPDX-License-Identifier: Apache-2.0 */
/* What connect and serve share: arguments, diagnoses, the closing line. */
#ifndef TLSUP_CTL_SESSION_H
#define TLSUP_CTL_SESSION_H

#include <stdbool.h>
#include <stdint.h>

/* Arguments: 0, or TLSUP_EXIT_USAGE and the reason is printed. */
int tlsup_session_check_alpn(const char *names);
int tlsup_session_timeout(const char *seconds, uint32_t *milliseconds);
/* "16384", "64K", "4M"; NULL is 0. */
int tlsup_session_count(const char *text, uint64_t *count);

/* Setting options failed; prints, and returns the exit status. */
int tlsup_session_setup_failed(const char *whom, int err);

/* Is an error of connect() the handshake's, or TCP's? */
bool tlsup_session_handshake_began(int fd);

/* One line on stderr: 32 bytes of key material, in hexadecimal. Returns the
 * exit status. */
int tlsup_session_print_export(int fd, const char *label);

/* One line on stderr: version, suite, resumed, ... of a socket. */
void tlsup_session_print_info(int fd, bool json);

#endif /* TLSUP_CTL_SESSION_H */
