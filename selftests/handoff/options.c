// SPDX-License-Identifier: GPL-2.0-only
/* options: what SOL_TLSUP refuses, and what it gives back. */

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <linux/tls.h>
#include "kselftest_harness.h"

#include "selftests/handoff/lib/agent.h"
#include "selftests/handoff/lib/app.h"

FIXTURE(options) {
	int fd;
};

FIXTURE_SETUP(options)
{
	self->fd = app_socket();
}

FIXTURE_TEARDOWN(options)
{
	close(self->fd);
}

TEST_F(options, info_before_there_is_any)
{
	struct tlsup_info info;
	size_t len = sizeof(info);
	char buf[64];

	EXPECT_EQ(-ENOTCONN, app_get(self->fd, TLSUP_INFO, &info, &len));
	len = sizeof(buf);
	EXPECT_EQ(-ENOTCONN, app_get(self->fd, TLSUP_SERVER_NAME, buf, &len));
	EXPECT_EQ(-ENOTCONN, app_get(self->fd, TLSUP_ALPN, buf, &len));
	EXPECT_EQ(-ENOTCONN, app_get(self->fd, TLSUP_PROFILE, buf, &len));
	EXPECT_EQ(-ENOTCONN, app_get(self->fd, TLSUP_VERIFY, buf, &len));
	EXPECT_EQ(-ENOTCONN, app_get(self->fd, TLSUP_PEER_CERTIFICATE, buf, &len));
}

TEST_F(options, server_name)
{
	char name[300], buf[300];
	size_t len = sizeof(buf);

	memset(name, 'a', sizeof(name));
	EXPECT_EQ(-EINVAL, app_set(self->fd, TLSUP_SERVER_NAME, name, 0));
	EXPECT_EQ(-EINVAL, app_set(self->fd, TLSUP_SERVER_NAME, "", 1));
	EXPECT_EQ(-EINVAL, app_set(self->fd, TLSUP_SERVER_NAME, name, 256));
	EXPECT_EQ(-EINVAL, app_set(self->fd, TLSUP_SERVER_NAME, name, 300));
	EXPECT_EQ(-EINVAL, app_set(self->fd, TLSUP_SERVER_NAME, "a\0b", 3));
	EXPECT_EQ(-EINVAL, app_set(self->fd, TLSUP_SERVER_NAME, "a b", 3));
	EXPECT_EQ(-EINVAL, app_set(self->fd, TLSUP_SERVER_NAME, "a\n", 2));
	EXPECT_EQ(-EINVAL, app_set(self->fd, TLSUP_SERVER_NAME, "\303\244", 2));
	/* Refused options choose no mode. */
	EXPECT_EQ(-ENOTCONN, app_get(self->fd, TLSUP_SERVER_NAME, buf, &len));

	EXPECT_EQ(0, app_set(self->fd, TLSUP_SERVER_NAME, name, 255));
	EXPECT_EQ(0, app_set(self->fd, TLSUP_SERVER_NAME, "a.example", 10));
	len = sizeof(buf);
	EXPECT_EQ(0, app_get(self->fd, TLSUP_SERVER_NAME, buf, &len));
	EXPECT_EQ(9, len);
	EXPECT_EQ(0, memcmp(buf, "a.example", 9));
	len = 8;
	EXPECT_EQ(-EINVAL, app_get(self->fd, TLSUP_SERVER_NAME, buf, &len));
	EXPECT_EQ(TLSUP_STATE_ARMED, app_info(self->fd).state);
}

TEST_F(options, alpn)
{
	char list[300] = { 0 }, buf[300];
	size_t len = sizeof(buf);

	EXPECT_EQ(-EINVAL, app_set(self->fd, TLSUP_ALPN, list, 0));
	EXPECT_EQ(-EINVAL, app_set(self->fd, TLSUP_ALPN, list, 1));
	EXPECT_EQ(-EINVAL, app_set(self->fd, TLSUP_ALPN, "\2h", 2));
	EXPECT_EQ(-EINVAL, app_set(self->fd, TLSUP_ALPN, "\2h2\0", 4));
	list[0] = 127;
	list[128] = 127;
	list[256] = 1;
	EXPECT_EQ(-EINVAL, app_set(self->fd, TLSUP_ALPN, list, 258));
	EXPECT_EQ(0, app_set(self->fd, TLSUP_ALPN, list, 256));
	EXPECT_EQ(0, app_set(self->fd, TLSUP_ALPN, "\2h2\10http/1.1", 12));
	EXPECT_EQ(-ENOTCONN, app_get(self->fd, TLSUP_ALPN, buf, &len));
}

