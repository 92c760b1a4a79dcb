/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine: the state of one handshake, shared by the files of the engine and
 * by nobody else.
 */
#ifndef HS_ENGINE_H
#define HS_ENGINE_H

#include "hs_crypto.h"
#include "msg.h"
#include "queue.h"
#include "schedule.h"
#include "session.h"
#include "suites.h"
#include "transcript.h"
#include "wire.h"

#define HS_SHARES_MAX	4

/* The states of RFC 8446 Appendix A.1 and A.2; and, behind WAIT_FINISHED, those
 * that RFC 5246 7.3 draws without a name. */
enum hs_st {
	HS_ST_START,
	HS_ST_WAIT_SH, HS_ST_WAIT_EE, HS_ST_WAIT_CERT_CR,
	HS_ST_WAIT_CERT, HS_ST_WAIT_CV, HS_ST_WAIT_FINISHED, HS_ST_WAIT_EOED,
	HS_ST_WAIT_CERT_STATUS, HS_ST_WAIT_SKE, HS_ST_WAIT_CR_SHD,
	HS_ST_WAIT_SHD, HS_ST_WAIT_SD_CERT, HS_ST_WAIT_SD_CKE,
	HS_ST_WAIT_CKE, HS_ST_WAIT_NST, HS_ST_WAIT_CCS,
	HS_ST_CONNECTED,
	/* RFC 8446 4.6.2 has no names for these; server. */
	HS_ST_POST_CERT, HS_ST_POST_CV, HS_ST_POST_FINISHED,
	HS_ST_COUNT,
};

/*
 * What the extensions of the message under way said: views into that message,
 * cleared when its handler has returned. Both roles; an absent extension has
 * no data.
 */
struct hs_seen {
	uint64_t	present;	/* bit per row of the extension table */
	uint16_t	version;	/* supported_versions that was selected */
	struct hs_bytes	versions;	/* ... or offered */
	struct hs_bytes	groups, schemes, cert_schemes, cookie, psk_modes;
	struct hs_bytes	shares;		/* client_shares */
	uint16_t	share_group;	/* the server's share, */
	struct hs_bytes	share;		/* or a retry's group and no share */
	struct hs_bytes	identities, binders;
	struct hs_bytes	suites;		/* of the ClientHello itself */
	uint16_t	psk_index;	/* selected_identity */
	struct hs_bytes	alpn;		/* ProtocolNameList */
	struct hs_bytes	server_name;
	struct hs_bytes	ticket;		/* session_ticket */
	struct hs_bytes	renegotiated;	/* renegotiated_connection */
	bool		etm;		/* encrypt_then_mac */
	bool		mapping;	/* user_mapping, with the type we know */
	uint8_t		fragment;	/* max_fragment_length's code */
	struct hs_bytes	authorities;
	uint16_t	record_limit;
};

/* A key share of ours in the ClientHello. */
struct hs_own_share {
	uint16_t	group;
	struct hs_kx	*kx;
	size_t		len;
	uint8_t		*share;
};

/* A pre-shared key that a client offers. */
struct hs_offer {
	struct hs_bytes		identity;
	uint32_t		age;		/* obfuscated */
	const struct hs_secret	*key;
	enum hs_hash_alg	hash;
	bool			external, imported;
};

/* A pre-shared key that a server found among those offered. */
struct hs_choice {
	bool			found, external, imported;
	uint16_t		index;
	uint32_t		age;		/* obfuscated */
	enum hs_hash_alg	hash;
	struct hs_secret	key;
	struct hs_bytes		binder;		/* view into the message */
	/* Of the ticket, for early data: */
	uint16_t		cipher_suite;
	uint32_t		age_add, max_early_data;
	uint64_t		issued_ms, began_ms;
	bool			same_alpn;
};

/* RFC 8701: where a client puts a value that nobody knows. */
enum hs_grease_list {
	HS_GREASE_SUITE, HS_GREASE_GROUP, HS_GREASE_VERSION, HS_GREASE_SCHEME,
	HS_GREASE_ALPN, HS_GREASE_PSK_MODE, HS_GREASE_EXT, HS_GREASE_EXT_LAST,
	HS_GREASE_LISTS,
};

struct hs_machine;
struct hs_post;

struct hs {
	const struct hs_config	*config;
	const struct hs_crypto	*crypto;
	const struct hs_host	*host;
	void			*host_arg;
	const struct hs_machine	*machine;
	struct hs_policy	policy;

	enum hs_run		run;
	enum hs_st		state;
	int			failure;	/* sticky; 0 or an alert */
	struct hs_error		error;
	char			reason[HS_REASON_MAX];

