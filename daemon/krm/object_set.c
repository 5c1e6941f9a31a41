#include "krm/object_set.h"

#include "base/arena.h"
#include "base/limits.h"
#include "manifest/document_read.h"
#include "names/object_owner.h"
#include "render/generation.h"

static const struct {
	struct str group, kind;
} kinds[] = {
	{ STR_INIT("networking.istio.io/"), STR_INIT("ServiceEntry") },
	{ STR_INIT("networking.istio.io/"), STR_INIT("DestinationRule") },
	{ STR_INIT("networking.istio.io/"), STR_INIT("EnvoyFilter") },
	{ STR_INIT("extensions.istio.io/"), STR_INIT("WasmPlugin") },
	{ STR_INIT("extensions.istio.io/"), STR_INIT("TrafficExtension") },
};

bool object_kind_is_generated(struct str api_version, struct str kind)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (str_eq(kind, kinds[i].kind) && str_has_prefix(api_version, kinds[i].group))
			return true;
	return false;
}

/* networking.istio.io/v1, but none of Kubernetes' own groups, nor Gateway API's. */
static bool is_of_istio(struct str api_version)
{
	struct str group;

	str_cut(api_version, '/', &group);
	return str_ends_with_nocase(group, STR(".istio.io"));
}

static struct str entry_key(const void *entry)
{
	return ((const struct object_entry *)entry)->key;
}

void object_set_init(struct object_set *set, struct arena *arena)
{
	*set = (struct object_set){ .arena = arena, .default_namespace = STR("default") };
	hash_init(&set->by_key, arena, entry_key);
	set->last = &set->first;
	set->last_other = &set->others;
}

/* The manifest that the object was generated for: by its labels or, if several manifests share it, by its
 * annotation. Absent: it was not generated. */
static struct str manifest_of(struct arena *arena, const struct node *metadata, const struct object_entry *e)
{
	const struct node *labels = node_get(metadata, "labels");
	struct str         owners = node_get_text(node_get(metadata, "annotations"), "callout.dev/manifests");
	struct str         name = node_get_text(labels, "callout.dev/manifest");

	if (str_present(owners))
		return owners;
	if (!str_present(name) || !str_is(node_get_text(labels, "app.kubernetes.io/managed-by"), "callout"))
		return STR_ABSENT;
	return STR_CONCAT(arena, object_owner_namespace(e->kind, e->namespace, e->name, name), STR("/"), name);
}

/* Adds an object whose tree lives as long as the set. One that is neither Istio's nor ours is left out; one that is not
 * generated, has no name, or whose key is there already, goes to the others. */
static void add_object(struct object_set *set, const struct node *root, struct pos pos)
{
	const struct node   *metadata = node_get(root, "metadata");
	struct str           kind = node_get_text(root, "kind"), name = node_get_text(metadata, "name");
	struct object_entry *e;

	bool generated = object_kind_is_generated(node_get_text(root, "apiVersion"), kind);

	if (!generated && !is_of_istio(node_get_text(root, "apiVersion")) && !document_is_ours(root))
		return;
	e = ARENA_NEW(set->arena, struct object_entry);
	e->kind = kind;
	e->name = str_present(name) ? name : STR("");
	e->namespace = node_get_text(metadata, "namespace");
	if (!str_present(e->namespace))
		e->namespace = set->default_namespace;
	e->key = STR_CONCAT(set->arena, kind, STR(" "), e->namespace, STR("/"), e->name);
	e->root = root;
	e->pos = pos;
	e->manifest = manifest_of(set->arena, metadata, e);
	if (!generated || !str_present(name) || hash_add(&set->by_key, e)) {
		*set->last_other = e;
		set->last_other = &e->next;
		return;
	}
	*set->last = e;
	set->last = &e->next;
	set->n++;
}

struct object_entry *object_set_find(const struct object_set *set, struct str key)
{
	return hash_get(&set->by_key, key);
}

static struct pos begin_of(const struct node *object)
{
	struct pos pos = node_pos(object);

	pos.length = 1;
	return pos;
}

/* A list's items may be lists again; how deep, the reader limits. False: it is no object. */
static bool take_object(struct object_set *set, const struct node *object)
{
	const struct node *items = node_get(object, "items");

	if (items && items->kind == NODE_LIST) {
		NODE_EACH (item, items)
			take_object(set, item);
		if (!set->begin.source)
			set->begin = begin_of(object);
		return true;
	}
	if (!document_is_object(object) && !(set->manifests_count && document_is_ours(object)))
		return false;
	if (!set->begin.source)
		set->begin = begin_of(object);
	add_object(set, object, begin_of(object));
	return true;
}

bool object_set_read(struct object_set *set, const struct source *source, struct diags *diags)
{
	struct document *docs;
	bool             ok = documents_read(set->arena, source, &live_object_limits, &docs, diags), any = false;

	for (struct document *doc = docs; doc; doc = doc->next) {
		if (doc->root.kind != NODE_MAP) {
			diag_at(diags, CO_NOT_A_MAP, &doc->root, ARGS(node_kind_text(&doc->root)));
			ok = false;
		} else {
			any = take_object(set, &doc->root) || any;
		}
	}
	if (ok && !any) {
		documents_lack_objects(source, docs, diags);
		ok = false;
	}
	return ok;
}

/* Texts of the rendering live in its scratch arena, so all of them are copied. */
static void keep_texts(struct arena *arena, struct node *root)
{
	for (struct node *n = root; n; n = node_after(n, root)) {
		if (n->text_p)
			n->text_p = str_copy(arena, node_text(n)).p;
		if (n->key_p)
			n->key_p = str_copy(arena, node_key(n)).p;
	}
}

static bool take_rendered(void *ctx, const struct resource *resource, const struct node *object)
{
	struct object_set *set = ctx;
	struct document   *copy = tree_copy(set->arena, object);

	keep_texts(set->arena, &copy->root);
	add_object(set, &copy->root, node_pos(resource->node));
	return true;
}

bool object_set_generate(struct object_set *set, struct generation *g)
{
	struct document_sink sink = { take_rendered, set };

	return generation_check(g, NULL, NULL) && generation_render(g, &sink);
}
