/* SPDX-License-Identifier: Apache-2.0 */
/* hs_peer: what the files of the program hs-peer share. */
#ifndef HS_PEER_H
#define HS_PEER_H

#include "daemon/credential.h"
#include "daemon/psk_file.h"
#include "daemon/x509.h"
#include "peer.h"

#define CERTS_MAX	16
#define SNI_MAX		16
#define PSKS_MAX	8
#define LIST_MAX	64
#define EARLY_MAX	65536

/* A chain and its key, by default or for one name. */
struct identity {
	const char		*cert, *key, *name, *ocsp, *sct;
	struct tlsup_credential	*credential;
	struct hs_certificate	certificate;	/* the credential's, and what is
						 * stapled to it */
};

/* The command line. Text is argv's; files are read by hs_peer_load(). */
struct options {
	enum hs_role	role;
	const char	*host, *port;
	struct hs_config config;
	struct hs_host	host_ops;	/* as far as wanted */

	struct identity	ids[CERTS_MAX];
	size_t		ids_len;
	const char	*ca, *name, *ticket_key, *psk_file;
	bool		no_name, sni_strict, lax, no_tickets, no_session_ids;
	bool		send_authorities, refuse_early;
	struct tlsup_trust *trust;	/* NULL: nobody is verified */

	uint8_t		alpn[512];
	uint16_t	suites[LIST_MAX], groups[LIST_MAX], shares[LIST_MAX];
	uint16_t	schemes[LIST_MAX];
	struct hs_psk	psks[PSKS_MAX];
	struct tlsup_psks *psks_loaded;	/* of psk_file */
	uint8_t		authorities[4096];
	struct hs_compression compressions[4];

	const char	*key_log, *session_in, *session_out, *export, *export_early;
	const char	*early_file, *user_mapping;
	uint8_t		early[EARLY_MAX];
	size_t		early_len;
	const struct hs_session *resume;

	/* Client. */
	const char	*send, *get, *until;
	bool		key_update, renegotiate;
	uint32_t	reconnect;

	/* Server. */
	uint32_t	accept, timeout;
	bool		fork, echo, auth;
};

/* One connection's: the engine's host_arg. */
struct peer_host {
	const struct options	*o;
	struct peer		peer;
	struct hs_certificate	chosen;
};

/* hs_peer_options.c: leaves the process with 2 for a wrong command line, 0
 * after --help. */
void hs_peer_options(struct options *o, int argc, char **argv);
/* A line on stderr, and exit status 2. */
void hs_peer_usage(const char *format, ...)
	__attribute__((format(printf, 1, 2), noreturn));

/* hs_peer_names.c: a comma separated list of names to numbers; leaves with 2
 * for a name that is unknown. Returns how many. */
size_t hs_peer_suites(const char *list, uint16_t *out);
size_t hs_peer_groups(const char *list, uint16_t *out);
size_t hs_peer_schemes(const char *list, uint16_t *out);
size_t hs_peer_compressions(const char *list, struct hs_compression *out);

/* hs_peer_load.c: reads the files that the options name; 0, or -1 after a
 * line on stderr. */
int hs_peer_load(struct options *o);
void hs_peer_unload(struct options *o);

/* hs_peer_host.c: certificates, trust and tickets. */
extern const struct hs_host hs_peer_host;
int hs_peer_ticket_key(const char *file);

/* hs_peer_cache.c: what the server's processes remember together. */
int hs_peer_cache_init(void);
int hs_peer_cache_put(struct hs_bytes id, struct hs_bytes state);
int hs_peer_cache_get(struct hs_bytes id, uint8_t *out, size_t *out_len);
void hs_peer_cache_drop(struct hs_bytes id);
/* 0 for an identifier that was not here before. */
int hs_peer_cache_fresh(const uint8_t id[32], uint64_t expires_ms,
			uint64_t now_ms);

/* hs_peer_describe.c: a line of NAME=VALUE words; its length. */
size_t hs_peer_describe(struct peer_host *h, char *out, size_t room);
/* Prints why it failed; returns 1. */
int hs_peer_failed(const struct peer_host *h);
/* The line, and exported keys, on stderr. */
void hs_peer_report(struct peer_host *h);

/* hs_peer_connection.c: a peer for a socket, and its end. */
bool hs_peer_begin(struct peer_host *h, const struct options *o, int fd);
void hs_peer_end(struct peer_host *h);

/* hs_peer_http.c: reads a request and answers it; 0 or -1. */
int hs_peer_answer(struct peer_host *h);

/* The two roles; the process's exit status. */
int hs_peer_client(struct options *o);
int hs_peer_server(const struct options *o);

#endif /* HS_PEER_H */
