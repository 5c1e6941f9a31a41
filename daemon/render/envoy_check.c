#include "render/envoy_check.h"

#include "base/arena.h"
#include "names/cluster_name.h"
#include "names/hostname.h"

struct checker {
	struct arena          *arena;
	struct diags          *diags;
	const struct resource *resource;
	bool                   ok;
};

/* A field in both spellings that protobuf's JSON form takes. */
struct spelling {
	const char *snake;
	const char *camel;
};

static const struct node *get(const struct node *map, const char *snake, const char *camel)
{
	const struct node *n = node_get(map, snake);

	return n ? n : node_get(map, camel);
}

static void refuse(struct checker *c, const char *field, struct str what)
{
	diag_add(c->diags, CO_ENVOY_CONSTRAINT, node_pos(c->resource->node),
	         ARGS(STR_CONCAT(c->arena, str_c(c->resource->kind), STR(" "), c->resource->name), str_c(field), what));
	c->ok = false;
}

/* cluster.proto marks these deprecated; Envoys to come refuse them. */
static const struct spelling deprecated[] = {
	{ "http_protocol_options", "httpProtocolOptions" },
	{ "http2_protocol_options", "http2ProtocolOptions" },
	{ "common_http_protocol_options", "commonHttpProtocolOptions" },
	{ "upstream_http_protocol_options", "upstreamHttpProtocolOptions" },
	{ "protocol_selection", "protocolSelection" },
	{ "max_requests_per_connection", "maxRequestsPerConnection" },
	{ "dns_failure_refresh_rate", "dnsFailureRefreshRate" },
	{ "dns_resolvers", "dnsResolvers" },
	{ "use_tcp_for_dns_lookups", "useTcpForDnsLookups" },
	{ "dns_resolution_config", "dnsResolutionConfig" },
	{ "track_timeout_budgets", "trackTimeoutBudgets" },
	{ "tls_context", "tlsContext" },
	{ "hosts", "hosts" },
};

/* "5s", "0.25s": protobuf's JSON form of a duration above zero. */
static bool is_positive_duration(struct str s)
{
	bool nonzero = false, dot = false;

	if (s.n < 2 || s.p[s.n - 1] != 's' || s.p[0] == '.')
		return false;
	for (size_t i = 0; i + 1 < s.n; i++) {
		if (s.p[i] == '.' && !dot)
			dot = true;
		else if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		nonzero = nonzero || (s.p[i] >= '1' && s.p[i] <= '9');
	}
	return nonzero;
}

static void check_word(struct checker *c, const struct node *cluster, const char *snake, const char *camel,
                       const char *const *words)
{
	const struct node *n = get(cluster, snake, camel);

	if (!n)
		return;
	for (size_t i = 0; words[i]; i++)
		if (str_is(node_text(n), words[i]))
			return;
	refuse(c, snake, STR("is not a value that Envoy knows"));
}

static void check_socket_address(struct checker *c, const struct node *endpoint, bool must_be_ip)
{
	const struct node *address = get(endpoint, "address", "address");
	const struct node *socket = get(address, "socket_address", "socketAddress");
	const struct node *host = get(socket, "address", "address"), *port = get(socket, "port_value", "portValue");
	uint64_t           number;

	if (!socket)
		return;
	if (!host || host->text_n == 0)
		refuse(c, "socket_address.address", STR("must not be empty"));
	else if (must_be_ip && !ip_is(node_text(host)))
		refuse(c, "socket_address.address", STR("must be an IP address in a STATIC cluster"));
	if (!port || !str_to_uint(node_text(port), 65535, &number))
		refuse(c, "socket_address.port_value", STR("must be at most 65535"));
}

static size_t check_endpoints(struct checker *c, const struct node *cluster, bool must_be_ip)
{
	const struct node *assignment = get(cluster, "load_assignment", "loadAssignment");
	const struct node *name = get(assignment, "cluster_name", "clusterName");
	size_t             n = 0;

	if (assignment && (!name || name->text_n == 0))
		refuse(c, "load_assignment.cluster_name", STR("must not be empty"));
	NODE_EACH (locality, get(assignment, "endpoints", "endpoints"))
		NODE_EACH (endpoint, get(locality, "lb_endpoints", "lbEndpoints")) {
			check_socket_address(c, get(endpoint, "endpoint", "endpoint"), must_be_ip);
			n++;
		}
	return n;
}

static void check_cluster(struct checker *c, const struct node *cluster)
{
	static const char *const types[] = { "STATIC", "STRICT_DNS", "LOGICAL_DNS", "EDS", "ORIGINAL_DST", NULL };
	static const char *const policies[] = { "ROUND_ROBIN",
		                                "LEAST_REQUEST",
		                                "RING_HASH",
		                                "RANDOM",
		                                "MAGLEV",
		                                "CLUSTER_PROVIDED",
		                                "LOAD_BALANCING_POLICY_CONFIG",
		                                NULL };
	static const char *const families[] = { "AUTO", "V4_ONLY", "V6_ONLY", "V4_PREFERRED", "ALL", NULL };
	const struct node       *name = get(cluster, "name", "name"), *type = get(cluster, "type", "type");
	const struct node       *timeout = get(cluster, "connect_timeout", "connectTimeout");
	const struct node       *socket = get(cluster, "transport_socket", "transportSocket");
	size_t                   endpoints;

	if (!name || name->kind != NODE_STRING || name->text_n == 0)
		refuse(c, "name", STR("must not be empty"));
	else if (cluster_name_is_istio(node_text(name)) || cluster_name_is_builtin(node_text(name)))
		refuse(c, "name", STR("is one that Istio gives itself"));
	if (timeout && !is_positive_duration(node_text(timeout)))
		refuse(c, "connect_timeout", STR("must be greater than 0s"));
	check_word(c, cluster, "type", "type", types);
	check_word(c, cluster, "lb_policy", "lbPolicy", policies);
	check_word(c, cluster, "dns_lookup_family", "dnsLookupFamily", families);
	endpoints = check_endpoints(c, cluster, type && str_is(node_text(type), "STATIC"));
	if (type && str_is(node_text(type), "LOGICAL_DNS") && endpoints != 1)
		refuse(c, "load_assignment", STR("must have exactly one endpoint in a LOGICAL_DNS cluster"));
	if (socket && !get(socket, "typed_config", "typedConfig"))
		refuse(c, "transport_socket", STR("needs typed_config"));
	for (size_t i = 0; i < sizeof(deprecated) / sizeof(deprecated[0]); i++)
		if (get(cluster, deprecated[i].snake, deprecated[i].camel))
			refuse(c, deprecated[i].snake, STR("is deprecated"));
}

bool envoy_check_concerns(const struct resource *resource)
{
	return str_is(str_c(resource->kind), "EnvoyFilter");
}

bool envoy_check(struct arena *arena, const struct node *object, const struct resource *resource, struct diags *diags)
{
	struct checker     c = { arena, diags, resource, true };
	const struct node *kind = node_get(object, "kind");

	if (!kind || !str_is(node_text(kind), "EnvoyFilter"))
		return true;
	NODE_EACH (patch, node_get(node_get(object, "spec"), "configPatches")) {
		const struct node *apply_to = node_get(patch, "applyTo"),
				  *value = node_get(node_get(patch, "patch"), "value");

		if (apply_to && str_is(node_text(apply_to), "CLUSTER") && value)
			check_cluster(&c, value);
	}
	return c.ok;
}
