/* SPDX-License-Identifier: Apache-2.0 */
/* host: the answers that the engine asks its host for (struct hs_host). */
#ifndef TLSUP_HOST_H
#define TLSUP_HOST_H

#include "daemon/config.h"
#include "daemon/shared.h"

/* What the answers rest on: the engine's host_arg. One connection's. */
struct tlsup_host {
	const struct tlsup_shared	*shared;
	const struct tlsup_profile	*profile;
	const struct tlsup_request	*request;
	const struct hs			*hs;

	/* What was found: an errno of <linux/tlsup.h> if an answer ended the
	 * handshake, or until when the peer's chain is good. */
	int				cause;
	uint64_t			until_ms;
};

extern const struct hs_host tlsup_host_functions;

#endif
