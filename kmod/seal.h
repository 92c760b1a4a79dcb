/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sending half of a connection: records are sealed into buffers, wait as
 * sealed bytes, and are pushed to TCP. All under the socket lock; all state is
 * consistent whenever that lock is dropped.
 */
#ifndef TLSUP_SEAL_H
#define TLSUP_SEAL_H

#include <linux/bvec.h>
#include <linux/scatterlist.h>
#include <linux/wait.h>
#include <net/sock.h>

#include "buffer.h"
#include "record.h"

struct tlsup_context;

#define TLSUP_BATCH_PAGES	17	/* 64 KiB that start within a page */
#define TLSUP_BATCH_RECORDS	4
#define TLSUP_SEND_VECS		48

struct tlsup_send {
	struct tlsup_buffer buf;

	/* The open record: its payload stands in buf's dense room, behind
	 * room for the header, for open_size bytes. */
	u8 *open;			/* the header's place, NULL: none */
	unsigned int open_len, open_size;

	/* Sealed bytes that TCP has not taken yet. */
	struct bio_vec vec[TLSUP_SEND_VECS];
	unsigned int vec_first, vec_nr;
	size_t pending;
	bool pushing;			/* inside TCP's sendmsg */
	int error;			/* sealing failed: final */

	bool busy;			/* a writer, maybe asleep, is at work */
	wait_queue_head_t idle;

	/* For the cipher; not on the stack, which may be vmalloc memory. */
	u8 aad[TLSUP_AAD_12_SIZE];
	u8 type;
	struct scatterlist src[TLSUP_BATCH_PAGES + 3];
	struct scatterlist dst[TLSUP_BATCH_PAGES + 3];
};

static inline bool tlsup_send_dead(const struct sock *sk)
{
	return READ_ONCE(sk->sk_err) ||
	       READ_ONCE(sk->sk_shutdown) & SEND_SHUTDOWN;
}

/* Pages of plaintext, from the first's offset on without a gap. */
struct tlsup_source {
	struct page *pages[TLSUP_BATCH_PAGES];
	unsigned int nr;
	size_t offset, len;
	bool refs;
};

/* Seals len bytes that stand at *open as a record: 0, -EBADMSG... (final). */
int tlsup_seal_open(struct sock *sk, struct tlsup_context *ctx, u8 type);
/* Room for an open record of size bytes; 0 or -ENOMEM. */
int tlsup_seal_begin(struct tlsup_context *ctx, size_t size);
/* Seals the first len bytes of source as records of max bytes and a rest. */
int tlsup_seal_pages(struct sock *sk, struct tlsup_context *ctx,
		     const struct tlsup_source *source, size_t len, size_t max);

/*
 * Gives TCP what is pending, without waiting: 0 also if a part has to wait;
 * negative is TCP's error. flags: MSG_MORE, MSG_EOR.
 */
int tlsup_seal_push(struct sock *sk, struct tlsup_context *ctx, int flags);

#endif /* TLSUP_SEAL_H */
