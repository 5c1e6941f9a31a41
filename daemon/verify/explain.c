/* Why is there no cluster? The decision list of istiod itself (istio pilot/pkg/networking/core/cluster.go, waypoint.go,
 * pilot/pkg/model/push_context.go, sidecar.go), in its order. What the dump or the live objects prove is certain; what they
 * leave open is possible. */
#include "verify/explaining.h"

void explain_say(struct explaining *x, enum diag_code code, bool certain, struct pos pos, struct str message,
                 struct str remedy)
{
	if (!certain && x->proven)
		return;
	x->proven = x->proven || certain;
	reason_remedy(reason_add(x->j, code, certain, pos, message), remedy);
}

enum cluster_kind explain_kind(const struct explaining *x)
{
	return x->j->expected->kind;
}

bool explain_from_service(const struct explaining *x)
{
	return explain_kind(x) == CLUSTER_SERVICE_ENTRY || explain_kind(x) == CLUSTER_SERVICE;
}

struct str explain_proxy_type(const struct explaining *x)
{
	static const struct str words[] = {
		[PROXY_SIDECAR] = STR_INIT("sidecar"),
		[PROXY_GATEWAY] = STR_INIT("router"),
		[PROXY_WAYPOINT] = STR_INIT("waypoint"),
	};

	if (x->node && str_present(x->node->type))
		return x->node->type;
	return words[x->manifest->spec->target->proxy];
}

struct str explain_object_text(const struct explaining *x, const struct node *object)
{
	return X(x, live_object_namespace(object), STR("/"), live_object_name(object));
}

struct pos explain_object_pos(const struct node *object)
{
	return node_pos(node_get(object, "spec"));
}

/* ---- (p) nothing came, or it was refused ---- */

static void nothing_came(struct explaining *x)
{
	const struct proxy_part *list = x->j->proxy->list;

	if (list->configs && !list->has_dynamic && !list->camel)
		explain_say(x, CO_WHY_REFUSED, false, POS_NONE,
		            STR("the proxy has no cluster at all from istiod: it is not connected, or refused the "
		                "whole "
		                "update"),
		            STR("look at `istioctl proxy-status`, and add the proxy's /stats to the dumps"));
}

static void may_warm(struct explaining *x)
{
	const struct proxy_state *p = x->j->proxy;

	if (!p->list->configs && !(p->stats && p->stats->warming == 0))
		explain_say(x, CO_WHY_WARMING, false, p->stats ? p->stats->stats_pos : POS_NONE,
		            p->stats ? STR("the proxy has warming clusters, which this list does not show")
		                     : STR("it may be warming, which this list does not show"),
		            STR("istioctl proxy-config all -o json shows warming clusters"));
}

/* ---- (a) the name ---- */

static void other_port(struct explaining *x, const struct near_name *n)
{
	struct cluster_name met = cluster_name_parse(n->name);
	struct str          port = str_from_uint(x->j->arena, met.port);
	bool                dialled = explain_kind(x) == CLUSTER_SERVICE && met.port != x->name.port;

	explain_say(x, CO_WHY_PORT, dialled, n->pos,
	            X(x, STR("the host is there on port "), port, STR(": "), n->name,
	              STR(" (a cluster is named by the port of the service, not by the port that is dialled)")),
	            X(x, STR("write `port: "), port, STR("` if that is the service's port")));
}

static void other_spelling(struct explaining *x, const struct near_name *n)
{
	static const char *const how[] = {
		[NEAR_CASE] = "the same host in other letter case is there: ",
		[NEAR_DOT] = "the same host with or without its final dot is there: ",
		[NEAR_DOMAIN] = "a host that begins alike is there: ",
		[NEAR_EDITS] = "a host that is spelled almost alike is there: ",
	};

	explain_say(x, CO_WHY_SPELLING, n->kind == NEAR_CASE || n->kind == NEAR_DOT, n->pos,
	            X(x, str_c(how[n->kind]), n->name), STR_ABSENT);
}

static void explain_name(struct explaining *x)
{
	const struct near_name *n = x->j->near;

	for (unsigned i = 0; n && i < KEPT_NEAR && str_present(n[i].name); i++) {
		if (n[i].kind == NEAR_PORT)
			other_port(x, &n[i]);
		else if (n[i].kind >= NEAR_CASE && i == 0)
			other_spelling(x, &n[i]);
	}
}

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

