// SPDX-License-Identifier: GPL-2.0-only
/* agent: owns the fake agent's side of netlink. */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>
#include <netlink/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

#include "selftests/handoff/lib/agent.h"

static void get_bytes(struct nlattr *attr, void *to, size_t room, size_t *len)
{
	size_t n;

	if (!attr)
		return;
	n = nla_len(attr);
	n = n < room ? n : room;
	memcpy(to, nla_data(attr), n);
	if (len)
		*len = n;
}

static void fill_request(struct request *req, struct nlattr **attrs)
{
	struct sockaddr_in sin = {};

	memset(req, 0, sizeof(*req));
	req->cookie = nla_get_u64(attrs[TLSUP_A_COOKIE]);
	req->channel = nla_get_s32(attrs[TLSUP_A_CHANNEL_FD]);
	req->role = nla_get_u32(attrs[TLSUP_A_ROLE]);
	req->deadline_ms = nla_get_u32(attrs[TLSUP_A_DEADLINE_MS]);
	req->uid = nla_get_u32(attrs[TLSUP_A_UID]);
	req->verify = nla_get_u32(attrs[TLSUP_A_VERIFY]);
	if (attrs[TLSUP_A_EARLY_DATA_MAX])
		req->early_data_max = nla_get_u32(attrs[TLSUP_A_EARLY_DATA_MAX]);
	get_bytes(attrs[TLSUP_A_SERVER_NAME], req->server_name,
		  sizeof(req->server_name) - 1, NULL);
	get_bytes(attrs[TLSUP_A_PROFILE], req->profile,
		  sizeof(req->profile) - 1, NULL);
	get_bytes(attrs[TLSUP_A_ALPN], req->alpn, sizeof(req->alpn),
		  &req->alpn_len);
	get_bytes(attrs[TLSUP_A_LOCAL_ADDR], &sin, sizeof(sin), NULL);
	req->local_port = ntohs(sin.sin_port);
	get_bytes(attrs[TLSUP_A_PEER_ADDR], &sin, sizeof(sin), NULL);
	req->peer_port = ntohs(sin.sin_port);
}

static void fill_stats(struct agent *a, struct nlattr *nest)
{
	struct nlattr *stat;
	int left;

	nla_for_each_nested(stat, nest, left)
		if (nla_type(stat) <= TLSUP_STAT_MAX)
			a->stats[nla_type(stat)] = nla_get_u64(stat);
}

static void fill_notice(struct agent *a, int cmd, struct nlattr **attrs)
{
	struct notice *n;

	if (a->notice_count == sizeof(a->notices) / sizeof(a->notices[0]))
		return;
	n = &a->notices[a->notice_count++];
	memset(n, 0, sizeof(*n));
	n->cmd = cmd;
	if (attrs[TLSUP_A_COOKIE])
		n->cookie = nla_get_u64(attrs[TLSUP_A_COOKIE]);
	if (attrs[TLSUP_A_EVENT])
		n->event = nla_get_u32(attrs[TLSUP_A_EVENT]);
	if (attrs[TLSUP_A_NUMBER])
		n->number = nla_get_u32(attrs[TLSUP_A_NUMBER]);
	if (attrs[TLSUP_A_KEY_UPDATES])
		n->key_updates = nla_get_u32(attrs[TLSUP_A_KEY_UPDATES]);
	get_bytes(attrs[TLSUP_A_MESSAGE], n->message, sizeof(n->message),
		  &n->message_len);
	get_bytes(attrs[TLSUP_A_SESSION], n->session, sizeof(n->session),
		  &n->session_len);
	get_bytes(attrs[TLSUP_A_INFO], &n->info, sizeof(n->info), NULL);
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct nlattr *attrs[TLSUP_A_MAX + 1];
	struct agent *a = arg;
	int cmd = ((struct genlmsghdr *)nlmsg_data(nlh))->cmd;

	if (genlmsg_parse(nlh, 0, attrs, TLSUP_A_MAX, NULL))
		return NL_SKIP;
	switch (cmd) {
	case TLSUP_CMD_ACCEPT:
		if (a->filling)
			fill_request(a->filling, attrs);
		break;
	case TLSUP_CMD_GET_STATS:
		fill_stats(a, attrs[TLSUP_A_STATS]);
		break;
	case TLSUP_CMD_GET_SOCKET:
		a->sockets++;
		break;
	default:
		fill_notice(a, cmd, attrs);
	}
	return NL_OK;
}

