/* Why a cluster is missing, as far as EnvoyFilters decide: by what they refer to, add and remove. */
#include "live/live_index.h"
#include "live/live_patches.h"
#include "live/live_scope.h"
#include "names/istio_version.h"
#include "names/labels.h"
#include "verify/explaining.h"

/* ---- attachment: istio pilot/pkg/model/policyattachment.go ---- */

static bool selects(struct explaining *x, const struct node *filter)
{
	return explain_selects(x, node_get(node_get(node_get(filter, "spec"), "workloadSelector"), "labels"));
}

/* Gateways of its own namespace, and all waypoints. */
static bool refers_to(struct explaining *x, const struct node *filter, struct str gateway)
{
	bool is_near = str_eq(live_object_namespace(filter), x->namespace), is_root = false;

	NODE_EACH (ref, node_get(node_get(filter, "spec"), "targetRefs")) {
		const struct node *kind = node_get(ref, "kind"), *name = node_get(ref, "name");

		if (kind && name && is_near && str_is(node_text(kind), "Gateway") && str_eq(node_text(name), gateway))
			return true;
		is_root = is_root || (kind && str_is(node_text(kind), "GatewayClass"));
	}
	return is_root && str_is(explain_proxy_type(x), "waypoint");
}

/* targetRefs count since Istio 1.27. */
static struct str other_target(struct explaining *x, const struct node *filter)
{
	const struct node *refs = node_get(node_get(filter, "spec"), "targetRefs"), *name;
	bool               waypoint = str_is(explain_proxy_type(x), "waypoint");
	int                minor = 0;

	if (!x->node || !str_present(x->node->version) ||
	    !istio_version_parse(str_slice(x->node->version, 0, str_find(x->node->version, '-', 0)), &minor) ||
	    minor < 27)
		return STR_ABSENT;
	if (refs && refs->count == 0)
		refs = NULL;
	name = x->node->has_labels ? node_get(explain_labels(x), LABEL_GATEWAY) : NULL;
	if (refs && str_is(explain_proxy_type(x), "sidecar"))
		return STR(" has targetRefs, so it is for gateways");
	if (!refs && waypoint)
		return STR(" has no targetRefs, without which it does not attach to a waypoint");
	if (refs && name && !refers_to(x, filter, node_text(name)))
		return STR(" refers to other gateways than this one");
	return STR_ABSENT;
}

/* Why it does not attach to the proxy; absent: it does, as far as is known. */
struct str explain_unattached(struct explaining *x, const struct node *filter)
{
	struct str namespace = live_object_namespace(filter);

	if (!str_eq(namespace, x->namespace) && !str_eq(namespace, x->j->v->mesh->spec->root_namespace))
		return X(x, STR(" is in another namespace than the proxy, "), x->namespace);
	if (!selects(x, filter))
		return STR(" selects other workloads than this one");
	return other_target(x, filter);
}

/* ---- gateways and waypoints that get only the clusters that something refers to ---- */

static bool list_has(struct str list, struct str namespace, struct str host)
{
	while (list.p) {
		struct str item, where, rest;

		list = str_cut(list, ',', &item);
		rest = str_cut(item, '/', &where);
		if (rest.p ? str_eq(where, namespace) && str_eq(rest, host) : str_eq(item, host))
			return true;
	}
	return false;
}

/* One that attaches, else any. */
static const struct node *referring_filter(struct explaining *x, struct str *why_not)
{
	const struct node *found = NULL;

	*why_not = STR_ABSENT;
	for (size_t i = 0; i < x->live->n_envoy_filters; i++) {
		const struct node *filter = x->live->envoy_filters[i];
		const struct node *note = node_get(node_get(node_get(filter, "metadata"), "annotations"),
		                                   "envoyfilter.istio.io/referenced-services");

		if (!note || !list_has(node_text(note), x->service_namespace, x->name.host))
			continue;
		found = filter;
		*why_not = explain_unattached(x, filter);
		if (!str_present(*why_not))
			break;
	}
	return found;
}

