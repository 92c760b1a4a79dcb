/* SPDX-License-Identifier: Apache-2.0 */
/* notify: what the service manager is told, sd_notify(3) without libsystemd. */
#ifndef TLSUP_NOTIFY_H
#define TLSUP_NOTIFY_H

/* Lines of VARIABLE=value. Does nothing without $NOTIFY_SOCKET. */
void tlsup_notify(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

#endif
