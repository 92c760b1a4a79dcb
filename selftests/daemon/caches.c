// SPDX-License-Identifier: Apache-2.0
/* caches: what a server remembers: early data seen, and TLS 1.2 sessions. */
#include <pthread.h>

#include "daemon/replay.h"
#include "daemon/server_sessions.h"
#include "selftests/daemon/tap.h"

/* --- Early data --- */

static const uint8_t *id_of(unsigned int n)
{
	static _Thread_local uint8_t id[TLSUP_REPLAY_ID];

	memset(id, 0, sizeof(id));
	memcpy(id, &n, sizeof(n));
	return id;
}

static void test_replay(void)
{
	struct tlsup_replay *r = tlsup_replay_new(4);
	unsigned int i, n, wrong, ends[200] = { 0 };
	bool fresh;

	ok(tlsup_replay_fresh(r, id_of(1), 1000, 5000), "never seen: fresh");
	ok(!tlsup_replay_fresh(r, id_of(1), 1001, 5000), "seen: not");
	ok(!tlsup_replay_fresh(r, id_of(1), 4999, 9000), "until its end");
	ok(tlsup_replay_fresh(r, id_of(1), 5000, 9000), "then it is forgotten");
	ok(!tlsup_replay_fresh(r, id_of(2), 5000, 5000),
	   "what has expired already is refused");
	ok(tlsup_replay_fresh(r, id_of(2), 5000, 6000) &&
	   tlsup_replay_fresh(r, id_of(3), 5000, 8000) &&
	   tlsup_replay_fresh(r, id_of(4), 5000, 7000), "until it is full");
	ok(!tlsup_replay_fresh(r, id_of(5), 5999, 9000),
	   "full: what is new is refused");
	ok(!tlsup_replay_fresh(r, id_of(2), 5999, 9000) &&
	   !tlsup_replay_fresh(r, id_of(3), 5999, 9000) &&
	   !tlsup_replay_fresh(r, id_of(4), 5999, 9000),
	   "and nothing was given up for it");
	ok(tlsup_replay_fresh(r, id_of(5), 6000, 9000), "the first to end makes room");
	ok(!tlsup_replay_fresh(r, id_of(6), 6999, 9000) &&
	   tlsup_replay_fresh(r, id_of(6), 7000, 9000) &&
	   !tlsup_replay_fresh(r, id_of(7), 7999, 9000) &&
	   tlsup_replay_fresh(r, id_of(7), 8000, 9000), "in the order of the ends");
	tlsup_replay_free(r);

	r = tlsup_replay_new(0);
	ok(!tlsup_replay_fresh(r, id_of(1), 1, 2), "no room at all: all refused");
	tlsup_replay_free(r);

	r = tlsup_replay_new(200);
	for (i = wrong = 0; i < 5000; i++) {
		n = i * 7919 % 200;
		fresh = tlsup_replay_fresh(r, id_of(n), i, i + 1 + i * 31 % 300);
		wrong += fresh != (ends[n] <= i);
		if (fresh)
			ends[n] = i + 1 + i * 31 % 300;
	}
	is_int(wrong, 0, "many, as a plain list of ends has it");
	tlsup_replay_free(r);
}

static struct tlsup_replay *common;

static void *racer(void *arg)
{
	size_t n = 0;
	unsigned int i;

	(void)arg;
	for (i = 0; i < 2000; i++)
		n += tlsup_replay_fresh(common, id_of(i), 1, 1000);
	return (void *)n;
}

static void test_race(void)
{
	pthread_t threads[4];
	size_t sum = 0;
	void *n;
	int i;

	common = tlsup_replay_new(2000);
	for (i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, racer, NULL);
	for (i = 0; i < 4; i++) {
		pthread_join(threads[i], &n);
		sum += (size_t)n;
	}
	is_int(sum, 2000, "of four threads with the same data one is fresh");
	tlsup_replay_free(common);
}

/* --- Sessions --- */

static struct hs_bytes text(const char *s)
{
	return (struct hs_bytes){ (const uint8_t *)s, strlen(s) };
}

static struct tlsup_server_sessions *store;

static bool put(const char *profile, const char *id, const char *state,
		uint64_t until)
{
	struct tlsup_server_session_key key = { profile, text(id) };

	return tlsup_server_sessions_put(store, &key, text(state), until);
}

static bool has(const char *profile, const char *id, uint64_t now,
		const char *want)
{
	struct tlsup_server_session_key key = { profile, text(id) };
	uint8_t out[64];
	size_t len = sizeof(out);

	return tlsup_server_sessions_get(store, &key, now, out, &len) &&
	       len == strlen(want) && memcmp(out, want, len) == 0;
}

static void test_sessions(void)
{
	static const char long_id[] = "0123456789012345678901234567890123456789";
	struct tlsup_server_session_key key = { "web", text("a") };
	static uint8_t big[HS_STATE_MAX + 1];
	uint8_t out[8], digest[TLSUP_DIGEST];
	size_t len = sizeof(out);

	store = tlsup_server_sessions_new(3);
	ok(put("web", "a", "first session", 100), "a session is kept");
	ok(has("web", "a", 99, "first session") &&
	   has("web", "a", 99, "first session"), "and found, more than once");
	ok(!has("mail", "a", 99, "first session"), "not by another profile");
	ok(!has("web", "b", 99, "first session"), "nor under another ID");
	ok(!tlsup_server_sessions_get(store, &key, 50, out, &len) && len == 8,
	   "nor into too little room");
	ok(!has("web", "a", 100, "first session") &&
	   tlsup_server_sessions_count(store) == 0, "nor after its end: then it goes");
	put("web", "a", "one", 100);
	put("web", "a", "two", 100);
	ok(has("web", "a", 1, "two") && tlsup_server_sessions_count(store) == 1,
	   "an ID has one session");
	tlsup_server_sessions_drop(store, &key);
	ok(!has("web", "a", 1, "two") && tlsup_server_sessions_count(store) == 0,
	   "after a fatal alert it is gone");
	tlsup_server_sessions_drop(store, &key);
	put("web", "a", "A", 100);
	put("mail", "a", "M", 100);
	ok(tlsup_server_session_digest(&key, digest), "a key's digest");
	tlsup_server_sessions_forget(store, digest);
	tlsup_server_sessions_forget(store, digest);
	ok(!has("web", "a", 1, "A") && has("mail", "a", 1, "M"),
	   "is enough to drop by");
	tlsup_server_sessions_clear(store);
	is_int(tlsup_server_sessions_count(store), 0, "all are dropped");
	put("web", "a", "A", 100);
	put("web", "b", "B", 100);
	put("web", "c", "C", 100);
	put("web", "d", "D", 100);
	ok(!has("web", "a", 1, "A") && has("web", "b", 1, "B") &&
	   has("web", "d", 1, "D"), "the oldest makes room");
	tlsup_server_sessions_set_max(store, 1);
	ok(has("web", "d", 1, "D") && tlsup_server_sessions_count(store) == 1,
	   "a smaller bound counts at once");
	ok(!put("web", long_id, "x", 100) && !put("web", "", "x", 100) &&
	   !has("web", "", 1, "x"), "an ID has 1 to 32 bytes");
	ok(!tlsup_server_sessions_put(store, &key, (struct hs_bytes){ big, sizeof(big) }, 9),
	   "a state has a bound");
	tlsup_server_sessions_set_max(store, 0);
	ok(put("web", "a", "A", 100) && !has("web", "a", 1, "A"), "0 keeps none");
	tlsup_server_sessions_free(store);
}

int main(void)
{
	test_replay();
	test_race();
	test_sessions();
	return finish();
}
