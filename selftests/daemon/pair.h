/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pair: one handshake between a connection of the client's daemon and one of the
 * server's, over channels in memory.
 */
#ifndef DAEMON_PAIR_H
#define DAEMON_PAIR_H

#include "daemon/connection.h"
#include "selftests/daemon/channel.h"
#include "selftests/daemon/daemons.h"

struct pair {
	struct channel			c, s;
	struct tlsup_request		client, server;
	struct tlsup_connection		*cc, *sc;	/* NULL when over */
};

/* A client and a server of the profile "default", not begun: requests and
 * channels may still be changed. */
struct pair *pair_begin(void);
/* Both connections, which have not run. */
void pair_start(struct pair *p);
/* Runs one end as far as it goes. */
void pair_turn(struct pair *p, enum hs_role role);
/* Runs both until they are over, or wait for ever. */
void pair_finish(struct pair *p);
/* Both steps. */
void pair_run(struct pair *p);
/* All of it: this name, the client's profile and the server's, TLSUP_VERIFY_*. */
struct pair *pair_with(const char *name, const char *client,
		       const char *server, uint32_t verify);
/* The kernel's part after DONE: each NewSessionTicket goes to the client's daemon.
 * How many there were. */
unsigned int pair_tickets(struct pair *p);
void pair_end(struct pair *p);

/* How it ended. */
bool pair_done(const struct pair *p);
bool pair_resumed(const struct pair *p);	/* done */
bool pair_full(const struct pair *p);		/* done */
bool pair_same_keys(const struct pair *p);
bool pair_same_exporter(const struct pair *p);
/* A line: the client ended with client, the server with server (errno; 0: not
 * looked at). */
void pair_fail(struct pair *p, int client, int server, const char *what);

#endif /* DAEMON_PAIR_H */
