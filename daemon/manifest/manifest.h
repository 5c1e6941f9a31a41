/* manifest.h - the two documents of Callout: FilterManifest and Mesh, as the author wrote them.
 *
 * The structs mirror the documents; defaults that stand in the field tables are filled in, those that follow from
 * other fields are worked out by the functions at the end. Everything lives in the arena that decoded it, and
 * `node` leads back to the place in the source.
 */
#ifndef CALLOUT_MANIFEST_MANIFEST_H
#define CALLOUT_MANIFEST_MANIFEST_H

#include "manifest/fields.h"
#include "names/istio_version.h"

#define CALLOUT_API_VERSION "callout.dev/v1alpha1"

enum proxy { PROXY_SIDECAR = 1, PROXY_GATEWAY, PROXY_WAYPOINT };
enum protocol { PROTOCOL_HTTP = 1, PROTOCOL_HTTP2, PROTOCOL_GRPC };
enum tls_mode { TLS_SIMPLE = 1, TLS_MUTUAL, TLS_ISTIO_MUTUAL, TLS_DISABLE };
enum resolution { RESOLUTION_DNS = 1, RESOLUTION_DNS_ROUND_ROBIN, RESOLUTION_STATIC };
enum via { VIA_AUTO = 1, VIA_SERVICE_ENTRY, VIA_ENVOY_FILTER };
enum location { LOCATION_EXTERNAL = 1, LOCATION_INTERNAL };
enum carrier { CARRIER_AUTO, CARRIER_WASM_PLUGIN, CARRIER_TRAFFIC_EXTENSION, CARRIER_ENVOY_FILTER };
enum phase { PHASE_UNSET, PHASE_AUTHN, PHASE_AUTHZ, PHASE_STATS };
enum fail_strategy { FAIL_UNSET, FAIL_CLOSE, FAIL_OPEN, FAIL_RELOAD };
enum match_mode { MATCH_UNSET, MATCH_CLIENT, MATCH_SERVER, MATCH_CLIENT_AND_SERVER };
enum pull_policy { PULL_UNSET, PULL_IF_NOT_PRESENT, PULL_ALWAYS };
enum env_source { ENV_UNSET, ENV_INLINE, ENV_HOST };

/* The words of each enum as documents have them, in its order; each list ends with NULL. */
extern const char *const proxy_words[];
extern const char *const protocol_words[];
extern const char *const tls_mode_words[];
extern const char *const resolution_words[];
extern const char *const location_words[];
extern const char *const phase_words[];
extern const char *const fail_strategy_words[];
extern const char *const match_mode_words[];
extern const char *const pull_policy_words[];
extern const char *const env_source_words[];

struct metadata {
	const struct node *node;
	struct str         name;
	struct str namespace; /* never absent: -n or "default" fills it in */
	const struct node *labels;
	const struct node *annotations;
};

struct selector {
	const struct node *node;
	const struct node *match_labels;
};

struct target_ref {
	const struct node *node;
	struct str         group, kind, name;
};

struct waypoint_ref {
	const struct node *node;
	struct str         name, namespace;
};

struct target {
	const struct node   *node;
	unsigned             proxy;
	struct selector     *selector;
	struct objects       target_refs; /* of struct target_ref */
	struct waypoint_ref *waypoint;
};

struct env_var {
	const struct node *node;
	struct str         name, value;
	unsigned           value_from;
};

struct wasm {
	const struct node *node;
	struct str         url, sha256, binary, plugin_name, image_pull_secret;
	unsigned           image_pull_policy;
	struct objects     env; /* of struct env_var */
};

struct lua {
	const struct node *node;
	struct str         inline_code, file;
};

struct match_port {
	const struct node *node;
	int64_t            number;
};

struct match {
	const struct node *node;
	unsigned           mode;
	struct objects     ports; /* of struct match_port */
};

struct filter {
	const struct node *node;
	struct wasm       *wasm;
	struct lua        *lua;
	unsigned           kind;
	unsigned           phase;
	int64_t            priority;
	unsigned           fail_strategy;
	struct objects     match;
	const struct node *config;
};

struct tls {
	const struct node *node;
	unsigned           mode;
	struct str         sni;
	struct strings     subject_alt_names;
	struct str         ca_certificates, client_certificate, private_key, credential_name;
	enum tri           insecure_skip_verify;
};

