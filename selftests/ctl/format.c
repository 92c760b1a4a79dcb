// SPDX-License-Identifier: Apache-2.0
/* What tlsup prints of canned netlink attributes, in every format. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include <linux/tlsup.h>
#include <linux/tlsup_netlink.h>

#include "daemon/ctl/ctl.h"
#include "daemon/ctl/error.h"
#include "daemon/ctl/names.h"
#include "daemon/ctl/out.h"
#include "daemon/ctl/session.h"
#include "daemon/ctl/socket.h"
#include "daemon/ctl/upgrade.h"
#include "daemon/names.h"

static int tests, failures;

static void ok(bool good, const char *name)
{
	printf("%sok %d - %s\n", good ? "" : "not ", ++tests, name);
	failures += !good;
}

static void same(const char *got, const char *want, const char *name)
{
	ok(!strcmp(got, want), name);
	if (strcmp(got, want))
		printf("# wanted: %s\n# got:    %s\n", want, got);
}

/* A server's socket with everything in it, hostile text included. */
static void put_everything(struct nl_msg *msg)
{
	struct sockaddr_in local = { .sin_family = AF_INET,
				     .sin_port = htons(8443) };
	struct sockaddr_in6 peer = { .sin6_family = AF_INET6,
				     .sin6_port = htons(50000) };
	struct tlsup_info info = {
		.state = TLSUP_STATE_OPEN,
		.role = TLSUP_ROLE_SERVER,
		.flags = TLSUP_F_RESUMED,
		.version = TLSUP_VERSION_1_3,
		.cipher_suite = 0x1302,
		.group = 29,
		.alert_sent = TLSUP_ALERT_NONE,
		.alert_received = 0,
		.tx_bytes = 1536 * 1024,
		.rx_bytes = 5,
		.tx_records = 97,
		.rx_records = 2,
		.alert_received_level = 1,
		.early_bytes = 17,
		.tx_record_limit = 16384,
		.rx_record_limit = 512,
	};

	inet_pton(AF_INET, "192.0.2.1", &local.sin_addr);
	inet_pton(AF_INET6, "2001:db8::7", &peer.sin6_addr);
	nla_put_u64(msg, TLSUP_A_SOCK_COOKIE, 0x123456789a);
	nla_put_u32(msg, TLSUP_A_STATE, TLSUP_STATE_OPEN);
	nla_put_u32(msg, TLSUP_A_ROLE, TLSUP_ROLE_SERVER);
	nla_put_u32(msg, TLSUP_A_UID, 33);
	nla_put(msg, TLSUP_A_LOCAL_ADDR, sizeof(local), &local);
	nla_put(msg, TLSUP_A_PEER_ADDR, sizeof(peer), &peer);
	nla_put(msg, TLSUP_A_INFO, sizeof(info), &info);
	nla_put(msg, TLSUP_A_SERVER_NAME, 9, "a\x1b[31m\tb\xff");
	nla_put(msg, TLSUP_A_ALPN, 2, "h2");
	nla_put(msg, TLSUP_A_PROFILE, 7, "default");
}

static void parse(struct tlsup_socket *socket, void (*put)(struct nl_msg *))
{
	struct nlattr *tb[TLSUP_A_MAX + 1];
	struct nl_msg *msg = nlmsg_alloc();

	nlmsg_put(msg, 0, 0, 42, 0, 0);
	put(msg);
	nlmsg_parse(nlmsg_hdr(msg), 0, tb, TLSUP_A_MAX, NULL);
	tlsup_socket_parse(socket, tb);
	nlmsg_free(msg);
}

static char *print(const struct tlsup_socket *socket, enum tlsup_format format,
		   const char *only)
{
	struct tlsup_out out;
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	tlsup_out_init(&out, format, file);
	out.only = only;
	tlsup_out_begin(&out);
	tlsup_socket_describe(&out, socket);
	tlsup_out_end(&out);
	tlsup_out_finish(&out);
	fclose(file);
	return text;
}

static void check(const struct tlsup_socket *socket, enum tlsup_format format,
		  const char *only, const char *want, const char *name)
{
	char *text = print(socket, format, only);

	same(text, want, name);
	free(text);
}

#define NAME "a\\x1b[31m\\x09b\\xff"

static void test_formats(void)
{
	struct tlsup_socket socket;

	parse(&socket, put_everything);
	check(&socket, TLSUP_OUT_TEXT, NULL,
	      "server: 192.0.2.1:8443 -> [2001:db8::7]:50000 (open)\n"
	      "  version: TLSv1.3\n"
	      "  suite: TLS_AES_256_GCM_SHA384\n"
	      "  group: x25519\n"
	      "  name: " NAME "\n"
	      "  alpn: h2\n"
	      "  resumed: yes\n"
	      "  sent: 1.50 MiB\n"
	      "  received: 5 B\n"
	      "  records_sent: 97\n"
	      "  records_received: 2\n"
	      "  alert_received: close_notify\n"
	      "  profile: default\n"
	      "  early_bytes: 17 B\n"
	      "  record_limit_received: 512\n", "text");
	check(&socket, TLSUP_OUT_DUMP, NULL,
	      "78187493530\tserver\topen\t192.0.2.1:8443\t[2001:db8::7]:50000\t"
	      "TLSv1.3\tTLS_AES_256_GCM_SHA384\tx25519\t-\t" NAME "\th2\tyes\t"
	      "no\t1572864\t5\t97\t2\t0\t0\t-\tclose_notify\t-\t-\tdefault\t"
	      "33\t0\t-\tno\t17\t16384\t512\t-\twarning\n",
	      "dump: 33 columns, no byte of a peer's unescaped");
	check(&socket, TLSUP_OUT_BARE, "suite", "TLS_AES_256_GCM_SHA384\n",
	      "bare: a name");
	check(&socket, TLSUP_OUT_BARE, "signature", "-\n", "bare: nothing");
	check(&socket, TLSUP_OUT_BARE, "sent", "1572864\n",
	      "bare: bytes without a unit");
}

