// SPDX-License-Identifier: Apache-2.0
/*
 * cause: owns the mapping from alerts and host errors to the errno table of
 * <linux/tlsup.h>.
 */
#include "daemon/cause.h"

#include <errno.h>
#include <stddef.h>

#include "daemon/engine/hs.h"

/* What may be told to the application; the table of <linux/tlsup.h>, "while
 * the handshake is made". */
static const int known[] = {
	ESRCH, ETIMEDOUT, EDQUOT, EDESTADDRREQ, ENOKEY, EKEYREJECTED,
	EKEYEXPIRED, EKEYREVOKED, EREMCHG, EACCES, EPROTONOSUPPORT, EPROTO,
	EBADMSG, ECONNRESET, ECONNABORTED,
};

static int of_host(int host)
{
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i] == host)
			return host;
	switch (host) {
	case EPIPE:
	case ETIME:
	case EHOSTUNREACH:
	case ENETUNREACH:
	case ENETDOWN:
		return ECONNRESET;	/* the transport went away */
	case EMSGSIZE:
		return EPROTO;		/* a record that is too long */
	}
	return ECONNABORTED;		/* ours: ENOMEM and the like */
}

static int of_received(uint8_t alert)
{
	switch (alert) {
	case HS_ALERT_BAD_CERTIFICATE:
	case HS_ALERT_UNSUPPORTED_CERTIFICATE:
	case HS_ALERT_CERTIFICATE_REVOKED:
	case HS_ALERT_CERTIFICATE_EXPIRED:
	case HS_ALERT_CERTIFICATE_UNKNOWN:
	case HS_ALERT_UNKNOWN_CA:
	case HS_ALERT_ACCESS_DENIED:
	case HS_ALERT_CERTIFICATE_REQUIRED:
	case HS_ALERT_BAD_CERTIFICATE_STATUS_RESPONSE:
		return EACCES;
	case HS_ALERT_HANDSHAKE_FAILURE:
	case HS_ALERT_PROTOCOL_VERSION:
	case HS_ALERT_INSUFFICIENT_SECURITY:
	case HS_ALERT_UNRECOGNIZED_NAME:
	case HS_ALERT_NO_APPLICATION_PROTOCOL:
		return EPROTONOSUPPORT;
	case HS_ALERT_CLOSE_NOTIFY:
	case HS_ALERT_USER_CANCELED:
		return ECONNRESET;
	}
	return EPROTO;
}

static int of_sent(uint8_t alert)
{
	switch (alert) {
	case HS_ALERT_BAD_CERTIFICATE:
	case HS_ALERT_UNSUPPORTED_CERTIFICATE:
	case HS_ALERT_CERTIFICATE_UNKNOWN:
	case HS_ALERT_UNKNOWN_CA:
	case HS_ALERT_ACCESS_DENIED:
	case HS_ALERT_CERTIFICATE_REQUIRED:
	case HS_ALERT_BAD_CERTIFICATE_STATUS_RESPONSE:
		return EKEYREJECTED;
	case HS_ALERT_CERTIFICATE_EXPIRED:
		return EKEYEXPIRED;
	case HS_ALERT_CERTIFICATE_REVOKED:
		return EKEYREVOKED;
	case HS_ALERT_HANDSHAKE_FAILURE:
	case HS_ALERT_PROTOCOL_VERSION:
	case HS_ALERT_INSUFFICIENT_SECURITY:
	case HS_ALERT_UNRECOGNIZED_NAME:
	case HS_ALERT_NO_APPLICATION_PROTOCOL:
		return EPROTONOSUPPORT;
	case HS_ALERT_BAD_RECORD_MAC:
		return EBADMSG;
	case HS_ALERT_INTERNAL_ERROR:
	case HS_ALERT_USER_CANCELED:
		return ECONNABORTED;
	}
	return EPROTO;
}

int tlsup_cause_errno(int host, uint8_t alert_sent, uint8_t alert_received)
{
	if (host)
		return of_host(host);
	if (alert_received != HS_ALERT_NONE)
		return of_received(alert_received);
	if (alert_sent != HS_ALERT_NONE)
		return of_sent(alert_sent);
	return EPROTO;
}
