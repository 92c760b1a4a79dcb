/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * tlsup: the generic netlink family "tlsup", version 1, and the channel.
 * This comment is the grammar; daemon/ and kmod/netlink.c follow it.
 *
 * Who. An agent (tlsupd) registers, and its netlink port is then the only
 * one that may accept requests and complete those that it accepted.
 * REGISTER, ACCEPT, DONE and FAIL need CAP_NET_ADMIN over the network
 * namespace (EPERM). GET_SOCKET and GET_STATS need it too: peers and names
 * are not for everybody. An agent serves the namespace of its socket.
 *
 * Requests. A socket that wants a handshake becomes a pending request. The
 * kernel sends READY to the newest agent; that agent accepts until EAGAIN.
 * While something has been pending for longer than half a second (the module's
 * parameter ready_again_ms), because that agent is stopped, busy, or short of
 * descriptors, READY goes to all agents, again and again at that interval; who
 * accepts first has it.
 *
 *	kernel -> agent   READY    { }                    unicast, only a hint
 *	agent -> kernel   ACCEPT   { }
 *	kernel -> agent   ACCEPT   { COOKIE, CHANNEL_FD, ROLE, DEADLINE_MS, UID,
 *				     [SERVER_NAME], [ALPN], PROFILE, VERIFY,
 *				     [EARLY_DATA_MAX], LOCAL_ADDR, PEER_ADDR }
 *			           or EAGAIN: nothing is pending
 *	... the handshake, through the channel ...
 *	agent -> kernel   DONE     { COOKIE, VERSION, CIPHER_SUITE, [GROUP],
 *				     [SIGNATURE_SCHEME], FLAGS, [ALPN],
 *				     [SERVER_NAME], [PEER_CHAIN], [SESSION],
 *				     [EXPORTER], [EARLY_DATA], [KEEP] }
 *	agent -> kernel   FAIL     { COOKIE, ERRNO, [VERSION], [ALERT_SENT],
 *				     [REASON] }
 *	kernel -> agent   CANCEL   { COOKIE }             unicast: it is over
 *
 * COOKIE is unique for the life of the module and means nothing else. A
 * request is completed exactly once: DONE or FAIL for one that is over (done,
 * cancelled, timed out), was never accepted, or belongs to another port is
 * ENOENT. DONE needs application traffic secrets in both directions (in TLS
 * 1.2: keys), no record that recvmsg() refused to give out for want of room
 * (EINVAL), and no unsent handshake bytes (EAGAIN). After READY is lost
 * (ENOBUFS) an agent accepts until EAGAIN. Replies carry NLMSG_ERROR when asked
 * for by NLM_F_ACK, with extended acknowledgement text.
 *
 * An agent that dies (its netlink socket closes) gives back what it had
 * accepted if no record and no secret went through the channel yet, in either
 * direction; the rest fails (ECONNABORTED). So does a request whose channel is
 * closed before DONE or FAIL, but it is given back three times at most.
 * Requests given back and those still pending wait for another agent until
 * their deadline; a channel of an earlier turn is stale. A new request without
 * any agent fails at once (ESRCH). ACCEPT by a port that is not registered is
 * EPERM; if it fails for want of descriptors or memory, the request stays first
 * in line, and READY is not sent for it at once.
 *
 * The channel is a socket (SOCK_SEQPACKET by nature, no family of its own)
 * and the agent's only way to the peer. It is non-blocking always.
 *
 *	recvmsg()	one record, decrypted by the read state; its content
 *			type in a SOL_TLS/TLS_GET_RECORD_TYPE control message
 *			(required; EINVAL otherwise). EMSGSIZE if the buffer is
 *			shorter than the record, which stays queued (16384 is
 *			enough, 16640 for what "Early data" names). 0: the
 *			peer's FIN. EAGAIN: no whole record. EBADMSG, EMSGSIZE,
 *			EPROTO: see <linux/tlsup.h>.
 *	sendmsg()	the bytes of one or more records of the type in the
 *			SOL_TLS/TLS_SET_RECORD_TYPE control message (required),
 *			at most 65536 bytes, cut into records and protected by
 *			the write state. All of it or EAGAIN.
 *	poll()		POLLIN: recvmsg() would not say EAGAIN. POLLOUT. POLLHUP:
 *			revoked.
 *	setsockopt()	SOL_TLSUP, TLSUP_CHANNEL_*, below.
 *
 * Any call after the request is over: ESTALE, and poll() says POLLHUP|POLLIN.
 * Application data (type 23) can be sent by nobody through a channel (EINVAL),
 * and none is given out of it: a record of type 23 is EPROTO, but for a
 * server's early data, below.
 *
 * Initially both states are NULL protection (RFC 5246 6.1). In TLS 1.2 a
 * change_cipher_spec passes in both directions like any other record; the agent
 * installs TX_KEYS behind its own, and RX_KEYS when it has received the peer's:
 * nothing behind that was looked at before.
 *
 * Early data, client (TLS 1.3). EARLY_DATA_MAX in ACCEPT: the application lets
 * so many bytes leave early; they wait in the kernel, written or not yet. The
 * agent that offers early_data sends ClientHello (and change_cipher_spec), sets
 * TLSUP_CHANNEL_EARLY_LIMIT to what the ticket allows, and installs TX_SECRET
 * of epoch EARLY. At that moment what was written leaves as application data
 * under it, cut at the limit; and so does what is written later, until either
 * the agent sends a record (its EndOfEarlyData, which therefore stands behind
 * all early data) or installs the next TX secret: of epoch HANDSHAKE, or, after
 * a HelloRetryRequest, of epoch INITIAL, without a secret and a suite, which
 * is the NULL state again (and allowed only there). From then on nothing leaves
 * before DONE. FLAGS of DONE say whether the server took it: with EARLY_DATA,
 * what has left is not sent again; without, all of it is. What the
 * application wrote and is still owed to the peer leaves at DONE, under the
 * application secret, before any later write.
 *
 * Early data, server. Under RX_SECRET of epoch EARLY, recvmsg() gives
 * records of type 23 out too; the agent counts them, and gives them back in
 * DONE's EARLY_DATA (and the flag of that name); read() then gives them first.
 * A server that refuses early data says how much is to be passed over
 * (TLSUP_CHANNEL_RX_SKIP); after a HelloRetryRequest it does so itself, since a
 * server's NULL state gives records of type 23 out too, of up to 16640 bytes.
 *
 * Record limits (TLSUP_CHANNEL_RECORD_LIMITS) hold from the moment they are
 * set: a server sets them before its EncryptedExtensions, a client when
 * it has read them, and in TLS 1.2 before the change_cipher_spec. Of
 * unprotected records, which RFC 8449 exempts and RFC 6066 doesn't, the
 * agent sees the length itself.
 *
 * After the handshake the kernel keeps the connection and tells the agent of
 * what it does not do itself:
 *
 *	kernel -> agent   POST     { COOKIE, MESSAGE, [SESSION] }  unicast to the
 *			   newest agent: a post-handshake message with its four
 *			   header bytes (a client's NewSessionTicket). SESSION is
 *			   what DONE left with the socket. No answer, or, if the
 *			   message breaks the protocol:
 *	agent -> kernel   FAIL     { COOKIE, ERRNO, [ALERT_SENT], [REASON] }
 *	kernel -> agent   FORGET   { COOKIE, SESSION }  unicast to each agent: the
 *			   connection ended in a fatal alert
 *
 * FAIL behind a POST is any registered agent's to say, while the connection is
 * open (ENOENT afterwards); it ends it as FAIL of a kept connection does, below. The
 * application's reads do not wait for that verdict, and a message that no agent
 * got is judged by nobody.
 *
 * FORGET: nothing may be resumed that came from this connection (RFC 5246 7.2.2,
 * RFC 8446 6.2). It is said once, for a connection whose DONE had SESSION, when a
 * fatal alert is received or sent, also if there was no room to send it; not
 * when a connection ends without close_notify, or is reset. The kernel has no
 * SESSION of it afterwards, and no POST follows. It is not lost for want of
 * memory; an agent whose receive queue was too full for it sees that (ENOBUFS)
 * and forgets all that it knows. An agent that registers later has nothing
 * that it would have to forget.
 *
 * TLS 1.2's NewSessionTicket belongs to the handshake (RFC 5077 3.3), so there is
 * no POST; a HelloRequest or ClientHello after DONE is answered by the kernel,
 * with a no_renegotiation warning.
 *
 * Post-handshake authentication (RFC 8446 4.6.2). An agent that has negotiated
 * it says KEEP in DONE, and keeps what it needs of the handshake under COOKIE:
 *
 *	kernel -> agent   ASK      { COOKIE, NUMBER, KEY_UPDATES, [MESSAGE] }
 *			   unicast to the agent that said KEEP, which has as long
 *			   as a handshake to answer
 *	agent -> kernel   ANSWER   { COOKIE, NUMBER, [MESSAGE], [FLAGS],
 *				     [PEER_CHAIN] }
 *	agent -> kernel   FAIL     { COOKIE, ERRNO, [ALERT_SENT], [REASON] }
 *	kernel -> agent   GONE     { COOKIE }   unicast: the connection ended
 *
 * Three things are asked:
 *	client: MESSAGE is a CertificateRequest. ANSWER's MESSAGE is Certificate
 *	    (or CompressedCertificate), [CertificateVerify,] Finished. Several may
 *	    be asked before the first is answered.
 *	server, without MESSAGE: the application wants the client's certificate
 *	    (TLSUP_REQUEST_CERTIFICATE). ANSWER's MESSAGE is a CertificateRequest.
 *	server, with MESSAGE: the client's Certificate (or CompressedCertificate),
 *	    [CertificateVerify,] Finished, as they came. ANSWER has the verdict: PEER_CHAIN, which
 *	    replaces that of DONE, with PEER_VERIFIED in FLAGS, or neither if the
 *	    client has no certificate and the profile lets that pass. No MESSAGE.
 * ANSWER's MESSAGE is sent as handshake records in one piece, between records
 * of application data, at once or as soon as there is room. KEY_UPDATES is
 * how often the client's sending key has been updated so far (seen from either
 * side); a client's does not change from ASK until its answer is sent, for which
 * a KeyUpdate, and what must go behind that, waits.
 * NUMBER counts a connection's ASKs from 1; ANSWER to one that is not open is
 * ENOENT. FAIL after DONE is allowed for a kept connection at any time, and
 * ends it: the kernel sends the fatal alert ALERT_SENT, since there is no
 * channel any more. So does (internal_error) an ASK that can't be delivered or
 * isn't answered in time, and the death of an agent with an ASK open. An agent
 * that is asked about a COOKIE that it doesn't know (it was restarted) says FAIL.
 * GONE may be lost (ENOBUFS): an agent bounds what it keeps.
 *
 * Observers:
 *
 *	GET_SOCKET  dump -> { SOCK_COOKIE, STATE, ROLE, LOCAL_ADDR, PEER_ADDR,
 *			   UID, INFO, [SERVER_NAME], [ALPN], [PROFILE] }
 *	GET_STATS   -> { STATS (nested TLSUP_STAT_*, u64 each) }
 *	multicast group "events" (CAP_NET_ADMIN to join):
 *	EVENT       { EVENT, SOCK_COOKIE, then as GET_SOCKET }
 */
