// SPDX-License-Identifier: Apache-2.0
/* hs-peer: the engine as a small TLS 1.3 client or server over plain TCP, for
 * other people's test suites and for ours. No kernel module is needed. */
#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/engine/suites.h"
#include "peer.h"

static const char usage[] =
"usage: hs-peer client HOST PORT [OPTION]...\n"
"       hs-peer server PORT [OPTION]...\n"
"\n"
"client: makes a TLS 1.3 connection, prints its parameters on stderr, sends\n"
"what comes from standard input (or --send) and prints what the server sends.\n"
"server: answers each connection's first line with the connection's parameters,\n"
"as HTTP/1.0; GET /bytes/N sends N bytes, GET /keyupdate changes keys first.\n"
"\n"
"  --cert FILE         certificate chain, PEM, leaf first (server: required)\n"
"  --key FILE          its private key, PEM\n"
"  --ca FILE           trust these; without it no certificate is verified\n"
"  --name NAME         server name to send and to verify (default: HOST)\n"
"  --no-name           send none\n"
"  --alpn A,B          application protocols, most wanted first\n"
"  --alpn-required     fail where none is agreed on\n"
"  --suites LIST       cipher suites, as RFC 8446 names them\n"
"  --groups LIST       x25519, secp256r1, secp384r1, secp521r1, x448\n"
"  --shares LIST       client: groups to send a share for; 'none' for none\n"
"  --session-in FILE   client: resume this session if the file is there\n"
"  --session-out FILE  client: keep the newest session there\n"
"  --no-resumption     neither offer nor issue tickets\n"
"  --tickets N         server: tickets for a connection (default 2)\n"
"  --cookie            server: a HelloRetryRequest carries a cookie\n"
"  --client-auth WHAT  server: request or require a certificate (--ca)\n"
"  --no-compat         no middlebox compatibility mode (RFC 8446 D.4)\n"
"  --key-update        client: change keys before sending, and ask for it\n"
"  --send TEXT         client: send TEXT and a newline instead of standard input\n"
"  --accept N          server: leave after N connections (default: never)\n"
"  --key-log FILE      append secrets in NSS's format\n"
"  --ticket-key FILE   server: 32 bytes; made if missing, so that tickets\n"
"                      outlive the process\n"
"\n"
"Leaves with 0 if (the last) handshake and connection went well, 1 if not.\n";

struct options {
	const char	*cert, *key, *ca, *name, *send, *session_in;
	const char	*session_out, *key_log;
	bool		no_name, key_update;
	int		accept;
	uint8_t		alpn[512];
	uint16_t	suites[8], groups[8], shares[8];
	size_t		suites_len, groups_len, shares_len;
	bool		shares_set;
	struct hs_config config;
};

/* A list of names to numbers, by one of the engine's tables. */
static size_t parse_list(const char *arg, uint16_t (*lookup)(const char *),
			 uint16_t *out)
{
	char copy[512], *save = NULL;
	size_t n = 0;

	snprintf(copy, sizeof(copy), "%s", arg);
	for (char *s = strtok_r(copy, ",", &save); s && n < 8;
	     s = strtok_r(NULL, ",", &save)) {
		out[n] = lookup(s);
		if (!out[n++]) {
			fprintf(stderr, "hs-peer: unknown name: %s\n", s);
			exit(2);
		}
	}
	return n;
}

static uint16_t suite_by_name(const char *name)
{
	for (uint16_t id = 0x1301; id <= 0x1305; id++)
		if (hs_suite(id) && !strcmp(hs_suite(id)->name, name))
			return id;
	return 0;
}

static uint16_t group_by_name(const char *name)
{
	for (unsigned int id = 1; id < 0x3000; id++)
		if (hs_group((uint16_t)id) &&
		    !strcmp(hs_group((uint16_t)id)->name, name))
			return (uint16_t)id;
	return 0;
}

static void parse_alpn(struct options *o, const char *arg)
{
	size_t at = 0;

	while (*arg && at + strcspn(arg, ",") + 1 < sizeof(o->alpn)) {
		size_t n = strcspn(arg, ",");

		o->alpn[at++] = (uint8_t)n;
		memcpy(o->alpn + at, arg, n);
		at += n;
		arg += n + (arg[n] == ',');
	}
	o->config.alpn = (struct hs_bytes){ o->alpn, at };
}

