/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * tlsup: the manual for applications. Everything a program may say to a
 * tlsup socket, and everything it may hear.
 *
 * A TCP socket takes the upper layer protocol "tlsup":
 *
 *	setsockopt(fd, SOL_TCP, TCP_ULP, "tlsup", sizeof("tlsup"));
 *
 * in any state: before connect(), on a listener (accepted sockets inherit
 * it), or on a connected socket. Nothing changes until one of two modes is
 * chosen, and a socket never leaves the mode it chose (EBUSY):
 *
 * kTLS mode: the application installs keys itself, by SOL_TLS and the
 * structures of <linux/tls.h>. Options, record-type control messages and
 * errno are those of the kernel's own TLS (Documentation/networking/tls.rst).
 *
 * Upgrade mode: the application says whom it wants to talk to, by the
 * SOL_TLSUP options below, and tlsupd makes the handshake. Afterwards
 * read(), write(), poll(), splice() and sendfile() carry application data
 * only. No byte that is written before the handshake is over leaves as
 * plaintext: writes wait for it (or fail with EAGAIN).
 *
 *   client	SERVER_NAME [, ALPN, PROFILE, VERIFY], then connect();
 *		or connect() first, and START when the protocol says so.
 *   server	PROFILE [, ALPN] on the listener; accept() gives a socket whose
 *		handshake is under way. Or START on a connected socket.
 *
 * Blocking: connect() and START return when the handshake is over; a signal
 * ends the wait with EINTR (the handshake goes on; a second connect() or
 * START waits again). Non-blocking: EINPROGRESS, then POLLOUT, then SO_ERROR,
 * as connect() has always done. A socket from accept() is never waited for by
 * accept(): its first read or write waits (or EAGAIN), and POLLOUT tells.
 *
 * Errors. The first failure is final: the connection is closed, later calls
 * return EPIPE (write) or the same errno once through SO_ERROR, and
 * TLSUP_INFO keeps errno, alert and a sentence of reason until close().
 *
 *   while the handshake is made
 *	ESRCH		no tlsupd is registered in this network namespace
 *	ETIMEDOUT	the handshake's deadline passed
 *	EDQUOT		too many handshakes under way (for this user, or in all)
 *	EDESTADDRREQ	a client without a name to verify the peer by
 *	ENOKEY		tlsupd has no such profile, or it has no certificate
 *			or trust anchor for this role
 *	EKEYREJECTED	the peer's certificate chain is not trusted
 *	EKEYEXPIRED	the peer's certificate has expired or is not yet valid
 *	EKEYREVOKED	the peer's certificate has been revoked
 *	EREMCHG		the peer's certificate is for another name
 *	EACCES		the peer refused our certificate, or asks for one
 *	EPROTONOSUPPORT	no version, cipher suite, group, signature scheme or
 *			application protocol in common
 *	EPROTO		the peer broke the protocol, or said that we did
 *	EBADMSG		a record that does not authenticate
 *	ECONNRESET	the peer closed or reset the connection
 *	ECONNABORTED	tlsupd gave up, or died after it had sent a byte
 *   afterwards
 *	EBADMSG		a record that does not authenticate
 *	EMSGSIZE	a record longer than the protocol allows
 *	EPROTO		the peer broke the protocol
 *	ECONNABORTED	the peer sent a fatal alert (INFO has its number)
 *	ECONNRESET	the connection ended without close_notify: what was
 *			read so far may be truncated (RFC 8446 6.1)
 *	EPIPE		write after shutdown or after an error
 *   from setsockopt() and getsockopt()
 *	EINVAL		wrong length, value, flag, or non-zero reserved byte
 *	EISCONN		too late: the handshake is over
 *	EALREADY	the handshake is under way
 *	EBUSY		the socket is in the other mode, or a plain read or
 *			write that began before is still waiting in it
 *	ENOTCONN	INFO and the like before there is anything to tell;
 *			START on a socket that is not connected
 *	ENODATA		there is no such thing (no certificate, no ALPN)
 *	ENOPROTOOPT	no such option
 */
#ifndef _UAPI_LINUX_TLSUP_H
#define _UAPI_LINUX_TLSUP_H

#include <linux/types.h>

/* The name for TCP_ULP. */
#define TLSUP_ULP_NAME		"tlsup"

/* Level for setsockopt() and getsockopt(); "tl". */
#ifndef SOL_TLSUP
#define SOL_TLSUP		0x746c
#endif