#ifndef _UAPI_LINUX_TLSUP_NETLINK_H
#define _UAPI_LINUX_TLSUP_NETLINK_H

#include <linux/types.h>

#define TLSUP_GENL_NAME		"tlsup"
#define TLSUP_GENL_VERSION	1
#define TLSUP_GENL_MCGRP_EVENTS	"events"

enum tlsup_cmd {
	TLSUP_CMD_UNSPEC,
	TLSUP_CMD_REGISTER,	/* do: become an agent; EALREADY if it is one */
	TLSUP_CMD_READY,	/* notification */
	TLSUP_CMD_ACCEPT,	/* do */
	TLSUP_CMD_DONE,		/* do */
	TLSUP_CMD_FAIL,		/* do */
	TLSUP_CMD_CANCEL,	/* notification */
	TLSUP_CMD_POST,		/* notification */
	TLSUP_CMD_GET_SOCKET,	/* dump */
	TLSUP_CMD_GET_STATS,	/* do */
	TLSUP_CMD_EVENT,	/* multicast */
	TLSUP_CMD_ASK,		/* notification */
	TLSUP_CMD_ANSWER,	/* do */
	TLSUP_CMD_GONE,		/* notification */
	TLSUP_CMD_FORGET,	/* notification */
	__TLSUP_CMD_MAX,
};
#define TLSUP_CMD_MAX (__TLSUP_CMD_MAX - 1)

