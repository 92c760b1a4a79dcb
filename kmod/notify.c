// SPDX-License-Identifier: GPL-2.0-only
/* notify: owns printing what the kernel says by netlink. */

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/sock_diag.h>
#include <net/genetlink.h>
#include <net/inet_sock.h>
#include <net/netlink.h>

#include "compat.h"
#include "context.h"
#include "netlink.h"
#include "notify.h"
#include "outcome.h"
#include "request.h"
#include "session.h"
#include "stats.h"
#include "upgrade.h"

static bool send_notice(struct net *net, u32 portid, u8 cmd, u64 cookie)
{
	struct sk_buff *skb = genlmsg_new(nla_total_size_64bit(sizeof(u64)),
					  GFP_KERNEL);
	void *hdr;

	if (!skb)
		return false;
	hdr = genlmsg_put(skb, 0, 0, &tlsup_genl_family, 0, cmd);
	if (!hdr || (cookie && nla_put_u64_64bit(skb, TLSUP_A_COOKIE, cookie,
						 TLSUP_A_PAD))) {
		nlmsg_free(skb);
		return false;
	}
	genlmsg_end(skb, hdr);
	return !genlmsg_unicast(net, skb, portid);
}

void tlsup_netlink_ready(struct net *net, u32 portid)
{
	if (portid)
		send_notice(net, portid, TLSUP_CMD_READY, 0);
}

void tlsup_netlink_cancel(struct net *net, u32 portid, u64 cookie)
{
	send_notice(net, portid, TLSUP_CMD_CANCEL, cookie);
}

static int put_bytes(struct sk_buff *skb, int attr, const struct tlsup_bytes *bytes)
{
	return bytes->len ? nla_put(skb, attr, bytes->len, bytes->data) : 0;
}

static int send_session(struct net *net, u32 portid, u8 cmd, u64 cookie,
			const struct tlsup_bytes *message,
			const struct tlsup_bytes *session, gfp_t gfp)
{
	struct sk_buff *skb;
	void *hdr;

	skb = genlmsg_new(nla_total_size_64bit(sizeof(u64)) +
			  nla_total_size(message->len) +
			  nla_total_size(session->len), gfp);
	if (!skb)
		return -ENOMEM;
	hdr = genlmsg_put(skb, 0, 0, &tlsup_genl_family, 0, cmd);
	if (!hdr ||
	    nla_put_u64_64bit(skb, TLSUP_A_COOKIE, cookie, TLSUP_A_PAD) ||
	    put_bytes(skb, TLSUP_A_MESSAGE, message) ||
	    put_bytes(skb, TLSUP_A_SESSION, session)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return genlmsg_unicast(net, skb, portid);
}

int tlsup_netlink_post(struct net *net, u32 portid, u64 cookie,
		       const struct tlsup_bytes *message,
		       const struct tlsup_bytes *session)
{
	return send_session(net, portid, TLSUP_CMD_POST, cookie, message, session,
			    GFP_KERNEL);
}

/* A page's worth at most, and what must not be lost: a session that outlived its
 * connection's failure would be resumed. What is lost in the agent's full queue
 * is told there, by ENOBUFS. */
void tlsup_netlink_forget(struct net *net, u32 portid, u64 cookie,
			  const struct tlsup_bytes *session)
{
	static const struct tlsup_bytes none;

	send_session(net, portid, TLSUP_CMD_FORGET, cookie, &none, session,
		     GFP_KERNEL | __GFP_NOFAIL);
}

void tlsup_netlink_gone(struct net *net, u32 portid, u64 cookie)
{
	send_notice(net, portid, TLSUP_CMD_GONE, cookie);
}

int tlsup_netlink_ask(struct net *net, u32 portid, u64 cookie, u32 number,
		      u32 key_updates, const struct tlsup_bytes *message)
{
	struct sk_buff *skb;
	void *hdr;

	skb = genlmsg_new(nla_total_size_64bit(sizeof(u64)) +
			  2 * nla_total_size(sizeof(u32)) +
			  nla_total_size(message->len), GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	hdr = genlmsg_put(skb, 0, 0, &tlsup_genl_family, 0, TLSUP_CMD_ASK);
	if (!hdr ||
	    nla_put_u64_64bit(skb, TLSUP_A_COOKIE, cookie, TLSUP_A_PAD) ||
	    nla_put_u32(skb, TLSUP_A_NUMBER, number) ||
	    nla_put_u32(skb, TLSUP_A_KEY_UPDATES, key_updates) ||
	    (message->len &&
	     nla_put(skb, TLSUP_A_MESSAGE, message->len, message->data))) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return genlmsg_unicast(net, skb, portid);
}

static int put_ipv4(struct sk_buff *skb, int attr, __be32 addr, __be16 port)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = addr,
		.sin_port = port,
	};

	return nla_put(skb, attr, sizeof(sin), &sin);
}

