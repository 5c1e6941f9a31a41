#include "render/render.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "render/envoy_check.h"
#include "render/yaml_writer.h"

/* ---- sizes ---- */

/* An upper bound of the bytes that one byte of a value can become: an escape sequence of six, or the indentation
 * of a new line in a block. */
enum { BYTES_PER_BYTE = 6 + 2 * LIMIT_DEPTH };

struct extent {
	size_t bytes;   /* of all texts */
	size_t records; /* each brings the constant text of its template along */
};

/* Records nest as deep as their types do, trees as deep as LIMIT_DEPTH. */
static void measure_record(struct extent *, const struct record *);

static size_t tree_bytes(const struct node *root)
{
	size_t total = 0;

	for (const struct node *n = root; n; n = node_after(n, root))
		total += (size_t)n->key_n + n->text_n + 2;
	return total;
}

static void measure_value(struct extent *e, const struct value *v)
{
	switch (v->type) {
	case VALUE_STRING:
		e->bytes += v->n;
		break;
	case VALUE_STRINGS:
		for (size_t i = 0; i < v->n; i++)
			e->bytes += v->as.strings[i].n + 2;
		break;
	case VALUE_PAIRS:
		for (size_t i = 0; i < v->n; i++)
			e->bytes += v->as.pairs[i].key.n + v->as.pairs[i].text.n + 2;
		break;
	case VALUE_TREE:
		e->bytes += tree_bytes(v->as.tree);
		break;
	case VALUE_RECORD:
		measure_record(e, v->as.record);
		break;
	case VALUE_RECORDS:
		for (size_t i = 0; i < v->n; i++)
			measure_record(e, v->as.records[i]);
		break;
	case VALUE_INT:
	case VALUE_BOOL:
		e->bytes += 20;
		break;
	case VALUE_ABSENT:
		break;
	}
}

static void measure_record(struct extent *e, const struct record *r)
{
	e->records++;
	for (size_t i = 0; i < r->type->n; i++)
		measure_value(e, &r->values[i]);
}

/* Is the object certain to be below every limit, judging by its size alone? The smallest limit is that of
 * annotations. */
static bool is_surely_small(const struct record *r, const struct templates *templates)
{
	struct extent e = { 0 };

	measure_record(&e, r);
	return e.bytes < LIMIT_ANNOTATION_BYTES / 2 / BYTES_PER_BYTE &&
	       e.records < LIMIT_ANNOTATION_BYTES / 2 / (2 * templates_bytes(templates) + 1);
}

static struct str resource_text(struct arena *arena, const struct resource *resource)
{
	return STR_CONCAT(arena, str_c(resource->kind), STR(" "), resource->namespace, STR("/"), resource->name);
}

static bool too_large(struct arena *arena, const struct resource *resource, struct str what, struct str size,
                      size_t limit, struct diags *diags)
{
	diag_add(diags, CO_OBJECT_TOO_LARGE, node_pos(resource->node),
	         ARGS(STR_CONCAT(arena, what, resource_text(arena, resource)), size, str_from_uint(arena, limit)));
	return false;
}

/* apimachinery counts keys and values of all annotations together. */
static bool check_annotations(struct arena *arena, const struct node *object, const struct resource *resource,
                              struct diags *diags)
{
	size_t total = 0;

	NODE_EACH (n, node_get(node_get(object, "metadata"), "annotations"))
		total += n->key_n + n->text_n;
	if (total <= LIMIT_ANNOTATION_BYTES)
		return true;
	return too_large(arena, resource, STR("the annotations of "), str_from_uint(arena, total),
	                 LIMIT_ANNOTATION_BYTES, diags);
}

static bool check_size(struct arena *arena, const struct node *object, const struct resource *resource,
                       struct diags *diags)
{
	struct buf text;

	buf_init(&text, arena, LIMIT_OBJECT_BYTES);
	yaml_write_document(&text, object);
	if (!text.overflow)
		return true;
	return too_large(arena, resource, STR(""), STR("more"), LIMIT_OBJECT_BYTES, diags);
}

/* ---- the two passes ---- */

static bool check(struct arena *arena, const struct resource *resource, const struct templates *templates,
                  struct diags *diags)
{
	bool                   small = is_surely_small(resource->record, templates);
	const struct document *doc;
	bool                   ok;

	if (small && !envoy_check_concerns(resource))
		return true;
	doc = template_fill(arena, templates, resource->record);
	ok = envoy_check(arena, &doc->root, resource, diags);
	if (!small)
		ok = check_annotations(arena, &doc->root, resource, diags) &&
		     check_size(arena, &doc->root, resource, diags) && ok;
	return ok;
}

bool render_check(struct arena *arena, const struct plan *plan, const struct templates *templates, struct diags *diags)
{
	bool ok = true;

	for (size_t i = 0; i < plan->n_clusters; i++)
		ok = check(arena, &plan->clusters[i], templates, diags) && ok;
	for (size_t i = 0; i < plan->n_filters; i++)
		ok = check(arena, &plan->filters[i], templates, diags) && ok;
	return ok;
}

bool render_plan(struct arena *arena, const struct plan *plan, enum render_part part, const struct templates *templates,
                 const struct document_sink *sink)
{
	const struct resource *list = part == RENDER_CLUSTERS ? plan->clusters : plan->filters;
	size_t                 n = part == RENDER_CLUSTERS ? plan->n_clusters : plan->n_filters;

	for (size_t i = 0; i < n; i++)
		if (!sink->take(sink->ctx, &list[i], &template_fill(arena, templates, list[i].record)->root))
			return false;
	return true;
}
