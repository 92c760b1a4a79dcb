// SPDX-License-Identifier: Apache-2.0
/*
 * netlink: owns the agent's netlink socket: it makes the commands of
 * <linux/tlsup_netlink.h>, reads their answers, and takes apart what the kernel
 * says of its own accord.
 *
 * The socket is shared by all threads, because the kernel knows an agent by its
 * port. A command's answer is in the receive queue when sendmsg() returns (the
 * kernel handles a request in the sender's context), so a thread sends and
 * reads under one lock, and puts aside what is not its own for the main thread.
 */
#include "daemon/netlink.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/tlsup.h>
#include <linux/tlsup_netlink.h>
#include <netinet/in.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "daemon/log.h"

/* A POST holds a message of 64 KiB and a note. */
#define RECEIVE_ROOM	(128 << 10)
/* Hints may be lost (the kernel says so), but a storm should not begin it. */
#define SOCKET_ROOM	(4 << 20)

/* What the kernel's errno can be: include/linux/err.h. */
#define ERRNO_MAX	4095

/* A message that was put aside. */
struct aside {
	struct aside	*next;
	struct nlmsghdr	header;		/* and what follows it */
};

struct tlsup_netlink {
	const struct tlsup_netlink_events *events;
	void			*arg;
	struct nl_sock		*socket;
	atomic_int		family;		/* 0: the module is not there */
	int			backlog_fd;	/* eventfd: something is aside */

	pthread_mutex_t		lock;		/* guards all below, and reading */
	uint32_t		sequence;
	bool			lost;		/* ENOBUFS was seen */
	struct aside		*first, **end;
	uint8_t			buffer[RECEIVE_ROOM]
				__attribute__((aligned(NLMSG_ALIGNTO)));
};

static const struct nla_policy policy[TLSUP_A_MAX + 1] = {
	[TLSUP_A_COOKIE]	= { .type = NLA_U64 },
	[TLSUP_A_CHANNEL_FD]	= { .type = NLA_U32 },
	[TLSUP_A_ROLE]		= { .type = NLA_U32 },
	[TLSUP_A_DEADLINE_MS]	= { .type = NLA_U32 },
	[TLSUP_A_UID]		= { .type = NLA_U32 },
	[TLSUP_A_SERVER_NAME]	= { .maxlen = TLSUP_SERVER_NAME_MAX },
	[TLSUP_A_ALPN]		= { .maxlen = TLSUP_ALPN_MAX },
	[TLSUP_A_PROFILE]	= { .maxlen = TLSUP_PROFILE_MAX },
	[TLSUP_A_VERIFY]	= { .type = NLA_U32 },
	[TLSUP_A_LOCAL_ADDR]	= { .minlen = sizeof(struct sockaddr_in),
				    .maxlen = sizeof(struct sockaddr_in6) },
	[TLSUP_A_PEER_ADDR]	= { .minlen = sizeof(struct sockaddr_in),
				    .maxlen = sizeof(struct sockaddr_in6) },
	[TLSUP_A_EARLY_DATA_MAX] = { .type = NLA_U32 },
	[TLSUP_A_NUMBER]	= { .type = NLA_U32 },
	[TLSUP_A_KEY_UPDATES]	= { .type = NLA_U32 },
	[TLSUP_A_SESSION]	= { .maxlen = TLSUP_SESSION_MAX },
};

/* --- Life --- */

static int set_up_socket(struct tlsup_netlink *nl)
{
	int fd, on = 1, room = SOCKET_ROOM;

	nl->socket = nl_socket_alloc();
	if (!nl->socket || genl_connect(nl->socket) < 0)
		return -1;
	fd = nl_socket_get_fd(nl->socket);
	/* Without CAP_NET_ADMIN the default room has to do. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) < 0)
		tlsup_log(TLSUP_LOG_DEBUG, "netlink: default receive buffer");
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) < 0)
		tlsup_log(TLSUP_LOG_DEBUG, "netlink: default send buffer");
	/* Errors come with a sentence, and without our request in them. */
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	/* The controller's group "notify": families that come and go. */
	if (nl_socket_add_membership(nl->socket, GENL_ID_CTRL) < 0)
		return -1;
	return nl_socket_set_nonblocking(nl->socket) < 0 ? -1 : 0;
}

