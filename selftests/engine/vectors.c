// SPDX-License-Identifier: Apache-2.0
/* vectors: the values of RFC 8448. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "vectors.h"

static json_t *root;
static struct vector *list;
static size_t count;

static struct hs_bytes unhex(const char *hex)
{
	size_t len = strlen(hex) / 2;
	uint8_t *out = malloc(len + 1);
	unsigned int v;

	for (size_t i = 0; i < len; i++) {
		sscanf(hex + 2 * i, "%2x", &v);
		out[i] = (uint8_t)v;
	}
	return (struct hs_bytes){ out, len };
}

static const char *text(json_t *entry, const char *key)
{
	const char *s = json_string_value(json_object_get(entry, key));

	return s ? s : "";
}

void vectors_load(const char *file)
{
	json_error_t error;
	json_t *entry;
	size_t i;

	root = json_load_file(file, 0, &error);
	if (!root) {
		fprintf(stderr, "%s: %s\n", file, error.text);
		exit(2);
	}
	list = calloc(json_array_size(root), sizeof(*list));
	json_array_foreach(root, i, entry) {
		if (!json_object_get(entry, "hex"))
			continue;	/* where it comes from */
		list[count].section = text(entry, "section");
		list[count].step = text(entry, "step");
		list[count].label = text(entry, "label");
		list[count++].value = unhex(text(entry, "hex"));
	}
}

void vectors_free(void)
{
	for (size_t i = 0; i < count; i++)
		free((void *)(uintptr_t)list[i].value.data);
	free(list);
	json_decref(root);
}

size_t vectors_count(void)
{
	return count;
}

const struct vector *vectors_at(size_t i)
{
	return &list[i];
}

struct hs_bytes vector(int section, const char *step, const char *label,
		       int nth)
{
	for (size_t i = 0; i < count; i++)
		if (atoi(list[i].section) == section &&
		    strstr(list[i].step, step) &&
		    !strcmp(list[i].label, label) && !nth--)
			return list[i].value;
	fprintf(stderr, "no vector: %d, %s, %s\n", section, step, label);
	exit(2);
}

struct hs_secret vector_secret(struct hs_bytes value)
{
	struct hs_secret s = { .len = (uint8_t)value.len };

	memcpy(s.bytes, value.data, value.len);
	return s;
}
