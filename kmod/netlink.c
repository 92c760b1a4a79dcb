// SPDX-License-Identifier: GPL-2.0-only
/* netlink: owns parsing what agents say; decides nothing. notify.c prints. */

#include <linux/file.h>
#include <linux/module.h>
#include <net/genetlink.h>
#include <net/netlink.h>

#include "auth.h"
#include "channel.h"
#include "context.h"
#include "netlink.h"
#include "notify.h"
#include "outcome.h"
#include "request.h"
#include "resumption.h"
#include "session.h"
#include "stats.h"

/* In all policies what is not named is refused. */
static const struct nla_policy policy_none[TLSUP_A_MAX + 1] = {};

static const struct nla_policy policy_done[TLSUP_A_MAX + 1] = {
	[TLSUP_A_COOKIE] = { .type = NLA_U64 },
	[TLSUP_A_VERSION] = NLA_POLICY_RANGE(NLA_U16, TLSUP_VERSION_1_2,
					     TLSUP_VERSION_1_3),
	[TLSUP_A_CIPHER_SUITE] = { .type = NLA_U16 },
	[TLSUP_A_GROUP] = { .type = NLA_U16 },
	[TLSUP_A_SIGNATURE_SCHEME] = { .type = NLA_U16 },
	[TLSUP_A_FLAGS] = NLA_POLICY_MASK(NLA_U32, TLSUP_F_RESUMED |
					  TLSUP_F_EARLY_DATA |
					  TLSUP_F_PEER_VERIFIED),
	[TLSUP_A_ALPN] = { .type = NLA_BINARY, .len = 255 },
	[TLSUP_A_SERVER_NAME] = { .type = NLA_BINARY,
				  .len = TLSUP_SERVER_NAME_MAX },
	[TLSUP_A_PEER_CHAIN] = { .type = NLA_BINARY,
				 .len = U16_MAX - NLA_HDRLEN },
	[TLSUP_A_SESSION] = { .type = NLA_BINARY, .len = TLSUP_SESSION_MAX },
	[TLSUP_A_EXPORTER] = { .type = NLA_BINARY, .len = 112 },
	[TLSUP_A_KEEP] = { .type = NLA_FLAG },
	[TLSUP_A_EARLY_DATA] = { .type = NLA_BINARY,
				 .len = TLSUP_EARLY_DATA_MAX },
};

static const struct nla_policy policy_answer[TLSUP_A_MAX + 1] = {
	[TLSUP_A_COOKIE] = { .type = NLA_U64 },
	[TLSUP_A_NUMBER] = { .type = NLA_U32 },
	[TLSUP_A_MESSAGE] = { .type = NLA_BINARY, .len = U16_MAX - NLA_HDRLEN },
	[TLSUP_A_FLAGS] = NLA_POLICY_MASK(NLA_U32, TLSUP_F_PEER_VERIFIED),
	[TLSUP_A_PEER_CHAIN] = { .type = NLA_BINARY,
				 .len = U16_MAX - NLA_HDRLEN },
};

static const struct nla_policy policy_fail[TLSUP_A_MAX + 1] = {
	[TLSUP_A_COOKIE] = { .type = NLA_U64 },
	[TLSUP_A_VERSION] = NLA_POLICY_RANGE(NLA_U16, TLSUP_VERSION_1_2,
					     TLSUP_VERSION_1_3),
	[TLSUP_A_ERRNO] = NLA_POLICY_MIN(NLA_U32, 1),
	[TLSUP_A_ALERT_SENT] = { .type = NLA_U8 },
	[TLSUP_A_ALERT_RECEIVED] = { .type = NLA_U8 },
	[TLSUP_A_REASON] = { .type = NLA_BINARY, .len = TLSUP_REASON_MAX },
};

static int cmd_register(struct sk_buff *skb, struct genl_info *info)
{
	return tlsup_agent_register(genl_info_net(info), info->snd_portid);
}

/* Where an agent finds its request; the channel is not in its table yet. */
struct handout {
	struct tlsup_request *req;
	struct file *file;
	u32 generation;
	int fd;
};

/* From accepted to at work, unless it ended meanwhile. */
static bool take(struct handout *h)
{
	struct sock *sk = h->req->sk;
	bool current_one;

	lock_sock(sk);
	current_one = tlsup_request_current(h->req);
	if (current_one) {
		WRITE_ONCE(tlsup_context(sk)->state, TLSUP_STATE_HANDSHAKE);
		h->generation = h->req->generation;
	}
	release_sock(sk);
	return current_one;
}

static int next_request(struct genl_info *info, struct handout *h)
{
	do {
		h->req = tlsup_request_accept(genl_info_net(info),
					      info->snd_portid);
		if (!h->req)
			return -EAGAIN;
		if (take(h))
			return 0;
		tlsup_request_put(h->req);
	} while (!signal_pending(current));
	return -EINTR;
}

static int open_channel(struct handout *h)
{
	h->fd = get_unused_fd_flags(O_CLOEXEC);
	if (h->fd < 0)
		return h->fd;
	h->file = tlsup_channel_open(h->req, h->generation);
	if (!IS_ERR(h->file))
		return 0;
	put_unused_fd(h->fd);
	return PTR_ERR(h->file);
}

