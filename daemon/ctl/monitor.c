// SPDX-License-Identifier: Apache-2.0
/* tlsup monitor: what happens to TLS sockets, as it happens. */
#include <stdio.h>
#include <time.h>

#include <netlink/attr.h>

#include <linux/tlsup_netlink.h>

#include "daemon/ctl/ctl.h"
#include "daemon/ctl/error.h"
#include "daemon/ctl/names.h"
#include "daemon/ctl/netlink.h"
#include "daemon/ctl/out.h"
#include "daemon/ctl/socket.h"

/* Local time for people; JSON has the zone in it. */
static void now(char *text, size_t size, bool full)
{
	struct timespec ts;
	char zone[8], day[40];
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &ts);
	localtime_r(&ts.tv_sec, &tm);
	strftime(day, sizeof(day), full ? "%Y-%m-%dT%H:%M:%S" : "%H:%M:%S",
		 &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	snprintf(text, size, "%s.%03ld%s", day, ts.tv_nsec / 1000000,
		 full ? zone : "");
}

static void print(int command, struct nlattr **tb, void *data)
{
	struct tlsup_out *out = data;
	struct tlsup_socket socket;
	const char *event;
	char time[64];

	if (command != TLSUP_CMD_EVENT || !tb[TLSUP_A_EVENT])
		return;
	event = tlsup_event_name(nla_get_u32(tb[TLSUP_A_EVENT]));
	now(time, sizeof(time), out->format == TLSUP_OUT_JSON);
	tlsup_socket_parse(&socket, tb);
	tlsup_out_begin(out);
	tlsup_out_heading(out, time, event);
	tlsup_out_hidden_string(out, "time", time);
	tlsup_out_hidden_string(out, "event", event);
	tlsup_socket_describe(out, &socket);
	tlsup_out_end(out);
}

int tlsup_command_monitor(int argc, char **argv,
			  const struct tlsup_options *opt)
{
	struct tlsup_netlink *nl;
	struct tlsup_out out;
	int status;

	(void)argv;
	if (argc > 1) {
		tlsup_error("monitor: takes no arguments");
		return TLSUP_EXIT_USAGE;
	}
	nl = tlsup_netlink_open();
	if (!nl)
		return TLSUP_EXIT_NO_SERVICE;
	tlsup_out_init(&out, opt->json ? TLSUP_OUT_JSON : TLSUP_OUT_LINE,
		       stdout);
	status = tlsup_netlink_join(nl);
	if (!status)
		status = tlsup_netlink_listen(nl, print, &out);
	tlsup_netlink_close(nl);
	return status;
}
