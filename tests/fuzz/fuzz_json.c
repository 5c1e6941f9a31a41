/* What is read as JSON and written again reads as the same text. */
#include <stdlib.h>

#include "fuzz.h"
#include "json/json_tree.h"
#include "json/json_write.h"

void fuzz_one(struct arena *arena, const struct source *source, struct diags *diags)
{
	struct document *doc = json_tree_read(arena, source, diags), *again;
	struct buf       first, second;

	if (!doc)
		return;
	buf_init(&first, arena, 64 * MIB);
	buf_init(&second, arena, 64 * MIB);
	json_write(&first, &doc->root, 0);
	if (first.overflow)
		return;
	again = json_tree_read(arena, source_from_bytes(arena, STR("again"), buf_str(&first)), diags);
	if (!again)
		abort();
	json_write(&second, &again->root, 0);
	if (!str_eq(buf_str(&first), buf_str(&second)))
		abort();
}