/* The reply goes first: it cannot be taken back, nor can an installed file. */
static int hand_out(struct genl_info *info, struct user_namespace *ns,
		    struct handout *h)
{
	int err = open_channel(h);

	if (err)
		goto err_request;
	err = tlsup_notify_accepted(info, ns, h->req, h->generation, h->fd);
	if (err)
		goto err_file;
	fd_install(h->fd, h->file);
	return 0;

err_file:
	put_unused_fd(h->fd);
	tlsup_request_unaccept(h->req, h->generation);
	fput(h->file);
	return err;
err_request:
	tlsup_request_unaccept(h->req, h->generation);
	return err;
}

static int cmd_accept(struct sk_buff *skb, struct genl_info *info)
{
	struct handout h;
	int err;

	if (!tlsup_agent_registered(genl_info_net(info), info->snd_portid)) {
		GENL_SET_ERR_MSG(info, "this port is not registered");
		return -EPERM;
	}
	err = next_request(info, &h);
	if (err)
		return err;
	err = hand_out(info, sk_user_ns(NETLINK_CB(skb).sk), &h);
	tlsup_request_put(h.req);
	return err;
}

static struct tlsup_request *find(struct genl_info *info)
{
	struct tlsup_request *req;

	if (!info->attrs[TLSUP_A_COOKIE]) {
		GENL_SET_ERR_MSG(info, "no cookie");
		return ERR_PTR(-EINVAL);
	}
	req = tlsup_request_find(genl_info_net(info), info->snd_portid,
				 nla_get_u64(info->attrs[TLSUP_A_COOKIE]));
	if (!req)
		GENL_SET_ERR_MSG(info, "no such request of this port");
	return req ?: ERR_PTR(-ENOENT);
}

static u16 get_u16(struct genl_info *info, int attr)
{
	return info->attrs[attr] ? nla_get_u16(info->attrs[attr]) : 0;
}

static u8 get_alert(struct genl_info *info, int attr)
{
	return info->attrs[attr] ? nla_get_u8(info->attrs[attr]) :
				   TLSUP_ALERT_NONE;
}

static struct tlsup_bytes get_bytes(struct genl_info *info, int attr)
{
	struct tlsup_bytes bytes = {};

	if (info->attrs[attr]) {
		bytes.data = nla_data(info->attrs[attr]);
		bytes.len = nla_len(info->attrs[attr]);
	}
	return bytes;
}

static int parse_done(struct genl_info *info)
{
	struct tlsup_done done = {
		.version = get_u16(info, TLSUP_A_VERSION),
		.cipher_suite = get_u16(info, TLSUP_A_CIPHER_SUITE),
		.group = get_u16(info, TLSUP_A_GROUP),
		.signature_scheme = get_u16(info, TLSUP_A_SIGNATURE_SCHEME),
		.alpn = get_bytes(info, TLSUP_A_ALPN),
		.server_name = get_bytes(info, TLSUP_A_SERVER_NAME),
		.peer_chain = get_bytes(info, TLSUP_A_PEER_CHAIN),
		.session = get_bytes(info, TLSUP_A_SESSION),
		.exporter = get_bytes(info, TLSUP_A_EXPORTER),
		.early_data = get_bytes(info, TLSUP_A_EARLY_DATA),
		.keep = info->attrs[TLSUP_A_KEEP],
	};
	struct tlsup_request *req;
	const char *why = NULL;
	int err;

	if (!info->attrs[TLSUP_A_VERSION] || !info->attrs[TLSUP_A_CIPHER_SUITE] ||
	    !info->attrs[TLSUP_A_FLAGS]) {
		GENL_SET_ERR_MSG(info, "version, cipher suite and flags are required");
		return -EINVAL;
	}
	done.flags = nla_get_u32(info->attrs[TLSUP_A_FLAGS]);
	req = find(info);
	if (IS_ERR(req))
		return PTR_ERR(req);
	err = tlsup_outcome_done(req, &done, &why);
	tlsup_request_put(req);
	if (why && info->extack)
		info->extack->_msg = why;
	return err;
}

static void wipe(struct nlattr *attr)
{
	if (attr)
		memzero_explicit(nla_data(attr), nla_len(attr));
}

/* The message's own copies of secrets go, whatever DONE came to. */
static int cmd_done(struct sk_buff *skb, struct genl_info *info)
{
	int err = parse_done(info);

	wipe(info->attrs[TLSUP_A_SESSION]);
	wipe(info->attrs[TLSUP_A_EXPORTER]);
	wipe(info->attrs[TLSUP_A_EARLY_DATA]);
	return err;
}

