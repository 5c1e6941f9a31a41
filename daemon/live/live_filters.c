/* What EnvoyFilters of others do to a planned cluster. */
#include "live/live_filters.h"

#include "base/arena.h"
#include "json/number.h"
#include "live/live_attaching.h"
#include "live/live_index.h"
#include "live/live_patches.h"
#include "names/cluster_name.h"

struct context {
	struct arena                  *arena;
	const struct live_objects     *live;
	const struct plan             *plan;
	const struct mesh             *mesh;
	const struct expected_cluster *expected;
	struct diags                  *diags;
	struct attaching               attaching;
	struct live_proxies            proxies;
	struct cluster_name            name; /* the expected one's */
};

static const struct target *target_of(const struct context *c)
{
	return c->plan->manifest->spec->target;
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
		const struct node *patch = live_patch_adding(filter, c->expected->name, &c->proxies);

		if (!patch || !live_filter_may_attach(&c->attaching, filter))
			continue;
		tell(c, CO_CLUSTER_ADDED_TWICE, filter, patch,
		     comes_before(c, filter, patch, own) ? STR("the filter would call that one")
		                                         : STR("who calls that one would call the manifest's"));
		return;
	}
}

/* ---- removal: of clusters of services, before istiod adds those of EnvoyFilters (pilot/pkg/networking/core/cluster.go) ---- */

static bool check_remover(void *ctx, const struct node *filter)
{
	const struct context *c = ctx;
	const struct node    *patch = live_patch_removing(filter, c->expected->name, &c->name, &c->proxies);

	if (patch)
		tell(c, CO_CLUSTER_REMOVED, filter, patch, STR_ABSENT);
	return !patch;
}

void live_filters_check(struct arena *arena, const struct live_objects *live, const struct plan *plan,
                        const struct mesh *mesh, const struct expected_cluster *e, struct diags *diags)
{
	struct context c = { .arena = arena,
		             .live = live,
		             .plan = plan,
		             .mesh = mesh,
		             .expected = e,
		             .diags = diags,
		             .attaching = { arena, plan->manifest, mesh },
		             .proxies = live_proxies_of(plan->manifest, mesh),
		             .name = cluster_name_parse(e->name) };

	if (e->kind == CLUSTER_ENVOY_FILTER)
		check_adders(&c);
	else if (e->kind != CLUSTER_EXISTING)
		live_patchers_each(&c.attaching, live, check_remover, &c);
}
