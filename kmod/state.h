/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A connection state (RFC 5246 6.1, RFC 8446 7.3): what one direction of one
 * socket needs to protect a record. Secrets in, key, iv and sequence number out.
 */
#ifndef TLSUP_STATE_H
#define TLSUP_STATE_H

#include <linux/types.h>
#include <crypto/aead.h>
#include <linux/tlsup_netlink.h>

struct tlsup_cipher;		/* cipher.h: one const row per cipher */
struct tls_crypto_info;

struct tlsup_state {
	const struct tlsup_cipher *cipher;	/* NULL: no protection */
	struct crypto_aead *aead;
	struct aead_request *req;		/* used under the socket lock only */
	u64 seq;
	u16 version;				/* TLSUP_VERSION_*, 0 while NULL */
	u8 epoch;				/* TLSUP_EPOCH_* */
	u8 secret_len;				/* 0: no KeyUpdate by the kernel */
	u8 iv[12];				/* 1.3 and ChaCha20: static iv; 1.2
						 * GCM: salt, then explicit nonce */
	u8 secret[TLSUP_SECRET_MAX];		/* traffic secret, TLS 1.3 */
};

/* Each makes a new state in *st (garbage before) in process context, may
 * sleep, returns 0 or a negative errno, and leaves nothing behind on error. */
int __must_check tlsup_state_from_secret(struct tlsup_state *st,
					 const struct tlsup_secret *secret);
int __must_check tlsup_state_from_key_block(struct tlsup_state *st,
					    const struct tlsup_key_block *kb);
int __must_check tlsup_state_from_crypto_info(struct tlsup_state *st,
					      const struct tls_crypto_info *info,
					      size_t len);
/* application_traffic_secret_N+1 (RFC 8446 7.2) of old. */
int __must_check tlsup_state_next(struct tlsup_state *st,
				  const struct tlsup_state *old);
/* Frees the cipher (process context), wipes all, and leaves the NULL state. */
void tlsup_state_wipe(struct tlsup_state *st);
/* old = new, new = empty; old is wiped. Socket locked. */
void tlsup_state_replace(struct tlsup_state *old, struct tlsup_state *new);

#endif /* TLSUP_STATE_H */
