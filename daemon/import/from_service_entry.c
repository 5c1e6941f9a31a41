/* ServiceEntries with their DestinationRules, and clusters of EnvoyFilters, as upstreams. */
#include "base/arena.h"
#include "import/importing.h"
#include "names/cluster_name.h"
#include "names/hostname.h"

static const struct str system_trust = STR_INIT("/etc/ssl/certs/ca-certificates.crt");

struct known_rule {
	struct str                 key;
	const struct object_entry *rule;
};

static struct str rule_key(const void *known)
{
	return ((const struct known_rule *)known)->key;
}

static void know_rule(struct importer *im, struct str key, const struct object_entry *rule)
{
	struct known_rule *known = ARENA_NEW(im->arena, struct known_rule);

	*known = (struct known_rule){ key, rule };
	hash_add(&im->rules, known);
}

void import_rules(struct importer *im)
{
	static const char *const spec_names[] = { "host", "exportTo", "trafficPolicy", "workloadSelector", NULL };

	hash_init(&im->rules, im->arena, rule_key);
	for (const struct object_entry *e = im->objects->first; e; e = e->next) {
		const struct node *spec = node_get(e->root, "spec");
		struct str         host = text_at(spec, "host");

		if (!str_is(e->kind, "DestinationRule") || !str_present(host))
			continue;
		import_only(im, e, spec, spec_names);
		know_rule(im, STR_CONCAT(im->arena, e->namespace, STR("/"), host), e);
		know_rule(im, host, e);
	}
}

static const struct object_entry *rule_of(const struct importer *im, struct str namespace, struct str host)
{
	const struct known_rule *known = hash_get(&im->rules, STR_CONCAT(im->arena, namespace, STR("/"), host));

	if (!known)
		known = hash_get(&im->rules, host);
	return known ? known->rule : NULL;
}

/* Settings of a port replace those of the host as a whole (istio.io/docs: not inherited). */
static const struct node *policy_of(const struct object_entry *rule, int64_t port)
{
	const struct node *policy = rule ? node_get(node_get(rule->root, "spec"), "trafficPolicy") : NULL;

	NODE_EACH (level, node_get(policy, "portLevelSettings"))
		if (int_at(node_get(level, "port"), "number") == port)
			return level;
	return policy;
}

/* ---- one upstream ---- */

struct building {
	struct importer           *im;
	const struct object_entry *origin; /* the object that findings are about */
	struct node               *node;
	struct str                 host;
	int64_t                    port;
	bool                       tls;
	bool                       trailing; /* something but the default was written */
};

static bool same_names(const struct node *list, struct str only)
{
	return list && list->count == 1 && str_eq(node_text(list->first), only);
}

/* What verifies a certificate is written out by Callout where hand-written rules leave it open. */
static void note_verification(struct building *b, const struct object_entry *rule, const struct node *tls)
{
	if (str_is(text_at(tls, "insecureSkipVerify"), "true") || str_present(text_at(tls, "credentialName")))
		return;
	if (!str_present(text_at(tls, "caCertificates")))
		import_note(b->im, rule, tls,
		            "the certificate will be verified against the system's CAs, where nothing was said before");
	if (!node_get(tls, "subjectAltNames"))
		import_note(b->im, rule, tls,
		            "the certificate will have to be of the host's name, where nothing was said before");
}

