// SPDX-License-Identifier: Apache-2.0
/* What a key exchange may not be fed, straight into the provider and as the share of
 * either hello (RFC 8446 4.2.8, 7.4.2; RFC 7748 6; RFC 7919). */
#include <stdlib.h>
#include <string.h>

#include "pair.h"
#include "shares.h"
#include "tap.h"

/* The length is the engine's to look at, before the provider is asked; a
 * curve's point of another length the provider doesn't take either. */
static bool for_provider(const struct share *b)
{
	const struct hs_group *g = hs_group(b->group);

	return g->kind != HS_KIND_FF || b->len == g->client_share || !b->len;
}

static void provider(const struct share *b)
{
	const struct hs_crypto *crypto = tlsup_crypto_openssl();
	/* Of just this length, for the sanitiser's sake. */
	uint8_t *copy = malloc(b->len ? b->len : 1);
	struct hs_bytes peer = { copy, b->len };
	uint8_t share[HS_SHARE_MAX];
	size_t len = sizeof(share);
	struct hs_shared shared;
	struct hs_kx *kx = NULL;

	memcpy(copy, b->bytes, b->len);
	tap_sub(b->whose == SHARE_SERVERS ||
		crypto->kx_respond(b->group, peer, share, &len, &shared) ==
		HS_ALERT_ILLEGAL_PARAMETER, "respond, %s: %s",
		hs_group(b->group)->name, b->what);
	len = sizeof(share);
	crypto->kx_generate(b->group, &kx, share, &len);
	tap_sub(b->whose == SHARE_CLIENTS ||
		crypto->kx_finish(kx, peer, &shared) ==
		HS_ALERT_ILLEGAL_PARAMETER, "finish, %s: %s",
		hs_group(b->group)->name, b->what);
	crypto->kx_free(kx);
	free(copy);
}

static void providers(void)
{
	for (size_t i = 0; i < shares_count(); i++)
		if (for_provider(shares_at(i)))
			provider(shares_at(i));
	tap_sum("shares that the provider refuses (4.2.8.1, 4.2.8.2, 7.4.2)");
}

static size_t get16(const uint8_t *p)
{
	return (size_t)p[0] << 8 | p[1];
}

/* Replaces the one share of a hello; all lengths around it are put right. */
static void put_share(const struct share *b, uint8_t *m, size_t *len)
{
	bool client = m[0] == HS_MT_CLIENT_HELLO;
	size_t at = 4 + 2 + HS_RANDOM, block, ext, share, old;

	at += 1 + m[at];
	at += client ? 2 + get16(m + at) : 3;
	block = client ? at + 1 + m[at] : at;
	for (ext = block + 2; get16(m + ext) != 51; )
		ext += 4 + get16(m + ext + 2);
	share = ext + (client ? 8 : 6);
	old = get16(m + share);

	const long diff = (long)b->len - (long)old;
	const size_t lengths[] = { 2, block, ext + 2, share, ext + 4 };

	memmove(m + share + 2 + b->len, m + share + 2 + old,
		*len - share - 2 - old);
	memcpy(m + share + 2, b->bytes, b->len);
	for (size_t i = 0; i < (client ? 5 : 4); i++) {
		size_t v = (size_t)((long)get16(m + lengths[i]) + diff);

		m[lengths[i]] = (uint8_t)(v >> 8);
		m[lengths[i] + 1] = (uint8_t)v;
	}
	*len = (size_t)((long)*len + diff);
}

struct swap {
	const struct share	*share;
	uint8_t			message;
};

static bool swap_share(struct pair *p, struct pair_side *from,
		       uint8_t *message, size_t *len, size_t room)
{
	const struct swap *s = p->tamper_arg;

	(void)from;
	(void)room;
	if (message[0] == s->message)
		put_share(s->share, message, len);
	return true;
}

static void one_handshake(const struct share *b, bool client)
{
	struct swap s = {
		b, client ? HS_MT_SERVER_HELLO : HS_MT_CLIENT_HELLO
	};
	/* A share of nothing is no KeyShareEntry (4.2.8). */
	int alert = b->len ? HS_ALERT_ILLEGAL_PARAMETER : HS_ALERT_DECODE_ERROR;
	struct pair p;

	pair_init(&p);
	p.client.config.groups = p.server.config.groups = &b->group;
	p.client.config.groups_len = p.server.config.groups_len = 1;
	p.per_message = true;
	p.tamper = swap_share;
	p.tamper_arg = &s;
	pair_open(&p);
	pair_run(&p);
	tap_sub(pair_alert(client ? &p.client : &p.server) == alert,
		"%s, %s: %s", client ? "client" : "server",
		hs_group(b->group)->name, b->what);
	pair_free(&p);
}

static void handshakes(void)
{
	for (size_t i = 0; i < shares_count(); i++) {
		const struct share *b = shares_at(i);

		/* These take time and have nothing of their own. */
		if (b->group > HS_GROUP_FFDHE3072 &&
		    b->group <= HS_GROUP_FFDHE8192)
			continue;
		if (b->whose != SHARE_SERVERS)
			one_handshake(b, false);
		if (b->whose != SHARE_CLIENTS)
			one_handshake(b, true);
	}
	tap_sum("shares that end a handshake with illegal_parameter");
}

int main(void)
{
	shares_collect();
	providers();
	handshakes();
	shares_free();
	host_exit();
	return tap_done();
}
