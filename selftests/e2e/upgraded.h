/* SPDX-License-Identifier: Apache-2.0 */
/* What the programs here share: a socket to 127.0.0.1 that asks for TLS. */
#ifndef TLSUP_E2E_UPGRADED_H
#define TLSUP_E2E_UPGRADED_H

#include <stdbool.h>
#include <stddef.h>

/* Each ends the program with a line on stderr and status 1 if it cannot. */
int upgraded_socket(bool nonblocking);
void upgraded_attach(int fd);		/* the ULP, and the name localhost */
int upgraded_connect(int fd, const char *port);	/* 0 or errno */
int upgraded_start(int fd, unsigned int timeout_ms);	/* 0 or errno */

/* A blocking connection, open. */
int upgraded_client(const char *port);

/* "ok", or errno's name. */
const char *upgraded_errno(int err);
/* TLSUP_INFO's reason, in a static buffer. */
const char *upgraded_reason(int fd);
/* TLSUP_STATE_*; IDLE also where there is nothing to tell. */
unsigned int upgraded_state(int fd);
int upgraded_so_error(int fd);

void upgraded_die(const char *what) __attribute__((noreturn));
void upgraded_write_all(int fd, const void *data, size_t len);

#endif /* TLSUP_E2E_UPGRADED_H */
