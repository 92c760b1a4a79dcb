// SPDX-License-Identifier: Apache-2.0
/* hs_peer_cache: owns what the server's processes (--fork) remember together:
 * sessions of TLS 1.2 by their ID, and early data that was seen. */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#include "hs_peer.h"

#define SESSIONS	64
#define SEEN		256

struct entry {
	uint8_t	id[32], id_len;
	size_t	len;
	uint8_t	state[HS_STATE_MAX];
};

struct seen {
	uint8_t		id[32];
	uint64_t	expires_ms;
};

/* In memory that a child shares. */
static struct cache {
	pthread_mutex_t	lock;
	size_t		next, next_seen;	/* to be overwritten */
	struct entry	entry[SESSIONS];
	struct seen	seen[SEEN];
} *cache;

int hs_peer_cache_init(void)
{
	pthread_mutexattr_t attr;

	cache = mmap(NULL, sizeof(*cache), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (cache == MAP_FAILED)
		return -1;
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	/* A child that dies with it must not stop the others. */
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&cache->lock, &attr);
	pthread_mutexattr_destroy(&attr);
	return 0;
}

static void lock(void)
{
	if (pthread_mutex_lock(&cache->lock) == EOWNERDEAD)
		pthread_mutex_consistent(&cache->lock);
}

static void unlock(void)
{
	pthread_mutex_unlock(&cache->lock);
}

static struct entry *find(struct hs_bytes id)
{
	for (struct entry *e = cache->entry; e < cache->entry + SESSIONS; e++)
		if (e->len && e->id_len == id.len &&
		    !memcmp(e->id, id.data, id.len))
			return e;
	return NULL;
}

int hs_peer_cache_put(struct hs_bytes id, struct hs_bytes state)
{
	struct entry *e;

	if (id.len > sizeof(e->id) || state.len > sizeof(e->state))
		return -1;
	lock();
	e = find(id);
	if (!e)
		e = &cache->entry[cache->next++ % SESSIONS];
	hs_wipe(e, sizeof(*e));
	memcpy(e->id, id.data, id.len);
	e->id_len = (uint8_t)id.len;
	memcpy(e->state, state.data, state.len);
	e->len = state.len;
	unlock();
	return 0;
}

int hs_peer_cache_get(struct hs_bytes id, uint8_t *out, size_t *out_len)
{
	struct entry *e;
	int err = -1;

	lock();
	e = find(id);
	if (e && e->len <= *out_len) {
		memcpy(out, e->state, e->len);
		*out_len = e->len;
		err = 0;
	}
	unlock();
	return err;
}

void hs_peer_cache_drop(struct hs_bytes id)
{
	struct entry *e;

	lock();
	e = find(id);
	if (e)
		hs_wipe(e, sizeof(*e));
	unlock();
}

/* RFC 8446 8.2: what can't be remembered is not fresh. */
int hs_peer_cache_fresh(const uint8_t id[32], uint64_t expires_ms,
			uint64_t now_ms)
{
	struct seen *room = NULL;
	int known = 0;

	lock();
	for (struct seen *s = cache->seen; s < cache->seen + SEEN; s++) {
		if (s->expires_ms <= now_ms)
			room = s;
		else if (!memcmp(s->id, id, sizeof(s->id)))
			known = 1;
	}
	if (!known && room) {
		memcpy(room->id, id, sizeof(room->id));
		room->expires_ms = expires_ms;
	}
	unlock();
	return known || !room;
}
