// SPDX-License-Identifier: Apache-2.0
/*
 * replay: owns the memory of early data: a hash table by identifier over a
 * fixed array of entries, which are a heap by their end, so that the first to
 * expire is at hand when room is needed.
 */
#include "daemon/replay.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/crypto_seal.h"

#define NONE	UINT32_MAX

struct entry {
	uint64_t	expires_ms;
	uint32_t	next;		/* in its bucket, by number, or NONE */
	uint8_t		id[TLSUP_REPLAY_ID];
};

struct tlsup_replay {
	pthread_mutex_t	lock;		/* guards all below */
	size_t		max, count;
	struct entry	*entries;	/* those in use are heap[0..count) */
	uint32_t	*heap;		/* numbers of entries; behind count, the
					 * free ones */
	uint32_t	*buckets;	/* max of them */
	uint8_t		salt[16];
};

struct tlsup_replay *tlsup_replay_new(size_t max)
{
	struct tlsup_replay *r = calloc(1, sizeof(*r));
	size_t i, room = max ? max : 1;

	if (!r)
		return NULL;
	pthread_mutex_init(&r->lock, NULL);
	r->max = max;
	r->entries = calloc(room, sizeof(*r->entries));
	r->heap = calloc(room, sizeof(*r->heap));
	r->buckets = calloc(room, sizeof(*r->buckets));
	if (!r->entries || !r->heap || !r->buckets ||
	    !tlsup_random(r->salt, sizeof(r->salt))) {
		tlsup_replay_free(r);
		return NULL;
	}
	for (i = 0; i < max; i++) {
		r->heap[i] = i;
		r->buckets[i] = NONE;
	}
	return r;
}

void tlsup_replay_free(struct tlsup_replay *r)
{
	if (!r)
		return;
	free(r->entries);
	free(r->heap);
	free(r->buckets);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

/* A client chooses what its identifiers are made of; with a salt it cannot
 * choose that they meet in one bucket. */
static uint32_t *bucket_of(struct tlsup_replay *r, const uint8_t *id)
{
	const struct hs_bytes parts[] = {
		{ r->salt, sizeof(r->salt) }, { id, TLSUP_REPLAY_ID },
	};
	uint8_t digest[TLSUP_DIGEST] = { 0 };
	uint64_t n;

	tlsup_digest(parts, 2, digest);
	memcpy(&n, digest, sizeof(n));
	return &r->buckets[n % r->max];
}

/* --- The heap: a parent ends no later than its children --- */

static bool before(const struct tlsup_replay *r, size_t a, size_t b)
{
	return r->entries[r->heap[a]].expires_ms <
	       r->entries[r->heap[b]].expires_ms;
}

static void swap(struct tlsup_replay *r, size_t a, size_t b)
{
	uint32_t number = r->heap[a];

	r->heap[a] = r->heap[b];
	r->heap[b] = number;
}

static void rise(struct tlsup_replay *r, size_t i)
{
	while (i && before(r, i, (i - 1) / 2)) {
		swap(r, i, (i - 1) / 2);
		i = (i - 1) / 2;
	}
}

static void sink(struct tlsup_replay *r, size_t i)
{
	size_t child;

	while ((child = 2 * i + 1) < r->count) {
		if (child + 1 < r->count && before(r, child + 1, child))
			child++;
		if (!before(r, child, i))
			return;
		swap(r, child, i);
		i = child;
	}
}

static void drop_first(struct tlsup_replay *r)
{
	uint32_t number = r->heap[0], *at;

	at = bucket_of(r, r->entries[number].id);
	while (*at != number)
		at = &r->entries[*at].next;
	*at = r->entries[number].next;
	r->count--;
	swap(r, 0, r->count);
	sink(r, 0);
}

/* --- --- */

static bool is_known(const struct tlsup_replay *r, uint32_t number,
		     const uint8_t *id)
{
	for (; number != NONE; number = r->entries[number].next)
		if (memcmp(r->entries[number].id, id, TLSUP_REPLAY_ID) == 0)
			return true;
	return false;
}

static void remember(struct tlsup_replay *r, uint32_t *bucket,
		     const uint8_t *id, uint64_t expires_ms)
{
	uint32_t number = r->heap[r->count];
	struct entry *e = &r->entries[number];

	memcpy(e->id, id, TLSUP_REPLAY_ID);
	e->expires_ms = expires_ms;
	e->next = *bucket;
	*bucket = number;
	rise(r, r->count++);
}

bool tlsup_replay_fresh(struct tlsup_replay *r,
			const uint8_t id[TLSUP_REPLAY_ID], uint64_t now_ms,
			uint64_t expires_ms)
{
	uint32_t *bucket;
	bool fresh;

	if (!r->max || expires_ms <= now_ms)
		return false;
	pthread_mutex_lock(&r->lock);
	while (r->count && r->entries[r->heap[0]].expires_ms <= now_ms)
		drop_first(r);
	bucket = bucket_of(r, id);
	fresh = r->count < r->max && !is_known(r, *bucket, id);
	if (fresh)
		remember(r, bucket, id, expires_ms);
	pthread_mutex_unlock(&r->lock);
	return fresh;
}
