// SPDX-License-Identifier: Apache-2.0
/*
 * loop: owns waiting: one epoll instance for a thread, its timers, and its
 * letter box (an eventfd).
 */
#include "daemon/loop.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define BATCH	64

#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

struct tlsup_loop {
	int			epoll;
	bool			stop;
	struct tlsup_watch	box;		/* the eventfd */
	struct epoll_event	batch[BATCH];
	int			batch_at, batch_len;
	/* In order of time. Nearly all have the same length, so a new one
	 * belongs at the end, and the search begins there. */
	struct tlsup_timer	*first, *last;

	pthread_mutex_t		lock;		/* guards the letters */
	struct tlsup_letter	*letters, **letters_end;
};

static uint64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ull + t.tv_nsec / 1000000;
}

/* --- Descriptors --- */

static int control(struct tlsup_loop *loop, int op, struct tlsup_watch *watch,
		   uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = watch };

	return epoll_ctl(loop->epoll, op, watch->fd, &e) < 0 ? -errno : 0;
}

int tlsup_loop_watch(struct tlsup_loop *loop, struct tlsup_watch *watch,
		     uint32_t events)
{
	return control(loop, EPOLL_CTL_ADD, watch, events);
}

int tlsup_loop_rewatch(struct tlsup_loop *loop, struct tlsup_watch *watch,
		       uint32_t events)
{
	return control(loop, EPOLL_CTL_MOD, watch, events);
}

void tlsup_loop_unwatch(struct tlsup_loop *loop, struct tlsup_watch *watch)
{
	int i;

	control(loop, EPOLL_CTL_DEL, watch, 0);
	/* Its memory may be gone before the rest of the batch is handled. */
	for (i = loop->batch_at; i < loop->batch_len; i++)
		if (loop->batch[i].data.ptr == watch)
			loop->batch[i].data.ptr = NULL;
}

/* --- Timers --- */

void tlsup_loop_clear_timer(struct tlsup_loop *loop, struct tlsup_timer *t)
{
	if (!t->set)
		return;
	t->set = false;
	*(t->prev ? &t->prev->next : &loop->first) = t->next;
	*(t->next ? &t->next->prev : &loop->last) = t->prev;
}

void tlsup_loop_set_timer(struct tlsup_loop *loop, struct tlsup_timer *t,
			  uint64_t in_ms)
{
	struct tlsup_timer *before;

	tlsup_loop_clear_timer(loop, t);
	t->set = true;
	t->at_ms = clock_ms() + in_ms;
	before = loop->last;
	while (before && before->at_ms > t->at_ms)
		before = before->prev;
	t->prev = before;
	t->next = before ? before->next : loop->first;
	*(before ? &before->next : &loop->first) = t;
	*(t->next ? &t->next->prev : &loop->last) = t;
}

static int until_first(const struct tlsup_loop *loop)
{
	uint64_t now;

	if (!loop->first)
		return -1;
	now = clock_ms();
	if (loop->first->at_ms <= now)
		return 0;
	now = loop->first->at_ms - now;
	return now > INT_MAX ? INT_MAX : (int)now;
}

static void fire_timers(struct tlsup_loop *loop)
{
	uint64_t now = clock_ms();
	struct tlsup_timer *t;

	while ((t = loop->first) && t->at_ms <= now) {
		tlsup_loop_clear_timer(loop, t);
		t->fire(t);
	}
}

/* --- Letters --- */

void tlsup_loop_post(struct tlsup_loop *loop, struct tlsup_letter *letter)
{
	uint64_t one = 1;
	bool empty;

	letter->next = NULL;
	pthread_mutex_lock(&loop->lock);
	empty = !loop->letters;
	*loop->letters_end = letter;
	loop->letters_end = &letter->next;
	pthread_mutex_unlock(&loop->lock);
	/* It cannot fail: the counter would have to reach 2^64. */
	if (empty && write(loop->box.fd, &one, sizeof(one)) < 0)
		abort();
}

static void open_letters(struct tlsup_watch *box, uint32_t events)
{
	struct tlsup_loop *loop = container_of(box, struct tlsup_loop, box);
	struct tlsup_letter *letter, *next;
	uint64_t count;

	(void)events;
	if (read(box->fd, &count, sizeof(count)) < 0)
		return;
	pthread_mutex_lock(&loop->lock);
	letter = loop->letters;
	loop->letters = NULL;
	loop->letters_end = &loop->letters;
	pthread_mutex_unlock(&loop->lock);
	for (; letter; letter = next) {
		next = letter->next;
		letter->open(letter);
	}
}

/* --- Life --- */

struct tlsup_loop *tlsup_loop_new(void)
{
	struct tlsup_loop *loop = calloc(1, sizeof(*loop));
	int error;

	if (!loop)
		return NULL;
	loop->letters_end = &loop->letters;
	pthread_mutex_init(&loop->lock, NULL);
	loop->box.ready = open_letters;
	loop->box.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->box.fd >= 0 && loop->epoll >= 0 &&
	    tlsup_loop_watch(loop, &loop->box, EPOLLIN) == 0)
		return loop;
	error = errno;
	tlsup_loop_free(loop);
	errno = error;
	return NULL;
}

void tlsup_loop_free(struct tlsup_loop *loop)
{
	if (!loop)
		return;
	if (loop->box.fd >= 0)
		close(loop->box.fd);
	if (loop->epoll >= 0)
		close(loop->epoll);
	pthread_mutex_destroy(&loop->lock);
	free(loop);
}

void tlsup_loop_stop(struct tlsup_loop *loop)
{
	loop->stop = true;
}

void tlsup_loop_run(struct tlsup_loop *loop)
{
	struct tlsup_watch *watch;
	struct epoll_event *e;
	int n;

	while (!loop->stop) {
		n = epoll_wait(loop->epoll, loop->batch, BATCH,
			       until_first(loop));
		loop->batch_len = n < 0 ? 0 : n;
		for (loop->batch_at = 0; loop->batch_at < loop->batch_len;) {
			e = &loop->batch[loop->batch_at++];
			watch = e->data.ptr;
			if (watch)
				watch->ready(watch, e->events);
		}
		fire_timers(loop);
	}
}