enum tlsup_attr {
	TLSUP_A_UNSPEC,
	TLSUP_A_COOKIE,		/* u64 */
	TLSUP_A_CHANNEL_FD,	/* s32, O_CLOEXEC, in the receiver's table */
	TLSUP_A_ROLE,		/* u32, TLSUP_ROLE_* */
	TLSUP_A_DEADLINE_MS,	/* u32, milliseconds left */
	TLSUP_A_UID,		/* u32, owner of the socket, in the reader's
				 * user namespace */
	TLSUP_A_SERVER_NAME,	/* binary, not terminated */
	TLSUP_A_ALPN,		/* binary: in ACCEPT the list as set by the
				 * application; elsewhere the name agreed on */
	TLSUP_A_PROFILE,	/* binary, not terminated */
	TLSUP_A_VERIFY,		/* u32, TLSUP_VERIFY_* */
	TLSUP_A_LOCAL_ADDR,	/* struct sockaddr_in or sockaddr_in6 */
	TLSUP_A_PEER_ADDR,
	TLSUP_A_VERSION,	/* u16 */
	TLSUP_A_CIPHER_SUITE,	/* u16 */
	TLSUP_A_GROUP,		/* u16 */
	TLSUP_A_SIGNATURE_SCHEME, /* u16 */
	TLSUP_A_FLAGS,		/* u32: TLSUP_F_RESUMED, _EARLY_DATA,
				 * _PEER_VERIFIED only; in ANSWER the last */
	TLSUP_A_PEER_CHAIN,	/* binary, as option TLSUP_PEER_CERTIFICATE; at
				 * most 65531 bytes fit an attribute */
	TLSUP_A_SESSION,	/* binary, at most TLSUP_SESSION_MAX: the agent's
				 * own note, of a client's or a server's socket,
				 * given back with every POST and with FORGET,
				 * and wiped with the socket */
	TLSUP_A_ERRNO,		/* u32, positive, of the handshake's table in
				 * <linux/tlsup.h>; others become EPROTO */
	TLSUP_A_ALERT_SENT,	/* u8 */
	TLSUP_A_ALERT_RECEIVED,	/* u8 */
	TLSUP_A_REASON,		/* binary text, at most TLSUP_REASON_MAX */
	TLSUP_A_MESSAGE,	/* binary */
	TLSUP_A_SOCK_COOKIE,	/* u64, as SO_COOKIE and ss -e show it */
	TLSUP_A_STATE,		/* u32, TLSUP_STATE_* */
	TLSUP_A_INFO,		/* struct tlsup_info, may grow at its end */
	TLSUP_A_STATS,		/* nested, TLSUP_STAT_* */
	TLSUP_A_EVENT,		/* u32, TLSUP_EVENT_* */
	TLSUP_A_PAD,
	TLSUP_A_EARLY_DATA_MAX,	/* u32, bytes; ACCEPT of a client */
	TLSUP_A_EARLY_DATA,	/* binary, at most TLSUP_EARLY_DATA_MAX: what a
				 * server's read() gives first */
	TLSUP_A_EXPORTER,	/* binary, secret: in TLS 1.3 the
				 * exporter_master_secret, in TLS 1.2 the master
				 * secret (48 bytes), the client's random and
				 * the server's (32 each) */
	TLSUP_A_KEEP,		/* flag: ask me about this connection */
	TLSUP_A_NUMBER,		/* u32, of an ASK */
	TLSUP_A_KEY_UPDATES,	/* u32 */
	__TLSUP_A_MAX,
};
#define TLSUP_A_MAX (__TLSUP_A_MAX - 1)

