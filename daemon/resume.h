/* SPDX-License-Identifier: Apache-2.0 */
/* resume: what a client's connection is resumed by, and what it leaves for the
 * next one. */
#ifndef TLSUP_RESUME_H
#define TLSUP_RESUME_H

#include "daemon/host.h"
#include "daemon/note.h"
#include "daemon/sessions.h"

struct tlsup_resume {
	bool				on;	/* there is a key */
	struct tlsup_session_key	key;
};

/* Before hs_start(): offers what there is for this peer on these terms (alpn
 * is the list offered), and remembers the terms. */
void tlsup_resume_offer(struct tlsup_resume *r, struct tlsup_host *host,
			struct hs *hs, struct hs_bytes alpn);
/* The handshake is done: what TLS 1.2 leaves is kept at once. */
void tlsup_resume_keep(const struct tlsup_resume *r,
		       const struct tlsup_host *host, const struct hs *hs);
/* What TLS 1.3 leaves needs the socket to bring it: the note's length, or 0. */
size_t tlsup_resume_note(const struct tlsup_resume *r,
			 const struct tlsup_host *host, const struct hs *hs,
			 uint8_t out[TLSUP_NOTE_MAX]);
/* The connection ended in a fatal alert: nothing is resumed that was made with
 * this peer (RFC 5246 7.2.2). */
void tlsup_resume_forget(const struct tlsup_resume *r,
			 const struct tlsup_host *host);

#endif
