/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_parse: what the parts of the configuration's reader share: where the
 * reader is, and what a row of the table of keys says.
 */
#ifndef TLSUP_CONFIG_PARSE_H
#define TLSUP_CONFIG_PARSE_H

#include <stdio.h>

#include "daemon/config.h"

enum tlsup_section {
	TLSUP_SECTION_NONE, TLSUP_SECTION_GLOBAL, TLSUP_SECTION_PROFILE,
	TLSUP_SECTION_BAD,
};

struct tlsup_parse {
	struct tlsup_config	*config;
	struct tlsup_profile	*profile;	/* of the section */
	enum tlsup_section	section;
	uint64_t		seen[2];	/* keys of this section, by row */
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
void tlsup_config_complain(struct tlsup_parse *p, const char *format, ...);

/* A word of a key that takes one of several. */
struct tlsup_config_word {
	const char	*word;
	unsigned int	value;
};

/* One key. What most of them need is where the value goes: at bytes into
 * struct tlsup_config or struct tlsup_profile, in size bytes. */
struct tlsup_config_row {
	const char	*key;
	enum tlsup_section section;
	bool		repeats;
	void		(*set)(struct tlsup_parse *p, const char *value,
			       const struct tlsup_config_row *row);
	size_t		at, size;
	uint64_t	min, max;	/* a time's in milliseconds */
	unsigned int	unit;		/* a time is kept in so many ms */
	const struct tlsup_config_word *words;
	bool		(*by_name)(const char *name, uint16_t *id);
	const char	*what;		/* in a complaint */
};

/* config_keys.c: the table; NULL: there is no such key in this section. *index
 * is under 128. */
const struct tlsup_config_row *
tlsup_config_key(enum tlsup_section section, const char *key, size_t *index);

/* config_value.c: setters for a row of the table, each for one kind of value. */
void tlsup_value_number(struct tlsup_parse *p, const char *value,
			const struct tlsup_config_row *row);
void tlsup_value_time(struct tlsup_parse *p, const char *value,
		      const struct tlsup_config_row *row);
void tlsup_value_word(struct tlsup_parse *p, const char *value,
		      const struct tlsup_config_row *row);
/* yes or no; "no" into a member whose name says the contrary: _not. */
void tlsup_value_bool(struct tlsup_parse *p, const char *value,
		      const struct tlsup_config_row *row);
void tlsup_value_bool_not(struct tlsup_parse *p, const char *value,
			  const struct tlsup_config_row *row);
/* One file, into a struct tlsup_config_path. */
void tlsup_value_path(struct tlsup_parse *p, const char *value,
		      const struct tlsup_config_row *row);
/* A file or the word "system", one more of struct tlsup_config_paths. */
void tlsup_value_paths(struct tlsup_parse *p, const char *value,
		       const struct tlsup_config_row *row);
/* Names of IANA's, more of struct tlsup_config_ids. */
void tlsup_value_ids(struct tlsup_parse *p, const char *value,
		     const struct tlsup_config_row *row);
/* Text, into an array of char. */
void tlsup_value_text(struct tlsup_parse *p, const char *value,
		      const struct tlsup_config_row *row);

/* For keys with a setter of their own. A path is relative to the file that
 * names it. */
bool tlsup_take_path(struct tlsup_parse *p, const char *value,
		     struct tlsup_config_path *out);
/* Cuts the next word off a list with commas and blanks between. */
char *tlsup_next_word(char **list);
/* Complains of a list without a word: what is not limited would be open. */
void tlsup_refuse_empty(struct tlsup_parse *p, const char *value);

#endif
