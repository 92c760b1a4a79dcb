/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * simd.h: vector registers are usable where x86 says so.  The host saves them in the signal frame
 * around each User Mode Linux interrupt, so softirqs may use them too, as on real hardware; the
 * generic header would send softirq callers to cryptd.
 */
#ifndef TLSUP_SHIM_SIMD_H
#define TLSUP_SHIM_SIMD_H

#include <asm/fpu/api.h>

static inline bool may_use_simd(void)
{
	return irq_fpu_usable();
}

#endif