#if IS_ENABLED(CONFIG_IPV6)
static int put_ipv6(struct sk_buff *skb, int attr, const struct sock *sk,
		    const struct in6_addr *addr, __be16 port)
{
	struct sockaddr_in6 sin6 = {
		.sin6_family = AF_INET6,
		.sin6_addr = *addr,
		.sin6_port = port,
		.sin6_scope_id = ipv6_iface_scope_id(addr, sk->sk_bound_dev_if),
	};

	return nla_put(skb, attr, sizeof(sin6), &sin6);
}
#endif

static int put_addresses(struct sk_buff *skb, const struct sock *sk)
{
	const struct inet_sock *inet = inet_sk(sk);

#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6)
		return put_ipv6(skb, TLSUP_A_LOCAL_ADDR, sk,
				ipv6_addr_any(&sk->sk_v6_rcv_saddr) ?
				&inet6_sk(sk)->saddr : &sk->sk_v6_rcv_saddr,
				inet->inet_sport) ?:
		       put_ipv6(skb, TLSUP_A_PEER_ADDR, sk, &sk->sk_v6_daddr,
				inet->inet_dport);
#endif
	return put_ipv4(skb, TLSUP_A_LOCAL_ADDR,
			inet->inet_rcv_saddr ?: inet->inet_saddr,
			inet->inet_sport) ?:
	       put_ipv4(skb, TLSUP_A_PEER_ADDR, inet->inet_daddr,
			inet->inet_dport);
}

static int put_uid(struct sk_buff *skb, struct user_namespace *ns, struct sock *sk)
{
	return nla_put_u32(skb, TLSUP_A_UID,
			   from_kuid_munged(ns, sock_i_uid(sk)));
}

static int put_text(struct sk_buff *skb, int attr, const struct tlsup_text *text)
{
	return text->len ? nla_put(skb, attr, text->len, text->bytes) : 0;
}

static int put_profile(struct sk_buff *skb, const struct tlsup_upgrade *u)
{
	static const char fallback[] = "default";

	if (u->profile.len)
		return put_text(skb, TLSUP_A_PROFILE, &u->profile);
	return nla_put(skb, TLSUP_A_PROFILE, strlen(fallback), fallback);
}

/* Everything an agent needs to know, at most a kilobyte and a half. */
static int put_request(struct sk_buff *skb, struct user_namespace *ns,
		       const struct tlsup_request *req, int fd)
{
	const struct tlsup_context *ctx = tlsup_context(req->sk);
	const struct tlsup_upgrade *u = ctx->upgrade;

	if (nla_put_u64_64bit(skb, TLSUP_A_COOKIE, req->cookie, TLSUP_A_PAD) ||
	    nla_put_s32(skb, TLSUP_A_CHANNEL_FD, fd) ||
	    nla_put_u32(skb, TLSUP_A_ROLE, ctx->role) ||
	    nla_put_u32(skb, TLSUP_A_DEADLINE_MS,
			tlsup_request_time_left_ms(req)) ||
	    put_uid(skb, ns, req->sk) ||
	    put_text(skb, TLSUP_A_ALPN, &u->alpn) ||
	    put_profile(skb, u) ||
	    nla_put_u32(skb, TLSUP_A_VERIFY, u->verify))
		return -EMSGSIZE;
	if (ctx->role == TLSUP_ROLE_CLIENT &&
	    (put_text(skb, TLSUP_A_SERVER_NAME, &u->server_name) ||
	     (u->early.max && nla_put_u32(skb, TLSUP_A_EARLY_DATA_MAX, u->early.max))))
		return -EMSGSIZE;
	return put_addresses(skb, req->sk);
}

