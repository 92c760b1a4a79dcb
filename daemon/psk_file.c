// SPDX-License-Identifier: Apache-2.0
/*
 * psk_file: owns external pre-shared keys: reading them from their file, and
 * finding the key of an identity.
 */
#include "daemon/psk_file.h"

#include <ctype.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/crypto_openssl.h"
#include "daemon/engine/hs_crypto.h"
#include "daemon/pem.h"

#define LINES_MAX	1024
/* RFC 9257 6: a key "MUST be at least 128 bits long". */
#define KEY_MIN		16

/* RFC 9258 5.1: a key is imported for each hash that a suite can have. */
static const uint8_t targets[] = { HS_SHA256, HS_SHA384 };

#define TARGETS		(sizeof(targets) / sizeof(targets[0]))

/* One line of the file, cut at its colons; views into the file's text. */
struct line {
	const char	*path;
	unsigned int	number;
	struct hs_bytes	identity, key, context;
	uint8_t		hash;
	bool		import;
};

/* A line's key as it is written. */
struct base {
	struct hs_secret key;
	uint8_t		hash;
	bool		import;
	unsigned int	line;
};

/* While a file is read. */
struct load {
	struct tlsup_psks *psks;
	struct tlsup_diag *diag;
	struct line	line;
	struct base	bases[LINES_MAX];
	size_t		n;
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

struct hs_bytes tlsup_psk_name(const struct hs_psk *psk)
{
	const uint8_t *data = psk->identity.data;

