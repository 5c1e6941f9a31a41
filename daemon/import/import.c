#include "import/import.h"

#include <stdlib.h>

#include "base/arena.h"
#include "import/importing.h"

/* ---- findings ---- */

void import_lost(struct importer *im, const struct object_entry *e, const struct node *n, struct str what)
{
	diag_at(im->diags, CO_IMPORT_LOST, n, ARGS(e->key, what));
}

void import_skip(struct importer *im, const struct object_entry *e, const struct node *n, const char *why)
{
	diag_at(im->diags, CO_IMPORT_SKIPPED, n ? n : e->root, ARGS(e->key, str_c(why)));
}

void import_note(struct importer *im, const struct object_entry *e, const struct node *n, const char *what)
{
	diag_at(im->diags, CO_IMPORT_CHANGED, n ? n : e->root, ARGS(e->key, str_c(what)));
}

void import_only(struct importer *im, const struct object_entry *e, const struct node *map, const char *const *names)
{
	if (!map || map->kind != NODE_MAP)
		return;
	NODE_EACH (n, map) {
		if (n->kind != NODE_NULL && !node_is_one_of(n, names))
			diag_at_key(im->diags, CO_IMPORT_LOST, n, ARGS(e->key, node_key(n)));
	}
}

/* ---- manifests ---- */

static struct str manifest_key(const void *manifest)
{
	return ((const struct found_manifest *)manifest)->key;
}

struct found_manifest *find_manifest(struct importer *im, struct str namespace, struct str name)
{
	struct str              key = STR_CONCAT(im->arena, namespace, STR("/"), name);
	struct found_manifest  *m = hash_get(&im->manifests, key);
	struct found_manifest **larger;

	if (m)
		return m;
	m = ARENA_NEW(im->arena, struct found_manifest);
	m->key = key;
	m->namespace = namespace;
	m->name = name;
	hash_add(&im->manifests, m);
	if (im->n == im->cap) {
		larger = ARENA_ARRAY(im->arena, im->cap ? im->cap * 2 : 16, struct found_manifest *);
		if (im->n)
			memcpy(larger, im->list, im->n * sizeof(struct found_manifest *));
		im->list = larger;
		im->cap = im->cap ? im->cap * 2 : 16;
	}
	im->list[im->n++] = m;
	return m;
}

void add_upstream(struct found_manifest *m, struct found_upstream *u)
{
	struct found_upstream **at = &m->upstreams;

	while (*at)
		at = &(*at)->next;
	*at = u;
	u->next = NULL;
}

/* A letter of a name: `auth` is not named by `auth.example.com`, nor `a|80||b` by `a|80||b.c`. */
static bool is_name_letter(struct str text, size_t at)
{
	char c = at < text.n ? text.p[at] : ' ';

	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("_.-|", c));
}

bool text_names(struct str text, size_t at, struct str cluster)
{
	return str_has_prefix(str_slice(text, at, text.n), cluster) && !is_name_letter(text, at + cluster.n) &&
	       (at == 0 || !is_name_letter(text, at - 1));
}

static bool holds(const struct node *n, struct str cluster)
{
	struct str text = n->kind == NODE_STRING ? node_text(n) : STR("");

	for (size_t at = str_find_str(text, cluster, 0); at < text.n; at = str_find_str(text, cluster, at + 1))
		if (text_names(text, at, cluster))
			return true;
	NODE_EACH (child, n)
		if (holds(child, cluster))
			return true;
	return false;
}

bool manifest_mentions(const struct found_manifest *m, struct str cluster)
{
	return (m->config && holds(m->config, cluster)) || (m->code && holds(m->code, cluster));
}

/* ---- the whole ---- */

static int compare_manifests(const void *x, const void *y)
{
	const struct found_manifest *a = *(struct found_manifest *const *)x, *b = *(struct found_manifest *const *)y;
	int                          order = str_cmp(a->namespace, b->namespace);

	return order ? order : str_cmp(a->name, b->name);
}

/* What an input holds beside it, and nobody would miss in silence. */
static void import_others(struct importer *im)
{
	for (const struct object_entry *e = im->objects->others; e; e = e->next)
		import_skip(im, e, e->root,
		            object_set_find(im->objects, e->key) ? "another object of this kind and name came before it"
		                                                 : "a manifest says nothing of this kind");
}

/* Filters first, since hosts are given to the filter that names their cluster; our own hosts before those of others. */
static void import_all(struct importer *im)
{
	for (const struct object_entry *e = im->objects->first; e; e = e->next) {
		if (str_is(e->kind, "EnvoyFilter"))
			import_envoy_filter(im, e);
		else if (str_is(e->kind, "WasmPlugin") || str_is(e->kind, "TrafficExtension"))
			import_plugin(im, e);
	}
	give_clusters(im);
	import_rules(im);
	for (const struct object_entry *e = im->objects->first; e; e = e->next)
		if (str_is(e->kind, "ServiceEntry"))
			import_service_entry(im, e);
	import_left_rules(im);
	import_others(im);
}

bool import_objects(struct arena *arena, const struct object_set *objects, struct imported *ret, struct diags *diags)
{
	struct importer im = { .arena = arena, .diags = diags, .objects = objects, .ok = true };

	hash_init(&im.manifests, arena, manifest_key);
	im.last_cluster = &im.clusters;
	import_all(&im);
	*ret = (struct imported){ ARENA_ARRAY(arena, im.n + 1, struct document *), 0 };
	if (im.n)
		qsort(im.list, im.n, sizeof(struct found_manifest *), compare_manifests);
	for (size_t i = 0; i < im.n; i++)
		if (im.list[i]->filter || im.list[i]->upstreams || im.list[i]->config)
			ret->manifests[ret->n++] = manifest_document(&im, im.list[i]);
	if (ret->n)
		return true;
	diag_add(diags, CO_IMPORT_NOTHING, POS_NONE, NO_ARGS);
	return false;
}
