/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peer: an engine on a socket through record.c: the handshake and what comes
 * after it, of TLS 1.3 (tickets, KeyUpdate, post-handshake authentication) and
 * of TLS 1.2 (renegotiation), close_notify, early data. For tests and hs-peer.
 *
 *	peer_init(&p, fd, &config, host_arg);
 *	if (peer_open(&p)) { hs_set_server_name(p.hs, ...); peer_handshake(&p); }
 *	peer_write(&p, ...); n = peer_read(&p, &data);
 *	peer_close(&p);
 *
 * Functions that return int return 0, or -1 after which hs_error(p.hs) has the
 * reason.
 */
#ifndef PEER_H
#define PEER_H

#include <stdio.h>

#include "daemon/engine/hs_crypto.h"
#include "daemon/engine/wire.h"
#include "record.h"

struct peer {
	struct hs		*hs;
	const struct hs_config	*config;
	void			*host_arg;
	struct record		record;
	FILE			*keylog;	/* NSS key log, or NULL */

	/* Client: sent as 0-RTT if it may be; how much of it the server took,
	 * once the handshake is over. */
	struct hs_bytes		early;
	size_t			early_taken;

	/* Does not answer a KeyUpdate until there is something else to say. */
	bool			silent;
	/* Server: called with early data as it comes, before the handshake is
	 * over; what is written then goes out at once (RFC 8446 2.3: to a client
	 * that is not known yet). NULL: it waits for peer_read(). */
	void (*on_early)(struct peer *p, const uint8_t *data, size_t len);

	struct hs_session	*session;	/* the newest that was made */
	unsigned int		tickets;	/* usable ones that came (1.3) */
	unsigned int		key_updates;	/* that came */
	unsigned int		handshakes;	/* that are over */
	unsigned int		alerts;		/* that came, not close_notify */
	unsigned int		authenticated;	/* HS_OUT_AUTHENTICATED seen */
	size_t			early_came;	/* server: bytes of 0-RTT */

	/* Inside. */
	bool			early_keys, early_rejected, owes_key_update;
	uint8_t			resumption[HS_RESUMPTION_MAX];
	size_t			resumption_len;
	struct hs_buf		post;	/* TLS 1.3 messages being put together */
	struct hs_buf		held;	/* application data for peer_read() */
	size_t			held_at;
};

/* config outlives the peer; host_arg is the host's. */
void peer_init(struct peer *p, int fd, const struct hs_config *config,
	       void *host_arg);
/* Makes hs, on which hs_set_*() may be called before peer_handshake(). */
bool peer_open(struct peer *p);
int peer_handshake(struct peer *p);
int peer_write(struct peer *p, const void *data, size_t len);

enum {
	PEER_FAILED	= -1,
	PEER_TRUNCATED	= -2,	/* the stream ended without close_notify */
	PEER_NOTHING	= -3,	/* peer_read_once(): read on */
};
/* Application data (at least a byte, valid until the next call), 0 at
 * close_notify, or one of the above. All else is dealt with. */
int peer_read(struct peer *p, const uint8_t **data);
/* The same for one record, for callers who have something else to wait for;
 * PEER_NOTHING if it brought none. */
int peer_read_once(struct peer *p, const uint8_t **data);
/* TLS 1.3: sends a KeyUpdate, and takes the next key. */
int peer_key_update(struct peer *p, bool request);
/* TLS 1.3, server: asks for the client's certificate and waits for it. */
int peer_authenticate(struct peer *p);
/* TLS 1.2: another handshake, until it is over. A client's that is refused
 * with no_renegotiation comes back with 0, and p->handshakes as it was. */
int peer_renegotiate(struct peer *p);
/* Where a handshake has begun anew (TLS 1.2), waits until it is over; data that
 * comes meanwhile is kept for peer_read(). */
int peer_settle(struct peer *p);
/* Sends close_notify if there is a connection; leaves the socket. */
void peer_close(struct peer *p);
/* The same without a word. */
void peer_free(struct peer *p);

#endif /* PEER_H */
