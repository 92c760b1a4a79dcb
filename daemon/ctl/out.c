// SPDX-License-Identifier: Apache-2.0
/* Output: the five formats of one description. */
#include "daemon/ctl/out.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define BOLD_GREEN	"\033[1;32m"
#define GREEN		"\033[32m"
#define BOLD		"\033[1m"
#define RESET		"\033[0m"

enum kind { STRING, NUMBER, BYTES, FLAG };

struct field {
	const char *key;
	enum kind kind;
	bool hidden;
	const char *string;
	uint64_t number;
};

void tlsup_out_init(struct tlsup_out *out, enum tlsup_format format, FILE *file)
{
	memset(out, 0, sizeof(*out));
	out->format = format;
	out->file = file;
	out->colour = format == TLSUP_OUT_TEXT && isatty(fileno(file)) &&
		      !getenv("NO_COLOR");
}

void tlsup_out_list(struct tlsup_out *out)
{
	if (out->format == TLSUP_OUT_JSON)
		out->array = json_array();
}

static const char *paint(const struct tlsup_out *out, const char *code)
{
	return out->colour ? code : "";
}

static void print_json(FILE *file, json_t *value, size_t flags)
{
	json_dumpf(value, file, flags);
	putc('\n', file);
	json_decref(value);
}

void tlsup_out_finish(struct tlsup_out *out)
{
	if (out->array)
		print_json(out->file, out->array, JSON_INDENT(2));
	out->array = NULL;
	fflush(out->file);
}

void tlsup_out_begin(struct tlsup_out *out)
{
	out->fields = 0;
	if (out->format == TLSUP_OUT_JSON)
		out->object = json_object();
	else if (out->format == TLSUP_OUT_TEXT && out->objects)
		putc('\n', out->file);
}

static bool ends_with_newline(enum tlsup_format format)
{
	return format == TLSUP_OUT_LINE || format == TLSUP_OUT_DUMP ||
	       format == TLSUP_OUT_BARE;
}

void tlsup_out_end(struct tlsup_out *out)
{
	if (out->format == TLSUP_OUT_JSON && out->array)
		json_array_append_new(out->array, out->object);
	else if (out->format == TLSUP_OUT_JSON)
		print_json(out->file, out->object, JSON_COMPACT);
	else if (ends_with_newline(out->format))
		putc('\n', out->file);
	out->object = NULL;
	out->objects++;
	fflush(out->file);
}

void tlsup_out_heading(struct tlsup_out *out, const char *label,
		       const char *value)
{
	if (out->format == TLSUP_OUT_TEXT)
		fprintf(out->file, "%s%s%s: %s%s%s\n", paint(out, BOLD_GREEN),
			label, paint(out, RESET), paint(out, GREEN), value,
			paint(out, RESET));
	else if (out->format == TLSUP_OUT_LINE)
		fprintf(out->file, "%s%s %s", out->fields++ ? " " : "", label,
			value);
}

static void print_scaled(FILE *file, uint64_t bytes)
{
	static const char *const unit[] = { "KiB", "MiB", "GiB", "TiB", "PiB" };
	double scaled = bytes / 1024.0;
	size_t i = 0;

	if (bytes < 1024) {
		fprintf(file, "%" PRIu64 " B", bytes);
		return;
	}
	for (; scaled >= 1024 && i + 1 < ARRAY_SIZE(unit); i++)
		scaled /= 1024;
	fprintf(file, "%.2f %s", scaled, unit[i]);
}

static bool says_nothing(const struct field *f)
{
	return f->kind == STRING ? !*f->string : !f->number;
}

static void print_value(const struct tlsup_out *out, const struct field *f)
{
	switch (f->kind) {
	case STRING:
		fputs(*f->string ? f->string : "-", out->file);
		break;
	case FLAG:
		fputs(f->number ? "yes" : "no", out->file);
		break;
	case BYTES:
		if (out->format == TLSUP_OUT_TEXT ||
		    out->format == TLSUP_OUT_TABLE) {
			print_scaled(out->file, f->number);
			break;
		}
		/* fallthrough */
	case NUMBER:
		fprintf(out->file, "%" PRIu64, f->number);
	}
}

