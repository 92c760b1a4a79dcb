// SPDX-License-Identifier: Apache-2.0
/* pair.c: socket pairs, keys, hand-made records. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "pair.h"

int pair_open(int fd[2], int family)
{
	struct sockaddr_storage addr = { .ss_family = family };
	struct sockaddr_in *in = (void *)&addr;
	struct sockaddr_in6 *in6 = (void *)&addr;
	socklen_t len = family == AF_INET6 ? sizeof(*in6) : sizeof(*in);
	int listener = socket(family, SOCK_STREAM, 0);
	int err = 0;

	fd[0] = -1;
	fd[1] = -1;
	if (family == AF_INET6)
		in6->sin6_addr = in6addr_loopback;
	else
		in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (listener < 0 || bind(listener, (void *)&addr, len) || listen(listener, 1) ||
	    getsockname(listener, (void *)&addr, &len))
		goto fail;
	fd[0] = socket(family, SOCK_STREAM, 0);
	if (fd[0] < 0 || connect(fd[0], (void *)&addr, len))
		goto fail;
	fd[1] = accept(listener, NULL, NULL);
	if (fd[1] < 0)
		goto fail;
	close(listener);
	return 0;
fail:
	err = errno;
	pair_close(fd);
	if (listener >= 0)
		close(listener);
	errno = err;
	return -1;
}

void pair_close(int fd[2])
{
	for (int i = 0; i < 2; i++)
		if (fd[i] >= 0)
			close(fd[i]);
}

int pair_ulp(int fd, const char *name)
{
	return setsockopt(fd, IPPROTO_TCP, TCP_ULP, name, strlen(name) + 1);
}

static size_t key_size(const struct keys *keys)
{
	return keys->cipher == TLS_CIPHER_AES_GCM_128 ? 16 : 32;
}

static bool is_chacha(const struct keys *keys)
{
	return keys->cipher == TLS_CIPHER_CHACHA20_POLY1305;
}

/* iv, key, salt, rec_seq: lengths differ, the whole is 32, 48 or 52 bytes behind the head. */
int pair_key(int fd, int which, const struct keys *keys)
{
	uint8_t info[64] = { 0 };
	struct tls_crypto_info head = { keys->version, keys->cipher };
	size_t size = sizeof(head) + 12 + key_size(keys) + 8;

	memcpy(info, &head, sizeof(head));
	memset(info + sizeof(head), keys->fill, 12 + key_size(keys));
	return setsockopt(fd, SOL_TLS, which, info, size);
}

int pair_tls(int fd[2], const char *ulp0, const char *ulp1, const struct keys *keys)
{
	struct keys back = *keys;

	back.fill++;
	if (pair_ulp(fd[0], ulp0) || pair_ulp(fd[1], ulp1))
		return -1;
	if (pair_key(fd[0], TLS_TX, keys) || pair_key(fd[1], TLS_RX, keys))
		return -1;
	return pair_key(fd[1], TLS_TX, &back) || pair_key(fd[0], TLS_RX, &back) ? -1 : 0;
}

static void put64(uint8_t *to, uint64_t value)
{
	for (int i = 0; i < 8; i++)
		to[i] = value >> (56 - 8 * i);
}

static void nonce_of(const struct sealer *s, uint8_t nonce[12])
{
	uint8_t seq[8];

	memset(nonce, s->keys.fill, 12);
	put64(seq, s->seq);
	if (s->keys.version == TLS_1_3_VERSION || is_chacha(&s->keys)) {
		for (int i = 0; i < 8; i++)
			nonce[4 + i] ^= seq[i];
		return;
	}
	/* The kernel's explicit nonce starts at iv; ours may be anything unique. */
	memcpy(nonce + 4, seq, 8);
}

static const EVP_CIPHER *evp(const struct keys *keys)
{
	if (is_chacha(keys))
		return EVP_chacha20_poly1305();
	return keys->cipher == TLS_CIPHER_AES_GCM_128 ? EVP_aes_128_gcm() : EVP_aes_256_gcm();
}

static EVP_CIPHER_CTX *context(const struct keys *keys, const uint8_t *nonce, int enc)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t key[32];

	memset(key, keys->fill, sizeof(key));
	EVP_CipherInit_ex(ctx, evp(keys), NULL, key, nonce, enc);
	return ctx;
}

static size_t lead_of(const struct keys *keys)
{
	return keys->version == TLS_1_2_VERSION && !is_chacha(keys) ? 8 : 0;
}

static size_t aad_of(const struct sealer *s, const uint8_t *header, size_t len, uint8_t *aad)
{
	if (s->keys.version == TLS_1_3_VERSION) {
		memcpy(aad, header, 5);
		return 5;
	}
	put64(aad, s->seq);
	memcpy(aad + 8, header, 3);
	aad[11] = len >> 8;
	aad[12] = len;
	return 13;
}

