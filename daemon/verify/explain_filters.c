/* Why a cluster is missing, as far as EnvoyFilters decide: by what they refer to, add and remove. */
#include "verify/explaining.h"

/* ---- (i, j) proxies that get only what is referred to ---- */

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

static const struct node *referring_filter(const struct explaining *x)
{
	for (size_t i = 0; i < x->live->n_envoy_filters; i++) {
		const struct node *filter = x->live->envoy_filters[i];
		const struct node *note = node_get(node_get(node_get(filter, "metadata"), "annotations"),
		                                   "envoyfilter.istio.io/referenced-services");

		if (note && list_has(node_text(note), x->service_namespace, x->name.host))
			return filter;
	}
	return NULL;
}

void explain_filtered(struct explaining *x)
{
	bool               waypoint = str_is(explain_proxy_type(x), "waypoint");
	enum diag_code     code = waypoint ? CO_WHY_WAYPOINT : CO_WHY_GATEWAY;
	const struct node *filter;

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
	filter = referring_filter(x);
	if (!filter && waypoint)
		explain_say(x, code, true, POS_NONE, X(x, STR("no live EnvoyFilter refers to "), x->name.host),
		            STR("apply the EnvoyFilter that `callout generate` prints for this target"));
	else if (!filter)
		explain_say(x, code, false, POS_NONE,
		            X(x, STR("no live EnvoyFilter refers to "), x->name.host,
		              STR(", which a filtered gateway needs (PILOT_FILTER_GATEWAY_CLUSTER_CONFIG)")),
		            STR("set `gatewayClusterFilter: true` in the Mesh"));
	else
		explain_say(x, code, false, explain_object_pos(filter),
		            X(x, STR("EnvoyFilter "), explain_object_text(x, filter),
		              STR(" refers to the host, but may not attach to this proxy")),
		            STR_ABSENT);
}

/* ---- clusters of an EnvoyFilter ---- */

static const struct node *patch_of(const struct node *filter, const char *operation, struct str name)
{
	NODE_EACH (patch, node_get(node_get(filter, "spec"), "configPatches")) {
		const struct node *to = node_get(patch, "applyTo"), *what = node_get(patch, "patch");
		const struct node *op = node_get(what, "operation");
		const struct node *named = *operation == 'A'
		                                   ? node_get(node_get(what, "value"), "name")
		                                   : node_get(node_get(node_get(patch, "match"), "cluster"), "name");

		if (to && str_is(node_text(to), "CLUSTER") && op && str_is(node_text(op), operation) && named &&
		    str_eq(node_text(named), name))
			return patch;
	}
	return NULL;
}

static struct str context_of(const struct node *patch)
{
	const struct node *context = node_get(node_get(patch, "match"), "context");

	return context ? node_text(context) : STR("ANY");
}

/* istio.md 4.3: which contexts reach which proxy. */
static bool context_reaches(struct str context, struct str type)
{
	if (str_is(type, "waypoint"))
		return str_is(context, "SIDECAR_INBOUND");
	if (str_is(context, "ANY"))
		return true;
	return str_is(type, "router") ? str_is(context, "GATEWAY")
	                              : str_is(context, "SIDECAR_OUTBOUND") || str_is(context, "SIDECAR_INBOUND");
}

static bool selects(struct explaining *x, const struct node *filter)
{
	const struct node *labels = node_get(node_get(node_get(filter, "spec"), "workloadSelector"), "labels");
	const struct node *ours = explain_labels(x);

	if (!labels || !x->node || !x->node->has_labels)
		return true;
	NODE_EACH (label, labels) {
		const struct node *n = node_get_str(ours, node_key(label));

		if (!n || !str_eq(node_text(n), node_text(label)))
			return false;
	}
	return true;
}

static void judge_filter(struct explaining *x, const struct node *filter, const struct node *patch)
{
	struct str what = X(x, STR("EnvoyFilter "), explain_object_text(x, filter)),
		   namespace = live_object_namespace(filter);
	struct str context = context_of(patch);

	if (!str_eq(namespace, x->namespace) && !str_eq(namespace, x->j->v->mesh->spec->root_namespace))
		explain_say(x, CO_WHY_ENVOY_FILTER, true, explain_object_pos(filter),
		            X(x, what, STR(" is in another namespace than the proxy, "), x->namespace), STR_ABSENT);
	else if (!context_reaches(context, explain_proxy_type(x)))
		explain_say(x, CO_WHY_ENVOY_FILTER, true, node_pos(patch),
		            X(x, what, STR(" adds the cluster in context "), context, STR(", which does not reach a "),
		              explain_proxy_type(x)),
		            STR_ABSENT);
	else if (!selects(x, filter))
		explain_say(x, CO_WHY_ENVOY_FILTER, true, explain_object_pos(filter),
		            X(x, what, STR(" selects other workloads than this one")), STR_ABSENT);
	else
		explain_say(x, CO_WHY_REFUSED, false, explain_object_pos(filter),
		            X(x, what,
		              STR(" adds the cluster, so Envoy may have refused it, and all others of that update with "
		                  "it")),
		            STR("add the proxy's /stats to the dumps, and look at `istioctl proxy-status`"));
}

void explain_envoy_filter(struct explaining *x)
{
	struct str name = x->j->expected->name;

	if (explain_kind(x) != CLUSTER_ENVOY_FILTER)
		return;
	for (size_t i = 0; x->live && i < x->live->n_envoy_filters; i++) {
		const struct node *patch = patch_of(x->live->envoy_filters[i], "ADD", name);

		if (patch) {
			judge_filter(x, x->live->envoy_filters[i], patch);
			return;
		}
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

/* (o) */
void explain_removed(struct explaining *x)
{
	for (size_t i = 0; x->live && i < x->live->n_envoy_filters; i++) {
		const struct node *filter = x->live->envoy_filters[i];
		const struct node *patch = patch_of(filter, "REMOVE", x->j->expected->name);

		if (patch && selects(x, filter))
			explain_say(x, CO_WHY_REMOVED, true, node_pos(patch),
			            X(x, STR("EnvoyFilter "), explain_object_text(x, filter), STR(" removes it")),
			            STR_ABSENT);
	}
}