struct tlsup_netlink *tlsup_netlink_new(const struct tlsup_netlink_events *events,
					void *arg)
{
	struct tlsup_netlink *nl = calloc(1, sizeof(*nl));

	if (!nl)
		return NULL;
	nl->events = events;
	nl->arg = arg;
	nl->end = &nl->first;
	nl->sequence = 1;
	pthread_mutex_init(&nl->lock, NULL);
	nl->backlog_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	errno = 0;
	if (nl->backlog_fd >= 0 && set_up_socket(nl) == 0)
		return nl;
	if (!errno)
		errno = EIO;
	tlsup_netlink_free(nl);
	return NULL;
}

static struct aside *take_aside(struct tlsup_netlink *nl)
{
	struct aside *list = nl->first;

	nl->first = NULL;
	nl->end = &nl->first;
	return list;
}

static void free_aside(struct aside *a)
{
	/* A POST has a secret in it. */
	explicit_bzero(&a->header, a->header.nlmsg_len);
	free(a);
}

void tlsup_netlink_free(struct tlsup_netlink *nl)
{
	struct aside *a, *next;
	int error = errno;

	if (!nl)
		return;
	for (a = take_aside(nl); a; a = next) {
		next = a->next;
		free_aside(a);
	}
	if (nl->socket)
		nl_socket_free(nl->socket);
	if (nl->backlog_fd >= 0)
		close(nl->backlog_fd);
	pthread_mutex_destroy(&nl->lock);
	free(nl);
	errno = error;
}

int tlsup_netlink_fd(const struct tlsup_netlink *nl)
{
	return nl_socket_get_fd(nl->socket);
}

int tlsup_netlink_backlog_fd(const struct tlsup_netlink *nl)
{
	return nl->backlog_fd;
}

/* --- Receiving; with the lock held --- */

/* One datagram into the buffer: its length, 0 if there is none. */
static size_t receive(struct tlsup_netlink *nl)
{
	struct sockaddr_nl from;
	socklen_t from_len;
	ssize_t n;

	for (;;) {
		from_len = sizeof(from);
		n = recvfrom(tlsup_netlink_fd(nl), nl->buffer,
			     sizeof(nl->buffer), MSG_DONTWAIT,
			     (struct sockaddr *)&from, &from_len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == ENOBUFS) {
			nl->lost = true;
			continue;
		}
		if (n < 0)
			return 0;
		/* Other processes may send to our port; only the kernel is 0. */
		if (from.nl_pid == 0)
			return n;
	}
}

static void put_aside(struct tlsup_netlink *nl, const struct nlmsghdr *h)
{
	struct aside *a = malloc(offsetof(struct aside, header) + h->nlmsg_len);

	if (!a) {
		nl->lost = true;
		return;
	}
	a->next = NULL;
	memcpy(&a->header, h, h->nlmsg_len);
	*nl->end = a;
	nl->end = &a->next;
}

static bool is_text(const struct nlattr *a)
{
	return a && nla_len(a) > 0 &&
	       !((const char *)nla_data(a))[nla_len(a) - 1];
}

/* An NLMSG_ERROR's errno (0: an acknowledgement), told if it is unexpected. */
static int error_of(struct nlmsghdr *h, const char *command)
{
	struct nlattr *attrs[NLMSGERR_ATTR_MAX + 1] = { NULL };
	const struct nlmsgerr *e = nlmsg_data(h);
	const char *text = "";

	if (nlmsg_datalen(h) < (int)sizeof(*e) || e->error > 0 ||
	    e->error < -ERRNO_MAX)
		return -EBADMSG;
	if ((h->nlmsg_flags & NLM_F_ACK_TLVS) &&
	    (h->nlmsg_flags & NLM_F_CAPPED) &&
	    nlmsg_parse(h, sizeof(*e), attrs, NLMSGERR_ATTR_MAX, NULL) == 0 &&
	    is_text(attrs[NLMSGERR_ATTR_MSG]))
		text = nla_get_string(attrs[NLMSGERR_ATTR_MSG]);
	if (e->error && e->error != -EAGAIN && e->error != -ENOENT)
		tlsup_log(TLSUP_LOG_WARNING, "the kernel refused %s: %s%s%s",
			  command, strerror(-e->error), *text ? ": " : "", text);
	return e->error;
}

