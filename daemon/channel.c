// SPDX-License-Identifier: Apache-2.0
/*
 * channel: owns the system calls on a channel socket, whose grammar is
 * <linux/tlsup_netlink.h>'s.
 */
#include "daemon/channel.h"

#include <errno.h>
#include <linux/tls.h>
#include <linux/tlsup.h>
#include <linux/tlsup_netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/netlink.h"

#ifndef SOL_TLS
#define SOL_TLS	282
#endif

_Static_assert(HS_SECRET_MAX <= TLSUP_SECRET_MAX, "a secret fits");
_Static_assert((int)HS_EPOCH_APPLICATION == (int)TLSUP_EPOCH_APPLICATION,
	       "engine and kernel count epochs alike");

struct kernel_channel {
	struct tlsup_channel	base;
	struct tlsup_netlink	*netlink;
	uint64_t		cookie;
	int			fd;
};

static struct kernel_channel *kernel(struct tlsup_channel *ch)
{
	return (struct kernel_channel *)ch;
}

static int receive(struct tlsup_channel *ch, uint8_t *type, uint8_t *buf,
		   size_t room, size_t *len)
{
	union {
		struct cmsghdr	align;
		char		bytes[CMSG_SPACE(sizeof(uint8_t))];
	} control;
	struct iovec iov = { buf, room };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *c;
	ssize_t n;

	do {
		n = recvmsg(kernel(ch)->fd, &msg, MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	*len = n;
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_level == SOL_TLS &&
	    c->cmsg_type == TLS_GET_RECORD_TYPE) {
		*type = *CMSG_DATA(c);
		return 1;
	}
	/* Bytes without a type would be the kernel's mistake, not the peer's. */
	return n == 0 ? 0 : -EBADE;
}

static int send_records(struct tlsup_channel *ch, uint8_t type,
			const uint8_t *data, size_t len)
{
	union {
		struct cmsghdr	align;
		char		bytes[CMSG_SPACE(sizeof(uint8_t))];
	} control = { 0 };
	struct iovec iov = { (void *)data, len };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	ssize_t n;

	c->cmsg_level = SOL_TLS;
	c->cmsg_type = TLS_SET_RECORD_TYPE;
	c->cmsg_len = CMSG_LEN(sizeof(uint8_t));
	*CMSG_DATA(c) = type;
	do {
		n = sendmsg(kernel(ch)->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EBADE;
}

static int install(struct tlsup_channel *ch, bool tx, enum hs_epoch epoch,
		   uint16_t cipher_suite, const struct hs_secret *secret)
{
	struct tlsup_secret s = {
		.version = TLSUP_VERSION_1_3,
		.cipher_suite = secret->len ? cipher_suite : 0,
		.epoch = epoch,
		.length = secret->len,
	};
	int r;

	memcpy(s.secret, secret->bytes, secret->len);
	r = setsockopt(kernel(ch)->fd, SOL_TLSUP,
		       tx ? TLSUP_CHANNEL_TX_SECRET : TLSUP_CHANNEL_RX_SECRET,
		       &s, sizeof(s));
	if (r < 0)
		r = -errno;
	explicit_bzero(&s, sizeof(s));
	return r;
}

/* The kernel protects AEAD suites alone: those have no MAC key. */
static int install_keys(struct tlsup_channel *ch, bool tx,
			uint16_t cipher_suite, const struct hs_key_block *keys)
{
	struct tlsup_key_block kb = {
		.version = TLSUP_VERSION_1_2,
		.cipher_suite = cipher_suite,
		.key_length = keys->key_len,
		.iv_length = keys->iv_len,
	};
	int r;

	if (keys->mac_len || keys->key_len > sizeof(kb.key) ||
	    keys->iv_len > sizeof(kb.iv))
		return -EINVAL;
	memcpy(kb.key, keys->key, keys->key_len);
	memcpy(kb.iv, keys->iv, keys->iv_len);
	r = setsockopt(kernel(ch)->fd, SOL_TLSUP,
		       tx ? TLSUP_CHANNEL_TX_KEYS : TLSUP_CHANNEL_RX_KEYS, &kb,
		       sizeof(kb));
	if (r < 0)
		r = -errno;
	explicit_bzero(&kb, sizeof(kb));
	return r;
}

static int set_limits(struct tlsup_channel *ch, uint16_t tx, uint16_t rx)
{
	struct tlsup_record_limits limits = { .tx = tx, .rx = rx };

	return setsockopt(kernel(ch)->fd, SOL_TLSUP,
			  TLSUP_CHANNEL_RECORD_LIMITS, &limits,
			  sizeof(limits)) < 0 ? -errno : 0;
}

static int set_number(struct tlsup_channel *ch, int option, uint32_t number)
{
	return setsockopt(kernel(ch)->fd, SOL_TLSUP, option, &number,
			  sizeof(number)) < 0 ? -errno : 0;
}

static int set_early_limit(struct tlsup_channel *ch, uint32_t bytes)
{
	return set_number(ch, TLSUP_CHANNEL_EARLY_LIMIT, bytes);
}

static int set_skip(struct tlsup_channel *ch, uint32_t bytes)
{
	return set_number(ch, TLSUP_CHANNEL_RX_SKIP, bytes);
}

static int done(struct tlsup_channel *ch, const struct tlsup_done *d)
{
	return tlsup_netlink_done(kernel(ch)->netlink, kernel(ch)->cookie, d);
}

static int fail(struct tlsup_channel *ch, const struct tlsup_fail *f)
{
	return tlsup_netlink_fail(kernel(ch)->netlink, kernel(ch)->cookie, f);
}

static void close_channel(struct tlsup_channel *ch)
{
	close(kernel(ch)->fd);
	free(ch);
}

static const struct tlsup_channel_ops kernel_ops = {
	.receive	= receive,
	.send		= send_records,
	.install	= install,
	.install_keys	= install_keys,
	.set_limits	= set_limits,
	.set_early_limit = set_early_limit,
	.set_skip	= set_skip,
	.done		= done,
	.fail		= fail,
	.close		= close_channel,
};

struct tlsup_channel *tlsup_channel_new(struct tlsup_netlink *netlink,
					uint64_t cookie, int fd)
{
	struct kernel_channel *ch = calloc(1, sizeof(*ch));

	if (!ch) {
		close(fd);
		return NULL;
	}
	ch->base.ops = &kernel_ops;
	ch->netlink = netlink;
	ch->cookie = cookie;
	ch->fd = fd;
	return &ch->base;
}

int tlsup_channel_fd(const struct tlsup_channel *ch)
{
	return ((const struct kernel_channel *)ch)->fd;
}
