/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hs: the TLS handshake engine, RFC 8446 (and, by a later issue, RFC 5246).
 *
 * The engine does no I/O, reads no clock, and knows no cryptographic library:
 * the caller gives it the content of one record at a time and takes from it,
 * in order, what is to be sent and which secrets are to be installed. All
 * else comes through two structs of function pointers: hs_crypto
 * (hs_crypto.h: algorithms) and hs_host (certificates, tickets, time).
 *
 *	struct hs *hs = hs_new(&config, host_arg);
 *	hs_set_server_name(hs, name, len); ...
 *	hs_start(hs);
 *	for (;;) {
 *		while (hs_next(hs, &out)) ...;	send, install, or be told
 *		if (hs_state(hs) != HS_RUNNING) break;
 *		hs_record(hs, type, data, len);	one record that was received
 *	}
 *	hs_free(hs);
 *
 * Functions that return int return 0, or the alert that they queued
 * (RFC 8446 6: HS_ALERT_*, always > 0), or HS_ALERT_NONE for a failure that
 * the peer is not told of: its own alert, or the end of the transport. The
 * first failure is sticky: afterwards every call returns it again and nothing
 * but the alert comes out.
 * A handle is used by one thread at a time; configurations are read-only and
 * may be shared. Secrets are wiped by hs_free() and by hs_next() once taken.
 */
#ifndef HS_H
#define HS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hs;
struct hs_crypto;

enum hs_role { HS_CLIENT = 1, HS_SERVER = 2 };

enum hs_run { HS_RUNNING, HS_DONE, HS_FAILED };

/* Content types, RFC 8446 5.1. */
enum {
	HS_CHANGE_CIPHER_SPEC	= 20,
	HS_ALERT		= 21,
	HS_HANDSHAKE		= 22,
	HS_APPLICATION_DATA	= 23,
};

/* RFC 8446 6, and the older ones that RFC 5246 7.2 still names. */
enum {
	HS_ALERT_CLOSE_NOTIFY			= 0,
	HS_ALERT_UNEXPECTED_MESSAGE		= 10,
	HS_ALERT_BAD_RECORD_MAC			= 20,
	HS_ALERT_RECORD_OVERFLOW		= 22,
	HS_ALERT_HANDSHAKE_FAILURE		= 40,
	HS_ALERT_BAD_CERTIFICATE		= 42,
	HS_ALERT_UNSUPPORTED_CERTIFICATE	= 43,
	HS_ALERT_CERTIFICATE_REVOKED		= 44,
	HS_ALERT_CERTIFICATE_EXPIRED		= 45,
	HS_ALERT_CERTIFICATE_UNKNOWN		= 46,
	HS_ALERT_ILLEGAL_PARAMETER		= 47,
	HS_ALERT_UNKNOWN_CA			= 48,
	HS_ALERT_ACCESS_DENIED			= 49,
	HS_ALERT_DECODE_ERROR			= 50,
	HS_ALERT_DECRYPT_ERROR			= 51,
	HS_ALERT_PROTOCOL_VERSION		= 70,
	HS_ALERT_INSUFFICIENT_SECURITY		= 71,
	HS_ALERT_INTERNAL_ERROR			= 80,
	HS_ALERT_INAPPROPRIATE_FALLBACK		= 86,
	HS_ALERT_USER_CANCELED			= 90,
	HS_ALERT_NO_RENEGOTIATION		= 100,
	HS_ALERT_MISSING_EXTENSION		= 109,
	HS_ALERT_UNSUPPORTED_EXTENSION		= 110,
	HS_ALERT_UNRECOGNIZED_NAME		= 112,
	HS_ALERT_BAD_CERTIFICATE_STATUS_RESPONSE = 113,
	HS_ALERT_UNKNOWN_PSK_IDENTITY		= 115,
	HS_ALERT_CERTIFICATE_REQUIRED		= 116,
	HS_ALERT_NO_APPLICATION_PROTOCOL	= 120,
};
#define HS_ALERT_NONE 0xff

enum hs_epoch {
	HS_EPOCH_INITIAL, HS_EPOCH_EARLY, HS_EPOCH_HANDSHAKE,
	HS_EPOCH_APPLICATION,
};

#define HS_SECRET_MAX	64
#define HS_REASON_MAX	128
#define HS_NAME_MAX	255
#define HS_CHAIN_MAX	10		/* certificates in a chain */
#define HS_MESSAGE_MAX	65536		/* one handshake message */
#define HS_TICKET_MAX	4096		/* a ticket's identity, either role */

