/* SPDX-License-Identifier: Apache-2.0 */
/* Who holds a socket: its cookie to an inode, the inode to a process. */
#ifndef TLSUP_CTL_OWNER_H
#define TLSUP_CTL_OWNER_H

#include <stddef.h>

struct tlsup_socket;

/* Fills pid and process where a process is found; a socket that several hold
 * names the first. Best effort: silent when the kernel does not tell. */
void tlsup_owner_find(struct tlsup_socket *sockets, size_t count);

#endif /* TLSUP_CTL_OWNER_H */
