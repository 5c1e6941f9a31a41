/* The field tables of FilterManifest and Mesh: one row per field. */
#include <stddef.h>

#include "base/limits.h"
#include "manifest/manifest.h"

const char *const        proxy_words[] = { "sidecar", "gateway", "waypoint", NULL };
const char *const        protocol_words[] = { "HTTP", "HTTP2", "GRPC", NULL };
const char *const        tls_mode_words[] = { "SIMPLE", "MUTUAL", "ISTIO_MUTUAL", "DISABLE", NULL };
const char *const        resolution_words[] = { "DNS", "DNS_ROUND_ROBIN", "STATIC", NULL };
static const char *const via_words[] = { "auto", "serviceEntry", "envoyFilter", NULL };
const char *const        location_words[] = { "MESH_EXTERNAL", "MESH_INTERNAL", NULL };
static const char *const carrier_words[] = { "WasmPlugin", "TrafficExtension", "EnvoyFilter", NULL };
const char *const        phase_words[] = { "AUTHN", "AUTHZ", "STATS", NULL };
const char *const        fail_strategy_words[] = { "FAIL_CLOSE", "FAIL_OPEN", "FAIL_RELOAD", NULL };
const char *const        match_mode_words[] = { "CLIENT", "SERVER", "CLIENT_AND_SERVER", NULL };
const char *const        pull_policy_words[] = { "IfNotPresent", "Always", NULL };
const char *const        env_source_words[] = { "INLINE", "HOST", NULL };
static const char *const envoy_filter_words[] = { "allowed", "forbidden", NULL };
static const char *const lua_words[] = { "allowed", "forbidden", NULL };
static const char *const ip_family_words[] = { "IPv4", "IPv6", NULL };
static const char *const traffic_words[] = { "ALLOW_ANY", "REGISTRY_ONLY", NULL };
static const char *const api_version_words[] = { CALLOUT_API_VERSION, NULL };
static const char *const manifest_kind_words[] = { "FilterManifest", NULL };
static const char *const mesh_kind_words[] = { "Mesh", NULL };

static const char *const    encrypted_protocol_words[] = { "HTTPS", "https", "TLS", "tls", NULL };
static const char *const    refused_protocol_words[] = { "TCP",   "tcp",   "UDP",        "udp",        "MONGO",
	                                                 "REDIS", "MYSQL", "http_proxy", "HTTP_PROXY", NULL };
static const char *const    refused_resolution_words[] = { "NONE", "DYNAMIC_DNS", "none", NULL };
static const struct refusal protocol_refusals[] = {
	{ CO_PROTOCOL, encrypted_protocol_words, "write `protocol: HTTP` and `tls: {}`" },
	{ CO_PROTOCOL, refused_protocol_words, "a filter speaks HTTP, HTTP2 or GRPC to a cluster, and nothing else" },
	{ 0 },
};
static const struct refusal resolution_refusals[] = { { CO_RESOLUTION, refused_resolution_words, NULL }, { 0 } };
static const struct refusal tls_null_refusal = {
	CO_TLS_NULL, NULL, "write `tls: {}`, or `tls: {mode: DISABLE}` if the port is plaintext"
};

#define AT(type, member) .offset = offsetof(struct type, member)
#define PORT             .min = 1, .max = 65535
#define UINT31           .min = 0, .max = INT32_MAX
#define LIST             .min = 0, .max = LIMIT_LIST_ITEMS
#define FILLED_LIST      .min = 1, .max = LIMIT_LIST_ITEMS
#define DURATION         .max = INT32_MAX
#define OBJECT(id, title, text, type, table, ...)                                                                      \
	const struct object id = { .name = title,                                                                      \
		                   .doc = text,                                                                        \
		                   .size = sizeof(struct type),                                                        \
		                   .fields = table,                                                                    \
		                   .n_fields = sizeof(table) / sizeof(table[0]),                                       \
		                   __VA_ARGS__ };                                                                      \
	FIELDS_FIT(table)

/* ---- FilterManifest ---- */

static const struct field selector_fields[] = {
	/* CRD: EnvoyFilter.spec.workloadSelector.labels maxProperties */
	{ "matchLabels", FIELD_STRING_MAP, AT(selector, match_labels), .flags = FIELD_REQUIRED, .min = 1,
	  .max = LIMIT_LIST_ITEMS, .doc = "Labels that the pods must carry, all of them. No wildcards.",
	  .example = "{app: web}" },
};
static OBJECT(selector_object, "selector", "Chooses pods of the namespace by their labels.", selector, selector_fields,
              0);

