/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host: an hs_host for tests: certificates made on the spot or read from PEM
 * files, a clock that can be set, tickets sealed with a key of the process,
 * and counters of what the engine asked for.
 */
#ifndef HOST_H
#define HOST_H

#include "daemon/crypto_openssl.h"
#include "daemon/engine/hs.h"

#define HOST_CHAIN_MAX 8

/* A chain with its key. */
struct host_identity {
	struct hs_certificate	cert;
	struct hs_bytes		chain[HOST_CHAIN_MAX];
	uint16_t		schemes[16];
};

struct host {
	const struct host_identity *identity;	/* NULL: none to offer */
	uint64_t	now_ms;		/* 0: the real clock */
	int		chain_alert;	/* what verify_chain answers */
	const char	*ca_file;	/* verify against it, and the name */
	const char	*name;
	bool		server;		/* whose certificate is verified: a
					 * client's, if so */
	unsigned int	selected, signed_, verified, opened;
	unsigned int	asked_fresh;	/* about early data */
	bool		never_fresh;
	struct hs_bytes	fixed_signature; /* sign answers this, if any */
};

extern const struct hs_host host_ops;

/* kind is "P-256", "P-384", "P-521", "RSA", "RSA-PSS", "ED25519", "ED448"; a
 * self-signed certificate for the name "server". Kept for the process. */
const struct host_identity *host_identity(const char *kind);
/* A chain and a key from PEM files; NULL and a line on stderr. */
struct host_identity *host_load(const char *chain_file, const char *key_file);
/* The chain alone; NULL if there is none. */
struct host_identity *host_load_chain(const char *file);
void host_free(struct host_identity *id);
/* The key that seals tickets, 32 bytes; a random one if never called. */
void host_ticket_key(const uint8_t *key);
/* What session_put kept, for the process: how many there are; the state of the
 * newest, to be changed in place; forget them all. */
size_t host_sessions(void);
struct hs_bytes host_session_state(void);
void host_sessions_clear(void);
/* Frees what host_identity() kept. */
void host_exit(void);

#endif /* HOST_H */
