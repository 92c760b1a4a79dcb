/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses as text: 192.0.2.1:443, [2001:db8::1]:443. */
#ifndef TLSUP_CTL_ADDRESS_H
#define TLSUP_CTL_ADDRESS_H

#include <netinet/in.h>
#include <stddef.h>

#define TLSUP_ADDRESS_TEXT 80

union tlsup_address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* From an attribute; anything else than the two families, and what has no port,
 * becomes AF_UNSPEC. */
void tlsup_address_set(union tlsup_address *address, const void *data,
		       size_t len);

/* IPv4 mapped into IPv6 is shown as IPv4; AF_UNSPEC as "". Returns text. */
const char *tlsup_address_text(const union tlsup_address *address,
			       char text[TLSUP_ADDRESS_TEXT]);

#endif /* TLSUP_CTL_ADDRESS_H */
