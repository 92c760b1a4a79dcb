/* SPDX-License-Identifier: Apache-2.0 */
/* psk_file: keys that were agreed on in some other way (RFC 8446 4.2.11). */
#ifndef TLSUP_PSK_FILE_H
#define TLSUP_PSK_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/diag.h"
#include "daemon/engine/hs.h"

struct tlsup_psks {
	struct hs_psk	*list;		/* in the order of the file */
	size_t		n;
};

/*
 * Each line that is neither empty nor a comment (#) is
 *
 *	IDENTITY:KEY[:HASH]
 *
 * KEY in hexadecimal, 16 to 64 bytes; HASH sha256 (the default) or sha384. An
 * identity is what stands before, colons included. A file that others than its
 * owner and group can read is refused. NULL after telling d.
 */
struct tlsup_psks *tlsup_psks_load(const char *path, struct tlsup_diag *d);
/* Wipes. */
void tlsup_psks_free(struct tlsup_psks *psks);

/* NULL: no such identity. */
const struct hs_psk *tlsup_psks_find(const struct tlsup_psks *psks,
				     struct hs_bytes identity);

#endif
