// SPDX-License-Identifier: Apache-2.0
/*
 * x509_name: owns names: which kinds a peer can be verified by (RFC 9525), what
 * a certificate says of them, and that both are plain text.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "daemon/x509_local.h"

static const char letters[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

/* --- A name that somebody wants to verify --- */

bool tlsup_name_is_address(const char *name)
{
	unsigned char buf[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, name, buf) == 1 ||
	       inet_pton(AF_INET6, name, buf) == 1;
}

bool tlsup_name_is_uri(const char *name)
{
	return strstr(name, "://") != NULL;
}

static bool is_ascii(const char *name)
{
	for (; *name; name++)
		if (*name <= ' ' || *name > '~')
			return false;
	return true;
}

static const char *dns_problem(const char *name)
{
	size_t len;

	for (; ; name += len + 1) {
		len = strspn(name, letters);
		if (!len || len > 63)
			return "a label of the name to verify is not 1 to 63 letters long";
		if (!name[len])
			return NULL;
		if (name[len] != '.')
			return "the name to verify is no host name";
	}
}

/*
 * RFC 9525 2: names are compared as A-labels. To make them of U-labels one has
 * to know the encoding and the generation of IDNA, and both are the
 * application's: it shows the name to somebody.
 */
const char *tlsup_name_problem(const char *name)
{
	static const char not_ascii[] =
		"the name to verify is not ASCII: an A-label (xn--...) is meant";
	const char *p;

	for (p = name; *p; p++)
		if ((unsigned char)*p >= 0x80)
			return not_ascii;
	if (!is_ascii(name))
		return "the name to verify has blanks or control characters";
	if (tlsup_name_is_uri(name) || tlsup_name_is_address(name))
		return NULL;
	return dns_problem(name);
}

bool tlsup_x509_set_name(X509_VERIFY_PARAM *param, const char *name)
{
	X509_VERIFY_PARAM_set_hostflags(param,
					X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
					X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	if (tlsup_name_is_address(name))
		return X509_VERIFY_PARAM_set1_ip_asc(param, name) == 1;
	return X509_VERIFY_PARAM_set1_host(param, name, strlen(name)) == 1;
}

/* --- What a certificate says --- */

static void append(char *out, size_t room, const char *text, size_t len)
{
	size_t used = strlen(out);

	snprintf(out + used, room - used, "%s%.*s", used ? ", " : "",
		 (int)len, text);
}

static void append_string(char *out, size_t room, const ASN1_STRING *s)
{
	append(out, room, (const char *)ASN1_STRING_get0_data(s),
	       ASN1_STRING_length(s));
}

static void append_address(char *out, size_t room,
			   const ASN1_OCTET_STRING *ip)
{
	int len = ASN1_STRING_length(ip);
	char text[INET6_ADDRSTRLEN];

	if ((len == 4 || len == 16) &&
	    inet_ntop(len == 4 ? AF_INET : AF_INET6,
		      ASN1_STRING_get0_data(ip), text, sizeof(text)))
		append(out, room, text, strlen(text));
}

void tlsup_x509_names(X509 *cert, char *out, size_t room)
{
	GENERAL_NAMES *names;
	int i;

	out[0] = 0;
	names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	for (i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);

		if (g->type == GEN_DNS)
			append_string(out, room, g->d.dNSName);
		else if (g->type == GEN_URI)
			append_string(out, room, g->d.uniformResourceIdentifier);
		else if (g->type == GEN_IPADD)
			append_address(out, room, g->d.iPAddress);
	}
	GENERAL_NAMES_free(names);
	if (!out[0])
		append(out, room, "no name at all", 14);
}

/* --- Text --- */

/* A name that goes on behind a NUL byte was read as a shorter one by many a
 * program; an IA5String has no other odd bytes either. */
static bool is_text(const GENERAL_NAME *g)
{
	const unsigned char *p;
	int i, n;

	if (g->type != GEN_EMAIL && g->type != GEN_DNS && g->type != GEN_URI)
		return true;
	p = ASN1_STRING_get0_data(g->d.ia5);
	n = ASN1_STRING_length(g->d.ia5);
	for (i = 0; i < n; i++)
		if (p[i] < ' ' || p[i] > '~')
			return false;
	return true;
}

