/* Why a cluster is missing, as far as istiod and its Sidecars decide what they look at. */
#include "live/live_index.h"
#include "live/live_scope.h"
#include "live/live_sidecar.h"
#include "names/mesh_table.h"
#include "verify/explaining.h"

/* ---- the Sidecar ---- */

/* The node's labels, as the map that Sidecars are compared with. */
const struct node *explain_labels(struct explaining *x)
{
	const struct selector *s = x->manifest->spec->target->selector;
	struct document       *doc;
	struct node           *tail = NULL;

	if (!x->node || !x->node->has_labels)
		return s ? s->match_labels : NULL;
	doc = document_new(x->j->arena, NULL);
	doc->root.kind = NODE_MAP;
	for (size_t i = 0; i < x->node->n_labels; i++)
		node_set_text(node_append(x->j->arena, &doc->root, &tail, x->node->labels[i].key), NODE_STRING,
		              x->node->labels[i].value);
	return &doc->root;
}

bool explain_selects(struct explaining *x, const struct node *labels)
{
	const struct node *ours = explain_labels(x);
	bool               known = x->node && x->node->has_labels && !x->node->labels_cut;

	NODE_EACH (label, labels) {
		const struct node *n = node_get_str(ours, node_key(label));

		if (n ? !str_eq(node_text(n), node_text(label)) : known)
			return false;
	}
	return true;
}

static bool takes_out(const struct explaining *x)
{
	return feature_in_some(FEATURE_HOSTS_TAKEN_OUT, x->j->v->mesh->versions);
}

/* Whose routes alone bring destinations; absent: all do. */
static struct str routed_for(const struct explaining *x)
{
	return feature_in_some(FEATURE_ROUTES_BY_NAMESPACE, x->j->v->mesh->versions) ? x->namespace : STR_ABSENT;
}

/* A VirtualService that the Sidecar imports brings along the hosts it routes to, on the ports that it names (istio
 * pilot/pkg/model/sidecar.go collectImportedServices). */
static const struct node *importing_route(struct explaining *x, const struct node *sidecar, enum routing wanted,
                                          unsigned *port)
{
	const struct live_refs *routes = &live_host(x->live, x->name.host)->routes;

	for (size_t i = 0; i < routes->n; i++) {
		const struct node *vs = routes->items[i];

		if (live_sidecar_imports(sidecar, vs, x->namespace, x->name.port, takes_out(x)) &&
		    live_routes_to(x->j->arena, vs, routed_for(x), x->name.host, x->name.port,
		                   x->j->v->mesh->spec->cluster_domain, port) == wanted)
			return vs;
	}
	return NULL;
}

/* Surely: it has no label of a revision, or that of the proxy's istiod. */
static bool is_read(const struct explaining *x, const struct node *sidecar)
{
	return !str_present(live_object_revision(sidecar)) || (x->node && str_present(x->node->revision));
}

static void explain_trimmed(struct explaining *x, const struct node *sidecar)
{
	unsigned           port = 0;
	const struct node *route = importing_route(x, sidecar, ROUTES, &port);
	struct str what = X(x, STR("Sidecar "), explain_object_text(x, sidecar), STR(" does not list "), x->name.host);

	if (route) {
		explain_against(x, CO_WHY_SIDECAR, explain_object_pos(route),
		                X(x, what, STR(", but VirtualService "), explain_object_text(x, route),
		                  STR(" brings it in")));
		return;
	}
	route = importing_route(x, sidecar, ROUTES_OTHER_PORT, &port);
	explain_say(x, CO_WHY_SIDECAR, is_read(x, sidecar), explain_object_pos(route ? route : sidecar),
	            route ? X(x, what, STR(", and VirtualService "), explain_object_text(x, route),
	                      STR(" brings it in on port "), str_from_uint(x->j->arena, port), STR(" only"))
	                  : what,
	            X(x, STR("add \""), x->service_namespace, STR("/"), x->name.host, STR("\" to its egress hosts")));
}

