// SPDX-License-Identifier: Apache-2.0
/*
 * config_load: owns the way from a profile as it was written to one that can
 * be used: reads the files that it names, checks that its keys agree with each
 * other, and makes the engine's configurations of it.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/compress.h"
#include "daemon/config.h"
#include "daemon/crypto_openssl.h"
#include "daemon/host.h"
#include "daemon/names.h"

/* Whose complaints these are. */
struct load {
	struct tlsup_config	*config;
	struct tlsup_profile	*p;
	const char		*path;
	struct tlsup_diag	*diag;
};

/* --- Files --- */

static struct tlsup_credential *load_chain(const struct tlsup_config_chain *c,
					   bool client, struct tlsup_diag *d)
{
	struct tlsup_credential *credential = client ?
		tlsup_credential_load_client(c->certificate.path, c->key.path, d) :
		tlsup_credential_load(c->certificate.path, c->key.path, d);

	if (credential && c->ocsp.path)
		tlsup_credential_add_ocsp(credential, c->ocsp.path, d);
	if (credential && c->sct.path)
		tlsup_credential_add_sct(credential, c->sct.path, d);
	return credential;
}

static void load_chains(struct load *l, struct tlsup_config_chains *chains)
{
	bool client = chains == &l->p->client_chains;
	size_t i;

	for (i = 0; i < chains->n; i++) {
		if (chains->at[i].key.path)
			chains->loaded[i] = load_chain(&chains->at[i], client,
						       l->diag);
		else
			tlsup_diag_error(l->diag, l->path,
					 chains->at[i].certificate.line,
					 "a certificate without its key: '%s = FILE' is missing after it",
					 client ? "client-key" : "key");
	}
}

/* The system's anchors are a few hundred: read once for all profiles that want
 * them and nothing else. */
static bool is_system_alone(const struct tlsup_profile *p,
			    const struct tlsup_config_paths *paths)
{
	return (!paths->n || (paths->n == 1 && !paths->at[0].path)) &&
	       !p->pins_len && !p->crl_paths.n;
}

static void fill_anchors(struct load *l, struct tlsup_trust *trust,
			 const struct tlsup_config_paths *paths)
{
	size_t i;

	if (!paths->n)
		tlsup_trust_add_system(trust, l->path, l->p->line, l->diag);
	for (i = 0; i < paths->n; i++) {
		if (paths->at[i].path)
			tlsup_trust_add_path(trust, paths->at[i].path, l->diag);
		else
			tlsup_trust_add_system(trust, l->path,
					       paths->at[i].line, l->diag);
	}
}

static void fill_trust(struct load *l, struct tlsup_trust *trust,
		       const struct tlsup_config_paths *paths)
{
	const struct tlsup_profile *p = l->p;
	size_t i;

	for (i = 0; i < p->pins_len; i++)
		tlsup_trust_add_pin(trust, p->pins[i]);
	if (p->pins_alone)
		tlsup_trust_set_pins_alone(trust);
	else
		fill_anchors(l, trust, paths);
	for (i = 0; i < p->crl_paths.n; i++)
		tlsup_trust_add_crls(trust, p->crl_paths.at[i].path, l->diag);
	if (p->crl_leaf_only)
		tlsup_trust_set_crls_leaf_only(trust);
}

static struct tlsup_trust *load_trust(struct load *l,
				      const struct tlsup_config_paths *paths)
{
	bool system = is_system_alone(l->p, paths);
	struct tlsup_trust *trust;

	if (system && l->config->system_trust)
		return tlsup_trust_get(l->config->system_trust);
	trust = tlsup_trust_new();
	if (!trust) {
		tlsup_diag_error(l->diag, l->path, l->p->line, "out of memory");
		return NULL;
	}
	fill_trust(l, trust, paths);
	if (system)
		l->config->system_trust = tlsup_trust_get(trust);
	return trust;
}

/* Who can be asked for a certificate must be verifiable by somebody; that it
 * could be any authority of the web is not to be assumed. */
