/* source.h - a named input and its places.
 *
 * A source keeps the bytes of one input for as long as findings may point into it. Offsets count bytes from
 * 0, lines count from 1, columns count code points from 1 (a byte that is no UTF-8 counts as one). Lines end
 * at LF; a CR before it belongs to the line's end.
 */
#ifndef CALLOUT_BASE_SOURCE_H
#define CALLOUT_BASE_SOURCE_H

#include "base/str.h"

struct arena;

struct source {
	struct str           name; /* as the user wrote it; "<stdin>" for standard input */
	struct str           bytes;
	struct source_state *state; /* line table, made when first needed */
};

/* A span of a source. source == NULL: the finding has no place (an option, the environment). */
struct pos {
	const struct source *source;
	uint32_t             offset;
	uint32_t             length;
};

#define POS_NONE ((struct pos){ NULL, 0, 0 })

static inline struct pos pos_at(const struct source *source, size_t offset, size_t length)
{
	return (struct pos){ source, (uint32_t)offset, (uint32_t)length };
}

/* The bytes stay the caller's and must outlive the source. At most 4 GiB - 1. */
const struct source *source_from_bytes(struct arena *, struct str name, struct str bytes);

/* A source whose bytes are not kept, such as a dump. Whoever reads it registers the line and column of each offset that
 * a finding may point to. */
struct source *source_without_bytes(struct arena *, struct str name);
void           source_tell_place(struct source *, uint32_t offset, uint32_t line, uint32_t column);

struct place {
	uint32_t   line; /* 1 when nothing is known */
	uint32_t   column;
	struct str text; /* of the line, without its end; absent when the bytes are not kept */
};
/* Do lines and columns mean anything in it? Not in a binary file, nor when nothing is known of it. */
bool         source_has_lines(const struct source *);
struct place source_place(const struct source *, size_t offset);

#endif
