/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The application's side: sockets, options, and calls that wait, made in a
 * thread so that the test can play the agent meanwhile. A call returns what
 * the system call does, or a negative errno.
 */
#ifndef HANDOFF_APP_H
#define HANDOFF_APP_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/tlsup.h>

/* A plain listener on 127.0.0.1; its port to *port. Exits on failure. */
int app_listen(uint16_t *port);
/* An unconnected socket with the ULP. */
int app_socket(void);
int app_attach(int fd);
int app_connect(int fd, uint16_t port);
/* An upgraded connection whose handshake waits for an agent: *fd is the
 * application's end, of a server (profile "shop") or a client ("a.example"), both
 * blocking; *listener is to be closed, too. Returns the peer's plain end. */
int app_meet(bool server, int *listener, int *fd);
/* sendto(MSG_FASTOPEN): what was taken, or an error. */
long app_send_first(int fd, uint16_t port, const void *data, size_t len);
int app_set(int fd, int optname, const void *value, size_t len);
int app_name(int fd, const char *name);
int app_start(int fd, uint32_t role, uint32_t timeout_ms);
int app_get(int fd, int optname, void *value, size_t *len);
struct tlsup_info app_info(int fd);
int app_so_error(int fd);
int app_nonblock(int fd);
/* What poll() says now of IN, OUT, RDHUP, ERR, HUP. */
int app_poll(int fd, int timeout_ms);
long app_read(int fd, void *buf, size_t size);
long app_write(int fd, const void *buf, size_t size);

enum app_call { APP_CONNECT, APP_START, APP_READ, APP_WRITE, APP_SEND_FIRST };

struct app_task {
	pthread_t thread;
	enum app_call call;
	int fd;
	uint16_t port;		/* CONNECT, SEND_FIRST */
	uint32_t role;		/* START */
	const void *data;	/* WRITE, SEND_FIRST */
	size_t len;
	char buf[256];		/* READ */
	volatile int tid;
	volatile int finished;
	long result;
};

void app_begin(struct app_task *t);
/* Is it still waiting after ms milliseconds? */
int app_waits(struct app_task *t, int ms);
long app_end(struct app_task *t);
/* A signal, without SA_RESTART, for that thread. */
void app_interrupt(struct app_task *t);

#endif /* HANDOFF_APP_H */
