// SPDX-License-Identifier: GPL-2.0-only
/* peer12: owns TLS 1.2 records outside the kernel. */

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <openssl/evp.h>

#include "selftests/handoff/lib/peer12.h"

int channel_keys12(int channel, int optname, uint8_t fill)
{
	struct tlsup_key_block kb = {
		.version = TLSUP_VERSION_1_2, .cipher_suite = SUITE12,
		.key_length = 16, .iv_length = 4,
	};

	memset(kb.key, fill, 16);
	memset(kb.iv, fill, 4);
	return setsockopt(channel, SOL_TLSUP, optname, &kb, sizeof(kb)) ? -errno : 0;
}

int agent_done12(struct agent *a, uint64_t cookie, int version)
{
	struct nl_msg *msg = agent_message(a, TLSUP_CMD_DONE);

	nla_put_u64(msg, TLSUP_A_COOKIE, cookie);
	nla_put_u16(msg, TLSUP_A_VERSION, version);
	nla_put_u16(msg, TLSUP_A_CIPHER_SUITE, SUITE12);
	nla_put_u32(msg, TLSUP_A_FLAGS, 0);
	return agent_command(a, msg);
}

void peer12_init(struct peer12 *p, int fd, uint8_t tx, uint8_t rx)
{
	struct timeval patience = { .tv_sec = 20 };

	*p = (struct peer12){ .fd = fd, .tx = tx, .rx = rx };
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

static int crypt12(int seal, uint8_t fill, uint64_t seq, uint8_t type,
		   const uint8_t *text, size_t len, uint8_t *out, uint8_t *wire)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t key[16], nonce[12], aad[13] = {};
	int n, ok, i;

	memset(key, fill, sizeof(key));
	memset(nonce, fill, 4);
	memcpy(nonce + 4, wire + 5, 8);
	for (i = 0; i < 8; i++)
		aad[7 - i] = seq >> (8 * i);
	aad[8] = type;
	aad[9] = 3;
	aad[10] = 3;
	aad[11] = len >> 8;
	aad[12] = len;
	ok = EVP_CipherInit_ex(ctx, EVP_aes_128_gcm(), NULL, key, nonce, seal) &&
	     (seal || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, 16,
					  wire + 13 + len)) &&
	     EVP_CipherUpdate(ctx, NULL, &n, aad, sizeof(aad)) &&
	     EVP_CipherUpdate(ctx, out, &n, text, len) &&
	     EVP_CipherFinal_ex(ctx, out + n, &n) > 0 &&
	     (!seal || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, 16,
					   wire + 13 + len));
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

int peer12_send(struct peer12 *p, uint8_t type, const void *data, size_t len)
{
	uint8_t wire[512] = { type, 3, 3, (len + 24) >> 8, len + 24 };
	ssize_t size = len + 29;

	memcpy(wire + 5, &p->sent, 8);	/* unique is enough */
	if (!crypt12(1, p->tx, p->sent++, type, data, len, wire + 13, wire))
		return -1;
	return send(p->fd, wire, size, MSG_NOSIGNAL) == size ? 0 : -1;
}

/* The length of what stands behind the header, or -1. */
static int recv_wire(struct peer12 *p, uint8_t *wire, size_t size)
{
	int len;

	if (recv(p->fd, wire, 5, MSG_WAITALL) != 5)
		return -1;
	len = wire[3] << 8 | wire[4];
	if (len + 5 > (int)size)
		return -1;
	return recv(p->fd, wire + 5, len, MSG_WAITALL) == len ? len : -1;
}

int peer12_recv(struct peer12 *p, uint8_t *type, void *buf)
{
	uint8_t wire[512];
	int len = recv_wire(p, wire, sizeof(wire)) - 24;

	*type = wire[0];
	return len >= 0 && crypt12(0, p->rx, p->received++, *type, wire + 13, len,
				   buf, wire) ? len : -1;
}

int peer12_send_plain(struct peer12 *p, uint8_t type, const void *data, size_t len)
{
	uint8_t wire[512] = { type, 3, 3, len >> 8, len };
	ssize_t size = len + 5;

	memcpy(wire + 5, data, len);
	return send(p->fd, wire, size, MSG_NOSIGNAL) == size ? 0 : -1;
}

int peer12_recv_plain(struct peer12 *p, uint8_t *type, void *buf)
{
	uint8_t wire[512];
	int len = recv_wire(p, wire, sizeof(wire));

	*type = wire[0];
	if (len > 0)
		memcpy(buf, wire + 5, len);
	return len;
}