/* What a thread waits for after its command. */
struct answer {
	uint32_t	sequence;
	const char	*command;
	int		error;		/* as NLMSG_ERROR says */
	void		(*reply)(struct answer *answer, struct nlmsghdr *h);
};

/* Reads all that is there; what is not the answer is put aside. */
static void read_all(struct tlsup_netlink *nl, struct answer *answer)
{
	struct nlmsghdr *h;
	size_t len;
	int left;

	while ((len = receive(nl))) {
		left = len;
		for (h = (struct nlmsghdr *)nl->buffer; nlmsg_ok(h, left);
		     h = nlmsg_next(h, &left)) {
			if (!answer || h->nlmsg_seq != answer->sequence)
				put_aside(nl, h);
			else if (h->nlmsg_type == NLMSG_ERROR)
				answer->error = error_of(h, answer->command);
			else if (answer->reply)
				answer->reply(answer, h);
		}
		explicit_bzero(nl->buffer, len);
	}
}

static void wake_main_thread(struct tlsup_netlink *nl)
{
	uint64_t one = 1;

	if (!nl->first && !nl->lost)
		return;
	if (write(nl->backlog_fd, &one, sizeof(one)) < 0)
		abort();	/* the counter would have to reach 2^64 */
}

/* --- Commands --- */

static struct nl_msg *command_new(struct tlsup_netlink *nl, uint8_t command,
				  size_t room)
{
	struct nl_msg *msg = nlmsg_alloc_size(room + NLMSG_HDRLEN + GENL_HDRLEN);

	if (!msg)
		return NULL;
	if (genlmsg_put(msg, NL_AUTO_PORT, 0, nl->family, 0, NLM_F_REQUEST,
			command, TLSUP_GENL_VERSION))
		return msg;
	nlmsg_free(msg);
	return NULL;
}

/* A DONE has secrets in it. */
static void command_drop(struct nl_msg *msg)
{
	explicit_bzero(nlmsg_data(nlmsg_hdr(msg)),
		       nlmsg_datalen(nlmsg_hdr(msg)));
	nlmsg_free(msg);
}

/*
 * Sends msg, frees it, and has the answer. No acknowledgement is asked for:
 * what fails says so anyhow, and one per handshake would wake the main thread
 * for nothing. If the answer may be among what was lost, it is -EAGAIN: asked
 * again, the kernel says -ENOENT if the request is over.
 */
static int command_send(struct tlsup_netlink *nl, struct nl_msg *msg,
			struct answer *answer)
{
	bool lost_before;
	int r = 0;

	pthread_mutex_lock(&nl->lock);
	lost_before = nl->lost;
	nl->lost = false;
	answer->error = 0;
	answer->sequence = nl->sequence++;
	/* 0 is what the kernel numbers its own messages with. */
	if (!nl->sequence)
		nl->sequence = 1;
	nlmsg_hdr(msg)->nlmsg_seq = answer->sequence;
	nlmsg_hdr(msg)->nlmsg_pid = nl_socket_get_local_port(nl->socket);
	if (send(tlsup_netlink_fd(nl), nlmsg_hdr(msg),
		 nlmsg_hdr(msg)->nlmsg_len, 0) < 0)
		r = -errno;
	read_all(nl, answer);
	if (!r)
		r = answer->error ? answer->error : nl->lost ? -EAGAIN : 0;
	nl->lost |= lost_before;
	wake_main_thread(nl);
	pthread_mutex_unlock(&nl->lock);
	command_drop(msg);
	return r;
}

/* The family's number, by a socket of its own: libnl reads the answer itself,
 * and would drop what else comes. Asking loads the module, if it can be. */
static int resolve(void)
{
	struct nl_sock *socket = nl_socket_alloc();
	int family = -ENOMEM;

	if (socket && genl_connect(socket) == 0)
		family = genl_ctrl_resolve(socket, TLSUP_GENL_NAME);
	if (socket)
		nl_socket_free(socket);
	return family;
}

int tlsup_netlink_register(struct tlsup_netlink *nl)
{
	struct answer answer = { .command = "REGISTER" };
	struct nl_msg *msg;
	int family = resolve();

	nl->family = family < 0 ? 0 : family;
	if (family < 0)
		return -ENOENT;
	msg = command_new(nl, TLSUP_CMD_REGISTER, 0);
	return msg ? command_send(nl, msg, &answer) : -ENOMEM;
}

/* --- ACCEPT --- */