enum {
	CERT = 256, KEY, CA, NAME, NO_NAME, ALPN, ALPN_REQUIRED, SUITES, GROUPS,
	SHARES, SESSION_IN, SESSION_OUT, NO_RESUMPTION, TICKETS, COOKIE,
	NO_COMPAT, KEY_UPDATE, SEND, ACCEPT, KEY_LOG, TICKET_KEY, CLIENT_AUTH, HELP
};

static const struct option long_options[] = {
	{ "cert", 1, NULL, CERT }, { "key", 1, NULL, KEY },
	{ "ca", 1, NULL, CA }, { "name", 1, NULL, NAME },
	{ "no-name", 0, NULL, NO_NAME }, { "alpn", 1, NULL, ALPN },
	{ "alpn-required", 0, NULL, ALPN_REQUIRED },
	{ "suites", 1, NULL, SUITES }, { "groups", 1, NULL, GROUPS },
	{ "shares", 1, NULL, SHARES }, { "session-in", 1, NULL, SESSION_IN },
	{ "session-out", 1, NULL, SESSION_OUT },
	{ "no-resumption", 0, NULL, NO_RESUMPTION },
	{ "tickets", 1, NULL, TICKETS }, { "cookie", 0, NULL, COOKIE },
	{ "no-compat", 0, NULL, NO_COMPAT },
	{ "key-update", 0, NULL, KEY_UPDATE }, { "send", 1, NULL, SEND },
	{ "accept", 1, NULL, ACCEPT }, { "key-log", 1, NULL, KEY_LOG },
	{ "client-auth", 1, NULL, CLIENT_AUTH },
	{ "ticket-key", 1, NULL, TICKET_KEY }, { "help", 0, NULL, HELP },
	{ NULL, 0, NULL, 0 },
};

static void load_ticket_key(const char *file)
{
	FILE *f = fopen(file, "r");
	uint8_t key[32];

	if (f && fread(key, 1, sizeof(key), f) == sizeof(key)) {
		host_ticket_key(key);
		fclose(f);
		return;
	}
	if (f)
		fclose(f);
	tlsup_crypto_openssl()->random(key, sizeof(key));
	f = fopen(file, "w");
	if (!f || fwrite(key, 1, sizeof(key), f) != sizeof(key)) {
		perror(file);
		exit(2);
	}
	fclose(f);
	host_ticket_key(key);
}

static void parse_policy(struct options *o, int opt)
{
	switch (opt) {
	case ALPN:
		parse_alpn(o, optarg);
		break;
	case CLIENT_AUTH:
		o->config.client_auth = strcmp(optarg, "require") ?
			HS_CLIENT_AUTH_REQUEST : HS_CLIENT_AUTH_REQUIRE;
		break;
	case SUITES:
		o->suites_len = parse_list(optarg, suite_by_name, o->suites);
		break;
	case GROUPS:
		o->groups_len = parse_list(optarg, group_by_name, o->groups);
		break;
	case SHARES:
		o->shares_set = true;
		if (strcmp(optarg, "none"))
			o->shares_len = parse_list(optarg, group_by_name,
						   o->shares);
		break;
	}
}

static void parse_flag(struct options *o, int opt)
{
	switch (opt) {
	case NO_NAME:
		o->no_name = true;
		break;
	case ALPN_REQUIRED:
		o->config.alpn_required = true;
		break;
	case NO_RESUMPTION:
		o->config.no_resumption = true;
		break;
	case COOKIE:
		o->config.server_cookie = true;
		break;
	case NO_COMPAT:
		o->config.no_compat_mode = true;
		break;
	case KEY_UPDATE:
		o->key_update = true;
		break;
	case TICKETS:
		o->config.tickets = (unsigned int)atoi(optarg);
		break;
	case ACCEPT:
		o->accept = atoi(optarg);
		break;
	case TICKET_KEY:
		load_ticket_key(optarg);
		break;
	default:
		parse_policy(o, opt);
	}
}

static const char **text_option(struct options *o, int opt)
{
	switch (opt) {
	case CERT:
		return &o->cert;
	case KEY:
		return &o->key;
	case CA:
		return &o->ca;
	case NAME:
		return &o->name;
	case SEND:
		return &o->send;
	case SESSION_IN:
		return &o->session_in;
	case SESSION_OUT:
		return &o->session_out;
	case KEY_LOG:
		return &o->key_log;
	}
	return NULL;
}