/* A VirtualService that refers to the host brings it to its gateways, and a waypoint gets what its services' routes refer to. */
static const struct node *referring_route(struct explaining *x, bool waypoint)
{
	const struct live_refs *routes = &live_host(x->live, x->name.host)->routes;
	unsigned                port;

	for (size_t i = 0; i < routes->n; i++) {
		const struct node *vs = routes->items[i];

		if ((waypoint ? live_routes_mesh(vs) : live_routes_gateways(vs)) &&
		    live_routes_to(x->j->arena, vs, STR_ABSENT, x->name.host, x->name.port,
		                   x->j->v->mesh->spec->cluster_domain, &port) != ROUTES_NOT)
			return vs;
	}
	return NULL;
}

static void explain_by_objects(struct explaining *x, bool waypoint, enum diag_code code)
{
	struct str         why_not;
	const struct node *filter = referring_filter(x, &why_not), *route = referring_route(x, waypoint);
	struct str         what = X(x, STR("EnvoyFilter "), filter ? explain_object_text(x, filter) : STR(""));

	if (route)
		explain_say(x, code, false, explain_object_pos(route),
		            X(x, STR("VirtualService "), explain_object_text(x, route),
		              STR(" refers to the host, but may not be "),
		              waypoint ? STR("of a service of this waypoint") : STR("bound to this gateway")),
		            STR("apply the EnvoyFilter that `callout generate` prints for this target"));
	else if (filter && str_present(why_not))
		explain_say(x, code, true, explain_object_pos(filter),
		            X(x, what, STR(" refers to the host, but"), why_not),
		            STR("apply the EnvoyFilter that `callout generate` prints for this target"));
	else if (filter)
		explain_against(x, code, explain_object_pos(filter),
		                X(x, what, STR(" refers to the host, and attaches to the proxy")));
	else if (waypoint || x->j->v->mesh->spec->gateway_cluster_filter == TRI_YES)
		/* Certain of a gateway if any was given at all. */
		explain_say(x, code, waypoint || x->live->n_envoy_filters > 0, POS_NONE,
		            X(x, STR("no live EnvoyFilter refers to "), x->name.host),
		            STR("apply the EnvoyFilter that `callout generate` prints for this target"));
	else
		explain_say(x, code, false, POS_NONE,
		            X(x, STR("no live EnvoyFilter refers to "), x->name.host,
		              STR(", which a filtered gateway needs (PILOT_FILTER_GATEWAY_CLUSTER_CONFIG)")),
		            STR("set `gatewayClusterFilter: true` in the Mesh"));
}

void explain_filtered(struct explaining *x)
{
	bool           waypoint = str_is(explain_proxy_type(x), "waypoint");
	enum diag_code code = waypoint ? CO_WHY_WAYPOINT : CO_WHY_GATEWAY;

	if (!explain_from_service(x) || (!waypoint && !str_is(explain_proxy_type(x), "router")))
		return;
	for (unsigned i = 0; x->j->near && i < KEPT_NEAR && str_present(x->j->near[i].name); i++)
		if (x->j->near[i].kind == NEAR_INBOUND_VIP) {
			explain_say(x, code, true, x->j->near[i].pos,
			            X(x, STR("the waypoint serves this host itself, and has it only as "),
			              x->j->near[i].name),
			            STR_ABSENT);
			return;
		}
	if (!x->live) {
		explain_say(x, code, false, POS_NONE,
		            waypoint ? STR("a waypoint gets this cluster only if an EnvoyFilter with the annotation "
		                           "envoyfilter.istio.io/referenced-services names its host and is attached")
		                     : STR("the gateway gets only clusters that its routes refer to "
		                           "(PILOT_FILTER_GATEWAY_CLUSTER_CONFIG)"),
		            STR("apply the EnvoyFilter that `callout generate` prints for this target"));
		return;
	}
	explain_by_objects(x, waypoint, code);
}

