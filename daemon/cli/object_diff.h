/* object_diff.h - differences of two sets of objects as people and programs read them: unified, or JSON. */
#ifndef CALLOUT_CLI_OBJECT_DIFF_H
#define CALLOUT_CLI_OBJECT_DIFF_H

#include "base/buf.h"
#include "json/json_write.h"
#include "krm/object_set.h"

struct object_diff {
	struct arena      *arena;
	struct arena      *scratch;
	bool               json;
	const char        *old_side, *new_side; /* as in the heads: "live", "generated" */
	const char        *list_kind;           /* of the JSON object */
	struct buf         text;
	struct json_writer writer;
};

/* The members but text and writer are set by the caller. */
void object_diff_begin(struct object_diff *);

/* Adds one object; old or new may be NULL. state: the word for it in JSON. The unified form shows only what differs. */
void object_diff_add(struct object_diff *, const char *state, const struct object_entry *old,
                     const struct object_entry *new, struct str hunks);
void object_diff_end(struct object_diff *);

/* The hunks between two objects, in scratch; empty when they say the same. with_version: the version of the API group is
 * compared too, and marks of tools in old count. */
struct str object_diff_hunks(struct arena *scratch, const struct object_entry *old, const struct object_entry *new,
                             bool with_version);

#endif
