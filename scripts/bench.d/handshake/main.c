// SPDX-License-Identifier: Apache-2.0
/*
 * bench-handshake: CPU time of handshakes in memory, per side: our engine and
 * libssl with the same peer, which is libssl, and the primitives of libcrypto
 * that nobody can do without; all of them interleaved, batch after batch, in
 * one thread on one processor.
 *
 *	bench-handshake [-r ROUNDS] [-c CPU] [-o NAME] [-a] [-v]
 *
 * -o: only the rows whose name has this in it: 1.3-server-full-P-256. -a:
 * our side alone, for a profiler. -v lists the primitives.
 */
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/x509v3.h>

#include "handshake.h"

#define ROUNDS_MAX 2000

static int rounds = 60;
static bool verbose, alone;
static const char *only;

uint64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* Certificates. */

static void add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	X509_add_ext(cert, e, -1);
	X509_EXTENSION_free(e);
}

static X509 *make_cert(const char *name, EVP_PKEY *key, X509 *issuer,
		       EVP_PKEY *signer)
{
	X509 *cert = X509_new();
	X509_NAME *subject = X509_get_subject_name(cert);
	bool ca = !issuer;

	issuer = issuer ? issuer : cert;
	X509_set_version(cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), ca ? 1 : 2);
	X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
	X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
				   (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(cert, X509_get_subject_name(issuer));
	X509_set_pubkey(cert, key);
	add_extension(cert, issuer, NID_basic_constraints,
		      ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
	add_extension(cert, issuer, NID_key_usage,
		      ca ? "critical,keyCertSign" : "critical,digitalSignature");
	add_extension(cert, issuer, NID_subject_key_identifier, "hash");
	add_extension(cert, issuer, NID_authority_key_identifier, "keyid");
	if (!ca)
		add_extension(cert, issuer, NID_subject_alt_name,
			      "DNS:" SERVER_NAME);
	X509_sign(cert, signer, EVP_sha256());
	return cert;
}

static struct hs_bytes der_of(X509 *cert)
{
	unsigned char *der = NULL;
	int len = i2d_X509(cert, &der);

	return (struct hs_bytes){ der, (size_t)len };
}

static EVP_PKEY *make_key(const char *kind)
{
	return kind[0] == 'R' ? EVP_RSA_gen(2048) : EVP_EC_gen(kind);
}

static void make_subject(struct subject *s)
{
	EVP_PKEY *ca_key = make_key(s->key);
	X509 *root = make_cert("root", ca_key, NULL, ca_key), *leaf;

	s->leaf_key = make_key(s->key);
	leaf = make_cert(SERVER_NAME, s->leaf_key, root, ca_key);
	s->root = der_of(root);
	s->leaf = der_of(leaf);
	X509_free(leaf);
	X509_free(root);
	EVP_PKEY_free(ca_key);
}

/* One batch. */

static struct flow up[BATCH], down[BATCH];

static uint64_t timed(void (*f)(enum role), enum role role)
{
	uint64_t start = cpu_ns();

	f(role);
	return cpu_ns() - start;
}

static bool open_timed(const struct party *p, enum role role, int session,
		       struct cost *cost)
{
	uint64_t start = cpu_ns();
	bool ok = p->open_batch(role, session);

	cost->handshake += cpu_ns() - start;
	return ok;
}

/* The session that a client has with this server. */
static int session_with(const struct party *server)
{
	return server == &party_hs;
}

enum sessions { NONE, RESUME, KEEP };

static bool batch(const struct party *client, const struct party *server,
		  enum sessions sessions, struct cost *cost)
{
	int session = session_with(server);
	bool ok = true, moved;

	memset(cost, 0, 2 * sizeof(*cost));
	for (int i = 0; i < BATCH; i++) {
		up[i].len = up[i].at = 0;
		down[i].len = down[i].at = 0;
	}
	ok = open_timed(client, CLIENT,
			sessions == RESUME ? session : NO_SESSION, &cost[CLIENT]) &&
	     open_timed(server, SERVER, NO_SESSION, &cost[SERVER]);
	for (moved = ok; moved; ) {
		moved = client->work(CLIENT, down, up, &cost[CLIENT]);
		moved = server->work(SERVER, up, down, &cost[SERVER]) || moved;
	}
	ok = ok && server->done(SERVER) && client->done(CLIENT);
	if (ok && sessions == KEEP && !client->keep_session(down, session)) {
		fprintf(stderr, "no session from %s for %s's client\n",
			server->name, client->name);
		ok = false;
	}
	cost[CLIENT].handshake += timed(client->close_batch, CLIENT);
	cost[SERVER].handshake += timed(server->close_batch, SERVER);
	return ok;
}

/* Many. */

struct series {
	double	v[ROUNDS_MAX];
	int	n;
};

static void add(struct series *s, uint64_t ns)
{
	s->v[s->n++] = (double)ns / BATCH / 1e3;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(struct series *s)
{
	qsort(s->v, (size_t)s->n, sizeof(s->v[0]), compare);
	return s->v[s->n / 2];
}

enum { PRIMITIVES, OURS, RECORDS, THEIRS, COLUMNS };

static const char *kind_of(const struct subject *s)
{
	return s->resumed ? "resumed" : s->known ? "known" : "full";
}

static const char *version_of(const struct subject *s)
{
	return s->version == 0x0304 ? "1.3" : "1.2";
}

static bool wanted(const struct subject *s, enum role role)
{
	char name[64];

	snprintf(name, sizeof(name), "%s-%s-%s-%s", version_of(s),
		 role == CLIENT ? "client" : "server",
		 kind_of(s), s->key);
	return !only || strstr(name, only);
}

static bool one_round(const struct subject *s, enum role role,
		      struct series *column)
{
	const struct party *client = role == CLIENT ? &party_hs : &party_ssl;
	const struct party *server = role == SERVER ? &party_hs : &party_ssl;
	enum sessions sessions = s->resumed ? RESUME : NONE;
	struct cost cost[2];

	if (!batch(client, server, sessions, cost))
		return false;
	add(&column[OURS], cost[role].handshake);
	add(&column[RECORDS], cost[role].records);
	if (alone)
		return true;
	if (!batch(&party_ssl, &party_ssl, sessions, cost))
		return false;
	add(&column[THEIRS], cost[role].handshake);
	add(&column[PRIMITIVES], primitives_batch(role));
	return true;
}

static void print_head(void)
{
	printf("CPU time of a handshake in us: median of %d batches of %d\n\n"
	       "%-3s %-6s %-8s %-6s %10s %8s %8s %8s %10s %10s\n", rounds, BATCH,
	       "TLS", "", "", "", "primitives", "engine", "+records",
	       "libssl", "/primit.", "/libssl");
}

static void print_row(const struct subject *s, enum role role,
		      struct series *column)
{
	double v[COLUMNS] = { 0 };

	for (int i = 0; i < COLUMNS; i++)
		if (column[i].n)
			v[i] = median(&column[i]);
	printf("%-3s %-6s %-8s %-6s %10.1f %8.1f %8.1f %8.1f %10.2f %10.2f\n",
	       version_of(s), role == CLIENT ? "client" : "server",
	       kind_of(s), s->key, v[PRIMITIVES], v[OURS],
	       v[RECORDS], v[THEIRS], v[OURS] / v[PRIMITIVES],
	       (v[OURS] + v[RECORDS]) / v[THEIRS]);
	fflush(stdout);
}

static bool row(const struct subject *s, enum role role)
{
	static struct series column[COLUMNS];

	memset(column, 0, sizeof(column));
	/* The first batch is for the caches, and not counted. */
	if (!one_round(s, role, column))
		return false;
	memset(column, 0, sizeof(column));
	for (int i = 0; i < rounds; i++)
		if (!one_round(s, role, column))
			return false;
	print_row(s, role, column);
	if (verbose)
		primitives_list(role);
	return true;
}

static bool prepare(const struct subject *s)
{
	struct cost cost[2];

	for (enum role role = CLIENT; role <= SERVER; role++)
		if (!party_hs.prepare(role, s) || !party_ssl.prepare(role, s))
			return false;
	if (!primitives_prepare(s))
		return false;
	return !s->resumed ||
	       (batch(&party_ssl, &party_hs, KEEP, cost) &&
		batch(&party_ssl, &party_ssl, KEEP, cost) &&
		batch(&party_hs, &party_ssl, KEEP, cost));
}

static bool rows(struct subject *s)
{
	bool ok;

	if (!wanted(s, CLIENT) && !wanted(s, SERVER))
		return true;
	ok = prepare(s);
	for (enum role role = SERVER + 1; ok && role-- > CLIENT; )
		if (wanted(s, role) && (role == CLIENT || !s->known))
			ok = row(s, role);
	return ok;
}

static bool key_type(const char *key, uint16_t version)
{
	struct subject s = { .version = version, .key = key };
	bool ok;

	make_subject(&s);
	ok = rows(&s);
	s.known = true;
	ok = ok && rows(&s);
	s.known = false;
	s.resumed = true;
	ok = ok && rows(&s);
	for (enum role role = CLIENT; role <= SERVER; role++) {
		party_hs.forget(role);
		party_ssl.forget(role);
	}
	primitives_forget();
	EVP_PKEY_free(s.leaf_key);
	OPENSSL_free((void *)(uintptr_t)s.leaf.data);
	OPENSSL_free((void *)(uintptr_t)s.root.data);
	return ok;
}

static bool pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) == 0;
}

static bool read_options(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "r:c:o:av")) != -1)
		switch (c) {
		case 'r':
			rounds = atoi(optarg);
			break;
		case 'c':
			if (!pin(atoi(optarg)))
				return false;
			break;
		case 'o':
			only = optarg;
			break;
		case 'a':
			alone = true;
			break;
		case 'v':
			verbose = true;
			break;
		default:
			return false;
		}
	return optind == argc && rounds > 0 && rounds <= ROUNDS_MAX;
}

int main(int argc, char **argv)
{
	if (!read_options(argc, argv)) {
		fputs("usage: bench-handshake [-r ROUNDS] [-c CPU] [-o NAME] [-a] [-v]\n",
		      stderr);
		return 2;
	}
	print_head();
	if (key_type("P-256", 0x0304) && key_type("RSA", 0x0304) &&
	    key_type("P-256", 0x0303) && key_type("RSA", 0x0303))
		return 0;
	fprintf(stderr, "bench-handshake: a handshake did not succeed\n");
	return 1;
}
