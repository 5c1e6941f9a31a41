/* What is read as YAML and written again reads as the same tree. */
#include <stdlib.h>

#include "fuzz.h"
#include "manifest/yaml_tree.h"
#include "render/yaml_writer.h"

static bool same(const struct node *a, const struct node *b)
{
	const struct node *x, *y;

	if (a->kind != b->kind || a->count != b->count || !str_eq(node_key(a), node_key(b)))
		return false;
	if (node_is_scalar(a))
		return str_eq(node_text(a), node_text(b));
	for (x = a->first, y = b->first; x && y; x = x->next, y = y->next)
		if (!same(x, y))
			return false;
	return !x && !y;
}

void fuzz_one(struct arena *arena, const struct source *source, struct diags *diags)
{
	struct document *doc, *again;
	struct buf       text;

	if (!yaml_tree_read(arena, source, &doc, diags) || !doc)
		return;
	buf_init(&text, arena, 64 * MIB);
	yaml_write_document(&text, &doc->root);
	if (text.overflow)
		return;
	if (!yaml_tree_read(arena, source_from_bytes(arena, STR("again"), buf_str(&text)), &again, diags) || !again ||
	    !same(&doc->root, &again->root))
		abort();
}
