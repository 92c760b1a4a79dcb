// SPDX-License-Identifier: Apache-2.0
/*
 * config_keys: owns the table of keys, one row each, and the setters of those
 * that are like no other. tlsupd.conf(5) describes them.
 */
#include <ctype.h>
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config_parse.h"
#include "daemon/names.h"

/* --- Keys with a setter of their own --- */

static void set_log_level(struct tlsup_parse *p, const char *value,
			  const struct tlsup_config_row *row)
{
	(void)row;
	if (!tlsup_log_level_by_name(value, &p->config->log_level))
		tlsup_config_complain(p, "'%s' is none of error, warning, notice, info, debug",
				      value);
}

static void set_keylog(struct tlsup_parse *p, const char *value,
		       const struct tlsup_config_row *row)
{
	struct tlsup_config_path path;

	(void)row;
	if (!tlsup_take_path(p, value, &path))
		return;
	p->config->keylog = path.path;
	p->config->keylog_line = path.line;
	tlsup_diag_warning(p->diag, p->path, p->line,
			   "the secrets of every connection go to %s: whoever reads it can read them",
			   path.path);
}

static struct tlsup_config_chains *
chains_of(struct tlsup_parse *p, const struct tlsup_config_row *row)
{
	return (void *)((char *)p->profile + row->at);
}

static void set_certificate(struct tlsup_parse *p, const char *value,
			    const struct tlsup_config_row *row)
{
	struct tlsup_config_chains *chains = chains_of(p, row);

	if (chains->n == TLSUP_CREDENTIALS_MAX)
		tlsup_config_complain(p, "more than %d certificates",
				      TLSUP_CREDENTIALS_MAX);
	else if (tlsup_take_path(p, value, &chains->at[chains->n].certificate))
		chains->n++;
}

/* What belongs to the certificate before it. */
static struct tlsup_config_chain *
last_chain(struct tlsup_parse *p, const char *what,
	   const struct tlsup_config_row *row)
{
	struct tlsup_config_chains *chains = chains_of(p, row);

	if (chains->n)
		return &chains->at[chains->n - 1];
	tlsup_config_complain(p, "%s belongs to the certificate before it, and there is none",
			      what);
	return NULL;
}

static void take_once(struct tlsup_parse *p, const char *value,
		      const char *what, const struct tlsup_config_chain *chain,
		      struct tlsup_config_path *out)
{
	if (out->path)
		tlsup_config_complain(p, "a second %s for the certificate of line %u",
				      what, chain->certificate.line);
	else
		tlsup_take_path(p, value, out);
}

static void set_key(struct tlsup_parse *p, const char *value,
		    const struct tlsup_config_row *row)
{
	struct tlsup_config_chain *chain = last_chain(p, "a key", row);

	if (chain)
		take_once(p, value, "key", chain, &chain->key);
}

static void set_ocsp_file(struct tlsup_parse *p, const char *value,
			  const struct tlsup_config_row *row)
{
	struct tlsup_config_chain *chain = last_chain(p, "an ocsp-file", row);

	if (chain)
		take_once(p, value, "ocsp-file", chain, &chain->ocsp);
}

static void set_sct_file(struct tlsup_parse *p, const char *value,
			 const struct tlsup_config_row *row)
{
	struct tlsup_config_chain *chain = last_chain(p, "an sct-file", row);

	if (chain)
		take_once(p, value, "sct-file", chain, &chain->sct);
}

static bool user_by_name(const char *name, uint32_t *uid)
{
	const struct passwd *user = getpwnam(name);
	unsigned long n;
	char *end;

	if (user) {
		*uid = user->pw_uid;
		return true;
	}
	errno = 0;
	n = strtoul(name, &end, 10);
	*uid = n;
	return isdigit((unsigned char)name[0]) && !*end && !errno &&
	       n < UINT32_MAX;
}

static void set_users(struct tlsup_parse *p, const char *value,
		      const struct tlsup_config_row *row)
{
	struct tlsup_profile *f = p->profile;
	char *copy = strdup(value), *list = copy, *word;

	(void)row;
	if (!copy)
		tlsup_config_complain(p, "out of memory");
	while (copy && (word = tlsup_next_word(&list))) {
		if (f->users_len == TLSUP_USERS_MAX)
			tlsup_config_complain(p, "more than %d users",
					      TLSUP_USERS_MAX);
		else if (!user_by_name(word, &f->users[f->users_len++]))
			tlsup_config_complain(p, "there is no user '%s'", word);
	}
	free(copy);
	/* An empty list would let everybody in. */
	tlsup_refuse_empty(p, value);
}

