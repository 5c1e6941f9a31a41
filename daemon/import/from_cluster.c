/* Clusters that EnvoyFilters add, as upstreams. */
#include "base/arena.h"
#include "base/limits.h"
#include "import/building.h"
#include "names/cluster_name.h"
#include "names/hostname.h"

/* ---- endpoints ---- */

/* The addresses of a cluster, whichever way they are written. */
struct addresses {
	const struct node *sockets[LIMIT_LIST_ITEMS];
	size_t             n;
};

static void add_socket(struct building *b, struct addresses *all, const struct node *address)
{
	static const char *const names[] = { "address", "port_value", "protocol", NULL };
	const struct node       *socket = node_member(address, "socket_address");

	import_only(b->im, b->origin, socket, names);
	if (str_present(text_at(socket, "address")) && all->n < LIMIT_LIST_ITEMS)
		all->sockets[all->n++] = socket;
	else if (address)
		import_lost(b->im, b->origin, address, STR("an endpoint without a socket address"));
}

static void add_locality(struct building *b, struct addresses *all, const struct node *locality)
{
	static const char *const locality_names[] = { "lb_endpoints", NULL };
	static const char *const entry_names[] = { "endpoint", NULL };
	static const char *const endpoint_names[] = { "address", NULL };

	import_only(b->im, b->origin, locality, locality_names);
	NODE_EACH (entry, node_member(locality, "lb_endpoints")) {
		const struct node *endpoint = node_get(entry, "endpoint");

		import_only(b->im, b->origin, entry, entry_names);
		import_only(b->im, b->origin, endpoint, endpoint_names);
		add_socket(b, all, node_get(endpoint, "address"));
	}
}

/* load_assignment, or hosts as Envoy's API v2 had it. */
static struct addresses *addresses_of(struct building *b, const struct node *value)
{
	struct addresses *all = ARENA_NEW(b->im->arena, struct addresses);

	NODE_EACH (locality, node_get(node_member(value, "load_assignment"), "endpoints"))
		add_locality(b, all, locality);
	if (all->n)
		return all;
	NODE_EACH (host, node_get(value, "hosts"))
		add_socket(b, all, host);
	if (all->n)
		import_note(b->im, b->origin, node_get(value, "hosts"),
		            "hosts is of an API that Envoy no longer has; what it says is said by load_assignment now");
	return all;
}

static void build_envoy_endpoints(struct building *b, const struct addresses *all)
{
	struct node *list = put(b->im->arena, b->node, "endpoints", NODE_LIST);

	for (size_t i = 0; i < all->n; i++) {
		struct node *to = put_item(b->im->arena, list, NODE_MAP);

		put_text(b->im->arena, to, "address", text_at(all->sockets[i], "address"));
		put_int(b->im->arena, to, "port", int_at(all->sockets[i], "port_value"));
	}
}

static bool all_are_ip(const struct addresses *all)
{
	for (size_t i = 0; i < all->n; i++)
		if (!ip_is(text_at(all->sockets[i], "address")))
			return false;
	return true;
}

/* ---- limits ---- */

static void build_envoy_limits(struct building *b, const struct node *value)
{
	static const char *const pool[][2] = { { "max_connections", "maxConnections" },
		                               { "max_pending_requests", "maxPendingRequests" },
		                               { "max_requests", "maxRequests" },
		                               { "max_retries", "maxRetries" } };
	static const char *const outlier[][2] = { { "consecutive_5xx", "consecutive5xxErrors" },
		                                  { "interval", "interval" },
		                                  { "base_ejection_time", "baseEjectionTime" },
		                                  { "max_ejection_percent", "maxEjectionPercent" },
		                                  { NULL, NULL } };
	const struct node       *limits = import_thresholds(b, value);
	struct str               timeout = text_at(value, "connect_timeout");
	struct node             *to = NULL;

	if (!str_present(timeout))
		put_text(b->im->arena, b->node, "connectTimeout", STR("5s")); /* Envoy's own; 10s is istiod's */
	else if (!str_is(timeout, "10s"))
		put_text(b->im->arena, b->node, "connectTimeout", timeout);
	for (size_t i = 0; i < 4; i++) {
		int64_t number = int_at(limits, pool[i][0]);

		if (number == INT64_MIN || number == 4294967295) /* no limit */
			continue;
		to = to ? to : put(b->im->arena, b->node, "connectionPool", NODE_MAP);
		put_int(b->im->arena, to, pool[i][1], number);
	}
	copy_fields(b, "outlierDetection", node_member(value, "outlier_detection"), outlier);
	build_detection(b, node_member(value, "outlier_detection"));
}

/* ---- the cluster ---- */

/* A cluster without type is STATIC (Cluster.DiscoveryType). */
static struct str resolution_of(struct str type)
{
	if (!str_present(type) || str_eq_nocase(type, STR("STATIC")))
		return STR("STATIC");
	return str_eq_nocase(type, STR("LOGICAL_DNS")) ? STR("DNS_ROUND_ROBIN") : STR("DNS");
}

