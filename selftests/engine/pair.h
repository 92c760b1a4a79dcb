/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pair: a client and a server engine that talk in memory. Records are not
 * encrypted; each carries the secret that it was sent under, and a receiver
 * whose current secret is another one answers bad_record_mac, as a record
 * layer would. A test may look at each record and change, split or drop it.
 */
#ifndef PAIR_H
#define PAIR_H

#include "daemon/engine/engine.h"
#include "host.h"

struct pair_record {
	uint8_t			type;
	uint8_t			*data;
	size_t			len;
	struct hs_secret	secret;		/* len 0: in the clear */
};

struct pair_side {
	struct hs_config	config;
	struct host		host;
	struct hs		*hs;
	struct hs_secret	tx, rx;		/* current */
	struct hs_secret	hs_tx, hs_rx;	/* of the handshake epoch */
	struct hs_key_block	tx_keys, rx_keys; /* TLS 1.2 */
	struct hs_secret	early_tx, early_rx;
	uint32_t		skip;		/* as in hs.h */
	struct hs_buf		early;		/* early data that came */
	unsigned int		rejected;	/* HS_OUT_EARLY_REJECTED */
	uint32_t		authenticated[16]; /* in the order of the events */
	size_t			authenticated_n;
	struct pair_record	*queue;		/* sent, on its way */
	size_t			first, n, cap;
	uint8_t			*flight;	/* all handshake bytes it sent */
	size_t			flight_len, flight_cap;
	struct hs_buf		post;		/* post-handshake messages */
	unsigned int		ccs;		/* records it sent of that type */
	size_t			longest;	/* protected handshake record */
};

struct pair {
	struct pair_side	client, server;
	size_t			split;		/* bytes in a record, 0: as is */
	bool			per_message;	/* a record for each message */
	/* Each handshake message before it is sent; may change the bytes, and
	 * the length in place up to room. Returns false to drop it. */
	bool (*tamper)(struct pair *p, struct pair_side *from, uint8_t *message,
		       size_t *len, size_t room);
	void			*tamper_arg;
	bool			keep;		/* hs_record() after the handshake too */
	struct hs_session	*session;	/* the newest the client got */
	unsigned int		tickets;	/* sessions that it got */
	unsigned int		came;		/* messages after Finished */
};

/* Two ECDSA P-256 engines with the name "server"; both configs may be changed
 * until pair_open(). */
void pair_init(struct pair *p);
bool pair_open(struct pair *p);
/* Until nothing moves any more; true if both are done. */
bool pair_run(struct pair *p);
/* Begins, for those who step: pair_step() moves one record, false if there is
 * none. */
void pair_start(struct pair *p);
bool pair_step(struct pair *p);
/* What was queued by one side is taken out and sent. */
void pair_drain(struct pair *p, struct pair_side *s);
/* Sends a record of one's own under the current write secret. */
void pair_send(struct pair_side *from, uint8_t type, const void *data,
	       size_t len);
/* Gives one record to a side as if it came under its current secret. */
int pair_inject(struct pair *p, struct pair_side *to, uint8_t type,
		const void *data, size_t len);
/* Frees engines and records, and keeps configs; session stays. */
void pair_close(struct pair *p);
void pair_free(struct pair *p);
/* The alert this side sent, HS_ALERT_NONE for none. */
int pair_alert(const struct pair_side *s);

#endif /* PAIR_H */