static void explain_subset(struct explaining *x)
{
	const struct near_name *n = x->j->near;
	const struct node      *found = NULL;
	bool                    any = false;

	if (x->name.subset.n == 0)
		return;
	for (size_t i = 0; x->live && i < x->live->n_destination_rules; i++) {
		const struct node *rule = x->live->destination_rules[i];

		if (!str_eq(full_host(x, rule), x->name.host))
			continue;
		any = true;
		if (rule_has_subset(rule, x->name.subset))
			found = rule;
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
		explain_say(x, CO_WHY_SERVICE, true, explain_object_pos(service),
		            X(x, STR("Service "), name, STR(" has no port "),
		              str_from_int(x->j->arena, x->j->upstream->port)),
		            STR_ABSENT);
	else if (protocol && str_is(node_text(protocol), "UDP"))
		explain_say(x, CO_WHY_SERVICE, true, node_pos(port),
		            X(x, STR("that port of Service "), name, STR(" is UDP")), STR_ABSENT);
}

static void explain_service(struct explaining *x)
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

static bool is_visible(const struct node *entry, struct str namespace)
{
	const struct node *list = node_get(node_get(entry, "spec"), "exportTo");

	if (!str_eq(live_object_namespace(entry), namespace))
		return live_object_exported(entry, namespace);
	if (!list || list->count == 0)
		return true;
	NODE_EACH (n, list)
		if (str_is(node_text(n), ".") || str_is(node_text(n), "*") || str_eq(node_text(n), namespace))
			return true;
	return false;
}

static void find_entry(struct explaining *x)
{
	for (size_t i = 0; x->live && i < x->live->n_service_entries; i++) {
		const struct node *entry = x->live->service_entries[i];

		if (live_entry_names(entry, x->name.host) &&
		    str_eq(live_object_namespace(entry), x->manifest->metadata->namespace))
			x->entry = entry;
	}
}

static void explain_applied(struct explaining *x)
{
	struct str ours = X(x, STR("the ServiceEntry of "), x->name.host);

	if (explain_kind(x) != CLUSTER_SERVICE_ENTRY)
		return;
	if (x->live && !x->entry)
		explain_say(x, CO_WHY_NOT_APPLIED, true, POS_NONE, X(x, ours, STR(" is not among the live objects")),
		            STR("callout generate -f … | kubectl apply -f -"));
	else if (!x->live)
		explain_say(x, CO_WHY_NOT_APPLIED, false, POS_NONE,
		            X(x, ours, STR(" is not applied, or istiod does not look at its namespace")),
		            STR("give `kubectl get serviceentries,destinationrules,sidecars,envoyfilters -A -o yaml` "
		                "with "
		                "--objects"));
}

static bool entry_has_port(const struct explaining *x)
{
	NODE_EACH (port, node_get(node_get(x->entry, "spec"), "ports")) {
		const struct node *number = node_get(port, "number");
		uint64_t           n;

		if (number && str_to_uint(node_text(number), 65535, &n) && n == x->name.port)
			return true;
	}
	return false;
}

static void explain_entry_port(struct explaining *x)
{
	if (x->entry && !entry_has_port(x))
		explain_say(x, CO_WHY_PORT, true, explain_object_pos(x->entry),
		            X(x, STR("ServiceEntry "), explain_object_text(x, x->entry), STR(" has no port "),
		              str_from_uint(x->j->arena, x->name.port)),
		            STR("callout generate -f … | kubectl apply -f -"));
}

static void explain_export(struct explaining *x)
{
	bool elsewhere =
		x->node && str_present(x->node->namespace) && !str_eq(x->node->namespace, x->service_namespace);

	if (explain_kind(x) != CLUSTER_SERVICE_ENTRY)
		return;
	if (x->entry && !is_visible(x->entry, x->namespace))
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
}

/* Another object that owns the host, seen from a port that is there. */
static void explain_owner(struct explaining *x)
{
	const struct near_name *n = x->j->near;

	for (unsigned i = 0; n && i < KEPT_NEAR && str_present(n[i].name); i++)
		if (n[i].kind == NEAR_PORT && str_present(n[i].owner.namespace) &&
		    !str_eq(n[i].owner.namespace, x->service_namespace)) {
			explain_say(x, CO_WHY_OWNER, true, n[i].pos,
			            X(x, STR("the host belongs to "), n[i].owner.namespace, STR("/"), n[i].owner.name,
			              STR(", whose ports are the only ones: "), n[i].name),
			            STR("use `isolated: true`"));
			return;
		}
	for (size_t i = 0; x->live && x->entry && i < x->live->n_service_entries; i++) {
		const struct node *other = x->live->service_entries[i];

		if (other != x->entry && live_entry_names(other, x->name.host) && is_visible(other, x->namespace) &&
		    entry_has_port(x)) {
			explain_say(x, CO_WHY_OWNER, false, explain_object_pos(other),
			            X(x, STR("ServiceEntry "), explain_object_text(x, other),
			              STR(" has the same host, and one of the two wins")),
			            STR("use `isolated: true`"));
			return;
		}
	}
}

/* ---- (e) the Sidecar ---- */

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
		node_set_text(node_append(x->j->arena, &doc->root, &tail, x->node->labels[i].namespace), NODE_STRING,
		              x->node->labels[i].name);
	return &doc->root;
}

