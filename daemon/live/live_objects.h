/* live_objects.h - the objects of a cluster, as `kubectl get … -o yaml` prints them, sorted by kind.
 *
 * Two things can be learned only from live objects: which Sidecar resource would trim a host from the filter's proxies,
 * and which ServiceEntries of others a public host name would hide (measured by tests/conformance/neighbours).
 */
#ifndef CALLOUT_LIVE_LIVE_OBJECTS_H
#define CALLOUT_LIVE_LIVE_OBJECTS_H

#include "base/hash.h"
#include "plan/plan.h"

struct live_objects {
	const struct node **sidecars;
	size_t              n_sidecars, cap_sidecars;
	const struct node **service_entries;
	size_t              n_service_entries, cap_service_entries;
	const struct node **destination_rules;
	size_t              n_destination_rules, cap_destination_rules;
	const struct node **envoy_filters;
	size_t              n_envoy_filters, cap_envoy_filters;
	const struct node **virtual_services;
	size_t              n_virtual_services, cap_virtual_services;
	const struct node **plugins; /* WasmPlugins and TrafficExtensions */
	size_t              n_plugins, cap_plugins;
	const struct node **services; /* Kubernetes' */
	size_t              n_services, cap_services;
	const struct node **namespaces;
	size_t              n_namespaces, cap_namespaces;
	const struct node **mesh_maps; /* ConfigMaps with a MeshConfig */
	size_t              n_mesh_maps, cap_mesh_maps;
	const struct node **mesh_configs; /* the MeshConfig in each of them */
	size_t              n_mesh_configs, cap_mesh_configs;
	struct hash         by_host, by_namespace; /* of struct live_host and live_namespace, see live_index.h */
	struct hash         by_name; /* all but the ConfigMaps: an object that is given twice counts once */
	struct live_memory *memory;  /* see live_index.h */
};

/* Adds the objects of a source: documents, or Lists of them. Kinds of no interest are skipped. False: errors were
 * added. */
bool live_objects_read(struct arena *, const struct source *, struct live_objects *, struct diags *);

/* The object of that kind and name; NULL: it is not among them. */
const struct node *live_object_named(const struct live_objects *, struct str kind, struct str namespace,
                                     struct str name);

/* What objects say, for whoever has to explain a proxy by them. */
struct str live_object_name(const struct node *object); /* metadata.name */
struct str live_object_namespace(const struct node *object);
/* metadata.creationTimestamp: RFC 3339 in UTC, so that the order of texts is that of times; absent without. */
struct str live_object_created(const struct node *object);
/* Does this list (exportTo, or the mesh's default for it) let the namespace see the object? An absent or empty one
 * does. */
bool live_list_exports(const struct node *list, const struct node *object, struct str namespace);
/* Does exportTo of a ServiceEntry or DestinationRule let this namespace see it? */
bool live_object_exported(const struct node *object, struct str namespace);
/* exportTo of a ServiceEntry or DestinationRule as it stands, as a sorted set; empty without one. */
struct strings live_export_to(struct arena *, const struct node *object);
/* The labels of the workloads that a Sidecar is for. NULL: it is for all of its namespace. */
const struct node *live_sidecar_labels(const struct node *sidecar);
/* Was it generated earlier for this manifest or, of a public host (shared; NULL: it is isolated), for any of its owners? Only
 * an object of the manifest's namespace can be; that of another manifest is someone else's. */
bool live_object_is_ours(struct arena *, const struct node *object, const struct manifest *,
                         const struct shared_host *);
/* The host in full: a name without a dot, but for "*", means a service of the namespace (istio pilot/pkg/model/config.go
 * ResolveShortnameToFQDN). */
struct str live_whole_host(struct arena *, struct str host, struct str namespace, struct str cluster_domain);
/* The host of a DestinationRule in full; absent if it has none. */
struct str live_rule_host(struct arena *, const struct node *rule, struct str cluster_domain);

/* destination: NULL where a route has none. */
typedef void destination_met(void *ctx, const struct node *destination);
/* Calls `each` for every destination of a VirtualService's routes and mirrors that are for proxies of this namespace (absent:
 * for all). */
void live_each_destination(const struct node *virtual_service, struct str proxies, destination_met *each, void *ctx);

#endif
