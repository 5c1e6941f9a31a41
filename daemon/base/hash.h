/* hash.h - a set of things that are found by a string in them, safe against keys chosen to collide.
 *
 * The things belong to the caller and must outlive the set; a slot is one pointer. SipHash-1-3 under a random key of
 * the process; no order of output may ever come from walking the table.
 */
#ifndef CALLOUT_BASE_HASH_H
#define CALLOUT_BASE_HASH_H

#include "base/str.h"

struct arena;

struct hash {
	struct arena *arena;
	struct str (*key_of)(const void *item);
	void   **slots; /* open addressing; NULL is free */
	size_t   n;
	size_t   cap;     /* a power of two, or 0 */
	uint64_t lengths; /* of the keys, a bit for each modulo 64: most keys that are absent are not even hashed */
};

uint64_t hash_str(struct str);

void hash_init(struct hash *, struct arena *, struct str (*key_of)(const void *item));
/* NULL when absent. */
void *hash_get(const struct hash *, struct str key);
/* Takes the item in, unless there is one with its key already: then that one is returned and nothing changes. */
void *hash_add(struct hash *, void *item);

#endif
