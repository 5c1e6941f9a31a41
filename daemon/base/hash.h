/* hash.h - a set of items, each found by a string that it holds (its key).
 *
 * The items belong to the caller and must outlive the set, which keeps one pointer for each. The function is
 * SipHash-1-3 under a key that is random for each process, so that nobody can choose keys that collide. The order of
 * the slots therefore differs from run to run: no output may depend on it.
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
	uint64_t lengths; /* a bit for each length of a key, modulo 64: most keys that are absent need not be hashed */
};

/* The hash of a string; another one in each process. */
uint64_t hash_str(struct str);

void hash_init(struct hash *, struct arena *, struct str (*key_of)(const void *item));
/* The item with this key, or NULL. */
void *hash_get(const struct hash *, struct str key);
/* Adds the item and returns NULL; if there is an item with its key already, returns that one and changes nothing. */
void *hash_add(struct hash *, void *item);

/* For a set whose items are strings (struct str) and nothing more: their key. */
struct str hash_string(const void *item);
/* Adds a string to such a set, which keeps a copy of the struct, not of its bytes. False: it was there before. */
bool hash_add_string(struct hash *, struct str);

#endif
