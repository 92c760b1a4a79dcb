/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hs_crypto: the algorithms that the engine needs, as a struct of function
 * pointers. The engine links with no cryptographic library; a test can put a
 * fixed source of randomness or keys in place of any of these.
 *
 * Functions that return int return 0 or an alert (HS_ALERT_INTERNAL_ERROR
 * where nothing else is said). All of them may be called from many threads
 * at once; the objects they make belong to one thread.
 */
#ifndef HS_CRYPTO_H
#define HS_CRYPTO_H

#include "hs.h"

#define HS_HASH_MAX	48		/* SHA-384 */
#define HS_SHARE_MAX	1280		/* a key share: ffdhe8192 and ML-KEM fit */
#define HS_SHARED_MAX	1024		/* a shared secret: ffdhe8192 */
#define HS_SIGNATURE_MAX 1024		/* RSA-8192 */

#define HS_GROUP_OTHER	0xffff		/* RFC 8446 4.2.7: not in use */

enum hs_hash_alg { HS_HASH_NONE, HS_SHA256, HS_SHA384 };

/* A key exchange's result; wiped by hs_wipe(). */
struct hs_shared {
	size_t	len;
	uint8_t	bytes[HS_SHARED_MAX];
};

struct hs_hash;		/* a running hash */
struct hs_kx;		/* an ephemeral private key */

struct hs_crypto {
	int (*random)(uint8_t *out, size_t len);

	/* A running hash; peek gives the digest so far and goes on. */
	struct hs_hash *(*hash_new)(enum hs_hash_alg alg);
	struct hs_hash *(*hash_copy)(const struct hs_hash *h);
	int (*hash_update)(struct hs_hash *h, const uint8_t *data, size_t len);
	int (*hash_peek)(const struct hs_hash *h, uint8_t *out);
	void (*hash_free)(struct hs_hash *h);

	/* HMAC over n parts. */
	int (*hmac)(enum hs_hash_alg alg, struct hs_bytes key,
		    const struct hs_bytes *parts, size_t n, uint8_t *out);

	/*
	 * Key exchange in three steps, so that a KEM fits too: the client
	 * generates and later finishes, the server responds. *share_len is
	 * the room, then the length. A peer's share that is no valid public
	 * value (RFC 8446 4.2.8) is HS_ALERT_ILLEGAL_PARAMETER. A finite
	 * field's share and shared secret are as long as its prime, with
	 * zeros in front (4.2.8.1, 7.4.1); a peer's may be shorter here, for
	 * TLS 1.2 leaves them out.
	 */
	bool (*group_supported)(uint16_t group);
	int (*kx_generate)(uint16_t group, struct hs_kx **kx,
			   uint8_t *share, size_t *share_len);
	int (*kx_finish)(struct hs_kx *kx, struct hs_bytes peer,
			 struct hs_shared *out);
	int (*kx_respond)(uint16_t group, struct hs_bytes peer,
			  uint8_t *share, size_t *share_len,
			  struct hs_shared *out);
	void (*kx_free)(struct hs_kx *kx);
	/* The prime and the generator of a finite field group, as numbers
	 * without zeros in front; they live as long as the provider. */
	int (*dh_params)(uint16_t group, struct hs_bytes *p,
			 struct hs_bytes *g);

	/*
	 * Verify by the key of a DER certificate, by the rules of a version:
	 * in TLS 1.2 an ECDSA scheme names a hash and no curve, and
	 * RSASSA-PKCS1-v1_5 is fine. HS_ALERT_ILLEGAL_PARAMETER
	 * where the scheme is not one for that key (RFC 8446 4.2.3),
	 * HS_ALERT_BAD_CERTIFICATE where the certificate can't be read,
	 * HS_ALERT_DECRYPT_ERROR for a wrong signature.
	 */
	bool (*scheme_supported)(uint16_t scheme);
	int (*verify)(uint16_t version, uint16_t scheme,
		      struct hs_bytes leaf, struct hs_bytes tbs, struct hs_bytes sig);
	/* The group whose curve the leaf's ECDSA key is on; 0 for another kind of
	 * key, HS_GROUP_OTHER for a curve that has no group here. */
	uint16_t (*leaf_group)(struct hs_bytes leaf);
};

#endif /* HS_CRYPTO_H */
