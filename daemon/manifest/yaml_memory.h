/* yaml_memory.h - where libyaml gets its memory while a tree is read: from the arena.
 *
 * For each scalar libyaml asks malloc four times and frees three of these at once: a fifth of the time that it takes. It
 * asks through functions that it exports (yaml_malloc and the like) and calls as anyone's, so that a program's own take
 * their place; where a system links otherwise, it goes on asking malloc.
 */
#ifndef CALLOUT_MANIFEST_YAML_MEMORY_H
#define CALLOUT_MANIFEST_YAML_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

enum {
	YAML_MEMORY_CLASSES = 8, /* of 16 bytes to 2 KiB; what is larger comes from malloc */
	YAML_MEMORY_UNUSED_BYTES = 48 * 1024,
};

/* Pieces that were freed, by size: to be taken again. Zeroed memory is an empty one. */
struct yaml_memory {
	struct arena *arena;
	bool          unused; /* what is asked for now, and is not small, is never read nor written: one room for all */
	void         *freed[YAML_MEMORY_CLASSES];
};

/* From now on what this thread's parsers ask for comes from here; NULL: from malloc. What it was before. What came from a
 * memory may be freed while another, or none, is in use, for as long as its arena holds it. */
struct yaml_memory *yaml_memory_use(struct yaml_memory *);

#endif
