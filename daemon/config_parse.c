// SPDX-License-Identifier: Apache-2.0
/*
 * config_parse: owns the grammar of tlsupd.conf: an INI file, read by libinih,
 * whose keys are the rows of config_keys.c. tlsupd.conf(5) describes it.
 *
 * libinih neither tells sections apart that have no key, nor lines from what
 * continues them, nor the number of the line; so the reader that it is given
 * does that, and what libinih knows is the syntax of "key = value".
 */
#include "daemon/config_parse.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void tlsup_config_complain(struct tlsup_parse *p, const char *format, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	tlsup_diag_error(p->diag, p->path, p->line, "%s", text);
}

/* libinih calls this for each "key = value". Always 1: what is wrong has been
 * told here, and libinih's own errors are then those of syntax. */
static int take_pair(void *user, const char *section, const char *name,
		     const char *value)
{
	struct tlsup_parse *p = user;
	const struct tlsup_config_row *row;
	size_t i;

	(void)section;		/* truncated by libinih; take_section() knows */
	if (p->section == TLSUP_SECTION_BAD)
		return 1;
	if (p->section == TLSUP_SECTION_NONE) {
		tlsup_config_complain(p, "'%s' stands before any section", name);
		return 1;
	}
	row = tlsup_config_key(p->section, name, &i);
	if (!row) {
		tlsup_config_complain(p, "unknown key '%s' in %s", name,
				      p->section == TLSUP_SECTION_GLOBAL ?
				      "[tlsupd]" : "a profile");
		return 1;
	}
	if (!row->repeats && (p->seen[i / 64] & 1ull << i % 64))
		tlsup_config_complain(p, "'%s' is given twice in this section",
				      name);
	else
		row->set(p, value, row);
	p->seen[i / 64] |= 1ull << i % 64;
	return 1;
}

/* --- Sections --- */

static void take_profile(struct tlsup_parse *p, const char *name)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
	const struct tlsup_profile *same;
	size_t len = strlen(name);

	p->section = TLSUP_SECTION_BAD;
	if (!len || len > TLSUP_PROFILE_MAX || strspn(name, allowed) != len) {
		tlsup_config_complain(p,
				"'%s' is no name for a profile: at most %d of A-Z a-z 0-9 _ . -",
			 name, TLSUP_PROFILE_MAX);
		return;
	}
	same = tlsup_config_profile(p->config, name, len);
	if (same) {
		tlsup_config_complain(p, "profile '%s' is already at line %u", name,
			 same->line);
		return;
	}
	p->profile = tlsup_config_add_profile(p->config, name, p->line);
	if (p->profile)
		p->section = TLSUP_SECTION_PROFILE;
	else
		tlsup_config_complain(p, "out of memory");
}

static void take_global(struct tlsup_parse *p)
{
	p->section = TLSUP_SECTION_BAD;
	if (p->global_line) {
		tlsup_config_complain(p, "[tlsupd] is already at line %u", p->global_line);
		return;
	}
	p->global_line = p->line;
	p->section = TLSUP_SECTION_GLOBAL;
}

/* text is a line without blanks around it that begins with '['. */
static void take_section(struct tlsup_parse *p, char *text)
{
	char *end = strchr(text, ']'), *name, *after;

	memset(p->seen, 0, sizeof(p->seen));
	p->section = TLSUP_SECTION_BAD;
	if (!end)
		return;		/* libinih says what is wrong with it */
	after = end + 1 + strspn(end + 1, " \t");
	if (*after && *after != ';' && *after != '#') {
		tlsup_config_complain(p, "text after the section's ']'");
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
		tlsup_config_complain(p,
				"unknown section [%s]: there are [tlsupd] and [profile NAME]",
			 name);
	}
	*end = ']';
}

/* libinih reads lines by this, as by fgets(). Blanks before a line are taken
 * off, or libinih would take it for a continuation. */
static char *read_line(char *out, int room, void *user)
{
	struct tlsup_parse *p = user;
	char *text;
	ssize_t n;

	n = getline(&p->line_text, &p->line_room, p->file);
	if (n < 0)
		return NULL;
	p->line++;
	if (memchr(p->line_text, 0, n)) {
		tlsup_config_complain(p, "a NUL byte");
		return strcpy(out, "\n");
	}
	text = p->line_text + strspn(p->line_text, " \t");
	text[strcspn(text, "\r\n")] = 0;
	/* One for the newline, one for the NUL, one that libinih keeps. */
	if ((int)strlen(text) > room - 3) {
		tlsup_config_complain(p, "longer than %d bytes", room - 3);
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
	struct tlsup_parse p = { .config = config, .path = path, .diag = d };
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