/* Protocol versions as on the wire (RFC 8446 4.2.1). */
#define TLSUP_VERSION_1_2	0x0303
#define TLSUP_VERSION_1_3	0x0304

/* Limits, in bytes, without a terminating NUL. */
#define TLSUP_SERVER_NAME_MAX	255	/* RFC 1035 2.3.4 */
#define TLSUP_ALPN_MAX		256	/* the whole list */
#define TLSUP_PROFILE_MAX	63
#define TLSUP_REASON_MAX	127
#define TLSUP_PEER_CHAIN_MAX	65536	/* DER, the whole chain */
#define TLSUP_EARLY_DATA_MAX	16384
#define TLSUP_EXPORTER_LABEL_MAX 249	/* RFC 8446 7.1: 255 with "tls13 " */
#define TLSUP_EXPORTER_CONTEXT_MAX 4096
#define TLSUP_EXPORTER_MAX	8160	/* RFC 5869 2.3: 255 times SHA-256 */

/*
 * Options of SOL_TLSUP. "set" and "get" name the direction; strings are
 * bytes with an optional terminating NUL that does not count.
 */
enum {
	/*
	 * set: struct tlsup_start. On a connected socket the handshake starts
	 * now (and is waited for, unless O_NONBLOCK: EINPROGRESS); calling
	 * again while it is under way waits for it (EALREADY if O_NONBLOCK),
	 * and after it says how it ended. Before connect() or listen() it
	 * chooses upgrade mode; role 0 means: client if the socket connects,
	 * server if it listens.
	 */
	TLSUP_START		= 1,

	/*
	 * set, get: string, at most TLSUP_SERVER_NAME_MAX. Client: sent as
	 * server_name (RFC 6066 3) and verified against the certificate
	 * (RFC 9525); an IPv4 or IPv6 address in text is verified as
	 * iPAddress and not sent, a URI (spiffe://...) likewise as
	 * uniformResourceIdentifier. An internationalised name is given as its
	 * A-labels (xn--...): what is not ASCII fails with EDESTADDRREQ. get on
	 * a server after the handshake: the name that the client asked for
	 * (ENODATA if none).
	 */
	TLSUP_SERVER_NAME	= 2,

	/*
	 * set: protocol names, most wanted first, each a length byte and that
	 * many bytes (RFC 7301 3.1), at most TLSUP_ALPN_MAX in all.
	 * get after the handshake: the name agreed on, without length byte
	 * (ENODATA if none).
	 */
	TLSUP_ALPN		= 3,

	/*
	 * set, get: string, the name of a profile in tlsupd's configuration,
	 * at most TLSUP_PROFILE_MAX of [A-Za-z0-9_.-]. Not set: "default".
	 */
	TLSUP_PROFILE		= 4,

	/*
	 * set, get: __u32, one of TLSUP_VERIFY_*. A client's default is
	 * TLSUP_VERIFY_FULL. On a server the option is refused (EINVAL): there
	 * the profile decides whether clients need a certificate.
	 */
	TLSUP_VERIFY		= 5,

	/*
	 * get: struct tlsup_info. A shorter buffer gets the first bytes, a
	 * longer one is filled up to the kernel's size, which is returned in
	 * optlen; new fields are added at the end only.
	 */
	TLSUP_INFO		= 6,

	/*
	 * get: the peer's certificate chain as it was sent: for each
	 * certificate, leaf first, a __u32 length in host byte order and that
	 * many bytes of DER. ENODATA without one (resumed sessions have none),
	 * EMSGSIZE if the buffer is too small (optlen is then the size needed).
	 */
	TLSUP_PEER_CERTIFICATE	= 7,

	/*
	 * set: __u32, TLSUP_KEY_UPDATE_*. TLS 1.3, after the handshake: send a
	 * KeyUpdate and go on under the next sending key (RFC 8446 4.6.3),
	 * asking the peer to do so too or not. EAGAIN: bytes that were
	 * written before wait for room, or a request for our certificate is
	 * being answered; EINVAL in TLS 1.2.
	 */
	TLSUP_KEY_UPDATE	= 8,

	/*
	 * get: struct tlsup_exporter in, key material out (RFC 8446 7.5,
	 * RFC 5705): both ends get the same bytes for the same label and
	 * context, and nobody else can know them. ENOTCONN before the
	 * handshake is over; ENODATA if tlsupd left no secret to export from
	 * (TLS 1.2 without extended master secret: RFC 7627 5.4).
	 */
	TLSUP_EXPORTER		= 9,

