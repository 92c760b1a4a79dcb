/* SPDX-License-Identifier: Apache-2.0 */
/* kept: connections whose handshake is over, and whose handle is kept because
 * somebody may ask for a certificate later (RFC 8446 4.6.2). */
#ifndef TLSUP_KEPT_H
#define TLSUP_KEPT_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/later.h"

struct tlsup_connection;
struct tlsup_kept;

/* At most max; then the oldest goes. NULL without memory. Safe for many threads. */
struct tlsup_kept *tlsup_kept_new(size_t max);
void tlsup_kept_free(struct tlsup_kept *kept);
size_t tlsup_kept_count(struct tlsup_kept *kept);

/*
 * DONE and keeping are one step for those who ask: between begin and end no
 * question is looked up, and end with a connection keeps it, by a reference of
 * its own. NULL: nothing to keep.
 */
void tlsup_kept_begin(struct tlsup_kept *kept);
void tlsup_kept_end(struct tlsup_kept *kept, uint64_t cookie,
		    struct tlsup_connection *c);

/* 0 and *answer; or an errno, and answer->fail: the connection is then no
 * longer kept. tlsup_answer_free() in any case. One thread only. */
int tlsup_kept_ask(struct tlsup_kept *kept, const struct tlsup_ask *ask,
		   struct tlsup_answer *answer);
/* The connection has ended. */
void tlsup_kept_gone(struct tlsup_kept *kept, uint64_t cookie);

#endif