static void build_tls(struct building *b, const struct object_entry *rule, const struct node *tls)
{
	static const char *const names[] = {
		"mode", "clientCertificate",  "privateKey", "caCertificates", "credentialName", "subjectAltNames",
		"sni",  "insecureSkipVerify", NULL
	};
	struct arena      *arena = b->im->arena;
	struct node       *to = put(arena, b->node, "tls", NODE_MAP);
	struct str         mode = text_at(tls, "mode"), sni = text_at(tls, "sni"), ca = text_at(tls, "caCertificates");
	const struct node *sans = node_get(tls, "subjectAltNames");

	if (!tls || !str_present(mode) || str_is(mode, "DISABLE")) {
		put_text(arena, to, "mode", STR("DISABLE"));
		if (b->port == 443)
			import_note(b->im, b->origin, b->origin->root,
			            "no DestinationRule adds TLS: a filter sends plain HTTP to port 443");
		return;
	}
	b->tls = true;
	import_only(b->im, rule, tls, names);
	if (str_is(mode, "ISTIO_MUTUAL")) {
		put_text(arena, to, "mode", mode);
		put_text(arena, to, "sni", sni);
		put_copy(arena, to, "subjectAltNames", sans);
		return;
	}
	if (!str_is(mode, "SIMPLE"))
		put_text(arena, to, "mode", mode);
	if (str_present(sni) && !str_eq(sni, b->host))
		put_text(arena, to, "sni", sni);
	if (sans && sans->count && !same_names(sans, str_present(sni) ? sni : b->host))
		put_copy(arena, to, "subjectAltNames", sans);
	if (!str_is(ca, "system"))
		put_text(arena, to, "caCertificates", ca);
	put_text(arena, to, "clientCertificate", text_at(tls, "clientCertificate"));
	put_text(arena, to, "privateKey", text_at(tls, "privateKey"));
	put_text(arena, to, "credentialName", text_at(tls, "credentialName"));
	if (str_is(text_at(tls, "insecureSkipVerify"), "true"))
		put_copy(arena, to, "insecureSkipVerify", node_get(tls, "insecureSkipVerify"));
	note_verification(b, rule, tls);
}

static void copy_fields(struct building *b, const char *name, const struct node *from, const char *const (*pairs)[2])
{
	struct node *to = NULL;

	for (; (*pairs)[0]; pairs++) {
		const struct node *value = node_get(from, (*pairs)[0]);

		if (!value || value->kind == NODE_NULL)
			continue;
		if (!to && !node_get(b->node, name))
			to = put(b->im->arena, b->node, name, NODE_MAP);
		else if (!to)
			to = node_entry(b->im->arena, b->node, str_c(name));
		put_copy(b->im->arena, to, (*pairs)[1], value);
	}
}

static void build_limits(struct building *b, const struct object_entry *rule, const struct node *policy)
{
	static const char *const policy_names[] = {
		"tls", "connectionPool", "outlierDetection", "portLevelSettings", "port", NULL
	};
	static const char *const pool_names[] = { "tcp", "http", NULL };
	static const char *const tcp_names[] = { "maxConnections", "connectTimeout", NULL };
	static const char *const http_names[] = { "http1MaxPendingRequests", "http2MaxRequests", "maxRetries", NULL };
	static const char *const outlier_names[] = { "consecutive5xxErrors", "interval", "baseEjectionTime",
		                                     "maxEjectionPercent", NULL };
	static const char *const tcp[][2] = { { "maxConnections", "maxConnections" }, { NULL, NULL } };
	static const char *const http[][2] = { { "http1MaxPendingRequests", "maxPendingRequests" },
		                               { "http2MaxRequests", "maxRequests" },
		                               { "maxRetries", "maxRetries" },
		                               { NULL, NULL } };
	static const char *const outlier[][2] = { { "consecutive5xxErrors", "consecutive5xxErrors" },
		                                  { "interval", "interval" },
		                                  { "baseEjectionTime", "baseEjectionTime" },
		                                  { "maxEjectionPercent", "maxEjectionPercent" },
		                                  { NULL, NULL } };
	const struct node *pool = node_get(policy, "connectionPool"), *detection = node_get(policy, "outlierDetection");

	if (!rule)
		return;
	import_only(b->im, rule, policy, policy_names);
	import_only(b->im, rule, pool, pool_names);
	import_only(b->im, rule, node_get(pool, "tcp"), tcp_names);
	import_only(b->im, rule, node_get(pool, "http"), http_names);
	import_only(b->im, rule, detection, outlier_names);
	put_text(b->im->arena, b->node, "connectTimeout", text_at(node_get(pool, "tcp"), "connectTimeout"));
	copy_fields(b, "connectionPool", node_get(pool, "tcp"), tcp);
	copy_fields(b, "connectionPool", node_get(pool, "http"), http);
	copy_fields(b, "outlierDetection", detection, outlier);
}

