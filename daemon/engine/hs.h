/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hs: the TLS handshake engine, RFC 8446 and RFC 5246.
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
	HS_OUT_TX_SECRET,	/* from here on write under .secret; of the
				 * INITIAL epoch, without a secret: in the clear
				 * again ("Early data" below) */
	HS_OUT_RX_SECRET,	/* from here on read under .secret; the engine
				 * made sure of a record boundary. .skip: see
				 * "Early data" */
	HS_OUT_TX_KEYS,		/* TLS 1.2: from here on write under .keys; comes
				 * right behind the change_cipher_spec */
	HS_OUT_RX_KEYS,		/* TLS 1.2: from here on read under .keys: the
				 * peer's change_cipher_spec was the record before */
	HS_OUT_EARLY_DATA,	/* server: .data[.len], application data that the
				 * client sent as 0-RTT; can be replayed */
	HS_OUT_EARLY_REJECTED,	/* client: the server passed over what was sent
				 * as 0-RTT; it has to be sent once more */
	HS_OUT_AUTHENTICATED,	/* server, after the handshake: the client
				 * answered hs_request_certificate(); its chain
				 * is in hs_info(), empty if it had none */
	HS_OUT_DONE,		/* the handshake is over: hs_info() */
	HS_OUT_FAILED,		/* it failed: hs_error(). A fatal alert to send,
				 * if there is one, came out before */
};

/*
 * Early data (0-RTT, RFC 8446 2.3, 4.2.10) and the record layer.
 *
 * Client. After the ClientHello (and the change_cipher_spec of D.4) comes
 * TX_SECRET of the EARLY epoch: from then on the caller may send
 * application_data records, up to hs_info()->max_early_data bytes of content
 * in all, until the next TX_SECRET comes out; what is left then waits for
 * HS_OUT_DONE. That next TX_SECRET is
 * - of the HANDSHAKE epoch behind a RECORD with EndOfEarlyData: the server took
 *   the early data (hs_info()->early_data);
 * - of the HANDSHAKE epoch behind HS_OUT_EARLY_REJECTED: it passed it over;
 * - of the INITIAL epoch (secret.len 0) behind HS_OUT_EARLY_REJECTED: it sent
 *   a HelloRetryRequest, and the second ClientHello goes out in the clear.
 * What was passed over never reached the server's application. To send it
 * again is the application's decision: hs_info() may name another protocol.
 *
 * Server, accepted. RX_SECRET of the EARLY epoch comes behind the server's
 * flight; application_data records then go to hs_record() as all others, and
 * come out as HS_OUT_EARLY_DATA. EndOfEarlyData brings RX_SECRET of the
 * HANDSHAKE epoch.
 *
 * Server, passed over. The client's records can't be opened:
 * - RX_SECRET of the HANDSHAKE epoch has .skip: until a first record opens
 *   under that secret, the record layer drops application_data records (the
 *   outer type) that don't, each at the cost of its length without header less
 *   17 bytes (tag and inner type) and at least 1; when the sum of costs gets
 *   over .skip, it is bad_record_mac as ever. Where .skip is 0 nothing is
 *   dropped.
 * - After a HelloRetryRequest they come while nothing is protected: the record
 *   layer hands them (type 23, up to 2^14 + 256 bytes) to hs_record(), which
 *   drops them by the same count until the second ClientHello.
 */

/* One direction's part of a key block, RFC 5246 6.3; lengths in bytes. AEAD
 * suites have no MAC key. The IV is what is implicit in the nonce: 4 bytes for
 * GCM and CCM, 12 for ChaCha20-Poly1305 (RFC 5288 3, RFC 7905 2), none for CBC. */
#define HS_MAC_KEY_MAX	48
struct hs_key_block {
	uint8_t	mac_len, key_len, iv_len;
	bool	encrypt_then_mac;	/* RFC 7366; CBC only */
	uint8_t	mac[HS_MAC_KEY_MAX], key[32], iv[12];
};

struct hs_output {
	enum hs_output_kind	kind;
	uint8_t			type;		/* RECORD: content type */
	const uint8_t		*data;		/* RECORD: valid until the next
						 * call on this handle */
	size_t			len;
	enum hs_epoch		epoch;		/* *_SECRET */
	uint16_t		cipher_suite;	/* *_SECRET, *_KEYS */
	uint32_t		skip;		/* RX_SECRET: early data to pass over */
	struct hs_secret	secret;		/* *_SECRET; *_KEYS: the master secret,
						 * for a key log alone; the caller
						 * wipes it */
	struct hs_key_block	keys;		/* *_KEYS; the caller wipes it */
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
	struct hs_bytes		ocsp;		/* a DER OCSPResponse to staple
						 * (RFC 6066 8), or empty */
	struct hs_bytes		sct;		/* a SignedCertificateTimestampList
						 * (RFC 6962 3.3), or empty */
};

