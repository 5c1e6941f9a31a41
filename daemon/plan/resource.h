/* resource.h - generated objects as the plan hands them to the templates: records of named values.
 *
 * A record type lists the variables that its template may use; templates/<type>.yaml has the shape. Nothing here
 * knows YAML or JSON.
 */
#ifndef CALLOUT_PLAN_RESOURCE_H
#define CALLOUT_PLAN_RESOURCE_H

#include "json/tree.h"

enum value_type {
	VALUE_ABSENT,
	VALUE_STRING,
	VALUE_INT,
	VALUE_BOOL,
	VALUE_STRINGS, /* a list of strings */
	VALUE_PAIRS,   /* a map of strings or integers, sorted by key */
	VALUE_TREE,    /* free-form; made for this record, whose template takes it over */
	VALUE_RECORD,  /* rendered by the template of its type */
	VALUE_RECORDS, /* for $each */
};

struct pair {
	struct str key;
	struct str text;
	bool       is_int; /* text is a decimal number */
};

struct record;

struct value {
	enum value_type type;
	uint32_t        n; /* bytes of a string; items of a list */
	union {
		const char                 *text;
		int64_t                     integer;
		bool                        boolean;
		const struct str           *strings;
		const struct pair          *pairs;
		struct node                *tree;
		const struct record        *record;
		const struct record *const *records;
	} as;
};

struct record_type;

struct variable {
	const char               *name;
	enum value_type           type;
	const struct record_type *record; /* of VALUE_RECORD and VALUE_RECORDS */
};

struct record_type {
	const char            *name;
	const struct variable *variables;
	size_t                 n;
};

struct record {
	const struct record_type *type;
	struct value             *values; /* one for each variable; VALUE_ABSENT unless set */
};

/* The types that have a template of their own, in the order of resource_types. */
extern const struct record_type service_entry_type, destination_rule_type, envoy_filter_type, wasm_plugin_type,
	traffic_extension_type, connection_pool_type, outlier_detection_type, client_tls_type, envoy_cluster_type,
	envoy_tls_type, envoy_http2_type, envoy_outlier_type, lua_filter_type, wasm_filter_type, wasm_config_type,
	wasm_configuration_type, wasm_vm_type;

extern const struct record_type *const resource_types[];
extern const size_t                    n_resource_types;

/* Types of $each items, which have no template of their own. */
extern const struct record_type port_type, endpoint_type, port_policy_type, target_ref_type, cluster_patch_type,
	config_patch_type, filter_patch_type, san_type, env_type, match_type, number_type;

