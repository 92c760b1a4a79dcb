/* SPDX-License-Identifier: Apache-2.0 */
/* graph: a state table as text, for the README. */
#ifndef GRAPH_H
#define GRAPH_H

#include <stdio.h>

#include "daemon/engine/engine.h"

/* A line for each row: state, message, states that follow, and what is
 * special about it. */
void graph_print(FILE *f, const struct hs_machine *m);
/* daemon/engine/README.md has the two, one behind the other. */
bool graph_is_in_readme(const struct hs_machine *client,
			const struct hs_machine *server);

#endif /* GRAPH_H */