static const struct field target_ref_fields[] = {
	{ "group", FIELD_STRING, AT(target_ref, group), .flags = FIELD_DEFAULTED, .default_text = "", .max = 253,
	  .format = TEXT_GROUP,
	  .doc = "API group of the object: gateway.networking.k8s.io for a Gateway, empty for a Service." },
	{ "kind", FIELD_STRING, AT(target_ref, kind), .flags = FIELD_REQUIRED, .min = 1, .max = 63,
	  .format = TEXT_KUBERNETES_KIND, .doc = "Gateway, GatewayClass, Service or ServiceEntry." },
	{ "name", FIELD_STRING, AT(target_ref, name), .flags = FIELD_REQUIRED, .min = 1, .max = 253,
	  .format = TEXT_DNS_SUBDOMAIN, .doc = "Name of the object, in the manifest's namespace." },
};
static OBJECT(target_ref_object, "targetRef",
              "One object of the Gateway API, or a Service, that the filter attaches to.", target_ref,
              target_ref_fields, 0);

static const struct field waypoint_fields[] = {
	{ "name", FIELD_STRING, AT(waypoint_ref, name), .flags = FIELD_REQUIRED, .min = 1, .max = 253,
	  .format = TEXT_DNS_SUBDOMAIN, .doc = "Name of the waypoint's Gateway." },
	{ "namespace", FIELD_STRING, AT(waypoint_ref, namespace), .min = 1, .max = 63, .format = TEXT_DNS_LABEL,
	  .doc = "Its namespace; default the manifest's." },
};
static OBJECT(waypoint_object, "waypoint", "The Gateway whose proxies run the filter, when targetRefs name Services.",
              waypoint_ref, waypoint_fields, 0);

static const char *const  target_one_of[] = { "selector", "targetRefs", NULL };
static const struct field target_fields[] = {
	{ "proxy", FIELD_ENUM, AT(target, proxy), .flags = FIELD_DEFAULTED, .default_text = "sidecar",
	  .words = proxy_words,
	  .doc = "The kind of proxy that runs the filter. It decides which objects give it clusters." },
	{ "selector", FIELD_OBJECT, AT(target, selector), .object = &selector_object,
	  .doc = "Chooses workloads by label. Without selector and targetRefs: every proxy of the namespace." },
	{ "targetRefs", FIELD_OBJECTS, AT(target, target_refs), .object = &target_ref_object, .min = 1,
	  .max = LIMIT_TARGET_REFS,
	  .doc = "Objects of the Gateway API that the filter attaches to; the only way to reach a waypoint." },
	{ "waypoint", FIELD_OBJECT, AT(target, waypoint), .object = &waypoint_object,
	  .doc = "With proxy: waypoint and targetRefs that name Services: the Gateway whose proxies run them." },
};
static OBJECT(target_object, "target", "Which proxies run the filter.", target, target_fields, .one_of = target_one_of);

static const struct field env_fields[] = {
	{ "name", FIELD_STRING, AT(env_var, name), .flags = FIELD_REQUIRED, .min = 1, .max = 256,
	  .format = TEXT_ENV_NAME,
	  .doc = "Name of the variable. Names that begin with ISTIO_META_ are stripped by the agent and refused "
	         "here." },
	{ "value", FIELD_STRING, AT(env_var, value), .max = 2048, .doc = "Its value, with valueFrom INLINE only." },
	{ "valueFrom", FIELD_ENUM, AT(env_var, value_from), .default_text = "INLINE", .words = env_source_words,
	  .doc = "INLINE: the value given here. HOST: the variable of this name in the proxy's container." },
};
static OBJECT(env_object, "env", "One environment variable of the module (WASI).", env_var, env_fields, 0);

