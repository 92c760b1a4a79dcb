// SPDX-License-Identifier: Apache-2.0
/* hs-graph: prints the state tables; daemon/engine/README.md has its output. */
#include "graph.h"

int main(void)
{
	graph_print(stdout, &hs_client13);
	fputc('\n', stdout);
	graph_print(stdout, &hs_server13);
	fputc('\n', stdout);
	graph_print(stdout, &hs_client12);
	fputc('\n', stdout);
	graph_print(stdout, &hs_server12);
	return 0;
}
