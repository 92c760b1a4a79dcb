/* SPDX-License-Identifier: Apache-2.0 */
/* Carries bytes between a socket and two files, as netcat does. */
#ifndef TLSUP_CTL_RELAY_H
#define TLSUP_CTL_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tlsup_relay {
	int socket;
	int in;		/* to the socket; its end is shutdown(SHUT_WR). -1: none */
	int out;	/* from the socket; -1: thrown away */
	/* The peer's end of file ends everything, as a closed connection
	 * does; else only both ends do. */
	bool end_with_peer;
	/* Ask for new keys after as many bytes sent; 0: never. */
	uint64_t key_update_every;
};

/*
 * Returns 0, or a positive errno: of the socket, then *file_failed is false;
 * or of in or out. The socket is left non-blocking.
 */
int tlsup_relay_run(const struct tlsup_relay *relay, bool *file_failed);

/* Reads and drops until the peer's end of file; 0 or a positive errno. */
int tlsup_relay_drain(int socket);

/* All of it, on a blocking descriptor; 0 or a positive errno. */
int tlsup_relay_write_all(int fd, const void *data, size_t len);

#endif /* TLSUP_CTL_RELAY_H */