static const struct field wasm_fields[] = {
	{ "url", FIELD_STRING, AT(wasm, url), .flags = FIELD_REQUIRED, .min = 1, .max = 4096,
	  .format = TEXT_NO_CONTROLS,
	  .doc = "Where the proxies fetch the module: oci://, https://, http:// or file:///.",
	  .example = "oci://ghcr.io/acme/auth-check:1.4.0" },
	{ "sha256", FIELD_STRING, AT(wasm, sha256), .min = 1, .format = TEXT_SHA256,
	  .doc = "Checksum that the proxies demand. For oci:// it is the digest of the image manifest, for http(s):// "
	         "that of the module." },
	{ "binary", FIELD_STRING, AT(wasm, binary), .min = 1, .max = 4096, .format = TEXT_FILE,
	  .doc = "The module as a local file beneath the manifest's directory: it is inspected, and for http(s):// its "
	         "checksum is filled in. It is never emitted.",
	  .example = "./auth-check.wasm" },
	{ "pluginName", FIELD_STRING, AT(wasm, plugin_name), .min = 1, .max = 256, .format = TEXT_NO_CONTROLS,
	  .doc = "The root id that the module registers itself under." },
	{ "imagePullPolicy", FIELD_ENUM, AT(wasm, image_pull_policy), .words = pull_policy_words,
	  .doc = "When the module is pulled again. Unset: Always for the tag latest, else IfNotPresent." },
	{ "imagePullSecret", FIELD_STRING, AT(wasm, image_pull_secret), .min = 1, .max = 253,
	  .format = TEXT_DNS_SUBDOMAIN, .doc = "Secret with registry credentials, in the manifest's namespace." },
	{ "env", FIELD_OBJECTS, AT(wasm, env), .object = &env_object, .min = 0, .max = 256,
	  .doc = "Environment variables that the module sees.", .merge_key = "name" },
};
static OBJECT(wasm_object, "wasm", "A WebAssembly module that speaks the proxy-wasm ABI.", wasm, wasm_fields, 0);

static const char *const  lua_one_of[] = { "inline", "file", NULL };
static const struct field lua_fields[] = {
	{ "inline", FIELD_STRING, AT(lua, inline_code), .min = 1, .max = LIMIT_LUA_BYTES,
	  .doc = "The script itself. Placeholders in it are replaced as text." },
	{ "file", FIELD_STRING, AT(lua, file), .min = 1, .max = 4096, .format = TEXT_FILE,
	  .doc = "The script as a file beneath the manifest's directory.", .example = "./auth.lua" },
};
static OBJECT(lua_object, "lua", "A Lua script with envoy_on_request and/or envoy_on_response.", lua, lua_fields,
              .one_of = lua_one_of, .one_required = true);

static const struct field match_port_fields[] = {
	{ "number", FIELD_INT, AT(match_port, number), .flags = FIELD_REQUIRED, PORT,
	  .doc = "Port number of the traffic." },
};
static OBJECT(match_port_object, "port", "A port that the filter runs for.", match_port, match_port_fields, 0);

static const struct field match_fields[] = {
	{ "mode", FIELD_ENUM, AT(match, mode), .words = match_mode_words,
	  .doc = "CLIENT: outbound traffic and gateways. SERVER: inbound traffic and waypoints. Unset: both." },
	{ "ports", FIELD_OBJECTS, AT(match, ports), .object = &match_port_object, FILLED_LIST,
	  .doc = "Ports of the traffic. Unset: all. A waypoint has one listener for all, so there they never match." },
};
static OBJECT(match_object, "match", "Traffic that the filter runs for; one matching entry is enough.", match,
              match_fields, 0);

static const char *const  filter_one_of[] = { "wasm", "lua", NULL };
static const struct field filter_fields[] = {
	{ "wasm", FIELD_OBJECT, AT(filter, wasm), .object = &wasm_object, .doc = "A WebAssembly filter." },
	{ "lua", FIELD_OBJECT, AT(filter, lua), .object = &lua_object, .doc = "A Lua filter." },
	{ "kind", FIELD_ENUM, AT(filter, kind), .words = carrier_words,
	  .doc = "The Istio object that carries the filter. Unset: WasmPlugin for Wasm (EnvoyFilter below Istio 1.12), "
	         "EnvoyFilter for Lua. TrafficExtension (Istio 1.30 and newer) only when asked for." },
	{ "phase", FIELD_ENUM, AT(filter, phase), .words = phase_words,
	  .doc = "Where in the chain: before Istio's authentication (AUTHN), its authorization (AUTHZ) or its "
	         "statistics (STATS). Unset: last, before the router. An EnvoyFilter knows two places: AUTHN comes first "
	         "of all filters, all else right before the router." },
	{ "priority", FIELD_INT, AT(filter, priority), .min = INT32_MIN, .max = INT32_MAX,
	  .doc = "Order among filters of one phase: higher runs first, unset runs last. In an EnvoyFilter "
	         "unset counts as 0, and all phases but AUTHN are one." },
	{ "failStrategy", FIELD_ENUM, AT(filter, fail_strategy), .default_text = "FAIL_CLOSE",
	  .words = fail_strategy_words,
	  .doc = "What happens to requests when the module fails to load or crashes. Not for Lua, which always fails "
	         "open." },
	{ "match", FIELD_OBJECTS, AT(filter, match), .object = &match_object, FILLED_LIST,
	  .doc = "Limits the filter to some traffic. Unset: all." },
	{ "config", FIELD_TREE, AT(filter, config),
	  .doc = "Handed to the filter as JSON, after placeholders such as ${upstreams.auth.cluster} are replaced. Not "
	         "for Lua.",
	  .example = "{authCluster: \"${upstreams.auth.cluster}\"}" },
};
static OBJECT(filter_object, "filter", "The filter itself. Without it only the clusters are generated.", filter,
              filter_fields, .one_of = filter_one_of, .one_required = true);

