#include "manifest/document_read.h"

#include "json/json_tree.h"
#include "manifest/yaml_tree.h"

bool documents_read(struct arena *arena, const struct source *source, const struct tree_limits *limits,
                    struct document **ret, struct diags *diags)
{
	bool json = str_ends_with_nocase(source->name, STR(".json")) || json_tree_looks_like(source->bytes);

	*ret = NULL;
	if (source->bytes.n == 0)
		return true;
	if (!json)
		return yaml_tree_read_within(arena, source, limits, ret, diags);
	*ret = json_tree_read_within(arena, source, limits, diags);
	return *ret != NULL;
}