struct endpoint {
	const struct node *node;
	struct str         address;
	int64_t            port;
};

struct service_ref {
	const struct node *node;
	struct str         name, namespace;
};

struct connection_pool {
	const struct node *node;
	int64_t            max_connections, max_pending_requests, max_requests, max_retries;
};

struct outlier_detection {
	const struct node *node;
	int64_t            consecutive_5xx;
	struct duration    interval, base_ejection_time;
	int64_t            max_ejection_percent;
};

struct upstream {
	const struct node        *node;
	struct str                name;
	struct str                host;
	struct service_ref       *service;
	struct str                cluster;
	int64_t                   port, target_port;
	unsigned                  protocol;
	struct tls               *tls; /* after manifest_parse never NULL for a host */
	struct objects            endpoints;
	unsigned                  resolution;
	unsigned                  via;
	struct str                cluster_name;
	enum tri                  isolated;
	struct str                subset;
	struct str                authority;
	struct str                path;
	struct duration           timeout, connect_timeout;
	struct connection_pool   *connection_pool;
	struct outlier_detection *outlier_detection;
	unsigned                  location;
	struct strings            export_to;
};

struct spec {
	const struct node *node;
	struct target     *target; /* never NULL */
	struct filter     *filter;
	struct objects     upstreams;
};

/* What the front end (command line, KRM function, daemon) found in the files that a manifest names; the plan reads no
 * files. */
struct artifacts {
	/* The digest that Istio will compare, in hexadecimal: of the module for http(s), of the image's manifest for
	 * oci. Absent when `binary` does not tell it. */
	struct str binary_sha256;
	bool       has_binary; /* `binary` is there, to be inspected */
	struct str lua_code;   /* of lua.file or lua.inline; absent when it could not be read */
};

struct manifest {
	const struct node *node;
	struct metadata   *metadata;
	struct spec       *spec;
	struct artifacts   artifacts;
	size_t             number; /* in the order of the input, from 0 */
};

struct host_rules {
	const struct node *node;
	struct strings     allow, deny;
};

struct policy {
	const struct node *node;
	struct host_rules *hosts;
	struct strings     registries;
	enum tri           require_sha256, require_tls, require_isolated;
	struct strings     fail_strategies;
	unsigned           lua; /* LUA_ALLOWED or LUA_FORBIDDEN; 0: not said */
	struct strings     export_to;
};

enum { ENVOY_FILTER_ALLOWED = 1, ENVOY_FILTER_FORBIDDEN, LUA_ALLOWED = 1, LUA_FORBIDDEN };
enum { TRAFFIC_ALLOW_ANY = 1, TRAFFIC_REGISTRY_ONLY };

struct mesh_spec {
	const struct node *node;
	struct strings     istio_versions;
	struct str         cluster_domain, root_namespace;
	unsigned           envoy_filter;
	enum tri           gateway_cluster_filter;
	struct str         isolated_suffix;
	int64_t            isolated_port;
	struct strings     ip_families;
	unsigned           outbound_traffic_policy;
	struct policy     *policy;
};

struct mesh {
	const struct node   *node;
	struct metadata     *metadata; /* NULL for the default mesh */
	struct mesh_spec    *spec;     /* never NULL */
	struct version_range versions;
};

extern const struct object filter_manifest_object, mesh_object;

/* What one run was given: manifests in the order of the input. */
struct inputs {
	struct manifest **manifests;
	size_t            n_manifests;
	size_t            cap_manifests;
	struct mesh     **meshes;
	size_t            n_meshes;
	size_t            cap_meshes;
};

struct manifest_options {
	struct str default_namespace; /* "default" unless -n says otherwise */
	bool       ignore_other_kinds;
	bool       mesh_forbidden; /* --mesh-file is given, and this is another input */
	bool       mesh_alone;     /* this is the file of --mesh-file: mesh_file_parse sets it */
	bool       is_json;        /* whoever handed it in says so: then YAML is an error */
};

/* Reads every document of a source (YAML or JSON) into inputs. False: errors were added; what could be decoded is
 * in inputs nevertheless, so that manifest_check can find what else is wrong. */
