/* SPDX-License-Identifier: Apache-2.0 */
/* report: the one line that the log has for a finished handshake. */
#ifndef TLSUP_REPORT_H
#define TLSUP_REPORT_H

#include "daemon/shared.h"

struct tlsup_outcome {
	const struct tlsup_request	*request;
	const struct hs_info		*info;		/* NULL: none was made */
	double				ms;
	int				error;		/* 0: it succeeded */
	uint8_t				alert_sent, alert_received;
	const char			*reason;
};

void tlsup_report(const struct tlsup_outcome *outcome);

/* A client has answered a request for its certificate. */
void tlsup_report_later(const struct tlsup_request *request,
			const struct hs_info *info);

/* An address and its port as text, "[::1]:443". */
#define TLSUP_ADDRESS_TEXT	64
void tlsup_address_text(const struct sockaddr_storage *address, char *out);
/* The address alone; the port in host byte order (0: no such family). */
uint16_t tlsup_address_parts(const struct sockaddr_storage *address, char *out);

#endif