static void load_client_trust(struct load *l)
{
	struct tlsup_profile *p = l->p;

	if (p->client_trust_paths.n)
		p->client_trust = load_trust(l, &p->client_trust_paths);
	else if (p->pins_alone)
		p->client_trust = tlsup_trust_get(p->trust);
	else if (p->engine.client_auth != HS_CLIENT_AUTH_NONE)
		tlsup_diag_error(l->diag, l->path, p->line,
				 "client-auth needs client-trust: whose client certificates are good?");
}

static void load_authorities(struct load *l)
{
	struct tlsup_profile *p = l->p;

	if (!p->send_authorities || !p->client_trust)
		return;
	if (!tlsup_trust_names(p->client_trust, &p->authorities))
		tlsup_diag_error(l->diag, l->path, p->line,
				 "the names of client-trust are too long for send-authorities");
}

/* The reflection attack of RFC 9257 4.1: who takes what it offers can be made
 * to talk with itself. */
static void check_reflection(struct load *l)
{
	const struct hs_psk *mine, *theirs;
	struct hs_bytes name;
	size_t i;

	for (i = 0; i < l->p->client_psks->n; i++) {
		mine = &l->p->client_psks->list[i];
		theirs = tlsup_psks_find(l->p->server_psks, mine->identity);
		if (!theirs)
			continue;
		name = tlsup_psk_name(mine);
		tlsup_diag_error(l->diag, l->path,
				 l->p->server_psk_file.line,
				 "the identity '%.*s' is in client-psk-file, too: a key is for one direction, or it can be reflected",
				 (int)name.len, name.data);
		return;
	}
}

static void load_psks(struct load *l)
{
	struct tlsup_profile *p = l->p;

	if (p->client_psk_file.path)
		p->client_psks = tlsup_psks_load(p->client_psk_file.path,
						 l->diag);
	if (p->server_psk_file.path)
		p->server_psks = tlsup_psks_load(p->server_psk_file.path,
						 l->diag);
	if (p->client_psks && p->server_psks)
		check_reflection(l);
}

/* --- Agreement --- */

static bool has_suite(const struct tlsup_config_ids *suites, bool tls13)
{
	size_t i;

	for (i = 0; i < suites->n; i++)
		if ((suites->id[i] >> 8 == 0x13) == tls13)
			return true;
	return false;
}

/* A version without a suite in the list is not spoken. */
static void fit_versions(struct load *l)
{
	struct tlsup_profile *p = l->p;
	uint16_t *min = &p->engine.min_version, *max = &p->engine.max_version;

	if (!*min)
		*min = TLSUP_VERSION_1_2;
	if (!*max)
		*max = TLSUP_VERSION_1_3;
	if (*min > *max) {
		tlsup_diag_error(l->diag, l->path, p->line,
				 "min-version is above max-version");
		return;
	}
	if (!has_suite(&p->suites, false))
		*min = TLSUP_VERSION_1_3;
	if (!has_suite(&p->suites, true))
		*max = TLSUP_VERSION_1_2;
	if (*min > *max)
		tlsup_diag_error(l->diag, l->path, p->line,
				 "no cipher suite of the list is for the versions that are spoken");
}

static void fill_suites(struct tlsup_profile *p)
{
	const uint16_t *all;

	if (p->suites.n)
		return;
	all = tlsup_config_suites(&p->suites.n);
	memcpy(p->suites.id, all, p->suites.n * sizeof(all[0]));
}

static void check_groups(struct load *l, const struct tlsup_config_ids *groups)
{
	const struct hs_crypto *crypto = tlsup_crypto_openssl();
	size_t i, n = 0;

	for (i = 0; crypto && i < groups->n; i++) {
		if (crypto->group_supported(groups->id[i])) {
			n++;
			continue;
		}
		tlsup_diag_warning(l->diag, l->path, l->p->line,
				   "libcrypto here does not have the group %s",
				   tlsup_group_name(groups->id[i]));
	}
	if (groups->n && !n)
		tlsup_diag_error(l->diag, l->path, l->p->line,
				 "libcrypto has none of the groups");
}