/* What a server knows when it chooses a certificate. */
struct hs_hello {
	struct hs_bytes	server_name;		/* empty if none was sent */
	const uint16_t	*schemes;		/* signature_algorithms; in TLS 1.2
						 * those alone whose kind of key
						 * and curve the peer takes */
	size_t		schemes_len;
	const uint16_t	*cert_schemes;		/* signature_algorithms_cert, or
						 * the same as schemes */
	size_t		cert_schemes_len;
	uint16_t	version;		/* that was agreed on */
	struct hs_bytes	authorities;		/* the DER names of RFC 8446 4.2.4,
						 * each behind its two length
						 * bytes; empty if none were sent */
};

/* A key that was agreed on in some other way, RFC 8446 4.2.11. */
struct hs_psk {
	struct hs_bytes		identity;	/* at most HS_TICKET_MAX bytes */
	struct hs_secret	key;
	uint8_t			hash;		/* enum hs_hash_alg; 0: SHA-256 */
	bool			imported;	/* hs_psk_import() made it */
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

	/* Server, TLS 1.2: sessions by session ID (RFC 5246 F.1.4). put keeps
	 * a copy of secret bytes, at most HS_STATE_MAX; get is as ticket_open;
	 * drop forgets (a fatal alert: RFC 5246 7.2.2). All may be NULL: no
	 * session IDs. */
	int (*session_put)(void *arg, struct hs_bytes id, struct hs_bytes state);
	int (*session_get)(void *arg, struct hs_bytes id,
			   uint8_t *out, size_t *out_len);
	void (*session_drop)(void *arg, struct hs_bytes id);

	/* Server: the external key of an identity as it is on the wire, which is
	 * how hs_psk_import() gives it, too; non-zero if there is none.
	 * Asked about each identity of a ClientHello (eight at most, tickets
	 * among them) until one is known, and about that of a session that is
	 * resumed and goes back to an external key. May be NULL. */
	int (*psk_find)(void *arg, struct hs_bytes identity, struct hs_psk *out);
	/* Server: has early data with this identifier (32 bytes) been seen
	 * before? 0 if not, and it is kept until then; non-zero refuses the
	 * early data, not the handshake. NULL: no early data is accepted.
	 * RFC 8446 8.2. */
	int (*early_data_fresh)(void *arg, const uint8_t id[32],
				uint64_t expires_ms);
};

/* RFC 8879: a certificate compression algorithm. Functions return 0 or not;
 * *out_len is the room, then the length. compress may be NULL. */
struct hs_compression {
	uint16_t alg;			/* 1 zlib, 2 brotli, 3 zstd */
	int (*compress)(struct hs_bytes in, uint8_t *out, size_t *out_len);
	int (*decompress)(struct hs_bytes in, uint8_t *out, size_t *out_len);
};

/* Does a server ask for the client's certificate, and go on without one?
 * verify_chain() judges what comes. A ticket, or a session under its ID, carries
 * the chain, which is judged again when the session is resumed; a chain that is
 * too long for that (HS_TICKET_MAX) gets none. A client with an external key is not asked:
 * the key says who it is. */
enum hs_client_auth {
	HS_CLIENT_AUTH_NONE, HS_CLIENT_AUTH_REQUEST, HS_CLIENT_AUTH_REQUIRE,
};

/* TLS 1.2: a HelloRequest or ClientHello after the handshake is answered with
 * a no_renegotiation warning, or the handshake is made anew under the same
 * handle, bound to the first as RFC 5746 says. */
enum hs_renegotiation { HS_RENEGOTIATION_REFUSE, HS_RENEGOTIATION_ALLOW };

/* Lists are in order of preference; a NULL list means the engine's default.
 * The configuration outlives every handle made from it. */
struct hs_config {
	enum hs_role		role;
	const struct hs_crypto	*crypto;
	const struct hs_host	*host;
	const uint16_t		*cipher_suites;		/* of both versions; TLS 1.2's
							 * default is ECDHE with GCM
							 * or ChaCha20-Poly1305 */
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
	bool			no_compat_mode;		/* client: RFC 8446 D.4 off */
	bool			server_cookie;		/* server: HelloRetryRequest
							 * carries a cookie */
	bool			no_resumption;
	unsigned int		tickets;		/* server: how many to send */
	uint32_t		ticket_lifetime;	/* seconds, at most 604800 */
	enum hs_client_auth	client_auth;		/* server */

