/* SPDX-License-Identifier: Apache-2.0 */
/* names: IANA's names for the numbers on the wire, both ways. */
#ifndef TLSUP_NAMES_H
#define TLSUP_NAMES_H

#include <stdbool.h>
#include <stdint.h>

/* The name, or "unknown" for a number that is in no table here. */
const char *tlsup_suite_name(uint16_t id);
const char *tlsup_group_name(uint16_t id);
const char *tlsup_scheme_name(uint16_t id);
const char *tlsup_version_name(uint16_t id);
const char *tlsup_alert_name(uint8_t id);

/* What a configuration may name: false for what the engine does not speak. */
bool tlsup_suite_by_name(const char *name, uint16_t *id);
bool tlsup_group_by_name(const char *name, uint16_t *id);

#endif
