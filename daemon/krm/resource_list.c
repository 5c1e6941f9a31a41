#include "krm/resource_list.h"

#include "base/arena.h"
#include "base/limits.h"
#include "json/json_tree.h"
#include "krm/list_reading.h"
#include "manifest/yaml_tree.h"

static bool check_kind(struct list_reading *r)
{
	struct str version = r->list->api_version;

	if (!str_is(r->kind, "ResourceList"))
		return list_refuse(r, 0, 1,
		                   str_present(r->kind) ? STR_CONCAT(r->arena, STR("it is a "), r->kind)
		                                        : STR("it has no kind"));
	if (str_is(version, "config.kubernetes.io/v1") || str_is(version, "config.kubernetes.io/v1beta1"))
		return true;
	return list_refuse(r, 0, 1,
	                   str_present(version) ? STR_CONCAT(r->arena, STR("its version is "), version,
	                                                     STR(", not config.kubernetes.io/v1 or v1beta1"))
	                                        : STR("it has no apiVersion"));
}

static bool check_items(struct list_reading *r)
{
	for (size_t i = 0; i < r->list->items.n; i++) {
		const struct list_item *item = &r->list->items.items[i];

		if (!str_present(item->kind) || !str_present(item->api_version))
			return list_refuse(r, item->start, 1,
			                   STR_CONCAT(r->arena, STR("items["), str_from_uint(r->arena, i),
			                              STR("] has no "),
			                              str_present(item->kind) ? STR("apiVersion") : STR("kind")));
	}
	return true;
}

static bool is_blank(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!strchr(" \t\r\n", text.p[i]))
			return false;
	return true;
}

bool resource_list_read(struct arena *arena, struct arena *scratch, const struct source *source,
                        struct resource_list *ret, struct diags *diags)
{
	struct resource_list list = { .source = source, .json = json_tree_looks_like(source->bytes) };
	struct list_reading  r = { arena, scratch, &list, diags, STR_ABSENT, 0 };

	if (is_blank(source->bytes))
		return list_refuse(&r, 0, 1, STR("the input is empty"));
	if (!(list.json ? list_read_json(&r) : list_read_yaml(&r)) || !check_kind(&r) || !check_items(&r))
		return false;
	*ret = list;
	return true;
}

/* ---- one item ---- */

/* What comes before the value on its first line is blanked, so that columns stay correct. */
struct document *resource_list_tree(struct arena *arena, const struct resource_list *list, const struct list_item *item,
                                    const struct tree_limits *limits, struct diags *diags)
{
	struct str bytes = list->source->bytes;
	size_t     from = line_start(bytes, item->start), to = item->cut_to > item->end ? item->cut_to : item->end;
	struct document *doc = NULL;
	char            *text;

	if (list->json)
		return json_tree_read_part(arena, list->source, item->start, item->end, limits, diags);
	text = arena_copy(arena, bytes.p + from, to - from);
	memset(text, ' ', item->start - from);
	return yaml_tree_read_part(arena, list->source, from, str_of(text, to - from), limits, &doc, diags) ? doc
	                                                                                                    : NULL;
}

const struct list_item *resource_list_item_at(const struct resource_list *list, size_t offset)
{
	size_t low = 0, high = list->items.n;

	if (list->has_config && offset >= list->config.start && offset < list->config.end)
		return &list->config;
	while (low < high) {
		size_t                  middle = low + (high - low) / 2;
		const struct list_item *item = &list->items.items[middle];

		if (offset < item->start)
			high = middle;
		else if (offset >= item->end)
			low = middle + 1;
		else
			return item;
	}
	return NULL;
}
