#include "base/arena.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BLOCK = 32 * 1024, LARGEST_BLOCK = 4 * 1024 * 1024, ALIGNMENT = alignof(max_align_t) };
enum { FIRST_ITEMS = 4 };

struct block {
	struct block *previous;
	size_t        size; /* of data */
	size_t        used; /* while another block is the current one */
	alignas(max_align_t) unsigned char data[];
};

struct deferred {
	struct deferred *previous;
	void (*release)(void *what);
	void *what;
};

struct arena {
	struct arena_room room; /* of the current block: all zero, as calloc gave it and arena_reset leaves it */
	struct block     *current;
	struct deferred  *deferred;
	size_t            held;
	size_t            cap;
	size_t            next_size;
	jmp_buf          *run; /* of the arena_run on the stack */
};

static struct block *block_new(size_t size, struct block *previous)
{
	struct block *block = calloc(1, sizeof(*block) + size);

	if (!block)
		return NULL;
	block->previous = previous;
	block->size = size;
	return block;
}

static size_t used_of(const struct arena *arena)
{
	return arena->current->size - arena->room.left;
}

static void use(struct arena *arena, struct block *block, size_t used)
{
	arena->current = block;
	arena->room = (struct arena_room){ block->data + used, block->size - used };
}

struct arena *arena_new(size_t cap)
{
	struct block *first;
	struct arena *arena = calloc(1, sizeof(*arena));

	if (!arena)
		return NULL;
	arena->cap = cap;
	arena->next_size = FIRST_BLOCK;
	first = block_new(FIRST_BLOCK, NULL);
	if (!first) {
		free(arena);
		return NULL;
	}
	use(arena, first, 0);
	arena->held = FIRST_BLOCK;
	return arena;
}

static void release_until(struct arena *arena, const struct deferred *end)
{
	while (arena->deferred != end) {
		struct deferred *d = arena->deferred;

		arena->deferred = d->previous;
		d->release(d->what);
	}
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	release_until(arena, NULL);
	for (struct block *b = arena->current; b;) {
		struct block *previous = b->previous;

		free(b);
		b = previous;
	}
	free(arena);
}

bool arena_run(struct arena *arena, void (*body)(void *ctx), void *ctx)
{
	jmp_buf here;

	arena->run = &here;
	if (setjmp(here) == 0) {
		body(ctx);
		arena->run = NULL;
		return true;
	}
	arena->run = NULL;
	return false;
}

void arena_share_run(struct arena *arena, const struct arena *owner)
{
	arena->run = owner->run;
}

void arena_exhausted(struct arena *arena)
{
	if (arena->run)
		longjmp(*arena->run, 1);
	abort(); /* a caller that allocates outside arena_run is a defect of ours */
}

/* Adds a block that holds at least size bytes. Each is larger than the one before, up to a limit, so that there are few
 * of them. */
static void grow(struct arena *arena, size_t size)
{
	size_t        want = arena->next_size;
	struct block *block;

	if (want < size)
		want = size;
	if (want > arena->cap - arena->held)
		want = size;
	if (size > arena->cap - arena->held)
		arena_exhausted(arena);
	block = block_new(want, arena->current);
	if (!block)
		arena_exhausted(arena);
	arena->current->used = used_of(arena);
	use(arena, block, 0);
	arena->held += want;
	if (arena->next_size < LARGEST_BLOCK)
		arena->next_size *= 2;
}

void *arena_alloc_more(struct arena *arena, size_t size)
{
	if (size > SIZE_MAX - ALIGNMENT)
		arena_exhausted(arena);
	grow(arena, (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1));
	return arena_alloc(arena, size);
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		arena_exhausted(arena);
	return arena_alloc(arena, count * size);
}

void *arena_copy(struct arena *arena, const void *bytes, size_t size)
{
	void *p = arena_alloc(arena, size);

	if (size)
		memcpy(p, bytes, size);
	return p;
}

void *arena_list(struct arena *arena, void *items, size_t n, size_t *cap, size_t size)
{
	void *larger;

	if (n < *cap)
		return items;
	*cap = *cap ? *cap * 2 : FIRST_ITEMS;
	larger = arena_array(arena, *cap, size);
	if (n)
		memcpy(larger, items, n * size);
	return larger;
}

void arena_defer(struct arena *arena, void (*release)(void *what), void *what)
{
	struct deferred *d = arena_alloc(arena, sizeof(*d));

	d->previous = arena->deferred;
	d->release = release;
	d->what = what;
	arena->deferred = d;
}

struct arena_mark arena_mark(struct arena *arena)
{
	return (struct arena_mark){ arena->current, used_of(arena), arena->deferred };
}

void arena_reset(struct arena *arena, struct arena_mark mark)
{
	release_until(arena, mark.deferred);
	while (arena->current != mark.block) {
		struct block *b = arena->current;

		use(arena, b->previous, b->previous->used);
		arena->held -= b->size;
		free(b);
	}
	memset(arena->current->data + mark.used, 0, used_of(arena) - mark.used);
	use(arena, arena->current, mark.used);
}

size_t arena_bytes(const struct arena *arena)
{
	return arena->held;
}