/* RFC 8446 4.2.8: a share is for a group that is offered. */
static void check_shares(struct load *l)
{
	const struct tlsup_profile *p = l->p;
	size_t i, k;

	for (i = 0; p->groups.n && i < p->key_shares.n; i++) {
		for (k = 0; k < p->groups.n; k++)
			if (p->groups.id[k] == p->key_shares.id[i])
				break;
		if (k == p->groups.n)
			tlsup_diag_error(l->diag, l->path, p->line,
					 "%s is in key-shares, but not in groups",
					 tlsup_group_name(p->key_shares.id[i]));
	}
}

static void check_trust_keys(struct load *l)
{
	const struct tlsup_profile *p = l->p;

	if (p->pins_alone && !p->pins_len)
		tlsup_diag_error(l->diag, l->path, p->line,
				 "pin-policy = key needs a pin-sha256");
	if (p->pins_alone && (p->trust_paths.n || p->client_trust_paths.n))
		tlsup_diag_error(l->diag, l->path, p->line,
				 "pin-policy = key trusts the pinned keys alone: no trust and client-trust beside it");
	if (p->crl_leaf_only && !p->crl_paths.n)
		tlsup_diag_error(l->diag, l->path, p->line,
				 "crl-check says something of lists that no crl names");
}

static struct hs_bytes text_bytes(const char *text)
{
	return (struct hs_bytes){ (const uint8_t *)text, strlen(text) };
}

static void check_rest(struct load *l)
{
	const struct tlsup_profile *p = l->p;

	if ((p->user_principal[0] || p->user_domain[0]) &&
	    !p->engine.user_mapping)
		tlsup_diag_error(l->diag, l->path, p->line,
				 "user-principal and user-domain are for user-mapping = yes");
	if (!hs_mapping_valid(text_bytes(p->user_principal),
			      text_bytes(p->user_domain)))
		tlsup_diag_error(l->diag, l->path, p->line,
				 "user-principal is user@domain, user-domain is letters, digits and hyphens with dots between");
	if ((p->engine.early_data || p->engine.max_early_data) &&
	    p->engine.no_resumption && !p->client_psks && !p->server_psks)
		tlsup_diag_warning(l->diag, l->path, p->line,
				   "early data goes with a session that is resumed: resumption = no leaves none");
	if (p->engine.psk_ke && !p->client_psks && !p->server_psks)
		tlsup_diag_warning(l->diag, l->path, p->line,
				   "psk-ke says something of keys that no psk-file names");
}

/* --- The engine's configuration --- */

/* A session was made as somebody: who shows another certificate by now does not
 * resume it. */
static void digest_leaves(const struct tlsup_config_chains *chains,
			  uint8_t digest[TLSUP_DIGEST])
{
	struct hs_bytes leaves[TLSUP_CREDENTIALS_MAX] = { { NULL, 0 } };
	size_t i;

	for (i = 0; i < chains->n; i++)
		if (chains->loaded[i])
			leaves[i] = tlsup_credential_certificate(chains->loaded[i])->chain[0];
	tlsup_digest(leaves, chains->n, digest);
}

static void make_fingerprint(struct tlsup_profile *p)
{
	uint8_t trust[TLSUP_DIGEST], uris[TLSUP_DIGEST], leaves[TLSUP_DIGEST];
	struct hs_bytes texts[TLSUP_URIS_MAX];
	size_t i;
	const struct hs_bytes parts[] = {
		{ (const uint8_t *)p->name, strlen(p->name) },
		{ trust, sizeof(trust) },
		{ uris, sizeof(uris) },
		{ leaves, sizeof(leaves) },
		{ (const uint8_t *)&p->lax, sizeof(p->lax) },
		{ (const uint8_t *)&p->ocsp, sizeof(p->ocsp) },
	};

	for (i = 0; i < p->uris_len; i++)
		texts[i] = text_bytes(p->uris[i]);
	tlsup_digest(texts, p->uris_len, uris);
	tlsup_trust_digest(p->trust, trust);
	digest_leaves(&p->client_chains, leaves);
	tlsup_digest(parts, sizeof(parts) / sizeof(parts[0]), p->fingerprint);
}

