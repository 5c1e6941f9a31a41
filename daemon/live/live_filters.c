/* What EnvoyFilters of others do to a planned cluster. */
#include "live/live_filters.h"

#include "base/arena.h"
#include "json/number.h"
#include "live/live_index.h"
#include "live/live_patches.h"
#include "names/cluster_name.h"
#include "names/labels.h"
#include "names/mesh_table.h"

/* The most EnvoyFilters that are looked at for the sake of one cluster. */
enum { FILTERS_LOOKED_AT = 64 };

struct context {
	struct arena                  *arena;
	const struct live_objects     *live;
	const struct plan             *plan;
	const struct mesh             *mesh;
	const struct expected_cluster *expected;
	struct diags                  *diags;
};

static const struct target *target_of(const struct context *c)
{
	return c->plan->manifest->spec->target;
}

/* ---- which of them attach: istio pilot/pkg/model/policyattachment.go ---- */

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
static bool refs_reach(const struct context *c, const struct node *filter)
{
	const struct node *refs = node_get(node_get(filter, "spec"), "targetRefs");
	bool     is_near = str_eq(live_object_namespace(filter), manifest_proxies_namespace(c->plan->manifest));
	unsigned proxy = target_of(c)->proxy;

	if (!feature_in_all(FEATURE_ENVOY_FILTER_TARGET_REFS_HONOURED, c->mesh->versions))
		return true;
	if (!refs || refs->count == 0)
		return proxy != PROXY_WAYPOINT;
	NODE_EACH (ref, refs) {
		if (str_is(node_get_text(ref, "kind"), "GatewayClass") && proxy == PROXY_WAYPOINT)
			return true;
		if (is_near && proxy != PROXY_SIDECAR && str_is(node_get_text(ref, "kind"), "Gateway") &&
		    is_target_gateway(target_of(c), node_get_text(ref, "name")))
			return true;
	}
	return false;
}

/* Of the proxies of a Gateway one label is known. */
static bool labels_reach(const struct context *c, const struct node *labels)
{
	const struct target *t = target_of(c);

	if (t->selector)
		return !labels_exclude(labels, t->selector->match_labels);
	if (!t->waypoint && t->target_refs.n == 0)
		return true;
	NODE_EACH (label, labels)
		if (!str_is(node_key(label), LABEL_GATEWAY) || !is_target_gateway(t, node_text(label)))
			return false;
	return true;
}

static bool namespace_reaches(const struct context *c, struct str namespace)
{
	return str_eq(namespace, manifest_proxies_namespace(c->plan->manifest)) ||
	       str_eq(namespace, c->mesh->spec->root_namespace) || manifest_is_everywhere(c->plan->manifest, c->mesh);
}

/* May it attach to a proxy that runs the manifest's filter? */
static bool may_attach(const struct context *c, const struct node *filter)
{
	return !live_object_is_ours(c->arena, filter, c->plan->manifest, NULL) &&
	       namespace_reaches(c, live_object_namespace(filter)) &&
	       labels_reach(c, node_get(node_get(node_get(filter, "spec"), "workloadSelector"), "labels")) &&
	       refs_reach(c, filter);
}

/* ---- two of one name ---- */

static const struct resource *own_filter(const struct plan *p)
{
	for (size_t i = 0; i < p->n_clusters; i++)
		if (p->clusters[i].record->type == &envoy_filter_type)
			return &p->clusters[i];
	for (size_t i = 0; i < p->n_filters; i++)
		if (p->filters[i].record->type == &envoy_filter_type)
			return &p->filters[i];
	return NULL;
}

static double priority_of(const struct node *filter)
{
	const struct node *n = node_get(node_get(filter, "spec"), "priority");
	double             priority;

	return n && node_is_scalar(n) && number_parse_double(node_text(n), &priority) ? priority : 0;
}

/* istio pilot/pkg/model/push_context.go EnvoyFilters: by priority, then those of the root namespace, the older ones, by name. What is
 * not live yet will be the newest. */
static bool comes_before(const struct context *c, const struct node *filter, const struct node *patch,
                         const struct resource *own)
{
	const struct value *ours = &own->record->values[EF_PRIORITY];
	double              priority = ours->type == VALUE_INT ? (double)ours->as.integer : 0;
	const struct node  *live = live_object_named(c->live, STR("EnvoyFilter"), own->namespace, own->name);
	struct str          there = live_object_namespace(filter), created = live_object_created(filter), since;

	if (target_of(c)->proxy == PROXY_SIDECAR && str_is(live_patch_context(patch), "SIDECAR_INBOUND"))
		return false; /* inbound clusters come behind the outbound ones, which ours is among */
	if (priority_of(filter) != priority)
		return priority_of(filter) < priority;
	if (!str_eq(there, own->namespace))
		return str_eq(there, c->mesh->spec->root_namespace);
	if (!live)
		return true;
	since = live_object_created(live);
	if (str_present(created) && str_present(since) && !str_eq(created, since))
		return str_cmp(created, since) < 0;
	return str_cmp(live_object_name(filter), own->name) < 0;
}

static void tell(const struct context *c, enum diag_code code, const struct node *filter, const struct node *patch,
                 struct str more)
{
	const struct node *named = node_get(c->expected->upstream->node, "clusterName");
	struct str who = STR_CONCAT(c->arena, live_object_namespace(filter), STR("/"), live_object_name(filter));

	diag_relate(c->diags,
	            diag_at(c->diags, code, named ? named : c->expected->upstream->node,
	                    ARGS(who, c->expected->name, more)),
	            node_pos(patch), "the patch is here", NO_ARGS);
}

/* istiod keeps the first cluster of a name that EnvoyFilters add, and leaves the others out (measured). */
static void check_adders(const struct context *c)
{
	const struct live_refs *adders = live_adders(c->live, c->expected->name);
	const struct resource  *own = own_filter(c->plan);

	for (size_t i = 0; own && i < adders->n && i < FILTERS_LOOKED_AT; i++) {
		const struct node *filter = adders->items[i];
		const struct node *patch = live_patch_adding(filter, c->expected->name);

		if (!live_patch_adds_in(patch, live_proxy_type(target_of(c))) || !may_attach(c, filter))
			continue;
		tell(c, CO_CLUSTER_ADDED_TWICE, filter, patch,
		     comes_before(c, filter, patch, own) ? STR("the filter would call that one")
		                                         : STR("who calls that one would call the manifest's"));
		return;
	}
}

/* ---- removal: of clusters of services, before istiod adds those of EnvoyFilters (pilot/pkg/networking/core/cluster.go) ---- */

static void check_removers(const struct context *c)
{
	const struct live_refs *removers = live_removers(c->live);
	struct cluster_name     name = cluster_name_parse(c->expected->name);

	for (size_t i = 0; i < removers->n && i < FILTERS_LOOKED_AT; i++) {
		const struct node *patch = live_patch_removing(removers->items[i], c->expected->name, &name,
		                                               live_proxy_type(target_of(c)));

		if (!patch || !may_attach(c, removers->items[i]))
			continue;
		tell(c, CO_CLUSTER_REMOVED, removers->items[i], patch, STR_ABSENT);
		return;
	}
}

void live_filters_check(struct arena *arena, const struct live_objects *live, const struct plan *plan,
                        const struct mesh *mesh, const struct expected_cluster *e, struct diags *diags)
{
	struct context c = { arena, live, plan, mesh, e, diags };

	if (e->kind == CLUSTER_ENVOY_FILTER)
		check_adders(&c);
	else if (e->kind != CLUSTER_EXISTING)
		check_removers(&c);
}