static const struct field tls_fields[] = {
	{ "mode", FIELD_ENUM, AT(tls, mode), .flags = FIELD_DEFAULTED, .default_text = "SIMPLE",
	  .words = tls_mode_words,
	  .doc = "SIMPLE: verify the server. MUTUAL: also present a certificate. ISTIO_MUTUAL: the mesh's own "
	         "identity. DISABLE: plaintext, on purpose." },
	{ "sni", FIELD_STRING, AT(tls, sni), .min = 1, .max = 255, .format = TEXT_SNI,
	  .doc = "Name sent in the TLS handshake. Default: the host." },
	{ "subjectAltNames", FIELD_STRINGS, AT(tls, subject_alt_names), FILLED_LIST, .format = TEXT_SUBJECT,
	  .doc = "Names of which the server's certificate must have one. Default: the sni, or the host." },
	{ "caCertificates", FIELD_STRING, AT(tls, ca_certificates), .default_text = "system", .min = 1, .max = 4096,
	  .format = TEXT_FILE, .doc = "\"system\", or a path in the proxy's container." },
	{ "clientCertificate", FIELD_STRING, AT(tls, client_certificate), .min = 1, .max = 4096, .format = TEXT_FILE,
	  .doc = "With MUTUAL: path of the certificate in the proxy's container." },
	{ "privateKey", FIELD_STRING, AT(tls, private_key), .min = 1, .max = 4096, .format = TEXT_FILE,
	  .doc = "With MUTUAL: path of its key in the proxy's container." },
	{ "credentialName", FIELD_STRING, AT(tls, credential_name), .min = 1, .max = 253, .format = TEXT_DNS_SUBDOMAIN,
	  .doc = "Secret with certificates, instead of paths. On a sidecar it needs target.selector with labels." },
	{ "insecureSkipVerify", FIELD_BOOL, AT(tls, insecure_skip_verify), .default_text = "false",
	  .doc = "Do not verify the server at all." },
};
static OBJECT(tls_object, "tls",
              "TLS to the upstream. {} means SIMPLE with sni, subjectAltNames and system CAs written out.", tls,
              tls_fields, 0);

static const struct field service_fields[] = {
	{ "name", FIELD_STRING, AT(service_ref, name), .flags = FIELD_REQUIRED, .min = 1, .max = 63,
	  .format = TEXT_DNS_LABEL, .doc = "Name of the Kubernetes Service." },
	{ "namespace", FIELD_STRING, AT(service_ref, namespace), .min = 1, .max = 63, .format = TEXT_DNS_LABEL,
	  .doc = "Its namespace; default the manifest's." },
};
static OBJECT(service_object, "service", "A Kubernetes Service of the mesh: istiod makes its cluster.", service_ref,
              service_fields, 0);

static const struct field endpoint_fields[] = {
	{ "address", FIELD_STRING, AT(endpoint, address), .flags = FIELD_REQUIRED, .min = 1, .max = 256,
	  .format = TEXT_ADDRESS, .doc = "IP address; with resolution DNS also a host name." },
	{ "port", FIELD_INT, AT(endpoint, port), PORT, .doc = "Its port. Default: targetPort, else port." },
};
static OBJECT(endpoint_object, "endpoint", "A fixed address of the upstream.", endpoint, endpoint_fields, 0);

