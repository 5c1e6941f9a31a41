/* EnvoyFilter: one a manifest, where one is needed. It can carry clusters, the referenced-services annotation, and the
 * filter itself (Lua; Wasm below Istio 1.12 or when asked for): filter_patch.c. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "plan/planner.h"

bool envoy_filter_carries(struct planner *p)
{
	const struct filter *f = p->manifest->spec->filter;

	if (!f || f->kind == CARRIER_TRAFFIC_EXTENSION || f->kind == CARRIER_WASM_PLUGIN)
		return false;
	if (f->kind == CARRIER_ENVOY_FILTER || f->lua)
		return true;
	return !planner_knows(p, FEATURE_WASM_PLUGIN);
}

/* ---- attachment ---- */

static struct str clusters_context(const struct planner *p)
{
	switch (p->manifest->spec->target->proxy) {
	case PROXY_GATEWAY:
		return STR("GATEWAY");
	case PROXY_WAYPOINT:
		return STR("SIDECAR_INBOUND"); /* the only one that adds a cluster to a waypoint (measured) */
	default:
		return STR("SIDECAR_OUTBOUND");
	}
}

static bool is_gateway_ref(const struct record *ref)
{
	struct value kind = ref->values[REF_KIND];

	return str_has_prefix(str_of(kind.as.text, kind.n), STR("Gateway"));
}

static const struct record *waypoint_ref(struct planner *p, const struct waypoint_ref *w)
{
	struct record *r = record_new(p->arena, &target_ref_type);

	set_string(r, REF_GROUP, STR("gateway.networking.k8s.io"));
	set_string(r, REF_KIND, STR("Gateway"));
	set_string(r, REF_NAME, w->name);
	return r;
}

/* EnvoyFilters attach to Gateways, never to Services (istio pilot/pkg/model/policyattachment.go). */
static const struct record *const *gateway_refs(struct planner *p, size_t *ret_n)
{
	const struct target        *t = p->manifest->spec->target;
	size_t                      n;
	const struct record *const *all = filter_target_refs(p, &n);
	const struct record       **refs = ARENA_ARRAY(p->arena, n + 1, const struct record *);

	*ret_n = 0;
	for (size_t i = 0; i < n; i++)
		if (is_gateway_ref(all[i]))
			refs[(*ret_n)++] = all[i];
	if (*ret_n == 0 && t->waypoint)
		refs[(*ret_n)++] = waypoint_ref(p, t->waypoint);
	return refs;
}

/* Below 1.27 istiod ignores targetRefs and applies the filter to the whole namespace, which still reaches the waypoint;
 * below 1.22 the field does not exist. A gateway could as well be selected by labels, so there nothing is left to
 * chance. */
static void attach_by_refs(struct planner *p, struct record *r)
{
	const struct target        *t = p->manifest->spec->target;
	const struct node          *at = t->target_refs.node ? t->target_refs.node : t->node;
	struct version_range        range = p->mesh->versions;
	size_t                      n;
	const struct record *const *refs = gateway_refs(p, &n);

	if (t->proxy == PROXY_GATEWAY) {
		planner_lacks(p, FEATURE_ENVOY_FILTER_TARGET_REFS_HONOURED, CO_VERSION_FIELD, at, NULL);
	} else if (!planner_knows(p, FEATURE_ENVOY_FILTER_TARGET_REFS)) {
		if (feature_in_some(FEATURE_ENVOY_FILTER_TARGET_REFS_HONOURED, range))
			planner_fail(p, CO_VERSION_NONE, at, NULL,
			             ARGS(STR("an EnvoyFilter for a waypoint"), str_fmt(p->arena, "1.%d", range.low),
			                  str_fmt(p->arena, "1.%d", range.high),
			                  STR("newer versions attach it only by targetRefs, older ones do not have the "
			                      "field")));
		return;
	}
	set_records(r, EF_TARGET_REFS, refs, n);
}

static void attach(struct planner *p, struct record *r)
{
	const struct target *t = p->manifest->spec->target;
	const struct pair   *pairs;
	size_t               n;

	if (t->target_refs.n || t->waypoint) {
		attach_by_refs(p, r);
		return;
	}
	pairs = selector_pairs(p, &n);
	set_pairs(r, EF_SELECTOR, pairs, n);
}

/* ---- clusters ---- */

static int compare_clusters(const void *x, const void *y)
{
	const struct expected_cluster *a = *(const struct expected_cluster *const *)x,
				      *b = *(const struct expected_cluster *const *)y;

	return str_cmp(a->name, b->name);
}

/* In the order of the clusters' names, not the upstreams': only those stand in the object, so an import of it
 * generates the same bytes again. */
