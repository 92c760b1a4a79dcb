/* SPDX-License-Identifier: GPL-2.0-only */
/* One call that reads: what receive.c and read.c share. */
#ifndef TLSUP_READER_H
#define TLSUP_READER_H

#include <net/sock.h>

#include "open.h"

struct tlsup_context;

struct tlsup_reader {
	struct sock *sk;
	struct tlsup_context *ctx;
	struct tlsup_receive *rx;
	long timeo;
	unsigned int flushed;		/* bytes since the backlog's last turn */
};

/* Finds the context and what it needs, and passes the gate; 0 or what the call
 * returns. -ENOENT: not ours, let TCP do it. Socket locked. */
int tlsup_reader_enter(struct tlsup_reader *r, struct sock *sk, int flags);

/* Is a whole record at the framer? Reports a broken stream. 1, 0 or errno. */
int tlsup_reader_poll(struct tlsup_reader *r);
/* Waits for a whole record, an error or the end. 1: look again; 0: the end;
 * else an errno. Gives back to TCP what was skipped. */
int tlsup_reader_wait(struct tlsup_reader *r);
/*
 * Opens the record at the framer to rx->opened. In upgrade mode all but
 * application data is dealt with here, and rx->opened stays empty, as for an
 * empty record. 0 or errno.
 */
int tlsup_reader_open(struct tlsup_reader *r);
/* An error of tlsup_open(): tells whoever has to know, and returns it. */
int tlsup_reader_failed(struct tlsup_reader *r, int err);

#endif /* TLSUP_READER_H */
