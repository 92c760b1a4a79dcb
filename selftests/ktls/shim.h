/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shim.h: lets the kernel's own kTLS selftest, unedited, be built and pointed at another ULP.
 *
 * Included before tools/testing/selftests/net/tls.c (-include).  It renames the ULP that the test
 * attaches to the one that the environment names in KTLS_ULP, and mends the file's one build error:
 * its rekey tests, backported without their helper, pass tls_crypto_info_init() a key generation
 * as a fourth argument that the function does not have.
 */
#ifndef TLSUP_KTLS_SHIM_H
#define TLSUP_KTLS_SHIM_H

#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/tls.h>
#include <netinet/in.h>

#define SHIM_TCP_ULP	31
#define SHIM_REC_SEQ	8

static inline int shim_setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	const char *ulp = getenv("KTLS_ULP");

	if (ulp && level == IPPROTO_TCP && name == SHIM_TCP_ULP && len == sizeof("tls") &&
	    !memcmp(value, "tls", sizeof("tls"))) {
		value = ulp;
		len = strlen(ulp) + 1;
	}
	return setsockopt(fd, level, name, value, len);
}

#define setsockopt(...)	shim_setsockopt(__VA_ARGS__)

/*
 * Every tls12_crypto_info_* starts with its info and ends with the record sequence, which a new key
 * starts again from zero; what lies between is key material.
 */
#define shim_generation(version, cipher, keys, generation) \
do { \
	(tls_crypto_info_init)(version, cipher, keys); \
	memset((char *)(keys) + sizeof(struct tls_crypto_info), generation, \
	       (keys)->len - sizeof(struct tls_crypto_info) - SHIM_REC_SEQ); \
} while (0)

/* With three arguments, as in the function's definition too, the name stands for itself. */
#define shim_plain(version, cipher, keys)	(tls_crypto_info_init)(version, cipher, keys)
#define shim_pick(a, b, c, d, choice, ...)	choice
#define tls_crypto_info_init(...) \
	shim_pick(__VA_ARGS__, shim_generation, shim_plain)(__VA_ARGS__)

#endif