/* A secret and its length in bytes; wiped by hs_secret_wipe() alone. */
struct hs_secret {
	uint8_t	len;
	uint8_t	bytes[HS_SECRET_MAX];
};
void hs_secret_wipe(struct hs_secret *s);

/* What the engine wants done, in this order and no other. */
enum hs_output_kind {
	HS_OUT_RECORD,		/* send .data[.len] as records of type .type
				 * under the current write state */
	HS_OUT_TX_SECRET,	/* from here on write under .secret */
	HS_OUT_RX_SECRET,	/* from here on read under .secret; the engine
				 * made sure of a record boundary */
	HS_OUT_DONE,		/* the handshake is over: hs_info() */
	HS_OUT_FAILED,		/* it failed: hs_error(). A fatal alert to send,
				 * if there is one, came out before */
};

struct hs_output {
	enum hs_output_kind	kind;
	uint8_t			type;		/* RECORD: content type */
	const uint8_t		*data;		/* RECORD: valid until the next
						 * call on this handle */
	size_t			len;
	enum hs_epoch		epoch;		/* *_SECRET */
	uint16_t		cipher_suite;	/* *_SECRET */
	struct hs_secret	secret;		/* *_SECRET; the caller wipes it */
};

/* Bytes that somebody else owns. */
struct hs_bytes {
	const uint8_t	*data;
	size_t		len;
};

/* A certificate chain with the key that signs for it; the host's to free. */
struct hs_certificate {
	const struct hs_bytes	*chain;		/* DER, leaf first */
	size_t			chain_len;
	const uint16_t		*schemes;	/* that its key can sign, most
						 * wanted first */
	size_t			schemes_len;
	void			*key;		/* the host's own handle */
};

/* What a server knows when it chooses a certificate. */
struct hs_hello {
	struct hs_bytes	server_name;		/* empty if none was sent */
	const uint16_t	*schemes;		/* signature_algorithms */
	size_t		schemes_len;
	const uint16_t	*cert_schemes;		/* signature_algorithms_cert, or
						 * the same as schemes */
	size_t		cert_schemes_len;
};

/* The host's part. arg is what hs_new() was given. No function is optional
 * unless it says so. Functions that return int return 0 or an alert. */
struct hs_host {
	/* Milliseconds since the epoch; may be a test's clock. */
	uint64_t (*now_ms)(void *arg);
	/* Server (and client, when asked for a certificate; then *out may be
	 * left NULL for "none"). */
	int (*select_certificate)(void *arg, const struct hs_hello *hello,
				  const struct hs_certificate **out);
	/* Sign tbs with cert->key by scheme; *sig_len is the room, then the
	 * length. */
	int (*sign)(void *arg, const struct hs_certificate *cert,
		    uint16_t scheme, struct hs_bytes tbs,
		    uint8_t *sig, size_t *sig_len);
	/* Is this chain trusted for this peer, by name, time and use? Writes
	 * a sentence to reason (HS_REASON_MAX bytes) when it returns an alert. */
	int (*verify_chain)(void *arg, const struct hs_bytes *chain, size_t n,
			    char *reason);
	/* Server: a ticket's plaintext to ticket and back. *out_len is the
	 * room, then the length. ticket_open returns non-zero for a ticket
	 * that it does not know, has expired or was altered: a full handshake
	 * follows. ticket_seal may fail too: no ticket is sent. Both may be
	 * NULL: no tickets. */
	int (*ticket_seal)(void *arg, struct hs_bytes plain,
			   uint8_t *out, size_t *out_len);
	int (*ticket_open)(void *arg, struct hs_bytes ticket,
			   uint8_t *out, size_t *out_len);
};

/* Does a server ask for the client's certificate, and go on without one?
 * verify_chain() judges what comes. Such a server neither issues nor takes
 * tickets: a ticket would have to prove who the client was. */
enum hs_client_auth {
	HS_CLIENT_AUTH_NONE, HS_CLIENT_AUTH_REQUEST, HS_CLIENT_AUTH_REQUIRE,
};

/* Lists are in order of preference; a NULL list means the engine's default.
 * The configuration outlives every handle made from it. */
