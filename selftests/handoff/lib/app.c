// SPDX-License-Identifier: GPL-2.0-only
/* app: owns the application's side of the tests. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "selftests/handoff/lib/app.h"

static int fatal(const char *what)
{
	perror(what);
	exit(1);
}

static struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons(port),
	};
}

int app_listen(uint16_t *port)
{
	struct sockaddr_in sin = loopback(0);
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&sin, sizeof(sin)) ||
	    listen(fd, 1024) || getsockname(fd, (struct sockaddr *)&sin, &len))
		fatal("listener");
	*port = ntohs(sin.sin_port);
	return fd;
}

int app_attach(int fd)
{
	return setsockopt(fd, SOL_TCP, TCP_ULP, TLSUP_ULP_NAME,
			  sizeof(TLSUP_ULP_NAME)) ? -errno : 0;
}

int app_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || app_attach(fd))
		fatal("socket with ULP");
	return fd;
}

int app_connect(int fd, uint16_t port)
{
	struct sockaddr_in sin = loopback(port);

	return connect(fd, (struct sockaddr *)&sin, sizeof(sin)) ? -errno : 0;
}

long app_send_first(int fd, uint16_t port, const void *data, size_t len)
{
	struct sockaddr_in sin = loopback(port);
	ssize_t n = sendto(fd, data, len, MSG_FASTOPEN, (struct sockaddr *)&sin,
			   sizeof(sin));

	return n < 0 ? -errno : n;
}

int app_set(int fd, int optname, const void *value, size_t len)
{
	return setsockopt(fd, SOL_TLSUP, optname, value, len) ? -errno : 0;
}

int app_name(int fd, const char *name)
{
	return app_set(fd, TLSUP_SERVER_NAME, name, strlen(name));
}

int app_meet(bool server, int *listener, int *fd)
{
	uint16_t port;
	int raw;

	*listener = app_listen(&port);
	if (server) {
		app_attach(*listener);
		app_set(*listener, TLSUP_PROFILE, "shop", 4);
		raw = socket(AF_INET, SOCK_STREAM, 0);
		app_connect(raw, port);
		*fd = accept(*listener, NULL, NULL);
	} else {
		*fd = app_socket();
		app_name(*fd, "a.example");
		app_nonblock(*fd);
		app_connect(*fd, port);
		raw = accept(*listener, NULL, NULL);
		fcntl(*fd, F_SETFL, 0);
	}
	return raw;
}

int app_start(int fd, uint32_t role, uint32_t timeout_ms)
{
	struct tlsup_start start = { .role = role, .timeout_ms = timeout_ms };

	return app_set(fd, TLSUP_START, &start, sizeof(start));
}

int app_get(int fd, int optname, void *value, size_t *len)
{
	socklen_t size = *len;
	int ret = getsockopt(fd, SOL_TLSUP, optname, value, &size);

	*len = size;
	return ret ? -errno : 0;
}

struct tlsup_info app_info(int fd)
{
	struct tlsup_info info = { .state = 99 };
	size_t len = sizeof(info);

	app_get(fd, TLSUP_INFO, &info, &len);
	return info;
}

int app_so_error(int fd)
{
	int error = -1;
	socklen_t len = sizeof(error);

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	return error;
}

int app_nonblock(int fd)
{
	return fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

int app_poll(int fd, int timeout_ms)
{
	struct pollfd pfd = {
		.fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP,
	};

	poll(&pfd, 1, timeout_ms);
	return pfd.revents;
}

long app_read(int fd, void *buf, size_t size)
{
	ssize_t n = recv(fd, buf, size, 0);

	return n < 0 ? -errno : n;
}

long app_write(int fd, const void *buf, size_t size)
{
	ssize_t n = send(fd, buf, size, MSG_NOSIGNAL);

	return n < 0 ? -errno : n;
}

static void *task_main(void *arg)
{
	struct app_task *t = arg;

	t->tid = gettid();
	switch (t->call) {
	case APP_CONNECT:
		t->result = app_connect(t->fd, t->port);
		break;
	case APP_START:
		t->result = app_start(t->fd, t->role, 0);
		break;
	case APP_READ:
		t->result = app_read(t->fd, t->buf, sizeof(t->buf));
		break;
	case APP_WRITE:
		t->result = app_write(t->fd, t->data, t->len);
		break;
	case APP_SEND_FIRST:
		t->result = app_send_first(t->fd, t->port, t->data, t->len);
		break;
	}
	t->finished = 1;
	return NULL;
}

void app_begin(struct app_task *t)
{
	t->finished = 0;
	if (pthread_create(&t->thread, NULL, task_main, t))
		fatal("thread");
}

int app_waits(struct app_task *t, int ms)
{
	while (ms-- > 0 && !t->finished)
		usleep(1000);
	return !t->finished;
}

long app_end(struct app_task *t)
{
	pthread_join(t->thread, NULL);
	return t->result;
}

static void nothing(int sig)
{
	(void)sig;
}

void app_interrupt(struct app_task *t)
{
	struct sigaction sa = { .sa_handler = nothing };

	sigaction(SIGUSR1, &sa, NULL);
	pthread_kill(t->thread, SIGUSR1);
}
