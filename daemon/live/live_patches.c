#include "live/live_patches.h"

#include "names/cluster_name.h"

bool live_patch_is(const struct node *patch, const char *operation)
{
	const struct node *to = node_get(patch, "applyTo"), *op = node_get(node_get(patch, "patch"), "operation");

	return to && str_is(node_text(to), "CLUSTER") && op && str_is(node_text(op), operation);
}

struct str live_patch_added(const struct node *patch)
{
	const struct node *name = node_get(node_get(node_get(patch, "patch"), "value"), "name");

	return name && live_patch_is(patch, "ADD") ? node_text(name) : STR_ABSENT;
}

const struct node *live_patch_adding(const struct node *filter, struct str name)
{
	NODE_EACH (patch, node_get(node_get(filter, "spec"), "configPatches"))
		if (str_present(live_patch_added(patch)) && str_eq(live_patch_added(patch), name))
			return patch;
	return NULL;
}

/* istio pilot/pkg/networking/core/envoyfilter/cluster_patch.go clusterMatch */
bool live_patch_fits(const struct node *patch, struct str whole, const struct cluster_name *c)
{
	const struct node *match = node_get(node_get(patch, "match"), "cluster");
	const struct node *name = node_get(match, "name"), *service = node_get(match, "service");
	const struct node *port = node_get(match, "portNumber"), *subset = node_get(match, "subset");
	uint64_t           number = 0;

	if (name && node_text(name).n)
		return str_eq(node_text(name), whole);
	if (port && (!str_to_uint(node_text(port), UINT32_MAX, &number) || (number && number != c->port)))
		return false;
	return !(service && node_text(service).n && !str_eq(node_text(service), c->host)) &&
	       !(subset && node_text(subset).n && !str_eq(node_text(subset), c->subset));
}

struct str live_patch_context(const struct node *patch)
{
	const struct node *context = node_get(node_get(patch, "match"), "context");

	return context ? node_text(context) : STR("ANY");
}

/* Measured; a waypoint takes SIDECAR_INBOUND alone. */
bool live_patch_adds_in(const struct node *patch, struct str type)
{
	struct str context = live_patch_context(patch);

	if (str_is(type, "waypoint"))
		return str_is(context, "SIDECAR_INBOUND");
	if (str_is(context, "ANY"))
		return true;
	return str_is(type, "router") ? str_is(context, "GATEWAY")
	                              : str_is(context, "SIDECAR_OUTBOUND") || str_is(context, "SIDECAR_INBOUND");
}

/* Those of services are outbound clusters, in a waypoint as well. */
bool live_patch_removes_in(const struct node *patch, struct str type)
{
	struct str context = live_patch_context(patch);

	return str_is(context, "ANY") || str_is(context, str_is(type, "router") ? "GATEWAY" : "SIDECAR_OUTBOUND");
}