	struct hs_queue		queue;
	size_t			send_at;	/* the message being written */
	struct hs_buf		in;		/* messages being put together */
	struct hs_bytes		message;	/* the one being handled */
	bool			hello_seen;	/* a ClientHello passed by */
	unsigned int		ignored;	/* records dropped by rule */

	struct hs_info		info;
	struct hs_seen		seen;
	uint64_t		requested;	/* extensions in ClientHello,
						 * sent or received: bit per row */
	uint64_t		requested_cert;	/* ... in CertificateRequest */
	uint8_t			client_random[32], server_random[32];
	uint8_t			session_id[32];
	uint8_t			session_id_len;
	bool			ccs_sent;
	struct hs_buf		hello;		/* ClientHello1, or the client's
						 * newest one until it is in the
						 * transcript */
	struct hs_buf		cookie;

	const struct hs_suite	*suite;
	struct hs_transcript	transcript;
	uint8_t			hash_before[HS_HASH_MAX]; /* without the message
							   * being handled */
	struct hs_schedule	schedule;
	struct hs_secret	client_hs, server_hs;
	struct hs_secret	client_ap, exporter, resumption;
	struct hs_secret	client_early, early_exporter;
	enum hs_hash_alg	early_hash;
	uint32_t		early_left;	/* server: bytes still to be taken or
						 * passed over */

	char			server_name[HS_NAME_MAX + 1];
	struct hs_buf		alpn;		/* ours, if not the config's */
	uint8_t			alpn_selected[255];

	/* Client. */
	uint8_t			grease[HS_GREASE_LISTS];
	uint16_t		retry_group;
	struct hs_own_share	shares[HS_SHARES_MAX];
	size_t			shares_len;
	struct hs_session	*session;	/* to be resumed */
	bool			psk_offered;
	bool			early_pending;	/* the write state is the early one */
	bool			cert_requested;
	struct hs_list		peer_schemes, peer_cert_schemes;
	struct hs_buf		authorities;	/* of CertificateRequest */

	struct hs_secret	psk;		/* client: that was selected */

	/* Server. */
	struct hs_choice	choice;
	struct hs_buf		psk_identity;
	struct hs_bytes		server_share;	/* while ServerHello is built */
	bool			psk_dhe_ke, psk_ke;	/* the client's modes */
	bool			skip_early;	/* 4.2.10, after a retry */

	/* TLS 1.2. */
	struct hs_secret	master;
	struct hs_key_block	client_keys, server_keys;
	struct hs_buf		log;		/* all messages so far, while a
						 * signature may be made of them */
	bool			logging;
	bool			ccs_passed;	/* one was dropped for 1.3's sake */
	bool			scsv;		/* RFC 5746's, in ClientHello */
	struct hs_kx		*kx;		/* server: its ephemeral key */
	struct hs_buf		peer_share;	/* client: the server's */
	struct hs_session	*session12;	/* client: to be resumed */
	bool			ticket_follows;	/* the ServerHello said so */
	struct hs_buf		ticket;		/* client: that came, */
	uint32_t		ticket_lifetime; /* and its hint */
	uint8_t			kept_id[32];	/* server: what session_put has */
	uint8_t			kept_id_len;	/* of ours; 0: nothing */
	bool			renegotiating;	/* not the first handshake: */
	uint8_t			verify_data[24]; /* of the last one, the client's
						  * and the server's */
	bool			etm_before;
	struct hs_buf		first_chain;	/* client: the server's */
	uint8_t			fragment;	/* max_fragment_length's code, agreed on */
	bool			mapping;	/* user_mapping was agreed on */
	struct hs_buf		user;		/* server: a byte, what came by it */
	bool			status_announced; /* a CertificateStatus may come */
	struct hs_buf		ocsp;		/* that came in one */

	/* What the peer wants with our certificate, and the one that is being
	 * sent. */
	bool			ocsp_asked, sct_asked;
	const struct hs_certificate *sending;
	struct hs_buf		sct;		/* of a ServerHello */
	const struct hs_compression *compression;	/* for our certificate */

	bool			post_auth;	/* the client offers it */
	struct hs_post		*post;		/* ... and the handshake is over */
	struct hs_bytes		auth_context;	/* of the Certificate that we send */

	/* The peer's chain: a copy of its list, and views into it. */
	struct hs_buf		peer;
	struct hs_bytes		peer_chain[HS_CHAIN_MAX];
};

/* grease.c */
bool hs_greased(const struct hs *hs);
int hs_grease_draw(struct hs *hs);
uint16_t hs_grease(const struct hs *hs, enum hs_grease_list list);
/* These write nothing where the configuration wants none. */
void hs_grease_put(const struct hs *hs, enum hs_grease_list list,
		   struct hs_buf *b);