static void set_alpn(struct tlsup_parse *p, const char *value,
		     const struct tlsup_config_row *row)
{
	struct tlsup_profile *f = p->profile;
	char *copy = strdup(value), *list = copy, *word;
	size_t len;

	(void)row;
	if (!copy)
		tlsup_config_complain(p, "out of memory");
	while (copy && (word = tlsup_next_word(&list))) {
		len = strlen(word);
		if (len > 255 || f->alpn_len + 1 + len > sizeof(f->alpn)) {
			tlsup_config_complain(p,
					"the protocol names are longer than %zu bytes in all",
					      sizeof(f->alpn));
			break;
		}
		f->alpn[f->alpn_len++] = len;
		memcpy(f->alpn + f->alpn_len, word, len);
		f->alpn_len += len;
	}
	free(copy);
	tlsup_refuse_empty(p, value);
}

static void set_pin(struct tlsup_parse *p, const char *value,
		    const struct tlsup_config_row *row)
{
	struct tlsup_profile *f = p->profile;
	char *copy = strdup(value), *list = copy, *word;

	(void)row;
	if (!copy)
		tlsup_config_complain(p, "out of memory");
	while (copy && (word = tlsup_next_word(&list))) {
		if (f->pins_len == TLSUP_PINS_MAX)
			tlsup_config_complain(p, "more than %d pins", TLSUP_PINS_MAX);
		else if (!tlsup_pin_parse(word, f->pins[f->pins_len++]))
			tlsup_config_complain(p, "'%s' is not the base64 of 32 bytes",
					      word);
	}
	free(copy);
	tlsup_refuse_empty(p, value);
}

/* A star stands for what is below a path, at its end alone. */
static bool is_uri(const char *text)
{
	const char *star = strchr(text, '*');

	return tlsup_name_is_uri(text) && !tlsup_name_problem(text) &&
	       (!star || (!star[1] && star[-1] == '/'));
}

static void set_uri(struct tlsup_parse *p, const char *value,
		    const struct tlsup_config_row *row)
{
	struct tlsup_profile *f = p->profile;

	(void)row;
	if (!is_uri(value)) {
		tlsup_config_complain(p, "'%s' is not a URI such as spiffe://example.org/web or spiffe://example.org/*",
				      value);
	} else if (f->uris_len == TLSUP_URIS_MAX) {
		tlsup_config_complain(p, "more than %d URIs", TLSUP_URIS_MAX);
	} else {
		f->uris[f->uris_len] = strdup(value);
		if (f->uris[f->uris_len])
			f->uris_len++;
		else
			tlsup_config_complain(p, "out of memory");
	}
}

/* The ciphers of kmod/cipher.c. Finite fields come last and are for those who
 * name them: any client could make a server compute in one of 8192 bits, which
 * takes a hundred times as long as a curve. */
static const uint16_t protected_suites[] = {
	0x1301, 0x1302, 0x1303,			/* TLS 1.3 */
	0xc02b, 0xc02f, 0xc02c, 0xc030,		/* ECDHE, AES-GCM */
	0xcca9, 0xcca8,				/* ECDHE, ChaCha20-Poly1305 */
	0x009e, 0x009f, 0xccaa,			/* DHE_RSA */
};
#define SUITES	(sizeof(protected_suites) / sizeof(protected_suites[0]))
#define BY_NAME	3

const uint16_t *tlsup_config_suites(size_t *n)
{
	*n = SUITES - BY_NAME;
	return protected_suites;
}

static bool is_protected(uint16_t id)
{
	size_t i;

	for (i = 0; i < SUITES; i++)
		if (protected_suites[i] == id)
			return true;
	return false;
}

/* The engine speaks them, but whose records would be protected by whom? */
static void set_suites(struct tlsup_parse *p, const char *value,
		       const struct tlsup_config_row *row)
{
	struct tlsup_config_ids *suites = &p->profile->suites;
	size_t i, kept = 0;

	tlsup_value_ids(p, value, row);
	for (i = 0; i < suites->n; i++) {
		if (is_protected(suites->id[i]))
			suites->id[kept++] = suites->id[i];
		else
			tlsup_config_complain(p,
					"%s is not for kernel sockets: there are AES-GCM and ChaCha20-Poly1305",
					      tlsup_suite_name(suites->id[i]));
	}
	suites->n = kept;
}

/* RFC 8879 7.3 */
static bool compression_by_name(const char *name, uint16_t *id)
{
	static const char * const names[] = { "zlib", "brotli", "zstd" };
	size_t i;

	for (i = 0; i < 3; i++) {
		if (strcmp(names[i], name) == 0) {
			*id = i + 1;
			return true;
		}
	}
	return false;
}

static void set_renegotiation(struct tlsup_parse *p, const char *value,
			      const struct tlsup_config_row *row)
{
	(void)row;
	if (strcmp(value, "no"))
		tlsup_config_complain(p,
				"renegotiation is refused on kernel sockets: 'no' is all there is");
}

