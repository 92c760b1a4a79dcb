// SPDX-License-Identifier: Apache-2.0
/* tlsup serve: accepts TLS connections, by the socket API alone. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/ctl/address.h"
#include "daemon/ctl/ctl.h"
#include "daemon/ctl/error.h"
#include "daemon/ctl/relay.h"
#include "daemon/ctl/session.h"
#include "daemon/ctl/upgrade.h"
#include "daemon/ctl/www.h"

#define BACKLOG		128
#define CHILDREN_MAX	256

struct settings;

/* What is done with a connection: 0, or a positive errno of the socket. asked:
 * the client owes an answer before it may be given anything by name. */
typedef int (*service)(const struct settings *s, int fd, bool asked);

struct settings {
	struct tlsup_wishes wishes;
	const char *bind;
	const char *port;
	service service;
	const char *path;
	bool once;
	bool info;
	bool json;
	bool ask_certificate;
	const char *export;	/* a label, or NULL */
	unsigned int children;
};

static int serve_relay(const struct settings *s, int fd, bool asked)
{
	struct tlsup_relay relay = {
		.socket = fd, .in = STDIN_FILENO, .out = STDOUT_FILENO,
	};
	bool file_failed;
	int err = tlsup_relay_run(&relay, &file_failed);

	(void)s;
	(void)asked;
	if (err && file_failed)
		exit(tlsup_error_system(err, "stdin or stdout"));
	return err;
}

static int serve_receive(const struct settings *s, int fd, bool asked)
{
	struct tlsup_relay relay = {
		.socket = fd, .in = -1, .out = STDOUT_FILENO,
	};
	bool file_failed;
	int err = tlsup_relay_run(&relay, &file_failed);

	(void)s;
	(void)asked;
	if (err && file_failed)
		exit(tlsup_error_system(err, "stdout"));
	return err;
}

static int serve_discard(const struct settings *s, int fd, bool asked)
{
	(void)s;
	(void)asked;
	return tlsup_relay_drain(fd);
}

