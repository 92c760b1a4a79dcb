/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handshake: a bench of handshakes in memory, on CPU time. A batch of
 * connections goes side by side, so that one reading of the clock counts for
 * many, and so that the caches see what a server's would.
 */
#ifndef BENCH_HANDSHAKE_H
#define BENCH_HANDSHAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "daemon/engine/hs.h"

#define BATCH 16
#define FLOW_MAX 16384
#define SERVER_NAME "server.example"

/* Bytes on the way in one direction. */
struct flow {
	size_t	len, at;
	uint8_t	data[FLOW_MAX];
};

/* What is measured: the same for all who take part in it. */
struct subject {
	uint16_t	version;
	const char	*key;		/* "P-256" or "RSA" */
	bool		resumed;
	bool		known;		/* the client saw the certificate before */
	EVP_PKEY	*leaf_key;
	struct hs_bytes	leaf, root;	/* DER; the root is trusted, not sent */
};
/* Full: as many as libssl sends when it is not told otherwise. */
#define TICKETS(subject) ((subject)->resumed ? 1 : 2)

enum role { CLIENT, SERVER };

/* CPU time of one batch, in ns: the handshake, and records where they are
 * apart. */
struct cost {
	uint64_t	handshake, records;
};

/* A client has a session with each of the two servers; NO_SESSION offers none. */
enum { NO_SESSION = -1, SESSIONS = 2 };

/*
 * Who takes part. A connection is one of BATCH, by number; each function does
 * one thing for all of them. open_batch and close_batch belong to the
 * handshake. work: takes what came, as far as it goes, and answers; returns
 * whether anything moved.
 */
struct party {
	const char	*name;
	bool (*prepare)(enum role role, const struct subject *subject);
	bool (*open_batch)(enum role role, int session);
	bool (*work)(enum role role, struct flow *in, struct flow *out,
		     struct cost *cost);
	bool (*done)(enum role role);
	void (*close_batch)(enum role role);
	/* Client, after a full handshake: keep a session from what came. */
	bool (*keep_session)(struct flow *in, int session);
	void (*forget)(enum role role);
};
extern const struct party party_hs, party_ssl;

uint64_t cpu_ns(void);

/* The primitives that nobody can do without: one batch. */
bool primitives_prepare(const struct subject *subject);
uint64_t primitives_batch(enum role role);
/* The time of each, and how many there are. */
void primitives_list(enum role role);
void primitives_forget(void);

/* The records of our side: no part of the engine, and in the product the
 * kernel's. */
struct line {
	EVP_CIPHER_CTX	*ctx;
	bool		sealed, old;	/* old: TLS 1.2 */
	uint8_t		iv[12];
	uint64_t	seq;
};
bool line_secret(struct line *l, const struct hs_secret *secret, bool seal);
bool line_keys(struct line *l, const struct hs_key_block *keys, bool seal);
bool line_put(struct line *l, struct flow *out, uint8_t type,
	      const uint8_t *data, size_t len);
/* 1 and the next record's content, 0 for none, -1 for a bad one. */
int line_get(struct line *l, struct flow *in, uint8_t *type, uint8_t *data,
	     size_t *len);
void line_reset(struct line *l);

#endif /* BENCH_HANDSHAKE_H */
