#include "manifest/tree_growth.h"

#include "base/arena.h"
#include "base/hash.h"

/* Maps up to this size find duplicates by looking at each key; larger ones keep a hash. */
enum { SMALL_MAP = 16 };

void tree_growth_begin(struct tree_growth *g, struct arena *arena, const struct source *source,
                       const struct tree_limits *limits)
{
	g->arena = arena;
	g->source = source;
	g->limits = limits;
	g->doc = g->first = NULL;
	g->last = &g->first;
	g->nodes = g->depth = g->n_documents = 0;
}

bool tree_growth_open_document(struct tree_growth *g)
{
	g->nodes = 0;
	g->doc = document_new(g->arena, g->source);
	return ++g->n_documents <= LIMIT_DOCUMENTS;
}

void tree_growth_close_document(struct tree_growth *g)
{
	if (g->doc->root.kind == NODE_NULL && g->doc->root.length == 0)
		return;
	*g->last = g->doc;
	g->last = &g->doc->next;
}

void tree_growth_drop_document(struct tree_growth *g)
{
	g->doc = NULL;
	g->depth = 0;
	g->n_documents--;
}

static void hash_keys(struct tree_growth *g, struct tree_level *level)
{
	level->keys = ARENA_NEW(g->arena, struct hash);
	hash_init(level->keys, g->arena, node_hash_key);
	for (struct node *n = level->node->first; n; n = n->next)
		hash_add(level->keys, n);
}

const struct node *tree_growth_entry(struct tree_growth *g, struct str key)
{
	struct tree_level *level = tree_growth_top(g);

	if (!level->keys && level->node->count >= SMALL_MAP)
		hash_keys(g, level);
	return level->keys ? hash_get(level->keys, key) : node_get_str(level->node, key);
}

void tree_growth_take_key(struct tree_growth *g, struct str key, size_t offset)
{
	struct tree_level *level = tree_growth_top(g);

	level->key = key;
	level->key_offset = (uint32_t)offset;
	level->has_key = true;
}

static struct node *new_child(struct tree_growth *g, struct tree_level *level)
{
	struct node *n = node_append(g->arena, level->node, &level->tail, level->has_key ? level->key : STR_ABSENT);

	n->key_offset = level->key_offset;
	level->has_key = false;
	if (level->keys)
		hash_add(level->keys, n);
	return n;
}

struct node *tree_growth_add(struct tree_growth *g, size_t offset, size_t length)
{
	struct node *n;

	if (++g->nodes > g->limits->nodes)
		return NULL;
	n = g->depth ? new_child(g, tree_growth_top(g)) : &g->doc->root;
	n->offset = (uint32_t)offset;
	n->length = (uint32_t)length;
	return n;
}

void tree_growth_open(struct tree_growth *g, struct node *n, enum node_kind kind, unsigned style)
{
	n->kind = (uint8_t)kind;
	n->style = (uint8_t)style;
	g->levels[g->depth++] = (struct tree_level){ .node = n };
}

bool tree_growth_enter(struct tree_growth *g, size_t offset, enum node_kind kind, unsigned style)
{
	struct node *n = g->depth < LIMIT_DEPTH ? tree_growth_add(g, offset, 1) : NULL;

	if (n)
		tree_growth_open(g, n, kind, style);
	return n != NULL;
}

void tree_growth_close(struct tree_growth *g, size_t end)
{
	const struct tree_level *level = &g->levels[--g->depth];
	struct node             *n = level->node;

	if (n->style & STYLE_FLOW)
		n->length = (uint32_t)(end - n->offset);
	else if (level->tail)
		n->length = level->tail->offset + level->tail->length - n->offset;
}