void hs_grease_psk_mode(const struct hs *hs, struct hs_buf *b);
void hs_grease_share(const struct hs *hs, struct hs_buf *b);
void hs_grease_protocol(const struct hs *hs, struct hs_buf *b);
void hs_grease_ext(const struct hs *hs, bool last, struct hs_buf *b);

/* What is asked of the machine: a row for each message that may come in a
 * state. hs_start() is a row too, for it moves the client on. */
struct hs_step {
	enum hs_st	state;
	enum hs_mt	message;
	int (*handle)(struct hs *hs, struct hs_bytes body);
	uint32_t	next;		/* bit per state it may lead to */
	uint8_t		flags;
};

enum {
	HS_BOUNDARY = 1,	/* keys change after it (RFC 8446 5.1) */
	HS_OWN_HASH = 2,	/* the handler puts it into the transcript */
	HS_HASH_BEFORE = 4,	/* it vouches for all messages before it */
};
#define HS_TO(state) (1u << HS_ST_##state)

struct hs_machine {
	const char		*name;
	const struct hs_step	*steps;
	size_t			n;
	/* The table that a message has to be looked up in: the peer's hello
	 * may choose an older version. NULL: always this one. */
	const struct hs_machine *(*hand_over)(const struct hs *hs,
					      enum hs_mt message,
					      struct hs_bytes body);
};

extern const struct hs_machine hs_client13, hs_server13;
extern const struct hs_machine hs_client12, hs_server12;

const char *hs_st_name(enum hs_st st);

/* machine.c: records the first failure, drops what was queued, queues the
 * alert; returns it. alert may be HS_ALERT_NONE. */
int hs_fail(struct hs *hs, int alert, const char *reason);
/* Queues a warning. */
void hs_warn(struct hs *hs, int alert);
/* hs.c: something that is passed over by rule; an alert if it is too much. */
int hs_ignore(struct hs *hs);
/* The handler's last statement. */
int hs_goto(struct hs *hs, enum hs_st next);
int hs_machine_run(struct hs *hs, enum hs_mt message, struct hs_bytes body,
		   bool at_boundary);
/* A record's content: all messages that it completes. */
int hs_machine_feed(struct hs *hs, struct hs_bytes data);

/* Puts a message into the transcript (and the log). */
int hs_transcript_put(struct hs *hs, struct hs_bytes message);

/* version.c: does a ClientHello that is to be sent, or was agreed on, go with
 * this version? */
bool hs_hello_offers(const struct hs *hs, uint16_t version);
/* Server: what the ClientHello and we can both do, or 0; an alert if it can't be
 * read. */
int hs_version_choose(const struct hs *hs, const struct hs_client_hello *m,
		      uint16_t *version);
const struct hs_machine *hs_client_hand_over(const struct hs *hs,
					     enum hs_mt message,
					     struct hs_bytes body);
const struct hs_machine *hs_server_hand_over(const struct hs *hs,
					     enum hs_mt message,
					     struct hs_bytes body);

/* client13.c: the first ClientHello, whatever it offers. */
int hs_client_begin(struct hs *hs, struct hs_bytes body);
/* ... and a server's random that tells of a better version (4.1.3). */
bool hs_downgraded(struct hs_bytes random);

/* Sends a message: open, write the body to the buffer, close. Closing adds it
 * to the transcript if there is one. Before that, hs_send_patch() shows the
 * message with its length in place. */
struct hs_buf *hs_send_open(struct hs *hs, enum hs_mt type);
struct hs_bytes hs_send_patch(struct hs *hs);
int hs_send_close(struct hs *hs);
/* RFC 8446 D.4: at most once in a handshake. */
int hs_send_ccs(struct hs *hs);

/* client13.c: the keys of the shares that a client sent. */
void hs_shares_free(struct hs *hs);

/* keys.c: the steps of the schedule that both roles take. */
int hs_keys_shared(const struct hs_shared *shared);
/* 7.1: without a key exchange, zeros. */
void hs_keys_no_exchange(const struct hs *hs, struct hs_shared *shared);
/* client_early and early_exporter. hash: of the ClientHello. */
int hs_keys_early(struct hs *hs, enum hs_hash_alg alg,
		  const struct hs_secret *psk, const uint8_t *hash);
int hs_keys_handshake(struct hs *hs, const struct hs_secret *psk,
		      const struct hs_shared *shared);
int hs_keys_application(struct hs *hs, struct hs_secret *client_ap,
			struct hs_secret *server_ap);
