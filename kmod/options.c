// SPDX-License-Identifier: GPL-2.0-only
/* options: owns SOL_TLSUP: the only reader of what applications set there. */

#include <linux/build_bug.h>
#include <linux/ctype.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <net/sock.h>

#include "auth.h"
#include "context.h"
#include "exporter.h"
#include "post.h"
#include "session.h"
#include "upgrade.h"

static_assert(sizeof(struct tlsup_start) == 16);
static_assert(offsetof(struct tlsup_info, version) == 16);
static_assert(offsetof(struct tlsup_info, tx_bytes) == 32);
static_assert(offsetof(struct tlsup_info, reason) == 72);
static_assert(sizeof(struct tlsup_info) == 208);
static_assert(sizeof(struct tlsup_secret) == 72);
static_assert(sizeof(struct tlsup_key_block) == 56);

static int read_u32(u32 *value, sockptr_t optval, unsigned int optlen)
{
	if (optlen != sizeof(*value))
		return -EINVAL;
	return copy_from_sockptr(value, optval, sizeof(*value)) ? -EFAULT : 0;
}

/* Up to max bytes; for a string, one NUL behind them does not count. */
static int read_text(struct tlsup_text *text, sockptr_t optval,
		     unsigned int optlen, unsigned int max, bool string)
{
	u8 bytes[TLSUP_ALPN_MAX + 1];

	if (!optlen || optlen > max + string)
		return -EINVAL;
	if (copy_from_sockptr(bytes, optval, optlen))
		return -EFAULT;
	if (string && !bytes[optlen - 1])
		optlen--;
	if (!optlen || optlen > max)
		return -EINVAL;
	memcpy(text->bytes, bytes, optlen);
	text->len = optlen;
	return 0;
}

/* Visible ASCII: a host name in its A-label form (RFC 5890) or an address. */
static bool valid_name(const struct tlsup_text *name)
{
	unsigned int i;

	for (i = 0; i < name->len; i++)
		if (name->bytes[i] <= ' ' || name->bytes[i] >= 0x7f)
			return false;
	return true;
}

static bool valid_profile(const struct tlsup_text *profile)
{
	unsigned int i;

	for (i = 0; i < profile->len; i++)
		if (!isascii(profile->bytes[i]) ||
		    (!isalnum(profile->bytes[i]) &&
		     !memchr("_.-", profile->bytes[i], 3)))
			return false;
	return true;
}

/* RFC 7301 3.1: ProtocolName<1..2^8-1>, at least one. */
static bool valid_alpn(const struct tlsup_text *alpn)
{
	unsigned int at = 0;

	while (at < alpn->len) {
		if (!alpn->bytes[at])
			return false;
		at += 1 + alpn->bytes[at];
	}
	return at == alpn->len;
}

/* Is it known already that this end will be the server? */
static bool is_server(const struct sock *sk)
{
	const struct tlsup_context *ctx = tlsup_context(sk);

	return ctx->role == TLSUP_ROLE_SERVER || sk->sk_state == TCP_LISTEN;
}

/* An option that is text: what it may be, and where in the session it goes. */
struct text_option {
	unsigned int	max;
	bool		string;		/* a NUL behind it does not count */
	bool		client;		/* says nothing to a server */
	bool		(*valid)(const struct tlsup_text *text);
	size_t		offset;		/* of a tlsup_text in struct tlsup_upgrade */
};

static const struct text_option server_name_option = {
	.max = TLSUP_SERVER_NAME_MAX, .string = true, .client = true,
	.valid = valid_name,
	.offset = offsetof(struct tlsup_upgrade, server_name),
};

static const struct text_option alpn_option = {
	.max = TLSUP_ALPN_MAX, .valid = valid_alpn,
	.offset = offsetof(struct tlsup_upgrade, alpn),
};

static const struct text_option profile_option = {
	.max = TLSUP_PROFILE_MAX, .string = true, .valid = valid_profile,
	.offset = offsetof(struct tlsup_upgrade, profile),
};

static int set_text(struct sock *sk, const struct text_option *o,
		    sockptr_t optval, unsigned int optlen)
{
	struct tlsup_text text;
	int err = read_text(&text, optval, optlen, o->max, o->string);

	if (!err && !o->valid(&text))
		err = -EINVAL;
	if (err)
		return err;
	lock_sock(sk);
	err = o->client && is_server(sk) ? -EINVAL : tlsup_upgrade_choose(sk);
	if (!err)
		*(struct tlsup_text *)((u8 *)tlsup_session(sk) + o->offset) = text;
	release_sock(sk);
	return err;
}