	uint16_t		min_version;		/* 0: TLS 1.2 */
	uint16_t		max_version;		/* 0: TLS 1.3 */
	bool			fallback_scsv;		/* client: RFC 7507; said where
							 * max_version is TLS 1.2 and there
							 * is no session of it */
	bool			grease;			/* client: RFC 8701 */
	uint16_t		record_size_limit;	/* RFC 8449: that we receive,
							 * 64 to 16385 (with the type
							 * byte of TLS 1.3; it is cut to
							 * the version's maximum); 0: not
							 * sent, and a peer's not taken */
	const struct hs_compression *compressions;	/* certificates, RFC 8879 */
	size_t			compressions_len;
	bool			ocsp;			/* ask for a stapled response */
	bool			ocsp_required;		/* ... and fail without one */
	bool			sct;			/* ask for timestamps */
	struct hs_bytes		authorities;		/* certificate_authorities, as
							 * in struct hs_hello */

	/* TLS 1.3. */
	const struct hs_psk	*psks;			/* client: external keys to
							 * offer, behind a session */
	size_t			psks_len;
	bool			psk_ke;			/* RFC 8446 4.2.9: without a key
							 * exchange is fine too */
	bool			early_data;		/* client: send 0-RTT where the
							 * session allows it */
	uint32_t		max_early_data;		/* server: bytes; 0: none */
	uint32_t		early_data_window_ms;	/* server: RFC 8446 8.3; 0: the
							 * default, 10000 */
	bool			post_handshake_auth;	/* client: offer it */
	const uint8_t		*party;			/* 32 secret bytes, the same in
							 * every configuration of one
							 * party: its server refuses the
							 * ClientHello of its own client
							 * where external keys are used
							 * (the Selfie attack, RFC 9257
							 * 4.1). NULL: the caller sees to
							 * it that no key is used in both
							 * directions */

	/* TLS 1.2. */
	bool			ems_optional;		/* go on without RFC 7627 */
	bool			no_encrypt_then_mac;	/* RFC 7366 off */
	enum hs_renegotiation	renegotiation;
	uint16_t		max_fragment_length;	/* client, RFC 6066 4: 512, 1024,
							 * 2048 or 4096; 0: not sent */
	bool			user_mapping;		/* RFC 4681 by RFC 4680: client
							 * offers, server asks for */
	struct hs_bytes		user_principal;		/* client: user@domain, in UTF-8 */
	struct hs_bytes		user_domain;		/* either or both may be empty */
};
#define HS_STATE_MAX (HS_TICKET_MAX - 128)	/* of a session under its ID, with the
						 * client's chain */

/* A session that a client can resume: TLS 1.3 once, TLS 1.2 as often as it
 * likes. Owns what it points to. */
struct hs_session;
struct hs_session *hs_session_unpack(struct hs_bytes packed);
/* Returns the packed length; writes nothing if cap is less. */
size_t hs_session_pack(const struct hs_session *s, uint8_t *out, size_t cap);
/* Time, in ms since the epoch, after which it may not be used. */
uint64_t hs_session_expires(const struct hs_session *s);
struct hs_bytes hs_session_alpn(const struct hs_session *s);
uint16_t hs_session_version(const struct hs_session *s);
void hs_session_free(struct hs_session *s);

/* Are these user_principal and user_domain of a form that RFC 4681 6 allows, or
 * both empty? */
bool hs_mapping_valid(struct hs_bytes principal, struct hs_bytes domain);

/*
 * RFC 9258: makes of an external key the one for TLS 1.3, for the suites of one
 * hash (enum hs_hash_alg target) and for a context: any bytes, the same at both
 * ends and no secret; such as names of the client and the server, so that
 * neither end's messages are any good in the other direction. external's hash
 * is the one to derive with. Its key is for nothing else afterwards, not even
 * with another hash (4). A host imports a key for each hash that its suites have.
 *
 * out->identity, which is what goes over the wire, lies in room: HS_IMPORT_MORE
 * bytes more than external's identity and the context. Returns 0, or an alert
 * with out untouched: a key that is ill-formed or has been imported already, a
 * hash that is none, an identity of more than HS_TICKET_MAX bytes.
 */
#define HS_IMPORT_MORE 8
int hs_psk_import(const struct hs_crypto *crypto, const struct hs_psk *external,
		  struct hs_bytes context, uint8_t target, uint8_t *room,
		  struct hs_psk *out);

/* NULL without memory, if a list of the configuration has nothing that the
 * engine and the provider both know, or for an external key without bytes or
 * with an identity that is too long. */
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
	uint16_t	version;	/* agreed on by then, or 0 */
	uint8_t		alert_sent;	/* or HS_ALERT_NONE */
	uint8_t		alert_received;
	uint8_t		level;		/* of that alert: 1 warning, 2 fatal; 0
					 * without one */
	const char	*reason;	/* one sentence, never empty */
};
const struct hs_error *hs_error(const struct hs *hs);

