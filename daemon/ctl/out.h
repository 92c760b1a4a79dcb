/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output: a command describes an object once, field by field, and the format
 * decides what is seen of it.
 *
 *	text	"heading" and one indented "key: value" for each field that
 *		says something; colour on a terminal
 *	line	the same on one line, key=value
 *	dump	every value, in order, between tabs; "-" for an empty one
 *	bare	the value of one field (only), one line for each object
 *	json	objects, in an array if asked for
 *	table	every field, "key value", aligned; zeroes too
 *	keys	the names of the fields, one a line
 *
 * Whatever a peer chose (names, protocols, reasons) is escaped: bytes that are
 * not printable ASCII, and the backslash, become \xNN.
 */
#ifndef TLSUP_CTL_OUT_H
#define TLSUP_CTL_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum tlsup_format {
	TLSUP_OUT_TEXT,
	TLSUP_OUT_LINE,
	TLSUP_OUT_DUMP,
	TLSUP_OUT_BARE,
	TLSUP_OUT_JSON,
	TLSUP_OUT_TABLE,
	TLSUP_OUT_KEYS,
};

struct json_t;

struct tlsup_out {
	enum tlsup_format format;
	FILE *file;
	bool colour;
	const char *only;	/* bare: the one field to print */
	struct json_t *array;	/* json: collects objects, or NULL: lines */
	struct json_t *object;
	unsigned int objects;	/* finished so far */
	unsigned int fields;	/* seen in this object */
};

void tlsup_out_init(struct tlsup_out *out, enum tlsup_format format,
		    FILE *file);
/* json: one array around all objects; prints it at tlsup_out_finish(). */
void tlsup_out_list(struct tlsup_out *out);
void tlsup_out_finish(struct tlsup_out *out);

void tlsup_out_begin(struct tlsup_out *out);
void tlsup_out_end(struct tlsup_out *out);

/* text and line only: what stands in front of the fields. */
void tlsup_out_heading(struct tlsup_out *out, const char *label,
		       const char *value);

/* One field each; NULL or "" is an empty string. */
void tlsup_out_string(struct tlsup_out *out, const char *key,
		      const char *value);
void tlsup_out_number(struct tlsup_out *out, const char *key, uint64_t value);
/* A number that text shows with a unit: 1.50 MiB. */
void tlsup_out_bytes(struct tlsup_out *out, const char *key, uint64_t value);
void tlsup_out_flag(struct tlsup_out *out, const char *key, bool value);

/* The same, but text and line leave it out: the heading tells it. */
void tlsup_out_hidden_string(struct tlsup_out *out, const char *key,
			     const char *value);
void tlsup_out_hidden_number(struct tlsup_out *out, const char *key,
			     uint64_t value);

/* dst gets at most size - 1 bytes and a NUL; 4 * len + 1 always suffices. */
void tlsup_out_escape(char *dst, size_t size, const void *src, size_t len);

#endif /* TLSUP_CTL_OUT_H */