static bool names_are_text(X509 *cert)
{
	GENERAL_NAMES *names;
	int i, critical;
	bool good;

	names = X509_get_ext_d2i(cert, NID_subject_alt_name, &critical, NULL);
	/* -1: there is none; else it can't be read, or is there twice. */
	good = names || critical == -1;
	for (i = 0; good && i < sk_GENERAL_NAME_num(names); i++)
		good = is_text(sk_GENERAL_NAME_value(names, i));
	GENERAL_NAMES_free(names);
	return good;
}

static bool subtrees_are_text(STACK_OF(GENERAL_SUBTREE) *trees)
{
	int i;

	for (i = 0; i < sk_GENERAL_SUBTREE_num(trees); i++)
		if (!is_text(sk_GENERAL_SUBTREE_value(trees, i)->base))
			return false;
	return true;
}

static bool constraints_are_text(X509 *cert)
{
	NAME_CONSTRAINTS *nc;
	int critical;
	bool good;

	nc = X509_get_ext_d2i(cert, NID_name_constraints, &critical, NULL);
	good = nc ? subtrees_are_text(nc->permittedSubtrees) &&
		    subtrees_are_text(nc->excludedSubtrees) : critical == -1;
	NAME_CONSTRAINTS_free(nc);
	return good;
}

int tlsup_x509_check_text(STACK_OF(X509) *chain, struct tlsup_verdict *v)
{
	const char *what = NULL;
	int i;

	for (i = 0; i < sk_X509_num(chain) && !what; i++) {
		if (!names_are_text(sk_X509_value(chain, i)))
			what = "a name";
		else if (!constraints_are_text(sk_X509_value(chain, i)))
			what = "a name constraint";
	}
	if (!what)
		return 0;
	return tlsup_x509_refuse(v, HS_ALERT_BAD_CERTIFICATE, EKEYREJECTED,
				 "%s has %s with bytes that are no text",
				 tlsup_x509_which(i - 1), what);
}

/* --- URI --- */

/* What may stand for the star of "spiffe://domain/path/" "*": segments of the
 * letters that SPIFFE-ID 2.2 allows, none of them "." or "..". */
static bool is_plain_path(const char *p, size_t len)
{
	size_t n;

	for (; ; p += n + 1, len -= n + 1) {
		for (n = 0; n < len; n++)
			if (!p[n] || (p[n] != '.' && !strchr(letters, p[n])))
				break;
		if (!n || (n <= 2 && memcmp(p, "..", n) == 0))
			return false;
		if (n == len)
			return true;
		if (p[n] != '/')
			return false;
	}
}

static bool uri_fits(const char *wanted, const ASN1_STRING *uri)
{
	const char *text = (const char *)ASN1_STRING_get0_data(uri);
	size_t len = ASN1_STRING_length(uri), w = strlen(wanted);

	if (w > 2 && strcmp(wanted + w - 2, "/*") == 0)
		return len >= w && memcmp(text, wanted, w - 1) == 0 &&
		       is_plain_path(text + w - 1, len - (w - 1));
	return len == w && memcmp(text, wanted, len) == 0;
}

/* X.509-SVID 2 and 4.1: exactly one URI, and it is not an authority's. */
static bool is_svid(X509 *leaf, int uris)
{
	return uris == 1 && X509_check_ca(leaf) == 0;
}

bool tlsup_x509_has_uri(X509 *leaf, const char * const *uris, size_t n)
{
	GENERAL_NAMES *names;
	const char *found = NULL;
	int i, count = 0;
	size_t k;

	names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
	for (i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);

		if (g->type != GEN_URI)
			continue;
		count++;
		for (k = 0; k < n && !found; k++)
			if (uri_fits(uris[k], g->d.uniformResourceIdentifier))
				found = uris[k];
	}
	GENERAL_NAMES_free(names);
	return found && (strncmp(found, "spiffe://", 9) || is_svid(leaf, count));
}