/* --- The table --- */

static const struct tlsup_config_word versions[] = {
	{ "1.2", TLSUP_VERSION_1_2 }, { "1.3", TLSUP_VERSION_1_3 },
	{ "TLS 1.2", TLSUP_VERSION_1_2 }, { "TLS 1.3", TLSUP_VERSION_1_3 },
	{ NULL, 0 },
};

static const struct tlsup_config_word client_auths[] = {
	{ "none", HS_CLIENT_AUTH_NONE }, { "request", HS_CLIENT_AUTH_REQUEST },
	{ "require", HS_CLIENT_AUTH_REQUIRE }, { NULL, 0 },
};

static const struct tlsup_config_word ocsps[] = {
	{ "no", TLSUP_OCSP_NO }, { "request", TLSUP_OCSP_REQUEST },
	{ "require", TLSUP_OCSP_REQUIRE }, { NULL, 0 },
};

static const struct tlsup_config_word crl_checks[] = {
	{ "chain", false }, { "leaf", true }, { NULL, 0 },
};

static const struct tlsup_config_word pin_policies[] = {
	{ "chain", false }, { "key", true }, { NULL, 0 },
};

static const struct tlsup_config_word needs[] = {
	{ "required", false }, { "optional", true }, { NULL, 0 },
};

/* RFC 6066 4 */
static const struct tlsup_config_word fragments[] = {
	{ "512", 512 }, { "1024", 1024 }, { "2048", 2048 }, { "4096", 4096 },
	{ NULL, 0 },
};

static const struct tlsup_config_word system_word[] = {
	{ "system", 0 }, { NULL, 0 },
};

#define AT(type, member)						\
	.at = offsetof(type, member), .size = sizeof(((type *)0)->member)
#define GLOBAL(name, setter, member)					\
	.key = name, .set = setter, .section = TLSUP_SECTION_GLOBAL,	\
	AT(struct tlsup_config, member)
#define PROFILE(name, setter, member)					\
	.key = name, .set = setter, .section = TLSUP_SECTION_PROFILE,	\
	AT(struct tlsup_profile, member)
#define SECOND	1000ull
#define DAY	(86400 * SECOND)

