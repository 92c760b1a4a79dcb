// SPDX-License-Identifier: Apache-2.0
/* fuzz-seeds: writes inputs for fuzz.c to a directory, made of the messages of
 * real handshakes: each alone, and all that follow. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edit.h"

static const unsigned int kinds[] = { 0, EDIT_RESUME | EDIT_ALPN,
				      EDIT_RETRY | EDIT_COOKIE, EDIT_ALPN };

static void record(FILE *f, const uint8_t *data, size_t len)
{
	fputc(HS_HANDSHAKE, f);
	fputc((int)(len >> 8), f);
	fputc((int)len, f);
	fwrite(data, 1, len, f);
}

/* The first byte, as fuzz.c reads it: the kind, the side, the steps. */
static void seed(const char *dir, unsigned int kind, bool client,
		 unsigned int steps, const struct pair_side *from, size_t at,
		 size_t len)
{
	char name[512];
	FILE *f;

	snprintf(name, sizeof(name), "%s/seed-%u-%d-%u-%zu", dir, kind, client,
		 steps, at);
	f = fopen(name, "w");
	if (!f) {
		perror(name);
		exit(1);
	}
	fputc((int)(kind | (unsigned int)client << 2 | steps << 3), f);
	record(f, from->flight + at, len);
	fclose(f);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	for (unsigned int kind = 0; kind < 4; kind++) {
		struct pair p;

		edit_pair(&p, kinds[kind]);
		pair_open(&p);
		pair_run(&p);
		for (int client = 0; client < 2; client++) {
			struct pair_side *s = client ? &p.server : &p.client;
			unsigned int steps = (unsigned int)client;
			size_t at = 0, n;

			for (; at < s->flight_len && steps < 16; at += n) {
				n = 4 + ((size_t)s->flight[at + 2] << 8 |
					 s->flight[at + 3]);
				seed(argv[1], kind, client, steps, s, at, n);
				seed(argv[1], kind, client, steps++, s, at,
				     s->flight_len - at);
			}
		}
		pair_free(&p);
	}
	host_exit();
	return 0;
}
