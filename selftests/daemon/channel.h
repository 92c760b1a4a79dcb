/* SPDX-License-Identifier: Apache-2.0 */
/*
 * channel: one end of a connection's channel, in memory. It behaves as the
 * kernel's grammar says: a record opens only under the secret that it was sealed
 * under, sending is all or nothing, and faults happen where a test asks for them.
 */
#ifndef CHANNEL_H
#define CHANNEL_H

#include "daemon/channel.h"

#define CHANNEL_QUEUE	64

struct channel_record {
	uint8_t			type;
	uint8_t			*data;
	size_t			len;
	struct hs_secret	secret;
};

struct channel {
	struct tlsup_channel	base;
	struct channel		*peer;
	struct channel_record	queue[CHANNEL_QUEUE];	/* on its way to this end */
	unsigned int		head, tail;
	bool			closed;		/* by the other end */
	struct hs_secret	tx, rx;
	enum hs_epoch		tx_epoch, rx_epoch;
	uint16_t		tx_limit, rx_limit;
	uint32_t		early_limit, skip;

	/* Faults. */
	bool			grudging;	/* every other call: later */
	bool			grudge;
	int			receive_error, send_error, install_error;
	unsigned int		receive_error_at;	/* which record */
	unsigned int		sends_left;		/* with send_error */
	int			done_error;
	int			tamper;		/* byte of what is sent, or -1 */

	/* What was told. */
	unsigned int		received;
	unsigned int		done_calls, fail_calls;
	struct tlsup_done	done;
	uint8_t			alpn[256], server_name[256], chain[65536];
	uint8_t			session[1024], early_data[16384];
	uint8_t			exporter[HS_EXPORTER_MAX];
	struct tlsup_fail	fail;
	char			reason[HS_REASON_MAX];
	bool			is_closed;
};

/* Both are zero before. */
void channel_join(struct channel *a, struct channel *b);
/* A record on its way to an end, whoever sent it. */
void channel_push(struct channel *to, uint8_t type, const uint8_t *data,
		  size_t len, const struct hs_secret *secret);
bool channel_same_secret(const struct hs_secret *a, const struct hs_secret *b);
/* Frees what nobody received. */
void channel_drop(struct channel *f);

#endif /* CHANNEL_H */
