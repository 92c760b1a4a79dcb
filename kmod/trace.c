// SPDX-License-Identifier: GPL-2.0-only
/* trace: owns the tracepoints' bodies. */

#ifndef __CHECKER__
#define CREATE_TRACE_POINTS
#include "trace.h"
#endif
