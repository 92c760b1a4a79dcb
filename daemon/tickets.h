/* SPDX-License-Identifier: Apache-2.0 */
/* tickets: a server's stateless session tickets under rotating keys. */
#ifndef TLSUP_TICKETS_H
#define TLSUP_TICKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/engine/hs.h"

/* What a sealed ticket is longer than what is in it. */
#define TLSUP_TICKET_OVERHEAD	(16 + 12 + 8 + 16)

struct tlsup_tickets;

/* interval: seconds after which a new key seals; the old ones still open what
 * they sealed. The first key is made at once; NULL if that fails. Safe for
 * many threads. Keys are never written anywhere: a daemon that starts again
 * does not know the tickets of its predecessor. */
struct tlsup_tickets *tlsup_tickets_new(uint32_t interval);
void tlsup_tickets_free(struct tlsup_tickets *tickets);
void tlsup_tickets_set_interval(struct tlsup_tickets *tickets,
				uint32_t interval);

/* Whose tickets these are. A ticket opens only for the binding it was sealed
 * for: another profile, or another server name, is another service. */
struct tlsup_ticket_binding {
	const char	*profile;
	struct hs_bytes	server_name;
};

/* lifetime: seconds that the ticket is good for. *out_len is the room, then
 * the length. */
bool tlsup_ticket_seal(struct tlsup_tickets *tickets,
		       const struct tlsup_ticket_binding *binding,
		       uint64_t now_ms, uint32_t lifetime,
		       struct hs_bytes plain, uint8_t *out, size_t *out_len);
/* False for whatever was not sealed so, is altered, or has expired. */
bool tlsup_ticket_open(struct tlsup_tickets *tickets,
		       const struct tlsup_ticket_binding *binding,
		       uint64_t now_ms, struct hs_bytes ticket,
		       uint8_t *out, size_t *out_len);

#endif
