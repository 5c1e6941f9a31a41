#include "manifest/manifest.h"

#include <stdlib.h>

#include "base/arena.h"

struct str manifest_id(struct arena *arena, const struct manifest *m)
{
	return STR_CONCAT(arena, m->metadata->namespace, STR("/"), m->metadata->name);
}

/* A Gateway, a Service and a ServiceEntry are named in the manifest's own namespace; what selects by labels, by class or
 * not at all reaches every namespace from the root namespace. */
struct str manifest_proxies_namespace(const struct manifest *m)
{
	const struct waypoint_ref *waypoint = m->spec->target->waypoint;

	return waypoint ? waypoint->namespace : m->metadata->namespace;
}

bool manifest_is_everywhere(const struct manifest *m, const struct mesh *mesh)
{
	const struct target *t = m->spec->target;

	if (t->waypoint || !str_eq(m->metadata->namespace, mesh->spec->root_namespace))
		return false;
	for (size_t i = 0; i < t->target_refs.n; i++)
		if (!str_is(((const struct target_ref *)t->target_refs.items)[i].kind, "GatewayClass"))
			return false;
	return true;
}

/* Waypoints, and gateways under PILOT_FILTER_GATEWAY_CLUSTER_CONFIG, get only the clusters that a route, an extension
 * provider or the annotation referenced-services refers to (istio pilot/pkg/networking/core/waypoint.go
 * filterWaypointOutboundServices; pilot/pkg/model/push_context.go GatewayServices). */
bool manifest_is_filtered(const struct manifest *m, const struct mesh *mesh)
{
	unsigned proxy = m->spec->target->proxy;

	return proxy == PROXY_WAYPOINT || (proxy == PROXY_GATEWAY && mesh->spec->gateway_cluster_filter == TRI_YES);
}

static int compare_upstreams(const void *x, const void *y)
{
	return str_cmp((*(const struct upstream *const *)x)->name, (*(const struct upstream *const *)y)->name);
}

const struct upstream **manifest_upstreams_sorted(struct arena *arena, const struct manifest *m)
{
	size_t                  n = manifest_upstreams(m);
	const struct upstream **sorted = ARENA_ARRAY(arena, n + 1, const struct upstream *);

	for (size_t i = 0; i < n; i++)
		sorted[i] = manifest_upstream(m, i);
	qsort(sorted, n, sizeof(*sorted), compare_upstreams);
	return sorted;
}
