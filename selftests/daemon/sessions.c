// SPDX-License-Identifier: Apache-2.0
/* sessions: a client's cache, and the notes that late tickets come back with. */
#include "daemon/sessions.h"

#include <linux/tlsup.h>
#include <pthread.h>

#include "daemon/engine/session.h"
#include "daemon/note.h"
#include "selftests/daemon/tap.h"

#define NOW	1000000000000ull
#define EVER	UINT64_MAX

/* tag tells one session from another; it lives for lifetime seconds. */
static struct hs_session *session_new(uint32_t tag, uint32_t lifetime)
{
	struct hs_session *s = calloc(1, sizeof(*s));

	s->age_add = tag;
	s->lifetime = lifetime;
	s->received_ms = NOW;
	return s;
}

/* The tag of what is taken, 0 for nothing. */
static uint32_t take(struct tlsup_sessions *s,
		     const struct tlsup_session_key *key, uint64_t now)
{
	struct tlsup_session_base base;
	struct hs_session *session = tlsup_sessions_take(s, key, now, &base);
	uint32_t tag = session ? session->age_add : 0;

	if (session)
		hs_session_free(session);
	return tag;
}

/* Until then, from connection 0. */
static void put(struct tlsup_sessions *s, const struct tlsup_session_key *key,
		struct hs_session *session, uint64_t until)
{
	struct tlsup_session_base base = { .until_ms = until };

	tlsup_sessions_put(s, key, session, &base);
}

static struct tlsup_session_terms terms(void)
{
	return (struct tlsup_session_terms){
		.name = { (const uint8_t *)"a.example", 9 },
		.port = 443,
		.alpn = { (const uint8_t *)"\2h2", 3 },
		.profile = "default",
		.fingerprint = { (const uint8_t *)"fingerprint", 11 },
		.verify = TLSUP_VERIFY_FULL,
	};
}

static struct tlsup_session_key key_of(const struct tlsup_session_terms *t)
{
	struct tlsup_session_key key;

	if (!tlsup_session_key_make(&key, t))
		abort();
	return key;
}

static bool same(const struct tlsup_session_terms *a,
		 const struct tlsup_session_terms *b)
{
	struct tlsup_session_key ka = key_of(a), kb = key_of(b);

	return memcmp(&ka, &kb, sizeof(ka)) == 0;
}

static void test_keys(void)
{
	struct tlsup_session_terms a = terms(), b = terms();

	ok(same(&a, &b), "the same terms, the same key");
	b.name.len--;
	ok(!same(&a, &b), "another name");
	b = terms();
	b.port++;
	ok(!same(&a, &b), "another port");
	b = terms();
	b.alpn.len = 0;
	ok(!same(&a, &b), "other protocols");
	b = terms();
	b.profile = "other";
	ok(!same(&a, &b), "another profile");
	b = terms();
	b.fingerprint.len--;
	ok(!same(&a, &b), "another trust");
	b = terms();
	b.verify = TLSUP_VERIFY_INSECURE_NONE;
	ok(!same(&a, &b), "another level of verification");
	b = terms();
	b.profile = "defaul";
	b.fingerprint = (struct hs_bytes){ (const uint8_t *)"tfingerprint", 12 };
	ok(!same(&a, &b), "the same letters, divided otherwise");
}

static struct tlsup_session_key numbered(uint32_t n)
{
	struct tlsup_session_terms t = terms();

	t.port = n;
	t.verify = n >> 16;
	return key_of(&t);
}

/* RFC 8446 C.4: a ticket that is used twice shows that two connections are the
 * same client's. */
static void test_single_use(void)
{
	struct tlsup_sessions *s = tlsup_sessions_new(100);
	struct tlsup_session_key a = numbered(1), b = numbered(2);
	int i;

	put(s, &a, session_new(11, 60), EVER);
	put(s, &a, session_new(12, 60), EVER);
	is_int(take(s, &b, NOW), 0, "nothing under another key");
	is_int(take(s, &a, NOW), 12, "the newest first");
	is_int(take(s, &a, NOW), 11, "then the older");
	is_int(take(s, &a, NOW), 0, "each once");
	for (i = 1; i <= 10; i++)
		put(s, &a, session_new(i, 60), EVER);
	is_int(tlsup_sessions_count(s), TLSUP_SESSIONS_PER_KEY,
	       "one peer gets no more than its share");
	is_int(take(s, &a, NOW), 10, "of its newest");
	tlsup_sessions_free(s);
}