struct accept_answer {
	struct answer		answer;
	struct tlsup_request	*request;
	int			fd;		/* -1: none yet */
	bool			whole;
};

static bool get_text(struct nlattr *a, char *out, size_t room)
{
	size_t len = a ? nla_len(a) : 0;

	if (len >= room || (len && memchr(nla_data(a), 0, len)))
		return false;
	if (len)
		memcpy(out, nla_data(a), len);
	out[len] = 0;
	return true;
}

static bool get_address(struct nlattr *a, struct sockaddr_storage *out)
{
	if (!a)
		return false;
	memcpy(out, nla_data(a), nla_len(a));
	return (out->ss_family == AF_INET) ||
	       (out->ss_family == AF_INET6 &&
		nla_len(a) == sizeof(struct sockaddr_in6));
}

static bool get_role(struct nlattr *a, enum hs_role *role)
{
	uint32_t value = nla_get_u32(a);

	*role = value == TLSUP_ROLE_SERVER ? HS_SERVER : HS_CLIENT;
	return value == TLSUP_ROLE_SERVER || value == TLSUP_ROLE_CLIENT;
}

static bool get_request(struct nlattr **a, struct tlsup_request *r)
{
	if (!a[TLSUP_A_COOKIE] || !a[TLSUP_A_ROLE] || !a[TLSUP_A_DEADLINE_MS] ||
	    !a[TLSUP_A_VERIFY])
		return false;
	memset(r, 0, sizeof(*r));
	r->cookie = nla_get_u64(a[TLSUP_A_COOKIE]);
	r->deadline_ms = nla_get_u32(a[TLSUP_A_DEADLINE_MS]);
	r->verify = nla_get_u32(a[TLSUP_A_VERIFY]);
	if (a[TLSUP_A_UID])
		r->uid = nla_get_u32(a[TLSUP_A_UID]);
	if (a[TLSUP_A_EARLY_DATA_MAX])
		r->early_data_max = nla_get_u32(a[TLSUP_A_EARLY_DATA_MAX]);
	if (a[TLSUP_A_ALPN]) {
		r->alpn_len = nla_len(a[TLSUP_A_ALPN]);
		memcpy(r->alpn, nla_data(a[TLSUP_A_ALPN]), r->alpn_len);
	}
	return get_role(a[TLSUP_A_ROLE], &r->role) &&
	       get_text(a[TLSUP_A_SERVER_NAME], r->server_name,
			sizeof(r->server_name)) &&
	       get_text(a[TLSUP_A_PROFILE], r->profile, sizeof(r->profile)) &&
	       get_address(a[TLSUP_A_LOCAL_ADDR], &r->local) &&
	       get_address(a[TLSUP_A_PEER_ADDR], &r->peer);
}

static void accept_reply(struct answer *answer, struct nlmsghdr *h)
{
	struct accept_answer *accept = (struct accept_answer *)answer;
	struct nlattr *attrs[TLSUP_A_MAX + 1] = { NULL };

	if (genlmsg_parse(h, 0, attrs, TLSUP_A_MAX, NULL) == 0 &&
	    attrs[TLSUP_A_CHANNEL_FD] &&
	    nla_len(attrs[TLSUP_A_CHANNEL_FD]) == sizeof(int32_t))
		accept->fd = nla_get_s32(attrs[TLSUP_A_CHANNEL_FD]);
	/* Once more, now strictly; but the descriptor is ours in any case. */
	accept->whole = genlmsg_parse(h, 0, attrs, TLSUP_A_MAX,
				      (struct nla_policy *)policy) == 0 &&
			get_request(attrs, accept->request);
}

int tlsup_netlink_accept(struct tlsup_netlink *nl,
			 struct tlsup_request *request, int *fd)
{
	struct accept_answer accept = {
		.answer = { .command = "ACCEPT", .reply = accept_reply },
		.request = request,
		.fd = -1,
	};
	struct nl_msg *msg = command_new(nl, TLSUP_CMD_ACCEPT, 0);
	int r;

	if (!msg)
		return -ENOMEM;
	r = command_send(nl, msg, &accept.answer);
	if (accept.fd >= 0 && accept.whole) {
		*fd = accept.fd;
		return 0;
	}
	/* Closing the channel ends what we cannot understand. */
	if (accept.fd >= 0)
		close(accept.fd);
	return r ? r : -EBADMSG;
}

