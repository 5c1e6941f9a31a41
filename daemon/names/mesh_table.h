/* mesh_table.h - what each Istio minor knows: one row per difference, so that no version number is written in code.
 *
 * Sources: the CRDs of Istio 1.11 to 1.31 and Istio's release notes; Envoy's release notes for what a proxy accepts.
 */
#ifndef CALLOUT_NAMES_MESH_TABLE_H
#define CALLOUT_NAMES_MESH_TABLE_H

#include "names/istio_version.h"

enum feature {
	FEATURE_WASM_PLUGIN,
	FEATURE_TRAFFIC_EXTENSION,
	FEATURE_NETWORKING_V1,
	FEATURE_WASM_VM_CONFIG,
	FEATURE_WASM_MATCH,
	FEATURE_FAIL_STRATEGY,
	FEATURE_FAIL_RELOAD,
	FEATURE_WASM_TARGET_REFS,
	FEATURE_SERVICE_ENTRY_TARGET,
	FEATURE_GATEWAY_CLASS_TARGET,
	FEATURE_ENVOY_FILTER_TARGET_REFS,          /* the field exists */
	FEATURE_ENVOY_FILTER_TARGET_REFS_HONOURED, /* and istiod obeys it: before, such a filter reaches the namespace */
	FEATURE_REFERENCED_SERVICES,
	FEATURE_RULE_WORKLOAD_SELECTOR,
	FEATURE_DNS_ROUND_ROBIN,
	FEATURE_INSECURE_SKIP_VERIFY,
	FEATURE_SYSTEM_TRUST,
	FEATURE_TYPED_SUBJECT_ALT_NAMES,
	FEATURE_LUA_DEFAULT_SOURCE,
	FEATURE_WAYPOINT,
	FEATURE_CROSS_NAMESPACE_WAYPOINT,
	FEATURE_EXTERNAL_NAME_IS_ALIAS,
	FEATURE_RULES_BY_EXPORT,
	FEATURE_ENTRIES_UNITED_ALIKE,
	FEATURE_ONE_SIDECAR_SCOPE,
	FEATURE_ROUTES_BY_NAMESPACE,
	FEATURE_EXPORTS_BY_AGE,
	FEATURE_EXACT_HOSTS_LOOKED_UP,
	FEATURE_HOSTS_TAKEN_OUT,
	FEATURE_COUNT
};

struct feature_row {
	enum feature feature;
	int          since;  /* the first minor that has it */
	const char  *name;   /* as findings say it */
	const char  *source; /* where that is documented */
};

extern const struct feature_row feature_table[FEATURE_COUNT];

/* Known to every version of the range? */
bool feature_in_all(enum feature, struct version_range);
/* Known to at least one? */
bool feature_in_some(enum feature, struct version_range);
/* The versions of the range that lack it. Only for a feature that is not known to all of them. */
struct version_range feature_lacking(enum feature, struct version_range);

#endif
