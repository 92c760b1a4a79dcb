// SPDX-License-Identifier: Apache-2.0
/*
 * tickets: owns the keys that seal a server's session tickets, their rotation
 * and their end (RFC 5077 5.5). A ticket is, much as RFC 5077 4 has it,
 *
 *	key name (16) | iv (12) | AES-256-GCM( expiry in ms (8) | plain ) | tag
 *
 * with the profile and the server name as associated data.
 */
#include "daemon/tickets.h"

#include <endian.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/crypto_seal.h"

#define KEY_NAME	16
#define EXPIRY		8
#define LIFETIME_MAX_MS	(7ull * 24 * 3600 * 1000)	/* RFC 8446 4.6.1 */
#define HEAD		(KEY_NAME + TLSUP_SEAL_IV)

_Static_assert(TLSUP_TICKET_OVERHEAD == HEAD + EXPIRY + TLSUP_SEAL_TAG,
	       "the header says how long a ticket gets");

struct ticket_key {
	struct ticket_key	*older;
	uint64_t		made_ms;	/* 0: when it is first used */
	uint64_t		retired_ms;	/* since then it only opens */
	uint8_t			name[KEY_NAME];
	uint8_t			key[TLSUP_SEAL_KEY];
};

struct tlsup_tickets {
	pthread_rwlock_t	lock;		/* guards all below */
	uint64_t		interval_ms;
	struct ticket_key	*newest;
};

static struct ticket_key *key_new(void)
{
	struct ticket_key *k = calloc(1, sizeof(*k));

	if (k && (!tlsup_random(k->name, sizeof(k->name)) ||
		  !tlsup_random(k->key, sizeof(k->key)))) {
		free(k);
		return NULL;
	}
	return k;
}

static void key_free(struct ticket_key *k)
{
	explicit_bzero(k, sizeof(*k));
	free(k);
}

struct tlsup_tickets *tlsup_tickets_new(uint32_t interval)
{
	struct tlsup_tickets *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	pthread_rwlock_init(&t->lock, NULL);
	t->interval_ms = interval * 1000ull;
	t->newest = key_new();
	if (!t->newest) {
		tlsup_tickets_free(t);
		return NULL;
	}
	return t;
}

void tlsup_tickets_free(struct tlsup_tickets *t)
{
	struct ticket_key *k, *older;

	if (!t)
		return;
	for (k = t->newest; k; k = older) {
		older = k->older;
		key_free(k);
	}
	pthread_rwlock_destroy(&t->lock);
	free(t);
}

void tlsup_tickets_set_interval(struct tlsup_tickets *t, uint32_t interval)
{
	pthread_rwlock_wrlock(&t->lock);
	t->interval_ms = interval * 1000ull;
	pthread_rwlock_unlock(&t->lock);
}

/* A key that sealed nothing for the longest lifetime opens nothing any more. */
static void drop_old_keys(struct tlsup_tickets *t, uint64_t now_ms)
{
	struct ticket_key **at = &t->newest->older, *k;

	while ((k = *at)) {
		if (now_ms < k->retired_ms + LIFETIME_MAX_MS) {
			at = &k->older;
			continue;
		}
		*at = k->older;
		key_free(k);
	}
}

static bool is_due(const struct tlsup_tickets *t, uint64_t now_ms)
{
	return !t->newest->made_ms ||
	       now_ms >= t->newest->made_ms + t->interval_ms;
}

/* Called with the lock held for writing. Without randomness for a new key the
 * old one goes on; but getrandom() does not fail in a process that started. */
static void rotate(struct tlsup_tickets *t, uint64_t now_ms)
{
	struct ticket_key *k;

	if (!t->newest->made_ms) {
		t->newest->made_ms = now_ms;
		return;
	}
	if (!is_due(t, now_ms))
		return;		/* another thread was first */
	k = key_new();
	if (!k)
		return;
	k->made_ms = now_ms;
	t->newest->retired_ms = now_ms;
	k->older = t->newest;
	t->newest = k;
	drop_old_keys(t, now_ms);
}

/* A copy of the key of this name, for the caller to wipe. */
static bool find_key(struct tlsup_tickets *t, const uint8_t *name,
		     struct ticket_key *copy)
{
	const struct ticket_key *k;

