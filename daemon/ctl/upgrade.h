/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The socket API as this program uses it: what turns an ordinary TCP socket
 * into a TLS socket, and what it can tell afterwards. Every function returns
 * 0 or a positive errno.
 */
#ifndef TLSUP_CTL_UPGRADE_H
#define TLSUP_CTL_UPGRADE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include <linux/tlsup.h>

/* What a program may wish for; NULL and 0 mean the default. */
struct tlsup_wishes {
	const char *name;	/* client: whom to verify */
	const char *alpn;	/* "h2,http/1.1", most wanted first */
	const char *profile;	/* of tlsupd's configuration */
	uint32_t verify;	/* TLSUP_VERIFY_* */
	uint32_t timeout_ms;	/* for the handshake */
	bool early_data;	/* client: what is written before the handshake
				 * is over may leave as 0-RTT */
};

/* Takes the ULP; ENOENT: the module is not loaded. */
int tlsup_upgrade_attach(int fd);

/* Before connect(): connect() will return when TLS is up. */
int tlsup_upgrade_client(int fd, const struct tlsup_wishes *wishes);

/* Before listen(): accepted sockets will be TLS. */
int tlsup_upgrade_listener(int fd, const struct tlsup_wishes *wishes);

/* On a socket from accept(), or one that connect() has begun with: waits until
 * the handshake is over. */
int tlsup_upgrade_wait(int fd, uint32_t role);

/* Go on under new sending keys, and ask the peer to do so too. */
int tlsup_upgrade_key_update(int fd);

/* Key material by RFC 8446 7.5 or RFC 5705, without a context. */
int tlsup_upgrade_export(int fd, const char *label, unsigned char *out,
			 size_t len);

/* Server, after the handshake: asks the client for its certificate. What it has
 * sent before its answer has to be read before that can be waited for. */
int tlsup_upgrade_ask_certificate(int fd);
int tlsup_upgrade_await_certificate(int fd, int timeout_ms);
int tlsup_upgrade_certificate_state(int fd, uint32_t *state); /* TLSUP_AUTH_* */

int tlsup_upgrade_get_info(int fd, struct tlsup_info *info);
/* The protocol or name agreed on, escaped for printing; "" if none. */
void tlsup_upgrade_get_text(int fd, int option, char *text, size_t size);

/* "h2,http/1.1" as RFC 7301 3.1 has it; the length, or -1 if it cannot be. */
int tlsup_upgrade_alpn_list(const char *names,
			    unsigned char list[TLSUP_ALPN_MAX]);

#endif /* TLSUP_CTL_UPGRADE_H */
