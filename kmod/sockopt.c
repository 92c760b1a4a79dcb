// SPDX-License-Identifier: GPL-2.0-only
/* Socket options: SOL_TLS in the words of <linux/tls.h>, and the dispatch. */
#include <linux/slab.h>
#include <linux/tcp.h>
#include <linux/tls.h>
#include <linux/tlsup.h>
#include <net/tcp.h>

#include "cipher.h"
#include "compat.h"
#include "context.h"
#include "ops.h"
#include "receive.h"
#include "record.h"
#include "seal.h"
#include "send.h"
#include "sockopt.h"
#include "trace.h"
#include "upgrade.h"

/* The longest of struct tls12_crypto_info_*. */
union ktls_info {
	struct tls_crypto_info info;
	struct tls12_crypto_info_aes_gcm_256 aes_gcm_256;
	struct tls12_crypto_info_chacha20_poly1305 chacha20_poly1305;
	u8 bytes[sizeof(struct tls12_crypto_info_aes_gcm_256)];
};

static_assert(sizeof(struct tls12_crypto_info_chacha20_poly1305) <=
	      sizeof(union ktls_info));

/* getsockopt() gives back what was set, keys included, as net/tls does. */
struct tlsup_ktls {
	union ktls_info tx, rx;
	u32 zerocopy_ro;	/* remembered; means nothing without hardware */
	u32 no_pad;
};

bool tlsup_sockopt_no_pad(const struct tlsup_context *ctx)
{
	const struct tlsup_ktls *ktls = READ_ONCE(ctx->ktls);

	return ktls && READ_ONCE(ktls->no_pad);
}

void tlsup_sockopt_free(struct tlsup_context *ctx)
{
	kfree_sensitive(ctx->ktls);
	WRITE_ONCE(ctx->ktls, NULL);
}

static struct tlsup_ktls *ktls_get(struct tlsup_context *ctx)
{
	if (!ctx->ktls)
		WRITE_ONCE(ctx->ktls, kzalloc(sizeof(*ctx->ktls), GFP_KERNEL));
	return ctx->ktls;
}

static int copy_crypto_info(sockptr_t optval, unsigned int optlen,
			    union ktls_info *info)
{
	const struct tlsup_cipher *cipher;

	if (sockptr_is_null(optval) || optlen < sizeof(info->info))
		return -EINVAL;
	if (copy_from_sockptr(&info->info, optval, sizeof(info->info)))
		return -EFAULT;
	if (info->info.version != TLS_1_2_VERSION &&
	    info->info.version != TLS_1_3_VERSION)
		return -EINVAL;
	cipher = tlsup_cipher_by_type(info->info.cipher_type);
	if (!cipher || optlen != cipher->info_size)
		return -EINVAL;
	if (copy_from_sockptr(info->bytes, optval, optlen))
		return -EFAULT;
	/* The head is read twice; it must have stayed the same. */
	if (tlsup_cipher_by_type(info->info.cipher_type) != cipher ||
	    (info->info.version != TLS_1_2_VERSION &&
	     info->info.version != TLS_1_3_VERSION))
		return -EINVAL;
	return 0;
}

static bool is_connected(const struct sock *sk)
{
	return !((1 << sk->sk_state) &
		 (TCPF_CLOSE | TCPF_LISTEN | TCPF_SYN_SENT));
}

/* May this direction's keys be set now? A second time is a key update, which
 * only TLS 1.3 has, with the same cipher (as in Linux 6.14). */
static int conf_allowed(const struct sock *sk, const struct tlsup_context *ctx,
			const union ktls_info *info, bool tx)
{
	const union ktls_info *own, *other;

	if (!ctx->ktls)
		return 0;
	own = tx ? &ctx->ktls->tx : &ctx->ktls->rx;
	other = tx ? &ctx->ktls->rx : &ctx->ktls->tx;
	if ((tx ? ctx->ktls_rx : ctx->ktls_tx) &&
	    (other->info.version != info->info.version ||
	     other->info.cipher_type != info->info.cipher_type))
		return -EINVAL;
	if (tx ? !ctx->ktls_tx : !ctx->ktls_rx)
		return 0;
	if (own->info.version != info->info.version ||
	    own->info.cipher_type != info->info.cipher_type)
		return -EINVAL;
	return 0;
}

