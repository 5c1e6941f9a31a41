/* The keys that are looked at, in both spellings: Envoy's own admin text is snake_case, istioctl's and istiod's protojson is
 * lowerCamelCase. Sources: envoy/admin/v3/{config_dump,config_dump_shared,clusters}.proto, envoy/config/cluster/v3,
 * envoy/extensions/transport_sockets/tls/v3, istio pilot/pkg/xds/debug.go. */
#include "dump/keys.h"

#define ONE(name, id)                                                                                                  \
	{                                                                                                              \
		STR_INIT(name), id                                                                                     \
	}
#define TWO(snake, camel, id)                                                                                          \
	{ STR_INIT(snake), id },                                                                                       \
	{                                                                                                              \
		STR_INIT(camel), id                                                                                    \
	}

/* clang-format off */
static const struct json_key top[] = {
	ONE("@type", K_TYPE_URL),
	ONE("configs", K_CONFIGS),
	TWO("static_clusters", "staticClusters", K_STATIC_CLUSTERS),
	ONE("dynamic_active_clusters", K_ACTIVE_CLUSTERS),
	ONE("dynamicActiveClusters", K_ACTIVE_CLUSTERS_CAMEL),
	TWO("dynamic_warming_clusters", "dynamicWarmingClusters", K_WARMING_CLUSTERS),
	TWO("static_endpoint_configs", "staticEndpointConfigs", K_STATIC_ENDPOINTS),
	TWO("dynamic_endpoint_configs", "dynamicEndpointConfigs", K_DYNAMIC_ENDPOINTS),
	TWO("static_listeners", "staticListeners", K_STATIC_LISTENERS),
	TWO("dynamic_listeners", "dynamicListeners", K_DYNAMIC_LISTENERS),
	TWO("ecds_filters", "ecdsFilters", K_ECDS_FILTERS),
	ONE("bootstrap", K_BOOTSTRAP),
	TWO("static_secrets", "staticSecrets", K_SECRETS),
	TWO("dynamic_active_secrets", "dynamicActiveSecrets", K_SECRETS),
	TWO("dynamic_warming_secrets", "dynamicWarmingSecrets", K_WARMING_SECRETS),
	TWO("static_route_configs", "staticRouteConfigs", K_ROUTES),
	TWO("dynamic_route_configs", "dynamicRouteConfigs", K_DYNAMIC_ROUTES),
	TWO("inline_scoped_route_configs", "inlineScopedRouteConfigs", K_ROUTES),
	TWO("dynamic_scoped_route_configs", "dynamicScopedRouteConfigs", K_ROUTES),
	TWO("cluster_statuses", "clusterStatuses", K_CLUSTER_STATUSES),
	ONE("stats", K_STATS),
	/* ?resource= gives each entry as a section of its own */
	TWO("last_updated", "lastUpdated", K_LAST_UPDATED),
	ONE("cluster", K_CLUSTER_ENTRY),
	TWO("endpoint_config", "endpointConfig", K_ENDPOINT_ENTRY),
	TWO("ecds_filter", "ecdsFilter", K_ECDS_ENTRY),
	TWO("active_state", "activeState", K_LISTENER_ENTRY),
	/* of `istioctl proxy-status`, and of CSDS itself */
	ONE("resources", K_CLIENT_CONFIGS),
	ONE("config", K_CLIENT_CONFIGS),
	TWO("type_url", "typeUrl", K_ANSWER_TYPE),
	/* other pages of Envoy */
	ONE("certificates", K_CERTS_PAGE),
	ONE("heap_size", K_HEAP_SIZE),
	ONE("command_line_options", K_COMMAND_LINE),
	ONE("listener_statuses", K_LISTENER_STATUSES),
	ONE("num_contentions", K_CONTENTIONS),
	ONE("unready_targets_dumps", K_UNREADY),
	ONE("entries", K_RUNTIME_ENTRIES),
	ONE("layers", K_RUNTIME_LAYERS),
	/* others' dumps */
	ONE("workloads", K_ZTUNNEL),
	ONE("stagedServices", K_ZTUNNEL),
	ONE("apiVersion", K_KUBERNETES),
	ONE("kind", K_KUBERNETES),
	ONE("message", K_MESSAGE),
};

