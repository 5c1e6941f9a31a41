#include "plan/plan.h"

#include <stdlib.h>

#include "base/arena.h"
#include "names/cluster_name.h"
#include "names/hostname.h"
#include "plan/planner.h"

const char *const cluster_kind_words[] = {
	[CLUSTER_SERVICE_ENTRY] = "serviceEntry",
	[CLUSTER_ENVOY_FILTER] = "envoyFilter",
	[CLUSTER_SERVICE] = "service",
	[CLUSTER_EXISTING] = "existing",
};

/* ---- expected clusters ---- */

static struct str envoy_type(const struct upstream *u, enum origin origin)
{
	switch (upstream_resolution(u)) {
	case RESOLUTION_STATIC:
		return origin == ORIGIN_ENVOY_FILTER ? STR("STATIC") : STR("EDS");
	case RESOLUTION_DNS_ROUND_ROBIN:
		return STR("LOGICAL_DNS");
	default:
		return STR("STRICT_DNS");
	}
}

static void expect_host(struct planner *p, const struct upstream *u, enum origin origin, struct expected_cluster *e)
{
	bool isolated = u->isolated != TRI_NO;

	e->type = envoy_type(u, origin);
	/* a public host is dialled as it is written */
	e->host = origin == ORIGIN_SERVICE_ENTRY && !isolated ? u->host : hostname_without_dot(u->host);
	e->port = upstream_dialled_port(u);
	if (u->endpoints.n) {
		e->host = ((const struct endpoint *)u->endpoints.items)->address;
		e->port = ((const struct endpoint *)u->endpoints.items)->port;
	}
	if (origin == ORIGIN_ENVOY_FILTER) {
		e->kind = CLUSTER_ENVOY_FILTER;
		e->name = upstream_envoy_cluster(p->arena, u, p->manifest);
	} else {
		e->kind = CLUSTER_SERVICE_ENTRY;
		e->service_host = isolated ? upstream_isolated_host(p->arena, u, p->manifest, p->mesh) : u->host;
		e->name = cluster_name_outbound(p->arena, (unsigned)(isolated ? p->mesh->spec->isolated_port : u->port),
		                                STR(""), e->service_host);
	}
	if (!upstream_has_tls(u))
		return;
	e->sni = upstream_sni(u);
	e->subject_alt_names = upstream_subject_alt_names(p->arena, u);
	if (u->tls->mode != TLS_ISTIO_MUTUAL)
		return;
	e->subject_alt_names = u->tls->subject_alt_names;
	if (!str_present(u->tls->sni)) /* Istio's own: outbound_.PORT_._.HOST */
		e->sni = STR_CONCAT(p->arena, STR("outbound_."),
		                    str_from_int(p->arena, isolated ? p->mesh->spec->isolated_port : u->port),
		                    STR("_._."), e->service_host);
}

static void expect(struct planner *p, const struct upstream *u, enum origin origin, struct expected_cluster *e)
{
	e->upstream = u;
	e->authority = upstream_authority(p->arena, u, p->mesh);
	e->http2 = u->protocol != PROTOCOL_HTTP;
	if (origin == ORIGIN_EXISTING) {
		e->kind = CLUSTER_EXISTING;
		e->name = u->cluster;
		e->port = u->port;
	} else if (origin == ORIGIN_SERVICE) {
		e->kind = CLUSTER_SERVICE;
		e->service_host = upstream_service_host(p->arena, u, p->mesh);
		e->name = cluster_name_outbound(p->arena, (unsigned)u->port, u->subset, e->service_host);
		e->type = STR("EDS");
		e->host = e->service_host;
		e->port = u->port;
	} else {
		expect_host(p, u, origin, e);
	}
}

/* ---- resources ---- */

static void add(struct resource *list, size_t *n, struct resource r)
{
	if (r.record)
		list[(*n)++] = r;
}

static const struct shared_host *shared_of(const struct planner *p, const struct upstream *u)
{
	return neighbours_shared(p->arena, p->neighbours, p->manifest, u);
}

static void plan_service_entry(struct planner *p, const struct expected_cluster *e)
{
	const struct upstream    *u = e->upstream;
	const struct shared_host *shared;
	struct plan              *plan = p->plan;

	if (u->isolated != TRI_NO) {
		add(plan->clusters, &plan->n_clusters, service_entry_plan(p, u, e));
		add(plan->clusters, &plan->n_clusters, destination_rule_plan(p, u, e));
		return;
	}
	shared = shared_of(p, u);
	if (!shared || shared->owner_upstream != u)
		return; /* another owner's plan carries the objects */
	add(plan->clusters, &plan->n_clusters, shared_service_entry_plan(p, shared));
	add(plan->clusters, &plan->n_clusters, shared_destination_rule_plan(p, shared));
}

