/* SPDX-License-Identifier: Apache-2.0 */
/* agent: registers with the kernel and accepts its requests into the pool. */
#ifndef TLSUP_AGENT_H
#define TLSUP_AGENT_H

#include "daemon/config.h"
#include "daemon/loop.h"
#include "daemon/pool.h"
#include "daemon/shared.h"

struct tlsup_agent;

/* NULL with errno. Nothing happens before tlsup_agent_start(). */
struct tlsup_agent *tlsup_agent_new(struct tlsup_loop *loop,
				    const struct tlsup_shared *shared,
				    struct tlsup_config *config);
void tlsup_agent_free(struct tlsup_agent *agent);

/* Registers. -ENOENT: the module is not loaded; -EPERM; ... It is tried again
 * when the module comes, and from time to time. */
int tlsup_agent_start(struct tlsup_agent *agent);
/* New requests are handled by this one. */
void tlsup_agent_set_config(struct tlsup_agent *agent,
			    struct tlsup_config *config);
/* Accepts no more, and calls drained(arg) once nothing is under way; after
 * limit_ms what still is fails. */
void tlsup_agent_drain(struct tlsup_agent *agent, uint32_t limit_ms,
		       void (*drained)(void *arg), void *arg);

#endif
