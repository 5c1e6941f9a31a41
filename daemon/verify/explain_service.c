/* Why a cluster is missing, as far as its subset or its Service decides. */
#include "live/live_index.h"
#include "live/live_services.h"
#include "names/mesh_table.h"
#include "verify/explaining.h"

/* ---- the subset ---- */

/* A rule applies from the proxy's namespace, the service's or the root namespace, if it is exported (istio
 * pilot/pkg/model/push_context.go destinationRule). */
static bool rule_applies(struct explaining *x, const struct node *rule)
{
	const struct node *selector = node_get(node_get(node_get(rule, "spec"), "workloadSelector"), "matchLabels");
	struct str namespace = live_object_namespace(rule);

	return explain_selects(x, selector) &&
	       (str_eq(namespace, x->namespace) || str_eq(namespace, x->service_namespace) ||
	        str_eq(namespace, x->j->v->mesh->spec->root_namespace)) &&
	       live_object_exported(rule, x->namespace);
}

/* The DestinationRules of the host, by what they say of the subset. */
struct subset_rules {
	const struct node *found;  /* has the subset and applies */
	const struct node *unseen; /* has it and does not apply */
	const struct node *first;  /* in the proxy's own namespace, applies and does not have it */
	bool               any;
};

static struct subset_rules find_rules(struct explaining *x)
{
	const struct live_refs *rules = x->live ? &live_rules(x->live, x->j->arena, x->name.host)->rules : NULL;
	struct subset_rules     ret = { 0 };

	for (size_t i = 0; rules && i < rules->n; i++) {
		const struct node *rule = rules->items[i];
		bool               applies = rule_applies(x, rule);

		ret.any = true;
		if (live_rule_has_subset(rule, x->name.subset))
			*(applies ? &ret.found : &ret.unseen) = rule;
		else if (applies && str_eq(live_object_namespace(rule), x->namespace))
			ret.first = rule;
	}
	return ret;
}

/* The dump has the host's cluster without the subset. */
static void say_without_subset(struct explaining *x, const struct node *found, const struct near_name *n)
{
	if (found)
		explain_say(x, CO_WHY_SUBSET, false, explain_object_pos(found),
		            X(x, STR("DestinationRule "), explain_object_text(x, found),
		              STR(" has the subset, but another rule applies, or its labels select no endpoint")),
		            STR_ABSENT);
	else
		explain_say(x, CO_WHY_SUBSET, true, n->pos,
		            X(x, STR("the host is there without the subset "), x->name.subset, STR(": "), n->name),
		            STR_ABSENT);
}

static void say_no_subset(struct explaining *x, bool any_rule)
{
	explain_say(x, CO_WHY_SUBSET, true, POS_NONE,
	            any_rule ? X(x, STR("no DestinationRule of the host has a subset "), x->name.subset)
	                     : X(x, STR("the host has no DestinationRule, so it has no subset "), x->name.subset),
	            STR_ABSENT);
}

void explain_subset(struct explaining *x)
{
	const struct near_name *n = x->j->near;
	struct subset_rules     rules;

	if (x->name.subset.n == 0)
		return;
	rules = find_rules(x);
	if (rules.first && rules.found && !str_eq(live_object_namespace(rules.found), x->namespace))
		explain_say(x, CO_WHY_SUBSET, true, explain_object_pos(rules.first),
		            X(x, STR("DestinationRule "), explain_object_text(x, rules.first),
		              STR(" of the proxy's own namespace applies, which has no such subset; "),
		              explain_object_text(x, rules.found), STR(" has it")),
		            STR_ABSENT);
	else if (rules.unseen && !rules.found)
		explain_say(x, CO_WHY_SUBSET, true, explain_object_pos(rules.unseen),
		            X(x, STR("DestinationRule "), explain_object_text(x, rules.unseen),
		              STR(" has the subset, but is not for this proxy: its namespace, exportTo or "
		                  "workloadSelector")),
		            STR_ABSENT);
	else if (x->live && !rules.found)
		say_no_subset(x, rules.any);
	else
		for (unsigned i = 0; n && i < KEPT_NEAR && str_present(n[i].name); i++)
			if (n[i].kind == NEAR_SUBSET) {
				say_without_subset(x, rules.found, &n[i]);
				break;
			}
}

/* ---- the Service ---- */

static bool service_is_exported(const struct explaining *x, const struct node *service)
{
	enum exported exported = live_service_exported(service, x->namespace);

	return exported == EXPORT_UNSAID ? explain_exports_by_default(x, service) : exported == EXPORTED;
}

void explain_no_port(struct explaining *x, enum diag_code code, const struct node *object, const char *number,
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
	const struct node *service = live_service(x->live, x->j->upstream->service), *port;

	if (!service) {
		explain_say(x, CO_WHY_SERVICE, true, POS_NONE,
		            X(x, STR("there is no Service "), name, STR(" in the live objects")), STR_ABSENT);
		return;
	}
	port = live_service_port(service, x->j->upstream->port);
	if (live_service_is_external_name(service) &&
	    feature_in_some(FEATURE_EXTERNAL_NAME_IS_ALIAS, x->j->v->mesh->versions))
		explain_say(x, CO_WHY_SERVICE, true, explain_object_pos(service),
		            X(x, STR("Service "), name,
		              STR(" is an ExternalName, which has no cluster of its own since Istio 1.21")),
		            STR("call its external name as a host"));
	else if (!port)
		explain_no_port(x, CO_WHY_SERVICE, service, "port", X(x, STR("Service "), name));
	else if (live_service_port_is_udp(port))
		explain_say(x, CO_WHY_SERVICE, true, node_pos(port),
		            X(x, STR("that port of Service "), name, STR(" is UDP")), STR_ABSENT);
	else if (!service_is_exported(x, service))
		explain_say(x, CO_WHY_EXPORT, true, explain_object_pos(service),
		            X(x, STR("Service "), name, STR(" is not exported to namespace "), x->namespace,
		              STR(" (networking.istio.io/exportTo, or defaultServiceExportTo of the MeshConfig)")),
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