#define TLSUP_SESSION_MAX	1024

enum tlsup_event {
	TLSUP_EVENT_UNSPEC,
	TLSUP_EVENT_OPEN,	/* a handshake succeeded */
	TLSUP_EVENT_FAILED,	/* a handshake or a connection failed */
	TLSUP_EVENT_CLOSED,	/* an open socket was closed */
};

/* Counters of a network namespace since the module was loaded; u64 each. */
enum tlsup_stat {
	TLSUP_STAT_UNSPEC,
	TLSUP_STAT_ATTACHED,		/* sockets that took the ULP */
	TLSUP_STAT_SOCKETS,		/* alive now (a gauge) */
	TLSUP_STAT_PENDING,		/* requests pending or at work (a gauge) */
	TLSUP_STAT_AGENTS,		/* registered now (a gauge) */
	TLSUP_STAT_REQUESTS,		/* handshakes asked for */
	TLSUP_STAT_DONE,
	TLSUP_STAT_FAILED,
	TLSUP_STAT_CANCELLED,		/* the application closed first */
	TLSUP_STAT_TIMED_OUT,
	TLSUP_STAT_RESUMED,
	TLSUP_STAT_TX_RECORDS,
	TLSUP_STAT_RX_RECORDS,
	TLSUP_STAT_TX_BYTES,
	TLSUP_STAT_RX_BYTES,
	TLSUP_STAT_DECRYPT_ERRORS,
	TLSUP_STAT_TX_KEY_UPDATES,
	TLSUP_STAT_RX_KEY_UPDATES,
	TLSUP_STAT_POST_SENT,		/* POST that reached an agent */
	TLSUP_STAT_POST_DROPPED,
	TLSUP_STAT_TRUNCATED,		/* FIN without close_notify */
	__TLSUP_STAT_MAX,
};
#define TLSUP_STAT_MAX (__TLSUP_STAT_MAX - 1)

