// SPDX-License-Identifier: Apache-2.0
/*
 * keylog: owns the key log file (draft-ietf-tls-keylogfile).
 */
#include "daemon/keylog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RANDOM_MAX	32
#define LABEL_MAX	40
#define LINE_ROOM	(LABEL_MAX + 2 * RANDOM_MAX + 2 * HS_SECRET_MAX + 4)

struct tlsup_keylog {
	int	fd;
};

/* A file that somebody else put there is read by somebody else, whatever its
 * mode is by now. */
static int check_owner(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -1;
	if (S_ISREG(st.st_mode) && st.st_uid == geteuid())
		return 0;
	errno = EPERM;
	return -1;
}

struct tlsup_keylog *tlsup_keylog_open(const char *path)
{
	struct tlsup_keylog *k = malloc(sizeof(*k));

	if (!k)
		return NULL;
	/* O_NONBLOCK: a FIFO is no file either, and would not be waited for. */
	k->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC |
		     O_NOFOLLOW | O_NONBLOCK, 0600);
	if (k->fd >= 0 && check_owner(k->fd) == 0)
		return k;
	tlsup_keylog_close(k);
	return NULL;
}

void tlsup_keylog_close(struct tlsup_keylog *k)
{
	int error = errno;

	if (!k)
		return;
	if (k->fd >= 0)
		close(k->fd);
	free(k);
	errno = error;
}

static const char *label_of(enum hs_epoch epoch, bool by_client)
{
	switch (epoch) {
	case HS_EPOCH_EARLY:
		return "CLIENT_EARLY_TRAFFIC_SECRET";
	case HS_EPOCH_HANDSHAKE:
		return by_client ? "CLIENT_HANDSHAKE_TRAFFIC_SECRET" :
				   "SERVER_HANDSHAKE_TRAFFIC_SECRET";
	case HS_EPOCH_APPLICATION:
		return by_client ? "CLIENT_TRAFFIC_SECRET_0" :
				   "SERVER_TRAFFIC_SECRET_0";
	case HS_EPOCH_INITIAL:
		break;
	}
	return NULL;
}

static size_t hex(char *out, const uint8_t *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < len; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	return 2 * len;
}

static void write_line(struct tlsup_keylog *k, const char *label,
		       struct hs_bytes client_random,
		       const struct hs_secret *secret)
{
	char line[LINE_ROOM];
	size_t n;

	if (!label || client_random.len > RANDOM_MAX)
		return;
	n = snprintf(line, sizeof(line), "%s ", label);
	n += hex(line + n, client_random.data, client_random.len);
	line[n++] = ' ';
	n += hex(line + n, secret->bytes, secret->len);
	line[n++] = '\n';
	/* One write, so that lines of two workers do not mix. A full disc loses
	 * a log of faults, not a connection. */
	if (write(k->fd, line, n) < 0)
		n = 0;
	explicit_bzero(line, sizeof(line));
}

void tlsup_keylog_write(struct tlsup_keylog *k, enum hs_epoch epoch,
			bool by_client, struct hs_bytes client_random,
			const struct hs_secret *secret)
{
	write_line(k, label_of(epoch, by_client), client_random, secret);
}

void tlsup_keylog_write_master(struct tlsup_keylog *k,
			       struct hs_bytes client_random,
			       const struct hs_secret *master)
{
	write_line(k, "CLIENT_RANDOM", client_random, master);
}
