/* Why is the filter not in the proxy? By the live object that should bring it (istio pilot/pkg/model/policyattachment.go,
 * pilot/pkg/networking/core/extension). */
#include "live/live_scope.h"
#include "names/labels.h"
#include "verify/explaining.h"

/* ---- the object ---- */

/* planned: NULL for none. */
static struct str carrier_kind(const struct resource *planned)
{
	const struct record *r = planned ? planned->record : NULL;

	if (r && r->type == &envoy_filter_type)
		return STR("EnvoyFilter");
	return r && r->type == &traffic_extension_type ? STR("TrafficExtension") : STR("WasmPlugin");
}

struct finding_object {
	const struct node *object; /* NULL: it is not there */
	bool               any;    /* there are others of its kind */
};

static struct finding_object find_in(const struct node *const *list, size_t n, struct str kind, struct str namespace,
                                     struct str name)
{
	struct finding_object found = { NULL, false };

	for (size_t i = 0; i < n; i++) {
		const struct node *k = node_get(list[i], "kind");

		if (!k || !str_eq(node_text(k), kind))
			continue;
		found.any = true;
		if (str_eq(live_object_name(list[i]), name) && str_eq(live_object_namespace(list[i]), namespace))
			found.object = list[i];
	}
	return found;
}

/* ---- does it attach? ---- */

/* targetRefs reach gateways and waypoints; those of a Service all of its waypoints, which nothing here tells. */
static struct str other_target(struct explaining *x, const struct node *refs)
{
	const struct node *gateway = x->node->has_labels ? node_get(explain_labels(x), LABEL_GATEWAY) : NULL;

	if (str_is(explain_proxy_type(x), "sidecar"))
		return STR(" has targetRefs, so it is for gateways and waypoints");
	if (!gateway)
		return STR_ABSENT;
	NODE_EACH (ref, refs) {
		const struct node *kind = node_get(ref, "kind"), *name = node_get(ref, "name");

		if (!kind || !name || !str_is(node_text(kind), "Gateway") ||
		    str_eq(node_text(name), node_text(gateway)))
			return STR_ABSENT;
	}
	return X(x, STR(" refers to other gateways than "), node_text(gateway));
}

/* From Istio 1.31 on such a plugin reaches waypoints in other namespaces (names/mesh_table.c). */
static bool reaches_other_namespaces(struct explaining *x, const struct node *refs)
{
	NODE_EACH (ref, refs) {
		const struct node *kind = node_get(ref, "kind");

		if (kind && (str_is(node_text(kind), "Service") || str_is(node_text(kind), "ServiceEntry")))
			return !str_is(explain_proxy_type(x), "sidecar");
	}
	return false;
}

static struct str unattached(struct explaining *x, const struct node *object)
{
	const struct node *spec = node_get(object, "spec"), *refs = node_get(spec, "targetRefs");
	struct str namespace = live_object_namespace(object);

	if (!str_eq(namespace, x->namespace) && !str_eq(namespace, x->j->v->mesh->spec->root_namespace) &&
	    !reaches_other_namespaces(x, refs))
		return X(x, STR(" is in another namespace than the proxy, "), x->namespace);
	if (!explain_selects(x, node_get(node_get(spec, "selector"), "matchLabels")))
		return STR(" selects other workloads than this one");
	return x->node && refs && refs->count ? other_target(x, refs) : STR_ABSENT;
}

/* It attaches, as far as is known. */
static struct str left_open(struct explaining *x, struct str what, const struct node *object)
{
	const struct node *match = node_get(node_get(object, "spec"), "match");
	struct str         revision = live_object_revision(object);

	if (str_present(revision))
		return X(x, STR("possibly "), what, STR(" has the label istio.io/rev: "), revision,
		         STR(", and istiods of other revisions pass it over"));
	if (match && match->count)
		return X(x, STR("possibly "), what, STR(" matches (`match`) none of the proxy's listeners"));
	return X(x, STR("possibly "), what,
	         STR(" was not read by istiod yet, or the proxy has not taken what it sent: look at `istioctl "
	             "proxy-status`"));
}

struct str explain_absent_plugin(struct verification *v, const struct verify_item *item,
                                 const struct proxy_state *proxy, struct pos *pos)
{
	const struct resource *planned = item->plan->n_filters ? item->plan->filters : NULL;
	/* An EnvoyFilter of a waypoint elsewhere stands beside it, under another name. */
	struct str namespace = planned ? planned->namespace : item->manifest->metadata->namespace;
	struct str            name = planned ? planned->name : item->manifest->metadata->name;
	struct judging        j = { .v = v, .arena = v->arena, .item = item, .proxy = proxy };
	struct explaining     x = { .j = &j, .manifest = item->manifest, .live = v->live, .node = proxy->node };
	struct str            kind = carrier_kind(planned), what, why;
	bool                  filter = str_is(kind, "EnvoyFilter");
	struct finding_object found;

	if (!v->has_live)
		return STR_ABSENT;
	x.namespace = explain_namespace(&x);
	found = filter ? find_in(v->live->envoy_filters, v->live->n_envoy_filters, kind, namespace, name)
	               : find_in(v->live->plugins, v->live->n_plugins, kind, namespace, name);
	if (!found.object && found.any)
		return X(&x, STR("because there is no live "), kind, STR(" "), namespace, STR("/"), name);
	if (!found.object)
		return X(&x, STR("possibly its "), kind,
		         STR(" is not applied: among the live objects there is none at all"));
	what = X(&x, kind, STR(" "), explain_object_text(&x, found.object));
	*pos = explain_object_pos(found.object);
	why = filter ? explain_unattached(&x, found.object) : unattached(&x, found.object);
	return str_present(why) ? X(&x, STR("because "), what, why) : left_open(&x, what, found.object);
}