TEST_F(options, profile)
{
	char buf[80];
	size_t len = sizeof(buf);

	EXPECT_EQ(-EINVAL, app_set(self->fd, TLSUP_PROFILE, "", 1));
	EXPECT_EQ(-EINVAL, app_set(self->fd, TLSUP_PROFILE, "../etc", 6));
	EXPECT_EQ(-EINVAL, app_set(self->fd, TLSUP_PROFILE, "a\0b", 3));
	memset(buf, 'p', sizeof(buf));
	EXPECT_EQ(-EINVAL, app_set(self->fd, TLSUP_PROFILE, buf, 64));
	EXPECT_EQ(0, app_set(self->fd, TLSUP_PROFILE, buf, 63));
	EXPECT_EQ(0, app_set(self->fd, TLSUP_PROFILE, "Web_1.x-y", 9));
	EXPECT_EQ(0, app_get(self->fd, TLSUP_PROFILE, buf, &len));
	EXPECT_EQ(9, len);
}

TEST_F(options, profile_default)
{
	char buf[80];
	size_t len = sizeof(buf);

	EXPECT_EQ(0, app_name(self->fd, "a"));
	EXPECT_EQ(0, app_get(self->fd, TLSUP_PROFILE, buf, &len));
	EXPECT_EQ(7, len);
	EXPECT_EQ(0, memcmp(buf, "default", 7));
}

TEST_F(options, verify)
{
	uint32_t verify = 3;
	size_t len = sizeof(verify);

	EXPECT_EQ(-EINVAL, app_set(self->fd, TLSUP_VERIFY, &verify, 4));
	verify = TLSUP_VERIFY_INSECURE_NONE;
	EXPECT_EQ(-EINVAL, app_set(self->fd, TLSUP_VERIFY, &verify, 3));
	EXPECT_EQ(-EINVAL, app_set(self->fd, TLSUP_VERIFY, &verify, 8));
	EXPECT_EQ(0, app_set(self->fd, TLSUP_VERIFY, &verify, 4));
	verify = 9;
	EXPECT_EQ(0, app_get(self->fd, TLSUP_VERIFY, &verify, &len));
	EXPECT_EQ(TLSUP_VERIFY_INSECURE_NONE, verify);
	EXPECT_EQ(4, len);
}

TEST_F(options, start)
{
	struct tlsup_start start = { .role = 3 };

	EXPECT_EQ(-EINVAL, app_set(self->fd, TLSUP_START, &start, sizeof(start)));
	start = (struct tlsup_start){ .flags = 1 };
	EXPECT_EQ(-EINVAL, app_set(self->fd, TLSUP_START, &start, sizeof(start)));
	start = (struct tlsup_start){ .reserved = 1 };
	EXPECT_EQ(-EINVAL, app_set(self->fd, TLSUP_START, &start, sizeof(start)));
	start = (struct tlsup_start){ .timeout_ms = TLSUP_TIMEOUT_MAX_MS + 1 };
	EXPECT_EQ(-EINVAL, app_set(self->fd, TLSUP_START, &start, sizeof(start)));
	start.timeout_ms = TLSUP_TIMEOUT_MAX_MS;
	EXPECT_EQ(-EINVAL, app_set(self->fd, TLSUP_START, &start, 15));
	EXPECT_EQ(-EINVAL, app_set(self->fd, TLSUP_START, &start, 17));
	EXPECT_EQ(0, app_set(self->fd, TLSUP_START, &start, sizeof(start)));
	EXPECT_EQ(TLSUP_STATE_ARMED, app_info(self->fd).state);
}

TEST_F(options, unknown)
{
	uint32_t word = 0;
	size_t len = sizeof(word);

	EXPECT_EQ(-ENOPROTOOPT, app_set(self->fd, 0, &word, len));
	EXPECT_EQ(-ENOPROTOOPT, app_set(self->fd, 99, &word, len));
	EXPECT_EQ(-ENOPROTOOPT, app_set(self->fd, TLSUP_INFO, &word, len));
	EXPECT_EQ(-ENOPROTOOPT, app_set(self->fd, TLSUP_CHANNEL_TX_SECRET, &word, len));
	EXPECT_EQ(-ENOPROTOOPT, app_get(self->fd, TLSUP_START, &word, &len));
	EXPECT_EQ(-ENOPROTOOPT, app_get(self->fd, TLSUP_KEY_UPDATE, &word, &len));
}

TEST_F(options, key_update_too_early)
{
	uint32_t request = 2;

	EXPECT_EQ(-EINVAL, app_set(self->fd, TLSUP_KEY_UPDATE, &request, 4));
	request = TLSUP_KEY_UPDATE_REQUESTED;
	EXPECT_EQ(-ENOTCONN, app_set(self->fd, TLSUP_KEY_UPDATE, &request, 4));
}

