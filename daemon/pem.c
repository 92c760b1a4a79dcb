// SPDX-License-Identifier: Apache-2.0
/*
 * pem: owns finding the blocks of a PEM file, so that whoever decodes them can
 * name the line that is wrong; libcrypto's own reader cannot.
 */
#include "daemon/pem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A bundle of every public authority is under 300 KiB. */
#define FILE_MAX	(16 << 20)

static const char begin_mark[] = "-----BEGIN ";
static const char end_mark[] = "-----END ";
static const char dashes[] = "-----";

static int read_all(int fd, char *buf, size_t len)
{
	size_t got = 0;
	ssize_t n;

	while (got < len) {
		n = read(fd, buf + got, len - got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		got += n;
	}
	/* Shrunk while it was read: keep what is there. */
	memset(buf + got, 0, len - got);
	return 0;
}

int tlsup_pem_open(struct tlsup_pem *pem, const char *path,
		   struct tlsup_diag *d)
{
	struct stat st;
	int fd;

	memset(pem, 0, sizeof(*pem));
	pem->path = path;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0) {
		tlsup_diag_error(d, path, 0, "%s", strerror(errno));
		goto out;
	}
	if (!S_ISREG(st.st_mode)) {
		tlsup_diag_error(d, path, 0, "not a regular file");
		goto out;
	}
	if (st.st_size > FILE_MAX) {
		tlsup_diag_error(d, path, 0, "larger than %d bytes", FILE_MAX);
		goto out;
	}
	pem->mode = st.st_mode;
	pem->len = st.st_size;
	pem->text = malloc(pem->len + 1);
	if (!pem->text) {
		tlsup_diag_error(d, path, 0, "%s", strerror(ENOMEM));
		goto out;
	}
	pem->text[pem->len] = 0;
	if (read_all(fd, pem->text, pem->len) < 0) {
		tlsup_diag_error(d, path, 0, "%s", strerror(errno));
		tlsup_pem_close(pem);
	}
out:
	if (fd >= 0)
		close(fd);
	return pem->text ? 0 : -1;
}

void tlsup_pem_close(struct tlsup_pem *pem)
{
	if (pem->text)
		explicit_bzero(pem->text, pem->len);
	free(pem->text);
	pem->text = NULL;
}

int tlsup_pem_no_passphrase(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

/* The next line, without its end; NULL after the last. */
static const char *next_line(struct tlsup_pem *pem, size_t *len)
{
	const char *line = pem->text + pem->at, *end;
	size_t left = pem->len - pem->at;

	if (!left)
		return NULL;
	end = memchr(line, '\n', left);
	*len = end ? (size_t)(end - line) : left;
	pem->at += *len + (end ? 1 : 0);
	pem->line++;
	while (*len && strchr(" \t\r", line[*len - 1]) && line[*len - 1])
		(*len)--;
	return line;
}

/* Is this line "-----BEGIN label-----" (or END)? Then its label. */
static bool is_mark(const char *line, size_t len, const char *mark,
		    char *label, size_t room)
{
	size_t m = strlen(mark), tail = strlen(dashes);

	if (len < m + tail || memcmp(line, mark, m) ||
	    memcmp(line + len - tail, dashes, tail))
		return false;
	len -= m + tail;
	if (len >= room)
		return false;
	memcpy(label, line + m, len);
	label[len] = 0;
	return true;
}

static int find_end(struct tlsup_pem *pem, struct tlsup_pem_block *block,
		    struct tlsup_diag *d)
{
	char label[sizeof(block->label)];
	const char *line;
	size_t len;

	while ((line = next_line(pem, &len))) {
		if (is_mark(line, len, begin_mark, label, sizeof(label)))
			break;
		if (!is_mark(line, len, end_mark, label, sizeof(label)))
			continue;
		if (strcmp(label, block->label)) {
			tlsup_diag_error(d, pem->path, pem->line,
					 "END %s closes BEGIN %s of line %u",
					 label, block->label, block->line);
			return -1;
		}
		block->len = line + len - block->text;
		return 1;
	}
	tlsup_diag_error(d, pem->path, block->line, "BEGIN %s without its END",
			 block->label);
	return -1;
}

int tlsup_pem_next(struct tlsup_pem *pem, struct tlsup_pem_block *block,
		   struct tlsup_diag *d)
{
	const char *line;
	size_t len;

	while ((line = next_line(pem, &len))) {
		/* Text between blocks is explanatory, RFC 7468 2. */
		if (!is_mark(line, len, begin_mark, block->label,
			     sizeof(block->label)))
			continue;
		block->line = pem->line;
		block->text = line;
		return find_end(pem, block, d);
	}
	return 0;
}
