// SPDX-License-Identifier: Apache-2.0
/* party: knowing a ClientHello of our own when it comes back (the Selfie
 * attack, RFC 9257 4.1). */
#include <string.h>

#include "engine.h"

#define NONCE	16		/* of the random's 32 bytes; the rest is a tag */
#define PARTY	32

/*
 * With an external key both ends can make either end's messages, so a client
 * whose hello is sent back to a server of the same party would talk to itself
 * and take it for the other one. The tag tells: half of the random is random,
 * half is a MAC over that, which only this party can make and, to everybody
 * else, is as good as random. Nothing has to be remembered.
 */
static int tag(const struct hs *hs, const uint8_t *random, uint8_t *out)
{
	static const char label[] = "tlsup party";
	const struct hs_bytes parts[] = {
		{ (const uint8_t *)label, sizeof(label) }, { random, NONCE },
	};

	return hs->crypto->hmac(HS_SHA256, hs_bytes(hs->config->party, PARTY),
				parts, 2, out);
}

int hs_party_mark(struct hs *hs)
{
	uint8_t mac[HS_HASH_MAX];
	int alert;

	if (!hs->config->party || !hs->config->psks_len)
		return 0;
	alert = tag(hs, hs->client_random, mac);
	memcpy(hs->client_random + NONCE, mac, HS_RANDOM - NONCE);
	return alert;
}

int hs_party_check(struct hs *hs)
{
	uint8_t mac[HS_HASH_MAX];
	int alert;

	if (!hs->config->party)
		return 0;
	alert = tag(hs, hs->client_random, mac);
	if (alert)
		return alert;
	if (!hs_secret_equal(mac, hs->client_random + NONCE, HS_RANDOM - NONCE))
		return 0;
	return hs_fail(hs, HS_ALERT_ILLEGAL_PARAMETER,
		       "our own ClientHello came back to us");
}