#define CLUSTER_KEYS                                                                                                   \
	ONE("@type", K_TYPE_URL),                                                                                      \
	ONE("name", K_NAME),                                                                                           \
	ONE("type", K_TYPE),                                                                                           \
	TWO("cluster_type", "clusterType", K_CLUSTER_TYPE),                                                            \
	TWO("eds_cluster_config", "edsClusterConfig", K_EDS_CONFIG),                                                   \
	TWO("load_assignment", "loadAssignment", K_LOAD_ASSIGNMENT),                                                   \
	TWO("health_checks", "healthChecks", K_WATCHED),                                                               \
	TWO("outlier_detection", "outlierDetection", K_WATCHED),                                                       \
	TWO("transport_socket", "transportSocket", K_TRANSPORT_SOCKET),                                                \
	TWO("transport_socket_matches", "transportSocketMatches", K_TRANSPORT_SOCKET_MATCHES),                         \
	TWO("typed_extension_protocol_options", "typedExtensionProtocolOptions", K_PROTOCOL_OPTIONS),                  \
	TWO("http2_protocol_options", "http2ProtocolOptions", K_HTTP2_OPTIONS),                                        \
	TWO("protocol_selection", "protocolSelection", K_PROTOCOL_SELECTION),                                          \
	TWO("upstream_http_protocol_options", "upstreamHttpProtocolOptions", K_UPSTREAM_HTTP),                         \
	TWO("lb_subset_config", "lbSubsetConfig", K_SUBSETS),                                                          \
	TWO("load_balancing_policy", "loadBalancingPolicy", K_LB_POLICY),                                              \
	TWO("lb_policy", "lbPolicy", K_LB_NAME),                                                                       \
	TWO("ring_hash_lb_config", "ringHashLbConfig", K_RING_HASH),                                                   \
	TWO("upstream_config", "upstreamConfig", K_UPSTREAM_CONFIG),                                                   \
	TWO("transport_socket_matcher", "transportSocketMatcher", K_SOCKET_MATCHER),                                   \
	TWO("circuit_breakers", "circuitBreakers", K_CIRCUIT_BREAKERS),                                                \
	TWO("original_dst_lb_config", "originalDstLbConfig", K_ORIGINAL_DST),                                          \
	ONE("metadata", K_METADATA),                                                                                   \
	TWO("common_lb_config", "commonLbConfig", K_COMMON_LB),                                                        \
	TWO("connect_timeout", "connectTimeout", K_CONNECT_TIMEOUT),                                                   \
	TWO("tls_context", "tlsContext", K_V2)

static const struct json_key cluster[] = { CLUSTER_KEYS };

static const struct json_key element[] = {
	CLUSTER_KEYS,
	TWO("cluster_name", "clusterName", K_CLUSTER_NAME),
	ONE("endpoints", K_ENDPOINTS),
	ONE("policy", K_POLICY),
	TWO("host_statuses", "hostStatuses", K_HOST_STATUSES),
	TWO("observability_name", "observabilityName", K_OBSERVABILITY_NAME),
	TWO("added_via_api", "addedViaApi", K_OBSERVABILITY_NAME),
	TWO("eds_service_name", "edsServiceName", K_EDS_SERVICE_NAME),
	TWO("filter_chains", "filterChains", K_FILTER_CHAINS),
	TWO("default_filter_chain", "defaultFilterChain", K_DEFAULT_CHAIN),
	ONE("address", K_ADDRESS),
	TWO("traffic_direction", "trafficDirection", K_TRAFFIC_DIRECTION),
	TWO("virtual_hosts", "virtualHosts", K_VIRTUAL_HOSTS),
	ONE("proxy", K_PROXY),
	ONE("cluster_sent", K_CLUSTER_SENT),
	ONE("cluster_acked", K_CLUSTER_ACKED),
	ONE("extensionconfig_sent", K_EXTENSION_SENT),
	ONE("extensionconfig_acked", K_EXTENSION_ACKED),
	ONE("resources", K_RESOURCES),
	ONE("node", K_NODE),
	TWO("generic_xds_configs", "genericXdsConfigs", K_XDS_CONFIGS),
	TWO("xds_config", "xdsConfig", K_XDS_CONFIGS),
	ONE("configs", K_CONFIGS),
	ONE("workloadIps", K_ZTUNNEL), /* istioctl ztunnel-config workload, service, certificate, policy, connections */
	ONE("vips", K_ZTUNNEL),
	ONE("certChain", K_ZTUNNEL),
	ONE("scope", K_ZTUNNEL),
	ONE("connections", K_ZTUNNEL),
};

