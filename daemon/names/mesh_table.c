#include "names/mesh_table.h"

#define ROW(feature, since, name, source) [feature] = { feature, since, name, source }

const struct feature_row feature_table[FEATURE_COUNT] = {
	ROW(FEATURE_WASM_PLUGIN, 12, "WasmPlugin", "istio 1.12 release notes"),
	ROW(FEATURE_TRAFFIC_EXTENSION, 30, "TrafficExtension", "istio/api 1.30 CRD"),
	ROW(FEATURE_NETWORKING_V1, 22, "networking.istio.io/v1", "istio/api 1.22 CRD"),
	ROW(FEATURE_WASM_VM_CONFIG, 14, "env", "istio/api WasmPlugin.vmConfig"),
	ROW(FEATURE_WASM_MATCH, 16, "match", "istio/api WasmPlugin.match"),
	ROW(FEATURE_FAIL_STRATEGY, 19, "failStrategy", "istio/api 1.19 CRD"),
	ROW(FEATURE_FAIL_RELOAD, 27, "failStrategy FAIL_RELOAD", "istio/api 1.27 CRD"),
	ROW(FEATURE_WASM_TARGET_REFS, 22, "targetRefs of a WasmPlugin", "istio/api 1.22 CRD"),
	ROW(FEATURE_SERVICE_ENTRY_TARGET, 24, "a ServiceEntry in targetRefs",
	    "istio/api 1.24 CRD, CEL rule of targetRefs"),
	ROW(FEATURE_GATEWAY_CLASS_TARGET, 25, "a GatewayClass in targetRefs",
	    "istio/api 1.25 CRD, CEL rule of targetRefs"),
	ROW(FEATURE_ENVOY_FILTER_TARGET_REFS, 22, "targetRefs of an EnvoyFilter", "istio/api 1.22 CRD"),
	ROW(FEATURE_ENVOY_FILTER_TARGET_REFS_HONOURED, 27, "targetRefs of an EnvoyFilter",
	    "istio release note 56476: ignored before, the filter then applies to the whole namespace"),
	ROW(FEATURE_REFERENCED_SERVICES, 26, "the annotation envoyfilter.istio.io/referenced-services", "istio 1.26"),
	ROW(FEATURE_RULE_WORKLOAD_SELECTOR, 14, "workloadSelector of a DestinationRule", "istio 1.14 CRD"),
	ROW(FEATURE_DNS_ROUND_ROBIN, 12, "resolution DNS_ROUND_ROBIN", "istio 1.12 CRD"),
	ROW(FEATURE_INSECURE_SKIP_VERIFY, 12, "insecureSkipVerify", "istio 1.12 CRD"),
	ROW(FEATURE_SYSTEM_TRUST, 12, "caCertificates system",
	    "istio 1.12 pkg/security FileRootSystemCACert: before, the agent looks for a file of that name"),
	ROW(FEATURE_TYPED_SUBJECT_ALT_NAMES, 13, "match_typed_subject_alt_names", "Envoy 1.21"),
	ROW(FEATURE_LUA_DEFAULT_SOURCE, 15, "default_source_code", "Envoy 1.23 deprecates inline_code"),
	ROW(FEATURE_WAYPOINT, 18, "waypoints", "istio 1.18"),
	ROW(FEATURE_CROSS_NAMESPACE_WAYPOINT, 31, "a filter on Services of a waypoint in another namespace",
	    "istio 1.31: before, such a plugin's ECDS resource never came and the waypoint hung"),
	ROW(FEATURE_EXTERNAL_NAME_IS_ALIAS, 21, "aliases by ExternalName",
	    "istio 1.21: ENABLE_EXTERNAL_NAME_ALIAS is on; before, it made a cluster"),
	ROW(FEATURE_RULES_BY_EXPORT, 24, "DestinationRules united by exportTo",
	    "istio 1.24: ENABLE_ENHANCED_DESTINATIONRULE_MERGE is on; before, all of a host and namespace were united"),
	ROW(FEATURE_ENTRIES_UNITED_ALIKE, 22, "ServiceEntries united only where they are alike",
	    "istio 1.22, pull request 49595: before, a Sidecar unites all of a namespace, and without one each keeps its ports"),
	ROW(FEATURE_ONE_SIDECAR_SCOPE, 24, "ServiceEntries of the own namespace first",
	    "istio 1.24, pull request 51776: PILOT_UNIFIED_SIDECAR_SCOPE is on; before, that is so behind a Sidecar alone"),
	ROW(FEATURE_ROUTES_BY_NAMESPACE, 24, "sourceNamespace of a VirtualService behind a Sidecar",
	    "istio 1.24, pull request 52302: before, a route for other namespaces brings its destinations, too"),
	ROW(FEATURE_EXPORTS_BY_AGE, 30, "ServiceEntries exported to a namespace by age",
	    "istio 1.30, pull request 60819: before, those of the namespace itself come before others exported to it by name"),
	ROW(FEATURE_EXACT_HOSTS_LOOKED_UP, 31, "one ServiceEntry for an exact host of a Sidecar",
	    "istio 1.31, pull request 60473: a listener with exact hosts alone takes the oldest of each namespace"),
	ROW(FEATURE_HOSTS_TAKEN_OUT, 31, "~ before a host of a Sidecar",
	    "istio 1.31, pull request 60581: before, ~ is a namespace that nobody has, and takes nothing out"),
};

bool feature_in_all(enum feature feature, struct version_range range)
{
	return range.low >= feature_table[feature].since;
}

bool feature_in_some(enum feature feature, struct version_range range)
{
	return range.high >= feature_table[feature].since;
}

struct version_range feature_lacking(enum feature feature, struct version_range range)
{
	int last = feature_table[feature].since - 1;

	return (struct version_range){ range.low, range.high < last ? range.high : last };
}
