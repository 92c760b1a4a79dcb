/* SPDX-License-Identifier: Apache-2.0 */
/* session: what a client keeps of a connection to resume it, and what a server
 * puts into a ticket (RFC 8446 4.6.1), or under a session ID (RFC 5246 F.1.4). */
#ifndef HS_SESSION_H
#define HS_SESSION_H

#include "hs_crypto.h"

#define HS_LIFETIME_MAX 604800		/* seven days, RFC 8446 4.6.1 */

struct hs_session {
	uint16_t		version;
	uint16_t		cipher_suite;
	struct hs_secret	psk;
	uint32_t		lifetime, age_add;
	uint32_t		max_early_data;
	uint64_t		received_ms;
	char			server_name[HS_NAME_MAX + 1];
	uint8_t			alpn[255];
	uint8_t			alpn_len;
	/* TLS 1.2: psk is the master secret, and there may be no ticket. */
	bool			extended_master_secret;
	uint8_t			fragment;	/* max_fragment_length's code, or 0 */
	uint8_t			id_len, id[32];
	/* The last, for a copy has no more of it than is used. */
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
	uint64_t		began_ms;	/* the handshake without a ticket that it
						 * all goes back to */
	struct hs_bytes		server_name, alpn;
	struct hs_bytes		psk_identity;	/* the external key that the session
						 * goes back to, or empty */
	bool			asked;		/* for the client's certificate */
	struct hs_bytes		chain;		/* that it showed: each certificate
						 * behind three bytes of length */
};

/* What seals it may add 128 bytes. */
#define HS_TICKET_PLAIN_MAX HS_STATE_MAX
/* Returns the length, 0 if it does not fit. */
size_t hs_ticket_pack(const struct hs_ticket *t, uint8_t *out, size_t cap);
bool hs_ticket_unpack(struct hs_ticket *t, struct hs_bytes plain);

/* The PSK of the ticket with this nonce. */
int hs_ticket_psk(const struct hs_crypto *crypto, uint16_t cipher_suite,
		  const struct hs_secret *resumption_master_secret,
		  struct hs_bytes nonce, struct hs_secret *psk);

/* session12.c: TLS 1.2's forms. A session that lasts longer than a day is more
 * than RFC 5246 F.1.4 wants. */
#define HS_LIFETIME12_MAX 86400
#define HS_FORM_SESSION12 0x73

size_t hs_session12_pack(const struct hs_session *s, uint8_t *out, size_t cap);
bool hs_session12_unpack(struct hs_session *s, struct hs_bytes packed);

/* A server's session, in the clear: in a ticket or under its ID. */
struct hs_state12 {
	uint16_t		cipher_suite;
	bool			extended_master_secret;
	uint8_t			fragment;	/* max_fragment_length's code, or 0 */
	struct hs_secret	master;
	uint32_t		lifetime;
	uint64_t		issued_ms;
	struct hs_bytes		server_name;
	bool			asked;		/* as in struct hs_ticket */
	struct hs_bytes		chain;
};

/* Returns the length, 0 if it does not fit. */
size_t hs_state12_pack(const struct hs_state12 *s, uint8_t *out, size_t cap);
bool hs_state12_unpack(struct hs_state12 *s, struct hs_bytes packed);

#endif /* HS_SESSION_H */
