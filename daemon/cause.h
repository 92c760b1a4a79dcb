/* SPDX-License-Identifier: Apache-2.0 */
/* cause: which errno of <linux/tlsup.h> a failed handshake has. */
#ifndef TLSUP_CAUSE_H
#define TLSUP_CAUSE_H

#include <stdint.h>

/*
 * The errno (positive) for a handshake that failed. host is what the daemon
 * itself found (a verdict on a certificate, a transport's errno) or 0; it wins,
 * because it knows most. Then the peer's alert counts, then ours
 * (HS_ALERT_NONE: there was none). Always one of the table.
 */
int tlsup_cause_errno(int host, uint8_t alert_sent, uint8_t alert_received);

#endif
