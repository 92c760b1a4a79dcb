// SPDX-License-Identifier: Apache-2.0
/* tlsup connect: netcat over TLS, by the socket API alone. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/ctl/ctl.h"
#include "daemon/ctl/error.h"
#include "daemon/ctl/relay.h"
#include "daemon/ctl/session.h"
#include "daemon/ctl/upgrade.h"

struct settings {
	struct tlsup_wishes wishes;
	const char *host;
	const char *port;
	bool info;
	const char *export;	/* a label, or NULL */
	bool key_update;
	uint64_t key_update_every;
	/* What stdin had to say at once, and what of it is written. */
	char early[TLSUP_EARLY_DATA_MAX];
	size_t early_len;
	size_t early_done;
};

static const struct option longs[] = {
	{ "name", required_argument, NULL, 'n' },
	{ "alpn", required_argument, NULL, 'a' },
	{ "profile", required_argument, NULL, 'p' },
	{ "timeout", required_argument, NULL, 't' },
	{ "insecure", no_argument, NULL, 'k' },
	{ "insecure-no-name", no_argument, NULL, 'N' },
	{ "key-update", optional_argument, NULL, 'u' },
	{ "early-data", no_argument, NULL, 'e' },
	{ "export", required_argument, NULL, 'x' },
	{ "info", no_argument, NULL, 'i' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
	"Usage: tlsup connect [OPTION]... HOST PORT\n\n"
	"  -n, --name NAME         verify the peer as NAME, not as HOST\n"
	"  -a, --alpn NAME[,NAME]  protocols to offer, most wanted first\n"
	"  -p, --profile PROFILE   of tlsupd's configuration\n"
	"  -t, --timeout SECONDS   for the handshake\n"
	"  -i, --info              tell at the end, on stderr, what was agreed on\n"
	"  -e, --early-data        send what stdin has at once as 0-RTT, if the profile\n"
	"                          and an earlier session allow it; it can be replayed\n"
	"      --export LABEL      print key material for LABEL, on stderr\n"
	"      --key-update[=BYTES] ask for new keys at the start, and again after\n"
	"                          each BYTES sent\n"
	"      --insecure          do not verify the peer at all\n"
	"      --insecure-no-name  verify the chain, but not the name\n";

static int parse_option(struct settings *s, int c)
{
	switch (c) {
	case 'n':
		s->wishes.name = optarg;
		return 0;
	case 'a':
		s->wishes.alpn = optarg;
		return tlsup_session_check_alpn(optarg);
	case 'p':
		s->wishes.profile = optarg;
		return 0;
	case 't':
		return tlsup_session_timeout(optarg, &s->wishes.timeout_ms);
	case 'k':
		s->wishes.verify = TLSUP_VERIFY_INSECURE_NONE;
		return 0;
	case 'N':
		s->wishes.verify = TLSUP_VERIFY_INSECURE_NO_NAME;
		return 0;
	case 'u':
		s->key_update = true;
		return tlsup_session_count(optarg, &s->key_update_every);
	case 'e':
		s->wishes.early_data = true;
		return 0;
	case 'x':
		s->export = optarg;
		return 0;
	case 'i':
		s->info = true;
		return 0;
	default:
		return TLSUP_EXIT_USAGE;
	}
}

static int parse(struct settings *s, int argc, char **argv)
{
	int c, status;

	while ((c = getopt_long(argc, argv, "n:a:p:t:eih", longs, NULL)) != -1) {
		if (c == 'h') {
			fputs(help, stdout);
			exit(TLSUP_EXIT_OK);
		}
		status = parse_option(s, c);
		if (status)
			return status;
	}
	if (argc - optind != 2) {
		tlsup_error("connect: a host and a port, please");
		return TLSUP_EXIT_USAGE;
	}
	s->host = argv[optind];
	s->port = argv[optind + 1];
	if (!s->wishes.name)
		s->wishes.name = s->host;
	return 0;
}

/* What stdin has goes with the call that connects, so that it is there before
 * the handshake begins: the kernel sends it early if it may, and otherwise
 * afterwards. */
static int connect_early(struct settings *s, int fd, const struct addrinfo *ai)
{
	ssize_t n;

	n = sendto(fd, s->early, s->early_len, MSG_FASTOPEN, ai->ai_addr,
		   ai->ai_addrlen);
	if (n < 0)
		return errno;
	s->early_done = n;
	return tlsup_upgrade_wait(fd, TLSUP_ROLE_CLIENT);
}

static int connect_to(struct settings *s, int fd, const struct addrinfo *ai)
{
	int err;

	if (s->early_len)
		return connect_early(s, fd, ai);
	do
		err = connect(fd, ai->ai_addr, ai->ai_addrlen) ? errno : 0;
	while (err == EINTR);
	return err == EISCONN ? 0 : err;
}

/*
 * One address. Returns the exit status and, with 0, *fd; *next says that
 * another address may do better: nobody answered at this one.
 */
static int try_address(struct settings *s, const struct addrinfo *ai,
		       const char *whom, int *fd, bool *next)
{
	int err;

	*next = false;
	*fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC,
		     ai->ai_protocol);
	if (*fd < 0) {
		*next = errno == EAFNOSUPPORT;
		return tlsup_error_system(errno, "%s", whom);
	}
	err = tlsup_upgrade_client(*fd, &s->wishes);
	if (err)
		return tlsup_session_setup_failed(whom, err);
	err = connect_to(s, *fd, ai);
	if (!err)
		return 0;
	if (tlsup_session_handshake_began(*fd))
		return tlsup_error_socket(whom, *fd, err, true);
	*next = true;
	return tlsup_error_system(err, "%s", whom);
}

static int open_connection(struct settings *s, const char *whom, int *fd)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list, *ai;
	int status, err;
	bool next = true;

	*fd = -1;
	err = getaddrinfo(s->host, s->port, &hints, &list);
	if (err) {
		tlsup_error("%s: %s", whom, err == EAI_SYSTEM ?
				strerror(errno) : gai_strerror(err));
		return TLSUP_EXIT_SYSTEM;
	}
	for (ai = list, status = TLSUP_EXIT_SYSTEM; ai && next;
	     ai = ai->ai_next) {
		if (*fd >= 0)
			close(*fd);
		status = try_address(s, ai, whom, fd, &next);
	}
	freeaddrinfo(list);
	return status;
}

