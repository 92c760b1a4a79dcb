// SPDX-License-Identifier: Apache-2.0
/*
 * config: owns a configuration's life: defaults, finding a profile, and
 * references.
 */
#include "daemon/config.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_MAX_HANDSHAKES	4096
#define DEFAULT_SESSION_CACHE	1024
#define DEFAULT_SERVER_SESSIONS	4096
#define DEFAULT_REPLAY_CACHE	65536
#define DEFAULT_TICKET_KEY	(12 * 3600)
#define DEFAULT_TICKET_LIFETIME	(24 * 3600)
#define DEFAULT_TICKETS		2
#define DEFAULT_TIMEOUT_MS	30000
#define DEFAULT_RELOAD_MS	10000
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
	c->server_session_cache = DEFAULT_SERVER_SESSIONS;
	c->replay_cache = DEFAULT_REPLAY_CACHE;
	c->ticket_key_interval = DEFAULT_TICKET_KEY;
	c->reload_interval_ms = DEFAULT_RELOAD_MS;
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
	p->ocsp = TLSUP_OCSP_REQUEST;
	p->engine.tickets = DEFAULT_TICKETS;
	p->engine.ticket_lifetime = DEFAULT_TICKET_LIFETIME;
	p->handshake_timeout_ms = DEFAULT_TIMEOUT_MS;
	while (*at)
		at = &(*at)->next;
	*at = p;
	return p;
}

static void path_free(struct tlsup_config_path *path)
{
	free(path->path);
}

static void paths_free(struct tlsup_config_paths *paths)
{
	size_t i;

	for (i = 0; i < paths->n; i++)
		path_free(&paths->at[i]);
}

static void chains_free(struct tlsup_config_chains *chains)
{
	size_t i;

	for (i = 0; i < chains->n; i++) {
		path_free(&chains->at[i].certificate);
		path_free(&chains->at[i].key);
		path_free(&chains->at[i].ocsp);
		path_free(&chains->at[i].sct);
	}
}

static void profile_free(struct tlsup_profile *p)
{
	size_t i;

	tlsup_profile_unload(p);
	chains_free(&p->chains);
	chains_free(&p->client_chains);
	paths_free(&p->trust_paths);
	paths_free(&p->client_trust_paths);
	paths_free(&p->crl_paths);
	for (i = 0; i < p->uris_len; i++)
		free(p->uris[i]);
	path_free(&p->client_psk_file);
	path_free(&p->server_psk_file);
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
		tlsup_profile_load(c, p, path ? path : "(built in)", d);
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
