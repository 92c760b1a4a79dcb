// SPDX-License-Identifier: Apache-2.0
/* tickets: sealing, opening, rotation, expiry, binding; every byte altered: what
 * RFC 5077 4 asks of a ticket and 5.5 (RFC 5077 5.5) of its keys. */
#include "daemon/tickets.h"

#include "selftests/daemon/tap.h"

#define DAY	86400000ull
#define START	(1000 * DAY)

static const uint8_t secret[] = "what is in the ticket, 32 bytes..";
static const struct tlsup_ticket_binding here = {
	.profile = "default",
	.server_name = { (const uint8_t *)"a.example", 9 },
};

static uint8_t ticket[HS_TICKET_MAX];
static size_t ticket_len;

static bool seal(struct tlsup_tickets *t, uint64_t now)
{
	struct hs_bytes plain = { secret, sizeof(secret) };

	ticket_len = sizeof(ticket);
	return tlsup_ticket_seal(t, &here, now, 86400, plain, ticket,
				 &ticket_len);
}

static bool opens(struct tlsup_tickets *t,
		  const struct tlsup_ticket_binding *binding, uint64_t now)
{
	struct hs_bytes bytes = { ticket, ticket_len };
	uint8_t out[HS_TICKET_MAX];
	size_t len = sizeof(out);

	return tlsup_ticket_open(t, binding, now, bytes, out, &len) &&
	       len == sizeof(secret) && memcmp(out, secret, len) == 0;
}

static void test_binding(struct tlsup_tickets *t)
{
	struct tlsup_ticket_binding b = here;

	seal(t, START);
	b.server_name.data = (const uint8_t *)"A.Example";
	ok(opens(t, &b, START), "a name has no case");
	b.server_name.data = (const uint8_t *)"b.example";
	ok(!opens(t, &b, START), "another server name");
	b.server_name.len = 0;
	ok(!opens(t, &b, START), "no server name");
	b = here;
	b.profile = "other";
	ok(!opens(t, &b, START), "another profile");
	b.profile = "defaul";
	b.server_name = (struct hs_bytes){ (const uint8_t *)"ta.example", 10 };
	ok(!opens(t, &b, START), "the same letters, divided otherwise");
}

static void test_tamper(struct tlsup_tickets *t)
{
	size_t i, whole, opened = 0;
	int bit;

	seal(t, START);
	for (i = 0; i < ticket_len; i++) {
		for (bit = 0; bit < 8; bit++) {
			ticket[i] ^= 1 << bit;
			opened += opens(t, &here, START);
			ticket[i] ^= 1 << bit;
		}
	}
	is_int(opened, 0, "no ticket with an altered bit");
	whole = ticket_len;
	for (ticket_len = 0; ticket_len < whole; ticket_len++)
		opened += opens(t, &here, START);
	is_int(opened, 0, "none that is cut off");
	ticket_len = whole + 1;
	ok(!opens(t, &here, START), "none with a byte more");
	ticket_len = whole;
	ok(opens(t, &here, START), "and the whole one opens");
}

static void test_rotation(void)
{
	struct tlsup_tickets *t = tlsup_tickets_new(3600), *other;
	uint8_t first[16];

	seal(t, START);
	memcpy(first, ticket, sizeof(first));
	ok(opens(t, &here, START + DAY - 1), "a ticket lives a day");
	ok(!opens(t, &here, START + DAY), "and no longer");
	seal(t, START + 3599999);
	ok(!memcmp(first, ticket, sizeof(first)), "the key stays for its interval");
	seal(t, START);
	{
		uint8_t old[HS_TICKET_MAX];
		size_t old_len = ticket_len;

		memcpy(old, ticket, old_len);
		seal(t, START + 3600000);
		ok(memcmp(first, ticket, sizeof(first)), "then there is a new one");
		memcpy(ticket, old, old_len);
		ticket_len = old_len;
		ok(opens(t, &here, START + 3600000), "the old one still opens");
	}
	tlsup_tickets_set_interval(t, 60);
	seal(t, START + 3660000);
	ok(memcmp(first, ticket, sizeof(first)), "a shorter interval counts");
	other = tlsup_tickets_new(3600);
	ok(!opens(other, &here, START), "other keys do not open");
	tlsup_tickets_free(other);
	tlsup_tickets_free(t);
}

/* The old key is dropped when nothing that it sealed can still be good. */
static void test_end_of_key(void)
{
	struct tlsup_tickets *t = tlsup_tickets_new(3600);
	struct hs_bytes plain = { secret, sizeof(secret) };
	uint8_t week[HS_TICKET_MAX];
	size_t week_len = sizeof(week);

	ok(tlsup_ticket_seal(t, &here, START, 604800, plain, week, &week_len),
	   "a ticket for seven days");
	seal(t, START + DAY);
	seal(t, START + 2 * DAY);
	memcpy(ticket, week, week_len);
	ticket_len = week_len;
	ok(opens(t, &here, START + 7 * DAY - 1), "opens for seven days");
	seal(t, START + 9 * DAY);
	memcpy(ticket, week, week_len);
	ticket_len = week_len;
	/* Asked with the clock of then: the key itself is gone. */
	ok(!opens(t, &here, START + DAY), "then its key is gone");
	week_len = sizeof(week);
	ok(!tlsup_ticket_seal(t, &here, START, 604801, plain, week, &week_len),
	   "no ticket for longer (RFC 8446 4.6.1)");
	tlsup_tickets_free(t);
}

static void test_room(struct tlsup_tickets *t)
{
	uint8_t big[HS_TICKET_MAX] = { 0 }, out[HS_TICKET_MAX];
	struct hs_bytes plain = { big, HS_TICKET_MAX - TLSUP_TICKET_OVERHEAD };
	size_t len = sizeof(out);

	ok(tlsup_ticket_seal(t, &here, START, 60, plain, out, &len) &&
	   len == HS_TICKET_MAX, "the largest ticket");
	len = HS_TICKET_MAX - 1;
	ok(!tlsup_ticket_seal(t, &here, START, 60, plain, out, &len),
	   "no room for it");
	plain.len++;
	len = sizeof(out);
	ok(!tlsup_ticket_seal(t, &here, START, 60, plain, out, &len),
	   "one byte too large");
}

int main(void)
{
	struct tlsup_tickets *t = tlsup_tickets_new(3600);

	ok(seal(t, START) && opens(t, &here, START), "what is sealed opens");
	is_int(ticket_len, sizeof(secret) + TLSUP_TICKET_OVERHEAD, "its length");
	ok(!memmem(ticket, ticket_len, secret, sizeof(secret)), "it is sealed");
	{
		uint8_t first[HS_TICKET_MAX];

		memcpy(first, ticket, ticket_len);
		seal(t, START);
		ok(memcmp(first + 16, ticket + 16, ticket_len - 16),
		   "no two tickets are alike");
	}
	test_binding(t);
	test_tamper(t);
	test_room(t);
	tlsup_tickets_free(t);
	test_rotation();
	test_end_of_key();
	return finish();
}
