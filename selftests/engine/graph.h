/* SPDX-License-Identifier: Apache-2.0 */
/* graph: a state table as text, for the README. */
#ifndef GRAPH_H
#define GRAPH_H

#include <stdio.h>

#include "daemon/engine/engine.h"

/* A line for each row: state, message, states that follow, and what is
 * special about it. */
void graph_print(FILE *f, const struct hs_machine *m);

#endif /* GRAPH_H */
