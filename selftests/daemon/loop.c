// SPDX-License-Identifier: Apache-2.0
/* loop: descriptors, timers in order, letters from other threads. */
#include "daemon/loop.h"

#include <pthread.h>
#include <stddef.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "selftests/daemon/tap.h"

static struct tlsup_loop *loop;

/* --- Timers --- */

struct tick {
	struct tlsup_timer	timer;
	int			number;
};

static int fired[16];
static unsigned int fired_len;

static void on_tick(struct tlsup_timer *timer)
{
	fired[fired_len++] = ((struct tick *)timer)->number;
}

static void on_end(struct tlsup_timer *timer)
{
	(void)timer;
	tlsup_loop_stop(loop);
}

static void begin(void)
{
	loop = tlsup_loop_new();
	fired_len = 0;
}

/* Runs for so long. */
static void run(unsigned int ms)
{
	struct tlsup_timer end = { .fire = on_end };

	tlsup_loop_set_timer(loop, &end, ms);
	tlsup_loop_run(loop);
}

static void test_timers(void)
{
	static const unsigned int at[] = { 30, 10, 20, 10, 0, 40 };
	struct tick ticks[6];
	struct timespec t;
	uint64_t began;
	int i;

	begin();
	for (i = 0; i < 6; i++) {
		ticks[i] = (struct tick){ .number = i, .timer.fire = on_tick };
		tlsup_loop_set_timer(loop, &ticks[i].timer, at[i]);
	}
	tlsup_loop_clear_timer(loop, &ticks[5].timer);
	tlsup_loop_clear_timer(loop, &ticks[5].timer);
	tlsup_loop_set_timer(loop, &ticks[0].timer, 15);
	clock_gettime(CLOCK_MONOTONIC, &t);
	began = t.tv_sec * 1000ull + t.tv_nsec / 1000000;
	run(60);
	clock_gettime(CLOCK_MONOTONIC, &t);
	ok(fired_len == 5 && fired[0] == 4 && fired[1] == 1 && fired[2] == 3 &&
	   fired[3] == 0 && fired[4] == 2,
	   "timers fire in order of time, then of setting");
	ok(t.tv_sec * 1000ull + t.tv_nsec / 1000000 - began >= 59,
	   "and not too early");
	tlsup_loop_free(loop);
}

/* --- Descriptors --- */

struct end {
	struct tlsup_watch	watch;
	struct end		*other;		/* to be unwatched, or NULL */
	unsigned int		calls;
	uint32_t		events;
};

static void on_ready(struct tlsup_watch *watch, uint32_t events)
{
	struct end *e = (struct end *)watch;

	e->calls++;
	e->events |= events;
	if (!e->other) {
		if (e->calls == 3)
			tlsup_loop_unwatch(loop, watch);
		return;
	}
	tlsup_loop_unwatch(loop, watch);
	tlsup_loop_unwatch(loop, &e->other->watch);
	/* As if it were freed. */
	memset(&e->other->watch, 0xff, sizeof(e->other->watch));
}

static void test_watch(void)
{
	struct end a = { .watch.ready = on_ready };
	struct end b = { .watch.ready = on_ready, .other = &a };
	struct end c = { .watch.ready = on_ready };
	int ab[2], cc[2];

	begin();
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ab) ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, cc))
		exit(2);
	a.other = &b;
	a.watch.fd = ab[0];
	b.watch.fd = ab[1];
	c.watch.fd = cc[0];
	/* Both ends can be written to at once: one batch has both, and who
	 * comes first takes the other away. */
	ok(!tlsup_loop_watch(loop, &a.watch, EPOLLOUT) &&
	   !tlsup_loop_watch(loop, &b.watch, EPOLLOUT) &&
	   !tlsup_loop_watch(loop, &c.watch, EPOLLIN), "watching");
	ok(!tlsup_loop_rewatch(loop, &c.watch, EPOLLOUT), "for something else");
	run(20);
	is_int(a.calls + b.calls, 1, "what is unwatched is not called again");
	ok(c.calls == 3 && c.events == EPOLLOUT, "the rest is, while it is ready");
	c.watch.fd = 9999;
	ok(tlsup_loop_watch(loop, &c.watch, EPOLLIN) < 0, "no such descriptor");
	close(ab[0]);
	close(ab[1]);
	close(cc[0]);
	close(cc[1]);
	tlsup_loop_free(loop);
}

/* --- Letters --- */

#define WRITERS	4
#define LETTERS	20000

struct note {
	struct tlsup_letter	letter;
	unsigned int		writer, number;
};

static struct note notes[WRITERS][LETTERS];
static unsigned int next_number[WRITERS], out_of_order, opened;
static pthread_t reader;
static bool elsewhere;

static void on_letter(struct tlsup_letter *letter)
{
	struct note *n = (struct note *)letter;

	out_of_order += next_number[n->writer]++ != n->number;
	elsewhere |= !pthread_equal(pthread_self(), reader);
	if (++opened == WRITERS * LETTERS)
		tlsup_loop_stop(loop);
}

static void *write_letters(void *arg)
{
	unsigned int w = (unsigned int)(uintptr_t)arg, i;

	for (i = 0; i < LETTERS; i++) {
		notes[w][i] = (struct note){
			.letter.open = on_letter, .writer = w, .number = i,
		};
		tlsup_loop_post(loop, &notes[w][i].letter);
	}
	return NULL;
}

static void test_letters(void)
{
	pthread_t threads[WRITERS];
	uintptr_t i;

	begin();
	reader = pthread_self();
	for (i = 0; i < WRITERS; i++)
		pthread_create(&threads[i], NULL, write_letters, (void *)i);
	tlsup_loop_run(loop);
	for (i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	is_int(opened, WRITERS * LETTERS, "every letter is opened");
	is_int(out_of_order, 0, "each writer's in order");
	ok(!elsewhere, "in the loop's own thread");
	tlsup_loop_free(loop);
}

int main(void)
{
	test_timers();
	test_watch();
	test_letters();
	return finish();
}