static void plan_clusters(struct planner *p, bool wanted)
{
	size_t                  n = manifest_upstreams(p->manifest);
	const struct upstream **upstreams = manifest_upstreams_sorted(p->arena, p->manifest);
	struct plan            *plan = p->plan;

	plan->expected = ARENA_ARRAY(p->arena, n, struct expected_cluster);
	plan->clusters = ARENA_ARRAY(p->arena, 2 * n + 1, struct resource);
	for (size_t i = 0; i < n; i++) {
		struct expected_cluster *e = &plan->expected[plan->n_expected++];

		expect(p, upstreams[i], cluster_origin(p, upstreams[i]), e);
		if (wanted && e->kind == CLUSTER_SERVICE_ENTRY)
			plan_service_entry(p, e);
	}
}

/* Plans the object that carries the filter. An EnvoyFilter that carries only clusters is one of the plan's clusters. */
static void plan_filter(struct planner *p, unsigned parts)
{
	struct plan *plan = p->plan;
	bool         in_envoy_filter = envoy_filter_carries(p);

	plan->filters = ARENA_ARRAY(p->arena, 1, struct resource);
	if (in_envoy_filter) {
		if (parts & PLAN_FILTERS)
			add(plan->filters, &plan->n_filters, envoy_filter_plan(p, true));
		return;
	}
	if (parts & PLAN_CLUSTERS)
		add(plan->clusters, &plan->n_clusters, envoy_filter_plan(p, false));
	if (!p->manifest->spec->filter || !(parts & PLAN_FILTERS))
		return;
	if (p->manifest->spec->filter->kind == CARRIER_TRAFFIC_EXTENSION)
		add(plan->filters, &plan->n_filters, traffic_extension_plan(p));
	else
		add(plan->filters, &plan->n_filters, wasm_plugin_plan(p));
}

/* Refuses kinds of targetRefs that a version does not know, where they will be written: from 1.22 on, and for
 * services only with a filter. */
static void check_target_refs(struct planner *p)
{
	const struct target *t = p->manifest->spec->target;

	if (!planner_knows(p, FEATURE_WASM_TARGET_REFS))
		return;
	for (size_t i = 0; i < t->target_refs.n; i++) {
		const struct target_ref *ref = (const struct target_ref *)t->target_refs.items + i;

		if (str_is(ref->kind, "ServiceEntry") && p->manifest->spec->filter)
			planner_lacks(p, FEATURE_SERVICE_ENTRY_TARGET, CO_VERSION_FIELD, ref->node, "kind");
		if (str_is(ref->kind, "GatewayClass"))
			planner_lacks(p, FEATURE_GATEWAY_CLASS_TARGET, CO_VERSION_FIELD, ref->node, "kind");
	}
}

/* A filter in one namespace reaches a waypoint in another only through targetRefs to Services that use the waypoint, and
 * before Istio 1.31 such a filter hung the waypoint (pilot/pkg/model/extensions.go). */
static void check_waypoint(struct planner *p)
{
	const struct target *t = p->manifest->spec->target;

	if (t->proxy != PROXY_WAYPOINT)
		return;
	planner_lacks(p, FEATURE_WAYPOINT, CO_VERSION_FIELD, t->node, "proxy");
	if (!t->waypoint || !p->manifest->spec->filter ||
	    str_eq(t->waypoint->namespace, p->manifest->metadata->namespace))
		return;
	if (t->target_refs.n == 0)
		planner_fail(p, CO_TARGET_REF, t->waypoint->node, "namespace",
		             ARGS(STR("a filter attaches to a waypoint's Gateway only from its own namespace; refer to "
		                      "Services")));
	else
		planner_lacks(p, FEATURE_CROSS_NAMESPACE_WAYPOINT, CO_VERSION_FIELD, t->waypoint->node, "namespace");
}

const struct plan *plan_build(struct arena *arena, const struct manifest *m, const struct mesh *mesh,
                              const struct neighbours *neighbours, unsigned parts, struct diags *diags)
{
	struct plan   *plan = ARENA_NEW(arena, struct plan);
	struct planner p = { arena, diags, m, mesh, neighbours, plan, true };

	plan->manifest = m;
	check_target_refs(&p);
	check_waypoint(&p);
	plan_clusters(&p, parts & PLAN_CLUSTERS);
	plan_filter(&p, parts);
	return p.ok ? plan : NULL;
}