static const struct field connection_pool_fields[] = {
	{ "maxConnections", FIELD_INT, AT(connection_pool, max_connections), .min = 1, .max = INT32_MAX,
	  .doc = "Connections to the upstream at one time." },
	{ "maxPendingRequests", FIELD_INT, AT(connection_pool, max_pending_requests), .min = 1, .max = INT32_MAX,
	  .doc = "Requests that may wait for a connection." },
	{ "maxRequests", FIELD_INT, AT(connection_pool, max_requests), .min = 1, .max = INT32_MAX,
	  .doc = "Requests at one time." },
	{ "maxRetries", FIELD_INT, AT(connection_pool, max_retries), .min = 1, .max = INT32_MAX,
	  .doc = "Retries at one time." },
};
static OBJECT(connection_pool_object, "connectionPool", "Circuit breakers of the cluster. Unset: no limit.",
              connection_pool, connection_pool_fields, 0);

static const struct field outlier_fields[] = {
	{ "consecutive5xxErrors", FIELD_INT, AT(outlier_detection, consecutive_5xx), UINT31,
	  .doc = "Errors in a row after which an endpoint is ejected for a while. 0: never." },
	{ "interval", FIELD_DURATION, AT(outlier_detection, interval), DURATION, .doc = "Time between two checks." },
	{ "baseEjectionTime", FIELD_DURATION, AT(outlier_detection, base_ejection_time), DURATION,
	  .doc = "How long an endpoint is ejected the first time." },
	{ "maxEjectionPercent", FIELD_INT, AT(outlier_detection, max_ejection_percent), .min = 0, .max = 100,
	  .doc = "Share of the endpoints that may be ejected at one time." },
};
static OBJECT(outlier_object, "outlierDetection", "Ejects failing endpoints for a while.", outlier_detection,
              outlier_fields, 0);

