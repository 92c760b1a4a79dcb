// SPDX-License-Identifier: Apache-2.0
/*
 * config_parse: owns the grammar of tlsupd.conf: an INI file, read by libinih,
 * with one row of a table for each key. tlsupd.conf(5) describes it.
 *
 * libinih neither tells sections apart that have no key, nor lines from what
 * continues them, nor the number of the line; so the reader that it is given
 * does that, and what libinih knows is the syntax of "key = value".
 */
#include "daemon/config.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <libgen.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/names.h"

enum section { SECTION_NONE, SECTION_GLOBAL, SECTION_PROFILE, SECTION_BAD };

struct parse {
	struct tlsup_config	*config;
	struct tlsup_profile	*profile;	/* of the section */
	enum section		section;
	uint64_t		seen;		/* keys of this section, by row */
	unsigned int		global_line;	/* of [tlsupd], 0: not yet */
	FILE			*file;
	char			*line_text;
	size_t			line_room;
	unsigned int		line;
	const char		*path;
	const char		*directory;	/* of path */
	struct tlsup_diag	*diag;
};

__attribute__((format(printf, 2, 3)))
static void complain(struct parse *p, const char *format, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	tlsup_diag_error(p->diag, p->path, p->line, "%s", text);
}

/* --- Values --- */

static bool value_bool(struct parse *p, const char *value, bool *out)
{
	if (strcmp(value, "yes") == 0 || strcmp(value, "no") == 0) {
		*out = value[0] == 'y';
		return true;
	}
	complain(p, "'%s' is neither yes nor no", value);
	return false;
}

static bool value_number(struct parse *p, const char *value,
			 unsigned long min, unsigned long max,
			 unsigned long *out)
{
	char *end;

	errno = 0;
	*out = strtoul(value, &end, 10);
	if (isdigit((unsigned char)value[0]) && !*end && !errno &&
	    *out >= min && *out <= max)
		return true;
	complain(p, "'%s' is not a number from %lu to %lu", value, min, max);
	return false;
}

/* A number with ms, s (default), m, h or d. */
static bool value_time(struct parse *p, const char *value, uint64_t min_ms,
		       uint64_t max_ms, uint64_t *ms)
{
	static const struct {
		const char	*unit;
		uint64_t	ms;
	} units[] = {
		{ "", 1000 }, { "s", 1000 }, { "ms", 1 }, { "m", 60000 },
		{ "h", 3600000 }, { "d", 86400000 },
	};
	unsigned long n;
	char *end;
	size_t i;

	errno = 0;
	n = strtoul(value, &end, 10);
	if (!isdigit((unsigned char)value[0]) || errno || n > UINT32_MAX)
		goto bad;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].unit))
			continue;
		*ms = n * units[i].ms;
		if (*ms >= min_ms && *ms <= max_ms)
			return true;
		complain(p, "'%s' is outside %llu to %llu seconds", value,
			 (unsigned long long)min_ms / 1000,
			 (unsigned long long)max_ms / 1000);
		return false;
	}
bad:
	complain(p, "'%s' is not a time such as 30s, 500ms, 10m, 12h or 7d",
		 value);
	return false;
}

/* A path is relative to the file that names it. */
static bool value_path(struct parse *p, const char *value,
		       struct tlsup_config_path *out)
{
	int n;

	if (!*value) {
		complain(p, "no file is named");
		return false;
	}
	if (value[0] == '/')
		n = asprintf(&out->path, "%s", value);
	else
		n = asprintf(&out->path, "%s/%s", p->directory, value);
	if (n < 0) {
		out->path = NULL;
		complain(p, "out of memory");
		return false;
	}
	out->line = p->line;
	return true;
}

/* Cuts the next word off a list with commas and blanks between. */
static char *next_word(char **list)
{
	char *word;

	do {
		word = strsep(list, ", \t");
	} while (word && !*word);
	return word;
}

static void value_ids(struct parse *p, const char *value, const char *what,
		      bool (*by_name)(const char *name, uint16_t *id),
		      uint16_t *out, size_t *len, size_t max)
{
	char *copy = strdup(value), *list = copy, *word;
	size_t i;
	uint16_t id;

	if (!copy)
		complain(p, "out of memory");
	while (copy && (word = next_word(&list))) {
		if (!by_name(word, &id)) {
			complain(p, "'%s' is no %s that is spoken here", word,
				 what);
			continue;
		}
		for (i = 0; i < *len && out[i] != id; i++)
			;
		if (i < *len)
			complain(p, "%s is named twice", word);
		else if (*len == max)
			complain(p, "more than %zu of %s", max, what);
		else
			out[(*len)++] = id;
	}
	free(copy);
	if (!*value)
		complain(p, "the list is empty");
}