bool manifest_parse(struct arena *, const struct source *, const struct manifest_options *, struct inputs *,
                    struct diags *);
/* The same for the file of --mesh-file: it holds a Mesh and no FilterManifest, whose author would have written what he is
 * judged by. */
bool mesh_file_parse(struct arena *, const struct source *, const struct manifest_options *, struct inputs *,
                     struct diags *);
/* The same for one document that was read before. */
bool manifest_take(struct arena *, const struct node *root, const struct manifest_options *, struct inputs *,
                   struct diags *);

/* The mesh to generate for: the one named, else the only one, else the default. versions: of --istio-version, in place
 * of the mesh's own; may be absent. NULL: an error was added. */
const struct mesh *mesh_choose(struct arena *, const struct inputs *, struct str name, struct str versions,
                               struct diags *);

/* ---- what follows from other fields ---- */

static inline struct upstream *manifest_upstream(const struct manifest *m, size_t i)
{
	return (struct upstream *)m->spec->upstreams.items + i;
}

static inline size_t manifest_upstreams(const struct manifest *m)
{
	return m->spec->upstreams.n;
}

/* The upstreams sorted by name, so that nothing depends on their order in the document: an array of
 * manifest_upstreams(m). */
const struct upstream **manifest_upstreams_sorted(struct arena *, const struct manifest *m);

static inline bool upstream_has_tls(const struct upstream *u)
{
	return u->tls && u->tls->mode != TLS_DISABLE;
}

/* The port that is dialled: targetPort, else port. */
static inline int64_t upstream_dialled_port(const struct upstream *u)
{
	return u->target_port == INT_ABSENT ? u->port : u->target_port;
}

/* What the manifest says, else RESOLUTION_STATIC if all endpoints are IP addresses, else RESOLUTION_DNS. */
unsigned upstream_resolution(const struct upstream *);
/* Does the upstream need a cluster of our own (a host), or does istiod or the proxy have it already? */
static inline bool upstream_is_host(const struct upstream *u)
{
	return str_present(u->host);
}

struct str manifest_id(struct arena *, const struct manifest *); /* "shop/auth-check" */
/* The namespace of the proxies that run its filter, if they are of one: the waypoint's, or its own. */
struct str manifest_proxies_namespace(const struct manifest *);
/* Does its filter run in the proxies of every namespace? */
bool manifest_is_everywhere(const struct manifest *, const struct mesh *);
/* Does its filter run in proxies that get only the clusters that something refers to? */
bool manifest_is_filtered(const struct manifest *, const struct mesh *);
/* What makes the cluster of a host: what `via` says, and for `auto` the first form that the target and the versions
 * allow. */
enum via upstream_via(const struct upstream *, const struct manifest *, const struct mesh *);
/* exportTo of its ServiceEntry and DestinationRule, at least one item: what the manifest says, else "*" in the root
 * namespace, whose filters reach all proxies, else the namespace of a waypoint in another namespace, else ".". */
struct strings upstream_export_to(struct arena *, const struct upstream *, const struct manifest *,
                                  const struct mesh *);

/* tls.sni and tls.subjectAltNames with their defaults: the host without a trailing dot. */
struct str     upstream_sni(const struct upstream *);
struct strings upstream_subject_alt_names(struct arena *, const struct upstream *);
/* tls.caCertificates with its default: a path in the proxy, or "system". Only for upstreams with `tls`. */
struct str upstream_ca_certificates(const struct upstream *);
/* What the filter must send as :authority; absent for an existing cluster without one. */
struct str upstream_authority(struct arena *, const struct upstream *, const struct mesh *);
/* The host of the Service that an upstream names: NAME.NAMESPACE.svc.<clusterDomain>. Only for upstreams with
 * `service`. */
struct str upstream_service_host(struct arena *, const struct upstream *, const struct mesh *);
/* The name of its cluster with via: envoyFilter: clusterName, else filter.<namespace>.<manifest>.<upstream>. */
struct str upstream_envoy_cluster(struct arena *, const struct upstream *, const struct manifest *);
/* The name of an isolated host: <upstream>.<manifest>.<namespace>.<isolatedSuffix> */
struct str upstream_isolated_host(struct arena *, const struct upstream *, const struct manifest *,
                                  const struct mesh *);

#endif
