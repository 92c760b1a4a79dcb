/* SPDX-License-Identifier: Apache-2.0 */
/* pool: the worker threads. A connection belongs to one of them for its life. */
#ifndef TLSUP_POOL_H
#define TLSUP_POOL_H

#include "daemon/connection.h"
#include "daemon/loop.h"

struct tlsup_pool;

/* room(arg) is called in home's thread when tlsup_pool_await() was told to wait
 * and it is so. NULL with errno. */
struct tlsup_pool *tlsup_pool_new(const struct tlsup_shared *shared,
				  unsigned int workers, struct tlsup_loop *home,
				  void (*room)(void *arg), void *arg);
/* Ends the threads, and with them what is still under way. */
void tlsup_pool_free(struct tlsup_pool *pool);

/* Gives the request to the worker with the fewest. The pool owns fd, in any
 * case. -ENOMEM, and the request fails with its channel. */
int tlsup_pool_add(struct tlsup_pool *pool, struct tlsup_config *config,
		   struct tlsup_netlink *netlink,
		   const struct tlsup_request *request, int fd);
unsigned int tlsup_pool_count(const struct tlsup_pool *pool);
/* True if fewer than limit are under way; else room() is called once when it is
 * so. */
bool tlsup_pool_await(struct tlsup_pool *pool, unsigned int limit);
/* Fails all that is under way. */
void tlsup_pool_give_up(struct tlsup_pool *pool, int error, const char *reason);

#endif
