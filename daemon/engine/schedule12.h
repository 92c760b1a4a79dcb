/* SPDX-License-Identifier: Apache-2.0 */
/* schedule12: the PRF of RFC 5246 5 and all that is made with it: the master
 * secret, the key block, verify_data, exporters. */
#ifndef HS_SCHEDULE12_H
#define HS_SCHEDULE12_H

#include "hs_crypto.h"
#include "suites.h"

#define HS_MASTER_LEN 48		/* RFC 5246 8.1 */
#define HS_VERIFY_DATA_LEN 12		/* RFC 5246 7.4.9 */

/* PRF(secret, label, seed), the seed in up to three parts. */
int hs_prf(const struct hs_crypto *crypto, enum hs_hash_alg alg,
	   struct hs_bytes secret, const char *label,
	   const struct hs_bytes *seed, size_t n, uint8_t *out, size_t len);

/* RFC 7627 3, 4: over the hash of the messages up to ClientKeyExchange. */
int hs_master_extended(const struct hs_crypto *crypto, enum hs_hash_alg alg,
		       const struct hs_shared *premaster, const uint8_t *hash,
		       struct hs_secret *master);
/* RFC 5246 8.1: over both randoms. */
int hs_master_plain(const struct hs_crypto *crypto, enum hs_hash_alg alg,
		    const struct hs_shared *premaster,
		    const uint8_t *client_random, const uint8_t *server_random,
		    struct hs_secret *master);

/* RFC 5246 6.3. */
int hs_key_expansion(const struct hs_crypto *crypto,
		     const struct hs_suite *suite,
		     const struct hs_secret *master,
		     const uint8_t *client_random, const uint8_t *server_random,
		     struct hs_key_block *client, struct hs_key_block *server);

/* RFC 5246 7.4.9; signer is whose Finished it is. */
int hs_verify_data(const struct hs_crypto *crypto, enum hs_hash_alg alg,
		   const struct hs_secret *master, enum hs_role signer,
		   const uint8_t *hash, uint8_t *out);

/* RFC 5705 4; context without data: none. */
int hs_exporter12(const struct hs_crypto *crypto, enum hs_hash_alg alg,
		  const struct hs_secret *master, const uint8_t *client_random,
		  const uint8_t *server_random, const char *label,
		  struct hs_bytes context, uint8_t *out, size_t len);

#endif /* HS_SCHEDULE12_H */