static const struct json_key entry[] = {
	ONE("cluster", K_CLUSTER_ENTRY),
	TWO("error_state", "errorState", K_ERROR_STATE),
	TWO("client_status", "clientStatus", K_CLIENT_STATUS),
};
static const struct json_key error_state[] = {
	ONE("details", K_DETAILS),
	TWO("failed_configuration", "failedConfiguration", K_FAILED_CONFIGURATION),
};
static const struct json_key cluster_type[] = {
	ONE("name", K_NAME),
	ONE("@type", K_TYPE_URL),
	TWO("typed_config", "typedConfig", K_TYPED_CONFIG),
	TWO("sub_clusters_config", "subClustersConfig", K_SUB_CLUSTERS),
	TWO("all_addresses_in_single_endpoint", "allAddressesInSingleEndpoint", K_ALL_ADDRESSES),
	TWO("service_name", "serviceName", K_SERVICE_NAME),
	TWO("use_http_header", "useHttpHeader", K_USE_HEADER),
	TWO("http_header_name", "httpHeaderName", K_HEADER_NAME),
	ONE("clusters", K_MEMBERS),
};
static const struct json_key balancing[] = {
	TWO("healthy_panic_threshold", "healthyPanicThreshold", K_PANIC),
	ONE("value", K_VALUE),
	TWO("zone_aware_lb_config", "zoneAwareLbConfig", K_ZONE_AWARE),
	TWO("fail_traffic_on_panic", "failTrafficOnPanic", K_FAILS_IN_PANIC),
	TWO("locality_lb_config", "localityLbConfig", K_LOCALITY),
	TWO("locality_weighted_lb_config", "localityWeightedLbConfig", K_LOCALITY_WEIGHTED),
	TWO("minimum_ring_size", "minimumRingSize", K_RING_SIZE),
	TWO("fallback_policy", "fallbackPolicy", K_FALLBACK),
	TWO("subset_selectors", "subsetSelectors", K_SELECTORS),
	TWO("default_subset", "defaultSubset", K_DEFAULT_SUBSET),
	TWO("locality_weight_aware", "localityWeightAware", K_WEIGHT_AWARE),
	TWO("panic_mode_any", "panicModeAny", K_PANIC_MODE_ANY),
	TWO("list_as_any", "listAsAny", K_LIST_AS_ANY),
	TWO("subset_lb_policy", "subsetLbPolicy", K_SUBSET_POLICY),
	ONE("policies", K_POLICIES),
	ONE("@type", K_TYPE_URL),
	TWO("type_url", "typeUrl", K_TYPE_URL), /* of a TypedStruct, whose value is the message */
	TWO("typed_extension_config", "typedExtensionConfig", K_EXTENSION),
	TWO("typed_config", "typedConfig", K_TYPED_CONFIG),
};
static const struct json_key tls[] = {
	ONE("name", K_NAME),
	ONE("@type", K_TYPE_URL),
	TWO("typed_config", "typedConfig", K_TYPED_CONFIG),
	TWO("transport_socket", "transportSocket", K_INNER_SOCKET),
	TWO("common_tls_context", "commonTlsContext", K_COMMON_TLS),
	TWO("alpn_protocols", "alpnProtocols", K_ALPN),
	ONE("sni", K_SNI),
	TWO("combined_validation_context", "combinedValidationContext", K_COMBINED),
	TWO("default_validation_context", "defaultValidationContext", K_DEFAULT_CONTEXT),
	TWO("validation_context", "validationContext", K_CONTEXT),
	TWO("validation_context_sds_secret_config", "validationContextSdsSecretConfig", K_CONTEXT_SDS),
	TWO("tls_certificate_sds_secret_configs", "tlsCertificateSdsSecretConfigs", K_CERTIFICATE_SDS),
	TWO("tls_certificates", "tlsCertificates", K_CERTIFICATES),
	TWO("tls_minimum_protocol_version", "tlsMinimumProtocolVersion", K_TLS_MINIMUM),
	TWO("certificate_chain", "certificateChain", K_CERTIFICATE_CHAIN),
	TWO("match_subject_alt_names", "matchSubjectAltNames", K_SAN_LIST),
	TWO("match_typed_subject_alt_names", "matchTypedSubjectAltNames", K_TYPED_SANS),
	TWO("trusted_ca", "trustedCa", K_TRUSTED_CA),
	TWO("system_root_certs", "systemRootCerts", K_SYSTEM_ROOTS),
	TWO("trust_chain_verification", "trustChainVerification", K_TRUST_CHAIN),
	TWO("allow_expired_certificate", "allowExpiredCertificate", K_EXPIRED),
	TWO("tls_params", "tlsParams", K_TLS_PARAMS),
	TWO("tls_maximum_protocol_version", "tlsMaximumProtocolVersion", K_TLS_MAXIMUM),
	TWO("upstream_tls_context", "upstreamTlsContext", K_UPSTREAM_TLS), /* of QUIC */
	TWO("auto_host_sni", "autoHostSni", K_HOST_SNI),
	TWO("auto_sni_san_validation", "autoSniSanValidation", K_SAN_BY_SNI),
	TWO("type_url", "typeUrl", K_TYPE_URL), /* of a TypedStruct, whose value is the message */
	ONE("value", K_VALUE),
	TWO("verify_certificate_spki", "verifyCertificateSpki", K_PINNED),
	TWO("verify_certificate_hash", "verifyCertificateHash", K_PINNED),
	TWO("custom_validator_config", "customValidatorConfig", K_VALIDATOR),
	ONE("filename", K_FILENAME),
	ONE("match", K_MATCH),
};
static const struct json_key san[] = {
	ONE("exact", K_EXACT),
	ONE("matcher", K_MATCHER),
	TWO("san_type", "sanType", K_SAN_TYPE),
	ONE("prefix", K_PREFIX),
	ONE("suffix", K_SUFFIX),
	ONE("contains", K_CONTAINS),
	TWO("safe_regex", "safeRegex", K_SAFE_REGEX),
	ONE("regex", K_REGEX),
};
static const struct json_key metadata[] = {
	TWO("filter_metadata", "filterMetadata", K_FILTER_METADATA),
	ONE("istio", K_ISTIO),
	ONE("config", K_CONFIG),
	ONE("services", K_SERVICES),
	ONE("namespace", K_NAMESPACE),
	ONE("name", K_NAME),
	ONE("alpn_override", K_ALPN_OVERRIDE),
};
static const struct json_key http[] = {
	ONE("envoy.extensions.upstreams.http.v3.HttpProtocolOptions", K_HTTP_PROTOCOL_OPTIONS),
	TWO("explicit_http_config", "explicitHttpConfig", K_EXPLICIT),
	TWO("http_protocol_options", "httpProtocolOptions", K_EXPLICIT_1),
	TWO("http2_protocol_options", "http2ProtocolOptions", K_EXPLICIT_2),
	TWO("http3_protocol_options", "http3ProtocolOptions", K_EXPLICIT_3),
	TWO("use_downstream_protocol_config", "useDownstreamProtocolConfig", K_DOWNSTREAM),
	TWO("auto_config", "autoConfig", K_AUTO),
	TWO("upstream_http_protocol_options", "upstreamHttpProtocolOptions", K_UPSTREAM_HTTP),
	ONE("value", K_VALUE), /* of a TypedStruct */
	TWO("auto_sni", "autoSni", K_AUTO_SNI),
	TWO("auto_san_validation", "autoSanValidation", K_AUTO_SAN),
	TWO("override_auto_sni_header", "overrideAutoSniHeader", K_SNI_HEADER),
	TWO("http_filters", "httpFilters", K_HTTP_FILTERS),
	ONE("name", K_NAME),
	ONE("disabled", K_DISABLED),
	TWO("typed_config", "typedConfig", K_TYPED_CONFIG),
	ONE("@type", K_TYPE_URL),
};
static const struct json_key breaker[] = {
	ONE("thresholds", K_THRESHOLDS),
	ONE("priority", K_PRIORITY),
	TWO("max_connection_pools", "maxConnectionPools", K_MAX_POOLS),
	TWO("max_pending_requests", "maxPendingRequests", K_MAX_PENDING),
	TWO("max_requests", "maxRequests", K_MAX_REQUESTS),
};
static const struct json_key assignment[] = {
	TWO("cluster_name", "clusterName", K_CLUSTER_NAME),
	ONE("endpoints", K_ENDPOINTS),
	TWO("endpoint_config", "endpointConfig", K_ENDPOINT_ENTRY),
	ONE("policy", K_POLICY),
	TWO("overprovisioning_factor", "overprovisioningFactor", K_OVERPROVISIONING),
	TWO("weighted_priority_health", "weightedPriorityHealth", K_BY_WEIGHT),
	TWO("drop_overloads", "dropOverloads", K_DROPS),
	TWO("drop_percentage", "dropPercentage", K_DROP_PERCENTAGE),
	ONE("numerator", K_NUMERATOR),
	ONE("denominator", K_DENOMINATOR),
};
static const struct json_key endpoint[] = {
	TWO("lb_endpoints", "lbEndpoints", K_LB_ENDPOINTS),
	TWO("load_balancing_weight", "loadBalancingWeight", K_WEIGHT),
	ONE("locality", K_LOCALITY),
	ONE("priority", K_PRIORITY),
	ONE("endpoint", K_ENDPOINT),
	ONE("metadata", K_METADATA),
	TWO("filter_metadata", "filterMetadata", K_FILTER_METADATA),
	ONE("envoy.transport_socket_match", K_MATCH),
	ONE("envoy.lb", K_LB_LABELS),
	TWO("health_status", "healthStatus", K_HEALTH_STATUS),
	ONE("address", K_ADDRESS),
	TWO("socket_address", "socketAddress", K_SOCKET_ADDRESS),
	TWO("port_value", "portValue", K_PORT),
	ONE("hostname", K_HOSTNAME),
};
static const struct json_key status[] = {
	ONE("name", K_NAME),
	TWO("host_statuses", "hostStatuses", K_HOST_STATUSES),
	TWO("eds_service_name", "edsServiceName", K_EDS_SERVICE_NAME),
};
static const struct json_key health[] = {
	ONE("address", K_ADDRESS),
	TWO("health_status", "healthStatus", K_HEALTH_STATUS),
	TWO("eds_health_status", "edsHealthStatus", K_EDS_HEALTH),
	TWO("failed_active_health_check", "failedActiveHealthCheck", K_UNHEALTHY),
	TWO("failed_outlier_check", "failedOutlierCheck", K_UNHEALTHY),
	TWO("pending_dynamic_removal", "pendingDynamicRemoval", K_UNHEALTHY),
	TWO("failed_active_degraded_check", "failedActiveDegradedCheck", K_DEGRADED),
	TWO("failed_degraded_outlier_detection", "failedDegradedOutlierDetection", K_DEGRADED),
	TWO("pending_active_hc", "pendingActiveHc", K_EXCLUDED),
	TWO("excluded_via_immediate_hc_fail", "excludedViaImmediateHcFail", K_EXCLUDED),
	TWO("active_hc_timeout", "activeHcTimeout", K_UNHEALTHY),
	ONE("priority", K_PRIORITY),
	ONE("stats", K_STATS),
	ONE("name", K_NAME),
	ONE("value", K_VALUE),
};
static const struct json_key node[] = {
	TWO("static_resources", "staticResources", K_STATIC_RESOURCES),
	ONE("clusters", K_MEMBERS),
	ONE("node", K_NODE),
	ONE("id", K_ID),
	ONE("metadata", K_METADATA),
	ONE("ISTIO_VERSION", K_VERSION),
	ONE("NAMESPACE", K_NAMESPACE),
	ONE("LABELS", K_LABELS),
	ONE("ANNOTATIONS", K_ANNOTATIONS),
	ONE("istio.io/rev", K_REVISION),
};
static const struct json_key plugin[] = {
	TWO("ecds_filter", "ecdsFilter", K_ECDS_ENTRY),
	TWO("error_state", "errorState", K_ERROR_STATE),
	TWO("client_status", "clientStatus", K_CLIENT_STATUS),
	ONE("name", K_NAME),
	TWO("typed_config", "typedConfig", K_TYPED_CONFIG),
	ONE("disabled", K_DISABLED),
	ONE("config", K_CONFIG),
	TWO("source_code", "sourceCode", K_SOURCE_CODE),
};
static const struct json_key wasm[] = {
	ONE("@type", K_TYPE_URL),
	ONE("config", K_CONFIG),
	ONE("configuration", K_CONFIGURATION),
	ONE("value", K_VALUE),
	TWO("root_id", "rootId", K_ROOT_ID),
	TWO("vm_config", "vmConfig", K_VM_CONFIG),
	TWO("environment_variables", "environmentVariables", K_ENVIRONMENT),
	TWO("key_values", "keyValues", K_KEY_VALUES),
	TWO("host_env_keys", "hostEnvKeys", K_HOST_KEYS),
	TWO("failure_policy", "failurePolicy", K_FAILURE_POLICY),
	TWO("fail_open", "failOpen", K_FAIL_OPEN),
	ONE("rules", K_RULES),
	TWO("type_url", "typeUrl", K_TYPE_URL), /* of a TypedStruct, whose value is the message */
	TWO("default_source_code", "defaultSourceCode", K_SOURCE_CODE),
	TWO("inline_string", "inlineString", K_INLINE),
	TWO("inline_code", "inlineCode", K_INLINE),
	TWO("extension_config", "extensionConfig", K_EXTENSION_CONFIG),
	TWO("xds_matcher", "xdsMatcher", K_XDS_MATCHER),
};
static const struct json_key matcher[] = { TWO("xds_matcher", "xdsMatcher", K_XDS_MATCHER) };
static const struct json_key listener[] = {
	ONE("name", K_NAME),
	ONE("listener", K_LISTENER),
	ONE("address", K_ADDRESS),
	TWO("active_state", "activeState", K_ACTIVE_STATE),
	TWO("warming_state", "warmingState", K_WARMING_STATE),
	TWO("error_state", "errorState", K_ERROR_STATE),
	TWO("filter_chains", "filterChains", K_FILTER_CHAINS),
	TWO("default_filter_chain", "defaultFilterChain", K_DEFAULT_CHAIN),
	ONE("filters", K_FILTERS),
	TWO("typed_config", "typedConfig", K_TYPED_CONFIG),
	TWO("http_filters", "httpFilters", K_HTTP_FILTERS),
	ONE("cluster", K_CLUSTER_ENTRY), /* of a TCP proxy */
	TWO("route_config", "routeConfig", K_ROUTE_CONFIG),
	ONE("rds", K_RDS),
	TWO("scoped_routes", "scopedRoutes", K_RDS),
	TWO("route_config_name", "routeConfigName", K_ROUTE_CONFIG_NAME),
};
static const struct json_key route[] = {
	ONE("name", K_NAME),
	TWO("virtual_hosts", "virtualHosts", K_VIRTUAL_HOSTS),
	ONE("vhds", K_VHDS),
	ONE("routes", K_HOST_ROUTES),
	ONE("matcher", K_MATCHER),
	ONE("route", K_ROUTE_ACTION),
	TWO("weighted_clusters", "weightedClusters", K_WEIGHTED_CLUSTERS),
	ONE("clusters", K_CLUSTERS),
	TWO("typed_per_filter_config", "typedPerFilterConfig", K_PER_FILTER),
};
static const struct json_key sync[] = {
	ONE("proxy", K_PROXY),
	ONE("cluster_sent", K_CLUSTER_SENT),
	ONE("cluster_acked", K_CLUSTER_ACKED),
	ONE("extensionconfig_sent", K_EXTENSION_SENT),
	ONE("extensionconfig_acked", K_EXTENSION_ACKED),
	ONE("resources", K_RESOURCES),
	ONE("type.googleapis.com/envoy.config.cluster.v3.Cluster", K_CDS),
	ONE("type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig", K_ECDS),
	ONE("sent", K_SENT),
	ONE("acked", K_ACKED),
	ONE("lastError", K_LAST_ERROR),
	ONE("node", K_NODE),
	ONE("id", K_ID),
	TWO("generic_xds_configs", "genericXdsConfigs", K_XDS_CONFIGS),
	TWO("xds_config", "xdsConfig", K_XDS_CONFIGS),
	TWO("type_url", "typeUrl", K_TYPE_URL),
	TWO("cluster_config", "clusterConfig", K_CLUSTER_CONFIG),
	TWO("config_status", "configStatus", K_SYNC_STATUS),
	ONE("status", K_SYNC_STATUS),
	TWO("error_state", "errorState", K_ERROR_STATE),
};
static const struct json_key stat[] = { ONE("name", K_NAME), ONE("value", K_VALUE) };
/* clang-format on */

