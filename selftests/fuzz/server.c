// SPDX-License-Identifier: Apache-2.0
/* A fuzz target: the engine as a server; see handshake.h. */
#define FUZZ_ROLE HS_SERVER
#include "handshake.h"
