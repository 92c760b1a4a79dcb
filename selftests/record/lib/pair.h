/* SPDX-License-Identifier: Apache-2.0 */
/* pair.h: two connected TCP sockets on loopback, keys for them, and records made by hand. */
#ifndef TLSUP_TEST_PAIR_H
#define TLSUP_TEST_PAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/tls.h>

#ifndef SOL_TLS
#define SOL_TLS 282
#endif
#ifndef TCP_ULP
#define TCP_ULP 31
#endif

enum { TYPE_CCS = 20, TYPE_ALERT = 21, TYPE_HANDSHAKE = 22, TYPE_DATA = 23 };

#define RECORD_MAX (5 + 8 + 16384 + 256)

/* What both ends know: version, cipher, and a key that is one byte repeated. */
struct keys {
	uint16_t version;
	uint16_t cipher;
	uint8_t fill;
};

/* A connected pair over IPv4 or IPv6: 0, or -1 with errno. fd[0] called connect(). */
int pair_open(int fd[2], int family);
void pair_close(int fd[2]);

int pair_ulp(int fd, const char *name);
/* setsockopt(SOL_TLS, which): TLS_TX or TLS_RX. */
int pair_key(int fd, int which, const struct keys *keys);
/* fd[0] sends, fd[1] receives, and the other way round: all four keys, two ULPs. */
int pair_tls(int fd[2], const char *ulp0, const char *ulp1, const struct keys *keys);

/* One sending direction, done by hand. */
struct sealer {
	struct keys keys;
	uint64_t seq;
};

/* Seals len bytes with pad zeros behind them (TLS 1.3); returns the record's length. */
size_t seal(struct sealer *s, uint8_t type, const void *data, size_t len, size_t pad, uint8_t *out);
/* Opens a whole record; returns the content's length, -1 if it does not authenticate. */
ssize_t unseal(struct sealer *s, const uint8_t *record, size_t len, uint8_t *type, void *data);

/* recvmsg() with the record type: *type is 0 if there was no control message. */
ssize_t recv_type(int fd, void *data, size_t len, int flags, uint8_t *type);
ssize_t send_type(int fd, const void *data, size_t len, int flags, uint8_t type);
/* All of it; false with errno. */
bool write_all(int fd, const void *data, size_t len);
bool read_all(int fd, void *data, size_t len);

/* Pseudo-random, reproducible: the byte at an offset of the stream. */
void stream_fill(uint8_t *data, size_t len, uint64_t offset, uint32_t seed);
/* Offset of the first byte that differs, or -1. */
ssize_t stream_check(const uint8_t *data, size_t len, uint64_t offset, uint32_t seed);
uint32_t next_random(uint32_t *state);

/* Readable, writable now? Waits timeout ms. */
int poll_in(int fd, int timeout);
int poll_out(int fd, int timeout);

#endif
