/* hash.h - a map from strings to anything, safe against keys chosen to collide.
 *
 * SipHash-1-3 under a random key of the process; no order of output may ever come from walking the table.
 */
#ifndef CALLOUT_BASE_HASH_H
#define CALLOUT_BASE_HASH_H

#include "base/str.h"

struct arena;

struct hash_entry {
	struct str key;
	void      *value;
};

struct hash {
	struct arena      *arena;
	struct hash_entry *slots; /* open addressing; key.p == NULL is free */
	size_t             n;
	size_t             cap;   /* a power of two, or 0 */
};

uint64_t hash_str(struct str);

void hash_init(struct hash *, struct arena *);
/* NULL when absent. */
void *hash_get(const struct hash *, struct str key);
/* The place of key's value, NULL inside when it is new. The key's bytes must live as long as the hash. */
void **hash_at(struct hash *, struct str key);

#endif
