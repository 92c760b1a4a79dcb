/* SPDX-License-Identifier: GPL-2.0-only */
/* Receiving: records on the TCP receive queue to plaintext. */
#ifndef TLSUP_RECEIVE_H
#define TLSUP_RECEIVE_H

#include <linux/types.h>
#include <net/sock.h>

struct tlsup_context;
struct pipe_inode_info;

/* proto and proto_ops entries; all but the last take the socket lock. */
int tlsup_recvmsg(struct sock *sk, struct msghdr *msg, size_t len, int flags,
		  int *addr_len);
ssize_t tlsup_splice_read(struct socket *sock, loff_t *ppos,
			  struct pipe_inode_info *pipe, size_t len,
			  unsigned int flags);
int tlsup_read_sock(struct sock *sk, read_descriptor_t *desc,
		    sk_read_actor_t actor);

/* Makes ctx->receive, if it isn't there; framing starts at the next byte of
 * the TCP queue. 0 or -ENOMEM. Process context, locked. */
int tlsup_receive_start(struct sock *sk);

/* TLS_RX has been set: the reader may go on. Locked. */
void tlsup_receive_rekeyed(struct tlsup_context *ctx);

/*
 * One record for the channel, under the current read state (also the NULL
 * state), without waiting: its content goes to msg, its type to *type; returns
 * the length (0 for an empty record, which is legal for none but type 23),
 * -EAGAIN: no whole record; -EPIPE: FIN, nothing left; -EMSGSIZE: msg is
 * shorter, and the record stays; other errors are final. Socket locked.
 */
int tlsup_receive_record(struct sock *sk, struct msghdr *msg, size_t len,
			 u8 *type);

/* Is a whole record, FIN or an error there? No lock needed; for poll of the
 * channel and for the callbacks. */
bool tlsup_receive_ready(const struct sock *sk);

/* From sk_data_ready: looks at the header of the next record; true when the
 * reader has something to do. Socket locked by BH or user, any context. */
bool tlsup_receive_announce(struct sock *sk);

/*
 * For poll, without the socket lock, which it takes if it must: would read()
 * say something (data, EOF, error)? In upgrade mode small records at the head
 * of the queue are opened, and handshake records and alerts handled, to know.
 */
bool tlsup_receive_readable(struct sock *sk);

/* Plaintext bytes that one read() would give now. Takes the socket lock. */
int tlsup_receive_inq(struct sock *sk);

/* Before close(): takes records off the queue that are not application data,
 * so that TCP does not reset the connection for them. Locked. */
void tlsup_receive_drain(struct sock *sk);

void tlsup_receive_free(struct tlsup_context *ctx);

#endif /* TLSUP_RECEIVE_H */
