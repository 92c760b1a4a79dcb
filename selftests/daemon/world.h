/* SPDX-License-Identifier: Apache-2.0 */
/* world: a test's own directory, with the certificates of selftests/daemon/certs. */
#ifndef WORLD_H
#define WORLD_H

struct tlsup_config;

/* Which certificates: "few", "" or "more". It is removed at exit. Ends the
 * program if it cannot be made. */
void world_begin(const char *which);
/* The path of a file there; good until the eighth call from here. */
const char *world_at(const char *name);
/* The configuration that text is, in a file there; what the parser says of it is
 * noted. Ends the program if there is none. */
struct tlsup_config *world_config(const char *text);

#endif /* WORLD_H */