/* Variables by number, in the order of the type's table. */
enum {
	SE_API_VERSION,
	SE_NAME,
	SE_NAMESPACE,
	SE_LABELS,
	SE_ANNOTATIONS,
	SE_HOST,
	SE_EXPORT_TO,
	SE_LOCATION,
	SE_RESOLUTION,
	SE_PORTS,
	SE_ENDPOINTS
};
enum { PORT_NUMBER, PORT_NAME, PORT_PROTOCOL, PORT_TARGET_PORT };
enum { ENDPOINT_ADDRESS, ENDPOINT_PORTS, ENDPOINT_PORT };
enum {
	DR_API_VERSION,
	DR_NAME,
	DR_NAMESPACE,
	DR_LABELS,
	DR_ANNOTATIONS,
	DR_HOST,
	DR_EXPORT_TO,
	DR_SELECTOR,
	DR_CONNECTION_POOL,
	DR_OUTLIER_DETECTION,
	DR_TLS,
	DR_PORTS
};
enum { PP_NUMBER, PP_CONNECTION_POOL, PP_OUTLIER_DETECTION, PP_TLS };
enum { CP_MAX_CONNECTIONS, CP_CONNECT_TIMEOUT, CP_MAX_PENDING, CP_MAX_REQUESTS, CP_MAX_RETRIES };
enum { OD_CONSECUTIVE_5XX, OD_INTERVAL, OD_BASE_EJECTION_TIME, OD_MAX_EJECTION_PERCENT };
enum {
	CT_MODE,
	CT_CA_CERTIFICATES,
	CT_CLIENT_CERTIFICATE,
	CT_PRIVATE_KEY,
	CT_CREDENTIAL_NAME,
	CT_SNI,
	CT_SUBJECT_ALT_NAMES,
	CT_INSECURE_SKIP_VERIFY
};
enum {
	EF_NAME,
	EF_NAMESPACE,
	EF_LABELS,
	EF_ANNOTATIONS,
	EF_SELECTOR,
	EF_TARGET_REFS,
	EF_PRIORITY,
	EF_CLUSTERS,
	EF_CONFIGS,
	EF_LUA_FILTERS,
	EF_WASM_FILTERS
};
enum { REF_GROUP, REF_KIND, REF_NAME };
enum { CLUSTER_PATCH_CONTEXT, CLUSTER_PATCH_CLUSTER };
enum {
	EC_NAME,
	EC_TYPE,
	EC_CONNECT_TIMEOUT,
	EC_DNS_LOOKUP_FAMILY,
	EC_LB_POLICY,
	EC_ENDPOINTS,
	EC_MAX_CONNECTIONS,
	EC_MAX_PENDING,
	EC_MAX_REQUESTS,
	EC_MAX_RETRIES,
	EC_OUTLIER,
	EC_PANIC_THRESHOLD,
	EC_HTTP2,
	EC_TLS
};
enum { ET_SNI, ET_ALPN, ET_CA_FILE, ET_TYPED_NAMES, ET_PLAIN_NAMES, ET_CERTIFICATE, ET_PRIVATE_KEY };
enum { SAN_TYPE, SAN_NAME };
enum { EO_CONSECUTIVE_5XX, EO_ENFORCING_5XX, EO_INTERVAL, EO_BASE_EJECTION_TIME, EO_MAX_EJECTION_PERCENT };
enum { FP_CONTEXT, FP_PORT, FP_OPERATION, FP_ANCHOR, FP_LUA, FP_WASM };
enum { LF_NAME, LF_SOURCE, LF_INLINE };
enum { WF_NAME };
enum { WC_CONTEXT, WC_CONFIG };
enum { WX_NAME, WX_ROOT_ID, WX_FAIL_OPEN, WX_URL, WX_SHA256, WX_CONFIGURATION, WX_ENV_PAIRS, WX_ENV_HOST };
enum { WJ_JSON };
enum {
	WP_NAME,
	WP_NAMESPACE,
	WP_LABELS,
	WP_ANNOTATIONS,
	WP_SELECTOR,
	WP_TARGET_REFS,
	WP_URL,
	WP_SHA256,
	WP_PULL_POLICY,
	WP_PULL_SECRET,
	WP_CONFIG,
	WP_PLUGIN_NAME,
	WP_PHASE,
	WP_PRIORITY,
	WP_FAIL_STRATEGY,
	WP_ENV,
	WP_MATCH
};
enum { ENV_NAME, ENV_VALUE, ENV_VALUE_FROM };
enum { MATCH_MODE, MATCH_PORTS };
enum { NUMBER_NUMBER };
enum {
	TE_NAME,
	TE_NAMESPACE,
	TE_LABELS,
	TE_ANNOTATIONS,
	TE_SELECTOR,
	TE_TARGET_REFS,
	TE_PHASE,
	TE_PRIORITY,
	TE_MATCH,
	TE_WASM,
	TE_LUA_CODE
};
enum { VM_URL, VM_SHA256, VM_PULL_POLICY, VM_PULL_SECRET, VM_CONFIG, VM_PLUGIN_NAME, VM_FAIL_STRATEGY, VM_ENV };

struct record *record_new(struct arena *, const struct record_type *);

/* Setting a value that is absent, empty as a list, or INT64_MIN leaves the variable absent. */
void set_string(struct record *, unsigned variable, struct str);
void set_int(struct record *, unsigned variable, int64_t);
void set_bool(struct record *, unsigned variable, bool);
void set_strings(struct record *, unsigned variable, const struct str *, size_t n);
void set_pairs(struct record *, unsigned variable, const struct pair *, size_t n);
void set_tree(struct record *, unsigned variable, struct node *);
void set_record(struct record *, unsigned variable, const struct record *);
void set_records(struct record *, unsigned variable, const struct record *const *, size_t n);

#endif
