// SPDX-License-Identifier: Apache-2.0
/*
 * config_value: owns the kinds of values that a key can have: how each is
 * written, its limits, and where it is put.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config_parse.h"

static void *target(struct tlsup_parse *p, const struct tlsup_config_row *row)
{
	char *base = row->section == TLSUP_SECTION_GLOBAL ?
		     (char *)p->config : (char *)p->profile;

	return base + row->at;
}

static void store(struct tlsup_parse *p, const struct tlsup_config_row *row,
		  uint64_t value)
{
	void *at = target(p, row);

	switch (row->size) {
	case 1:
		*(uint8_t *)at = value;
		break;
	case 2:
		*(uint16_t *)at = value;
		break;
	case 4:
		*(uint32_t *)at = value;
		break;
	case 8:
		*(uint64_t *)at = value;
		break;
	}
}

void tlsup_value_number(struct tlsup_parse *p, const char *value,
			const struct tlsup_config_row *row)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(value, &end, 10);
	if (isdigit((unsigned char)value[0]) && !*end && !errno &&
	    n >= row->min && n <= row->max)
		store(p, row, n);
	else
		tlsup_config_complain(p, "'%s' is not a number from %llu to %llu",
				      value, (unsigned long long)row->min,
				      (unsigned long long)row->max);
}

/* A number with ms, s (default), m, h or d; false if it is not so. */
static bool time_of(const char *value, uint64_t *ms)
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
		return false;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].unit))
			continue;
		*ms = n * units[i].ms;
		return true;
	}
	return false;
}

void tlsup_value_time(struct tlsup_parse *p, const char *value,
		      const struct tlsup_config_row *row)
{
	uint64_t ms;

	if (!time_of(value, &ms))
		tlsup_config_complain(p, "'%s' is not a time such as 30s, 500ms, 10m, 12h or 7d",
				      value);
	else if (ms < row->min || ms > row->max)
		tlsup_config_complain(p, "'%s' is outside %llu to %llu seconds",
				      value, (unsigned long long)row->min / 1000,
				      (unsigned long long)row->max / 1000);
	else
		store(p, row, ms / row->unit);
}

void tlsup_value_word(struct tlsup_parse *p, const char *value,
		      const struct tlsup_config_row *row)
{
	const struct tlsup_config_word *w;
	char all[128] = "";
	size_t used = 0;

	for (w = row->words; w->word; w++) {
		if (strcmp(value, w->word) == 0) {
			store(p, row, w->value);
			return;
		}
		used += snprintf(all + used, sizeof(all) - used, "%s%s",
				 used ? ", " : "", w->word);
	}
	tlsup_config_complain(p, "'%s' is none of %s", value, all);
}

static bool is_yes(struct tlsup_parse *p, const char *value, bool *yes)
{
	*yes = strcmp(value, "yes") == 0;
	if (*yes || strcmp(value, "no") == 0)
		return true;
	tlsup_config_complain(p, "'%s' is neither yes nor no", value);
	return false;
}

void tlsup_value_bool(struct tlsup_parse *p, const char *value,
		      const struct tlsup_config_row *row)
{
	bool yes;

	if (is_yes(p, value, &yes))
		*(bool *)target(p, row) = yes;
}

void tlsup_value_bool_not(struct tlsup_parse *p, const char *value,
			  const struct tlsup_config_row *row)
{
	bool yes;

	if (is_yes(p, value, &yes))
		*(bool *)target(p, row) = !yes;
}

/* --- Files --- */

bool tlsup_take_path(struct tlsup_parse *p, const char *value,
		     struct tlsup_config_path *out)
{
	int n;

	if (!*value) {
		tlsup_config_complain(p, "no file is named");
		return false;
	}
	if (value[0] == '/')
		n = asprintf(&out->path, "%s", value);
	else
		n = asprintf(&out->path, "%s/%s", p->directory, value);
	if (n < 0) {
		out->path = NULL;
		tlsup_config_complain(p, "out of memory");
		return false;
	}
	out->line = p->line;
	return true;
}

void tlsup_value_path(struct tlsup_parse *p, const char *value,
		      const struct tlsup_config_row *row)
{
	tlsup_take_path(p, value, target(p, row));
}

void tlsup_value_paths(struct tlsup_parse *p, const char *value,
		       const struct tlsup_config_row *row)
{
	struct tlsup_config_paths *paths = target(p, row);
	struct tlsup_config_path *at = &paths->at[paths->n];

	if (paths->n == TLSUP_PATHS_MAX) {
		tlsup_config_complain(p, "more than %d of %s", TLSUP_PATHS_MAX,
				      row->key);
	} else if (row->words && strcmp(value, row->words->word) == 0) {
		at->line = p->line;
		paths->n++;
	} else if (tlsup_take_path(p, value, at)) {
		paths->n++;
	}
}

/* --- Lists and text --- */

static const char separators[] = ", \t";

char *tlsup_next_word(char **list)
{
	char *word;

	do {
		word = strsep(list, separators);
	} while (word && !*word);
	return word;
}

void tlsup_refuse_empty(struct tlsup_parse *p, const char *value)
{
	if (!value[strspn(value, separators)])
		tlsup_config_complain(p, "the list is empty");
}

static void add_id(struct tlsup_parse *p, const char *word, uint16_t id,
		   const struct tlsup_config_row *row)
{
	struct tlsup_config_ids *ids = target(p, row);
	size_t i;

	for (i = 0; i < ids->n && ids->id[i] != id; i++)
		;
	if (i < ids->n)
		tlsup_config_complain(p, "%s is named twice", word);
	else if (ids->n == TLSUP_IDS_MAX)
		tlsup_config_complain(p, "more than %d in %s", TLSUP_IDS_MAX,
				      row->key);
	else
		ids->id[ids->n++] = id;
}

void tlsup_value_ids(struct tlsup_parse *p, const char *value,
		     const struct tlsup_config_row *row)
{
	char *copy = strdup(value), *list = copy, *word;
	uint16_t id;

	if (!copy)
		tlsup_config_complain(p, "out of memory");
	while (copy && (word = tlsup_next_word(&list))) {
		if (row->by_name(word, &id))
			add_id(p, word, id, row);
		else
			tlsup_config_complain(p, "'%s' is no %s that is spoken here",
					      word, row->what);
	}
	free(copy);
	tlsup_refuse_empty(p, value);
}

void tlsup_value_text(struct tlsup_parse *p, const char *value,
		      const struct tlsup_config_row *row)
{
	if (strlen(value) >= row->size)
		tlsup_config_complain(p, "longer than %zu bytes", row->size - 1);
	else
		strcpy(target(p, row), value);
}
