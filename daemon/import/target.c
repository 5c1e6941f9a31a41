/* Which proxies a found manifest is for. */
#include "base/arena.h"
#include "import/importing.h"
#include "names/labels.h"

static struct str ref_kind(const struct node *refs)
{
	return refs ? text_at(refs->first, "kind") : STR_ABSENT;
}

/* By ports or mode CLIENT a filter is met on gateways, and never on a waypoint. */
static bool matches_as_gateway(const struct found_manifest *m)
{
	NODE_EACH (one, m->filter ? node_get(m->filter, "match") : NULL)
		if (node_get(one, "ports") || str_is(text_at(one, "mode"), "CLIENT"))
			return true;
	return false;
}

/* By mode SERVER it is met on a waypoint, and never on a gateway. */
static bool matches_as_waypoint(const struct found_manifest *m)
{
	NODE_EACH (one, m->filter ? node_get(m->filter, "match") : NULL)
		if (str_is(text_at(one, "mode"), "SERVER"))
			return !matches_as_gateway(m);
	return false;
}

/* A Gateway of targetRefs may be a waypoint's: one whose services are named, or whose clusters are inbound. A credential
 * without selector is a gateway's, since no sidecar would load it, and so are referenced services: a waypoint needs targetRefs. */
static enum target_proxy proxy_of(const struct found_manifest *m, const struct node *labels, const struct node *refs)
{
	struct str kind = ref_kind(refs);

	if (str_is(kind, "Service") || str_is(kind, "ServiceEntry") || str_is(kind, "GatewayClass"))
		return TARGET_WAYPOINT;
	if (refs && refs->count) {
		if (m->proxy == TARGET_GATEWAY)
			return TARGET_GATEWAY;
		return m->proxy == TARGET_WAYPOINT || matches_as_waypoint(m) ||
		                       (m->referenced && !matches_as_gateway(m))
		               ? TARGET_WAYPOINT
		               : TARGET_GATEWAY;
	}
	if (m->proxy == TARGET_GATEWAY || m->referenced || labels_of_gateway(labels))
		return TARGET_GATEWAY;
	for (const struct found_upstream *u = m->upstreams; u; u = u->next)
		if (u->credential && !u->selector)
			return TARGET_GATEWAY;
	return !labels && (m->is_waypoint || (m->proxy == TARGET_WAYPOINT && !m->filter)) ? TARGET_WAYPOINT
	                                                                                  : TARGET_SIDECAR;
}

const struct node *selected_labels(const struct found_manifest *m)
{
	const struct node *spec = m->spec ? m->spec : m->envoy_spec;
	const struct node *labels = node_get(node_get(spec, "selector"), "matchLabels");

	return labels ? labels : node_get(node_get(spec, "workloadSelector"), "labels");
}

/* The labels that the filter's object selects by, else its clusters' rules. */
static const struct node *labels_of(const struct found_manifest *m)
{
	const struct node *labels = selected_labels(m);

	for (const struct found_upstream *u = m->upstreams; u && !labels && !m->spec; u = u->next)
		labels = u->selector;
	return labels && labels->count ? labels : NULL;
}

static struct node *put_reference(struct importer *im, struct node *target, struct str name)
{
	struct node *ref = put_item(im->arena, put(im->arena, target, "targetRefs", NODE_LIST), NODE_MAP);

	put_text(im->arena, ref, "group", STR("gateway.networking.k8s.io"));
	put_text(im->arena, ref, "kind", STR("Gateway"));
	put_text(im->arena, ref, "name", name);
	return ref;
}

/* Istio before 1.22 has no targetRefs, and those that name Services do not tell whose they are. */
static struct str guessed_waypoint(struct importer *im, const struct found_manifest *m)
{
	diag_add(im->diags, CO_IMPORT_CHANGED, POS_NONE,
	         ARGS(m->key, STR("the name of the waypoint's Gateway is not written down; \"waypoint\" was taken")));
	return STR("waypoint");
}

static void put_gateway_of(struct importer *im, const struct found_manifest *m, struct node *target,
                           const struct node *envoy_refs)
{
	struct node *waypoint = put(im->arena, target, "waypoint", NODE_MAP);
	bool         is_named = envoy_refs && envoy_refs->count;

	put_text(im->arena, waypoint, "name", is_named ? text_at(envoy_refs->first, "name") : guessed_waypoint(im, m));
	put_text(im->arena, waypoint, "namespace", m->waypoint_namespace);
}

