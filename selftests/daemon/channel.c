// SPDX-License-Identifier: Apache-2.0
/* channel: carries records between two ends in memory, as the kernel's grammar says. */
#include "selftests/daemon/channel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONTENT_MAX	16384	/* of a record */

static struct channel *channel_of(struct tlsup_channel *ch)
{
	return (struct channel *)ch;
}

static bool grudges(struct channel *f)
{
	f->grudge = !f->grudge;
	return f->grudging && f->grudge;
}

bool channel_same_secret(const struct hs_secret *a, const struct hs_secret *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

static int receive(struct tlsup_channel *ch, uint8_t *type, uint8_t *buf,
		   size_t room, size_t *len)
{
	struct channel *f = channel_of(ch);
	struct channel_record *r = &f->queue[f->head % CHANNEL_QUEUE];

	if (f->receive_error && f->received == f->receive_error_at)
		return -f->receive_error;
	if (f->head == f->tail)
		return f->closed ? 0 : -EAGAIN;
	if (r->len > room)
		return -EMSGSIZE;
	/* change_cipher_spec is never protected, RFC 8446 5. */
	if (r->type != 20 && !channel_same_secret(&r->secret, &f->rx))
		return -EBADMSG;
	*type = r->type;
	*len = r->len;
	memcpy(buf, r->data, r->len);
	free(r->data);
	f->head++;
	f->received++;
	return 1;
}

void channel_push(struct channel *to, uint8_t type, const uint8_t *data,
		  size_t len, const struct hs_secret *secret)
{
	struct channel_record *r = &to->queue[to->tail++ % CHANNEL_QUEUE];

	if (to->tail - to->head > CHANNEL_QUEUE)
		abort();
	*r = (struct channel_record){ .type = type, .len = len, .secret = *secret };
	r->data = malloc(len + 1);
	memcpy(r->data, data, len);
}

/* One bit of byte number f->tamper of the handshake, once. */
static void tamper(struct channel *f, struct channel_record *r)
{
	if ((size_t)f->tamper < r->len) {
		r->data[f->tamper] ^= 0x10;
		f->tamper = -1;
	} else {
		f->tamper -= r->len;
	}
}

static int send_record(struct tlsup_channel *ch, uint8_t type,
		       const uint8_t *data, size_t len)
{
	struct channel *f = channel_of(ch);
	size_t part, at;

	if (grudges(f))
		return -EAGAIN;
	if (f->send_error && !f->sends_left)
		return -f->send_error;
	if (f->sends_left)
		f->sends_left--;
	if (!len || len > TLSUP_CHANNEL_SEND_MAX || type == 23)
		return -EINVAL;
	/* The kernel would protect it under a secret, and no peer takes that. */
	if (type == 20 && f->tx.len)
		return -EINVAL;
	for (at = 0; at < len; at += part) {
		part = len - at < CONTENT_MAX ? len - at : CONTENT_MAX;
		channel_push(f->peer, type, data + at, part, &f->tx);
	}
	if (f->tamper >= 0 && type == 22)
		tamper(f, &f->peer->queue[(f->peer->tail - 1) % CHANNEL_QUEUE]);
	return 0;
}

static int install(struct tlsup_channel *ch, bool tx, enum hs_epoch epoch,
		   uint16_t cipher_suite, const struct hs_secret *secret)
{
	struct channel *f = channel_of(ch);
	enum hs_epoch *current = tx ? &f->tx_epoch : &f->rx_epoch;

	if (grudges(f))
		return -EBUSY;
	if (f->install_error)
		return -f->install_error;
	/* In the clear again: a HelloRetryRequest behind early data. */
	if (tx && epoch == HS_EPOCH_INITIAL && *current == HS_EPOCH_EARLY &&
	    !secret->len)
		*current = HS_EPOCH_INITIAL;
	else if (epoch <= *current || cipher_suite >> 8 != 0x13 || !secret->len)
		return -EINVAL;
	*current = epoch;
	*(tx ? &f->tx : &f->rx) = *secret;
	return 0;
}

/* A key block stands for a secret: who has the same opens the record. */
static int install_keys(struct tlsup_channel *ch, bool tx,
			uint16_t cipher_suite, const struct hs_key_block *keys)
{
	struct channel *f = channel_of(ch);
	struct hs_secret *s = tx ? &f->tx : &f->rx;

	if (grudges(f))
		return -EBUSY;
	if (f->install_error)
		return -f->install_error;
	if (keys->mac_len || !keys->key_len || s->len ||
	    cipher_suite >> 8 == 0x13)
		return -EINVAL;
	s->len = keys->key_len + keys->iv_len;
	memcpy(s->bytes, keys->key, keys->key_len);
	memcpy(s->bytes + keys->key_len, keys->iv, keys->iv_len);
	*(tx ? &f->tx_epoch : &f->rx_epoch) = HS_EPOCH_APPLICATION;
	return 0;
}

static int set_limits(struct tlsup_channel *ch, uint16_t tx, uint16_t rx)
{
	channel_of(ch)->tx_limit = tx;
	channel_of(ch)->rx_limit = rx;
	return 0;
}

static int set_early_limit(struct tlsup_channel *ch, uint32_t bytes)
{
	channel_of(ch)->early_limit = bytes;
	return 0;
}

static int set_skip(struct tlsup_channel *ch, uint32_t bytes)
{
	channel_of(ch)->skip = bytes;
	return 0;
}

static void keep(struct hs_bytes *b, uint8_t *room)
{
	if (b->len)
		memcpy(room, b->data, b->len);
	b->data = room;
}

static int tell_done(struct tlsup_channel *ch, const struct tlsup_done *done)
{
	struct channel *f = channel_of(ch);

	f->done_calls++;
	if (grudges(f))
		return -EAGAIN;
	if (f->done_error)
		return -f->done_error;
	if (f->tx_epoch != HS_EPOCH_APPLICATION ||
	    f->rx_epoch != HS_EPOCH_APPLICATION)
		return -EINVAL;
	f->done = *done;
	keep(&f->done.alpn, f->alpn);
	keep(&f->done.server_name, f->server_name);
	keep(&f->done.peer_chain, f->chain);
	keep(&f->done.session, f->session);
	keep(&f->done.early_data, f->early_data);
	keep(&f->done.exporter, f->exporter);
	return 0;
}

static int tell_fail(struct tlsup_channel *ch, const struct tlsup_fail *fail)
{
	struct channel *f = channel_of(ch);

	f->fail_calls++;
	f->fail = *fail;
	snprintf(f->reason, sizeof(f->reason), "%s", fail->reason);
	f->fail.reason = f->reason;
	return 0;
}

static void close_channel(struct tlsup_channel *ch)
{
	channel_of(ch)->is_closed = true;
}

static const struct tlsup_channel_ops ops = {
	.receive = receive,
	.send = send_record,
	.install = install,
	.install_keys = install_keys,
	.set_limits = set_limits,
	.set_early_limit = set_early_limit,
	.set_skip = set_skip,
	.done = tell_done,
	.fail = tell_fail,
	.close = close_channel,
};

void channel_join(struct channel *a, struct channel *b)
{
	a->base.ops = b->base.ops = &ops;
	a->peer = b;
	b->peer = a;
	a->tamper = b->tamper = -1;
}

void channel_drop(struct channel *f)
{
	for (; f->head != f->tail; f->head++)
		free(f->queue[f->head % CHANNEL_QUEUE].data);
}