static void parse(struct options *o, int argc, char **argv)
{
	int opt;

	o->config.tickets = 2;
	o->config.ticket_lifetime = 7200;
	while ((opt = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		const char **text = text_option(o, opt);

		if (opt == HELP) {
			fputs(usage, stdout);
			exit(0);
		}
		if (opt == '?')
			exit(2);
		if (text)
			*text = optarg;
		else
			parse_flag(o, opt);
	}
	o->config.crypto = tlsup_crypto_openssl();
	o->config.host = &host_ops;
	o->config.cipher_suites = o->suites_len ? o->suites : NULL;
	o->config.cipher_suites_len = o->suites_len;
	o->config.groups = o->groups_len ? o->groups : NULL;
	o->config.groups_len = o->groups_len;
	o->config.key_share_groups = o->shares_set ? o->shares : NULL;
	o->config.key_share_groups_len = o->shares_len;
}

static size_t describe(struct peer *p, char *out, size_t len)
{
	const struct hs_info *i = hs_info(p->hs);
	const struct hs_suite *suite = hs_suite(i->cipher_suite);
	const struct hs_group *group = hs_group(i->group);
	const struct hs_scheme *scheme = hs_scheme(i->signature_scheme);

	return (size_t)snprintf(out, len,
		"version=TLSv1.3 suite=%s group=%s signature=%s resumed=%s retried=%s peer_certificates=%zu alpn=%.*s name=%.*s\n",
		suite->name, group->name, scheme ? scheme->name : "-",
		i->resumed ? "yes" : "no", i->retried ? "yes" : "no",
		i->peer_chain_len,
		(int)i->alpn.len, i->alpn.len ? (char *)i->alpn.data : "",
		(int)i->server_name.len,
		i->server_name.len ? (char *)i->server_name.data : "");
}

static int report_failure(struct peer *p)
{
	const struct hs_error *e = hs_error(p->hs);

	fprintf(stderr, "failed: %s (alert sent %d, received %d)\n", e->reason,
		e->alert_sent == HS_ALERT_NONE ? -1 : e->alert_sent,
		e->alert_received == HS_ALERT_NONE ? -1 : e->alert_received);
	return 1;
}

static void load_session(struct peer *p, const char *file)
{
	uint8_t packed[8192];
	FILE *f = fopen(file, "r");
	size_t n = f ? fread(packed, 1, sizeof(packed), f) : 0;
	struct hs_session *s = hs_session_unpack((struct hs_bytes){ packed, n });

	if (f)
		fclose(f);
	if (s)
		hs_set_session(p->hs, s);
	hs_session_free(s);
}

static void save_session(struct peer *p, const char *file)
{
	uint8_t packed[8192];
	FILE *f = p->session ? fopen(file, "w") : NULL;

	if (!f)
		return;
	fwrite(packed, 1, hs_session_pack(p->session, packed, sizeof(packed)),
	       f);
	fclose(f);
}

static int tcp_connect(const char *host, const char *port)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	int fd = -1;

	if (getaddrinfo(host, port, &hints, &list))
		return -1;
	for (struct addrinfo *a = list; a && fd < 0; a = a->ai_next) {
		fd = socket(a->ai_family, SOCK_STREAM, 0);
		if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen)) {
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(list);
	return fd;
}

static int client_talk(struct peer *p, const struct options *o)
{
	const uint8_t *data;
	char buf[4096];
	int n = 0, err = 0;

	if (o->key_update)
		err = peer_key_update(p, true);
	if (o->send && !err) {
		n = snprintf(buf, sizeof(buf), "%s\n", o->send);
		err = peer_write(p, buf, (size_t)n);
	}
	while (!o->send && !err && (n = (int)read(0, buf, sizeof(buf))) > 0)
		err = peer_write(p, buf, (size_t)n);
	while (!err && (n = peer_read(p, &data)) > 0)
		fwrite(data, 1, (size_t)n, stdout);
	fflush(stdout);
	return err || n < 0;
}

static void set_up(struct peer *p, const struct options *o, enum hs_role role,
		   int fd)
{
	peer_init(p, role, fd);
	p->config = o->config;
	p->config.role = role;
	p->host.ca_file = o->ca;
	p->host.name = o->name;
	p->keylog = o->key_log ? fopen(o->key_log, "a") : NULL;
}

