// SPDX-License-Identifier: Apache-2.0
/*
 * psk_file: owns external pre-shared keys: reading them from their file, and
 * finding the key of an identity.
 */
#include "daemon/psk_file.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/engine/hs_crypto.h"
#include "daemon/pem.h"

#define PSKS_MAX	1024
/* RFC 9257 6: a key "MUST be at least 128 bits long". */
#define KEY_MIN		16

/* One line of the file, cut at its colons; views into the file's text. */
struct line {
	const char	*path;
	unsigned int	number;
	const char	*identity;
	size_t		identity_len;
	const char	*key;
	size_t		key_len;
	uint8_t		hash;
};

void tlsup_psks_free(struct tlsup_psks *p)
{
	size_t i;

	if (!p)
		return;
	for (i = 0; i < p->n; i++) {
		free((void *)p->list[i].identity.data);
		hs_secret_wipe(&p->list[i].key);
	}
	free(p->list);
	free(p);
}

const struct hs_psk *tlsup_psks_find(const struct tlsup_psks *p,
				     struct hs_bytes identity)
{
	size_t i;

	for (i = 0; p && i < p->n; i++)
		if (p->list[i].identity.len == identity.len &&
		    memcmp(p->list[i].identity.data, identity.data,
			   identity.len) == 0)
			return &p->list[i];
	return NULL;
}

/* --- A line --- */

static bool is(const char *text, size_t len, const char *word)
{
	return len == strlen(word) && memcmp(text, word, len) == 0;
}

/* From the right, so that an identity may have colons. */
static bool cut(struct line *l, const char *text, size_t len)
{
	const char *colon = memrchr(text, ':', len), *last;

	if (!colon)
		return false;
	last = colon + 1;
	l->hash = HS_SHA256;
	if (is(last, text + len - last, "sha256") ||
	    is(last, text + len - last, "sha384")) {
		l->hash = last[3] == '2' ? HS_SHA256 : HS_SHA384;
		len = colon - text;
		colon = memrchr(text, ':', len);
		if (!colon)
			return false;
	}
	l->identity = text;
	l->identity_len = colon - text;
	l->key = colon + 1;
	l->key_len = text + len - l->key;
	return true;
}

static int digit(char c)
{
	if (!isxdigit((unsigned char)c))
		return -1;
	return isdigit((unsigned char)c) ? c - '0' : (c | 0x20) - 'a' + 10;
}

static bool from_hex(const struct line *l, struct hs_secret *key)
{
	size_t i;
	int high, low;

	if (l->key_len % 2 || l->key_len < 2 * KEY_MIN ||
	    l->key_len > 2 * sizeof(key->bytes))
		return false;
	for (i = 0; i < l->key_len / 2; i++) {
		high = digit(l->key[2 * i]);
		low = digit(l->key[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		key->bytes[i] = high << 4 | low;
	}
	key->len = l->key_len / 2;
	return true;
}

static int take_line(struct tlsup_psks *p, const struct line *l,
		     struct tlsup_diag *d)
{
	const struct hs_bytes identity = { (const uint8_t *)l->identity,
					   l->identity_len };
	struct hs_psk *psk = &p->list[p->n];
	uint8_t *copy;

	if (!identity.len || identity.len > HS_TICKET_MAX) {
		tlsup_diag_error(d, l->path, l->number,
				 "an identity has 1 to %d bytes", HS_TICKET_MAX);
		return -1;
	}
	if (tlsup_psks_find(p, identity)) {
		tlsup_diag_error(d, l->path, l->number,
				 "the identity '%.*s' is there already",
				 (int)l->identity_len, l->identity);
		return -1;
	}
	if (!from_hex(l, &psk->key)) {
		/* In the wrong order, or with a hash that is none, the key
		 * would be in what is repeated here. */
		tlsup_diag_error(d, l->path, l->number,
				 "the key is not %d to %zu bytes in hexadecimal",
				 KEY_MIN, sizeof(psk->key.bytes));
		hs_secret_wipe(&psk->key);
		return -1;
	}
	copy = malloc(identity.len);
	if (!copy) {
		hs_secret_wipe(&psk->key);
		tlsup_diag_error(d, l->path, l->number, "out of memory");
		return -1;
	}
	memcpy(copy, identity.data, identity.len);
	psk->identity = (struct hs_bytes){ copy, identity.len };
	psk->hash = l->hash;
	p->n++;
	return 0;
}

/* --- The file --- */

static void take_text(struct tlsup_psks *p, char *text, struct line *l,
		      struct tlsup_diag *d)
{
	char *rest = text, *line;
	size_t len;

	while ((line = strsep(&rest, "\n"))) {
		l->number++;
		len = strlen(line);
		while (len && isspace((unsigned char)line[len - 1]))
			len--;
		if (!len || *line == '#')
			continue;
		if (p->n == PSKS_MAX) {
			tlsup_diag_error(d, l->path, l->number,
					 "more than %d keys", PSKS_MAX);
			return;
		}
		if (cut(l, line, len))
			take_line(p, l, d);
		else
			tlsup_diag_error(d, l->path, l->number,
					 "a line is IDENTITY:KEY or IDENTITY:KEY:HASH");
	}
}

static int take_file(struct tlsup_psks *p, const struct tlsup_pem *file,
		     struct tlsup_diag *d)
{
	struct line l = { .path = file->path };
	unsigned int errors = d->errors;

	if (strlen(file->text) != file->len)
		tlsup_diag_error(d, l.path, 0, "holds a NUL byte");
	else
		take_text(p, file->text, &l, d);
	if (!p->n && d->errors == errors)
		tlsup_diag_error(d, l.path, 0, "holds no key");
	return d->errors == errors ? 0 : -1;
}

static int check_mode(const struct tlsup_pem *file, struct tlsup_diag *d)
{
	if (!(file->mode & S_IRWXO))
		return 0;
	tlsup_diag_error(d, file->path, 0,
			 "keys that everybody may read (mode %03o); 'chmod o= FILE' helps, new keys are better",
			 (unsigned int)file->mode & 0777);
	return -1;
}

struct tlsup_psks *tlsup_psks_load(const char *path, struct tlsup_diag *d)
{
	struct tlsup_psks *p = NULL;
	struct tlsup_pem file;

	if (tlsup_pem_open(&file, path, d) < 0)
		return NULL;
	if (check_mode(&file, d) < 0)
		goto out;
	p = calloc(1, sizeof(*p));
	if (p)
		p->list = calloc(PSKS_MAX, sizeof(*p->list));
	if (!p || !p->list)
		tlsup_diag_error(d, path, 0, "out of memory");
	if (!p || !p->list || take_file(p, &file, d) < 0) {
		tlsup_psks_free(p);
		p = NULL;
	}
out:
	tlsup_pem_close(&file);
	return p;
}
