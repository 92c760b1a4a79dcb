// SPDX-License-Identifier: Apache-2.0
/*
 * kept: owns the table of connections that live on after DONE, by cookie, and
 * the bound on their number.
 */
#include "daemon/kept.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/connection.h"

#define BUCKETS	256

struct entry {
	struct entry		*next;		/* in its bucket */
	struct entry		*newer, *older;
	uint64_t		cookie;
	struct tlsup_connection	*connection;
};

struct tlsup_kept {
	pthread_mutex_t	lock;		/* guards all below */
	size_t		max, count;
	struct entry	*newest, *oldest;
	struct entry	*buckets[BUCKETS];
};

struct tlsup_kept *tlsup_kept_new(size_t max)
{
	struct tlsup_kept *kept = calloc(1, sizeof(*kept));

	if (!kept)
		return NULL;
	pthread_mutex_init(&kept->lock, NULL);
	kept->max = max;
	return kept;
}

/* The place that points to the cookie's entry, or to NULL. */
static struct entry **find(struct tlsup_kept *kept, uint64_t cookie)
{
	struct entry **at = &kept->buckets[cookie % BUCKETS];

	while (*at && (*at)->cookie != cookie)
		at = &(*at)->next;
	return at;
}

static void drop(struct tlsup_kept *kept, struct entry **at)
{
	struct entry *e = *at;

	*at = e->next;
	*(e->newer ? &e->newer->older : &kept->newest) = e->older;
	*(e->older ? &e->older->newer : &kept->oldest) = e->newer;
	kept->count--;
	tlsup_connection_put(e->connection);
	free(e);
}

void tlsup_kept_free(struct tlsup_kept *kept)
{
	if (!kept)
		return;
	while (kept->oldest)
		drop(kept, find(kept, kept->oldest->cookie));
	pthread_mutex_destroy(&kept->lock);
	free(kept);
}

size_t tlsup_kept_count(struct tlsup_kept *kept)
{
	size_t n;

	pthread_mutex_lock(&kept->lock);
	n = kept->count;
	pthread_mutex_unlock(&kept->lock);
	return n;
}

void tlsup_kept_begin(struct tlsup_kept *kept)
{
	pthread_mutex_lock(&kept->lock);
}

static void add(struct tlsup_kept *kept, uint64_t cookie,
		struct tlsup_connection *c)
{
	struct entry *e = calloc(1, sizeof(*e)), **at;

	/* Not kept: a question that comes is answered with FAIL. */
	if (!e)
		return;
	if (kept->count == kept->max)
		drop(kept, find(kept, kept->oldest->cookie));
	e->cookie = cookie;
	e->connection = tlsup_connection_get(c);
	at = &kept->buckets[cookie % BUCKETS];
	e->next = *at;
	*at = e;
	e->older = kept->newest;
	*(kept->newest ? &kept->newest->newer : &kept->oldest) = e;
	kept->newest = e;
	kept->count++;
}

void tlsup_kept_end(struct tlsup_kept *kept, uint64_t cookie,
		    struct tlsup_connection *c)
{
	if (c)
		add(kept, cookie, c);
	pthread_mutex_unlock(&kept->lock);
}

/* A reference, so that the work is done without the lock; or NULL. */
static struct tlsup_connection *look_up(struct tlsup_kept *kept,
					uint64_t cookie)
{
	struct tlsup_connection *c = NULL;
	struct entry *e;

	pthread_mutex_lock(&kept->lock);
	e = *find(kept, cookie);
	if (e)
		c = tlsup_connection_get(e->connection);
	pthread_mutex_unlock(&kept->lock);
	return c;
}

int tlsup_kept_ask(struct tlsup_kept *kept, const struct tlsup_ask *ask,
		   struct tlsup_answer *answer)
{
	struct tlsup_connection *c = look_up(kept, ask->cookie);
	int error;

	if (!c) {
		memset(answer, 0, sizeof(*answer));
		return tlsup_later_fail(answer, ECONNABORTED,
					HS_ALERT_INTERNAL_ERROR,
					"tlsupd knows nothing of this connection any more");
	}
	error = tlsup_later_ask(tlsup_connection_later(c), ask, answer);
	tlsup_connection_put(c);
	if (error)
		tlsup_kept_gone(kept, ask->cookie);
	return error;
}

void tlsup_kept_gone(struct tlsup_kept *kept, uint64_t cookie)
{
	struct entry **at;

	pthread_mutex_lock(&kept->lock);
	at = find(kept, cookie);
	if (*at)
		drop(kept, at);
	pthread_mutex_unlock(&kept->lock);
}
