// SPDX-License-Identifier: Apache-2.0
/* The observer's side of the generic netlink family. */
#include "daemon/ctl/netlink.h"

#include <errno.h>
#include <stdlib.h>

#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include <linux/tlsup.h>
#include <linux/tlsup_netlink.h>

#include "daemon/ctl/ctl.h"
#include "daemon/ctl/error.h"

#define DUMP_ATTEMPTS	5
#define EVENT_BUFFER	(1 << 20)

struct tlsup_netlink {
	struct nl_sock *sock;
	int family;
	tlsup_netlink_handler handler;
	void *data;
	int error;	/* negative errno that the kernel answered with */
};

static int on_message(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[TLSUP_A_MAX + 1];
	struct tlsup_netlink *nl = arg;
	struct nlmsghdr *header = nlmsg_hdr(msg);

	if (header->nlmsg_type != nl->family ||
	    genlmsg_parse(header, 0, tb, TLSUP_A_MAX, NULL))
		return NL_SKIP;
	nl->handler(genlmsg_hdr(header)->cmd, tb, nl->data);
	return NL_OK;
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *error, void *arg)
{
	struct tlsup_netlink *nl = arg;

	(void)from;
	nl->error = error->error;
	return NL_STOP;
}

struct tlsup_netlink *tlsup_netlink_open(void)
{
	struct tlsup_netlink *nl = calloc(1, sizeof(*nl));

	if (!nl)
		goto fail;
	nl->sock = nl_socket_alloc();
	if (!nl->sock || genl_connect(nl->sock))
		goto fail;
	nl->family = genl_ctrl_resolve(nl->sock, TLSUP_GENL_NAME);
	if (nl->family < 0) {
		tlsup_error("the kernel module tlsup is not loaded");
		tlsup_netlink_close(nl);
		return NULL;
	}
	nl_socket_modify_cb(nl->sock, NL_CB_VALID, NL_CB_CUSTOM, on_message,
			    nl);
	nl_socket_modify_err_cb(nl->sock, NL_CB_CUSTOM, on_error, nl);
	return nl;
fail:
	tlsup_error("cannot open a generic netlink socket");
	tlsup_netlink_close(nl);
	return NULL;
}

void tlsup_netlink_close(struct tlsup_netlink *nl)
{
	if (nl && nl->sock)
		nl_socket_free(nl->sock);
	free(nl);
}

static int refused(const struct tlsup_netlink *nl)
{
	if (nl->error != -EPERM)
		return tlsup_error_system(-nl->error, "the kernel refused");
	tlsup_error("not permitted: this needs CAP_NET_ADMIN (be root)");
	return TLSUP_EXIT_SYSTEM;
}

static int broken(int err)
{
	tlsup_error("netlink: %s", nl_geterror(err));
	return TLSUP_EXIT_SYSTEM;
}

static int ask_once(struct tlsup_netlink *nl, int command, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();
	int err = -NLE_NOMEM;

	nl->error = 0;
	if (msg && genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, nl->family, 0,
			       flags, (uint8_t)command, TLSUP_GENL_VERSION))
		err = nl_send_auto(nl->sock, msg);
	nlmsg_free(msg);
	if (err < 0)
		return err;
	/* A dump ends with NLMSG_DONE, anything else with our NLM_F_ACK. */
	return (flags & NLM_F_DUMP) == NLM_F_DUMP ?
		       nl_recvmsgs_default(nl->sock) :
		       nl_wait_for_ack(nl->sock);
}

int tlsup_netlink_ask(struct tlsup_netlink *nl, int command, bool dump,
		      tlsup_netlink_handler handler, void *data)
{
	int attempt, err = 0;

	nl->handler = handler;
	nl->data = data;
	for (attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
		handler(0, NULL, data);
		err = ask_once(nl, command, dump ? NLM_F_DUMP : NLM_F_ACK);
		if (err != -NLE_DUMP_INTR)
			break;
	}
	if (nl->error)
		return refused(nl);
	return err < 0 && err != -NLE_DUMP_INTR ? broken(err) : 0;
}

int tlsup_netlink_join(struct tlsup_netlink *nl)
{
	int group = genl_ctrl_resolve_grp(nl->sock, TLSUP_GENL_NAME,
					  TLSUP_GENL_MCGRP_EVENTS);
	int err;

	if (group < 0)
		return broken(group);
	nl_socket_disable_seq_check(nl->sock);
	nl_socket_set_buffer_size(nl->sock, EVENT_BUFFER, 0);
	err = nl_socket_add_membership(nl->sock, group);
	if (err == -NLE_PERM) {
		nl->error = -EPERM;
		return refused(nl);
	}
	return err ? broken(err) : 0;
}

int tlsup_netlink_listen(struct tlsup_netlink *nl,
			 tlsup_netlink_handler handler, void *data)
{
	int err;

	nl->handler = handler;
	nl->data = data;
	for (;;) {
		err = nl_recvmsgs_default(nl->sock);
		/* ENOBUFS: events were lost, the next ones are not. */
		if (err == -NLE_NOMEM)
			tlsup_error("events were lost");
		else if (err < 0 && err != -NLE_INTR)
			return broken(err);
	}
}
