// SPDX-License-Identifier: Apache-2.0
/* session12: handshakes of TLS 1.2 that make a session, and that resume by it. */
#include "session12.h"

#include <string.h>

#include "tap.h"

const char *const session12_forms[] = { "by ticket", "by session ID" };

void session12_setup(struct pair *p, enum session12_form form)
{
	pair_init(p);
	host_sessions_clear();
	p->client.config.max_version = HS_TLS12;
	p->server.config.tickets = form == SESSION12_BY_TICKET ? 2 : 0;
}

void session12_keep(struct pair *p)
{
	struct hs_session *s = hs_session_made(p->client.hs);

	hs_session_free(p->session);
	p->session = s;
}

bool session12_handshake(struct pair *p, bool resumed)
{
	bool good = pair_open(p) && pair_run(p) &&
		    hs_info(p->client.hs)->resumed == resumed &&
		    hs_info(p->server.hs)->resumed == resumed &&
		    hs_info(p->client.hs)->peer_chain_len == !resumed &&
		    !memcmp(&p->client.tx_keys, &p->server.rx_keys,
			    sizeof(p->client.tx_keys)) &&
		    !memcmp(&p->server.tx_keys, &p->client.rx_keys,
			    sizeof(p->client.tx_keys));

	if (!good)
		tap_note("client: %s (%s); server: %s (%s)",
			 hs_error(p->client.hs)->reason,
			 hs_state_name(p->client.hs),
			 hs_error(p->server.hs)->reason,
			 hs_state_name(p->server.hs));
	session12_keep(p);
	pair_close(p);
	return good;
}
