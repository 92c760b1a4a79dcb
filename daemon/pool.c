// SPDX-License-Identifier: Apache-2.0
/*
 * pool: owns the worker threads: each has an event loop and the connections
 * that it was given. A slow peer costs a worker nothing but an epoll entry.
 */
#include "daemon/pool.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/log.h"

#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

struct worker {
	struct tlsup_pool	*pool;
	struct tlsup_loop	*loop;
	pthread_t		thread;
	atomic_uint		load;
	struct job		*jobs;		/* the worker's own */
	uint8_t			record[TLSUP_RECORD_MAX];
};

/* A connection with what waits for it. */
struct job {
	struct tlsup_letter	letter;
	struct tlsup_watch	watch;
	struct tlsup_timer	deadline;
	struct tlsup_connection	*connection;
	struct worker		*worker;
	struct job		*prev, *next;
	uint32_t		events;		/* watched; 0: not yet */
};

struct tlsup_pool {
	const struct tlsup_shared *shared;
	unsigned int		n;
	struct worker		*workers;
	atomic_uint		count;

	/* The call of room(): limit is 0 while nobody waits; posted says that
	 * the letter is on its way, and may not be posted again. */
	struct tlsup_loop	*home;
	void			(*room)(void *arg);
	void			*arg;
	struct tlsup_letter	room_letter;
	atomic_uint		limit;
	atomic_bool		posted;
};

/* A call in a worker; frees itself. */
struct order {
	struct tlsup_letter	letter;
	struct worker		*worker;
	int			error;
	const char		*reason;
};

/* --- Room --- */

static void open_room(struct tlsup_letter *letter)
{
	struct tlsup_pool *pool = container_of(letter, struct tlsup_pool,
					       room_letter);

	pool->posted = false;
	pool->room(pool->arg);
}

static void tell_room(struct tlsup_pool *pool)
{
	unsigned int limit = pool->limit;

	if (limit && pool->count < limit &&
	    atomic_compare_exchange_strong(&pool->limit, &limit, 0) &&
	    !atomic_exchange(&pool->posted, true))
		tlsup_loop_post(pool->home, &pool->room_letter);
}

bool tlsup_pool_await(struct tlsup_pool *pool, unsigned int limit)
{
	if (pool->count < limit)
		return true;
	pool->limit = limit;
	/* The last may have gone before the limit was there to be seen. */
	tell_room(pool);
	return false;
}

unsigned int tlsup_pool_count(const struct tlsup_pool *pool)
{
	return pool->count;
}

/* --- Jobs; in the worker's thread --- */

static void job_end(struct job *job)
{
	struct worker *w = job->worker;

	if (job->events)
		tlsup_loop_unwatch(w->loop, &job->watch);
	tlsup_loop_clear_timer(w->loop, &job->deadline);
	*(job->prev ? &job->prev->next : &w->jobs) = job->next;
	if (job->next)
		job->next->prev = job->prev;
	tlsup_connection_free(job->connection);
	free(job);
	w->load--;
	w->pool->count--;
	tell_room(w->pool);
}

static void job_fail(struct job *job, int error, const char *reason)
{
	tlsup_connection_give_up(job->connection, error, reason);
	job_end(job);
}

static void job_run(struct job *job)
{
	struct worker *w = job->worker;
	uint32_t events;
	int r;

	switch (tlsup_connection_run(job->connection, w->record)) {
	case TLSUP_WAIT_READ:
		events = EPOLLIN;
		break;
	case TLSUP_WAIT_WRITE:
		events = EPOLLOUT;
		break;
	default:
		job_end(job);
		return;
	}
	if (events == job->events)
		return;
	if (job->events)
		r = tlsup_loop_rewatch(w->loop, &job->watch, events);
	else
		r = tlsup_loop_watch(w->loop, &job->watch, events);
	if (r < 0) {
		job_fail(job, -r, "the channel cannot be waited for");
		return;
	}
	job->events = events;
}

static void job_ready(struct tlsup_watch *watch, uint32_t events)
{
	(void)events;		/* the channel itself says more */
	job_run(container_of(watch, struct job, watch));
}

static void job_too_late(struct tlsup_timer *timer)
{
	job_fail(container_of(timer, struct job, deadline), ETIMEDOUT,
		 "the handshake took too long");
}

static void job_begin(struct tlsup_letter *letter)
{
	struct job *job = container_of(letter, struct job, letter);
	struct worker *w = job->worker;

	job->next = w->jobs;
	if (w->jobs)
		w->jobs->prev = job;
	w->jobs = job;
	tlsup_loop_set_timer(w->loop, &job->deadline,
			     tlsup_connection_limit_ms(job->connection));
	job_run(job);
}

