/* SPDX-License-Identifier: Apache-2.0 */
/*
 * edit: changes to handshake messages on their way, as data. A row of a test
 * says which message, what becomes of it, and who has to answer with which
 * alert; edit_run() does a handshake with that.
 */
#ifndef EDIT_H
#define EDIT_H

#include "pair.h"

enum edit_op {
	EDIT_SET,	/* overwrite at offset `arg` of the message */
	EDIT_EXT,	/* extension `arg` gets this body, or is added */
	EDIT_NO_EXT,	/* extension `arg` goes, and that of arg's upper half */
	EDIT_DUP,	/* extension `arg` comes twice */
	EDIT_LAST,	/* extension `arg` with this body behind all others */
	EDIT_SESSION_ID, EDIT_SUITES, EDIT_COMPRESSION,	/* of a ClientHello */
	EDIT_TAIL,	/* bytes after the message's last field */
	EDIT_BODY,	/* another body */
	EDIT_FLIP,	/* the last byte */
	EDIT_CUT,	/* `arg` bytes fewer */
	EDIT_INSERT,	/* another message in front of it */
	EDIT_SHORTER,	/* the extension at place `arg` in the block */
	EDIT_LONGER,	/* ... by a byte; nothing if there are not so many */
};

/* What kind of handshake the row is about. */
enum {
	EDIT_RETRY = 1,		/* the client's share is not the one wanted */
	EDIT_COOKIE = 2,	/* ... and the retry has a cookie */
	EDIT_RESUME = 4,	/* the client has a session */
	EDIT_ALPN = 8,		/* the client offers "h2", the server has it */
	EDIT_P256 = 16,		/* key exchange over secp256r1 */
	EDIT_JOIN = 32,		/* messages share records as the engine likes */
	EDIT_SHA384 = 64,	/* the server wants TLS_AES_256_GCM_SHA384 */
	EDIT_CLIENT_AUTH = 128,	/* the server requires a certificate */
	EDIT_EXTRAS = 256,	/* status_request, timestamps, a record limit of
				 * 1024, and certificates that have all that */
	EDIT_COMPRESS = 512,	/* certificates by zlib, both ways */
	EDIT_EARLY = 0x10000,	/* a session, and early data by it */
};

struct edit {
	const char	*what, *section;
	enum hs_mt	message;
	enum edit_op	op;
	unsigned int	arg;
	const char	*body;
	size_t		len;
	int		alert;		/* of the receiver; 0: all is well */
	unsigned int	flags;
	int		nth;		/* of that type, from 0 */
};

/* For the rows: a body and its length. */
#define B(literal) (literal), sizeof(literal) - 1

/* Returns the alert that the message's receiver sent (HS_ALERT_NONE for none),
 * or 0 if both sides are done; -1 if the message never came by. */
int edit_run(const struct edit *e);
/* The state in which the message's receiver was at the end. */
enum hs_st edit_state(const struct edit *e);
/* One TAP line for all rows. */
void edit_table(const struct edit *rows, size_t n, const char *what);
/* Sets a pair up for these flags, with a session if there has to be one. */
void edit_pair(struct pair *p, unsigned int flags);
/* The identity that EDIT_EXTRAS uses. */
const struct host_identity *edit_stapled(void);
/* The change itself; length fields are put right. */
void edit_apply(const struct edit *e, uint8_t *message, size_t *len);

#endif /* EDIT_H */
