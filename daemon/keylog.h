/* SPDX-License-Identifier: Apache-2.0 */
/* keylog: traffic secrets in the format of NSS, where the configuration asks
 * for it in so many words. For finding faults; it undoes all protection. */
#ifndef TLSUP_KEYLOG_H
#define TLSUP_KEYLOG_H

#include "daemon/engine/hs.h"

struct tlsup_keylog;

/* Appends to path, which is made with mode 0600; a file of somebody else's is
 * EPERM. NULL with errno. */
struct tlsup_keylog *tlsup_keylog_open(const char *path);
void tlsup_keylog_close(struct tlsup_keylog *keylog);

/* by_client: the secret protects what the client sends. */
void tlsup_keylog_write(struct tlsup_keylog *keylog, enum hs_epoch epoch,
			bool by_client, struct hs_bytes client_random,
			const struct hs_secret *secret);
/* TLS 1.2: the master secret, which protects both directions. */
void tlsup_keylog_write_master(struct tlsup_keylog *keylog,
			       struct hs_bytes client_random,
			       const struct hs_secret *master);

#endif
