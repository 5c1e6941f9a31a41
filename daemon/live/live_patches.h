/* live_patches.h - what the patches of live EnvoyFilters do to clusters (istio pilot/pkg/networking/core/envoyfilter).
 *
 * The type of a proxy is that of its node: "sidecar", "router" or "waypoint".
 */
#ifndef CALLOUT_LIVE_LIVE_PATCHES_H
#define CALLOUT_LIVE_LIVE_PATCHES_H

#include "json/tree.h"

struct cluster_name;
struct target;

/* The type of the proxies that a manifest is for. */
struct str live_proxy_type(const struct target *);

/* The patch of an EnvoyFilter that adds a cluster of this name; NULL: it has none. */
const struct node *live_patch_adding(const struct node *filter, struct str name);
/* The name of the cluster that the patch adds; absent if it adds none. */
struct str live_patch_added(const struct node *patch);
/* Does an EnvoyFilter remove any cluster? */
bool live_patch_removes(const struct node *filter);
/* The patch by which it removes a service's cluster from proxies of this type; NULL: it has none. whole: the cluster's name, which is
 * also taken apart. */
const struct node *live_patch_removing(const struct node *filter, struct str whole, const struct cluster_name *,
                                       struct str type);

/* match.context, "ANY" without one. */
struct str live_patch_context(const struct node *patch);
/* Does a patch that adds a cluster reach proxies of this type? */
bool live_patch_adds_in(const struct node *patch, struct str type);

#endif