	/*
	 * set, get: __u32, at most TLSUP_EARLY_DATA_MAX. Client, before the
	 * handshake: so many bytes may be written while it is still being
	 * made, and, if this session resumes one whose ticket allows it, and
	 * the profile does, they leave together with the ClientHello (0-RTT,
	 * RFC 8446 2.3). 0, the default: writes wait.
	 *
	 * sendto(MSG_FASTOPEN) connects and takes what fits, so that it is there
	 * before the ClientHello is made. It returns the number of bytes taken
	 * when TCP is connected (at once if O_NONBLOCK), and waits for the
	 * handshake only with what is more than the option allows; START or
	 * connect() then says how the handshake ended. Nothing leaves with the
	 * SYN. If TCP's connect fails, what was taken is forgotten, and another
	 * address may be tried with the same bytes. Behind a connect() or START
	 * that was not waited for (O_NONBLOCK), write() and send() take what
	 * fits, too, but may come too late to leave early; with the rest they
	 * wait (or EAGAIN) for the end of the handshake.
	 *
	 * Each byte arrives once, in order, and is never sent in the clear:
	 * what cannot leave early, or the server passes over, leaves when the
	 * handshake is over. TLSUP_F_EARLY_DATA says that the server took it
	 * early. If the handshake fails, it is lost as everything that was
	 * written is lost with its connection.
	 *
	 * Early data can be replayed. Who records it can send it again to the
	 * server, or to another that shares its keys, and have it read
	 * there a second time; it is not forward secret; and it was written
	 * before the server has proved who it is in this connection. Send so
	 * only what does no harm when it is done twice: a GET, not an order.
	 * And the application protocol is not agreed on yet: what is
	 * written must suit each that ALPN offers. On a server the option is
	 * refused (EINVAL): its profile decides whether read() may give such
	 * bytes, which then come first, with TLSUP_F_EARLY_DATA and INFO's
	 * early_bytes saying how many.
	 */
	TLSUP_EARLY_DATA	= 10,

	/*
	 * set: __u32, 0. Server, TLS 1.3, after the handshake: ask the client
	 * for its certificate (post-handshake authentication, RFC 8446
	 * 4.6.2). Returns at once. EOPNOTSUPP: the client did not offer
	 * it, the profile does not want it, or it is a client's socket, or
	 * TLS 1.2. EALREADY: one such request is under way. ECONNABORTED: the
	 * tlsupd that made the handshake is gone; the connection goes on.
	 *
	 * get: __u32, TLSUP_AUTH_*. What the client sent before its answer is
	 * read as before; what it sent behind its answer is held until
	 * tlsupd has judged that: after TLSUP_AUTH_DONE was seen, all that is
	 * read came from the one whom PEER_CERTIFICATE names. An answer that
	 * is refused ends the connection. POLLPRI: the answer has come; it
	 * is taken back by get.
	 */
	TLSUP_REQUEST_CERTIFICATE = 11,
};

enum {
	TLSUP_ROLE_UNSPEC	= 0,
	TLSUP_ROLE_CLIENT	= 1,
	TLSUP_ROLE_SERVER	= 2,
};

struct tlsup_start {
	__u32	role;		/* TLSUP_ROLE_* */
	__u32	timeout_ms;	/* deadline; 0: the module's default. At most
				 * TLSUP_TIMEOUT_MAX_MS */
	__u32	flags;		/* none defined: 0 */
	__u32	reserved;	/* 0 */
};

#define TLSUP_TIMEOUT_MAX_MS	600000

enum {
	/* Chain and name. */
	TLSUP_VERIFY_FULL	= 0,
	/* Nothing: any peer is accepted, also one in the middle. */
	TLSUP_VERIFY_INSECURE_NONE = 1,
	/* The chain, but not the name. */
	TLSUP_VERIFY_INSECURE_NO_NAME = 2,
};

enum {
	TLSUP_KEY_UPDATE_NOT_REQUESTED	= 0,
	TLSUP_KEY_UPDATE_REQUESTED	= 1,
};

enum {
	TLSUP_AUTH_NONE		= 0,	/* nothing was asked for */
	TLSUP_AUTH_PENDING	= 1,	/* asked for, not answered */
	TLSUP_AUTH_DONE		= 2,	/* with a certificate that is trusted */
	TLSUP_AUTH_EMPTY	= 3,	/* the client has none, and need not */
};

