// SPDX-License-Identifier: Apache-2.0
/*
 * server_sessions: owns what a server remembers of TLS 1.2 sessions (RFC 5246
 * F.1.4): a hash table by profile and session ID, and a list in the order of
 * arrival by which it is bounded.
 */
#include "daemon/server_sessions.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS	4096
#define ID_MAX	32

struct entry {
	struct entry	*next;			/* in its bucket */
	struct entry	*newer, *older;		/* in the list */
	uint8_t		key[TLSUP_DIGEST];
	uint64_t	until_ms;
	size_t		len;
	uint8_t		state[];		/* secret */
};

struct tlsup_server_sessions {
	pthread_mutex_t	lock;		/* guards all below */
	size_t		max;
	size_t		count;
	struct entry	*newest, *oldest;
	struct entry	*buckets[BUCKETS];
};

struct tlsup_server_sessions *tlsup_server_sessions_new(size_t max)
{
	struct tlsup_server_sessions *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	pthread_mutex_init(&s->lock, NULL);
	s->max = max;
	return s;
}

bool tlsup_server_session_digest(const struct tlsup_server_session_key *key,
				 uint8_t digest[TLSUP_DIGEST])
{
	const struct hs_bytes parts[] = {
		{ (const uint8_t *)key->profile, strlen(key->profile) },
		key->id,
	};

	return key->id.len && key->id.len <= ID_MAX &&
	       tlsup_digest(parts, 2, digest);
}

/* IDs are random, and ours; but a digest spreads whatever there is. */
static struct entry **bucket_of(struct tlsup_server_sessions *s,
				const uint8_t *key)
{
	return &s->buckets[(key[0] | key[1] << 8) % BUCKETS];
}

static struct entry *find(struct tlsup_server_sessions *s, const uint8_t *key)
{
	struct entry *e;

	for (e = *bucket_of(s, key); e; e = e->next)
		if (memcmp(e->key, key, sizeof(e->key)) == 0)
			return e;
	return NULL;
}

static void drop(struct tlsup_server_sessions *s, struct entry *e)
{
	struct entry **at = bucket_of(s, e->key);

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	*(e->newer ? &e->newer->older : &s->newest) = e->older;
	*(e->older ? &e->older->newer : &s->oldest) = e->newer;
	s->count--;
	explicit_bzero(e, sizeof(*e) + e->len);
	free(e);
}

static void add(struct tlsup_server_sessions *s, struct entry *e)
{
	struct entry **bucket = bucket_of(s, e->key);

	e->next = *bucket;
	*bucket = e;
	e->older = s->newest;
	*(s->newest ? &s->newest->newer : &s->oldest) = e;
	s->newest = e;
	s->count++;
}

static void drop_to(struct tlsup_server_sessions *s, size_t max)
{
	while (s->count > max)
		drop(s, s->oldest);
}

void tlsup_server_sessions_free(struct tlsup_server_sessions *s)
{
	if (!s)
		return;
	drop_to(s, 0);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

void tlsup_server_sessions_set_max(struct tlsup_server_sessions *s, size_t max)
{
	pthread_mutex_lock(&s->lock);
	s->max = max;
	drop_to(s, max);
	pthread_mutex_unlock(&s->lock);
}

size_t tlsup_server_sessions_count(struct tlsup_server_sessions *s)
{
	size_t n;

	pthread_mutex_lock(&s->lock);
	n = s->count;
	pthread_mutex_unlock(&s->lock);
	return n;
}

bool tlsup_server_sessions_put(struct tlsup_server_sessions *s,
			       const struct tlsup_server_session_key *key,
			       struct hs_bytes state, uint64_t until_ms)
{
	struct entry *e, *old;

	if (state.len > HS_STATE_MAX)
		return false;
	e = calloc(1, sizeof(*e) + state.len);
	if (!e || !tlsup_server_session_digest(key, e->key)) {
		free(e);
		return false;
	}
	e->until_ms = until_ms;
	e->len = state.len;
	memcpy(e->state, state.data, state.len);
	pthread_mutex_lock(&s->lock);
	old = find(s, e->key);
	if (old)
		drop(s, old);
	add(s, e);
	drop_to(s, s->max);
	pthread_mutex_unlock(&s->lock);
	return true;
}

bool tlsup_server_sessions_get(struct tlsup_server_sessions *s,
			       const struct tlsup_server_session_key *key,
			       uint64_t now_ms, uint8_t *out, size_t *out_len)
{
	uint8_t digest[TLSUP_DIGEST];
	struct entry *e;
	bool good;

	if (!tlsup_server_session_digest(key, digest))
		return false;
	pthread_mutex_lock(&s->lock);
	e = find(s, digest);
	if (e && now_ms >= e->until_ms) {
		drop(s, e);
		e = NULL;
	}
	good = e && e->len <= *out_len;
	if (good) {
		memcpy(out, e->state, e->len);
		*out_len = e->len;
	}
	pthread_mutex_unlock(&s->lock);
	return good;
}

void tlsup_server_sessions_drop(struct tlsup_server_sessions *s,
				const struct tlsup_server_session_key *key)
{
	uint8_t digest[TLSUP_DIGEST];

	if (tlsup_server_session_digest(key, digest))
		tlsup_server_sessions_forget(s, digest);
}

void tlsup_server_sessions_forget(struct tlsup_server_sessions *s,
				  const uint8_t digest[TLSUP_DIGEST])
{
	struct entry *e;

	pthread_mutex_lock(&s->lock);
	e = find(s, digest);
	if (e)
		drop(s, e);
	pthread_mutex_unlock(&s->lock);
}

void tlsup_server_sessions_clear(struct tlsup_server_sessions *s)
{
	pthread_mutex_lock(&s->lock);
	drop_to(s, 0);
	pthread_mutex_unlock(&s->lock);
}
