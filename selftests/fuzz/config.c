// SPDX-License-Identifier: Apache-2.0
/* A fuzz target: tlsupd's configuration. What is refused is complained of, and
 * what is taken has a default profile. The system's anchors, a few hundred
 * files, are not read. */
#include "daemon/config.h"
#include "daemon/engine/wire.h"
#include "file.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int __wrap_tlsup_trust_add_system(struct tlsup_trust *trust, const char *file,
				  unsigned int line, struct tlsup_diag *d);

int __wrap_tlsup_trust_add_system(struct tlsup_trust *trust, const char *file,
				  unsigned int line, struct tlsup_diag *d)
{
	(void)trust;
	(void)file;
	(void)line;
	(void)d;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct tlsup_diag diag = file_diag();
	struct tlsup_config *c;

	c = tlsup_config_load(file_put(0, hs_bytes(data, len)), &diag);
	if (!c != (diag.errors > 0))
		abort();
	if (!c)
		return 0;
	if (!tlsup_config_profile(c, "", 0))
		abort();
	tlsup_config_put(c);
	return 0;
}
