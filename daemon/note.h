/* SPDX-License-Identifier: Apache-2.0 */
/* note: what the daemon leaves with a client's socket in DONE (SESSION) and gets
 * back with every POST, so that it need not keep anything per connection, and
 * that a daemon which was started later can still use a late ticket. */
#ifndef TLSUP_NOTE_H
#define TLSUP_NOTE_H

#include <stdint.h>
#include <linux/tlsup_netlink.h>

#include "daemon/engine/hs.h"
#include "daemon/sessions.h"

#define TLSUP_NOTE_MAX	TLSUP_SESSION_MAX

/* Returns the length, or 0 if hs has nothing to resume by. until_ms: when the
 * verified chain ends. The note is secret: the caller wipes it. */
size_t tlsup_note_pack(const struct tlsup_session_key *key, uint64_t until_ms,
		       const struct hs *hs, uint8_t out[TLSUP_NOTE_MAX]);

struct tlsup_note {
	struct tlsup_session_key	key;
	uint64_t			until_ms;
	struct hs_bytes			resumption;	/* points into the bytes */
};
/* False for anything but a note in this very format. */
bool tlsup_note_parse(struct hs_bytes bytes, struct tlsup_note *note);

#endif
