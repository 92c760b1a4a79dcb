// SPDX-License-Identifier: Apache-2.0
/*
 * Does what we do depend on a secret? Run under valgrind's memcheck, which is
 * told that secrets are undefined and then reports each branch, and each place
 * in memory, that hangs on one, or on what was computed from it. Told to be
 * defined again is what the protocol makes public: messages, and the answers to
 * "equal?" and "all zeros?". libcrypto's own errors are not looked at (see
 * secrets.supp): whether it takes care is not our question.
 *
 * With the argument "leak" a branch is taken on a secret, to show that it is
 * seen.
 */
#include <string.h>

#include <valgrind/memcheck.h>

#include "daemon/crypto_seal.h"
#include "daemon/tickets.h"
#include "pair.h"
#include "tap.h"

static void secret(const void *p, size_t len)
{
	(void)VALGRIND_MAKE_MEM_UNDEFINED(p, len);
}

static void public(const void *p, size_t len)
{
	(void)VALGRIND_MAKE_MEM_DEFINED(p, len);
}

/* What the engine and the daemon ask of each other, linked with --wrap. */

bool __real_hs_secret_equal(const uint8_t *a, const uint8_t *b, size_t len);
int __real_hs_keys_shared(const struct hs_shared *shared);
int __real_hs_next(struct hs *hs, struct hs_output *out);
bool __real_tlsup_random(void *out, size_t len);
bool __real_tlsup_unseal(const uint8_t *key, const uint8_t *iv,
			 struct hs_bytes aad, struct hs_bytes in, uint8_t *out);
bool __wrap_hs_secret_equal(const uint8_t *a, const uint8_t *b, size_t len);
int __wrap_hs_keys_shared(const struct hs_shared *shared);
int __wrap_hs_next(struct hs *hs, struct hs_output *out);
bool __wrap_tlsup_random(void *out, size_t len);
bool __wrap_tlsup_unseal(const uint8_t *key, const uint8_t *iv,
			 struct hs_bytes aad, struct hs_bytes in, uint8_t *out);

static unsigned int compared, shared_secrets;

/* RFC 8446 4.4.4, 4.2.11.2: that a Finished or a binder is wrong is told. */
bool __wrap_hs_secret_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
	bool equal = __real_hs_secret_equal(a, b, len);

	compared++;
	public(&equal, sizeof(equal));
	return equal;
}

/* RFC 8446 7.4.2: and that a shared secret is zeros. The provider's length is
 * the group's. */
int __wrap_hs_keys_shared(const struct hs_shared *shared)
{
	struct hs_shared copy = *shared;

	shared_secrets++;
	public(&copy, sizeof(copy));
	secret(shared->bytes, shared->len);
	return __real_hs_keys_shared(&copy);
}

/* Messages go out, and a record layer is trusted with the keys. */
int __wrap_hs_next(struct hs *hs, struct hs_output *out)
{
	int more = __real_hs_next(hs, out);

	public(out, sizeof(*out));
	if (more && out->kind == HS_OUT_RECORD)
		public(out->data, out->len);
	return more;
}

static bool sealing;	/* this key and no other random bytes */

bool __wrap_tlsup_random(void *out, size_t len)
{
	bool good = __real_tlsup_random(out, len);

	if (sealing && len == TLSUP_SEAL_KEY)
		secret(out, len);
	return good;
}

/* When it ends is no secret of a ticket; the rest stays one. */
bool __wrap_tlsup_unseal(const uint8_t *key, const uint8_t *iv,
			 struct hs_bytes aad, struct hs_bytes in, uint8_t *out)
{
	bool good = __real_tlsup_unseal(key, iv, aad, in, out);

	public(&good, sizeof(good));
	if (good)
		public(out, 8);
	return good;
}

/* --- Handshakes --- */

static struct hs_host host;

/* A ticket's plain form has the PSK behind its form, suite and a length. */
static int open_ticket(void *arg, struct hs_bytes ticket, uint8_t *out,
		       size_t *out_len)
{
	int err = host_ops.ticket_open(arg, ticket, out, out_len);

	if (!err)
		secret(out + 4, out[3]);
	return err;
}

static int seal_ticket(void *arg, struct hs_bytes plain, uint8_t *out,
		       size_t *out_len)
{
	int err = host_ops.ticket_seal(arg, plain, out, out_len);

	public(out, *out_len);
	return err;
}

static void handshakes(uint16_t version, const char *name)
{
	struct pair p;
	bool good;

	host = host_ops;
	host.ticket_open = open_ticket;
	host.ticket_seal = seal_ticket;
	pair_init(&p);
	p.server.config.host = &host;
	p.client.config.max_version = version;
	compared = shared_secrets = 0;
	good = pair_open(&p) && pair_run(&p);
	if (version == HS_TLS12)
		p.session = hs_session_made(p.client.hs);
	pair_close(&p);
	tap_ok(good && compared >= 2 && shared_secrets == 2,
	       "%s: a handshake with undefined secrets", name);
	if (tap_ok(p.session != NULL, "%s: and a session of it", name)) {
		secret(p.session->psk.bytes, p.session->psk.len);
		tap_ok(pair_open(&p) && pair_run(&p) &&
		       hs_info(p.client.hs)->resumed,
		       "%s: that is resumed, as undefined", name);
	}
	pair_free(&p);
}

/* --- The daemon's tickets --- */

static const struct tlsup_ticket_binding binding = {
	.profile = "default",
	.server_name = { (const uint8_t *)"server", 6 },
};

static bool opens(struct tlsup_tickets *t, const uint8_t *ticket, size_t len)
{
	uint8_t out[HS_TICKET_MAX];
	size_t out_len = sizeof(out);

	return tlsup_ticket_open(t, &binding, 1000, hs_bytes(ticket, len), out,
				 &out_len);
}

static void tickets(void)
{
	uint8_t plain[96] = { 1 }, ticket[HS_TICKET_MAX];
	size_t len = sizeof(ticket);
	struct tlsup_tickets *t;
	bool good;

	sealing = true;
	t = tlsup_tickets_new(3600);
	secret(plain, sizeof(plain));
	good = tlsup_ticket_seal(t, &binding, 1, 60, hs_bytes(plain, 96),
				 ticket, &len);
	public(ticket, len);
	tap_ok(good && opens(t, ticket, len), "a ticket under an undefined key");
	for (size_t i = 0; i < len; i += 7) {
		ticket[i] ^= 1;
		tap_sub(!opens(t, ticket, len), "byte %zu", i);
		ticket[i] ^= 1;
	}
	tap_sum("and altered ones");
	tlsup_tickets_free(t);
}

static void leak(void)
{
	uint8_t byte = 3;

	secret(&byte, 1);
	if (byte & 2)
		tap_note("a branch on a secret");
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "leak")) {
		leak();
		return 0;
	}
	handshakes(HS_TLS13, "TLS 1.3");
	handshakes(HS_TLS12, "TLS 1.2");
	tickets();
	host_exit();
	return tap_done();
}
