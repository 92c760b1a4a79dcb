/* SPDX-License-Identifier: Apache-2.0 */
/*
 * heap: allocations counted by whom they are for. A test that is linked with
 * --wrap for malloc(), calloc(), realloc() and free() says whose memory it is
 * before it calls what is measured; what is freed is taken off the one that it
 * was counted for. One thread.
 */
#ifndef HEAP_H
#define HEAP_H

#include <stdbool.h>

struct heap_count {
	long	live;		/* bytes now */
	long	highest;
	long	resting;	/* the most there was at heap_rest() */
};

/* Before anything else: libcrypto's allocations count too. */
bool heap_begin(void);
/* Whose it is from here on, NULL: nobody's; returns whose it was. */
struct heap_count *heap_owner(struct heap_count *now);
/* The owner waits for its peer. */
void heap_rest(struct heap_count *c);

#endif