/* --- From the main thread --- */

static struct worker *least_loaded(struct tlsup_pool *pool)
{
	struct worker *best = &pool->workers[0];
	unsigned int i;

	for (i = 1; i < pool->n; i++)
		if (pool->workers[i].load < best->load)
			best = &pool->workers[i];
	return best;
}

int tlsup_pool_add(struct tlsup_pool *pool, struct tlsup_config *config,
		   struct tlsup_netlink *netlink,
		   const struct tlsup_request *request, int fd)
{
	struct tlsup_channel *channel;
	struct job *job;

	channel = tlsup_channel_new(netlink, request->cookie, fd);
	if (!channel)
		return -ENOMEM;
	job = calloc(1, sizeof(*job));
	if (job)
		job->connection = tlsup_connection_new(pool->shared, config,
						       request, channel);
	if (!job || !job->connection) {
		free(job);
		channel->ops->close(channel);
		return -ENOMEM;
	}
	job->letter.open = job_begin;
	job->watch.fd = fd;
	job->watch.ready = job_ready;
	job->deadline.fire = job_too_late;
	job->worker = least_loaded(pool);
	job->worker->load++;
	pool->count++;
	tlsup_loop_post(job->worker->loop, &job->letter);
	return 0;
}

static void fail_all(struct worker *w, int error, const char *reason)
{
	struct job *job, *next;

	for (job = w->jobs; job; job = next) {
		next = job->next;
		job_fail(job, error, reason);
	}
}

static void open_order(struct tlsup_letter *letter)
{
	struct order *order = container_of(letter, struct order, letter);
	struct worker *w = order->worker;

	if (order->error)
		fail_all(w, order->error, order->reason);
	else
		tlsup_loop_stop(w->loop);
	free(order);
}

/* error 0: stop. */
static void post_order(struct worker *w, int error, const char *reason)
{
	struct order *order = calloc(1, sizeof(*order));

	if (!order) {
		tlsup_log(TLSUP_LOG_ERROR, "out of memory; ending at once");
		_exit(1);	/* the kernel fails what is under way */
	}
	order->letter.open = open_order;
	order->worker = w;
	order->error = error;
	order->reason = reason;
	tlsup_loop_post(w->loop, &order->letter);
}

void tlsup_pool_give_up(struct tlsup_pool *pool, int error, const char *reason)
{
	unsigned int i;

	for (i = 0; i < pool->n; i++)
		post_order(&pool->workers[i], error, reason);
}

/* --- Life --- */

static void *work(void *arg)
{
	struct worker *w = arg;

	tlsup_loop_run(w->loop);
	fail_all(w, ECONNABORTED, "tlsupd ends");
	return NULL;
}

static int start_worker(struct tlsup_pool *pool, struct worker *w)
{
	sigset_t all, before;
	char name[16];
	int r;

	w->pool = pool;
	w->loop = tlsup_loop_new();
	if (!w->loop)
		return -errno;
	/* Signals are the main thread's, by signalfd. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&w->thread, NULL, work, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r)
		return -r;
	snprintf(name, sizeof(name), "worker/%u",
		 (unsigned int)(w - pool->workers));
	pthread_setname_np(w->thread, name);
	return 0;
}

struct tlsup_pool *tlsup_pool_new(const struct tlsup_shared *shared,
				  unsigned int workers, struct tlsup_loop *home,
				  void (*room)(void *arg), void *arg)
{
	struct tlsup_pool *pool = calloc(1, sizeof(*pool));
	int r = -ENOMEM;

	if (pool)
		pool->workers = calloc(workers, sizeof(*pool->workers));
	if (!pool || !pool->workers)
		goto fail;
	pool->shared = shared;
	pool->home = home;
	pool->room = room;
	pool->arg = arg;
	pool->room_letter.open = open_room;
	for (; pool->n < workers; pool->n++) {
		r = start_worker(pool, &pool->workers[pool->n]);
		if (r < 0) {
			tlsup_loop_free(pool->workers[pool->n].loop);
			goto fail;
		}
	}
	return pool;

fail:
	tlsup_pool_free(pool);
	errno = -r;
	return NULL;
}

void tlsup_pool_free(struct tlsup_pool *pool)
{
	unsigned int i;

	if (!pool)
		return;
	for (i = 0; i < pool->n; i++)
		post_order(&pool->workers[i], 0, NULL);
	for (i = 0; i < pool->n; i++) {
		pthread_join(pool->workers[i].thread, NULL);
		tlsup_loop_free(pool->workers[i].loop);
	}
	free(pool->workers);
	free(pool);
}
