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
#include "daemon/x509.h"

#define TLSUP_CONFIG_PATH	"/etc/tlsup/tlsupd.conf"
#define TLSUP_DEFAULT_PROFILE	"default"

#define TLSUP_SUITES_MAX	8
#define TLSUP_GROUPS_MAX	8
#define TLSUP_CREDENTIALS_MAX	64
#define TLSUP_TRUST_MAX		16
#define TLSUP_USERS_MAX		64

/* A path as the configuration names it, and where. */
struct tlsup_config_path {
	char		*path;		/* absolute, or relative to the daemon */
	unsigned int	line;
};

struct tlsup_profile {
	struct tlsup_profile	*next;
	char			name[TLSUP_PROFILE_MAX + 1];
	unsigned int		line;		/* 0: built in */

	/* As written. */
	struct tlsup_config_path certificate[TLSUP_CREDENTIALS_MAX];
	struct tlsup_config_path key[TLSUP_CREDENTIALS_MAX];
	size_t			certificates;
	struct tlsup_config_path trust_path[TLSUP_TRUST_MAX]; /* NULL: system */
	size_t			trust_paths;
	uint32_t		users[TLSUP_USERS_MAX];	/* none: everybody */
	size_t			users_len;
	uint16_t		suites[TLSUP_SUITES_MAX];
	size_t			suites_len;
	uint16_t		groups[TLSUP_GROUPS_MAX];
	size_t			groups_len;
	uint8_t			alpn[TLSUP_ALPN_MAX];
	size_t			alpn_len;
	bool			alpn_required;
	bool			resumption;
	bool			lax;		/* x509-strict = no */
	bool			compatibility;
	bool			cookie;
	unsigned int		tickets;
	uint32_t		ticket_lifetime;	/* seconds */
	uint32_t		handshake_timeout_ms;

	/* As loaded. */
	struct tlsup_credential	*credentials[TLSUP_CREDENTIALS_MAX];
	struct tlsup_trust	*trust;
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

/* config_parse.c: fills a configuration that has its defaults. 0 or -1. */
int tlsup_config_parse(struct tlsup_config *config, const char *path,
		       struct tlsup_diag *d);
/* A new profile with its defaults, last in the list; NULL: no memory. */
struct tlsup_profile *tlsup_config_add_profile(struct tlsup_config *config,
					       const char *name,
					       unsigned int line);

#endif