/* --- Keys of [tlsupd] --- */

static void set_workers(struct parse *p, const char *value)
{
	unsigned long n;

	if (value_number(p, value, 1, 256, &n))
		p->config->workers = n;
}

static void set_log_level(struct parse *p, const char *value)
{
	if (!tlsup_log_level_by_name(value, &p->config->log_level))
		complain(p, "'%s' is none of error, warning, notice, info, debug",
			 value);
}

static void set_max_handshakes(struct parse *p, const char *value)
{
	unsigned long n;

	if (value_number(p, value, 1, 1000000, &n))
		p->config->max_handshakes = n;
}

static void set_session_cache(struct parse *p, const char *value)
{
	unsigned long n;

	if (value_number(p, value, 0, 1000000, &n))
		p->config->session_cache = n;
}

static void set_ticket_key_interval(struct parse *p, const char *value)
{
	uint64_t ms;

	if (value_time(p, value, 600000, 604800000, &ms))
		p->config->ticket_key_interval = ms / 1000;
}

static void set_shutdown_timeout(struct parse *p, const char *value)
{
	uint64_t ms;

	if (value_time(p, value, 0, 600000, &ms))
		p->config->shutdown_timeout_ms = ms;
}

static void set_keylog(struct parse *p, const char *value)
{
	struct tlsup_config_path path;

	if (!value_path(p, value, &path))
		return;
	p->config->keylog = path.path;
	p->config->keylog_line = path.line;
	tlsup_diag_warning(p->diag, p->path, p->line,
			   "the secrets of every connection go to %s: whoever reads it can read them",
			   path.path);
}

/* --- Keys of [profile NAME] --- */

static void set_certificate(struct parse *p, const char *value)
{
	struct tlsup_profile *f = p->profile;

	if (f->certificates == TLSUP_CREDENTIALS_MAX)
		complain(p, "more than %d certificates", TLSUP_CREDENTIALS_MAX);
	else if (value_path(p, value, &f->certificate[f->certificates]))
		f->certificates++;
}

static void set_key(struct parse *p, const char *value)
{
	struct tlsup_profile *f = p->profile;
	size_t i = f->certificates - 1;

	if (!f->certificates)
		complain(p, "a key belongs to the certificate before it, and there is none");
	else if (f->key[i].path)
		complain(p, "a second key for the certificate of line %u",
			 f->certificate[i].line);
	else
		value_path(p, value, &f->key[i]);
}