static void test_drop(void)
{
	struct tlsup_sessions *s = tlsup_sessions_new(100);
	struct tlsup_session_key a = numbered(1), b = numbered(2);

	put(s, &a, session_new(1, 100), EVER);
	put(s, &b, session_new(2, 100), EVER);
	put(s, &a, session_new(3, 100), EVER);
	tlsup_sessions_drop(s, &a);
	ok(!take(s, &a, NOW), "what is dropped is gone, all of it");
	is_int(take(s, &b, NOW), 2, "and nobody else's");
	tlsup_sessions_drop(s, &a);
	is_int(tlsup_sessions_count(s), 0, "dropping nothing is fine");
	tlsup_sessions_free(s);
}

static void test_expiry(void)
{
	struct tlsup_sessions *s = tlsup_sessions_new(100);
	struct tlsup_session_key a = numbered(1);
	struct tlsup_session_base base = { 0 };
	struct hs_session *session;

	put(s, &a, session_new(1, 60), EVER);
	is_int(take(s, &a, NOW + 60001), 0, "not after its lifetime");
	is_int(tlsup_sessions_count(s), 0, "and it is gone");
	put(s, &a, session_new(2, 60), NOW + 1000);
	is_int(take(s, &a, NOW + 1000), 0, "not after its chain's end");
	put(s, &a, session_new(3, 60), EVER);
	put(s, &a, session_new(4, 1), EVER);
	is_int(take(s, &a, NOW + 30000), 3, "an older one that still lives");
	put(s, &a, session_new(5, 60), NOW + 5000);
	session = tlsup_sessions_take(s, &a, NOW, &base);
	ok(session && base.until_ms == NOW + 5000, "the chain's end is told");
	hs_session_free(session);
	tlsup_sessions_free(s);
}

static void test_bounds(void)
{
	struct tlsup_sessions *s = tlsup_sessions_new(50);
	struct tlsup_session_key k;
	uint32_t i, kept = 0;

	for (i = 1; i <= 5000; i++) {
		k = numbered(i);
		put(s, &k, session_new(i, 60), EVER);
	}
	is_int(tlsup_sessions_count(s), 50, "no more than its bound");
	for (i = 4951; i <= 5000; i++) {
		k = numbered(i);
		kept += take(s, &k, NOW) == i;
	}
	is_int(kept, 50, "the last to come stay");
	is_int(tlsup_sessions_count(s), 0, "and all can be taken");
	for (i = 1; i <= 20; i++) {
		k = numbered(i);
		put(s, &k, session_new(i, 60), EVER);
	}
	tlsup_sessions_set_max(s, 5);
	is_int(tlsup_sessions_count(s), 5, "a lower bound counts at once");
	tlsup_sessions_set_max(s, 0);
	put(s, &k, session_new(1, 60), EVER);
	is_int(tlsup_sessions_count(s), 0, "a bound of 0 keeps none");
	tlsup_sessions_free(s);
}

static struct tlsup_sessions *crowded;
static unsigned int taken[4];

static void *crowd(void *arg)
{
	unsigned int i, me = (unsigned int)(uintptr_t)arg;
	struct tlsup_session_key k;

	for (i = 0; i < 5000; i++) {
		k = numbered(i % 50);
		if (i % 2)
			taken[me] += take(crowded, &k, NOW) != 0;
		else
			put(crowded, &k, session_new(1, 60), EVER);
	}
	return NULL;
}

static void test_threads(void)
{
	pthread_t threads[4];
	uintptr_t i;

	crowded = tlsup_sessions_new(40);
	for (i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, crowd, (void *)i);
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	ok(tlsup_sessions_count(crowded) <= 40, "four threads at once");
	tlsup_sessions_free(crowded);
}

/* A client's, as tlsup_note_pack() writes it; written down once more. */
static size_t note_make(uint8_t *out, size_t resumption)
{
	memset(out, 0, TLSUP_NOTE_MAX + 1);
	memcpy(out, "tlsup2\0c", 8);
	memset(out + 8, 0x5a, 32);
	out[47] = 7;
	out[55] = 8;
	out[63] = 99;
	out[64] = resumption >> 8;
	out[65] = resumption;
	out[40] = 1;
	return 66 + resumption;
}

