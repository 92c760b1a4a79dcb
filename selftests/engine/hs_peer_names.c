// SPDX-License-Identifier: Apache-2.0
/* hs_peer_names: owns the names of the command line: suites, groups and
 * signature schemes by the engine's tables. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "daemon/compress.h"
#include "daemon/engine/suites.h"
#include "hs_peer.h"

/* Of a suite of TLS 1.2, as OpenSSL spells it; empty for one of 1.3.
 * TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA is ECDHE-RSA-AES128-SHA. */
static void openssl_name(const char *rfc, char *out, size_t room)
{
	static const struct {
		const char *from, *to;
	} words[] = {
		{ "_WITH_", "-" }, { "AES_128_CBC_", "AES128-" },
		{ "AES_256_CBC_", "AES256-" }, { "AES_128_", "AES128-" },
		{ "AES_256_", "AES256-" }, { "CCM_8", "CCM8" },
		{ "POLY1305_SHA256", "POLY1305" }, { "_", "-" },
	};
	size_t n = 0;

	*out = 0;
	if (strncmp(rfc, "TLS_", 4) || !strstr(rfc, "_WITH_"))
		return;
	for (rfc += 4; *rfc && n + 8 < room;) {
		size_t i = 0;

		while (i < 8 && strncmp(rfc, words[i].from, strlen(words[i].from)))
			i++;
		if (i == 8) {
			out[n++] = *rfc++;
			continue;
		}
		n += (size_t)snprintf(out + n, room - n, "%s", words[i].to);
		rfc += strlen(words[i].from);
	}
	out[n] = 0;
}

static bool is_suite(uint16_t id, const char *name)
{
	const struct hs_suite *s = hs_suite(id);
	char other[80];

	if (!s)
		return false;
	openssl_name(s->name, other, sizeof(other));
	return !strcasecmp(s->name, name) || !strcasecmp(other, name);
}

static bool is_group(uint16_t id, const char *name)
{
	return hs_group(id) && !strcasecmp(hs_group(id)->name, name);
}

static bool is_scheme(uint16_t id, const char *name)
{
	return hs_scheme(id) && !strcasecmp(hs_scheme(id)->name, name);
}

static uint16_t find(const char *name, bool (*is)(uint16_t, const char *))
{
	for (unsigned int id = 1; id < 0x10000; id++)
		if (is((uint16_t)id, name))
			return (uint16_t)id;
	hs_peer_usage("unknown name %s", name);
}

static size_t parse(const char *list, uint16_t *out,
		    bool (*is)(uint16_t, const char *))
{
	char copy[2048], *save = NULL;
	size_t n = 0;

	snprintf(copy, sizeof(copy), "%s", list);
	for (char *s = strtok_r(copy, ",:", &save); s && n < LIST_MAX;
	     s = strtok_r(NULL, ",:", &save))
		out[n++] = find(s, is);
	return n;
}

static bool is_compression(uint16_t id, const char *name)
{
	static const char *const names[] = { "", "zlib", "brotli", "zstd" };

	return id < 4 && !strcmp(names[id], name);
}

size_t hs_peer_suites(const char *list, uint16_t *out)
{
	return parse(list, out, is_suite);
}

size_t hs_peer_groups(const char *list, uint16_t *out)
{
	return parse(list, out, is_group);
}

size_t hs_peer_schemes(const char *list, uint16_t *out)
{
	return parse(list, out, is_scheme);
}

size_t hs_peer_compressions(const char *list, struct hs_compression *out)
{
	uint16_t ids[LIST_MAX];
	size_t n = parse(list, ids, is_compression);

	if (n > 3)
		hs_peer_usage("--compress wants each name once");
	for (size_t i = 0; i < n; i++)
		out[i] = *tlsup_compression(ids[i]);
	return n;
}