int tlsup_notify_accepted(struct genl_info *info, struct user_namespace *ns,
			  struct tlsup_request *req, u32 generation, int fd)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	int err = -ESTALE;
	void *hdr;

	if (!skb)
		return -ENOMEM;
	hdr = genlmsg_put_reply(skb, info, &tlsup_genl_family, 0,
				TLSUP_CMD_ACCEPT);
	lock_sock(req->sk);
	if (tlsup_request_current(req) && req->generation == generation)
		err = hdr ? put_request(skb, ns, req, fd) : -EMSGSIZE;
	release_sock(req->sk);
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, hdr);
	return genlmsg_reply(skb, info);
}

int tlsup_notify_stats(struct genl_info *info)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	struct nlattr *nest;
	int stat, err = 0;
	void *hdr;

	if (!skb)
		return -ENOMEM;
	hdr = genlmsg_put_reply(skb, info, &tlsup_genl_family, 0,
				TLSUP_CMD_GET_STATS);
	nest = hdr ? nla_nest_start(skb, TLSUP_A_STATS) : NULL;
	if (!nest)
		goto err_skb;
	for (stat = 1; stat <= TLSUP_STAT_MAX && !err; stat++)
		err = nla_put_u64_64bit(skb, stat,
					tlsup_stats_read(genl_info_net(info), stat),
					TLSUP_A_UNSPEC);
	if (err)
		goto err_skb;
	nla_nest_end(skb, nest);
	genlmsg_end(skb, hdr);
	return genlmsg_reply(skb, info);

err_skb:
	nlmsg_free(skb);
	return -EMSGSIZE;
}

static int put_names(struct sk_buff *skb, const struct tlsup_upgrade *u)
{
	return put_text(skb, TLSUP_A_SERVER_NAME, &u->server_name) ?:
	       (u->done ? put_text(skb, TLSUP_A_ALPN, &u->alpn) : 0) ?:
	       put_profile(skb, u);
}

/* What GET_SOCKET and EVENT tell. Socket locked, and with a context. */
static int put_socket(struct sk_buff *skb, struct user_namespace *ns,
		      struct sock *sk)
{
	const struct tlsup_context *ctx = tlsup_context(sk);
	struct tlsup_info info;
	u32 words[2];
	u64 cookie;

	sock_diag_save_cookie(sk, words);
	cookie = (u64)words[1] << 32 | words[0];
	tlsup_upgrade_info(sk, &info);
	if (nla_put_u64_64bit(skb, TLSUP_A_SOCK_COOKIE, cookie, TLSUP_A_PAD) ||
	    nla_put_u32(skb, TLSUP_A_STATE, info.state) ||
	    nla_put_u32(skb, TLSUP_A_ROLE, info.role) ||
	    put_addresses(skb, sk) ||
	    put_uid(skb, ns, sk) ||
	    nla_put(skb, TLSUP_A_INFO, sizeof(info), &info))
		return -EMSGSIZE;
	return ctx->upgrade ? put_names(skb, ctx->upgrade) : 0;
}

int tlsup_notify_dump(struct sk_buff *skb, struct netlink_callback *cb,
		      struct sock *sk)
{
	int err = 0;
	void *hdr;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &tlsup_genl_family, NLM_F_MULTI, TLSUP_CMD_GET_SOCKET);
	if (!hdr)
		return -EMSGSIZE;
	lock_sock(sk);
	if (tlsup_context(sk))
		err = put_socket(skb, sk_user_ns(NETLINK_CB(cb->skb).sk), sk);
	else
		err = -ENOENT;
	release_sock(sk);
	if (err)
		genlmsg_cancel(skb, hdr);
	else
		genlmsg_end(skb, hdr);
	return err == -ENOENT ? 0 : err;
}

void tlsup_netlink_event(struct sock *sk, enum tlsup_event event)
{
	struct net *net = sock_net(sk);
	struct sk_buff *skb;
	void *hdr;

	if (!genl_has_listeners(&tlsup_genl_family, net, TLSUP_GROUP_EVENTS))
		return;
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		return;
	hdr = genlmsg_put(skb, 0, 0, &tlsup_genl_family, 0, TLSUP_CMD_EVENT);
	if (!hdr || nla_put_u32(skb, TLSUP_A_EVENT, event) ||
	    put_socket(skb, net->user_ns, sk)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, hdr);
	genlmsg_multicast_netns(&tlsup_genl_family, net, skb, 0,
				TLSUP_GROUP_EVENTS, GFP_KERNEL);
}
