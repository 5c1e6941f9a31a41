/* Findings as the results of a KRM function: message, severity, the object, its field and its file. */
#include "base/arena.h"
#include "cli/fn.h"

static struct node *add_map(struct arena *arena, struct node *parent, struct node **tail, const char *key)
{
	struct node *n = node_append(arena, parent, tail, str_c(key));

	n->kind = NODE_MAP;
	return n;
}

static void add_text(struct arena *arena, struct node *parent, struct node **tail, const char *key, struct str text)
{
	if (str_present(text))
		node_set_text(node_append(arena, parent, tail, str_c(key)), NODE_STRING, text);
}

static void add_reference(struct arena *arena, struct node *result, struct node **tail, const struct list_item *item)
{
	struct node *ref = add_map(arena, result, tail, "resourceRef"), *last = NULL;

	add_text(arena, ref, &last, "apiVersion", item->api_version);
	add_text(arena, ref, &last, "kind", item->kind);
	add_text(arena, ref, &last, "name", str_present(item->name) ? item->name : STR(""));
	add_text(arena, ref, &last, "namespace", item->namespace);
}

static void add_file(struct arena *arena, struct node *result, struct node **tail, const struct diag *d,
                     const struct list_item *item, const struct resource_list *list)
{
	struct node *file, *last = NULL;
	struct str   path = item ? item->path : STR_ABSENT;
	uint64_t     index;

	if (!item && d->pos.source && d->pos.source != list->source)
		path = d->pos.source->name;
	if (!str_present(path))
		return;
	file = add_map(arena, result, tail, "file");
	add_text(arena, file, &last, "path", path);
	if (item && str_present(item->index) && str_to_uint(item->index, INT32_MAX, &index))
		node_set_text(node_append(arena, file, &last, STR("index")), NODE_INT, str_from_uint(arena, index));
}

static void add_field(struct arena *arena, struct node *result, struct node **tail, const struct diag *d)
{
	struct node *field, *last = NULL;

	if (!str_present(d->path) || d->path.n == 0)
		return;
	field = add_map(arena, result, tail, "field");
	add_text(arena, field, &last, "path", d->path);
}

static void add_tags(struct arena *arena, struct node *result, struct node **tail, const struct diag *d)
{
	struct node *tags = add_map(arena, result, tail, "tags"), *last = NULL;
	char         code[7];

	add_text(arena, tags, &last, "code", str_copy(arena, str_c(diag_code_text(d->code, code))));
	add_text(arena, tags, &last, "help", d->help);
}

static struct str result_text(struct function *f, const struct diag *d)
{
	struct arena           *arena = f->run->arena;
	struct document        *doc = document_new(arena, NULL);
	struct node            *tail = NULL;
	const struct list_item *item =
		d->pos.source == f->list.source ? resource_list_item_at(&f->list, d->pos.offset) : NULL;

	doc->root.kind = NODE_MAP;
	add_text(arena, &doc->root, &tail, "message", d->message);
	add_text(arena, &doc->root, &tail, "severity", str_c(diag_level_text(d->level)));
	if (item && str_present(item->kind))
		add_reference(arena, &doc->root, &tail, item);
	add_field(arena, &doc->root, &tail, d);
	add_file(arena, &doc->root, &tail, d, item, &f->list);
	add_tags(arena, &doc->root, &tail, d);
	return resource_list_text(arena, &f->list, &doc->root);
}

const struct str *fn_results(struct function *f, size_t *ret_n)
{
	const struct diags *diags = &f->run->diags;
	const struct diag **sorted = diags_sorted(diags, f->run->arena);
	struct str         *results = ARENA_ARRAY(f->run->arena, diags->n + 1, struct str);

	for (size_t i = 0; i < diags->n; i++)
		results[i] = result_text(f, sorted[i]);
	*ret_n = diags->n;
	return results;
}
