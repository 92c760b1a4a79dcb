/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A fake agent: speaks the family's grammar and a channel's, makes no
 * handshake. Every call returns 0 or a negative errno unless it says otherwise.
 */
#ifndef HANDOFF_AGENT_H
#define HANDOFF_AGENT_H

#include <stddef.h>
#include <stdint.h>
#include <linux/tlsup.h>
#include <linux/tlsup_netlink.h>

struct nl_sock;
struct nl_msg;

struct notice {
	int cmd;
	uint64_t cookie;
	size_t message_len, session_len;
	uint8_t message[1024], session[TLSUP_SESSION_MAX];
	uint32_t event, number, key_updates;
	struct tlsup_info info;
};

struct agent {
	struct nl_sock *nl;
	int family;
	int sockets;			/* how many the last dump told */
	uint64_t stats[TLSUP_STAT_MAX + 1];
	struct request *filling;
	struct notice notices[64];
	int notice_count;
	uint32_t seq;			/* of the command under way */
	int error, finished;		/* what its acknowledgement said */
	void (*sent)(void);		/* if set: called between a command's
					 * sending, in which all is done, and
					 * the reading of the answer */
};

struct request {
	uint64_t cookie;
	int channel;
	uint32_t role, deadline_ms, uid, verify, early_data_max;
	char server_name[TLSUP_SERVER_NAME_MAX + 1];
	char profile[TLSUP_PROFILE_MAX + 1];
	uint8_t alpn[TLSUP_ALPN_MAX];
	size_t alpn_len;
	uint16_t local_port, peer_port;
};

int agent_open(struct agent *a);
void agent_close(struct agent *a);
int agent_register(struct agent *a);
/* Opened and registered; exits the process if that fails. */
void agent_start(struct agent *a);
/* -EAGAIN: nothing is pending. */
int agent_accept(struct agent *a, struct request *req);
/* The same, but waits for one for as long as twenty seconds. */
int agent_await(struct agent *a, struct request *req);

/* DONE of a TLS 1.3 connection with TLS_AES_128_GCM_SHA256; session may be
 * NULL. agent_command() sends whatever agent_message() began. */
int agent_done(struct agent *a, uint64_t cookie, const char *session);
int agent_fail(struct agent *a, uint64_t cookie, int error, const char *reason);
struct nl_msg *agent_message(struct agent *a, int cmd);
int agent_command(struct agent *a, struct nl_msg *msg);
/* Waits for a notice of that command; -ETIMEDOUT. out may be NULL. */
int agent_notice(struct agent *a, int cmd, struct notice *out, int timeout_ms);
int agent_join_events(struct agent *a);

int agent_get_stats(struct agent *a);
int agent_dump(struct agent *a);
/* Waits until no request and no socket is left; 0 or what is left of them. */
int agent_leftovers(struct agent *a);

int channel_send(int channel, uint8_t type, const void *data, size_t len);
/* The record's length, 0 at the end, or a negative errno. */
int channel_recv(int channel, uint8_t *type, void *buf, size_t size);
/* Waits for POLLIN; -ETIMEDOUT. */
int channel_wait(int channel);
/* optname TLSUP_CHANNEL_TX_SECRET or _RX_; the secret is 32 times fill. */
int channel_secret(int channel, int optname, int epoch, uint8_t fill);
/* Both directions' application secrets, as the role has them: the client's is
 * 32 times 'c', the server's 32 times 's'. */
int channel_secrets(const struct request *req);

/* Accept, secrets, DONE, and the channel closed; the cookie to *cookie. */
int agent_serve(struct agent *a, const char *session, uint64_t *cookie);

#endif /* HANDOFF_AGENT_H */