static int install_tx(struct sock *sk, struct tlsup_context *ctx,
		      struct tlsup_state *st)
{
	int err;

	/* A write() that sleeps for room would go on in plaintext. */
	if (!ctx->ktls_tx && sk->sk_write_pending)
		return -EBUSY;
	err = tlsup_send_start(sk);
	if (err)
		return err;
	/* What was written with MSG_MORE goes under the old key. */
	if (ctx->ktls_tx)
		tlsup_send_flush(sk);
	tlsup_state_replace(&ctx->tx, st);
	trace_tlsup_state_installed(ctx, true);
	WRITE_ONCE(ctx->mode, TLSUP_MODE_KTLS);
	WRITE_ONCE(ctx->state, TLSUP_STATE_KTLS);
	WRITE_ONCE(ctx->ktls_tx, 1);
	return 0;
}

static int install_rx(struct sock *sk, struct tlsup_context *ctx,
		      struct tlsup_state *st)
{
	int err = tlsup_receive_start(sk);

	if (err)
		return err;
	tlsup_state_replace(&ctx->rx, st);
	tlsup_receive_rekeyed(ctx);
	trace_tlsup_state_installed(ctx, false);
	WRITE_ONCE(ctx->mode, TLSUP_MODE_KTLS);
	WRITE_ONCE(ctx->state, TLSUP_STATE_KTLS);
	WRITE_ONCE(ctx->ktls_rx, 1);
	/* A record may be there already, and nobody told of it. */
	if (tlsup_receive_announce(sk))
		ctx->base_data_ready(sk);
	return 0;
}

static int set_conf_locked(struct sock *sk, struct tlsup_context *ctx,
			   const union ktls_info *info, unsigned int len,
			   bool tx)
{
	struct tlsup_ktls *ktls;
	struct tlsup_state st;
	int err;

	if (ctx->mode == TLSUP_MODE_UPGRADE)
		return -EBUSY;
	if (!is_connected(sk))
		return -ENOTCONN;
	err = conf_allowed(sk, ctx, info, tx);
	if (err)
		return err;
	ktls = ktls_get(ctx);
	if (!ktls)
		return -ENOMEM;
	err = tlsup_state_from_crypto_info(&st, &info->info, len);
	if (err)
		return err;
	err = tx ? install_tx(sk, ctx, &st) : install_rx(sk, ctx, &st);
	if (err)
		tlsup_state_wipe(&st);
	else
		memcpy(tx ? &ktls->tx : &ktls->rx, info, sizeof(*info));
	return err;
}

static int set_conf(struct sock *sk, struct tlsup_context *ctx,
		    sockptr_t optval, unsigned int optlen, bool tx)
{
	union ktls_info info = {};
	int err;

	/* Said before anything is looked at, as net/tls does. */
	if ((tx ? ctx->ktls_tx && ctx->tx.version == TLS_1_2_VERSION :
	     ctx->ktls_rx && ctx->rx.version == TLS_1_2_VERSION))
		return -EBUSY;
	err = copy_crypto_info(optval, optlen, &info);
	if (!err)
		err = set_conf_locked(sk, ctx, &info, optlen, tx);
	memzero_explicit(&info, sizeof(info));
	return err;
}

static int set_zerocopy_ro(struct tlsup_context *ctx, sockptr_t optval,
			   unsigned int optlen)
{
	u32 value;

	if (sockptr_is_null(optval) || optlen != sizeof(value))
		return -EINVAL;
	if (copy_from_sockptr(&value, optval, sizeof(value)))
		return -EFAULT;
	if (value > 1)
		return -EINVAL;
	if (!ktls_get(ctx))
		return -ENOMEM;
	ctx->ktls->zerocopy_ro = value;
	return 0;
}

/* RFC 8449, as Linux 6.19 has it: plaintext bytes, TLS 1.3's type byte not
 * counted. */
