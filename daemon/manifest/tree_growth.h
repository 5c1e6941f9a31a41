/* tree_growth.h - a stream of documents while its text is read: the tree that grows, and the maps and lists that are open.
 *
 * yaml_block and yaml_events both feed it, one after the other. It knows the caps and says when one is reached; the
 * finding is the reader's.
 */
#ifndef CALLOUT_MANIFEST_TREE_GROWTH_H
#define CALLOUT_MANIFEST_TREE_GROWTH_H

#include "base/limits.h"
#include "json/tree.h"

struct tree_level {
	struct node *node;
	struct node *tail;
	struct hash *keys; /* of a large map */
	struct str   key;  /* read, its value not yet */
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

/* False: this document is one more than LIMIT_DOCUMENTS. */
bool tree_growth_open_document(struct tree_growth *);
/* A document of nothing, as between two ---, is no document. */
void tree_growth_close_document(struct tree_growth *);
/* As if the document that grows had never been opened. The memory is the caller's to give back. */
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
/* The key of the entry that comes next; the text lives as long as the tree. */
void tree_growth_take_key(struct tree_growth *, struct str key, size_t offset);

/* The node for the value that stands here: the document's root, or the next child of the open map or list. NULL: the
 * document has as many values as it may. */
struct node *tree_growth_add(struct tree_growth *, size_t offset, size_t length);

/* From now on values belong to this map or list. The depth is below LIMIT_DEPTH. */
void tree_growth_open(struct tree_growth *, struct node *, enum node_kind, unsigned style);
/* Both at once, for a reader that does not tell the caps apart. False: one of them is reached. */
bool tree_growth_enter(struct tree_growth *, size_t offset, enum node_kind, unsigned style);
/* end: behind the bracket of one in flow style; the others end with their last value. */
void tree_growth_close(struct tree_growth *, size_t end);

#endif
