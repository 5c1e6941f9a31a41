/* Filters that istio-agent fetches stand in two patches, HTTP_FILTER and EXTENSION_CONFIG, which Istio joins by name. As Istio's
 * own pages had it before there were WasmPlugins, each is in an EnvoyFilter of its own. */
#include "base/arena.h"
#include "import/importing.h"
#include "live/live_patches.h"

struct extension_config {
	struct str         key;   /* NAMESPACE/NAME */
	const struct node *value; /* of the patch */
	bool               used;
};

static struct str key_of(const void *config)
{
	return ((const struct extension_config *)config)->key;
}

static struct str key_for(struct importer *im, struct str namespace, struct str name)
{
	return STR_CONCAT(im->arena, namespace, STR("/"), name);
}

static const struct node *value_of(const struct node *patch)
{
	return node_get(node_get(patch, "patch"), "value");
}

static void add_configs(struct importer *im, const struct object_entry *e)
{
	NODE_EACH (patch, node_get(node_get(e->root, "spec"), "configPatches")) {
		struct extension_config *one;

		if (!str_is(text_at(patch, "applyTo"), "EXTENSION_CONFIG") || !value_of(patch) ||
		    !live_operation_adds(text_at(node_get(patch, "patch"), "operation")))
			continue;
		one = ARENA_NEW(im->arena, struct extension_config);
		*one = (struct extension_config){ key_for(im, e->namespace, text_at(value_of(patch), "name")),
			                          value_of(patch), false };
		hash_add(&im->extension_configs, one);
	}
}

/* Those of the root namespace reach every proxy. */
static struct extension_config *find(struct importer *im, const struct object_entry *e, struct str name)
{
	struct extension_config *one = hash_get(&im->extension_configs, key_for(im, e->namespace, name));

	return one ? one : hash_get(&im->extension_configs, key_for(im, im->mesh->root_namespace, name));
}

static void use_configs(struct importer *im, const struct object_entry *e)
{
	NODE_EACH (patch, node_get(node_get(e->root, "spec"), "configPatches")) {
		struct extension_config *one;

		if (!str_is(text_at(patch, "applyTo"), "HTTP_FILTER") ||
		    !node_member(value_of(patch), "config_discovery"))
			continue;
		one = find(im, e, text_at(value_of(patch), "name"));
		if (one)
			one->used = true;
	}
}

void extension_configs_index(struct importer *im)
{
	hash_init(&im->extension_configs, im->arena, key_of);
	for (const struct object_entry *e = im->objects->first; e; e = e->next)
		if (str_is(e->kind, "EnvoyFilter"))
			add_configs(im, e);
	for (const struct object_entry *e = im->objects->first; e; e = e->next)
		if (str_is(e->kind, "EnvoyFilter"))
			use_configs(im, e);
}

const struct node *extension_config_of(struct importer *im, const struct object_entry *e, const struct node *filter)
{
	struct extension_config *one =
		node_member(filter, "config_discovery") ? find(im, e, text_at(filter, "name")) : NULL;

	return one ? one->value : NULL;
}

bool extension_config_is_used(struct importer *im, const struct object_entry *e, const struct node *patch)
{
	const struct node             *value = value_of(patch);
	const struct extension_config *one =
		hash_get(&im->extension_configs, key_for(im, e->namespace, text_at(value, "name")));

	return one && one->value == value && one->used;
}