	pthread_rwlock_rdlock(&t->lock);
	for (k = t->newest; k; k = k->older)
		if (memcmp(k->name, name, KEY_NAME) == 0)
			break;
	if (k)
		*copy = *k;
	pthread_rwlock_unlock(&t->lock);
	return k != NULL;
}

/* A copy of the key that seals now, for the caller to wipe. */
static void sealing_key(struct tlsup_tickets *t, uint64_t now_ms,
			struct ticket_key *copy)
{
	bool due;

	pthread_rwlock_rdlock(&t->lock);
	due = is_due(t, now_ms);
	*copy = *t->newest;
	pthread_rwlock_unlock(&t->lock);
	if (!due)
		return;
	pthread_rwlock_wrlock(&t->lock);
	rotate(t, now_ms);
	*copy = *t->newest;
	pthread_rwlock_unlock(&t->lock);
}

/* profile, 0, name in lower case (RFC 4343). Fits: both are short. */
static struct hs_bytes associated(const struct tlsup_ticket_binding *b,
				  uint8_t *out, size_t room)
{
	size_t p = strlen(b->profile), i;

	if (p + 1 + b->server_name.len > room)
		return (struct hs_bytes){ NULL, 0 };
	memcpy(out, b->profile, p + 1);
	for (i = 0; i < b->server_name.len; i++) {
		uint8_t c = b->server_name.data[i];

		out[p + 1 + i] = c >= 'A' && c <= 'Z' ? c | 0x20 : c;
	}
	return (struct hs_bytes){ out, p + 1 + b->server_name.len };
}

bool tlsup_ticket_seal(struct tlsup_tickets *t,
		       const struct tlsup_ticket_binding *binding,
		       uint64_t now_ms, uint32_t lifetime,
		       struct hs_bytes plain, uint8_t *out, size_t *out_len)
{
	uint8_t aad[512], inner[HS_TICKET_MAX];
	uint64_t expiry = htobe64(now_ms + lifetime * 1000ull);
	struct hs_bytes bound = associated(binding, aad, sizeof(aad));
	struct ticket_key k;
	bool ok = false;

	if (!bound.data || plain.len > sizeof(inner) - TLSUP_TICKET_OVERHEAD ||
	    *out_len < plain.len + TLSUP_TICKET_OVERHEAD ||
	    lifetime * 1000ull > LIFETIME_MAX_MS)
		return false;
	sealing_key(t, now_ms, &k);
	memcpy(inner, &expiry, EXPIRY);
	memcpy(inner + EXPIRY, plain.data, plain.len);
	memcpy(out, k.name, KEY_NAME);
	if (tlsup_random(out + KEY_NAME, TLSUP_SEAL_IV))
		ok = tlsup_seal(k.key, out + KEY_NAME, bound,
				(struct hs_bytes){ inner, EXPIRY + plain.len },
				out + HEAD);
	*out_len = plain.len + TLSUP_TICKET_OVERHEAD;
	explicit_bzero(inner, sizeof(inner));
	explicit_bzero(&k, sizeof(k));
	return ok;
}

bool tlsup_ticket_open(struct tlsup_tickets *t,
		       const struct tlsup_ticket_binding *binding,
		       uint64_t now_ms, struct hs_bytes ticket,
		       uint8_t *out, size_t *out_len)
{
	uint8_t aad[512], inner[HS_TICKET_MAX];
	struct hs_bytes bound = associated(binding, aad, sizeof(aad));
	struct ticket_key k;
	bool ok = false;
	uint64_t expiry;
	size_t len;

	if (!bound.data || ticket.len < TLSUP_TICKET_OVERHEAD ||
	    ticket.len > HS_TICKET_MAX)
		return false;
	len = ticket.len - TLSUP_TICKET_OVERHEAD;
	if (len > *out_len || !find_key(t, ticket.data, &k))
		return false;
	if (tlsup_unseal(k.key, ticket.data + KEY_NAME, bound,
			 (struct hs_bytes){ ticket.data + HEAD,
					    ticket.len - HEAD }, inner)) {
		memcpy(&expiry, inner, EXPIRY);
		ok = now_ms < be64toh(expiry);
	}
	if (ok) {
		memcpy(out, inner + EXPIRY, len);
		*out_len = len;
	}
	explicit_bzero(inner, sizeof(inner));
	explicit_bzero(&k, sizeof(k));
	return ok;
}