	if (!psk->imported)
		return psk->identity;
	return (struct hs_bytes){ data + 2, (size_t)data[0] << 8 | data[1] };
}

/* --- A line --- */

static bool is(struct hs_bytes text, const char *word)
{
	return text.len == strlen(word) &&
	       memcmp(text.data, word, text.len) == 0;
}

/* Takes what is behind the last colon off the text. */
static bool pop(struct hs_bytes *text, struct hs_bytes *last)
{
	const uint8_t *colon = memrchr(text->data, ':', text->len);

	if (!colon)
		return false;
	last->data = colon + 1;
	last->len = text->data + text->len - last->data;
	text->len = colon - text->data;
	return true;
}

/* "import" or "import=CONTEXT". */
static bool is_import(struct hs_bytes word, struct hs_bytes *context)
{
	static const char import[] = "import=";
	const size_t len = sizeof(import) - 1;

	*context = (struct hs_bytes){ 0 };
	if (is(word, "import"))
		return true;
	if (word.len < len || memcmp(word.data, import, len) != 0)
		return false;
	*context = (struct hs_bytes){ word.data + len, word.len - len };
	return true;
}

/* From the right, so that an identity may have colons. */
static bool cut(struct line *l, struct hs_bytes text)
{
	struct hs_bytes word;

	if (!pop(&text, &word))
		return false;
	l->import = is_import(word, &l->context);
	if (l->import && !pop(&text, &word))
		return false;
	l->hash = is(word, "sha384") ? HS_SHA384 : HS_SHA256;
	if ((is(word, "sha256") || is(word, "sha384")) && !pop(&text, &word))
		return false;
	l->key = word;
	l->identity = text;
	return true;
}

static int digit(char c)
{
	if (!isxdigit((unsigned char)c))
		return -1;
	return isdigit((unsigned char)c) ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* Pairs of digits; out has room for half their number. */
static bool from_hex(struct hs_bytes text, uint8_t *out)
{
	size_t i;
	int high, low;

	for (i = 0; i + 1 < text.len; i += 2) {
		high = digit(text.data[i]);
		low = digit(text.data[i + 1]);
		if (high < 0 || low < 0)
			return false;
		out[i / 2] = high << 4 | low;
	}
	return i == text.len;
}

/* What the line says is told without its key: with a hash that is none, or
 * in the wrong order, the key would be in what is repeated. */
static bool take_key(struct load *l, struct base *base)
{
	const struct line *line = &l->line;

	*base = (struct base){ .hash = line->hash, .import = line->import,
			       .line = line->number };
	if (line->key.len >= 2 * KEY_MIN &&
	    line->key.len <= 2 * sizeof(base->key.bytes) &&
	    from_hex(line->key, base->key.bytes)) {
		base->key.len = line->key.len / 2;
		return true;
	}
	tlsup_diag_error(l->diag, line->path, line->number,
			 "the key is not %d to %zu bytes in hexadecimal",
			 KEY_MIN, sizeof(base->key.bytes));
	return false;
}

/* RFC 9258 4: an imported key is for nothing else, and has one hash. */
static bool check_use(struct load *l, const struct base *base)
{
	const struct base *other;
	size_t i;

	for (i = 0; i < l->n; i++) {
		other = &l->bases[i];
		if ((!base->import && !other->import) ||
		    other->key.len != base->key.len ||
		    memcmp(other->key.bytes, base->key.bytes, base->key.len) != 0)
			continue;
		if (base->import == other->import && base->hash == other->hash)
			continue;
		tlsup_diag_error(l->diag, l->line.path, l->line.number,
				 "the key is that of line %u: one that is imported is for nothing else, and has one hash",
				 other->line);
		return false;
	}
	return true;
}

/* Has the identity, which it takes, for its own. */
static bool add(struct load *l, const struct hs_psk *psk)
{
	struct tlsup_psks *p = l->psks;
	const struct hs_bytes *name = &l->line.identity;

	if (!tlsup_psks_find(p, psk->identity)) {
		p->list[p->n++] = *psk;
		return true;
	}
	tlsup_diag_error(l->diag, l->line.path, l->line.number,
			 "the identity '%.*s' is there already",
			 (int)name->len, name->data);
	free((void *)psk->identity.data);
	return false;
}

static bool add_plain(struct load *l, const struct base *base)
{
	struct hs_psk psk = { .key = base->key, .hash = base->hash };
	uint8_t *identity = malloc(l->line.identity.len);
	bool added;

	if (!identity) {
		tlsup_diag_error(l->diag, l->line.path, l->line.number,
				 "out of memory");
		return false;
	}
	memcpy(identity, l->line.identity.data, l->line.identity.len);
	psk.identity = (struct hs_bytes){ identity, l->line.identity.len };
	added = add(l, &psk);
	hs_secret_wipe(&psk.key);
	return added;
}

static bool add_target(struct load *l, const struct base *base,
		       struct hs_bytes context, uint8_t target)
{
	struct hs_psk external = { .identity = l->line.identity,
				   .key = base->key, .hash = base->hash };
	uint8_t *room = malloc(HS_IMPORT_MORE + external.identity.len +
			       context.len);
	struct hs_psk psk = { 0 };
	bool added = false;

	if (room && !hs_psk_import(tlsup_crypto_openssl(), &external, context,
				   target, room, &psk)) {
		added = add(l, &psk);
	} else {
		free(room);
		tlsup_diag_error(l->diag, l->line.path, l->line.number,
				 "the key could not be imported");
	}
	hs_secret_wipe(&external.key);
	hs_secret_wipe(&psk.key);
	return added;
}

static bool add_imported(struct load *l, const struct base *base)
{
	uint8_t context[HS_TICKET_MAX];
	struct hs_bytes bytes = { context, l->line.context.len / 2 };
	size_t i;

	if (l->line.identity.len + bytes.len + HS_IMPORT_MORE > HS_TICKET_MAX ||
	    !from_hex(l->line.context, context)) {
		tlsup_diag_error(l->diag, l->line.path, l->line.number,
				 "the context is not bytes in hexadecimal, at most %d with the identity",
				 HS_TICKET_MAX - HS_IMPORT_MORE);
		return false;
	}
	for (i = 0; i < TARGETS; i++)
		if (!add_target(l, base, bytes, targets[i]))
			return false;
	return true;
}

static void take_line(struct load *l)
{
	const struct line *line = &l->line;
	struct base *base = &l->bases[l->n];

	if (!line->identity.len || line->identity.len > HS_TICKET_MAX) {
		tlsup_diag_error(l->diag, line->path, line->number,
				 "an identity has 1 to %d bytes", HS_TICKET_MAX);
		return;
	}
	if (take_key(l, base) && check_use(l, base) &&
	    (base->import ? add_imported(l, base) : add_plain(l, base)))
		l->n++;
}

/* --- The file --- */

static void take_text(struct load *l, char *text)
{
	char *rest = text, *line;
	size_t len;

	while ((line = strsep(&rest, "\n"))) {
		l->line.number++;
		len = strlen(line);
		while (len && isspace((unsigned char)line[len - 1]))
			len--;
		if (!len || *line == '#')
			continue;
		if (l->n == LINES_MAX) {
			tlsup_diag_error(l->diag, l->line.path, l->line.number,
					 "more than %d keys", LINES_MAX);
			return;
		}
		if (cut(&l->line, (struct hs_bytes){ (uint8_t *)line, len }))
			take_line(l);
		else
			tlsup_diag_error(l->diag, l->line.path, l->line.number,
					 "a line is IDENTITY:KEY, and :HASH, :import or :import=CONTEXT behind it");
	}
}

static bool take_file(struct load *l, const struct tlsup_pem *file)
{
	unsigned int errors = l->diag->errors;

	if (strlen(file->text) != file->len)
		tlsup_diag_error(l->diag, file->path, 0, "holds a NUL byte");
	else
		take_text(l, file->text);
	if (!l->n && l->diag->errors == errors)
		tlsup_diag_error(l->diag, file->path, 0, "holds no key");
	return l->diag->errors == errors;
}

static struct tlsup_psks *new_psks(void)
{
	struct tlsup_psks *p = calloc(1, sizeof(*p));

	if (p)
		p->list = calloc(LINES_MAX * TARGETS, sizeof(*p->list));
	if (p && !p->list) {
		free(p);
		p = NULL;
	}
	return p;
}

static struct tlsup_psks *load(const struct tlsup_pem *file,
			       struct tlsup_diag *d)
{
	struct load *l = calloc(1, sizeof(*l));
	struct tlsup_psks *p = new_psks();
	bool loaded = false;

	if (l && p) {
		l->psks = p;
		l->diag = d;
		l->line.path = file->path;
		loaded = take_file(l, file);
		OPENSSL_cleanse(l, sizeof(*l));
	} else {
		tlsup_diag_error(d, file->path, 0, "out of memory");
	}
	free(l);
	if (!loaded) {
		tlsup_psks_free(p);
		p = NULL;
	}
	return p;
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
	if (check_mode(&file, d) == 0)
		p = load(&file, d);
	tlsup_pem_close(&file);
	return p;
}
