#include "live/live_patches.h"

#include "manifest/manifest.h"
#include "names/cluster_name.h"

struct str live_proxy_type(const struct target *t)
{
	static const struct str types[] = { [PROXY_SIDECAR] = STR_INIT("sidecar"),
		                            [PROXY_GATEWAY] = STR_INIT("router"),
		                            [PROXY_WAYPOINT] = STR_INIT("waypoint") };

	return types[t->proxy];
}

static const struct node *patches_of(const struct node *filter)
{
	return node_get(node_get(filter, "spec"), "configPatches");
}

/* Of clusters, with this operation. */
static bool is_patch(const struct node *patch, const char *operation)
{
	return str_is(node_get_text(patch, "applyTo"), "CLUSTER") &&
	       str_is(node_get_text(node_get(patch, "patch"), "operation"), operation);
}

struct str live_patch_added(const struct node *patch)
{
	return is_patch(patch, "ADD") ? node_get_text(node_get(node_get(patch, "patch"), "value"), "name") : STR_ABSENT;
}

const struct node *live_patch_adding(const struct node *filter, struct str name)
{
	NODE_EACH (patch, patches_of(filter)) {
		struct str added = live_patch_added(patch);

		if (str_present(added) && str_eq(added, name))
			return patch;
	}
	return NULL;
}

/* istio pilot/pkg/networking/core/envoyfilter/cluster_patch.go clusterMatch */
static bool fits(const struct node *patch, struct str whole, const struct cluster_name *c)
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
	struct str context = node_get_text(node_get(patch, "match"), "context");

	return str_present(context) ? context : STR("ANY");
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
static bool removes_in(const struct node *patch, struct str type)
{
	struct str context = live_patch_context(patch);

	return str_is(context, "ANY") || str_is(context, str_is(type, "router") ? "GATEWAY" : "SIDECAR_OUTBOUND");
}

bool live_patch_removes(const struct node *filter)
{
	NODE_EACH (patch, patches_of(filter))
		if (is_patch(patch, "REMOVE"))
			return true;
	return false;
}

const struct node *live_patch_removing(const struct node *filter, struct str whole, const struct cluster_name *c,
                                       struct str type)
{
	NODE_EACH (patch, patches_of(filter))
		if (is_patch(patch, "REMOVE") && fits(patch, whole, c) && removes_in(patch, type))
			return patch;
	return NULL;
}
