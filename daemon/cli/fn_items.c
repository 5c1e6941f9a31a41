/* Which items of the list belong to whom, and what becomes of them. */
#include "base/arena.h"
#include "base/limits.h"
#include "cli/fn.h"
#include "krm/object_set.h"
#include "names/object_owner.h"

struct known_item {
	struct str              key; /* KIND/NAMESPACE/NAME */
	const struct list_item *item;
};

struct manifest_name {
	struct str id; /* NAMESPACE/NAME */
};

static struct str known_item_key(const void *known)
{
	return ((const struct known_item *)known)->key;
}

static struct str manifest_name_id(const void *name)
{
	return ((const struct manifest_name *)name)->id;
}

/* ---- looking up ---- */

static bool is_generated_kind(const struct list_item *item)
{
	return str_present(item->name) && object_kind_is_generated(item->api_version, item->kind);
}

static struct str namespace_of(const struct function *f, const struct list_item *item)
{
	return str_present(item->namespace) ? item->namespace : f->namespace;
}

static struct str key_of(const struct function *f, const struct list_item *item)
{
	return STR_CONCAT(f->run->arena, item->kind, STR("/"), namespace_of(f, item), STR("/"), item->name);
}

void fn_find_items(struct function *f)
{
	struct run *run = f->run;

	hash_init(&f->by_item, run->arena, known_item_key);
	hash_init(&f->manifests, run->arena, manifest_name_id);
	for (size_t i = 0; i < f->list.items.n; i++) {
		const struct list_item *item = &f->list.items.items[i];
		struct known_item      *known;

		if (!is_generated_kind(item))
			continue;
		known = ARENA_NEW(run->arena, struct known_item);
		*known = (struct known_item){ key_of(f, item), item };
		hash_add(&f->by_item, known);
	}
	for (size_t i = 0; i < run->inputs.n_manifests; i++) {
		struct manifest_name *name = ARENA_NEW(run->arena, struct manifest_name);

		name->id = manifest_id(run->arena, run->inputs.manifests[i]);
		hash_add(&f->manifests, name);
	}
}

const struct list_item *fn_item_of(const struct function *f, struct str key)
{
	const struct known_item *known = hash_get(&f->by_item, key);

	return known ? known->item : NULL;
}

/* ---- marks of the orchestrator ---- */

static bool is_mark(struct str key)
{
	struct str prefix;

	str_cut(key, '/', &prefix);
	return (str_has_suffix(prefix, STR("config.kubernetes.io")) || str_is(prefix, "config.k8s.io")) &&
	       !str_has_suffix(key, STR("/local-config"));
}

/* The object's annotations, which come last in its metadata when it has none. */
static struct node *annotations_of(struct arena *arena, struct node *object)
{
	struct node *metadata = node_entry(arena, object, STR("metadata")), *tail = metadata->first;
	struct node *annotations;

	if (node_get(metadata, "annotations"))
		return node_entry(arena, metadata, STR("annotations"));
	while (tail && tail->next)
		tail = tail->next;
	annotations = node_append(arena, metadata, &tail, STR("annotations"));
	annotations->kind = NODE_MAP;
	return annotations;
}

const struct node *fn_with_marks(struct function *f, const struct list_item *item, const struct node *object)
{
	struct arena      *arena = f->run->scratch;
	struct diags       ignored;
	struct document   *old, *copy = NULL;
	const struct node *marks;

	diags_init(&ignored, arena);
	old = resource_list_tree(arena, &f->list, item, &live_object_limits, &ignored);
	marks = old ? node_get(node_get(&old->root, "metadata"), "annotations") : NULL;
	NODE_EACH (n, marks) {
		if (!is_mark(node_key(n)))
			continue;
		if (!copy)
			copy = tree_copy(arena, object);
		node_set_text(node_entry(arena, annotations_of(arena, &copy->root), node_key(n)), NODE_STRING,
		              node_text(n));
	}
	return copy ? &copy->root : object;
}

/* ---- deciding ---- */

static struct str item_text(const struct function *f, const struct list_item *item)
{
	return STR_CONCAT(f->run->arena, item->kind, STR(" "), namespace_of(f, item), STR("/"), item->name);
}

static void say(struct function *f, enum diag_code code, const struct list_item *item, struct str other)
{
	diag_add(&f->run->diags, code, pos_at(f->list.source, item->start, 1), ARGS(item_text(f, item), other));
}

/* The first owner of a shared object that is not in the run, absent when all are; *any: is one? */
static struct str absent_owner(const struct function *f, const struct list_item *item, bool *any)
{
	struct str rest = item->manifests, one, absent = STR_ABSENT;

	*any = false;
	while (str_present(rest)) {
		rest = str_cut(rest, ',', &one);
		if (hash_get(&f->manifests, one))
			*any = true;
		else if (!str_present(absent))
			absent = one;
	}
	return absent;
}

static enum item_fate shared_fate(struct function *f, const struct list_item *item, bool generated)
{
	bool       any;
	struct str absent = absent_owner(f, item, &any);

	if (generated && str_present(absent))
		say(f, CO_ITEM_SHARED_OWNER, item, absent);
	else if (!generated && str_present(absent))
		say(f, CO_ITEM_OF_ABSENT, item, absent);
	else if (!generated && any)
		return ITEM_DROP;
	return ITEM_KEEP;
}

static enum item_fate own_fate(struct function *f, const struct list_item *item, bool generated)
{
	struct str owner = object_owner_namespace(item->kind, namespace_of(f, item), item->name, item->manifest);
	struct str id = STR_CONCAT(f->run->arena, owner, STR("/"), item->manifest);

	if (generated || hash_get(&f->manifests, id))
		return ITEM_DROP;
	say(f, CO_ITEM_OF_ABSENT, item, id);
	return ITEM_KEEP;
}

static struct item_change change_of(struct function *f, const struct list_item *item)
{
	struct item_change      change = { ITEM_KEEP, STR_ABSENT };
	const struct generated *g;
	bool                    own = str_is(item->managed_by, "callout") && str_present(item->manifest);

	if (str_has_prefix(item->api_version, STR("callout.dev/"))) {
		bool ours = str_is(item->kind, "FilterManifest") || str_is(item->kind, "Mesh");

		change.fate = ours && f->config.spec->keep_manifests != TRI_YES ? ITEM_DROP : ITEM_KEEP;
		return change;
	}
	if (!is_generated_kind(item))
		return change;
	g = hash_get(&f->by_key, key_of(f, item));
	if (str_present(item->manifests))
		change.fate = shared_fate(f, item, g != NULL);
	else if (own)
		change.fate = own_fate(f, item, g != NULL);
	else if (g)
		say(f, CO_ITEM_FOREIGN, item, STR_ABSENT);
	if (g && g->item == item)
		change = (struct item_change){ ITEM_REPLACE, g->text };
	return change;
}

bool fn_change_items(struct function *f, struct list_changes *ret)
{
	struct arena       *arena = f->run->arena;
	struct item_change *changes = ARENA_ARRAY(arena, f->list.items.n + 1, struct item_change);
	struct str         *added = ARENA_ARRAY(arena, f->n_rendered + 1, struct str);

	for (size_t i = 0; i < f->list.items.n; i++)
		changes[i] = change_of(f, &f->list.items.items[i]);
	for (size_t i = 0; i < f->n_rendered; i++)
		if (!f->generated[i].item)
			added[ret->n_added++] = f->generated[i].text;
	ret->items = changes;
	ret->added = added;
	return f->run->diags.errors == 0;
}
