/* SPDX-License-Identifier: GPL-2.0-only */
/* delivered: owns the wait for TCP: what was sent lies in the other end's receive queue. */
#ifndef SELFTESTS_LIB_DELIVERED_H
#define SELFTESTS_LIB_DELIVERED_H

#include <unistd.h>
#include <sys/ioctl.h>
#include <linux/sockios.h>

/* Loopback mostly delivers within send(), but a busy machine may do it later. What
 * is delivered is acknowledged, an end of data included. */
static inline void delivered(int fd)
{
	int unacknowledged = 1, i;

	for (i = 0; i < 10000 && unacknowledged; i++) {
		if (i)
			usleep(1000);
		if (ioctl(fd, SIOCOUTQ, &unacknowledged))
			return;
	}
}

#endif
