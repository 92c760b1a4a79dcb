// SPDX-License-Identifier: Apache-2.0
/* A fuzz target: what tlsupd reads from its netlink socket. The input is a
 * list of datagrams, each behind two bytes of length; they answer an ACCEPT and
 * then come by themselves. The socket is real, what it receives is not. */
#include "daemon/engine/wire.h"
#include "daemon/log.h"
#include "daemon/netlink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>

#define FAMILY 0x20

struct nl_sock;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
ssize_t __wrap_recvfrom(int fd, void *buf, size_t len, int flags,
			struct sockaddr *from, socklen_t *from_len);
ssize_t __wrap_send(int fd, const void *buf, size_t len, int flags);
int __wrap_genl_ctrl_resolve(struct nl_sock *socket, const char *name);
int __wrap_close(int fd);
int __real_close(int fd);

static struct hs_reader datagrams;
static uint32_t sequence;	/* of the command that waits for an answer */
static bool accepting;

ssize_t __wrap_recvfrom(int fd, void *buf, size_t len, int flags,
			struct sockaddr *from, socklen_t *from_len)
{
	struct hs_bytes b = hs_bytes(NULL, 0);
	struct nlmsghdr *h = buf;

	(void)fd;
	(void)flags;
	if (datagrams.len > 2)
		b = hs_reader_bytes(&datagrams,
				    hs_reader_u16(&datagrams) %
				    (datagrams.len + 1));
	if (datagrams.failed || !b.len || b.len > len) {
		errno = EAGAIN;
		return -1;
	}
	memcpy(buf, b.data, b.len);
	memset(from, 0, *from_len);
	/* An answer has to look like one to be read at all. */
	if (b.len >= sizeof(*h) && sequence && h->nlmsg_seq & 1)
		h->nlmsg_seq = sequence;
	if (b.len >= sizeof(*h) && h->nlmsg_type & 1)
		h->nlmsg_type = FAMILY;
	if (b.len >= sizeof(*h) && h->nlmsg_len > b.len)
		h->nlmsg_len = (uint32_t)b.len;
	return (ssize_t)b.len;
}

ssize_t __wrap_send(int fd, const void *buf, size_t len, int flags)
{
	const struct nlmsghdr *h = buf;

	(void)fd;
	(void)flags;
	sequence = h->nlmsg_seq;
	return (ssize_t)len;
}

int __wrap_genl_ctrl_resolve(struct nl_sock *socket, const char *name)
{
	(void)socket;
	(void)name;
	return FAMILY;
}

/* The number that ACCEPT's answer gives for a descriptor is nobody's. */
int __wrap_close(int fd)
{
	return accepting ? 0 : __real_close(fd);
}

static void ready(void *arg)
{
	(void)arg;
}

static void family(void *arg, bool present)
{
	(void)arg;
	(void)present;
}

static void post(void *arg, uint64_t cookie, struct hs_bytes message,
		 struct hs_bytes note)
{
	uint32_t *sum = arg;

	*sum += (uint32_t)cookie;

	for (size_t i = 0; i < message.len; i++)
		*sum += message.data[i];
	for (size_t i = 0; i < note.len; i++)
		*sum += note.data[i];
}

static void ask(void *arg, const struct tlsup_ask *a)
{
	post(arg, a->cookie, a->message, hs_bytes(NULL, 0));
}

static void forget(void *arg, struct hs_bytes note)
{
	post(arg, 0, hs_bytes(NULL, 0), note);
}

static void gone(void *arg, uint64_t cookie)
{
	*(uint32_t *)arg += (uint32_t)cookie;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct tlsup_netlink_events events = {
		.ready = ready, .post = post, .ask = ask,
		.gone = gone, .forget = forget, .family = family,
	};
	struct tlsup_netlink *nl;
	struct tlsup_request request;
	uint32_t sum = 0;
	int fd = -1;

	tlsup_log_set_level(TLSUP_LOG_ERROR);
	datagrams = hs_reader(hs_bytes(NULL, 0));
	nl = tlsup_netlink_new(&events, &sum);
	if (!nl)
		abort();
	tlsup_netlink_register(nl);
	datagrams = hs_reader(hs_bytes(data, len));
	accepting = true;
	if (tlsup_netlink_accept(nl, &request, &fd) == 0 &&
	    (strlen(request.server_name) >= sizeof(request.server_name) ||
	     request.alpn_len > sizeof(request.alpn)))
		abort();
	accepting = false;
	sequence = 0;
	for (int n = 0; n < 4; n++)
		tlsup_netlink_read(nl);
	tlsup_netlink_free(nl);
	return 0;
}
