/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The other end in TLS 1.2: records in the clear, and records with
 * TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 made here (RFC 5288); and what the fake
 * agent says to have them. A key is 16 equal bytes, 4 of them the salt.
 */
#ifndef HANDOFF_PEER12_H
#define HANDOFF_PEER12_H

#include <stddef.h>
#include <stdint.h>

#include "selftests/handoff/lib/agent.h"
#include "selftests/handoff/lib/peer.h"

#define SUITE12 0xc02f

struct peer12 {
	int fd;
	uint8_t tx, rx;			/* what its keys are made of */
	uint64_t sent, received;	/* sequence numbers */
};

void peer12_init(struct peer12 *p, int fd, uint8_t tx, uint8_t rx);
/* One protected record of at most 400 bytes; 0 or -1. */
int peer12_send(struct peer12 *p, uint8_t type, const void *data, size_t len);
/* The next record's content, at most 483 bytes: its length, or -1. */
int peer12_recv(struct peer12 *p, uint8_t *type, void *buf);
/* The same in the clear. */
int peer12_send_plain(struct peer12 *p, uint8_t type, const void *data, size_t len);
int peer12_recv_plain(struct peer12 *p, uint8_t *type, void *buf);

/* optname TLSUP_CHANNEL_TX_KEYS or _RX_KEYS. */
int channel_keys12(int channel, int optname, uint8_t fill);
int agent_done12(struct agent *a, uint64_t cookie, int version);

#endif /* HANDOFF_PEER12_H */
