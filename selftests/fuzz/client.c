// SPDX-License-Identifier: Apache-2.0
/* A fuzz target: the engine as a client; see handshake.h. */
#define FUZZ_ROLE HS_CLIENT
#include "handshake.h"
