/* live_sidecar.h - Sidecar resources among the live objects. */
#ifndef CALLOUT_LIVE_LIVE_SIDECAR_H
#define CALLOUT_LIVE_LIVE_SIDECAR_H

#include "live/live_objects.h"

/* The Sidecar that applies to workloads of the namespace with these labels (a map, or NULL: none), configured by an
 * istiod of this revision (absent: unknown). NULL: none applies. */
const struct node *live_sidecar(const struct live_objects *, struct str namespace, const struct node *labels,
                                struct str root_namespace, struct str revision);
/* The two that it is the first of: the namespace's own, and that of the root namespace, which is the same for all. Where many
 * namespaces are asked for, the latter is to be found once. */
const struct node *live_sidecar_own(const struct live_objects *, struct str namespace, const struct node *labels,
                                    struct str revision);
const struct node *live_sidecar_common(const struct live_objects *, struct str root_namespace, struct str revision);
/* Does it let proxies of one namespace have this host of a service in another, on this port (0: any port; -1: by a
 * listener that has none of its own)? */
bool live_sidecar_covers(const struct node *sidecar, struct str proxies, struct str namespace, struct str host,
                         int64_t port, bool takes_out);
#endif