static int set_max_payload(struct tlsup_context *ctx, sockptr_t optval,
			   unsigned int optlen)
{
	bool is_13 = tlsup_state_is_13(&ctx->tx);
	u16 value;

	if (ctx->mode == TLSUP_MODE_UPGRADE || (ctx->send && ctx->send->open))
		return -EBUSY;
	if (sockptr_is_null(optval) || optlen != sizeof(value))
		return -EINVAL;
	if (copy_from_sockptr(&value, optval, sizeof(value)))
		return -EFAULT;
	if (value < TLSUP_PAYLOAD_MIN + !is_13 || value > TLSUP_PAYLOAD_MAX)
		return -EINVAL;
	ctx->tx_limit = value;
	return 0;
}

static u16 ktls_version(const struct tlsup_context *ctx)
{
	return ctx->ktls_rx ? ctx->rx.version :
	       ctx->ktls_tx ? ctx->tx.version : 0;
}

/* Remembered, and nothing more: opening straight into the reader's pages needs
 * no promise here (see receive.c). */
static int set_no_pad(struct tlsup_context *ctx, sockptr_t optval,
		      unsigned int optlen)
{
	u32 value;
	int ret;

	if (ktls_version(ctx) != TLS_1_3_VERSION || sockptr_is_null(optval) ||
	    optlen < sizeof(value))
		return -EINVAL;
	if (copy_from_sockptr(&value, optval, sizeof(value)))
		return -EFAULT;
	if (value > 1)
		return -EINVAL;
	ret = check_zeroed_sockptr(optval, sizeof(value),
				   optlen - sizeof(value));
	if (ret < 1)
		return ret ? ret : -EINVAL;
	if (!ctx->ktls_rx)
		return -EINVAL;
	WRITE_ONCE(ctx->ktls->no_pad, value);
	return 0;
}

static int set_tls(struct sock *sk, int optname, sockptr_t optval,
		   unsigned int optlen)
{
	struct tlsup_context *ctx;
	int err;

	lock_sock(sk);
	ctx = tlsup_context(sk);
	if (!ctx) {
		err = -ENOTCONN;
		goto unlock;
	}
	switch (optname) {
	case TLS_TX:
	case TLS_RX:
		err = set_conf(sk, ctx, optval, optlen, optname == TLS_TX);
		break;
	case TLS_TX_ZEROCOPY_RO:
		err = set_zerocopy_ro(ctx, optval, optlen);
		break;
	case TLS_RX_EXPECT_NO_PAD:
		err = set_no_pad(ctx, optval, optlen);
		break;
	case TLS_TX_MAX_PAYLOAD_LEN:
		err = set_max_payload(ctx, optval, optlen);
		break;
	default:
		err = -ENOPROTOOPT;
	}
unlock:
	release_sock(sk);
	return err;
}

/* Where the connection stands now: iv and count move with each record. */
static void info_now(const struct tlsup_state *st, union ktls_info *info)
{
	u8 *iv = (u8 *)(&info->info + 1);
	size_t iv_size = st->cipher->explicit_size ?: TLSUP_NONCE_SIZE;
	size_t salt_size = TLSUP_NONCE_SIZE - iv_size;

	memcpy(iv, st->iv + salt_size, iv_size);
	put_unaligned_be64(st->seq, iv + iv_size + st->cipher->key_size +
			   salt_size);
}

static int get_conf(struct tlsup_context *ctx, char __user *optval,
		    int __user *optlen, bool tx)
{
	const struct tlsup_state *st = tx ? &ctx->tx : &ctx->rx;
	union ktls_info info;
	int len, err = 0;

	if (get_user(len, optlen))
		return -EFAULT;
	if (!optval || len < (int)sizeof(info.info))
		return -EINVAL;
	if (tx ? !ctx->ktls_tx : !ctx->ktls_rx)
		return -EBUSY;
	if (len != sizeof(info.info) && len != st->cipher->info_size)
		return -EINVAL;

	info = tx ? ctx->ktls->tx : ctx->ktls->rx;
	info_now(st, &info);
	if (copy_to_user(optval, &info, len))
		err = -EFAULT;
	memzero_explicit(&info, sizeof(info));
	return err;
}

