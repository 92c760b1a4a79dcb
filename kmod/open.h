/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The receiving half of a connection: one record at a time is opened, either
 * into memory of ours or straight into the reader's pages. Never in place: on
 * loopback the queue's pages are still the sender's. All under the socket lock.
 */
#ifndef TLSUP_OPEN_H
#define TLSUP_OPEN_H

#include <linux/scatterlist.h>
#include <net/sock.h>

#include "framer.h"
#include "record.h"

#define TLSUP_WINDOW_PAGES	17	/* 64 KiB that start within a page */
#define TLSUP_OPEN_SRC		64

/* A record in memory of ours, and how far it has been read. */
struct tlsup_opened {
	u8 *data;
	unsigned int size;		/* of data's memory */
	unsigned int off, len;
	u8 type;
	bool valid;
};

/* The reader's next pages, taken out of its iterator. */
struct tlsup_window {
	struct page *pages[TLSUP_WINDOW_PAGES];
	unsigned int nr;
	size_t at;			/* from the start of the first page */
	size_t len;			/* not yet written */
	bool refs;
};

struct tlsup_receive {
	struct tlsup_framer framer;
	struct tlsup_opened opened;
	int failed;			/* a record did not open: final */
	bool rekey;			/* kTLS mode: after a KeyUpdate nothing
					 * is opened until the next TLS_RX */
	/* After a record that was opened twice, so many are not opened
	 * straight into the reader's pages. */
	unsigned int shy;

	/* For the cipher; not on the stack, which may be vmalloc memory. */
	u8 aad[TLSUP_AAD_12_SIZE];
	u8 type;
	struct scatterlist *src_end, *dst_end;
	struct scatterlist src[TLSUP_OPEN_SRC];
	struct scatterlist dst[TLSUP_WINDOW_PAGES + 2];
};

/* Upper bound of the content of the record that the framer stands at. */
unsigned int tlsup_open_content_max(const struct tlsup_context *ctx,
				    const struct tlsup_framer *fr);

/*
 * Opens the record that the framer stands at, counts it and goes on to the
 * next: 0, or an error that leaves it where it is: -ENOMEM may be tried again;
 * -EMSGSIZE only if !may_stash; others are final.
 */
int tlsup_open(struct sock *sk, struct tlsup_context *ctx,
	       struct tlsup_opened *to, bool may_stash);

/*
 * The same into the window, which has room for tlsup_open_content_max(): the
 * content's length, -EAGAIN: it was not plain application data without
 * padding (use tlsup_open()), or an error as above.
 */
int tlsup_open_direct(struct sock *sk, struct tlsup_context *ctx,
		      struct tlsup_window *window);

/* As if these bytes had been opened as application data: 0 or -ENOMEM. */
int tlsup_opened_set(struct tlsup_opened *opened, const u8 *data, size_t len);
void tlsup_opened_free(struct tlsup_opened *opened);

#endif /* TLSUP_OPEN_H */
