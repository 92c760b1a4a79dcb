/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Key derivation: HKDF as TLS 1.3 uses it (RFC 8446 7.1), the PRF of TLS 1.2
 * (RFC 5246 5), and exporters by either. Process context, may sleep.
 */
#ifndef TLSUP_KDF_H
#define TLSUP_KDF_H

#include <crypto/hash.h>
#include <linux/types.h>

struct tlsup_cipher;

struct tlsup_kdf_bytes {
	const u8 *data;
	size_t len;
};

/* An HMAC of the cipher's hash, keyed; or an ERR_PTR. crypto_free_shash(). */
struct crypto_shash *tlsup_kdf_hmac(const struct tlsup_cipher *cipher,
				    const u8 *key, size_t len);

/* HKDF-Expand-Label; label without "tls13 ", len at most 255 hashes. 0 or a
 * negative errno. */
int __must_check tlsup_kdf_expand_label(struct crypto_shash *hmac,
					struct tlsup_kdf_bytes label,
					struct tlsup_kdf_bytes context,
					u8 *out, size_t len);

/*
 * RFC 8446 7.5: secret is the exporter_master_secret. RFC 5705 4: it is the
 * master secret, the client's random and the server's; context->data NULL is
 * no context, which is another thing than an empty one there.
 */
int __must_check tlsup_kdf_export(const struct tlsup_cipher *cipher, u16 version,
				  struct tlsup_kdf_bytes secret,
				  struct tlsup_kdf_bytes label,
				  struct tlsup_kdf_bytes context,
				  u8 *out, size_t len);
/* How long secret has to be. */
size_t tlsup_kdf_export_size(const struct tlsup_cipher *cipher, u16 version);

#endif /* TLSUP_KDF_H */