TEST_F(options, info_of_any_length)
{
	struct { struct tlsup_info info; char more[32]; } big;
	size_t len = 4;

	EXPECT_EQ(0, app_name(self->fd, "a"));
	memset(&big, 0xee, sizeof(big));
	EXPECT_EQ(0, app_get(self->fd, TLSUP_INFO, &big, &len));
	EXPECT_EQ(4, len);
	EXPECT_EQ(TLSUP_STATE_ARMED, big.info.state);
	EXPECT_EQ(0xeeeeeeee, big.info.role);
	len = sizeof(big);
	EXPECT_EQ(0, app_get(self->fd, TLSUP_INFO, &big, &len));
	EXPECT_EQ(sizeof(big.info), len);
	EXPECT_EQ((char)0xee, big.more[0]);
	len = 0;
	EXPECT_EQ(-EINVAL, app_get(self->fd, TLSUP_INFO, &big, &len));
}

TEST_F(options, bad_pointers)
{
	size_t len = 16;

	EXPECT_EQ(-EFAULT, app_set(self->fd, TLSUP_START, (void *)8, 16));
	EXPECT_EQ(-EFAULT, app_set(self->fd, TLSUP_SERVER_NAME, (void *)8, 16));
	EXPECT_EQ(0, app_name(self->fd, "a"));
	EXPECT_EQ(-EFAULT, app_get(self->fd, TLSUP_INFO, (void *)8, &len));
}

TEST(the_other_mode)
{
	struct tls12_crypto_info_aes_gcm_128 keys = {
		.info = { TLS_1_3_VERSION, TLS_CIPHER_AES_GCM_128 },
	};
	uint16_t port;
	int listener = app_listen(&port), fd, peer;

	fd = socket(AF_INET, SOCK_STREAM, 0);
	ASSERT_EQ(0, app_connect(fd, port));
	ASSERT_EQ(0, app_attach(fd));
	peer = accept(listener, NULL, NULL);
	ASSERT_EQ(0, setsockopt(fd, SOL_TLS, TLS_TX, &keys, sizeof(keys)));
	EXPECT_EQ(-EBUSY, app_name(fd, "a"));
	EXPECT_EQ(-EBUSY, app_start(fd, TLSUP_ROLE_CLIENT, 0));
	EXPECT_EQ(TLSUP_STATE_KTLS, app_info(fd).state);
	close(fd);
	close(peer);

	fd = socket(AF_INET, SOCK_STREAM, 0);
	ASSERT_EQ(0, app_connect(fd, port));
	ASSERT_EQ(0, app_attach(fd));
	peer = accept(listener, NULL, NULL);
	ASSERT_EQ(0, app_name(fd, "a"));
	EXPECT_EQ(-1, setsockopt(fd, SOL_TLS, TLS_TX, &keys, sizeof(keys)));
	EXPECT_EQ(EBUSY, errno);
	close(fd);
	close(peer);
	close(listener);
}

TEST(too_late)
{
	struct agent agent;
	struct request req;
	uint16_t port;
	int listener = app_listen(&port), fd = app_socket();

	agent_start(&agent);
	ASSERT_EQ(0, app_name(fd, "a"));
	app_nonblock(fd);
	EXPECT_EQ(-EINPROGRESS, app_connect(fd, port));
	ASSERT_EQ(0, agent_await(&agent, &req));
	EXPECT_EQ(-EALREADY, app_name(fd, "b"));
	EXPECT_EQ(-EALREADY, app_set(fd, TLSUP_PROFILE, "b", 1));
	ASSERT_EQ(0, channel_secrets(&req));
	ASSERT_EQ(0, agent_done(&agent, req.cookie, NULL));
	close(req.channel);
	EXPECT_EQ(-EISCONN, app_name(fd, "b"));
	EXPECT_EQ(-EISCONN, app_set(fd, TLSUP_ALPN, "\1b", 2));
	close(fd);
	close(listener);
	EXPECT_EQ(0, agent_leftovers(&agent));
}

/* A plain call that sleeps in TCP would take the handshake's bytes, or add its
 * own: nothing begins while there is one. */
TEST_F(options, plain_calls_come_first)
{
	struct app_task reader = { .call = APP_READ };
	int lfd, fd, peer;
	uint16_t port;

	lfd = app_listen(&port);
	fd = app_socket();
	ASSERT_EQ(0, app_connect(fd, port));
	peer = accept(lfd, NULL, NULL);
	ASSERT_LE(0, peer);

	reader.fd = fd;
	app_begin(&reader);
	ASSERT_EQ(1, app_waits(&reader, 200));
	EXPECT_EQ(-EBUSY, app_name(fd, "a.example"));
	EXPECT_EQ(-EBUSY, app_start(fd, TLSUP_ROLE_SERVER, 0));

	ASSERT_EQ(5, app_write(peer, "plain", 5));
	EXPECT_EQ(5, app_end(&reader));
	EXPECT_EQ(0, app_name(fd, "a.example"));
	/* Nobody is registered here. */
	EXPECT_EQ(-ESRCH, app_start(fd, TLSUP_ROLE_CLIENT, 0));
	close(fd);
	close(peer);
	close(lfd);
}

TEST_HARNESS_MAIN