static int run_client(const struct options *o, const char *host,
		      const char *port)
{
	struct host_identity *id = o->cert ? host_load(o->cert, o->key) : NULL;
	int fd = tcp_connect(host, port), err;
	const char *name = o->name ? o->name : host;
	struct peer p;
	char text[1024];

	if (fd < 0) {
		fprintf(stderr, "hs-peer: %s %s: %s\n", host, port,
			strerror(errno));
		return 1;
	}
	set_up(&p, o, HS_CLIENT, fd);
	p.host.name = name;
	p.host.identity = id;
	if (!peer_open(&p))
		return 1;
	if (!o->no_name)
		hs_set_server_name(p.hs, name, strlen(name));
	if (o->session_in)
		load_session(&p, o->session_in);
	err = peer_handshake(&p) ? report_failure(&p) : 0;
	if (!err) {
		describe(&p, text, sizeof(text));
		fputs(text, stderr);
		err = client_talk(&p, o);
	}
	if (o->session_out)
		save_session(&p, o->session_out);
	if (p.keylog)
		fclose(p.keylog);
	peer_close(&p);
	close(fd);
	host_free(id);
	return err;
}

static int send_bytes(struct peer *p, size_t n)
{
	static uint8_t block[16384];
	int err = 0;

	while (n && !err) {
		size_t m = n < sizeof(block) ? n : sizeof(block);

		err = peer_write(p, block, m);
		n -= m;
	}
	return err;
}

static int server_talk(struct peer *p)
{
	static const char ok[] = "HTTP/1.0 200 OK\r\n\r\n";
	char text[1024], request[1024] = "";
	const uint8_t *data;
	int n = peer_read(p, &data), err = 0;

	if (n <= 0)
		return n;
	memcpy(request, data, (size_t)n < sizeof(request) ?
				      (size_t)n : sizeof(request) - 1);
	if (!strncmp(request, "GET /keyupdate", 14))
		err = peer_key_update(p, true);
	if (!err)
		err = peer_write(p, ok, strlen(ok));
	if (!strncmp(request, "GET /bytes/", 11))
		return err || send_bytes(p, strtoul(request + 11, NULL, 10));
	return err || peer_write(p, text, describe(p, text, sizeof(text)));
}

static int serve_one(const struct options *o, const struct host_identity *id,
		     int fd)
{
	struct peer p;
	char text[1024];
	int err;

	set_up(&p, o, HS_SERVER, fd);
	p.host.identity = id;
	if (!peer_open(&p))
		return 1;
	err = peer_handshake(&p) ? report_failure(&p) : 0;
	if (!err) {
		describe(&p, text, sizeof(text));
		fputs(text, stderr);
		err = server_talk(&p);
	}
	if (p.keylog)
		fclose(p.keylog);
	peer_close(&p);
	shutdown(fd, SHUT_WR);
	/* Read to the end, or a reset could overtake what was sent. */
	while (!err && read(fd, text, sizeof(text)) > 0)
		;
	close(fd);
	return err != 0;
}

static int tcp_listen(const char *port)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
					.ai_family = AF_INET6,
					.ai_flags = AI_PASSIVE };
	struct addrinfo *a = NULL;
	int fd, one = 1;

	if (getaddrinfo(NULL, port, &hints, &a))
		return -1;
	fd = socket(a->ai_family, SOCK_STREAM, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, a->ai_addr, a->ai_addrlen) || listen(fd, 16)) {
		close(fd);
		fd = -1;
	}
	freeaddrinfo(a);
	return fd;
}

static int run_server(const struct options *o, const char *port)
{
	struct host_identity *id;
	int fd, err = 0;

	if (!o->cert || !o->key) {
		fputs("hs-peer: a server needs --cert and --key\n", stderr);
		return 2;
	}
	id = host_load(o->cert, o->key);
	fd = id ? tcp_listen(port) : -1;
	if (fd < 0) {
		perror("hs-peer");
		host_free(id);
		return 1;
	}
	fprintf(stderr, "listening\n");
	for (int n = 0; !o->accept || n < o->accept; n++) {
		int c = accept(fd, NULL, NULL);

		if (c >= 0)
			err = serve_one(o, id, c);
	}
	close(fd);
	host_free(id);
	return err;
}

int main(int argc, char **argv)
{
	static struct options o;
	int left;

	signal(SIGPIPE, SIG_IGN);
	parse(&o, argc, argv);
	left = argc - optind;
	if (left == 3 && !strcmp(argv[optind], "client"))
		return run_client(&o, argv[optind + 1], argv[optind + 2]);
	if (left == 2 && !strcmp(argv[optind], "server"))
		return run_server(&o, argv[optind + 1]);
	fputs(usage, stderr);
	return 2;
}
