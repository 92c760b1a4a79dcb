/* SPDX-License-Identifier: Apache-2.0 */
/* later: what the kernel asks of a handshake that is over. */
#ifndef TLSUP_LATER_H
#define TLSUP_LATER_H

#include "daemon/channel.h"
#include "daemon/host.h"

/* TLSUP_CMD_ASK. */
struct tlsup_ask {
	uint64_t	cookie;
	uint32_t	number;
	uint32_t	key_updates;	/* of the client's sending key so far */
	struct hs_bytes	message;	/* of the peer; empty: the application's wish */
};

/* TLSUP_CMD_ANSWER, or, if it failed, what goes into FAIL. */
struct tlsup_answer {
	uint8_t			*message;	/* to send; NULL: none */
	size_t			message_len;
	uint8_t			*chain;		/* that was verified; NULL: none */
	size_t			chain_len;
	uint32_t		flags;		/* TLSUP_F_PEER_VERIFIED or 0 */
	struct tlsup_fail	fail;
	char			reason[HS_REASON_MAX];
};

/* A kept connection's own; one thread at a time. */
struct tlsup_later {
	struct hs		*hs;
	struct tlsup_host	*host;
	uint32_t		key_updates;	/* that the engine knows of */
};

/* 0 and *answer; or an errno, and answer->fail. tlsup_answer_free() in any
 * case. */
int tlsup_later_ask(struct tlsup_later *later, const struct tlsup_ask *ask,
		    struct tlsup_answer *answer);
/* Fills answer->fail and returns its errno. */
int tlsup_later_fail(struct tlsup_answer *answer, int error, uint8_t alert,
		     const char *reason);
void tlsup_answer_free(struct tlsup_answer *answer);

#endif
