// SPDX-License-Identifier: GPL-2.0-only
/* Connection states: from secrets or keys to an AEAD, a nonce and a count. */
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tls.h>
#include <linux/tlsup.h>

#include "cipher.h"
#include "compat.h"
#include "kdf.h"
#include "state.h"

static_assert(sizeof(struct tlsup_secret) == 72);
static_assert(sizeof(struct tlsup_key_block) == 56);

/*
 * The asynchronous flag is not masked out: on x86 the only fast AES-GCM has it
 * although it never waits in process context, and what is left without it is
 * 45 times slower. Requests are waited for (see tlsup_record_crypt()).
 */
static int state_set_key(struct tlsup_state *st, const u8 *key)
{
	struct crypto_aead *aead;
	int err;

	aead = crypto_alloc_aead(st->cipher->alg, 0, 0);
	if (IS_ERR(aead))
		return PTR_ERR(aead);
	err = crypto_aead_setkey(aead, key, st->cipher->key_size);
	if (!err)
		err = crypto_aead_setauthsize(aead, TLSUP_TAG_SIZE);
	if (err)
		goto free_aead;

	err = -ENOMEM;
	st->req = aead_request_alloc(aead, GFP_KERNEL);
	if (!st->req)
		goto free_aead;
	st->aead = aead;
	return 0;

free_aead:
	crypto_free_aead(aead);
	return err;
}

static int expand_label(struct crypto_shash *hmac, const char *label, u8 *out,
			size_t len)
{
	const struct tlsup_kdf_bytes name = { label, strlen(label) }, none = {};

	return tlsup_kdf_expand_label(hmac, name, none, out, len);
}

/* RFC 8446 7.3: st has its cipher and its secret. */
static int state_derive(struct tlsup_state *st)
{
	struct crypto_shash *hmac = tlsup_kdf_hmac(st->cipher, st->secret,
						   st->secret_len);
	u8 key[TLSUP_KEY_MAX];
	int err;

	if (IS_ERR(hmac))
		return PTR_ERR(hmac);
	err = expand_label(hmac, "key", key, st->cipher->key_size);
	if (!err)
		err = expand_label(hmac, "iv", st->iv, sizeof(st->iv));
	if (!err)
		err = state_set_key(st, key);
	memzero_explicit(key, sizeof(key));
	crypto_free_shash(hmac);
	return err;
}

int tlsup_state_from_secret(struct tlsup_state *st,
			    const struct tlsup_secret *secret)
{
	const struct tlsup_cipher *cipher;
	int err;

	memset(st, 0, sizeof(*st));
	if (secret->version != TLSUP_VERSION_1_3 ||
	    secret->epoch > TLSUP_EPOCH_APPLICATION ||
	    memchr_inv(secret->reserved, 0, sizeof(secret->reserved)))
		return -EINVAL;
	cipher = tlsup_cipher_by_suite(secret->version, secret->cipher_suite);
	if (!cipher || secret->length != cipher->hash_size)
		return -EINVAL;

	st->cipher = cipher;
	st->version = secret->version;
	st->epoch = secret->epoch;
	st->secret_len = secret->length;
	memcpy(st->secret, secret->secret, secret->length);
	err = state_derive(st);
	if (err)
		tlsup_state_wipe(st);
	return err;
}

int tlsup_state_from_key_block(struct tlsup_state *st,
			       const struct tlsup_key_block *kb)
{
	const struct tlsup_cipher *cipher;
	int err;

	memset(st, 0, sizeof(*st));
	if (kb->version != TLSUP_VERSION_1_2 ||
	    memchr_inv(kb->reserved, 0, sizeof(kb->reserved)) ||
	    memchr_inv(kb->pad, 0, sizeof(kb->pad)))
		return -EINVAL;
	cipher = tlsup_cipher_by_suite(kb->version, kb->cipher_suite);
	if (!cipher || kb->key_length != cipher->key_size ||
	    kb->iv_length != cipher->salt_size)
		return -EINVAL;

	st->cipher = cipher;
	st->version = kb->version;
	st->epoch = TLSUP_EPOCH_APPLICATION;
	/* The explicit nonce of GCM starts at 0, too, and counts with seq. */
	memcpy(st->iv, kb->iv, kb->iv_length);
	err = state_set_key(st, kb->key);
	if (err)
		tlsup_state_wipe(st);
	return err;
}

/* The structures of <linux/tls.h> are, after the same head: iv, key, salt,
 * rec_seq, each as long as the cipher's row says. */
int tlsup_state_from_crypto_info(struct tlsup_state *st,
				 const struct tls_crypto_info *info, size_t len)
{
	const struct tlsup_cipher *cipher;
	const u8 *iv = (const u8 *)(info + 1), *key, *salt, *rec_seq;
	size_t iv_size, salt_size;
	int err;

	memset(st, 0, sizeof(*st));
	cipher = tlsup_cipher_by_type(info->cipher_type);
	if (!cipher || len != cipher->info_size)
		return -EINVAL;

	/* ChaCha20 has its whole nonce in iv, and no salt. */
	iv_size = cipher->explicit_size ?: TLSUP_NONCE_SIZE;
	salt_size = TLSUP_NONCE_SIZE - iv_size;
	key = iv + iv_size;
	salt = key + cipher->key_size;
	rec_seq = salt + salt_size;

	st->cipher = cipher;
	st->version = info->version;
	st->epoch = TLSUP_EPOCH_APPLICATION;
	st->seq = get_unaligned_be64(rec_seq);
	memcpy(st->iv, salt, salt_size);
	memcpy(st->iv + salt_size, iv, iv_size);
	err = state_set_key(st, key);
	if (err)
		tlsup_state_wipe(st);
	return err;
}

int tlsup_state_next(struct tlsup_state *st, const struct tlsup_state *old)
{
	struct crypto_shash *hmac;
	int err;

	memset(st, 0, sizeof(*st));
	if (!old->secret_len)
		return -EINVAL;

	hmac = tlsup_kdf_hmac(old->cipher, old->secret, old->secret_len);
	if (IS_ERR(hmac))
		return PTR_ERR(hmac);
	st->cipher = old->cipher;
	st->version = old->version;
	st->epoch = old->epoch;
	st->secret_len = old->secret_len;
	err = expand_label(hmac, "traffic upd", st->secret, st->secret_len);
	crypto_free_shash(hmac);
	if (!err)
		err = state_derive(st);
	if (err)
		tlsup_state_wipe(st);
	return err;
}

void tlsup_state_wipe(struct tlsup_state *st)
{
	/* aead_request_free() wipes the request. */
	if (st->req)
		aead_request_free(st->req);
	if (st->aead)
		crypto_free_aead(st->aead);
	memzero_explicit(st, sizeof(*st));
}

void tlsup_state_replace(struct tlsup_state *old, struct tlsup_state *new)
{
	tlsup_state_wipe(old);
	*old = *new;
	memzero_explicit(new, sizeof(*new));
}
