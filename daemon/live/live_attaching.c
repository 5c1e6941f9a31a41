/* Which EnvoyFilters attach to the proxies that run a manifest's filter: istio pilot/pkg/model/policyattachment.go */
#include "live/live_attaching.h"

#include "live/live_index.h"
#include "names/labels.h"
#include "names/mesh_table.h"

/* Is it a Gateway whose proxies the target names, by targetRefs, as its waypoint, or by the label that they have? */
static bool is_target_gateway(const struct target *t, struct str name)
{
	if (t->waypoint && str_eq(t->waypoint->name, name))
		return true;
	for (size_t i = 0; i < t->target_refs.n; i++) {
		const struct target_ref *ref = (const struct target_ref *)t->target_refs.items + i;

		if (str_is(ref->kind, "Gateway") && str_eq(ref->name, name))
			return true;
	}
	return t->selector && str_eq(node_get_text(t->selector->match_labels, LABEL_GATEWAY), name);
}

/* targetRefs count since Istio 1.27; before, such a filter reaches the namespace. They name Gateways of its own. */
static bool refs_reach(const struct attaching *c, const struct node *filter)
{
	const struct node *refs = node_get(node_get(filter, "spec"), "targetRefs");
	bool               is_near = str_eq(live_object_namespace(filter), manifest_proxies_namespace(c->manifest));
	unsigned           proxy = c->manifest->spec->target->proxy;

	if (!feature_in_all(FEATURE_ENVOY_FILTER_TARGET_REFS_HONOURED, c->mesh->versions))
		return true;
	if (!refs || refs->count == 0)
		return proxy != PROXY_WAYPOINT;
	NODE_EACH (ref, refs) {
		if (str_is(node_get_text(ref, "kind"), "GatewayClass") && proxy == PROXY_WAYPOINT)
			return true;
		if (is_near && proxy != PROXY_SIDECAR && str_is(node_get_text(ref, "kind"), "Gateway") &&
		    is_target_gateway(c->manifest->spec->target, node_get_text(ref, "name")))
			return true;
	}
	return false;
}

/* Of the proxies of a Gateway one label is known. */
static bool labels_reach(const struct attaching *c, const struct node *labels)
{
	const struct target *t = c->manifest->spec->target;

	if (t->selector)
		return !labels_exclude(labels, t->selector->match_labels);
	if (!t->waypoint && t->target_refs.n == 0)
		return true;
	NODE_EACH (label, labels)
		if (!str_is(node_key(label), LABEL_GATEWAY) || !is_target_gateway(t, node_text(label)))
			return false;
	return true;
}

static bool namespace_reaches(const struct attaching *c, struct str namespace)
{
	return str_eq(namespace, manifest_proxies_namespace(c->manifest)) ||
	       str_eq(namespace, c->mesh->spec->root_namespace) || manifest_is_everywhere(c->manifest, c->mesh);
}

bool live_filter_may_attach(const struct attaching *c, const struct node *filter)
{
	return !live_object_is_ours(c->arena, filter, c->manifest, NULL) &&
	       namespace_reaches(c, live_object_namespace(filter)) &&
	       labels_reach(c, node_get(node_get(node_get(filter, "spec"), "workloadSelector"), "labels")) &&
	       refs_reach(c, filter);
}

void live_patchers_each(const struct attaching *c, const struct live_objects *live, live_patcher_met *each, void *ctx)
{
	struct str              own = manifest_proxies_namespace(c->manifest), root = c->mesh->spec->root_namespace;
	bool                    everywhere = manifest_is_everywhere(c->manifest, c->mesh);
	const struct live_refs *lists[] = { everywhere ? live_patchers(live) : &live_namespace(live, root)->patchers,
		                            everywhere || str_eq(own, root) ? NULL
		                                                            : &live_namespace(live, own)->patchers };

	for (size_t l = 0; l < sizeof(lists) / sizeof(lists[0]); l++)
		for (size_t i = 0; lists[l] && i < lists[l]->n && i < FILTERS_LOOKED_AT; i++)
			if (live_filter_may_attach(c, lists[l]->items[i]) && !each(ctx, lists[l]->items[i]))
				return;
}
