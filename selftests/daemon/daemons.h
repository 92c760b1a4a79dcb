/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemons: what a client's tlsupd and a server's share among their connections, the
 * configuration that both read, and the time of day.
 */
#ifndef DAEMONS_H
#define DAEMONS_H

#include "daemon/config.h"
#include "daemon/shared.h"

extern struct tlsup_shared daemons[2];	/* the client's, the server's */
extern struct tlsup_config *daemons_config;
extern uint64_t daemons_skew_ms;	/* they are ahead by so much */

void daemons_open(void);
void daemons_close(void);
/* What the client's keeps to resume by: how much, and away with it. */
size_t daemons_sessions(void);
void daemons_flush(void);

#endif /* DAEMONS_H */
