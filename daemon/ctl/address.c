// SPDX-License-Identifier: Apache-2.0
/* Addresses as text. */
#include "daemon/ctl/address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

void tlsup_address_set(union tlsup_address *address, const void *data,
		       size_t len)
{
	memset(address, 0, sizeof(*address));
	if (len < sizeof(sa_family_t))
		return;
	memcpy(address, data, len < sizeof(*address) ? len : sizeof(*address));
	if ((address->sa.sa_family == AF_INET && len >= sizeof(address->in)) ||
	    (address->sa.sa_family == AF_INET6 && len >= sizeof(address->in6))) {
		/* A listener's peer: nobody. Ports stand in one place. */
		if (address->in.sin_port)
			return;
	}
	memset(address, 0, sizeof(*address));
}

static void text_in6(const struct sockaddr_in6 *in6, char *text)
{
	const struct in6_addr *ip = &in6->sin6_addr;
	unsigned int port = ntohs(in6->sin6_port);
	char host[INET6_ADDRSTRLEN] = "", scope[IF_NAMESIZE + 1] = "";

	if (IN6_IS_ADDR_V4MAPPED(ip)) {
		inet_ntop(AF_INET, &ip->s6_addr[12], host, sizeof(host));
		snprintf(text, TLSUP_ADDRESS_TEXT, "%s:%u", host, port);
		return;
	}
	inet_ntop(AF_INET6, ip, host, sizeof(host));
	if (IN6_IS_ADDR_LINKLOCAL(ip) &&
	    if_indextoname(in6->sin6_scope_id, scope + 1))
		scope[0] = '%';
	snprintf(text, TLSUP_ADDRESS_TEXT, "[%s%s]:%u", host, scope, port);
}

const char *tlsup_address_text(const union tlsup_address *address,
			       char text[TLSUP_ADDRESS_TEXT])
{
	char host[INET_ADDRSTRLEN] = "";

	text[0] = '\0';
	if (address->sa.sa_family == AF_INET6) {
		text_in6(&address->in6, text);
	} else if (address->sa.sa_family == AF_INET) {
		inet_ntop(AF_INET, &address->in.sin_addr, host, sizeof(host));
		snprintf(text, TLSUP_ADDRESS_TEXT, "%s:%u", host,
			 ntohs(address->in.sin_port));
	}
	return text;
}
