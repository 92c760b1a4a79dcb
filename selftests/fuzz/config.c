// SPDX-License-Identifier: Apache-2.0
/* A fuzz target: tlsupd's configuration, and behind a line of one NUL byte a
 * file that it may name (FILE_NAMED): keys, chains, lists. What is refused is
 * complained of, and what is taken has a default profile. The system's anchors,
 * a few hundred files, are not read. */
#include "daemon/config.h"
#include "daemon/engine/wire.h"
#include "file.h"

#include <stdlib.h>
#include <string.h>

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

static const char *put(struct hs_bytes input)
{
	static const char mark[] = "\n\0\n";
	const uint8_t *end = memmem(input.data, input.len, mark, 3);
	size_t first = end ? (size_t)(end - input.data) + 1 : input.len;
	size_t rest = end ? first + 2 : first;

	file_put(1, hs_bytes(input.data + rest, input.len - rest));
	return file_put(0, hs_bytes(input.data, first));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct tlsup_diag diag = file_diag();
	uint8_t digest[TLSUP_DIGEST];
	struct tlsup_config *c;

	c = tlsup_config_load(put(hs_bytes(data, len)), &diag);
	if (!c != (diag.errors > 0))
		abort();
	if (!c)
		return 0;
	if (!tlsup_config_profile(c, "", 0))
		abort();
	tlsup_config_files(c, NULL, digest);
	tlsup_config_put(c);
	return 0;
}
