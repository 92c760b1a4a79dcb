/* SPDX-License-Identifier: Apache-2.0 */
/* pem: the text blocks of a PEM file (RFC 7468), with their line numbers. */
#ifndef TLSUP_PEM_H
#define TLSUP_PEM_H

#include <stddef.h>
#include <sys/types.h>

#include "daemon/diag.h"

struct tlsup_pem {
	const char	*path;		/* the caller's; outlives this */
	mode_t		mode;
	char		*text;
	size_t		len;
	size_t		at;
	unsigned int	line;
};

struct tlsup_pem_block {
	char		label[32];	/* "CERTIFICATE" */
	unsigned int	line;		/* of its BEGIN */
	const char	*text;		/* BEGIN line to END line, whole */
	size_t		len;
};

/* Reads the file. 0, or -1 after telling d why not. */
int tlsup_pem_open(struct tlsup_pem *pem, const char *path,
		   struct tlsup_diag *d);
/* 1 and the next block; 0 at the end; -1 after telling d what is broken. */
int tlsup_pem_next(struct tlsup_pem *pem, struct tlsup_pem_block *block,
		   struct tlsup_diag *d);
/* For libcrypto, which else asks at the terminal for what opens an encrypted
 * block of any kind: there is nobody to ask. */
int tlsup_pem_no_passphrase(char *buf, int size, int writing, void *arg);
/* Wipes: it may have been a key. */
void tlsup_pem_close(struct tlsup_pem *pem);

#endif