static void set_trust(struct parse *p, const char *value)
{
	struct tlsup_profile *f = p->profile;
	struct tlsup_config_path *at = &f->trust_path[f->trust_paths];

	if (f->trust_paths == TLSUP_TRUST_MAX) {
		complain(p, "more than %d of trust", TLSUP_TRUST_MAX);
	} else if (strcmp(value, "system") == 0) {
		at->line = p->line;
		f->trust_paths++;
	} else if (value_path(p, value, at)) {
		f->trust_paths++;
	}
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

static void set_users(struct parse *p, const char *value)
{
	struct tlsup_profile *f = p->profile;
	char *copy = strdup(value), *list = copy, *word;

	if (!copy)
		complain(p, "out of memory");
	while (copy && (word = next_word(&list))) {
		if (f->users_len == TLSUP_USERS_MAX)
			complain(p, "more than %d users", TLSUP_USERS_MAX);
		else if (!user_by_name(word, &f->users[f->users_len++]))
			complain(p, "there is no user '%s'", word);
	}
	free(copy);
	/* An empty list would let everybody in. */
	if (!*value)
		complain(p, "the list is empty");
}

static void set_alpn(struct parse *p, const char *value)
{
	struct tlsup_profile *f = p->profile;
	char *copy = strdup(value), *list = copy, *word;
	size_t len;

	if (!copy)
		complain(p, "out of memory");
	while (copy && (word = next_word(&list))) {
		len = strlen(word);
		if (len > 255 || f->alpn_len + 1 + len > sizeof(f->alpn)) {
			complain(p, "the protocol names are longer than %zu bytes in all",
				 sizeof(f->alpn));
			break;
		}
		f->alpn[f->alpn_len++] = len;
		memcpy(f->alpn + f->alpn_len, word, len);
		f->alpn_len += len;
	}
	free(copy);
	if (!*value)
		complain(p, "the list is empty");
}

static void set_alpn_required(struct parse *p, const char *value)
{
	value_bool(p, value, &p->profile->alpn_required);
}

static void set_version(struct parse *p, const char *value)
{
	if (strcmp(value, "1.3") == 0 || strcmp(value, "TLS 1.3") == 0)
		return;
	if (strcmp(value, "1.2") == 0 || strcmp(value, "TLS 1.2") == 0)
		complain(p, "TLS 1.2 is not spoken by this version of tlsupd, only 1.3");
	else
		complain(p, "'%s' is no version of TLS that is spoken here: 1.3 is",
			 value);
}

static void set_suites(struct parse *p, const char *value)
{
	value_ids(p, value, "cipher suite", tlsup_suite_by_name,
		  p->profile->suites, &p->profile->suites_len,
		  TLSUP_SUITES_MAX);
}

static void set_groups(struct parse *p, const char *value)
{
	value_ids(p, value, "group", tlsup_group_by_name, p->profile->groups,
		  &p->profile->groups_len, TLSUP_GROUPS_MAX);
}

static void set_resumption(struct parse *p, const char *value)
{
	value_bool(p, value, &p->profile->resumption);
}

static void set_tickets(struct parse *p, const char *value)
{
	unsigned long n;

	if (value_number(p, value, 0, 8, &n))
		p->profile->tickets = n;
}

static void set_ticket_lifetime(struct parse *p, const char *value)
{
	uint64_t ms;

	if (value_time(p, value, 1000, 604800000, &ms))
		p->profile->ticket_lifetime = ms / 1000;
}

static void set_handshake_timeout(struct parse *p, const char *value)
{
	uint64_t ms;

	if (value_time(p, value, 100, TLSUP_TIMEOUT_MAX_MS, &ms))
		p->profile->handshake_timeout_ms = ms;
}

static void set_x509_strict(struct parse *p, const char *value)
{
	bool strict;

	if (value_bool(p, value, &strict))
		p->profile->lax = !strict;
}

static void set_compatibility(struct parse *p, const char *value)
{
	value_bool(p, value, &p->profile->compatibility);
}

static void set_cookie(struct parse *p, const char *value)
{
	value_bool(p, value, &p->profile->cookie);
}

static const struct row {
	enum section	section;
	const char	*key;
	bool		repeats;
	void		(*set)(struct parse *p, const char *value);
} rows[] = {
	{ SECTION_GLOBAL, "workers", false, set_workers },
	{ SECTION_GLOBAL, "log-level", false, set_log_level },
	{ SECTION_GLOBAL, "max-handshakes", false, set_max_handshakes },
	{ SECTION_GLOBAL, "session-cache", false, set_session_cache },
	{ SECTION_GLOBAL, "ticket-key-interval", false,
	  set_ticket_key_interval },
	{ SECTION_GLOBAL, "shutdown-timeout", false, set_shutdown_timeout },
	{ SECTION_GLOBAL, "keylog", false, set_keylog },
	{ SECTION_PROFILE, "certificate", true, set_certificate },
	{ SECTION_PROFILE, "key", true, set_key },
	{ SECTION_PROFILE, "trust", true, set_trust },
	{ SECTION_PROFILE, "users", true, set_users },
	{ SECTION_PROFILE, "alpn", true, set_alpn },
	{ SECTION_PROFILE, "alpn-required", false, set_alpn_required },
	{ SECTION_PROFILE, "min-version", false, set_version },
	{ SECTION_PROFILE, "max-version", false, set_version },
	{ SECTION_PROFILE, "cipher-suites", true, set_suites },
	{ SECTION_PROFILE, "groups", true, set_groups },
	{ SECTION_PROFILE, "resumption", false, set_resumption },
	{ SECTION_PROFILE, "tickets", false, set_tickets },
	{ SECTION_PROFILE, "ticket-lifetime", false, set_ticket_lifetime },
	{ SECTION_PROFILE, "handshake-timeout", false, set_handshake_timeout },
	{ SECTION_PROFILE, "x509-strict", false, set_x509_strict },
	{ SECTION_PROFILE, "compatibility-mode", false, set_compatibility },
	{ SECTION_PROFILE, "cookie", false, set_cookie },
};

#define ROWS	(sizeof(rows) / sizeof(rows[0]))
_Static_assert(ROWS <= 64, "struct parse.seen has a bit for each row");

/* libinih calls this for each "key = value". Always 1: what is wrong has been
 * told here, and libinih's own errors are then those of syntax. */
static int take_pair(void *user, const char *section, const char *name,
		     const char *value)
{
	struct parse *p = user;
	size_t i;

	(void)section;		/* truncated by libinih; take_section() knows */
	if (p->section == SECTION_BAD)
		return 1;
	if (p->section == SECTION_NONE) {
		complain(p, "'%s' stands before any section", name);
		return 1;
	}
	for (i = 0; i < ROWS; i++) {
		if (rows[i].section != p->section || strcmp(rows[i].key, name))
			continue;
		if (!rows[i].repeats && (p->seen & 1ull << i))
			complain(p, "'%s' is given twice in this section", name);
		else
			rows[i].set(p, value);
		p->seen |= 1ull << i;
		return 1;
	}
	complain(p, "unknown key '%s' in %s", name,
		 p->section == SECTION_GLOBAL ? "[tlsupd]" : "a profile");
	return 1;
}

/* --- Sections --- */

static void take_profile(struct parse *p, const char *name)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
	const struct tlsup_profile *same;
	size_t len = strlen(name);

	p->section = SECTION_BAD;
	if (!len || len > TLSUP_PROFILE_MAX || strspn(name, allowed) != len) {
		complain(p, "'%s' is no name for a profile: at most %d of A-Z a-z 0-9 _ . -",
			 name, TLSUP_PROFILE_MAX);
		return;
	}
	same = tlsup_config_profile(p->config, name, len);
	if (same) {
		complain(p, "profile '%s' is already at line %u", name,
			 same->line);
		return;
	}
	p->profile = tlsup_config_add_profile(p->config, name, p->line);
	if (p->profile)
		p->section = SECTION_PROFILE;
	else
		complain(p, "out of memory");
}

