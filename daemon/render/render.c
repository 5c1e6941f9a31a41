#include "render/render.h"

#include "base/arena.h"
#include "base/limits.h"
#include "render/envoy_check.h"

/* apimachinery counts keys and values of all annotations together. */
static bool check_annotations(struct arena *arena, const struct node *object, const struct resource *resource,
                              struct diags *diags)
{
	size_t total = 0;

	NODE_EACH(n, node_get(node_get(object, "metadata"), "annotations"))
		total += n->key_n + n->text_n;
	if (total <= LIMIT_ANNOTATION_BYTES)
		return true;
	diag_add(diags, CO_OBJECT_TOO_LARGE, resource->pos,
	         ARGS(STR_CONCAT(arena, STR("the annotations of "), str_c(resource->kind), STR(" "), resource->name),
	              str_from_uint(arena, total), str_from_uint(arena, LIMIT_ANNOTATION_BYTES)));
	return false;
}

static bool render(struct arena *arena, const struct resource *resource, const struct templates *templates,
                   const struct document_sink *sink, struct diags *diags)
{
	const struct document *doc = template_fill(arena, templates, resource->record);

	if (!envoy_check(arena, &doc->root, resource, diags) || !check_annotations(arena, &doc->root, resource, diags))
		return false;
	return sink->take(sink->ctx, resource, &doc->root);
}

bool render_plan(struct arena *arena, const struct plan *plan, enum render_part part, const struct templates *templates,
                 const struct document_sink *sink, struct diags *diags)
{
	const struct resource *list = part == RENDER_CLUSTERS ? plan->clusters : plan->filters;
	size_t                 n = part == RENDER_CLUSTERS ? plan->n_clusters : plan->n_filters;
	bool                   ok = true;

	for (size_t i = 0; i < n; i++)
		ok = render(arena, &list[i], templates, sink, diags) && ok;
	return ok;
}