static void test_json(void)
{
	struct tlsup_socket socket;
	json_t *object;
	char *text;

	parse(&socket, put_everything);
	text = print(&socket, TLSUP_OUT_JSON, NULL);
	object = json_loads(text, 0, NULL);
	ok(object && json_object_size(object) == 33, "json: 33 keys, as dump");
	ok(json_is_true(json_object_get(object, "resumed")), "json: boolean");
	ok(json_is_null(json_object_get(object, "signature")), "json: null");
	ok(json_integer_value(json_object_get(object, "cookie")) ==
		   0x123456789a, "json: number of more than 32 bits");
	same(json_string_value(json_object_get(object, "name")), NAME,
	     "json: bytes that are not UTF-8");
	json_decref(object);
	free(text);
}

static void put_nothing(struct nl_msg *msg)
{
	(void)msg;
}

/* As an older and a newer kernel would have it. */
static void put_short(struct nl_msg *msg)
{
	struct tlsup_info info = { .version = TLSUP_VERSION_1_2 };

	nla_put(msg, TLSUP_A_INFO, offsetof(struct tlsup_info, alert_sent),
		&info);
	nla_put(msg, TLSUP_A_PEER_ADDR, 2, "\x02\x00");
}

static void put_long(struct nl_msg *msg)
{
	char bytes[sizeof(struct tlsup_info) + 64];
	struct tlsup_info *info = (void *)bytes;

	memset(bytes, 'x', sizeof(bytes));
	info->error = EREMCHG;
	info->cipher_suite = 0xfefe;
	nla_put(msg, TLSUP_A_INFO, sizeof(bytes), bytes);
}

static void test_odd_attributes(void)
{
	struct tlsup_socket socket;

	parse(&socket, put_nothing);
	check(&socket, TLSUP_OUT_TEXT, NULL, "socket:  (idle)\n",
	      "no attributes at all");
	parse(&socket, put_short);
	ok(socket.info.version == TLSUP_VERSION_1_2 &&
	   socket.info.alert_sent == TLSUP_ALERT_NONE, "a shorter INFO");
	ok(socket.peer.sa.sa_family == AF_UNSPEC, "a cut address");
	parse(&socket, put_long);
	check(&socket, TLSUP_OUT_BARE, "error", "EREMCHG\n", "a longer INFO");
	ok(strlen(socket.info.reason) == TLSUP_REASON_MAX,
	   "a reason without an end");
	check(&socket, TLSUP_OUT_BARE, "suite", "0xfefe\n",
	      "a number without a name");
}

static void test_alpn(void)
{
	unsigned char list[TLSUP_ALPN_MAX];
	char long_name[300];

	ok(tlsup_upgrade_alpn_list("h2,http/1.1", list) == 12 &&
	   !memcmp(list, "\2h2\10http/1.1", 12), "alpn: a list");
	ok(tlsup_upgrade_alpn_list("", list) < 0, "alpn: empty");
	ok(tlsup_upgrade_alpn_list("h2,", list) < 0, "alpn: an empty name");
	memset(long_name, 'a', sizeof(long_name));
	long_name[256] = '\0';
	ok(tlsup_upgrade_alpn_list(long_name, list) < 0, "alpn: 256 bytes");
	long_name[255] = '\0';
	ok(tlsup_upgrade_alpn_list(long_name, list) == 256, "alpn: 255 bytes");
}

static void test_errors(void)
{
	int status;

	tlsup_error_meaning(EREMCHG, true, &status);
	ok(status == TLSUP_EXIT_CERTIFICATE, "EREMCHG is a certificate's");
	tlsup_error_meaning(ESRCH, true, &status);
	ok(status == TLSUP_EXIT_NO_SERVICE, "ESRCH is nobody there");
	tlsup_error_meaning(ECONNRESET, true, &status);
	ok(status == TLSUP_EXIT_HANDSHAKE, "ECONNRESET during the handshake");
	tlsup_error_meaning(ECONNRESET, false, &status);
	ok(status == TLSUP_EXIT_CONNECTION, "ECONNRESET afterwards");
	tlsup_error_meaning(ENOMEM, true, &status);
	ok(status == TLSUP_EXIT_SYSTEM, "any other errno is the system's");
}

/* Each counter of the header has a name, so that none is lost. */
static void test_names(void)
{
	bool all = true;
	unsigned int i;

	for (i = 1; i <= TLSUP_STAT_MAX; i++)
		all = all && strncmp(tlsup_stat_name(i), "0x", 2);
	ok(all, "every counter has a name");
	ok(!strcmp(tlsup_stat_name(i), "0x0015"), "the next one has none");
	ok(!strcmp(tlsup_suite_name(0xfafa), "0xfafa"), "an unknown suite");
}

static void test_counts(void)
{
	uint64_t count;

	ok(!tlsup_session_count("64K", &count) && count == 65536, "64K");
	ok(!tlsup_session_count(NULL, &count) && count == 0, "no count");
	ok(tlsup_session_count("-1", &count) && tlsup_session_count("1x", &count)
	   && tlsup_session_count("1KK", &count) &&
	   tlsup_session_count("", &count), "no counts");
}

int main(void)
{
	/* The reasons of the refusals above are not for the log. */
	if (!freopen("/dev/null", "w", stderr))
		return 1;
	puts("TAP version 13");
	test_formats();
	test_json();
	test_odd_attributes();
	test_alpn();
	test_errors();
	test_names();
	test_counts();
	printf("1..%d\n", tests);
	return failures ? 1 : 0;
}
