#include "manifest/yaml_tree.h"

#include "manifest/yaml_block.h"
#include "manifest/yaml_events.h"

bool yaml_tree_read(struct arena *arena, const struct source *source, struct document **ret, struct diags *diags)
{
	return yaml_tree_read_within(arena, source, &manifest_limits, ret, diags);
}

bool yaml_tree_read_within(struct arena *arena, const struct source *source, const struct tree_limits *limits,
                           struct document **ret, struct diags *diags)
{
	return yaml_tree_read_part(arena, source, 0, source->bytes, limits, ret, diags);
}

bool yaml_tree_read_part(struct arena *arena, const struct source *source, size_t at, struct str text,
                         const struct tree_limits *limits, struct document **ret, struct diags *diags)
{
	struct tree_growth growth;
	struct yaml_marks  marks;
	size_t             rest;
	bool               ok;

	tree_growth_begin(&growth, arena, source, limits);
	ok = yaml_marks_begin(&marks, source, at, text, diags);
	if (ok) {
		rest = yaml_block_read(&growth, &marks);
		ok = rest == marks.text.n || yaml_events_read(&growth, &marks, rest, diags);
	}
	*ret = growth.first;
	return ok;
}
