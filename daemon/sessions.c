// SPDX-License-Identifier: Apache-2.0
/*
 * sessions: owns a client's tickets between connections: a hash table by
 * session key, and a list in the order of arrival by which it is bounded.
 */
#include "daemon/sessions.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS	1024

struct entry {
	struct entry			*next;		/* in its bucket */
	struct entry			*newer, *older;	/* in the list */
	struct tlsup_session_key	key;
	struct hs_session		*session;
	struct tlsup_session_base	base;
};

struct tlsup_sessions {
	pthread_mutex_t	lock;		/* guards all below */
	size_t		max;
	size_t		count;
	struct entry	*newest, *oldest;
	struct entry	*buckets[BUCKETS];	/* newest first */
	/* How often something of the bucket was to be forgotten, so that what is
	 * out of the cache at that moment does not come back. */
	uint32_t	forgets[BUCKETS];
};

bool tlsup_session_key_make(struct tlsup_session_key *key,
			    const struct tlsup_session_terms *terms)
{
	const struct hs_bytes parts[] = {
		terms->name,
		{ (const uint8_t *)&terms->port, sizeof(terms->port) },
		terms->alpn,
		{ (const uint8_t *)terms->profile, strlen(terms->profile) },
		terms->fingerprint,
		{ (const uint8_t *)&terms->verify, sizeof(terms->verify) },
	};

	return tlsup_digest(parts, sizeof(parts) / sizeof(parts[0]),
			    key->digest);
}

struct tlsup_sessions *tlsup_sessions_new(size_t max)
{
	struct tlsup_sessions *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	pthread_mutex_init(&s->lock, NULL);
	s->max = max;
	return s;
}

static bool same_key(const struct tlsup_session_key *a,
		     const struct tlsup_session_key *b)
{
	return memcmp(a->digest, b->digest, sizeof(a->digest)) == 0;
}

/* A digest is evenly spread already. */
static unsigned int bucket_number(const struct tlsup_session_key *key)
{
	return (key->digest[0] | key->digest[1] << 8) % BUCKETS;
}

static struct entry **bucket_of(struct tlsup_sessions *s,
				const struct tlsup_session_key *key)
{
	return &s->buckets[bucket_number(key)];
}

/* Takes e out of bucket and list; the caller owns it. */
static void detach(struct tlsup_sessions *s, struct entry *e)
{
	struct entry **at = bucket_of(s, &e->key);

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	*(e->newer ? &e->newer->older : &s->newest) = e->older;
	*(e->older ? &e->older->newer : &s->oldest) = e->newer;
	s->count--;
}

static void drop(struct tlsup_sessions *s, struct entry *e)
{
	detach(s, e);
	if (e->session)
		hs_session_free(e->session);
	explicit_bzero(e, sizeof(*e));
	free(e);
}

static void drop_to(struct tlsup_sessions *s, size_t max)
{
	while (s->count > max)
		drop(s, s->oldest);
}

void tlsup_sessions_free(struct tlsup_sessions *s)
{
	if (!s)
		return;
	drop_to(s, 0);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

void tlsup_sessions_set_max(struct tlsup_sessions *s, size_t max)
{
	pthread_mutex_lock(&s->lock);
	s->max = max;
	drop_to(s, max);
	pthread_mutex_unlock(&s->lock);
}

size_t tlsup_sessions_count(struct tlsup_sessions *s)
{
	size_t n;

	pthread_mutex_lock(&s->lock);
	n = s->count;
	pthread_mutex_unlock(&s->lock);
	return n;
}

/* A server that sends many tickets must not push out those of others. */
static void drop_surplus(struct tlsup_sessions *s,
			 const struct tlsup_session_key *key)
{
	struct entry *e, *last = NULL;
	int n = 0;

	for (e = *bucket_of(s, key); e; e = e->next) {
		if (!same_key(&e->key, key))
			continue;
		n++;
		last = e;
	}
	if (n > TLSUP_SESSIONS_PER_KEY)
		drop(s, last);
}

/* With the lock held. */
static void add(struct tlsup_sessions *s, const struct tlsup_session_key *key,
		struct hs_session *session,
		const struct tlsup_session_base *base)
{
	struct entry *e = calloc(1, sizeof(*e)), **bucket = bucket_of(s, key);

	if (!e) {
		hs_session_free(session);
		return;
	}
	e->key = *key;
	e->session = session;
	e->base = *base;
	e->next = *bucket;
	*bucket = e;
	e->older = s->newest;
	*(s->newest ? &s->newest->newer : &s->oldest) = e;
	s->newest = e;
	s->count++;
	drop_surplus(s, key);
	drop_to(s, s->max);
}

void tlsup_sessions_put(struct tlsup_sessions *s,
			const struct tlsup_session_key *key,
			struct hs_session *session,
			const struct tlsup_session_base *base)
{
	pthread_mutex_lock(&s->lock);
	add(s, key, session, base);
	pthread_mutex_unlock(&s->lock);
}

void tlsup_sessions_put_back(struct tlsup_sessions *s,
			     const struct tlsup_session_key *key,
			     struct hs_session *session,
			     const struct tlsup_session_base *base)
{
	pthread_mutex_lock(&s->lock);
	if (base->forgets == s->forgets[bucket_number(key)])
		add(s, key, session, base);
	else
		hs_session_free(session);
	pthread_mutex_unlock(&s->lock);
}

struct hs_session *tlsup_sessions_take(struct tlsup_sessions *s,
				       const struct tlsup_session_key *key,
				       uint64_t now_ms,
				       struct tlsup_session_base *base)
{
	struct hs_session *session = NULL;
	struct entry *e, *next;

	pthread_mutex_lock(&s->lock);
	for (e = *bucket_of(s, key); e && !session; e = next) {
		next = e->next;
		if (!same_key(&e->key, key))
			continue;
		if (now_ms < e->base.until_ms &&
		    now_ms < hs_session_expires(e->session)) {
			session = e->session;
			e->session = NULL;
			*base = e->base;
			base->forgets = s->forgets[bucket_number(key)];
		}
		drop(s, e);
	}
	pthread_mutex_unlock(&s->lock);
	return session;
}

static void forget(struct tlsup_sessions *s,
		   const struct tlsup_session_key *key, const uint64_t *origin)
{
	struct entry *e, *next;

	pthread_mutex_lock(&s->lock);
	s->forgets[bucket_number(key)]++;
	for (e = *bucket_of(s, key); e; e = next) {
		next = e->next;
		if (same_key(&e->key, key) &&
		    (!origin || e->base.origin == *origin))
			drop(s, e);
	}
	pthread_mutex_unlock(&s->lock);
}

void tlsup_sessions_forget(struct tlsup_sessions *s,
			   const struct tlsup_session_key *key, uint64_t origin)
{
	forget(s, key, &origin);
}

void tlsup_sessions_drop(struct tlsup_sessions *s,
			 const struct tlsup_session_key *key)
{
	forget(s, key, NULL);
}

void tlsup_sessions_clear(struct tlsup_sessions *s)
{
	unsigned int i;

	pthread_mutex_lock(&s->lock);
	for (i = 0; i < BUCKETS; i++)
		s->forgets[i]++;
	drop_to(s, 0);
	pthread_mutex_unlock(&s->lock);
}
