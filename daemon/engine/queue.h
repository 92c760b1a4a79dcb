/* SPDX-License-Identifier: Apache-2.0 */
/* queue: what hs_next() gives out, in the order in which it has to happen. */
#ifndef HS_QUEUE_H
#define HS_QUEUE_H

#include "wire.h"

#define HS_QUEUE_LEN 16

struct hs_queue_item {
	enum hs_output_kind	kind;
	uint8_t			type;
	size_t			at, len;	/* RECORD: in the bytes */
	enum hs_epoch		epoch;
	uint16_t		cipher_suite;
	uint32_t		skip;
	bool			ended;		/* RECORD: nothing is joined to it */
	struct hs_secret	secret;
	struct hs_key_block	keys;
};

struct hs_queue {
	struct hs_queue_item	item[HS_QUEUE_LEN];
	size_t			first, n;
	struct hs_buf		bytes;
	bool			failed;		/* it was too short */
};

/* The buffer to write the next record's content to. */
struct hs_buf *hs_queue_bytes(struct hs_queue *q);
/* What was written there from `at` on becomes a record's content. Handshake
 * messages that follow each other are joined. */
void hs_queue_record(struct hs_queue *q, uint8_t type, size_t at);
/* What was queued last ends its record. */
void hs_queue_end_record(struct hs_queue *q);
void hs_queue_secret(struct hs_queue *q, enum hs_output_kind kind,
		     enum hs_epoch epoch, uint16_t cipher_suite,
		     const struct hs_secret *secret);
/* The master secret goes along for the key log. */
void hs_queue_keys(struct hs_queue *q, enum hs_output_kind kind,
		   uint16_t cipher_suite, const struct hs_key_block *keys,
		   const struct hs_secret *master);
/* Goes with the secret that was queued last. */
void hs_queue_skip(struct hs_queue *q, uint32_t skip);
/* What was written from `at` on is early data. */
void hs_queue_early_data(struct hs_queue *q, size_t at);
void hs_queue_event(struct hs_queue *q, enum hs_output_kind kind);
bool hs_queue_take(struct hs_queue *q, struct hs_output *out);
/* Forgets and wipes all that was not taken. */
void hs_queue_clear(struct hs_queue *q);

#endif /* HS_QUEUE_H */
