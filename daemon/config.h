/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config: one reading of the configuration, complete with its certificates,
 * never changed afterwards. Who uses it holds a reference, so that a handshake
 * ends under the configuration that it began with.
 */
#ifndef TLSUP_CONFIG_H
#define TLSUP_CONFIG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/tlsup.h>

#include "daemon/credential.h"
#include "daemon/crypto_seal.h"
#include "daemon/diag.h"
#include "daemon/engine/hs.h"
#include "daemon/log.h"
#include "daemon/psk_file.h"
#include "daemon/x509.h"

#define TLSUP_CONFIG_PATH	"/etc/tlsup/tlsupd.conf"
#define TLSUP_DEFAULT_PROFILE	"default"

#define TLSUP_IDS_MAX		32
#define TLSUP_CREDENTIALS_MAX	64
#define TLSUP_PATHS_MAX		16
#define TLSUP_USERS_MAX		64
#define TLSUP_URIS_MAX		16
#define TLSUP_USER_TEXT_MAX	255

/* A path as the configuration names it, and where. */
struct tlsup_config_path {
	char		*path;		/* absolute, or relative to the daemon */
	unsigned int	line;
};

/* A key that may be given again; a path that is NULL is the word "system". */
struct tlsup_config_paths {
	struct tlsup_config_path	at[TLSUP_PATHS_MAX];
	size_t				n;
};

/* Numbers of IANA's, most wanted first. */
struct tlsup_config_ids {
	uint16_t	id[TLSUP_IDS_MAX];
	size_t		n;
};

/* One of our chains and what belongs to it. */
struct tlsup_config_chain {
	struct tlsup_config_path	certificate, key, ocsp, sct;
};

struct tlsup_config_chains {
	struct tlsup_config_chain	at[TLSUP_CREDENTIALS_MAX];
	size_t				n;
	/* As loaded, in the same order. */
	struct tlsup_credential		*loaded[TLSUP_CREDENTIALS_MAX];
};

struct tlsup_profile {
	struct tlsup_profile	*next;
	char			name[TLSUP_PROFILE_MAX + 1];
	unsigned int		line;		/* 0: built in */

	/* As written. */
	struct tlsup_config_chains chains;		/* a server's */
	struct tlsup_config_chains client_chains;
	struct tlsup_config_paths trust_paths, client_trust_paths;
	struct tlsup_config_path client_psk_file, server_psk_file;
	uint32_t		users[TLSUP_USERS_MAX];	/* none: everybody */
	size_t			users_len;
	struct tlsup_config_ids	suites, groups, key_shares, schemes;
	struct tlsup_config_ids	compressions;
	uint8_t			alpn[TLSUP_ALPN_MAX];
	size_t			alpn_len;
	char			user_principal[TLSUP_USER_TEXT_MAX + 1];
	char			user_domain[TLSUP_USER_TEXT_MAX + 1];
	struct tlsup_config_paths crl_paths;
	bool			crl_leaf_only;
	bool			strict_sni;
	bool			send_authorities;
	uint8_t			pins[TLSUP_PINS_MAX][TLSUP_PIN];
	size_t			pins_len;
	bool			pins_alone;
	char			*uris[TLSUP_URIS_MAX];
	size_t			uris_len;
	bool			lax;		/* x509-strict = no */
	enum tlsup_ocsp		ocsp;
	uint32_t		handshake_timeout_ms;
	/* What goes to the engine as it is. */
	struct hs_config	engine;

	/* As loaded. */
	struct tlsup_trust	*trust;		/* by which servers are verified */
	struct tlsup_trust	*client_trust;	/* ... and clients; may be NULL */
	struct hs_bytes		authorities;	/* of client_trust; ours */
	struct hs_compression	compression[3];
	struct tlsup_psks	*client_psks, *server_psks;	/* NULL: none */
	/* Of all that a session's verification rests on. */
	uint8_t			fingerprint[TLSUP_DIGEST];
	/* For hs_new(), without crypto and host. */
	struct hs_config	client, server;
};

struct tlsup_config {
	atomic_uint		refs;
	struct tlsup_profile	*profiles;
	/* Loaded once, for all profiles that trust the system alone: it is a
	 * few hundred certificates. NULL until one does. */
	struct tlsup_trust	*system_trust;

	unsigned int		workers;
	unsigned int		max_handshakes;
	size_t			session_cache;
	size_t			server_session_cache;
	size_t			replay_cache;
	uint32_t		reload_interval_ms;	/* 0: never */
	uint32_t		ticket_key_interval;	/* seconds */
	uint32_t		shutdown_timeout_ms;
	enum tlsup_log_level	log_level;
	char			*keylog;	/* NULL: none */
	unsigned int		keylog_line;
};

/*
 * Reads path and all files that it names. NULL after telling d every error.
 * With path NULL: what an empty file says.
 */
struct tlsup_config *tlsup_config_load(const char *path, struct tlsup_diag *d);
struct tlsup_config *tlsup_config_get(struct tlsup_config *config);
void tlsup_config_put(struct tlsup_config *config);

/* NULL: no such profile. An empty name is the default's. */
const struct tlsup_profile *
tlsup_config_profile(const struct tlsup_config *config, const char *name,
		     size_t len);

/* May a socket of this user use the profile? */
bool tlsup_profile_allows(const struct tlsup_profile *profile, uint32_t uid);

/* config_keys.c: the suites of a profile that names none, most wanted first: those
 * whose records the kernel module protects, without finite fields. */
const uint16_t *tlsup_config_suites(size_t *n);

/* config_load.c: what the files say that a profile names. */
void tlsup_profile_load(struct tlsup_config *config, struct tlsup_profile *profile,
			const char *path, struct tlsup_diag *d);
void tlsup_profile_unload(struct tlsup_profile *profile);

/*
 * config_files.c: a digest of what the file system says of all files that this
 * configuration, read from path, rests on: another one says that something was
 * written, replaced or removed. path may be NULL.
 */
void tlsup_config_files(const struct tlsup_config *config, const char *path,
			uint8_t digest[TLSUP_DIGEST]);

/* config_parse.c: fills a configuration that has its defaults. 0 or -1. */
int tlsup_config_parse(struct tlsup_config *config, const char *path,
		       struct tlsup_diag *d);
/* A new profile with its defaults, last in the list; NULL: no memory. */
struct tlsup_profile *tlsup_config_add_profile(struct tlsup_config *config,
					       const char *name,
					       unsigned int line);

#endif
