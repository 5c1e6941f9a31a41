#include "import/import.h"

#include <stdlib.h>

#include "base/arena.h"
#include "import/importing.h"
#include "manifest/document_read.h"

static int compare_manifests(const void *x, const void *y)
{
	const struct found_manifest *a = *(struct found_manifest *const *)x, *b = *(struct found_manifest *const *)y;
	int                          order = str_cmp(a->namespace, b->namespace);

	return order ? order : str_cmp(a->name, b->name);
}

/* Reports what else the input holds, so that nobody misses it silently. */
static void import_others(struct importer *im)
{
	for (const struct object_entry *e = im->objects->others; e; e = e->next) {
		const char *why = "a manifest says nothing of this kind";

		if (document_is_ours(e->root))
			why = str_is(e->kind, "Mesh") ? "what the mesh is, the file of --mesh-file tells"
			                              : "it is a manifest already";
		else if (!e->name.n)
			why = "it has no name, or one that is not a string";
		else if (object_set_find(im->objects, e->key))
			why = "another object of this kind and name came before it";
		import_skip(im, e, e->root, why);
	}
}

static void tell_nothing(struct importer *im)
{
	const struct object_entry *first = im->objects->others;
	struct diag               *d = diag_add(im->diags, CO_IMPORT_NOTHING, im->objects->begin, NO_ARGS);

	if (im->objects->first)
		diag_help(im->diags, d, "what is left out, and why, is said of each object", NO_ARGS);
	else if (first && document_is_ours(first->root))
		diag_help(im->diags, d, "this is a manifest already: `callout generate -f FILE` prints its objects",
		          NO_ARGS);
	else
		diag_help(
			im->diags, d,
			"give what `kubectl get serviceentries,destinationrules,envoyfilters,wasmplugins -o yaml` prints",
			NO_ARGS);
}

/* Filters first, since hosts are given to the filter that names their cluster; our own hosts before those of others. */
static void import_all(struct importer *im)
{
	extension_configs_index(im);
	for (const struct object_entry *e = im->objects->first; e; e = e->next) {
		if (str_is(e->kind, "EnvoyFilter"))
			import_envoy_filter(im, e);
		else if (str_is(e->kind, "WasmPlugin") || str_is(e->kind, "TrafficExtension"))
			import_plugin(im, e);
	}
	mentions_index(im);
	give_clusters(im);
	import_rules(im);
	for (const struct object_entry *e = im->objects->first; e; e = e->next)
		if (str_is(e->kind, "ServiceEntry"))
			import_service_entry(im, e);
	import_left_rules(im);
	import_others(im);
}

bool import_objects(struct arena *arena, const struct object_set *objects, const struct mesh *mesh,
                    struct imported *ret, struct diags *diags)
{
	struct importer im = { .arena = arena, .diags = diags, .objects = objects, .mesh = mesh->spec };

	found_manifests_begin(&im);
	hash_init(&im.told, arena, hash_string);
	im.last_cluster = &im.clusters;
	import_all(&im);
	*ret = (struct imported){ ARENA_ARRAY(arena, im.n + 1, struct document *), 0 };
	if (im.n)
		qsort(im.list, im.n, sizeof(struct found_manifest *), compare_manifests);
	for (size_t i = 0; i < im.n; i++)
		if (manifest_is_something(&im, im.list[i]))
			ret->manifests[ret->n++] = manifest_document(&im, im.list[i]);
	if (ret->n)
		return true;
	tell_nothing(&im);
	return false;
}