static const char *const  upstream_one_of[] = { "host", "service", "cluster", NULL };
static const struct field upstream_fields[] = {
	{ "name", FIELD_STRING, AT(upstream, name), .flags = FIELD_REQUIRED, .min = 1, .max = 63,
	  .format = TEXT_DNS_LABEL,
	  .doc = "Name of the upstream in this manifest; placeholders and object names use it.", .example = "auth" },
	{ "host", FIELD_STRING, AT(upstream, host), .min = 0, .format = TEXT_HOST,
	  .doc = "Host name to call. One of host, service and cluster is needed.", .example = "auth.example.com" },
	{ "service", FIELD_OBJECT, AT(upstream, service), .object = &service_object,
	  .doc = "A Kubernetes Service of the mesh, instead of a host." },
	{ "cluster", FIELD_STRING, AT(upstream, cluster), .min = 1, .max = 1024, .format = TEXT_CLUSTER,
	  .doc = "A cluster that the proxy already has, instead of a host." },
	{ "port", FIELD_INT, AT(upstream, port), PORT,
	  .doc = "Port of the host or Service. Default for a host: 443 with tls: {}, or 80 with tls: {mode: "
	         "DISABLE}." },
	{ "targetPort", FIELD_INT, AT(upstream, target_port), PORT,
	  .doc = "Port that is dialled, where it differs from port." },
	{ "protocol", FIELD_ENUM, AT(upstream, protocol), .flags = FIELD_DEFAULTED, .default_text = "HTTP",
	  .words = protocol_words, .refusal = protocol_refusals,
	  .doc = "What the filter speaks, inside TLS if there is any." },
	{ "tls", FIELD_OBJECT, AT(upstream, tls), .object = &tls_object, .null_refusal = &tls_null_refusal,
	  .doc = "TLS to the upstream. {} means SIMPLE with sni, subjectAltNames and system CAs written out." },
	{ "endpoints", FIELD_OBJECTS, AT(upstream, endpoints), .object = &endpoint_object, .min = 1,
	  .max = LIMIT_ENDPOINTS, .doc = "Fixed addresses, instead of resolving the host." },
	{ "resolution", FIELD_ENUM, AT(upstream, resolution), .default_text = "DNS", .words = resolution_words,
	  .refusal = resolution_refusals,
	  .doc = "DNS, DNS_ROUND_ROBIN (for hosts with rotating addresses) or STATIC (IP endpoints, and implied by "
	         "them)." },
	{ "via", FIELD_ENUM, AT(upstream, via), .flags = FIELD_DEFAULTED, .default_text = "auto", .words = via_words,
	  .doc = "What makes the cluster: a ServiceEntry, an EnvoyFilter, or what fits the target." },
	{ "clusterName", FIELD_STRING, AT(upstream, cluster_name), .min = 1, .max = 253, .format = TEXT_CLUSTER,
	  .doc = "With via: envoyFilter: the cluster's name. Default: filter.NAMESPACE.MANIFEST.UPSTREAM.",
	  .example = "rate_limit_cluster" },
	{ "isolated", FIELD_BOOL, AT(upstream, isolated), .default_text = "true",
	  .doc = "true: under a service host of its own, which touches no other team's objects. false: under the "
	         "public name." },
	{ "subset", FIELD_STRING, AT(upstream, subset), .min = 1, .max = 63, .format = TEXT_SUBSET,
	  .doc = "With service: the subset of its DestinationRule." },
	{ "authority", FIELD_STRING, AT(upstream, authority), .min = 1, .max = 255, .format = TEXT_AUTHORITY,
	  .doc = "What the filter must send as :authority. Default: the host, with :port unless 443 with TLS or 80 "
	         "without." },
	{ "path", FIELD_STRING, AT(upstream, path), .flags = FIELD_DEFAULTED, .default_text = "/", .min = 1,
	  .max = 4096, .format = TEXT_PATH, .doc = "Request path; reaches the filter by its placeholder." },
	{ "timeout", FIELD_DURATION, AT(upstream, timeout), .flags = FIELD_DEFAULTED, .default_text = "5s", DURATION,
	  .doc = "Of one call; reaches the filter as timeout or timeoutMs.", .example = "500ms" },
	{ "connectTimeout", FIELD_DURATION, AT(upstream, connect_timeout), DURATION,
	  .doc = "Of the connection to the upstream. Default: the mesh's, or 10s in an EnvoyFilter." },
	{ "connectionPool", FIELD_OBJECT, AT(upstream, connection_pool), .object = &connection_pool_object,
	  .doc = "Circuit breakers. Unset: no limit." },
	{ "outlierDetection", FIELD_OBJECT, AT(upstream, outlier_detection), .object = &outlier_object,
	  .doc = "Ejects failing endpoints for a while. {}: with Envoy's defaults." },
	{ "location", FIELD_ENUM, AT(upstream, location), .default_text = "MESH_EXTERNAL", .words = location_words,
	  .doc = "Whether the host is part of the mesh." },
	{ "exportTo", FIELD_STRINGS, AT(upstream, export_to), FILLED_LIST, .default_text = "[\".\"]",
	  .doc = "Namespaces that see the ServiceEntry: \".\" its own, \"*\" all, or names. Default: \".\", in the "
	         "root namespace \"*\"." },
};
static OBJECT(upstream_object, "upstream", "A host, Service or cluster that the filter calls.", upstream,
              upstream_fields, .one_of = upstream_one_of, .one_required = true);

static const struct field spec_fields[] = {
	{ "target", FIELD_OBJECT, AT(spec, target), .flags = FIELD_ALWAYS, .object = &target_object,
	  .doc = "Which proxies run the filter. Default: every sidecar of the namespace." },
	{ "filter", FIELD_OBJECT, AT(spec, filter), .object = &filter_object,
	  .doc = "The filter itself. Without it only the clusters are generated and named." },
	{ "upstreams", FIELD_OBJECTS, AT(spec, upstreams), .object = &upstream_object, .min = 0, .max = LIMIT_UPSTREAMS,
	  .doc = "What the filter calls.", .merge_key = "name" },
};
static OBJECT(spec_object, "spec", "What the filter is, where it runs and what it calls.", spec, spec_fields, 0);

static const struct field metadata_fields[] = {
	{ "name", FIELD_STRING, AT(metadata, name), .flags = FIELD_REQUIRED, .min = 1, .max = 63,
	  .format = TEXT_DNS_LABEL, .doc = "Name of the manifest; the names of generated objects begin with it.",
	  .example = "auth-check" },
	{ "namespace", FIELD_STRING, AT(metadata, namespace), .min = 1, .max = 63, .format = TEXT_DNS_LABEL,
	  .doc = "Namespace of the generated objects. Default: -n, else \"default\"." },
	{ "labels", FIELD_STRING_MAP, AT(metadata, labels), .doc = "Copied onto every generated object.",
	  .example = "{team: identity}" },
	{ "annotations", FIELD_STRING_MAP, AT(metadata, annotations), .doc = "Copied onto every generated object." },
};
static OBJECT(metadata_object, "metadata", "Name, namespace, labels and annotations.", metadata, metadata_fields, 0);

