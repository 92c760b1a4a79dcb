// SPDX-License-Identifier: Apache-2.0
/* heap: allocations counted by whom they are for. */
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>

#include <openssl/crypto.h>

#include "heap.h"

#define BLOCKS (1 << 18)	/* that have an owner at the same time; a power of 2 */

void *__real_malloc(size_t len);
void *__real_calloc(size_t n, size_t len);
void *__real_realloc(void *p, size_t len);
void __real_free(void *p);
void *__wrap_malloc(size_t len);
void *__wrap_calloc(size_t n, size_t len);
void *__wrap_realloc(void *p, size_t len);
void __wrap_free(void *p);

static struct block {
	void			*p;		/* NULL: never used */
	struct heap_count	*owner;		/* NULL: not any more */
	long			size;
} blocks[BLOCKS];
static struct heap_count *owner;

static struct block *place_of(const void *p)
{
	size_t i = (uintptr_t)p / 16 * 0x9e3779b1u % BLOCKS;

	for (size_t n = 0; n < BLOCKS; n++, i = (i + 1) % BLOCKS)
		if (!blocks[i].p || blocks[i].p == p)
			return &blocks[i];
	abort();
}

static void *got(void *p)
{
	struct block *b;

	if (!p || !owner)
		return p;
	b = place_of(p);
	*b = (struct block){ p, owner, (long)malloc_usable_size(p) };
	owner->live += b->size;
	if (owner->live > owner->highest)
		owner->highest = owner->live;
	return p;
}

/* What it was counted for; the place stays, for those behind it. */
static struct block forget(const void *p)
{
	struct block none = { 0 }, *b = p ? place_of(p) : &none, was = *b;

	b->owner = NULL;
	return was;
}

static void gone(const struct block *was)
{
	if (was->owner)
		was->owner->live -= was->size;
}

void *__wrap_malloc(size_t len)
{
	return got(__real_malloc(len));
}

void *__wrap_calloc(size_t n, size_t len)
{
	return got(__real_calloc(n, len));
}

/* The old and the new one are there at the same time. */
void *__wrap_realloc(void *p, size_t len)
{
	struct block was = forget(p);
	void *now = __real_realloc(p, len);

	got(now);
	gone(&was);
	return now;
}

void __wrap_free(void *p)
{
	struct block was = forget(p);

	gone(&was);
	__real_free(p);
}

static void *crypto_malloc(size_t len, const char *file, int line)
{
	(void)file;
	(void)line;
	return __wrap_malloc(len);
}

static void *crypto_realloc(void *p, size_t len, const char *file, int line)
{
	(void)file;
	(void)line;
	return __wrap_realloc(p, len);
}

static void crypto_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	__wrap_free(p);
}

bool heap_begin(void)
{
	return CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc,
					crypto_free) == 1;
}

struct heap_count *heap_owner(struct heap_count *now)
{
	struct heap_count *was = owner;

	owner = now;
	return was;
}

void heap_rest(struct heap_count *c)
{
	if (c->live > c->resting)
		c->resting = c->live;
}
