// SPDX-License-Identifier: GPL-2.0-only
/* kdf: owns what is derived from secrets: HKDF-Expand-Label, the PRF of TLS
 * 1.2, exporters. */
#include <linux/string.h>
#include <linux/tlsup.h>
#include <linux/tlsup_netlink.h>

#include "cipher.h"
#include "compat.h"
#include "kdf.h"

#define MASTER_SIZE	48	/* RFC 5246 8.1 */
#define RANDOMS_SIZE	64

#define LABEL_MAX	255	/* RFC 8446 7.1, both of them */

struct crypto_shash *tlsup_kdf_hmac(const struct tlsup_cipher *cipher,
				    const u8 *key, size_t len)
{
	struct crypto_shash *hmac = crypto_alloc_shash(cipher->hmac, 0, 0);
	int err;

	if (IS_ERR(hmac))
		return hmac;
	err = crypto_shash_setkey(hmac, key, len);
	if (err) {
		crypto_free_shash(hmac);
		return ERR_PTR(err);
	}
	return hmac;
}

/* One keyed block over up to four pieces; empty ones are left out. */
static int hmac_pieces(struct crypto_shash *hmac,
		       const struct tlsup_kdf_bytes *pieces, size_t n, u8 *digest)
{
	SHASH_DESC_ON_STACK(desc, hmac);
	size_t i;
	int err;

	desc->tfm = hmac;
	err = crypto_shash_init(desc);
	for (i = 0; i < n && !err; i++)
		if (pieces[i].len)
			err = crypto_shash_update(desc, pieces[i].data, pieces[i].len);
	if (!err)
		err = crypto_shash_final(desc, digest);
	shash_desc_zero(desc);
	return err;
}

/* RFC 5869 2.3: T(n) = HMAC(T(n-1) | info | n). */
static int hkdf_expand(struct crypto_shash *hmac, struct tlsup_kdf_bytes info,
		       u8 *out, size_t len)
{
	size_t size = crypto_shash_digestsize(hmac), part;
	u8 block[TLSUP_SECRET_MAX], count = 0;
	struct tlsup_kdf_bytes pieces[] = {
		{ block, 0 }, info, { &count, 1 },
	};
	int err = 0;

	while (len && !err) {
		count++;
		err = hmac_pieces(hmac, pieces, ARRAY_SIZE(pieces), block);
		pieces[0].len = size;
		part = min(len, size);
		if (!err)
			memcpy(out, block, part);
		out += part;
		len -= part;
	}
	memzero_explicit(block, sizeof(block));
	return err;
}

int tlsup_kdf_expand_label(struct crypto_shash *hmac, struct tlsup_kdf_bytes label,
			   struct tlsup_kdf_bytes context, u8 *out, size_t len)
{
	u8 info[2 + 1 + LABEL_MAX + 1 + TLSUP_SECRET_MAX];
	size_t n = 0;

	if (label.len > LABEL_MAX - 6 || context.len > TLSUP_SECRET_MAX)
		return -EINVAL;
	put_unaligned_be16(len, info);
	info[2] = 6 + label.len;
	memcpy(info + 3, "tls13 ", 6);
	n = 9;
	memcpy(info + n, label.data, label.len);
	n += label.len;
	info[n++] = context.len;
	if (context.len)
		memcpy(info + n, context.data, context.len);
	n += context.len;
	return hkdf_expand(hmac, (struct tlsup_kdf_bytes){ info, n }, out, len);
}

static int hash_of(const struct tlsup_cipher *cipher,
		   struct tlsup_kdf_bytes bytes, u8 *digest)
{
	struct crypto_shash *hash = crypto_alloc_shash(cipher->hash, 0, 0);
	int err;

	if (IS_ERR(hash))
		return PTR_ERR(hash);
	err = hmac_pieces(hash, &bytes, 1, digest);
	crypto_free_shash(hash);
	return err;
}