static const struct field filter_manifest_fields[] = {
	{ "apiVersion", FIELD_FIXED, .flags = FIELD_REQUIRED, .words = api_version_words,
	  .doc = "Version of the manifest." },
	{ "kind", FIELD_FIXED, .flags = FIELD_REQUIRED, .words = manifest_kind_words, .doc = "Kind of the document." },
	{ "metadata", FIELD_OBJECT, AT(manifest, metadata), .flags = FIELD_REQUIRED, .object = &metadata_object,
	  .doc = "Name, namespace, labels and annotations." },
	{ "spec", FIELD_OBJECT, AT(manifest, spec), .flags = FIELD_REQUIRED, .object = &spec_object,
	  .doc = "What the filter is, where it runs and what it calls." },
};
OBJECT(filter_manifest_object, "FilterManifest", "A filter of Istio's Envoy and the hosts it calls.", manifest,
       filter_manifest_fields, 0);

/* ---- Mesh ---- */

static const struct field host_rules_fields[] = {
	{ "allow", FIELD_STRINGS, AT(host_rules, allow), LIST, .format = TEXT_HOST_PATTERN,
	  .doc = "Only these may be called. \"*.example.com\" matches any depth." },
	{ "deny", FIELD_STRINGS, AT(host_rules, deny), LIST, .format = TEXT_HOST_PATTERN,
	  .doc = "These may not be called, whatever allow says. Short names are judged as what a proxy's resolver finds "
	         "under them: db is db.<namespace>.svc.<clusterDomain> too. What ends with an unknown namespace looks like "
	         "a public name: deny *.<namespace>.svc.<clusterDomain>, or use allow." },
};
static OBJECT(host_rules_object, "hosts", "Which addresses filters may call.", host_rules, host_rules_fields, 0);

static const struct field policy_fields[] = {
	{ "hosts", FIELD_OBJECT, AT(policy, hosts), .object = &host_rules_object,
	  .doc = "Applies to every address that is dialled: host, endpoints, service, cluster and clusterName." },
	{ "registries", FIELD_STRINGS, AT(policy, registries), FILLED_LIST, .format = TEXT_URL_PREFIX,
	  .doc = "URL prefixes that modules may come from, compared by scheme, host and path segments.",
	  .example = "[\"oci://ghcr.io/acme/\"]" },
	{ "requireSha256", FIELD_BOOL, AT(policy, require_sha256), .default_text = "false",
	  .doc = "Every module must be pinned by sha256, or by @sha256: in its URL." },
	{ "requireTls", FIELD_BOOL, AT(policy, require_tls), .default_text = "false",
	  .doc = "Every host must be called with verified TLS." },
	{ "requireIsolated", FIELD_BOOL, AT(policy, require_isolated), .default_text = "false",
	  .doc = "No upstream may take a public host name." },
	{ "failStrategies", FIELD_WORDS, AT(policy, fail_strategies), FILLED_LIST, .words = fail_strategy_words,
	  .doc = "Allowed failStrategy values. A Lua filter counts as FAIL_OPEN." },
	{ "lua", FIELD_ENUM, AT(policy, lua), .flags = FIELD_DEFAULTED, .default_text = "allowed", .words = lua_words,
	  .doc = "Whether Lua filters are allowed." },
	{ "exportTo", FIELD_STRINGS, AT(policy, export_to), FILLED_LIST, .format = TEXT_EXPORT,
	  .doc = "Allowed values of exportTo.", .example = "[\".\"]" },
};
static OBJECT(policy_object, "policy", "What the platform team insists on; each rule is off unless set.", policy,
              policy_fields, 0);

