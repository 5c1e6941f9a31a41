/* live_patches.h - what the patches of live EnvoyFilters do to clusters (istio pilot/pkg/networking/core/envoyfilter).
 *
 * The type of a proxy is that of its node: "sidecar", "router" or "waypoint".
 */
#ifndef CALLOUT_LIVE_LIVE_PATCHES_H
#define CALLOUT_LIVE_LIVE_PATCHES_H

#include "json/tree.h"

struct cluster_name;

/* Is it a patch of clusters with this operation? */
bool live_patch_is(const struct node *patch, const char *operation);
/* The patch of an EnvoyFilter that adds a cluster of this name; NULL: it has none. */
const struct node *live_patch_adding(const struct node *filter, struct str name);
/* The name of the cluster that the patch adds; absent if it adds none. */
struct str live_patch_added(const struct node *patch);
/* Does the cluster match? whole: its name, which is also taken apart. */
bool live_patch_fits(const struct node *patch, struct str whole, const struct cluster_name *);

/* match.context, "ANY" without one. */
struct str live_patch_context(const struct node *patch);
/* Does a patch that adds a cluster, or one that removes those of services, reach proxies of this type? */
bool live_patch_adds_in(const struct node *patch, struct str type);
bool live_patch_removes_in(const struct node *patch, struct str type);

#endif
