/* SPDX-License-Identifier: Apache-2.0 */
/* Names for tlsup's own numbers, in the manner of daemon/names.h. */
#ifndef TLSUP_CTL_NAMES_H
#define TLSUP_CTL_NAMES_H

const char *tlsup_role_name(unsigned int role);		/* TLSUP_ROLE_* */
const char *tlsup_state_name(unsigned int state);	/* TLSUP_STATE_* */
const char *tlsup_event_name(unsigned int event);	/* TLSUP_EVENT_* */
const char *tlsup_stat_name(unsigned int stat);		/* TLSUP_STAT_* */

#endif /* TLSUP_CTL_NAMES_H */
