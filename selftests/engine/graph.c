// SPDX-License-Identifier: Apache-2.0
/* graph: a state table as text, for the README. */
#include <stdlib.h>
#include <string.h>

#include "graph.h"

static void states(char *out, size_t len, uint32_t set)
{
	out[0] = 0;
	for (int s = 0; s < HS_ST_COUNT; s++) {
		if (!(set >> s & 1))
			continue;
		if (out[0])
			strncat(out, ", ", len - strlen(out) - 1);
		strncat(out, hs_st_name((enum hs_st)s), len - strlen(out) - 1);
	}
}

void graph_print(FILE *f, const struct hs_machine *m)
{
	char next[128];

	fprintf(f, "%-14s %-20s %s\n", m->name, "message", "leads to");
	for (size_t i = 0; i < m->n; i++) {
		const struct hs_step *s = &m->steps[i];

		states(next, sizeof(next), s->next);
		fprintf(f, "%-14s %-20s %s%s\n", hs_st_name(s->state),
			hs_mt_name(s->message), next,
			s->flags & HS_BOUNDARY ? "; ends its record" : "");
	}
}

bool graph_is_in_readme(const struct hs_machine *client,
			const struct hs_machine *server)
{
	char *text = NULL, *graph = NULL;
	size_t len, graph_len;
	FILE *f = open_memstream(&graph, &graph_len);
	FILE *file = fopen("daemon/engine/README.md", "r");
	char line[512];
	bool is_there;

	graph_print(f, client);
	fputc('\n', f);
	graph_print(f, server);
	fclose(f);
	f = open_memstream(&text, &len);
	while (file && fgets(line, sizeof(line), file))
		fputs(strncmp(line, "    ", 4) ? line : line + 4, f);
	fclose(f);
	if (file)
		fclose(file);
	is_there = strstr(text, graph) != NULL;
	free(text);
	free(graph);
	return is_there;
}