static const char *why_not(const struct node *value, const struct addresses *all)
{
	static const char *const callable[] = { "STATIC", "STRICT_DNS", "LOGICAL_DNS" };
	struct str               type = text_at(value, "type");
	bool                     known = !str_present(type);

	for (size_t i = 0; i < sizeof(callable) / sizeof(callable[0]); i++)
		known = known || str_eq_nocase(type, str_c(callable[i]));
	if (!known || node_member(value, "cluster_type"))
		return "a manifest makes clusters of type STATIC, STRICT_DNS and LOGICAL_DNS alone";
	if (!str_present(text_at(value, "name")) || all->n == 0)
		return "the cluster has no name, or no endpoint with a socket address";
	if (!cluster_is_tls(value) && !cluster_is_plain(value))
		return "its transport socket is neither TLS nor plain";
	return NULL;
}

static bool speaks_http2(const struct node *value)
{
	static const char *const path[] = { "typed_extension_protocol_options",
		                            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
		                            "explicit_http_config", "http2_protocol_options", NULL };

	return node_at(value, path) || node_member(value, "http2_protocol_options");
}

/* The host is the only endpoint's name, else the one that TLS asks for. */
static struct str host_of(struct importer *im, const struct node *value, const struct addresses *all, bool single)
{
	struct str sni = text_at(cluster_tls(value), "sni");

	if (single)
		return text_at(all->sockets[0], "address");
	if (str_present(sni))
		return sni;
	return STR_CONCAT(im->arena, label_from(im->arena, text_at(value, "name")), STR(".invalid"));
}

/* Of one endpoint it makes no difference, and istiod's own choice is as good as Envoy's. */
static bool is_usual_balancing(struct str policy)
{
	return !str_present(policy) || str_is(policy, "ROUND_ROBIN") || str_is(policy, "LEAST_REQUEST");
}

/* Envoy refuses a host name where the type is STATIC, or left out (malformed IP address). */
static struct str resolution_for(struct building *b, const struct node *value, bool single)
{
	struct str resolution = resolution_of(text_at(value, "type"));

	if (!single || !str_is(resolution, "STATIC"))
		return resolution;
	import_note(
		b->im, b->origin, value,
		"Envoy refuses this cluster: of type STATIC, as without type, it needs an IP address; it becomes STRICT_DNS");
	return STR("DNS");
}

static void build_cluster(struct building *b, const struct node *value, const struct addresses *all, bool single)
{
	struct importer *im = b->im;

	build_cluster_tls(b, value);
	if (!single)
		build_envoy_endpoints(b, all);
	build_resolution(b, resolution_for(b, value, single), !single && all_are_ip(all));
	build_envoy_limits(b, value);
	if (!is_usual_balancing(text_at(value, "lb_policy")))
		import_lost(im, b->origin, node_member(value, "lb_policy"),
		            STR_CONCAT(im->arena, STR("lb_policy "), text_at(value, "lb_policy")));
}

struct found_upstream *import_envoy_cluster(struct importer *im, const struct object_entry *e, const struct node *value,
                                            struct str prefix)
{
	static const char *const names[] = { "name",
		                             "type",
		                             "connect_timeout",
		                             "dns_lookup_family",
		                             "lb_policy",
		                             "load_assignment",
		                             "hosts",
		                             "circuit_breakers",
		                             "outlier_detection",
		                             "common_lb_config",
		                             "http2_protocol_options",
		                             "typed_extension_protocol_options",
		                             "transport_socket",
		                             "tls_context",
		                             NULL };
	struct building          b = { .im = im, .origin = e, .at = value, .node = map_new(im->arena) };
	const struct addresses  *all = addresses_of(&b, value);
	const char              *why = why_not(value, all);
	struct str               name = text_at(value, "name");
	struct found_upstream   *u = ARENA_NEW(im->arena, struct found_upstream);
	bool                     ours = str_has_prefix(name, prefix) && dns_label_is(str_slice(name, prefix.n, name.n));
	bool                     single = all->n == 1 && !ip_is(text_at(all->sockets[0], "address"));

	if (why) {
		import_skip_part(im, e, value, "cluster", name, why);
		return NULL;
	}
	import_only(im, e, value, names);
	b.host = host_of(im, value, all, single);
	b.port = int_at(all->sockets[0], "port_value");
	u->cluster = name;
	u->name = ours ? str_slice(name, prefix.n, name.n) : label_from(im->arena, single ? b.host : name);
	u->origin = e;
	u->node = b.node;
	put_text(im->arena, b.node, "name", u->name);
	put_text(im->arena, b.node, "host", b.host);
	put_int(im->arena, b.node, "port", b.port);
	if (speaks_http2(value))
		put_text(im->arena, b.node, "protocol", STR("HTTP2"));
	put_text(im->arena, b.node, "via", STR("envoyFilter"));
	if (!ours)
		put_text(im->arena, b.node, "clusterName", name);
	build_cluster(&b, value, all, single);
	import_cluster_losses(&b, value);
	u->authority = authority_of(im->arena, b.host, b.port, b.tls);
	return u;
}
