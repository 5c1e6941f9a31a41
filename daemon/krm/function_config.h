/* function_config.h - the options of the KRM function: a document of kind FunctionConfig, or a ConfigMap with the same
 * fields in its data, which is what kpt makes of a pipeline's configMap. */
#ifndef CALLOUT_KRM_FUNCTION_CONFIG_H
#define CALLOUT_KRM_FUNCTION_CONFIG_H

#include "manifest/fields.h"

enum function_mode { FUNCTION_GENERATE = 1, FUNCTION_VALIDATE };

struct function_spec {
	const struct node *node;
	unsigned           mode;
	enum tri           keep_manifests; /* FilterManifests and Meshes stay in the list */
	struct str         mesh, istio_version, namespace;
};

struct function_config {
	const struct node    *node;
	struct function_spec *spec; /* never NULL after reading */
};

/* Reads a document of kind FunctionConfig or ConfigMap. False: errors were added. */
bool function_config_read(struct arena *, struct document *, struct function_config *ret, struct diags *);

/* The options that apply without any configuration. */
struct function_config function_config_default(struct arena *);

#endif