/*
 * TLSUP_EXPORTER: the buffer begins with this and holds, behind it, the label
 * and, right behind that, the context. On return it holds length bytes of key
 * material, from its first byte on, and optlen is length. So optlen must be at
 * least both sizes (EINVAL). An empty context and none give the same bytes in
 * TLS 1.3 and different ones in TLS 1.2.
 */
struct tlsup_exporter {
	__u16	length;		/* wanted, 1 to TLSUP_EXPORTER_MAX */
	__u16	label_length;	/* 1 to TLSUP_EXPORTER_LABEL_MAX; printable
				 * ASCII, and none of the labels that TLS
				 * itself uses ("key expansion", ...): EINVAL */
	__u16	context_length;	/* at most TLSUP_EXPORTER_CONTEXT_MAX */
	__u16	flags;		/* TLSUP_EXPORTER_CONTEXT, or 0 */
	__u8	bytes[];
};

/* There is a context, of context_length bytes, maybe none; without this flag
 * context_length is 0. */
#define TLSUP_EXPORTER_CONTEXT	(1 << 0)

/* Where a socket is; struct tlsup_info.state, TLSUP_A_STATE. */
enum {
	TLSUP_STATE_IDLE	= 0,	/* no mode chosen: plain TCP */
	TLSUP_STATE_KTLS	= 1,	/* the application has installed keys */
	TLSUP_STATE_ARMED	= 2,	/* TLS as soon as it is connected */
	TLSUP_STATE_PENDING	= 3,	/* waiting for tlsupd to accept it */
	TLSUP_STATE_HANDSHAKE	= 4,	/* tlsupd is at work */
	TLSUP_STATE_OPEN	= 5,	/* application data may flow */
	TLSUP_STATE_CLOSED	= 6,	/* close_notify in both directions */
	TLSUP_STATE_FAILED	= 7,	/* see error, alerts, reason */
};

/* struct tlsup_info.flags */
#define TLSUP_F_RESUMED		(1 << 0)	/* by a pre-shared key of an
						 * earlier session */
#define TLSUP_F_EARLY_DATA	(1 << 1)	/* 0-RTT was accepted: early_bytes
						 * of the first data may be
						 * a replay */
#define TLSUP_F_PEER_VERIFIED	(1 << 2)	/* chain (and name) checked */
#define TLSUP_F_CLOSE_SENT	(1 << 3)	/* close_notify sent */
#define TLSUP_F_CLOSE_RECEIVED	(1 << 4)	/* close_notify received */

#define TLSUP_ALERT_NONE	0xff		/* no alert so far */

struct tlsup_info {
	__u32	state;			/* TLSUP_STATE_* */
	__u32	role;			/* TLSUP_ROLE_* */
	__u32	flags;			/* TLSUP_F_* */
	__s32	error;			/* 0, or the errno that ended it, positive */
	__u16	version;		/* TLSUP_VERSION_*; 0 before it is known;
					 * also of a handshake that failed */
	__u16	cipher_suite;		/* IANA number */
	__u16	group;			/* IANA number of the key exchange group */
	__u16	signature_scheme;	/* IANA number, of the server's
					 * CertificateVerify; 0 if resumed */
	__u8	alert_sent;		/* last alert sent, or TLSUP_ALERT_NONE */
	__u8	alert_received;
	__u8	alert_sent_level;	/* 1 warning, 2 fatal; 0: no alert */
	__u8	alert_received_level;	/* as it came */
	__u8	reserved[4];
	__u64	tx_bytes;		/* application data, plaintext bytes */
	__u64	rx_bytes;
	__u64	tx_records;		/* protected records, of any type */
	__u64	rx_records;
	__u32	tx_key_updates;		/* RFC 8446 4.6.3, since the handshake */
	__u32	rx_key_updates;
	char	reason[TLSUP_REASON_MAX + 1];	/* one sentence, or empty */
	__u16	tx_record_limit;	/* most plaintext in a record sent; 16384
					 * unless the peer asks for less
					 * (RFC 8449, RFC 6066 4) */
	__u16	rx_record_limit;	/* ... and received: EMSGSIZE beyond */
	__u32	early_bytes;		/* sent (client) or given to read()
					 * (server) as 0-RTT */
};

#endif /* _UAPI_LINUX_TLSUP_H */