static struct str protocol_of(struct building *b, struct str given, const struct node *at)
{
	if (str_eq_nocase(given, STR("GRPC")) || str_eq_nocase(given, STR("HTTP2")))
		return str_eq_nocase(given, STR("GRPC")) ? STR("GRPC") : STR("HTTP2");
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
		struct node *to = put_item(b->im->arena, list, NODE_MAP);

		import_only(b->im, b->origin, from, names);
		put_text(b->im->arena, to, "address", text_at(from, "address"));
		put_int(b->im->arena, to, "port", int_at(node_get(from, "ports"), str_copy(b->im->arena, port_name).p));
	}
}

static bool all_addresses(const struct node *endpoints)
{
	NODE_EACH (e, endpoints)
		if (!ip_is(text_at(e, "address")))
			return false;
	return endpoints && endpoints->count;
}

static void build_resolution(struct building *b, struct str resolution, bool implied_static)
{
	if (str_is(resolution, "STATIC") ? !implied_static : implied_static || !str_is(resolution, "DNS"))
		put_text(b->im->arena, b->node, "resolution", resolution);
}

/* "." is the manifest's default; in the root namespace it is "*". */
static void build_export_to(struct building *b, const struct node *export_to, struct str namespace)
{
	struct str usual = str_is(namespace, "istio-system") ? STR("*") : STR(".");

	if (!export_to || export_to->count == 0) {
		if (!str_is(usual, "*"))
			put_text(b->im->arena, put(b->im->arena, b->node, "exportTo", NODE_LIST), NULL, STR("*"));
	} else if (!same_names(export_to, usual)) {
		put_copy(b->im->arena, b->node, "exportTo", export_to);
	}
}

struct str authority_of(struct arena *arena, struct str host, int64_t port, bool tls)
{
	if (port == (tls ? 443 : 80))
		return host;
	return STR_CONCAT(arena, host, STR(":"), str_from_int(arena, port));
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
	const struct object_entry *rule = rule_of(im, e->namespace, host);
	const struct node         *policy = policy_of(rule, number);
	bool                       isolated = is_isolated(im, e, host, upstream), single = false;
	struct found_upstream     *u = ARENA_NEW(im->arena, struct found_upstream);
	struct building b = { .im = im, .origin = e, .node = map_new(im->arena), .host = host, .port = number };

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
	put_text(im->arena, b.node, "protocol", protocol_of(&b, text_at(port, "protocol"), port));
	build_tls(&b, rule, node_get(policy, "tls"));
	if (endpoints && endpoints->count && !single)
		build_endpoints(&b, endpoints, text_at(port, "name"));
	build_resolution(&b, text_at(spec, "resolution"), !single && all_addresses(endpoints));
	build_limits(&b, rule, policy);
	if (str_is(text_at(spec, "location"), "MESH_INTERNAL"))
		put_text(im->arena, b.node, "location", STR("MESH_INTERNAL"));
	build_export_to(&b, node_get(spec, "exportTo"), e->namespace);
	if (!isolated)
		node_set_text(put(im->arena, b.node, "isolated", NODE_BOOL), NODE_BOOL, STR("false"));
	u->authority = authority_of(im->arena, b.host, b.port, b.tls);
	u->credential = str_present(text_at(node_get(policy, "tls"), "credentialName"));
	u->selector = rule ? node_get(node_get(node_get(rule->root, "spec"), "workloadSelector"), "matchLabels") : NULL;
	return u;
}

/* ---- whose it is ---- */

static void give_to_mentioning(struct importer *im, const struct object_entry *e, struct found_upstream *u)
{
	struct found_manifest *m;

	for (size_t i = 0; i < im->n; i++) {
		if (str_eq(im->list[i]->namespace, e->namespace) && manifest_mentions(im->list[i], u->cluster)) {
			add_upstream(im->list[i], u);
			return;
		}
	}
	m = find_manifest(im, e->namespace, label_from(im->arena, e->name));
	if (!m->metadata)
		m->metadata = node_get(e->root, "metadata");
	add_upstream(m, u);
}

