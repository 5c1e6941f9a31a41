/* live_scope.h - which live objects istiod looks at, and which proxies they reach: by revision, namespace and route. */
#ifndef CALLOUT_LIVE_LIVE_SCOPE_H
#define CALLOUT_LIVE_LIVE_SCOPE_H

#include "live/live_objects.h"

/* The MeshConfig in the root namespace's ConfigMap `istio`, or `istio-REV` for a revision. NULL: it is not among the
 * objects. */
const struct node *live_mesh_config(const struct live_objects *, struct str root_namespace, struct str revision);

/* MeshConfig.discoverySelectors: does istiod look at this namespace? */
enum discovery { DISCOVERY_UNKNOWN, DISCOVERY_YES, DISCOVERY_NO };
enum discovery live_namespace_discovered(const struct live_objects *, const struct node *mesh_config,
                                         struct str namespace);

/* The object's label istio.io/rev. Absent: every istiod reads the object. */
struct str live_object_revision(const struct node *object);

/* Does a VirtualService route to this host and port, for proxies of this namespace (absent: for any)? ROUTES_OTHER_PORT: only to
 * another port of it, which *other_port then is. Short names mean services of its own namespace. */
enum routing { ROUTES_NOT, ROUTES_OTHER_PORT, ROUTES };
enum routing live_routes_to(struct arena *, const struct node *virtual_service, struct str proxies, struct str host,
                            unsigned port, struct str cluster_domain, unsigned *other_port);
/* Does a VirtualService apply to the mesh (sidecars)? To gateways? */
bool live_routes_mesh(const struct node *virtual_service);
bool live_routes_gateways(const struct node *virtual_service);

/* Does a Sidecar import a VirtualService for the proxies of this namespace, with destinations on this port (0: any; -1: by a
 * listener that has none of its own)? */
bool live_sidecar_imports(const struct node *sidecar, const struct node *virtual_service, struct str namespace,
                          int64_t port, bool takes_out);

#endif
