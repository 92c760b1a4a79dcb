/* SPDX-License-Identifier: GPL-2.0-only */
/* TLSUP_EXPORTER: key material for the application. */
#ifndef TLSUP_EXPORTER_H
#define TLSUP_EXPORTER_H

#include <net/sock.h>

/* getsockopt(); takes the socket lock. */
int tlsup_exporter_get(struct sock *sk, char __user *optval, int __user *optlen);

#endif /* TLSUP_EXPORTER_H */