static void test_notes(void)
{
	uint8_t bytes[TLSUP_NOTE_MAX + 1];
	struct tlsup_note note;
	size_t len = note_make(bytes, 100), i, parsed = 0;

	ok(tlsup_note_parse((struct hs_bytes){ bytes, len }, &note) &&
	   !note.server && note.client.until_ms == 99 &&
	   note.client.origin == (1ull << 56 | 7) && note.client.before == 8 &&
	   note.client.key.digest[0] == 0x5a &&
	   note.client.key.digest[31] == 0x5a &&
	   note.resumption.data == bytes + 66 &&
	   note.resumption.len == 100, "a client's note");
	for (i = 0; i <= TLSUP_NOTE_MAX; i++)
		if (i != len)
			parsed += tlsup_note_parse((struct hs_bytes){ bytes, i },
						   &note);
	is_int(parsed, 0, "none of another length");
	for (i = 0; i < 8; i++) {
		note_make(bytes, 100);
		bytes[i] ^= 1;
		parsed += tlsup_note_parse((struct hs_bytes){ bytes, len }, &note);
	}
	is_int(parsed, 0, "none of another form");
	len = note_make(bytes, 0);
	ok(tlsup_note_parse((struct hs_bytes){ bytes, len }, &note) &&
	   !note.resumption.len, "one with nothing to resume by");
}

static void test_server_notes(void)
{
	uint8_t digest[TLSUP_DIGEST], bytes[TLSUP_NOTE_MAX];
	struct tlsup_note note;
	size_t len, i, parsed = 0;

	memset(digest, 0xa5, sizeof(digest));
	len = tlsup_note_pack_server(digest, bytes);
	ok(tlsup_note_parse((struct hs_bytes){ bytes, len }, &note) &&
	   note.server && !memcmp(note.digest, digest, sizeof(digest)),
	   "a server's note");
	for (i = 0; i <= sizeof(bytes); i++)
		if (i != len)
			parsed += tlsup_note_parse((struct hs_bytes){ bytes, i },
						   &note);
	is_int(parsed, 0, "none of another length");
}

/* Sessions 1 and 2 came from connection 7, 3 from connection 8. */
static void fill(struct tlsup_sessions *s, const struct tlsup_session_key *key)
{
	struct tlsup_session_base base = { .until_ms = EVER, .origin = 7 };

	tlsup_sessions_put(s, key, session_new(1, 60), &base);
	tlsup_sessions_put(s, key, session_new(2, 60), &base);
	base.origin = 8;
	tlsup_sessions_put(s, key, session_new(3, 60), &base);
}

static void test_forget(void)
{
	struct tlsup_sessions *s = tlsup_sessions_new(100);
	struct tlsup_session_key a = numbered(1), b = numbered(2);

	fill(s, &a);
	fill(s, &b);
	tlsup_sessions_forget(s, &a, 9);
	is_int(tlsup_sessions_count(s), 6, "nothing came from that connection");
	tlsup_sessions_forget(s, &a, 7);
	is_int(take(s, &a, NOW), 3, "what came from another stays");
	is_int(take(s, &a, NOW), 0, "the rest is gone");
	is_int(tlsup_sessions_count(s), 3, "only with that peer");
	tlsup_sessions_clear(s);
	is_int(tlsup_sessions_count(s), 0, "or all of it, with everybody");
	tlsup_sessions_free(s);
}

/* A session that is out when it is to be forgotten. */
static void test_put_back(void)
{
	struct tlsup_sessions *s = tlsup_sessions_new(100);
	struct tlsup_session_key a = numbered(1), b = numbered(2);
	struct tlsup_session_base base;
	struct hs_session *session;
	int how;

	for (how = 0; how < 5; how++) {
		tlsup_sessions_clear(s);
		fill(s, &a);
		session = tlsup_sessions_take(s, &a, NOW, &base);
		if (how == 1)
			tlsup_sessions_forget(s, &a, base.origin);
		if (how == 2)
			tlsup_sessions_drop(s, &a);
		if (how == 3)
			tlsup_sessions_clear(s);
		if (how == 4)
			tlsup_sessions_forget(s, &b, base.origin);
		tlsup_sessions_put_back(s, &a, session, &base);
		is_int(take(s, &a, NOW), how == 1 ? 2 : how % 4 ? 0 : 3,
		       how % 4 ? "not put back" : "put back");
	}
	tlsup_sessions_free(s);
}

int main(void)
{
	test_keys();
	test_single_use();
	test_drop();
	test_expiry();
	test_bounds();
	test_threads();
	test_notes();
	test_server_notes();
	test_forget();
	test_put_back();
	return finish();
}
