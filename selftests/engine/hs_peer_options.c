// SPDX-License-Identifier: Apache-2.0
/* hs_peer_options: owns the command line of hs-peer: one table that is both
 * the parser and the page that --help prints. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/crypto_openssl.h"
#include "daemon/engine/suites.h"
#include "hs_peer.h"

static const char intro[] =
"usage: hs-peer client HOST PORT [OPTION]...\n"
"       hs-peer server PORT [OPTION]...\n"
"\n"
"The handshake engine over plain TCP, for other people's test suites and ours.\n"
"\n"
"client: makes a connection, prints its parameters on stderr, sends what comes\n"
"from standard input (or --send, --get) and prints what the server sends.\n"
"\n"
"server: prints \"listening on PORT\" on stderr (PORT 0: any that is free), and\n"
"answers each connection's request as HTTP/1.0:\n"
"  GET /             the connection's parameters\n"
"  GET /bytes/N      N bytes\n"
"  POST /upload/N    reads N bytes, then says how many came and their sum\n"
"  GET /keyupdate    changes keys first, and asks the client to\n"
"  GET /auth         asks for the client's certificate first (TLS 1.3)\n"
"  GET /badticket    sends a malformed ticket, and waits for the end (TLS 1.3)\n"
"  GET /renegotiate  makes another handshake first (TLS 1.2)\n";

static const char outro[] =
"\n"
"Names: suites as the RFCs or OpenSSL spell them; groups and schemes as the\n"
"RFCs do. Versions are 1.2 and 1.3. Leaves with 0 if all went well, with 1 if\n"
"the (last) handshake or connection did not, with 2 for a wrong command line.\n";

void hs_peer_usage(const char *format, ...)
{
	va_list args;

	fputs("hs-peer: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs("; see hs-peer --help\n", stderr);
	exit(2);
}

/* --- Options that need more than a place to be kept --- */

static struct identity *last_identity(struct options *o)
{
	if (!o->ids_len)
		hs_peer_usage("--cert comes first");
	return &o->ids[o->ids_len - 1];
}

static struct identity *add_identity(struct options *o)
{
	if (o->ids_len == CERTS_MAX)
		hs_peer_usage("more than %d certificates", CERTS_MAX);
	return &o->ids[o->ids_len++];
}

static void set_cert(struct options *o, char *arg)
{
	add_identity(o)->cert = arg;
}

static void set_key(struct options *o, char *arg)
{
	last_identity(o)->key = arg;
}

static void set_ocsp(struct options *o, char *arg)
{
	last_identity(o)->ocsp = arg;
}

static void set_sct(struct options *o, char *arg)
{
	last_identity(o)->sct = arg;
}

/* NAME=CERT,KEY */
static void set_sni(struct options *o, char *arg)
{
	char *cert = strchr(arg, '='), *key = cert ? strchr(cert, ',') : NULL;
	struct identity *id = add_identity(o);

	if (!key)
		hs_peer_usage("--sni wants NAME=CERT,KEY");
	*cert++ = 0;
	*key++ = 0;
	id->name = arg;
	id->cert = cert;
	id->key = key;
}

static uint16_t version(const char *arg)
{
	if (!strcmp(arg, "1.2"))
		return HS_TLS12;
	if (!strcmp(arg, "1.3"))
		return HS_TLS13;
	hs_peer_usage("a version is 1.2 or 1.3");
}

static void set_min(struct options *o, char *arg)
{
	o->config.min_version = version(arg);
}

static void set_max(struct options *o, char *arg)
{
	o->config.max_version = version(arg);
}

static void set_suites(struct options *o, char *arg)
{
	o->config.cipher_suites_len = hs_peer_suites(arg, o->suites);
	o->config.cipher_suites = o->suites;
}

static void set_groups(struct options *o, char *arg)
{
	o->config.groups_len = hs_peer_groups(arg, o->groups);
	o->config.groups = o->groups;
}

static void set_shares(struct options *o, char *arg)
{
	if (strcmp(arg, "none"))
		o->config.key_share_groups_len = hs_peer_groups(arg, o->shares);
	o->config.key_share_groups = o->shares;
}

static void set_schemes(struct options *o, char *arg)
{
	o->config.schemes_len = hs_peer_schemes(arg, o->schemes);
	o->config.schemes = o->schemes;
}

static void set_alpn(struct options *o, char *arg)
{
	size_t at = 0;

	while (*arg) {
		size_t n = strcspn(arg, ",");

		if (!n || n > 255 || at + n + 1 > sizeof(o->alpn))
			hs_peer_usage("--alpn wants names of 1 to 255 bytes");
		o->alpn[at++] = (uint8_t)n;
		memcpy(o->alpn + at, arg, n);
		at += n;
		arg += n + (arg[n] == ',');
	}
	o->config.alpn = (struct hs_bytes){ o->alpn, at };
}

