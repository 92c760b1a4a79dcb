// SPDX-License-Identifier: Apache-2.0
/* queue: what hs_next() gives out, in the order in which it has to happen. */
#include <string.h>

#include "queue.h"

/* Bytes that were given out stay until something new is queued. */
static void rewind_if_empty(struct hs_queue *q)
{
	if (q->first < q->n)
		return;
	q->first = 0;
	q->n = 0;
}

struct hs_buf *hs_queue_bytes(struct hs_queue *q)
{
	rewind_if_empty(q);
	if (!q->n)
		q->bytes.len = 0;
	return &q->bytes;
}

static struct hs_queue_item *push(struct hs_queue *q, enum hs_output_kind kind)
{
	struct hs_queue_item *item;

	rewind_if_empty(q);
	if (q->n == HS_QUEUE_LEN) {
		q->failed = true;
		return NULL;
	}
	item = &q->item[q->n++];
	memset(item, 0, sizeof(*item));
	item->kind = kind;
	return item;
}

void hs_queue_record(struct hs_queue *q, uint8_t type, size_t at)
{
	struct hs_queue_item *last = q->n > q->first ? &q->item[q->n - 1] : NULL;
	struct hs_queue_item *item;

	if (last && last->kind == HS_OUT_RECORD && type == HS_HANDSHAKE &&
	    last->type == type && !last->ended && last->at + last->len == at) {
		last->len = q->bytes.len - last->at;
		return;
	}
	item = push(q, HS_OUT_RECORD);
	if (!item)
		return;
	item->type = type;
	item->at = at;
	item->len = q->bytes.len - at;
}

void hs_queue_end_record(struct hs_queue *q)
{
	if (q->n)
		q->item[q->n - 1].ended = true;
}

void hs_queue_secret(struct hs_queue *q, enum hs_output_kind kind,
		     enum hs_epoch epoch, uint16_t cipher_suite,
		     const struct hs_secret *secret)
{
	struct hs_queue_item *item = push(q, kind);

	if (!item)
		return;
	item->epoch = epoch;
	item->cipher_suite = cipher_suite;
	item->secret = *secret;
}

void hs_queue_keys(struct hs_queue *q, enum hs_output_kind kind,
		   uint16_t cipher_suite, const struct hs_key_block *keys,
		   const struct hs_secret *master)
{
	struct hs_queue_item *item = push(q, kind);

	if (!item)
		return;
	item->epoch = HS_EPOCH_APPLICATION;
	item->cipher_suite = cipher_suite;
	item->keys = *keys;
	item->secret = *master;
}

void hs_queue_skip(struct hs_queue *q, uint32_t skip)
{
	if (q->n)
		q->item[q->n - 1].skip = skip;
}

void hs_queue_early_data(struct hs_queue *q, size_t at)
{
	struct hs_queue_item *item = push(q, HS_OUT_EARLY_DATA);

	if (!item)
		return;
	item->type = HS_APPLICATION_DATA;
	item->at = at;
	item->len = q->bytes.len - at;
}

void hs_queue_event(struct hs_queue *q, enum hs_output_kind kind)
{
	push(q, kind);
}

bool hs_queue_take(struct hs_queue *q, struct hs_output *out)
{
	struct hs_queue_item *item;

	/* What was given out before is not needed any more, and it may be long
	 * until there is something new. */
	if (q->first == q->n) {
		hs_buf_free(&q->bytes);
		return false;
	}
	item = &q->item[q->first++];
	memset(out, 0, sizeof(*out));
	out->kind = item->kind;
	out->type = item->type;
	if (item->kind == HS_OUT_RECORD || item->kind == HS_OUT_EARLY_DATA) {
		out->data = q->bytes.data + item->at;
		out->len = item->len;
	}
	out->epoch = item->epoch;
	out->cipher_suite = item->cipher_suite;
	out->skip = item->skip;
	out->secret = item->secret;
	out->keys = item->keys;
	hs_secret_wipe(&item->secret);
	hs_wipe(&item->keys, sizeof(item->keys));
	return true;
}

void hs_queue_clear(struct hs_queue *q)
{
	hs_wipe(q->item, sizeof(q->item));
	q->first = 0;
	q->n = 0;
	q->bytes.len = 0;
}