static void set_ids(const struct tlsup_config_ids *ids, const uint16_t **list,
		    size_t *n)
{
	*list = ids->n ? ids->id : NULL;
	*n = ids->n;
}

static void make_engine_config(const struct tlsup_profile *p,
			       enum hs_role role, struct hs_config *hs)
{
	*hs = p->engine;
	hs->role = role;
	set_ids(&p->suites, &hs->cipher_suites, &hs->cipher_suites_len);
	set_ids(&p->groups, &hs->groups, &hs->groups_len);
	set_ids(&p->key_shares, &hs->key_share_groups,
		&hs->key_share_groups_len);
	set_ids(&p->schemes, &hs->schemes, &hs->schemes_len);
	hs->alpn = (struct hs_bytes){ p->alpn, p->alpn_len };
	hs->user_principal = text_bytes(p->user_principal);
	hs->user_domain = text_bytes(p->user_domain);
	hs->compressions = p->compressions.n ? p->compression : NULL;
	hs->compressions_len = p->compressions.n;
	if (role == HS_SERVER) {
		hs->authorities = p->authorities;
		/* In a CertificateRequest they would be asked of clients. */
		hs->sct = false;
		return;
	}
	hs->ocsp = p->ocsp != TLSUP_OCSP_NO;
	hs->ocsp_required = p->ocsp == TLSUP_OCSP_REQUIRE;
	if (p->client_psks) {
		hs->psks = p->client_psks->list;
		hs->psks_len = p->client_psks->n;
	}
}

/* What the engine would not take is told now, not to the first connection. */
static void try_engine(struct load *l, const struct hs_config *config)
{
	struct hs_config trial = *config;
	struct hs *hs;

	trial.crypto = tlsup_crypto_openssl();
	trial.host = &tlsup_host_functions;
	hs = trial.crypto ? hs_new(&trial, NULL) : NULL;
	if (!hs)
		tlsup_diag_error(l->diag, l->path, l->p->line,
				 "nothing can be negotiated: libcrypto and the lists of suites, groups and schemes leave nothing");
	hs_free(hs);
}

void tlsup_profile_load(struct tlsup_config *config, struct tlsup_profile *p,
			const char *path, struct tlsup_diag *d)
{
	struct load l = { config, p, path, d };
	size_t i;

	load_chains(&l, &p->chains);
	load_chains(&l, &p->client_chains);
	p->trust = load_trust(&l, &p->trust_paths);
	load_client_trust(&l);
	load_authorities(&l);
	load_psks(&l);
	fill_suites(p);
	fit_versions(&l);
	check_groups(&l, &p->groups);
	check_shares(&l);
	check_trust_keys(&l);
	check_rest(&l);
	if (p->trust)
		make_fingerprint(p);
	for (i = 0; i < p->compressions.n; i++)
		p->compression[i] = *tlsup_compression(p->compressions.id[i]);
	make_engine_config(p, HS_CLIENT, &p->client);
	make_engine_config(p, HS_SERVER, &p->server);
	if (!d->errors) {
		try_engine(&l, &p->client);
		try_engine(&l, &p->server);
	}
}

void tlsup_profile_unload(struct tlsup_profile *p)
{
	size_t i;

	for (i = 0; i < p->chains.n; i++)
		tlsup_credential_free(p->chains.loaded[i]);
	for (i = 0; i < p->client_chains.n; i++)
		tlsup_credential_free(p->client_chains.loaded[i]);
	tlsup_trust_put(p->trust);
	tlsup_trust_put(p->client_trust);
	tlsup_psks_free(p->client_psks);
	tlsup_psks_free(p->server_psks);
	free((void *)p->authorities.data);
}