/* A number of at most max; act() is called with the socket's lock. */
static int set_number(struct sock *sk, u32 max,
		      int (*act)(struct sock *sk, u32 value), sockptr_t optval,
		      unsigned int optlen)
{
	u32 value;
	int err = read_u32(&value, optval, optlen);

	if (!err && value > max)
		err = -EINVAL;
	if (err)
		return err;
	lock_sock(sk);
	err = act(sk, value);
	release_sock(sk);
	return err;
}

static int choose_verify(struct sock *sk, u32 verify)
{
	int err = is_server(sk) ? -EINVAL : tlsup_upgrade_choose(sk);

	if (!err)
		tlsup_session(sk)->verify = verify;
	return err;
}

/* What was written already has its place. */
static int allow_early_data(struct sock *sk, u32 max)
{
	struct tlsup_upgrade *u;
	int err = is_server(sk) ? -EINVAL : tlsup_upgrade_choose(sk);

	if (err)
		return err;
	u = tlsup_session(sk);
	if (u->early.data)
		return -EALREADY;
	u->early.max = max;
	return 0;
}

static int set_start(struct sock *sk, sockptr_t optval, unsigned int optlen)
{
	struct tlsup_start start;
	int err;

	if (optlen != sizeof(start))
		return -EINVAL;
	if (copy_from_sockptr(&start, optval, sizeof(start)))
		return -EFAULT;
	if (start.role > TLSUP_ROLE_SERVER || start.flags || start.reserved ||
	    start.timeout_ms > TLSUP_TIMEOUT_MAX_MS)
		return -EINVAL;
	lock_sock(sk);
	err = tlsup_upgrade_start(sk, &start);
	release_sock(sk);
	return err;
}

static int update_key(struct sock *sk, u32 request)
{
	const struct tlsup_context *ctx = tlsup_context(sk);
	const struct tlsup_upgrade *u = ctx->upgrade;

	if (ctx->mode == TLSUP_MODE_KTLS)
		return -EBUSY;
	if (!u || !u->done)
		return ctx->error ?: -ENOTCONN;
	if (u->version != TLSUP_VERSION_1_3)
		return -EINVAL;
	if (ctx->state != TLSUP_STATE_OPEN || u->flags & TLSUP_F_CLOSE_SENT)
		return -EPIPE;
	return tlsup_post_key_update(sk, request);
}

static int request_certificate(struct sock *sk, u32 zero)
{
	const struct tlsup_context *ctx = tlsup_context(sk);
	const struct tlsup_upgrade *u = ctx->upgrade;

	if (ctx->mode == TLSUP_MODE_KTLS)
		return -EBUSY;
	if (!u || !u->done)
		return ctx->error ?: -ENOTCONN;
	if (ctx->error)
		return ctx->error;
	if (ctx->state != TLSUP_STATE_OPEN || u->flags & TLSUP_F_CLOSE_SENT)
		return -EPIPE;
	return tlsup_auth_request(sk);
}

int tlsup_options_set(struct sock *sk, int optname, sockptr_t optval,
		      unsigned int optlen)
{
	switch (optname) {
	case TLSUP_START:
		return set_start(sk, optval, optlen);
	case TLSUP_SERVER_NAME:
		return set_text(sk, &server_name_option, optval, optlen);
	case TLSUP_ALPN:
		return set_text(sk, &alpn_option, optval, optlen);
	case TLSUP_PROFILE:
		return set_text(sk, &profile_option, optval, optlen);
	case TLSUP_VERIFY:
		return set_number(sk, TLSUP_VERIFY_INSECURE_NO_NAME,
				  choose_verify, optval, optlen);
	case TLSUP_KEY_UPDATE:
		return set_number(sk, TLSUP_KEY_UPDATE_REQUESTED, update_key,
				  optval, optlen);
	case TLSUP_EARLY_DATA:
		return set_number(sk, TLSUP_EARLY_DATA_MAX, allow_early_data,
				  optval, optlen);
	case TLSUP_REQUEST_CERTIFICATE:
		return set_number(sk, 0, request_certificate, optval, optlen);
	default:
		return -ENOPROTOOPT;
	}
}

/* The whole of data, or too_small with the size it takes in *optlen. */
static int give(const void *data, size_t size, char __user *optval,
		int __user *optlen, int too_small)
{
	int room;

	if (get_user(room, optlen))
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	if (put_user((int)size, optlen))
		return -EFAULT;
	if (room < size)
		return too_small;
	return copy_to_user(optval, data, size) ? -EFAULT : 0;
}

static int get_request_certificate(struct sock *sk, char __user *optval,
				   int __user *optlen)
{
	const struct tlsup_context *ctx;
	struct tlsup_upgrade *u;
	int err = 0;
	u32 status = 0;

	lock_sock(sk);
	ctx = tlsup_context(sk);
	u = ctx->upgrade;
	if (u && u->done) {
		status = u->auth_status;
		WRITE_ONCE(u->auth_news, false);
	} else {
		err = ctx->mode == TLSUP_MODE_KTLS ? -EBUSY : -ENOTCONN;
	}
	release_sock(sk);
	return err ?: give(&status, sizeof(status), optval, optlen, -EINVAL);
}

