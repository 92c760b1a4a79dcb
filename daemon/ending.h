/* SPDX-License-Identifier: Apache-2.0 */
/* ending: what the kernel is told of a handshake that is done. */
#ifndef TLSUP_ENDING_H
#define TLSUP_ENDING_H

#include "daemon/channel.h"
#include "daemon/host.h"
#include "daemon/resume.h"

/* DONE, and what its parts point to. */
struct tlsup_ending {
	struct tlsup_done	done;
	uint8_t			*chain;
	uint8_t			note[TLSUP_NOTE_MAX];
	uint8_t			exporter[HS_EXPORTER_MAX];
};

void tlsup_ending_make(struct tlsup_ending *e, const struct tlsup_host *host,
		       const struct tlsup_resume *resume);
/* Wipes what is secret in it. */
void tlsup_ending_free(struct tlsup_ending *e);

/* The chain as getsockopt(TLSUP_PEER_CERTIFICATE) shows it; the caller frees.
 * What is too much is left off at the root's end: the leaf is what an
 * application wants. NULL if there is none, or no memory. */
uint8_t *tlsup_ending_chain(const struct hs_info *info, size_t *len);
/* TLSUP_F_* of DONE. */
uint32_t tlsup_ending_flags(const struct tlsup_host *host,
			    const struct hs_info *info);

#endif
