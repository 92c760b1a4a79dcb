/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schedule: the key schedule of RFC 8446 7.1. The three extractions happen in
 * their order, each derivation only at its stage and only once; anything else
 * is a bug of the caller and answered with internal_error.
 */
#ifndef HS_SCHEDULE_H
#define HS_SCHEDULE_H

#include "hs_crypto.h"

enum hs_stage {
	HS_STAGE_NONE, HS_STAGE_EARLY, HS_STAGE_HANDSHAKE, HS_STAGE_MASTER,
};

enum hs_derivation {
	HS_EXT_BINDER, HS_RES_BINDER, HS_IMP_BINDER, HS_C_E_TRAFFIC, HS_E_EXP_MASTER,
	HS_C_HS_TRAFFIC, HS_S_HS_TRAFFIC,
	HS_C_AP_TRAFFIC, HS_S_AP_TRAFFIC, HS_EXP_MASTER, HS_RES_MASTER,
};

struct hs_schedule {
	const struct hs_crypto	*crypto;
	enum hs_hash_alg	alg;
	enum hs_stage		stage;
	uint32_t		derived;	/* bit per hs_derivation */
	bool			psk;		/* the early secret is of one */
	struct hs_secret	secret;		/* of the stage */
};

/* psk may be NULL: zeros. */
int hs_schedule_early(struct hs_schedule *s, const struct hs_crypto *crypto,
		      enum hs_hash_alg alg, const struct hs_secret *psk);
int hs_schedule_handshake(struct hs_schedule *s,
			  const struct hs_shared *shared);
int hs_schedule_master(struct hs_schedule *s);
/* hash is the transcript's, or NULL for the binder keys' empty one. */
int hs_schedule_derive(struct hs_schedule *s, enum hs_derivation which,
		       const uint8_t *hash, struct hs_secret *out);
void hs_schedule_wipe(struct hs_schedule *s);

/* HKDF-Expand-Label with a result of the hash's length or less. */
int hs_expand_label(const struct hs_crypto *crypto, enum hs_hash_alg alg,
		    const struct hs_secret *secret, const char *label,
		    struct hs_bytes context, uint8_t *out, size_t len);
/* RFC 8446 7.2: the next generation of a traffic secret. */
int hs_secret_update(const struct hs_crypto *crypto, enum hs_hash_alg alg,
		     struct hs_secret *secret);
/* RFC 8446 4.4.4: the verify_data of a Finished, and a binder's too. */
int hs_finished_mac(const struct hs_crypto *crypto, enum hs_hash_alg alg,
		    const struct hs_secret *base, const uint8_t *hash,
		    uint8_t *out);
/* The digest of some bytes. */
int hs_digest(const struct hs_crypto *crypto, enum hs_hash_alg alg,
	      struct hs_bytes data, uint8_t *out);
/* RFC 8446 7.5. */
int hs_exporter(const struct hs_crypto *crypto, enum hs_hash_alg alg,
		const struct hs_secret *exporter_master_secret,
		const char *label, struct hs_bytes context,
		uint8_t *out, size_t len);

#endif /* HS_SCHEDULE_H */