static int get_info(struct sock *sk, char __user *optval, int __user *optlen)
{
	struct tlsup_info info;
	bool chosen;
	int len;

	if (get_user(len, optlen))
		return -EFAULT;
	if (len <= 0)
		return -EINVAL;
	len = min_t(int, len, sizeof(info));
	lock_sock(sk);
	chosen = tlsup_context(sk)->mode != TLSUP_MODE_NONE;
	if (chosen)
		tlsup_upgrade_info(sk, &info);
	release_sock(sk);
	if (!chosen)
		return -ENOTCONN;
	if (put_user(len, optlen) || copy_to_user(optval, &info, len))
		return -EFAULT;
	return 0;
}

/* What a text option says now: 0 or why there is nothing to tell. Locked. */
static int look_up(struct sock *sk, int optname, struct tlsup_text *text)
{
	const struct tlsup_context *ctx = tlsup_context(sk);
	const struct tlsup_upgrade *u = ctx->upgrade;

	if (ctx->mode == TLSUP_MODE_KTLS)
		return -EBUSY;
	if (!u || (optname == TLSUP_ALPN && !u->done))
		return -ENOTCONN;
	if (optname == TLSUP_ALPN)
		*text = u->alpn;
	else if (optname == TLSUP_PROFILE)
		*text = u->profile;
	else
		*text = u->server_name;
	if (optname == TLSUP_PROFILE && !text->len) {
		text->len = strlen("default");
		memcpy(text->bytes, "default", text->len);
	}
	return text->len ? 0 : -ENODATA;
}

static int get_text(struct sock *sk, int optname, char __user *optval,
		    int __user *optlen)
{
	struct tlsup_text text;
	int err;

	lock_sock(sk);
	err = look_up(sk, optname, &text);
	release_sock(sk);
	return err ?: give(text.bytes, text.len, optval, optlen, -EINVAL);
}

/* VERIFY and EARLY_DATA. */
static int get_number(struct sock *sk, int optname, char __user *optval,
		      int __user *optlen)
{
	const struct tlsup_upgrade *u;
	u32 value = 0;
	int err = 0;

	lock_sock(sk);
	u = tlsup_session(sk);
	if (u)
		value = optname == TLSUP_VERIFY ? u->verify : u->early.max;
	else
		err = tlsup_context(sk)->mode == TLSUP_MODE_KTLS ? -EBUSY : -ENOTCONN;
	release_sock(sk);
	return err ?: give(&value, sizeof(value), optval, optlen, -EINVAL);
}

/* A copy, so that writing it out does not hold the socket lock. Locked. */
static int copy_chain(const struct sock *sk, u8 **chain, u32 *len)
{
	const struct tlsup_upgrade *u = tlsup_session(sk);

	if (!u)
		return tlsup_context(sk)->mode == TLSUP_MODE_KTLS ? -EBUSY : -ENOTCONN;
	if (!u->done)
		return -ENOTCONN;
	if (!u->peer_chain)
		return -ENODATA;
	*chain = kvmalloc(u->peer_chain_len, GFP_KERNEL);
	if (!*chain)
		return -ENOMEM;
	*len = u->peer_chain_len;
	memcpy(*chain, u->peer_chain, *len);
	return 0;
}

static int get_peer_certificate(struct sock *sk, char __user *optval,
				int __user *optlen)
{
	u8 *chain = NULL;
	u32 len = 0;
	int err;

	lock_sock(sk);
	err = copy_chain(sk, &chain, &len);
	release_sock(sk);
	if (!err)
		err = give(chain, len, optval, optlen, -EMSGSIZE);
	kvfree(chain);
	return err;
}

int tlsup_options_get(struct sock *sk, int optname, char __user *optval,
		      int __user *optlen)
{
	switch (optname) {
	case TLSUP_SERVER_NAME:
	case TLSUP_ALPN:
	case TLSUP_PROFILE:
		return get_text(sk, optname, optval, optlen);
	case TLSUP_VERIFY:
	case TLSUP_EARLY_DATA:
		return get_number(sk, optname, optval, optlen);
	case TLSUP_INFO:
		return get_info(sk, optval, optlen);
	case TLSUP_PEER_CERTIFICATE:
		return get_peer_certificate(sk, optval, optlen);
	case TLSUP_EXPORTER:
		return tlsup_exporter_get(sk, optval, optlen);
	case TLSUP_REQUEST_CERTIFICATE:
		return get_request_certificate(sk, optval, optlen);
	default:
		return -ENOPROTOOPT;
	}
}
