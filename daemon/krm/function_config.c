#include "krm/function_config.h"

#include "base/arena.h"
#include "manifest/manifest.h"

static const char *const version_words[] = { CALLOUT_API_VERSION, NULL };
static const char *const kind_words[] = { "FunctionConfig", NULL };
static const char *const mode_words[] = { "generate", "validate", NULL };

#define AT(type, member) .offset = offsetof(struct type, member)

static const struct field spec_fields[] = {
	{ "mode", FIELD_ENUM, AT(function_spec, mode), .flags = FIELD_DEFAULTED, .default_text = "generate",
	  .words = mode_words, .doc = "generate, or validate: findings alone, the items stay as they are." },
	{ "keepManifests", FIELD_BOOL, AT(function_spec, keep_manifests), .flags = FIELD_DEFAULTED,
	  .default_text = "false", .doc = "Whether FilterManifests and Meshes stay in the list." },
	{ "mesh", FIELD_STRING, AT(function_spec, mesh), .min = 1, .max = 253, .format = TEXT_DNS_LABEL,
	  .doc = "Name of the Mesh in the list to generate for." },
	{ "istioVersion", FIELD_STRING, AT(function_spec, istio_version), .min = 1, .max = 20,
	  .doc = "The Istio minor, or range, instead of the Mesh's.", .example = "\"1.27..1.31\"" },
	{ "namespace", FIELD_STRING, AT(function_spec, namespace), .min = 1, .max = 63, .format = TEXT_DNS_LABEL,
	  .doc = "Namespace of manifests that name none." },
};
static const struct object spec_object = { .name = "spec",
	                                   .doc = "What the function does.",
	                                   .size = sizeof(struct function_spec),
	                                   .fields = spec_fields,
	                                   .n_fields = sizeof(spec_fields) / sizeof(spec_fields[0]) };
/* The same, as a ConfigMap holds them. */
static const struct object data_object = { .name = "data",
	                                   .doc = "What the function does.",
	                                   .size = sizeof(struct function_spec),
	                                   .fields = spec_fields,
	                                   .n_fields = sizeof(spec_fields) / sizeof(spec_fields[0]) };

struct config_document {
	struct function_config config;
	const struct node     *metadata;
};

static const struct field config_fields[] = {
	{ "apiVersion", FIELD_FIXED, .flags = FIELD_REQUIRED, .words = version_words,
	  .doc = "Version of the document." },
	{ "kind", FIELD_FIXED, .flags = FIELD_REQUIRED, .words = kind_words, .doc = "Kind of the document." },
	{ "metadata", FIELD_TREE, AT(config_document, metadata), .doc = "Of kustomize and kpt; not read." },
	{ "spec", FIELD_OBJECT, AT(config_document, config.spec), .flags = FIELD_ALWAYS, .object = &spec_object,
	  .doc = "What the function does." },
};
static const struct object function_config_object = { .name = "FunctionConfig",
	                                              .doc = "Options of the KRM function.",
	                                              .size = sizeof(struct config_document),
	                                              .fields = config_fields,
	                                              .n_fields = sizeof(config_fields) / sizeof(config_fields[0]) };

/* All data of a ConfigMap are strings; where a boolean is meant, the words for it are taken. */
static bool read_config_map(struct arena *arena, struct document *doc, struct function_spec *spec, struct diags *diags)
{
	struct node *data = NULL;

	for (struct node *n = doc->root.first; n; n = n->next)
		if (str_is(node_key(n), "data"))
			data = n;
	if (!data || data->kind == NODE_NULL)
		data = &document_new(arena, doc->source)->root, data->kind = NODE_MAP;
	for (struct node *n = data->kind == NODE_MAP ? data->first : NULL; n; n = n->next) {
		const struct field *f = object_field(&data_object, node_key(n));

		if (f && f->type == FIELD_BOOL && (str_is(node_text(n), "true") || str_is(node_text(n), "false")))
			n->kind = NODE_BOOL;
	}
	return fields_decode(arena, &data_object, data, spec, diags);
}

bool function_config_read(struct arena *arena, struct document *doc, struct function_config *ret, struct diags *diags)
{
	struct config_document *config = ARENA_NEW(arena, struct config_document);
	const struct node      *kind = node_get(&doc->root, "kind");

	if (kind && str_is(node_text(kind), "ConfigMap")) {
		config->config.node = &doc->root;
		config->config.spec = ARENA_NEW(arena, struct function_spec);
		if (!read_config_map(arena, doc, config->config.spec, diags))
			return false;
	} else if (!fields_decode(arena, &function_config_object, &doc->root, config, diags)) {
		return false;
	}
	*ret = config->config;
	return true;
}

struct function_config function_config_default(struct arena *arena)
{
	struct function_config config = { .spec = ARENA_NEW(arena, struct function_spec) };

	config.spec->mode = FUNCTION_GENERATE;
	config.spec->keep_manifests = TRI_NO;
	return config;
}
