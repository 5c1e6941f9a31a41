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

struct live_proxies live_proxies_of(const struct manifest *manifest, const struct mesh *mesh)
{
	return (struct live_proxies){ live_proxy_type(manifest->spec->target), mesh->versions };
}

static const struct node *patches_of(const struct node *filter)
{
	return node_get(node_get(filter, "spec"), "configPatches");
}

/* istio pilot/pkg/model/envoyfilter.go convertToEnvoyFilterWrapper */
static const char *const adding[] = { "ADD", "INSERT_BEFORE", "INSERT_AFTER", "INSERT_FIRST", NULL };

static bool is_one_of(struct str operation, const char *const *operations)
{
	while (*operations && !str_is(operation, *operations))
		operations++;
	return *operations != NULL;
}

bool live_operation_adds(struct str operation)
{
	return is_one_of(operation, adding);
}

/* Of clusters, with one of these operations. */
static bool is_patch(const struct node *patch, const char *const *operations)
{
	return str_is(node_get_text(patch, "applyTo"), "CLUSTER") &&
	       is_one_of(node_get_text(node_get(patch, "patch"), "operation"), operations);
}

/* pilot/pkg/networking/core/envoyfilter/util.go isMergeOperation; REPLACE does nothing to a cluster. */
static const char *const merging[] = { "MERGE", "MERGE_AND_REPLACE_LIST", NULL };
static const char *const removing[] = { "REMOVE", NULL };

struct str live_patch_added(const struct node *patch)
{
	return is_patch(patch, adding) ? node_get_text(node_get(node_get(patch, "patch"), "value"), "name")
	                               : STR_ABSENT;
}

struct str live_patch_context(const struct node *patch)
{
	struct str context = node_get_text(node_get(patch, "match"), "context");

	return str_present(context) ? context : STR("ANY");
}

const struct node *live_patch_adding(const struct node *filter, struct str name, const struct live_proxies *proxies)
{
	const struct node *last = NULL;

	NODE_EACH (patch, patches_of(filter)) {
		struct str added = live_patch_added(patch);

		if (!str_present(added) || !str_eq(added, name) || (proxies && !live_patch_adds_in(patch, proxies)))
			continue;
		if (!str_is(live_patch_context(patch), "SIDECAR_INBOUND"))
			return patch;
		last = last ? last : patch; /* those come behind the outbound ones */
	}
	return last;
}

/* match.proxy.metadata is of each proxy, and may be. */
static bool is_of_versions(const struct node *patch, struct version_range versions)
{
	struct str pattern = node_get_text(node_get(node_get(patch, "match"), "proxy"), "proxyVersion");

	for (int minor = versions.low; minor <= versions.high; minor++)
		if (!istio_version_pattern_excludes(pattern, minor))
			return true;
	return false;
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

/* Measured; a waypoint takes SIDECAR_INBOUND alone. */
bool live_patch_adds_in(const struct node *patch, const struct live_proxies *proxies)
{
	struct str context = live_patch_context(patch), type = proxies->type;

	if (!is_of_versions(patch, proxies->versions))
		return false;
	if (str_is(type, "waypoint"))
		return str_is(context, "SIDECAR_INBOUND");
	if (str_is(context, "ANY"))
		return true;
	return str_is(type, "router") ? str_is(context, "GATEWAY")
	                              : str_is(context, "SIDECAR_OUTBOUND") || str_is(context, "SIDECAR_INBOUND");
}

/* Those of services are outbound clusters, in a waypoint as well. */
static bool patches_in(const struct node *patch, const struct live_proxies *proxies)
{
	struct str context = live_patch_context(patch);

	return (str_is(context, "ANY") ||
	        str_is(context, str_is(proxies->type, "router") ? "GATEWAY" : "SIDECAR_OUTBOUND")) &&
	       is_of_versions(patch, proxies->versions);
}

bool live_patches_any(const struct node *filter)
{
	NODE_EACH (patch, patches_of(filter))
		if (is_patch(patch, removing) || is_patch(patch, merging))
			return true;
	return false;
}

const struct node *live_patch_removing(const struct node *filter, struct str whole, const struct cluster_name *c,
                                       const struct live_proxies *proxies)
{
	NODE_EACH (patch, patches_of(filter))
		if (is_patch(patch, removing) && fits(patch, whole, c) && patches_in(patch, proxies))
			return patch;
	return NULL;
}

bool live_patch_merges(const struct node *patch, struct str whole, const struct cluster_name *c,
                       const struct live_proxies *proxies)
{
	return is_patch(patch, merging) && fits(patch, whole, c) && patches_in(patch, proxies);
}
