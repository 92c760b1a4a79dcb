/* SPDX-License-Identifier: Apache-2.0 */
/* session: what a client keeps of a connection to resume it once, and what a
 * server puts into a ticket (RFC 8446 4.6.1). */
#ifndef HS_SESSION_H
#define HS_SESSION_H

#include "hs_crypto.h"

#define HS_LIFETIME_MAX 604800		/* seven days, RFC 8446 4.6.1 */

struct hs_session {
	uint16_t		cipher_suite;
	struct hs_secret	psk;
	uint32_t		lifetime, age_add;
	uint32_t		max_early_data;
	uint64_t		received_ms;
	char			server_name[HS_NAME_MAX + 1];
	uint8_t			alpn[255];
	uint8_t			alpn_len;
	size_t			ticket_len;
	uint8_t			ticket[HS_TICKET_MAX];
};

/* obfuscated_ticket_age, RFC 8446 4.2.11.1. */
uint32_t hs_session_age(const struct hs_session *s, uint64_t now_ms);
struct hs_session *hs_session_copy(const struct hs_session *s);

/* A server's ticket, in the clear. */
struct hs_ticket {
	uint16_t		cipher_suite;
	struct hs_secret	psk;
	uint32_t		lifetime, age_add;
	uint32_t		max_early_data;
	uint64_t		issued_ms;
	struct hs_bytes		server_name, alpn;
	struct hs_bytes		psk_identity;	/* the external key that the session
						 * goes back to, or empty */
	bool			asked;		/* for the client's certificate */
	struct hs_bytes		chain;		/* that it showed: each certificate
						 * behind three bytes of length */
};

/* What seals it may add 128 bytes. */
#define HS_TICKET_PLAIN_MAX (HS_TICKET_MAX - 128)
/* Returns the length, 0 if it does not fit. */
size_t hs_ticket_pack(const struct hs_ticket *t, uint8_t *out, size_t cap);
bool hs_ticket_unpack(struct hs_ticket *t, struct hs_bytes plain);

/* The PSK of the ticket with this nonce. */
int hs_ticket_psk(const struct hs_crypto *crypto, uint16_t cipher_suite,
		  const struct hs_secret *resumption_master_secret,
		  struct hs_bytes nonce, struct hs_secret *psk);

#endif /* HS_SESSION_H */