/* The next owner of "NS/NAME,NS/NAME"; *rest is absent after the last. */
static struct found_manifest *next_owner(struct importer *im, struct str *rest)
{
	struct str one, namespace, name;

	*rest = str_cut(*rest, ',', &one);
	name = str_cut(one, '/', &namespace);
	return find_manifest(im, namespace, str_present(name) ? name : STR("imported"));
}

static bool mentions_any_port(struct importer *im, const struct found_manifest *m, const struct object_entry *e,
                              struct str host)
{
	NODE_EACH (port, node_get(node_get(e->root, "spec"), "ports"))
		if (manifest_mentions(m, cluster_name_outbound(im->arena, (unsigned)int_at(port, "number"), STR(""),
		                                               host)))
			return true;
	return false;
}

static bool any_owner_mentions(struct importer *im, const struct object_entry *e, struct str cluster)
{
	struct str rest = e->manifest;

	while (str_present(rest))
		if (manifest_mentions(next_owner(im, &rest), cluster))
			return true;
	return false;
}

/* Which port is whose is not written down: who names its cluster owns it, else the first owner; an owner that names none
 * has the first port, so that it stays an owner. */
static void give_to_owners(struct importer *im, const struct object_entry *e, struct found_upstream *u, bool first_port)
{
	struct str host = cluster_name_parse(u->cluster).host, rest = e->manifest;
	bool       named = any_owner_mentions(im, e, u->cluster), first = true;

	while (str_present(rest)) {
		struct found_manifest *m = next_owner(im, &rest);
		struct found_upstream *copy;
		bool                   takes = manifest_mentions(m, u->cluster) || (first && !named) ||
		             (first_port && !mentions_any_port(im, m, e, host));

		first = false;
		if (!takes)
			continue;
		copy = ARENA_NEW(im->arena, struct found_upstream);
		*copy = *u;
		copy->node = &tree_copy(im->arena, u->node)->root;
		add_upstream(m, copy);
	}
}

static struct str own_upstream_name(const struct object_entry *e)
{
	struct str manifest, upstream = str_cut(e->name, '.', &manifest);

	return str_present(e->manifest) ? upstream : STR_ABSENT;
}

static bool is_shared(const struct object_entry *e)
{
	return str_present(text_at(node_get(node_get(e->root, "metadata"), "annotations"), "callout.dev/manifests"));
}

static void give(struct importer *im, const struct object_entry *e, struct found_upstream *u, bool first_port)
{
	struct found_manifest *m;
	struct str             name, namespace;

	if (is_shared(e)) {
		give_to_owners(im, e, u, first_port);
	} else if (str_present(e->manifest)) {
		name = str_cut(e->manifest, '/', &namespace);
		m = find_manifest(im, namespace, name);
		if (!m->metadata)
			m->metadata = node_get(e->root, "metadata");
		add_upstream(m, u);
	} else {
		import_note(im, e, node_get(node_get(e->root, "spec"), "hosts"),
		            "the host keeps its public name (isolated: false); remove that line for a name of the "
		            "filter's own");
		give_to_mentioning(im, e, u);
	}
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
	if (!node_get(spec, "ports") || node_get(spec, "ports")->count == 0)
		return "it has no ports";
	return NULL;
}

void import_service_entry(struct importer *im, const struct object_entry *e)
{
	static const char *const spec_names[] = { "hosts",     "ports",    "location", "resolution",
		                                  "endpoints", "exportTo", NULL };
	static const char *const port_names[] = { "number", "name", "protocol", "targetPort", NULL };
	const struct node       *spec = node_get(e->root, "spec");
	const char              *why = why_not(spec);

	if (why) {
		import_skip(im, e, spec, why);
		return;
	}
	import_only(im, e, spec, spec_names);
	NODE_EACH (host, node_get(spec, "hosts")) {
		if (hostname_check(node_text(host), NULL) != HOSTNAME_OK) {
			import_skip(im, e, host, "a filter can call only an exact host name");
			continue;
		}
		NODE_EACH (port, node_get(spec, "ports")) {
			import_only(im, e, port, port_names);
			if (int_at(port, "number") > 0)
				give(im, e, build_upstream(im, e, node_text(host), port, own_upstream_name(e)),
				     port == node_get(spec, "ports")->first);
		}
	}
}

