/* SPDX-License-Identifier: Apache-2.0 */
/*
 * channel: the seam between a connection and what carries it: the kernel's
 * channel and netlink (channel.c), or memory in a test. A connection sees
 * nothing else of the world.
 */
#ifndef TLSUP_CHANNEL_H
#define TLSUP_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/engine/hs.h"

/* At most this many bytes in one send. */
#define TLSUP_CHANNEL_SEND_MAX	65536
/* Always enough for one record's content; early data that a server passes over
 * is as long as when it was sealed. */
#define TLSUP_RECORD_MAX	16640

/* How a handshake ended well; TLSUP_CMD_DONE. */
struct tlsup_done {
	uint16_t	version, cipher_suite, group, signature_scheme;
	uint32_t	flags;		/* TLSUP_F_* */
	struct hs_bytes	alpn, server_name, peer_chain, session; /* or empty */
	struct hs_bytes	early_data;	/* server: what read() gives first */
	struct hs_bytes	exporter;	/* hs_exporter_pack()'s */
	bool		keep;		/* to be asked about later */
};

/* How it failed; TLSUP_CMD_FAIL. */
struct tlsup_fail {
	int		error;		/* positive, <linux/tlsup.h>'s table */
	uint16_t	version;	/* agreed on by then, or 0 */
	uint8_t		alert_sent;	/* or HS_ALERT_NONE */
	const char	*reason;
};

struct tlsup_channel;

/*
 * None of them waits. -EAGAIN: later, when the channel is ready for it.
 * -ESTALE: the request is over (-ENOENT from done and fail says the same).
 * Any other -errno is final.
 */
struct tlsup_channel_ops {
	/* 1 and a record's type and content, 0 at the end of the stream, or
	 * -EBADMSG, -EMSGSIZE, -EPROTO for what cannot be one. */
	int (*receive)(struct tlsup_channel *ch, uint8_t *type, uint8_t *buf,
		       size_t room, size_t *len);
	/* All or nothing: 0 or -errno. len <= TLSUP_CHANNEL_SEND_MAX. */
	int (*send)(struct tlsup_channel *ch, uint8_t type,
		    const uint8_t *data, size_t len);
	/* tx: what is sent from here on, else what is received; of the INITIAL
	 * epoch, after early data: in the clear again. -EBUSY: as -EAGAIN. The
	 * caller wipes. */
	int (*install)(struct tlsup_channel *ch, bool tx, enum hs_epoch epoch,
		       uint16_t cipher_suite, const struct hs_secret *secret);
	/* The same for TLS 1.2. */
	int (*install_keys)(struct tlsup_channel *ch, bool tx,
			    uint16_t cipher_suite,
			    const struct hs_key_block *keys);
	/* The most plaintext in a protected record, each way; 0: 16384. */
	int (*set_limits)(struct tlsup_channel *ch, uint16_t tx, uint16_t rx);
	/* Client, before the EARLY epoch: bytes that may leave in it. */
	int (*set_early_limit)(struct tlsup_channel *ch, uint32_t bytes);
	/* Server, before the HANDSHAKE epoch: early data to pass over. */
	int (*set_skip)(struct tlsup_channel *ch, uint32_t bytes);
	int (*done)(struct tlsup_channel *ch, const struct tlsup_done *done);
	int (*fail)(struct tlsup_channel *ch, const struct tlsup_fail *fail);
	void (*close)(struct tlsup_channel *ch);
};

struct tlsup_channel {
	const struct tlsup_channel_ops *ops;
};

struct tlsup_netlink;

/* The kernel's. Owns fd; NULL without memory, and fd is then closed. */
struct tlsup_channel *tlsup_channel_new(struct tlsup_netlink *netlink,
					uint64_t cookie, int fd);
/* For epoll. Only of a channel that tlsup_channel_new() made. */
int tlsup_channel_fd(const struct tlsup_channel *ch);

#endif
