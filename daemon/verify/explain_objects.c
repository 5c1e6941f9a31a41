/* Why a cluster is missing, as far as its ServiceEntry decides: its ports, who sees it, and other owners of the host. */
#include "live/live_index.h"
#include "verify/explaining.h"

/* ---- the ServiceEntry ---- */

static const struct node *numbered_port(const struct node *entry, unsigned wanted)
{
	NODE_EACH (port, node_get(node_get(entry, "spec"), "ports")) {
		const struct node *number = node_get(port, "number");
		uint64_t           n;

		if (number && str_to_uint(node_text(number), 65535, &n) && n == wanted)
			return port;
	}
	return NULL;
}

static const struct node *port_in(const struct explaining *x, const struct node *entry)
{
	return numbered_port(entry, x->name.port);
}

/* Of several in the namespace the one that has the port: their ports are united. */
void explain_find_entry(struct explaining *x)
{
	const struct live_refs *entries = x->live ? &live_host(x->live, x->name.host)->entries : NULL;

	for (size_t i = 0; entries && i < entries->n; i++) {
		const struct node *entry = entries->items[i];

		if (str_eq(live_object_namespace(entry), x->manifest->metadata->namespace) &&
		    (!x->entry || !port_in(x, x->entry)))
			x->entry = entry;
	}
}

static void explain_entry(struct explaining *x)
{
	const struct node *port = port_in(x, x->entry), *protocol = node_get(port, "protocol");
	struct str         what = X(x, STR("ServiceEntry "), explain_object_text(x, x->entry));

	if (!port)
		explain_no_port(x, CO_WHY_PORT, x->entry, "number", what);
	else if (protocol && str_eq_nocase(node_text(protocol), STR("UDP")))
		explain_say(x, CO_WHY_PORT, true, node_pos(port),
		            X(x, STR("that port of "), what, STR(" is UDP, which gets no cluster")),
		            STR("callout generate -f … | kubectl apply -f -"));
	else
		explain_against(x, CO_WHY_NOT_APPLIED, explain_object_pos(x->entry),
		                X(x, what, STR(" has the host and the port")));
}

void explain_applied(struct explaining *x)
{
	struct str ours = X(x, STR("the ServiceEntry of "), x->name.host);

	if (explain_kind(x) != CLUSTER_SERVICE_ENTRY)
		return;
	if (x->entry)
		explain_entry(x);
	else if (x->live)
		explain_say(x, CO_WHY_NOT_APPLIED, true, POS_NONE, X(x, ours, STR(" is not among the live objects")),
		            STR("callout generate -f … | kubectl apply -f -"));
	else
		explain_say(
			x, CO_WHY_NOT_APPLIED, false, POS_NONE,
			X(x, ours, STR(" is not applied, or istiod does not look at its namespace")),
			STR("give `kubectl get "
		            "serviceentries,destinationrules,sidecars,envoyfilters,virtualservices -A -o yaml` with --objects"));
}

static void explain_live_export(struct explaining *x)
{
	struct str what = X(x, STR("ServiceEntry "), explain_object_text(x, x->entry));

	if (explain_exported(x, x->entry))
		explain_against(x, CO_WHY_EXPORT, explain_object_pos(x->entry),
		                X(x, what, STR(" is exported to namespace "), x->namespace));
	else
		explain_say(x, CO_WHY_EXPORT, true, explain_object_pos(x->entry),
		            X(x, what, STR(" is not exported to namespace "), x->namespace),
		            X(x, STR("add \""), x->namespace, STR("\" to its exportTo")));
}

static bool strings_export(const struct strings *list, bool own, struct str namespace)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_is(list->items[i], "*") || str_eq(list->items[i], namespace) ||
		    (own && str_is(list->items[i], ".")))
			return true;
	return false;
}

