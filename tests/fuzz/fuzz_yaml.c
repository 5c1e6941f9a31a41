/* What is read as YAML and written again reads as the same tree. */
#include <stdlib.h>

#include "fuzz.h"
#include "manifest/yaml_tree.h"
#include "render/yaml_writer.h"
#include "same_tree.h"

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
	    !same_tree(&doc->root, &again->root))
		abort();
}