static void set_client_auth(struct options *o, char *arg)
{
	if (!strcmp(arg, "request"))
		o->config.client_auth = HS_CLIENT_AUTH_REQUEST;
	else if (!strcmp(arg, "require"))
		o->config.client_auth = HS_CLIENT_AUTH_REQUIRE;
	else
		hs_peer_usage("--client-auth wants request or require");
}

static void set_renegotiation(struct options *o, char *arg)
{
	if (!strcmp(arg, "allow"))
		o->config.renegotiation = HS_RENEGOTIATION_ALLOW;
	else if (strcmp(arg, "refuse"))
		hs_peer_usage("--renegotiation wants refuse or allow");
}

static size_t from_hex(const char *text, uint8_t *out, size_t room)
{
	size_t n = 0;
	unsigned int byte;

	for (; text[0] && text[1] && n < room; text += 2) {
		if (sscanf(text, "%2x", &byte) != 1)
			return 0;
		out[n++] = (uint8_t)byte;
	}
	return *text ? 0 : n;
}

/* IDENTITY:HEX[:sha384] */
static void set_psk(struct options *o, char *arg)
{
	struct hs_psk *psk = &o->psks[o->config.psks_len];
	char *key = strchr(arg, ':'), *hash = key ? strchr(key + 1, ':') : NULL;

	if (!key || o->config.psks_len == PSKS_MAX)
		hs_peer_usage("--psk wants IDENTITY:HEX[:sha384], at most %d times",
			      PSKS_MAX);
	*key++ = 0;
	if (hash)
		*hash++ = 0;
	psk->identity = (struct hs_bytes){ (uint8_t *)arg, strlen(arg) };
	psk->key.len = (uint8_t)from_hex(key, psk->key.bytes,
					 sizeof(psk->key.bytes));
	psk->hash = hash && !strcmp(hash, "sha384") ? HS_SHA384 : HS_SHA256;
	if (!psk->key.len || !psk->identity.len)
		hs_peer_usage("--psk wants an identity, and 1 to %d bytes of key in hex",
			      HS_SECRET_MAX);
	o->config.psks_len++;
	o->config.psks = o->psks;
}

/* PRINCIPAL[,DOMAIN] */
static void set_user_mapping(struct options *o, char *arg)
{
	char *domain = strchr(arg, ',');

	if (domain)
		*domain++ = 0;
	o->config.user_mapping = true;
	o->config.user_principal =
		(struct hs_bytes){ (uint8_t *)arg, strlen(arg) };
	if (domain)
		o->config.user_domain = (struct hs_bytes){ (uint8_t *)domain,
							   strlen(domain) };
}

static void set_ask_user_mapping(struct options *o, char *arg)
{
	(void)arg;
	o->config.user_mapping = true;
}

static void set_compress(struct options *o, char *arg)
{
	o->config.compressions_len =
		hs_peer_compressions(arg, o->compressions);
	o->config.compressions = o->compressions;
}

static void print_help(struct options *o, char *arg) __attribute__((noreturn));

/* --- The table --- */

enum kind { TITLE, FLAG, TEXT, NUMBER16, NUMBER32, CALL };

struct row {
	const char	*name, *arg, *help;
	enum kind	kind;
	size_t		at;		/* into struct options */
	void		(*call)(struct options *o, char *arg);
};

#define AT(member)	__builtin_offsetof(struct options, member)
#define FLAG(name, member, help) { name, NULL, help, FLAG, AT(member), NULL }
#define TEXT(name, arg, member, help) { name, arg, help, TEXT, AT(member), NULL }
#define NUMBER16(name, arg, member, help) \
	{ name, arg, help, NUMBER16, AT(member), NULL }
#define NUMBER32(name, arg, member, help) \
	{ name, arg, help, NUMBER32, AT(member), NULL }
#define CALL(name, arg, call, help) { name, arg, help, CALL, 0, call }
#define TITLE(name) { name, NULL, NULL, TITLE, 0, NULL }

