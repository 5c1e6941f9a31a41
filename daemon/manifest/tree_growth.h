/* tree_growth.h - a stream of documents while it is being read: the tree built so far, and the maps and lists that are
 * open.
 *
 * yaml_block and yaml_events take turns in feeding it. It knows the caps and tells when one is reached; the finding is
 * left to the reader.
 */
#ifndef CALLOUT_MANIFEST_TREE_GROWTH_H
#define CALLOUT_MANIFEST_TREE_GROWTH_H

#include "base/limits.h"
#include "json/tree.h"

struct tree_level {
	struct node *node;
	struct node *tail;
	struct hash *keys; /* of a large map */
	struct str   key;  /* was read, but its value was not yet */
	uint32_t     key_offset;
	uint32_t     indent; /* for readers that count it */
	bool         has_key;
};

struct tree_growth {
	struct arena             *arena;
	const struct source      *source;
	const struct tree_limits *limits;
	struct document          *doc;   /* the one that grows */
	size_t                    nodes; /* in it */
	size_t                    depth;
	struct document          *first; /* of those that are whole */
	struct document         **last;
	size_t                    n_documents;
	struct tree_level         levels[LIMIT_DEPTH]; /* the first `depth` of them */
};

void tree_growth_begin(struct tree_growth *, struct arena *, const struct source *, const struct tree_limits *);

/* Begins a document. False: that is one more than LIMIT_DOCUMENTS. */
bool tree_growth_open_document(struct tree_growth *);
/* Ends the document. One that holds nothing, as between two ---, is dropped. */
void tree_growth_close_document(struct tree_growth *);
/* Forgets the document that was begun. The caller gives its memory back (arena_reset). */
void tree_growth_drop_document(struct tree_growth *);

/* The innermost map or list that is open, or NULL. */
static inline struct tree_level *tree_growth_top(struct tree_growth *g)
{
	return g->depth ? &g->levels[g->depth - 1] : NULL;
}

/* Does the innermost map wait for a key? */
static inline bool tree_growth_wants_key(struct tree_growth *g)
{
	const struct tree_level *level = tree_growth_top(g);

	return level && level->node->kind == NODE_MAP && !level->has_key;
}

/* The entry of the open map that has this key already, or NULL. */
const struct node *tree_growth_entry(struct tree_growth *, struct str key);
/* Sets the key of the entry whose value comes next. The text must live as long as the tree. */
void tree_growth_take_key(struct tree_growth *, struct str key, size_t offset);

/* Adds the node for the next value: the document's root, or the next child of the open map or list. NULL: the document
 * already has as many values as it may have. */
struct node *tree_growth_add(struct tree_growth *, size_t offset, size_t length);

/* Makes the node a map or list, to which the following values belong. The depth must be below LIMIT_DEPTH. */
void tree_growth_open(struct tree_growth *, struct node *, enum node_kind, unsigned style);
/* tree_growth_add and tree_growth_open at once, for a reader that need not know which cap was reached. False: one
 * was. */
bool tree_growth_enter(struct tree_growth *, size_t offset, enum node_kind, unsigned style);
/* Closes the innermost map or list. end: the offset behind its bracket; one in block style ends with its last value
 * instead. */
void tree_growth_close(struct tree_growth *, size_t end);

#endif