static void explain_sidecar(struct explaining *x)
{
	const struct node *sidecar;

	if (!explain_from_service(x) || !str_is(explain_proxy_type(x), "sidecar"))
		return;
	if (!x->live) {
		explain_say(x, CO_WHY_SIDECAR, false, POS_NONE,
		            X(x,
		              STR("a Sidecar resource keeps the host from the proxy (outbound clusters that it has: "),
		              str_from_uint(x->j->arena, x->j->proxy->list->n_outbound), STR(")")),
		            X(x, STR("kubectl get sidecars -n "), x->namespace, STR(" -o yaml")));
		return;
	}
	sidecar = live_sidecar(x->live, x->namespace, explain_labels(x), x->j->v->mesh->spec->root_namespace);
	if (sidecar && !live_sidecar_covers(sidecar, x->service_namespace, x->name.host, x->name.port))
		explain_say(x, CO_WHY_SIDECAR, true, explain_object_pos(sidecar),
		            X(x, STR("Sidecar "), explain_object_text(x, sidecar), STR(" does not list "),
		              x->name.host),
		            X(x, STR("add \""), x->service_namespace, STR("/"), x->name.host,
		              STR("\" to its egress hosts")));
}

/* ---- clusters that others make ---- */

static void explain_existing(struct explaining *x)
{
	if (explain_kind(x) == CLUSTER_EXISTING)
		explain_say(x, CO_WHY_NOT_APPLIED, false, POS_NONE,
		            STR("the manifest expects it to be there already (`cluster:`), so no object that generate "
		                "prints "
		                "makes it"),
		            STR("compare the name with `istioctl proxy-config cluster`"));
}

/* (h) of public hosts only: an isolated one has the endpoint that generate writes. */
static void explain_endpoints(struct explaining *x)
{
	if (explain_kind(x) == CLUSTER_SERVICE_ENTRY && x->j->upstream->isolated == TRI_NO && x->entry &&
	    node_get(node_get(x->entry, "spec"), "workloadSelector"))
		explain_say(x, CO_WHY_NO_ENDPOINTS, false, explain_object_pos(x->entry),
		            X(x, STR("the selector of ServiceEntry "), explain_object_text(x, x->entry),
		              STR(" selects nothing")),
		            STR_ABSENT);
}

void explain_missing(struct judging *j)
{
	static void (*const steps[])(struct explaining *) = {
		explain_removed,  explain_owner,        explain_name,     explain_subset,  explain_service,
		explain_applied,  explain_entry_port,   explain_export,   explain_sidecar, explain_endpoints,
		explain_filtered, explain_envoy_filter, explain_existing, nothing_came,    may_warm,
	};
	struct explaining x = { .j = j,
		                .manifest = j->item->manifest,
		                .live = j->v->has_live ? j->v->live : NULL,
		                .node = j->proxy->node,
		                .name = cluster_name_parse(j->expected->name) };

	x.namespace = x.node && str_present(x.node->namespace) ? x.node->namespace : x.manifest->metadata->namespace;
	x.service_namespace = j->expected->kind == CLUSTER_SERVICE ? j->upstream->service->namespace
	                                                           : x.manifest->metadata->namespace;
	find_entry(&x);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		steps[i](&x);
}