/* ---- a cluster of an EnvoyFilter ---- */

static const struct node *socket_of(const struct node *lb_endpoint)
{
	static const char *const path[] = { "endpoint", "address", "socket_address", NULL };

	return node_at(lb_endpoint, path);
}

static void build_envoy_tls(struct building *b, const struct node *socket)
{
	static const char *const certificate[] = { "tls_certificates", "", "certificate_chain", "filename", NULL };
	static const char *const key[] = { "tls_certificates", "", "private_key", "filename", NULL };
	static const char *const trusted[] = { "validation_context", "trusted_ca", "filename", NULL };
	const struct node *config = node_get(socket, "typed_config"), *common = node_get(config, "common_tls_context");
	const struct node *validation = node_get(common, "validation_context"), *ca = node_at(common, trusted);
	const struct node *names = node_get(validation, "match_typed_subject_alt_names");
	struct arena      *arena = b->im->arena;
	struct node       *to = put(arena, b->node, "tls", NODE_MAP), *list = NULL;
	struct str         sni = text_at(config, "sni");

	if (!config) {
		put_text(arena, to, "mode", STR("DISABLE"));
		return;
	}
	b->tls = true;
	if (node_at(common, certificate))
		put_text(arena, to, "mode", STR("MUTUAL"));
	if (str_present(sni) && !str_eq(sni, b->host))
		put_text(arena, to, "sni", sni);
	names = names ? names : node_get(validation, "match_subject_alt_names");
	if (names &&
	    !(names->count == 1 &&
	      str_eq(text_at(node_get(names->first, "matcher") ? node_get(names->first, "matcher") : names->first,
	                     "exact"),
	             str_present(sni) ? sni : b->host)))
		list = put(arena, to, "subjectAltNames", NODE_LIST);
	for (const struct node *n = list ? names->first : NULL; n; n = n->next)
		put_text(arena, list, NULL, text_at(node_get(n, "matcher") ? node_get(n, "matcher") : n, "exact"));
	if (ca && !str_eq(node_text(ca), system_trust))
		put_text(arena, to, "caCertificates", node_text(ca));
	if (!ca)
		import_note(b->im, b->origin, socket, "the certificate is not verified, as it was not before");
	if (!ca)
		node_set_text(put(arena, to, "insecureSkipVerify", NODE_BOOL), NODE_BOOL, STR("true"));
	if (node_at(common, certificate)) {
		put_text(arena, to, "clientCertificate", node_text(node_at(common, certificate)));
		put_text(arena, to, "privateKey", node_at(common, key) ? node_text(node_at(common, key)) : STR_ABSENT);
	}
}

static void build_envoy_limits(struct building *b, const struct node *value)
{
	static const char *const thresholds[] = { "circuit_breakers", "thresholds", "", NULL };
	static const char *const pool[][2] = { { "max_connections", "maxConnections" },
		                               { "max_pending_requests", "maxPendingRequests" },
		                               { "max_requests", "maxRequests" },
		                               { "max_retries", "maxRetries" } };
	static const char *const outlier[][2] = { { "consecutive_5xx", "consecutive5xxErrors" },
		                                  { "interval", "interval" },
		                                  { "base_ejection_time", "baseEjectionTime" },
		                                  { "max_ejection_percent", "maxEjectionPercent" },
		                                  { NULL, NULL } };
	const struct node       *limits = node_at(value, thresholds);
	struct node             *to = NULL;

	if (!str_is(text_at(value, "connect_timeout"), "10s"))
		put_text(b->im->arena, b->node, "connectTimeout", text_at(value, "connect_timeout"));
	for (size_t i = 0; i < 4; i++) {
		int64_t number = int_at(limits, pool[i][0]);

		if (number == INT64_MIN || number == 4294967295) /* no limit */
			continue;
		to = to ? to : put(b->im->arena, b->node, "connectionPool", NODE_MAP);
		put_int(b->im->arena, to, pool[i][1], number);
	}
	copy_fields(b, "outlierDetection", node_get(value, "outlier_detection"), outlier);
}