struct hs_info {
	uint16_t	version, cipher_suite, group, signature_scheme;
	bool		resumed, early_data, retried;
	struct hs_bytes	alpn, server_name;
	const struct hs_bytes *peer_chain;	/* resumed: a server has the chain that
						 * the client showed back then (verified
						 * again now), a client none */
	size_t		peer_chain_len;
	struct hs_bytes	client_random;	/* names the session in a key log */
	bool		psk;		/* by an external key: psk_identity */
	bool		psk_ke;		/* ... without a key exchange */
	bool		post_handshake_auth; /* HS_DONE: the client offers it, and can be
					 * asked for a certificate */
	bool		extended_master_secret, encrypt_then_mac;
	bool		early_offered;	/* client: early data was sent for */
	uint16_t	peer_record_limit; /* most plaintext bytes in a protected
					 * record that we send, the type byte of
					 * TLS 1.3 not counted; 0: 16384. There
					 * already when the first protected
					 * handshake record comes out: who sends
					 * HS_OUT_RECORD cuts it (RFC 8449 4) */
	uint16_t	record_limit;	/* the same for what we receive */
	uint32_t	max_early_data;	/* client: that it may send as 0-RTT */
	struct hs_bytes	psk_identity;	/* resumed, server: of the external key
					 * that the session goes back to */
	struct hs_bytes	ocsp, sct;	/* the peer's leaf; there already when
					 * verify_chain() is called */
	struct hs_bytes	user_principal, user_domain;
};
/* What is known so far; complete once HS_DONE. Lives as long as hs. */
const struct hs_info *hs_info(const struct hs *hs);

/* RFC 8446 7.5, RFC 5705 (which tells no context from an empty one: data NULL
 * is none); only once HS_DONE. The early exporter of 7.5: once the keys for
 * early data are there, both roles. */
int hs_export(struct hs *hs, const char *label, struct hs_bytes context,
	      uint8_t *out, size_t len);
int hs_export_early(struct hs *hs, const char *label, struct hs_bytes context,
		    uint8_t *out, size_t len);
/* The secret that hs_export() starts from, for whoever exports without the
 * handle: TLS 1.3, exporter_master_secret; TLS 1.2, the master secret, the
 * client's random and the server's (112 bytes). */
#define HS_EXPORTER_MAX 112
size_t hs_exporter_pack(const struct hs *hs, uint8_t *out, size_t cap);

/* TLS 1.2, client, once HS_DONE: the session that was made, by ticket or by
 * session ID; NULL if there is none. The caller's to free. */
struct hs_session *hs_session_made(const struct hs *hs);
/* TLS 1.2, server, once HS_DONE: the ID under which session_put keeps this
 * session, or session_get had it; empty if it has none there. For whoever has to
 * drop it when the connection fails later. Until hs_free(). */
struct hs_bytes hs_session_id(const struct hs *hs);

/*
 * After the handshake, for those who keep the handle: hs_record() then takes
 * post-handshake messages too (a NewSessionTicket is passed over: see
 * hs_ticket_session()), but not KeyUpdate, which belongs to the record layer.
 * The server asks for a certificate (RFC 8446 4.6.2; several may be in
 * flight), either side renegotiates where the configuration allows it (TLS
 * 1.2). HS_ALERT_INTERNAL_ERROR, without ending the connection, where that is
 * not possible: the client does not offer it, or eight requests are open.
 * *context (from 1 on) names the request in hs_authenticated(), which is about
 * the newest HS_OUT_AUTHENTICATED that came out, as hs_info()'s chain is; from
 * the client's Certificate to its Finished there is no chain. A client without
 * a certificate is certificate_required where the configuration has REQUIRE,
 * and an empty chain otherwise. The client's answer is one RECORD, which has
 * to leave the record layer without anything in between (4.6.2).
 *
 * A handle that is kept holds struct hs (about 8 KiB), the peer's chain, and,
 * where the client offers to authenticate, one running hash and 1 KiB, with a
 * running hash for each open request; all else is given back once hs_next()
 * has nothing more to say. Who does not need it frees it: exporter, resumption
 * and session are packed by functions of their own.
 */
int hs_request_certificate(struct hs *hs, uint32_t *context);
uint32_t hs_authenticated(const struct hs *hs);
int hs_renegotiate(struct hs *hs);
/* The client's sending keys (seen from either side) were updated once more:
 * its later Finished is made with the new secret (RFC 8446 4.4). */
int hs_client_key_updated(struct hs *hs);

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
