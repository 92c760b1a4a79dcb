/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpu_device_id.h: the little of x86's CPU matching that aesni-intel_glue.c uses, for User Mode
 * Linux, whose boot_cpu_data knows the host's feature bits but no vendor or model.
 */
#ifndef TLSUP_SHIM_CPU_DEVICE_ID_H
#define TLSUP_SHIM_CPU_DEVICE_ID_H

#include <linux/mod_devicetable.h>
#include <linux/types.h>
#include <asm/cpufeature.h>

#define SHIM_NO_FEATURE		0xffff

#define X86_MATCH_FEATURE(bit, data) \
	{ .feature = (bit), .driver_data = (unsigned long)(data) }
/* A list of models, here to be kept off wide vectors: never matches. */
#define X86_MATCH_VFM(model, data) \
	{ .feature = SHIM_NO_FEATURE, .driver_data = (unsigned long)(data) }

#define XFEATURE_MASK_SSE	0x02
#define XFEATURE_MASK_YMM	0x04
#define XFEATURE_MASK_AVX512	0xe0

static inline const struct x86_cpu_id *x86_match_cpu(const struct x86_cpu_id *row)
{
	for (; row->feature; row++) {
		if (row->feature != SHIM_NO_FEATURE &&
		    cpu_has(&boot_cpu_data, row->feature))
			return row;
	}
	return NULL;
}

static inline int cpu_has_xfeatures(u64 needed, const char **name)
{
	u32 low, high;

	asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return (low & needed) == needed;
}

/* The module is loaded by path, so it needs no alias by CPU. */
#undef MODULE_DEVICE_TABLE
#define MODULE_DEVICE_TABLE(type, table)

#endif