static void build_envoy_endpoints(struct building *b, const struct node *endpoints)
{
	struct node *list = put(b->im->arena, b->node, "endpoints", NODE_LIST);

	NODE_EACH (e, endpoints) {
		struct node *to = put_item(b->im->arena, list, NODE_MAP);

		put_text(b->im->arena, to, "address", text_at(socket_of(e), "address"));
		put_int(b->im->arena, to, "port", int_at(socket_of(e), "port_value"));
	}
}

static bool all_socket_addresses(const struct node *endpoints)
{
	NODE_EACH (e, endpoints)
		if (!ip_is(text_at(socket_of(e), "address")))
			return false;
	return true;
}

static struct str resolution_of(struct str type)
{
	if (str_is(type, "STATIC"))
		return type;
	return str_is(type, "LOGICAL_DNS") ? STR("DNS_ROUND_ROBIN") : STR("DNS");
}

struct found_upstream *import_envoy_cluster(struct importer *im, const struct object_entry *e, const struct node *value,
                                            struct str prefix)
{
	static const char *const endpoint_path[] = { "load_assignment", "endpoints", "", "lb_endpoints", NULL };
	static const char *const http2_path[] = { "typed_extension_protocol_options",
		                                  "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
		                                  "explicit_http_config", "http2_protocol_options", NULL };
	static const char *const names[] = { "name",
		                             "type",
		                             "connect_timeout",
		                             "dns_lookup_family",
		                             "lb_policy",
		                             "load_assignment",
		                             "circuit_breakers",
		                             "outlier_detection",
		                             "common_lb_config",
		                             "typed_extension_protocol_options",
		                             "transport_socket",
		                             NULL };
	const struct node     *endpoints = node_at(value, endpoint_path), *first = endpoints ? endpoints->first : NULL;
	struct str             name = text_at(value, "name"), address = text_at(socket_of(first), "address");
	bool                   single = first && !first->next && !ip_is(address);
	struct str             sni = text_at(node_get(node_get(value, "transport_socket"), "typed_config"), "sni");
	struct found_upstream *u = ARENA_NEW(im->arena, struct found_upstream);
	struct building        b = { .im = im, .origin = e, .node = map_new(im->arena) };
	bool                   ours = str_has_prefix(name, prefix) && dns_label_is(str_slice(name, prefix.n, name.n));

	if (!str_present(name) || !str_present(address)) {
		import_skip(im, e, value, "the cluster has no name, or no endpoint with a socket address");
		return NULL;
	}
	import_only(im, e, value, names);
	b.host = single             ? address
	         : str_present(sni) ? sni
	                            : STR_CONCAT(im->arena, label_from(im->arena, name), STR(".invalid"));
	b.port = int_at(socket_of(first), "port_value");
	u->cluster = name;
	u->name = ours ? str_slice(name, prefix.n, name.n) : label_from(im->arena, single ? address : name);
	u->origin = e;
	u->node = b.node;
	put_text(im->arena, b.node, "name", u->name);
	put_text(im->arena, b.node, "host", b.host);
	put_int(im->arena, b.node, "port", b.port);
	if (node_at(value, http2_path))
		put_text(im->arena, b.node, "protocol", STR("HTTP2"));
	put_text(im->arena, b.node, "via", STR("envoyFilter"));
	if (!ours)
		put_text(im->arena, b.node, "clusterName", name);
	build_envoy_tls(&b, node_get(value, "transport_socket"));
	if (!single)
		build_envoy_endpoints(&b, endpoints);
	build_resolution(&b, resolution_of(text_at(value, "type")), !single && all_socket_addresses(endpoints));
	build_envoy_limits(&b, value);
	u->authority = authority_of(im->arena, b.host, b.port, b.tls);
	return u;
}