size_t seal(struct sealer *s, uint8_t type, const void *data, size_t len, size_t pad, uint8_t *out)
{
	static uint8_t inner[RECORD_MAX];
	bool is_13 = s->keys.version == TLS_1_3_VERSION;
	size_t lead = lead_of(&s->keys), total, text = len;
	uint8_t nonce[12], aad[13];
	EVP_CIPHER_CTX *ctx;
	int n;

	memcpy(inner, data, len);
	if (is_13) {
		inner[text++] = type;
		memset(inner + text, 0, pad);
		text += pad;
	}
	total = lead + text + 16;
	out[0] = is_13 ? TYPE_DATA : type;
	out[1] = 3;
	out[2] = 3;
	out[3] = total >> 8;
	out[4] = total;
	nonce_of(s, nonce);
	memcpy(out + 5, nonce + 4, lead);
	ctx = context(&s->keys, nonce, 1);
	EVP_CipherUpdate(ctx, NULL, &n, aad, aad_of(s, out, len, aad));
	EVP_CipherUpdate(ctx, out + 5 + lead, &n, inner, text);
	EVP_CipherFinal_ex(ctx, out + 5 + lead + text, &n);
	EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16, out + 5 + lead + text);
	EVP_CIPHER_CTX_free(ctx);
	s->seq++;
	return 5 + total;
}

ssize_t unseal(struct sealer *s, const uint8_t *record, size_t len, uint8_t *type, void *data)
{
	size_t lead = lead_of(&s->keys), text = len - 5 - lead - 16;
	uint8_t nonce[12], aad[13], tag[16];
	EVP_CIPHER_CTX *ctx;
	int n, ok;

	nonce_of(s, nonce);
	if (lead)
		memcpy(nonce + 4, record + 5, lead);
	memcpy(tag, record + len - 16, 16);
	ctx = context(&s->keys, nonce, 0);
	EVP_CipherUpdate(ctx, NULL, &n, aad, aad_of(s, record, text, aad));
	EVP_CipherUpdate(ctx, data, &n, record + 5 + lead, text);
	EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, 16, tag);
	ok = EVP_CipherFinal_ex(ctx, (uint8_t *)data + text, &n);
	EVP_CIPHER_CTX_free(ctx);
	if (ok <= 0)
		return -1;
	s->seq++;
	*type = record[0];
	if (s->keys.version == TLS_1_3_VERSION) {
		while (text && !((uint8_t *)data)[text - 1])
			text--;
		if (!text)
			return -1;
		*type = ((uint8_t *)data)[--text];
	}
	return text;
}

ssize_t recv_type(int fd, void *data, size_t len, int flags, uint8_t *type)
{
	char control[CMSG_SPACE(1)];
	struct iovec iov = { data, len };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	ssize_t ret = recvmsg(fd, &msg, flags);
	struct cmsghdr *cmsg = ret < 0 ? NULL : CMSG_FIRSTHDR(&msg);

	*type = 0;
	if (cmsg && cmsg->cmsg_level == SOL_TLS && cmsg->cmsg_type == TLS_GET_RECORD_TYPE)
		*type = *CMSG_DATA(cmsg);
	return ret;
}

ssize_t send_type(int fd, const void *data, size_t len, int flags, uint8_t type)
{
	char control[CMSG_SPACE(1)] = { 0 };
	struct iovec iov = { (void *)data, len };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = CMSG_SPACE(1),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_TLS;
	cmsg->cmsg_type = TLS_SET_RECORD_TYPE;
	cmsg->cmsg_len = CMSG_LEN(1);
	*CMSG_DATA(cmsg) = type;
	return sendmsg(fd, &msg, flags);
}

bool write_all(int fd, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= n;
	}
	return true;
}

bool read_all(int fd, void *data, size_t len)
{
	uint8_t *p = data;

	while (len) {
		ssize_t n = recv(fd, p, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= n;
	}
	return true;
}

uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static uint8_t stream_byte(uint64_t offset, uint32_t seed)
{
	uint64_t x = (offset >> 3) + seed * 0x9e3779b97f4a7c15ULL;

	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9ULL;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebULL;
	x ^= x >> 31;
	return x >> ((offset & 7) * 8);
}

void stream_fill(uint8_t *data, size_t len, uint64_t offset, uint32_t seed)
{
	for (size_t i = 0; i < len; i++)
		data[i] = stream_byte(offset + i, seed);
}

ssize_t stream_check(const uint8_t *data, size_t len, uint64_t offset, uint32_t seed)
{
	for (size_t i = 0; i < len; i++)
		if (data[i] != stream_byte(offset + i, seed))
			return i;
	return -1;
}

int poll_in(int fd, int timeout)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, timeout) == 1 && p.revents & POLLIN;
}

int poll_out(int fd, int timeout)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, timeout) == 1 && p.revents & POLLOUT;
}
