/* SPDX-License-Identifier: GPL-2.0-only */
/* step.h: what the bench program asks the step module for. */
#ifndef TLSUP_STEP_H
#define TLSUP_STEP_H

#include <linux/ioctl.h>
#include <linux/types.h>

/*
 * One task sends a batch, then receives it, again and again: no second task, no scheduler.  The
 * CPU time of the two phases is counted apart.
 */
struct step_request {
	__s32	tx;		/* connected sockets, one to the other */
	__s32	rx;
	__u32	cpu_ms;		/* CPU time to spend, after a short warm-up */
	__u32	batch;		/* bytes to send before receiving; less than the socket buffers */
	__u32	write_size;
	__u32	read_size;
	__u64	source;		/* the caller's buffers, of those sizes; 0: buffers in the kernel */
	__u64	sink;
	/* answers, of what came after the warm-up */
	__u64	bytes;
	__u64	tx_ns;
	__u64	rx_ns;
	__u64	writes;
	__u64	reads;
};

#define STEP_RUN	_IOWR('s', 1, struct step_request)

#endif
