/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record13: a TLS 1.3 record layer in user space, for tests only (the
 * product's is in the kernel). It frames, seals and opens over a connected
 * socket, and derives its keys from traffic secrets, with libcrypto alone.
 * Link it with libhs.a and there is a TLS program.
 */
#ifndef RECORD13_H
#define RECORD13_H

#include "daemon/engine/hs.h"

#define RECORD13_MAX (16384 + 256)

/* One direction's connection state; no keys at first. */
struct record13_state {
	uint16_t		suite;
	struct hs_secret	secret;
	uint8_t			key[32], iv[12];
	uint64_t		seq;
};

struct record13 {
	int			fd;
	struct record13_state	tx, rx;
	uint16_t		version;	/* of the next plaintext record */
	uint8_t			in[5 + RECORD13_MAX];	/* the last one read */
};

void record13_init(struct record13 *r, int fd);
/* Installs a traffic secret (RFC 8446 7.3). */
int record13_set(struct record13_state *s, uint16_t suite,
		 const struct hs_secret *secret);
/* RFC 8446 7.2: the next generation. */
int record13_update(struct record13_state *s);
/* Any length: as many records as it takes. 0 or -1. */
int record13_send(struct record13 *r, uint8_t type, const uint8_t *data,
		  size_t len);
/* One record: its length with *type and *data into r->in, 0 at the end of the
 * stream, -1 for an error of the socket, or minus an alert - 1 for a record
 * that has to be refused with it. */
int record13_recv(struct record13 *r, uint8_t *type, const uint8_t **data);

#endif /* RECORD13_H */
