#include "store/sqlite/answer.h"

#include <stdalign.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/limits.h"

enum { BLOCK_BYTES = 8192, ALIGNMENT = alignof(max_align_t), FIRST_ITEMS = 16 };

struct answer_block {
	struct answer_block *previous;
	size_t               size;
	size_t               used;
	alignas(max_align_t) unsigned char data[];
};

void answer_release(struct answer *a)
{
	while (a->current) {
		struct answer_block *previous = a->current->previous;

		free(a->current);
		a->current = previous;
	}
}

static void release(void *what)
{
	answer_release(what);
}

struct answer *answer_new(struct arena *arena)
{
	struct answer *a = ARENA_NEW(arena, struct answer);

	arena_defer(arena, release, a);
	return a;
}

static bool grow(struct answer *a, size_t size)
{
	size_t               want = size > BLOCK_BYTES ? size : BLOCK_BYTES;
	struct answer_block *block = NULL;

	if (want > LIMIT_STORE_ANSWER_BYTES - a->held)
		a->too_much = true;
	else
		block = calloc(1, sizeof(*block) + want);
	if (!block) {
		a->failed = true;
		return false;
	}
	*block = (struct answer_block){ .previous = a->current, .size = want };
	a->current = block;
	a->held += want;
	return true;
}

void *answer_alloc(struct answer *a, size_t size)
{
	void *p;

	if (size > LIMIT_STORE_ANSWER_BYTES) {
		a->failed = a->too_much = true;
		return NULL;
	}
	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if ((!a->current || size > a->current->size - a->current->used) && !grow(a, size))
		return NULL;
	p = a->current->data + a->current->used;
	a->current->used += size;
	return p;
}

struct str answer_copy(struct answer *a, const void *bytes, size_t n)
{
	char *copy = answer_alloc(a, n + 1);

	if (!copy)
		return STR_ABSENT;
	if (n)
		memcpy(copy, bytes, n);
	return str_of(copy, n);
}

void *answer_item(struct answer *a, void *items, size_t *cap, size_t n, size_t size)
{
	size_t want = *cap ? *cap * 2 : FIRST_ITEMS;
	void  *larger;

	if (n < *cap)
		return items;
	larger = answer_alloc(a, want * size);
	if (!larger)
		return NULL;
	if (n)
		memcpy(larger, items, n * size);
	*cap = want;
	return larger;
}