static const struct tlsup_config_row rows[] = {
	{ GLOBAL("workers", tlsup_value_number, workers), .min = 1, .max = 256 },
	{ GLOBAL("log-level", set_log_level, log_level) },
	{ GLOBAL("max-handshakes", tlsup_value_number, max_handshakes),
	  .min = 1, .max = 1000000 },
	{ GLOBAL("session-cache", tlsup_value_number, session_cache),
	  .max = 1000000 },
	{ GLOBAL("server-session-cache", tlsup_value_number,
		 server_session_cache), .max = 1000000 },
	{ GLOBAL("replay-cache", tlsup_value_number, replay_cache),
	  .max = 10000000 },
	{ GLOBAL("ticket-key-interval", tlsup_value_time, ticket_key_interval),
	  .min = 600 * SECOND, .max = 7 * DAY, .unit = SECOND },
	{ GLOBAL("reload-interval", tlsup_value_time, reload_interval_ms),
	  .max = 3600 * SECOND, .unit = 1 },
	{ GLOBAL("shutdown-timeout", tlsup_value_time, shutdown_timeout_ms),
	  .max = 600 * SECOND, .unit = 1 },
	{ GLOBAL("keylog", set_keylog, keylog) },

	/* Who we are. */
	{ PROFILE("certificate", set_certificate, chains), .repeats = true },
	{ PROFILE("key", set_key, chains), .repeats = true },
	{ PROFILE("ocsp-file", set_ocsp_file, chains), .repeats = true },
	{ PROFILE("sct-file", set_sct_file, chains), .repeats = true },
	{ PROFILE("strict-sni", tlsup_value_bool, strict_sni) },
	{ PROFILE("client-certificate", set_certificate, client_chains),
	  .repeats = true },
	{ PROFILE("client-key", set_key, client_chains), .repeats = true },
	{ PROFILE("users", set_users, users), .repeats = true },

	/* Whom we trust. */
	{ PROFILE("trust", tlsup_value_paths, trust_paths), .repeats = true,
	  .words = system_word },
	{ PROFILE("x509-strict", tlsup_value_bool_not, lax) },
	{ PROFILE("pin-sha256", set_pin, pins), .repeats = true },
	{ PROFILE("pin-policy", tlsup_value_word, pins_alone),
	  .words = pin_policies },
	{ PROFILE("crl", tlsup_value_paths, crl_paths), .repeats = true },
	{ PROFILE("crl-check", tlsup_value_word, crl_leaf_only),
	  .words = crl_checks },
	{ PROFILE("verify-uri", set_uri, uris), .repeats = true },
	{ PROFILE("ocsp", tlsup_value_word, ocsp), .words = ocsps },
	{ PROFILE("sct", tlsup_value_bool, engine.sct) },
	{ PROFILE("client-auth", tlsup_value_word, engine.client_auth),
	  .words = client_auths },
	{ PROFILE("client-trust", tlsup_value_paths, client_trust_paths),
	  .repeats = true, .words = system_word },
	{ PROFILE("send-authorities", tlsup_value_bool, send_authorities) },
	{ PROFILE("client-psk-file", tlsup_value_path, client_psk_file) },
	{ PROFILE("server-psk-file", tlsup_value_path, server_psk_file) },
	{ PROFILE("psk-ke", tlsup_value_bool, engine.psk_ke) },
	{ PROFILE("post-handshake-auth", tlsup_value_bool,
		  engine.post_handshake_auth) },
	{ PROFILE("user-mapping", tlsup_value_bool, engine.user_mapping) },
	{ PROFILE("user-principal", tlsup_value_text, user_principal) },
	{ PROFILE("user-domain", tlsup_value_text, user_domain) },

	/* What is spoken. */
	{ PROFILE("alpn", set_alpn, alpn), .repeats = true },
	{ PROFILE("alpn-required", tlsup_value_bool, engine.alpn_required) },
	{ PROFILE("min-version", tlsup_value_word, engine.min_version),
	  .words = versions },
	{ PROFILE("max-version", tlsup_value_word, engine.max_version),
	  .words = versions },
	{ PROFILE("fallback-scsv", tlsup_value_bool, engine.fallback_scsv) },
	{ PROFILE("cipher-suites", set_suites, suites), .repeats = true,
	  .by_name = tlsup_suite_by_name, .what = "cipher suite" },
	{ PROFILE("groups", tlsup_value_ids, groups), .repeats = true,
	  .by_name = tlsup_group_by_name, .what = "group" },
	{ PROFILE("key-shares", tlsup_value_ids, key_shares), .repeats = true,
	  .by_name = tlsup_group_by_name, .what = "group" },
	{ PROFILE("signature-schemes", tlsup_value_ids, schemes),
	  .repeats = true, .by_name = tlsup_scheme_by_name,
	  .what = "signature scheme" },
	{ PROFILE("extended-master-secret", tlsup_value_word,
		  engine.ems_optional), .words = needs },
	{ PROFILE("encrypt-then-mac", tlsup_value_bool_not,
		  engine.no_encrypt_then_mac) },
	{ PROFILE("renegotiation", set_renegotiation, engine.renegotiation) },
	{ PROFILE("record-size-limit", tlsup_value_number,
		  engine.record_size_limit), .min = 64, .max = 16385 },
	{ PROFILE("max-fragment-length", tlsup_value_word,
		  engine.max_fragment_length), .words = fragments },
	{ PROFILE("certificate-compression", tlsup_value_ids, compressions),
	  .repeats = true, .by_name = compression_by_name,
	  .what = "compression" },
	{ PROFILE("grease", tlsup_value_bool, engine.grease) },
	{ PROFILE("compatibility-mode", tlsup_value_bool_not,
		  engine.no_compat_mode) },
	{ PROFILE("cookie", tlsup_value_bool, engine.server_cookie) },
	{ PROFILE("handshake-timeout", tlsup_value_time, handshake_timeout_ms),
	  .min = 100, .max = TLSUP_TIMEOUT_MAX_MS, .unit = 1 },

	/* What is resumed. */
	{ PROFILE("resumption", tlsup_value_bool_not, engine.no_resumption) },
	{ PROFILE("tickets", tlsup_value_number, engine.tickets), .max = 8 },
	{ PROFILE("ticket-lifetime", tlsup_value_time, engine.ticket_lifetime),
	  .min = SECOND, .max = 7 * DAY, .unit = SECOND },
	{ PROFILE("early-data", tlsup_value_bool, engine.early_data) },
	{ PROFILE("max-early-data", tlsup_value_number, engine.max_early_data),
	  .max = 1 << 24 },
	{ PROFILE("early-data-window", tlsup_value_time,
		  engine.early_data_window_ms),
	  .min = SECOND, .max = 60 * SECOND, .unit = 1 },
};

#define ROWS	(sizeof(rows) / sizeof(rows[0]))
_Static_assert(ROWS <= 128, "struct tlsup_parse.seen has a bit for each row");

const struct tlsup_config_row *
tlsup_config_key(enum tlsup_section section, const char *key, size_t *index)
{
	size_t i;

	for (i = 0; i < ROWS; i++) {
		if (rows[i].section == section && strcmp(rows[i].key, key) == 0) {
			*index = i;
			return &rows[i];
		}
	}
	return NULL;
}