/*
 * Options of a channel, level SOL_TLSUP, setsockopt only. The kernel wipes
 * its copies; the caller wipes its own. A direction's state changes at once:
 * bytes sent before leave under the old state, the next recvmsg() is read
 * under the new one. EBUSY: a record of the old state is not yet wholly sent.
 */
enum {
	/* struct tlsup_secret: TLS 1.3, a traffic secret (RFC 8446 7.1). The
	 * kernel derives key and iv (7.3) and counts from 0. */
	TLSUP_CHANNEL_TX_SECRET	= 101,
	TLSUP_CHANNEL_RX_SECRET	= 102,
	/* struct tlsup_key_block: TLS 1.2, the parts of the key block
	 * (RFC 5246 6.3). Counts from 0, so it is installed at the
	 * ChangeCipherSpec, before Finished. */
	TLSUP_CHANNEL_TX_KEYS	= 103,
	TLSUP_CHANNEL_RX_KEYS	= 104,
	/* struct tlsup_record_limits: in plaintext bytes, the type byte that
	 * TLS 1.3 adds not counted. */
	TLSUP_CHANNEL_RECORD_LIMITS = 105,
	/* __u32: a client's early data, in plaintext bytes, for TX_SECRET of
	 * epoch EARLY, which comes after it. Not set: none leaves early. */
	TLSUP_CHANNEL_EARLY_LIMIT = 106,
	/* __u32: a server that refused early data passes over records of type
	 * 23 that don't open under RX_SECRET of epoch HANDSHAKE, until a first
	 * one does (RFC 8446 4.2.10). Each costs the length behind its header
	 * less 17 bytes (tag and type), and at least 1; when the costs get
	 * beyond this number it is EBADMSG as ever. Set before that secret. */
	TLSUP_CHANNEL_RX_SKIP	= 107,
};

enum {
	TLSUP_EPOCH_INITIAL	= 0,
	TLSUP_EPOCH_EARLY	= 1,
	TLSUP_EPOCH_HANDSHAKE	= 2,
	TLSUP_EPOCH_APPLICATION	= 3,
};

#define TLSUP_SECRET_MAX	64

struct tlsup_secret {
	__u16	version;	/* TLSUP_VERSION_1_3 */
	__u16	cipher_suite;	/* IANA number: 0x1301, 0x1302 or 0x1303 */
	__u8	epoch;		/* TLSUP_EPOCH_*, never going back */
	__u8	length;		/* of secret: the hash's output */
	__u8	reserved[2];	/* 0 */
	__u8	secret[TLSUP_SECRET_MAX];
};

struct tlsup_record_limits {
	__u16	tx;		/* 63 to 16384; 0: 16384 */
	__u16	rx;		/* the same; of protected records, beyond it
				 * EMSGSIZE (record_overflow) */
};

struct tlsup_key_block {
	__u16	version;	/* TLSUP_VERSION_1_2 */
	__u16	cipher_suite;	/* an AEAD suite */
	__u8	key_length;
	__u8	iv_length;	/* 4 (AES-GCM salt) or 12 (ChaCha20) */
	__u8	reserved[2];	/* 0 */
	__u8	key[32];
	__u8	iv[12];
	__u8	pad[4];		/* 0 */
};

#endif /* _UAPI_LINUX_TLSUP_NETLINK_H */
