/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record_cbc: what is in a record of TLS 1.2 that was decrypted by CBC, found out
 * without telling where it ends (RFC 5246 6.2.3.2, Lucky 13): no branch, no place in
 * memory and no number of hash blocks hangs on what was decrypted. The answer does.
 */
#ifndef RECORD_CBC_H
#define RECORD_CBC_H

#include <stddef.h>
#include <stdint.h>

#define RECORD_CBC_HEAD 13	/* RFC 5246 6.2.3.1: number, type, version, length */

struct record_hmac;

/* HMAC under this key, of SHA-1, SHA-256 or SHA-384: its length says which. */
struct record_hmac *record_hmac_new(const uint8_t *key, size_t len);
/* Wipes. */
void record_hmac_free(struct record_hmac *h);

/*
 * MAC-then-encrypt: body[len] is data, MAC and padding. head is what the MAC has in
 * front of the data; the length in it is filled in. 0xff and the length of the
 * data, or 0 and any number; len is at least MAC and one byte of padding.
 */
uint8_t record_cbc_check(const struct record_hmac *h,
			 const uint8_t head[RECORD_CBC_HEAD],
			 const uint8_t *body, size_t len, size_t *n);

/* Encrypt-then-MAC (RFC 7366): body[len] is data and padding. The same. */
uint8_t record_cbc_unpad(const uint8_t *body, size_t len, size_t *n);

#endif /* RECORD_CBC_H */