/* What generate prints would not reach the proxy either. */
static void explain_planned_export(struct explaining *x)
{
	bool           own = str_eq(x->node->namespace, x->service_namespace);
	struct strings list = upstream_export_to(x->j->arena, x->j->upstream, x->manifest, x->j->v->mesh);

	if (!strings_export(&list, own, x->node->namespace))
		explain_say(x, CO_WHY_EXPORT, true, x->node->pos,
		            X(x, STR("the proxy is in namespace "), x->node->namespace,
		              STR(", and the ServiceEntry of namespace "), x->service_namespace,
		              list.n == 1 && str_is(list.items[0], ".")
		                      ? STR(" is exported to its own only")
		                      : X(x, STR(" is exported to others: "),
		                          join_strings(x->j->arena, list.items, list.n, 3))),
		            x->j->upstream->export_to.node
		                    ? X(x, STR("add \""), x->node->namespace, STR("\" to the upstream's exportTo"))
		                    : STR("put the manifest into the proxy's namespace"));
	else
		explain_against(x, CO_WHY_EXPORT, x->node->pos,
		                own ? X(x, STR("the proxy is in the ServiceEntry's own namespace, "),
		                        x->node->namespace)
		                    : X(x, STR("the ServiceEntry is exported to namespace "), x->node->namespace));
}

void explain_export(struct explaining *x)
{
	if (explain_kind(x) != CLUSTER_SERVICE_ENTRY)
		return;
	if (x->entry)
		explain_live_export(x);
	else if (x->node && str_present(x->node->namespace))
		explain_planned_export(x);
}

/* An entry in the proxy's own namespace wins against entries of other namespaces (measured by tests/conformance/neighbours),
 * so only another entry in that namespace can take its place. */
static bool can_win(const struct explaining *x, const struct node *other)
{
	struct str ours = live_object_namespace(x->entry);

	return other != x->entry && explain_exported(x, other) &&
	       (!str_eq(ours, x->namespace) || str_eq(live_object_namespace(other), ours));
}

/* Proven by a port of the host that the proxy has, and that of the two only the other has. */
static bool has_won(const struct explaining *x, const struct node *other)
{
	const struct near_name *n = x->j->near;

	for (unsigned i = 0; n && i < KEPT_NEAR && str_present(n[i].name); i++) {
		unsigned port = n[i].kind == NEAR_PORT ? cluster_name_parse(n[i].name).port : 0;

		if (port && numbered_port(other, port) && !numbered_port(x->entry, port))
			return true;
	}
	return false;
}

/* Another object that owns the host, seen from a port that is there. */
void explain_owner(struct explaining *x)
{
	const struct near_name *n = x->j->near;
	struct str remedy = explain_kind(x) == CLUSTER_SERVICE_ENTRY ? STR("use `isolated: true`") : STR_ABSENT;
	const struct live_refs *entries = x->entry ? &live_host(x->live, x->name.host)->entries : NULL;

	if (!explain_from_service(x))
		return;
	for (unsigned i = 0; n && i < KEPT_NEAR && str_present(n[i].name); i++)
		if (n[i].kind == NEAR_PORT && str_present(n[i].owner.namespace) &&
		    !str_eq(n[i].owner.namespace, x->service_namespace)) {
			explain_say(x, CO_WHY_OWNER, true, n[i].pos,
			            X(x, STR("the host belongs to "), n[i].owner.namespace, STR("/"), n[i].owner.name,
			              STR(", whose ports are the only ones: "), n[i].name),
			            remedy);
			return;
		}
	for (size_t i = 0; entries && i < entries->n; i++) {
		const struct node *other = entries->items[i];

		if (can_win(x, other) && port_in(x, x->entry)) {
			bool won = has_won(x, other);

			explain_say(x, CO_WHY_OWNER, won, explain_object_pos(other),
			            X(x, STR("ServiceEntry "), explain_object_text(x, other),
			              won ? STR(" has the same host, and won: the proxy has its ports alone")
			                  : STR(" has the same host, and one of the two wins")),
			            remedy);
			return;
		}
	}
}

/* A DNS cluster without endpoints is dropped by istiod (cluster_builder.go). This concerns public hosts only: the entry of an
 * isolated host has the endpoint that generate writes. */
void explain_endpoints(struct explaining *x)
{
	if (explain_kind(x) == CLUSTER_SERVICE_ENTRY && x->j->upstream->isolated == TRI_NO && x->entry &&
	    node_get(node_get(x->entry, "spec"), "workloadSelector"))
		explain_say(x, CO_WHY_NO_ENDPOINTS, false, explain_object_pos(x->entry),
		            X(x, STR("the selector of ServiceEntry "), explain_object_text(x, x->entry),
		              STR(" selects nothing")),
		            STR_ABSENT);
}
