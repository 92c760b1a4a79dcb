/* SPDX-License-Identifier: Apache-2.0 */
/* verdict: asks for the verdict on a chain of the world's, and looks at it. */
#ifndef VERDICT_H
#define VERDICT_H

#include "daemon/x509.h"

extern struct tlsup_verdict verdict;	/* the newest */

/* Who trusts root.pem. */
struct tlsup_trust *verdict_root(void);
/* That on world_chain(chain); of a server, and now, unless how says other. Returns
 * the alert. */
int verdict_of(const struct tlsup_trust *trust, const char *chain,
	       struct tlsup_verify *how);
/* A line: alert (0: good), errno and part of the reason. */
void verdict_is(int alert, int error, const char *reason, const char *what);

#endif /* VERDICT_H */
