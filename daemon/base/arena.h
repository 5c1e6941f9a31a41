/* arena.h - the memory of one run or one request: taken piece by piece, given back all at once.
 *
 * arena_alloc never returns NULL. When memory (or the arena's cap) runs out, control returns to the
 * arena_run that is on the stack, which answers false; so the many functions above it need no branch that no
 * test would ever reach, and running out is handled in the one place that can say so. What is not memory (an
 * open file, a parser of libyaml) is handed to arena_defer and released with the arena, however it ends.
 *
 * An arena belongs to one thread at a time. Nothing in it is freed singly.
 */
#ifndef CALLOUT_BASE_ARENA_H
#define CALLOUT_BASE_ARENA_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;

/* A new arena that may hold cap bytes in all. NULL: there is no memory for even its first block. */
struct arena *arena_new(size_t cap);
void          arena_free(struct arena *); /* NULL is fine */

/* Runs body(ctx); true when it returned, false when memory ran out inside it. Not to be nested. */
bool arena_run(struct arena *, void (*body)(void *ctx), void *ctx);

/* The free part of the current block. It is the first member of struct arena, so that arena_alloc can be inlined; the
 * rest of that struct is known to arena.c alone. */
struct arena_room {
	unsigned char *next;
	size_t         left; /* a multiple of the alignment */
};

/* arena_alloc when the current block has no room. */
void *arena_alloc_more(struct arena *, size_t size);

/* Zeroed memory, aligned for any object. */
static inline void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_room *room = (struct arena_room *)arena;
	void              *p = room->next;

	if (size > room->left)
		return arena_alloc_more(arena, size);
	size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	room->next += size;
	room->left -= size;
	return p;
}

/* Zeroed memory for count items of size bytes each; an overflow of the product counts as running out of memory. */
void *arena_array(struct arena *, size_t count, size_t size);
void *arena_copy(struct arena *, const void *bytes, size_t size);
/* Makes room for one more item in a list of n items of size bytes. Returns the list itself or, when it is full (n has
 * reached *cap), a copy with twice the room, and sets *cap: pointers to items are no longer valid then. An empty list
 * may be NULL with a *cap of 0. */
void *arena_list(struct arena *, void *items, size_t n, size_t *cap, size_t size);

/* When this arena runs out, the arena_run of owner ends: for a second, shorter-lived arena that is used inside of that
 * run. */
void arena_share_run(struct arena *, const struct arena *owner);

/* Ends the arena_run as if memory had run out: for when a library reports that an allocation of its own failed. */
_Noreturn void arena_exhausted(struct arena *);

/* Runs release(what) when the arena is freed or reset past this point; last registered first. */
void arena_defer(struct arena *, void (*release)(void *what), void *what);

/* A mark remembers a point; a reset gives back what was allocated after it, for loops over many manifests. */
struct arena_mark {
	void  *block;
	size_t used;
	void  *deferred;
};
struct arena_mark arena_mark(struct arena *);
void              arena_reset(struct arena *, struct arena_mark);

size_t arena_bytes(const struct arena *); /* held from the system at present */

#define ARENA_NEW(arena, type)                 ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, n, type)            ((type *)arena_array((arena), (n), sizeof(type)))
#define ARENA_LIST(arena, items, n, cap, type) ((type *)arena_list((arena), (items), (n), (cap), sizeof(type)))

#endif
