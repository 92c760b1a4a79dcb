/* SPDX-License-Identifier: Apache-2.0 */
/* loop: one thread's event loop: descriptors, timers, and a letter box through
 * which other threads call functions in it. */
#ifndef TLSUP_LOOP_H
#define TLSUP_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

struct tlsup_loop;

/* A descriptor to watch; level-triggered. The owner of fd keeps this in place
 * until tlsup_loop_unwatch(). */
struct tlsup_watch {
	int	fd;
	void	(*ready)(struct tlsup_watch *watch, uint32_t events);
};

/* A moment to wait for. In place until it has fired or was cleared. */
struct tlsup_timer {
	struct tlsup_timer	*prev, *next;
	bool			set;
	uint64_t		at_ms;
	void			(*fire)(struct tlsup_timer *timer);
};

/* A call from another thread; run once, in the order of posting. */
struct tlsup_letter {
	struct tlsup_letter	*next;
	void			(*open)(struct tlsup_letter *letter);
};

/* NULL with errno. */
struct tlsup_loop *tlsup_loop_new(void);
/* Letters that were never opened are the caller's: post before stop. */
void tlsup_loop_free(struct tlsup_loop *loop);
/* Until tlsup_loop_stop(), which a callback calls. */
void tlsup_loop_run(struct tlsup_loop *loop);
void tlsup_loop_stop(struct tlsup_loop *loop);

/* 0 or -errno. */
int tlsup_loop_watch(struct tlsup_loop *loop, struct tlsup_watch *watch,
		     uint32_t events);
int tlsup_loop_rewatch(struct tlsup_loop *loop, struct tlsup_watch *watch,
		       uint32_t events);
/* Nothing is called for it afterwards, events at hand included. */
void tlsup_loop_unwatch(struct tlsup_loop *loop, struct tlsup_watch *watch);

void tlsup_loop_set_timer(struct tlsup_loop *loop, struct tlsup_timer *timer,
			  uint64_t in_ms);
void tlsup_loop_clear_timer(struct tlsup_loop *loop, struct tlsup_timer *timer);

/* Any thread. */
void tlsup_loop_post(struct tlsup_loop *loop, struct tlsup_letter *letter);

#endif
