#include "manifest/document_read.h"

#include "json/json_tree.h"
#include "manifest/yaml_tree.h"

/* A JSON text has no line that begins with ---, since its strings hold no line ends. What looks like JSON and has such
 * a line is YAML whose documents are written in JSON, as tools print it that join documents. */
static bool looks_like_json(struct str bytes)
{
	return json_tree_looks_like(bytes) && str_find_str(bytes, STR("\n---"), 0) == bytes.n;
}

bool documents_are_json(const struct source *source)
{
	return str_ends_with_nocase(source->name, STR(".json")) || looks_like_json(source->bytes);
}

bool documents_read(struct arena *arena, const struct source *source, const struct tree_limits *limits,
                    struct document **ret, struct diags *diags)
{
	*ret = NULL;
	if (source->bytes.n == 0)
		return true;
	if (!documents_are_json(source))
		return yaml_tree_read_within(arena, source, limits, ret, diags);
	*ret = json_tree_read_within(arena, source, limits, diags);
	return *ret != NULL;
}
