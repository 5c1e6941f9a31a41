/* json_slots.h - the blocks that are in memory at one time, and the second thread that fills them ahead of the caller.
 *
 * A large file is read and indexed by two threads: whichever is free takes the next block. Whether a block begins
 * inside a string is known only once everything before it is indexed, so it is guessed. The guess is nearly always
 * right; a wrong one is noticed when the block's turn comes, and the block is indexed again.
 */
#ifndef CALLOUT_JSON_JSON_SLOTS_H
#define CALLOUT_JSON_JSON_SLOTS_H

#include <pthread.h>

#include "json/json_blocks.h"

enum { JSON_SLOTS = 6 };

struct json_slot {
	struct json_block block;
	struct json_carry before, after;
	enum json_fault   fault; /* of reading, behind the block's last byte */
	bool              ready; /* guarded by the mutex */
};

struct json_blocks {
	const struct json_kernel_ops *kernel;
	struct json_source            source;
	struct json_carry             carry; /* into the next block */
	size_t                        block_bytes;
	uint64_t                      max_bytes;
	uint64_t                      next;     /* number of the block whose turn it is */
	uint64_t                      offset;   /* where it begins, with one thread */
	int64_t                       two_from; /* files of this size are for two threads */
	unsigned                      n_slots;
	struct json_slot              slots[JSON_SLOTS];

	/* The second thread. It runs only while `running`; what follows is guarded by the mutex. */
	bool            running;
	pthread_t       thread;
	pthread_mutex_t mutex;
	pthread_cond_t  changed;
	uint64_t        claimed; /* the number of the next block that nobody has taken */
	uint64_t        used;    /* blocks before this number are done with */
	uint64_t        end;     /* the number of the first block behind the file's end, as it was when it was opened */
	bool            stop;
};

/* Notes what was read into the slot, whose offset is set: cut at the cap on bytes, and with spaces behind it. */
void json_slot_set(const struct json_blocks *, struct json_slot *, struct json_filled *);
/* Reads block `number` into its slot and indexes it as if `before` stood before it. NULL: what stands there is guessed. */
void json_slot_fill(struct json_blocks *, uint64_t number, const struct json_carry *before);
void json_slot_index(const struct json_blocks *, struct json_slot *, const struct json_carry *before);

static inline struct json_slot *json_slot_of(struct json_blocks *b, uint64_t number)
{
	return &b->slots[number % b->n_slots];
}

/* The second thread reads on from block `first`. Without one (it cannot be had) all goes on as before. */
void json_ahead_start(struct json_blocks *, uint64_t first);
void json_ahead_stop(struct json_blocks *);
/* The slot of the next block, filled by either thread; its `before` is a guess. */
struct json_slot *json_ahead_next(struct json_blocks *);

#endif
