/* tree.h - a document as a tree of values, each with its place.
 *
 * YAML (manifest/yaml_tree), JSON (json/json_tree) and templates (render/) all meet in this one form; the
 * writers (json/json_write, render/yaml_writer) print it. A tree is read-only once it is built. Nodes, keys and
 * texts live in the arena of the document or in its source.
 */
#ifndef CALLOUT_JSON_TREE_H
#define CALLOUT_JSON_TREE_H

#include "base/diag.h"

enum node_kind {
	NODE_NULL,
	NODE_BOOL,
	NODE_INT,   /* text is canonical decimal of at most 64 bits */
	NODE_FLOAT, /* text is canonical: what JSON and every YAML reader take for the same double */
	NODE_STRING,
	NODE_MAP,
	NODE_LIST,
};

enum node_style {
	STYLE_QUOTED = 1,     /* a string in quotes or a block scalar: it cannot be anything but a string */
	STYLE_FLOW = 2,       /* a map or list in {} or [] */
	STYLE_NOT_JSON = 4,   /* .inf or .nan: a number without a JSON form */
	STYLE_BARE_KEY = 8,   /* its key is known to need no quotes in YAML */
	STYLE_BARE_TEXT = 16, /* its text, likewise */
};

struct node {
	struct node *parent; /* NULL at the root, which is the first member of its struct document */
	struct node *next;   /* sibling */
	struct node *first;  /* child of a map or list */
	const char  *key_p;  /* of an entry of a map */
	const char  *text_p; /* of a scalar: decoded text of a string, canonical text of another */
	uint32_t     text_n;
	uint32_t     offset; /* of the value in the source; what stands there is the scalar as written */
	uint32_t     length;
	uint32_t     key_offset;
	uint32_t     count; /* children */
	uint16_t     key_n; /* readers cap keys at LIMIT_KEY_BYTES */
	uint8_t      kind;
	uint8_t      style;
};
_Static_assert(sizeof(struct node) <= 64, "a tree of many small values is most of the memory of a run");

struct document {
	struct node          root;
	const struct source *source; /* NULL for a tree that was made and not read */
	struct document     *next;   /* in the same stream */
};

/* How large one document may be: ours are small, a list of live objects is as large as its cluster. */
struct tree_limits {
	size_t bytes;
	size_t nodes;
	size_t scalar_bytes;
	bool   keys_of_any_kind; /* a number, true or false is a key, and becomes text as for kubectl */
};
extern const struct tree_limits manifest_limits, live_object_limits;

static inline struct str node_text(const struct node *n)
{
	return str_of(n->text_p, n->text_n);
}

static inline struct str node_key(const struct node *n)
{
	return str_of(n->key_p, n->key_n);
}

/* The scalar as it is written in the source, with its quotes; empty in a tree that was made and not read. */
struct str node_written(const struct node *);

static inline bool node_is_scalar(const struct node *n)
{
	return n->kind != NODE_MAP && n->kind != NODE_LIST;
}

/* The entry of a map, or NULL; also NULL when map is NULL or not a map. Takes linear time: for maps of known fields. */
const struct node *node_get(const struct node *map, const char *key);
const struct node *node_get_str(const struct node *map, struct str key);
/* The text of such an entry; absent where there is none, or one that is no string. */
struct str node_get_text(const struct node *map, const char *key);
/* Envoy's field names have underscores, and protobuf's JSON also allows them in camel case: an entry is found in either
 * spelling. names ends with NULL. */
const struct node *node_member(const struct node *map, const char *name);
bool               node_is_one_of(const struct node *entry, const char *const *names);

const struct source *node_source(const struct node *);
struct pos           node_pos(const struct node *);     /* of the value */
struct pos           node_key_pos(const struct node *); /* of the key; the value's place when there is none */

/* "spec.upstreams[0].host". A key that is no plain word is written ["in quotes"]. */
struct str node_path(struct arena *, const struct node *);

/* "a string", "a number", "a boolean", "null", "a map", "a list" */
struct str node_kind_text(const struct node *);

/* Findings at a node: at its value, or at its key. The path is filled in. */
struct diag *diag_at(struct diags *, enum diag_code, const struct node *, const struct str *values, size_t n);
struct diag *diag_at_key(struct diags *, enum diag_code, const struct node *, const struct str *values, size_t n);

/* Building. node_append adds a null as the last child of a map (key given) or a list (key absent); *tail is the
 * parent's last child, which the caller keeps: NULL before the first. */
struct document *document_new(struct arena *, const struct source *);
struct node     *node_append(struct arena *, struct node *parent, struct node **tail, struct str key);
void             node_set_text(struct node *, enum node_kind, struct str text);
/* A copy of the tree. Texts are shared with the original; places in the source are not copied. */
struct document *tree_copy(struct arena *, const struct node *root);
/* The entry of a map with this key. If it is missing, a null is inserted before the first larger key, so that a sorted
 * map stays sorted. */
struct node *node_entry(struct arena *, struct node *map, struct str key);

/* For hash_init: the key of a struct node, in a set of nodes found by their keys. */
struct str node_hash_key(const void *node);

/* The children of a map in byte order of their keys: an array of n->count. */
const struct node **node_sorted(struct arena *, const struct node *map);

/* The node that follows n in the order of the document, within the tree of root; NULL after the last. For walks without
 * recursion: down to the first child, else to the next sibling of the nearest ancestor that has one. */
static inline struct node *node_after(const struct node *n, const struct node *root)
{
	if (n->first)
		return n->first;
	while (n != root && !n->next)
		n = n->parent;
	return n == root ? NULL : n->next;
}

#define NODE_EACH(child, parent)                                                                                       \
	for (const struct node *child = (parent) ? (parent)->first : NULL; child; child = child->next)

#endif