static void set_clusters(struct planner *p, struct record *r)
{
	size_t                          n_expected = p->plan->n_expected, n = 0;
	const struct expected_cluster **sorted = ARENA_ARRAY(p->arena, n_expected + 1, const struct expected_cluster *);
	const struct record           **patches = ARENA_ARRAY(p->arena, n_expected + 1, const struct record *);

	for (size_t i = 0; i < n_expected; i++)
		if (p->plan->expected[i].kind == CLUSTER_ENVOY_FILTER)
			sorted[n++] = &p->plan->expected[i];
	if (n)
		qsort(sorted, n, sizeof(struct expected_cluster *), compare_clusters);
	for (size_t i = 0; i < n; i++) {
		struct record *patch = record_new(p->arena, &cluster_patch_type);

		set_string(patch, CLUSTER_PATCH_CONTEXT, clusters_context(p));
		set_record(patch, CLUSTER_PATCH_CLUSTER, envoy_cluster_plan(p, sorted[i]->upstream, sorted[i]));
		patches[i] = patch;
	}
	set_records(r, EF_CLUSTERS, patches, n);
}

/* The value of envoyfilter.istio.io/referenced-services: exact hosts, sorted, joined by commas without blanks, since istiod
 * does not trim them and would ignore all but the first (measured). Absent when no host is needed. */
static struct str referenced_services(struct planner *p)
{
	struct str *hosts = ARENA_ARRAY(p->arena, p->plan->n_expected + 1, struct str);
	struct buf  b;
	size_t      n = 0;

	for (size_t i = 0; i < p->plan->n_expected; i++) {
		const struct expected_cluster *e = &p->plan->expected[i];
		enum origin                    origin = e->kind == CLUSTER_SERVICE         ? ORIGIN_SERVICE
		                                        : e->kind == CLUSTER_SERVICE_ENTRY ? ORIGIN_SERVICE_ENTRY
		                                                                           : ORIGIN_EXISTING;

		if (cluster_is_referenced(p, origin))
			hosts[n++] = e->service_host;
	}
	if (n == 0)
		return STR_ABSENT;
	str_sort(hosts, n);
	buf_init(&b, p->arena, LIMIT_ANNOTATION_BYTES);
	for (size_t i = 0; i < n; i++) {
		if (i && str_eq(hosts[i], hosts[i - 1]))
			continue;
		if (b.n)
			buf_char(&b, ',');
		buf_add(&b, hosts[i]);
	}
	return buf_str(&b);
}

/* ---- the whole ---- */

static bool is_empty(const struct record *r)
{
	return r->values[EF_CLUSTERS].type == VALUE_ABSENT && r->values[EF_LUA_FILTERS].type == VALUE_ABSENT &&
	       r->values[EF_WASM_FILTERS].type == VALUE_ABSENT;
}

static void set_meta(struct planner *p, struct record *r, struct object_meta *meta)
{
	const struct waypoint_ref *w = p->manifest->spec->target->waypoint;

	/* An EnvoyFilter stands beside the Gateway that it attaches to. */
	if (w && !str_eq(w->namespace, meta->namespace)) {
		meta->name = STR_CONCAT(p->arena, meta->namespace, STR("."), meta->name);
		meta->namespace = w->namespace;
	}
	set_string(r, EF_NAME, meta->name);
	set_string(r, EF_NAMESPACE, meta->namespace);
	set_pairs(r, EF_LABELS, meta->labels, meta->n_labels);
	set_pairs(r, EF_ANNOTATIONS, meta->annotations, meta->n_annotations);
}

struct resource envoy_filter_plan(struct planner *p, bool carries_filter)
{
	const struct filter *f = p->manifest->spec->filter;
	struct record       *r = record_new(p->arena, &envoy_filter_type);
	struct pair annotation = { STR("envoyfilter.istio.io/referenced-services"), referenced_services(p), false };
	bool        referenced = str_present(annotation.text);
	struct object_meta meta = object_meta(p, STR(""), NULL, 0, &annotation, referenced);

	set_meta(p, r, &meta);
	set_clusters(p, r);
	if (carries_filter)
		filter_patches_set(p, r, f);
	if (is_empty(r) && !referenced)
		return (struct resource){ 0 };
	if (p->mesh->spec->envoy_filter == ENVOY_FILTER_FORBIDDEN) {
		const struct node *rule = node_get(p->mesh->spec->node, "envoyFilter");
		struct diag       *d =
			planner_fail(p, CO_ENVOY_FILTER_FORBIDDEN, carries_filter ? f->node : p->manifest->spec->node,
		                     carries_filter ? (f->lua ? "lua" : "kind") : "upstreams",
		                     ARGS(carries_filter ? STR("this filter") : STR("this target")));

		if (rule)
			diag_relate(p->diags, d, node_pos(rule), "the mesh says so here", NO_ARGS);
	}
	attach(p, r);
	return (struct resource){ "EnvoyFilter", meta.namespace, meta.name, r, p->manifest->spec->node };
}
