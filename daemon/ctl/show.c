// SPDX-License-Identifier: Apache-2.0
/* tlsup show, tlsup dump: the live TLS sockets of this network namespace. */
#include <stdlib.h>
#include <string.h>

#include <linux/tlsup_netlink.h>

#include "daemon/ctl/ctl.h"
#include "daemon/ctl/error.h"
#include "daemon/ctl/netlink.h"
#include "daemon/ctl/out.h"
#include "daemon/ctl/owner.h"
#include "daemon/ctl/socket.h"

struct list {
	struct tlsup_socket *sockets;
	size_t count;
	size_t room;
};

static void add(int command, struct nlattr **tb, void *data)
{
	struct list *list = data;
	struct tlsup_socket *grown;

	if (!command) {
		list->count = 0;
		return;
	}
	if (list->count == list->room) {
		list->room = list->room ? 2 * list->room : 16;
		grown = reallocarray(list->sockets, list->room,
				     sizeof(*list->sockets));
		if (!grown) {
			tlsup_error("out of memory");
			exit(TLSUP_EXIT_SYSTEM);
		}
		list->sockets = grown;
	}
	tlsup_socket_parse(&list->sockets[list->count++], tb);
}

static int load(struct list *list)
{
	struct tlsup_netlink *nl = tlsup_netlink_open();
	int status;

	if (!nl)
		return TLSUP_EXIT_NO_SERVICE;
	status = tlsup_netlink_ask(nl, TLSUP_CMD_GET_SOCKET, true, add, list);
	tlsup_netlink_close(nl);
	if (!status && list->count)
		tlsup_owner_find(list->sockets, list->count);
	return status;
}

static void print(struct tlsup_out *out, const struct list *list)
{
	size_t i;

	tlsup_out_list(out);
	for (i = 0; i < list->count; i++) {
		tlsup_out_begin(out);
		tlsup_socket_describe(out, &list->sockets[i]);
		tlsup_out_end(out);
	}
	tlsup_out_finish(out);
}

/* A dry run of the description, to learn its keys. */
static void print_keys(FILE *file)
{
	static const struct tlsup_socket empty;
	struct tlsup_out out;

	tlsup_out_init(&out, TLSUP_OUT_KEYS, file);
	tlsup_socket_describe(&out, &empty);
}

static bool field_exists(const char *field)
{
	char *key, *keys = NULL, *save = NULL;
	bool found = false;
	size_t size;
	FILE *file;

	file = open_memstream(&keys, &size);
	if (!file)
		return false;
	print_keys(file);
	fclose(file);
	for (key = strtok_r(keys, "\n", &save); key && !found;
	     key = strtok_r(NULL, "\n", &save))
		found = !strcmp(key, field);
	free(keys);
	return found;
}

static int show(enum tlsup_format format, const char *field)
{
	struct list list = { 0 };
	struct tlsup_out out;
	int status;

	if (field && !field_exists(field)) {
		tlsup_error("show: no field is called %s (see tlsup show --help)",
			    field);
		return TLSUP_EXIT_USAGE;
	}
	status = load(&list);
	if (!status) {
		tlsup_out_init(&out, format, stdout);
		out.only = field;
		print(&out, &list);
	}
	free(list.sockets);
	return status;
}

static int help(void)
{
	puts("Usage: tlsup [-j] [show [FIELD]]\n"
	     "       tlsup [-j] dump\n\n"
	     "Fields, in the order of dump:");
	print_keys(stdout);
	return TLSUP_EXIT_OK;
}

int tlsup_command_show(int argc, char **argv, const struct tlsup_options *opt)
{
	if (argc == 2 && !strcmp(argv[1], "--help"))
		return help();
	if (argc > 2) {
		tlsup_error("show: one field at most");
		return TLSUP_EXIT_USAGE;
	}
	if (opt->json)
		return show(TLSUP_OUT_JSON, NULL);
	return argc == 2 ? show(TLSUP_OUT_BARE, argv[1]) :
			   show(TLSUP_OUT_TEXT, NULL);
}

int tlsup_command_dump(int argc, char **argv, const struct tlsup_options *opt)
{
	if (argc == 2 && !strcmp(argv[1], "--help"))
		return help();
	if (argc > 1) {
		tlsup_error("dump: takes no arguments");
		return TLSUP_EXIT_USAGE;
	}
	return show(opt->json ? TLSUP_OUT_JSON : TLSUP_OUT_DUMP, NULL);
}
