/* Which proxies run the filter. */
#include "base/arena.h"
#include "manifest/check.h"
#include "names/hostname.h"
#include "names/labels.h"
#include "names/mesh_table.h"

static void check_match_labels(struct check *c, const struct selector *selector)
{
	NODE_EACH (n, selector ? selector->match_labels : NULL)
		if (check_label_key(c, n, "matchLabels"))
			check_label_value(c, n, "matchLabels");
}

struct ref_rule {
	const char *group;
	const char *kind;
	bool        gateway; /* allowed on a gateway / on a waypoint */
	bool        waypoint;
};

/* The kinds that a targetRef may name (istio pkg/config/validation), and the proxies on which istiod honours them
 * (pilot/pkg/model/policyattachment.go). */
static const struct ref_rule ref_rules[] = {
	{ "gateway.networking.k8s.io", "Gateway", true, true },
	{ "gateway.networking.k8s.io", "GatewayClass", false, true },
	{ "", "Service", false, true },
	{ "core", "Service", false, true },
	{ "networking.istio.io", "ServiceEntry", false, true },
};

static const struct ref_rule *find_ref_rule(const struct target_ref *ref)
{
	for (size_t i = 0; i < sizeof(ref_rules) / sizeof(ref_rules[0]); i++)
		if (str_is(ref->group, ref_rules[i].group) && str_is(ref->kind, ref_rules[i].kind))
			return &ref_rules[i];
	return NULL;
}

/* Of another group, or of none, where the kind is one that can be a target. */
static void refuse_target_ref(struct check *c, const struct target_ref *ref)
{
	struct diag *d = check_fail(c, CO_TARGET_REF, ref->node, "kind",
	                            ARGS(STR_CONCAT(c->arena, STR("kind "), ref->kind, STR(" of group \""), ref->group,
	                                            STR("\" cannot be a target"))));

	for (size_t i = 0; i < sizeof(ref_rules) / sizeof(ref_rules[0]); i++) {
		if (!str_is(ref->kind, ref_rules[i].kind))
			continue;
		diag_help(c->diags, d, "write `group: {}`",
		          ARGS(ref_rules[i].group[0] ? str_c(ref_rules[i].group) : STR("\"\"")));
		return;
	}
}

static void check_target_ref(struct check *c, const struct target_ref *ref, unsigned proxy)
{
	const struct ref_rule *rule = find_ref_rule(ref);

	if (!str_present(ref->kind) || !str_present(ref->name))
		return;
	if (!rule) {
		refuse_target_ref(c, ref);
		return;
	}
	if (str_is(ref->kind, "GatewayClass") &&
	    !str_eq(c->manifest->metadata->namespace, c->mesh->spec->root_namespace))
		check_fail(c, CO_TARGET_REF, ref->node, "kind",
		           ARGS(STR("a GatewayClass can be a target only in the root namespace")));
	else if ((proxy == PROXY_GATEWAY && !rule->gateway) || (proxy == PROXY_WAYPOINT && !rule->waypoint))
		check_fail(c, CO_TARGET_REF, ref->node, "kind",
		           ARGS(STR_CONCAT(c->arena, STR("a "), ref->kind,
		                           STR(" cannot be the target of a filter on a "),
		                           field_word(proxy_words, proxy))));
}

static bool refs_name_gateway(const struct target *t)
{
	for (size_t i = 0; i < t->target_refs.n; i++) {
		const struct target_ref *ref = (const struct target_ref *)t->target_refs.items + i;

		if (str_has_prefix(ref->kind, STR("Gateway")))
			return true;
	}
	return false;
}

static bool is_envoy_filter(const struct filter *f)
{
	return f && (f->kind == CARRIER_ENVOY_FILTER || (f->lua && f->kind != CARRIER_TRAFFIC_EXTENSION));
}

/* Does the manifest need a Gateway to attach to? An EnvoyFilter attaches to nothing else, and it may carry the
 * filter or its clusters. */
static bool needs_gateway(const struct check *c)
{
	return manifest_upstreams(c->manifest) || is_envoy_filter(c->manifest->spec->filter);
}

/* Before 1.27 istiod passes the targetRefs of an EnvoyFilter over, and its inbound patches are for sidecars, too. */
static void check_passed_over(struct check *c, const struct target *t)
{
	struct str namespace = manifest_proxies_namespace(c->manifest);
	bool is_root = str_eq(namespace, c->mesh->spec->root_namespace);

	if (t->proxy != PROXY_WAYPOINT || !is_envoy_filter(c->manifest->spec->filter) ||
	    feature_in_all(FEATURE_ENVOY_FILTER_TARGET_REFS_HONOURED, c->mesh->versions))
		return;
	diag_help(c->diags,
	          check_warn(c, CO_TARGET_WIDER, t->node, "proxy",
	                     ARGS(STR_CONCAT(
				     c->arena, STR("in the sidecars of "),
				     is_root ? STR("every namespace")
					     : STR_CONCAT(c->arena, STR("namespace "), namespace),
				     STR(" before Istio 1.27, which passes over the targetRefs of an EnvoyFilter")))),
	          "raise istioVersions to 1.27, or put the waypoint into a namespace without sidecars", NO_ARGS);
}