void explain_sidecar(struct explaining *x)
{
	const struct node *sidecar;

	if (!explain_from_service(x))
		return;
	if (!str_is(explain_proxy_type(x), "sidecar")) {
		if (x->node)
			explain_against(x, CO_WHY_SIDECAR, x->node->pos,
			                X(x, STR("Sidecar resources do not apply to a "),
			                  str_is(explain_proxy_type(x), "router") ? STR("gateway")
			                                                          : explain_proxy_type(x)));
		return;
	}
	if (!x->live) {
		explain_say(x, CO_WHY_SIDECAR, false, POS_NONE,
		            X(x,
		              STR("a Sidecar resource keeps the host from the proxy (outbound clusters that it has: "),
		              str_from_uint(x->j->arena, x->j->proxy->list->n_outbound), STR(")")),
		            X(x, STR("kubectl get sidecars -n "), x->namespace, STR(" -o yaml")));
		return;
	}
	sidecar = live_sidecar(x->live, x->namespace, explain_labels(x), x->j->v->mesh->spec->root_namespace,
	                       x->node ? x->node->revision : STR_ABSENT);
	if (!sidecar)
		explain_against(x, CO_WHY_SIDECAR, POS_NONE, STR("no live Sidecar applies to the proxy"));
	else if (live_sidecar_covers(sidecar, x->namespace, x->service_namespace, x->name.host, x->name.port,
	                             takes_out(x)))
		explain_against(x, CO_WHY_SIDECAR, explain_object_pos(sidecar),
		                X(x, STR("Sidecar "), explain_object_text(x, sidecar), STR(" lists the host")));
	else
		explain_trimmed(x, sidecar);
}

/* ---- revisions and discoverySelectors ---- */

/* A tag may stand for a revision, so that two names prove nothing. */
void explain_revision(struct explaining *x)
{
	struct str revision = x->entry ? live_object_revision(x->entry) : STR_ABSENT, what, own;

	if (!str_present(revision))
		return;
	own = x->node ? x->node->revision : STR_ABSENT;
	what = X(x, STR("ServiceEntry "), explain_object_text(x, x->entry), STR(" has the label istio.io/rev: "),
	         revision);
	if (str_present(own) && str_eq(own, revision))
		explain_against(x, CO_WHY_NOT_APPLIED, explain_object_pos(x->entry),
		                X(x, what, STR(", which is the proxy's own revision")));
	else
		explain_say(x, CO_WHY_NOT_APPLIED, false, explain_object_pos(x->entry),
		            X(x, what, STR(": istiods of other revisions pass it over"),
		              str_present(own) ? X(x, STR(", and the proxy's is "), own) : STR("")),
		            STR("take the label off, or give it the revision of the proxy's istiod"));
}

void explain_discovery(struct explaining *x)
{
	struct str at = x->service_namespace;

	if (!x->live || !explain_from_service(x))
		return;
	switch (live_namespace_discovered(x->live, x->mesh_config, at)) {
	case DISCOVERY_NO:
		explain_say(x, CO_WHY_NOT_APPLIED, true, POS_NONE,
		            X(x, STR("istiod does not look at namespace "), at,
		              STR(": its labels fit none of the discoverySelectors of the MeshConfig")),
		            X(x, STR("label namespace "), at, STR(" as discoverySelectors want it")));
		break;
	case DISCOVERY_YES:
		explain_against(x, CO_WHY_NOT_APPLIED, POS_NONE, X(x, STR("istiod looks at namespace "), at));
		break;
	case DISCOVERY_UNKNOWN:
		if (node_get(x->mesh_config, "discoverySelectors"))
			explain_say(x, CO_WHY_NOT_APPLIED, false, POS_NONE,
			            X(x, STR("the MeshConfig has discoverySelectors, and the labels of namespace "), at,
			              STR(" are not among the live objects")),
			            STR("add `kubectl get namespaces -o yaml` to --objects"));
		break;
	}
}
