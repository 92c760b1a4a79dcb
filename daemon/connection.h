/* SPDX-License-Identifier: Apache-2.0 */
/* connection: one accepted request, from its first record to DONE or FAIL. */
#ifndef TLSUP_CONNECTION_H
#define TLSUP_CONNECTION_H

#include "daemon/channel.h"
#include "daemon/config.h"
#include "daemon/shared.h"

struct tlsup_connection;

enum tlsup_wait {
	TLSUP_WAIT_READ,	/* run again when the channel can be read */
	TLSUP_WAIT_WRITE,	/* ... written */
	TLSUP_OVER,		/* the kernel has been told; free it */
};

/* Owns the channel from here on, and a reference to the configuration. NULL
 * without memory: channel and configuration are then still the caller's. */
struct tlsup_connection *
tlsup_connection_new(const struct tlsup_shared *shared,
		     struct tlsup_config *config,
		     const struct tlsup_request *request,
		     struct tlsup_channel *channel);
/* Closes the channel; a request that is not over fails by that. */
void tlsup_connection_free(struct tlsup_connection *c);

/* As far as it goes without waiting. buf is for one record
 * (TLSUP_RECORD_MAX bytes); nothing is kept in it. One thread at a time. */
enum tlsup_wait tlsup_connection_run(struct tlsup_connection *c, uint8_t *buf);
/* Ends it now, with an alert to the peer and FAIL: its deadline has passed
 * (ETIMEDOUT), or the daemon ends (ECONNABORTED). */
void tlsup_connection_give_up(struct tlsup_connection *c, int error,
			      const char *reason);

/* Milliseconds that it may take in all: just within the
 * kernel's limit, or the profile's. */
uint32_t tlsup_connection_limit_ms(const struct tlsup_connection *c);
struct tlsup_channel *tlsup_connection_channel(struct tlsup_connection *c);

/* More references, for the table of those that are kept after DONE; the first
 * one is the worker's, and goes with tlsup_connection_free(). */
struct tlsup_connection *tlsup_connection_get(struct tlsup_connection *c);
void tlsup_connection_put(struct tlsup_connection *c);
struct tlsup_later *tlsup_connection_later(struct tlsup_connection *c);

#endif
