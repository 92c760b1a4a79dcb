// SPDX-License-Identifier: Apache-2.0
/* hs_peer: the program hs-peer: the handshake engine on plain TCP, client or
 * server. hs_peer_options.c says what it can do. */
#include <signal.h>

#include "hs_peer.h"

int main(int argc, char **argv)
{
	static struct options o;
	int status;

	signal(SIGPIPE, SIG_IGN);
	hs_peer_options(&o, argc, argv);
	if (hs_peer_load(&o))
		return 2;
	status = o.role == HS_CLIENT ? hs_peer_client(&o) : hs_peer_server(&o);
	hs_peer_unload(&o);
	return status;
}