static void take_global(struct parse *p)
{
	p->section = SECTION_BAD;
	if (p->global_line) {
		complain(p, "[tlsupd] is already at line %u", p->global_line);
		return;
	}
	p->global_line = p->line;
	p->section = SECTION_GLOBAL;
}

/* text is a line without blanks around it that begins with '['. */
static void take_section(struct parse *p, char *text)
{
	char *end = strchr(text, ']'), *name, *after;

	p->seen = 0;
	p->section = SECTION_BAD;
	if (!end)
		return;		/* libinih says what is wrong with it */
	after = end + 1 + strspn(end + 1, " \t");
	if (*after && *after != ';' && *after != '#') {
		complain(p, "text after the section's ']'");
		return;
	}
	*end = 0;
	name = text + 1;
	if (strcmp(name, "tlsupd") == 0) {
		take_global(p);
	} else if (strncmp(name, "profile", 7) == 0 &&
		   isblank((unsigned char)name[7])) {
		name += 7;
		take_profile(p, name + strspn(name, " \t"));
	} else {
		complain(p, "unknown section [%s]: there are [tlsupd] and [profile NAME]",
			 name);
	}
	*end = ']';
}

/* libinih reads lines by this, as by fgets(). Blanks before a line are taken
 * off, or libinih would take it for a continuation. */
static char *read_line(char *out, int room, void *user)
{
	struct parse *p = user;
	char *text;
	ssize_t n;

	n = getline(&p->line_text, &p->line_room, p->file);
	if (n < 0)
		return NULL;
	p->line++;
	if (memchr(p->line_text, 0, n)) {
		complain(p, "a NUL byte");
		return strcpy(out, "\n");
	}
	text = p->line_text + strspn(p->line_text, " \t");
	text[strcspn(text, "\r\n")] = 0;
	/* One for the newline, one for the NUL, one that libinih keeps. */
	if ((int)strlen(text) > room - 3) {
		complain(p, "longer than %d bytes", room - 3);
		return strcpy(out, "\n");
	}
	if (text[0] == '[')
		take_section(p, text);
	snprintf(out, room, "%s\n", text);
	return out;
}

int tlsup_config_parse(struct tlsup_config *config, const char *path,
		       struct tlsup_diag *d)
{
	struct parse p = { .config = config, .path = path, .diag = d };
	unsigned int errors = d->errors;
	char *copy = NULL;
	int bad_line;

	p.file = fopen(path, "re");
	if (!p.file) {
		tlsup_diag_error(d, path, 0, "%s", strerror(errno));
		return -1;
	}
	copy = strdup(path);
	p.directory = copy ? dirname(copy) : ".";
	bad_line = ini_parse_stream(read_line, &p, take_pair, &p);
	if (ferror(p.file))
		tlsup_diag_error(d, path, p.line, "cannot be read: %s",
				 strerror(EIO));
	if (bad_line > 0)
		tlsup_diag_error(d, path, bad_line,
				 "neither 'key = value' nor '[section]'");
	else if (bad_line < 0)
		tlsup_diag_error(d, path, 0, "out of memory");
	free(copy);
	free(p.line_text);
	fclose(p.file);
	return d->errors == errors ? 0 : -1;
}
