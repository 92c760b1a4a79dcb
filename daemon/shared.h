/* SPDX-License-Identifier: Apache-2.0 */
/* shared: what all connections of the daemon have in common, and a request as
 * the kernel describes it. */
#ifndef TLSUP_SHARED_H
#define TLSUP_SHARED_H

#include <stdint.h>
#include <sys/socket.h>
#include <linux/tlsup.h>

#include "daemon/engine/hs.h"

struct hs_crypto;
struct tlsup_kept;
struct tlsup_keylog;
struct tlsup_replay;
struct tlsup_server_sessions;
struct tlsup_sessions;
struct tlsup_tickets;

/* Each member is safe for many threads. */
struct tlsup_shared {
	const struct hs_crypto	*crypto;
	struct tlsup_tickets	*tickets;
	struct tlsup_sessions	*sessions;
	struct tlsup_server_sessions *server_sessions;	/* NULL: none */
	struct tlsup_replay	*replay;	/* NULL: no early data */
	struct tlsup_kept	*kept;		/* NULL: none is kept */
	struct tlsup_keylog	*keylog;	/* NULL: none */
	uint64_t		(*now_ms)(void);	/* since the epoch */
};

/* TLSUP_CMD_ACCEPT. Strings are terminated here. */
struct tlsup_request {
	uint64_t		cookie;
	enum hs_role		role;		/* ours */
	uint32_t		deadline_ms;	/* left when it was accepted */
	uint32_t		uid;
	uint32_t		verify;		/* TLSUP_VERIFY_* */
	uint32_t		early_data_max;	/* client: bytes that the
						 * application lets leave early */
	char			server_name[TLSUP_SERVER_NAME_MAX + 1];
	char			profile[TLSUP_PROFILE_MAX + 1];
	uint8_t			alpn[TLSUP_ALPN_MAX];
	size_t			alpn_len;
	struct sockaddr_storage	local, peer;
};

#endif
