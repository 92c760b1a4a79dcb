/* SPDX-License-Identifier: Apache-2.0 */
/* peer: an engine on a socket through record13: handshake, and what comes
 * after it (tickets, KeyUpdate, close_notify). For tests and hs-peer. */
#ifndef PEER_H
#define PEER_H

#include <stdio.h>

#include "host.h"
#include "record13.h"

struct peer {
	struct hs		*hs;
	struct hs_config	config;
	struct host		host;
	struct record13		record;
	FILE			*keylog;	/* NSS key log, or NULL */
	uint8_t			resumption[HS_RESUMPTION_MAX];
	size_t			resumption_len;
	struct hs_session	*session;	/* the newest that came */
	unsigned int		tickets;	/* that came */
	unsigned int		key_updates;	/* that came */
};

/* After peer_init(), config, host and keylog may be set; then peer_open()
 * makes hs, on which hs_set_*() may be called; then peer_handshake(). */
void peer_init(struct peer *p, enum hs_role role, int fd);
bool peer_open(struct peer *p);
/* 0 once it is over; otherwise hs_error() has the reason. */
int peer_handshake(struct peer *p);
int peer_write(struct peer *p, const void *data, size_t len);
/* As record13_recv(), with application data alone; 0 at close_notify. What
 * else comes is dealt with. */
int peer_read(struct peer *p, const uint8_t **data);
/* Sends a KeyUpdate, and takes the next key. */
int peer_key_update(struct peer *p, bool request);
void peer_close(struct peer *p);

#endif /* PEER_H */