static int serve_echo(const struct settings *s, int fd, bool asked)
{
	static char buffer[64 * 1024];
	ssize_t n;
	int err;

	(void)s;
	(void)asked;
	while ((n = read(fd, buffer, sizeof(buffer))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		err = tlsup_relay_write_all(fd, buffer, (size_t)n);
		if (err)
			return err;
	}
	return shutdown(fd, SHUT_WR) ? errno : 0;
}

static int serve_file(const struct settings *s, int fd, bool asked)
{
	int err = tlsup_www_send_file(fd, s->path);

	(void)asked;
	if (!err && shutdown(fd, SHUT_WR))
		err = errno;
	return err ? err : tlsup_relay_drain(fd);
}

static int serve_www(const struct settings *s, int fd, bool asked)
{
	return tlsup_www_answer(fd, NULL, s->path, asked);
}

static int serve_root(const struct settings *s, int fd, bool asked)
{
	return tlsup_www_answer(fd, s->path, NULL, asked);
}

static const struct option longs[] = {
	{ "profile", required_argument, NULL, 'p' },
	{ "alpn", required_argument, NULL, 'a' },
	{ "bind", required_argument, NULL, 'b' },
	{ "timeout", required_argument, NULL, 't' },
	{ "once", no_argument, NULL, '1' },
	{ "info", no_argument, NULL, 'i' },
	{ "export", required_argument, NULL, 'x' },
	{ "ask-certificate", no_argument, NULL, 'c' },
	{ "file", required_argument, NULL, 'F' },
	{ "www", required_argument, NULL, 'W' },
	{ "root", required_argument, NULL, 'R' },
	{ "echo", no_argument, NULL, 'E' },
	{ "discard", no_argument, NULL, 'D' },
	{ "receive", no_argument, NULL, 'C' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
	"Usage: tlsup serve [OPTION]... PORT\n\n"
	"  -p, --profile PROFILE   of tlsupd's configuration (default: default)\n"
	"  -a, --alpn NAME[,NAME]  protocols to accept, most wanted first\n"
	"  -b, --bind ADDRESS      listen there only\n"
	"  -t, --timeout SECONDS   for each handshake\n"
	"  -1, --once              one connection, then end with its status\n"
	"  -i, --info              tell of each connection on stderr\n"
	"      --export LABEL      print key material for LABEL, on stderr\n"
	"      --ask-certificate   ask the client for one when the handshake is over;\n"
	"                          by HTTP/1.0 it gets no answer before its own\n\n"
	"What each connection gets (default: one connection, stdin and stdout):\n"
	"      --file FILE         FILE, and the end\n"
	"      --www FILE          FILE by HTTP/1.0, whatever the path\n"
	"      --root DIRECTORY    the files below DIRECTORY by HTTP/1.0\n"
	"      --echo              what it sends\n"
	"      --receive           what it sends goes to stdout, nothing back\n"
	"      --discard           nothing; what it sends is dropped\n";

static int parse_service(struct settings *s, int c)
{
	static const struct {
		int option;
		service service;
	} services[] = {
		{ 'F', serve_file },	{ 'W', serve_www },
		{ 'R', serve_root },	{ 'E', serve_echo },
		{ 'D', serve_discard }, { 'C', serve_receive },
	};
	size_t i;

	for (i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		if (services[i].option != c)
			continue;
		if (s->service) {
			tlsup_error("serve: one service only, please");
			return TLSUP_EXIT_USAGE;
		}
		s->service = services[i].service;
		s->path = optarg;
		return 0;
	}
	return TLSUP_EXIT_USAGE;
}

static int parse_option(struct settings *s, int c)
{
	switch (c) {
	case 'p':
		s->wishes.profile = optarg;
		return 0;
	case 'a':
		s->wishes.alpn = optarg;
		return tlsup_session_check_alpn(optarg);
	case 'b':
		s->bind = optarg;
		return 0;
	case 't':
		return tlsup_session_timeout(optarg, &s->wishes.timeout_ms);
	case '1':
		s->once = true;
		return 0;
	case 'i':
		s->info = true;
		return 0;
	case 'x':
		s->export = optarg;
		return 0;
	case 'c':
		s->ask_certificate = true;
		return 0;
	default:
		return parse_service(s, c);
	}
}

static int parse(struct settings *s, int argc, char **argv)
{
	int c, status;

	while ((c = getopt_long(argc, argv, "p:a:b:t:1ih", longs, NULL)) !=
	       -1) {
		if (c == 'h') {
			fputs(help, stdout);
			exit(TLSUP_EXIT_OK);
		}
		status = parse_option(s, c);
		if (status)
			return status;
	}
	if (argc - optind != 1) {
		tlsup_error("serve: one port, please");
		return TLSUP_EXIT_USAGE;
	}
	s->port = argv[optind];
	if (!s->service) {
		s->service = serve_relay;
		s->once = true;
	}
	if (s->path && access(s->path, R_OK))
		return tlsup_error_system(errno, "%s", s->path);
	return 0;
}

static int listen_at(const struct settings *s, const struct addrinfo *ai,
		     int *listener)
{
	int on = 1, off = 0, err;

	*listener = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC,
			   ai->ai_protocol);
	if (*listener < 0)
		return tlsup_error_system(errno, "socket");
	setsockopt(*listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (ai->ai_family == AF_INET6)
		setsockopt(*listener, IPPROTO_IPV6, IPV6_V6ONLY, &off,
			   sizeof(off));
	err = tlsup_upgrade_listener(*listener, &s->wishes);
	if (err)
		return tlsup_session_setup_failed("serve", err);
	if (bind(*listener, ai->ai_addr, ai->ai_addrlen) ||
	    listen(*listener, BACKLOG))
		return tlsup_error_system(errno, "port %s", s->port);
	return 0;
}

/* Without --bind: every address, IPv4's too, through one IPv6 socket; or
 * IPv4's alone on a machine without IPv6. */
static int open_listener(const struct settings *s, int *listener)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
				  .ai_flags = AI_PASSIVE };
	struct addrinfo *list;
	int err, status, probe;

	*listener = -1;
	if (!s->bind) {
		probe = socket(AF_INET6, SOCK_STREAM, 0);
		hints.ai_family = probe < 0 ? AF_INET : AF_INET6;
		close(probe);
	}
	err = getaddrinfo(s->bind, s->port, &hints, &list);
	if (err) {
		tlsup_error("port %s: %s", s->port, gai_strerror(err));
		return TLSUP_EXIT_SYSTEM;
	}
	status = listen_at(s, list, listener);
	freeaddrinfo(list);
	return status;
}

static const char *name_of(int fd, bool peer, char text[TLSUP_ADDRESS_TEXT])
{
	union tlsup_address address = { 0 };
	socklen_t len = sizeof(address);

	if (peer)
		getpeername(fd, &address.sa, &len);
	else
		getsockname(fd, &address.sa, &len);
	return tlsup_address_text(&address, text);
}

/* Post-handshake authentication. Did it begin? */
static bool ask_certificate(int fd, const char *whom)
{
	int err = tlsup_upgrade_ask_certificate(fd);

	if (err == EOPNOTSUPP)
		tlsup_error("%s: the client does not offer to be asked", whom);
	else if (err)
		tlsup_error_system(err, "%s: asking for a certificate", whom);
	return !err;
}

static void tell_certificate(int fd, const char *whom)
{
	static const char *const states[] = {
		[TLSUP_AUTH_NONE] = "was not asked",
		[TLSUP_AUTH_PENDING] = "did not answer",
		[TLSUP_AUTH_DONE] = "has a certificate",
		[TLSUP_AUTH_EMPTY] = "has no certificate",
	};
	uint32_t state;

	if (!tlsup_upgrade_certificate_state(fd, &state) &&
	    state < sizeof(states) / sizeof(states[0]))
		tlsup_error("%s: the client %s", whom, states[state]);
}

static int serve_client(const struct settings *s, int fd, const char *whom)
{
	int err, status = TLSUP_EXIT_OK;
	bool asked;

	err = tlsup_upgrade_wait(fd, TLSUP_ROLE_SERVER);
	if (err) {
		status = tlsup_error_socket(whom, fd, err, true);
	} else {
		if (s->export)
			tlsup_session_print_export(fd, s->export);
		asked = s->ask_certificate && ask_certificate(fd, whom);
		err = s->service(s, fd, asked);
		if (asked)
			tell_certificate(fd, whom);
		if (err)
			status = tlsup_error_socket(whom, fd, err, false);
	}
	if (s->info)
		tlsup_session_print_info(fd, s->json);
	return status;
}

/* At most CHILDREN_MAX clients at a time; more wait in the backlog. */
static void reap(struct settings *s)
{
	while (s->children &&
	       waitpid(-1, NULL, s->children < CHILDREN_MAX ? WNOHANG : 0) > 0)
		s->children--;
}

static void serve_in_child(struct settings *s, int listener, int fd,
			   const char *whom)
{
	pid_t pid = fork();

	if (pid < 0)
		tlsup_error_system(errno, "fork");
	if (pid > 0)
		s->children++;
	if (pid)
		return;
	close(listener);
	_exit(serve_client(s, fd, whom));
}

static int serve(struct settings *s, int listener)
{
	char whom[TLSUP_ADDRESS_TEXT];
	int fd, status;

	for (;;) {
		reap(s);
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (fd < 0)
			return tlsup_error_system(errno, "accept");
		name_of(fd, true, whom);
		if (s->once) {
			close(listener);
			status = serve_client(s, fd, whom);
			close(fd);
			return status;
		}
		serve_in_child(s, listener, fd, whom);
		close(fd);
	}
}

int tlsup_command_serve(int argc, char **argv, const struct tlsup_options *opt)
{
	struct settings s = { .json = opt->json };
	char where[TLSUP_ADDRESS_TEXT];
	int listener, status;

	status = parse(&s, argc, argv);
	if (!status)
		status = open_listener(&s, &listener);
	if (status)
		return status;
	if (s.info)
		tlsup_error("listening on %s",
			    name_of(listener, false, where));
	return serve(&s, listener);
}