int hs_keys_resumption(struct hs *hs);

/* keys12.c: the same for TLS 1.2. The shared secret is wiped. */
int hs_keys12_master(struct hs *hs, struct hs_shared *premaster);
int hs_keys12_expand(struct hs *hs);
/* A number without zeros in front. */
struct hs_bytes hs_number(struct hs_bytes n);
/* The peer's public value in the finite field of hs->info.group; it may have zeros
 * in front, but no more bytes than a share. */
int hs_keys12_check_public(struct hs *hs, struct hs_bytes share);
/* change_cipher_spec, and what follows it at once. */
int hs_send_ccs12(struct hs *hs);
int hs_recv_ccs12(struct hs *hs, struct hs_bytes body);
int hs_send_finished12(struct hs *hs);
int hs_recv_finished12(struct hs *hs, struct hs_bytes body);
/* The handshake is over: says so, and wipes what was for it alone. */
int hs_done12(struct hs *hs);
int hs_export12(const struct hs *hs, const char *label, struct hs_bytes context,
		uint8_t *out, size_t len);

/* resume12.c. Client: sets the session ID for what is offered; looks at the one
 * that came back (hs->info.resumed says what it means); NewSessionTicket. */
int hs_resume12_offer(struct hs *hs);
int hs_resume12_answered(struct hs *hs, struct hs_bytes session_id);
int hs_resume12_recv_ticket(struct hs *hs, struct hs_bytes body);
/* Server: finds a session for a ClientHello (hs->info.resumed); otherwise says
 * in the ServerHello how it will be kept; keeps it; forgets it. */
int hs_resume12_choose(struct hs *hs, struct hs_bytes session_id,
		       struct hs_bytes suites);
int hs_resume12_promise(struct hs *hs);
int hs_resume12_keep(struct hs *hs);
void hs_resume12_drop(struct hs *hs);

/* server12.c: a ClientHello, the first or a later one. */
int hs_server12_hello(struct hs *hs, struct hs_bytes body);
/* What is waited for behind ServerHelloDone, or SupplementalData. */
int hs_server12_after_hello(struct hs *hs);
/* mapping12.c */
int hs_mapping_send(struct hs *hs);
int hs_mapping_recv(struct hs *hs, struct hs_bytes body);

/* renegotiate12.c: handlers for what comes, or is wanted, once CONNECTED; and for
 * a HelloRequest before that. */
int hs_recv_hello_request(struct hs *hs, struct hs_bytes body);
int hs_pass_hello_request(struct hs *hs, struct hs_bytes body);
int hs_client_again(struct hs *hs, struct hs_bytes body);
int hs_server_again(struct hs *hs, struct hs_bytes body);
int hs_send_hello_request(struct hs *hs, struct hs_bytes body);

/* psk.c: what a client offers, in this order: its session, the external keys
 * of the configuration. False behind the last one. */
bool hs_psk_offered(const struct hs *hs, size_t index, struct hs_offer *out);
/* May this session be offered now, with these suites? */
bool hs_psk_usable(const struct hs *hs, const struct hs_session *s);
bool hs_psk_valid(const struct hs_psk *psk);
enum hs_hash_alg hs_psk_hash(const struct hs_psk *psk);
/* Client: fills in the binders of a ClientHello. Server: checks one. */
int hs_psk_bind(struct hs *hs, struct hs_bytes message);
int hs_psk_check_binder(struct hs *hs, const struct hs_choice *c);

/* psk_choose.c: a server finds a key in the ClientHello (hs->choice.found says
 * whether), and, once it is clear that there is no retry, takes it. */
int hs_psk_find(struct hs *hs);
int hs_psk_take(struct hs *hs);
void hs_psk_forget(struct hs *hs);
/* Does the client list a mode that we take? */
bool hs_psk_mode_common(const struct hs *hs);
/* Either role: is a pre-shared key used, and no certificate? */
static inline bool hs_psk_used(const struct hs *hs)
{
	return hs->info.resumed || hs->info.psk;
}

/* post13.c: what is kept of the handshake, which is still in the transcript, if
 * the client offers to authenticate later; handlers. */
int hs_post_begin(struct hs *hs, const struct hs_secret *client_ap);
void hs_post_free(struct hs *hs);
int hs_post_recv_request(struct hs *hs, struct hs_bytes body);
int hs_post_recv_ticket(struct hs *hs, struct hs_bytes body);
int hs_post_recv_certificate(struct hs *hs, struct hs_bytes body);
int hs_post_recv_compressed(struct hs *hs, struct hs_bytes body);
/* The request with this context is the one that is answered by the message. */
int hs_post_match(struct hs *hs, struct hs_bytes context);
int hs_post_recv_verify(struct hs *hs, struct hs_bytes body);
int hs_post_recv_finished(struct hs *hs, struct hs_bytes body);

