/* SPDX-License-Identifier: Apache-2.0 */
/* resume: what a client's connection is resumed by, what it leaves for the next
 * one, and what is forgotten when a connection of either side fails. */
#ifndef TLSUP_RESUME_H
#define TLSUP_RESUME_H

#include "daemon/host.h"
#include "daemon/note.h"
#include "daemon/sessions.h"

struct tlsup_resume {
	bool				on;	/* there is a key */
	bool				kept;	/* and what TLS 1.2 leaves */
	struct tlsup_session_key	key;
	uint64_t			origin;	/* of what it leaves */
	struct tlsup_session_base	offered; /* what it may resume */
};

/* Before hs_start(): offers what there is for this peer on these terms (alpn
 * is the list offered), and remembers the terms. */
void tlsup_resume_offer(struct tlsup_resume *r, struct tlsup_host *host,
			struct hs *hs, struct hs_bytes alpn);
/* The handshake is done, and DONE not yet said: what TLS 1.2 leaves is kept, so
 * that it can be forgotten when DONE has been. Once, however often called. */
void tlsup_resume_keep(struct tlsup_resume *r, const struct tlsup_host *host,
		       const struct hs *hs);
/* The note for DONE: what a ticket of TLS 1.3 needs, and what is forgotten by. Its
 * length, or 0: nothing can be resumed. Either role. */
size_t tlsup_resume_note(const struct tlsup_resume *r,
			 const struct tlsup_host *host, const struct hs *hs,
			 uint8_t out[TLSUP_NOTE_MAX]);
/* The handshake ended in a fatal alert: nothing is resumed that was made with
 * this peer (RFC 5246 7.2.2). */
void tlsup_resume_forget(const struct tlsup_resume *r,
			 const struct tlsup_host *host);

/* --- After the handshake; the note is as the kernel gives it back --- */

/* A client's NewSessionTicket (TLSUP_CMD_POST; the note may be empty): 0, or the
 * alert that its connection has to end with. */
int tlsup_resume_post(const struct tlsup_shared *shared,
		      struct hs_bytes message, struct hs_bytes note);
/* The connection ended in a fatal alert (TLSUP_CMD_FORGET): what came from it, and
 * what it was resumed from, is resumed no more. */
void tlsup_resume_end(const struct tlsup_shared *shared, struct hs_bytes note);
/* Nobody knows which: nothing is. */
void tlsup_resume_end_all(const struct tlsup_shared *shared);

#endif
