/* SPDX-License-Identifier: GPL-2.0-only */
/* The agent's socket: records and secrets of one request's connection. */
#ifndef TLSUP_CHANNEL_H
#define TLSUP_CHANNEL_H

#include <linux/fs.h>
#include <linux/types.h>

struct tlsup_request;

/* A channel to that turn of an accepted request, of which it keeps a
 * reference; or an ERR_PTR. No lock held. */
struct file *tlsup_channel_open(struct tlsup_request *req, u32 generation);

int tlsup_channel_init(void);
void tlsup_channel_exit(void);

#endif /* TLSUP_CHANNEL_H */
