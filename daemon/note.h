/* SPDX-License-Identifier: Apache-2.0 */
/* note: what the daemon leaves with a socket in DONE (SESSION), and gets back with
 * every POST and with FORGET, so that it need not keep anything per connection,
 * and that a daemon which was started later can still use a late ticket. */
#ifndef TLSUP_NOTE_H
#define TLSUP_NOTE_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/tlsup_netlink.h>

#include "daemon/engine/hs.h"
#include "daemon/sessions.h"

#define TLSUP_NOTE_MAX	TLSUP_SESSION_MAX

/* A client's: where its sessions are kept, and those by which it came about. */
struct tlsup_client_note {
	struct tlsup_session_key	key;
	uint64_t			origin;	/* of what comes from it */
	uint64_t			before;	/* of what it resumed, or origin */
	uint64_t			until_ms; /* the verified chain's end */
};

struct tlsup_note {
	bool				server;
	struct tlsup_client_note	client;
	struct hs_bytes			resumption;	/* points into the
							 * bytes; may be empty */
	uint8_t				digest[TLSUP_DIGEST]; /* the server's:
					 * tlsup_server_session_digest() */
};

/* The length. The note is secret: the caller wipes it. */
size_t tlsup_note_pack(const struct tlsup_client_note *client,
		       const struct hs *hs, uint8_t out[TLSUP_NOTE_MAX]);
size_t tlsup_note_pack_server(const uint8_t digest[TLSUP_DIGEST],
			      uint8_t out[TLSUP_NOTE_MAX]);
/* False for anything but a note in this very format. */
bool tlsup_note_parse(struct hs_bytes bytes, struct tlsup_note *note);

#endif
