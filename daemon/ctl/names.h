/* SPDX-License-Identifier: Apache-2.0 */
/* Names for the numbers of TLS (IANA's registries) and of tlsup's own. */
#ifndef TLSUP_CTL_NAMES_H
#define TLSUP_CTL_NAMES_H

enum tlsup_registry {
	TLSUP_NAMES_VERSION,
	TLSUP_NAMES_SUITE,
	TLSUP_NAMES_GROUP,
	TLSUP_NAMES_SCHEME,
	TLSUP_NAMES_ALERT,
	TLSUP_NAMES_ROLE,
	TLSUP_NAMES_STATE,
	TLSUP_NAMES_EVENT,
	TLSUP_NAMES_STAT,
	TLSUP_NAMES_COUNT,
};

/*
 * The name of number, or NULL. tlsup_names_text() always has an answer: the
 * name, or the number in hexadecimal in a static buffer that the next call
 * overwrites.
 */
const char *tlsup_names_find(enum tlsup_registry registry, unsigned int number);
const char *tlsup_names_text(enum tlsup_registry registry, unsigned int number);

#endif /* TLSUP_CTL_NAMES_H */
