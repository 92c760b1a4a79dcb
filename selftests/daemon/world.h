/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world: a test's own directory, with the certificates of selftests/daemon/certs, and
 * what tlsupd's loaders say of the files there. What cannot be made or read ends the
 * program.
 */
#ifndef WORLD_H
#define WORLD_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/diag.h"

struct tlsup_config;
struct tlsup_credential;

extern struct tlsup_diag world_diag;
extern char world_said[1024];		/* through it, the last */
extern char world_all_said[8192];	/* since world_hush(), a line each */

/* With those of certs' sets that are named; other.pem is what the system trusts. It is
 * removed at exit. */
void world_begin(const char *sets);
/* The path of a file there; good until the eighth call from here. */
const char *world_at(const char *name);
size_t world_read(const char *name, void *out, size_t room);
void world_write(const char *name, const char *text, unsigned int mode);
uint64_t world_now_ms(void);
/* Nothing was said as yet; the next three begin so. */
void world_hush(void);
/* NAME.chain.pem with its key, by way of the loader that the daemon uses. */
struct tlsup_credential *world_chain(const char *name);
/* The configuration that text is, in test.conf; NULL if there are errors in it. */
struct tlsup_config *world_load(const char *text);
/* Without any. */
struct tlsup_config *world_config(const char *text);

#endif /* WORLD_H */
