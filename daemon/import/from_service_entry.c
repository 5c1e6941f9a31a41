/* ServiceEntries with their DestinationRules, as upstreams. */
#include "base/arena.h"
#include "import/building.h"
#include "live/live_services.h"
#include "names/cluster_name.h"
#include "names/hostname.h"

/* What keeps the cluster's version of HTTP: istiod makes HTTP/2 of GRPC-Web, too (IsHTTP2 of pkg/config/protocol). */
static struct str protocol_of(struct building *b, struct str given, const struct node *policy, const struct node *at)
{
	bool is_web = str_eq_nocase(given, STR("GRPC-WEB")), is_http2 = str_eq_nocase(given, STR("HTTP2"));

	if (str_eq_nocase(given, STR("GRPC")))
		return STR("GRPC");
	if (!is_http2 && (is_web || live_policy_upgrades(policy)))
		import_note(b->im, b->origin, at, "the protocol becomes HTTP2, which istiod makes of it");
	if (is_http2 || is_web || live_policy_upgrades(policy))
		return STR("HTTP2");
	if (!str_eq_nocase(given, STR("HTTP")))
		import_note(b->im, b->origin, at,
		            "the protocol becomes HTTP: what the filter speaks, inside TLS if any");
	return STR_ABSENT; /* HTTP is the default */
}

static void build_endpoints(struct building *b, const struct node *endpoints, struct str port_name)
{
	static const char *const names[] = { "address", "ports", NULL };
	struct node             *list = put(b->im->arena, b->node, "endpoints", NODE_LIST);

	NODE_EACH (from, endpoints) {
		struct node *to;

		if (!str_present(text_at(from, "address"))) {
			import_skip_part(b->im, b->origin, from, "an endpoint", STR_ABSENT, "it has no address");
			continue;
		}
		import_only(b->im, b->origin, from, names);
		to = put_item(b->im->arena, list, NODE_MAP);
		put_text(b->im->arena, to, "address", text_at(from, "address"));
		if (str_present(port_name))
			put_int(b->im->arena, to, "port",
			        int_at(node_get(from, "ports"), str_copy(b->im->arena, port_name).p));
	}
}

static bool all_addresses(const struct node *endpoints)
{
	NODE_EACH (e, endpoints)
		if (!ip_is(text_at(e, "address")))
			return false;
	return endpoints && endpoints->count;
}

/* What is the manifest's default is left out when it is known whose the upstream is. */
static void build_export_to(struct building *b, const struct node *export_to)
{
	if (export_to && export_to->count)
		put_copy(b->im->arena, b->node, "exportTo", export_to);
	else
		put_text(b->im->arena, put(b->im->arena, b->node, "exportTo", NODE_LIST), NULL, STR("*"));
}

/* Is the host a service of its own, <upstream>.<manifest>.<namespace>.<suffix>, as Callout names them? */
static bool is_isolated(const struct importer *im, const struct object_entry *e, struct str host, struct str upstream)
{
	struct str manifest;

	str_cut(e->name, '.', &manifest);
	return str_present(e->manifest) && str_present(upstream) &&
	       str_has_prefix(host,
	                      STR_CONCAT(im->arena, upstream, STR("."), manifest, STR("."), e->namespace, STR(".")));
}

/* The host that an isolated service dials: its only endpoint, else the name that TLS asks for. */
static struct str real_host(const struct node *endpoints, const struct node *tls, struct str host, bool *ret_single)
{
	const struct node *first = endpoints ? endpoints->first : NULL;

	*ret_single = first && !first->next && !node_get(first, "ports") && !ip_is(text_at(first, "address"));
	if (*ret_single)
		return text_at(first, "address");
	return str_present(text_at(tls, "sni")) ? text_at(tls, "sni") : host;
}