static int get_u32(char __user *optval, int __user *optlen, u32 value,
		   bool exact)
{
	int len;

	if (get_user(len, optlen))
		return -EFAULT;
	if (exact ? len != sizeof(value) : len < (int)sizeof(value))
		return -EINVAL;
	if (!exact && put_user((int)sizeof(value), optlen))
		return -EFAULT;
	return copy_to_user(optval, &value, sizeof(value)) ? -EFAULT : 0;
}

static int get_max_payload(const struct tlsup_context *ctx,
			   char __user *optval, int __user *optlen)
{
	u16 value = ctx->tx_limit;
	int len;

	if (get_user(len, optlen))
		return -EFAULT;
	if (len < (int)sizeof(value))
		return -EINVAL;
	return put_user((int)sizeof(value), optlen) ||
	       copy_to_user(optval, &value, sizeof(value)) ? -EFAULT : 0;
}

static int get_tls(struct sock *sk, int optname, char __user *optval,
		   int __user *optlen)
{
	struct tlsup_context *ctx;
	int err;

	lock_sock(sk);
	ctx = tlsup_context(sk);
	if (!ctx) {
		err = -ENOTCONN;
		goto unlock;
	}
	switch (optname) {
	case TLS_TX:
	case TLS_RX:
		err = get_conf(ctx, optval, optlen, optname == TLS_TX);
		break;
	case TLS_TX_ZEROCOPY_RO:
		err = get_u32(optval, optlen,
			      ctx->ktls ? ctx->ktls->zerocopy_ro : 0, true);
		break;
	case TLS_RX_EXPECT_NO_PAD:
		if (ktls_version(ctx) != TLS_1_3_VERSION || !ctx->ktls_rx)
			err = -EINVAL;
		else
			err = get_u32(optval, optlen, ctx->ktls->no_pad, false);
		break;
	case TLS_TX_MAX_PAYLOAD_LEN:
		err = get_max_payload(ctx, optval, optlen);
		break;
	default:
		err = -ENOPROTOOPT;
	}
unlock:
	release_sock(sk);
	return err;
}

/* What would go around the record layer: TCP's queues written and read as
 * bytes, and data in the SYN. */
static bool goes_around(const struct tlsup_context *ctx, int optname)
{
	if (!tlsup_context_sends(ctx) && !tlsup_context_receives(ctx))
		return false;
	switch (optname) {
	case TCP_REPAIR:
	case TCP_REPAIR_QUEUE:
	case TCP_QUEUE_SEQ:
	case TCP_ZEROCOPY_RECEIVE:
	case TCP_FASTOPEN_CONNECT:
		return true;
	default:
		return false;
	}
}

int tlsup_setsockopt(struct sock *sk, int level, int optname, sockptr_t optval,
		     unsigned int optlen)
{
	const struct tlsup_context *ctx = tlsup_context(sk);

	if (level == SOL_TLS)
		return set_tls(sk, optname, optval, optlen);
	if (level == SOL_TLSUP)
		return tlsup_options_set(sk, optname, optval, optlen);
	if (level == SOL_TCP && ctx && goes_around(ctx, optname))
		return -EOPNOTSUPP;
	return tlsup_ops_base_prot(sk)->setsockopt(sk, level, optname, optval,
						   optlen);
}

int tlsup_getsockopt(struct sock *sk, int level, int optname,
		     char __user *optval, int __user *optlen)
{
	const struct tlsup_context *ctx = tlsup_context(sk);

	if (level == SOL_TLS)
		return get_tls(sk, optname, optval, optlen);
	if (level == SOL_TLSUP)
		return tlsup_options_get(sk, optname, optval, optlen);
	if (level == SOL_TCP && optname == TCP_ZEROCOPY_RECEIVE &&
	    ctx && goes_around(ctx, optname))
		return -EOPNOTSUPP;
	return tlsup_ops_base_prot(sk)->getsockopt(sk, level, optname, optval,
						   optlen);
}