/* RFC 8446 7.5: Derive-Secret(secret, label, "") is expanded once more, with
 * "exporter" and the context's hash. */
static int export_13(const struct tlsup_cipher *cipher,
		     struct tlsup_kdf_bytes secret, struct tlsup_kdf_bytes label,
		     struct tlsup_kdf_bytes context, u8 *out, size_t len)
{
	const struct tlsup_kdf_bytes exporter = { "exporter", 8 }, empty = {};
	u8 digest[TLSUP_SECRET_MAX], derived[TLSUP_SECRET_MAX];
	struct tlsup_kdf_bytes hashed = { digest, cipher->hash_size };
	struct crypto_shash *hmac = tlsup_kdf_hmac(cipher, secret.data, secret.len);
	int err;

	if (IS_ERR(hmac))
		return PTR_ERR(hmac);
	err = hash_of(cipher, empty, digest);
	if (!err)
		err = tlsup_kdf_expand_label(hmac, label, hashed, derived,
					     cipher->hash_size);
	if (!err)
		err = hash_of(cipher, context, digest);
	if (!err)
		err = crypto_shash_setkey(hmac, derived, cipher->hash_size);
	if (!err)
		err = tlsup_kdf_expand_label(hmac, exporter, hashed, out, len);
	memzero_explicit(derived, sizeof(derived));
	crypto_free_shash(hmac);
	return err;
}

/* RFC 5246 5: P_hash; seed[0] is A(i). */
static int p_hash(struct crypto_shash *hmac, struct tlsup_kdf_bytes *seed,
		  size_t n, u8 *out, size_t len)
{
	size_t size = crypto_shash_digestsize(hmac), part;
	u8 a[TLSUP_SECRET_MAX], block[TLSUP_SECRET_MAX];
	int err;

	err = hmac_pieces(hmac, seed + 1, n - 1, a);
	seed[0] = (struct tlsup_kdf_bytes){ a, size };
	while (len && !err) {
		err = hmac_pieces(hmac, seed, n, block);
		part = min(len, size);
		if (!err)
			memcpy(out, block, part);
		out += part;
		len -= part;
		if (!err)
			err = hmac_pieces(hmac, seed, 1, a);
	}
	memzero_explicit(a, sizeof(a));
	memzero_explicit(block, sizeof(block));
	return err;
}

static int export_12(const struct tlsup_cipher *cipher,
		     struct tlsup_kdf_bytes secret, struct tlsup_kdf_bytes label,
		     struct tlsup_kdf_bytes context, u8 *out, size_t len)
{
	u8 length[2];
	struct tlsup_kdf_bytes seed[] = {
		{}, label, { secret.data + MASTER_SIZE, RANDOMS_SIZE },
		{ length, context.data ? sizeof(length) : 0 }, context,
	};
	struct crypto_shash *hmac = tlsup_kdf_hmac(cipher, secret.data, MASTER_SIZE);
	int err;

	if (IS_ERR(hmac))
		return PTR_ERR(hmac);
	put_unaligned_be16(context.len, length);
	err = p_hash(hmac, seed, ARRAY_SIZE(seed), out, len);
	crypto_free_shash(hmac);
	return err;
}

size_t tlsup_kdf_export_size(const struct tlsup_cipher *cipher, u16 version)
{
	return version == TLSUP_VERSION_1_3 ? cipher->hash_size :
	       MASTER_SIZE + RANDOMS_SIZE;
}

int tlsup_kdf_export(const struct tlsup_cipher *cipher, u16 version,
		     struct tlsup_kdf_bytes secret, struct tlsup_kdf_bytes label,
		     struct tlsup_kdf_bytes context, u8 *out, size_t len)
{
	if (secret.len != tlsup_kdf_export_size(cipher, version))
		return -EINVAL;
	return version == TLSUP_VERSION_1_3 ?
	       export_13(cipher, secret, label, context, out, len) :
	       export_12(cipher, secret, label, context, out, len);
}