#define KEYS(table)                                                                                                    \
	{                                                                                                              \
		table, sizeof(table) / sizeof(table[0]), 0                                                             \
	}

void keys_prepare(struct json_keys tables[KEYS_N])
{
	static const struct json_keys made[KEYS_N] = {
		[KEYS_TOP] = KEYS(top),
		[KEYS_ELEMENT] = KEYS(element),
		[KEYS_CLUSTER] = KEYS(cluster),
		[KEYS_ENTRY] = KEYS(entry),
		[KEYS_ERROR_STATE] = KEYS(error_state),
		[KEYS_CLUSTER_TYPE] = KEYS(cluster_type),
		[KEYS_BALANCING] = KEYS(balancing),
		[KEYS_TLS] = KEYS(tls),
		[KEYS_SAN] = KEYS(san),
		[KEYS_METADATA] = KEYS(metadata),
		[KEYS_HTTP] = KEYS(http),
		[KEYS_BREAKER] = KEYS(breaker),
		[KEYS_ASSIGNMENT] = KEYS(assignment),
		[KEYS_ENDPOINT] = KEYS(endpoint),
		[KEYS_STATUS] = KEYS(status),
		[KEYS_HEALTH] = KEYS(health),
		[KEYS_NODE] = KEYS(node),
		[KEYS_PLUGIN] = KEYS(plugin),
		[KEYS_WASM] = KEYS(wasm),
		[KEYS_MATCHER] = KEYS(matcher),
		[KEYS_LISTENER] = KEYS(listener),
		[KEYS_ROUTE] = KEYS(route),
		[KEYS_SYNC] = KEYS(sync),
		[KEYS_STAT] = KEYS(stat),
	};

	for (unsigned i = 0; i < KEYS_N; i++) {
		tables[i] = made[i];
		json_keys_prepare(&tables[i]);
	}
}
