/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of tlsup(8): each takes its own argv (argv[0] is its name) and
 * returns the program's exit status.
 */
#ifndef TLSUP_CTL_H
#define TLSUP_CTL_H

#include <stdbool.h>

/* Exit statuses; tlsup.8 documents them. */
enum {
	TLSUP_EXIT_OK		= 0,
	TLSUP_EXIT_SYSTEM	= 1,	/* the machine, the network, a file */
	TLSUP_EXIT_USAGE	= 2,
	TLSUP_EXIT_NO_SERVICE	= 3,	/* no module, no tlsupd, no profile */
	TLSUP_EXIT_CERTIFICATE	= 4,	/* the peer's was refused */
	TLSUP_EXIT_HANDSHAKE	= 5,	/* failed for another reason */
	TLSUP_EXIT_CONNECTION	= 6,	/* failed after the handshake */
};

/* Options before the command. */
struct tlsup_options {
	bool json;
};

int tlsup_command_show(int argc, char **argv, const struct tlsup_options *opt);
int tlsup_command_dump(int argc, char **argv, const struct tlsup_options *opt);
int tlsup_command_stats(int argc, char **argv, const struct tlsup_options *opt);
int tlsup_command_monitor(int argc, char **argv,
			  const struct tlsup_options *opt);
int tlsup_command_connect(int argc, char **argv,
			  const struct tlsup_options *opt);
int tlsup_command_serve(int argc, char **argv,
			const struct tlsup_options *opt);

#endif /* TLSUP_CTL_H */