static void field_text(struct tlsup_out *out, const struct field *f)
{
	if (f->hidden || says_nothing(f))
		return;
	fprintf(out->file, "  %s%s%s: ", paint(out, BOLD), f->key,
		paint(out, RESET));
	print_value(out, f);
	putc('\n', out->file);
}

static void field_line(struct tlsup_out *out, const struct field *f)
{
	bool quote = f->kind == STRING && strchr(f->string, ' ');

	if (f->hidden || (f->kind != FLAG && says_nothing(f)))
		return;
	fprintf(out->file, "%s%s=%s", out->fields++ ? " " : "", f->key,
		quote ? "\"" : "");
	print_value(out, f);
	if (quote)
		putc('"', out->file);
}

static void field_dump(struct tlsup_out *out, const struct field *f)
{
	if (out->fields++)
		putc('\t', out->file);
	print_value(out, f);
}

static void field_bare(struct tlsup_out *out, const struct field *f)
{
	if (!strcmp(out->only, f->key))
		print_value(out, f);
}

static void field_json(struct tlsup_out *out, const struct field *f)
{
	json_t *value;

	if (f->kind == FLAG)
		value = json_boolean(f->number);
	else if (f->kind == STRING)
		value = *f->string ? json_string(f->string) : json_null();
	else
		value = json_integer((json_int_t)f->number);
	json_object_set_new(out->object, f->key, value);
}

static void field_table(struct tlsup_out *out, const struct field *f)
{
	fprintf(out->file, "%-20s ", f->key);
	print_value(out, f);
	putc('\n', out->file);
}

static void field_keys(struct tlsup_out *out, const struct field *f)
{
	fprintf(out->file, "%s\n", f->key);
}

static void emit(struct tlsup_out *out, const struct field *f)
{
	static void (*const print[])(struct tlsup_out *,
				     const struct field *) = {
		[TLSUP_OUT_TEXT] = field_text,
		[TLSUP_OUT_LINE] = field_line,
		[TLSUP_OUT_DUMP] = field_dump,
		[TLSUP_OUT_BARE] = field_bare,
		[TLSUP_OUT_JSON] = field_json,
		[TLSUP_OUT_TABLE] = field_table,
		[TLSUP_OUT_KEYS] = field_keys,
	};

	print[out->format](out, f);
}

static void emit_string(struct tlsup_out *out, const char *key,
			const char *value, bool hidden)
{
	struct field f = { .key = key, .kind = STRING, .hidden = hidden,
			   .string = value ? value : "" };

	emit(out, &f);
}

static void emit_number(struct tlsup_out *out, const char *key, enum kind kind,
			uint64_t value, bool hidden)
{
	struct field f = { .key = key, .kind = kind, .hidden = hidden,
			   .number = value };

	emit(out, &f);
}

void tlsup_out_string(struct tlsup_out *out, const char *key, const char *value)
{
	emit_string(out, key, value, false);
}

void tlsup_out_hidden_string(struct tlsup_out *out, const char *key,
			     const char *value)
{
	emit_string(out, key, value, true);
}

void tlsup_out_number(struct tlsup_out *out, const char *key, uint64_t value)
{
	emit_number(out, key, NUMBER, value, false);
}

void tlsup_out_hidden_number(struct tlsup_out *out, const char *key,
			     uint64_t value)
{
	emit_number(out, key, NUMBER, value, true);
}

void tlsup_out_bytes(struct tlsup_out *out, const char *key, uint64_t value)
{
	emit_number(out, key, BYTES, value, false);
}

void tlsup_out_flag(struct tlsup_out *out, const char *key, bool value)
{
	emit_number(out, key, FLAG, value, false);
}

void tlsup_out_escape(char *dst, size_t size, const void *src, size_t len)
{
	const unsigned char *p = src;
	size_t at = 0;

	for (; len; p++, len--) {
		bool plain = *p >= 0x20 && *p < 0x7f && *p != '\\';
		size_t need = plain ? 1 : 4;

		if (at + need >= size)
			break;
		if (plain)
			dst[at] = (char)*p;
		else
			snprintf(dst + at, size - at, "\\x%02x", *p);
		at += need;
	}
	dst[at] = '\0';
}
