/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The other end of the wire: a plain TCP socket, and TLS 1.3 records with
 * TLS_AES_128_GCM_SHA256 made here (RFC 8446 5 and 7, by libcrypto), so that
 * the kernel's are checked against somebody else's.
 */
#ifndef HANDOFF_PEER_H
#define HANDOFF_PEER_H

#include <stddef.h>
#include <stdint.h>

enum { CCS = 20, ALERT = 21, HANDSHAKE = 22, DATA = 23 };

struct peer_keys {
	uint8_t secret[32], key[16], iv[12];
	uint64_t seq;
};

struct peer {
	int fd;
	struct peer_keys tx, rx;
};

/* Secrets of 32 equal bytes, as channel_secret() installs them. */
void peer_init(struct peer *p, int fd, uint8_t tx, uint8_t rx);
/* The next generation of keys (RFC 8446 7.2). */
void peer_update(struct peer_keys *keys);
/* One protected record; 0 or -1. peer_send_damaged() breaks its tag. */
int peer_send(struct peer *p, uint8_t type, const void *data, size_t len);
int peer_send_damaged(struct peer *p, uint8_t type, const void *data, size_t len);
/* The next record's content: its length; 0 at FIN, -1: reset, time-out,
 * or it does not authenticate. */
int peer_recv(struct peer *p, uint8_t *type, void *buf, size_t size);

#endif /* HANDOFF_PEER_H */