static const struct row rows[] = {
	TITLE("What is agreed on"),
	CALL("min", "VERSION", set_min, "oldest version (default 1.2)"),
	CALL("max", "VERSION", set_max, "newest version (default 1.3)"),
	CALL("suites", "LIST", set_suites, "cipher suites of both versions, most wanted first"),
	CALL("groups", "LIST", set_groups, "key exchange groups, most wanted first"),
	CALL("shares", "LIST", set_shares, "client: groups to send a share for at once; 'none' for none"),
	CALL("schemes", "LIST", set_schemes, "signature schemes that are accepted"),
	CALL("alpn", "A,B", set_alpn, "application protocols, most wanted first"),
	FLAG("alpn-required", config.alpn_required, "fail where none is agreed on"),
	FLAG("cookie", config.server_cookie, "server: a HelloRetryRequest carries a cookie"),
	FLAG("no-compat", config.no_compat_mode, "no middlebox compatibility mode (RFC 8446 D.4)"),
	FLAG("grease", config.grease, "client: GREASE values (RFC 8701)"),
	FLAG("fallback-scsv", config.fallback_scsv, "client: TLS_FALLBACK_SCSV (RFC 7507)"),
	NUMBER16("record-size-limit", "N", config.record_size_limit, "RFC 8449: 64 to 16385; what we receive"),
	NUMBER16("max-fragment-length", "N", config.max_fragment_length, "client, 1.2 (RFC 6066): 512, 1024, 2048 or 4096"),
	FLAG("ems-optional", config.ems_optional, "1.2: go on without extended master secret"),
	FLAG("no-etm", config.no_encrypt_then_mac, "1.2: no encrypt-then-MAC"),

	TITLE("Certificates"),
	CALL("cert", "FILE", set_cert, "certificate chain, PEM, leaf first; may be repeated"),
	CALL("key", "FILE", set_key, "the private key of the --cert before it, PEM"),
	CALL("sni", "NAME=CERT,KEY", set_sni, "server: for this name (or *.NAME) alone"),
	FLAG("sni-strict", sni_strict, "server: refuse a name that no --sni names"),
	TEXT("ca", "FILE", ca, "trust these; without it nobody is verified"),
	FLAG("lax", lax, "accept what RFC 5280 says a CA should not have issued"),
	TEXT("name", "NAME", name, "client: name to send and to verify (default: HOST)"),
	FLAG("no-name", no_name, "client: send none"),
	CALL("client-auth", "WHAT", set_client_auth, "server: request or require a certificate"),
	FLAG("authorities", send_authorities, "send the names of --ca: which issuers are wanted"),
	FLAG("post-handshake-auth", config.post_handshake_auth, "client: may be asked for a certificate later"),
	FLAG("auth", auth, "server: ask for one right after the handshake"),
	CALL("ocsp", "FILE", set_ocsp, "staple this DER response to the --cert before it"),
	CALL("sct", "FILE", set_sct, "send this timestamp list with the --cert before it"),
	FLAG("ask-ocsp", config.ocsp, "ask for a stapled response"),
	FLAG("require-ocsp", config.ocsp_required, "ask, and fail without one"),
	FLAG("ask-sct", config.sct, "ask for timestamps"),
	CALL("compress", "LIST", set_compress, "compressed certificates: zlib, brotli, zstd"),
	CALL("user-mapping", "USER[,DOMAIN]", set_user_mapping, "client, 1.2: RFC 4681"),
	CALL("ask-user-mapping", NULL, set_ask_user_mapping, "server, 1.2: RFC 4681"),

	TITLE("Resumption and early data"),
	TEXT("session-in", "FILE", session_in, "client: resume this session if the file is there"),
	TEXT("session-out", "FILE", session_out, "client: keep the newest session there"),
	NUMBER32("reconnect", "N", reconnect, "client: N more connections, each resuming the one before"),
	FLAG("no-resumption", config.no_resumption, "neither offer nor issue sessions"),
	FLAG("no-tickets", no_tickets, "server: no tickets; 1.2 has session IDs"),
	FLAG("no-session-ids", no_session_ids, "server: no session IDs"),
	NUMBER32("tickets", "N", config.tickets, "server: tickets for a connection of 1.3 (default 2)"),
	NUMBER32("ticket-lifetime", "SECONDS", config.ticket_lifetime, "server (default 7200)"),
	TEXT("ticket-key", "FILE", ticket_key, "server: 32 bytes, made if missing; tickets outlive the process"),
	CALL("psk", "ID:HEX[:sha384]", set_psk, "external key; may be repeated"),
	TEXT("psk-file", "FILE", psk_file, "in place of --psk: a psk-file of tlsupd.conf(5), with import as wanted"),
	FLAG("psk-ke", config.psk_ke, "a pre-shared key without a key exchange is fine"),
	TEXT("early-data", "FILE", early_file, "client: send this as 0-RTT if the session allows, else later"),
	NUMBER32("max-early-data", "N", config.max_early_data, "server: bytes of 0-RTT that are taken (default 0)"),
	NUMBER32("early-window", "MS", config.early_data_window_ms, "server: how old a ClientHello with 0-RTT may be"),
	FLAG("refuse-early", refuse_early, "server: pass all 0-RTT over, as if it had been there before"),

	TITLE("After the handshake"),
	FLAG("key-update", key_update, "client: change keys before sending, and ask for it"),
	CALL("renegotiation", "WHAT", set_renegotiation, "1.2: refuse (the default) or allow"),
	FLAG("renegotiate", renegotiate, "client: renegotiate before sending"),
	TEXT("export", "LABEL", export, "print 32 bytes of exported key (RFC 8446 7.5)"),
	TEXT("export-early", "LABEL", export_early, "the same with the early exporter"),
	TEXT("key-log", "FILE", key_log, "append secrets in NSS's format"),

	TITLE("The program"),
	TEXT("send", "TEXT", send, "client: send TEXT and a newline instead of standard input"),
	TEXT("get", "PATH", get, "client: send an HTTP/1.0 request for PATH instead"),
	TEXT("until", "TEXT", until, "client: close once TEXT has come, instead of at the server's close"),
	FLAG("echo", echo, "server: send back what comes, until it ends"),
	NUMBER32("accept", "N", accept, "server: leave after N connections (default: never)"),
	FLAG("fork", fork, "server: a process for each connection"),
	NUMBER32("timeout", "SECONDS", timeout, "give up on a silent peer (default 30)"),
	CALL("help", NULL, print_help, "this page"),
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void print_help(struct options *o, char *arg)
{
	char left[64];

	(void)o;
	(void)arg;
	fputs(intro, stdout);
	for (const struct row *r = rows; r < rows + ROWS; r++) {
		if (r->kind == TITLE) {
			printf("\n%s:\n", r->name);
			continue;
		}
		snprintf(left, sizeof(left), "--%s%s%s", r->name,
			 r->arg ? " " : "", r->arg ? r->arg : "");
		printf("  %-27s %s\n", left, r->help);
	}
	fputs(outro, stdout);
	exit(0);
}

static unsigned long number(const struct row *r, const char *arg,
			    unsigned long max)
{
	char *end;
	unsigned long n = strtoul(arg, &end, 10);

	if (!*arg || *end || n > max)
		hs_peer_usage("--%s wants a number up to %lu", r->name, max);
	return n;
}

static void set(struct options *o, const struct row *r, char *arg)
{
	char *place = (char *)o + r->at;

	switch (r->kind) {
	case FLAG:
		*(bool *)place = true;
		break;
	case TEXT:
		*(const char **)place = arg;
		break;
	case NUMBER16:
		*(uint16_t *)place = (uint16_t)number(r, arg, UINT16_MAX);
		break;
	case NUMBER32:
		*(uint32_t *)place = (uint32_t)number(r, arg, UINT32_MAX);
		break;
	case CALL:
		r->call(o, arg);
		break;
	case TITLE:
		break;
	}
}

/* --NAME, --NAME VALUE or --NAME=VALUE. */
static int parse_option(struct options *o, char **argv)
{
	size_t len = strcspn(argv[0] + 2, "=");
	char *value = argv[0][2 + len] ? argv[0] + 3 + len : NULL;
	const struct row *r = rows;

	while (r < rows + ROWS && (r->kind == TITLE || strlen(r->name) != len ||
				   strncmp(r->name, argv[0] + 2, len)))
		r++;
	if (r == rows + ROWS)
		hs_peer_usage("unknown option %s", argv[0]);
	if (r->arg ? !value && !argv[1] : value != NULL)
		hs_peer_usage("--%s wants %s", r->name,
			      r->arg ? r->arg : "no value");
	set(o, r, value ? value : argv[1]);
	return r->arg && !value ? 2 : 1;
}

static void parse_words(struct options *o, char **words, int n)
{
	if (n == 3 && !strcmp(words[0], "client")) {
		o->role = HS_CLIENT;
		o->host = words[1];
		o->port = words[2];
	} else if (n == 2 && !strcmp(words[0], "server")) {
		o->role = HS_SERVER;
		o->port = words[1];
	} else {
		hs_peer_usage("wanted: client HOST PORT, or server PORT");
	}
}

void hs_peer_options(struct options *o, int argc, char **argv)
{
	char *words[4];
	int n = 0;

	o->config.tickets = 2;
	o->config.ticket_lifetime = 7200;
	o->timeout = 30;
	for (int i = 1; i < argc;) {
		if (!strncmp(argv[i], "--", 2))
			i += parse_option(o, argv + i);
		else if (n < 4)
			words[n++] = argv[i++];
		else
			hs_peer_usage("too many words");
	}
	parse_words(o, words, n);
	o->config.role = o->role;
	o->config.crypto = tlsup_crypto_openssl();
	o->config.early_data = o->early_file != NULL;
	o->config.ocsp |= o->config.ocsp_required;
}