static int cmd_fail(struct sk_buff *skb, struct genl_info *info)
{
	struct tlsup_fail fail = {
		.version = get_u16(info, TLSUP_A_VERSION),
		.alert_sent = get_alert(info, TLSUP_A_ALERT_SENT),
		.alert_received = get_alert(info, TLSUP_A_ALERT_RECEIVED),
		.reason = get_bytes(info, TLSUP_A_REASON),
	};
	struct net *net = genl_info_net(info);
	struct tlsup_request *req;
	u64 cookie;
	int err;

	if (!info->attrs[TLSUP_A_ERRNO]) {
		GENL_SET_ERR_MSG(info, "no errno");
		return -EINVAL;
	}
	fail.error = nla_get_u32(info->attrs[TLSUP_A_ERRNO]);
	req = find(info);
	if (req == ERR_PTR(-ENOENT)) {
		cookie = nla_get_u64(info->attrs[TLSUP_A_COOKIE]);
		err = tlsup_auth_fail(net, info->snd_portid, cookie, &fail);
		return err != -ENOENT ? err :
		       tlsup_resumption_fail(net, info->snd_portid, cookie, &fail);
	}
	if (IS_ERR(req))
		return PTR_ERR(req);
	err = tlsup_outcome_fail(req, &fail);
	tlsup_request_put(req);
	return err;
}

static int cmd_answer(struct sk_buff *skb, struct genl_info *info)
{
	struct tlsup_bytes message = get_bytes(info, TLSUP_A_MESSAGE);
	struct tlsup_bytes chain = get_bytes(info, TLSUP_A_PEER_CHAIN);
	struct tlsup_answer answer = {
		.message = message.data, .message_len = message.len,
		.peer_chain = chain.data, .peer_chain_len = chain.len,
	};
	const char *why = NULL;
	int err;

	if (!info->attrs[TLSUP_A_COOKIE] || !info->attrs[TLSUP_A_NUMBER]) {
		GENL_SET_ERR_MSG(info, "cookie and number are required");
		return -EINVAL;
	}
	answer.cookie = nla_get_u64(info->attrs[TLSUP_A_COOKIE]);
	answer.number = nla_get_u32(info->attrs[TLSUP_A_NUMBER]);
	if (info->attrs[TLSUP_A_FLAGS])
		answer.flags = nla_get_u32(info->attrs[TLSUP_A_FLAGS]);
	err = tlsup_auth_answer(genl_info_net(info), info->snd_portid, &answer,
				&why);
	if (why && info->extack)
		info->extack->_msg = why;
	return err;
}

static int cmd_get_stats(struct sk_buff *skb, struct genl_info *info)
{
	return tlsup_notify_stats(info);
}

struct dump {
	struct sk_buff *skb;
	struct netlink_callback *cb;
};

static int dump_socket(struct sock *sk, void *arg)
{
	struct dump *dump = arg;

	return tlsup_notify_dump(dump->skb, dump->cb, sk);
}

static int dump_sockets(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dump dump = { .skb = skb, .cb = cb };
	u32 from = cb->args[0];
	int err;

	err = tlsup_context_walk(sock_net(skb->sk), &from, dump_socket, &dump);
	cb->args[0] = from;
	return err && !skb->len ? err : skb->len;
}

static const struct genl_ops ops[] = {
	{
		.cmd = TLSUP_CMD_REGISTER,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = policy_none,
		.maxattr = TLSUP_A_MAX,
		.doit = cmd_register,
	}, {
		.cmd = TLSUP_CMD_ACCEPT,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = policy_none,
		.maxattr = TLSUP_A_MAX,
		.doit = cmd_accept,
	}, {
		.cmd = TLSUP_CMD_DONE,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = policy_done,
		.maxattr = TLSUP_A_MAX,
		.doit = cmd_done,
	}, {
		.cmd = TLSUP_CMD_FAIL,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = policy_fail,
		.maxattr = TLSUP_A_MAX,
		.doit = cmd_fail,
	}, {
		.cmd = TLSUP_CMD_ANSWER,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = policy_answer,
		.maxattr = TLSUP_A_MAX,
		.doit = cmd_answer,
	}, {
		.cmd = TLSUP_CMD_GET_SOCKET,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = policy_none,
		.maxattr = TLSUP_A_MAX,
		.dumpit = dump_sockets,
	}, {
		.cmd = TLSUP_CMD_GET_STATS,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = policy_none,
		.maxattr = TLSUP_A_MAX,
		.doit = cmd_get_stats,
	},
};

static const struct genl_multicast_group groups[] = {
	[TLSUP_GROUP_EVENTS] = {
		.name = TLSUP_GENL_MCGRP_EVENTS,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
};

/*
 * Parallel, because DONE waits for a socket lock that an application may hold
 * for as long as its memory takes to page in; it must wait alone.
 */
struct genl_family tlsup_genl_family __ro_after_init = {
	.name = TLSUP_GENL_NAME,
	.version = TLSUP_GENL_VERSION,
	.maxattr = TLSUP_A_MAX,
	.netnsok = true,
	.parallel_ops = true,
	.resv_start_op = TLSUP_CMD_MAX + 1,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
	.module = THIS_MODULE,
};

int tlsup_netlink_init(void)
{
	return genl_register_family(&tlsup_genl_family);
}

void tlsup_netlink_exit(void)
{
	genl_unregister_family(&tlsup_genl_family);
}
