/* Why a cluster is missing, as far as the objects decide that it would be made of: the Service or ServiceEntry, its ports,
 * subsets and visibility, and other owners of the host. */
#include "verify/explaining.h"

/* ---- (c) the subset ---- */

static bool rule_has_subset(const struct node *rule, struct str subset)
{
	NODE_EACH (s, node_get(node_get(rule, "spec"), "subsets")) {
		const struct node *name = node_get(s, "name");

		if (name && str_eq(node_text(name), subset))
			return true;
	}
	return false;
}

static struct str full_host(const struct explaining *x, const struct node *rule)
{
	const struct node *host = node_get(node_get(rule, "spec"), "host");
	struct str         text = host ? node_text(host) : STR("");

	if (str_find(text, '.', 0) < text.n)
		return text;
	return X(x, text, STR("."), live_object_namespace(rule), STR(".svc."), x->j->v->mesh->spec->cluster_domain);
}

/* istio.md 3.5: rules of the proxy's namespace, of the service's and of the root namespace, if they are exported. */
static bool rule_applies(struct explaining *x, const struct node *rule)
{
	const struct node *selector = node_get(node_get(node_get(rule, "spec"), "workloadSelector"), "matchLabels");
	struct str namespace = live_object_namespace(rule);

	return explain_selects(x, selector) &&
	       (str_eq(namespace, x->namespace) || str_eq(namespace, x->service_namespace) ||
	        str_eq(namespace, x->j->v->mesh->spec->root_namespace)) &&
	       live_object_exported(rule, x->namespace);
}

void explain_subset(struct explaining *x)
{
	const struct near_name *n = x->j->near;
	const struct node      *found = NULL, *unseen = NULL, *first = NULL;
	bool                    any = false;

	if (x->name.subset.n == 0)
		return;
	for (size_t i = 0; x->live && i < x->live->n_destination_rules; i++) {
		const struct node *rule = x->live->destination_rules[i];

		if (!str_eq(full_host(x, rule), x->name.host))
			continue;
		any = true;
		if (!rule_has_subset(rule, x->name.subset)) {
			if (str_eq(live_object_namespace(rule), x->namespace) && rule_applies(x, rule))
				first = rule;
			continue;
		}
		if (rule_applies(x, rule))
			found = rule;
		else
			unseen = rule;
	}
	if (first && found && !str_eq(live_object_namespace(found), x->namespace)) {
		explain_say(x, CO_WHY_SUBSET, true, explain_object_pos(first),
		            X(x, STR("DestinationRule "), explain_object_text(x, first),
		              STR(" of the proxy's own namespace applies, which has no such subset; "),
		              explain_object_text(x, found), STR(" has it")),
		            STR_ABSENT);
		return;
	}
	if (unseen && !found) {
		explain_say(x, CO_WHY_SUBSET, true, explain_object_pos(unseen),
		            X(x, STR("DestinationRule "), explain_object_text(x, unseen),
		              STR(" has the subset, but is not for this proxy: its namespace, exportTo or "
		                  "workloadSelector")),
		            STR_ABSENT);
		return;
	}
	if (x->live && !found) {
		explain_say(x, CO_WHY_SUBSET, true, POS_NONE,
		            any ? X(x, STR("no DestinationRule of the host has a subset "), x->name.subset)
		                : X(x, STR("the host has no DestinationRule, so it has no subset "), x->name.subset),
		            STR_ABSENT);
		return;
	}
	for (unsigned i = 0; n && i < KEPT_NEAR && str_present(n[i].name); i++)
		if (n[i].kind == NEAR_SUBSET) {
			explain_say(x, CO_WHY_SUBSET, !found, found ? explain_object_pos(found) : n[i].pos,
			            found ? X(x, STR("DestinationRule "), explain_object_text(x, found),
			                      STR(" has the subset, but another rule applies, or its labels select no "
			                          "endpoint"))
			                  : X(x, STR("the host is there without the subset "), x->name.subset,
			                      STR(": "), n[i].name),
			            STR_ABSENT);
			return;
		}
}

/* ---- (m) the Service ---- */

static const struct node *service_of(const struct explaining *x)
{
	const struct service_ref *ref = x->j->upstream->service;

	for (size_t i = 0; i < x->live->n_services; i++)
		if (str_eq(live_object_name(x->live->services[i]), ref->name) &&
		    str_eq(live_object_namespace(x->live->services[i]), ref->namespace))
			return x->live->services[i];
	return NULL;
}