struct hs_config {
	enum hs_role		role;
	const struct hs_crypto	*crypto;
	const struct hs_host	*host;
	const uint16_t		*cipher_suites;
	size_t			cipher_suites_len;
	const uint16_t		*groups;
	size_t			groups_len;
	const uint16_t		*key_share_groups;	/* client: those it sends a
							 * share for at once */
	size_t			key_share_groups_len;
	const uint16_t		*schemes;		/* accepted signatures */
	size_t			schemes_len;
	struct hs_bytes		alpn;			/* as RFC 7301 3.1: length
							 * byte and name, ... */
	bool			alpn_required;		/* no protocol agreed on is
							 * no_application_protocol
							 * also if the peer sent
							 * none; either role */
	bool			no_compat_mode;		/* RFC 8446 D.4 off */
	bool			server_cookie;		/* server: HelloRetryRequest
							 * carries a cookie */
	bool			no_resumption;
	unsigned int		tickets;		/* server: how many to send */
	uint32_t		ticket_lifetime;	/* seconds, at most 604800 */
	enum hs_client_auth	client_auth;		/* server */
};

/* A session that a client can resume once. Owns what it points to. */
struct hs_session;
struct hs_session *hs_session_unpack(struct hs_bytes packed);
/* Returns the packed length; writes nothing if cap is less. */
size_t hs_session_pack(const struct hs_session *s, uint8_t *out, size_t cap);
/* Time, in ms since the epoch, after which it may not be used. */
uint64_t hs_session_expires(const struct hs_session *s);
struct hs_bytes hs_session_alpn(const struct hs_session *s);
void hs_session_free(struct hs_session *s);

/* NULL without memory, or if a list of the configuration has nothing that the
 * engine and the provider both know. */
struct hs *hs_new(const struct hs_config *config, void *host_arg);
void hs_free(struct hs *hs);

/* Before hs_start(); each copies what it is given and returns 0, or an alert
 * for a value that can't be sent. An address literal is accepted as a server
 * name (hs_info() and sessions carry it) but not sent: RFC 6066 3. A session
 * that is not for this name, or has expired, is not offered; that is no
 * error. */
int hs_set_server_name(struct hs *hs, const char *name, size_t len);
int hs_set_alpn(struct hs *hs, const uint8_t *list, size_t len);
int hs_set_session(struct hs *hs, const struct hs_session *session);

int hs_start(struct hs *hs);
/* One whole record's content, decrypted; or HS_ALERT etc. as it came. The
 * record layer has refused, by itself, a change_cipher_spec that was protected
 * (RFC 8446 5: unexpected_message) and what it couldn't open; an empty
 * content it passes on, and the engine refuses it. */
int hs_record(struct hs *hs, uint8_t type, const uint8_t *data, size_t len);
/* The transport ended: what that means depends on the state. */
int hs_eof(struct hs *hs);
/* The host failed (no certificate, a send failed): queue this alert. */
int hs_abort(struct hs *hs, int alert, const char *reason);
/* 1 and *out, or 0: nothing to do. */
int hs_next(struct hs *hs, struct hs_output *out);
enum hs_run hs_state(const struct hs *hs);
/* The RFC's name of the state, as "WAIT_CERT_CR". */
const char *hs_state_name(const struct hs *hs);

struct hs_error {
	uint8_t		alert_sent;	/* or HS_ALERT_NONE */
	uint8_t		alert_received;
	const char	*reason;	/* one sentence, never empty */
};
const struct hs_error *hs_error(const struct hs *hs);

struct hs_info {
	uint16_t	version, cipher_suite, group, signature_scheme;
	bool		resumed, early_data, retried;
	struct hs_bytes	alpn, server_name;
	const struct hs_bytes *peer_chain;
	size_t		peer_chain_len;
	struct hs_bytes	client_random;	/* names the session in a key log */
};
/* What is known so far; complete once HS_DONE. Lives as long as hs. */
const struct hs_info *hs_info(const struct hs *hs);

/* RFC 8446 7.5; only once HS_DONE. */
int hs_export(struct hs *hs, const char *label, struct hs_bytes context,
	      uint8_t *out, size_t len);

/*
 * After the handshake the handle is not needed. What a later NewSessionTicket
 * needs of it fits HS_RESUMPTION_MAX bytes (secret: wipe them); they are
 * turned, with the whole message (four header bytes and body), into a session.
 * Returns NULL with *alert set for a malformed message, and NULL with *alert
 * 0 for a ticket that may not be used (lifetime 0 or over seven days).
 */
#define HS_RESUMPTION_MAX 640
size_t hs_resumption_pack(const struct hs *hs, uint8_t *out, size_t cap);
struct hs_session *hs_ticket_session(const struct hs_crypto *crypto,
				     struct hs_bytes resumption,
				     struct hs_bytes message, uint64_t now_ms,
				     int *alert);

#endif /* HS_H */
