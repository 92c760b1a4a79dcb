// SPDX-License-Identifier: Apache-2.0
/* Just enough HTTP/1.0 to give files away. */
#include "daemon/ctl/www.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/ctl/relay.h"
#include "daemon/ctl/upgrade.h"

#define HEAD_MAX	8192
#define CHUNK		(1 << 20)
#define ASK_TIMEOUT_MS	20000

struct request {
	char head[HEAD_MAX + 1];
	const char *path;
	bool get;
	bool body;	/* not HEAD */
};

/* To the empty line. EPROTO: that is no HTTP request. */
static int read_request(int fd, struct request *r)
{
	size_t len = 0;
	ssize_t n;

	while (len < HEAD_MAX) {
		n = read(fd, r->head + len, HEAD_MAX - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? errno : EPROTO;
		len += (size_t)n;
		r->head[len] = '\0';
		if (strstr(r->head, "\r\n\r\n") || strstr(r->head, "\n\n"))
			return 0;
	}
	return EPROTO;
}

static void parse_request(struct request *r)
{
	char *path = strchr(r->head, ' ');

	r->body = strncmp(r->head, "HEAD ", 5) != 0;
	r->get = !strncmp(r->head, "GET ", 4) || !r->body;
	r->path = "";
	if (!path)
		return;
	path += strspn(path, " /");
	path[strcspn(path, " ?#\r\n")] = '\0';
	r->path = path;
}

/* No link and no ".." leads out of root. */
static int open_below(const char *root, const char *path)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	int dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC), fd;

	if (dir < 0)
		return -1;
	fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
	close(dir);
	return fd;
}

static int open_file(const char *root, const char *path, off_t *size)
{
	int fd = root ? open_below(root, path) :
			open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return -1;
	}
	*size = st.st_size;
	return fd;
}

static int send_body(int fd, int file, off_t size)
{
	ssize_t n;

	while (size > 0) {
		n = sendfile(fd, file, NULL, size < CHUNK ? (size_t)size : CHUNK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		if (!n)
			return EIO;	/* the file has shrunk */
		size -= n;
	}
	return 0;
}

/* more: in one record with the first bytes of the body. */
static int send_head(int fd, const char *status, off_t size, bool more)
{
	char head[256];
	int len = snprintf(head, sizeof(head),
			   "HTTP/1.0 %s\r\n"
			   "Content-Type: application/octet-stream\r\n"
			   "Content-Length: %lld\r\n"
			   "Connection: close\r\n\r\n",
			   status, (long long)size);

	return send(fd, head, (size_t)len, more ? MSG_MORE : 0) < 0 ? errno : 0;
}

int tlsup_www_send_file(int fd, const char *path)
{
	off_t size;
	int err, file = open_file(NULL, path, &size);

	if (file < 0)
		return errno;
	err = send_body(fd, file, size);
	close(file);
	return err;
}

static int respond(int fd, const struct request *r, const char *root,
		   const char *path)
{
	off_t size = 0;
	int err, file;

	if (!r->get)
		return send_head(fd, "501 Not Implemented", 0, false);
	file = open_file(root, root ? r->path : path, &size);
	if (file < 0)
		return send_head(fd, "404 Not Found", 0, false);
	err = send_head(fd, "200 OK", size, r->body && size);
	if (!err && r->body)
		err = send_body(fd, file, size);
	close(file);
	return err;
}

int tlsup_www_answer(int fd, const char *root, const char *file, bool asked)
{
	static struct request request;
	int err = read_request(fd, &request);

	if (err == EPROTO)
		err = send_head(fd, "400 Bad Request", 0, false);
	if (err)
		return err;
	parse_request(&request);
	if (asked)
		err = tlsup_upgrade_await_certificate(fd, ASK_TIMEOUT_MS);
	if (!err)
		err = respond(fd, &request, root, file);
	if (!err && shutdown(fd, SHUT_WR))
		err = errno;
	/* So that nothing unread resets the connection under the answer. */
	return err ? err : tlsup_relay_drain(fd);
}