static const struct node *port_of(const struct node *service, int64_t wanted)
{
	NODE_EACH (port, node_get(node_get(service, "spec"), "ports")) {
		const struct node *number = node_get(port, "port");
		uint64_t           n;

		if (number && str_to_uint(node_text(number), 65535, &n) && (int64_t)n == wanted)
			return port;
	}
	return NULL;
}

/* networking.istio.io/exportTo of a Service: names of namespaces, ".", "*" or "~", with commas between them. */
static bool service_is_exported(const struct explaining *x, const struct node *service)
{
	const struct node *note =
		node_get(node_get(node_get(service, "metadata"), "annotations"), "networking.istio.io/exportTo");
	struct str list = note ? node_text(note) : STR_ABSENT, own = live_object_namespace(service);

	if (!note)
		return true;
	while (list.p) {
		struct str item;

		list = str_cut(list, ',', &item);
		while (item.n && item.p[0] == ' ')
			item = str_slice(item, 1, item.n);
		if (str_is(item, "*") || str_eq(item, x->namespace) || (str_is(item, ".") && str_eq(own, x->namespace)))
			return true;
	}
	return false;
}

/* The targetPort in the place of the port is the usual slip: a cluster is named by the latter. */
static void no_such_port(struct explaining *x, enum diag_code code, const struct node *object, const char *number,
                         struct str what)
{
	struct str wanted = str_from_uint(x->j->arena, x->name.port), text = X(x, what, STR(" has no port "), wanted);

	NODE_EACH (port, node_get(node_get(object, "spec"), "ports")) {
		const struct node *target = node_get(port, "targetPort"), *is = node_get(port, number);

		if (!target || !is || !str_eq(node_text(target), wanted))
			continue;
		explain_say(x, code, true, node_pos(port),
		            X(x, text, STR(": that is the targetPort of its port "), node_text(is)),
		            X(x, STR("write `port: "), node_text(is), STR("`")));
		return;
	}
	explain_say(x, code, true, explain_object_pos(object), text,
	            str_is(str_c(number), "number") ? STR("callout generate -f … | kubectl apply -f -") : STR_ABSENT);
}

static void explain_live_service(struct explaining *x, struct str name)
{
	const struct node *service = service_of(x), *port, *type, *protocol;

	if (!service) {
		explain_say(x, CO_WHY_SERVICE, true, POS_NONE,
		            X(x, STR("there is no Service "), name, STR(" in the live objects")), STR_ABSENT);
		return;
	}
	type = node_get(node_get(service, "spec"), "type");
	port = port_of(service, x->j->upstream->port);
	protocol = node_get(port, "protocol");
	if (type && str_is(node_text(type), "ExternalName"))
		explain_say(x, CO_WHY_SERVICE, true, explain_object_pos(service),
		            X(x, STR("Service "), name,
		              STR(" is an ExternalName, which has no cluster of its own since Istio 1.21")),
		            STR("call its external name as a host"));
	else if (!port)
		no_such_port(x, CO_WHY_SERVICE, service, "port", X(x, STR("Service "), name));
	else if (protocol && str_is(node_text(protocol), "UDP"))
		explain_say(x, CO_WHY_SERVICE, true, node_pos(port),
		            X(x, STR("that port of Service "), name, STR(" is UDP")), STR_ABSENT);
	else if (!service_is_exported(x, service))
		explain_say(x, CO_WHY_EXPORT, true, explain_object_pos(service),
		            X(x, STR("Service "), name, STR(" is not exported to namespace "), x->namespace,
		              STR(" (networking.istio.io/exportTo)")),
		            STR_ABSENT);
	else
		explain_against(x, CO_WHY_SERVICE, explain_object_pos(service),
		                X(x, STR("Service "), name, STR(" has the port, and is exported to the proxy")));
}

void explain_service(struct explaining *x)
{
	const struct service_ref *ref = x->j->upstream->service;
	struct str                name;

	if (explain_kind(x) != CLUSTER_SERVICE)
		return;
	name = X(x, ref->namespace, STR("/"), ref->name);
	if (x->live && x->live->n_services)
		explain_live_service(x, name);
	else
		explain_say(x, CO_WHY_SERVICE, false, POS_NONE,
		            X(x, STR("Service "), name,
		              STR(" does not exist, has no such port, or is an ExternalName")),
		            X(x, STR("kubectl get service -n "), ref->namespace, STR(" "), ref->name, STR(" -o yaml")));
}

/* ---- (d, g) the ServiceEntry ---- */