static void put_waypoint(struct importer *im, const struct found_manifest *m, struct node *target,
                         const struct node *refs)
{
	if (!refs || refs->count == 0)
		put_reference(im, target, guessed_waypoint(im, m));
	else if (!str_has_prefix(ref_kind(refs), STR("Gateway")))
		put_gateway_of(im, m, target, node_get(m->envoy_spec, "targetRefs"));
}

/* targetRefs, or the only one as targetRef, which Istio 1.22 had first. */
static const struct node *references_of(struct importer *im, const struct node *spec)
{
	const struct node *refs = node_get(spec, "targetRefs"), *only = node_get(spec, "targetRef");
	struct node       *list;

	if ((refs && refs->count) || !only || only->kind != NODE_MAP)
		return refs;
	list = put(im->arena, map_new(im->arena), "targetRefs", NODE_LIST);
	NODE_EACH (n, only)
		put_copy(im->arena, list->first ? list->first : put_item(im->arena, list, NODE_MAP),
		         str_copy(im->arena, node_key(n)).p, n);
	return list;
}

/* Only an EnvoyFilter, beside a waypoint in another namespace: a filter refers to Services from here, and which they are
 * makes no difference to an EnvoyFilter. */
static bool put_waypoint_elsewhere(struct importer *im, const struct found_manifest *m, struct node *spec)
{
	const struct node *envoy_refs = node_get(m->envoy_spec, "targetRefs");
	struct node       *target, *ref;

	if (m->spec || !str_present(m->waypoint_namespace))
		return false;
	target = put(im->arena, spec, "target", NODE_MAP);
	put_text(im->arena, target, "proxy", STR("waypoint"));
	if (m->filter) {
		ref = put_item(im->arena, put(im->arena, target, "targetRefs", NODE_LIST), NODE_MAP);
		put_text(im->arena, ref, "kind", STR("Service"));
		put_text(im->arena, ref, "name", m->name);
		diag_add(im->diags, CO_IMPORT_CHANGED, POS_NONE,
		         ARGS(m->key, STR_CONCAT(im->arena, STR("the Services that it is for are not written down; \""),
		                                 m->name, STR("\" was taken"))));
	}
	put_gateway_of(im, m, target, envoy_refs);
	return true;
}

/* An EnvoyFilter for gateways alone; a WasmPlugin has no such match, and one without a selector is everyone's. */
static void tell_reach(struct importer *im, const struct found_manifest *m)
{
	if (!m->spec && node_get(m->filter, "wasm"))
		diag_at(im->diags, CO_IMPORT_CHANGED, m->envoy_spec,
		        ARGS(m->key,
		             STR("the EnvoyFilter was for gateways alone, and the WasmPlugin will run in sidecars, "
		                 "too; give the target a selector")));
}

void put_target(struct importer *im, const struct found_manifest *m, struct node *spec)
{
	static const char *const words[] = { "sidecar", "gateway", "waypoint" };
	const struct node       *of = m->spec ? m->spec : m->envoy_spec, *refs = references_of(im, of);
	const struct node       *labels = labels_of(m);
	enum target_proxy        proxy = proxy_of(m, labels, refs);
	struct node             *target;

	if (put_waypoint_elsewhere(im, m, spec) || (proxy == TARGET_SIDECAR && !labels && !refs))
		return;
	target = put(im->arena, spec, "target", NODE_MAP);
	if (proxy != TARGET_SIDECAR)
		put_text(im->arena, target, "proxy", str_c(words[proxy]));
	if (labels && proxy != TARGET_WAYPOINT)
		put_copy(im->arena, put(im->arena, target, "selector", NODE_MAP), "matchLabels", labels);
	if (refs && refs->count)
		put_copy(im->arena, target, "targetRefs", refs);
	if (proxy == TARGET_GATEWAY && !labels && !(refs && refs->count))
		tell_reach(im, m);
	if (proxy == TARGET_WAYPOINT)
		put_waypoint(im, m, target, refs);
}