/* client13.c: a CertificateRequest's extensions; Certificate and, if there is
 * one, CertificateVerify in answer. */
int hs_client_read_request(struct hs *hs,
			   const struct hs_certificate_request *m);
int hs_client_send_certificate(struct hs *hs);

/* party.c: the client's random, once it is there, and its recognition. */
int hs_party_mark(struct hs *hs);
int hs_party_check(struct hs *hs);

/* early.c. Client: is early data offered; the secret behind the ClientHello;
 * what a retry, EncryptedExtensions and the server's Finished make of it. */
bool hs_early_wanted(const struct hs *hs);
int hs_early_start(struct hs *hs);
void hs_early_retried(struct hs *hs);
int hs_early_settle(struct hs *hs);
int hs_early_end(struct hs *hs);
/* Server: do tickets announce it; is it taken with this key, whose binder was
 * right (hs->info.early_data); its keys, once the ClientHello is in the
 * transcript; a record of it. */
bool hs_early_announced(const struct hs *hs);
void hs_early_decide(struct hs *hs, const struct hs_choice *c);
int hs_early_expect(struct hs *hs);
int hs_early_recv(struct hs *hs, const uint8_t *data, size_t len);
/* What may be passed over, by the count of hs.h; a record that is. */
uint32_t hs_early_skip(const struct hs *hs);
int hs_early_skip_record(struct hs *hs, size_t len);

/* ticket.c */
int hs_ticket_send_all(struct hs *hs);

/* server13.c: the suite that the ClientHello leads to, for a key of this hash
 * (HS_HASH_NONE: any); 0 without one. */
uint16_t hs_server_suite(const struct hs *hs, enum hs_hash_alg alg);

/* auth.c: certificates and Finished, either role. */
int hs_auth_send_certificate(struct hs *hs, const struct hs_certificate *cert);
int hs_auth_send_verify(struct hs *hs, const struct hs_certificate *cert,
			uint16_t scheme);
int hs_auth_send_finished(struct hs *hs, const struct hs_secret *base);
int hs_auth_recv_certificate(struct hs *hs, struct hs_bytes body);
/* ... of RFC 8879, in cert_compress.c */
int hs_auth_recv_compressed(struct hs *hs, struct hs_bytes body);
/* The peer's chain from a ticket: certificates, each behind three bytes of
 * length. */
bool hs_auth_restore_chain(struct hs *hs, struct hs_bytes packed);
/* Does what a session says of its client still count? A certificate was asked for
 * then if it is asked for now; and the chain is verified once more, for it may have
 * expired or been revoked. Then it is the peer's. */
bool hs_auth_client_stands(struct hs *hs, bool asked, struct hs_bytes chain);
int hs_auth_recv_verify(struct hs *hs, struct hs_bytes body);
int hs_auth_recv_finished(struct hs *hs, struct hs_bytes body,
			  const struct hs_secret *base);
/* auth12.c: certificates and signatures of TLS 1.2, either role. */
int hs_auth12_send_certificate(struct hs *hs,
			       const struct hs_certificate *cert);
int hs_auth12_recv_certificate(struct hs *hs, struct hs_bytes body);
/* verify_chain() for what was received. */
int hs_auth12_trust(struct hs *hs);
/* The first scheme of the certificate that the peer takes, for this kind of key;
 * or 0. */
uint16_t hs_auth12_scheme(const struct hs_certificate *cert,
			  const struct hs_list *peer, enum hs_suite_auth auth);
/* ServerKeyExchange's params, signed with both randoms: RFC 8422 5.4. */
int hs_auth12_sign_params(struct hs *hs, const struct hs_certificate *cert,
			  uint16_t scheme, struct hs_bytes params, uint8_t *sig,
			  size_t *sig_len);
int hs_auth12_verify_params(struct hs *hs, uint16_t scheme,
			    struct hs_bytes params, struct hs_bytes sig);
int hs_auth12_send_verify(struct hs *hs, const struct hs_certificate *cert,
			  uint16_t scheme);
int hs_auth12_recv_verify(struct hs *hs, struct hs_bytes body);

/* The first scheme of the certificate that the peer takes, or 0. */
uint16_t hs_auth_scheme(const struct hs_certificate *cert,
			const struct hs_list *peer);
/* Those schemes of the wire that exist here. */
struct hs_list hs_auth_schemes(struct hs_bytes wire);

#endif /* HS_ENGINE_H */
