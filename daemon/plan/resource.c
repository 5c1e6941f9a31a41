#include "plan/resource.h"

#include "base/arena.h"

/* ---- types: the variables of each template ---- */

#define TYPE(id, title, ...)                                                                                           \
	static const struct variable id##_variables[] = { __VA_ARGS__ };                                               \
	const struct record_type     id##_type = { title, id##_variables,                                              \
		                                   sizeof(id##_variables) / sizeof(id##_variables[0]) }
#define TEXT(name)                                                                                                     \
	{                                                                                                              \
		name, VALUE_STRING, NULL                                                                               \
	}
#define INT(name)                                                                                                      \
	{                                                                                                              \
		name, VALUE_INT, NULL                                                                                  \
	}
#define BOOL(name)                                                                                                     \
	{                                                                                                              \
		name, VALUE_BOOL, NULL                                                                                 \
	}
#define TEXTS(name)                                                                                                    \
	{                                                                                                              \
		name, VALUE_STRINGS, NULL                                                                              \
	}
#define PAIRS(name)                                                                                                    \
	{                                                                                                              \
		name, VALUE_PAIRS, NULL                                                                                \
	}
#define TREE(name)                                                                                                     \
	{                                                                                                              \
		name, VALUE_TREE, NULL                                                                                 \
	}
#define RECORD(name, type)                                                                                             \
	{                                                                                                              \
		name, VALUE_RECORD, &type##_type                                                                       \
	}
#define RECORDS(name, type)                                                                                            \
	{                                                                                                              \
		name, VALUE_RECORDS, &type##_type                                                                      \
	}
#define METADATA TEXT("name"), TEXT("namespace"), PAIRS("labels"), PAIRS("annotations")

TYPE(port, "port", INT("number"), TEXT("name"), TEXT("protocol"), INT("targetPort"));
TYPE(endpoint, "endpoint", TEXT("address"), PAIRS("ports"), INT("port"));
TYPE(connection_pool, "connection-pool", INT("maxConnections"), TEXT("connectTimeout"), INT("maxPendingRequests"),
     INT("maxRequests"), INT("maxRetries"));
TYPE(outlier_detection, "outlier-detection", INT("consecutive5xxErrors"), TEXT("interval"), TEXT("baseEjectionTime"),
     INT("maxEjectionPercent"));
TYPE(client_tls, "client-tls", TEXT("mode"), TEXT("caCertificates"), TEXT("clientCertificate"), TEXT("privateKey"),
     TEXT("credentialName"), TEXT("sni"), TEXTS("subjectAltNames"), BOOL("insecureSkipVerify"));
TYPE(port_policy, "port policy", INT("number"), RECORD("connectionPool", connection_pool),
     RECORD("outlierDetection", outlier_detection), RECORD("tls", client_tls));
TYPE(service_entry, "service-entry", TEXT("apiVersion"), METADATA, TEXT("host"), TEXTS("exportTo"), TEXT("location"),
     TEXT("resolution"), RECORDS("ports", port), RECORDS("endpoints", endpoint));
TYPE(destination_rule, "destination-rule", TEXT("apiVersion"), METADATA, TEXT("host"), TEXTS("exportTo"),
     PAIRS("selector"), RECORD("connectionPool", connection_pool), RECORD("outlierDetection", outlier_detection),
     RECORD("tls", client_tls), RECORDS("ports", port_policy));

TYPE(target_ref, "targetRef", TEXT("group"), TEXT("kind"), TEXT("name"));
TYPE(san, "subject alternative name", TEXT("type"), TEXT("name"));
TYPE(envoy_tls, "envoy-tls", TEXT("sni"), TEXTS("alpn"), TEXT("caFile"), RECORDS("typedNames", san),
     RECORDS("plainNames", san), TEXT("certificate"), TEXT("privateKey"));
TYPE(envoy_http2, "envoy-http2", TEXT("unused"));
TYPE(envoy_outlier, "envoy-outlier-detection", INT("consecutive5xxErrors"), INT("enforcing5xxErrors"), TEXT("interval"),
     TEXT("baseEjectionTime"), INT("maxEjectionPercent"));
TYPE(envoy_cluster, "envoy-cluster", TEXT("name"), TEXT("type"), TEXT("connectTimeout"), TEXT("dnsLookupFamily"),
     TEXT("lbPolicy"), RECORDS("endpoints", endpoint), INT("maxConnections"), INT("maxPendingRequests"),
     INT("maxRequests"), INT("maxRetries"), RECORD("outlierDetection", envoy_outlier), INT("panicThreshold"),
     RECORD("http2", envoy_http2), RECORD("tls", envoy_tls));
TYPE(cluster_patch, "cluster patch", TEXT("context"), RECORD("cluster", envoy_cluster));
TYPE(wasm_configuration, "wasm-configuration", TEXT("json"));
TYPE(wasm_config, "wasm-config", TEXT("name"), TEXT("rootId"), BOOL("failOpen"), TEXT("url"), TEXT("sha256"),
     RECORD("configuration", wasm_configuration), PAIRS("envValues"), TEXTS("envHost"));
TYPE(config_patch, "extension config patch", TEXT("context"), RECORD("config", wasm_config));
TYPE(lua_filter, "lua-filter", TEXT("name"), TEXT("source"), TEXT("inline"));
TYPE(wasm_filter, "wasm-filter", TEXT("name"));
TYPE(filter_patch, "filter patch", TEXT("context"), INT("port"), TEXT("operation"), TEXT("anchor"),
     RECORD("lua", lua_filter), RECORD("wasm", wasm_filter));
TYPE(envoy_filter, "envoy-filter", METADATA, PAIRS("selector"), RECORDS("targetRefs", target_ref), INT("priority"),
     RECORDS("clusters", cluster_patch), RECORDS("configs", config_patch), RECORDS("luaFilters", filter_patch),
     RECORDS("wasmFilters", filter_patch));

TYPE(env, "env", TEXT("name"), TEXT("value"), TEXT("valueFrom"));
TYPE(number, "port number", INT("number"));
TYPE(match, "match", TEXT("mode"), RECORDS("ports", number));
TYPE(wasm_plugin, "wasm-plugin", METADATA, PAIRS("selector"), RECORDS("targetRefs", target_ref), TEXT("url"),
     TEXT("sha256"), TEXT("imagePullPolicy"), TEXT("imagePullSecret"), TREE("pluginConfig"), TEXT("pluginName"),
     TEXT("phase"), INT("priority"), TEXT("failStrategy"), RECORDS("env", env), RECORDS("match", match));
TYPE(wasm_vm, "traffic-extension-wasm", TEXT("url"), TEXT("sha256"), TEXT("imagePullPolicy"), TEXT("imagePullSecret"),
     TREE("pluginConfig"), TEXT("pluginName"), TEXT("failStrategy"), RECORDS("env", env));
TYPE(traffic_extension, "traffic-extension", METADATA, PAIRS("selector"), RECORDS("targetRefs", target_ref),
     TEXT("phase"), INT("priority"), RECORDS("match", match), RECORD("wasm", wasm_vm), TEXT("luaCode"));

const struct record_type *const resource_types[] = {
	&service_entry_type,     &destination_rule_type, &envoy_filter_type,      &wasm_plugin_type,
	&traffic_extension_type, &connection_pool_type,  &outlier_detection_type, &client_tls_type,
	&envoy_cluster_type,     &envoy_tls_type,        &envoy_http2_type,       &envoy_outlier_type,
	&lua_filter_type,        &wasm_filter_type,      &wasm_config_type,       &wasm_configuration_type,
	&wasm_vm_type,
};
const size_t n_resource_types = sizeof(resource_types) / sizeof(resource_types[0]);

/* ---- records ---- */

struct record *record_new(struct arena *arena, const struct record_type *type)
{
	struct record *r = ARENA_NEW(arena, struct record);

	r->type = type;
	r->values = ARENA_ARRAY(arena, type->n, struct value);
	return r;
}

static struct value *slot(struct record *r, unsigned variable, enum value_type type, size_t n)
{
	struct value *v = &r->values[variable];

	v->type = type;
	v->n = (uint32_t)n;
	return v;
}

void set_string(struct record *r, unsigned variable, struct str s)
{
	if (str_present(s))
		slot(r, variable, VALUE_STRING, s.n)->as.text = s.p;
}

void set_int(struct record *r, unsigned variable, int64_t v)
{
	if (v != INT64_MIN)
		slot(r, variable, VALUE_INT, 1)->as.integer = v;
}

void set_bool(struct record *r, unsigned variable, bool v)
{
	slot(r, variable, VALUE_BOOL, 1)->as.boolean = v;
}

void set_strings(struct record *r, unsigned variable, const struct str *strings, size_t n)
{
	if (n)
		slot(r, variable, VALUE_STRINGS, n)->as.strings = strings;
}

void set_pairs(struct record *r, unsigned variable, const struct pair *pairs, size_t n)
{
	if (n)
		slot(r, variable, VALUE_PAIRS, n)->as.pairs = pairs;
}

void set_tree(struct record *r, unsigned variable, struct node *tree)
{
	if (tree)
		slot(r, variable, VALUE_TREE, 1)->as.tree = tree;
}

void set_record(struct record *r, unsigned variable, const struct record *record)
{
	if (record)
		slot(r, variable, VALUE_RECORD, 1)->as.record = record;
}

void set_records(struct record *r, unsigned variable, const struct record *const *records, size_t n)
{
	if (n)
		slot(r, variable, VALUE_RECORDS, n)->as.records = records;
}