static bool list_exports(const struct node *list, bool own, struct str namespace)
{
	NODE_EACH (n, list)
		if (str_is(node_text(n), "*") || str_eq(node_text(n), namespace) || (own && str_is(node_text(n), ".")))
			return true;
	return false;
}

/* What is not written, defaultServiceExportTo of the MeshConfig says, else it is seen everywhere. */
static bool is_visible(const struct explaining *x, const struct node *entry)
{
	const struct node *list = node_get(node_get(entry, "spec"), "exportTo");
	bool               own = str_eq(live_object_namespace(entry), x->namespace);

	if (!list || list->count == 0)
		list = node_get(x->mesh_config, "defaultServiceExportTo");
	return !list || list->count == 0 || list_exports(list, own, x->namespace);
}

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
	for (size_t i = 0; x->live && i < x->live->n_service_entries; i++) {
		const struct node *entry = x->live->service_entries[i];

		if (live_entry_names(entry, x->name.host) &&
		    str_eq(live_object_namespace(entry), x->manifest->metadata->namespace) &&
		    (!x->entry || !port_in(x, x->entry)))
			x->entry = entry;
	}
}

static void explain_entry(struct explaining *x)
{
	const struct node *port = port_in(x, x->entry), *protocol = node_get(port, "protocol");
	struct str         what = X(x, STR("ServiceEntry "), explain_object_text(x, x->entry));

	if (!port)
		no_such_port(x, CO_WHY_PORT, x->entry, "number", what);
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
		explain_say(x, CO_WHY_NOT_APPLIED, false, POS_NONE,
		            X(x, ours, STR(" is not applied, or istiod does not look at its namespace")),
		            STR("give `kubectl get "
		                "serviceentries,destinationrules,sidecars,envoyfilters,virtualservices "
		                "-A -o yaml` with --objects"));
}

void explain_export(struct explaining *x)
{
	bool elsewhere =
		x->node && str_present(x->node->namespace) && !str_eq(x->node->namespace, x->service_namespace);

	if (explain_kind(x) != CLUSTER_SERVICE_ENTRY)
		return;
	if (x->entry && !is_visible(x, x->entry))
		explain_say(x, CO_WHY_EXPORT, true, explain_object_pos(x->entry),
		            X(x, STR("ServiceEntry "), explain_object_text(x, x->entry),
		              STR(" is not exported to namespace "), x->namespace),
		            STR_ABSENT);
	else if (!x->entry && elsewhere &&
	         !str_eq(x->manifest->metadata->namespace, x->j->v->mesh->spec->root_namespace))
		explain_say(x, CO_WHY_EXPORT, true, x->node->pos,
		            X(x, STR("the proxy is in namespace "), x->node->namespace,
		              STR(", and the ServiceEntry of namespace "), x->service_namespace,
		              STR(" is exported to its own only")),
		            STR("put the manifest into the proxy's namespace"));
	else if (x->entry)
		explain_against(x, CO_WHY_EXPORT, explain_object_pos(x->entry),
		                X(x, STR("ServiceEntry "), explain_object_text(x, x->entry),
		                  STR(" is exported to namespace "), x->namespace));
	else if (x->node && str_present(x->node->namespace) && !elsewhere)
		explain_against(x, CO_WHY_EXPORT, x->node->pos,
		                X(x, STR("the proxy is in the ServiceEntry's own namespace, "), x->node->namespace));
}

/* An entry of the proxy's own namespace wins against those of others (istio-confirmed.md 6), so only one beside it can take
 * its place. */
static bool can_win(const struct explaining *x, const struct node *other)
{
	struct str ours = live_object_namespace(x->entry);

	return other != x->entry && live_entry_names(other, x->name.host) && is_visible(x, other) &&
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
	for (size_t i = 0; x->entry && i < x->live->n_service_entries; i++) {
		const struct node *other = x->live->service_entries[i];

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

/* (h) of public hosts only: an isolated one has the endpoint that generate writes. */
void explain_endpoints(struct explaining *x)
{
	if (explain_kind(x) == CLUSTER_SERVICE_ENTRY && x->j->upstream->isolated == TRI_NO && x->entry &&
	    node_get(node_get(x->entry, "spec"), "workloadSelector"))
		explain_say(x, CO_WHY_NO_ENDPOINTS, false, explain_object_pos(x->entry),
		            X(x, STR("the selector of ServiceEntry "), explain_object_text(x, x->entry),
		              STR(" selects nothing")),
		            STR_ABSENT);
}
