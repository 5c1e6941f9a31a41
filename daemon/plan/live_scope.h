/* live_scope.h - which live objects istiod looks at, and whom they reach: by revision, by namespaces, by routes. */
#ifndef CALLOUT_PLAN_LIVE_SCOPE_H
#define CALLOUT_PLAN_LIVE_SCOPE_H

#include "plan/live_objects.h"

/* The MeshConfig of the ConfigMap `istio` (of a revision: `istio-REV`) of the root namespace. NULL: it is not among the
 * objects. */
const struct node *live_mesh_config(const struct live_objects *, struct str root_namespace, struct str revision);

/* MeshConfig.discoverySelectors: does istiod look at this namespace? */
enum discovery { DISCOVERY_UNKNOWN, DISCOVERY_YES, DISCOVERY_NO };
enum discovery live_namespace_discovered(const struct live_objects *, const struct node *mesh_config,
                                         struct str namespace);

/* The label istio.io/rev of an object; absent: every istiod reads it. */
struct str live_object_revision(const struct node *object);

/* Calls `each` with every destination of a VirtualService's routes and mirrors, NULL ones among them. */
void live_each_destination(const struct node *virtual_service, void (*each)(void *ctx, const struct node *destination),
                           void              *ctx);

/* Does a VirtualService route to this host? Short names are those of its namespace. The ports that it names: */
enum routing { ROUTES_NOT, ROUTES_OTHER_PORT, ROUTES };
enum routing live_routes_to(struct arena *, const struct node *virtual_service, struct str host, unsigned port,
                            struct str cluster_domain, unsigned *other_port);
/* Is it one of the mesh (sidecars), or of gateways? */
bool live_routes_mesh(const struct node *virtual_service);
bool live_routes_gateways(const struct node *virtual_service);

/* Does a Sidecar import a VirtualService, for proxies of this namespace? */
bool live_sidecar_imports(const struct node *sidecar, const struct node *virtual_service, struct str namespace);

#endif