/* --- DONE and FAIL --- */

static int put_bytes(struct nl_msg *msg, int attr, struct hs_bytes bytes)
{
	return bytes.len ? nla_put(msg, attr, bytes.len, bytes.data) : 0;
}

static int put_u16(struct nl_msg *msg, int attr, uint16_t value)
{
	return value ? nla_put_u16(msg, attr, value) : 0;
}

int tlsup_netlink_done(struct tlsup_netlink *nl, uint64_t cookie,
		       const struct tlsup_done *d)
{
	struct answer answer = { .command = "DONE" };
	struct nl_msg *msg;

	msg = command_new(nl, TLSUP_CMD_DONE, 256 + d->alpn.len +
			  d->server_name.len + d->peer_chain.len +
			  d->session.len + d->early_data.len +
			  d->exporter.len);
	if (!msg)
		return -ENOMEM;
	if (nla_put_u64(msg, TLSUP_A_COOKIE, cookie) ||
	    put_u16(msg, TLSUP_A_VERSION, d->version) ||
	    put_u16(msg, TLSUP_A_CIPHER_SUITE, d->cipher_suite) ||
	    put_u16(msg, TLSUP_A_GROUP, d->group) ||
	    put_u16(msg, TLSUP_A_SIGNATURE_SCHEME, d->signature_scheme) ||
	    nla_put_u32(msg, TLSUP_A_FLAGS, d->flags) ||
	    put_bytes(msg, TLSUP_A_ALPN, d->alpn) ||
	    put_bytes(msg, TLSUP_A_SERVER_NAME, d->server_name) ||
	    put_bytes(msg, TLSUP_A_PEER_CHAIN, d->peer_chain) ||
	    put_bytes(msg, TLSUP_A_SESSION, d->session) ||
	    put_bytes(msg, TLSUP_A_EARLY_DATA, d->early_data) ||
	    put_bytes(msg, TLSUP_A_EXPORTER, d->exporter) ||
	    (d->keep && nla_put_flag(msg, TLSUP_A_KEEP))) {
		command_drop(msg);
		return -EMSGSIZE;
	}
	return command_send(nl, msg, &answer);
}

int tlsup_netlink_fail(struct tlsup_netlink *nl, uint64_t cookie,
		       const struct tlsup_fail *f)
{
	struct answer answer = { .command = "FAIL" };
	size_t len = strnlen(f->reason, TLSUP_REASON_MAX);
	struct nl_msg *msg = command_new(nl, TLSUP_CMD_FAIL, 256);

	if (!msg)
		return -ENOMEM;
	if (nla_put_u64(msg, TLSUP_A_COOKIE, cookie) ||
	    nla_put_u32(msg, TLSUP_A_ERRNO, f->error) ||
	    put_u16(msg, TLSUP_A_VERSION, f->version) ||
	    (f->alert_sent != HS_ALERT_NONE &&
	     nla_put_u8(msg, TLSUP_A_ALERT_SENT, f->alert_sent)) ||
	    (len && nla_put(msg, TLSUP_A_REASON, len, f->reason))) {
		command_drop(msg);
		return -EMSGSIZE;
	}
	return command_send(nl, msg, &answer);
}

int tlsup_netlink_answer(struct tlsup_netlink *nl, const struct tlsup_ask *ask,
			 const struct tlsup_answer *a)
{
	struct answer answer = { .command = "ANSWER" };
	struct nl_msg *msg = command_new(nl, TLSUP_CMD_ANSWER,
					 256 + a->message_len + a->chain_len);

	if (!msg)
		return -ENOMEM;
	if (nla_put_u64(msg, TLSUP_A_COOKIE, ask->cookie) ||
	    nla_put_u32(msg, TLSUP_A_NUMBER, ask->number) ||
	    (a->flags && nla_put_u32(msg, TLSUP_A_FLAGS, a->flags)) ||
	    put_bytes(msg, TLSUP_A_MESSAGE,
		      (struct hs_bytes){ a->message, a->message_len }) ||
	    put_bytes(msg, TLSUP_A_PEER_CHAIN,
		      (struct hs_bytes){ a->chain, a->chain_len })) {
		command_drop(msg);
		return -EMSGSIZE;
	}
	return command_send(nl, msg, &answer);
}

/* --- What the kernel says of its own accord --- */

