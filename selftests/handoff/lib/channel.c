// SPDX-License-Identifier: GPL-2.0-only
/* channel: owns the fake agent's records and secrets. */

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/tls.h>

#include "selftests/handoff/lib/agent.h"

#ifndef SOL_TLS
#define SOL_TLS 282
#endif

int channel_send(int channel, uint8_t type, const void *data, size_t len)
{
	char control[CMSG_SPACE(1)] = {};
	struct iovec iov = { (void *)data, len };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	ssize_t n;

	cmsg->cmsg_level = SOL_TLS;
	cmsg->cmsg_type = TLS_SET_RECORD_TYPE;
	cmsg->cmsg_len = CMSG_LEN(1);
	*CMSG_DATA(cmsg) = type;
	n = sendmsg(channel, &msg, 0);
	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EIO;
}

int channel_recv(int channel, uint8_t *type, void *buf, size_t size)
{
	char control[CMSG_SPACE(1)] = {};
	struct iovec iov = { buf, size };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg;
	ssize_t n = recvmsg(channel, &msg, 0);

	if (n < 0)
		return -errno;
	cmsg = CMSG_FIRSTHDR(&msg);
	*type = 0;
	if (cmsg && cmsg->cmsg_level == SOL_TLS &&
	    cmsg->cmsg_type == TLS_GET_RECORD_TYPE)
		*type = *CMSG_DATA(cmsg);
	return n;
}

int channel_wait(int channel)
{
	struct pollfd pfd = { .fd = channel, .events = POLLIN };

	return poll(&pfd, 1, 20000) == 1 ? 0 : -ETIMEDOUT;
}

int channel_secret(int channel, int optname, int epoch, uint8_t fill)
{
	struct tlsup_secret secret = {
		.version = TLSUP_VERSION_1_3,
		.cipher_suite = 0x1301,
		.epoch = epoch,
		.length = 32,
	};

	memset(secret.secret, fill, 32);
	return setsockopt(channel, SOL_TLSUP, optname, &secret,
			  sizeof(secret)) ? -errno : 0;
}

int channel_secrets(const struct request *req)
{
	int client = req->role == TLSUP_ROLE_CLIENT;
	int err = channel_secret(req->channel, TLSUP_CHANNEL_TX_SECRET,
				 TLSUP_EPOCH_APPLICATION, client ? 'c' : 's');

	return err ? err : channel_secret(req->channel, TLSUP_CHANNEL_RX_SECRET,
					  TLSUP_EPOCH_APPLICATION,
					  client ? 's' : 'c');
}
