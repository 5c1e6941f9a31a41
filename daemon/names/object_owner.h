/* object_owner.h - whose an object is that Callout generated: the label `callout.dev/manifest` names the manifest, but not its
 * namespace. */
#ifndef CALLOUT_NAMES_OBJECT_OWNER_H
#define CALLOUT_NAMES_OBJECT_OWNER_H

#include "base/str.h"

/* The manifest's namespace: the object's own, except for an EnvoyFilter that stands beside a waypoint in another namespace
 * under the name NAMESPACE.MANIFEST. The names of manifests have no dot, so that no other EnvoyFilter of ours has one.
 * manifest: what the label says. */
struct str object_owner_namespace(struct str kind, struct str object_namespace, struct str object_name,
                                  struct str manifest);

#endif
