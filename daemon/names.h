/* SPDX-License-Identifier: Apache-2.0 */
/* names: IANA's names for the numbers on the wire, both ways; for tlsupd and
 * tlsup alike. */
#ifndef TLSUP_NAMES_H
#define TLSUP_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tlsup_name {
	uint16_t	id;
	const char	*text;
};

/*
 * The name, or the number in hexadecimal: that is the thread's own buffer,
 * which the next call overwrites. The first is for tables of somebody else's.
 */
const char *tlsup_name_text(const struct tlsup_name *table, size_t n,
			    unsigned int id);
const char *tlsup_version_name(uint16_t id);
const char *tlsup_suite_name(uint16_t id);
const char *tlsup_group_name(uint16_t id);
const char *tlsup_scheme_name(uint16_t id);
const char *tlsup_alert_name(uint8_t id);

/* Upper and lower case are alike. False for what is not in the table; whether
 * engine and kernel speak what is, others know. */
bool tlsup_suite_by_name(const char *name, uint16_t *id);
/* Also by the names that openssl(1) users know, P-256. */
bool tlsup_group_by_name(const char *name, uint16_t *id);
bool tlsup_scheme_by_name(const char *name, uint16_t *id);

#endif
