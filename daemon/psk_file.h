/* SPDX-License-Identifier: Apache-2.0 */
/* psk_file: keys that were agreed on in some other way (RFC 8446 4.2.11). */
#ifndef TLSUP_PSK_FILE_H
#define TLSUP_PSK_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/diag.h"
#include "daemon/engine/hs.h"

struct tlsup_psks {
	struct hs_psk	*list;		/* in the order of the file; an imported
					 * key is there once for each hash */
	size_t		n;
};

/*
 * Each line that is neither empty nor a comment (#) is
 *
 *	IDENTITY:KEY[:HASH][:import[=CONTEXT]]
 *
 * KEY in hexadecimal, 16 to 64 bytes; HASH sha256 (the default) or sha384;
 * import makes of it keys for TLS 1.3 alone, bound to CONTEXT, bytes in
 * hexadecimal (RFC 9258). An identity is what stands before, colons included. A
 * file that others than its owner and group can read is refused. NULL after
 * telling d.
 */
struct tlsup_psks *tlsup_psks_load(const char *path, struct tlsup_diag *d);
/* Wipes. */
void tlsup_psks_free(struct tlsup_psks *psks);

/* The identity that the file has. */
struct hs_bytes tlsup_psk_name(const struct hs_psk *psk);
/* By the identity on the wire; NULL: there is none such. */
const struct hs_psk *tlsup_psks_find(const struct tlsup_psks *psks,
				     struct hs_bytes identity);

#endif