static struct found_upstream *build_upstream(struct importer *im, const struct object_entry *e, struct str host,
                                             const struct node *port, struct str upstream)
{
	const struct node         *spec = node_get(e->root, "spec"), *endpoints = node_get(spec, "endpoints");
	int64_t                    number = int_at(port, "number"), target = int_at(port, "targetPort");
	const struct object_entry *rule = rule_of(im, e, host, number);
	const struct node         *policy = policy_of(rule, number);
	bool                       isolated = is_isolated(im, e, host, upstream), single = false;
	struct found_upstream     *u = ARENA_NEW(im->arena, struct found_upstream);
	struct building            b = {
			   .im = im, .origin = e, .at = port, .node = map_new(im->arena), .host = host, .port = number
	};

	if (isolated) {
		b.host = real_host(endpoints, node_get(policy, "tls"), host, &single);
		b.port = target == INT64_MIN ? number : target;
	}
	u->cluster = cluster_name_outbound(im->arena, (unsigned)number, STR(""), host);
	u->name = str_present(upstream) ? upstream : label_from(im->arena, host);
	u->origin = e;
	u->node = b.node;
	put_text(im->arena, b.node, "name", u->name);
	put_text(im->arena, b.node, "host", b.host);
	put_int(im->arena, b.node, "port", b.port);
	if (!isolated && target != number)
		put_int(im->arena, b.node, "targetPort", target);
	put_text(im->arena, b.node, "protocol", protocol_of(&b, text_at(port, "protocol"), policy, port));
	b.names = node_get(spec, "subjectAltNames");
	build_tls(&b, rule, node_get(policy, "tls"));
	if (endpoints && endpoints->count && !single)
		build_endpoints(&b, endpoints, text_at(port, "name"));
	build_resolution(&b, text_at(spec, "resolution"), !single && all_addresses(endpoints));
	build_limits(&b, rule, policy);
	if (str_is(text_at(spec, "location"), "MESH_INTERNAL"))
		put_text(im->arena, b.node, "location", STR("MESH_INTERNAL"));
	build_export_to(&b, node_get(spec, "exportTo"));
	if (!isolated)
		node_set_text(put(im->arena, b.node, "isolated", NODE_BOOL), NODE_BOOL, STR("false"));
	u->authority = authority_of(im->arena, b.host, b.port, b.tls);
	u->credential = text_at(node_get(policy, "tls"), "credentialName").n > 0;
	u->selector = rule ? node_get(node_get(node_get(rule->root, "spec"), "workloadSelector"), "matchLabels") : NULL;
	return u;
}

static bool is_filled_list(const struct node *n)
{
	return n && n->kind == NODE_LIST && n->count;
}

static const char *why_not(const struct node *spec)
{
	struct str resolution = text_at(spec, "resolution");

	if (node_get(spec, "workloadSelector"))
		return "it selects workloads of the mesh";
	if (!str_present(resolution) || str_is(resolution, "NONE"))
		return "resolution NONE gives a cluster that no filter can call";
	if (str_has_prefix(resolution, STR("DYNAMIC")))
		return "resolution DYNAMIC_DNS gives a cluster that no filter can call";
	if (!is_filled_list(node_get(spec, "ports")))
		return "it has no ports";
	if (!is_filled_list(node_get(spec, "hosts")))
		return "it has no hosts";
	return NULL;
}

static bool speaks_otherwise(struct str protocol)
{
	static const char *const words[] = { "UDP", "MONGO", "MYSQL", "REDIS", "DNS" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_eq_nocase(protocol, str_c(words[i])))
			return true;
	return false;
}

/* The entry's names count only for TLS that a rule adds, and where that has none. */
static void note_names(struct importer *im, const struct object_entry *e, const struct node *spec)
{
	const struct node *names = node_get(spec, "subjectAltNames");

	if (!names || names->kind == NODE_NULL)
		return;
	NODE_EACH (host, node_get(spec, "hosts"))
		NODE_EACH (port, node_get(spec, "ports")) {
			int64_t                    number = int_at(port, "number");
			const struct object_entry *rule = rule_of(im, e, node_text(host), number);

			if (tls_takes_names(node_get(policy_of(rule, number), "tls")))
				return;
		}
	import_lost(im, e, names, STR("subjectAltNames"));
}

void import_service_entry(struct importer *im, const struct object_entry *e)
{
	static const char *const spec_names[] = { "hosts",     "ports",    "location",        "resolution",
		                                  "endpoints", "exportTo", "subjectAltNames", NULL };
	static const char *const port_names[] = { "number", "name", "protocol", "targetPort", NULL };
	const struct node       *spec = node_get(e->root, "spec");
	const char              *why = why_not(spec);

	if (why) {
		import_skip(im, e, spec, why);
		return;
	}
	import_only(im, e, spec, spec_names);
	note_names(im, e, spec);
	NODE_EACH (host, node_get(spec, "hosts")) {
		if (host->kind != NODE_STRING || hostname_check(node_text(host), NULL) != HOSTNAME_OK) {
			import_skip_part(im, e, host, "host", node_text(host),
			                 "a filter can call only an exact host name");
			continue;
		}
		if (!str_present(e->manifest))
			import_note(im, e, host,
			            STR_CONCAT(im->arena, node_text(host),
			                       STR(" keeps its public name (isolated: false); remove that line for a "
			                           "name of the filter's own"))
			                    .p);
		NODE_EACH (port, node_get(spec, "ports")) {
			if (speaks_otherwise(text_at(port, "protocol"))) {
				import_skip_part(im, e, port, "port", text_at(port, "number"),
				                 "a filter calls by HTTP, which this port does not speak");
				continue;
			}
			import_only(im, e, port, port_names);
			if (int_at(port, "number") < 1 || int_at(port, "number") > 65535)
				import_skip_part(im, e, port, "port", text_at(port, "number"),
				                 "its number is none of 1 to 65535");
			else
				give_upstream(im, e, build_upstream(im, e, node_text(host), port, own_upstream_name(e)),
				              port == node_get(spec, "ports")->first);
		}
	}
}
