/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds records on the TCP receive queue. The queue is not touched until
 * tlsup_framer_done(): a record is described, mapped for the cipher, skipped.
 * All under the socket lock, and from softirq what is said to be so.
 */
#ifndef TLSUP_FRAMER_H
#define TLSUP_FRAMER_H

#include <linux/scatterlist.h>
#include <net/sock.h>

#include "record.h"

struct tlsup_context;

struct tlsup_framer {
	u32 seq;		/* next byte on the queue that is not skipped */
	u32 need;		/* bytes, from the record's start, to wait for:
				 * TLSUP_HEADER_SIZE: the header isn't known */
	struct tlsup_header hdr;	/* of the record at seq, if known */
	bool known;
	int error;		/* the stream makes no sense from here: final */
	bool told;		/* and somebody has been told: nothing to read */

	/* The start of this record if TCP's buffer was too small to hold it
	 * whole, or if its pieces were too many for the cipher. */
	u8 *stash;
	u32 stash_len;

	/* Where seq is; NULL when the queue may have changed: after done, and
	 * after anything that may drop the lock or flush the backlog. */
	struct sk_buff *skb;
};

void tlsup_framer_start(struct sock *sk, struct tlsup_framer *fr);
void tlsup_framer_free(struct tlsup_framer *fr);

/* Looks for the header, if it isn't known: true when a whole record is there,
 * or fr->error has something to tell. Softirq too. */
bool tlsup_framer_update(struct sock *sk, struct tlsup_context *ctx,
			 struct tlsup_framer *fr);
/* The same as far as it was known at the last update; no lock needed: 1, 0, or
 * -1: there is a header that nobody has looked at yet. */
int tlsup_framer_ready(const struct sock *sk, const struct tlsup_framer *fr);

/* Maps len bytes of a whole record, from its byte at on; returns the number of
 * entries, or -EMSGSIZE: more than max, or in frag lists. */
int tlsup_framer_map(struct sock *sk, struct tlsup_framer *fr, unsigned int at,
		     unsigned int len, struct scatterlist *sg,
		     unsigned int max);
/* Copies bytes of a whole record. */
void tlsup_framer_copy(struct sock *sk, struct tlsup_framer *fr,
		       unsigned int at, u8 *to, unsigned int len);
/* Moves what there is of the record from the queue to the stash: the number of
 * bytes or -ENOMEM. Process context. */
int tlsup_framer_stash(struct sock *sk, struct tlsup_framer *fr);

/* The record is dealt with: on to the next. */
void tlsup_framer_skip(struct sock *sk, struct tlsup_framer *fr);
/* Gives what was skipped back to TCP, which may send a window update. */
void tlsup_framer_done(struct sock *sk, struct tlsup_framer *fr);

/* An unprotected record where protected ones are expected, and legal. */
bool tlsup_framer_is_plain(const struct tlsup_context *ctx,
			   const struct tlsup_header *hdr);

/* Early data that a server refused may come (RFC 8446 4.2.10), and isn't to be
 * opened: under the handshake secret, until a first record does open. */
bool tlsup_framer_passes_over(const struct tlsup_context *ctx,
			      const struct tlsup_header *hdr);

static inline u32 tlsup_framer_size(const struct tlsup_framer *fr)
{
	return TLSUP_HEADER_SIZE + fr->hdr.length;
}

#endif /* TLSUP_FRAMER_H */