/* ---- clusters of an EnvoyFilter ---- */

/* The dump tells the version of its proxy at most; what match.proxy does is left open. */
static struct live_proxies any_version(const struct explaining *x)
{
	return (struct live_proxies){ explain_proxy_type(x), { ISTIO_OLDEST, ISTIO_NEWEST } };
}

static void judge_filter(struct explaining *x, const struct node *filter, const struct node *patch)
{
	struct str what = X(x, STR("EnvoyFilter "), explain_object_text(x, filter)),
		   why_not = explain_unattached(x, filter);
	struct live_proxies proxies = any_version(x);

	if (str_present(why_not))
		explain_say(x, CO_WHY_ENVOY_FILTER, true, explain_object_pos(filter), X(x, what, why_not), STR_ABSENT);
	else if (!live_patch_adds_in(patch, &proxies))
		explain_say(x, CO_WHY_ENVOY_FILTER, true, node_pos(patch),
		            X(x, what, STR(" adds the cluster in context "), live_patch_context(patch),
		              STR(", which does not reach a "), explain_proxy_type(x)),
		            STR_ABSENT);
	else if (node_get(node_get(patch, "match"), "proxy"))
		explain_say(x, CO_WHY_ENVOY_FILTER, false, node_pos(patch),
		            X(x, what, STR(" adds the cluster to proxies of some versions only (match.proxy)")),
		            STR_ABSENT);
	else
		explain_say(x, CO_WHY_REFUSED, false, explain_object_pos(filter),
		            X(x, what,
		              STR(" adds the cluster, so Envoy may have refused it, and all others of that update with "
		                  "it")),
		            STR("add the proxy's /stats to the dumps, and look at `istioctl proxy-status`"));
}

void explain_envoy_filter(struct explaining *x)
{
	struct str              name = x->j->expected->name;
	const struct live_refs *adders;

	if (explain_kind(x) != CLUSTER_ENVOY_FILTER)
		return;
	adders = live_adders(x->live, name);
	if (adders->n) {
		judge_filter(x, adders->items[0], live_patch_adding(adders->items[0], name, NULL));
		return;
	}
	explain_say(x, CO_WHY_NOT_APPLIED, x->live != NULL, POS_NONE,
	            x->live ? X(x, STR("no live EnvoyFilter adds "), name)
	                    : X(x, STR("the EnvoyFilter that adds "), name,
	                        STR(" is not applied, or does not attach to this proxy")),
	            STR("callout generate -f … | kubectl apply -f -"));
	if (!x->live)
		explain_say(x, CO_WHY_REFUSED, false, POS_NONE,
		            STR("Envoy refused it: a refused cluster is absent from the dump"),
		            STR("add the proxy's /stats to the dumps, and look at `istioctl proxy-status`"));
}

/* A patch that matches only some proxies (match.proxy) may not match this one. istiod adds the clusters of EnvoyFilters after
 * all removals (istio pilot/pkg/networking/core/cluster.go), so those cannot be removed. */
void explain_removed(struct explaining *x)
{
	const struct live_refs *removers = live_patchers(x->live);
	struct live_proxies     proxies = any_version(x);

	if (explain_kind(x) == CLUSTER_ENVOY_FILTER)
		return;
	for (size_t i = 0; i < removers->n; i++) {
		const struct node *filter = removers->items[i];
		const struct node *patch = live_patch_removing(filter, x->j->expected->name, &x->name, &proxies);

		if (!patch || str_present(explain_unattached(x, filter)))
			continue;
		explain_say(x, CO_WHY_REMOVED, !node_get(node_get(patch, "match"), "proxy"), node_pos(patch),
		            X(x, STR("EnvoyFilter "), explain_object_text(x, filter), STR(" removes it")), STR_ABSENT);
		return;
	}
}
