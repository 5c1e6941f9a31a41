/* Clusters that Envoy would refuse, or that a later one will: each constraint at its border. */
#include "unit.h"

#include "json/json_tree.h"
#include "render/envoy_check.h"

static const char object_text[] = "{\"kind\": \"EnvoyFilter\", \"spec\": {\"configPatches\": [{\"applyTo\": \"%s\","
				  " \"patch\": {\"value\": {%s}}}]}}";

#define NAME "\"name\": \"filter.shop.a.b\""
/* A cluster of this type with one endpoint at this socket address. */
#define AT(type, address)                                                                                              \
	NAME ", \"type\": \"" type "\", \"load_assignment\": {\"cluster_name\": \"a\", \"endpoints\": [{"              \
	     "\"lb_endpoints\": [{\"endpoint\": {\"address\": {\"socket_address\": {" address "}}}}]}]}"
#define ADDRESS(host, port) "\"address\": \"" host "\", \"port_value\": " port

static const struct {
	const char *cluster;
	const char *field; /* that is refused; NULL: none */
} rows[] = {
	{ NAME, NULL },
	{ "\"type\": \"EDS\"", "name" },
	{ "\"name\": \"\"", "name" },
	{ "\"name\": 1", "name" },
	{ "\"name\": \"outbound|443||a.example.com\"", "name" },
	{ "\"name\": \"xds-grpc\"", "name" },
	/* durations */
	{ NAME ", \"connect_timeout\": \"5s\"", NULL },
	{ NAME ", \"connect_timeout\": \"1s\"", NULL },
	{ NAME ", \"connect_timeout\": \"9s\"", NULL },
	{ NAME ", \"connect_timeout\": \"0.25s\"", NULL },
	{ NAME ", \"connectTimeout\": \"0.000000001s\"", NULL },
	{ NAME ", \"connect_timeout\": \"10s\"", NULL },
	{ NAME ", \"connect_timeout\": \"0s\"", "connect_timeout" },
	{ NAME ", \"connectTimeout\": \"0s\"", "connect_timeout" },
	{ NAME ", \"connect_timeout\": \"0.0s\"", "connect_timeout" },
	{ NAME ", \"connect_timeout\": \"s\"", "connect_timeout" },
	{ NAME ", \"connect_timeout\": \"\"", "connect_timeout" },
	{ NAME ", \"connect_timeout\": \"5\"", "connect_timeout" },
	{ NAME ", \"connect_timeout\": \"5m\"", "connect_timeout" },
	{ NAME ", \"connect_timeout\": \".5s\"", "connect_timeout" },
	{ NAME ", \"connect_timeout\": \"1.2.3s\"", "connect_timeout" },
	{ NAME ", \"connect_timeout\": \"-5s\"", "connect_timeout" },
	{ NAME ", \"connect_timeout\": \"5/s\"", "connect_timeout" },
	{ NAME ", \"connect_timeout\": \"5:s\"", "connect_timeout" },
	/* words */
	{ NAME ", \"type\": \"STRICT_DNS\"", NULL },
	{ NAME ", \"type\": \"EDS\"", NULL },
	{ NAME ", \"type\": \"ORIGINAL_DST\"", NULL },
	{ NAME ", \"type\": \"DNS\"", "type" },
	{ NAME ", \"lb_policy\": \"MAGLEV\"", NULL },
	{ NAME ", \"lb_policy\": \"LOAD_BALANCING_POLICY_CONFIG\"", NULL },
	{ NAME ", \"lbPolicy\": \"PASSTHROUGH\"", "lb_policy" },
	{ NAME ", \"dns_lookup_family\": \"ALL\"", NULL },
	{ NAME ", \"dnsLookupFamily\": \"V5_ONLY\"", "dns_lookup_family" },
	/* addresses */
	{ AT("STRICT_DNS", ADDRESS("a.example.com", "443")), NULL },
	{ AT("STRICT_DNS", ADDRESS("a.example.com", "65535")), NULL },
	{ AT("STRICT_DNS", ADDRESS("a.example.com", "65536")), "socket_address.port_value" },
	{ AT("STRICT_DNS", "\"address\": \"a.example.com\""), "socket_address.port_value" },
	{ AT("STRICT_DNS", ADDRESS("", "443")), "socket_address.address" },
	{ AT("STRICT_DNS", "\"port_value\": 443"), "socket_address.address" },
	{ AT("STATIC", ADDRESS("10.0.0.1", "443")), NULL },
	{ AT("STATIC", ADDRESS("a.example.com", "443")), "socket_address.address" },
	{ NAME ", \"loadAssignment\": {\"clusterName\": \"a\"}", NULL },
	{ NAME ", \"load_assignment\": {}", "load_assignment.cluster_name" },
	{ NAME ", \"load_assignment\": {\"cluster_name\": \"\"}", "load_assignment.cluster_name" },
	/* LOGICAL_DNS */
	{ AT("LOGICAL_DNS", ADDRESS("a.example.com", "443")), NULL },
	{ NAME ", \"type\": \"LOGICAL_DNS\"", "load_assignment" },
	{ NAME ", \"type\": \"LOGICAL_DNS\", \"load_assignment\": {\"cluster_name\": \"a\", \"endpoints\": ["
	       "{\"lb_endpoints\": [{}]}, {\"lb_endpoints\": [{}]}]}",
	  "load_assignment" },
	/* sockets, and what is deprecated */
	{ NAME ", \"transport_socket\": {\"typed_config\": {}}", NULL },
	{ NAME ", \"transportSocket\": {\"typedConfig\": {}}", NULL },
	{ NAME ", \"transport_socket\": {\"name\": \"tls\"}", "transport_socket" },
	{ NAME ", \"http2_protocol_options\": {}", "http2_protocol_options" },
	{ NAME ", \"http2ProtocolOptions\": {}", "http2_protocol_options" },
	{ NAME ", \"tls_context\": {}", "tls_context" },
	{ NAME ", \"hosts\": []", "hosts" },
};

static bool check(struct fixture *f, const char *kind, const char *apply_to, const char *cluster)
{
	struct str       text = str_fmt(f->arena, object_text, apply_to, cluster);
	struct document *doc = json_tree_read(f->arena, source_from_bytes(f->arena, STR("o.json"), text), &f->diags);
	struct resource  resource = { .kind = kind, .name = STR("a"), .node = &doc->root };

	return envoy_check(f->arena, &doc->root, &resource, &f->diags);
}

static void one_field_is_refused(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *field = rows[i].field;

		row_true(rows[i].cluster, check(f, "EnvoyFilter", "CLUSTER", rows[i].cluster) == !field, "as expected");
		row_int(rows[i].cluster, (int64_t)f->diags.n, field != NULL);
		if (field) {
			struct str named = STR_CONCAT(f->arena, STR(": "), str_c(field), STR(" "));

			row_true(rows[i].cluster,
			         str_find_str(f->diags.first->message, named, 0) < f->diags.first->message.n, field);
		}
		diags_init(&f->diags, f->arena);
	}
}

/* What is not a cluster is not judged by the rules of one. */
static void only_clusters(void **state)
{
	assert_true(check(*state, "EnvoyFilter", "HTTP_FILTER", "\"type\": \"DNS\""));
	assert_false(check(*state, "EnvoyFilter", "CLUSTER", "\"type\": \"DNS\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(one_field_is_refused),
		UNIT_TEST(only_clusters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