/* Answers to earlier commands whose reading failed may still come. */
static int on_end(struct nl_msg *msg, void *arg)
{
	struct agent *a = arg;

	a->finished |= nlmsg_hdr(msg)->nlmsg_seq == a->seq;
	return NL_STOP;
}

static int on_error(struct sockaddr_nl *nla, struct nlmsgerr *err, void *arg)
{
	struct agent *a = arg;

	(void)nla;
	if (err->msg.nlmsg_seq != a->seq)
		return NL_STOP;
	a->error = err->error;
	a->finished = 1;
	return NL_STOP;
}

int agent_open(struct agent *a)
{
	memset(a, 0, sizeof(*a));
	a->nl = nl_socket_alloc();
	if (!a->nl || genl_connect(a->nl))
		return -ENOTSUP;
	a->family = genl_ctrl_resolve(a->nl, TLSUP_GENL_NAME);
	if (a->family < 0)
		return -ENOENT;
	nl_socket_disable_seq_check(a->nl);
	nl_socket_set_buffer_size(a->nl, 1 << 20, 1 << 17);
	nl_socket_modify_cb(a->nl, NL_CB_VALID, NL_CB_CUSTOM, on_valid, a);
	nl_socket_modify_cb(a->nl, NL_CB_ACK, NL_CB_CUSTOM, on_end, a);
	nl_socket_modify_cb(a->nl, NL_CB_FINISH, NL_CB_CUSTOM, on_end, a);
	nl_socket_modify_err_cb(a->nl, NL_CB_CUSTOM, on_error, a);
	return 0;
}

void agent_close(struct agent *a)
{
	nl_socket_free(a->nl);
	a->nl = NULL;
}

struct nl_msg *agent_message(struct agent *a, int cmd)
{
	struct nl_msg *msg = nlmsg_alloc_size(80000);

	if (msg)
		genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, a->family, 0,
			    cmd == TLSUP_CMD_GET_SOCKET ? NLM_F_DUMP : 0, cmd,
			    TLSUP_GENL_VERSION);
	return msg;
}

int agent_command(struct agent *a, struct nl_msg *msg)
{
	int ret;

	a->error = 0;
	a->finished = 0;
	nl_complete_msg(a->nl, msg);
	a->seq = nlmsg_hdr(msg)->nlmsg_seq;
	ret = nl_send(a->nl, msg);
	if (a->sent)
		a->sent();
	nlmsg_free(msg);
	while (ret >= 0 && !a->finished)
		ret = nl_recvmsgs_default(a->nl);
	return a->finished ? a->error : -EIO;
}

int agent_register(struct agent *a)
{
	return agent_command(a, agent_message(a, TLSUP_CMD_REGISTER));
}

void agent_start(struct agent *a)
{
	int err = agent_open(a);

	if (!err)
		err = agent_register(a);
	if (!err)
		return;
	fprintf(stderr, "agent: %s\n", strerror(-err));
	exit(1);
}

int agent_accept(struct agent *a, struct request *req)
{
	int err;

	a->filling = req;
	err = agent_command(a, agent_message(a, TLSUP_CMD_ACCEPT));
	a->filling = NULL;
	return err;
}

