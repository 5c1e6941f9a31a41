/* answer.h - the memory of one answer of the store.
 *
 * An arena ends the arena_run when memory runs out, which must not happen while a connection is held: it would never
 * be given back. So rows are copied into this memory, which says NULL instead; the arena owns it and frees it. All of
 * an answer's memory is had from here between taking a connection and giving it back.
 */
#ifndef CALLOUT_STORE_ANSWER_H
#define CALLOUT_STORE_ANSWER_H

#include "base/str.h"

struct arena;

struct answer {
	struct answer_block *current;
	size_t               held;
	bool                 failed;   /* something was not had: what is in the answer is not whole */
	bool                 too_much; /* because of LIMIT_STORE_ANSWER_BYTES */
};

/* To be called while no connection is held. */
struct answer *answer_new(struct arena *);

/* Frees what one holds that was made without an arena, by { 0 }. */
void answer_release(struct answer *);

/* Zeroed. NULL: there is no memory, or too much was asked for; `failed` is set. */
void *answer_alloc(struct answer *, size_t size);

/* A copy with a NUL behind it; absent when it could not be made. */
struct str answer_copy(struct answer *, const void *bytes, size_t n);

/* Room for one more item: *items and *cap are those of an array with n items. NULL: see answer_alloc; the array is as
 * it was. */
void *answer_item(struct answer *, void *items, size_t *cap, size_t n, size_t size);

#endif
