#include "import/building.h"

#include "base/arena.h"
#include "names/hostname.h"

bool same_names(const struct node *list, struct str only)
{
	return list && list->count == 1 && str_eq(node_text(list->first), only);
}

void copy_fields(struct building *b, const char *name, const struct node *from, const char *const (*pairs)[2])
{
	struct node *to = NULL;

	for (; (*pairs)[0]; pairs++) {
		const struct node *value = node_member(from, (*pairs)[0]);

		if (!value || value->kind == NODE_NULL)
			continue;
		if (!to && !node_get(b->node, name))
			to = put(b->im->arena, b->node, name, NODE_MAP);
		else if (!to)
			to = node_entry(b->im->arena, b->node, str_c(name));
		put_copy(b->im->arena, to, (*pairs)[1], value);
	}
}

void build_resolution(struct building *b, struct str resolution, bool implied_static)
{
	if (str_is(resolution, "STATIC") ? !implied_static : implied_static || !str_is(resolution, "DNS"))
		put_text(b->im->arena, b->node, "resolution", resolution);
}

struct str authority_of(struct arena *arena, struct str host, int64_t port, bool tls)
{
	host = hostname_without_dot(host); /* as the default of `authority` has it */
	if (port == (tls ? 443 : 80))
		return host;
	return STR_CONCAT(arena, host, STR(":"), str_from_int(arena, port));
}

void build_detection(struct building *b, const struct node *detection)
{
	if (detection && detection->kind == NODE_MAP && !node_get(b->node, "outlierDetection"))
		put(b->im->arena, b->node, "outlierDetection", NODE_MAP);
}
