// SPDX-License-Identifier: Apache-2.0
/*
 * config: owns a configuration's life: defaults, loading what it names, and
 * references.
 */
#include "daemon/config.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_MAX_HANDSHAKES	4096
#define DEFAULT_SESSION_CACHE	1024
#define DEFAULT_TICKET_KEY	(12 * 3600)
#define DEFAULT_TICKET_LIFETIME	(24 * 3600)
#define DEFAULT_TICKETS		2
#define DEFAULT_TIMEOUT_MS	30000
#define DEFAULT_SHUTDOWN_MS	5000

static unsigned int cpus(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 1;
	return CPU_COUNT(&set);
}

static struct tlsup_config *config_new(void)
{
	struct tlsup_config *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->refs = 1;
	c->workers = cpus();
	c->max_handshakes = DEFAULT_MAX_HANDSHAKES;
	c->session_cache = DEFAULT_SESSION_CACHE;
	c->ticket_key_interval = DEFAULT_TICKET_KEY;
	c->shutdown_timeout_ms = DEFAULT_SHUTDOWN_MS;
	c->log_level = TLSUP_LOG_INFO;
	return c;
}

struct tlsup_profile *tlsup_config_add_profile(struct tlsup_config *c,
					       const char *name,
					       unsigned int line)
{
	struct tlsup_profile *p = calloc(1, sizeof(*p)), **at = &c->profiles;

	if (!p)
		return NULL;
	/* The parser has checked the length. */
	strncpy(p->name, name, TLSUP_PROFILE_MAX);
	p->line = line;
	p->resumption = true;
	p->compatibility = true;
	p->tickets = DEFAULT_TICKETS;
	p->ticket_lifetime = DEFAULT_TICKET_LIFETIME;
	p->handshake_timeout_ms = DEFAULT_TIMEOUT_MS;
	while (*at)
		at = &(*at)->next;
	*at = p;
	return p;
}

static void profile_free(struct tlsup_profile *p)
{
	size_t i;

	for (i = 0; i < p->certificates; i++) {
		free(p->certificate[i].path);
		free(p->key[i].path);
		tlsup_credential_free(p->credentials[i]);
	}
	for (i = 0; i < p->trust_paths; i++)
		free(p->trust_path[i].path);
	tlsup_trust_put(p->trust);
	free(p);
}

static void config_free(struct tlsup_config *c)
{
	struct tlsup_profile *p, *next;

	for (p = c->profiles; p; p = next) {
		next = p->next;
		profile_free(p);
	}
	tlsup_trust_put(c->system_trust);
	free(c->keylog);
	free(c);
}

struct tlsup_config *tlsup_config_get(struct tlsup_config *c)
{
	atomic_fetch_add(&c->refs, 1);
	return c;
}

void tlsup_config_put(struct tlsup_config *c)
{
	if (c && atomic_fetch_sub(&c->refs, 1) == 1)
		config_free(c);
}

const struct tlsup_profile *
tlsup_config_profile(const struct tlsup_config *c, const char *name, size_t len)
{
	const struct tlsup_profile *p;

	if (!len) {
		name = TLSUP_DEFAULT_PROFILE;
		len = strlen(name);
	}
	for (p = c->profiles; p; p = p->next)
		if (strlen(p->name) == len && memcmp(p->name, name, len) == 0)
			return p;
	return NULL;
}

bool tlsup_profile_allows(const struct tlsup_profile *p, uint32_t uid)
{
	size_t i;

	for (i = 0; i < p->users_len; i++)
		if (p->users[i] == uid)
			return true;
	return p->users_len == 0;
}

/* --- Loading what a profile names --- */

static void load_credentials(struct tlsup_profile *p, const char *path,
			     struct tlsup_diag *d)
{
	size_t i;

	for (i = 0; i < p->certificates; i++) {
		if (!p->key[i].path) {
			tlsup_diag_error(d, path, p->certificate[i].line,
					 "a certificate without its key: 'key = FILE' is missing after it");
			continue;
		}
		p->credentials[i] =
			tlsup_credential_load(p->certificate[i].path,
					      p->key[i].path, d);
	}
}

