// SPDX-License-Identifier: Apache-2.0
/*
 * xstate.c: lets a 6.12 User Mode Linux binary run where the CPU's extended state is larger than it
 * knows.
 *
 * That kernel keeps the state of a guest process in a buffer of a size fixed at build time, and the
 * host takes back only the whole state (PTRACE_SETREGSET answers EFAULT otherwise).  On a CPU with
 * AMX the whole is 11 KiB, and no guest process would start.  Preloaded into the binary, this
 * completes what the kernel hands over: guests cannot ask for the permission that AMX needs, so the
 * part that the buffer lacks is always in its initial state.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#define WHOLE_MAX	65536
#define XSAVE_HEADER	512
/* State components 0 to 9, up to PKRU: those that lie within the kernel's buffer. */
#define KNOWN_FEATURES	0x3ffULL

typedef long (*ptrace_fn)(enum __ptrace_request request, ...);

/* User Mode Linux has one CPU, and its kernel is one thread. */
static uint8_t whole[WHOLE_MAX];
static size_t whole_size;

static size_t xstate_size(ptrace_fn next, long pid)
{
	struct iovec all = { .iov_base = whole, .iov_len = sizeof(whole) };

	if (next(PTRACE_GETREGSET, pid, NT_X86_XSTATE, &all) < 0)
		return 0;
	return all.iov_len;
}

static long xstate_set(ptrace_fn next, long pid, const struct iovec *part)
{
	struct iovec all = { .iov_base = whole };
	uint64_t features;

	if (!whole_size)
		whole_size = xstate_size(next, pid);
	if (part->iov_len >= whole_size)
		return next(PTRACE_SETREGSET, pid, NT_X86_XSTATE, part);
	memset(whole, 0, whole_size);
	memcpy(whole, part->iov_base, part->iov_len);
	memcpy(&features, whole + XSAVE_HEADER, sizeof(features));
	features &= KNOWN_FEATURES;
	memcpy(whole + XSAVE_HEADER, &features, sizeof(features));
	all.iov_len = whole_size;
	return next(PTRACE_SETREGSET, pid, NT_X86_XSTATE, &all);
}

long ptrace(enum __ptrace_request request, ...)
{
	static ptrace_fn next;
	void *addr, *data;
	va_list args;
	long pid;

	if (!next)
		next = (ptrace_fn)dlsym(RTLD_NEXT, "ptrace");
	va_start(args, request);
	pid = va_arg(args, int);
	addr = va_arg(args, void *);
	data = va_arg(args, void *);
	va_end(args);
	if (request == PTRACE_SETREGSET && (uintptr_t)addr == NT_X86_XSTATE)
		return xstate_set(next, pid, data);
	return next(request, pid, addr, data);
}