static struct hs_bytes bytes_of(struct nlattr *a)
{
	struct hs_bytes bytes = { NULL, 0 };

	if (a)
		bytes = (struct hs_bytes){ nla_data(a), nla_len(a) };
	return bytes;
}

static void handle_ask(struct tlsup_netlink *nl, struct nlattr **attrs)
{
	struct tlsup_ask ask;

	if (!attrs[TLSUP_A_COOKIE] || !attrs[TLSUP_A_NUMBER] ||
	    !attrs[TLSUP_A_KEY_UPDATES])
		return;
	ask = (struct tlsup_ask){
		.cookie = nla_get_u64(attrs[TLSUP_A_COOKIE]),
		.number = nla_get_u32(attrs[TLSUP_A_NUMBER]),
		.key_updates = nla_get_u32(attrs[TLSUP_A_KEY_UPDATES]),
		.message = bytes_of(attrs[TLSUP_A_MESSAGE]),
	};
	nl->events->ask(nl->arg, &ask);
}

static void handle_tlsup(struct tlsup_netlink *nl, struct nlmsghdr *h)
{
	struct nlattr *attrs[TLSUP_A_MAX + 1] = { NULL };

	if (!genlmsg_valid_hdr(h, 0) ||
	    genlmsg_parse(h, 0, attrs, TLSUP_A_MAX,
			  (struct nla_policy *)policy) < 0)
		return;
	switch (genlmsg_hdr(h)->cmd) {
	case TLSUP_CMD_READY:
		nl->events->ready(nl->arg);
		break;
	case TLSUP_CMD_POST:
		if (attrs[TLSUP_A_COOKIE] && attrs[TLSUP_A_MESSAGE])
			nl->events->post(nl->arg,
					 nla_get_u64(attrs[TLSUP_A_COOKIE]),
					 bytes_of(attrs[TLSUP_A_MESSAGE]),
					 bytes_of(attrs[TLSUP_A_SESSION]));
		break;
	case TLSUP_CMD_FORGET:
		nl->events->forget(nl->arg, bytes_of(attrs[TLSUP_A_SESSION]));
		break;
	case TLSUP_CMD_ASK:
		handle_ask(nl, attrs);
		break;
	case TLSUP_CMD_GONE:
		if (attrs[TLSUP_A_COOKIE])
			nl->events->gone(nl->arg,
					 nla_get_u64(attrs[TLSUP_A_COOKIE]));
		break;
	case TLSUP_CMD_CANCEL:
		/* The channel says so too (ESTALE), to the thread that owns the
		 * connection; no table of cookies is needed for that. */
		break;
	}
}

static void handle_control(struct tlsup_netlink *nl, struct nlmsghdr *h)
{
	struct nlattr *attrs[CTRL_ATTR_MAX + 1] = { NULL };
	uint8_t command;

	if (!genlmsg_valid_hdr(h, 0) ||
	    genlmsg_parse(h, 0, attrs, CTRL_ATTR_MAX, NULL) < 0 ||
	    !attrs[CTRL_ATTR_FAMILY_NAME] ||
	    nla_strcmp(attrs[CTRL_ATTR_FAMILY_NAME], TLSUP_GENL_NAME))
		return;
	command = genlmsg_hdr(h)->cmd;
	if (command == CTRL_CMD_NEWFAMILY)
		nl->events->family(nl->arg, true);
	else if (command == CTRL_CMD_DELFAMILY)
		nl->events->family(nl->arg, false);
}

int tlsup_netlink_read(struct tlsup_netlink *nl)
{
	struct aside *a, *next;
	uint64_t count;
	bool lost;

	if (read(nl->backlog_fd, &count, sizeof(count)) < 0)
		count = 0;	/* nothing aside: the socket it is */
	pthread_mutex_lock(&nl->lock);
	read_all(nl, NULL);
	a = take_aside(nl);
	lost = nl->lost;
	nl->lost = false;
	pthread_mutex_unlock(&nl->lock);
	for (; a; a = next) {
		next = a->next;
		if (a->header.nlmsg_type == GENL_ID_CTRL)
			handle_control(nl, &a->header);
		else if (nl->family && a->header.nlmsg_type == nl->family)
			handle_tlsup(nl, &a->header);
		free_aside(a);
	}
	return lost ? -ENOBUFS : 0;
}