static bool trusts_system_alone(const struct tlsup_profile *p)
{
	return !p->trust_paths ||
	       (p->trust_paths == 1 && !p->trust_path[0].path);
}

static void fill_trust(struct tlsup_profile *p, const char *path,
		       struct tlsup_diag *d)
{
	unsigned int line = p->trust_paths ? p->trust_path[0].line : p->line;
	size_t i;

	if (!p->trust_paths)
		tlsup_trust_add_system(p->trust, path, line, d);
	for (i = 0; i < p->trust_paths; i++) {
		if (p->trust_path[i].path)
			tlsup_trust_add_path(p->trust, p->trust_path[i].path, d);
		else
			tlsup_trust_add_system(p->trust, path,
					       p->trust_path[i].line, d);
	}
}

static void load_trust(struct tlsup_config *c, struct tlsup_profile *p,
		       const char *path, struct tlsup_diag *d)
{
	bool system = trusts_system_alone(p);

	if (system && c->system_trust) {
		p->trust = tlsup_trust_get(c->system_trust);
		return;
	}
	p->trust = tlsup_trust_new();
	if (!p->trust) {
		tlsup_diag_error(d, path, p->line, "out of memory");
		return;
	}
	fill_trust(p, path, d);
	if (system)
		c->system_trust = tlsup_trust_get(p->trust);
}

static void make_fingerprint(struct tlsup_profile *p)
{
	uint8_t trust[TLSUP_DIGEST];
	const struct hs_bytes parts[] = {
		{ (const uint8_t *)p->name, strlen(p->name) },
		{ trust, sizeof(trust) },
		{ (const uint8_t *)&p->lax, sizeof(p->lax) },
	};

	tlsup_trust_digest(p->trust, trust);
	tlsup_digest(parts, sizeof(parts) / sizeof(parts[0]), p->fingerprint);
}

static void make_engine_config(const struct tlsup_profile *p,
			       enum hs_role role, struct hs_config *hs)
{
	memset(hs, 0, sizeof(*hs));
	hs->role = role;
	hs->cipher_suites = p->suites_len ? p->suites : NULL;
	hs->cipher_suites_len = p->suites_len;
	hs->groups = p->groups_len ? p->groups : NULL;
	hs->groups_len = p->groups_len;
	hs->alpn = (struct hs_bytes){ p->alpn, p->alpn_len };
	hs->alpn_required = p->alpn_required;
	hs->no_compat_mode = !p->compatibility;
	hs->server_cookie = p->cookie;
	hs->no_resumption = !p->resumption;
	hs->tickets = p->tickets;
	hs->ticket_lifetime = p->ticket_lifetime;
}

static void load_profile(struct tlsup_config *c, struct tlsup_profile *p,
			 const char *path, struct tlsup_diag *d)
{
	load_credentials(p, path, d);
	load_trust(c, p, path, d);
	if (p->trust)
		make_fingerprint(p);
	make_engine_config(p, HS_CLIENT, &p->client);
	make_engine_config(p, HS_SERVER, &p->server);
}

struct tlsup_config *tlsup_config_load(const char *path, struct tlsup_diag *d)
{
	struct tlsup_config *c = config_new();
	struct tlsup_profile *p;

	if (!c)
		goto no_memory;
	if (path)
		tlsup_config_parse(c, path, d);
	if (!tlsup_config_profile(c, "", 0) &&
	    !tlsup_config_add_profile(c, TLSUP_DEFAULT_PROFILE, 0))
		goto no_memory;
	for (p = c->profiles; p; p = p->next)
		load_profile(c, p, path ? path : "(built in)", d);
	if (!d->errors)
		return c;
	tlsup_config_put(c);
	return NULL;

no_memory:
	tlsup_diag_error(d, path ? path : "(built in)", 0, "out of memory");
	if (c)
		tlsup_config_put(c);
	return NULL;
}
