/* answer.h - the memory of one answer of the store.
 *
 * When an arena runs out of memory it ends the arena_run. That must not happen while a connection is held, which would
 * then never be given back. So rows are copied into this memory, which returns NULL instead; the arena owns it and
 * frees it. Between taking a connection and giving it back, all memory of an answer comes from here.
 */
#ifndef CALLOUT_STORE_ANSWER_H
#define CALLOUT_STORE_ANSWER_H

#include "base/str.h"

struct arena;

struct answer {
	struct answer_block *current;
	size_t               held;
	bool                 failed;   /* an allocation failed: the answer is incomplete */
	bool                 too_much; /* because of LIMIT_STORE_ANSWER_BYTES */
};

/* A new, empty answer. To be called while no connection is held. */
struct answer *answer_new(struct arena *);

/* Frees the memory of an answer that was made without an arena, by { 0 }. */
void answer_release(struct answer *);

/* Zeroed. NULL: there is no memory, or too much was asked for; `failed` is set. */
void *answer_alloc(struct answer *, size_t size);

/* A copy with a NUL behind it; absent when it could not be made. */
struct str answer_copy(struct answer *, const void *bytes, size_t n);

/* Room for one more item: *items and *cap are those of an array with n items. NULL: see answer_alloc; the array is as
 * it was. */
void *answer_item(struct answer *, void *items, size_t *cap, size_t n, size_t size);

#endif
