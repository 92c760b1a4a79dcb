// SPDX-License-Identifier: Apache-2.0
/* tlsup: chooses the command. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "daemon/ctl/ctl.h"
#include "daemon/ctl/error.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv, const struct tlsup_options *opt);
	const char *synopsis;
	const char *help;
} commands[] = {
	{ "show", tlsup_command_show, "[FIELD]",
	  "the live TLS sockets; of each, all or one field" },
	{ "dump", tlsup_command_dump, "",
	  "the same for scripts: tab-separated, one line a socket" },
	{ "monitor", tlsup_command_monitor, "",
	  "handshakes and closes as they happen" },
	{ "stats", tlsup_command_stats, "[COUNTER]",
	  "the counters of this network namespace" },
	{ "connect", tlsup_command_connect, "[OPTION]... HOST PORT",
	  "a TLS connection between HOST and stdin, stdout" },
	{ "serve", tlsup_command_serve, "[OPTION]... PORT",
	  "accept TLS connections" },
};

static void usage(FILE *file)
{
	size_t i;

	fputs("Usage: tlsup [-j] [COMMAND] [ARGUMENT]...\n\n", file);
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(file, "  %-8s%-22s %s\n", commands[i].name,
			commands[i].synopsis, commands[i].help);
	fputs("\nWithout a command: show. -j prints JSON. "
	      "`tlsup COMMAND --help' tells more; so does tlsup(8).\n", file);
}

static const struct command *find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct tlsup_options opt = { 0 };
	const struct command *command;
	char *show[] = { "show", NULL };
	int c;

	signal(SIGPIPE, SIG_IGN);
	while ((c = getopt_long(argc, argv, "+jh", longs, NULL)) != -1) {
		switch (c) {
		case 'j':
			opt.json = true;
			break;
		case 'h':
			usage(stdout);
			return TLSUP_EXIT_OK;
		default:
			return TLSUP_EXIT_USAGE;
		}
	}
	argc -= optind;
	argv += optind;
	if (!argc)
		return commands[0].run(1, show, &opt);
	if (!strcmp(argv[0], "help")) {
		usage(stdout);
		return TLSUP_EXIT_OK;
	}
	command = find(argv[0]);
	if (!command) {
		tlsup_error("%s: no such command (see tlsup --help)", argv[0]);
		return TLSUP_EXIT_USAGE;
	}
	optind = 0;
	return command->run(argc, argv, &opt);
}
