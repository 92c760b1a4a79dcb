// SPDX-License-Identifier: Apache-2.0
/* early_pair: owns the pair that the tests of 0-RTT begin with. */
#include "early_pair.h"

void early_pair(struct pair *p)
{
	pair_init(p);
	p->client.host.now_ms = p->server.host.now_ms = EARLY_START;
	p->server.config.max_early_data = EARLY_LIMIT;
	p->client.config.alpn = hs_bytes("\2h2\2h3", 6);
	p->server.config.alpn = hs_bytes("\2h2", 3);
	pair_open(p);
	pair_run(p);
	pair_close(p);
	p->client.config.early_data = true;
	p->client.host.verified = 0;
}
