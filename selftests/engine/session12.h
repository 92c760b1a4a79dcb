/* SPDX-License-Identifier: Apache-2.0 */
/* session12: handshakes of TLS 1.2 that make a session, and that resume by it. */
#ifndef SESSION12_H
#define SESSION12_H

#include "pair.h"

enum session12_form { SESSION12_BY_TICKET, SESSION12_BY_ID };

extern const char *const session12_forms[];	/* in words */

/* Two ends that will have sessions of that form; none is kept as yet. */
void session12_setup(struct pair *p, enum session12_form form);
/* Opens, runs and closes; the session that comes of it is for the next one. Was it
 * resumed as is said, and have both the same keys? */
bool session12_handshake(struct pair *p, bool resumed);
/* The client's session is for the next handshake. */
void session12_keep(struct pair *p);

#endif /* SESSION12_H */
