// SPDX-License-Identifier: Apache-2.0
/*
 * bench: measures plain TCP and ULPs with the kernel's kTLS interface, cell by cell, by the step
 * module.
 *
 *	bench ROUNDS CPU_MS CIPHER "SIZE..." ULP...
 *
 * prints a line for each cell of each round: mode, ulp, version, size, and CPU nanoseconds for a
 * write of that size and for receiving it.  Rounds interleave everything, and a cell's ULPs come
 * one behind the other, so that what drifts on the machine drifts for all.  A ULP is "plain" or a
 * name for TCP_ULP.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <linux/tls.h>

#include "scripts/bench.d/step/step.h"

#ifndef TCP_ULP
#define TCP_ULP		31
#endif
#ifndef SOL_TLS
#define SOL_TLS		282
#endif
#ifndef TLS_RX_EXPECT_NO_PAD
#define TLS_RX_EXPECT_NO_PAD	4
#endif

#define BATCH		131072
#define SOCKET_BUFFER	2097152
#define READ_SIZE	65536
#define PAGE		4096

struct cell {
	const char *ulp;
	const char *label;	/* of the version, as the table has it */
	int version;		/* 0: plain */
	bool no_pad;
	bool user;		/* buffers of this process, or the kernel's */
	size_t size;
};

struct cipher {
	const char *name;
	int type;
	size_t len;		/* of its tls12_crypto_info */
};

static const struct cipher ciphers[] = {
	{ "aes128", TLS_CIPHER_AES_GCM_128, sizeof(struct tls12_crypto_info_aes_gcm_128) },
	{ "aes256", TLS_CIPHER_AES_GCM_256, sizeof(struct tls12_crypto_info_aes_gcm_256) },
	{ "chacha", TLS_CIPHER_CHACHA20_POLY1305,
	  sizeof(struct tls12_crypto_info_chacha20_poly1305) },
};

static const struct {
	const char *label;
	int version;
	bool no_pad;
	bool kernel_too;	/* in-tree's opt-in matters for user buffers alone */
} versions[] = {
	{ "1.2", TLS_1_2_VERSION, false, true },
	{ "1.3", TLS_1_3_VERSION, false, true },
	{ "1.3-nopad", TLS_1_3_VERSION, true, false },
};

static unsigned int cpu_ms;
static const struct cipher *cipher;
static int step_fd;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void set_int(int fd, int level, int name, int value, const char *what)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)) < 0)
		die(what);
}

static void set_buffers(int fd)
{
	set_int(fd, SOL_SOCKET, SO_RCVBUFFORCE, SOCKET_BUFFER, "SO_RCVBUFFORCE");
	set_int(fd, SOL_SOCKET, SO_SNDBUFFORCE, SOCKET_BUFFER, "SO_SNDBUFFORCE");
}

static void make_pair(int *tx, int *rx)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	struct timeval patience = { .tv_sec = 10 };
	socklen_t len = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	*tx = socket(AF_INET, SOCK_STREAM, 0);
	set_buffers(listener);
	set_buffers(*tx);
	if (bind(listener, (struct sockaddr *)&address, len) < 0 || listen(listener, 1) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &len) < 0 ||
	    connect(*tx, (struct sockaddr *)&address, len) < 0)
		die("a pair of sockets");
	*rx = accept(listener, NULL, NULL);
	if (*rx < 0)
		die("accept");
	close(listener);
	set_int(*tx, IPPROTO_TCP, TCP_NODELAY, 1, "TCP_NODELAY");
	/* A lost record must end the run, not hang it. */
	if (setsockopt(*rx, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0)
		die("SO_RCVTIMEO");
}

static void set_key(int fd, int direction, int version)
{
	union {
		struct tls_crypto_info info;
		struct tls12_crypto_info_aes_gcm_256 largest;
		struct tls12_crypto_info_chacha20_poly1305 chacha;
	} key;

	memset(&key, 7, sizeof(key));
	key.info.version = version;
	key.info.cipher_type = cipher->type;
	/* Every such struct ends with the record sequence. */
	memset((char *)&key + cipher->len - 8, 0, 8);
	if (setsockopt(fd, SOL_TLS, direction, &key, cipher->len) < 0)
		die("keys");
}