int agent_await(struct agent *a, struct request *req)
{
	int err = -EAGAIN, i;

	for (i = 0; i < 2000 && err == -EAGAIN; i++) {
		if (i)
			usleep(10000);
		err = agent_accept(a, req);
	}
	return err;
}

int agent_done(struct agent *a, uint64_t cookie, const char *session)
{
	struct nl_msg *msg = agent_message(a, TLSUP_CMD_DONE);

	nla_put_u64(msg, TLSUP_A_COOKIE, cookie);
	nla_put_u16(msg, TLSUP_A_VERSION, TLSUP_VERSION_1_3);
	nla_put_u16(msg, TLSUP_A_CIPHER_SUITE, 0x1301);
	nla_put_u16(msg, TLSUP_A_GROUP, 29);
	nla_put_u32(msg, TLSUP_A_FLAGS, TLSUP_F_PEER_VERIFIED);
	nla_put(msg, TLSUP_A_ALPN, 2, "h2");
	if (session)
		nla_put(msg, TLSUP_A_SESSION, strlen(session), session);
	return agent_command(a, msg);
}

int agent_fail(struct agent *a, uint64_t cookie, int error, const char *reason)
{
	struct nl_msg *msg = agent_message(a, TLSUP_CMD_FAIL);

	nla_put_u64(msg, TLSUP_A_COOKIE, cookie);
	nla_put_u32(msg, TLSUP_A_ERRNO, error);
	nla_put_u16(msg, TLSUP_A_VERSION, TLSUP_VERSION_1_3);
	nla_put_u8(msg, TLSUP_A_ALERT_SENT, 42);
	if (reason)
		nla_put(msg, TLSUP_A_REASON, strlen(reason), reason);
	return agent_command(a, msg);
}

static int take_notice(struct agent *a, int cmd, struct notice *out)
{
	int i;

	for (i = 0; i < a->notice_count; i++) {
		if (a->notices[i].cmd != cmd)
			continue;
		if (out)
			*out = a->notices[i];
		a->notice_count--;
		memmove(&a->notices[i], &a->notices[i + 1],
			(a->notice_count - i) * sizeof(a->notices[0]));
		return 0;
	}
	return -ETIMEDOUT;
}

int agent_notice(struct agent *a, int cmd, struct notice *out, int timeout_ms)
{
	struct pollfd pfd = { .fd = nl_socket_get_fd(a->nl), .events = POLLIN };

	while (take_notice(a, cmd, out)) {
		if (poll(&pfd, 1, timeout_ms) <= 0)
			return -ETIMEDOUT;
		if (nl_recvmsgs_default(a->nl) < 0)
			return -EIO;
	}
	return 0;
}

int agent_join_events(struct agent *a)
{
	int group = genl_ctrl_resolve_grp(a->nl, TLSUP_GENL_NAME,
					  TLSUP_GENL_MCGRP_EVENTS);

	return group < 0 ? -ENOENT : nl_socket_add_membership(a->nl, group);
}

int agent_get_stats(struct agent *a)
{
	return agent_command(a, agent_message(a, TLSUP_CMD_GET_STATS));
}

int agent_dump(struct agent *a)
{
	a->sockets = 0;
	return agent_command(a, agent_message(a, TLSUP_CMD_GET_SOCKET));
}

int agent_leftovers(struct agent *a)
{
	int i, left = -1;

	for (i = 0; i < 2000; i++) {
		if (agent_get_stats(a))
			return -1;
		left = a->stats[TLSUP_STAT_SOCKETS] + a->stats[TLSUP_STAT_PENDING];
		if (!left)
			break;
		usleep(10000);
	}
	return left;
}

int agent_serve(struct agent *a, const char *session, uint64_t *cookie)
{
	struct request req;
	int err = agent_await(a, &req);

	if (err)
		return err;
	err = channel_secrets(&req);
	if (!err)
		err = agent_done(a, req.cookie, session);
	close(req.channel);
	if (cookie)
		*cookie = req.cookie;
	return err;
}