static const struct field mesh_spec_fields[] = {
	{ "istioVersions", FIELD_STRINGS, AT(mesh_spec, istio_versions), .min = 1, .max = 2, .flags = FIELD_REPEATS,
	  .format = TEXT_ISTIO_VERSION, .default_text = "[\"1.27\", \"1.32\"]",
	  .doc = "Lowest and highest minor running; one entry: just that.", .example = "[\"1.27\", \"1.31\"]" },
	{ "clusterDomain", FIELD_STRING, AT(mesh_spec, cluster_domain), .flags = FIELD_DEFAULTED,
	  .default_text = "cluster.local", .min = 1, .max = 253, .format = TEXT_SUFFIX,
	  .doc = "DNS domain of the cluster's Services." },
	{ "rootNamespace", FIELD_STRING, AT(mesh_spec, root_namespace), .flags = FIELD_DEFAULTED,
	  .default_text = "istio-system", .min = 1, .max = 63, .format = TEXT_DNS_LABEL,
	  .doc = "Namespace whose objects reach every proxy of the mesh." },
	{ "envoyFilter", FIELD_ENUM, AT(mesh_spec, envoy_filter), .flags = FIELD_DEFAULTED, .default_text = "allowed",
	  .words = envoy_filter_words, .doc = "forbidden: managed meshes refuse EnvoyFilter objects." },
	{ "gatewayClusterFilter", FIELD_BOOL, AT(mesh_spec, gateway_cluster_filter), .flags = FIELD_DEFAULTED,
	  .default_text = "false",
	  .doc = "Whether istiod runs with PILOT_FILTER_GATEWAY_CLUSTER_CONFIG, so that gateways get only referenced "
	         "clusters." },
	{ "isolatedSuffix", FIELD_STRING, AT(mesh_spec, isolated_suffix), .flags = FIELD_DEFAULTED,
	  .default_text = "callout.internal", .min = 1, .max = 200, .format = TEXT_SUFFIX,
	  .doc = "Suffix of the service hosts of isolated upstreams." },
	{ "isolatedPort", FIELD_INT, AT(mesh_spec, isolated_port), .flags = FIELD_DEFAULTED, .default_text = "47080",
	  PORT, .doc = "Their port; one that no other service of the mesh uses." },
	{ "ipFamilies", FIELD_WORDS, AT(mesh_spec, ip_families), .min = 1, .max = 2, .default_text = "[\"IPv4\"]",
	  .words = ip_family_words,
	  .doc = "IP families of the proxies; decides which addresses EnvoyFilter clusters resolve." },
	{ "outboundTrafficPolicy", FIELD_ENUM, AT(mesh_spec, outbound_traffic_policy), .flags = FIELD_DEFAULTED,
	  .default_text = "ALLOW_ANY", .words = traffic_words,
	  .doc = "The mesh's policy for unknown hosts. With REGISTRY_ONLY findings say what an exported ServiceEntry "
	         "opens." },
	{ "policy", FIELD_OBJECT, AT(mesh_spec, policy), .object = &policy_object,
	  .doc = "What the platform team insists on; a breach is an error that shows the policy's line too." },
};
static OBJECT(mesh_spec_object, "spec", "Facts about the mesh, and the platform team's policy.", mesh_spec,
              mesh_spec_fields, 0);

static const struct field mesh_metadata_fields[] = {
	{ "name", FIELD_STRING, AT(metadata, name), .flags = FIELD_REQUIRED, .min = 1, .max = 63,
	  .format = TEXT_DNS_LABEL, .doc = "Name of the mesh, which --mesh chooses.", .example = "production" },
	{ "namespace", FIELD_STRING, AT(metadata, namespace), .min = 1, .max = 63, .format = TEXT_DNS_LABEL,
	  .doc = "Taken, and without effect: a mesh has its root namespace in spec." },
	{ "labels", FIELD_STRING_MAP, AT(metadata, labels), .doc = "Taken, and without effect." },
	{ "annotations", FIELD_STRING_MAP, AT(metadata, annotations), .doc = "Taken, and without effect." },
};
static OBJECT(mesh_metadata_object, "metadata", "Name of the mesh.", metadata, mesh_metadata_fields, 0);

static const struct field mesh_fields[] = {
	{ "apiVersion", FIELD_FIXED, .flags = FIELD_REQUIRED, .words = api_version_words,
	  .doc = "Version of the document." },
	{ "kind", FIELD_FIXED, .flags = FIELD_REQUIRED, .words = mesh_kind_words, .doc = "Kind of the document." },
	{ "metadata", FIELD_OBJECT, AT(mesh, metadata), .flags = FIELD_REQUIRED, .object = &mesh_metadata_object,
	  .doc = "Name of the mesh, which --mesh chooses." },
	{ "spec", FIELD_OBJECT, AT(mesh, spec), .flags = FIELD_ALWAYS, .object = &mesh_spec_object,
	  .doc = "Facts about the mesh, and the platform team's policy." },
};
OBJECT(mesh_object, "Mesh", "The mesh that the filters run in, written once by whoever owns it.", mesh, mesh_fields, 0);