static void attach(const struct cell *c, int tx, int rx)
{
	if (setsockopt(tx, SOL_TCP, TCP_ULP, c->ulp, strlen(c->ulp) + 1) < 0 ||
	    setsockopt(rx, SOL_TCP, TCP_ULP, c->ulp, strlen(c->ulp) + 1) < 0)
		die(c->ulp);
	set_key(tx, TLS_TX, c->version);
	set_key(rx, TLS_RX, c->version);
	if (c->no_pad)
		set_int(rx, SOL_TLS, TLS_RX_EXPECT_NO_PAD, 1, "TLS_RX_EXPECT_NO_PAD");
}

static char *buffer(size_t size)
{
	char *p = aligned_alloc(PAGE, (size + PAGE - 1) / PAGE * PAGE);

	if (!p)
		die("memory");
	memset(p, 1, size);
	return p;
}

static void measure(const struct cell *c)
{
	struct step_request q = {
		.cpu_ms = cpu_ms,
		.batch = BATCH,
		.write_size = c->size,
		.read_size = c->size > READ_SIZE ? c->size : READ_SIZE,
	};
	char *source = buffer(q.write_size), *sink = buffer(q.read_size);
	int tx, rx;

	make_pair(&tx, &rx);
	if (c->version)
		attach(c, tx, rx);
	q.tx = tx;
	q.rx = rx;
	if (c->user) {
		q.source = (uintptr_t)source;
		q.sink = (uintptr_t)sink;
	}
	if (ioctl(step_fd, STEP_RUN, &q) < 0)
		die(c->ulp);
	printf("%s %s %s %zu %.1f %.1f\n", c->user ? "user" : "kvec", c->ulp, c->label, c->size,
	       (double)q.tx_ns * c->size / q.bytes, (double)q.rx_ns * c->size / q.bytes);
	fflush(stdout);
	close(tx);
	close(rx);
	free(source);
	free(sink);
}

/* The ULPs of a round, "plain" among them or not. */
struct ulps {
	char **name;
	int n;
	bool backwards;		/* every other round, so that a drift favours none */
};

/* One cell of each ULP right behind that of the others: what the machine does in the meantime is
 * what makes a ratio wrong. */
static void measure_ulps(const struct ulps *u, struct cell c)
{
	int i;

	for (i = 0; i < u->n; i++) {
		c.ulp = u->name[u->backwards ? u->n - 1 - i : i];
		if ((c.version == 0) == !strcmp(c.ulp, "plain"))
			measure(&c);
	}
}

static void measure_size(const struct ulps *u, size_t size)
{
	struct cell c;
	size_t i;
	int user;

	for (user = 0; user < 2; user++) {
		c = (struct cell){ .size = size, .user = user, .label = "-" };
		measure_ulps(u, c);
		for (i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
			if (!user && !versions[i].kernel_too)
				continue;
			c.label = versions[i].label;
			c.version = versions[i].version;
			c.no_pad = versions[i].no_pad;
			measure_ulps(u, c);
		}
	}
}

static const struct cipher *find_cipher(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++) {
		if (!strcmp(ciphers[i].name, name))
			return &ciphers[i];
	}
	fprintf(stderr, "bench: no cipher %s\n", name);
	exit(2);
}

int main(int argc, char **argv)
{
	struct ulps ulps = { .name = argv + 5, .n = argc - 5 };
	char *end, *at;
	int rounds;
	size_t size;

	if (argc < 6) {
		fprintf(stderr, "usage: bench ROUNDS CPU_MS CIPHER \"SIZE...\" ULP...\n");
		return 2;
	}
	cpu_ms = atoi(argv[2]);
	cipher = find_cipher(argv[3]);
	step_fd = open("/dev/tlsup-step", O_RDWR);
	if (step_fd < 0)
		die("/dev/tlsup-step");
	for (rounds = atoi(argv[1]); rounds > 0; rounds--) {
		for (at = argv[4]; (size = strtoul(at, &end, 10)) > 0; at = end)
			measure_size(&ulps, size);
		ulps.backwards = !ulps.backwards;
	}
	return 0;
}
