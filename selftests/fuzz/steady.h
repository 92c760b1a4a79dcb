/* SPDX-License-Identifier: Apache-2.0 */
/* steady: an hs_crypto that gives the same random bytes and the same ephemeral
 * keys in every run, so that an input of a fuzzer means the same twice. */
#ifndef STEADY_H
#define STEADY_H

#include "daemon/engine/hs_crypto.h"

/* Starts the random bytes anew. */
const struct hs_crypto *steady_crypto(void);

#endif
