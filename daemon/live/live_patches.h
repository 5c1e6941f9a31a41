/* live_patches.h - what the patches of live EnvoyFilters do to clusters (istio pilot/pkg/networking/core/envoyfilter). */
#ifndef CALLOUT_LIVE_LIVE_PATCHES_H
#define CALLOUT_LIVE_LIVE_PATCHES_H

#include "json/tree.h"
#include "names/istio_version.h"

struct cluster_name;
struct manifest;
struct mesh;
struct target;

/* Proxies, as far as patches ask. */
struct live_proxies {
	struct str           type; /* of their node: "sidecar", "router" or "waypoint" */
	struct version_range versions;
};

/* The type of the proxies that a manifest is for. */
struct str          live_proxy_type(const struct target *);
struct live_proxies live_proxies_of(const struct manifest *, const struct mesh *);

/* Does this operation add, of objects that have no order (clusters, configurations of extensions)? */
bool live_operation_adds(struct str operation);

/* The name of the cluster that the patch adds; absent if it adds none. */
struct str live_patch_added(const struct node *patch);
/* The patch of an EnvoyFilter that adds a cluster of this name to these proxies (NULL: to any); NULL: it has none. */
const struct node *live_patch_adding(const struct node *filter, struct str name, const struct live_proxies *);
/* Does a patch that adds a cluster reach these proxies? */
bool live_patch_adds_in(const struct node *patch, const struct live_proxies *);

/* Does an EnvoyFilter merge something into clusters, or remove some? */
bool live_patches_any(const struct node *filter);
/* The patch by which it removes a service's cluster from these proxies; NULL: it has none. whole: the cluster's name, which is
 * also taken apart. */
const struct node *live_patch_removing(const struct node *filter, struct str whole, const struct cluster_name *,
                                       const struct live_proxies *);
/* Does a patch merge something into a service's cluster in these proxies? What EnvoyFilters add, they do not patch. */
bool live_patch_merges(const struct node *patch, struct str whole, const struct cluster_name *,
                       const struct live_proxies *);

/* match.context, "ANY" without one. */
struct str live_patch_context(const struct node *patch);

#endif
