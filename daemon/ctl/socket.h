/* SPDX-License-Identifier: Apache-2.0 */
/* A TLS socket as the kernel tells of it: read from attributes, described. */
#ifndef TLSUP_CTL_SOCKET_H
#define TLSUP_CTL_SOCKET_H

#include <stdint.h>

#include <linux/tlsup.h>

#include "daemon/ctl/address.h"

struct nlattr;
struct tlsup_out;

struct tlsup_socket {
	uint64_t cookie;
	uint32_t state;
	uint32_t role;
	uint32_t uid;
	union tlsup_address local;
	union tlsup_address peer;
	struct tlsup_info info;
	/* Escaped already. */
	char name[4 * TLSUP_SERVER_NAME_MAX + 1];
	char alpn[4 * TLSUP_ALPN_MAX + 1];
	char profile[4 * TLSUP_PROFILE_MAX + 1];
	/* Who holds it, if somebody looked (owner.h). */
	int32_t pid;
	char process[64];
};

/* Missing attributes leave zeroes. */
void tlsup_socket_parse(struct tlsup_socket *socket, struct nlattr **tb);

/* Every field, in the order of the dump; without begin and end. */
void tlsup_socket_describe(struct tlsup_out *out,
			   const struct tlsup_socket *socket);

/* What TLSUP_INFO alone tells, in the same words and order. */
void tlsup_socket_describe_info(struct tlsup_out *out,
				const struct tlsup_info *info,
				const char *name, const char *alpn);

/* What came later, at the end of all. */
void tlsup_socket_describe_more(struct tlsup_out *out,
				const struct tlsup_info *info);

#endif /* TLSUP_CTL_SOCKET_H */