static int talk(const struct settings *s, const char *whom, int fd)
{
	struct tlsup_relay relay = {
		.socket = fd,
		.in = STDIN_FILENO,
		.out = STDOUT_FILENO,
		.end_with_peer = true,
		.key_update_every = s->key_update_every,
	};
	bool file_failed;
	int err;

	if (s->key_update) {
		err = tlsup_upgrade_key_update(fd);
		if (err)
			return tlsup_error_system(err, "%s: key update", whom);
	}
	err = tlsup_relay_write_all(fd, s->early + s->early_done,
				    s->early_len - s->early_done);
	file_failed = false;
	if (!err)
		err = tlsup_relay_run(&relay, &file_failed);
	if (!err)
		return TLSUP_EXIT_OK;
	if (file_failed)
		return tlsup_error_system(err, "stdin or stdout");
	return tlsup_error_socket(whom, fd, err, false);
}

int tlsup_command_connect(int argc, char **argv,
			  const struct tlsup_options *opt)
{
	static struct settings s;
	char whom[300];
	ssize_t n;
	int fd, status;

	status = parse(&s, argc, argv);
	if (status)
		return status;
	snprintf(whom, sizeof(whom), "%s port %s", s.host, s.port);
	if (s.wishes.early_data) {
		n = read(STDIN_FILENO, s.early, sizeof(s.early));
		s.early_len = n > 0 ? (size_t)n : 0;
	}
	status = open_connection(&s, whom, &fd);
	if (!status && s.export)
		status = tlsup_session_print_export(fd, s.export);
	if (!status)
		status = talk(&s, whom, fd);
	if (fd >= 0 && s.info)
		tlsup_session_print_info(fd, opt->json);
	if (fd >= 0)
		close(fd);
	return status;
}