/* Warns where more proxies get the filter than the target says. A WasmPlugin without selector and targetRefs
 * reaches every proxy of its namespace, sidecars too. An EnvoyFilter is limited by its context, but on a waypoint
 * it cannot tell services apart. */
static void check_width(struct check *c, const struct target *t)
{
	const struct filter *f = c->manifest->spec->filter;
	struct str namespace = c->manifest->metadata->namespace;
	bool is_root = str_eq(namespace, c->mesh->spec->root_namespace);

	if (t->proxy == PROXY_GATEWAY && !t->selector && !t->target_refs.n && f && !is_envoy_filter(f))
		check_warn(c, CO_TARGET_WIDER, t->node, "proxy",
		           ARGS(is_root ? STR("in the sidecars of every namespace")
		                        : STR_CONCAT(c->arena, STR("in the sidecars of namespace "), namespace)));
	if (t->proxy == PROXY_WAYPOINT && t->waypoint && t->target_refs.n && !refs_name_gateway(t) &&
	    is_envoy_filter(f))
		check_warn(c, CO_TARGET_WIDER, t->node, "targetRefs",
		           ARGS(STR_CONCAT(c->arena, STR("for every service of waypoint "), t->waypoint->name)));
	check_passed_over(c, t);
}

static bool meets_gateways(const struct filter *f)
{
	for (size_t i = 0; i < f->match.n; i++)
		if (((const struct match *)f->match.items + i)->mode != MATCH_SERVER)
			return true;
	return f->match.n == 0;
}

/* Is its cluster made in sidecars, and not in gateways? */
static bool lacks_in_gateways(const struct check *c, const struct upstream *u)
{
	if (upstream_is_host(u) && upstream_via(u, c->manifest, c->mesh) == VIA_ENVOY_FILTER)
		return true;
	return !str_present(u->cluster) && c->mesh->spec->gateway_cluster_filter == TRI_YES;
}

/* Warns of a plugin of the root namespace that runs in gateways, too, and calls what is not there: what an EnvoyFilter adds to
 * sidecars, and, of gateways that have only what is referred to, everything. */
static void check_gateways_lack(struct check *c, const struct target *t)
{
	const struct filter *f = c->manifest->spec->filter;

	if (t->proxy != PROXY_SIDECAR || t->selector || !f || is_envoy_filter(f) || !meets_gateways(f) ||
	    !manifest_is_everywhere(c->manifest, c->mesh))
		return;
	for (size_t i = 0; i < manifest_upstreams(c->manifest); i++) {
		const struct upstream *u = manifest_upstream(c->manifest, i);

		if (!lacks_in_gateways(c, u))
			continue;
		diag_help(
			c->diags,
			check_warn(c, CO_TARGET_WIDER, u->node, "via",
		                   ARGS(STR_CONCAT(c->arena,
		                                   STR("in the mesh's gateways, which do not have the cluster of "),
		                                   u->name))),
			"give `match: [{mode: SERVER}]`, which no gateway meets, or a target.selector of the sidecars",
			NO_ARGS);
	}
}

/* Warns of a filter for sidecars whose selector only gateways meet: `proxy: gateway` was forgotten, most likely. */
static void check_gateway_label(struct check *c, const struct target *t)
{
	const struct node *label = t->selector ? labels_of_gateway(t->selector->match_labels) : NULL;

	if (t->proxy == PROXY_SIDECAR && label)
		diag_at_key(c->diags, CO_TARGET_GATEWAY_LABEL, label,
		            ARGS(STR_CONCAT(c->arena, node_key(label), STR(": "), node_text(label))));
}

void check_target(struct check *c, const struct target *t)
{
	check_match_labels(c, t->selector);
	check_gateway_label(c, t);
	if (t->proxy == PROXY_SIDECAR && t->target_refs.node)
		check_fail(c, CO_TARGET_REF, t->node, "targetRefs",
		           ARGS(STR("sidecars ignore them; use selector.matchLabels")));
	if (t->proxy != PROXY_WAYPOINT && t->waypoint)
		check_fail(c, CO_FIELD_CONFLICT, t->node, "waypoint",
		           ARGS(STR("waypoint"),
		                STR_CONCAT(c->arena, STR("with proxy: "), field_word(proxy_words, t->proxy))));
	for (size_t i = 0; i < t->target_refs.n && t->proxy != PROXY_SIDECAR; i++)
		check_target_ref(c, (const struct target_ref *)t->target_refs.items + i, t->proxy);
	check_width(c, t);
	check_gateways_lack(c, t);
	if (t->proxy != PROXY_WAYPOINT)
		return;
	if (t->selector)
		check_fail(c, CO_WAYPOINT_TARGET, t->node, "selector",
		           ARGS(STR("targetRefs or waypoint, not a selector")));
	else if (t->target_refs.n == 0 && !t->waypoint)
		check_fail(c, CO_WAYPOINT_TARGET, t->node, "proxy", ARGS(STR("targetRefs or waypoint")));
	else if (t->target_refs.n && !t->waypoint && !refs_name_gateway(t) && needs_gateway(c))
		check_fail(c, CO_WAYPOINT_TARGET, t->node, "targetRefs",
		           ARGS(STR("waypoint: {name: …} beside targetRefs that name Services")));
}
